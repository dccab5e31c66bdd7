#include "bus/expression/numbers.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <span>

#include "bus/event/decimal.h"

namespace simpul::cel {

namespace {

__extension__ typedef __int128 Wide;

constexpr double two_to_64 = 18446744073709551616.0;

template <class Integer>
std::optional<Integer> read_whole(std::string_view text) {
  Integer value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_written_as_integer(std::string_view text) {
  return text.find_first_of(".eE") == std::string_view::npos;
}

std::partial_ordering order(int sign) {
  if (sign == 0) return std::partial_ordering::equivalent;
  return sign < 0 ? std::partial_ordering::less : std::partial_ordering::greater;
}

std::partial_ordering reversed(std::partial_ordering value) {
  return 0 <=> value;
}

std::partial_ordering compare_text(std::string_view text, const Cell& other) {
  if (other.kind == CellKind::number) return order(json::compare_numbers(text, other.text()));
  if (other.kind == CellKind::real) return real_of(Cell::number(text)) <=> other.real;
  char digits[24];
  const auto [end, error] = other.kind == CellKind::uinteger
                                ? std::to_chars(std::begin(digits), std::end(digits), other.uinteger)
                                : std::to_chars(std::begin(digits), std::end(digits), other.integer);
  return order(json::compare_numbers(text, {digits, end}));
}

// ±digits × 10^-places, of a JSON number of at most 18 digits.
struct Decimal {
  Wide digits = 0;
  int places = 0;
};

std::optional<Decimal> decimal_of(std::string_view text) {
  constexpr int most_digits = 18;
  Decimal decimal;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  int digits = 0;
  bool fraction = false;
  for (const char c : text) {
    if (c == '.') {
      fraction = true;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;  // an exponent: rare enough for doubles
    decimal.digits = decimal.digits * 10 + (c - '0');
    decimal.places += fraction ? 1 : 0;
    if (decimal.digits != 0 && ++digits > most_digits) return std::nullopt;
    if (decimal.places > most_digits) return std::nullopt;
  }
  if (negative) decimal.digits = -decimal.digits;
  return decimal;
}

Wide scaled(const Decimal& decimal, int places) {
  Wide digits = decimal.digits;
  for (int i = decimal.places; i < places; ++i) digits *= 10;
  return digits;
}

std::string_view write(Decimal decimal, std::span<char> buffer) {
  while (decimal.places > 0 && decimal.digits % 10 == 0) {
    decimal.digits /= 10;
    --decimal.places;
  }
  const bool negative = decimal.digits < 0;
  if (negative) decimal.digits = -decimal.digits;
  std::size_t at = buffer.size();
  for (int written = 0; decimal.digits != 0 || written <= decimal.places; ++written) {
    if (written == decimal.places && decimal.places > 0) buffer[--at] = '.';
    buffer[--at] = static_cast<char>('0' + static_cast<int>(decimal.digits % 10));
    decimal.digits /= 10;
  }
  if (negative) buffer[--at] = '-';
  return {buffer.data() + at, buffer.size() - at};
}

}  // namespace

std::partial_ordering compare_numbers(const Cell& a, const Cell& b) {
  if (a.kind == CellKind::number && b.kind == CellKind::integer) {  // the commonest: a field beside a literal
    if (const auto integer = short_integer(a.text())) return *integer <=> b.integer;
  }
  if (a.kind == CellKind::number) return compare_text(a.text(), b);
  if (b.kind == CellKind::number) return reversed(compare_text(b.text(), a));
  if (a.kind == CellKind::real || b.kind == CellKind::real) return real_of(a) <=> real_of(b);
  if (a.kind == b.kind) {
    return a.kind == CellKind::integer ? std::partial_ordering(a.integer <=> b.integer)
                                       : std::partial_ordering(a.uinteger <=> b.uinteger);
  }
  if (a.kind == CellKind::integer) {
    if (a.integer < 0) return std::partial_ordering::less;
    return static_cast<std::uint64_t>(a.integer) <=> b.uinteger;
  }
  if (b.integer < 0) return std::partial_ordering::greater;
  return a.uinteger <=> static_cast<std::uint64_t>(b.integer);
}

bool equal_numbers(const Cell& a, const Cell& b) {
  if (a.kind == CellKind::integer && b.kind == CellKind::integer) return a.integer == b.integer;
  return compare_numbers(a, b) == 0;
}

double real_of(const Cell& number) {
  if (number.kind == CellKind::integer) return static_cast<double>(number.integer);
  if (number.kind == CellKind::uinteger) return static_cast<double>(number.uinteger);
  if (number.kind == CellKind::real) return number.real;
  const std::string_view text = number.text();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{}) return value;
  const bool small = json::compare_numbers(text, "-1") > 0 && json::compare_numbers(text, "1") < 0;
  const double magnitude = small ? 0 : std::numeric_limits<double>::infinity();
  return text.starts_with('-') ? -magnitude : magnitude;
}

Operand operand_of(const Cell& number, bool as_real, bool as_integer) {
  if (as_real) return {true, true, 0, real_of(number)};
  if (number.kind == CellKind::integer) return {true, false, number.integer, 0};
  if (number.kind == CellKind::real) return {true, true, 0, number.real};
  if (number.kind == CellKind::uinteger) return {true, false, 0, 0, true, number.uinteger};
  const std::string_view text = number.text();
  if (const auto value = read_whole<std::int64_t>(text)) return {true, false, *value, 0};
  if (as_integer) {
    const auto value = json::integer_of(text);
    return {value.has_value(), false, value.value_or(0), 0};
  }
  if (is_written_as_integer(text)) {
    if (const auto value = read_whole<std::uint64_t>(text)) return {true, false, 0, 0, true, *value};
  }
  return {true, true, 0, real_of(number)};
}

std::optional<std::uint64_t> whole_of(const Cell& number) {
  switch (number.kind) {
    case CellKind::integer:
      return number.integer < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(number.integer));
    case CellKind::uinteger:
      return number.uinteger;
    case CellKind::number: {
      const auto value = json::integer_of(number.text());
      return value && *value >= 0 ? std::optional(static_cast<std::uint64_t>(*value)) : std::nullopt;
    }
    default:
      if (!(number.real >= 0 && number.real < two_to_64) || number.real != std::trunc(number.real)) return std::nullopt;
      return static_cast<std::uint64_t>(number.real);
  }
}

std::optional<std::string_view> shortest(double value, std::span<char> buffer) {
  if (!std::isfinite(value)) return std::nullopt;
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  if (error != std::errc{}) return std::nullopt;
  return std::string_view(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
}

std::optional<std::string_view> exact(char operation, std::string_view a, std::string_view b, std::span<char> buffer) {
  const auto left = decimal_of(a), right = decimal_of(b);
  if (!left || !right) return std::nullopt;
  if (operation == '*') return write({left->digits * right->digits, left->places + right->places}, buffer);
  const int places = std::max(left->places, right->places);
  const Wide x = scaled(*left, places), y = scaled(*right, places);
  return write({operation == '+' ? x + y : x - y, places}, buffer);
}

}  // namespace simpul::cel
