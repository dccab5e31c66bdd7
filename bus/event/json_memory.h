// Blocks that values are made in; freed together.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace simpul::json {

class Memory {
 public:
  Memory() = default;
  ~Memory() { free_blocks(nullptr); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // The size of the first block, when much is known to come.
  void expect(std::size_t bytes) { next_ = std::clamp<std::size_t>(bytes, 256, largest); }

  void* allocate(std::size_t bytes, std::size_t alignment) {
    auto at = (reinterpret_cast<std::uintptr_t>(free_) + alignment - 1) & ~(alignment - 1);
    if (free_ == nullptr || at + bytes > reinterpret_cast<std::uintptr_t>(end_)) return grow(bytes, alignment);
    free_ = reinterpret_cast<char*>(at + bytes);
    return reinterpret_cast<void*>(at);
  }

  // Keeps the first block for reuse.
  void reset() {
    if (first_ == nullptr) return;
    free_blocks(first_);
    last_ = first_;
    begin(first_);
  }

 private:
  static constexpr std::size_t largest = std::size_t{1} << 20;

  // Stands at the front of its bytes.
  struct alignas(std::max_align_t) Block {
    Block* before;
    std::size_t size;
  };

  void begin(Block* block) {
    free_ = reinterpret_cast<char*>(block + 1);
    end_ = free_ + block->size;
  }

  void* grow(std::size_t bytes, std::size_t alignment) {
    auto size = std::max(next_, bytes + alignment);
    next_ = std::min(size * 2, largest);
    last_ = new (::operator new(sizeof(Block) + size)) Block{last_, size};
    if (first_ == nullptr) first_ = last_;
    begin(last_);
    return allocate(bytes, alignment);
  }

  void free_blocks(const Block* until) {
    while (last_ != until) ::operator delete(std::exchange(last_, last_->before));
  }

  Block* first_ = nullptr;
  Block* last_ = nullptr;
  char* free_ = nullptr;
  char* end_ = nullptr;
  std::size_t next_ = 1024;
};

}  // namespace simpul::json
