// Routing and mapping alone, on one thread: the routes that an event takes out of five hundred, and a payload of twelve
// fields made of it.
#include <fmt/format.h>

#include "bus/route/generation.h"
#include "tools/bench/measure.h"
#include "tools/bench/timing.h"

namespace simpul::bench {
namespace {

constexpr std::uint64_t round_calls = 2'000;
constexpr int kinds = 100, routes_of_a_kind = 5;
constexpr const char* type = "perizinan.izin.terbit.v1";

ConfigurationFiles deployment() {
  return {{"config/simpul.yaml",
           "city: Kota Contoh\nsource: urn:kotacontoh\ncontrol: { socket: var/simpul.sock }\nlisten: {}\n"},
          {"config/apps/perizinan.yaml",
           fmt::format("app: perizinan\nowner: dpmptsp\npublishes: [{}]\ncleared: general\n", type)},
          {"config/apps/arsip.yaml",
           fmt::format("app: arsip\nowner: arsip\nreceives: [{}]\ncleared: general\npurpose: arsip\nlegal_basis: UU\n"
                       "target:\n  http: {{ url: http://127.0.0.1:9/ }}\naccepts: {{ default: apps/arsip/izin }}\n",
                       type)},
          {"config/codes/jenis.yaml", "table: jenis\nrows: { bangunan: IMB, usaha: SIUP }\n"},
          {fmt::format("schemas/events/{}.json", type), R"({
  "type": "object",
  "required": ["nomor", "jenis", "nik", "nama", "alamat", "kode_wilayah", "tanggal", "retribusi", "luas", "aktif"],
  "additionalProperties": false,
  "properties": {
    "nomor": { "type": "string", "maxLength": 30 },
    "jenis": { "type": "string" },
    "golongan": { "enum": ["bangunan", "usaha"] },
    "nik": { "type": "string", "pattern": "^[0-9]{16}$", "x-personal-data": "general" },
    "nama": { "type": "string", "maxLength": 100, "x-personal-data": "general" },
    "alamat": { "type": "string", "maxLength": 200, "x-personal-data": "general" },
    "kode_wilayah": { "type": "string", "maxLength": 13 },
    "tanggal": { "type": "string" },
    "retribusi": { "type": "integer" },
    "luas": { "type": "number" },
    "aktif": { "type": "boolean" },
    "telepon": { "type": "string", "x-personal-data": "general" }
  }
})"},
          {"schemas/apps/arsip/izin.json", R"({
  "type": "object",
  "required": ["nomor", "nik"],
  "additionalProperties": false,
  "properties": {
    "nomor": { "type": "string" }, "jenis": { "type": "string" }, "golongan": { "type": "string" },
    "nik": { "type": "string", "x-personal-data": "general" }, "nama": { "type": "string", "x-personal-data": "general" },
    "alamat": { "type": "string", "x-personal-data": "general" }, "kelurahan": { "type": "string" },
    "kota": { "type": "string" }, "tanggal": { "type": "string" }, "retribusi": { "type": "integer" },
    "luas": { "type": "number" }, "aktif": { "type": "boolean" }, "telepon": { "type": "string", "x-personal-data": "general" }
  }
})"}};
}

constexpr const char* map = R"(
      nomor: data.nomor
      jenis: data.jenis
      golongan: lookup("jenis", "bangunan")
      nik: data.nik
      nama: data.nama
      alamat: data.alamat.truncate(30)
      kelurahan: data.kode_wilayah
      kota: { const: KOTA CONTOH }
      tanggal: data.tanggal
      retribusi: data.retribusi
      luas: data.luas
      aktif: data.aktif
)";

Result<std::shared_ptr<const Generation>> compiled(const ConfigurationFiles& files) {
  auto generation = compile_generation(files, {"http"});
  if (!generation) return fail("bench.failed", to_text(generation.error()));
  return *generation;
}

Result<Event> permit() {
  auto event = Event::parse(fmt::format(
      R"({{"specversion":"1.0","id":"izin-1","source":"urn:kotacontoh:perizinan","type":"{}","subject":"503/IMB/0001/2026",)"
      R"("data":{{"nomor":"503/IMB/0001/2026","jenis":"J42","golongan":"bangunan","nik":"3671015207909001",)"
      R"("nama":"SITI CONTOH","alamat":"JALAN MELATI RAYA NO 12 RT 004 RW 011","kode_wilayah":"36.71.07.1004",)"
      R"("tanggal":"2026-11-20","retribusi":1250000,"luas":120.5,"aktif":true}}}})",
      type));
  if (!event) return fail("bench.failed", to_text(event.error()));
  return std::move(*event);
}

Figures map_fields(const Setting& setting) {
  auto files = deployment();
  files["routes/arsip.yaml"] =
      fmt::format("route: arsip\non: {}\nkey: data.nik\nto:\n  - app: arsip\n    map:{}", type, map);
  auto generation = compiled(files);
  if (!generation) return std::unexpected(generation.error());
  auto event = permit();
  if (!event) return std::unexpected(event.error());
  const auto* target = (*generation)->target_of("arsip", "arsip");
  std::uint64_t bytes = 0, calls = 0;
  const auto took = microseconds(setting.size(500, 5), round_calls, [&] {
    auto mapped = target->map(*event, 0, EventOf::this_generation);
    bytes += mapped ? mapped->payload.size() : 0;
    ++calls;
  });
  if (auto right = expect(bytes > 250 * calls, "the event was not mapped"); !right)
    return std::unexpected(right.error());
  return std::vector<Figure>{{"map_12_fields", "us", took, {}}};
}

Figures route_many(const Setting& setting) {
  auto files = deployment();
  for (int kind = 0; kind < kinds; ++kind)
    for (int i = 0; i < routes_of_a_kind; ++i)
      files[fmt::format("routes/izin-{}-{}.yaml", kind, i)] = fmt::format(
          "route: izin-{0}-{1}\non: {2}\nwhen: data.jenis == \"J{0}\" && data.retribusi > {1}\nkey: data.nik\n"
          "to:\n  - app: arsip\n    map: {{ nomor: data.nomor, nik: data.nik }}\n",
          kind, i, type);
  auto generation = compiled(files);
  if (!generation) return std::unexpected(generation.error());
  auto event = permit();
  if (!event) return std::unexpected(event.error());
  const KeyedHash hash("bench");
  std::uint64_t routed = 0, calls = 0;
  const auto took = microseconds(setting.size(500, 5), round_calls, [&] {
    routed += (*generation)->route(*event, hash).routes.size();
    ++calls;
  });
  if (auto right = expect(routed == routes_of_a_kind * calls, "the event took other routes"); !right)
    return std::unexpected(right.error());
  return std::vector<Figure>{{"route_500", "us", took, {}}};
}

}  // namespace

std::vector<Measure> route_measures() {
  std::vector<Measure> all{
      {{"map_12_fields"}, "mapping an event to a payload of twelve fields, its text included", map_fields},
      {{"route_500"}, "routing an event that 5 of 500 routes of its type take", route_many}};
  for (auto& measure : all) measure.group = "route";
  return all;
}

}  // namespace simpul::bench
