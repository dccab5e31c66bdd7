// The keywords of all drafts, and what those of the core and of annotations do; assertions.cpp and applicators.cpp
// hold the handlers of the others. The sections named are those of the validation vocabulary of 2020-12
// (json-schema-validation) unless "core" stands before them.
#include <algorithm>

#include <fmt/format.h>

#include "bus/event/syntax.h"
#include "bus/schema/compiler.h"
#include "bus/schema/source_place.h"

namespace simpul {
namespace {

// What to write instead of a keyword that belongs to another draft.
std::string_view replacement(std::string_view name, Draft draft) {
  struct Instead {
    std::string_view name, words;
  };
  static constexpr Instead later[] = {
      {"definitions", "write $defs"},
      {"dependencies", "write dependentRequired or dependentSchemas"},
      {"additionalItems", "write prefixItems, and items for the rest"},
      {"$recursiveRef", "write $dynamicRef"},
      {"$recursiveAnchor", "write $dynamicAnchor"},
      {"id", "write $id"},
  };
  static constexpr Instead earlier[] = {
      {"$id", "write id"},
      {"$defs", "write definitions"},
      {"$dynamicRef", "write $recursiveRef"},
      {"$dynamicAnchor", "write $recursiveAnchor"},
      {"prefixItems", "write items with an array, and additionalItems for the rest"},
      {"dependentRequired", "write dependencies"},
      {"dependentSchemas", "write dependencies"},
      {"const", "write enum with one value"},
  };
  for (const auto& entry : later) {
    if (entry.name == name && draft >= Draft::draft6) return entry.words;
  }
  bool dynamic = name.starts_with("$dynamic");
  for (const auto& entry : earlier) {
    if (entry.name == name && (!dynamic || draft == Draft::draft2019_09)) return entry.words;
  }
  return "write the schema by 2020-12: \"$schema\": "
         "\"https://json-schema.org/draft/2020-12/schema\"";
}

}  // namespace

const std::unordered_map<std::string_view, SchemaCompiler::Entry>& SchemaCompiler::keywords() {
  using C = SchemaCompiler;
  using D = Dialect;
  using N = Node;
  using enum Draft;
  static const std::unordered_map<std::string_view, Entry> table{
      {"$schema", {&C::dialect_name, 0, D::core}},
      {"id", {&C::identifier, 0, D::core, draft4, draft4}},
      {"$id", {&C::identifier, 0, D::core, draft6}},
      {"$anchor", {&C::identifier, 0, D::core, draft2019_09}},
      {"$dynamicAnchor", {&C::identifier, 0, D::core, draft2020_12}},
      {"$recursiveAnchor", {&C::flag_annotation, 0, D::core, draft2019_09, draft2019_09}},
      {"$vocabulary", {&C::vocabulary, 0, D::core, draft2019_09}},
      {"$comment", {&C::text_annotation, 0, D::core, draft7}},
      {"$defs", {&C::definitions, 0, D::core, draft2019_09}},
      {"definitions", {&C::definitions, 0, D::core, draft4, draft7, true}},
      {"$ref", {&C::reference, N::logic_rules, D::core}},
      {"$dynamicRef", {&C::reference, N::logic_rules, D::core, draft2020_12}},
      {"$recursiveRef", {&C::reference, N::logic_rules, D::core, draft2019_09, draft2019_09}},
      {"title", {&C::text_annotation, 0, D::meta_data}},
      {"description", {&C::text_annotation, 0, D::meta_data}},
      {"default", {&C::any_annotation, 0, D::meta_data}},
      {"examples", {&C::array_annotation, 0, D::meta_data, draft6}},
      {"deprecated", {&C::flag_annotation, 0, D::meta_data, draft2019_09}},
      {"readOnly", {&C::flag_annotation, 0, D::meta_data, draft7}},
      {"writeOnly", {&C::flag_annotation, 0, D::meta_data, draft7}},
      {"contentEncoding", {&C::content, N::string_rules, D::content, draft7}},
      {"contentMediaType", {&C::content, N::string_rules, D::content, draft7}},
      {"contentSchema", {&C::schema_annotation, 0, D::content, draft2019_09}},
      {"x-personal-data", {&C::personal_data, 0, D::ours}},
      {"x-key", {&C::event_mark, 0, D::ours}},
      {"x-subject", {&C::event_mark, 0, D::ours}},
      {"x-owner", {&C::owner, 0, D::ours}},
      {"type", {&C::type, 0, D::validation}},
      {"enum", {&C::enumeration, N::value_rules, D::validation}},
      {"const", {&C::constant, N::value_rules, D::validation, draft6}},
      {"minLength", {&C::length, N::string_rules, D::validation}},
      {"maxLength", {&C::length, N::string_rules, D::validation}},
      {"pattern", {&C::pattern_keyword, N::string_rules, D::validation}},
      {"format", {&C::format, N::string_rules, D::format}},
      {"minimum", {&C::bound, N::number_rules, D::validation}},
      {"exclusiveMinimum", {&C::bound, N::number_rules, D::validation}},
      {"maximum", {&C::bound, N::number_rules, D::validation}},
      {"exclusiveMaximum", {&C::bound, N::number_rules, D::validation}},
      {"multipleOf", {&C::multiple_of, N::number_rules, D::validation}},
      {"prefixItems", {&C::item_keyword, N::array_rules, D::applicator, draft2020_12}},
      {"items", {&C::item_keyword, N::array_rules, D::applicator}},
      {"additionalItems", {&C::additional_items, N::array_rules, D::applicator, draft4, draft2019_09}},
      {"contains", {&C::item_keyword, N::array_rules, D::applicator, draft6}},
      {"unevaluatedItems", {&C::item_keyword, N::array_rules, D::unevaluated, draft2019_09}},
      {"minContains", {&C::item_count, N::array_rules, D::validation, draft2019_09}},
      {"maxContains", {&C::item_count, N::array_rules, D::validation, draft2019_09}},
      {"minItems", {&C::item_count, N::array_rules, D::validation}},
      {"maxItems", {&C::item_count, N::array_rules, D::validation}},
      {"uniqueItems", {&C::unique_items, N::array_rules, D::validation}},
      {"properties", {&C::properties, N::object_rules, D::applicator}},
      {"patternProperties", {&C::pattern_properties, N::object_rules, D::applicator}},
      {"additionalProperties", {&C::property_keyword, N::object_rules, D::applicator}},
      {"unevaluatedProperties", {&C::property_keyword, N::object_rules, D::unevaluated, draft2019_09}},
      {"propertyNames", {&C::property_keyword, N::object_rules, D::applicator, draft6}},
      {"required", {&C::required, N::object_rules, D::validation}},
      {"minProperties", {&C::property_count, N::object_rules, D::validation}},
      {"maxProperties", {&C::property_count, N::object_rules, D::validation}},
      {"dependencies", {&C::dependencies, N::object_rules, D::applicator, draft4, draft7, true}},
      {"dependentRequired", {&C::dependent_required, N::object_rules, D::validation, draft2019_09}},
      {"dependentSchemas", {&C::dependent_schemas, N::object_rules, D::applicator, draft2019_09}},
      {"allOf", {&C::logic, N::logic_rules, D::applicator}},
      {"anyOf", {&C::logic, N::logic_rules, D::applicator}},
      {"oneOf", {&C::logic, N::logic_rules, D::applicator}},
      {"not", {&C::logic, N::logic_rules, D::applicator}},
      {"if", {&C::logic, N::logic_rules, D::applicator, draft7}},
      {"then", {&C::logic, N::logic_rules, D::applicator, draft7}},
      {"else", {&C::logic, N::logic_rules, D::applicator, draft7}},
  };
  return table;
}

void SchemaCompiler::problem(const Keyword& keyword, std::string code, std::string message, std::string hint) {
  auto path = keyword.node.pointer;
  json::append_pointer(path, keyword.name);
  const auto& file = *keyword.resource.file;
  auto offset = name_offset(file.document.source(), keyword.value.raw_offset(), keyword.name);
  problem(file, offset, std::move(path), std::move(code), std::move(message), std::move(hint));
}

// `hidden`: a `$ref` beside it hides it (drafts 4 to 7), except what a reference may lead to and our own annotations,
// for personal data must never be shown because of where its mark stands.
void SchemaCompiler::keyword(const Keyword& keyword, bool hidden) {
  const auto& dialect = *keyword.resource.dialect;
  auto found = keywords().find(keyword.name);
  bool strict = rules_.strict && !keyword.resource.file->built_in;
  bool known =
      found != keywords().end() &&
      (found->second.knows(dialect.draft) || (!strict && found->second.kept && dialect.draft > Draft::draft7)) &&
      (found->second.vocabulary & dialect.vocabularies);
  if (!known) {
    if (strict) unknown_keyword(keyword);
    return;
  }
  const auto& entry = found->second;
  bool open = entry.handler == &SchemaCompiler::reference || entry.handler == &SchemaCompiler::definitions ||
              entry.handler == &SchemaCompiler::dialect_name || (entry.vocabulary & Dialect::ours);
  if (!hidden || open) {
    keyword.node.rules |= entry.rules;
    (this->*entry.handler)(keyword);
  } else if (strict && entry.vocabulary != Dialect::meta_data && keyword.name != "$comment") {
    problem(keyword, "schema.hidden_keyword",
            fmt::format("{} means nothing beside $ref in {}", keyword.name, draft_words(dialect.draft)),
            "put the $ref and the rest into allOf, or write the schema by 2020-12");
  }
}

std::vector<std::string> SchemaCompiler::names_of_draft(Draft draft) const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : keywords()) {
    if (entry.knows(draft)) names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

void SchemaCompiler::unknown_keyword(const Keyword& keyword) {
  if (list_.full()) return list_.add(*keyword.resource.file, keyword.value.raw_offset(), {});
  const auto& dialect = *keyword.resource.dialect;
  auto found = keywords().find(keyword.name);
  if (found != keywords().end() && !found->second.knows(dialect.draft)) {
    bool later = found->second.first > dialect.draft;
    problem(keyword, "schema.unknown_keyword",
            fmt::format("{} is no keyword of {}, {} {}", keyword.name, draft_words(dialect.draft),
                        later ? "it came with" : "its last draft was",
                        draft_words(later ? found->second.first : found->second.last)),
            std::string(replacement(keyword.name, dialect.draft)));
    return;
  }
  if (found != keywords().end()) {
    problem(keyword, "schema.unknown_keyword",
            fmt::format("{} is of a vocabulary that the meta-schema {} does not take in", keyword.name,
                        quoted(dialect.uri)),
            "remove it, or have the meta-schema's $vocabulary list its vocabulary");
    return;
  }
  auto all = names_of_draft(dialect.draft);
  auto guess = nearest(keyword.name, all);
  problem(keyword, "schema.unknown_keyword",
          fmt::format("{} is no keyword{}", quoted(keyword.name), did_you_mean(keyword.name, all)),
          guess.empty() ? "remove it; put notes into $comment" : fmt::format("write {}", guess));
}

bool SchemaCompiler::expect(const Keyword& keyword, json::Kind kind, std::string_view what) {
  if (keyword.value.kind() == kind) return true;
  problem(keyword, "schema.bad_keyword",
          fmt::format("{} must be {}, not {}", keyword.name, what, json::kind_words(keyword.value)),
          "correct the value");
  return false;
}

const Node* SchemaCompiler::child(const Keyword& keyword) {
  return child(keyword, keyword.value, {});
}

const Node* SchemaCompiler::child(const Keyword& keyword, const json::Value& value,
                                  std::optional<std::string_view> step) {
  auto pointer = keyword.node.pointer;
  json::append_pointer(pointer, keyword.name);
  if (step) json::append_pointer(pointer, *step);
  // Draft 4 has true and false for additionalItems and additionalProperties only (its validation §5.3.1, §5.4.4).
  bool early = keyword.node.draft == Draft::draft4 && value.is_boolean() && !keyword.name.starts_with("additional");
  if (early && rules_.strict) {
    problem(*keyword.resource.file, value.raw_offset(), pointer, "schema.bad_schema",
            "true and false are no schemas in draft 4", "write {} for true and {\"not\": {}} for false");
  }
  return compile(value, keyword.resource, std::move(pointer));
}

std::vector<const Node*> SchemaCompiler::children(const Keyword& keyword) {
  std::vector<const Node*> nodes;
  if (!expect(keyword, json::Kind::array, "an array of schemas")) return nodes;
  if (keyword.value.size() == 0) {
    problem(keyword, "schema.bad_keyword", fmt::format("{} must not be empty", keyword.name),
            "add a schema or remove the keyword");
  }
  nodes.reserve(keyword.value.size());
  std::size_t index = 0;
  for (const auto& item : keyword.value.items()) nodes.push_back(child(keyword, item, std::to_string(index++)));
  return nodes;
}

void SchemaCompiler::any_annotation(const Keyword&) {}

void SchemaCompiler::text_annotation(const Keyword& keyword) {
  expect(keyword, json::Kind::string, "a string");
}

void SchemaCompiler::flag_annotation(const Keyword& keyword) {
  expect(keyword, json::Kind::boolean, "true or false");
}

void SchemaCompiler::array_annotation(const Keyword& keyword) {
  expect(keyword, json::Kind::array, "an array");
}

// It says nothing of the value itself, but what it holds is a schema, with identifiers and places.
void SchemaCompiler::schema_annotation(const Keyword& keyword) {
  child(keyword);
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
            "general is, for example, a name; specific is, for example, health "
            "or a child's data (UU 27/2022 art. 4)");
  }
}

void SchemaCompiler::event_mark(const Keyword& keyword) {
  if (!expect(keyword, json::Kind::boolean, "true or false")) return;
  (keyword.name == "x-key" ? keyword.node.is_key : keyword.node.is_subject) = keyword.value.boolean();
}

void SchemaCompiler::owner(const Keyword& keyword) {
  if (expect(keyword, json::Kind::string, "a string")) keyword.node.owner = keyword.value.text();
}

void SchemaCompiler::definitions(const Keyword& keyword) {
  if (!expect(keyword, json::Kind::object, "an object of schemas")) return;
  for (const auto& [name, value] : keyword.value.members()) child(keyword, value, name);
}

// The identifiers themselves were taken when the schema began; here only their form is checked.
void SchemaCompiler::identifier(const Keyword& keyword) {
  if (!expect(keyword, json::Kind::string, "a string") || !rules_.strict || keyword.name.ends_with("id")) return;
  // core §8.2.2
  auto text = keyword.value.text();
  auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
  bool good = !text.empty() && letter(text.front()) && std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
  });
  if (!good) {
    problem(keyword, "schema.bad_keyword",
            fmt::format("{} must begin with a letter and hold letters, digits, "
                        "- _ and . only",
                        keyword.name),
            "choose a simpler name");
  }
}

// core §8.1.1: only where a resource begins, for the draft of a part cannot differ from that of the whole.
void SchemaCompiler::dialect_name(const Keyword& keyword) {
  if (!expect(keyword, json::Kind::string, "a string")) return;
  if (rules_.strict && keyword.resource.value != &keyword.schema) {
    problem(keyword, "schema.bad_keyword", "$schema stands only where a schema has an identifier, or at the top",
            "remove it, or give the schema an $id");
  }
}

// core §8.1.2: what it says is read when a schema names this one as its `$schema`.
void SchemaCompiler::vocabulary(const Keyword& keyword) {
  if (!expect(keyword, json::Kind::object, "an object of true or false by vocabulary URI")) return;
  for (const auto& [uri, required] : keyword.value.members()) {
    if (required.is_boolean() && (!rules_.strict || is_uri(uri))) continue;
    problem(keyword, "schema.bad_keyword",
            fmt::format("$vocabulary takes URIs with true or false, {} is not so", quoted(uri)), "correct the value");
  }
}

void SchemaCompiler::reference(const Keyword& keyword) {
  if (!expect(keyword, json::Kind::string, "a string")) return;
  if (keyword.name == "$recursiveRef" && keyword.value.text() != "#") {
    problem(keyword, "schema.bad_keyword", "$recursiveRef must be \"#\"", "write \"#\", or $ref for another place");
    return;
  }
  references_.push_back({&keyword.node, keyword.name, keyword.value.text(), keyword.value.raw_offset()});
}

}  // namespace simpul
