// Drafts side by side: each schema is read by the rules of its own `$schema`, and every rule of a draft that differs
// from 2020-12's is kept.
#include "bus/schema/compiler.h"
#include "tests/schema/support.h"

namespace simpul {
namespace {

using testing::HasSubstr;

constexpr std::string_view draft4 = "http://json-schema.org/draft-04/schema#";
constexpr std::string_view draft6 = "http://json-schema.org/draft-06/schema#";
constexpr std::string_view draft7 = "http://json-schema.org/draft-07/schema#";
constexpr std::string_view draft2019 = "https://json-schema.org/draft/2019-09/schema";

// The schema's members, by a draft.
std::string by(std::string_view draft, const std::string& members) {
  return R"({"$schema":")" + std::string(draft) + "\"," + members + "}";
}

bool valid(const std::string& schema, std::string value) {
  auto compiled = schema_of(schema);
  auto document = document_of(std::move(value));
  bool answer = compiled->valid(document.root());
  EXPECT_EQ(answer, compiled->explain(document.root()).empty()) << schema;
  return answer;
}

TEST(Dialects, Draft4CountsFractionsAndExclusiveIsAFlag) {
  EXPECT_TRUE(valid(by(draft4, R"("type":"integer")"), "1"));
  EXPECT_FALSE(valid(by(draft4, R"("type":"integer")"), "1.0"));
  EXPECT_TRUE(valid(by(draft4, R"("type":"number")"), "1.0"));
  EXPECT_TRUE(valid(by(draft6, R"("type":"integer")"), "1.0"));
  EXPECT_FALSE(valid(by(draft4, R"("exclusiveMinimum":true,"minimum":3)"), "3"));
  EXPECT_TRUE(valid(by(draft4, R"("minimum":3,"exclusiveMinimum":false)"), "3"));
  EXPECT_FALSE(valid(by(draft4, R"("maximum":3,"exclusiveMaximum":true)"), "3.0"));
  EXPECT_FALSE(valid(by(draft6, R"("exclusiveMinimum":3)"), "3"));
}

TEST(Dialects, Draft4NamesSchemasById) {
  auto text = by(draft4, R"("id":"http://x.example/a","properties":{"p":{"$ref":"b"},"q":{"$ref":"#c"}},
      "definitions":{"b":{"id":"b","type":"string"},"c":{"id":"#c","type":"null"}})");
  EXPECT_FALSE(valid(text, R"({"p":1})"));
  EXPECT_FALSE(valid(text, R"({"q":1})"));
  EXPECT_TRUE(valid(text, R"({"p":"x","q":null})"));
}

TEST(Dialects, ArraysOfItemsBeforePrefixItems) {
  for (auto draft : {draft4, draft6, draft7, draft2019}) {
    auto tuple = by(draft, R"("items":[{"type":"string"},{"type":"null"}],"additionalItems":{"type":"integer"})");
    EXPECT_TRUE(valid(tuple, R"(["x",null,1,2])")) << draft;
    EXPECT_FALSE(valid(tuple, R"(["x",null,1,"y"])")) << draft;
    EXPECT_FALSE(valid(tuple, R"([1])")) << draft;
    EXPECT_TRUE(valid(by(draft, R"("items":{"type":"string"},"additionalItems":false)"), R"(["x","y"])")) << draft;
    EXPECT_TRUE(valid(by(draft, R"("additionalItems":false)"), "[1]")) << draft;
  }
}

TEST(Dialects, DependenciesBeforeTheyHadTwoNames) {
  for (auto draft : {draft4, draft6, draft7}) {
    auto text = by(draft, R"("dependencies":{"a":["b"],"c":{"required":["d"]}})");
    EXPECT_FALSE(valid(text, R"({"a":1})")) << draft;
    EXPECT_TRUE(valid(text, R"({"a":1,"b":1})")) << draft;
    EXPECT_FALSE(valid(text, R"({"c":1})")) << draft;
  }
}

TEST(Dialects, ARefHidesWhatStandsBesideItUpToDraft7) {
  auto text = [](std::string_view draft) {
    return by(draft,
              R"("properties":{"p":{"$ref":"#/definitions/a","maxLength":1}},"definitions":{"a":{"type":"string"}})");
  };
  auto lenient = [&](std::string_view draft) {
    auto registry = compile_schemas({{"a.json", text(draft)}}, {.strict = false});
    return (*registry)->find("a")->valid(document_of(R"({"p":"xx"})").root());
  };
  EXPECT_TRUE(lenient(draft4));
  EXPECT_TRUE(lenient(draft7));
  EXPECT_FALSE(lenient(draft2019));
  EXPECT_EQ(problems_of({{"a.json", text(draft7)}})[0].code, "schema.hidden_keyword");
}

TEST(Dialects, AHiddenMarkOfPersonalDataStillMasks) {
  auto schema = schema_of(by(draft7, R"("properties":{"p":{"$ref":"#/definitions/a","x-personal-data":"specific"}},
      "x-personal-data":"none","definitions":{"a":{"type":"string"}})"));
  EXPECT_EQ(schema->personal_at("/p"), PersonalData::specific);
}

TEST(Dialects, MeetThroughReferences) {
  auto registry = compile_schemas({
      {"old.json", by(draft4, R"("type":"array","items":[{"type":"integer"}],"additionalItems":false)")},
      {"new.json", R"({"prefixItems":[{"$ref":"old.json"}],"items":{"$ref":"part.json"}})"},
      {"part.json", R"({"$id":"https://schemas.example/part","$defs":{"seven":{
          "$id":"https://schemas.example/seven","$schema":"http://json-schema.org/draft-07/schema#",
          "items":[{"const":1}]}},"$ref":"seven"})"},
  });
  ASSERT_TRUE(registry) << to_text(registry.error());
  auto accepts = [&](std::string value) {
    return (*registry)->find("new")->valid(document_of(std::move(value)).root());
  };
  EXPECT_TRUE(accepts("[[1]]"));
  EXPECT_FALSE(accepts("[[1.0]]"));
  EXPECT_FALSE(accepts("[[1,2]]"));
  EXPECT_TRUE(accepts("[[1],[1,2]]"));
  EXPECT_FALSE(accepts("[[1],[2]]"));
}

TEST(Dialects, ContainsEvaluatesSince2020) {
  auto text = R"("contains":{"const":1},"unevaluatedItems":false)";
  EXPECT_TRUE(valid(by("https://json-schema.org/draft/2020-12/schema", text), "[1,1]"));
  EXPECT_FALSE(valid(by(draft2019, text), "[1,1]"));
}

TEST(Dialects, ContentIsAssertedInDraft7Alone) {
  auto text = R"("contentEncoding":"base64","contentMediaType":"application/json")";
  EXPECT_TRUE(valid(by(draft7, text), R"("e30=")"));
  EXPECT_FALSE(valid(by(draft7, text), R"("e30")"));
  EXPECT_FALSE(valid(by(draft7, text), R"("ezp9")"));
  EXPECT_TRUE(valid(by(draft2019, text), R"("{:}")"));
  EXPECT_FALSE(valid(by(draft7, R"("contentMediaType":"application/json")"), R"("{:}")"));
}

const std::string plain_meta = R"({"$schema":"https://json-schema.org/draft/2020-12/schema",
    "$id":"https://schemas.example/plain","$vocabulary":{"https://json-schema.org/draft/2020-12/vocab/core":true,
    "https://json-schema.org/draft/2020-12/vocab/applicator":true,"https://schemas.example/vocab/own":false}})";

TEST(Vocabularies, LeftOutSwitchTheirKeywordsOff) {
  std::map<std::string, std::string> files{
      {"meta.json", plain_meta},
      {"a.json", by("https://schemas.example/plain", R"("minLength":5,"properties":{"p":false})")}};
  auto registry = compile_schemas(files, {.strict = false});
  ASSERT_TRUE(registry) << to_text(registry.error());
  EXPECT_TRUE((*registry)->find("a")->valid(document_of("\"x\"").root()));
  EXPECT_FALSE((*registry)->find("a")->valid(document_of(R"({"p":1})").root()));
  auto problems = problems_of(files);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0].message, HasSubstr("minLength is of a vocabulary that the meta-schema"));
}

TEST(Vocabularies, UnknownOnesAreRefusedWhenDemanded) {
  auto meta = plain_meta;
  meta.replace(meta.find("own\":false"), 10, "own\":true");
  auto problems = problems_of({{"meta.json", meta}, {"a.json", by("https://schemas.example/plain", R"("title":"x")")}});
  EXPECT_EQ(problems[0].code, "schema.unsupported");
  EXPECT_THAT(problems[0].message, HasSubstr("https://schemas.example/vocab/own"));
}

TEST(Vocabularies, DecideWhetherFormatsAssert) {
  auto meta = [](const std::string& vocabulary) {
    return R"({"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://schemas.example/f",
        "$vocabulary":{"https://json-schema.org/draft/2020-12/vocab/core":true,")" +
           vocabulary + R"(":true}})";
  };
  auto refuses = [&](const std::string& vocabulary) {
    auto registry = compile_schemas(
        {{"meta.json", meta(vocabulary)}, {"a.json", by("https://schemas.example/f", R"("format":"ipv4")")}},
        {.strict = false, .formats_assert = false});
    return !(*registry)->find("a")->valid(document_of("\"x\"").root());
  };
  EXPECT_TRUE(refuses("https://json-schema.org/draft/2020-12/vocab/format-assertion"));
  EXPECT_FALSE(refuses("https://json-schema.org/draft/2020-12/vocab/format-annotation"));
  EXPECT_TRUE(refuses("https://json-schema.org/draft/2019-09/vocab/format"));
}

TEST(Vocabularies, AMetaschemaMayNotLeadToItselfOnly) {
  auto problems =
      problems_of({{"meta.json", R"({"$schema":"https://schemas.example/m","$id":"https://schemas.example/m"})"}});
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].code, "schema.unknown_dialect");
}

// Two lists by one recursive schema: only what depends on the way exists twice.
TEST(DynamicReferences, CopyOnlyWhatDependsOnTheWay) {
  const std::string tree = R"({"$id":"https://schemas.example/tree","$dynamicAnchor":"node","type":"object",
      "properties":{"name":{"type":"string","minLength":1},"children":{"items":{"$dynamicRef":"#node"}}}})";
  const std::string strict = R"({"$id":"https://schemas.example/strict","$dynamicAnchor":"node","$ref":"tree",
      "unevaluatedProperties":false})";
  auto nodes_of = [](const std::map<std::string, std::string>& files) {
    SchemaStore store;
    SchemaRules rules;
    SchemaCompiler compiler(store, rules);
    for (const auto& [path, text] : files) compiler.add(path, text);
    compiler.link();
    EXPECT_TRUE(compiler.problems.empty()) << to_text(compiler.problems);
    return store.nodes.size();
  };
  auto alone = nodes_of({{"tree.json", tree}});
  EXPECT_EQ(alone, 4u);
  // By itself and by way of the strict one: the tree, its children and the reference; never the name.
  EXPECT_EQ(nodes_of({{"tree.json", tree}, {"strict.json", strict}}), alone + 2 + 3 + 3 + 1);
  auto registry = compile_schemas({{"tree.json", tree}, {"strict.json", strict}});
  auto value = document_of(R"({"name":"a","children":[{"name":"b","colour":"red"}]})");
  EXPECT_TRUE((*registry)->find("tree")->valid(value.root()));
  EXPECT_FALSE((*registry)->find("strict")->valid(value.root()));
  EXPECT_FALSE((*registry)->find("strict")->explain(value.root()).empty());
}

TEST(SchemaReferences, IntoOtherFilesNameTheNearestPlace) {
  auto problems = problems_of({{"umum/alamat.json", R"({"$defs":{"provinsi":{}}})"},
                               {"umum/orang.json", R"({"$ref":"alamat.json#/$defs/provinse"})"}});
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].hint, "write \"alamat.json#/$defs/provinsi\"");
}

TEST(SchemaReferences, PointersCrossEmbeddedSchemas) {
  auto text = R"({"$id":"https://schemas.example/outer","properties":{"p":{"$ref":"#/$defs/inner/$defs/part"}},
      "$defs":{"inner":{"$id":"inner","$defs":{"part":{"$ref":"#/$defs/word"},"word":{"type":"string"}}},
      "word":{"type":"null"}}})";
  EXPECT_TRUE(valid(text, R"({"p":"x"})"));
  EXPECT_FALSE(valid(text, R"({"p":null})"));
}

TEST(SchemaReferences, NothingInsideAValueIsAnAnchor) {
  EXPECT_EQ(problems_of({{"a.json", R"({"const":{"$anchor":"x"},"$ref":"#x"})"}})[0].code, "schema.missing_ref");
  EXPECT_TRUE(
      valid(R"({"enum":[{"$anchor":"x"}],"properties":{"$anchor":{"$ref":"#x"}},"$defs":{"a":{"$anchor":"x"}}})",
            R"({"$anchor":"x"})"));
}

}  // namespace
}  // namespace simpul
