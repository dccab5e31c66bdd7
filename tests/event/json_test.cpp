#include "bus/event/json.h"

#include <gtest/gtest.h>

#include <thread>

namespace simpul::json {
namespace {

Document read(std::string text, Limits limits = {}) {
  auto document = parse(std::move(text), limits);
  EXPECT_TRUE(document) << (document ? "" : document.error().message);
  return document ? std::move(*document) : Document();
}

Problem refusal(std::string text, Limits limits = {}) {
  auto document = parse(text, limits);
  EXPECT_FALSE(document) << text.substr(0, 80);
  return document ? Problem{} : document.error();
}

// Every value's raw span must be the text that, read alone, gives the same value.
void check_spans(const Document& document, const Value& value) {
  auto raw = std::string(document.raw(value));
  auto again = parse(raw, {.depth = 1000});
  ASSERT_TRUE(again) << raw;
  EXPECT_TRUE(equal(again->root(), value)) << raw;
  EXPECT_EQ(document.raw(value), again->raw(again->root()));
  for (const auto& item : value.is_array() ? value.items() : std::span<const Value>()) check_spans(document, item);
  for (const auto& member : value.is_object() ? value.members() : std::span<const Member>())
    check_spans(document, member.value);
}

TEST(JsonReading, GivesEveryKindOfValue) {
  auto document = read(R"( {"a":null,"b":true,"c":false,"d":-1.50e+2,"e":"x\u00e9\n","f":[1,2,[]],"g":{}} )");
  const auto& root = document.root();
  ASSERT_TRUE(root.is_object());
  EXPECT_EQ(root.size(), 7u);
  EXPECT_TRUE(root.find("a")->is_null());
  EXPECT_TRUE(root.find("b")->boolean());
  EXPECT_FALSE(root.find("c")->boolean());
  EXPECT_EQ(root.find("d")->text(), "-1.50e+2");
  EXPECT_EQ(root.text_of("e"), "x\xc3\xa9\n");
  EXPECT_EQ(root.find("f")->items()[1].text(), "2");
  EXPECT_EQ(root.find("g")->size(), 0u);
  EXPECT_EQ(root.find("absent"), nullptr);
  EXPECT_EQ(root.text_of("b"), "");
}

TEST(JsonReading, LeavesTheSourceAsItCame) {
  std::string text = "\n{ \"a\\u0062\" : \"\\\"q\\\\\" ,\t\"n\": 9471010101900001 }\n";
  auto document = read(text);
  EXPECT_EQ(document.source(), text);
  EXPECT_EQ(document.root().text_of("ab"), "\"q\\");
}

TEST(JsonReading, KnowsTheSourceTextOfEveryValue) {
  for (std::string text : {R"({"a":null,"b":true,"c":false,"d":-1.5e2,"e":"x","f":[1,2,[]],"g":{}})",
                           "  [ 1 , 23 ,456,\"a\" ,\"\\\"\", \"a\\\"b\",\"\\\\\" , \"\\ud83d\\ude00x\" , \"\", \"é\", "
                           "{\"\\u0041\\n\" : [ true,null ] }, -0.0 , 1E5 ]  ",
                           "12345678901234567890123456789", "\"only\"", "null", "{\"x\":{\"y\":{\"z\":[[[0]]]}}}"}) {
    auto document = read(text);
    check_spans(document, document.root());
  }
}

TEST(JsonReading, KeepsNumbersAsWritten) {
  for (std::string number : {"9471010101900001", "9007199254740993", "-0", "0.10", "1E+2", "1e-400",
                             "3.14159265358979323846264338327950288", "123456789012345678901234567890.5"}) {
    auto document = read("{\"first\":" + number + ",\"n\":" + number + ",\"s\":\"x\"}");
    EXPECT_EQ(document.root().find("n")->text(), number);
    EXPECT_EQ(document.root().find("first")->text(), number);
    EXPECT_EQ(write(document.root()), "{\"first\":" + number + ",\"n\":" + number + ",\"s\":\"x\"}");
  }
}

TEST(JsonReading, SaysWhereAndWhatIsWrong) {
  struct Case {
    std::string text, code, start;
  };
  const Case cases[] = {
      {"", "json.syntax", "line 1, column 1: the text is empty"},
      {"  \n ", "json.syntax", "line 2, column 2: the text is empty"},
      {"{\"a\":1,}", "json.syntax", "line 1, column 8: a comma before '}'"},
      {"[1,]", "json.syntax", "line 1, column 4: expected a value before ']'"},
      {"{\"a\" 1}", "json.syntax", "line 1, column 6: expected ':' after the member name, found '1'"},
      {"{\"a\":1 \"b\":2}", "json.syntax", "line 1, column 8: expected ',' or '}' after the member's value"},
      {"{a:1}", "json.syntax", "line 1, column 2: expected a member name in double quotes, found 'a'"},
      {"{'a':1}", "json.syntax", "line 1, column 2: expected a member name in double quotes"},
      {"['a']", "json.syntax", "line 1, column 2: a single quote"},
      {"[01]", "json.syntax", "line 1, column 3: expected ',' or ']' after the element"},
      {"[1.]", "json.syntax", "line 1, column 4: digits must follow the decimal point"},
      {"[1e]", "json.syntax", "line 1, column 4: digits must follow the exponent"},
      {"[.5]", "json.syntax", "line 1, column 2: a number cannot start with '.'"},
      {"[+5]", "json.syntax", "line 1, column 2: a number cannot start with '+'"},
      {"[NaN]", "json.syntax", "line 1, column 2: NaN is not JSON"},
      {"[tru]", "json.syntax", "line 1, column "},
      {"// c\n1", "json.syntax", "line 1, column 1: a comment"},
      {"[1", "json.syntax", "line 1, column 3: the text ends too early"},
      {"{\"a\":\"b", "json.syntax", "line 1, column "},
      {"{\"a\":\n\"é\x01\"}", "json.syntax", "line 2, column 3: a control character (01)"},
      {"\"a\x1f\"", "json.syntax", "line 1, column 3: a control character (1F)"},
      {"\"a\nb\"", "json.syntax", "line 1, column 3: a line break or tab inside a string"},
      {"\"\\x41\"", "json.syntax", "line 1, column 2: an escape that JSON does not know"},
      {"\"\\u12g4\"", "json.syntax", "line 1, column 2: \\u needs four hexadecimal digits"},
      {"\"\\ud800\"", "json.syntax", "line 1, column 2: a lone surrogate"},
      {"\"\\ud800\\u0041\"", "json.syntax", "line 1, column "},
      {"\"\\udc00\"", "json.syntax", "line 1, column 2: a lone surrogate"},
      {"[1e400]", "json.number_range", "line 1, column 2: a number beyond 1.8e308"},
      {"[1e-99999999999]", "json.number_range", "line 1, column 2: a number with an exponent"},
      {"{} {}", "json.trailing", "line 1, column 4: text follows the JSON value"},
      {"1]", "json.trailing", "line 1, column 2: text follows the JSON value"},
      {"\xef\xbb\xbf{}", "json.syntax", "line 1, column 1: the text starts with a byte order mark"},
      {"\"\xff\"", "json.utf8", "line 1, column 2: byte FF is not UTF-8"},
      {"\"é\xc0\x80\"", "json.utf8", "line 1, column 3: byte C0 is not UTF-8"},
      {"\"\xed\xa0\x80\"", "json.utf8", "line 1, column 2: byte ED is not UTF-8"},
      {"\"\xf4\x90\x80\x80\"", "json.utf8", "line 1, column 2: byte F4 is not UTF-8"},
      {"\"caf\xe9\"", "json.utf8", "line 1, column 5: byte E9 is not UTF-8"},
      {"\"\xe2\x82", "json.utf8", "line 1, column 2: byte E2 is not UTF-8"},
      {"{\"a\":1,\"b\":2,\"a\":3}", "json.duplicate_member", "line 1, column 14: the member name \"a\" stands twice"},
      {"{\"a\":1,\n\"\\u0061\":3}", "json.duplicate_member", "line 2, column 1: the member name \"a\" stands twice"},
      {"{\"\":1,\"\":3}", "json.duplicate_member", "line 1, column 7: the member name \"\" stands twice"},
  };
  for (const auto& c : cases) {
    auto problem = refusal(c.text);
    EXPECT_EQ(problem.code, c.code) << c.text;
    EXPECT_TRUE(problem.message.starts_with(c.start)) << c.text << "\n  " << problem.message;
    EXPECT_FALSE(problem.hint.empty()) << c.text;
    EXPECT_GT(problem.place.start.line, 0u) << c.text;
  }
}

TEST(JsonReading, RefusesNulBytesAnywhere) {
  for (auto text :
       {std::string("{}\0", 3), std::string("\"a\0b\"", 5), std::string("\0", 1), std::string("{\0\"\0a\0", 6)}) {
    EXPECT_NE(refusal(text).message.find("a NUL byte"), std::string::npos);
  }
  EXPECT_EQ(read("\"\\u0000\"").root().text(), std::string_view("\0", 1));
}

TEST(JsonReading, RefusesSixteenBitText) {
  std::string text("{\0\"\0a\0\"\0:\0001\0}\0", 14);
  EXPECT_NE(refusal(text).hint.find("UTF-16"), std::string::npos);
}

TEST(JsonReading, NeitherCrashesNorStallsOnDepth) {
  for (std::size_t depth : {std::size_t{65}, std::size_t{10'000}, std::size_t{1'000'000}}) {
    for (std::string_view unit : {"[", "{\"a\":", "[{\"a\":"}) {
      std::string text;
      for (std::size_t i = 0; i < depth; ++i) text += unit;
      EXPECT_EQ(refusal(text).code, "json.too_deep");
    }
  }
  std::string allowed(64, '[');
  allowed.append(64, ']');
  EXPECT_EQ(read(allowed).source(), allowed);
  EXPECT_EQ(refusal("[" + allowed + "]").message, "line 1, column 65: nested deeper than 64 levels");
}

TEST(JsonReading, RefusesWhatIsTooLong) {
  auto problem = refusal("[1,2,3,4,5]", {.size_bytes = 10});
  EXPECT_EQ(problem.code, "json.too_big");
  EXPECT_EQ(problem.message, "the text has 11 bytes; at most 10 are read");
}

TEST(JsonReading, FindsDuplicatesAmongManyMembers) {
  for (std::size_t count :
       {std::size_t{10}, std::size_t{64}, std::size_t{65}, std::size_t{1000}, std::size_t{50'000}}) {
    std::string text = "{";
    for (std::size_t i = 0; i < count; ++i) text += "\"member_" + std::to_string(i) + "\":" + std::to_string(i) + ",";
    auto good = read(text + "\"last\":1}");
    EXPECT_EQ(good.root().size(), count + 1);
    EXPECT_EQ(good.root().find("member_7")->text(), "7");
    auto problem = refusal(text + "\"member_3\":1}");
    EXPECT_EQ(problem.code, "json.duplicate_member");
    EXPECT_EQ(problem.path, "/member_3");
  }
}

TEST(JsonReading, NamesThePathOfADuplicate) {
  EXPECT_EQ(refusal(R"({"x":1,"list":[0,{"k":[1,{"q":1}]},{"z":[[],{"a/b":1,"a/b":2}]}]})").path, "/list/2/z/1/a~1b");
}

TEST(JsonReading, WorksAgainAfterAFailure) {
  for (int i = 0; i < 3; ++i) {
    refusal("{\"a\":[1,2,{\"b\":");
    EXPECT_EQ(read("[1,2]").root().size(), 2u);
  }
}

TEST(JsonReading, DocumentsMayBeReadInSeveralThreads) {
  auto document = read(R"({"a":[1,2,3],"b":"x"})");
  std::vector<std::thread> threads;
  std::vector<std::string> texts(4);
  for (auto& text : texts) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) text = write(document.root()) + write(parse("[1,\"\\n\"]")->root());
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& text : texts) EXPECT_EQ(text, R"({"a":[1,2,3],"b":"x"}[1,"\n"])");
}

TEST(JsonReading, ADocumentKeepsItsValuesWhenMoved) {
  auto first = read(R"({"a":"x\ty"})");
  std::string_view text = first.root().find("a")->text();
  Document second = std::move(first);
  EXPECT_EQ(text, "x\ty");
  EXPECT_EQ(second.root().find("a")->text().data(), text.data());
  EXPECT_TRUE(Document().root().is_null());
}

TEST(JsonNumbers, GiveIntegersOnlyWhenExact) {
  auto integer = [](std::string text) { return read(text).root().as_integer(); };
  EXPECT_EQ(integer("5"), 5);
  EXPECT_EQ(integer("5.0"), 5);
  EXPECT_EQ(integer("5e0"), 5);
  EXPECT_EQ(integer("0.5e1"), 5);
  EXPECT_EQ(integer("-0.0"), 0);
  EXPECT_EQ(integer("1200e-2"), 12);
  EXPECT_EQ(integer("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(integer("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(integer("9223372036854775808"), std::nullopt);
  EXPECT_EQ(integer("-9223372036854775809"), std::nullopt);
  EXPECT_EQ(integer("99999999999999999999"), std::nullopt);
  EXPECT_EQ(integer("1e19"), std::nullopt);
  EXPECT_EQ(integer("5.5"), std::nullopt);
  EXPECT_EQ(integer("1e-1"), std::nullopt);
  EXPECT_EQ(integer("\"5\""), std::nullopt);
}

TEST(JsonNumbers, GiveTheNearestDouble) {
  EXPECT_EQ(read("0.1").root().as_double(), 0.1);
  EXPECT_EQ(read("1e-400").root().as_double(), 0.0);
  EXPECT_EQ(Value::view_number("1e400").as_double(), std::nullopt);
  EXPECT_EQ(Value::view_number("0.0001e500").as_double(), std::nullopt);
  EXPECT_EQ(read("true").root().as_double(), std::nullopt);
}

TEST(JsonEquality, ComparesByValue) {
  auto same = [](std::string a, std::string b) { return equal(read(a).root(), read(b).root()); };
  EXPECT_TRUE(same("1.0", "1"));
  EXPECT_TRUE(same("-0", "0.0"));
  EXPECT_TRUE(same("100", "1e2"));
  EXPECT_TRUE(same("0.00120", "1.2e-3"));
  EXPECT_FALSE(same("9007199254740993", "9007199254740992"));
  EXPECT_FALSE(same("9471010101900001", "9471010101900002.0"));
  EXPECT_FALSE(same("1", "-1"));
  EXPECT_FALSE(same("1", "true"));
  EXPECT_FALSE(same("12", "120"));
  EXPECT_FALSE(same("0.1", "0.10000000000000000000000000001"));
  EXPECT_TRUE(same(R"({"a":1,"b":[{"x":1,"y":2}]})", R"({"b":[{"y":2.0,"x":1}],"a":1})"));
  EXPECT_FALSE(same(R"({"a":1})", R"({"b":1})"));
  EXPECT_FALSE(same("[1,2]", "[2,1]"));
  EXPECT_FALSE(same("[1]", "[1,1]"));
  EXPECT_TRUE(same("\"\\u0041\"", "\"A\""));
  std::string up = "{", down = "{";
  for (int i = 0; i < 100; ++i) {
    up += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
    down += "\"k" + std::to_string(99 - i) + "\":" + std::to_string(99 - i) + ",";
  }
  EXPECT_TRUE(same(up + "\"z\":0}", down + "\"z\":0}"));
  EXPECT_FALSE(same(up + "\"z\":0}", down + "\"z\":1}"));
  EXPECT_FALSE(same(up + "\"z\":0}", down + "\"y\":0}"));
}

TEST(JsonPointer, FollowsRfc6901) {
  // RFC 6901 §5
  auto document = read(R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8})");
  auto at = [&](std::string_view pointer) {
    const auto* value = at_pointer(document.root(), pointer);
    return value ? write(*value) : std::string("absent");
  };
  EXPECT_EQ(at("/foo"), R"(["bar","baz"])");
  EXPECT_EQ(at("/foo/0"), "\"bar\"");
  EXPECT_EQ(at("/"), "0");
  EXPECT_EQ(at("/a~1b"), "1");
  EXPECT_EQ(at("/c%d"), "2");
  EXPECT_EQ(at("/i\\j"), "5");
  EXPECT_EQ(at("/ "), "7");
  EXPECT_EQ(at("/m~0n"), "8");
  EXPECT_EQ(at("/foo/00"), "absent");
  EXPECT_EQ(at("/foo/2"), "absent");
  EXPECT_EQ(at("/foo/-"), "absent");
  EXPECT_EQ(at("/foo/0/x"), "absent");
  EXPECT_EQ(at("/m~n"), "absent");
  EXPECT_EQ(at("foo"), "absent");
  EXPECT_EQ(at_pointer(document.root(), ""), &document.root());
  std::string pointer;
  append_pointer(pointer, "a/b~c");
  append_pointer(pointer, std::size_t{12});
  EXPECT_EQ(pointer, "/a~1b~0c/12");
}

TEST(JsonWriting, EscapesOnlyWhatMustBe) {
  std::string out;
  write_string(std::string_view("a\"b\\c/\b\f\n\r\t\x01\x1f\x7f\0é😀", 21), out);
  EXPECT_EQ(out, "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\\u0000é😀\"");
  EXPECT_EQ(read(out).root().text(), std::string_view("a\"b\\c/\b\f\n\r\t\x01\x1f\x7f\0é😀", 21));
}

TEST(JsonWriting, WriterKeepsTheCommas) {
  Writer writer;
  auto document = read("[1.50]");
  writer.begin_object().member("a", "x").member("n", std::int64_t{-5}).member("t", true).name("list").begin_array();
  writer.integer(1)
      .begin_object()
      .end_object()
      .null()
      .real(0.1)
      .real(1e300 * 1e300)
      .raw("{\"r\":0}")
      .value(document.root());
  writer.end_array().name("e").begin_array().end_array().end_object();
  EXPECT_EQ(writer.text(), R"({"a":"x","n":-5,"t":true,"list":[1,{},null,0.1,null,{"r":0},[1.50]],"e":[]})");
}

TEST(JsonArena, MakesValuesThatOutliveTheirParts) {
  Arena arena;
  Value object;
  {
    std::string name = "nama", text = "SITI";
    Value items[] = {arena.integer(INT64_MIN), arena.number("1.50"), arena.string(text), Value(),
                     Value::make_boolean(true)};
    Member members[] = {{arena.copy(name), arena.array(items)}, {"empty", arena.string("")}};
    object = arena.object(members);
    name = "xxxx";
    text = "xxxx";
  }
  EXPECT_EQ(write(object), R"({"nama":[-9223372036854775808,1.50,"SITI",null,true],"empty":""})");
  EXPECT_EQ(object.raw_size(), 0u);
  arena.reset();
  for (int i = 0; i < 10'000; ++i) arena.string("0123456789");
  EXPECT_EQ(write(arena.integer(7)), "7");
}

}  // namespace
}  // namespace simpul::json
