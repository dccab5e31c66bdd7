// Admission, committed: decides what comes in (bus/admit), appends it to the log, and answers after the
// commit. One unit per call: the accepted events, the refusals and a source's state stand in one group.
//
// Safe from any thread; deciding is serialised. Answers come on the log's writer thread, or on the calling
// thread when nothing has to be committed. Bounded by the log's queue: beyond it the answer is "later".
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "bus/adapter.h"
#include "bus/admit/admit.h"
#include "bus/deployment.h"
#include "bus/log/log.h"
#include "bus/log/view.h"

namespace simpul {

// A deployment under the number that it has in the log.
struct Serving {
  std::shared_ptr<const Deployment> deployment;
  std::uint32_t number = 0;
};

// An event that was committed just now, for those who deliver it.
struct FedEvent {
  Position position = 0;
  std::uint32_t generation = 0;
  std::shared_ptr<const Event> event;
  std::vector<Routed> routes;
};

class Admission {
 public:
  using Verdicts = std::move_only_function<void(std::vector<Verdict>)>;

  // `feed` is called on the writer thread, in commit order; it must not call back.
  Admission(Log& log, View& view, const KeyedHash& hash, const Environment& environment,
            std::function<void(std::vector<FedEvent>)> feed);

  void serve(Serving serving);
  Serving serving() const;

  // Whole events of an app.
  void publish(const std::string& app, std::vector<std::string> events, Verdicts done);
  // What a source brings: events, or records under `rules`; its state goes along.
  void offer(const std::string& app, const std::string& source,
             const std::vector<std::shared_ptr<const RecordRule>>& rules, std::vector<Item> items, StateChanges state,
             Verdicts done);
  // Something unreadable: recorded, nobody is told.
  void record_refusal(const std::string& app, const std::vector<Reason>& reasons, std::string_view received,
                      std::string_view content_type);

  struct Counts {
    std::uint64_t accepted = 0, duplicates = 0, refused = 0, later = 0;
  };
  Counts counts() const;
  // What each source brought since the start, and when its last offer was committed.
  struct Brought {
    std::uint64_t offers = 0, items = 0;
    Nanoseconds last = 0;  // wall time
  };
  std::map<std::string, Brought> sources() const;
  // Nothing that was decided under a generation is on its way any more: its events were fed.
  bool idle_under(std::uint32_t generation) const;

 private:
  struct Call;
  struct Unit;
  Verdict decide_into(Unit& unit, std::size_t index, const std::string& app, std::string text);
  void decide_item(Unit& unit, const std::string& app, const std::string& source,
                   const std::vector<std::shared_ptr<const RecordRule>>& rules, Item item);
  void commit(std::unique_ptr<Unit> unit);
  void close_unit(const Unit& unit);
  void committed(Unit& unit, Result<Position> first);
  void settle_waiters(const Unit& unit, const Problem* failed, std::vector<std::shared_ptr<Call>>& finished);
  void answer(std::vector<std::shared_ptr<Call>> finished);

  Log& log_;
  View& view_;
  const KeyedHash& hash_;
  Environment environment_;
  std::function<void(std::vector<FedEvent>)> feed_;

  mutable std::mutex mutex_;
  Serving serving_;
  InFlight in_flight_;
  std::uint64_t next_ticket_ = 1;
  struct Waiter {
    std::shared_ptr<Call> call;
    std::size_t index;
    Hash128 identity;  // of the event that it repeats
  };
  std::unordered_map<std::uint64_t, std::vector<Waiter>> waiters_;  // by the ticket they wait for
  std::map<std::uint32_t, std::size_t> units_open_;                 // by generation
  Counts counts_;
  std::map<std::string, Brought> brought_;  // by source
};

}  // namespace simpul
