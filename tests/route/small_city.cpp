#include "tests/route/small_city.h"

#include <gtest/gtest.h>

#include "bus/route/kinds.h"

namespace simpul::tests {
namespace {

const ConfigurationFiles& city_config() {
  static const ConfigurationFiles files{
      {"config/simpul.yaml", R"(city: Kota Contoh
source: urn:kotacontoh
log: { folder: var/log, segment_mebibytes: 64 }
control: { socket: var/simpul.sock }
listen:
  api: { http: { port: 8480 } }
)"},
      {"config/apps/siak.yaml", R"(app: siak
title: SIAK
owner: disdukcapil
publishes: [dukcapil.penduduk.pindah_datang.v1, dukcapil.biodata.nik_diganti.v1]
cleared: specific
sources:
  keluarga:
    sql: { table: DATA_KELUARGA }
    events:
      - type: dukcapil.biodata.nik_diganti.v1
        when: change == "update" && row.NIK != old.NIK
        subject: row.NIK
        time: row.TGL
        data:
          nik_lama: string(old.NIK)
          nik_baru: string(row.NIK)
target:
  http: { url: http://127.0.0.1:9/siak }
)"},
      {"config/apps/sismiop.yaml", R"(app: sismiop
title: SISMIOP (PBB)
owner: bapenda
receives: [dukcapil.penduduk.pindah_datang.v1, dukcapil.biodata.nik_diganti.v1]
cleared: general
purpose: pemutakhiran-wajib-pajak
legal_basis: UU27/2022:20(2)e
agreement: { number: CONTOH/001, until: 2030-12-31 }
target:
  sql: { database: sismiop.db }
accepts: { dat_subjek_pajak: apps/sismiop/dat_subjek_pajak }
retry: { attempts: 5, first_ms: 100, limit_ms: 2000 }
concurrency: 4
)"},
      {"config/apps/khanza.yaml", R"(app: khanza
title: SIMRS Khanza
owner: rsud
receives: [dukcapil.penduduk.pindah_datang.v1]
asks: [penduduk]
cleared: general
purpose: rekam-medis
legal_basis: UU27/2022:20(2)e
target:
  sql: { database: khanza.db }
accepts:
  pasien: apps/khanza/pasien
  keluarga: apps/khanza/keluarga
)"},
      {"config/apps/layanan.yaml", R"(app: layanan
title: Tangerang LIVE
owner: diskominfo
receives: [dukcapil.penduduk.pindah_datang.v1]
cleared: general
purpose: profil
legal_basis: UU27/2022:20(2)e
signing_secret: ${file:secrets/layanan.hmac}
target:
  http: { url: http://127.0.0.1:9/hook }
accepts: { default: apps/layanan/profil }
)"},
      {"config/people/siti.yaml", R"(person: siti
title: Siti, Diskominfo
roles: [operator, auditor]
cleared: general
unix_users: [simpul-ops]
)"},
      {"config/lookups/penduduk.yaml", R"(lookup: penduduk
description: Biodata of one resident
app: siak
into: penduduk
parameters: { nik: { pattern: "^[0-9]{16}$" } }
fields: [NIK, NAMA_LGKP]
personal: general
purpose: verifikasi-data
legal_basis: UU27/2022:20(2)e
timeout_ms: 2000
)"},
      {"config/codes/jenis_kelamin.yaml", R"(table: jenis_kelamin
rows: { "1": L, "2": P }
)"},
  };
  return files;
}

const ConfigurationFiles& city_routes() {
  static const ConfigurationFiles files{
      {"routes/pindah-datang.yaml", R"(route: pindah-datang
description: A move into the city
on: dukcapil.penduduk.pindah_datang.v1
when: data.kode_wilayah_baru.startsWith("36.71.")
let:
  anggota: data.anggota_ikut
key: data.nik
to:
  - app: sismiop
    into: dat_subjek_pajak
    when: size(anggota) > 0
    map:
      SUBJEK_PAJAK_ID: data.nik
      JALAN_WP: data.alamat
      KOTA_WP: { const: KOTA CONTOH }
      TELP_WP: data.?telepon
  - app: khanza
    into: pasien
    each: anggota
    as: satu
    where: satu.stat_hbkel != 4
    key: satu.nik
    map:
      no_ktp: satu.nik
      jk: lookup("jenis_kelamin", satu.jenis_kelamin)
      alamat: data.alamat
  - app: khanza
    into: keluarga
    key: [data.no_kk_lama, data.no_kk_baru]
    map:
      no_kk: data.no_kk_baru
      riwayat: [data.no_kk_lama, data.no_kk_baru, data.?telepon]
      asal: { kode: data.kode_wilayah_lama, sah: { const: true } }
)"},
      {"routes/profil.yaml", R"(route: profil
on: dukcapil.penduduk.pindah_datang.v1
to:
  - app: layanan
    map:
      nik: data.nik
      tanggal: data.tgl_pindah
)"},
      {"routes/nik-diganti.yaml", R"(route: nik-diganti
on: [dukcapil.biodata.nik_diganti.v1]
key: [data.nik_lama, data.nik_baru]
to:
  - app: sismiop
    into: dat_subjek_pajak
    map:
      SUBJEK_PAJAK_ID: data.nik_baru
      JALAN_WP: { const: "-" }
      KOTA_WP: { const: "-" }
)"},
  };
  return files;
}

const ConfigurationFiles& city_schemas() {
  static const ConfigurationFiles files{
      {"schemas/events/dukcapil.penduduk.pindah_datang.v1.json", R"({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "required": ["nik", "no_kk_lama", "no_kk_baru", "alamat", "kode_wilayah_lama", "kode_wilayah_baru", "tgl_pindah", "anggota_ikut"],
  "additionalProperties": false,
  "properties": {
    "nik": { "type": "string", "pattern": "^[0-9]{0,16}$", "x-personal-data": "general" },
    "no_kk_lama": { "type": "string", "x-personal-data": "general" },
    "no_kk_baru": { "type": "string", "x-personal-data": "general" },
    "alamat": { "type": "string", "x-personal-data": "general" },
    "telepon": { "type": "string", "x-personal-data": "general" },
    "kode_wilayah_lama": { "type": "string" },
    "kode_wilayah_baru": { "type": "string" },
    "tgl_pindah": { "type": "string" },
    "penyakit": { "type": "string", "x-personal-data": "specific" },
    "anggota_ikut": {
      "type": "array",
      "items": {
        "type": "object",
        "required": ["nik", "stat_hbkel", "jenis_kelamin"],
        "additionalProperties": false,
        "properties": {
          "nik": { "type": "string", "x-personal-data": "general" },
          "stat_hbkel": { "type": "integer" },
          "jenis_kelamin": { "type": "string" }
        }
      }
    }
  }
}
)"},
      {"schemas/events/dukcapil.biodata.nik_diganti.v1.json", R"({
  "type": "object",
  "required": ["nik_lama", "nik_baru"],
  "additionalProperties": false,
  "properties": {
    "nik_lama": { "type": "string", "x-personal-data": "general" },
    "nik_baru": { "type": "string", "x-personal-data": "general" }
  }
}
)"},
      {"schemas/apps/sismiop/dat_subjek_pajak.json", R"({
  "type": "object",
  "required": ["SUBJEK_PAJAK_ID", "JALAN_WP", "KOTA_WP"],
  "additionalProperties": false,
  "properties": {
    "SUBJEK_PAJAK_ID": { "type": "string", "minLength": 16, "maxLength": 16, "x-personal-data": "general" },
    "JALAN_WP": { "type": "string", "maxLength": 30, "x-personal-data": "general" },
    "KOTA_WP": { "type": "string" },
    "TELP_WP": { "type": "string", "x-personal-data": "general" }
  }
}
)"},
      {"schemas/apps/khanza/pasien.json", R"({
  "type": "object",
  "required": ["no_ktp", "jk", "alamat"],
  "additionalProperties": false,
  "properties": {
    "no_ktp": { "type": "string", "x-personal-data": "general" },
    "jk": { "type": "string", "enum": ["L", "P"] },
    "alamat": { "type": "string", "x-personal-data": "general" }
  }
}
)"},
      {"schemas/apps/khanza/keluarga.json", R"({
  "type": "object",
  "required": ["no_kk"],
  "additionalProperties": false,
  "properties": {
    "no_kk": { "type": "string", "x-personal-data": "general" },
    "riwayat": { "type": "array", "items": { "type": "string", "x-personal-data": "general" } },
    "asal": { "type": "object", "properties": { "kode": { "type": "string" }, "sah": { "type": "boolean" } } }
  }
}
)"},
      {"schemas/apps/layanan/profil.json", R"({
  "type": "object",
  "required": ["nik"],
  "properties": {
    "nik": { "type": "string", "x-personal-data": "general" },
    "tanggal": { "type": "string" }
  }
}
)"},
  };
  return files;
}

}  // namespace

ConfigurationFiles small_city() {
  ConfigurationFiles files = city_config();
  files.insert(city_routes().begin(), city_routes().end());
  files.insert(city_schemas().begin(), city_schemas().end());
  return files;
}

const std::vector<std::string>& city_adapters() {
  static const std::vector<std::string> names{"http", "sql", "file"};
  return names;
}

const std::map<std::string, std::string>& city_kinds() {
  using Fields = std::vector<FieldDescription>;
  static const auto schemas = kind_schemas({
      {"http",
       "Webhooks and the bus's own API",
       {{"target", Fields{{"url", FieldType::text}}}, {"listener", Fields{{"port", FieldType::integer}}}}},
      {"sql",
       "Tables",
       {{"source", Fields{{"table", FieldType::text, {.required = true}}}},
        {"target", Fields{{"database", FieldType::text, {.required = true}}}}}},
      {"file", "Files", {{"target", Fields{{"folder", FieldType::text}}}}},
  });
  return schemas;
}

std::shared_ptr<const Generation> compiled(const ConfigurationFiles& files) {
  auto generation = compile_generation(files, city_adapters(), {}, city_kinds());
  if (generation) return *generation;
  ADD_FAILURE() << to_text(generation.error());
  return nullptr;
}

std::string problems_of(const ConfigurationFiles& files) {
  auto generation = compile_generation(files, city_adapters(), {}, city_kinds());
  return to_text(generation ? (*generation)->warnings() : generation.error());
}

ConfigurationFiles changed(ConfigurationFiles files, const std::string& file, const std::string& from,
                           const std::string& to) {
  auto& text = files.at(file);
  auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << file << " has no " << from;
  EXPECT_EQ(text.find(from, at + 1), std::string::npos) << file << " has it twice: " << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return files;
}

Event event_of(const std::string& type, const std::string& data, const std::string& id, const std::string& more) {
  auto event = Event::parse(R"({"specversion":"1.0","id":")" + id + R"(","source":"urn:kotacontoh:siak","type":")" +
                            type + R"(",)" + more + R"("data":)" + data + "}");
  if (event) return std::move(*event);
  ADD_FAILURE() << to_text(event.error());
  return std::move(*Event::parse(R"({"specversion":"1.0","id":"none","source":"none","type":"none"})"));
}

Event move_event(const std::string& changes, const std::string& id) {
  auto family = json::parse(
      R"({"nik":"3671015207909001","no_kk_lama":"3671010101159001","no_kk_baru":"3671010101159002","alamat":"JL CONTOH 1",
    "kode_wilayah_lama":"36.03.01","kode_wilayah_baru":"36.71.01","tgl_pindah":"2026-11-20",
    "anggota_ikut":[{"nik":"3671015207909001","stat_hbkel":1,"jenis_kelamin":"1"},{"nik":"3671015207909002","stat_hbkel":3,"jenis_kelamin":"2"},
                    {"nik":"3671015207909003","stat_hbkel":4,"jenis_kelamin":"1"},{"nik":"3671015207909004","stat_hbkel":9,"jenis_kelamin":"2"}]})");
  auto changed = json::parse(changes);
  if (!family || !changed) {
    ADD_FAILURE() << "the test's own data cannot be read";
    return event_of("none", "{}");
  }
  json::Writer data;
  data.begin_object();
  for (const auto& [name, value] : family->root().members())
    if (changed->root().find(name) == nullptr) data.name(name).value(value);
  for (const auto& [name, value] : changed->root().members())
    if (!value.is_null()) data.name(name).value(value);
  data.end_object();
  return event_of("dukcapil.penduduk.pindah_datang.v1", data.take(), id);
}

}  // namespace simpul::tests
