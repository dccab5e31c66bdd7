#include "bus/log/view.h"

#include <chrono>
#include <filesystem>

#include <fmt/format.h>

#include "bus/base/telemetry.h"
#include "bus/log/view_live.h"

namespace simpul {
namespace view_db {

// Bodies that wait to be indexed; beyond it the log's publishers wait as for `lag_limit`.
constexpr std::size_t pending_bytes_limit = 64u << 20;
// How long few records wait for more of them, unless a reader waits for them.
constexpr std::chrono::milliseconds linger{10};
constexpr std::size_t linger_records = 4'096;

LiveView::LiveView(const ViewOptions& options, Log& log, std::shared_ptr<const KeyedHash> hash)
    : options_(options), log_(log), hash_(std::move(hash)) {}

LiveView::~LiveView() {
  stop();
}

IndexSource LiveView::source() {
  return {[this](Position from) { return log_.read(from); }, [this] { return log_.stretches(); },
          [this] { return log_.status().next; }, nullptr};
}

Result<void> LiveView::open() {
  auto indexer = Indexer::open(options_, source(), hash_);
  if (!indexer) return std::unexpected(indexer.error());
  indexer_ = std::move(*indexer);
  files_ = indexer_->files();
  pending_ = Batch(indexer_->next());
  committed_ = indexed_ = indexer_->next();
  log_.observe([this](const Log::Group& group) { take(group); });
  // What was committed between catching up and observing.
  if (auto done = indexer_->catch_up(log_.status().next); !done) return done;
  {
    std::lock_guard lock(work_mutex_);
    indexed_ = indexer_->next();
    if (committed_ < indexed_) committed_ = indexed_.load();
    if (pending_.entries.empty()) pending_ = Batch(indexed_);
  }
  if (options_.threaded) thread_ = std::thread([this] { run(); });
  return {};
}

// On the log's writer thread.
void LiveView::take(const Log::Group& group) {
  {
    std::lock_guard lock(recent_mutex_);
    auto position = group.first;
    for (const auto& record : *group.records) {
      if (record.kind == RecordKind::event)
        recent_.try_emplace(record.keys.identity, Known{position, record.keys.content});
      ++position;
    }
  }
  std::unique_lock lock(work_mutex_);
  bool first = pending_.entries.empty();
  if (first) pending_ = Batch(group.first);
  auto position = group.first;
  for (const auto& record : *group.records)
    pending_.add(position++, group.time, record.kind, record.generation, record.type, record.app, record.keys,
                 record.body);
  committed_ = position;
  if (first || pending_.entries.size() >= linger_records) work_.notify_one();
  auto behind = [this] {
    return !stopping_ && (committed_ - indexed_ > options_.lag_limit || pending_.memory() > pending_bytes_limit);
  };
  if (options_.threaded)
    progress_.wait(lock, [&] { return !behind(); });
  else
    while (behind() && index_once(lock)) {
    }
}

void LiveView::run() {
  std::unique_lock lock(work_mutex_);
  while (true) {
    work_.wait(lock, [this] { return stopping_ || !pending_.entries.empty(); });
    if (pending_.entries.empty()) return;
    // A transaction of a few records costs as much as one of many: while no reader waits, more are awaited.
    work_.wait_for(lock, linger,
                   [this] { return stopping_ || readers_waiting_ > 0 || pending_.entries.size() >= linger_records; });
    if (index_once(lock)) continue;
    if (stopping_) return;
    // No room, or a disk that fails: it is tried again, and meanwhile readers are told.
    work_.wait_for(lock, std::chrono::milliseconds(500), [this] { return stopping_; });
  }
}

// Indexes what is pending; the lock is not held meanwhile. False: it could not be done, and is pending still.
bool LiveView::index_once(std::unique_lock<std::mutex>& lock) {
  if (pending_.entries.empty()) return true;
  Batch batch = std::exchange(pending_, Batch(pending_.next));
  lock.unlock();
  std::optional<Problem> trouble;
  {
    std::lock_guard own(indexer_mutex_);
    auto done = index(batch);
    if (!done && done.error().code == "view.damaged") {
      say(Level::warning, "view.rebuild", done.error().message);
      done = start_over();
    }
    if (!done) trouble = done.error();
    if (indexer_) {
      std::lock_guard files(files_mutex_);
      files_ = indexer_->files();
    }
  }
  if (!trouble) forget(batch);
  lock.lock();
  if (trouble) {
    if (!trouble_)
      say(Level::error, trouble->code,
          fmt::format("{}; the view stands at position {} until then", trouble->message, indexed_.load()));
    // What was committed meanwhile follows it.
    Batch rest = std::exchange(pending_, std::move(batch));
    for (const auto& entry : rest.entries) {
      RecordKeys keys{entry.identity,
                      entry.content,
                      entry.subject,
                      {rest.keys.begin() + entry.first_key, rest.keys.begin() + entry.first_key + entry.key_count}};
      pending_.add(entry.position, entry.time, entry.kind, entry.generation, rest.name(entry.type),
                   rest.name(entry.app), keys,
                   entry.body ? std::string_view(rest.bodies[entry.body - 1]) : std::string_view());
    }
  } else {
    if (trouble_)
      say(Level::info, "view.recovered", fmt::format("the view is written again, up to position {}", batch.next));
    indexed_ = batch.next;
  }
  trouble_ = std::move(trouble);
  progress_.notify_all();
  return !trouble_;
}

Result<void> LiveView::index(const Batch& batch) {
  if (!indexer_) return start_over();
  if (indexer_->next() < batch.first)
    if (auto done = indexer_->catch_up(batch.first); !done) return done;
  return indexer_->apply(batch);
}

// A file that is written turned out damaged: it is built anew.
Result<void> LiveView::start_over() {
  {
    // Half built files know too little: an event that came before would be taken for a new one.
    std::lock_guard lock(files_mutex_);
    files_ = nullptr;
  }
  auto close_readers = [this] {
    partition_readers_.clear();
    std::lock_guard lock(main_mutex_);
    main_reader_.reset();
  };
  close_readers();
  if (indexer_) {
    indexer_.reset();
    Indexer::set_aside(options_);
  }
  auto indexer = Indexer::open(options_, source(), hash_);
  if (!indexer) return std::unexpected(indexer.error());
  close_readers();  // those of who had begun to ask before
  indexer_ = std::move(*indexer);
  return {};
}

void LiveView::forget(const Batch& batch) {
  std::lock_guard lock(recent_mutex_);
  for (const auto& entry : batch.entries) {
    if (entry.kind != RecordKind::event) continue;
    auto found = recent_.find(entry.identity);
    if (found != recent_.end() && found->second.position == entry.position) recent_.erase(found);
  }
}

Result<void> LiveView::wait_indexed(Position position) {
  if (indexed_ >= position) return {};
  std::unique_lock lock(work_mutex_);
  if (options_.threaded) {
    ++readers_waiting_;
    work_.notify_one();
    progress_.wait(lock, [&] { return indexed_ >= position || trouble_ || stopped_; });
    --readers_waiting_;
  } else {
    while (indexed_ < position && !pending_.entries.empty() && index_once(lock)) {
    }
  }
  if (indexed_ >= position) return {};
  if (trouble_) return std::unexpected(*trouble_);
  return fail("view.behind",
              fmt::format("the view stands at position {} and was asked for {}", indexed_.load(), position),
              "ask again when the bus runs");
}

std::uint64_t LiveView::lag() const {
  Position indexed = indexed_, committed = committed_;
  return committed > indexed ? committed - indexed : 0;
}

void LiveView::stop() {
  std::lock_guard once(stop_mutex_);
  if (stopped_) return;
  {
    std::lock_guard lock(work_mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  progress_.notify_all();
  log_.observe(nullptr);
  if (thread_.joinable()) thread_.join();
  std::unique_lock lock(work_mutex_);
  if (indexer_) index_once(lock);
  stopped_ = true;
  progress_.notify_all();
  lock.unlock();
  partition_readers_.clear();
  {
    std::lock_guard main(main_mutex_);
    main_reader_.reset();
  }
  std::lock_guard own(indexer_mutex_);
  if (!indexer_) return;
  if (auto done = indexer_->rest(); !done) say(Level::warning, done.error().code, done.error().message);
  indexer_.reset();
}

}  // namespace view_db

Result<std::unique_ptr<View>> open_view(const ViewOptions& options, Log& log, std::shared_ptr<const KeyedHash> hash,
                                        const Environment&) {
  auto view = std::make_unique<view_db::LiveView>(options, log, std::move(hash));
  if (auto done = view->open(); !done) return std::unexpected(done.error());
  return view;
}

Result<void> rebuild_view(const ViewOptions& options, std::shared_ptr<const KeyedHash> hash,
                          const Environment& environment,
                          const std::function<void(Position done, Position all)>& progress) {
  auto lock = environment.disk->lock(options.folder + "/lock");
  if (!lock) {
    if (lock.error().code != "disk.locked") return std::unexpected(lock.error());
    return fail("log.locked", "the log is in use: " + lock.error().message,
                "ask the running bus to reindex, or stop it first");
  }
  auto snapshot = snapshot_segment_log(options.folder, environment);
  if (!snapshot) return std::unexpected(snapshot.error());
  std::error_code error;
  std::filesystem::remove_all(view_db::view_folder(options), error);
  if (error)
    return fail("view.failed", fmt::format("{} cannot be removed: {}", view_db::view_folder(options), error.message()),
                "check its rights");
  view_db::IndexSource source;
  source.read = snapshot->read;
  source.stretches = [&] { return snapshot->stretches; };
  source.next = [&] { return snapshot->next; };
  source.progress = progress;
  auto indexer = view_db::Indexer::open(options, std::move(source), std::move(hash));
  if (!indexer) return std::unexpected(indexer.error());
  return (*indexer)->rest();
}

}  // namespace simpul
