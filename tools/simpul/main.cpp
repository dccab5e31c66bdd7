// The program `simpul`: one file per group of subcommands, sharing cli.h.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "tools/simpul/cli.h"

int main(int argc, char** argv) {
  using namespace simpul;
  Cli cli;
  Run run;
  bool no_colour = false;
  CLI::App app(
      "Simpul, a city's service bus: what is entered once reaches every application that needs it.\n\n"
      "Exit codes: 0 done, 1 refused or problems found, 2 wrong use, 3 the bus cannot be reached, 4 failed.",
      "simpul");
  app.set_version_flag("--version", "simpul " SIMPUL_VERSION);
  app.add_option("-C,--folder", cli.folder, "The deployment's folder: config/, routes/, schemas/")
      ->envname("SIMPUL_FOLDER")
      ->capture_default_str();
  app.add_option("--socket", cli.socket, "The bus's control socket; else config/simpul.yaml names it");
  app.add_flag("--json", cli.json, "Print JSON, for machines");
  app.add_flag("--no-colour", no_colour, "No colours");
  app.add_flag("--offline", cli.offline, "Answer from the log on disk; the bus must not run");
  app.require_subcommand(1);
  app.fallthrough();
  add_check(app, cli, run);
  add_run(app, cli, run);
  add_status(app, cli, run);
  add_trace(app, cli, run);
  add_parked(app, cli, run);
  add_acts(app, cli, run);
  add_log(app, cli, run);
  add_schema(app, cli, run);
  add_functions(app, cli, run);
  add_documents(app, cli, run);
  add_kinds(app, cli, run);
  add_test(app, cli, run);
  add_graph(app, cli, run);
  add_new(app, cli, run);
  add_explain(app, cli, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error), exit_done;
    // A misspelt subcommand leaves CLI11 saying that none is there.
    std::vector<std::string> names;
    for (const auto* sub : app.get_subcommands([](const CLI::App*) { return true; })) names.push_back(sub->get_name());
    if (auto words = app.remaining(); app.get_subcommands().empty() && !words.empty())
      fmt::print(stderr, "{} is no command of simpul{}\n", words.front(), did_you_mean(words.front(), names));
    else
      app.exit(error);
    return exit_usage;
  }
  cli.colour = !no_colour && !cli.json && std::getenv("NO_COLOR") == nullptr && ::isatty(STDOUT_FILENO) == 1;
  return run ? run() : exit_usage;
}
