// What happened in a case, in the order in which it happened.
#pragma once

#include <string>
#include <vector>

#include "bus/admit/admit.h"
#include "bus/base/environment.h"
#include "tools/trial/tree.h"

namespace simpul::trial {

// Times count from the beginning of the case.
struct DeliveryOutcome {
  enum State { waiting, delivered, parked } state = waiting;
  std::string app, into, route, event;
  std::uint32_t part = 0;
  std::string payload;  // as it was last handed over
  std::vector<Nanoseconds> tried;
  std::string reason;  // parked, or of the last failure
  Nanoseconds at = 0;  // delivered or parked
  std::vector<Hash128> keys;
};

struct RefusalOutcome {
  std::string app, event;
  std::vector<RefusalWhy> reasons;
};

struct MadeEvent {
  std::string app, type, subject, time;
  Tree data;
};

struct QuestionOutcome {
  std::string lookup, asker;
  Tree parameters;
  bool answered = true;  // an answer was given in the test
};

struct Outcome {
  std::vector<DeliveryOutcome> deliveries;  // delivered ones and parked ones as they were, then those that wait
  std::vector<RefusalOutcome> refused;
  std::vector<std::string> duplicates;  // ids
  std::vector<MadeEvent> made;
  std::vector<QuestionOutcome> asked;
  Nanoseconds ended = 0;
  bool at_horizon = false;  // it ended because its time was over, not because all was done
};

}  // namespace simpul::trial
