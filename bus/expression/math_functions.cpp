// The math extension (cel-go, ext/math.go). A JSON number takes part as what it is written as; results of whole steps
// on it (ceil, floor, round, trunc) are doubles.
#include <bit>
#include <cmath>

#include "bus/expression/function_arguments.h"
#include "bus/expression/functions.h"

namespace simpul::cel {

namespace {

bool is_fractional(const Cell& cell) {
  return cell.kind == CellKind::real || cell.kind == CellKind::number;
}

template <double (*change)(double)>
Cell rounded(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!is_fractional(arguments[0])) return wrong(step);
  return machine.spend(arguments[0].size) ? Cell::of(change(real_of(arguments[0]))) : spent(step);
}

double ceiling(double value) {
  return std::ceil(value);
}
double floor_of(double value) {
  return std::floor(value);
}
double half_away_from_zero(double value) {
  return std::round(value);
}
double truncated(double value) {
  return std::trunc(value);
}

Cell absolute(Machine&, std::uint32_t step, const Cell* arguments, std::size_t) {
  const Cell& of = arguments[0];
  switch (of.kind) {
    case CellKind::integer:
      if (of.integer == INT64_MIN) return overflow(step);
      return Cell::of(of.integer < 0 ? -of.integer : of.integer);
    case CellKind::uinteger:
      return of;
    case CellKind::real:
      return Cell::of(std::fabs(of.real));
    case CellKind::number:
      return Cell::number(of.text().substr(of.text().starts_with('-') ? 1 : 0));
    default:
      return wrong(step);
  }
}

Cell sign(Machine&, std::uint32_t step, const Cell* arguments, std::size_t) {
  const Cell& of = arguments[0];
  switch (of.kind) {
    case CellKind::integer:
      return Cell::of(std::int64_t{of.integer > 0} - std::int64_t{of.integer < 0});
    case CellKind::uinteger:
      return Cell::of(std::uint64_t{of.uinteger > 0});
    case CellKind::real:
      if (std::isnan(of.real)) return of;
      return Cell::of(static_cast<double>(int{of.real > 0} - int{of.real < 0}));
    case CellKind::number: {
      const auto order = compare_numbers(of, Cell::of(std::int64_t{0}));
      return Cell::of(std::int64_t{order > 0} - std::int64_t{order < 0});
    }
    default:
      return wrong(step);
  }
}

Cell is_nan(Machine&, std::uint32_t step, const Cell* arguments, std::size_t) {
  return is_fractional(arguments[0]) ? Cell::of(std::isnan(real_of(arguments[0]))) : wrong(step);
}
Cell is_infinite(Machine&, std::uint32_t step, const Cell* arguments, std::size_t) {
  return is_fractional(arguments[0]) ? Cell::of(std::isinf(real_of(arguments[0]))) : wrong(step);
}
Cell is_finite(Machine&, std::uint32_t step, const Cell* arguments, std::size_t) {
  return is_fractional(arguments[0]) ? Cell::of(std::isfinite(real_of(arguments[0]))) : wrong(step);
}

Cell square_root(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_number()) return wrong(step);
  return machine.spend(arguments[0].size) ? Cell::of(std::sqrt(real_of(arguments[0]))) : spent(step);
}

// Two ints or two uints, by their bits; `wrong` for anything else.
template <class Change>
Cell bitwise(std::uint32_t step, const Cell& a, const Cell& b, Change change) {
  if (a.kind == CellKind::uinteger && b.kind == CellKind::uinteger) return Cell::of(change(a.uinteger, b.uinteger));
  const auto x = integer_argument(a), y = integer_argument(b);
  if (!x || !y) return wrong(step);
  return Cell::of(static_cast<std::int64_t>(change(static_cast<std::uint64_t>(*x), static_cast<std::uint64_t>(*y))));
}

Cell bit_and(Machine&, std::uint32_t step, const Cell* arguments, std::size_t) {
  return bitwise(step, arguments[0], arguments[1], [](std::uint64_t a, std::uint64_t b) { return a & b; });
}
Cell bit_or(Machine&, std::uint32_t step, const Cell* arguments, std::size_t) {
  return bitwise(step, arguments[0], arguments[1], [](std::uint64_t a, std::uint64_t b) { return a | b; });
}
Cell bit_xor(Machine&, std::uint32_t step, const Cell* arguments, std::size_t) {
  return bitwise(step, arguments[0], arguments[1], [](std::uint64_t a, std::uint64_t b) { return a ^ b; });
}
Cell bit_not(Machine&, std::uint32_t step, const Cell* arguments, std::size_t) {
  return bitwise(step, arguments[0], arguments[0], [](std::uint64_t a, std::uint64_t) { return ~a; });
}

// Bits that leave are lost and 0 comes in, for negative numbers as well.
template <class Shift>
Cell shifted(std::uint32_t step, const Cell& of, const Cell& by, Shift shift) {
  const auto count = integer_argument(by);
  const auto value = of.kind == CellKind::uinteger ? std::optional<std::int64_t>(0) : integer_argument(of);
  if (!count || !value) return wrong(step);
  if (*count < 0) return bad(step);
  constexpr std::int64_t width = 64;
  const std::uint64_t bits = of.kind == CellKind::uinteger ? of.uinteger : static_cast<std::uint64_t>(*value);
  const std::uint64_t result = *count >= width ? 0 : shift(bits, static_cast<unsigned>(*count));
  return of.kind == CellKind::uinteger ? Cell::of(result) : Cell::of(static_cast<std::int64_t>(result));
}

Cell shift_left(Machine&, std::uint32_t step, const Cell* arguments, std::size_t) {
  return shifted(step, arguments[0], arguments[1], [](std::uint64_t bits, unsigned by) { return bits << by; });
}
Cell shift_right(Machine&, std::uint32_t step, const Cell* arguments, std::size_t) {
  return shifted(step, arguments[0], arguments[1], [](std::uint64_t bits, unsigned by) { return bits >> by; });
}

// The first of equal ones. A NaN is neither greater nor less, so it stays only where it came first.
Cell extreme(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t count, bool greatest) {
  const bool is_list = count == 1 && arguments[0].is_list();
  const std::size_t size = is_list ? arguments[0].size : count;
  if (size == 0) return bad(step);
  if (!machine.spend_items(size)) return spent(step);
  const auto at = [&](std::size_t i) { return is_list ? Machine::item(arguments[0], i) : arguments[i]; };
  Cell best = at(0);
  for (std::size_t i = 0; i < size; ++i) {
    const Cell candidate = at(i);
    if (!candidate.is_number()) return wrong(step);
    if (!machine.spend(candidate.size)) return spent(step);
    const auto order = compare_numbers(candidate, best);
    if (greatest ? order > 0 : order < 0) best = candidate;
  }
  return best;
}

Cell greatest(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t count) {
  return extreme(machine, step, arguments, count, true);
}
Cell least(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t count) {
  return extreme(machine, step, arguments, count, false);
}

void add_extremes(FunctionTable& table) {
  table.add("math.greatest",
            {{"math_@max_int", "math.greatest(int) -> int"},
             {"math_@max_uint", "math.greatest(uint) -> uint"},
             {"math_@max_double", "math.greatest(double) -> double"},
             {"math_@max_int_int", "math.greatest(int, int) -> int"},
             {"math_@max_int_uint", "math.greatest(int, uint) -> dyn"},
             {"math_@max_int_double", "math.greatest(int, double) -> dyn"},
             {"math_@max_uint_uint", "math.greatest(uint, uint) -> uint"},
             {"math_@max_uint_int", "math.greatest(uint, int) -> dyn"},
             {"math_@max_uint_double", "math.greatest(uint, double) -> dyn"},
             {"math_@max_double_double", "math.greatest(double, double) -> double"},
             {"math_@max_double_int", "math.greatest(double, int) -> dyn"},
             {"math_@max_double_uint", "math.greatest(double, uint) -> dyn"},
             {"math_@max_list_int", "math.greatest(list(int)) -> int"},
             {"math_@max_list_uint", "math.greatest(list(uint)) -> uint"},
             {"math_@max_list_double", "math.greatest(list(double)) -> double"},
             {"math_@max_list_int", "math.greatest(int, int, int, ...) -> int"},
             {"math_@max_list_uint", "math.greatest(uint, uint, uint, ...) -> uint"},
             {"math_@max_list_double", "math.greatest(double, double, double, ...) -> double"},
             {"math_@max_number", "math.greatest(number, ...) -> number"},
             {"math_@max_list_number", "math.greatest(list(number)) -> number"}},
            greatest, "The greatest of some numbers, or of a list of them.", "math.greatest(3, 9, 5)", "9");
  table.add("math.least",
            {{"math_@min_int", "math.least(int) -> int"},
             {"math_@min_uint", "math.least(uint) -> uint"},
             {"math_@min_double", "math.least(double) -> double"},
             {"math_@min_int_int", "math.least(int, int) -> int"},
             {"math_@min_int_uint", "math.least(int, uint) -> dyn"},
             {"math_@min_int_double", "math.least(int, double) -> dyn"},
             {"math_@min_uint_uint", "math.least(uint, uint) -> uint"},
             {"math_@min_uint_int", "math.least(uint, int) -> dyn"},
             {"math_@min_uint_double", "math.least(uint, double) -> dyn"},
             {"math_@min_double_double", "math.least(double, double) -> double"},
             {"math_@min_double_int", "math.least(double, int) -> dyn"},
             {"math_@min_double_uint", "math.least(double, uint) -> dyn"},
             {"math_@min_list_int", "math.least(list(int)) -> int"},
             {"math_@min_list_uint", "math.least(list(uint)) -> uint"},
             {"math_@min_list_double", "math.least(list(double)) -> double"},
             {"math_@min_list_int", "math.least(int, int, int, ...) -> int"},
             {"math_@min_list_uint", "math.least(uint, uint, uint, ...) -> uint"},
             {"math_@min_list_double", "math.least(double, double, double, ...) -> double"},
             {"math_@min_number", "math.least(number, ...) -> number"},
             {"math_@min_list_number", "math.least(list(number)) -> number"}},
            least, "The least of some numbers, or of a list of them.", "math.least([3, 9, 5])", "3");
}

void add_bits(FunctionTable& table) {
  table.add("math.bitAnd",
            {{"math_bitAnd_int_int", "math.bitAnd(int, int) -> int"},
             {"math_bitAnd_uint_uint", "math.bitAnd(uint, uint) -> uint"}},
            bit_and, "The bits that are set in both.", "math.bitAnd(6, 3)", "2");
  table.add("math.bitOr",
            {{"math_bitOr_int_int", "math.bitOr(int, int) -> int"},
             {"math_bitOr_uint_uint", "math.bitOr(uint, uint) -> uint"}},
            bit_or, "The bits that are set in either.", "math.bitOr(6, 3)", "7");
  table.add("math.bitXor",
            {{"math_bitXor_int_int", "math.bitXor(int, int) -> int"},
             {"math_bitXor_uint_uint", "math.bitXor(uint, uint) -> uint"}},
            bit_xor, "The bits that are set in one of both.", "math.bitXor(6, 3)", "5");
  table.add(
      "math.bitNot",
      {{"math_bitNot_int_int", "math.bitNot(int) -> int"}, {"math_bitNot_uint_uint", "math.bitNot(uint) -> uint"}},
      bit_not, "Every bit the other way.", "math.bitNot(1)", "-2");
  table.add("math.bitShiftLeft",
            {{"math_bitShiftLeft_int_int", "math.bitShiftLeft(int, int) -> int"},
             {"math_bitShiftLeft_uint_int", "math.bitShiftLeft(uint, int) -> uint"}},
            shift_left, "The bits moved up; 0 from 64 places on.", "math.bitShiftLeft(1, 4)", "16");
  table.add("math.bitShiftRight",
            {{"math_bitShiftRight_int_int", "math.bitShiftRight(int, int) -> int"},
             {"math_bitShiftRight_uint_int", "math.bitShiftRight(uint, int) -> uint"}},
            shift_right, "The bits moved down, with 0 coming in, for negative numbers as well.",
            "math.bitShiftRight(1024, 2)", "256");
}

}  // namespace

void add_math_functions(FunctionTable& table) {
  table.area("numbers");
  add_extremes(table);
  table.add("math.abs",
            {{"math_abs_int", "math.abs(int) -> int"},
             {"math_abs_uint", "math.abs(uint) -> uint"},
             {"math_abs_double", "math.abs(double) -> double"},
             {"math_abs_number", "math.abs(number) -> number"}},
            absolute, "The number without its sign.", "math.abs(-5)", "5");
  table.add("math.sign",
            {{"math_sign_int", "math.sign(int) -> int"},
             {"math_sign_uint", "math.sign(uint) -> uint"},
             {"math_sign_double", "math.sign(double) -> double"},
             {"math_sign_number", "math.sign(number) -> int"}},
            sign, "-1, 0 or 1.", "math.sign(-5)", "-1");
  table.add("math.ceil", {{"math_ceil_double", "math.ceil(double) -> double"}}, rounded<ceiling>,
            "The next whole number up.", "math.ceil(1.2)", "2");
  table.add("math.floor", {{"math_floor_double", "math.floor(double) -> double"}}, rounded<floor_of>,
            "The next whole number down.", "math.floor(-1.2)", "-2");
  table.add("math.round", {{"math_round_double", "math.round(double) -> double"}}, rounded<half_away_from_zero>,
            "The nearest whole number, a half away from zero. For money: money.round.", "math.round(2.5)", "3");
  table.add("math.trunc", {{"math_trunc_double", "math.trunc(double) -> double"}}, rounded<truncated>,
            "The number without its fraction.", "math.trunc(-1.7)", "-1");
  table.add("math.isNaN", {{"math_isNaN_double", "math.isNaN(double) -> bool"}}, is_nan,
            "Whether it is no number at all: 0.0 / 0.0.", "math.isNaN(0.0 / 0.0)", "true");
  table.add("math.isInf", {{"math_isInf_double", "math.isInf(double) -> bool"}}, is_infinite,
            "Whether it is beyond all numbers: 1.0 / 0.0.", "math.isInf(1.0 / 0.0)", "true");
  table.add("math.isFinite", {{"math_isFinite_double", "math.isFinite(double) -> bool"}}, is_finite,
            "Whether it is a number as JSON has them.", "math.isFinite(1.5)", "true");
  table.add("math.sqrt",
            {{"math_sqrt_double", "math.sqrt(double) -> double"},
             {"math_sqrt_int", "math.sqrt(int) -> double"},
             {"math_sqrt_uint", "math.sqrt(uint) -> double"}},
            square_root, "The square root; of a negative number it is no number.", "math.sqrt(81)", "9");
  add_bits(table);
}

}  // namespace simpul::cel
