// What is handed over: the mapped payload, checked.
#include <gmock/gmock.h>

#include "tests/route/small_city.h"

namespace simpul::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string mapped(const Generation& city, const char* route, const char* app, const Event& event,
                   std::uint32_t part = 0) {
  const auto* target = city.target_of(route, app);
  if (target == nullptr) return "no such target";
  auto payload = target->map(event, part, EventOf::this_generation);
  return payload ? payload->payload : payload.error().code + ": " + payload.error().message;
}

TEST(Map, MakesAnObjectInTheOrderOfTheYaml) {
  EXPECT_EQ(
      mapped(*compiled(small_city()), "pindah-datang", "sismiop", move_event(R"({"telepon":"021"})")),
      R"({"SUBJEK_PAJAK_ID":"3671015207909001","JALAN_WP":"JL CONTOH 1","KOTA_WP":"KOTA CONTOH","TELP_WP":"021"})");
}

TEST(Map, LeavesOutWhatIsAbsent) {
  auto city = compiled(small_city());
  EXPECT_EQ(mapped(*city, "pindah-datang", "sismiop", move_event()),
            R"({"SUBJEK_PAJAK_ID":"3671015207909001","JALAN_WP":"JL CONTOH 1","KOTA_WP":"KOTA CONTOH"})");
  EXPECT_EQ(
      mapped(*city, "pindah-datang/keluarga", "khanza", move_event(), 1000),
      R"({"no_kk":"3671010101159002","riwayat":["3671010101159001","3671010101159002"],"asal":{"kode":"36.03.01","sah":true}})");
}

TEST(Map, APartIsItsItem) {
  auto city = compiled(small_city());
  EXPECT_EQ(mapped(*city, "pindah-datang/pasien", "khanza", move_event(), 1),
            R"({"no_ktp":"3671015207909002","jk":"P","alamat":"JL CONTOH 1"})");
  EXPECT_EQ(mapped(*city, "pindah-datang/pasien", "khanza", move_event(), 3),
            R"({"no_ktp":"3671015207909004","jk":"P","alamat":"JL CONTOH 1"})");
}

TEST(Map, EveryRoutedPartIsMappedToTheSameBytesEveryTime) {
  auto city = compiled(small_city()), again = compiled(small_city());
  KeyedHash hash("k");
  auto event = move_event();
  for (const auto& routed : city->route(event, hash).routes) {
    auto payload = city->target_of(routed.route, routed.target)->map(event, routed.part, EventOf::this_generation);
    ASSERT_TRUE(payload) << to_text(payload.error());
    EXPECT_EQ(again->target_of(routed.route, routed.target)->map(event, routed.part, EventOf::this_generation)->payload,
              payload->payload);
  }
}

TEST(Map, APartThatRoutingDidNotMakeIsNotMapped) {
  auto city = compiled(small_city());
  EXPECT_THAT(mapped(*city, "pindah-datang/pasien", "khanza", move_event(), 2), HasSubstr("map.not_wanted: "));
  EXPECT_THAT(mapped(*city, "pindah-datang/pasien", "khanza", move_event(), 4), HasSubstr("map.not_wanted: "));
  EXPECT_THAT(mapped(*city, "pindah-datang", "sismiop", move_event(R"({"kode_wilayah_baru":"36.03.01"})")),
              HasSubstr("under this generation the route pindah-datang does not send this to sismiop"));
  EXPECT_THAT(mapped(*city, "profil", "layanan", event_of("dukcapil.biodata.nik_diganti.v1", "{}")),
              HasSubstr("takes no events of type"));
}

TEST(Map, WhatCouldNotBeRoutedIsNotMappedEither) {
  EXPECT_EQ(mapped(*compiled(small_city()), "pindah-datang", "sismiop", move_event(R"({"nik":""})")),
            "map.unroutable: the key (routes/pindah-datang.yaml:7:6) cannot be evaluated: it is empty");
}

TEST(Map, WhatTheTargetDoesNotAcceptParksWithItsPlacesAndNoValues) {
  auto words = mapped(*compiled(small_city()), "pindah-datang", "sismiop",
                      move_event(R"({"alamat":"JALAN YANG PANJANGNYA LEBIH DARI TIGA PULUH"})"));
  EXPECT_THAT(
      words,
      HasSubstr(
          "map.schema: the payload does not fit what sismiop accepts (apps/sismiop/dat_subjek_pajak): /JALAN_WP: "));
  EXPECT_THAT(words, HasSubstr("[panjangnya paling banyak 30 karakter, tetapi yang diterima 43] "
                               "(schemas/apps/sismiop/dat_subjek_pajak.json:"));
  EXPECT_THAT(words, Not(HasSubstr("PANJANGNYA")));
}

TEST(Map, ACodeThatTheTableHasNotParksWithThePlace) {
  auto event = move_event(R"({"anggota_ikut":[{"nik":"3671015207909001","stat_hbkel":1,"jenis_kelamin":"7"}]})");
  auto payload =
      compiled(small_city())->target_of("pindah-datang/pasien", "khanza")->map(event, 0, EventOf::this_generation);
  ASSERT_FALSE(payload);
  EXPECT_EQ(payload.error().code, "map.no_such_key");
  EXPECT_EQ(payload.error().path, "to[1].map.jk");
  EXPECT_EQ(payload.error().place.file, "routes/pindah-datang.yaml");
  EXPECT_EQ(payload.error().place.start, (Mark{25, 11}));
}

TEST(Map, ATableMayHaveACodeForTheRest) {
  auto files = small_city();
  files["config/codes/jenis_kelamin.yaml"] += "otherwise: P\n";
  auto event = move_event(R"({"anggota_ikut":[{"nik":"3671015207909001","stat_hbkel":1,"jenis_kelamin":"7"}]})");
  EXPECT_THAT(mapped(*compiled(files), "pindah-datang/pasien", "khanza", event), HasSubstr(R"("jk":"P")"));
}

TEST(Map, LiteralsAreWhatYamlSays) {
  auto files =
      changed(small_city(), "routes/profil.yaml", "tanggal: data.tgl_pindah",
              "tanggal: { const: '2026' }\n      n: { const: 12 }\n      d: { const: 1.50 }\n      b: { const: false "
              "}\n      z: { const: null }\n"
              "      l: { const: [a, 1, { x: y }] }\n      m: { const: { const: 3 } }\n      e: { const: {} }");
  EXPECT_EQ(
      mapped(*compiled(files), "profil", "layanan", move_event()),
      R"({"nik":"3671015207909001","tanggal":"2026","n":12,"d":1.50,"b":false,"z":null,"l":["a",1,{"x":"y"}],"m":{"const":3},"e":{}})");
}

TEST(Map, NumbersKeepTheirText) {
  auto files =
      changed(small_city(), "schemas/events/dukcapil.penduduk.pindah_datang.v1.json",
              R"("penyakit": { "type": "string", "x-personal-data": "specific" })", R"("nilai": { "type": "number" })");
  files = changed(files, "schemas/apps/layanan/profil.json", R"("tanggal": { "type": "string" })",
                  R"("tanggal": { "type": "number" })");
  files = changed(files, "routes/profil.yaml", "tanggal: data.tgl_pindah", "tanggal: data.?nilai");
  EXPECT_EQ(mapped(*compiled(files), "profil", "layanan", move_event(R"({"nilai":12345678901234567890.10})")),
            R"({"nik":"3671015207909001","tanggal":12345678901234567890.10})");
}

class Rule : public testing::Test {
 protected:
  void SetUp() override {
    city_ = compiled(small_city());
    ASSERT_NE(city_, nullptr);
    rule_ = city_->apps().at("siak").sources.at(0).rules.at(0);
  }
  Result<std::optional<EventParts>> make(const char* row, const char* old, const char* change) {
    auto row_document = json::parse(row), old_document = json::parse(old);
    return rule_->make(row_document->root(), old_document->root(), change);
  }
  std::shared_ptr<const Generation> city_;
  std::shared_ptr<const RecordRule> rule_;
};

TEST_F(Rule, MakesAnEventOfARecord) {
  auto made =
      make(R"({"NIK":3671015207909002,"TGL":"2026-11-22T10:00:00+07:00"})", R"({"NIK":3671015207909001})", "update");
  ASSERT_TRUE(made) << to_text(made.error());
  ASSERT_TRUE(*made);
  EXPECT_EQ((*made)->type, "dukcapil.biodata.nik_diganti.v1");
  EXPECT_EQ((*made)->subject, "3671015207909002");
  EXPECT_EQ((*made)->time, "2026-11-22T10:00:00+07:00");
  EXPECT_EQ((*made)->data_json, R"({"nik_lama":"3671015207909001","nik_baru":"3671015207909002"})");
}

TEST_F(Rule, MakesNothingWhenItsConditionSaysNo) {
  auto made = make(R"({"NIK":1})", "null", "insert");
  ASSERT_TRUE(made) << to_text(made.error());
  EXPECT_FALSE(*made);
}

TEST_F(Rule, NamesThePlaceOfWhatCannotBeEvaluated) {
  auto made = make(R"({"NAMA":"RAHASIA"})", R"({"NIK":1})", "update");
  ASSERT_FALSE(made);
  EXPECT_THAT(to_text(made.error()),
              HasSubstr("config/apps/siak.yaml:11:15: error: when of the rule cannot be evaluated: "));
  EXPECT_THAT(to_text(made.error()), Not(HasSubstr("RAHASIA")));
}

TEST_F(Rule, RefusesATimeThatIsNone) {
  auto made = make(R"({"NIK":2,"TGL":"22-11-2026"})", R"({"NIK":1})", "update");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, "rule.time");
}

TEST_F(Rule, OutlivesItsGeneration) {
  city_.reset();
  auto made = make(R"({"NIK":2,"TGL":"2026-11-22T10:00:00Z"})", R"({"NIK":1})", "update");
  ASSERT_TRUE(made) << to_text(made.error());
  EXPECT_EQ((*made)->data_json, R"({"nik_lama":"1","nik_baru":"2"})");
}

// What is proved is proved of events that fit their schema; nobody says so of one of another generation.
TEST(Map, AnEventOfAnotherGenerationIsCheckedThoughTheMapIsProved) {
  auto files = small_city();
  std::erase_if(files, [](const auto& file) { return file.first.starts_with("routes/"); });
  files["routes/uji.yaml"] =
      "route: uji\non: dukcapil.penduduk.pindah_datang.v1\nto:\n  - app: layanan\n    map: { nik: data.nik }\n";
  files["schemas/apps/layanan/profil.json"] =
      R"({"type":"object","properties":{"nik":{"type":"string","maxLength":16,"x-personal-data":"general"}}})";
  const auto city = compiled(files);
  const auto* target = city->target_of("uji", "layanan");
  const auto event = move_event(R"({"nik":"36710152079090019"})");
  EXPECT_TRUE(target->map(event, 0, EventOf::this_generation)) << "is the map still proved?";
  const auto made = target->map(event, 0, EventOf::any);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, "map.schema");
  EXPECT_TRUE(target->map(move_event(), 0, EventOf::any));
}

}  // namespace
}  // namespace simpul::tests
