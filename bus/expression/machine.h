// Runs a program on values. Errors are cells: && and || absorb them as CEL says, everything else passes them
// on. Every step, every 64 bytes made or read and every item looked at count against the budget, so that whatever
// stands in an expression or an event, an evaluation ends within bounded time and memory.
#pragma once

#include <compare>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bus/expression/program.h"

namespace simpul::cel {

inline constexpr std::uint32_t step_budget = 100'000;
inline constexpr unsigned value_depth_limit = 512;  // JSON's 64 levels within those that an expression can add

enum class Holds : std::uint8_t { no, yes, unsure };

class Machine {
 public:
  // A null slot is a variable that is absent.
  Machine(const Program& program, std::span<const json::Value* const> slots, json::Arena& arena)
      : program_(program), slots_(slots.data()), arena_(arena) {
    make_room();
  }
  // The program must have been optimised for Slots::cells. A slot that is an error is a variable that is absent.
  Machine(const Program& program, std::span<const Cell> slots, json::Arena& arena)
      : program_(program), cells_(slots.data()), arena_(arena) {
    make_room();
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  Cell run(std::uint32_t index);
  // The same of a condition: what it says, or unsure when it gives no boolean, which is then in `cell`.
  Holds test(std::uint32_t index, Cell& cell) {
    if (cells_ == nullptr) {
      const Holds verdict = at_once(program_.steps[index]);
      if (verdict != Holds::unsure && ++steps_ <= step_budget) [[likely]]
        return verdict;
    }
    return at_length(index, cell);
  }
  bool exhausted() const { return steps_ > step_budget; }
  EvaluationError describe(Cell error) const;
  // The result as JSON, or an error (a number that JSON has not, a map whose keys are not text). Timestamps are RFC
  // 3339 in UTC, durations seconds ("3.5s"), bytes base64.
  std::expected<json::Value, Cell> to_json(const Cell& cell, std::uint32_t step, unsigned depth = 0);

  // For the functions. What is false or an error here is that the budget is spent.
  bool spend(std::size_t bytes) { return (steps_ += bytes / 64) <= step_budget; }
  bool spend_items(std::size_t items) { return (steps_ += items) <= step_budget; }
  // A copy in the arena; an error when the budget is spent.
  Cell text(std::string_view text, std::uint32_t step);
  // Room for cells or entries in the arena, counted as the bytes they are; null when the budget is spent.
  Cell* cells(std::size_t count) { return static_cast<Cell*>(room(count * sizeof(Cell))); }
  Entry* entries(std::size_t count) { return static_cast<Entry*>(room(count * sizeof(Entry))); }
  json::Arena& arena() { return arena_; }
  static Cell item(const Cell& list, std::size_t index) {
    return list.kind == CellKind::list ? list.cells[index] : Cell::of(list.values[index]);
  }
  static Entry entry(const Cell& map, std::size_t index) {
    if (map.kind == CellKind::map) return map.entries[index];
    return {Cell::of(map.members[index].name), Cell::of(map.members[index].value)};
  }
  // The value under a key; false when there is none. Numbers are keys by value: 1, 1u and 1.0 are one key.
  static bool member_of(const Cell& map, const Cell& key, Cell& value);
  // Equality of CEL: values of different kinds differ, numbers compare by value, containers by what they hold.
  Cell equal(const Cell& a, const Cell& b, std::uint32_t step);
  // The order of CEL; none for kinds that have no order, or not with each other. Unordered only beside a NaN.
  static std::optional<std::partial_ordering> order(const Cell& a, const Cell& b);
  Cell some(const Cell& value, std::uint32_t step);
  // What optional.ofNonZeroValue takes for nothing: null, false, 0, "", an empty container, an optional of none, a
  // duration of none, the first second of 1970.
  static bool is_zero(const Cell& value);
  // a + b and so on of two values that are no errors, as types at run time have it.
  Cell arithmetic(Op op, Arithmetic as, const Cell& a, const Cell& b, std::uint32_t step);

 private:
  void make_room() {
    if (program_.locals > few_locals) {
      locals_ = static_cast<Cell*>(arena_.allocate(program_.locals * sizeof(Cell), alignof(Cell)));
    }
  }
  void* room(std::size_t bytes) { return spend(bytes) ? arena_.allocate(bytes, alignof(Cell)) : nullptr; }
  std::uint32_t operand(const Step& step, std::uint32_t at) const { return program_.operands[step.first + at]; }
  Cell variable(std::uint32_t slot, std::uint32_t step) const;
  const json::Value* find(const json::Member* members, std::size_t size, const SoughtField& field);
  const json::Value* search(const json::Member* members, std::size_t size, const SoughtField& field);
  bool find(const Cell& map, const SoughtField& field, Cell& value);

  // Paths: the value, or an error.
  Cell path(std::uint32_t index, const Step& step);
  Cell path_from(Cell value, std::uint32_t index, const Step& step, std::uint32_t count);
  Cell has_path(std::uint32_t index, const Step& step);
  Cell has_path_from(Cell value, std::uint32_t index, const Step& step);
  const json::Value* walk(const json::Value* value, const Step& step, std::uint32_t index, Cell& error);
  // The value of a fused step: JSON where it stands in the event, otherwise null, and `other` is the value or an error.
  const json::Value* fused_value(const Step& step, Cell& other);

  Cell logical_not(std::uint32_t index, const Step& step);
  Cell logic(const Step& step, bool is_or);
  Cell logic_without(Cell value, const std::uint32_t* at, const std::uint32_t* end, bool is_or);
  // What a fused step says of a slot whose fields are where they were found last.
  Holds at_once(const Step& step);
  Holds at_length(std::uint32_t index, Cell& cell);
  template <Op op>
  Holds guess(const Step& step);
  template <Op op>
  Holds sought(const Step& step, const json::Value& from, const SoughtField* field);
  Cell fused(std::uint32_t index, const Step& step);
  Cell select(std::uint32_t index, const Step& step);
  Cell has(std::uint32_t index, const Step& step);
  Cell index_into(std::uint32_t index, const Step& step);
  Cell negate(std::uint32_t index, const Step& step);
  Cell binary(std::uint32_t index, const Step& step);
  Cell numeric(Op op, Arithmetic as, const Cell& a, const Cell& b, std::uint32_t step);
  Cell decimal(Op op, const Cell& a, const Cell& b, std::uint32_t step);
  Cell concatenate(const Cell& a, const Cell& b, std::uint32_t step);
  Cell compare(std::uint32_t index, const Step& step);
  Cell equality(std::uint32_t index, const Step& step);
  Cell in(std::uint32_t index, const Step& step);
  Cell conditional(std::uint32_t index, const Step& step);
  Cell make_list(std::uint32_t index, const Step& step);
  Cell make_map(std::uint32_t index, const Step& step);
  Cell call(std::uint32_t index, const Step& step);
  Cell matches(std::uint32_t index, const Step& step);
  Cell lookup(std::uint32_t index, const Step& step);
  Cell to_timestamp(std::uint32_t index, const Step& step);
  Cell optional(std::uint32_t index, const Step& step);

  // machine_macros.cpp
  Cell comprehension(std::uint32_t index, const Step& step);
  Cell quantifier(std::uint32_t index, const Step& step, const Cell& range);
  // How many items all or exists may pass because a fused body says at once that they do not decide; whether the one
  // behind them does.
  std::uint32_t pass(const Step& step, std::span<const json::Value> items, bool& decided);
  template <Op op>
  std::uint32_t pass(const Step& body, std::span<const json::Value> items, bool decides, bool& decided);
  Cell collect_list(std::uint32_t index, const Step& step, const Cell& range);
  Cell collect_map(std::uint32_t index, const Step& step, const Cell& range);
  Cell sort_by(std::uint32_t index, const Step& step, const Cell& range);
  void stand_on(const Step& step, const Cell& range, std::uint32_t at);
  Cell wanted(std::uint32_t index, const Step& step);
  Cell with_local(const Step& step);
  Cell block(const Step& step);

  int deep_equal(const Cell& a, const Cell& b, unsigned depth);
  int maps_equal(const Cell& a, const Cell& b, unsigned depth);

  static constexpr std::uint32_t few_locals = 6;
  const Program& program_;
  const json::Value* const* slots_ = nullptr;  // or
  const Cell* cells_ = nullptr;
  json::Arena& arena_;
  std::uint64_t steps_ = 0;
  Cell few_[few_locals];
  Cell* locals_ = few_;
};

// What a comparison that came out as `order` says: less, less_equal, …, equal, not_equal.
inline Cell related(Op relation, std::partial_ordering order) {
  switch (relation) {
    case Op::less:
      return Cell::of(order < 0);
    case Op::less_equal:
      return Cell::of(order <= 0);
    case Op::greater:
      return Cell::of(order > 0);
    case Op::greater_equal:
      return Cell::of(order >= 0);
    case Op::not_equal:
      return Cell::of(order != 0);
    default:
      return Cell::of(order == 0);
  }
}

}  // namespace simpul::cel
