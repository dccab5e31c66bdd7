// The formats that are regular languages, as patterns. Each is the format's rule (formats*.cpp) written a second time,
// for comparing; a test holds the two together.
#include <string>

#include <fmt/format.h>

#include "bus/schema/automaton.h"

namespace simpul {
namespace {

// Month and day, `between` them, of a year that is no leap year.
std::string month_and_day(std::string_view between) {
  return fmt::format(
      "(?:(?:0[13578]|1[02]){0}(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11){0}(?:0[1-9]|[12]\\d|30)|"
      "02{0}(?:0[1-9]|1\\d|2[0-8]))",
      between);
}

constexpr std::string_view leap_year = "(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)";

std::string date(std::string_view between) {
  return fmt::format("(?:\\d\\d\\d\\d{0}{1}|{2}{0}02{0}29)", between, month_and_day(between), leap_year);
}

// Day (of women plus 40), month and two digits of a year whose century is not known.
std::string short_date() {
  constexpr std::string_view day_31 = "(?:0[1-9]|[12]\\d|3[01]|4[1-9]|[56]\\d|7[01])";
  constexpr std::string_view day_30 = "(?:0[1-9]|[12]\\d|30|4[1-9]|[56]\\d|70)";
  constexpr std::string_view day_28 = "(?:0[1-9]|1\\d|2[0-8]|4[1-9]|5\\d|6[0-8])";
  return fmt::format(
      "(?:{}(?:0[13578]|1[02])\\d\\d|{}(?:0[469]|11)\\d\\d|{}02\\d\\d|(?:29|69)02(?:[02468][048]|[13579][26]))", day_31,
      day_30, day_28);
}

// A pattern of single digits and classes with `separators`, any number of them, wherever they please.
std::string spaced(std::string_view pattern, std::string_view separators) {
  auto gap = fmt::format("[{}]*", separators);
  auto out = gap;
  for (std::size_t at = 0; at < pattern.size();) {
    bool digit = pattern[at] >= '0' && pattern[at] <= '9';
    std::size_t size = digit ? 1 : pattern[at] == '\\' ? 2 : pattern[at] == '[' ? pattern.find(']', at) - at + 1 : 0;
    out += pattern.substr(at, size == 0 ? 1 : size);
    if (size > 0) out += gap;
    at += size == 0 ? 1 : size;
  }
  return out;
}

std::string repeated(std::string_view text, int times) {
  std::string out;
  while (times-- > 0) out += text;
  return out;
}

// Without ^ and $; empty for formats that are not regular, or not known here.
std::string pattern_of(std::string_view format) {
  if (format == "date") return date("-");
  if (format == "uuid") return "[\\da-fA-F]{8}(?:-[\\da-fA-F]{4}){3}-[\\da-fA-F]{12}";
  if (format == "ipv4") {
    constexpr std::string_view part = "(?:\\d|[1-9]\\d|1\\d\\d|2[0-4]\\d|25[0-5])";
    return fmt::format("{0}\\.{0}\\.{0}\\.{0}", part);
  }
  if (format == "json-pointer") return "(?:\\/(?:[^~/]|~[01])*)*";
  if (format == "nik") return fmt::format("\\d{{6}}{}(?:[1-9]\\d{{3}}|0[1-9]\\d\\d|00[1-9]\\d|000[1-9])", short_date());
  if (format == "no-kk") return "\\d{16}";
  if (format == "nip") {
    return spaced(date("") + "\\d\\d\\d\\d(?:0[1-9]|1[0-2]|2[1-9]|[3-9]\\d)[12]\\d\\d\\d", " .");
  }
  if (format == "npwp") return "\\d{15,16}|\\d{22}|\\d\\d\\.\\d{3}\\.\\d{3}\\.\\d-\\d{3}\\.\\d{3}";
  if (format == "nop") return spaced(repeated("\\d", 18), ".\\-");
  if (format == "nib") return "\\d{13}";
  if (format == "nisn") return "\\d{10}";
  if (format == "npsn") return "[KP]\\d{7}|\\d{8}|\\d{6}";
  if (format == "kode-wilayah") return "\\d{2}|\\d{4}|\\d{6}|\\d{10}|\\d\\d\\.\\d\\d(?:\\.\\d\\d(?:\\.\\d{4})?)?";
  if (format == "kode-rekening") {
    return "\\d(?:\\.\\d(?:\\.\\d\\d(?:\\.\\d\\d(?:\\.\\d\\d(?:\\.\\d{3,4})?|\\.\\d{3}(?:\\.\\d{5})?)?)?)?)?";
  }
  if (format == "nrkb") return "[A-Z]{1,2} ?\\d{1,4}(?: ?[A-Z]{1,3})?";
  return {};
}

}  // namespace

std::optional<Automaton> language_of_format(std::string_view name) {
  auto pattern = pattern_of(name);
  if (pattern.empty()) return std::nullopt;
  return Automaton::of_pattern(fmt::format("^(?:{})$", pattern));
}

}  // namespace simpul
