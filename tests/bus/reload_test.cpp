#include <gmock/gmock.h>

#include <future>

#include "tests/bus/probe.h"

namespace simpul {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using ReloadTest = CityTest;

TEST_F(ReloadTest, ABadConfigurationChangesNothingAndIsExplained) {
  write_route("rsud, pajakk");
  auto answer = control("siti", "reload");
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(answer.body, HasSubstr("routes/alamat.yaml"));
  EXPECT_THAT(answer.body, HasSubstr("did you mean \\\"pajak\\\""));
  publish({event("1", nik_a, "JL SATU")});
  EXPECT_EQ(hub_.taken("pajak", 1).size(), 1u);
  EXPECT_EQ(bus_->serving().number, 1u);
}

// The map is refuted with an example: what `simpul check` refuses is not served.
TEST_F(ReloadTest, WhatCheckRefusesIsNotServed) {
  write("schemas/apps/alamat.json",
        R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{
              "nik":{"type":"string","x-personal-data":"general"},
              "alamat":{"type":"string","maxLength":30,"x-personal-data":"general"}}})");
  auto answer = control("siti", "reload");
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(answer.body, HasSubstr("map.refuted"));
  EXPECT_EQ(bus_->serving().number, 1u);
  bus_.reset();
  BusOptions options;
  options.folder = folder_;
  options.adapters = probe_adapters(hub_);
  options.environment = environment_;
  auto refused = Bus::open(std::move(options));
  ASSERT_FALSE(refused);
  EXPECT_THAT(to_text(refused.error()), HasSubstr("map.refuted"));
}

// A city goes on when an agreement ended overnight; check tells it.
TEST_F(ReloadTest, AnAgreementThatHasEndedStopsNoBus) {
  write_app("pajak", "agreement: { number: PKS/1, until: 2020-01-31 }\n");
  EXPECT_EQ(control("siti", "reload").status, 200);
}

TEST_F(ReloadTest, TheSameConfigurationIsTheSameGeneration) {
  ASSERT_EQ(control("siti", "reload").status, 200);
  EXPECT_EQ(bus_->serving().number, 1u);
  restart();
  EXPECT_EQ(bus_->serving().number, 1u);
  EXPECT_EQ(bodies(RecordKind::generation).size(), 1u);
}

TEST_F(ReloadTest, ANewApplicationBeginsAtItsGeneration) {
  publish({event("1", nik_a, "JL LAMA")});
  hub_.taken("pajak", 1);
  write_app("sekolah");
  write_route("rsud, pajak, sekolah");
  ASSERT_EQ(control("siti", "reload").status, 200);
  EXPECT_EQ(bus_->serving().number, 2u);
  publish({event("2", nik_a, "JL BARU")});
  EXPECT_THAT(hub_.taken("sekolah", 1), ElementsAre(payload(nik_a, "JL BARU")));
}

TEST_F(ReloadTest, AnApplicationWithWaitingDeliveriesCannotDisappear) {
  hub_.answer("pajak",
              [](const Delivery&) { return Settlement{Settlement::park, "refused", "", std::nullopt, false}; });
  publish({event("1", nik_a, "JL SATU")});
  ASSERT_TRUE(control_says("siti", "parked.list", "{}", "refused"));
  std::filesystem::remove(folder_ / "config/apps/pajak.yaml");
  write_route("rsud");
  auto answer = control("siti", "reload");
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(answer.body, HasSubstr("deliveries wait for it"));
  EXPECT_EQ(bus_->serving().number, 1u);
}

TEST_F(ReloadTest, AWaitingDeliveryIsMappedUnderTheGenerationOfItsEvent) {
  std::atomic<bool> up = false;
  hub_.answer("pajak", [&](const Delivery&) {
    return up ? Settlement{} : Settlement{Settlement::retry, "down", "", std::nullopt, true};
  });
  publish({event("1", nik_a, "JL SATU")});
  hub_.attempts("pajak", 1);
  write("routes/alamat.yaml",
        "route: alamat\ndescription: a new address\non: warga.alamat.diubah.v1\nkey: data.nik\nto:\n"
        "  - app: rsud\n    map: { nik: data.nik, alamat: data.alamat }\n  - app: pajak\n    map: { nik: data.nik, "
        "alamat: { const: BARU } }\n");
  ASSERT_EQ(control("siti", "reload").status, 200);
  publish({event("2", nik_a, "JL DUA")});
  up = true;
  EXPECT_THAT(hub_.taken("pajak", 2), ElementsAre(payload(nik_a, "JL SATU"), payload(nik_a, "BARU")));
}

TEST_F(ReloadTest, AnApplicationThatIsReopenedOftenParksNothing) {
  hub_.keep("pajak", true);
  publish({event("1", nik_a, "JL SATU"), event("2", nik_a, "JL DUA")});
  for (int i = 1; i <= 4; ++i) {
    ASSERT_EQ(hub_.attempts("pajak", static_cast<std::size_t>(i)).size(), static_cast<std::size_t>(i));
    if (i == 4) hub_.keep("pajak", false);
    write_app("pajak", "", std::to_string(i));
    ASSERT_EQ(control("siti", "reload").status, 200);
  }
  EXPECT_THAT(hub_.taken("pajak", 2), ElementsAre(payload(nik_a, "JL SATU"), payload(nik_a, "JL DUA")));
}

TEST_F(ReloadTest, AStopParksNothing) {
  write_app("pajak", "", "one attempt");
  auto path = folder_ / "config/apps/pajak.yaml";
  std::ifstream in(path);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  text.replace(text.find("attempts: 3"), 11, "attempts: 1");
  write("config/apps/pajak.yaml", text);
  ASSERT_EQ(control("siti", "reload").status, 200);
  hub_.keep("pajak", true);
  publish({event("1", nik_a, "JL SATU")});
  hub_.attempts("pajak", 1);
  hub_.keep("pajak", false);
  restart();
  EXPECT_THAT(hub_.taken("pajak", 1), ElementsAre(payload(nik_a, "JL SATU")));
}

TEST_F(ReloadTest, AnApplicationThatGoesAndComesBackIsGivenNothingTwice) {
  publish({event("1", nik_a, "JL SATU")});
  hub_.taken("pajak", 1);
  std::filesystem::remove(folder_ / "config/apps/pajak.yaml");
  write_route("rsud");
  ASSERT_TRUE(control_says("siti", "reload", "{}", "serves"));
  publish({event("2", nik_a, "JL DUA")});
  hub_.taken("rsud", 2);
  write_app("pajak");
  write_route("rsud, pajak");
  ASSERT_EQ(control("siti", "reload").status, 200);
  publish({event("3", nik_a, "JL TIGA")});
  EXPECT_THAT(hub_.taken("pajak", 2), ElementsAre(payload(nik_a, "JL SATU"), payload(nik_a, "JL TIGA")));
}

TEST_F(ReloadTest, WhatWaitsForAnApplicationThatNeverAnsweredIsThereAfterANewGenerationAndARestart) {
  std::atomic<bool> up = false;
  hub_.answer("pajak", [&](const Delivery&) {
    return up ? Settlement{} : Settlement{Settlement::retry, "down", "", std::nullopt, true};
  });
  publish({event("1", nik_a, "JL SATU")});
  hub_.attempts("pajak", 1);
  write("config/people/budi.yaml", "person: budi\ntitle: Budi\nroles: [auditor]\ncleared: none\n");
  ASSERT_EQ(control("siti", "reload").status, 200);
  ASSERT_EQ(bus_->serving().number, 2u);
  restart();
  up = true;
  EXPECT_THAT(hub_.taken("pajak", 1), ElementsAre(payload(nik_a, "JL SATU")));
}

TEST_F(ReloadTest, ATargetTakenAwayWhileTheBusIsDownIsRefusedAtStartWhenSomethingWaitsForIt) {
  hub_.answer("pajak", [](const Delivery&) {
    return Settlement{Settlement::retry, "connection refused", "", std::nullopt, true};
  });
  publish({event("1", nik_a, "JL SATU")});
  EXPECT_EQ(hub_.attempts("pajak", 1).empty(), false);
  bus_->stop(std::chrono::milliseconds(100));
  bus_.reset();
  write_route("rsud");
  std::filesystem::remove(folder_ / "config/apps/pajak.yaml");
  BusOptions options;
  options.folder = folder_;
  options.adapters = probe_adapters(hub_);
  options.environment = environment_;
  auto refused = Bus::open(options);
  ASSERT_FALSE(refused);
  EXPECT_NE(to_text(refused.error()).find("pajak is no longer a target, but deliveries wait for it"),
            std::string::npos);
  hub_.answer("pajak", [](const Delivery&) { return Settlement{}; });
  write_app("pajak");
  open();
  EXPECT_EQ(hub_.taken("pajak", 1).size(), 1u);
  ASSERT_TRUE(control_says("rahmat", "trace", R"({"id":"1"})", R"("target":"pajak","part":0,"state":"delivered")"));
  bus_->stop(std::chrono::milliseconds(100));
  bus_.reset();
  std::filesystem::remove(folder_ / "config/apps/pajak.yaml");
  open();  // nothing waits for it any more
}

}  // namespace
}  // namespace simpul
