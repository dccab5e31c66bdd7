// A run of test files against one compiled deployment, and what came of it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bus/deployment.h"
#include "tools/trial/cases.h"
#include "tools/trial/coverage.h"
#include "tools/trial/verdicts.h"

namespace simpul::trial {

struct CaseResult {
  std::string name;
  Place place;
  std::vector<Failure> failures;
  Nanoseconds took = 0;    // of the machine's time
  Nanoseconds lasted = 0;  // of the case's own
  bool updated = false;    // its snapshot was written anew
};

struct FileResult {
  std::string path, name;
  Problems problems;  // what is wrong with the file itself: none of its cases ran
  std::vector<CaseResult> cases;
  std::vector<std::string> beside;
  bool good() const;
};

struct SessionOptions {
  std::string filter;   // part of a case's name, any case of letters; empty: all
  bool update = false;  // snapshots are written instead of compared
  Coverage* coverage = nullptr;
};

using WriteFile = std::function<Result<void>(const std::string& path, const std::string& text)>;

// Runs one test file. `write` is used for snapshots alone, with `update`.
FileResult run_file(const std::string& path, const Generation& generation, const SessionOptions& options,
                    const ReadFile& read, const WriteFile& write);

// The test files of a deployment's folder that words name: a route, a file, or nothing for all that are beside the
// routes and beside what stands in config/. A word that names none is a problem.
Checked<std::vector<std::string>> find_test_files(Disk& disk, const std::string& folder,
                                                  const std::vector<std::string>& words);

}  // namespace simpul::trial
