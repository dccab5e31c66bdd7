// What changed between two versions of a schema, in the words of the person who made the change.
#include "bus/schema/difference.h"

#include <algorithm>

#include <fmt/format.h>

#include "bus/schema/containment.h"
#include "tests/schema/support.h"

namespace simpul {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = SchemaChange::Kind;
using Effect = SchemaChange::Effect;

// An application for a permit, as a city's licensing office would describe it.
constexpr std::string_view permit = R"json({
  "title": "Permohonan izin",
  "type": "object",
  "required": ["nomor", "jenis", "pemohon", "biaya"],
  "additionalProperties": false,
  "properties": {
    "nomor": {"type": "string", "pattern": "^IZN-[0-9]{6}$"},
    "jenis": {"enum": ["bangunan", "usaha", "reklame"]},
    "diajukan": {"type": "string", "format": "date"},
    "pemohon": {"oneOf": [{"$ref": "#/$defs/perorangan"}, {"$ref": "#/$defs/badan"}]},
    "alamat": {"$ref": "#/$defs/alamat"},
    "biaya": {
      "type": "object",
      "required": ["jumlah", "mataUang"],
      "properties": {
        "jumlah": {"type": "integer", "minimum": 0, "maximum": 1000000},
        "mataUang": {"enum": ["IDR", "USD", "GBP"]}
      }
    },
    "dokumen": {
      "type": "array",
      "minItems": 1,
      "items": {
        "type": "object",
        "required": ["jenis"],
        "properties": {
          "jenis": {"enum": ["ktp", "denah"]},
          "halaman": {"type": "integer", "minimum": 1},
          "catatan": {"type": "string", "maxLength": 100}
        }
      }
    }
  },
  "$defs": {
    "perorangan": {
      "type": "object",
      "required": ["tipe", "nik"],
      "properties": {
        "tipe": {"const": "perorangan"},
        "nik": {"type": "string", "format": "nik", "x-personal-data": "general"},
        "telepon": {"type": "string"}
      }
    },
    "badan": {
      "type": "object",
      "required": ["tipe", "nib"],
      "properties": {"tipe": {"const": "badan"}, "nib": {"type": "string", "format": "nib"}}
    },
    "alamat": {"type": "object", "properties": {"jalan": {"type": "string"}, "kodePos": {"type": "string"}}}
  }
})json";

// What the changes say about more or less is held against containment.
std::vector<SchemaChange> between(std::string older, std::string newer) {
  auto from = schema_of(std::move(older)), to = schema_of(std::move(newer));
  auto changes = differences(*from, *to);
  bool narrows = false, widens = false, unknown = changes.size() >= 1'000;
  for (const auto& change : changes) {
    narrows = narrows || change.effect == Effect::narrows;
    widens = widens || change.effect == Effect::widens;
    unknown = unknown || change.effect == Effect::unknown;
  }
  if (!unknown && !narrows) {
    auto answer = contained(*from, *to);
    EXPECT_NE(answer.answer, Contained::no) << answer.witness;
  }
  if (!unknown && !widens) {
    auto answer = contained(*to, *from);
    EXPECT_NE(answer.answer, Contained::no) << answer.witness;
  }
  return changes;
}

// The permit with one text in it replaced.
std::string permit_with(std::string_view old_text, std::string_view new_text) {
  std::string text(permit);
  auto at = text.find(old_text);
  EXPECT_NE(at, text.npos) << old_text;
  EXPECT_EQ(text.find(old_text, at + 1), text.npos) << old_text;
  return text.replace(at, old_text.size(), new_text);
}

std::vector<std::string> english(const std::vector<SchemaChange>& changes) {
  std::vector<std::string> out;
  for (const auto& change : changes) {
    EXPECT_FALSE(change.words.indonesian.empty()) << change.words.english;
    EXPECT_NE(change.words.indonesian, change.words.english);
    EXPECT_EQ(change.words.english.find("{}"), std::string::npos) << change.words.english;
    EXPECT_EQ(change.words.indonesian.find("{}"), std::string::npos) << change.words.indonesian;
    constexpr std::string_view effects[] = {"", " (narrows)", " (widens)", " (?)"};
    out.push_back(change.words.english + std::string(effects[static_cast<unsigned>(change.effect)]));
  }
  return out;
}

std::vector<std::string> change(std::string_view old_text, std::string_view new_text) {
  return english(between(std::string(permit), permit_with(old_text, new_text)));
}

std::vector<std::string> words(std::string older, std::string newer) {
  return english(between(std::move(older), std::move(newer)));
}

TEST(Differences, OfASchemaWrittenAnotherWayAreNone) {
  EXPECT_THAT(words(std::string(permit), std::string(permit)), IsEmpty());
  auto renamed = std::string(permit);
  for (auto at = renamed.find("alamat\": {\"type"); at != renamed.npos; at = renamed.npos)
    renamed.replace(at, 6, "lokasi");
  renamed.replace(renamed.find("#/$defs/alamat"), 14, "#/$defs/lokasi");
  EXPECT_THAT(words(std::string(permit), renamed), IsEmpty()) << "the names of $defs are of no account";
  EXPECT_THAT(words(R"({"type": "object", "properties": {"a": {"type": "string", "minLength": 2}}, "required": ["a"]})",
                    R"({"allOf": [{"properties": {"a": {"minLength": 2}}}, {"type": "object"}],
                        "properties": {"a": {"type": "string"}}, "required": ["a"]})"),
              IsEmpty());
  EXPECT_THAT(words(R"({"enum": ["a", 1.0]})", R"({"enum": [1, "a"]})"), IsEmpty());
  EXPECT_THAT(words(R"({"maximum": 10})", R"({"maximum": 1e1, "minLength": 0})"), IsEmpty());
}

TEST(Differences, OfFieldsSayWhichCameWentAndAreNeeded) {
  EXPECT_THAT(change(R"("alamat": {"$ref")", R"("email": {"type": "string"}, "alamat": {"$ref")"),
              ElementsAre("email is new, optional (widens)"));
  EXPECT_THAT(change(R"("telepon": {"type": "string"})",
                     R"("telepon": {"type": "string"}, "agama": {"type": "string", "x-personal-data": "specific"})"),
              ElementsAre("pemohon.agama is new, optional; personal data: specific (narrows)"));
  EXPECT_THAT(change(R"("diajukan": {"type": "string", "format": "date"},)", ""),
              ElementsAre("diajukan is gone and not allowed any more (narrows)"));
  EXPECT_THAT(change(R"(,
          "catatan": {"type": "string", "maxLength": 100})",
                     ""),
              ElementsAre("dokumen[].catatan is gone; whatever stands there is not checked any more (widens)"));
  EXPECT_THAT(change(R"("jenis", "pemohon", "biaya"])", R"("jenis", "pemohon", "biaya", "alamat"])"),
              ElementsAre("alamat became required (narrows)"));
  EXPECT_THAT(change(R"(["jumlah", "mataUang"])", R"(["jumlah"])"),
              ElementsAre("biaya.mataUang became optional (widens)"));
  EXPECT_THAT(change(R"("kodePos")", R"("kode_pos")"),
              ElementsAre("alamat.kodePos is gone and alamat.kode_pos is new, alike in all else: renamed? (?)"));
  EXPECT_THAT(change(R"("kodePos": {"type": "string"})", R"("kode_pos": {"type": "integer"})"),
              ElementsAre("alamat.kode_pos is new, optional (narrows)",
                          "alamat.kodePos is gone; whatever stands there is not checked any more (widens)"))
      << "of another shape, it is another field";
  EXPECT_THAT(change(R"("additionalProperties": false,)", ""),
              ElementsAre("the whole value allows other fields than those named now (widens)"));
}

TEST(Differences, OfValuesSayWhatWasLostAndGained) {
  EXPECT_THAT(change(R"("USD", "GBP")", R"("USD")"), ElementsAre("biaya.mataUang lost the value \"GBP\" (narrows)"));
  EXPECT_THAT(change(R"("USD", "GBP")", R"("SGD", "EUR")"),
              ElementsAre("biaya.mataUang lost the values \"USD\", \"GBP\" (narrows)",
                          "biaya.mataUang gained the values \"SGD\", \"EUR\" (widens)"));
  EXPECT_THAT(change(R"({"enum": ["ktp", "denah"]})", R"({})"),
              ElementsAre("dokumen[].jenis takes other values than the values \"ktp\", \"denah\" now (widens)"));
  EXPECT_THAT(change(R"("jumlah": {"type": "integer",)", R"("jumlah": {"type": "number",)"),
              ElementsAre("biaya.jumlah changed from a whole number to a number (widens)"));
  EXPECT_THAT(change(R"("telepon": {"type": "string"})", R"("telepon": {"type": ["integer", "null"]})"),
              ElementsAre("pemohon.telepon changed from a string to a whole number or null (?)"));
  std::string many = R"({"enum": [0)";
  for (int i = 1; i < 15; ++i) many += fmt::format(", {}", i);
  EXPECT_THAT(words(many + "]}", R"({"enum": [0]})"),
              ElementsAre("the whole value lost the values 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 4 more (narrows)"));
}

TEST(Differences, OfBoundsSayFromWhereToWhere) {
  EXPECT_THAT(change(R"("minimum": 0, "maximum": 1000000)", R"("exclusiveMinimum": 0, "maximum": 5000000)"),
              ElementsAre("the least value of biaya.jumlah rose from 0 to 0 (not included) (narrows)",
                          "the greatest value of biaya.jumlah rose from 1000000 to 5000000 (widens)"));
  EXPECT_THAT(change(R"("minItems": 1,)", R"("maxItems": 20, "uniqueItems": true,)"),
              ElementsAre("dokumen has no least number of items any more; it was 1 (widens)",
                          "dokumen has a greatest number of items now: 20 (narrows)",
                          "the items of dokumen must differ now (narrows)"));
  EXPECT_THAT(change(R"("maxLength": 100)", R"("maxLength": 80, "minLength": 3)"),
              ElementsAre("dokumen[].catatan has a least length now: 3 (narrows)",
                          "the greatest length of dokumen[].catatan fell from 100 to 80 (narrows)"));
}

TEST(Differences, OfPatternsAndFormatsKnowWhichAllowsMore) {
  EXPECT_THAT(change("^IZN-[0-9]{6}$", "^IZN-[0-9]{6,8}$"),
              ElementsAre("the pattern of nomor changed from \"^IZN-[0-9]{6}$\" to \"^IZN-[0-9]{6,8}$\" (widens)"));
  EXPECT_THAT(change("^IZN-[0-9]{6}$", "^IZN-[0-8]{6}$"),
              ElementsAre("the pattern of nomor changed from \"^IZN-[0-9]{6}$\" to \"^IZN-[0-8]{6}$\" (narrows)"));
  EXPECT_THAT(change("^IZN-[0-9]{6}$", "^PRZ-[0-9]{6}$"),
              ElementsAre("the pattern of nomor changed from \"^IZN-[0-9]{6}$\" to \"^PRZ-[0-9]{6}$\" (?)"));
  EXPECT_THAT(change("^IZN-[0-9]{6}$", R"(^IZN-\\d{6}$)"),
              ElementsAre("the pattern of nomor is written \"^IZN-\\d{6}$\" now, before \"^IZN-[0-9]{6}$\"; it allows "
                          "the same"));
  EXPECT_THAT(change(R"("format": "date")", R"("format": "date-time")"),
              ElementsAre("the format of diajukan changed from \"date\" to \"date-time\" (?)"));
  EXPECT_THAT(change(R"("format": "nik", )", R"("format": "no-kk", )"),
              ElementsAre("the format of pemohon.nik changed from \"nik\" to \"no-kk\" (widens)"));
  EXPECT_THAT(change(R"("telepon": {"type": "string"})", R"("telepon": {"type": "string", "pattern": "^08"})"),
              ElementsAre("pemohon.telepon must fit the pattern \"^08\" now (narrows)"));
}

TEST(Differences, OfAWholeNewVersionComePlaceByPlace) {
  std::string newer(permit);
  auto replace = [&](std::string_view old_text, std::string_view new_text) {
    newer.replace(newer.find(old_text), old_text.size(), new_text);
  };
  replace("\"Permohonan izin\"", "\"Permohonan perizinan\"");
  replace("[\"nomor\", \"jenis\", \"pemohon\", \"biaya\"]", "[\"nomor\", \"jenis\", \"pemohon\", \"diajukan\"]");
  replace("^IZN-[0-9]{6}$", "^IZN-[0-9]{6,8}$");
  replace("\"usaha\", \"reklame\"", "\"usaha\", \"tenaga-kesehatan\"");
  replace("\"format\": \"date\"", "\"format\": \"date-time\"");
  replace("\"GBP\"", "\"SGD\"");
  replace("\"maximum\": 1000000", "\"maximum\": 5000000");
  replace("\"minItems\": 1", "\"maxItems\": 30");
  replace("\"minimum\": 1}", "\"minimum\": 1, \"maximum\": 500}");
  replace("\"catatan\": {\"type\": \"string\", \"maxLength\": 100}", "\"keterangan\": {\"type\": \"boolean\"}");
  replace("\"general\"", "\"specific\"");
  replace("\"telepon\": {\"type\": \"string\"}", "\"no_telepon\": {\"type\": \"string\"}");
  replace("\"kodePos\": {\"type\": \"string\"}", "\"kodePos\": {\"type\": \"string\", \"pattern\": \"^[0-9]{5}$\"}");
  auto changes = between(std::string(permit), newer);
  EXPECT_THAT(
      english(changes),
      ElementsAre("the title of the whole value changed", "diajukan became required (narrows)",
                  "biaya became optional (widens)",
                  "the pattern of nomor changed from \"^IZN-[0-9]{6}$\" to \"^IZN-[0-9]{6,8}$\" (widens)",
                  "jenis lost the value \"reklame\" (narrows)", "jenis gained the value \"tenaga-kesehatan\" (widens)",
                  "the format of diajukan changed from \"date\" to \"date-time\" (?)",
                  "pemohon.telepon is gone and pemohon.no_telepon is new, alike in all else: renamed? (?)",
                  "the personal-data class of pemohon.nik rose from general to specific",
                  "alamat.kodePos must fit the pattern \"^[0-9]{5}$\" now (narrows)",
                  "the greatest value of biaya.jumlah rose from 1000000 to 5000000 (widens)",
                  "biaya.mataUang lost the value \"GBP\" (narrows)", "biaya.mataUang gained the value \"SGD\" (widens)",
                  "dokumen has no least number of items any more; it was 1 (widens)",
                  "dokumen has a greatest number of items now: 30 (narrows)",
                  "dokumen[].keterangan is new, optional (narrows)",
                  "dokumen[].catatan is gone; whatever stands there is not checked any more (widens)",
                  "dokumen[].halaman has a greatest value now: 500 (narrows)"));
  for (const auto& change : changes) {
    EXPECT_THAT(change.newer, testing::StartsWith("test.json#")) << change.words.english;
    EXPECT_TRUE(change.path.empty() || change.words.english.find(change.path) != std::string::npos);
  }
}

TEST(Differences, OfAlternativesNameThem) {
  EXPECT_THAT(change(R"({"$ref": "#/$defs/badan"}])",
                     R"({"$ref": "#/$defs/badan"}, {"type": "object", "required": ["tipe", "kode"],
                        "properties": {"tipe": {"const": "instansi"}, "kode": {"type": "string"}}}])"),
              ElementsAre("pemohon has a new alternative: tipe = \"instansi\" (?)"));
  EXPECT_THAT(
      change(R"([{"$ref": "#/$defs/perorangan"}, {"$ref": "#/$defs/badan"}])", R"([{"$ref": "#/$defs/badan"}])"),
      ElementsAre("pemohon lost an alternative: tipe = \"perorangan\" (?)"));
  EXPECT_THAT(change(R"([{"$ref": "#/$defs/perorangan"}, {"$ref": "#/$defs/badan"}])",
                     R"([{"$ref": "#/$defs/badan"}, {"$ref": "#/$defs/perorangan"}])"),
              IsEmpty());
  EXPECT_THAT(change(R"("pemohon": {"oneOf")", R"("pemohon": {"anyOf")"),
              ElementsAre("pemohon may fit several alternatives now, before exactly one (widens)"));
  EXPECT_THAT(words(R"({"type": ["string", "null"]})", R"({"anyOf": [{"type": "string"}, {"type": "null"}]})"),
              ElementsAre("the whole value changed from a string or null to any kind of value (widens)",
                          "the whole value must fit one of 2 alternatives now (narrows)"));
}

TEST(Differences, OfWhatAnAuditorAsksFor) {
  auto changes =
      between(std::string(permit), permit_with(R"("x-personal-data": "general")", R"("x-personal-data": "specific")"));
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].kind, Kind::personal_data);
  EXPECT_EQ(changes[0].effect, Effect::none);
  EXPECT_EQ(changes[0].path, "pemohon.nik");
  EXPECT_EQ(changes[0].words.english, "the personal-data class of pemohon.nik rose from general to specific");
  EXPECT_EQ(changes[0].words.indonesian, "golongan data pribadi pemohon.nik naik dari umum menjadi spesifik");
  EXPECT_EQ(changes[0].older, "test.json#/$defs/perorangan/properties/nik/x-personal-data");
  EXPECT_EQ(changes[0].newer, changes[0].older);
  EXPECT_THAT(change(R"(, "x-personal-data": "general")", ""),
              ElementsAre("pemohon.nik has no personal-data class any more; it was general"));
  EXPECT_THAT(
      change(R"("telepon": {"type": "string"})", R"("telepon": {"type": "string", "x-personal-data": "general"})"),
      ElementsAre("pemohon.telepon is personal data of the class general now; before, nothing was said"));
  EXPECT_THAT(change(R"("title": "Permohonan izin")", R"("title": "Permohonan", "description": "Satu permohonan.")"),
              ElementsAre("the title of the whole value changed", "the whole value has a description now"));
  EXPECT_THAT(words(R"({"properties": {"a": {"x-key": true, "x-owner": "dukcapil"}}})",
                    R"({"properties": {"a": {"x-subject": true, "x-owner": "dpmptsp"}}})"),
              ElementsAre("a is no key any more", "a is a subject now",
                          "the owner of a went from \"dukcapil\" to \"dpmptsp\""));
}

TEST(Differences, OfRarerRulesAreSaidToo) {
  EXPECT_THAT(words("true", "false"), ElementsAre("the whole value allows no value any more (narrows)"));
  EXPECT_THAT(
      words(R"({"prefixItems": [{"type": "string"}]})", R"({"prefixItems": [{"type": "null"}, {}], "items": false})"),
      ElementsAre("the whole value describes 2 places now, before 1 (?)",
                  "the whole value allows no items any more but those described (narrows)",
                  "[0] changed from a string to null (?)"));
  EXPECT_THAT(words(R"({"patternProperties": {"^x": {"type": "string"}}})",
                    R"({"patternProperties": {"^x": {"type": "null"}}})"),
              ElementsAre("/^x/ changed from a string to null (?)"));
  EXPECT_THAT(words(R"({"not": {"const": 1}})", R"({"not": {"const": 2}})"),
              ElementsAre("what is forbidden of the whole value changed (?)"));
  EXPECT_THAT(words(R"({"if": {"required": ["a"]}, "then": {"required": ["b"]}})",
                    R"({"if": {"required": ["a"]}, "then": {"required": ["c"]}})"),
              ElementsAre("c is new and required (narrows)",
                          "b is gone; whatever stands there is not checked any more (widens)"));
  EXPECT_THAT(words(R"({"dependentRequired": {"a": ["b"]}})", R"({"dependentRequired": {"a": ["c"]}})"),
              ElementsAre("where a is there, these are required now: c (narrows)",
                          "where a is there, these are not required any more: b (widens)"));
  EXPECT_THAT(words(R"({"properties": {"a.b": {}}})", R"({"properties": {"a.b": {"minLength": 1}}})"),
              ElementsAre("[\"a.b\"] has a least length now: 1 (narrows)"));
  EXPECT_THAT(words(R"({"multipleOf": 5})", R"({"multipleOf": 10})"),
              ElementsAre("the multiple of the whole value changed from \"5\" to \"10\" (narrows)"));
}

TEST(Differences, OfRecursiveAndLargeSchemasEnd) {
  constexpr std::string_view tree = R"({"$ref": "#/$defs/simpul", "$defs": {"simpul": {"type": "object",
      "properties": {"nama": {"type": "string"}, "anak": {"type": "array", "items": {"$ref": "#/$defs/simpul"}}}}}})";
  std::string changed(tree);
  changed.replace(changed.find(R"("type": "string")"), 16, R"("type": "integer")");
  EXPECT_THAT(words(std::string(tree), std::string(tree)), IsEmpty());
  EXPECT_THAT(words(std::string(tree), changed), ElementsAre("nama changed from a string to a whole number (?)"));
  std::string wide = R"({"properties": {)", other = wide;
  for (int i = 0; i < 3'000; ++i) {
    wide += fmt::format(R"({}"a{}": {{"type": "string"}})", i == 0 ? "" : ",", i);
    other += fmt::format(R"({}"b{}": {{"type": "string"}})", i == 0 ? "" : ",", i);
  }
  auto changes = between(wide + "}}", other + "}}");
  EXPECT_EQ(changes.size(), 1'000u) << "the limit";
  std::string deep = "true";
  for (int i = 0; i < 25; ++i) deep = fmt::format(R"({{"properties": {{"x": {}}}}})", deep);
  EXPECT_THAT(words(deep, deep), IsEmpty());
}

}  // namespace
}  // namespace simpul
