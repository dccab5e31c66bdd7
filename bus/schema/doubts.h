// Soft rules: what formats doubt in a value that is valid (a region code that no table knows). Which schemas lead to
// such a format is found once for all schemas, so the others cost nothing, and a walk goes only where one may speak.
#pragma once

#include <vector>

#include "bus/schema/node.h"

namespace simpul {

class Doubts {
 public:
  explicit Doubts(const SchemaStore& store);
  bool possible(const Node& root) const { return !leads_.empty() && leads_[root.index]; }
  // `value` must be valid. At most `limit`, in the order of the document.
  std::vector<Violation> of(const Node& root, const json::Value& value, std::size_t limit) const;

 private:
  std::vector<bool> leads_;  // by a node's index; empty when no format of the store doubts anything
};

}  // namespace simpul
