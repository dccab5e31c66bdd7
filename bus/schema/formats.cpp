#include "bus/schema/formats.h"

#include <algorithm>
#include <array>

#include "bus/event/syntax.h"
#include "bus/schema/pattern.h"

namespace simpul {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool digits(std::string_view text, std::size_t count) {
  return text.size() == count && std::all_of(text.begin(), text.end(), is_digit);
}
unsigned two(std::string_view text, std::size_t at) {
  return static_cast<unsigned>((text[at] - '0') * 10 + (text[at + 1] - '0'));
}

// Takes "5" and one of `units`; the index of the unit in it, or none.
std::size_t take_amount(std::string_view& text, std::string_view units) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  if (count == 0 || count == text.size()) return units.npos;
  auto unit = units.find(text[count]);
  if (unit != units.npos) text.remove_prefix(count + 1);
  return unit;
}

// Amounts whose units follow each other without a gap (RFC 3339 appendix A); true when at least one is there.
bool take_amounts(std::string_view& text, std::string_view units) {
  auto unit = take_amount(text, units);
  if (unit == units.npos) return false;
  while (unit + 1 < units.size() && !text.empty() && text.front() != 'T') {
    auto next = take_amount(text, units.substr(unit + 1, 1));
    if (next == units.npos) return false;
    ++unit;
  }
  return true;
}

bool is_duration(std::string_view text) {
  if (!text.starts_with('P')) return false;
  text.remove_prefix(1);
  if (text.ends_with('W')) return text.size() > 1 && std::all_of(text.begin(), text.end() - 1, is_digit);
  if (!text.starts_with('T') && !take_amounts(text, "YMD")) return false;
  if (text.empty()) return true;
  if (!text.starts_with('T')) return false;
  text.remove_prefix(1);
  return take_amounts(text, "HMS") && text.empty();
}

// RFC 1123 §2.1
bool is_hostname(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  while (true) {
    auto label = text.substr(0, text.find('.'));
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    if (!std::all_of(label.begin(), label.end(), [](char c) { return is_alpha(c) || is_digit(c) || c == '-'; }))
      return false;
    // RFC 5891 §4.2.3.1: "--" in the third and fourth place belongs to A-labels.
    if (label.size() > 3 && label.substr(2, 2) == "--" && label.substr(0, 2) != "xn" && label.substr(0, 2) != "XN")
      return false;
    if (label.size() == text.size()) return true;
    text.remove_prefix(label.size() + 1);
  }
}

// RFC 5321 §4.1.2 Mailbox
bool is_email(std::string_view text) {
  auto at = text.rfind('@');
  if (at == text.npos || at == 0 || at > 64) return false;
  auto local = text.substr(0, at), domain = text.substr(at + 1);
  if (local.size() > 1 && local.front() == '"' && local.back() == '"') {
    auto quoted = local.substr(1, local.size() - 2);
    for (std::size_t i = 0; i < quoted.size(); ++i) {
      if (quoted[i] == '\\' && ++i == quoted.size()) return false;
      bool escaped = i > 0 && quoted[i - 1] == '\\';
      if (quoted[i] < 0x20 || quoted[i] > 0x7e || (quoted[i] == '"' && !escaped)) return false;
    }
  } else {
    bool dot = true;
    for (char c : local) {
      if (c == '.' && dot) return false;
      dot = c == '.';
      if (!dot && !is_alpha(c) && !is_digit(c) &&
          std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) == std::string_view::npos)
        return false;
    }
    if (dot) return false;
  }
  if (domain.starts_with('[') && domain.ends_with(']')) {
    auto address = domain.substr(1, domain.size() - 2);
    return address.starts_with("IPv6:") ? is_ipv6(address.substr(5)) : is_ipv4(address);
  }
  return is_hostname(domain);
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

bool is_json_pointer(std::string_view text) {
  if (!text.empty() && text.front() != '/') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) return false;
  }
  return true;
}

bool is_regex(std::string_view text) {
  auto pattern = Pattern::compile(text);
  return pattern || pattern.error().code == "pattern.unsupported";
}

// domain.md §1 from here on: the hard rules only.

FixedWords nik_problem(std::string_view text) {
  if (!digits(text, 16)) return {};
  unsigned day = two(text, 6), month = two(text, 8), year = two(text, 10);
  if (day > 40) day -= 40;  // women
  if (month < 1 || month > 12) return {"digits 9 and 10 of a NIK are the month of birth, 01 to 12", ""};
  // The century is not known; 2000 + yy is a leap year when either is.
  if (!is_calendar_day(2000 + year, month, day)) {
    return {
        "digits 7 to 12 of a NIK are the date of birth (ddmmyy, the day plus 40 for women), and this day does not "
        "exist",
        ""};
  }
  if (text.substr(12) == "0000") return {"the last four digits of a NIK count from 0001", ""};
  return {};
}

bool is_nik(std::string_view text) {
  return digits(text, 16) && nik_problem(text).empty();
}

bool is_no_kk(std::string_view text) {
  return digits(text, 16);
}

std::string without(std::string_view text, std::string_view separators) {
  std::string out;
  for (char c : text) {
    if (separators.find(c) == separators.npos) out += c;
  }
  return out;
}

FixedWords nip_problem(std::string_view text) {
  auto bare = without(text, " .");
  if (!digits(bare, 18)) return {};
  std::string_view view = bare;
  unsigned year = two(view, 0) * 100 + two(view, 2), appointed = two(view, 12);
  if (!is_calendar_day(year, two(view, 4), two(view, 6)))
    return {"digits 1 to 8 of a NIP are the date of birth (yyyymmdd), and this day does not exist", ""};
  // PPPK carry the count of their appointment here, from 21 on.
  if (appointed < 1 || (appointed > 12 && appointed < 21)) {
    return {"digits 13 and 14 of a NIP are the month of appointment, 01 to 12, or for PPPK 21 and above", ""};
  }
  if (view[14] != '1' && view[14] != '2') return {"digit 15 of a NIP is 1 (man) or 2 (woman)", ""};
  return {};
}

bool is_nip(std::string_view text) {
  return digits(without(text, " ."), 18) && nip_problem(text).empty();
}

bool is_npwp(std::string_view text) {
  if (digits(text, 15) || digits(text, 16) || digits(text, 22)) return true;
  constexpr std::string_view form = "99.999.999.9-999.999";
  return text.size() == form.size() && std::equal(text.begin(), text.end(), form.begin(),
                                                  [](char c, char f) { return f == '9' ? is_digit(c) : c == f; });
}

bool is_nop(std::string_view text) {
  return digits(without(text, ".-"), 18);
}
bool is_nib(std::string_view text) {
  return digits(text, 13);
}
bool is_nisn(std::string_view text) {
  return digits(text, 10);
}

bool is_npsn(std::string_view text) {
  if (text.size() == 8 && (text.front() == 'K' || text.front() == 'P')) return digits(text.substr(1), 7);
  return digits(text, 8) || digits(text, 6);
}

bool is_kode_wilayah(std::string_view text) {
  constexpr std::string_view form = "99.99.99.9999";
  if (text.find('.') == text.npos) return digits(text, 2) || digits(text, 4) || digits(text, 6) || digits(text, 10);
  if (text.size() != 5 && text.size() != 8 && text.size() != form.size()) return false;
  return std::equal(text.begin(), text.end(), form.begin(),
                    [](char c, char f) { return f == '9' ? is_digit(c) : c == f; });
}

constexpr std::array formats{
    Format{"date", is_full_date, {"a date that exists, such as 2026-11-22", ""}, nullptr},
    Format{"time", is_full_time, {"a time with offset, such as 07:30:00Z", ""}, nullptr},
    Format{"date-time", is_date_time, {"a date and time of RFC 3339, such as 2026-11-22T07:30:00Z", ""}, nullptr},
    Format{"duration", is_duration, {"a duration, such as P3D or PT90M", ""}, nullptr},
    Format{"email", is_email, {"an e-mail address", ""}, nullptr},
    Format{"uri", is_uri, {"a URI with its scheme", ""}, nullptr},
    Format{"uri-reference", is_uri_reference, {"a URI or a relative reference", ""}, nullptr},
    Format{"uuid", is_uuid, {"a UUID, 32 hexadecimal digits in groups of 8-4-4-4-12", ""}, nullptr},
    Format{"ipv4", is_ipv4, {"an IPv4 address", ""}, nullptr},
    Format{"ipv6", is_ipv6, {"an IPv6 address", ""}, nullptr},
    Format{"hostname", is_hostname, {"a host name", ""}, nullptr},
    Format{"json-pointer", is_json_pointer, {"a JSON Pointer, empty or starting with /", ""}, nullptr},
    Format{"regex", is_regex, {"a regular expression of ECMA-262", ""}, nullptr},
    Format{"nik", is_nik, {"16 digits (NIK)", ""}, nik_problem},
    Format{"no-kk", is_no_kk, {"16 digits (family card number)", ""}, nullptr},
    Format{"nip", is_nip, {"18 digits (NIP)", ""}, nip_problem},
    Format{"npwp", is_npwp, {"15, 16 or 22 digits (NPWP or NITKU), or 99.999.999.9-999.999", ""}, nullptr},
    Format{"nop", is_nop, {"18 digits (NOP), which may be separated by . and -", ""}, nullptr},
    Format{"nib", is_nib, {"13 digits (NIB)", ""}, nullptr},
    Format{"nisn", is_nisn, {"10 digits (NISN)", ""}, nullptr},
    Format{"npsn", is_npsn, {"8 digits, K or P and 7 digits, or 6 digits (NPSN)", ""}, nullptr},
    Format{"kode-wilayah",
           is_kode_wilayah,
           {"a region code of 2, 4, 6 or 10 digits, such as 36.71.01.1001 or 3671011001", ""},
           nullptr},
};

}  // namespace

const Format* find_format(std::string_view name) {
  auto found = std::find_if(formats.begin(), formats.end(), [&](const Format& format) { return format.name == name; });
  return found == formats.end() ? nullptr : &*found;
}

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const auto& format : formats) names.emplace_back(format.name);
  return names;
}

}  // namespace simpul
