// config/lookups/<name>.yaml and config/codes/<table>.yaml
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
  lookup.purpose = reader.text("purpose");
  lookup.legal_basis = reader.text("legal_basis");
  lookup.timeout = std::chrono::milliseconds(reader.integer("timeout_ms"));
  reader.finish();
  context.out.lookups.emplace(stem, std::move(lookup));
}

void read_codes(const yaml::Node& root, const std::string& stem, ReadingContext& context) {
  KindReader reader(root, "code table", table_fields(), context.problems);
  if (!reader.is_map()) return;
  CodeTable table;
  table.name = stem;
  read_own_name(reader, "table", stem);
  reader.text("description");
  const auto* rows = reader.map("rows");
  const auto* otherwise = reader.node("otherwise");
  reader.finish();
  // What reads as true, false or null is more likely a slip than a code: a quote makes it one.
  auto code = [&](const yaml::Node& node, std::string what) -> std::optional<std::string> {
    if (node.kind == yaml::Kind::text || node.kind == yaml::Kind::integer || node.kind == yaml::Kind::decimal)
      return node.scalar;
    reader.report(
        node, "codes.not_text", fmt::format("{} reads as {}, and codes are text", what, yaml::name(node.kind)),
        node.is_scalar() && !node.scalar.empty() ? fmt::format("write \"{}\" if this is the code", node.scalar)
                                                 : "write a text");
    return std::nullopt;
  };
  if (rows != nullptr) {
    if (rows->entries.empty())
      reader.report(*rows, "codes.empty", fmt::format("the table {} has no rows", stem),
                    "add rows, or delete the file");
    for (const auto& entry : rows->entries)
      if (auto value = code(entry.value, fmt::format("the code for \"{}\"", entry.key.scalar)))
        table.rows.emplace(entry.key.scalar, std::move(*value));
  }
  if (otherwise != nullptr) table.otherwise = code(*otherwise, "otherwise");
  context.out.tables->emplace(stem, std::move(table));
}

}  // namespace simpul
