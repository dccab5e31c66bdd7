// A deployment of two apps for the fuzzers of files that are read beside one: `desa` publishes moves and answers a
// lookup, `arsip` gets them.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>

#include "bus/route/generation.h"

namespace simpul::fuzz {

inline void require(bool condition) {
  if (!condition) std::abort();
}

inline ConfigurationFiles small_deployment() {
  const std::string schema = R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",)";
  ConfigurationFiles files;
  files["config/simpul.yaml"] = "city: Kota Uji\nsource: urn:uji\ncontrol: { socket: var/simpul.sock }\n";
  files["config/apps/desa.yaml"] =
      "app: desa\nowner: desa\npublishes: [uji.pindah.v1]\ntarget:\n  sql: { database: desa.db }\n"
      "sources:\n  warga:\n    sql: { table: WARGA }\n    events:\n      - type: uji.pindah.v1\n        subject: "
      "row.nik\n"
      "        data: { nik: row.nik, umur: int(row.umur), jenis: row.jenis, anggota: { const: [] } }\n";
  files["config/apps/arsip.yaml"] =
      "app: arsip\nowner: arsip\nreceives: [uji.pindah.v1]\nasks: [warga]\ncleared: specific\npurpose: arsip\n"
      "legal_basis: UU27/2022:20(2)e\ntarget:\n  sql: { database: arsip.db }\n"
      "accepts: { apa: apps/apa, tepat: apps/tepat, salinan: apps/apa }\nretry: { attempts: 3, first_ms: 1000, "
      "limit_ms: 4000 }\n";
  files["config/lookups/warga.yaml"] =
      "lookup: warga\napp: desa\ninto: warga\nparameters: { nik: { max_length: 16 } }\nfields: [nama]\npersonal: "
      "general\n"
      "purpose: arsip\nlegal_basis: UU27/2022:20(2)e\nanswer: apps/warga\n";
  files["config/codes/jenis.yaml"] = "table: jenis\nrows: { \"1\": L, \"2\": P }\n";
  files["routes/uji.yaml"] =
      "route: uji\non: uji.pindah.v1\nto:\n  - { app: arsip, into: tepat, map: { nik: data.nik, umur: data.umur } }\n";
  files["schemas/events/uji.pindah.v1.json"] =
      schema +
      R"("required":["nik","umur","jenis","anggota"],"additionalProperties":false,"properties":{)"
      R"("nik":{"type":"string","minLength":1,"maxLength":16,"x-personal-data":"general"},)"
      R"("umur":{"type":"integer","minimum":0,"maximum":150},"jenis":{"enum":["1","2"]},)"
      R"("luas":{"type":"number"},"telp":{"type":["string","null"],"maxLength":14},)"
      R"("tgl":{"type":"string","format":"date"},"anggota":{"type":"array","maxItems":9,"items":{"type":"object",)"
      R"("required":["nik"],"additionalProperties":false,"properties":{)"
      R"("nik":{"type":"string","maxLength":16,"x-personal-data":"general"},"umur":{"type":"integer"}}}}}})";
  files["schemas/apps/apa.json"] = "{}";
  files["schemas/apps/tepat.json"] =
      schema + R"("required":["nik"],"additionalProperties":false,"properties":{)"
               R"("nik":{"type":"string","minLength":1,"maxLength":16,"x-personal-data":"general"},)"
               R"("umur":{"type":"integer","minimum":0},"jk":{"enum":["L","P"]},"luas":{"type":"number"},)"
               R"("nama":{"type":"string","maxLength":20,"x-personal-data":"general"},)"
               R"("anggota":{"type":"array","items":{"type":"string","maxLength":16,"x-personal-data":"general"}},)"
               R"("alamat":{"type":"object","additionalProperties":{"type":"string","maxLength":8}}}})";
  files["schemas/apps/warga.json"] = schema + R"("required":["nama"],"additionalProperties":false,"properties":{)"
                                              R"("nama":{"type":"string","x-personal-data":"general"}}})";
  return files;
}

inline const std::vector<std::string>& adapters() {
  static const std::vector<std::string> names{"file", "http", "sql"};
  return names;
}

}  // namespace simpul::fuzz
