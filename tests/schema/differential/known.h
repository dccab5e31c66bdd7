// Where a peer is known to be wrong. A rule explains a disagreement when the pair, with what the peer cannot do taken
// out of it, is answered alike; known.txt says of each rule why. What no rule explains is a finding.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/schema/differential/judge.h"

namespace simpul::differential {

struct KnownDifference {
  std::string name;
  bool (*take_out)(Pair& pair);  // false when there is nothing of it in the pair
  bool needs_arbiter = false;    // what it takes out is broad: a second peer must agree with us
};

const std::vector<KnownDifference>& known_differences();

// The pair in words that the arbiter gets right; means the same. In Blaze an unevaluatedItems beside items, which
// has nothing to apply to (2020-12 and 2019-09 core, unevaluatedItems), takes away what items has evaluated.
Pair for_arbiter(Pair pair);

// The rule that explains it, or null. `agrees` asks both sides about a changed pair.
const KnownDifference* explained(const Pair& pair, const std::function<bool(const Pair&)>& agrees);

}  // namespace simpul::differential
