// What is proved of mappings, what is refuted with an example, what stays open
// and why; and code tables against the values that events may bring.
#include <gmock/gmock.h>

#include "tests/route/small_city.h"

namespace simpul::tests {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// One event of one type, one app that takes it.
class Proof : public testing::Test {
 protected:
  std::string told(const std::string& map, const std::string& accepted, const std::string& more = {}) {
    auto files = small_city();
    std::erase_if(files, [](const auto& file) {
      return file.first.starts_with("routes/") || file.first == "config/lookups/penduduk.yaml";
    });
    files = changed(files, "config/apps/khanza.yaml", "asks: [penduduk]\n", "");
    files["schemas/events/dukcapil.biodata.nik_diganti.v1.json"] = R"({
  "type": "object",
  "required": ["nik", "nama", "jenis"],
  "additionalProperties": false,
  "properties": {
    "nik": { "type": "string", "pattern": "^[0-9]{16}$", "x-personal-data": "general" },
    "nama": { "type": "string", "minLength": 1, "maxLength": 100 },
    "jenis": { "type": "string", "enum": ["1", "2", "3"] },
    "telepon": { "type": "string", "maxLength": 15 },
    "kota": { "type": "string", "enum": ["36.71", "36.03"] }
  }
})";
    auto& siak = files.at("config/apps/siak.yaml");
    siak.erase(siak.find("sources:"), siak.find("target:") - siak.find("sources:"));
    files["schemas/apps/layanan/profil.json"] = accepted;
    files = changed(files, "config/apps/layanan.yaml", "receives: [dukcapil.penduduk.pindah_datang.v1]",
                    "receives: [dukcapil.biodata.nik_diganti.v1]");
    files["routes/uji.yaml"] =
        "route: uji\non: dukcapil.biodata.nik_diganti.v1\n" + more + "to:\n  - app: layanan\n    map:\n" + map;
    const Inspection inspection;
    auto generation = compile_generation(files, city_adapters(), {}, city_kinds(), &inspection);
    auto problems = generation ? (*generation)->warnings() : generation.error();
    std::erase_if(problems, [](const Problem& problem) { return problem.code.starts_with("topology."); });
    return to_text(problems);
  }
};

TEST_F(Proof, OfAGoodMapNothingIsSaid) {
  EXPECT_THAT(told("      nik: data.nik\n      nama: data.nama.truncate(30)\n      "
                   "telp: data.?telepon\n"
                   "      jk: 'data.jenis == \"1\" ? \"L\" : \"P\"'\n      kota: { "
                   "const: KOTA }\n",
                   R"({"type":"object","required":["nik","nama","jk"],"additionalProperties":false,"properties":{
                     "nik":{"type":"string","minLength":16,"maxLength":16,"x-personal-data":"general"},
                     "nama":{"type":"string","minLength":1,"maxLength":30},"telp":{"type":"string","maxLength":20},
                     "jk":{"enum":["L","P"]},"kota":{"const":"KOTA"}}})"),
              IsEmpty());
}

TEST_F(Proof, AFieldThatMayBeTooLongIsRefutedWithAnEvent) {
  EXPECT_EQ(
      told("      nama: data.nama\n", R"({"type":"object","properties":{"nama":{"type":"string","maxLength":3}}})"),
      "routes/uji.yaml:6:13: error: apps/layanan/profil refuses what this map "
      "makes of some events: /nama: expected "
      "at most 3 characters, got 4 (to[0].map.nama) [map.refuted]\n"
      "    narrow the event's schema, or cut, convert or guard the value; for "
      "example, an event with the data "
      "{\"nik\":\"0000000000000000\",\"nama\":\"aaaa\",\"jenis\":\"1\"}");
}

TEST_F(Proof, AValueThatTheTargetDoesNotKnowIsRefutedWithAnEvent) {
  EXPECT_THAT(told("      jenis: data.jenis\n", R"({"type":"object","properties":{"jenis":{"enum":["1","2"]}}})"),
              testing::AllOf(HasSubstr("[map.refuted]"), HasSubstr("\"jenis\":\"3\"")));
}

// The example goes through the conditions of its route: one that cannot is no
// example.
TEST_F(Proof, AnExampleTakesTheRoute) {
  const auto accepted = R"({"type":"object","properties":{"jenis":{"enum":["1","2"]}}})";
  EXPECT_THAT(told("      jenis: data.jenis\n", accepted, "when: data.?kota.orValue(\"\").startsWith(\"36\")\n"),
              Not(IsEmpty()));
  EXPECT_THAT(told("      jenis: data.jenis\n", accepted, "when: has(data.kota) && data.kota == \"36.03\"\n"),
              testing::AllOf(HasSubstr("[map.refuted]"), HasSubstr("\"kota\":\"36.03\"")));
  EXPECT_THAT(told("      jenis: data.jenis\n", accepted, "when: data.jenis != \"3\"\n"),
              testing::AllOf(HasSubstr("warning:"), HasSubstr("[map.not_proved]"), HasSubstr("may refuse")));
}

TEST_F(Proof, WhatSpreadsIsProvedMemberByMember) {
  const auto accepted = [](const char* kota) {
    return std::string(
               R"({"type":"object","required":["nik","nama"],"additionalProperties":false,"properties":{
      "nik":{"type":"string","minLength":16,"x-personal-data":"general"},"nama":{"type":"string"},"jenis":{"const":"X"},
      "telepon":{"type":"string","maxLength":15})") +
           kota + "}}";
  };
  const auto map = "      spread: data\n      except: [kota]\n      jenis: { const: X }\n";
  EXPECT_THAT(told(map, accepted("")), IsEmpty());
  EXPECT_THAT(told("      spread: data\n      jenis: { const: X }\n", accepted("")), HasSubstr("[map.refuted]"));
}

TEST_F(Proof, SwitchesAndListsAreProved) {
  EXPECT_THAT(told("      isi:\n        switch:\n          - { when: data.jenis == "
                   "\"1\", map: { a: data.nik } }\n"
                   "          - { map: { b: data.nama } }\n      daftar: [data.nik, "
                   "data.?telepon]\n",
                   R"({"type":"object","required":["isi","daftar"],"properties":{
                     "isi":{"type":"object","anyOf":[{"required":["a"]},{"required":["b"]}],
                       "additionalProperties":false,"properties":{"a":{"type":"string","x-personal-data":"general"},
                       "b":{"type":"string"}}},
                     "daftar":{"type":"array","minItems":1,"maxItems":2,"items":{"type":"string","x-personal-data":"general"}}}})"),
              IsEmpty());
}

TEST_F(Proof, ARowThatATableLacksIsAnErrorAndBehindAConditionAWarning) {
  const auto accepted = R"({"type":"object","properties":{"jk":{"enum":["L","P"]}}})";
  EXPECT_EQ(told("      jk: lookup(\"jenis_kelamin\", data.jenis)\n", accepted),
            "routes/uji.yaml:6:11: error: the code table jenis_kelamin has no "
            "row for \"3\", which may be asked here "
            "(to[0].map.jk) [map.missing_row]\n"
            "    add the row to config/codes/jenis_kelamin.yaml, or say there "
            "what is taken otherwise");
  EXPECT_THAT(told("      jk: lookup(\"jenis_kelamin\", data.jenis)\n", accepted, "when: data.jenis != \"3\"\n"),
              testing::AllOf(HasSubstr("warning: the code table"), HasSubstr("[map.missing_row]")));
}

// What a condition asked is known in the map behind it.
TEST_F(Proof, AFieldThatTheConditionAsksForIsThereInTheMap) {
  const auto accepted = R"({"type":"object","required":["t"],"properties":{"t":{"type":"string","maxLength":15}}})";
  EXPECT_THAT(told("      t: data.telepon\n", accepted, "when: has(data.telepon)\n"), IsEmpty());
  EXPECT_THAT(told("      t: data.telepon\n", accepted, "when: has(data.kota)\n"), HasSubstr("[cel.optional]"));
  EXPECT_THAT(told("      t: data.telepon\n", accepted), HasSubstr("[cel.optional]"));
}

TEST_F(Proof, ListsInARowHaveTheItemsOfBoth) {
  const auto accepted = [](const char* items) {
    return std::string(
               R"({"type":"object","properties":{"d":{"type":"array","minItems":2,"maxItems":3,"items":{"type":"string","x-personal-data":"general","maxLength":)") +
           items + "}}}}";
  };
  const auto map = "      d: '[data.nik] + [data.jenis, \"4\"]'\n";
  EXPECT_THAT(told(map, accepted("16")), IsEmpty());
  EXPECT_THAT(told(map, accepted("15")), HasSubstr("[map.refuted]"));
}

// The items of a list that is written out are those that are written, and not none.
TEST_F(Proof, AnItemOfAWrittenListIsAnyOfIts) {
  const auto map = "      d:\n        each: '[data.nik, data.nama]'\n        as: satu\n        map: satu\n";
  const auto accepted = [](int length) {
    return R"({"type":"object","properties":{"d":{"type":"array","x-personal-data":"general","items":{"type":"string","maxLength":)" +
           std::to_string(length) + "}}}}";
  };
  EXPECT_THAT(told(map, accepted(100)), IsEmpty());
  EXPECT_THAT(told(map, accepted(99)), HasSubstr("[map.not_proved]"));
}

}  // namespace
}  // namespace simpul::tests
