// The parts of timestamps and durations (cel-spec, langdef.md, "Timestamp and duration functions"): in UTC, or in a
// time zone that is named.
#include <chrono>

#include "bus/expression/function_arguments.h"
#include "bus/expression/functions.h"
#include "bus/expression/zones.h"

namespace simpul::cel {

namespace {

constexpr std::int64_t seconds_a_day = 86'400;

enum class Part { year, month, day_of_year, day_of_month, date, day_of_week, hours, minutes, seconds, milliseconds };

std::int64_t part_of(Part part, std::int64_t local, std::uint32_t nanoseconds) {
  using namespace std::chrono;
  std::int64_t day = local / seconds_a_day, of_day = local % seconds_a_day;
  if (of_day < 0) {
    of_day += seconds_a_day;
    --day;
  }
  const sys_days at{days(day)};
  const year_month_day date(at);
  switch (part) {
    case Part::year:
      return static_cast<int>(date.year());
    case Part::month:
      return static_cast<std::int64_t>(static_cast<unsigned>(date.month())) - 1;
    case Part::day_of_year:
      return (at - sys_days(date.year() / January / 1)).count();
    case Part::day_of_month:
      return static_cast<std::int64_t>(static_cast<unsigned>(date.day())) - 1;
    case Part::date:
      return static_cast<std::int64_t>(static_cast<unsigned>(date.day()));
    case Part::day_of_week:
      return weekday(at).c_encoding();
    case Part::hours:
      return of_day / 3600;
    case Part::minutes:
      return of_day / 60 % 60;
    case Part::seconds:
      return of_day % 60;
    case Part::milliseconds:
      return nanoseconds / 1'000'000;
  }
  return 0;
}

// Whole hours, minutes or seconds of the duration, towards zero; of milliseconds the part below a second.
Cell part_of_duration(Part part, std::uint32_t step, const Cell& duration) {
  const bool part_second = duration.integer < 0 && duration.size > 0;
  const std::int64_t seconds = duration.integer + (part_second ? 1 : 0);
  const std::int64_t nanoseconds = std::int64_t{duration.size} - (part_second ? 1'000'000'000 : 0);
  switch (part) {
    case Part::hours:
      return Cell::of(seconds / 3600);
    case Part::minutes:
      return Cell::of(seconds / 60);
    case Part::seconds:
      return Cell::of(seconds);
    case Part::milliseconds:
      return Cell::of(nanoseconds / 1'000'000);
    default:
      return wrong(step);
  }
}

template <Part part>
Cell get(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t count) {
  const Cell& of = arguments[0];
  if (of.kind == CellKind::duration && count == 1) return part_of_duration(part, step, of);
  if (of.kind != CellKind::timestamp) return wrong(step);
  std::int64_t east = 0;
  if (count > 1) {
    if (!arguments[1].is_text()) return wrong(step);
    // A name that is not built in may have to be sought on the disk.
    constexpr std::size_t cost_of_a_search = 50;
    if (!is_built_in_zone(arguments[1].text()) && !machine.spend_items(cost_of_a_search)) return spent(step);
    const auto offset = zone_offset(arguments[1].text(), of.integer);
    if (!offset) return bad(step);
    east = *offset;
  }
  return Cell::of(part_of(part, of.integer + east, of.size));
}

}  // namespace

void add_time_functions(FunctionTable& table) {
  table.area("times");
  table.add("getFullYear",
            {{"timestamp_to_year", "timestamp.getFullYear() -> int"},
             {"timestamp_to_year_with_tz", "timestamp.getFullYear(string) -> int"}},
            get<Part::year>, "The year, in UTC or in a time zone: \"WIB\", \"Asia/Jakarta\", \"+07:00\".",
            "timestamp(\"2025-12-31T18:00:00Z\").getFullYear(\"WIB\")", "2026");
  table.add("getMonth",
            {{"timestamp_to_month", "timestamp.getMonth() -> int"},
             {"timestamp_to_month_with_tz", "timestamp.getMonth(string) -> int"}},
            get<Part::month>, "The month, from 0 for January.", "timestamp(\"2026-03-05T00:00:00Z\").getMonth()", "2");
  table.add("getDayOfYear",
            {{"timestamp_to_day_of_year", "timestamp.getDayOfYear() -> int"},
             {"timestamp_to_day_of_year_with_tz", "timestamp.getDayOfYear(string) -> int"}},
            get<Part::day_of_year>, "The day of the year, from 0.",
            "timestamp(\"2026-03-05T00:00:00Z\").getDayOfYear()", "63");
  table.add("getDayOfMonth",
            {{"timestamp_to_day_of_month", "timestamp.getDayOfMonth() -> int"},
             {"timestamp_to_day_of_month_with_tz", "timestamp.getDayOfMonth(string) -> int"}},
            get<Part::day_of_month>, "The day of the month, from 0; getDate counts from 1.",
            "timestamp(\"2026-03-05T00:00:00Z\").getDayOfMonth()", "4");
  table.add("getDate",
            {{"timestamp_to_day_of_month_1_based", "timestamp.getDate() -> int"},
             {"timestamp_to_day_of_month_1_based_with_tz", "timestamp.getDate(string) -> int"}},
            get<Part::date>, "The day of the month, from 1.",
            "timestamp(\"2026-03-05T20:00:00Z\").getDate(\"Asia/Jakarta\")", "6");
  table.add("getDayOfWeek",
            {{"timestamp_to_day_of_week", "timestamp.getDayOfWeek() -> int"},
             {"timestamp_to_day_of_week_with_tz", "timestamp.getDayOfWeek(string) -> int"}},
            get<Part::day_of_week>, "The day of the week, from 0 for Sunday.",
            "timestamp(\"2026-03-05T00:00:00Z\").getDayOfWeek()", "4");
  table.add("getHours",
            {{"timestamp_to_hours", "timestamp.getHours() -> int"},
             {"timestamp_to_hours_with_tz", "timestamp.getHours(string) -> int"},
             {"duration_to_hours", "duration.getHours() -> int"}},
            get<Part::hours>, "The hour of the day; of a duration all its whole hours.",
            "timestamp(\"2026-03-05T00:30:00Z\").getHours(\"+07:00\")", "7");
  table.add("getMinutes",
            {{"timestamp_to_minutes", "timestamp.getMinutes() -> int"},
             {"timestamp_to_minutes_with_tz", "timestamp.getMinutes(string) -> int"},
             {"duration_to_minutes", "duration.getMinutes() -> int"}},
            get<Part::minutes>, "The minute of the hour; of a duration all its whole minutes.",
            "duration(\"3730s\").getMinutes()", "62");
  table.add("getSeconds",
            {{"timestamp_to_seconds", "timestamp.getSeconds() -> int"},
             {"timestamp_to_seconds_tz", "timestamp.getSeconds(string) -> int"},
             {"duration_to_seconds", "duration.getSeconds() -> int"}},
            get<Part::seconds>, "The second of the minute; of a duration all its whole seconds.",
            "duration(\"1h\").getSeconds()", "3600");
  table.add("getMilliseconds",
            {{"timestamp_to_milliseconds", "timestamp.getMilliseconds() -> int"},
             {"timestamp_to_milliseconds_with_tz", "timestamp.getMilliseconds(string) -> int"},
             {"duration_to_milliseconds", "duration.getMilliseconds() -> int"}},
            get<Part::milliseconds>, "The milliseconds of the second.",
            "timestamp(\"2026-03-05T00:00:00.250Z\").getMilliseconds()", "250");
}

}  // namespace simpul::cel
