// Dates as people and legacy systems write them, in Indonesian words where a pattern asks for words. No clock: whatever
// "today" is, an event says it.
//
// A pattern is made of fields; all else stands for itself, letters within single quotes:
//   d, dd        the day of the month; dd always in two digits
//   M, MM        the month, in two digits with MM; m and mm as well, unless HH went before
//   MMM, MMMM    its name: "Mar", "Maret"; mmm and mmmm as well
//   yyyy, yy     the year; yy, its last two digits, is for writing only: the century cannot be read from it
//   EEE, EEEE    the name of the day: "Kam", "Kamis"
//   HH, mm, ss   the time of day: mm after HH is minutes
// Reading takes names in any case, and the spellings Pebruari, Nopember, Agt, Ags, Peb, Nop, Jumat and Ahad as well.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

#include "bus/expression/function_arguments.h"
#include "bus/expression/functions.h"
#include "bus/expression/times.h"
#include "bus/expression/zones.h"

namespace simpul::cel {

namespace {

using std::chrono::sys_days;

constexpr std::int64_t seconds_a_day = 86'400;

constexpr std::array<std::string_view, 12> months = {"Januari",   "Februari", "Maret",    "April",
                                                     "Mei",       "Juni",     "Juli",     "Agustus",
                                                     "September", "Oktober",  "November", "Desember"};
constexpr std::array<std::string_view, 12> short_months = {"Jan", "Feb", "Mar", "Apr", "Mei", "Jun",
                                                           "Jul", "Agu", "Sep", "Okt", "Nov", "Des"};
constexpr std::array<std::string_view, 7> days_of_week = {"Minggu", "Senin",  "Selasa", "Rabu",
                                                          "Kamis",  "Jum'at", "Sabtu"};
constexpr std::array<std::string_view, 7> short_days = {"Min", "Sen", "Sel", "Rab", "Kam", "Jum", "Sab"};

struct Spelling {
  std::string_view name;
  unsigned at;
};
constexpr Spelling other_months[] = {{"Pebruari", 1}, {"Nopember", 10}};
constexpr Spelling other_short_months[] = {{"Peb", 1}, {"Agt", 7}, {"Ags", 7}, {"Nop", 10}};
constexpr Spelling other_days[] = {{"Jumat", 5}, {"Ahad", 0}};

enum class Field { literal, unknown, day, month, month_name, year, short_year, day_name, hours, minutes, seconds };

struct Piece {
  Field field = Field::literal;
  std::size_t letters = 0;
  std::string_view text;  // of a literal
};

// Goes through a pattern piece by piece.
class Pattern {
 public:
  explicit Pattern(std::string_view text) : rest_(text) {}

  bool next(Piece& piece) {
    if (rest_.empty()) return false;
    const char c = rest_[0];
    if (c == '\'') {
      piece = quoted();
      return true;
    }
    std::size_t size = 1;
    if (!is_letter(c)) {
      while (size < rest_.size() && !is_letter(rest_[size]) && rest_[size] != '\'') ++size;
      piece = {Field::literal, 0, rest_.substr(0, size)};
    } else {
      while (size < rest_.size() && rest_[size] == c) ++size;
      piece = {field(c, size), size, rest_.substr(0, size)};
      after_hours_ = piece.field == Field::hours;
    }
    rest_.remove_prefix(size);
    return true;
  }

 private:
  // 'pukul', and '' for an apostrophe.
  Piece quoted() {
    const std::size_t end = rest_.find('\'', 1);
    const bool apostrophe = end == 1;
    const Piece piece = {
        end == std::string_view::npos ? Field::unknown : Field::literal, 0,
        apostrophe ? rest_.substr(0, 1) : rest_.substr(1, end == std::string_view::npos ? end : end - 1)};
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    return piece;
  }

  Field field(char c, std::size_t letters) const {
    if (c == 'd' && letters <= 2) return Field::day;
    if (c == 'm' && letters == 2 && after_hours_) return Field::minutes;
    if (c == 'M' || c == 'm') return letters <= 2 ? Field::month : letters <= 4 ? Field::month_name : Field::unknown;
    if (c == 'y') return letters == 4 ? Field::year : letters == 2 ? Field::short_year : Field::unknown;
    if (c == 'E' && (letters == 3 || letters == 4)) return Field::day_name;
    if (c == 'H' && letters == 2) return Field::hours;
    if (c == 's' && letters == 2) return Field::seconds;
    return Field::unknown;
  }

  std::string_view rest_;
  bool after_hours_ = false;
};

struct Moment {
  int year = 0;
  unsigned month = 0, day = 0;
  std::int64_t of_day = 0;  // seconds
};

std::optional<sys_days> days_of(const Moment& moment) {
  const std::chrono::year_month_day date(std::chrono::year(moment.year), std::chrono::month(moment.month),
                                         std::chrono::day(moment.day));
  constexpr int last_year = 9999;
  if (!date.ok() || moment.year < 1 || moment.year > last_year) return std::nullopt;
  return sys_days(date);
}

Moment moment_of(sys_days day, std::int64_t of_day) {
  const std::chrono::year_month_day date(day);
  return {static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
          of_day};
}

Moment moment_of(std::int64_t seconds) {
  std::int64_t day = seconds / seconds_a_day, of_day = seconds % seconds_a_day;
  if (of_day < 0) {
    of_day += seconds_a_day;
    --day;
  }
  return moment_of(sys_days(std::chrono::days(day)), of_day);
}

bool begins(std::string_view text, std::string_view name) {
  if (text.size() < name.size()) return false;
  return std::equal(name.begin(), name.end(), text.begin(), [](char a, char b) { return lower(a) == lower(b); });
}

// Takes the longest of the names that the text begins with.
template <class Names, class Others>
std::optional<unsigned> take_name(std::string_view& text, const Names& names, const Others& others) {
  std::optional<unsigned> found;
  std::size_t longest = 0;
  const auto consider = [&](std::string_view name, unsigned at) {
    if (name.size() <= longest || !begins(text, name)) return;
    longest = name.size();
    found = at;
  };
  for (unsigned i = 0; i < names.size(); ++i) consider(names[i], i);
  for (const auto& other : others) consider(other.name, other.at);
  text.remove_prefix(longest);
  return found;
}

// Exactly `most` digits, or with `least` fewer.
std::optional<int> take_digits(std::string_view& text, std::size_t least, std::size_t most) {
  std::size_t size = 0;
  int value = 0;
  for (; size < most && size < text.size() && is_digit(text[size]); ++size) value = value * 10 + (text[size] - '0');
  if (size < least) return std::nullopt;
  text.remove_prefix(size);
  return value;
}

// The text of a field into the moment; false when it is not there.
bool read_field(const Piece& piece, std::string_view& text, Moment& moment, std::optional<unsigned>& day_of_week) {
  const std::size_t least = piece.letters == 1 ? 1 : 2;
  std::optional<int> number;
  std::optional<unsigned> name;
  switch (piece.field) {
    case Field::literal:
      if (!text.starts_with(piece.text)) return false;
      text.remove_prefix(piece.text.size());
      return true;
    case Field::day:
      number = take_digits(text, least, 2);
      moment.day = static_cast<unsigned>(number.value_or(0));
      return number.has_value();
    case Field::month:
      number = take_digits(text, least, 2);
      moment.month = static_cast<unsigned>(number.value_or(0));
      return number.has_value();
    case Field::year:
      number = take_digits(text, 4, 4);
      moment.year = number.value_or(0);
      return number.has_value();
    case Field::month_name:
      name = piece.letters == 4 ? take_name(text, months, other_months)
                                : take_name(text, short_months, other_short_months);
      moment.month = name.value_or(0) + 1;
      return name.has_value();
    case Field::day_name:
      name = piece.letters == 4 ? take_name(text, days_of_week, other_days)
                                : take_name(text, short_days, std::array<Spelling, 0>{});
      day_of_week = name;
      return name.has_value();
    case Field::hours:
    case Field::minutes:
    case Field::seconds: {
      number = take_digits(text, 2, 2);
      const bool hours = piece.field == Field::hours;
      if (!number || *number > (hours ? 23 : 59)) return false;
      moment.of_day += std::int64_t{*number} * (hours ? 3600 : piece.field == Field::minutes ? 60 : 1);
      return true;
    }
    case Field::short_year:
    case Field::unknown:
      return false;
  }
  return false;
}

std::optional<Moment> read_moment(std::string_view text, std::string_view pattern) {
  Moment moment;
  std::optional<unsigned> day_of_week;
  Pattern pieces(pattern);
  for (Piece piece; pieces.next(piece);) {
    if (!read_field(piece, text, moment, day_of_week)) return std::nullopt;
  }
  const auto day = days_of(moment);
  if (!text.empty() || !day) return std::nullopt;
  if (day_of_week && std::chrono::weekday(*day).c_encoding() != *day_of_week) return std::nullopt;
  return moment;
}

// False for a pattern that is none.
bool write_moment(const Moment& moment, std::string_view pattern, std::string& out) {
  const auto day = days_of(moment);
  if (!day) return false;
  Pattern pieces(pattern);
  const auto number = [&](std::int64_t value, std::size_t letters) { out += fmt::format("{:0{}}", value, letters); };
  for (Piece piece; pieces.next(piece);) {
    const bool whole = piece.letters == 4;
    switch (piece.field) {
      case Field::literal:
        out += piece.text;
        break;
      case Field::day:
        number(moment.day, piece.letters);
        break;
      case Field::month:
        number(moment.month, piece.letters);
        break;
      case Field::year:
        number(moment.year, 4);
        break;
      case Field::short_year:
        number(moment.year % 100, 2);
        break;
      case Field::month_name:
        out += (whole ? months : short_months)[moment.month - 1];
        break;
      case Field::day_name:
        out += (whole ? days_of_week : short_days)[std::chrono::weekday(*day).c_encoding()];
        break;
      case Field::hours:
        number(moment.of_day / 3600, 2);
        break;
      case Field::minutes:
        number(moment.of_day / 60 % 60, 2);
        break;
      case Field::seconds:
        number(moment.of_day % 60, 2);
        break;
      case Field::unknown:
        return false;
    }
  }
  return true;
}

// yyyy-mm-dd; or an RFC 3339 date and time as its writer's clock and calendar showed it; or a timestamp, in UTC.
std::optional<Moment> moment_of(const Cell& cell) {
  constexpr std::size_t date_bytes = 10, time_bytes = 19;
  if (cell.kind == CellKind::timestamp) return moment_of(cell.integer);
  const std::string_view text = cell.text();
  if (text.size() > date_bytes && !read_timestamp(text)) return std::nullopt;
  auto moment = read_moment(text.substr(0, date_bytes), "yyyy-MM-dd");
  if (!moment || text.size() <= date_bytes) return moment;
  const auto two = [&](std::size_t at) { return (text[at] - '0') * 10 + text[at + 1] - '0'; };
  const int of_day = two(date_bytes + 1) * 3600 + two(date_bytes + 4) * 60 + two(time_bytes - 2);
  moment->of_day = std::min<std::int64_t>(of_day, seconds_a_day - 1);  // a leap second is a second later than :59
  return moment;
}

bool is_moment(const Cell& cell) {
  return cell.is_text() || cell.kind == CellKind::timestamp;
}

// What reading it costs: the fraction of a second may be written with any number of digits.
bool spend(Machine& machine, const Cell& moment) {
  return machine.spend(moment.is_text() ? moment.size : 0);
}

Cell written(Machine& machine, std::uint32_t step, const Moment& moment, std::string_view pattern) {
  std::string out;
  if (!machine.spend(pattern.size())) return spent(step);
  return write_moment(moment, pattern, out) ? machine.text(out, step) : bad(step);
}

Cell date(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!all_text(arguments, 2)) return wrong(step);
  if (!machine.spend(arguments[1].size)) return spent(step);
  const auto moment = read_moment(arguments[0].text(), arguments[1].text());
  return moment ? written(machine, step, *moment, "yyyy-MM-dd") : bad(step);
}

// formatDate(text, from, to), formatDate(text or timestamp, to)
Cell format_date(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t count) {
  if (!is_moment(arguments[0]) || !all_text(arguments + 1, count - 1)) return wrong(step);
  if (count == 3 && !arguments[0].is_text()) return wrong(step);
  if (!machine.spend(arguments[1].size) || !spend(machine, arguments[0])) return spent(step);
  const auto moment = count == 3 ? read_moment(arguments[0].text(), arguments[1].text()) : moment_of(arguments[0]);
  return moment ? written(machine, step, *moment, arguments[count - 1].text()) : bad(step);
}

// The moment of a timestamp in a time zone; an error in `failed` otherwise.
std::optional<Moment> moment_in(Machine& machine, std::uint32_t step, const Cell& time, const Cell& zone,
                                Cell& failed) {
  constexpr std::size_t cost_of_a_search = 50;
  failed = wrong(step);
  if (time.kind != CellKind::timestamp || !zone.is_text()) return std::nullopt;
  failed = spent(step);
  if (!is_built_in_zone(zone.text()) && !machine.spend_items(cost_of_a_search)) return std::nullopt;
  failed = bad(step);
  const auto offset = zone_offset(zone.text(), time.integer);
  return offset ? std::optional(moment_of(time.integer + *offset)) : std::nullopt;
}

Cell format_time(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[1].is_text()) return wrong(step);
  Cell failed;
  const auto moment = moment_in(machine, step, arguments[0], arguments[2], failed);
  return moment ? written(machine, step, *moment, arguments[1].text()) : failed;
}

Cell date_in(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  Cell failed;
  const auto moment = moment_in(machine, step, arguments[0], arguments[1], failed);
  return moment ? written(machine, step, *moment, "yyyy-MM-dd") : failed;
}

// The local time as if it were UTC first: the offset that holds then is the one that holds there, but for the hour in
// which a clock is set; then the second guess decides.
Cell read_time(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!all_text(arguments, 3)) return wrong(step);
  constexpr std::size_t cost_of_a_search = 50;
  const std::string_view zone = arguments[2].text();
  if (!machine.spend(arguments[1].size) || (!is_built_in_zone(zone) && !machine.spend_items(cost_of_a_search)))
    return spent(step);
  const auto moment = read_moment(arguments[0].text(), arguments[1].text());
  if (!moment) return bad(step);
  const std::int64_t local = days_of(*moment)->time_since_epoch().count() * seconds_a_day + moment->of_day;
  const auto first = zone_offset(zone, local);
  const auto second = first ? zone_offset(zone, local - *first) : first;
  if (!second) return bad(step);
  const auto made = timestamp_of(local - *second, 0);
  return made ? *made : overflow(step);
}

Cell days_between(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!is_moment(arguments[0]) || !is_moment(arguments[1])) return wrong(step);
  if (!spend(machine, arguments[0]) || !spend(machine, arguments[1])) return spent(step);
  const auto from = moment_of(arguments[0]), to = moment_of(arguments[1]);
  if (!from || !to) return bad(step);
  return Cell::of(std::int64_t{(*days_of(*to) - *days_of(*from)).count()});
}

Cell age(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!is_moment(arguments[0]) || !is_moment(arguments[1])) return wrong(step);
  if (!spend(machine, arguments[0]) || !spend(machine, arguments[1])) return spent(step);
  const auto born = moment_of(arguments[0]), at = moment_of(arguments[1]);
  if (!born || !at || *days_of(*at) < *days_of(*born)) return bad(step);
  const bool had_birthday = at->month > born->month || (at->month == born->month && at->day >= born->day);
  return Cell::of(std::int64_t{at->year - born->year - (had_birthday ? 0 : 1)});
}

// The value with another date: a text keeps its form and the time that stands in it.
Cell with_date(Machine& machine, std::uint32_t step, const Cell& of, const std::optional<sys_days>& day) {
  if (!day) return overflow(step);
  const std::int64_t count = day->time_since_epoch().count();
  if (of.kind == CellKind::timestamp) {
    const auto made = timestamp_of(count * seconds_a_day + moment_of(of.integer).of_day, of.size);
    return made ? *made : overflow(step);
  }
  if (!timestamp_of(count * seconds_a_day, 0)) return overflow(step);
  std::string out;
  if (!write_moment(moment_of(*day, 0), "yyyy-MM-dd", out)) return bad(step);
  constexpr std::size_t date_bytes = 10;
  return machine.text(out.append(of.text().substr(date_bytes)), step);
}

constexpr std::int64_t most_days = 4'000'000, most_months = 120'000;  // beyond any date there is

Cell add_days(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  const auto count = integer_argument(arguments[1]);
  if (!is_moment(arguments[0]) || !count) return wrong(step);
  if (!spend(machine, arguments[0])) return spent(step);
  const auto moment = moment_of(arguments[0]);
  if (!moment) return bad(step);
  if (*count > most_days || *count < -most_days) return overflow(step);
  return with_date(machine, step, arguments[0], *days_of(*moment) + std::chrono::days(*count));
}

// The same day of another month, or its last day: 31 January and a month is the last of February.
Cell add_months(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  const auto count = integer_argument(arguments[1]);
  if (!is_moment(arguments[0]) || !count) return wrong(step);
  if (!spend(machine, arguments[0])) return spent(step);
  const auto moment = moment_of(arguments[0]);
  if (!moment) return bad(step);
  if (*count > most_months || *count < -most_months) return overflow(step);
  const auto month = std::chrono::year_month(std::chrono::year(moment->year), std::chrono::month(moment->month)) +
                     std::chrono::months(*count);
  const auto last = static_cast<unsigned>((month / std::chrono::last).day());
  Moment made = {static_cast<int>(month.year()), static_cast<unsigned>(month.month()), std::min(moment->day, last), 0};
  return with_date(machine, step, arguments[0], days_of(made));
}

}  // namespace

bool is_date_pattern(std::string_view pattern) {
  unsigned days = 0, months_named = 0, years = 0;
  Pattern pieces(pattern);
  for (Piece piece; pieces.next(piece);) {
    if (piece.field == Field::unknown || piece.field == Field::short_year) return false;
    days += piece.field == Field::day;
    months_named += piece.field == Field::month || piece.field == Field::month_name;
    years += piece.field == Field::year;
  }
  return days == 1 && months_named == 1 && years == 1;
}

bool is_time_pattern(std::string_view pattern) {
  bool has_field = false;
  Pattern pieces(pattern);
  for (Piece piece; pieces.next(piece);) {
    if (piece.field == Field::unknown) return false;
    has_field = has_field || piece.field != Field::literal;
  }
  return has_field;
}

void add_date_functions(FunctionTable& table) {
  table.area("dates");
  table.add(
      "date",
      {{"date_string_string", "date(string, string) -> string"},
       {"string_date_string", "string.date(string) -> string"}},
      date,
      "Reads a date by a pattern of d dd M MM MMM MMMM yyyy EEE EEEE HH mm ss (Indonesian names) and writes it as "
      "yyyy-mm-dd. A date that does not exist is an error.",
      "date(\"5 Maret 2026\", \"d MMMM yyyy\")", R"("2026-03-05")");
  table.add("formatDate",
            {{"format_date_string_string", "formatDate(string, string) -> string"},
             {"format_date_timestamp_string", "formatDate(timestamp, string) -> string"},
             {"format_date_string_string_string", "formatDate(string, string, string) -> string"},
             {"string_format_date_string", "string.formatDate(string) -> string"},
             {"timestamp_format_date_string", "timestamp.formatDate(string) -> string"},
             {"string_format_date_string_string", "string.formatDate(string, string) -> string"}},
            format_date,
            "Writes a date by a pattern: one that is written yyyy-mm-dd or as RFC 3339 (its own date, whatever its "
            "offset), a "
            "timestamp (in UTC), or, with two patterns, one that the first of them reads.",
            "formatDate(\"2026-03-05\", \"EEEE, d MMMM yyyy\")", R"("Kamis, 5 Maret 2026")");
  table.add("formatTime",
            {{"format_time_timestamp_string_string", "formatTime(timestamp, string, string) -> string"},
             {"timestamp_format_time_string_string", "timestamp.formatTime(string, string) -> string"}},
            format_time, "Writes an instant by a pattern, as the clocks and calendars of a time zone show it.",
            "formatTime(timestamp(\"2026-03-05T20:00:00Z\"), \"d MMM yyyy 'pukul' HH.mm\", \"WIB\")",
            R"("6 Mar 2026 pukul 03.00")");
  table.add("readTime", {{"read_time_string_string_string", "readTime(string, string, string) -> timestamp"}},
            read_time, "The instant that a text names by a pattern in a time zone.",
            "readTime(\"05/03/2026 07:30\", \"dd/MM/yyyy HH:mm\", \"WIB\")", R"("2026-03-05T00:30:00Z")");
  table.add("dateIn",
            {{"date_in_timestamp_string", "dateIn(timestamp, string) -> string"},
             {"timestamp_date_in_string", "timestamp.dateIn(string) -> string"}},
            date_in, "The date of an instant in a time zone, as yyyy-mm-dd.",
            "dateIn(timestamp(\"2026-03-05T20:00:00Z\"), \"Asia/Jakarta\")", R"("2026-03-06")");
  table.add("daysBetween",
            {{"days_between_string_string", "daysBetween(string, string) -> int"},
             {"days_between_timestamp_timestamp", "daysBetween(timestamp, timestamp) -> int"}},
            days_between, "Days from one date to another: 1 from today to tomorrow, -1 the other way.",
            "daysBetween(\"2026-02-28\", \"2026-03-05\")", "5");
  table.add("addDays",
            {{"add_days_string_int", "addDays(string, int) -> string"},
             {"add_days_timestamp_int", "addDays(timestamp, int) -> timestamp"}},
            add_days, "The date so many days later, or earlier; a text keeps its form.", "addDays(\"2026-02-28\", 1)",
            R"("2026-03-01")");
  table.add("addMonths",
            {{"add_months_string_int", "addMonths(string, int) -> string"},
             {"add_months_timestamp_int", "addMonths(timestamp, int) -> timestamp"}},
            add_months, "The same day so many months later, or the last day of that month.",
            "addMonths(\"2026-01-31\", 1)", R"("2026-02-28")");
  table.add("age",
            {{"age_string_string", "age(string, string) -> int"},
             {"age_timestamp_timestamp", "age(timestamp, timestamp) -> int"}},
            age, "Whole years from a date of birth to a date; born on 29 February, one is older on 1 March.",
            "age(\"1990-07-12\", \"2026-03-05\")", "35");
}

}  // namespace simpul::cel
