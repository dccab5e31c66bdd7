#include "bus/event/syntax.h"

#include <algorithm>
#include <array>
#include <optional>

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
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

std::optional<unsigned> number(std::string_view text, std::size_t at, std::size_t size) {
  if (at + size > text.size()) return std::nullopt;
  unsigned value = 0;
  for (char c : text.substr(at, size)) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

// RFC 3986 §2.2, §2.3
constexpr std::array<bool, 256> make_uri_characters() {
  std::array<bool, 256> table{};
  constexpr std::string_view characters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=";
  for (char c : characters) table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr auto uri_characters = make_uri_characters();  // unreserved and sub-delims

// Unreserved characters, sub-delimiters, percent-encoded bytes and what `also` lists.
bool is_uri_text(std::string_view text, std::string_view also) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
      i += 2;
    } else if (!uri_characters[static_cast<unsigned char>(c)] && also.find(c) == also.npos) {
      return false;
    }
  }
  return true;
}

bool is_scheme(std::string_view text) {
  return !text.empty() && is_alpha(text.front()) && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
}

// RFC 3986 §3.2
bool is_authority(std::string_view text) {
  if (auto at = text.find('@'); at != text.npos) {
    if (!is_uri_text(text.substr(0, at), ":")) return false;
    text.remove_prefix(at + 1);
  }
  std::string_view port;
  if (text.starts_with('[')) {
    auto end = text.find(']');
    if (end == text.npos) return false;
    auto host = text.substr(1, end - 1);
    bool future = host.size() > 3 && lower(host[0]) == 'v' && host.find('.') != host.npos;
    if (future) {
      auto dot = host.find('.');
      auto version = host.substr(1, dot - 1), address = host.substr(dot + 1);
      if (version.empty() || !std::all_of(version.begin(), version.end(), is_hex)) return false;
      if (address.empty() || address.find('%') != address.npos || !is_uri_text(address, ":")) return false;
    } else if (!is_ipv6(host)) {
      return false;
    }
    port = text.substr(end + 1);
    if (!port.empty() && port.front() != ':') return false;
  } else {
    auto colon = std::min(text.find(':'), text.size());
    if (!is_uri_text(text.substr(0, colon), "")) return false;
    port = text.substr(colon);
  }
  if (!port.empty()) port.remove_prefix(1);
  return std::all_of(port.begin(), port.end(), is_digit);
}

struct UriShape {
  bool valid = false;
  bool scheme = false;
  bool fragment = false;
};

UriShape uri_shape(std::string_view text) {
  UriShape shape;
  if (auto hash = text.find('#'); hash != text.npos) {
    shape.fragment = true;
    if (!is_uri_text(text.substr(hash + 1), ":@/?")) return shape;
    text = text.substr(0, hash);
  }
  if (auto mark = text.find('?'); mark != text.npos) {
    if (!is_uri_text(text.substr(mark + 1), ":@/?")) return shape;
    text = text.substr(0, mark);
  }
  // A colon in the first segment always ends a scheme: a relative reference has none there (§4.2).
  auto stop = text.find_first_of(":/");
  if (stop != text.npos && text[stop] == ':') {
    if (!is_scheme(text.substr(0, stop))) return shape;
    shape.scheme = true;
    text.remove_prefix(stop + 1);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    auto end = std::min(text.find('/'), text.size());
    if (!is_authority(text.substr(0, end))) return shape;
    text.remove_prefix(end);
  }
  shape.valid = is_uri_text(text, ":@/");
  return shape;
}

// RFC 9110 §5.6.2
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alpha(c) || is_digit(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The next parameter from what stands behind a ';'; false when it is malformed.
bool next_parameter(std::string_view& rest, std::string_view& name, std::string& value) {
  rest = trim(rest);
  auto equals = rest.find('=');
  if (equals == rest.npos) return false;
  name = rest.substr(0, equals);
  rest.remove_prefix(equals + 1);
  if (!is_token(name)) return false;
  value.clear();
  if (rest.starts_with('"')) {
    std::size_t i = 1;
    for (; i < rest.size() && rest[i] != '"'; ++i) {
      if (rest[i] == '\\' && ++i == rest.size()) return false;
      if (static_cast<unsigned char>(rest[i]) < 0x20 && rest[i] != '\t') return false;
      value += rest[i];
    }
    if (i >= rest.size()) return false;
    rest = trim(rest.substr(i + 1));
  } else {
    auto end = std::min(rest.find(';'), rest.size());
    auto token = trim(rest.substr(0, end));
    if (!is_token(token)) return false;
    value = token;
    rest.remove_prefix(end);
  }
  if (rest.empty()) return true;
  if (rest.front() != ';') return false;
  rest.remove_prefix(1);
  return true;
}

}  // namespace

Mark mark_at(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  Mark mark{1, 1};
  for (std::size_t i = 0; i < offset; ++i) {
    if (text[i] == '\n') {
      ++mark.line;
      mark.column = 1;
    } else if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) {
      ++mark.column;
    }
  }
  return mark;
}

bool is_calendar_day(unsigned year, unsigned month, unsigned day) {
  constexpr std::array<unsigned, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return false;
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= days[month - 1] + (month == 2 && leap ? 1 : 0);
}

bool is_full_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  auto year = number(text, 0, 4), month = number(text, 5, 2), day = number(text, 8, 2);
  return year && month && day && is_calendar_day(*year, *month, *day);
}

bool is_full_time(std::string_view text) {
  if (text.size() < 9 || text[2] != ':' || text[5] != ':') return false;
  auto hour = number(text, 0, 2), minute = number(text, 3, 2), second = number(text, 6, 2);
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return false;
  auto rest = text.substr(8);
  if (rest.front() == '.') {
    auto end = rest.find_first_not_of("0123456789", 1);
    if (end == 1 || end == rest.npos) return false;
    rest.remove_prefix(end);
  }
  int offset = 0;
  if (lower(rest.front()) == 'z') {
    if (rest.size() != 1) return false;
  } else {
    if (rest.size() != 6 || rest[3] != ':' || (rest[0] != '+' && rest[0] != '-')) return false;
    auto hours = number(rest, 1, 2), minutes = number(rest, 4, 2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return false;
    offset = static_cast<int>(*hours * 60 + *minutes) * (rest[0] == '-' ? -1 : 1);
  }
  constexpr int day = 24 * 60;
  return *second < 60 || (static_cast<int>(*hour * 60 + *minute) - offset + day) % day == day - 1;
}

bool is_date_time(std::string_view text) {
  return text.size() > 11 && lower(text[10]) == 't' && is_full_date(text.substr(0, 10)) &&
         is_full_time(text.substr(11));
}

bool is_uri(std::string_view text) {
  auto shape = uri_shape(text);
  return shape.valid && shape.scheme;
}

bool is_absolute_uri(std::string_view text) {
  auto shape = uri_shape(text);
  return shape.valid && shape.scheme && !shape.fragment;
}

bool is_uri_reference(std::string_view text) {
  return uri_shape(text).valid;
}

bool is_ipv4(std::string_view text) {
  for (int part = 0; part < 4; ++part) {
    auto end = part < 3 ? text.find('.') : text.size();
    if (end == text.npos) return false;
    auto digits = text.substr(0, end);
    if (digits.empty() || digits.size() > 3 || (digits.size() > 1 && digits.front() == '0')) return false;
    auto value = number(digits, 0, digits.size());
    if (!value || *value > 255) return false;
    text.remove_prefix(part < 3 ? end + 1 : end);
  }
  return true;
}

bool is_ipv6(std::string_view text) {
  int groups = 0;
  bool gap = false;
  if (text.starts_with("::")) {
    gap = true;
    text.remove_prefix(2);
    if (text.empty()) return true;
  }
  for (;;) {
    auto colon = text.find(':');
    auto group = text.substr(0, colon);
    if (colon == text.npos && group.find('.') != group.npos) {
      if (!is_ipv4(group)) return false;
      groups += 2;
      break;
    }
    if (group.empty() || group.size() > 4 || !std::all_of(group.begin(), group.end(), is_hex)) return false;
    ++groups;
    if (colon == text.npos) break;
    text.remove_prefix(colon + 1);
    if (text.starts_with(':')) {
      if (gap) return false;
      gap = true;
      text.remove_prefix(1);
      if (text.empty()) break;
    }
  }
  return gap ? groups < 8 : groups == 8;
}

bool is_media_type(std::string_view text) {
  auto end = std::min(text.find(';'), text.size());
  auto essence = trim(text.substr(0, end));
  auto slash = essence.find('/');
  if (slash == essence.npos || !is_token(essence.substr(0, slash)) || !is_token(essence.substr(slash + 1)))
    return false;
  auto rest = text.substr(std::min(end + 1, text.size()));
  std::string_view name;
  std::string value;
  while (!trim(rest).empty()) {
    if (!next_parameter(rest, name, value)) return false;
  }
  return true;
}

std::string media_type_essence(std::string_view text) {
  std::string essence(trim(text.substr(0, text.find(';'))));
  std::transform(essence.begin(), essence.end(), essence.begin(), lower);
  return essence;
}

std::string media_type_parameter(std::string_view text, std::string_view lower_name) {
  auto end = text.find(';');
  if (end == text.npos) return {};
  auto rest = text.substr(end + 1);
  std::string_view name;
  std::string value;
  while (!trim(rest).empty() && next_parameter(rest, name, value)) {
    if (std::equal(name.begin(), name.end(), lower_name.begin(), lower_name.end(),
                   [](char a, char b) { return lower(a) == b; })) {
      return value;
    }
  }
  return {};
}

bool is_json_media_type(std::string_view text) {
  auto essence = media_type_essence(text);
  return essence.ends_with("/json") || essence.ends_with("+json");
}

}  // namespace simpul
