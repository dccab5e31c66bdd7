// simpul graph: who publishes what, and whom it reaches.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "adapters/registry.h"
#include "bus/deployment.h"
#include "tools/simpul/cli.h"
#include "tools/simpul/graph_model.h"

namespace simpul {
namespace {

struct GraphCommand {
  GraphOptions options;
  std::string by = "type", format, output;
};

Problem no_such(const char* what, const std::string& name, const std::vector<std::string>& names) {
  return {"graph.unknown",
          fmt::format("there is no {} {}{}", what, name, did_you_mean(name, names)),
          names.empty() ? "there is none yet" : fmt::format("it is one of {}", fmt::join(names, ", ")),
          {},
          {},
          Severity::error};
}

// Names that are nowhere are mistakes, not empty pictures.
Problems unknown_names(const Generation& generation, const GraphOptions& options) {
  Problems problems;
  std::vector<std::string> apps;
  std::set<std::string> all_types;
  for (const auto& [name, app] : generation.apps()) {
    apps.push_back(name);
    all_types.insert(app.publishes.begin(), app.publishes.end());
  }
  for (const auto& route : generation.routes()) all_types.insert(route.on.begin(), route.on.end());
  const std::vector<std::string> types(all_types.begin(), all_types.end());
  for (const auto& name : options.apps)
    if (std::ranges::find(apps, name) == apps.end()) problems.push_back(no_such("application", name, apps));
  for (const auto& name : options.types)
    if (std::ranges::find(types, name) == types.end()) problems.push_back(no_such("event type", name, types));
  return problems;
}

std::string format_of(const GraphCommand& command) {
  if (!command.format.empty()) return command.format;
  if (command.output.ends_with(".svg")) return "svg";
  if (command.output.ends_with(".dot") || command.output.ends_with(".gv")) return "dot";
  return "mermaid";
}

int graph(const Cli& cli, const GraphCommand& command) {
  auto& disk = *system_environment().disk;
  auto files = read_configuration(disk, cli.folder);
  if (!files) return print_problems(cli, files.error());
  auto deployment = compile_deployment(*files, all_adapters(), nullptr);
  if (!deployment) return print_problems(cli, deployment.error());
  const auto& generation = *(*deployment)->generation;
  if (auto problems = unknown_names(generation, command.options); !problems.empty())
    return print_problems(cli, problems);
  auto options = command.options;
  options.view = command.by == "app"     ? GraphView::by_app
                 : command.by == "class" ? GraphView::by_class
                                         : GraphView::by_type;
  const auto graph = graph_of(generation, options);
  const auto format = format_of(command);
  const auto text = format == "svg" ? graph_svg(graph) : format == "dot" ? graph_dot(graph) : graph_mermaid(graph);
  if (command.output.empty()) {
    fmt::print("{}", text);
    return exit_done;
  }
  if (auto written = disk.write_whole(command.output, text); !written) {
    print_problems(cli, {written.error()});
    return exit_failed;
  }
  fmt::print(stderr, "{} {}: {} boxes, {} arrows ({})\n", green(cli, "✓"), command.output, graph.nodes.size(),
             graph.edges.size(), format);
  return exit_done;
}

}  // namespace

void add_graph(CLI::App& app, Cli& cli, Run& run) {
  auto* command = app.add_subcommand("graph", "Draw who publishes what and whom it reaches");
  auto chosen = std::make_shared<GraphCommand>();
  command->add_option("--by", chosen->by, "type: apps, event types, apps; app: apps alone; class: who gets which class")
      ->check(CLI::IsMember({"type", "app", "class"}))
      ->capture_default_str();
  command->add_option("--format", chosen->format, "svg, mermaid or dot; else as the output's name says, else mermaid")
      ->check(CLI::IsMember({"svg", "mermaid", "dot"}));
  command->add_option("-o,--output", chosen->output, "The file to write, instead of the terminal");
  command->add_option("--app", chosen->options.apps, "Only what touches this application; may stand several times");
  command->add_option("--type", chosen->options.types, "Only this event type; may stand several times");
  command->footer(
      "Arrows have the colour of the personal data that flows; dashed ones are lookups.\n"
      "Example: simpul graph -o city.svg; simpul graph --by class --app simrs");
  command->callback([&cli, &run, chosen] { run = [&cli, chosen] { return graph(cli, *chosen); }; });
}

}  // namespace simpul
