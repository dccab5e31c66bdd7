// The list and set extensions (cel-go, ext/lists.go, ext/sets.go), and what optionals and lists have in common.
#include <bit>
#include <cmath>
#include <functional>
#include <unordered_map>
#include <vector>

#include "bus/expression/function_arguments.h"
#include "bus/expression/functions.h"

namespace simpul::cel {

namespace {

Cell list_of(Machine& machine, std::uint32_t step, const std::vector<Cell>& items) {
  Cell* cells = machine.cells(items.size());
  if (cells == nullptr) return spent(step);
  std::ranges::copy(items, cells);
  return Cell::list(cells, items.size());
}

Cell slice(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  const Cell& list = arguments[0];
  const auto from = integer_argument(arguments[1]), to = integer_argument(arguments[2]);
  if (!list.is_list() || !from || !to) return wrong(step);
  if (*from < 0 || *to < *from || *to > std::int64_t{list.size}) return bad(step);
  const auto size = static_cast<std::size_t>(*to - *from);
  Cell* cells = machine.spend_items(size) ? machine.cells(size) : nullptr;
  if (cells == nullptr) return spent(step);
  for (std::size_t i = 0; i < size; ++i) cells[i] = Machine::item(list, static_cast<std::size_t>(*from) + i);
  return Cell::list(cells, size);
}

// False when the budget is spent. The recursion is as deep as the value at most, which is bounded.
bool flatten_into(Machine& machine, const Cell& list, std::int64_t depth, std::vector<Cell>& out) {
  for (std::size_t i = 0; i < list.size; ++i) {
    const Cell item = Machine::item(list, i);
    if (!machine.spend_items(1)) return false;
    if (item.is_list() && depth > 0) {
      if (!flatten_into(machine, item, depth - 1, out)) return false;
    } else {
      out.push_back(item);
    }
  }
  return true;
}

Cell flatten(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t count) {
  const auto depth = count > 1 ? integer_argument(arguments[1]) : std::optional<std::int64_t>(1);
  if (!arguments[0].is_list() || !depth) return wrong(step);
  if (*depth < 0) return bad(step);
  std::vector<Cell> out;
  return flatten_into(machine, arguments[0], *depth, out) ? list_of(machine, step, out) : spent(step);
}

Cell range(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  const auto size = integer_argument(arguments[0]);
  if (!size) return wrong(step);
  if (*size < 0) return bad(step);
  if (*size > step_budget || !machine.spend_items(static_cast<std::size_t>(*size))) return spent(step);
  Cell* cells = machine.cells(static_cast<std::size_t>(*size));
  if (cells == nullptr) return spent(step);
  for (std::int64_t i = 0; i < *size; ++i) cells[i] = Cell::of(i);
  return Cell::list(cells, static_cast<std::size_t>(*size));
}

Cell first(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_list()) return wrong(step);
  return arguments[0].size == 0 ? Cell::none() : machine.some(Machine::item(arguments[0], 0), step);
}

Cell last(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_list()) return wrong(step);
  return arguments[0].size == 0 ? Cell::none() : machine.some(Machine::item(arguments[0], arguments[0].size - 1), step);
}

// The order of CEL for values that have one with each other. What sorting will read is paid before it begins.
Cell sort(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_list()) return wrong(step);
  const std::size_t size = arguments[0].size, rounds = static_cast<std::size_t>(std::bit_width(size));
  if (!machine.spend_items(size * rounds)) return spent(step);
  std::vector<Cell> items;
  for (std::size_t i = 0; i < size; ++i) {
    const Cell item = items.emplace_back(Machine::item(arguments[0], i));
    const bool has_bytes = item.is_text() || item.kind == CellKind::bytes || item.kind == CellKind::number;
    if (has_bytes && !machine.spend(item.size * rounds)) return spent(step);
    const auto order = Machine::order(items[0], item);
    if (!order) return wrong(step);
    if (*order == std::partial_ordering::unordered) return bad(step);  // a NaN has no place among numbers
  }
  std::ranges::stable_sort(items, [](const Cell& a, const Cell& b) {
    return Machine::order(a, b).value_or(std::partial_ordering::equivalent) < 0;
  });
  return list_of(machine, step, items);
}

// Cells that may be equal, found by a hash. Equal numbers have one hash whatever their kind: that of their double.
class CellSet {
 public:
  CellSet(Machine& machine, std::uint32_t step) : machine_(machine), step_(step) {}

  // Whether it is there; an error when the budget is spent.
  Cell contains(const Cell& cell) {
    if (!machine_.spend_items(1) || !machine_.spend(bytes_of(cell))) return spent(step_);
    const auto [begin, end] = cells_.equal_range(hash(cell));
    for (auto at = begin; at != end; ++at) {
      const Cell same = machine_.equal(at->second, cell, step_);
      if (same.is_error() || same.boolean) return same;
    }
    return Cell::of(false);
  }
  void add(const Cell& cell) { cells_.emplace(hash(cell), cell); }

 private:
  static std::size_t bytes_of(const Cell& cell) {
    return cell.is_text() || cell.kind == CellKind::bytes || cell.kind == CellKind::number ? cell.size : 0;
  }
  static std::size_t hash(const Cell& cell) {
    if (cell.is_text() || cell.kind == CellKind::bytes) return std::hash<std::string_view>()(cell.text());
    if (cell.is_number()) return std::hash<double>()(real_of(cell) + 0.0);
    return static_cast<std::size_t>(cell.is_list() ? CellKind::list : cell.is_map() ? CellKind::map : cell.kind);
  }

  Machine& machine_;
  std::uint32_t step_;
  std::unordered_multimap<std::size_t, Cell> cells_;
};

Cell distinct(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_list()) return wrong(step);
  CellSet seen(machine, step);
  std::vector<Cell> out;
  for (std::size_t i = 0; i < arguments[0].size; ++i) {
    const Cell item = Machine::item(arguments[0], i), known = seen.contains(item);
    if (known.is_error()) return known;
    if (known.boolean) continue;
    seen.add(item);
    out.push_back(item);
  }
  return list_of(machine, step, out);
}

// Whether all items of `part` are in `whole`, or one of them with `any`.
Cell items_in(Machine& machine, std::uint32_t step, const Cell& whole, const Cell& part, bool any) {
  if (!whole.is_list() || !part.is_list()) return wrong(step);
  CellSet set(machine, step);
  if (!machine.spend_items(whole.size)) return spent(step);
  for (std::size_t i = 0; i < whole.size; ++i) {
    const Cell item = Machine::item(whole, i);
    if (item.is_text() && !machine.spend(item.size)) return spent(step);
    set.add(item);
  }
  for (std::size_t i = 0; i < part.size; ++i) {
    const Cell known = set.contains(Machine::item(part, i));
    if (known.is_error() || known.boolean == any) return known;
  }
  return Cell::of(!any);
}

Cell sets_contains(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  return items_in(machine, step, arguments[0], arguments[1], false);
}
Cell sets_intersects(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  return items_in(machine, step, arguments[0], arguments[1], true);
}
Cell sets_equivalent(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  const Cell one = items_in(machine, step, arguments[0], arguments[1], false);
  return one.is_error() || !one.boolean ? one : items_in(machine, step, arguments[1], arguments[0], false);
}

Cell unwrap(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_list()) return wrong(step);
  std::vector<Cell> out;
  for (std::size_t i = 0; i < arguments[0].size; ++i) {
    const Cell item = Machine::item(arguments[0], i);
    if (!machine.spend_items(1)) return spent(step);
    if (item.kind != CellKind::optional) return wrong(step);
    if (item.size == 1) out.push_back(*item.cells);
  }
  return list_of(machine, step, out);
}

}  // namespace

void add_list_functions(FunctionTable& table) {
  table.area("lists and maps");
  table.add("slice", {{"list_slice", "list(A).slice(int, int) -> list(A)"}}, slice,
            "The items from a position up to another, from 0.", "[1, 2, 3, 4].slice(1, 3)", "[2,3]");
  table.add("flatten",
            {{"list_flatten", "list(list(A)).flatten() -> list(A)"},
             {"list_flatten_int", "list(dyn).flatten(int) -> list(dyn)"}},
            flatten, "The items of the lists in a list; with a number, so many levels deep.", "[[1, 2], [3]].flatten()",
            "[1,2,3]");
  table.add("distinct", {{"list_distinct", "list(A).distinct() -> list(A)"}}, distinct,
            "Every value once, where it came first.", "[3, 1, 3, 1].distinct()", "[3,1]");
  table.add("sort",
            {{"list_int_sort", "list(int).sort() -> list(int)"},
             {"list_uint_sort", "list(uint).sort() -> list(uint)"},
             {"list_double_sort", "list(double).sort() -> list(double)"},
             {"list_bool_sort", "list(bool).sort() -> list(bool)"},
             {"list_duration_sort", "list(duration).sort() -> list(duration)"},
             {"list_timestamp_sort", "list(timestamp).sort() -> list(timestamp)"},
             {"list_string_sort", "list(string).sort() -> list(string)"},
             {"list_bytes_sort", "list(bytes).sort() -> list(bytes)"},
             {"list_number_sort", "list(number).sort() -> list(number)"}},
            sort, "The items in order, from the least.", "[\"RW\", \"RT\", \"KEC\"].sort()", R"(["KEC","RT","RW"])");
  table.add("lists.range", {{"lists_range", "lists.range(int) -> list(int)"}}, range,
            "The numbers from 0, so many of them.", "lists.range(3)", "[0,1,2]");
  table.add("first", {{"list_first", "list(A).first() -> optional(A)"}}, first, "The first item, or none.",
            "[7, 8, 9].first()", "7");
  table.add("last", {{"list_last", "list(A).last() -> optional(A)"}}, last, "The last item, or none.",
            "[7, 8, 9].last()", "9");
  table.add("sets.contains", {{"list_sets_contains_list", "sets.contains(list(A), list(A)) -> bool"}}, sets_contains,
            "Whether the first list holds all items of the second.", "sets.contains([1, 2, 3], [3, 1])", "true");
  table.add("sets.equivalent", {{"list_sets_equivalent_list", "sets.equivalent(list(A), list(A)) -> bool"}},
            sets_equivalent, "Whether both lists hold the same items, however often.",
            "sets.equivalent([1, 2], [2, 1, 1])", "true");
  table.add("sets.intersects", {{"list_sets_intersects_list", "sets.intersects(list(A), list(A)) -> bool"}},
            sets_intersects, "Whether some item is in both lists.", "sets.intersects([1, 2], [2, 9])", "true");
  table.area("presence");
  table.add("optional.unwrap", {{"optional_unwrap", "optional.unwrap(list(optional(A))) -> list(A)"}}, unwrap,
            "The values of those that have one.", "optional.unwrap([optional.of(1), optional.none()])", "[1]");
  table.add("unwrapOpt", {{"optional_unwrapOpt", "list(optional(A)).unwrapOpt() -> list(A)"}}, unwrap,
            "The values of those that have one.", "[optional.of(1), optional.none()].unwrapOpt()", "[1]");
}

}  // namespace simpul::cel
