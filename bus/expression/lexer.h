// Tokens of CEL (cel-spec, doc/langdef.md, "Syntax").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bus/expression/tree.h"

namespace simpul::cel {

enum class TokenKind : std::uint8_t { end, name, quoted_name, integer, uinteger, real, text, bytes, symbol, reserved };

struct Token {
  TokenKind kind = TokenKind::end;
  Range range;
  std::string_view spelling;
  std::string text;  // of a text or bytes literal, escapes resolved; of a quoted name
};

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}
  // The next token, or none and a fault.
  std::optional<Token> next(Fault& fault);

 private:
  bool skip_space();
  std::optional<Token> number(Fault& fault);
  std::optional<Token> word(Fault& fault);
  std::optional<Token> quoted_name(Fault& fault);
  std::optional<Token> text(std::size_t begin, bool raw, bool bytes, Fault& fault);
  bool escape(std::string& out, bool bytes, Fault& fault);
  bool code_point(char kind, std::uint32_t& value);
  std::optional<Token> symbol(Fault& fault);
  char peek(std::size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }
  bool starts(std::string_view text) const { return source_.substr(at_).starts_with(text); }
  Range since(std::size_t begin) const { return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at_)}; }

  std::string_view source_;
  std::size_t at_ = 0;
};

void append_utf8(std::string& out, std::uint32_t code_point);

}  // namespace simpul::cel
