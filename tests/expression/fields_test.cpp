// A field is sought where the event before had it, and the commonest conditions are decided on the spot: neither shows,
// whatever shape the events have, and in whatever order they come.
#include <gtest/gtest.h>

#include <array>
#include <utility>
#include <vector>

#include "bus/expression/expression.h"

namespace simpul {
namespace {

std::string verdict(const Expression& expression, const json::Document& event) {
  const std::array<const json::Value*, 1> slots{&event.root()};
  json::Arena arena;
  const auto result = expression.test(slots, arena);
  return !result ? result.error().code : *result ? "true" : "false";
}

std::shared_ptr<const Expression> condition(std::string_view source) {
  Scope scope;
  scope.variables = {{"e", nullptr, std::nullopt}};
  return compile_expression(source, scope, Expect::boolean, {}, "when").value();
}

std::vector<json::Document> events_of_many_shapes() {
  const std::string filler = "\"p1\":1,\"p2\":2,\"p3\":3,",
                    long_name = "a_name_of_a_field_that_is_longer_than_32_bytes";
  std::string many;
  for (int i = 0; i < 40; ++i) many += "\"m" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  const std::string long_text(40, 'x');
  std::vector<json::Document> events;
  for (const std::string& before : {std::string(), std::string("\"x\":0,"), filler, many}) {
    for (const std::string kind :
         {"\"building\"", "\"\"", "\"b\"", "\"buildinG\"", "\"building of brick\"", "7", "null", "[]"}) {
      for (const std::string amount : {"5", "5.0", "-5", "123456789012345678901234567890", "1e3", "\"5\""}) {
        events.push_back(*json::parse("{" + before + "\"kind\":" + kind + ",\"inner\":{" + before + "\"amount\":" +
                                      amount + "},\"" + long_name + "\":\"" + long_text + "\",\"list\":[{" + before +
                                      "\"kind\":\"other\"},{\"kind\":" + kind + "}],\"texts\":[\"a\"," + kind + "]}"));
      }
    }
  }
  events.push_back(*json::parse("{}"));
  events.push_back(*json::parse("[1]"));
  events.push_back(*json::parse(R"({"kind":"building","inner":[],"list":{},"texts":"a"})"));
  return events;
}

// The right side is the same expression in a shape for which there is no short way.
TEST(Fields, ShortWaysAnswerWhatTheLongOnesDo) {
  const std::string nothing = "e.list.filter(q, false).map(q, '')";  // no literal: an empty list of texts
  const std::string end = "(" + nothing + " == [] ? '' : 'z')", zero = "(" + nothing + " == [] ? 0 : 1)";
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"e.kind == 'building'", "e.kind == 'building' + " + end},
      {"e.kind != 'building'", "e.kind != 'building' + " + end},
      {"e.kind == ''", "e.kind == " + end},
      {"e.kind in ['building', 'b', '']", "e.kind in ['building' + " + end + ", 'b', '']"},
      {"e.kind in ['1', '2', '3', '4', '5', '6', '7', '8', 'b']", "e.kind in ['1', '2', 'b' + " + end + "]"},
      {"e.kind.startsWith('build')", "e.kind.startsWith('build' + " + end + ")"},
      {"e.kind.startsWith('')", "e.kind.startsWith(" + end + ")"},
      {"e.inner.amount > 4", "e.inner.amount > 4 + " + zero},
      {"e.inner.amount <= -5", "e.inner.amount <= -5 + " + zero},
      {"e.inner.amount == 5", "e.inner.amount == 5 + " + zero},
      {"5 != e.inner.amount", "5 + " + zero + " != e.inner.amount"},
      {"e.list.exists(x, x.kind == 'building')", "e.list.exists(x, x.kind == 'building' + " + end + ")"},
      {"e.list.all(x, x.kind != 'b')", "e.list.all(x, x.kind != 'b' + " + end + ")"},
      {"e.texts.exists(x, x.startsWith('bu'))", "e.texts.exists(x, x.startsWith('bu' + " + end + "))"},
      {"e.texts.all(x, x in ['a', 'b'])", "e.texts.all(x, x in ['a', 'b' + " + end + "])"},
      {"e.list.exists_one(x, x.kind == 'b')", "e.list.exists_one(x, x.kind == 'b' + " + end + ")"},
      {"e.kind == 'b' && e.inner.amount > 4", "e.kind == 'b' + " + end + " && e.inner.amount > 4 + " + zero},
      {"e.inner.amount > 4 || e.kind == 'b'", "e.inner.amount > 4 + " + zero + " || e.kind == 'b' + " + end},
      {"e.a_name_of_a_field_that_is_longer_than_32_bytes.startsWith('xxx')",
       "e.a_name_of_a_field_that_is_longer_than_32_bytes.startsWith('xxx' + " + end + ")"},
  };
  const auto events = events_of_many_shapes();
  for (const auto& [quick, slow] : pairs) {
    const auto one = condition(quick), other = condition(slow);
    for (const auto& event : events) {
      // The other one asks for the list too: where there is none, its errors are its own.
      const json::Value* list = event.root().find("list");
      if (list == nullptr || !list->is_array()) continue;
      ASSERT_EQ(verdict(*one, event), verdict(*other, event)) << quick << " on " << event.source();
    }
  }
}

TEST(Fields, WhatIsNotThereIsAnErrorWhateverWasThereBefore) {
  const auto asked = condition("e.inner.amount > 4");
  const auto events = events_of_many_shapes();
  for (const std::size_t before : {std::size_t{0}, std::size_t{60}, std::size_t{150}}) {
    EXPECT_EQ(verdict(*asked, events[before]), verdict(*condition("e.inner.amount > 4"), events[before]));
    EXPECT_EQ(verdict(*asked, events[events.size() - 3]), "no_such_field");
    EXPECT_EQ(verdict(*asked, events[events.size() - 2]), "no_overload");
    EXPECT_EQ(verdict(*asked, events[events.size() - 1]), "no_overload");
  }
}

// Searching many members counts against the budget whether or not the field is where it was.
TEST(Fields, TheBudgetDoesNotDependOnTheEventsBefore) {
  std::string members, items;
  for (int i = 0; i < 4000; ++i) members += "\"m" + std::to_string(i) + "\":0,";
  for (int i = 0; i < 1000; ++i) items += i == 0 ? "1" : ",1";
  const auto event = json::parse("{\"many\":{" + members + "\"last\":\"a\"},\"items\":[" + items + "]}");
  ASSERT_TRUE(event);
  const auto spends = condition("e.items.all(x, e.many.last == 'a')"), fits = condition("e.many.last == 'a'");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(verdict(*spends, *event), "budget");
    EXPECT_EQ(verdict(*fits, *event), "true");
  }
}

}  // namespace
}  // namespace simpul
