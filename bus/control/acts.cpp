#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "bus/control/backup.h"
#include "bus/control/handlers.h"

namespace simpul {
namespace {

ControlAnswer failed(const Problem& problem, int status = 500) {
  return control_problem(problem.code == "bus.generation_waits" ? 409 : status, problem.code, problem.message,
                         problem.hint);
}

constexpr std::int64_t overlap_limit_s = 366 * 86'400;

std::string_view word(Verdict::Kind kind) {
  switch (kind) {
    case Verdict::accepted:
      return "accepted";
    case Verdict::duplicate:
      return "duplicate";
    case Verdict::conflict:
      return "conflict";
    case Verdict::refused:
      return "refused";
    case Verdict::nothing:
      return "nothing";
    case Verdict::later:
      return "later";
  }
  return "";
}

int status_of(const Verdict& verdict) {
  switch (verdict.kind) {
    case Verdict::accepted:
    case Verdict::duplicate:
    case Verdict::nothing:
      return 200;
    case Verdict::conflict:
      return 409;
    case Verdict::refused:
      return 422;
    case Verdict::later:
      return verdict.full ? 507 : 503;
  }
  return 500;
}

// Whether an app or person of that name is declared; a problem with the nearest name when not.
std::optional<ControlAnswer> undeclared(const ControlCall& call, const std::string& kind, const std::string& name) {
  const auto& generation = *call.bus.serving().deployment->generation;
  std::vector<std::string> names;
  if (kind == "app")
    for (const auto& [known, app] : generation.apps()) names.push_back(known);
  else if (kind == "person")
    for (const auto& [known, person] : generation.people()) names.push_back(known);
  else
    return control_problem(400, "kind", "a credential is of an app or of a person", "kind: app or person");
  if (std::ranges::find(names, name) != names.end()) return std::nullopt;
  return control_problem(404, "unknown", fmt::format("there is no {} {}{}", kind, name, did_you_mean(name, names)),
                         kind == "app" ? "declare it in config/apps" : "declare it in config/people");
}

std::string owner_detail(const std::string& kind, const std::string& name) {
  json::Writer writer;
  writer.begin_object().member("kind", kind).member("name", name).end_object();
  return writer.take();
}

}  // namespace

ControlAnswer reload(const ControlCall& call) {
  auto number = call.bus.reload(call.actor);
  if (!number) return control_problems(422, number.error());
  json::Writer writer;
  writer.begin_object().member("generation", static_cast<std::int64_t>(*number)).member("serves", true).end_object();
  return {200, writer.take()};
}

ControlAnswer publish(const ControlCall& call) {
  auto app = call.text("app");
  if (auto answer = undeclared(call, "app", app)) return *answer;
  const auto* event = call.arguments.find("event");
  if (event == nullptr || !event->is_string())
    return control_problem(400, "event_missing", "the event's JSON text is missing", "");
  if (auto recorded = call.bus.record_act(call.actor, "publish", call.text("reason"), owner_detail("app", app));
      !recorded)
    return failed(recorded.error());
  std::promise<std::vector<Verdict>> promise;
  auto future = promise.get_future();
  std::vector<std::string> events;
  events.emplace_back(event->text());
  call.bus.admission().publish(app, std::move(events),
                               [&](std::vector<Verdict> verdicts) { promise.set_value(std::move(verdicts)); });
  auto verdict = future.get().front();
  json::Writer writer;
  writer.begin_object()
      .member("outcome", word(verdict.kind))
      .member("id", verdict.id)
      .member("position", static_cast<std::int64_t>(verdict.position));
  writer.name("reasons").begin_array();
  for (const auto& reason : verdict.reasons)
    writer.begin_object()
        .member("code", reason.code)
        .member("message", reason.message)
        .member("message_id", reason.indonesian)
        .member("field", reason.instance)
        .member("rule", reason.rule)
        .member("schema", reason.schema)
        .end_object();
  writer.end_array().end_object();
  return {status_of(verdict), writer.take()};
}

ControlAnswer ask_lookup(const ControlCall& call) {
  if (!call.bus.options().serve)
    return control_problem(409, "bus.not_running", "a lookup is answered by a running bus only",
                           "start it with `simpul run`");
  const auto* parameters = call.arguments.find("parameters");
  std::promise<ControlAnswer> promise;
  auto future = promise.get_future();
  Identity identity;
  identity.person = call.actor.name;
  call.bus.lookup(identity, call.text("name"), parameters == nullptr ? "{}" : json::write(*parameters),
                  [&](ControlAnswer answer) { promise.set_value(std::move(answer)); });
  return future.get();
}

ControlAnswer make_credential(const ControlCall& call) {
  auto kind = call.text("kind"), name = call.text("name");
  if (auto answer = undeclared(call, kind, name)) return *answer;
  if (call.bus.options().serve)
    if (auto recorded = call.bus.record_act(call.actor, "credential.make", "", owner_detail(kind, name)); !recorded)
      return failed(recorded.error());
  auto key = call.bus.credentials().make(
      kind, name, std::clamp<std::int64_t>(call.integer("overlap_s", 0), 0, overlap_limit_s) * 1'000'000'000);
  if (!key) return failed(key.error());
  json::Writer writer;
  writer.begin_object().member("kind", kind).member("name", name).member("key", *key).end_object();
  return {200, writer.take()};
}

ControlAnswer list_credentials(const ControlCall& call) {
  json::Writer writer;
  writer.begin_object().name("credentials").begin_array();
  for (const auto& credential : call.bus.credentials().list())
    writer.begin_object()
        .member("kind", credential.kind)
        .member("name", credential.name)
        .member("id", credential.id)
        .member("made", credential.made)
        .member("until", credential.until)
        .end_object();
  writer.end_array().end_object();
  return {200, writer.take()};
}

ControlAnswer revoke_credential(const ControlCall& call) {
  auto kind = call.text("kind"), name = call.text("name");
  if (call.bus.options().serve)
    if (auto recorded =
            call.bus.record_act(call.actor, "credential.revoke", call.text("reason"), owner_detail(kind, name));
        !recorded)
      return failed(recorded.error());
  auto ended = call.bus.credentials().revoke(kind, name);
  if (!ended) return failed(ended.error());
  json::Writer writer;
  writer.begin_object().member("ended", static_cast<std::int64_t>(*ended)).end_object();
  return {200, writer.take()};
}

ControlAnswer make_backup(const ControlCall& call) {
  auto folder = call.text("folder");
  if (!folder.starts_with('/'))
    return control_problem(400, "folder", "the backup's folder must be an absolute path",
                           "for example /var/backups/simpul-2026-11-22");
  json::Writer detail;
  detail.begin_object().member("folder", folder).member("with_keys", call.flag("with_keys")).end_object();
  if (call.bus.options().serve)
    if (auto recorded = call.bus.record_act(call.actor, "backup", "", detail.text()); !recorded)
      return failed(recorded.error());
  auto report = back_up_log(call.bus.log_folder(), folder, call.flag("with_keys"), *call.bus.environment().disk);
  if (!report) return failed(report.error());
  json::Writer writer;
  writer.begin_object()
      .member("folder", folder)
      .member("files", static_cast<std::int64_t>(report->files))
      .member("bytes", static_cast<std::int64_t>(report->bytes))
      .end_object();
  return {200, writer.take()};
}

}  // namespace simpul
