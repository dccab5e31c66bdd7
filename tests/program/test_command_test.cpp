// `simpul test` as people and pipelines use it: what it prints, its exit codes, its files, and that it leaves nothing.
#include <gmock/gmock.h>

#include <set>

#include "tests/program/small_deployment.h"

namespace simpul::program {
namespace {

using testing::HasSubstr;
using testing::Not;

class TestCommand : public SmallDeployment {
 protected:
  void SetUp() override {
    SmallDeployment::SetUp();
    write("routes/alamat.test.yaml", passing());
  }

  static std::string passing(const std::string& address = "JL A") {
    return "test: alamat\nevents:\n  pindah: { from: loket, type: warga.alamat.diubah.v1, data: { nik: \"" + nik_a +
           "\", alamat: JL A } }\ncases:\n  - name: An address arrives\n    given: [{ like: pindah }]\n"
           "    expect: { deliveries: [{ to: arsip, has: { alamat: " +
           address + " } }] }\n";
  }

  std::set<std::string> all_files() const {
    std::set<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_))
      files.insert(entry.path().string());
    return files;
  }
};

TEST_F(TestCommand, PassesAndLeavesNothing) {
  const auto before = all_files();
  auto ran = simpul({"test"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_THAT(ran.out, HasSubstr("routes/alamat.test.yaml (1 of 1)"));
  EXPECT_THAT(ran.out, HasSubstr("1 case in 1 file: it passed"));
  EXPECT_EQ(all_files(), before);
  EXPECT_EQ(simpul({"check"}).code, 0) << "tests are no part of the configuration";
}

TEST_F(TestCommand, ShowsWhatIsOtherwiseAndFails) {
  write("routes/alamat.test.yaml", passing("JL B"));
  auto ran = simpul({"test", "alamat"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr("routes/alamat.test.yaml:7:28: a delivery for arsip is not as expected"));
  EXPECT_THAT(ran.out, HasSubstr("/alamat  \"JL B\"    \"JL A\""));
  EXPECT_THAT(ran.out, HasSubstr("1 failed"));
  auto document = asked({"test"});
  EXPECT_FALSE(document.root().find("passed")->boolean());
}

TEST_F(TestCommand, TellsWrongFilesLikeCheck) {
  change("routes/alamat.test.yaml", "given:", "givn:");
  auto ran = simpul({"test"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr("routes/alamat.test.yaml:6:5: error: \"givn\" is no field of a case, did you mean "
                                 "\"given\"?"));
  auto unknown = simpul({"test", "alamt"});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("there are no tests of alamt, did you mean \"alamat\"?"));
  write("routes/alamat.yaml", "route: alamat\n");
  auto broken = simpul({"test"});
  EXPECT_EQ(broken.code, 1);
  EXPECT_THAT(broken.err, HasSubstr("routes/alamat.yaml:1:1: error: "));
}

TEST_F(TestCommand, WritesJunitAndSnapshots) {
  auto text = passing();
  write("routes/alamat.test.yaml", text.substr(0, text.find("    expect:")) + "    snapshot: true\n");
  auto missing = simpul({"test"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.out, HasSubstr("write it with --update, and review the file"));
  EXPECT_EQ(simpul({"test", "--update"}).code, 0);
  EXPECT_THAT(read("routes/alamat.test.snapshot.yaml"), HasSubstr("alamat: \"JL A\""));
  EXPECT_EQ(simpul({"test", "--junit", path("hasil.xml")}).code, 0);
  EXPECT_THAT(read("hasil.xml"), HasSubstr("<testsuites tests=\"1\" failures=\"0\""));
  EXPECT_EQ(simpul({"check"}).code, 0);
}

TEST_F(TestCommand, CountsCoverageAgainstAThreshold) {
  change("routes/alamat.yaml", "into: alamat", "into: alamat\n    when: data.alamat != \"\"");
  auto ran = simpul({"test", "--coverage"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_THAT(ran.out, HasSubstr("routes/alamat.yaml:8: always holds: when: data.alamat != \"\""));
  EXPECT_THAT(ran.out, HasSubstr("coverage 83.3 % (5 of 6)"));
  EXPECT_EQ(simpul({"test", "--threshold", "80"}).code, 0);
  auto below = simpul({"test", "--threshold", "90"});
  EXPECT_EQ(below.code, 1);
  EXPECT_THAT(below.err, HasSubstr("coverage is 83.3 %, below the threshold of 90 %"));
  EXPECT_EQ(simpul({"test", "--threshold", "900"}).code, 2);
}

TEST_F(TestCommand, WatchesRunsAgainAndEndsBySignal) {
  Child watching({SIMPUL_PROGRAM, "-C", folder_.string(), "test", "--watch"}, path("watch.log"));
  ASSERT_TRUE(wait_until([&] { return read("watch.log").find("waiting for changes") != std::string::npos; }));
  write("routes/alamat.test.yaml", passing("JL B"));
  ASSERT_TRUE(wait_until([&] { return read("watch.log").find("1 failed") != std::string::npos; })) << read("watch.log");
  change("routes/alamat.yaml", "alamat: data.alamat.trim()", "alamat: '\"JL B\"'");
  ASSERT_TRUE(wait_until([&] {
    auto text = read("watch.log");
    return text.rfind("it passed") != std::string::npos && text.rfind("it passed") > text.rfind("1 failed");
  })) << read("watch.log");
  watching.signal(SIGINT);
  EXPECT_EQ(watching.ends_within(), 0);
}

}  // namespace
}  // namespace simpul::program
