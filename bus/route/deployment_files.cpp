#include "bus/route/deployment_files.h"

#include <fmt/format.h>

#include <array>
#include <vector>

namespace simpul {
namespace {

struct Folder {
  std::string_view path;
  FileKind kind;
  std::string_view holds;
};
constexpr std::array folders{
    Folder{"config/apps/", FileKind::app, "one application each"},
    Folder{"config/people/", FileKind::person, "one person each"},
    Folder{"config/lookups/", FileKind::lookup, "one lookup each"},
    Folder{"config/codes/", FileKind::codes, "one code table each"},
    Folder{"routes/", FileKind::route, "one route each"},
};

Problem stray(std::string_view path, std::string message, std::string hint) {
  Problem problem;
  problem.code = "file.unexpected";
  problem.message = std::move(message);
  problem.hint = std::move(hint);
  problem.place.file = path;
  return problem;
}

Result<FileIdentity> in_folder(std::string_view path, const Folder& folder) {
  auto name = path.substr(folder.path.size());
  if (name.find('/') != name.npos) {
    return std::unexpected(stray(path, fmt::format("{} has no folders inside it", folder.path),
                                 fmt::format("move the file to {}{}", folder.path, name.substr(name.rfind('/') + 1))));
  }
  // Tests, and their tables, events and snapshots.
  if (name.find(".test.") != name.npos) return FileIdentity{FileKind::beside, {}};
  if (name.ends_with(".yaml") && !name.starts_with('.') && name.size() > 5)
    return FileIdentity{folder.kind, std::string(name.substr(0, name.size() - 5))};
  if (folder.kind == FileKind::codes && name.ends_with(".csv") && !name.starts_with('.') && name.size() > 4)
    return FileIdentity{folder.kind, std::string(name.substr(0, name.size() - 4))};
  if (name.ends_with(".yml")) {
    return std::unexpected(stray(path, "files here end in .yaml, this one ends in .yml",
                                 fmt::format("rename it to {}.yaml", name.substr(0, name.size() - 4))));
  }
  return std::unexpected(
      stray(path, fmt::format("{} holds .yaml files, {}; this is something else", folder.path, folder.holds),
            "move it out of the deployment's folder, or delete it"));
}

}  // namespace

Result<FileIdentity> identify_file(std::string_view path) {
  if (path == "README.md" || path.ends_with("/README.md") || path == "routes/TESTING.md" ||
      path == "routes/FUNCTIONS.md")
    return FileIdentity{FileKind::beside, {}};
  if (path == "config/simpul.yaml") return FileIdentity{FileKind::settings, "simpul"};
  // What `simpul kinds --write` writes for editors.
  if (path.starts_with("config/kinds/") && path.ends_with(".json")) return FileIdentity{FileKind::beside, {}};
  for (const auto& folder : folders)
    if (path.starts_with(folder.path)) return in_folder(path, folder);
  if (path.starts_with("schemas/")) {
    auto name = path.substr(8);
    if (name.ends_with(".json") && name.size() > 5 && !name.starts_with('.') && name.find("/.") == name.npos)
      return FileIdentity{FileKind::schema, std::string(name.substr(0, name.size() - 5))};
    return std::unexpected(stray(path, "schemas/ holds JSON Schemas in files that end in .json; this is something else",
                                 "rename it if it is a schema, or move it out of the deployment's folder"));
  }
  std::vector<std::string> names{"config/simpul.yaml"};
  for (const auto& folder : folders) names.emplace_back(folder.path);
  auto slash = path.rfind('/');
  auto where = slash == path.npos ? std::string(path) : std::string(path.substr(0, slash + 1));
  auto meant = nearest(where, names);
  if (meant.empty()) meant = nearest(std::string(path) + "/", names);  // the path of a folder
  std::string hint =
      "config/ holds simpul.yaml, apps/, people/, lookups/ and codes/; routes go to routes/, schemas to schemas/";
  if (!meant.empty() && meant != where) hint = fmt::format("did you mean {}?", meant);
  return std::unexpected(stray(path, "the bus reads nothing of this name", std::move(hint)));
}

}  // namespace simpul
