// Any bytes as an expression: compiled with and without types, and evaluated when they compile.
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "bus/expression/expression.h"
#include "tests/expression/types_of_a_schema.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace simpul;
  static const auto document = json::parse(move_data);
  static const std::map<std::string, CodeTable> tables = {{"kawin", {"kawin", {{"1", "BELUM"}}, "LAIN"}}};
  static const Scope scope = [] {
    Scope made;
    made.variables = {{"data", move_schema(), std::nullopt}, {"any", nullptr, std::nullopt}};
    made.tables = &tables;
    return made;
  }();
  if (!document) return 0;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  for (const Expect expect : {Expect::any, Expect::boolean, Expect::text_or_key}) {
    const auto compiled = compile_expression(text, scope, expect, {"fuzz.yaml", {1, 1}, {}}, "when");
    if (!compiled) continue;
    const json::Value* slots[] = {&document->root(), &document->root()};
    json::Arena arena;
    const auto value = (*compiled)->evaluate(slots, arena);
    if (value && !value->absent) json::write(value->value);
  }
  return 0;
}
