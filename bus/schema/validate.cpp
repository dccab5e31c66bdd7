// The fast pass: is the value valid? It stops at the first violation and builds nothing.
#include <algorithm>

#include "bus/base/bytes.h"
#include "bus/schema/node.h"

namespace simpul {
namespace {

constexpr std::size_t pairwise_items = 16;

// The same text for equal values: members sorted, numbers in one form.
void append_canonical(const json::Value& value, std::string& out) {
  switch (value.kind()) {
    case json::Kind::number:
      json::append_canonical_number(value.text(), out);
      break;
    case json::Kind::array:
      out += '[';
      for (const auto& item : value.items()) {
        append_canonical(item, out);
        out += ',';
      }
      out += ']';
      break;
    case json::Kind::object: {
      std::vector<const json::Member*> members;
      for (const auto& member : value.members()) members.push_back(&member);
      std::sort(members.begin(), members.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
      out += '{';
      for (const auto* member : members) {
        json::write_string(member->name, out);
        out += ':';
        append_canonical(member->value, out);
        out += ',';
      }
      out += '}';
      break;
    }
    default:
      json::write(value, out);
  }
}

bool string_valid(const Node& node, std::string_view text) {
  // A character has one to four bytes, so most texts need no counting.
  if (node.min_length && (text.size() < *node.min_length ||
                          (text.size() / 4 < *node.min_length && count_characters(text) < *node.min_length)))
    return false;
  if (node.max_length && text.size() > *node.max_length && count_characters(text) > *node.max_length) return false;
  if (node.format != nullptr && !node.format->matches(text)) return false;
  return node.pattern == nullptr || node.pattern->matches(text);
}

bool number_valid(const Node& node, std::string_view number) {
  for (const auto& bound : node.bounds) {
    if (!bound.holds(number)) return false;
  }
  return !node.multiple_of || node.multiple_of->divides(number);
}

bool array_valid(const Node& node, const json::Value& value) {
  auto items = value.items();
  if (node.min_items && items.size() < *node.min_items) return false;
  if (node.max_items && items.size() > *node.max_items) return false;
  auto prefix = std::min(node.prefix_items.size(), items.size());
  for (std::size_t i = 0; i < prefix; ++i) {
    if (!is_valid(*node.prefix_items[i], items[i])) return false;
  }
  if (node.items != nullptr) {
    for (std::size_t i = prefix; i < items.size(); ++i) {
      if (!is_valid(*node.items, items[i])) return false;
    }
  }
  if (node.contains != nullptr) {
    std::uint64_t found = 0;
    for (const auto& item : items) found += is_valid(*node.contains, item);
    if (found < node.min_contains || (node.max_contains && found > *node.max_contains)) return false;
  }
  return !node.unique_items || items_unique(value);
}

bool object_valid(const Node& node, const json::Value& value) {
  auto members = value.members();
  if (node.min_properties && members.size() < *node.min_properties) return false;
  if (node.max_properties && members.size() > *node.max_properties) return false;
  std::size_t required = 0;
  for (const auto& [name, member] : members) {
    const auto* rule = node.properties.find(name);
    bool declared = false;
    if (rule != nullptr) {
      required += rule->required;
      if (rule->node != nullptr) {
        declared = true;
        if (!is_valid(*rule->node, member)) return false;
      }
    }
    for (const auto& pattern : node.pattern_properties) {
      if (!pattern.pattern->matches(name)) continue;
      declared = true;
      if (!is_valid(*pattern.node, member)) return false;
    }
    if (!declared && node.additional_properties != nullptr && !is_valid(*node.additional_properties, member))
      return false;
    if (node.property_names != nullptr && !is_valid(*node.property_names, json::Value::view_string(name))) return false;
  }
  if (required != node.required_count) return false;
  for (const auto& dependent : node.dependent_required) {
    if (value.find(dependent.name) == nullptr) continue;
    for (auto name : dependent.required) {
      if (value.find(name) == nullptr) return false;
    }
  }
  for (const auto& dependent : node.dependent_schemas) {
    if (value.find(dependent.name) != nullptr && !is_valid(*dependent.node, value)) return false;
  }
  return true;
}

bool logic_valid(const Node& node, const json::Value& value) {
  auto holds = [&](const Node* child) { return is_valid(*child, value); };
  if (node.ref != nullptr && !holds(node.ref)) return false;
  if (!std::all_of(node.all_of.begin(), node.all_of.end(), holds)) return false;
  if (!node.any_of.empty() && !std::any_of(node.any_of.begin(), node.any_of.end(), holds)) return false;
  if (!node.one_of.empty()) {
    int found = 0;
    for (const auto* child : node.one_of) {
      found += holds(child);
      if (found > 1) return false;
    }
    if (found != 1) return false;
  }
  if (node.negated != nullptr && holds(node.negated)) return false;
  if (node.condition != nullptr) {
    const auto* next = holds(node.condition) ? node.consequence : node.alternative;
    if (next != nullptr && !holds(next)) return false;
  }
  return true;
}

}  // namespace

bool items_unique(const json::Value& array) {
  auto items = array.items();
  if (items.size() <= pairwise_items) {
    for (std::size_t i = 1; i < items.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (json::equal(items[i], items[k])) return false;
      }
    }
    return true;
  }
  std::vector<std::string> texts(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) append_canonical(items[i], texts[i]);
  std::sort(texts.begin(), texts.end());
  return std::adjacent_find(texts.begin(), texts.end()) == texts.end();
}

bool is_enumerated(const Node& node, const json::Value& value) {
  if (value.is_string())
    return std::binary_search(node.enumerated_strings.begin(), node.enumerated_strings.end(), value.text());
  return std::any_of(node.enumeration->begin(), node.enumeration->end(),
                     [&](const json::Value* item) { return json::equal(*item, value); });
}

bool is_valid(const Node& node, const json::Value& value) {
  if (node.boolean) return *node.boolean;
  if (node.types != SchemaType::any && !has_kind(node.types, value)) return false;
  switch (value.kind()) {
    case json::Kind::string:
      if ((node.rules & Node::string_rules) && !string_valid(node, value.text())) return false;
      break;
    case json::Kind::number:
      if ((node.rules & Node::number_rules) && !number_valid(node, value.text())) return false;
      break;
    case json::Kind::array:
      if ((node.rules & Node::array_rules) && !array_valid(node, value)) return false;
      break;
    case json::Kind::object:
      if ((node.rules & Node::object_rules) && !object_valid(node, value)) return false;
      break;
    default:
      break;
  }
  if (node.rules & Node::value_rules) {
    if (node.constant != nullptr && !json::equal(*node.constant, value)) return false;
    if (node.enumeration && !is_enumerated(node, value)) return false;
  }
  return !(node.rules & Node::logic_rules) || logic_valid(node, value);
}

}  // namespace simpul
