#include "bus/schema/infer.h"

#include <fmt/format.h>

#include "bus/schema/field_names.h"
#include "bus/schema/lint.h"
#include "tests/schema/support.h"

namespace simpul {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

// A draft of samples, which all of them and `schema check` accept.
class Drafted {
 public:
  explicit Drafted(const std::vector<std::string>& samples) {
    Inference inference;
    for (const auto& sample : samples) inference.add(document_of(sample).root());
    take(inference.draft("test"));
    for (const auto& sample : samples) {
      auto document = document_of(sample);
      EXPECT_TRUE(compiled->valid(document.root())) << sample << "\n" << schema;
    }
  }
  Drafted(const std::vector<std::string>& columns, const std::vector<std::vector<std::string>>& rows) {
    Inference inference;
    for (const auto& row : rows) inference.add_row(columns, row);
    take(inference.draft("test"));
    for (const auto& row : rows) {
      std::vector<json::Member> members;
      for (std::size_t i = 0; i < columns.size(); ++i) {
        bool required = false;
        if (!row[i].empty())
          members.push_back(
              {columns[i], cell_value(row[i], compiled->cursor()->property(columns[i], required)->type().kinds)});
      }
      EXPECT_TRUE(compiled->valid(json::Value::view_object(members))) << row[0] << "\n" << schema;
    }
  }

  const json::Value* field(std::string_view name) const { return root().find("properties")->find(name); }
  std::string of(std::string_view name, std::string_view keyword) const {
    const auto* value = field(name)->find(keyword);
    return value == nullptr ? "" : json::write(*value);
  }
  const json::Value& root() const { return document.root(); }
  // Of the field; all of them, doubts with "! " before.
  std::vector<std::string> said(std::string_view path) const {
    std::vector<std::string> out;
    for (const auto& note : notes)
      if (note.path == path) out.push_back((note.doubt ? "! " : "") + note.text);
    return out;
  }

  std::string schema;
  std::vector<InferenceNote> notes;
  json::Document document;
  std::shared_ptr<const Schema> compiled;

 private:
  void take(SchemaDraft draft) {
    schema = std::move(draft.schema);
    notes = std::move(draft.notes);
    document = document_of(schema);
    auto registry = compile_schemas({{"test.json", schema}});
    ASSERT_TRUE(registry) << to_text(registry.error()) << schema;
    compiled = (*registry)->find("test");
    for (const auto& problem : lint(**registry))
      EXPECT_EQ(problem.code, "lint.identifier") << problem.message << schema;
  }
};

std::vector<std::string> repeated(std::size_t times, const std::vector<std::string>& samples) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < times; ++i) all.insert(all.end(), samples.begin(), samples.end());
  return all;
}

TEST(Infer, FieldsOfAllSamplesAreRequiredAndOthersAreNot) {
  Drafted draft({R"({"a": 1, "b": "x"})", R"({"b": "yy", "c": true})"});
  EXPECT_EQ(json::write(*draft.root().find("required")), R"(["b"])");
  EXPECT_EQ(draft.of("c", "type"), R"("boolean")");
  EXPECT_EQ(json::write(*draft.root().find("additionalProperties")), "false");
  EXPECT_THAT(draft.said("a"), Contains("not required: absent in 1 of 2"));
}

TEST(Infer, FormatsByNameAndByValue) {
  Drafted draft({R"({"nik": "3671015207909001", "lahir": "1990-07-12", "kunci": "6f1c1f0e-6f0e-4f0e-8f0e-6f1c1f0e6f0e",
                     "surel": "a@kota.example", "masuk": "2026-11-22T07:30:00Z", "kode_wilayah": "36.71.01.1001"})"});
  EXPECT_EQ(draft.of("nik", "format"), R"("nik")");
  EXPECT_EQ(draft.of("lahir", "format"), R"("date")");
  EXPECT_EQ(draft.of("kunci", "format"), R"("uuid")");
  EXPECT_EQ(draft.of("surel", "format"), R"("email")");
  EXPECT_EQ(draft.of("masuk", "format"), R"("date-time")");
  EXPECT_EQ(draft.of("kode_wilayah", "format"), R"("kode-wilayah")");
  EXPECT_EQ(draft.of("nik", "x-personal-data"), R"("general")");
}

TEST(Infer, ANameThatItsValuesContradictIsDoubtedAndNotShown) {
  Drafted draft({R"({"nik": "3671015207909001"})", R"({"nik": "tidak ada"})"});
  EXPECT_EQ(draft.of("nik", "format"), "");
  EXPECT_THAT(draft.said("nik"), Contains(HasSubstr("! its name says nik, but 1 of 2 values are none")));
  for (const auto& note : draft.notes) EXPECT_THAT(note.text, Not(HasSubstr("tidak ada")));
}

TEST(Infer, SixteenDigitsAsANumberAreWarnedAbout) {
  Drafted draft({R"({"nomor": 3671015207909001})"});
  EXPECT_EQ(draft.of("nomor", "type"), R"("integer")");
  EXPECT_THAT(draft.said("nomor"), Contains(HasSubstr("! a number of up to 16 digits")));
}

TEST(Infer, FewValuesThatComeAgainAreAnEnum) {
  Drafted often(repeated(15, {R"({"jk": "L"})", R"({"jk": "P"})"}));
  EXPECT_EQ(often.field("jk")->find("enum")->size(), 2u);
  Drafted seldom({R"({"jk": "L"})", R"({"jk": "P"})"});
  EXPECT_EQ(seldom.field("jk")->find("enum"), nullptr);
  Drafted names(repeated(15, {R"({"nama": "SITI"})", R"({"nama": "BUDI"})"}));
  EXPECT_EQ(names.field("nama")->find("enum"), nullptr) << "people are no code list";
}

TEST(Infer, PartsListsAndNulls) {
  Drafted draft({R"({"anggota": [{"nik": "3671015207909001"}, {"nik": "3671015207909002", "ket": null}]})",
                 R"({"anggota": []})", R"({"anggota": [{"nik": "3671015207909003", "ket": "ya"}]})"});
  const auto& items = *draft.field("anggota")->find("items");
  EXPECT_EQ(json::write(*items.find("required")), R"(["nik"])");
  EXPECT_EQ(json::write(*items.find("properties")->find("ket")->find("type")), R"(["string","null"])");
  EXPECT_THAT(draft.said("anggota[].ket"), Contains("null in 1 of 2 samples"));
}

TEST(Infer, SamplesOfEveryKindAreAcceptedByTheirDraft) {
  Drafted({"1", "\"a\"", "null", "[1, \"b\"]", "{}", "true", "1.5", "[]"});
  Drafted({R"({"a": {"b": {"c": [[1], [2.5, null]]}}})", R"({"a": {"b": {}}})", R"({"a": 3})"});
  Drafted({R"({"jenis": 1})", R"({"jenis": 1.0})"});
  Drafted(repeated(30, {R"({"jenis": 1})", R"({"jenis": 2})", R"({"jenis": null})"}));
  Drafted({R"({"s": ""})", R"({"s": "panjang sekali, dengan huruf é dan 漢字"})"});
  Drafted({R"({"": 1, "a/b~c": 2, "\"": 3})"});
}

TEST(Infer, ManyNamesAreAMap) {
  std::string map = "{\"tetap\": 1";
  for (int i = 0; i < 300; ++i) map += fmt::format(", \"k{}\": {{\"v\": {}}}", i, i);
  Drafted draft({map + "}", R"({"tetap": 2})"});
  EXPECT_EQ(draft.root().find("properties")->size(), 1u);
  EXPECT_THAT(draft.said(""), Contains(HasSubstr("taken as a map")));
}

TEST(Infer, ColumnsOfATable) {
  Drafted draft({"nik", "rt", "umur", "tinggi", "aktif", "no_hp", "kosong", "kode_pos"},
                {{"3671015207909001", "001", "34", "1.60", "true", "081234567890", "", "15111"},
                 {"3671015207909002", "002", "7", "2", "false", "", "", "15112"},
                 {"3671015207909003", "012", "70", "1.75", "false", "081234567891", "", "15113"}});
  EXPECT_EQ(draft.of("nik", "type"), R"("string")");
  EXPECT_EQ(draft.of("rt", "pattern"), R"("^[0-9]{3}$")");
  EXPECT_EQ(draft.of("umur", "type"), R"("integer")");
  EXPECT_EQ(draft.of("tinggi", "type"), R"("number")");
  EXPECT_EQ(draft.of("aktif", "type"), R"("boolean")");
  EXPECT_EQ(draft.of("no_hp", "type"), R"("string")") << "a number would lose the zero";
  EXPECT_EQ(draft.of("kode_pos", "type"), R"("string")") << "a code is no number to count with";
  EXPECT_THAT(draft.said("kosong"), Contains(HasSubstr("! empty in every sample")));
}

TEST(Infer, ManyRowsNeedNoMoreMemoryThanTheirFields) {
  Inference inference;
  for (int i = 0; i < 5'000; ++i)
    inference.add(document_of(fmt::format(R"({{"no": "{}", "isi": "teks {}"}})", i, i)).root());
  EXPECT_EQ(inference.samples(), 5'000u);
  auto draft = inference.draft("banyak");
  EXPECT_LT(draft.schema.size(), 1000u);
  EXPECT_THAT(draft.schema, HasSubstr("\"maxLength\": 10"));
}

TEST(FieldNames, AreReadAsWords) {
  EXPECT_EQ(words_of_name("NIK_IBU"), "nik ibu");
  EXPECT_EQ(words_of_name("tglLahir"), "tgl lahir");
  EXPECT_EQ(words_of_name("NIKIbu"), "nik ibu");
  EXPECT_EQ(words_of_name("--"), "");
  EXPECT_EQ(format_by_name("nikPelapor"), "nik");
  EXPECT_EQ(format_by_name("no_kk_lama"), "no-kk");
  EXPECT_EQ(format_by_name("teknik"), "");
  EXPECT_EQ(identifier_of_name("nik_ibu"), "");
  EXPECT_EQ(identifier_of_name("NPWP"), "npwp");
  EXPECT_EQ(personal_by_name("tanggallahir"), PersonalData::general);
  EXPECT_EQ(personal_by_name("golonganDarah"), PersonalData::specific);
  EXPECT_EQ(personal_by_name("nama_jalan"), std::nullopt);
}

}  // namespace
}  // namespace simpul
