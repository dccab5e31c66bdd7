#include "bus/schema/describe.h"

#include "tests/schema/support.h"

namespace simpul {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* family = R"({
  "title": "A family", "x-owner": "disdukcapil", "type": "object", "required": ["nik", "anggota"],
  "additionalProperties": false,
  "properties": {
    "nik": {"$ref": "#/$defs/nik", "description": "Of the head", "x-key": true, "x-subject": true},
    "anggota": {"title": "Members", "type": "array", "maxItems": 50, "x-personal-data": "general",
      "items": {"type": "object", "properties": {"nik": {"$ref": "#/$defs/nik"},
        "hubungan": {"title": "Relation | to the head", "type": "integer", "enum": [1, 2]},
        "goldar": {"title": "Blood group", "type": "string", "x-personal-data": "specific", "x-owner": "dinkes"}}}},
    "jumlah": {"title": "How many", "type": "integer", "minimum": 1, "maximum": 20}
  },
  "$defs": {"nik": {"title": "NIK", "type": "string", "format": "nik", "x-personal-data": "general"}}
})";

TEST(Describe, EveryFieldWithWhatItsAnnotationsSay) {
  auto fields = annotations(*schema_of(family));
  std::vector<std::string> paths;
  for (const auto& field : fields) paths.push_back(field.path);
  EXPECT_THAT(paths, ElementsAre("", "/nik", "/anggota", "/anggota/*", "/anggota/*/nik", "/anggota/*/hubungan",
                                 "/anggota/*/goldar", "/jumlah"));
  const auto& nik = fields[1];
  EXPECT_EQ(nik.title, "NIK");
  EXPECT_EQ(nik.description, "Of the head");
  EXPECT_TRUE(nik.key && nik.subject && nik.required && nik.classified);
  EXPECT_EQ(nik.personal, PersonalData::general);
  EXPECT_EQ(fields[5].personal, PersonalData::general) << "a part has its parent's class";
  EXPECT_EQ(fields[6].personal, PersonalData::specific);
  EXPECT_EQ(fields[6].owner, "dinkes");
  EXPECT_EQ(fields[7].owner, "disdukcapil");
  EXPECT_EQ(fields[7].personal, PersonalData::none);
  EXPECT_FALSE(fields[7].classified || fields[7].required);
}

TEST(Describe, AgreesWithMaskingEverywhere) {
  auto schema = schema_of(family);
  for (const auto& field : annotations(*schema)) {
    auto pointer = field.path;
    for (auto at = pointer.find('*'); at != std::string::npos; at = pointer.find('*')) pointer.replace(at, 1, "0");
    EXPECT_EQ(schema->personal_at(pointer), field.personal) << field.path;
  }
}

TEST(Describe, FieldsOfSomeFormsOnly) {
  auto fields =
      annotations(*schema_of(R"({"type": "object", "properties": {"jenis": {"title": "Kind"}}, "required": ["jenis"],
    "oneOf": [{"properties": {"a": {"title": "A"}}, "required": ["a"]}, {"properties": {"b": {"title": "B"}}}]})"));
  ASSERT_EQ(fields.size(), 4u);
  EXPECT_FALSE(fields[1].conditional);
  EXPECT_EQ(fields[2].path, "/a");
  EXPECT_TRUE(fields[2].conditional);
  EXPECT_FALSE(fields[2].required);
}

TEST(Describe, ASchemaThatContainsItselfEnds) {
  auto fields = annotations(*schema_of(
      R"({"$defs": {"unit": {"type": "object", "properties": {"nama": {"title": "Name"},
          "bawahan": {"type": "array", "items": {"$ref": "#/$defs/unit"}}}}}, "$ref": "#/$defs/unit"})"));
  std::vector<std::string> paths;
  for (const auto& field : fields) paths.push_back(field.path);
  EXPECT_THAT(paths, ElementsAre("", "/nama", "/bawahan", "/bawahan/*"));
  EXPECT_EQ(annotations(*schema_of("true")).size(), 1u);
  EXPECT_EQ(annotations(*schema_of(family), 3).size(), 3u);
}

TEST(Describe, MarkdownForPeopleInBothLanguages) {
  auto english = schema_markdown(*schema_of(family), false);
  EXPECT_THAT(english, HasSubstr("# A family\n"));
  EXPECT_THAT(english, HasSubstr("| `nik` | NIK. Of the head — *orders the events, whom the event is about* | text, 16 "
                                 "digits (NIK) (`nik`) | yes | general |"));
  EXPECT_THAT(english,
              HasSubstr("| `anggota[].hubungan` | Relation \\| to the head | one of `1`, `2` | no | general |"));
  EXPECT_THAT(english, HasSubstr("at least 1, at most 20"));
  EXPECT_THAT(english, HasSubstr("owned by dinkes"));
  auto indonesian = schema_markdown(*schema_of(family), true);
  EXPECT_THAT(indonesian, HasSubstr("| Kolom | Arti | Bentuk | Wajib | Data pribadi |"));
  EXPECT_THAT(indonesian, HasSubstr("teks, 16 angka (NIK) (`nik`) | ya | umum |"));
  EXPECT_THAT(indonesian, Not(HasSubstr("orders the events")));
}

TEST(Describe, CountsAgreeWithTheirNouns) {
  auto page = schema_markdown(*schema_of(R"({"type": "object", "properties": {
    "a": {"type": "string", "minLength": 1, "maxLength": 1}, "b": {"type": "string", "minLength": 1, "maxLength": 9},
    "c": {"type": "array", "minItems": 1}, "d": {"type": "array", "minItems": 2}}})"),
                              false);
  EXPECT_THAT(page, HasSubstr("| text, 1 character |"));
  EXPECT_THAT(page, HasSubstr("| text, 1–9 characters |"));
  EXPECT_THAT(page, HasSubstr("a list, at least 1 item |"));
  EXPECT_THAT(page, HasSubstr("a list, at least 2 items |"));
}

}  // namespace
}  // namespace simpul
