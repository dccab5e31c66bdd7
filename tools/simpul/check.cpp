#include <fmt/format.h>

#include "adapters/registry.h"
#include "bus/deployment.h"
#include "tools/simpul/cli.h"

namespace simpul {
namespace {

int check(const Cli& cli) {
  auto& disk = *system_environment().disk;
  auto files = read_configuration(disk, cli.folder);
  if (!files) return print_problems(cli, files.error());
  auto deployment = compile_deployment(*files, all_adapters(), nullptr);
  if (!deployment) {
    auto code = print_problems(cli, deployment.error());
    if (!cli.json)
      fmt::print(stderr, "{} problem{} in {} files; a running bus keeps what it has\n", deployment.error().size(),
                 deployment.error().size() == 1 ? "" : "s", files->size());
    return code;
  }
  const auto& generation = *(*deployment)->generation;
  if (cli.json) {
    json::Writer writer;
    writer.begin_object()
        .member("hash", generation.hash())
        .member("apps", static_cast<std::int64_t>(generation.apps().size()));
    writer.member("routes", static_cast<std::int64_t>(generation.routes().size()))
        .member("schemas", static_cast<std::int64_t>(generation.schemas().names().size()));
    writer.name("warnings").begin_array();
    for (const auto& warning : generation.warnings()) writer.string(to_text(warning));
    writer.end_array().end_object();
    fmt::print("{}\n", writer.text());
    return exit_done;
  }
  for (const auto& warning : generation.warnings()) fmt::print(stderr, "{} {}\n", yellow(cli, "!"), to_text(warning));
  fmt::print("{} {} applications, {} routes, {} schemas: everything compiles ({} files, {})\n", green(cli, "✓"),
             generation.apps().size(), generation.routes().size(), generation.schemas().names().size(), files->size(),
             generation.hash().substr(0, 12));
  return exit_done;
}

}  // namespace

void add_check(CLI::App& app, Cli& cli, Run& run) {
  auto* command =
      app.add_subcommand("check", "Compile the whole deployment and report every problem, before anything runs");
  command->footer("Example: simpul -C /etc/simpul check");
  command->callback([&] { run = [&] { return check(cli); }; });
}

}  // namespace simpul
