// bench: how fast, how much memory. See README.md.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <set>

#include "bus/event/json.h"
#include "tools/bench/city.h"
#include "tools/bench/machine.h"
#include "tools/bench/measure.h"
#include "tools/bench/micro.h"

namespace simpul::bench {
namespace {

constexpr const char* usage = R"(usage: bench [measure…] [--json FILE] [--runs 5] [--quick] [--work FOLDER]
       bench micro [--benchmark_…]

Measures the bus, and prints the median of the runs with least and most. Without names: everything.
  --json FILE    also writes one JSON object for each figure: name, median, min, max, unit, runs, syncs_per_event
  --runs N       how often each measure is run
  --quick        a smoke run in seconds; its figures say nothing
  --work FOLDER  where logs are written, and removed again (build/bench-work, beside the program)
  --peers        also beside other validators: those that ./tools/dev peers installed
  --list         names the measures
  micro          what each step of an event's way costs alone (Google Benchmark and its options)
example: bench admit_in_process http_single --json bench.json
         bench schema --peers
)";

constexpr std::uint64_t disk_floor = 15ull << 30;  // stays free

struct Options {
  std::set<std::string> names;
  std::string json, work;
  int runs = 5;
  bool quick = false, list = false, peers = false;
};

struct Row {
  std::string name, unit;
  std::vector<double> values, syncs;
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const auto half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::string number(double value) {
  return value >= 1000 ? fmt::format("{:.0f}", value)
         : value >= 10 ? fmt::format("{:.1f}", value)
                       : fmt::format("{:.3f}", value);
}

Result<Options> read_options(int count, char** words) {
  Options options;
  options.work = (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "bench-work").string();
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const bool takes_value = word == "--json" || word == "--runs" || word == "--work";
    if (takes_value && i + 1 == count) return fail("bench.usage", word + " needs a value");
    const std::string value = takes_value ? words[++i] : "";
    if (word == "--json")
      options.json = std::filesystem::absolute(value).string();
    else if (word == "--work")
      options.work = std::filesystem::absolute(value).string();
    else if (word == "--quick")
      options.quick = true;
    else if (word == "--peers")
      options.peers = true;
    else if (word == "--list")
      options.list = true;
    else if (word == "--runs") {
      const auto end = value.data() + value.size();
      if (auto [at, error] = std::from_chars(value.data(), end, options.runs);
          error != std::errc() || at != end || options.runs < 1)
        return fail("bench.usage", "--runs needs a number from 1 on");
    } else if (word.starts_with("-"))
      return fail("bench.usage", "there is no option " + word);
    else
      options.names.insert(word);
  }
  return options;
}

std::string to_json(const std::vector<Row>& rows, const Machine& machine) {
  json::Writer out;
  out.begin_array();
  for (const auto& row : rows) {
    out.begin_object().member("name", row.name);
    out.name("median")
        .real(median(row.values))
        .name("min")
        .real(*std::ranges::min_element(row.values))
        .name("max")
        .real(*std::ranges::max_element(row.values));
    out.member("unit", row.unit).member("runs", static_cast<std::int64_t>(row.values.size()));
    if (!row.syncs.empty()) out.name("syncs_per_event").real(median(row.syncs));
    out.member("machine", fmt::format("{}, {} cores, {:.0f} GiB, {}, {}", machine.processor, machine.cores,
                                      machine.memory_gib, machine.file_system, machine.kernel));
    out.end_object();
  }
  out.end_array();
  return out.take() + "\n";
}

void print(const std::vector<Row>& rows, const Machine& machine) {
  fmt::print("{}, {} cores, {:.0f} GiB of memory, {} on {}; load before {}, after {}\n\n", machine.processor,
             machine.cores, machine.memory_gib, machine.file_system, machine.kernel, machine.load, load_now());
  fmt::print("{:<36} {:>10} {:>10} {:>10}  {:<9} {:>4}  {}\n", "measure", "median", "min", "max", "unit", "runs",
             "syncs/event");
  for (const auto& row : rows)
    fmt::print("{:<36} {:>10} {:>10} {:>10}  {:<9} {:>4}  {}\n", row.name, number(median(row.values)),
               number(*std::ranges::min_element(row.values)), number(*std::ranges::max_element(row.values)), row.unit,
               row.values.size(), row.syncs.empty() ? "" : fmt::format("{:.5f}", median(row.syncs)));
}

void add(std::vector<Row>& rows, const Figure& figure) {
  auto row = std::ranges::find(rows, figure.name, &Row::name);
  if (row == rows.end()) row = rows.insert(rows.end(), {figure.name, figure.unit, {}, {}});
  row->values.push_back(figure.value);
  if (figure.syncs_per_event) row->syncs.push_back(*figure.syncs_per_event);
}

// A fresh folder, gone at the end.
class WorkFolder {
 public:
  explicit WorkFolder(std::string path) : path_(std::move(path)) { clear(); }
  ~WorkFolder() { remove(); }
  void clear() const {
    remove();
    std::error_code error;
    std::filesystem::create_directories(path_, error);
  }

 private:
  void remove() const {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  std::string path_;
};

Result<void> run(const Measure& measure, const Options& options, std::vector<Row>& rows) {
  const Setting setting{options.work + "/" + measure.names.front(), options.quick};
  WorkFolder folder(setting.folder);
  auto free = system_environment().disk->free_bytes(setting.folder);
  if (!free) return std::unexpected(free.error());
  if (!options.quick && *free < measure.disk_bytes + disk_floor)
    return fail("bench.no_room",
                fmt::format("{} needs {} GiB, and {} GiB must stay free below {}; {} GiB are", measure.names.front(),
                            measure.disk_bytes >> 30, disk_floor >> 30, options.work, *free >> 30));
  progress(fmt::format("{}: {}", measure.names.front(), measure.what));
  if (measure.prepare)
    if (auto prepared = measure.prepare(setting); !prepared) return prepared;
  const int runs = std::min(options.runs, measure.runs_at_most);
  for (int i = 0; i < runs; ++i) {
    if (!measure.keep_between_runs) folder.clear();
    auto figures = in_child([&] { return measure.run(setting); });
    if (!figures) return std::unexpected(figures.error());
    std::string words;
    for (const auto& figure : *figures) {
      add(rows, figure);
      words += fmt::format("  {} {} {}", figure.name, number(figure.value), figure.unit);
    }
    progress(fmt::format("run {} of {}:{} (load {})", i + 1, runs, words, load_now()));
  }
  return {};
}

int main_of(int count, char** words) {
  std::signal(SIGPIPE, SIG_IGN);
  const std::string first = count > 1 ? words[1] : "";
  if (first == "--help" || first == "-h") {
    fmt::print("{}", usage);
    return 0;
  }
  if (first == "micro") {
    const auto path = (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "bench-work").string();
    WorkFolder folder(path);
    auto done = run_micro(path, count - 1, words + 1);
    if (!done) progress(done.error().message);
    return done ? 0 : 1;
  }
  auto options = read_options(count, words);
  if (!options) {
    fmt::print(stderr, "bench: {}\n\n{}", options.error().message, usage);
    return 2;
  }
  const auto measures = all_measures();
  auto is_named = [](const Measure& measure, const std::string& name) {
    return measure.group == name || std::ranges::find(measure.names, name) != measure.names.end();
  };
  auto wanted = [&](const Measure& measure) {
    if (measure.with_peers && !options->peers) return false;
    return options->names.empty() ||
           std::ranges::any_of(options->names, [&](const auto& name) { return is_named(measure, name); });
  };
  for (const auto& name : options->names)
    if (std::ranges::none_of(measures, [&](const Measure& measure) { return is_named(measure, name); })) {
      fmt::print(stderr, "bench: there is no measure {}; bench --list names them\n", name);
      return 2;
    }
  if (options->list) {
    for (const auto& measure : measures) fmt::print("{}\n    {}\n", fmt::join(measure.names, ", "), measure.what);
    return 0;
  }
  WorkFolder folder(options->work);
  const auto machine = machine_of(options->work);
  std::vector<Row> rows;
  bool failed = false;
  for (const auto& measure : measures)
    if (wanted(measure))
      if (auto done = run(measure, *options, rows); !done) {
        progress(done.error().message);
        failed = true;
      }
  print(rows, machine);
  if (!options->json.empty())
    if (auto written = write_file(options->json, to_json(rows, machine)); !written) {
      progress(to_text(written.error()));
      failed = true;
    }
  return failed ? 1 : 0;
}

}  // namespace

std::vector<Measure> all_measures() {
  std::vector<Measure> all;
  for (auto* some : {admission_measures, http_measures, delivery_measures, process_measures, recovery_measures,
                     schema_measures, expression_measures, route_measures, check_measures, trial_measures})
    std::ranges::move(some(), std::back_inserter(all));
  // What takes minutes comes last.
  std::ranges::stable_sort(all, {}, [](const Measure& measure) { return measure.disk_bytes > (10ull << 30); });
  return all;
}

}  // namespace simpul::bench

int main(int count, char** words) {
  return simpul::bench::main_of(count, words);
}
