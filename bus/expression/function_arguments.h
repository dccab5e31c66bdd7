// What the functions share: their errors, and the arguments they take.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "bus/expression/machine.h"
#include "bus/expression/numbers.h"

namespace simpul::cel {

inline Cell wrong(std::uint32_t step) {
  return Cell::error(ErrorCode::no_overload, step);
}
inline Cell bad(std::uint32_t step) {
  return Cell::error(ErrorCode::bad_argument, step);
}
inline Cell spent(std::uint32_t step) {
  return Cell::error(ErrorCode::budget, step);
}
inline Cell overflow(std::uint32_t step) {
  return Cell::error(ErrorCode::overflow, step);
}

inline bool all_text(const Cell* arguments, std::size_t count) {
  return std::all_of(arguments, arguments + count, [](const Cell& cell) { return cell.is_text(); });
}

// An int, or a JSON number that is one: 5, 5.0, 50e-1.
inline std::optional<std::int64_t> integer_argument(const Cell& cell) {
  if (cell.kind == CellKind::integer) return cell.integer;
  if (cell.kind != CellKind::number) return std::nullopt;
  const Operand value = operand_of(cell, false, true);
  return value.good && !value.is_real && !value.is_unsigned ? std::optional(value.integer) : std::nullopt;
}

inline bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// Bytes of the character that begins at `at`.
inline std::size_t width_at(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && is_continuation(text[end])) ++end;
  return end - at;
}

// Byte offset of the character at `position`; none when the text is shorter.
inline std::optional<std::size_t> offset_of(std::string_view text, std::int64_t position) {
  if (position < 0) return std::nullopt;
  std::size_t at = 0;
  for (; position > 0; --position) {
    if (at >= text.size()) return std::nullopt;
    at += width_at(text, at);
  }
  return at;
}

inline char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
inline char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}
inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
inline bool is_letter(char c) {
  return lower(c) >= 'a' && lower(c) <= 'z';
}

// conversion_functions.cpp: a double as ECMAScript writes it ("1000000", "1e+21", "NaN", "-Infinity").
std::string real_text(double value);
// "int", "list", "google.protobuf.Timestamp".
std::string_view type_name(const Cell& cell);

}  // namespace simpul::cel
