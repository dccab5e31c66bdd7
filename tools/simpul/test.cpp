// `simpul test`: the tests beside the routes, on the engine, in virtual time; nothing is installed, opened or kept.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <memory>

#include "adapters/registry.h"
#include "bus/deployment.h"
#include "tools/simpul/check_report.h"
#include "tools/simpul/cli.h"
#include "tools/trial/changes.h"
#include "tools/trial/reports.h"

namespace simpul {
namespace {

struct TestOptions {
  std::vector<std::string> words;
  std::string filter, junit;
  bool update = false, coverage = false, watch = false;
  std::optional<double> threshold;
};

class TestRun {
 public:
  TestRun(const Cli& cli, const TestOptions& options) : cli_(cli), options_(options) {}

  int once() {
    if (auto code = compile(); code != exit_done) return code;
    auto files = trial::find_test_files(disk_, cli_.folder, options_.words);
    if (!files) return print_problems(cli_, files.error());
    if (files->empty())
      return print_problems(cli_, {{"test.none",
                                    "there are no tests: no .test.yaml beside the routes",
                                    "write routes/<route>.test.yaml; routes/TESTING.md shows how",
                                    {},
                                    {},
                                    Severity::error}});
    results_.clear();
    run(*files);
    return report();
  }

  // Again for what changed: a test file, or a file that it reads, runs alone; everything else runs all.
  int watch() {
    auto changes = trial::Changes::watch(cli_.folder, {"routes", "config", "schemas"});
    if (!changes) return print_problems(cli_, {changes.error()}), exit_failed;
    struct sigaction quiet{};
    quiet.sa_handler = [](int) {};  // ends the waiting
    ::sigaction(SIGINT, &quiet, nullptr);
    ::sigaction(SIGTERM, &quiet, nullptr);
    int code = once();
    for (;;) {
      if (!cli_.json) fmt::print("{}\n", grey(cli_, "waiting for changes; Ctrl-C ends"));
      std::fflush(stdout);
      const auto changed = (*changes)->wait();
      if (changed.empty()) return code;
      const auto affected = affected_by(changed);
      if (!affected) {
        code = once();
      } else if (!affected->empty()) {
        std::erase_if(results_,
                      [&](const auto& each) { return std::ranges::find(*affected, each.path) != affected->end(); });
        run(*affected);
        code = report();
      }
    }
  }

 private:
  int compile() {
    auto read = read_configuration(disk_, cli_.folder);
    Problems problems;
    deployment_ = nullptr;
    if (!read) {
      problems = std::move(read.error());
    } else {
      files_ = std::move(*read);
      auto compiled = compile_deployment(files_, all_adapters(), nullptr);
      if (compiled) {
        deployment_ = std::move(*compiled);
        return exit_done;
      }
      problems = std::move(compiled.error());
    }
    return print_problems(cli_, problems);
  }

  void run(const std::vector<std::string>& files) {
    const auto& generation = *deployment_->generation;
    if (options_.coverage && (!coverage_ || results_.empty()))
      coverage_ = std::make_unique<trial::Coverage>(generation);
    const trial::SessionOptions session{options_.filter, options_.update, coverage_.get()};
    const trial::ReadFile read = [&](const std::string& path) {
      auto text = disk_.read_whole(cli_.folder + "/" + path, trial::file_limit_bytes);
      if (text) texts_[path] = *text;
      return text;
    };
    const trial::WriteFile write = [&](const std::string& path, const std::string& text) {
      return disk_.write_whole(cli_.folder + "/" + path, text);
    };
    for (const auto& file : files) results_.push_back(trial::run_file(file, generation, session, read, write));
    std::ranges::sort(results_, {}, &trial::FileResult::path);
  }

  // The test files to run again; none: all of them, after compiling anew.
  std::optional<std::vector<std::string>> affected_by(const std::set<std::string>& changed) const {
    std::vector<std::string> affected;
    for (const auto& path : changed) {
      if (path.starts_with("config/kinds/") || path.ends_with(".md")) continue;
      bool is_test = path.find(".test.") != path.npos;
      bool known = false;
      for (const auto& file : results_)
        if (file.path == path || std::ranges::find(file.beside, path) != file.beside.end()) {
          known = true;
          // A snapshot that we wrote ourselves just now says nothing new.
          if (options_.update && path.ends_with(".test.snapshot.yaml")) continue;
          if (std::ranges::find(affected, file.path) == affected.end()) affected.push_back(file.path);
        }
      if (!is_test || !known || deployment_ == nullptr) return std::nullopt;
    }
    return affected;
  }

  int report() {
    const auto counts = trial::count(results_);
    std::optional<std::vector<trial::Coverage::OfRoute>> coverage;
    if (coverage_) coverage = coverage_->routes(tested_routes());
    if (cli_.json)
      fmt::print("{}\n", trial::to_json(results_, coverage ? &*coverage : nullptr));
    else
      print(counts, coverage);
    if (!options_.junit.empty())
      if (auto written = disk_.write_whole(options_.junit, trial::to_junit(results_)); !written)
        return print_problems(cli_, {written.error()}), exit_failed;
    if (!counts.good()) return exit_refused;
    if (options_.threshold && coverage && trial::Coverage::total(*coverage).percent() < *options_.threshold) {
      if (!cli_.json)
        fmt::print(stderr, "{} coverage is {:.1f} %, below the threshold of {:g} %\n", red(cli_, "✗"),
                   trial::Coverage::total(*coverage).percent(), *options_.threshold);
      return exit_refused;
    }
    return exit_done;
  }

  // Of some tests alone the routes of their names count, of all tests all routes.
  std::set<std::string> tested_routes() const {
    std::set<std::string> names;
    if (options_.words.empty()) return names;
    for (const auto& file : results_) names.insert(file.name);
    return names;
  }

  void print(const trial::Counts& counts, const std::optional<std::vector<trial::Coverage::OfRoute>>& coverage) const {
    for (const auto& file : results_) print(file);
    if (coverage) print(*coverage);
    auto text = fmt::format("{} case{} in {} file{}", counts.cases, counts.cases == 1 ? "" : "s", counts.files,
                            counts.files == 1 ? "" : "s");
    if (counts.failed > 0) text += fmt::format(", {} failed", counts.failed);
    if (counts.broken > 0)
      text += fmt::format(", {} file{} cannot be run", counts.broken, counts.broken == 1 ? "" : "s");
    if (counts.good()) text += counts.cases == 1 ? ": it passed" : ": all passed";
    fmt::print("{} {} ({:.1f} ms)\n", counts.good() ? green(cli_, "✓") : red(cli_, "✗"), text,
               static_cast<double>(counts.took) / 1e6);
    if (counts.cases == 0 && counts.good() && !options_.filter.empty())
      fmt::print("no case's name holds \"{}\"\n", options_.filter);
  }

  void print(const trial::FileResult& file) const {
    if (file.good() && file.cases.empty()) return;
    const auto passed = std::ranges::count_if(file.cases, [](const auto& each) { return each.failures.empty(); });
    fmt::print("{} {} ({} of {})\n", file.good() ? green(cli_, "✓") : red(cli_, "✗"), bold(cli_, file.path), passed,
               file.cases.size());
    for (const auto& problem : file.problems) fmt::print("{}\n", shown_problem(problem, texts_, cli_.colour));
    for (const auto& each : file.cases) {
      if (each.updated) fmt::print("    {} {}: its snapshot was written\n", yellow(cli_, "!"), each.name);
      if (each.failures.empty()) continue;
      fmt::print("    {} {}\n", red(cli_, "✗"), bold(cli_, each.name));
      for (const auto& failure : each.failures) fmt::print("{}", trial::failure_text(failure, "        "));
    }
  }

  void print(const std::vector<trial::Coverage::OfRoute>& coverage) const {
    auto words = [](const trial::Coverage::Share& share) { return fmt::format("{}/{}", share.reached, share.all); };
    Table table({"ROUTE", "TARGETS", "CONDITIONS", "LEAVES"});
    for (const auto& route : coverage)
      table.add({route.name, words(route.targets), words(route.conditions), words(route.leaves)});
    table.print(cli_);
    for (const auto& route : coverage)
      for (const auto& missed : route.missed)
        fmt::print("  {}:{}: {}\n", missed.place.file, missed.place.start.line, missed.what);
    const auto total = trial::Coverage::total(coverage);
    fmt::print("coverage {:.1f} % ({} of {})\n", total.percent(), total.reached, total.all);
  }

  const Cli& cli_;
  const TestOptions& options_;
  Disk& disk_ = *system_environment().disk;
  ConfigurationFiles files_;
  ConfigurationFiles texts_;  // of test files, to show lines of
  std::shared_ptr<const Deployment> deployment_;
  std::unique_ptr<trial::Coverage> coverage_;
  std::vector<trial::FileResult> results_;
};

}  // namespace

void add_test(CLI::App& app, Cli& cli, Run& run) {
  auto options = std::make_shared<TestOptions>();
  auto* command = app.add_subcommand("test", "Run the tests beside the routes, in virtual time, without a network");
  command->add_option("tests", options->words, "Routes or .test.yaml files; left out: all");
  command->add_option("--filter", options->filter, "Only cases whose name holds this");
  command->add_flag("--update", options->update, "Write snapshots as things are now; review them");
  command->add_option("--junit", options->junit, "Write the results as JUnit XML to this file");
  command->add_flag("--coverage", options->coverage, "Show what of the routes no test reaches");
  command->add_option("--threshold", options->threshold, "Fail below this coverage, in percent")
      ->check(CLI::Range(0.0, 100.0));
  command->add_flag("--watch", options->watch, "Run again what a change affects, until Ctrl-C");
  command->footer(
      "Exit code: 0 all passed, 1 a case failed, a file is wrong or the threshold is not reached.\n"
      "Example: simpul test pindah-datang --coverage");
  command->callback([&cli, &run, options] {
    run = [&cli, options] {
      options->coverage = options->coverage || options->threshold.has_value();
      TestRun runs(cli, *options);
      return options->watch ? runs.watch() : runs.once();
    };
  });
}

}  // namespace simpul
