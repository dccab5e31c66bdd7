#include "bus/schema/branches.h"

#include <algorithm>

namespace simpul {
namespace {

constexpr long never = 10'000;        // the schema false
constexpr long wrong_type = 1'000;    // of the value itself
constexpr long wrong_constant = 300;  // of the value itself
constexpr long wrong_choice = 100;    // a member's constant or enum: what tells alternatives apart
constexpr long right_choice = -50;
constexpr long wrong_member_type = 20;
constexpr long missing_or_unknown = 5;  // a field that is not there, or not known
constexpr long deeper = 2;
constexpr std::size_t compared_names = 50;

// The schemas that hold at the same place whatever the value is.
template <class Take>
void each_conjunct(const Node& node, Take take) {
  if (node.ref != nullptr) take(*node.ref);
  if (node.dynamic_ref != nullptr) take(*node.dynamic_ref);
  for (const auto* child : node.all_of) take(*child);
}

}  // namespace

std::size_t Branches::nearest(const json::Value& value) {
  std::size_t best = 0;
  long least = 0;
  for (std::size_t i = 0; i < branches_.size(); ++i) {
    auto cost = distance(*branches_[i], value);
    if (i == 0 || cost < least) {
      least = cost;
      best = i;
    }
  }
  return best;
}

long Branches::distance(const Node& node, const json::Value& value) {
  if (node.boolean) return *node.boolean ? 0 : never;
  if (spent()) return judge_.holds(node, value) ? 0 : 1;
  long cost = 0;
  if (!has_type(node, value)) cost += wrong_type;
  if (node.constant != nullptr && !json::equal(*node.constant, value)) cost += wrong_constant;
  if (node.enumeration && !judge_.fits_enumeration(node, value)) cost += wrong_constant;
  if (value.is_object()) cost += object_distance(node, value);
  each_conjunct(node, [&](const Node& child) { cost += distance(child, value); });
  for (const auto* list : {&node.any_of, &node.one_of}) {
    if (list->empty()) continue;
    long least = never;
    for (const auto* child : *list) least = std::min(least, distance(*child, value));
    cost += least;
  }
  // What was not looked at above weighs little, and the same everywhere.
  return cost == 0 && !judge_.holds(node, value) ? 1 : cost;
}

long Branches::object_distance(const Node& node, const json::Value& value) {
  long cost = 0;
  std::size_t required = 0;
  for (const auto& [name, member] : value.members()) {
    if (spent()) return cost;
    const auto* rule = node.properties.find(name);
    required += rule != nullptr && rule->required;
    if (rule != nullptr && rule->node != nullptr) {
      cost += member_distance(*rule->node, member);
    } else if (node.closed() && node.pattern_properties.empty()) {
      cost += missing_or_unknown;
    }
  }
  return cost + missing_or_unknown * static_cast<long>(node.required_count - required);
}

long Branches::member_distance(const Node& node, const json::Value& value) {
  std::vector<const json::Value*> values;
  bool listed = list(node, values);
  if (judge_.holds(node, value)) return listed ? right_choice : 0;
  if (auto cost = mismatch(node, value); cost > 0) return cost;
  return deeper;
}

long Branches::mismatch(const Node& node, const json::Value& value) {
  if (spent()) return 0;
  if (node.boolean == false) return missing_or_unknown;
  if (node.constant != nullptr && !json::equal(*node.constant, value)) return wrong_choice;
  if (node.enumeration && !judge_.fits_enumeration(node, value)) return wrong_choice;
  long cost = has_type(node, value) ? 0 : wrong_member_type;
  each_conjunct(node, [&](const Node& child) { cost = std::max(cost, mismatch(child, value)); });
  return cost;
}

unsigned Branches::types_of(const Node& node) {
  if (spent()) return SchemaType::any;
  auto types = node.types;
  each_conjunct(node, [&](const Node& child) { types &= types_of(child); });
  return types;
}

unsigned Branches::types(const json::Value& value) {
  unsigned all = 0;
  for (const auto* branch : branches_) {
    auto types = types_of(*branch);
    if (types == SchemaType::any || has_kind(types, value)) return 0;
    all |= types;
  }
  return all;
}

bool Branches::list(const Node& node, std::vector<const json::Value*>& values) {
  if (spent()) return false;
  if (node.constant != nullptr) {
    values.push_back(node.constant);
    return true;
  }
  if (node.enumeration) {
    values.insert(values.end(), node.enumeration->begin(), node.enumeration->end());
    return true;
  }
  bool found = false;
  each_conjunct(node, [&](const Node& child) { found = found || list(child, values); });
  return found;
}

const Node* Branches::property(const Node& node, std::string_view name) {
  if (spent()) return nullptr;
  if (const auto* rule = node.properties.find(name); rule != nullptr && rule->node != nullptr) return rule->node;
  const Node* found = nullptr;
  each_conjunct(node, [&](const Node& child) { found = found != nullptr ? found : property(child, name); });
  return found;
}

bool Branches::requires_field(const Node& node, std::string_view name) {
  if (spent()) return false;
  const auto* rule = node.properties.find(name);
  bool found = rule != nullptr && rule->required;
  each_conjunct(node, [&](const Node& child) { found = found || requires_field(child, name); });
  return found;
}

void Branches::names_with_constants(const Node& node, std::vector<std::string_view>& names) {
  if (spent()) return;
  for (const auto& rule : node.properties.rules()) {
    std::vector<const json::Value*> values;
    if (names.size() < compared_names && rule.node != nullptr && list(*rule.node, values)) names.push_back(rule.name);
  }
  each_conjunct(node, [&](const Node& child) { names_with_constants(child, names); });
}

bool Branches::list_everywhere(std::string_view name, std::vector<const json::Value*>& values) {
  return std::all_of(branches_.begin(), branches_.end(), [&](const Node* branch) {
    const auto* place = name.empty() ? branch : property(*branch, name);
    return place != nullptr && list(*place, values);
  });
}

CommonChoice Branches::choice(const json::Value& value) {
  auto among = [](const std::vector<const json::Value*>& values, const json::Value& one) {
    return std::any_of(values.begin(), values.end(), [&](const auto* item) { return json::equal(*item, one); });
  };
  CommonChoice found;
  if (!value.is_object()) {
    if (!list_everywhere("", found.values) || among(found.values, value)) found.values.clear();
    return found;
  }
  std::vector<std::string_view> names;
  names_with_constants(*branches_.front(), names);
  for (auto name : names) {
    found = {name, {}};
    if (!list_everywhere(name, found.values)) continue;
    const auto* member = value.find(name);
    if (member != nullptr ? !among(found.values, *member)
                          : std::all_of(branches_.begin(), branches_.end(),
                                        [&](const Node* branch) { return requires_field(*branch, name); }))
      return found;
  }
  return {};
}

}  // namespace simpul
