// Values of every kind at run time, where no schema speaks: what goes with what, what is equal, what is an error, and
// how they leave an expression.
#include <gtest/gtest.h>

#include "tests/expression/values_of.h"

namespace simpul {
namespace {

const ValuesOf& event() {
  static const ValuesOf values(
      R"({"int": 5, "whole": 5.0, "fraction": 0.1, "third": 0.2, "minus": -3, "big": 9223372036854775808,
    "huge": 1e300, "text": "5", "yes": true, "none": null, "list": [1, 2.0, "3"], "map": {"a": 1, "b": {"c": "d"}},
    "empty": {}, "day": "2026-03-05", "instant": "2026-03-05T07:30:00.50+07:00"})");
  return values;
}

TEST(Values, NumbersOfJsonGoWithEveryKindOfNumber) {
  event().expect_all({{"e.int + 1", "6"},
                      {"e.int + 1u", "6"},
                      {"e.int + 0.5", "5.5"},
                      {"e.fraction + e.third", "0.3"},
                      {"e.fraction - e.third", "-0.1"},
                      {"e.fraction * e.third", "0.02"},
                      {"e.whole + e.whole", "10"},
                      {"e.int * e.fraction", "0.5"},
                      {"e.huge * e.huge", "error: bad_argument"},
                      {"e.minus + 1u", "error: overflow"},
                      {"e.big + 1", "9223372036854775809"},
                      {"-e.int", "-5"},
                      {"-e.big", "error: overflow"},
                      {"e.int % 2", "1"},
                      {"e.int / 0", "error: divide_by_zero"},
                      {"e.int / 0.0 > 1e308", "true"},
                      {"e.fraction % 2", "error: no_overload"}});
}

TEST(Values, NumbersOfCelGoWithTheirOwnKind) {
  event().expect_all({{"dyn(1) + dyn(2)", "3"},
                      {"1 + 2u", "problem: cel.type"},
                      {"1 * 2.0", "problem: cel.type"},
                      {"dyn(1) + dyn('2')", "error: no_overload"},
                      {"1u - 2u", "error: overflow"},
                      {"18446744073709551615u + 1u", "error: overflow"},
                      {"18446744073709551615u", "18446744073709551615"},
                      {"7u / 2u", "3"},
                      {"7u % 4u", "3"},
                      {"7u / 0u", "error: divide_by_zero"},
                      {"-dyn(1u)", "error: no_overload"}});
}

TEST(Values, NumbersCompareByValueWhateverTheirKind) {
  event().expect_all({{"e.int == 5 && e.int == 5u && e.int == 5.0 && e.int == e.whole", "true"},
                      {"dyn(1) == 1u && dyn(1u) == 1.0 && dyn(1.0) == 1", "true"},
                      {"dyn(-1) < 0u && dyn(1u) > -1", "true"},
                      {"e.big > 9223372036854775807 && e.big == 9223372036854775808u", "true"},
                      {"e.fraction < e.third && e.fraction > 0", "true"},
                      {"5 < e.big && 4 < e.int && 6 >= e.int", "true"},
                      {"0.0 / 0.0 == dyn(1)", "false"},
                      {"0.0 / 0.0 != dyn(1)", "true"},
                      {"dyn(0.0 / 0.0) < 1", "false"}});
}

TEST(Values, WhatIsOfDifferentKindsIsNotEqualAndThatIsNoError) {
  event().expect_all({{"e.int == e.text", "false"},
                      {"e.int != 'x'", "true"},
                      {"e.none == 0", "false"},
                      {"e.none == null", "true"},
                      {"e.yes == 1", "false"},
                      {"e.list == [1, 2, '3']", "true"},
                      {"e.list == [1, 2, 3]", "false"},
                      {"e.list == [1, 2]", "false"},
                      {"e.map == {'b': {'c': 'd'}, 'a': 1.0}", "true"},
                      {"e.map == {'a': 1}", "false"},
                      {"e.map == e.list", "false"},
                      {"dyn(b'abc') == dyn('abc')", "false"},
                      {"e.int < e.text", "error: no_overload"},
                      {"dyn(null) < dyn(null)", "error: no_overload"}});
}

TEST(Values, ListsAndMapsAreLookedIntoByAnyNumberThatIsWhole) {
  event().expect_all({{"e.list[0]", "1"},
                      {"e.list[1u]", "2.0"},
                      {"e.list[2.0]", "\"3\""},
                      {"e.list[dyn(0.5)]", "error: bad_argument"},
                      {"e.list[3]", "error: bad_argument"},
                      {"e.list[-1]", "error: bad_argument"},
                      {"e.list[e.int - 4]", "2.0"},
                      {"e.list['a']", "error: no_overload"},
                      {"{1: 'a', 2u: 'b', true: 'c'}[dyn(2)]", "\"b\""},
                      {"{1: 'a'}[dyn(1.0)]", "\"a\""},
                      {"{1: 'a'}[dyn(1.5)]", "error: no_such_field"},
                      {"e.map['b']['c']", "\"d\""},
                      {"e.map[e.text]", "error: no_such_field"},
                      {"e.map.x", "error: no_such_field"},
                      {"e.int.x", "error: no_overload"},
                      {"2 in e.list && 2u in e.list && 2.0 in e.list", "true"},
                      {"'2' in e.list || 3 in e.list", "false"},
                      {"'a' in e.map && !('x' in e.map)", "true"},
                      {"dyn(1) in {1u: 'a'}", "true"},
                      {"dyn(1) in dyn(2)", "error: no_overload"}});
}

TEST(Values, AMapHasEachKeyOnce) {
  event().expect_all({{"{e.text: 1, '5': 2}", "error: bad_argument"},
                      {"{dyn(1): 1, 1u: 2}[1]", "error: bad_argument"},
                      {"{e.none: 1}[null]", "error: no_overload"},
                      {"{dyn(1.0): 1}[1]", "error: no_overload"},
                      {"{e.int: 'five'}[5]", "\"five\""}});
}

TEST(Values, TimesAreAddedAndComparedWithinTheirRange) {
  event().expect_all({{"timestamp('2026-03-05T00:00:00Z') + duration('36h')", "\"2026-03-06T12:00:00Z\""},
                      {"duration('1h') + timestamp('2026-03-05T00:00:00Z')", "\"2026-03-05T01:00:00Z\""},
                      {"timestamp('2026-03-05T00:00:00Z') - duration('0.5s')", "\"2026-03-04T23:59:59.5Z\""},
                      {"timestamp(e.instant) - timestamp('2026-03-05T00:30:00Z')", "\"0.5s\""},
                      {"duration('1s') - duration('2500ms')", "\"-1.5s\""},
                      {"duration('1m') == duration('60s')", "true"},
                      {"duration('-1ns') < duration('0')", "true"},
                      {"timestamp(e.instant) == timestamp('2026-03-05T00:30:00.5Z')", "true"},
                      {"timestamp('9999-12-31T23:59:59Z') + duration('1s')", "error: overflow"},
                      {"timestamp('0001-01-01T00:00:00Z') - duration('1ns')", "error: overflow"},
                      {"duration('200000000000s') + duration('200000000000s')", "error: overflow"},
                      {"dyn(timestamp(e.instant)) + dyn(timestamp(e.instant))", "error: no_overload"},
                      {"dyn(duration('1s')) - dyn(timestamp(e.instant))", "error: no_overload"},
                      {"dyn(duration('1s')) * dyn(duration('1s'))", "error: no_overload"}});
}

TEST(Values, BytesAreJoinedAndCompared) {
  event().expect_all({{"b'ab' + b'c' == b'abc'", "true"},
                      {"b'ab' < b'b'", "true"},
                      {"b'\\xff\\x00'", "\"/wA=\""},
                      {"dyn(b'a') + dyn('b')", "error: no_overload"}});
}

TEST(Values, LeaveAsJsonThatSaysTheSame) {
  event().expect_all({{"e.huge", "1e300"},
                      {"[e.whole, 1.0, 2u]", "[5.0,1,2]"},
                      {"{'at': timestamp('2026-03-05T00:00:00.120Z'), 'for': duration('90m')}",
                       R"({"at":"2026-03-05T00:00:00.12Z","for":"5400s"})"},
                      {"1.0 / 0.0", "error: bad_argument"},
                      {"[0.0 / 0.0]", "error: bad_argument"},
                      {"{1: 'a'}", "error: no_overload"},
                      {"type(e.int)", "error: no_overload"},
                      {"[optional.of(1)]", "problem: cel.optional"}});
}

TEST(Values, TypesAreValuesToo) {
  event().expect_all({{"type(1) == int && type(1u) == uint && type(1.5) == double", "true"},
                      {"type(e.text) == string && type(e.none) == null_type", "true"},
                      {"type(e.list) == list && type(e.map) == map", "true"},
                      {"type(type(1)) == type", "true"},
                      {"type(1) == type('a')", "false"}});
}

TEST(Values, OneSideThatDecidesMakesErrorsOfTheOtherIrrelevant) {
  event().expect_all({{"e.x == 1 || true", "true"},
                      {"true || e.x == 1", "true"},
                      {"e.x == 1 && false", "false"},
                      {"e.x == 1 || false", "error: no_such_field"},
                      {"e.x == 1 && e.int / 0 == 1 && false", "false"},
                      {"dyn('a') || true", "true"},
                      {"dyn('a') || false", "error: no_overload"},
                      {"true ? 1 : e.x", "1"},
                      {"e.x ? 1 : 2", "error: no_such_field"},
                      {"e.int ? 1 : 2", "error: no_overload"}});
}

TEST(Values, OptionalsArePassedThroughFieldsAndItems) {
  event().expect_all({{"e.?map.b.c.orValue('x')", "\"d\""},
                      {"e.?x.b.c.orValue('x')", "\"x\""},
                      {"e.map[?'b'].c.value()", "\"d\""},
                      {"e.list[?9].hasValue()", "false"},
                      {"e.list[?0].optMap(x, x + 1).value()", "2"},
                      {"e.?x.optMap(x, x / 0).hasValue()", "false"},
                      {"e.?map.optFlatMap(m, m.?b).optFlatMap(b, b.?c).orValue('x')", "\"d\""},
                      {"e.?x.or(e.?y).or(e.?int).value()", "5"},
                      {"e.?x.value()", "error: no_such_field"},
                      {"e.?x", "absent"},
                      {"e.?int", "5"},
                      {"[?e.?int, ?e.?x, 1]", "[5,1]"},
                      {"{?'a': e.?int, ?'b': e.?x}", R"({"a":5})"},
                      {"optional.ofNonZeroValue(e.empty).hasValue()", "false"},
                      {"optional.ofNonZeroValue(e.none).hasValue()", "false"},
                      {"optional.ofNonZeroValue(e.fraction).hasValue()", "true"},
                      {"optional.ofNonZeroValue('').orValue('-')", "\"-\""},
                      {"optional.of(1) == optional.of(1.0) && optional.of(1) != optional.none()", "true"},
                      {"has(e.?map.b.c) && !has(e.?x.b.c)", "true"},
                      {"has(e.map.x)", "false"},
                      {"has(e.x.y)", "error: no_such_field"}});
}

TEST(Values, DatesAndInstantsAreReadFromText) {
  event().expect_all({{"timestamp(e.instant)", "\"2026-03-05T00:30:00.5Z\""},
                      {"timestamp(dyn('2026-02-30T00:00:00Z'))", "error: bad_argument"},
                      {"timestamp('2026-12-31T23:59:60Z')", "\"2027-01-01T00:00:00Z\""},
                      {"timestamp(dyn('2026-03-05 00:00:00Z'))", "error: bad_argument"},
                      {"duration('1h30m')", "\"5400s\""},
                      {"duration('-1.5s')", "\"-1.5s\""},
                      {"duration(dyn('1'))", "error: bad_argument"},
                      {"duration(dyn(''))", "error: bad_argument"},
                      {"string(duration('1.000000001s'))", "\"1.000000001s\""}});
}

}  // namespace
}  // namespace simpul
