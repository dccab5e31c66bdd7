// The deepest expressions that are allowed, and the deepest values they can make, are evaluated on a small stack: the
// bus evaluates them on threads of its own.
#include <gtest/gtest.h>

#include <functional>

#include "bus/expression/expression.h"
#include "bus/expression/tree.h"
#include "tests/small_stack.h"

namespace simpul {
namespace {

// In every build: what is shipped needs about 48 KiB of it, and frames without optimization, or with
// AddressSanitizer, about 128.
constexpr std::size_t stack_bytes = 512u << 10;

void on_a_small_stack(const std::function<void()>& work) {
  on_a_stack_of(stack_bytes, work);
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

constexpr std::size_t chain = cel::tree_limit - 6, nest = cel::nesting_limit - 4;

class DeepExpressions : public testing::TestWithParam<std::pair<const char*, std::string>> {};

TEST_P(DeepExpressions, AreEvaluatedOnASmallStack) {
  Scope scope;
  scope.variables = {{"e", nullptr, std::nullopt}};
  const auto compiled = compile_expression(GetParam().second, scope, Expect::any, {}, "map.a");
  ASSERT_TRUE(compiled) << compiled.error()[0].message;
  auto event = json::parse(R"({"n": 1, "yes": true, "deep": )" + repeated("[", 60) + "1" + repeated("]", 60) + "}");
  ASSERT_TRUE(event);
  const json::Value* slots[] = {&event->root()};
  on_a_small_stack([&] {
    json::Arena arena;
    const auto result = (*compiled)->evaluate(slots, arena);
    EXPECT_TRUE(result) << result.error().code;
    EXPECT_TRUE(result && !json::write(result->value).empty());
  });
}

std::vector<std::pair<const char*, std::string>> deep_expressions() {
  const std::string lists = repeated("[", nest) + "e.deep" + repeated("]", nest);
  return {{"sums", "e.n" + repeated(" + e.n", chain)},
          {"texts", "string(e.n)" + repeated(" + string(e.n)", chain)},
          {"negations", repeated("!(", nest) + "e.yes" + repeated(")", nest)},
          {"calls", repeated("dyn(", nest) + "e.n" + repeated(")", nest)},
          {"choices", repeated("e.yes ? (", nest) + "e.n" + repeated(") : e.n", nest)},
          {"conditions", repeated("e.yes && (e.n == 2 || (", nest / 2) + "e.yes" + repeated("))", nest / 2)},
          {"lists", lists},
          {"equal_lists", lists + " == " + lists},
          {"items", repeated("[", nest) + "e.n" + repeated("]", nest) + repeated("[0]", nest)},
          {"optionals", "e" + repeated(".?x", nest) + ".hasValue()"},
          {"maps", repeated("{'a': ", nest) + "e.n" + repeated("}", nest)},
          {"macros", "[1, 2].map(a, [1, 2].map(b, [1, 2].map(c, " + repeated("dyn(", nest / 2) + "a + b + c" +
                         repeated(")", nest / 2) + ")))"}};
}

INSTANTIATE_TEST_SUITE_P(Stack, DeepExpressions, testing::ValuesIn(deep_expressions()),
                         [](const auto& tested) { return std::string(tested.param.first); });

}  // namespace
}  // namespace simpul
