// The functions that expressions know: all by area, or some with their forms, an example and its value.
#include <fmt/format.h>

#include <memory>

#include "bus/expression/expression.h"
#include "tools/simpul/cli.h"

namespace simpul {
namespace {

using Functions = std::vector<const FunctionDescription*>;

std::string_view first_sentence(std::string_view help) {
  const std::size_t end = help.find_first_of(".;:");
  return help.substr(0, end);
}

std::string_view before_dot(std::string_view name) {
  const std::size_t dot = name.find('.');
  return dot == std::string_view::npos ? std::string_view{} : name.substr(0, dot);
}

// By its name, by what stands after the dot of it, or all of a namespace or an area.
Functions named(std::string_view name) {
  Functions exact, others;
  for (const auto& function : expression_functions()) {
    const std::string_view own = function.name, space = before_dot(own);
    if (own == name) exact.push_back(&function);
    const bool last_part = !space.empty() && own.substr(space.size() + 1) == name;
    if (last_part || space == name || function.area == name) others.push_back(&function);
  }
  return exact.empty() ? others : exact;
}

void print_json(const Functions& functions) {
  json::Writer writer;
  writer.begin_array();
  for (const auto* function : functions) {
    writer.begin_object().member("name", function->name).member("area", function->area);
    writer.name("signatures").begin_array();
    for (const auto& signature : function->signatures) writer.string(signature);
    writer.end_array()
        .member("help", function->help)
        .member("example", function->example)
        .member("result", function->result)
        .end_object();
  }
  writer.end_array();
  fmt::print("{}\n", writer.text());
}

void print_areas(const Cli& cli) {
  for (const auto area : expression_function_areas()) {
    fmt::print("{}\n", bold(cli, area));
    Table table({"FUNCTION", "WHAT", "EXAMPLE"});
    for (const auto& function : expression_functions()) {
      if (function.area == area)
        table.add({function.name, std::string(first_sentence(function.help)), function.example});
    }
    table.print(cli);
    fmt::print("\n");
  }
  fmt::print("{}\n", grey(cli, "simpul functions NAME shows one with its forms; NAME may be an area as well"));
}

void print_one(const Cli& cli, const FunctionDescription& function) {
  fmt::print("{}  {}\n", bold(cli, function.name), grey(cli, function.area));
  for (const auto& signature : function.signatures) fmt::print("  {}\n", signature);
  fmt::print("\n  {}\n\n  {}\n  {} {}\n", function.help, function.example, grey(cli, "="), function.result);
}

int show(const Cli& cli, const std::vector<std::string>& names) {
  Functions wanted;
  Problems problems;
  for (const auto& name : names) {
    const Functions found = named(name);
    wanted.insert(wanted.end(), found.begin(), found.end());
    if (!found.empty()) continue;
    std::vector<std::string> known;
    for (const auto& function : expression_functions()) known.push_back(function.name);
    problems.push_back({"function.unknown",
                        fmt::format("there is no function {}{}", name, did_you_mean(name, known)),
                        "`simpul functions` lists them",
                        {},
                        {},
                        Severity::error});
  }
  if (!problems.empty()) return print_problems(cli, problems);
  if (cli.json) {
    print_json(wanted);
    return exit_done;
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (i > 0) fmt::print("\n");
    print_one(cli, *wanted[i]);
  }
  return exit_done;
}

int list(const Cli& cli) {
  if (!cli.json) {
    print_areas(cli);
    return exit_done;
  }
  Functions all;
  for (const auto& function : expression_functions()) all.push_back(&function);
  print_json(all);
  return exit_done;
}

}  // namespace

void add_functions(CLI::App& app, Cli& cli, Run& run) {
  auto names = std::make_shared<std::vector<std::string>>();
  auto* command = app.add_subcommand("functions", "The functions that expressions know, or some of them with examples");
  command->add_option("name", *names, "Functions, or an area of them: money, dates");
  command->footer("Example: simpul functions formatDate");
  command->callback(
      [&cli, &run, names] { run = [&cli, names] { return names->empty() ? list(cli) : show(cli, *names); }; });
}

}  // namespace simpul
