#include <chrono>

#include "bus/base/environment.h"

namespace simpul {

namespace {

constexpr Nanoseconds second = 1'000'000'000;

constexpr Nanoseconds floor_divide(Nanoseconds a, Nanoseconds b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

// Reads exactly `count` digits at `at` and moves behind them; -1 when they are not there.
int digits(std::string_view text, std::size_t& at, std::size_t count) {
  if (text.size() < at + count) return -1;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const char c = text[at + i];
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  at += count;
  return value;
}

bool take(std::string_view text, std::size_t& at, char upper, char lower) {
  if (at >= text.size() || (text[at] != upper && text[at] != lower)) return false;
  ++at;
  return true;
}

struct Parsed {
  int year, month, day, hour, minute, second;
  Nanoseconds fraction = 0;
  int offset_minutes = 0;
};

// The grammar of RFC 3339 §5.6.
bool parse_fields(std::string_view text, Parsed& out) {
  std::size_t at = 0;
  if ((out.year = digits(text, at, 4)) < 0 || !take(text, at, '-', '-')) return false;
  if ((out.month = digits(text, at, 2)) < 0 || !take(text, at, '-', '-')) return false;
  if ((out.day = digits(text, at, 2)) < 0 || !take(text, at, 'T', 't')) return false;
  if ((out.hour = digits(text, at, 2)) < 0 || !take(text, at, ':', ':')) return false;
  if ((out.minute = digits(text, at, 2)) < 0 || !take(text, at, ':', ':')) return false;
  if ((out.second = digits(text, at, 2)) < 0) return false;
  if (take(text, at, '.', '.')) {
    const std::size_t begin = at;
    Nanoseconds weight = second / 10;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, weight /= 10)
      out.fraction += (text[at] - '0') * weight;
    if (at == begin) return false;
  }
  if (take(text, at, 'Z', 'z')) return at == text.size();
  const int sign = take(text, at, '+', '+') ? 1 : take(text, at, '-', '-') ? -1 : 0;
  if (sign == 0) return false;
  const int hours = digits(text, at, 2);
  if (hours < 0 || hours > 23 || !take(text, at, ':', ':')) return false;
  const int minutes = digits(text, at, 2);
  if (minutes < 0 || minutes > 59 || at != text.size()) return false;
  out.offset_minutes = sign * (hours * 60 + minutes);
  return true;
}

}  // namespace

// Every record and receipt has a time, so its digits are set by hand: a third of the cost of formatting.
std::string format_time(Nanoseconds wall) {
  using namespace std::chrono;
  const Nanoseconds milliseconds_all = floor_divide(wall, 1'000'000);
  const Nanoseconds seconds_all = floor_divide(milliseconds_all, 1000);
  const Nanoseconds days_all = floor_divide(seconds_all, 86400);
  const year_month_day date{sys_days(days(days_all))};
  const auto in_day = static_cast<int>(seconds_all - days_all * 86400);
  std::string text = "0000-00-00T00:00:00.000Z";
  const auto set = [&text](std::size_t end, int value) {
    for (; value > 0; value /= 10) text[--end] = static_cast<char>('0' + value % 10);
  };
  set(4, static_cast<int>(date.year()));
  set(7, static_cast<int>(static_cast<unsigned>(date.month())));
  set(10, static_cast<int>(static_cast<unsigned>(date.day())));
  set(13, in_day / 3600);
  set(16, in_day / 60 % 60);
  set(19, in_day % 60);
  set(23, static_cast<int>(milliseconds_all - seconds_all * 1000));
  return text;
}

Result<Nanoseconds> parse_time(std::string_view text) {
  using namespace std::chrono;
  const auto refuse = [](std::string message) {
    return fail("time.invalid", std::move(message), "write it as RFC 3339 says, for example 2026-11-22T07:30:00Z");
  };
  Parsed parsed{};
  if (!parse_fields(text, parsed)) return refuse("this is not an RFC 3339 date and time");
  const year_month_day date{year(parsed.year), month(static_cast<unsigned>(parsed.month)),
                            day(static_cast<unsigned>(parsed.day))};
  if (!date.ok()) return refuse("this date does not exist in the calendar");
  if (parsed.hour > 23 || parsed.minute > 59 || parsed.second > 60) return refuse("this time of day does not exist");
  const std::int64_t day_count = sys_days(date).time_since_epoch().count();
  const std::int64_t minute_count = day_count * 1440 + parsed.hour * 60 + parsed.minute - parsed.offset_minutes;
  // A leap second stands at the end of a UTC day only (RFC 3339 §5.7).
  if (parsed.second == 60 && floor_divide(minute_count, 1440) * 1440 + 1439 != minute_count)
    return refuse("a 60th second exists only at 23:59:60 UTC");
  const std::int64_t seconds_all = minute_count * 60 + parsed.second;
  constexpr std::int64_t farthest = 9'223'372'035;  // seconds either side of 1970 that fit nanoseconds in 64 bits
  if (seconds_all > farthest || seconds_all < -farthest) return refuse("this time lies outside the years 1678 to 2262");
  return seconds_all * second + parsed.fraction;
}

}  // namespace simpul
