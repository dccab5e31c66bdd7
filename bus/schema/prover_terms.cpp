// Schemas taken apart: what a schema that holds demands of a value of one type, and the ways in which a schema that
// must not hold can fail.
#include <algorithm>

#include "bus/schema/prover.h"

namespace simpul {
namespace {

using Kind = Atom::Kind;

constexpr std::size_t most_branches = 64;  // of a oneOf whose branches are compared in pairs

bool allows(const Node& node, unsigned type) {
  unsigned bits = type == SchemaType::number ? SchemaType::number | SchemaType::integer : type;
  return (node.types & bits) != 0;
}

bool only_integers(const Node& node) {
  return (node.types & SchemaType::number) == 0;
}

unsigned type_of(const json::Value& value) {
  switch (value.kind()) {
    case json::Kind::null:
      return SchemaType::null;
    case json::Kind::boolean:
      return SchemaType::boolean;
    case json::Kind::number:
      return SchemaType::number;
    case json::Kind::string:
      return SchemaType::string;
    case json::Kind::array:
      return SchemaType::array;
    case json::Kind::object:
      return SchemaType::object;
  }
  return 0;
}

NumberBound::Rule flipped(NumberBound::Rule rule) {
  using R = NumberBound::Rule;
  switch (rule) {
    case R::minimum:
      return R::exclusive_maximum;
    case R::exclusive_minimum:
      return R::maximum;
    case R::maximum:
      return R::exclusive_minimum;
    case R::exclusive_maximum:
      break;
  }
  return R::minimum;
}

Atom atom(Kind kind, const Node& node, std::uint64_t count = 0, std::string_view text = {}, Literal literal = 0) {
  Atom made;
  made.kind = kind;
  made.node = &node;
  made.count = count;
  made.text = text;
  made.literal = literal;
  return made;
}

}  // namespace

bool Prover::assert_node(State& state, const Node& node) {
  if (node.boolean) return *node.boolean;
  if (!allows(node, state.type)) return false;
  if (node.constant != nullptr || node.enumeration) {
    state.finite = &node;
    return true;
  }
  auto& atoms = state.atoms;
  if (state.type == SchemaType::number) {
    for (const auto& bound : node.bounds) {
      atoms.push_back(atom(Kind::bound, node, 0, bound.text));
      atoms.back().rule = bound.rule;
    }
    if (node.multiple_of) atoms.push_back(atom(Kind::multiple, node, 0, node.multiple_text));
    if (only_integers(node))
      atoms.push_back(node.fraction_counts ? atom(Kind::whole_text, node) : atom(Kind::multiple, node, 0, "1"));
  } else if (state.type == SchemaType::string) {
    if (node.min_length) atoms.push_back(atom(Kind::least_length, node, *node.min_length));
    if (node.max_length) atoms.push_back(atom(Kind::most_length, node, *node.max_length));
    if (node.pattern) atoms.push_back(atom(Kind::pattern, node));
    if (node.format != nullptr) atoms.push_back(atom(Kind::format, node));
  } else if (state.type == SchemaType::array) {
    assert_array(state, node);
  } else if (state.type == SchemaType::object) {
    assert_object(state, node);
  }
  assert_logic(state, node);
  return true;
}

void Prover::assert_array(State& state, const Node& node) {
  auto& atoms = state.atoms;
  if (node.min_items) atoms.push_back(atom(Kind::least_items, node, *node.min_items));
  if (node.max_items) atoms.push_back(atom(Kind::most_items, node, *node.max_items));
  if (node.unique_items) atoms.push_back(atom(Kind::unique, node));
  if (!node.prefix_items.empty() || node.items != nullptr) atoms.push_back(atom(Kind::items, node));
  if (node.contains != nullptr) {
    auto contained = literal(*node.contains);
    if (node.min_contains > 0) atoms.push_back(atom(Kind::least_contained, node, node.min_contains, {}, contained));
    if (node.max_contains) atoms.push_back(atom(Kind::most_contained, node, *node.max_contains, {}, contained));
  }
  if (node.unevaluated_items != nullptr) choose(state, unevaluated(node, false, false));
}

void Prover::assert_object(State& state, const Node& node) {
  auto& atoms = state.atoms;
  bool shaped = !node.pattern_properties.empty() || node.additional_properties != nullptr;
  for (const auto& rule : node.properties.rules()) {
    if (rule.required) atoms.push_back(atom(Kind::present, node, 0, rule.name));
    shaped = shaped || rule.node != nullptr;
  }
  if (shaped) atoms.push_back(atom(Kind::shape, node));
  if (node.property_names != nullptr) atoms.push_back(atom(Kind::names, node, 0, {}, literal(*node.property_names)));
  if (node.min_properties) atoms.push_back(atom(Kind::least_members, node, *node.min_properties));
  if (node.max_properties) atoms.push_back(atom(Kind::most_members, node, *node.max_properties));
  for (std::size_t i = 0; i < node.dependent_required.size(); ++i) atoms.push_back(atom(Kind::dependents, node, i));
  for (const auto& dependent : node.dependent_schemas) {
    Choice choice;
    choice.push_back({{atom(Kind::absent, node, 0, dependent.name)}, {}});
    choice.push_back({{atom(Kind::present, node, 0, dependent.name)}, {literal(*dependent.node)}});
    choose(state, std::move(choice));
  }
  if (node.unevaluated_properties != nullptr) choose(state, unevaluated(node, true, false));
}

void Prover::choose(State& state, Choice choice) {
  if (choice.size() == 1)
    add(state, choice.front());
  else
    state.choices.push_back(std::make_shared<const Choice>(std::move(choice)));
}

void Prover::assert_logic(State& state, const Node& node) {
  auto& pending = state.pending;
  if (node.ref != nullptr) pending.push_back(literal(*node.ref));
  if (node.dynamic_ref != nullptr) pending.push_back(literal(*node.dynamic_ref));
  for (const auto* child : node.all_of) pending.push_back(literal(*child));
  if (node.negated != nullptr) pending.push_back(opposite(literal(*node.negated)));
  if (!node.any_of.empty()) {
    Choice choice;
    for (const auto* child : node.any_of) choice.push_back({{}, {literal(*child)}});
    choose(state, std::move(choice));
  }
  if (node.one_of.size() > most_branches) {
    // Too many to be compared: that one of them holds is all that is used.
    Choice choice;
    for (const auto* child : node.one_of) choice.push_back({{atom(Kind::beyond, node, 0, "oneOf")}, {literal(*child)}});
    choose(state, std::move(choice));
  } else if (!node.one_of.empty()) {
    Choice choice;
    for (std::size_t i = 0; i < node.one_of.size(); ++i) {
      auto& alternative = choice.emplace_back();
      alternative.literals.push_back(literal(*node.one_of[i]));
      for (std::size_t k = 0; k < node.one_of.size(); ++k) {
        if (k != i) alternative.literals.push_back(opposite(literal(*node.one_of[k])));
      }
    }
    choose(state, std::move(choice));
  }
  if (node.condition != nullptr && (node.consequence != nullptr || node.alternative != nullptr)) {
    auto condition = literal(*node.condition);
    Choice choice(2);
    choice[0].literals.push_back(condition);
    choice[1].literals.push_back(opposite(condition));
    if (node.consequence != nullptr) choice[0].literals.push_back(literal(*node.consequence));
    if (node.alternative != nullptr) choice[1].literals.push_back(literal(*node.alternative));
    choose(state, std::move(choice));
  }
}

// False when the schema cannot fail.
bool Prover::deny_node(State& state, const Node& node) {
  Choice choice;
  std::set<const Node*> seen;
  if (failures(node, state, choice, seen)) return true;
  if (choice.empty()) return false;
  spend(choice.size() / 8);
  choose(state, std::move(choice));
  return true;
}

// Lists the ways in which a value of the type fails the schema; true when every value of the type does.
bool Prover::failures(const Node& node, const State& state, Choice& out, std::set<const Node*>& seen) {
  if (node.boolean) return !*node.boolean;
  if (!allows(node, state.type)) return true;
  if (!seen.insert(&node).second) return false;
  if (node.constant != nullptr) {
    if (type_of(*node.constant) != state.type) return true;
    out.push_back({{atom(Kind::not_constant, node)}, {}});
  }
  if (node.enumeration) {
    if (std::none_of(node.enumeration->begin(), node.enumeration->end(),
                     [&](const json::Value* value) { return type_of(*value) == state.type; }))
      return true;
    out.push_back({{atom(Kind::not_enumerated, node)}, {}});
  }
  if (state.type == SchemaType::number) number_failures(node, out);
  if (state.type == SchemaType::string) string_failures(node, out);
  if (state.type == SchemaType::array) array_failures(node, out);
  if (state.type == SchemaType::object) object_failures(node, out);
  return logic_failures(node, state, out, seen);
}

void Prover::number_failures(const Node& node, Choice& out) {
  for (const auto& bound : node.bounds) {
    auto broken = atom(Kind::bound, node, 0, bound.text);
    broken.rule = flipped(bound.rule);
    out.push_back({{broken}, {}});
  }
  if (node.multiple_of) out.push_back({{atom(Kind::not_multiple, node, 0, node.multiple_text)}, {}});
  if (only_integers(node))
    out.push_back(
        {{node.fraction_counts ? atom(Kind::not_whole_text, node) : atom(Kind::not_multiple, node, 0, "1")}, {}});
}

void Prover::string_failures(const Node& node, Choice& out) {
  if (node.min_length && *node.min_length > 0)
    out.push_back({{atom(Kind::most_length, node, *node.min_length - 1)}, {}});
  if (node.max_length) out.push_back({{atom(Kind::least_length, node, *node.max_length + 1)}, {}});
  if (node.pattern) out.push_back({{atom(Kind::not_pattern, node)}, {}});
  if (node.format != nullptr) out.push_back({{atom(Kind::not_format, node)}, {}});
}

void Prover::array_failures(const Node& node, Choice& out) {
  if (node.min_items && *node.min_items > 0) out.push_back({{atom(Kind::most_items, node, *node.min_items - 1)}, {}});
  if (node.max_items) out.push_back({{atom(Kind::least_items, node, *node.max_items + 1)}, {}});
  if (node.unique_items) out.push_back({{atom(Kind::repeated, node)}, {}});
  for (std::size_t i = 0; i < node.prefix_items.size(); ++i) {
    auto denied = opposite(literal(*node.prefix_items[i]));
    if (denied != opposite(0)) out.push_back({{atom(Kind::item_at, node, i, {}, denied)}, {}});
  }
  if (node.items != nullptr) {
    auto denied = opposite(literal(*node.items));
    if (denied != opposite(0)) out.push_back({{atom(Kind::some_item, node, node.prefix_items.size(), {}, denied)}, {}});
  }
  if (node.contains != nullptr) {
    auto contained = literal(*node.contains);
    if (node.min_contains > 0)
      out.push_back({{atom(Kind::most_contained, node, node.min_contains - 1, {}, contained)}, {}});
    if (node.max_contains)
      out.push_back({{atom(Kind::least_contained, node, *node.max_contains + 1, {}, contained)}, {}});
  }
  if (node.unevaluated_items != nullptr) {
    for (auto& alternative : unevaluated(node, false, true)) out.push_back(std::move(alternative));
  }
}

void Prover::object_failures(const Node& node, Choice& out) {
  for (const auto& rule : node.properties.rules()) {
    if (rule.required) out.push_back({{atom(Kind::absent, node, 0, rule.name)}, {}});
  }
  for (const auto& rule : node.properties.rules()) {
    auto denied = rule.node != nullptr ? opposite(literal(*rule.node)) : opposite(0);
    if (denied == opposite(0)) continue;
    out.push_back({{atom(Kind::present, node, 0, rule.name), atom(Kind::member, node, 0, rule.name, denied)}, {}});
  }
  for (std::size_t i = 0; i < node.pattern_properties.size(); ++i) {
    auto denied = opposite(literal(*node.pattern_properties[i].node));
    if (denied != opposite(0)) out.push_back({{atom(Kind::some_matching, node, i, {}, denied)}, {}});
  }
  if (node.additional_properties != nullptr) {
    auto denied = opposite(literal(*node.additional_properties));
    if (denied != opposite(0)) out.push_back({{atom(Kind::some_additional, node, 0, {}, denied)}, {}});
  }
  if (node.property_names != nullptr)
    out.push_back({{atom(Kind::some_name, node, 0, {}, opposite(literal(*node.property_names)))}, {}});
  if (node.min_properties && *node.min_properties > 0)
    out.push_back({{atom(Kind::most_members, node, *node.min_properties - 1)}, {}});
  if (node.max_properties) out.push_back({{atom(Kind::least_members, node, *node.max_properties + 1)}, {}});
  for (const auto& dependent : node.dependent_required) {
    for (auto name : dependent.required)
      out.push_back({{atom(Kind::present, node, 0, dependent.name), atom(Kind::absent, node, 0, name)}, {}});
  }
  for (const auto& dependent : node.dependent_schemas)
    out.push_back({{atom(Kind::present, node, 0, dependent.name)}, {opposite(literal(*dependent.node))}});
  if (node.unevaluated_properties != nullptr) {
    for (auto& alternative : unevaluated(node, true, true)) out.push_back(std::move(alternative));
  }
}

bool Prover::logic_failures(const Node& node, const State& state, Choice& out, std::set<const Node*>& seen) {
  auto has = [&](Literal one) { return std::binary_search(state.literals.begin(), state.literals.end(), one); };
  // What is denied with the schema is looked into at once, so that there is one choice and not one inside another.
  auto deny = [&](const Node& child) {
    auto one = literal(child);
    if (has(opposite(one))) return true;
    return !has(one) && failures(node_of(one), state, out, seen);
  };
  if (node.ref != nullptr && deny(*node.ref)) return true;
  if (node.dynamic_ref != nullptr && deny(*node.dynamic_ref)) return true;
  for (const auto* child : node.all_of) {
    if (deny(*child)) return true;
  }
  auto none_of = [&](const std::vector<const Node*>& branches) {
    Alternative all;
    for (const auto* child : branches) all.literals.push_back(opposite(literal(*child)));
    out.push_back(std::move(all));
  };
  if (!node.any_of.empty()) none_of(node.any_of);
  if (!node.one_of.empty()) none_of(node.one_of);
  if (node.one_of.size() > most_branches) {
    out.push_back({{atom(Kind::beyond, node, 0, "oneOf")}, {}});
  } else {
    for (std::size_t i = 0; i < node.one_of.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) out.push_back({{}, {literal(*node.one_of[k]), literal(*node.one_of[i])}});
    }
  }
  if (node.negated != nullptr) out.push_back({{}, {literal(*node.negated)}});
  if (node.condition != nullptr) {
    auto condition = literal(*node.condition);
    if (node.consequence != nullptr) out.push_back({{}, {condition, opposite(literal(*node.consequence))}});
    if (node.alternative != nullptr) out.push_back({{}, {opposite(condition), opposite(literal(*node.alternative))}});
  }
  return false;
}

}  // namespace simpul
