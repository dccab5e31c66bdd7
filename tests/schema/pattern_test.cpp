// Patterns: what ECMA-262 says, what is refused and in which words, and that nothing hostile takes long.
#include "bus/schema/pattern.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace simpul {
namespace {

bool matches(std::string_view pattern, std::string_view text) {
  auto compiled = Pattern::compile(pattern);
  if (!compiled) {
    ADD_FAILURE() << pattern << ": " << compiled.error().message;
    return false;
  }
  return (*compiled)->matches(text);
}

// ECMA-262 with the u flag
TEST(Patterns, MeanWhatEcmaSays) {
  EXPECT_TRUE(matches("b", "abc")) << "anywhere";
  EXPECT_FALSE(matches("^a$", "a\n")) << "$ is the end only";
  EXPECT_FALSE(matches("^\\d$", "२")) << "\\d is ASCII";
  EXPECT_FALSE(matches("^\\w$", "é")) << "\\w is ASCII";
  EXPECT_TRUE(matches("^\\s+$", " \t\n\v\f\r\u00a0\u2028\u3000\ufeff")) << "\\s is Unicode";
  EXPECT_FALSE(matches("\\S", "\v\u00a0"));
  EXPECT_TRUE(matches("^[\\s_]+$", "_\u00a0"));
  EXPECT_TRUE(matches("^[^\\s]$", "é"));
  EXPECT_TRUE(matches("^[\\S]$", "é"));
  EXPECT_FALSE(matches("^.$", "\r")) << "the dot stops at every line end";
  EXPECT_TRUE(matches("^.$", "😀")) << "a character, not a code unit";
  EXPECT_TRUE(matches("^\\cJ$", "\n"));
  EXPECT_TRUE(matches("^\\x41\\u0042\\u{43}\\ud83d\\ude00$", "ABC😀"));
  EXPECT_TRUE(matches("^\\p{Letter}\\P{L}\\p{Lu}\\p{Script=Greek}$", "é1Éλ"));
  EXPECT_TRUE(matches("^\\p{gc=Decimal_Number}$", "२"));
  EXPECT_TRUE(matches("^(?<tahun>\\d{4})\\/(?:x|y)$", "2026/x"));
  EXPECT_TRUE(matches("^[[a]$", "["));
  EXPECT_FALSE(matches("^[[:alpha:]]$", "x")) << "ECMA has no classes of POSIX";
  EXPECT_FALSE(matches("[]", "x"));
  EXPECT_TRUE(matches("^[^]$", "\n"));
  EXPECT_TRUE(matches("^[\\b]$", "\b"));
  EXPECT_TRUE(matches("^a{2,3}\\{\\-\\/$", "aa{-/"));
  EXPECT_TRUE(matches("^\\0$", std::string_view("\0", 1)));
  EXPECT_TRUE(matches("^36\\.71\\.\\d{2}$", "36.71.01"));
}

TEST(Patterns, RefuseWhatIsNotEcmaOrNotLinear) {
  for (std::string_view pattern :
       {"(?=a)", "(?!a)", "(?<=a)", "(?<!a)", "(a)\\1", "(?<x>a)\\k<x>", "\\p{Alphabetic}", "\\ud800", "(?i:a)"}) {
    auto compiled = Pattern::compile(pattern);
    ASSERT_FALSE(compiled) << pattern;
    EXPECT_EQ(compiled.error().code, "pattern.unsupported") << pattern;
  }
  for (std::string_view pattern : {"(", "[a", "\\", "\\a", "\\Z", "\\cé", "\\u12", "\\u{110000}", "\\xg0", "a{,3}",
                                   "a{", "*", "(?i)a", "\\pL", "a++b("}) {
    auto compiled = Pattern::compile(pattern);
    ASSERT_FALSE(compiled) << pattern;
    EXPECT_EQ(compiled.error().code, "pattern.syntax") << pattern;
    EXPECT_FALSE(compiled.error().hint.empty());
  }
}

TEST(Patterns, TakeWhatPeopleWriteWithoutTheUFlag) {
  EXPECT_TRUE(matches("^\\_\\\"\\-\\@\\#$", "_\"-@#")) << "escaped signs";
  EXPECT_TRUE(matches("^[\\w-.]+$", "a-b.c")) << "a dash behind a class is a dash";
  EXPECT_FALSE(matches("^[\\w-.]+$", "a/b"));
  EXPECT_TRUE(matches("^]}$", "]}"));
  EXPECT_TRUE(matches("^\\${[a-z]+}$", "${nama}"));
  EXPECT_TRUE(matches("^[^\\ud800-\\udfff]$", "😀")) << "no text holds a surrogate";
}

TEST(Patterns, KnowCategoriesAndScripts) {
  EXPECT_TRUE(matches("^\\p{Script=Javanese}+$", "ꦗꦮ"));
  EXPECT_TRUE(matches("^\\p{sc=Latn}\\p{Cased_Letter}\\p{ASCII}\\p{Any}$", "aÉz😀"));
  EXPECT_TRUE(matches("^\\p{Unassigned}\\P{Assigned}\\p{C}$", "\u0378\u0378\u0378")) << "C holds what is not assigned";
  EXPECT_FALSE(matches("^\\p{Cn}$", "a"));
  EXPECT_TRUE(matches("^[^\\p{L}\\d]$", "-"));
  EXPECT_FALSE(matches("^[^\\p{L}\\d]$", "é"));
  EXPECT_TRUE(matches("^\\P{LC}$", "1"));
  EXPECT_FALSE(matches("^\\P{LC}$", "x"));
  auto misspelt = Pattern::compile("^\\p{Leter}$");
  ASSERT_FALSE(misspelt);
  EXPECT_EQ(misspelt.error().hint, "write \\p{Letter}");
  EXPECT_EQ(Pattern::compile("\\p{Greek}").error().hint, "write \\p{Script=Greek}");
}

TEST(Patterns, SayWhichCharacterIsWrongAndWhatToWrite) {
  struct Case {
    std::string_view pattern, message, hint;
  };
  const Case cases[] = {
      {"é(b", "a ( that is not closed, at character 2 of the pattern",
       "add ) where the group ends, or write \\( for the character"},
      {"ab)", "a ) without its (, at character 3 of the pattern", "add ( before it, or write \\) for the character"},
      {"[z-a]", "a range whose ends are out of order, at character 3 of the pattern",
       "write the smaller one first: [a-z]"},
      {"a{5,3}", "a quantifier whose numbers are out of order, at character 2 of the pattern",
       "write the smaller one first: {3,5}"},
      {"^+", "a quantifier behind what takes no character (^, $, \\b or \\B), at character 2 of the pattern",
       "remove it"},
      {"\\Aab", "\\A is no escape of ECMA-262, at character 1 of the pattern", "write ^ for the start"},
      {"(?<a>x)(?<a>y)", "a second group of the name a, at character 11 of the pattern", "give it a name of its own"},
      {"x(?!y)",
       "look-ahead and look-behind are not supported (a pattern runs in linear time), at character 2 of the "
       "pattern",
       "use allOf, anyOf or not with simpler patterns"},
  };
  for (const auto& expected : cases) {
    auto compiled = Pattern::compile(expected.pattern);
    ASSERT_FALSE(compiled) << expected.pattern;
    EXPECT_EQ(compiled.error().message, expected.message);
    EXPECT_EQ(compiled.error().hint, expected.hint);
  }
  EXPECT_TRUE(Pattern::compile("(?<a>x)|(?<a>y)")) << "one name in each alternative";
  EXPECT_EQ(Pattern::compile("(?=a").error().code, "pattern.syntax") << "what is no expression weighs more";
  EXPECT_EQ(Pattern::compile("\\1(").error().code, "pattern.syntax");
  EXPECT_EQ(Pattern::compile("\\1").error().code, "pattern.syntax") << "there is no such group";
  EXPECT_EQ(Pattern::compile("\xff").error().code, "pattern.syntax");
}

TEST(Patterns, CountBeyondAThousand) {
  EXPECT_TRUE(matches("^a{1,1500}$", std::string(1500, 'a')));
  EXPECT_FALSE(matches("^a{1,1500}$", std::string(1501, 'a')));
  // Too large for a machine: RE2 has them in pieces.
  EXPECT_TRUE(matches("^-.{3000,9000}$", "-" + std::string(9000, 'a')));
  EXPECT_FALSE(matches("^-.{3000,9000}$", "-" + std::string(9001, 'a')));
  EXPECT_TRUE(matches("^-.{3000,9000}$", "-" + std::string(3000, 'a')));
  EXPECT_FALSE(matches("^-.{3000,9000}$", "-" + std::string(2999, 'a')));
  EXPECT_TRUE(matches("^(?:.{50}){60,}$", std::string(3050, 'a')));
  EXPECT_FALSE(matches("^(?:.{50}){60,}$", std::string(2950, 'a')));
  EXPECT_FALSE(matches("^(?:.{50}){60,}$", std::string(3049, 'a')));
}

TEST(Patterns, CountCharactersOfOneClass) {
  for (std::size_t size : {0u, 1u, 20u, 21u, 39u, 40u, 41u, 100u}) {
    std::string plain(size, 'a'), wide, marked(size, 'a');
    for (std::size_t i = 0; i < size; ++i) wide += "é";
    if (size > 0) marked.back() = '-';
    bool fits = size >= 21 && size <= 40;
    for (auto pattern : {"^[a-zé]{21,40}$", "^\\p{Ll}{21,40}$", "^.{21,40}?$"}) {
      EXPECT_EQ(matches(pattern, plain), fits) << pattern << size;
      EXPECT_EQ(matches(pattern, wide), fits) << pattern << size << " characters, not bytes";
    }
    EXPECT_FALSE(matches("^[a-zé]{21,40}$", marked) && size > 0);
    EXPECT_EQ(matches("^[a-z]{40}$", plain), size == 40);
    EXPECT_EQ(matches("^[a-z]{40,}$", plain), size >= 40);
    EXPECT_EQ(matches("^[a-z]{0,40}$", plain), size <= 40);
    EXPECT_EQ(matches("[a-z]{21,40}$", plain), size >= 21) << "not from the start";
  }
  EXPECT_TRUE(matches("^.{1,1000000}$", std::string(1'000'000, 'x')));
  EXPECT_FALSE(matches("^.{1,1000000}$", std::string(1'000'001, 'x')));
}

TEST(Patterns, ThatExplodeAreAnsweredOrRefused) {
  EXPECT_FALSE(matches("^(a+)+$", std::string(100'000, 'a') + "b"));
  EXPECT_FALSE(matches("(x+x+)+y", std::string(100'000, 'x')));
  EXPECT_TRUE(matches("(a|b)*a(a|b){12}$", std::string(50'000, 'a')));
  EXPECT_FALSE(matches("^(([a-z])+.)+[A-Z]([a-z])+$", std::string(100'000, 'a')));
  std::string wide = "^[";
  for (int i = 0; i < 2'000; ++i) wide += fmt::format("\\u{{{:x}}}", 0x4e00 + 2 * i);
  EXPECT_TRUE(matches(wide + "]+$", "一丄"));
  EXPECT_FALSE(matches(wide + "]+$", "丁"));
  for (const auto& pattern : {std::string("(a{1,500}){1,500}"), std::string("((((a{1,99}){1,99}){1,99}){1,99}){1,99}"),
                              std::string("a{1000000}"), std::string("a{99999999999999999999}"),
                              "^(" + wide + "]{30}){500}$", std::string(100'000, '(') + std::string(100'000, ')')}) {
    auto compiled = Pattern::compile(pattern);
    ASSERT_FALSE(compiled) << pattern.substr(0, 40);
    EXPECT_EQ(compiled.error().code, "pattern.unsupported") << pattern.substr(0, 40);
    EXPECT_FALSE(compiled.error().hint.empty());
  }
}

}  // namespace
}  // namespace simpul
