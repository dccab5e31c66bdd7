// JSON as the differential tests make it: numbers as their text, members in order, and spellings that mean the same.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace simpul::differential {

// Chance that is the same on every machine: a seed gives one case for ever.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(next() % count); }  // count > 0
  std::size_t between(std::size_t low, std::size_t high) { return low + below(high - low + 1); }
  bool chance(unsigned percent) { return below(100) < percent; }
  template <class List>
  const auto& pick(const List& list) {
    return *(std::begin(list) + static_cast<std::ptrdiff_t>(below(std::size(list))));
  }

 private:
  std::uint64_t state_;
};

struct Tree {
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object } kind = Kind::null;
  bool truth = false;
  std::string text;                                   // of a number or a string
  std::vector<Tree> items;                            // of an array
  std::vector<std::pair<std::string, Tree>> members;  // of an object; no name twice

  static Tree null() { return {}; }
  static Tree boolean(bool truth);
  static Tree number(std::string text);
  static Tree count(std::size_t value) { return number(std::to_string(value)); }
  static Tree string(std::string text);
  static Tree array(std::vector<Tree> items = {});
  static Tree object(std::vector<std::pair<std::string, Tree>> members = {});

  bool is(Kind other) const { return kind == other; }
  const Tree* find(std::string_view name) const;  // null when absent, or when this is no object
  Tree* find(std::string_view name) { return const_cast<Tree*>(std::as_const(*this).find(name)); }
  Tree& set(std::string name, Tree value);  // replaces
  void remove(std::string_view name);
  std::size_t size() const;  // of all parts together
};

std::string write(const Tree& tree);
// The same value written another way: spaces, escapes, the order of members, and, where `numbers`, other texts for
// numbers (10 as 1.0e1).
std::string write_otherwise(const Tree& tree, Dice& dice, bool numbers);

bool same(const Tree& a, const Tree& b);  // as JSON Schema core §4.2.2 says: 1 is 1.0

// Whether a reader that keeps numbers as doubles, and 15 digits of them, reads every number as it stands.
bool fits_doubles(const Tree& tree);

}  // namespace simpul::differential
