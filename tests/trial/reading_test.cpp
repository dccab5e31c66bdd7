// The kind `test`: its declaration, its reader, its editors' schema and its documentation are of one mind; what is
// wrong in a test file is told with its place.
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

#include "bus/base/environment.h"
#include "bus/route/kinds.h"
#include "tests/route/declared_documents.h"
#include "tests/trial/trial_city.h"

namespace simpul::trial {
namespace {

using testing::HasSubstr;

Problems problems_of(const std::string& text) {
  return run_texts({{"routes/t.test.yaml", text}}).problems;
}

std::string told(const std::string& text) {
  return to_text(problems_of(text));
}

bool refused_by_schema(const std::string& text) {
  static const auto registry = [] {
    const auto& all = kinds();
    const auto& kind = *std::ranges::find(all, "test", &Kind::name);
    auto compiled = compile_schemas({{"test.json", fields_json_schema(kind.fields)}});
    EXPECT_TRUE(compiled) << to_text(compiled.error());
    return *compiled;
  }();
  auto node = yaml::read(text, "t.yaml");
  EXPECT_TRUE(node) << text;
  auto document = json::parse(to_json(Tree::of(*node)));
  EXPECT_TRUE(document);
  return !registry->find("test")->valid(document->root());
}

TEST(KindTest, EveryFieldIsExplainedOnce) {
  std::function<void(const std::vector<FieldDescription>&, const std::string&)> look = [&](const auto& fields,
                                                                                           const auto& where) {
    std::set<std::string> names;
    for (const auto& field : fields) {
      EXPECT_GE(field.options.help.size(), 6u) << where << field.name;
      EXPECT_TRUE(names.insert(field.name).second) << where << field.name;
      look(field.children, where + field.name + ".");
    }
  };
  look(test_fields(), "");
}

TEST(KindTest, AFaultOfAnyFieldIsRefusedByTheReaderAndByTheSchema) {
  EXPECT_FALSE(refused_by_schema(tests::fitting_map(test_fields())));
  std::size_t count = 0;
  for (const auto& fault : tests::faults_of(test_fields())) {
    ++count;
    const auto read = problems_of(fault.document);
    EXPECT_TRUE(std::ranges::any_of(read, [&](const auto& each) { return tests::speaks_of(each, fault); }))
        << "the reader takes " << fault.path << " of " << fault.document << "\n"
        << to_text(read);
    EXPECT_TRUE(refused_by_schema(fault.document)) << "the schema takes " << fault.path << " of " << fault.document;
  }
  EXPECT_GT(count, 300u);
}

// With SIMPUL_UPDATE=1 the table is written anew.
TEST(KindTest, IsDocumentedBesideTheRoutes) {
  const std::string path = std::string(SIMPUL_SOURCE_DIR) + "/routes/TESTING.md";
  auto text = system_environment().disk->read_whole(path);
  ASSERT_TRUE(text);
  const std::string mark = "<!-- fields:test -->\n";
  auto begin = text->find(mark);
  ASSERT_NE(begin, text->npos);
  begin += mark.size();
  const auto end = text->find("<!-- /fields -->", begin);
  ASSERT_NE(end, text->npos);
  const auto table = fields_markdown(test_fields());
  const char* update = std::getenv("SIMPUL_UPDATE");
  if (update != nullptr && std::string(update) == "1") {
    text->replace(begin, end - begin, table);
    std::ofstream(path, std::ios::binary) << *text;
  } else {
    EXPECT_EQ(text->substr(begin, end - begin), table) << path << " is stale; run the tests with SIMPUL_UPDATE=1";
  }
}

const std::string head =
    "test: t\nevents:\n  a: { from: loket, type: warga.alamat.diubah.v1, data: { nik: \"1\" } }\ncases:\n";

TEST(Reading, TellsEveryUnknownNameWithTheNearest) {
  auto text = told(head +
                   "  - name: x\n    givn: []\n    given: [{ like: b }]\n    apps: [{ app: arsib }]\n"
                   "    lookups: [{ lookup: wargo, missing: true }]\n    only: [dafter]\n"
                   "    expect: { deliveries: [{ to: arsip, into: alamt }] }\n");
  EXPECT_THAT(text,
              HasSubstr("routes/t.test.yaml:6:5: error: \"givn\" is no field of a case, did you mean \"given\"?"));
  EXPECT_THAT(text, HasSubstr("routes/t.test.yaml:7:21: error: there is no event \"b\""));
  EXPECT_THAT(text, HasSubstr("there is no app \"arsib\", did you mean \"arsip\"?"));
  EXPECT_THAT(text, HasSubstr("there is no lookup \"wargo\", did you mean \"warga\"?"));
  EXPECT_THAT(text, HasSubstr("there is no app \"dafter\", did you mean \"daftar\"?"));
  EXPECT_THAT(text, HasSubstr("arsip has no place \"alamt\", did you mean \"alamat\"?"));
}

TEST(Reading, TellsWhatSaysNothing) {
  EXPECT_THAT(told(head + "  - name: x\n    given: [{ like: a }]\n"),
              HasSubstr("routes/t.test.yaml:5:5: error: the case \"x\" expects nothing"));
  EXPECT_THAT(told(head + "  - name: x\n    given: [{ type: a.b.v1 }]\n    expect: {}\n"),
              HasSubstr("nobody publishes this event"));
  EXPECT_THAT(told(head + "  - name: x\n    given: [{ like: a }]\n    expect: { duplicates: [event-2] }\n"),
              HasSubstr("no event with the id \"event-2\" is given, did you mean \"event-1\"?"));
  EXPECT_THAT(told(head + "  - name: x\n    apps: [{ app: arsip, retry_after: 2h }]\n    given: [{ like: a }]\n"
                          "    expect: {}\n"),
              HasSubstr("retry_after says nothing without fails"));
  EXPECT_THAT(told(head + "  - name: x\n    given: [{ like: a, set: { data.nik.x: 1 }, remove: [data.lain] }]\n"
                          "    expect: {}\n"),
              testing::AllOf(HasSubstr("there is no data.nik.x in what is given"),
                             HasSubstr("there is no data.lain in what is given")));
}

TEST(Reading, TellsTwoOfAKind) {
  const std::string one = "  - { name: x, given: [{ like: a }], expect: {} }\n";
  auto problems = problems_of(head + one + one);
  ASSERT_EQ(problems.size(), 1u) << to_text(problems);
  EXPECT_EQ(problems[0].message, "two cases are called \"x\"");
  ASSERT_EQ(problems[0].related.size(), 1u);
  EXPECT_EQ(problems[0].related[0].place.start.line, 5u);
  EXPECT_THAT(told(head + "  - { name: x, given: [{ like: a }], expect: { deliveries: [{ to: arsip, payload: {}, has: "
                          "{ a: 1 } }] } }\n"),
              HasSubstr("payload is the whole, and has and lacks are parts of it"));
}

TEST(Reading, KeepsRecordsAndEventsApart) {
  EXPECT_THAT(told(head + "  - { name: x, given: [{ of: loket/berkaz, row: {}, type: t }], expect: {} }\n"),
              testing::AllOf(HasSubstr("there is no source \"loket/berkaz\", did you mean \"loket/berkas\"?"),
                             HasSubstr("has no type")));
  EXPECT_THAT(told(head + "  - { name: x, given: [{ like: a, row: { nik: \"1\" } }], expect: {} }\n"),
              HasSubstr("an event has no row"));
}

TEST(Reading, BoundsWhatACaseGives) {
  EXPECT_THAT(told(head + "  - { name: x, given: [{ like: a, times: 20000 }, { like: a, times: 20000 }, "
                          "{ like: a, times: 20000 }], expect: {} }\n"),
              HasSubstr("a case gives at most 50000 events"));
}

TEST(Reading, TellsWhatIsNoYamlAndWhatIsNotThere) {
  EXPECT_THAT(told("test: t\ntest: t\n"), HasSubstr("routes/t.test.yaml:2:1: error: "));
  EXPECT_THAT(to_text(run_texts({}).problems), HasSubstr("routes/t.test.yaml"));
  EXPECT_THAT(told(head + "  - { name: x, given: [{ like: b.test.json }], expect: {} }\n"),
              HasSubstr("routes/b.test.json cannot be read"));
}

// ---- durations ---------------------------------------------------------------------------------------------

TEST(Durations, AreANumberAndAUnit) {
  EXPECT_EQ(read_duration("500ms"), 500'000'000);
  EXPECT_EQ(read_duration("90s"), 90'000'000'000);
  EXPECT_EQ(read_duration("3d"), 3 * 86'400'000'000'000);
  for (const char* wrong : {"", "s", "5", "-5s", "5 s", "5S", "1.5h", "99999999999s", "999999999d"})
    EXPECT_FALSE(read_duration(wrong)) << wrong;
  for (const char* each : {"0s", "1ms", "1500ms", "90s", "15m", "2h", "3d"})
    EXPECT_EQ(read_duration(duration_words(*read_duration(each))), read_duration(each)) << each;
}

// ---- tables ------------------------------------------------------------------------------------------------

std::string table(const std::string& csv, const std::string& more = {}) {
  return verdict(
      run_texts({{"routes/t.test.yaml",
                  "test: t\nevents:\n  a: { from: loket, type: warga.alamat.diubah.v1, data: { nik: "
                  "\"3671015207909001\", alamat: "
                  "JL A, nomor: 5 } }\ncases:\n  - name: baris\n    given: [{ like: a }]\n    rows: t.test.csv\n" +
                      more},
                 {"routes/t.test.csv", csv}}));
}

TEST(Table, MakesACaseOfEveryRow) {
  EXPECT_EQ(table("name,data.alamat,data.nomor,-> arsip.alamat,-> arsip/alamat.jenis,-> refused\n"
                  "satu,JL B,,JL B,pindah,\ndua,,7,JL A,,\ntiga,,(none),JL A,,\nempat,,x,,,schema\n"
                  "lima,(empty),,(empty),,\n"),
            "passed");
  auto text = table(
      "name,data.alamat,-> arsip.alamat,-> arsip\nsatu,JL B,JL C,\ndua,JL RAHASIA,,nothing\n"
      "tiga,,,nothing\n");
  EXPECT_THAT(text, HasSubstr("baris [satu]: routes/t.test.csv:2:1: a delivery for arsip is not as expected"));
  EXPECT_THAT(text, HasSubstr("/alamat  JL C      \"JL B\""));
  EXPECT_THAT(text, testing::Not(HasSubstr("[dua]")));
  EXPECT_THAT(text, HasSubstr("baris [tiga]: routes/t.test.csv:4:1: arsip/alamat got what is not expected"));
}

TEST(Table, TellsWhatIsWrongInIt) {
  EXPECT_THAT(table("-> arsib.alamat\nx\n"), HasSubstr("routes/t.test.csv:1:1: error: the column \"-> arsib.alamat\" "
                                                       "names no app, did you mean \"arsip\"?"));
  EXPECT_THAT(table("-> arsip/x.alamat\nx\n"), HasSubstr("arsip has no place x"));
  EXPECT_THAT(table("data.nomor,data.nomor\n1,2\n"), HasSubstr("two columns are called \"data.nomor\""));
  EXPECT_THAT(table("data.nomor\n1,2\n"), HasSubstr("this row has 2 cells, and there are 1 columns"));
  EXPECT_THAT(table("data.nomor\n"), HasSubstr("the table has no rows"));
  EXPECT_THAT(table(""), HasSubstr("the table has no line of heads"));
  EXPECT_THAT(table("data.nomor,-> arsip\n\"1,x\n"), HasSubstr("never closed"));
  EXPECT_THAT(table("data.nomor,-> arsip\n1,deliverd\n"), HasSubstr("\"deliverd\" is no outcome"));
}

// ---- snapshots ---------------------------------------------------------------------------------------------

TEST(Snapshot, IsWrittenWhenAskedAndComparedElse) {
  const std::string file =
      head +
      "  - { name: x, given: [{ like: a, set: { data.nik: \"3671015207909001\", data.alamat: JL A } }], "
      "snapshot: true }\n";
  Texts texts{{"routes/t.test.yaml", file}};
  EXPECT_THAT(verdict(run_texts(texts)), HasSubstr("there is no snapshot of it in routes/t.test.snapshot.yaml"));
  Texts written;
  EXPECT_EQ(verdict(run_texts(texts, {"", true, nullptr}, &written)), "passed");
  ASSERT_TRUE(written.contains("routes/t.test.snapshot.yaml"));
  texts.merge(Texts(written));
  EXPECT_EQ(verdict(run_texts(texts)), "passed");
  Texts again;
  run_texts(texts, {"", true, nullptr}, &again);
  EXPECT_TRUE(again.empty()) << "what is the same is not written again";
  auto& snapshot = texts["routes/t.test.snapshot.yaml"];
  snapshot.replace(snapshot.find("JL A"), 4, "JL Z");
  EXPECT_THAT(verdict(run_texts(texts)), HasSubstr("/deliveries/0/payload/alamat  \"JL Z\"    \"JL A\""));
}

}  // namespace
}  // namespace simpul::trial
