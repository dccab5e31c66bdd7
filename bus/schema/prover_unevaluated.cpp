// unevaluatedProperties and unevaluatedItems: which members and items are evaluated depends on which schemas of
// anyOf, oneOf, if and dependentSchemas hold. For each way these can turn out the evaluated ones are known, and the
// keyword says the same as additionalProperties or items would (core §11).
#include <algorithm>

#include "bus/schema/prover.h"

namespace simpul {

struct Prover::Evaluated {
  Literals conditions;
  std::set<std::string_view> names;
  std::vector<PatternNode> patterns;
  std::size_t prefix = 0;
  std::vector<const Node*> contains;
  bool all_members = false, all_items = false;
  bool nothing() const {
    return names.empty() && patterns.empty() && prefix == 0 && contains.empty() && !all_members && !all_items;
  }
};

// Adds what the node evaluates to each of the ways, splitting them where it depends; false when they are too many.
bool Prover::evaluate(const Node& node, bool own, std::vector<Evaluated>& ways) {
  constexpr std::size_t most_ways = 64;
  for (auto& way : ways) {
    for (const auto& rule : node.properties.rules()) {
      if (rule.node != nullptr) way.names.insert(rule.name);
    }
    way.patterns.insert(way.patterns.end(), node.pattern_properties.begin(), node.pattern_properties.end());
    way.prefix = std::max(way.prefix, node.prefix_items.size());
    if (node.contains != nullptr && node.contains_evaluates) way.contains.push_back(node.contains);
    way.all_members |= node.additional_properties != nullptr || (!own && node.unevaluated_properties != nullptr);
    way.all_items |= node.items != nullptr || (!own && node.unevaluated_items != nullptr);
  }
  if (!spend(ways.size())) return false;
  auto always = [&](const Node* child) { return child == nullptr || evaluate(*child, false, ways); };
  // `then` evaluates when the condition holds, `otherwise` when it does not.
  auto split = [&](Literal condition, std::initializer_list<const Node*> then, const Node* otherwise) {
    auto holding = ways, failing = ways;
    for (auto& way : holding) way.conditions.push_back(condition);
    for (auto& way : failing) way.conditions.push_back(opposite(condition));
    std::vector<Evaluated> probe(1);
    for (const auto* child : then) {
      if (child != nullptr && (!evaluate(*child, false, holding) || !evaluate(*child, false, probe))) return false;
    }
    if (otherwise != nullptr && (!evaluate(*otherwise, false, failing) || !evaluate(*otherwise, false, probe)))
      return false;
    if (std::all_of(probe.begin(), probe.end(), [](const Evaluated& way) { return way.nothing(); })) return true;
    holding.insert(holding.end(), failing.begin(), failing.end());
    ways = std::move(holding);
    return ways.size() <= most_ways;
  };
  if (!always(node.ref) || !always(node.dynamic_ref)) return false;
  for (const auto* child : node.all_of) {
    if (!always(child)) return false;
  }
  for (const auto* branches : {&node.any_of, &node.one_of}) {
    for (const auto* child : *branches) {
      if (!split(literal(*child), {child}, nullptr)) return false;
    }
  }
  if (node.condition != nullptr &&
      !split(literal(*node.condition), {node.condition, node.consequence}, node.alternative))
    return false;
  return std::all_of(node.dependent_schemas.begin(), node.dependent_schemas.end(), [&](const NamedNode& dependent) {
    auto& there = make(node);
    auto& rule = there.properties.at(dependent.name);
    rule.required = true;
    there.required_count = 1;
    there.types = SchemaType::object;
    return split(literal(there), {dependent.node}, nullptr);
  });
}

const Node* Prover::closed_by(const Node& node, const Evaluated& way, bool members) {
  if (members ? way.all_members : way.all_items) return nullptr;
  auto& closed = make(node);
  if (members) {
    for (auto name : way.names) closed.properties.at(name).node = nodes_[0];
    for (const auto& pattern : way.patterns) closed.pattern_properties.push_back({pattern.pattern, nodes_[0]});
    closed.additional_properties = node.unevaluated_properties;
    return &closed;
  }
  closed.prefix_items.assign(way.prefix, nodes_[0]);
  closed.items = node.unevaluated_items;
  if (!way.contains.empty()) {
    auto& either = make(node);
    either.any_of = way.contains;
    either.any_of.push_back(node.unevaluated_items);
    closed.items = &either;
  }
  return &closed;
}

// The ways as a choice: in each the unevaluated ones meet the keyword's schema or, denied, one of them does not.
Prover::Choice Prover::unevaluated(const Node& node, bool members, bool denied) {
  Choice choice;
  std::vector<Evaluated> ways(1);
  if (!evaluate(node, true, ways)) {
    Atom beyond;
    beyond.node = &node;
    beyond.text = members ? "unevaluatedProperties" : "unevaluatedItems";
    choice.push_back({{beyond}, {}});
    return choice;
  }
  for (const auto& way : ways) {
    const auto* closed = closed_by(node, way, members);
    if (denied && closed == nullptr) continue;
    auto& alternative = choice.emplace_back();
    alternative.literals = way.conditions;
    if (closed != nullptr) alternative.literals.push_back(denied ? opposite(literal(*closed)) : literal(*closed));
  }
  return choice;
}

}  // namespace simpul
