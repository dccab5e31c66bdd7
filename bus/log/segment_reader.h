// Reading the segments of a log in order, while it is written or not.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bus/base/environment.h"
#include "bus/log/segment_scan.h"

namespace simpul::segment {

struct Segment {
  std::string name;
  Position first = 0, next = 0;  // positions [first, next) are committed
  std::uint64_t end = 0;         // bytes that are committed
};

// What is committed; shared by the writer and every reader.
class Directory {
 public:
  Directory(std::string folder, LogId log_id) : folder_(std::move(folder)), log_id_(log_id) {}
  const std::string& folder() const { return folder_; }
  const LogId& log_id() const { return log_id_; }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  void add(Segment segment);
  void remove_last();
  void commit(std::uint64_t end, Position next);  // of the last segment
  // The segment that holds `position`, or the one before it; none: there is no segment.
  std::optional<Segment> holding(Position position) const;
  std::optional<Segment> after(Position first) const;
  Position next() const;
  std::vector<Position> firsts() const;
  std::size_t count() const;
  std::uint64_t bytes() const;

 private:
  std::string folder_;
  LogId log_id_;
  mutable std::mutex mutex_;
  std::vector<Segment> segments_;
};

// What a folder holds, checked by headers and the newest segment's whole content.
struct Survey {
  std::shared_ptr<Directory> directory;  // null: there is no log yet
  Problems damage;
  Tail tail;             // of the newest segment
  std::string unused;    // a newest segment that was never used: its making was cut short
  Nanoseconds time = 0;  // of the last record
};
// Codes: log.newer_version, log.damaged_header, disk.*.
Result<Survey> survey(const std::string& folder, Disk& disk);

std::unique_ptr<LogReader> make_reader(std::shared_ptr<const Directory> directory, Disk& disk, Position from);

}  // namespace simpul::segment
