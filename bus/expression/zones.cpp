#include "bus/expression/zones.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bus/expression/functions.h"

namespace simpul::cel {

namespace {

constexpr std::int64_t seconds_a_day = 86'400;

// A day of the year on which the clock changes (POSIX.1-2017, 8.3, TZ): Mm.w.d, Jn or n, at a second of that day.
struct Change {
  enum class Form { month_week_day, day_without_leap, day } form = Form::day;
  int month = 0, week = 0, day = 0;
  std::int64_t time = 7200;
};

// What holds after the last transition: one offset, or two with the days on which they change.
struct Rule {
  std::int64_t standard = 0, summer = 0;
  bool has_summer = false;
  Change begin, end;
};

struct Zone {
  std::vector<std::int64_t> transitions;
  std::vector<std::uint8_t> types;  // parallel to transitions
  std::vector<std::int64_t> offsets;
  std::optional<Rule> rule;
};

bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

bool take_number(std::string_view& text, int& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || text.starts_with('-') || value > 1000) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

// "EST" or "<+0545>".
bool take_name(std::string_view& text) {
  std::size_t size = 0;
  if (take(text, '<')) {
    size = text.find('>');
    if (size == std::string_view::npos) return false;
    text.remove_prefix(size + 1);
    return true;
  }
  while (size < text.size() && is_letter(text[size])) ++size;
  text.remove_prefix(size);
  return size >= 3;
}

// [+-]hh[:mm[:ss]], in seconds.
bool take_time(std::string_view& text, std::int64_t& seconds) {
  const bool minus = take(text, '-');
  if (!minus) take(text, '+');
  int hours = 0, minutes = 0, rest = 0;
  if (!take_number(text, hours)) return false;
  if (take(text, ':') && !take_number(text, minutes)) return false;
  if (take(text, ':') && !take_number(text, rest)) return false;
  seconds = (std::int64_t{hours} * 60 + minutes) * 60 + rest;
  if (minus) seconds = -seconds;
  return true;
}

bool take_change(std::string_view& text, Change& change) {
  if (take(text, 'M')) {
    change.form = Change::Form::month_week_day;
    if (!take_number(text, change.month) || !take(text, '.') || !take_number(text, change.week) || !take(text, '.') ||
        !take_number(text, change.day))
      return false;
    if (change.month < 1 || change.month > 12 || change.week < 1 || change.week > 5 || change.day > 6) return false;
  } else {
    change.form = take(text, 'J') ? Change::Form::day_without_leap : Change::Form::day;
    if (!take_number(text, change.day) || change.day > 366) return false;
  }
  return !take(text, '/') || take_time(text, change.time);
}

std::optional<Rule> read_rule(std::string_view text) {
  Rule rule;
  std::int64_t west = 0;
  if (!take_name(text) || !take_time(text, west)) return std::nullopt;
  rule.standard = -west;
  if (text.empty()) return rule;
  rule.has_summer = true;
  rule.summer = rule.standard + 3600;
  if (!take_name(text)) return std::nullopt;
  if (!text.starts_with(',')) {
    if (!take_time(text, west)) return std::nullopt;
    rule.summer = -west;
  }
  if (!take(text, ',') || !take_change(text, rule.begin) || !take(text, ',') || !take_change(text, rule.end) ||
      !text.empty())
    return std::nullopt;
  return rule;
}

// The instant of a change in a year, as the clock reads before it.
std::int64_t local_instant(const Change& change, std::chrono::year year) {
  using namespace std::chrono;
  sys_days day = year / January / 1;
  switch (change.form) {
    case Change::Form::day:
      day += days(change.day);
      break;
    case Change::Form::day_without_leap: {
      const bool after_leap_day = year.is_leap() && change.day >= 60;
      day += days(change.day - 1 + (after_leap_day ? 1 : 0));
      break;
    }
    case Change::Form::month_week_day: {
      const auto month_of = year / static_cast<int>(change.month);
      const weekday wanted(static_cast<unsigned>(change.day));
      day = change.week == 5 ? sys_days(month_of / wanted[last])
                             : sys_days(month_of / wanted[static_cast<unsigned>(change.week)]);
    }
  }
  return day.time_since_epoch().count() * seconds_a_day + change.time;
}

std::int64_t offset_by_rule(const Rule& rule, std::int64_t seconds) {
  if (!rule.has_summer) return rule.standard;
  using namespace std::chrono;
  const std::int64_t local = seconds + rule.standard;
  const std::int64_t whole = local >= 0 ? local / seconds_a_day : -((-local + seconds_a_day - 1) / seconds_a_day);
  const auto year = year_month_day(sys_days(days(whole))).year();
  const std::int64_t begin = local_instant(rule.begin, year) - rule.standard;
  const std::int64_t end = local_instant(rule.end, year) - rule.summer;
  const bool summer =
      begin < end ? seconds >= begin && seconds < end : seconds >= begin || seconds < end;  // the south's is the latter
  return summer ? rule.summer : rule.standard;
}

std::int64_t big_endian(std::string_view bytes) {
  std::uint64_t value = (static_cast<unsigned char>(bytes[0]) & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (const char c : bytes) value = (value << 8) | static_cast<unsigned char>(c);
  return static_cast<std::int64_t>(value);
}

struct Header {
  std::size_t utc_flags = 0, standard_flags = 0, leaps = 0, transitions = 0, types = 0, characters = 0;
  std::size_t body(std::size_t time_bytes) const {
    return transitions * (time_bytes + 1) + types * 6 + characters + leaps * (time_bytes + 4) + standard_flags +
           utc_flags;
  }
};
constexpr std::size_t header_bytes = 44;
constexpr std::size_t count_limit = 10'000;

std::optional<Header> read_header(std::string_view bytes) {
  if (bytes.size() < header_bytes || !bytes.starts_with("TZif") || bytes[4] < '2') return std::nullopt;
  std::array<std::size_t, 6> counts{};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::int64_t count = big_endian(bytes.substr(20 + 4 * i, 4));
    if (count < 0 || count > static_cast<std::int64_t>(count_limit)) return std::nullopt;
    counts[i] = static_cast<std::size_t>(count);
  }
  return Header{counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]};
}

// RFC 8536 §3: the first part with 32-bit times is passed over, the second with 64-bit times and its footer is read.
std::optional<Zone> read_zone(std::string_view bytes) {
  const auto first = read_header(bytes);
  if (!first || bytes.size() < header_bytes + first->body(4)) return std::nullopt;
  bytes.remove_prefix(header_bytes + first->body(4));
  const auto header = read_header(bytes);
  if (!header || header->types == 0 || bytes.size() < header_bytes + header->body(8)) return std::nullopt;
  std::string_view footer = bytes.substr(header_bytes + header->body(8));
  bytes.remove_prefix(header_bytes);
  Zone zone;
  for (std::size_t i = 0; i < header->transitions; ++i) zone.transitions.push_back(big_endian(bytes.substr(8 * i, 8)));
  if (!std::ranges::is_sorted(zone.transitions)) return std::nullopt;
  bytes.remove_prefix(8 * header->transitions);
  for (std::size_t i = 0; i < header->transitions; ++i) {
    zone.types.push_back(static_cast<std::uint8_t>(bytes[i]));
    if (zone.types.back() >= header->types) return std::nullopt;
  }
  bytes.remove_prefix(header->transitions);
  for (std::size_t i = 0; i < header->types; ++i) {
    const std::int64_t offset = big_endian(bytes.substr(6 * i, 4));
    if (offset <= -seconds_a_day || offset >= seconds_a_day) return std::nullopt;
    zone.offsets.push_back(offset);
  }
  if (take(footer, '\n') && !footer.starts_with('\n')) zone.rule = read_rule(footer.substr(0, footer.find('\n')));
  return zone;
}

std::int64_t offset_at(const Zone& zone, std::int64_t seconds) {
  const auto after = std::ranges::upper_bound(zone.transitions, seconds);
  if (after == zone.transitions.begin())
    return zone.transitions.empty() && zone.rule ? offset_by_rule(*zone.rule, seconds) : zone.offsets[0];
  if (after == zone.transitions.end() && zone.rule) return offset_by_rule(*zone.rule, seconds);
  return zone.offsets[zone.types[static_cast<std::size_t>(after - zone.transitions.begin()) - 1]];
}

// A name of the database and no path out of it: letters, digits, _ + - and single slashes. Zones begin with a capital;
// what does not ("localtime", "right/") is the machine's own.
bool is_name(std::string_view zone) {
  constexpr std::size_t longest = 64;
  if (zone.empty() || zone.size() > longest || zone[0] < 'A' || zone[0] > 'Z' || zone.ends_with('/')) return false;
  char before = ' ';
  for (const char c : zone) {
    if (c == '/' && before == '/') return false;
    if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '/' && c != '_' && c != '+' && c != '-') return false;
    before = c;
  }
  return true;
}

// The zones that were asked for; as many as the database has at most.
class Zones {
 public:
  std::shared_ptr<const Zone> find(std::string_view name) {
    const std::lock_guard lock(mutex_);
    if (const auto found = zones_.find(name); found != zones_.end()) return found->second;
    std::ifstream file("/usr/share/zoneinfo/" + std::string(name), std::ios::binary);
    constexpr std::size_t file_limit = 64 * 1024;
    std::string bytes(file_limit, '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    auto zone = read_zone(bytes);
    if (!zone) return nullptr;
    return zones_.emplace(std::string(name), std::make_shared<const Zone>(std::move(*zone))).first->second;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Zone>, std::less<>> zones_;
};

// "+07:00", "-02:30", "07:00".
std::optional<std::int64_t> fixed_offset(std::string_view text) {
  const bool minus = take(text, '-');
  if (!minus) take(text, '+');
  const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) return std::nullopt;
  const int hours = (text[0] - '0') * 10 + text[1] - '0', minutes = (text[3] - '0') * 10 + text[4] - '0';
  if (hours > 23 || minutes > 59) return std::nullopt;
  const std::int64_t seconds = (std::int64_t{hours} * 60 + minutes) * 60;
  return minus ? -seconds : seconds;
}

std::optional<std::int64_t> built_in(std::string_view zone) {
  constexpr std::int64_t hour = 3600;
  struct Known {
    std::string_view name;
    std::int64_t offset;
  };
  constexpr Known known[] = {{"UTC", 0},
                             {"GMT", 0},
                             {"Z", 0},
                             {"WIB", 7 * hour},
                             {"WITA", 8 * hour},
                             {"WIT", 9 * hour},
                             {"Asia/Jakarta", 7 * hour},
                             {"Asia/Pontianak", 7 * hour},
                             {"Asia/Makassar", 8 * hour},
                             {"Asia/Jayapura", 9 * hour}};
  for (const auto& one : known) {
    if (one.name == zone) return one.offset;
  }
  return fixed_offset(zone);
}

std::shared_ptr<const Zone> named_zone(std::string_view zone) {
  static Zones zones;
  return is_name(zone) ? zones.find(zone) : nullptr;
}

}  // namespace

std::optional<std::int64_t> zone_offset(std::string_view zone, std::int64_t seconds) {
  if (const auto offset = built_in(zone)) return offset;
  const auto named = named_zone(zone);
  return named ? std::optional(offset_at(*named, seconds)) : std::nullopt;
}

std::optional<std::int64_t> zone_file_offset(std::string_view bytes, std::int64_t seconds) {
  const auto zone = read_zone(bytes);
  return zone ? std::optional(offset_at(*zone, seconds)) : std::nullopt;
}

bool is_built_in_zone(std::string_view zone) {
  return built_in(zone).has_value();
}

bool is_time_zone(std::string_view zone) {
  return built_in(zone) || named_zone(zone) != nullptr;
}

}  // namespace simpul::cel
