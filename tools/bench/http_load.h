// A load generator: keep-alive connections to the bus's own endpoint, one request outstanding on each, on one
// thread. What counts is answered 202, after the sync.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "bus/base/result.h"

namespace simpul::bench {

struct Load {
  std::uint16_t port = 0;
  std::string key, content_type;
  int connections = 64;
  std::uint64_t requests = 0;                   // in all
  std::function<void(std::string& body)> body;  // appends the next request's body
};

// Returns the seconds it took.
Result<double> run_load(const Load& load);

}  // namespace simpul::bench
