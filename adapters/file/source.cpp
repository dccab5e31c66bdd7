#include <dirent.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

#include "adapters/file/ingest.h"
#include "adapters/file/rejected.h"
#include "adapters/file/settings.h"
#include "adapters/shared/offering.h"
#include "adapters/shared/worker.h"
#include "bus/base/environment.h"

namespace simpul::file {

namespace {

constexpr std::size_t files_limit = 100'000;  // looked at in one poll

// How a file looked when it was seen last, and since when it looks so.
struct Sighting {
  off_t size = 0;
  timespec changed{};
  Nanoseconds since = 0;
  bool seen = false;  // in this poll
};

class FileSource : public Source {
 public:
  FileSource(const SourceSettings& settings, AdapterContext context, Intake& intake)
      : settings_(settings),
        context_(std::move(context)),
        folder_(resolve_path(context_.folder, settings_.folder)),
        intake_(intake),
        offering_(intake, worker_, context_.name),
        trouble_("source.file", context_.name) {}
  ~FileSource() override { worker_.stop(); }

  Result<void> start() override {
    worker_.start([this] { run(); });
    return {};
  }
  void stop() override { worker_.stop(); }

 private:
  void run() {
    while (!worker_.stopping()) {
      auto done = poll();
      auto pause = settings_.poll;
      if (done) {
        trouble_.over();
      } else {
        trouble_.report(done.error().hint.empty() ? done.error().message
                                                  : done.error().message + "; " + done.error().hint);
        pause = trouble_.pause();
      }
      if (worker_.wait_for(pause)) return;
    }
  }

  // Takes every complete file. One that fails does not hold the others; its problem is reported at the end.
  Result<void> poll() {
    auto names = complete_files();
    if (!names) return std::unexpected(names.error());
    std::optional<Problem> first;
    for (const auto& name : *names) {
      if (worker_.stopping()) return {};
      auto taken = ingest(settings_, context_.name, folder_, name, intake_, offering_, worker_);
      if (taken && *taken == Ingested::stopped) return {};
      Result<void> done;
      if (!taken)
        done = std::unexpected(taken.error());
      else
        done = put_away(name);
      if (!done && !first) first = done.error();
      sightings_.erase(name);
    }
    if (first) return std::unexpected(*first);
    return {};
  }

  Result<std::vector<std::string>> complete_files() {
    DIR* folder = ::opendir(folder_.c_str());
    if (folder == nullptr)
      return fail("file.folder", fmt::format("the folder {} cannot be read: {}", folder_, std::strerror(errno)),
                  "make it, or give the bus the right to read it");
    std::set<std::string> there;
    while (const dirent* entry = ::readdir(folder))
      if (there.size() < files_limit && entry->d_name[0] != '.') there.insert(entry->d_name);
    ::closedir(folder);
    for (auto& [name, sighting] : sightings_) sighting.seen = false;
    std::vector<std::string> complete;
    for (const auto& name : there)
      if (wanted(name) && is_complete(name, there)) complete.push_back(name);
    std::erase_if(sightings_, [](const auto& one) { return !one.second.seen; });
    return complete;
  }

  bool wanted(const std::string& name) const {
    if (name.ends_with(rejected_suffix) || name.ends_with(std::string(rejected_suffix) + ".tmp")) return false;
    if (!settings_.complete_suffix.empty() && name.ends_with(settings_.complete_suffix)) return false;
    return ::fnmatch(settings_.pattern.c_str(), name.c_str(), 0) == 0;
  }

  bool is_complete(const std::string& name, const std::set<std::string>& there) {
    struct stat found{};
    if (::lstat((folder_ + "/" + name).c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return false;
    if (!settings_.complete_suffix.empty()) return there.contains(name + settings_.complete_suffix);
    auto now = context_.environment.clock->steady();
    auto& sighting = sightings_[name];
    bool same = sighting.since != 0 && sighting.size == found.st_size &&
                sighting.changed.tv_sec == found.st_mtim.tv_sec && sighting.changed.tv_nsec == found.st_mtim.tv_nsec;
    if (!same) sighting = {found.st_size, found.st_mtim, now, true};
    sighting.seen = true;
    return std::chrono::nanoseconds(now - sighting.since) >= settings_.settle;
  }

  // Into `done`, under a name of its own.
  Result<void> put_away(const std::string& name) {
    namespace fs = std::filesystem;
    std::error_code error;
    fs::path done = fs::path(folder_) / settings_.done;
    fs::create_directories(done, error);
    auto to = done / name;
    for (int n = 1; fs::exists(fs::symlink_status(to, error)); ++n) to = done / fmt::format("{}.{}", name, n);
    fs::rename(fs::path(folder_) / name, to, error);
    if (error)
      return fail(
          "file.denied",
          fmt::format("{}/{} was read but cannot be moved to {}: {}", folder_, name, done.string(), error.message()),
          "give the bus the right to write in the folder");
    if (!settings_.complete_suffix.empty()) {
      auto mark = name + settings_.complete_suffix;
      fs::rename(fs::path(folder_) / mark, done / (to.filename().string() + settings_.complete_suffix), error);
    }
    return {};
  }

  const SourceSettings settings_;
  const AdapterContext context_;
  const std::string folder_;
  Intake& intake_;
  Worker worker_;
  Offering offering_;
  Trouble trouble_;
  std::map<std::string, Sighting> sightings_;
};

}  // namespace

std::unique_ptr<Source> open_source(const SourceSettings& settings, AdapterContext context, Intake& intake) {
  return std::make_unique<FileSource>(settings, std::move(context), intake);
}

}  // namespace simpul::file
