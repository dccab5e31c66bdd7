// What the indexer needs of committed records: little enough to keep for as long as the index lags.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bus/log/log.h"

namespace simpul::view_db {

struct Entry {
  Position position = 0;
  Nanoseconds time = 0;
  RecordKind kind{};
  std::uint32_t generation = 0;
  std::uint32_t type = 0, app = 0;  // into names
  Hash128 identity, content, subject;
  std::uint32_t first_key = 0, key_count = 0;
  std::uint32_t body = 0;  // into bodies, from 1; 0: not needed
};

// Records of positions [first, next), without those that cannot be read.
class Batch {
 public:
  explicit Batch(Position from = 0) : first(from), next(from) {}
  void add(Position position, Nanoseconds time, RecordKind kind, std::uint32_t generation, std::string_view type,
           std::string_view app, const RecordKeys& keys, std::string_view body);
  std::string_view name(std::uint32_t index) const { return names[index]; }
  std::size_t memory() const { return entries.size() * sizeof(Entry) + keys.size() * sizeof(Hash128) + body_bytes; }

  Position first, next;
  std::vector<Entry> entries;
  std::vector<Hash128> keys;
  std::vector<std::string> names, bodies;
  std::size_t body_bytes = 0;

 private:
  std::uint32_t intern(std::string_view name);
  std::unordered_map<std::string, std::uint32_t> known_;
  std::uint32_t last_[2] = {0, 0};
};

}  // namespace simpul::view_db
