// Strings: patterns and the formats that are regular as automata, lengths asked of them, the other formats by name.
//
// A format that is no regular language is held by a pattern that all its texts match (good for `none`), by examples
// (good for `some`), and is contained in another format only where that is certain.
#include <algorithm>

#include "bus/base/bytes.h"
#include "bus/schema/format_facts.h"
#include "bus/schema/prover.h"

namespace simpul {
namespace {

using Kind = Atom::Kind;

constexpr std::size_t most_candidates = 64;    // texts of an automaton that are tried
constexpr std::size_t few_candidates = 4;      // where something was left out: no proof can come of it
constexpr std::size_t most_excluded = 4'000;   // texts of an enum that are left out one by one
constexpr std::uint64_t most_built = 200'000;  // characters of a text made to a length

bool is_in(const Format& a, const Format& b) {
  if (a.name == b.name) return true;
  const auto* facts = facts_of_format(a.name);
  return facts != nullptr && std::find(facts->in.begin(), facts->in.end(), b.name) != facts->in.end();
}

// The n-th character that a made-up text may be of.
void append_character(std::string& out, std::uint64_t n) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  if (n < plain.size()) {
    out += plain[n];
    return;
  }
  auto point = 0x4e00 + (n - plain.size()) % 20'000;  // CJK ideographs: three bytes each
  out += static_cast<char>(0xe0 | (point >> 12));
  out += static_cast<char>(0x80 | ((point >> 6) & 0x3f));
  out += static_cast<char>(0x80 | (point & 0x3f));
}

}  // namespace

class Prover::StringSearch {
 public:
  StringSearch(Prover& prover, const Atoms& atoms) : prover_(prover) {
    for (const auto& atom : atoms) read(atom);
  }

  Solution solve() {
    if (least_ > most_) return Solution::none();
    for (const auto* yes : formats_) {
      for (const auto* no : not_formats_) {
        if (is_in(*yes->format, *no->format)) return Solution::none();
      }
    }
    for (const auto* yes : patterns_) {
      for (const auto* no : not_patterns_) {
        if (yes->pattern->source() == no->pattern->source()) return Solution::none();
      }
    }
    if (patterns_.empty() && not_patterns_.empty() && formats_.empty() && not_formats_.empty()) return by_length();
    if (auto text = example()) return found(*text);
    return by_automata();
  }

 private:
  void read(const Atom& atom) {
    switch (atom.kind) {
      case Kind::least_length:
        least_ = std::max(least_, atom.count);
        break;
      case Kind::most_length:
        most_ = std::min(most_, atom.count);
        break;
      case Kind::pattern:
        patterns_.push_back(atom.node);
        break;
      case Kind::not_pattern:
        not_patterns_.push_back(atom.node);
        break;
      case Kind::format:
        formats_.push_back(atom.node);
        break;
      case Kind::not_format:
        not_formats_.push_back(atom.node);
        break;
      case Kind::not_constant:
        if (atom.node->constant->is_string()) excluded_.insert(atom.node->constant->text());
        break;
      case Kind::not_enumerated:
        prover_.spend(atom.node->enumerated_strings.size() / 16);
        excluded_.insert(atom.node->enumerated_strings.begin(), atom.node->enumerated_strings.end());
        break;
      default:
        break;
    }
  }

  Solution found(std::string_view text) { return Solution::some(prover_.arena_.string(text)); }
  static Solution caps() { return Solution::unknown({"caps", {}, nullptr}); }

  bool good(std::string_view text) const {
    auto matches = [&](const Node* node) { return node->pattern->matches(text); };
    auto is_of = [&](const Node* node) { return node->format->matches(text); };
    auto length = count_characters(text);
    return length >= least_ && length <= most_ && !excluded_.contains(text) &&
           std::all_of(patterns_.begin(), patterns_.end(), matches) &&
           std::none_of(not_patterns_.begin(), not_patterns_.end(), matches) &&
           std::all_of(formats_.begin(), formats_.end(), is_of) &&
           std::none_of(not_formats_.begin(), not_formats_.end(), is_of);
  }

  // Any text of a length that is not excluded.
  Solution by_length() {
    if (most_ == 0) return excluded_.contains("") ? Solution::none() : found("");
    if (least_ > most_built) return caps();
    for (std::uint64_t i = 0; i <= excluded_.size() && prover_.spend(i % 64 == 0); ++i) {
      std::string text;
      append_character(text, i);
      if (text.size() > 1 && i > 20'000) break;
      if (least_ > 1) text.insert(0, least_ - 1, 'a');
      if (!excluded_.contains(text)) return found(text);
    }
    return caps();
  }

  std::optional<std::string_view> example() const {
    for (const auto* node : formats_) {
      const auto* facts = facts_of_format(node->format->name);
      if (facts == nullptr) continue;
      for (auto text : facts->examples) {
        if ((!text.empty() || node->format->matches("")) && good(text)) return text;
      }
    }
    return std::nullopt;
  }

  // Narrows the language; what cannot be taken into account is left out and remembered.
  void narrow(const std::optional<Automaton>& by, bool keep, Blame blame) {
    auto narrowed = !by ? std::nullopt : keep ? Automaton::both(*language_, *by) : Automaton::minus(*language_, *by);
    if (!narrowed) {
      if (!open_) open_ = blame;
      return;
    }
    language_ = std::move(narrowed);
    prover_.spend(language_->states() / 8);
  }

  void narrow_by_formats() {
    for (const auto* node : formats_) {
      Blame blame{"format", node->format->name, node};
      if (auto exact = language_of_format(node->format->name)) {
        narrow(exact, true, blame);
        continue;
      }
      const auto* facts = facts_of_format(node->format->name);
      if (facts != nullptr && !facts->within.empty())
        narrow(prover_.automaton(std::string(facts->within)), true, blame);
      if (!open_) open_ = blame;
    }
    for (const auto* node : not_formats_)
      narrow(language_of_format(node->format->name), false, {"format", node->format->name, node});
  }

  Solution by_automata() {
    language_ = Automaton::any();
    for (const auto* node : patterns_) narrow(prover_.automaton(node->pattern->source()), true, {"pattern", {}, node});
    if (language_->empty()) return Solution::none();
    narrow_by_formats();
    if (language_->empty()) return Solution::none();
    for (const auto* node : not_patterns_) {
      narrow(prover_.automaton(node->pattern->source()), false, {"pattern", {}, node});
      if (language_->empty()) return Solution::none();
    }
    if (least_ > most_built) {
      auto longest = language_->most_length();
      return longest && *longest < least_ ? Solution::none() : caps();
    }
    return pick();
  }

  // Texts of the language, one after another, until one is good. Each that is not is taken out of it.
  Solution pick() {
    auto most = most_ == UINT64_MAX ? std::nullopt : std::optional<std::uint64_t>(most_);
    auto tries = open_ ? few_candidates : most_candidates;
    for (std::size_t i = 0; i < tries; ++i) {
      if (!prover_.spend(1 + language_->states() / 64)) return caps();
      auto next = language_->with_length(least_, most);
      if (!next.decided) break;
      if (!next.text) return Solution::none();
      if (good(*next.text)) return found(*next.text);
      // A text that no automaton refuses is refused by a format or an enum.
      auto rest = Automaton::of_text(*next.text);
      auto without = rest ? Automaton::minus(*language_, *rest) : std::nullopt;
      if (!without) break;
      language_ = std::move(without);
    }
    auto limit = most_candidates + std::min(excluded_.size(), most_excluded);
    auto texts = language_->some(limit);
    prover_.spend(texts.size());
    for (const auto& text : texts) {
      if (good(text)) return found(text);
    }
    bool all = texts.size() < limit && language_->finite();
    if (all && !open_) return Solution::none();
    return Solution::unknown(open_.value_or(Blame{"caps", {}, nullptr}));
  }

  Prover& prover_;
  std::uint64_t least_ = 0, most_ = UINT64_MAX;
  std::vector<const Node*> patterns_, not_patterns_, formats_, not_formats_;
  std::set<std::string_view> excluded_;
  std::optional<Automaton> language_;
  std::optional<Blame> open_;
};

Solution Prover::solve_string(const Atoms& atoms) {
  return StringSearch(*this, atoms).solve();
}

const std::optional<Automaton>& Prover::automaton(const std::string& pattern) {
  auto [found, added] = automata_.try_emplace(pattern);
  if (added) {
    found->second = Automaton::of_pattern(pattern);
    spend(found->second ? 1 + found->second->states() / 8 : 1000);
  }
  return found->second;
}

}  // namespace simpul
