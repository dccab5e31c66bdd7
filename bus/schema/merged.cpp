#include "bus/schema/merged.h"

#include <algorithm>
#include <set>

#include "bus/event/decimal.h"

namespace simpul {
namespace {

// What refers to itself in a ring is looked at once; a schema of more parts is compared by the first ones.
constexpr std::size_t most_parts = 10'000;

template <class T>
void raise(std::optional<T>& bound, const std::optional<T>& other) {
  if (other && (!bound || *other > *bound)) bound = other;
}
template <class T>
void lower(std::optional<T>& bound, const std::optional<T>& other) {
  if (other && (!bound || *other < *bound)) bound = other;
}

void add(std::vector<std::string_view>& names, std::string_view name) {
  auto at = std::lower_bound(names.begin(), names.end(), name);
  if (at == names.end() || *at != name) names.insert(at, name);
}

unsigned types_of_both(unsigned a, unsigned b) {
  auto both = a & b;
  // `number` means the integers too, whatever bit says so.
  if ((a & SchemaType::number) && (b & SchemaType::integer)) both |= SchemaType::integer;
  if ((b & SchemaType::number) && (a & SchemaType::integer)) both |= SchemaType::integer;
  return both;
}

}  // namespace

bool MergedBound::operator==(const MergedBound& other) const {
  return exclusive == other.exclusive && json::compare_numbers(text, other.text) == 0;
}

Merged::Merged(const Nodes& roots) {
  std::set<const Node*> seen;
  Nodes waiting(roots.rbegin(), roots.rend());
  while (!waiting.empty() && parts.size() < most_parts) {
    const auto* node = waiting.back();
    waiting.pop_back();
    if (!seen.insert(node).second) continue;
    parts.push_back(node);
    for (auto part = node->all_of.rbegin(); part != node->all_of.rend(); ++part) waiting.push_back(*part);
    if (node->dynamic_ref != nullptr) waiting.push_back(node->dynamic_ref);
    if (node->ref != nullptr) waiting.push_back(node->ref);
  }
  for (const auto* node : parts) take(*node);
}

void Merged::take(const Node& node) {
  if (node.boolean == false) nothing = true;
  types = types_of_both(types, node.types);
  take_values(node);
  take_bounds(node);
  raise(min_length, node.min_length);
  simpul::lower(max_length, node.max_length);
  if (node.multiple_of) add(multiples, node.multiple_text);
  if (node.pattern) add(patterns, node.pattern->source());
  if (node.format != nullptr) add(formats, node.format->name);
  take_object(node);
  take_array(node);
  if (!node.one_of.empty()) one_of.push_back(node.one_of);
  if (!node.any_of.empty()) any_of.push_back(node.any_of);
  if (node.negated != nullptr) negated.push_back(node.negated);
  if (node.condition != nullptr) conditions.push_back(&node);
  for (const auto& schema : node.dependent_schemas) dependent_schemas.push_back(schema);
  raise(personal, node.personal);
  is_key = is_key || node.is_key;
  is_subject = is_subject || node.is_subject;
  if (owner.empty()) owner = node.owner;
}

void Merged::take_values(const Node& node) {
  auto keep = [&](const std::vector<const json::Value*>& allowed) {
    if (!values) {
      values = allowed;
      return;
    }
    std::multimap<std::uint64_t, const json::Value*> known;
    for (const auto* value : allowed) known.emplace(json::hash(*value), value);
    std::erase_if(*values, [&](const json::Value* value) {
      auto [from, to] = known.equal_range(json::hash(*value));
      return std::none_of(from, to, [&](const auto& entry) { return json::equal(*entry.second, *value); });
    });
  };
  if (node.constant != nullptr) keep({node.constant});
  if (node.enumeration) keep(*node.enumeration);
}

void Merged::take_bounds(const Node& node) {
  using Rule = NumberBound::Rule;
  for (const auto& bound : node.bounds) {
    bool is_lower = bound.rule == Rule::minimum || bound.rule == Rule::exclusive_minimum;
    MergedBound found{bound.text, bound.rule == Rule::exclusive_minimum || bound.rule == Rule::exclusive_maximum};
    auto& kept = is_lower ? lower : upper;
    int order = kept ? json::compare_numbers(found.text, kept->text) * (is_lower ? 1 : -1) : 1;
    if (order > 0 || (order == 0 && found.exclusive)) kept = found;
  }
}

void Merged::take_object(const Node& node) {
  // As `properties` writes them, then those that are only required.
  std::vector<const PropertyRule*> rules;
  for (const auto& rule : node.properties.rules()) rules.push_back(&rule);
  std::stable_sort(rules.begin(), rules.end(), [](const PropertyRule* a, const PropertyRule* b) {
    if (a->node == nullptr || b->node == nullptr) return a->node != nullptr && b->node == nullptr;
    return a->node->offset < b->node->offset;
  });
  for (const auto* rule : rules) {
    auto [found, fresh] = field_at_.try_emplace(rule->name, fields.size());
    if (fresh) fields.push_back({rule->name, {}, false});
    auto& field = fields[found->second];
    if (rule->node != nullptr) field.nodes.push_back(rule->node);
    field.required = field.required || rule->required;
  }
  for (const auto& pattern : node.pattern_properties) pattern_fields[pattern.pattern->source()].push_back(pattern.node);
  for (const auto* others : {node.additional_properties, node.unevaluated_properties}) {
    if (others == nullptr) continue;
    if (others->boolean == false) {
      closed = true;
    } else if (others->boolean != true) {
      other_fields.push_back(others);
    }
  }
  if (node.property_names != nullptr) field_names.push_back(node.property_names);
  raise(min_properties, node.min_properties);
  simpul::lower(max_properties, node.max_properties);
  for (const auto& names : node.dependent_required) {
    for (auto name : names.required) add(dependent[names.name], name);
  }
}

void Merged::take_array(const Node& node) {
  if (places.size() < node.prefix_items.size()) places.resize(node.prefix_items.size());
  for (std::size_t i = 0; i < node.prefix_items.size(); ++i) places[i].push_back(node.prefix_items[i]);
  for (const auto* others : {node.items, node.unevaluated_items}) {
    if (others == nullptr) continue;
    if (others->boolean == false) {
      no_more_items = true;
    } else if (others->boolean != true) {
      items.push_back(others);
    }
  }
  if (node.contains != nullptr) {
    contains.push_back(node.contains);
    raise(min_contains, std::optional(node.min_contains));
    simpul::lower(max_contains, node.max_contains);
  }
  raise(min_items, node.min_items);
  simpul::lower(max_items, node.max_items);
  unique = unique || node.unique_items;
}

const MergedField* Merged::field(std::string_view name) const {
  auto found = field_at_.find(name);
  return found == field_at_.end() ? nullptr : &fields[found->second];
}

const json::Value* Merged::annotation(std::string_view name) const {
  for (const auto* node : parts) {
    const auto* value = node->source != nullptr && node->source->is_object() ? node->source->find(name) : nullptr;
    if (value != nullptr) return value;
  }
  return nullptr;
}

}  // namespace simpul
