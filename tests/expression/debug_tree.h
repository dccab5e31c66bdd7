// An expression as cel-go's debug strings show it (common/debug of cel-go; the suites of cel-spec carry them): the tree
// after macros are expanded, each node with its kind, or, once checked, with its type and what it refers to. Our own
// tree keeps macros as calls; what they expand to is written down here.
#pragma once

#include <string>

#include "bus/expression/checker.h"
#include "bus/expression/tree.h"

namespace simpul::cel {

std::string debug_text(const Tree& tree);
std::string debug_text(const Tree& tree, const Annotations& annotations, const Declarations& declarations);

}  // namespace simpul::cel
