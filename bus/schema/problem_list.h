// The problems of a registry's files, gathered by their offsets and told in the order of the files with lines and
// columns. After 1 000 problems the rest is counted, so that a file of nothing but faults costs little.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bus/schema/node.h"

namespace simpul {

class ProblemList {
 public:
  static constexpr std::size_t limit = 1000;

  bool full() const { return found_.size() >= limit; }
  bool empty() const { return found_.empty(); }
  // Its place is found later, from the file and the offset.
  void add(const SchemaFile& file, std::uint32_t offset, Problem problem);
  void add(const SchemaFile& file, Problem problem);  // its place is known
  Problems take();

 private:
  struct Found {
    const SchemaFile* file;
    std::uint32_t offset;
    bool placed;
    Problem problem;
  };
  bool count();

  std::vector<Found> found_;
  std::size_t more_ = 0;
};

// A text within a message: names are quoted, but not at any length.
std::string quoted(std::string_view text);

}  // namespace simpul
