#include <gmock/gmock.h>
#include <sys/stat.h>

#include "adapters/file/file.h"
#include "bus/event/json.h"
#include "tests/adapters/support.h"

namespace simpul::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string csv_yaml = "folder: in\npattern: \"*.csv\"\ncolumns: [nip, nama]\npoll_ms: 20\nsettle_ms: 30\n";

class FileSourceTest : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_ / "in"); }
  std::unique_ptr<Source> open(const std::string& text) {
    auto source = source_of(file_adapter(), text, folder_.path(), intake_);
    EXPECT_TRUE(source->start());
    return source;
  }
  bool wait_done(const std::string& name) {
    return intake_.wait([&] { return folder_.exists("in/done/" + name); });
  }
  std::vector<std::string> rows() {
    std::vector<std::string> out;
    for (const auto& item : intake_.items()) out.push_back(item.row);
    return out;
  }

  Folder folder_;
  FakeIntake intake_;
};

TEST_F(FileSourceTest, LinesOfACsvFileBecomeRecordsAndTheFileGoesToDone) {
  folder_.write("in/a.csv", "1,SITI\r\n2,\"Cibodas, \"\"Baru\"\"\r\nII\"\n\n3,\n");
  auto source = open(csv_yaml);
  ASSERT_TRUE(wait_done("a.csv"));
  EXPECT_THAT(rows(), ElementsAre(R"({"nip":"1","nama":"SITI"})", R"({"nip":"2","nama":"Cibodas, \"Baru\"\r\nII"})",
                                  R"({"nip":"3","nama":""})"));
  EXPECT_EQ(intake_.items()[1].origin, "file a.csv line 2");
  EXPECT_EQ(intake_.items()[2].origin, "file a.csv line 5");
  EXPECT_EQ(intake_.items()[0].change, "insert");
  EXPECT_FALSE(folder_.exists("in/a.csv.rejected"));
  EXPECT_FALSE(folder_.exists("in/a.csv"));
}

TEST_F(FileSourceTest, AWrongNumberOfColumnsOnLine70000IsSaidAndTheRestIsTaken) {
  std::string text;
  for (int i = 1; i <= 80'000; ++i) text += i == 70'000 ? "x,y,z\n" : std::to_string(i) + ",NAMA\n";
  folder_.write("in/gaji.csv", text);
  auto source = open(csv_yaml + "batch_items: 500\n");
  ASSERT_TRUE(intake_.wait([&] { return folder_.exists("in/done/gaji.csv"); }, std::chrono::seconds(120)));
  EXPECT_EQ(intake_.items().size(), 79'999u);
  EXPECT_EQ(folder_.read("in/gaji.csv.rejected"),
            "line 70000 has 3 columns, 2 expected\n1 line not taken, 79999 taken\n");
}

TEST_F(FileSourceTest, StopAtTheFirstBadLineWhenAskedTo) {
  folder_.write("in/a.csv", "1,A\n2\n3,C\n");
  auto source = open(csv_yaml + "on_bad_line: stop\n");
  ASSERT_TRUE(wait_done("a.csv"));
  EXPECT_EQ(intake_.items().size(), 1u);
  EXPECT_THAT(folder_.read("in/a.csv.rejected"), HasSubstr("line 2 has 1 column, 2 expected"));
  EXPECT_THAT(folder_.read("in/a.csv.rejected"), HasSubstr("nothing behind it was taken"));
}

TEST_F(FileSourceTest, ResumesInTheMiddleOfAFileWithoutASecondEvent) {
  std::string text = "nip,nama\n";
  for (int i = 1; i <= 1000; ++i) text += i % 100 == 0 ? "bad\n" : std::to_string(i) + ",\"A\nB\"\n";
  folder_.write("in/a.csv", text);
  auto yaml = csv_yaml + "header: true\nbatch_items: 10\n";
  intake_.hold_from(300);
  auto source = open(yaml);
  ASSERT_TRUE(intake_.wait_held());
  std::thread stopper([&] { source->stop(); });
  intake_.turn_away();
  stopper.join();
  auto before = intake_.items().size();
  EXPECT_LT(before, 990u);
  intake_.release();
  source = open(yaml);
  ASSERT_TRUE(wait_done("a.csv"));
  std::set<std::string> ids, nips;
  for (const auto& item : intake_.items()) {
    ids.insert(item.id);
    nips.insert(std::string(json::parse(item.row)->root().text_of("nip")));
  }
  EXPECT_EQ(intake_.items().size(), 990u);
  EXPECT_EQ(ids.size(), 990u);
  EXPECT_EQ(nips.size(), 990u);
  auto rejected = folder_.read("in/a.csv.rejected");
  EXPECT_EQ(std::count(rejected.begin(), rejected.end(), '\n'), 11) << rejected;
  EXPECT_THAT(rejected, HasSubstr("10 lines not taken, 990 taken"));
}

TEST_F(FileSourceTest, AFileThatWasTakenButNotPutAwayIsNotTakenAgain) {
  auto yaml = csv_yaml + "same_again: events\n";
  folder_.write("in/done", "in the way");
  folder_.write("in/a.csv", "1,A\n");
  auto source = open(yaml);
  ASSERT_TRUE(intake_.wait([&] {
    for (const auto& [key, value] : intake_.all_state())
      if (key.starts_with("file/")) return true;
    return false;
  }));
  source->stop();
  std::filesystem::remove(folder_ / "in/done");
  source = open(yaml);
  ASSERT_TRUE(wait_done("a.csv"));
  EXPECT_EQ(intake_.items().size(), 1u);
}

TEST_F(FileSourceTest, TheSameFileAgainIsIgnoredTakenOrRejectedAsConfigured) {
  folder_.write("in/a.csv", "1,A\n");
  auto source = open(csv_yaml);
  ASSERT_TRUE(wait_done("a.csv"));
  folder_.write("in/b.csv", "1,A\n");
  ASSERT_TRUE(wait_done("b.csv"));
  EXPECT_EQ(intake_.items().size(), 1u);
  source->stop();

  source = open(csv_yaml + "same_again: reject\n");
  folder_.write("in/b.csv", "1,A\n");
  ASSERT_TRUE(wait_done("b.csv.1"));
  EXPECT_EQ(intake_.items().size(), 1u);
  EXPECT_THAT(folder_.read("in/b.csv.rejected"), HasSubstr("very same content"));
  source->stop();

  source = open(csv_yaml + "same_again: events\n");
  folder_.write("in/c.csv", "1,A\n");
  ASSERT_TRUE(wait_done("c.csv"));
  folder_.write("in/d.csv", "1,A\n");
  ASSERT_TRUE(wait_done("d.csv"));
  EXPECT_EQ(intake_.items().size(), 3u);
}

TEST_F(FileSourceTest, AHalfWrittenFileIsNotTouched) {
  auto source = open("folder: in\ncolumns: [nip, nama]\npoll_ms: 20\nsettle_ms: 86400000\n");
  auto marked = source_of(file_adapter(),
                          "folder: in\npattern: \"*.dat\"\ncolumns: [nip, nama]\npoll_ms: 20\ncomplete_suffix: .ok\n",
                          folder_.path(), intake_);
  ASSERT_TRUE(marked->start());
  folder_.write("in/a.dat", "1,A\n");
  folder_.write("in/b.dat", "2,B\n");
  folder_.write("in/b.dat.ok", "");
  ASSERT_TRUE(wait_done("b.dat.ok"));
  EXPECT_EQ(intake_.items().size(), 1u);
  EXPECT_TRUE(folder_.exists("in/a.dat"));
  folder_.write("in/a.dat.ok", "");
  ASSERT_TRUE(wait_done("a.dat.ok"));
  EXPECT_EQ(intake_.items().size(), 2u);
}

TEST_F(FileSourceTest, Latin1IsReadWhenDeclaredAndNamedWhenNot) {
  folder_.write("in/a.csv", "1,Ren\xe9\n2,B\n");
  auto source = open(csv_yaml);
  ASSERT_TRUE(wait_done("a.csv"));
  EXPECT_THAT(folder_.read("in/a.csv.rejected"), HasSubstr("line 1 column nama is not UTF-8; set encoding: latin-1"));
  source->stop();
  source = open(csv_yaml + "encoding: latin-1\n");
  folder_.write("in/b.csv", "9,Ren\xe9\n");
  ASSERT_TRUE(wait_done("b.csv"));
  EXPECT_EQ(rows().back(), R"({"nip":"9","nama":"René"})");
}

TEST_F(FileSourceTest, HeadersNameTheColumnsOrMustFitThem) {
  auto source = open("folder: in\nheader: true\nseparator: \";\"\npoll_ms: 20\nsettle_ms: 0\n");
  folder_.write("in/a.csv", "\xef\xbb\xbfnip;nama\n1;A\n");
  ASSERT_TRUE(wait_done("a.csv"));
  EXPECT_THAT(rows(), ElementsAre(R"({"nip":"1","nama":"A"})"));
  folder_.write("in/b.csv", "nip;nip\n1;A\n");
  ASSERT_TRUE(wait_done("b.csv"));
  EXPECT_THAT(folder_.read("in/b.csv.rejected"), HasSubstr("names a column twice"));
  source->stop();
  source = open(csv_yaml + "header: true\n");
  folder_.write("in/c.csv", "nip,name\n1,A\n");
  ASSERT_TRUE(wait_done("c.csv"));
  EXPECT_THAT(folder_.read("in/c.csv.rejected"), HasSubstr("names the columns nip, name, nip, nama are declared"));
  EXPECT_EQ(intake_.items().size(), 1u);
}

TEST_F(FileSourceTest, AQuoteThatIsNeverClosedCostsOneLine) {
  folder_.write("in/a.csv", "1,A\n\n2,\"B\n3,C\n4,D");
  auto source = open(csv_yaml);
  ASSERT_TRUE(wait_done("a.csv"));
  EXPECT_THAT(rows(),
              ElementsAre(R"({"nip":"1","nama":"A"})", R"({"nip":"3","nama":"C"})", R"({"nip":"4","nama":"D"})"));
  EXPECT_THAT(folder_.read("in/a.csv.rejected"), HasSubstr("line 3 has a quote that is never closed"));
  std::string text = "1,\"B\n";
  for (int i = 0; i < 200'000; ++i) text += "5,EEEEEEEE\n";
  folder_.write("in/b.csv", text);
  ASSERT_TRUE(intake_.wait([&] { return folder_.exists("in/done/b.csv"); }, std::chrono::seconds(120)));
  EXPECT_EQ(
      folder_.read("in/b.csv.rejected"),
      "line 1 is longer than 1048576 bytes; most likely a quote is never closed\n1 line not taken, 200000 taken\n");
}

TEST_F(FileSourceTest, StrayQuotesAndNulBytesAreNamed) {
  folder_.write("in/a.csv", std::string("1,a\"b\n2,\"a\"b\n3,a\0b\n4,D\n", 24));
  auto source = open(csv_yaml);
  ASSERT_TRUE(wait_done("a.csv"));
  auto text = folder_.read("in/a.csv.rejected");
  EXPECT_THAT(text, HasSubstr("line 1 has a quote inside a field that is not quoted"));
  EXPECT_THAT(text, HasSubstr("line 2 has characters behind a closing quote"));
  EXPECT_THAT(text, HasSubstr("line 3 holds a NUL byte"));
  EXPECT_EQ(intake_.items().size(), 1u);
}

TEST_F(FileSourceTest, RefusedLinesStandInTheRejectedFileWithTheReason) {
  intake_.refuse("BURUK");
  folder_.write("in/a.csv", "1,A\n2,BURUK\n3,C\n");
  auto source = open(csv_yaml);
  ASSERT_TRUE(wait_done("a.csv"));
  EXPECT_EQ(folder_.read("in/a.csv.rejected"),
            "line 2 refused; /data/x: the value does not fit\n1 line not taken, 2 taken\n");
}

TEST_F(FileSourceTest, JsonLinesAreRecordsOrWholeEvents) {
  auto source = open("folder: in\nformat: jsonl\nevents: true\npoll_ms: 20\nsettle_ms: 0\n");
  folder_.write("in/a.jsonl", "{\"id\":\"1\"}\r\n\n[1]\n{\"id\":\n{\"id\":\"2\",\"n\":9471010101900001}");
  ASSERT_TRUE(wait_done("a.jsonl"));
  ASSERT_EQ(intake_.items().size(), 2u);
  EXPECT_EQ(intake_.items()[0].event, R"({"id":"1"})");
  EXPECT_EQ(intake_.items()[1].event, R"({"id":"2","n":9471010101900001})");
  auto text = folder_.read("in/a.jsonl.rejected");
  EXPECT_THAT(text, HasSubstr("line 3 is no event"));
  EXPECT_THAT(text, HasSubstr("line 4 is no JSON"));
}

TEST_F(FileSourceTest, AJsonFileIsAListOfObjectsOrOneObject) {
  auto source = open("folder: in\nformat: json\npoll_ms: 20\nsettle_ms: 0\nbatch_items: 1\n");
  folder_.write("in/a.json", "[{\"a\": 1.50}, 5, {\"a\":2}]");
  ASSERT_TRUE(wait_done("a.json"));
  folder_.write("in/b.json", "{\"a\":3}");
  ASSERT_TRUE(wait_done("b.json"));
  EXPECT_THAT(rows(), ElementsAre("{\"a\": 1.50}", "{\"a\":2}", "{\"a\":3}"));
  EXPECT_THAT(folder_.read("in/a.json.rejected"), HasSubstr("line 2 is no JSON object"));
  folder_.write("in/c.json", "{\"a\":");
  ASSERT_TRUE(wait_done("c.json"));
  EXPECT_THAT(folder_.read("in/c.json.rejected"), HasSubstr("the file is no JSON"));
  folder_.write("in/d.json", std::string(10'000, '['));
  ASSERT_TRUE(wait_done("d.json"));
  EXPECT_THAT(folder_.read("in/d.json.rejected"), HasSubstr("the file is no JSON"));
}

TEST_F(FileSourceTest, AMissingFolderIsWaitedFor) {
  auto source = open("folder: later\ncolumns: [a]\npoll_ms: 20\nsettle_ms: 0\n");
  folder_.write("later/x.csv", "1\n");
  ASSERT_TRUE(intake_.wait([&] { return folder_.exists("later/done/x.csv"); }));
  EXPECT_EQ(intake_.items().size(), 1u);
}

TEST_F(FileSourceTest, LaterIsOfferedAgain) {
  intake_.later(5);
  folder_.write("in/a.csv", "1,A\n");
  auto source = open(csv_yaml);
  ASSERT_TRUE(wait_done("a.csv"));
  EXPECT_EQ(intake_.items().size(), 1u);
}

TEST_F(FileSourceTest, AnEmptyFileIsDoneAndALinkIsLeftAlone) {
  folder_.write("secret", "1,A\n");
  std::filesystem::create_symlink(folder_ / "secret", folder_ / "in/link.csv");
  folder_.write("in/a.csv", "");
  auto source = open(csv_yaml);
  ASSERT_TRUE(wait_done("a.csv"));
  EXPECT_TRUE(intake_.items().empty());
  EXPECT_FALSE(folder_.exists("in/a.csv.rejected"));
}

TEST(FileSourceFields, SaysWhatIsMissing) {
  EXPECT_THAT(to_text(problems_of_source(file_adapter(), "folder: in\n")),
              HasSubstr("nothing says what the columns are called"));
  EXPECT_THAT(to_text(problems_of_source(file_adapter(), "folder: in\nheader: true\nseparator: \"--\"\n")),
              HasSubstr("no single character"));
  EXPECT_THAT(to_text(problems_of_source(file_adapter(), "folder: in\nheader: true\ndone: ../x\n")),
              HasSubstr("leaves the folder"));
  EXPECT_THAT(to_text(problems_of_source(file_adapter(), "folder: in\nheader: true\nevents: true\n")),
              HasSubstr("a line of CSV is no event"));
}

}  // namespace
}  // namespace simpul::test
