// string.format (cel-go, ext/strings.go): %s %d %f %e %b %o %x %X and %%, with a precision where one has a meaning.
#include <fmt/format.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "bus/base/bytes.h"
#include "bus/event/decimal.h"
#include "bus/expression/function_arguments.h"
#include "bus/expression/functions.h"
#include "bus/expression/times.h"

namespace simpul::cel {

namespace {

constexpr int precision_limit = 1000, default_precision = 6;

// An int or uint, by its magnitude.
struct Whole {
  bool negative = false;
  std::uint64_t magnitude = 0;
};

std::optional<Whole> whole_number(const Cell& cell) {
  if (cell.kind == CellKind::uinteger) return Whole{false, cell.uinteger};
  const auto value = integer_argument(cell);
  if (!value) return std::nullopt;
  const auto bits = static_cast<std::uint64_t>(*value);
  return *value < 0 ? Whole{true, ~bits + 1} : Whole{false, bits};
}

// Writes one text from a pattern and its arguments; the first thing that does not fit makes the error.
class Formatter {
 public:
  Formatter(Machine& machine, std::uint32_t step) : machine_(machine), step_(step), error_(Cell::null()) {}

  Cell run(std::string_view pattern, const Cell& arguments) {
    std::size_t used = 0;
    while (!pattern.empty()) {
      const std::size_t mark = std::min(pattern.find('%'), pattern.size());
      append(pattern.substr(0, mark));
      pattern.remove_prefix(mark);
      if (pattern.empty()) break;
      pattern.remove_prefix(1);
      if (pattern.starts_with('%')) {
        append("%");
        pattern.remove_prefix(1);
        continue;
      }
      const auto precision = take_precision(pattern);
      if (!precision || pattern.empty() || used >= arguments.size) return bad(step_);
      clause(pattern[0], *precision, Machine::item(arguments, used++));
      if (error_.is_error()) return error_;
      pattern.remove_prefix(1);
    }
    if (error_.is_error()) return error_;
    return machine_.text(out_, step_);
  }

 private:
  // ".3", or -1 where there is none; none when it is broken or too large.
  static std::optional<int> take_precision(std::string_view& pattern) {
    if (!pattern.starts_with('.')) return -1;
    pattern.remove_prefix(1);
    int value = 0;
    std::size_t size = 0;
    for (; size < pattern.size() && is_digit(pattern[size]); ++size) {
      value = value * 10 + (pattern[size] - '0');
      if (value > precision_limit) return std::nullopt;
    }
    pattern.remove_prefix(size);
    return size > 0 ? std::optional(value) : std::nullopt;
  }

  void append(std::string_view text) {
    if (!machine_.spend(text.size())) error_ = spent(step_);
    if (!error_.is_error()) out_ += text;
  }
  void refuse(Cell error) {
    if (!error_.is_error()) error_ = error;
  }

  void clause(char letter, int precision, const Cell& argument) {
    switch (letter) {
      case 's':
        return text_of(argument);
      case 'd':
        return decimal(argument);
      case 'f':
      case 'e':
        return real(letter, precision < 0 ? default_precision : precision, argument);
      case 'b':
        if (argument.kind == CellKind::boolean) return append(argument.boolean ? "1" : "0");
        return whole("{:b}", argument);
      case 'o':
        return whole("{:o}", argument);
      case 'x':
      case 'X':
        return hexadecimal(letter == 'X', argument);
      default:
        refuse(bad(step_));
    }
  }

  void whole(const char* form, const Cell& argument) {
    const auto value = whole_number(argument);
    if (!value) return refuse(bad(step_));
    append((value->negative ? "-" : "") + fmt::format(fmt::runtime(form), value->magnitude));
  }

  void decimal(const Cell& argument) {
    if (argument.kind == CellKind::real && !std::isfinite(argument.real)) return append(real_text(argument.real));
    if (argument.kind == CellKind::number && json::is_integer_number(argument.text()) && !whole_number(argument))
      return append(argument.text());  // beyond 64 bits
    whole("{}", argument);
  }

  void real(char letter, int precision, const Cell& argument) {
    if (!argument.is_number()) return refuse(bad(step_));
    if (!machine_.spend(argument.size)) return refuse(spent(step_));
    const double value = real_of(argument);
    if (!std::isfinite(value)) return append(real_text(value));
    append(letter == 'f' ? fmt::format("{:.{}f}", value, precision) : fmt::format("{:.{}e}", value, precision));
  }

  void hexadecimal(bool large, const Cell& argument) {
    if (!argument.is_text() && argument.kind != CellKind::bytes) return whole(large ? "{:X}" : "{:x}", argument);
    if (!machine_.spend(std::size_t{argument.size} * 2)) return refuse(spent(step_));
    std::string text = to_hex(
        std::span(reinterpret_cast<const std::uint8_t*>(argument.characters), static_cast<std::size_t>(argument.size)));
    if (large) std::ranges::transform(text, text.begin(), upper);
    append(text);
  }

  // The recursion is as deep as the value, which is bounded.
  void text_of(const Cell& cell) {
    if (error_.is_error()) return;
    if (!machine_.spend_items(1)) return refuse(spent(step_));
    char buffer[time_text_bytes];
    switch (cell.kind) {
      case CellKind::null:
        return append("null");
      case CellKind::boolean:
        return append(cell.boolean ? "true" : "false");
      case CellKind::integer:
      case CellKind::uinteger:
        return whole("{}", cell);
      case CellKind::real:
        return append(real_text(cell.real));
      case CellKind::number:
      case CellKind::text:
      case CellKind::type:
        return append(cell.text());
      case CellKind::bytes:
        return is_utf8(cell.text()) ? append(cell.text()) : refuse(bad(step_));
      case CellKind::timestamp:
        return append(write_timestamp(cell, buffer));
      case CellKind::duration:
        return append(write_duration(cell, buffer));
      case CellKind::list:
      case CellKind::json_list:
        append("[");
        for (std::size_t i = 0; i < cell.size && !error_.is_error(); ++i) {
          if (i > 0) append(", ");
          text_of(Machine::item(cell, i));
        }
        return append("]");
      case CellKind::map:
      case CellKind::json_map:
        return map(cell);
      case CellKind::optional:
      case CellKind::error:
        return refuse(bad(step_));
    }
  }

  // Entries stand in the order of their keys' texts.
  void map(const Cell& cell) {
    std::string before = std::exchange(out_, {});
    std::vector<std::pair<std::string, std::string>> entries;
    for (std::size_t i = 0; i < cell.size && !error_.is_error(); ++i) {
      const Entry entry = Machine::entry(cell, i);
      text_of(entry.key);
      std::string key = std::exchange(out_, {});
      text_of(entry.value);
      entries.emplace_back(std::move(key), std::exchange(out_, {}));
    }
    std::ranges::sort(entries);
    out_ = std::move(before);
    append("{");
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (i > 0) append(", ");
      append(entries[i].first);
      append(": ");
      append(entries[i].second);
    }
    append("}");
  }

  Machine& machine_;
  std::uint32_t step_;
  Cell error_;
  std::string out_;
};

Cell format(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text() || !arguments[1].is_list()) return wrong(step);
  return Formatter(machine, step).run(arguments[0].text(), arguments[1]);
}

}  // namespace

void add_format_functions(FunctionTable& table) {
  table.area("text");
  table.add(
      "format", {{"string_format", "string.format(list(dyn)) -> string"}}, format,
      "Puts values into a text: %s any value, %d a whole number, %.2f with decimals, %e with an exponent, %b %o %x %X "
      "binary, octal and hexadecimal, %% a per cent sign.",
      "\"RT %s/RW %s: %d jiwa\".format([\"001\", \"002\", 35])", R"("RT 001/RW 002: 35 jiwa")");
}

}  // namespace simpul::cel
