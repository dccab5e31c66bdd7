// Delays, enrichment, claims and wire taps in the running bus: what routes may ask of it beside handing over.
#include <gmock/gmock.h>
#include <sqlite3.h>

#include "bus/base/bytes.h"
#include "tests/bus/probe.h"

namespace simpul {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr Nanoseconds second = 1'000'000'000;
constexpr Nanoseconds day = 86'400 * second;

class PatternsTest : public CityTest {
 protected:
  // One route in place of the city's.
  void route(const std::string& to) {
    write("routes/alamat.yaml",
          "route: alamat\ndescription: a new address\non: warga.alamat.diubah.v1\nkey: data.nik\n" + to);
    auto answer = control("siti", "reload");
    ASSERT_EQ(answer.status, 200) << answer.body;
  }
  static Settlement busy(const Delivery&) {
    return {Settlement::retry, "busy", "", std::chrono::milliseconds(1), false};
  }
  std::string trace(const std::string& id) { return control("rahmat", "trace", R"({"id":")" + id + R"("})").body; }
  static Answer found(const std::string& body) { return {Answer::found, body, ""}; }
  static std::string parked_at(Position position) {
    return R"({"target":"pajak","position":)" + std::to_string(position) + "}";
  }
};

// ---- delay

constexpr const char* delayed =
    "to:\n  - app: rsud\n    map: { nik: data.nik, alamat: data.alamat }\n"
    "  - app: pajak\n    delay: 2h\n    map: { nik: data.nik, alamat: data.alamat }\n";

TEST_F(PatternsTest, ADelayedDeliveryWaitsOverReloadsAndRestartsAndSaysUntilWhen) {
  route(delayed);
  publish({event("1", nik_a, "JL SATU")});
  EXPECT_THAT(hub_.taken("rsud", 1), SizeIs(1));
  EXPECT_TRUE(control_says("rahmat", "trace", R"({"id":"1"})", "waits until 20"));
  EXPECT_TRUE(control_says("siti", "status", "{}", R"("delayed":1,"next_due":"20)"));
  write_app("pajak", "", "another adapter");
  ASSERT_EQ(control("siti", "reload").status, 200);
  EXPECT_THAT(trace("1"), HasSubstr("waits until 20"));
  clock_.ahead = 119 * 60 * second;
  restart();
  EXPECT_TRUE(control_says("siti", "status", "{}", R"("delayed":1,"next_due":"20)"));
  EXPECT_THAT(trace("1"), HasSubstr("waits until 20"));
  clock_.ahead = 121 * 60 * second;
  EXPECT_THAT(hub_.taken("pajak", 1), ElementsAre(payload(nik_a, "JL SATU")));
  EXPECT_TRUE(control_says("siti", "status", "{}", R"("delayed":0,"next_due":"")"));
}

TEST_F(PatternsTest, ATargetWithMoreDelayedThanItsWindowTakesOthersAndFindsThemAllAfterARestart) {
  write("routes/segera.yaml",
        "route: segera\ndescription: at once\non: warga.alamat.diubah.v1\nwhen: data.alamat == \"GANG\"\n"
        "to:\n  - app: pajak\n    map: { nik: data.nik, alamat: data.alamat }\n");
  route(
      "when: data.alamat != \"GANG\"\nto:\n  - app: pajak\n    key: data.alamat\n    delay: 1d\n"
      "    map: { nik: data.nik, alamat: data.alamat }\n");
  if (HasFatalFailure()) return;
  std::vector<std::string> events;
  for (int i = 0; i < 3'000; ++i) events.push_back(event(std::to_string(i), nik_a, "JL " + std::to_string(i)));
  ASSERT_THAT(publish(events), Each(testing::Field(&Verdict::kind, Verdict::accepted)));
  publish({event("now", nik_b, "GANG")});
  EXPECT_THAT(hub_.taken("pajak", 1), ElementsAre(payload(nik_b, "GANG")));
  restart();
  EXPECT_THAT(hub_.taken("pajak", 1), SizeIs(1));
  clock_.ahead = day + 60 * second;
  EXPECT_THAT(hub_.taken("pajak", 3'001), SizeIs(3'001));
}

TEST_F(PatternsTest, AViewFromBeforeDeliveriesHadATimeIsTakenOver) {
  route(delayed);
  bus_->stop(std::chrono::milliseconds(100));
  bus_.reset();
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open((folder_ / "var/log/view/main.db").c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "ALTER TABLE waiting DROP COLUMN due", nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(database);
  sqlite3_close(database);
  open();
  hub_.answer("rsud", [](const Delivery&) { return Settlement{Settlement::park, "no", "", std::nullopt, false}; });
  publish({event("1", nik_a, "JL SATU")});
  EXPECT_TRUE(control_says("siti", "parked.list", "{}", R"("reason":"no")"));
}

// ---- enrichment

constexpr const char* enriched =
    "enrich:\n  warga: { lookup: warga, with: { nik: data.nik } }\n"
    "to:\n  - app: pajak\n    map: { nik: data.nik, alamat: 'string(warga.?alamat.orValue(\"-\"))' }\n";

TEST_F(PatternsTest, AnAnswerIsRecordedBeforeItIsUsedAndOnlyItsAllowedFields) {
  hub_.reply = found(R"({"nik":"x","alamat":"JL LAMA","gaji":5})");
  route(enriched);
  publish({event("1", nik_a, "JL SATU")});
  EXPECT_THAT(hub_.taken("pajak", 1), ElementsAre(payload(nik_a, "JL LAMA")));
  auto records = bodies(RecordKind::lookup);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_THAT(records[0], HasSubstr(R"("answer":{"nik":"x","alamat":"JL LAMA"})"));
  EXPECT_THAT(records[0], HasSubstr(R"("for":{"position":)"));
  EXPECT_THAT(records[0], Not(HasSubstr(nik_a))) << "the parameters stand as a keyed hash";
  EXPECT_THAT(records[0], Not(HasSubstr("gaji")));
  EXPECT_TRUE(control_says("rahmat", "trace", R"({"id":"1"})",
                           R"("lookups":[{"name":"warga","lookup":"warga","answerer":"siak","outcome":"answered")"));
  EXPECT_THAT(trace("1"), Not(HasSubstr("JL LAMA")));
}

TEST_F(PatternsTest, EveryLaterAttemptMapsTheRecordedAnswerAlsoAfterARestart) {
  hub_.reply = found(R"({"alamat":"JL LAMA"})");
  route(enriched);
  hub_.answer("pajak", busy);
  auto verdicts = publish({event("1", nik_a, "JL SATU")});
  ASSERT_TRUE(control_says("siti", "parked.list", "{}", "gave up after 3 attempts"));
  hub_.reply = found(R"({"alamat":"JL BARU"})");
  bus_->stop(std::chrono::milliseconds(100));
  bus_.reset();
  std::filesystem::remove_all(folder_ / "var/log/view");  // found again from the log too
  open();
  hub_.answer("pajak", [](const Delivery&) { return Settlement{}; });
  ASSERT_EQ(control("siti", "parked.retry", parked_at(verdicts[0].position)).status, 200);
  EXPECT_THAT(hub_.taken("pajak", 1), ElementsAre(payload(nik_a, "JL LAMA")));
  EXPECT_THAT(hub_.attempts("pajak", 4), Each(payload(nik_a, "JL LAMA")));
  EXPECT_EQ(hub_.asked(1), 1u);
}

TEST_F(PatternsTest, AnAnswererThatDoesNotAnswerIsAskedAgainAndThenItIsParkedWithWords) {
  hub_.reply = {Answer::failed, "", "the table is locked"};
  route(enriched);
  publish({event("1", nik_a, "JL SATU")});
  ASSERT_TRUE(control_says("siti", "parked.list", "{}",
                           "gave up after 3 attempts: warga of this route is not known: siak could not answer: the "
                           "table is locked"));
  EXPECT_EQ(hub_.asked(3), 3u);
  EXPECT_THAT(bodies(RecordKind::lookup), SizeIs(3));
  EXPECT_THAT(hub_.attempts("pajak", 0), IsEmpty());
  hub_.reply = found(R"({"alamat":"JL LAMA"})");
  ASSERT_EQ(control("siti", "parked.retry", R"({"target":"pajak","all":true})").status, 200);
  EXPECT_THAT(hub_.taken("pajak", 1), ElementsAre(payload(nik_a, "JL LAMA")));
}

TEST_F(PatternsTest, NobodyFoundParksAtOnceUnlessTheRouteSaysThatItIsAnAnswer) {
  hub_.reply = {Answer::not_found, "", ""};
  route(enriched);
  publish({event("1", nik_a, "JL SATU")});
  ASSERT_TRUE(control_says("siti", "parked.list", "{}", "siak found nobody"));
  EXPECT_EQ(hub_.asked(1), 1u);
  route(
      "enrich:\n  warga: { lookup: warga, with: { nik: data.nik }, otherwise: none }\n"
      "to:\n  - app: pajak\n    map: { nik: data.nik, alamat: 'has(warga) ? \"ada\" : \"tak ada\"' }\n");
  publish({event("2", nik_b, "JL DUA")});
  EXPECT_THAT(hub_.taken("pajak", 1), ElementsAre(payload(nik_b, "tak ada")));
  EXPECT_THAT(bodies(RecordKind::lookup), Contains(HasSubstr(R"("answer":null)")));
}

TEST_F(PatternsTest, OtherKeysFlowWhileALookupIsNotAnswered) {
  std::mutex mutex;
  std::vector<ProbeHub::Reply> open;
  hub_.answer_lookups([&](const Question& question, ProbeHub::Reply done) {
    if (question.parameters.find(nik_a) == std::string::npos) return done(found(R"({"alamat":"JL LAMA"})"));
    std::lock_guard lock(mutex);
    open.push_back(std::move(done));
  });
  route(enriched);
  publish({event("1", nik_a, "JL SATU"), event("2", nik_a, "JL DUA"), event("3", nik_b, "JL TIGA")});
  EXPECT_THAT(hub_.taken("pajak", 1), ElementsAre(payload(nik_b, "JL LAMA")));
  EXPECT_EQ(hub_.asked(2), 2u) << "the second of the same key waits behind the first";
  {
    std::lock_guard lock(mutex);
    ASSERT_EQ(open.size(), 1u);
    open[0](found(R"({"alamat":"JL BARU"})"));
    hub_.answer_lookups([](const Question&, ProbeHub::Reply done) { done(found(R"({"alamat":"JL KEMUDIAN"})")); });
  }
  EXPECT_THAT(hub_.taken("pajak", 3),
              ElementsAre(payload(nik_b, "JL LAMA"), payload(nik_a, "JL BARU"), payload(nik_a, "JL KEMUDIAN")));
}

TEST_F(PatternsTest, AnEnrichedDeliveryIsHandedOverAfterItsTargetWasReopened) {
  ProbeHub::Reply open;
  hub_.answer_lookups([&](const Question&, ProbeHub::Reply done) { open = std::move(done); });
  route(enriched);
  publish({event("1", nik_a, "JL SATU")});
  ASSERT_EQ(hub_.asked(1), 1u);
  write_app("pajak", "", "another adapter");
  ASSERT_EQ(control("siti", "reload").status, 200);
  open(found(R"({"alamat":"JL LAMA"})"));
  EXPECT_THAT(hub_.taken("pajak", 1), ElementsAre(payload(nik_a, "JL LAMA")));
}

// ---- claims

class ClaimsTest : public PatternsTest {
 protected:
  void give() {
    write(
        "schemas/apps/alamat.json",
        R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["nik","alamat"],"additionalProperties":false,
           "properties":{"nik":{"type":"string","x-personal-data":"general"},"alamat":{"type":"object","x-personal-data":"general","required":["sha256","bytes"],
           "properties":{"sha256":{"type":"string"},"bytes":{"type":"integer"}}}}})");
    route("to:\n  - app: pajak\n    map: { nik: data.nik, alamat: { claim_check: data.alamat } }\n");
  }
  static std::string hash(const std::string& text) { return to_hex(sha256(text)); }
  static std::string with_claim(const std::string& nik, const std::string& text) {
    return R"({"nik":")" + nik + R"(","alamat":{"sha256":")" + hash(text) + R"(","bytes":)" +
           std::to_string(text.size()) + "}}";
  }
};

TEST_F(ClaimsTest, TheAppThatWasGivenAClaimFetchesExactlyThatTextAndNobodyElse) {
  give();
  publish({event("1", nik_a, "JL \\u00e9 \\\"SATU\\\"")});
  const std::string text = "JL é \"SATU\"";
  EXPECT_THAT(hub_.taken("pajak", 1), ElementsAre(with_claim(nik_a, text)));
  auto fetched = bus_->claim("pajak", hash(text));
  EXPECT_EQ(fetched.status, 200);
  EXPECT_EQ(fetched.body, text);
  EXPECT_EQ(bus_->claim("rsud", hash(text)).status, 404);
  EXPECT_EQ(bus_->claim("pajak", hash("other")).status, 404);
  EXPECT_EQ(bus_->claim("pajak", "../x").status, 404);
  EXPECT_EQ(bus_->claim("", hash(text)).status, 404);
  auto looks = bodies(RecordKind::access);
  ASSERT_EQ(looks.size(), 1u);
  EXPECT_THAT(looks[0], HasSubstr(R"({"app":"pajak","what":"claim")"));
  EXPECT_THAT(looks[0], HasSubstr(hash(text)));
}

TEST_F(ClaimsTest, StandsBeforeTheDeliveryIsHandedOverAndAfterARestart) {
  std::atomic<int> status = 0;
  give();
  hub_.answer("pajak", [&](const Delivery&) {
    status = bus_->view().state("claims", "pajak/" + hash("JL SATU"))->has_value() ? 200 : 404;
    return Settlement{};
  });
  publish({event("1", nik_a, "JL SATU")});
  EXPECT_THAT(hub_.taken("pajak", 1), SizeIs(1));
  EXPECT_EQ(status, 200);
  restart();
  EXPECT_EQ(bus_->claim("pajak", hash("JL SATU")).body, "JL SATU");
}

TEST_F(ClaimsTest, EndsThirtyDaysAfterItsDeliveryAndIsSwept) {
  give();
  publish({event("1", nik_a, "JL SATU")});
  EXPECT_THAT(hub_.taken("pajak", 1), SizeIs(1));
  clock_.ahead = 29 * day;
  EXPECT_EQ(bus_->claim("pajak", hash("JL SATU")).status, 200);
  clock_.ahead = 31 * day;
  auto late = bus_->claim("pajak", hash("JL SATU"));
  EXPECT_EQ(late.status, 404);
  EXPECT_THAT(late.body, HasSubstr("claim.unknown"));
  restart();  // the first sweep comes soon after a start
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (bus_->view().state("claims", "pajak/" + hash("JL SATU"))->has_value() &&
         std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_FALSE(bus_->view().state("claims", "pajak/" + hash("JL SATU"))->has_value());
}

// ---- wire tap

TEST_F(PatternsTest, ADeadWireTapCostsTheOthersNothing) {
  write_app("arsip", "");
  write("schemas/apps/alamat.json",
        R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","x-personal-data":"general"})");
  hub_.answer("arsip", [](const Delivery&) {
    return Settlement{Settlement::retry, "connection refused", "", std::nullopt, true};
  });
  route("to:\n  - app: pajak\n    map: { nik: data.nik, alamat: data.alamat }\n  - wire_tap: arsip\n");
  std::vector<std::string> events;
  for (int i = 0; i < 200; ++i) events.push_back(event(std::to_string(i), nik_a, "JL " + std::to_string(i)));
  publish(events);
  EXPECT_THAT(hub_.taken("pajak", 200), SizeIs(200));
  EXPECT_THAT(hub_.taken("arsip", 0), IsEmpty());
  hub_.answer("arsip", [](const Delivery&) { return Settlement{}; });
  EXPECT_THAT(hub_.taken("arsip", 200), Contains(HasSubstr(R"("data":{"nik":)")));
}

TEST_F(PatternsTest, WhatNoBranchTakesIsParkedAndNotPassedOn) {
  route(
      "to:\n  - choose:\n      - when: data.alamat == \"JL SATU\"\n        to:\n          - app: pajak\n"
      "            map: { nik: data.nik, alamat: data.alamat }\n");
  publish({event("1", nik_a, "JL LAIN"), event("2", nik_b, "JL SATU")});
  EXPECT_THAT(hub_.taken("pajak", 1), ElementsAre(payload(nik_b, "JL SATU")));
  EXPECT_TRUE(control_says("siti", "parked.list", "{}", "pajak"));
  EXPECT_THAT(hub_.attempts("pajak", 1), SizeIs(1));
}

}  // namespace
}  // namespace simpul
