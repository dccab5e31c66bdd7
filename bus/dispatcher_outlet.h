// What the dispatcher keeps for each target; its own, see dispatcher.h.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bus/dispatcher.h"

namespace simpul {

// A delivery on its way to being handed over.
struct Dispatcher::Preparing {
  std::uint64_t ticket = 0;
  Due due;
  std::shared_ptr<const Event> event;
  std::shared_ptr<const Generation> generation;
  std::uint32_t number = 0;  // of the generation
  const RouteTarget* target = nullptr;
  // Enrichment.
  EnrichmentAnswers answers;
  std::size_t open = 0;            // questions without an answer
  std::vector<NewRecord> records;  // of what was answered
  std::string failed;              // why there is no mapping now …
  bool park = false;               // … and will be none later either
  // Mapped; waits for its claims to be committed, then for its turn.
  std::string payload;
};

struct Dispatcher::Outlet {
  std::string name;
  std::unique_ptr<Target> adapter;
  std::unique_ptr<Lanes> lanes;
  std::size_t concurrency = 16;
  std::uint64_t instance = 0;
  bool live = false;    // everything fed so far was offered to it
  bool full = false;    // took no more in this scan
  bool paused = false;  // its adapter is being exchanged
  bool started = false;
  bool touched = false;  // may have receipts to write
  bool writing = false;  // some of its receipts are on their way to the log
  Position written_cursor = 0;
  Nanoseconds start_again_at = 0;
  std::string start_error;
  struct Begun {
    std::string sent;
    std::uint32_t generation;
  };
  std::map<DeliveryId, Begun> begun;
  // Begun for the lanes, and not handed over yet: something must be asked or committed first.
  std::map<DeliveryId, Preparing> preparing;
  std::deque<DeliveryId> prepared;  // of those, the ones that may be handed over
};

}  // namespace simpul
