// Loops and names: macros of one and of two variables, cel.bind, and how errors go through them.
#include <gtest/gtest.h>

#include "tests/expression/values_of.h"

namespace simpul {
namespace {

const ValuesOf& family() {
  static const ValuesOf values(
      R"({"members": [{"name": "Siti", "age": 35}, {"name": "Budi", "age": 7}, {"name": "Adi", "age": 12}],
    "ages": {"siti": 35, "budi": 7}, "mixed": [1, "two", 3], "none": []})");
  return values;
}

TEST(Macros, AskTheItemsOfAList) {
  family().expect_all({{"e.members.exists(m, m.age < 10)", "true"},
                       {"e.members.all(m, m.age < 10)", "false"},
                       {"e.members.exists_one(m, m.name == 'Budi')", "true"},
                       {"e.members.existsOne(m, m.age > 10)", "false"},
                       {"e.none.exists(m, true)", "false"},
                       {"e.none.all(m, false)", "true"},
                       {"e.none.exists_one(m, true)", "false"}});
}

TEST(Macros, StandOnTheKeysOfAMap) {
  family().expect_all({{"e.ages.exists(name, name == 'budi')", "true"},
                       {"e.ages.map(name, name)", R"(["siti","budi"])"},
                       {"e.ages.filter(name, e.ages[name] > 10)", R"(["siti"])"}});
}

TEST(Macros, OfTwoVariablesStandOnIndexAndItemOrKeyAndValue) {
  family().expect_all(
      {{"e.members.exists(i, m, i == 1 && m.name == 'Budi')", "true"},
       {"e.ages.all(name, age, age > 5 && name != '')", "true"},
       {"e.members.existsOne(i, m, m.age > 10 && i > 0)", "true"},
       {"e.members.transformList(i, m, string(i) + m.name)", R"(["0Siti","1Budi","2Adi"])"},
       {"e.members.transformList(i, m, i > 0, m.name)", R"(["Budi","Adi"])"},
       {"e.ages.transformMap(name, age, age + 1)", R"({"siti":36,"budi":8})"},
       {"e.ages.transformMap(name, age, age > 10, age)", R"({"siti":35})"},
       {"e.members.transformMapEntry(i, m, {m.name: m.age})", R"({"Siti":35,"Budi":7,"Adi":12})"},
       {"e.members.transformMapEntry(i, m, m.age < 20, {m.name: i})", R"({"Budi":1,"Adi":2})"},
       {"e.members.transformMapEntry(i, m, {'same': i})", "error: bad_argument"},
       {"[[1, 2], [3]].transformList(i, list, list.transformList(j, x, i * 10 + j + x))", "[[1,3],[13]]"}});
}

TEST(Macros, MakeListsOfLists) {
  family().expect_all({{"e.members.map(m, m.name)", R"(["Siti","Budi","Adi"])"},
                       {"e.members.map(m, m.age > 10, m.name)", R"(["Siti","Adi"])"},
                       {"e.members.filter(m, m.age > 10).map(m, m.age)", "[35,12]"},
                       {"[1, 2].map(x, [10, 20].map(y, x * y))", "[[10,20],[20,40]]"},
                       {"[1, 2].map(x, [x].map(x, x + 1))", "[[2],[3]]"}});
}

TEST(Macros, OneItemThatDecidesMakesErrorsOfTheOthersIrrelevant) {
  family().expect_all({{"e.mixed.exists(x, x > 2)", "true"},
                       {"e.mixed.all(x, x > 1)", "false"},
                       {"e.mixed.exists(x, x > 5)", "error: no_overload"},
                       {"e.mixed.all(x, x > 0)", "error: no_overload"},
                       {"e.mixed.exists_one(x, x > 2)", "error: no_overload"},
                       {"e.mixed.map(x, x + 1)", "error: no_overload"},
                       {"e.mixed.filter(x, x)", "error: no_overload"},
                       {"e.mixed.exists(x, e.members[0].name)", "error: no_overload"},
                       {"e.members[0].name.exists(x, true)", "error: no_overload"}});
}

TEST(Macros, SortByTheKeyTheyAreGiven) {
  family().expect_all({{"e.members.sortBy(m, m.age).map(m, m.name)", R"(["Budi","Adi","Siti"])"},
                       {"e.members.sortBy(m, m.name).map(m, m.name)", R"(["Adi","Budi","Siti"])"},
                       {"[3, 1, 2].sortBy(x, -x)", "[3,2,1]"},
                       {"['b', 'a', 'c'].sortBy(x, 1)", R"(["b","a","c"])"},
                       {"e.none.sortBy(x, x.y)", "[]"},
                       {"e.mixed.sortBy(x, x)", "error: no_overload"},
                       {"[1.0, 0.0].sortBy(x, 0.0 / x)", "error: bad_argument"}});
}

TEST(Macros, GiveAValueAName) {
  family().expect_all({{"cel.bind(first, e.members[0], first.name + string(first.age))", "\"Siti35\""},
                       {"cel.bind(a, 1, cel.bind(b, a + 1, a + b))", "3"},
                       {"cel.bind(a, 1, cel.bind(a, a + 1, a * 10))", "20"},
                       {"[1, 2].map(x, cel.bind(y, x * x, y + x))", "[2,6]"},
                       {"cel.bind(bad, e.members[9], true || bad)", "true"},
                       {"cel.bind(bad, e.members[9], bad.name)", "error: bad_argument"}});
}

TEST(Budget, LoopsEndWhenItIsSpent) {
  std::string list = "[";
  for (int i = 0; i < 60; ++i) list += i == 0 ? "1" : ", 1";
  list += "]";
  const ValuesOf values("{\"list\": " + list + ", \"text\": \"" + std::string(4000, 'x') + "\"}");
  const std::string cube = "e.list.all(a, e.list.all(b, e.list.all(c, a + b + c == 3)))";
  values.expect_all({{cube, "error: budget"},
                     {cube + " || true", "error: budget"},
                     {"cel.bind(x, " + cube + ", true)", "error: budget"},
                     {"e.list.exists(a, e.list.map(b, e.list.map(c, [c])).size() == 0)", "error: budget"}});
}

TEST(Budget, CountsTextsListsAndComparisonsThatGrow) {
  std::string list = "[";
  for (int i = 0; i < 1000; ++i) list += i == 0 ? "1" : ",1";
  list += "]";
  const ValuesOf values("{\"few\": [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1], \"list\": " + list + ", \"text\": \"" +
                        std::string(4000, 'x') + "\"}");
  const auto doubled = [](std::string value, int times) {
    for (int i = 0; i < times; ++i)
      value = "cel.bind(v" + std::to_string(i) + ", " + value + ", v" + std::to_string(i) + " + v" + std::to_string(i) +
              ")";
    return value;
  };
  values.expect_all({{"e.few.map(a, e.few.map(b, e.few.map(c, e.text + e.text))).size()", "error: budget"},
                     {"e.few.all(a, e.few.map(b, 1 / 0) == [])", "error: divide_by_zero"},
                     // Each loop fails at its first item, and all() forgives it: what counts is the room that was made.
                     {"e.few.all(a, e.few.map(b, 1 / 0) == [])", "error: divide_by_zero"},
                     {"e.list.all(a, e.list.all(b, e.list.map(c, 1 / 0) == []))", "error: budget"},
                     {"size(" + doubled("e.text", 20) + ")", "error: budget"},
                     {"size(" + doubled("e.list", 20) + ")", "error: budget"}});
}

}  // namespace
}  // namespace simpul
