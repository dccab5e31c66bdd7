// Offers a source's items and waits for the verdicts: the same offer again while the answer is "later".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/shared/worker.h"
#include "bus/adapter.h"

namespace simpul {

class Offering {
 public:
  Offering(Intake& intake, Worker& worker, std::string name);

  // Blocks until the offer is committed; the verdicts in the order of the items. None when the worker is to
  // stop before that; the offer may then be committed or not, which the state tells after the next start.
  // An offer without items is known to be committed by its state, which is read back.
  std::optional<std::vector<Verdict>> commit(const std::vector<Item>& items, const StateChanges& state);

 private:
  bool state_is_there(const StateChanges& state);

  Intake& intake_;
  Worker& worker_;
  Trouble trouble_;
};

}  // namespace simpul
