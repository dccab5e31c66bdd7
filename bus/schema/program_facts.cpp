#include "bus/schema/program_facts.h"

#include <algorithm>
#include <unordered_set>

namespace simpul::program {
namespace {

constexpr unsigned any_kind = 0x3f;
constexpr std::size_t telling_texts = 1000;

unsigned bit(json::Kind kind) {
  return 1u << static_cast<unsigned>(kind);
}

unsigned typed_kinds(unsigned types) {
  unsigned kinds = 0;
  if (types & SchemaType::null) kinds |= bit(json::Kind::null);
  if (types & SchemaType::boolean) kinds |= bit(json::Kind::boolean);
  if (types & (SchemaType::number | SchemaType::integer)) kinds |= bit(json::Kind::number);
  if (types & SchemaType::string) kinds |= bit(json::Kind::string);
  if (types & SchemaType::array) kinds |= bit(json::Kind::array);
  if (types & SchemaType::object) kinds |= bit(json::Kind::object);
  return kinds;
}

using Seen = std::unordered_set<const Node*>;

// The strings that a node leaves, sorted, when it or a conjunct lists them and they are not too many to tell by.
std::optional<std::vector<std::string_view>> texts_of(const Node& node, Seen& seen) {
  if (!seen.insert(&node).second) return std::nullopt;
  if (auto values = allowed_values(node)) {
    if (values->size() > telling_texts) return std::nullopt;
    std::vector<std::string_view> texts;
    for (const auto* value : *values) {
      if (value->is_string()) texts.push_back(value->text());
    }
    std::sort(texts.begin(), texts.end());
    return texts;
  }
  for (const auto* part : conjuncts(node)) {
    if (auto texts = texts_of(*part, seen)) return texts;
  }
  return std::nullopt;
}

void add_facts(const Node& node, Seen& seen, std::map<std::string_view, MemberFact>& facts) {
  if (!seen.insert(&node).second) return;
  for (const auto& rule : node.properties.rules()) {
    auto& fact = facts[rule.name];
    fact.required = fact.required || rule.required;
    Seen below;
    if (rule.node != nullptr && !fact.texts) fact.texts = texts_of(*rule.node, below);
  }
  for (const auto* part : conjuncts(node)) add_facts(*part, seen, facts);
}

// Schemas that look at the same value, but whose success is not certain.
std::vector<const Node*> conditional(const Node& node) {
  std::vector<const Node*> parts;
  for (const auto* list : {&node.any_of, &node.one_of}) parts.insert(parts.end(), list->begin(), list->end());
  for (const auto* part : {node.condition, node.consequence, node.alternative}) {
    if (part != nullptr) parts.push_back(part);
  }
  for (const auto& dependent : node.dependent_schemas) parts.push_back(dependent.node);
  return parts;
}

// Walks the schemas that look at the same value, each at most once as certain and once as not.
template <class Collect>
class Evaluation {
 public:
  Evaluation(const Node& root, Collect collect) : root_(root), collect_(collect) { walk(root, true); }

 private:
  void walk(const Node& node, bool certain) {
    if (!seen_[certain ? 0 : 1].insert(&node).second) return;
    if (!node.boolean) collect_(node, &node == &root_, certain);
    for (const auto* part : conjuncts(node)) walk(*part, certain);
    for (const auto* part : conditional(node)) walk(*part, false);
  }

  const Node& root_;
  Collect collect_;
  Seen seen_[2];
};

}  // namespace

std::vector<const Node*> conjuncts(const Node& node) {
  std::vector<const Node*> parts;
  for (const auto* part : {node.ref, node.dynamic_ref}) {
    if (part != nullptr) parts.push_back(part);
  }
  parts.insert(parts.end(), node.all_of.begin(), node.all_of.end());
  return parts;
}

bool is_silent(const Node& n) {
  const bool any_value = !n.boolean && n.types == SchemaType::any && n.constant == nullptr && !n.enumeration;
  const bool any_scalar = !n.min_length && !n.max_length && n.pattern == nullptr && n.format == nullptr &&
                          n.bounds.empty() && !n.multiple_of;
  const bool any_items = n.prefix_items.empty() && n.items == nullptr && n.contains == nullptr && !n.min_items &&
                         !n.max_items && !n.unique_items && n.unevaluated_items == nullptr;
  const bool any_members = n.properties.rules().empty() && n.pattern_properties.empty() &&
                           n.additional_properties == nullptr && n.property_names == nullptr && !n.min_properties &&
                           !n.max_properties && n.dependent_required.empty() && n.dependent_schemas.empty() &&
                           n.unevaluated_properties == nullptr;
  const bool no_choice = n.any_of.empty() && n.one_of.empty() && n.negated == nullptr && n.condition == nullptr;
  return any_value && any_scalar && any_items && any_members && no_choice;
}

unsigned Kinds::of(const Node& node) {
  if (known_[node.index] != unknown) return known_[node.index];
  unsigned kinds = typed_kinds(node.types);
  if (node.boolean == false) kinds = 0;
  if (auto values = allowed_values(node)) {
    unsigned listed = 0;
    for (const auto* value : *values) listed |= bit(value->kind());
    kinds &= listed;
  }
  for (const auto* part : conjuncts(node)) kinds &= of(*part);
  for (const auto* list : {&node.any_of, &node.one_of}) {
    unsigned together = list->empty() ? any_kind : 0;
    for (const auto* part : *list) together |= of(*part);
    kinds &= together;
  }
  known_[node.index] = static_cast<std::uint8_t>(kinds);
  return kinds;
}

std::map<std::string_view, MemberFact> member_facts(const Node& branch) {
  std::map<std::string_view, MemberFact> facts;
  Seen seen;
  add_facts(branch, seen, facts);
  return facts;
}

std::optional<std::vector<const json::Value*>> allowed_values(const Node& node) {
  if (node.constant == nullptr) return node.enumeration;
  std::vector<const json::Value*> values{node.constant};
  if (node.enumeration && std::none_of(node.enumeration->begin(), node.enumeration->end(),
                                       [&](const auto* value) { return json::equal(*value, *node.constant); })) {
    values.clear();
  }
  return values;
}

std::optional<EvaluatedMembers> evaluated_members(const Node& node) {
  EvaluatedMembers sure;
  std::vector<std::string_view> perhaps;
  bool more = false;
  Evaluation(node, [&](const Node& part, bool root, bool certain) {
    const bool all = part.additional_properties != nullptr || (!root && part.unevaluated_properties != nullptr);
    if (certain) sure.all = sure.all || all;
    for (const auto& rule : part.properties.rules()) {
      if (rule.node != nullptr) (certain ? sure.names : perhaps).push_back(rule.name);
    }
    for (const auto& pattern : part.pattern_properties) {
      if (certain) sure.patterns.push_back(pattern.pattern);
    }
    if (!certain) more = more || all || !part.pattern_properties.empty();
  });
  if (sure.all) return sure;
  std::sort(sure.names.begin(), sure.names.end());
  sure.names.erase(std::unique(sure.names.begin(), sure.names.end()), sure.names.end());
  for (auto name : perhaps) more = more || !std::binary_search(sure.names.begin(), sure.names.end(), name);
  return more ? std::nullopt : std::optional(std::move(sure));
}

std::optional<EvaluatedItems> evaluated_items(const Node& node) {
  EvaluatedItems sure;
  std::size_t perhaps = 0;
  bool more = false;
  Evaluation(node, [&](const Node& part, bool root, bool certain) {
    const bool all = part.items != nullptr || (!root && part.unevaluated_items != nullptr);
    (certain ? sure.all : more) |= all;
    auto& prefix = certain ? sure.prefix : perhaps;
    prefix = std::max(prefix, part.prefix_items.size());
    if (part.contains != nullptr && part.contains_evaluates) more = true;
  });
  if (sure.all) return sure;
  return more || perhaps > sure.prefix ? std::nullopt : std::optional(sure);
}

}  // namespace simpul::program
