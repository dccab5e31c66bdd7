#include "bus/event/syntax.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
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

// What a character may be in a URI (RFC 3986 §2, §3), as bits.
enum UriPlace : std::uint8_t {
  uri_always = 1,     // unreserved and sub-delims: everywhere
  uri_colon = 2,      // not in the first segment of a relative reference, nor in a host
  uri_at = 4,         // in a segment, a query and a fragment
  uri_slash = 8,      // in a path, a query and a fragment
  uri_question = 16,  // in a query and a fragment
  uri_scheme = 32,
  uri_private = 64,  // characters of private use: in the query of an IRI
  uri_segment = uri_always | uri_colon | uri_at,
  uri_path = uri_segment | uri_slash,
  uri_fragment = uri_path | uri_question,
  uri_query = uri_fragment | uri_private
};

constexpr std::array<std::uint8_t, 256> make_uri_places() {
  std::array<std::uint8_t, 256> table{};
  constexpr std::string_view always = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=";
  constexpr std::string_view scheme = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.";
  for (char c : always) table[static_cast<unsigned char>(c)] |= uri_always;
  for (char c : scheme) table[static_cast<unsigned char>(c)] |= uri_scheme;
  table[':'] = uri_colon;
  table['@'] = uri_at;
  table['/'] = uri_slash;
  table['?'] = uri_question;
  return table;
}
constexpr auto uri_places = make_uri_places();

// Where the run of characters that `places` allows ends, percent-encoded bytes (§2.1) among them, and in an IRI what
// RFC 3987 §2.2 adds.
template <bool iri>
std::size_t uri_run(std::string_view text, std::size_t at, unsigned places) {
  while (at < text.size()) {
    auto c = static_cast<unsigned char>(text[at]);
    if (uri_places[c] & places) {
      ++at;
    } else if (c == '%') {
      if (at + 2 >= text.size() || !is_hex(text[at + 1]) || !is_hex(text[at + 2])) return at;
      at += 3;
    } else if (iri && c >= 0x80) {
      std::size_t size = 0;
      auto scalar = utf8_at(text, at, size);
      if (size == 0 || !(is_iri_character(scalar) || ((places & uri_private) && is_private_use(scalar)))) return at;
      at += size;
    } else {
      return at;
    }
  }
  return at;
}

// §3.2
template <bool iri>
bool is_authority(std::string_view text) {
  if (auto at = text.find('@'); at != text.npos) {
    if (uri_run<iri>(text, 0, uri_always | uri_colon) != at) return false;
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
      if (address.empty() || address.find('%') != address.npos ||
          uri_run<false>(address, 0, uri_always | uri_colon) != address.size())
        return false;
    } else if (!is_ipv6(host)) {
      return false;
    }
    port = text.substr(end + 1);
  } else {
    port = text.substr(uri_run<iri>(text, 0, uri_always));
  }
  if (port.empty()) return true;
  return port.front() == ':' && std::all_of(port.begin() + 1, port.end(), is_digit);
}

struct UriShape {
  bool valid = false;
  bool scheme = false;
  bool fragment = false;
};

template <bool iri>
UriShape uri_shape(std::string_view text) {
  UriShape shape;
  std::size_t at = 0;
  while (at < text.size() && (uri_places[static_cast<unsigned char>(text[at])] & uri_scheme)) ++at;
  if (at < text.size() && text[at] == ':') {
    if (at == 0 || !is_alpha(text.front())) return shape;
    shape.scheme = true;
    ++at;
  } else {
    at = 0;
  }
  if (text.substr(at).starts_with("//")) {
    auto end = std::min(text.find_first_of("/?#", at + 2), text.size());
    if (!is_authority<iri>(text.substr(at + 2, end - at - 2))) return shape;
    at = end;
  } else if (!shape.scheme) {
    // A colon in the first segment would end a scheme: a relative reference has none there (§4.2).
    at = uri_run<iri>(text, at, uri_always | uri_at);
    if (at < text.size() && text[at] == ':') return shape;
  }
  at = uri_run<iri>(text, at, uri_path);
  if (at < text.size() && text[at] == '?') at = uri_run<iri>(text, at + 1, uri_query);
  if (at < text.size() && text[at] == '#') {
    shape.fragment = true;
    at = uri_run<iri>(text, at + 1, uri_fragment);
  }
  shape.valid = at == text.size();
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
  auto before = text.substr(0, std::min(offset, text.size()));
  Mark mark{1, 1};
  // Eight bytes at a time: the high bit of each byte of `ends` is set where the text has a line's end.
  constexpr std::uint64_t each = 0x0101010101010101, low = each * 0x7f;
  std::size_t at = 0;
  for (; at + 8 <= before.size(); at += 8) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, before.data() + at, 8);
    bytes ^= each * '\n';
    auto ends = ~(((bytes & low) + low) | bytes | low);
    mark.line += static_cast<std::uint32_t>(((ends >> 7) * each) >> 56);  // how many of the eight are set
  }
  for (; at < before.size(); ++at) mark.line += before[at] == '\n';
  auto end = before.rfind('\n');
  for (char c : before.substr(end == before.npos ? 0 : end + 1))
    mark.column += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return mark;
}

char32_t utf8_at(std::string_view text, std::size_t at, std::size_t& size) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  unsigned lead = byte(0);
  size = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (size == 0 || at + size > text.size()) {
    size = 0;
    return 0;
  }
  if (size == 1) return lead;
  char32_t scalar = lead & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) {
      size = 0;
      return 0;
    }
    scalar = (scalar << 6) | (byte(i) & 0x3f);
  }
  return scalar;
}

bool is_iri_character(char32_t c) {
  if (c < 0x10000) return (c >= 0xa0 && c <= 0xd7ff) || (c >= 0xf900 && c <= 0xfdcf) || (c >= 0xfdf0 && c <= 0xffef);
  return c < 0xefffe && (c & 0xffff) < 0xfffe && (c < 0xe0000 || c >= 0xe1000);
}

bool is_private_use(char32_t c) {
  return (c >= 0xe000 && c <= 0xf8ff) || (c >= 0xf0000 && (c & 0xffff) < 0xfffe && c < 0x110000);
}

bool is_calendar_day(unsigned year, unsigned month, unsigned day) {
  constexpr std::array<unsigned, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return false;
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= days[month - 1] + (month == 2 && leap ? 1 : 0);
}

bool is_full_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  unsigned wrong = 0;
  auto digit = [&](std::size_t at) {
    auto value = static_cast<unsigned>(static_cast<unsigned char>(text[at])) - '0';
    wrong |= value > 9;
    return value;
  };
  unsigned year = digit(0) * 1000 + digit(1) * 100 + digit(2) * 10 + digit(3);
  unsigned month = digit(5) * 10 + digit(6), day = digit(8) * 10 + digit(9);
  return !wrong && is_calendar_day(year, month, day);
}

bool is_full_time(std::string_view text) {
  if (text.size() < 9 || text[2] != ':' || text[5] != ':') return false;
  unsigned wrong = 0;
  auto pair = [&wrong](std::string_view of, std::size_t at) {
    auto tens = static_cast<unsigned>(static_cast<unsigned char>(of[at])) - '0';
    auto ones = static_cast<unsigned>(static_cast<unsigned char>(of[at + 1])) - '0';
    wrong |= static_cast<unsigned>(tens > 9) | static_cast<unsigned>(ones > 9);
    return tens * 10 + ones;
  };
  unsigned hour = pair(text, 0), minute = pair(text, 3), second = pair(text, 6);
  if (wrong || hour > 23 || minute > 59 || second > 60) return false;
  auto rest = text.substr(8);
  if (rest.front() == '.') {
    std::size_t end = 1;
    while (end < rest.size() && is_digit(rest[end])) ++end;
    if (end == 1 || end == rest.size()) return false;
    rest.remove_prefix(end);
  }
  int offset = 0;
  if (lower(rest.front()) == 'z') {
    if (rest.size() != 1) return false;
  } else {
    if (rest.size() != 6 || rest[3] != ':' || (rest[0] != '+' && rest[0] != '-')) return false;
    unsigned hours = pair(rest, 1), minutes = pair(rest, 4);
    if (wrong || hours > 23 || minutes > 59) return false;
    offset = static_cast<int>(hours * 60 + minutes) * (rest[0] == '-' ? -1 : 1);
  }
  constexpr int day = 24 * 60;
  return second < 60 || (static_cast<int>(hour * 60 + minute) - offset + day) % day == day - 1;
}

bool is_date_time(std::string_view text) {
  return text.size() > 11 && lower(text[10]) == 't' && is_full_date(text.substr(0, 10)) &&
         is_full_time(text.substr(11));
}

bool is_uri(std::string_view text) {
  auto shape = uri_shape<false>(text);
  return shape.valid && shape.scheme;
}

bool is_absolute_uri(std::string_view text) {
  auto shape = uri_shape<false>(text);
  return shape.valid && shape.scheme && !shape.fragment;
}

bool is_uri_reference(std::string_view text) {
  return uri_shape<false>(text).valid;
}

bool is_iri(std::string_view text) {
  auto shape = uri_shape<true>(text);
  return shape.valid && shape.scheme;
}

bool is_iri_reference(std::string_view text) {
  return uri_shape<true>(text).valid;
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
