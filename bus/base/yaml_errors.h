// Turns libyaml's syntax errors into problems that name the likely mistake and what to write instead.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bus/base/result.h"

namespace simpul::yaml {

// What libyaml says about an error, without its types. Marks count from 1.
struct SyntaxError {
  std::string problem;
  std::string context;
  Mark at;
  Mark context_at;  // line 0: none
};

// The text's lines, for errors that quote what the person wrote.
class Lines {
 public:
  explicit Lines(std::string_view text);
  std::string_view line(std::uint32_t number) const;  // from 1; empty when there is none
  // The rest of a line from a column (in characters, from 1).
  std::string_view rest(Mark mark) const;
  // The place of a byte of the text.
  Mark mark_of(std::size_t byte) const;

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

Problem explain(const SyntaxError& error, const Lines& lines, const std::string& file);

// How to write a value that YAML would read as something else: `'...'`, or a block when it holds quotes itself.
std::string quote_hint(std::string_view key, std::string_view value);
// The same for the line at a mark: finds its key and its value.
std::string quote_hint(const Lines& lines, Mark mark);

}  // namespace simpul::yaml
