#include "tests/schema/support.h"

namespace simpul {
namespace {

using testing::HasSubstr;

struct Case {
  std::string schema, code, message, hint;
};

TEST(SchemaProblems, SayWhatIsWrongAndWhatToDo) {
  const Case cases[] = {
      {R"({"tipe":"string"})", "schema.unknown_keyword", "\"tipe\" is no keyword, did you mean \"type\"?",
       "write type"},
      {R"({"x-personaldata":"general"})", "schema.unknown_keyword", "did you mean \"x-personal-data\"?", ""},
      {R"({"x-personal-data":"secret"})", "schema.bad_keyword", "x-personal-data must be", "specific is"},
      {R"({"type":"strng"})", "schema.bad_keyword", "\"strng\" is no type, did you mean \"string\"?", "types are"},
      {R"({"type":[]})", "schema.bad_keyword", "type names no type", ""},
      {R"({"format":"nikk"})", "schema.unsupported", "the format \"nikk\" is not known, did you mean \"nik\"?",
       "date-time"},
      {R"({"definitions":{}})", "schema.unknown_keyword",
       "definitions is no keyword of 2020-12, its last draft was draft 7", "write $defs"},
      {R"({"$recursiveRef":"#"})", "schema.unknown_keyword", "its last draft was 2019-09", "write $dynamicRef"},
      {R"({"$dynamicRef":"#x"})", "schema.missing_ref", "nothing is at \"#x\"", "below $defs"},
      {R"({"$schema":"http://json-schema.org/draft-07/schema#","prefixItems":[{}]})", "schema.unknown_keyword",
       "prefixItems is no keyword of draft 7, it came with 2020-12", "write items with an array"},
      {R"({"$schema":"http://json-schema.org/draft-07/schema#","$ref":"#/definitions/a","maxLength":5,
          "definitions":{"a":true}})",
       "schema.hidden_keyword", "maxLength means nothing beside $ref in draft 7", "allOf"},
      {R"({"$schema":"http://json-schema.org/draft-04/schema#","minimum":1,"exclusiveMinimum":1})",
       "schema.bad_keyword", "exclusiveMinimum is true or false in draft 4", "later draft"},
      {R"({"$schema":"http://json-schema.org/draft-04/schema#","exclusiveMinimum":true})", "schema.bad_keyword",
       "exclusiveMinimum says nothing without minimum", "add minimum"},
      {R"({"$schema":"http://json-schema.org/draft-04/schema#","required":[]})", "schema.bad_keyword",
       "required lists no property", ""},
      {R"({"$schema":"http://json-schema.org/draft-04/schema#","items":true})", "schema.bad_schema",
       "true and false are no schemas in draft 4", "{}"},
      {R"({"$schema":"https://json-schema.org/draft/2020-12/shema"})", "schema.unknown_dialect",
       "did you mean \"https://json-schema.org/draft/2020-12/schema\"?", "write one of"},
      {R"({"properties":{"a":{"$schema":"https://json-schema.org/draft/2020-12/schema"}}})", "schema.bad_keyword",
       "$schema stands only where", "$id"},
      {R"({"$anchor":"1x"})", "schema.bad_keyword", "$anchor must begin with a letter", ""},
      {R"({"$vocabulary":{"core":true}})", "schema.bad_keyword", "$vocabulary takes URIs", ""},
      {R"({"items":[{}]})", "schema.bad_keyword", "items with an array", "prefixItems"},
      {R"({"type":["string","string"]})", "schema.bad_keyword", "type names \"string\" twice", ""},
      {R"({"enum":[1,"a",1.0]})", "schema.bad_keyword", "enum lists \"1.0\" twice", ""},
      {R"({"contentSchema":{"tipe":1}})", "schema.unknown_keyword", "\"tipe\" is no keyword", ""},
      {R"_({"pattern":"(?=x)"})_", "schema.unsupported", "look-ahead", "simpler"},
      {R"_({"pattern":"(a)\\1"})_", "schema.unsupported", "back-references", ""},
      {R"({"pattern":"[a"})", "schema.bad_pattern", "a [ that is not closed", ""},
      {R"({"patternProperties":{"(":{}}})", "schema.bad_pattern", "a ( that is not closed", ""},
      {R"({"minLength":-1})", "schema.bad_keyword", "minLength must be a whole number, 0 or more", ""},
      {R"({"minimum":"5"})", "schema.bad_keyword", "minimum must be a number, not a string", ""},
      {R"({"multipleOf":0})", "schema.bad_keyword", "multipleOf must be above 0", ""},
      {R"({"required":["a","a"]})", "schema.bad_keyword", "each named once", ""},
      {R"({"required":"a"})", "schema.bad_keyword", "arrays of property names", ""},
      {R"({"enum":[]})", "schema.bad_keyword", "enum lists no value", ""},
      {R"({"allOf":[]})", "schema.bad_keyword", "allOf must not be empty", ""},
      {R"({"properties":{"a":5}})", "schema.bad_schema", "a schema is an object, true or false", ""},
      {R"({"$ref":"#/$defs/alamt","$defs":{"alamat":{}}})", "schema.missing_ref",
       "nothing is at \"#/$defs/alamt\", did you mean \"#/$defs/alamat\"?", "write"},
      {R"({"$ref":"#/properties"})", "schema.missing_ref", "nothing is at \"#/properties\"", ""},
      {R"({"$ref":"https://schemas.example/x"})", "schema.missing_ref", "nothing is at", "nothing is fetched"},
      {R"({"$ref":"#"})", "schema.endless_ref", "refers to itself", "properties or items"},
      {R"({"allOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"anyOf":[{"$ref":"#"}]}}})", "schema.endless_ref",
       "refers to itself", ""},
      {R"({"$defs":{"a":{"$anchor":"x"},"b":{"$anchor":"x"}}})", "schema.duplicate_id",
       "the $anchor \"x\" is used twice", ""},
      {R"({"$id":"#x"})", "schema.bad_keyword", "$id must be a URI reference without a fragment", "$anchor"},
      {"{", "json.syntax", "the text ends too early", ""},
      {R"({"type":"string","type":"number"})", "json.duplicate_member", "stands twice", ""},
  };
  for (const auto& c : cases) {
    auto problems = problems_of({{"dukcapil/x.json", c.schema}});
    ASSERT_EQ(problems.size(), 1u) << c.schema << "\n" << to_text(problems);
    EXPECT_EQ(problems[0].code, c.code) << c.schema;
    EXPECT_THAT(problems[0].message, HasSubstr(c.message));
    EXPECT_THAT(problems[0].hint, HasSubstr(c.hint));
    EXPECT_FALSE(problems[0].hint.empty()) << c.schema;
    EXPECT_EQ(problems[0].place.file, "dukcapil/x.json");
    EXPECT_GT(problems[0].place.start.line, 0u);
  }
}

TEST(SchemaProblems, AreAllReportedWithLineAndColumn) {
  auto problems =
      problems_of({{"a.json", "{\n  \"type\": \"objekt\",\n  \"properties\": {\n    \"x\": {\"minLenght\": 1}\n  }\n}"},
                   {"b.json", "{\"$ref\":\"c.json\"}"},
                   {"c/d.json", "[]"}});
  ASSERT_EQ(problems.size(), 4u);
  EXPECT_EQ(problems[0].place, (Place{"a.json", {2, 3}, {2, 3}}));
  EXPECT_EQ(problems[0].path, "/type");
  EXPECT_EQ(problems[1].place.start, (Mark{4, 11}));
  EXPECT_EQ(problems[1].path, "/properties/x/minLenght");
  EXPECT_EQ(problems[2].code, "schema.missing_ref");
  EXPECT_EQ(problems[2].place.start, (Mark{1, 9}));
  EXPECT_EQ(problems[3].place.file, "c/d.json");
}

TEST(SchemaReferences, FindOtherFilesRelativelyAndById) {
  auto registry = compile_schemas({
      {"umum/alamat.json",
       R"({"$id":"https://schemas.example/alamat/1","$defs":{"rt":{"$anchor":"rt","pattern":"^\\d{3}$"}},"properties":{"rt":{"$ref":"#rt"}}})"},
      {"dukcapil/a.json", R"({"$ref":"../umum/alamat.json"})"},
      {"dukcapil/b.json", R"({"$ref":"https://schemas.example/alamat/1#/$defs/rt"})"},
      {"dukcapil/c.json",
       R"({"$id":"https://schemas.example/c","properties":{"x":{"$ref":"b.json"},"y":{"$ref":"/alamat/1#rt"}}})"},
      {"dukcapil/d.json", R"({"$ref":"/umum/alamat.json#/%24defs/rt"})"},
  });
  ASSERT_TRUE(registry) << to_text(registry.error());
  auto valid = [&](std::string_view name, std::string text) {
    return (*registry)->find(name)->valid(document_of(std::move(text)).root());
  };
  EXPECT_TRUE(valid("dukcapil/a", R"({"rt":"001"})"));
  EXPECT_FALSE(valid("dukcapil/a", R"({"rt":"1"})"));
  EXPECT_FALSE(valid("dukcapil/b", "\"1\""));
  EXPECT_FALSE(valid("dukcapil/c", R"({"x":"1"})"));
  EXPECT_FALSE(valid("dukcapil/c", R"({"y":"1"})"));
  EXPECT_TRUE(valid("dukcapil/c", R"({"x":"001","y":"002"})"));
  EXPECT_FALSE(valid("dukcapil/d", "\"1\""));
  EXPECT_EQ((*registry)->find("nothing"), nullptr);
  EXPECT_THAT((*registry)->names(),
              testing::ElementsAre("dukcapil/a", "dukcapil/b", "dukcapil/c", "dukcapil/d", "umum/alamat"));
  EXPECT_EQ((*registry)->find("umum/alamat")->name(), "umum/alamat");
}

TEST(SchemaReferences, NameTheNearestFile) {
  auto problems = problems_of({{"umum/alamat.json", "{}"}, {"umum/orang.json", R"({"$ref":"alamt.json"})"}});
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].hint, "write \"alamat.json\"");
}

TEST(SchemaReferences, BoundTheLengthOfAChain) {
  std::string text = R"({"$ref":"#/$defs/a0","$defs":{)";
  for (int i = 0; i < 5000; ++i)
    text += "\"a" + std::to_string(i) + "\":{\"$ref\":\"#/$defs/a" + std::to_string(i + 1) + "\"},";
  auto problems = problems_of({{"x.json", text + "\"a5000\":{}}}"}});
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].code, "schema.too_deep");
}

TEST(SchemaReferences, ASchemaOutlivesItsRegistry) {
  auto schema = schema_of(R"({"type":"string"})");
  EXPECT_TRUE(schema->valid(document_of("\"x\"").root()));
}

}  // namespace
}  // namespace simpul
