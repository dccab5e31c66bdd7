// simpul new: files for a new application, route or schema, to begin from.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "adapters/registry.h"
#include "bus/deployment.h"
#include "bus/route/kind_reader.h"
#include "tools/simpul/cli.h"
#include "tools/simpul/scaffold.h"

namespace simpul {
namespace {

Problem wrong(std::string code, std::string message, std::string hint) {
  return {std::move(code), std::move(message), std::move(hint), {}, {}, Severity::error};
}

bool is_deployment(const Cli& cli) {
  return system_environment().disk->exists(cli.folder + "/config/simpul.yaml");
}

// All of them or none: a scaffold never writes over what is there.
int write(const Cli& cli, const Scaffold& scaffold) {
  auto& disk = *system_environment().disk;
  Problems problems;
  if (!is_deployment(cli))
    problems.push_back(wrong("file.no_deployment",
                             fmt::format("{} is not a deployment's folder: it has no config/simpul.yaml", cli.folder),
                             "nothing was written; name the folder with -C"));
  for (const auto& [file, text] : scaffold.files)
    if (disk.exists(cli.folder + "/" + file))
      problems.push_back(wrong("new.exists", fmt::format("{} is there already", file),
                               "nothing was written; choose another name, or move the file away"));
  if (!problems.empty()) return print_problems(cli, problems);
  for (const auto& [file, text] : scaffold.files) {
    const auto path = cli.folder + "/" + file;
    auto made = disk.make_folder(path.substr(0, path.rfind('/')));
    if (made) made = disk.write_whole(path, text);
    if (!made) {
      print_problems(cli, {made.error()});
      return exit_failed;
    }
  }
  if (cli.json) {
    json::Writer writer;
    writer.begin_object().name("files").begin_array();
    for (const auto& [file, text] : scaffold.files) writer.string(file);
    writer.end_array().name("next").begin_array();
    for (const auto& line : scaffold.next) writer.string(line);
    fmt::print("{}\n", writer.end_array().end_object().text());
    return exit_done;
  }
  for (const auto& [file, text] : scaffold.files) fmt::print("{} {}\n", green(cli, "✓"), file);
  fmt::print("next:\n");
  for (const auto& line : scaffold.next) fmt::print("  {}\n", line);
  return exit_done;
}

// A sample, or none when it was not asked for.
Result<std::optional<Sample>> sample_of(const std::string& from, const std::string& title) {
  if (from.empty()) return std::nullopt;
  auto sample = read_sample(from, title);
  if (!sample) return std::unexpected(std::move(sample.error()));
  return std::move(*sample);
}

// A file's path as the configuration says it: relative to the deployment's folder where it is below it.
std::string from_folder(const Cli& cli, const std::string& file) {
  std::error_code error;
  const auto whole = std::filesystem::weakly_canonical(file, error);
  const auto folder = std::filesystem::weakly_canonical(cli.folder, error);
  const auto below = whole.lexically_relative(folder);
  return below.empty() || *below.begin() == ".." ? whole.string() : below.string();
}

int new_app(const Cli& cli, NewApp app, const std::string& from, const std::string& accepts_from) {
  Problems problems;
  if (!is_name(app.name))
    problems.push_back(wrong("new.name", fmt::format("\"{}\" is no name for an application", app.name),
                             "use small letters, digits and -, beginning with a letter"));
  for (const auto& type : {app.publishes, app.receives})
    if (!type.empty() && !is_event_type(type))
      problems.push_back(wrong("event_type.shape", fmt::format("\"{}\" is not an event type", type),
                               "write agency.object.happening.vN in lower case"));
  if (!from.empty() && app.publishes.empty())
    problems.push_back(wrong("new.options", "--from is a sample of what it publishes, and it publishes nothing",
                             "add --publishes <type>"));
  if (!accepts_from.empty() && app.receives.empty())
    problems.push_back(wrong("new.options", "--accepts-from is a sample of what it takes, and it receives nothing",
                             "add --receives <type>"));
  auto published = sample_of(from, app.publishes);
  if (!published) problems.push_back(published.error());
  auto accepted = sample_of(accepts_from, fmt::format("What {} takes", app.name));
  if (!accepted) problems.push_back(accepted.error());
  if (!problems.empty()) return print_problems(cli, problems);
  app.published = std::move(*published);
  app.accepted = std::move(*accepted);
  for (auto* sample : {&app.published, &app.accepted})
    if (*sample && !(*sample)->database.empty()) (*sample)->database = from_folder(cli, (*sample)->database);
  auto scaffold = scaffold_app(app);
  // What it receives must be described, by whoever publishes it.
  if (!app.receives.empty() && app.receives != app.publishes &&
      !system_environment().disk->exists(fmt::format("{}/schemas/events/{}.json", cli.folder, app.receives)))
    scaffold.next.insert(scaffold.next.begin(),
                         fmt::format("simpul new schema events/{}: nobody has described this type yet", app.receives));
  // The type's schema may be there: another application has published it, or receives it.
  if (!app.publishes.empty()) {
    const auto schema = fmt::format("schemas/events/{}.json", app.publishes);
    if (system_environment().disk->exists(cli.folder + "/" + schema)) scaffold.files.erase(schema);
  }
  return write(cli, scaffold);
}

int new_route(const Cli& cli, NewRoute route, const std::string& to) {
  if (!is_name(route.name))
    return print_problems(cli, {wrong("new.name", fmt::format("\"{}\" is no name for a route", route.name),
                                      "use small letters, digits and -, beginning with a letter")});
  route.app = to.substr(0, to.find('/'));
  if (to.find('/') != std::string::npos) route.into = to.substr(to.find('/') + 1);
  auto files = read_configuration(*system_environment().disk, cli.folder);
  if (!files) return print_problems(cli, files.error());
  auto deployment = compile_deployment(*files, all_adapters(), nullptr);
  if (!deployment) return print_problems(cli, deployment.error());
  auto scaffold = scaffold_route(route, *(*deployment)->generation);
  return scaffold ? write(cli, *scaffold) : print_problems(cli, {scaffold.error()});
}

// Where a schema may be: events/<type>, or words below a folder.
std::optional<Problem> wrong_schema_name(const std::string& name) {
  if (name.starts_with("events/")) {
    if (is_event_type(name.substr(7))) return std::nullopt;
    return wrong("event_type.shape", fmt::format("\"{}\" is not an event type", name.substr(7)),
                 "write events/agency.object.happening.vN in lower case");
  }
  std::string_view rest = name;
  bool good = rest.find('/') != rest.npos;
  while (good) {
    const auto end = std::min(rest.find('/'), rest.size());
    good = is_name(rest.substr(0, end));
    if (end == rest.size()) break;
    rest.remove_prefix(end + 1);
  }
  if (good) return std::nullopt;
  return wrong("new.name", fmt::format("\"{}\" is no place for a schema", name),
               "write events/<type> or apps/<app>/<place>, in small letters, digits, - and _");
}

int new_schema(const Cli& cli, std::string name, const std::string& from) {
  if (name.ends_with(".json")) name.resize(name.size() - 5);
  if (auto problem = wrong_schema_name(name)) return print_problems(cli, {*problem});
  auto sample = sample_of(from, name);
  if (!sample) return print_problems(cli, {sample.error()});
  return write(cli, scaffold_schema(name, *sample));
}

constexpr const char* from_help =
    "A sample: a CSV file with a header, JSON, JSON Lines, or a table of an SQLite database as FILE:TABLE";

void add_new_app(CLI::App& group, Cli& cli, Run& run) {
  struct Options {
    NewApp app;
    std::string from, accepts_from;
  };
  auto options = std::make_shared<Options>();
  auto* command = group.add_subcommand("app", "An application: its file, and the schemas of what it gives and takes");
  command->add_option("name", options->app.name, "Small letters, digits and -")->required();
  command->add_option("--owner", options->app.owner, "The agency that owns it")->required();
  command->add_option("--title", options->app.title, "What people call it");
  command->add_option("--publishes", options->app.publishes, "An event type: agency.object.happening.vN");
  command->add_option("--from", options->from, from_help);
  command->add_option("--receives", options->app.receives, "An event type");
  command->add_option("--accepts-from", options->accepts_from, "The same, of what it takes");
  command->add_option("--target", options->app.target, "How it is reached: http, sql or file")
      ->check(CLI::IsMember({"http", "sql", "file"}))
      ->capture_default_str();
  command->footer(
      "Example: simpul new app pajak --owner bapenda --publishes bapenda.pbb.dibayar.v1 --from pajak.db:PEMBAYARAN");
  command->callback([&cli, &run, options] {
    run = [&cli, options] { return new_app(cli, options->app, options->from, options->accepts_from); };
  });
}

void add_new_route(CLI::App& group, Cli& cli, Run& run) {
  struct Options {
    NewRoute route;
    std::string to;
  };
  auto options = std::make_shared<Options>();
  auto* command = group.add_subcommand("route", "A route; its map is drafted from the names that both schemas know");
  command->add_option("name", options->route.name, "Small letters, digits and -")->required();
  command->add_option("--on", options->route.on, "The event type that it takes")->required();
  command->add_option("--to", options->to, "The application, or application/place")->required();
  command->footer(
      "Example: simpul new route pindah-ke-spmb --on dukcapil.penduduk.pindah_datang.v1 --to spmb/domisili");
  command->callback(
      [&cli, &run, options] { run = [&cli, options] { return new_route(cli, options->route, options->to); }; });
}

void add_new_schema(CLI::App& group, Cli& cli, Run& run) {
  struct Options {
    std::string name, from;
  };
  auto options = std::make_shared<Options>();
  auto* command = group.add_subcommand("schema", "A schema, drafted from a sample where there is one");
  command->add_option("name", options->name, "Its place below schemas/: events/<type>, or apps/<app>/<place>")
      ->required();
  command->add_option("--from", options->from, from_help);
  command->footer("Example: simpul new schema events/dukcapil.penduduk.lahir.v1 --from kelahiran.csv");
  command->callback(
      [&cli, &run, options] { run = [&cli, options] { return new_schema(cli, options->name, options->from); }; });
}

}  // namespace

void add_new(CLI::App& app, Cli& cli, Run& run) {
  auto* group = app.add_subcommand("new", "Write the files of a new application, route or schema, to begin from");
  group->require_subcommand(1);
  group->footer("Nothing that exists is written over.\nExample: simpul new schema events/<type> --from sample.csv");
  add_new_app(*group, cli, run);
  add_new_route(*group, cli, run);
  add_new_schema(*group, cli, run);
}

}  // namespace simpul
