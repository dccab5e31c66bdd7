#include "tests/schema/differential/known.h"

#include <algorithm>
#include <array>

namespace simpul::differential {
namespace {

using Kind = Tree::Kind;

// Visits every object of a schema: `change` says whether it changed one.
bool each_object(Tree& tree, const std::function<bool(Tree&)>& change) {
  bool changed = tree.is(Kind::object) && change(tree);
  for (auto& item : tree.items) changed |= each_object(item, change);
  for (auto& [name, value] : tree.members) changed |= each_object(value, change);
  return changed;
}

bool any_object(const Tree& tree, const std::function<bool(const Tree&)>& holds) {
  auto copy = tree;
  return each_object(copy, [&](Tree& object) { return holds(object); });
}

// ajv-formats: regular expressions that are looser or stricter than the RFCs, and formats that it does not have.
bool take_out_formats(Pair& pair) {
  constexpr std::array<std::string_view, 9> differ{"email", "hostname", "regex",         "idn-email",    "idn-hostname",
                                                   "uri",   "iri",      "uri-reference", "iri-reference"};
  return each_object(pair.schema, [&](Tree& schema) {
    const auto* format = schema.find("format");
    if (format == nullptr || std::find(differ.begin(), differ.end(), format->text) == differ.end()) return false;
    schema.remove("format");
    return true;
  });
}

bool take_out_empty_names(Pair& pair) {
  auto without = [](Tree& list) {
    return std::erase_if(list.items, [](const Tree& each) { return each.is(Kind::string) && each.text.empty(); }) > 0;
  };
  return each_object(pair.schema, [&](Tree& schema) {
    bool changed = false;
    if (auto* required = schema.find("required")) {
      changed = without(*required);
      if (changed && required->items.empty()) schema.remove("required");
    }
    for (const char* keyword : {"dependentRequired", "dependencies"}) {
      auto* rules = schema.find(keyword);
      if (rules == nullptr) continue;
      for (auto& [name, list] : rules->members) changed |= without(list);
    }
    return changed;
  });
}

// Means the same, and does not name the type of the items where uniqueItems looks for it.
bool take_out_item_types(Pair& pair) {
  return each_object(pair.schema, [](Tree& schema) {
    for (const char* keyword : {"items", "additionalItems"}) {
      auto* items = schema.find(keyword);
      bool typed = items != nullptr && items->is(Kind::object) && items->find("type") != nullptr;
      if (schema.find("uniqueItems") == nullptr || !typed) continue;
      *items = Tree::object({{"allOf", Tree::array({*items})}});
      return true;
    }
    return false;
  });
}

bool take_out_divisors(Pair& pair) {
  return each_object(pair.schema, [](Tree& schema) {
    const auto* divisor = schema.find("multipleOf");
    if (divisor == nullptr || divisor->text.find_first_of(".eE") == std::string::npos) return false;
    schema.remove("multipleOf");
    return true;
  });
}

bool take_out_integers(Pair& pair) {
  if (pair.dialect != Dialect::draft4) return false;
  return each_object(pair.schema, [](Tree& schema) {
    auto* type = schema.find("type");
    bool changed = false;
    if (type == nullptr) return changed;
    auto widen = [&](Tree& name) {
      if (name.text == "integer") name.text = "number", changed = true;
    };
    widen(*type);
    for (auto& item : type->items) widen(item);
    return changed;
  });
}

bool take_out_contains(Pair& pair) {
  bool contains = any_object(pair.schema, [](const Tree& schema) { return schema.find("contains") != nullptr; });
  return contains && each_object(pair.schema, [](Tree& schema) {
           bool there = schema.find("unevaluatedItems") != nullptr;
           schema.remove("unevaluatedItems");
           return there;
         });
}

bool take_out_short_arrays(Pair& pair) {
  return each_object(pair.schema, [](Tree& schema) {
    bool there = false;
    for (const char* keyword : {"contains", "prefixItems", "items"}) {
      const auto* rule = schema.find(keyword);
      if (rule == nullptr || (keyword == std::string_view("items") && !rule->is(Kind::array))) continue;
      schema.remove(keyword);
      there = true;
    }
    return there;
  });
}

bool take_out_unevaluated(Pair& pair) {
  return each_object(pair.schema, [](Tree& schema) {
    bool there = false;
    for (const char* keyword : {"unevaluatedItems", "unevaluatedProperties"}) {
      there |= schema.find(keyword) != nullptr;
      schema.remove(keyword);
    }
    return there;
  });
}

}  // namespace

const std::vector<KnownDifference>& known_differences() {
  static const std::vector<KnownDifference> all{
      {"formats", take_out_formats},
      {"empty names", take_out_empty_names},
      {"uniqueItems behind a tuple", take_out_item_types},
      {"decimal divisors", take_out_divisors},
      {"integers of draft 4", take_out_integers},
      {"contains and unevaluatedItems", take_out_contains, true},
      {"short arrays", take_out_short_arrays, true},
      {"unevaluated behind branches", take_out_unevaluated, true},
  };
  return all;
}

Pair for_arbiter(Pair pair) {
  each_object(pair.schema, [](Tree& schema) {
    const auto* items = schema.find("items");
    bool idle = items != nullptr && (items->is(Kind::object) || items->is(Kind::boolean));
    if (idle) schema.remove("unevaluatedItems");
    return idle;
  });
  return pair;
}

const KnownDifference* explained(const Pair& pair, const std::function<bool(const Pair&)>& agrees) {
  auto rest = pair;
  for (const auto& known : known_differences()) {
    auto changed = pair;
    if (!known.take_out(changed)) continue;
    if (agrees(changed)) return &known;
    // Several at once: what was taken out before stays out.
    if (known.take_out(rest) && agrees(rest)) return &known;
  }
  return nullptr;
}

}  // namespace simpul::differential
