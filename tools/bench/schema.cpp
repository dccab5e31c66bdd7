// The schema engine alone, on one thread: an event of 1 KiB that was read before, reading and checking it, many
// different ones, compiling, explaining, and beside the validators that `./tools/dev peers` installed.
#include <fmt/format.h>

#include "bus/event/json.h"
#include "bus/schema/containment.h"
#include "tools/bench/measure.h"
#include "tools/bench/peers.h"
#include "tools/bench/schema_documents.h"
#include "tools/bench/timing.h"

namespace simpul::bench {
namespace {

constexpr std::uint64_t round_calls = 1'000;
constexpr std::size_t cold_documents = 2'000;
constexpr std::size_t many_schemas = 500;

Figures validate(const Setting& setting) {
  auto permit = read_permit();
  if (!permit) return std::unexpected(permit.error());
  auto document = parsed(permit->event_text);
  if (!document) return std::unexpected(document.error());
  const auto& schema = *permit->schema;
  if (auto right = expect(schema.valid(document->root()), "the event does not fit its schema"); !right)
    return std::unexpected(right.error());
  const auto rounds = setting.size(500, 5);
  std::uint64_t good = 0;
  const auto once = microseconds(rounds, round_calls, [&] { good += schema.valid(document->root()) ? 1 : 0; });
  const auto both = microseconds(rounds, round_calls, [&] {
    auto read = json::parse(permit->event_text);
    good += read && schema.valid(read->root()) ? 1 : 0;
  });
  if (auto right = expect(good == 2 * rounds * round_calls, "the event was refused"); !right)
    return std::unexpected(right.error());
  return std::vector<Figure>{{"schema_validate", "1/s", 1e6 / once, {}}, {"schema_parse_and_validate", "us", both, {}}};
}

Figures cold(const Setting& setting) {
  auto permit = read_permit();
  if (!permit) return std::unexpected(permit.error());
  std::vector<json::Document> documents;
  const auto count = setting.size(cold_documents, 100);
  for (std::uint64_t i = 0; i < count; ++i) {
    auto document = parsed(permit_event(i));
    if (!document) return std::unexpected(document.error());
    if (auto right = expect(permit->schema->valid(document->root()), "an event does not fit"); !right)
      return std::unexpected(right.error());
    documents.push_back(std::move(*document));
  }
  std::size_t next = 0;
  std::uint64_t good = 0;
  const auto rounds = setting.size(1'000, 10), part = count / 10;  // a hundred times through all of them
  const auto each = microseconds(rounds, part, [&] {
    good += permit->schema->valid(documents[next].root()) ? 1 : 0;
    next = next + 1 == documents.size() ? 0 : next + 1;
  });
  if (auto right = expect(good == rounds * part, "an event was refused"); !right) return std::unexpected(right.error());
  return std::vector<Figure>{{"schema_cold", "us", each, {}}};
}

Figures compile(const Setting& setting) {
  auto permit = read_permit();
  if (!permit) return std::unexpected(permit.error());
  std::map<std::string, std::string> files;
  for (std::uint64_t i = 0; i < setting.size(many_schemas, 5); ++i) {
    auto text = permit->schema_text;
    text.replace(text.find("A permit"), 8, fmt::format("Permit {}", i));
    files.emplace(fmt::format("permit/{}.json", i), std::move(text));
  }
  bool good = true;
  const auto took = microseconds(3, 1, [&] { good = compile_schemas(files).has_value() && good; });
  if (auto right = expect(good, "the schemas do not compile"); !right) return std::unexpected(right.error());
  return std::vector<Figure>{{"schema_compile_500", "ms", took / 1000, {}}};
}

Figures explain(const Setting& setting) {
  auto permit = read_permit();
  if (!permit) return std::unexpected(permit.error());
  auto text = permit->event_text;
  text.replace(text.find("DOC-000103"), 10, "DOC-00103x");
  auto document = parsed(text);
  if (!document) return std::unexpected(document.error());
  std::size_t found = permit->schema->explain(document->root()).size();
  if (auto right = expect(found == 1, "one violation was expected"); !right) return std::unexpected(right.error());
  const auto took =
      microseconds(setting.size(200, 2), 20, [&] { found += permit->schema->explain(document->root()).size(); });
  return std::vector<Figure>{{"schema_explain_invalid", "us", took, {}}};
}

// Two permit schemas: the new one knows one kind of permit more, so the old is contained in it, and not the other way.
Figures containment(const Setting&) {
  auto permit = read_permit();
  if (!permit) return std::unexpected(permit.error());
  auto text = permit->schema_text;
  text.replace(text.find("\"roadworks\""), 11, "\"roadworks\", \"festival\"");
  auto newer = compile_schemas({{"permit.json", text}});
  if (!newer) return fail("bench.failed", to_text(newer.error()));
  const auto& old = *permit->schema;
  const auto wider = (*newer)->find("permit");
  bool right = true;
  const auto took = microseconds(5, 1, [&] {
    right = right && contained(old, *wider).answer == Contained::yes;
    right = right && contained(*wider, old).answer == Contained::no;
  });
  if (auto expected = expect(right, "containment gave another answer"); !expected)
    return std::unexpected(expected.error());
  return std::vector<Figure>{{"containment_4k", "ms", took / 1000, {}}};
}

double blaze_rate(const Permit& permit, std::uint64_t calls) {
  const auto text =
      output_of({peers_folder() + "/node_modules/.bin/jsonschema", "validate", permit.schema_file, permit.event_file,
                 "--fast", "--format-assertion", "--benchmark", "--loop", std::to_string(calls)});
  const auto pass = text.find("PASS ");
  const auto took = pass == text.npos ? 0 : number_in(std::string_view(text).substr(pass));
  return took > 0 ? 1e6 / took : 0;
}

double ajv_rate(const Permit& permit, std::uint64_t milliseconds) {
  return number_in(output_of({"node", SIMPUL_SOURCE_DIR "/tools/bench/peers/ajv_rate.mjs", peers_folder(),
                              permit.schema_file, permit.event_file, std::to_string(milliseconds)}));
}

// Turns of ours and theirs, and the best turn of each: both had their moments when nothing else ran.
Figures beside_peers(const Setting& setting) {
  auto permit = read_permit();
  if (!permit) return std::unexpected(permit.error());
  auto document = parsed(permit->event_text);
  if (!document) return std::unexpected(document.error());
  double ours = 0, blaze = 0, ajv = 0;
  std::uint64_t good = 0;
  for (std::uint64_t turn = 0; turn < setting.size(10, 1); ++turn) {
    const auto took = microseconds(setting.size(100, 5), round_calls,
                                   [&] { good += permit->schema->valid(document->root()) ? 1 : 0; });
    ours = std::max(ours, 1e6 / took);
    blaze = std::max(blaze, blaze_rate(*permit, setting.size(30'000, 1'000)));
    ajv = std::max(ajv, ajv_rate(*permit, setting.size(500, 50)));
  }
  std::vector<Figure> figures;
  if (blaze > 0) {
    figures.push_back({"schema_vs_blaze", "x", ours / blaze, {}});
    figures.push_back({"schema_blaze", "1/s", blaze, {}});
  } else {
    progress("Blaze did not run here: schema_vs_blaze is not measured (./tools/dev peers installs it)");
  }
  if (ajv > 0) {
    figures.push_back({"schema_vs_ajv", "x", ours / ajv, {}});
    figures.push_back({"schema_ajv", "1/s", ajv, {}});
  } else {
    progress("ajv did not run here: schema_vs_ajv is not measured (./tools/dev peers installs it)");
  }
  return figures;
}

}  // namespace

std::vector<Measure> schema_measures() {
  std::vector<Measure> all{
      {{"schema_validate", "schema_parse_and_validate"},
       "checks of one event of 1 KiB against its schema, read before; and reading it and checking it",
       validate},
      {{"schema_cold"}, "checks of 2 000 different events, one after the other", cold},
      {{"schema_compile_500"}, "compiling 500 schemas of 4 KiB together", compile},
      {{"schema_explain_invalid"}, "explaining an event with one wrong value, near its end", explain},
      {{"containment_4k"}, "comparing two schemas of 4 KiB both ways, one contained in the other", containment},
      {{"schema_vs_blaze", "schema_vs_ajv"}, "the same check by Blaze and by ajv, in turns with ours", beside_peers}};
  for (auto& measure : all) measure.group = "schema";
  all.back().with_peers = true;
  return all;
}

}  // namespace simpul::bench
