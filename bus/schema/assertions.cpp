// Keywords that assert something of the value itself. The sections named are those of the validation vocabulary of
// 2020-12 (json-schema-validation).
#include <algorithm>
#include <limits>
#include <unordered_set>

#include <fmt/format.h>

#include "bus/schema/compiler.h"
#include "bus/schema/content.h"

namespace simpul {
namespace {

// Of all the patterns of a registry; some tens of thousands of usual ones.
constexpr std::size_t pattern_bytes_limit = 128u << 20;

}  // namespace

// A count beyond 64 bits is beyond every value's as well.
std::optional<std::uint64_t> SchemaCompiler::count(const Keyword& keyword) {
  // Draft 4 has no whole number with a fraction (its core §3.5).
  bool whole = !rules_.strict || keyword.node.draft != Draft::draft4 || !keyword.value.is_number() ||
               keyword.value.text().find_first_of(".eE") == std::string_view::npos;
  auto value = keyword.value.as_integer();
  if (whole && value && *value >= 0) return static_cast<std::uint64_t>(*value);
  if (whole && keyword.value.is_number() && json::is_integer_number(keyword.value.text()) &&
      json::compare_numbers(keyword.value.text(), "0") > 0)
    return std::numeric_limits<std::uint64_t>::max();
  problem(keyword, "schema.bad_keyword", fmt::format("{} must be a whole number, 0 or more", keyword.name),
          "correct the value");
  return std::nullopt;
}

std::vector<std::string_view> SchemaCompiler::names(const Keyword& keyword, const json::Value& list) {
  std::vector<std::string_view> names;
  std::unordered_set<std::string_view> seen;
  bool good = list.is_array();
  for (const auto& item : good ? list.items() : std::span<const json::Value>()) {
    good = good && item.is_string() && seen.insert(item.text()).second;
    if (good) names.push_back(item.text());
  }
  if (!good) {
    problem(keyword, "schema.bad_keyword",
            fmt::format("{} takes arrays of property names, each named once", keyword.name), "correct the value");
  } else if (rules_.strict && names.empty() && keyword.node.draft == Draft::draft4) {
    problem(keyword, "schema.bad_keyword",
            fmt::format("{} lists no property, which draft 4 does not allow", keyword.name),
            "name one, or remove the keyword");
  }
  return names;
}

std::shared_ptr<const Pattern> SchemaCompiler::pattern(const Keyword& keyword, std::string_view source,
                                                       const json::Value& at) {
  if (auto known = patterns_.find(source); known != patterns_.end()) return known->second;
  if (pattern_bytes_ > pattern_bytes_limit) return nullptr;  // told already
  auto compiled = Pattern::compile(source);
  if (compiled) {
    pattern_bytes_ += (*compiled)->memory();
    if (pattern_bytes_ > pattern_bytes_limit) {
      problem(keyword, "schema.too_big", "the patterns up to this one take too much memory",
              "use fewer and simpler patterns: smaller numbers in braces, minLength and maxLength for lengths");
    }
    return patterns_.emplace(source, std::move(*compiled)).first->second;
  }
  auto path = keyword.node.pointer;
  json::append_pointer(path, keyword.name);
  problem(*keyword.resource.file, at.raw_offset(), std::move(path),
          compiled.error().code == "pattern.unsupported" ? "schema.unsupported" : "schema.bad_pattern",
          compiled.error().message, compiled.error().hint);
  return nullptr;
}

// §6.1.1
void SchemaCompiler::type(const Keyword& keyword) {
  static const std::map<std::string_view, unsigned> kinds{
      {"null", SchemaType::null},       {"boolean", SchemaType::boolean},
      {"integer", SchemaType::integer}, {"number", SchemaType::number | SchemaType::integer},
      {"string", SchemaType::string},   {"array", SchemaType::array},
      {"object", SchemaType::object}};
  unsigned types = 0;
  std::vector<std::string_view> seen;
  auto take = [&](const json::Value& value) {
    auto kind = value.is_string() ? kinds.find(value.text()) : kinds.end();
    if (kind == kinds.end()) {
      std::vector<std::string> all;
      for (const auto& [name, bits] : kinds) all.emplace_back(name);
      problem(keyword, "schema.bad_keyword",
              value.is_string() ? fmt::format("{} is no type{}", quoted(value.text()), did_you_mean(value.text(), all))
                                : "a type is named by a string",
              "types are null, boolean, integer, number, string, array and object");
      return;
    }
    if (std::find(seen.begin(), seen.end(), kind->first) != seen.end()) {
      if (rules_.strict)
        problem(keyword, "schema.bad_keyword", fmt::format("type names \"{}\" twice", kind->first), "remove one");
      return;
    }
    seen.push_back(kind->first);
    types |= kind->second;
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
  node.enumeration->reserve(keyword.value.size());
  for (const auto& item : keyword.value.items()) {
    node.enumeration->push_back(&item);
    if (item.is_string()) node.enumerated_strings.push_back(item.text());
  }
  std::sort(node.enumerated_strings.begin(), node.enumerated_strings.end());
  if (!rules_.strict) return;
  if (keyword.value.size() == 0)
    problem(keyword, "schema.bad_keyword", "enum lists no value", "list the values that are allowed");
  if (auto again = json::first_repeated(keyword.value.items())) {
    problem(keyword, "schema.bad_keyword",
            fmt::format("enum lists {} twice", quoted(json::write(keyword.value.items()[*again]))),
            "list each value once");
  }
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

// §7.2: an annotation, unless the bus is strict, the caller wants more, or the meta-schema's vocabulary demands it.
void SchemaCompiler::format(const Keyword& keyword) {
  if (!expect(keyword, json::Kind::string, "a string")) return;
  bool asserts =
      rules_.strict || rules_.formats_assert || (keyword.resource.dialect->vocabularies & Dialect::format_assertion);
  const auto* found = find_format(keyword.value.text());
  if (asserts) keyword.node.format = found;
  if (found != nullptr || !rules_.strict) return;
  std::string all;
  for (const auto& name : format_names()) all += (all.empty() ? "" : ", ") + name;
  problem(keyword, "schema.unsupported",
          fmt::format("the format {} is not known{}", quoted(keyword.value.text()),
                      did_you_mean(keyword.value.text(), format_names())),
          fmt::format("use one of {}, or a pattern", all));
}

// Asserted in draft 7 alone, and a format beside it, which says more, comes first.
void SchemaCompiler::content(const Keyword& keyword) {
  if (!expect(keyword, json::Kind::string, "a string") || keyword.node.draft != Draft::draft7) return;
  if (keyword.schema.find("format") != nullptr) return;
  keyword.node.format =
      content_format(keyword.schema.text_of("contentEncoding"), keyword.schema.text_of("contentMediaType"));
}

// §6.2. In draft 4 a flag beside the bound makes it exclusive (its validation §5.1.2, §5.1.3).
void SchemaCompiler::bound(const Keyword& keyword) {
  using R = NumberBound::Rule;
  bool exclusive = keyword.name.starts_with("exclusive");
  bool draft4 = keyword.node.draft == Draft::draft4;
  if (draft4 && exclusive) return exclusive_flag(keyword);
  if (!expect(keyword, json::Kind::number, "a number")) return;
  bool minimum = keyword.name == "minimum" || keyword.name == "exclusiveMinimum";
  if (draft4) {
    const auto* flag = keyword.schema.find(minimum ? "exclusiveMinimum" : "exclusiveMaximum");
    exclusive = flag != nullptr && flag->is_boolean() && flag->boolean();
  }
  auto rule =
      minimum ? (exclusive ? R::exclusive_minimum : R::minimum) : (exclusive ? R::exclusive_maximum : R::maximum);
  keyword.node.bounds.push_back({rule, keyword.value.text()});
}

void SchemaCompiler::exclusive_flag(const Keyword& keyword) {
  if (keyword.value.is_number()) {
    problem(keyword, "schema.bad_keyword", fmt::format("{} is true or false in draft 4", keyword.name),
            "write the number as minimum or maximum, or the schema by a later "
            "draft");
    return;
  }
  if (!expect(keyword, json::Kind::boolean, "true or false")) return;
  std::string_view bound = keyword.name == "exclusiveMinimum" ? "minimum" : "maximum";
  if (rules_.strict && keyword.schema.find(bound) == nullptr) {
    problem(keyword, "schema.bad_keyword", fmt::format("{} says nothing without {}", keyword.name, bound),
            fmt::format("add {}, or remove it", bound));
  }
}

// §6.2.1
void SchemaCompiler::multiple_of(const Keyword& keyword) {
  if (!expect(keyword, json::Kind::number, "a number")) return;
  keyword.node.multiple_of = json::Divisor::of(keyword.value.text());
  keyword.node.multiple_text = keyword.value.text();
  if (!keyword.node.multiple_of)
    problem(keyword, "schema.bad_keyword", "multipleOf must be above 0, with at most 18 digits", "correct the value");
}

// §6.4; the counts of `contains` say nothing without it.
void SchemaCompiler::item_count(const Keyword& keyword) {
  auto value = count(keyword);
  auto& node = keyword.node;
  bool contains = keyword.schema.find("contains") != nullptr;
  if (keyword.name == "minItems") node.min_items = value;
  if (keyword.name == "maxItems") node.max_items = value;
  if (keyword.name == "maxContains" && contains) node.max_contains = value;
  if (keyword.name == "minContains" && contains) node.min_contains = value.value_or(1);
}

void SchemaCompiler::unique_items(const Keyword& keyword) {
  if (expect(keyword, json::Kind::boolean, "true or false")) keyword.node.unique_items = keyword.value.boolean();
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

}  // namespace simpul
