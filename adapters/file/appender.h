// Lines appended to a file so that none is half there and none is there twice.
//
// A batch is written in three steps: a journal (`.simpul/<into>.journal`: the file, its size, the lines, their
// keys) is put in its place, synced; the lines are appended, synced; the keys go into
// `.simpul/<into>.keys`, synced, and the journal is removed. After a crash the journal tells how to finish:
// what was appended is cut off and appended anew. So a line is there exactly once, as long as
//   - nobody else writes to the file,
//   - a reader that takes the file away does not do so between the crash and the next start,
//   - the delivery comes again within the last `keys_kept` lines of its `into`.
// A reader may see the last line half written for a moment, and until the restart after a crash.
#pragma once

#include <deque>
#include <string>
#include <unordered_set>
#include <vector>

#include "bus/base/bytes.h"
#include "bus/base/environment.h"
#include "bus/base/result.h"

namespace simpul::file {

struct Entry {
  std::string key;   // the idempotency key
  std::string line;  // as it stands in the file, with its end
};

class Appender {
 public:
  static constexpr std::size_t keys_kept = 50'000;

  Appender(Disk& disk, std::string folder, std::string into);
  // Finishes what a crash left, and reads the keys.
  Result<void> open();
  // True: the line of this key was written before.
  bool knows(const std::string& key) const { return keys_.contains(hash_of(key)); }
  // Appends to the file of this name; a new one begins with `header`. At `rotate_bytes` (0: never) the file is
  // put aside first.
  Result<void> append(const std::string& name, const std::string& header, const std::vector<Entry>& entries,
                      std::uint64_t rotate_bytes);

 private:
  static Hash128 hash_of(const std::string& key);
  Result<void> rotate(const std::string& path, const std::string& name, std::uint64_t rotate_bytes);
  Result<void> write(const std::string& path, std::uint64_t size, const std::string& lines);
  Result<void> note(const std::vector<Hash128>& keys);
  Result<void> recover();

  Disk& disk_;
  const std::string folder_, side_, journal_, keys_file_;
  std::unordered_set<Hash128> keys_;
  std::deque<Hash128> order_;
  std::uint64_t keys_in_file_ = 0;
};

}  // namespace simpul::file
