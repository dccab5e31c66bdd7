// Conversions, dates and hashes.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

#include "bus/base/bytes.h"
#include "bus/expression/functions.h"
#include "bus/expression/machine.h"
#include "bus/expression/numbers.h"

namespace simpul::cel {

namespace {

Cell wrong(std::uint32_t step) {
  return Cell::error(ErrorCode::no_overload, step);
}
Cell bad(std::uint32_t step) {
  return Cell::error(ErrorCode::bad_argument, step);
}

struct Date {
  int year = 0, month = 0, day = 0;
};

bool is_leap(int year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool exists(const Date& date) {
  constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (date.year < 1 || date.month < 1 || date.month > 12) return false;
  const int last = days[date.month - 1] + (date.month == 2 && is_leap(date.year) ? 1 : 0);
  return date.day >= 1 && date.day <= last;
}

// The next piece of a pattern: "dd", "mm", "yyyy" or one separator; empty when it is none of these.
std::string_view piece(std::string_view pattern) {
  for (const std::string_view field : {"yyyy", "dd", "mm"}) {
    if (pattern.starts_with(field)) return pattern.substr(0, field.size());
  }
  constexpr std::string_view separators = "-/. ";
  return separators.find(pattern.front()) != std::string_view::npos ? pattern.substr(0, 1) : std::string_view{};
}

std::optional<Date> read_date(std::string_view text, std::string_view pattern) {
  Date date;
  while (!pattern.empty()) {
    const std::string_view part = piece(pattern);
    if (part.empty() || text.size() < part.size()) return std::nullopt;
    const std::string_view here = text.substr(0, part.size());
    if (part.size() == 1) {
      if (here != part) return std::nullopt;
    } else {
      int value = 0;
      for (const char c : here) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
      }
      (part == "dd" ? date.day : part == "mm" ? date.month : date.year) = value;
    }
    text.remove_prefix(part.size());
    pattern.remove_prefix(part.size());
  }
  return text.empty() && exists(date) ? std::optional(date) : std::nullopt;
}

Cell write_date(Machine& machine, std::uint32_t step, const Date& date, std::string_view pattern) {
  std::string out;
  while (!pattern.empty()) {
    const std::string_view part = piece(pattern);
    if (part.empty()) return bad(step);
    if (part == "dd") {
      out += fmt::format("{:02}", date.day);
    } else if (part == "mm") {
      out += fmt::format("{:02}", date.month);
    } else if (part == "yyyy") {
      out += fmt::format("{:04}", date.year);
    } else {
      out += part;
    }
    pattern.remove_prefix(part.size());
  }
  return machine.text(out, step);
}

}  // namespace

bool is_date_pattern(std::string_view pattern) {
  unsigned days = 0, months = 0, years = 0;
  while (!pattern.empty()) {
    const std::string_view part = piece(pattern);
    if (part.empty()) return false;
    days += part == "dd";
    months += part == "mm";
    years += part == "yyyy";
    pattern.remove_prefix(part.size());
  }
  return days == 1 && months == 1 && years == 1;
}

Cell to_text(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  const Cell& of = arguments[0];
  char buffer[40];
  switch (of.kind) {
    case CellKind::text:
      return of;
    case CellKind::number:
      return Cell::of(of.text());
    case CellKind::boolean:
      return machine.text(of.boolean ? "true" : "false", step);
    case CellKind::integer:
      return machine.text({buffer, fmt::format_to_n(buffer, sizeof buffer, "{}", of.integer).size}, step);
    case CellKind::real:
      if (const auto text = shortest(of.real, buffer)) return machine.text(*text, step);
      return machine.text(std::isnan(of.real) ? "NaN" : of.real < 0 ? "-Infinity" : "Infinity", step);
    default:
      return wrong(step);
  }
}

Cell to_integer(Machine&, std::uint32_t step, const Cell* arguments, std::size_t) {
  const Cell& of = arguments[0];
  if (of.is_text()) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(of.characters, of.characters + of.size, value);
    if (error == std::errc::result_out_of_range) return Cell::error(ErrorCode::overflow, step);
    return error == std::errc{} && end == of.characters + of.size && of.size > 0 ? Cell::of(value) : bad(step);
  }
  if (!of.is_number()) return wrong(step);
  const Operand value = operand_of(of, false, false);
  if (!value.good) return Cell::error(ErrorCode::overflow, step);
  if (!value.is_real) return Cell::of(value.integer);
  constexpr double limit = 9223372036854775808.0;  // 2^63
  if (!(value.real > -limit && value.real < limit)) return Cell::error(ErrorCode::overflow, step);
  return Cell::of(static_cast<std::int64_t>(value.real));
}

Cell to_real(Machine&, std::uint32_t step, const Cell* arguments, std::size_t) {
  const Cell& of = arguments[0];
  if (of.is_number()) return Cell::of(real_of(of));
  if (!of.is_text()) return wrong(step);
  double value = 0;
  const auto [end, error] = std::from_chars(of.characters, of.characters + of.size, value);
  if (error != std::errc{} || end != of.characters + of.size || of.size == 0) return bad(step);
  return Cell::of(value);
}

Cell to_boolean(Machine&, std::uint32_t step, const Cell* arguments, std::size_t) {
  const Cell& of = arguments[0];
  if (of.kind == CellKind::boolean) return of;
  if (!of.is_text()) return wrong(step);
  for (const std::string_view yes : {"true", "True", "TRUE", "t", "1"}) {
    if (of.text() == yes) return Cell::of(true);
  }
  for (const std::string_view no : {"false", "False", "FALSE", "f", "0"}) {
    if (of.text() == no) return Cell::of(false);
  }
  return bad(step);
}

Cell to_dyn(Machine&, std::uint32_t, const Cell* arguments, std::size_t) {
  return arguments[0];
}

Cell sha256_hex(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text()) return wrong(step);
  if (!machine.spend(std::size_t{arguments[0].size} * 4)) return Cell::error(ErrorCode::budget, step);
  return machine.text(to_hex(sha256(arguments[0].text())), step);
}

Cell date(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text() || !arguments[1].is_text()) return wrong(step);
  const auto value = read_date(arguments[0].text(), arguments[1].text());
  return value ? write_date(machine, step, *value, "yyyy-mm-dd") : bad(step);
}

Cell format_date(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text() || !arguments[1].is_text() || !arguments[2].is_text()) return wrong(step);
  const auto value = read_date(arguments[0].text(), arguments[1].text());
  return value ? write_date(machine, step, *value, arguments[2].text()) : bad(step);
}

}  // namespace simpul::cel
