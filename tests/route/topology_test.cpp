// What only the whole city tells: loops, owners, agreements, and what nobody publishes, receives or uses. Every message
// is read by the person who must act.
#include <gmock/gmock.h>

#include "tests/route/small_city.h"

namespace simpul::tests {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// What inspection says of the topology, as a person reads it.
std::string told(const ConfigurationFiles& files, const std::string& today = "2026-11-22") {
  const Inspection inspection{today};
  auto generation = compile_generation(files, city_adapters(), {}, city_kinds(), &inspection);
  auto problems = generation ? (*generation)->warnings() : generation.error();
  std::erase_if(problems, [](const Problem& problem) { return problem.code.starts_with("map."); });
  return to_text(problems);
}

ConfigurationFiles with(const std::string& file, const std::string& text, ConfigurationFiles files = small_city()) {
  files[file] = text;
  return files;
}

// An app that takes replaced numbers, and publishes what `publishes` says.
ConfigurationFiles with_archive(const std::string& publishes, const std::string& condition = {}) {
  auto files = with("config/apps/arsip.yaml",
                    "app: arsip\nowner: disdukcapil\npublishes: [" + publishes +
                        "]\nreceives: [dukcapil.biodata.nik_diganti.v1]\ncleared: general\npurpose: arsip\n"
                        "legal_basis: UU27/2022:20(2)e\ntarget:\n  sql: { database: arsip.db }\n"
                        "accepts: { default: apps/layanan/profil }\n");
  return with("routes/arsip.yaml",
              "route: arsip\non: dukcapil.biodata.nik_diganti.v1\n" + condition +
                  "to:\n  - app: arsip\n    map: { nik: data.nik_baru }\n",
              files);
}

TEST(Topology, HasNothingToSayOfTheSmallCity) {
  EXPECT_THAT(told(small_city()), IsEmpty());
}

TEST(Topology, AnAgreementThatEndedIsAnErrorAndOneThatEndsSoonAWarning) {
  EXPECT_EQ(
      told(small_city(), "2031-01-01"),
      "config/apps/sismiop.yaml:8:41: error: the agreement CONTOH/001 of sismiop ended on 2030-12-31, and personal "
      "data still goes to it (agreement.until) [topology.agreement_ended]\n"
      "    renew it and write its new end, or take receives and asks out");
  EXPECT_EQ(told(small_city(), "2030-12-30"),
            "config/apps/sismiop.yaml:8:41: warning: the agreement CONTOH/001 of sismiop ends on 2030-12-31, in 1 day "
            "(agreement.until) [topology.agreement_ends]\n"
            "    renew it in time: after that day personal data may not go there");
  EXPECT_THAT(told(small_city(), "2030-12-31"), HasSubstr("in 0 days"));
  EXPECT_THAT(told(small_city(), "2030-11-30"), IsEmpty());
  EXPECT_THAT(told(small_city(), ""), IsEmpty()) << "without a day nothing ends";
}

TEST(Topology, ALoopThatNothingStopsIsAnErrorWithItsChain) {
  EXPECT_EQ(told(with_archive("dukcapil.biodata.nik_diganti.v1")),
            "routes/arsip.yaml:4:10: error: this closes a loop that nothing stops: "
            "arsip -(dukcapil.biodata.nik_diganti.v1)-> arsip (to[0].app) [topology.loop]\n"
            "    say with `when` which events come from outside, or take one of these routes out");
}

TEST(Topology, ALoopBehindAConditionIsAWarning) {
  EXPECT_EQ(told(with_archive("dukcapil.biodata.nik_diganti.v1", "when: data.nik_lama != data.nik_baru\n")),
            "routes/arsip.yaml:5:10: warning: this closes a loop: "
            "arsip -(dukcapil.biodata.nik_diganti.v1)-> arsip (to[0].app) [topology.loop]\n"
            "    see that no app publishes again what it received, or nothing comes to rest");
}

TEST(Topology, ALoopOverSeveralAppsNamesTheRoutesOnItsWay) {
  auto files = with_archive("arsip.berkas.disimpan.v1");
  files["schemas/events/arsip.berkas.disimpan.v1.json"] = R"({"type":"object","properties":{"nik":{"type":"string"}}})";
  files = changed(files, "config/apps/siak.yaml", "cleared: specific\n",
                  "cleared: specific\nreceives: [arsip.berkas.disimpan.v1]\npurpose: arsip\nlegal_basis: UU\n"
                  "accepts: { default: apps/layanan/profil }\n");
  files["routes/balik.yaml"] =
      "route: balik\non: arsip.berkas.disimpan.v1\nto:\n  - app: siak\n    map: { nik: { const: \"1\" } }\n";
  const Inspection inspection;
  auto generation = compile_generation(files, city_adapters(), {}, city_kinds(), &inspection);
  const auto& warnings = generation ? (*generation)->warnings() : generation.error();
  auto loop = std::ranges::find(warnings, "topology.loop", &Problem::code);
  ASSERT_NE(loop, warnings.end()) << to_text(warnings);
  EXPECT_EQ(loop->message,
            "this closes a loop: arsip -(arsip.berkas.disimpan.v1)-> siak -(dukcapil.biodata.nik_diganti.v1)-> arsip");
  EXPECT_EQ(loop->place.file, "routes/arsip.yaml");
  ASSERT_EQ(loop->related.size(), 1u);
  EXPECT_EQ(loop->related[0].message, "the route balik brings arsip.berkas.disimpan.v1 to siak");
}

TEST(Topology, TwoOfficesDoNotOwnOneThing) {
  auto files =
      with("config/apps/spmb.yaml", "app: spmb\nowner: disdik\npublishes: [dukcapil.biodata.nik_diganti.v1]\n");
  EXPECT_EQ(
      told(files),
      "config/apps/spmb.yaml:3:13: error: dukcapil.biodata.nik_diganti.v1 is published by siak of disdukcapil and "
      "by spmb of disdik: two offices own one thing (publishes[0]) [topology.two_owners]\n"
      "    let one of them publish it; if both may, name them in "
      "schemas/events/dukcapil.biodata.nik_diganti.v1.json: \"x-owner\": \"disdukcapil, disdik\"");
  auto& schema = files.at("schemas/events/dukcapil.biodata.nik_diganti.v1.json");
  schema.replace(schema.find("\"type\""), 0, "\"x-owner\": \"disdukcapil, disdik\",\n  ");
  EXPECT_THAT(told(files), IsEmpty());
  files =
      with("config/apps/spmb.yaml", "app: spmb\nowner: disdukcapil\npublishes: [dukcapil.biodata.nik_diganti.v1]\n");
  EXPECT_THAT(told(files), IsEmpty()) << "two apps of one office may";
}

TEST(Topology, AnAppPublishesWhatItsOfficeOwns) {
  auto files = small_city();
  auto& schema = files.at("schemas/events/dukcapil.biodata.nik_diganti.v1.json");
  schema.replace(schema.find("\"type\""), 0, "\"x-owner\": \"bapenda\",\n  ");
  EXPECT_EQ(told(files),
            "config/apps/siak.yaml:4:49: error: dukcapil.biodata.nik_diganti.v1 belongs to bapenda, as x-owner in its "
            "schema says, and siak is an app of disdukcapil (publishes[1]) [topology.not_owner]\n"
            "    take it out of publishes, or mend x-owner in schemas/events/dukcapil.biodata.nik_diganti.v1.json");
}

TEST(Topology, ATypeThatNoRouteTakesReachesNobody) {
  auto files = small_city();
  files.erase("routes/nik-diganti.yaml");
  EXPECT_EQ(told(files),
            "config/apps/siak.yaml:4:49: warning: no route takes dukcapil.biodata.nik_diganti.v1, so it is kept in the "
            "log and reaches nobody (publishes[1]) [topology.no_receiver]\n"
            "    write a route for it: sismiop may receive it");
}

TEST(Topology, ARightThatNoRouteUsesIsTold) {
  auto files =
      changed(small_city(), "config/apps/layanan.yaml", "receives: [", "receives: [dukcapil.biodata.nik_diganti.v1, ");
  EXPECT_EQ(told(files),
            "config/apps/layanan.yaml:4:12: warning: layanan may receive dukcapil.biodata.nik_diganti.v1, and no route "
            "brings it there (receives[0]) [topology.not_brought]\n"
            "    rights that are not used are better not given: take it out of receives, or write the route");
}

TEST(Topology, ATypeThatIsReceivedAndNeverPublishedIsTold) {
  auto files = changed(small_city(), "config/apps/layanan.yaml", "receives: [", "receives: [faskes.pasien.masuk.v1, ");
  files["schemas/events/faskes.pasien.masuk.v1.json"] = "{\"type\": \"object\"}";
  EXPECT_EQ(
      told(files),
      "config/apps/layanan.yaml:4:12: warning: layanan may receive faskes.pasien.masuk.v1, which no app publishes "
      "(receives[0]) [topology.not_brought]\n"
      "    rights that are not used are better not given: take it out of receives, or write the route");
}

TEST(Topology, APlaceThatNoRouteReachesIsTold) {
  auto files = changed(small_city(), "config/apps/khanza.yaml", "  keluarga: apps/khanza/keluarga\n",
                       "  keluarga: apps/khanza/keluarga\n  arsip: apps/khanza/keluarga\n");
  EXPECT_EQ(told(files),
            "config/apps/khanza.yaml:14:3: warning: no route sends anything to arsip of khanza (accepts) "
            "[topology.unreachable]\n"
            "    write a route into it, or take it out of accepts");
}

TEST(Topology, UnusedCodeTablesAndLookupsAreTold) {
  EXPECT_EQ(
      told(with("config/codes/agama.yaml", "table: agama\nrows: { \"1\": ISLAM }\n")),
      "config/codes/agama.yaml:1:1: warning: no expression looks up the code table agama [topology.unused_table]\n"
      "    delete the file, or look it up: lookup(\"agama\", …)");
  EXPECT_EQ(told(changed(small_city(), "config/apps/khanza.yaml", "asks: [penduduk]\n", "")),
            "config/lookups/penduduk.yaml:1:9: warning: no app may ask the lookup penduduk (lookup) "
            "[topology.unused_lookup]\n"
            "    name it in asks of the app that needs it, or delete the file");
}

TEST(Topology, AnAppThatDoesNothingIsTold) {
  EXPECT_EQ(told(with("config/apps/spmb.yaml", "app: spmb\nowner: disdik\n")),
            "config/apps/spmb.yaml:1:6: warning: spmb publishes nothing, receives nothing, asks nothing and answers "
            "nothing (app) [topology.idle_app]\n"
            "    say what it publishes or receives, or delete the file");
}

// Where something could not be read, what seems to be missing may be there.
TEST(Topology, SaysNothingOfWhatIsMissingWhileSomethingElseIsWrong) {
  auto files = with("config/codes/agama.yaml", "table: agama\nrows: { \"1\": ISLAM }\n");
  files = changed(files, "routes/profil.yaml", "map:", "mapp:");
  EXPECT_THAT(told(files), testing::Not(HasSubstr("topology.")));
}

// What was accepted once stays loadable: the log's generations are not inspected again.
TEST(Topology, IsNotAskedWhereAGenerationIsReadAgain) {
  auto files =
      with("config/apps/spmb.yaml", "app: spmb\nowner: disdik\npublishes: [dukcapil.biodata.nik_diganti.v1]\n");
  EXPECT_TRUE(compile_generation(files, city_adapters(), {}, city_kinds()));
}

}  // namespace
}  // namespace simpul::tests
