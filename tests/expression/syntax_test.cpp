// CEL's grammar (cel-spec, doc/langdef.md, "Syntax"): what is read, and what a person is told who wrote something else.
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "bus/expression/habits.h"
#include "bus/expression/parser.h"

namespace simpul::cel {
namespace {

Node read(std::string_view source) {
  const auto tree = parse(source);
  EXPECT_TRUE(tree) << source << ": " << (tree ? "" : tree.error().message);
  return tree ? *tree->root : Node{};
}

Fault refuse(std::string_view source) {
  const auto tree = parse(source);
  EXPECT_FALSE(tree) << source << " is read";
  return tree ? Fault{} : tree.error();
}

// What is underlined, why, and what to write.
std::string told(const std::string& source) {
  const auto fault = refuse(source);
  return "[" + source.substr(fault.range.begin, fault.range.end - fault.range.begin) + "] " + fault.message + " -> " +
         fault.hint;
}

TEST(Syntax, NumbersOfAllKinds) {
  EXPECT_EQ(read("0x7f").integer, 127);
  EXPECT_EQ(read("-9223372036854775808").integer, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(read("-0x8000000000000000").integer, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(read("18446744073709551615u").uinteger, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(read("0XffU").uinteger, 255U);
  EXPECT_EQ(read("6.02214e+23").real, 6.02214e23);
  EXPECT_EQ(read(".5").real, 0.5);
  EXPECT_EQ(read("1e-400").real, 0.0);
  EXPECT_EQ(read("-2.5E-1").real, -0.25);
}

TEST(Syntax, NumbersOutOfRangeSayTheRange) {
  EXPECT_EQ(
      told("9223372036854775808"),
      "[9223372036854775808] this number is beyond 64 bits: the largest is 9223372036854775807 -> identifiers are "
      "text: put it into quotes");
  EXPECT_EQ(refuse("-9223372036854775809").message,
            "this number is beyond 64 bits: the smallest is -9223372036854775808");
  EXPECT_EQ(refuse("18446744073709551616u").message,
            "this number is beyond 64 bits: the largest is 18446744073709551615u");
  EXPECT_EQ(refuse("1.99e90000009").message, "this number is beyond the range of a double");
  EXPECT_EQ(refuse("1_000").hint, "write the digits without _");
}

TEST(Syntax, TextsAndBytes) {
  EXPECT_EQ(read(R"('a\tb\u00e9\U0001F62C\x41\101\?')").text, "a\tb\u00e9\U0001F62CAA?");
  EXPECT_EQ(read(R"(r'a\tb')").text, "a\\tb");
  EXPECT_EQ(read("'''a'b\n''c'''").text, "a'b\n''c");
  EXPECT_EQ(read(R"("""R"x"y""")").text, "R\"x\"y");
  const auto bytes = read(R"(b'\xff\377\n')");
  EXPECT_EQ(bytes.kind, NodeKind::bytes);
  EXPECT_EQ(bytes.text, "\xff\xff\n");
  EXPECT_EQ(read("b'\u00e9'").text, "\xc3\xa9");
  EXPECT_EQ(read(R"(bR'\xff')").text, "\\xff");
  EXPECT_EQ(read("''").text, "");
}

TEST(Syntax, EscapesThatAreNone) {
  EXPECT_EQ(told(R"("a\d")"),
            R"([\d] this is not an escape of CEL -> use \n, \t, \\, \", \u0041 and the like, or a raw text: r"...")");
  EXPECT_EQ(refuse(R"('\ud83d\ude2c')").hint, "write characters beyond U+FFFF with \\U and eight digits");
  EXPECT_EQ(refuse(R"('\U00110000')").message, "this escape is not a Unicode character");
  EXPECT_EQ(refuse(R"(b'\u0041')").message, "bytes have no Unicode escapes");
  EXPECT_EQ(refuse(R"('\xF')").message, "this is not an escape of CEL");
  EXPECT_EQ(refuse(R"('\400')").message, "this is not an escape of CEL");
  EXPECT_EQ(told("\"abc"), "[\"abc] this text is not closed -> end it with \"");
  EXPECT_EQ(refuse("'a\nb'").hint, "end it with ' in its line; a text of several lines stands in '''");
  EXPECT_EQ(refuse("'''a'").hint, "end it with '''");
}

TEST(Syntax, NamesFieldsAndMessages) {
  EXPECT_TRUE(read(".a").absolute);
  const auto quoted = read("data.`no-kk / 1.2`");
  EXPECT_EQ(quoted.kind, NodeKind::select);
  EXPECT_EQ(quoted.text, "no-kk / 1.2");
  EXPECT_EQ(read("a.package.as").text, "as");
  EXPECT_TRUE(read("a.while()").method);
  const auto tree = parse(".a.b.C{?x: 1, `in`: 2, as: 3,}");
  ASSERT_TRUE(tree);
  const Node& message = *tree->root;
  EXPECT_EQ(message.kind, NodeKind::message);
  EXPECT_EQ(message.text, "a.b.C");
  EXPECT_TRUE(message.absolute);
  EXPECT_EQ(message.children[2]->text, "in");
  EXPECT_EQ(message.optional_children, (std::vector<bool>{true, false, false}));
}

TEST(Syntax, OptionalsAndTrailingCommas) {
  EXPECT_TRUE(read("a.?b").optional);
  EXPECT_TRUE(read("a[?b]").optional);
  EXPECT_EQ(read("[?x, y,]").optional_children, (std::vector<bool>{true, false}));
  EXPECT_EQ(read("{?k: v, l: w,}").optional_children, (std::vector<bool>{true, false}));
  EXPECT_TRUE(read("[,]").children.empty());
  EXPECT_EQ(read("a // not b\n + c").kind, NodeKind::binary);
  EXPECT_EQ(refuse("f(1,)").message, "expected an argument, found \")\"");
}

TEST(Syntax, NestingIsBounded) {
  const auto nested = [](std::size_t levels, const std::string& open, const std::string& close) {
    std::string text = "1";
    for (std::size_t i = 0; i < levels; ++i) text = open + text + close;
    return text;
  };
  const std::pair<std::string, std::string> brackets[] = {{"(", ")"},  {"[", "]"},          {"{0: ", "}"}, {"f(", ")"},
                                                          {"a[", "]"}, {"true ? 1 : ", ""}, {"M{a: ", "}"}};
  for (const auto& [open, close] : brackets) {
    EXPECT_TRUE(parse(nested(32, open, close))) << open;
    EXPECT_EQ(refuse(nested(1000, open, close)).code, "cel.too_deep") << open;
  }
  for (const std::string chained : {"!", "-", "a.", "1 + "})
    EXPECT_EQ(refuse(nested(1000, chained, "")).code, "cel.too_deep");
  EXPECT_TRUE(parse(nested(2000, "true && ", "")));
  EXPECT_EQ(refuse(std::string(20'000, 'a')).code, "cel.too_long");
}

TEST(Syntax, BracketsThatAreNotClosedAreShownWhereTheyOpen) {
  EXPECT_EQ(told("size(data.nama"), "[(] the \"(\" that opens here is not closed -> write \")\" where it ends");
  EXPECT_EQ(told("a in [1, 2"), "[[] the \"[\" that opens here is not closed -> write \"]\" where it ends");
  EXPECT_EQ(told("{a: b"), "[{] the \"{\" that opens here is not closed -> write \"}\" where it ends");
  EXPECT_EQ(
      told("a)"),
      "[)] expected an operator or the end of the expression, found \")\" -> leave it out, or write what it closes");
  EXPECT_EQ(told("{a}"),
            "[}] expected \":\" and a value, found \"}\" -> write a map as {\"name\": value}, a list as [value]");
}

// What people write who come from JavaScript, Python, SQL or templates.
TEST(Syntax, HabitsOfOtherLanguagesGetWhatToWrite) {
  const std::pair<std::string, std::string> habits[] = {
      {"a === b", "[===] \"===\" is not part of CEL -> write == to compare: CEL never converts types"},
      {"a !== b", "[!==] \"!==\" is not part of CEL -> write != to compare: CEL never converts types"},
      {"a = 'x'", "[=] \"=\" is not part of CEL -> write == to compare; an expression assigns nothing"},
      {"a & b", "[&] \"&\" is not part of CEL -> write && for \"and\""},
      {"a and b", "[and] expected an operator or the end of the expression, found \"and\" -> write && for \"and\""},
      {"a OR b", "[OR] expected an operator or the end of the expression, found \"OR\" -> write || for \"or\""},
      {"not a",
       "[a] expected an operator or the end of the expression, found \"a\" -> write ! for \"not\": !has(data.nama)"},
      {"a IN b",
       "[IN] expected an operator or the end of the expression, found \"IN\" -> write in, in small letters: data.kode "
       "in "
       "[\"1\", \"2\"]"},
      {"data?.alamat",
       "[?.] \"?.\" is not part of CEL -> CEL has the question mark behind the dot: data.?alamat, with .orValue(\"-\") "
       "or .hasValue() at the end"},
      {"a ?? b", "[?] expected a value, found \"?\" -> write data.?nama.orValue(\"-\") for a value that may be absent"},
      {"a <> b", "[>] expected a value, found \">\" -> write != for \"not equal\""},
      {"`Pak ${nama}`",
       "[`Pak ${nama}`] a field name in backticks holds letters, digits, spaces and _ . - / only -> join texts with +: "
       "\"NIK \" + data.nik"},
      {"f\"{nama}\"", "[f] a text cannot begin with f -> join texts with +: \"NIK \" + data.nik"},
      {"${nama}",
       "[$] \"$\" is not part of CEL -> write the name alone: data.nik; texts are joined with +: \"NIK \" + data.nik"},
      {"'Pak ' nama",
       "[nama] expected an operator or the end of the expression, found \"nama\" -> two values need an operator "
       "between "
       "them; texts are joined with +"},
      {"anggota.0",
       "[.0] expected an operator or the end of the expression, found \".0\" -> write an item of a list as list[0]"},
      {"if a then b else c",
       "[if] expected a value, found \"if\" -> write a condition as: condition ? value : otherwise"},
      {"a ? b",
       "[?] this condition has no \":\" -> write what holds otherwise behind a colon: condition ? value : "
       "otherwise"},
      {"a is null",
       "[is] expected an operator or the end of the expression, found \"is\" -> write == to compare: data.nama == "
       "null; "
       "has(data.nama) asks whether the field is there"},
      {"anggota.map(x => x.nik)",
       "[=] \"=\" is not part of CEL -> write >= to compare; what a list's items must satisfy is written "
       "data.anggota.exists(x, x.umur > 17)"},
      {"\u201Cteks\u201D", "[\u201C] \"\u201C\" is not part of CEL -> write straight quotes: \"text\""},
      {"a; b", "[;] \";\" is not part of CEL -> an expression is one value: leave the semicolon out"},
      {"data.`$id`",
       "[`$id`] a field name in backticks holds letters, digits, spaces and _ . - / only -> write other names in "
       "brackets: data[\"$id\"]"},
      {"data.?nama.trim() ++ a", "[+] expected a value, found \"+\" -> an expression counts nothing: write a + 1"},
      {"a.true",
       "[true] expected a field name, found \"true\" -> write a field of this name in backticks: data.`true`"},
      {"a.?b()",
       "[b] a method is called without \"?\" -> write data.?nama.orValue(\"\").trim(), or data.?nama.optMap(x, "
       "x.trim())"},
      {"", "[] the expression is empty -> write a value or a condition, for example: data.nik == \"3671015207909001\""},
  };
  for (const auto& [written, answer] : habits) EXPECT_EQ(told(written), answer);
}

TEST(Syntax, NamesOfOtherLanguagesAreKnown) {
  EXPECT_EQ(hint_for_function("len"), "write size(x)");
  EXPECT_EQ(hint_for_function("toLowerCase"), "write x.lowerAscii()");
  EXPECT_EQ(hint_for_field("length"), "write size(x)");
  EXPECT_EQ(hint_for_name("None"), "write null");
  EXPECT_EQ(hint_for_name("nik"), "");
}

}  // namespace
}  // namespace simpul::cel
