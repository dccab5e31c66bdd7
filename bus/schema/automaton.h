// Sets of strings as finite automata over the bytes of UTF-8: what patterns mean, exactly.
//
// Containment compares languages with them: is every string that matches A matched by B, and if not, which one is not.
// All operations are exact and bounded: what would need more than `max_states` states is not made, and the caller says
// "not decidable". Lengths multiply states, so lengths in the thousands are asked of a language instead
// (least_length, most_length, of_length(…) of a text) than made one. Values; cheap to copy and to move, immutable,
// usable from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simpul {

namespace regex {
struct Machine;
}

class Automaton {
 public:
  static constexpr std::size_t max_states = 4096;

  // All texts that an ECMA-262 pattern (u flag) matches anywhere in; null when the pattern is not valid, not regular,
  // or too big. Only well-formed UTF-8 is ever in the language.
  static std::optional<Automaton> of_pattern(std::string_view ecma, std::size_t states = max_states);
  static Automaton any();                                          // every text
  static Automaton none();                                         // no text
  static std::optional<Automaton> of_text(std::string_view text);  // this text alone; null when it is not UTF-8
  // Texts of at least `least` and at most `most` characters (code points). Some 8 states a character.
  static std::optional<Automaton> of_length(std::uint64_t least, std::optional<std::uint64_t> most);

  static std::optional<Automaton> both(const Automaton& a, const Automaton& b, std::size_t states = max_states);
  static std::optional<Automaton> either(const Automaton& a, const Automaton& b, std::size_t states = max_states);
  // What is in `a` and not in `b`: empty when all of `a` is in `b`.
  static std::optional<Automaton> minus(const Automaton& a, const Automaton& b, std::size_t states = max_states);
  Automaton complement() const;  // among well-formed texts

  bool empty() const;
  // A shortest text of the language (in characters), the most readable among them as far as its next character shows
  // (letters and digits before signs before the rest); none when empty.
  std::optional<std::string> shortest() const;
  // Up to `limit` different texts, shortest first.
  std::vector<std::string> some(std::size_t limit) const;
  bool finite() const;
  bool matches(std::string_view text) const;
  std::size_t states() const;                     // without the dead one
  bool operator==(const Automaton& other) const;  // the same language

  // Characters of the shortest text; none when the language is empty.
  std::optional<std::uint64_t> least_length() const;
  // Characters of the longest text; none when there is none, or none longest.
  std::optional<std::uint64_t> most_length() const;
  // A shortest text of `least` to `most` characters. Exact for thousands of characters too; not decided only where
  // that would take too much work.
  struct Found {
    bool decided = true;
    std::optional<std::string> text;
  };
  Found with_length(std::uint64_t least, std::optional<std::uint64_t> most) const;

 private:
  explicit Automaton(regex::Machine machine);
  std::shared_ptr<const regex::Machine> machine_;
};

// The texts of a format (formats.h) where that is a regular language and known here: exactly those for which
// Format::matches holds. None for the others.
std::optional<Automaton> language_of_format(std::string_view name);

}  // namespace simpul
