// What the log promises in one process: order, positions, units, room, failure, two openers.
#include <atomic>
#include <future>
#include <thread>

#include "tests/log/log_fixture.h"

namespace simpul {
namespace {

using ::testing::ElementsAre;
using testing::FaultyLogTest;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SegmentLogTest : public FaultyLogTest {};

TEST_F(SegmentLogTest, GivesBackWhatWasAppended) {
  open();
  ASSERT_EQ(commit({R"({"a":1})", R"({"b":2})"}), 0u);
  ASSERT_EQ(commit({R"({"c":3})"}), 2u);
  auto reader = log->read(1);
  auto record = reader->next();
  ASSERT_TRUE(record && *record);
  EXPECT_EQ((*record)->position, 1u);
  EXPECT_EQ((*record)->body, R"({"b":2})");
  EXPECT_EQ((*record)->type, "id.go.test.changed");
  EXPECT_EQ((*record)->app, "siak");
  EXPECT_EQ((*record)->generation, 7u);
  EXPECT_EQ((*record)->kind, RecordKind::event);
  EXPECT_EQ((*record)->time, clock.now);
  EXPECT_THAT(read_back().positions, ElementsAre(0, 1, 2));
  EXPECT_EQ(log->status().next, 3u);
}

TEST_F(SegmentLogTest, AReaderSeesWhatIsCommittedLater) {
  open();
  auto reader = log->read(0);
  EXPECT_FALSE(reader->next().value());
  ASSERT_TRUE(commit({"{}"}));
  EXPECT_TRUE(reader->next().value());
  EXPECT_FALSE(reader->next().value());
  ASSERT_TRUE(commit({R"({"n":1})"}));
  EXPECT_EQ(reader->next().value()->body, R"({"n":1})");
}

TEST_F(SegmentLogTest, NothingIsSeenBeforeItIsCommitted) {
  open();
  bool told = false;
  log->append({testing::event_record("{}")}, Urgency::publisher, [&](Result<Position>) { told = true; });
  EXPECT_FALSE(told);
  EXPECT_FALSE(log->read(0)->next().value());
  EXPECT_TRUE(log->step());
  EXPECT_TRUE(told);
  EXPECT_TRUE(log->read(0)->next().value());
}

TEST_F(SegmentLogTest, GoesOnWhereItStoppedOverManySegments) {
  options.segment_bytes = 32u << 10;
  std::vector<std::string> sent;
  for (int run = 0; run < 3; ++run) {
    open();
    EXPECT_EQ(log->recovery().next, sent.size());
    EXPECT_EQ(log->recovery().cut_bytes, 0u);
    EXPECT_THAT(log->recovery().damage, IsEmpty());
    for (int i = 0; i < 40; ++i) {
      sent.push_back(R"({"text":")" + std::string(static_cast<std::size_t>(i) * 40, 'x') + "\"}");
      ASSERT_EQ(commit({sent.back()}), sent.size() - 1);
    }
    log->stop();
  }
  open();
  EXPECT_GT(log->status().segments, 5u);
  auto read = read_back();
  EXPECT_THAT(read.problems, IsEmpty());
  EXPECT_EQ(read.bodies, sent);
  for (Position from : {0u, 1u, 39u, 40u, 77u, 119u, 120u}) {
    auto part = read_back(from);
    ASSERT_EQ(part.positions.size(), sent.size() - from);
    EXPECT_TRUE(part.positions.empty() || part.positions.front() == from);
  }
}

TEST_F(SegmentLogTest, SeekFindsAnyPositionAmongManyGroups) {
  options.segment_bytes = 8u << 20;
  open();
  for (int i = 0; i < 600; ++i) ASSERT_TRUE(commit({R"({"n":)" + std::to_string(i) + "}"}));
  auto reader = log->read(0);
  for (Position position : {599u, 0u, 300u, 301u, 17u, 598u}) {
    reader->seek(position);
    auto record = reader->next();
    ASSERT_TRUE(record && *record);
    EXPECT_EQ((*record)->position, position);
    EXPECT_EQ((*record)->body, R"({"n":)" + std::to_string(position) + "}");
  }
}

TEST_F(SegmentLogTest, SeekGoesBackAndForthWithinOneGroup) {
  open();
  std::vector<std::string> bodies;
  for (int i = 0; i < 100; ++i) bodies.push_back(R"({"n":)" + std::to_string(i) + "}");
  ASSERT_TRUE(commit(bodies));
  ASSERT_TRUE(commit({R"({"n":100})"}));
  auto reader = log->read(0);
  for (Position position : {50u, 50u, 49u, 51u, 99u, 100u, 100u, 99u, 0u, 7u}) {
    reader->seek(position);
    for (auto at = position; at <= std::min<Position>(position + 2, 100); ++at) {
      auto record = reader->next();
      ASSERT_TRUE(record && *record);
      EXPECT_EQ((*record)->position, at);
      EXPECT_EQ((*record)->body, R"({"n":)" + std::to_string(at) + "}");
    }
  }
}

TEST_F(SegmentLogTest, OneSyncCommitsEverythingThatWaits) {
  open();
  auto before = log->status().syncs;
  std::vector<Position> told;
  for (int i = 0; i < 50; ++i)
    log->append({testing::event_record("{}")}, Urgency::publisher,
                [&](Result<Position> p) { told.push_back(p.value()); });
  EXPECT_TRUE(log->step());
  EXPECT_EQ(log->status().syncs, before + 1);
  ASSERT_EQ(told.size(), 50u);
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
}

TEST_F(SegmentLogTest, TheObserverHearsBeforeThePublisher) {
  open();
  std::vector<std::string> heard;
  log->observe([&](const Log::Group& group) {
    heard.push_back("group " + std::to_string(group.first) + "+" + std::to_string(group.records->size()));
  });
  log->append({testing::event_record("{}"), testing::event_record("{}")}, Urgency::publisher,
              [&](Result<Position>) { heard.push_back("done"); });
  log->step();
  EXPECT_THAT(heard, ElementsAre("group 0+2", "done"));
}

TEST_F(SegmentLogTest, LogTimeNeverStepsBack) {
  open();
  ASSERT_TRUE(commit({"{}"}));
  auto high = clock.now;
  clock.now -= 3'600'000'000'000;
  ASSERT_TRUE(commit({"{}"}));
  log->stop();
  open();
  ASSERT_TRUE(commit({"{}"}));
  auto reader = log->read(0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(reader->next().value()->time, high);
}

TEST_F(SegmentLogTest, TheLeafIsTheHeaderAndTheHeaderHoldsTheBodysHash) {
  open();
  ASSERT_TRUE(commit({R"({"nik":"3671015207909001"})", R"({"nik":"3671015207909001"})"}));
  auto reader = log->read(0);
  std::string first(reader->next().value()->header);
  std::string second(reader->next().value()->header);
  EXPECT_EQ(first.find("3671015207909001"), std::string::npos);
  EXPECT_NE(first.substr(32, 32), second.substr(32, 32)) << "the salt makes equal bodies differ";
  EXPECT_EQ(segment::leaf_hash(first), sha256(std::string_view("\0", 1), first));
}

TEST_F(SegmentLogTest, TheSecondOpenerIsRefused) {
  open();
  auto second = open_stepped_log(options, environment);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "log.locked");
  EXPECT_THAT(second.error().message, HasSubstr("log/lock"));
}

TEST_F(SegmentLogTest, ANewerVersionIsLeftAlone) {
  open();
  ASSERT_TRUE(commit({"{}"}));
  log.reset();
  auto content = disk.content(newest_segment());
  segment::FileHeader header;
  header.version = segment::format_version + 1;
  segment::encode(header, content.data());
  disk.replace(newest_segment(), content);
  auto opened = open_stepped_log(options, environment);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, "log.newer_version");
  EXPECT_THAT(opened.error().message, HasSubstr("version 2"));
  EXPECT_EQ(disk.content(newest_segment()), content);
}

TEST_F(SegmentLogTest, AfterAFailedSyncEverythingIsRefusedForGood) {
  open();
  ASSERT_TRUE(commit({"{}"}));
  disk.fail_syncs = true;
  EXPECT_EQ(commit({"{}"}).error().code, "log.failed");
  disk.fail_syncs = false;
  EXPECT_EQ(commit({"{}"}).error().code, "log.failed");
  EXPECT_EQ(commit({"{}"}, Urgency::reserve).error().code, "log.failed");
  EXPECT_TRUE(log->status().failed);
  EXPECT_EQ(read_back().positions.size(), 1u);
}

TEST_F(SegmentLogTest, AFullDiskRefusesPublishersButTakesReceiptsAndRecovers) {
  options.segment_bytes = 32u << 10;
  open();
  ASSERT_TRUE(commit({"{}"}));
  disk.capacity = disk.used() + options.free_floor_bytes - 1;
  auto refused = commit({"{}"});
  EXPECT_EQ(refused.error().code, "log.full");
  EXPECT_TRUE(log->status().full);
  disk.capacity = disk.used();  // no byte is left
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(commit({R"({"receipts":[]})"}, Urgency::reserve)) << i;
  EXPECT_FALSE(disk.exists("log/reserve.segment")) << "it took receipts";
  EXPECT_EQ(commit({"{}"}).error().code, "log.full");
  EXPECT_EQ(log->status().refused_full, 2u);
  clock.now += 1'000'000'000;

  disk.capacity += 4u << 20;
  ASSERT_TRUE(commit({R"({"after":true})"}));
  EXPECT_FALSE(log->status().full);
  EXPECT_TRUE(disk.exists("log/reserve.segment"));
  auto read = read_back();
  EXPECT_THAT(read.problems, IsEmpty());
  ASSERT_EQ(read.bodies.size(), 15u);
  EXPECT_EQ(read.bodies[13], R"({"refused":2,"since":"2023-11-14T22:13:20.000Z","until":"2023-11-14T22:13:21.000Z"})");
}

TEST_F(SegmentLogTest, WhenTheReserveIsFullToEveryoneIsRefusedAndNothingBreaks) {
  options.segment_bytes = 32u << 10;
  open();
  disk.capacity = disk.used();
  int taken = 0;
  while (commit({"{}"}, Urgency::reserve)) ASSERT_LT(++taken, 100);
  EXPECT_GT(taken, 10);
  EXPECT_FALSE(log->status().failed);
  disk.capacity += 1u << 20;
  EXPECT_TRUE(commit({"{}"}));
  EXPECT_THAT(read_back().problems, IsEmpty());
}

TEST_F(SegmentLogTest, AQueueThatIsFullRefuses) {
  options.queue_limit_bytes = 4096;
  open();
  std::vector<std::string> codes;
  for (int i = 0; i < 3; ++i)
    log->append({testing::event_record(std::string(3000, ' '))}, Urgency::publisher,
                [&](Result<Position> p) { codes.push_back(p ? "ok" : p.error().code); });
  while (log->step()) {
  }
  EXPECT_THAT(codes, ElementsAre("ok", "log.busy", "log.busy"));
  EXPECT_TRUE(commit({"{}"}));
}

TEST_F(SegmentLogTest, WhatIsTooLargeIsRefusedWithWords) {
  open();
  std::string code;
  log->append({testing::event_record("{}", std::string(5000, 't'))}, Urgency::publisher,
              [&](Result<Position> p) { code = p.error().code; });
  while (log->step()) {
  }
  EXPECT_EQ(code, "log.bad_record");
}

TEST_F(SegmentLogTest, AUnitLargerThanASegmentIsStillOneUnit) {
  options.segment_bytes = 32u << 10;
  options.group_limit_bytes = 8u << 10;
  open();
  std::vector<std::string> bodies(50, std::string(2000, ' '));
  ASSERT_EQ(commit(bodies), 0u);
  ASSERT_EQ(commit({"{}"}), 50u);
  EXPECT_EQ(read_back().positions.size(), 51u);
}

TEST_F(SegmentLogTest, AfterStopNothingIsTaken) {
  open();
  ASSERT_TRUE(commit({"{}"}));
  log->stop();
  EXPECT_EQ(commit({"{}"}).error().code, "log.stopped");
}

TEST(ThreadedLog, ManyThreadsAppendAndReadersKeepUp) {
  testing::TemporaryFolder folder;
  LogOptions options;
  options.folder = folder.path() + "/log";
  options.segment_bytes = 1u << 20;
  options.reserve_bytes = 1u << 20;
  options.free_floor_bytes = 0;
  auto log = open_segment_log(options, system_environment());
  ASSERT_TRUE(log) << to_text(log.error());
  constexpr int threads = 4, each = 500;
  std::atomic<int> done = 0, failed = 0;
  std::atomic<bool> writing = true;
  std::vector<std::vector<Position>> positions(threads);
  std::thread reading([&] {
    auto reader = (*log)->read(0);
    Position expected = 0;
    while (expected < Position{threads} * each * 2) {
      auto record = reader->next();
      ASSERT_TRUE(record) << to_text(record.error());
      if (!*record) {
        if (!writing && (*log)->status().next == expected) break;
        std::this_thread::yield();
        continue;
      }
      ASSERT_EQ((*record)->position, expected++);
    }
  });
  std::vector<std::thread> writers;
  for (int t = 0; t < threads; ++t)
    writers.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {
        std::vector<NewRecord> records;
        records.push_back(
            testing::event_record(R"({"thread":)" + std::to_string(t) + R"(,"n":)" + std::to_string(i) + "}"));
        records.push_back(records.front());
        (*log)->append(std::move(records), Urgency::publisher, [&, t](Result<Position> result) {
          if (result)
            positions[static_cast<std::size_t>(t)].push_back(*result);
          else
            ++failed;
          ++done;
        });
      }
    });
  for (auto& writer : writers) writer.join();
  (*log)->stop();
  writing = false;
  reading.join();
  EXPECT_EQ(done, threads * each);
  EXPECT_EQ(failed, 0);
  for (const auto& mine : positions) EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
  EXPECT_EQ((*log)->status().next, Position{threads} * each * 2);
}

TEST(ThreadedLog, AnotherProcessReadsWhileTheLogIsWritten) {
  testing::TemporaryFolder folder;
  LogOptions options;
  options.folder = folder.path() + "/log";
  options.segment_bytes = 1u << 20;
  options.reserve_bytes = 1u << 20;
  options.free_floor_bytes = 0;
  auto log = open_segment_log(options, system_environment());
  ASSERT_TRUE(log);
  std::promise<void> committed;
  (*log)->append({testing::event_record(R"({"n":1})")}, Urgency::publisher,
                 [&](Result<Position>) { committed.set_value(); });
  committed.get_future().wait();
  auto reader = read_segment_log(options.folder, 0, system_environment());
  ASSERT_TRUE(reader) << to_text(reader.error());
  auto read = testing::read_all(**reader);
  EXPECT_THAT(read.bodies, ElementsAre(R"({"n":1})"));
  EXPECT_THAT(read.problems, IsEmpty());
}

}  // namespace
}  // namespace simpul
