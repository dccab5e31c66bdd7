// What an expression sees of a schema: kinds, formats and limits at a path.
//
// A spot is all schemas that hold there at once (the node, $ref, allOf) and choices of which one holds (anyOf, oneOf,
// then or else). What applies only under a condition that is not followed here (`dependentSchemas`, a lone `then`)
// narrows nothing: a type may be wider than the schema, never narrower.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <set>

#include "bus/schema/compiler.h"
#include "bus/schema/personal.h"

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
  bool of_node = false;  // a node of the spot says it, so who refers to that node has said it
};

// Bounds what one spot may hold, whatever way schemas lead to each other; a spot that is cut short is wider.
constexpr std::size_t spot_limit = 5'000;

void add(Spot& spot, const Node& node, std::size_t& size) {
  if (size >= spot_limit || std::find(spot.nodes.begin(), spot.nodes.end(), &node) != spot.nodes.end()) return;
  ++size;
  spot.nodes.push_back(&node);
  if (node.ref != nullptr) add(spot, *node.ref, size);
  if (node.dynamic_ref != nullptr) add(spot, *node.dynamic_ref, size);
  for (const auto* child : node.all_of) add(spot, *child, size);
  for (const auto* list : {&node.any_of, &node.one_of}) {
    if (list->empty()) continue;
    Choice choice{{}, true};
    for (const auto* child : *list) add(choice.branches.emplace_back(), *child, size);
    spot.choices.push_back(std::move(choice));
  }
  if (node.condition != nullptr && node.consequence != nullptr && node.alternative != nullptr) {
    Choice choice{{}, true};
    add(choice.branches.emplace_back(), *node.consequence, size);
    add(choice.branches.emplace_back(), *node.alternative, size);
    spot.choices.push_back(std::move(choice));
  }
}

// Does `test` hold for a schema that may say something of the same value as the node, the node itself included?
template <class Test>
bool any_in_place(const Node& node, Test test) {
  std::vector<const Node*> open{&node};
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (i >= spot_limit || test(*open[i])) return true;
    for_each_in_place(*open[i], [&](const Node& child) {
      bool says = &child != open[i]->negated && std::find(open.begin(), open.end(), &child) == open.end();
      if (says) open.push_back(&child);
    });
  }
  return false;
}

// Whether the member may be evaluated by something else than the node's own `unevaluatedProperties`.
bool may_evaluate(const Node& node, std::string_view name) {
  return any_in_place(node, [&](const Node& each) {
    const auto* rule = each.properties.find(name);
    return (rule != nullptr && rule->node != nullptr) || each.additional_properties != nullptr ||
           (&each != &node && each.unevaluated_properties != nullptr) ||
           std::any_of(each.pattern_properties.begin(), each.pattern_properties.end(),
                       [&](const PatternNode& pattern) { return pattern.pattern->matches(name); });
  });
}

bool may_evaluate_items(const Node& node) {
  return any_in_place(node, [&](const Node& each) {
    bool other = &each != &node && (!each.prefix_items.empty() || each.unevaluated_items != nullptr);
    return other || each.items != nullptr || (each.contains != nullptr && each.contains_evaluates);
  });
}

// Closed by `unevaluatedProperties`: nothing that may apply takes members that it does not name.
bool closes_unevaluated(const Node& node) {
  if (node.unevaluated_properties == nullptr || node.unevaluated_properties->boolean != false) return false;
  return !any_in_place(node, [](const Node& each) {
    bool open = each.additional_properties != nullptr && each.additional_properties->boolean != false;
    bool rest = each.unevaluated_properties != nullptr && each.unevaluated_properties->boolean != false;
    return open || rest || !each.pattern_properties.empty();
  });
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

// The greatest number of characters or items that there surely are.
Limit least_of(const Spot& spot, Limit Node::* field) {
  Limit greatest;
  auto take = [&](Limit limit) {
    if (limit && (!greatest || *limit > *greatest)) greatest = limit;
  };
  for (const auto* node : spot.nodes) take(node->*field);
  for (const auto& choice : spot.choices) {
    Limit least = std::numeric_limits<std::uint64_t>::max();
    for (const auto& branch : choice.branches) {
      auto limit = least_of(branch, field);
      least = limit && least ? std::min(*least, *limit) : Limit();
    }
    if (!choice.branches.empty()) take(least);
  }
  return greatest;
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
};

Member member_of(const Spot& spot, std::string_view name, std::size_t& size) {
  Member member;
  for (const auto* node : spot.nodes) {
    bool declared = false;
    if (const auto* rule = node->properties.find(name); rule != nullptr) {
      member.required |= rule->required;
      if (rule->node != nullptr) {
        declared = true;
        add(member.spot, *rule->node, size);
      }
    }
    for (const auto& pattern : node->pattern_properties) {
      if (!pattern.pattern->matches(name)) continue;
      declared = true;
      add(member.spot, *pattern.node, size);
    }
    if (!declared && node->additional_properties != nullptr) {
      if (node->closed())
        member.allowed = false;
      else
        add(member.spot, *node->additional_properties, size);
    }
    if (node->unevaluated_properties != nullptr && !may_evaluate(*node, name)) {
      if (node->unevaluated_properties->boolean == false)
        member.allowed = false;
      else
        add(member.spot, *node->unevaluated_properties, size);
    }
  }
  for (const auto& choice : spot.choices) {
    Choice next;
    bool all_required = true, any = false, all_speak = true;
    for (const auto& branch : choice.branches) {
      if (!(kinds_of(branch) & SchemaType::object)) continue;
      auto part = member_of(branch, name, size);
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
  return member;
}

Spot items_of(const Spot& spot, std::size_t& size) {
  Spot items;
  for (const auto* node : spot.nodes) {
    const auto* rest = node->items;
    if (rest == nullptr && node->unevaluated_items != nullptr && !may_evaluate_items(*node))
      rest = node->unevaluated_items;
    if (node->prefix_items.empty()) {
      if (rest != nullptr) add(items, *rest, size);
      continue;
    }
    Choice choice;
    for (const auto* item : node->prefix_items) add(choice.branches.emplace_back(), *item, size);
    if (rest == nullptr) {
      choice.branches.emplace_back();
    } else if (rest->boolean != false) {
      add(choice.branches.emplace_back(), *rest, size);
    }
    items.choices.push_back(std::move(choice));
  }
  for (const auto& choice : spot.choices) {
    Choice next;
    bool all_speak = true;
    for (const auto& branch : choice.branches) {
      if (!(kinds_of(branch) & SchemaType::array)) continue;
      next.branches.push_back(items_of(branch, size));
      all_speak &= !next.branches.back().empty();
    }
    if (!next.branches.empty() && all_speak) items.choices.push_back(std::move(next));
  }
  return items;
}

// Names that any schema which may apply declares.
void names_of(const Spot& spot, std::set<std::string_view>& known, std::vector<std::string>& names) {
  for (const auto* node : spot.nodes) {
    any_in_place(*node, [&](const Node& each) {
      for (const auto& rule : each.properties.rules()) {
        if (known.insert(rule.name).second) names.emplace_back(rule.name);
      }
      return false;
    });
  }
  for (const auto& choice : spot.choices) {
    for (const auto& branch : choice.branches) names_of(branch, known, names);
  }
}

bool closed(const Spot& spot) {
  if (std::any_of(spot.nodes.begin(), spot.nodes.end(), [](const Node* node) {
        return (node->closed() && node->pattern_properties.empty()) || closes_unevaluated(*node);
      }))
    return true;
  return std::any_of(spot.choices.begin(), spot.choices.end(), [](const Choice& choice) {
    return std::all_of(choice.branches.begin(), choice.branches.end(),
                       [](const Spot& branch) { return !(kinds_of(branch) & SchemaType::object) || closed(branch); });
  });
}

// RFC 3986 §3.5: what a fragment may hold as it is.
std::string reference_to(const Node& node) {
  auto address = file_address(node.file->path) + "#";
  for (const char c : node.pointer) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       std::string_view("-._~/!$&'()*+,;=:@?").find(c) != std::string_view::npos;
    address += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return address;
}

// What holds at the spot, by reference; none: nothing is said of it. Nodes that another one leads to (by $ref, allOf)
// and the choices that a node itself says are said by the reference to that node.
std::string text_of(const Spot& spot) {
  std::vector<std::string> all;
  std::set<const Node*> said;
  for (const auto* node : spot.nodes) {
    if (said.contains(node) || node->file == nullptr) continue;
    std::vector<const Node*> open{node};
    while (!open.empty()) {
      const auto* next = open.back();
      open.pop_back();
      if (next == nullptr || !said.insert(next).second) continue;
      open.push_back(next->ref);
      open.insert(open.end(), next->all_of.begin(), next->all_of.end());
    }
    json::Writer reference;
    reference.begin_object().member("$ref", reference_to(*node)).end_object();
    all.push_back(reference.take());
  }
  for (const auto& choice : spot.choices) {
    if (choice.of_node) continue;
    std::vector<std::string> branches;
    for (const auto& branch : choice.branches) branches.push_back(text_of(branch));
    if (std::ranges::find(branches, std::string()) != branches.end()) continue;
    all.push_back(fmt::format(R"({{"anyOf":[{}]}})", fmt::join(branches, ",")));
  }
  if (all.size() <= 1) return all.empty() ? std::string() : all.front();
  return fmt::format(R"({{"allOf":[{}]}})", fmt::join(all, ","));
}

class SchemaCursor : public Schema::Cursor {
 public:
  SchemaCursor(std::shared_ptr<const void> owner, Spot spot, PersonalSpot personal)
      : owner_(std::move(owner)), spot_(std::move(spot)), personal_(std::move(personal)) {}

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
    type.min_length = least_of(spot_, &Node::min_length);
    type.min_items = least_of(spot_, &Node::min_items);
    type.personal = personal_.personal;
    return type;
  }
  std::shared_ptr<const Cursor> property(std::string_view name, bool& required) const override {
    std::size_t size = 0;
    auto member = member_of(spot_, name, size);
    required = member.allowed && member.required;
    if (!member.allowed) return nullptr;
    return std::make_shared<SchemaCursor>(owner_, std::move(member.spot), personal_member(personal_, name));
  }
  std::shared_ptr<const Cursor> items() const override {
    std::size_t size = 0;
    return std::make_shared<SchemaCursor>(owner_, items_of(spot_, size), personal_items(personal_));
  }
  std::vector<std::string> properties() const override {
    std::vector<std::string> names;
    std::set<std::string_view> known;
    names_of(spot_, known, names);
    return names;
  }
  bool closed() const override { return simpul::closed(spot_); }
  std::string schema_text() const override { return text_of(spot_); }

 private:
  std::shared_ptr<const void> owner_;
  Spot spot_;
  PersonalSpot personal_;
};

}  // namespace

std::shared_ptr<const Schema::Cursor> make_cursor(std::shared_ptr<const void> owner, const Node& root) {
  Spot spot;
  std::size_t size = 0;
  add(spot, root, size);
  return std::make_shared<SchemaCursor>(std::move(owner), std::move(spot), personal_root(root));
}

}  // namespace simpul
