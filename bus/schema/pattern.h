// Regular expressions of JSON Schema: ECMA-262 with the u flag, in linear time.
//
// What is read and what is refused: regex.h. A pattern whose machine is small runs by it, one look-up a byte, and stops
// as soon as the answer is known; any other runs by RE2. Immutable; matches() may be called from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bus/base/result.h"

namespace simpul {

class Pattern {
 public:
  // Codes: pattern.syntax; pattern.unsupported for valid ECMA-262 that has no linear form or repeats too much. The
  // message names the character of the pattern.
  static Result<std::unique_ptr<const Pattern>> compile(std::string_view ecma);
  ~Pattern();

  // Anywhere in the text, as JSON Schema core §6.4 says. The text is UTF-8, as whatever was read from JSON is.
  bool matches(std::string_view text) const {
    if (next_.empty()) return matches_slowly(text);
    std::uint32_t state = start_;
    for (unsigned char byte : text) {
      if (state <= everything_) break;
      state = next_[state + columns_[byte]];
    }
    bool fits = state >= accepting_ || (state == everything_ && state != 0);
    return fits && (!counted_ || count_fits(text));
  }
  const std::string& source() const { return source_; }
  std::size_t memory() const;  // bytes, about

 private:
  Pattern();
  struct Slow;
  bool matches_slowly(std::string_view text) const;
  bool count_fits(std::string_view text) const;

  // A state is the offset of its row: 0 is dead, everything_ accepts whatever follows, from accepting_ on they accept.
  std::vector<std::uint16_t> next_;
  std::array<std::uint8_t, 256> columns_{};
  std::uint32_t start_ = 0, everything_ = 0, accepting_ = 0;
  std::unique_ptr<const Slow> slow_;
  // ^[class]{3,500}$ runs as ^[class]*$, and the characters are counted.
  bool counted_ = false;
  std::uint32_t least_ = 0, most_ = 0;
  std::string source_;
};

}  // namespace simpul
