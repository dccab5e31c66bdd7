// Exact decimal arithmetic on the text of JSON numbers: what comparing and `multipleOf` need, no more.
//
// Every function takes a number as RFC 8259 §6 writes it. Nothing is rounded: a number beyond 2^53 or with
// 300 digits compares by its digits. Exponents beyond ±10^15 are held at that bound (the reader refuses them).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace simpul::json {

// Negative, zero or positive as a is less than, equal to or greater than b.
int compare_numbers(std::string_view a, std::string_view b);
bool is_integer_number(std::string_view number);  // 5, 5.0, 50e-1
std::optional<std::int64_t> integer_of(std::string_view number);
// The same text for equal numbers, for hashing: "-15e-1" for -1.5, "0" for 0.0.
void append_canonical_number(std::string_view number, std::string& out);
std::uint64_t hash_number(std::string_view number);  // the same for equal numbers

// A divisor made ready once.
struct Divisor {
  std::uint64_t digits = 1;   // without trailing zeros
  std::int64_t exponent = 0;  // of ten
  // None when the number is not above zero, or has more than 18 significant digits.
  static std::optional<Divisor> of(std::string_view number);
  bool divides(std::string_view number) const;
};

}  // namespace simpul::json
