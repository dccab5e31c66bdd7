#include "tests/schema/support.h"

namespace simpul {
namespace {

SchemaType type_at(const Schema& schema, std::vector<std::string> path, bool* required = nullptr) {
  auto cursor = schema.cursor();
  bool there = false;
  for (const auto& step : path) {
    cursor = step == "[]" ? cursor->items() : cursor->property(step, there);
    if (!cursor) {
      ADD_FAILURE() << "nothing at " << step;
      return {};
    }
  }
  if (required) *required = there;
  return cursor->type();
}

TEST(Types, AreReadAtAPath) {
  auto schema = schema_of(R"({"type":"object","additionalProperties":false,"required":["nik"],"properties":{
    "nik":{"type":"string","format":"nik","maxLength":16,"x-personal-data":"general"},
    "sex":{"enum":["L","P"]}, "n":{"type":"number"}, "i":{"type":["integer","null"]},
    "alamat":{"$ref":"#/$defs/alamat"},
    "list":{"type":"array","maxItems":5,"items":{"type":"boolean"}}},
    "$defs":{"alamat":{"type":"object","properties":{"rt":{"type":"string"}}}}})");
  EXPECT_EQ(type_at(*schema, {}).kinds, SchemaType::object);
  bool required = false;
  auto nik = type_at(*schema, {"nik"}, &required);
  EXPECT_TRUE(required);
  EXPECT_TRUE(nik.known);
  EXPECT_EQ(nik.kinds, SchemaType::string);
  EXPECT_EQ(nik.format, "nik");
  EXPECT_EQ(nik.max_length, 16u);
  EXPECT_EQ(nik.personal, PersonalData::general);
  auto sex = type_at(*schema, {"sex"}, &required);
  EXPECT_FALSE(required);
  EXPECT_EQ(sex.kinds, SchemaType::string);
  EXPECT_THAT(sex.enumeration, testing::ElementsAre("\"L\"", "\"P\""));
  EXPECT_EQ(type_at(*schema, {"n"}).kinds, SchemaType::number);
  EXPECT_EQ(type_at(*schema, {"i"}).kinds, SchemaType::integer | SchemaType::null);
  EXPECT_EQ(type_at(*schema, {"alamat", "rt"}).kinds, SchemaType::string);
  EXPECT_EQ(type_at(*schema, {"list"}).max_items, 5u);
  EXPECT_EQ(type_at(*schema, {"list", "[]"}).kinds, SchemaType::boolean);
  EXPECT_EQ(schema->cursor()->property("absent", required), nullptr);
  EXPECT_TRUE(schema->cursor()->closed());
  EXPECT_THAT(schema->cursor()->properties(), testing::UnorderedElementsAre("nik", "sex", "n", "i", "alamat", "list"));
}

TEST(Types, AreUnknownWhereNoSchemaSpeaks) {
  auto schema = schema_of(R"({"properties":{"a":{},"b":true}})");
  EXPECT_FALSE(schema->cursor()->closed());
  EXPECT_FALSE(type_at(*schema, {"other"}).known);
  EXPECT_EQ(type_at(*schema, {"other"}).kinds, SchemaType::any);
  EXPECT_EQ(type_at(*schema, {"other"}).personal, PersonalData::specific);
  EXPECT_EQ(type_at(*schema, {"a"}).personal, PersonalData::none);
  EXPECT_EQ(type_at(*schema, {"other", "deeper", "[]"}).kinds, SchemaType::any);
  EXPECT_FALSE(type_at(*schema_of("true"), {}).known);
}

TEST(Types, JoinConjunctionsAndChoices) {
  auto schema = schema_of(R"({
    "allOf":[{"required":["a"],"properties":{"a":{"type":["string","integer"],"maxLength":9}}},{"properties":{"a":{"type":["string","null"],"maxLength":5}}}],
    "properties":{"u":{"anyOf":[{"type":"string","maxLength":3},{"type":"integer"}]},
      "o":{"oneOf":[{"type":"null"},{"type":"object","required":["x"],"properties":{"x":{"type":"string"},"y":{"const":1}}},
                    {"type":"object","required":["x"],"properties":{"x":{"type":"boolean"},"y":{"const":2}}}]},
      "map":{"additionalProperties":{"type":"integer"},"patternProperties":{"^s_":{"type":"string"}}},
      "pair":{"prefixItems":[{"type":"string"},{"type":"integer"}],"items":false}}})");
  bool required = false;
  auto a = type_at(*schema, {"a"}, &required);
  EXPECT_TRUE(required);
  EXPECT_EQ(a.kinds, SchemaType::string);
  EXPECT_EQ(a.max_length, 5u);
  EXPECT_EQ(type_at(*schema, {"u"}).kinds, SchemaType::string | SchemaType::integer);
  EXPECT_EQ(type_at(*schema, {"u"}).max_length, std::nullopt);
  EXPECT_EQ(type_at(*schema, {"o"}).kinds, SchemaType::object | SchemaType::null);
  EXPECT_EQ(type_at(*schema, {"o", "x"}, &required).kinds, SchemaType::string | SchemaType::boolean);
  EXPECT_TRUE(required);
  EXPECT_THAT(type_at(*schema, {"o", "y"}, &required).enumeration, testing::ElementsAre("1", "2"));
  EXPECT_FALSE(required);
  EXPECT_EQ(type_at(*schema, {"map", "k"}).kinds, SchemaType::integer);
  EXPECT_EQ(type_at(*schema, {"map", "s_k"}).kinds, SchemaType::string);
  EXPECT_EQ(type_at(*schema, {"pair", "[]"}).kinds, SchemaType::string | SchemaType::integer);
}

TEST(Types, AreClosedByUnevaluatedPropertiesBehindReferencesToo) {
  auto schema = schema_of(R"({"allOf":[{"$ref":"#/$defs/orang"}],"properties":{"kota":{"type":"string"}},
    "if":{"properties":{"jenis":{"const":"anak"}}},"then":{"properties":{"wali":{"type":"string"}}},
    "unevaluatedProperties":false,
    "$defs":{"orang":{"properties":{"nama":{"type":"string"},"alamat":{"type":"object",
      "allOf":[{"properties":{"rt":{"type":"string"}}}],"unevaluatedProperties":{"type":"integer"}}}}}})");
  bool required = false;
  EXPECT_TRUE(schema->cursor()->closed());
  EXPECT_THAT(schema->cursor()->properties(), testing::UnorderedElementsAre("kota", "nama", "alamat", "wali", "jenis"));
  EXPECT_EQ(schema->cursor()->property("asing", required), nullptr);
  EXPECT_NE(schema->cursor()->property("wali", required), nullptr) << "then may evaluate it";
  EXPECT_EQ(type_at(*schema, {"nama"}).kinds, SchemaType::string);
  EXPECT_EQ(type_at(*schema, {"alamat", "rt"}).kinds, SchemaType::string);
  EXPECT_EQ(type_at(*schema, {"alamat", "nomor"}).kinds, SchemaType::integer);
  auto address = schema->cursor()->property("alamat", required);
  ASSERT_NE(address, nullptr);
  EXPECT_FALSE(address->closed());
}

TEST(Types, AreNotClosedByUnevaluatedPropertiesWhereAnotherSchemaTakesAll) {
  EXPECT_FALSE(
      schema_of(R"({"anyOf":[{"additionalProperties":true},{}],"unevaluatedProperties":false})")->cursor()->closed());
  EXPECT_FALSE(schema_of(R"({"patternProperties":{"^x-":true},"unevaluatedProperties":false})")->cursor()->closed());
}

TEST(Types, FollowUnevaluatedItems) {
  EXPECT_EQ(type_at(*schema_of(R"({"unevaluatedItems":{"type":"integer"}})"), {"[]"}).kinds, SchemaType::integer);
  EXPECT_EQ(
      type_at(*schema_of(R"({"prefixItems":[{"type":"string"}],"unevaluatedItems":{"type":"null"}})"), {"[]"}).kinds,
      SchemaType::string | SchemaType::null);
  EXPECT_EQ(type_at(*schema_of(R"({"contains":{"type":"string"},"unevaluatedItems":{"type":"null"}})"), {"[]"}).kinds,
            SchemaType::any);
}

TEST(Types, ReadOlderDrafts) {
  auto schema = schema_of(R"({"$schema":"http://json-schema.org/draft-07/schema#","type":"object",
    "properties":{"a":{"$ref":"#/definitions/a"},"t":{"items":[{"type":"string"}],"additionalItems":{"type":"integer"}}},
    "dependencies":{"a":{"properties":{"b":{"type":"string","x-personal-data":"general"}}}},
    "definitions":{"a":{"type":"integer"}}})");
  EXPECT_EQ(type_at(*schema, {"a"}).kinds, SchemaType::integer);
  EXPECT_EQ(type_at(*schema, {"t", "[]"}).kinds, SchemaType::string | SchemaType::integer);
  EXPECT_EQ(type_at(*schema, {"b"}).kinds, SchemaType::any) << "only when there is an a";
  EXPECT_EQ(type_at(*schema, {"b"}).personal, PersonalData::general);
}

TEST(Types, FollowDynamicReferences) {
  auto schema = schema_of(R"({"$id":"https://kota.id/pohon","$ref":"#/$defs/simpul","$defs":{
    "simpul":{"$dynamicAnchor":"isi","type":"object","properties":{"nilai":{"type":"integer"},
      "anak":{"type":"array","items":{"$dynamicRef":"#isi"}}}}}})");
  EXPECT_EQ(type_at(*schema, {"anak", "[]", "anak", "[]", "nilai"}).kinds, SchemaType::integer);
}

TEST(Types, AreBoundedForSchemasThatMeetAgainAndAgain) {
  std::string text = R"({"$ref":"#/$defs/a0","$defs":{)";
  for (int i = 0; i < 40; ++i) {
    auto next = "{\"$ref\":\"#/$defs/a" + std::to_string(i + 1) + "\"}";
    text += "\"a" + std::to_string(i) + "\":{\"anyOf\":[" + next + "," + next + "]},";
  }
  auto schema =
      schema_of(text + R"("a40":{"type":"object","properties":{"x":{"type":"string","x-personal-data":"general"}}}}})");
  EXPECT_EQ(type_at(*schema, {"x"}).personal, PersonalData::general);
  EXPECT_FALSE(reasons(*schema, "5").empty());
}

TEST(Types, FollowRecursiveSchemas) {
  auto schema = schema_of(
      R"({"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":{"next":{"anyOf":[{"type":"null"},{"$ref":"#/$defs/n"}]},"v":{"type":"integer"}}}}})");
  EXPECT_EQ(type_at(*schema, {"next", "next", "next", "v"}).kinds, SchemaType::integer);
}

}  // namespace
}  // namespace simpul
