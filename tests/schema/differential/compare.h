// Many cases from a seed on: our passes against each other, and ours against the peers'.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/schema/differential/judge.h"
#include "tests/schema/differential/peer.h"

namespace simpul::differential {

struct Plan {
  std::size_t pairs = 10000;
  std::uint64_t seed = 1;
  std::size_t documents = 50;  // of each schema
  std::size_t findings = 10;   // to stop after
  Peer* peer = nullptr;        // null: our passes only, with what no peer can do among the pairs
  Arbiter* arbiter = nullptr;
  std::function<void(const struct Report&)> progress;  // after each schema
};

struct Report {
  Counts counts;
  std::size_t compared = 0;                    // pairs that the peer answered too
  std::size_t not_compared = 0;                // numbers that doubles do not hold
  std::map<std::string, std::size_t> known;    // disagreements by the rule that explains them
  std::map<std::string, std::size_t> refused;  // schemas that the peer does not take, by its words
  std::vector<Finding> findings;               // shrunk, no two alike
};

Report run(const Plan& plan);

}  // namespace simpul::differential
