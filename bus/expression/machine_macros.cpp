// Macros: loops over lists and maps, and values under a name.
#include <algorithm>

#include "bus/expression/machine.h"

namespace simpul::cel {

namespace {

Cell spent(std::uint32_t step) {
  return Cell::error(ErrorCode::budget, step);
}
Cell boolean_or_error(const Cell& value, std::uint32_t step) {
  if (value.kind == CellKind::boolean || value.is_error()) return value;
  return Cell::error(ErrorCode::no_overload, step);
}

}  // namespace

Cell Machine::comprehension(std::uint32_t index, const Step& step) {
  const Cell range = run(operand(step, 0));
  if (range.is_error()) return range;
  if (!range.is_map() && !range.is_list()) return Cell::error(ErrorCode::no_overload, index);
  switch (step.macro) {
    case Macro::all:
    case Macro::exists:
    case Macro::exists_one:
      return quantifier(index, step, range);
    case Macro::map:
    case Macro::filter:
      return collect_list(index, step, range);
    case Macro::transform_map:
    case Macro::transform_map_entry:
      return collect_map(index, step, range);
    case Macro::sort_by:
      return sort_by(index, step, range);
  }
  return Cell::error(ErrorCode::no_overload, index);
}

// Puts an item, or a key and its value, into the macro's variables. One variable stands on items of lists and on keys
// of maps; two on index and item, key and value.
inline void Machine::stand_on(const Step& step, const Cell& range, std::uint32_t at) {
  ++steps_;
  if (!step.flagged && range.is_list()) [[likely]] {
    locals_[step.a] = item(range, at);
    return;
  }
  const Entry here = range.is_map() ? entry(range, at) : Entry{Cell::of(std::int64_t{at}), item(range, at)};
  locals_[step.a] = here.key;
  if (step.flagged) locals_[step.a + 1] = here.value;
}

// The filter that may stand before a transformation: true without one.
Cell Machine::wanted(std::uint32_t index, const Step& step) {
  return step.count == 3 ? boolean_or_error(run(operand(step, 1)), index) : Cell::of(true);
}

// langdef.md, "Macros": all and exists are && and || over the items, so that one item which decides makes errors of
// the others irrelevant; exists_one wants all of them.
Cell Machine::quantifier(std::uint32_t index, const Step& step, const Cell& range) {
  std::uint32_t found = 0;
  Cell pending = Cell::null();
  const std::uint32_t body = operand(step, step.count - 1);
  std::uint32_t passed = 0;
  if (range.kind == CellKind::json_list) {
    bool decided = false;
    passed = pass(step, {range.values, range.size}, decided);
    if (decided) return Cell::of(step.macro == Macro::exists);
  }
  for (std::uint32_t i = passed; i < range.size; ++i) {
    stand_on(step, range, i);
    const Cell value = boolean_or_error(run(body), index);
    if (exhausted()) return spent(index);
    if (value.is_error()) {
      if (step.macro == Macro::exists_one) return value;
      if (!pending.is_error()) pending = value;
    } else if (step.macro == Macro::exists_one) {
      found += value.boolean ? 1 : 0;
    } else if (value.boolean == (step.macro == Macro::exists)) {
      return value;
    }
  }
  if (pending.is_error()) return pending;
  return Cell::of(step.macro == Macro::exists_one ? found == 1 : step.macro == Macro::all);
}

Cell Machine::collect_list(std::uint32_t index, const Step& step, const Cell& range) {
  Cell* out = cells(range.size);
  if (out == nullptr) return spent(index);
  std::size_t size = 0;
  const std::uint32_t body = operand(step, step.count - 1);
  for (std::uint32_t i = 0; i < range.size; ++i) {
    stand_on(step, range, i);
    const Cell keep = wanted(index, step);
    if (keep.is_error()) return keep;
    if (!keep.boolean) continue;
    const Cell value = run(body);
    if (exhausted()) return spent(index);
    if (value.is_error()) return value;
    if (step.macro == Macro::map) {
      out[size++] = value;
    } else {
      if (value.kind != CellKind::boolean) return Cell::error(ErrorCode::no_overload, index);
      if (value.boolean) out[size++] = locals_[step.a];
    }
  }
  return Cell::list(out, size);
}

// transformMap keeps the keys (the indices, of a list); transformMapEntry takes them from the maps its body makes.
Cell Machine::collect_map(std::uint32_t index, const Step& step, const Cell& range) {
  Entry* out = entries(range.size);
  if (out == nullptr) return spent(index);
  std::size_t size = 0, capacity = range.size;
  const std::uint32_t body = operand(step, step.count - 1);
  for (std::uint32_t i = 0; i < range.size; ++i) {
    stand_on(step, range, i);
    const Cell keep = wanted(index, step);
    if (keep.is_error()) return keep;
    if (!keep.boolean) continue;
    const Cell value = run(body);
    if (exhausted()) return spent(index);
    if (value.is_error()) return value;
    if (step.macro == Macro::transform_map) {
      out[size++] = {locals_[step.a], value};
      continue;
    }
    if (!value.is_map()) return Cell::error(ErrorCode::no_overload, index);
    if (size + value.size > capacity) {
      capacity = 2 * (size + value.size);
      Entry* larger = entries(capacity);
      if (larger == nullptr) return spent(index);
      std::copy_n(out, size, larger);
      out = larger;
    }
    for (std::uint32_t j = 0; j < value.size; ++j) {
      const Entry made = entry(value, j);
      Cell ignored;
      if (!spend_items(1 + size / 8)) return spent(index);
      if (member_of(Cell::map(out, size), made.key, ignored)) return Cell::error(ErrorCode::bad_argument, index);
      out[size++] = made;
    }
  }
  return Cell::map(out, size);
}

// The list in the order of the keys that the body makes, equal ones as they stood.
Cell Machine::sort_by(std::uint32_t index, const Step& step, const Cell& range) {
  if (!range.is_list()) return Cell::error(ErrorCode::no_overload, index);
  Entry* keyed = entries(range.size);
  Cell* out = cells(range.size);
  if (keyed == nullptr || out == nullptr) return spent(index);
  const std::uint32_t body = operand(step, step.count - 1);
  std::size_t bytes = 0;  // that a comparison may look at
  for (std::uint32_t i = 0; i < range.size; ++i) {
    stand_on(step, range, i);
    const Cell key = run(body);
    if (exhausted()) return spent(index);
    if (key.is_error()) return key;
    const auto ordered = order(i == 0 ? key : keyed[0].key, key);
    if (!ordered || *ordered == std::partial_ordering::unordered) {
      return Cell::error(!ordered ? ErrorCode::no_overload : ErrorCode::bad_argument, index);
    }
    if (key.is_text() || key.kind == CellKind::bytes || key.kind == CellKind::number) bytes += key.size;
    keyed[i] = {key, locals_[step.a]};
  }
  std::size_t rounds = 1;
  for (std::uint32_t left = range.size; left > 1; left /= 2) ++rounds;
  if (!spend_items(range.size * rounds) || !spend(bytes * rounds)) return spent(index);
  std::stable_sort(keyed, keyed + range.size,
                   [](const Entry& a, const Entry& b) { return order(a.key, b.key) == std::partial_ordering::less; });
  for (std::uint32_t i = 0; i < range.size; ++i) out[i] = keyed[i].value;
  return Cell::list(out, range.size);
}

// cel.bind: an error of the value counts only where the name is used.
Cell Machine::with_local(const Step& step) {
  locals_[step.a] = run(operand(step, 0));
  return run(operand(step, 1));
}

Cell Machine::block(const Step& step) {
  for (std::uint32_t i = 0; i + 1 < step.count; ++i) locals_[step.a + i] = run(operand(step, i));
  return run(operand(step, step.count - 1));
}

}  // namespace simpul::cel
