// What the schema alone tells, before any value comes: which kinds a node can accept, which texts tell the branches of
// a choice apart, and which members and items are always evaluated.
#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "bus/schema/node.h"

namespace simpul::program {

// The schemas that a value must fit besides the node's own keywords: `$ref`, `$dynamicRef`, allOf.
std::vector<const Node*> conjuncts(const Node& node);
// Nothing is asserted or evaluated but by conjuncts.
bool is_silent(const Node& node);

// Bits of json::Kind. Each function that walks keeps to nodes not seen yet, so that a schema whose parts share parts
// costs no more than its size.
class Kinds {
 public:
  explicit Kinds(const SchemaStore& store) : known_(store.nodes.size(), unknown) {}
  unsigned of(const Node& node);  // a superset of those it accepts

 private:
  static constexpr std::uint8_t unknown = 0xff;
  std::vector<std::uint8_t> known_;  // by the nodes' index
};

// What a branch demands of the members of an object.
struct MemberFact {
  bool required = false;
  std::optional<std::vector<std::string_view>> texts;  // sorted: when it is a string, one of these
};
std::map<std::string_view, MemberFact> member_facts(const Node& branch);

// The values that `enum` and `const` leave; none when there is neither.
std::optional<std::vector<const json::Value*>> allowed_values(const Node& node);

// What is evaluated beside `unevaluatedProperties` or `unevaluatedItems` (core §11.2, §11.3) when that hangs on no
// condition.
struct EvaluatedMembers {
  bool all = false;
  std::vector<std::string_view> names;
  std::vector<std::shared_ptr<const Pattern>> patterns;
};
struct EvaluatedItems {
  bool all = false;
  std::size_t prefix = 0;
};
std::optional<EvaluatedMembers> evaluated_members(const Node& node);  // none: it depends on the value
std::optional<EvaluatedItems> evaluated_items(const Node& node);

}  // namespace simpul::program
