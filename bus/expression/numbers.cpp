#include "bus/expression/numbers.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <span>

#include "bus/event/decimal.h"

namespace simpul::cel {

namespace {

std::optional<std::int64_t> plain_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> short_integer(std::string_view text) {
  constexpr std::size_t always_fits = 18;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > always_fits) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return negative ? -value : value;
}

bool is_written_as_integer(std::string_view text) {
  return text.find_first_of(".eE") == std::string_view::npos;
}

std::partial_ordering compare(std::int64_t a, double b) {
  constexpr double limit = 9223372036854775808.0;  // 2^63
  if (std::isnan(b)) return std::partial_ordering::unordered;
  if (b >= limit) return std::partial_ordering::less;
  if (b < -limit) return std::partial_ordering::greater;
  const double whole = std::trunc(b);
  const auto integer = static_cast<std::int64_t>(whole);
  if (a != integer) return a < integer ? std::partial_ordering::less : std::partial_ordering::greater;
  return whole <=> b;
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
  if (const auto integer = plain_integer(text)) {
    if (other.kind == CellKind::real) return compare(*integer, other.real);
    return *integer <=> other.integer;
  }
  if (other.kind == CellKind::real) return real_of(Cell::number(text)) <=> other.real;
  char digits[24];
  const auto [end, error] = std::to_chars(std::begin(digits), std::end(digits), other.integer);
  return order(json::compare_numbers(text, {digits, end}));
}

}  // namespace

std::partial_ordering compare_numbers(const Cell& a, const Cell& b) {
  if (a.kind == CellKind::number && b.kind == CellKind::integer) {  // the commonest: a field beside a literal
    if (const auto integer = short_integer(a.text())) return *integer <=> b.integer;
  }
  if (a.kind == CellKind::number) return compare_text(a.text(), b);
  if (b.kind == CellKind::number) return reversed(compare_text(b.text(), a));
  if (a.kind == CellKind::integer && b.kind == CellKind::integer) return a.integer <=> b.integer;
  if (a.kind == CellKind::integer) return compare(a.integer, b.real);
  return b.kind == CellKind::real ? a.real <=> b.real : reversed(compare(b.integer, a.real));
}

double real_of(const Cell& number) {
  if (number.kind == CellKind::integer) return static_cast<double>(number.integer);
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
  if (const auto value = plain_integer(number.text())) return {true, false, *value, 0};
  if (as_integer || is_written_as_integer(number.text())) {
    const auto value = json::integer_of(number.text());
    return {value.has_value(), false, value.value_or(0), 0};
  }
  return {true, true, 0, real_of(number)};
}

std::optional<std::string_view> shortest(double value, std::span<char> buffer) {
  if (!std::isfinite(value)) return std::nullopt;
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  if (error != std::errc{}) return std::nullopt;
  return std::string_view(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
}

}  // namespace simpul::cel
