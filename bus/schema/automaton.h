// Sets of strings as finite automata over the bytes of UTF-8: what patterns mean, exactly.
//
// Two uses: a pattern whose automaton is small runs by it (one table look-up a byte), and containment compares
// languages (is every string that matches A matched by B, and if not, which one is not). All operations are exact and
// bounded: what would need more than `max_states` states is not made, and the caller says "not decidable".
// Values; cheap to move, immutable, usable from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simpul {

class Automaton {
 public:
  static constexpr std::size_t max_states = 4096;

  // All texts that an ECMA-262 pattern (u flag) matches anywhere in; null when the pattern is not valid, not regular,
  // or too big. Only well-formed UTF-8 is ever in the language.
  static std::optional<Automaton> of_pattern(std::string_view ecma, std::size_t states = max_states);
  static Automaton any();                                          // every text
  static Automaton none();                                         // no text
  static std::optional<Automaton> of_text(std::string_view text);  // this text alone
  // Texts of at least `least` and at most `most` characters (code points).
  static std::optional<Automaton> of_length(std::uint64_t least, std::optional<std::uint64_t> most);

  static std::optional<Automaton> both(const Automaton& a, const Automaton& b, std::size_t states = max_states);
  static std::optional<Automaton> either(const Automaton& a, const Automaton& b, std::size_t states = max_states);
  Automaton complement() const;  // among well-formed texts

  bool empty() const;
  // A shortest text of the language, the most readable among the first bytes that would do (letters and digits before
  // signs before the rest); none when empty.
  std::optional<std::string> shortest() const;
  // Up to `limit` different texts, shortest first.
  std::vector<std::string> some(std::size_t limit) const;
  bool finite() const;
  bool matches(std::string_view text) const;
  std::size_t states() const;

 private:
  struct Table;
  explicit Automaton(std::shared_ptr<const Table> table);
  std::shared_ptr<const Table> table_;
};

}  // namespace simpul
