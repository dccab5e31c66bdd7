// The `.rejected` file beside a file that was read: a line for each line that was not taken, with its reason.
// It is there only when there is something to say, and holds no values.
#pragma once

#include <cstdint>
#include <string>

#include "bus/base/result.h"

namespace simpul::file {

inline constexpr std::string_view rejected_suffix = ".rejected";

class Rejected {
 public:
  // `path` of the file. What an earlier, broken off run said of lines from `line` on is taken out.
  static Result<Rejected> open(const std::string& path, std::uint64_t line);
  void add(std::uint64_t line, const std::string& reason);
  void add(const std::string& about_the_file);
  // Writes what was added.
  Result<void> flush();

 private:
  explicit Rejected(std::string path) : path_(std::move(path)) {}
  std::string path_;
  std::string pending_;
};

}  // namespace simpul::file
