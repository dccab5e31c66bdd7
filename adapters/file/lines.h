// A file as a row of lines, whatever its format: where each begins and ends, what it holds, what is wrong.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "adapters/file/settings.h"
#include "bus/base/result.h"

namespace simpul::file {

inline constexpr std::size_t line_limit_bytes = 1u << 20;   // an event takes no more
inline constexpr std::size_t json_limit_bytes = 32u << 20;  // a JSON file is read whole

struct Line {
  std::uint64_t number = 0;  // from 1; of a JSON file: of the value in its list
  std::string json;          // an object (or the event)
  std::string fault;         // instead: why it cannot be read
};

// Where reading goes on: behind the last committed line.
struct Bookmark {
  std::uint64_t offset = 0;  // bytes; of a JSON file: values
  std::uint64_t line = 1;    // the number of the line at `offset`
};

class Lines {
 public:
  virtual ~Lines() = default;
  // False at the end. Problem codes: file.read, and file.rejected when the file as a whole cannot be used.
  virtual Result<bool> next(Line& line) = 0;
  virtual Bookmark bookmark() const = 0;
};

// Reads at most `size` bytes of an open file. A bookmark from an earlier run goes on there.
Result<std::unique_ptr<Lines>> open_lines(const SourceSettings& settings, int descriptor, std::uint64_t size,
                                          const Bookmark& from);

}  // namespace simpul::file
