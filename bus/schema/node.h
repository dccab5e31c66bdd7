// What schemas mean: one node for each subschema, its keywords read, its references resolved, the differences between
// the drafts gone. The fast pass (program.h) is made of nodes; explaining, typing, masking and comparing walk them.
//
// Dynamic references are gone too: link.cpp follows `$dynamicRef` and `$recursiveRef` for each way a file can be
// entered and, where the target depends on the way, copies the nodes on it; so a node's `dynamic_ref` is the
// one target it has, and several nodes may stand for one place in a file.
//
// Nodes form a graph: `ref`, `dynamic_ref` and children may lead back to a node that is being looked at. A loop that
// would look at one value for ever is refused at load.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bus/event/decimal.h"
#include "bus/event/fingerprint.h"
#include "bus/event/json.h"
#include "bus/schema/formats.h"
#include "bus/schema/pattern.h"
#include "bus/schema/schema.h"

namespace simpul {

struct Node;

struct SchemaFile {
  std::string path;  // below schemas/; the URI of a meta-schema that is built in
  std::string name;  // without .json
  json::Document document;
  const Node* root = nullptr;
  bool built_in = false;  // not of the registry: no name finds it
};

enum class Draft : std::uint8_t { draft4, draft6, draft7, draft2019_09, draft2020_12 };

struct PropertyRule {
  std::string_view name;
  const Node* node = nullptr;  // null: only required
  bool required = false;
};

// Property rules by name; a lookup costs one hash and, nearly always, one comparison.
class PropertyTable {
 public:
  PropertyRule& at(std::string_view name) {
    if (const auto* rule = find(name)) return rules_[static_cast<std::size_t>(rule - rules_.data())];
    rules_.push_back(PropertyRule{name});
    if (rules_.size() * 2 > slots_.size()) {
      slots_.assign(slots_.empty() ? 4 : slots_.size() * 2, 0);
      for (std::size_t i = 0; i < rules_.size(); ++i) place(i);
    } else {
      place(rules_.size() - 1);
    }
    return rules_.back();
  }
  const PropertyRule* find(std::string_view name) const {
    if (slots_.empty()) return nullptr;
    for (auto slot = first_slot(name); slots_[slot] != 0; slot = (slot + 1) & (slots_.size() - 1)) {
      const auto& rule = rules_[slots_[slot] - 1];
      if (rule.name == name) return &rule;
    }
    return nullptr;
  }
  const std::vector<PropertyRule>& rules() const { return rules_; }
  std::vector<PropertyRule>& rules() { return rules_; }  // the names stay as they are

 private:
  // A fingerprint takes the first and last bytes only: names in great number must not be able to share one.
  static constexpr std::size_t bounded_slots = 256;
  std::size_t first_slot(std::string_view name) const {
    auto hash = slots_.size() > bounded_slots ? std::hash<std::string_view>()(name) : json::fingerprint(name) >> 32;
    return hash & (slots_.size() - 1);
  }
  void place(std::size_t rule) {
    auto slot = first_slot(rules_[rule].name);
    while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = static_cast<std::uint32_t>(rule + 1);
  }

  std::vector<PropertyRule> rules_;
  std::vector<std::uint32_t> slots_;
};

struct NumberBound {
  enum class Rule : std::uint8_t { minimum, exclusive_minimum, maximum, exclusive_maximum } rule;
  std::string_view text;
  std::string_view keyword() const {
    constexpr std::string_view names[] = {"minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"};
    return names[static_cast<unsigned>(rule)];
  }
  bool holds(std::string_view number) const {
    int order = json::compare_numbers(number, text);
    switch (rule) {
      case Rule::minimum:
        return order >= 0;
      case Rule::exclusive_minimum:
        return order > 0;
      case Rule::maximum:
        return order <= 0;
      case Rule::exclusive_maximum:
        return order < 0;
    }
    return false;
  }
};

struct DependentNames {
  std::string_view name;
  std::vector<std::string_view> required;
};

struct NamedNode {
  std::string_view name;
  const Node* node;
};

struct PatternNode {
  std::shared_ptr<const Pattern> pattern;
  const Node* node;
};

struct Node {
  enum Rules : unsigned {
    string_rules = 1,
    number_rules = 2,
    array_rules = 4,
    object_rules = 8,
    value_rules = 16,
    logic_rules = 32
  };

  const SchemaFile* file = nullptr;
  const json::Value* source = nullptr;  // the schema as written: an object, true or false
  std::string pointer;                  // JSON Pointer of the schema in its file
  std::uint32_t offset = 0;             // of the schema in its file
  std::uint32_t index = 0;              // its position among the nodes of the store
  Draft draft = Draft::draft2020_12;

  std::optional<bool> boolean;  // the schemas true and false
  // Bits of SchemaType::Kind; a schema that allows `number` has the integer bit set as well.
  unsigned types = SchemaType::any;
  bool typed = false;
  bool fraction_counts = false;  // draft 4: 1.0 is no integer (§3.5 of its core), a number's text decides
  unsigned rules = 0;

  std::optional<std::uint64_t> min_length, max_length;
  std::shared_ptr<const Pattern> pattern;
  const Format* format = nullptr;  // null too where `format` only annotates

  std::vector<NumberBound> bounds;
  std::optional<json::Divisor> multiple_of;
  std::string_view multiple_text;

  std::vector<const Node*> prefix_items;  // `items` as an array before 2020-12
  const Node* items = nullptr;            // for those behind the prefix: `additionalItems` before 2020-12
  const Node* contains = nullptr;
  bool contains_evaluates = true;  // what `contains` matched is evaluated: 2020-12 §10.3.1.3; not so in 2019-09
  const Node* unevaluated_items = nullptr;  // core §11.2
  std::uint64_t min_contains = 1;
  std::optional<std::uint64_t> max_contains, min_items, max_items;
  bool unique_items = false;

  PropertyTable properties;
  std::size_t required_count = 0;
  std::vector<PatternNode> pattern_properties;
  const Node* additional_properties = nullptr;
  const Node* property_names = nullptr;
  const Node* unevaluated_properties = nullptr;  // core §11.3
  std::optional<std::uint64_t> min_properties, max_properties;
  std::vector<DependentNames> dependent_required;  // `dependencies` too
  std::vector<NamedNode> dependent_schemas;

  const json::Value* constant = nullptr;
  std::optional<std::vector<const json::Value*>> enumeration;
  std::vector<std::string_view> enumerated_strings;  // sorted

  const Node* ref = nullptr;
  const Node* dynamic_ref = nullptr;  // of `$dynamicRef` or `$recursiveRef`, resolved for this way
  std::vector<const Node*> all_of, any_of, one_of;
  const Node* negated = nullptr;
  const Node* condition = nullptr;
  const Node* consequence = nullptr;  // null, like `alternative`, where there is no condition
  const Node* alternative = nullptr;

  std::optional<PersonalData> personal;
  bool is_key = false, is_subject = false;  // x-key, x-subject
  std::string_view owner;                   // x-owner

  bool closed() const { return additional_properties != nullptr && additional_properties->boolean == false; }
};

// What a child of a node looks at, seen from the value the node looks at.
enum class Part : std::uint8_t { same, member, item, name };

// Every field of a node that leads to another node: visit(pointer, part), the pointer never null. The pointers of a
// node that is not const may be replaced.
template <class N, class Visit>
void for_each_child(N& node, Visit visit) {
  auto one = [&](auto& child, Part part) {
    if (child != nullptr) visit(child, part);
  };
  auto all = [&](auto& children, Part part) {
    for (auto& child : children) visit(child, part);
  };
  all(node.prefix_items, Part::item);
  one(node.items, Part::item);
  one(node.contains, Part::item);
  one(node.unevaluated_items, Part::item);
  for (auto& rule : node.properties.rules()) one(rule.node, Part::member);
  for (auto& pattern : node.pattern_properties) visit(pattern.node, Part::member);
  one(node.additional_properties, Part::member);
  one(node.unevaluated_properties, Part::member);
  one(node.property_names, Part::name);
  for (auto& dependent : node.dependent_schemas) visit(dependent.node, Part::same);
  one(node.ref, Part::same);
  one(node.dynamic_ref, Part::same);
  all(node.all_of, Part::same);
  all(node.any_of, Part::same);
  all(node.one_of, Part::same);
  one(node.negated, Part::same);
  one(node.condition, Part::same);
  one(node.consequence, Part::same);
  one(node.alternative, Part::same);
}

// The children that look at the same value.
template <class Visit>
void for_each_in_place(const Node& node, Visit visit) {
  for_each_child(node, [&](const Node* child, Part part) {
    if (part == Part::same) visit(*child);
  });
}

inline bool has_kind(unsigned types, const json::Value& value) {
  using K = json::Kind;
  switch (value.kind()) {
    case K::null:
      return types & SchemaType::null;
    case K::boolean:
      return types & SchemaType::boolean;
    case K::string:
      return types & SchemaType::string;
    case K::array:
      return types & SchemaType::array;
    case K::object:
      return types & SchemaType::object;
    case K::number:
      break;
  }
  if (types & SchemaType::number) return true;
  return (types & SchemaType::integer) && json::is_integer_number(value.text());
}

// `type` alone.
inline bool has_type(const Node& node, const json::Value& value) {
  if (node.fraction_counts && value.is_number() && !(node.types & SchemaType::number))
    return (node.types & SchemaType::integer) && value.text().find_first_of(".eE") == std::string_view::npos;
  return has_kind(node.types, value);
}

// Everything that compiled schemas view; immutable once linked, shared by all schemas of a registry.
struct SchemaStore {
  std::deque<SchemaFile> files;
  std::deque<Node> nodes;
};

std::vector<Violation> violations_of(const Node& root, const json::Value& value, std::size_t limit);

// The personal class at a place, and masking (personal.cpp). `specific` where no schema speaks.
PersonalData personal_class(const Node& root, std::string_view pointer);
std::string masked_text(const Node& root, const json::Value& value, PersonalData cleared);

// The node a compiled schema begins at; null for a Schema that compile_schemas did not make. Lives as long as the
// schema.
const Node* root_of(const Schema& schema);
// All nodes of the schema's file, reached or not; several may stand for one place of it. Empty where root_of is null.
std::vector<const Node*> nodes_of(const Schema& schema);

std::shared_ptr<const Schema::Cursor> make_cursor(std::shared_ptr<const void> owner, const Node& root);

}  // namespace simpul
