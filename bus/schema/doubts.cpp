#include "bus/schema/doubts.h"

#include <set>
#include <utility>

#include "bus/schema/faults.h"
#include "bus/schema/source_place.h"

namespace simpul {
namespace {

constexpr std::size_t collected_limit = 1000;

// The schemas that apply to a valid value, where a soft rule may stand.
class DoubtWalk {
 public:
  DoubtWalk(const std::vector<bool>& leads, Judge& judge) : leads_(leads), judge_(judge) {}

  void visit(const Node& node, const Spot& spot) {
    const auto& value = spot.value;
    if (node.boolean || !leads_[node.index] || found_.size() >= collected_limit) return;
    Judge::Level level(judge_);
    if (level.too_deep() || !seen_.emplace(&node, &value).second) return;
    if (value.is_string() && node.format != nullptr && node.format->doubt != nullptr &&
        !node.format->doubt(value.text()).empty())
      add(node, spot);
    if (value.is_array()) array(node, spot);
    if (value.is_object()) object(node, spot);
    in_place(node, spot);
  }

  std::vector<Fault> take() { return std::move(found_); }

 private:
  // Apart, so that the frames that stay under a deep value are small.
  [[gnu::noinline]] void add(const Node& node, const Spot& spot) {
    auto& fault = found_.emplace_back();
    fault.node = &node;
    fault.keyword = "format";
    fault.message = Message::wrong_format;
    fault.value = &spot.value;
    fault.instance = text_of(spot.step);
    fault.way = text_of(spot.way, "format");
  }

  [[gnu::noinline]] void into(const Node& node, const Node* child, const json::Value& value, const Step* step,
                              const Way* way) {
    if (child == nullptr) return;
    Way deeper{way, way_to(node, *child), child, step};
    visit(*child, {value, step, &deeper});
  }
  [[gnu::noinline]] void refer(std::string_view keyword, const Node* target, const Spot& spot) {
    if (target == nullptr) return;
    Way slash{spot.way, "/"}, deeper{&slash, keyword, target, spot.step};
    visit(*target, {spot.value, spot.step, &deeper});
  }

  [[gnu::noinline]] void array(const Node& node, const Spot& spot) {
    auto items = spot.value.items();
    std::vector<bool> known;
    if (node.unevaluated_items != nullptr) known = judge_.evaluated(node, spot.value);
    for (std::size_t i = 0; i < items.size(); ++i) {
      Step step{spot.step, {}, i, false};
      into(node, i < node.prefix_items.size() ? node.prefix_items[i] : node.items, items[i], &step, spot.way);
      if (node.contains != nullptr && leads_[node.contains->index] && judge_.holds(*node.contains, items[i]))
        into(node, node.contains, items[i], &step, spot.way);
      if (!known.empty() && !known[i]) into(node, node.unevaluated_items, items[i], &step, spot.way);
    }
  }

  [[gnu::noinline]] void object(const Node& node, const Spot& spot) {
    auto members = spot.value.members();
    std::vector<bool> known;
    if (node.unevaluated_properties != nullptr) known = judge_.evaluated(node, spot.value);
    for (std::size_t i = 0; i < members.size(); ++i) {
      const auto& [name, value] = members[i];
      Step step{spot.step, name, 0, true};
      bool declared = false;
      if (const auto* rule = node.properties.find(name); rule != nullptr && rule->node != nullptr) {
        declared = true;
        into(node, rule->node, value, &step, spot.way);
      }
      for (const auto& pattern : node.pattern_properties) {
        if (!pattern.pattern->matches(name)) continue;
        declared = true;
        into(node, pattern.node, value, &step, spot.way);
      }
      if (!declared) into(node, node.additional_properties, value, &step, spot.way);
      if (!known.empty() && !known[i]) into(node, node.unevaluated_properties, value, &step, spot.way);
      if (node.property_names != nullptr) into(node, node.property_names, judge_.name_value(name), &step, spot.way);
    }
  }

  [[gnu::noinline]] void in_place(const Node& node, const Spot& spot) {
    auto holds = [&](const Node* child) { return leads_[child->index] && judge_.holds(*child, spot.value); };
    auto take = [&](const Node* child) { into(node, child, spot.value, spot.step, spot.way); };
    refer(reference_keyword(node), node.ref, spot);
    refer(dynamic_keyword(node), node.dynamic_ref, spot);
    for (const auto* child : node.all_of) take(child);
    for (const auto* list : {&node.any_of, &node.one_of}) {
      for (const auto* child : *list) {
        if (holds(child)) take(child);
      }
    }
    if (node.condition != nullptr) {
      bool then = judge_.holds(*node.condition, spot.value);
      if (then) take(node.condition);
      take(then ? node.consequence : node.alternative);
    }
    for (const auto& dependent : node.dependent_schemas) {
      if (spot.value.is_object() && spot.value.find(dependent.name) != nullptr) take(dependent.node);
    }
  }

  const std::vector<bool>& leads_;
  Judge& judge_;
  std::set<std::pair<const Node*, const json::Value*>> seen_;
  std::vector<Fault> found_;
};

}  // namespace

Doubts::Doubts(const SchemaStore& store) {
  std::vector<const Node*> open;
  for (const auto& node : store.nodes) {
    if (node.format != nullptr && node.format->doubt != nullptr) open.push_back(&node);
  }
  if (open.empty()) return;
  leads_.resize(store.nodes.size());
  std::vector<std::vector<const Node*>> from(store.nodes.size());
  for (const auto& node : store.nodes)
    for_each_child(node, [&](const Node* child, Part) { from[child->index].push_back(&node); });
  for (const auto* node : open) leads_[node->index] = true;
  while (!open.empty()) {
    const auto* node = open.back();
    open.pop_back();
    for (const auto* parent : from[node->index]) {
      if (leads_[parent->index]) continue;
      leads_[parent->index] = true;
      open.push_back(parent);
    }
  }
}

std::vector<Violation> Doubts::of(const Node& root, const json::Value& value, std::size_t limit) const {
  if (!possible(root)) return {};
  Judge judge;
  DoubtWalk walk(leads_, judge);
  walk.visit(root, {value, nullptr, nullptr});
  return FaultWriter(root, judge).write(walk.take(), limit);
}

}  // namespace simpul
