// Personal-data classes: what class a place has, and copies with the values above a clearance masked.
//
// A place's class is the highest that any schema that may apply there annotates, whether or not the value fits that
// schema: a value that is refused must not be shown either. Where none annotates, the place has its parent's class.
#include <algorithm>
#include <charconv>

#include "bus/schema/node.h"

namespace simpul {
namespace {

constexpr std::string_view mask = "\"•••\"";

using Nodes = std::vector<const Node*>;

// The nodes themselves and all that look at the same value.
Nodes expanded(const Nodes& nodes) {
  Nodes all;
  auto take = [&](const Node* node) {
    if (node != nullptr && std::find(all.begin(), all.end(), node) == all.end()) all.push_back(node);
  };
  for (const auto* node : nodes) take(node);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& node = *all[i];
    take(node.ref);
    for (const auto* list : {&node.all_of, &node.any_of, &node.one_of}) std::for_each(list->begin(), list->end(), take);
    take(node.condition);
    take(node.consequence);
    take(node.alternative);
    for (const auto& dependent : node.dependent_schemas) take(dependent.node);
  }
  return all;
}

struct Spot {
  Nodes nodes;  // expanded; empty where no schema speaks
  PersonalData personal = PersonalData::none;
};

Spot spot_of(const Nodes& nodes, PersonalData inherited) {
  Spot spot{expanded(nodes), inherited};
  if (nodes.empty()) spot.personal = PersonalData::specific;
  std::optional<PersonalData> own;
  for (const auto* node : spot.nodes) {
    if (node->personal) own = std::max(own.value_or(PersonalData::none), *node->personal);
  }
  if (own) spot.personal = *own;
  return spot;
}

Spot member_of(const Spot& spot, std::string_view name) {
  Nodes nodes;
  for (const auto* node : spot.nodes) {
    bool declared = false;
    if (const auto* rule = node->properties.find(name); rule != nullptr && rule->node != nullptr) {
      nodes.push_back(rule->node);
      declared = true;
    }
    for (const auto& pattern : node->pattern_properties) {
      if (!pattern.pattern->matches(name)) continue;
      nodes.push_back(pattern.node);
      declared = true;
    }
    // `true` and `false` say nothing about what stands there.
    if (!declared && node->additional_properties != nullptr && !node->additional_properties->boolean)
      nodes.push_back(node->additional_properties);
  }
  return spot_of(nodes, spot.personal);
}

Spot item_of(const Spot& spot, std::size_t index) {
  Nodes nodes;
  for (const auto* node : spot.nodes) {
    if (index < node->prefix_items.size()) {
      nodes.push_back(node->prefix_items[index]);
    } else if (node->items != nullptr && !node->items->boolean) {
      nodes.push_back(node->items);
    }
    if (node->contains != nullptr && !node->contains->boolean) nodes.push_back(node->contains);
  }
  return spot_of(nodes, spot.personal);
}

void write_masked(const Spot& spot, const json::Value& value, PersonalData cleared, std::string& out) {
  if (spot.nodes.empty() && spot.personal > cleared) {
    out += mask;
    return;
  }
  if (value.is_object()) {
    out += '{';
    bool first = true;
    for (const auto& [name, member] : value.members()) {
      if (!first) out += ',';
      first = false;
      json::write_string(name, out);
      out += ':';
      write_masked(member_of(spot, name), member, cleared, out);
    }
    out += '}';
  } else if (value.is_array()) {
    out += '[';
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out += ',';
      write_masked(item_of(spot, i), value.items()[i], cleared, out);
    }
    out += ']';
  } else if (spot.personal > cleared && !value.is_null()) {
    out += mask;
  } else {
    json::write(value, out);
  }
}

}  // namespace

PersonalData personal_class(const Node& root, std::string_view pointer) {
  auto spot = spot_of({&root}, PersonalData::none);
  std::string name;
  while (!pointer.empty()) {
    if (pointer.front() != '/') return PersonalData::specific;
    pointer.remove_prefix(1);
    auto step = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(step.size());
    name.clear();
    for (std::size_t i = 0; i < step.size(); ++i) {
      bool escape = step[i] == '~' && i + 1 < step.size();
      name += !escape ? step[i] : step[++i] == '0' ? '~' : '/';
    }
    // Whether the parent is an object or an array is not known here: a number may name a member or an item.
    auto next = member_of(spot, name);
    std::size_t index = 0;
    auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
    if (error == std::errc() && end == name.data() + name.size()) {
      auto item = item_of(spot, index);
      if (!item.nodes.empty())
        next = next.nodes.empty() || item.personal > next.personal ? std::move(item) : std::move(next);
    }
    spot = std::move(next);
  }
  return spot.personal;
}

std::string masked_text(const Node& root, const json::Value& value, PersonalData cleared) {
  std::string out;
  write_masked(spot_of({&root}, PersonalData::none), value, cleared, out);
  return out;
}

}  // namespace simpul
