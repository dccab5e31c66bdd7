#include "bus/control/control.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bus/control/handlers.h"

namespace simpul {
namespace {

constexpr unsigned operators = static_cast<unsigned>(PersonRole::operator_);
constexpr unsigned integrators = static_cast<unsigned>(PersonRole::integrator);
constexpr unsigned auditors = static_cast<unsigned>(PersonRole::auditor);
constexpr unsigned everybody = operators | integrators | auditors;

struct Command {
  CommandDescription description;
  ControlAnswer (*run)(const ControlCall&);
};

const std::vector<Command>& table() {
  static const std::vector<Command> commands = {
      {{"status", "{}", "What runs, how far each target is, how the log does", everybody}, show_status},
      {{"apps", "{}", "The applications, what they publish and receive", everybody}, show_apps},
      {{"routes", "{}", "The routes that serve", everybody}, show_routes},
      {{"trace", R"({"id"|"key"|"subject"|"position", "source"?, "limit"?})", "The whole story of events", everybody},
       trace},
      {{"schema.against_log", R"({"files": {PATH: TEXT}, "types": {TYPE: PATH}, "from"?, "until"?, "limit"?})",
        "How many recorded events these schemas would refuse; answers where to go on", everybody},
       check_against_log},
      {{"parked.list", R"({"target"?, "limit"?})", "Deliveries that wait for a person", everybody}, list_parked},
      {{"parked.show", R"({"target", "position", "part"?})", "One parked delivery with its event", everybody},
       show_parked},
      {{"parked.retry", R"({"target", "position", "part"?} or {"target", "all": true})", "Parked deliveries go again",
        operators},
       retry_parked},
      {{"parked.discard", R"({"target", "position", "part"?, "reason"})", "A parked delivery is given up", operators},
       discard_parked},
      {{"reload", "{}", "Reads the configuration again; answers when it serves", operators | integrators}, reload},
      {{"publish", R"({"app", "event"})", "Publishes an event for an application", operators | integrators}, publish},
      {{"lookup", R"({"name", "parameters"})", "Asks a lookup", everybody}, ask_lookup},
      {{"credential.make", R"({"kind", "name", "overlap_s"?})",
        "Makes an API credential; earlier ones end after the overlap", operators},
       make_credential},
      {{"credential.list", "{}", "Credentials, without their keys", operators | auditors}, list_credentials},
      {{"credential.revoke", R"({"kind", "name"})", "Ends all credentials of an application or person", operators},
       revoke_credential},
      {{"backup", R"({"folder", "with_keys"?})", "Copies the log into a folder", operators}, make_backup},
  };
  return commands;
}

std::string role_words(unsigned roles) {
  std::vector<std::string> words;
  if ((roles & operators) != 0) words.emplace_back("operator");
  if ((roles & integrators) != 0) words.emplace_back("integrator");
  if ((roles & auditors) != 0) words.emplace_back("auditor");
  return fmt::format("{}", fmt::join(words, " or "));
}

}  // namespace

ControlAnswer control_problem(int status, std::string_view code, std::string_view message, std::string_view hint) {
  json::Writer writer;
  writer.begin_object().member("type", fmt::format("urn:simpul:problem:{}", code)).member("title", message);
  writer.member("status", static_cast<std::int64_t>(status)).member("code", code);
  if (!hint.empty()) writer.member("hint", hint);
  writer.end_object();
  return {status, writer.take()};
}

ControlAnswer control_problems(int status, const Problems& problems) {
  json::Writer writer;
  auto title = problems.empty()       ? std::string("refused")
               : problems.size() == 1 ? problems.front().message
                                      : fmt::format("{} problems", problems.size());
  writer.begin_object()
      .member("type", "urn:simpul:problem:refused")
      .member("title", title)
      .member("status", static_cast<std::int64_t>(status));
  writer.name("problems").begin_array();
  for (const auto& problem : problems) {
    writer.begin_object()
        .member("code", problem.code)
        .member("message", problem.message)
        .member("hint", problem.hint)
        .member("path", problem.path);
    writer.member("severity", problem.severity == Severity::error ? "error" : "warning")
        .member("file", problem.place.file);
    writer.member("line", static_cast<std::int64_t>(problem.place.start.line))
        .member("column", static_cast<std::int64_t>(problem.place.start.column));
    writer.member("end_line", static_cast<std::int64_t>(problem.place.end.line))
        .member("end_column", static_cast<std::int64_t>(problem.place.end.column))
        .end_object();
  }
  writer.end_array().end_object();
  return {status, writer.take()};
}

std::span<const CommandDescription> control_commands() {
  static const auto descriptions = [] {
    std::vector<CommandDescription> all;
    for (const auto& command : table()) all.push_back(command.description);
    return all;
  }();
  return descriptions;
}

ControlAnswer run_control(Bus& bus, const Actor& actor, const std::string& command, const std::string& arguments) {
  auto found = std::ranges::find_if(table(), [&](const Command& c) { return c.description.name == command; });
  if (found == table().end()) {
    std::vector<std::string> names;
    for (const auto& known : table()) names.push_back(known.description.name);
    return control_problem(404, "unknown_command",
                           fmt::format("there is no command {}{}", command, did_you_mean(command, names)),
                           "see simpul --help");
  }
  if ((actor.roles & found->description.roles) == 0)
    return control_problem(403, "not_allowed",
                           fmt::format("{} may not use {}: it needs the role {}", actor.name, command,
                                       role_words(found->description.roles)),
                           fmt::format("an integrator adds the role in config/people/{}.yaml", actor.name));
  auto document = json::parse(arguments.empty() ? "{}" : arguments);
  if (!document || !document->root().is_object())
    return control_problem(400, "not_json", "the arguments are not a JSON object", found->description.arguments);
  return found->run({bus, actor, document->root()});
}

}  // namespace simpul
