#include "bus/base/config_field.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "bus/base/bytes.h"

namespace simpul {

namespace {

constexpr std::string_view text_hint = "put quotes around it to make it text";

// `${env:NAME}` or `${file:PATH}` taken apart.
struct Reference {
  std::string_view kind, name;
};

std::optional<Reference> reference_in(std::string_view value) {
  if (!value.starts_with("${") || !value.ends_with('}')) return std::nullopt;
  const auto inside = value.substr(2, value.size() - 3);
  const auto colon = inside.find(':');
  if (colon == std::string_view::npos || colon + 1 == inside.size()) return std::nullopt;
  const Reference reference{inside.substr(0, colon), inside.substr(colon + 1)};
  if (reference.kind != "env" && reference.kind != "file") return std::nullopt;
  return reference;
}

bool is_variable(std::string_view name) {
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && letter(name[0]) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

bool has_reference(std::string_view text) {
  return text.find("${env:") != text.npos || text.find("${file:") != text.npos;
}

// The one place where values come from the environment: the text of a node with every `${env:NAME}` replaced. None when
// that is not possible: the context then knows why.
std::optional<std::string> filled(const yaml::Node& node, const FieldDescription& field, FieldContext& context) {
  std::string_view rest = node.scalar;
  if (!has_reference(rest)) return node.scalar;
  auto wrong = [&](std::string code, std::string message, std::string hint) {
    context.problems->push_back(node.problem(std::move(code), std::move(message), std::move(hint)));
    return std::nullopt;
  };
  if (context.values == nullptr)
    return wrong("config.not_secret",
                 fmt::format("{} is no secret field, so {} is not filled in here", field.name, node.scalar),
                 "write the value itself");
  std::string out;
  bool known = true;
  for (auto begin = rest.find("${"); begin != rest.npos; begin = rest.find("${")) {
    out += rest.substr(0, begin);
    rest.remove_prefix(begin);
    if (rest.starts_with("${file:"))
      return wrong("config.not_secret",
                   fmt::format("{} is no secret field, so no file is read to fill it in", field.name),
                   "write the value itself, or ${env:NAME}");
    if (!rest.starts_with("${env:")) {
      out += rest.substr(0, 2);
      rest.remove_prefix(2);
      continue;
    }
    const auto end = std::min(rest.find('}'), rest.size());
    const auto name = rest.substr(6, end - 6);
    if (end == rest.size() || !is_variable(name))
      return wrong("config.environment", fmt::format("what {} takes from the environment is not named", field.name),
                   "write ${env:NAME}; a name has letters, digits and _ alone");
    rest.remove_prefix(end + 1);
    const auto* source = context.values->source;
    auto value = source != nullptr && *source ? (*source)("env", name) : fail("", "", "");
    if (value && !is_utf8(*value))
      return wrong("config.environment", fmt::format("{}: the environment variable {} is not UTF-8", field.name, name),
                   "set it to a text in UTF-8");
    if (value) {
      out += *value;
    } else if (context.values->needed) {
      return wrong("environment.missing", fmt::format("{}: {}", field.name, value.error().message), value.error().hint);
    } else {
      context.values->missing.push_back({std::string(name), node.place, node.path});
      known = false;
    }
  }
  out += rest;
  if (!known) return std::nullopt;
  return out;
}

std::string_view article(std::string_view what) {
  return !what.empty() && std::string_view("aeiou").find(what[0]) != std::string_view::npos ? "an" : "a";
}

std::string shown(const std::string& text) {
  constexpr std::size_t longest = 60;
  return text.size() <= longest ? fmt::format("\"{}\"", text) : fmt::format("a text of {} bytes", text.size());
}

void wrong_type(const yaml::Node& node, const FieldDescription& field, std::string_view wanted, FieldContext& context,
                std::string hint = {}) {
  if (hint.empty() && !field.options.example.empty())
    hint = fmt::format("for example {}: {}", field.name, field.options.example);
  if (hint.empty()) hint = field.options.help;
  context.problems->push_back(node.problem(
      "config.wrong_type", fmt::format("{} must be {}, and this is {}", field.name, wanted, yaml::name(node.kind)),
      std::move(hint)));
}

// Bounds of a number, or of a text's or list's length.
bool in_bounds(std::int64_t value, const yaml::Node& node, const FieldDescription& field, std::string_view counted,
               FieldContext& context) {
  const auto& options = field.options;
  const bool low = options.min && value < *options.min, high = options.max && value > *options.max;
  if (!low && !high) return true;
  const auto bounds = options.min && options.max ? fmt::format("from {} to {}", *options.min, *options.max)
                      : options.min              ? fmt::format("at least {}", *options.min)
                                                 : fmt::format("at most {}", *options.max);
  context.problems->push_back(node.problem(
      "config.out_of_range",
      fmt::format("{} must {} {}{}, and this {} {}", field.name, counted.empty() ? "be" : "have", bounds,
                  counted.empty() ? "" : fmt::format(" {}", counted), counted.empty() ? "is" : "has", value),
      options.help));
  return false;
}

bool read_text(std::string& out, const yaml::Node& node, const FieldDescription& field, FieldContext& context) {
  if (!node.is_scalar() || node.kind == yaml::Kind::null || node.kind == yaml::Kind::boolean) {
    wrong_type(node, field, "text", context, node.kind == yaml::Kind::boolean ? std::string(text_hint) : std::string());
    return false;
  }
  auto value = filled(node, field, context);
  if (value) out = std::move(*value);
  return value.has_value();
}

std::string markdown_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|')
      out += "\\|";
    else
      out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string bounds_text(const FieldDescription& field) {
  const auto& options = field.options;
  const bool number = field.type == FieldType::integer || field.type == FieldType::duration_ms;
  const char* counted = number ? "" : field.type == FieldType::text ? " characters" : " entries";
  if (options.min && options.max) return fmt::format(" From {} to {}{}.", *options.min, *options.max, counted);
  if (!number && options.min == 1) return " Not empty.";
  if (options.min) return fmt::format(" At least {}{}.", *options.min, counted);
  if (options.max) return fmt::format(" At most {}{}.", *options.max, counted);
  return {};
}

// What stands between a group's name and that of a field in it.
std::string_view inside(FieldType type) {
  switch (type) {
    case FieldType::group_list:
      return "[].";
    case FieldType::group_map:
    case FieldType::adapter_map:
      return ".<name>.";
    default:
      return ".";
  }
}

void markdown_rows(const std::vector<FieldDescription>& fields, const std::string& prefix, std::string& out) {
  for (const auto& field : fields) {
    const auto& options = field.options;
    std::string meaning = markdown_text(options.help);
    if (!meaning.empty() && !meaning.ends_with('.')) meaning += '.';
    if (!options.choices.empty()) meaning += fmt::format(" One of `{}`.", fmt::join(options.choices, "`, `"));
    meaning += bounds_text(field);
    if (!options.unit.empty()) meaning += fmt::format(" In {}.", options.unit);
    if (!options.example.empty()) meaning += fmt::format(" Example: `{}`.", markdown_text(options.example));
    out += fmt::format("| `{}{}` | {} | {} | {} |\n", prefix, field.name, words(field.type),
                       options.required ? "required" : markdown_text(options.default_text), meaning);
    markdown_rows(field.children, fmt::format("{}{}{}", prefix, field.name, inside(field.type)), out);
  }
}

}  // namespace

std::string_view words(FieldType type) {
  switch (type) {
    case FieldType::text:
      return "text";
    case FieldType::integer:
      return "integer";
    case FieldType::boolean:
      return "boolean";
    case FieldType::duration_ms:
      return "duration_ms";
    case FieldType::secret:
      return "secret";
    case FieldType::expression:
      return "expression";
    case FieldType::text_list:
      return "list of text";
    case FieldType::text_map:
      return "map of text";
    case FieldType::group:
      return "group";
    case FieldType::group_list:
      return "list of groups";
    case FieldType::group_map:
      return "map of groups";
    case FieldType::text_or_list:
      return "text or list of text";
    case FieldType::expression_or_list:
      return "expression or list of expressions";
    case FieldType::expression_map:
      return "map of expressions";
    case FieldType::steps:
      return "list of steps";
    case FieldType::mapping:
      return "mapping";
    case FieldType::value:
      return "any value";
    case FieldType::value_map:
      return "map of values";
    case FieldType::adapter:
      return "adapter";
    case FieldType::adapter_map:
      return "map of adapters";
  }
  return "";
}

namespace field_readers {

bool text(std::string& out, const yaml::Node& node, const FieldDescription& field, FieldContext& context) {
  std::string value;
  if (!read_text(value, node, field, context)) return false;
  const auto& choices = field.options.choices;
  if (!choices.empty() && std::ranges::find(choices, value) == choices.end()) {
    context.problems->push_back(
        node.problem("config.unknown_choice",
                     fmt::format("{} cannot be {}{}", field.name, shown(value), did_you_mean(value, choices)),
                     fmt::format("it is one of {}", fmt::join(choices, ", "))));
    return false;
  }
  if (!in_bounds(static_cast<std::int64_t>(count_characters(value)), node, field, "characters", context)) return false;
  out = std::move(value);
  return true;
}

bool expression(std::string& out, const yaml::Node& node, const FieldDescription& field, FieldContext& context) {
  if (node.kind == yaml::Kind::boolean) {  // `true` is an expression
    out = node.scalar;
    return true;
  }
  std::string value;
  FieldContext as_written{nullptr, context.problems};  // what is computed is written, never filled in
  if (!read_text(value, node, field, as_written)) return false;
  if (value.empty()) {
    context.problems->push_back(node.problem("expression.empty", fmt::format("the expression {} is empty", field.name),
                                             fmt::format("for example {}: {}", field.name, field.options.example)));
    return false;
  }
  out = std::move(value);
  return true;
}

bool integer(std::int64_t& out, const yaml::Node& node, const FieldDescription& field, FieldContext& context) {
  const bool from_environment = context.values != nullptr && node.is_text() && has_reference(node.scalar);
  if (node.kind != yaml::Kind::integer && !from_environment) {
    wrong_type(node, field, "a whole number", context);
    return false;
  }
  const auto text = from_environment ? filled(node, field, context) : node.scalar;
  if (!text) return false;
  std::int64_t value = 0;
  const auto* end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, value);
  if (read.ec == std::errc::invalid_argument || read.ptr != end) {
    context.problems->push_back(
        node.problem("config.wrong_type",
                     fmt::format("{} must be a whole number, and what {} stands for is none", field.name, node.scalar),
                     field.options.help));
    return false;
  }
  if (read.ec != std::errc()) {
    context.problems->push_back(node.problem(
        "config.out_of_range", fmt::format("{} is a number of more than 18 digits", field.name), field.options.help));
    return false;
  }
  if (!in_bounds(value, node, field, "", context)) return false;
  out = value;
  return true;
}

bool boolean(bool& out, const yaml::Node& node, const FieldDescription& field, FieldContext& context) {
  if (node.kind != yaml::Kind::boolean) {
    wrong_type(node, field, "true or false", context, "write true or false, without quotes");
    return false;
  }
  out = node.scalar == "true";
  return true;
}

bool secret(Secret& out, const yaml::Node& node, const FieldDescription& field, FieldContext& context) {
  const auto reference = node.is_text() ? reference_in(node.scalar) : std::nullopt;
  if (!reference) {
    context.problems->push_back(
        node.problem("config.secret_in_file",
                     fmt::format("{} is a secret, and a secret is never written in the configuration", field.name),
                     fmt::format("write {}: ${{env:NAME}} or {}: ${{file:PATH}}, and keep the value there", field.name,
                                 field.name)));
    return false;
  }
  if (context.secrets == nullptr || !*context.secrets) return true;
  auto value = (*context.secrets)(reference->kind, reference->name);
  if (!value) {
    auto problem =
        node.problem(value.error().code, fmt::format("{}: {}", field.name, value.error().message), value.error().hint);
    context.problems->push_back(std::move(problem));
    return false;
  }
  out = Secret(std::move(*value));
  return true;
}

bool text_list(std::vector<std::string>& out, const yaml::Node& node, const FieldDescription& field,
               FieldContext& context) {
  if (!expect_list(node, field, context)) return false;
  if (!in_bounds(static_cast<std::int64_t>(node.items.size()), node, field, "entries", context)) return false;
  std::vector<std::string> values;
  bool good = true;
  for (const auto& item : node.items) {
    std::string value;
    if (!read_text(value, item, field, context)) {
      good = false;
      continue;
    }
    const auto& choices = field.options.choices;
    if (!choices.empty() && std::ranges::find(choices, value) == choices.end()) {
      context.problems->push_back(
          item.problem("config.unknown_choice",
                       fmt::format("{} cannot hold {}{}", field.name, shown(value), did_you_mean(value, choices)),
                       fmt::format("it takes {}", fmt::join(choices, ", "))));
      good = false;
    }
    values.push_back(std::move(value));
  }
  if (good) out = std::move(values);
  return good;
}

bool text_map(std::map<std::string, std::string>& out, const yaml::Node& node, const FieldDescription& field,
              FieldContext& context) {
  if (!expect_map(node, field, context)) return false;
  if (!in_bounds(static_cast<std::int64_t>(node.entries.size()), node, field, "entries", context)) return false;
  std::map<std::string, std::string> values;
  bool good = true;
  for (const auto& entry : node.entries)
    good = read_text(values[entry.key.scalar], entry.value, field, context) && good;
  if (good) out = std::move(values);
  return good;
}

bool expect_map(const yaml::Node& node, const FieldDescription& field, FieldContext& context) {
  if (node.kind == yaml::Kind::map) return true;
  wrong_type(node, field, "a map (name: value, a line each)", context);
  return false;
}

bool expect_list(const yaml::Node& node, const FieldDescription& field, FieldContext& context) {
  if (node.kind == yaml::Kind::list) return true;
  wrong_type(node, field, "a list", context,
             node.is_scalar() && node.kind != yaml::Kind::null ? fmt::format("write {}: [{}]", field.name, node.scalar)
                                                               : std::string());
  return false;
}

void check_name(std::string_view name) {
  SIMPUL_ASSERT(!name.empty() && name.front() >= 'a' && name.front() <= 'z');
  SIMPUL_ASSERT(
      std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }));
  SIMPUL_ASSERT(!name.ends_with("_config"));
}

void unknown_keys(const yaml::Node& node, const std::vector<FieldDescription>& fields, std::string_view what,
                  Problems& problems) {
  std::vector<std::string> names;
  for (const auto& field : fields) names.push_back(field.name);
  for (const auto& entry : node.entries) {
    if (std::ranges::find(names, entry.key.scalar) != names.end()) continue;
    auto problem = entry.key.problem("config.unknown_key",
                                     fmt::format("\"{}\" is no field of {} {}{}", entry.key.scalar, article(what), what,
                                                 did_you_mean(entry.key.scalar, names)),
                                     fmt::format("it takes {}", fmt::join(names, ", ")));
    problem.path = entry.value.path;
    problems.push_back(std::move(problem));
  }
}

void missing(const yaml::Node& node, const FieldDescription& field, std::string_view what, Problems& problems) {
  std::string hint = fmt::format("add {}: {}", field.name, field.options.example);
  if (field.options.example.empty())
    hint = fmt::format("add {}: ({})", field.name, field.options.help.empty() ? words(field.type) : field.options.help);
  problems.push_back(
      node.problem("config.missing", fmt::format("{} {} needs {}", article(what), what, field.name), std::move(hint)));
}

}  // namespace field_readers

std::string fields_markdown(const std::vector<FieldDescription>& fields) {
  std::string out = "| Field | Type | Default | Meaning |\n|---|---|---|---|\n";
  markdown_rows(fields, "", out);
  return out;
}

}  // namespace simpul
