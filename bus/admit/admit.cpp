#include "bus/admit/admit.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "bus/event/json.h"

namespace simpul {

namespace {

struct Source {
  std::string id, source;
};

constexpr std::size_t told_warnings = 8;

RefusalWhy why_of(Violation&& violation) {
  auto place = fmt::format("{}:{}:{}", violation.place.file, violation.place.start.line, violation.place.start.column);
  return {"schema",
          std::move(violation.words.english),
          "/data" + violation.instance,
          std::move(violation.rule),
          std::move(violation.words.indonesian),
          violation.place.file.empty() ? std::string() : std::move(place)};
}

// Of what could not be read as an event: its id and source, if it is at least JSON and they are texts of a
// length that an event may have.
Source source_of(std::string text) {
  Source found;
  const auto document = json::parse(std::move(text), {.depth = event_depth_limit, .size_bytes = event_limit_bytes});
  if (!document || !document->root().is_object()) {
    return found;
  }
  const auto read = [&](std::string_view name) {
    const json::Value* value = document->root().find(name);
    return value != nullptr && value->is_string() && value->size() <= attribute_limit_bytes ? std::string(value->text())
                                                                                            : std::string();
  };
  return {read("id"), read("source")};
}

class Deciding {
 public:
  Deciding(const std::string& app, const AdmitContext& context) : app_(app), context_(context) {}

  Result<Decision> run(std::string text) {
    const std::string kept = text;
    auto parsed = Event::parse(std::move(text));
    if (!parsed) {
      return shapeless(parsed.error(), kept);
    }
    event_ = std::make_shared<const Event>(std::move(*parsed));
    out_.id = std::string(event_->id());
    out_.identity = identity_of(*event_, *context_.hash);
    if (!may_publish()) {
      return refused(Decision::refuse);
    }
    content_ = event_->content_hash();
    if (auto seen = seen_before(); !seen) {
      return std::unexpected(std::move(seen.error()));
    } else if (*seen) {
      return out_.kind == Decision::conflict ? refused(Decision::conflict) : std::move(out_);
    }
    if (!fits()) {
      return refused(Decision::refuse);
    }
    return admitted();
  }

 private:
  Decision shapeless(const Problems& problems, const std::string& text) {
    for (const Problem& problem : problems) {
      std::string message = problem.hint.empty() ? problem.message : problem.message + "; " + problem.hint;
      out_.reasons.push_back({problem.code, std::move(message), problem.path, {}});
    }
    Source source = source_of(text);
    out_.id = source.id;
    return refused(Decision::refuse, source, text);
  }

  bool may_publish() {
    const auto& apps = context_.generation->apps();
    const std::string type(event_->type());
    const auto found = apps.find(app_);
    if (found == apps.end()) {
      out_.reasons.push_back(
          {"not_allowed",
           fmt::format("the app {} is not declared; an integrator adds config/apps/{}.yaml", app_, app_),
           {},
           {},
           fmt::format("aplikasi {} belum terdaftar; integrator menambahkan config/apps/{}.yaml", app_, app_)});
      return false;
    }
    const auto& publishes = found->second.publishes;
    if (publishes.contains(type)) {
      return true;
    }
    const bool known =
        context_.generation->event_schema(type) != nullptr ||
        std::any_of(apps.begin(), apps.end(), [&](const auto& each) { return each.second.publishes.contains(type); });
    if (known) {
      out_.reasons.push_back({"not_allowed",
                              fmt::format("{} may not publish {}; an integrator adds it to `publishes` in "
                                          "config/apps/{}.yaml when {} owns this data",
                                          app_, type, app_, app_),
                              "type",
                              {},
                              fmt::format("{} tidak berhak menerbitkan {}; integrator menambahkannya ke `publishes` "
                                          "dalam config/apps/{}.yaml bila {} memiliki data ini",
                                          app_, type, app_, app_)});
    } else {
      const std::string meant = nearest(type, {publishes.begin(), publishes.end()});
      out_.reasons.push_back({"unknown_type",
                              fmt::format("no app publishes an event type {}{}", type,
                                          meant.empty() ? "" : fmt::format(", did you mean \"{}\"?", meant)),
                              "type",
                              {},
                              fmt::format("tidak ada aplikasi yang menerbitkan jenis peristiwa {}{}", type,
                                          meant.empty() ? "" : fmt::format(", apakah maksudnya \"{}\"?", meant))});
    }
    return false;
  }

  // Sets kind to duplicate or conflict when it was.
  Result<bool> seen_before() {
    if (const InFlight::Entry* entry =
            context_.in_flight == nullptr ? nullptr : context_.in_flight->find(out_.identity)) {
      out_.pending = entry->content == content_;
      return judge(entry->content);
    }
    auto known = context_.view->find_identity(out_.identity);
    if (!known) {
      return std::unexpected(std::move(known.error()));
    }
    if (!*known) {
      return false;
    }
    out_.position = (*known)->position;
    return judge((*known)->content);
  }

  bool judge(const Hash128& first) {
    if (first == content_) {
      out_.kind = Decision::duplicate;
      return true;
    }
    out_.kind = Decision::conflict;
    out_.reasons.push_back({"id_conflict",
                            "an event with this source and id was accepted before, with other content; give a changed "
                            "event an id of its own",
                            "id",
                            {},
                            "peristiwa dengan source dan id ini sudah pernah diterima dengan isi yang berbeda; "
                            "berikan id tersendiri kepada peristiwa yang berubah"});
    return true;
  }

  bool fits() {
    const Schema* schema = context_.generation->event_schema(event_->type());
    if (schema == nullptr) {
      const std::string type(event_->type());
      out_.reasons.push_back(
          {"unknown_type",
           fmt::format("there is no schema for {}; an integrator adds schemas/events/{}.json", type, type),
           "type",
           {},
           fmt::format("belum ada skema untuk {}; integrator menambahkan schemas/events/{}.json", type, type)});
      return false;
    }
    if (event_->data() == nullptr) {
      out_.reasons.push_back(
          {"schema",
           event_->has_binary_data() ? "data must be JSON in the member `data`; it came as `data_base64`"
                                     : "the event has no `data`",
           "/data", "required",
           event_->has_binary_data() ? "isi peristiwa harus berupa JSON dalam `data`; yang diterima `data_base64`"
                                     : "peristiwa ini tidak memiliki `data`"});
      return false;
    }
    if (schema->valid(*event_->data())) {
      for (Violation& violation : schema->warnings(*event_->data(), told_warnings)) {
        out_.warnings.push_back(why_of(std::move(violation)));
      }
      return true;
    }
    for (Violation& violation : schema->explain(*event_->data())) {
      out_.reasons.push_back(why_of(std::move(violation)));
    }
    if (out_.reasons.empty()) {
      out_.reasons.push_back({"schema",
                              fmt::format("data does not fit the schema {}", schema->name()),
                              "/data",
                              {},
                              fmt::format("data tidak sesuai dengan skema {}", schema->name())});
    }
    return false;
  }

  Decision admitted() {
    out_.kind = Decision::admit;
    out_.routing = context_.generation->route(*event_, *context_.hash, context_.observer);
    NewRecord record;
    record.kind = RecordKind::event;
    record.generation = context_.generation_number;
    record.type = std::string(event_->type());
    record.app = app_;
    record.body = encode_event(out_.routing.routes, app_, event_->text());
    record.keys.identity = out_.identity;
    record.keys.content = content_;
    if (!event_->subject().empty()) {
      record.keys.subject = context_.hash->of(event_->subject());
    }
    record.keys.keys = out_.routing.keys;
    record.keys.keys.push_back(context_.hash->of("id", event_->id()));
    out_.record = std::move(record);
    out_.event = std::move(event_);
    return std::move(out_);
  }

  Decision refused(Decision::Kind kind) {
    return refused(kind, {out_.id, std::string(event_->source())}, event_->text());
  }

  Decision refused(Decision::Kind kind, const Source& source, std::string_view received) {
    out_.kind = kind;
    RefusalBody body;
    body.app = app_;
    body.id = source.id;
    body.source = source.source;
    body.content_type = "application/cloudevents+json";
    body.received = to_base64(received.substr(0, received_limit_bytes));
    for (const RefusalWhy& why : out_.reasons) {
      body.reasons.push_back({why.code, why.message, why.instance, why.rule, why.indonesian, why.schema});
    }
    NewRecord record;
    record.kind = RecordKind::refusal;
    record.generation = context_.generation_number;
    record.type = "refusal." + (out_.reasons.empty() ? std::string("other") : out_.reasons.front().code);
    record.app = app_;
    record.body = encode(body);
    if (!source.id.empty()) {
      record.keys.keys.push_back(context_.hash->of("id", source.id));
      out_.identity = record.keys.identity = context_.hash->of(source.source, source.id);
    }
    out_.record = std::move(record);
    return std::move(out_);
  }

  const std::string& app_;
  const AdmitContext& context_;
  std::shared_ptr<const Event> event_;
  Hash128 content_;
  Decision out_;
};

int status_of(const Decision& decision) {
  if (decision.kind == Decision::conflict) {
    return 409;
  }
  const std::string_view code =
      decision.reasons.empty() ? std::string_view() : std::string_view(decision.reasons.front().code);
  if (code == "not_allowed") {
    return 403;
  }
  if (code.ends_with(".too_big")) {
    return 413;
  }
  return code.starts_with("json.") || code.starts_with("event.") ? 400 : 422;
}

std::string_view title_of(int status) {
  switch (status) {
    case 400:
      return "not a CloudEvents event";
    case 403:
      return "not allowed";
    case 409:
      return "conflict with an event accepted before";
    case 413:
      return "too big";
    default:
      return "the event was refused";
  }
}

}  // namespace

const InFlight::Entry* InFlight::find(const Hash128& identity) const {
  const auto found = entries_.find(identity);
  return found == entries_.end() ? nullptr : &found->second;
}

void InFlight::add(const Hash128& identity, Entry entry) {
  entries_.insert_or_assign(identity, entry);
}

void InFlight::remove(const Hash128& identity) {
  entries_.erase(identity);
}

std::size_t InFlight::size() const {
  return entries_.size();
}

Hash128 identity_of(const Event& event, const KeyedHash& hash) {
  return hash.of(event.source(), event.id());
}

Result<Decision> decide(const std::string& app, std::string text, const AdmitContext& context) {
  return Deciding(app, context).run(std::move(text));
}

std::string problem_details(const Decision& decision) {
  const int status = status_of(decision);
  std::string detail = "the event was refused without a reason given";
  std::string code = "refused";
  if (!decision.reasons.empty()) {
    code = decision.reasons.front().code;
    detail = decision.reasons.front().message;
    if (decision.reasons.size() > 1) {
      detail += fmt::format(" (and {} more, see errors)", decision.reasons.size() - 1);
    }
  }
  json::Writer out;
  out.begin_object();
  out.member("type", "urn:simpul:problem:" + code)
      .member("title", title_of(status))
      .member("status", std::int64_t(status));
  out.member("detail", detail).member("code", code);
  if (!decision.id.empty()) {
    out.member("event", decision.id);
  }
  out.name("errors").begin_array();
  for (const RefusalWhy& why : decision.reasons) {
    out.begin_object()
        .member("field", why.instance)
        .member("rule", why.rule.empty() ? why.code : why.rule)
        .member("message", why.message);
    if (!why.indonesian.empty()) {
      out.member("message_id", why.indonesian);
    }
    out.end_object();
  }
  out.end_array().end_object();
  return out.take();
}

}  // namespace simpul
