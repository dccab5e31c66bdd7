// `simpul new`: what it writes compiles once what it says is filled in, fits the samples, and covers nothing up.
#include <gmock/gmock.h>
#include <sqlite3.h>

#include <map>

#include "tests/program/small_deployment.h"

namespace simpul::program {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class NewCommand : public SmallDeployment {
 protected:
  void SetUp() override {
    SmallDeployment::SetUp();
    write("bayar.csv", "nik,nama,tgl_bayar,jumlah\n" + nik_a + ",BUDI,2026-01-02,12000\n" + nik_b + ",,2026-01-03,\n");
    write("bayar.jsonl", "{\"nik\":\"" + nik_a + "\",\"jumlah\":12000}\n{\"nik\":\"" + nik_b + "\",\"no\":\"7\"}\n");
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path("bayar.db").c_str(), &database), SQLITE_OK);
    const auto script =
        "CREATE TABLE BAYAR (NO INTEGER PRIMARY KEY, NIK TEXT NOT NULL, \"JML BAYAR\" NUMERIC, KET TEXT);"
        "CREATE TABLE KOSONG (A TEXT);"
        "INSERT INTO BAYAR VALUES (1, '" +
        nik_a + "', 12000, 'lunas'), (2, '" + nik_b + "', 13.5, NULL);";
    EXPECT_EQ(sqlite3_exec(database, script.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
  }
  Ran made(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "new");
    auto ran = simpul(arguments);
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran;
  }
  void expect_refused(std::vector<std::string> arguments, const testing::Matcher<const std::string&>& words) const {
    arguments.insert(arguments.begin(), "new");
    const auto before = files();
    const auto ran = simpul(arguments);
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err, words);
    EXPECT_EQ(files(), before);
  }
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_))
      if (entry.is_regular_file()) all[entry.path().string()] = read(std::filesystem::relative(entry, folder_));
    return all;
  }
  void expect_compiles() const {
    const auto ran = simpul({"check"});
    EXPECT_EQ(ran.code, 0) << ran.err;
  }
};

TEST_F(NewCommand, ASchemaFromASampleFitsTheSample) {
  for (const auto& [number, sample] : std::map<std::string, std::string>{{"1", "bayar.csv"}, {"2", "bayar.jsonl"}}) {
    const auto name = "events/bapenda.pbb.dibayar.v" + number;
    EXPECT_THAT(made({"schema", name, "--from", path(sample)}).out,
                AllOf(HasSubstr("schemas/" + name + ".json"), HasSubstr("next:"), HasSubstr("it was guessed")));
    const auto valid = simpul({"schema", "validate", path("schemas/" + name + ".json"), path(sample)});
    EXPECT_EQ(valid.code, 0) << valid.all();
  }
  made({"schema", "events/bapenda.pbb.dibayar.v3", "--from", path("bayar.db") + ":BAYAR"});
  write("row.json", "{\"NO\":1,\"NIK\":\"" + nik_a + "\",\"JML BAYAR\":13.5}");
  EXPECT_EQ(simpul({"schema", "validate", path("schemas/events/bapenda.pbb.dibayar.v3.json"), path("row.json")}).code,
            0);
  expect_compiles();
}

TEST_F(NewCommand, ASchemaWithoutASampleIsThereToBeFilledIn) {
  EXPECT_THAT(made({"schema", "apps/arsip/lain"}).out, HasSubstr("describe its fields"));
  expect_compiles();
}

TEST_F(NewCommand, AnAppThatPublishesFromATableCompiles) {
  made({"app", "pajak", "--owner", "bapenda", "--publishes", "bapenda.pbb.dibayar.v1", "--from",
        path("bayar.db") + ":BAYAR"});
  EXPECT_THAT(read("config/apps/pajak.yaml"),
              AllOf(HasSubstr("database: bayar.db\n"), HasSubstr("SELECT NO, NIK, \"JML BAYAR\", KET\n"),
                    HasSubstr("key: [NO]"), HasSubstr("NIK: row.NIK\n"), HasSubstr("KET: row.?KET\n"),
                    HasSubstr("JML BAYAR: row[\"JML BAYAR\"]\n")));
  expect_compiles();
}

TEST_F(NewCommand, AnAppThatPublishesFromRowsMakesNumbersOfTheirCells) {
  made({"app", "bank", "--owner", "no", "--title", "Bank: \"A\" # yes", "--publishes", "bank.setor.masuk.v1", "--from",
        path("bayar.csv")});
  EXPECT_THAT(read("config/apps/bank.yaml"),
              AllOf(HasSubstr("nik: row.nik\n"), HasSubstr("nama: optional.ofNonZeroValue(row.nama)\n"),
                    HasSubstr("jumlah: optional.ofNonZeroValue(row.jumlah).optMap(cell, int(cell))\n")));
  expect_compiles();
  made({"app", "kasir", "--owner", "bank", "--publishes", "bank.kas.masuk.v1", "--from", path("bayar.jsonl")});
  EXPECT_THAT(read("config/apps/kasir.yaml"), AllOf(HasSubstr("nik: row.nik\n"), HasSubstr("no: row.?no\n")));
  expect_compiles();
}

TEST_F(NewCommand, AnAppThatReceivesCompilesWhenItIsClearedAndARouteToItArrives) {
  for (const char* target : {"http", "sql", "file"}) {
    const std::string name = std::string("terima-") + target;
    const std::string place = target == std::string("http") ? name : name + "/masuk";
    write("alamat.jsonl", "{\"nik\":\"" + nik_a + "\",\"alamat\":\"JL SATU NO 1\",\"kelas\":\"A\"}\n{\"nik\":\"" +
                              nik_b + "\",\"alamat\":\"JL DUA\"}\n");
    EXPECT_THAT(made({"app", name, "--owner", "kota", "--receives", "warga.alamat.diubah.v1", "--target", target,
                      "--accepts-from", path("alamat.jsonl")})
                    .out,
                AllOf(HasSubstr("purpose, legal_basis and cleared are to be filled in"), HasSubstr("--to " + place)));
    change("config/apps/" + name + ".yaml", "cleared: none", "cleared: general");
    expect_compiles();
    const auto route = "ke-" + name;
    made({"route", route, "--on", "warga.alamat.diubah.v1", "--to", place});
    EXPECT_THAT(
        read("routes/" + route + ".yaml"),
        AllOf(HasSubstr("nik: data.nik\n"), HasSubstr("alamat: data.alamat.truncate("), Not(HasSubstr("required"))));
    expect_compiles();
    const auto tested = simpul({"test", route});
    EXPECT_THAT(tested.all(), HasSubstr("it passed"));
    EXPECT_EQ(tested.code, 0) << tested.all();
  }
}

TEST_F(NewCommand, ARouteNamesWhatItsTargetNeedsAndTheEventDoesNotHave) {
  write(
      "schemas/apps/alamat.json",
      R"({"type":"object","required":["nik","kode_pos"],"additionalProperties":false,"properties":{"nik":{"type":"string",
        "x-personal-data":"general"},"kode_pos":{"type":"string"}}})");
  change("routes/alamat.yaml", "alamat: data.alamat.trim()", "kode_pos: data.alamat");
  change("routes/alamat.yaml", "key: data.nik", "when: data.alamat != \"\"\nkey: data.nik");
  EXPECT_THAT(made({"route", "kedua", "--on", "warga.alamat.diubah.v1", "--to", "arsip/alamat"}).out,
              HasSubstr("routes/kedua.yaml: map kode_pos"));
  const auto ran = simpul({"check"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("kode_pos"));
  change("routes/kedua.yaml", "nik: data.nik\n", "nik: data.nik\n      kode_pos: data.alamat\n");
  expect_compiles();
}

TEST_F(NewCommand, NothingIsWrittenOver) {
  expect_refused({"app", "arsip", "--owner", "kota"}, HasSubstr("config/apps/arsip.yaml is there already"));
  expect_refused({"route", "alamat", "--on", "warga.alamat.diubah.v1", "--to", "arsip/alamat"},
                 HasSubstr("routes/alamat.yaml is there already"));
  expect_refused({"schema", "apps/alamat"}, HasSubstr("schemas/apps/alamat.json is there already"));
  // One that is there keeps the others from being written.
  write("schemas/apps/baru/default.json", "{}");
  expect_refused({"app", "baru", "--owner", "kota", "--receives", "warga.alamat.diubah.v1"},
                 HasSubstr("schemas/apps/baru/default.json is there already"));
}

TEST_F(NewCommand, NamesTheNearestOfWhatIsNowhere) {
  expect_refused({"route", "x", "--on", "warga.alamat.dirubah.v1", "--to", "arsip/alamat"},
                 HasSubstr("did you mean \"warga.alamat.diubah.v1\"?"));
  expect_refused({"route", "x", "--on", "warga.alamat.diubah.v1", "--to", "arsp"},
                 HasSubstr("there is no application arsp, did you mean \"arsip\"?"));
  expect_refused({"route", "x", "--on", "warga.alamat.diubah.v1", "--to", "arsip/almat"},
                 AllOf(HasSubstr("did you mean \"alamat\"?"), HasSubstr("write --to arsip/alamat")));
  expect_refused({"schema", "apps/a/b", "--from", path("bayar.db") + ":BAYR"}, HasSubstr("did you mean \"BAYAR\"?"));
}

TEST_F(NewCommand, BadNamesAndSamplesAreRefused) {
  for (const char* name : {"../../luar", "luar", "apps//x", "apps/../x", "apps/A", "/tmp/x/y"})
    expect_refused({"schema", name}, HasSubstr("is no place for a schema"));
  expect_refused({"schema", "events/abc"}, HasSubstr("is not an event type"));
  expect_refused({"app", "../x", "--owner", "a"}, HasSubstr("is no name for an application"));
  expect_refused({"route", "a/b", "--on", "a.b.c.v1", "--to", "arsip"}, HasSubstr("is no name for a route"));
  expect_refused({"app", "x", "--owner", "a", "--publishes", "abc"}, HasSubstr("is not an event type"));
  expect_refused({"app", "x", "--owner", "a", "--from", path("bayar.csv")}, HasSubstr("add --publishes <type>"));
  expect_refused({"schema", "apps/a/b", "--from", path("bayar.db") + ":KOSONG"},
                 HasSubstr("has no rows to learn from"));
  expect_refused({"schema", "apps/a/b", "--from", path("tidak-ada.csv")}, HasSubstr("tidak-ada.csv"));
  write("rusak.json", "{\"a\":");
  expect_refused({"schema", "apps/a/b", "--from", path("rusak.json")}, HasSubstr("rusak.json"));
}

TEST_F(NewCommand, OutsideADeploymentNothingIsWritten) {
  std::filesystem::create_directories(path("kosong"));
  const auto ran = run({SIMPUL_PROGRAM, "-C", path("kosong"), "new", "schema", "apps/a/b"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("is not a deployment's folder"));
  EXPECT_TRUE(std::filesystem::is_empty(path("kosong")));
}

TEST_F(NewCommand, PrintsJsonForMachines) {
  const auto answer = asked({"new", "schema", "apps/a/b"});
  ASSERT_NE(answer.root().find("files"), nullptr);
  EXPECT_EQ(answer.root().find("files")->items()[0].text(), "schemas/apps/a/b.json");
  EXPECT_GT(answer.root().find("next")->size(), 0u);
}

}  // namespace
}  // namespace simpul::program
