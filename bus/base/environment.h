// The environment: clock, randomness and disk come into the bus through these seams and no other way,
// so that a test can replay a run from a seed and a simulation can fail any of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bus/base/result.h"

namespace simpul {

// Nanoseconds. Wall time counts from 1970-01-01T00:00:00Z and may step either way; steady time never does.
using Nanoseconds = std::int64_t;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Nanoseconds wall() const = 0;
  virtual Nanoseconds steady() const = 0;
};

class Random {
 public:
  virtual ~Random() = default;
  // Fills with bytes fit for keys and salts. Safe from any thread.
  virtual void fill(std::span<std::byte> out) = 0;
  std::uint64_t next();  // 8 of them
};

// One open file. Not safe for concurrent writes; concurrent reads are allowed.
// Problem codes: disk.full (ENOSPC, EDQUOT), disk.not_found, disk.denied, disk.failed (all else).
class File {
 public:
  virtual ~File() = default;
  // Bytes read; fewer than asked only at the end of the file.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) = 0;
  // All or an error; what was written after an error is unknown.
  virtual Result<void> write_at(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
  // fdatasync. After an error the file must not be trusted again: the page cache may lie.
  virtual Result<void> sync() = 0;
  virtual Result<void> preallocate(std::uint64_t size) = 0;  // takes the blocks; the size grows to it
  virtual Result<void> truncate(std::uint64_t size) = 0;
  virtual Result<std::uint64_t> size() = 0;
};

enum class OpenMode {
  read,
  write,         // made when missing, buffered
  write_direct,  // as write, O_DIRECT where the file system takes it: offsets, sizes and memory must be
                 // multiples of 4096
};

// Held until destroyed or the process ends.
class DiskLock {
 public:
  virtual ~DiskLock() = default;
};

class Disk {
 public:
  virtual ~Disk() = default;
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  virtual Result<std::vector<std::string>> list(const std::string& folder) = 0;  // names, sorted
  virtual bool exists(const std::string& path) = 0;
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> remove(const std::string& path) = 0;
  virtual Result<void> make_folder(const std::string& path) = 0;  // parents too; fine when it is there
  virtual Result<void> sync_folder(const std::string& path) = 0;
  virtual Result<std::uint64_t> free_bytes(const std::string& folder) = 0;
  // An exclusive lock on a file. Refused with code disk.locked; the message names the holder's pid and the path.
  virtual Result<std::unique_ptr<DiskLock>> lock(const std::string& path) = 0;
  // Whole small files (at most `limit` bytes; code disk.too_big beyond).
  virtual Result<std::string> read_whole(const std::string& path, std::uint64_t limit = 64ull << 20) = 0;
  // Written to a temporary name, synced, renamed, folder synced: the old or the new, never half. Mode 0600 if secret.
  virtual Result<void> write_whole(const std::string& path, std::string_view bytes, bool secret = false) = 0;
};

struct Environment {
  Clock* clock = nullptr;
  Random* random = nullptr;
  Disk* disk = nullptr;
};

// The process's own: system clock, OpenSSL's generator, POSIX files. Lives as long as the process.
const Environment& system_environment();

// A generator for tests and simulations: the same seed gives the same bytes.
std::unique_ptr<Random> seeded_random(std::uint64_t seed);

// RFC 3339 with milliseconds and Z.
std::string format_time(Nanoseconds wall);
// RFC 3339 date-time to nanoseconds since 1970; fails on anything else.
Result<Nanoseconds> parse_time(std::string_view text);

}  // namespace simpul
