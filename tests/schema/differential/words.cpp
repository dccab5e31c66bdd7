#include "tests/schema/differential/words.h"

#include <array>

namespace simpul::differential {

const std::vector<TextRule>& known_patterns() {
  static const std::vector<TextRule> rules{
      {"^a", {"a", "ab", "a\n"}, {"ba", ""}},
      {"b$", {"b", "ab"}, {"b\n", "ba"}},
      {"^[a-z]+$", {"abc", "z"}, {"", "aB", "é"}},
      {"^\\d{2}$", {"12", "00"}, {"1", "123", "1२", "12\n"}},
      {"^\\p{L}+$", {"é", "abc", "字"}, {"1", "", "a b"}},
      {"^.{3}$", {"abc", "é😀a", "   "}, {"ab", "a\nb", "abcd"}},
      {"[à-ü]", {"é", "xéx"}, {"e", "É"}},
      {"^(ab|c)*$", {"", "ab", "cabc"}, {"a", "abb"}},
      {"^$", {""}, {"a", "\n"}},
      {"^\\S+$", {"a", "é"}, {"a b", "\u00a0", ""}},
      {"^[^a]*$", {"", "b\n", "😀"}, {"a", "ba"}},
      {"^\\u{1F600}$", {"😀"}, {"😁", ""}},
      {"x{0,2}y", {"y", "xxxy"}, {"x", ""}},
      {"^a.c$", {"abc", "a😀c"}, {"a\nc", "ac", "a\u2028c"}},
      {"^\\W$", {"-", "é"}, {"a", "_", ""}},
      {"\\bfoo\\b", {"foo", "a foo", "foo-"}, {"food", "éfoo1"}},
      {"^(?:[A-Z]{1,2}) ?[0-9]{1,4}$", {"B 9001", "B9001"}, {"b 9001", "B  9001"}},
      {"^36\\.71\\.", {"36.71.01", "36.71."}, {"36-71-", "3671"}},
      {"^\\s*$", {"", " \t", "\ufeff", "\u3000"}, {"a", " a"}},
      {"^[\\w.-]+@[\\w-]+$", {"a@b", "a.b@c-d"}, {"a@", "@b", "é@b"}},
      {"(?<y>\\d+)-(?:[a-f]|x)", {"1-a", "x12-x"}, {"1-g", "-a"}},
      {"^\\P{Lu}$", {"a", "1"}, {"A", "É"}},
      {"a*?b+?", {"b", "aab"}, {"a", ""}},
      {"", {"", "a"}, {}},
  };
  return rules;
}

const std::vector<TextRule>& standard_formats() {
  static const std::vector<TextRule> rules{
      {"date", {"2026-11-22", "2024-02-29"}, {"2026-11-31", "2026-1-1", "26-11-22", ""}},
      {"time", {"07:30:00Z", "07:30:00.5+07:00", "23:59:60Z"}, {"07:30:00", "24:00:00Z", "7:30:00Z"}},
      {"date-time", {"2026-11-22T07:30:00Z", "2026-11-22t07:30:00.123+07:00"}, {"2026-11-22", "2026-02-30T00:00:00Z"}},
      {"duration", {"P3D", "PT90M", "P1Y2M3DT4H5M6S", "P2W"}, {"P", "3D", "PT", "P1W2D"}},
      {"email", {"a@b.example", "a.b+c@d-e.example"}, {"a", "a@", "@b", "a..b@c"}},
      {"idn-email", {"é@é.example", "a@b.example"}, {"é", "é@"}},
      {"hostname", {"kota.example", "a", "1a"}, {"-a", "a_b", "a..b", ""}},
      {"idn-hostname", {"é.example", "a"}, {"-é", "a·l"}},
      {"ipv4", {"192.0.2.1", "0.0.0.0"}, {"192.0.2", "192.0.2.256", "192.0.02.1"}},
      {"ipv6", {"::1", "2001:db8::", "::ffff:192.0.2.1"}, {"1:2", "::1::", "12345::"}},
      {"uri", {"https://kota.example/a?b#c", "urn:a:b", "a:"}, {"/a", "a b:c", "http://[::1", ""}},
      {"uri-reference", {"/a", "#b", "https://kota.example/", ""}, {"a b", "\\", "%4"}},
      {"iri", {"https://é.example/é"}, {"/é", "é"}},
      {"iri-reference", {"/é", "#é"}, {"é\\", "%g"}},
      {"uri-template", {"/warga/{nik}", "{?a,b*}"}, {"{", "{a"}},
      {"uuid",
       {"2eb8aa08-aa98-11ea-b4aa-73b441d16380"},
       {"2eb8aa08-aa98-11ea-b4aa-73b441d1638", "2eb8aa08aa98-11ea-b4aa-73b441d16380-"}},
      {"json-pointer", {"", "/a/0", "/~0~1"}, {"a", "/~"}},
      {"relative-json-pointer", {"0", "1/a", "2#"}, {"/a", "01", "-1"}},
      {"regex", {"^a$", "[a-z]"}, {"[a", "("}},
  };
  return rules;
}

const std::vector<TextRule>& country_formats() {
  static const std::vector<TextRule> rules{
      {"nik", {"3671015207909001", "9471010101909001"}, {"3671015213909001", "367101520790900"}},
      {"no-kk", {"3671012211269001"}, {"36710122112690"}},
      {"nip", {"199007122015032001", "19900712 201503 2 001"}, {"131234567", "199007122015033001"}},
      {"npwp", {"3671015207909001", "01.234.567.8-901.000"}, {"0123"}},
      {"nop", {"36.75.010.001.001-0001.0"}, {"36.75"}},
      {"nib", {"1234567890123"}, {"1"}},
      {"nisn", {"0051234567"}, {"51234567"}},
      {"npsn", {"20606789", "P1234567"}, {"X1234567"}},
      {"kode-wilayah", {"36.71", "3671011001"}, {"36.7", "3"}},
      {"kode-rekening", {"5.1.02.01.01.0024", "5.1"}, {"5.1.", "51"}},
      {"nrkb", {"B 9001 XYZ", "B9001"}, {"b 9001", "ABC 1"}},
  };
  return rules;
}

const std::vector<std::string_view>& names() {
  static const std::vector<std::string_view> all{"a",   "b",   "nama", "nik", "é", "",     "a/b", "~0",          "😀",
                                                 "x-1", "%25", "ab",   "$id", "0", "type", "b\"", "alamat_rumah"};
  return all;
}

Tree small_number(Dice& dice) {
  constexpr std::array all{"0", "1", "2", "3", "-1", "5", "10", "1.5", "0.1", "-2.25", "7", "100", "0.3", "1.0", "-0"};
  return Tree::number(dice.pick(all));
}

Tree any_number(Dice& dice, bool beyond_doubles) {
  constexpr std::array wide{"1e300",
                            "-1e300",
                            "9007199254740993",
                            "9007199254740992",
                            "123456789012345678901234567890",
                            "0.1000000000000000055511151231257827",
                            "1e-300",
                            "18446744073709551616",
                            "9223372036854775807",
                            "-9223372036854775808"};
  constexpr std::array even{"12",    "1e2",   "1E+2",    "0.01", "1e-7", "4294967296",
                            "-17.5", "99.95", "1000000", "2.50", "6"};
  if (beyond_doubles && dice.chance(12)) return Tree::number(dice.pick(wide));
  return dice.chance(60) ? small_number(dice) : Tree::number(dice.pick(even));
}

std::string any_text(Dice& dice) {
  constexpr std::array<std::string_view, 14> parts{"a", "b",  "c",  "é",   "😀", "1",  "-",
                                                   " ", "\n", "ab", "foo", "Z",  "字", "."};
  if (dice.chance(25)) return std::string(dice.pick(dice.pick(known_patterns()).fit));
  if (dice.chance(15)) return std::string(dice.pick(dice.pick(standard_formats()).fit));
  std::string out;
  for (auto left = dice.below(5); left > 0; --left) out += dice.pick(parts);
  return out;
}

MadePattern make_pattern(Dice& dice, int depth) {
  struct Atom {
    std::string_view pattern, text;
  };
  constexpr std::array<Atom, 12> atoms{{{"a", "a"},
                                        {"b", "b"},
                                        {"[ab]", "b"},
                                        {"[^a]", "é"},
                                        {".", "c"},
                                        {"\\d", "1"},
                                        {"😀", "😀"},
                                        {"[é-ü]", "é"},
                                        {"\\w", "a"},
                                        {"\\.", "."},
                                        {"\\u0062", "b"},
                                        {"[\\s-]", "-"}}};
  if (depth <= 0) {
    const auto& atom = dice.pick(atoms);
    return {std::string(atom.pattern), std::string(atom.text)};
  }
  auto first = make_pattern(dice, depth - 1);
  switch (dice.below(8)) {
    case 0: {
      auto second = make_pattern(dice, depth - 1);
      return {"(?:" + first.pattern + "|" + second.pattern + ")", dice.chance(50) ? first.text : second.text};
    }
    case 1:
      return {"(" + first.pattern + ")*", dice.chance(50) ? "" : first.text + first.text};
    case 2:
      return {"(?:" + first.pattern + ")?", dice.chance(50) ? "" : first.text};
    case 3:
      return {"(?:" + first.pattern + "){1,2}", first.text};
    case 4:
      return {"^" + first.pattern, first.text};
    case 5:
      return {first.pattern + "$", first.text};
    default: {
      auto second = make_pattern(dice, depth - 1);
      return {first.pattern + second.pattern, first.text + second.text};
    }
  }
}

}  // namespace simpul::differential
