#include <gmock/gmock.h>

#include <future>

#include "tests/bus/probe.h"

namespace simpul {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using DeliveryTest = CityTest;

TEST_F(DeliveryTest, EnteredOnceReachesEveryApplicationOfItsRoute) {
  auto verdicts = publish({event("1", nik_a, "JL SATU")});
  ASSERT_EQ(verdicts[0].kind, Verdict::accepted);
  EXPECT_THAT(hub_.taken("rsud", 1), ElementsAre(payload(nik_a, "JL SATU")));
  EXPECT_THAT(hub_.taken("pajak", 1), ElementsAre(payload(nik_a, "JL SATU")));
  EXPECT_TRUE(control_says("rahmat", "trace", R"({"id":"1"})", R"("target":"pajak","part":0,"state":"delivered")"));
}

TEST_F(DeliveryTest, AFailingKeyWaitsAndHoldsNobodyElse) {
  std::atomic<bool> mended = false;
  hub_.answer("pajak", [&](const Delivery& delivery) {
    Settlement settlement;
    if (!mended && delivery.payload.find(nik_a) != std::string::npos)
      settlement = {Settlement::park, "no such taxpayer", "", std::nullopt, false};
    return settlement;
  });
  publish({event("1", nik_a, "JL SATU"), event("2", nik_a, "JL DUA"), event("3", nik_b, "JL TIGA")});
  EXPECT_THAT(hub_.taken("pajak", 1), ElementsAre(payload(nik_b, "JL TIGA")));
  EXPECT_EQ(hub_.taken("rsud", 3).size(), 3u);
  ASSERT_TRUE(control_says("siti", "parked.list", "{}", "no such taxpayer"));
  EXPECT_THAT(hub_.attempts("pajak", 2), testing::Not(testing::Contains(payload(nik_a, "JL DUA"))));
  mended = true;
  ASSERT_EQ(control("siti", "parked.retry", R"({"target":"pajak","all":true})").status, 200);
  EXPECT_THAT(hub_.taken("pajak", 3),
              ElementsAre(payload(nik_b, "JL TIGA"), payload(nik_a, "JL SATU"), payload(nik_a, "JL DUA")));
}

TEST_F(DeliveryTest, GivingUpNeedsAReasonAndLetsItsKeyGoOn) {
  hub_.answer("pajak", [&](const Delivery& delivery) {
    Settlement settlement;
    if (delivery.payload.find("JL SATU") != std::string::npos)
      settlement = {Settlement::park, "refused", "", std::nullopt, false};
    return settlement;
  });
  auto verdicts = publish({event("1", nik_a, "JL SATU"), event("2", nik_a, "JL DUA")});
  ASSERT_TRUE(control_says("siti", "parked.list", "{}", "refused"));
  auto where = R"("target":"pajak","position":)" + std::to_string(verdicts[0].position);
  EXPECT_EQ(control("siti", "parked.discard", "{" + where + "}").status, 400);
  EXPECT_EQ(control("rahmat", "parked.discard", "{" + where + R"(,"reason":"x"})").status, 403);
  ASSERT_EQ(control("siti", "parked.discard", "{" + where + R"(,"reason":"not our taxpayer"})").status, 200);
  EXPECT_THAT(hub_.taken("pajak", 1), ElementsAre(payload(nik_a, "JL DUA")));
  EXPECT_TRUE(control_says("rahmat", "trace", R"({"id":"1"})", "not our taxpayer"));
  EXPECT_EQ(control("siti", "parked.discard", "{" + where + R"(,"reason":"again"})").status, 404);
}

TEST_F(DeliveryTest, ADeadApplicationIsFoundAgainAfterARestart) {
  hub_.answer("pajak", [](const Delivery&) {
    return Settlement{Settlement::retry, "connection refused", "", std::nullopt, true};
  });
  std::vector<std::string> events, expected;
  for (int i = 0; i < 300; ++i) {
    events.push_back(event(std::to_string(i), nik_a, "JL " + std::to_string(i)));
    expected.push_back(payload(nik_a, "JL " + std::to_string(i)));
  }
  publish(events);
  EXPECT_EQ(hub_.taken("rsud", 300).size(), 300u);
  EXPECT_TRUE(control_says("siti", "status", "{}", "unreachable"));
  restart();
  hub_.answer("pajak", [](const Delivery&) { return Settlement{}; });
  EXPECT_EQ(hub_.taken("pajak", 300), expected);
  EXPECT_EQ(hub_.taken("rsud", 300).size(), 300u) << "what was delivered before the restart is not delivered again";
}

TEST_F(DeliveryTest, WhatWasDeliveredPastAFailingKeyIsNotDeliveredAgainAfterARestart) {
  hub_.answer("pajak", [](const Delivery& delivery) {
    return delivery.payload.find(nik_a) == std::string::npos
               ? Settlement{}
               : Settlement{Settlement::retry, "busy", "", std::chrono::milliseconds(60'000), false};
  });
  publish({event("1", nik_a, "JL SATU"), event("2", nik_b, "JL DUA")});
  hub_.taken("pajak", 1);
  ASSERT_TRUE(control_says("rahmat", "trace", R"({"id":"2"})", R"("target":"pajak","part":0,"state":"delivered")"));
  restart();
  hub_.answer("pajak", [](const Delivery&) { return Settlement{}; });
  EXPECT_THAT(hub_.taken("pajak", 2), ElementsAre(payload(nik_b, "JL DUA"), payload(nik_a, "JL SATU")));
  publish({event("3", nik_b, "JL TIGA")});
  EXPECT_EQ(hub_.taken("pajak", 3).size(), 3u);
}

TEST_F(DeliveryTest, EveryAttemptOfOneDeliveryHasTheSameIdempotencyKey) {
  std::atomic<int> tries = 0;
  hub_.answer("pajak", [&](const Delivery&) {
    return ++tries < 3 ? Settlement{Settlement::retry, "busy", "", std::nullopt, false} : Settlement{};
  });
  publish({event("1", nik_a, "JL SATU"), event("2", nik_b, "JL DUA")});
  hub_.taken("pajak", 2);
  auto keys = hub_.idempotency_keys("pajak");
  EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), 2u);
  EXPECT_GT(keys.size(), 2u);
}

TEST_F(DeliveryTest, WhatCannotBeMappedIsParkedWithWords) {
  write(
      "schemas/apps/alamat.json",
      R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["nik","alamat"],"additionalProperties":false,
              "properties":{"nik":{"type":"string","x-personal-data":"general"},"alamat":{"type":"string","maxLength":5,"x-personal-data":"general"}}})");
  // check can neither prove nor refute what is joined.
  write("routes/alamat.yaml",
        "route: alamat\ndescription: a new address\non: warga.alamat.diubah.v1\nkey: data.nik\nto:\n"
        "  - app: pajak\n    map: { nik: data.nik, alamat: data.alamat + '' }\n");
  ASSERT_EQ(control("siti", "reload").status, 200);
  publish({event("1", nik_a, "JL YANG PANJANG SEKALI")});
  ASSERT_TRUE(control_says("siti", "parked.list", "{}", "alamat"));
  EXPECT_THAT(control("siti", "parked.list").body, testing::Not(HasSubstr("PANJANG")))
      << "words must not show the value";
}

}  // namespace
}  // namespace simpul
