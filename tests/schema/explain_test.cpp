#include "tests/schema/support.h"

namespace simpul {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string person = R"({
  "type": "object", "additionalProperties": false, "required": ["nik", "nama"],
  "properties": {
    "nik": {"type": "string", "format": "nik", "x-personal-data": "general"},
    "nama": {"type": "string", "minLength": 1, "maxLength": 5, "x-personal-data": "general"},
    "jenis_kelamin": {"enum": ["L", "P"]},
    "umur": {"type": "integer", "minimum": 0, "exclusiveMaximum": 150},
    "kode_pos": {"type": "string", "pattern": "^\\d{5}$"},
    "agama": {"enum": ["ISLAM", "KRISTEN"], "x-personal-data": "specific"},
    "telepon": {"type": "array", "items": {"type": "string"}, "uniqueItems": true, "maxItems": 3},
    "tarif": {"multipleOf": 0.01}
  }})";

TEST(Violations, SpeakToThePersonWhoMustAct) {
  EXPECT_THAT(reasons(person, R"({"nik":"3671015207909001","nama":"SITI"})"), ElementsAre());
  EXPECT_THAT(reasons(person, R"({"nik":"367101520790900","nama":"SITI"})"),
              ElementsAre("format: nik /nik: expected 16 digits (NIK), got 15 characters"));
  EXPECT_THAT(reasons(person, R"({"nik":"3671015213909001","nama":"SITI"})"),
              ElementsAre("format: nik /nik: digits 9 and 10 of a NIK are the month of birth, 01 to 12"));
  EXPECT_THAT(reasons(person, R"({"nik":3671015207909001,"nama":"SITI"})"),
              ElementsAre("type /nik: expected a string, got a number"));
  EXPECT_THAT(reasons(person, R"({"nik":"3671015207909001"})"),
              ElementsAre("required : the field \"nama\" is missing"));
  EXPECT_THAT(reasons(person, R"({"nik":"3671015207909001","namaa":"SITI"})"),
              ElementsAre("required : the field \"nama\" is missing; there is \"namaa\"",
                          "additionalProperties /namaa: the field \"namaa\" is not known, did you mean \"nama\"?"));
  EXPECT_THAT(
      reasons(person, R"({"nik":"3671015207909001","nama":"","jenis_kelamin":"X","umur":-1,"kode_pos":"1511"})"),
      ElementsAre("minLength /nama: must not be empty", "enum /jenis_kelamin: expected one of \"L\", \"P\", got \"X\"",
                  "minimum /umur: expected at least 0, got -1",
                  "pattern /kode_pos: expected text that matches ^\\d{5}$, got \"1511\""));
  EXPECT_THAT(reasons(person, R"({"nik":"3671015207909001","nama":"SITI","umur":150})"),
              ElementsAre("exclusiveMaximum /umur: expected less than 150, got 150"));
  EXPECT_THAT(reasons(person, R"({"nik":"3671015207909001","nama":"SITI","umur":1.5})"),
              ElementsAre("type /umur: expected a whole number, got 1.5"));
  EXPECT_THAT(reasons(person, R"({"nik":"3671015207909001","nama":"SITI","telepon":["1","2","1","3"]})"),
              ElementsAre("maxItems /telepon: expected at most 3 items, got 4",
                          "uniqueItems /telepon: items must differ; item 2 equals item 0 (counted from 0)"));
  EXPECT_THAT(reasons(person, R"({"nik":"3671015207909001","nama":"SITI","tarif":19.999})"),
              ElementsAre("multipleOf /tarif: expected a multiple of 0.01, got 19.999"));
  EXPECT_THAT(reasons(person, "[]"), ElementsAre("type : expected an object, got an array"));
}

TEST(Violations, HideValuesOfPersonalClasses) {
  auto all =
      reasons(person, R"({"nik":"3671015207909099999","nama":"SITI AMINAH","agama":"PRIVAT","kode_pos":"terbuka"})");
  std::string text;
  for (const auto& reason : all) text += reason + "\n";
  EXPECT_THAT(text, Not(HasSubstr("3671015207909099999")));
  EXPECT_THAT(text, Not(HasSubstr("AMINAH")));
  EXPECT_THAT(text, Not(HasSubstr("PRIVAT")));
  EXPECT_THAT(text, HasSubstr("got •••"));
  EXPECT_THAT(text, HasSubstr("got \"terbuka\""));
}

TEST(Violations, HideWhatNoSchemaSpeaksOf) {
  // The pattern stands in a condition; the place itself is annotated elsewhere or not at all.
  EXPECT_THAT(
      reasons(
          R"({"allOf":[{"properties":{"a":{"pattern":"^x"}}},{"properties":{"a":{"x-personal-data":"specific"}}}]})",
          R"({"a":"geheim"})"),
      ElementsAre("pattern /a: expected text that matches ^x, got •••"));
  EXPECT_THAT(reasons(R"({"x-personal-data":"general","properties":{"a":{"properties":{"b":{"const":1}}}}})",
                      R"({"a":{"b":2}})"),
              ElementsAre("const /a/b: expected 1, got •••"));
  EXPECT_THAT(
      reasons(R"({"x-personal-data":"general","properties":{"a":{"x-personal-data":"none","const":1}}})", R"({"a":2})"),
      ElementsAre("const /a: expected 1, got 2"));
}

TEST(Violations, NameThePlaceInTheSchema) {
  auto registry = compile_schemas({{"a/x.json", R"({"properties":{"p/q":{"$ref":"y.json#/$defs/five"}}})"},
                                   {"a/y.json", R"({"$defs":{"five":{"maxLength":5}}})"}});
  ASSERT_TRUE(registry);
  auto document = document_of(R"({"p/q":"123456"})");
  auto violations = (*registry)->find("a/x")->explain(document.root());
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].instance, "/p~1q");
  EXPECT_EQ(violations[0].schema, "a/y.json#/$defs/five/maxLength");
  EXPECT_EQ(violations[0].words.english, "expected at most 5 characters, got 6");
}

TEST(Violations, ComeInDocumentOrderAndAreBounded) {
  std::string text = "{";
  for (int i = 0; i < 100; ++i) text += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  auto document = document_of(text + "\"z\":0}");
  auto schema = schema_of(R"({"additionalProperties":{"type":"string"}})");
  auto some = schema->explain(document.root(), 10);
  ASSERT_EQ(some.size(), 10u);
  EXPECT_EQ(some[0].instance, "/k0");
  EXPECT_EQ(some[9].instance, "/k9");
  EXPECT_EQ(schema->explain(document.root()).size(), 32u);
}

TEST(Violations, ExplainTheNearestAlternative) {
  std::string schema = R"({"oneOf":[
    {"type":"object","required":["jenis","nik"],"properties":{"jenis":{"const":"orang"},"nik":{"format":"nik"}}},
    {"type":"object","required":["jenis","nib"],"properties":{"jenis":{"const":"usaha"},"nib":{"format":"nib"}}}]})";
  EXPECT_THAT(reasons(schema, R"({"jenis":"usaha","nib":"12"})"),
              ElementsAre("oneOf : fits none of 2 alternatives",
                          "format: nib /nib: expected 13 digits (NIB), got 2 characters"));
  EXPECT_THAT(reasons(R"({"oneOf":[{"type":"integer"},{"minimum":2}]})", "3"),
              ElementsAre("oneOf : fits 2 of 2 alternatives; it must fit exactly one"));
  EXPECT_THAT(reasons(R"({"anyOf":[{"type":"string"},{"type":"null"}]})", "3"),
              ElementsAre("anyOf : expected a string or null, got a number"));
}

TEST(Violations, ExplainConditionsAndDependencies) {
  EXPECT_THAT(reasons(R"({"if":{"properties":{"a":{"const":1}}},"then":{"required":["b"]},"else":{"required":["c"]}})",
                      R"({"a":1})"),
              ElementsAre("required : the field \"b\" is missing"));
  EXPECT_THAT(reasons(R"({"dependentRequired":{"a":["b"]}})", R"({"a":1})"),
              ElementsAre("dependentRequired : the field \"b\" is missing; it is required because \"a\" is there"));
  EXPECT_THAT(reasons(R"({"not":{"type":"string"}})", "\"x\""), ElementsAre("not : is what this schema forbids"));
  EXPECT_THAT(reasons(R"({"properties":{"a":false}})", R"({"a":1})"),
              ElementsAre("false /a: the field \"a\" is not allowed here"));
  EXPECT_THAT(reasons(R"({"prefixItems":[{}],"items":false})", "[1,2,3]"),
              ElementsAre("items /1: expected at most 1 item, got 3"));
  EXPECT_THAT(
      reasons(R"({"propertyNames":{"maxLength":2}})", R"({"abc":1})"),
      ElementsAre("propertyNames /abc: the field's name is not of the form that is asked for: expected at most 2 "
                  "characters, got 3"));
  EXPECT_THAT(reasons(R"({"contains":{"const":1},"maxContains":1})", "[1,1]"),
              ElementsAre("maxContains : expected at most 1 item of the kind that is asked for, got 2"));
}

TEST(Validation, ComparesNumbersExactly) {
  EXPECT_TRUE(reasons(R"({"const":9471010101900001})", "9471010101900001.0").empty());
  EXPECT_FALSE(reasons(R"({"const":9471010101900001})", "9471010101900002").empty());
  EXPECT_FALSE(reasons(R"({"maximum":9007199254740992})", "9007199254740993").empty());
  EXPECT_TRUE(reasons(R"({"type":"integer"})", "1e300").empty());
  EXPECT_TRUE(reasons(R"({"multipleOf":0.01})", "0.07").empty());
}

TEST(Validation, CountsCharactersNotBytes) {
  EXPECT_TRUE(reasons(R"({"maxLength":2,"minLength":2})", "\"é😀\"").empty());
  EXPECT_FALSE(reasons(R"({"minLength":3})", "\"é😀\"").empty());
}

TEST(Validation, FindsEqualItemsAmongMany) {
  std::string items;
  for (int i = 0; i < 20'000; ++i)
    items += (i ? "," : "") + std::string("{\"n\":") + std::to_string(i) + ",\"s\":\"x\"}";
  EXPECT_TRUE(reasons(R"({"uniqueItems":true})", "[" + items + "]").empty());
  EXPECT_FALSE(reasons(R"({"uniqueItems":true})", "[" + items + ",{\"s\":\"x\",\"n\":7.0}]").empty());
}

TEST(Validation, FollowsRecursiveSchemas) {
  std::string tree =
      R"({"$ref":"#/$defs/node","$defs":{"node":{"type":"object","additionalProperties":false,"properties":{"next":{"$ref":"#/$defs/node"}}}}})";
  std::string deep = "1";
  for (int i = 0; i < 60; ++i) deep = "{\"next\":" + deep + "}";
  auto found = reasons(tree, deep);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0], HasSubstr("expected an object, got a number"));
}

}  // namespace
}  // namespace simpul
