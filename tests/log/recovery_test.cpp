// What survives: truncation, torn groups, flipped bytes, loss of power.
#include "tests/log/log_fixture.h"

namespace simpul {
namespace {

using testing::FaultyLogTest;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RecoveryTest : public FaultyLogTest {
 protected:
  // Three groups: positions 0-1, 2-4, 5-6.
  void write_three_groups() {
    open();
    ASSERT_TRUE(commit({R"({"n":0})", R"({"n":1})"}));
    ASSERT_TRUE(commit({R"({"n":2})", R"({"n":3})", R"({"n":4})"}));
    ASSERT_TRUE(commit({R"({"n":5})", R"({"n":6})"}));
    kill();
  }
  static constexpr std::size_t third_group = segment::block_bytes * 3;
};

TEST_F(RecoveryTest, AGroupCutAtAnyByteIsCutWholeAndReported) {
  write_three_groups();
  auto name = newest_segment();
  auto whole = disk.content(name);
  for (std::size_t size = third_group; size < third_group + segment::block_bytes; ++size) {
    for (bool zeros_behind : {false, true}) {
      auto content = whole.substr(0, size);
      if (zeros_behind) content.resize(whole.size());
      // But for the last byte of its mark everything is there: that is a damaged byte, and nothing is lost.
      if (zeros_behind && size == third_group + segment::block_bytes - 1) continue;
      disk.replace(name, content);
      open();
      ASSERT_EQ(log->recovery().next, 5u) << size;
      ASSERT_EQ(log->recovery().cut_bytes > 0, size > third_group) << size;
      ASSERT_THAT(log->recovery().damage, IsEmpty()) << size;
      if (size % 512 == 77) {
        ASSERT_EQ(log->recovery().cut_offset, third_group);
        ASSERT_EQ(commit({R"({"again":true})"}), 5u);
        auto read = read_back();
        ASSERT_EQ(read.bodies.size(), 6u);
        ASSERT_THAT(read.problems, IsEmpty());
      }
      log.reset();
    }
  }
}

TEST_F(RecoveryTest, TheGroupThatIsWholeStays) {
  write_three_groups();
  open();
  EXPECT_EQ(log->recovery().next, 7u);
  EXPECT_EQ(log->recovery().cut_bytes, 0u);
  EXPECT_THAT(read_back().bodies, SizeIs(7));
}

TEST_F(RecoveryTest, ALostSectorInTheLastGroupIsATornGroup) {
  open();
  ASSERT_TRUE(commit({"{}"}));
  ASSERT_TRUE(commit({std::string(9000, 'x')}));
  kill();
  auto name = newest_segment();
  auto whole = disk.content(name);
  for (std::size_t sector = 2 * segment::block_bytes; sector + 512 < 2 * segment::block_bytes + 9000; sector += 512) {
    auto content = whole;
    std::fill_n(content.begin() + static_cast<std::ptrdiff_t>(sector), 512, '\0');
    disk.replace(name, content);
    open();
    ASSERT_EQ(log->recovery().next, 1u) << sector;
    ASSERT_GT(log->recovery().cut_bytes, 0u);
    log.reset();
  }
}

TEST_F(RecoveryTest, AnyFlippedByteIsFoundAndTheRestStaysReadable) {
  options.segment_bytes = 32u << 10;
  write_three_groups();
  auto name = newest_segment();
  auto whole = disk.content(name);
  for (std::size_t at = 0; at < third_group + segment::block_bytes; at += at % segment::block_bytes < 600 ? 1 : 11) {
    auto content = whole;
    content[at] = static_cast<char>(content[at] ^ 0x40);
    disk.replace(name, content);
    open();
    ASSERT_EQ(log->recovery().next, 7u) << "nothing committed is cut, byte " << at;
    ASSERT_FALSE(log->recovery().damage.empty()) << at;
    auto read = read_back();
    if (at >= segment::block_bytes) {
      ASSERT_THAT(read.problems, SizeIs(1)) << at;
      ASSERT_EQ(read.problems[0].code, "log.damaged");
      ASSERT_THAT(read.problems[0].message, HasSubstr("segment-00000000000000000000.log"));
    }
    ASSERT_GE(read.bodies.size(), 4u) << at;
    for (std::size_t i = 0; i < read.bodies.size(); ++i)
      ASSERT_EQ(read.bodies[i], R"({"n":)" + std::to_string(read.positions[i]) + "}");
    kill();
  }
}

TEST_F(RecoveryTest, AFlippedByteInABodyLosesThatRecordOnly) {
  write_three_groups();
  auto name = newest_segment();
  auto content = disk.content(name);
  auto at = content.find(R"({"n":3})");
  content[at + 5] = '9';
  disk.replace(name, content);
  open();
  auto read = read_back();
  EXPECT_EQ(read.positions, (std::vector<Position>{0, 1, 2, 4, 5, 6}));
  ASSERT_THAT(read.problems, SizeIs(1));
  EXPECT_THAT(read.problems[0].message, HasSubstr("position 3"));
  EXPECT_EQ(log->recovery().damage.size(), 1u);
}

TEST_F(RecoveryTest, DamageInAClosedSegmentIsFoundWhenItIsRead) {
  options.segment_bytes = 32u << 10;
  open();
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(commit({R"({"n":)" + std::to_string(100 + i) + "}"}));
  kill();
  auto content = disk.content("log/segment-00000000000000000000.log");
  // The header and the mark of the third group: nothing is left to tell its length.
  content[3 * segment::block_bytes + 20] ^= 1;
  content[4 * segment::block_bytes - 10] ^= 1;
  disk.replace("log/segment-00000000000000000000.log", content);
  open();
  EXPECT_EQ(log->recovery().next, 30u);
  auto read = read_back();
  ASSERT_THAT(read.problems, SizeIs(1));
  EXPECT_THAT(read.problems[0].message, HasSubstr("position 2"));
  EXPECT_EQ(read.bodies.size(), 29u);
  EXPECT_EQ(read.positions[2], 3u);
}

TEST_F(RecoveryTest, AMissingSegmentIsReportedWithItsPositions) {
  options.segment_bytes = 32u << 10;
  open();
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(commit({"{}"}));
  kill();
  auto names = disk.list("log").value();
  std::vector<std::string> segments;
  for (auto& name : names)
    if (name.starts_with("segment-")) segments.push_back(name);
  ASSERT_GT(segments.size(), 3u);
  ASSERT_TRUE(disk.remove("log/" + segments[1]));
  open();
  ASSERT_THAT(log->recovery().damage, SizeIs(1));
  EXPECT_EQ(log->recovery().next, 30u);
  auto read = read_back();
  EXPECT_THAT(read.problems, SizeIs(1));
  EXPECT_EQ(read.positions.back(), 29u);
}

TEST_F(RecoveryTest, ASegmentWhoseMakingWasCutShortIsMadeAgain) {
  write_three_groups();
  disk.replace("log/" + segment::file_name(7), std::string(5000, '\0'));
  open();
  EXPECT_EQ(log->recovery().next, 7u);
  EXPECT_EQ(commit({"{}"}), 7u);
  EXPECT_THAT(read_back().problems, IsEmpty());
}

TEST_F(RecoveryTest, RandomBytesInPlaceOfTheOnlySegmentAreNotTakenForALog) {
  std::string noise(20000, '\0');
  random->fill(std::as_writable_bytes(std::span(noise)));
  disk.replace("log/" + segment::file_name(0), noise);
  auto opened = open_stepped_log(options, environment);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, "log.damaged_header");
  EXPECT_EQ(disk.content("log/" + segment::file_name(0)), noise);
}

// P1: over many lives of one machine, what was acknowledged is there, in order, whole, and nothing else.
class PowerFailure : public ::testing::TestWithParam<int> {};

TEST_P(PowerFailure, LosesNothingAcknowledged) {
  for (int seed = GetParam() * 50; seed < GetParam() * 50 + 50; ++seed) {
    testing::FaultyDisk disk(static_cast<std::uint64_t>(seed) + 1);
    testing::ManualClock clock;
    auto salts = seeded_random(static_cast<std::uint64_t>(seed));
    Environment environment{&clock, salts.get(), &disk};
    LogOptions options;
    options.folder = "log";
    options.segment_bytes = 64u << 10;
    options.reserve_bytes = 32u << 10;
    options.free_floor_bytes = 0;
    options.group_limit_bytes = 16u << 10;
    options.threaded = false;
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    struct Sent {
      std::vector<std::string> bodies;
      std::optional<Position> acknowledged;
    };
    std::vector<Sent> all;             // of this life
    std::vector<std::string> settled;  // records known to be in the log, by position
    int serial = 0;
    for (int life = 0; life < 4; ++life) {
      disk.lose_power_after(random() % 60);
      {
        auto log = open_stepped_log(options, environment);
        for (int i = 0; log && i < 40 && !disk.powerless(); ++i) {
          auto& sent = all.emplace_back();
          std::vector<NewRecord> records;
          for (auto n = random() % 4 + 1; n > 0; --n) {
            sent.bodies.push_back(R"({"s":)" + std::to_string(serial++) + R"(,"x":")" +
                                  std::string(random() % 3000, 'x') + "\"}");
            records.push_back(testing::event_record(sent.bodies.back()));
          }
          auto index = all.size() - 1;
          (*log)->append(std::move(records), Urgency::publisher, [&, index](Result<Position> p) {
            if (p) all[index].acknowledged = *p;
          });
          if (random() % 2 == 0) (*log)->step();
        }
        if (log && !disk.powerless()) disk.lose_power_after(0);
      }
      disk.crash();
      auto log = open_stepped_log(options, environment);
      ASSERT_TRUE(log) << "seed " << seed << ": " << to_text(log.error());
      ASSERT_THAT((*log)->recovery().damage, IsEmpty()) << "seed " << seed;
      auto reader = (*log)->read(0);
      auto read = testing::read_all(*reader);
      ASSERT_THAT(read.problems, IsEmpty()) << "seed " << seed;
      ASSERT_GE(read.bodies.size(), settled.size());
      for (std::size_t i = 0; i < settled.size(); ++i) ASSERT_EQ(read.bodies[i], settled[i]) << "seed " << seed;
      // What follows are this life's units in order, each whole; every acknowledged one among them.
      std::size_t at = settled.size();
      for (const auto& sent : all) {
        bool there = at < read.bodies.size() && read.bodies[at] == sent.bodies.front();
        if (!there) {
          ASSERT_FALSE(sent.acknowledged) << "seed " << seed;
          continue;
        }
        ASSERT_EQ(sent.acknowledged.value_or(at), at) << "seed " << seed;
        for (const auto& body : sent.bodies) {
          ASSERT_LT(at, read.bodies.size()) << "seed " << seed;
          ASSERT_EQ(read.bodies[at++], body) << "seed " << seed;
        }
      }
      ASSERT_EQ(at, read.bodies.size()) << "seed " << seed << ": something was invented";
      settled = read.bodies;
      all.clear();
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, PowerFailure, ::testing::Range(0, 8));

}  // namespace
}  // namespace simpul
