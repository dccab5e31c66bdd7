#include "tests/schema/differential/generate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tests/schema/differential/words.h"

namespace simpul::differential {
namespace {

using Kind = Tree::Kind;
constexpr std::string_view base = "https://kota.example/";

// Makes one schema file. What looks at the value that a schema looks at (`$ref`, allOf, not, …) is "in place": there, a
// definition refers only to later ones, so that no loop looks at one value for ever. Children may refer to anything.
class SchemaMaker {
 public:
  SchemaMaker(Dice& dice, Dialect dialect, const Taste& taste) : dice_(dice), dialect_(dialect), taste_(taste) {}

  Tree file() {
    definitions_ = dice_.below(4);
    dynamic_ = taste_.dynamic_references && since(Dialect::draft2019_09) && definitions_ > 0 && dice_.chance(15);
    std::vector<std::pair<std::string, Tree>> definitions;
    for (std::size_t i = 0; i < definitions_; ++i) {
      budget_ = 12;
      at_resource_ = dynamic_ && i == 0;
      auto schema = made(2, i + 1, false);
      if (at_resource_) mark_resource(schema, "r");
      at_resource_ = false;
      definitions.emplace_back(fmt::format("d{}", i), std::move(schema));
    }
    budget_ = 24;
    auto root = made(3, 0, false);
    if (!root.is(Kind::object) || root.find("$ref") != nullptr) {
      root = Tree::object({{"allOf", Tree::array({std::move(root)})}});
      if (!since(Dialect::draft6) && !root.find("allOf")->items[0].is(Kind::object)) root = Tree::object();
    }
    if (dynamic_) mark_resource(root, "root");
    root.members.insert(root.members.begin(), {"$schema", Tree::string(std::string(uri_of(dialect_)))});
    if (definitions_ > 0) root.set(definitions_name(), Tree::object(std::move(definitions)));
    return root;
  }

  FittingTexts texts;

 private:
  bool since(Dialect dialect) const { return dialect_ >= dialect; }
  std::string definitions_name() const { return since(Dialect::draft2019_09) ? "$defs" : "definitions"; }

  void mark_resource(Tree& schema, std::string_view name) {
    if (!schema.is(Kind::object)) schema = Tree::object({{"allOf", Tree::array({schema})}});
    schema.set("$id", Tree::string(std::string(base) + std::string(name)));
    if (since(Dialect::draft2020_12)) {
      schema.set(dice_.chance(85) ? "$dynamicAnchor" : "$anchor", Tree::string("node"));
    } else if (dice_.chance(85)) {
      schema.set("$recursiveAnchor", Tree::boolean(true));
    }
  }

  // `first` is the first definition that may be referred to here.
  Tree made(int depth, std::size_t first, bool child) {
    if (budget_ <= 0) return leaf();
    --budget_;
    if (since(Dialect::draft6) && dice_.chance(4)) return Tree::boolean(dice_.chance(60));
    if (dice_.chance(child ? 14 : 6)) {
      if (auto reference = made_reference(first, child); reference.is(Kind::object)) {
        bool alone = !since(Dialect::draft2019_09) || depth <= 0 || dice_.chance(70);
        if (!alone) add_keywords(reference, depth, first);
        return reference;
      }
    }
    if (depth <= 0) return leaf();
    auto schema = Tree::object();
    add_keywords(schema, depth, first);
    return schema;
  }

  Tree child(int depth) { return made(depth - 1, 0, true); }
  Tree in_place(int depth, std::size_t first) { return made(depth - 1, first, false); }

  Tree made_reference(std::size_t first, bool child) {
    std::vector<Tree> all;
    for (std::size_t i = first; i < definitions_; ++i) {
      if (dynamic_ && i == 0 && dice_.chance(50)) {
        all.push_back(Tree::object({{"$ref", Tree::string(std::string(base) + "r")}}));
      } else {
        auto root = at_resource_ ? std::string(base) + "root" : std::string();
        all.push_back(Tree::object({{"$ref", Tree::string(fmt::format("{}#/{}/d{}", root, definitions_name(), i))}}));
      }
    }
    if (child && !at_resource_) all.push_back(Tree::object({{"$ref", Tree::string("#")}}));
    if (child && dynamic_ && since(Dialect::draft2020_12)) {
      for (int i = 0; i < 3; ++i) all.push_back(Tree::object({{"$dynamicRef", Tree::string("#node")}}));
    }
    if (child && dynamic_ && dialect_ == Dialect::draft2019_09) {
      for (int i = 0; i < 3; ++i) all.push_back(Tree::object({{"$recursiveRef", Tree::string("#")}}));
    }
    if (all.empty()) return Tree::null();
    return all[dice_.below(all.size())];
  }

  Tree leaf() {
    auto schema = Tree::object();
    switch (dice_.below(6)) {
      case 0:
        schema.set("type", type_name());
        break;
      case 1:
        string_keyword(schema);
        break;
      case 2:
        number_keyword(schema);
        break;
      case 3:
        value_keyword(schema);
        break;
      default:
        schema.set("type", type_name());
        string_keyword(schema);
        number_keyword(schema);
    }
    return schema;
  }

  Tree type_name() {
    constexpr std::array all{"null", "boolean", "integer", "number", "string", "array", "object"};
    return Tree::string(dice_.pick(all));
  }

  void add_keywords(Tree& schema, int depth, std::size_t first) {
    auto theme = dice_.below(100);
    auto count = dice_.between(1, 3);
    auto typed = [&](std::string_view type) {
      if (dice_.chance(60)) schema.set("type", Tree::string(std::string(type)));
    };
    if (theme < 38) {
      typed("object");
      for (std::size_t i = 0; i < count + 1; ++i) object_keyword(schema, depth, first);
    } else if (theme < 56) {
      typed("array");
      for (std::size_t i = 0; i < count; ++i) array_keyword(schema, depth);
    } else if (theme < 66) {
      typed("string");
      for (std::size_t i = 0; i < count; ++i) string_keyword(schema);
    } else if (theme < 76) {
      typed(dice_.chance(50) ? "number" : "integer");
      for (std::size_t i = 0; i < count; ++i) number_keyword(schema);
    } else if (theme < 80) {
      discriminated(schema, depth);
    } else if (theme < 82) {
      wide(schema);
    } else {
      logic_keyword(schema, depth, first);
    }
    if (dice_.chance(25)) logic_keyword(schema, depth, first);
    if (dice_.chance(10)) value_keyword(schema);
    if (dice_.chance(6)) string_keyword(schema);
    if (dice_.chance(6)) number_keyword(schema);
    if (since(Dialect::draft2019_09) && dice_.chance(14)) unevaluated(schema, depth);
  }

  Tree name_list() {
    std::vector<Tree> all;
    for (auto left = dice_.between(1, 2); left > 0; --left) {
      auto name = std::string(dice_.pick(names()));
      bool there = std::any_of(all.begin(), all.end(), [&](const Tree& each) { return each.text == name; });
      if (!there) all.push_back(Tree::string(name));
    }
    return Tree::array(std::move(all));
  }

  std::string known_name(const Tree& schema) {
    const auto* properties = schema.find("properties");
    if (properties != nullptr && !properties->members.empty() && dice_.chance(75))
      return properties->members[dice_.below(properties->members.size())].first;
    return std::string(dice_.pick(names()));
  }

  void object_keyword(Tree& schema, int depth, std::size_t first) {
    switch (dice_.below(11)) {
      case 0:
      case 1:
      case 2:
      case 3: {
        auto properties = Tree::object();
        for (auto left = dice_.between(1, 4); left > 0; --left)
          properties.set(std::string(dice_.pick(names())), child(depth));
        schema.set("properties", std::move(properties));
        break;
      }
      case 4:
      case 5: {
        std::vector<Tree> required{Tree::string(known_name(schema))};
        if (auto name = known_name(schema); dice_.chance(40) && name != required[0].text)
          required.push_back(Tree::string(name));
        schema.set("required", Tree::array(std::move(required)));
        break;
      }
      case 6: {
        auto rules = Tree::object();
        for (auto left = dice_.between(1, 2); left > 0; --left) rules.set(pattern(), child(depth));
        schema.set("patternProperties", std::move(rules));
        break;
      }
      case 7:
        schema.set("additionalProperties", dice_.chance(50) ? Tree::boolean(false) : child(depth));
        break;
      case 8:
        if (dice_.chance(50)) schema.set("minProperties", Tree::count(dice_.below(4)));
        if (dice_.chance(50)) schema.set("maxProperties", Tree::count(dice_.between(1, 5)));
        break;
      case 9:
        if (since(Dialect::draft6)) schema.set("propertyNames", child(std::min(depth, 1)));
        break;
      default:
        dependent(schema, depth, first);
    }
  }

  void dependent(Tree& schema, int depth, std::size_t first) {
    auto name = known_name(schema);
    bool names_only = dice_.chance(50);
    auto rule = Tree::object({{name, names_only ? name_list() : in_place(depth, first)}});
    if (!since(Dialect::draft2019_09)) {
      schema.set("dependencies", std::move(rule));
    } else {
      schema.set(names_only ? "dependentRequired" : "dependentSchemas", std::move(rule));
    }
  }

  void array_keyword(Tree& schema, int depth) {
    switch (dice_.below(8)) {
      case 0:
      case 1:
        schema.set("items", child(depth));
        break;
      case 2: {
        std::vector<Tree> prefix;
        for (auto left = dice_.between(1, 3); left > 0; --left) prefix.push_back(child(depth));
        schema.set(since(Dialect::draft2020_12) ? "prefixItems" : "items", Tree::array(std::move(prefix)));
        if (!since(Dialect::draft2020_12) && dice_.chance(50))
          schema.set("additionalItems", dice_.chance(40) ? Tree::boolean(false) : child(depth));
        break;
      }
      case 3:
        schema.set("minItems", Tree::count(dice_.below(4)));
        break;
      case 4:
        schema.set("maxItems", Tree::count(dice_.between(1, 4)));
        break;
      case 5:
        schema.set("uniqueItems", Tree::boolean(dice_.chance(85)));
        break;
      default:
        if (!since(Dialect::draft6)) break;
        schema.set("contains", child(depth));
        if (since(Dialect::draft2019_09) && dice_.chance(40)) schema.set("minContains", Tree::count(dice_.below(3)));
        if (since(Dialect::draft2019_09) && dice_.chance(40))
          schema.set("maxContains", Tree::count(dice_.between(1, 3)));
    }
  }

  std::string pattern() {
    if (dice_.chance(60)) {
      const auto& rule = dice_.pick(known_patterns());
      auto& fit = texts[std::string(rule.rule)];
      fit.assign(rule.fit.begin(), rule.fit.end());
      return std::string(rule.rule);
    }
    auto made = make_pattern(dice_, static_cast<int>(dice_.between(1, 3)));
    texts[made.pattern].push_back(made.text);
    return made.pattern;
  }

  void string_keyword(Tree& schema) {
    switch (dice_.below(5)) {
      case 0:
        schema.set("minLength", Tree::count(dice_.below(5)));
        break;
      case 1:
        schema.set("maxLength", Tree::count(dice_.between(1, 8)));
        break;
      case 2:
      case 3:
        schema.set("pattern", Tree::string(pattern()));
        break;
      default: {
        const auto& rule =
            dice_.pick(taste_.country_formats && dice_.chance(30) ? country_formats() : standard_formats());
        texts[std::string(rule.rule)].assign(rule.fit.begin(), rule.fit.end());
        schema.set("format", Tree::string(std::string(rule.rule)));
      }
    }
  }

  void number_keyword(Tree& schema) {
    auto number = [&] { return any_number(dice_, taste_.numbers_beyond_doubles); };
    switch (dice_.below(5)) {
      case 0:
        schema.set("minimum", number());
        if (!since(Dialect::draft6) && dice_.chance(40))
          schema.set("exclusiveMinimum", Tree::boolean(dice_.chance(70)));
        break;
      case 1:
        schema.set("maximum", number());
        if (!since(Dialect::draft6) && dice_.chance(40))
          schema.set("exclusiveMaximum", Tree::boolean(dice_.chance(70)));
        break;
      case 2:
        if (since(Dialect::draft6)) schema.set("exclusiveMinimum", number());
        break;
      case 3:
        if (since(Dialect::draft6)) schema.set("exclusiveMaximum", number());
        break;
      default: {
        constexpr std::array divisors{"1", "2",   "3",   "5",    "10",  "7",    "100",
                                      "4", "0.5", "0.1", "0.01", "1.5", "1e-8", "2.0"};
        schema.set("multipleOf", Tree::number(dice_.pick(divisors)));
      }
    }
  }

  Tree any_value(int depth) {
    switch (dice_.below(depth > 0 ? 9 : 6)) {
      case 0:
        return Tree::null();
      case 1:
        return Tree::boolean(dice_.chance(50));
      case 2:
      case 3:
        return any_number(dice_, taste_.numbers_beyond_doubles);
      case 4:
      case 5:
        return Tree::string(any_text(dice_));
      case 6: {
        std::vector<Tree> items;
        for (auto left = dice_.below(3); left > 0; --left) items.push_back(any_value(depth - 1));
        return Tree::array(std::move(items));
      }
      default: {
        auto object = Tree::object();
        for (auto left = dice_.below(3); left > 0; --left)
          object.set(std::string(dice_.pick(names())), any_value(depth - 1));
        return object;
      }
    }
  }

  void value_keyword(Tree& schema) {
    switch (dice_.below(5)) {
      case 0:
        if (since(Dialect::draft6)) schema.set("const", any_value(1));
        break;
      case 1: {
        std::vector<Tree> types;
        for (auto left = dice_.between(1, 3); left > 0; --left) {
          auto type = type_name();
          bool there =
              std::any_of(types.begin(), types.end(), [&](const Tree& each) { return each.text == type.text; });
          if (!there) types.push_back(std::move(type));
        }
        schema.set("type", Tree::array(std::move(types)));
        break;
      }
      default: {
        std::vector<Tree> values;
        bool texts_only = dice_.chance(40);
        for (auto left = dice_.chance(10) ? dice_.between(20, 40) : dice_.between(1, 5); left > 0; --left) {
          auto value = texts_only ? Tree::string(fmt::format("{}{}", any_text(dice_), left)) : any_value(1);
          bool there = std::any_of(values.begin(), values.end(), [&](const Tree& each) { return same(each, value); });
          if (!there) values.push_back(std::move(value));
        }
        schema.set("enum", Tree::array(std::move(values)));
      }
    }
  }

  void logic_keyword(Tree& schema, int depth, std::size_t first) {
    auto several = [&] {
      std::vector<Tree> all;
      for (auto left = dice_.between(1, 3); left > 0; --left) all.push_back(in_place(depth, first));
      return Tree::array(std::move(all));
    };
    switch (dice_.below(8)) {
      case 0:
      case 1:
        schema.set("allOf", several());
        break;
      case 2:
      case 3:
        schema.set("anyOf", several());
        break;
      case 4:
      case 5:
        schema.set("oneOf", several());
        break;
      case 6:
        schema.set("not", in_place(depth, first));
        break;
      default:
        if (!since(Dialect::draft7)) break;
        schema.set("if", in_place(depth, first));
        if (dice_.chance(80)) schema.set("then", in_place(depth, first));
        if (dice_.chance(80)) schema.set("else", in_place(depth, first));
    }
  }

  // Branches that a constant tells apart.
  void discriminated(Tree& schema, int depth) {
    auto kind = std::string(dice_.pick(names()));
    std::vector<Tree> branches;
    for (auto left = dice_.between(2, 4); left > 0; --left) {
      auto constant =
          since(Dialect::draft6) && dice_.chance(80)
              ? Tree::object({{"const", dice_.chance(85) ? Tree::string(fmt::format("k{}", left)) : Tree::count(left)}})
              : Tree::object({{"enum", Tree::array({Tree::string(fmt::format("k{}", left)),
                                                    Tree::string(fmt::format("l{}", dice_.below(6)))})}});
      auto branch = Tree::object({{"properties", Tree::object({{kind, std::move(constant)}})}});
      branch.find("properties")->set(std::string(dice_.pick(names())), child(depth));
      if (dice_.chance(85)) branch.set("required", Tree::array({Tree::string(kind)}));
      if (dice_.chance(30)) branch.set("type", Tree::string("object"));
      if (dice_.chance(30)) branch.set("additionalProperties", Tree::boolean(false));
      branches.push_back(std::move(branch));
    }
    schema.set(dice_.chance(75) ? "oneOf" : "anyOf", Tree::array(std::move(branches)));
  }

  // More members than a machine word has bits.
  void wide(Tree& schema) {
    auto properties = Tree::object();
    std::vector<Tree> required;
    for (std::size_t i = 0; i < 70; ++i) {
      properties.set(fmt::format("p{}", i), leaf());
      if (i % 3 == 0 && dice_.chance(8)) required.push_back(Tree::string(fmt::format("p{}", i)));
    }
    schema.set("properties", std::move(properties));
    if (!required.empty()) schema.set("required", Tree::array(std::move(required)));
    if (dice_.chance(50)) schema.set("additionalProperties", Tree::boolean(false));
  }

  void unevaluated(Tree& schema, int depth) {
    auto rule = [&] { return dice_.chance(65) ? Tree::boolean(false) : child(depth); };
    bool objects = schema.find("type") != nullptr && schema.find("type")->text == "array" ? false : dice_.chance(70);
    schema.set(objects ? "unevaluatedProperties" : "unevaluatedItems", rule());
    if (depth > 0 && dice_.chance(50)) logic_keyword(schema, depth, definitions_);
  }

  Dice& dice_;
  Dialect dialect_;
  Taste taste_;
  std::size_t definitions_ = 0;
  int budget_ = 0;
  bool dynamic_ = false;
  bool at_resource_ = false;
};

Dialect any_dialect(Dice& dice) {
  auto draw = dice.below(100);
  return draw < 64   ? Dialect::draft2020_12
         : draw < 76 ? Dialect::draft2019_09
         : draw < 88 ? Dialect::draft7
         : draw < 94 ? Dialect::draft6
                     : Dialect::draft4;
}

}  // namespace

std::string_view uri_of(Dialect dialect) {
  constexpr std::array<std::string_view, 5> uris{
      "http://json-schema.org/draft-04/schema#", "http://json-schema.org/draft-06/schema#",
      "http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2019-09/schema",
      "https://json-schema.org/draft/2020-12/schema"};
  return uris[static_cast<std::size_t>(dialect)];
}

std::string_view name_of(Dialect dialect) {
  constexpr std::array<std::string_view, 5> all{"4", "6", "7", "2019-09", "2020-12"};
  return all[static_cast<std::size_t>(dialect)];
}

Case make_case(std::uint64_t seed, std::size_t documents, const Taste& taste) {
  Dice dice(seed);
  Case made;
  made.dialect = any_dialect(dice);
  SchemaMaker maker(dice, made.dialect, taste);
  made.schema = maker.file();
  for (std::size_t i = 0; i < documents; ++i) {
    auto document = make_document(made.schema, maker.texts, dice, taste.numbers_beyond_doubles);
    for (auto left = dice.chance(45) ? dice.between(1, 2) : 0; left > 0; --left)
      break_document(document, dice, taste.numbers_beyond_doubles);
    made.documents.push_back(std::move(document));
  }
  return made;
}

}  // namespace simpul::differential
