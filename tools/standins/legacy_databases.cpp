#include "tools/standins/legacy_databases.h"

#include <fmt/format.h>

#include "bus/base/environment.h"
#include "tools/standins/database.h"

namespace simpul::standins {

namespace {

// Oracle's NUMBER keys, dates as dd-mm-yyyy text, the address on the family, no date of change on a person.
constexpr const char* siak_tables = R"sql(
CREATE TABLE SETUP_KEC (NO_PROP INTEGER, NO_KAB INTEGER, NO_KEC INTEGER, NAMA_KEC TEXT, PRIMARY KEY (NO_PROP, NO_KAB, NO_KEC));
CREATE TABLE SETUP_KEL (NO_PROP INTEGER, NO_KAB INTEGER, NO_KEC INTEGER, NO_KEL INTEGER, NAMA_KEL TEXT,
  PRIMARY KEY (NO_PROP, NO_KAB, NO_KEC, NO_KEL));
CREATE TABLE DATA_KELUARGA (
  NO_KK NUMERIC(16) PRIMARY KEY, NIK_KK NUMERIC(16), NAMA_KEP TEXT, ALAMAT TEXT, NO_RT INTEGER, NO_RW INTEGER, DUSUN TEXT,
  KODE_POS TEXT, TELP TEXT, NO_PROP INTEGER, NO_KAB INTEGER, NO_KEC INTEGER, NO_KEL INTEGER,
  TGL_INSERTION TEXT, TGL_UPDATION TEXT, PFLAG TEXT, CFLAG TEXT);
CREATE TABLE BIODATA_WNI (
  NIK NUMERIC(16) PRIMARY KEY, NO_KTP TEXT, TMPT_SBL TEXT, NO_PASPOR TEXT, TGL_AKH_PASPOR TEXT, NAMA_LGKP TEXT, JENIS_KLMIN INTEGER,
  TMPT_LHR TEXT, TGL_LHR TEXT, AKTA_LHR INTEGER, NO_AKTA_LHR TEXT, GOL_DRH INTEGER, AGAMA INTEGER, STAT_KWN INTEGER, AKTA_KWN INTEGER,
  NO_AKTA_KWN TEXT, TGL_KWN TEXT, AKTA_CRAI INTEGER, NO_AKTA_CRAI TEXT, TGL_CRAI TEXT, STAT_HBKEL INTEGER, KLAIN_FSK INTEGER,
  PNYDNG_CCT INTEGER, PDDK_AKH INTEGER, JENIS_PKRJN INTEGER, NIK_IBU NUMERIC(16), NAMA_LGKP_IBU TEXT, NIK_AYAH NUMERIC(16),
  NAMA_LGKP_AYAH TEXT, NAMA_KET_RT TEXT, NAMA_KET_RW TEXT, NAMA_PET_REG TEXT, NIP_PET_REG TEXT, NAMA_PET_ENTRI TEXT, NIP_PET_ENTRI TEXT,
  TGL_ENTRI TEXT, NO_KK NUMERIC(16), NO_PROP INTEGER, NO_KAB INTEGER, NO_KEC INTEGER, NO_KEL INTEGER, PFLAG TEXT, CFLAG TEXT);
CREATE INDEX BIODATA_WNI_KK ON BIODATA_WNI (NO_KK);
)sql";

// Short columns, local numbers for regions, no_ktp without a unique rule. simpul_nik_diganti is what the
// hospital added for the bus: a number that is replaced is the key of nothing here but no_ktp.
constexpr const char* simrs_tables = R"sql(
CREATE TABLE propinsi (kd_prop INTEGER PRIMARY KEY, nm_prop TEXT);
CREATE TABLE kabupaten (kd_kab INTEGER PRIMARY KEY, nm_kab TEXT);
CREATE TABLE kecamatan (kd_kec INTEGER PRIMARY KEY, nm_kec TEXT);
CREATE TABLE kelurahan (kd_kel INTEGER PRIMARY KEY, nm_kel TEXT);
CREATE TABLE pasien (
  no_rkm_medis VARCHAR(15) PRIMARY KEY, nm_pasien VARCHAR(40) CHECK (length(nm_pasien) <= 40), no_ktp VARCHAR(20),
  jk TEXT CHECK (jk IN ('L', 'P')), tmp_lahir VARCHAR(15) CHECK (length(tmp_lahir) <= 15), tgl_lahir DATE, nm_ibu VARCHAR(40),
  alamat VARCHAR(200) CHECK (length(alamat) <= 200), gol_darah TEXT, pekerjaan VARCHAR(60),
  stts_nikah TEXT CHECK (stts_nikah IN ('BELUM MENIKAH', 'MENIKAH', 'JANDA', 'DUDHA', 'JOMBLO')), agama VARCHAR(12), tgl_daftar DATE,
  no_tlp VARCHAR(40), umur VARCHAR(30), pnd TEXT, keluarga TEXT, namakeluarga VARCHAR(50), kd_pj CHAR(3), no_peserta VARCHAR(25),
  kd_kel INTEGER REFERENCES kelurahan, kd_kec INTEGER REFERENCES kecamatan, kd_kab INTEGER REFERENCES kabupaten,
  kd_prop INTEGER REFERENCES propinsi);
CREATE INDEX pasien_no_ktp ON pasien (no_ktp);
CREATE TABLE pasien_mati (no_rkm_medis VARCHAR(15) PRIMARY KEY REFERENCES pasien, tanggal DATE, jam TIME, keterangan VARCHAR(100),
  temp_meninggal TEXT, icd1 VARCHAR(20), icd2 VARCHAR(20), icd3 VARCHAR(20), icd4 VARCHAR(20), kd_dokter VARCHAR(20));
CREATE TABLE simpul_nik_diganti (id INTEGER PRIMARY KEY, nik_lama VARCHAR(20) NOT NULL, nik_baru VARCHAR(20) NOT NULL);
CREATE TRIGGER simpul_ganti_nik AFTER INSERT ON simpul_nik_diganti BEGIN
  UPDATE pasien SET no_ktp = NEW.nik_baru WHERE no_ktp = NEW.nik_lama;
END;
INSERT INTO propinsi VALUES (1, 'BANTEN');
INSERT INTO kabupaten VALUES (1, 'KOTA TANGERANG');
)sql";

constexpr const char* sismiop_tables = R"sql(
CREATE TABLE DAT_SUBJEK_PAJAK (
  SUBJEK_PAJAK_ID VARCHAR(30) PRIMARY KEY, NM_WP VARCHAR(30) CHECK (length(NM_WP) <= 30),
  JALAN_WP VARCHAR(30) CHECK (length(JALAN_WP) <= 30),
  BLOK_KAV_NO_WP VARCHAR(15), RW_WP CHAR(2) CHECK (length(RW_WP) <= 2), RT_WP CHAR(3) CHECK (length(RT_WP) <= 3),
  KELURAHAN_WP VARCHAR(30), KOTA_WP VARCHAR(30), KD_POS_WP VARCHAR(5), TELP_WP VARCHAR(20), NPWP VARCHAR(16), STATUS_PEKERJAAN_WP CHAR(1));
CREATE TABLE DAT_OBJEK_PAJAK (
  KD_PROPINSI CHAR(2), KD_DATI2 CHAR(2), KD_KECAMATAN CHAR(3), KD_KELURAHAN CHAR(3), KD_BLOK CHAR(3), NO_URUT CHAR(4), KD_JNS_OP CHAR(1),
  SUBJEK_PAJAK_ID VARCHAR(30) REFERENCES DAT_SUBJEK_PAJAK, JALAN_OP VARCHAR(30), BLOK_KAV_NO_OP VARCHAR(15), RW_OP CHAR(2), RT_OP CHAR(3),
  TOTAL_LUAS_BUMI INTEGER, TOTAL_LUAS_BNG INTEGER, NJOP_BUMI INTEGER, NJOP_BNG INTEGER,
  PRIMARY KEY (KD_PROPINSI, KD_DATI2, KD_KECAMATAN, KD_KELURAHAN, KD_BLOK, NO_URUT, KD_JNS_OP));
CREATE TABLE SIMPUL_NIK_DIGANTI (ID INTEGER PRIMARY KEY, NIK_LAMA VARCHAR(30) NOT NULL, NIK_BARU VARCHAR(30) NOT NULL);
CREATE TRIGGER SIMPUL_GANTI_NIK AFTER INSERT ON SIMPUL_NIK_DIGANTI BEGIN
  UPDATE DAT_SUBJEK_PAJAK SET SUBJEK_PAJAK_ID = NEW.NIK_BARU WHERE SUBJEK_PAJAK_ID = NEW.NIK_LAMA;
  UPDATE DAT_OBJEK_PAJAK SET SUBJEK_PAJAK_ID = NEW.NIK_BARU WHERE SUBJEK_PAJAK_ID = NEW.NIK_LAMA;
END;
)sql";

std::string cut(const std::string& text, std::size_t length) {
  return text.substr(0, length);
}

Cell integer(std::int64_t value) {
  return value;
}

std::string iso_date(const std::string& day_first) {
  return day_first.substr(6, 4) + "-" + day_first.substr(3, 2) + "-" + day_first.substr(0, 2);
}

const char* marital_words(const Resident& resident) {
  switch (resident.marital) {
    case 1:
      return "BELUM MENIKAH";
    case 2:
      return "MENIKAH";
    default:
      return resident.woman ? "JANDA" : "DUDHA";
  }
}

Result<Database> fresh(const std::string& path, const char* tables) {
  if (system_environment().disk->exists(path))
    return fail("standins.exists", fmt::format("{} is there already", path),
                "name another folder, or remove this one first");
  auto database = Database::open(path);
  if (!database) return database;
  // Readers and the writer do not wait for each other, as with the real servers.
  if (auto made = database->run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN;" + std::string(tables));
      !made)
    return std::unexpected(made.error());
  return database;
}

Result<void> make_siak(const std::string& path, const std::vector<Family>& families) {
  auto database = fresh(path, siak_tables);
  if (!database) return std::unexpected(database.error());
  for (const auto& place : kelurahan()) {
    auto a = database->query("INSERT OR IGNORE INTO SETUP_KEC VALUES (36, 71, ?, ?)",
                             {integer(place.no_kec), std::string(place.kecamatan)});
    if (!a) return a;
    auto b = database->query("INSERT INTO SETUP_KEL VALUES (36, 71, ?, ?, ?)",
                             {integer(place.no_kec), integer(place.no_kel), std::string(place.name)});
    if (!b) return b;
  }
  for (const auto& family : families) {
    const auto& place = kelurahan()[family.kelurahan];
    const auto& head = family.members.front();
    auto put = database->query(
        "INSERT INTO DATA_KELUARGA (NO_KK, NIK_KK, NAMA_KEP, ALAMAT, NO_RT, NO_RW, KODE_POS, NO_PROP, NO_KAB, NO_KEC, "
        "NO_KEL, TGL_INSERTION, PFLAG, CFLAG) "
        "VALUES (?, ?, ?, ?, ?, ?, '15140', 36, 71, ?, ?, '02-01-2019', 'N', 'N')",
        {family.no_kk, head.nik, head.name, family.address, integer(family.rt), integer(family.rw),
         integer(place.no_kec), integer(place.no_kel)});
    if (!put) return put;
    for (const auto& member : family.members) {
      auto person = database->query(
          "INSERT INTO BIODATA_WNI (NIK, NAMA_LGKP, JENIS_KLMIN, TMPT_LHR, TGL_LHR, AGAMA, STAT_KWN, STAT_HBKEL, "
          "TGL_ENTRI, NO_KK, NO_PROP, NO_KAB, "
          "NO_KEC, NO_KEL, PFLAG, CFLAG) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '02-01-2019', ?, 36, 71, ?, ?, 'N', 'N')",
          {member.nik, member.name, integer(member.woman ? 2 : 1), member.birth_place, member.birth_date,
           integer(member.religion), integer(member.marital), integer(member.relation), family.no_kk,
           integer(place.no_kec), integer(place.no_kel)});
      if (!person) return person;
    }
  }
  return database->run("COMMIT");
}

Result<void> add_patient(Database& database, const Family& family, const Resident& resident, std::size_t number) {
  const auto& place = kelurahan()[family.kelurahan];
  return database.query(
      "INSERT INTO pasien (no_rkm_medis, nm_pasien, no_ktp, jk, tmp_lahir, tgl_lahir, nm_ibu, alamat, gol_darah, "
      "stts_nikah, agama, tgl_daftar, keluarga, "
      "kd_pj, kd_kel, kd_kec, kd_kab, kd_prop) VALUES (?, ?, ?, ?, ?, ?, '-', ?, '-', ?, 'ISLAM', '2021-05-03', 'DIRI "
      "SENDIRI', 'UMU', ?, ?, 1, 1)",
      {fmt::format("{:06}", number), cut(resident.name, 40), fmt::format("{:016}", resident.nik),
       std::string(resident.woman ? "P" : "L"), cut(resident.birth_place, 15), iso_date(resident.birth_date),
       fmt::format("{} RT {:03} RW {:03}", family.address, family.rt, family.rw), std::string(marital_words(resident)),
       integer(place.khanza_kel), integer(place.khanza_kec)});
}

// The whole first family are patients, of the others two of three; every tenth patient was registered twice.
Result<void> make_simrs(const std::string& path, const std::vector<Family>& families) {
  auto database = fresh(path, simrs_tables);
  if (!database) return std::unexpected(database.error());
  for (const auto& place : kelurahan()) {
    auto a =
        database->query("INSERT INTO kelurahan VALUES (?, ?)", {integer(place.khanza_kel), std::string(place.name)});
    if (!a) return a;
    auto b = database->query("INSERT OR IGNORE INTO kecamatan VALUES (?, ?)",
                             {integer(place.khanza_kec), std::string(place.kecamatan)});
    if (!b) return b;
  }
  std::size_t number = 0, person = 0;
  for (const auto& family : families) {
    for (const auto& member : family.members) {
      const bool patient = &family == &families.front() || person % 3 != 0;
      ++person;
      if (!patient) continue;
      if (auto added = add_patient(*database, family, member, ++number); !added) return added;
      if (number % 10 != 0) continue;
      if (auto again = add_patient(*database, family, member, ++number); !again) return again;
    }
  }
  return database->run("COMMIT");
}

// The heads of three families of four own something; the first head does.
Result<void> make_sismiop(const std::string& path, const std::vector<Family>& families) {
  auto database = fresh(path, sismiop_tables);
  if (!database) return std::unexpected(database.error());
  for (std::size_t i = 0; i < families.size(); ++i) {
    if (i % 4 == 3) continue;
    const auto& family = families[i];
    const auto& head = family.members.front();
    const auto id = fmt::format("{:016}", head.nik);
    auto subject = database->query(
        "INSERT INTO DAT_SUBJEK_PAJAK (SUBJEK_PAJAK_ID, NM_WP, JALAN_WP, RW_WP, RT_WP, KELURAHAN_WP, KOTA_WP, "
        "STATUS_PEKERJAAN_WP) "
        "VALUES (?, ?, ?, ?, ?, ?, 'KOTA TANGERANG', '5')",
        {id, cut(head.name, 30), cut(family.address, 30), fmt::format("{:02}", family.rw),
         fmt::format("{:03}", family.rt), std::string(kelurahan()[family.kelurahan].name)});
    if (!subject) return subject;
    // The tax office counts regions in its own way: these are no codes of the ministry.
    auto object = database->query(
        "INSERT INTO DAT_OBJEK_PAJAK VALUES ('99', '99', ?, '003', '012', ?, '0', ?, ?, '', ?, ?, 120, 72, 240000000, "
        "110000000)",
        {fmt::format("{:03}", 10 * kelurahan()[family.kelurahan].khanza_kec), fmt::format("{:04}", i + 1), id,
         cut(family.address, 30), fmt::format("{:02}", family.rw), fmt::format("{:03}", family.rt)});
    if (!object) return object;
  }
  return database->run("COMMIT");
}

}  // namespace

Result<void> make_legacy_databases(const std::string& folder, const std::vector<Family>& families) {
  if (auto siak = make_siak(folder + "/siak.db", families); !siak) return siak;
  if (auto simrs = make_simrs(folder + "/simrs.db", families); !simrs) return simrs;
  return make_sismiop(folder + "/sismiop.db", families);
}

}  // namespace simpul::standins
