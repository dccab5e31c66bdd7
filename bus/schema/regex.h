// Regular expressions as JSON Schema writes them (ECMA-262 with the u flag), read once into a tree that everything else
// is made from: what RE2 runs, and automata.
//
// Read as the u flag says (ECMA-262 §22.2.1), and beyond it what Annex B.1.2 gives one meaning only and people write:
// an escaped sign (\_ or \"), a lone ] or }, a { that no quantifier can begin, a class inside a range ([\w-.]). Letters
// escaped without a meaning (\a, \Z) are refused, as the u flag says: elsewhere they mean something else.
// What is regular is read; look-around and back-references are not (pattern.unsupported).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bus/base/result.h"
#include "bus/schema/characters.h"

namespace simpul::regex {

struct Piece {
  enum class Kind : std::uint8_t {
    empty,
    characters,  // one of tree.sets[set]
    start,       // ^
    end,         // $
    boundary,    // \b
    inside,      // \B
    sequence,    // parts in order
    choice,      // one of parts
    repeat,      // parts[0], `least` to `most` times
  };
  Kind kind = Kind::empty;
  std::uint32_t set = 0;
  std::uint32_t least = 0;
  std::optional<std::uint32_t> most = {};  // none: without end
  std::vector<std::uint32_t> parts = {};   // indexes of pieces
};

struct Tree {
  std::vector<Piece> pieces;
  std::uint32_t root = 0;
  std::vector<CharacterSet> sets;
  bool has_boundaries = false;  // \b or \B
  bool has_properties = false;  // \p or \P

  std::uint32_t add(Piece piece);
  std::uint32_t set_of(CharacterSet set);
};

// Groups nest at most this deep, so that what walks a tree may recurse.
constexpr std::size_t max_depth = 200;
// A repetition counts no higher; what counts higher is refused.
constexpr std::uint32_t max_count = 1'000'000;

// Problems: pattern.syntax for what is no expression, pattern.unsupported for valid ones that are not regular or beyond
// those bounds. The message names the character of the pattern.
Result<Tree> parse(std::string_view pattern);

// Positions of characters with each repetition written out, a measure of the machines made of it. Saturates.
std::uint64_t expanded_size(const Tree& tree);

}  // namespace simpul::regex
