#include "tools/trial/changes.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>

namespace simpul::trial {
namespace {

constexpr int depth_limit = 16;
constexpr int quiet_ms = 60;  // an editor writes, renames and removes
constexpr std::uint32_t events = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ONLYDIR;

// What editors keep beside a file while they write it.
bool is_passing(const std::string& name) {
  return name.starts_with('.') || name.ends_with('~') || name.ends_with(".swp") || name.ends_with(".tmp") ||
         name == "4913";
}

}  // namespace

struct Changes::Inner {
  int descriptor = -1;
  std::string root;
  std::map<int, std::string> folders;  // by watch
};

Changes::~Changes() {
  if (inner_ && inner_->descriptor >= 0) ::close(inner_->descriptor);
}

Result<std::unique_ptr<Changes>> Changes::watch(const std::string& root, const std::vector<std::string>& folders) {
  std::unique_ptr<Changes> changes(new Changes());
  changes->inner_ = std::make_unique<Inner>();
  changes->inner_->root = root;
  changes->inner_->descriptor = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (changes->inner_->descriptor < 0)
    return fail("watch.failed", fmt::format("files cannot be watched: {}", std::strerror(errno)),
                "run without --watch, or raise fs.inotify.max_user_instances");
  for (const auto& folder : folders)
    if (auto added = changes->add(folder, 0); !added) return std::unexpected(added.error());
  return changes;
}

Result<void> Changes::add(const std::string& folder, int depth) {
  const auto path = inner_->root + "/" + folder;
  std::error_code error;
  if (!std::filesystem::is_directory(path, error) || depth > depth_limit) return {};
  const int watch = ::inotify_add_watch(inner_->descriptor, path.c_str(), events);
  if (watch < 0)
    return fail("watch.failed", fmt::format("{} cannot be watched: {}", path, std::strerror(errno)),
                "run without --watch, or raise fs.inotify.max_user_watches");
  inner_->folders[watch] = folder;
  for (auto entry = std::filesystem::directory_iterator(path, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
    if (entry->is_directory(error))
      if (auto added = add(folder + "/" + entry->path().filename().string(), depth + 1); !added) return added;
  return {};
}

bool Changes::take(std::set<std::string>& changed) {
  alignas(inotify_event) std::array<char, 16'384> buffer{};
  bool any = false;
  for (ssize_t size = 0; (size = ::read(inner_->descriptor, buffer.data(), buffer.size())) > 0;) {
    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const std::string name = event.len > 0 ? std::string(buffer.data() + at + sizeof event) : std::string();
      at += sizeof event + event.len;
      auto folder = inner_->folders.find(event.wd);
      if (folder == inner_->folders.end() || name.empty() || is_passing(name)) continue;
      const auto path = folder->second + "/" + name;
      if ((event.mask & IN_ISDIR) != 0) {
        (void)add(path, 1);  // a folder that is gone again is no loss
        continue;
      }
      if ((event.mask & IN_CREATE) != 0) continue;  // its writing is told too
      any = changed.insert(path).second || any;
    }
  }
  return any;
}

std::set<std::string> Changes::wait() {
  std::set<std::string> changed;
  pollfd poll_for{inner_->descriptor, POLLIN, 0};
  for (;;) {
    const int ready = ::poll(&poll_for, 1, changed.empty() ? -1 : quiet_ms);
    if (ready < 0) return {};
    if (ready == 0) return changed;
    take(changed);
  }
}

}  // namespace simpul::trial
