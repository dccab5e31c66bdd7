// What a disk does to a log, and what files do to a file source: seen through the real program.
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <thread>

#include "bus/base/bytes.h"
#include "tests/program/small_deployment.h"

namespace simpul::program {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class Damage : public SmallDeployment {
 protected:
  // The first segment of the log that holds these words, and where in it.
  std::pair<std::string, std::size_t> find_in_log(const std::string& words) const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / "var/log")) {
      if (!entry.is_regular_file() || entry.path().string().find("keys") != std::string::npos ||
          entry.path().extension() == ".db")
        continue;
      auto relative = std::filesystem::relative(entry.path(), folder_).string();
      auto text = read(relative);
      if (auto at = text.find(words); at != std::string::npos && text.compare(0, 6, "SQLite") != 0)
        return {relative, at};
    }
    return {"", 0};
  }
  void flip(const std::string& below, std::size_t at) const {
    std::fstream file(path(below), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    char byte = 0;
    file.get(byte);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(byte ^ 0x20));
  }
  std::string rejected(const std::string& name) const { return read("masuk/" + name + ".rejected"); }
};

TEST_F(Damage, OneFlippedByteIsFoundAndTheRestIsReadable) {
  start();
  for (int i = 0; i < 5; ++i)
    ASSERT_EQ(post(event("e" + std::to_string(i), nik_a, "JL NOMOR " + std::to_string(i))).status, 202);
  ASSERT_EQ(archived(5).size(), 5u);
  auto position = number_of(asked({"trace", "e2"}).root().find("events")->items()[0], {"position"});
  stop();
  auto [segment, at] = find_in_log("JL NOMOR 2");
  ASSERT_FALSE(segment.empty());
  flip(segment, at);

  for (const char* id : {"e1", "e3", "e4"}) {
    auto other = simpul({"--offline", "trace", id});
    EXPECT_EQ(other.code, 0) << other.all();
    EXPECT_THAT(other.out, HasSubstr("delivered")) << id;
  }
  auto damaged = simpul({"--offline", "trace", "e2"});
  EXPECT_THAT(damaged.all(), AllOf(HasSubstr("damaged"), HasSubstr(position)))
      << "the event itself cannot be shown, and that is said";
  EXPECT_THAT(simpul({"--offline", "status"}).out, AllOf(HasSubstr("DAMAGED"), HasSubstr(position)));
  start();
  EXPECT_THAT(output(), AllOf(HasSubstr("damaged"), HasSubstr(std::filesystem::path(segment).filename().string())));
  EXPECT_THAT(simpul({"status"}).out, HasSubstr("DAMAGED"));
  EXPECT_EQ(post(event("e5", nik_a, "JL NOMOR 5")).status, 202);
  EXPECT_EQ(archived(6).size(), 6u) << "what was delivered is not delivered again";
  auto again = simpul({"backup", path("copy")});
  EXPECT_EQ(again.code, 0) << again.err;
}

TEST_F(Damage, ALogFromANewerVersionIsLeftAlone) {
  start();
  ASSERT_EQ(post(event("a", nik_a, "JL SATU")).status, 202);
  stop();
  auto [segment, at] = find_in_log("JL SATU");
  ASSERT_FALSE(segment.empty());
  auto whole = read(segment);
  auto newer = whole;
  newer[8] = 9;  // the version, and the header's CRC; see bus/log/segment_format.h
  auto crc = crc32c(std::string_view(newer).substr(0, 4092));
  for (std::size_t i = 0; i < 4; ++i) newer[4092 + i] = static_cast<char>(crc >> (8 * i));
  write(segment, newer);
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"run"}, {"--offline", "status"}, {"reindex"}}) {
    auto ran = simpul(words);
    EXPECT_EQ(ran.code, 4) << words[0] << ran.all();
    EXPECT_THAT(ran.err, AllOf(HasSubstr("version 9"), HasSubstr("newer"))) << words[0];
  }
  EXPECT_EQ(read(segment), newer) << "nothing was written";
  write(segment, whole);
  start();
  EXPECT_EQ(archived(1).size(), 1u);
}

TEST_F(Damage, AFullDiskRefusesPublishersDeliversAndRecoversByItself) {
  if (::getuid() != 0) {
    RecordProperty("full_disk", "not tried: a small file system can be mounted by root only");
    std::puts("not tried: a small file system can be mounted by root only (tests/log tries it with a disk of its own)");
    return;
  }
  std::filesystem::create_directories(folder_ / "var/log");
  if (::mount("tmpfs", path("var/log").c_str(), "tmpfs", 0, "size=64m") != 0) {
    RecordProperty("full_disk", "not tried: this machine does not allow mounting");
    std::puts("not tried: this machine does not allow mounting (tests/log tries it with a disk of its own)");
    return;
  }
  struct Unmount {
    std::string where;
    ~Unmount() { ::umount2(where.c_str(), MNT_DETACH); }
  } unmount{path("var/log")};
  std::filesystem::rename(folder_ / "keluar", folder_ / "keluar-later");  // the target is away: deliveries wait
  start();
  ASSERT_EQ(post(event("before", nik_a, "JL SATU")).status, 202);
  ASSERT_TRUE(wait_until([&] { return simpul({"status", "--json"}).out.find("keluar") != std::string::npos; }));
  std::ofstream(folder_ / "var/log/ballast", std::ios::binary) << std::string(64 << 20, 'b');  // as much as fits
  HttpAnswer refused;
  int accepted = 1;
  std::string filler(90, 'x');
  for (int i = 0; i < 200'000 && refused.status != 507; ++i) {
    refused = post(event("fill-" + std::to_string(i), nik_b, filler));
    if (refused.status == 202)
      ++accepted;
    else
      break;
  }
  ASSERT_EQ(refused.status, 507) << refused.body << output();
  EXPECT_THAT(refused.body, AllOf(HasSubstr("full"), HasSubstr("detail")));
  EXPECT_THAT(simpul({"status"}).out, HasSubstr("FULL"));
  std::filesystem::rename(folder_ / "keluar-later", folder_ / "keluar");
  EXPECT_THAT(archived(1), Contains(HasSubstr("JL SATU"))) << "what was accepted is delivered all the same";
  EXPECT_EQ(post(event("still", nik_a, "JL DUA")).status, 507);
  std::filesystem::remove(folder_ / "var/log/ballast");
  EXPECT_TRUE(wait_until([&] { return post(event("after", nik_a, "JL TIGA")).status / 100 == 2; }))
      << "it recovers by itself";
  EXPECT_TRUE(wait_until([&] { return simpul({"trace", "after"}).out.find("delivered") != std::string::npos; }));
  EXPECT_THAT(simpul({"status"}).out, Not(HasSubstr("FULL")));
  EXPECT_TRUE(wait_until([&] { return !find_in_log("act.disk_full").first.empty(); }))
      << "how many were refused is a record";
  stop();
}

TEST_F(Damage, TheSameFileTwiceIsTakenOnce) {
  start();
  write("masuk/satu.csv", nik_a + ",JL SATU\n" + nik_b + ",JL DUA\n");
  EXPECT_EQ(archived(2).size(), 2u);
  write("masuk/dua.csv", nik_a + ",JL SATU\n" + nik_b + ",JL DUA\n");
  EXPECT_TRUE(wait_until([&] { return std::filesystem::exists(folder_ / "masuk/done/dua.csv"); }));
  write("masuk/tiga.csv", nik_a + ",JL TIGA\n");
  EXPECT_EQ(archived(3).size(), 3u);
  EXPECT_THAT(output(), HasSubstr("dua.csv")) << "that it was passed over is said";
}

TEST_F(Damage, AHalfWrittenFileWaitsForItsOtherHalf) {
  change("config/apps/loket.yaml", "settle_ms: 50", "complete_suffix: .ok");
  start();
  write("masuk/besar.csv", nik_a + ",JL SATU\n" + nik_b + ",JL D");
  write("masuk/lain.csv", nik_a + ",JL LAIN\n");
  write("masuk/lain.csv.ok", "");
  EXPECT_EQ(archived(1).size(), 1u) << "only the complete one";
  std::ofstream(path("masuk/besar.csv"), std::ios::app) << "UA\n";
  write("masuk/besar.csv.ok", "");
  auto all = archived(3);
  EXPECT_EQ(all.size(), 3u);
  EXPECT_THAT(all, Contains(HasSubstr("JL DUA")));
}

TEST_F(Damage, ALineWithTooManyColumnsIsNamedAndTheOthersAreTaken) {
  constexpr int lines = 70'500, wrong = 70'000;
  std::string text;
  for (int i = 1; i <= lines; ++i) text += nik_a + ",JL " + std::to_string(i) + (i == wrong ? ",x\n" : "\n");
  start();
  write("masuk/.besar", text);
  std::filesystem::rename(folder_ / "masuk/.besar", folder_ / "masuk/besar.csv");
  ASSERT_TRUE(wait_until([&] { return std::filesystem::exists(folder_ / "masuk/done/besar.csv"); }, seconds(120)))
      << simpul({"status"}).out;
  EXPECT_THAT(rejected("besar.csv"), AllOf(HasSubstr("70000"), HasSubstr("3"), HasSubstr("2"), Not(HasSubstr(nik_a))));
  auto status = asked({"status"});
  EXPECT_EQ(number_of(status.root(), {"admission", "accepted"}), std::to_string(lines - 1));
  EXPECT_EQ(number_of(status.root(), {"admission", "refused"}), "0");
}

TEST_F(Damage, FilesThatAreNoTextAreRejectedWithWords) {
  start();
  write("masuk/latin.csv", nik_a + ",JL \xe9\n" + nik_b + ",JL DUA\n");
  write("masuk/nul.csv", nik_a + std::string(",JL \0X\n", 7));
  write("masuk/kosong.csv", "");
  EXPECT_TRUE(wait_until([&] {
    return std::filesystem::exists(folder_ / "masuk/done/latin.csv") &&
           std::filesystem::exists(folder_ / "masuk/done/nul.csv") &&
           std::filesystem::exists(folder_ / "masuk/done/kosong.csv");
  }));
  EXPECT_THAT(rejected("latin.csv"), AllOf(HasSubstr("1"), HasSubstr("UTF-8")));
  EXPECT_THAT(rejected("nul.csv"), HasSubstr("NUL"));
  EXPECT_THAT(archived(1), Contains(HasSubstr("JL DUA")));
}

}  // namespace
}  // namespace simpul::program
