// The city's reference deployment, as it is shipped: what becomes of a family's move, a death, a correction
// and a replaced NIK.
#include <gmock/gmock.h>

#include "bus/base/environment.h"
#include "tests/route/small_city.h"

namespace simpul::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr const char* move_type = "dukcapil.penduduk.pindah_datang.v1";

class ShippedCity : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto files = read_configuration(*system_environment().disk, SIMPUL_SOURCE_DIR);
    ASSERT_TRUE(files) << to_text(files.error());
    auto compiled_all = compile_generation(*files, {"file", "http", "sql"});
    ASSERT_TRUE(compiled_all) << to_text(compiled_all.error());
    city_ = *compiled_all;
  }
  static void TearDownTestSuite() { city_.reset(); }
  void SetUp() override { ASSERT_NE(city_, nullptr); }

  // Everything that an event becomes: "target/into part: payload", or the reason why not.
  static std::vector<std::string> deliveries(const Event& event) {
    std::vector<std::string> out;
    for (const auto& routed : city_->route(event, KeyedHash("k")).routes) {
      const auto* target = city_->target_of(routed.route, routed.target);
      EXPECT_NE(target, nullptr) << routed.route;
      if (target == nullptr) continue;
      auto payload = target->map(event, routed.part, EventOf::this_generation);
      out.push_back(target->app() + (target->into().empty() ? "" : "/" + target->into()) + ": " +
                    (payload ? payload->payload : payload.error().message));
    }
    return out;
  }

  // What SIAK's rules make of a family's row: nothing, or each event's data.
  static std::vector<std::string> data_of(const std::string& row, const std::string& old, std::string_view change) {
    auto now = json::parse(row), before = json::parse(old);
    std::vector<std::string> out;
    for (const auto& rule : city_->apps().at("siak").sources.at(0).rules) {
      auto made = rule->make(now->root(), before->root(), change);
      EXPECT_TRUE(made) << to_text(made.error());
      if (made && *made) out.push_back((*made)->data_json);
    }
    return out;
  }

  static std::string violations(const char* type, const std::string& data) {
    auto document = json::parse(data);
    std::string out;
    for (const auto& violation : city_->event_schema(type)->explain(document->root()))
      out += violation.instance + " " + violation.rule + "; ";
    return out;
  }

  static std::shared_ptr<const Generation> city_;
};

std::shared_ptr<const Generation> ShippedCity::city_;

constexpr const char* row_now =
    R"({"NO_KK":"3671052211269001","NIK_KK":"3671051203809001","ALAMAT":"JL MELATI 3 NO 12","NO_RT":"004","NO_RW":"011","KODE_WILAYAH":"36.71.07.1004",)"
    R"("ANGGOTA":"3671055207829001:3,3671050302149001:4"})";
constexpr const char* row_before =
    R"({"ALAMAT":"JL KENANGA NO 7","NO_RT":"001","NO_RW":"002","KODE_WILAYAH":"36.71.05.1003"})";

TEST_F(ShippedCity, HasNoWarnings) {
  EXPECT_EQ(to_text(city_->warnings()), "");
}

TEST_F(ShippedCity, AChangedAddressInSiakIsAMove) {
  auto made = data_of(row_now, row_before, "update");
  ASSERT_EQ(made.size(), 1u);
  EXPECT_EQ(
      made[0],
      R"({"nik":"3671051203809001","no_kk_lama":"3671052211269001","no_kk_baru":"3671052211269001","alamat":"JL MELATI 3 NO 12","rt":"004","rw":"011",)"
      R"("kode_wilayah_lama":"36.71.05.1003","kode_wilayah_baru":"36.71.07.1004","jenis_kepindahan":"antar_kecamatan",)"
      R"("anggota_ikut":[{"nik":"3671055207829001","stat_hbkel":3},{"nik":"3671050302149001","stat_hbkel":4}]})");
  EXPECT_EQ(violations(move_type, made[0]), "");
}

TEST_F(ShippedCity, ANewMemberOfAFamilyIsNoMove) {
  EXPECT_THAT(
      data_of(row_now, R"({"ALAMAT":"JL MELATI 3 NO 12","NO_RT":"004","NO_RW":"011","KODE_WILAYAH":"36.71.07.1004"})",
              "update"),
      IsEmpty());
}

TEST_F(ShippedCity, ANewFamilyCardIsAMoveFromAnUnknownPlace) {
  auto made = data_of(
      R"({"NO_KK":"3671052211269001","NIK_KK":"3671051203809001","ALAMAT":"JL MELATI 3 NO 12","NO_RT":"004","NO_RW":"011","KODE_WILAYAH":"36.71.07.1004","ANGGOTA":""})",
      "null", "insert");
  ASSERT_EQ(made.size(), 1u);
  EXPECT_THAT(made[0], Not(HasSubstr("_lama")));
  EXPECT_EQ(violations(move_type, made[0]), "");
}

TEST_F(ShippedCity, AnAddressThatIsMissingIsRefused) {
  auto made = data_of(
      R"({"NO_KK":"3671052211269001","NIK_KK":"3671051203809001","ALAMAT":null,"NO_RT":"004","NO_RW":"11a","KODE_WILAYAH":"36.71.07.1004","ANGGOTA":""})",
      row_before, "update");
  ASSERT_EQ(made.size(), 1u);
  EXPECT_THAT(violations(move_type, made[0]), HasSubstr("/alamat type"));
  EXPECT_THAT(violations(move_type, made[0]), HasSubstr("/rw pattern"));
}

TEST_F(ShippedCity, AMoveReachesEveryHolderInItsOwnWords) {
  auto event = event_of(move_type, data_of(row_now, row_before, "update").at(0));
  EXPECT_THAT(
      deliveries(event),
      UnorderedElementsAre(
          R"(simrs/pasien: {"no_ktp":"3671051203809001","alamat":"JL MELATI 3 NO 12 RT 004 RW 011","kd_kel":"44","kd_kec":"2","kd_kab":"1","kd_prop":"1"})",
          R"(simrs/pasien: {"no_ktp":"3671055207829001","alamat":"JL MELATI 3 NO 12 RT 004 RW 011","kd_kel":"44","kd_kec":"2","kd_kab":"1","kd_prop":"1"})",
          R"(simrs/pasien: {"no_ktp":"3671050302149001","alamat":"JL MELATI 3 NO 12 RT 004 RW 011","kd_kel":"44","kd_kec":"2","kd_kab":"1","kd_prop":"1"})",
          R"(sismiop/dat_subjek_pajak: {"SUBJEK_PAJAK_ID":"3671051203809001","JALAN_WP":"JL MELATI 3 NO 12","RT_WP":"004","RW_WP":"11","KELURAHAN_WP":"CIMONE","KOTA_WP":"KOTA TANGERANG"})",
          R"(spmb/domisili: {"nik":"3671050302149001","no_kk":"3671052211269001","alamat":"JL MELATI 3 NO 12","rt":"004","rw":"011","kode_wilayah":"36.71.07.1004"})",
          R"(perizinan/pemohon: {"nik":"3671051203809001","alamat":"JL MELATI 3 NO 12","rt":"004","rw":"011","kode_wilayah":"36.71.07.1004"})",
          R"(esabakota/alamat: {"nik":"3671051203809001","alamat":"JL MELATI 3 NO 12","rt":"004","rw":"011","kode_wilayah":"36.71.07.1004"})",
          R"(kecamatan/peristiwa: {"kode_peristiwa":5,"nik":"3671051203809001","no_kk":"3671052211269001","alamat":"JL MELATI 3 NO 12","rt":"004","rw":"011","kode_wilayah":"36.71.07.1004","anggota":["3671055207829001","3671050302149001"]})",
          R"(tangerang-live/profil: {"nik":"3671051203809001","peristiwa":"alamat","alamat":"JL MELATI 3 NO 12","rt":"004","rw":"011","kode_wilayah":"36.71.07.1004"})",
          R"(tangerang-live/profil: {"nik":"3671055207829001","peristiwa":"alamat","alamat":"JL MELATI 3 NO 12","rt":"004","rw":"011","kode_wilayah":"36.71.07.1004"})",
          R"(tangerang-live/profil: {"nik":"3671050302149001","peristiwa":"alamat","alamat":"JL MELATI 3 NO 12","rt":"004","rw":"011","kode_wilayah":"36.71.07.1004"})"));
}

TEST_F(ShippedCity, AKelurahanThatATableDoesNotKnowParksThatTargetAlone) {
  auto event = event_of(
      move_type,
      R"({"nik":"3671051203809001","no_kk_baru":"3671052211269001","alamat":"JL BARU","rt":"001","rw":"001","kode_wilayah_baru":"36.71.02.1001","anggota_ikut":[]})");
  auto all = deliveries(event);
  EXPECT_THAT(all, testing::Contains(HasSubstr("kelurahan_khanza")));
  EXPECT_THAT(all, testing::Contains(testing::StartsWith(R"(perizinan/pemohon: {"nik")")));
}

TEST_F(ShippedCity, AMoveOutOfTheCityGoesNowhere) {
  EXPECT_THAT(
      deliveries(event_of(
          move_type,
          R"({"nik":"3671051203809001","no_kk_baru":"3671052211269001","alamat":"JL BARU","rt":"001","rw":"001","kode_wilayah_baru":"36.74.02.1001","anggota_ikut":[]})")),
      IsEmpty());
}

TEST_F(ShippedCity, TheCauseOfADeathGoesNowhere) {
  const std::string data =
      R"({"nik":"3671051203809001","tgl_meninggal":"2026-11-20","no_akta_mati":"3671-KM-9001","sebab":"RAHASIA MEDIS"})";
  EXPECT_EQ(violations("dukcapil.penduduk.meninggal.v1", data), "");
  auto all = deliveries(event_of("dukcapil.penduduk.meninggal.v1", data));
  EXPECT_THAT(
      all,
      UnorderedElementsAre(
          R"(simgaji/perubahan: {"nik":"3671051203809001","perubahan":"MENINGGAL","tanggal":"2026-11-20","dokumen":"3671-KM-9001","nilai":""})",
          R"(esabakota/meninggal: {"nik":"3671051203809001","tgl_meninggal":"2026-11-20","no_akta_mati":"3671-KM-9001"})",
          R"(kecamatan/peristiwa: {"kode_peristiwa":2,"nik":"3671051203809001","tgl_peristiwa":"2026-11-20","dokumen":"3671-KM-9001"})",
          R"(tangerang-live/profil: {"nik":"3671051203809001","peristiwa":"meninggal"})"));
}

TEST_F(ShippedCity, ADeathInHospitalIsReportedToTheRegistry) {
  EXPECT_THAT(
      deliveries(event_of(
          "faskes.kematian.dilaporkan.v1",
          R"({"nik":"3671051203809001","tgl_meninggal":"2026-11-20","faskes":"RSUD Kota Tangerang","no_rkm_medis":"000001"})")),
      ElementsAre(
          R"(disdukcapil/laporan_kematian: {"nik":"3671051203809001","tgl_meninggal":"2026-11-20","pelapor":"RSUD Kota Tangerang"})"));
}

TEST_F(ShippedCity, ALongNameIsCutForThoseThatCannotHoldIt) {
  auto all = deliveries(event_of(
      "dukcapil.biodata.diubah.v1",
      R"({"nik":"3671051203809001","jenis_klmin":1,"elemen_berubah":["nama_lgkp"],"nilai_baru":{"nama_lgkp":"RADEN MAS HARYO SURYANINGRAT KUSUMADININGRAT WIJAYA"},"dasar":"PN-9001"})"));
  EXPECT_THAT(
      all,
      testing::IsSupersetOf(
          {std::string(
               R"(simrs/pasien: {"no_ktp":"3671051203809001","jk":"L","nm_pasien":"RADEN MAS HARYO SURYANINGRAT KUSUMADININ"})"),
           std::string(
               R"(sismiop/dat_subjek_pajak: {"SUBJEK_PAJAK_ID":"3671051203809001","NM_WP":"RADEN MAS HARYO SURYANINGRAT K"})"),
           std::string(
               R"(perizinan/nama: {"nik":"3671051203809001","nama":"RADEN MAS HARYO SURYANINGRAT KUSUMADININGRAT WIJAYA","dasar":"PN-9001"})")}));
  EXPECT_EQ(all.size(), 7u);
}

TEST_F(ShippedCity, MaritalStatusIsWrittenBySexAndOnlyWhereItIsKept) {
  auto of = [](int sex, int status) {
    return deliveries(
        event_of("dukcapil.biodata.diubah.v1", R"({"nik":"3671051203809001","jenis_klmin":)" + std::to_string(sex) +
                                                   R"(,"elemen_berubah":["stat_kwn"],"nilai_baru":{"stat_kwn":)" +
                                                   std::to_string(status) + R"(},"dasar":"PN-9001"})"));
  };
  EXPECT_THAT(of(1, 4), ElementsAre(R"(simrs/pasien: {"no_ktp":"3671051203809001","jk":"L","stts_nikah":"DUDHA"})"));
  EXPECT_THAT(of(2, 3), ElementsAre(R"(simrs/pasien: {"no_ktp":"3671051203809001","jk":"P","stts_nikah":"JANDA"})"));
}

TEST_F(ShippedCity, AReplacedNikHoldsBothLanesEverywhere) {
  auto event = event_of(
      "dukcapil.biodata.nik_diganti.v1",
      R"({"nik_lama":"3671051203809001","nik_baru":"3671051303809001","alasan":"koreksi_tgl_lahir","dasar":"PN-9001"})");
  KeyedHash hash("k");
  auto routing = city_->route(event, hash);
  EXPECT_EQ(routing.routes.size(), 8u);
  for (const auto& routed : routing.routes)
    EXPECT_THAT(routed.keys, ElementsAre(hash.of("3671051203809001"), hash.of("3671051303809001"))) << routed.target;
  EXPECT_THAT(deliveries(event),
              testing::Contains(R"(simrs/nik_diganti: {"nik_lama":"3671051203809001","nik_baru":"3671051303809001"})"));
}

}  // namespace
}  // namespace simpul::tests
