// How a walk over a value came to where it is: the steps into the value and the keywords of the schema, references
// included. They live on the walk's stack and become text only where something is to be said.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bus/schema/node.h"

namespace simpul {

// Into a member (by name) or an item (by index).
struct Step {
  const Step* up = nullptr;
  std::string_view name = {};
  std::size_t index = 0;
  bool named = false;
};

// From one schema to the next.
struct Way {
  const Way* up = nullptr;
  std::string_view text = {};  // "/properties/nik", "/$ref"
  const Node* node = nullptr;  // the schema it leads to, null between
  const Step* step = nullptr;  // the part of the value that schema looks at
};

// A value with the ways to it.
struct Spot {
  const json::Value& value;
  const Step* step = nullptr;
  const Way* way = nullptr;
};

// A schema passed on the way: how much of the way and of the instance pointer lead to it.
struct Passed {
  const Node* node;
  std::size_t way, instance;
};

std::string text_of(const Step* step);                          // a JSON Pointer into the value
std::string text_of(const Way* way, std::string_view keyword);  // "/properties/nik/$ref/pattern"
std::vector<Passed> passed_on(const Way* way);                  // from the root on, the root itself left out

}  // namespace simpul
