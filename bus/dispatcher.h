// The dispatcher: carries out what the lanes (bus/delivery) decide. One thread of its own owns all lanes;
// it takes committed events as they come, reads the log for targets that lag, maps, hands deliveries to
// the targets' adapters, and writes receipts and cursors into the log, many in one commit.
//
// Before a delivery is mapped its questions, if its route asks any, are put to the applications that answer
// (enrichment), without waiting for them here; the answers are committed, and only then used. What was recorded for a
// delivery is used by every later attempt, also after a restart. Before a delivery with claims is handed over they are
// committed too.
//
// Memory is bounded: a window of deliveries per target, a cache of events by bytes, an inbox by count. What
// does not fit is found again from the log.
//
// Public functions are safe from any thread, except that stop() is called once and last.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "bus/adapter.h"
#include "bus/admission.h"
#include "bus/claims.h"
#include "bus/delivery/lanes.h"
#include "bus/log/log.h"
#include "bus/log/view.h"

namespace simpul {

inline constexpr std::size_t inbox_limit_events = 50'000;
inline constexpr std::size_t asks_limit = 4'096;
inline constexpr std::size_t preparing_limit = 128;           // deliveries of a target that wait for lookups or claims
inline constexpr std::size_t answer_limit_bytes = 64u << 10;  // of one question, allowed fields only
inline constexpr std::size_t event_cache_limit_bytes = 32u << 20;

// The generation that an event was admitted under, loaded from the log when it is not the running one.
using GenerationByNumber = std::function<Result<std::shared_ptr<const Generation>>(std::uint32_t number)>;

class Dispatcher {
 public:
  Dispatcher(Log& log, View& view, const KeyedHash& hash, const Environment& environment, Claims& claims,
             GenerationByNumber generations);
  ~Dispatcher();

  void start();
  // Finishes what is with the targets for at most `grace`, stops them, writes what is to be written.
  void stop(std::chrono::milliseconds grace);

  // A target that is new here starts at its cursor in the view, or at `from` when it has none.
  Result<void> add_target(const std::string& name, const LanesOptions& options, Position from,
                          std::unique_ptr<Target> adapter);
  // The adapter alone is exchanged; what it had not settled is tried again.
  Result<void> exchange_target(const std::string& name, const LanesOptions& options, std::unique_ptr<Target> adapter);
  // Policy and concurrency alone change.
  void change_target(const std::string& name, const LanesOptions& options);
  // Refused while deliveries wait for it (code target.has_waiting) or its last receipts cannot be written
  // (target.not_written). Blocks until they are.
  Result<void> remove_target(const std::string& name);

  // Something of the target is not finished.
  static bool waits(const Lanes::Status& status);

  // Committed events, in commit order; from the log's writer thread.
  void feed(std::vector<FedEvent> events);

  struct TargetStatus {
    std::string name;
    Lanes::Status lanes;
    bool lagging = false;
    std::uint64_t behind = 0;  // records of the log not scanned yet
    std::size_t with_target = 0;
    std::string start_error;
  };
  std::vector<TargetStatus> status();
  // A parked delivery goes again, or is given up. Code parked.unknown when there is none.
  Result<void> retry_parked(const std::string& target, const DeliveryId& id);
  Result<void> discard_parked(const std::string& target, const DeliveryId& id, const std::string& reason);
  // A lookup, answered by a target's adapter; timed out here when the adapter says nothing.
  void ask(const std::string& target, Question question, std::move_only_function<void(Answer)> done);

 private:
  struct Outlet;
  struct Preparing;
  struct Cached {
    std::shared_ptr<const Event> event;
    std::uint32_t generation = 0;
    std::vector<Routed> routes;
  };
  struct SettledMessage {
    std::string target;
    std::uint64_t instance;
    DeliveryId id;
    Settlement settlement;
  };

  void run();
  bool turn();  // true: there is more to do at once
  void take_inbox();
  void take_fed(std::vector<FedEvent> events);
  void take_settled(SettledMessage message);
  bool scan();
  void scan_record(const Record& record);
  void become_live(Position end);
  bool fetch_waiting(Outlet& outlet);
  std::optional<Nanoseconds> logged_at(Position position, const std::vector<Routed>& mine);

  // dispatcher_prepare.cpp: from what is due to what is handed over.
  static std::size_t limit_of(const Outlet& outlet);  // of those handed over at once
  static bool may_begin(const Outlet& outlet);
  void begin_due(Outlet& outlet, Nanoseconds now);
  void park(Outlet& outlet, const DeliveryId& id, std::string reason, std::uint32_t generation);
  void retry(Outlet& outlet, const DeliveryId& id, std::string reason, bool unreachable, std::uint32_t generation);
  // What cannot be read now may be read later; what is damaged waits for a person.
  void unread(Outlet& outlet, const DeliveryId& id, std::string what, const Problem& why, std::uint32_t generation);
  std::optional<Delivery> begin(Outlet& outlet, const Due& due);
  Result<void> recorded_answers(Preparing& preparing, const std::string& target);
  void ask_questions(Outlet& outlet, Preparing preparing, const std::vector<EnrichmentQuestion>& questions);
  void answered(Preparing& preparing, const Lookup& lookup, bool may_be_missing, LookupBody body, const Answer& answer);
  void record_answers(const std::string& target, Preparing& preparing);
  void answers_recorded(Outlet& outlet, const DeliveryId& id, const Result<Position>& first);
  bool map(Outlet& outlet, Preparing& preparing);
  Delivery hand_over(Outlet& outlet, Preparing preparing);
  Preparing* find_preparing(const std::string& target, const DeliveryId& id, std::uint64_t ticket);
  void sweep_claims(Nanoseconds now);

  void write(Nanoseconds now);
  void collect_writing(Nanoseconds now);
  void written(bool durable);
  void end_overdue_asks(Nanoseconds now);
  void answer(std::uint64_t ask, Answer answer);
  Nanoseconds next_wake(Nanoseconds now) const;
  Result<const Cached*> event_at(Position position);
  void cache(Position position, Cached cached);
  Result<std::shared_ptr<const Generation>> generation(std::uint32_t number);
  void start_adapter(Outlet& outlet, Nanoseconds now);
  void post(std::move_only_function<void()> call);
  template <class Function>
  auto call(Function function);
  Outlet* find(const std::string& name);
  void abandon(Outlet& outlet, Nanoseconds now);

  Log& log_;
  View& view_;
  const KeyedHash& hash_;
  Environment environment_;
  Claims& claims_;
  GenerationByNumber generations_;
  const Position own_from_;  // events from here on came under this dispatcher: nothing older was asked for them

  // Owned by the thread.
  std::map<std::string, std::unique_ptr<Outlet>> outlets_;
  std::unordered_map<Position, Cached> cache_;
  std::deque<std::pair<Position, std::size_t>> cache_order_;
  std::size_t cache_bytes_ = 0;
  std::map<std::uint32_t, std::shared_ptr<const Generation>> loaded_;
  std::unique_ptr<LogReader> scanner_, fetcher_;
  Position scanner_at_ = 0;
  bool behind_damage_ = false;                          // the scanner met damage, and no record since
  Nanoseconds scan_again_at_ = 0, fetch_again_at_ = 0;  // not before: the log or the view could not be read
  Position fed_below_ = 0;                              // every event below was taken from the inbox
  std::uint64_t next_instance_ = 1, next_ticket_ = 1;
  Nanoseconds sweep_claims_at_ = 0;
  struct Ask {
    std::move_only_function<void(Answer)> done;
    Nanoseconds deadline;
  };
  std::map<std::uint64_t, Ask> asks_;
  std::uint64_t next_ask_ = 1;
  std::vector<NewRecord> unwritten_;  // taken from the lanes, not durable yet
  bool writing_ = false;
  Nanoseconds write_again_at_ = 0;
  bool closing_ = false;       // nothing new begins
  bool targets_stop_ = false;  // the adapters are being stopped
  Nanoseconds idle_cursors_at_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::vector<FedEvent>> fed_;
  std::size_t fed_count_ = 0;
  bool fed_overflow_ = false;
  std::deque<SettledMessage> settled_;  // bounded by the targets' credit
  std::deque<std::move_only_function<void()>> calls_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace simpul
