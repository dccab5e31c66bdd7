// The steps of routes: choose, recipient lists, wire taps, delays, enrichment, and what each parks.
#include <gmock/gmock.h>

#include "bus/base/environment.h"
#include "tests/route/small_city.h"

namespace simpul::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// The small city with one route in place of profil, over moves; layanan and khanza may get what it sends.
ConfigurationFiles with_route(const std::string& yaml) {
  auto files = small_city();
  files.erase("routes/pindah-datang.yaml");
  files["routes/profil.yaml"] = "route: profil\non: dukcapil.penduduk.pindah_datang.v1\n" + yaml;
  files = changed(files, "config/apps/layanan.yaml", "cleared: general", "asks: [penduduk]\ncleared: general");
  return files;
}

// "label>app#part key…", with the reason when it is parked.
std::vector<std::string> routed(const std::shared_ptr<const Generation>& city, const Event& event) {
  std::vector<std::string> out;
  if (city == nullptr) return {"not compiled"};
  for (const auto& one : city->route(event, KeyedHash("k")).routes) {
    auto text = one.route + ">" + one.target + "#" + std::to_string(one.part);
    if (one.delay_ms > 0) text += " +" + std::to_string(one.delay_ms);
    if (one.not_before) text += " @" + format_time(*one.not_before);
    out.push_back(text + (one.reason.empty() ? "" : ": " + one.reason));
  }
  return out;
}

// What every delivery of the event hands over; parked ones by their words.
std::vector<std::string> handed_over(const std::shared_ptr<const Generation>& city, const Event& event,
                                     const EnrichmentAnswers& answers = {}) {
  std::vector<std::string> out;
  if (city == nullptr) return {"not compiled"};
  for (const auto& one : city->route(event, KeyedHash("k")).routes) {
    auto made = city->target_of(one.route, one.target)->map(event, one.part, EventOf::this_generation, answers);
    out.push_back(one.target + " " + (made ? made->payload : made.error().code + ": " + made.error().message));
  }
  return out;
}

constexpr const char* by_region = R"(to:
  - choose:
      - when: data.kode_wilayah_baru == "36.71.01"
        to:
          - app: layanan
            map: { nik: data.nik, tanggal: { const: satu } }
          - app: khanza
            into: keluarga
            map: { no_kk: data.no_kk_baru }
      - when: data.kode_wilayah_baru.startsWith("36.71.")
        to:
          - app: layanan
            map: { nik: data.nik, tanggal: { const: kota } }
      - when: data.kode_wilayah_baru == "99"
        to: []
)";

TEST(Choose, TakesTheFirstBranchThatHoldsAndOnlyThat) {
  auto city = compiled(with_route(by_region));
  EXPECT_THAT(routed(city, move_event()), ElementsAre("profil>layanan#0", "profil>khanza#0"));
  EXPECT_THAT(handed_over(city, move_event()), ElementsAre(R"(layanan {"nik":"3671015207909001","tanggal":"satu"})",
                                                           R"(khanza {"no_kk":"3671010101159002"})"));
  auto elsewhere = move_event(R"({"kode_wilayah_baru":"36.71.02"})");
  EXPECT_THAT(routed(city, elsewhere), ElementsAre("profil>layanan#1000"));
  EXPECT_THAT(handed_over(city, elsewhere), ElementsAre(R"(layanan {"nik":"3671015207909001","tanggal":"kota"})"));
}

TEST(Choose, AnEmptyBranchDropsDeliberately) {
  EXPECT_THAT(routed(compiled(with_route(by_region)), move_event(R"({"kode_wilayah_baru":"99"})")), IsEmpty());
}

TEST(Choose, WhatNoBranchTakesIsParkedForTheFirstApp) {
  auto city = compiled(with_route(by_region));
  auto event = move_event(R"({"kode_wilayah_baru":"12"})");
  EXPECT_THAT(routed(city, event),
              ElementsAre("profil>layanan#0: no branch of `choose` (routes/profil.yaml:4:5) takes this event"));
  EXPECT_THAT(handed_over(city, event),
              ElementsAre("layanan map.unroutable: no branch of `choose` (routes/profil.yaml:4:5) takes this event"));
  auto unroutable = city->route(event, KeyedHash("k")).unroutable;
  ASSERT_EQ(unroutable.size(), 1u);
  EXPECT_EQ(unroutable[0].target, "layanan");
}

TEST(Choose, ALastBranchWithoutAConditionTakesAllElse) {
  auto city = compiled(with_route(std::string(by_region) + R"(      - to:
          - app: layanan
            map: { nik: data.nik, tanggal: { const: luar } }
)"));
  EXPECT_THAT(handed_over(city, move_event(R"({"kode_wilayah_baru":"12"})")),
              ElementsAre(R"(layanan {"nik":"3671015207909001","tanggal":"luar"})"));
}

TEST(Choose, AConditionThatFailsParksEveryPlaceOnce) {
  auto files = with_route(by_region);
  files = changed(files, "routes/profil.yaml", R"(when: data.kode_wilayah_baru == "36.71.01")",
                  "when: int(data.alamat) > 0");
  auto words = routed(compiled(files), move_event());
  ASSERT_EQ(words.size(), 2u);
  EXPECT_THAT(words[0],
              HasSubstr("profil>layanan#0: `when` of a branch (routes/profil.yaml:5:15) cannot be evaluated"));
  EXPECT_THAT(words[1], HasSubstr("profil>khanza#0: "));
}

TEST(Choose, AFailingLetParksEveryPlaceOnce) {
  auto city = compiled(with_route("let: { n: int(data.alamat) }\n" + std::string(by_region)));
  EXPECT_EQ(routed(city, move_event()).size(), 2u);
}

TEST(Choose, MayBeNested) {
  auto city = compiled(with_route(R"(to:
  - choose:
      - when: data.kode_wilayah_baru.startsWith("36.")
        to:
          - choose:
              - when: data.kode_wilayah_baru.startsWith("36.71.")
                to: [{ app: layanan, map: { nik: data.nik } }]
              - to: []
      - to:
          - app: khanza
            into: keluarga
            map: { no_kk: data.no_kk_baru }
)"));
  EXPECT_THAT(routed(city, move_event()), ElementsAre("profil>layanan#0"));
  EXPECT_THAT(routed(city, move_event(R"({"kode_wilayah_baru":"36.03.01"})")), IsEmpty());
  EXPECT_THAT(handed_over(city, move_event(R"({"kode_wilayah_baru":"32.01.01"})")),
              ElementsAre(R"(khanza {"no_kk":"3671010101159002"})"));
}

TEST(Choose, PartsOfItsTargetsAreTheirItems) {
  auto city = compiled(with_route(R"(to:
  - choose:
      - when: data.alamat == "TIDAK ADA"
        to:
          - app: khanza
            into: keluarga
            map: { no_kk: { const: "-" } }
      - to:
          - app: khanza
            into: keluarga
            each: data.anggota_ikut
            as: satu
            where: satu.stat_hbkel > 1
            let: { nik: satu.nik }
            key: nik
            map: { no_kk: nik }
)"));
  auto event = move_event();
  EXPECT_THAT(routed(city, event), ElementsAre("profil>khanza#1001", "profil>khanza#1002", "profil>khanza#1003"));
  EXPECT_THAT(handed_over(city, event),
              ElementsAre(R"(khanza {"no_kk":"3671015207909002"})", R"(khanza {"no_kk":"3671015207909003"})",
                          R"(khanza {"no_kk":"3671015207909004"})"));
}

// ---- recipients

constexpr const char* by_name = R"(to:
  - recipients: data.telepon_or_none
    among: [layanan, siak]
    map: { nik: data.nik }
)";

ConfigurationFiles with_recipients() {
  auto files = with_route(by_name);
  files = changed(files, "routes/profil.yaml", "data.telepon_or_none", R"(data.?telepon.orValue("").split(","))");
  files = changed(files, "config/apps/siak.yaml", "cleared: specific",
                  "receives: [dukcapil.penduduk.pindah_datang.v1]\npurpose: profil\nlegal_basis: UU27/2022:20(2)e\n"
                  "accepts: { default: apps/layanan/profil }\ncleared: specific");
  return files;
}

TEST(Recipients, AreThoseThatTheEventNamesOnceEach) {
  auto city = compiled(with_recipients());
  EXPECT_THAT(routed(city, move_event(R"({"telepon":"siak"})")), ElementsAre("profil>siak#0"));
  EXPECT_THAT(routed(city, move_event(R"({"telepon":"siak,layanan,siak"})")),
              ElementsAre("profil>layanan#0", "profil>siak#0"));
  EXPECT_THAT(handed_over(city, move_event(R"({"telepon":"siak"})")),
              ElementsAre(R"(siak {"nik":"3671015207909001"})"));
}

TEST(Recipients, ANameOutsideParksAllOfThemWithoutSayingIt) {
  auto words = routed(compiled(with_recipients()), move_event(R"({"telepon":"siak,rahasia"})"));
  ASSERT_EQ(words.size(), 2u);
  EXPECT_EQ(words[0],
            "profil>layanan#0: `recipients` (routes/profil.yaml:4:17) cannot be evaluated: name 2 of 2 is not one of "
            "`among`");
  EXPECT_THAT(words[1], Not(HasSubstr("rahasia")));
}

TEST(Recipients, NobodyNamedIsParked) {
  EXPECT_THAT(routed(compiled(with_recipients()), move_event(R"({"telepon":""})")),
              ElementsAre(HasSubstr("it is empty"), HasSubstr("it is empty")));
}

TEST(Recipients, AreNotAskedWhenTheStepIsNotForTheEvent) {
  auto files = changed(with_recipients(), "routes/profil.yaml", "among:", "when: data.alamat == \"\"\n    among:");
  EXPECT_THAT(routed(compiled(files), move_event(R"({"telepon":"rahasia"})")), IsEmpty());
}

TEST(Recipients, WhoIsNoLongerNamedIsNotMapped) {
  auto city = compiled(with_recipients());
  auto made =
      city->target_of("profil", "layanan")->map(move_event(R"({"telepon":"siak"})"), 0, EventOf::this_generation);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, "map.not_wanted");
}

TEST(Recipients, EveryAppOfAmongIsCheckedLikeATarget) {
  auto files =
      changed(with_recipients(), "routes/profil.yaml", "[layanan, siak]", "[layanan, siak, layanann, sismiop]");
  auto words = problems_of(files);
  EXPECT_THAT(words,
              HasSubstr("routes/profil.yaml:5:28: error: there is no app \"layanann\", did you mean \"layanan\"?"));
  EXPECT_THAT(words, HasSubstr("the target does not say into which place of sismiop it goes"));
}

// ---- wire tap

TEST(WireTap, CopiesTheWholeEventAndWaitsForNobody) {
  auto files = with_route("key: data.nik\nto:\n  - wire_tap: layanan\n");
  files["schemas/apps/layanan/profil.json"] =
      R"({"type": "object", "required": ["id", "data"], "additionalProperties": false,
    "properties": {"id": {"type": "string", "x-personal-data": "none"}, "source": {"type": "string"}, "type": {"type": "string"},
      "subject": {"type": "string", "x-personal-data": "general"}, "time": {"type": "string"}, "data": {"$ref": "../../events/dukcapil.penduduk.pindah_datang.v1.json"}}})";
  files = changed(files, "schemas/events/dukcapil.penduduk.pindah_datang.v1.json",
                  R"("penyakit": { "type": "string", "x-personal-data": "specific" },)", "");
  auto city = compiled(files);
  ASSERT_NE(city, nullptr);
  auto event =
      event_of("dukcapil.penduduk.pindah_datang.v1", std::string(move_event().data_text()), "e-1", R"("subject":"s",)");
  EXPECT_THAT(
      handed_over(city, event),
      ElementsAre(R"(layanan {"id":"e-1","source":"urn:kotacontoh:siak","type":"dukcapil.penduduk.pindah_datang.v1",)"
                  R"("subject":"s","data":)" +
                  std::string(event.data_text()) + "}"));
  KeyedHash hash("k");
  EXPECT_THAT(city->route(event, hash).routes[0].keys, ElementsAre(hash.of(event.source(), event.id())));
}

TEST(WireTap, IsCheckedAgainstWhatTheAppAccepts) {
  auto words = problems_of(with_route("to:\n  - wire_tap: layanan\n"));
  EXPECT_THAT(
      words,
      HasSubstr("routes/profil.yaml:4:15: error: apps/layanan/profil requires nik, which the map does not make"));
}

// ---- delay and until

TEST(Delay, IsToldWithTheRouting) {
  auto route = [](const std::string& words) {
    return with_route("to:\n  - app: layanan\n    " + words + "\n    map: { nik: data.nik }\n");
  };
  EXPECT_THAT(routed(compiled(route("delay: 2h")), move_event()), ElementsAre("profil>layanan#0 +7200000"));
  EXPECT_THAT(routed(compiled(route("delay: 90s")), move_event()), ElementsAre("profil>layanan#0 +90000"));
  EXPECT_THAT(routed(compiled(route("until: data.tgl_pindah")), move_event()),
              ElementsAre("profil>layanan#0 @2026-11-20T00:00:00.000Z"));
  EXPECT_THAT(routed(compiled(route("delay: 3d\n    until: data.tgl_pindah")),
                     move_event(R"({"tgl_pindah":"2026-11-20T07:00:00+07:00"})")),
              ElementsAre("profil>layanan#0 +259200000 @2026-11-20T00:00:00.000Z"));
  EXPECT_THAT(routed(compiled(route("until: data.?telepon")), move_event()), ElementsAre("profil>layanan#0"));
  EXPECT_THAT(
      routed(compiled(route("until: data.alamat")), move_event()),
      ElementsAre(
          "profil>layanan#0: `until` (routes/profil.yaml:5:12) cannot be evaluated: it gives no date and time"));
}

TEST(Delay, ThatIsNoneIsAnError) {
  auto problem = [](const std::string& words) {
    return problems_of(with_route("to:\n  - app: layanan\n    " + words + "\n    map: { nik: data.nik }\n"));
  };
  for (const char* delay : {"2 h", "0s", "-1h", "h", "1w", "1.5h", "100000s", "9999999999999999999999d"})
    EXPECT_THAT(
        problem(std::string("delay: \"") + delay + "\""),
        HasSubstr("is no delay (to[0].delay) [route.delay]\n    write a whole number and its unit: 90s, 15m, 2h or 3d"))
        << delay;
  EXPECT_THAT(problem("delay: 32d"), HasSubstr("\"32d\" is more than 31 days (to[0].delay) [route.delay]"));
  EXPECT_THAT(problem("until: size(data.anggota_ikut)"), HasSubstr("until needs a date or a time, and this is none"));
}

// ---- enrichment

constexpr const char* enriched = R"(enrich:
  penduduk:
    lookup: penduduk
    with: { nik: data.nik }
to:
  - app: layanan
    enrich:
      kepala: { lookup: penduduk, with: { nik: data.no_kk_baru }, otherwise: none }
    map: { nik: data.nik, tanggal: 'string(penduduk.?NAMA_LGKP.orValue("-")) + (has(kepala) ? string(kepala.?NAMA_LGKP.orValue("?")) : "?")' }
)";

TEST(Enrichment, AsksItsQuestionsBeforeTheMap) {
  auto city = compiled(with_route(enriched));
  ASSERT_NE(city, nullptr);
  auto questions = city->target_of("profil", "layanan")->questions(move_event(), 0);
  ASSERT_TRUE(questions) << to_text(questions.error());
  ASSERT_EQ(questions->size(), 2u);
  EXPECT_EQ((*questions)[0].name, "penduduk");
  EXPECT_EQ((*questions)[0].lookup, "penduduk");
  EXPECT_EQ((*questions)[0].parameters, R"({"nik":"3671015207909001"})");
  EXPECT_FALSE((*questions)[0].may_be_missing);
  EXPECT_EQ((*questions)[1].parameters, R"({"nik":"3671010101159002"})");
  EXPECT_TRUE((*questions)[1].may_be_missing);
}

TEST(Enrichment, AnswersAreVariablesOfTheMap) {
  auto city = compiled(with_route(enriched));
  EXPECT_THAT(
      handed_over(city, move_event(), {{"penduduk", R"({"NAMA_LGKP":"SITI"})"}, {"kepala", R"({"NAMA_LGKP":"ALI"})"}}),
      ElementsAre(R"(layanan {"nik":"3671015207909001","tanggal":"SITIALI"})"));
}

TEST(Enrichment, NobodyFoundIsAbsentOrParked) {
  auto files = with_route(enriched);
  files = changed(files, "routes/profil.yaml", R"((has(kepala) ? string(kepala.?NAMA_LGKP.orValue("?")) : "?"))",
                  R"((has(kepala) ? "ada" : "tak ada"))");
  auto city = compiled(files);
  EXPECT_THAT(handed_over(city, move_event(), {{"penduduk", R"({"NAMA_LGKP":"SITI"})"}, {"kepala", std::nullopt}}),
              ElementsAre(R"(layanan {"nik":"3671015207909001","tanggal":"SITItak ada"})"));
  EXPECT_THAT(handed_over(city, move_event(), {{"penduduk", std::nullopt}, {"kepala", std::nullopt}}),
              ElementsAre("layanan map.nobody: the lookup penduduk found nobody for penduduk"));
  EXPECT_THAT(handed_over(city, move_event()),
              ElementsAre("layanan map.not_asked: the lookup penduduk was not asked for penduduk"));
}

TEST(Enrichment, AnAnswerThatIsNotWhatItShouldBeIsParkedWithoutItsValues) {
  auto city = compiled(with_route(enriched));
  auto words = handed_over(city, move_event(), {{"penduduk", R"([{"NAMA_LGKP":"SITI"}])"}, {"kepala", std::nullopt}});
  EXPECT_THAT(words, ElementsAre(HasSubstr("map.answer: what the lookup penduduk answered does not fit")));
  EXPECT_THAT(words, Not(ElementsAre(HasSubstr("SITI"))));
}

TEST(Enrichment, IsTypedByTheAnswersSchema) {
  auto files = with_route(enriched);
  files["schemas/apps/siak/penduduk.json"] =
      R"({"type": "object", "required": ["NAMA_LGKP"], "additionalProperties": false,
    "properties": {"NIK": {"type": "string"}, "NAMA_LGKP": {"type": "string", "x-personal-data": "general"}}})";
  files = changed(files, "config/lookups/penduduk.yaml", "personal: general",
                  "answer: apps/siak/penduduk\npersonal: general");
  auto good = changed(
      files, "routes/profil.yaml",
      R"('string(penduduk.?NAMA_LGKP.orValue("-")) + (has(kepala) ? string(kepala.?NAMA_LGKP.orValue("?")) : "?")')",
      "penduduk.NAMA_LGKP");
  EXPECT_EQ(problems_of(good), "");
  auto bad = changed(good, "routes/profil.yaml", "penduduk.NAMA_LGKP", "penduduk.NAMA_LKGP");
  EXPECT_THAT(problems_of(bad), HasSubstr("NAMA_LGKP"));
  auto required = changed(good, "config/lookups/penduduk.yaml", "[NIK, NAMA_LGKP]", "[NIK]");
  EXPECT_THAT(
      problems_of(required),
      HasSubstr(
          "config/lookups/penduduk.yaml:7:9: error: the schema requires NAMA_LGKP, which is not one of the fields"));
  auto unknown =
      changed(good, "config/lookups/penduduk.yaml", "answer: apps/siak/penduduk", "answer: apps/siak/pendudk");
  EXPECT_THAT(problems_of(unknown),
              HasSubstr("there is no schema \"apps/siak/pendudk\", did you mean \"apps/siak/penduduk\"?"));
}

TEST(Enrichment, KnowsTheFieldsOfTheAllowList) {
  auto files = changed(with_route(enriched), "routes/profil.yaml", "penduduk.?NAMA_LGKP", "penduduk.?NAMA_LGKB");
  EXPECT_THAT(problems_of(files), HasSubstr("NAMA_LGKP"));
}

TEST(Enrichment, IsForThoseWhoMayAsk) {
  auto files = changed(with_route(enriched), "config/apps/layanan.yaml", "asks: [penduduk]\n", "");
  EXPECT_THAT(
      problems_of(files),
      HasSubstr("routes/profil.yaml:5:13: error: layanan gets what the lookup penduduk answers, and may not ask it "
                "(enrich.penduduk.lookup) [app.not_asking]\n    add it to asks in config/apps/layanan.yaml"));
}

TEST(Enrichment, AsksALookupThatThereIsWithItsParameters) {
  auto with = [](const char* from, const char* to) {
    return problems_of(changed(with_route(enriched), "routes/profil.yaml", from, to));
  };
  EXPECT_THAT(with("    lookup: penduduk\n", "    lookup: pendudk\n"),
              HasSubstr("there is no lookup \"pendudk\", did you mean \"penduduk\"?"));
  EXPECT_THAT(with("with: { nik: data.nik }", "with: { nikk: data.nik }"),
              HasSubstr("the lookup penduduk has no parameter \"nikk\", did you mean \"nik\"?"));
  EXPECT_THAT(with("with: { nik: data.nik }", "with: { nikk: data.nik }"), HasSubstr("the lookup penduduk needs nik"));
  EXPECT_THAT(with("  penduduk:\n", "  data:\n"), HasSubstr("the name \"data\" is taken"));
}

TEST(Enrichment, IsNotKnownToConditionsAndKeys) {
  auto files = with_route(
      "enrich: { warga: { lookup: penduduk, with: { nik: data.nik } } }\nkey: warga.NIK\nto:\n  - app: layanan\n    "
      "map: { nik: data.nik }\n");
  EXPECT_THAT(problems_of(files), HasSubstr("\"warga\""));
}

// ---- what is wrong with steps

TEST(Steps, ThatAreWrongAreTold) {
  auto problem = [](const std::string& steps) { return problems_of(with_route("to:\n" + steps)); };
  EXPECT_EQ(problem("  - map: { nik: data.nik }\n"),
            "routes/profil.yaml:4:5: error: a target of a route needs app (to[0]) [config.missing]\n"
            "    add app: <name>; or write a step with choose, recipients or wire_tap");
  EXPECT_EQ(problem("  - app: layanan\n    wire_tap: layanan\n    map: { nik: data.nik }\n"),
            "routes/profil.yaml:5:5: error: `app` and `wire_tap` are two steps (to[0].wire_tap) [route.step]\n"
            "    write each as a list item of its own");
  EXPECT_EQ(
      problem("  - wire_tap: layanan\n    map: { nik: data.nik }\n"),
      "routes/profil.yaml:4:15: error: apps/layanan/profil requires nik, which the map does not make "
      "(to[0].wire_tap) [map.missing_member]\n"
      "    add it to the map\n"
      "routes/profil.yaml:4:15: error: this holds specific personal data at /penyakit, and layanan is cleared for "
      "general personal data only (to[0].wire_tap) [map.not_cleared]\n"
      "    leave the field out, or have the app cleared on its legal basis\n"
      "routes/profil.yaml:5:5: error: `map` does not go with `wire_tap` (to[0].map) [route.step]\n"
      "    a wire tap takes the whole event; a target with a map takes what it names");
  EXPECT_EQ(problem("  - choose: []\n"),
            "routes/profil.yaml:4:13: error: choose must be a list of branches (to[0].choose) [route.choose]\n"
            "    write each branch as a list item: - when: …, and below it to: its targets");
  EXPECT_EQ(problem("  - choose:\n      - to: []\n"),
            "routes/profil.yaml:5:7: error: no branch of choose sends anything (to[0].choose) [route.choose]\n"
            "    name a target in one of them; events that nobody is to get are filtered by the route's when");
  EXPECT_THAT(
      problem("  - choose:\n      - to: [{ app: layanan, map: { nik: data.nik } }]\n      - when: data.nik == \"\"\n   "
              "     to: []\n"),
      HasSubstr(
          "routes/profil.yaml:5:9: error: a branch without `when` takes all, so those below it are never reached"));
  EXPECT_THAT(problem("  - app: layanan\n    among: [layanan]\n    map: { nik: data.nik }\n"),
              HasSubstr("`among` does not go with `app` (to[0].among) [route.step]"));
  EXPECT_THAT(problem("  - recipients: data.nik\n    map: { nik: data.nik }\n"),
              HasSubstr("recipients needs among: the apps that it may name"));
  EXPECT_THAT(problem("  - app: layanan\n    map: { nik: data.nik }\n  - choose:\n      - to: [{ app: layanan, map: { "
                      "nik: data.nik } }]\n"),
              HasSubstr("this route sends to layanan already, on line 4"));
}

TEST(Steps, AreNestedOnlySoDeep) {
  std::string steps = "[{ app: layanan, map: { nik: data.nik } }]";
  for (int i = 0; i < 9; ++i) steps = "[{ choose: [{ to: " + steps + " }] }]";
  EXPECT_THAT(problems_of(with_route("to: " + steps + "\n")), HasSubstr("choose is nested more than 8 deep"));
}

TEST(Steps, StatefulPatternsAreRefusedWithWhatToDoInstead) {
  for (const char* word : {"aggregate", "resequence", "process", "from"}) {
    auto words =
        problems_of(with_route(std::string(word) + ": x\nto:\n  - app: layanan\n    map: { nik: data.nik }\n"));
    EXPECT_THAT(words, testing::StartsWith("routes/profil.yaml:3:1: error: `" + std::string(word) +
                                           "` is not supported yet (" + word + ") [route.unsupported]\n    "));
  }
}

// ---- the observer

struct Heard final : RouteObserver {
  void condition(const Place& place, const Expression& expression, std::optional<bool> held,
                 std::span<const json::Value* const> slots) override {
    EXPECT_GE(slots.size(), 6u);
    all.push_back(std::to_string(place.start.line) + " " + expression.source() +
                  (held ? *held ? " yes" : " no" : " error"));
  }
  void leaf(const Place& place, bool present) override {
    all.push_back(std::to_string(place.start.line) + (present ? " present" : " absent"));
  }
  std::vector<std::string> all;
};

TEST(Observer, HearsOfConditionsAndLeaves) {
  auto city = compiled(with_route(by_region));
  Heard heard;
  auto event = move_event(R"({"kode_wilayah_baru":"36.71.02"})");
  ASSERT_NE(city, nullptr);
  auto routing = city->route(event, KeyedHash("k"), &heard);
  EXPECT_THAT(heard.all, ElementsAre(R"(5 data.kode_wilayah_baru == "36.71.01" no)",
                                     R"(12 data.kode_wilayah_baru.startsWith("36.71.") yes)"));
  heard.all.clear();
  ASSERT_TRUE(
      city->target_of("profil", "layanan")->map(event, routing.routes[0].part, EventOf::this_generation, {}, &heard));
  EXPECT_THAT(heard.all, ElementsAre("15 present", "15 present"));
}

// ---- the index

TEST(Index, FindsTheRoutesThatMayTakeAnEvent) {
  auto files = small_city();
  files.erase("routes/pindah-datang.yaml");
  auto route = [&](const std::string& name, const std::string& when) {
    files["routes/" + name + ".yaml"] = "route: " + name + "\non: dukcapil.penduduk.pindah_datang.v1\nwhen: '" + when +
                                        "'\nto:\n  - app: layanan\n    map: { nik: data.nik }\n";
  };
  files.erase("routes/profil.yaml");
  for (int i = 0; i < 20; ++i)
    route("r" + std::to_string(i),
          "data.kode_wilayah_baru == \"36.71.0" + std::to_string(i) + "\" && data.alamat != \"\"");
  route("sumber", "source == \"urn:kotacontoh:siak\"");
  route("sumber-lain", "source == \"urn:kotacontoh:lain\"");
  route("semua", "data.alamat != \"\"");
  route("berdua", "data.kode_wilayah_baru == \"36.71.01\" || data.alamat == \"\"");
  route("telepon", "data.?telepon == optional.of(\"021\")");
  route("jenis", "type == \"dukcapil.penduduk.pindah_datang.v1\" && has(subject) && subject == \"s\"");
  auto city = compiled(files);
  ASSERT_NE(city, nullptr);
  auto names = [&](const Event& event) {
    std::vector<std::string> out;
    for (const auto& one : city->route(event, KeyedHash("k")).routes) out.push_back(one.route);
    return out;
  };
  EXPECT_THAT(names(move_event()), ElementsAre("berdua", "r1", "semua", "sumber"));
  EXPECT_THAT(names(move_event(R"({"kode_wilayah_baru":"36.71.07"})")), ElementsAre("r7", "semua", "sumber"));
  EXPECT_THAT(names(move_event(R"({"kode_wilayah_baru":"?","telepon":"021"})")),
              ElementsAre("semua", "sumber", "telepon"));
}

}  // namespace
}  // namespace simpul::tests
