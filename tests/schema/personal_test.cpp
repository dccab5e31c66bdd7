#include "tests/schema/support.h"

namespace simpul {
namespace {

const std::string schema = R"({
  "type": "object",
  "properties": {
    "id": {"type": "string"},
    "nama": {"$ref": "#/$defs/nama"},
    "rekam": {"x-personal-data": "specific", "properties": {"diagnosa": {"type": "string"},
        "kode": {"type": "string", "x-personal-data": "none"}}},
    "anggota": {"type": "array", "items": {"properties": {"nik": {"x-personal-data": "general"}}}},
    "pilihan": {"anyOf": [{"type": "integer"}, {"type": "string", "x-personal-data": "general"}]}
  },
  "patternProperties": {"^t_": {"x-personal-data": "general"}},
  "$defs": {"nama": {"type": "string", "x-personal-data": "general"}}})";

TEST(PersonalData, MasksWhatIsAboveTheClearance) {
  auto compiled = schema_of(schema);
  auto masked = [&](std::string text, PersonalData cleared) {
    return compiled->masked(document_of(std::move(text)).root(), cleared);
  };
  std::string value =
      R"({"id":"1","nama":"SITI","rekam":{"diagnosa":"A09","kode":"K1","lain":1},"anggota":[{"nik":"3671015207909001"},{"nik":null}],"pilihan":5,"t_x":true,"asing":{"a":1}})";
  EXPECT_EQ(
      masked(value, PersonalData::none),
      R"({"id":"1","nama":"•••","rekam":{"diagnosa":"•••","kode":"K1","lain":"•••"},"anggota":[{"nik":"•••"},{"nik":null}],"pilihan":"•••","t_x":"•••","asing":"•••"})");
  EXPECT_EQ(
      masked(value, PersonalData::general),
      R"({"id":"1","nama":"SITI","rekam":{"diagnosa":"•••","kode":"K1","lain":"•••"},"anggota":[{"nik":"3671015207909001"},{"nik":null}],"pilihan":5,"t_x":true,"asing":"•••"})");
  EXPECT_EQ(masked(value, PersonalData::specific), value);
}

TEST(PersonalData, TellsTheClassOfAPlace) {
  auto compiled = schema_of(schema);
  EXPECT_EQ(compiled->personal_at(""), PersonalData::none);
  EXPECT_EQ(compiled->personal_at("/id"), PersonalData::none);
  EXPECT_EQ(compiled->personal_at("/nama"), PersonalData::general);
  EXPECT_EQ(compiled->personal_at("/rekam/diagnosa"), PersonalData::specific);
  EXPECT_EQ(compiled->personal_at("/rekam/kode"), PersonalData::none);
  EXPECT_EQ(compiled->personal_at("/anggota/0/nik"), PersonalData::general);
  EXPECT_EQ(compiled->personal_at("/pilihan"), PersonalData::general);
  EXPECT_EQ(compiled->personal_at("/t_telepon"), PersonalData::general);
  EXPECT_EQ(compiled->personal_at("/asing"), PersonalData::specific);
  EXPECT_EQ(compiled->personal_at("nonsense"), PersonalData::specific);
}

TEST(PersonalData, AnItemWithoutItemsSchemaIsNotSpokenOf) {
  auto compiled = schema_of(R"({"properties":{"list":{"type":"array"}}})");
  EXPECT_EQ(compiled->masked(document_of(R"({"list":[1,"x"]})").root(), PersonalData::general),
            R"({"list":["•••","•••"]})");
}

TEST(PersonalData, IsTheHighestOfAllThatMayApply) {
  auto masked = [](const std::string& text, std::string value) {
    return schema_of(text)->masked(document_of(std::move(value)).root(), PersonalData::none);
  };
  EXPECT_EQ(masked(R"({"unevaluatedProperties":{"x-personal-data":"general"}})", R"({"a":1})"), R"({"a":"•••"})");
  EXPECT_EQ(masked(R"({"properties":{"a":{"x-personal-data":"none"}},
                       "allOf":[{"unevaluatedProperties":{"x-personal-data":"specific"}}]})",
                   R"({"a":1})"),
            R"({"a":"•••"})");
  EXPECT_EQ(masked(R"({"unevaluatedProperties":false,"properties":{"a":true}})", R"({"a":1,"b":2})"),
            R"({"a":1,"b":"•••"})");
  EXPECT_EQ(masked(R"({"unevaluatedItems":{"x-personal-data":"general"}})", "[1]"), R"(["•••"])");
  EXPECT_EQ(
      masked(R"({"properties":{"a":true},"dependentSchemas":{"a":{"properties":{"a":{"x-personal-data":"general"}}}}})",
             R"({"a":1})"),
      R"({"a":"•••"})");
  EXPECT_EQ(masked(R"({"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":true},
                       "dependencies":{"a":{"properties":{"a":{"x-personal-data":"general"}}}}})",
                   R"({"a":1})"),
            R"({"a":"•••"})");
  EXPECT_EQ(masked(R"({"$id":"https://kota.id/d","properties":{"a":{"$dynamicRef":"#n"}},
                       "$defs":{"n":{"$dynamicAnchor":"n","x-personal-data":"general"}}})",
                   R"({"a":1})"),
            R"({"a":"•••"})");
}

TEST(PersonalData, AnAlternativeDoesNotOpenWhatItsParentHides) {
  auto compiled = schema_of(R"({"properties":{"a":{"x-personal-data":"general",
    "properties":{"b":{"anyOf":[{"x-personal-data":"none","type":"string"},{"type":"integer"}]}}}}})");
  EXPECT_EQ(compiled->personal_at("/a/b"), PersonalData::general);
}

}  // namespace
}  // namespace simpul
