// The files behind the writer: the newest segment, the next one, and the reserve.
#pragma once

#include <memory>
#include <string>

#include "bus/log/segment_reader.h"

namespace simpul::segment {

// Memory for one group, aligned for direct I/O.
class GroupBuffer {
 public:
  ~GroupBuffer();
  GroupBuffer() = default;
  GroupBuffer(const GroupBuffer&) = delete;
  GroupBuffer& operator=(const GroupBuffer&) = delete;
  char* need(std::size_t bytes);   // at least so many; what was there is lost
  void shrink(std::size_t bytes);  // gives back more than that

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
};

class Writer {
 public:
  // Recovers the folder's log: cuts the torn tail, and makes what recovery read durable.
  static Result<std::unique_ptr<Writer>> open(const LogOptions& options, const Environment& environment);

  // Writes and syncs one group. `may_use_reserve`: when there is no room for another segment, the reserve
  // becomes it. Codes: log.full (nothing was written, go on), any other: the log must not be written again.
  Result<void> write(const GroupHeader& header, std::string_view group, bool may_use_reserve);
  // Makes the reserve again when it was used. False: no room for it.
  Result<bool> restore_reserve();
  std::uint64_t missing_reserve_bytes() const { return has_reserve_ ? 0 : options_.reserve_bytes; }

  const std::shared_ptr<Directory>& directory() const { return directory_; }
  const Recovery& recovery() const { return recovery_; }
  Position next() const { return next_; }
  Nanoseconds time() const { return time_; }
  bool ends_with_mark() const { return end_mark_; }

  struct SyncTimes {
    std::uint64_t count = 0;
    Nanoseconds sum = 0, max = 0;
  };
  const SyncTimes& sync_times() const { return syncs_; }

 private:
  Writer(const LogOptions& options, const Environment& environment) : options_(options), env_(environment) {}
  Result<void> recover();
  Result<void> reopen_last(const Survey& found);
  Result<void> roll(std::uint64_t group_bytes, bool may_use_reserve);
  Result<void> begin_segment(const std::string& name, std::uint64_t size, bool from_reserve);
  Result<void> close_current();
  Result<void> sync();
  OpenMode mode() const { return options_.direct ? OpenMode::write_direct : OpenMode::write; }
  std::string path(const std::string& name) const { return options_.folder + "/" + name; }

  LogOptions options_;
  Environment env_;
  std::shared_ptr<Directory> directory_;
  std::unique_ptr<File> file_;  // null: the next write begins a segment
  std::string name_;
  std::uint64_t offset_ = 0, size_ = 0;
  Position next_ = 0;
  Nanoseconds time_ = 0;
  bool end_mark_ = false;
  bool has_reserve_ = false;
  Recovery recovery_;
  SyncTimes syncs_;
};

}  // namespace simpul::segment
