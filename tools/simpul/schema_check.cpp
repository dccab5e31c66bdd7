// `simpul schema check`: schemas against their meta-schema and the city's own rules.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "bus/schema/lint.h"
#include "bus/schema/metaschema.h"
#include "tools/simpul/schema_commands.h"

namespace simpul {
namespace {

struct CheckOptions {
  std::vector<std::string> schemas;
  bool strict = false;
};

// Problems of the files that were asked for, or that stop them from being compiled.
Problems check_set(const SchemaFiles& files) {
  auto registry = compile_schemas(files.texts);
  if (!registry) {
    auto problems = std::move(registry.error());
    files.show(problems);
    return problems;
  }
  Problems problems;
  // Loading refuses all that a meta-schema does, in better words; should it ever not, the standard has the last word.
  MetaschemaCheck metaschemas(files.texts);
  for (const auto& path : files.asked)
    std::ranges::move(metaschemas.check(path, files.texts.at(path)), std::back_inserter(problems));
  for (auto& warning : lint(**registry))
    if (std::ranges::find(files.asked, warning.place.file) != files.asked.end()) problems.push_back(std::move(warning));
  files.show(problems);
  return problems;
}

void print_report(const Problems& problems, std::size_t schemas) {
  json::Writer writer;
  writer.begin_object().member("schemas", static_cast<std::int64_t>(schemas)).name("problems").begin_array();
  for (const auto& problem : problems)
    writer.begin_object()
        .member("severity", problem.severity == Severity::error ? "error" : "warning")
        .member("code", problem.code)
        .member("message", problem.message)
        .member("hint", problem.hint)
        .member("file", problem.place.file)
        .member("line", static_cast<std::int64_t>(problem.place.start.line))
        .member("column", static_cast<std::int64_t>(problem.place.start.column))
        .member("path", problem.path)
        .end_object();
  writer.end_array().end_object();
  fmt::print("{}\n", writer.text());
}

int check(const Cli& cli, const CheckOptions& options) {
  auto asked = options.schemas;
  if (asked.empty()) asked.push_back(cli.folder + "/schemas");
  auto sets = find_schema_files(cli, asked);
  if (!sets) return print_schema_problems(cli, {sets.error()});
  Problems problems;
  std::size_t count = 0;
  for (const auto& set : *sets) {
    auto found = check_set(set);
    std::ranges::move(found, std::back_inserter(problems));
    count += set.asked.size();
  }
  auto errors = static_cast<std::size_t>(std::ranges::count(problems, Severity::error, &Problem::severity));
  auto warnings = problems.size() - errors;
  auto code = errors > 0 ? exit_refused : exit_done;
  if (cli.json) {
    print_report(problems, count);
  } else {
    print_problems(cli, problems);
    auto counted = [](std::size_t n, std::string_view what) {
      return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
    };
    if (errors == 0)
      fmt::print("{} {}: {}{}\n", green(cli, "✓"), counted(count, "schema"),
                 count == 1 ? "right by its meta-schema" : "right by their meta-schemas",
                 warnings == 0 ? "" : fmt::format(", {}", counted(warnings, "warning")));
    else
      fmt::print(stderr, "{} in {}; the city's own rules are looked at when they compile\n", counted(errors, "problem"),
                 counted(count, "schema"));
  }
  return code == exit_done && options.strict && warnings > 0 ? exit_refused : code;
}

}  // namespace

void add_schema_check(CLI::App& group, Cli& cli, Run& run) {
  auto options = std::make_shared<CheckOptions>();
  auto* command = group.add_subcommand(
      "check",
      "Schemas against their meta-schema, and against what helps a city: personal data without a class, identifiers as "
      "numbers, fields that nobody explains, bounds that contradict each other, examples that do not fit");
  command->add_option("schemas", options->schemas, "Files, folders or names; else the deployment's schemas/");
  command->add_flag("--strict", options->strict, "Warnings fail too");
  command->footer(
      "Example: simpul schema check --strict\n         simpul schema check schemas/events/izin.terbit.v1.json");
  command->callback([&cli, &run, options] { run = [&cli, options] { return check(cli, *options); }; });
}

}  // namespace simpul
