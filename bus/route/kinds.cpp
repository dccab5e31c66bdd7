// The declarations of the kinds of files.
#include "bus/route/kinds.h"

#include <algorithm>

#include "bus/route/deployment_files.h"
#include "bus/route/generation.h"
#include "bus/route/kind_reader.h"
#include "bus/schema/formats.h"

namespace simpul {
namespace {

using Type = FieldType;
using Declared = std::vector<FieldDescription>;

// The member that says the file's own name.
FieldDescription own_name(const char* kind, const char* help) {
  return {kind, Type::text, {.help = help, .required = true, .min = 1, .pattern = name_pattern}};
}

FieldDescription event_types(const char* name, const char* help) {
  return {
      name,
      Type::text_list,
      {.help = help, .example = "[dukcapil.penduduk.pindah_datang.v1]", .pattern = event_type_pattern, .unique = true}};
}

FieldDescription purpose(bool required) {
  return {"purpose",
          Type::text,
          {.help = required ? "What the answer is used for, as it is recorded with every asking"
                            : "Why personal data goes to it; needed when it receives or asks",
           .example = required ? "verifikasi-data" : "pemutakhiran-wajib-pajak",
           .required = required,
           .min = required ? std::optional<std::int64_t>(1) : std::nullopt}};
}

FieldDescription legal_basis(bool required) {
  return {"legal_basis",
          Type::text,
          {.help = required ? "The law that allows it" : "The law that allows it; needed when it receives or asks",
           .example = "UU27/2022:20(2)e",
           .required = required,
           .min = required ? std::optional<std::int64_t>(1) : std::nullopt}};
}

Declared log_fields() {
  const BusSettings defaults;
  auto mebibytes = [](const char* name, const char* help, std::uint64_t bytes, std::int64_t least) {
    return FieldDescription{
        name, Type::integer, {.help = help, .min = least, .max = 1 << 20, .default_text = std::to_string(bytes >> 20)}};
  };
  return {
      {"folder", Type::text, {.help = "Where the log is, from the deployment's folder on", .default_text = "var/log"}},
      mebibytes("segment_mebibytes", "How large one file of the log grows", defaults.segment_bytes, 8),
      mebibytes("reserve_mebibytes", "Kept for receipts and operators' acts when the disk is full",
                defaults.reserve_bytes, 1),
      mebibytes("free_floor_mebibytes", "Publishers are refused when the disk has less room than this",
                defaults.free_floor_bytes, 1),
  };
}

Declared rule_fields() {
  return {
      {"type",
       Type::text,
       {.help = "The type of the events that it makes; the app must publish it",
        .example = "dukcapil.penduduk.pindah_datang.v1",
        .required = true,
        .min = 1}},
      {"when",
       Type::expression,
       {.help = "Which records it takes: CEL over row, old and change",
        .example = "change == \"update\" && row.NO_KEC != old.NO_KEC"}},
      {"subject", Type::expression, {.help = "Whom or what the event is about: CEL, text", .example = "row.NIK"}},
      {"time",
       Type::expression,
       {.help = "When it happened: CEL, RFC 3339", .example = "row.TGL", .default_text = "the bus's clock"}},
      {"data",
       Type::mapping,
       {.help = "The event's data: each leaf an expression, or {const: X}",
        .example = "{ nik: row.NIK }",
        .required = true}},
  };
}

Declared retry_fields() {
  const RetryPolicy defaults;
  return {
      {"attempts",
       Type::integer,
       {.help = "How often a delivery is tried before it is parked",
        .min = 1,
        .max = 1000,
        .default_text = std::to_string(defaults.attempts)}},
      {"first_ms",
       Type::duration_ms,
       {.help = "The wait before the second attempt; it then grows",
        .min = 1,
        .max = 3'600'000,
        .default_text = std::to_string(defaults.first.count())}},
      {"limit_ms",
       Type::duration_ms,
       {.help = "The longest wait between two attempts",
        .min = 1,
        .max = 86'400'000,
        .default_text = std::to_string(defaults.limit.count())}},
  };
}

FieldDescription enrich(const char* help) {
  return {"enrich",
          Type::group_map,
          {.help = help,
           .example = "{ penduduk: { lookup: penduduk, with: { nik: data.nik } } }",
           .pattern = identifier_pattern},
          {{"lookup",
            Type::text,
            {.help = "The lookup that is asked; the target's app must have it in `asks`",
             .example = "penduduk",
             .required = true,
             .min = 1}},
           {"with",
            Type::expression_map,
            {.help = "The lookup's parameters, all of them: CEL each",
             .example = "{ nik: data.nik }",
             .required = true,
             .min = 1,
             .pattern = "^[A-Za-z_][A-Za-z0-9_.-]{0,63}$"}},
           {"otherwise",
            Type::text,
            {.help = "When nobody is found: `none` leaves the name without a value; left out, the delivery is parked",
             .choices = {"none"}}}}};
}

Declared step_fields() {
  return {
      {"app",
       Type::text,
       {.help = "A target: the app that it goes to",
        .example = "sismiop",
        .min = 1,
        .needs = "map",
        .is_alternative = true}},
      {"choose",
       Type::group_list,
       {.help = "Branches, of which an event takes the first that holds; one that takes none is parked",
        .example = "[{ when: data.nik != \"\", to: [{ app: sismiop, map: { nik: data.nik } }] }, { to: [] }]",
        .min = 1,
        .is_alternative = true},
       {{"when", Type::expression, {.help = "Which events it takes: CEL; left out, in the last branch: all else"}},
        {"to",
         Type::steps,
         {.help = "Its steps, as in the route's own `to`; [] when nobody is to get these events",
          .example = "[{ app: sismiop, map: { nik: data.nik } }]",
          .required = true}}}},
      {"recipients",
       Type::expression,
       {.help = "A recipient list: the names of the apps that it goes to, CEL, text or a list of texts",
        .example = "data.tujuan",
        .needs = "among",
        .is_alternative = true}},
      {"wire_tap",
       Type::text,
       {.help = "A wire tap: the app that gets a copy of the whole event: {id, source, type, subject, time, data}",
        .example = "audit",
        .min = 1,
        .is_alternative = true}},
      {"among",
       Type::text_list,
       {.help = "The apps that `recipients` may name; any other name parks the event",
        .example = "[simrs, spmb]",
        .min = 1,
        .max = 200,
        .unique = true,
        .needs = "map"}},
      {"into",
       Type::text,
       {.help = "Which table, path or file of the app; left out where it has one place only",
        .example = "dat_subjek_pajak"}},
      {"when",
       Type::expression,
       {.help = "Which of the route's events go to this target: CEL", .example = "size(data.anggota_ikut) > 0"}},
      {"each",
       Type::expression,
       {.help = "A list: one delivery for each of its items", .example = "data.anggota_ikut", .needs = "as"}},
      {"as",
       Type::text,
       {.help = "The name of one item, which where, let, key and map then know",
        .example = "anggota_satu",
        .pattern = identifier_pattern,
        .needs = "each"}},
      {"where",
       Type::expression,
       {.help = "Which items are delivered: CEL", .example = "anggota_satu.stat_hbkel == 4", .needs = "each"}},
      {"let",
       Type::expression_map,
       {.help = "Names for what this target uses, top-down: CEL each",
        .example = "{ alamat_pendek: data.alamat }",
        .pattern = identifier_pattern}},
      enrich("Asked before the map of this target is made, which then knows the answers by these names"),
      {"key",
       Type::expression_or_list,
       {.help = "Orders the deliveries of this target; a list waits in each lane until it is first in all",
        .example = "[data.nik]",
        .default_text = "the route's key"}},
      {"delay",
       Type::text,
       {.help = "How long after the event it is delivered: 90s, 15m, 2h or 3d",
        .example = "2h",
        .pattern = "^[1-9][0-9]{0,4}[smhd]$"}},
      {"until",
       Type::expression,
       {.help = "The date or time before which it is not delivered: CEL; with a delay, the later counts",
        .example = "data.tgl_pindah"}},
      {"map",
       Type::mapping,
       {.help = "What the app gets: each leaf an expression, or {const: X}; an absent optional leaves its member out",
        .example = "{ nik: data.nik }"}},
  };
}

}  // namespace

const std::vector<std::string>& personal_classes() {
  static const std::vector<std::string> classes{"none", "general", "specific"};
  return classes;
}

const std::vector<std::string>& person_roles() {
  static const std::vector<std::string> roles{"operator", "integrator", "auditor"};
  return roles;
}

const Declared& settings_fields() {
  static const Declared fields{
      {"city", Type::text, {.help = "Whose bus this is", .example = "Kota Contoh", .required = true, .min = 1}},
      {"source",
       Type::text,
       {.help = "How the `source` of events begins that the bus makes of rows and lines",
        .example = "urn:kotacontoh",
        .required = true,
        .min = 1}},
      {"log", Type::group, {.help = "The record of everything that happened"}, log_fields()},
      {"control",
       Type::group,
       {.help = "Where operators' commands come in"},
       {{"socket",
         Type::text,
         {.help = "A Unix socket, guarded by its file mode, from the deployment's folder on",
          .example = "var/simpul.sock",
          .required = true,
          .min = 1}}}},
      {"listen",
       Type::adapter_map,
       {.help = "The listeners that apps call, by name; each names its adapter",
        .example = "{ api: { http: { address: 127.0.0.1:8480 } } }",
        .side = "listener"}},
  };
  return fields;
}

const Declared& app_fields() {
  static const Declared fields{
      own_name("app", "The app's name, as its file is called"),
      {"title", Type::text, {.help = "What people call it", .example = "SISMIOP (PBB)"}},
      {"owner", Type::text, {.help = "The agency that owns it", .example = "disdukcapil", .required = true, .min = 1}},
      event_types("publishes", "The event types that it may publish: agency.object.happening.vN"),
      event_types("receives", "The event types that it may receive"),
      {"cleared",
       Type::text,
       {.help = "The personal data that it may receive (UU 27/2022 art. 4)",
        .choices = personal_classes(),
        .default_text = "none"}},
      purpose(false),
      legal_basis(false),
      {"agreement",
       Type::group,
       {.help = "The agreement under which it takes part"},
       {{"number",
         Type::text,
         {.help = "The agreement's number", .example = "CONTOH/PKS/002", .required = true, .min = 1}},
        {"until",
         Type::text,
         {.help = "The last day on which it holds",
          .example = "2030-12-31",
          .required = true,
          .min = 1,
          .format = "date"}}}},
      {"asks", Type::text_list, {.help = "The lookups that it may ask", .example = "[penduduk]", .unique = true}},
      {"signing_secret",
       Type::secret,
       {.help = "With it the app may sign its posts instead of showing a key",
        .example = "${file:secrets/sismiop.hmac}"}},
      {"sources",
       Type::adapter_map,
       {.help = "Where the bus itself takes records or events from this app, by name; each names its adapter",
        .pattern = name_pattern,
        .side = "source"},
       {{"events",
         Type::group_list,
         {.help = "The rules that make events of records; of each the first match counts, in order", .min = 1},
         rule_fields()}}},
      {"target", Type::adapter, {.help = "How deliveries reach it: names its adapter", .side = "target"}},
      {"accepts",
       Type::text_map,
       {.help = "What each place of the target takes: its schema, below schemas/ without .json; `default` where there "
                "is one place only",
        .example = "{ default: apps/layanan/profil }",
        .needs = "target"}},
      {"retry", Type::group, {.help = "How a failed delivery is tried again"}, retry_fields()},
      {"concurrency",
       Type::integer,
       {.help = "Deliveries at once; one key is never twice among them",
        .min = 1,
        .max = 1024,
        .default_text = std::to_string(App{}.concurrency)}},
  };
  return fields;
}

const Declared& person_fields() {
  static const Declared fields{
      own_name("person", "The person's name, as the file is called"),
      {"title", Type::text, {.help = "Who it is, for others", .example = "Siti, Diskominfo"}},
      {"roles",
       Type::text_list,
       {.help = "operator: parked deliveries, credentials, backup; integrator: reload, publish; auditor: sees, never "
                "acts",
        .example = "[operator]",
        .required = true,
        .choices = person_roles(),
        .min = 1,
        .unique = true}},
      {"cleared",
       Type::text,
       {.help = "The personal data that is shown to them; all else is •••",
        .choices = personal_classes(),
        .default_text = "none"}},
      {"unix_users",
       Type::text_list,
       {.help = "The users of this machine that are this person", .example = "[simpul-ops]", .unique = true}},
  };
  return fields;
}

const Declared& lookup_fields() {
  static const Declared fields{
      own_name("lookup", "The lookup's name, as its file is called"),
      {"description", Type::text, {.help = "What can be asked, for those who read `simpul apps`"}},
      {"app",
       Type::text,
       {.help = "The app that answers, by its target", .example = "siak", .required = true, .min = 1}},
      {"into", Type::text, {.help = "Which lookup of the app's target answers", .example = "penduduk"}},
      {"personal",
       Type::text,
       {.help = "The class of the answer: who asks must be cleared for it",
        .example = "general",
        .required = true,
        .choices = personal_classes()}},
      {"parameters",
       Type::group_map,
       {.help = "What is asked by; all are texts, and all must be given",
        .example = "{ nik: { format: nik } }",
        .required = true,
        .min = 1},
       {{"format",
         Type::text,
         {.help = "A format of JSON Schema, or one of the country's", .example = "nik", .choices = format_names()}},
        {"pattern", Type::text, {.help = "A regular expression that it fits", .example = "\"^[0-9]{16}$\""}},
        {"description", Type::text, {.help = "What it means, for those who ask"}},
        {"max_length", Type::integer, {.help = "The most characters", .min = 1, .max = 4096, .default_text = "256"}}}},
      {"fields",
       Type::text_list,
       {.help = "The fields of the answer; nothing else leaves",
        .example = "[NIK, NAMA_LGKP]",
        .required = true,
        .min = 1,
        .unique = true}},
      {"answer",
       Type::text,
       {.help = "The schema of the answer, below schemas/ without .json, which types it for `enrich`; left out, an "
                "object of the fields, of any values",
        .example = "apps/siak/penduduk"}},
      purpose(true),
      legal_basis(true),
      {"timeout_ms",
       Type::duration_ms,
       {.help = "How long the answer is waited for",
        .min = 10,
        .max = 600'000,
        .default_text = std::to_string(Lookup{}.timeout.count())}},
  };
  return fields;
}

const Declared& table_fields() {
  static const Declared fields{
      own_name("table", "The table's name, as its file is called"),
      {"description", Type::text, {.help = "What the codes mean, and between which systems"}},
      {"rows",
       Type::text_map,
       {.help = "Code to code; quote what reads as a number, true or false",
        .example = "{ \"1\": L, \"2\": P }",
        .required = true,
        .min = 1}},
      {"otherwise",
       Type::text,
       {.help = "What every other code becomes; without it an unknown code parks the delivery", .example = "\"-\""}},
  };
  return fields;
}

const Declared& route_fields() {
  static const Declared fields{
      own_name("route", "The route's name, as its file is called"),
      {"description", Type::text, {.help = "One sentence for those who read `simpul routes`"}},
      {"on",
       Type::text_or_list,
       {.help = "The type of the events that it takes, or a list of types",
        .example = "dukcapil.penduduk.pindah_datang.v1",
        .required = true,
        .pattern = event_type_pattern,
        .unique = true}},
      {"when",
       Type::expression,
       {.help = "Which of them: CEL over id, source, type, subject, time and data",
        .example = "data.kode_wilayah_baru.startsWith(\"36.71.\")"}},
      {"let",
       Type::expression_map,
       {.help = "Names for what is used below, top-down: CEL each",
        .example = "{ anggota: data.anggota_ikut }",
        .pattern = identifier_pattern}},
      {"key",
       Type::expression_or_list,
       {.help =
            "Orders deliveries: all of one key in the order of the log; a list waits in each lane until it is first "
            "in all",
        .example = "data.nik"}},
      enrich("Asked before the map of each target is made; maps know the answers by these names"),
      {"to",
       Type::group_list,
       {.help = "The steps: targets, and what decides between them",
        .example = "[{ app: sismiop, map: { nik: data.nik } }]",
        .required = true,
        .min = 1},
       step_fields()},
  };
  return fields;
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {"settings", "The bus itself: config/simpul.yaml", settings_fields()},
      {"app", "An application of the city: config/apps/<app>.yaml", app_fields()},
      {"person", "Somebody who works with the bus: config/people/<who>.yaml", person_fields()},
      {"lookup", "A question that an application answers: config/lookups/<name>.yaml", lookup_fields()},
      {"table", "A code table: config/codes/<table>.yaml (or .csv, of two columns)", table_fields()},
      {"route", "Which events reach which applications, and how: routes/<route>.yaml", route_fields()},
      {"test", "What a route does, tested by `simpul test`: routes/<route>.test.yaml", test_fields()},
  };
  return all;
}

const Kind* kind_of_file(std::string_view path) {
  auto identity = identify_file(path);
  if (!identity) return nullptr;
  auto named = [](std::string_view name) { return &*std::ranges::find(kinds(), name, &Kind::name); };
  switch (identity->kind) {
    case FileKind::settings:
      return named("settings");
    case FileKind::app:
      return named("app");
    case FileKind::person:
      return named("person");
    case FileKind::lookup:
      return named("lookup");
    case FileKind::codes:
      return named("table");
    case FileKind::route:
      return named("route");
    case FileKind::schema:
    case FileKind::beside:
      return nullptr;
  }
  return nullptr;
}

}  // namespace simpul
