#include "bus/expression/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bus/base/bytes.h"
#include "bus/expression/numbers.h"

namespace simpul::cel {

namespace {

constexpr unsigned value_depth_limit = 512;  // JSON's 64 levels within those an expression can add

const json::Value* find(const json::Member* members, std::uint32_t size, std::string_view name) {
  for (std::uint32_t i = 0; i < size; ++i) {
    const std::string_view candidate = members[i].name;
    if (candidate == name) return &members[i].value;
  }
  return nullptr;
}

const Cell* find(const Cell& map, const Cell& key) {
  for (std::uint32_t i = 0; i < map.size; ++i) {
    const Cell& candidate = map.entries[i].key;
    if (candidate.is_text() && key.is_text()) {
      if (candidate.text() == key.text()) return &map.entries[i].value;
    } else if (candidate.is_number() && key.is_number()) {
      if (compare_numbers(candidate, key) == 0) return &map.entries[i].value;
    } else if (candidate.kind == CellKind::boolean && key.kind == CellKind::boolean &&
               candidate.boolean == key.boolean) {
      return &map.entries[i].value;
    }
  }
  return nullptr;
}

// The member of a map; false when there is none.
bool member_of(const Cell& map, const Cell& key, Cell& value) {
  if (map.kind == CellKind::json_map) {
    const json::Value* found = key.is_text() ? find(map.members, map.size, key.text()) : nullptr;
    if (found == nullptr) return false;
    value = Cell::of(*found);
    return true;
  }
  const Cell* found = find(map, key);
  if (found == nullptr) return false;
  value = *found;
  return true;
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
    case Op::has_slot:
      return Cell::of(slots_[step.a] != nullptr);
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
    case Op::logical_not: {
      const Cell value = run(operand(step, 0));
      if (value.kind == CellKind::boolean) return Cell::of(!value.boolean);
      return value.is_error() ? value : Cell::error(ErrorCode::no_overload, index);
    }
    case Op::negate:
    case Op::add:
    case Op::subtract:
    case Op::multiply:
    case Op::divide:
    case Op::modulo:
      return arithmetic(index, step);
    case Op::equal_text:
    case Op::not_equal_text: {
      const Cell value = run(operand(step, 0));
      if (value.is_error()) return value;
      const bool same = value.is_text() && value.text() == step.constant.text();
      return Cell::of(same == (step.op == Op::equal_text));
    }
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
    case Op::all_of:
      return logic(step, false);
    case Op::any_of:
      return logic(step, true);
    case Op::conditional:
      return conditional(step, index);
    case Op::list:
      return make_list(step, index);
    case Op::map:
      return make_map(step, index);
    case Op::call:
      return call(index, step);
    case Op::matches:
      return matches(index, step);
    case Op::lookup:
      return lookup(index, step);
    case Op::comprehension:
      return comprehension(index, step);
    case Op::some:
    case Op::none:
    case Op::has_value:
    case Op::value:
    case Op::or_value:
    case Op::or_else:
      return optional(index, step);
  }
  return Cell::error(ErrorCode::no_overload, index);
}

Cell Machine::variable(std::uint32_t slot, std::uint32_t step) const {
  const json::Value* value = slots_[slot];
  return value != nullptr ? Cell::of(*value) : Cell::error(ErrorCode::no_such_field, step);
}

Cell Machine::path(std::uint32_t index, const Step& step) {
  const json::Value* value = slots_[step.a];
  if (value == nullptr) return Cell::error(ErrorCode::no_such_field, index);
  for (std::uint32_t i = 0; i < step.count; ++i) {
    if (!value->is_object()) return Cell::error(ErrorCode::no_overload, index);
    steps_ += value->size() / 32;  // a search of members is cheap, not free
    value = find(value->members().data(), static_cast<std::uint32_t>(value->size()), program_.names[step.first + i]);
    if (value == nullptr) return Cell::error(ErrorCode::no_such_field, index);
  }
  return Cell::of(*value);
}

Cell Machine::has_path(std::uint32_t index, const Step& step) {
  const json::Value* value = slots_[step.a];
  if (value == nullptr) return Cell::error(ErrorCode::no_such_field, index);
  for (std::uint32_t i = 0; i < step.count; ++i) {
    const bool last = i + 1 == step.count;
    if (!value->is_object())
      return last && value->is_null() ? Cell::of(false) : Cell::error(ErrorCode::no_overload, index);
    steps_ += value->size() / 32;  // a search of members is cheap, not free
    value = find(value->members().data(), static_cast<std::uint32_t>(value->size()), program_.names[step.first + i]);
    if (value == nullptr) return last ? Cell::of(false) : Cell::error(ErrorCode::no_such_field, index);
  }
  return Cell::of(true);
}

Cell Machine::some(const Cell& value) {
  Cell* held = cells(1);
  *held = value;
  Cell cell = Cell::none();
  cell.size = 1;
  cell.cells = held;
  return cell;
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
  if (!of.is_map())
    return optional && of.kind == CellKind::null ? Cell::none() : Cell::error(ErrorCode::no_overload, index);
  if (!spend_items(of.size / 32)) return Cell::error(ErrorCode::budget, index);
  Cell value;
  if (!member_of(of, Cell::of(step.name), value))
    return optional ? Cell::none() : Cell::error(ErrorCode::no_such_field, index);
  return optional ? some(value) : value;
}

Cell Machine::has(std::uint32_t index, const Step& step) {
  Cell of = run(operand(step, 0));
  if (of.is_error()) return of;
  if (of.kind == CellKind::optional) {
    if (of.size == 0) return Cell::of(false);
    of = *of.cells;
  }
  if (of.kind == CellKind::null) return Cell::of(false);
  if (!of.is_map()) return Cell::error(ErrorCode::no_overload, index);
  if (!spend_items(of.size / 32)) return Cell::error(ErrorCode::budget, index);
  Cell value;
  return Cell::of(member_of(of, Cell::of(step.name), value));
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
    if (!spend_items(of.size / 8)) return Cell::error(ErrorCode::budget, index);
    Cell value;
    if (!member_of(of, key, value)) return optional ? Cell::none() : Cell::error(ErrorCode::no_such_field, index);
    return optional ? some(value) : value;
  }
  if (of.is_list() && key.is_number()) {
    const bool within = compare_numbers(key, Cell::of(std::int64_t{0})) >= 0 &&
                        compare_numbers(key, Cell::of(std::int64_t{of.size})) < 0;
    if (!within) return optional ? Cell::none() : Cell::error(ErrorCode::bad_argument, index);
    const Operand at = operand_of(key, false, true);
    const bool whole = at.good && (!at.is_real || at.real == static_cast<double>(static_cast<std::uint32_t>(at.real)));
    if (!whole) return Cell::error(ErrorCode::bad_argument, index);
    const Cell value = item(of, at.is_real ? static_cast<std::size_t>(at.real) : static_cast<std::size_t>(at.integer));
    return optional ? some(value) : value;
  }
  return optional && of.kind == CellKind::null ? Cell::none() : Cell::error(ErrorCode::no_overload, index);
}

// cel-spec, langdef.md, "Logical Operators": one operand that decides makes errors of the others irrelevant.
Cell Machine::logic(const Step& step, bool is_or) {
  Cell error = Cell::of(!is_or);
  for (std::uint32_t i = 0; i < step.count; ++i) {
    const std::uint32_t at = operand(step, i);
    const Cell value = run(at);
    if (value.kind == CellKind::boolean) {
      if (value.boolean == is_or) return value;
    } else if (!error.is_error()) {
      error = value.is_error() ? value : Cell::error(ErrorCode::no_overload, at);
    }
  }
  return error;
}

Cell Machine::conditional(const Step& step, std::uint32_t index) {
  const Cell condition = run(operand(step, 0));
  if (condition.kind == CellKind::boolean) return run(operand(step, condition.boolean ? 1 : 2));
  return condition.is_error() ? condition : Cell::error(ErrorCode::no_overload, index);
}

Cell Machine::arithmetic(std::uint32_t index, const Step& step) {
  const Cell left = run(operand(step, 0));
  if (left.is_error()) return left;
  const bool unary = step.op == Op::negate;
  const Cell right = unary ? Cell::of(std::int64_t{0}) : run(operand(step, 1));
  if (right.is_error()) return right;
  if (!left.is_number() || !right.is_number()) {
    return step.op == Op::add ? add_other(index, left, right) : Cell::error(ErrorCode::no_overload, index);
  }
  const bool as_real = step.arithmetic == Arithmetic::real;
  const bool as_integer = step.arithmetic == Arithmetic::integer;
  Operand a = operand_of(left, as_real, as_integer);
  Operand b = operand_of(right, as_real, as_integer);
  if (!a.good || !b.good) return Cell::error(ErrorCode::overflow, index);
  if (unary && a.is_real) return Cell::of(-a.real);
  if (a.is_real || b.is_real) {
    const double x = a.is_real ? a.real : static_cast<double>(a.integer);
    const double y = b.is_real ? b.real : static_cast<double>(b.integer);
    switch (step.op) {
      case Op::add:
        return Cell::of(x + y);
      case Op::subtract:
        return Cell::of(x - y);
      case Op::multiply:
        return Cell::of(x * y);
      case Op::divide:
        return Cell::of(x / y);
      default:
        return Cell::error(ErrorCode::no_overload, index);
    }
  }
  std::int64_t result = 0;
  bool overflow = false;
  switch (step.op) {
    case Op::negate:
      overflow = __builtin_sub_overflow(std::int64_t{0}, a.integer, &result);
      break;
    case Op::add:
      overflow = __builtin_add_overflow(a.integer, b.integer, &result);
      break;
    case Op::subtract:
      overflow = __builtin_sub_overflow(a.integer, b.integer, &result);
      break;
    case Op::multiply:
      overflow = __builtin_mul_overflow(a.integer, b.integer, &result);
      break;
    default:
      if (b.integer == 0) return Cell::error(ErrorCode::divide_by_zero, index);
      if (b.integer == -1) {
        overflow = __builtin_sub_overflow(std::int64_t{0}, a.integer, &result);
        if (step.op == Op::modulo) result = 0;
      } else {
        result = step.op == Op::divide ? a.integer / b.integer : a.integer % b.integer;
      }
  }
  return overflow ? Cell::error(ErrorCode::overflow, index) : Cell::of(result);
}

Cell Machine::add_other(std::uint32_t index, const Cell& a, const Cell& b) {
  if (a.is_text() && b.is_text()) {
    const std::size_t size = std::size_t{a.size} + b.size;
    if (!spend(size)) return Cell::error(ErrorCode::budget, index);
    auto* out = static_cast<char*>(arena_.allocate(size + 1, 1));
    std::copy_n(a.characters, a.size, out);
    std::copy_n(b.characters, b.size, out + a.size);
    return Cell::of(std::string_view(out, size));
  }
  if (a.is_list() && b.is_list()) {
    const std::size_t size = std::size_t{a.size} + b.size;
    if (!spend_items(size)) return Cell::error(ErrorCode::budget, index);
    Cell* out = cells(size);
    for (std::size_t i = 0; i < a.size; ++i) out[i] = item(a, i);
    for (std::size_t i = 0; i < b.size; ++i) out[a.size + i] = item(b, i);
    return Cell::list(out, size);
  }
  return Cell::error(ErrorCode::no_overload, index);
}

Cell Machine::compare(std::uint32_t index, const Step& step) {
  const Cell a = run(operand(step, 0));
  if (a.is_error()) return a;
  const Cell b = run(operand(step, 1));
  if (b.is_error()) return b;
  std::partial_ordering order = std::partial_ordering::unordered;
  if (a.is_number() && b.is_number()) {
    if (!spend(std::size_t{a.size} + b.size)) return Cell::error(ErrorCode::budget, index);
    order = compare_numbers(a, b);
  } else if (a.is_text() && b.is_text()) {
    if (!spend(a.size)) return Cell::error(ErrorCode::budget, index);
    order = a.text().compare(b.text()) <=> 0;  // by bytes, which in UTF-8 is by code points
  } else if (a.kind == CellKind::boolean && b.kind == CellKind::boolean) {
    order = static_cast<int>(a.boolean) <=> static_cast<int>(b.boolean);
  } else {
    return Cell::error(ErrorCode::no_overload, index);
  }
  switch (step.op) {
    case Op::less:
      return Cell::of(order < 0);
    case Op::less_equal:
      return Cell::of(order <= 0);
    case Op::greater:
      return Cell::of(order > 0);
    default:
      return Cell::of(order >= 0);
  }
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
  return same < 0 ? Cell::error(ErrorCode::budget, step) : Cell::of(same > 0);
}

// 1: equal, 0: different, -1: out of budget.
int Machine::deep_equal(const Cell& a, const Cell& b, unsigned depth) {
  if (depth > value_depth_limit || !spend_items(1)) return -1;
  if (a.is_number() && b.is_number())
    return !spend(std::size_t{a.size} + b.size) ? -1 : compare_numbers(a, b) == 0 ? 1 : 0;
  if (a.is_text() && b.is_text()) {
    if (a.size != b.size) return 0;
    return !spend(a.size) ? -1 : a.text() == b.text() ? 1 : 0;
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
  if (a.kind == CellKind::boolean) return a.boolean == b.boolean ? 1 : 0;
  if (a.kind == CellKind::optional)
    return a.size != b.size ? 0 : a.size == 0 ? 1 : deep_equal(*a.cells, *b.cells, depth + 1);
  return 1;  // both null
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

Cell Machine::in(std::uint32_t index, const Step& step) {
  const Cell value = run(operand(step, 0));
  if (value.is_error()) return value;
  const Cell container = run(operand(step, 1));
  if (container.is_error()) return container;
  if (container.is_map()) {
    if (!spend_items(container.size / 8)) return Cell::error(ErrorCode::budget, index);
    Cell ignored;
    return Cell::of(member_of(container, value, ignored));
  }
  if (!container.is_list()) return Cell::error(ErrorCode::no_overload, index);
  constexpr std::uint32_t short_bytes = 64;
  if (value.is_text() && value.size <= short_bytes && container.kind == CellKind::list) {
    if (!spend_items(container.size / 8)) return Cell::error(ErrorCode::budget, index);
    for (std::uint32_t i = 0; i < container.size; ++i) {
      const Cell& candidate = container.cells[i];
      if (candidate.is_text() && candidate.text() == value.text()) return Cell::of(true);
    }
    return Cell::of(false);
  }
  for (std::uint32_t i = 0; i < container.size; ++i) {
    const int same = deep_equal(value, item(container, i), 0);
    if (same < 0) return Cell::error(ErrorCode::budget, index);
    if (same > 0) return Cell::of(true);
  }
  return Cell::of(false);
}

Cell Machine::make_list(const Step& step, std::uint32_t index) {
  Cell* out = cells(step.count);
  std::size_t size = 0;
  for (std::uint32_t i = 0; i < step.count; ++i) {
    Cell value = run(operand(step, i));
    if (value.is_error()) return value;
    if (step.flagged && program_.optional_items[step.first + i]) {
      if (value.kind != CellKind::optional) return Cell::error(ErrorCode::no_overload, index);
      if (value.size == 0) continue;
      value = *value.cells;
    }
    out[size++] = value;
  }
  return Cell::list(out, size);
}

Cell Machine::make_map(const Step& step, std::uint32_t index) {
  auto* out = static_cast<Entry*>(arena_.allocate(step.count / 2 * sizeof(Entry), alignof(Entry)));
  std::size_t size = 0;
  for (std::uint32_t i = 0; i + 1 < step.count; i += 2) {
    const Cell key = run(operand(step, i));
    if (key.is_error()) return key;
    if (!key.is_text() && !key.is_number() && key.kind != CellKind::boolean)
      return Cell::error(ErrorCode::no_overload, index);
    Cell value = run(operand(step, i + 1));
    if (value.is_error()) return value;
    if (step.flagged && program_.optional_items[step.first + i]) {
      if (value.kind != CellKind::optional) return Cell::error(ErrorCode::no_overload, index);
      if (value.size == 0) continue;
      value = *value.cells;
    }
    if (!spend_items(size / 8)) return Cell::error(ErrorCode::budget, index);
    if (find(Cell::map(out, size), key) != nullptr) return Cell::error(ErrorCode::bad_argument, index);
    out[size++] = {key, value};
  }
  return Cell::map(out, size);
}

Cell Machine::call(std::uint32_t index, const Step& step) {
  constexpr std::uint32_t limit = 4;
  Cell arguments[limit];
  for (std::uint32_t i = 0; i < step.count && i < limit; ++i) {
    arguments[i] = run(operand(step, i));
    if (arguments[i].is_error()) return arguments[i];
  }
  return step.function(*this, index, arguments, step.count);
}

Cell Machine::matches(std::uint32_t index, const Step& step) {
  const Cell value = run(operand(step, 0));
  if (value.is_error()) return value;
  if (!value.is_text()) return Cell::error(ErrorCode::no_overload, index);
  if (!spend(std::size_t{value.size} * 4)) return Cell::error(ErrorCode::budget, index);
  return Cell::of(RE2::PartialMatch({value.characters, value.size}, *program_.patterns[step.a]));
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
  } else {
    return Cell::error(ErrorCode::no_overload, index);
  }
  const CodeTable& table = *program_.tables[step.a];
  if (const auto row = table.rows.find(name); row != table.rows.end()) return text(row->second, index);
  return table.otherwise ? text(*table.otherwise, index) : Cell::error(ErrorCode::no_such_key, index);
}

Cell Machine::comprehension(std::uint32_t index, const Step& step) {
  const Cell range = run(operand(step, 0));
  if (range.is_error()) return range;
  const bool is_map = range.is_map();
  if (!is_map && !range.is_list()) return Cell::error(ErrorCode::no_overload, index);
  const bool collects = step.macro == Macro::map || step.macro == Macro::filter;
  Cell* collected = collects ? cells(range.size) : nullptr;
  Entry* entries = nullptr;
  if (step.macro == Macro::transform_map) {
    entries = static_cast<Entry*>(arena_.allocate(range.size * sizeof(Entry), alignof(Entry)));
  }
  std::size_t size = 0;
  Cell pending = Cell::null();  // an error that a later item may absorb
  for (std::uint32_t i = 0; i < range.size; ++i) {
    if (++steps_ > step_budget) return Cell::error(ErrorCode::budget, index);
    const Entry here = is_map ? entry(range, i) : Entry{Cell::of(std::int64_t{i}), item(range, i)};
    locals_[step.a] = step.flagged || is_map ? here.key : here.value;
    if (step.flagged) locals_[step.a + 1] = here.value;
    const Cell variable = locals_[step.a];
    if (step.count == 3) {  // a filter stands before the transformation
      const Cell wanted = run(operand(step, 1));
      if (wanted.is_error()) return wanted;
      if (wanted.kind != CellKind::boolean) return Cell::error(ErrorCode::no_overload, index);
      if (!wanted.boolean) continue;
    }
    const Cell value = run(operand(step, step.count - 1));
    const bool tests = step.macro != Macro::map && step.macro != Macro::transform_map;
    const bool wrong = value.is_error() || (tests && value.kind != CellKind::boolean);
    const Cell error = value.is_error() ? value : Cell::error(ErrorCode::no_overload, index);
    if (wrong && step.macro != Macro::all && step.macro != Macro::exists) return error;
    switch (step.macro) {
      case Macro::all:
        if (value.is_false()) return value;
        if (wrong && !pending.is_error()) pending = error;
        break;
      case Macro::exists:
        if (value.is_true()) return value;
        if (wrong && !pending.is_error()) pending = error;
        break;
      case Macro::exists_one:
        size += value.boolean ? 1 : 0;
        break;
      case Macro::map:
        collected[size++] = value;
        break;
      case Macro::filter:
        if (value.boolean) collected[size++] = variable;
        break;
      case Macro::transform_map:
        entries[size++] = {here.key, value};
        break;
    }
  }
  if (pending.is_error()) return pending;
  if (collects) return Cell::list(collected, size);
  if (step.macro == Macro::transform_map) return Cell::map(entries, size);
  return Cell::of(step.macro == Macro::exists_one ? size == 1 : step.macro == Macro::all);
}

Cell Machine::optional(std::uint32_t index, const Step& step) {
  if (step.op == Op::none) return Cell::none();
  const Cell of = run(operand(step, 0));
  if (of.is_error()) return of;
  if (step.op == Op::some) return some(of);
  if (of.kind != CellKind::optional) return Cell::error(ErrorCode::no_overload, index);
  switch (step.op) {
    case Op::has_value:
      return Cell::of(of.size == 1);
    case Op::or_value:
      return of.size == 1 ? *of.cells : run(operand(step, 1));
    case Op::or_else:
      return of.size == 1 ? of : run(operand(step, 1));
    default:
      return of.size == 1 ? *of.cells : Cell::error(ErrorCode::no_such_field, index);
  }
}

Cell Machine::item(const Cell& list, std::size_t index) {
  return list.kind == CellKind::list ? list.cells[index] : Cell::of(list.values[index]);
}

Entry Machine::entry(const Cell& map, std::size_t index) {
  if (map.kind == CellKind::map) return map.entries[index];
  const json::Member& member = map.members[index];
  return {Cell::of(member.name), Cell::of(member.value)};
}

Cell Machine::text(std::string_view text, std::uint32_t step) {
  if (!spend(text.size())) return Cell::error(ErrorCode::budget, step);
  return Cell::of(arena_.copy(text));
}

std::expected<json::Value, Cell> Machine::to_json(const Cell& cell, std::uint32_t step, unsigned depth) {
  if (depth > value_depth_limit || !spend_items(1)) return std::unexpected(Cell::error(ErrorCode::budget, step));
  switch (cell.kind) {
    case CellKind::null:
      return json::Value{};
    case CellKind::boolean:
      return json::Value::make_boolean(cell.boolean);
    case CellKind::integer:
      return arena_.integer(cell.integer);
    case CellKind::real: {
      char buffer[40];
      const auto text = shortest(cell.real, buffer);
      if (!text) return std::unexpected(Cell::error(ErrorCode::bad_argument, step));
      return arena_.number(*text);
    }
    case CellKind::number:
      return json::Value::view_number(cell.text());
    case CellKind::text:
      return json::Value::view_string(cell.constant ? arena_.copy(cell.text()) : cell.text());
    case CellKind::json_list:
      return json::Value::view_array({cell.values, cell.size});
    case CellKind::json_map:
      return json::Value::view_object({cell.members, cell.size});
    case CellKind::list: {
      auto* items = static_cast<json::Value*>(arena_.allocate(cell.size * sizeof(json::Value), alignof(json::Value)));
      for (std::uint32_t i = 0; i < cell.size; ++i) {
        auto value = to_json(cell.cells[i], step, depth + 1);
        if (!value) return value;
        items[i] = *value;
      }
      return json::Value::view_array({items, cell.size});
    }
    case CellKind::map: {
      auto* members =
          static_cast<json::Member*>(arena_.allocate(cell.size * sizeof(json::Member), alignof(json::Member)));
      for (std::uint32_t i = 0; i < cell.size; ++i) {
        const Entry& here = cell.entries[i];
        if (!here.key.is_text()) return std::unexpected(Cell::error(ErrorCode::no_overload, step));
        auto value = to_json(here.value, step, depth + 1);
        if (!value) return value;
        members[i] = json::Member{here.key.constant ? arena_.copy(here.key.text()) : here.key.text(), *value};
      }
      return json::Value::view_object({members, cell.size});
    }
    case CellKind::optional:
    case CellKind::error:
      break;
  }
  return std::unexpected(Cell::error(ErrorCode::no_overload, step));
}

EvaluationError Machine::describe(Cell error) const {
  if (exhausted()) error.code = ErrorCode::budget;
  constexpr std::array<std::string_view, 7> codes = {"no_such_field", "no_such_key", "overflow", "divide_by_zero",
                                                     "bad_argument",  "no_overload", "budget"};
  const Step& step = program_.steps[error.size];
  const std::string_view source = program_.source;
  const std::size_t position = count_characters(source.substr(0, step.range.begin)) + 1;
  std::string_view what = source.substr(step.range.begin, step.range.end - step.range.begin);
  // Long expressions are cut, at a character's border.
  constexpr std::size_t shown_bytes = 60;
  std::size_t shown = std::min(what.size(), shown_bytes);
  while (shown < what.size() && shown > 0 && (static_cast<unsigned char>(what[shown]) & 0xC0) == 0x80) --shown;
  std::string message;
  switch (error.code) {
    case ErrorCode::no_such_field:
      message = "there is no such field or value";
      break;
    case ErrorCode::no_such_key:
      message = fmt::format("the code table \"{}\" has no row for this key", program_.tables[step.a]->name);
      break;
    case ErrorCode::overflow:
      message = "the number is beyond 64 bits";
      break;
    case ErrorCode::divide_by_zero:
      message = "division by zero";
      break;
    case ErrorCode::bad_argument:
      message = "a value does not fit what is asked of it";
      break;
    case ErrorCode::no_overload:
      message = "a value has a type that does not fit here";
      break;
    case ErrorCode::budget:
      message = "the expression needs more steps than it may take";
      break;
  }
  message += fmt::format(": {}{} (character {} of the expression)", what.substr(0, shown),
                         shown < what.size() ? "..." : "", position);
  return {std::string(codes[static_cast<std::size_t>(error.code)]), std::move(message)};
}

}  // namespace simpul::cel
