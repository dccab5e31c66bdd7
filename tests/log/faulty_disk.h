// A disk in memory that can lose power, run full and fail: for tests and simulations.
//
// What was written and not synced may be gone after crash(), whole or by 512-byte sectors, as the seed has
// it; names not made durable by sync_folder() may be missing. Files opened before a crash fail afterwards.
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "bus/base/environment.h"

namespace simpul::testing {

class FaultyDisk final : public Disk {
 public:
  explicit FaultyDisk(std::uint64_t seed = 1) : random_(seed) {}

  // --- faults ---
  std::uint64_t capacity = ~std::uint64_t{0} >> 1;
  bool fail_syncs = false;
  bool fail_writes = false;
  // Power is lost at the n-th write or sync from now; that operation fails, and may have happened in part.
  void lose_power_after(std::uint64_t operations) {
    std::lock_guard lock(mutex_);
    countdown_ = operations;
    counting_ = true;
  }
  bool powerless() const {
    std::lock_guard lock(mutex_);
    return powerless_;
  }
  // The machine comes up again with what survived.
  void crash() {
    std::lock_guard lock(mutex_);
    for (auto& [path, node] : names_)
      if (!durable_names_.contains(path) && coin()) durable_names_[path] = node;
    for (auto& [path, node] : durable_names_) node->survive(random_);
    names_ = durable_names_;
    locks_.clear();
    ++boot_;
    powerless_ = counting_ = false;
  }

  // --- looking inside ---
  std::string content(const std::string& path) {
    std::lock_guard lock(mutex_);
    auto found = names_.find(path);
    return found == names_.end() ? std::string()
                                 : std::string(found->second->current.begin(), found->second->current.end());
  }
  // Changes what is durable, behind everybody's back.
  void replace(const std::string& path, std::string_view bytes) {
    std::lock_guard lock(mutex_);
    auto& node = names_[path];
    if (!node) node = std::make_shared<Node>();
    node->current.assign(bytes.begin(), bytes.end());
    node->durable = node->current;
    node->unsynced.clear();
    durable_names_[path] = node;
  }
  std::uint64_t used() const {
    std::lock_guard lock(mutex_);
    return used_locked();
  }

  // --- Disk ---
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<std::vector<std::string>> list(const std::string& folder) override {
    std::lock_guard lock(mutex_);
    if (powerless_) return dead();
    std::vector<std::string> names;
    for (const auto& [path, node] : names_)
      if (path.starts_with(folder + "/") && path.find('/', folder.size() + 1) == std::string::npos)
        names.push_back(path.substr(folder.size() + 1));
    return names;
  }
  bool exists(const std::string& path) override {
    std::lock_guard lock(mutex_);
    return names_.contains(path);
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    std::lock_guard lock(mutex_);
    if (auto dead = spend(); !dead) return dead;
    auto found = names_.find(from);
    if (found == names_.end()) return fail("disk.not_found", from + " is not there");
    names_[to] = found->second;
    names_.erase(from);
    return {};
  }
  Result<void> remove(const std::string& path) override {
    std::lock_guard lock(mutex_);
    if (auto dead = spend(); !dead) return dead;
    names_.erase(path);
    return {};
  }
  Result<void> make_folder(const std::string&) override { return {}; }
  Result<void> sync_folder(const std::string& folder) override {
    std::lock_guard lock(mutex_);
    if (auto dead = spend(); !dead) return dead;
    std::erase_if(durable_names_, [&](const auto& entry) {
      return entry.first.starts_with(folder + "/") && !names_.contains(entry.first);
    });
    for (const auto& [path, node] : names_)
      if (path.starts_with(folder + "/")) durable_names_[path] = node;
    return {};
  }
  Result<std::uint64_t> free_bytes(const std::string&) override {
    std::lock_guard lock(mutex_);
    auto used = used_locked();
    return used >= capacity ? 0 : capacity - used;
  }
  Result<std::unique_ptr<DiskLock>> lock(const std::string& path) override;
  Result<std::string> read_whole(const std::string& path, std::uint64_t) override {
    if (!exists(path)) return fail("disk.not_found", path + " is not there");
    return content(path);
  }
  Result<void> write_whole(const std::string& path, std::string_view bytes, bool) override {
    {
      std::lock_guard lock(mutex_);
      if (auto dead = spend(); !dead) return dead;
    }
    replace(path, bytes);
    return {};
  }

 private:
  static constexpr std::size_t sector = 512;

  struct Change {
    std::uint64_t offset = 0;  // of bytes; or the new size
    std::vector<std::byte> bytes;
    bool resize = false;
  };
  struct Node {
    std::vector<char> durable, current;
    std::vector<Change> unsynced;

    static void apply(std::vector<char>& content, std::uint64_t offset, std::span<const std::byte> bytes) {
      if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
      std::memcpy(content.data() + offset, bytes.data(), bytes.size());
    }
    void survive(std::mt19937_64& random) {
      for (const auto& change : unsynced) {
        auto fate = random() % 4;  // none, all, a beginning, or any sectors
        if (fate == 0) continue;
        if (change.resize) {
          durable.resize(change.offset);
          continue;
        }
        auto whole = std::span(change.bytes);
        auto beginning = fate == 2 ? random() % (whole.size() / sector + 1) * sector : whole.size();
        for (std::size_t at = 0; at < beginning; at += sector)
          if (fate != 3 || random() % 2 == 0)
            apply(durable, change.offset + at, whole.subspan(at, std::min(sector, whole.size() - at)));
      }
      unsynced.clear();
      current = durable;
    }
  };
  class OpenFile;
  class Held;

  bool coin() { return random_() % 2 == 0; }
  static std::unexpected<Problem> dead() { return fail("disk.failed", "the power is gone"); }
  Result<void> spend() {
    if (powerless_) return dead();
    if (counting_ && countdown_-- == 0) {
      powerless_ = true;
      return dead();
    }
    return {};
  }
  std::uint64_t used_locked() const {
    std::uint64_t sum = 0;
    for (const auto& [path, node] : names_) sum += node->current.size();
    return sum;
  }

  mutable std::mutex mutex_;
  std::mt19937_64 random_;
  std::map<std::string, std::shared_ptr<Node>> names_, durable_names_;
  std::set<std::string> locks_;
  std::uint64_t boot_ = 0;
  std::uint64_t countdown_ = 0;
  bool counting_ = false, powerless_ = false;
};

class FaultyDisk::OpenFile final : public File {
 public:
  OpenFile(FaultyDisk& disk, std::shared_ptr<Node> node, std::string path)
      : disk_(disk), node_(std::move(node)), path_(std::move(path)), boot_(disk.boot_) {}
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) override {
    std::lock_guard lock(disk_.mutex_);
    if (gone()) return dead();
    const auto& content = node_->current;
    if (offset >= content.size()) return std::size_t{0};
    auto size = std::min<std::size_t>(out.size(), content.size() - offset);
    std::memcpy(out.data(), content.data() + offset, size);
    return size;
  }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    std::lock_guard lock(disk_.mutex_);
    if (gone()) return dead();
    auto alive = disk_.spend();
    auto grows = offset + bytes.size() > node_->current.size() ? offset + bytes.size() - node_->current.size() : 0;
    if (grows > 0 && disk_.used_locked() + grows > disk_.capacity) return no_room();
    node_->unsynced.push_back({offset, {bytes.begin(), bytes.end()}, false});
    if (!alive) return alive;
    if (disk_.fail_writes) return fail("disk.failed", "the disk does not write " + path_);
    Node::apply(node_->current, offset, bytes);
    return {};
  }
  Result<void> sync() override {
    std::lock_guard lock(disk_.mutex_);
    if (gone()) return dead();
    if (auto alive = disk_.spend(); !alive) return alive;
    if (disk_.fail_syncs) return fail("disk.failed", "the disk does not sync " + path_);
    node_->durable = node_->current;
    node_->unsynced.clear();
    return {};
  }
  Result<void> preallocate(std::uint64_t size) override {
    std::lock_guard lock(disk_.mutex_);
    if (gone()) return dead();
    if (size <= node_->current.size()) return {};
    if (disk_.used_locked() + size - node_->current.size() > disk_.capacity) return no_room();
    return resize(size);
  }
  Result<void> truncate(std::uint64_t size) override {
    std::lock_guard lock(disk_.mutex_);
    if (gone()) return dead();
    return resize(size);
  }
  Result<std::uint64_t> size() override {
    std::lock_guard lock(disk_.mutex_);
    if (gone()) return dead();
    return node_->current.size();
  }

 private:
  bool gone() const { return disk_.powerless_ || boot_ != disk_.boot_; }
  std::unexpected<Problem> no_room() const { return fail("disk.full", "no room for " + path_); }
  Result<void> resize(std::uint64_t size) {
    if (auto alive = disk_.spend(); !alive) return alive;
    node_->current.resize(size);
    node_->unsynced.push_back({size, {}, true});
    return {};
  }
  FaultyDisk& disk_;
  std::shared_ptr<Node> node_;
  std::string path_;
  std::uint64_t boot_;
};

class FaultyDisk::Held final : public DiskLock {
 public:
  Held(FaultyDisk& disk, std::string path) : disk_(disk), path_(std::move(path)), boot_(disk.boot_) {}
  ~Held() override {
    std::lock_guard lock(disk_.mutex_);
    if (boot_ == disk_.boot_) disk_.locks_.erase(path_);
  }

 private:
  FaultyDisk& disk_;
  std::string path_;
  std::uint64_t boot_;
};

inline Result<std::unique_ptr<File>> FaultyDisk::open(const std::string& path, OpenMode mode) {
  std::lock_guard lock(mutex_);
  if (powerless_) return dead();
  auto found = names_.find(path);
  if (found == names_.end()) {
    if (mode == OpenMode::read) return fail("disk.not_found", path + " is not there");
    found = names_.emplace(path, std::make_shared<Node>()).first;
  }
  return std::make_unique<OpenFile>(*this, found->second, path);
}

inline Result<std::unique_ptr<DiskLock>> FaultyDisk::lock(const std::string& path) {
  std::lock_guard lock(mutex_);
  if (!locks_.insert(path).second) return fail("disk.locked", "process 1 holds " + path);
  return std::make_unique<Held>(*this, path);
}

// A clock that only moves when told.
class ManualClock final : public Clock {
 public:
  Nanoseconds wall() const override { return now; }
  Nanoseconds steady() const override { return now; }
  Nanoseconds now = 1'700'000'000'000'000'000;
};

}  // namespace simpul::testing
