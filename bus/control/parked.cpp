#include <fmt/format.h>

#include <algorithm>

#include "bus/control/handlers.h"

namespace simpul {
namespace {

void write_waiting(const Waiting& waiting, std::string_view type, json::Writer& writer) {
  writer.begin_object()
      .member("target", waiting.target)
      .member("route", waiting.route)
      .member("position", static_cast<std::int64_t>(waiting.position));
  writer.member("part", static_cast<std::int64_t>(waiting.part))
      .member("type", type)
      .member("since", format_time(waiting.since));
  writer.member("attempts", static_cast<std::int64_t>(waiting.attempts)).member("reason", waiting.reason).end_object();
}

ControlAnswer failed(const Problem& problem) {
  int status = problem.code == "parked.unknown"                                              ? 404
               : problem.code == "bus.generation_waits" || problem.code == "bus.not_running" ? 409
                                                                                             : 500;
  return control_problem(status, problem.code, problem.message, problem.hint);
}

DeliveryId id_of(const ControlCall& call) {
  return {static_cast<Position>(call.integer("position", 0)), static_cast<std::uint32_t>(call.integer("part", 0))};
}

std::string detail_of(const std::string& target, const DeliveryId& id) {
  json::Writer writer;
  writer.begin_object()
      .member("target", target)
      .member("position", static_cast<std::int64_t>(id.position))
      .member("part", static_cast<std::int64_t>(id.part))
      .end_object();
  return writer.take();
}

Result<bool> is_parked(const ControlCall& call, const std::string& target, const DeliveryId& id) {
  auto rows = call.bus.view().waiting(target, id.position, id.part, 1);
  if (!rows) return std::unexpected(rows.error());
  return !rows->empty() && rows->front().position == id.position && rows->front().part == id.part &&
         rows->front().outcome == Outcome::parked;
}

// The act is on record before it is done; what is not parked any more leaves no act.
Result<void> act_on_one(const ControlCall& call, const std::string& target, const DeliveryId& id,
                        const std::string& act, const std::string& reason) {
  if (!call.bus.options().serve)
    return fail("bus.not_running", "what is parked is dealt with by a running bus only", "start it with `simpul run`");
  auto parked = is_parked(call, target, id);
  if (!parked) return std::unexpected(parked.error());
  if (!*parked)
    return fail("parked.unknown",
                fmt::format("no delivery of position {} part {} is parked for {}", id.position, id.part, target),
                "see `simpul parked list`; it may have been dealt with meanwhile");
  if (auto recorded = call.bus.record_act(call.actor, act, reason, detail_of(target, id)); !recorded)
    return std::unexpected(recorded.error());
  return act == "parked.retry" ? call.bus.dispatcher().retry_parked(target, id)
                               : call.bus.dispatcher().discard_parked(target, id, reason);
}

ControlAnswer done(std::int64_t count) {
  json::Writer writer;
  writer.begin_object().member("done", count).end_object();
  return {200, writer.take()};
}

}  // namespace

ControlAnswer list_parked(const ControlCall& call) {
  auto limit = static_cast<std::size_t>(std::clamp<std::int64_t>(call.integer("limit", 100), 1, 10'000));
  auto serving = call.bus.serving();
  std::vector<std::string> targets;
  for (const auto& [name, config] : serving.deployment->targets) targets.push_back(name);
  if (auto target = call.text("target"); !target.empty() && std::ranges::find(targets, target) == targets.end())
    return control_problem(404, "unknown",
                           fmt::format("there is no target {}{}", target, did_you_mean(target, targets)),
                           "simpul status lists them");
  auto rows = call.bus.view().parked(call.text("target"), limit);
  if (!rows) return failed(rows.error());
  json::Writer writer;
  writer.begin_object().name("parked").begin_array();
  auto reader = call.bus.log().read(0);
  for (const auto& row : *rows) {
    reader->seek(row.position);
    auto record = reader->next();
    write_waiting(row, record && *record ? (*record)->type : std::string_view(), writer);
  }
  writer.end_array().member("more", rows->size() == limit).end_object();
  return {200, writer.take()};
}

ControlAnswer show_parked(const ControlCall& call) {
  auto target = call.text("target");
  auto id = id_of(call);
  auto rows = call.bus.view().waiting(target, id.position, id.part, 1);
  if (!rows) return failed(rows.error());
  if (rows->empty() || rows->front().position != id.position || rows->front().part != id.part)
    return control_problem(404, "parked.unknown",
                           fmt::format("nothing of position {} part {} waits for {}", id.position, id.part, target),
                           "see simpul parked list");
  json::Writer access;
  access.begin_object()
      .member("person", call.actor.name)
      .member("what", "parked.show")
      .name("detail")
      .raw(detail_of(target, id))
      .end_object();
  if (call.bus.options().serve)
    if (auto recorded = call.bus.record(RecordKind::access, "access.parked", access.text()); !recorded)
      return failed(recorded.error());
  auto reader = call.bus.log().read(id.position);
  auto record = reader->next();
  if (!record) return failed(record.error());
  json::Writer writer;
  writer.begin_object();
  if (*record) {
    writer.name("event").begin_object();
    write_event(call, **record, writer);
    writer.end_object().name("delivery");
    write_waiting(rows->front(), (*record)->type, writer);
  }
  writer.end_object();
  return {200, writer.take()};
}

ControlAnswer retry_parked(const ControlCall& call) {
  auto target = call.text("target");
  if (!call.flag("all")) {
    auto result = act_on_one(call, target, id_of(call), "parked.retry", call.text("reason"));
    return result ? done(1) : failed(result.error());
  }
  constexpr std::size_t limit_once = 10'000;
  auto rows = call.bus.view().parked(target, limit_once);
  if (!rows) return failed(rows.error());
  std::int64_t count = 0;
  for (const auto& row : *rows) {
    auto result = act_on_one(call, row.target, {row.position, row.part}, "parked.retry", call.text("reason"));
    if (result)
      ++count;
    else if (result.error().code != "parked.unknown")
      return failed(result.error());
  }
  return done(count);
}

ControlAnswer discard_parked(const ControlCall& call) {
  auto reason = call.text("reason");
  if (reason.empty())
    return control_problem(400, "reason_missing",
                           "giving up a delivery needs a reason: it stays in the log with your name", "--reason \"…\"");
  auto result = act_on_one(call, call.text("target"), id_of(call), "parked.discard", reason);
  return result ? done(1) : failed(result.error());
}

}  // namespace simpul
