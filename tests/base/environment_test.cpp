#include "bus/base/environment.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace simpul {
namespace {

class InFolder : public testing::Test {
 protected:
  void SetUp() override {
    auto pattern = (std::filesystem::temp_directory_path() / "simpul-base-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  Disk& disk_ = *system_environment().disk;
  std::string folder_;
};

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

TEST_F(InFolder, ReadsWhatWasWritten) {
  auto file = disk_.open(path("a"), OpenMode::write).value();
  ASSERT_TRUE(file->write_at(0, bytes_of("hello world")));
  ASSERT_TRUE(file->write_at(6, bytes_of("there")));
  ASSERT_TRUE(file->sync());
  std::array<std::byte, 32> out{};
  EXPECT_EQ(file->read_at(0, out).value(), 11u);
  EXPECT_EQ(std::memcmp(out.data(), "hello there", 11), 0);
  EXPECT_EQ(file->read_at(11, out).value(), 0u);
  ASSERT_TRUE(file->truncate(5));
  EXPECT_EQ(file->size().value(), 5u);
  ASSERT_TRUE(file->preallocate(1 << 16));
  EXPECT_EQ(file->size().value(), 1u << 16);
  EXPECT_EQ(disk_.open(path("none"), OpenMode::read).error().code, "disk.not_found");
}

TEST_F(InFolder, WritesPastThePageCacheOrAsIfItDid) {
  auto file = disk_.open(path("direct"), OpenMode::write_direct).value();
  struct alignas(4096) Page {
    std::array<std::byte, 8192> bytes;
  };
  auto page = std::make_unique<Page>();
  page->bytes.fill(std::byte{7});
  ASSERT_TRUE(file->write_at(4096, page->bytes));
  ASSERT_TRUE(file->sync());
  EXPECT_EQ(file->size().value(), 12288u);
  auto other = std::make_unique<Page>();
  EXPECT_EQ(file->read_at(8192, other->bytes).value(), 4096u);
  EXPECT_EQ(other->bytes[4095], std::byte{7});
}

TEST_F(InFolder, AFullDiskHasItsOwnCode) {
  auto full = disk_.open("/dev/full", OpenMode::write);
  if (!full) GTEST_SKIP() << "this system has no /dev/full";
  EXPECT_EQ((*full)->write_at(0, bytes_of("x")).error().code, "disk.full");
}

TEST_F(InFolder, TheSecondLockIsRefusedWithPidAndPath) {
  auto first = disk_.lock(path("lock"));
  ASSERT_TRUE(first);
  auto second = disk_.lock(path("lock"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "disk.locked");
  EXPECT_EQ(second.error().message, fmt::format("{} is held by process {}", path("lock"), ::getpid()));
  first->reset();
  EXPECT_TRUE(disk_.lock(path("lock")));
}

TEST_F(InFolder, WholeFilesAreReplacedAndLimited) {
  ASSERT_TRUE(disk_.write_whole(path("a"), "old"));
  ASSERT_TRUE(disk_.write_whole(path("a"), "new, and longer"));
  EXPECT_EQ(disk_.read_whole(path("a")).value(), "new, and longer");
  EXPECT_EQ(disk_.read_whole(path("a"), 15).value().size(), 15u);
  EXPECT_EQ(disk_.read_whole(path("a"), 14).error().code, "disk.too_big");
  EXPECT_EQ(disk_.list(folder_).value(), std::vector<std::string>{"a"});
  ASSERT_TRUE(disk_.write_whole(path("key"), "k", true));
  struct stat status{};
  ASSERT_EQ(::stat(path("key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(disk_.write_whole(path("none/a"), "x").error().code, "disk.not_found");
}

TEST_F(InFolder, FoldersAndNames) {
  ASSERT_TRUE(disk_.make_folder(path("x/y/z")));
  ASSERT_TRUE(disk_.make_folder(path("x/y/z")));
  ASSERT_TRUE(disk_.write_whole(path("x/b"), ""));
  ASSERT_TRUE(disk_.write_whole(path("x/a"), ""));
  EXPECT_EQ(disk_.list(path("x")).value(), (std::vector<std::string>{"a", "b", "y"}));
  ASSERT_TRUE(disk_.rename(path("x/a"), path("x/c")));
  EXPECT_FALSE(disk_.exists(path("x/a")));
  ASSERT_TRUE(disk_.remove(path("x/c")));
  EXPECT_EQ(disk_.remove(path("x/c")).error().code, "disk.not_found");
  EXPECT_EQ(disk_.make_folder(path("x/b")).error().code, "disk.failed");
  EXPECT_TRUE(disk_.sync_folder(path("x")));
  EXPECT_GT(disk_.free_bytes(folder_).value(), 0u);
}

TEST(Random, NeverRepeatsBetweenThreadsAndCalls) {
  auto& random = *system_environment().random;
  std::set<std::uint64_t> seen;
  std::array<std::vector<std::uint64_t>, 4> drawn;
  {
    std::vector<std::jthread> threads;
    for (auto& words : drawn)
      threads.emplace_back([&words, &random] {
        for (int i = 0; i < 5000; ++i) words.push_back(random.next());
      });
  }
  for (const auto& words : drawn) seen.insert(words.begin(), words.end());
  EXPECT_EQ(seen.size(), 20000u);
  std::vector<std::byte> large(3u << 20);
  random.fill(large);
  EXPECT_NE(large.back(), large[large.size() - 2]) << "one in 256 by chance, when only these two are alike";
}

TEST(Random, TheSameSeedGivesTheSameBytes) {
  auto a = seeded_random(42), b = seeded_random(42), c = seeded_random(43);
  const auto first = a->next();
  EXPECT_EQ(first, b->next());
  EXPECT_NE(first, c->next());
  EXPECT_NE(first, a->next());
}

TEST(Time, IsWrittenAndReadAsRfc3339Says) {
  EXPECT_EQ(format_time(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_time(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_time(1'763'796'634'123'999'999), "2025-11-22T07:30:34.123Z");
  EXPECT_EQ(parse_time("2025-11-22T14:30:34.123456789+07:00").value(), 1'763'796'634'123'456'789);
  EXPECT_EQ(parse_time("1969-12-31t23:59:59.5z").value(), -500'000'000);
  EXPECT_EQ(parse_time("2016-12-31T23:59:60Z").value(), parse_time("2017-01-01T00:00:00Z").value());
  EXPECT_EQ(parse_time("2017-01-01T06:59:60+07:00").value(), parse_time("2017-01-01T00:00:00Z").value());
  EXPECT_EQ(parse_time("2024-02-29T00:00:00-00:00").value(), parse_time("2024-02-29T00:00:00Z").value());
  for (const auto* text :
       {"", "2025-11-22", "2025-11-22 07:30:00Z", "2025-11-22T07:30:00", "2025-11-22T07:30Z", "2025-02-29T00:00:00Z",
        "2025-13-01T00:00:00Z", "2025-11-22T24:00:00Z", "2025-11-22T07:60:00Z", "2025-11-22T07:30:60Z",
        "2025-11-22T07:30:00.Z", "2025-11-22T07:30:00+0700", "2025-11-22T07:30:00+24:00", "2025-11-22T07:30:00Zx",
        "1500-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "+025-11-22T07:30:00Z"})
    EXPECT_EQ(parse_time(text).error().code, "time.invalid") << text;
}

}  // namespace
}  // namespace simpul
