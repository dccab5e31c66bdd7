#include "tests/trial/trial_city.h"

#include <gtest/gtest.h>

#include "adapters/registry.h"

namespace simpul::trial {

ConfigurationFiles trial_city() {
  ConfigurationFiles files;
  files["config/simpul.yaml"] = "city: Kota Uji\nsource: urn:uji\ncontrol: { socket: var/simpul.sock }\n";
  files["config/apps/loket.yaml"] =
      "app: loket\nowner: disdukcapil\npublishes: [warga.alamat.diubah.v1]\n"
      "sources:\n  berkas:\n    file: { folder: masuk, pattern: \"*.csv\", columns: [nik, alamat] }\n    events:\n"
      "      - type: warga.alamat.diubah.v1\n        when: change == \"insert\"\n        subject: row.nik\n"
      "        data: { nik: row.nik, alamat: row.alamat }\n"
      "target:\n  sql:\n    database: warga.db\n"
      "    lookups: { warga: { query: \"SELECT nama FROM warga WHERE nik = :nik\" } }\n";
  const std::string receives =
      "receives: [warga.alamat.diubah.v1]\nasks: [warga]\ncleared: general\npurpose: arsip\n"
      "legal_basis: UU27/2022:20(2)e\n";
  files["config/apps/arsip.yaml"] =
      "app: arsip\nowner: arsip\n" + receives +
      "target:\n  file:\n    folder: keluar\n    files: { alamat: { name: a.jsonl, format: jsonl } }\n"
      "accepts: { alamat: apps/alamat }\nretry: { attempts: 3, first_ms: 1000, limit_ms: 4000 }\n";
  files["config/apps/daftar.yaml"] =
      "app: daftar\nowner: arsip\n" + receives +
      "target:\n  file:\n    folder: keluar\n    files: { nama: { name: n.jsonl, format: jsonl } }\n"
      "accepts: { nama: apps/nama }\n";
  files["config/lookups/warga.yaml"] =
      "lookup: warga\napp: loket\ninto: warga\nparameters: { nik: { format: nik } }\nfields: [nama]\n"
      "personal: general\npurpose: verifikasi\nlegal_basis: UU27/2022:20(2)e\ntimeout_ms: 5000\n"
      "answer: apps/warga\n";
  files["routes/alamat.yaml"] =
      "route: alamat\non: warga.alamat.diubah.v1\nkey: data.nik\nto:\n"
      "  - app: arsip\n    into: alamat\n    when: data.alamat != \"JL RAHASIA\"\n"
      "    map: { nik: data.nik, alamat: data.alamat, jenis: { const: pindah } }\n";
  files["routes/nama.yaml"] =
      "route: nama\non: warga.alamat.diubah.v1\nwhen: data.alamat.startsWith(\"JL TUNDA\")\nkey: data.nik\n"
      "enrich: { warga: { lookup: warga, with: { nik: data.nik } } }\nto:\n"
      "  - app: daftar\n    into: nama\n    delay: 2h\n"
      "    map: { nik: data.nik, nama: warga.nama }\n";
  const std::string schema = R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",)";
  files["schemas/events/warga.alamat.diubah.v1.json"] =
      schema + R"("required":["nik","alamat"],"additionalProperties":false,"properties":{)"
               R"("nik":{"type":"string","format":"nik","x-personal-data":"general"},)"
               R"("alamat":{"type":"string","maxLength":100,"x-personal-data":"general"},"nomor":{"type":"integer"}}})";
  files["schemas/apps/alamat.json"] =
      schema + R"("required":["nik","alamat"],"additionalProperties":false,"properties":{)"
               R"("nik":{"type":"string","x-personal-data":"general"},"jenis":{"type":"string"},)"
               R"("alamat":{"type":"string","maxLength":40,"x-personal-data":"general"}}})";
  files["schemas/apps/nama.json"] = schema + R"("required":["nik","nama"],"additionalProperties":false,"properties":{)"
                                             R"("nik":{"type":"string","x-personal-data":"general"},)"
                                             R"("nama":{"type":"string","x-personal-data":"general"}}})";
  files["schemas/apps/warga.json"] = schema + R"("required":["nama"],"additionalProperties":false,"properties":{)"
                                              R"("nama":{"type":"string","x-personal-data":"general"}}})";
  return files;
}

std::shared_ptr<const Deployment> compiled(const ConfigurationFiles& files) {
  auto deployment = compile_deployment(files, all_adapters(), nullptr);
  EXPECT_TRUE(deployment) << to_text(deployment.error());
  return deployment ? *deployment : nullptr;
}

const Generation& city() {
  static const auto deployment = compiled(trial_city());
  return *deployment->generation;
}

FileResult run_texts(const Texts& texts, const SessionOptions& options, Texts* written, const std::string& path) {
  const ReadFile read = [&](const std::string& name) -> Result<std::string> {
    auto found = texts.find(name);
    if (found == texts.end()) return fail("disk.not_found", "it is not there");
    return found->second;
  };
  const WriteFile write = [&](const std::string& name, const std::string& text) -> Result<void> {
    if (written != nullptr) (*written)[name] = text;
    return {};
  };
  return run_file(path, city(), options, read, write);
}

FileResult run_cases(const std::string& cases, const std::string& more) {
  return run_texts({{"routes/t.test.yaml",
                     "test: t\n" + more +
                         "events:\n  a: { from: loket, type: warga.alamat.diubah.v1, "
                         "data: { nik: \"3671015207909001\", alamat: JL A } }\n"
                         "  baris: { of: loket/berkas, row: { nik: \"3671015207909001\", alamat: JL A } }\ncases:\n" +
                         cases}});
}

std::string verdict(const FileResult& result) {
  auto text = to_text(result.problems);
  for (const auto& each : result.cases)
    for (const auto& failure : each.failures) text += each.name + ": " + failure_text(failure, "");
  return text.empty() ? "passed" : text;
}

}  // namespace simpul::trial
