// The meta-schemas that are built in: found by reference, and never stricter than strict loading is.
#include "bus/schema/metaschema.h"

#include "bus/schema/dialect.h"
#include "tests/schema/support.h"

namespace simpul {
namespace {

using testing::HasSubstr;

const std::vector<std::string> all_keywords{"$schema",
                                            "$id",
                                            "id",
                                            "$anchor",
                                            "$dynamicAnchor",
                                            "$recursiveAnchor",
                                            "$vocabulary",
                                            "$comment",
                                            "$defs",
                                            "definitions",
                                            "$ref",
                                            "$dynamicRef",
                                            "$recursiveRef",
                                            "title",
                                            "description",
                                            "default",
                                            "examples",
                                            "deprecated",
                                            "readOnly",
                                            "writeOnly",
                                            "contentEncoding",
                                            "contentMediaType",
                                            "contentSchema",
                                            "type",
                                            "enum",
                                            "const",
                                            "minLength",
                                            "maxLength",
                                            "pattern",
                                            "format",
                                            "minimum",
                                            "exclusiveMinimum",
                                            "maximum",
                                            "exclusiveMaximum",
                                            "multipleOf",
                                            "prefixItems",
                                            "items",
                                            "additionalItems",
                                            "contains",
                                            "unevaluatedItems",
                                            "minContains",
                                            "maxContains",
                                            "minItems",
                                            "maxItems",
                                            "uniqueItems",
                                            "properties",
                                            "patternProperties",
                                            "additionalProperties",
                                            "unevaluatedProperties",
                                            "propertyNames",
                                            "required",
                                            "minProperties",
                                            "maxProperties",
                                            "dependencies",
                                            "dependentRequired",
                                            "dependentSchemas",
                                            "allOf",
                                            "anyOf",
                                            "oneOf",
                                            "not",
                                            "if",
                                            "then",
                                            "else"};

const std::vector<std::string> odd_values{"null",
                                          "true",
                                          "false",
                                          "0",
                                          "5",
                                          "5.0",
                                          "-1",
                                          "1.5",
                                          "1e400",
                                          "\"\"",
                                          "\"x\"",
                                          "\"#\"",
                                          "\"a b\"",
                                          "\"1x\"",
                                          "\"http://x.example/y#z\"",
                                          "\"[\"",
                                          "\"string\"",
                                          "[]",
                                          "[1]",
                                          "[1,1]",
                                          "[\"a\",\"a\"]",
                                          "[\"a\"]",
                                          "[\"string\",\"string\"]",
                                          "[{}]",
                                          "[true]",
                                          "[{\"type\":5}]",
                                          "{}",
                                          "{\"a\":1}",
                                          "{\"a\":[1]}",
                                          "{\"a\":[]}",
                                          "{\"a\":[\"b\",\"b\"]}",
                                          "{\"a\":{}}",
                                          "{\"a\":{\"type\":\"x\"}}",
                                          "{\"[\":{}}",
                                          "{\"type\":\"strange\"}",
                                          "{\"a\":true}",
                                          "{\"http://x.example/v\":true}"};

TEST(Metaschemas, AreFoundByReference) {
  for (const auto& uri : standard_dialect_uris()) {
    auto schema = schema_of(R"({"properties":{"s":{"$ref":")" + uri + R"("}}})");
    EXPECT_TRUE(schema->valid(document_of(R"({"s":{"type":"string","properties":{"a":{"minLength":2}}}})").root()))
        << uri;
    EXPECT_FALSE(schema->valid(document_of(R"({"s":{"type":"strange"}})").root())) << uri;
    EXPECT_FALSE(schema->valid(document_of(R"({"s":{"properties":{"a":{"minLength":-2}}}})").root())) << uri;
  }
  auto part =
      schema_of(R"({"$ref":"https://json-schema.org/draft/2020-12/meta/validation#/$defs/nonNegativeInteger"})");
  EXPECT_FALSE(part->valid(document_of("-1").root()));
  EXPECT_EQ(metaschema_texts().size(), 19u);
}

TEST(Metaschemas, AreNoSchemasOfTheRegistry) {
  auto registry = compile_schemas({{"a.json", R"({"$ref":"http://json-schema.org/draft-07/schema#"})"}});
  ASSERT_TRUE(registry);
  EXPECT_THAT((*registry)->names(), testing::ElementsAre("a"));
}

TEST(Metaschemas, SayWhereASchemaIsWrong) {
  MetaschemaCheck check;
  EXPECT_TRUE(check.check("a.json", R"({"type":"object"})").empty());
  auto problems = check.check("a.json", "{\n  \"properties\": {\n    \"x\": {\"minLength\": -1}\n  }\n}");
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems[0].code, "schema.metaschema");
  EXPECT_EQ(problems[0].place.file, "a.json");
  EXPECT_EQ(problems[0].place.start, (Mark{3, 24}));
  EXPECT_EQ(problems[0].path, "/properties/x/minLength");
  EXPECT_THAT(problems[0].hint, HasSubstr("https://json-schema.org/draft/2020-12/meta/validation"));
  EXPECT_EQ(check.check("a.json", "{")[0].code, "json.syntax");
  EXPECT_EQ(check.check("a.json", R"({"$schema":"x:/y"})")[0].code, "schema.unknown_dialect");
}

TEST(Metaschemas, OfTheRegistryCheckItsSchemas) {
  std::map<std::string, std::string> files{{"umum/meta.json", R"({
      "$id": "https://schemas.example/meta",
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "required": ["title"]})"}};
  MetaschemaCheck check(files);
  auto problems = check.check("a.json", R"({"$schema":"https://schemas.example/meta"})");
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0].message, HasSubstr("title"));
}

// Each keyword of each draft with each odd value: what the meta-schema refuses, loading refuses as well.
TEST(Metaschemas, RefuseNothingThatLoadingLetsPass) {
  MetaschemaCheck check;
  std::size_t refused = 0;
  for (const auto& uri : standard_dialect_uris()) {
    for (const auto& keyword : all_keywords) {
      for (const auto& value : odd_values) {
        auto text = R"({"$schema":")" + uri + R"(","properties":{"p":{")" + keyword + "\":" + value + "}}}";
        if (check.check("a.json", text).empty()) continue;
        ++refused;
        EXPECT_FALSE(compile_schemas({{"a.json", text}})) << text;
      }
    }
  }
  EXPECT_GT(refused, 3000u);
}

// What a keyword's own value makes no sense of stays the only reason: a schema that its meta-schema takes is loaded,
// when loading goes by the standard alone, unless its references lead nowhere or its patterns cannot run.
TEST(Metaschemas, TakeNothingThatLenientLoadingRefusesForItsForm) {
  MetaschemaCheck check;
  for (const auto& uri : standard_dialect_uris()) {
    for (const auto& keyword : all_keywords) {
      for (const auto& value : odd_values) {
        auto text = R"({"$schema":")" + uri + R"(","properties":{"p":{")" + keyword + "\":" + value + "}}}";
        if (!check.check("a.json", text).empty()) continue;
        auto registry = compile_schemas({{"a.json", text}}, {.strict = false});
        // The prose says more of these than the meta-schemas do.
        if (registry || keyword == "$ref" || keyword == "$recursiveRef" || keyword == "writeOnly") continue;
        for (const auto& problem : registry.error()) {
          EXPECT_THAT((std::vector<std::string>{"schema.missing_ref", "schema.unknown_dialect", "schema.bad_pattern",
                                                "schema.duplicate_id"}),
                      testing::Contains(problem.code))
              << text << "\n"
              << to_text(problem);
        }
      }
    }
  }
}

}  // namespace
}  // namespace simpul
