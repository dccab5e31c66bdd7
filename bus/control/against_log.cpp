// How many recorded events a schema that is not serving yet would refuse: before it serves.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "bus/control/handlers.h"

namespace simpul {
namespace {

// One call looks at so many records at most, so that a long log never holds up the other commands.
constexpr std::int64_t records_once = 50'000;
constexpr std::int64_t shown_most = 1000, reasons_most = 10;

using Schemas = std::map<std::string, std::shared_ptr<const Schema>, std::less<>>;

struct Asked {
  Schemas by_type;
  Position from = 0, until = 0;
  std::int64_t records = records_once, limit = 10;
};

Checked<Schemas> compile(const ControlCall& call) {
  auto wrong = [](std::string message) {
    return std::unexpected(Problems{{"schema.arguments",
                                     std::move(message),
                                     R"(give {"files": {PATH: TEXT}, "types": {EVENT TYPE: PATH}})",
                                     {},
                                     {},
                                     Severity::error}});
  };
  const auto* files = call.arguments.find("files");
  const auto* types = call.arguments.find("types");
  if (files == nullptr || !files->is_object() || types == nullptr || !types->is_object() || types->size() == 0)
    return wrong("the schemas and the types of events they are for are missing");
  std::map<std::string, std::string> texts;
  for (const auto& file : files->members()) texts.emplace(std::string(file.name), std::string(file.value.text()));
  auto registry = compile_schemas(texts);
  if (!registry) return std::unexpected(std::move(registry.error()));
  Schemas by_type;
  for (const auto& type : types->members()) {
    auto path = type.value.is_string() ? type.value.text() : std::string_view();
    if (path.ends_with(".json")) path.remove_suffix(5);
    auto schema = (*registry)->find(path);
    if (schema == nullptr) return wrong(fmt::format("{} names a schema that is not among the files", type.name));
    by_type.emplace(std::string(type.name), std::move(schema));
  }
  return by_type;
}

Result<void> record_access(const ControlCall& call, const Asked& asked) {
  if (!call.bus.options().serve) return {};  // offline the log is not written to
  json::Writer access;
  access.begin_object().member("person", call.actor.name).member("what", "schema.against_log").name("detail");
  access.begin_object().member("from", static_cast<std::int64_t>(asked.from)).name("types").begin_array();
  for (const auto& [type, schema] : asked.by_type) access.string(type);
  access.end_array().end_object().end_object();
  auto recorded = call.bus.record(RecordKind::access, "access.schema", access.text());
  if (!recorded) return std::unexpected(recorded.error());
  return {};
}

// A violation's words may hold the value. The new schema says what is personal by its own classes, which may be fewer:
// what the schema that admitted the event calls personal stays unsaid.
bool may_say(const Schema* admitted_by, const Schema& schema, const std::string& instance) {
  return schema.personal_at(instance) != PersonalData::none ||
         (admitted_by != nullptr && admitted_by->personal_at(instance) == PersonalData::none);
}

void write_reason(const Schema* admitted_by, const Schema& schema, const Violation& violation, json::Writer& writer) {
  bool said = may_say(admitted_by, schema, violation.instance);
  writer.begin_object()
      .member("instance", violation.instance)
      .member("rule", violation.rule)
      .member("message", said ? violation.words.english : fmt::format("does not fit \"{}\"", violation.rule))
      .member("message_id", said ? violation.words.indonesian : fmt::format("tidak sesuai \"{}\"", violation.rule))
      .member("file", violation.place.file)
      .member("line", static_cast<std::int64_t>(violation.place.start.line))
      .member("column", static_cast<std::int64_t>(violation.place.start.column))
      .end_object();
}

class Scan {
 public:
  Scan(const ControlCall& call, const Asked& asked) : call_(call), asked_(asked) { first_.begin_array(); }

  Result<std::string> run() {
    auto reader = call_.bus.log().read(asked_.from);
    Position next = asked_.from;
    for (std::int64_t i = 0; i < asked_.records && next < asked_.until; ++i) {
      auto record = reader->next();
      if (!record) {
        // Damage is told once by the reader, and it goes on behind it.
        if (record.error().code != "log.damaged") return std::unexpected(record.error());
        ++unreadable_;
        continue;
      }
      if (!*record) {
        next = asked_.until;
        break;
      }
      next = (*record)->position + 1;
      if (next > asked_.until) break;
      if ((*record)->kind == RecordKind::event) look(**record);
    }
    return answer(std::min(next, asked_.until));
  }

 private:
  void look(const Record& record) {
    auto found = asked_.by_type.find(record.type);
    if (found == asked_.by_type.end()) return;
    ++events_;
    auto body = decode_event(record.body);
    auto event = body ? Event::parse(std::string(body->event)) : Checked<Event>(std::unexpected(Problems{}));
    if (!event || event->data() == nullptr) {
      ++unreadable_;
      return;
    }
    const auto& schema = *found->second;
    if (schema.valid(*event->data())) return;
    ++refused_;
    if (shown_ >= asked_.limit) return;
    ++shown_;
    auto generation = call_.bus.generation(record.generation);
    const Schema* admitted_by = generation ? (*generation)->event_schema(record.type) : nullptr;
    first_.begin_object()
        .member("position", static_cast<std::int64_t>(record.position))
        .member("entered", format_time(record.time))
        .member("type", record.type)
        .member("app", record.app)
        .member("id", event->id());
    first_.name("reasons").begin_array();
    for (const auto& violation : schema.explain(*event->data(), reasons_most))
      write_reason(admitted_by, schema, violation, first_);
    first_.end_array().end_object();
  }

  std::string answer(Position next) {
    first_.end_array();
    json::Writer writer;
    writer.begin_object()
        .member("next", static_cast<std::int64_t>(next))
        .member("until", static_cast<std::int64_t>(asked_.until))
        .member("events", events_)
        .member("refused", refused_)
        .member("unreadable", unreadable_)
        .name("first")
        .raw(first_.text())
        .end_object();
    return writer.take();
  }

  const ControlCall& call_;
  const Asked& asked_;
  json::Writer first_;
  std::int64_t events_ = 0, refused_ = 0, unreadable_ = 0, shown_ = 0;
};

}  // namespace

ControlAnswer check_against_log(const ControlCall& call) {
  auto schemas = compile(call);
  if (!schemas)
    return control_problems(schemas.error().front().code == "schema.arguments" ? 400 : 422, schemas.error());
  Asked asked;
  asked.by_type = std::move(*schemas);
  auto end = static_cast<std::int64_t>(call.bus.log().status().next);
  auto until = std::clamp<std::int64_t>(call.integer("until", end), 0, end);
  asked.until = static_cast<Position>(until);
  asked.from = static_cast<Position>(std::clamp<std::int64_t>(call.integer("from", 0), 0, until));
  asked.limit = std::clamp<std::int64_t>(call.integer("limit", 10), 0, shown_most);
  // Nobody waits behind an offline command, which opens the log anew for each call.
  if (!call.bus.options().serve) asked.records = end + 1;
  // Fail closed: a look that cannot be recorded does not happen.
  if (auto recorded = record_access(call, asked); !recorded)
    return control_problem(503, recorded.error().code,
                           "the look at the log could not be recorded: " + recorded.error().message,
                           recorded.error().hint);
  auto answer = Scan(call, asked).run();
  if (!answer) return control_problem(500, answer.error().code, answer.error().message, answer.error().hint);
  return {200, std::move(*answer)};
}

}  // namespace simpul
