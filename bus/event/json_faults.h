// What is wrong with a text that is not JSON, in words for the person who wrote it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "bus/base/result.h"

namespace simpul::json {

enum class Fault : unsigned char {
  value,
  name,
  colon,
  object_end,
  array_end,
  escape,
  hex,
  surrogate,
  line_break,
  string_end,
  fraction,
  exponent,
  range,
  trailing
};

Problem problem_at(std::string_view text, std::size_t offset, std::string code, std::string_view what,
                   std::string hint);
Problem problem_of(Fault fault, std::string_view text, std::size_t offset);

// What one pass over the bytes tells before reading starts.
struct Survey {
  bool control = false;  // a byte below 0x20 that is no white space
  bool high = false;     // a byte above 0x7f
};
Survey survey(std::string_view text);
// A byte order mark, a control character, or what is not UTF-8.
std::optional<Problem> bytes_problem(std::string_view text, const Survey& seen);

}  // namespace simpul::json
