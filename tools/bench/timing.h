// How the measures of one engine alone are taken: many short rounds on one thread, and what goes wrong said.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bus/base/result.h"
#include "bus/event/json.h"

namespace simpul::bench {

// Microseconds of one call: the median of rounds, each so short that most of them are not interrupted.
template <class Work>
double microseconds(std::uint64_t rounds, std::uint64_t calls, Work work) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> means;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const auto start = Clock::now();
    for (std::uint64_t i = 0; i < calls; ++i) work();
    const std::chrono::duration<double, std::micro> took = Clock::now() - start;
    means.push_back(took.count() / static_cast<double>(calls));
  }
  std::ranges::nth_element(means, means.begin() + static_cast<std::ptrdiff_t>(rounds / 2));
  return means[rounds / 2];
}

inline Result<json::Document> parsed(const std::string& text) {
  auto document = json::parse(text);
  if (!document) return fail("bench.failed", document.error().message);
  return std::move(*document);
}

inline Result<void> expect(bool right, std::string_view what) {
  if (!right) return fail("bench.failed", std::string(what));
  return {};
}

}  // namespace simpul::bench
