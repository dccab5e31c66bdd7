// config/lookups/<name>.yaml
#include <fmt/format.h>

#include "bus/event/json.h"
#include "bus/route/declarations.h"
#include "bus/route/kind_reader.h"
#include "bus/route/kinds.h"

namespace simpul {
namespace {

// The YAML behind a place of the schema made of it: "/properties/nik/pattern".
const yaml::Node& parameter_at(const yaml::Node& parameters, const std::string& pointer) {
  for (const auto& entry : parameters.entries) {
    auto prefix = std::string("/properties");
    json::append_pointer(prefix, entry.key.scalar);
    if (!pointer.starts_with(prefix + "/")) continue;
    const auto* field = entry.value.find(pointer.substr(prefix.size() + 1));
    return field != nullptr ? *field : entry.value;
  }
  return parameters;
}

// All parameters are required texts; their class is that of the answer, so that refusals mask them.
void read_parameters(KindReader& reader, Lookup& lookup) {
  const auto* node = reader.map("parameters");
  if (node == nullptr) return;
  if (node->entries.empty())
    return reader.report(*node, "lookup.no_parameters", fmt::format("lookup {} has no parameter", lookup.name),
                         "name at least one, or everything could be asked for at once");
  auto before = reader.problems().size();
  json::Writer properties, required;
  properties.begin_object();
  required.begin_array();
  for (const auto& entry : node->entries) {
    KindReader parameter(entry.value, "parameter " + entry.key.scalar, reader.declared("parameters").children,
                         reader.problems());
    auto format = parameter.text("format");
    auto pattern = parameter.text("pattern");
    auto description = parameter.text("description");
    auto longest = parameter.integer("max_length");
    parameter.finish();
    properties.name(entry.key.scalar)
        .begin_object()
        .member("type", "string")
        .member("maxLength", longest)
        .member("minLength", std::int64_t{1});
    if (!format.empty()) properties.member("format", format);
    if (!pattern.empty()) properties.member("pattern", pattern);
    if (!description.empty()) properties.member("description", description);
    properties.member("x-personal-data", personal_classes()[static_cast<std::size_t>(lookup.personal)]).end_object();
    required.string(entry.key.scalar);
    lookup.parameters.push_back(entry.key.scalar);
  }
  properties.end_object();
  required.end_array();
  if (reader.problems().size() != before) return;
  json::Writer schema;
  schema.begin_object().member("$schema", "https://json-schema.org/draft/2020-12/schema").member("type", "object");
  schema.name("properties")
      .raw(properties.text())
      .name("required")
      .raw(required.text())
      .member("additionalProperties", false)
      .end_object();
  auto compiled = compile_schemas({{"lookups/" + lookup.name + ".json", schema.take()}});
  if (compiled) {
    lookup.parameters_schema = (*compiled)->find("lookups/" + lookup.name);
    return;
  }
  for (const auto& problem : compiled.error())
    reader.report(parameter_at(*node, problem.path), problem.code, problem.message, problem.hint);
}

// What is known of an answer without a schema: whose fields they are, and their class.
std::shared_ptr<const Schema> object_of_fields(const Lookup& lookup) {
  json::Writer schema;
  schema.begin_object().member("$schema", "https://json-schema.org/draft/2020-12/schema").member("type", "object");
  schema.member("additionalProperties", false).name("properties").begin_object();
  for (const auto& field : lookup.fields)
    schema.name(field)
        .begin_object()
        .member("x-personal-data", personal_classes()[static_cast<std::size_t>(lookup.personal)])
        .end_object();
  schema.end_object().end_object();
  const auto name = "lookups/" + lookup.name + "/answer";
  auto compiled = compile_schemas({{name + ".json", schema.take()}});
  SIMPUL_ASSERT(compiled);
  return (*compiled)->find(name);
}

}  // namespace

void read_lookup(const yaml::Node& root, const std::string& stem, ReadingContext& context) {
  KindReader reader(root, "lookup", lookup_fields(), context.problems);
  if (!reader.is_map()) return;
  Lookup lookup;
  lookup.name = stem;
  read_own_name(reader, "lookup", stem);
  lookup.description = reader.text("description");
  lookup.app = reader.text("app");
  lookup.into = reader.text("into");
  lookup.personal = reader.personal_data("personal");
  read_parameters(reader, lookup);
  auto fields = reader.text_list("fields");
  lookup.fields.insert(fields.begin(), fields.end());
  lookup.answer = reader.text("answer");
  lookup.purpose = reader.text("purpose");
  lookup.legal_basis = reader.text("legal_basis");
  lookup.timeout = std::chrono::milliseconds(reader.integer("timeout_ms"));
  reader.finish();
  context.out.lookups.emplace(stem, std::move(lookup));
}

void type_answers(Declarations& declarations, const SchemaRegistry* schemas, Problems& problems) {
  for (auto& [name, lookup] : declarations.lookups) {
    if (lookup.answer.empty()) {
      lookup.answer_schema = object_of_fields(lookup);
      continue;
    }
    const auto& node = *declarations.lookup_root(name).find("answer");
    if (!declarations.schema_files.contains(lookup.answer)) {
      problems.push_back(node.problem("schema.unknown",
                                      fmt::format("there is no schema \"{}\"{}", lookup.answer,
                                                  did_you_mean(lookup.answer, {declarations.schema_files.begin(),
                                                                               declarations.schema_files.end()})),
                                      fmt::format("write it to schemas/{}.json", lookup.answer)));
      continue;
    }
    lookup.answer_schema = schemas != nullptr ? schemas->find(lookup.answer) : nullptr;
    if (lookup.answer_schema == nullptr) continue;
    auto cursor = lookup.answer_schema->cursor();
    for (const auto& property : cursor->properties()) {
      bool required = false;
      cursor->property(property, required);
      if (required && !lookup.fields.contains(property))
        problems.push_back(node.problem(
            "lookup.answer", fmt::format("the schema requires {}, which is not one of the fields", property),
            "add it to fields, or take it out of what the schema requires: nothing else leaves"));
    }
  }
}

}  // namespace simpul
