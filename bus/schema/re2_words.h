// A pattern's tree in RE2's words. RE2 repeats at most 1000 times, nested repetitions multiplied; what counts higher is
// written as several repetitions, one behind the other.
#pragma once

#include <string>

#include "bus/schema/regex.h"

namespace simpul::regex {

std::string written_for_re2(const Tree& tree);

}  // namespace simpul::regex
