#include <fmt/format.h>

#include "tools/simpul/cli.h"

namespace simpul {
namespace {

std::string_view number(const json::Value& object, std::string_view name) {
  const auto* value = object.find(name);
  return value == nullptr ? std::string_view("0") : value->text();
}

std::int64_t integer(const json::Value& object, std::string_view name) {
  const auto* value = object.find(name);
  return value == nullptr ? 0 : value->as_integer().value_or(0);
}

bool flag(const json::Value& object, std::string_view name) {
  const auto* value = object.find(name);
  return value != nullptr && value->is_boolean() && value->boolean();
}

std::string joined(const json::Value& object, std::string_view name) {
  std::vector<std::string_view> texts;
  if (const auto* list = object.find(name); list != nullptr && list->is_array())
    for (const auto& item : list->items()) texts.push_back(item.text());
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string size_words(std::int64_t bytes) {
  if (bytes >= 1 << 30) return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / (1 << 30));
  if (bytes >= 1 << 20) return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
  return fmt::format("{:.1f} KiB", static_cast<double>(bytes) / (1 << 10));
}

std::string state_words(const Cli& cli, const json::Value& target) {
  auto state = target.text_of("state");
  if (state == "flowing")
    return integer(target, "parked") > 0     ? yellow(cli, "flowing, some parked")
           : integer(target, "retrying") > 0 ? yellow(cli, "retrying")
           : integer(target, "delayed") > 0
               ? green(cli,
                       fmt::format("flowing, {} until {}", integer(target, "delayed") == 1 ? "one waits" : "some wait",
                                   short_time(target.text_of("next_due"))))
               : green(cli, "flowing");
  if (state == "too_many_parked") return red(cli, "stopped: too many keys held");
  return red(cli, state);
}

void print_targets(const Cli& cli, const json::Value& targets) {
  Table table({"APPLICATION", "STATE", "DELIVERED", "WAITING", "PARKED", "BEHIND", "LAST ERROR"});
  for (const auto& target : targets.items()) {
    auto error = std::string(target.text_of("last_error"));
    if (error.size() > 60) error = error.substr(0, 57) + "...";
    table.add({std::string(target.text_of("app")), state_words(cli, target), std::string(number(target, "delivered")),
               std::to_string(integer(target, "in_memory") + integer(target, "held")),
               std::string(number(target, "parked")), std::string(number(target, "behind")), error});
  }
  if (!table.empty()) table.print(cli);
}

void print_sources(const Cli& cli, const json::Value& sources) {
  if (sources.size() == 0) return;
  fmt::print("\n");
  Table table({"SOURCE", "BROUGHT", "LAST"});
  for (const auto& source : sources.items())
    table.add({std::string(source.text_of("source")), std::string(number(source, "items")),
               source.text_of("last").empty() ? grey(cli, "nothing yet") : short_time(source.text_of("last"))});
  table.print(cli);
}

int status(const Cli& cli) {
  auto asked = ask_bus(cli, "status", "{}");
  if (!asked.ok) return asked.code;
  const auto& root = asked.body.root();
  if (cli.json) {
    fmt::print("{}\n", asked.body.source());
    return exit_done;
  }
  const auto* generation = root.find("generation");
  const auto* log = root.find("log");
  const auto* admission = root.find("admission");
  fmt::print("{} {}  generation {} ({})  {}\n", bold(cli, root.text_of("city")),
             grey(cli, fmt::format("simpul {}", root.text_of("version"))), number(*generation, "number"),
             generation->text_of("hash").substr(0, 12),
             flag(root, "running") ? flag(root, "ready") ? green(cli, "ready") : yellow(cli, "starting")
                                   : grey(cli, "offline"));
  fmt::print("  since {}  listens on {}\n", short_time(root.text_of("since")), joined(root, "addresses"));
  fmt::print("  log: {} records, {}, {} free, mean sync {} ms{}{}\n", number(*log, "records"),
             size_words(integer(*log, "size_bytes")), size_words(integer(*log, "free_bytes")),
             number(*log, "sync_ms_mean"), flag(*log, "full") ? red(cli, "  FULL: publishers are refused") : "",
             flag(*log, "failed") ? red(cli, "  FAILED: restart after mending the disk") : "");
  if (const auto* damage = log->find("damage"); damage != nullptr)
    for (const auto& each : damage->items()) fmt::print("  {} {}\n", red(cli, "DAMAGED:"), each.text());
  fmt::print("  since start: {} accepted, {} duplicates, {} refused, {} told to come later\n\n",
             number(*admission, "accepted"), number(*admission, "duplicates"), number(*admission, "refused"),
             number(*admission, "later"));
  print_targets(cli, *root.find("targets"));
  print_sources(cli, *root.find("sources"));
  return exit_done;
}

int apps(const Cli& cli) {
  auto asked = ask_bus(cli, "apps", "{}");
  if (!asked.ok) return asked.code;
  if (cli.json) {
    fmt::print("{}\n", asked.body.source());
    return exit_done;
  }
  Table table({"APPLICATION", "OWNER", "PUBLISHES", "RECEIVES", "TARGET", "SOURCES"});
  for (const auto& app : asked.body.root().find("apps")->items())
    table.add({std::string(app.text_of("app")), std::string(app.text_of("owner")), joined(app, "publishes"),
               joined(app, "receives"), std::string(app.text_of("target")), joined(app, "sources")});
  table.print(cli);
  return exit_done;
}

int routes(const Cli& cli) {
  auto asked = ask_bus(cli, "routes", "{}");
  if (!asked.ok) return asked.code;
  if (cli.json) {
    fmt::print("{}\n", asked.body.source());
    return exit_done;
  }
  for (const auto& route : asked.body.root().find("routes")->items()) {
    fmt::print("{}  {}\n", bold(cli, route.text_of("route")), route.text_of("description"));
    fmt::print("  on {}{}\n", joined(route, "on"),
               route.text_of("when").empty() ? "" : fmt::format("  when {}", route.text_of("when")));
    for (const auto& to : route.find("to")->items())
      fmt::print("  → {}{}{}\n", to.text_of("app"),
                 to.text_of("into").empty() ? "" : fmt::format(" into {}", to.text_of("into")),
                 to.text_of("when").empty() ? "" : grey(cli, fmt::format("  when {}", to.text_of("when"))));
  }
  return exit_done;
}

}  // namespace

void add_status(CLI::App& app, Cli& cli, Run& run) {
  auto* status_command = app.add_subcommand("status", "What runs, how far each application is, how the log does");
  status_command->footer("Example: simpul status");
  status_command->callback([&] { run = [&] { return status(cli); }; });
  auto* apps_command = app.add_subcommand("apps", "The applications: what they publish and receive");
  apps_command->footer("Example: simpul apps --json");
  apps_command->callback([&] { run = [&] { return apps(cli); }; });
  auto* routes_command = app.add_subcommand("routes", "The routes that serve");
  routes_command->footer("Example: simpul routes");
  routes_command->callback([&] { run = [&] { return routes(cli); }; });
}

}  // namespace simpul
