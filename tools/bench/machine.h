// The machine that a figure belongs to.
#pragma once

#include <string>

namespace simpul::bench {

struct Machine {
  std::string processor, kernel, file_system;
  int cores = 0;
  double memory_gib = 0;
  std::string load;  // of the last minute, when asked
};
Machine machine_of(const std::string& folder);
std::string load_now();
// A field of /proc/<process>/status, "VmRSS" or "VmHWM".
double resident_mib(const std::string& process, const std::string& field);

}  // namespace simpul::bench
