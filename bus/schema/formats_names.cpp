// Host names and mailboxes. ASCII is decided here; what IDNA2008 says of other scripts (RFC 5892: which characters,
// their contextual rules, RFC 5893: right-to-left labels) is libidn2's to know.
#include <idn2.h>

#include <algorithm>
#include <array>
#include <string>

#include "bus/event/syntax.h"
#include "bus/schema/formats_checks.h"

namespace simpul {
namespace {

constexpr std::size_t longest_label = 63, longest_name = 253;  // RFC 1035 §2.3.4

enum MailPlace : std::uint8_t { in_label = 1, in_atom = 2 };

constexpr std::array<std::uint8_t, 256> make_places() {
  std::array<std::uint8_t, 256> table{};
  constexpr std::string_view letters_and_digits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  constexpr std::string_view marks = "!#$%&'*+-/=?^_`{|}~";  // RFC 5322 §3.2.3
  for (char c : letters_and_digits) table[static_cast<unsigned char>(c)] = in_label | in_atom;
  for (char c : marks) table[static_cast<unsigned char>(c)] |= in_atom;
  table['-'] |= in_label;
  return table;
}
constexpr auto places = make_places();

bool is(char c, MailPlace place) {
  return (places[static_cast<unsigned char>(c)] & place) != 0;
}
bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// RFC 5890 §2.3.1: "--" in the third and fourth place is reserved, and "xn--" says an A-label.
bool is_reserved(std::string_view label) {
  return label.size() > 3 && label[2] == '-' && label[3] == '-';
}

// The length of the label's A-label; 0 when IDNA2008 does not allow the label (RFC 5891 §4.2, §4.4).
std::size_t registered_size(std::string_view label) {
  if (label.size() > 4 * longest_label) return 0;  // a U-label in UTF-8 is shorter than its A-label times four
  if (label.find('\0') != label.npos) return 0;    // libidn2 would read no further
  std::string text(label);
  bool encoded = is_ascii(label);
  if (encoded)
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.c_str());
  std::uint8_t* out = nullptr;
  int result = encoded ? idn2_register_u8(nullptr, bytes, &out, 0) : idn2_register_u8(bytes, nullptr, &out, 0);
  std::size_t size = result == IDN2_OK && out != nullptr ? std::string_view(reinterpret_cast<char*>(out)).size() : 0;
  idn2_free(out);
  return size <= longest_label ? size : 0;
}

bool is_a_label(std::string_view label) {
  return (label[0] == 'x' || label[0] == 'X') && (label[1] == 'n' || label[1] == 'N') && registered_size(label) != 0;
}

bool is_ascii_label(std::string_view label) {
  if (label.empty() || label.size() > longest_label || label.front() == '-' || label.back() == '-') return false;
  for (char c : label) {
    if (!is(c, in_label)) return false;
  }
  return !is_reserved(label) || is_a_label(label);
}

// Where the first dot of RFC 3490 §3.1 stands, and its bytes.
std::size_t find_dot(std::string_view text, std::size_t& size) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    size = 1;
    if (text[at] == '.') return at;
    size = 3;
    for (std::string_view dot : {"\xe3\x80\x82", "\xef\xbc\x8e", "\xef\xbd\xa1"}) {  // U+3002, U+FF0E, U+FF61
      if (text.substr(at, 3) == dot) return at;
    }
  }
  size = 0;
  return text.size();
}

bool is_quoted(std::string_view text, bool ascii) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return false;
    if (text[i] == '\\' && ++i == text.size()) return false;
    auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7f || (ascii && c > 0x7e)) return false;
  }
  return true;
}

bool is_local_part(std::string_view text, bool ascii) {
  if (text.empty() || text.size() > 64) return false;  // RFC 5321 §4.5.3.1.1
  if (text.front() == '"') return is_quoted(text, ascii);
  bool dot = true;
  for (char c : text) {
    if (is(c, in_atom) || (!ascii && static_cast<unsigned char>(c) >= 0x80)) {
      dot = false;
    } else if (c != '.' || dot) {
      return false;
    } else {
      dot = true;
    }
  }
  return !dot;
}

bool is_mailbox(std::string_view text, bool ascii) {
  auto at = text.rfind('@');
  if (at == text.npos || !is_local_part(text.substr(0, at), ascii)) return false;
  auto domain = text.substr(at + 1);
  if (!domain.starts_with('[')) return ascii ? is_hostname(domain) : is_idn_hostname(domain);
  if (!domain.ends_with(']')) return false;
  auto address = domain.substr(1, domain.size() - 2);
  constexpr std::string_view tag = "ipv6:";
  bool tagged = address.size() > tag.size() && std::equal(tag.begin(), tag.end(), address.begin(), [](char t, char c) {
                  return t == c || (t >= 'a' && t <= 'z' && c == t - 32);
                });
  return tagged ? is_ipv6(address.substr(tag.size())) : is_ipv4(address);
}

}  // namespace

bool is_hostname(std::string_view text) {
  if (text.size() > longest_name) return false;
  while (true) {
    auto end = std::min(text.find('.'), text.size());
    if (!is_ascii_label(text.substr(0, end))) return false;
    if (end == text.size()) return true;
    text.remove_prefix(end + 1);
  }
}

bool is_idn_hostname(std::string_view text) {
  std::size_t total = 0;
  while (total <= longest_name) {
    std::size_t dot = 0;
    auto end = find_dot(text, dot);
    auto label = text.substr(0, end);
    auto size = label.size();
    if (is_ascii(label)) {
      if (!is_ascii_label(label)) return false;
    } else {
      bool hyphens = label.front() == '-' || label.back() == '-';  // RFC 5891 §4.2.3.1
      if (hyphens || (size = registered_size(label)) == 0) return false;
    }
    total += size;
    if (dot == 0) return total <= longest_name;
    ++total;
    text.remove_prefix(end + dot);
  }
  return false;
}

bool is_email(std::string_view text) {
  return is_mailbox(text, true);
}
bool is_idn_email(std::string_view text) {
  return is_mailbox(text, false);
}

}  // namespace simpul
