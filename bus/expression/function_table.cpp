// The table of all functions, and what the checker knows by name: macros, optionals, has, matches, lookup.
#include <algorithm>
#include <string>

#include "bus/expression/expression.h"
#include "bus/expression/functions.h"

namespace simpul::cel {

void FunctionTable::area(std::string_view name) {
  area_ = name;
  if (std::ranges::find(areas_, name) == areas_.end()) areas_.push_back(name);
}

void FunctionTable::add(std::string_view name, std::initializer_list<Overload> overloads, Function function,
                        std::string_view help, std::string_view example, std::string_view result) {
  const auto& kept = overloads_.emplace_back(overloads);
  entries_.push_back({name, area_, kept, function, help, example, result});
}

void FunctionTable::sort() {
  std::ranges::sort(entries_, {}, &FunctionEntry::name);
}

namespace {

void add_macros(FunctionTable& table) {
  table.area("lists and maps");
  table.add("all",
            {{"", "list(A).all(x, condition) -> bool"},
             {"", "list(A).all(i, x, condition) -> bool"},
             {"", "map(K, V).all(k, v, condition) -> bool"}},
            nullptr, "Whether the condition holds for every item. With two names: index and item, or key and value.",
            "[1, 2, 3].all(x, x > 0)", "true");
  table.add("exists",
            {{"", "list(A).exists(x, condition) -> bool"},
             {"", "list(A).exists(i, x, condition) -> bool"},
             {"", "map(K, V).exists(k, v, condition) -> bool"}},
            nullptr, "Whether the condition holds for some item. With two names: index and item, or key and value.",
            "[1, 2, 3].exists(x, x > 2)", "true");
  table.add("exists_one",
            {{"", "list(A).exists_one(x, condition) -> bool"},
             {"", "list(A).existsOne(i, x, condition) -> bool"},
             {"", "map(K, V).existsOne(k, v, condition) -> bool"}},
            nullptr, "Whether the condition holds for exactly one item. Also written existsOne.",
            "[1, 4, 4].exists_one(x, x == 1)", "true");
  table.add("filter", {{"", "list(A).filter(x, condition) -> list(A)"}}, nullptr,
            "The items for which the condition holds.", "[1, 2, 3].filter(x, x != 2)", "[1,3]");
  table.add("map", {{"", "list(A).map(x, value) -> list(B)"}, {"", "list(A).map(x, condition, value) -> list(B)"}},
            nullptr, "A value for each item (for which the condition holds).", "[1, 2, 3].map(x, x * 10)",
            "[10,20,30]");
  table.add("sortBy", {{"", "list(A).sortBy(x, key) -> list(A)"}}, nullptr, "The items in the order of a key of each.",
            "[\"Siti\", \"Budi\", \"Al\"].sortBy(x, size(x))", R"(["Al","Siti","Budi"])");
  table.add("transformList",
            {{"", "list(A).transformList(i, x, value) -> list(B)"},
             {"", "list(A).transformList(i, x, condition, value) -> list(B)"},
             {"", "map(K, V).transformList(k, v, value) -> list(B)"}},
            nullptr, "Like map, with index and item, or key and value.",
            "[\"A\", \"B\"].transformList(i, x, string(i + 1) + \". \" + x)", R"(["1. A","2. B"])");
  table.add("transformMap",
            {{"", "map(K, V).transformMap(k, v, value) -> map(K, B)"},
             {"", "map(K, V).transformMap(k, v, condition, value) -> map(K, B)"},
             {"", "list(A).transformMap(i, x, value) -> map(int, B)"}},
            nullptr, "A map with the same keys and new values.", "{\"a\": 1}.transformMap(k, v, v + 1)", R"({"a":2})");
  table.add("transformMapEntry",
            {{"", "map(K, V).transformMapEntry(k, v, entry) -> map(B, C)"},
             {"", "map(K, V).transformMapEntry(k, v, condition, entry) -> map(B, C)"},
             {"", "list(A).transformMapEntry(i, x, entry) -> map(B, C)"}},
            nullptr, "A map of the entries that a map of one entry gives for each; a key made twice is an error.",
            "{\"a\": \"x\"}.transformMapEntry(k, v, {v: k})", R"({"x":"a"})");
  table.area("presence");
  table.add("has", {{"", "has(a.b) -> bool"}}, nullptr, "Whether the field is there.", "has({\"rt\": \"001\"}.rt)",
            "true");
  table.add("optional.none", {{"optional_none", "optional.none() -> optional(A)"}}, nullptr,
            "No value: a map leaf that is none is left out.", "optional.none()", "absent");
  table.add("optional.of", {{"optional_of", "optional.of(A) -> optional(A)"}}, nullptr,
            "A value where an optional is wanted.", "optional.of(\"001\")", R"("001")");
  table.add("optional.ofNonZeroValue", {{"optional_ofNonZeroValue", "optional.ofNonZeroValue(A) -> optional(A)"}},
            nullptr, "The value, or none for an empty text, list or map, 0, false and null.",
            "optional.ofNonZeroValue(\"\")", "absent");
  table.add("hasValue", {{"optional_hasValue", "optional(A).hasValue() -> bool"}}, nullptr, "Whether there is a value.",
            "{\"rt\": \"001\"}.?rw.hasValue()", "false");
  table.add("value", {{"optional_value", "optional(A).value() -> A"}}, nullptr,
            "The value; an error when there is none.", "{\"rt\": \"001\"}.?rt.value()", R"("001")");
  table.add("or", {{"optional_or_optional", "optional(A).or(optional(A)) -> optional(A)"}}, nullptr,
            "This one, or the other when it is none.", "{\"hp\": \"0812\"}.?telepon.or({\"hp\": \"0812\"}.?hp)",
            R"("0812")");
  table.add("orValue", {{"optional_orValue_value", "optional(A).orValue(A) -> A"}}, nullptr,
            "The value, or the other when there is none.", "{\"rt\": \"001\"}.?rw.orValue(\"000\")", R"("000")");
  table.add("optMap", {{"", "optional(A).optMap(x, value) -> optional(B)"}}, nullptr,
            "What is made of the value, when there is one.", "{\"rt\": \"001\"}.?rt.optMap(x, \"RT \" + x)",
            R"("RT 001")");
  table.add("optFlatMap", {{"", "optional(A).optFlatMap(x, optional) -> optional(B)"}}, nullptr,
            "Like optMap, with what may be none itself.", "{\"a\": {\"rt\": \"001\"}}.?a.optFlatMap(x, x.?rt)",
            R"("001")");
  table.area("names");
  table.add("cel.bind", {{"", "cel.bind(x, value, expression) -> A"}}, nullptr,
            "The expression, in which the name stands for the value.",
            "cel.bind(x, \"SITI AISYAH\".split(\" \"), x[1] + \", \" + x[0])", R"("AISYAH, SITI")");
  table.area("text");
  table.add("matches",
            {{"matches", "matches(string, string) -> bool"}, {"matches_string", "string.matches(string) -> bool"}},
            nullptr, "Whether the RE2 pattern is found in the text. The pattern is a literal.",
            "\"3671015207909001\".matches(\"^[0-9]{16}$\")", "true");
  table.area("code tables");
  table.add(
      "lookup",
      {{"lookup_string_string", "lookup(string, string) -> string"},
       {"lookup_string_number", "lookup(string, number) -> string"}},
      nullptr,
      "The row of a code table of config/codes. A key that is not there is an error, unless the table says otherwise.",
      "lookup(\"jenis_kelamin\", \"2\")", R"("P")");
}

const FunctionTable& table() {
  static const FunctionTable all = [] {
    FunctionTable made;
    add_text_functions(made);
    add_format_functions(made);
    add_conversions(made);
    add_math_functions(made);
    add_list_functions(made);
    add_time_functions(made);
    add_date_functions(made);
    add_money_functions(made);
    add_identifier_functions(made);
    add_digest_functions(made);
    add_macros(made);
    made.sort();
    return made;
  }();
  return all;
}

}  // namespace

std::span<const FunctionEntry> functions() {
  return table().entries();
}

std::span<const std::string_view> function_areas() {
  return table().areas();
}

const FunctionEntry* function_of(std::string_view name) {
  const auto& entries = table().entries();
  const auto found = std::ranges::lower_bound(entries, name, {}, &FunctionEntry::name);
  return found != entries.end() && found->name == name ? &*found : nullptr;
}

}  // namespace simpul::cel

namespace simpul {

std::span<const FunctionDescription> expression_functions() {
  static const std::vector<FunctionDescription> all = [] {
    std::vector<FunctionDescription> made;
    for (const auto& entry : cel::functions()) {
      auto& one = made.emplace_back(std::string(entry.name), std::string(entry.area), std::vector<std::string>(),
                                    std::string(entry.help), std::string(entry.example), std::string(entry.result));
      for (const auto& overload : entry.overloads) one.signatures.emplace_back(overload.signature);
    }
    return made;
  }();
  return all;
}

std::span<const std::string_view> expression_function_areas() {
  return cel::function_areas();
}

}  // namespace simpul
