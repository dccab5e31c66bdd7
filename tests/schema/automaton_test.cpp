// Automata: that they mean what patterns mean, that their operations agree text by text, and what they say of a
// language. Random patterns and texts come from fixed seeds.
#include "bus/schema/automaton.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <algorithm>
#include <random>
#include <set>

#include <fmt/format.h>

#include "bus/base/bytes.h"
#include "bus/schema/formats.h"
#include "bus/schema/pattern.h"
#include "bus/schema/re2_words.h"

namespace simpul {
namespace {

Automaton of(std::string_view pattern) {
  auto automaton = Automaton::of_pattern(pattern);
  EXPECT_TRUE(automaton) << pattern;
  return automaton.value_or(Automaton::none());
}

class Chance {
 public:
  explicit Chance(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t count) { return engine_() % count; }
  template <class List>
  std::string_view one_of(const List& list) {
    return list[below(std::size(list))];
  }

  // Few characters, so that random texts often match: of one to four bytes, words and signs.
  std::string text(std::size_t most = 8) {
    constexpr std::string_view characters[] = {"a", "b", "Z", "1",      "_",  "-",      " ",  "\n",
                                               "é", "߿", "ࠀ", "\u2028", "一", "\uffff", "😀", "\U0010ffff"};
    std::string text;
    for (auto left = below(most + 1); left > 0; --left) text += one_of(characters);
    return text;
  }

  std::string pattern(unsigned depth = 3) {
    constexpr std::string_view atoms[] = {"a",
                                          "b",
                                          "1",
                                          "é",
                                          "😀",
                                          ".",
                                          "\\d",
                                          "\\w",
                                          "\\W",
                                          "\\s",
                                          "[ab]",
                                          "[^a]",
                                          "[a-zé-一]",
                                          "[^\\w😀]",
                                          "\\D",
                                          "[]",
                                          "[^]",
                                          "\\u{10ffff}",
                                          "[\\S\\n]",
                                          "\\-",
                                          "Z_",
                                          "\\n",
                                          "[\\u07ff-\\uffff]"};
    constexpr std::string_view assertions[] = {"^", "$", "\\b", "\\B"};
    constexpr std::string_view quantifiers[] = {"*", "+", "?", "{2}", "{1,3}", "{0}", "{2,}", "*?", "{0,2}?"};
    std::string out;
    for (auto left = below(4); left > 0; --left) {
      if (below(5) == 0) {
        out += one_of(assertions);
        continue;
      }
      if (depth > 0 && below(3) == 0) {
        out +=
            (below(2) == 0 ? "(?:" : "(") + pattern(depth - 1) + (below(2) == 0 ? "|" + pattern(depth - 1) : "") + ")";
      } else {
        out += one_of(atoms);
      }
      if (below(3) == 0) out += one_of(quantifiers);
    }
    return out;
  }

 private:
  std::mt19937 engine_;
};

TEST(Automata, MeanWhatRe2AndPatternsMean) {
  Chance chance(1);
  std::size_t matching = 0, total = 0;
  for (int round = 0; round < 600; ++round) {
    auto source = chance.pattern();
    auto tree = regex::parse(source);
    ASSERT_TRUE(tree) << source << ": " << tree.error().message;
    auto pattern = Pattern::compile(source);
    ASSERT_TRUE(pattern) << source;
    auto automaton = Automaton::of_pattern(source);
    ASSERT_TRUE(automaton) << source;
    RE2 machine(regex::written_for_re2(*tree));
    ASSERT_TRUE(machine.ok()) << source;
    std::vector<std::string> texts = automaton->some(5);
    for (int i = 0; i < 25; ++i) texts.push_back(chance.text());
    for (const auto& text : texts) {
      bool expected = RE2::PartialMatch(text, machine);
      ASSERT_EQ(automaton->matches(text), expected) << source << " on " << text;
      ASSERT_EQ((*pattern)->matches(text), expected) << source << " on " << text;
      matching += expected;
      ++total;
    }
  }
  EXPECT_GT(matching, total / 4) << "the texts tell something";
  EXPECT_LT(matching, total * 3 / 4);
}

TEST(Automata, CombineTextByText) {
  Chance chance(2);
  for (int round = 0; round < 100; ++round) {
    auto first = chance.pattern(2), second = chance.pattern(2);
    auto a = of(first), b = of(second), none_of_a = a.complement();
    auto both = Automaton::both(a, b), either = Automaton::either(a, b), minus = Automaton::minus(a, b);
    ASSERT_TRUE(both && either && minus) << first << " and " << second;
    std::vector<std::string> texts = minus->some(4);
    for (auto more : {both->some(4), none_of_a.some(4)}) texts.insert(texts.end(), more.begin(), more.end());
    for (int i = 0; i < 20; ++i) texts.push_back(chance.text());
    for (const auto& text : texts) {
      bool in_a = a.matches(text), in_b = b.matches(text);
      EXPECT_EQ(both->matches(text), in_a && in_b) << first << " and " << second << " on " << text;
      EXPECT_EQ(either->matches(text), in_a || in_b) << first << " or " << second << " on " << text;
      EXPECT_EQ(minus->matches(text), in_a && !in_b) << first << " without " << second << " on " << text;
      EXPECT_EQ(none_of_a.matches(text), !in_a) << "not " << first << " on " << text;
    }
    EXPECT_EQ(none_of_a.complement(), a) << first;
    EXPECT_EQ(*Automaton::both(a, b), *Automaton::both(b, a)) << first << " and " << second;
    EXPECT_EQ(*Automaton::either(none_of_a, a), Automaton::any()) << first;
    EXPECT_TRUE(Automaton::both(none_of_a, a)->empty()) << first;
    EXPECT_EQ(*Automaton::both(a, b.complement()), *minus) << first << " and " << second;
  }
}

TEST(Automata, GiveTextsOfTheirOwnShortestFirst) {
  Chance chance(3);
  for (int round = 0; round < 400; ++round) {
    auto source = chance.pattern(2);
    auto automaton = of(source);
    auto shortest = automaton.shortest();
    EXPECT_EQ(shortest.has_value(), !automaton.empty()) << source;
    if (!shortest) continue;
    EXPECT_TRUE(is_utf8(*shortest)) << source;
    EXPECT_TRUE(automaton.matches(*shortest)) << source;
    EXPECT_EQ(count_characters(*shortest), automaton.least_length()) << source;
    auto texts = automaton.some(20);
    ASSERT_FALSE(texts.empty());
    EXPECT_EQ(std::set<std::string>(texts.begin(), texts.end()).size(), texts.size()) << source;
    EXPECT_TRUE(std::is_sorted(texts.begin(), texts.end(), [](const auto& a, const auto& b) {
      return count_characters(a) < count_characters(b);
    })) << source;
    for (const auto& text : texts) EXPECT_TRUE(is_utf8(text) && automaton.matches(text)) << source << " " << text;
    if (automaton.finite()) {
      auto all = automaton.some(5'000);
      if (all.size() < 5'000) {
        std::size_t longest = 0;
        for (const auto& text : all) longest = std::max(longest, count_characters(text));
        EXPECT_EQ(automaton.most_length(), longest) << source;
      }
    } else {
      EXPECT_FALSE(automaton.most_length()) << source;
    }
  }
}

TEST(Automata, FindTextsOfALength) {
  Chance chance(4);
  for (int round = 0; round < 60; ++round) {
    auto source = chance.pattern(2);
    auto automaton = of(source);
    for (std::uint64_t least = 0; least < 5; ++least) {
      for (std::uint64_t most = least; most < 6; most += 2) {
        auto found = automaton.with_length(least, most);
        auto expected = Automaton::both(automaton, *Automaton::of_length(least, most));
        ASSERT_TRUE(found.decided && expected);
        EXPECT_EQ(found.text.has_value(), !expected->empty()) << source << " " << least << ".." << most;
        if (!found.text) continue;
        EXPECT_TRUE(expected->matches(*found.text)) << source;
        EXPECT_EQ(count_characters(*found.text), expected->least_length()) << source;
      }
    }
  }
  auto words = of("^(?:[a-z]{7} )*$");
  auto long_one = words.with_length(5'001, 5'010);
  ASSERT_TRUE(long_one.text);
  EXPECT_EQ(count_characters(*long_one.text), 5'008u);
  EXPECT_TRUE(words.matches(*long_one.text));
  EXPECT_FALSE(words.with_length(5'001, 5'007).text);
  EXPECT_TRUE(words.with_length(5'001, 5'007).decided);
  EXPECT_FALSE(of("^a{3,7}$").with_length(8, std::nullopt).text);
  EXPECT_FALSE(Automaton::any().with_length(100'000'000, std::nullopt).decided) << "too much work";
}

TEST(Automata, SayWhatPeopleCanRead) {
  EXPECT_EQ(of("^[0-9]{16}$").shortest(), "0000000000000000");
  EXPECT_EQ(of("^[^a-z]$").shortest(), "A");
  EXPECT_EQ(of("^\\W$").shortest(), "-");
  EXPECT_EQ(of("^[^ -~]$").shortest(), "á");
  EXPECT_EQ(of("^.{0}$").shortest(), "");
  EXPECT_EQ(of("").least_length(), 0u);
  EXPECT_EQ(of("[]").shortest(), std::nullopt);
  EXPECT_TRUE(of("[]").empty());
  EXPECT_EQ(of("^(?:ya|tidak|mungkin)$").some(10), (std::vector<std::string>{"ya", "tidak", "mungkin"}));
  EXPECT_TRUE(of("^(?:ya|tidak)?$").finite());
  EXPECT_EQ(of("^(?:ya|tidak)?$").most_length(), 5u);
  EXPECT_FALSE(of("^ya").finite());
  EXPECT_EQ(Automaton::none().most_length(), std::nullopt);
}

TEST(Automata, CompareLanguagesNotTheirSpelling) {
  EXPECT_EQ(of("^[0-9]{3}$"), of("^\\d\\d\\d$"));
  EXPECT_EQ(of("^(?:a|b)*$"), of("^[ab]*$"));
  EXPECT_EQ(of("^\\p{Lu}+$"), of("^[\\p{Lu}]{1,}$"));
  EXPECT_EQ(of("a"), of("^[^]*a[^]*$"));
  EXPECT_EQ(of("^[^]*$"), Automaton::any());
  EXPECT_EQ(of("\\bab\\b"), of("(?:^|\\W)ab(?:$|\\W)"));
  EXPECT_EQ(of("^(?:\\Ba|b)$"), of("^b$"));
  EXPECT_EQ(of("$^"), of("^$"));
  EXPECT_FALSE(of("^[0-9]$") == of("^\\p{Nd}$"));
  EXPECT_TRUE(Automaton::minus(of("^[0-9]+$"), of("^\\p{Nd}+$"))->empty());
  EXPECT_EQ(Automaton::minus(of("^\\w{2}$"), of("^[a-zA-Z0-9]{2}$"))->some(1), std::vector<std::string>{"a_"});
}

TEST(Automata, HoldWellFormedTextsOnly) {
  for (std::string_view bytes :
       {"\x80", "\xc0\x80", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8", "\xe0\x80\x80"}) {
    EXPECT_FALSE(Automaton::any().matches(bytes));
    EXPECT_FALSE(of("[^a]").matches(bytes));
    EXPECT_FALSE(of("^a$").complement().matches(bytes));
  }
  for (std::string_view text :
       {"\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\uffff", "\U00010000", "\U0010ffff"}) {
    EXPECT_TRUE(Automaton::any().matches(text));
    EXPECT_TRUE(of("^.$").matches(text));
    EXPECT_TRUE(of("^[^a]$").matches(text));
  }
  EXPECT_TRUE(of("^[\\ud800-\\udfff]$").empty());
  EXPECT_FALSE(Automaton::of_text("\xff"));
  EXPECT_EQ(Automaton::of_text("a.é")->some(5), std::vector<std::string>{"a.é"});
}

TEST(Automata, OfLengthsCountCharacters) {
  auto two_or_three = Automaton::of_length(2, 3);
  ASSERT_TRUE(two_or_three);
  EXPECT_TRUE(two_or_three->matches("é😀"));
  EXPECT_FALSE(two_or_three->matches("é"));
  EXPECT_FALSE(two_or_three->matches("abcd"));
  EXPECT_EQ(two_or_three->least_length(), 2u);
  EXPECT_EQ(two_or_three->most_length(), 3u);
  EXPECT_TRUE(Automaton::of_length(3, 2)->empty());
  EXPECT_EQ(*Automaton::of_length(0, std::nullopt), Automaton::any());
  EXPECT_FALSE(Automaton::of_length(0, 5'000)) << "asked of a language instead";
  EXPECT_FALSE(Automaton::of_length(0, 1'000'000'000'000));
}

TEST(Automata, AreNotMadeWhenTheyWouldBeTooBig) {
  EXPECT_FALSE(Automaton::of_pattern("(a|b)*a(a|b){14}$"));
  EXPECT_FALSE(Automaton::of_pattern("(a{1,500}){1,500}"));
  EXPECT_FALSE(Automaton::of_pattern("(?=a)"));
  EXPECT_FALSE(Automaton::of_pattern("^a{9}$", 5));
  EXPECT_TRUE(Automaton::of_pattern("^a{9}$", 10));
  EXPECT_TRUE(Automaton::of_pattern("^[a-z]{0,4000}$"));
  auto threes = of("^(?:a{61})*$"), fives = of("^(?:a{67})*$");
  EXPECT_TRUE(Automaton::both(threes, fives)) << "61 × 67 states";
  EXPECT_FALSE(Automaton::both(threes, of("^(?:a{71})*$")));
}

TEST(Automata, OfFormatsAgreeWithTheFormats) {
  Chance chance(5);
  std::size_t known = 0;
  for (const auto& name : format_names()) {
    auto language = language_of_format(name);
    if (!language) continue;
    ++known;
    auto matches = find_format(name)->matches;
    ASSERT_FALSE(language->empty()) << name;
    auto texts = language->some(200);
    for (auto text : language->complement().some(50)) texts.push_back(text);
    constexpr std::string_view pieces[] = {"0",    "1", "2", "3", "4", "9",  "00", "29", "02", "12", "2000", "1900",
                                           "2024", "-", ".", "/", "~", "~0", " ",  "a",  "F",  "B",  "K",    "é"};
    // Dates, numbers and what is near them: digits of a text of the language changed, a piece put in or taken out.
    for (int i = 0; i < 1'500; ++i) {
      std::string text(chance.one_of(texts));
      for (auto left = chance.below(3) + 1; left > 0; --left) {
        auto at = chance.below(text.size() + 1);
        while (at > 0 && at < text.size() && (text[at] & 0xc0) == 0x80) --at;
        if (chance.below(4) == 0) {
          text.insert(at, chance.one_of(pieces));
        } else if (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) {
          if (chance.below(6) == 0) {
            text.erase(at, 1);
          } else {
            text[at] = static_cast<char>('0' + chance.below(10));
          }
        }
      }
      if (text.size() < 60 && matches(text)) texts.push_back(text);
      ASSERT_EQ(language->matches(text), matches(text)) << name << " " << text;
    }
    for (const auto& text : texts) ASSERT_EQ(language->matches(text), matches(text)) << name << " " << text;
  }
  EXPECT_EQ(known, 15u);
  for (int year : {1900, 2000, 2023, 2024, 2100, 0, 9996}) {
    for (int day = 28; day < 31; ++day) {
      auto text = fmt::format("{:04}-02-{}", year, day);
      EXPECT_EQ(language_of_format("date")->matches(text), find_format("date")->matches(text)) << text;
      auto nik = fmt::format("367101{}02{:02}9001", day + 40, year % 100);
      EXPECT_EQ(language_of_format("nik")->matches(nik), find_format("nik")->matches(nik)) << nik;
    }
  }
  EXPECT_FALSE(language_of_format("email"));
}

}  // namespace
}  // namespace simpul
