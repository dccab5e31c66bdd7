#include <gmock/gmock.h>

#include "adapters/file/appender.h"
#include "adapters/file/file.h"
#include "tests/adapters/support.h"

namespace simpul::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const char* payroll_yaml = R"(folder: out
files:
  mutasi: { name: mutasi.csv, columns: [nip, nama] }
  lama: { name: lama.csv, columns: [nip, nama], header: false, separator: ";", encoding: latin-1 }
  baris: { name: baris.jsonl, format: jsonl }
  putar: { name: putar.csv, columns: [nip], header: false, rotate_bytes: 10 }
  harian: { name: "harian-{date}.csv", columns: [nip] }
)";

// A disk that fails when it is told to, as a full one does, or a process that is killed: nothing after it works.
class FailingDisk : public Disk {
 public:
  explicit FailingDisk(Disk& disk) : disk_(disk) {}
  int writes_left = 1'000'000;

  bool spend() { return writes_left-- > 0; }
  static std::unexpected<Problem> full() { return fail("disk.full", "the disk is full"); }

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    auto file = disk_.open(path, mode);
    if (!file || mode == OpenMode::read) return file;
    return std::make_unique<FailingFile>(*this, std::move(*file));
  }
  Result<std::vector<std::string>> list(const std::string& folder) override { return disk_.list(folder); }
  bool exists(const std::string& path) override { return disk_.exists(path); }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return spend() ? disk_.rename(from, to) : Result<void>(full());
  }
  Result<void> remove(const std::string& path) override { return spend() ? disk_.remove(path) : Result<void>(full()); }
  Result<void> make_folder(const std::string& path) override { return disk_.make_folder(path); }
  Result<void> sync_folder(const std::string& path) override { return disk_.sync_folder(path); }
  Result<std::uint64_t> free_bytes(const std::string& folder) override { return disk_.free_bytes(folder); }
  Result<std::unique_ptr<DiskLock>> lock(const std::string& path) override { return disk_.lock(path); }
  Result<std::string> read_whole(const std::string& path, std::uint64_t limit) override {
    return disk_.read_whole(path, limit);
  }
  Result<void> write_whole(const std::string& path, std::string_view bytes, bool secret) override {
    return spend() ? disk_.write_whole(path, bytes, secret) : Result<void>(full());
  }

 private:
  class FailingFile : public File {
   public:
    FailingFile(FailingDisk& disk, std::unique_ptr<File> file) : disk_(disk), file_(std::move(file)) {}
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) override {
      return file_->read_at(offset, out);
    }
    Result<void> write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
      if (disk_.spend()) return file_->write_at(offset, bytes);
      // Half of it is there.
      if (auto half = file_->write_at(offset, bytes.first(bytes.size() / 2)); !half) return half;
      return full();
    }
    Result<void> sync() override { return disk_.spend() ? file_->sync() : Result<void>(full()); }
    Result<void> preallocate(std::uint64_t size) override { return file_->preallocate(size); }
    Result<void> truncate(std::uint64_t size) override {
      return disk_.spend() ? file_->truncate(size) : Result<void>(full());
    }
    Result<std::uint64_t> size() override { return file_->size(); }

   private:
    FailingDisk& disk_;
    std::unique_ptr<File> file_;
  };
  Disk& disk_;
};

class FileTargetTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_ / "out");
    open();
  }
  void TearDown() override { target_->stop(); }
  void open(const std::string& text = payroll_yaml) {
    if (target_) target_->stop();
    target_ = target_of(file_adapter(), text, folder_.path());
    ASSERT_TRUE(target_->start());
  }
  Settlement send(const std::string& key, const std::string& into, const std::string& payload) {
    return settlements_.one(*target_, key, into, payload);
  }

  Folder folder_;
  Settlements settlements_;
  std::unique_ptr<Target> target_;
};

TEST_F(FileTargetTest, WritesCsvWithHeaderAndQuotes) {
  EXPECT_EQ(send("1", "mutasi", R"({"nama":"Cibodas, \"Baru\"","nip":"1"})").kind, Settlement::delivered);
  EXPECT_EQ(send("2", "mutasi", R"({"nip":2})").kind, Settlement::delivered);
  EXPECT_EQ(send("3", "mutasi", R"({"nip":"3","nama":null})").kind, Settlement::delivered);
  EXPECT_EQ(folder_.read("out/mutasi.csv"), "nip,nama\r\n1,\"Cibodas, \"\"Baru\"\"\"\r\n2,\r\n3,\r\n");
}

TEST_F(FileTargetTest, ADeliveryThatComesAgainIsNotWrittenTwiceAlsoAfterARestart) {
  send("1", "mutasi", R"({"nip":"1"})");
  EXPECT_EQ(send("1", "mutasi", R"({"nip":"1"})").kind, Settlement::delivered);
  open();
  EXPECT_EQ(send("1", "mutasi", R"({"nip":"1"})").kind, Settlement::delivered);
  // Also when the application took the file away.
  std::filesystem::rename(folder_ / "out/mutasi.csv", folder_ / "taken.csv");
  EXPECT_EQ(send("1", "mutasi", R"({"nip":"1"})").kind, Settlement::delivered);
  EXPECT_FALSE(folder_.exists("out/mutasi.csv"));
  send("2", "mutasi", R"({"nip":"2"})");
  EXPECT_EQ(folder_.read("out/mutasi.csv"), "nip,nama\r\n2,\r\n");
}

TEST_F(FileTargetTest, Latin1IsWrittenAndWhatItHasNotIsParked) {
  EXPECT_EQ(send("1", "lama", R"({"nip":"1","nama":"René; X"})").kind, Settlement::delivered);
  EXPECT_EQ(folder_.read("out/lama.csv"), "1;\"Ren\xe9; X\"\r\n");
  auto settlement = send("2", "lama", R"({"nip":"1","nama":"漢"})");
  EXPECT_EQ(settlement.kind, Settlement::park);
  EXPECT_EQ(settlement.reason, "the value for column nama has a character that latin-1 has not");
}

TEST_F(FileTargetTest, JsonLinesKeepNumbersAndStayOneLineEach) {
  EXPECT_EQ(send("1", "baris", "{\"nik\":\"3671015207909001\",\n \"n\":9471010101900001.50}").kind,
            Settlement::delivered);
  EXPECT_EQ(folder_.read("out/baris.jsonl"), "{\"nik\":\"3671015207909001\",\"n\":9471010101900001.50}\n");
}

TEST_F(FileTargetTest, AFullFileIsPutAside) {
  for (int i = 1; i <= 3; ++i) send(std::to_string(i), "putar", R"({"nip":"12345678)" + std::to_string(i) + "\"}");
  EXPECT_EQ(folder_.read("out/putar.csv.1"), "123456781\r\n");
  EXPECT_EQ(folder_.read("out/putar.csv.2"), "123456782\r\n");
  EXPECT_EQ(folder_.read("out/putar.csv"), "123456783\r\n");
}

TEST_F(FileTargetTest, EachDayHasItsFile) {
  send("1", "harian", R"({"nip":"1"})");
  auto day = format_time(system_environment().clock->wall() + 420 * 60'000'000'000).substr(0, 10);
  EXPECT_EQ(folder_.read("out/harian-" + day + ".csv"), "nip\r\n1\r\n");
}

TEST_F(FileTargetTest, PayloadsThatAreNoLineAreParked) {
  EXPECT_THAT(send("1", "mutasi", R"({"nip":"1","alamat":"X"})").reason, HasSubstr("no column alamat"));
  EXPECT_THAT(send("2", "mutasi", R"({"nip":["1"]})").reason, HasSubstr("plain values only"));
  EXPECT_THAT(send("3", "mutasi", R"([{"nip":"1"}])").reason, HasSubstr("use `each`"));
  EXPECT_THAT(send("4", "mutase", R"({"nip":"1"})").reason, HasSubstr("did you mean \"mutasi\"?"));
  EXPECT_EQ(send("5", "mutasi", "{").kind, Settlement::park);
  EXPECT_FALSE(folder_.exists("out/mutasi.csv"));
}

TEST_F(FileTargetTest, AMissingFolderIsUnreachableUntilItIsThereAndIsNeverMade) {
  open("folder: none\nfiles: { a: { name: a.csv, columns: [nip] } }\n");
  auto settlement = send("1", "a", R"({"nip":"1"})");
  EXPECT_EQ(settlement.kind, Settlement::retry);
  EXPECT_TRUE(settlement.unreachable);
  EXPECT_FALSE(folder_.exists("none"));
  std::filesystem::create_directories(folder_ / "none");
  EXPECT_EQ(send("1", "a", R"({"nip":"1"})").kind, Settlement::delivered);
}

TEST_F(FileTargetTest, WhereverAWriteIsBrokenOffEveryLineIsThereOnceAndWhole) {
  // Each step of a write fails once; the process then starts anew on a sound disk and gets the delivery again.
  int tried = 0;
  for (int step = 0;; ++step) {
    Folder folder;
    auto& disk = *system_environment().disk;
    FailingDisk failing(disk);
    bool failed = false;
    {
      file::Appender appender(failing, folder.path(), "a");
      ASSERT_TRUE(appender.open());
      ASSERT_TRUE(appender.append("a.csv", "nip\r\n", {{"1", "1\r\n"}}, 0));
      failing.writes_left = step;
      failed = !appender.append("a.csv", "nip\r\n", {{"2", "2\r\n"}, {"3", "3\r\n"}}, 0);
    }
    file::Appender appender(disk, folder.path(), "a");
    ASSERT_TRUE(appender.open()) << step;
    std::vector<file::Entry> again;
    for (std::string key : {"1", "2", "3"})
      if (!appender.knows(key)) again.push_back({key, key + "\r\n"});
    if (!again.empty()) {
      ASSERT_TRUE(appender.append("a.csv", "nip\r\n", again, 0)) << step;
    }
    EXPECT_EQ(folder.read("a.csv"), "nip\r\n1\r\n2\r\n3\r\n") << step;
    ++tried;
    if (!failed) break;
  }
  EXPECT_GT(tried, 4);
}

TEST(FileTargetFields, SaysWhatIsMissing) {
  EXPECT_THAT(to_text(problems_of_target(file_adapter(), "folder: out\nfiles: {}\n")),
              HasSubstr("no file is declared"));
  EXPECT_THAT(to_text(problems_of_target(file_adapter(), "folder: out\nfiles: { a: { name: x.csv } }\n")),
              HasSubstr("needs its columns"));
  EXPECT_THAT(to_text(problems_of_target(file_adapter(), "folder: out\nfiles: { a: { name: ../x, format: jsonl } }\n")),
              HasSubstr("leaves the folder"));
  EXPECT_THAT(
      to_text(problems_of_target(
          file_adapter(), "folder: out\nfiles: { a: { name: x, format: jsonl }, b: { name: x, format: jsonl } }\n")),
      HasSubstr("write to the same file"));
}

}  // namespace
}  // namespace simpul::test
