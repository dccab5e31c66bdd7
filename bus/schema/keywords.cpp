// The keywords of JSON Schema 2020-12, one handler each. The sections named are those of the validation vocabulary
// (json-schema-validation) unless "core" stands before them.
#include <algorithm>

#include <fmt/format.h>

#include "bus/event/syntax.h"
#include "bus/schema/compiler.h"
#include "bus/schema/source_place.h"

namespace simpul {
namespace {

constexpr std::string_view dialect = "https://json-schema.org/draft/2020-12/schema";

}  // namespace

const std::map<std::string_view, SchemaCompiler::Entry>& SchemaCompiler::keywords() {
  using C = SchemaCompiler;
  static const std::map<std::string_view, Entry> table{
      {"$schema", {&C::schema_dialect, 0}},
      {"$id", {&C::text_annotation, 0}},
      {"$anchor", {&C::text_annotation, 0}},
      {"$comment", {&C::text_annotation, 0}},
      {"$defs", {&C::definitions, 0}},
      {"$ref", {&C::reference, Node::logic_rules}},
      {"title", {&C::text_annotation, 0}},
      {"description", {&C::text_annotation, 0}},
      {"default", {&C::annotation, 0}},
      {"examples", {&C::annotation, 0}},
      {"deprecated", {&C::flag_annotation, 0}},
      {"readOnly", {&C::flag_annotation, 0}},
      {"writeOnly", {&C::flag_annotation, 0}},
      {"x-personal-data", {&C::personal_data, 0}},
      {"x-key", {&C::annotation, 0}},
      {"x-subject", {&C::annotation, 0}},
      {"x-owner", {&C::text_annotation, 0}},
      {"type", {&C::type, 0}},
      {"enum", {&C::enumeration, Node::value_rules}},
      {"const", {&C::constant, Node::value_rules}},
      {"minLength", {&C::length, Node::string_rules}},
      {"maxLength", {&C::length, Node::string_rules}},
      {"pattern", {&C::pattern_keyword, Node::string_rules}},
      {"format", {&C::format, Node::string_rules}},
      {"minimum", {&C::bound, Node::number_rules}},
      {"exclusiveMinimum", {&C::bound, Node::number_rules}},
      {"maximum", {&C::bound, Node::number_rules}},
      {"exclusiveMaximum", {&C::bound, Node::number_rules}},
      {"multipleOf", {&C::multiple_of, Node::number_rules}},
      {"prefixItems", {&C::item_keyword, Node::array_rules}},
      {"items", {&C::item_keyword, Node::array_rules}},
      {"contains", {&C::item_keyword, Node::array_rules}},
      {"minContains", {&C::item_count, Node::array_rules}},
      {"maxContains", {&C::item_count, Node::array_rules}},
      {"minItems", {&C::item_count, Node::array_rules}},
      {"maxItems", {&C::item_count, Node::array_rules}},
      {"uniqueItems", {&C::unique_items, Node::array_rules}},
      {"properties", {&C::properties, Node::object_rules}},
      {"patternProperties", {&C::pattern_properties, Node::object_rules}},
      {"additionalProperties", {&C::property_keyword, Node::object_rules}},
      {"propertyNames", {&C::property_keyword, Node::object_rules}},
      {"required", {&C::required, Node::object_rules}},
      {"minProperties", {&C::property_count, Node::object_rules}},
      {"maxProperties", {&C::property_count, Node::object_rules}},
      {"dependentRequired", {&C::dependent_required, Node::object_rules}},
      {"dependentSchemas", {&C::dependent_schemas, Node::object_rules}},
      {"allOf", {&C::logic, Node::logic_rules}},
      {"anyOf", {&C::logic, Node::logic_rules}},
      {"oneOf", {&C::logic, Node::logic_rules}},
      {"not", {&C::logic, Node::logic_rules}},
      {"if", {&C::logic, Node::logic_rules}},
      {"then", {&C::logic, Node::logic_rules}},
      {"else", {&C::logic, Node::logic_rules}},
      {"$dynamicRef", {&C::unsupported, 0}},
      {"$dynamicAnchor", {&C::unsupported, 0}},
      {"$recursiveRef", {&C::unsupported, 0}},
      {"$recursiveAnchor", {&C::unsupported, 0}},
      {"$vocabulary", {&C::unsupported, 0}},
      {"unevaluatedProperties", {&C::unsupported, 0}},
      {"unevaluatedItems", {&C::unsupported, 0}},
      {"contentEncoding", {&C::unsupported, 0}},
      {"contentMediaType", {&C::unsupported, 0}},
      {"contentSchema", {&C::unsupported, 0}},
      {"definitions", {&C::unsupported, 0}},
      {"dependencies", {&C::unsupported, 0}},
      {"additionalItems", {&C::unsupported, 0}},
  };
  return table;
}

void SchemaCompiler::problem(const SchemaFile& file, std::uint32_t offset, std::string path, std::string code,
                             std::string message, std::string hint) {
  Problem problem;
  problem.code = std::move(code);
  problem.message = std::move(message);
  problem.hint = std::move(hint);
  problem.place.file = file.path;
  problem.place.start = problem.place.end = mark_at(file.document.source(), offset);
  problem.path = std::move(path);
  problems.push_back(std::move(problem));
}

void SchemaCompiler::problem(const Keyword& keyword, std::string code, std::string message, std::string hint) {
  auto path = keyword.scope.pointer;
  json::append_pointer(path, keyword.name);
  auto offset = name_offset(keyword.scope.file->document.source(), keyword.value.raw_offset(), keyword.name);
  problem(*keyword.scope.file, offset, std::move(path), std::move(code), std::move(message), std::move(hint));
}

bool SchemaCompiler::expect(const Keyword& keyword, json::Kind kind, std::string_view what) {
  if (keyword.value.kind() == kind) return true;
  problem(keyword, "schema.bad_keyword",
          fmt::format("{} must be {}, not {}", keyword.name, what, json::kind_words(keyword.value)),
          "correct the value");
  return false;
}

std::optional<std::uint64_t> SchemaCompiler::count(const Keyword& keyword) {
  auto value = keyword.value.as_integer();
  if (value && *value >= 0) return static_cast<std::uint64_t>(*value);
  problem(keyword, "schema.bad_keyword", fmt::format("{} must be a whole number, 0 or more", keyword.name),
          "correct the value");
  return std::nullopt;
}

const Node* SchemaCompiler::child(const Keyword& keyword) {
  Scope scope{keyword.scope.file, keyword.scope.base, keyword.scope.pointer};
  json::append_pointer(scope.pointer, keyword.name);
  return compile(keyword.value, scope);
}

const Node* SchemaCompiler::child(const Keyword& keyword, const json::Value& value, std::string_view step) {
  Scope scope{keyword.scope.file, keyword.scope.base, keyword.scope.pointer};
  json::append_pointer(scope.pointer, keyword.name);
  json::append_pointer(scope.pointer, step);
  return compile(value, scope);
}

std::vector<const Node*> SchemaCompiler::children(const Keyword& keyword) {
  std::vector<const Node*> nodes;
  if (!expect(keyword, json::Kind::array, "an array of schemas")) return nodes;
  if (keyword.value.size() == 0) {
    problem(keyword, "schema.bad_keyword", fmt::format("{} must not be empty", keyword.name),
            "add a schema or remove the keyword");
  }
  std::size_t index = 0;
  for (const auto& item : keyword.value.items()) nodes.push_back(child(keyword, item, std::to_string(index++)));
  return nodes;
}

std::vector<std::string_view> SchemaCompiler::names(const Keyword& keyword, const json::Value& list) {
  std::vector<std::string_view> names;
  bool good = list.is_array();
  for (const auto& item : good ? list.items() : std::span<const json::Value>()) {
    good = good && item.is_string() && std::find(names.begin(), names.end(), item.text()) == names.end();
    if (good) names.push_back(item.text());
  }
  if (!good)
    problem(keyword, "schema.bad_keyword",
            fmt::format("{} takes arrays of property names, each named once", keyword.name), "correct the value");
  return names;
}

std::unique_ptr<const Pattern> SchemaCompiler::pattern(const Keyword& keyword, std::string_view source,
                                                       const json::Value& at) {
  auto compiled = Pattern::compile(source);
  if (compiled) return std::move(*compiled);
  auto path = keyword.scope.pointer;
  json::append_pointer(path, keyword.name);
  problem(*keyword.scope.file, at.raw_offset(), std::move(path),
          compiled.error().code == "pattern.unsupported" ? "schema.unsupported" : "schema.bad_pattern",
          compiled.error().message, compiled.error().hint);
  return nullptr;
}

void SchemaCompiler::annotation(const Keyword& keyword) {
  bool flag = keyword.name == "x-key" || keyword.name == "x-subject";
  if (flag && !keyword.value.is_boolean()) expect(keyword, json::Kind::boolean, "true or false");
  if (keyword.name == "examples") expect(keyword, json::Kind::array, "an array");
}

void SchemaCompiler::text_annotation(const Keyword& keyword) {
  expect(keyword, json::Kind::string, "a string");
}
void SchemaCompiler::flag_annotation(const Keyword& keyword) {
  expect(keyword, json::Kind::boolean, "true or false");
}

void SchemaCompiler::personal_data(const Keyword& keyword) {
  auto text = keyword.value.is_string() ? keyword.value.text() : std::string_view();
  if (text == "none") {
    keyword.node.personal = PersonalData::none;
  } else if (text == "general") {
    keyword.node.personal = PersonalData::general;
  } else if (text == "specific") {
    keyword.node.personal = PersonalData::specific;
  } else {
    problem(keyword, "schema.bad_keyword",
            "x-personal-data must be \"none\", \"general\" or \"specific\"" +
                did_you_mean(text, {"none", "general", "specific"}),
            "general is, for example, a name; specific is, for example, health or a child's data (UU 27/2022 art. 4)");
  }
}

void SchemaCompiler::definitions(const Keyword& keyword) {
  if (!expect(keyword, json::Kind::object, "an object of schemas")) return;
  for (const auto& [name, value] : keyword.value.members()) child(keyword, value, name);
}

void SchemaCompiler::reference(const Keyword& keyword) {
  if (!expect(keyword, json::Kind::string, "a string")) return;
  references_.push_back(
      {&keyword.node, keyword.scope.file, keyword.scope.base, keyword.value.text(), keyword.value.raw_offset()});
}

// core §8.1.1
void SchemaCompiler::schema_dialect(const Keyword& keyword) {
  if (keyword.value.is_string() &&
      (keyword.value.text() == dialect || keyword.value.text() == std::string(dialect) + "#"))
    return;
  problem(keyword, "schema.unsupported", "only JSON Schema 2020-12 is supported",
          fmt::format("write \"$schema\": \"{}\", and the schema by its rules", dialect));
}

// §6.1.1
void SchemaCompiler::type(const Keyword& keyword) {
  static const std::map<std::string_view, unsigned> kinds{
      {"null", SchemaType::null},       {"boolean", SchemaType::boolean},
      {"integer", SchemaType::integer}, {"number", SchemaType::number | SchemaType::integer},
      {"string", SchemaType::string},   {"array", SchemaType::array},
      {"object", SchemaType::object}};
  unsigned types = 0;
  auto take = [&](const json::Value& value) {
    auto kind = value.is_string() ? kinds.find(value.text()) : kinds.end();
    if (kind == kinds.end()) {
      std::vector<std::string> all;
      for (const auto& [name, bits] : kinds) all.emplace_back(name);
      problem(keyword, "schema.bad_keyword",
              value.is_string() ? fmt::format("\"{}\" is no type{}", value.text(), did_you_mean(value.text(), all))
                                : "a type is named by a string",
              "types are null, boolean, integer, number, string, array and object");
    } else {
      types |= kind->second;
    }
  };
  if (keyword.value.is_array()) {
    if (keyword.value.size() == 0)
      problem(keyword, "schema.bad_keyword", "type names no type", "name one, or remove the keyword");
    for (const auto& value : keyword.value.items()) take(value);
  } else {
    take(keyword.value);
  }
  keyword.node.types = types;
  keyword.node.typed = true;
}

// §6.1.2
void SchemaCompiler::enumeration(const Keyword& keyword) {
  if (!expect(keyword, json::Kind::array, "an array")) return;
  auto& node = keyword.node;
  node.enumeration.emplace();
  for (const auto& item : keyword.value.items()) {
    node.enumeration->push_back(&item);
    if (item.is_string()) node.enumerated_strings.push_back(item.text());
  }
  std::sort(node.enumerated_strings.begin(), node.enumerated_strings.end());
  if (keyword.value.size() == 0)
    problem(keyword, "schema.bad_keyword", "enum lists no value", "list the values that are allowed");
}

void SchemaCompiler::constant(const Keyword& keyword) {
  keyword.node.constant = &keyword.value;
}

// §6.3.1, §6.3.2
void SchemaCompiler::length(const Keyword& keyword) {
  (keyword.name == "minLength" ? keyword.node.min_length : keyword.node.max_length) = count(keyword);
}

void SchemaCompiler::pattern_keyword(const Keyword& keyword) {
  if (expect(keyword, json::Kind::string, "a string"))
    keyword.node.pattern = pattern(keyword, keyword.value.text(), keyword.value);
}

void SchemaCompiler::format(const Keyword& keyword) {
  if (!expect(keyword, json::Kind::string, "a string")) return;
  keyword.node.format = find_format(keyword.value.text());
  if (keyword.node.format != nullptr) return;
  std::string all;
  for (const auto& name : format_names()) all += (all.empty() ? "" : ", ") + name;
  problem(keyword, "schema.unsupported",
          fmt::format("the format \"{}\" is not known{}", keyword.value.text(),
                      did_you_mean(keyword.value.text(), format_names())),
          fmt::format("use one of {}, or a pattern", all));
}

// §6.2
void SchemaCompiler::bound(const Keyword& keyword) {
  if (!expect(keyword, json::Kind::number, "a number")) return;
  using R = NumberBound::Rule;
  auto rule = keyword.name == "minimum"            ? R::minimum
              : keyword.name == "exclusiveMinimum" ? R::exclusive_minimum
              : keyword.name == "maximum"          ? R::maximum
                                                   : R::exclusive_maximum;
  keyword.node.bounds.push_back({rule, keyword.value.text()});
}

void SchemaCompiler::multiple_of(const Keyword& keyword) {
  if (!expect(keyword, json::Kind::number, "a number")) return;
  keyword.node.multiple_of = json::Divisor::of(keyword.value.text());
  keyword.node.multiple_text = keyword.value.text();
  if (!keyword.node.multiple_of)
    problem(keyword, "schema.bad_keyword", "multipleOf must be above 0, with at most 18 digits", "correct the value");
}

void SchemaCompiler::item_keyword(const Keyword& keyword) {
  if (keyword.name == "prefixItems") {
    keyword.node.prefix_items = children(keyword);
  } else if (keyword.name == "items" && keyword.value.is_array()) {
    problem(keyword, "schema.unsupported", "items with an array is an older draft's way to describe a tuple",
            "write prefixItems instead");
  } else {
    (keyword.name == "items" ? keyword.node.items : keyword.node.contains) = child(keyword);
  }
}

void SchemaCompiler::item_count(const Keyword& keyword) {
  auto value = count(keyword);
  auto& node = keyword.node;
  if (keyword.name == "minItems") node.min_items = value;
  if (keyword.name == "maxItems") node.max_items = value;
  if (keyword.name == "maxContains") node.max_contains = value;
  if (keyword.name == "minContains") node.min_contains = value.value_or(1);
}

void SchemaCompiler::unique_items(const Keyword& keyword) {
  if (expect(keyword, json::Kind::boolean, "true or false")) keyword.node.unique_items = keyword.value.boolean();
}

void SchemaCompiler::properties(const Keyword& keyword) {
  if (!expect(keyword, json::Kind::object, "an object of schemas")) return;
  for (const auto& [name, value] : keyword.value.members())
    keyword.node.properties.at(name).node = child(keyword, value, name);
}

void SchemaCompiler::pattern_properties(const Keyword& keyword) {
  if (!expect(keyword, json::Kind::object, "an object of schemas")) return;
  for (const auto& [name, value] : keyword.value.members()) {
    const auto* node = child(keyword, value, name);
    if (auto compiled = pattern(keyword, name, value))
      keyword.node.pattern_properties.push_back({std::move(compiled), node});
  }
}

void SchemaCompiler::property_keyword(const Keyword& keyword) {
  (keyword.name == "propertyNames" ? keyword.node.property_names : keyword.node.additional_properties) = child(keyword);
}

void SchemaCompiler::required(const Keyword& keyword) {
  for (auto name : names(keyword, keyword.value)) keyword.node.properties.at(name).required = true;
}

void SchemaCompiler::property_count(const Keyword& keyword) {
  (keyword.name == "minProperties" ? keyword.node.min_properties : keyword.node.max_properties) = count(keyword);
}

void SchemaCompiler::dependent_required(const Keyword& keyword) {
  if (!expect(keyword, json::Kind::object, "an object of arrays of property names")) return;
  for (const auto& [name, value] : keyword.value.members())
    keyword.node.dependent_required.push_back({name, names(keyword, value)});
}

void SchemaCompiler::dependent_schemas(const Keyword& keyword) {
  if (!expect(keyword, json::Kind::object, "an object of schemas")) return;
  for (const auto& [name, value] : keyword.value.members())
    keyword.node.dependent_schemas.push_back({name, child(keyword, value, name)});
}

// core §10.2
void SchemaCompiler::logic(const Keyword& keyword) {
  auto& node = keyword.node;
  if (keyword.name == "allOf")
    node.all_of = children(keyword);
  else if (keyword.name == "anyOf")
    node.any_of = children(keyword);
  else if (keyword.name == "oneOf")
    node.one_of = children(keyword);
  else if (keyword.name == "not")
    node.negated = child(keyword);
  else if (keyword.name == "if")
    node.condition = child(keyword);
  else if (keyword.name == "then")
    node.consequence = child(keyword);
  else
    node.alternative = child(keyword);
}

void SchemaCompiler::unsupported(const Keyword& keyword) {
  static const std::map<std::string_view, std::string_view> instead{
      {"$dynamicRef", "use $ref"},
      {"$dynamicAnchor", "use $anchor"},
      {"$recursiveRef", "use $ref"},
      {"$recursiveAnchor", "use $anchor"},
      {"$vocabulary", "remove it"},
      {"unevaluatedProperties", "list the properties and use additionalProperties: false"},
      {"unevaluatedItems", "use prefixItems and items: false"},
      {"contentEncoding", "use pattern, and say it in description"},
      {"contentMediaType", "say it in description"},
      {"contentSchema", "say it in description"},
      {"definitions", "2020-12 calls it $defs"},
      {"dependencies", "use dependentRequired or dependentSchemas"},
      {"additionalItems", "use prefixItems, and items for the rest"}};
  auto found = instead.find(keyword.name);
  problem(keyword, "schema.unsupported", fmt::format("{} is not supported", keyword.name), std::string(found->second));
}

void SchemaCompiler::unknown_keyword(const Keyword& keyword) {
  std::vector<std::string> all;
  for (const auto& [name, entry] : keywords()) {
    if (entry.handler != &SchemaCompiler::unsupported) all.emplace_back(name);
  }
  auto guess = nearest(keyword.name, all);
  problem(keyword, "schema.unknown_keyword",
          fmt::format("\"{}\" is no keyword{}", keyword.name, did_you_mean(keyword.name, all)),
          guess.empty() ? "remove it; put notes into $comment" : fmt::format("write {}", guess));
}

}  // namespace simpul
