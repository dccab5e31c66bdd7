// An index partition: where the records of positions [first, next) are found by identity, subject, key, kind
// and type, and which records hold receipts of which event.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bus/log/view.h"
#include "bus/log/view_batch.h"
#include "bus/log/view_database.h"
#include "bus/log/view_filter.h"

namespace simpul::view_db {

std::string partition_name(Position first);
std::optional<Position> parse_partition_name(std::string_view name);
std::string filter_path(const std::string& partition_path);

// What a partition says about itself.
struct PartitionFacts {
  Position first = 0, next = 0;  // holds the log up to next
  bool closed = false;
  std::string boot;                                         // of the machine's run that wrote it last
  bool clean = false;                                       // synced when it was closed last
  Position least_event = ~Position{0}, greatest_event = 0;  // of receipts
};

// The one that is written.
class PartitionWriter {
 public:
  static Result<std::unique_ptr<PartitionWriter>> open(const std::string& path, Position first,
                                                       const std::string& boot);
  const PartitionFacts& facts() const { return facts_; }
  const std::string& path() const { return database_.path(); }
  std::shared_ptr<const Filter> filter() const { return filter_; }

  // In one transaction; records below facts().next are passed over.
  Result<void> apply(const Batch& batch, std::size_t begin, std::size_t end, Position next);
  // For good: indexes by type, writes and syncs the file and its filter.
  Result<void> close(Position next);
  // Synced, to be opened again.
  Result<void> rest();

 private:
  PartitionWriter() = default;
  Result<void> prepare();
  Result<void> load_filter(std::uint64_t capacity);
  Result<void> insert(const Batch& batch, std::size_t begin, std::size_t end);
  Result<void> save_facts();
  Result<std::int64_t> name_id(std::string_view name);

  Database database_;
  PartitionFacts facts_;
  std::shared_ptr<Filter> filter_;
  std::unordered_map<std::string, std::int64_t> names_;
  Statement insert_record_, insert_identity_, insert_hash_, insert_kind_, insert_receipt_, insert_name_, find_name_,
      set_fact_;
};

// The facts of a file, without changing it. Code view.damaged when it is no partition.
Result<PartitionFacts> read_facts(const std::string& path);
// Makes the filter file of a closed partition again.
Result<std::shared_ptr<Filter>> rebuild_filter(const std::string& path);

// For one thread at a time.
class PartitionReader {
 public:
  static Result<std::unique_ptr<PartitionReader>> open(const std::string& path, bool closed);
  Result<std::optional<Known>> find(const Hash128& identity);
  enum class By { identity, subject, key };
  Result<void> by(By by, const Hash128& hash, std::size_t limit, std::vector<IndexedRecord>& out);
  Result<void> by_type(std::string_view type, Position from, std::size_t limit, std::vector<IndexedRecord>& out);
  Result<void> by_kind(RecordKind kind, Position from, std::size_t limit, std::vector<IndexedRecord>& out);
  Result<void> receipt_records(Position event, std::vector<Position>& out);

 private:
  Result<void> collect(Statement& statement, std::size_t limit, std::vector<IndexedRecord>& out);
  Database database_;
  Statement find_, by_identity_, by_hash_, by_type_, by_kind_, by_event_, receipts_;
};

}  // namespace simpul::view_db
