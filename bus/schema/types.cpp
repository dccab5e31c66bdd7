// What an expression sees of a schema: kinds, formats and limits at a path.
//
// A spot is all schemas that hold there at once (the node, $ref, allOf) and choices of which one holds (anyOf, oneOf,
// then or else).
#include <algorithm>

#include "bus/schema/node.h"

namespace simpul {
namespace {

struct Choice;

struct Spot {
  std::vector<const Node*> nodes;
  std::vector<Choice> choices;
  bool empty() const { return nodes.empty() && choices.empty(); }
};

struct Choice {
  std::vector<Spot> branches;
};

void add(Spot& spot, const Node& node) {
  if (std::find(spot.nodes.begin(), spot.nodes.end(), &node) != spot.nodes.end()) return;
  spot.nodes.push_back(&node);
  if (node.ref != nullptr) add(spot, *node.ref);
  for (const auto* child : node.all_of) add(spot, *child);
  for (const auto* list : {&node.any_of, &node.one_of}) {
    if (list->empty()) continue;
    auto& choice = spot.choices.emplace_back();
    for (const auto* child : *list) add(choice.branches.emplace_back(), *child);
  }
  if (node.condition != nullptr && node.consequence != nullptr && node.alternative != nullptr) {
    auto& choice = spot.choices.emplace_back();
    add(choice.branches.emplace_back(), *node.consequence);
    add(choice.branches.emplace_back(), *node.alternative);
  }
}

unsigned kinds_of(const json::Value& value) {
  constexpr SchemaType::Kind kinds[] = {SchemaType::null,   SchemaType::boolean, SchemaType::number,
                                        SchemaType::string, SchemaType::array,   SchemaType::object};
  if (value.is_number() && json::is_integer_number(value.text())) return SchemaType::integer;
  return kinds[static_cast<unsigned>(value.kind())];
}

// The bits as nodes have them: `number` with `integer`.
unsigned kinds_of(const Spot& spot) {
  unsigned kinds = SchemaType::any;
  for (const auto* node : spot.nodes) {
    if (node->boolean == false) return 0;
    kinds &= node->types;
    if (node->constant != nullptr) kinds &= kinds_of(*node->constant);
    if (node->enumeration) {
      unsigned listed = 0;
      for (const auto* value : *node->enumeration) listed |= kinds_of(*value);
      kinds &= (listed & SchemaType::number) ? listed | SchemaType::integer : listed;
    }
  }
  for (const auto& choice : spot.choices) {
    unsigned any = 0;
    for (const auto& branch : choice.branches) any |= kinds_of(branch);
    kinds &= any;
  }
  return kinds;
}

bool knows(const Spot& spot) {
  return std::any_of(spot.nodes.begin(), spot.nodes.end(), [](const Node* node) { return !node->boolean; }) ||
         !spot.choices.empty();
}

PersonalData personal_of(const Spot& spot, PersonalData inherited) {
  std::optional<PersonalData> own;
  auto take = [&](PersonalData personal) { own = std::max(own.value_or(PersonalData::none), personal); };
  for (const auto* node : spot.nodes) {
    if (node->personal) take(*node->personal);
  }
  auto result = own.value_or(inherited);
  for (const auto& choice : spot.choices) {
    for (const auto& branch : choice.branches) result = std::max(result, personal_of(branch, result));
  }
  return result;
}

using Limit = std::optional<std::uint64_t>;

// The least limit that surely holds.
Limit limit_of(const Spot& spot, Limit Node::* field) {
  Limit least;
  auto take = [&](Limit limit) {
    if (limit && (!least || *limit < *least)) least = limit;
  };
  for (const auto* node : spot.nodes) take(node->*field);
  for (const auto& choice : spot.choices) {
    Limit greatest = 0;
    for (const auto& branch : choice.branches) {
      auto limit = limit_of(branch, field);
      if (!limit || !greatest) {
        greatest = std::nullopt;
      } else {
        greatest = std::max(*greatest, *limit);
      }
    }
    take(greatest);
  }
  return least;
}

// JSON texts of the only values that are allowed; none when values are not listed.
std::optional<std::vector<std::string>> listed(const Spot& spot) {
  for (const auto* node : spot.nodes) {
    if (node->constant != nullptr) return std::vector<std::string>{json::write(*node->constant)};
  }
  for (const auto* node : spot.nodes) {
    if (!node->enumeration) continue;
    std::vector<std::string> texts;
    for (const auto* value : *node->enumeration) texts.push_back(json::write(*value));
    return texts;
  }
  for (const auto& choice : spot.choices) {
    std::vector<std::string> texts;
    bool all = true;
    for (const auto& branch : choice.branches) {
      auto some = listed(branch);
      if (!some) {
        all = false;
        break;
      }
      texts.insert(texts.end(), some->begin(), some->end());
    }
    if (all) return texts;
  }
  return std::nullopt;
}

std::string format_of(const Spot& spot) {
  for (const auto* node : spot.nodes) {
    if (node->format != nullptr) return std::string(node->format->name);
  }
  for (const auto& choice : spot.choices) {
    std::optional<std::string> same;
    for (const auto& branch : choice.branches) {
      if (!(kinds_of(branch) & SchemaType::string)) continue;
      auto format = format_of(branch);
      same = !same || *same == format ? format : std::string();
    }
    if (same && !same->empty()) return *same;
  }
  return {};
}

struct Member {
  Spot spot;
  bool allowed = true;
  bool required = false;
  bool known = false;  // some schema declares it
};

Member member_of(const Spot& spot, std::string_view name) {
  Member member;
  for (const auto* node : spot.nodes) {
    bool declared = false;
    if (const auto* rule = node->properties.find(name); rule != nullptr) {
      member.required |= rule->required;
      if (rule->node != nullptr) {
        declared = true;
        add(member.spot, *rule->node);
      }
    }
    for (const auto& pattern : node->pattern_properties) {
      if (!pattern.pattern->matches(name)) continue;
      declared = true;
      add(member.spot, *pattern.node);
    }
    if (!declared && node->additional_properties != nullptr) {
      if (node->closed())
        member.allowed = false;
      else
        add(member.spot, *node->additional_properties);
    }
  }
  for (const auto& choice : spot.choices) {
    Choice next;
    bool all_required = true, any = false, all_speak = true;
    for (const auto& branch : choice.branches) {
      if (!(kinds_of(branch) & SchemaType::object)) continue;
      auto part = member_of(branch, name);
      all_required &= part.required;
      if (!part.allowed) continue;
      any = true;
      all_speak &= !part.spot.empty();
      next.branches.push_back(std::move(part.spot));
    }
    if (!any) {
      member.allowed = false;
      continue;
    }
    member.required |= all_required;
    if (all_speak) member.spot.choices.push_back(std::move(next));
  }
  member.known = !member.spot.empty();
  return member;
}

Spot items_of(const Spot& spot) {
  Spot items;
  for (const auto* node : spot.nodes) {
    if (node->prefix_items.empty()) {
      if (node->items != nullptr) add(items, *node->items);
      continue;
    }
    auto& choice = items.choices.emplace_back();
    for (const auto* item : node->prefix_items) add(choice.branches.emplace_back(), *item);
    if (node->items == nullptr) {
      choice.branches.emplace_back();
    } else if (node->items->boolean != false) {
      add(choice.branches.emplace_back(), *node->items);
    }
  }
  for (const auto& choice : spot.choices) {
    Choice next;
    bool all_speak = true;
    for (const auto& branch : choice.branches) {
      if (!(kinds_of(branch) & SchemaType::array)) continue;
      next.branches.push_back(items_of(branch));
      all_speak &= !next.branches.back().empty();
    }
    if (!next.branches.empty() && all_speak) items.choices.push_back(std::move(next));
  }
  return items;
}

void names_of(const Spot& spot, std::vector<std::string>& names) {
  for (const auto* node : spot.nodes) {
    for (const auto& rule : node->properties.rules()) {
      if (std::find(names.begin(), names.end(), rule.name) == names.end()) names.emplace_back(rule.name);
    }
  }
  for (const auto& choice : spot.choices) {
    for (const auto& branch : choice.branches) names_of(branch, names);
  }
}

bool closed(const Spot& spot) {
  if (std::any_of(spot.nodes.begin(), spot.nodes.end(),
                  [](const Node* node) { return node->closed() && node->pattern_properties.empty(); }))
    return true;
  return std::any_of(spot.choices.begin(), spot.choices.end(), [](const Choice& choice) {
    return std::all_of(choice.branches.begin(), choice.branches.end(),
                       [](const Spot& branch) { return !(kinds_of(branch) & SchemaType::object) || closed(branch); });
  });
}

class SchemaCursor : public Schema::Cursor {
 public:
  SchemaCursor(std::shared_ptr<const void> owner, Spot spot, PersonalData inherited)
      : owner_(std::move(owner)), spot_(std::move(spot)), personal_(personal_of(spot_, inherited)) {}

  SchemaType type() const override {
    SchemaType type;
    type.known = knows(spot_);
    type.kinds = kinds_of(spot_);
    if (type.kinds != SchemaType::any && (type.kinds & SchemaType::number))
      type.kinds &= ~static_cast<unsigned>(SchemaType::integer);
    type.enumeration = listed(spot_).value_or(std::vector<std::string>());
    type.format = format_of(spot_);
    type.max_length = limit_of(spot_, &Node::max_length);
    type.max_items = limit_of(spot_, &Node::max_items);
    type.personal = personal_;
    return type;
  }
  std::shared_ptr<const Cursor> property(std::string_view name, bool& required) const override {
    auto member = member_of(spot_, name);
    required = member.allowed && member.required;
    if (!member.allowed) return nullptr;
    // Where no schema speaks, the class is unknown: the highest.
    auto inherited = member.known ? personal_ : PersonalData::specific;
    return std::make_shared<SchemaCursor>(owner_, std::move(member.spot), inherited);
  }
  std::shared_ptr<const Cursor> items() const override {
    auto spot = items_of(spot_);
    auto inherited = spot.empty() ? PersonalData::specific : personal_;
    return std::make_shared<SchemaCursor>(owner_, std::move(spot), inherited);
  }
  std::vector<std::string> properties() const override {
    std::vector<std::string> names;
    names_of(spot_, names);
    return names;
  }
  bool closed() const override { return simpul::closed(spot_); }

 private:
  std::shared_ptr<const void> owner_;
  Spot spot_;
  PersonalData personal_;
};

}  // namespace

std::shared_ptr<const Schema::Cursor> make_cursor(std::shared_ptr<const void> owner, const Node& root) {
  Spot spot;
  add(spot, root);
  return std::make_shared<SchemaCursor>(std::move(owner), std::move(spot), PersonalData::none);
}

}  // namespace simpul
