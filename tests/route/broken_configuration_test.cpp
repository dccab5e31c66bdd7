// Broken configurations and what is said of them: every message is read by the person who must mend it.
#include <gmock/gmock.h>

#include <set>

#include "bus/route/kinds.h"
#include "tests/route/small_city.h"

namespace simpul::tests {
namespace {

constexpr const char* deleted = nullptr;

// In `file` of the small city `from` becomes `to`; with an empty `from`, `to` is the whole file.
struct Broken {
  const char *name, *file, *from, *to, *problems;
};

ConfigurationFiles broken(const Broken& broken) {
  auto files = small_city();
  if (broken.to == deleted)
    files.erase(broken.file);
  else if (*broken.from == '\0')
    files[broken.file] = broken.to;
  else
    files = changed(files, broken.file, broken.from, broken.to);
  return files;
}

class BrokenConfiguration : public testing::TestWithParam<Broken> {};

TEST_P(BrokenConfiguration, IsToldWhatIsWrongWhereAndWhatToDo) {
  EXPECT_EQ(problems_of(broken(GetParam())), GetParam().problems);
}

// clang-format off
const Broken table[] = {
    {"DuplicateKey", "config/apps/sismiop.yaml", R"~(owner: bapenda
)~", R"~(owner: bapenda
owner: bapenda2
)~",
     R"~(config/apps/sismiop.yaml:4:1: error: the key "owner" stands twice in this map, first on line 3 (owner) [yaml.duplicate_key]
    keep one of the two)~"},
    {"UnterminatedQuote", "routes/profil.yaml", "nik: data.nik", "nik: 'data.nik",
     R"~(routes/profil.yaml:6:12: error: the quote that opens here is never closed [yaml.unterminated_quote]
    close it with ' where the text ends)~"},
    {"EmptyFile", "routes/profil.yaml", "", "",
     "routes/profil.yaml:1:1: error: route must be a map (name: value, a line each), and this is empty [config.wrong_type]"},
    {"UnknownKeyOfAnApp", "config/apps/sismiop.yaml", "receives:", "recieves:",
     R"~(config/apps/sismiop.yaml:4:1: error: "recieves" is no field of an app, did you mean "receives"? (recieves) [config.unknown_key]
    it takes app, title, owner, publishes, receives, cleared, purpose, legal_basis, agreement, asks, signing_secret, sources, target, accepts, retry, concurrency)~"},
    {"AppWithoutItsName", "config/apps/sismiop.yaml", R"~(app: sismiop
)~", "",
     R"~(config/apps/sismiop.yaml:1:1: error: an app needs app [config.missing]
    add app: sismiop)~"},
    {"AppNamedUnlikeItsFile", "config/apps/sismiop.yaml", R"~(app: sismiop
)~", R"~(app: sismop
)~",
     R"~(config/apps/sismiop.yaml:1:6: error: the file is called sismiop.yaml, but says app: sismop (app) [config.file_name]
    write app: sismiop, or rename the file to sismop.yaml)~"},
    {"FileNameThatIsNoName", "config/people/Budi Santoso.yaml", "", R"~(person: Budi Santoso
roles: [auditor]
)~",
     R"~(config/people/Budi Santoso.yaml:1:9: error: "Budi Santoso" is no name that the bus can use (person) [config.name]
    use lower-case letters, digits, - and _, beginning with a letter, at most 64)~"},
    {"AppWithoutOwner", "config/apps/sismiop.yaml", R"~(owner: bapenda
)~", "",
     R"~(config/apps/sismiop.yaml:1:1: error: an app needs owner [config.missing]
    add owner: disdukcapil)~"},
    {"PublishesIsNoList", "config/apps/siak.yaml", "publishes: [dukcapil.penduduk.pindah_datang.v1, dukcapil.biodata.nik_diganti.v1]", "publishes: dukcapil.penduduk.pindah_datang.v1",
     R"~(config/apps/siak.yaml:4:12: error: publishes must be a list, and this is text (publishes) [config.wrong_type]
    write publishes: [dukcapil.penduduk.pindah_datang.v1])~"},
    {"EventTypeWithoutVersion", "config/apps/siak.yaml", "publishes: [dukcapil.penduduk.pindah_datang.v1,", "publishes: [dukcapil.penduduk.pindah_datang.v1, dukcapil.kelahiran.tercatat,",
     R"~(config/apps/siak.yaml:4:49: error: "dukcapil.kelahiran.tercatat" is not an event type (publishes[1]) [event_type.shape]
    write agency.object.happening.vN in lower case, such as dukcapil.penduduk.pindah_datang.v1)~"},
    {"EventTypeInCapitals", "config/apps/sismiop.yaml", "receives: [", "receives: [Dukcapil.Penduduk.Meninggal.v1, ",
     R"~(config/apps/sismiop.yaml:4:12: error: "Dukcapil.Penduduk.Meninggal.v1" is not an event type (receives[0]) [event_type.shape]
    write agency.object.happening.vN in lower case, such as dukcapil.penduduk.pindah_datang.v1)~"},
    {"TypeNamedTwice", "config/apps/sismiop.yaml", "receives: [", "receives: [dukcapil.biodata.nik_diganti.v1, ",
     R"~(config/apps/sismiop.yaml:4:81: error: receives names "dukcapil.biodata.nik_diganti.v1" twice (receives[2]) [config.repeated]
    leave one of them out)~"},
    {"PublishedTypeWithoutSchema", "config/apps/siak.yaml", "publishes: [dukcapil.penduduk.pindah_datang.v1,", "publishes: [dukcapil.penduduk.pindah_datang.v1, dukcapil.penduduk.pindah_datang.v2,",
     R"~(config/apps/siak.yaml:4:49: error: the event type dukcapil.penduduk.pindah_datang.v2 has no schema, did you mean "dukcapil.penduduk.pindah_datang.v1"? (publishes[1]) [event_type.no_schema]
    describe its data in schemas/events/dukcapil.penduduk.pindah_datang.v2.json)~"},
    {"ReceivesWithoutPurpose", "config/apps/sismiop.yaml", R"~(purpose: pemutakhiran-wajib-pajak
)~", "",
     R"~(config/apps/sismiop.yaml:4:11: error: sismiop receives data, but its purpose is not given (receives) [app.no_purpose]
    add purpose: personal data may travel only for a stated purpose on a legal basis (UU 27/2022 art. 20))~"},
    {"AsksWithoutLegalBasis", "config/apps/spmb.yaml", "", R"~(app: spmb
owner: disdik
cleared: general
asks: [penduduk]
purpose: ppdb
)~",
     R"~(config/apps/spmb.yaml:4:7: error: spmb asks for data, but its legal_basis is not given (asks) [app.no_purpose]
    add legal_basis: personal data may travel only for a stated purpose on a legal basis (UU 27/2022 art. 20))~"},
    {"DayThatDoesNotExist", "config/apps/sismiop.yaml", "2030-12-31", "2030-02-30",
     R"~(config/apps/sismiop.yaml:8:41: error: "2030-02-30" is not a date (agreement.until) [config.date]
    write year, month and day, such as 2030-12-31)~"},
    {"AgreementWithoutEnd", "config/apps/sismiop.yaml", ", until: 2030-12-31", "",
     R"~(config/apps/sismiop.yaml:8:12: error: an agreement needs until (agreement) [config.missing]
    add until: 2030-12-31)~"},
    {"UnknownAdapterOfATarget", "config/apps/sismiop.yaml", "  sql: { database", "  sqll: { database",
     R"~(config/apps/sismiop.yaml:10:3: error: there is no adapter "sqll", did you mean "sql"? (target) [adapter.unknown]
    adapters are: http, sql, file)~"},
    {"TwoAdapters", "config/apps/sismiop.yaml", R"~(target:
)~", R"~(target:
  http: { url: x }
)~",
     R"~(config/apps/sismiop.yaml:11:3: error: target names two adapters, "http" and "sql" (target) [adapter.two]
    keep one of them)~"},
    {"SourceWithoutAdapter", "config/apps/siak.yaml", R"~(    sql: { table: DATA_KELUARGA }
)~", "",
     R"~(config/apps/siak.yaml:8:5: error: source keluarga names no adapter (sources.keluarga) [adapter.missing]
    write the adapter's name and below it its fields; adapters are: http, sql, file)~"},
    {"TargetWithoutFields", "config/apps/sismiop.yaml", R"~(target:
  sql: { database: sismiop.db }
)~", R"~(target: sql
)~",
     R"~(config/apps/sismiop.yaml:9:9: error: target must be a map that names its adapter (target) [adapter.missing]
    write the adapter's name and below it its fields; adapters are: http, sql, file)~"},
    {"UnknownAdapterOfAListener", "config/simpul.yaml", "{ http: {", "{ htp: {",
     R"~(config/simpul.yaml:6:10: error: there is no adapter "htp", did you mean "http"? (listen.api) [adapter.unknown]
    adapters are: http, sql, file)~"},
    {"SecretInTheFile", "config/apps/layanan.yaml", "${file:secrets/layanan.hmac}", "whsec_0123456789",
     R"~(config/apps/layanan.yaml:8:17: error: signing_secret is a secret, and a secret is never written in the configuration (signing_secret) [config.secret_in_file]
    write signing_secret: ${env:NAME} or signing_secret: ${file:PATH}, and keep the value there)~"},
    {"UnknownClass", "config/apps/sismiop.yaml", "cleared: general", "cleared: genral",
     R"~(config/apps/sismiop.yaml:5:10: error: cleared cannot be "genral", did you mean "general"? (cleared) [config.unknown_choice]
    it is one of none, general, specific)~"},
    {"AcceptsAnUnknownSchema", "config/apps/sismiop.yaml", "dat_subjek_pajak: apps/sismiop/dat_subjek_pajak", "dat_subjek_pajak: apps/sismiop/dat_subyek_pajak",
     R"~(config/apps/sismiop.yaml:11:30: error: there is no schema "apps/sismiop/dat_subyek_pajak", did you mean "apps/sismiop/dat_subjek_pajak"? (accepts.dat_subjek_pajak) [schema.unknown]
    write it to schemas/apps/sismiop/dat_subyek_pajak.json)~"},
    {"AcceptsWithJsonEnding", "config/apps/sismiop.yaml", "dat_subjek_pajak: apps/sismiop/dat_subjek_pajak", "dat_subjek_pajak: apps/sismiop/dat_subjek_pajak.json",
     R"~(config/apps/sismiop.yaml:11:30: error: there is no schema "apps/sismiop/dat_subjek_pajak.json" (accepts.dat_subjek_pajak) [schema.unknown]
    leave .json out: apps/sismiop/dat_subjek_pajak)~"},
    {"AcceptsIsAList", "config/apps/layanan.yaml", "accepts: { default: apps/layanan/profil }", "accepts: { default: [apps/layanan/profil] }",
     R"~(config/apps/layanan.yaml:11:21: error: accepts.default must be the name of a schema, not a list (accepts.default) [config.type]
    write its path below schemas/ without .json, such as apps/layanan/default)~"},
    {"AcceptsWithoutTarget", "config/apps/spmb.yaml", "", R"~(app: spmb
owner: disdik
accepts: { default: apps/layanan/profil }
cleared: general
)~",
     R"~(config/apps/spmb.yaml:3:10: error: accepts says what the target of spmb takes, but it has no target (accepts) [app.no_target]
    add target, or leave accepts out)~"},
    {"AppNotClearedForWhatItAccepts", "config/apps/sismiop.yaml", R"~(cleared: general
)~", "",
     R"~(config/apps/sismiop.yaml:10:30: error: dat_subjek_pajak accepts general personal data at /SUBJEK_PAJAK_ID (schema apps/sismiop/dat_subjek_pajak), and sismiop is not cleared for personal data (accepts.dat_subjek_pajak) [app.not_cleared]
    leave the field out of what it accepts, or declare cleared: general if the agreement says so)~"},
    {"AsksAnUnknownLookup", "config/apps/khanza.yaml", "asks: [penduduk]", "asks: [pendudk]",
     R"~(config/apps/khanza.yaml:5:8: error: there is no lookup "pendudk", did you mean "penduduk"? (asks[0]) [lookup.unknown]
    lookups are declared in config/lookups/)~"},
    {"AsksAboveItsClass", "config/lookups/penduduk.yaml", "personal: general", "personal: specific",
     R"~(config/apps/khanza.yaml:5:8: error: the lookup penduduk answers with specific personal data, and khanza is cleared for general personal data only (asks[0]) [app.not_cleared]
    take it out of asks, or declare cleared: specific if the agreement says so)~"},
    {"RetryLimitBelowFirst", "config/apps/sismiop.yaml", "limit_ms: 2000", "limit_ms: 50",
     R"~(config/apps/sismiop.yaml:12:48: error: limit_ms (50) is below first_ms (100) (retry.limit_ms) [config.range]
    the wait between attempts grows from first_ms to limit_ms)~"},
    {"RetryNever", "config/apps/sismiop.yaml", "attempts: 5", "attempts: 0",
     R"~(config/apps/sismiop.yaml:12:20: error: attempts must be from 1 to 1000, and this is 0 (retry.attempts) [config.out_of_range]
    How often a delivery is tried before it is parked)~"},
    {"ConcurrencyOfText", "config/apps/sismiop.yaml", "concurrency: 4", "concurrency: many",
     R"~(config/apps/sismiop.yaml:13:14: error: concurrency must be a whole number, and this is text (concurrency) [config.wrong_type]
    Deliveries at once; one key is never twice among them)~"},
    {"RuleOfATypeThatIsNotPublished", "config/apps/siak.yaml", "- type: dukcapil.biodata.nik_diganti.v1", "- type: dukcapil.biodata.nik_ganti.v1",
     R"~(config/apps/siak.yaml:10:15: error: siak makes events of type dukcapil.biodata.nik_ganti.v1, which it may not publish, did you mean "dukcapil.biodata.nik_diganti.v1"? (sources.keluarga.events[0].type) [app.not_publishing]
    add the type to publishes, or mend its name)~"},
    {"RuleWithoutData", "config/apps/siak.yaml", R"~(        data:
          nik_lama: string(old.NIK)
          nik_baru: string(row.NIK)
)~", "",
     R"~(config/apps/siak.yaml:10:9: error: a rule of events needs data (sources.keluarga.events[0]) [config.missing]
    add data: { nik: row.NIK })~"},
    {"RuleThatDoesNotParse", "config/apps/siak.yaml", "subject: row.NIK", "subject: row.NIK +",
     "config/apps/siak.yaml:12:27: error: the expression ends where a value should stand (sources.keluarga.events[0].subject) [cel.syntax]"},
    {"RuleOfAnUnknownVariable", "config/apps/siak.yaml", "subject: row.NIK", "subject: rows.NIK",
     R"~(config/apps/siak.yaml:12:18: error: there is no "rows" here, did you mean "row"? (sources.keluarga.events[0].subject) [cel.unknown_name]
    known here: row, old, change; put text into quotes)~"},
    {"RuleThatMissesAField", "config/apps/siak.yaml", R"~(          nik_lama: string(old.NIK)
)~", "",
     R"~(config/apps/siak.yaml:15:11: error: events/dukcapil.biodata.nik_diganti.v1 requires nik_lama, which the map does not make (sources.keluarga.events[0].data) [map.missing_member]
    add it to the map)~"},
    {"LookupOfAnUnknownApp", "config/lookups/penduduk.yaml", "app: siak", "app: siakk",
     R"~(config/lookups/penduduk.yaml:3:6: error: there is no app "siakk", did you mean "siak"? (app) [app.unknown]
    apps are declared in config/apps/)~"},
    {"LookupOfAnAppWithoutTarget", "config/apps/siak.yaml", R"~(target:
  http: { url: http://127.0.0.1:9/siak }
)~", "",
     R"~(config/lookups/penduduk.yaml:3:6: error: siak has no target, so it cannot answer (app) [app.no_target]
    add target to config/apps/siak.yaml)~"},
    {"LookupWithoutPurpose", "config/lookups/penduduk.yaml", R"~(purpose: verifikasi-data
)~", "",
     R"~(config/lookups/penduduk.yaml:1:1: error: a lookup needs purpose [config.missing]
    add purpose: verifikasi-data)~"},
    {"LookupWithoutParameters", "config/lookups/penduduk.yaml", R"~({ nik: { pattern: "^[0-9]{16}$" } })~", "{}",
     R"~(config/lookups/penduduk.yaml:5:13: error: lookup penduduk has no parameter (parameters) [lookup.no_parameters]
    name at least one, or everything could be asked for at once)~"},
    {"LookupWithABadPattern", "config/lookups/penduduk.yaml", R"~("^[0-9]{16}$")~", R"~("^[0-9{16}$")~",
     R"~(config/lookups/penduduk.yaml:5:31: error: a [ that is not closed, at character 2 of the pattern (parameters.nik.pattern) [schema.bad_pattern]
    add ] where the class ends, or write \[ for the character)~"},
    {"LookupWithoutFields", "config/lookups/penduduk.yaml", "fields: [NIK, NAMA_LGKP]", "fields: []",
     R"~(config/lookups/penduduk.yaml:6:9: error: fields must have at least 1 entries, and this has 0 (fields) [config.out_of_range]
    The fields of the answer; nothing else leaves)~"},
    {"CodeThatReadsAsBoolean", "config/codes/jenis_kelamin.yaml", R"~("2": P)~", R"~("2": true)~",
     R"~(config/codes/jenis_kelamin.yaml:2:22: error: the code for "2" reads as true or false, and codes are text (rows.2) [codes.not_text]
    write "true" if this is the code)~"},
    {"CodeTableWithoutRows", "config/codes/agama.yaml", "", R"~(table: agama
rows: {}
)~",
     R"~(config/codes/agama.yaml:2:7: error: the table agama has no rows (rows) [codes.empty]
    add rows, or delete the file)~"},
    {"UnknownRole", "config/people/siti.yaml", "[operator, auditor]", "[operater, auditor]",
     R"~(config/people/siti.yaml:3:9: error: roles cannot hold "operater", did you mean "operator"? (roles[0]) [config.unknown_choice]
    it takes operator, integrator, auditor)~"},
    {"TwoPeopleOfOneUser", "config/people/tono.yaml", "", R"~(person: tono
roles: [auditor]
unix_users: [simpul-ops]
)~",
     R"~(config/people/tono.yaml:3:13: error: the Unix user simpul-ops stands for two people, siti and tono (unix_users) [person.shared_user]
    every act must name one person: give each a user of their own)~"},
    {"BusWithoutCity", "config/simpul.yaml", R"~(city: Kota Contoh
)~", "",
     R"~(config/simpul.yaml:1:1: error: a bus needs city [config.missing]
    add city: Kota Contoh)~"},
    {"SegmentsTooSmall", "config/simpul.yaml", "segment_mebibytes: 64", "segment_mebibytes: 1",
     R"~(config/simpul.yaml:3:44: error: segment_mebibytes must be from 8 to 1048576, and this is 1 (log.segment_mebibytes) [config.out_of_range]
    How large one file of the log grows)~"},
    {"NoBus", "config/simpul.yaml", "", deleted,
     R"~(config/simpul.yaml: error: config/simpul.yaml is missing [file.no_deployment]
    write it: city, source and listen are what it needs first)~"},
    {"StrayFile", "config/app/x.yaml", "", R"~(app: x
)~",
     R"~(config/app/x.yaml: error: the bus reads nothing of this name [file.unexpected]
    did you mean config/apps/?)~"},
    {"YmlFile", "routes/x.yml", "", R"~(route: x
)~",
     R"~(routes/x.yml: error: files here end in .yaml, this one ends in .yml [file.unexpected]
    rename it to x.yaml)~"},
    {"SchemaThatIsNoJson", "schemas/apps/layanan/profil.json", R"~("type": "object",)~", R"~("type": "object")~",
     R"~(schemas/apps/layanan/profil.json:3:3: error: line 3, column 3: expected ',' or '}' after the member's value, found '"' [json.syntax]
    separate members by commas; a number has no leading zeros)~"},
    {"SchemaWithAWordOfAnotherDraft", "schemas/apps/layanan/profil.json", R"~("type": "object",)~", R"~("type": "object", "definitions": {}, "$dynamicRef": "#x",)~",
     R"~(schemas/apps/layanan/profil.json:2:21: error: definitions is no keyword of 2020-12, its last draft was draft 7 (/definitions) [schema.unknown_keyword]
    write $defs
schemas/apps/layanan/profil.json:2:55: error: nothing is at "#x" (/$dynamicRef) [schema.missing_ref]
    define it below $defs)~"},
    {"RouteToAnUnknownApp", "routes/pindah-datang.yaml", "app: sismiop", "app: sismop",
     R"~(routes/pindah-datang.yaml:9:10: error: there is no app "sismop", did you mean "sismiop"? (to[0].app) [app.unknown]
    apps are declared in config/apps/)~"},
    {"RouteToAnAppThatMayNotReceive", "config/apps/sismiop.yaml", "receives: [dukcapil.penduduk.pindah_datang.v1, ", "receives: [",
     R"~(routes/pindah-datang.yaml:9:10: error: sismiop may not receive dukcapil.penduduk.pindah_datang.v1 (to[0].app) [app.not_receiving]
    add the type to receives in config/apps/sismiop.yaml, if its agreement covers it)~"},
    {"RouteToAnAppWithoutTarget", "config/apps/layanan.yaml", R"~(target:
  http: { url: http://127.0.0.1:9/hook }
accepts: { default: apps/layanan/profil }
)~", "",
     R"~(routes/profil.yaml:4:10: error: layanan has no target, so nothing can be delivered to it (to[0].app) [app.no_target]
    add target and accepts to config/apps/layanan.yaml)~"},
    {"RouteIntoAnUnknownPlace", "routes/pindah-datang.yaml", "into: pasien", "into: pasein",
     R"~(routes/pindah-datang.yaml:18:11: error: khanza has no place "pasein", did you mean "pasien"? (to[1].into) [route.into]
    its places are keluarga, pasien)~"},
    {"RouteIntoNoPlace", "routes/pindah-datang.yaml", R"~(    into: dat_subjek_pajak
)~", "",
     R"~(routes/pindah-datang.yaml:9:5: error: the target does not say into which place of sismiop it goes (to[0]) [route.into]
    add into: dat_subjek_pajak)~"},
    {"RouteIntoWhereThereIsNone", "routes/profil.yaml", R"~(- app: layanan
)~", R"~(- app: layanan
    into: profil
)~",
     R"~(routes/profil.yaml:5:11: error: layanan has no place "profil" (to[0].into) [route.into]
    it has one place only: leave into out)~"},
    {"RouteIntoDefault", "routes/profil.yaml", R"~(- app: layanan
)~", R"~(- app: layanan
    into: default
)~",
     R"~(routes/profil.yaml:5:11: error: `default` is the place without a name (to[0].into) [route.into]
    leave into out)~"},
    {"RouteWithSplit", "routes/pindah-datang.yaml", R"~(key: data.nik
)~", R"~(split: data.anggota_ikut
key: data.nik
)~",
     R"~(routes/pindah-datang.yaml:7:1: error: "split" is no field of a route (split) [config.unknown_key]
    it takes route, description, on, when, let, key, enrich, to)~"},
    {"TargetWithDelay", "routes/profil.yaml", R"~(- app: layanan
)~", R"~(- app: layanan
    delay: soon
)~",
     R"~(routes/profil.yaml:5:12: error: "soon" is no delay (to[0].delay) [route.delay]
    write a whole number and its unit: 90s, 15m, 2h or 3d)~"},
    {"RouteWithAggregate", "routes/profil.yaml", "to:\n", "aggregate: { by: data.nik }\nto:\n",
     R"~(routes/profil.yaml:3:1: error: `aggregate` is not supported yet (aggregate) [route.unsupported]
    send every event on, and let the app that receives them put them together)~"},
    {"UnknownKeyOfARoute", "routes/pindah-datang.yaml", "when: data.kode", "wen: data.kode",
     R"~(routes/pindah-datang.yaml:4:1: error: "wen" is no field of a route, did you mean "when"? (wen) [config.unknown_key]
    it takes route, description, on, when, let, key, enrich, to)~"},
    {"UnknownKeyOfATarget", "routes/pindah-datang.yaml", R"~(    when: size(anggota) > 0
)~", R"~(    whn: size(anggota) > 0
)~",
     R"~(routes/pindah-datang.yaml:11:5: error: "whn" is no field of a target of a route, did you mean "when"? (to[0].whn) [config.unknown_key]
    it takes app, choose, recipients, wire_tap, among, into, when, each, as, where, let, enrich, key, delay, until, map)~"},
    {"RouteOnNothing", "routes/profil.yaml", R"~(on: dukcapil.penduduk.pindah_datang.v1
)~", "",
     R"~(routes/profil.yaml:1:1: error: a route needs on [config.missing]
    add on: dukcapil.penduduk.pindah_datang.v1)~"},
    {"RouteOnAType", "routes/profil.yaml", "on: dukcapil.penduduk.pindah_datang.v1", "on: pindah",
     R"~(routes/profil.yaml:2:5: error: "pindah" is not an event type (on) [event_type.shape]
    write agency.object.happening.vN in lower case, such as dukcapil.penduduk.pindah_datang.v1)~"},
    {"RouteOnATypeTwice", "routes/profil.yaml", "on: dukcapil.penduduk.pindah_datang.v1", "on: [dukcapil.penduduk.pindah_datang.v1, dukcapil.penduduk.pindah_datang.v1]",
     R"~(routes/profil.yaml:2:42: error: on names "dukcapil.penduduk.pindah_datang.v1" twice (on[1]) [config.repeated]
    leave one of them out)~"},
    {"RouteThatNeverFires", "config/apps/siak.yaml", "", R"~(app: siak
owner: disdukcapil
publishes: [dukcapil.biodata.nik_diganti.v1]
target: { http: {} }
)~",
     R"~(routes/pindah-datang.yaml:3:5: warning: no app publishes dukcapil.penduduk.pindah_datang.v1, so this route never fires for it (on) [route.never]
    add it to publishes of the app that owns it
routes/profil.yaml:2:5: warning: no app publishes dukcapil.penduduk.pindah_datang.v1, so this route never fires for it (on) [route.never]
    add it to publishes of the app that owns it)~"},
    {"RouteToNothing", "routes/profil.yaml", R"~(to:
  - app: layanan
    map:
      nik: data.nik
      tanggal: data.tgl_pindah
)~", R"~(to: layanan
)~",
     R"~(routes/profil.yaml:3:5: error: to must be a list of targets (to) [route.to]
    write each target as a list item: - app: <name>, and below it its map)~"},
    {"OnePlaceTwice", "routes/profil.yaml", R"~(to:
)~", R"~(to:
  - app: layanan
    map: { nik: data.nik }
)~",
     R"~(routes/profil.yaml:6:5: error: this route sends to layanan already, on line 4 (to[1]) [route.same_target]
    join the two, or put one of them into a route of its own)~"},
    {"TwoRoutesThatDoTheSame", "routes/profil-lagi.yaml", "", R"~(route: profil-lagi
on: dukcapil.penduduk.pindah_datang.v1
to:
  - app: layanan
    map: { nik: data.nik }
)~",
     R"~(routes/profil.yaml:4:5: error: the route profil-lagi sends dukcapil.penduduk.pindah_datang.v1 to layanan already, under the same conditions (routes/profil-lagi.yaml:4) (to[0]) [route.twice]
    everything would be delivered twice: join the two, or tell them apart by when)~"},
    {"ConditionThatIsNone", "routes/pindah-datang.yaml", R"~(data.kode_wilayah_baru.startsWith("36.71."))~", "data.kode_wilayah_baru",
     R"~(routes/pindah-datang.yaml:4:7: error: a condition is true or false; this is text (when) [cel.result]
    compare it with something, for example: == "...")~"},
    {"ConditionOnAnUnknownField", "routes/pindah-datang.yaml", "when: data.kode_wilayah_baru.", "when: data.kode_wilayah_bru.",
     R"~(routes/pindah-datang.yaml:4:12: error: data has no field "kode_wilayah_bru", did you mean "kode_wilayah_baru"? (when) [cel.unknown_field]
    the schema names all fields that may be there)~"},
    {"QuotedExpression", "routes/pindah-datang.yaml", R"~(when: data.kode_wilayah_baru.startsWith("36.71."))~", "when: 'data.nik != ''x'' && data.niik == ''y'''",
     R"~(routes/pindah-datang.yaml:4:34: error: data has no field "niik", did you mean "nik"? (when) [cel.unknown_field]
    the schema names all fields that may be there)~"},
    {"ExpressionInABlock", "routes/pindah-datang.yaml", R"~(when: data.kode_wilayah_baru.startsWith("36.71."))~", R"~(when: |-
  data.nik != "x" &&
    data.niik == "y")~",
     R"~(routes/pindah-datang.yaml:6:10: error: data has no field "niik", did you mean "nik"? (when) [cel.unknown_field]
    the schema names all fields that may be there)~"},
    {"FoldedExpression", "routes/pindah-datang.yaml", R"~(when: data.kode_wilayah_baru.startsWith("36.71."))~", R"~(when: data.nik != "x" &&
    data.niik == "y")~",
     R"~(routes/pindah-datang.yaml:5:10: error: data has no field "niik", did you mean "nik"? (when) [cel.unknown_field]
    the schema names all fields that may be there)~"},
    {"ExpressionThatIsAList", "routes/pindah-datang.yaml", R"~(when: data.kode_wilayah_baru.startsWith("36.71."))~", "when: [data.nik]",
     R"~(routes/pindah-datang.yaml:4:7: error: an expression was expected here, not a list (when) [expression.not_text]
    write a CEL expression on one line, such as data.nik)~"},
    {"EmptyExpression", "routes/pindah-datang.yaml", "SUBJEK_PAJAK_ID: data.nik", "SUBJEK_PAJAK_ID:",
     R"~(routes/pindah-datang.yaml:13:23: error: the expression is empty (to[0].map.SUBJEK_PAJAK_ID) [expression.empty]
    write a CEL expression, such as data.nik; "''" is the empty text)~"},
    {"OptionalFieldUsedAsIfThere", "routes/pindah-datang.yaml", "TELP_WP: data.?telepon", "TELP_WP: data.telepon",
     R"~(routes/pindah-datang.yaml:16:21: error: "telepon" may be absent (to[0].map.TELP_WP) [cel.optional]
    write data.?telepon.orValue(...), or ask first: has(data.telepon) && ...)~"},
    {"ExtensionInAnExpression", "routes/pindah-datang.yaml", "TELP_WP: data.?telepon", "TELP_WP: traceparent",
     R"~(routes/pindah-datang.yaml:16:16: error: there is no "traceparent" here (to[0].map.TELP_WP) [cel.unknown_name]
    extension attributes, dataschema and datacontenttype are not available to expressions yet)~"},
    {"SubjectMayBeAbsent", "routes/pindah-datang.yaml", "TELP_WP: data.?telepon", "TELP_WP: subject",
     R"~(routes/pindah-datang.yaml:16:16: error: "subject" may be absent (to[0].map.TELP_WP) [cel.optional]
    ask first: has(subject) ? subject : ...)~"},
    {"UnknownCodeTable", "routes/pindah-datang.yaml", R"~(lookup("jenis_kelamin")~", R"~(lookup("jenis_klamin")~",
     R"~(routes/pindah-datang.yaml:25:18: error: there is no code table "jenis_klamin", did you mean "jenis_kelamin"? (to[1].map.jk) [cel.unknown_table]
    code tables are the files config/codes/jenis_klamin.yaml and the like)~"},
    {"LetWithATakenName", "routes/pindah-datang.yaml", "  anggota: data.anggota_ikut", R"~(  anggota: data.anggota_ikut
  type: data.nik)~",
     R"~(routes/pindah-datang.yaml:7:3: error: the name "type" is taken (let) [route.name]
    choose another; id, source, type, subject, time and data are the event's)~"},
    {"LetThatIsNoName", "routes/pindah-datang.yaml", "  anggota: data.anggota_ikut", R"~(  anggota: data.anggota_ikut
  nama-ibu: data.nik)~",
     R"~(routes/pindah-datang.yaml:7:3: error: "nama-ibu" is no name for a let (let) [route.name]
    use letters, digits and _, not beginning with a digit, and no word of CEL)~"},
    {"LetUsedInTheRoutesOwnWhen", "routes/pindah-datang.yaml", R"~(when: data.kode_wilayah_baru.startsWith("36.71."))~", "when: size(anggota) > 0",
     R"~(routes/pindah-datang.yaml:4:12: error: there is no "anggota" here (when) [cel.unknown_name]
    known here: id, source, type, subject, time, data; put text into quotes)~"},
    {"EachWithoutAs", "routes/pindah-datang.yaml", R"~(    as: satu
)~", "",
     R"~(routes/pindah-datang.yaml:19:11: error: each needs as: the name of one item (to[1].each) [route.each]
    add as: with a name, which where, key and map then know
routes/pindah-datang.yaml:20:12: error: there is no "satu" here (to[1].where) [cel.unknown_name]
    known here: id, source, type, subject, time, data, anggota; put text into quotes
routes/pindah-datang.yaml:21:10: error: there is no "satu" here (to[1].key) [cel.unknown_name]
    known here: id, source, type, subject, time, data, anggota; put text into quotes
routes/pindah-datang.yaml:23:15: error: there is no "satu" here (to[1].map.no_ktp) [cel.unknown_name]
    known here: id, source, type, subject, time, data, anggota; put text into quotes
routes/pindah-datang.yaml:24:35: error: there is no "satu" here (to[1].map.jk) [cel.unknown_name]
    known here: id, source, type, subject, time, data, anggota; put text into quotes)~"},
    {"WhereWithoutEach", "routes/pindah-datang.yaml", R"~(    each: anggota
    as: satu
)~", "",
     R"~(routes/pindah-datang.yaml:19:12: error: `where` needs each: the list of which this is one item (to[1].where) [route.each]
    add each and as, or write the condition as when
routes/pindah-datang.yaml:20:10: error: there is no "satu" here (to[1].key) [cel.unknown_name]
    known here: id, source, type, subject, time, data, anggota; put text into quotes
routes/pindah-datang.yaml:22:15: error: there is no "satu" here (to[1].map.no_ktp) [cel.unknown_name]
    known here: id, source, type, subject, time, data, anggota; put text into quotes
routes/pindah-datang.yaml:23:35: error: there is no "satu" here (to[1].map.jk) [cel.unknown_name]
    known here: id, source, type, subject, time, data, anggota; put text into quotes)~"},
    {"EachOfSomethingElse", "routes/pindah-datang.yaml", "each: anggota", "each: data.alamat",
     R"~(routes/pindah-datang.yaml:19:11: error: each needs a list, and this is no list (to[1].each) [route.each]
    name a list of the event, such as data.anggota_ikut)~"},
    {"FieldThatItemsDoNotHave", "routes/pindah-datang.yaml", "where: satu.stat_hbkel", "where: satu.stat_hbkl",
     R"~(routes/pindah-datang.yaml:21:17: error: satu has no field "stat_hbkl", did you mean "stat_hbkel"? (to[1].where) [cel.unknown_field]
    the schema names all fields that may be there)~"},
    {"KeyIsAMap", "routes/pindah-datang.yaml", R"~(key: data.nik
)~", R"~(key: { nik: data.nik }
)~",
     R"~(routes/pindah-datang.yaml:7:6: error: key must be an expression, or a list of expressions (key) [route.key]
    write key: data.nik, or key: [data.nik_lama, data.nik_baru])~"},
    {"KeyThatMayBeAbsent", "routes/pindah-datang.yaml", R"~(key: data.nik
)~", R"~(key: data.?telepon
)~",
     R"~(routes/pindah-datang.yaml:7:6: error: data.?telepon may be absent here (key) [cel.optional]
    add .orValue(...) with the value to take then)~"},
    {"KeyThatIsNoText", "routes/pindah-datang.yaml", "key: satu.nik", "key: satu",
     R"~(routes/pindah-datang.yaml:22:10: error: a text is needed here; this is an object (to[1].key) [cel.result]
    select a field that holds text, or use string(...))~"},
    {"TargetWithoutMap", "routes/profil.yaml", R"~(    map:
      nik: data.nik
      tanggal: data.tgl_pindah
)~", "",
     R"~(routes/profil.yaml:4:5: error: a target of a route needs map (to[0]) [config.missing]
    add map: { nik: data.nik })~"},
    {"MapOfAnUnknownMember", "routes/pindah-datang.yaml", "JALAN_WP: data.alamat", R"~(JALAN_WP: data.alamat
      JALAN_WPP: data.alamat)~",
     R"~(routes/pindah-datang.yaml:15:7: error: apps/sismiop/dat_subjek_pajak accepts no member "JALAN_WPP", did you mean "JALAN_WP"? (to[0].map.JALAN_WPP) [map.unknown_member]
    it accepts SUBJEK_PAJAK_ID, JALAN_WP, KOTA_WP, TELP_WP)~"},
    {"MapWithoutARequiredMember", "routes/pindah-datang.yaml", R"~(      no_ktp: satu.nik
)~", "",
     R"~(routes/pindah-datang.yaml:24:7: error: apps/khanza/pasien requires no_ktp, which the map does not make (to[1].map) [map.missing_member]
    add it to the map)~"},
    {"MapOfAnotherKind", "routes/pindah-datang.yaml", "no_ktp: satu.nik", "no_ktp: satu.stat_hbkel",
     R"~(routes/pindah-datang.yaml:24:15: error: this gives an integer, and apps/khanza/pasien accepts text here (to[1].map.no_ktp) [map.kind]
    string(…) makes text of it)~"},
    {"LiteralOfAnotherKind", "routes/pindah-datang.yaml", "KOTA_WP: { const: KOTA CONTOH }", "KOTA_WP: { const: 3671 }",
     R"~(routes/pindah-datang.yaml:15:16: error: this gives an integer, and apps/sismiop/dat_subjek_pajak accepts text here (to[0].map.KOTA_WP) [map.kind]
    convert it, or change the schema)~"},
    {"MapOfWhatMayBeAbsent", "routes/pindah-datang.yaml", "JALAN_WP: data.alamat", "JALAN_WP: data.?telepon",
     R"~(routes/pindah-datang.yaml:14:17: error: apps/sismiop/dat_subjek_pajak requires JALAN_WP, and this may be absent (to[0].map.JALAN_WP) [map.may_be_absent]
    add .orValue(…) with the value to take then)~"},
    {"MapAboveTheClassOfItsApp", "routes/pindah-datang.yaml", "TELP_WP: data.?telepon", "TELP_WP: data.?penyakit",
     R"~(routes/pindah-datang.yaml:16:16: error: this is specific personal data, and sismiop is cleared for general personal data only (to[0].map.TELP_WP) [map.not_cleared]
    leave the field out, or have the app cleared on its legal basis)~"},
    {"ObjectWhereTextGoes", "routes/pindah-datang.yaml", "JALAN_WP: data.alamat", "JALAN_WP: { jalan: data.alamat }",
     R"~(routes/pindah-datang.yaml:14:17: error: this gives an object, and apps/sismiop/dat_subjek_pajak accepts text here (to[0].map.JALAN_WP) [map.kind]
    convert it, or change the schema)~"},
};
// clang-format on

INSTANTIATE_TEST_SUITE_P(Table, BrokenConfiguration, testing::ValuesIn(table),
                         [](const auto& tested) { return std::string(tested.param.name); });

// Faults that the kinds' schemas cannot see, because they lie between fields, between files or inside an expression, or
// because the file is no YAML, no file of a kind, or not there. All others they must see on their own.
const std::set<std::string> unseen_by_schemas{
    // no YAML, no file, or a file of another kind
    "DuplicateKey",
    "UnterminatedQuote",
    "NoBus",
    "StrayFile",
    "YmlFile",
    "SchemaThatIsNoJson",
    "SchemaWithAWordOfAnotherDraft",
    // between fields of one file
    "AppNamedUnlikeItsFile",
    "AsksWithoutLegalBasis",
    "ReceivesWithoutPurpose",
    "RetryLimitBelowFirst",
    "RuleOfATypeThatIsNotPublished",
    "OnePlaceTwice",
    "LetWithATakenName",
    // between files
    "AcceptsAnUnknownSchema",
    "AcceptsWithJsonEnding",
    "AppNotClearedForWhatItAccepts",
    "AsksAboveItsClass",
    "AsksAnUnknownLookup",
    "LookupOfAnAppWithoutTarget",
    "LookupOfAnUnknownApp",
    "PublishedTypeWithoutSchema",
    "RouteIntoAnUnknownPlace",
    "RouteIntoDefault",
    "RouteIntoNoPlace",
    "RouteIntoWhereThereIsNone",
    "RouteThatNeverFires",
    "RouteToAnAppThatMayNotReceive",
    "RouteToAnAppWithoutTarget",
    "RouteToAnUnknownApp",
    "TwoPeopleOfOneUser",
    "TwoRoutesThatDoTheSame",
    // inside an expression, a pattern or what a map makes
    "ConditionOnAnUnknownField",
    "ConditionThatIsNone",
    "EachOfSomethingElse",
    "ExpressionInABlock",
    "ExtensionInAnExpression",
    "FieldThatItemsDoNotHave",
    "FoldedExpression",
    "KeyThatIsNoText",
    "KeyThatMayBeAbsent",
    "LetUsedInTheRoutesOwnWhen",
    "LiteralOfAnotherKind",
    "LookupWithABadPattern",
    "MapAboveTheClassOfItsApp",
    "MapOfAnUnknownMember",
    "MapOfAnotherKind",
    "MapOfWhatMayBeAbsent",
    "MapWithoutARequiredMember",
    "ObjectWhereTextGoes",
    "OptionalFieldUsedAsIfThere",
    "QuotedExpression",
    "RuleOfAnUnknownVariable",
    "RuleThatDoesNotParse",
    "RuleThatMissesAField",
    "EmptyExpression",
    "SubjectMayBeAbsent",
    "UnknownCodeTable",
};

bool refused_by_schemas(const ConfigurationFiles& files) {
  std::map<std::string, yaml::Node> roots;
  for (const auto& [path, text] : files)
    if (kind_of_file(path) != nullptr)
      if (auto root = yaml::read(text, path)) roots.emplace(path, std::move(*root));
  Problems problems;
  check_kinds(roots, city_kinds(), problems);
  return !problems.empty();
}

TEST(KindSchemas, TakeTheGoodCity) {
  EXPECT_FALSE(refused_by_schemas(small_city()));
}

TEST_P(BrokenConfiguration, IsRefusedByTheSchemasTooWhenItsFaultIsInItsStructure) {
  EXPECT_EQ(refused_by_schemas(broken(GetParam())), !unseen_by_schemas.contains(GetParam().name));
}

// What is wrong in one place does not hide what is wrong in another.
TEST(BrokenConfiguration, EveryProblemIsReportedInOnePass) {
  auto files = small_city();
  std::set<std::string> changed_files, expected;
  for (const auto& one : table) {
    if (one.to == deleted || *one.from == '\0' || !changed_files.insert(one.file).second) continue;
    files = changed(files, one.file, one.from, one.to);
    auto said = std::string_view(one.problems);
    expected.emplace(said.substr(0, said.find(':')));
  }
  EXPECT_GT(expected.size(), 8u);
  auto generation = compile_generation(files, city_adapters());
  ASSERT_FALSE(generation);
  std::set<std::string> reported;
  for (const auto& problem : generation.error()) reported.insert(problem.place.file);
  for (const auto& file : expected) EXPECT_TRUE(reported.contains(file)) << file;
}

TEST(BrokenConfiguration, NoFilesAtAllSayWhatIsMissing) {
  EXPECT_THAT(problems_of({}), testing::HasSubstr("config/simpul.yaml: error: config/simpul.yaml is missing"));
}

}  // namespace
}  // namespace simpul::tests
