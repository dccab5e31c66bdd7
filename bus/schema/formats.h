// The values of `format`: those of JSON Schema validation §7.3 and the identifiers of Indonesian administration. A
// format asserts: a string that is not of it is not valid.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace simpul {

struct Format {
  std::string_view name;
  bool (*matches)(std::string_view text);
  std::string_view expected;  // "16 digits (NIK)"
  // What is wrong with a text that does not match, when more can be said than what was expected; never quotes the
  // text. Null when there is no more to say; may return an empty string.
  std::string (*why)(std::string_view text);
};

const Format* find_format(std::string_view name);
std::vector<std::string> format_names();

}  // namespace simpul
