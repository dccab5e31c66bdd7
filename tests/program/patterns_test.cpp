// Delays and enrichment over kill -9, and claims over HTTP: the real program, its files and its log.
#include <gmock/gmock.h>
#include <sqlite3.h>

#include <filesystem>

#include "bus/base/bytes.h"
#include "bus/base/environment.h"
#include "tests/program/small_deployment.h"

namespace simpul::program {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Patterns : public SmallDeployment {
 protected:
  void route(const std::string& more, const std::string& map) const {
    write("routes/alamat.yaml",
          "route: alamat\ndescription: a new address\non: warga.alamat.diubah.v1\nkey: data.nik\n" + more +
              "    into: alamat\n    map: { nik: data.nik, alamat: " + map + " }\n");
  }
  // Where somebody lives, as loket's table says it.
  void enter(const std::string& nik, const std::string& address) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path("warga.db").c_str(), &database), SQLITE_OK);
    auto text =
        "CREATE TABLE IF NOT EXISTS warga(nik TEXT PRIMARY KEY, alamat TEXT);"
        "INSERT OR REPLACE INTO warga VALUES('" +
        nik + "', '" + address + "')";
    EXPECT_EQ(sqlite3_exec(database, text.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  bool trace_says(const std::string& id, const std::string& words) const {
    return wait_until([&] { return simpul({"trace", id}).out.find(words) != std::string::npos; });
  }
};

TEST_F(Patterns, ADelayedDeliveryIsMadeAfterAKillAndNotBeforeItsTime) {
  route("to:\n  - app: arsip\n    delay: 4s\n", "data.alamat.truncate(40)");
  start();
  ASSERT_EQ(post(event("e1", nik_a, "JL SATU")).status, 202);
  ASSERT_EQ(post(event("e2", nik_b, "JL DUA")).status, 202);
  EXPECT_THAT(simpul({"trace", "e1"}).out, HasSubstr("waits until"));
  EXPECT_THAT(simpul({"status"}).out, HasSubstr("until"));
  bus_.kill();
  start();
  EXPECT_EQ(archived(2).size(), 2u);
  ASSERT_TRUE(trace_says("e1", "✓ delivered"));
  auto story = asked({"trace", "e1"});
  const auto& entered = story.root().find("events")->items()[0];
  auto at = parse_time(entered.find("deliveries")->items()[0].text_of("at"));
  auto logged = parse_time(entered.text_of("entered"));
  ASSERT_TRUE(at && logged);
  EXPECT_GE(*at - *logged, 4'000'000'000);
}

TEST_F(Patterns, WhatALookupAnsweredBeforeAKillIsWhatIsMappedAfterIt) {
  route("enrich:\n  warga: { lookup: warga, with: { nik: data.nik } }\nto:\n  - app: arsip\n",
        "'warga.?alamat.orValue(\"-\")'");
  enter(nik_a, "JL LAMA");
  start();
  // The application cannot take it yet: a folder stands in its file's place.
  std::filesystem::create_directories(path("keluar/alamat.jsonl"));
  ASSERT_EQ(post(event("e1", nik_a, "JL SATU")).status, 202);
  ASSERT_TRUE(trace_says("e1", "asked loket (warga) for arsip: it answered"));
  bus_.kill();
  enter(nik_a, "JL BARU");
  std::filesystem::remove_all(path("keluar/alamat.jsonl"));
  start();
  EXPECT_THAT(archived(1), ElementsAre(HasSubstr("JL LAMA")));
  EXPECT_THAT(simpul({"trace", "e1"}).out, Not(HasSubstr("JL LAMA"))) << "what was answered is not shown";
}

TEST_F(Patterns, AClaimIsFetchedOverHttpWithTheAppsOwnCredential) {
  write("schemas/apps/alamat.json",
        R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["nik","alamat"],
          "properties":{"nik":{"type":"string","x-personal-data":"general"},"alamat":{"type":"object","x-personal-data":"general"}}})");
  route("to:\n  - app: arsip\n", "{ claim_check: data.alamat }");
  start();
  ASSERT_EQ(post(event("e1", nik_a, "JL SATU")).status, 202);
  auto name = to_hex(sha256("JL SATU"));
  EXPECT_THAT(archived(1), ElementsAre(HasSubstr(name)));
  auto made = simpul({"app", "credential", "arsip"}).out;
  auto mine = "Authorization: Bearer " + made.substr(0, made.find('\n'));
  auto fetched = http("GET", "/v1/claims/" + name, "", {mine});
  EXPECT_EQ(fetched.status, 200) << fetched.body;
  EXPECT_EQ(fetched.body, "JL SATU");
  auto other = http("GET", "/v1/claims/" + name, "", {"Authorization: Bearer " + key()});
  EXPECT_EQ(other.status, 404);
  EXPECT_THAT(other.body, HasSubstr("claim.unknown"));
}

}  // namespace
}  // namespace simpul::program
