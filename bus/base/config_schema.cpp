// The editor's JSON Schema (2020-12) of declared fields: what config_field.cpp and the readers of the bus's own kinds
// refuse by their declaration is refused here, and nothing that they take. Rules between fields stay theirs.
#include <fmt/format.h>

#include <algorithm>

#include "bus/base/config_field.h"

namespace simpul {
namespace {

// A YAML number may stand where a text is wanted; where an expression is, so may true, false and null, which are
// expressions themselves.
constexpr std::string_view text_types = R"(["string","number"])";
constexpr std::string_view expression_types = R"("string","number","boolean","null")";
constexpr std::string_view secret_pattern = R"(^\$\{(env|file):.+\}$)";
constexpr std::string_view variable_within = R"(\$\{env:[A-Za-z_][A-Za-z0-9_]*\})";
constexpr std::string_view variable_alone = R"(^\$\{env:[A-Za-z_][A-Za-z0-9_]*\}$)";

std::string comma_separated(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) out += (out.empty() ? "" : ",") + json_text(text);
  return out;
}

// The keywords of one schema object, in the order in which they are added.
class Keywords {
 public:
  Keywords& add(std::string_view name, std::string_view json) {
    out_ += fmt::format("{}{}:{}", out_.empty() ? "" : ",", json_text(name), json);
    return *this;
  }
  Keywords& text(std::string_view name, std::string_view text) {
    return text.empty() ? *this : add(name, json_text(text));
  }
  Keywords& bounds(const FieldOptions& options, std::string_view least, std::string_view most) {
    if (options.min) add(least, std::to_string(*options.min));
    if (options.max) add(most, std::to_string(*options.max));
    return *this;
  }
  Keywords& append(const Keywords& other) {
    if (!out_.empty() && !other.out_.empty()) out_ += ',';
    out_ += other.out_;
    return *this;
  }
  std::string object() const { return "{" + out_ + "}"; }

 private:
  std::string out_;
};

std::string json_of(const yaml::Node& node) {
  std::string out;
  switch (node.kind) {
    case yaml::Kind::null:
      return "null";
    case yaml::Kind::boolean:
    case yaml::Kind::integer:
    case yaml::Kind::decimal:
      return node.scalar;
    case yaml::Kind::text:
      return json_text(node.scalar);
    case yaml::Kind::list:
      for (const auto& item : node.items) out += (out.empty() ? "" : ",") + json_of(item);
      return "[" + out + "]";
    case yaml::Kind::map:
      for (const auto& entry : node.entries)
        out += (out.empty() ? "" : ",") + json_text(entry.key.scalar) + ":" + json_of(entry.value);
      return "{" + out + "}";
  }
  return out;
}

// What is left out means a value only where the words for it are one: "1000", and not "a comma".
std::string default_value(const FieldDescription& field) {
  const auto& text = field.options.default_text;
  auto digits = std::string_view(text).substr(text.starts_with('-') ? 1 : 0);
  bool whole = !digits.empty() && std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  if ((field.type == FieldType::integer || field.type == FieldType::duration_ms) && whole) return text;
  if (field.type == FieldType::boolean && (text == "true" || text == "false")) return text;
  if (std::ranges::find(field.options.choices, text) != field.options.choices.end()) return json_text(text);
  return {};
}

Keywords notes(const FieldDescription& field) {
  const auto& options = field.options;
  auto value = default_value(field);
  std::string description = options.help;
  auto sentence = [&](const std::string& more) {
    if (!description.empty() && !description.ends_with('.')) description += '.';
    description += (description.empty() ? "" : " ") + more;
  };
  if (!options.unit.empty()) sentence(fmt::format("In {}.", options.unit));
  if (!options.default_text.empty()) sentence(fmt::format("Left out: {}.", options.default_text));
  Keywords out;
  out.text("description", description);
  if (!value.empty()) out.add("default", value);
  if (options.example.empty()) return out;
  auto example = yaml::read("example: " + options.example + "\n", {});
  return out.add("examples",
                 fmt::format("[{}]", example ? json_of(example->entries[0].value) : json_text(options.example)));
}

// `rule`, or what is taken from the environment.
Keywords or_from_environment(const Keywords& rule, std::string_view pattern) {
  const auto taken = Keywords().add("type", R"("string")").text("pattern", pattern);
  return Keywords().add("anyOf", fmt::format("[{},{}]", rule.object(), taken.object()));
}

Keywords of_text(const FieldOptions& options, bool with_bounds = true) {
  Keywords out;
  if (options.from_environment && (options.max || !options.choices.empty() || !options.pattern.empty())) {
    auto written = options;
    written.from_environment = false;
    return or_from_environment(of_text(written, with_bounds), variable_within);
  }
  if (!options.choices.empty()) return out.add("enum", "[" + comma_separated(options.choices) + "]");
  const bool shaped = !options.pattern.empty() || !options.format.empty();
  out.add("type", shaped ? R"("string")" : text_types);
  if (with_bounds) out.bounds(options, "minLength", "maxLength");
  return out.text("pattern", options.pattern).text("format", options.format);
}

Keywords of_expression() {
  return Keywords().add("type", fmt::format("[{}]", expression_types)).add("minLength", "1");
}

Keywords of_list(const FieldOptions& options, const Keywords& entry) {
  Keywords out;
  out.add("type", R"("array")").add("items", entry.object()).bounds(options, "minItems", "maxItems");
  return options.unique ? out.add("uniqueItems", "true") : out;
}

Keywords of_map(const FieldOptions& options, std::string_view value) {
  Keywords out;
  out.add("type", R"("object")").bounds(options, "minProperties", "maxProperties");
  if (!options.pattern.empty()) out.add("propertyNames", Keywords().text("pattern", options.pattern).object());
  return out.add("additionalProperties", value);
}

Keywords of_field(const FieldDescription& field);

Keywords of_group(const std::vector<FieldDescription>& fields) {
  Keywords out, properties, needs;
  std::vector<std::string> required;
  std::string alternatives;
  for (const auto& field : fields) {
    const auto& options = field.options;
    properties.add(field.name, notes(field).append(of_field(field)).object());
    if (options.required) required.push_back(field.name);
    if (!options.needs.empty()) needs.add(field.name, "[" + json_text(options.needs) + "]");
    if (options.is_alternative)
      alternatives += fmt::format("{}{{\"required\":[{}]}}", alternatives.empty() ? "" : ",", json_text(field.name));
  }
  out.add("type", R"("object")").add("additionalProperties", "false").add("properties", properties.object());
  if (!required.empty()) out.add("required", "[" + comma_separated(required) + "]");
  if (needs.object() != "{}") out.add("dependentRequired", needs.object());
  if (!alternatives.empty()) out.add("oneOf", "[" + alternatives + "]");
  return out;
}

Keywords of_field(const FieldDescription& field) {
  const auto& options = field.options;
  switch (field.type) {
    case FieldType::text:
      return of_text(options);
    case FieldType::integer:
    case FieldType::duration_ms:
      if (auto rule = Keywords().add("type", R"("integer")").bounds(options, "minimum", "maximum");
          options.from_environment)
        return or_from_environment(rule, variable_alone);
      else
        return rule;
    case FieldType::boolean:
      return Keywords().add("type", R"("boolean")");
    case FieldType::secret:
      return Keywords().add("type", R"("string")").text("pattern", secret_pattern);
    case FieldType::expression:
      return of_expression();
    case FieldType::text_list:
      return of_list(options, of_text(options, false));
    case FieldType::text_map:
      return of_map(options, Keywords().add("type", text_types).object());
    case FieldType::group:
    case FieldType::adapter:
      return of_group(field.children);
    case FieldType::group_list:
      return of_list(options, of_group(field.children));
    case FieldType::group_map:
    case FieldType::adapter_map:
      return of_map(options, of_group(field.children).object());
    // One, or a list of at least one.
    case FieldType::text_or_list: {
      Keywords out;
      out.add("type", R"(["string","array"])").text("pattern", options.pattern);
      out.add("items", of_text(options, false).object()).add("minItems", "1");
      return options.unique ? out.add("uniqueItems", "true") : out;
    }
    case FieldType::expression_or_list:
      return Keywords()
          .add("type", fmt::format(R"([{},"array"])", expression_types))
          .add("minLength", "1")
          .add("items", of_expression().object())
          .add("minItems", "1");
    case FieldType::expression_map:
      return of_map(options, of_expression().object());
    case FieldType::steps:
      return Keywords().add("type", R"("array")").add("items", R"({"$ref":"#/properties/to/items"})");
    case FieldType::mapping:
      return Keywords().add("$ref", R"("#/$defs/mapping")");
    case FieldType::value:
      return {};
    case FieldType::value_map:
      return of_map(options, "true");
  }
  return {};
}

}  // namespace

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out += '"';
}

std::string fields_json_schema(const std::vector<FieldDescription>& fields) {
  return of_group(fields).object();
}

std::string mapping_json_schema() {
  const std::string node = R"({"$ref":"#/$defs/mapping"})", condition = of_expression().object();
  auto made_by = [](std::string_view word, const std::string& rule, const std::string& otherwise) {
    return fmt::format(R"("if":{{"type":"object","required":["{}"]}},"then":{},"else":{{{}}})", word, rule, otherwise);
  };
  auto of_words = [](const std::string& properties, std::string_view required) {
    return fmt::format(R"({{"additionalProperties":false,"properties":{{{}}},"required":[{}]}})", properties, required);
  };
  const auto members = R"("additionalProperties":)" + node + R"(,"items":)" + node;
  const auto branch =
      R"({"type":"object",)" + of_words(R"("when":)" + condition + R"(,"map":)" + node, R"("map")").substr(1);
  auto rest = made_by("spread",
                      R"({"properties":{"spread":)" + condition +
                          R"(,"except":{"type":"array","items":{"type":["string","number","boolean","null"]}}},)" +
                          R"("additionalProperties":)" + node + "}",
                      members);
  rest = made_by("fields", of_words(R"("fields":{"type":"object","additionalProperties":)" + node + "}", R"("fields")"),
                 rest);
  rest = made_by("claim_check", of_words(R"("claim_check":)" + condition, R"("claim_check")"), rest);
  rest = made_by(
      "let",
      of_words(R"("let":{"type":"object","minProperties":1,"additionalProperties":)" + condition + R"(},"map":)" + node,
               R"("let","map")"),
      rest);
  rest = made_by("switch", of_words(R"("switch":{"type":"array","minItems":1,"items":)" + branch + "}", R"("switch")"),
                 rest);
  rest = made_by(
      "each",
      of_words(R"("each":)" + condition + R"(,"as":{"type":"string"},"where":)" + condition + R"(,"map":)" + node,
               R"("each","as","map")"),
      rest);
  rest = made_by("const", of_words(R"("const":true)", R"("const")"), rest);
  return R"({"minLength":1,)" + rest + "}";
}

}  // namespace simpul
