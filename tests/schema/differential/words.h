// What schemas and documents of the differential tests are spelt with: names, numbers, patterns and formats, with texts
// that fit and texts that nearly do.
#pragma once

#include <string_view>
#include <vector>

#include "tests/schema/differential/tree.h"

namespace simpul::differential {

struct TextRule {
  std::string_view rule;  // a pattern, or the name of a format
  std::vector<std::string_view> fit, near;
};

const std::vector<TextRule>& known_patterns();
const std::vector<TextRule>& standard_formats();
const std::vector<TextRule>& country_formats();
const std::vector<std::string_view>& names();

Tree small_number(Dice& dice);
Tree any_number(Dice& dice, bool beyond_doubles);
std::string any_text(Dice& dice);

// A pattern over few characters, and a text that it matches.
struct MadePattern {
  std::string pattern, text;
};
MadePattern make_pattern(Dice& dice, int depth);

}  // namespace simpul::differential
