// Compares what happened with what was expected: one failure for one mistake, with what differs member by member, where
// it was expected, and what to do.
#pragma once

#include <string>
#include <vector>

#include "tools/trial/cases.h"
#include "tools/trial/outcome.h"

namespace simpul::trial {

struct Failure {
  Place place;  // of the expectation; of the case, when nothing expected it
  std::string message;
  std::vector<Difference> differences;
  std::string hint;
};

std::vector<Failure> failures_of(const Case& one, const Outcome& outcome);

// All that happened, as a snapshot has it.
Tree to_tree(const Outcome& outcome, const Case& one);

}  // namespace simpul::trial
