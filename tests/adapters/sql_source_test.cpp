#include <gmock/gmock.h>

#include "adapters/sql/sql.h"
#include "bus/event/json.h"
#include "tests/adapters/database.h"
#include "tests/adapters/support.h"

namespace simpul::test {
namespace {

using ::testing::HasSubstr;

const char* family_yaml =
    "database: siak.db\ntable: DATA_KELUARGA\nkey: [NO_KK]\nremember: [ALAMAT]\ntext_columns: [NO_KK]\npoll_ms: 20\n";

class SqlSourceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    database_.run(
        "CREATE TABLE DATA_KELUARGA (NO_KK NUMERIC(16) PRIMARY KEY, NAMA_KEP TEXT, ALAMAT TEXT, NO_RT INTEGER)");
  }
  void family(int serial, const std::string& address) {
    database_.run("INSERT INTO DATA_KELUARGA VALUES (367101520790" + std::to_string(serial) + ", 'CONTOH', '" +
                  address + "', 1)");
  }
  void move(int serial, const std::string& address) {
    database_.run("UPDATE DATA_KELUARGA SET ALAMAT='" + address + "' WHERE NO_KK=367101520790" +
                  std::to_string(serial));
  }
  std::unique_ptr<Source> open(const std::string& text) {
    auto source = source_of(sql_adapter(), text, folder_.path(), intake_);
    EXPECT_TRUE(source->start());
    return source;
  }

  Folder folder_;
  FakeIntake intake_;
  Database database_{folder_ / "siak.db"};
};

TEST_F(SqlSourceTest, RowsAtFirstSightAreNotedWithoutEvents) {
  family(9001, "JL LAMA");
  auto source = open(family_yaml);
  ASSERT_TRUE(intake_.wait_state("shape"));
  family(9002, "JL DUA");
  ASSERT_TRUE(intake_.wait_items(1));
  auto items = intake_.items();
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].change, "insert");
  EXPECT_EQ(items[0].old, "null");
  EXPECT_EQ(items[0].row, R"({"NO_KK":"3671015207909002","NAMA_KEP":"CONTOH","ALAMAT":"JL DUA","NO_RT":1})");
  EXPECT_EQ(items[0].origin, "table DATA_KELUARGA");
}

TEST_F(SqlSourceTest, InitialEventsReportsTheRowsThatAreThere) {
  family(9001, "JL SATU");
  family(9002, "JL DUA");
  auto source = open(std::string(family_yaml) + "initial: events\n");
  ASSERT_TRUE(intake_.wait_items(2));
}

TEST_F(SqlSourceTest, AnAddressThatGoesThereAndBackIsTwoChangesWithOldValues) {
  family(9001, "A");
  auto source = open(family_yaml);
  ASSERT_TRUE(intake_.wait_state("shape"));
  move(9001, "B");
  ASSERT_TRUE(intake_.wait_items(1));
  move(9001, "A");
  ASSERT_TRUE(intake_.wait_items(2));
  auto items = intake_.items();
  EXPECT_EQ(items[0].old, R"({"ALAMAT":"A"})");
  EXPECT_EQ(items[1].old, R"({"ALAMAT":"B"})");
  EXPECT_EQ(items[0].change, "update");
  EXPECT_NE(items[0].id, items[1].id);
}

TEST_F(SqlSourceTest, OnlyTheRememberedColumnsAreKeptBesideAHash) {
  family(9001, "JL LAMA");
  auto source = open(family_yaml);
  ASSERT_TRUE(intake_.wait_state("shape"));
  for (const auto& [key, value] : intake_.all_state()) {
    EXPECT_THAT(key + value, ::testing::Not(HasSubstr("3671015207909001")));
    EXPECT_THAT(key + value, ::testing::Not(HasSubstr("CONTOH")));
  }
}

TEST_F(SqlSourceTest, ChangesMadeWhileTheSourceWasStoppedAreFoundAfterwards) {
  family(9001, "A");
  auto source = open(family_yaml);
  ASSERT_TRUE(intake_.wait_state("shape"));
  source->stop();
  move(9001, "B");
  family(9002, "C");
  source = open(family_yaml);
  ASSERT_TRUE(intake_.wait_items(2));
  source->stop();
  source = open(family_yaml);
  family(9003, "D");
  ASSERT_TRUE(intake_.wait_items(3));
  EXPECT_EQ(intake_.items().size(), 3u);
}

TEST_F(SqlSourceTest, OfferedAgainWithTheSameIdsAfterLater) {
  auto source = open(family_yaml);
  ASSERT_TRUE(intake_.wait_state("shape"));
  intake_.later(3);
  auto before = intake_.offers();
  family(9001, "A");
  ASSERT_TRUE(intake_.wait_items(1));
  EXPECT_GE(intake_.offers(), before + 4);
  EXPECT_EQ(intake_.items().size(), 1u);
}

TEST_F(SqlSourceTest, ADeleteIsReportedWithTheKeyWhenAskedFor) {
  family(9001, "A");
  auto source = open(std::string(family_yaml) + "deletes: true\n");
  ASSERT_TRUE(intake_.wait_state("shape"));
  database_.run("DELETE FROM DATA_KELUARGA");
  ASSERT_TRUE(intake_.wait_items(1));
  EXPECT_EQ(intake_.items()[0].change, "delete");
  EXPECT_EQ(intake_.items()[0].row, R"({"NO_KK":"3671015207909001","ALAMAT":"A"})");
  family(9001, "A");
  ASSERT_TRUE(intake_.wait_items(2));
  EXPECT_EQ(intake_.items()[1].change, "insert");
  EXPECT_NE(intake_.items()[0].id, intake_.items()[1].id);
}

TEST_F(SqlSourceTest, ATableThatIsBeingReloadedReportsNoDeletes) {
  for (int i = 9001; i < 9031; ++i) family(i, "A");
  auto source = open(std::string(family_yaml) + "deletes: true\n");
  ASSERT_TRUE(intake_.wait_state("shape"));
  database_.run("CREATE TABLE COPY AS SELECT * FROM DATA_KELUARGA; DELETE FROM DATA_KELUARGA");
  family(9040, "B");
  ASSERT_TRUE(intake_.wait_items(1));
  database_.run("INSERT INTO DATA_KELUARGA SELECT * FROM COPY");
  family(9041, "C");
  ASSERT_TRUE(intake_.wait_items(2));
  for (const auto& item : intake_.items()) EXPECT_EQ(item.change, "insert");
}

TEST_F(SqlSourceTest, AJoinGivesPersonsWithTheirFamilysAddress) {
  database_.run("CREATE TABLE BIODATA_WNI (NIK NUMERIC(16), NO_KK NUMERIC(16), NAMA_LGKP TEXT)");
  family(9001, "JL LAMA");
  database_.run(
      "INSERT INTO BIODATA_WNI VALUES (3671015207909011, 3671015207909001, 'SITI'), (71015207909012, 3671015207909001, "
      "'BUDI')");
  auto source = open(
      "database: siak.db\nkey: [NIK]\npoll_ms: 20\ndigits: { NIK: 16, NO_RT: 3 }\n"
      "query: SELECT b.NIK, b.NAMA_LGKP, k.ALAMAT, k.NO_RT FROM BIODATA_WNI b JOIN DATA_KELUARGA k USING (NO_KK) -- a "
      "join;\n");
  ASSERT_TRUE(intake_.wait_state("shape"));
  move(9001, "JL BARU");
  ASSERT_TRUE(intake_.wait_items(2));
  std::set<std::string> rows;
  for (const auto& item : intake_.items()) rows.insert(item.row);
  EXPECT_EQ(rows, (std::set<std::string>{
                      R"({"NIK":"3671015207909011","NAMA_LGKP":"SITI","ALAMAT":"JL BARU","NO_RT":"001"})",
                      R"({"NIK":"0071015207909012","NAMA_LGKP":"BUDI","ALAMAT":"JL BARU","NO_RT":"001"})"}));
}

TEST_F(SqlSourceTest, RowsThatShareAKeyAreLeftOutAndTheOthersGoOn) {
  database_.run("CREATE TABLE T (K TEXT, V TEXT)");
  auto source = open("database: siak.db\ntable: T\nkey: [K]\npoll_ms: 20\n");
  ASSERT_TRUE(intake_.wait_state("shape"));
  database_.run("INSERT INTO T VALUES ('a','1'), ('b','2'), ('b','3'), (NULL,'4'), ('c','5')");
  ASSERT_TRUE(intake_.wait_items(2));
  std::set<std::string> rows;
  for (const auto& item : intake_.items()) rows.insert(item.row);
  EXPECT_EQ(rows, (std::set<std::string>{R"({"K":"a","V":"1"})", R"({"K":"c","V":"5"})"}));
}

TEST_F(SqlSourceTest, EveryKindOfValueHasItsJsonForm) {
  database_.run("CREATE TABLE T (K INTEGER, R REAL, S TEXT, N TEXT, B BLOB)");
  auto source = open("database: siak.db\ntable: T\nkey: [K]\npoll_ms: 20\n");
  ASSERT_TRUE(intake_.wait_state("shape"));
  database_.run("INSERT INTO T VALUES (9471010101900001, 1.5, 'a\"b', NULL, x'00ff')");
  ASSERT_TRUE(intake_.wait_items(1));
  EXPECT_EQ(intake_.items()[0].row, R"({"K":9471010101900001,"R":1.5,"S":"a\"b","N":null,"B":"AP8="})");
}

TEST_F(SqlSourceTest, ManyRowsComeInBoundedOffers) {
  database_.run(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 5000) "
      "INSERT INTO DATA_KELUARGA SELECT 3671010000000000 + i, 'X', 'JL ' || i, 1 FROM n");
  auto source = open(std::string(family_yaml) + "initial: events\nbatch_items: 300\n");
  ASSERT_TRUE(intake_.wait_items(5000));
  EXPECT_LE(intake_.largest_offer(), 300u);
  ASSERT_TRUE(intake_.wait_state("shape"));
  database_.run("UPDATE DATA_KELUARGA SET ALAMAT = 'BARU' WHERE NO_KK % 10 = 0");
  ASSERT_TRUE(intake_.wait_items(5500));
  EXPECT_EQ(intake_.items().size(), 5500u);
}

TEST_F(SqlSourceTest, AMissingTableIsWaitedFor) {
  auto source = open("database: siak.db\ntable: LATER\nkey: [K]\npoll_ms: 20\ninitial: events\n");
  database_.run("CREATE TABLE LATER (K TEXT); INSERT INTO LATER VALUES ('x')");
  ASSERT_TRUE(intake_.wait_items(1));
}

TEST_F(SqlSourceTest, AMissingFileIsWaitedForAndAFileInItsPlaceIsReadAnew) {
  auto source = open("database: copy.db\ntable: T\nkey: [K]\npoll_ms: 20\ninitial: events\n");
  {
    Database copy(folder_ / "a.db");
    copy.run("CREATE TABLE T (K TEXT); INSERT INTO T VALUES ('x')");
  }
  std::filesystem::rename(folder_ / "a.db", folder_ / "copy.db");
  ASSERT_TRUE(intake_.wait_items(1));
  {
    Database copy(folder_ / "b.db");
    copy.run("CREATE TABLE T (K TEXT); INSERT INTO T VALUES ('x'), ('y')");
  }
  std::filesystem::rename(folder_ / "b.db", folder_ / "copy.db");
  ASSERT_TRUE(intake_.wait_items(2));
  EXPECT_EQ(intake_.items()[1].row, R"({"K":"y"})");
}

TEST_F(SqlSourceTest, TheApplicationCanWriteWhileTheBusIsWaitedFor) {
  auto source = open(family_yaml);
  ASSERT_TRUE(intake_.wait_state("shape"));
  intake_.hold();
  family(9001, "A");
  ASSERT_TRUE(intake_.wait_held());
  move(9001, "B");
  intake_.release();
  ASSERT_TRUE(intake_.wait_items(2));
  EXPECT_THAT(intake_.items()[1].row, HasSubstr("\"B\""));
}

TEST_F(SqlSourceTest, IncreasingColumnGoesOnWhereItStoodAndKeepsEqualValuesTogether) {
  database_.run("CREATE TABLE LOG (AT INTEGER, V TEXT); INSERT INTO LOG VALUES (1,'old')");
  std::string text = "database: siak.db\ntable: LOG\nmode: increasing\ncolumn: AT\npoll_ms: 20\nbatch_items: 2\n";
  auto source = open(text);
  ASSERT_TRUE(intake_.wait_state("last"));
  database_.run("INSERT INTO LOG VALUES (2,'a'), (3,'b'), (3,'c'), (3,'d'), (4,'e')");
  ASSERT_TRUE(intake_.wait_items(5));
  source->stop();
  database_.run("INSERT INTO LOG VALUES (5,'f')");
  source = open(text);
  ASSERT_TRUE(intake_.wait_items(6));
  std::string order;
  for (const auto& item : intake_.items()) order += json::parse(item.row)->root().text_of("V");
  EXPECT_EQ(order, "abcdef");
}

TEST_F(SqlSourceTest, OutboxRowsAreMarkedWhenTheyAreCommittedAndNeverOfferedTwice) {
  database_.run(
      "CREATE TABLE OUTBOX (ID INTEGER PRIMARY KEY AUTOINCREMENT, V TEXT, SENT_AT TEXT); INSERT INTO OUTBOX (V) VALUES "
      "('a'), ('b')");
  std::string text = "database: siak.db\ntable: OUTBOX\nmode: outbox\nkey: [ID]\nafter: mark:SENT_AT\npoll_ms: 20\n";
  auto source = open(text);
  ASSERT_TRUE(intake_.wait_items(2));
  ASSERT_TRUE(
      intake_.wait([&] { return database_.rows("SELECT count(*) FROM OUTBOX WHERE SENT_AT IS NULL") == "0\n"; }));
  source->stop();
  // As after a crash between the commit and the mark.
  auto state = intake_.all_state();
  intake_.hold();
  database_.run("INSERT INTO OUTBOX (V) VALUES ('c')");
  source = open(text);
  ASSERT_TRUE(intake_.wait_held());
  database_.run("BEGIN IMMEDIATE");
  intake_.release();
  ASSERT_TRUE(intake_.wait_items(3));
  source->stop();
  database_.run("COMMIT");
  EXPECT_EQ(database_.rows("SELECT count(*) FROM OUTBOX WHERE SENT_AT IS NULL"), "1\n");
  source = open(text);
  ASSERT_TRUE(
      intake_.wait([&] { return database_.rows("SELECT count(*) FROM OUTBOX WHERE SENT_AT IS NULL") == "0\n"; }));
  EXPECT_EQ(intake_.items().size(), 3u);
}

TEST_F(SqlSourceTest, OutboxRowsAreDeletedInOrderAndMayHoldWholeEvents) {
  database_.run("CREATE TABLE OUTBOX (ID INTEGER PRIMARY KEY, EVENT TEXT)");
  database_.run("INSERT INTO OUTBOX VALUES (2, '{\"id\":\"two\"}'), (1, '{\"id\":\"one\"}')");
  auto source = open(
      "database: siak.db\ntable: OUTBOX\nmode: outbox\nkey: [ID]\nafter: delete\nevent_column: EVENT\npoll_ms: 20\n");
  ASSERT_TRUE(intake_.wait_items(2));
  EXPECT_EQ(intake_.items()[0].event, "{\"id\":\"one\"}");
  EXPECT_EQ(intake_.items()[1].event, "{\"id\":\"two\"}");
  ASSERT_TRUE(intake_.wait([&] { return database_.rows("SELECT count(*) FROM OUTBOX") == "0\n"; }));
}

TEST_F(SqlSourceTest, StopDoesNotWaitForAnUnansweredOfferForever) {
  auto source = open(family_yaml);
  ASSERT_TRUE(intake_.wait_state("shape"));
  intake_.hold();
  family(9001, "A");
  ASSERT_TRUE(intake_.wait_held());
  std::thread stopper([&] { source->stop(); });
  intake_.turn_away();
  stopper.join();
  EXPECT_TRUE(intake_.items().empty());
}

TEST(SqlSourceFields, SaysWhatIsMissing) {
  auto text = to_text(problems_of_source(sql_adapter(), "database: a.db\ntable: T\nmode: increasing\n"));
  EXPECT_THAT(text, HasSubstr("mode increasing needs the column that increases"));
  text = to_text(problems_of_source(sql_adapter(), "database: a.db\ntable: T\nquery: SELECT 1\nkey: [A]\n"));
  EXPECT_THAT(text, HasSubstr("one table or one query"));
  text = to_text(problems_of_source(sql_adapter(), "database: a.db\nquery: DELETE FROM T\nkey: [A]\n"));
  EXPECT_THAT(text, HasSubstr("no SELECT"));
  text = to_text(problems_of_source(sql_adapter(), "database: a.db\ntable: T\nkey: [A]\nafter: delete\n"));
  EXPECT_THAT(text, HasSubstr("never changed"));
  text = to_text(problems_of_source(sql_adapter(), "database: a.db\ntable: T\nkey: [A]\ndigits: { NIK: many }\n"));
  EXPECT_THAT(text, HasSubstr("from 1 to 40"));
}

}  // namespace
}  // namespace simpul::test
