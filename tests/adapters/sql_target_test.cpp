#include <gmock/gmock.h>

#include "adapters/sql/sql.h"
#include "tests/adapters/database.h"
#include "tests/adapters/support.h"

namespace simpul::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const char* hospital_yaml = R"(database: simrs.db
tables:
  pasien: { table: pasien, key: [no_ktp], columns: { nik: no_ktp } }
  alamat: { table: pasien, mode: update, key: [no_ktp] }
  alamat_bila_ada: { table: pasien, mode: update, key: [no_ktp], missing: ok }
  catatan: { table: catatan, mode: insert }
lookups:
  pasien_dari_nik: { query: "SELECT no_ktp, nm_pasien, umur FROM pasien WHERE no_ktp = :nik", digits: { no_ktp: 16 } }
)";

class SqlTargetTest : public ::testing::Test {
 protected:
  void SetUp() override {
    database_.run(
        "CREATE TABLE pasien (no_rkm_medis TEXT, no_ktp varchar(20) UNIQUE, nm_pasien varchar(40) NOT NULL, alamat "
        "varchar(200), umur INTEGER CHECK (umur >= 0));"
        "CREATE TABLE catatan (id INTEGER PRIMARY KEY, isi TEXT)");
    open(hospital_yaml);
  }
  void TearDown() override {
    if (target_) target_->stop();
  }
  void open(const std::string& text) {
    if (target_) target_->stop();
    target_ = target_of(sql_adapter(), text, folder_.path());
    ASSERT_TRUE(target_->start());
  }
  Settlement send(const std::string& key, const std::string& into, const std::string& payload) {
    return settlements_.one(*target_, key, into, payload);
  }
  std::string patients() { return database_.rows("SELECT no_ktp, nm_pasien, alamat FROM pasien ORDER BY no_ktp"); }

  Folder folder_;
  Database database_{folder_ / "simrs.db"};
  Settlements settlements_;
  std::unique_ptr<Target> target_;
};

TEST_F(SqlTargetTest, UpsertInsertsThenUpdatesAndLeavesOtherColumnsAlone) {
  EXPECT_EQ(send("1", "pasien", R"({"nik":"3671015207909001","nm_pasien":"SITI","alamat":"JL LAMA"})").kind,
            Settlement::delivered);
  EXPECT_EQ(send("2", "pasien", R"({"nik":"3671015207909001","nm_pasien":"SITI CONTOH"})").kind, Settlement::delivered);
  EXPECT_EQ(patients(), "3671015207909001|SITI CONTOH|JL LAMA\n");
}

TEST_F(SqlTargetTest, ADeliveryThatComesAgainChangesNothing) {
  EXPECT_EQ(send("1", "catatan", R"({"isi":"satu"})").kind, Settlement::delivered);
  target_->stop();
  open(hospital_yaml);
  EXPECT_EQ(settlements_.one(*target_, "1", "catatan", R"({"isi":"satu"})", 2).kind, Settlement::delivered);
  EXPECT_EQ(database_.rows("SELECT count(*) FROM catatan"), "1\n");
  EXPECT_EQ(database_.rows("SELECT idempotency_key FROM simpul_inbox"), "1\n");
}

TEST_F(SqlTargetTest, ANameTooLongForItsColumnIsParkedWithLengths) {
  auto settlement = send("1", "pasien", R"({"nik":"3671015207909001","nm_pasien":")" + std::string(41, 'A') + "\"}");
  EXPECT_EQ(settlement.kind, Settlement::park);
  EXPECT_EQ(settlement.reason, "the value for column nm_pasien has 41 characters, the column holds 40");
  EXPECT_EQ(patients(), "");
  EXPECT_EQ(send("2", "pasien", "{\"nik\":\"3671015207909001\",\"nm_pasien\":\"" + std::string(39, 'A') + "é\"}").kind,
            Settlement::delivered);
}

TEST_F(SqlTargetTest, ARuleOfTheDatabaseParksWithTableAndColumn) {
  auto settlement = send("1", "pasien", R"({"nik":"3671015207909001","alamat":"X"})");
  EXPECT_EQ(settlement.kind, Settlement::park);
  EXPECT_THAT(settlement.reason, HasSubstr("table pasien, column nm_pasien"));
  EXPECT_THAT(settlement.reason, HasSubstr("NOT NULL"));
  settlement = send("2", "pasien", R"({"nik":"3671015207909001","nm_pasien":"A","umur":-1})");
  EXPECT_EQ(settlement.kind, Settlement::park);
  EXPECT_THAT(settlement.reason, HasSubstr("CHECK"));
  EXPECT_EQ(database_.rows("SELECT count(*) FROM simpul_inbox"), "0\n");
}

TEST_F(SqlTargetTest, OneBadRowInABatchDoesNotHoldTheOthers) {
  std::vector<Delivery> deliveries;
  for (int i = 0; i < 20; ++i)
    deliveries.push_back(
        settlements_.delivery(std::to_string(i), "pasien",
                              i == 7 ? R"({"nik":"x","alamat":"no name"})"
                                     : R"({"nik":"36710152079090)" + std::to_string(10 + i) + R"(","nm_pasien":"A"})"));
  target_->deliver(std::move(deliveries));
  ASSERT_TRUE(settlements_.wait(20));
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(settlements_.of(std::to_string(i)).size(), 1u);
    EXPECT_EQ(settlements_.of(std::to_string(i))[0].kind, i == 7 ? Settlement::park : Settlement::delivered);
  }
  EXPECT_EQ(database_.rows("SELECT count(*) FROM pasien"), "19\n");
}

TEST_F(SqlTargetTest, UpdateOfAMissingRowIsParkedOrFineAsTheTableSays) {
  EXPECT_EQ(send("1", "alamat", R"({"no_ktp":"3671015207909001","alamat":"X"})").kind, Settlement::park);
  EXPECT_EQ(send("2", "alamat_bila_ada", R"({"no_ktp":"3671015207909001","alamat":"X"})").kind, Settlement::delivered);
  send("3", "pasien", R"({"nik":"3671015207909001","nm_pasien":"A"})");
  EXPECT_EQ(send("4", "alamat", R"({"no_ktp":"3671015207909001","alamat":"X"})").kind, Settlement::delivered);
  EXPECT_EQ(patients(), "3671015207909001|A|X\n");
}

TEST_F(SqlTargetTest, UpsertWorksWithoutAUniqueRule) {
  database_.run("CREATE TABLE tua (nik NUMERIC(16), nama TEXT)");
  open("database: simrs.db\ntables: { tua: { table: tua, key: [nik] } }\n");
  EXPECT_EQ(send("1", "tua", R"({"nik":"3671015207909001","nama":"A"})").kind, Settlement::delivered);
  EXPECT_EQ(send("2", "tua", R"({"nik":"3671015207909001","nama":"B"})").kind, Settlement::delivered);
  EXPECT_EQ(database_.rows("SELECT nik, nama FROM tua"), "3671015207909001|B\n");
  auto settlement = send("3", "tua", R"({"nik":"SITI","nama":"B"})");
  EXPECT_EQ(settlement.kind, Settlement::park);
  EXPECT_THAT(settlement.reason, HasSubstr("no number"));
  EXPECT_THAT(settlement.reason, Not(HasSubstr("SITI")));
}

TEST_F(SqlTargetTest, PayloadsThatAreNoRowAreParked) {
  EXPECT_THAT(send("1", "pasien", R"([{"nik":"1"}])").reason, HasSubstr("use `each`"));
  EXPECT_THAT(send("2", "pasien", R"({"nik":"1","nm_pasien":"A","alamat":{"jalan":"X"}})").reason,
              HasSubstr("plain values only"));
  EXPECT_THAT(send("3", "pasien", R"({"nik":"1","nm_pasen":"A"})").reason, HasSubstr("did you mean \"nm_pasien\"?"));
  EXPECT_THAT(send("4", "pasien", R"({"nm_pasien":"A"})").reason, HasSubstr("no value for no_ktp"));
  EXPECT_THAT(send("5", "pasen", R"({"nm_pasien":"A"})").reason, HasSubstr("did you mean \"pasien\"?"));
  EXPECT_EQ(send("6", "pasien", "no json").kind, Settlement::park);
}

TEST_F(SqlTargetTest, ALockedDatabaseIsTriedAgainLater) {
  open(std::string(hospital_yaml) + "busy_timeout_ms: 10\n");
  database_.run("BEGIN IMMEDIATE");
  auto settlement = send("1", "catatan", R"({"isi":"satu"})");
  EXPECT_EQ(settlement.kind, Settlement::retry);
  EXPECT_FALSE(settlement.unreachable);
  EXPECT_THAT(settlement.reason, HasSubstr("locked"));
  database_.run("COMMIT");
  EXPECT_EQ(send("1", "catatan", R"({"isi":"satu"})").kind, Settlement::delivered);
}

TEST_F(SqlTargetTest, AMissingFileIsUnreachableUntilItIsThereAndIsNeverMade) {
  open("database: none.db\ntables: { t: { table: t, key: [k] } }\n");
  auto settlement = send("1", "t", R"({"k":"1"})");
  EXPECT_EQ(settlement.kind, Settlement::retry);
  EXPECT_TRUE(settlement.unreachable);
  EXPECT_THAT(settlement.reason, HasSubstr("none.db"));
  EXPECT_FALSE(folder_.exists("none.db"));
  {
    Database other(folder_ / "none.db");
    other.run("CREATE TABLE x (k TEXT)");
  }
  settlement = send("1", "t", R"({"k":"1"})");
  EXPECT_TRUE(settlement.unreachable);
  EXPECT_THAT(settlement.reason, HasSubstr("no table t"));
  {
    Database other(folder_ / "none.db");
    other.run("CREATE TABLE t (k TEXT)");
  }
  EXPECT_EQ(send("1", "t", R"({"k":"1"})").kind, Settlement::delivered);
}

TEST_F(SqlTargetTest, AFileThatIsNoDatabaseIsUnreachable) {
  folder_.write("text.db", std::string(5000, 'x'));
  open("database: text.db\ntables: { t: { table: t, key: [k] } }\n");
  auto settlement = send("1", "t", R"({"k":"1"})");
  EXPECT_TRUE(settlement.unreachable);
  EXPECT_THAT(settlement.reason, HasSubstr("not a sound SQLite database"));
}

TEST_F(SqlTargetTest, LookupsAnswerWithTheFirstRow) {
  send("1", "pasien", R"({"nik":"3671015207909001","nm_pasien":"SITI","umur":30})");
  Question question;
  question.lookup = "pasien";
  question.into = "pasien_dari_nik";
  question.parameters = R"({"nik":"3671015207909001"})";
  auto answer = ask(*target_, question);
  EXPECT_EQ(answer.kind, Answer::found);
  EXPECT_EQ(answer.body, R"({"no_ktp":"3671015207909001","nm_pasien":"SITI","umur":30})");
  question.parameters = R"({"nik":"3671015207909002"})";
  EXPECT_EQ(ask(*target_, question).kind, Answer::not_found);
  question.parameters = "{}";
  EXPECT_THAT(ask(*target_, question).reason, HasSubstr("needs the parameter nik"));
  question.into = "other";
  EXPECT_THAT(ask(*target_, question).reason, HasSubstr("answers no lookup `other`"));
}

TEST_F(SqlTargetTest, ALookupThatRunsTooLongIsTimedOut) {
  open(
      "database: simrs.db\nlookups: { lama: { query: \"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) "
      "SELECT count(*) FROM n\" } }\n");
  Question question;
  question.into = "lama";
  question.parameters = "{}";
  question.timeout = std::chrono::milliseconds(50);
  EXPECT_EQ(ask(*target_, question).kind, Answer::timed_out);
}

TEST_F(SqlTargetTest, StopSettlesEverythingThatWaits) {
  open(std::string(hospital_yaml) + "busy_timeout_ms: 50\n");
  database_.run("BEGIN IMMEDIATE");
  std::vector<Delivery> deliveries;
  for (int i = 0; i < 300; ++i)
    deliveries.push_back(settlements_.delivery(std::to_string(i), "catatan", R"({"isi":"x"})"));
  target_->deliver(std::move(deliveries));
  target_->stop();
  database_.run("COMMIT");
  EXPECT_EQ(settlements_.count(), 300u);
  for (int i = 0; i < 300; ++i) EXPECT_EQ(settlements_.of(std::to_string(i)).at(0).kind, Settlement::retry);
}

}  // namespace
}  // namespace simpul::test
