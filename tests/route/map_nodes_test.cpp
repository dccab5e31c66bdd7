// The nodes of maps: each, switch, let, spread, fields, claim_check, const; each works, is absent, or is told wrong.
#include <gmock/gmock.h>

#include "bus/base/bytes.h"
#include "tests/route/small_city.h"

namespace simpul::tests {
namespace {

using testing::HasSubstr;

// The small city whose route profil has this map, and whose layanan accepts anything.
ConfigurationFiles with_map(const std::string& map) {
  auto files = small_city();
  files["routes/profil.yaml"] =
      "route: profil\non: dukcapil.penduduk.pindah_datang.v1\nto:\n  - app: layanan\n    map: " + map + "\n";
  files["schemas/apps/layanan/profil.json"] = "{}";
  return changed(files, "config/apps/layanan.yaml", "cleared: general", "cleared: specific");
}

// What the map makes of a move, or why not.
std::string made(const std::string& map, const std::string& changes = "{}") {
  auto city = compiled(with_map(map));
  if (city == nullptr) return "not compiled";
  auto payload = city->target_of("profil", "layanan")->map(move_event(changes), 0, EventOf::this_generation);
  return payload ? payload->payload : payload.error().code + ": " + payload.error().message;
}

std::string problem(const std::string& map) {
  return problems_of(with_map(map));
}

TEST(MapEach, MakesOneItemOfEach) {
  EXPECT_EQ(
      made("{ l: { each: data.anggota_ikut, as: a, map: { n: a.nik, s: a.stat_hbkel } } }"),
      R"({"l":[{"n":"3671015207909001","s":1},{"n":"3671015207909002","s":3},{"n":"3671015207909003","s":4},{"n":"3671015207909004","s":9}]})");
  EXPECT_EQ(made("{ l: { each: data.anggota_ikut, as: a, where: a.stat_hbkel == 4, map: a.nik } }"),
            R"({"l":["3671015207909003"]})");
  EXPECT_EQ(made("{ l: { each: data.anggota_ikut, as: a, where: a.stat_hbkel == 40, map: a.nik } }"), R"({"l":[]})");
  EXPECT_EQ(made("{ each: data.anggota_ikut, as: a, where: a.stat_hbkel == 1, map: [a.nik, { const: 1 }] }"),
            R"([["3671015207909001",1]])");
}

TEST(MapEach, LeavesOutWhatIsAbsent) {
  const std::string map =
      R"({ l: { each: data.anggota_ikut, as: a, map: 'a.stat_hbkel == 1 ? optional.of(a.nik) : optional.none()' } })";
  EXPECT_EQ(made(map), R"({"l":["3671015207909001"]})");
  EXPECT_EQ(made("{ l: { each: 'data.?telepon.hasValue() ? optional.of([1]) : optional.none()', as: a, map: a }, n: "
                 "data.nik }"),
            R"({"n":"3671015207909001"})");
}

TEST(MapEach, NestsWithAllItsNames) {
  EXPECT_EQ(made("{ each: data.anggota_ikut, as: a, where: a.stat_hbkel < 4, map: { each: data.anggota_ikut, as: b, "
                 "where: b.stat_hbkel < a.stat_hbkel, map: { a: a.stat_hbkel, b: b.stat_hbkel } } }"),
            R"([[],[{"a":3,"b":1}]])");
}

TEST(MapEach, OfNoListParks) {
  EXPECT_EQ(made("{ l: { each: 'data.?telepon.orValue([1])', as: a, map: a } }", R"({"telepon":"021"})"),
            "map.not_a_list: to[0].map.l cannot be made: `each` gives no list");
}

TEST(MapEach, EndsWhenListsInListsAreTooLong) {
  std::string items;
  for (int i = 0; i < 200; ++i) items += R"(,{"nik":"3671015207909001","stat_hbkel":1,"jenis_kelamin":"1"})";
  const std::string changes = R"({"anggota_ikut":[)" + items.substr(1) + "]}";
  EXPECT_EQ(made("{ each: data.anggota_ikut, as: a, map: { each: data.anggota_ikut, as: b, map: { each: "
                 "data.anggota_ikut, as: c, map: { const: 1 } } } }",
                 changes),
            "map.too_large: to[0].map.map.map cannot be made: its lists have more than 20000 items together");
  EXPECT_EQ(made("{ each: data.anggota_ikut, as: a, map: { each: data.anggota_ikut, as: b, where: b.nik != \"\", map: "
                 "data.anggota_ikut } }",
                 changes)
                .substr(0, 80),
            "map.too_large: to[0].map.map.map cannot be made: what the map makes is larger th");
}

TEST(MapSwitch, TakesTheFirstBranchThatHolds) {
  const std::string map =
      "{ j: { switch: [ { when: data.alamat == \"A\", map: { const: a } }, { when: data.alamat.startsWith(\"A\"), map: "
      "{ x: data.alamat } }, { map: { const: z } } ] } }";
  EXPECT_EQ(made(map, R"({"alamat":"A"})"), R"({"j":"a"})");
  EXPECT_EQ(made(map, R"({"alamat":"AB"})"), R"({"j":{"x":"AB"}})");
  EXPECT_EQ(made(map), R"({"j":"z"})");
  EXPECT_EQ(made("{ j: { switch: [ { when: data.alamat != \"A\", map: data.?telepon } ] }, n: { const: 1 } }"),
            R"({"n":1})");
}

TEST(MapSwitch, ParksWhenNoBranchHolds) {
  auto city = compiled(with_map("{ j: { switch: [ { when: data.alamat == \"A\", map: { const: a } } ] } }"));
  ASSERT_NE(city, nullptr);
  auto payload = city->target_of("profil", "layanan")->map(move_event(), 0, EventOf::this_generation);
  ASSERT_FALSE(payload);
  EXPECT_EQ(to_text(payload.error()),
            "routes/profil.yaml:5:15: error: to[0].map.j cannot be made: no branch of its switch holds for this event "
            "(to[0].map.j) "
            "[map.no_branch]\n    mend the data at its source, or the expression");
}

TEST(MapSwitch, ParksWhenAConditionFails) {
  EXPECT_THAT(made("{ j: { switch: [ { when: int(data.alamat) > 0, map: { const: a } }, { map: { const: b } } ] } }"),
              HasSubstr("map.bad_argument: to[0].map.j cannot be made: "));
}

TEST(MapLet, NamesWhatIsUsedBelow) {
  EXPECT_EQ(made("{ let: { a: data.alamat, b: a + \"!\", t: data.?telepon }, map: { x: b, t: 'has(t) ? optional.of(t) "
                 ": optional.none()', n: { let: { c: b + b "
                 "}, map: c } } }"),
            R"({"x":"JL CONTOH 1!","n":"JL CONTOH 1!JL CONTOH 1!"})");
}

TEST(MapSpread, TakesTheMembersOfAnObject) {
  EXPECT_EQ(made("{ each: data.anggota_ikut, as: a, where: a.stat_hbkel == 1, map: { spread: a } }"),
            R"([{"nik":"3671015207909001","stat_hbkel":1,"jenis_kelamin":"1"}])");
  EXPECT_EQ(made("{ each: data.anggota_ikut, as: a, where: a.stat_hbkel == 1, map: { spread: a, except: [nik], "
                 "jenis_kelamin: { const: L }, lagi: data.alamat } }"),
            R"([{"stat_hbkel":1,"jenis_kelamin":"L","lagi":"JL CONTOH 1"}])");
}

TEST(MapSpread, ANamedMemberIsNeverTheSpreadOne) {
  EXPECT_EQ(
      made("{ each: data.anggota_ikut, as: a, where: a.stat_hbkel == 1, map: { spread: a, nik: data.?telepon } }"),
      R"([{"stat_hbkel":1,"jenis_kelamin":"1"}])");
}

TEST(MapSpread, OfNothingIsNothing) {
  EXPECT_EQ(made("{ spread: 'data.nik == \"\" ? optional.of(data) : optional.none()', n: { const: 1 } }"),
            R"({"n":1})");
  EXPECT_EQ(made("{ spread: 'data.?telepon.orValue(data.anggota_ikut[0])' }", R"({"telepon":"021"})"),
            "map.not_an_object: to[0].map cannot be made: `spread` gives no object");
}

TEST(MapFields, AreMembersWithAnyName) {
  EXPECT_EQ(made("{ fields: { each: data.nik, const: { const: 1 }, fields: { fields: { let: data.alamat } } } }"),
            R"({"each":"3671015207909001","const":1,"fields":{"let":"JL CONTOH 1"}})");
}

TEST(MapClaimCheck, LeavesTheTextInTheBus) {
  auto city =
      compiled(with_map("{ isi: { claim_check: data.alamat }, lain: { claim_check: data.?telepon }, satu: { each: "
                        "data.anggota_ikut, as: a, where: a.stat_hbkel == 4, map: { claim_check: a.nik } } }"));
  ASSERT_NE(city, nullptr);
  auto mapped = city->target_of("profil", "layanan")
                    ->map(move_event(R"({"alamat":"JALAN \u00e9~/"})"), 0, EventOf::this_generation);
  ASSERT_TRUE(mapped) << to_text(mapped.error());
  const auto hash = to_hex(sha256("JALAN é~/")), other = to_hex(sha256("3671015207909003"));
  EXPECT_EQ(mapped->payload,
            R"({"isi":{"sha256":")" + hash + R"(","bytes":10},"satu":[{"sha256":")" + other + R"(","bytes":16}]})");
  ASSERT_EQ(mapped->claims.size(), 2u);
  EXPECT_EQ(mapped->claims[0].sha256, hash);
  EXPECT_EQ(mapped->claims[0].pointer, "/alamat");
  EXPECT_EQ(mapped->claims[0].bytes, 10u);
  EXPECT_EQ(mapped->claims[1].pointer, "/anggota_ikut/2/nik");
}

TEST(MapClaimCheck, OfSomethingElseParks) {
  EXPECT_EQ(made("{ let: { t: 'data.?telepon.orValue([1])' }, map: { isi: { claim_check: t } } }"),
            "map.not_a_text: to[0].map.map.isi cannot be made: claim_check gives no text");
  EXPECT_EQ(made("{ let: { t: data.alamat + \"!\" }, map: { isi: { claim_check: t } } }"),
            "map.not_of_the_event: to[0].map.map.isi cannot be made: the text does not stand in the event's data");
}

TEST(MapNodes, AreCheckedInsideAgainstWhatTheAppAccepts) {
  auto files = with_map("{ nik: { switch: [ { when: data.alamat == \"\", map: { const: 1 } }, { map: data.nik } ] } }");
  files["schemas/apps/layanan/profil.json"] = small_city()["schemas/apps/layanan/profil.json"];
  EXPECT_THAT(
      problems_of(files),
      HasSubstr("routes/profil.yaml:5:61: error: this gives an integer, and apps/layanan/profil accepts text here"));
}

TEST(MapNodes, PassOnNoPersonalDataAboveAnAppsClass) {
  auto told = [](const std::string& map) {
    auto files = with_map(map);
    files["schemas/apps/layanan/profil.json"] =
        R"({"type": "object", "x-personal-data": "general", "properties": {"nik": {"type": "string", "x-personal-data": "general"}}})";
    return problems_of(changed(files, "config/apps/layanan.yaml", "cleared: specific", "cleared: general"));
  };
  EXPECT_THAT(
      told("{ spread: data }"),
      HasSubstr(
          "routes/profil.yaml:5:20: error: this holds specific personal data at /penyakit, and layanan is cleared "
          "for general personal data only (to[0].map) [map.not_cleared]"));
  EXPECT_THAT(told("{ semua: [data] }"), HasSubstr("this holds specific personal data at /penyakit"));
  EXPECT_EQ(told("{ spread: data, except: [penyakit] }"), "");
  EXPECT_EQ(told("{ spread: data, penyakit: { const: \"-\" } }"), "");
}

TEST(MapNodes, ThatAreWrongAreTold) {
  EXPECT_EQ(problem("{ l: { each: data.anggota_ikut, map: data.nik } }"),
            "routes/profil.yaml:5:23: error: each needs as: the name of one item (to[0].map.l.each) [route.each]\n"
            "    add as: with a name, which where and map then know");
  EXPECT_EQ(problem("{ l: { each: data.anggota_ikut, as: a } }"),
            "routes/profil.yaml:5:15: error: `each` needs map: what is made (to[0].map.l) [map.word]\n"
            "    add map beside each; an object whose members are called like this is written as { fields: { … } }");
  EXPECT_EQ(problem("{ l: { each: data.alamat, as: a, map: a } }"),
            "routes/profil.yaml:5:23: error: each needs a list, and this is no list (to[0].map.l.each) [route.each]\n"
            "    name a list of the event, such as data.anggota_ikut");
  EXPECT_EQ(problem("{ l: { each: data.anggota_ikut, as: data, map: data.nik } }"),
            "routes/profil.yaml:5:46: error: the name \"data\" is taken (to[0].map.l.as) [route.name]\n"
            "    choose another; id, source, type, subject, time and data are the event's");
  EXPECT_EQ(
      problem("{ l: { each: data.anggota_ikut, as: a, wehre: true, map: a.nik } }"),
      "routes/profil.yaml:5:49: error: \"wehre\" does not go with `each`, did you mean \"where\"? (to[0].map.l) "
      "[map.word]\n"
      "    `each` takes as, where, map; an object whose members are called like this is written as { fields: { … } }");
  EXPECT_EQ(
      problem("{ const: 1, nik: data.nik }"),
      "routes/profil.yaml:5:22: error: `const` stands alone, and here is \"nik\" beside it (to[0].map) [map.word]\n"
      "    an object whose members are called like this is written as { fields: { … } }");
  EXPECT_EQ(problem("{ let: { a: data.nik }, switch: [ { map: a } ], map: a }"),
            "routes/profil.yaml:5:34: error: `let` and `switch` do not stand side by side (to[0].map) [map.word]\n"
            "    nest one in the other; an object whose members are called like this is written as { fields: { … } }");
  EXPECT_EQ(problem("{ j: { switch: { when: true, map: data.nik } } }"),
            "routes/profil.yaml:5:25: error: switch must be a list of branches (to[0].map.j.switch) [map.switch]\n"
            "    write each branch as a list item: - when: …, and below it map: …");
  EXPECT_EQ(problem("{ j: { switch: [ { when: true } ] } }"),
            "routes/profil.yaml:5:27: error: a branch of switch needs map: what is made when it holds "
            "(to[0].map.j.switch[0]) [map.switch]\n"
            "    write { when: …, map: … }");
  EXPECT_EQ(problem("{ j: { switch: [ { map: data.nik }, { when: data.nik == \"\", map: data.nik } ] } }"),
            "routes/profil.yaml:5:27: error: a branch without `when` takes all, so those below it are never reached "
            "(to[0].map.j.switch[0]) [map.switch]\n"
            "    add when, or move it to the end");
  EXPECT_EQ(problem("{ let: { }, map: data.nik }"),
            "routes/profil.yaml:5:17: error: let must name expressions (to[0].map.let) [map.let]\n    write let: { "
            "name: CEL, … }");
  EXPECT_EQ(problem("{ spread: data.nik }"),
            "routes/profil.yaml:5:20: error: spread needs an object, and this is none (to[0].map.spread) [map.spread]\n"
            "    name an object of the event, such as data.alamat");
  EXPECT_EQ(problem("{ spread: 'data.anggota_ikut[0]', except: [nikk] }"),
            "routes/profil.yaml:5:53: error: what is spread has no member \"nikk\", did you mean \"nik\"? "
            "(to[0].map.except[0]) [map.spread]\n"
            "    it has nik, stat_hbkel, jenis_kelamin");
  EXPECT_EQ(problem("{ isi: { claim_check: data.alamat + \"x\" } }"),
            "routes/profil.yaml:5:32: error: claim_check takes a text of the event as it is, not one that is made "
            "(to[0].map.isi.claim_check) "
            "[map.claim_check]\n    name the field, such as data.dokumen.isi");
  EXPECT_EQ(problem("{ isi: { claim_check: data.anggota_ikut } }"),
            "routes/profil.yaml:5:32: error: claim_check takes a text, and this is none (to[0].map.isi.claim_check) "
            "[map.claim_check]\n"
            "    name a text of the event, such as data.dokumen.isi");
  EXPECT_EQ(problem("{ isi: { fields: data.nik } }"),
            "routes/profil.yaml:5:27: error: fields must be a map, not text (to[0].map.isi.fields) [map.word]\n"
            "    write the members below it, a line each");
}

TEST(MapNodes, ClaimChecksAreNotForRules) {
  auto files =
      changed(small_city(), "config/apps/siak.yaml", "nik_lama: string(old.NIK)", "nik_lama: { claim_check: old.NIK }");
  EXPECT_THAT(problems_of(files),
              HasSubstr("config/apps/siak.yaml:15:36: error: claim_check is for the maps of routes"));
}

TEST(MapNodes, MakeDataOfRulesToo) {
  auto files = changed(small_city(), "config/apps/siak.yaml", R"(          nik_lama: string(old.NIK)
          nik_baru: string(row.NIK)
)",
                       R"(          let: { baru: string(row.NIK) }
          map:
            nik_lama:
              switch:
                - { when: old.NIK != null, map: string(old.NIK) }
                - map: { const: "" }
            nik_baru: baru
)");
  auto city = compiled(files);
  ASSERT_NE(city, nullptr);
  auto row = json::parse(R"({"NIK":"3671015207909002","TGL":"2026-11-20T00:00:00Z"})"),
       old = json::parse(R"({"NIK":"3671015207909001"})");
  auto parts = city->apps().at("siak").sources[0].rules[0]->make(row->root(), old->root(), "update");
  ASSERT_TRUE(parts) << to_text(parts.error());
  EXPECT_EQ((*parts)->data_json, R"({"nik_lama":"3671015207909001","nik_baru":"3671015207909002"})");
}

// ---- code tables in CSV

TEST(CodeTableInCsv, IsATableLikeAnother) {
  auto files = small_city();
  files.erase("config/codes/jenis_kelamin.yaml");
  files["config/codes/jenis_kelamin.csv"] = "dukcapil,khanza\r\n1,L\r\n\"2\",\"P\"\r\n";
  auto city = compiled(files);
  ASSERT_NE(city, nullptr);
  auto payload = city->target_of("pindah-datang/pasien", "khanza")->map(move_event(), 1, EventOf::this_generation);
  ASSERT_TRUE(payload);
  EXPECT_THAT(payload->payload, HasSubstr(R"("jk":"P")"));
}

TEST(CodeTableInCsv, IsReadStrictly) {
  auto told = [](const std::string& text) {
    auto files = small_city();
    files["config/codes/baru.csv"] = text;
    return problems_of(files);
  };
  EXPECT_EQ(told("a,b\n1,L\n2,P\n1,P\n"),
            "config/codes/baru.csv:4:1: error: the code \"1\" stands twice, first on line 2 [codes.repeated]\n    keep "
            "one of the two");
  EXPECT_EQ(told("a;b\n1;L\n"),
            "config/codes/baru.csv:1:1: error: a line has two fields, this one has 1 [codes.csv]\n"
            "    separate them by a comma, not by a semicolon");
  EXPECT_EQ(told("a,b\n1,L,x\n"),
            "config/codes/baru.csv:2:1: error: a line has two fields, this one has 3 [codes.csv]\n"
            "    write the code, a comma, its code; quote a field that holds a comma");
  EXPECT_EQ(told("a,b\n1, L\n"),
            "config/codes/baru.csv:2:1: error: \" L\" has a space at its edge [codes.csv]\n    take it out: codes are "
            "compared exactly");
  EXPECT_EQ(
      told("a,b\n"),
      "config/codes/baru.csv:1:1: error: the table baru has no rows [codes.empty]\n    add rows, or delete the file");
  EXPECT_EQ(
      told(",b\n1,L\n"),
      "config/codes/baru.csv:1:1: error: the first line names the two columns, and one of them is empty [codes.csv]\n"
      "    write their names, such as dukcapil,khanza");
  EXPECT_THAT(told("a,b\n1,\"L\n"),
              HasSubstr("config/codes/baru.csv:2:1: error: the quote that opens here is never closed"));
  EXPECT_THAT(told("\xef\xbb\xbf"
                   "a,b\n1,L\n"),
              HasSubstr("the file is not plain UTF-8"));
  EXPECT_THAT(told("a,b\n1,\xff\n"), HasSubstr("the file is not plain UTF-8"));
}

TEST(CodeTableInCsv, OrInYamlButNotBoth) {
  auto files = small_city();
  files["config/codes/jenis_kelamin.csv"] = "dukcapil,khanza\n1,L\n2,P\n";
  EXPECT_EQ(
      problems_of(files),
      "config/codes/jenis_kelamin.yaml: error: config/codes/jenis_kelamin.csv is this table already [codes.two_files]\n"
      "    keep one of the two files");
}

}  // namespace
}  // namespace simpul::tests
