// Where an event goes, in how many parts, and under which keys.
#include <gmock/gmock.h>

#include "tests/route/small_city.h"

namespace simpul::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Routing : public testing::Test {
 protected:
  KeyedHash hash_{"a key for tests"};

  static std::vector<std::string> names(const Generation::Routing& routing) {
    std::vector<std::string> out;
    for (const auto& routed : routing.routes)
      out.push_back(routed.route + " > " + routed.target + " " + std::to_string(routed.part));
    return out;
  }
};

TEST_F(Routing, AnEventGoesToEveryPlaceThatWantsIt) {
  auto routing = compiled(small_city())->route(move_event(), hash_);
  EXPECT_THAT(routing.unroutable, IsEmpty());
  EXPECT_THAT(names(routing), ElementsAre("pindah-datang > sismiop 0", "pindah-datang/pasien > khanza 0",
                                          "pindah-datang/pasien > khanza 1", "pindah-datang/pasien > khanza 3",
                                          "pindah-datang/keluarga > khanza 1000", "profil > layanan 0"));
}

TEST_F(Routing, NoTwoDeliveriesOfOneEventToOneAppShareAPart) {
  auto files = small_city();
  files["routes/lagi.yaml"] = R"(route: lagi
on: dukcapil.penduduk.pindah_datang.v1
to:
  - app: khanza
    into: keluarga
    map: { no_kk: data.no_kk_baru }
)";
  auto routing = compiled(files)->route(move_event(), hash_);
  std::set<std::pair<std::string, std::uint32_t>> seen;
  for (const auto& routed : routing.routes)
    EXPECT_TRUE(seen.emplace(routed.target, routed.part).second) << routed.route << " " << routed.part;
  EXPECT_EQ(routing.routes.size(), 7u);
}

TEST_F(Routing, ARoutesConditionKeepsEventsFromAllItsTargets) {
  auto routing = compiled(small_city())->route(move_event(R"({"kode_wilayah_baru":"36.03.01"})"), hash_);
  EXPECT_THAT(names(routing), ElementsAre("profil > layanan 0"));
}

TEST_F(Routing, ATargetsConditionConcernsThatTargetAlone) {
  auto routing = compiled(small_city())->route(move_event(R"({"anggota_ikut":[]})"), hash_);
  EXPECT_THAT(names(routing), ElementsAre("pindah-datang/keluarga > khanza 1000", "profil > layanan 0"));
}

TEST_F(Routing, ATypeThatNoRouteTakesGoesNowhere) {
  auto routing = compiled(small_city())->route(event_of("dukcapil.kelahiran.tercatat.v1", "{}"), hash_);
  EXPECT_THAT(routing.routes, IsEmpty());
  EXPECT_THAT(routing.keys, IsEmpty());
}

TEST_F(Routing, KeysAreKeyedHashesOfTheirValues) {
  auto event = move_event();
  auto routing = compiled(small_city())->route(event, hash_);
  EXPECT_THAT(routing.routes[0].keys, ElementsAre(hash_.of("3671015207909001")));
  EXPECT_THAT(routing.routes[1].keys, ElementsAre(hash_.of("3671015207909001")));
  EXPECT_THAT(routing.routes[3].keys, ElementsAre(hash_.of("3671015207909004")));
  EXPECT_THAT(routing.routes[4].keys, ElementsAre(hash_.of("3671010101159001"), hash_.of("3671010101159002")));
}

TEST_F(Routing, AnEventWithoutAKeyIsKeyedByItself) {
  auto city = compiled(small_city());
  auto one = city->route(move_event("{}", "a"), hash_), other = city->route(move_event("{}", "b"), hash_);
  EXPECT_THAT(one.routes.back().keys, ElementsAre(hash_.of("urn:kotacontoh:siak", "a")));
  EXPECT_NE(one.routes.back().keys, other.routes.back().keys);
}

TEST_F(Routing, AReplacedNikHoldsBothLanes) {
  auto routing = compiled(small_city())
                     ->route(event_of("dukcapil.biodata.nik_diganti.v1",
                                      R"({"nik_lama":"3671015207909001","nik_baru":"3671015207909002"})"),
                             hash_);
  ASSERT_EQ(routing.routes.size(), 1u);
  EXPECT_THAT(routing.routes[0].keys, ElementsAre(hash_.of("3671015207909001"), hash_.of("3671015207909002")));
  EXPECT_THAT(routing.keys, UnorderedElementsAre(hash_.of("3671015207909001"), hash_.of("3671015207909002")));
}

TEST_F(Routing, EqualKeysCountOnce) {
  auto routing = compiled(small_city())
                     ->route(event_of("dukcapil.biodata.nik_diganti.v1",
                                      R"({"nik_lama":"3671015207909001","nik_baru":"3671015207909001"})"),
                             hash_);
  EXPECT_THAT(routing.routes[0].keys, ElementsAre(hash_.of("3671015207909001")));
  EXPECT_EQ(routing.keys.size(), 1u);
}

TEST_F(Routing, ANumberIsAKeyByItsExactText) {
  auto files = changed(small_city(), "schemas/events/dukcapil.biodata.nik_diganti.v1.json",
                       R"("nik_baru": { "type": "string")", R"("nik_baru": { "type": "integer")");
  files = changed(files, "routes/nik-diganti.yaml", "data.nik_baru\n      JALAN", "string(data.nik_baru)\n      JALAN");
  files = changed(files, "config/apps/siak.yaml", "nik_baru: string(row.NIK)", "nik_baru: row.NIK");
  auto routing = compiled(files)->route(
      event_of("dukcapil.biodata.nik_diganti.v1", R"({"nik_lama":"3671015207909001","nik_baru":3671015207909002})"),
      hash_);
  ASSERT_EQ(routing.routes.size(), 1u);
  EXPECT_THAT(routing.unroutable, IsEmpty());
  EXPECT_THAT(routing.routes[0].keys, ElementsAre(hash_.of("3671015207909001"), hash_.of("3671015207909002")));
}

TEST_F(Routing, AnEmptyKeyParksForThoseTargetsOnly) {
  auto event = move_event(R"({"nik":""})");
  auto routing = compiled(small_city())->route(event, hash_);
  ASSERT_EQ(routing.unroutable.size(), 1u);
  EXPECT_EQ(routing.unroutable[0].route, "pindah-datang");
  EXPECT_EQ(routing.unroutable[0].target, "sismiop");
  EXPECT_EQ(routing.unroutable[0].reason, "the key (routes/pindah-datang.yaml:7:6) cannot be evaluated: it is empty");
  EXPECT_EQ(routing.routes[0].reason, routing.unroutable[0].reason);
  EXPECT_THAT(routing.routes[0].keys, ElementsAre(hash_.of(event.source(), event.id())));
  EXPECT_EQ(routing.routes.size(), 6u);
  for (std::size_t i = 1; i < routing.routes.size(); ++i) EXPECT_EQ(routing.routes[i].reason, "");
}

TEST_F(Routing, AnItemThatCannotBeKeyedParksItsTargetAsAWhole) {
  auto routing =
      compiled(small_city())
          ->route(
              move_event(
                  R"({"anggota_ikut":[{"nik":"3671015207909001","stat_hbkel":1,"jenis_kelamin":"1"},{"nik":"","stat_hbkel":3,"jenis_kelamin":"2"}]})"),
              hash_);
  ASSERT_EQ(routing.unroutable.size(), 1u);
  EXPECT_EQ(routing.unroutable[0].route, "pindah-datang/pasien");
  EXPECT_THAT(names(routing), ElementsAre("pindah-datang > sismiop 0", "pindah-datang/pasien > khanza 0",
                                          "pindah-datang/keluarga > khanza 1000", "profil > layanan 0"));
}

TEST_F(Routing, AConditionThatFailsParksEveryTargetOfItsRoute) {
  auto files = changed(small_city(), "routes/pindah-datang.yaml", R"(data.kode_wilayah_baru.startsWith("36.71."))",
                       "int(data.kode_wilayah_baru) > 0");
  auto routing = compiled(files)->route(move_event(), hash_);
  EXPECT_EQ(routing.unroutable.size(), 3u);
  EXPECT_THAT(routing.unroutable[0].reason,
              HasSubstr("the route's `when` (routes/pindah-datang.yaml:4:7) cannot be evaluated: "));
  EXPECT_EQ(routing.routes.size(), 4u);
  std::set<std::pair<std::string, std::uint32_t>> seen;
  for (const auto& routed : routing.routes) EXPECT_TRUE(seen.emplace(routed.target, routed.part).second);
}

TEST_F(Routing, TooManyPartsPark) {
  std::string members;
  for (std::uint32_t i = 0; i <= parts_limit; ++i)
    members += std::string(i == 0 ? "" : ",") + R"({"nik":"3671015207909001","stat_hbkel":1,"jenis_kelamin":"1"})";
  auto city = compiled(small_city());
  auto routing = city->route(move_event(R"({"anggota_ikut":[)" + members + "]}"), hash_);
  ASSERT_EQ(routing.unroutable.size(), 1u);
  EXPECT_THAT(routing.unroutable[0].reason,
              HasSubstr("its list has 1001 items, and at most 1000 are delivered of one event"));
  auto just = members.substr(0, members.rfind(",{"));
  EXPECT_THAT(city->route(move_event(R"({"anggota_ikut":[)" + just + "]}"), hash_).unroutable, IsEmpty());
}

TEST_F(Routing, IsTheSameEveryTimeAndInEveryGenerationOfTheSameFiles) {
  auto one = compiled(small_city()), other = compiled(small_city());
  auto event = move_event();
  auto first = one->route(event, hash_);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(one->route(event, hash_).routes, first.routes);
  EXPECT_EQ(other->route(event, hash_).routes, first.routes);
  EXPECT_EQ(other->route(event, hash_).keys, first.keys);
}

TEST_F(Routing, ReasonsHoldNoValues) {
  auto files = changed(small_city(), "routes/pindah-datang.yaml", "key: data.nik\n", "key: string(int(data.alamat))\n");
  auto routing = compiled(files)->route(move_event(R"({"alamat":"JALAN RAHASIA"})"), hash_);
  ASSERT_EQ(routing.unroutable.size(), 1u);
  EXPECT_THAT(routing.unroutable[0].reason, testing::Not(HasSubstr("RAHASIA")));
}

TEST_F(Routing, EveryTargetOfARoutingIsFound) {
  auto city = compiled(small_city());
  for (const auto& routed : city->route(move_event(), hash_).routes) {
    const auto* target = city->target_of(routed.route, routed.target);
    ASSERT_NE(target, nullptr) << routed.route;
    EXPECT_EQ(target->route(), routed.route);
    EXPECT_EQ(target->app(), routed.target);
  }
  EXPECT_EQ(city->target_of("pindah-datang/pasien", "khanza")->into(), "pasien");
  EXPECT_EQ(city->target_of("profil", "layanan")->into(), "");
  EXPECT_EQ(city->target_of("pindah-datang", "khanza"), nullptr);
  EXPECT_EQ(city->target_of("tidak-ada", "khanza"), nullptr);
}

}  // namespace
}  // namespace simpul::tests
