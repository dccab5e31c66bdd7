#include "bus/expression/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bus/expression/habits.h"

namespace simpul::cel {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_name_part(char c) {
  return is_name_start(c) || is_digit(c);
}

constexpr std::array<std::string_view, 17> reserved_words = {
    "as",  "break", "const",   "continue",  "else",   "for", "function", "if",   "import",
    "let", "loop",  "package", "namespace", "return", "var", "void",     "while"};

unsigned hex_value(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  return static_cast<unsigned>((c | 0x20) - 'a') + 10;
}

}  // namespace

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

bool Lexer::skip_space() {
  for (;;) {
    const char c = peek();
    if (at_ < source_.size() && (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f')) {
      ++at_;
    } else if (starts("//")) {
      while (at_ < source_.size() && source_[at_] != '\n') ++at_;
    } else {
      return at_ < source_.size();
    }
  }
}

std::optional<Token> Lexer::next(Fault& fault) {
  if (!skip_space()) return Token{TokenKind::end, since(at_), "end of the expression", {}};
  const char c = peek();
  if (c == '"' || c == '\'') return text(at_, false, false, fault);
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number(fault);
  if (is_name_start(c)) return word(fault);
  if (c == '`') return quoted_name(fault);
  return symbol(fault);
}

std::optional<Token> Lexer::word(Fault& fault) {
  const std::size_t begin = at_;
  while (is_name_part(peek())) ++at_;
  const std::string_view word = source_.substr(begin, at_ - begin);
  if (peek() == '"' || peek() == '\'') {
    if (word == "r" || word == "R") return text(begin, true, false, fault);
    if (word == "b" || word == "B") return text(begin, false, true, fault);
    if (word.size() == 2 && (word[0] | 0x20) == 'b' && (word[1] | 0x20) == 'r') return text(begin, true, true, fault);
    const bool swapped = word.size() == 2 && (word[0] | 0x20) == 'r' && (word[1] | 0x20) == 'b';
    fault = {"cel.syntax", fmt::format("a text cannot begin with {}", word),
             swapped       ? "write raw bytes as br\"...\""
             : word == "f" ? "join texts with +: \"NIK \" + data.nik"
             : word == "u" ? "write the text without the u: texts are Unicode"
                           : "before a quote stand r for raw texts and b for bytes; join values with +",
             since(begin)};
    return std::nullopt;
  }
  const bool is_reserved = std::ranges::find(reserved_words, word) != reserved_words.end();
  return Token{is_reserved ? TokenKind::reserved : TokenKind::name, since(begin), word, {}};
}

// A field whose name is not a plain one: letters, digits and _ . - / and spaces (langdef, ESC_IDENT).
std::optional<Token> Lexer::quoted_name(Fault& fault) {
  const std::size_t begin = at_++;
  while (at_ < source_.size() && peek() != '`' && peek() != '\n') ++at_;
  const std::string_view inner = source_.substr(begin + 1, at_ - begin - 1);
  if (peek() != '`') {
    fault = {"cel.syntax", "this quoted field name is not closed", "end it with a backtick", since(begin)};
    return std::nullopt;
  }
  ++at_;
  constexpr std::string_view others = ".-/ ";
  for (const char c : inner) {
    if (is_name_part(c) || others.find(c) != std::string_view::npos) continue;
    fault = {"cel.syntax", "a field name in backticks holds letters, digits, spaces and _ . - / only",
             inner.find("${") != std::string_view::npos ? "join texts with +: \"NIK \" + data.nik"
                                                        : "write other names in brackets: data[\"$id\"]",
             since(begin)};
    return std::nullopt;
  }
  if (inner.empty()) {
    fault = {"cel.syntax", "this field name is empty", "write the name between the backticks", since(begin)};
    return std::nullopt;
  }
  return Token{TokenKind::quoted_name, since(begin), source_.substr(begin, at_ - begin), std::string(inner)};
}

std::optional<Token> Lexer::number(Fault& fault) {
  const std::size_t begin = at_;
  bool real = false;
  if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X') && is_hex(peek(2))) {
    at_ += 2;
    while (is_hex(peek())) ++at_;
  } else {
    while (is_digit(peek())) ++at_;
    if (peek() == '.' && is_digit(peek(1))) {
      real = true;
      ++at_;
      while (is_digit(peek())) ++at_;
    }
    const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
    if ((peek() == 'e' || peek() == 'E') && is_digit(peek(1 + sign))) {
      real = true;
      at_ += 1 + sign;
      while (is_digit(peek())) ++at_;
    }
  }
  if (!real && (peek() == 'u' || peek() == 'U') && !is_name_part(peek(1))) {
    ++at_;
    return Token{TokenKind::uinteger, since(begin), source_.substr(begin, at_ - begin - 1), {}};
  }
  if (is_name_part(peek())) {
    while (is_name_part(peek())) ++at_;
    const std::string_view spelling = source_.substr(begin, at_ - begin);
    fault = {"cel.syntax", fmt::format("\"{}\" is not a number", spelling),
             spelling.find('_') != std::string_view::npos ? "write the digits without _"
                                                          : "names start with a letter; put text into quotes",
             since(begin)};
    return std::nullopt;
  }
  return Token{real ? TokenKind::real : TokenKind::integer, since(begin), source_.substr(begin, at_ - begin), {}};
}

std::optional<Token> Lexer::text(std::size_t begin, bool raw, bool bytes, Fault& fault) {
  const char quote = peek();
  const std::string triple(3, quote);
  const bool long_form = starts(triple);
  at_ += long_form ? 3 : 1;
  std::string value;
  for (;;) {
    const bool line_ends = !long_form && (peek() == '\n' || peek() == '\r');
    if (at_ >= source_.size() || line_ends) {
      fault = {"cel.syntax", "this text is not closed",
               line_ends
                   ? fmt::format("end it with {0} in its line; a text of several lines stands in {0}{0}{0}", quote)
               : long_form ? fmt::format("end it with {}", triple)
                           : fmt::format("end it with {}", quote),
               since(begin)};
      return std::nullopt;
    }
    if (long_form ? starts(triple) : peek() == quote) break;
    if (peek() == '\\' && !raw) {
      if (!escape(value, bytes, fault)) return std::nullopt;
    } else {
      value += source_[at_++];
    }
  }
  at_ += long_form ? 3 : 1;
  return Token{bytes ? TokenKind::bytes : TokenKind::text, since(begin), source_.substr(begin, at_ - begin),
               std::move(value)};
}

// The number behind \x, \u, \U, or an octal one of which `kind` is the first digit.
bool Lexer::code_point(char kind, std::uint32_t& value) {
  std::size_t digits = kind == 'u' ? 4 : kind == 'U' ? 8 : 2;
  std::uint32_t base = 16;
  if (kind >= '0' && kind <= '3') {
    digits = 3;
    base = 8;
    --at_;
  }
  for (std::size_t i = 0; i < digits; ++i) {
    const char digit = peek();
    if (base == 8 ? digit < '0' || digit > '7' : !is_hex(digit)) return false;
    value = value * base + hex_value(digit);
    ++at_;
  }
  return true;
}

bool Lexer::escape(std::string& out, bool bytes, Fault& fault) {
  const std::size_t begin = at_++;
  const char c = at_ < source_.size() ? source_[at_++] : '\0';
  constexpr std::string_view plain = "\\?\"'`";
  constexpr std::string_view letters = "abfnrtv";
  constexpr std::string_view meanings = "\a\b\f\n\r\t\v";
  if (c != '\0' && plain.find(c) != std::string_view::npos) {
    out += c;
    return true;
  }
  if (const auto letter = letters.find(c); c != '\0' && letter != std::string_view::npos) {
    out += meanings[letter];
    return true;
  }
  const bool octal = c >= '0' && c <= '3';
  const bool known = octal || c == 'x' || c == 'X' || c == 'u' || c == 'U';
  std::uint32_t value = 0;
  if (!known || !code_point(c, value)) {
    while (at_ < source_.size() && (static_cast<unsigned char>(source_[at_]) & 0xC0) == 0x80) ++at_;
    fault = {"cel.syntax", "this is not an escape of CEL",
             "use \\n, \\t, \\\\, \\\", \\u0041 and the like, or a raw text: r\"...\"", since(begin)};
    return false;
  }
  if (bytes) {
    if (c == 'u' || c == 'U') {
      fault = {"cel.syntax", "bytes have no Unicode escapes",
               "write the character itself, its bytes as \\xE2, or bytes(\"\\u2026\")", since(begin)};
      return false;
    }
    out += static_cast<char>(value);
    return true;
  }
  if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
    fault = {"cel.syntax", "this escape is not a Unicode character",
             "write characters beyond U+FFFF with \\U and eight digits", since(begin)};
    return false;
  }
  append_utf8(out, value);
  return true;
}

std::optional<Token> Lexer::symbol(Fault& fault) {
  const std::size_t begin = at_;
  // What begins with an operator of ours and goes on as other languages have it.
  if (starts("===") || starts("!==")) {
    const bool equal = starts("===");
    at_ += 3;
    fault = {"cel.syntax", fmt::format("\"{}\" is not part of CEL", source_.substr(begin, 3)),
             equal ? "write == to compare: CEL never converts types" : "write != to compare: CEL never converts types",
             since(begin)};
    return std::nullopt;
  }
  constexpr std::array<std::string_view, 24> symbols = {"&&", "||", "==", "!=", "<=", ">=", "(", ")",
                                                        "[",  "]",  "{",  "}",  ",",  ".",  "?", ":",
                                                        "+",  "-",  "*",  "/",  "%",  "<",  ">", "!"};
  for (const auto symbol : symbols) {
    if (!starts(symbol)) continue;
    at_ += symbol.size();
    return Token{TokenKind::symbol, since(begin), source_.substr(begin, symbol.size()), {}};
  }
  const std::string hint = hint_for_symbol(source_.substr(at_));
  const char c = source_[at_++];
  while (at_ < source_.size() && (static_cast<unsigned char>(source_[at_]) & 0xC0) == 0x80) ++at_;
  const bool printable = static_cast<unsigned char>(c) >= 0x20 && c != 0x7F;
  fault = {"cel.syntax",
           printable ? fmt::format("\"{}\" is not part of CEL", source_.substr(begin, at_ - begin))
                     : "a control character is not part of CEL",
           hint, since(begin)};
  return std::nullopt;
}

}  // namespace simpul::cel
