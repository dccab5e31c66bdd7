// The functions of the language: one table for the checker, the machine and `simpul functions`.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "bus/expression/program.h"

namespace simpul::cel {

// A function whose types say all there is to check. What needs more (has, matches, lookup, optionals, macros)
// the checker knows by name.
struct FunctionEntry {
  std::string_view name;
  bool method = false;                // text.name(...)
  bool plain = false;                 // name(text, ...)
  unsigned minimum = 0, maximum = 0;  // arguments, the receiver included
  std::array<unsigned, 4> kinds{};    // SchemaType kinds that each argument may have
  unsigned result = 0;
  Function function = nullptr;
};

std::span<const FunctionEntry> functions();
// What CEL or its extensions have and we do not have yet.
std::span<const std::string_view> unsupported_functions();

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
