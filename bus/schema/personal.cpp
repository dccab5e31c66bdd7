#include "bus/schema/personal.h"

#include <algorithm>
#include <charconv>
#include <unordered_set>

namespace simpul {
namespace {

constexpr std::string_view mask = "\"•••\"";

using Speakers = std::vector<PersonalSpot::Speaker>;

// Collects speakers, each node once; those that surely apply must be taken first.
class Gathering {
 public:
  void take(const Node* node, bool certain) {
    if (node == nullptr || known(node)) return;
    all_.push_back({node, certain});
  }
  // Adds all that look at the same value as those taken so far.
  Speakers expanded() && {
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if (all_[i].certain) conjuncts(*all_[i].node, true);
    }
    for (std::size_t i = 0; i < all_.size(); ++i) {
      const auto& node = *all_[i].node;
      if (!all_[i].certain) conjuncts(node, false);
      for_each_in_place(node, [&](const Node& child) {
        if (&child != node.negated) take(&child, false);
      });
    }
    return std::move(all_);
  }

 private:
  void conjuncts(const Node& node, bool certain) {
    take(node.ref, certain);
    take(node.dynamic_ref, certain);
    for (const auto* child : node.all_of) take(child, certain);
  }
  bool known(const Node* node) {
    constexpr std::size_t few = 32;
    if (all_.size() < few)
      return std::any_of(all_.begin(), all_.end(), [&](const auto& speaker) { return speaker.node == node; });
    if (known_.empty()) {
      for (const auto& speaker : all_) known_.insert(speaker.node);
    }
    return !known_.insert(node).second;
  }

  Speakers all_;
  std::unordered_set<const Node*> known_;  // once they are many
};

PersonalSpot spot_of(const Speakers& found, PersonalData inherited) {
  Gathering gathering;
  for (bool certain : {true, false}) {
    for (const auto& speaker : found) {
      if (speaker.certain == certain) gathering.take(speaker.node, certain);
    }
  }
  PersonalSpot spot{std::move(gathering).expanded(), inherited};
  if (found.empty()) spot.personal = PersonalData::specific;
  std::optional<PersonalData> own, possible;
  for (const auto& [node, certain] : spot.speakers) {
    auto& highest = certain ? own : possible;
    if (node->personal) highest = std::max(highest.value_or(PersonalData::none), *node->personal);
  }
  if (own) spot.personal = *own;
  if (possible) spot.personal = std::max(spot.personal, *possible);
  return spot;
}

// `true` and `false` say nothing about what stands there.
bool speaks(const Node* rest) {
  return rest != nullptr && !rest->boolean;
}

void take_member(const PersonalSpot::Speaker& speaker, std::string_view name, Speakers& found) {
  const auto& [node, certain] = speaker;
  bool declared = false;
  if (const auto* rule = node->properties.find(name); rule != nullptr && rule->node != nullptr) {
    found.push_back({rule->node, certain});
    declared = true;
  }
  for (const auto& pattern : node->pattern_properties) {
    if (!pattern.pattern->matches(name)) continue;
    found.push_back({pattern.node, certain});
    declared = true;
  }
  if (declared) return;
  if (speaks(node->additional_properties)) found.push_back({node->additional_properties, certain});
  // Whether another schema evaluates the member depends on the value.
  if (speaks(node->unevaluated_properties)) found.push_back({node->unevaluated_properties, false});
}

void take_item(const PersonalSpot::Speaker& speaker, std::size_t index, Speakers& found) {
  const auto& [node, certain] = speaker;
  if (index < node->prefix_items.size()) {
    found.push_back({node->prefix_items[index], certain});
  } else {
    if (speaks(node->items)) found.push_back({node->items, certain});
    if (speaks(node->unevaluated_items)) found.push_back({node->unevaluated_items, false});
  }
  if (speaks(node->contains)) found.push_back({node->contains, false});
}

// Items behind it are all alike.
std::size_t longest_prefix(const PersonalSpot& spot) {
  std::size_t most = 0;
  for (const auto& speaker : spot.speakers) most = std::max(most, speaker.node->prefix_items.size());
  return most;
}

void write_masked(const PersonalSpot& spot, const json::Value& value, PersonalData cleared, std::string& out) {
  if (spot.speakers.empty() && spot.personal > cleared) {
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
      write_masked(personal_member(spot, name), member, cleared, out);
    }
    out += '}';
  } else if (value.is_array()) {
    out += '[';
    PersonalSpot item;
    auto most = longest_prefix(spot);
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out += ',';
      if (i <= most) item = personal_item(spot, i);
      write_masked(item, value.items()[i], cleared, out);
    }
    out += ']';
  } else if (spot.personal > cleared && !value.is_null()) {
    out += mask;
  } else {
    json::write(value, out);
  }
}

}  // namespace

PersonalSpot personal_root(const Node& root) {
  return spot_of({{&root, true}}, PersonalData::none);
}

PersonalSpot personal_member(const PersonalSpot& spot, std::string_view name) {
  Speakers found;
  for (const auto& speaker : spot.speakers) take_member(speaker, name, found);
  return spot_of(found, spot.personal);
}

PersonalSpot personal_item(const PersonalSpot& spot, std::size_t index) {
  Speakers found;
  for (const auto& speaker : spot.speakers) take_item(speaker, index, found);
  return spot_of(found, spot.personal);
}

PersonalSpot personal_items(const PersonalSpot& spot) {
  auto most = longest_prefix(spot);
  bool ends = std::any_of(spot.speakers.begin(), spot.speakers.end(), [](const auto& speaker) {
    return speaker.certain && speaker.node->items != nullptr && speaker.node->items->boolean == false;
  });
  PersonalSpot all;
  Speakers found;
  for (std::size_t i = 0; i <= most; ++i) {
    if (i == most && ends) break;
    auto item = personal_item(spot, i);
    all.personal = std::max(all.personal, item.personal);
    for (const auto& speaker : item.speakers) found.push_back({speaker.node, speaker.certain && most == 0});
  }
  Gathering gathering;
  for (const auto& speaker : found) gathering.take(speaker.node, speaker.certain);
  all.speakers = std::move(gathering).expanded();
  return all;
}

PersonalData personal_class(const Node& root, std::string_view pointer) {
  auto spot = personal_root(root);
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
    auto next = personal_member(spot, name);
    std::size_t index = 0;
    auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
    if (error == std::errc() && end == name.data() + name.size()) {
      auto item = personal_item(spot, index);
      if (!item.speakers.empty())
        next = next.speakers.empty() || item.personal > next.personal ? std::move(item) : std::move(next);
    }
    spot = std::move(next);
  }
  return spot.personal;
}

std::string masked_text(const Node& root, const json::Value& value, PersonalData cleared) {
  std::string out;
  write_masked(personal_root(root), value, cleared, out);
  return out;
}

}  // namespace simpul
