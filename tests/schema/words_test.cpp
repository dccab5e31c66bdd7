// Every message in both languages, places in the schema's files, and nothing personal in any word.
#include <algorithm>
#include <set>

#include "tests/schema/support.h"

namespace simpul {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::vector<Violation> violations(const std::string& schema, std::string value) {
  auto compiled = schema_of(schema);
  auto document = document_of(std::move(value));
  return compiled->explain(document.root());
}

struct Said {
  const char* schema;
  const char* value;
  const char* rule;
  const char* english;
  const char* indonesian;
};

// The first violation's words, for each keyword.
const Said said[] = {
    {R"({"type":"string"})", "1", "type", "expected a string, got a number",
     "seharusnya teks, tetapi yang diterima bilangan"},
    {R"({"type":["integer","null"]})", "1.5", "type", "expected a whole number or null, got 1.5",
     "seharusnya bilangan bulat atau null, tetapi yang diterima 1.5"},
    {R"({"type":"object"})", "[]", "type", "expected an object, got an array",
     "seharusnya objek, tetapi yang diterima daftar (array)"},
    {R"({"type":"boolean"})", "{}", "type", "expected a boolean, got an object",
     "seharusnya nilai benar/salah (true/false), tetapi yang diterima objek"},
    {R"({"enum":["ISLAM","KRISTEN"]})", "\"ISLM\"", "enum",
     "expected one of \"ISLAM\", \"KRISTEN\", got \"ISLM\", did you mean \"ISLAM\"?",
     "seharusnya salah satu dari \"ISLAM\", \"KRISTEN\", tetapi yang diterima \"ISLM\", apakah maksudnya \"ISLAM\"?"},
    {R"({"enum":[1,2]})", "3", "enum", "expected one of 1, 2, got 3",
     "seharusnya salah satu dari 1, 2, tetapi yang diterima 3"},
    {R"({"const":"A"})", "\"B\"", "const", "expected \"A\", got \"B\"", "seharusnya \"A\", tetapi yang diterima \"B\""},
    {R"({"minLength":1})", "\"\"", "minLength", "must not be empty", "tidak boleh kosong"},
    {R"({"minLength":3})", "\"ab\"", "minLength", "expected at least 3 characters, got 2",
     "panjangnya paling sedikit 3 karakter, tetapi yang diterima 2"},
    {R"({"maxLength":1})", "\"ab\"", "maxLength", "expected at most 1 character, got 2",
     "panjangnya paling banyak 1 karakter, tetapi yang diterima 2"},
    {R"({"pattern":"^[0-9]+$"})", "\"ab\"", "pattern", "expected text that matches ^[0-9]+$, got \"ab\"",
     "seharusnya teks yang sesuai dengan pola ^[0-9]+$, tetapi yang diterima \"ab\""},
    {R"({"minimum":2})", "1", "minimum", "expected at least 2, got 1",
     "tidak boleh kurang dari 2, tetapi yang diterima 1"},
    {R"({"exclusiveMinimum":2})", "2", "exclusiveMinimum", "expected more than 2, got 2",
     "harus lebih dari 2, tetapi yang diterima 2"},
    {R"({"maximum":2})", "3", "maximum", "expected at most 2, got 3",
     "tidak boleh lebih dari 2, tetapi yang diterima 3"},
    {R"({"exclusiveMaximum":2})", "2", "exclusiveMaximum", "expected less than 2, got 2",
     "harus kurang dari 2, tetapi yang diterima 2"},
    {R"({"multipleOf":5})", "7", "multipleOf", "expected a multiple of 5, got 7",
     "seharusnya kelipatan 5, tetapi yang diterima 7"},
    {R"({"minItems":1})", "[]", "minItems", "expected at least 1 item, got 0",
     "seharusnya paling sedikit 1 butir, tetapi yang diterima 0"},
    {R"({"maxItems":1})", "[1,2]", "maxItems", "expected at most 1 item, got 2",
     "seharusnya paling banyak 1 butir, tetapi yang diterima 2"},
    {R"({"prefixItems":[true],"items":false})", "[1,2]", "items", "expected at most 1 item, got 2",
     "seharusnya paling banyak 1 butir, tetapi yang diterima 2"},
    {R"({"uniqueItems":true})", "[1,1.0]", "uniqueItems", "items must differ; item 1 equals item 0 (counted from 0)",
     "tidak boleh ada butir yang sama; butir 1 sama dengan butir 0 (dihitung dari 0)"},
    {R"({"contains":{"const":1}})", "[2]", "contains", "expected at least 1 item of the kind that is asked for, got 0",
     "seharusnya paling sedikit 1 butir dari jenis yang diminta, tetapi yang diterima 0"},
    {R"({"contains":{"const":1},"minContains":2})", "[1]", "minContains",
     "expected at least 2 items of the kind that is asked for, got 1",
     "seharusnya paling sedikit 2 butir dari jenis yang diminta, tetapi yang diterima 1"},
    {R"({"contains":{"const":1},"maxContains":1})", "[1,1]", "maxContains",
     "expected at most 1 item of the kind that is asked for, got 2",
     "seharusnya paling banyak 1 butir dari jenis yang diminta, tetapi yang diterima 2"},
    {R"({"prefixItems":[true],"unevaluatedItems":false})", "[1,2]", "unevaluatedItems",
     "item 1 (counted from 0) is described by no rule; only described items are allowed",
     "butir 1 (dihitung dari 0) tidak diatur oleh skema; hanya butir yang diatur yang diperbolehkan"},
    {R"({"minProperties":1})", "{}", "minProperties", "expected at least 1 field, got 0",
     "seharusnya paling sedikit 1 kolom, tetapi yang diterima 0"},
    {R"({"maxProperties":1})", R"({"a":1,"b":2})", "maxProperties", "expected at most 1 field, got 2",
     "seharusnya paling banyak 1 kolom, tetapi yang diterima 2"},
    {R"({"required":["nik"]})", "{}", "required", "the field \"nik\" is missing", "kolom \"nik\" wajib diisi"},
    {R"({"required":["nik"]})", R"({"nikk":1})", "required", "the field \"nik\" is missing; there is \"nikk\"",
     "kolom \"nik\" wajib diisi; ada \"nikk\", apakah itu maksudnya?"},
    {R"({"dependentRequired":{"a":["b"]}})", R"({"a":1})", "dependentRequired",
     "the field \"b\" is missing; it is required because \"a\" is there",
     "kolom \"b\" wajib diisi karena kolom \"a\" ada"},
    {R"({"dependentSchemas":{"a":{"required":["b"]}}})", R"({"a":1})", "required", "the field \"b\" is missing",
     "kolom \"b\" wajib diisi"},
    {R"({"properties":{"nama":true},"additionalProperties":false})", R"({"x":1})", "additionalProperties",
     "the field \"x\" is not known", "kolom \"x\" tidak dikenal"},
    {R"({"properties":{"nama":true},"additionalProperties":false})", R"({"namaa":1})", "additionalProperties",
     "the field \"namaa\" is not known, did you mean \"nama\"?",
     "kolom \"namaa\" tidak dikenal, apakah maksudnya \"nama\"?"},
    {R"({"allOf":[{"properties":{"nama":true}}],"unevaluatedProperties":false})", R"({"namaa":1})",
     "unevaluatedProperties", "the field \"namaa\" is not known, did you mean \"nama\"?",
     "kolom \"namaa\" tidak dikenal, apakah maksudnya \"nama\"?"},
    {R"({"properties":{"a":false}})", R"({"a":1})", "false", "the field \"a\" is not allowed here",
     "kolom \"a\" tidak diperbolehkan di sini"},
    {"false", "1", "false", "no value is allowed here", "tidak boleh ada nilai di sini"},
    {R"({"propertyNames":{"maxLength":1},"additionalProperties":true,"properties":{"ab":true}})", R"({"ab":1})",
     "propertyNames", "the field's name is not of the form that is asked for: expected at most 1 character, got 2",
     "nama kolom tidak sesuai dengan bentuk yang diminta: panjangnya paling banyak 1 karakter, tetapi yang diterima 2"},
    {R"({"anyOf":[{"minimum":5},{"required":["a"],"type":["object","number"],"maximum":1}]})", "3", "anyOf",
     "fits none of 2 alternatives", "tidak sesuai dengan satu pun dari 2 pilihan"},
    {R"({"anyOf":[{"type":"string"},{"type":"null"}]})", "3", "anyOf", "expected a string or null, got a number",
     "seharusnya teks atau null, tetapi yang diterima bilangan"},
    {R"({"oneOf":[{"const":"satu"},{"enum":["dua","tiga"]}]})", "\"stu\"", "oneOf",
     "expected one of \"satu\", \"dua\", \"tiga\", got \"stu\", did you mean \"satu\"?",
     "seharusnya salah satu dari \"satu\", \"dua\", \"tiga\", tetapi yang diterima \"stu\", apakah maksudnya "
     "\"satu\"?"},
    {R"({"oneOf":[{"type":"integer"},{"minimum":2}]})", "3", "oneOf",
     "fits 2 of 2 alternatives; it must fit exactly one", "sesuai dengan 2 dari 2 pilihan; seharusnya tepat satu"},
    {R"({"not":{"type":"string"}})", "\"x\"", "not", "is what this schema forbids",
     "nilai ini termasuk yang dilarang oleh skema"},
    {R"({"format":"nib"})", "\"12\"", "format: nib", "expected 13 digits (NIB), got 2 characters",
     "seharusnya 13 angka (NIB), tetapi yang diterima 2 karakter"},
    {R"({"format":"email"})", "\"x\"", "format: email",
     "expected an e-mail address, such as warga@kota.example, got \"x\"",
     "seharusnya alamat surel, misalnya warga@kota.example, tetapi yang diterima \"x\""},
};

TEST(WordsOfViolations, StandInBothLanguagesForEveryKeyword) {
  for (const auto& each : said) {
    auto found = violations(each.schema, each.value);
    ASSERT_FALSE(found.empty()) << each.schema << " " << each.value;
    EXPECT_EQ(found[0].rule, each.rule) << each.schema;
    EXPECT_EQ(found[0].words.english, each.english) << each.schema;
    EXPECT_EQ(found[0].words.indonesian, each.indonesian) << each.schema;
  }
}

TEST(WordsOfViolations, AreThereForTheKeywordsOfOlderDraftsUnderTheirNames) {
  auto draft = [](const char* uri, std::string rest) {
    return "{\"$schema\":\"" + std::string(uri) + "\"," + rest.substr(1);
  };
  const auto* four = "http://json-schema.org/draft-04/schema#";
  const auto* seven = "http://json-schema.org/draft-07/schema#";
  const auto* nineteen = "https://json-schema.org/draft/2019-09/schema";
  struct Older {
    std::string schema;
    const char *value, *rule, *schema_pointer, *way;
  };
  for (
      const auto& [schema, value, rule, pointer, way] : {
          Older{draft(four, R"({"minimum":2,"exclusiveMinimum":true})"), "2", "minimum", "#/minimum", "/minimum"},
          Older{draft(seven, R"({"items":[{}],"additionalItems":false})"), "[1,2]", "additionalItems",
                "#/additionalItems", "/additionalItems"},
          Older{draft(seven, R"({"items":[{}],"additionalItems":{"type":"null"}})"), "[1,2]", "type",
                "#/additionalItems/type", "/additionalItems/type"},
          Older{draft(seven, R"({"items":[{"type":"null"}]})"), "[1]", "type", "#/items/0/type", "/items/0/type"},
          Older{draft(seven, R"({"dependencies":{"a":["b"]}})"), R"({"a":1})", "dependencies", "#/dependencies",
                "/dependencies"},
          Older{draft(seven, R"({"dependencies":{"a":{"required":["b"]}}})"), R"({"a":1})", "required",
                "#/dependencies/a/required", "/dependencies/a/required"},
          Older{draft(nineteen, R"({"type":"object","additionalProperties":{"$recursiveRef":"#"}})"), R"({"a":1})",
                "type", "#/type", "/additionalProperties/$recursiveRef/type"},
          Older{
              R"({"$id":"https://kota.id/d","items":{"$dynamicRef":"#n"},"$defs":{"n":{"$dynamicAnchor":"n","type":"null"}}})",
              "[1]", "type", "#/$defs/n/type", "/items/$dynamicRef/type"},
      }) {
    auto found = violations(schema, value);
    ASSERT_EQ(found.size(), 1u) << schema;
    EXPECT_EQ(found[0].rule, rule) << schema;
    EXPECT_EQ(found[0].schema, "test.json" + std::string(pointer)) << schema;
    EXPECT_EQ(found[0].way, way) << schema;
    EXPECT_FALSE(found[0].words.indonesian.empty()) << schema;
  }
}

TEST(WordsOfViolations, SayWhatCameShortened) {
  auto value = [](const char* schema, std::string text) { return violations(schema, std::move(text)).at(0).value; };
  EXPECT_EQ(value(R"({"type":"null"})", "\"x\""), "\"x\"");
  EXPECT_EQ(value(R"({"type":"null"})", "{}"), "an object");
  EXPECT_EQ(value(R"({"type":"null"})", "[1]"), "an array");
  EXPECT_EQ(value(R"({"type":"string"})", "null"), "null");
  EXPECT_EQ(value(R"({"type":"string","x-personal-data":"general"})", "5"), "•••");
  EXPECT_EQ(value(R"({"type":"null"})", "\"" + std::string(59, 'a') + "éé\""), "\"" + std::string(59, 'a') + "\"…");
}

TEST(PlacesOfViolations, AreLinesAndColumnsOfKeywordNames) {
  auto registry = compile_schemas({{"a/x.json",
                                    "{\n  \"type\": \"object\",\n  \"properties\": {\n    \"nik\": {\"$ref\": "
                                    "\"y.json#/$defs/nik\"},\n    \"é\": {\"title\": \"é\", \"type\" : \"null\"},\n"
                                    "    \"tidak\": false\n  }\n}"},
                                   {"a/y.json", "{\"$defs\": {\"nik\": {\n\t\"minLength\":\n16}}}"}});
  ASSERT_TRUE(registry) << to_text(registry.error());
  auto document = document_of(R"({"nik":"1","é":1,"tidak":2})");
  auto found = (*registry)->find("a/x")->explain(document.root());
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].place, (Place{"a/y.json", {2, 2}, {2, 13}}));
  EXPECT_EQ(found[0].way, "/properties/nik/$ref/minLength");
  EXPECT_EQ(found[0].schema, "a/y.json#/$defs/nik/minLength");
  EXPECT_EQ(found[1].place, (Place{"a/x.json", {5, 25}, {5, 31}}));
  EXPECT_EQ(found[2].place, (Place{"a/x.json", {6, 14}, {6, 19}}));
  EXPECT_EQ(found[2].schema, "a/x.json#/properties/tidak");
}

TEST(PlacesOfViolations, AreThoseOfOlderDraftsKeywordsToo) {
  auto found = violations(
      "{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\n\"items\":[{}],\n "
      "\"additionalItems\":false}",
      "[1,2]");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].place.start, (Mark{3, 2}));
  found = violations(
      "{\"$schema\":\"http://json-schema.org/draft-04/schema#\",\n\"minimum\":2,\n\"exclusiveMinimum\":true}", "2");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].place.start, (Mark{2, 1}));
}

// Nothing of what came may be read out of any field of a violation, whatever the keyword.
TEST(WordsOfViolations, NeverHoldPersonalValues) {
  const std::string secret = "RAHASIA7391", number = "7391007391";
  const char* of_strings[] = {R"({"type":"null"})",
                              R"({"enum":["RAHASIA7392","x"]})",
                              R"({"const":"RAHASIA7390"})",
                              R"({"minLength":90})",
                              R"({"maxLength":2})",
                              R"({"pattern":"^x"})",
                              R"({"format":"nik"})",
                              R"({"format":"date"})",
                              R"({"not":{"type":"string"}})",
                              R"({"anyOf":[{"const":"RAHASIA739"},{"const":"b"}]})",
                              R"({"oneOf":[{"maxLength":1},{"pattern":"^y"}]})",
                              R"({"oneOf":[true,true]})",
                              R"({"allOf":[{"type":"integer"}]})",
                              R"({"if":true,"then":{"const":1}})",
                              "false"};
  const char* of_numbers[] = {R"({"type":"string"})", R"({"type":"null"})",        R"({"minimum":9e99})",
                              R"({"maximum":1})",     R"({"exclusiveMaximum":1})", R"({"exclusiveMinimum":9e99})",
                              R"({"multipleOf":17})", R"({"enum":[1,2]})",         R"({"const":1})"};
  auto check = [&](const std::string& rule, const std::string& json, const std::string& hidden) {
    const std::string places[] = {
        R"({"properties":{"a":{"x-personal-data":"general","allOf":[)" + rule + "]}}}",
        R"({"properties":{"a":)" + rule + R"(},"allOf":[{"properties":{"a":{"x-personal-data":"specific"}}}]})",
        R"({"x-personal-data":"specific","additionalProperties":)" + rule + "}",
        R"({"unevaluatedProperties":{"x-personal-data":"general","allOf":[)" + rule + "]}}",
        R"({"properties":{"a":{"contains":)" + rule + R"(,"items":{"x-personal-data":"general"}}}})"};
    for (const auto& schema : places) {
      bool listed = &schema == &places[4];
      auto found = violations(schema, listed ? "{\"a\":[" + json + "]}" : "{\"a\":" + json + "}");
      EXPECT_FALSE(found.empty()) << schema;
      for (const auto& violation : found) {
        for (const auto& text :
             {violation.words.english, violation.words.indonesian, violation.value, violation.instance, violation.rule})
          EXPECT_THAT(text, Not(HasSubstr(hidden))) << schema;
      }
    }
  };
  for (const auto* rule : of_strings) check(rule, "\"" + secret + "\"", secret);
  for (const auto* rule : of_numbers) check(rule, number, number);
}

TEST(WordsOfViolations, GuessNoPersonalValue) {
  auto found = violations(R"({"x-personal-data":"specific","enum":["ISLAM","KRISTEN"]})", "\"ISLM\"");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].words.english, "expected one of \"ISLAM\", \"KRISTEN\", got •••");
}

TEST(NearestAlternative, IsTheOneWhoseConstantMatches) {
  const std::string schema = R"({"oneOf":[
    {"properties":{"jenis":{"const":"orang"},"nik":{"type":"string"},"nama":{"type":"string"}},"required":["jenis","nik","nama"],"additionalProperties":false},
    {"properties":{"jenis":{"const":"usaha"},"nib":{"type":"string"}},"required":["jenis","nib"],"additionalProperties":false}]})";
  EXPECT_THAT(
      reasons(schema, R"({"jenis":"orang","nib":"9120001234567"})"),
      ElementsAre("oneOf : fits none of 2 alternatives", "required : the field \"nik\" is missing; there is \"nib\"",
                  "required : the field \"nama\" is missing",
                  "additionalProperties /nib: the field \"nib\" is not known, did you mean \"nik\"?"));
  EXPECT_THAT(reasons(schema, R"({"jenis":"usha","nib":"9120001234567"})"),
              ElementsAre("oneOf /jenis: expected one of \"orang\", \"usaha\", got \"usha\", did you mean \"usaha\"?"));
  EXPECT_THAT(reasons(schema, R"({"nib":"9120001234567"})"), ElementsAre("oneOf : the field \"jenis\" is missing"));
}

TEST(NearestAlternative, IsTheOneOfTheRightTypeAndFewestFaults) {
  EXPECT_THAT(reasons(R"({"anyOf":[{"type":"string"},{"type":"object","required":["a"]},
                         {"type":"object","required":["b","c"]}]})",
                      R"({"c":1})"),
              ElementsAre("anyOf : fits none of 3 alternatives", "required : the field \"a\" is missing"));
  EXPECT_THAT(reasons(R"({"anyOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/b"}],
                          "$defs":{"a":{"properties":{"x":{"type":"string"}}},
                                   "b":{"properties":{"x":{"properties":{"y":{"type":"string"}}}}}}})",
                      R"({"x":{"y":1}})"),
              ElementsAre("anyOf : fits none of 2 alternatives", "type /x/y: expected a string, got a number"))
      << "what lies deep weighs least";
}

TEST(UnevaluatedParts, AreToldOnceWhenAnotherSchemaRefusesThem) {
  EXPECT_THAT(
      reasons(R"({"allOf":[{"properties":{"a":{"type":"string"}}}],"unevaluatedProperties":false})", R"({"a":1})"),
      ElementsAre("type /a: expected a string, got a number"));
  EXPECT_THAT(reasons(R"({"anyOf":[{"properties":{"a":{"type":"string"}},"required":["b"]},{"required":["c"]}],
                          "unevaluatedProperties":false})",
                      R"({"a":"x","c":1})"),
              ElementsAre("unevaluatedProperties /a: the field \"a\" is not known",
                          "unevaluatedProperties /c: the field \"c\" is not known"));
}

TEST(Explaining, ALargeBadValueEndsWithAsManyAsAreAskedFor) {
  std::string text = "[";
  while (text.size() < 2'000'000) text += R"({"nik":1,"nama":2,"asing":[1,2,3]},)";
  auto document = document_of(text + "{}]");
  auto schema = schema_of(R"({"items":{"oneOf":[
    {"type":"object","required":["nik","alamat"],"properties":{"nik":{"type":"string"}},"additionalProperties":false},
    {"type":"object","required":["nama","x"],"properties":{"nama":{"type":"string"}},"additionalProperties":false}]}})");
  EXPECT_EQ(schema->explain(document.root(), 5).size(), 5u);
  EXPECT_EQ(schema->explain(document.root()).size(), 32u);
  EXPECT_LE(schema->explain(document.root(), 1'000'000).size(), 1'000u);
}

// Each alternative of each level leads to both alternatives of the next: as many ways as no walk could go.
TEST(Explaining, NestedAlternativesDoNotMultiply) {
  for (const char* keyword : {"anyOf", "oneOf", "allOf"}) {
    std::string text = R"({"$ref":"#/$defs/a0","$defs":{)";
    for (int i = 0; i < 30; ++i) {
      auto number = std::to_string(i), next = "{\"$ref\":\"#/$defs/a" + std::to_string(i + 1) + "\"}";
      text += "\"a" + number + "\":{\"" + keyword + "\":[" + next + "," + next + "]},";
    }
    auto schema = schema_of(text + R"("a30":{"type":"object","required":["x"]}}})");
    EXPECT_FALSE(schema->explain(document_of("5").root()).empty()) << keyword;
    EXPECT_EQ(schema->explain(document_of(R"({"x":1})").root()).empty(), std::string(keyword) != "oneOf");
  }
  // The same through the value: a tree whose every node may be of two kinds.
  auto tree = schema_of(R"({"$ref":"#/$defs/n","$defs":{"n":{"oneOf":[
    {"properties":{"k":{"const":1},"next":{"$ref":"#/$defs/n"}}},{"properties":{"k":{"const":2},"next":{"$ref":"#/$defs/n"}}}]}}})");
  std::string deep = R"({"k":3})";
  for (int i = 0; i < 60; ++i) deep = R"({"k":1,"next":)" + deep + "}";
  auto found = tree->explain(document_of(deep).root());
  ASSERT_FALSE(found.empty());
}

TEST(Explaining, ADeepValueUnderALongChainOfSchemasExhaustsNothing) {
  std::string text = R"({"$ref":"#/$defs/c0","$defs":{)";
  for (int i = 0; i < 47; ++i) {
    auto number = std::to_string(i), next = std::to_string(i + 1);
    text += "\"c" + number + "\":{\"allOf\":[{\"$ref\":\"#/$defs/c" + next + "\"}]},";
  }
  auto schema = schema_of(text + R"("c47":{"type":"object","properties":{"n":{"$ref":"#/$defs/c0"}}}}})");
  std::string deep = "1";
  for (int i = 0; i < 60; ++i) deep = "{\"n\":" + deep + "}";
  std::vector<Violation> found;
  auto explain = [&] { found = schema->explain(document_of(deep).root()); };
  on_half_a_stack(explain);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].words.english, "expected an object, got a number");
  for (int i = 0; i < 340; ++i) deep = "{\"n\":" + deep + "}";
  on_half_a_stack(explain);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].words.english, "is nested too deeply to be checked");
  EXPECT_EQ(found[0].words.indonesian, "bersarang terlalu dalam untuk diperiksa");
}

TEST(Warnings, SayWhatASoftRuleDoubtsInAValidValue) {
  auto schema = schema_of(R"({"properties":{"kode":{"$ref":"#/$defs/kode"},"daftar":{"items":{"$ref":"#/$defs/kode"}}},
                              "$defs":{"kode":{"type":"string","format":"kode-wilayah"}}})");
  auto document = document_of(R"({"kode":"99.71","daftar":["36.71","99"]})");
  ASSERT_TRUE(schema->valid(document.root()));
  auto found = schema->warnings(document.root());
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].instance, "/kode");
  EXPECT_EQ(found[0].rule, "format: kode-wilayah");
  EXPECT_EQ(found[0].way, "/properties/kode/$ref/format");
  EXPECT_EQ(found[1].instance, "/daftar/1");
  EXPECT_FALSE(found[0].words.english.empty());
  EXPECT_FALSE(found[0].words.indonesian.empty());
  EXPECT_EQ(schema->warnings(document.root(), 1).size(), 1u);
}

TEST(Warnings, ComeOnlyFromSchemasThatApply) {
  auto document = document_of("\"99.71\"");
  auto count = [&](const char* schema) { return schema_of(schema)->warnings(document.root()).size(); };
  EXPECT_EQ(count(R"({"anyOf":[{"format":"kode-wilayah","maxLength":2},{"type":"string"}]})"), 0u);
  EXPECT_EQ(count(R"({"anyOf":[{"format":"kode-wilayah"},{"type":"string"}]})"), 1u);
  EXPECT_EQ(count(R"({"not":{"format":"kode-wilayah","maxLength":2}})"), 0u);
  EXPECT_EQ(count(R"({"if":{"maxLength":2},"then":{"format":"kode-wilayah"}})"), 0u);
  EXPECT_EQ(count(R"({"if":{"minLength":2},"then":{"format":"kode-wilayah"}})"), 1u);
  EXPECT_EQ(count(R"({"format":"date","not":{}})"), 0u) << "a schema without soft rules";
}

}  // namespace
}  // namespace simpul
