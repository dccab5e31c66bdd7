// The values of `format`: those of JSON Schema validation §7.3 and the identifiers of Indonesian administration. A
// format asserts: a string that is not of it is not valid.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace simpul {

struct FixedWords {
  std::string_view english, indonesian;
  bool empty() const { return english.empty(); }
};

struct Format {
  std::string_view name;
  bool (*matches)(std::string_view text);
  FixedWords expected;  // "16 digits (NIK)", "16 angka (NIK)"
  // What is wrong with a text that does not match, when more can be said than what was expected; never quotes the
  // text. Null when there is no more to say; may return nothing.
  FixedWords (*why)(std::string_view text) = nullptr;
  // The soft rule: what looks wrong in a text that matches. Null when there is none; empty when nothing does.
  FixedWords (*doubt)(std::string_view text) = nullptr;
};

const Format* find_format(std::string_view name);
std::vector<std::string> format_names();

}  // namespace simpul
