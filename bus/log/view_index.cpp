#include "bus/log/view_index.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "bus/base/telemetry.h"

namespace simpul::view_db {
namespace {

constexpr std::size_t transaction_records = 100'000;
constexpr std::size_t catch_up_records = 50'000;
constexpr const char* main_name = "main.db";
constexpr const char* saved_name = "main.saved.db";

std::string machine_boot_id() {
  std::string id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
  return id;
}

void remove_database(const std::string& path) {
  std::error_code ignored;
  for (auto suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix, ignored);
}

bool is_there(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

std::vector<Position> partitions_in(const std::string& folder) {
  std::vector<Position> firsts;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (auto first = parse_partition_name(at->path().filename().string())) firsts.push_back(*first);
  std::sort(firsts.begin(), firsts.end());
  return firsts;
}

}  // namespace

Indexer::Indexer(const ViewOptions& options, IndexSource source, std::shared_ptr<const KeyedHash> hash)
    : options_(options),
      source_(std::move(source)),
      hash_(std::move(hash)),
      folder_(view_folder(options)),
      boot_(options.boot_id.empty() ? machine_boot_id() : options.boot_id),
      stretches_(source_.stretches()) {}

Result<std::unique_ptr<Indexer>> Indexer::open(const ViewOptions& options, IndexSource source,
                                               std::shared_ptr<const KeyedHash> hash) {
  std::unique_ptr<Indexer> indexer(new Indexer(options, std::move(source), std::move(hash)));
  std::error_code error;
  std::filesystem::create_directories(indexer->folder_, error);
  if (error)
    return fail("view.failed", fmt::format("the folder {} cannot be made: {}", indexer->folder_, error.message()),
                "check the rights of the folder above it");
  if (auto done = indexer->open_partitions(); !done) return std::unexpected(done.error());
  if (auto done = indexer->open_main(); !done) return std::unexpected(done.error());
  indexer->publish();
  if (auto done = indexer->catch_up(indexer->source_.next()); !done) return std::unexpected(done.error());
  return indexer;
}

void Indexer::set_aside(const ViewOptions& options) {
  auto folder = view_folder(options);
  remove_database(folder + "/" + main_name);
  auto firsts = partitions_in(folder);
  if (!firsts.empty()) remove_database(folder + "/" + partition_name(firsts.back()));
}

// Partitions follow each other without a hole; all but the last are closed.
Result<void> Indexer::open_partitions() {
  auto log_next = source_.next();
  auto expected = stretches_.empty() ? Position{0} : stretches_.front();
  auto firsts = partitions_in(folder_);
  bool fresh = firsts.empty();
  for (std::size_t i = 0; i < firsts.size(); ++i) {
    auto file = path(partition_name(firsts[i]));
    auto facts = read_facts(file);
    auto last = i + 1 == firsts.size();
    if (facts && facts->closed && !stretches_.empty() && facts->next <= stretches_.front() && facts->next > firsts[i]) {
      remove_database(file);  // the log behind it is gone
      continue;
    }
    auto trusted =
        facts && facts->first == firsts[i] && facts->next <= log_next && (facts->clean || facts->boot == boot_);
    auto usable = trusted && (last || (facts->closed && facts->next == firsts[i + 1]));
    if (!usable) {
      say(Level::warning, "view.rebuild",
          fmt::format("{} is built anew from the log: {}", file,
                      !facts     ? facts.error().message
                      : !trusted ? "the machine stopped before it was written whole"
                                 : "it does not hold what it should"));
      remove_database(file);
      if (!last) continue;  // the hole is filled when the next one is met
      break;
    }
    if (firsts[i] > expected)
      if (auto done = fill(expected, firsts[i]); !done) return done;
    if (!facts->closed) return open_last(firsts[i]);
    if (auto done = take_closed(file, *facts); !done) return done;
    expected = facts->next;
  }
  if (!fresh && closed_.empty())
    say(Level::info, "view.rebuild", fmt::format("the view in {} is built anew from the log", folder_));
  return open_last(expected);
}

Result<void> Indexer::take_closed(const std::string& file, const PartitionFacts& facts) {
  auto filter = Filter::map(filter_path(file));
  if (!filter) {
    say(Level::warning, "view.rebuild", fmt::format("{} is missing or damaged, and made again", filter_path(file)));
    auto made = rebuild_filter(file);
    if (!made) return std::unexpected(made.error());
    filter = std::move(*made);
  }
  closed_.push_back({facts.first, file, true, std::move(filter), facts.least_event, facts.greatest_event});
  return {};
}

// Builds the closed partitions of [from, to) again.
Result<void> Indexer::fill(Position from, Position to) {
  while (from < to) {
    auto end = std::min(boundary_after(from), to);
    auto reader = source_.read(from);
    auto partition = PartitionWriter::open(path(partition_name(from)), from, boot_);
    if (!partition) return std::unexpected(partition.error());
    for (auto at = from; at < end;) {
      auto batch = read_batch(*reader, at, end);
      if (!batch) return std::unexpected(batch.error());
      if (auto done = apply_to_partition(**partition, *batch, end); !done) return done;
      at = batch->next;
      if (source_.progress) source_.progress(at, source_.next());
    }
    if (auto done = (*partition)->close(end); !done) return done;
    auto facts = (*partition)->facts();
    auto file = (*partition)->path();
    partition->reset();
    if (auto done = take_closed(file, facts); !done) return done;
    from = end;
  }
  return {};
}

Result<void> Indexer::open_last(Position first) {
  auto partition = PartitionWriter::open(path(partition_name(first)), first, boot_);
  if (!partition && partition.error().code == "view.damaged") {
    say(Level::warning, "view.rebuild", partition.error().message);
    remove_database(path(partition_name(first)));
    partition = PartitionWriter::open(path(partition_name(first)), first, boot_);
  }
  if (!partition) return std::unexpected(partition.error());
  partition_ = std::move(*partition);
  return {};
}

Result<void> Indexer::open_main() {
  auto file = path(main_name);
  if (is_there(file)) {
    auto facts = read_main_facts(file);
    if (!facts || (!facts->clean && facts->boot != boot_) || facts->next > source_.next()) {
      say(Level::warning, "view.rebuild",
          fmt::format("{} is built anew from the log: {}", file,
                      facts ? "the machine stopped before it was written whole" : facts.error().message));
      remove_database(file);
    }
  }
  if (!is_there(file)) {
    auto saved = path(saved_name);
    auto facts = read_main_facts(saved);
    std::error_code error;
    if (facts && facts->next <= source_.next())
      std::filesystem::copy_file(saved, file, error);
    else
      remove_database(saved);
    if (error) remove_database(file);
  }
  auto main = MainWriter::open(file, boot_);
  if (!main && main.error().code == "view.damaged") {
    say(Level::warning, "view.rebuild", main.error().message);
    remove_database(file);
    main = MainWriter::open(file, boot_);
  }
  if (!main) return std::unexpected(main.error());
  main_ = std::move(*main);
  return {};
}

void Indexer::publish() {
  auto files = std::make_shared<Files>();
  files->main_path = path(main_name);
  files->partitions = closed_;
  files->partitions.push_back(
      {partition_->facts().first, partition_->path(), false, partition_->filter(), 0, ~Position{0}});
  std::lock_guard lock(mutex_);
  files_ = std::move(files);
}

std::shared_ptr<const Files> Indexer::files() const {
  std::lock_guard lock(mutex_);
  return files_;
}

// Where the partition that begins at `first` ends; the greatest position: it is not known yet.
Position Indexer::boundary_after(Position first) const {
  auto at =
      static_cast<std::size_t>(std::upper_bound(stretches_.begin(), stretches_.end(), first) - stretches_.begin());
  auto end = std::max<std::size_t>(at, 1) - 1 + std::max(1u, options_.partition_segments);
  return end < stretches_.size() ? stretches_[end] : ~Position{0};
}

Result<void> Indexer::roll(Position boundary) {
  if (auto done = partition_->close(boundary); !done) return done;
  auto facts = partition_->facts();
  auto file = partition_->path();
  if (auto done = take_closed(file, facts); !done) return done;
  if (auto done = open_last(boundary); !done) return done;
  publish();
  return {};
}

Result<void> Indexer::apply_to_partition(PartitionWriter& partition, const Batch& batch, Position end) {
  auto before = [](const Entry& entry, Position position) { return entry.position < position; };
  auto last = static_cast<std::size_t>(std::lower_bound(batch.entries.begin(), batch.entries.end(), end, before) -
                                       batch.entries.begin());
  auto begin = static_cast<std::size_t>(
      std::lower_bound(batch.entries.begin(), batch.entries.end(), partition.facts().next, before) -
      batch.entries.begin());
  end = std::min(end, batch.next);
  while (last > begin && last - begin > transaction_records) {
    auto middle = begin + transaction_records;
    if (auto done = partition.apply(batch, begin, middle, batch.entries[middle].position); !done) return done;
    begin = middle;
  }
  return partition.apply(batch, begin, std::max(begin, last), end);
}

Result<void> Indexer::apply(const Batch& batch) {
  stretches_ = source_.stretches();
  while (partition_->facts().next < batch.next) {
    auto boundary = boundary_after(partition_->facts().first);
    if (partition_->facts().next >= boundary) {
      // The copy of main.db and the closed partitions are what an unclean stop of the machine falls back to.
      if (auto done = main_->save_copy(path(saved_name)); !done) return done;
      if (auto done = roll(boundary); !done) return done;
      continue;
    }
    auto filter = partition_->filter();
    if (auto done = apply_to_partition(*partition_, batch, boundary); !done) return done;
    if (partition_->filter() != filter) publish();
  }
  return main_->apply(batch);
}

Result<Batch> Indexer::read_batch(LogReader& reader, Position from, Position end) {
  Batch batch(from);
  while (batch.next < end && batch.entries.size() < catch_up_records && batch.memory() < (16u << 20)) {
    auto record = reader.next();
    if (!record) {
      if (record.error().code.starts_with("disk.")) return std::unexpected(record.error());
      say(Level::error, "log.damaged", record.error().message);
      continue;
    }
    if (!*record) break;
    const auto& found = **record;
    if (found.position < from) continue;
    if (found.position >= end) break;
    auto keys = keys_of(found, *hash_);
    batch.add(found.position, found.time, found.kind, found.generation, found.type, found.app,
              keys ? *keys : RecordKeys{}, found.body);
  }
  // What is missing behind the last record cannot be read; it is passed over.
  if (batch.entries.size() < catch_up_records && batch.memory() < (16u << 20)) batch.next = end;
  return batch;
}

Result<void> Indexer::catch_up(Position end) {
  auto from = next();
  if (from >= end) return {};
  auto reader = source_.read(from);
  while (from < end) {
    auto batch = read_batch(*reader, from, end);
    if (!batch) return std::unexpected(batch.error());
    if (auto done = apply(*batch); !done) return done;
    from = batch->next;
    if (source_.progress) source_.progress(from, end);
  }
  return {};
}

Result<void> Indexer::rest() {
  auto done = partition_->rest();
  auto also = main_->rest();
  return done ? also : done;
}

}  // namespace simpul::view_db
