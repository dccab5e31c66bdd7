// The files of the view as one: opens, repairs and writes them. One thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bus/log/view_main.h"
#include "bus/log/view_partition.h"

namespace simpul::view_db {

// What readers need to know of the partitions; a new one replaces it whole.
struct Files {
  struct Partition {
    Position first = 0;
    std::string path;
    bool closed = false;
    std::shared_ptr<const Filter> filter;
    Position least_event = 0, greatest_event = ~Position{0};
  };
  std::string main_path;
  std::vector<Partition> partitions;  // ascending; the last one is open
};

// The log, as the indexer sees it.
struct IndexSource {
  std::function<std::unique_ptr<LogReader>(Position from)> read;
  std::function<std::vector<Position>()> stretches;
  std::function<Position()> next;
  std::function<void(Position done, Position all)> progress;  // may be empty
};

class Indexer {
 public:
  // Opens what is there, builds anew what is missing, damaged or not to be trusted, and catches up.
  static Result<std::unique_ptr<Indexer>> open(const ViewOptions& options, IndexSource source,
                                               std::shared_ptr<const KeyedHash> hash);

  Result<void> apply(const Batch& batch);
  // From the log, up to `end`.
  Result<void> catch_up(Position end);
  Position next() const { return std::min(main_->next(), partition_->facts().next); }
  std::shared_ptr<const Files> files() const;
  Result<void> rest();
  // Takes the files that are written now out of the way, to be built anew by the next open().
  static void set_aside(const ViewOptions& options);

 private:
  Indexer(const ViewOptions& options, IndexSource source, std::shared_ptr<const KeyedHash> hash);
  Result<void> open_partitions();
  Result<void> take_closed(const std::string& path, const PartitionFacts& facts);
  Result<void> fill(Position from, Position to);
  Result<void> open_last(Position first);
  Result<void> open_main();
  Result<void> roll(Position boundary);
  Position boundary_after(Position first) const;
  Result<void> apply_to_partition(PartitionWriter& partition, const Batch& batch, Position end);
  Result<Batch> read_batch(LogReader& reader, Position from, Position end);
  void publish();
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  ViewOptions options_;
  IndexSource source_;
  std::shared_ptr<const KeyedHash> hash_;
  std::string folder_, boot_;
  std::vector<Position> stretches_;
  std::vector<Files::Partition> closed_;
  std::unique_ptr<PartitionWriter> partition_;
  std::unique_ptr<MainWriter> main_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Files> files_;
};

inline std::string view_folder(const ViewOptions& options) {
  return options.folder + "/view";
}

}  // namespace simpul::view_db
