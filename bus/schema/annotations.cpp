#include "bus/schema/annotations.h"

#include <algorithm>
#include <array>

#include "bus/schema/source_place.h"

namespace simpul {
namespace {

constexpr std::size_t listed_limit = 10'000;

template <std::size_t N>
bool among(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Keywords that name schemas, place them or speak to their readers: nothing is held by them.
constexpr std::array<std::string_view, 12> silent{
    "$schema",     "$id",      "id",    "$anchor",     "$dynamicAnchor", "$recursiveAnchor",
    "$vocabulary", "$comment", "$defs", "definitions", "then",           "else"};
constexpr std::array<std::string_view, 31> asserting{"type",
                                                     "enum",
                                                     "const",
                                                     "minLength",
                                                     "maxLength",
                                                     "pattern",
                                                     "minimum",
                                                     "maximum",
                                                     "multipleOf",
                                                     "exclusiveMinimum",
                                                     "exclusiveMaximum",
                                                     "required",
                                                     "minProperties",
                                                     "not",
                                                     "maxProperties",
                                                     "dependentRequired",
                                                     "propertyNames",
                                                     "minItems",
                                                     "maxItems",
                                                     "uniqueItems",
                                                     "minContains",
                                                     "maxContains",
                                                     "allOf",
                                                     "anyOf",
                                                     "oneOf",
                                                     "if",
                                                     "$ref",
                                                     "$dynamicRef",
                                                     "$recursiveRef",
                                                     "dependentSchemas",
                                                     "dependencies"};
constexpr std::array<std::string_view, 3> of_strings{"contentEncoding", "contentMediaType", "contentSchema"};

class HeldWalk {
 public:
  explicit HeldWalk(Judge& judge) : judge_(judge) {}

  void visit(const Node& node, const Spot& spot) {
    if (node.boolean || !judge_.holds(node, spot.value)) return;
    Judge::Level level(judge_);
    if (level.too_deep()) return;
    for (const auto& [name, member] : node.source->members()) {
      if (found_.size() >= listed_limit) return;
      if (!among(silent, name)) keyword(node, name, member, spot);
    }
  }

  std::vector<Held> take() { return std::move(found_); }

 private:
  // Apart, so that the frames that stay under a deep value are small.
  [[gnu::noinline]] void keyword(const Node& node, std::string_view name, const json::Value& member, const Spot& spot) {
    auto at = found_.size();
    found_.push_back({&node, name, text_of(spot.step), text_of(spot.way, name), {}, passed_on(spot.way)});
    std::string annotation;
    if (name == "properties" || name == "patternProperties" || name == "additionalProperties" ||
        name == "unevaluatedProperties") {
      if (spot.value.is_object()) annotation = members(node, name, spot);
    } else if (name == "prefixItems" || name == "items" || name == "additionalItems" || name == "unevaluatedItems" ||
               name == "contains") {
      if (spot.value.is_array()) annotation = items(node, name, spot);
    } else if (among(asserting, name)) {
      in_place(node, name, spot);
    } else if (!among(of_strings, name) || spot.value.is_string()) {
      annotation = json::write(member);
    }
    found_[at].annotation = std::move(annotation);
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

  // The names of the members that the keyword evaluated (core §10.3.2).
  [[gnu::noinline]] std::string members(const Node& node, std::string_view keyword, const Spot& spot) {
    json::Writer names;
    names.begin_array();
    std::vector<bool> known;
    if (keyword == "unevaluatedProperties") known = judge_.evaluated(node, spot.value);
    auto members = spot.value.members();
    for (std::size_t i = 0; i < members.size(); ++i) {
      const auto& [name, value] = members[i];
      Step step{spot.step, name, 0, true};
      const auto* rule = node.properties.find(name);
      const auto* own = rule == nullptr ? nullptr : rule->node;
      bool declared = own != nullptr, taken = false;
      auto take = [&](const Node* child) {
        taken = true;
        into(node, child, value, &step, spot.way);
      };
      if (keyword == "properties" && own != nullptr) take(own);
      for (const auto& pattern : node.pattern_properties) {
        if (!pattern.pattern->matches(name)) continue;
        declared = true;
        if (keyword == "patternProperties") take(pattern.node);
      }
      if (keyword == "additionalProperties" && !declared) take(node.additional_properties);
      if (keyword == "unevaluatedProperties" && !known[i]) take(node.unevaluated_properties);
      if (taken) names.string(name);
    }
    return names.end_array().take();
  }

  // How far the keyword evaluated (core §10.3.1): true for all items, or the last index; of `contains` the indexes.
  [[gnu::noinline]] std::string items(const Node& node, std::string_view keyword, const Spot& spot) {
    auto items = spot.value.items();
    bool prefix = keyword == prefix_keyword(node) && !node.prefix_items.empty();
    std::vector<bool> known;
    if (keyword == "unevaluatedItems") known = judge_.evaluated(node, spot.value);
    json::Writer indexes;
    indexes.begin_array();
    std::size_t taken = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      Step step{spot.step, {}, i, false};
      const Node* child = nullptr;
      if (prefix)
        child = i < node.prefix_items.size() ? node.prefix_items[i] : nullptr;
      else if (keyword == "contains")
        child = node.contains != nullptr && judge_.holds(*node.contains, items[i]) ? node.contains : nullptr;
      else if (keyword == "unevaluatedItems")
        child = known[i] ? nullptr : node.unevaluated_items;
      else
        child = i < node.prefix_items.size() ? nullptr : node.items;
      if (child == nullptr) continue;
      ++taken;
      indexes.integer(static_cast<std::int64_t>(i));
      into(node, child, items[i], &step, spot.way);
    }
    indexes.end_array();
    if (taken == items.size()) return taken == 0 && keyword != "contains" ? std::string() : std::string("true");
    if (keyword == "contains") return indexes.take();
    if (prefix) return std::to_string(taken - 1);
    return taken == 0 ? std::string() : std::string("true");
  }

  [[gnu::noinline]] void in_place(const Node& node, std::string_view keyword, const Spot& spot) {
    auto take = [&](const Node* child) { into(node, child, spot.value, spot.step, spot.way); };
    if (node.ref != nullptr && keyword == reference_keyword(node)) refer(keyword, node.ref, spot);
    if (node.dynamic_ref != nullptr && keyword == dynamic_keyword(node)) refer(keyword, node.dynamic_ref, spot);
    const auto* list = keyword == "allOf"   ? &node.all_of
                       : keyword == "anyOf" ? &node.any_of
                       : keyword == "oneOf" ? &node.one_of
                                            : nullptr;
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) take((*list)[i]);
    if (keyword == "if" && node.condition != nullptr) {
      bool then = judge_.holds(*node.condition, spot.value);
      if (then) take(node.condition);
      take(then ? node.consequence : node.alternative);
    }
    if ((keyword != "dependentSchemas" && keyword != "dependencies") || !spot.value.is_object()) return;
    for (const auto& dependent : node.dependent_schemas) {
      bool here = keyword == dependent_keyword(node, "dependentSchemas");
      if (here && spot.value.find(dependent.name) != nullptr) take(dependent.node);
    }
  }

  Judge& judge_;
  std::vector<Held> found_;
};

}  // namespace

std::vector<Held> held_keywords(const Node& root, const json::Value& value, Judge& judge) {
  HeldWalk walk(judge);
  walk.visit(root, {value, nullptr, nullptr});
  return walk.take();
}

}  // namespace simpul
