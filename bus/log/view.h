// The view: SQLite files derived from the log, rebuildable from it, never in the way of a commit.
//
// Files in <log folder>/view/: `main.db` (cursors, waiting deliveries, source state, generations, targets'
// counts) and `part-<first position>.db` index partitions, one per `partition_segments` segments, with
// `part-….filter` beside each closed one (a Bloom filter of identities, mapped, about 12 bits an event).
// Ids, subjects and keys stand in them as keyed hashes only. A closed partition never changes. Each file
// knows the position up to which it holds the log, so applying a record again changes nothing. Unclean
// stops: when the machine was restarted since (its boot id differs), the open partition and main.db are
// rebuilt from the last state known to be synced; after a mere crash of the process SQLite's own journal is
// enough.
//
// Threads: one indexer thread of its own takes committed groups (a bounded queue, then from the log itself);
// all reads are safe from any thread and see everything that is committed: what is not indexed yet is kept
// in memory, within the bound `lag_limit` (beyond it the log's publishers wait).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bus/base/bytes.h"
#include "bus/log/log.h"
#include "bus/log/records.h"

namespace simpul {

struct Known {
  Position position;
  Hash128 content;
};

// An unfinished delivery below its target's cursor.
struct Waiting {
  std::string target, route;
  Position position = 0;
  std::uint32_t part = 0;
  std::vector<Hash128> keys;
  Outcome outcome = Outcome::parked;  // parked, held or released
  std::uint32_t attempts = 0;
  std::string reason;
  Nanoseconds since = 0;
  Nanoseconds due = 0;  // held until then; 0: not by time
};

struct IndexedRecord {
  Position position;
  RecordKind kind;
  Nanoseconds time;
  std::string type, app;
};

// Who remembers what was admitted: the view, or the memory of a trial.
class IdentityIndex {
 public:
  virtual ~IdentityIndex() = default;

  // Dedupe: the committed event of this identity, for as long as the log is kept. Bounded memory.
  virtual Result<std::optional<Known>> find_identity(const Hash128& identity) = 0;
};

class View : public IdentityIndex {
 public:
  // Search; positions ascending, at most `limit`.
  virtual Result<std::vector<IndexedRecord>> by_identity(const Hash128& identity, std::size_t limit) = 0;
  virtual Result<std::vector<IndexedRecord>> by_subject(const Hash128& subject, std::size_t limit) = 0;
  // `from`: nothing that has it stands below, so older files are not asked.
  virtual Result<std::vector<IndexedRecord>> by_key(const Hash128& key, std::size_t limit, Position from = 0) = 0;
  virtual Result<std::vector<IndexedRecord>> by_type(std::string_view type, Position from, std::size_t limit) = 0;
  virtual Result<std::vector<IndexedRecord>> by_kind(RecordKind kind, Position from, std::size_t limit) = 0;
  // Every receipt of one event, in order of time.
  virtual Result<std::vector<Receipt>> receipts_of(Position event) = 0;

  // Deliveries.
  virtual Result<std::optional<Position>> cursor(std::string_view target) = 0;
  // Waiting deliveries of a target at or above (position, part), ascending; `key`: only those with that key.
  virtual Result<std::vector<Waiting>> waiting(std::string_view target, Position from, std::uint32_t part,
                                               std::size_t limit, const Hash128* key = nullptr) = 0;
  // Deliveries of a target that were finished at or above its cursor: they are not done again after a restart.
  // (position, part), ascending from there, at most `limit`.
  virtual Result<std::vector<std::pair<Position, std::uint32_t>>> finished(std::string_view target, Position from,
                                                                           std::uint32_t part, std::size_t limit) = 0;
  // Parked deliveries over all targets (empty target) or one.
  virtual Result<std::vector<Waiting>> parked(std::string_view target, std::size_t limit) = 0;
  // Since the log began; `parked` and `held` are those that are so now.
  struct Counts {
    std::uint64_t delivered = 0, parked = 0, held = 0, discarded = 0;
    Position last_delivered = 0;
  };
  virtual Result<Counts> counts(std::string_view target) = 0;

  // Source state.
  virtual Result<std::optional<std::string>> state(std::string_view source, std::string_view key) = 0;
  // In key order, from `after` (exclusive); false from `each` ends it.
  virtual Result<void> scan_state(std::string_view source, std::string_view after,
                                  const std::function<bool(std::string_view key, std::string_view value)>& each) = 0;

  // The record of the newest generation, and of one by number.
  virtual Result<std::optional<Position>> generation(std::optional<std::uint32_t> number) = 0;

  virtual Position indexed() const = 0;                      // records below are in the files
  virtual Result<void> wait_indexed(Position position) = 0;  // blocks until indexed() >= position
  virtual std::uint64_t lag() const = 0;
  // A copy that is consistent in itself, into a folder, of all view files; for backup.
  virtual Result<void> copy_to(const std::string& folder) = 0;
  virtual void stop() = 0;  // drains, syncs, closes
};

struct ViewOptions {
  std::string folder;  // of the log; the view lives in its view/
  unsigned partition_segments = 4;
  std::uint64_t lag_limit = 200'000;  // records
  bool threaded = true;               // false: indexes when asked, on the asking thread; for simulation
  std::string boot_id;                // of this run of the machine; empty: the system's own
};

// What stands in the view is hashed so: an identity of(source, id), a subject of(subject), a key of(key);
// the id alone stands among the keys as of("id", id).
// Hashes the values that stand in the view. The key is `keys/view.key`, made on first use, durable before it is used.
Result<std::shared_ptr<const KeyedHash>> open_view_key(const std::string& folder, const Environment& environment);

// How a lookup that was asked for a delivery is found again: by its event's position, and by the delivery.
Hash128 lookup_key(Position event, const KeyedHash& hash);
Hash128 lookup_key(const LookupFor& delivery, const KeyedHash& hash);

// The keys of a record, computed from its body: what append() was handed, for rebuilding.
Result<RecordKeys> keys_of(const Record& record, const KeyedHash& hash);

// Opens the view of `log` and catches up. Becomes the log's observer.
Result<std::unique_ptr<View>> open_view(const ViewOptions& options, Log& log, std::shared_ptr<const KeyedHash> hash,
                                        const Environment& environment);

// `simpul reindex`: drops the view and builds it from the log. `progress` is told positions done and in all.
Result<void> rebuild_view(const ViewOptions& options, std::shared_ptr<const KeyedHash> hash,
                          const Environment& environment,
                          const std::function<void(Position done, Position all)>& progress);

}  // namespace simpul
