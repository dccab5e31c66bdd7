// The kinds of files that a deployment is written in: their JSON Schemas, for people to read and editors to complete
// with.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "adapters/registry.h"
#include "bus/base/environment.h"
#include "bus/deployment.h"
#include "bus/route/kinds.h"
#include "tools/simpul/cli.h"

namespace simpul {
namespace {

int list(const Cli& cli) {
  json::Writer writer;
  writer.begin_array();
  Table table({"KIND", "WHAT"});
  for (const auto& kind : kinds()) {
    table.add({kind.name, kind.title});
    writer.begin_object().member("name", kind.name).member("title", kind.title).end_object();
  }
  writer.end_array();
  if (cli.json)
    fmt::print("{}\n", writer.text());
  else
    table.print(cli);
  return exit_done;
}

int show(const Cli& cli, const std::string& name) {
  const auto schemas = configuration_schemas(all_adapters());
  if (auto found = schemas.find(name); found != schemas.end()) {
    fmt::print("{}", found->second);
    return exit_done;
  }
  std::vector<std::string> names;
  for (const auto& kind : kinds()) names.push_back(kind.name);
  return print_problems(cli, {{"kind.unknown",
                               fmt::format("there is no kind {}{}", name, did_you_mean(name, names)),
                               fmt::format("kinds are {}", fmt::join(names, ", ")),
                               {},
                               {},
                               Severity::error}});
}

// Only what differs is written, so that editors need not read it again.
int write(const Cli& cli) {
  auto& disk = *system_environment().disk;
  const auto folder = cli.folder + "/config/kinds";
  std::size_t written = 0, all = 0;
  if (auto made = disk.make_folder(folder); !made) return print_problems(cli, {made.error()}), exit_failed;
  for (const auto& [name, text] : configuration_schemas(all_adapters())) {
    auto path = fmt::format("{}/{}.json", folder, name);
    ++all;
    if (auto there = disk.read_whole(path, text.size() + 1); there && *there == text) continue;
    if (auto done = disk.write_whole(path, text); !done) return print_problems(cli, {done.error()}), exit_failed;
    ++written;
  }
  if (cli.json)
    fmt::print("{}\n", json::Writer()
                           .begin_object()
                           .member("folder", folder)
                           .member("written", static_cast<std::int64_t>(written))
                           .end_object()
                           .text());
  else
    fmt::print("{} {} of {} schemas written to {}\n", green(cli, "✓"), written, all, folder);
  return exit_done;
}

}  // namespace

void add_kinds(CLI::App& app, Cli& cli, Run& run) {
  struct Options {
    std::string name;
    bool write = false;
  };
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("kinds", "The kinds of configuration files, or the JSON Schema of one, for editors");
  command->add_option("kind", options->name, "A kind: its schema is printed");
  command->add_flag("--write", options->write, "Write all schemas to config/kinds/ of the deployment's folder");
  command->footer("Example: simpul kinds --write");
  command->callback([&cli, &run, options] {
    run = [&cli, options] {
      return options->write ? write(cli) : options->name.empty() ? list(cli) : show(cli, options->name);
    };
  });
}

}  // namespace simpul
