// Documents for a schema: built by all that applies at a place, and broken at one.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "tests/schema/differential/generate.h"
#include "tests/schema/differential/words.h"

namespace simpul::differential {
namespace {

using Kind = Tree::Kind;
using Schemas = std::vector<const Tree*>;
constexpr std::size_t most_schemas = 40;  // that are heeded at one place
constexpr std::size_t most_nodes = 400;   // of one document: wide schemas that hold themselves would have no end
constexpr int deepest = 5;

std::optional<std::size_t> count_of(const Tree& schema, std::string_view keyword) {
  const auto* value = schema.find(keyword);
  std::size_t count = 0;
  if (value == nullptr || !value->is(Kind::number)) return std::nullopt;
  std::from_chars(value->text.data(), value->text.data() + value->text.size(), count);
  return count;
}

class Builder {
 public:
  Builder(const Tree& file, const FittingTexts& texts, Dice& dice, bool beyond_doubles)
      : file_(file), texts_(texts), dice_(dice), beyond_doubles_(beyond_doubles) {}

  Tree build(const Schemas& given, int depth) {
    // Below 0 only what is required is built, and a schema may require itself without end.
    if (depth < -3 || ++built_ > most_nodes) return Tree::null();
    Schemas all;
    for (const auto* schema : given) gather(schema, all, 0);
    std::vector<const Tree*> choices;
    for (const auto* schema : all) {
      if (const auto* constant = schema->find("const")) choices.push_back(constant);
      if (const auto* values = schema->find("enum"); values != nullptr && !values->items.empty())
        choices.push_back(&values->items[dice_.below(values->items.size())]);
    }
    if (!choices.empty()) return *choices[dice_.below(choices.size())];
    switch (kind_for(all, depth)) {
      case Kind::null:
        return Tree::null();
      case Kind::boolean:
        return Tree::boolean(dice_.chance(50));
      case Kind::number:
        return number(all);
      case Kind::string:
        return text(all);
      case Kind::array:
        return array(all, depth);
      case Kind::object:
        return object(all, depth);
    }
    return Tree::null();
  }

 private:
  const Tree* target(const std::string& reference) const {
    if (reference.ends_with("/r")) return definition("d0");
    auto hash = reference.find('#');
    auto slash = reference.rfind('/');
    if (hash == reference.npos) return nullptr;
    if (slash == reference.npos || slash < hash) return &file_;
    return definition(reference.substr(slash + 1));
  }
  const Tree* definition(const std::string& name) const {
    for (const char* place : {"$defs", "definitions"}) {
      if (const auto* all = file_.find(place)) return all->find(name);
    }
    return nullptr;
  }

  // The schema and what it applies in place, one branch of each choice.
  void gather(const Tree* schema, Schemas& all, int depth) {
    if (schema == nullptr || !schema->is(Kind::object) || all.size() >= most_schemas || depth > 12) return;
    all.push_back(schema);
    for (const char* keyword : {"$ref", "$dynamicRef", "$recursiveRef"}) {
      if (const auto* reference = schema->find(keyword)) gather(target(reference->text), all, depth + 1);
    }
    if (const auto* each = schema->find("allOf")) {
      for (const auto& branch : each->items) gather(&branch, all, depth + 1);
    }
    for (const char* keyword : {"anyOf", "oneOf"}) {
      const auto* branches = schema->find(keyword);
      if (branches != nullptr && !branches->items.empty())
        gather(&branches->items[dice_.below(branches->items.size())], all, depth + 1);
    }
    if (const auto* condition = schema->find("if")) {
      bool met = dice_.chance(60);
      if (met) gather(condition, all, depth + 1);
      gather(schema->find(met ? "then" : "else"), all, depth + 1);
    }
    if (const auto* dependent = schema->find("dependentSchemas"); dependent != nullptr && dice_.chance(50)) {
      for (const auto& [name, branch] : dependent->members) gather(&branch, all, depth + 1);
    }
  }

  static bool allows(const Tree& types, std::string_view type) {
    if (types.is(Kind::string)) return types.text == type;
    return std::any_of(types.items.begin(), types.items.end(), [&](const Tree& each) { return each.text == type; });
  }

  Kind kind_for(const Schemas& all, int depth) {
    struct Named {
      Kind kind;
      std::string_view name;
      std::vector<std::string_view> keywords;
    };
    static const std::vector<Named> kinds{
        {Kind::object,
         "object",
         {"properties", "required", "patternProperties", "additionalProperties", "minProperties", "maxProperties",
          "propertyNames", "dependentRequired", "dependentSchemas", "dependencies", "unevaluatedProperties"}},
        {Kind::array,
         "array",
         {"items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems", "unevaluatedItems"}},
        {Kind::string, "string", {"pattern", "format", "minLength", "maxLength"}},
        {Kind::number, "number", {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}},
        {Kind::boolean, "boolean", {}},
        {Kind::null, "null", {}}};
    std::vector<Kind> allowed, spoken_of;
    for (const auto& kind : kinds) {
      bool allow = true, speaks = false;
      for (const auto* schema : all) {
        const auto* types = schema->find("type");
        if (types != nullptr && !allows(*types, kind.name) && !(kind.kind == Kind::number && allows(*types, "integer")))
          allow = false;
        speaks = speaks || std::any_of(kind.keywords.begin(), kind.keywords.end(),
                                       [&](auto keyword) { return schema->find(keyword) != nullptr; });
      }
      if (!allow) continue;
      allowed.push_back(kind.kind);
      if (speaks) spoken_of.push_back(kind.kind);
    }
    if (depth <= 0 && std::any_of(allowed.begin(), allowed.end(), [](Kind k) { return k < Kind::array; }))
      std::erase_if(spoken_of, [](Kind k) { return k >= Kind::array; });
    if (!spoken_of.empty() && dice_.chance(90)) return dice_.pick(spoken_of);
    if (!allowed.empty()) return dice_.pick(allowed);
    return dice_.pick(kinds).kind;
  }

  Tree number(const Schemas& all) {
    std::vector<std::string> near;
    bool whole = false;
    for (const auto* schema : all) {
      for (const char* keyword : {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}) {
        const auto* bound = schema->find(keyword);
        if (bound != nullptr && bound->is(Kind::number)) near.push_back(bound->text);
      }
      const auto* type = schema->find("type");
      whole = whole || (type != nullptr && type->is(Kind::string) && type->text == "integer");
    }
    if (!near.empty() && dice_.chance(70)) {
      const auto& text = dice_.pick(near);
      int value = 0;
      auto end = text.data() + text.size();
      if (auto read = std::from_chars(text.data(), end, value); read.ptr == end && read.ec == std::errc{}) {
        constexpr std::array factors{1, 1, 2, 3, 10};
        return Tree::number(std::to_string(dice_.chance(40) ? value * dice_.pick(factors)
                                                            : value + static_cast<int>(dice_.below(5)) - 2));
      }
      return Tree::number(text);
    }
    if (whole) return Tree::number(std::to_string(static_cast<int>(dice_.below(30)) - 5));
    return any_number(dice_, beyond_doubles_);
  }

  Tree text(const Schemas& all) {
    std::string out;
    bool ruled = false;
    std::size_t low = 0, high = 1000;
    for (const auto* schema : all) {
      for (const char* keyword : {"pattern", "format"}) {
        const auto* rule = schema->find(keyword);
        auto fit = rule == nullptr ? texts_.end() : texts_.find(rule->text);
        if (fit == texts_.end() || fit->second.empty()) continue;
        out = dice_.pick(fit->second);
        ruled = true;
      }
      low = std::max(low, count_of(*schema, "minLength").value_or(0));
      high = std::min(high, count_of(*schema, "maxLength").value_or(high));
    }
    if (ruled) return Tree::string(out);
    if (low > 0 || high < 1000) {
      constexpr std::array characters{"a", "é", "😀", "字"};
      auto least = dice_.chance(80) ? low : low - std::min<std::size_t>(low, 1);
      for (auto left = dice_.between(least, std::max(least, std::min(high, least + 3))); left > 0; --left)
        out += dice_.pick(characters);
      return Tree::string(out);
    }
    return Tree::string(any_text(dice_));
  }

  Tree array(const Schemas& all, int depth) {
    std::size_t low = 0, high = 1000;
    Schemas contained;
    for (const auto* schema : all) {
      low = std::max(low, count_of(*schema, "minItems").value_or(0));
      high = std::min(high, count_of(*schema, "maxItems").value_or(high));
      if (const auto* contains = schema->find("contains")) {
        contained.push_back(contains);
        low = std::max(low, count_of(*schema, "minContains").value_or(1));
      }
      if (const auto* prefix = schema->find("prefixItems"); prefix != nullptr && dice_.chance(70))
        low = std::max(low, prefix->items.size());
    }
    auto count = depth <= 0 ? low : dice_.between(low, std::max(low, std::min(high, low + 2)));
    std::vector<Tree> items;
    for (std::size_t i = 0; i < count; ++i) {
      Schemas apply;
      for (const auto* schema : all) {
        const auto* rest = schema->find("items");
        const auto* prefix = schema->find("prefixItems");
        if (rest != nullptr && rest->is(Kind::array)) {
          prefix = rest;
          rest = schema->find("additionalItems");
        }
        bool in_prefix = prefix != nullptr && i < prefix->items.size();
        if (const auto* one = in_prefix ? &prefix->items[i] : rest) apply.push_back(one);
        if (const auto* left = schema->find("unevaluatedItems"); left != nullptr && apply.empty())
          apply.push_back(left);
      }
      if (!contained.empty() && (i == 0 || dice_.chance(40))) apply.push_back(dice_.pick(contained));
      auto item = build(apply, depth - 1);
      items.push_back(i > 0 && dice_.chance(8) ? items.front() : std::move(item));
    }
    return Tree::array(std::move(items));
  }

  Tree object(const Schemas& all, int depth) {
    std::vector<std::string> wanted;
    std::size_t low = 0, high = 1000;
    auto want = [&](const std::string& name) {
      if (std::find(wanted.begin(), wanted.end(), name) == wanted.end()) wanted.push_back(name);
    };
    auto optional = depth <= 0 ? 0u : 60u;
    bool closed = false;
    for (const auto* schema : all) {
      if (const auto* required = schema->find("required")) {
        for (const auto& name : required->items) want(name.text);
      }
      if (const auto* properties = schema->find("properties")) {
        auto share = properties->members.size() > 10 ? 8u : optional;
        for (const auto& [name, rule] : properties->members) {
          bool never = rule.is(Kind::boolean) && !rule.truth;
          if (!never && dice_.chance(share)) want(name);
        }
      }
      if (const auto* rules = schema->find("patternProperties"); rules != nullptr && depth > 0) {
        for (const auto& [pattern, rule] : rules->members) {
          auto fit = texts_.find(pattern);
          if (fit != texts_.end() && !fit->second.empty() && dice_.chance(50)) want(dice_.pick(fit->second));
        }
      }
      for (const char* keyword : {"additionalProperties", "unevaluatedProperties"}) {
        const auto* rest = schema->find(keyword);
        closed = closed || (rest != nullptr && rest->is(Kind::boolean) && !rest->truth);
      }
      low = std::max(low, count_of(*schema, "minProperties").value_or(0));
      high = std::min(high, count_of(*schema, "maxProperties").value_or(high));
    }
    for (const auto* schema : all) {
      const auto* dependent = schema->find("dependentRequired");
      if (dependent == nullptr) dependent = schema->find("dependencies");
      if (dependent == nullptr) continue;
      for (const auto& [name, others] : dependent->members) {
        if (std::find(wanted.begin(), wanted.end(), name) == wanted.end()) continue;
        for (const auto& other : others.items) want(other.text);
      }
    }
    while (wanted.size() > high && dice_.chance(80)) wanted.pop_back();
    for (int left = closed ? 0 : dice_.chance(40) ? 1 : 0; left > 0; --left) want(std::string(dice_.pick(names())));
    for (int left = 6; left > 0 && wanted.size() < low; --left) want(std::string(dice_.pick(names())));
    auto out = Tree::object();
    for (const auto& name : wanted) out.set(name, build(for_member(all, name), depth - 1));
    return out;
  }

  Schemas for_member(const Schemas& all, const std::string& name) {
    Schemas apply;
    for (const auto* schema : all) {
      const auto* properties = schema->find("properties");
      const auto* rule = properties == nullptr ? nullptr : properties->find(name);
      bool spoken_of = rule != nullptr;
      if (rule != nullptr) apply.push_back(rule);
      if (const auto* rules = schema->find("patternProperties")) {
        for (const auto& [pattern, each] : rules->members) {
          auto fit = texts_.find(pattern);
          if (fit == texts_.end() || std::find(fit->second.begin(), fit->second.end(), name) == fit->second.end())
            continue;
          apply.push_back(&each);
          spoken_of = true;
        }
      }
      if (const auto* rest = schema->find("additionalProperties"); rest != nullptr && !spoken_of) apply.push_back(rest);
    }
    return apply;
  }

  const Tree& file_;
  const FittingTexts& texts_;
  Dice& dice_;
  bool beyond_doubles_;
  std::size_t built_ = 0;
};

Tree any_value(Dice& dice, bool beyond_doubles) {
  switch (dice.below(8)) {
    case 0:
      return Tree::null();
    case 1:
      return Tree::boolean(dice.chance(50));
    case 2:
    case 3:
      return any_number(dice, beyond_doubles);
    case 4:
      return Tree::array({any_number(dice, beyond_doubles)});
    case 5:
      return Tree::object({{std::string(dice.pick(names())), Tree::string(any_text(dice))}});
    default:
      return Tree::string(any_text(dice));
  }
}

void break_node(Tree& node, Dice& dice, bool beyond_doubles) {
  auto choice = dice.below(6);
  if (choice == 0) {
    node = any_value(dice, beyond_doubles);
    return;
  }
  switch (node.kind) {
    case Kind::null:
      node = any_value(dice, beyond_doubles);
      break;
    case Kind::boolean:
      node.truth = !node.truth;
      break;
    case Kind::number:
      node = any_number(dice, beyond_doubles);
      break;
    case Kind::string:
      if (choice < 3 && !node.text.empty() && static_cast<signed char>(node.text.back()) > 0) {
        node.text.pop_back();
      } else if (choice == 3) {
        const auto& rules = dice.chance(50) ? standard_formats() : known_patterns();
        const auto& near = dice.pick(rules).near;
        if (!near.empty()) node.text = dice.pick(near);
      } else {
        node.text += dice.pick(std::initializer_list<const char*>{"a", "é", "\n", "0", " ", "😀"});
      }
      break;
    case Kind::array:
      if (choice < 3 && !node.items.empty()) {
        node.items.erase(node.items.begin() + static_cast<std::ptrdiff_t>(dice.below(node.items.size())));
      } else if (choice == 3 && !node.items.empty()) {
        node.items.push_back(dice.pick(node.items));
      } else {
        node.items.push_back(any_value(dice, beyond_doubles));
      }
      break;
    case Kind::object:
      if (choice < 3 && !node.members.empty()) {
        node.members.erase(node.members.begin() + static_cast<std::ptrdiff_t>(dice.below(node.members.size())));
      } else {
        node.set(std::string(dice.pick(names())), any_value(dice, beyond_doubles));
      }
      break;
  }
}

}  // namespace

Tree make_document(const Tree& schema, const FittingTexts& texts, Dice& dice, bool beyond_doubles) {
  return Builder(schema, texts, dice, beyond_doubles).build({&schema}, deepest);
}

void break_document(Tree& document, Dice& dice, bool beyond_doubles) {
  auto* node = &document;
  while (dice.chance(75)) {
    if (!node->items.empty()) {
      node = &node->items[dice.below(node->items.size())];
    } else if (!node->members.empty()) {
      node = &node->members[dice.below(node->members.size())].second;
    } else {
      break;
    }
  }
  break_node(*node, dice, beyond_doubles);
}

}  // namespace simpul::differential
