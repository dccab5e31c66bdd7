// Sets of characters (Unicode code points) as patterns name them: sorted ranges that neither touch nor overlap.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace simpul::regex {

struct Range {
  std::uint32_t first, last;
  bool operator==(const Range&) const = default;
};

using Ranges = std::vector<Range>;

constexpr std::uint32_t last_character = 0x10ffff;

// Of well-formed UTF-8: the first character of a text, and how many bytes one takes that begins with `lead`.
std::uint32_t take_character(std::string_view text);
std::size_t character_size(unsigned char lead);
void append_character(std::string& text, std::uint32_t character);

// Sorts, and joins what touches.
void normalise(Ranges& ranges);
// Of normalised ranges: all other code points.
Ranges inverted(const Ranges& ranges);

// What \p{name} stands for in RE2's words: nothing when it does not know the name.
struct Property {
  std::string name = {};  // "Lu", "Greek"
  bool negated = false;   // \P{name}
  bool operator==(const Property&) const = default;
};
bool is_property(std::string_view name);
// Its characters, in the Unicode version of RE2, so that a pattern means the same by automaton and by RE2. The first
// time some ten milliseconds for each name, kept then. Normalised; empty for a name that is_property denies.
const Ranges& characters_of(std::string_view property);

// One class of a pattern: [a-z\p{Lu}], \d, a character, the dot.
struct CharacterSet {
  Ranges ranges = {};  // normalised
  std::vector<Property> properties = {};
  bool negated = false;
  bool operator==(const CharacterSet&) const = default;
};
// Its characters, properties looked up; without surrogates, which no text holds.
Ranges characters_of(const CharacterSet& set);

}  // namespace simpul::regex
