// Finding groups in one segment, damaged or not: by the chain of headers, and behind damage by the magic.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bus/base/environment.h"
#include "bus/log/segment_format.h"

namespace simpul::segment {

// A window over a file, moved by big reads. Never reads at or behind `limit`.
class Window {
 public:
  Window(File& file, std::uint64_t limit, std::size_t chunk = 1u << 20) : file_(&file), limit_(limit), chunk_(chunk) {}
  // The bytes at `offset`; fewer than asked at the limit. Lives until the next call.
  Result<std::string_view> view(std::uint64_t offset, std::size_t size);
  std::uint64_t limit() const { return limit_; }
  void grow(std::uint64_t limit) { limit_ = limit; }

 private:
  File* file_;
  std::uint64_t limit_;
  std::size_t chunk_;
  std::uint64_t start_ = 0;
  std::size_t filled_ = 0;
  std::vector<std::byte> buffer_;
};

// Goes through the groups of one segment.
class Scan {
 public:
  Scan(File& file, std::optional<LogId> log_id, Position first, std::uint64_t limit)
      : window_(file, limit), log_id_(log_id), expected_(first) {}

  struct Found {
    enum Kind {
      group,  // header and bytes; not checked beyond the header
      gap,    // [offset, next_offset) holds no group that can be told; positions from `lost_from` on
      end,
    } kind = end;
    GroupHeader header;
    std::string_view bytes;  // of the group; lives until the next call
    std::uint64_t offset = 0, next_offset = 0;
    Position lost_from = 0, lost_to = 0;  // gap; lost_to is only known when a group follows (else equal)
  };
  // A gap at the very end is given only when it holds anything but zeros.
  Result<Found> next();
  void grow(std::uint64_t limit) { window_.grow(limit); }
  Position expected() const { return expected_; }
  std::uint64_t offset() const { return offset_; }
  std::optional<LogId> log_id() const { return log_id_; }
  // Goes on at a group known to begin here.
  void jump(std::uint64_t offset, Position first) { offset_ = offset, expected_ = first; }

 private:
  struct At {
    GroupHeader header;
    std::uint64_t offset = 0;
  };
  Result<std::optional<At>> search(std::uint64_t from);
  bool fits(const GroupHeader& header, std::uint64_t offset) const;

  Window window_;
  std::optional<LogId> log_id_;
  Position expected_;
  std::uint64_t offset_ = block_bytes;
};

// Where a group begins that holds `position` or precedes it, found by bisection: a place to scan from.
struct Place {
  std::uint64_t offset = block_bytes;
  Position first = 0;
};
Result<Place> find_place(File& file, const LogId& log_id, Position segment_first, std::uint64_t limit,
                         Position position);

// The first group header or commit marker at or behind `from`, any block; none: no group begins there.
Result<std::optional<Place>> find_group(Window& window, const LogId& log_id, std::uint64_t from, Position least);

Problem damage(const std::string& segment, std::uint64_t offset, Position lost_from, Position lost_to);

// What the newest segment holds.
struct Tail {
  std::uint64_t end = block_bytes;  // behind the last committed group
  Position next = 0;
  Nanoseconds time = 0;         // of the last committed group; 0: none
  std::uint64_t cut_bytes = 0;  // torn, behind `end`
  bool any_group = false;
  bool end_mark = false;  // the last committed group is one
  std::optional<LogId> log_id;
  Problems damage;
};
Result<Tail> examine_tail(File& file, const std::string& segment, std::optional<LogId> log_id, Position first,
                          std::uint64_t size);

}  // namespace simpul::segment
