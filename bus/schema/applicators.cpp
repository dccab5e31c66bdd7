// Keywords that apply schemas to the value or its parts (core §10, §11). Arrays of `items`, `additionalItems` and
// `dependencies`, which 2019-09 and 2020-12 renamed, become what they are called now.
#include <fmt/format.h>

#include "bus/schema/compiler.h"

namespace simpul {

// core §10.3.1
void SchemaCompiler::item_keyword(const Keyword& keyword) {
  auto& node = keyword.node;
  if (keyword.name == "prefixItems") {
    node.prefix_items = children(keyword);
  } else if (keyword.name == "items" && keyword.value.is_array()) {
    if (node.draft == Draft::draft2020_12) {
      problem(keyword, "schema.bad_keyword", "items with an array is an older draft's way to describe a tuple",
              "write prefixItems instead");
    } else {
      node.prefix_items = children(keyword);
    }
  } else if (keyword.name == "items") {
    node.items = child(keyword);
  } else if (keyword.name == "unevaluatedItems") {
    node.unevaluated_items = child(keyword);
  } else {
    node.contains = child(keyword);
    node.contains_evaluates = node.draft == Draft::draft2020_12;
  }
}

// 2019-09 core §9.3.1.2: it speaks of the items behind an array of `items`, and of none otherwise.
void SchemaCompiler::additional_items(const Keyword& keyword) {
  const auto* rest = child(keyword);
  const auto* items = keyword.schema.find("items");
  if (items != nullptr && items->is_array()) keyword.node.items = rest;
}

void SchemaCompiler::properties(const Keyword& keyword) {
  if (!expect(keyword, json::Kind::object, "an object of schemas")) return;
  for (const auto& [name, value] : keyword.value.members()) {
    const auto* node = child(keyword, value, name);
    keyword.node.properties.at(name).node = node;
  }
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
  auto& node = keyword.node;
  const auto* rule = child(keyword);
  (keyword.name == "propertyNames"          ? node.property_names
   : keyword.name == "additionalProperties" ? node.additional_properties
                                            : node.unevaluated_properties) = rule;
}

// Draft 7 §6.5.7: a list of names, or a schema.
void SchemaCompiler::dependencies(const Keyword& keyword) {
  if (!expect(keyword, json::Kind::object, "an object of schemas or arrays of property names")) return;
  for (const auto& [name, value] : keyword.value.members()) {
    if (value.is_array()) {
      keyword.node.dependent_required.push_back({name, names(keyword, value)});
    } else {
      keyword.node.dependent_schemas.push_back({name, child(keyword, value, name)});
    }
  }
}

void SchemaCompiler::dependent_schemas(const Keyword& keyword) {
  if (!expect(keyword, json::Kind::object, "an object of schemas")) return;
  for (const auto& [name, value] : keyword.value.members())
    keyword.node.dependent_schemas.push_back({name, child(keyword, value, name)});
}

// core §10.2; `then` and `else` say nothing without `if`.
void SchemaCompiler::logic(const Keyword& keyword) {
  auto& node = keyword.node;
  bool conditional = keyword.schema.find("if") != nullptr;
  if (keyword.name == "allOf") {
    node.all_of = children(keyword);
  } else if (keyword.name == "anyOf") {
    node.any_of = children(keyword);
  } else if (keyword.name == "oneOf") {
    node.one_of = children(keyword);
  } else if (keyword.name == "not") {
    node.negated = child(keyword);
  } else if (keyword.name == "if") {
    node.condition = child(keyword);
  } else {
    const auto* branch = child(keyword);
    if (conditional) (keyword.name == "then" ? node.consequence : node.alternative) = branch;
  }
}

}  // namespace simpul
