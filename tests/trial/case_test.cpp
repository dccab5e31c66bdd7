// What cases give, and what comes of them: deliveries, retries, refusals, time, keys, lookups.
#include <gmock/gmock.h>

#include "tests/trial/trial_city.h"

namespace simpul::trial {
namespace {

using testing::HasSubstr;

TEST(Case, PassesWhenWhatIsExpectedHappensAndNothingElse) {
  EXPECT_EQ(verdict(run_cases("  - name: a\n    given: [{ like: a }]\n    expect:\n      deliveries:\n"
                              "        - { to: arsip, into: alamat, payload: { nik: \"3671015207909001\", alamat: JL "
                              "A, jenis: pindah } }\n")),
            "passed");
}

TEST(Case, SaysMemberByMemberWhatIsOtherwise) {
  auto text = verdict(run_cases(
      "  - name: a\n    given: [{ like: a }]\n    expect:\n      deliveries:\n"
      "        - { to: arsip, payload: { nik: \"3671015207909001\", alamat: JL B, lain: 1, jenis: pindah } }\n"));
  EXPECT_THAT(text, HasSubstr("routes/t.test.yaml:10:11: a delivery for arsip is not as expected\n"));
  EXPECT_THAT(text, HasSubstr("/alamat  \"JL B\"    \"JL A\"\n"));
  EXPECT_THAT(text, HasSubstr("/lain    1         (nothing)\n"));
  EXPECT_THAT(text, HasSubstr("mend the route alamat, or what is expected here"));
}

TEST(Case, FailsOnWhatIsNotExpected) {
  auto text = verdict(run_cases("  - name: a\n    given: [{ like: a }]\n    expect: {}\n"));
  EXPECT_THAT(text, HasSubstr("arsip/alamat got what is not expected: {\"nik\":\"3671015207909001\""));
  EXPECT_EQ(verdict(run_cases("  - name: a\n    strict: false\n    given: [{ like: a }]\n    expect: {}\n")), "passed");
  EXPECT_EQ(verdict(run_cases("  - name: a\n    only: []\n    given: [{ like: a }]\n    expect: {}\n")), "passed");
}

TEST(Case, SaysWhatBecameOfAnExpectedDeliveryInstead) {
  auto parked = verdict(run_cases("  - name: a\n    given: [{ like: a, set: { data.alamat: \"" + std::string(41, 'X') +
                                  "\" } }]\n    expect: { deliveries: [{ to: arsip }] }\n"));
  EXPECT_THAT(parked, HasSubstr("a delivery for arsip was not delivered: it was parked after 0s with the reason: "));
  EXPECT_THAT(parked, HasSubstr("the payload does not fit what arsip accepts"));
  auto refused =
      verdict(run_cases("  - name: a\n    given: [{ like: a, set: { data.nik: x } }]\n"
                        "    expect: { deliveries: [{ to: arsip }] }\n"));
  EXPECT_THAT(refused, HasSubstr("was not delivered: event-1 was refused: /data/nik: "));
  EXPECT_EQ(std::ranges::count(refused, '\n'), 2) << "one mistake is one failure: " << refused;
  auto never =
      verdict(run_cases("  - name: a\n    given: [{ like: a, set: { data.alamat: JL RAHASIA } }]\n"
                        "    expect: { deliveries: [{ to: arsip }] }\n"));
  EXPECT_THAT(never, HasSubstr("a delivery for arsip was not delivered\n"));
  EXPECT_THAT(never, HasSubstr("look at the conditions of the route"));
}

TEST(Case, RetriesAsThePolicySaysAndThenParks) {
  EXPECT_EQ(verdict(run_cases("  - name: a\n    apps: [{ app: arsip, fails: 2 }]\n    given: [{ like: a }]\n"
                              "    expect: { deliveries: [{ to: arsip, attempts: 3, tried_at: [0s, 800ms..1200ms, "
                              "2400ms..3600ms] }] }\n")),
            "passed");
  EXPECT_EQ(verdict(run_cases("  - name: a\n    apps: [{ app: arsip, fails: 9, reason: penuh }]\n    given: [{ like: "
                              "a }]\n    expect: { parked: [{ to: arsip, attempts: 3, reason: penuh }] }\n")),
            "passed");
  EXPECT_EQ(verdict(run_cases("  - name: a\n    apps: [{ app: arsip, fails: 1, retry_after: 10m }]\n"
                              "    given: [{ like: a }]\n    expect: { deliveries: [{ to: arsip, at: 10m }] }\n")),
            "passed");
}

TEST(Case, AttemptsThatAreOtherwiseAreSaidWithTheirTimes) {
  auto text =
      verdict(run_cases("  - name: a\n    apps: [{ app: arsip, slow: 30s }]\n    given: [{ like: a }]\n"
                        "    expect: { deliveries: [{ to: arsip, attempts: 2, at: 10s }] }\n"));
  EXPECT_THAT(text, HasSubstr("attempts  2         1\n"));
  EXPECT_THAT(text, HasSubstr("at        10s       30s\n"));
}

TEST(Case, KeepsTheOrderOfAKeyAndHoldsNothingElse) {
  const std::string given =
      "  - name: a\n    apps: [{ app: arsip, only: { alamat: JL A }, fails: 1 }]\n    given:\n"
      "      - { like: a, id: E-1 }\n      - { like: a, id: E-2, set: { data.alamat: JL B } }\n"
      "      - { like: a, id: E-3, set: { data.nik: \"3671015207909002\", data.alamat: JL C } }\n"
      "    expect:\n      deliveries:\n";
  EXPECT_EQ(verdict(run_cases(given + "        - { to: arsip, event: E-1 }\n        - { to: arsip, event: E-2 }\n"
                                      "        - { to: arsip, event: E-3, at: 0s }\n")),
            "passed");
  auto wrong = verdict(run_cases(given + "        - { to: arsip, event: E-3 }\n        - { to: arsip, event: E-2 }\n"
                                         "        - { to: arsip, event: E-1 }\n"));
  EXPECT_THAT(wrong, HasSubstr("before the delivery of E-2 that is expected before it"));
}

TEST(Case, AnAppThatNeverComesBackEndsAndSaysSo) {
  EXPECT_EQ(verdict(run_cases("  - name: a\n    apps: [{ app: arsip, dead: always }]\n    given: [{ like: a }]\n"
                              "    expect: { waiting: [{ to: arsip }] }\n")),
            "passed");
  auto text =
      verdict(run_cases("  - name: a\n    apps: [{ app: arsip, fails: 1, retry_after: 1h }]\n"
                        "    until: 30m\n    given: [{ like: a }]\n    expect: {}\n"));
  EXPECT_THAT(text, HasSubstr("still waits when the test ends after 30m"));
  // One that is dead for one place alone is probed until the end.
  EXPECT_EQ(verdict(run_cases("  - name: a\n    apps: [{ app: arsip, into: alamat, dead: always }]\n"
                              "    until: 1h\n    given: [{ like: a }]\n    expect: { waiting: [{ to: arsip }] }\n")),
            "passed");
}

TEST(Case, TakesTheSameIdOnce) {
  EXPECT_EQ(
      verdict(run_cases("  - name: a\n    given: [{ like: a, id: E }, { like: a, id: E }, "
                        "{ like: a, id: E, set: { data.nomor: 1 } }]\n    expect:\n      deliveries: [{ to: arsip "
                        "}]\n      duplicates: [E]\n      refused: [{ event: E, code: id_conflict }]\n")),
      "passed");
  auto text =
      verdict(run_cases("  - name: a\n    only: []\n    given: [{ like: a, id: E }, { like: a, id: E }]\n"
                        "    expect: {}\n"));
  EXPECT_THAT(text, HasSubstr("E was taken for a duplicate"));
}

TEST(Case, MakesEventsOfRecords) {
  EXPECT_EQ(verdict(run_cases("  - name: a\n    given: [{ like: baris }, { like: baris, change: update }]\n"
                              "    expect:\n      events: [{ type: warga.alamat.diubah.v1, from: loket, subject: "
                              "\"3671015207909001\", data: { nik: \"3671015207909001\", alamat: JL A } }]\n"
                              "      deliveries: [{ to: arsip }]\n")),
            "passed");
}

TEST(Case, DelaysAndAsksAsTheRouteSays) {
  const std::string given = "    only: [daftar]\n    given: [{ like: a, set: { data.alamat: JL TUNDA } }]\n";
  EXPECT_EQ(verdict(run_cases("  - name: a\n" + given +
                              "    lookups: [{ lookup: warga, with: { nik: \"3671015207909001\" }, found: { nama: ANI, "
                              "lain: x } }]\n    expect: { deliveries: [{ to: daftar, at: 2h, payload: { nik: "
                              "\"3671015207909001\", nama: ANI } }], asked: [{ lookup: warga, with: { nik: "
                              "\"3671015207909001\" } }] }\n")),
            "passed");
  EXPECT_EQ(verdict(run_cases("  - name: a\n" + given +
                              "    lookups: [{ lookup: warga, missing: true }]\n"
                              "    expect: { parked: [{ to: daftar, reason: warga, attempts: 0 }] }\n")),
            "passed");
  auto unanswered = verdict(run_cases("  - name: a\n" + given + "    expect: { deliveries: [{ to: daftar }] }\n"));
  EXPECT_THAT(unanswered, HasSubstr("the lookup warga was asked with {\"nik\":\"3671015207909001\"}, and the test has "
                                    "no answer\n"));
}

TEST(Case, TenThousandEventsStayBounded) {
  EXPECT_EQ(verdict(run_cases("  - name: one key\n    given: [{ like: a, times: 10000 }]\n"
                              "    expect: { deliveries: [{ to: arsip, times: 10000 }] }\n"
                              "  - name: many keys behind a dead app\n    apps: [{ app: arsip, dead: 1h }]\n"
                              "    given: [{ like: a, times: 999, set: { data.nik: \"367101520790{n}1\" } },\n"
                              "            { like: a, times: 9000, after: 1m }]\n"
                              "    only: []\n    strict: false\n    expect: {}\n")),
            "passed");
}

TEST(Case, GivesTheSameResultAloneAndAmongOthers) {
  const std::string cases =
      "  - name: satu\n    apps: [{ app: arsip, fails: 2 }]\n    given: [{ like: a }]\n    snapshot: true\n"
      "  - name: dua\n    apps: [{ app: arsip, fails: 1 }]\n    given: [{ like: a }]\n    snapshot: true\n";
  const Texts texts{{"routes/t.test.yaml",
                     "test: t\nevents: { a: { from: loket, type: warga.alamat.diubah.v1, id: E, data: { nik: "
                     "\"3671015207909001\", alamat: JL A } } }\ncases:\n" +
                         cases}};
  Texts all, alone;
  run_texts(texts, {"", true, nullptr}, &all);
  run_texts(texts, {"dua", true, nullptr}, &alone);
  const auto& together = all.at("routes/t.test.snapshot.yaml");
  const auto& own = alone.at("routes/t.test.snapshot.yaml");
  EXPECT_THAT(together, HasSubstr(own.substr(own.find("\ndua:"))));
}

}  // namespace
}  // namespace simpul::trial
