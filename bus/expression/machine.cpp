#include "bus/expression/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "bus/expression/numbers.h"
#include "bus/expression/times.h"

namespace simpul::cel {

namespace {

constexpr std::size_t pattern_steps = 1000;  // what compiling one costs

// What comparing reads of it.
std::size_t bytes_of(const Cell& cell) {
  return cell.is_text() || cell.kind == CellKind::bytes || cell.kind == CellKind::number ? cell.size : 0;
}

}  // namespace

Cell Machine::run(std::uint32_t index) {
  const Step& step = program_.steps[index];
  if (++steps_ > step_budget) return Cell::error(ErrorCode::budget, index);
  switch (step.op) {
    case Op::constant:
      return step.constant;
    case Op::slot:
      return variable(step.a, index);
    case Op::local:
      return locals_[step.a];
    case Op::path:
      return path(index, step);
    case Op::local_path:
      return path_from(locals_[step.a], index, step, step.count);
    case Op::is_text:
    case Op::is_in_texts:
    case Op::starts_with:
    case Op::compare_integer:
      return fused(index, step);
    case Op::has_slot:
      return Cell::of(cells_ != nullptr ? !cells_[step.a].is_error() : slots_[step.a] != nullptr);
    case Op::has_path:
      return has_path(index, step);
    case Op::has:
      return has(index, step);
    case Op::select:
    case Op::select_optional:
      return select(index, step);
    case Op::index:
    case Op::index_optional:
      return index_into(index, step);
    case Op::logical_not:
      return logical_not(index, step);
    case Op::all_of:
      return logic(step, false);
    case Op::any_of:
      return logic(step, true);
    case Op::conditional:
      return conditional(index, step);
    case Op::negate:
      return negate(index, step);
    case Op::add:
    case Op::subtract:
    case Op::multiply:
    case Op::divide:
    case Op::modulo:
      return binary(index, step);
    case Op::equal:
    case Op::not_equal:
      return equality(index, step);
    case Op::less:
    case Op::less_equal:
    case Op::greater:
    case Op::greater_equal:
      return compare(index, step);
    case Op::in:
      return in(index, step);
    case Op::list:
      return make_list(index, step);
    case Op::map:
      return make_map(index, step);
    case Op::call:
      return call(index, step);
    case Op::matches:
      return matches(index, step);
    case Op::lookup:
      return lookup(index, step);
    case Op::comprehension:
      return comprehension(index, step);
    case Op::bind:
      return with_local(step);
    case Op::block:
      return block(step);
    case Op::to_timestamp:
      return to_timestamp(index, step);
    case Op::none:
      return Cell::none();
    case Op::some:
    case Op::some_if_not_zero:
    case Op::has_value:
    case Op::value:
    case Op::or_value:
    case Op::or_else:
    case Op::opt_map:
    case Op::opt_flat_map:
      return optional(index, step);
  }
  std::unreachable();
}

Holds Machine::at_length(std::uint32_t index, Cell& cell) {
  cell = run(index);
  if (cell.kind != CellKind::boolean) return Holds::unsure;
  return cell.boolean ? Holds::yes : Holds::no;
}

Cell Machine::variable(std::uint32_t slot, std::uint32_t step) const {
  if (cells_ != nullptr) return cells_[slot].is_error() ? Cell::error(ErrorCode::no_such_field, step) : cells_[slot];
  const json::Value* value = slots_[slot];
  return value != nullptr ? Cell::of(*value) : Cell::error(ErrorCode::no_such_field, step);
}

Cell Machine::logical_not(std::uint32_t index, const Step& step) {
  const Cell value = run(operand(step, 0));
  if (value.kind == CellKind::boolean) return Cell::of(!value.boolean);
  return value.is_error() ? value : Cell::error(ErrorCode::no_overload, index);
}

// cel-spec, langdef.md, "Logical Operators": one operand that decides makes errors of the others irrelevant.
Cell Machine::logic(const Step& step, bool is_or) {
  const std::uint32_t* at = program_.operands.data() + step.first;
  for (const std::uint32_t* const end = at + step.count; at != end; ++at) {
    Cell value;
    const Holds verdict = test(*at, value);
    if (verdict == Holds::unsure) [[unlikely]]
      return logic_without(value, at, end, is_or);
    if ((verdict == Holds::yes) == is_or) return Cell::of(is_or);
  }
  return Cell::of(!is_or);
}

// The same when the operand at `at` came to `value`, which is no boolean: that is the result, unless another decides.
Cell Machine::logic_without(Cell value, const std::uint32_t* at, const std::uint32_t* end, bool is_or) {
  const Cell error = value.is_error() ? value : Cell::error(ErrorCode::no_overload, *at);
  for (++at; at != end; ++at) {
    const Cell other = run(*at);
    if (other.kind == CellKind::boolean && other.boolean == is_or) return other;
  }
  return error;
}

Cell Machine::conditional(std::uint32_t index, const Step& step) {
  const Cell condition = run(operand(step, 0));
  if (condition.kind == CellKind::boolean) return run(operand(step, condition.boolean ? 1 : 2));
  return condition.is_error() ? condition : Cell::error(ErrorCode::no_overload, index);
}

Cell Machine::compare(std::uint32_t index, const Step& step) {
  const Cell a = run(operand(step, 0));
  if (a.is_error()) return a;
  const Cell b = run(operand(step, 1));
  if (b.is_error()) return b;
  if (!spend(bytes_of(a) + bytes_of(b))) return Cell::error(ErrorCode::budget, index);
  const auto ordered = order(a, b);
  return ordered ? related(step.op, *ordered) : Cell::error(ErrorCode::no_overload, index);
}

Cell Machine::call(std::uint32_t index, const Step& step) {
  constexpr std::uint32_t few = 4;
  Cell here[few];
  Cell* arguments = step.count <= few ? here : cells(step.count);
  if (arguments == nullptr) return Cell::error(ErrorCode::budget, index);
  for (std::uint32_t i = 0; i < step.count; ++i) {
    arguments[i] = run(operand(step, i));
    if (arguments[i].is_error()) return arguments[i];
  }
  return step.function(*this, index, arguments, step.count);
}

// The pattern was compiled with the program; only the conformance suite has patterns that are known at run time.
Cell Machine::matches(std::uint32_t index, const Step& step) {
  const Cell value = run(operand(step, 0));
  if (value.is_error()) return value;
  if (!value.is_text()) return Cell::error(ErrorCode::no_overload, index);
  if (!spend(std::size_t{value.size} * 4)) return Cell::error(ErrorCode::budget, index);
  if (step.count == 1) return Cell::of(RE2::PartialMatch({value.characters, value.size}, *program_.patterns[step.a]));
  const Cell pattern = run(operand(step, 1));
  if (pattern.is_error()) return pattern;
  if (!pattern.is_text()) return Cell::error(ErrorCode::no_overload, index);
  const RE2 compiled({pattern.characters, pattern.size}, RE2::Quiet);
  if (!compiled.ok() || !spend_items(pattern_steps)) return Cell::error(ErrorCode::bad_argument, index);
  return Cell::of(RE2::PartialMatch({value.characters, value.size}, compiled));
}

Cell Machine::lookup(std::uint32_t index, const Step& step) {
  const Cell key = run(operand(step, 0));
  if (key.is_error()) return key;
  char digits[24];
  std::string_view name;
  if (key.is_text() || key.kind == CellKind::number) {
    name = key.text();
  } else if (key.kind == CellKind::integer) {
    name = {digits, fmt::format_to_n(digits, sizeof digits, "{}", key.integer).size};
  } else if (key.kind == CellKind::uinteger) {
    name = {digits, fmt::format_to_n(digits, sizeof digits, "{}", key.uinteger).size};
  } else {
    return Cell::error(ErrorCode::no_overload, index);
  }
  const CodeTable& table = *program_.tables[step.a];
  if (const auto row = table.rows.find(name); row != table.rows.end()) return text(row->second, index);
  return table.otherwise ? text(*table.otherwise, index) : Cell::error(ErrorCode::no_such_key, index);
}

Cell Machine::to_timestamp(std::uint32_t index, const Step& step) {
  const Cell value = run(operand(step, 0));
  if (value.is_error() || value.kind == CellKind::timestamp) return value;
  if (!value.is_text()) return Cell::error(ErrorCode::no_overload, index);
  constexpr std::size_t date_bytes = 10;
  const auto time = value.size == date_bytes ? read_full_date(value.text()) : read_timestamp(value.text());
  return time ? *time : Cell::error(ErrorCode::bad_argument, index);
}

Cell Machine::text(std::string_view text, std::uint32_t step) {
  if (!spend(text.size())) return Cell::error(ErrorCode::budget, step);
  return Cell::of(arena_.copy(text));
}

}  // namespace simpul::cel
