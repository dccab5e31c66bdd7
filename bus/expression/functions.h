// The functions of the language: one table for the checker, the machine and `simpul functions`.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "bus/expression/program.h"

namespace simpul::cel {

// One of the forms of a function, with types as CEL writes them. `id` is what cel-go calls it ("size_string"), or our
// own in the same manner. Signatures, by example:
//   "string.startsWith(string) -> bool"            a method
//   "size(list(A)) -> int"                         A, B, … are type parameters
//   "math.abs(int) -> int"                         a name with a dot is a name, not a method of `math`
//   "math.greatest(int, ...) -> int"               the last one any number of times
// Types: null_type bool int uint double number string bytes timestamp duration dyn type list(T) map(K, V) optional(T).
// `number` is ours: a JSON number of a schema, of which nobody said whether it has a fraction; int, uint and double go
// where it is asked.
struct Overload {
  std::string_view id, signature;
};

// `function` is called with the cells of any of its overloads, and with whatever dyn let through: it answers
// ErrorCode::no_overload for what it does not know. What needs more than types (has, matches, lookup, optionals,
// macros) the checker knows by name; it stands in the table all the same, without a function, to be described.
struct FunctionEntry {
  std::string_view name;
  std::span<const Overload> overloads;
  Function function = nullptr;
  std::string_view help,
      example;  // example: an expression that compiles in the scope of tests/expression/functions_test
};

std::span<const FunctionEntry> functions();  // ordered by name, each name once

bool is_date_pattern(std::string_view pattern);

// text_functions.cpp
Cell text_size(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell starts_with(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell ends_with(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell contains(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell lower_ascii(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell upper_ascii(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell trim(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell replace(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell split(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell join(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell substring(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell index_of(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell last_index_of(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell char_at(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell truncate(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell pad_left(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell digits(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell title(Machine&, std::uint32_t, const Cell*, std::size_t);

// value_functions.cpp
Cell to_text(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell to_integer(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell to_real(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell to_boolean(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell to_dyn(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell sha256_hex(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell date(Machine&, std::uint32_t, const Cell*, std::size_t);
Cell format_date(Machine&, std::uint32_t, const Cell*, std::size_t);

}  // namespace simpul::cel
