// Conversions between kinds (cel-spec, langdef.md, "List of Standard Definitions"): what does not fit is an error,
// never another value.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <string>

#include "bus/base/bytes.h"
#include "bus/event/decimal.h"
#include "bus/expression/function_arguments.h"
#include "bus/expression/functions.h"
#include "bus/expression/times.h"

namespace simpul::cel {

std::string real_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  char buffer[32];
  const auto [end, error] = std::to_chars(std::begin(buffer), std::end(buffer), value, std::chars_format::scientific);
  if (error != std::errc{}) return {};
  // d.ddde±xx, the shortest digits that read back as the same double.
  std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  std::string out;
  if (text.starts_with('-')) {
    out = "-";
    text.remove_prefix(1);
  }
  const std::size_t mark = text.find('e');
  int exponent = 0;
  const char* from = text.data() + mark + 1 + (text[mark + 1] == '+' ? 1 : 0);
  std::from_chars(from, text.data() + text.size(), exponent);
  std::string digits(text.substr(0, mark));
  std::erase(digits, '.');
  constexpr int most = 21, least = -6;  // ECMA-262, Number::toString
  const auto size = static_cast<int>(digits.size());
  if (exponent >= most || exponent < least) {
    out += digits.substr(0, 1);
    if (size > 1) out.append(".").append(digits, 1);
    return out + fmt::format("e{:+}", exponent);
  }
  if (exponent < 0) return out.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0').append(digits);
  const int whole = exponent + 1;
  if (size <= whole) return out.append(digits).append(static_cast<std::size_t>(whole - size), '0');
  return out.append(digits, 0, static_cast<std::size_t>(whole))
      .append(".")
      .append(digits, static_cast<std::size_t>(whole));
}

std::string_view type_name(const Cell& cell) {
  switch (cell.kind) {
    case CellKind::null:
      return "null_type";
    case CellKind::boolean:
      return "bool";
    case CellKind::integer:
      return "int";
    case CellKind::uinteger:
      return "uint";
    case CellKind::real:
      return "double";
    case CellKind::number:
      return json::integer_of(cell.text()) ? "int" : "double";
    case CellKind::text:
      return "string";
    case CellKind::bytes:
      return "bytes";
    case CellKind::timestamp:
      return "google.protobuf.Timestamp";
    case CellKind::duration:
      return "google.protobuf.Duration";
    case CellKind::type:
      return "type";
    case CellKind::json_list:
    case CellKind::list:
      return "list";
    case CellKind::json_map:
    case CellKind::map:
      return "map";
    case CellKind::optional:
      return "optional_type";
    case CellKind::error:
      break;
  }
  return "error";
}

namespace {

Cell to_text(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  const Cell& of = arguments[0];
  char buffer[time_text_bytes];
  switch (of.kind) {
    case CellKind::text:
      return of;
    case CellKind::number:
      return Cell::of(of.text());
    case CellKind::boolean:
      return machine.text(of.boolean ? "true" : "false", step);
    case CellKind::integer:
      return machine.text({buffer, fmt::format_to_n(buffer, sizeof buffer, "{}", of.integer).size}, step);
    case CellKind::uinteger:
      return machine.text({buffer, fmt::format_to_n(buffer, sizeof buffer, "{}", of.uinteger).size}, step);
    case CellKind::real:
      return machine.text(real_text(of.real), step);
    case CellKind::bytes:
      if (!machine.spend(of.size)) return spent(step);
      return is_utf8(of.text()) ? of.part(of.text()) : bad(step);
    case CellKind::timestamp:
      return machine.text(write_timestamp(of, buffer), step);
    case CellKind::duration:
      return machine.text(write_duration(of, buffer), step);
    default:
      return wrong(step);
  }
}

// A whole text as a number; a sign + is allowed, as Go's strconv has it.
template <class Number>
Cell read_number(std::uint32_t step, std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) return overflow(step);
  return error == std::errc{} && end == text.data() + text.size() ? Cell::of(value) : bad(step);
}

Cell to_integer(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  const Cell& of = arguments[0];
  constexpr double limit = 9223372036854775808.0;  // 2^63
  double real = of.real;
  switch (of.kind) {
    case CellKind::integer:
      return of;
    case CellKind::uinteger:
      return of.uinteger <= static_cast<std::uint64_t>(INT64_MAX) ? Cell::of(static_cast<std::int64_t>(of.uinteger))
                                                                  : overflow(step);
    case CellKind::text:
      return machine.spend(of.size) ? read_number<std::int64_t>(step, of.text()) : spent(step);
    case CellKind::timestamp:
      return Cell::of(of.integer);
    case CellKind::duration: {  // in nanoseconds, as cel-go has it
      std::int64_t value = 0;
      const bool over = __builtin_mul_overflow(of.integer, std::int64_t{nanoseconds_a_second}, &value) ||
                        __builtin_add_overflow(value, std::int64_t{of.size}, &value);
      return over ? overflow(step) : Cell::of(value);
    }
    case CellKind::number:
      if (const auto value = json::integer_of(of.text())) return Cell::of(*value);
      real = real_of(of);
      [[fallthrough]];
    case CellKind::real:
      return real > -limit && real < limit ? Cell::of(static_cast<std::int64_t>(real)) : overflow(step);
    default:
      return wrong(step);
  }
}

Cell to_unsigned(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  const Cell& of = arguments[0];
  constexpr double limit = 18446744073709551616.0;  // 2^64
  double real = of.real;
  switch (of.kind) {
    case CellKind::uinteger:
      return of;
    case CellKind::integer:
      return of.integer >= 0 ? Cell::of(static_cast<std::uint64_t>(of.integer)) : overflow(step);
    case CellKind::text:
      return machine.spend(of.size) ? read_number<std::uint64_t>(step, of.text()) : spent(step);
    case CellKind::number:
      if (const auto value = operand_of(of, false, false); value.is_unsigned) return Cell::of(value.uinteger);
      if (const auto value = json::integer_of(of.text()); value && *value >= 0)
        return Cell::of(static_cast<std::uint64_t>(*value));
      real = real_of(of);
      [[fallthrough]];
    case CellKind::real:
      return real >= 0 && real < limit ? Cell::of(static_cast<std::uint64_t>(real)) : overflow(step);
    default:
      return wrong(step);
  }
}

Cell to_real(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  const Cell& of = arguments[0];
  if (of.is_number()) return Cell::of(real_of(of));
  if (!of.is_text()) return wrong(step);
  // from_chars also takes nan(...).
  if (of.text().find('(') != std::string_view::npos) return bad(step);
  return machine.spend(of.size) ? read_number<double>(step, of.text()) : spent(step);
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

Cell to_bytes(Machine&, std::uint32_t step, const Cell* arguments, std::size_t) {
  Cell of = arguments[0];
  if (!of.is_text() && of.kind != CellKind::bytes) return wrong(step);
  of.kind = CellKind::bytes;
  return of;
}

Cell to_timestamp(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  const Cell& of = arguments[0];
  if (of.kind == CellKind::timestamp) return of;
  if (of.is_text()) {
    if (!machine.spend(of.size)) return spent(step);
    const auto read = read_timestamp(of.text());
    return read ? *read : bad(step);
  }
  const auto seconds = integer_argument(of);
  if (!seconds) return wrong(step);
  const auto made = timestamp_of(*seconds, 0);
  return made ? *made : overflow(step);
}

Cell to_duration(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  const Cell& of = arguments[0];
  if (of.kind == CellKind::duration) return of;
  if (!of.is_text()) return wrong(step);
  if (!machine.spend(of.size)) return spent(step);
  const auto read = read_duration(of.text());
  return read ? *read : bad(step);
}

Cell to_dyn(Machine&, std::uint32_t, const Cell* arguments, std::size_t) {
  return arguments[0];
}

Cell type_of_value(Machine&, std::uint32_t, const Cell* arguments, std::size_t) {
  return Cell::type(type_name(arguments[0]));
}

}  // namespace

void add_conversions(FunctionTable& table) {
  table.area("conversions");
  table.add("bool", {{"bool_to_bool", "bool(bool) -> bool"}, {"string_to_bool", "bool(string) -> bool"}}, to_boolean,
            "Reads true, True, TRUE, t and 1, or false, False, FALSE, f and 0.", "bool(\"true\")", "true");
  table.add("bytes", {{"bytes_to_bytes", "bytes(bytes) -> bytes"}, {"string_to_bytes", "bytes(string) -> bytes"}},
            to_bytes, "The bytes of a text in UTF-8.", "size(bytes(\"é\"))", "2");
  table.add("double",
            {{"double_to_double", "double(double) -> double"},
             {"int64_to_double", "double(int) -> double"},
             {"string_to_double", "double(string) -> double"},
             {"uint64_to_double", "double(uint) -> double"},
             {"number_to_double", "double(number) -> double"}},
            to_real, "The double that is nearest to a number or to a text of one.", "double(\"72.50\")", "72.5");
  table.add("duration",
            {{"duration_to_duration", "duration(duration) -> duration"},
             {"string_to_duration", "duration(string) -> duration"}},
            to_duration, "A span of time: numbers with h, m, s, ms, us or ns.", "duration(\"1h30m\").getMinutes()",
            "90");
  table.add("dyn", {{"to_dyn", "dyn(A) -> dyn"}}, to_dyn, "The value without its type: it is checked at run time only.",
            "dyn(5) == 5.0", "true");
  table.add(
      "int",
      {{"int64_to_int64", "int(int) -> int"},
       {"double_to_int64", "int(double) -> int"},
       {"duration_to_int64", "int(duration) -> int"},
       {"string_to_int64", "int(string) -> int"},
       {"timestamp_to_int64", "int(timestamp) -> int"},
       {"uint64_to_int64", "int(uint) -> int"},
       {"number_to_int64", "int(number) -> int"}},
      to_integer,
      "An integer of a text, of a number without its fraction, of a timestamp (seconds since 1970) or of a duration "
      "(nanoseconds).",
      "int(\"007\")", "7");
  table.add(
      "string",
      {{"string_to_string", "string(string) -> string"},
       {"bool_to_string", "string(bool) -> string"},
       {"bytes_to_string", "string(bytes) -> string"},
       {"double_to_string", "string(double) -> string"},
       {"duration_to_string", "string(duration) -> string"},
       {"int64_to_string", "string(int) -> string"},
       {"timestamp_to_string", "string(timestamp) -> string"},
       {"uint64_to_string", "string(uint) -> string"},
       {"number_to_string", "string(number) -> string"}},
      to_text,
      "A value as text: a JSON number as it was written, bytes as UTF-8, a timestamp as RFC 3339 in UTC, a duration in "
      "seconds.",
      "string(7) + \" \" + string(duration(\"1m\"))", R"("7 60s")");
  table.add("timestamp",
            {{"timestamp_to_timestamp", "timestamp(timestamp) -> timestamp"},
             {"string_to_timestamp", "timestamp(string) -> timestamp"},
             {"int64_to_timestamp", "timestamp(int) -> timestamp"}},
            to_timestamp, "An instant of an RFC 3339 text, or of seconds since 1970.",
            "timestamp(\"2026-03-05T07:30:00+07:00\")", R"("2026-03-05T00:30:00Z")");
  table.add("type", {{"type", "type(A) -> type(A)"}}, type_of_value, "The type of a value, to compare with another.",
            "type(5) == int", "true");
  table.add("uint",
            {{"uint64_to_uint64", "uint(uint) -> uint"},
             {"double_to_uint64", "uint(double) -> uint"},
             {"int64_to_uint64", "uint(int) -> uint"},
             {"string_to_uint64", "uint(string) -> uint"},
             {"number_to_uint64", "uint(number) -> uint"}},
            to_unsigned, "An integer without sign, up to 18446744073709551615.", "uint(\"18446744073709551615\")",
            "18446744073709551615");
}

}  // namespace simpul::cel
