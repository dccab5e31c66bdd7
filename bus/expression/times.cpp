#include "bus/expression/times.h"

#include <fmt/format.h>

#include <chrono>

namespace simpul::cel {

namespace {

__extension__ typedef __int128 Wide;

constexpr std::int64_t seconds_a_day = 86'400;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Takes exactly `count` digits off the front; false when they are not there.
bool take(std::string_view& text, std::size_t count, int& value) {
  if (text.size() < count) return false;
  value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_digit(text[i])) return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return true;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// Digits after a point, as nanoseconds; at least one.
bool take_fraction(std::string_view& text, std::int64_t& nanoseconds) {
  std::int64_t unit = nanoseconds_a_second;
  std::size_t digits = 0;
  for (; digits < text.size() && is_digit(text[digits]); ++digits) {
    unit /= 10;
    nanoseconds += unit * (text[digits] - '0');
  }
  text.remove_prefix(digits);
  return digits > 0;
}

std::optional<std::int64_t> take_days(std::string_view& text) {
  int year = 0, month = 0, day = 0;
  if (!take(text, 4, year) || !take(text, '-') || !take(text, 2, month) || !take(text, '-') || !take(text, 2, day)) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

// "Z" or "+07:00", in seconds east of Greenwich.
bool take_offset(std::string_view& text, std::int64_t& east) {
  if (take(text, 'Z') || take(text, 'z')) return true;
  const bool minus = text.starts_with('-');
  int hours = 0, minutes = 0;
  if (!minus && !text.starts_with('+')) return false;
  text.remove_prefix(1);
  if (!take(text, 2, hours) || !take(text, ':') || !take(text, 2, minutes) || hours > 23 || minutes > 59) return false;
  east = (hours * 60 + minutes) * 60 * (minus ? -1 : 1);
  return true;
}

// One number with its unit, as nanoseconds; false when there is none, or it is beyond any duration.
bool take_span(std::string_view& text, Wide& total) {
  constexpr std::int64_t largest_number = 1'000'000'000'000'000'000;
  std::int64_t whole = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && is_digit(text[digits]); ++digits) {
    if (whole > largest_number / 10) return false;
    whole = whole * 10 + (text[digits] - '0');
  }
  text.remove_prefix(digits);
  std::int64_t billionths = 0;
  const bool has_fraction = take(text, '.') && take_fraction(text, billionths);
  if (digits == 0 && !has_fraction) return false;
  struct Unit {
    std::string_view name;
    std::int64_t nanoseconds;
  };
  constexpr Unit units[] = {{"ns", 1},
                            {"us", 1'000},
                            {"µs", 1'000},
                            {"ms", 1'000'000},
                            {"s", 1'000'000'000},
                            {"m", 60'000'000'000},
                            {"h", 3'600'000'000'000}};
  for (const Unit& unit : units) {
    if (!text.starts_with(unit.name)) continue;
    text.remove_prefix(unit.name.size());
    total += static_cast<Wide>(whole) * unit.nanoseconds +
             static_cast<Wide>(billionths) * unit.nanoseconds / nanoseconds_a_second;
    return true;
  }
  return false;
}

// Brings nanoseconds into [0, 1e9); false when the seconds overflow.
bool carry(std::int64_t& seconds, std::int64_t& nanoseconds) {
  std::int64_t over = nanoseconds / nanoseconds_a_second;
  nanoseconds %= nanoseconds_a_second;
  if (nanoseconds < 0) {
    nanoseconds += nanoseconds_a_second;
    --over;
  }
  return !__builtin_add_overflow(seconds, over, &seconds);
}

char* append_fraction(char* out, std::uint32_t nanoseconds) {
  if (nanoseconds == 0) return out;
  out = fmt::format_to(out, ".{:09}", nanoseconds);
  while (out[-1] == '0') --out;
  return out;
}

}  // namespace

std::optional<Cell> timestamp_of(std::int64_t seconds, std::int64_t nanoseconds) {
  if (!carry(seconds, nanoseconds) || seconds < earliest_timestamp || seconds > latest_timestamp) return std::nullopt;
  return Cell::time(CellKind::timestamp, seconds, static_cast<std::uint32_t>(nanoseconds));
}

std::optional<Cell> duration_of(std::int64_t seconds, std::int64_t nanoseconds) {
  if (!carry(seconds, nanoseconds)) return std::nullopt;
  const bool too_long =
      seconds < -longest_duration || seconds > longest_duration || (seconds == longest_duration && nanoseconds > 0);
  if (too_long) return std::nullopt;
  return Cell::time(CellKind::duration, seconds, static_cast<std::uint32_t>(nanoseconds));
}

std::optional<Cell> read_timestamp(std::string_view text) {
  const auto days = take_days(text);
  if (!days || (!take(text, 'T') && !take(text, 't'))) return std::nullopt;
  int hours = 0, minutes = 0, seconds = 0;
  if (!take(text, 2, hours) || !take(text, ':') || !take(text, 2, minutes) || !take(text, ':') ||
      !take(text, 2, seconds) || hours > 23 || minutes > 59 || seconds > 60) {
    return std::nullopt;
  }
  std::int64_t nanoseconds = 0, east = 0;
  if (take(text, '.') && !take_fraction(text, nanoseconds)) return std::nullopt;
  if (!take_offset(text, east) || !text.empty()) return std::nullopt;
  return timestamp_of(*days * seconds_a_day + (hours * 60 + minutes) * 60 + seconds - east, nanoseconds);
}

std::optional<Cell> read_full_date(std::string_view text) {
  const auto days = take_days(text);
  if (!days || !text.empty()) return std::nullopt;
  return timestamp_of(*days * seconds_a_day, 0);
}

std::optional<Cell> read_duration(std::string_view text) {
  const bool minus = take(text, '-');
  if (!minus) take(text, '+');
  if (text == "0") return duration_of(0, 0);
  if (text.empty()) return std::nullopt;
  Wide total = 0;
  constexpr Wide most = static_cast<Wide>(longest_duration) * nanoseconds_a_second;
  while (!text.empty()) {
    if (!take_span(text, total) || total > most) return std::nullopt;
  }
  if (minus) total = -total;
  return duration_of(static_cast<std::int64_t>(total / nanoseconds_a_second),
                     static_cast<std::int64_t>(total % nanoseconds_a_second));
}

std::string_view write_timestamp(const Cell& timestamp, std::span<char> buffer) {
  std::int64_t days = timestamp.integer / seconds_a_day;
  std::int64_t of_day = timestamp.integer % seconds_a_day;
  if (of_day < 0) {
    of_day += seconds_a_day;
    --days;
  }
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  char* out = fmt::format_to(buffer.data(), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                             static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), of_day / 3600,
                             of_day / 60 % 60, of_day % 60);
  out = append_fraction(out, timestamp.size);
  *out++ = 'Z';
  return {buffer.data(), out};
}

std::string_view write_duration(const Cell& duration, std::span<char> buffer) {
  std::int64_t seconds = duration.integer;
  std::uint32_t nanoseconds = duration.size;
  char* out = buffer.data();
  if (seconds < 0) {
    *out++ = '-';
    if (nanoseconds > 0) {
      ++seconds;
      nanoseconds = nanoseconds_a_second - nanoseconds;
    }
    seconds = -seconds;
  }
  out = fmt::format_to(out, "{}", seconds);
  out = append_fraction(out, nanoseconds);
  *out++ = 's';
  return {buffer.data(), out};
}

}  // namespace simpul::cel
