// What is certain of the texts of a format, for comparing schemas; automaton.h has the formats that are regular.
#pragma once

#include <array>
#include <string_view>

namespace simpul {

struct FormatFacts {
  std::string_view name;
  std::string_view within;                   // a pattern that all its texts match; empty: none is known, or exact ones
  std::array<std::string_view, 5> examples;  // empty ones apart
  std::array<std::string_view, 3> in;        // formats that all its texts are of
};

const FormatFacts* facts_of_format(std::string_view name);  // null when nothing is known of it

}  // namespace simpul
