// A blocked Bloom filter of identities: one cache line a question. About 12 bits an identity make it wrong
// ("perhaps there") less than once in a hundred.
//
// File: magic "SIMPFIL1", count, blocks (8 bytes each, little-endian), CRC32C of the blocks and of these 24
// bytes (8 bytes), zeros to 64, then the blocks of 64 bytes.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "bus/base/bytes.h"
#include "bus/base/result.h"

namespace simpul::view_db {

class Filter {
 public:
  explicit Filter(std::uint64_t capacity);
  ~Filter();
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  // One thread adds; any may ask meanwhile.
  void add(const Hash128& identity);
  bool maybe(const Hash128& identity) const;
  bool crowded() const { return count_ > capacity_; }
  std::uint64_t count() const { return count_; }

  std::string to_file() const;
  // Mapped; none when the file is missing or damaged.
  static std::shared_ptr<Filter> map(const std::string& path);

 private:
  Filter() = default;
  using Word = std::atomic<std::uint64_t>;
  static constexpr std::size_t block_words = 8;

  std::uint64_t capacity_ = 0, count_ = 0, blocks_ = 0;
  std::vector<Word> own_;
  const Word* words_ = nullptr;
  void* mapping_ = nullptr;
  std::size_t mapping_bytes_ = 0;
};

}  // namespace simpul::view_db
