#include "bus/schema/formats.h"

#include <gtest/gtest.h>

namespace simpul {
namespace {

using namespace std::string_view_literals;

struct Texts {
  std::string_view format;
  std::vector<std::string_view> good, bad;
  std::vector<std::string_view> doubtful = {};  // good as well, with a warning; none of `good` has one
};

void check(const std::vector<Texts>& all) {
  for (const auto& texts : all) {
    const auto* format = find_format(texts.format);
    ASSERT_NE(format, nullptr) << texts.format;
    for (auto text : texts.good) {
      EXPECT_TRUE(format->matches(text)) << texts.format << " " << text;
      if (format->doubt != nullptr && format->matches(text)) {
        EXPECT_TRUE(format->doubt(text).empty()) << texts.format << " " << text << ": " << format->doubt(text).english;
      }
    }
    for (auto text : texts.bad) EXPECT_FALSE(format->matches(text)) << texts.format << " " << text;
    for (auto text : texts.doubtful) {
      ASSERT_TRUE(format->matches(text)) << texts.format << " " << text;
      ASSERT_NE(format->doubt, nullptr) << texts.format;
      EXPECT_FALSE(format->doubt(text).empty()) << texts.format << " " << text;
      EXPECT_FALSE(format->doubt(text).indonesian.empty()) << texts.format << " " << text;
    }
  }
}

// domain.md §1: hard rules refuse, soft rules doubt.
TEST(CountryFormats, OfPersonsRefuseTheImpossibleAndDoubtTheUnlikely) {
  check({
      {"nik",
       {"3671015207909001", "3671011207909001", "9471010101909001", "3671016902009001", "3671017112999999",
        "3603015207909001", "3201015207909001"},
       {"367101520790900", "36710152079090011", "3671010007909001", "3671014107900000", "3671013213909001",
        "3671017207909001", "3671013002909001", "3671012902019001", "36710152O7909001", "3671 015207909001", "",
        "3671015200909001", "3671014007909001", "3671015207909001\n", "３671015207909001"},
       {"5471015207909001", "0071015207909001", "9771015207909001"}},
      {"no-kk",
       {"3671012211269001", "3671012902009001"},
       {"367101221126900", "367101221126900x", "36.71.01.221126.9001"},
       {"3671019999999001", "3671015211269001", "3671012902019001", "9971012211269001"}},
      {"nip",
       {"199007122015032001", "19900712 201503 2 001", "19900712.201503.1.001", "199007122022211001",
        "199007122022991001"},
       {"199013122015032001", "199007122015132001", "199007122015033001", "19900712201503200", "199002302015032001",
        "131234567", "199007122015002001", "199007122015202001", "19900712-201503-2-001", "1990071220150320011", "",
        "  "},
       {"201507122015032001", "199007121985031001", "199007122090031001"}},
      {"nisn",
       {"0051234567", "0101234567", "9991234567"},
       {"51234567", "005123456x", "00512345678", ""},
       {"5001234567", "1231234567"}},
      {"npsn", {"20606789", "P1234567", "K1234567", "041234"}, {"2060678", "X1234567", "1234567890", "p1234567", ""}},
  });
}

TEST(CountryFormats, OfTaxesLandAndCompanies) {
  check({
      {"npwp",
       {"0012345678901000", "3671015207909001", "0123456789010000000001", "3671015207909001000001"},
       {"01234567890100", "01-234.567.8-901.000", "01234567890100x", "01.234.567.8-901.00", "012345678901000000", ""},
       {"012345678901000", "01.234.567.8-901.000", "9999999999999999"}},
      {"nop",
       {"367501000100100010", "36.75.010.001.001-0001.0", "367501000100100019", "367501000100100017"},
       {"36750100010010001", "36.75", "36750100010010001x", "3675010001001000100", "36/75/010/001/001/0001/0"},
       {"367501000100100011", "36.75.010.001.001-0001.8"}},
      {"nib", {"1234567890123"}, {"123456789012", "12345678901234", "123456789012a", ""}},
  });
}

TEST(CountryFormats, OfRegionsAccountsAndVehicles) {
  check({
      {"kode-wilayah",
       {"36", "36.71", "36.71.01", "36.71.01.1001", "3671", "367101", "3671011001", "33.01.01.2001", "94.01.01.3001"},
       {"3", "367", "36.7", "36.71.1", "36.71.01.001", "36710110010", "36,71", "36.71.", "36.7101", "3671.01", "",
        "36.71.01.10011"},
       {"54", "97.01", "20.01.01", "36.71.01.4001", "3671010001"}},
      {"kode-rekening",
       {"5", "5.1", "5.1.02", "5.1.02.01", "5.1.02.01.01", "5.1.02.01.001", "5.1.01.01.01.001", "5.1.02.01.01.0024",
        "5.1.02.01.001.00024", "8.1.01.01.01.001"},
       {"", "51", "5.", "5.1.", "5.11", "5.1.2", "5.1.02.01.01.01", "5.1.02.01.001.0024", "5.1.02.01.001.001",
        "5.1.02.01.01.00024", "5.1.02.01.01.0024.", "5102010100024", "5.1.02.01.01.0024.1", "a.1"},
       {"0.1.02", "9"}},
      {"nrkb",
       {"B 9001 XYZ", "B9001XYZ", "B 9001", "B9001", "A 1 A", "DK 9001 AB", "B 9001XY"},
       {"b 9001 xyz", "ABC 1", "B 12345 A", "B 9001 ABCD", "9001 B", "B", "B ", "B-9001-XYZ", "B  9001", "B 9001 ", "",
        "B 9001  A"},
       {"B 0001 XYZ", "B0"}},
  });
}

TEST(Formats, OfTheStandardAcceptAndRefuse) {
  check({
      {"date",
       {"2026-11-22", "2024-02-29", "2000-02-29", "0000-01-01"},
       {"2026-11-31", "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "26-11-22", "2026-1-22",
        "2026/11/22", "22-11-2026", "2026-11-22Z", "", "2026-11-2:", "２026-11-2"}},
      {"time",
       {"07:30:00Z", "07:30:00z", "07:30:00.5+07:00", "23:59:60Z", "06:59:60+07:00"},
       {"07:30:00", "07:30Z", "24:00:00Z", "07:60:00Z", "22:59:60Z", "07:30:00+7:00", "07:30:00+24:00", "07:30:00.Z",
        "07:30:00Z ", "/7:30:00Z", "07:30:00+0a:00"}},
      {"date-time",
       {"2026-11-22T07:30:00+07:00", "2026-11-22t07:30:00z", "1998-12-31T23:59:60Z"},
       {"2026-11-22", "2026-11-22 07:30:00Z", "2026-11-22T07:30:00", "2026-02-30T07:30:00Z", "2026-11-22T"}},
      {"duration",
       {"P4DT12H30M5S", "P4Y", "PT0S", "P1M", "PT1M", "PT36H", "P1DT12H", "P2W", "P1Y2M3D"},
       {"PT1D", "P", "P1YT", "PT", "P2D1Y", "P1D2H", "P1Y2D", "PT1H2S", "P1Y2W", "1D", "P1", "PW", "P२Y"}},
      {"uuid",
       {"2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2EB8AA08-AA98-11EA-B4AA-73B441D16380"},
       {"2eb8aa08aa98-11ea-b4aa-73b441d16380-", "2eb8aa08-aa98-11ea-b4aa-73b441d1638",
        "2eb8aa08-aa98-11ea-b4ga-73b441d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d1638-",
        "2eb8-aa08-aa98-11ea-b4aa73b44d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d1638é"}},
      {"json-pointer", {"", "/", "/a~0b/~1/0", "//"}, {"a", "/~", "/~2", "#/a"}},
      {"relative-json-pointer", {"0", "1/a", "0#", "120/a~0b"}, {"", "/a", "01", "-1", "1##", "1a", "0#/a"}},
      {"uri-template",
       {"", "/warga/{nik}", "{+a,b:3,c*}", "{?a.b,%41}", "a%41b", "a'b", "é😀", "{v:9999}"},
       {"{", "}", "{}", "{a,}", "{a..b}", "{.}", "{a.}", "{v:0}", "{v:10000}", "{v:}", "a%4", "a b", "{a", "{a=b}",
        "{a**}", "a\\b", "{%}", "{é}"}},
      {"regex", {"^(a)(?=b)\\1$", "\\p{Letter}", ""}, {"[a", "\\a", "(", "^\\S(|(.|\\n)*\\S)\\Z"}},
  });
}

TEST(Formats, OfHostsAndMailboxes) {
  check({
      {"hostname",
       {"a", "a.b-c.example", "1a.2b", "xn--4gbwdl.xn--wgbh1c", "XN--4GBWDL.EXAMPLE", "c--n.example"},
       {"", "-a", "a-", "a..b", "a_b", ".a", "a.", "ab--cd", "é.example", "a b",
        // A-labels of what IDNA2008 does not allow
        "xn--X", "xn--07jt112bpxg.xn--9t4b11yi5a", "xn--hello-txk", "xn--al-0ea", "xn--"}},
      {"idn-hostname",
       {"a", "실례.테스트", "ßς་〇", "a。b", "a．b", "a｡b", "l·l", "xn--ihqwcrb4cv8a8dqg056pqjye",
        // the longest that its A-label leaves room for
        "παράδειγμαπαράδειγμαπαράδειγμαπαράδειγμαπαράδειγμα.com"},
       {"", ".", "。", "a。", "。a", "-實", "實-", "a·l", "Ａ", "É.example", "실〮례", "אa", "xn--X", "-> $1.00 <--",
        "παράδειγμαπαράδειγμαπαράδειγμαπαράδειγμαπαράδειγμαπαράδειγμα.com", "\xff", "é\0.example"sv, "é\0 ¬"sv}},
      {"email",
       {"a@b.example", "a.b+c@d-e.example", "\"a b\"@c.example", "a@[192.0.2.1]", "a@[IPv6:::1]", "a@[ipv6:::1]",
        "\"\"@a.example", "\"\\\"\"@a.example", "\"a@b\"@c.example", "a@c--n.example", "a@255.255.255.255"},
       {"a",    "a@",        "@b",    ".a@b",  "a.@b",  "a..b@c",       "a b@c",    "a@b c",
        "a@-b", "a@[1.2.3]", "a@b@c", "a\"@b", "\"a@b", "\"a\"b@c",     "a@[]",     "a@[1.2.3.4",
        "a@b.", "a@b\n",     "é@b",   "a@é",   "a,b@c", "a@b[1.2.3.4]", "\"\\\"@b", ""}},
      {"idn-email", {"실례@실례.테스트", "a@b.example", "\"é b\"@c.example"}, {"2962", "실례@", "실례@-a", "é é@a"}},
      {"ipv4",
       {"192.0.2.1", "0.0.0.0"},
       {"192.0.2", "192.0.2.256", "192.0.02.1", "192.0.2.1 ", "1.2.3.4.5", "１.2.3.4"}},
      {"ipv6",
       {"::", "::1", "2001:db8::1", "1:2:3:4:5:6:7:8", "::ffff:192.0.2.1", "1::"},
       {"", ":", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "fe80::1%eth0", "::1.2.3", ":1", "1:"}},
  });
}

TEST(Formats, OfUrisAndIris) {
  const std::vector<std::string_view> both_absolute{"http://kota.example/a?b=c#d",
                                                    "urn:uuid:2eb8aa08-aa98-11ea-b4aa-73b441d16380",
                                                    "http://[::1]:80/",
                                                    "a:",
                                                    "http://user@",
                                                    "http://:80",
                                                    "http://a:",
                                                    "file:///a",
                                                    "mailto:a@b.example",
                                                    "a+b.c-d:e"};
  const std::vector<std::string_view> both_relative{"", "/a", "a", "//a/b", "?a", "#a", "./a:b", "a/b:c", "a%20b"};
  const std::vector<std::string_view> none{
      "http://a:b",  "http://[::1",   "a b",           "a\\b", "%",   "%4",  "%4g", "1a:b", ":a", "a_b:c", "a#b#c",
      "http://[@a/", "http://a:8:0/", "http://[::1]a", "<a>",  "{a}", "a|b", "a^b", "`",    "\"", "\n"};
  const std::vector<std::string_view> international{"http://ƒøø.ßår/?∂éœ=πîx#πîüx", "é:a/é", "http://é@a"};
  const std::vector<std::string_view> international_relative{"é", "/é", "#é", "?\ue000", "//é"};
  auto together = [](std::vector<std::string_view> a, const std::vector<std::string_view>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  };
  check({
      {"uri", both_absolute, together(together(both_relative, none), international)},
      {"uri-reference", together(both_absolute, both_relative),
       together(none, together(international, international_relative))},
      {"iri", together(both_absolute, {"http://ƒøø.ßår/?∂éœ=πîx#πîüx", "a:é"}),
       together(together(both_relative, none), {"é", "é:a", "a:\ue000", "a:#\ue000", "a:\xff", "a:\xc3"})},
      {"iri-reference", together(together(both_absolute, both_relative), international_relative),
       together(none, {"\ue000", "#\ue000", "é:a", "\xef\xbf\xbe"})},
  });
}

TEST(Formats, SayWhatIsWrongWhenTheyKnow) {
  const std::vector<std::tuple<std::string_view, std::string_view, std::string_view>> all{
      {"nik", "3671015213909001", "month of birth"},
      {"nik", "3671013002909001", "date of birth"},
      {"nik", "3671015207900000", "last four digits"},
      {"nip", "131234567", "old NIP of 9 digits"},
      {"nip", "13.123.4567", "18 digits"},
      {"nip", "199013122015032001", "date of birth"},
      {"nip", "199007122015132001", "month of appointment"},
      {"nip", "199007122015033001", "1 (man) or 2 (woman)"},
      {"kode-rekening", "5.1.02.01.01.0024.", "end with a dot"},
      {"nrkb", "b 9001 xyz", "capitals"},
      {"time", "07:30:00", "offset is missing"},
      {"date-time", "2026-11-22T07:30:00", "offset is missing"},
      {"date-time", "2026-11-22 07:30:00Z", "joined by T"},
      {"date-time", "2026-11-22", "time is missing"},
  };
  for (auto [name, text, words] : all) {
    const auto* format = find_format(name);
    ASSERT_TRUE(format != nullptr && !format->matches(text)) << name << " " << text;
    auto why = format->why != nullptr ? format->why(text) : FixedWords{};
    auto said = why.empty() ? format->expected : why;
    EXPECT_NE(said.english.find(words), std::string_view::npos) << name << " " << text << ": " << said.english;
    EXPECT_FALSE(said.indonesian.empty()) << name << " " << text;
  }
  EXPECT_TRUE(find_format("nik")->why("x").empty()) << "what was expected says it all";
}

// Every function must take any text: those that say more too.
TEST(Formats, TakeAnyText) {
  const std::string long_text(100000, '1');
  for (const auto& name : format_names()) {
    const auto* format = find_format(name);
    for (std::string_view text : {std::string_view(), std::string_view("\0", 1), std::string_view("\xf0\x9f"),
                                  std::string_view("9"), std::string_view(long_text)}) {
      if (format->matches(text)) {
        if (format->doubt != nullptr) format->doubt(text);
      } else if (format->why != nullptr) {
        format->why(text);
      }
    }
  }
  EXPECT_FALSE(find_format("nik")->matches(long_text));
}

TEST(Formats, AreAllNamedInBothLanguages) {
  EXPECT_EQ(format_names().size(), 30u);
  for (const auto& name : format_names()) {
    const auto* format = find_format(name);
    ASSERT_NE(format, nullptr);
    EXPECT_FALSE(format->expected.english.empty()) << name;
    EXPECT_FALSE(format->expected.indonesian.empty()) << name;
  }
  EXPECT_EQ(find_format("iban"), nullptr);
}

}  // namespace
}  // namespace simpul
