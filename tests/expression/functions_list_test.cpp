// Functions of lists, sets and lists of optionals, and of encodings and digests.
#include <gtest/gtest.h>

#include "bus/base/uuid.h"
#include "tests/expression/functions_scope.h"

namespace simpul {
namespace {

class ListFunctions : public FunctionTableTest {};

TEST_F(ListFunctions, TakeParts) {
  expect_all({{"[1, 2, 3].slice(0, 0)", "[]"},
              {"[1, 2, 3].slice(3, 3)", "[]"},
              {"[1, 2, 3].slice(2, 1)", "error: bad_argument"},
              {"[1, 2, 3].slice(-1, 1)", "error: bad_argument"},
              {"[1, 2, 3].slice(0, 4)", "error: bad_argument"},
              {"data.label.slice(1, 2)", R"(["pindah"])"},
              {"[].first()", "absent"},
              {"data.label.last()", R"("pindah")"},
              {"data.label.first().orValue('-')", R"("baru")"},
              {"['a', 'b'].reverse()", R"(["b","a"])"},
              {"[].reverse()", "[]"},
              {"lists.range(0)", "[]"},
              {"lists.range(-1)", "error: bad_argument"},
              {"lists.range(100001)", "error: budget"},
              {"lists.range(9223372036854775807)", "error: budget"}});
}

TEST_F(ListFunctions, Flatten) {
  expect_all({{"[[], [1], [2, 3]].flatten()", "[1,2,3]"},
              {"[dyn([1, [2, [3]]]), dyn(4)].flatten(1)", "[1,[2,[3]],4]"},
              {"[dyn([1, [2, [3]]]), dyn(4)].flatten(9)", "[1,2,3,4]"},
              {"[dyn([1, [2, [3]]]), dyn(4)].flatten(0)", "[[1,[2,[3]]],4]"},
              {"[dyn([1])].flatten(-1)", "error: bad_argument"}});
}

TEST_F(ListFunctions, SortByTheOrderOfTheLanguage) {
  expect_all({{"[].sort()", "[]"},
              {"[3, 1, 2].sort()", "[1,2,3]"},
              {"['b', 'é', 'a', 'B'].sort()", R"(["B","a","b","é"])"},
              {"[true, false].sort()", "[false,true]"},
              {"[2.5, -1.0].sort()", "[-1,2.5]"},
              {"[timestamp(5), timestamp(1)].sort().map(t, int(t))", "[1,5]"},
              {"[dyn(2), dyn(1.5), dyn(1u)].sort()", "[1,1.5,2]"},
              {"[dyn(1), dyn('a')].sort()", "error: no_overload"},
              {"[0.0/0.0, 1.0].sort()", "error: bad_argument"},
              {"[dyn([1]), dyn([0])].sort()", "error: no_overload"},
              {"lists.range(1000).map(i, 999 - i).sort().slice(0, 3)", "[0,1,2]"},
              {"[3, 1, 2].sortBy(x, -x)", "[3,2,1]"}});
}

TEST_F(ListFunctions, DistinctAndSetsCompareByValue) {
  expect_all({{"[1, 1, 2].distinct()", "[1,2]"},
              {"[dyn(1), dyn(1u), dyn(1.0), dyn('1'), dyn(true)].distinct()", R"([1,"1",true])"},
              {"[[1], [1], [2]].distinct()", "[[1],[2]]"},
              {"[{'a': 1}, {'a': 1}].distinct()", R"([{"a":1}])"},
              {"[0.0, -0.0].distinct().size()", "1"},
              {"[0.0/0.0, 0.0/0.0].distinct().size()", "2"},
              {"data.anggota.map(a, a.stat_hbkel).distinct()", "[1,4]"},
              {"sets.contains([], [])", "true"},
              {"sets.contains([1], [])", "true"},
              {"sets.contains([], [1])", "false"},
              {"sets.contains([1, 2u, 3.0], [1.0, 2, 3u])", "true"},
              {"sets.intersects([], [])", "false"},
              {"sets.intersects(data.label, ['pindah'])", "true"},
              {"sets.equivalent([1, 2], [1, 2, 3])", "false"},
              {"sets.equivalent([], [])", "true"},
              {"sets.contains(dyn(1), [1])", "error: no_overload"}});
}

TEST_F(ListFunctions, UnwrapOptionals) {
  expect_all({{"[data.?email, optional.of('x')].unwrapOpt()", R"(["x"])"},
              {"optional.unwrap([])", "[]"},
              {"dyn([1]).unwrapOpt()", "error: no_overload"}});
}

// A large list takes a while to compare with itself, and not longer.
TEST_F(ListFunctions, AreBounded) {
  expect_all({{"lists.range(9000).distinct().size()", "9000"},
              {"lists.range(9000).map(i, string(i)).distinct().size()", "9000"},
              {"lists.range(9000).map(i, [i]).distinct().size()", "error: budget"},
              {"lists.range(20000).map(i, -i).sort().size()", "error: budget"}});
}

TEST_F(ListFunctions, EncodeAndDigest) {
  expect_all(
      {{"base64.encode(b'')", R"("")"},
       {"base64.encode(b'\\xff\\x00')", R"("/wA=")"},
       {"base64.decode('/wA') == b'\\xff\\x00'", "true"},
       {"base64.decode('') == b''", "true"},
       {"base64.decode('a')", "error: bad_argument"},
       {"base64.decode('a-_=')", "error: bad_argument"},
       {"base64.decode('aGVs bG8=')", "error: bad_argument"},
       {"sha256('abc')", R"("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")"},
       {"sha256(b'abc') == 'abc'.sha256()", "true"},
       {"uuid5('DNS', 'x')", "error: bad_argument"},
       {"uuid5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com') == uuid5('dns', 'www.example.com')", "true"},
       {"uuid5('6BA7B810-9DAD-11D1-80B4-00C04FD430C8', 'www.example.com') == uuid5('dns', 'www.example.com')", "true"},
       {"uuid5('6ba7b8109dad11d180b400c04fd430c8', 'x')", "error: bad_argument"},
       {"uuid5('6ba7b81-09dad-11d1-80b4-00c04fd430c8', 'x')", "error: bad_argument"},
       {"uuid5('6ba7b810-9dad-11d1-80b4-00c04fd430cg', 'x')", "error: bad_argument"}});
  EXPECT_EQ(uuid5("url", ""), "1b4db7eb-4057-5ddf-91e0-36dec72071f5");
}

}  // namespace
}  // namespace simpul
