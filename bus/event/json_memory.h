// Blocks that values are made in; freed together.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace simpul::json {

class Memory {
 public:
  // The size of the first block, when much is known to come.
  void expect(std::size_t bytes) { next_ = std::max<std::size_t>(bytes, 256); }

  void* allocate(std::size_t bytes, std::size_t alignment) {
    auto at = (reinterpret_cast<std::uintptr_t>(free_) + alignment - 1) & ~(alignment - 1);
    if (free_ == nullptr || at + bytes > reinterpret_cast<std::uintptr_t>(end_)) return grow(bytes, alignment);
    free_ = reinterpret_cast<char*>(at + bytes);
    return reinterpret_cast<void*>(at);
  }

  // Keeps the first block for reuse.
  void reset() {
    if (blocks_.empty()) return;
    blocks_.resize(1);
    free_ = blocks_.front().bytes.get();
    end_ = free_ + blocks_.front().size;
  }

 private:
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size;
  };

  void* grow(std::size_t bytes, std::size_t alignment) {
    auto size = std::max(next_, bytes + alignment);
    next_ = std::min<std::size_t>(size * 2, std::size_t{1} << 20);
    blocks_.push_back({std::unique_ptr<char[]>(new char[size]), size});
    free_ = blocks_.back().bytes.get();
    end_ = free_ + size;
    return allocate(bytes, alignment);
  }

  std::vector<Block> blocks_;
  char* free_ = nullptr;
  char* end_ = nullptr;
  std::size_t next_ = 1024;
};

}  // namespace simpul::json
