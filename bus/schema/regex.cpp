#include "bus/schema/regex.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "bus/base/bytes.h"
#include "bus/schema/property_names.h"

namespace simpul::regex {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// ECMA-262 §22.2.2.9 CharacterClassEscape: WhiteSpace and LineTerminator of §12.2 and §12.3.
const Ranges& white_space() {
  static const Ranges ranges{{0x9, 0xd},       {0x20, 0x20},     {0xa0, 0xa0},     {0x1680, 0x1680}, {0x2000, 0x200a},
                             {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000}, {0xfeff, 0xfeff}};
  return ranges;
}
const Ranges& digits() {
  static const Ranges ranges{{'0', '9'}};
  return ranges;
}
const Ranges& word() {
  static const Ranges ranges{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
  return ranges;
}
const Ranges& line_ends() {
  static const Ranges ranges{{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}};
  return ranges;
}

constexpr std::string_view linear = "a pattern runs in linear time";

class Parser {
 public:
  explicit Parser(std::string_view source) : in_(source) {}

  Result<Tree> run() {
    if (!is_utf8(in_)) return fail("pattern.syntax", "the pattern is not UTF-8", "write it as UTF-8");
    tree_.root = choice(0);
    if (!problem_ && at_ < in_.size()) refuse("a ) without its (", "add ( before it, or write \\) for the character");
    if (!problem_ && highest_reference_ > groups_) {
      at_ = reference_at_;
      refuse("a back-reference to a group that is not there", "write the pattern without it");
    }
    if (problem_) return std::unexpected(std::move(*problem_));
    if (beyond_) return std::unexpected(std::move(*beyond_));
    return std::move(tree_);
  }

 private:
  using Kind = Piece::Kind;

  bool more() const { return at_ < in_.size() && !problem_; }
  bool has(std::string_view text) const { return in_.substr(at_).starts_with(text); }
  bool take(std::string_view text) {
    if (!has(text)) return false;
    at_ += text.size();
    return true;
  }
  std::uint32_t take_code_point() {
    auto c = take_character(in_.substr(at_));
    at_ += character_size(static_cast<unsigned char>(in_[at_]));
    return c;
  }

  Problem problem(std::string code, std::string_view what, std::string_view hint, std::size_t at) const {
    auto message = fmt::format("{}, at character {} of the pattern", what, count_characters(in_.substr(0, at)) + 1);
    return {.code = std::move(code), .message = std::move(message), .hint = std::string(hint), .place = {}, .path = {}};
  }
  // Ends the reading.
  void refuse(std::string_view what, std::string_view hint) {
    if (!problem_) problem_ = problem("pattern.syntax", what, hint, at_);
  }
  // Valid, but nothing for us: reading goes on, as what is no expression at all weighs more.
  void beyond(std::string_view what, std::string_view hint) { beyond(what, hint, at_); }
  void beyond(std::string_view what, std::string_view hint, std::size_t at) {
    if (!beyond_) beyond_ = problem("pattern.unsupported", what, hint, at);
  }

  // Disjunction, §22.2.1: ends before ) or at the end. A group's name may stand once in each alternative.
  std::uint32_t choice(std::size_t depth) {
    if (depth > max_depth) {
      problem_ = problem("pattern.unsupported", fmt::format("groups nest deeper than {}", max_depth),
                         "write a simpler pattern", at_);
      return 0;
    }
    std::vector<std::uint32_t> parts;
    const auto before = names_.size();
    std::vector<std::string_view> inner;
    do {
      parts.push_back(sequence(depth));
      inner.insert(inner.end(), names_.begin() + static_cast<std::ptrdiff_t>(before), names_.end());
      names_.resize(before);
    } while (more() && take("|"));
    names_.insert(names_.end(), inner.begin(), inner.end());
    if (parts.size() == 1) return parts.front();
    return tree_.add({.kind = Kind::choice, .parts = std::move(parts)});
  }

  std::uint32_t sequence(std::size_t depth) {
    std::vector<std::uint32_t> parts;
    while (more() && in_[at_] != '|' && in_[at_] != ')') {
      bool assertion = false;
      auto piece = term(depth, assertion);
      if (problem_) return 0;
      parts.push_back(quantified(piece, assertion));
    }
    if (parts.size() == 1) return parts.front();
    return tree_.add({.kind = parts.empty() ? Kind::empty : Kind::sequence, .parts = std::move(parts)});
  }

  std::uint32_t assert_(Kind kind, bool& assertion) {
    assertion = true;
    if (kind == Kind::boundary || kind == Kind::inside) tree_.has_boundaries = true;
    return tree_.add({.kind = kind});
  }

  std::uint32_t characters(CharacterSet set) {
    normalise(set.ranges);
    if (!set.properties.empty()) tree_.has_properties = true;
    return tree_.add({.kind = Kind::characters, .set = tree_.set_of(std::move(set))});
  }

  std::uint32_t term(std::size_t depth, bool& assertion) {
    switch (in_[at_]) {
      case '^':
        ++at_;
        return assert_(Kind::start, assertion);
      case '$':
        ++at_;
        return assert_(Kind::end, assertion);
      case '(':
        return group(depth, assertion);
      case '[':
        return bracket();
      case '.':
        ++at_;
        return characters({.ranges = line_ends(), .negated = true});
      case '*':
      case '+':
      case '?':
        refuse(fmt::format("a {} with nothing before it to repeat", in_[at_]),
               fmt::format("write \\{} for the character", in_[at_]));
        return 0;
      case '{':
        if (looks_like_count()) {
          refuse("a { that is no quantifier of what stands before it",
                 "write {3}, {3,} or {3,5} behind what repeats, or \\{ for the character");
          return 0;
        }
        break;
      case '\\':
        if (take("\\b")) return assert_(Kind::boundary, assertion);
        if (take("\\B")) return assert_(Kind::inside, assertion);
        return characters(escape(false));
      default:
        break;
    }
    auto c = take_code_point();
    return characters({.ranges = {{c, c}}});
  }

  // A { that was, or may have been meant as, a quantifier: nobody is served when it silently is a character.
  bool looks_like_count() const { return at_ + 1 == in_.size() || is_digit(in_[at_ + 1]) || in_[at_ + 1] == ','; }

  std::uint32_t group(std::size_t depth, bool& assertion) {
    auto open = at_;
    if (has("(?=") || has("(?!") || has("(?<=") || has("(?<!")) {
      beyond(fmt::format("look-ahead and look-behind are not supported ({})", linear),
             "use allOf, anyOf or not with simpler patterns");
      at_ += has("(?<") ? 4 : 3;
      assertion = true;
    } else if (take("(?<")) {
      if (!name()) return 0;
    } else if (has("(?") && !has("(?:")) {
      if (!modifiers()) return 0;
    } else if (!take("(?:")) {
      ++at_;
      ++groups_;
    }
    auto inner = choice(depth + 1);
    if (problem_) return 0;
    if (!take(")")) {
      at_ = open;
      refuse("a ( that is not closed", "add ) where the group ends, or write \\( for the character");
    }
    return inner;
  }

  // (?i:…), §22.2.1 with the modifiers of 2025; (?i) belongs to other dialects.
  bool modifiers() {
    auto end = in_.find_first_not_of("ims-", at_ + 2);
    if (end == in_.npos || end == at_ + 2 || in_[end] != ':') {
      refuse("an unknown kind of group", "use ( ), (?: ) or (?<name> )");
      return false;
    }
    beyond("modifiers of a group are not supported", "write both cases: [Aa]");
    at_ = end + 1;
    return true;
  }

  bool name() {
    auto end = in_.find('>', at_);
    auto name = in_.substr(at_, end == in_.npos ? 0 : end - at_);
    bool good = !name.empty() && !is_digit(name.front()) && std::all_of(name.begin(), name.end(), [](char c) {
      return is_letter(c) || is_digit(c) || c == '_' || c == '$' || (static_cast<unsigned char>(c) & 0x80u) != 0;
    });
    if (!good) {
      refuse("a group without a name between < and >", "write (?<name> ): letters, digits, _ and $");
    } else if (std::find(names_.begin(), names_.end(), name) != names_.end()) {
      refuse(fmt::format("a second group of the name {}", name), "give it a name of its own");
    } else {
      names_.push_back(name);
      ++groups_;
      at_ = end + 1;
    }
    return !problem_;
  }

  std::optional<std::uint32_t> count() {
    std::uint64_t value = 0;
    auto from = at_;
    while (at_ < in_.size() && is_digit(in_[at_])) {
      value = std::min<std::uint64_t>(value * 10 + static_cast<std::uint64_t>(in_[at_++] - '0'), 0xffffffff);
    }
    if (from == at_) return std::nullopt;
    return static_cast<std::uint32_t>(value);
  }

  std::uint32_t quantified(std::uint32_t piece, bool assertion) {
    if (!more()) return piece;
    auto from = at_;
    Piece repeat{.kind = Kind::repeat, .parts = {piece}};
    if (take("*")) {
    } else if (take("+")) {
      repeat.least = 1;
    } else if (take("?")) {
      repeat.most = 1;
    } else if (!has("{") || !counted(repeat)) {
      return piece;
    }
    if (assertion) {
      at_ = from;
      refuse("a quantifier behind what takes no character (^, $, \\b or \\B)", "remove it");
      return piece;
    }
    if (repeat.least > max_count || repeat.most.value_or(0) > max_count) {
      beyond(fmt::format("a repetition of more than {}", max_count), "use minLength and maxLength for lengths", from);
    }
    take("?");  // lazy: the same texts match
    return tree_.add(std::move(repeat));
  }

  // {3}, {3,} or {3,5}; false, with or without a problem, when it is none.
  bool counted(Piece& repeat) {
    auto from = at_++;
    auto least = count();
    bool good = least.has_value();
    repeat.least = repeat.most.emplace(least.value_or(0));
    if (good && take(",")) repeat.most = count();
    if (!good || !take("}")) {
      at_ = from;
      if (looks_like_count()) refuse("a { that is no quantifier", "write {3}, {3,} or {3,5}, or \\{ for the character");
      return false;
    }
    if (repeat.most && *repeat.most < repeat.least) {
      at_ = from;
      refuse("a quantifier whose numbers are out of order", "write the smaller one first: {3,5}");
    }
    return true;
  }

  std::uint32_t bracket() {
    auto open = at_++;
    CharacterSet set;
    set.negated = take("^");
    while (more() && in_[at_] != ']') {
      bool single = false;
      auto first = class_atom(single);
      if (problem_) return 0;
      bool dash = has("-") && at_ + 1 < in_.size() && in_[at_ + 1] != ']';
      if (!dash || !single) {
        merge(set, first);
        continue;
      }
      auto from = at_++;
      auto last = class_atom(single);
      if (problem_) return 0;
      if (!single) {  // [a-\d]: Annex B.1.2.8.1
        merge(set, first);
        merge(set, {.ranges = {{'-', '-'}}});
        merge(set, last);
      } else if (first.ranges.front().first > last.ranges.front().first) {
        at_ = from;
        refuse("a range whose ends are out of order", "write the smaller one first: [a-z]");
      } else {
        set.ranges.push_back({first.ranges.front().first, last.ranges.front().first});
      }
    }
    if (!problem_ && !take("]")) {
      at_ = open;
      refuse("a [ that is not closed", "add ] where the class ends, or write \\[ for the character");
    }
    return problem_ ? 0 : characters(std::move(set));
  }

  static void merge(CharacterSet& set, const CharacterSet& other) {
    set.ranges.insert(set.ranges.end(), other.ranges.begin(), other.ranges.end());
    set.properties.insert(set.properties.end(), other.properties.begin(), other.properties.end());
  }

  // `single`: one character, which a range may begin or end with.
  CharacterSet class_atom(bool& single) {
    single = true;
    if (!has("\\")) {
      auto c = take_code_point();
      return {.ranges = {{c, c}}};
    }
    if (take("\\b")) return {.ranges = {{'\b', '\b'}}};
    if (take("\\-")) return {.ranges = {{'-', '-'}}};
    auto next = at_ + 1 < in_.size() ? in_[at_ + 1] : '\0';
    single = std::string_view("dDwWsSpP").find(next) == std::string_view::npos || next == '\0';
    return escape(true);
  }

  std::optional<std::uint32_t> hex(std::size_t at, std::size_t size) const {
    if (at + size > in_.size() || size == 0) return std::nullopt;
    std::uint32_t value = 0;
    auto [end, error] = std::from_chars(in_.data() + at, in_.data() + at + size, value, 16);
    if (error != std::errc() || end != in_.data() + at + size) return std::nullopt;
    return value;
  }

  static CharacterSet one(std::uint32_t c) { return {.ranges = {{c, c}}}; }

  // at \ ; classes come back without `negated`, so that they can stand inside one.
  CharacterSet escape(bool in_class) {
    if (at_ + 1 == in_.size()) {
      refuse("a \\ with nothing behind it", "write \\\\ for the character");
      return {};
    }
    char c = in_[at_ + 1];
    switch (c) {
      case 'd':
      case 'w':
      case 's':
      case 'D':
      case 'W':
      case 'S': {
        at_ += 2;
        const auto& ranges = (c | 0x20) == 'd' ? digits() : (c | 0x20) == 'w' ? word() : white_space();
        return {.ranges = (c & 0x20) != 0 ? ranges : inverted(ranges)};
      }
      case 'p':
      case 'P':
        return property();
      case 'u':
        return unicode_escape(in_class);
      case 'c':
      case 'x':
      case '0':
        return numeric_escape(c);
      default:
        break;
    }
    constexpr std::string_view controls = "ftnvr";
    constexpr std::string_view controlled = "\f\t\n\v\r";
    if (auto found = controls.find(c); found != controls.npos) {
      at_ += 2;
      return one(static_cast<unsigned char>(controlled[found]));
    }
    return identity_escape(c, in_class);
  }

  CharacterSet identity_escape(char c, bool in_class) {
    if (!in_class && (c == 'k' || (c >= '1' && c <= '9'))) {
      back_reference();
      return one('x');
    }
    if (c == '\0' || is_letter(c) || is_digit(c) || static_cast<unsigned char>(c) < 0x20 ||
        static_cast<unsigned char>(c) >= 0x7f) {
      auto size = character_size(static_cast<unsigned char>(c));
      refuse(fmt::format("\\{} is no escape of ECMA-262", in_.substr(at_ + 1, size)),
             c == 'A'               ? "write ^ for the start"
             : c == 'Z' || c == 'z' ? "write $ for the end"
             : c == 'h'             ? "write [ \\t]"
                                    : "write the character without the backslash, or \\\\ for a backslash");
      return {};
    }
    at_ += 2;
    return one(static_cast<unsigned char>(c));
  }

  // Read on, so that a pattern that is no expression is told from one that is not regular.
  void back_reference() {
    auto from = at_;
    at_ += 2;
    std::uint32_t number = 1;
    if (in_[from + 1] == 'k') {
      auto end = take("<") ? in_.find('>', at_) : in_.npos;
      if (end == in_.npos) {
        at_ = from;
        return refuse("\\k needs a name in angle brackets", "write the pattern without it");
      }
      at_ = end + 1;
    } else {
      at_ = from + 1;
      number = count().value_or(1);
    }
    if (highest_reference_ == 0) reference_at_ = from;
    beyond(fmt::format("back-references are not supported ({})", linear), "write the pattern without it", from);
    highest_reference_ = std::max(highest_reference_, number);
  }

  CharacterSet numeric_escape(char kind) {
    if (kind == '0') {
      if (at_ + 2 < in_.size() && is_digit(in_[at_ + 2])) refuse("an octal escape", "write \\x and two digits");
      at_ += 2;
      return one(0);
    }
    if (kind == 'c') {
      char letter = at_ + 2 < in_.size() ? in_[at_ + 2] : '\0';
      if (!is_letter(letter)) refuse("\\c needs a letter", "write \\cJ, or \\\\c for the two characters");
      at_ = std::min(at_ + 3, in_.size());
      return one(static_cast<unsigned char>(letter) % 32u);
    }
    auto value = hex(at_ + 2, 2);
    if (!value) refuse("\\x needs two hexadecimal digits", "write \\x41");
    at_ = std::min(at_ + 4, in_.size());
    return one(value.value_or(0));
  }

  CharacterSet unicode_escape(bool in_class) {
    if (has("\\u{")) {
      auto end = in_.find('}', at_);
      auto digits_from = at_ + 3;
      while (end != in_.npos && digits_from + 1 < end && in_[digits_from] == '0') ++digits_from;
      auto value = end == in_.npos || end - digits_from > 6 ? std::nullopt : hex(digits_from, end - digits_from);
      if (!value || *value > last_character) {
        refuse("a bad \\u escape", "write \\u{1f600} or \\u00e9");
        return {};
      }
      at_ = end + 1;
      return one(*value);
    }
    auto value = hex(at_ + 2, 4);
    if (!value) {
      refuse("\\u needs four hexadecimal digits", "write \\u00e9 or \\u{1f600}");
      return {};
    }
    if (*value >= 0xd800 && *value < 0xdc00 && in_.substr(at_ + 6).starts_with("\\u")) {
      if (auto low = hex(at_ + 8, 4); low && *low >= 0xdc00 && *low < 0xe000) {
        at_ += 12;
        return one(0x10000 + ((*value - 0xd800) << 10) + (*low - 0xdc00));
      }
    }
    if (*value >= 0xd800 && *value < 0xe000 && !in_class) {
      beyond("half of a surrogate pair, which no text holds alone", "write both halves, or \\u{1f600}");
    }
    at_ += 6;
    return one(*value);
  }

  CharacterSet property() {
    bool negated = in_[at_ + 1] == 'P';
    auto end = in_.find('}', at_);
    if (at_ + 2 >= in_.size() || in_[at_ + 2] != '{' || end == in_.npos) {
      refuse("\\p needs a name in braces", "write \\p{Letter} or \\p{Lu}");
      return {};
    }
    auto meaning = property_of(in_.substr(at_ + 3, end - at_ - 3));
    if (!meaning) {
      bool valid = meaning.error().code == "pattern.unsupported";
      if (valid) beyond(meaning.error().message, meaning.error().hint);
      if (!valid) refuse(meaning.error().message, meaning.error().hint);
      at_ = end + 1;
      return one('x');
    }
    at_ = end + 1;
    if (!negated) return std::move(*meaning);
    if (meaning->properties.empty()) return {.ranges = inverted(meaning->ranges)};
    if (meaning->properties.size() == 1 && meaning->ranges.empty()) {
      meaning->properties.front().negated = !meaning->properties.front().negated;
      return std::move(*meaning);
    }
    return {.ranges = inverted(characters_of(*meaning))};
  }

  std::string_view in_;
  std::size_t at_ = 0;
  Tree tree_;
  std::vector<std::string_view> names_;  // of the groups that what comes next may stand behind
  std::uint32_t groups_ = 0;
  std::uint32_t highest_reference_ = 0;
  std::size_t reference_at_ = 0;
  std::optional<Problem> problem_, beyond_;
};

constexpr std::uint64_t huge = std::uint64_t{1} << 40;

std::uint64_t size_of(const Tree& tree, std::uint32_t index) {
  const auto& piece = tree.pieces[index];
  std::uint64_t size = 0;
  switch (piece.kind) {
    case Piece::Kind::characters: {
      const auto& set = tree.sets[piece.set];
      return 1 + set.ranges.size() / 8 + set.properties.size() * 64;
    }
    case Piece::Kind::sequence:
    case Piece::Kind::choice:
      for (auto part : piece.parts) size = std::min(huge, size + 1 + size_of(tree, part));
      return size;
    case Piece::Kind::repeat: {
      std::uint64_t times = piece.most ? *piece.most : std::max(1u, piece.least);
      return std::min(huge, times * (1 + size_of(tree, piece.parts.front())));
    }
    default:
      return 1;
  }
}

}  // namespace

std::uint32_t Tree::add(Piece piece) {
  pieces.push_back(std::move(piece));
  return static_cast<std::uint32_t>(pieces.size() - 1);
}

std::uint32_t Tree::set_of(CharacterSet set) {
  // The first ones are looked through: patterns name few sets, and one that names thousands only holds some twice.
  auto end = sets.size() < 64 ? sets.end() : sets.begin() + 64;
  if (auto found = std::find(sets.begin(), end, set); found != end) {
    return static_cast<std::uint32_t>(found - sets.begin());
  }
  sets.push_back(std::move(set));
  return static_cast<std::uint32_t>(sets.size() - 1);
}

Result<Tree> parse(std::string_view pattern) {
  return Parser(pattern).run();
}

std::uint64_t expanded_size(const Tree& tree) {
  return tree.pieces.empty() ? 0 : size_of(tree, tree.root);
}

}  // namespace simpul::regex
