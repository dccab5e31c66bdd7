#include "adapters/http/words.h"

#include "bus/base/bytes.h"

namespace simpul::http {

std::string safe_words(std::string_view text) {
  constexpr std::size_t characters = 200, digits = 6;
  if (!is_utf8(text)) return {};
  std::string out;
  std::size_t count = 0;
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t i = 0; i < text.size();) {
    if (count++ == characters) {
      out += "…";
      break;
    }
    std::size_t run = i;
    while (run < text.size() && is_digit(text[run])) ++run;
    if (run - i >= digits) {
      out += "…";
      i = run;
      continue;
    }
    auto first = static_cast<unsigned char>(text[i]);
    std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (first < 0x20 || first == 0x7f)
      out += ' ';
    else
      out.append(text.substr(i, length));
    i += length;
    if (is_digit(static_cast<char>(first)))
      for (; i < run; ++i) out += text[i];
  }
  return out;
}

}  // namespace simpul::http
