// Regular expressions of JSON Schema: ECMA-262 with the u flag, run by RE2 in linear time.
//
// Translated: \s and \S, '.', \cX, \uXXXX and \u{…}, \p{Letter} and its kin, named groups, empty classes. Refused,
// because linear time cannot have them: look-ahead, look-behind, back-references.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "bus/base/result.h"

namespace simpul {

class Pattern {
 public:
  // Codes: pattern.syntax; pattern.unsupported for valid ECMA-262 that has no linear form.
  static Result<std::unique_ptr<const Pattern>> compile(std::string_view ecma);
  ~Pattern();
  bool matches(std::string_view text) const;  // anywhere in the text, as JSON Schema core §6.4 says
  const std::string& source() const;

 private:
  Pattern();
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

}  // namespace simpul
