// Nodes and their numbers: nodes that mean the same have one number where that can be seen from their keywords, so what
// two versions of a schema share costs nothing to compare. And the nodes that the search makes for itself.
#include <algorithm>

#include "bus/schema/prover.h"

namespace simpul {
namespace {

constexpr std::size_t signing_depth = 200;

void append(std::string& out, char what, std::string_view text) {
  out += what;
  out += std::to_string(text.size());
  out += ':';
  out += text;
}

void append(std::string& out, char what, std::optional<std::uint64_t> count) {
  if (count) append(out, what, std::to_string(*count));
}

void append_scalars(std::string& out, const Node& node) {
  if (node.types != SchemaType::any) append(out, 't', std::to_string(node.types));
  if (node.fraction_counts && (node.types & (SchemaType::number | SchemaType::integer)) == SchemaType::integer)
    out += 'f';
  append(out, 'l', node.min_length);
  append(out, 'L', node.max_length);
  if (node.pattern) append(out, 'p', node.pattern->source());
  if (node.format != nullptr) append(out, 'F', node.format->name);
  for (const auto& bound : node.bounds) {
    std::string text(1, static_cast<char>('0' + static_cast<int>(bound.rule)));
    json::append_canonical_number(bound.text, text);
    append(out, 'b', text);
  }
  if (node.multiple_of) append(out, 'm', node.multiple_text);
  append(out, 'i', node.min_items);
  append(out, 'I', node.max_items);
  if (node.unique_items) out += 'u';
  append(out, 'o', node.min_properties);
  append(out, 'O', node.max_properties);
  if (node.constant != nullptr) append(out, 'c', json::write(*node.constant));
  if (node.enumeration) {
    out += 'e';
    for (const auto* value : *node.enumeration) append(out, '=', json::write(*value));
    out += ';';
  }
  for (const auto& dependent : node.dependent_required) {
    append(out, 'd', dependent.name);
    for (auto name : dependent.required) append(out, ',', name);
    out += ';';
  }
}

}  // namespace

Prover::Prover(std::uint64_t steps) : steps_left_(steps) {
  for (bool value : {true, false}) {
    auto& node = made_.emplace_back();
    node.boolean = value;
    nodes_.push_back(&node);
  }
  auto& text = made_.emplace_back();
  text.types = SchemaType::string;
  text.typed = true;
  text_ = &text;
}

Literal Prover::literal(const Node& node) {
  return number_of(node) << 1;
}

std::uint32_t Prover::number_of(const Node& node) {
  if (node.boolean) return *node.boolean ? 0 : 1;
  if (auto found = numbers_.find(&node); found != numbers_.end()) return found->second;
  auto next = [&] {
    auto number = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back(&node);
    numbers_[&node] = number;
    return number;
  };
  if (signing_.size() >= signing_depth || !signing_.insert(&node).second) return next();
  auto sign = signature(node);
  signing_.erase(&node);
  if (auto found = numbers_.find(&node); found != numbers_.end()) return found->second;
  if (sign.empty()) return numbers_[&node] = 0;
  auto [known, added] = signatures_.try_emplace(std::move(sign), 0);
  if (added) known->second = next();
  return numbers_[&node] = known->second;
}

std::string Prover::signature(const Node& node) {
  std::string out;
  append_scalars(out, node);
  auto one = [&](char what, const Node* child) {
    if (child != nullptr) append(out, what, std::to_string(number_of(*child)));
  };
  auto all = [&](char what, const std::vector<const Node*>& children) {
    for (const auto* child : children) one(what, child);
    if (!children.empty()) out += ';';
  };
  all('[', node.prefix_items);
  one(']', node.items);
  if (node.contains != nullptr) {
    one('(', node.contains);
    append(out, 'n', node.min_contains);
    append(out, 'N', node.max_contains);
    if (node.contains_evaluates) out += 'v';
  }
  one('?', node.unevaluated_items);
  for (const auto& rule : node.properties.rules()) {
    append(out, rule.required ? 'R' : 'r', rule.name);
    one('.', rule.node);
  }
  for (const auto& pattern : node.pattern_properties) {
    append(out, 'q', pattern.pattern->source());
    one('.', pattern.node);
  }
  one('a', node.additional_properties);
  one('U', node.unevaluated_properties);
  one('w', node.property_names);
  for (const auto& dependent : node.dependent_schemas) {
    append(out, 'D', dependent.name);
    one('.', dependent.node);
  }
  std::string alone;
  if (out.empty()) {
    // A schema that only refers to another is that other.
    const Node* other = node.ref != nullptr ? node.ref : node.dynamic_ref;
    if (other == nullptr && node.all_of.size() == 1) other = node.all_of.front();
    std::size_t ways = (node.ref != nullptr) + (node.dynamic_ref != nullptr) + node.all_of.size() + node.any_of.size() +
                       node.one_of.size() + (node.negated != nullptr) + (node.condition != nullptr);
    if (other != nullptr && ways == 1) {
      numbers_[&node] = number_of(*other);
      return {};
    }
  }
  one('$', node.ref);
  one('^', node.dynamic_ref);
  all('&', node.all_of);
  all('|', node.any_of);
  all('1', node.one_of);
  one('!', node.negated);
  if (node.condition != nullptr && (node.consequence != nullptr || node.alternative != nullptr)) {
    one('<', node.condition);
    one('>', node.consequence);
    one(':', node.alternative);
  }
  return out;
}

Node& Prover::make(const Node& from) {
  auto& node = made_.emplace_back();
  node.file = from.file;
  node.pointer = from.pointer;
  node.source = from.source;
  return node;
}

const Node& Prover::excluding(const json::Value& value) {
  auto& node = made_.emplace_back();
  node.constant = &values_.emplace_back(value);
  return node;
}

const Node& Prover::naming(const std::set<std::string_view>& names) {
  spend(names.size() / 4);
  std::string key;
  for (auto name : names) append(key, ',', name);
  auto [known, added] = naming_.try_emplace(std::move(key));
  if (!added) return *known->second;
  auto& node = made_.emplace_back();
  known->second = &node;
  node.enumeration.emplace();
  for (auto name : names) {
    node.enumeration->push_back(&values_.emplace_back(json::Value::view_string(name)));
    node.enumerated_strings.push_back(name);
  }
  return node;
}

const Node& Prover::matching(const PatternNode& pattern, const Node& from) {
  auto& node = make(from);
  node.pattern = pattern.pattern;
  return node;
}

const Node& Prover::opened(const Node& root) {
  std::vector<Node*> copies;
  auto copy_of = [&](const Node* node) {
    auto& known = opened_[node];
    if (known == nullptr) {
      auto& copy = made_.emplace_back(*node);
      if (copy.closed()) copy.additional_properties = nullptr;
      if (copy.unevaluated_properties != nullptr && copy.unevaluated_properties->boolean == false)
        copy.unevaluated_properties = nullptr;
      known = &copy;
      copies.push_back(&copy);
    }
    return known;
  };
  const Node* first = copy_of(&root);
  while (!copies.empty()) {
    auto* node = copies.back();
    copies.pop_back();
    for_each_child(*node, [&](const Node*& child, Part) { child = copy_of(child); });
  }
  return *first;
}

}  // namespace simpul
