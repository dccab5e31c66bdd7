// Runs a program on values. Errors are cells: && and || absorb them as CEL says, everything else passes them
// on. Every step, and every 64 bytes or item read or made, counts against the budget.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "bus/expression/program.h"

namespace simpul::cel {

inline constexpr std::uint32_t step_budget = 100'000;

class Machine {
 public:
  Machine(const Program& program, std::span<const json::Value* const> slots, json::Arena& arena)
      : program_(program), slots_(slots), arena_(arena) {}

  Cell run(std::uint32_t index);
  bool exhausted() const { return steps_ > step_budget; }
  EvaluationError describe(Cell error) const;
  // The result as JSON, or an error (a number that JSON has not, a map whose keys are not text).
  std::expected<json::Value, Cell> to_json(const Cell& cell, std::uint32_t step, unsigned depth = 0);

  // For the functions.
  bool spend(std::size_t bytes) { return (steps_ += bytes / 64) <= step_budget; }
  bool spend_items(std::size_t items) { return (steps_ += items) <= step_budget; }
  // A copy in the arena; an error when the budget is spent.
  Cell text(std::string_view text, std::uint32_t step);
  Cell* cells(std::size_t count) { return static_cast<Cell*>(arena_.allocate(count * sizeof(Cell), alignof(Cell))); }
  json::Arena& arena() { return arena_; }
  static Cell item(const Cell& list, std::size_t index);
  static Entry entry(const Cell& map, std::size_t index);
  // Equality and order of CEL; numbers compare by value whatever they are written as.
  Cell equal(const Cell& a, const Cell& b, std::uint32_t step);

 private:
  Cell variable(std::uint32_t slot, std::uint32_t step) const;
  Cell path(std::uint32_t index, const Step& step);
  Cell has_path(std::uint32_t index, const Step& step);
  Cell select(std::uint32_t index, const Step& step);
  Cell has(std::uint32_t index, const Step& step);
  Cell index_into(std::uint32_t index, const Step& step);
  Cell logic(const Step& step, bool is_or);
  Cell arithmetic(std::uint32_t index, const Step& step);
  Cell add_other(std::uint32_t index, const Cell& a, const Cell& b);
  Cell compare(std::uint32_t index, const Step& step);
  Cell equality(std::uint32_t index, const Step& step);
  Cell in(std::uint32_t index, const Step& step);
  Cell conditional(const Step& step, std::uint32_t index);
  Cell make_list(const Step& step, std::uint32_t index);
  Cell make_map(const Step& step, std::uint32_t index);
  Cell call(std::uint32_t index, const Step& step);
  Cell matches(std::uint32_t index, const Step& step);
  Cell lookup(std::uint32_t index, const Step& step);
  Cell comprehension(std::uint32_t index, const Step& step);
  Cell optional(std::uint32_t index, const Step& step);
  Cell some(const Cell& value);
  int deep_equal(const Cell& a, const Cell& b, unsigned depth);
  int maps_equal(const Cell& a, const Cell& b, unsigned depth);
  std::uint32_t operand(const Step& step, std::uint32_t at) const { return program_.operands[step.first + at]; }

  const Program& program_;
  std::span<const json::Value* const> slots_;
  json::Arena& arena_;
  std::uint64_t steps_ = 0;
  Cell locals_[2 * macro_limit];
};

}  // namespace simpul::cel
