#include "bus/expression/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "bus/expression/numbers.h"
#include "bus/expression/times.h"

namespace simpul::cel {

namespace {

constexpr std::size_t pattern_steps = 1000;  // what compiling one costs

template <class Word>
bool same_words(const char* a, const char* b, std::size_t last) {
  Word x, y, u, v;
  std::memcpy(&x, a, sizeof x);
  std::memcpy(&y, b, sizeof y);
  std::memcpy(&u, a + last, sizeof u);
  std::memcpy(&v, b + last, sizeof v);
  return ((x ^ y) | (u ^ v)) == 0;
}

[[gnu::always_inline]] inline bool same_bytes(const char* a, const char* b, std::size_t size) {
  if (size > 16) return std::memcmp(a, b, size) == 0;
  if (size >= 8) return same_words<std::uint64_t>(a, b, size - 8);
  if (size >= 4) return same_words<std::uint32_t>(a, b, size - 4);
  return size == 0 || (a[0] == b[0] && a[size / 2] == b[size / 2] && a[size - 1] == b[size - 1]);
}

[[gnu::always_inline]] inline bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && same_bytes(a.data(), b.data(), a.size());
}

// What comparing reads of it.
std::size_t bytes_of(const Cell& cell) {
  return cell.is_text() || cell.kind == CellKind::bytes || cell.kind == CellKind::number ? cell.size : 0;
}

// The value of a comparison that came out as `order`.
Cell relation(Op op, std::partial_ordering order) {
  switch (op) {
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

}  // namespace

bool same_text(std::string_view a, std::string_view b) {
  return same(a, b);
}

bool find_text(const Cell& ordered, std::string_view text) {
  constexpr std::uint32_t few = 8;
  const Cell* first = ordered.cells;
  const Cell* last = first + ordered.size;
  if (ordered.size > few) {
    first = std::lower_bound(first, last, text, [](const Cell& cell, std::string_view wanted) {
      return cell.size != wanted.size() ? cell.size < wanted.size() : cell.text() < wanted;
    });
    return first != last && same(first->text(), text);
  }
  for (; first != last; ++first) {
    if (same(first->text(), text)) return true;
  }
  return false;
}

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
      return is_text(step);
    case Op::is_in_texts:
      return is_in_texts(step);
    case Op::starts_with:
      return starts_with(index, step);
    case Op::compare_integer:
      return compare_integer(index, step);
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
    case Op::logical_not: {
      const Cell value = run(operand(step, 0));
      if (value.kind == CellKind::boolean) return Cell::of(!value.boolean);
      return value.is_error() ? value : Cell::error(ErrorCode::no_overload, index);
    }
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
  return Cell::error(ErrorCode::no_overload, index);
}

Cell Machine::variable(std::uint32_t slot, std::uint32_t step) const {
  if (cells_ != nullptr) return cells_[slot].is_error() ? Cell::error(ErrorCode::no_such_field, step) : cells_[slot];
  const json::Value* value = slots_[slot];
  return value != nullptr ? Cell::of(*value) : Cell::error(ErrorCode::no_such_field, step);
}

[[gnu::always_inline]] inline const json::Value* Machine::find(const json::Member* members, std::size_t size,
                                                               std::string_view name, std::uint32_t hint) {
  const std::uint32_t guess = program_.hints[hint].load(std::memory_order_relaxed);
  if (guess < size && same(members[guess].name, name)) return &members[guess].value;
  steps_ += size / 32;  // a search of members is cheap, not free
  for (std::uint32_t i = 0; i < size; ++i) {
    if (!same(members[i].name, name)) continue;
    program_.hints[hint].store(i, std::memory_order_relaxed);
    return &members[i].value;
  }
  return nullptr;
}

bool Machine::find(const Cell& map, std::string_view name, std::uint32_t hint, Cell& value) {
  if (map.kind == CellKind::map) {
    steps_ += map.size / 32;
    return member_of(map, Cell::of(name), value);
  }
  const json::Value* found = find(map.members, map.size, name, hint);
  if (found == nullptr) return false;
  value = Cell::of(*found);
  return true;
}

// Down the step's names; null, and the error, where there is nothing.
inline const json::Value* Machine::walk(const json::Value* value, const Step& step, std::uint32_t index, Cell& error) {
  if (value == nullptr) {
    error = Cell::error(ErrorCode::no_such_field, index);
    return nullptr;
  }
  const std::uint32_t last = step.first + step.count;
  for (std::uint32_t i = step.first; i < last; ++i) {
    const bool is_object = value->is_object();
    value = is_object ? find(value->members().data(), value->size(), program_.names[i], i) : nullptr;
    if (value != nullptr) continue;
    error = Cell::error(is_object ? ErrorCode::no_such_field : ErrorCode::no_overload, index);
    return nullptr;
  }
  return value;
}

Cell Machine::path(std::uint32_t index, const Step& step) {
  if (cells_ != nullptr) [[unlikely]]
    return path_from(variable(step.a, index), index, step, step.count);
  Cell error;
  const json::Value* value = walk(slots_[step.a], step, index, error);
  return value != nullptr ? Cell::of(*value) : error;
}

// The same from any value.
Cell Machine::path_from(Cell value, std::uint32_t index, const Step& step, std::uint32_t count) {
  for (std::uint32_t i = step.first; i < step.first + count; ++i) {
    if (value.is_error()) return value;
    bool optional = false;
    if (value.kind == CellKind::optional) {
      if (value.size == 0) return value;
      value = *value.cells;
      optional = true;
    }
    if (!value.is_map()) return Cell::error(ErrorCode::no_overload, index);
    Cell member;
    if (!find(value, program_.names[i], i, member))
      return optional ? Cell::none() : Cell::error(ErrorCode::no_such_field, index);
    value = optional ? some(member, index) : member;
  }
  return value;
}

Cell Machine::has_path(std::uint32_t index, const Step& step) {
  if (cells_ != nullptr) [[unlikely]]
    return has_path_from(variable(step.a, index), index, step);
  const json::Value* value = slots_[step.a];
  if (value == nullptr) return Cell::error(ErrorCode::no_such_field, index);
  const std::uint32_t last = step.first + step.count - 1;
  for (std::uint32_t i = step.first;; ++i) {
    if (!value->is_object())
      return i == last && value->is_null() ? Cell::of(false) : Cell::error(ErrorCode::no_overload, index);
    value = find(value->members().data(), value->size(), program_.names[i], i);
    if (i == last) return Cell::of(value != nullptr);
    if (value == nullptr) return Cell::error(ErrorCode::no_such_field, index);
  }
}

Cell Machine::has_path_from(Cell value, std::uint32_t index, const Step& step) {
  value = path_from(value, index, step, step.count - 1);
  if (value.is_error()) return value;
  if (value.kind == CellKind::optional) {
    if (value.size == 0) return Cell::of(false);
    value = *value.cells;
  }
  if (value.kind == CellKind::null) return Cell::of(false);
  if (!value.is_map()) return Cell::error(ErrorCode::no_overload, index);
  const std::uint32_t last = step.first + step.count - 1;
  Cell ignored;
  return Cell::of(find(value, program_.names[last], last, ignored));
}

// cel-spec, langdef.md, "Logical Operators": one operand that decides makes errors of the others irrelevant.
Cell Machine::logic(const Step& step, bool is_or) {
  Cell error = Cell::of(!is_or);
  const std::uint32_t* at = program_.operands.data() + step.first;
  for (const std::uint32_t* const end = at + step.count; at != end; ++at) {
    const Cell value = run(*at);
    if (value.kind == CellKind::boolean) {
      if (value.boolean == is_or) return value;
    } else if (!error.is_error()) {
      error = value.is_error() ? value : Cell::error(ErrorCode::no_overload, *at);
    }
  }
  return error;
}

Cell Machine::conditional(std::uint32_t index, const Step& step) {
  const Cell condition = run(operand(step, 0));
  if (condition.kind == CellKind::boolean) return run(operand(step, condition.boolean ? 1 : 2));
  return condition.is_error() ? condition : Cell::error(ErrorCode::no_overload, index);
}

// Errors are those of the step that was fused into this one.
inline const json::Value* Machine::fused_value(const Step& step, Cell& other) {
  if (step.source == Source::slot) return walk(slots_[step.a], step, step.hint, other);
  if (step.source == Source::step) {
    other = run(step.first);
    return nullptr;
  }
  const Cell& local = locals_[step.a];
  if (step.count == 1 && local.kind == CellKind::json_map) {
    const json::Value* found = find(local.members, local.size, program_.names[step.first], step.first);
    if (found == nullptr) other = Cell::error(ErrorCode::no_such_field, step.hint);
    return found;
  }
  other = path_from(local, step.hint, step, step.count);
  return nullptr;
}

Cell Machine::is_text(const Step& step) {
  Cell other;
  bool found = false;
  if (const json::Value* value = fused_value(step, other)) {
    found = value->is_string() && same(value->text(), step.constant.text());
  } else {
    if (other.is_error()) return other;
    found = other.is_text() && same(other.text(), step.constant.text());
  }
  return Cell::of(found == (step.relation == Op::equal));
}

Cell Machine::is_in_texts(const Step& step) {
  Cell other;
  if (const json::Value* value = fused_value(step, other))
    return Cell::of(value->is_string() && find_text(step.constant, value->text()));
  return other.is_error() ? other : Cell::of(other.is_text() && find_text(step.constant, other.text()));
}

Cell Machine::starts_with(std::uint32_t index, const Step& step) {
  Cell value;
  if (const json::Value* found = fused_value(step, value)) value = Cell::of(*found);
  if (!value.is_text()) return value.is_error() ? value : Cell::error(ErrorCode::no_overload, index);
  const std::string_view start = step.constant.text();
  return Cell::of(value.size >= start.size() && same_bytes(value.characters, start.data(), start.size()));
}

Cell Machine::compare_integer(std::uint32_t index, const Step& step) {
  Cell value;
  if (const json::Value* found = fused_value(step, value)) value = Cell::of(*found);
  if (value.is_error()) return value;
  if (value.is_number()) {
    if (!spend(bytes_of(value))) return Cell::error(ErrorCode::budget, index);
    return relation(step.relation, compare_numbers(value, step.constant));
  }
  if (step.relation == Op::equal || step.relation == Op::not_equal) return Cell::of(step.relation == Op::not_equal);
  return Cell::error(ErrorCode::no_overload, index);
}

Cell Machine::compare(std::uint32_t index, const Step& step) {
  const Cell a = run(operand(step, 0));
  if (a.is_error()) return a;
  const Cell b = run(operand(step, 1));
  if (b.is_error()) return b;
  if (!spend(bytes_of(a) + bytes_of(b))) return Cell::error(ErrorCode::budget, index);
  const auto ordered = order(a, b);
  return ordered ? relation(step.op, *ordered) : Cell::error(ErrorCode::no_overload, index);
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
