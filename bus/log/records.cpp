#include "bus/log/records.h"

#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "bus/event/json.h"

namespace simpul {
namespace {

constexpr Nanoseconds millisecond = 1'000'000;

// Rounded up: what is read again is never earlier.
Nanoseconds whole_milliseconds(Nanoseconds time) {
  auto over = time % millisecond;
  return over > 0 ? time - over + millisecond : time - over;
}

std::unexpected<Problem> bad_body(std::string_view what) {
  return fail("record.bad_body", fmt::format("the body of this record cannot be read: {}", what),
              "read it with the version of simpul that wrote it, or a newer one");
}

// Finds a member of an object's text without reading the values between: 1 KiB costs well under a microsecond.
class MemberScan {
 public:
  explicit MemberScan(std::string_view text) : text_(text) {}

  // The raw text of the member's value; empty: there is none.
  std::string_view find(std::string_view wanted) {
    at_ = 0;
    space();
    if (!take('{')) return {};
    while (true) {
      space();
      auto name_start = at_ + 1;
      if (!string()) return {};
      auto name = text_.substr(name_start, at_ - name_start - 1);
      space();
      if (!take(':')) return {};
      space();
      auto start = at_;
      if (!value()) return {};
      if (name == wanted) return text_.substr(start, at_ - start);
      space();
      if (!take(',')) return {};
    }
  }

 private:
  void space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
      ++at_;
  }
  bool take(char wanted) {
    if (at_ >= text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  bool string() {
    if (!take('"')) return false;
    while (true) {
      at_ = text_.find_first_of("\"\\", at_);
      if (at_ == std::string_view::npos) return end();
      if (text_[at_] == '"') {
        ++at_;
        return true;
      }
      at_ += 2;
      if (at_ > text_.size()) return end();
    }
  }
  bool end() {
    at_ = text_.size();
    return false;
  }
  bool value() {
    if (at_ >= text_.size()) return false;
    if (text_[at_] == '"') return string();
    if (text_[at_] != '{' && text_[at_] != '[') {
      at_ = std::min(text_.find_first_of(",]} \n\r\t", at_), text_.size());
      return true;
    }
    std::size_t depth = 0;
    do {
      at_ = text_.find_first_of("\"{}[]", at_);
      if (at_ == std::string_view::npos) return end();
      if (text_[at_] == '"') {
        if (!string()) return false;
        continue;
      }
      if (text_[at_] == '{' || text_[at_] == '[')
        ++depth;
      else
        --depth;
      ++at_;
    } while (depth > 0);
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

void write_keys(json::Writer& writer, const std::vector<Hash128>& keys) {
  writer.name("keys").begin_array();
  for (const auto& key : keys) writer.string(to_hex(key));
  writer.end_array();
}

bool read_keys(const json::Value& object, std::vector<Hash128>& keys) {
  const auto* list = object.find("keys");
  if (!list) return true;
  if (!list->is_array()) return false;
  for (const auto& item : list->items()) {
    auto key = hash128_from_hex(item.is_string() ? item.text() : std::string_view());
    if (!key) return false;
    keys.push_back(*key);
  }
  return true;
}

// Unsigned members; false when one is there and is none.
template <class T>
bool read_unsigned(const json::Value& object, std::string_view name, T& out) {
  const auto* value = object.find(name);
  if (!value) return true;
  auto number = value->as_integer();
  if (!number || *number < 0 || static_cast<std::uint64_t>(*number) > std::numeric_limits<T>::max()) return false;
  out = static_cast<T>(*number);
  return true;
}

// False when it is there and is no time.
bool read_time(const json::Value& object, std::string_view name, std::optional<Nanoseconds>& out) {
  const auto* value = object.find(name);
  if (!value) return true;
  auto time = parse_time(value->is_string() ? value->text() : std::string_view());
  if (time) out = *time;
  return time.has_value();
}

Result<json::Document> read_object(std::string_view body) {
  auto document = json::parse(std::string(body));
  if (!document) return bad_body(document.error().message);
  if (!document->root().is_object()) return bad_body("it is no JSON object");
  return document;
}

// A member that must be a list.
Result<std::span<const json::Value>> list_of(const json::Document& document, std::string_view name) {
  const auto* list = document.root().find(name);
  if (!list || !list->is_array()) return bad_body(fmt::format("\"{}\" is no list", name));
  for (const auto& item : list->items())
    if (!item.is_object()) return bad_body(fmt::format("\"{}\" holds something that is no object", name));
  return list->items();
}

std::optional<Outcome> outcome_of(std::string_view name) {
  for (auto outcome : {Outcome::delivered, Outcome::parked, Outcome::discarded, Outcome::held, Outcome::released})
    if (simpul::name(outcome) == name) return outcome;
  return std::nullopt;
}

}  // namespace

Nanoseconds due_of(const Routed& routed, Nanoseconds logged) {
  Nanoseconds due = 0;
  if (routed.delay_ms > 0)
    due =
        whole_milliseconds(logged + static_cast<Nanoseconds>(std::min(routed.delay_ms, delay_limit_ms)) * millisecond);
  if (routed.not_before && *routed.not_before > 0) due = std::max(due, whole_milliseconds(*routed.not_before));
  return waits_too_long(routed, logged) ? 0 : due;
}

bool waits_too_long(const Routed& routed, Nanoseconds logged) {
  return routed.not_before && *routed.not_before > 0 && *routed.not_before - until_limit > logged;
}

std::string encode_event(const std::vector<Routed>& routes, std::string_view app, std::string_view event) {
  json::Writer writer;
  writer.begin_object().name("routes").begin_array();
  for (const auto& routed : routes) {
    writer.begin_object()
        .member("route", routed.route)
        .member("target", routed.target)
        .member("part", std::int64_t{routed.part});
    write_keys(writer, routed.keys);
    if (!routed.reason.empty()) writer.member("reason", routed.reason);
    if (routed.delay_ms > 0) writer.member("delay_ms", static_cast<std::int64_t>(routed.delay_ms));
    if (routed.not_before) writer.member("not_before", format_time(whole_milliseconds(*routed.not_before)));
    writer.end_object();
  }
  writer.end_array().member("entered", app).name("event").raw(event).end_object();
  return writer.take();
}

Result<std::vector<Routed>> decode_routes(std::string_view body) {
  auto text = MemberScan(body).find("routes");
  if (text == "[]") return std::vector<Routed>{};
  auto document = json::parse(std::string(text));
  if (!document || !document->root().is_array()) return bad_body("\"routes\" is no list");
  std::vector<Routed> routes;
  for (const auto& item : document->root().items()) {
    auto& routed = routes.emplace_back();
    if (!item.is_object() || !read_unsigned(item, "part", routed.part) || !read_keys(item, routed.keys) ||
        !read_unsigned(item, "delay_ms", routed.delay_ms) || !read_time(item, "not_before", routed.not_before))
      return bad_body("a route of it");
    routed.route = item.text_of("route");
    routed.target = item.text_of("target");
    routed.reason = item.text_of("reason");
  }
  return routes;
}

Result<EventBody> decode_event(std::string_view body) {
  auto routes = decode_routes(body);
  if (!routes) return std::unexpected(routes.error());
  EventBody result{std::move(*routes), MemberScan(body).find("event")};
  if (!result.event.starts_with('{')) return bad_body("\"event\" is no object");
  return result;
}

std::string encode(const RefusalBody& body) {
  json::Writer writer;
  writer.begin_object().member("app", body.app).name("reasons").begin_array();
  for (const auto& reason : body.reasons) {
    writer.begin_object()
        .member("code", reason.code)
        .member("message", reason.message)
        .member("instance", reason.instance)
        .member("rule", reason.rule);
    if (!reason.indonesian.empty()) writer.member("message_id", reason.indonesian);
    if (!reason.schema.empty()) writer.member("schema", reason.schema);
    writer.end_object();
  }
  writer.end_array()
      .member("id", body.id)
      .member("source", body.source)
      .member("content_type", body.content_type)
      .name("received");
  if (body.received.empty())
    writer.null();
  else
    writer.string(to_base64(body.received));
  writer.end_object();
  return writer.take();
}

Result<RefusalBody> decode_refusal(std::string_view body) {
  auto document = read_object(body);
  if (!document) return std::unexpected(document.error());
  const auto& root = document->root();
  RefusalBody result;
  result.app = root.text_of("app");
  result.id = root.text_of("id");
  result.source = root.text_of("source");
  result.content_type = root.text_of("content_type");
  auto received = from_base64(root.text_of("received"));
  if (!received) return bad_body("\"received\" is no base64");
  result.received = std::move(*received);
  auto reasons = list_of(*document, "reasons");
  if (!reasons) return std::unexpected(reasons.error());
  for (const auto& reason : *reasons)
    result.reasons.push_back({std::string(reason.text_of("code")), std::string(reason.text_of("message")),
                              std::string(reason.text_of("instance")), std::string(reason.text_of("rule")),
                              std::string(reason.text_of("message_id")), std::string(reason.text_of("schema"))});
  return result;
}

std::string_view name(Outcome outcome) {
  switch (outcome) {
    case Outcome::delivered:
      return "delivered";
    case Outcome::parked:
      return "parked";
    case Outcome::discarded:
      return "discarded";
    case Outcome::held:
      return "held";
    case Outcome::released:
      return "released";
  }
  return "unknown";
}

std::string encode_receipts(const std::vector<Receipt>& receipts) {
  json::Writer writer;
  writer.begin_object().name("receipts").begin_array();
  for (const auto& receipt : receipts) {
    writer.begin_object()
        .member("position", static_cast<std::int64_t>(receipt.position))
        .member("route", receipt.route)
        .member("target", receipt.target)
        .member("part", std::int64_t{receipt.part})
        .member("generation", std::int64_t{receipt.generation})
        .member("attempts", std::int64_t{receipt.attempts})
        .member("outcome", name(receipt.outcome));
    if (!receipt.reason.empty()) writer.member("reason", receipt.reason);
    if (!receipt.sent.empty()) writer.member("sent", receipt.sent);
    if (!receipt.answer.empty()) writer.member("answer", receipt.answer);
    write_keys(writer, receipt.keys);
    writer.member("at", format_time(receipt.at));
    if (receipt.due != 0) writer.member("due", format_time(whole_milliseconds(receipt.due)));
    writer.end_object();
  }
  writer.end_array().end_object();
  return writer.take();
}

Result<std::vector<Receipt>> decode_receipts(std::string_view body) {
  auto document = read_object(body);
  if (!document) return std::unexpected(document.error());
  auto list = list_of(*document, "receipts");
  if (!list) return std::unexpected(list.error());
  std::vector<Receipt> receipts;
  receipts.reserve(list->size());
  for (const auto& item : *list) {
    auto& receipt = receipts.emplace_back();
    auto outcome = outcome_of(item.text_of("outcome"));
    auto at = parse_time(item.text_of("at"));
    std::optional<Nanoseconds> due;
    if (!outcome || !at || !read_time(item, "due", due) || !read_unsigned(item, "position", receipt.position) ||
        !read_unsigned(item, "part", receipt.part) || !read_unsigned(item, "generation", receipt.generation) ||
        !read_unsigned(item, "attempts", receipt.attempts) || !read_keys(item, receipt.keys))
      return bad_body("a receipt of it");
    receipt.outcome = *outcome;
    receipt.at = *at;
    receipt.due = due.value_or(0);
    receipt.route = item.text_of("route");
    receipt.target = item.text_of("target");
    receipt.reason = item.text_of("reason");
    receipt.sent = item.text_of("sent");
    receipt.answer = item.text_of("answer");
  }
  return receipts;
}

std::string encode_cursors(const std::vector<CursorMove>& moves) {
  json::Writer writer;
  writer.begin_object().name("moves").begin_array();
  for (const auto& move : moves)
    writer.begin_object()
        .member("target", move.target)
        .member("position", static_cast<std::int64_t>(move.position))
        .end_object();
  writer.end_array().end_object();
  return writer.take();
}

Result<std::vector<CursorMove>> decode_cursors(std::string_view body) {
  auto document = read_object(body);
  if (!document) return std::unexpected(document.error());
  auto list = list_of(*document, "moves");
  if (!list) return std::unexpected(list.error());
  std::vector<CursorMove> moves;
  for (const auto& item : *list) {
    auto& move = moves.emplace_back();
    move.target = item.text_of("target");
    if (!read_unsigned(item, "position", move.position)) return bad_body("a cursor of it");
  }
  return moves;
}

std::string encode(const StateChange& change) {
  json::Writer writer;
  writer.begin_object().member("source", change.source).name("set").begin_array();
  for (const auto& [key, value] : change.set) writer.begin_array().string(key).string(value).end_array();
  writer.end_array().name("unset").begin_array();
  for (const auto& key : change.unset) writer.string(key);
  writer.end_array().end_object();
  return writer.take();
}

Result<StateChange> decode_state(std::string_view body) {
  auto document = read_object(body);
  if (!document) return std::unexpected(document.error());
  const auto& root = document->root();
  StateChange change;
  change.source = root.text_of("source");
  const auto* set = root.find("set");
  const auto* unset = root.find("unset");
  if (!set || !set->is_array() || !unset || !unset->is_array()) return bad_body("\"set\" or \"unset\" is no list");
  for (const auto& pair : set->items()) {
    if (!pair.is_array() || pair.size() != 2 || !pair.items()[0].is_string() || !pair.items()[1].is_string())
      return bad_body("\"set\" holds something that is no pair of texts");
    change.set.emplace_back(pair.items()[0].text(), pair.items()[1].text());
  }
  for (const auto& key : unset->items()) {
    if (!key.is_string()) return bad_body("\"unset\" holds something that is no text");
    change.unset.emplace_back(key.text());
  }
  return change;
}

std::string encode(const LookupBody& body) {
  json::Writer writer;
  writer.begin_object().member("lookup", body.lookup).member("asker", body.asker).member("answerer", body.answerer);
  writer.member("purpose", body.purpose).member("legal_basis", body.legal_basis).member("outcome", body.outcome);
  writer.name("fields").begin_array();
  for (const auto& field : body.fields) writer.string(field);
  writer.end_array().member("key", body.key).member("took_ms", body.took_ms);
  if (body.asked_for) {
    const auto& asked = *body.asked_for;
    writer.name("for")
        .begin_object()
        .member("position", static_cast<std::int64_t>(asked.position))
        .member("target", asked.target)
        .member("route", asked.route)
        .member("part", std::int64_t{asked.part})
        .member("name", asked.name)
        .end_object();
  }
  if (body.enriched) {
    writer.name("answer");
    if (body.answer)
      writer.raw(*body.answer);
    else
      writer.null();
  }
  writer.end_object();
  return writer.take();
}

Result<LookupBody> decode_lookup(std::string_view body) {
  auto document = read_object(body);
  if (!document) return std::unexpected(document.error());
  const auto& root = document->root();
  LookupBody result;
  result.lookup = root.text_of("lookup");
  result.asker = root.text_of("asker");
  result.answerer = root.text_of("answerer");
  result.purpose = root.text_of("purpose");
  result.legal_basis = root.text_of("legal_basis");
  result.outcome = root.text_of("outcome");
  result.key = root.text_of("key");
  const auto* fields = root.find("fields");
  if (!fields || !fields->is_array()) return bad_body("\"fields\" is no list");
  for (const auto& field : fields->items()) {
    if (!field.is_string()) return bad_body("\"fields\" holds something that is no text");
    result.fields.emplace_back(field.text());
  }
  if (!read_unsigned(root, "took_ms", result.took_ms)) return bad_body("\"took_ms\" is no number");
  if (const auto* asked_for = root.find("for")) {
    auto& asked = result.asked_for.emplace();
    if (!asked_for->is_object() || !read_unsigned(*asked_for, "position", asked.position) ||
        !read_unsigned(*asked_for, "part", asked.part))
      return bad_body("\"for\" names no delivery");
    asked.target = asked_for->text_of("target");
    asked.route = asked_for->text_of("route");
    asked.name = asked_for->text_of("name");
  }
  if (const auto* answer = root.find("answer")) {
    result.enriched = true;
    if (!answer->is_null()) result.answer = json::write(*answer);
  }
  return result;
}

Result<std::uint32_t> decode_generation_number(std::string_view body) {
  auto text = MemberScan(body).find("number");
  std::uint32_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size())
    return bad_body("\"number\" is no number");
  return number;
}

}  // namespace simpul
