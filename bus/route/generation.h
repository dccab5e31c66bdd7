// A generation: one accepted set of configuration (apps, people, lookups, code tables, schemas, routes),
// compiled, immutable, numbered when it is accepted, and named by the hash of its files.
//
// compile_generation() is pure: the same files give the same generation and the same problems. It reports
// every problem in one pass, with file, line, column and what to write instead. Unknown keys are errors.
//
// The deployment's folder:
//   config/simpul.yaml         the bus itself: city, log, control, listen
//   config/apps/<app>.yaml     one application each
//   config/people/<who>.yaml   one person each
//   config/lookups/<name>.yaml one lookup each
//   config/codes/<table>.yaml  one code table each
//   routes/<route>.yaml        one route each
//   schemas/**.json            JSON Schemas, named by their path
// Anything else in these folders is a problem (README.md, *.test.yaml, config/kinds/ excepted).
//
// config/simpul.yaml
//   city: Kota Tangerang
//   source: urn:tangerangkota            # prefix of the `source` of events that the bus makes
//   log: { folder: var/log, segment_mebibytes: 256, reserve_mebibytes: 64, free_floor_mebibytes: 256 }
//   control: { socket: var/simpul.sock }
//   listen: { <endpoint name>: { <adapter>: {…its endpoint fields…} } }
//
// config/apps/sismiop.yaml
//   app: sismiop                          # equals the file's name
//   title: SISMIOP (PBB)
//   owner: bapenda
//   publishes: [bapenda.pbb.dibayar.v1]   # event types it may publish
//   receives: [dukcapil.penduduk.pindah_datang.v1]   # event types it may receive
//   cleared: general                      # personal data it may receive: none, general, specific
//   purpose: pemutakhiran-wajib-pajak     # needed when it receives or asks
//   legal_basis: UU27/2022:20(2)e
//   agreement: { number: CONTOH/001, until: 2030-12-31 }   # optional
//   asks: [penduduk]                      # lookups it may ask
//   signing_secret: ${file:secrets/sismiop.hmac}           # optional: may sign its posts
//   sources:
//     keluarga:
//       sql: {…source fields…}
//       events:                           # rules that make events of records; first match of each rule, in order
//         - type: dukcapil.penduduk.pindah_datang.v1
//           when: change == "update"      # CEL over row, old, change
//           subject: row.NIK              # CEL, text
//           time: row.TGL                 # CEL, RFC 3339; left out: the bus's clock
//           data: {…mapping…}             # like a route's map
//   target:
//     sql: {…target fields…}
//   accepts: { dat_subjek_pajak: apps/sismiop/dat_subjek_pajak }   # into → schema; key `default` where there is no
//   into retry: { attempts: 8, first_ms: 500, limit_ms: 60000 }         # defaults concurrency: 16 # deliveries at once
//
// config/people/<who>.yaml
//   person: siti
//   title: Siti, Diskominfo
//   roles: [operator, integrator, auditor]
//   cleared: none | general | specific
//   unix_users: [simpul-ops]              # users of this machine that are this person
//
// config/lookups/penduduk.yaml
//   lookup: penduduk
//   description: …
//   app: siak                             # who answers, by its target adapter
//   into: penduduk
//   parameters: { nik: { format: nik } }  # all required; values are text
//   fields: [NIK, NAMA_LGKP]              # allow-list; nothing else leaves
//   answer: apps/siak/penduduk            # optional: the schema of the answer, which types it for enrich; without
//                                         # it an object of the fields, of which no values are known
//   personal: general                     # class of the answer: askers must be cleared for it
//   purpose: verifikasi-data
//   legal_basis: UU27/2022:20(2)e
//   timeout_ms: 5000
//
// config/codes/jenis_kelamin.yaml, or jenis_kelamin.csv (its first line names the two columns; no `otherwise`)
//   table: jenis_kelamin
//   rows: { "1": L, "2": P }
//   otherwise: "-"                        # optional
//
// routes/pindah-datang.yaml
//   route: pindah-datang
//   description: …
//   on: dukcapil.penduduk.pindah_datang.v1      # a type, or a list of types
//   when: data.kode_wilayah_baru.startsWith("36.71.")    # filter: CEL, optional
//   let: { anggota: data.anggota_ikut }         # CEL each, top-down, seen by everything below
//   key: data.nik                               # default for all targets: text or list of text, CEL
//   enrich:                                     # enricher: asked before the mapping, answered by an app, recorded
//     penduduk:                                 # what lets, keys and conditions do not know, and maps do
//       lookup: penduduk                        # of config/lookups; every target app below must have it in `asks`
//       with: { nik: data.nik }                 # CEL each: the lookup's parameters
//       otherwise: none                         # when nobody is found: the name is then absent; left out: parked
//   to:                                         # a list of steps; a step is a target, or one of the three below it
//     - app: sismiop
//       into: dat_subjek_pajak
//       when: size(data.anggota_ikut) > 0
//       each: data.anggota_ikut                 # splitter: one delivery (part) for each item …
//       as: anggota_satu                        # … under this name
//       where: anggota_satu.stat_hbkel == 4     # … that fits
//       let: { … }                              # names of this target, after the item
//       enrich: { … }                           # as above, for this target
//       key: [data.nik]
//       delay: 2h                               # 90s, 15m, 2h, 3d after the event was logged
//       until: timestamp(data.berlaku_mulai)    # not before: CEL; both may stand, the later one counts
//       map: …                                  # see below
//     - choose:                                 # content-based router: the first branch that holds, one only
//         - when: data.jenis == "IMB"
//           to: [ …steps… ]
//         - to: []                              # without `when`: all else; here nobody. Left out: all else is parked
//     - recipients: data.tujuan                 # recipient list: names of apps, CEL, …
//       among: [simrs, spmb]                    # … out of these; another name parks the delivery
//       map: …                                  # and all that a target may have
//     - wire_tap: audit                         # wire tap: a copy of the whole event to this app:
//       into: salinan                           # {id, source, type, subject, time, data}; it waits for nobody,
//                                               # and nobody waits for it
// A map's nodes (and those of `data` in a source's rules):
//   text                          a CEL expression; one that is absent leaves its member or item out
//   { const: X }                  X itself, any YAML
//   { NAME: node, … }             an object
//   [ node, … ]                   a list
//   { each: CEL, as: name, where: CEL, map: node }   a list: one item for each item of a list (that fits)
//   { switch: [ { when: CEL, map: node }, …, { map: node } ] }   the first that holds; none holds: parked
//   { let: { name: CEL }, map: node }
//   { spread: CEL, except: [names], NAME: node, … }  an object's members, and more or others beside them
//   { claim_check: CEL }          a large text stays in the bus; the app gets {sha256, bytes} and fetches it by these
//   { fields: { NAME: node, … } } an object whose members are named like the words above
// Variables of a route's expressions: id, source, type, subject, time (the last two may be absent), data, the
// let's names (not in the route's own `when`, which is asked first), the item's, and in maps the enricher's.
// Extension attributes are not available to expressions yet.
// A route may send to several places of one app; each is then named `<route>/<into>` in Routed.route.
// Words of patterns that keep state (aggregate, resequence, process, from) have their place at the route's top; they
// are refused as not supported yet. What no branch, row or recipient takes is parked, never passed on.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bus/base/bytes.h"
#include "bus/base/result.h"
#include "bus/base/yaml.h"
#include "bus/event/event.h"
#include "bus/expression/expression.h"
#include "bus/log/records.h"
#include "bus/schema/schema.h"

namespace simpul {

// Path below the deployment's folder → text. What is hashed, kept in the log, and compiled.
using ConfigurationFiles = std::map<std::string, std::string>;

inline constexpr std::size_t configuration_limit_files = 20'000;
inline constexpr std::uint32_t parts_limit = 1'000;  // of one event for one place of a target; more parks it

struct RetryPolicy {
  std::uint32_t attempts = 8;
  std::chrono::milliseconds first{500};
  std::chrono::milliseconds limit{60'000};
};

// An adapter named in YAML, not yet read by the adapter itself.
struct AdapterUse {
  std::string adapter;
  yaml::Node node;          // its fields
  std::string fingerprint;  // of the YAML: equal means that nothing need be reopened
};

// A rule that makes an event of a record.
class RecordRule {
 public:
  virtual ~RecordRule() = default;
  virtual const std::string& type() const = 0;
  // The event's parts (type, subject, time, data), or none when `when` says no. `row`, `old` and `change`
  // are JSON as in Item. An error names the expression's place.
  virtual Result<std::optional<EventParts>> make(const json::Value& row, const json::Value& old,
                                                 std::string_view change) const = 0;
};

struct SourceDeclaration {
  std::string name;
  AdapterUse use;
  std::vector<std::shared_ptr<const RecordRule>> rules;  // empty: it brings whole events
  Place place;
};

struct App {
  std::string name, title, owner, purpose, legal_basis;
  std::set<std::string> publishes, receives, asks;
  PersonalData cleared = PersonalData::none;
  std::optional<std::pair<std::string, std::string>> agreement;  // number, until (date)
  std::optional<yaml::Node> signing_secret;
  std::vector<SourceDeclaration> sources;
  std::optional<AdapterUse> target;
  std::map<std::string, std::string> accepts;  // into ("default" for none) → schema
  RetryPolicy retry;
  std::size_t concurrency = 16;
  Place place;
};

struct Person {
  std::string name, title;
  unsigned roles = 0;  // PersonRole bits
  PersonalData cleared = PersonalData::none;
  std::vector<std::string> unix_users;
};

struct Lookup {
  std::string name, description, app, into, purpose, legal_basis;
  std::vector<std::string> parameters;
  std::shared_ptr<const Schema> parameters_schema;
  std::set<std::string> fields;
  std::string answer;                           // the schema of the answer; empty: none is declared
  std::shared_ptr<const Schema> answer_schema;  // that one, or an object of `fields`, any values
  PersonalData personal = PersonalData::general;
  std::chrono::milliseconds timeout{5000};
};

struct BusSettings {
  std::string city, source, log_folder, control_socket;
  std::uint64_t segment_bytes = 256ull << 20, reserve_bytes = 64ull << 20, free_floor_bytes = 256ull << 20;
  std::map<std::string, AdapterUse> listen;
};

// What running a route met, for who explains or counts it. Called on the caller's thread; places are the expressions'.
class RouteObserver {
 public:
  virtual ~RouteObserver() = default;
  // A condition: held, did not, or (none) could not be evaluated. `slots` as Expression::test() had them.
  virtual void condition(const Place& place, const Expression& expression, std::optional<bool> held,
                         std::span<const json::Value* const> slots) = 0;
  // A leaf or constant of a map was reached; `present` false: it was absent.
  virtual void leaf(const Place& place, bool present) = 0;
};

// What must be asked before a delivery can be mapped.
struct EnrichmentQuestion {
  std::string name;             // that the map knows the answer by
  std::string lookup;           // of Generation::lookups()
  std::string parameters;       // JSON object of texts
  bool may_be_missing = false;  // nobody found is an answer: the name is absent
};
// The answers, by the question's name: JSON text; none: nobody was found. Recorded before they are used.
using EnrichmentAnswers = std::map<std::string, std::optional<std::string>>;

// A large text that stays in the bus: found by the SHA-256 of its bytes, fetched by the app that was given it.
struct Claim {
  std::string sha256;   // hex
  std::string pointer;  // JSON Pointer into the event's `data`
  std::uint64_t bytes = 0;
};

struct Mapped {
  std::string payload;  // JSON
  std::vector<Claim> claims;
};

// Which generation's schema an event was checked by when it was admitted. What was proved of a map holds for the events
// of its own generation alone.
enum class EventOf { any, this_generation };

// One target of a route.
class RouteTarget {
 public:
  virtual ~RouteTarget() = default;
  virtual const std::string& route() const = 0;
  virtual const std::string& app() const = 0;   // the target's name
  virtual const std::string& into() const = 0;  // empty: the app's only place
  // What to ask before map(); empty for most. A problem means: park.
  virtual Result<std::vector<EnrichmentQuestion>> questions(const Event& event, std::uint32_t part) const = 0;
  // The mapped payload of one part, fit for what the target accepts: proved when the generation was compiled and the
  // event is one of it, otherwise checked. Same input, same bytes (P9). A problem means: park, with its words (no
  // personal values in them).
  virtual Result<Mapped> map(const Event& event, std::uint32_t part, EventOf of, const EnrichmentAnswers& answers = {},
                             RouteObserver* observer = nullptr) const = 0;
};

struct RouteSummary {
  std::string name, description, file;
  std::vector<std::string> on;
  struct To {
    std::string app, into, when;
  };
  std::vector<To> to;
  std::string when;
};

class Generation {
 public:
  virtual ~Generation() = default;
  virtual const std::string& hash() const = 0;  // hex SHA-256 over all files
  virtual const ConfigurationFiles& files() const = 0;
  virtual const BusSettings& settings() const = 0;
  virtual const std::map<std::string, App>& apps() const = 0;
  virtual const std::map<std::string, Person>& people() const = 0;
  virtual const std::map<std::string, Lookup>& lookups() const = 0;
  virtual const SchemaRegistry& schemas() const = 0;
  virtual const std::vector<RouteSummary>& routes() const = 0;
  virtual const Problems& warnings() const = 0;

  // The schema of an event type: found through `schemas/events/<type>.json`; null when there is none (which
  // compile_generation reports for every type that an app publishes or a route takes).
  virtual const Schema* event_schema(std::string_view type) const = 0;
  // Routes an event once. A condition or key that cannot be evaluated is an error: the event is then parked
  // for that target, so the result says it: `unroutable`, with the words.
  struct Routing {
    std::vector<Routed> routes;  // keys hashed with `hash`; a part number is unique for an event and target
    std::vector<Hash128> keys;   // all, without repeats
    struct Unroutable {
      std::string route, target, reason;
    };
    std::vector<Unroutable> unroutable;  // these stand in `routes` too, part 0, keyed by the event's identity
  };
  virtual Routing route(const Event& event, const KeyedHash& hash, RouteObserver* observer = nullptr) const = 0;
  virtual const RouteTarget* target_of(std::string_view route, std::string_view target) const = 0;
};

// `adapters` names the adapters that exist, for nearest-name hints. `check_uses` looks at what the files declare of
// them, also when other files are wrong, so that its problems come in the same pass. `kinds` are the schemas of the
// kinds of files (kinds.h): a file that one of them refuses is a problem also when no reader saw it; none: not asked.
using CheckUses =
    std::function<void(const std::map<std::string, App>& apps, const BusSettings& settings, Problems& problems)>;
// `inspection` is given where a generation is to be accepted, and not where one is read again from the log: it asks
// what harm the whole does (topology.h), and takes a mapping that is refuted for an error.
struct Inspection {
  std::string today;  // YYYY-MM-DD, for agreements that end; empty: they are not looked at
};
Checked<std::shared_ptr<const Generation>> compile_generation(const ConfigurationFiles& files,
                                                              const std::vector<std::string>& adapters,
                                                              const CheckUses& check_uses = {},
                                                              const std::map<std::string, std::string>& kinds = {},
                                                              const Inspection* inspection = nullptr);

// Reads the deployment's files from disk (config/, routes/, schemas/); problems for what cannot be read.
Checked<ConfigurationFiles> read_configuration(Disk& disk, const std::string& folder);

// The body of a generation record, and back.
std::string encode_generation(std::uint32_t number, const Generation& generation, std::string_view engine);
struct GenerationBody {
  std::uint32_t number = 0;
  std::string hash, engine;
  ConfigurationFiles files;
};
Result<GenerationBody> decode_generation(std::string_view body);

}  // namespace simpul
