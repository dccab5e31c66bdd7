#include "bus/expression/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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
  const std::size_t begin = at_;
  const char c = peek();
  if (c == '"' || c == '\'') return text(begin, false, fault);
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number(fault);
  if (is_name_start(c)) {
    while (is_name_part(peek())) ++at_;
    const std::string_view word = source_.substr(begin, at_ - begin);
    const bool quote = peek() == '"' || peek() == '\'';
    if (quote && (word == "r" || word == "R")) return text(begin, true, fault);
    if (quote && word.size() <= 2 && word.find_first_not_of("bBrR") == std::string_view::npos) {
      fault = {"cel.unsupported", "byte literals are not supported yet", "write a text literal without the b",
               since(begin)};
      return std::nullopt;
    }
    const bool is_reserved = std::ranges::find(reserved_words, word) != reserved_words.end();
    return Token{is_reserved ? TokenKind::reserved : TokenKind::name, since(begin), word, {}};
  }
  if (c == '`') {
    ++at_;
    while (at_ < source_.size() && peek() != '`' && peek() != '\n') ++at_;
    const std::string_view inner = source_.substr(begin + 1, at_ - begin - 1);
    if (peek() != '`' || inner.empty()) {
      fault = {"cel.syntax", "this quoted field name is not closed", "end it with a backtick", since(begin)};
      return std::nullopt;
    }
    ++at_;
    return Token{TokenKind::quoted_name, since(begin), source_.substr(begin, at_ - begin), std::string(inner)};
  }
  return symbol(fault);
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
    fault = {"cel.unsupported", "unsigned integers are not supported yet", "leave the u out", since(begin)};
    return std::nullopt;
  }
  if (is_name_part(peek())) {
    while (is_name_part(peek())) ++at_;
    fault = {"cel.syntax", fmt::format("\"{}\" is not a number", source_.substr(begin, at_ - begin)),
             "names start with a letter; put text into quotes", since(begin)};
    return std::nullopt;
  }
  return Token{real ? TokenKind::real : TokenKind::integer, since(begin), source_.substr(begin, at_ - begin), {}};
}

std::optional<Token> Lexer::text(std::size_t begin, bool raw, Fault& fault) {
  const char quote = peek();
  const std::string triple(3, quote);
  const bool long_form = starts(triple);
  at_ += long_form ? 3 : 1;
  std::string value;
  for (;;) {
    const bool line_ends = !long_form && (peek() == '\n' || peek() == '\r');
    if (at_ >= source_.size() || line_ends) {
      fault = {"cel.syntax", "this text is not closed",
               fmt::format("end it with {}", long_form ? triple : std::string(1, quote)), since(begin)};
      return std::nullopt;
    }
    if (long_form ? starts(triple) : peek() == quote) break;
    if (peek() == '\\' && !raw) {
      if (!escape(value, fault)) return std::nullopt;
    } else {
      value += source_[at_++];
    }
  }
  at_ += long_form ? 3 : 1;
  return Token{TokenKind::text, since(begin), source_.substr(begin, at_ - begin), std::move(value)};
}

bool Lexer::escape(std::string& out, Fault& fault) {
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
  std::size_t digits = 0;
  std::uint32_t base = 16;
  if (c == 'x' || c == 'X') digits = 2;
  if (c == 'u') digits = 4;
  if (c == 'U') digits = 8;
  if (c >= '0' && c <= '3') {
    digits = 3;
    base = 8;
    --at_;
  }
  std::uint32_t code_point = 0;
  bool good = digits > 0;
  for (std::size_t i = 0; good && i < digits; ++i) {
    const char digit = peek();
    good = base == 8 ? digit >= '0' && digit <= '7' : is_hex(digit);
    if (good) code_point = code_point * base + hex_value(digit), ++at_;
  }
  if (!good) {
    while (at_ < source_.size() && (static_cast<unsigned char>(source_[at_]) & 0xC0) == 0x80) ++at_;
    fault = {"cel.syntax", "this is not an escape of CEL",
             "use \\n, \\t, \\\\, \\\", \\u0041 and the like, or a raw text: r\"...\"", since(begin)};
    return false;
  }
  if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF)) {
    fault = {"cel.syntax", "this escape is not a Unicode character",
             "write characters beyond U+FFFF with \\U and eight digits", since(begin)};
    return false;
  }
  append_utf8(out, code_point);
  return true;
}

std::optional<Token> Lexer::symbol(Fault& fault) {
  const std::size_t begin = at_;
  constexpr std::array<std::string_view, 24> symbols = {"&&", "||", "==", "!=", "<=", ">=", "(", ")",
                                                        "[",  "]",  "{",  "}",  ",",  ".",  "?", ":",
                                                        "+",  "-",  "*",  "/",  "%",  "<",  ">", "!"};
  for (const auto symbol : symbols) {
    if (!starts(symbol)) continue;
    at_ += symbol.size();
    return Token{TokenKind::symbol, since(begin), source_.substr(begin, symbol.size()), {}};
  }
  const char c = source_[at_++];
  while (at_ < source_.size() && (static_cast<unsigned char>(source_[at_]) & 0xC0) == 0x80) ++at_;
  std::string hint = "put text into quotes";
  if (c == '=') hint = "write == to compare";
  if (c == '&') hint = "write && for \"and\"";
  if (c == '|') hint = "write || for \"or\"";
  const bool printable = static_cast<unsigned char>(c) >= 0x20 && c != 0x7F;
  fault = {"cel.syntax",
           printable ? fmt::format("\"{}\" is not part of CEL", source_.substr(begin, at_ - begin))
                     : "a control character is not part of CEL",
           hint, since(begin)};
  return std::nullopt;
}

}  // namespace simpul::cel
