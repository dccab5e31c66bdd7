// The keywords that hold for a valid value, and the annotations they make (core §7.7): for output.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bus/schema/judge.h"
#include "bus/schema/ways.h"

namespace simpul {

struct Held {
  const Node* node;
  std::string_view keyword;
  std::string instance, way;
  std::string annotation;  // JSON text; empty: the keyword makes none
  std::vector<Passed> passed;
};

// `value` must be valid. In the order in which the schemas are written, at most 10 000.
std::vector<Held> held_keywords(const Node& root, const json::Value& value, Judge& judge);

}  // namespace simpul
