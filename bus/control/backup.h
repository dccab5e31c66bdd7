// A backup of the log: its segments copied while the bus runs or not, with `manifest.json` naming each
// file's size and SHA-256. The view is not copied: it is rebuilt from the log. Keys are kept apart from the
// log on purpose and copied only when asked for.
//
// To restore: put the segments (and keys/) into an empty log folder and start the bus; a group that was
// being written while it was copied is cut as a torn tail.
#pragma once

#include <cstdint>
#include <string>

#include "bus/base/environment.h"
#include "bus/base/result.h"

namespace simpul {

struct BackupReport {
  std::size_t files = 0;
  std::uint64_t bytes = 0;
};

// `to` must be empty or absent (code backup.not_empty).
Result<BackupReport> back_up_log(const std::string& log_folder, const std::string& to, bool with_keys, Disk& disk);

}  // namespace simpul
