// Reads CEL's grammar (cel-spec, doc/langdef.md, "Syntax") by recursive descent, nesting bounded.
#pragma once

#include <expected>
#include <string_view>

#include "bus/expression/tree.h"

namespace simpul::cel {

// The first mistake ends the reading: what follows it would be guesses.
std::expected<Tree, Fault> parse(std::string_view source);

}  // namespace simpul::cel
