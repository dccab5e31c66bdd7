// Micro measures by Google Benchmark: what each step of an event's way costs alone.
#pragma once

#include <string>

#include "bus/base/result.h"

namespace simpul::bench {

// `arguments` as main() has them, the first a name: --benchmark_filter=route …
Result<void> run_micro(const std::string& folder, int count, char** arguments);

}  // namespace simpul::bench
