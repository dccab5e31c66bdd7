// Lists, maps and optionals: made, looked into, compared.
#include <algorithm>

#include "bus/expression/machine.h"
#include "bus/expression/numbers.h"
#include "bus/expression/short_text.h"

namespace simpul::cel {

namespace {

Cell no_overload(std::uint32_t step) {
  return Cell::error(ErrorCode::no_overload, step);
}
Cell spent(std::uint32_t step) {
  return Cell::error(ErrorCode::budget, step);
}

bool same_key(const Cell& a, const Cell& b) {
  if (a.is_text()) return b.is_text() && same_text(a.text(), b.text());
  if (a.is_number()) return b.is_number() && equal_numbers(a, b);
  return a.kind == CellKind::boolean && b.kind == CellKind::boolean && a.boolean == b.boolean;
}

// langdef.md, "Aggregate Values": keys are ints, uints, booleans and strings.
bool can_be_key(const Cell& cell) {
  if (cell.kind == CellKind::number) return operand_of(cell, false, true).good;
  return cell.is_text() || cell.kind == CellKind::integer || cell.kind == CellKind::uinteger ||
         cell.kind == CellKind::boolean;
}

}  // namespace

bool Machine::member_of(const Cell& map, const Cell& key, Cell& value) {
  if (map.kind == CellKind::json_map) {
    if (!key.is_text()) return false;
    for (std::uint32_t i = 0; i < map.size; ++i) {
      if (!same_text(map.members[i].name, key.text())) continue;
      value = Cell::of(map.members[i].value);
      return true;
    }
    return false;
  }
  for (std::uint32_t i = 0; i < map.size; ++i) {
    if (!same_key(map.entries[i].key, key)) continue;
    value = map.entries[i].value;
    return true;
  }
  return false;
}

Cell Machine::some(const Cell& value, std::uint32_t step) {
  Cell* held = cells(1);
  if (held == nullptr) return spent(step);
  *held = value;
  Cell cell = Cell::none();
  cell.size = 1;
  cell.cells = held;
  return cell;
}

bool Machine::is_zero(const Cell& value) {
  switch (value.kind) {
    case CellKind::null:
      return true;
    case CellKind::boolean:
      return !value.boolean;
    case CellKind::integer:
      return value.integer == 0;
    case CellKind::uinteger:
      return value.uinteger == 0;
    case CellKind::real:
    case CellKind::number:
      return real_of(value) == 0;
    case CellKind::timestamp:
    case CellKind::duration:
      return value.integer == 0 && value.size == 0;
    case CellKind::type:
    case CellKind::error:
      return false;
    default:
      return value.size == 0;  // texts, bytes and containers
  }
}

Cell Machine::select(std::uint32_t index, const Step& step) {
  Cell of = run(operand(step, 0));
  if (of.is_error()) return of;
  bool optional = step.op == Op::select_optional;
  if (of.kind == CellKind::optional) {
    if (of.size == 0) return of;
    of = *of.cells;
    optional = true;
  }
  // A null has nothing in it for who asks with `?`; for who does not, an optional that holds a null is no way round.
  if (!of.is_map())
    return step.op == Op::select_optional && of.kind == CellKind::null ? Cell::none() : no_overload(index);
  Cell value;
  if (!find(of, program_.fields[step.hint], value))
    return optional ? Cell::none() : Cell::error(ErrorCode::no_such_field, index);
  return optional ? some(value, index) : value;
}

Cell Machine::has(std::uint32_t index, const Step& step) {
  Cell of = run(operand(step, 0));
  if (of.is_error()) return of;
  if (of.kind == CellKind::optional) {
    if (of.size == 0) return Cell::of(false);
    of = *of.cells;
  }
  if (of.kind == CellKind::null) return Cell::of(false);
  if (!of.is_map()) return no_overload(index);
  Cell ignored;
  return Cell::of(find(of, program_.fields[step.hint], ignored));
}

Cell Machine::index_into(std::uint32_t index, const Step& step) {
  Cell of = run(operand(step, 0));
  if (of.is_error()) return of;
  const Cell key = run(operand(step, 1));
  if (key.is_error()) return key;
  bool optional = step.op == Op::index_optional;
  if (of.kind == CellKind::optional) {
    if (of.size == 0) return of;
    of = *of.cells;
    optional = true;
  }
  if (of.is_map()) {
    if (!spend_items(of.size / 8)) return spent(index);
    if (!can_be_key(key) && key.kind != CellKind::real) return no_overload(index);
    Cell value;
    if (!member_of(of, key, value)) return optional ? Cell::none() : Cell::error(ErrorCode::no_such_field, index);
    return optional ? some(value, index) : value;
  }
  if (of.is_list() && key.is_number()) {
    const auto at = whole_of(key);
    if (!at || *at >= of.size) return optional ? Cell::none() : Cell::error(ErrorCode::bad_argument, index);
    const Cell value = item(of, *at);
    return optional ? some(value, index) : value;
  }
  return optional && of.kind == CellKind::null ? Cell::none() : no_overload(index);
}

Cell Machine::equality(std::uint32_t index, const Step& step) {
  const Cell a = run(operand(step, 0));
  if (a.is_error()) return a;
  const Cell b = run(operand(step, 1));
  if (b.is_error()) return b;
  const Cell same = equal(a, b, index);
  if (same.is_error() || step.op == Op::equal) return same;
  return Cell::of(!same.boolean);
}

Cell Machine::equal(const Cell& a, const Cell& b, std::uint32_t step) {
  const int same = deep_equal(a, b, 0);
  return same < 0 ? spent(step) : Cell::of(same > 0);
}

// 1: equal, 0: different, -1: out of budget.
int Machine::deep_equal(const Cell& a, const Cell& b, unsigned depth) {
  if (depth > value_depth_limit || !spend_items(1)) return -1;
  if (a.is_number() && b.is_number()) {
    const bool texts = a.kind == CellKind::number || b.kind == CellKind::number;
    if (texts && !spend(std::size_t{a.size} + b.size)) return -1;
    return equal_numbers(a, b) ? 1 : 0;
  }
  if (a.is_list() && b.is_list()) {
    if (a.size != b.size) return 0;
    for (std::uint32_t i = 0; i < a.size; ++i) {
      const int same = deep_equal(item(a, i), item(b, i), depth + 1);
      if (same != 1) return same;
    }
    return 1;
  }
  if (a.is_map() && b.is_map()) return maps_equal(a, b, depth);
  if (a.kind != b.kind) return 0;
  switch (a.kind) {
    case CellKind::boolean:
      return a.boolean == b.boolean ? 1 : 0;
    case CellKind::text:
    case CellKind::bytes:
    case CellKind::type:
      if (a.size != b.size) return 0;
      return !spend(a.size) ? -1 : same_text(a.text(), b.text()) ? 1 : 0;
    case CellKind::timestamp:
    case CellKind::duration:
      return a.integer == b.integer && a.size == b.size ? 1 : 0;
    case CellKind::optional:
      return a.size != b.size ? 0 : a.size == 0 ? 1 : deep_equal(*a.cells, *b.cells, depth + 1);
    default:
      return 1;  // both null
  }
}

int Machine::maps_equal(const Cell& a, const Cell& b, unsigned depth) {
  if (a.size != b.size) return 0;
  for (std::uint32_t i = 0; i < a.size; ++i) {
    if (!spend_items(1 + b.size / 8)) return -1;
    const Entry left = entry(a, i);
    Cell right;
    if (!member_of(b, left.key, right)) return 0;
    const int same = deep_equal(left.value, right, depth + 1);
    if (same != 1) return same;
  }
  return 1;
}

std::optional<std::partial_ordering> Machine::order(const Cell& a, const Cell& b) {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b);
  if (a.kind != b.kind) return std::nullopt;
  switch (a.kind) {
    case CellKind::text:  // by bytes, which in UTF-8 is by code points
    case CellKind::bytes:
      return a.text().compare(b.text()) <=> 0;
    case CellKind::boolean:
      return static_cast<int>(a.boolean) <=> static_cast<int>(b.boolean);
    case CellKind::timestamp:
    case CellKind::duration:
      if (a.integer != b.integer) return a.integer <=> b.integer;
      return a.size <=> b.size;
    default:
      return std::nullopt;
  }
}

Cell Machine::in(std::uint32_t index, const Step& step) {
  const Cell value = run(operand(step, 0));
  if (value.is_error()) return value;
  const Cell container = run(operand(step, 1));
  if (container.is_error()) return container;
  if (container.is_map()) {
    if (!spend_items(container.size / 8)) return spent(index);
    Cell ignored;
    return Cell::of(member_of(container, value, ignored));
  }
  if (!container.is_list()) return no_overload(index);
  for (std::uint32_t i = 0; i < container.size; ++i) {
    const int same = deep_equal(value, item(container, i), 0);
    if (same < 0) return spent(index);
    if (same > 0) return Cell::of(true);
  }
  return Cell::of(false);
}

Cell Machine::make_list(std::uint32_t index, const Step& step) {
  Cell* out = cells(step.count);
  if (out == nullptr) return spent(index);
  std::size_t size = 0;
  for (std::uint32_t i = 0; i < step.count; ++i) {
    Cell value = run(operand(step, i));
    if (value.is_error()) return value;
    if (step.flagged && program_.optional_items[step.first + i]) {
      if (value.kind != CellKind::optional) return no_overload(index);
      if (value.size == 0) continue;
      value = *value.cells;
    }
    out[size++] = value;
  }
  return Cell::list(out, size);
}

Cell Machine::make_map(std::uint32_t index, const Step& step) {
  Entry* out = entries(step.count / 2);
  if (out == nullptr) return spent(index);
  std::size_t size = 0;
  for (std::uint32_t i = 0; i + 1 < step.count; i += 2) {
    const Cell key = run(operand(step, i));
    if (key.is_error()) return key;
    if (!can_be_key(key)) return no_overload(index);
    Cell value = run(operand(step, i + 1));
    if (value.is_error()) return value;
    if (step.flagged && program_.optional_items[step.first + i]) {
      if (value.kind != CellKind::optional) return no_overload(index);
      if (value.size == 0) continue;
      value = *value.cells;
    }
    if (!spend_items(size / 8)) return spent(index);
    Cell ignored;
    if (member_of(Cell::map(out, size), key, ignored)) return Cell::error(ErrorCode::bad_argument, index);
    out[size++] = {key, value};
  }
  return Cell::map(out, size);
}

Cell Machine::optional(std::uint32_t index, const Step& step) {
  const Cell of = run(operand(step, 0));
  if (of.is_error()) return of;
  if (step.op == Op::some) return some(of, index);
  if (step.op == Op::some_if_not_zero) return is_zero(of) ? Cell::none() : some(of, index);
  if (of.kind != CellKind::optional) return no_overload(index);
  switch (step.op) {
    case Op::has_value:
      return Cell::of(of.size == 1);
    case Op::or_value:
      return of.size == 1 ? *of.cells : run(operand(step, 1));
    case Op::or_else: {
      if (of.size == 1) return of;
      const Cell other = run(operand(step, 1));
      return other.kind == CellKind::optional || other.is_error() ? other : no_overload(index);
    }
    case Op::opt_map:
    case Op::opt_flat_map: {
      if (of.size == 0) return of;
      locals_[step.a] = *of.cells;
      const Cell made = run(operand(step, 1));
      if (made.is_error()) return made;
      if (step.op == Op::opt_map) return some(made, index);
      return made.kind == CellKind::optional ? made : no_overload(index);
    }
    default:
      return of.size == 1 ? *of.cells : Cell::error(ErrorCode::no_such_field, index);
  }
}

}  // namespace simpul::cel
