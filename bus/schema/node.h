// What a schema is compiled to: nodes that never change after, each one subschema with its keywords ready to run.
#pragma once

#include <cstdint>
#include <deque>
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
  std::string path;  // below schemas/
  std::string name;  // without .json
  json::Document document;
  const Node* root = nullptr;
};

struct PropertyRule {
  std::string_view name;
  const Node* node = nullptr;  // null: only required
  bool required = false;
};

// Property rules by name; a lookup costs one hash and, nearly always, one comparison.
class PropertyTable {
 public:
  PropertyRule& at(std::string_view name) {
    for (auto& rule : rules_) {
      if (rule.name == name) return rule;
    }
    return rules_.emplace_back(PropertyRule{name});
  }
  void seal() {
    std::size_t size = 4;
    while (size < rules_.size() * 2) size *= 2;
    slots_.assign(size, 0);
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      auto slot = (json::fingerprint(rules_[i].name) >> 32) & (size - 1);
      while (slots_[slot] != 0) slot = (slot + 1) & (size - 1);
      slots_[slot] = static_cast<std::uint32_t>(i + 1);
    }
  }
  const PropertyRule* find(std::string_view name) const {
    if (slots_.empty()) return nullptr;
    for (auto slot = (json::fingerprint(name) >> 32) & (slots_.size() - 1); slots_[slot] != 0;
         slot = (slot + 1) & (slots_.size() - 1)) {
      const auto& rule = rules_[slots_[slot] - 1];
      if (rule.name == name) return &rule;
    }
    return nullptr;
  }
  const std::vector<PropertyRule>& rules() const { return rules_; }

 private:
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
  std::unique_ptr<const Pattern> pattern;
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
  std::string pointer;
  std::uint32_t offset = 0;  // of the schema in its file

  std::optional<bool> boolean;  // the schemas true and false
  // Bits of SchemaType::Kind; a schema that allows `number` has the integer bit set as well.
  unsigned types = SchemaType::any;
  bool typed = false;
  unsigned rules = 0;

  std::optional<std::uint64_t> min_length, max_length;
  std::unique_ptr<const Pattern> pattern;
  const Format* format = nullptr;

  std::vector<NumberBound> bounds;
  std::optional<json::Divisor> multiple_of;
  std::string_view multiple_text;

  std::vector<const Node*> prefix_items;
  const Node* items = nullptr;
  const Node* contains = nullptr;
  std::uint64_t min_contains = 1;
  std::optional<std::uint64_t> max_contains, min_items, max_items;
  bool unique_items = false;

  PropertyTable properties;
  std::size_t required_count = 0;
  std::vector<PatternNode> pattern_properties;
  const Node* additional_properties = nullptr;
  const Node* property_names = nullptr;
  std::optional<std::uint64_t> min_properties, max_properties;
  std::vector<DependentNames> dependent_required;
  std::vector<NamedNode> dependent_schemas;

  const json::Value* constant = nullptr;
  std::optional<std::vector<const json::Value*>> enumeration;
  std::vector<std::string_view> enumerated_strings;  // sorted

  const Node* ref = nullptr;
  std::vector<const Node*> all_of, any_of, one_of;
  const Node* negated = nullptr;
  const Node* condition = nullptr;
  const Node* consequence = nullptr;
  const Node* alternative = nullptr;

  std::optional<PersonalData> personal;

  bool closed() const { return additional_properties != nullptr && additional_properties->boolean == false; }
};

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

bool is_valid(const Node& node, const json::Value& value);
bool items_unique(const json::Value& array);
bool is_enumerated(const Node& node, const json::Value& value);
std::vector<Violation> violations_of(const Node& root, const json::Value& value, std::size_t limit);

// The personal class at a place, and masking (personal.cpp). `specific` where no schema speaks.
PersonalData personal_class(const Node& root, std::string_view pointer);
std::string masked_text(const Node& root, const json::Value& value, PersonalData cleared);

std::shared_ptr<const Schema::Cursor> make_cursor(std::shared_ptr<const void> owner, const Node& root);

}  // namespace simpul
