#include <gmock/gmock.h>

#include <future>

#include "tests/bus/probe.h"

namespace simpul {
namespace {

// The system's disk, whose segments cannot be read for a while.
class BlindDisk : public Disk {
 public:
  std::atomic<bool> blind = false;
  std::atomic<int> refused = 0;

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    auto file = real().open(path, mode);
    if (!file || path.find("segment-") == std::string::npos) return file;
    return std::make_unique<BlindFile>(*this, std::move(*file));
  }
  Result<std::vector<std::string>> list(const std::string& folder) override { return real().list(folder); }
  bool exists(const std::string& path) override { return real().exists(path); }
  Result<void> rename(const std::string& from, const std::string& to) override { return real().rename(from, to); }
  Result<void> remove(const std::string& path) override { return real().remove(path); }
  Result<void> make_folder(const std::string& path) override { return real().make_folder(path); }
  Result<void> sync_folder(const std::string& path) override { return real().sync_folder(path); }
  Result<std::uint64_t> free_bytes(const std::string& folder) override { return real().free_bytes(folder); }
  Result<std::unique_ptr<DiskLock>> lock(const std::string& path) override { return real().lock(path); }
  Result<std::string> read_whole(const std::string& path, std::uint64_t limit) override {
    return real().read_whole(path, limit);
  }
  Result<void> write_whole(const std::string& path, std::string_view bytes, bool secret) override {
    return real().write_whole(path, bytes, secret);
  }

 private:
  class BlindFile : public File {
   public:
    BlindFile(BlindDisk& disk, std::unique_ptr<File> file) : disk_(disk), file_(std::move(file)) {}
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) override {
      if (!disk_.blind) return file_->read_at(offset, out);
      ++disk_.refused;
      return fail("disk.failed", "input/output error");
    }
    Result<void> write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
      return file_->write_at(offset, bytes);
    }
    Result<void> sync() override { return file_->sync(); }
    Result<void> preallocate(std::uint64_t size) override { return file_->preallocate(size); }
    Result<void> truncate(std::uint64_t size) override { return file_->truncate(size); }
    Result<std::uint64_t> size() override { return file_->size(); }

   private:
    BlindDisk& disk_;
    std::unique_ptr<File> file_;
  };

  static Disk& real() { return *system_environment().disk; }
};

class UnreadLogTest : public CityTest {
 protected:
  void SetUp() override {
    environment_.disk = &disk_;
    CityTest::SetUp();
  }

  BlindDisk disk_;
};

TEST_F(UnreadLogTest, WhatCannotBeReadForAWhileIsNotPassedOver) {
  std::atomic<bool> up = false;
  hub_.answer("pajak", [&](const Delivery&) {
    return up ? Settlement{} : Settlement{Settlement::retry, "connection refused", "", std::nullopt, true};
  });
  publish({event("0", nik_a, "JL 0")});
  ASSERT_TRUE(control_says("siti", "status", "{}", "unreachable"));
  // While it is unreachable nothing more is taken into memory: these must be found again in the log.
  std::vector<std::string> events, expected{payload(nik_a, "JL 0")};
  for (int i = 1; i < 100; ++i) {
    events.push_back(event(std::to_string(i), nik_a, "JL " + std::to_string(i)));
    expected.push_back(payload(nik_a, "JL " + std::to_string(i)));
  }
  publish(events);
  EXPECT_EQ(hub_.taken("rsud", 100).size(), 100u);
  disk_.blind = true;
  up = true;
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (disk_.refused == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_GT(disk_.refused, 0);
  disk_.blind = false;
  EXPECT_EQ(hub_.taken("pajak", 100), expected);
}

}  // namespace
}  // namespace simpul
