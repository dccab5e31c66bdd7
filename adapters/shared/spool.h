// Changes found in one pass, kept until they are offered. Beyond a few megabytes they go to an unnamed
// temporary file, so that a pass over millions of rows stays within bounds.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bus/base/result.h"

namespace simpul {

class Spool {
 public:
  explicit Spool(std::size_t memory_limit = 8u << 20) : memory_limit_(memory_limit) {}
  // Records come back in the order in which they were added, from rewind() on.
  Result<void> add(const std::vector<std::string_view>& fields);
  Result<void> rewind();
  // False at the end. `fields` is filled with as many texts as were added.
  Result<bool> next(std::vector<std::string>& fields);
  std::size_t size() const { return size_; }

 private:
  Result<void> flush();
  bool read(char* out, std::size_t size);

  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  const std::size_t memory_limit_;
  std::string memory_;
  std::size_t at_ = 0;
  std::size_t size_ = 0;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace simpul
