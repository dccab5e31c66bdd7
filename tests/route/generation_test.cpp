// A good city compiles to what it declares, and is named by its files.
#include <gmock/gmock.h>

#include "bus/adapter.h"
#include "tests/route/small_city.h"

namespace simpul::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Generation, AGoodCityHasNoProblems) {
  EXPECT_EQ(problems_of(small_city()), "");
}

TEST(Generation, AppsAreWhatTheirFilesDeclare) {
  auto city = compiled(small_city());
  ASSERT_NE(city, nullptr);
  const auto& app = city->apps().at("sismiop");
  EXPECT_EQ(app.title, "SISMIOP (PBB)");
  EXPECT_EQ(app.owner, "bapenda");
  EXPECT_THAT(app.receives, ElementsAre("dukcapil.biodata.nik_diganti.v1", "dukcapil.penduduk.pindah_datang.v1"));
  EXPECT_EQ(app.cleared, PersonalData::general);
  EXPECT_EQ(app.agreement, (std::pair<std::string, std::string>("CONTOH/001", "2030-12-31")));
  EXPECT_EQ(app.target->adapter, "sql");
  EXPECT_EQ(app.target->node.find("database")->scalar, "sismiop.db");
  EXPECT_EQ(app.accepts.at("dat_subjek_pajak"), "apps/sismiop/dat_subjek_pajak");
  EXPECT_EQ(app.retry.attempts, 5u);
  EXPECT_EQ(app.retry.first.count(), 100);
  EXPECT_EQ(app.retry.limit.count(), 2000);
  EXPECT_EQ(app.concurrency, 4u);
  EXPECT_EQ(city->apps().at("khanza").retry.attempts, 8u);
  EXPECT_EQ(city->apps().at("layanan").signing_secret->scalar, "${file:secrets/layanan.hmac}");
  ASSERT_EQ(city->apps().at("siak").sources.size(), 1u);
  EXPECT_EQ(city->apps().at("siak").sources[0].name, "keluarga");
  EXPECT_EQ(city->apps().at("siak").sources[0].use.adapter, "sql");
  EXPECT_EQ(city->apps().at("siak").sources[0].rules.size(), 1u);
}

TEST(Generation, PeopleLookupsAndSettingsAreWhatTheirFilesDeclare) {
  auto city = compiled(small_city());
  ASSERT_NE(city, nullptr);
  const auto& person = city->people().at("siti");
  EXPECT_EQ(person.roles, static_cast<unsigned>(PersonRole::operator_) | static_cast<unsigned>(PersonRole::auditor));
  EXPECT_THAT(person.unix_users, ElementsAre("simpul-ops"));
  const auto& lookup = city->lookups().at("penduduk");
  EXPECT_EQ(lookup.app, "siak");
  EXPECT_THAT(lookup.parameters, ElementsAre("nik"));
  EXPECT_THAT(lookup.fields, ElementsAre("NAMA_LGKP", "NIK"));
  EXPECT_EQ(lookup.timeout.count(), 2000);
  auto good = json::parse(R"({"nik":"3671015207909001"})"), bad = json::parse(R"({"nik":"36"})"),
       none = json::parse("{}");
  EXPECT_TRUE(lookup.parameters_schema->valid(good->root()));
  EXPECT_FALSE(lookup.parameters_schema->valid(bad->root()));
  EXPECT_FALSE(lookup.parameters_schema->valid(none->root()));
  EXPECT_EQ(city->settings().city, "Kota Contoh");
  EXPECT_EQ(city->settings().segment_bytes, 64u << 20);
  EXPECT_EQ(city->settings().reserve_bytes, 64u << 20);
  EXPECT_EQ(city->settings().listen.at("api").adapter, "http");
}

TEST(Generation, RoutesAreSummedUpForPeople) {
  auto city = compiled(small_city());
  ASSERT_NE(city, nullptr);
  ASSERT_EQ(city->routes().size(), 3u);
  const auto& route = city->routes()[1];
  EXPECT_EQ(route.name, "pindah-datang");
  EXPECT_EQ(route.file, "routes/pindah-datang.yaml");
  EXPECT_THAT(route.on, ElementsAre("dukcapil.penduduk.pindah_datang.v1"));
  EXPECT_THAT(route.when, HasSubstr("36.71."));
  ASSERT_EQ(route.to.size(), 3u);
  EXPECT_EQ(route.to[0].app, "sismiop");
  EXPECT_EQ(route.to[0].when, "size(anggota) > 0");
}

TEST(Generation, AnEventTypeHasItsSchema) {
  auto city = compiled(small_city());
  ASSERT_NE(city, nullptr);
  ASSERT_NE(city->event_schema("dukcapil.biodata.nik_diganti.v1"), nullptr);
  EXPECT_EQ(city->event_schema("dukcapil.biodata.nik_diganti.v1")->name(), "events/dukcapil.biodata.nik_diganti.v1");
  EXPECT_EQ(city->event_schema("dukcapil.biodata.nik_diganti.v2"), nullptr);
}

TEST(Generation, TheHashNamesTheFilesAndNothingElse) {
  auto files = small_city();
  auto hash = compiled(files)->hash();
  EXPECT_EQ(hash.size(), 64u);
  EXPECT_EQ(compiled(files)->hash(), hash);
  files["routes/README.md"] = "What the routes do";
  files["routes/profil.test.yaml"] = "a test, not a route";
  EXPECT_EQ(compiled(files)->hash(), hash);
  EXPECT_FALSE(compiled(files)->files().contains("routes/README.md"));
  files["config/people/siti.yaml"] += "# a comment is a change\n";
  EXPECT_NE(compiled(files)->hash(), hash);
}

TEST(Generation, AnAdaptersFingerprintChangesWithItsFieldsOnly) {
  auto before = compiled(small_city());
  auto laid_out = compiled(changed(small_city(), "config/apps/sismiop.yaml", "sql: { database: sismiop.db }",
                                   "sql:\n    database: 'sismiop.db' # the same"));
  auto moved = compiled(changed(small_city(), "config/apps/sismiop.yaml", "sismiop.db", "other.db"));
  EXPECT_EQ(before->apps().at("sismiop").target->fingerprint, laid_out->apps().at("sismiop").target->fingerprint);
  EXPECT_NE(before->apps().at("sismiop").target->fingerprint, moved->apps().at("sismiop").target->fingerprint);
}

TEST(GenerationRecord, ComesBackAsItWas) {
  auto city = compiled(small_city());
  auto body = decode_generation(encode_generation(7, *city, "0.1.0"));
  ASSERT_TRUE(body) << to_text(body.error());
  EXPECT_EQ(body->number, 7u);
  EXPECT_EQ(body->engine, "0.1.0");
  EXPECT_EQ(body->hash, city->hash());
  EXPECT_EQ(body->files, city->files());
  EXPECT_EQ(compiled(body->files)->hash(), city->hash());
}

TEST(GenerationRecord, ADamagedOneIsRefused) {
  auto city = compiled(small_city());
  auto text = encode_generation(7, *city, "0.1.0");
  auto damaged = text;
  damaged.replace(damaged.find("Kota Contoh"), 4, "Desa");
  auto body = decode_generation(damaged);
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().code, "generation.unreadable");
  EXPECT_THAT(body.error().message, HasSubstr("hash"));
  for (const char* broken :
       {"", "{}", "[]", R"({"number":-1,"files":{}})", R"({"number":1})", R"({"number":1,"files":{"a":1}})"})
    EXPECT_FALSE(decode_generation(broken)) << broken;
  EXPECT_FALSE(decode_generation(text.substr(0, text.size() / 2)));
}

}  // namespace
}  // namespace simpul::tests
