// main.db: what is true now, after all records up to `next`: cursors, waiting deliveries, counts, source
// state, generations.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bus/log/view.h"
#include "bus/log/view_batch.h"
#include "bus/log/view_database.h"

namespace simpul::view_db {

struct MainFacts {
  Position next = 0;
  std::string boot;
  bool clean = false;
};

class MainWriter {
 public:
  static Result<std::unique_ptr<MainWriter>> open(const std::string& path, const std::string& boot);
  Position next() const { return facts_.next; }
  // Commits what matters here; a batch without it moves `next` in the file only now and then.
  Result<void> apply(const Batch& batch);
  // A synced copy to start from when this file cannot be trusted.
  Result<void> save_copy(const std::string& path);
  Result<void> rest();

 private:
  MainWriter() = default;
  Result<void> prepare();
  Result<void> save_facts();
  Result<void> take(const Entry& entry, const Batch& batch);
  Result<void> take(const Receipt& receipt);
  Result<void> put_waiting(const Receipt& receipt, const std::vector<Hash128>& keys);
  Result<void> remove_waiting(const Receipt& receipt, const std::vector<Hash128>& keys);
  void count(const Receipt& receipt, std::optional<Outcome> before);
  Result<void> write_counts();
  Result<void> read_cursors(const Batch& batch);
  Result<void> write_cursors();
  Result<void> find_waiting_targets();

  struct Counted {
    std::int64_t delivered = 0, parked = 0, held = 0, discarded = 0, last_delivered = 0;
  };

  Database database_;
  MainFacts facts_;
  Position saved_next_ = 0;
  // Of the batch that is applied: written once at its end, however many records it has.
  std::map<std::string, Counted, std::less<>> counted_;
  std::map<std::string, Position, std::less<>> cursors_;
  // Targets that may have waiting rows: a receipt of another one need not look for its row.
  std::set<std::string, std::less<>> waiting_targets_;
  Statement set_fact_, set_cursor_, put_finished_, forget_finished_, find_waiting_, put_waiting_, remove_waiting_,
      put_key_, remove_keys_, count_, set_state_, unset_state_, set_generation_;
};

Result<MainFacts> read_main_facts(const std::string& path);
// A synced copy of any open view file, marked as clean.
Result<void> copy_database(const std::string& from, const std::string& to);

// For one thread at a time.
class MainReader {
 public:
  static Result<std::unique_ptr<MainReader>> open(const std::string& path);
  Result<std::optional<Position>> cursor(std::string_view target);
  Result<std::vector<Waiting>> waiting(std::string_view target, Position from, std::uint32_t part, std::size_t limit,
                                       const Hash128* key);
  Result<std::vector<std::pair<Position, std::uint32_t>>> finished(std::string_view target, Position from,
                                                                   std::uint32_t part, std::size_t limit);
  Result<std::vector<Waiting>> parked(std::string_view target, std::size_t limit);
  Result<View::Counts> counts(std::string_view target);
  Result<std::optional<std::string>> state(std::string_view source, std::string_view key);
  struct StateRow {
    std::string key, value;
  };
  Result<std::vector<StateRow>> states(std::string_view source, std::string_view after, std::size_t limit);
  Result<std::optional<Position>> generation(std::optional<std::uint32_t> number);

 private:
  Result<std::vector<Waiting>> collect(Statement& statement);
  Database database_;
  Statement cursor_, finished_, waiting_, waiting_key_, parked_, parked_all_, counts_, state_, states_, generation_,
      newest_generation_;
};

}  // namespace simpul::view_db
