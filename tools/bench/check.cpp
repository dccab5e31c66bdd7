// `simpul check` of a big city: 200 applications, 500 routes, 500 schemas, compiled, inspected and proved from their
// texts, on one thread.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "adapters/registry.h"
#include "bus/deployment.h"
#include "tools/bench/measure.h"

namespace simpul::bench {
namespace {

constexpr int apps = 200, types = 250, routes = 500;  // a schema for each type, and one for each type's targets

std::string type_of(int i) {
  return fmt::format("contoh.urusan{}.berubah.v1", i % types);
}

std::string event_schema() {
  return R"({"type":"object","required":["nik","nama","jenis","alamat","jumlah","tanggal","anggota"],
    "additionalProperties":false,"properties":{
    "nik":{"type":"string","pattern":"^[0-9]{16}$","x-personal-data":"general"},
    "nama":{"type":"string","minLength":1,"maxLength":100,"x-personal-data":"general"},
    "jenis":{"type":"string","enum":["1","2"]},"alamat":{"type":"string","maxLength":200,"x-personal-data":"general"},
    "telepon":{"type":"string","maxLength":15,"x-personal-data":"general"},
    "jumlah":{"type":"integer","minimum":0},"tanggal":{"type":"string","format":"date"},
    "anggota":{"type":"array","maxItems":20,"items":{"type":"object","required":["nik"],"properties":{
      "nik":{"type":"string","pattern":"^[0-9]{16}$","x-personal-data":"general"}}}}}})";
}

std::string accepted_schema() {
  return R"({"type":"object","required":["NIK","NAMA","JK","ALAMAT","JUMLAH","TGL"],"additionalProperties":false,
    "properties":{"NIK":{"type":"string","minLength":16,"maxLength":16,"x-personal-data":"general"},
    "NAMA":{"type":"string","maxLength":40,"x-personal-data":"general"},"JK":{"enum":["L","P"]},
    "ALAMAT":{"type":"string","maxLength":30,"x-personal-data":"general"},
    "TELP":{"type":"string","maxLength":20,"x-personal-data":"general"},"JUMLAH":{"type":"integer"},
    "TGL":{"type":"string","format":"date"},"KOTA":{"type":"string","maxLength":20},
    "KELUARGA":{"type":"array","maxItems":50,"items":{"type":"string","x-personal-data":"general"}}}})";
}

std::string route(int i) {
  return fmt::format(R"(route: rute-{0}
on: {1}
when: data.jumlah > {2} && data.jenis == "1"
key: data.nik
to:
  - app: penerima-{3}
    into: tempat_{0}
    map:
      NIK: data.nik
      NAMA: data.nama.truncate(40)
      JK: lookup("jenis_kelamin", data.jenis)
      ALAMAT: data.alamat.truncate(30)
      TELP: data.?telepon
      JUMLAH: data.jumlah
      TGL: data.tanggal
      KOTA: {{ const: KOTA CONTOH }}
      KELUARGA: data.anggota.map(a, a.nik)
)",
                     i, type_of(i), i % 7, i % (apps - 1));
}

ConfigurationFiles big_city() {
  ConfigurationFiles files;
  files["config/simpul.yaml"] = "city: Kota Contoh\nsource: urn:kotacontoh\n";
  files["config/codes/jenis_kelamin.yaml"] = "table: jenis_kelamin\nrows: { \"1\": L, \"2\": P }\n";
  std::string publishes;
  for (int i = 0; i < types; ++i) {
    publishes += fmt::format("\n  - {}", type_of(i));
    files[fmt::format("schemas/events/{}.json", type_of(i))] = event_schema();
    files[fmt::format("schemas/apps/tempat_{}.json", i)] = accepted_schema();
  }
  files["config/apps/sumber.yaml"] = "app: sumber\nowner: disdukcapil\npublishes:" + publishes + "\n";
  for (int i = 0; i < routes; ++i) files[fmt::format("routes/rute-{}.yaml", i)] = route(i);
  for (int app = 0; app < apps - 1; ++app) {
    std::vector<std::string> receives, places;
    for (int i = app; i < routes; i += apps - 1) {
      auto type = "\n  - " + type_of(i);
      if (std::ranges::find(receives, type) == receives.end()) receives.push_back(std::move(type));
      places.push_back(fmt::format("\n  tempat_{}: apps/tempat_{}", i, i % types));
    }
    std::string text = fmt::format(
        "app: penerima-{0}\nowner: opd-{0}\ncleared: general\npurpose: pelayanan\n"
        "legal_basis: UU27/2022:20(2)e\nreceives:",
        app);
    for (const auto& type : receives) text += type;
    text += "\ntarget:\n  file:\n    folder: var/keluar\n    files:";
    for (int i = app; i < routes; i += apps - 1)
      text += fmt::format("\n      tempat_{0}: {{ name: {0}.jsonl, format: jsonl }}", i);
    text += "\naccepts:";
    for (const auto& place : places) text += place;
    files[fmt::format("config/apps/penerima-{}.yaml", app)] = text + "\n";
  }
  return files;
}

Figures check_city(const Setting&) {
  const auto files = big_city();
  const Inspection inspection{"2026-01-01"};
  const auto start = std::chrono::steady_clock::now();
  const auto deployment = compile_deployment(files, all_adapters(), nullptr, &inspection);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  if (!deployment) return fail("bench.failed", to_text(deployment.error().front()));
  if (!(*deployment)->generation->warnings().empty())
    return fail("bench.failed", to_text((*deployment)->generation->warnings().front()));
  return std::vector<Figure>{{"check_city", "s", took.count(), {}}};
}

}  // namespace

std::vector<Measure> check_measures() {
  return {{.names = {"check_city"},
           .what = "compiling, inspecting and proving 200 applications, 500 routes and 500 schemas",
           .run = check_city,
           .group = "check"}};
}

}  // namespace simpul::bench
