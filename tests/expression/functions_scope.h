// Evaluates an expression for the tests of functions: its value as JSON text, "absent", "error: <code>", or
// "problem: <code>".
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "bus/expression/expression.h"
#include "tests/expression/types_of_a_schema.h"

namespace simpul {

// `data` is a move by its schema, `any` the same without types; lookup knows the table jenis_kelamin.
class FunctionScope {
 public:
  FunctionScope() {
    tables_["jenis_kelamin"] = CodeTable{"jenis_kelamin", {{"1", "L"}, {"2", "P"}}, std::nullopt};
    scope_.variables = {{"data", move_schema(), std::nullopt}, {"any", nullptr, std::nullopt}};
    scope_.tables = &tables_;
    if (auto parsed = json::parse(move_data)) document_ = std::move(*parsed);
  }

  std::string value(std::string_view source) const {
    const auto compiled = compile_expression(source, scope_, Expect::any, {}, "");
    if (!compiled) return "problem: " + compiled.error()[0].code;
    const json::Value* slots[] = {&document_.root(), &document_.root()};
    json::Arena arena;
    const auto result = (*compiled)->evaluate(slots, arena);
    if (!result) return "error: " + result.error().code;
    return result->absent ? "absent" : json::write(result->value);
  }

  std::string problems(std::string_view source) const {
    const auto compiled = compile_expression(source, scope_, Expect::any, {}, "");
    return compiled ? "" : to_text(compiled.error());
  }

 private:
  std::map<std::string, CodeTable> tables_;
  Scope scope_;
  json::Document document_;
};

// Tests that are tables: an expression, and its value.
class FunctionTableTest : public testing::Test {
 protected:
  void expect_all(std::initializer_list<std::pair<const char*, const char*>> table) {
    for (const auto& [source, wanted] : table) EXPECT_EQ(scope_.value(source), wanted) << source;
  }
  FunctionScope scope_;
};

}  // namespace simpul
