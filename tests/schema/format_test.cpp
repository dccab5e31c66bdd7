#include "bus/schema/formats.h"

#include <gtest/gtest.h>

#include "bus/schema/pattern.h"

namespace simpul {
namespace {

struct Texts {
  std::string_view format;
  std::vector<std::string_view> good, bad;
};

// domain.md §1: the hard rules
TEST(Formats, AcceptAndRefuse) {
  const std::vector<Texts> all{
      {"nik",
       {"3671015207909001", "3671011207909001", "9471010101900001", "3671016902009001", "3671017112999999"},
       {"367101520790900", "36710152079090011", "3671010007909001", "3671014107900000", "3671013213909001",
        "3671017207909001", "3671013002909001", "3671012902019001", "36710152O7909001", "3671 015207909001", "",
        "3671015200909001", "3671014007909001"}},
      {"no-kk", {"3671012211269001", "3671019999999001"}, {"367101221126900", "367101221126900x"}},
      {"nip",
       {"199007122015032001", "19900712 201503 2 001", "19900712.201503.1.001", "199007122022211001"},
       {"199013122015032001", "199007122015132001", "199007122015033001", "19900712201503200", "199002302015032001",
        "131234567", "199007122015002001"}},
      {"npwp",
       {"012345678901000", "0012345678901000", "3671015207909001", "0123456789010000000001", "01.234.567.8-901.000"},
       {"01234567890100", "01-234.567.8-901.000", "01234567890100x"}},
      {"nop", {"367501000100100010", "36.75.010.001.001-0001.0"}, {"36750100010010001", "36.75"}},
      {"nib", {"1234567890123"}, {"123456789012", "12345678901234"}},
      {"nisn", {"0051234567"}, {"51234567", "005123456x"}},
      {"npsn", {"20606789", "P1234567", "K1234567", "041234"}, {"2060678", "X1234567", "1234567890"}},
      {"kode-wilayah",
       {"36", "36.71", "36.71.01", "36.71.01.1001", "3671", "367101", "3671011001"},
       {"3", "367", "36.7", "36.71.1", "36.71.01.001", "36710110010", "36,71", "36.71."}},
      {"duration",
       {"P4DT12H30M5S", "P4Y", "PT0S", "P1M", "PT1M", "PT36H", "P1DT12H", "P2W", "P1Y2M3D"},
       {"PT1D", "P", "P1YT", "PT", "P2D1Y", "P1D2H", "P1Y2D", "PT1H2S", "P1Y2W", "1D", "P1"}},
      {"email",
       {"a@b.example", "a.b+c@d-e.example", "\"a b\"@c.example", "a@[192.0.2.1]", "a@[IPv6:::1]"},
       {"a", "a@", "@b", ".a@b", "a.@b", "a..b@c", "a b@c", "a@b c", "a@-b", "a@[1.2.3]"}},
      {"hostname",
       {"a", "a.b-c.example", "1a.2b", "xn--4gbwdl.xn--wgbh1c"},
       {"", "-a", "a-", "a..b", "a_b", ".a", "a.", "ab--cd"}},
      {"uuid",
       {"2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2EB8AA08-AA98-11EA-B4AA-73B441D16380"},
       {"2eb8aa08aa98-11ea-b4aa-73b441d16380-", "2eb8aa08-aa98-11ea-b4aa-73b441d1638",
        "2eb8aa08-aa98-11ea-b4ga-73b441d16380"}},
      {"json-pointer", {"", "/", "/a~0b/~1/0"}, {"a", "/~", "/~2"}},
      {"regex", {"^a(?=b)\\1$", "\\p{Letter}"}, {"[a", "\\a", "("}},
  };
  for (const auto& texts : all) {
    const auto* format = find_format(texts.format);
    ASSERT_NE(format, nullptr) << texts.format;
    for (auto text : texts.good) EXPECT_TRUE(format->matches(text)) << texts.format << " " << text;
    for (auto text : texts.bad) EXPECT_FALSE(format->matches(text)) << texts.format << " " << text;
  }
}

TEST(Formats, AreAllNamed) {
  EXPECT_EQ(format_names().size(), 22u);
  for (const auto& name : format_names()) EXPECT_NE(find_format(name), nullptr);
  EXPECT_EQ(find_format("iri"), nullptr);
}

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
       {"(?=a)", "(?!a)", "(?<=a)", "(?<!a)", "(a)\\1", "(?<x>a)\\k<x>", "\\p{Alphabetic=Yes}", "a{1001}"}) {
    auto compiled = Pattern::compile(pattern);
    ASSERT_FALSE(compiled) << pattern;
    EXPECT_EQ(compiled.error().code, "pattern.unsupported") << pattern;
  }
  for (std::string_view pattern : {"(", "[a", "\\", "\\a", "\\Z", "\\cé", "\\u12", "\\u{110000}", "\\xg0", "a{,3}",
                                   "a{", "*", "(?i)a", "\\pL", "\\ud800", "a++b("}) {
    auto compiled = Pattern::compile(pattern);
    ASSERT_FALSE(compiled) << pattern;
    EXPECT_EQ(compiled.error().code, "pattern.syntax") << pattern;
    EXPECT_FALSE(compiled.error().hint.empty());
  }
}

}  // namespace
}  // namespace simpul
