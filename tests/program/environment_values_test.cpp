// `${env:NAME}` in the configuration's values, as `simpul check` and the running bus meet it.
#include <gmock/gmock.h>

#include "tests/program/small_deployment.h"

namespace simpul::program {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ValuesFromEnvironment : public SmallDeployment {
 protected:
  void SetUp() override {
    SmallDeployment::SetUp();
    change("config/apps/arsip.yaml", "folder: keluar", "folder: \"kel${env:UJI_AKHIR}\"");
    change("config/apps/loket.yaml", "poll_ms: 20", "poll_ms: \"${env:UJI_POLL}\"");
  }
};

TEST_F(ValuesFromEnvironment, CheckWithoutThemSaysWhichAreNeeded) {
  const auto ran = simpul({"check"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("note: needs the environment variable UJI_AKHIR (config/apps/arsip.yaml:11:"),
                             HasSubstr("note: needs the environment variable UJI_POLL (config/apps/loket.yaml:7:")));
  const auto answer = asked({"check"});
  ASSERT_NE(answer.root().find("needs"), nullptr);
  EXPECT_EQ(answer.root().find("needs")->size(), 2u);
}

TEST_F(ValuesFromEnvironment, CheckWithThemChecksTheValues) {
  const auto ran = simpul({"check"}, {.with = {"UJI_AKHIR=uar", "UJI_POLL=1"}});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("config/apps/loket.yaml:7:"), HasSubstr("poll_ms must be from 20 to")));
  const auto text = simpul({"check"}, {.with = {"UJI_AKHIR=uar", "UJI_POLL=sering"}});
  EXPECT_EQ(text.code, 1);
  EXPECT_THAT(text.err, HasSubstr("poll_ms must be a whole number, and what ${env:UJI_POLL} stands for is none"));
  const auto good = simpul({"check"}, {.with = {"UJI_AKHIR=uar", "UJI_POLL=20"}});
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_THAT(good.out, Not(HasSubstr("note:")));
}

TEST_F(ValuesFromEnvironment, TheBusDoesNotStartWithoutThemAndSaysWhere) {
  const auto ran = simpul({"run"}, {.with = {"UJI_POLL=20"}});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("config/apps/arsip.yaml:11:"),
                             HasSubstr("folder: the environment variable UJI_AKHIR is not set")));
}

TEST_F(ValuesFromEnvironment, ARunningBusUsesThemAsTheyAre) {
  std::filesystem::create_directories(path("kel: [a, #b]"));
  start({"UJI_AKHIR=: [a, #b]", "UJI_POLL=20"});
  EXPECT_EQ(post(event("a", nik_a, "JL SATU")).status, 202);
  EXPECT_TRUE(wait_until([&] { return lines_of("kel: [a, #b]").size() == 1; }));
}

TEST_F(ValuesFromEnvironment, NamesOfRoutesAndAppsNeverComeFromThere) {
  change("routes/alamat.yaml", "app: arsip", "app: \"${env:UJI_APP}\"");
  change("config/apps/arsip.yaml", "title: Archive", "title: \"${env:UJI_JUDUL}\"");
  const auto ran = simpul({"check"}, {.with = {"UJI_APP=arsip", "UJI_JUDUL=Arsip"}});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("routes/alamat.yaml:6:"), HasSubstr("${env:UJI_APP} is not filled in here"),
                             HasSubstr("${env:UJI_JUDUL} is not filled in here")));
}

}  // namespace
}  // namespace simpul::program
