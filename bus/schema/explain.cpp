// The second pass, for values that are not valid: every reason. It decides for itself (judge.h) and asks nothing of the
// fast pass. Of alternatives only the closest is explained, and decided cheaply before; so the walk looks at every part
// of the value about as often as the schemas do, however they are nested.
#include <algorithm>

#include "bus/base/bytes.h"
#include "bus/schema/branches.h"
#include "bus/schema/faults.h"
#include "bus/schema/source_place.h"
#include "bus/schema/ways.h"

namespace simpul {
namespace {

constexpr std::size_t collected_limit = 1000;

class Walk {
 public:
  Walk(Judge& judge, Alternatives alternatives) : judge_(judge), wanted_(alternatives) {}

  void visit(const Node& node, const Spot& spot) {
    if (full() || (judge_.step() && judge_.holds(node, spot.value))) return;
    Judge::Level level(judge_);
    if (level.too_deep()) {
      add(node, "", Message::too_deep, spot);
      return;
    }
    if (node.boolean) {
      if (!*node.boolean) add(node, "", Message::nothing_allowed, spot);
      return;
    }
    const auto& value = spot.value;
    if (!has_type(node, value)) add(node, "type", Message::wrong_type, spot).expected = node.types;
    if (node.constant != nullptr && !json::equal(*node.constant, value))
      add(node, "const", Message::not_the_constant, spot);
    if (node.enumeration && !judge_.fits_enumeration(node, value)) add(node, "enum", Message::not_listed, spot);
    if (value.is_string()) string(node, spot);
    if (value.is_number()) number(node, spot);
    if (value.is_array()) array(node, spot);
    if (value.is_object()) object(node, spot);
    logic(node, spot);
    if (value.is_array() && node.unevaluated_items != nullptr) unevaluated_items(node, spot);
    if (value.is_object() && node.unevaluated_properties != nullptr) unevaluated_properties(node, spot);
  }

  std::vector<Fault> take() { return std::move(found_); }

 private:
  bool full() const { return found_.size() >= collected_limit; }

  // Apart, all of these, so that the frames that stay under a deep value are small.
  [[gnu::noinline]] Fault& add(const Node& node, std::string_view keyword, Message message, const Spot& spot) {
    auto& fault = found_.emplace_back();
    fault.node = &node;
    fault.keyword = keyword;
    fault.message = message;
    fault.value = &spot.value;
    fault.instance = text_of(spot.step);
    fault.way = text_of(spot.way, keyword);
    if (wanted_ == Alternatives::all) fault.passed = passed_on(spot.way);
    return fault;
  }
  void add_counts(const Node& node, std::string_view keyword, Message message, const Spot& spot, std::uint64_t expected,
                  std::uint64_t got) {
    auto& fault = add(node, keyword, message, spot);
    fault.expected = expected;
    fault.got = got;
  }

  // Into a schema that is written inside this one.
  [[gnu::noinline]] void into(const Node& node, const Node& child, const json::Value& value, const Step* step,
                              const Way* way) {
    Way deeper{way, way_to(node, child), &child, step};
    visit(child, {value, step, &deeper});
  }
  void in_place(const Node& node, const Node& child, const Spot& spot) {
    into(node, child, spot.value, spot.step, spot.way);
  }
  [[gnu::noinline]] void refer(std::string_view keyword, const Node& target, const Spot& spot) {
    Way slash{spot.way, "/"}, deeper{&slash, keyword, &target, spot.step};
    visit(target, {spot.value, spot.step, &deeper});
  }

  [[gnu::noinline]] void string(const Node& node, const Spot& spot) {
    auto text = spot.value.text();
    if (node.min_length || node.max_length) {
      auto length = count_characters(text);
      if (node.min_length && length < *node.min_length) {
        add_counts(node, "minLength", *node.min_length == 1 ? Message::empty : Message::too_short, spot,
                   *node.min_length, length);
      }
      if (node.max_length && length > *node.max_length)
        add_counts(node, "maxLength", Message::too_long, spot, *node.max_length, length);
    }
    if (node.format != nullptr && !node.format->matches(text)) add(node, "format", Message::wrong_format, spot);
    if (node.pattern != nullptr && !node.pattern->matches(text)) add(node, "pattern", Message::wrong_pattern, spot);
  }

  [[gnu::noinline]] void number(const Node& node, const Spot& spot) {
    constexpr Message messages[] = {Message::below_minimum, Message::not_above, Message::above_maximum,
                                    Message::not_below};
    for (std::size_t i = 0; i < node.bounds.size(); ++i) {
      const auto& bound = node.bounds[i];
      if (bound.holds(spot.value.text())) continue;
      auto keyword = bound.keyword();
      // Draft 4 writes an exclusive bound as `minimum` with `exclusiveMinimum: true` beside it.
      if (node.draft == Draft::draft4)
        keyword = keyword == "exclusiveMinimum" ? "minimum" : keyword == "exclusiveMaximum" ? "maximum" : keyword;
      add(node, keyword, messages[static_cast<std::size_t>(bound.rule)], spot).expected = i;
    }
    if (node.multiple_of && !node.multiple_of->divides(spot.value.text()))
      add(node, "multipleOf", Message::not_a_multiple, spot);
  }

  [[gnu::noinline]] void array(const Node& node, const Spot& spot) {
    auto items = spot.value.items();
    if (node.min_items && items.size() < *node.min_items)
      add_counts(node, "minItems", Message::too_few_items, spot, *node.min_items, items.size());
    if (node.max_items && items.size() > *node.max_items)
      add_counts(node, "maxItems", Message::too_many_items, spot, *node.max_items, items.size());
    for (std::size_t i = 0; i < items.size() && !full(); ++i) {
      const auto* rule = i < node.prefix_items.size() ? node.prefix_items[i] : node.items;
      if (rule == nullptr) break;
      Step step{spot.step, {}, i, false};
      if (rule == node.items && rule->boolean == false) {
        add_counts(node, rest_keyword(node), Message::too_many_items, {items[i], &step, spot.way},
                   node.prefix_items.size(), items.size());
        break;
      }
      into(node, *rule, items[i], &step, spot.way);
    }
    if (node.contains != nullptr) contains(node, spot);
    if (!node.unique_items) return;
    if (auto equal = Judge::equal_items(spot.value))
      add_counts(node, "uniqueItems", Message::equal_items, spot, equal->first, equal->second);
  }

  [[gnu::noinline]] void contains(const Node& node, const Spot& spot) {
    auto found = judge_.count_contained(*node.contains, spot.value);
    if (found < node.min_contains) {
      auto keyword = node.source->find("minContains") != nullptr ? "minContains" : "contains";
      add_counts(node, keyword, Message::too_few_contained, spot, node.min_contains, found);
    }
    if (node.max_contains && found > *node.max_contains)
      add_counts(node, "maxContains", Message::too_many_contained, spot, *node.max_contains, found);
  }

  [[gnu::noinline]] void object(const Node& node, const Spot& spot) {
    auto members = spot.value.members();
    if (node.min_properties && members.size() < *node.min_properties)
      add_counts(node, "minProperties", Message::too_few_fields, spot, *node.min_properties, members.size());
    if (node.max_properties && members.size() > *node.max_properties)
      add_counts(node, "maxProperties", Message::too_many_fields, spot, *node.max_properties, members.size());
    std::size_t required = 0;
    for (const auto& [name, value] : members) {
      const auto* rule = node.properties.find(name);
      required += rule != nullptr && rule->required;
    }
    bool depends = !node.dependent_required.empty() || !node.dependent_schemas.empty();
    if (required != node.required_count || depends) names(node, spot);
    for (const auto& [name, value] : members) {
      if (full()) return;
      Step step{spot.step, name, 0, true};
      member(node, name, {value, &step, spot.way});
    }
  }

  // What must be there, and what must be because something else is.
  [[gnu::noinline]] void names(const Node& node, const Spot& spot) {
    MemberNames names(spot.value);
    for (const auto& rule : node.properties.rules()) {
      if (full()) return;
      if (rule.required && !names.has(rule.name)) add(node, "required", Message::missing_field, spot).name = rule.name;
    }
    for (const auto& dependent : node.dependent_required) {
      if (!names.has(dependent.name)) continue;
      for (auto name : dependent.required) {
        if (full()) return;
        if (names.has(name)) continue;
        auto& fault = add(node, dependent_keyword(node, "dependentRequired"), Message::missing_dependent, spot);
        fault.name = name;
        fault.other = dependent.name;
      }
    }
    for (const auto& dependent : node.dependent_schemas) {
      if (names.has(dependent.name)) in_place(node, *dependent.node, spot);
    }
  }

  [[gnu::noinline]] void member(const Node& node, std::string_view name, const Spot& spot) {
    bool declared = false;
    if (const auto* rule = node.properties.find(name); rule != nullptr && rule->node != nullptr) {
      declared = true;
      part(node, *rule->node, name, spot);
    }
    for (const auto& pattern : node.pattern_properties) {
      if (!pattern.pattern->matches(name)) continue;
      declared = true;
      part(node, *pattern.node, name, spot);
    }
    if (!declared && node.additional_properties != nullptr) {
      if (node.closed())
        add(node, "additionalProperties", Message::unknown_field, spot).name = name;
      else
        into(node, *node.additional_properties, spot.value, spot.step, spot.way);
    }
    if (node.property_names != nullptr && !judge_.name_holds(*node.property_names, name))
      add(node, "propertyNames", Message::wrong_name, spot).name = name;
  }

  [[gnu::noinline]] void part(const Node& node, const Node& child, std::string_view name, const Spot& spot) {
    if (child.boolean == false) {
      Way way{spot.way, way_to(node, child), &child, spot.step};
      add(child, "", Message::field_not_allowed, {spot.value, spot.step, &way}).name = name;
    } else {
      into(node, child, spot.value, spot.step, spot.way);
    }
  }

  [[gnu::noinline]] void logic(const Node& node, const Spot& spot) {
    if (node.ref != nullptr) refer(reference_keyword(node), *node.ref, spot);
    if (node.dynamic_ref != nullptr) refer(dynamic_keyword(node), *node.dynamic_ref, spot);
    for (const auto* child : node.all_of) in_place(node, *child, spot);
    if (!node.any_of.empty()) alternatives(node, "anyOf", node.any_of, spot);
    if (!node.one_of.empty()) alternatives(node, "oneOf", node.one_of, spot);
    if (node.negated != nullptr && judge_.holds(*node.negated, spot.value)) add(node, "not", Message::forbidden, spot);
    if (node.condition == nullptr) return;
    const auto* next = judge_.holds(*node.condition, spot.value) ? node.consequence : node.alternative;
    if (next != nullptr) in_place(node, *next, spot);
  }

  [[gnu::noinline]] void alternatives(const Node& node, std::string_view keyword, const std::vector<const Node*>& all,
                                      const Spot& spot) {
    std::size_t fitting = 0;
    for (const auto* child : all) {
      fitting += judge_.holds(*child, spot.value);
      if (fitting > 0 && keyword == "anyOf") return;
    }
    if (fitting == 1) return;
    if (fitting > 1) return add_counts(node, keyword, Message::several_alternatives, spot, all.size(), fitting);
    if (wanted_ == Alternatives::all) {
      add(node, keyword, Message::no_alternative, spot).expected = all.size();
      for (const auto* child : all) in_place(node, *child, spot);
      return;
    }
    Branches branches(judge_, all);
    if (auto types = branches.types(spot.value); types != 0) {
      add(node, keyword, Message::wrong_type, spot).expected = types;
      return;
    }
    if (auto choice = branches.choice(spot.value); !choice.values.empty())
      return common_choice(node, keyword, choice, spot);
    add(node, keyword, Message::no_alternative, spot).expected = all.size();
    in_place(node, *all[branches.nearest(spot.value)], spot);
  }

  // All alternatives list what may stand in one place, and it does not.
  [[gnu::noinline]] void common_choice(const Node& node, std::string_view keyword, CommonChoice& choice,
                                       const Spot& spot) {
    const auto* member = choice.name.empty() ? nullptr : spot.value.find(choice.name);
    if (!choice.name.empty() && member == nullptr) {
      add(node, keyword, Message::missing_field, spot).name = choice.name;
      return;
    }
    Step step{spot.step, choice.name, 0, true};
    const auto& at = member == nullptr ? spot : Spot{*member, &step, spot.way};
    add(node, keyword, Message::not_listed, at).choices = std::move(choice.values);
  }

  [[gnu::noinline]] void unevaluated_items(const Node& node, const Spot& spot) {
    auto known = judge_.evaluated(node, spot.value, true);
    for (std::size_t i = 0; i < known.size() && !full(); ++i) {
      if (known[i]) continue;
      Step step{spot.step, {}, i, false};
      const auto& item = spot.value.items()[i];
      if (node.unevaluated_items->boolean == false)
        add(node, "unevaluatedItems", Message::item_not_described, {item, &step, spot.way}).got = i;
      else
        into(node, *node.unevaluated_items, item, &step, spot.way);
    }
  }

  [[gnu::noinline]] void unevaluated_properties(const Node& node, const Spot& spot) {
    auto known = judge_.evaluated(node, spot.value, true);
    for (std::size_t i = 0; i < known.size() && !full(); ++i) {
      if (known[i]) continue;
      const auto& [name, value] = spot.value.members()[i];
      Step step{spot.step, name, 0, true};
      if (node.unevaluated_properties->boolean == false)
        add(node, "unevaluatedProperties", Message::unknown_field, {value, &step, spot.way}).name = name;
      else
        into(node, *node.unevaluated_properties, value, &step, spot.way);
    }
  }

  Judge& judge_;
  Alternatives wanted_;
  std::vector<Fault> found_;
};

}  // namespace

std::vector<Fault> faults_of(const Node& root, const json::Value& value, Judge& judge, Alternatives alternatives) {
  Walk walk(judge, alternatives);
  walk.visit(root, {value, nullptr, nullptr});
  return walk.take();
}

std::vector<Violation> violations_of(const Node& root, const json::Value& value, std::size_t limit) {
  Judge judge;
  return FaultWriter(root, judge).write(faults_of(root, value, judge), limit);
}

}  // namespace simpul
