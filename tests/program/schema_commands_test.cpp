// `simpul schema` as somebody in a city's IT office meets it: files in, words out.
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "tests/program/small_deployment.h"

namespace simpul::program {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class SchemaCommands : public SmallDeployment {
 protected:
  const std::string type = "warga.alamat.diubah.v1";
  static std::string warga(const std::string& nik, const std::string& alamat) {
    return R"({"nik":")" + nik + R"(","alamat":")" + alamat + "\"}\n";
  }
};

TEST_F(SchemaCommands, CheckTellsEveryProblemWithItsPlace) {
  write("schemas/events/rusak.v1.json", "{\n  \"type\": \"objek\",\n  \"minLenght\": 3,\n  \"required\": \"nik\"\n}\n");
  auto ran = simpul({"schema", "check"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("schemas/events/rusak.v1.json:2:"));
  EXPECT_THAT(ran.err, HasSubstr("schemas/events/rusak.v1.json:3:"));
  EXPECT_THAT(ran.err, HasSubstr("minLength"));
  EXPECT_THAT(ran.err, HasSubstr("schemas/events/rusak.v1.json:4:"));
  // One file alone is not blamed for its neighbours.
  EXPECT_EQ(simpul({"schema", "check", type}).code, 0);
}

TEST_F(SchemaCommands, CheckWarnsAndFailsOnlyWhenStrict) {
  write("schemas/events/longgar.v1.json",
        R"({"type":"object","properties":{"nik":{"type":"integer"},"nama":{"type":"string"}}})");
  auto ran = simpul({"schema", "check", "longgar.v1"});
  EXPECT_EQ(ran.code, 0);
  for (const char* code : {"lint.identifier", "lint.personal_data", "lint.no_description", "lint.open_object"})
    EXPECT_THAT(ran.err, HasSubstr(code));
  EXPECT_EQ(simpul({"schema", "check", "longgar.v1", "--strict"}).code, 1);
  auto machine = asked({"schema", "check", "longgar.v1"});
  EXPECT_EQ(number_of(machine.root(), {"schemas"}), "1");
  EXPECT_GE(machine.root().find("problems")->size(), 4u);
}

TEST_F(SchemaCommands, AMisspeltNameIsGuessed) {
  auto ran = simpul({"schema", "validate", "warga.alamat.dubah.v1", "x.json"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("did you mean \"warga.alamat.diubah.v1\"?"));
}

TEST_F(SchemaCommands, ValidateNamesLinePlaceAndReasonAndGoesOn) {
  write("a.jsonl", warga(nik_a, "JL SATU") + warga("123", "JL DUA") + "\n{nonsense\n" + R"({"nik":")" + nik_b +
                       R"(","alamt":"x"})" + "\n");
  auto ran = simpul({"schema", "validate", type, path("a.jsonl"), path("missing.jsonl"), "--language", "en"});
  EXPECT_EQ(ran.code, 2) << "a file was not read";
  EXPECT_THAT(ran.out, HasSubstr("a.jsonl:2: refused (record 2)"));
  EXPECT_THAT(ran.out, HasSubstr("/nik: "));
  EXPECT_THAT(ran.out, HasSubstr("schemas/events/warga.alamat.diubah.v1.json:"));
  EXPECT_THAT(ran.out, HasSubstr("[format: nik]"));
  EXPECT_THAT(ran.out, HasSubstr("a.jsonl:4:2: cannot be read (record 3)"));
  EXPECT_THAT(ran.out, HasSubstr("a.jsonl:5: refused (record 4)"));
  EXPECT_THAT(ran.out, HasSubstr("alamat"));
  EXPECT_THAT(ran.out, HasSubstr("1 valid, 3 invalid"));
  EXPECT_THAT(ran.err, HasSubstr("missing.jsonl"));
  EXPECT_THAT(ran.all(), Not(HasSubstr("JL DUA"))) << "a personal value is not shown";
  EXPECT_EQ(simpul({"schema", "validate", type, path("a.jsonl")}).code, 1);
}

TEST_F(SchemaCommands, ValidateSpeaksIndonesian) {
  write("a.json", "{}");
  auto id = simpul({"schema", "validate", type, path("a.json"), "--language", "id"});
  auto en = simpul({"schema", "validate", type, path("a.json"), "--language", "en"});
  EXPECT_EQ(id.code, 1);
  EXPECT_NE(id.out, en.out);
  EXPECT_EQ(simpul({"schema", "validate", type, path("a.json")}, {.with = {"LC_ALL=id_ID.UTF-8"}}).out, id.out);
}

TEST_F(SchemaCommands, ValidateReadsStandardInputAndOneDocument) {
  auto lines =
      simpul({"schema", "validate", type, "-", "--lines"}, {.input = warga(nik_a, "JL SATU") + warga(nik_b, "JL DUA")});
  EXPECT_EQ(lines.code, 0) << lines.all();
  EXPECT_THAT(lines.out, HasSubstr("2 valid, 0 invalid"));
  auto whole = simpul({"schema", "validate", type, "-"}, {.input = warga(nik_a, "JL SATU") + warga(nik_b, "JL DUA")});
  EXPECT_EQ(whole.code, 1);
  EXPECT_THAT(whole.out, HasSubstr("--lines"));
}

TEST_F(SchemaCommands, ValidateShowsALimitedNumberAndCountsAll) {
  std::string many;
  for (int i = 0; i < 3000; ++i) many += warga("1", "JL SATU");
  write("banyak.jsonl", many);
  auto ran = simpul({"schema", "validate", type, path("banyak.jsonl"), "--limit", "2"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr("0 valid, 3000 invalid"));
  EXPECT_THAT(ran.out, HasSubstr("2998 more documents are not shown"));
  auto machine = asked({"schema", "validate", type, path("banyak.jsonl"), "--limit", "2"});
  EXPECT_EQ(number_of(machine.root(), {"invalid"}), "3000");
  EXPECT_EQ(machine.root().find("documents")->size(), 2u);
}

TEST_F(SchemaCommands, ValidateWritesTheStandardsOutput) {
  write("a.jsonl", warga(nik_a, "JL SATU") + "{}\n");
  auto flag = simpul({"schema", "validate", type, path("a.jsonl"), "--output", "flag"});
  EXPECT_EQ(flag.code, 1);
  EXPECT_EQ(flag.out, "{\"valid\":true}\n{\"valid\":false}\n");
  auto basic = simpul({"schema", "validate", type, path("a.jsonl"), "--output", "basic"});
  EXPECT_THAT(basic.out, AllOf(HasSubstr("instanceLocation"), HasSubstr("keywordLocation")));
}

TEST_F(SchemaCommands, InferDraftsFromATableWhatTheTableFits) {
  write("warga.csv",
        "nik,nama_lengkap,rt,umur\r\n" + nik_a + ",\"AMINAH, SITI\",001,34\r\n" + nik_b + ",BUDI,002,36\r\n");
  auto draft = simpul({"schema", "infer", path("warga.csv")});
  ASSERT_EQ(draft.code, 0) << draft.all();
  EXPECT_THAT(draft.out, HasSubstr("\"format\": \"nik\""));
  EXPECT_THAT(draft.err, HasSubstr("rt: "));
  EXPECT_THAT(draft.all(), Not(HasSubstr("AMINAH")));
  write("warga.json", draft.out);
  EXPECT_EQ(simpul({"schema", "check", "--strict", path("warga.json")}).code, 0);
  auto ran = simpul({"schema", "validate", path("warga.json"), path("warga.csv")});
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_THAT(ran.out, HasSubstr("2 valid"));
}

TEST_F(SchemaCommands, InferGoesOnBehindALineThatIsNotJson) {
  write("a.jsonl", "{\"a\":1}\n{oops\n{\"a\":2}\n");
  auto draft = simpul({"schema", "infer", path("a.jsonl")});
  EXPECT_EQ(draft.code, 1);
  EXPECT_THAT(draft.err, AllOf(HasSubstr("a.jsonl:2: "), HasSubstr("2 samples")));
  EXPECT_THAT(draft.out, HasSubstr("\"type\": \"integer\""));
  EXPECT_EQ(simpul({"schema", "infer", path("none.json")}).code, 1);
}

TEST_F(SchemaCommands, DocIsMarkdownInBothLanguages) {
  auto english = simpul({"schema", "doc", type, "--language", "en"});
  EXPECT_EQ(english.code, 0) << english.err;
  EXPECT_THAT(english.out, HasSubstr("| `nik` |"));
  EXPECT_THAT(english.out, HasSubstr("| yes | general |"));
  EXPECT_THAT(simpul({"schema", "doc", type, "--language", "id"}).out, HasSubstr("| ya | umum |"));
  EXPECT_THAT(simpul({"schema", "doc"}).out, HasSubstr("`apps/alamat`"));
  EXPECT_EQ(asked({"schema", "doc", type}).root().items()[0].text_of("schema"), "events/" + type);
}

// The text between two lines of a file.
std::string between(const std::string& text, const std::string& from, const std::string& to) {
  auto at = text.find(from);
  if (at == std::string::npos) return {};
  at += from.size();
  return text.substr(at, text.find(to, at) - at);
}

TEST_F(SchemaCommands, TheReadmesExampleSaysWhatTheReadmeShows) {
  const std::string city = std::string(SIMPUL_SOURCE_DIR);
  std::ifstream in(city + "/schemas/README.md");
  const std::string readme{std::istreambuf_iterator<char>(in), {}};
  auto documents = between(readme, "```json\n", "```\n"), shown = between(readme, "```text\n", "```\n");
  ASSERT_FALSE(documents.empty() || shown.empty());
  write("pindah.jsonl", documents);
  auto ran = run({SIMPUL_PROGRAM, "-C", city, "schema", "validate", "dukcapil.penduduk.pindah_datang.v1",
                  path("pindah.jsonl"), "--language", "en"});
  EXPECT_EQ(ran.code, 1);
  // As it looks in the folders where the files are.
  for (const auto& folder : {city + "/", path("")})
    for (auto at = ran.out.find(folder); at != std::string::npos; at = ran.out.find(folder))
      ran.out.erase(at, folder.size());
  EXPECT_EQ(ran.out, shown);
}

TEST(SchemaCheck, TheCitysOwnSchemasAreInOrder) {
  const std::string folder = std::string(SIMPUL_SOURCE_DIR);
  EXPECT_EQ(run({SIMPUL_PROGRAM, "-C", folder, "schema", "check", "--strict"}).code, 0);
}

}  // namespace
}  // namespace simpul::program
