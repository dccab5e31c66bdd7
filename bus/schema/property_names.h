// The names that \p{…} takes: general categories and scripts (ECMA-262 §22.2.2.7, Unicode TR 18), in the words of RE2.
#pragma once

#include <string_view>

#include "bus/base/result.h"
#include "bus/schema/characters.h"

namespace simpul::regex {

// `text`: what stands in the braces: "Lu", "Letter", "gc=Lu", "Script=Greek", "Any". pattern.syntax for what is no
// property; pattern.unsupported for properties that are neither a category nor a script. No places.
Result<CharacterSet> property_of(std::string_view text);

}  // namespace simpul::regex
