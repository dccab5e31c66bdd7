// Deterministic machines over the bytes of UTF-8: made of a pattern's tree, minimised, and combined. What Pattern runs
// and Automaton is made of.
//
// Bytes that no state tells apart share a column. State 0 is dead: nothing that follows is accepted. Every machine
// accepts well-formed UTF-8 only. All work is bounded by the caller's limits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "bus/schema/regex.h"

namespace simpul::regex {

struct Machine {
  std::array<std::uint8_t, 256> columns{};  // of a byte
  std::uint32_t width = 1;                  // columns there are
  std::uint32_t start = 0;
  std::vector<std::uint32_t> next{0};      // of state * width + column
  std::vector<std::uint8_t> accepting{0};  // of a state
  std::uint32_t everything = 0;            // the state that accepts every text from here on; 0: none, or not known

  std::size_t states() const { return accepting.size(); }
  std::uint32_t step(std::uint32_t state, unsigned char byte) const { return next[state * width + columns[byte]]; }
};

struct MachineLimits {
  std::size_t states = 4096;
  std::uint64_t positions = 40'000;  // expanded_size of the tree
  std::uint64_t work = 60'000'000;   // elements of state sets made
};

// Every text in which the pattern matches anywhere (Pattern's meaning). None when beyond the limits. Not minimal.
std::optional<Machine> determinise(const Tree& tree, const MachineLimits& limits);

// Fewest states, unreachable and dead ones gone, fewest columns, numbered breadth first: two machines of one language
// come out the same.
Machine minimised(const Machine& machine);

enum class Combination : std::uint8_t { both, either, minus };
// Not minimal. None when more than `states` pairs can be reached.
std::optional<Machine> combined(const Machine& a, const Machine& b, Combination how, std::size_t states);

}  // namespace simpul::regex
