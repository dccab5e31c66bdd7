// Which of several alternatives a value was meant to be: the one that comes closest, and what all of them ask of the
// same place. Only for words; nothing here decides validity.
#pragma once

#include <string_view>
#include <vector>

#include "bus/schema/judge.h"

namespace simpul {

// What every alternative lists for one place: the value itself (no name), or one of its members.
struct CommonChoice {
  std::string_view name;
  std::vector<const json::Value*> values;  // empty: no such place
};

class Branches {
 public:
  Branches(Judge& judge, const std::vector<const Node*>& branches) : judge_(judge), branches_(branches) {}

  // The index of the alternative whose faults weigh least: constants, enums and types that tell alternatives apart
  // weigh most, what lies deep in the value least.
  std::size_t nearest(const json::Value& value);
  // The types that the alternatives take together when `value` is of none of them; else 0.
  unsigned types(const json::Value& value);
  // Where every alternative has a constant or an enum and `value` has none of those values (or lacks the member).
  CommonChoice choice(const json::Value& value);

 private:
  long distance(const Node& node, const json::Value& value);
  long member_distance(const Node& node, const json::Value& value);
  long object_distance(const Node& node, const json::Value& value);
  long mismatch(const Node& node, const json::Value& value);
  unsigned types_of(const Node& node);
  bool list(const Node& node, std::vector<const json::Value*>& values);
  const Node* property(const Node& node, std::string_view name);
  bool requires_field(const Node& node, std::string_view name);
  bool list_everywhere(std::string_view name, std::vector<const json::Value*>& values);
  void names_with_constants(const Node& node, std::vector<std::string_view>& names);
  bool spent() { return ++steps_ > 5'000; }

  Judge& judge_;
  const std::vector<const Node*>& branches_;
  std::size_t steps_ = 0;
};

}  // namespace simpul
