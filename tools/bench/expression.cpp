// The expression engine alone, on one thread: conditions of routes on an event that was read before, compiling them,
// and beside cel-js where `./tools/dev peers` installed it.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <sstream>

#include "bus/expression/expression.h"
#include "tools/bench/city.h"
#include "tools/bench/measure.h"
#include "tools/bench/peers.h"
#include "tools/bench/schema_documents.h"
#include "tools/bench/timing.h"

namespace simpul::bench {
namespace {

constexpr std::uint64_t round_calls = 5'000;
constexpr std::uint64_t peer_events = 64;

struct Condition {
  std::string_view name, text;
};

// All true of the event of schema/permit_event.json, so none of them ends early.
constexpr std::array<Condition, 4> conditions{{
    {"simple", R"(data.kind == "building")"},
    {"typical", R"(source == "perizinan" && data.kind in ["demolition", "building"] && data.data.fee.amount > 100000)"},
    {"exists", R"(data.data.documents.exists(d, d.type == "photo"))"},
    {"prefix", R"(data.number.startsWith("IZ-2026-") && data.data.fee.currency == "IDR")"},
}};

// What the condition of a route sees: where the event came from, and its data with their schema.
class Event {
 public:
  static Result<Event> read() {
    auto permit = read_permit();
    if (!permit) return std::unexpected(permit.error());
    auto document = parsed(permit->event_text);
    if (!document) return std::unexpected(document.error());
    Event event;
    event.permit_ = std::move(*permit);
    event.document_ = std::move(*document);
    SchemaType text;
    text.known = true;
    text.kinds = SchemaType::string;
    event.scope_.variables = {{"source", nullptr, text}, {"data", event.permit_.schema->cursor(), {}}};
    return event;
  }

  Result<std::shared_ptr<const Expression>> compile(std::string_view text) const {
    auto compiled = compile_expression(text, scope_, Expect::boolean, {}, "when");
    if (!compiled) return fail("bench.failed", to_text(compiled.error().front()));
    return *compiled;
  }
  bool compiles(std::string_view text) const {
    return compile_expression(text, scope_, Expect::boolean, {}, "when").has_value();
  }
  std::array<const json::Value*, 2> slots() const { return {&source_, &document_.root()}; }
  const Permit& permit() const { return permit_; }

 private:
  Permit permit_;
  json::Document document_;
  json::Value source_ = json::Value::view_string("perizinan");
  Scope scope_;
};

// Nanoseconds of one evaluation.
Result<double> evaluation(const Event& event, std::string_view condition, std::uint64_t rounds) {
  auto expression = event.compile(condition);
  if (!expression) return std::unexpected(expression.error());
  const auto slots = event.slots();
  json::Arena arena;
  std::uint64_t right = 0;
  const auto took = microseconds(rounds, round_calls, [&] {
    const auto value = (*expression)->test(slots, arena);
    right += value && *value ? 1 : 0;
  });
  if (auto good = expect(right == rounds * round_calls, fmt::format("{} is not true", condition)); !good)
    return std::unexpected(good.error());
  return took * 1000;
}

Figures evaluate(const Setting& setting) {
  auto event = Event::read();
  if (!event) return std::unexpected(event.error());
  std::vector<Figure> figures;
  for (const auto& condition : conditions) {
    const auto took = evaluation(*event, condition.text, setting.size(500, 5));
    if (!took) return std::unexpected(took.error());
    figures.push_back({fmt::format("cel_{}", condition.name), "ns", *took, {}});
  }
  return figures;
}

Figures compile(const Setting& setting) {
  auto event = Event::read();
  if (!event) return std::unexpected(event.error());
  bool good = true;
  const auto took = microseconds(setting.size(3'000, 3), 10, [&] {
    for (const auto& condition : conditions) good = event->compiles(condition.text) && good;
  });
  if (auto right = expect(good, "a condition does not compile"); !right) return std::unexpected(right.error());
  return std::vector<Figure>{{"cel_compile", "us", took / static_cast<double>(conditions.size()), {}}};
}

struct Timed {
  double nanoseconds = 0;
  std::uint64_t held = 0;  // of the events
};

Result<std::vector<json::Document>> events_in(const std::string& file, const Event& event, bool alike) {
  std::string lines;
  std::vector<json::Document> events;
  for (std::uint64_t i = 0; i < peer_events; ++i) {
    const auto text = alike ? event.permit().event_text : permit_event(i);
    lines += text + "\n";
    auto document = parsed(text);
    if (!document) return std::unexpected(document.error());
    events.push_back(std::move(*document));
  }
  if (auto written = write_file(file, lines); !written) return std::unexpected(written.error());
  return events;
}

Result<Timed> over_events(const Event& event, std::string_view condition, const std::vector<json::Document>& documents,
                          std::uint64_t rounds) {
  auto expression = event.compile(condition);
  if (!expression) return std::unexpected(expression.error());
  auto slots = event.slots();
  json::Arena arena;
  std::uint64_t held = 0;
  const std::uint64_t turns = 20;
  const auto took = microseconds(rounds, turns, [&] {
    for (const auto& document : documents) {
      slots[1] = &document.root();
      const auto value = (*expression)->test(slots, arena);
      held += value && *value ? 1 : 0;
    }
  });
  return Timed{took * 1000 / static_cast<double>(documents.size()), held / rounds / turns};
}

// The same by cel-js, one for each condition; empty when it did not run.
std::vector<Timed> cel_js(const std::string& events_file, std::uint64_t milliseconds) {
  std::vector<std::string> words{"node", SIMPUL_SOURCE_DIR "/tools/bench/peers/cel_js_rate.mjs", peers_folder(),
                                 events_file, std::to_string(milliseconds)};
  for (const auto& condition : conditions) words.emplace_back(condition.text);
  std::istringstream lines(output_of(std::move(words)));
  std::vector<Timed> timed;
  for (Timed one; lines >> one.nanoseconds >> one.held;) timed.push_back(one);
  return timed.size() == conditions.size() ? timed : std::vector<Timed>{};
}

// Events that are all alike, or of different shapes, as a bus has them. Turns of ours and theirs, and the best turn of
// each: both had their moments when nothing else ran.
Figures beside_peers(const Setting& setting, bool alike) {
  auto event = Event::read();
  if (!event) return std::unexpected(event.error());
  const auto file = setting.folder + "/events.jsonl";
  const auto documents = events_in(file, *event, alike);
  if (!documents) return std::unexpected(documents.error());
  std::array<double, conditions.size()> ours{}, theirs{};
  const auto better = [](double best, double now) { return best == 0 ? now : std::min(best, now); };
  for (std::uint64_t turn = 0; turn < setting.size(3, 1); ++turn) {
    const auto other = cel_js(file, setting.size(1'000, 100));
    if (other.empty()) {
      progress("cel-js did not run here: nothing is measured beside it (./tools/dev peers installs it)");
      return std::vector<Figure>{};
    }
    for (std::size_t i = 0; i < conditions.size(); ++i) {
      const auto mine = over_events(*event, conditions[i].text, *documents, setting.size(200, 5));
      if (!mine) return std::unexpected(mine.error());
      if (auto same = expect(mine->held == other[i].held, fmt::format("cel-js differs on {}", conditions[i].text));
          !same)
        return std::unexpected(same.error());
      ours[i] = better(ours[i], mine->nanoseconds);
      theirs[i] = better(theirs[i], other[i].nanoseconds);
    }
  }
  const std::string_view suffix = alike ? "_alike" : "";
  double product = 1;
  std::vector<Figure> figures;
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    product *= theirs[i] / ours[i];
    figures.push_back({fmt::format("cel_vs_cel_js{}_{}", suffix, conditions[i].name), "x", theirs[i] / ours[i], {}});
    figures.push_back({fmt::format("cel_js{}_{}", suffix, conditions[i].name), "ns", theirs[i], {}});
  }
  const double mean = std::pow(product, 1.0 / static_cast<double>(conditions.size()));
  figures.insert(figures.begin(), {fmt::format("cel_vs_cel_js{}", suffix), "x", mean, {}});
  return figures;
}

}  // namespace

std::vector<Measure> expression_measures() {
  std::vector<Measure> all{{{"cel_simple", "cel_typical", "cel_exists", "cel_prefix"},
                            "four conditions of routes on one event that was read before",
                            evaluate},
                           {{"cel_compile"}, "compiling a condition against its schema: the mean of the four", compile},
                           {{"cel_vs_cel_js"},
                            "the same conditions by cel-js on different events, in turns with ours: the geometric mean "
                            "of the four, and each",
                            [](const Setting& setting) { return beside_peers(setting, false); }},
                           {{"cel_vs_cel_js_alike"},
                            "the same on events that are all like the one of cel_simple",
                            [](const Setting& setting) { return beside_peers(setting, true); }}};
  for (auto& measure : all) {
    measure.group = "expression";
    measure.with_peers = measure.names.front().starts_with("cel_vs");
  }
  return all;
}

}  // namespace simpul::bench
