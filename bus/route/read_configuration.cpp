// Reads a deployment's files from disk, as they are: nothing is interpreted here.
#include <fmt/format.h>

#include "bus/route/deployment_files.h"
#include "bus/route/generation.h"

namespace simpul {
namespace {

constexpr std::uint64_t file_limit_bytes = 1u << 20;
constexpr int folder_depth_limit = 16;

class Walk {
 public:
  Walk(Disk& disk, std::string folder, ConfigurationFiles& files, Problems& problems)
      : disk_(disk), folder_(std::move(folder)), files_(files), problems_(problems) {}

  // `path` is a folder below the deployment's; its files are taken, its folders walked when `deep`.
  void folder(const std::string& path, const std::vector<std::string>& folders_inside, bool deep, int depth = 0) {
    auto names = disk_.list(folder_ + "/" + path);
    if (!names) return report(names.error(), path);
    for (const auto& name : *names) {
      if (files_.size() >= configuration_limit_files) return;
      auto inside = path + "/" + name;
      bool named_folder = std::find(folders_inside.begin(), folders_inside.end(), name) != folders_inside.end();
      if (named_folder)
        folder(inside, {}, false, depth + 1);
      else if (deep && name.find('.') == name.npos && depth < folder_depth_limit)
        folder(inside, {}, true, depth + 1);
      else
        file(inside);
    }
  }

 private:
  void file(const std::string& path) {
    auto identity = identify_file(path);
    if (!identity) {
      problems_.push_back(identity.error());
      return;
    }
    if (identity->kind == FileKind::beside) return;
    auto text = disk_.read_whole(folder_ + "/" + path, file_limit_bytes);
    if (!text) return report(text.error(), path);
    files_.emplace(path, std::move(*text));
    if (files_.size() == configuration_limit_files) {
      problems_.push_back({"file.too_many",
                           fmt::format("the deployment has more than {} files", configuration_limit_files - 1),
                           "is this the deployment's folder? name it with --folder",
                           {path, {}, {}},
                           {},
                           Severity::error});
    }
  }

  void report(Problem problem, const std::string& path) {
    problem.place.file = path;
    problems_.push_back(std::move(problem));
  }

  Disk& disk_;
  std::string folder_;
  ConfigurationFiles& files_;
  Problems& problems_;
};

}  // namespace

Checked<ConfigurationFiles> read_configuration(Disk& disk, const std::string& folder) {
  ConfigurationFiles files;
  Problems problems;
  if (!disk.exists(folder + "/config/simpul.yaml")) {
    problems.push_back({"file.no_deployment",
                        fmt::format("{} is not a deployment's folder: it has no config/simpul.yaml", folder),
                        "name the folder that holds config/, routes/ and schemas/",
                        {"config/simpul.yaml", {}, {}},
                        {},
                        Severity::error});
    return std::unexpected(std::move(problems));
  }
  Walk walk(disk, folder, files, problems);
  walk.folder("config", {"apps", "people", "lookups", "codes", "kinds"}, false);
  if (disk.exists(folder + "/routes")) walk.folder("routes", {}, false);
  if (disk.exists(folder + "/schemas")) walk.folder("schemas", {}, true);
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return files;
}

}  // namespace simpul
