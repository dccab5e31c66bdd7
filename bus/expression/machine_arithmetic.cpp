// Operators that make numbers, texts, times and lists of two values.
#include <algorithm>

#include "bus/expression/machine.h"
#include "bus/expression/numbers.h"
#include "bus/expression/times.h"

namespace simpul::cel {

namespace {

Cell overflow(std::uint32_t step) {
  return Cell::error(ErrorCode::overflow, step);
}
Cell no_overload(std::uint32_t step) {
  return Cell::error(ErrorCode::no_overload, step);
}

Cell of_reals(Op op, double a, double b, std::uint32_t step) {
  switch (op) {
    case Op::add:
      return Cell::of(a + b);
    case Op::subtract:
      return Cell::of(a - b);
    case Op::multiply:
      return Cell::of(a * b);
    case Op::divide:
      return Cell::of(a / b);  // IEEE 754: beyond the range, and by zero, it is infinity or NaN
    default:
      return no_overload(step);
  }
}

template <class Integer>
Cell of_wholes(Op op, Integer a, Integer b, std::uint32_t step) {
  Integer result = 0;
  bool beyond = false;
  switch (op) {
    case Op::add:
      beyond = __builtin_add_overflow(a, b, &result);
      break;
    case Op::subtract:
      beyond = __builtin_sub_overflow(a, b, &result);
      break;
    case Op::multiply:
      beyond = __builtin_mul_overflow(a, b, &result);
      break;
    default:
      if (b == 0) return Cell::error(ErrorCode::divide_by_zero, step);
      if (std::is_signed_v<Integer> && b == static_cast<Integer>(-1)) {
        beyond = __builtin_sub_overflow(Integer{0}, a, &result);  // the least int has no opposite, and no remainder
        if (op == Op::modulo) result = 0;
      } else {
        result = op == Op::divide ? a / b : a % b;
      }
  }
  return beyond ? overflow(step) : Cell::of(result);
}

Cell of_times(Op op, const Cell& a, const Cell& b, std::uint32_t step) {
  const bool a_instant = a.kind == CellKind::timestamp, b_instant = b.kind == CellKind::timestamp;
  const bool adds = op == Op::add && !(a_instant && b_instant);
  const bool subtracts = op == Op::subtract && (a_instant || !b_instant);
  if (!adds && !subtracts) return no_overload(step);
  const std::int64_t sign = adds ? 1 : -1;
  const std::int64_t seconds = a.integer + sign * b.integer;
  const std::int64_t nanoseconds = std::int64_t{a.size} + sign * std::int64_t{b.size};
  const bool instant = adds ? a_instant || b_instant : a_instant && !b_instant;
  const auto time = instant ? timestamp_of(seconds, nanoseconds) : duration_of(seconds, nanoseconds);
  return time ? *time : overflow(step);
}

}  // namespace

Cell Machine::negate(std::uint32_t index, const Step& step) {
  const Cell value = run(operand(step, 0));
  if (value.is_error()) return value;
  if (!value.is_number() || value.kind == CellKind::uinteger) return no_overload(index);
  const Operand number = operand_of(value, step.arithmetic == Arithmetic::real, step.arithmetic == Arithmetic::integer);
  if (number.is_real) return Cell::of(-number.real);
  if (!number.good || number.is_unsigned) return overflow(index);
  return of_wholes(Op::subtract, std::int64_t{0}, number.integer, index);
}

Cell Machine::binary(std::uint32_t index, const Step& step) {
  const Cell a = run(operand(step, 0));
  if (a.is_error()) return a;
  const Cell b = run(operand(step, 1));
  if (b.is_error()) return b;
  return arithmetic(step.op, step.arithmetic, a, b, index);
}

Cell Machine::arithmetic(Op op, Arithmetic as, const Cell& a, const Cell& b, std::uint32_t step) {
  if (a.is_number() && b.is_number()) return numeric(op, as, a, b, step);
  if (a.is_time() && b.is_time()) return of_times(op, a, b, step);
  return op == Op::add ? concatenate(a, b, step) : no_overload(step);
}

// Numbers of CEL go with their own kind only; a JSON number goes with whatever stands beside it.
Cell Machine::numeric(Op op, Arithmetic as, const Cell& a, const Cell& b, std::uint32_t step) {
  if (a.kind == CellKind::integer && b.kind == CellKind::integer && as != Arithmetic::real)
    return of_wholes(op, a.integer, b.integer, step);
  const bool a_json = a.kind == CellKind::number, b_json = b.kind == CellKind::number;
  if (as == Arithmetic::real) return of_reals(op, real_of(a), real_of(b), step);
  const bool mixed = as == Arithmetic::mixed;
  if (!a_json && !b_json && a.kind != b.kind && !mixed) return no_overload(step);
  if (a_json && b_json && (mixed || as == Arithmetic::as_is) && op != Op::divide && op != Op::modulo)
    return decimal(op, a, b, step);
  const Operand x = operand_of(a, false, as == Arithmetic::integer);
  const Operand y = operand_of(b, false, as == Arithmetic::integer);
  if (!x.good || !y.good) return overflow(step);
  if (x.is_real || y.is_real) return of_reals(op, real_of(a), real_of(b), step);
  if (!x.is_unsigned && !y.is_unsigned) return of_wholes(op, x.integer, y.integer, step);
  // A JSON number beside a uint is one too.
  if ((!x.is_unsigned && x.integer < 0) || (!y.is_unsigned && y.integer < 0)) return overflow(step);
  return of_wholes(op, x.is_unsigned ? x.uinteger : static_cast<std::uint64_t>(x.integer),
                   y.is_unsigned ? y.uinteger : static_cast<std::uint64_t>(y.integer), step);
}

// Two JSON numbers: whole ones are ints, and fractions are added and multiplied by their digits, so that 0.1 + 0.2 is
// 0.3, as a sum of money must be.
Cell Machine::decimal(Op op, const Cell& a, const Cell& b, std::uint32_t step) {
  const auto x = short_integer(a.text()), y = short_integer(b.text());
  if (x && y) return of_wholes(op, *x, *y, step);
  char buffer[decimal_bytes];
  const char sign = op == Op::add ? '+' : op == Op::subtract ? '-' : '*';
  const auto sum = exact(sign, a.text(), b.text(), buffer);
  if (!sum) return of_reals(op, real_of(a), real_of(b), step);
  return spend(sum->size()) ? Cell::number(arena_.copy(*sum)) : Cell::error(ErrorCode::budget, step);
}

Cell Machine::concatenate(const Cell& a, const Cell& b, std::uint32_t step) {
  const std::size_t size = std::size_t{a.size} + b.size;
  if (a.kind == b.kind && (a.is_text() || a.kind == CellKind::bytes)) {
    if (!spend(size)) return Cell::error(ErrorCode::budget, step);
    auto* out = static_cast<char*>(arena_.allocate(size + 1, 1));
    std::copy_n(a.characters, a.size, out);
    std::copy_n(b.characters, b.size, out + a.size);
    return a.is_text() ? Cell::of(std::string_view(out, size)) : Cell::bytes({out, size});
  }
  if (!a.is_list() || !b.is_list()) return no_overload(step);
  Cell* out = spend_items(size) ? cells(size) : nullptr;
  if (out == nullptr) return Cell::error(ErrorCode::budget, step);
  for (std::size_t i = 0; i < a.size; ++i) out[i] = item(a, i);
  for (std::size_t i = 0; i < b.size; ++i) out[a.size + i] = item(b, i);
  return Cell::list(out, size);
}

}  // namespace simpul::cel
