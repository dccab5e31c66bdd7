// Numbers of CEL and of JSON beside each other: int, uint and double as CEL says, JSON numbers by their text.
#pragma once

#include <compare>
#include <optional>
#include <span>
#include <string_view>

#include "bus/expression/cell.h"

namespace simpul::cel {

// By value, whatever they are written as; unordered only beside a NaN. An int or uint beside a double is compared as
// doubles, as CEL's conformance suite wants (comparisons/lt_literal, "lossy"). Both must be numbers.
std::partial_ordering compare_numbers(const Cell& a, const Cell& b);
bool equal_numbers(const Cell& a, const Cell& b);

// A number made ready for arithmetic. A JSON number without fraction and exponent is an int, or a uint when it is
// beyond int; otherwise, and with `as_real` always, a double. With `as_integer` 5.0 and 5e0 are ints too, and what is
// no int is not good.
struct Operand {
  bool good = false;
  bool is_real = false;
  std::int64_t integer = 0;
  double real = 0;
  bool is_unsigned = false;  // then `uinteger`
  std::uint64_t uinteger = 0;
};
Operand operand_of(const Cell& number, bool as_real, bool as_integer);

// Beyond the range of a double: infinity of its sign.
double real_of(const Cell& number);

// The number as an index into a list: whole and not below zero, whatever its kind; none otherwise.
std::optional<std::uint64_t> whole_of(const Cell& number);

// The shortest text that reads back as the same double; none for infinities and NaN.
std::optional<std::string_view> shortest(double value, std::span<char> buffer);

// The int that a text of at most 18 digits spells: how nearly every JSON number is read.
inline std::optional<std::int64_t> short_integer(std::string_view text) {
  constexpr std::size_t always_fits = 18;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > always_fits) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) {
    const auto digit = static_cast<unsigned char>(c - '0');
    if (digit > 9) return std::nullopt;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

// a + b, a - b or a * b of two JSON numbers, exactly, as a JSON number in the buffer (of decimal_bytes); none when it
// has more digits than that.
inline constexpr std::size_t decimal_bytes = 64;
std::optional<std::string_view> exact(char operation, std::string_view a, std::string_view b, std::span<char> buffer);

}  // namespace simpul::cel
