// Numbers of CEL and of JSON beside each other: int and double as CEL says, JSON numbers by their text.
#pragma once

#include <compare>
#include <optional>
#include <span>

#include "bus/expression/cell.h"

namespace simpul::cel {

// By exact value; unordered only beside a NaN. Both must be numbers.
std::partial_ordering compare_numbers(const Cell& a, const Cell& b);

// A number made ready for arithmetic: an integer or a real, or an error code when it is beyond both. A JSON
// number without fraction and exponent is an integer; with `as_real` everything is a real.
struct Operand {
  bool good = false;
  bool is_real = false;
  std::int64_t integer = 0;
  double real = 0;
};
Operand operand_of(const Cell& number, bool as_real, bool as_integer);

// Beyond the range of a double: infinity of its sign.
double real_of(const Cell& number);

// The shortest text that reads back as the same double; none for infinities and NaN.
std::optional<std::string_view> shortest(double value, std::span<char> buffer);

}  // namespace simpul::cel
