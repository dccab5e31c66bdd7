#include "bus/claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "bus/control/control.h"
#include "bus/event/json.h"

namespace simpul {
namespace {

constexpr std::string_view source = "claims";
constexpr Nanoseconds second = 1'000'000'000;
constexpr Nanoseconds day = 24 * 3'600 * second;
constexpr Nanoseconds sweep_every = 600 * second;
constexpr std::size_t sweep_page = 1'000;

bool is_sha256(std::string_view text) {
  return text.size() == 64 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

ControlAnswer unknown() {
  return control_problem(404, "claim.unknown", "there is no text with this SHA-256 for this application",
                         "a claim can be fetched for 30 days after its delivery; have the event sent again");
}

ControlAnswer gone() {
  return control_problem(410, "claim.gone", "the event that held this text can no longer be read from the log",
                         "have the event sent again by the application that owns it");
}

}  // namespace

Claims::Claims(Log& log, View& view, const Environment& environment)
    : log_(log), view_(view), environment_(environment) {}

std::string Claims::encode(const Kept& kept) {
  json::Writer writer;
  writer.begin_object()
      .member("position", static_cast<std::int64_t>(kept.position))
      .member("pointer", kept.pointer)
      .member("bytes", static_cast<std::int64_t>(kept.bytes))
      .member("until", format_time(kept.until))
      .end_object();
  return writer.take();
}

std::optional<Claims::Kept> Claims::decode(std::string_view text) {
  auto document = json::parse(std::string(text));
  if (!document || !document->root().is_object()) return std::nullopt;
  const auto& root = document->root();
  auto whole = [&](std::string_view name) {
    const auto* value = root.find(name);
    return value == nullptr ? std::nullopt : value->as_integer();
  };
  auto position = whole("position"), bytes = whole("bytes");
  auto until = parse_time(root.text_of("until"));
  if (!position || *position < 0 || !bytes || *bytes < 0 || !until) return std::nullopt;
  return Kept{static_cast<Position>(*position), std::string(root.text_of("pointer")),
              static_cast<std::uint64_t>(*bytes), *until};
}

Result<void> Claims::count() {
  if (open_) return {};
  std::map<std::string, std::size_t, std::less<>> open;
  auto done = view_.scan_state(source, "", [&](std::string_view key, std::string_view) {
    ++open[std::string(key.substr(0, key.find('/')))];
    return true;
  });
  if (!done) return done;
  open_ = std::move(open);
  return {};
}

Result<std::optional<NewRecord>> Claims::give(const std::string& app, Position event, const std::vector<Claim>& claims,
                                              std::uint32_t generation) {
  std::lock_guard lock(mutex_);
  if (auto counted = count(); !counted) return std::unexpected(counted.error());
  auto now = environment_.clock->wall();
  StateChange change;
  change.source = source;
  std::size_t fresh = 0;
  for (const auto& claim : claims) {
    auto key = app + "/" + claim.sha256;
    auto text = view_.state(source, key);
    if (!text) return std::unexpected(text.error());
    auto known = *text ? decode(**text) : std::nullopt;
    if (known && known->until >= now + claim_kept - day) continue;
    if (std::ranges::find(change.set, key, &std::pair<std::string, std::string>::first) != change.set.end()) continue;
    fresh += *text ? 0 : 1;
    change.set.emplace_back(std::move(key), encode({event, claim.pointer, claim.bytes, now + claim_kept}));
  }
  if (change.set.empty()) return std::nullopt;
  auto& open = (*open_)[app];
  if (open + fresh > claims_limit)
    return fail(
        "claims.too_many",
        fmt::format("{} has {} texts to fetch, and at most {} are kept for one application", app, open, claims_limit),
        "they end 30 days after their delivery; send such texts in the delivery itself meanwhile");
  open += fresh;
  NewRecord record;
  record.kind = RecordKind::state;
  record.generation = generation;
  record.type = "state.claims";
  record.app = app;
  record.body = simpul::encode(change);
  return record;
}

ControlAnswer Claims::fetch(const std::string& app, const std::string& sha256, std::uint32_t generation) {
  if (app.empty() || !is_sha256(sha256)) return unknown();
  auto text = view_.state(source, app + "/" + sha256);
  if (!text)
    return control_problem(503, text.error().code, "the bus's view cannot be read: " + text.error().message,
                           "try again in a moment");
  auto kept = *text ? decode(**text) : std::nullopt;
  if (!kept || kept->until < environment_.clock->wall()) return unknown();
  auto reader = log_.read(kept->position);
  auto record = reader->next();
  if (!record && record.error().code.starts_with("disk."))
    return control_problem(503, record.error().code, "the log cannot be read now", "try again in a moment");
  if (!record || !*record || (*record)->position != kept->position || (*record)->kind != RecordKind::event)
    return gone();
  auto body = decode_event((*record)->body);
  auto event = body ? Event::parse(std::string(body->event)) : Checked<Event>(std::unexpected(Problems{}));
  if (!event || event->data() == nullptr) return gone();
  const auto* value = json::at_pointer(*event->data(), kept->pointer);
  if (value == nullptr || !value->is_string() || to_hex(simpul::sha256(value->text())) != sha256) return gone();

  json::Writer access;
  access.begin_object().member("app", app).member("what", "claim").name("detail").begin_object();
  access.member("sha256", sha256)
      .member("position", static_cast<std::int64_t>(kept->position))
      .member("pointer", kept->pointer)
      .member("bytes", static_cast<std::int64_t>(value->text().size()))
      .end_object()
      .end_object();
  std::vector<NewRecord> records(1);
  records[0].kind = RecordKind::access;
  records[0].generation = generation;
  records[0].type = "access.claim";
  records[0].app = app;
  records[0].body = access.take();
  std::promise<Result<Position>> promise;
  auto committed = promise.get_future();
  log_.append(std::move(records), Urgency::reserve,
              [&](Result<Position> first) { promise.set_value(std::move(first)); });
  if (auto first = committed.get(); !first)
    return control_problem(503, "not_recorded", "the fetch could not be recorded, so the text is not given",
                           "try again later");
  return {200, std::string(value->text())};
}

std::optional<NewRecord> Claims::sweep() {
  std::lock_guard lock(mutex_);
  auto steady = environment_.clock->steady();
  if (steady < sweep_at_) return std::nullopt;
  auto now = environment_.clock->wall();
  StateChange change;
  change.source = source;
  std::size_t seen = 0;
  auto scanned = view_.scan_state(source, swept_, [&](std::string_view key, std::string_view value) {
    auto kept = decode(value);
    if (!kept || kept->until < now) change.unset.emplace_back(key);
    swept_ = key;
    return ++seen < sweep_page;
  });
  if (!scanned || seen < sweep_page) {
    swept_.clear();
    sweep_at_ = steady + sweep_every;
    open_.reset();  // counted anew: what was given and could not be committed was counted too
  }
  if (change.unset.empty()) return std::nullopt;
  if (open_)
    for (const auto& key : change.unset)
      if (auto app = open_->find(key.substr(0, key.find('/'))); app != open_->end() && app->second > 0) --app->second;
  NewRecord record;
  record.kind = RecordKind::state;
  record.type = "state.claims";
  record.body = simpul::encode(change);
  return record;
}

}  // namespace simpul
