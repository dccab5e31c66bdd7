// The questions a view answers.
#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "bus/log/view_live.h"

namespace simpul::view_db {

Result<PartitionReader*> PartitionReaders::get(const Files::Partition& partition) {
  for (auto at = open_.begin(); at != open_.end(); ++at) {
    if (at->path != partition.path) continue;
    if (at->closed != partition.closed) {  // it closed since
      open_.erase(at);
      break;
    }
    open_.splice(open_.begin(), open_, at);
    return at->reader.get();
  }
  auto reader = PartitionReader::open(partition.path, partition.closed);
  if (!reader) return std::unexpected(reader.error());
  if (open_.size() >= limit) open_.pop_back();
  open_.push_front({partition.path, partition.closed, std::move(*reader)});
  return open_.front().reader.get();
}

void PartitionReaders::clear() {
  std::lock_guard lock(mutex_);
  open_.clear();
}

namespace {

Problem built_anew() {
  return fail("view.behind", "the view is being built anew from the log", "ask again in a moment").error();
}

}  // namespace

Result<std::shared_ptr<const Files>> LiveView::settled() {
  if (auto done = wait_indexed(committed_); !done) return std::unexpected(done.error());
  std::lock_guard lock(files_mutex_);
  if (!files_) return std::unexpected(built_anew());
  return files_;
}

template <class Ask>
auto LiveView::ask_main(Ask ask) -> decltype(ask(std::declval<MainReader&>())) {
  auto files = settled();
  if (!files) return std::unexpected(files.error());
  std::lock_guard lock(main_mutex_);
  if (!main_reader_) {
    auto reader = MainReader::open((*files)->main_path);
    if (!reader) return std::unexpected(reader.error());
    main_reader_ = std::move(*reader);
  }
  return ask(*main_reader_);
}

Result<std::optional<Known>> LiveView::find_identity(const Hash128& identity) {
  // Memory first: what is not there any more is in the files by now.
  {
    std::lock_guard lock(recent_mutex_);
    if (auto found = recent_.find(identity); found != recent_.end()) return found->second;
  }
  std::shared_ptr<const Files> files;
  {
    std::lock_guard lock(files_mutex_);
    files = files_;
  }
  if (!files) return std::unexpected(built_anew());
  for (auto at = files->partitions.rbegin(); at != files->partitions.rend(); ++at) {
    if (!at->filter->maybe(identity)) continue;
    auto known = partition_readers_.ask(*at, [&](PartitionReader& reader) { return reader.find(identity); });
    if (!known || *known) return known;
  }
  return std::nullopt;
}

template <class Each>
Result<std::vector<IndexedRecord>> LiveView::search(Position from, std::size_t limit, Each each) {
  auto files = settled();
  if (!files) return std::unexpected(files.error());
  std::vector<IndexedRecord> found;
  const auto& partitions = (*files)->partitions;
  for (std::size_t i = 0; i < partitions.size() && found.size() < limit; ++i) {
    if (i + 1 < partitions.size() && partitions[i + 1].first <= from) continue;
    auto done = partition_readers_.ask(
        partitions[i], [&](PartitionReader& reader) -> Result<void> { return each(partitions[i], reader, found); });
    if (!done) return std::unexpected(done.error());
  }
  return found;
}

Result<std::vector<IndexedRecord>> LiveView::by_identity(const Hash128& identity, std::size_t limit) {
  return search(0, limit, [&](const auto&, PartitionReader& reader, auto& out) {
    return reader.by(PartitionReader::By::identity, identity, limit, out);
  });
}

Result<std::vector<IndexedRecord>> LiveView::by_subject(const Hash128& subject, std::size_t limit) {
  return search(0, limit, [&](const auto&, PartitionReader& reader, auto& out) {
    return reader.by(PartitionReader::By::subject, subject, limit, out);
  });
}

Result<std::vector<IndexedRecord>> LiveView::by_key(const Hash128& key, std::size_t limit, Position from) {
  return search(from, limit, [&](const auto&, PartitionReader& reader, auto& out) {
    return reader.by(PartitionReader::By::key, key, limit, out);
  });
}

Result<std::vector<IndexedRecord>> LiveView::by_type(std::string_view type, Position from, std::size_t limit) {
  return search(from, limit, [&](const auto&, PartitionReader& reader, auto& out) {
    return reader.by_type(type, from, limit, out);
  });
}

Result<std::vector<IndexedRecord>> LiveView::by_kind(RecordKind kind, Position from, std::size_t limit) {
  return search(from, limit, [&](const auto&, PartitionReader& reader, auto& out) {
    return reader.by_kind(kind, from, limit, out);
  });
}

Result<std::vector<Receipt>> LiveView::receipts_of(Position event) {
  std::vector<Position> records;
  auto searched = search(event, ~std::size_t{0},
                         [&](const Files::Partition& partition, PartitionReader& reader, auto&) -> Result<void> {
                           if (event < partition.least_event || event > partition.greatest_event) return {};
                           return reader.receipt_records(event, records);
                         });
  if (!searched) return std::unexpected(searched.error());
  std::vector<Receipt> receipts;
  std::lock_guard lock(log_mutex_);
  if (!log_reader_) log_reader_ = log_.read(0);
  for (auto position : records) {
    log_reader_->seek(position);
    auto record = log_reader_->next();
    if (!record) return std::unexpected(record.error());
    if (!*record || (*record)->position != position) continue;
    auto all = decode_receipts((*record)->body);
    if (!all) return std::unexpected(all.error());
    for (auto& receipt : *all)
      if (receipt.position == event) receipts.push_back(std::move(receipt));
  }
  return receipts;
}

Result<std::optional<Position>> LiveView::cursor(std::string_view target) {
  return ask_main([&](MainReader& reader) { return reader.cursor(target); });
}

Result<std::vector<Waiting>> LiveView::waiting(std::string_view target, Position from, std::uint32_t part,
                                               std::size_t limit, const Hash128* key) {
  return ask_main([&](MainReader& reader) { return reader.waiting(target, from, part, limit, key); });
}

Result<std::vector<Waiting>> LiveView::parked(std::string_view target, std::size_t limit) {
  return ask_main([&](MainReader& reader) { return reader.parked(target, limit); });
}

Result<std::vector<std::pair<Position, std::uint32_t>>> LiveView::finished(std::string_view target, Position from,
                                                                           std::uint32_t part, std::size_t limit) {
  return ask_main([&](MainReader& reader) { return reader.finished(target, from, part, limit); });
}

Result<View::Counts> LiveView::counts(std::string_view target) {
  return ask_main([&](MainReader& reader) { return reader.counts(target); });
}

Result<std::optional<std::string>> LiveView::state(std::string_view source, std::string_view key) {
  return ask_main([&](MainReader& reader) { return reader.state(source, key); });
}

Result<void> LiveView::scan_state(std::string_view source, std::string_view after,
                                  const std::function<bool(std::string_view key, std::string_view value)>& each) {
  constexpr std::size_t page = 1000;
  std::string from(after);
  while (true) {
    auto rows = ask_main([&](MainReader& reader) { return reader.states(source, from, page); });
    if (!rows) return std::unexpected(rows.error());
    for (const auto& row : *rows)
      if (!each(row.key, row.value)) return {};
    if (rows->size() < page) return {};
    from = rows->back().key;
  }
}

Result<std::optional<Position>> LiveView::generation(std::optional<std::uint32_t> number) {
  return ask_main([&](MainReader& reader) { return reader.generation(number); });
}

Result<void> LiveView::copy_to(const std::string& folder) {
  if (auto done = wait_indexed(committed_); !done) return done;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return fail("view.failed", fmt::format("the folder {} cannot be made: {}", folder, error.message()),
                "check the rights of the folder above it");
  // Nothing is indexed meanwhile, so that the files fit each other.
  std::lock_guard own(indexer_mutex_);
  if (!indexer_) return fail("view.behind", "the view is closed", "ask again when the bus runs");
  auto files = indexer_->files();
  auto target = [&](const std::string& path) { return folder + "/" + std::filesystem::path(path).filename().string(); };
  if (auto done = copy_database(files->main_path, target(files->main_path)); !done) return done;
  for (const auto& partition : files->partitions) {
    if (auto done = copy_database(partition.path, target(partition.path)); !done) return done;
    if (!partition.closed) continue;
    auto filter = filter_path(partition.path);
    std::filesystem::copy_file(filter, target(filter), std::filesystem::copy_options::overwrite_existing, error);
    if (error)
      return fail("view.failed", fmt::format("{} cannot be copied to {}: {}", filter, folder, error.message()),
                  "check the room and the rights there");
    if (auto done = sync_file(target(filter)); !done) return done;
  }
  return {};
}

}  // namespace simpul::view_db
