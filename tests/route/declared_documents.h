// Documents made of declared fields: one that fits, and for every field, at every depth, ones that do not: a value of
// another type, out of bounds, of another shape, or none where one is required.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "bus/base/config_field.h"

namespace simpul::tests {

struct Fault {
  std::string path;      // of the field: "retry.attempts", "files.a.name", "to[0].when"
  std::string document;  // YAML on one line
  bool is_missing = false;
};

using DeclaredFields = std::vector<FieldDescription>;

inline std::string flow(const yaml::Node& node) {
  std::string out;
  if (node.is_text()) return json_text(node.scalar);
  if (node.is_scalar()) return node.scalar;
  for (const auto& item : node.items) out += (out.empty() ? "" : ", ") + flow(item);
  for (const auto& entry : node.entries)
    out += (out.empty() ? "" : ", ") + json_text(entry.key.scalar) + ": " + flow(entry.value);
  return node.kind == yaml::Kind::list ? "[" + out + "]" : "{" + out + "}";
}

inline std::string fitting_map(const DeclaredFields& fields, const std::string& name = {},
                               const std::string& value = {});

inline std::string fitting(const FieldDescription& field) {
  using T = FieldType;
  if (!field.options.side.empty()) {
    std::string one = field.options.side == "source"   ? "{ sql: { table: ORANG } }"
                      : field.options.side == "target" ? "{ sql: { database: kota.db } }"
                                                       : "{ http: { port: 8480 } }";
    return field.type == T::adapter ? one : "{ satu: " + one + " }";
  }
  if (!field.options.example.empty()) {
    auto example = yaml::read("example: " + field.options.example + "\n", "example");
    return example ? flow(example->entries[0].value) : "no example";
  }
  switch (field.type) {
    case T::integer:
    case T::duration_ms:
      return std::to_string(field.options.min.value_or(1));
    case T::boolean:
      return "true";
    case T::secret:
      return "\"${env:CONTOH}\"";
    case T::text_list:
      return field.options.choices.empty() ? "[contoh]" : "[" + field.options.choices.front() + "]";
    case T::text_map:
      return "{ contoh: contoh }";
    case T::group:
      return fitting_map(field.children);
    case T::group_list:
      return "[" + fitting_map(field.children) + "]";
    case T::group_map:
      return "{ contoh: " + fitting_map(field.children) + " }";
    default:
      return field.options.choices.empty() ? "contoh" : json_text(field.options.choices.front());
  }
}

// The required fields, and `name` with its value and what it needs; without a value `name` is left out.
inline std::string fitting_map(const DeclaredFields& fields, const std::string& name, const std::string& value) {
  std::vector<std::string> wanted{name};
  for (std::size_t i = 0; i < wanted.size() && !value.empty(); ++i)
    for (const auto& field : fields)
      if (field.name == wanted[i] && !field.options.needs.empty() &&
          std::ranges::find(wanted, field.options.needs) == wanted.end())
        wanted.push_back(field.options.needs);
  std::string out;
  bool has_alternative = std::ranges::any_of(
      fields, [&](const auto& field) { return field.name == name && field.options.is_alternative; });
  for (const auto& field : fields) {
    bool first_alternative = field.options.is_alternative && !has_alternative;
    bool needed = !value.empty() && std::ranges::find(wanted, field.name) != wanted.end();
    if (!field.options.required && !needed && !first_alternative) continue;
    if (field.name == name && value.empty()) continue;
    has_alternative = has_alternative || field.options.is_alternative;
    out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", field.name, field.name == name ? value : fitting(field));
  }
  return "{ " + out + " }";
}

// Values that the field does not take.
inline std::vector<std::string> not_fitting(const FieldDescription& field) {
  using T = FieldType;
  const auto& options = field.options;
  const bool shaped = !options.pattern.empty() || !options.format.empty();
  std::vector<std::string> out;
  switch (field.type) {
    case T::text:
      out = {"[]", "{}", "[contoh]", "true", "~"};
      if (shaped || !options.choices.empty()) out.push_back("\"tidak seperti itu\"");
      if (options.min && *options.min > 0) out.push_back("\"\"");
      break;
    case T::integer:
    case T::duration_ms:
      out = {"[]", "{}", "true", "~", "1.5", "\"5\"", "lima"};
      if (options.min) out.push_back(std::to_string(*options.min - 1));
      if (options.max) out.push_back(std::to_string(*options.max + 1));
      break;
    case T::boolean:
      out = {"[]", "{}", "1", "yes", "~", "\"true\""};
      break;
    case T::secret:
      out = {"[]", "{}", "1", "true", "~", "rahasia", "\"${env:}\"", "\"${url:x}\""};
      break;
    case T::expression:
      out = {"[]", "{}", "[contoh]", "\"\""};
      break;
    case T::text_list:
      out = {"{}", "contoh", "5", "~", "[[]]", "[{}]", "[true]", "[~]"};
      if (shaped || !options.choices.empty()) out.push_back("[\"tidak seperti itu\"]");
      if (options.min && *options.min > 0) out.push_back("[]");
      if (options.unique)
        out.push_back(
            fmt::format("[{0}, {0}]", flow(yaml::read("x: " + fitting(field), {})->entries[0].value.items[0])));
      break;
    case T::text_map:
      out = {"[]", "contoh", "5", "~", "{ contoh: [] }", "{ contoh: {} }", "{ contoh: true }", "{ contoh: ~ }"};
      break;
    case T::group:
      out = {"[]", "contoh", "5", "~", "{ tidak_ada: 1 }"};
      break;
    case T::group_list:
      out = {"{}", "contoh", "5", "~", "[5]", "[[]]"};
      if (options.min && *options.min > 0) out.push_back("[]");
      break;
    case T::group_map:
      out = {"[]", "contoh", "5", "~", "{ contoh: 5 }", "{ contoh: [] }"};
      if (options.min && *options.min > 0) out.push_back("{}");
      break;
    case T::text_or_list:
      out = {"{}", "[]", "5", "~", "[5]", "[[]]", "\"tidak seperti itu\""};
      break;
    case T::expression_or_list:
      out = {"{}", "[]", "[[]]", "[{}]"};
      break;
    case T::expression_map:
      out = {"[]", "contoh", "5", "{ contoh: [] }", "{ contoh: {} }", "{ \"tidak seperti itu\": data.nik }"};
      break;
    case T::steps:
      out = {"{}", "contoh", "5", "~", "[5]", "[[]]"};
      break;
    case T::mapping:
      out = {"\"\"", "{ contoh: \"\" }", "[\"\"]", "{ const: 1, contoh: \"\" }"};
      break;
    case T::value:
      break;
    case T::value_map:
      out = {"[]", "contoh", "5", "~"};
      if (options.min && *options.min > 0) out.push_back("{}");
      break;
    case T::adapter:
      out = {"[]", "contoh", "5", "~", "{}", "{ tidak_ada: {} }", "{ sql: {}, file: {} }"};
      break;
    case T::adapter_map:
      out = {"[]", "contoh", "5", "{ contoh: {} }", "{ contoh: 5 }", "{ contoh: { tidak_ada: {} } }"};
      if (shaped) out.push_back("{ \"tidak seperti itu\": { sql: { table: ORANG } } }");
      break;
  }
  return out;
}

inline std::vector<Fault> faults_of(const DeclaredFields& fields, const std::string& prefix = {}) {
  using T = FieldType;
  std::vector<Fault> out;
  auto add = [&](const std::string& path, const std::string& document, bool is_missing = false) {
    out.push_back({path, document, is_missing});
  };
  for (const auto& field : fields) {
    const auto path = prefix + field.name;
    for (const auto& value : not_fitting(field)) add(path, fitting_map(fields, field.name, value));
    if (field.options.required) add(path, fitting_map(fields, field.name), true);
    const bool is_map = field.type == T::group_map || field.type == T::adapter_map;
    const auto inside = path + (field.type == T::group_list ? "[0]." : is_map ? ".contoh." : ".");
    for (auto& inner : faults_of(field.children, inside)) {
      auto value = inner.document;
      if (field.type == T::adapter_map) value.insert(1, " sql: { table: ORANG },");
      if (field.type == T::group_list) value = "[" + value + "]";
      if (is_map) value = "{ contoh: " + value + " }";
      inner.document = fitting_map(fields, field.name, value);
      out.push_back(std::move(inner));
    }
  }
  return out;
}

// Does the problem speak of the field, of what is in it or, when it is missing, by its name?
inline bool speaks_of(const Problem& problem, const Fault& fault) {
  const auto name = fault.path.substr(fault.path.rfind('.') + 1);
  if (fault.is_missing) return problem.message.ends_with("needs " + name);
  return problem.path.starts_with(fault.path);
}

}  // namespace simpul::tests
