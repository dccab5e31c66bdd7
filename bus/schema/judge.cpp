#include "bus/schema/judge.h"

#include <algorithm>

#include "bus/base/bytes.h"

namespace simpul {
namespace {

constexpr std::size_t few = 16;                // so many are compared one by one
constexpr std::size_t memory_size = 1u << 16;  // a power of two

bool fits_string(const Node& node, std::string_view text) {
  if (node.min_length || node.max_length) {
    auto length = count_characters(text);
    if (node.min_length && length < *node.min_length) return false;
    if (node.max_length && length > *node.max_length) return false;
  }
  if (node.format != nullptr && !node.format->matches(text)) return false;
  return node.pattern == nullptr || node.pattern->matches(text);
}

bool fits_number(const Node& node, std::string_view number) {
  for (const auto& bound : node.bounds) {
    if (!bound.holds(number)) return false;
  }
  return !node.multiple_of || node.multiple_of->divides(number);
}

bool within(const std::optional<std::uint64_t>& least, const std::optional<std::uint64_t>& most, std::uint64_t count) {
  return (!least || count >= *least) && (!most || count <= *most);
}

}  // namespace

MemberNames::MemberNames(const json::Value& object) : object_(object) {
  if (object.size() <= few) return;
  for (const auto& member : object.members()) sorted_.push_back(member.name);
  std::sort(sorted_.begin(), sorted_.end());
}

bool MemberNames::has(std::string_view name) const {
  return sorted_.empty() ? object_.find(name) != nullptr : std::binary_search(sorted_.begin(), sorted_.end(), name);
}

bool Judge::holds(const Node& node, const json::Value& value) {
  if (node.boolean) return *node.boolean;
  Level level(*this);
  if (level.too_deep()) return false;
  if (!step()) return decide(node, value);
  if (memory_.empty()) memory_.resize(memory_size);
  auto hash = (reinterpret_cast<std::uintptr_t>(&node) * 0x9e3779b97f4a7c15u) ^
              (reinterpret_cast<std::uintptr_t>(&value) * 0xff51afd7ed558ccdu);
  auto& known = memory_[(hash >> 32) & (memory_size - 1)];
  if (known.node == &node && known.value == &value) return known.holds;
  bool result = decide(node, value);
  known = {&node, &value, result};
  return result;
}

bool Judge::name_holds(const Node& node, std::string_view name) {
  return node.boolean ? *node.boolean : holds(node, name_value(name));
}

bool Judge::decide(const Node& node, const json::Value& value) {
  if (!has_type(node, value)) return false;
  if (node.constant != nullptr && !json::equal(*node.constant, value)) return false;
  if (node.enumeration && !fits_enumeration(node, value)) return false;
  if (value.is_string() && !fits_string(node, value.text())) return false;
  if (value.is_number() && !fits_number(node, value.text())) return false;
  if (value.is_array() && !fits_array(node, value)) return false;
  if (value.is_object() && !fits_object(node, value)) return false;
  return fits_logic(node, value) && fits_unevaluated(node, value);
}

bool Judge::fits_enumeration(const Node& node, const json::Value& value) {
  if (value.is_string())
    return std::binary_search(node.enumerated_strings.begin(), node.enumerated_strings.end(), value.text());
  const auto& values = *node.enumeration;
  if (values.size() <= few)
    return std::any_of(values.begin(), values.end(), [&](const auto* item) { return json::equal(*item, value); });
  auto [known, added] = listed_.try_emplace(&node);
  auto& listed = known->second;
  if (added) {
    for (const auto* item : values) listed.emplace_back(json::hash(*item), item);
    std::sort(listed.begin(), listed.end());
  }
  auto hash = json::hash(value);
  auto at = std::lower_bound(listed.begin(), listed.end(), std::pair<std::uint64_t, const json::Value*>(hash, nullptr));
  for (; at != listed.end() && at->first == hash; ++at) {
    if (json::equal(*at->second, value)) return true;
  }
  return false;
}

std::optional<std::pair<std::size_t, std::size_t>> Judge::equal_items(const json::Value& array) {
  auto items = array.items();
  auto second = json::first_repeated(items);
  if (!second) return std::nullopt;
  auto first =
      std::find_if(items.begin(), items.end(), [&](const auto& item) { return json::equal(item, items[*second]); });
  return std::pair(static_cast<std::size_t>(first - items.begin()), *second);
}

std::uint64_t Judge::count_contained(const Node& contains, const json::Value& array) {
  std::uint64_t found = 0;
  for (const auto& item : array.items()) found += holds(contains, item);
  return found;
}

bool Judge::fits_array(const Node& node, const json::Value& value) {
  auto items = value.items();
  if (!within(node.min_items, node.max_items, items.size())) return false;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto* rule = i < node.prefix_items.size() ? node.prefix_items[i] : node.items;
    if (rule == nullptr) break;
    if (!holds(*rule, items[i])) return false;
  }
  if (node.contains != nullptr) {
    auto found = count_contained(*node.contains, value);
    if (!within(node.min_contains, node.max_contains, found)) return false;
  }
  return !node.unique_items || !equal_items(value);
}

bool Judge::fits_member(const Node& node, std::string_view name, const json::Value& value) {
  bool declared = false;
  if (const auto* rule = node.properties.find(name); rule != nullptr && rule->node != nullptr) {
    declared = true;
    if (!holds(*rule->node, value)) return false;
  }
  for (const auto& pattern : node.pattern_properties) {
    if (!pattern.pattern->matches(name)) continue;
    declared = true;
    if (!holds(*pattern.node, value)) return false;
  }
  if (!declared && node.additional_properties != nullptr && !holds(*node.additional_properties, value)) return false;
  return node.property_names == nullptr || name_holds(*node.property_names, name);
}

bool Judge::fits_object(const Node& node, const json::Value& value) {
  auto members = value.members();
  if (!within(node.min_properties, node.max_properties, members.size())) return false;
  std::size_t required = 0;
  for (const auto& [name, member] : members) {
    if (!fits_member(node, name, member)) return false;
    const auto* rule = node.properties.find(name);
    required += rule != nullptr && rule->required;
  }
  if (required != node.required_count) return false;
  if (node.dependent_required.empty() && node.dependent_schemas.empty()) return true;
  MemberNames names(value);
  for (const auto& dependent : node.dependent_required) {
    if (!names.has(dependent.name)) continue;
    for (auto name : dependent.required) {
      if (!names.has(name)) return false;
    }
  }
  return std::all_of(node.dependent_schemas.begin(), node.dependent_schemas.end(), [&](const NamedNode& dependent) {
    return !names.has(dependent.name) || holds(*dependent.node, value);
  });
}

// core §10.2
bool Judge::fits_logic(const Node& node, const json::Value& value) {
  auto fits = [&](const Node* child) { return holds(*child, value); };
  if (node.ref != nullptr && !fits(node.ref)) return false;
  if (node.dynamic_ref != nullptr && !fits(node.dynamic_ref)) return false;
  if (!std::all_of(node.all_of.begin(), node.all_of.end(), fits)) return false;
  if (!node.any_of.empty() && std::none_of(node.any_of.begin(), node.any_of.end(), fits)) return false;
  if (!node.one_of.empty() && std::count_if(node.one_of.begin(), node.one_of.end(), fits) != 1) return false;
  if (node.negated != nullptr && fits(node.negated)) return false;
  if (node.condition == nullptr) return true;
  const auto* next = fits(node.condition) ? node.consequence : node.alternative;
  return next == nullptr || fits(next);
}

bool Judge::fits_unevaluated(const Node& node, const json::Value& value) {
  if (value.is_object() && node.unevaluated_properties != nullptr) {
    auto known = evaluated(node, value);
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (!known[i] && !holds(*node.unevaluated_properties, value.members()[i].value)) return false;
    }
  }
  if (value.is_array() && node.unevaluated_items != nullptr) {
    auto known = evaluated(node, value);
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (!known[i] && !holds(*node.unevaluated_items, value.items()[i])) return false;
    }
  }
  return true;
}

std::vector<bool> Judge::evaluated(const Node& node, const json::Value& value, bool refused_too) {
  Marks marks;
  marks.flags.resize(value.size());
  marks.refused_too = refused_too;
  mark(node, value, marks, true);
  return std::move(marks.flags);
}

// `own`: the node whose unevaluated parts are asked for. All schemas met here hold for the value, or `refused_too`.
void Judge::mark(const Node& node, const json::Value& value, Marks& marks, bool own) {
  if (node.boolean || !marks.seen.insert(&node).second) return;
  const auto* rest = value.is_object() ? node.unevaluated_properties : node.unevaluated_items;
  if (!own && rest != nullptr) {
    marks.flags.assign(marks.flags.size(), true);
    return;
  }
  mark_parts(node, value, marks);
  mark_in_place(node, value, marks);
}

void Judge::mark_parts(const Node& node, const json::Value& value, Marks& marks) {
  for (std::size_t i = 0; i < marks.flags.size(); ++i) {
    if (marks.flags[i]) continue;
    if (value.is_array()) {
      marks.flags[i] = i < node.prefix_items.size() || node.items != nullptr ||
                       (node.contains != nullptr && node.contains_evaluates && holds(*node.contains, value.items()[i]));
      continue;
    }
    auto name = value.members()[i].name;
    const auto* rule = node.properties.find(name);
    marks.flags[i] = node.additional_properties != nullptr || (rule != nullptr && rule->node != nullptr) ||
                     std::any_of(node.pattern_properties.begin(), node.pattern_properties.end(),
                                 [&](const PatternNode& pattern) { return pattern.pattern->matches(name); });
  }
}

void Judge::mark_in_place(const Node& node, const json::Value& value, Marks& marks) {
  auto take = [&](const Node* child) {
    if (child != nullptr) mark(*child, value, marks, false);
  };
  take(node.ref);
  take(node.dynamic_ref);
  for (const auto* child : node.all_of) take(child);
  for (const auto* list : {&node.any_of, &node.one_of}) {
    bool some = false;
    for (const auto* child : *list) {
      if (!holds(*child, value)) continue;
      some = true;
      take(child);
    }
    if (some || !marks.refused_too) continue;
    for (const auto* child : *list) take(child);
  }
  if (node.condition != nullptr) {
    bool then = holds(*node.condition, value);
    if (then) take(node.condition);
    take(then ? node.consequence : node.alternative);
  }
  for (const auto& dependent : node.dependent_schemas) {
    if (value.is_object() && value.find(dependent.name) != nullptr) take(dependent.node);
  }
}

}  // namespace simpul
