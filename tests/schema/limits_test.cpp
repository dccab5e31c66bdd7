// Schemas that are too big, too deep or made to harm: a clear problem or a right answer, in bounded time and memory.
#include <functional>

#include "bus/event/json.h"
#include "tests/schema/support.h"

namespace simpul {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string repeated(std::size_t count, const std::function<std::string(std::size_t)>& piece) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    out += piece(i);
  }
  return out;
}

std::string number(std::size_t value) {
  return std::to_string(value);
}

TEST(SchemaLimits, AHundredThousandEnumValues) {
  auto schema = schema_of(R"({"enum":[)" + repeated(100'000, [](auto i) { return "\"v" + number(i) + "\""; }) + "]}");
  EXPECT_TRUE(schema->valid(document_of("\"v99999\"").root()));
  EXPECT_FALSE(schema->valid(document_of("\"v100000\"").root()));
  auto numbers = schema_of(R"({"enum":[)" + repeated(100'000, [](auto i) { return number(i) + ".50"; }) + "]}");
  EXPECT_TRUE(numbers->valid(document_of("99999.5").root()));
  EXPECT_FALSE(numbers->valid(document_of("99999.6").root()));
}

TEST(SchemaLimits, ATenMegabyteSchemaOfPropertiesAndReferences) {
  auto name = [](auto i) { return "\"aaaaaaaa" + number(100'000 + i) + "aaaaaaaa\""; };  // one fingerprint
  auto text = R"({"properties":{)" +
              repeated(90'000,
                       [&](auto i) {
                         return name(i) + R"(:{"$ref":"#/$defs/aaaaaaaa)" + number(100'000 + i) + R"(aaaaaaaa"})";
                       }) +
              R"(},"$defs":{)" + repeated(90'000, [&](auto i) { return name(i) + R"(:{"type":"string"})"; }) + "}}";
  EXPECT_GT(text.size(), 9'000'000u);
  auto schema = schema_of(text);
  EXPECT_FALSE(schema->valid(document_of(R"({"aaaaaaaa189999aaaaaaaa":1})").root()));
  EXPECT_TRUE(schema->valid(document_of(R"({"aaaaaaaa189999aaaaaaaa":"x"})").root()));
}

TEST(SchemaLimits, ReferencesIntoABigValueThatIsNoSchema) {
  auto text =
      R"({"x":{)" + repeated(20'000, [](auto i) { return "\"p" + number(i) + R"(":{"const":)" + number(i) + "}"; }) +
      R"(},"properties":{)" +
      repeated(20'000, [](auto i) { return "\"p" + number(i) + R"(":{"$ref":"#/x/p)" + number(i) + "\"}"; }) + "}}";
  auto registry = compile_schemas({{"a.json", text}}, {.strict = false});
  ASSERT_TRUE(registry) << to_text(registry.error().front());
  auto schema = (*registry)->find("a");
  EXPECT_TRUE(schema->valid(document_of(R"({"p19999":19999})").root()));
  EXPECT_FALSE(schema->valid(document_of(R"({"p19999":1})").root()));
}

TEST(SchemaLimits, ProblemsBeyondAThousandAreCounted) {
  auto problems = problems_of({{"a.json", R"({"properties":{)" + repeated(2'000, [](auto i) {
                                            return "\"p" + number(i) + R"(":{"tipe":"string"})";
                                          }) + "}}"}});
  ASSERT_EQ(problems.size(), 1001u);
  EXPECT_EQ(problems[0].message, "\"tipe\" is no keyword, did you mean \"type\"?");
  EXPECT_EQ(problems[999].place.start.line, 1u);
  EXPECT_GT(problems[999].place.start.column, problems[998].place.start.column);
  EXPECT_EQ(problems[1000].code, "schema.more_problems");
  EXPECT_EQ(problems[1000].message, "and 1000 more problems");
  auto missing = problems_of({{"a.json", R"({"properties":{)" + repeated(2'000, [](auto i) {
                                           return "\"p" + number(i) + R"(":{"$ref":"#/$defs/q)" + number(i) + "\"}";
                                         }) + "}}"}});
  EXPECT_EQ(missing.size(), 1001u);
}

TEST(SchemaLimits, TooManyParts) {
  auto problems = problems_of({{"a.json", R"({"allOf":[)" + repeated(500'000, [](auto) { return "{}"; }) + "]}"}});
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].code, "schema.too_big");
}

TEST(SchemaLimits, PathsThatTakeTooMuchMemory) {
  auto problems = problems_of({{"a.json", R"({"properties":{")" + std::string(1'000'000, 'n') + R"(":{"allOf":[)" +
                                              repeated(1'000, [](auto) { return "{}"; }) + "]}}}"}});
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].code, "schema.too_big");
}

TEST(SchemaLimits, PatternsThatTakeTooMuchMemory) {
  auto problems =
      problems_of({{"a.json", R"({"properties":{)" + repeated(1'000, [](auto i) {
                                return "\"p" + number(i) + R"(":{"pattern":"^\\p{L}{40}-)" + number(i) + R"($"})";
                              }) + "}}"}});
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].code, "schema.too_big");
  EXPECT_THAT(problems[0].message, HasSubstr("patterns"));
}

TEST(SchemaLimits, DepthTenThousand) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += R"({"items":)";
  auto problems = problems_of({{"a.json", text + "{}" + std::string(10'000, '}')}});
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].code, "json.too_deep");
  EXPECT_EQ(problems[0].place.file, "a.json");
}

TEST(SchemaLimits, TheDeepestValueUnderTheLongestChainFitsAStack) {
  const std::pair<std::size_t, std::string> steps[] = {{95, R"("minProperties":1,"$ref":)"},
                                                       {45, R"("unevaluatedProperties":false,"dependentSchemas":)"}};
  for (const auto& [count, step] : steps) {
    const bool depends = step.ends_with("dependentSchemas\":");
    auto text =
        R"({"$ref":"#/$defs/s0","$defs":{)" +
        repeated(count,
                 [&](auto i) {
                   auto next = "\"#/$defs/s" + number(i + 1) + "\"";
                   return "\"s" + number(i) + "\":{" + step + (depends ? R"({"p":{"$ref":)" + next + "}}" : next) + "}";
                 }) +
        R"(,"s)" + number(count) + R"(":{"properties":{"p":{"$ref":"#/$defs/s0"},
                  "q":{"type":["string","integer"],"format":"nik","x-personal-data":"specific"}}}}})";
    auto schema = schema_of(text);
    for (std::string end : {"\"3671015207909001\"", "\"x\""}) {
      std::string value = R"({"q":)" + end + "}";
      for (int i = 2; i < 64; ++i) value = R"({"p":)" + value + "}";
      auto document = json::parse(value);
      ASSERT_TRUE(document);
      bool valid = false;
      std::vector<Violation> reasons;
      on_half_a_stack([&] {
        valid = schema->valid(document->root());
        reasons = schema->explain(document->root());
        schema->warnings(document->root());
        schema->masked(document->root(), PersonalData::none);
      });
      EXPECT_EQ(valid, reasons.empty());
      EXPECT_EQ(valid, !depends && end != "\"x\"");
      for (const auto& reason : reasons) EXPECT_THAT(reason.words.english, Not(HasSubstr("too deeply")));
    }
  }
}

TEST(SchemaLimits, NumbersOutOfRangeAndLongDecimals) {
  EXPECT_EQ(problems_of({{"a.json", R"({"minimum":1e400})"}})[0].code, "json.number_range");
  auto schema = schema_of(R"({"multipleOf":0.000000000000000001,"minimum":0.1000000000000000055511151231257827})");
  EXPECT_FALSE(schema->valid(document_of("0.1").root()));
  EXPECT_TRUE(schema->valid(document_of("0.100000000000000006").root()));
  EXPECT_FALSE(schema->valid(document_of("0.2000000000000000001").root()));
  auto long_text = schema_of(R"({"maxLength":18446744073709551616,"minItems":99999999999999999999})");
  EXPECT_TRUE(long_text->valid(document_of("\"x\"").root()));
  EXPECT_FALSE(long_text->valid(document_of("[1]").root()));
}

TEST(SchemaLimits, EndlessReferencesOfEveryKind) {
  const std::string endless[] = {
      R"({"$dynamicRef":"#x","$dynamicAnchor":"x"})",
      R"({"$schema":"https://json-schema.org/draft/2019-09/schema","$recursiveRef":"#"})",
      R"({"$schema":"https://json-schema.org/draft/2019-09/schema","$recursiveAnchor":true,"anyOf":[{"$recursiveRef":"#"}]})",
      R"({"dependentSchemas":{"a":{"not":{"$ref":"#"}}}})",
      R"({"if":{"$ref":"#/$defs/a"},"$defs":{"a":{"then":{},"if":{"$ref":"#"}}}})",
      R"({"$schema":"http://json-schema.org/draft-07/schema#","dependencies":{"a":{"$ref":"#"}}})",
      R"({"$id":"x:/a","$ref":"x:/b","$defs":{"n":{"$dynamicAnchor":"n","$ref":"x:/b"},
          "b":{"$id":"x:/b","$dynamicRef":"#n","$defs":{"n":{"$dynamicAnchor":"n"}}}}})",
  };
  for (const auto& text : endless) {
    auto problems = problems_of({{"a.json", text}});
    ASSERT_EQ(problems.size(), 1u) << text << to_text(problems);
    EXPECT_EQ(problems[0].code, "schema.endless_ref") << text;
  }
  // The same dynamic reference ends when the way leads elsewhere.
  schema_of(R"({"$id":"x:/a","$ref":"x:/b","$defs":{"n":{"$dynamicAnchor":"n","type":"object"},
          "b":{"$id":"x:/b","$dynamicRef":"#n","$defs":{"n":{"$dynamicAnchor":"n","$ref":"x:/b"}}}}})");
}

TEST(SchemaLimits, TooManyWays) {
  constexpr int count = 18;
  std::string resources, end;
  for (int i = 0; i < count; ++i) {
    auto next = [&](int v) { return i + 1 < count ? "x:/r" + number(i + 1) + "_" + number(v) : std::string("x:/end"); };
    for (int v = 0; v < 2; ++v) {
      auto name = "r" + number(i) + "_" + number(v);
      resources += "\"" + name + R"(":{"$id":"x:/)" + name + R"(","$defs":{"q":{"$dynamicAnchor":"a)" + number(i) +
                   R"("}},"properties":{"x":{"$ref":")" + next(0) + R"("},"y":{"$ref":")" + next(1) + "\"}}},";
    }
    end +=
        (i > 0 ? "," : "") + ("\"p" + number(i)) + R"(":{"$dynamicRef":"x:/r)" + number(i) + "_0#a" + number(i) + "\"}";
  }
  auto problems = problems_of({{"a.json", R"({"properties":{"x":{"$ref":"x:/r0_0"},"y":{"$ref":"x:/r0_1"}},"$defs":{)" +
                                              resources + R"("end":{"$id":"x:/end","properties":{)" + end + "}}}}"}});
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].code, "schema.too_many_ways");
}

}  // namespace
}  // namespace simpul
