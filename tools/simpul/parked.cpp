#include <fmt/format.h>

#include <memory>

#include "tools/simpul/cli.h"

namespace simpul {
namespace {

struct ParkedOptions {
  std::string target, reason;
  std::int64_t position = -1, part = 0, limit = 100;
  bool all = false;
};

std::string text(const json::Value& object, std::string_view name) {
  const auto* value = object.find(name);
  return value == nullptr ? std::string() : std::string(value->text());
}

std::string arguments_of(const ParkedOptions& options) {
  json::Writer writer;
  writer.begin_object().member("target", options.target).member("limit", options.limit);
  if (options.position >= 0) writer.member("position", options.position).member("part", options.part);
  if (options.all) writer.member("all", true);
  if (!options.reason.empty()) writer.member("reason", options.reason);
  writer.end_object();
  return writer.take();
}

int list(const Cli& cli, const ParkedOptions& options) {
  auto asked = ask_bus(cli, "parked.list", arguments_of(options));
  if (!asked.ok) return asked.code;
  if (cli.json) {
    fmt::print("{}\n", asked.body.source());
    return exit_done;
  }
  Table table({"TARGET", "POSITION", "PART", "SINCE", "ATTEMPTS", "TYPE", "WHY"});
  for (const auto& row : asked.body.root().find("parked")->items())
    table.add({std::string(row.text_of("target")), text(row, "position"), text(row, "part"),
               short_time(row.text_of("since")), text(row, "attempts"), std::string(row.text_of("type")),
               std::string(row.text_of("reason"))});
  if (table.empty())
    fmt::print("nothing is parked\n");
  else
    table.print(cli);
  return exit_done;
}

int show(const Cli& cli, const ParkedOptions& options) {
  auto asked = ask_bus(cli, "parked.show", arguments_of(options));
  if (!asked.ok) return asked.code;
  if (cli.json) {
    fmt::print("{}\n", asked.body.source());
    return exit_done;
  }
  const auto& root = asked.body.root();
  if (const auto* delivery = root.find("delivery"); delivery != nullptr)
    fmt::print("{} for {}, parked {} after {} attempts\n  why: {}\n", bold(cli, delivery->text_of("type")),
               delivery->text_of("target"), short_time(delivery->text_of("since")), text(*delivery, "attempts"),
               delivery->text_of("reason"));
  if (const auto* event = root.find("event"); event != nullptr)
    fmt::print("  id {}, entered {} by {}, generation {}\n  data {}\n", event->text_of("id"),
               short_time(event->text_of("entered")), event->text_of("app"), text(*event, "generation"),
               event->find("data") != nullptr ? json::write(*event->find("data")) : "");
  fmt::print(
      "  go again:  simpul parked retry {0} {1} --part {2}\n  give up:   simpul parked discard {0} {1} --part {2} "
      "--reason \"…\"\n",
      options.target, options.position, options.part);
  return exit_done;
}

int act(const Cli& cli, const ParkedOptions& options, const std::string& command, std::string_view words) {
  auto asked = ask_bus(cli, command, arguments_of(options));
  if (!asked.ok) return asked.code;
  if (cli.json)
    fmt::print("{}\n", asked.body.source());
  else
    fmt::print("{} {} {}\n", green(cli, "✓"), text(asked.body.root(), "done"), words);
  return exit_done;
}

}  // namespace

void add_parked(CLI::App& app, Cli& cli, Run& run) {
  auto* command = app.add_subcommand("parked", "Deliveries that wait for a person");
  command->require_subcommand(1);
  auto options = std::make_shared<ParkedOptions>();
  auto* list_command = command->add_subcommand("list", "All of them, or those of one application");
  list_command->add_option("target", options->target, "The application");
  list_command->add_option("--limit", options->limit, "At most so many")->capture_default_str();
  list_command->footer("Example: simpul parked list sismiop");
  list_command->callback([&cli, &run, options] { run = [&cli, options] { return list(cli, *options); }; });
  auto one = [&](const char* name, const char* help) {
    auto* sub = command->add_subcommand(name, help);
    sub->add_option("target", options->target, "The application")->required();
    sub->add_option("position", options->position, "The event's position in the log");
    sub->add_option("--part", options->part, "Which part of it")->capture_default_str();
    return sub;
  };
  auto* show_command = one("show", "One of them, with its event");
  show_command->get_option("position")->required();
  show_command->footer("Example: simpul parked show sismiop 1042");
  show_command->callback([&cli, &run, options] { run = [&cli, options] { return show(cli, *options); }; });
  auto* retry_command = one("retry", "Let it go again; its key goes on behind it, in order");
  retry_command->add_flag("--all", options->all, "All of this application");
  retry_command->add_option("--reason", options->reason, "Why, for the log");
  retry_command->footer("Example: simpul parked retry sismiop --all");
  retry_command->callback([&cli, &run, options] {
    if (!options->all && options->position < 0) throw CLI::ValidationError("name a position, or --all");
    run = [&cli, options] { return act(cli, *options, "parked.retry", "go again"); };
  });
  auto* discard_command = one("discard", "Give it up; its key goes on behind it");
  discard_command->get_option("position")->required();
  discard_command->add_option("--reason", options->reason, "Why; stays in the log with your name")->required();
  discard_command->footer("Example: simpul parked discard sismiop 1042 --reason \"taxpayer is not ours\"");
  discard_command->callback(
      [&cli, &run, options] { run = [&cli, options] { return act(cli, *options, "parked.discard", "given up"); }; });
}

}  // namespace simpul
