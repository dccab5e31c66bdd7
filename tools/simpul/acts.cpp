#include <fmt/format.h>

#include <memory>

#include "tools/simpul/cli.h"

namespace simpul {
namespace {

struct ActOptions {
  std::string app, file, name, kind;
  std::vector<std::string> parameters;
  std::int64_t overlap_s = 0;
  bool wait = false, revoke = false, list = false;
};

std::string text(const json::Value& object, std::string_view name) {
  const auto* value = object.find(name);
  return value == nullptr ? std::string() : std::string(value->text());
}

int publish(const Cli& cli, const ActOptions& options) {
  auto event = read_input(options.file, 1u << 20);
  if (!event) return print_problems(cli, {event.error()});
  json::Writer arguments;
  arguments.begin_object().member("app", options.app).member("event", *event).end_object();
  auto asked = ask_bus(cli, "publish", arguments.text());
  if (!asked.ok) return asked.code;
  const auto& root = asked.body.root();
  if (cli.json)
    fmt::print("{}\n", asked.body.source());
  else
    fmt::print("{} {}: {} at position {}\n  simpul trace {}\n", green(cli, "✓"), root.text_of("id"),
               root.text_of("outcome"), text(root, "position"), root.text_of("id"));
  return exit_done;
}

int lookup(const Cli& cli, const ActOptions& options) {
  json::Writer arguments;
  arguments.begin_object().member("name", options.name).name("parameters").begin_object();
  for (const auto& parameter : options.parameters) {
    auto at = parameter.find('=');
    if (at == std::string::npos) {
      fmt::print(stderr, "a parameter reads name=value, not {}\n", parameter);
      return exit_usage;
    }
    arguments.member(parameter.substr(0, at), parameter.substr(at + 1));
  }
  arguments.end_object().end_object();
  auto asked = ask_bus(cli, "lookup", arguments.text());
  if (!asked.ok) return asked.code;
  const auto& root = asked.body.root();
  if (cli.json || !root.is_object()) {
    fmt::print("{}\n", asked.body.source());
    return exit_done;
  }
  Table table({"FIELD", "VALUE"});
  for (const auto& member : root.members())
    table.add({std::string(member.name),
               member.value.is_string() ? std::string(member.value.text()) : json::write(member.value)});
  table.print(cli);
  return exit_done;
}

int reload(const Cli& cli) {
  auto asked = ask_bus(cli, "reload", "{}");
  if (!asked.ok) return asked.code;
  if (cli.json)
    fmt::print("{}\n", asked.body.source());
  else
    fmt::print("{} generation {} serves\n", green(cli, "✓"), text(asked.body.root(), "generation"));
  return exit_done;
}

int credential(const Cli& cli, const ActOptions& options) {
  json::Writer arguments;
  arguments.begin_object()
      .member("kind", options.kind)
      .member("name", options.name)
      .member("overlap_s", options.overlap_s)
      .end_object();
  if (options.list) {
    auto asked = ask_bus(cli, "credential.list", "{}");
    if (!asked.ok) return asked.code;
    if (cli.json) {
      fmt::print("{}\n", asked.body.source());
      return exit_done;
    }
    Table table({"KIND", "NAME", "ID", "MADE", "ENDS"});
    for (const auto& row : asked.body.root().find("credentials")->items())
      table.add({std::string(row.text_of("kind")), std::string(row.text_of("name")), std::string(row.text_of("id")),
                 short_time(row.text_of("made")), short_time(row.text_of("until"))});
    table.print(cli);
    return exit_done;
  }
  if (options.name.empty()) {
    fmt::print(stderr, "name the {} that the credential is for, or --list\n", options.kind);
    return exit_usage;
  }
  auto asked = ask_bus(cli, options.revoke ? "credential.revoke" : "credential.make", arguments.text());
  if (!asked.ok) return asked.code;
  const auto& root = asked.body.root();
  if (cli.json)
    fmt::print("{}\n", asked.body.source());
  else if (options.revoke)
    fmt::print("{} {} credentials of {} ended\n", green(cli, "✓"), text(root, "ended"), options.name);
  else {
    // The key alone on standard output, so that it can be piped into a secret store.
    fmt::print(stderr, "{} a key for {}; it is shown this once, the bus keeps only its hash:\n", green(cli, "✓"),
               options.name);
    fmt::print("{}\n", root.text_of("key"));
  }
  return exit_done;
}

}  // namespace

void add_acts(CLI::App& app, Cli& cli, Run& run) {
  auto options = std::make_shared<ActOptions>();
  auto* publish_command =
      app.add_subcommand("publish", "Publish an event for an application, as a recorded act of yours");
  publish_command->add_option("app", options->app, "The application that it is of")->required();
  publish_command->add_option("file", options->file, "A CloudEvents JSON file, or - for standard input")->required();
  publish_command->footer("Example: simpul publish disdukcapil event.json");
  publish_command->callback([&cli, &run, options] { run = [&cli, options] { return publish(cli, *options); }; });

  auto* lookup_command = app.add_subcommand("lookup", "Ask a lookup; asking is recorded");
  lookup_command->add_option("name", options->name, "The lookup")->required();
  lookup_command->add_option("parameters", options->parameters, "name=value");
  lookup_command->footer("Example: simpul lookup penduduk nik=3671015207909001");
  lookup_command->callback([&cli, &run, options] { run = [&cli, options] { return lookup(cli, *options); }; });

  auto* reload_command =
      app.add_subcommand("reload", "Read the configuration again; a bad one changes nothing and is explained");
  reload_command->add_flag("--wait", options->wait, "Answer only when the new generation serves (it always does)");
  reload_command->footer("Example: simpul reload --wait");
  reload_command->callback([&cli, &run] { run = [&cli] { return reload(cli); }; });

  for (const char* kind : {"app", "person"}) {
    auto* owner = app.add_subcommand(
        kind, std::string("Credentials of ") + (kind == std::string("app") ? "applications" : "people"));
    owner->require_subcommand(1);
    auto* make =
        owner->add_subcommand("credential", "Make an API key, or rotate it: earlier ones end after --overlap-s");
    make->add_option("name", options->name, "Whose");
    make->add_option("--overlap-s", options->overlap_s, "Seconds that earlier keys still hold")->capture_default_str();
    make->add_flag("--revoke", options->revoke, "End all keys instead");
    make->add_flag("--list", options->list, "Show the credentials, without keys");
    make->footer(std::string("Example: simpul ") + kind + " credential " +
                 (kind == std::string("app") ? "perizinan" : "siti") + " --overlap-s 86400");
    make->callback([&cli, &run, options, kind = std::string(kind)] {
      options->kind = kind;
      run = [&cli, options] { return credential(cli, *options); };
    });
  }
}

}  // namespace simpul
