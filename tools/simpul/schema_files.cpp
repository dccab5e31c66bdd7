#include "tools/simpul/schema_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "bus/base/environment.h"
#include "bus/schema/uri.h"

namespace simpul {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view base = "schemas:///";
constexpr std::size_t file_limit = 64u << 20, files_limit = 20'000;

// Every `$ref` of a schema's text, without its fragment.
void collect_references(const json::Value& value, std::set<std::string>& out) {
  if (value.is_array())
    for (const auto& item : value.items()) collect_references(item, out);
  if (!value.is_object()) return;
  for (const auto& [name, member] : value.members()) {
    if (name == "$ref" && member.is_string()) {
      auto target = member.text().substr(0, member.text().find('#'));
      if (!target.empty()) out.emplace(target);
    } else {
      collect_references(member, out);
    }
  }
}

std::vector<std::string> json_files_below(const fs::path& folder) {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error), end;
       !error && at != end && found.size() < files_limit; at.increment(error)) {
    if (at->path().filename().string().starts_with('.')) {
      if (at->is_directory()) at.disable_recursion_pending();
    } else if (at->is_regular_file() && at->path().extension() == ".json") {
      found.push_back(at->path().lexically_relative(folder).generic_string());
    }
  }
  std::ranges::sort(found);
  return found;
}

Result<std::string> read_schema(const SchemaFiles& files, const std::string& path) {
  auto text = system_environment().disk->read_whole(files.root + "/" + path, file_limit);
  if (!text) text.error().place.file = files.shown(path);
  return text;
}

// What the files read so far refer to, until nothing is missing. A reference by $id may lead to any file of schemas/.
Result<void> complete(SchemaFiles& files) {
  std::vector<std::string> open;
  for (const auto& [path, text] : files.texts) open.push_back(path);
  bool all = false;
  while (!open.empty()) {
    auto path = std::move(open.back());
    open.pop_back();
    auto document = json::parse(files.texts[path], {.depth = 200});
    if (!document) continue;  // compiling says so
    std::set<std::string> targets;
    collect_references(document->root(), targets);
    for (const auto& target : targets) {
      auto resolved = resolve_uri(std::string(base) + path, target);
      auto found = resolved.starts_with(base) ? resolved.substr(base.size()) : std::string();
      if (files.texts.contains(found)) continue;
      if (!found.empty() && fs::is_regular_file(files.root + "/" + found)) {
        auto text = read_schema(files, found);
        if (!text) return std::unexpected(text.error());
        files.texts.emplace(found, std::move(*text));
        open.push_back(found);
      } else if (!all && !files.root.empty() && !target.starts_with("http://json-schema.org/") &&
                 !target.starts_with("https://json-schema.org/")) {
        all = true;
        for (const auto& each : json_files_below(files.root)) {
          if (files.texts.contains(each)) continue;
          auto text = read_schema(files, each);
          if (!text) return std::unexpected(text.error());
          files.texts.emplace(each, std::move(*text));
        }
      }
    }
  }
  return {};
}

// The nearest folder above that is called schemas; empty: none.
std::string schemas_above(const fs::path& path) {
  for (auto at = path; at.has_parent_path() && at != at.root_path(); at = at.parent_path())
    if (at.filename() == "schemas") return at.generic_string();
  return {};
}

// A name of the deployment's schemas/ as a file.
Result<fs::path> file_of_name(const Cli& cli, const std::string& name) {
  auto folder = fs::path(cli.folder) / "schemas";
  for (const auto& candidate : {name + ".json", "events/" + name + ".json", name, "events/" + name})
    if (fs::is_regular_file(folder / candidate)) return folder / candidate;
  std::vector<std::string> names;
  for (auto path : json_files_below(folder)) {
    path.resize(path.size() - 5);
    names.push_back(path);
    if (path.starts_with("events/")) names.push_back(path.substr(7));
  }
  return fail("schema.unknown",
              fmt::format("there is no file {0}, and no schema of that name in {1}{2}", name, folder.generic_string(),
                          did_you_mean(name, names)),
              names.empty()
                  ? "name a schema's file, or the deployment's folder with -C"
                  : "name a schema's file, or a schema as it is called below schemas/, such as " + names.front());
}

SchemaFiles& set_of(std::vector<SchemaFiles>& sets, const std::string& root) {
  auto found = std::ranges::find(sets, root, &SchemaFiles::root);
  if (found != sets.end()) return *found;
  return sets.emplace_back(SchemaFiles{root, {}, {}, {}});
}

Result<void> add_file(std::vector<SchemaFiles>& sets, const std::string& root, const std::string& path) {
  auto& set = set_of(sets, root);
  if (std::ranges::find(set.asked, path) != set.asked.end()) return {};
  auto text = read_schema(set, path);
  if (!text) return std::unexpected(text.error());
  set.texts.insert_or_assign(path, std::move(*text));
  set.asked.push_back(path);
  return {};
}

Result<void> add_asked(const Cli& cli, const std::string& asked, std::vector<SchemaFiles>& sets) {
  std::error_code error;
  auto path = fs::absolute(asked, error).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  if (fs::is_directory(path, error)) {
    auto root = schemas_above(path);
    if (root.empty()) root = path.generic_string();
    auto found = json_files_below(path);
    if (found.empty())
      return fail("schema.unknown", fmt::format("no schema is in {}: no file there ends in .json", asked),
                  "name a schema's file or a folder that holds some");
    for (const auto& each : found) {
      auto below = (path / each).lexically_relative(root).generic_string();
      if (auto added = add_file(sets, root, below); !added) return added;
    }
    return {};
  }
  if (!fs::is_regular_file(path, error)) {
    auto named = file_of_name(cli, asked);
    if (!named) return std::unexpected(named.error());
    path = fs::absolute(*named, error).lexically_normal();
  }
  auto root = schemas_above(path.parent_path());
  auto below = root.empty() ? path.generic_string().substr(1) : path.lexically_relative(root).generic_string();
  return add_file(sets, root, below);
}

}  // namespace

std::string SchemaFiles::shown(std::string_view path) const {
  if (!stands_for.empty() && path == asked.front()) return stands_for;
  auto whole = root + "/" + std::string(path);
  std::error_code error;
  auto here = fs::current_path(error).generic_string() + "/";
  return whole.starts_with(here) ? whole.substr(here.size()) : whole;
}

void SchemaFiles::show(Problems& problems) const {
  for (auto& problem : problems)
    if (texts.contains(problem.place.file)) problem.place.file = shown(problem.place.file);
}

Result<std::vector<SchemaFiles>> find_schema_files(const Cli& cli, const std::vector<std::string>& asked) {
  std::vector<SchemaFiles> sets;
  for (const auto& each : asked)
    if (auto added = add_asked(cli, each, sets); !added) return std::unexpected(added.error());
  for (auto& set : sets)
    if (auto done = complete(set); !done) return std::unexpected(done.error());
  return sets;
}

Result<void> stand_at(SchemaFiles& files, const std::string& root, const std::string& path) {
  if (!files.root.empty() || root.empty() || files.asked.size() != 1) return {};
  auto own = files.asked.front();
  auto text = std::move(files.texts[own]);
  auto shown = files.shown(own);
  files = SchemaFiles{root, {{path, std::move(text)}}, {path}, std::move(shown)};
  return complete(files);
}

Checked<LoadedSchema> compile_files(SchemaFiles files) {
  auto registry = compile_schemas(files.texts);
  if (!registry) {
    files.show(registry.error());
    return std::unexpected(std::move(registry.error()));
  }
  auto name = files.asked.front();
  if (name.ends_with(".json")) name.resize(name.size() - 5);
  LoadedSchema loaded{std::move(files), std::move(*registry), nullptr};
  loaded.schema = loaded.registry->find(name);
  return loaded;
}

Checked<LoadedSchema> load_schema(const Cli& cli, const std::string& asked) {
  auto sets = find_schema_files(cli, {asked});
  if (!sets) return std::unexpected(Problems{sets.error()});
  return compile_files(std::move(sets->front()));
}

int print_schema_problems(const Cli& cli, const Problems& problems) {
  auto code = print_problems(cli, problems);
  bool unread = std::ranges::any_of(problems, [](const Problem& problem) {
    return problem.code == "schema.unknown" || problem.code.starts_with("disk.");
  });
  return unread ? exit_usage : code;
}

}  // namespace simpul
