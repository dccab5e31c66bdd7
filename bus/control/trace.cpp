#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "bus/control/handlers.h"

namespace simpul {
namespace {

constexpr std::string_view masked_text = "•••";

using Targets = std::map<std::string, Dispatcher::TargetStatus>;

struct Asked {
  LookupBody body;
  Nanoseconds at;
};

// The lookups that were asked for deliveries of an event; what they answered is not shown.
std::vector<Asked> lookups_for(const ControlCall& call, Position event) {
  constexpr std::size_t most = 1'000;
  std::vector<Asked> all;
  auto found = call.bus.view().by_key(lookup_key(event, call.bus.hash()), most, event);
  if (!found || found->empty()) return all;
  auto reader = call.bus.log().read(found->front().position);
  for (const auto& entry : *found) {
    reader->seek(entry.position);
    auto record = reader->next();
    if (!record || !*record || (*record)->position != entry.position) continue;
    auto body = decode_lookup((*record)->body);
    if (body && body->asked_for) all.push_back({std::move(*body), entry.time});
  }
  return all;
}

void write_lookups(const Routed& routed, const std::vector<Asked>& lookups, json::Writer& writer) {
  writer.name("lookups").begin_array();
  for (const auto& [body, at] : lookups) {
    const auto& asked = *body.asked_for;
    if (asked.target != routed.target || asked.route != routed.route || asked.part != routed.part) continue;
    writer.begin_object()
        .member("name", asked.name)
        .member("lookup", body.lookup)
        .member("answerer", body.answerer)
        .member("outcome", body.outcome)
        .member("at", format_time(at))
        .end_object();
  }
  writer.end_array();
}

// What became of one delivery, by its newest receipt; without one it waits, and the target says why.
void write_delivery(const Routed& routed, const std::vector<Receipt>& receipts, const std::vector<Asked>& lookups,
                    const Targets& targets, const Record& record, Nanoseconds now, json::Writer& writer) {
  const Receipt* last = nullptr;
  for (const auto& receipt : receipts)
    if (receipt.target == routed.target && receipt.route == routed.route && receipt.part == routed.part)
      last = &receipt;
  writer.begin_object()
      .member("route", routed.route)
      .member("target", routed.target)
      .member("part", static_cast<std::int64_t>(routed.part));
  if (last != nullptr && last->outcome != Outcome::held && last->outcome != Outcome::released) {
    writer.member("state", name(last->outcome))
        .member("at", format_time(last->at))
        .member("attempts", static_cast<std::int64_t>(last->attempts));
    writer.member("reason", last->reason)
        .member("generation", static_cast<std::int64_t>(last->generation))
        .member("sent", last->sent);
    write_lookups(routed, lookups, writer);
    writer.end_object();
    return;
  }
  std::string reason;
  if (auto due = due_of(routed, record.time); due > now)
    reason = "waits until " + format_time(due);
  else if (last != nullptr)
    reason =
        last->outcome == Outcome::held ? "waits behind an earlier one with its key" : "was released, goes again soon";
  else if (auto target = targets.find(routed.target); target == targets.end())
    reason = "the target is not running";
  else if (!target->second.start_error.empty())
    reason = target->second.start_error;
  else if (target->second.lanes.state != TargetState::flowing || target->second.lanes.retrying > 0)
    reason = target->second.lanes.last_error;
  else if (target->second.lanes.scanned <= record.position)
    reason = "the target is not that far yet";
  else
    reason = "waits for its turn";
  writer.member("state", "waiting")
      .member("at", "")
      .member("attempts", static_cast<std::int64_t>(last == nullptr ? 0 : last->attempts))
      .member("reason", reason);
  write_lookups(routed, lookups, writer);
  writer.end_object();
}

void write_story(const ControlCall& call, const Record& record, const Targets& targets, json::Writer& writer) {
  writer.begin_object();
  write_event(call, record, writer);
  writer.name("deliveries").begin_array();
  auto routes = decode_routes(record.body);
  auto receipts = call.bus.view().receipts_of(record.position);
  auto lookups = lookups_for(call, record.position);
  auto now = call.bus.environment().clock->wall();
  if (routes)
    for (const auto& routed : *routes)
      write_delivery(routed, receipts ? *receipts : std::vector<Receipt>(), lookups, targets, record, now, writer);
  writer.end_array().end_object();
}

void write_refusal(const Record& record, json::Writer& writer) {
  writer.begin_object()
      .member("position", static_cast<std::int64_t>(record.position))
      .member("at", format_time(record.time))
      .member("app", record.app);
  if (auto refusal = decode_refusal(record.body)) {
    writer.member("id", refusal->id).name("reasons").begin_array();
    for (const auto& reason : refusal->reasons)
      writer.begin_object()
          .member("code", reason.code)
          .member("message", reason.message)
          .member("message_id", reason.indonesian)
          .member("field", reason.instance)
          .member("rule", reason.rule)
          .member("schema", reason.schema)
          .end_object();
    writer.end_array();
  }
  writer.end_object();
}

// The positions that a query asks for, and how it is named in the access record (never its value).
Result<std::vector<IndexedRecord>> find_records(const ControlCall& call, std::size_t limit, std::string& by) {
  auto& view = call.bus.view();
  const auto& hash = call.bus.hash();
  if (auto id = call.text("id"); !id.empty()) {
    by = "id";
    auto source = call.text("source");
    return source.empty() ? view.by_key(hash.of("id", id), limit) : view.by_identity(hash.of(source, id), limit);
  }
  if (auto key = call.text("key"); !key.empty()) {
    by = "key";
    return view.by_key(hash.of(key), limit);
  }
  if (auto subject = call.text("subject"); !subject.empty()) {
    by = "subject";
    return view.by_subject(hash.of(subject), limit);
  }
  if (auto position = call.integer("position", -1); position >= 0) {
    by = "position";
    return std::vector<IndexedRecord>{{static_cast<Position>(position), RecordKind::event, 0, "", ""}};
  }
  return fail("trace.what", "nothing to trace by", "give an event's id, or --key, --subject or --position");
}

}  // namespace

void write_event(const ControlCall& call, const Record& record, json::Writer& writer) {
  writer.member("position", static_cast<std::int64_t>(record.position))
      .member("entered", format_time(record.time))
      .member("app", record.app);
  writer.member("type", record.type).member("generation", static_cast<std::int64_t>(record.generation));
  auto body = decode_event(record.body);
  auto event = body ? Event::parse(std::string(body->event)) : Checked<Event>(std::unexpected(Problems{}));
  if (!event) {
    writer.member("unreadable", true);
    return;
  }
  bool cleared = call.actor.cleared >= PersonalData::general;
  writer.member("id", event->id()).member("source", event->source()).member("time", event->time());
  writer.member("subject", event->subject().empty() || cleared ? event->subject() : masked_text);
  if (event->data() == nullptr) return;
  auto generation = call.bus.generation(record.generation);
  const Schema* schema = generation ? (*generation)->event_schema(event->type()) : nullptr;
  writer.name("data");
  if (schema != nullptr)
    writer.raw(schema->masked(*event->data(), call.actor.cleared));
  else if (call.actor.cleared == PersonalData::specific)
    writer.value(*event->data());
  else
    writer.string(masked_text);
}

ControlAnswer trace(const ControlCall& call) {
  constexpr std::int64_t limit_most = 1000;
  auto limit = static_cast<std::size_t>(std::clamp<std::int64_t>(call.integer("limit", 50), 1, limit_most));
  std::string by;
  auto found = find_records(call, limit, by);
  if (!found)
    return control_problem(found.error().code == "trace.what" ? 400 : 500, found.error().code, found.error().message,
                           found.error().hint);
  json::Writer detail;
  detail.begin_object().member("by", by).member("records", static_cast<std::int64_t>(found->size())).end_object();
  json::Writer access;
  access.begin_object()
      .member("person", call.actor.name)
      .member("what", "trace")
      .name("detail")
      .raw(detail.text())
      .end_object();
  // Fail closed: a look that cannot be recorded does not happen. Offline the log is not written to.
  if (call.bus.options().serve)
    if (auto recorded = call.bus.record(RecordKind::access, "access.trace", access.text()); !recorded)
      return control_problem(503, recorded.error().code,
                             "the look at the log could not be recorded: " + recorded.error().message,
                             recorded.error().hint);

  Targets targets;
  for (auto& target : call.bus.dispatcher().status()) targets[target.name] = std::move(target);
  json::Writer events, refusals;
  events.begin_array();
  refusals.begin_array();
  auto reader = call.bus.log().read(0);
  for (const auto& entry : *found) {
    reader->seek(entry.position);
    auto record = reader->next();
    if (!record || !*record || (*record)->position != entry.position) continue;
    if ((*record)->kind == RecordKind::event)
      write_story(call, **record, targets, events);
    else if ((*record)->kind == RecordKind::refusal)
      write_refusal(**record, refusals);
  }
  events.end_array();
  refusals.end_array();
  json::Writer writer;
  writer.begin_object().member("by", by).name("events").raw(events.text()).name("refusals").raw(refusals.text());
  writer.member("more", found->size() == limit).end_object();
  return {200, writer.take()};
}

}  // namespace simpul
