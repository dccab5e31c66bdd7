// Functions of texts: usual cases, the edges (empty, beyond the Basic Multilingual Plane, huge, negative), errors.
#include <gtest/gtest.h>

#include "tests/expression/functions_scope.h"

namespace simpul {
namespace {

class TextFunctions : public FunctionTableTest {};

TEST_F(TextFunctions, CountCharactersNotBytes) {
  expect_all({{"size('')", "0"},
              {"'héllo'.size()", "5"},
              {"size('😀a')", "2"},
              {"size(b'\\xff\\x00')", "2"},
              {"b''.size()", "0"},
              {"size(any.nama)", "11"},
              {"size(data.anggota)", "2"},
              {"size({'a': 1})", "1"},
              {"size(1)", "problem: cel.type"},
              {"size(any.umur)", "error: no_overload"}});
}

TEST_F(TextFunctions, SearchByCharacters) {
  expect_all({{"'😀😀b'.indexOf('b')", "2"},
              {"'😀😀b'.indexOf('b', 2)", "2"},
              {"'😀😀b'.indexOf('')", "0"},
              {"''.indexOf('')", "0"},
              {"''.indexOf('x')", "-1"},
              {"'abc'.indexOf('', 3)", "3"},
              {"'abc'.indexOf('a', 4)", "error: bad_argument"},
              {"'abc'.indexOf('a', -1)", "error: bad_argument"},
              {"'😀b😀b'.lastIndexOf('b')", "3"},
              {"'😀b😀b'.lastIndexOf('b', 2)", "1"},
              {"'abc'.lastIndexOf('')", "3"},
              {"'abc'.lastIndexOf('a', 9)", "error: bad_argument"},
              {"'é'.contains('')", "true"},
              {"'a'.contains('aa')", "false"},
              {"'abc'.startsWith('')", "true"},
              {"'abc'.endsWith('abcd')", "false"},
              {"any.umur.contains('x')", "error: no_overload"}});
}

TEST_F(TextFunctions, CutByCharacters) {
  expect_all({{"'😀é𝒳'.substring(1)", R"("é𝒳")"},
              {"'😀é𝒳'.substring(1, 2)", R"("é")"},
              {"''.substring(0)", R"("")"},
              {"'abc'.substring(2, 1)", "error: bad_argument"},
              {"'abc'.substring(9223372036854775807)", "error: bad_argument"},
              {"'😀é'.charAt(1)", R"("é")"},
              {"'😀é'.charAt(2)", R"("")"},
              {"'😀é'.charAt(3)", "error: bad_argument"},
              {"'abc'.charAt(-1)", "error: bad_argument"},
              {"'😀😀😀'.truncate(2)", R"("😀😀")"},
              {"'abc'.truncate(0)", R"("")"},
              {"'abc'.truncate(9223372036854775807)", R"("abc")"},
              {"'abc'.truncate(-1)", "error: bad_argument"},
              {"truncate('abc', 1)", R"("a")"}});
}

TEST_F(TextFunctions, ReplaceSplitAndJoin) {
  expect_all({{"'aaa'.replace('a', 'b', 2)", R"("bba")"},
              {"'aaa'.replace('a', 'b', 0)", R"("aaa")"},
              {"'aaa'.replace('a', 'b', -5)", R"("bbb")"},
              {"'é😀'.replace('', '-')", R"("-é-😀-")"},
              {"''.replace('', '-')", R"("-")"},
              {"'a,b,,c'.split(',')", R"(["a","b","","c"])"},
              {"''.split(',')", R"([""])"},
              {"'é😀'.split('')", R"(["é","😀"])"},
              {"'a,b,c'.split(',', 2)", R"(["a","b,c"])"},
              {"[].join(',')", R"("")"},
              {"['a'].join(',')", R"("a")"},
              {"any.label.join('/')", R"("baru/pindah")"},
              {"[1].join()", "problem: cel.type"},
              {"any.anggota.join()", "error: no_overload"}});
}

TEST_F(TextFunctions, ChangeLettersAndSpace) {
  expect_all({{"'ÀBc'.lowerAscii()", R"("Àbc")"},
              {"'àbC'.upperAscii()", R"("àBC")"},
              {"'\\u00a0\\u3000 a b \\t\\r\\n'.trim()", R"("a b")"},
              {"'  '.trim()", R"("")"},
              {"'\\u200bx'.trim()", "\"\xE2\x80\x8Bx\""},
              {"'abc'.reverse()", R"("cba")"},
              {"'aé😀'.reverse()", R"("😀éa")"},
              {"''.reverse()", R"("")"},
              {"'JL. MH. THAMRIN no.3b'.title()", R"("Jl. Mh. Thamrin No.3b")"},
              {"''.title()", R"("")"},
              {"title('éCOLE')", R"("école")"}});
}

TEST_F(TextFunctions, PadDigitsAndMask) {
  expect_all({{"'é'.padLeft(3, '😀')", R"("😀😀é")"},
              {"'abc'.padLeft(2, ' ')", R"("abc")"},
              {"''.padRight(2, 'x')", R"("xx")"},
              {"'a'.padLeft(3, '')", "error: bad_argument"},
              {"'a'.padLeft(3, 'ab')", "error: bad_argument"},
              {"'a'.padLeft(-1, 'x')", "error: bad_argument"},
              {"'a'.padLeft(10001, 'x')", "error: bad_argument"},
              {"size('a'.padRight(10000, 'x'))", "10000"},
              {"'+62 (812) 34-56'.digits()", R"("628123456")"},
              {"'٣'.digits()", R"("")"},
              {"'3671015207909001'.mask()", R"("3671********9001")"},
              {"'SITI'.mask()", R"("****")"},
              {"'SITI'.mask(1)", R"("S***")"},
              {"'SITI'.mask(1, 1)", R"("S**I")"},
              {"'SITI'.mask(2, 1)", R"("****")"},
              {"'ab'.mask(1)", R"("a*")"},
              {"'a'.mask(1)", R"("*")"},
              {"'😀éab'.mask(1)", R"("😀***")"},
              {"''.mask()", R"("")"},
              {"'abc'.mask(0, 0)", R"("***")"},
              {"'abc'.mask(-1)", "error: bad_argument"},
              {"'abc'.mask(9223372036854775807, 9223372036854775807)", R"("***")"}});
}

TEST_F(TextFunctions, QuoteAsTheLanguageDoes) {
  expect_all({{"strings.quote('')", R"("\"\"")"},
              {"strings.quote('a\\n\\r\\t\\a\\b\\f\\v\\\\\"\\'')", R"("\"a\\n\\r\\t\\a\\b\\f\\v\\\\\\\"'\"")"},
              {"strings.quote('😀')", R"("\"😀\"")"}});
}

TEST_F(TextFunctions, FormatByClauses) {
  expect_all({{"'%d %d'.format([-5, 18446744073709551615u])", R"("-5 18446744073709551615")"},
              {"'%d'.format([-9223372036854775808])", R"("-9223372036854775808")"},
              {"'%b %o %x %X'.format([-5, -9, -255, 255])", R"("-101 -11 -ff FF")"},
              {"'%.0f %.2f %f'.format([2.5, 1, 2u])", R"("2 1.00 2.000000")"},
              {"'%.3e'.format([0.0])", R"("0.000e+00")"},
              {"'%s'.format([{'b': [1, 2.5], 'a': null}])", R"("{a: null, b: [1, 2.5]}")"},
              {"'%s'.format([any.luas])", R"("72.50")"},
              {"'%s'.format([any.lain.besar])", R"("12345678901234567890")"},
              {"'%d'.format([any.lain.besar])", R"("12345678901234567890")"},
              {"'%d'.format([any.luas])", "error: bad_argument"},
              {"'%d'.format([1.5])", "error: bad_argument"},
              {"'%s'.format([])", "error: bad_argument"},
              {"'%'.format([1])", "error: bad_argument"},
              {"'%.f'.format([1.0])", "error: bad_argument"},
              {"'%.1001f'.format([1.0])", "error: bad_argument"},
              {"'%.99999999999999f'.format([1.0])", "error: bad_argument"},
              {"'%s'.format([b'\\xff'])", "error: bad_argument"},
              {"'%x'.format(['😀'])", R"("f09f9880")"},
              {"'100%%'.format([])", R"("100%")"}});
}

// Long texts are paid for by their bytes: an evaluation ends at its budget, whatever it does with them.
TEST_F(TextFunctions, SpendByWhatTheyReadAndMake) {
  const std::string large = "lists.range(700).map(i, 'x'.padLeft(9000, 'y')).join('')";
  EXPECT_EQ(scope_.value("size(" + large + ") > 0"), "error: budget");
  const std::string some = "lists.range(20).map(i, 'x'.padLeft(9000, 'y')).join('')";
  EXPECT_EQ(scope_.value("size(" + some + ")"), "180000");
  for (const char* call : {".replace('y', 'zzzzzzzzzzzzzzzzzzzzzz')", ".split('')", ".format([1])"}) {
    EXPECT_EQ(scope_.value("lists.range(60).map(j, " + some + call + ").size() > 0"), "error: budget") << call;
  }
}

}  // namespace
}  // namespace simpul
