// What expressions come to, as text: of events without a schema, so that values are what they are at run time.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "bus/expression/expression.h"

namespace simpul {

// One variable, `e`, of no known type.
class ValuesOf {
 public:
  explicit ValuesOf(std::string_view event) {
    auto parsed = json::parse(std::string(event));
    if (!parsed) throw std::runtime_error(parsed.error().message);
    document_ = std::move(*parsed);
    scope_.variables = {{"e", nullptr, std::nullopt}};
    scope_.tables = &tables_;
  }

  // The value as JSON text, "absent", "error: <code>", or "problem: <code>".
  std::string value(std::string_view source) const {
    const auto compiled = compile_expression(source, scope_, Expect::any, {}, "map.a");
    if (!compiled) return "problem: " + compiled.error()[0].code;
    const json::Value* slots[] = {&document_.root()};
    json::Arena arena;
    const auto result = (*compiled)->evaluate(slots, arena);
    if (!result) return "error: " + result.error().code;
    return result->absent ? "absent" : json::write(result->value);
  }

  void expect_all(std::initializer_list<std::pair<std::string, std::string>> table) const {
    for (const auto& [source, wanted] : table) EXPECT_EQ(value(source), wanted) << source;
  }

 private:
  json::Document document_;
  std::map<std::string, CodeTable> tables_;
  Scope scope_;
};

}  // namespace simpul
