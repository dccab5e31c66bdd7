// What the fast pass could get wrong because it is fast: tables, masks, jumps, numbers as integers, and who keeps track
// of what was evaluated. Each case is decided by hand, and the explaining pass must agree.
#include <fmt/format.h>

#include <thread>

#include "tests/schema/support.h"

namespace simpul {
namespace {

struct Verdict {
  std::string value;
  bool valid;
};

void expect_verdicts(const std::string& schema_text, const std::vector<Verdict>& verdicts) {
  auto schema = schema_of(schema_text);
  for (const auto& [text, valid] : verdicts) {
    auto document = document_of(text);
    EXPECT_EQ(schema->valid(document.root()), valid) << schema_text.substr(0, 500) << "\n" << text.substr(0, 500);
    EXPECT_EQ(schema->explain(document.root()).empty(), valid) << schema_text.substr(0, 500) << "\n"
                                                               << text.substr(0, 500);
  }
}

std::string members(std::size_t from, std::size_t to, const std::string& name, const std::string& value) {
  std::string text;
  for (auto i = from; i < to; ++i) text += fmt::format("{}\"{}{}\":{}", i == from ? "" : ",", name, i, value);
  return text;
}

std::string strings(std::size_t from, std::size_t to, const std::string& name) {
  std::string text;
  for (auto i = from; i < to; ++i) text += fmt::format("{}\"{}{}\"", i == from ? "" : ",", name, i);
  return text;
}

TEST(FastPass, RequiresMoreNamesThanAMaskHasBits) {
  for (std::size_t count : {std::size_t{1}, std::size_t{63}, std::size_t{64}, std::size_t{65}, std::size_t{200}}) {
    auto schema = fmt::format(R"({{"required":[{}],"properties":{{{}}}}})", strings(0, count, "n"),
                              members(0, count, "n", R"({"type":"integer"})"));
    auto all = "{" + members(0, count, "n", "1") + ",\"x\":0}";
    auto last_missing = "{" + members(0, count - 1, "n", "1") + (count > 1 ? "," : "") + "\"x\":0,\"y\":0}";
    auto first_missing = "{" + members(1, count, "n", "1") + (count > 1 ? "," : "") + "\"x\":0,\"y\":0}";
    expect_verdicts(schema, {{all, true}, {last_missing, false}, {first_missing, false}});
  }
}

TEST(FastPass, KnowsNamesInAnyOrderAndByAllTheirBytes) {
  const std::string schema =
      R"({"additionalProperties":false,"properties":{"abcdefgh_1_stuvwxyz":{"const":1},"abcdefgh_2_stuvwxyz":{"const":2},
          "":{"const":0},"a":{"const":3},"ab":{"const":4},"abc":{"const":5},"abcd":{"const":6},"\u0000":{"const":7}}})";
  expect_verdicts(schema, {{R"({"abcdefgh_2_stuvwxyz":2,"abcdefgh_1_stuvwxyz":1})", true},
                           {R"({"abcdefgh_2_stuvwxyz":1})", false},
                           {R"({"abcdefgh_3_stuvwxyz":1})", false},
                           {R"({"abcd":6,"abc":5,"ab":4,"a":3,"":0})", true},
                           {R"({"ab":5})", false},
                           {R"({"\u0000":7,"\u0061":3})", true},
                           {R"({"\u0000":0})", false},
                           {R"({"\u0000\u0000":7})", false}});
}

TEST(FastPass, TellsBranchesApartByAMember) {
  const std::string schema = R"({"oneOf":[
      {"properties":{"type":{"const":"a\"b"},"v":{"type":"integer"}},"required":["type"]},
      {"$ref":"#/$defs/two"},
      {"properties":{"type":{"enum":["three","drei"]},"w":{"type":"null"}},"required":["type","w"]}],
     "$defs":{"two":{"allOf":[{"required":["type"]},{"properties":{"type":{"const":"\u0074wo"}}}]}}})";
  expect_verdicts(schema, {{R"({"type":"a\"b","v":1})", true},
                           {R"({"type":"a\u0022b","v":"x"})", false},
                           {R"({"type":"two"})", true},
                           {R"({"v":1,"typ\u0065":"two"})", true},
                           {R"({"type":"drei","w":null})", true},
                           {R"({"type":"drei"})", false},
                           {R"({"type":"four"})", false},
                           {R"({"type":2})", false},
                           {R"({})", false}});
  // Branches that say nothing of the member are candidates for every text, and those that do not require it when it
  // is absent; what is no object is not told apart by it.
  const std::string open = R"({"oneOf":[{"properties":{"k":{"const":"a"}}},
      {"required":["k"],"properties":{"k":{"const":"b"}}},{"required":["z"]}]})";
  expect_verdicts(open, {{R"({"k":"a"})", true},
                         {R"({"k":"a","z":1})", false},
                         {R"({"k":"b"})", true},
                         {R"({"k":"b","z":1})", false},
                         {R"({"k":"c","z":1})", true},
                         {R"({"k":"c"})", false},
                         {R"({"k":7})", false},
                         {R"({})", true},
                         {R"({"z":1})", false},
                         {"7", false}});
  expect_verdicts(R"({"oneOf":[{"type":"string"},{"type":"integer"},{"type":["array","null"]}]})",
                  {{"1", true}, {"1.5", false}, {"\"x\"", true}, {"[]", true}, {"null", true}, {"{}", false}});
  expect_verdicts(R"({"anyOf":[{"type":"integer","minimum":5},{"type":"number","maximum":3}]})",
                  {{"1", true}, {"4", false}, {"5", true}, {"4.5", false}, {"2.5", true}, {"null", false}});
}

TEST(FastPass, KnowsEnumsOfAllKinds) {
  const std::string schema = R"({"enum":["a",1,null,true,[1,{"x":2}],{"a":[],"b":1.50},1e2]})";
  expect_verdicts(schema, {{"\"a\"", true},
                           {"\"b\"", false},
                           {"1", true},
                           {"1.0", true},
                           {"10e-1", true},
                           {"\"1\"", false},
                           {"2", false},
                           {"null", true},
                           {"true", true},
                           {"false", false},
                           {"[1.0,{\"x\":2}]", true},
                           {"[1]", false},
                           {"{\"b\":1.5,\"a\":[]}", true},
                           {"{\"b\":1.5}", false},
                           {"100", true}});
  expect_verdicts(R"({"enum":[true,false]})", {{"true", true}, {"false", true}, {"0", false}, {"null", false}});
  expect_verdicts(R"({"const":[false]})", {{"[false]", true}, {"[0]", false}, {"[]", false}});
  expect_verdicts(R"({"enum":["ab","abc",5],"minLength":3,"minimum":6})",
                  {{"\"abc\"", true}, {"\"ab\"", false}, {"5", false}});
  expect_verdicts(R"({"const":"x","enum":["y"]})", {{"\"x\"", false}, {"\"y\"", false}});
}

TEST(FastPass, FindsAValueAmongAHundredThousand) {
  std::string list, texts;
  for (int i = 0; i < 100'000; ++i) {
    list += fmt::format("{}{}", i == 0 ? "" : ",", i * 3);
    texts += fmt::format("{}\"kode-wilayah-{:06}-indonesia\"", i == 0 ? "" : ",", i * 3);
  }
  expect_verdicts("{\"enum\":[" + list + "]}", {{"299997", true}, {"3e1", true}, {"299998", false}, {"\"3\"", false}});
  expect_verdicts("{\"enum\":[" + texts + "]}",
                  {{"\"kode-wilayah-299997-indonesia\"", true}, {"\"kode-wilayah-299998-indonesia\"", false}});
}

TEST(FastPass, SeesTheRepeatedAmongAHundredThousandItems) {
  std::string items = "[";
  for (int i = 0; i < 100'000; ++i) items += fmt::format("{{\"a\":{},\"b\":\"x\"}},", i);
  auto schema = schema_of(R"({"uniqueItems":true})");
  EXPECT_TRUE(schema->valid(document_of(items + "0]").root()));
  EXPECT_FALSE(schema->valid(document_of(items + "{\"b\":\"x\",\"a\":77.0}]").root()));
  std::string same = "[";
  for (int i = 0; i < 100'000; ++i) same += "[1],";
  EXPECT_FALSE(schema->valid(document_of(same + "[1.0]]").root()));
  expect_verdicts(R"({"uniqueItems":true})", {{"[1,\"1\",true,[1],{\"a\":1},null,false,0]", true},
                                              {"[{\"a\":1,\"b\":2},{\"b\":2,\"a\":1}]", false},
                                              {"[1,1.00]", false},
                                              {"[0,-0]", false},
                                              {"[[],{}]", true}});
}

TEST(FastPass, ComparesNumbersExactly) {
  expect_verdicts(R"({"minimum":-90,"exclusiveMaximum":90.5})", {{"-90", true},
                                                                 {"-90.0000000000000000000000001", false},
                                                                 {"90.49999999999999999999", true},
                                                                 {"90.5", false},
                                                                 {"90.50", false},
                                                                 {"9.05e1", false},
                                                                 {"905e-1", false},
                                                                 {"-9e1", true},
                                                                 {"1e300", false}});
  expect_verdicts(R"({"type":"integer","maximum":9223372036854775807})", {{"9223372036854775807", true},
                                                                          {"9223372036854775808", false},
                                                                          {"99999999999999999999", false},
                                                                          {"-99999999999999999999", true},
                                                                          {"1.0", true},
                                                                          {"1.5", false},
                                                                          {"15e-1", false},
                                                                          {"1e3", true},
                                                                          {"123456789012345678.5", false}});
  expect_verdicts(R"({"multipleOf":0.01})",
                  {{"0.1", true}, {"19.99", true}, {"19.999", false}, {"1e-3", false}, {"4e10", true}, {"0", true}});
  expect_verdicts(R"({"multipleOf":3})", {{"-9", true}, {"9.0", true}, {"8", false}, {"9.3", false}});
  expect_verdicts(R"({"minimum":1,"exclusiveMinimum":1,"maximum":5,"exclusiveMaximum":7})",
                  {{"1", false}, {"1.1", true}, {"5", true}, {"5.1", false}});
}

TEST(FastPass, CountsCharactersNotBytes) {
  expect_verdicts(R"({"minLength":2,"maxLength":3})", {{"\"é\"", false},
                                                       {"\"éé\"", true},
                                                       {"\"ééé\"", true},
                                                       {"\"éééé\"", false},
                                                       {"\"😀😀\"", true},
                                                       {"\"😀\"", false},
                                                       {"\"abcd\"", false}});
}

TEST(FastPass, DependsOnNamesBeyondProperties) {
  const std::string schema = R"({"dependentRequired":{"card":["address","name"]},
      "dependentSchemas":{"big":{"required":["why"]},"a":{"properties":{"b":{"type":"null"}}}}})";
  expect_verdicts(schema, {{R"({"card":1})", false},
                           {R"({"card":1,"name":2,"address":3})", true},
                           {R"({"big":1})", false},
                           {R"({"big":1,"why":2})", true},
                           {R"({"b":1})", true},
                           {R"({"b":1,"a":2})", false},
                           {R"({"b":null,"a":2})", true},
                           {"3", true}});
}

TEST(FastPass, ClosesOverWhatPlainReferencesDeclare) {
  const std::string schema = R"({"unevaluatedProperties":false,"$ref":"#/$defs/base","properties":{"own":true},
      "allOf":[{"patternProperties":{"^x-":{"type":"integer"}}},{"$ref":"#/$defs/base"}],
      "$defs":{"base":{"properties":{"id":{"type":"string"}},"required":["id"]}}})";
  expect_verdicts(schema, {{R"({"id":"1"})", true},
                           {R"({"id":"1","own":[],"x-a":1})", true},
                           {R"({"id":"1","other":1})", false},
                           {R"({"id":"1","x-a":"no"})", false},
                           {R"({"own":1})", false}});
  expect_verdicts(R"({"allOf":[{"prefixItems":[true,{"type":"integer"}]}],"unevaluatedItems":{"type":"null"}})",
                  {{"[0,1,null]", true}, {"[0,1,2]", false}, {"[0,\"x\"]", false}, {"[]", true}});
}

TEST(FastPass, TracksWhatHangsOnAValue) {
  const std::string schema = R"({"unevaluatedProperties":false,"properties":{"kind":{"type":"string"}},
      "anyOf":[{"properties":{"a":{"const":1}},"required":["a"]},{"properties":{"b":{"const":2}},"required":["b"]}],
      "if":{"properties":{"kind":{"const":"c"},"i":true},"required":["kind"]},
      "then":{"properties":{"t":true}},"else":{"properties":{"e":true}},
      "dependentSchemas":{"a":{"properties":{"with_a":true}}},
      "not":{"properties":{"n":true},"required":["n"]}})";
  expect_verdicts(schema, {{R"({"a":1})", true},
                           {R"({"b":2})", true},
                           {R"({"a":1,"b":2})", true},
                           {R"({"a":1,"b":3})", false},  // the branch that failed evaluated nothing
                           {R"({"a":1,"with_a":1})", true},
                           {R"({"b":2,"with_a":1})", false},
                           {R"({"a":1,"kind":"c","t":1,"i":1})", true},
                           {R"({"a":1,"kind":"c","e":1})", false},
                           {R"({"a":1,"kind":"d","e":1})", true},
                           {R"({"a":1,"kind":"d","i":1})", false},
                           {R"({"a":1,"n":1})", false},
                           {R"({"a":1,"z":1})", false}});
  expect_verdicts(R"({"oneOf":[{"properties":{"a":{"const":1}}},{"required":["b"],"properties":{"b":true}}],
                      "unevaluatedProperties":{"type":"integer"}})",
                  {{R"({"a":1})", true}, {R"({"a":2,"b":"x"})", true}, {R"({"a":"x","b":"x"})", false}});
}

TEST(FastPass, KeepsNestedQuestionsApart) {
  // An inner unevaluated* answers for its own schema, and what it accepts counts as evaluated outside.
  expect_verdicts(R"({"anyOf":[{"properties":{"a":true},"unevaluatedProperties":false},{"required":["b"]}],
                      "unevaluatedProperties":false})",
                  {{R"({"a":1})", true}, {R"({"b":1})", false}, {R"({"a":1,"b":1})", false}});
  expect_verdicts(R"({"anyOf":[{"properties":{"a":true}},{"unevaluatedProperties":{"type":"integer"}}],
                      "unevaluatedProperties":false})",
                  {{R"({"a":1,"x":2})", true}, {R"({"a":"s","x":2})", false}, {R"({"a":"s"})", true}});
  expect_verdicts(R"({"not":{"not":{"properties":{"a":true}}},"unevaluatedProperties":false})",
                  {{R"({"a":1})", false}, {"{}", true}});
  expect_verdicts(R"({"not":{"anyOf":[{"properties":{"a":true},"required":["a"]},{"required":["z"]}],
                      "unevaluatedProperties":false}})",
                  {{R"({"a":1})", false}, {R"({"a":1,"b":1})", true}, {R"({"z":1})", true}});
  // Members of a part are no members of the whole.
  expect_verdicts(R"({"properties":{"p":{"anyOf":[{"properties":{"a":true}}]}},"anyOf":[{"required":["p"]},true],
                      "unevaluatedProperties":false})",
                  {{R"({"p":{"a":1,"b":2}})", true}, {R"({"p":{},"a":1})", false}});
}

TEST(FastPass, TracksItemsByNumber) {
  expect_verdicts(R"({"contains":{"type":"string"},"unevaluatedItems":{"type":"integer"}})",
                  {{"[\"a\",1,\"b\"]", true}, {"[\"a\",null]", false}, {"[1]", false}});
  expect_verdicts(R"({"contains":{"type":"string"},"minContains":0,"maxContains":2,"unevaluatedItems":false})",
                  {{"[\"a\",\"b\"]", true}, {"[\"a\",\"b\",\"c\"]", false}, {"[]", true}, {"[1]", false}});
  expect_verdicts(R"({"anyOf":[{"prefixItems":[{"const":1}]},{"prefixItems":[true,{"const":2}]}],
                      "unevaluatedItems":false})",
                  {{"[1]", true}, {"[9,2]", true}, {"[1,2]", true}, {"[1,3]", false}, {"[1,2,3]", false}});
  // Blaze and ajv say no to two items (2019-09 and 2020-12 core, unevaluatedItems): items has evaluated them all.
  for (const char* dialect : {"2019-09", "2020-12"}) {
    expect_verdicts(fmt::format(R"({{"$schema":"https://json-schema.org/draft/{}/schema",
                      "anyOf":[{{"items":{{}},"unevaluatedItems":false}}],"unevaluatedItems":false}})",
                                dialect),
                    {{"[]", true}, {"[1]", true}, {"[\"\",\"\"]", true}});
  }
  std::string many = "[0";
  for (int i = 1; i < 1000; ++i) many += fmt::format(",{}", i % 3 == 0 ? "\"s\"" : "1");
  expect_verdicts(R"({"contains":{"type":"string"},"unevaluatedItems":{"type":"integer"}})",
                  {{many + "]", true}, {many + ",null]", false}});
}

TEST(FastPass, DoesNotMultiplyBranchesWithinBranches) {
  // Each level may be looked at by two ways; sixty levels would be 2^60 looks if nothing were remembered.
  std::string nested = "1";
  for (int i = 0; i < 60; ++i) nested = "{\"a\":" + nested + "}";
  const std::string either = R"({"anyOf":[{"type":"null"},{"properties":{"a":{"$ref":"#"}},"required":["b"]},
                                 {"properties":{"a":{"$ref":"#"}},"required":["a","c"]}]})";
  const std::string twice = R"({"patternProperties":{"a":{"$ref":"#"},"^a":{"$ref":"#"}},"type":["object","null"]})";
  const std::string tracked = R"({"type":["object","null"],"anyOf":[{"properties":{"a":{"$ref":"#"}}},
                                  {"properties":{"a":{"$ref":"#"},"b":true}}],"unevaluatedProperties":false})";
  for (const auto& schema : {either, twice, tracked}) {
    EXPECT_FALSE(schema_of(schema)->valid(document_of(nested).root())) << schema;
  }
  std::string refs = R"({"$ref":"#/$defs/d0","$defs":{)";
  for (int i = 0; i < 40; ++i)
    refs += fmt::format(R"("d{}":{{"allOf":[{{"$ref":"#/$defs/d{}"}},{{"minimum":1,"$ref":"#/$defs/d{}"}}]}},)", i,
                        i + 1, i + 1);
  EXPECT_TRUE(schema_of(refs + R"("d40":{"type":"integer"}}})")->valid(document_of("5").root()));
  std::string marks = R"({"unevaluatedProperties":false,"anyOf":[{"$ref":"#/$defs/d0"},false],"$defs":{)";
  for (int i = 0; i < 40; ++i)
    marks += fmt::format(R"("d{}":{{"allOf":[{{"$ref":"#/$defs/d{}"}},{{"minProperties":1,"$ref":"#/$defs/d{}"}}]}},)",
                         i, i + 1, i + 1);
  marks += R"("d40":{"anyOf":[{"properties":{"a":true}},{"properties":{"b":true},"required":["b"]}]}}})";
  expect_verdicts(marks, {{R"({"a":1})", true}, {R"({"a":1,"b":1})", true}, {R"({"a":1,"c":1})", false}});
  auto names = refs + R"("d40":{"maxLength":3}}})";
  EXPECT_FALSE(schema_of("{\"propertyNames\":" + names.substr(0, 20) + "}," + names.substr(21))
                   ->valid(document_of(R"({"abc":1,"abcd":1})").root()));
}

TEST(FastPass, AnswersInManyThreadsAtOnce) {
  auto schema = schema_of(R"({"oneOf":[{"required":["k"],"properties":{"k":{"const":"a"}}},
      {"properties":{"k":{"const":"b"}},"unevaluatedProperties":false}],"uniqueItems":true})");
  auto good = document_of(R"({"k":"a","x":1})"), bad = document_of(R"({"k":"b","x":1})");
  std::vector<std::thread> threads;
  std::vector<int> right(4);
  for (auto& count : right) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) count += schema->valid(good.root()) && !schema->valid(bad.root()) ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, std::vector<int>(4, 500));
}

}  // namespace
}  // namespace simpul
