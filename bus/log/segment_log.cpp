// The log on segments: a queue, one writer, natural group commit.
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "bus/base/telemetry.h"
#include "bus/log/segment_writer.h"

namespace simpul {
namespace {

using segment::GroupHeader;

// One append(): its records stand in one group, or in none.
struct Unit {
  std::vector<NewRecord> records;
  std::vector<segment::PreparedBody> bodies;
  std::uint64_t bytes = 0;  // in the group
  Urgency urgency = Urgency::publisher;
  Committed done;
  std::optional<Problem> refused;  // by append(); told by the writer, in order
};

// Random bytes for salts, fetched many at a time.
class SaltPool {
 public:
  explicit SaltPool(Random& random) : random_(random) {}
  void fill(std::span<std::byte, 16> out) {
    std::lock_guard lock(mutex_);
    if (used_ + 16 > pool_.size()) {
      random_.fill(pool_);
      used_ = 0;
    }
    std::copy_n(pool_.begin() + static_cast<std::ptrdiff_t>(used_), 16, out.begin());
    used_ += 16;
  }

 private:
  Random& random_;
  std::mutex mutex_;
  std::array<std::byte, 4096> pool_{};
  std::size_t used_ = 4096;
};

Problem stopped() {
  return Problem{
      "log.stopped",  "the log takes no more records: the bus is stopping", "send it again when the bus runs", {}, {},
      Severity::error};
}

class SegmentLog final : public SteppedLog {
 public:
  SegmentLog(const LogOptions& options, const Environment& environment, std::unique_ptr<DiskLock> lock,
             std::unique_ptr<segment::Writer> writer)
      : options_(options),
        env_(environment),
        salts_(*environment.random),
        lock_(std::move(lock)),
        writer_(std::move(writer)) {
    publish_status();
    if (options_.threaded) thread_ = std::thread([this] { run(); });
  }
  ~SegmentLog() override { stop(); }

  void append(std::vector<NewRecord> records, Urgency urgency, Committed done) override {
    Unit unit{std::move(records), {}, 0, urgency, std::move(done), {}};
    prepare(unit);
    {
      std::unique_lock lock(mutex_);
      if (!stopping_) {
        // Receipts and acts have as much room again, so that a flood of publishers cannot starve them.
        auto limit = options_.queue_limit_bytes * (unit.urgency == Urgency::reserve ? 2 : 1);
        if (!unit.refused && queued_bytes_ > 0 && queued_bytes_ + unit.bytes > limit) {
          unit.records.clear();
          unit.bodies.clear();
          unit.bytes = 0;
          unit.refused = Problem{"log.busy",
                                 fmt::format("{} bytes wait to be written already", queued_bytes_),
                                 "send it again in a moment",
                                 {},
                                 {},
                                 Severity::error};
        }
        queued_bytes_ += unit.bytes;
        queue_.push_back(std::move(unit));
        auto first = queue_.size() == 1;
        lock.unlock();
        if (first) wake_.notify_one();
        return;
      }
    }
    unit.done(std::unexpected(stopped()));
  }

  std::unique_ptr<LogReader> read(Position from) override {
    return segment::make_reader(writer_->directory(), *env_.disk, from);
  }

  LogStatus status() const override {
    LogStatus status;
    {
      std::lock_guard lock(mutex_);
      status = status_;
    }
    const auto& directory = *writer_->directory();
    status.next = directory.next();
    status.size_bytes = directory.bytes();
    status.segments = directory.count();
    status.free_bytes = env_.disk->free_bytes(options_.folder).value_or(0);
    return status;
  }

  std::vector<Position> stretches() const override { return writer_->directory()->firsts(); }
  const Recovery& recovery() const override { return writer_->recovery(); }

  void observe(std::function<void(const Group&)> observer) override {
    std::lock_guard lock(observer_mutex_);
    observer_ = std::move(observer);
  }

  bool step() override {
    look_for_room();
    auto batch = take();
    if (batch.empty()) return false;
    commit(batch);
    return true;
  }

  void stop() override {
    std::lock_guard once(stop_mutex_);
    if (stopped_) return;
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable())
      thread_.join();
    else
      while (step()) {
      }
    finish();
    stopped_ = true;
    lock_.reset();
  }

 private:
  void prepare(Unit& unit) {
    unit.bodies.reserve(unit.records.size());
    for (const auto& record : unit.records) {
      unit.bytes += segment::record_bytes(record);
      if (record.type.size() > segment::type_limit || record.app.size() > segment::app_limit)
        unit.refused =
            Problem{"log.bad_record",
                    fmt::format("a record's type has {} bytes and its app {}; at most {} and {} can be recorded",
                                record.type.size(), record.app.size(), segment::type_limit, segment::app_limit),
                    "shorten the name",
                    {},
                    {},
                    Severity::error};
    }
    if (!unit.refused && unit.bytes > segment::unit_limit)
      unit.refused = Problem{"log.too_big",
                             fmt::format("{} bytes were given to be committed at once; at most {} can be", unit.bytes,
                                         segment::unit_limit),
                             "split it",
                             {},
                             {},
                             Severity::error};
    if (unit.refused) {
      unit.records.clear();
      unit.bytes = 0;
      return;
    }
    std::array<std::byte, 16> salt;
    for (const auto& record : unit.records) {
      salts_.fill(salt);
      unit.bodies.push_back(segment::prepare_body(record.body, salt));
    }
  }

  void run() {
    // The writer must not wait a scheduler's tick for each sync when the processors are busy. Where the
    // system does not allow it, it runs like everybody else.
    setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), -10);
    while (true) {
      {
        std::unique_lock lock(mutex_);
        auto ready = [this] { return stopping_ || !queue_.empty(); };
        if (full_)
          wake_.wait_for(lock, std::chrono::milliseconds(200), ready);
        else
          wake_.wait(lock, ready);
        if (stopping_ && queue_.empty()) return;
      }
      step();
    }
  }

  // What is queued, up to the limit of a group; one unit at least.
  std::vector<Unit> take() {
    std::vector<Unit> batch;
    std::uint64_t bytes = 0;
    std::lock_guard lock(mutex_);
    while (!queue_.empty() && (batch.empty() || bytes + queue_.front().bytes <= options_.group_limit_bytes)) {
      bytes += queue_.front().bytes;
      queued_bytes_ -= queue_.front().bytes;
      batch.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    return batch;
  }

  void look_for_room() {
    if (failure_) return;
    auto free = env_.disk->free_bytes(options_.folder);
    if (!free) return;  // the write will tell
    if (!full_) {
      if (*free < options_.free_floor_bytes) become_full();
      return;
    }
    if (*free < options_.free_floor_bytes + writer_->missing_reserve_bytes()) return;
    auto restored = writer_->restore_reserve();
    if (!restored) return fail_for_good(restored.error());
    if (!*restored) return;
    full_ = false;
    say(Level::info, "log.room_again",
        fmt::format("there is room again on the disk of {}: publishers are served; {} were refused", options_.folder,
                    refused_));
    if (refused_ > 0) {
      std::vector<Unit> batch;
      batch.push_back(account());
      commit(batch);
    }
    publish_status();
  }

  void become_full() {
    full_ = true;
    full_since_ = env_.clock->wall();
    refused_ = 0;
    say(Level::error, "log.full",
        fmt::format("the disk of {} is nearly full: publishers are refused until there is room; deliveries go on",
                    options_.folder));
    publish_status();
  }

  // The record of how many publishers were refused.
  Unit account() {
    NewRecord record;
    record.kind = RecordKind::act;
    record.type = "act.disk_full";
    record.body = fmt::format(R"({{"refused":{},"since":"{}","until":"{}"}})", refused_, format_time(full_since_),
                              format_time(std::max(full_since_, env_.clock->wall())));
    Unit unit{{}, {}, 0, Urgency::reserve, nullptr, {}};
    unit.records.push_back(std::move(record));
    prepare(unit);
    refused_ = 0;
    return unit;
  }

  void commit(std::vector<Unit>& batch) {
    if (!failure_) {
      if (full_) refuse_publishers(batch);
      auto written = write(batch);
      if (!written && written.error().code == "log.full") {
        if (!full_) become_full();
        refuse_publishers(batch);
        written = write(batch);
      }
      if (!written && written.error().code == "log.full") {
        for (auto& unit : batch)
          if (!unit.refused) unit.refused = written.error();
      } else if (!written) {
        fail_for_good(written.error());
      }
    }
    if (failure_)
      for (auto& unit : batch)
        if (!unit.refused) unit.refused = *failure_;
    publish_status();
    tell(batch);
  }

  void refuse_publishers(std::vector<Unit>& batch) {
    for (auto& unit : batch) {
      if (unit.refused || unit.urgency != Urgency::publisher) continue;
      unit.refused = Problem{"log.full",
                             fmt::format("the disk of {} is nearly full", options_.folder),
                             "send it again later; make room on this disk, and the bus takes events again by itself",
                             {},
                             {},
                             Severity::error};
      ++refused_;
      std::lock_guard lock(mutex_);
      ++status_.refused_full;
    }
  }

  // One group of all units that are not refused.
  Result<void> write(const std::vector<Unit>& batch) {
    std::uint64_t bytes = 0;
    std::uint32_t count = 0;
    bool reserve_only = true;
    for (const auto& unit : batch) {
      if (unit.refused) continue;
      bytes += unit.bytes;
      count += static_cast<std::uint32_t>(unit.records.size());
      if (unit.urgency == Urgency::publisher) reserve_only = false;
    }
    if (count == 0) return {};
    return write_group(batch, bytes, count, reserve_only);
  }

  Result<void> write_group(const std::vector<Unit>& batch, std::uint64_t bytes, std::uint32_t count,
                           bool may_use_reserve) {
    GroupHeader header;
    header.count = count;
    header.records_bytes = static_cast<std::uint32_t>(bytes);
    header.group_bytes = static_cast<std::uint32_t>(segment::group_bytes_for(bytes));
    header.first = writer_->next();
    header.time = std::max(writer_->time(), env_.clock->wall());
    header.log_id = writer_->directory()->log_id();
    char* start = buffer_.need(header.group_bytes);
    char* at = start + segment::group_header_bytes;
    auto position = header.first;
    for (const auto& unit : batch) {
      if (unit.refused) continue;
      for (std::size_t i = 0; i < unit.records.size(); ++i)
        at += segment::encode_record(unit.records[i], unit.bodies[i], position++, header.time, at, header.frames_crc);
    }
    char* marker = start + header.group_bytes - segment::group_header_bytes;
    std::fill(at, marker, '\0');
    segment::encode(header, segment::Mark::header, start);
    segment::encode(header, segment::Mark::commit, marker);
    auto done = writer_->write(header, {start, header.group_bytes}, may_use_reserve);
    buffer_.shrink(std::max<std::size_t>(4u << 20, 2 * options_.group_limit_bytes));
    if (done) ++groups_;
    return done;
  }

  // Observer first, then everybody in order.
  void tell(std::vector<Unit>& batch) {
    Position next = writer_->next();
    std::size_t count = 0;
    for (const auto& unit : batch)
      if (!unit.refused) count += unit.records.size();
    Position first = next - count;
    std::vector<Position> firsts;
    firsts.reserve(batch.size());
    auto position = first;
    for (const auto& unit : batch) {
      firsts.push_back(position);
      if (!unit.refused) position += unit.records.size();
    }
    if (count > 0) {
      std::lock_guard lock(observer_mutex_);
      if (observer_) {
        auto records = std::make_shared<std::vector<NewRecord>>();
        records->reserve(count);
        for (auto& unit : batch)
          if (!unit.refused) std::move(unit.records.begin(), unit.records.end(), std::back_inserter(*records));
        observer_(Group{first, writer_->time(), std::move(records)});
      }
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      auto& unit = batch[i];
      if (!unit.done) continue;
      if (unit.refused)
        unit.done(std::unexpected(std::move(*unit.refused)));
      else
        unit.done(firsts[i]);
    }
  }

  void fail_for_good(const Problem& cause) {
    if (failure_) return;
    failure_ =
        Problem{"log.failed",
                fmt::format("the log in {} failed and takes no more records: {}", options_.folder, cause.message),
                "check the disk, then start the bus again: it recovers what was committed",
                {},
                {},
                Severity::error};
    say(Level::error, "log.failed", failure_->message);
    publish_status();
  }

  void publish_status() {
    const auto& syncs = writer_->sync_times();
    std::lock_guard lock(mutex_);
    status_.groups = groups_;
    status_.syncs = syncs.count;
    status_.full = full_;
    status_.failed = failure_.has_value();
    status_.sync_ms_mean =
        syncs.count == 0 ? 0 : static_cast<double>(syncs.sum) / 1e6 / static_cast<double>(syncs.count);
    status_.sync_ms_max = static_cast<double>(syncs.max) / 1e6;
  }

  // The last words of a clean stop: what was refused, and a mark that all before it was committed.
  void finish() {
    if (failure_) return;
    if (full_ && refused_ > 0) {
      std::vector<Unit> batch;
      batch.push_back(account());
      commit(batch);
    }
    if (!failure_ && !writer_->ends_with_mark() && writer_->next() > 0) {
      auto marked = write_group({}, 0, 0, false);
      if (!marked && marked.error().code != "log.full") fail_for_good(marked.error());
    }
  }

  LogOptions options_;
  Environment env_;
  SaltPool salts_;
  std::unique_ptr<DiskLock> lock_;
  std::unique_ptr<segment::Writer> writer_;
  segment::GroupBuffer buffer_;
  std::uint64_t groups_ = 0;

  mutable std::mutex mutex_;  // guards the queue and the status
  std::condition_variable wake_;
  std::deque<Unit> queue_;
  std::uint64_t queued_bytes_ = 0;
  bool stopping_ = false;
  LogStatus status_;

  std::mutex observer_mutex_;
  std::function<void(const Group&)> observer_;

  // The writer's own.
  bool full_ = false;
  Nanoseconds full_since_ = 0;
  std::uint64_t refused_ = 0;  // since it became full
  std::optional<Problem> failure_;

  std::mutex stop_mutex_;
  bool stopped_ = false;
  std::thread thread_;  // the last member: it sees the others made
};

void report(const LogOptions& options, const Recovery& recovery) {
  if (recovery.cut_bytes > 0)
    say(Level::warning, "log.torn_tail",
        fmt::format("{}/{}: cut {} bytes at byte {} that were never acknowledged; the next position is {}",
                    options.folder, recovery.cut_segment, recovery.cut_bytes, recovery.cut_offset, recovery.next));
  constexpr std::size_t shown = 20;
  for (std::size_t i = 0; i < recovery.damage.size() && i < shown; ++i)
    say(Level::error, "log.damaged", recovery.damage[i].message);
  if (recovery.damage.size() > shown)
    say(Level::error, "log.damaged", fmt::format("and {} more places", recovery.damage.size() - shown));
}

}  // namespace

std::string_view name(RecordKind kind) {
  switch (kind) {
    case RecordKind::event:
      return "event";
    case RecordKind::refusal:
      return "refusal";
    case RecordKind::receipts:
      return "receipts";
    case RecordKind::cursor:
      return "cursor";
    case RecordKind::state:
      return "state";
    case RecordKind::generation:
      return "generation";
    case RecordKind::act:
      return "act";
    case RecordKind::access:
      return "access";
    case RecordKind::lookup:
      return "lookup";
    case RecordKind::snapshot:
      return "snapshot";
  }
  return "unknown";
}

Result<std::unique_ptr<SteppedLog>> open_stepped_log(LogOptions options, const Environment& environment) {
  if (auto made = environment.disk->make_folder(options.folder); !made) return std::unexpected(made.error());
  auto lock = environment.disk->lock(options.folder + "/lock");
  if (!lock) {
    auto problem = lock.error();
    if (problem.code != "disk.locked") return std::unexpected(problem);
    return fail("log.locked", "another simpul works on this log: " + problem.message,
                "stop that process first, or ask it through its socket; two processes never write one log");
  }
  options.segment_bytes =
      segment::align_block(std::max<std::uint64_t>(options.segment_bytes, 4 * segment::block_bytes));
  options.reserve_bytes =
      segment::align_block(std::max<std::uint64_t>(options.reserve_bytes, 4 * segment::block_bytes));
  auto writer = segment::Writer::open(options, environment);
  if (!writer) return std::unexpected(writer.error());
  report(options, (*writer)->recovery());
  return std::make_unique<SegmentLog>(options, environment, std::move(*lock), std::move(*writer));
}

Result<std::unique_ptr<Log>> open_segment_log(const LogOptions& options, const Environment& environment) {
  auto log = open_stepped_log(options, environment);
  if (!log) return std::unexpected(log.error());
  return std::unique_ptr<Log>(std::move(*log));
}

}  // namespace simpul
