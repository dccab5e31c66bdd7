// `simpul check`: the whole deployment compiled, and every problem told. check_report.h says in which words and shapes.
#include <fmt/format.h>
#include <unistd.h>

#include <ctime>
#include <memory>

#include "adapters/registry.h"
#include "bus/deployment.h"
#include "tools/simpul/check_report.h"
#include "tools/simpul/cli.h"

namespace simpul {
namespace {

struct CheckOptions {
  bool sarif = false, strict = false;
};

// The city's day: the local one of this machine.
std::string today() {
  const auto seconds = static_cast<std::time_t>(system_environment().clock->wall() / 1'000'000'000);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

void print_for_people(const Cli& cli, const Problems& problems, const ConfigurationFiles& files,
                      const Deployment* deployment) {
  // Problems go to standard error, and that is the terminal which counts for them.
  const bool colour = cli.colour && ::isatty(STDERR_FILENO) == 1;
  for (const auto& problem : problems) fmt::print(stderr, "{}\n", shown_problem(problem, files, colour));
  const auto counts = counts_in_words(problems);
  if (deployment == nullptr) {
    fmt::print(stderr, "{} in {} files; a running bus keeps what it has\n", counts, files.size());
    return;
  }
  const auto* generation = deployment->generation.get();
  fmt::print("{} {} applications, {} routes, {} schemas: everything compiles{} ({} files, {})\n", green(cli, "✓"),
             generation->apps().size(), generation->routes().size(), generation->schemas().names().size(),
             counts.empty() ? counts : ", " + counts, files.size(), generation->hash().substr(0, 12));
  fmt::print("{}", needs_in_words(deployment->needs));
}

int check(const Cli& cli, const CheckOptions& options) {
  auto& disk = *system_environment().disk;
  ConfigurationFiles files;
  Problems problems;
  const Inspection inspection{today()};
  const auto environment = system_secrets(disk, cli.folder);
  std::shared_ptr<const Deployment> deployment;
  if (auto read = read_configuration(disk, cli.folder)) {
    files = std::move(*read);
    if (auto compiled = compile_deployment(files, all_adapters(), nullptr, &inspection, &environment))
      deployment = std::move(*compiled);
    else
      problems = std::move(compiled.error());
  } else {
    problems = std::move(read.error());
  }
  const auto* generation = deployment != nullptr ? deployment->generation.get() : nullptr;
  if (generation != nullptr) problems = generation->warnings();
  if (options.sarif)
    fmt::print("{}\n", problems_as_sarif(problems, SIMPUL_VERSION));
  else if (cli.json)
    fmt::print("{}\n", problems_as_json(problems, files, generation,
                                        deployment == nullptr ? std::vector<NeededVariable>() : deployment->needs));
  else
    print_for_people(cli, problems, files, deployment.get());
  return generation == nullptr || (options.strict && !problems.empty()) ? exit_refused : exit_done;
}

}  // namespace

void add_check(CLI::App& app, Cli& cli, Run& run) {
  auto options = std::make_shared<CheckOptions>();
  auto* command =
      app.add_subcommand("check", "Compile the whole deployment and report every problem, before anything runs");
  command->add_flag("--sarif", options->sarif, "Print SARIF 2.1.0, for code review");
  command->add_flag("--strict", options->strict, "Warnings fail too");
  command->footer(
      "Exit code: 0 everything compiles, 1 problems were found (with --strict: or warnings).\n"
      "Example: simpul -C /etc/simpul check");
  command->callback([&cli, &run, options] { run = [&cli, options] { return check(cli, *options); }; });
}

}  // namespace simpul
