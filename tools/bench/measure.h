// A measure: what is done once in a run, and the figures that come of it. Each run is a process of its own, so
// that memory and threads of one are not seen in the next.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bus/base/result.h"

namespace simpul::bench {

struct Figure {
  std::string name, unit;
  double value = 0;
  std::optional<double> syncs_per_event;
};

struct Setting {
  std::string folder;  // of this measure; removed when it is done
  bool quick = false;  // a smoke run: sizes divided, figures worthless
  // What `full` becomes in a smoke run.
  std::uint64_t size(std::uint64_t full, std::uint64_t quick_size) const { return quick ? quick_size : full; }
};

using Figures = Result<std::vector<Figure>>;

struct Measure {
  std::vector<std::string> names;  // of the figures; the first names the measure
  std::string what;                // one sentence
  std::function<Figures(const Setting&)> run;
  std::function<Result<void>(const Setting&)> prepare = nullptr;  // once, before the runs
  bool keep_between_runs = false;                                 // the folder stays as the run left it
  std::uint64_t disk_bytes = 0;                                   // that it needs
  int runs_at_most = 1000;
  std::string group = {};   // a word that names several measures
  bool with_peers = false;  // only with --peers
};

std::vector<Measure> all_measures();
std::vector<Measure> admission_measures();
std::vector<Measure> http_measures();
std::vector<Measure> delivery_measures();
std::vector<Measure> recovery_measures();
std::vector<Measure> route_measures();
std::vector<Measure> schema_measures();
std::vector<Measure> expression_measures();
std::vector<Measure> check_measures();
std::vector<Measure> process_measures();
std::vector<Measure> trial_measures();

// Runs `work` in a child process and gives back its figures.
Figures in_child(const std::function<Figures()>& work);
// A line on standard error, when that is a terminal or the work is long.
void progress(const std::string& text);

}  // namespace simpul::bench
