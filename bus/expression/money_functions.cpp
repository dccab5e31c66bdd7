// Exact decimal arithmetic for money, on JSON numbers and on texts that spell one ("1250000.50"): nothing is rounded
// unless a function says to how many places, and then half away from zero, as bills are. Results are JSON numbers that
// keep their decimals. At most 38 digits; beyond that it is an overflow, never a wrong sum.
#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "bus/expression/function_arguments.h"
#include "bus/expression/functions.h"

namespace simpul::cel {

namespace {

__extension__ typedef __int128 Units;
__extension__ typedef unsigned __int128 Magnitude;

constexpr int most_places = 18;

// units / 10^places
struct Decimal {
  Units units = 0;
  int places = 0;
};

// Below 10^38 either way: everything else here relies on it.
bool fits(Units units) {
  constexpr Units half = 10'000'000'000'000'000'000ULL, limit = half * half;
  return units < limit && units > -limit;
}

// False when there are too many digits.
bool shift_up(Units& units, int by) {
  for (; by > 0; --by) {
    if (__builtin_mul_overflow(units, Units{10}, &units)) return false;
  }
  return fits(units);
}

bool is_negative(const Decimal& value) {
  return value.units < 0;
}

// Digits of a JSON number into units; false when it is none, or has too many digits or places.
enum class Read { good, malformed, too_long };

Read read_decimal(std::string_view text, Decimal& out) {
  const bool minus = text.starts_with('-');
  if (minus) text.remove_prefix(1);
  if (text.empty() || !is_digit(text[0]) || (text[0] == '0' && text.size() > 1 && is_digit(text[1])))
    return Read::malformed;
  bool point = false, fits = true;
  std::size_t at = 0;
  for (; at < text.size() && (is_digit(text[at]) || (text[at] == '.' && !point)); ++at) {
    if (text[at] == '.') {
      point = true;
      if (at + 1 >= text.size() || !is_digit(text[at + 1])) return Read::malformed;
      continue;
    }
    fits = fits && shift_up(out.units, 1) && !__builtin_add_overflow(out.units, Units{text[at] - '0'}, &out.units);
    out.places += point ? 1 : 0;
    if (out.places > 1000) return Read::too_long;
  }
  if (at < text.size()) {
    if (text[at] != 'e' && text[at] != 'E') return Read::malformed;
    text.remove_prefix(at + 1);
    if (text.starts_with('+') && text.size() > 1 && is_digit(text[1])) text.remove_prefix(1);
    int exponent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (error == std::errc::result_out_of_range) return Read::too_long;
    if (error != std::errc{} || end != text.data() + text.size()) return Read::malformed;
    if (exponent > 1000 || exponent < -1000) return Read::too_long;
    out.places -= exponent;
  }
  if (!fits) return Read::too_long;
  while (out.places > most_places && out.units % 10 == 0) {  // 1.50000000000000000000 has two places
    out.units /= 10;
    --out.places;
  }
  if (out.places < 0) {
    if (!shift_up(out.units, -out.places)) return Read::too_long;
    out.places = 0;
  }
  if (minus) out.units = -out.units;
  return out.places <= most_places ? Read::good : Read::too_long;
}

// The argument as a decimal; otherwise the error.
std::optional<Decimal> decimal_argument(Machine& machine, std::uint32_t step, const Cell& cell, Cell& failed) {
  std::string own;
  std::string_view text;
  failed = wrong(step);
  switch (cell.kind) {
    case CellKind::number:
    case CellKind::text:
      text = cell.text();
      break;
    case CellKind::integer:
      return Decimal{cell.integer, 0};
    case CellKind::uinteger:
      return Decimal{static_cast<Units>(cell.uinteger), 0};
    case CellKind::real:
      if (!std::isfinite(cell.real)) {
        failed = bad(step);
        return std::nullopt;
      }
      text = own = real_text(cell.real);
      break;
    default:
      return std::nullopt;
  }
  failed = spent(step);
  if (!machine.spend(text.size())) return std::nullopt;
  Decimal value;
  const Read read = read_decimal(text, value);
  failed = read == Read::malformed ? bad(step) : overflow(step);
  return read == Read::good ? std::optional(value) : std::nullopt;
}

std::string digits_of(Units units) {
  std::string out;
  Magnitude rest = units < 0 ? ~static_cast<Magnitude>(units) + 1 : static_cast<Magnitude>(units);
  do {
    out += static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  } while (rest != 0);
  std::ranges::reverse(out);
  return out;
}

// Digits before and behind the point.
struct Written {
  std::string whole, fraction;
};
Written write(const Decimal& value) {
  std::string digits = digits_of(value.units);
  const auto places = static_cast<std::size_t>(value.places);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  return {digits.substr(0, digits.size() - places), digits.substr(digits.size() - places)};
}

Cell number_of(Machine& machine, std::uint32_t step, const Decimal& value) {
  const Written written = write(value);
  std::string text = is_negative(value) ? "-" : "";
  text += written.whole;
  if (!written.fraction.empty()) text.append(".").append(written.fraction);
  const Cell kept = machine.text(text, step);
  return kept.is_error() ? kept : Cell::number(kept.text());
}

bool align(Decimal& a, Decimal& b) {
  const int places = std::max(a.places, b.places);
  const bool good = shift_up(a.units, places - a.places) && shift_up(b.units, places - b.places);
  a.places = b.places = places;
  return good;
}

bool add(Decimal& sum, Decimal value) {
  return align(sum, value) && !__builtin_add_overflow(sum.units, value.units, &sum.units) && fits(sum.units);
}

// Quotient to the nearest, a half away from zero.
Units nearest(Units numerator, Units denominator) {
  const Units quotient = numerator / denominator, rest = numerator % denominator;
  const auto magnitude = [](Units value) {
    return value < 0 ? ~static_cast<Magnitude>(value) + 1 : static_cast<Magnitude>(value);
  };
  const bool up = magnitude(rest) >= magnitude(denominator) - magnitude(rest);
  if (rest == 0 || !up) return quotient;
  return quotient + ((numerator < 0) == (denominator < 0) ? 1 : -1);
}

bool round_to(Decimal& value, int places) {
  if (places >= value.places) {
    const bool good = shift_up(value.units, places - value.places);
    value.places = places;
    return good;
  }
  Units divisor = 1;
  shift_up(divisor, value.places - places);
  value = {nearest(value.units, divisor), places};
  return true;
}

std::optional<int> places_argument(const Cell& cell) {
  const auto places = integer_argument(cell);
  return places && *places >= 0 && *places <= most_places ? std::optional(static_cast<int>(*places)) : std::nullopt;
}

template <class Change>
Cell of_two(Machine& machine, std::uint32_t step, const Cell* arguments, Change change) {
  Cell failed;
  auto a = decimal_argument(machine, step, arguments[0], failed);
  if (!a) return failed;
  const auto b = decimal_argument(machine, step, arguments[1], failed);
  if (!b) return failed;
  return change(*a, *b) ? number_of(machine, step, *a) : overflow(step);
}

Cell money_add(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  return of_two(machine, step, arguments, add);
}

Cell money_subtract(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  return of_two(machine, step, arguments, [](Decimal& a, Decimal b) {
    b.units = -b.units;
    return add(a, b);
  });
}

Cell money_multiply(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  return of_two(machine, step, arguments, [](Decimal& a, const Decimal& b) {
    a.places += b.places;
    if (__builtin_mul_overflow(a.units, b.units, &a.units) || !fits(a.units)) return false;
    for (; a.places > most_places && a.units % 10 == 0; --a.places) a.units /= 10;
    return a.places <= most_places;
  });
}

Cell money_divide(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  const auto places = places_argument(arguments[2]);
  if (!places) return integer_argument(arguments[2]) ? bad(step) : wrong(step);
  Cell failed;
  const auto a = decimal_argument(machine, step, arguments[0], failed);
  if (!a) return failed;
  const auto b = decimal_argument(machine, step, arguments[1], failed);
  if (!b) return failed;
  if (b->units == 0) return Cell::error(ErrorCode::divide_by_zero, step);
  // a / 10^p ÷ (b / 10^q) in 10^-places: a · 10^(places + q - p) ÷ b
  Units numerator = a->units, denominator = b->units;
  const int by = *places + b->places - a->places;
  if (!shift_up(by >= 0 ? numerator : denominator, by >= 0 ? by : -by)) return overflow(step);
  return number_of(machine, step, {nearest(numerator, denominator), *places});
}

Cell money_round(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  const auto places = places_argument(arguments[1]);
  if (!places) return integer_argument(arguments[1]) ? bad(step) : wrong(step);
  Cell failed;
  auto value = decimal_argument(machine, step, arguments[0], failed);
  if (!value) return failed;
  return round_to(*value, *places) ? number_of(machine, step, *value) : overflow(step);
}

Cell money_compare(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  Cell failed;
  auto a = decimal_argument(machine, step, arguments[0], failed);
  if (!a) return failed;
  auto b = decimal_argument(machine, step, arguments[1], failed);
  if (!b) return failed;
  if (!align(*a, *b)) return overflow(step);
  return Cell::of(std::int64_t{a->units > b->units} - std::int64_t{a->units < b->units});
}

Cell money_sum(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_list()) return wrong(step);
  Decimal sum;
  for (std::size_t i = 0; i < arguments[0].size; ++i) {
    if (!machine.spend_items(1)) return spent(step);
    Cell failed;
    const auto value = decimal_argument(machine, step, Machine::item(arguments[0], i), failed);
    if (!value) return failed;
    if (!add(sum, *value)) return overflow(step);
  }
  return number_of(machine, step, sum);
}

// "Rp 1.250.000,50", "1.250.000", "Rp1250000,-", "-Rp 5.000": dots between thousands or nowhere, a comma before
// decimals.
std::optional<std::string> plain_number(std::string_view text) {
  std::string out;
  const auto take_sign = [&] {
    if (!out.empty() || !text.starts_with('-')) return;
    out = "-";
    text.remove_prefix(1);
  };
  const auto skip_spaces = [&] {
    while (text.starts_with(' ') || text.starts_with("\xC2\xA0")) text.remove_prefix(text[0] == ' ' ? 1 : 2);
  };
  skip_spaces();
  take_sign();
  if (text.size() >= 2 && lower(text[0]) == 'r' && lower(text[1]) == 'p') text.remove_prefix(2);
  if (text.starts_with('.') && text.size() > 1 && !is_digit(text[1])) text.remove_prefix(1);  // Rp.
  skip_spaces();
  take_sign();
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (text.ends_with(",-")) text.remove_suffix(2);
  const std::size_t comma = std::min(text.find(','), text.size());
  std::string_view whole = text.substr(0, comma), fraction = text.substr(comma);
  const bool grouped = whole.find('.') != std::string_view::npos;
  std::size_t in_group = 0, groups = 0;
  std::string digits;
  for (const char c : whole) {
    if (c == '.') {
      if (in_group == 0 || in_group > 3 || (groups > 0 && in_group != 3)) return std::nullopt;
      in_group = 0;
      ++groups;
    } else if (is_digit(c)) {
      digits += c;
      ++in_group;
    } else {
      return std::nullopt;
    }
  }
  if (digits.empty() || (grouped && in_group != 3)) return std::nullopt;
  const std::size_t zeros = std::min(digits.find_first_not_of('0'), digits.size() - 1);
  out += digits.substr(zeros);
  if (fraction.empty()) return out;
  if (fraction.size() < 2 || !std::ranges::all_of(fraction.substr(1), is_digit)) return std::nullopt;
  return out.append(".").append(fraction.substr(1));
}

Cell money_read(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text()) return wrong(step);
  constexpr std::uint32_t longest = 64;
  if (arguments[0].size > longest) return bad(step);
  const auto text = plain_number(arguments[0].text());
  if (!text) return bad(step);
  Cell failed;
  const auto value = decimal_argument(machine, step, Cell::of(*text), failed);
  return value ? number_of(machine, step, *value) : failed;
}

Cell rupiah(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t count) {
  const auto places = count > 1 ? places_argument(arguments[1]) : std::optional(2);
  if (!places) return integer_argument(arguments[1]) ? bad(step) : wrong(step);
  Cell failed;
  auto value = decimal_argument(machine, step, arguments[0], failed);
  if (!value) return failed;
  if (!round_to(*value, *places)) return overflow(step);
  Written written = write(*value);
  for (std::size_t at = written.whole.size(); at > 3; at -= 3) written.whole.insert(at - 3, 1, '.');
  std::string text = is_negative(*value) ? "-Rp " : "Rp ";
  text += written.whole;
  if (!written.fraction.empty()) text.append(",").append(written.fraction);
  return machine.text(text, step);
}

constexpr std::array<std::string_view, 10> digit_words = {"nol",  "satu", "dua",   "tiga",    "empat",
                                                          "lima", "enam", "tujuh", "delapan", "sembilan"};

void say(std::string& out, std::string_view word) {
  if (!out.empty()) out += ' ';
  out += word;
}

// 1 to 999.
void say_hundreds(std::string& out, int value) {
  if (const int hundreds = value / 100; hundreds == 1) {
    say(out, "seratus");
  } else if (hundreds > 1) {
    say(out, digit_words[static_cast<std::size_t>(hundreds)]);
    say(out, "ratus");
  }
  const int rest = value % 100;
  if (rest == 10) return say(out, "sepuluh");
  if (rest == 11) return say(out, "sebelas");
  if (rest > 11 && rest < 20) {
    say(out, digit_words[static_cast<std::size_t>(rest - 10)]);
    return say(out, "belas");
  }
  if (rest >= 20) {
    say(out, digit_words[static_cast<std::size_t>(rest / 10)]);
    say(out, "puluh");
  }
  if (rest % 10 != 0) say(out, digit_words[static_cast<std::size_t>(rest % 10)]);
}

Cell terbilang(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  Cell failed;
  auto value = decimal_argument(machine, step, arguments[0], failed);
  if (!value) return failed;
  for (; value->places > 0 && value->units % 10 == 0; --value->places) value->units /= 10;
  if (value->places > 0) return bad(step);  // no words for sen: round first
  constexpr std::array<std::string_view, 5> scales = {"", "ribu", "juta", "miliar", "triliun"};
  constexpr Units limit = 1'000'000'000'000'000;
  if (value->units >= limit || value->units <= -limit) return overflow(step);
  auto rest = static_cast<std::int64_t>(value->units);
  if (rest == 0) return machine.text(digit_words[0], step);
  std::string out = rest < 0 ? "minus" : "";
  if (rest < 0) rest = -rest;
  std::int64_t unit = 1'000'000'000'000;
  for (std::size_t scale = scales.size(); scale-- > 0; unit /= 1000) {
    const auto group = static_cast<int>(rest / unit % 1000);
    if (group == 0) continue;
    if (scale == 1 && group == 1) {
      say(out, "seribu");
      continue;
    }
    say_hundreds(out, group);
    if (scale > 0) say(out, scales[scale]);
  }
  return machine.text(out, step);
}

}  // namespace

void add_money_functions(FunctionTable& table) {
  table.area("money");
  table.add("money.add",
            {{"money_add_number_number", "money.add(number, number) -> number"},
             {"money_add_number_string", "money.add(number, string) -> number"},
             {"money_add_string_number", "money.add(string, number) -> number"},
             {"money_add_string_string", "money.add(string, string) -> number"}},
            money_add, "The exact sum of two amounts, numbers or texts of numbers.", "money.add(\"0.10\", \"0.20\")",
            "0.30");
  table.add("money.subtract",
            {{"money_subtract_number_number", "money.subtract(number, number) -> number"},
             {"money_subtract_number_string", "money.subtract(number, string) -> number"},
             {"money_subtract_string_number", "money.subtract(string, number) -> number"},
             {"money_subtract_string_string", "money.subtract(string, string) -> number"}},
            money_subtract, "The exact difference.", "money.subtract(\"1250000.50\", 250000)", "1000000.50");
  table.add("money.multiply",
            {{"money_multiply_number_number", "money.multiply(number, number) -> number"},
             {"money_multiply_number_string", "money.multiply(number, string) -> number"},
             {"money_multiply_string_number", "money.multiply(string, number) -> number"},
             {"money_multiply_string_string", "money.multiply(string, string) -> number"}},
            money_multiply, "The exact product, with the decimals of both.", "money.multiply(\"1500.25\", \"0.11\")",
            "165.0275");
  table.add("money.divide",
            {{"money_divide_number_number_int", "money.divide(number, number, int) -> number"},
             {"money_divide_number_string_int", "money.divide(number, string, int) -> number"},
             {"money_divide_string_number_int", "money.divide(string, number, int) -> number"},
             {"money_divide_string_string_int", "money.divide(string, string, int) -> number"}},
            money_divide, "The quotient to so many decimals, a half away from zero.", "money.divide(100, 3, 2)",
            "33.33");
  table.add("money.round",
            {{"money_round_number_int", "money.round(number, int) -> number"},
             {"money_round_string_int", "money.round(string, int) -> number"}},
            money_round, "The amount to so many decimals, a half away from zero; missing ones are filled with 0.",
            "money.round(\"2.345\", 2)", "2.35");
  table.add("money.compare",
            {{"money_compare_number_number", "money.compare(number, number) -> int"},
             {"money_compare_number_string", "money.compare(number, string) -> int"},
             {"money_compare_string_number", "money.compare(string, number) -> int"},
             {"money_compare_string_string", "money.compare(string, string) -> int"}},
            money_compare, "-1, 0 or 1 as the first amount is less than the second, equal or greater.",
            "money.compare(\"9.50\", \"10\")", "-1");
  table.add("money.sum",
            {{"money_sum_list_number", "money.sum(list(number)) -> number"},
             {"money_sum_list_string", "money.sum(list(string)) -> number"}},
            money_sum, "The exact sum of a list of amounts; 0 for an empty one.",
            "money.sum([\"0.10\", \"0.20\", \"5\"])", "5.30");
  table.add("money.read", {{"money_read_string", "money.read(string) -> number"}}, money_read,
            "An amount as Indonesians write it: dots between thousands, a comma before decimals, with Rp or without.",
            "money.read(\"Rp 1.250.000,50\")", "1250000.50");
  table.add("rupiah",
            {{"rupiah_number", "rupiah(number) -> string"},
             {"rupiah_string", "rupiah(string) -> string"},
             {"rupiah_number_int", "rupiah(number, int) -> string"},
             {"rupiah_string_int", "rupiah(string, int) -> string"}},
            rupiah, "An amount in rupiah with two decimals, or as many as the number says.", "rupiah(1250000)",
            R"("Rp 1.250.000,00")");
  table.add("terbilang",
            {{"terbilang_number", "terbilang(number) -> string"}, {"terbilang_string", "terbilang(string) -> string"}},
            terbilang, "A whole number below 1000 triliun in Indonesian words.", "terbilang(1250000)",
            R"("satu juta dua ratus lima puluh ribu")");
}

}  // namespace simpul::cel
