// The view of a running log: what is committed and not indexed yet in memory, the rest in the files.
#pragma once

#include <atomic>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

#include "bus/log/view_index.h"

namespace simpul::view_db {

// Open readers of partitions; at most `limit` of them. Safe from any thread; questions go one at a time.
class PartitionReaders {
 public:
  template <class Ask>
  auto ask(const Files::Partition& partition, Ask ask) -> decltype(ask(std::declval<PartitionReader&>())) {
    std::lock_guard lock(mutex_);
    auto reader = get(partition);
    if (!reader) return std::unexpected(reader.error());
    return ask(**reader);
  }
  void clear();

 private:
  static constexpr std::size_t limit = 12;
  struct Open {
    std::string path;
    bool closed;
    std::unique_ptr<PartitionReader> reader;
  };
  Result<PartitionReader*> get(const Files::Partition& partition);
  std::mutex mutex_;
  std::list<Open> open_;  // used last: first
};

class LiveView final : public View {
 public:
  LiveView(const ViewOptions& options, Log& log, std::shared_ptr<const KeyedHash> hash);
  ~LiveView() override;
  Result<void> open();

  Result<std::optional<Known>> find_identity(const Hash128& identity) override;
  Result<std::vector<IndexedRecord>> by_identity(const Hash128& identity, std::size_t limit) override;
  Result<std::vector<IndexedRecord>> by_subject(const Hash128& subject, std::size_t limit) override;
  Result<std::vector<IndexedRecord>> by_key(const Hash128& key, std::size_t limit, Position from) override;
  Result<std::vector<IndexedRecord>> by_type(std::string_view type, Position from, std::size_t limit) override;
  Result<std::vector<IndexedRecord>> by_kind(RecordKind kind, Position from, std::size_t limit) override;
  Result<std::vector<Receipt>> receipts_of(Position event) override;
  Result<std::optional<Position>> cursor(std::string_view target) override;
  Result<std::vector<Waiting>> waiting(std::string_view target, Position from, std::uint32_t part, std::size_t limit,
                                       const Hash128* key) override;
  Result<std::vector<Waiting>> parked(std::string_view target, std::size_t limit) override;
  Result<std::vector<std::pair<Position, std::uint32_t>>> finished(std::string_view target, Position from,
                                                                   std::uint32_t part, std::size_t limit) override;
  Result<Counts> counts(std::string_view target) override;
  Result<std::optional<std::string>> state(std::string_view source, std::string_view key) override;
  Result<void> scan_state(std::string_view source, std::string_view after,
                          const std::function<bool(std::string_view key, std::string_view value)>& each) override;
  Result<std::optional<Position>> generation(std::optional<std::uint32_t> number) override;
  Position indexed() const override { return indexed_; }
  Result<void> wait_indexed(Position position) override;
  std::uint64_t lag() const override;
  Result<void> copy_to(const std::string& folder) override;
  void stop() override;

 private:
  void take(const Log::Group& group);
  void run();
  bool index_once(std::unique_lock<std::mutex>& lock);
  Result<void> index(const Batch& batch);
  Result<void> start_over();
  void forget(const Batch& batch);
  IndexSource source();
  Result<std::shared_ptr<const Files>> settled();  // all that is committed now is in these files
  template <class Ask>
  auto ask_main(Ask ask) -> decltype(ask(std::declval<MainReader&>()));
  template <class Each>
  Result<std::vector<IndexedRecord>> search(Position from, std::size_t limit, Each each);

  ViewOptions options_;
  Log& log_;
  std::shared_ptr<const KeyedHash> hash_;

  std::mutex indexer_mutex_;  // guards the next one
  std::unique_ptr<Indexer> indexer_;

  std::mutex work_mutex_;  // guards the next five
  std::condition_variable work_, progress_;
  Batch pending_;
  std::optional<Problem> trouble_;
  bool stopping_ = false;
  std::size_t readers_waiting_ = 0;
  std::atomic<Position> committed_ = 0, indexed_ = 0;

  std::mutex recent_mutex_;
  std::unordered_map<Hash128, Known> recent_;  // events that are committed and not indexed yet

  PartitionReaders partition_readers_;
  std::mutex main_mutex_;
  std::unique_ptr<MainReader> main_reader_;
  std::mutex log_mutex_;
  std::unique_ptr<LogReader> log_reader_;
  std::mutex files_mutex_;
  std::shared_ptr<const Files> files_;

  std::mutex stop_mutex_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace simpul::view_db
