#include "bus/schema/lint.h"

#include "tests/schema/support.h"

namespace simpul {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Problems lint_of(const std::map<std::string, std::string>& files) {
  auto registry = compile_schemas(files);
  EXPECT_TRUE(registry) << (registry ? "" : to_text(registry.error()));
  return registry ? lint(**registry) : Problems{};
}

// "code path" of each.
std::vector<std::string> found(const std::string& schema) {
  std::vector<std::string> out;
  for (const auto& problem : lint_of({{"test.json", schema}})) {
    EXPECT_EQ(problem.severity, Severity::warning);
    EXPECT_EQ(problem.place.file, "test.json");
    EXPECT_GT(problem.place.start.line, 0u);
    EXPECT_FALSE(problem.message.empty());
    EXPECT_FALSE(problem.hint.empty());
    out.push_back(problem.code + " " + problem.path);
  }
  return out;
}

std::string object(const std::string& properties) {
  return R"({"type": "object", "additionalProperties": false, "properties": {)" + properties + "}}";
}

TEST(Lint, SaysNothingOfASchemaThatIsInOrder) {
  EXPECT_THAT(found(object(R"("nik": {"title": "NIK", "type": "string", "format": "nik", "x-personal-data": "general"},
                              "jumlah": {"title": "How many", "type": "integer", "minimum": 0, "maximum": 10})")),
              IsEmpty());
}

TEST(Lint, NamesThatTellOfAPersonNeedAClass) {
  EXPECT_THAT(
      found(object(R"("nama_lengkap": {"title": "a", "type": "string"}, "tglLahir": {"title": "b", "type": "string"},
                              "DIAGNOSA": {"title": "c", "type": "string"}, "nama_produk": {"title": "d", "type": "string"},
                              "email": {"title": "e", "type": "string", "x-personal-data": "none"})")),
      ElementsAre("lint.personal_data /properties/nama_lengkap", "lint.personal_data /properties/tglLahir",
                  "lint.personal_data /properties/DIAGNOSA"));
  auto health = lint_of({{"test.json", object(R"("diagnosa": {"title": "c", "type": "string"})")}});
  ASSERT_EQ(health.size(), 1u);
  EXPECT_THAT(health[0].hint, HasSubstr(R"("x-personal-data": "specific")"));
}

TEST(Lint, AClassAboveOrBehindAReferenceIsEnough) {
  EXPECT_THAT(found(R"({"type": "object", "additionalProperties": false, "x-personal-data": "general",
                        "properties": {"nama": {"title": "a", "type": "string"}}})"),
              IsEmpty());
  EXPECT_THAT(found(R"({"type": "object", "additionalProperties": false,
                        "properties": {"nama": {"$ref": "#/$defs/nama"}},
                        "$defs": {"nama": {"title": "Name", "type": "string", "x-personal-data": "general"}}})"),
              IsEmpty());
}

TEST(Lint, IdentifiersAreTextOfTheirFormat) {
  EXPECT_THAT(found(object(R"("nik": {"title": "a", "type": "integer", "x-personal-data": "general"},
                      "no_kk": {"title": "b", "type": "string", "x-personal-data": "general"},
                      "NIP": {"title": "c", "type": ["string", "number"], "format": "nip", "x-personal-data": "general"},
                      "npsn": {"title": "d", "type": "string", "format": "npsn"},
                      "nib_lama": {"title": "e", "type": "string"})")),
              ElementsAre("lint.identifier /properties/nik/type", "lint.identifier /properties/no_kk/type",
                          "lint.identifier /properties/NIP/type"));
}

TEST(Lint, FieldsAreExplained) {
  EXPECT_THAT(found(object(R"("a": {"type": "string"}, "b": {"description": "told", "type": "string"})")),
              ElementsAre("lint.no_description /properties/a"));
}

TEST(Lint, AnObjectLeftOpenByAccident) {
  EXPECT_THAT(found(R"({"type": "object", "properties": {"a": {"title": "a"}}})"), ElementsAre("lint.open_object "));
  EXPECT_THAT(found(R"({"type": "object", "properties": {"a": {"title": "a"}}, "additionalProperties": true})"),
              IsEmpty());
  EXPECT_THAT(found(R"({"type": "object", "properties": {"a": {"title": "a"}}, "unevaluatedProperties": false})"),
              IsEmpty());
  // What others add to is open so that they can.
  EXPECT_THAT(found(R"({"allOf": [{"$ref": "#/$defs/base"}], "unevaluatedProperties": false,
                        "$defs": {"base": {"type": "object", "properties": {"a": {"title": "a"}}}}})"),
              IsEmpty());
}

TEST(Lint, EnumsHoldEachValueOnceAndOnlySuchAsFit) {
  auto wrong = lint_of({{"test.json", R"({"type": "string", "enum": ["L", "P", 1]})"}});
  ASSERT_EQ(wrong.size(), 1u);
  EXPECT_EQ(wrong[0].code, "lint.enum");
  EXPECT_THAT(wrong[0].message, HasSubstr("1 is in the enum and never fits"));
  EXPECT_THAT(found(R"({"type": "integer", "enum": ["1", "2"]})"), ElementsAre("lint.enum /enum", "lint.never /enum"));
}

TEST(Lint, BoundsThatContradictEachOther) {
  EXPECT_THAT(found(R"({"minimum": 10, "maximum": 9.5})"), ElementsAre("lint.bounds /minimum"));
  EXPECT_THAT(found(R"({"exclusiveMinimum": 1, "maximum": 1})"), ElementsAre("lint.bounds /exclusiveMinimum"));
  EXPECT_THAT(found(R"({"minimum": 1, "maximum": 1})"), IsEmpty());
  EXPECT_THAT(found(R"({"minLength": 5, "maxLength": 4})"), ElementsAre("lint.bounds /minLength"));
  EXPECT_THAT(found(R"({"minItems": 5, "maxItems": 4})"), ElementsAre("lint.bounds /minItems"));
  EXPECT_THAT(found(R"({"contains": true, "minContains": 5, "maxContains": 4})"),
              ElementsAre("lint.bounds /minContains"));
  EXPECT_THAT(
      found(R"({"$ref": "#/$defs/long", "maxLength": 4, "$defs": {"long": {"type": "string", "minLength": 5}}})"),
      ElementsAre("lint.bounds /minLength"));
  EXPECT_THAT(found(R"({"allOf": [{"type": "string"}, {"type": "integer"}]})"), ElementsAre("lint.never "));
}

TEST(Lint, RequiredNamesThatTheObjectDoesNotHave) {
  auto wrong = lint_of({{"test.json", R"({"type": "object", "additionalProperties": false, "required": ["alamt"],
                                          "properties": {"alamat": {"title": "a", "x-personal-data": "general"}}})"}});
  ASSERT_EQ(wrong.size(), 1u);
  EXPECT_EQ(wrong[0].code, "lint.required");
  EXPECT_THAT(wrong[0].message, HasSubstr("did you mean \"alamat\"?"));
  EXPECT_THAT(found(R"({"type": "object", "required": ["lain"], "additionalProperties": true,
                        "properties": {"a": {"title": "a"}}})"),
              IsEmpty());
}

TEST(Lint, DefinitionsThatNobodyUses) {
  EXPECT_THAT(found(R"({"type": "array", "items": {"$ref": "#/$defs/a/items"},
                        "$defs": {"a": {"items": {"type": "string"}}, "b": {"type": "string"}}})"),
              ElementsAre("lint.unused /$defs/b"));
  EXPECT_THAT(found(R"({"$defs": {"b": {"type": "string"}}})"), IsEmpty()) << "a library is used from elsewhere";
}

TEST(Lint, KeywordsThatDoNothingWhereTheyStand) {
  EXPECT_THAT(found(R"({"then": {"minLength": 1}, "minContains": 2})"),
              ElementsAre("lint.ignored /then", "lint.ignored /minContains"));
  EXPECT_THAT(found(R"({"if": {"type": "string"}, "else": {"minimum": 1}, "contains": true, "maxContains": 2})"),
              IsEmpty());
}

TEST(Lint, ExamplesAndDefaultsFit) {
  auto wrong = lint_of({{"test.json", R"({"type": "string", "maxLength": 3,
                                          "examples": ["abc", "abcd"], "default": 1})"}});
  ASSERT_EQ(wrong.size(), 2u);
  EXPECT_EQ(wrong[0].code, "lint.example");
  EXPECT_THAT(wrong[0].message, HasSubstr("an example does not fit its own schema"));
  EXPECT_THAT(wrong[1].message, HasSubstr("the default does not fit its own schema"));
}

TEST(Lint, PatternsThatALongerTextMatchesToo) {
  EXPECT_THAT(found(R"({"type": "string", "pattern": "[0-9]{3}"})"), ElementsAre("lint.pattern /pattern"));
  EXPECT_THAT(found(R"({"type": "string", "pattern": "^[0-9]{3}$"})"), IsEmpty());
}

}  // namespace
}  // namespace simpul
