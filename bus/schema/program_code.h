// The fast pass as data: flat tables that refer to each other by index. program_build.cpp makes it from nodes,
// program.cpp runs it.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bus/schema/node.h"

namespace simpul::program {

using Index = std::uint32_t;
constexpr Index none = 0xffffffff;        // of a check: any value is valid
constexpr Index undeclared = 0xfffffffe;  // of a name: it is required or depended on, no schema of `properties` has it

// A run of entries of one of the tables.
struct Span {
  Index begin = 0, count = 0;
};

// A text's first and last bytes and its size: up to 16 bytes, that is all of it.
struct Key {
  std::uint64_t first = 0, last = 0;
  std::uint32_t size = 0;
};

inline Key key_of(std::string_view text) {
  Key key;
  const auto size = text.size();
  key.size = static_cast<std::uint32_t>(size);
  if (size >= 8) {
    std::memcpy(&key.first, text.data(), 8);
    std::memcpy(&key.last, text.data() + size - 8, 8);
  } else if (size >= 4) {
    std::uint32_t low, high;
    std::memcpy(&low, text.data(), 4);
    std::memcpy(&high, text.data() + size - 4, 4);
    key.first = low;
    key.last = high;
  } else if (size > 0) {
    key.first = static_cast<unsigned char>(text[0]);
    key.last = static_cast<std::uint64_t>(static_cast<unsigned char>(text[size / 2])) << 8 |
               static_cast<unsigned char>(text[size - 1]);
  }
  return key;
}

inline std::uint32_t hash_of(const Key& key, std::string_view text) {
  auto sum = json::mixed(key.first + key.size, key.last);
  // The middle counts too: codes of one kind often differ only there.
  if (text.size() > 16) sum = json::mixed(sum, json::text_hash(text.substr(8, text.size() - 16)));
  return static_cast<std::uint32_t>(sum);
}

struct Word {
  Key key;
  const char* text = nullptr;
  Index value = none;          // what the table says of it: a check, a span's place
  std::uint64_t required = 0;  // its bit in ObjectRule::required
};

inline bool is_word(const Word& word, const Key& key, std::string_view text) {
  return word.key.first == key.first && word.key.last == key.last && word.key.size == key.size &&
         (key.size <= 16 || std::memcmp(word.text + 8, text.data() + 8, key.size - 16) == 0);
}

// Texts in an open-addressed table; `slots` holds each one's number + 1.
struct WordSet {
  Span words;
  Index slots = 0, mask = 0;
};

// A number of at most 18 digits, without an exponent: digits / 10^places.
struct SmallNumber {
  std::int64_t digits = 0;
  std::uint32_t places = 0;
  bool fits = false;
};

inline SmallNumber small_number(std::string_view text) {
  SmallNumber number;
  std::size_t i = !text.empty() && text[0] == '-' ? 1 : 0;
  if (text.size() - i > 18) return number;
  const bool negative = i == 1;
  bool point = false;
  for (; i < text.size(); ++i) {
    const auto digit = static_cast<unsigned>(static_cast<unsigned char>(text[i])) - '0';
    if (digit <= 9) {
      number.digits = number.digits * 10 + digit;
      number.places += point;
    } else if (text[i] == '.') {
      point = true;
    } else {
      return number;
    }
  }
  if (negative) number.digits = -number.digits;
  number.fits = true;
  return number;
}

struct TextRule {
  std::uint64_t min_length = 0, max_length = UINT64_MAX;
  bool (*format)(std::string_view) = nullptr;
  const Pattern* pattern = nullptr;
  bool listed = false;  // only the texts of `list`, and nothing else is to be looked at
  WordSet list;
};

struct Bound {
  bool set = false, exclusive = false;
  SmallNumber small;
  std::string_view text;
};

struct NumberRule {
  enum class Whole : std::uint8_t { no, by_value, by_text } whole = Whole::no;  // by_text: draft 4 §3.5
  Bound lower, upper;
  SmallNumber divisor_small;
  const json::Divisor* divisor = nullptr;
};

struct ArrayRule {
  std::uint64_t min_items = 0, max_items = UINT64_MAX;
  Span prefix;  // in `links`
  Index items = none;
  bool has_items = false;  // an `items` that accepts everything still evaluates
  bool unique = false;
  bool has_contains = false, contains_evaluates = false;
  Index contains = none;
  std::uint64_t min_contains = 1, max_contains = UINT64_MAX;
};

struct PatternCheck {
  const Pattern* pattern;
  Index check;
};

// When the object has the word `trigger`, it must have those of `required`, and fit `check`. Words by their number.
struct Dependent {
  Index trigger;
  Span required;  // in `links`
  Index check = none;
};

struct ObjectRule {
  WordSet names;
  std::uint64_t required = 0;  // bits of the first 64 required names
  Span more_required;          // in `links`: the words beyond
  std::uint32_t required_count = 0;
  std::uint64_t min_properties = 0, max_properties = UINT64_MAX;
  Index additional = none;
  bool has_additional = false;  // one that accepts everything still evaluates
  bool closed = false;          // additional accepts nothing
  bool by_presence = false;     // which words came must be known: `dependents`, `more_required`
  Span patterns;                // in `patterns`
  Span dependents;              // in `dependents`
  Index member_names = none;
};

// What more must hold of a value, whatever its kind.
struct Step {
  enum class Code : std::uint8_t { all, any, one, negated, condition, among, never } code;
  Index first = none;   // a check; a choice for `any` and `one`; a value set for `among`
  Index second = none;  // of `condition`: then
  Index third = none;   //                 else
};

// anyOf and oneOf: the branches that a value may fit, told by its kind or by the text of one member. What is not
// listed cannot be valid.
struct Choice {
  std::array<Span, 6> by_kind;  // of json::Kind, in `links`
  Index word = none;            // the member that tells objects apart
  WordSet texts;                // of that member; their values are places in `spans`
  Span other_text, absent;      // in `links`
};

// Values of an enum that are not told by their kind or as a text of a TextRule.
struct ValueSet {
  std::vector<const json::Value*> slots;  // open-addressed by json::hash
};

struct Check {
  std::uint8_t kinds = 0x3f;                            // bits of json::Kind
  bool watched_members = false, watched_items = false;  // has unevaluatedProperties, unevaluatedItems to be tracked
  bool evaluates = false;                               // may say of a member or item that it is evaluated
  bool branching = false;                               // may look at one value, or at one part of it, more than once
  Index number = none, text = none, array = none, object = none;
  Span steps;
  Index unevaluated_members = none, unevaluated_items = none;
};

inline bool has_kind(const Check& check, json::Kind kind) {
  return (check.kinds >> static_cast<unsigned>(kind) & 1) != 0;
}

struct Code {
  std::vector<Check> checks;
  std::vector<TextRule> texts;
  std::vector<NumberRule> numbers;
  std::vector<ArrayRule> arrays;
  std::vector<ObjectRule> objects;
  std::vector<PatternCheck> patterns;
  std::vector<Dependent> dependents;
  std::vector<Step> steps;
  std::vector<Choice> choices;
  std::vector<ValueSet> value_sets;
  std::vector<Word> words;
  std::vector<Index> slots;
  std::vector<Index> links;
  std::vector<Span> spans;
  std::unordered_map<const Node*, Index> entries;  // of the roots

  // The number of a text in a set, or none.
  Index find(const WordSet& set, const Key& key, std::string_view text) const {
    if (set.words.count == 0) return none;
    const auto* slot = slots.data() + set.slots;
    for (auto at = hash_of(key, text) & set.mask; slot[at] != 0; at = (at + 1) & set.mask) {
      if (is_word(words[set.words.begin + slot[at] - 1], key, text)) return slot[at] - 1;
    }
    return none;
  }
};

Code build(const SchemaStore& store);

}  // namespace simpul::program
