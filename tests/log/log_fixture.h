// What the tests of the log share: a log on a faulty disk in memory, stepped by hand.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "bus/log/log.h"
#include "bus/log/segment_format.h"
#include "tests/log/faulty_disk.h"

namespace simpul::testing {

inline NewRecord event_record(std::string body, std::string type = "id.go.test.changed", std::string app = "siak") {
  NewRecord record;
  record.kind = RecordKind::event;
  record.generation = 7;
  record.type = std::move(type);
  record.app = std::move(app);
  record.body = std::move(body);
  return record;
}

struct Read {
  std::vector<std::string> bodies;
  std::vector<Position> positions;
  Problems problems;
};

inline Read read_all(LogReader& reader) {
  Read read;
  while (true) {
    auto record = reader.next();
    if (!record) {
      read.problems.push_back(record.error());
      if (record.error().code.starts_with("disk.")) return read;
      continue;
    }
    if (!*record) return read;
    read.bodies.emplace_back((*record)->body);
    read.positions.push_back((*record)->position);
  }
}

// A folder of its own on the real disk, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    auto pattern = (std::filesystem::temp_directory_path() / "simpul-log-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class FaultyLogTest : public ::testing::Test {
 protected:
  FaultyLogTest() {
    options.folder = "log";
    options.segment_bytes = 256u << 10;
    options.reserve_bytes = 64u << 10;
    options.free_floor_bytes = 128u << 10;
    options.threaded = false;
  }
  void open() {
    log.reset();
    auto opened = open_stepped_log(options, environment);
    ASSERT_TRUE(opened) << to_text(opened.error());
    log = std::move(*opened);
  }
  // Appends one unit and writes it; its first position, or the problem.
  Result<Position> commit(std::vector<std::string> bodies, Urgency urgency = Urgency::publisher) {
    std::vector<NewRecord> records;
    for (auto& body : bodies) records.push_back(event_record(std::move(body)));
    Result<Position> answer = fail("test.not_called", "done was not called");
    log->append(std::move(records), urgency, [&](Result<Position> result) { answer = std::move(result); });
    while (log->step()) {
    }
    return answer;
  }
  // The process ends without a word; what it wrote is there.
  void kill() {
    auto files = disk.list("log");
    std::vector<std::pair<std::string, std::string>> kept;
    for (const auto& name : *files) kept.emplace_back("log/" + name, disk.content("log/" + name));
    log.reset();
    for (auto& [path, content] : kept) disk.replace(path, content);
  }
  std::string newest_segment() {
    std::string newest;
    auto names = disk.list("log");
    for (const auto& name : *names)
      if (name.starts_with("segment-")) newest = "log/" + name;
    return newest;
  }
  Read read_back(Position from = 0) {
    auto reader = log->read(from);
    return read_all(*reader);
  }

  FaultyDisk disk;
  ManualClock clock;
  std::unique_ptr<Random> random = seeded_random(1);
  Environment environment{&clock, random.get(), &disk};
  LogOptions options;
  std::unique_ptr<SteppedLog> log;
};

}  // namespace simpul::testing
