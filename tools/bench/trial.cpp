// Tests of routes: how many a second `simpul test` runs on one core, of those that are shipped. The deployment is
// compiled once; files are read from disk before, and then read, run and compared whole, as the program does it.
#include <fmt/format.h>

#include <chrono>

#include "adapters/registry.h"
#include "tools/bench/measure.h"
#include "tools/trial/session.h"
#include "tools/trial/world.h"

namespace simpul::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

Figures route_tests(const Setting& setting) {
  auto& disk = *system_environment().disk;
  const std::string root = SIMPUL_SOURCE_DIR;
  auto files = read_configuration(disk, root);
  if (!files) return fail("bench.failed", to_text(files.error()));
  auto deployment = compile_deployment(*files, all_adapters(), nullptr);
  if (!deployment) return fail("bench.failed", to_text(deployment.error()));
  const auto& generation = *(*deployment)->generation;
  auto paths = trial::find_test_files(disk, root, {});
  if (!paths) return fail("bench.failed", to_text(paths.error()));
  std::map<std::string, std::string> texts;
  const trial::ReadFile read = [&](const std::string& path) -> Result<std::string> {
    if (auto known = texts.find(path); known != texts.end()) return known->second;
    auto text = disk.read_whole(root + "/" + path);
    if (text) texts[path] = *text;
    return text;
  };
  const auto rounds = setting.size(100, 1);
  std::uint64_t count = 0;
  const auto start = Clock::now();
  for (std::uint64_t round = 0; round < rounds; ++round)
    for (const auto& path : *paths) {
      const auto result = trial::run_file(path, generation, {}, read, {});
      if (!result.good()) return fail("bench.failed", fmt::format("the tests of {} do not pass", path));
      count += result.cases.size();
    }
  const auto took = seconds_since(start);
  // The engine's part alone.
  std::vector<trial::TestFile> parsed;
  for (const auto& path : *paths)
    if (auto file = trial::read_test_file(path, generation, read)) parsed.push_back(std::move(*file));
  std::uint64_t runs = 0;
  const auto run_start = Clock::now();
  for (std::uint64_t round = 0; round < rounds; ++round)
    for (const auto& file : parsed)
      for (const auto& one : file.cases) {
        const auto outcome = trial::run_case(one, generation, nullptr);
        runs += trial::failures_of(one, outcome).empty() ? 1 : 0;
      }
  const auto run_took = seconds_since(run_start);
  return std::vector<Figure>{{"route_tests", "1/s", static_cast<double>(count) / took, {}},
                             {"route_tests_run", "1/s", static_cast<double>(runs) / run_took, {}}};
}

}  // namespace

std::vector<Measure> trial_measures() {
  std::vector<Measure> all{{{"route_tests", "route_tests_run"},
                            "the shipped tests of routes: read, run and compared; and run and compared alone",
                            route_tests}};
  all.front().group = "trial";
  return all;
}

}  // namespace simpul::bench
