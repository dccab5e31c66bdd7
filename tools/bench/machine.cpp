#include "tools/bench/machine.h"

#include <fmt/format.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace simpul::bench {
namespace {

std::string field_of(const std::string& path, const std::string& name) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name)) {
      const auto at = line.find_first_not_of(" \t", line.find(':') + 1);
      return at == std::string::npos ? "" : line.substr(at);
    }
  return {};
}

// Of the longest mount point above the folder.
std::string file_system_of(const std::string& folder) {
  std::error_code error;
  const auto path = std::filesystem::weakly_canonical(folder, error).string();
  std::ifstream in("/proc/mounts");
  std::string best, found;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string device, point, type;
    words >> device >> point >> type;
    if (path.starts_with(point) && point.size() >= best.size()) {
      best = point;
      found = type;
    }
  }
  return found;
}

}  // namespace

std::string load_now() {
  std::ifstream in("/proc/loadavg");
  std::string load;
  in >> load;
  return load;
}

Machine machine_of(const std::string& folder) {
  Machine machine;
  machine.processor = field_of("/proc/cpuinfo", "model name");
  machine.cores = static_cast<int>(std::thread::hardware_concurrency());
  struct sysinfo info{};
  if (::sysinfo(&info) == 0) machine.memory_gib = static_cast<double>(info.totalram) * info.mem_unit / (1ull << 30);
  utsname name{};
  if (::uname(&name) == 0) machine.kernel = fmt::format("{} {}", name.sysname, name.release);
  machine.file_system = file_system_of(folder);
  machine.load = load_now();
  return machine;
}

double resident_mib(const std::string& process, const std::string& field) {
  std::istringstream in(field_of("/proc/" + process + "/status", field));
  double kib = 0;
  in >> kib;
  return kib / 1024;
}

}  // namespace simpul::bench
