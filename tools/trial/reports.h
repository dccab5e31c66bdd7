// What a run says: for people, for machines (JSON), and for what shows test results (JUnit's XML).
#pragma once

#include <string>
#include <vector>

#include "tools/trial/session.h"

namespace simpul::trial {

struct Counts {
  std::size_t files = 0, cases = 0, failed = 0, broken = 0;  // broken: files that could not be read
  Nanoseconds took = 0;
  bool good() const { return failed == 0 && broken == 0; }
};
Counts count(const std::vector<FileResult>& files);

// A failure in lines, indented: where, what, the members that differ as expected and as they are, what to do.
std::string failure_text(const Failure& failure, const std::string& indent);
std::string to_junit(const std::vector<FileResult>& files);
// One object: files with their cases, counts, and the coverage of the routes where it was asked.
std::string to_json(const std::vector<FileResult>& files, const std::vector<Coverage::OfRoute>* coverage);

}  // namespace simpul::trial
