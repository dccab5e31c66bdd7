// Runs the flat program. Two ways through the same rules: one that only answers, and one that also marks what was
// evaluated (core §11), taken only below a schema that is watched.
#include "bus/schema/program.h"

#include <algorithm>
#include <unordered_map>

#include "bus/base/bytes.h"
#include "bus/schema/program_code.h"
#include "bus/schema/program_marks.h"

namespace simpul {
namespace program {
namespace {

__extension__ using Wide = __int128;

// Looks at branching checks after which answers are remembered, and how many are.
constexpr std::size_t patience = 10'000;
constexpr std::size_t memory_limit = 1u << 18;
constexpr std::size_t marked_limit = 16u << 20;  // bytes

constexpr std::int64_t powers_of_ten[] = {1,
                                          10,
                                          100,
                                          1'000,
                                          10'000,
                                          100'000,
                                          1'000'000,
                                          10'000'000,
                                          100'000'000,
                                          1'000'000'000,
                                          10'000'000'000,
                                          100'000'000'000,
                                          1'000'000'000'000,
                                          10'000'000'000'000,
                                          100'000'000'000'000,
                                          1'000'000'000'000'000,
                                          10'000'000'000'000'000,
                                          100'000'000'000'000'000,
                                          1'000'000'000'000'000'000};

int order(const SmallNumber& number, std::string_view text, const Bound& bound) {
  if (!number.fits || !bound.small.fits) return json::compare_numbers(text, bound.text);
  Wide a = number.digits, b = bound.small.digits;
  if (number.places != bound.small.places) {
    a *= powers_of_ten[bound.small.places];
    b *= powers_of_ten[number.places];
  }
  return (a > b) - (a < b);
}

bool is_whole(NumberRule::Whole whole, const SmallNumber& number, std::string_view text) {
  if (whole == NumberRule::Whole::by_text) return text.find_first_of(".eE") == std::string_view::npos;
  if (number.fits) return number.places == 0 || number.digits % powers_of_ten[number.places] == 0;
  return json::is_integer_number(text);
}

bool is_multiple(const NumberRule& rule, const SmallNumber& number, std::string_view text) {
  if (!number.fits || !rule.divisor_small.fits) return rule.divisor->divides(text);
  const auto value = Wide(number.digits) * powers_of_ten[rule.divisor_small.places];
  return value % (Wide(rule.divisor_small.digits) * powers_of_ten[number.places]) == 0;
}

bool number_fits(const NumberRule& rule, std::string_view text) {
  const auto number = small_number(text);
  if (rule.whole != NumberRule::Whole::no && !is_whole(rule.whole, number, text)) return false;
  if (rule.lower.set && order(number, text, rule.lower) < (rule.lower.exclusive ? 1 : 0)) return false;
  if (rule.upper.set && order(number, text, rule.upper) > (rule.upper.exclusive ? -1 : 0)) return false;
  return rule.divisor == nullptr || is_multiple(rule, number, text);
}

bool text_fits(const Code& code, const TextRule& rule, std::string_view text) {
  if (rule.listed) return code.find(rule.list, key_of(text), text) != none;
  // A character has one to four bytes, so most texts need no counting.
  if (text.size() < rule.min_length) return false;
  if (text.size() / 4 < rule.min_length && count_characters(text) < rule.min_length) return false;
  if (text.size() > rule.max_length && count_characters(text) > rule.max_length) return false;
  if (rule.format != nullptr && !rule.format(text)) return false;
  return rule.pattern == nullptr || rule.pattern->matches(text);
}

bool is_listed(const ValueSet& set, const json::Value& value) {
  const auto mask = set.slots.size() - 1;
  for (auto at = json::hash(value) & mask; set.slots[at] != nullptr; at = (at + 1) & mask) {
    if (json::equal(*set.slots[at], value)) return true;
  }
  return false;
}

class Run {
 public:
  explicit Run(const Code& code, std::size_t looks) : code_(code), looks_left_(looks) {}

  // Index `none`: any value.
  bool valid(Index index, const json::Value& value) {
    if (index == none) return true;
    const auto& check = code_.checks[index];
    const auto kind = value.kind();
    if (!has_kind(check, kind)) return false;
    if (kind == json::Kind::string) {
      if (check.text != none && !text_fits(code_, code_.texts[check.text], value.text())) return false;
    } else if (kind == json::Kind::number) {
      if (check.number != none && !number_fits(code_.numbers[check.number], value.text())) return false;
    } else if (kind == json::Kind::object || kind == json::Kind::array) {
      return structure_valid(index, value);
    }
    if (check.steps.count == 0) return true;
    return check.branching ? counted(index, value) : steps_valid<false>(check, value, nullptr);
  }

 private:
  struct Remembered {
    Index index;
    const json::Value* value;
    bool operator==(const Remembered&) const = default;
  };
  struct RememberedHash {
    std::size_t operator()(const Remembered& one) const {
      return json::mixed(one.index, reinterpret_cast<std::uintptr_t>(one.value));
    }
  };

  bool structure_valid(Index index, const json::Value& value) {
    const auto& check = code_.checks[index];
    return check.branching ? counted(index, value) : look<false>(check, value, nullptr);
  }

  // A check that may come to one value by many ways.
  bool counted(Index index, const json::Value& value) {
    if (looks_left_ > 0) {
      --looks_left_;
      return branching_valid(index, value);
    }
    return valid_from_memory(index, value);
  }

  [[gnu::noinline]] bool valid_from_memory(Index index, const json::Value& value) {
    auto found = memory_.find({index, &value});
    if (found != memory_.end()) return found->second;
    const bool answer = branching_valid(index, value);
    if (memory_.size() < memory_limit) memory_.emplace(Remembered{index, &value}, answer);
    return answer;
  }

  bool branching_valid(Index index, const json::Value& value) {
    const auto& check = code_.checks[index];
    return is_watched(check, value) ? watched_valid(check, value) : look<false>(check, value, nullptr);
  }

  // Apart, like all that needs memory of its own: what recurses most keeps small frames.
  [[gnu::noinline]] bool watched_valid(const Check& check, const json::Value& value) {
    Marks marks(value.size());
    return look<true>(check, value, &marks) && rest_valid(check, value, marks);
  }

  static bool is_watched(const Check& check, const json::Value& value) {
    return (check.watched_members && value.is_object()) || (check.watched_items && value.is_array());
  }

  // Like valid(), and marks what was evaluated when it is.
  bool marked(Index index, const json::Value& value, Marks& marks) {
    if (index == none) return true;
    const auto& check = code_.checks[index];
    if (!check.evaluates) return valid(index, value);
    if (!has_kind(check, value.kind())) return false;
    if (!check.branching) return look<true>(check, value, &marks);
    if (looks_left_ == 0) return marked_from_memory(index, value, marks);
    --looks_left_;
    return branching_marked(check, value, marks);
  }

  bool branching_marked(const Check& check, const json::Value& value, Marks& marks) {
    return is_watched(check, value) ? watched_marked(check, value, marks) : look<true>(check, value, &marks);
  }

  [[gnu::noinline]] bool watched_marked(const Check& check, const json::Value& value, Marks& marks) {
    Marks own(value.size());
    if (!look<true>(check, value, &own) || !rest_valid(check, value, own)) return false;
    marks.add_all();
    return true;
  }

  [[gnu::noinline]] bool marked_from_memory(Index index, const json::Value& value, Marks& marks) {
    auto found = marked_memory_.find({index, &value});
    if (found == marked_memory_.end()) {
      std::optional<Marks> own(value.size());
      if (!branching_marked(code_.checks[index], value, *own)) own.reset();
      const auto bytes = sizeof(Marks) + value.size() / 8;
      if (marked_bytes_ + bytes > marked_limit) {
        if (own) marks.add(*own);
        return own.has_value();
      }
      marked_bytes_ += bytes;
      found = marked_memory_.emplace(Remembered{index, &value}, std::move(own)).first;
    }
    if (found->second) marks.add(*found->second);
    return found->second.has_value();
  }

  // What nothing evaluated must fit unevaluatedProperties or unevaluatedItems.
  bool rest_valid(const Check& check, const json::Value& value, const Marks& marks) {
    if (marks.all()) return true;
    if (value.is_object()) {
      auto members = value.members();
      for (std::size_t i = 0; i < members.size(); ++i) {
        if (!marks.has(i) && !valid(check.unevaluated_members, members[i].value)) return false;
      }
    } else {
      auto items = value.items();
      for (std::size_t i = 0; i < items.size(); ++i) {
        if (!marks.has(i) && !valid(check.unevaluated_items, items[i])) return false;
      }
    }
    return true;
  }

  // An object or array whose kind is allowed; a value of another kind was looked at before, but for its steps.
  template <bool marking>
  bool look(const Check& check, const json::Value& value, Marks* marks) {
    if (value.is_object()) {
      if (check.object != none) {
        const auto& rule = code_.objects[check.object];
        const bool plain = rule.patterns.count == 0 && rule.member_names == none && !rule.by_presence;
        if (!(plain ? members_valid<marking>(rule, value, marks) : all_members_valid<marking>(rule, value, marks))) {
          return false;
        }
      }
    } else if (value.is_array()) {
      if (check.array != none && !items_valid<marking>(code_.arrays[check.array], value, marks)) return false;
    }
    return check.steps.count == 0 || steps_valid<marking>(check, value, marks);
  }

  // The number of a member's name, guessed to be the one that follows in the schema's order.
  Index number_of(const ObjectRule& rule, std::string_view name, Index guess) const {
    const auto key = key_of(name);
    if (guess < rule.names.words.count && is_word(code_.words[rule.names.words.begin + guess], key, name)) return guess;
    return code_.find(rule.names, key, name);
  }

  static bool size_fits(const ObjectRule& rule, std::size_t size) {
    return size >= rule.required_count && size >= rule.min_properties && size <= rule.max_properties;
  }

  template <bool marking>
  bool members_valid(const ObjectRule& rule, const json::Value& value, Marks* marks) {
    auto members = value.members();
    if (!size_fits(rule, members.size())) return false;
    const auto* words = code_.words.data() + rule.names.words.begin;
    std::uint64_t seen = 0;
    Index guess = 0;
    for (std::size_t i = 0; i < members.size(); ++i) {
      const auto number = number_of(rule, members[i].name, guess);
      auto target = rule.additional;
      bool declared = rule.has_additional;
      if (number != none) {
        guess = number + 1;
        seen |= words[number].required;
        if (words[number].value != undeclared) {
          target = words[number].value;
          declared = true;
        }
      }
      if (target != none && !valid(target, members[i].value)) return false;
      if constexpr (marking) {
        if (declared) marks->add(i);
      }
    }
    return seen == rule.required;
  }

  // The same with patterns, schemas of names, dependents, and more than 64 required names.
  template <bool marking>
  [[gnu::noinline]] bool all_members_valid(const ObjectRule& rule, const json::Value& value, Marks* marks) {
    auto members = value.members();
    if (!size_fits(rule, members.size())) return false;
    Bits present(rule.by_presence ? rule.names.words.count : 0);
    std::uint64_t seen = 0;
    Index guess = 0;
    for (std::size_t i = 0; i < members.size(); ++i) {
      const auto& [name, member] = members[i];
      bool declared = false;
      if (const auto number = number_of(rule, name, guess); number != none) {
        guess = number + 1;
        const auto& word = code_.words[rule.names.words.begin + number];
        seen |= word.required;
        if (rule.by_presence) present.add(number);
        if (word.value != undeclared) {
          declared = true;
          if (!valid(word.value, member)) return false;
        }
      }
      for (Index k = 0; k < rule.patterns.count; ++k) {
        const auto& pattern = code_.patterns[rule.patterns.begin + k];
        if (!pattern.pattern->matches(name)) continue;
        declared = true;
        if (!valid(pattern.check, member)) return false;
      }
      if (!declared && rule.has_additional) {
        declared = true;
        if (!valid(rule.additional, member)) return false;
      }
      if (rule.member_names != none && !name_valid(rule.member_names, name)) return false;
      if (marking && declared) marks->add(i);
    }
    return seen == rule.required && (!rule.by_presence || presence_valid<marking>(rule, present, value, marks));
  }

  [[gnu::noinline]] bool name_valid(Index index, std::string_view name) {
    // A run of its own: what is remembered by a value's address must outlive it.
    return Run(code_, patience).valid(index, json::Value::view_string(name));
  }

  template <bool marking>
  bool presence_valid(const ObjectRule& rule, const Bits& present, const json::Value& value, Marks* marks) {
    auto has_all = [&](Span numbers) {
      for (Index i = 0; i < numbers.count; ++i) {
        if (!present.has(code_.links[numbers.begin + i])) return false;
      }
      return true;
    };
    if (!has_all(rule.more_required)) return false;
    for (Index i = 0; i < rule.dependents.count; ++i) {
      const auto& dependent = code_.dependents[rule.dependents.begin + i];
      if (!present.has(dependent.trigger)) continue;
      if (!has_all(dependent.required)) return false;
      if (dependent.check != none && !follow<marking>(dependent.check, value, marks)) return false;
    }
    return true;
  }

  template <bool marking>
  bool items_valid(const ArrayRule& rule, const json::Value& value, Marks* marks) {
    auto items = value.items();
    if (items.size() < rule.min_items || items.size() > rule.max_items) return false;
    const auto prefix = std::min<std::size_t>(rule.prefix.count, items.size());
    for (std::size_t i = 0; i < prefix; ++i) {
      if (!valid(code_.links[rule.prefix.begin + i], items[i])) return false;
      if constexpr (marking) marks->add(i);
    }
    if (rule.items != none) {
      for (std::size_t i = prefix; i < items.size(); ++i) {
        if (!valid(rule.items, items[i])) return false;
      }
    }
    if constexpr (marking) {
      if (rule.has_items) marks->add_all();
    }
    if (rule.has_contains && !contains_valid<marking>(rule, items, marks)) return false;
    return !rule.unique || items.size() < 2 || !json::first_repeated(items);
  }

  template <bool marking>
  bool contains_valid(const ArrayRule& rule, std::span<const json::Value> items, Marks* marks) {
    const bool mark = marking && rule.contains_evaluates;
    const bool bounded = rule.max_contains < items.size();
    std::uint64_t found = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (found >= rule.min_contains && !bounded && !mark) return true;
      if (!valid(rule.contains, items[i])) continue;
      if (++found > rule.max_contains) return false;
      if (mark) marks->add(i);
    }
    return found >= rule.min_contains;
  }

  // Another check of the same value.
  template <bool marking>
  bool follow(Index index, const json::Value& value, Marks* marks) {
    if constexpr (marking) {
      return marked(index, value, *marks);
    } else {
      return valid(index, value);
    }
  }

  template <bool marking>
  bool steps_valid(const Check& check, const json::Value& value, Marks* marks) {
    const auto* step = code_.steps.data() + check.steps.begin;
    for (const auto* end = step + check.steps.count; step < end; ++step) {
      if (!step_valid<marking>(*step, value, marks)) return false;
    }
    return true;
  }

  template <bool marking>
  bool step_valid(const Step& step, const json::Value& value, Marks* marks) {
    switch (step.code) {
      case Step::Code::all:
        return follow<marking>(step.first, value, marks);
      case Step::Code::any:
        return any_valid<marking>(candidates(code_.choices[step.first], value), value, marks);
      case Step::Code::one:
        return one_valid<marking>(candidates(code_.choices[step.first], value), value, marks);
      case Step::Code::negated:
        return !valid(step.first, value);
      case Step::Code::condition:
        if (branch_valid<marking>(step.first, value, marks)) return follow<marking>(step.second, value, marks);
        return follow<marking>(step.third, value, marks);
      case Step::Code::among:
        return value.is_string() || value.is_null() || is_listed(code_.value_sets[step.first], value);
      case Step::Code::never:
        break;
    }
    return false;
  }

  // What a branch evaluated counts only when the value fits it.
  template <bool marking>
  bool branch_valid(Index index, const json::Value& value, Marks* marks) {
    if constexpr (marking) {
      Marks own(marks->size());
      if (!marked(index, value, own)) return false;
      marks->add(own);
      return true;
    } else {
      return valid(index, value);
    }
  }

  Span candidates(const Choice& choice, const json::Value& value) const {
    if (choice.word != none && value.is_object()) {
      const auto& word = code_.words[choice.word];
      for (const auto& [name, member] : value.members()) {
        if (name.size() != word.key.size || !is_word(word, key_of(name), name)) continue;
        if (!member.is_string()) break;
        auto found = code_.find(choice.texts, key_of(member.text()), member.text());
        return found == none ? choice.other_text : code_.spans[code_.words[choice.texts.words.begin + found].value];
      }
      if (value.find({word.text, word.key.size}) == nullptr) return choice.absent;
    }
    return choice.by_kind[static_cast<unsigned>(value.kind())];
  }

  template <bool marking>
  bool any_valid(Span branches, const json::Value& value, Marks* marks) {
    bool found = false;
    for (Index i = 0; i < branches.count; ++i) {
      if (!branch_valid<marking>(code_.links[branches.begin + i], value, marks)) continue;
      if (!marking) return true;
      found = true;
    }
    return found;
  }

  template <bool marking>
  bool one_valid(Span branches, const json::Value& value, Marks* marks) {
    bool found = false;
    for (Index i = 0; i < branches.count; ++i) {
      if (!branch_valid<marking>(code_.links[branches.begin + i], value, marks)) continue;
      if (found) return false;
      found = true;
    }
    return found;
  }

  const Code& code_;
  std::size_t looks_left_;
  std::unordered_map<Remembered, bool, RememberedHash> memory_;
  std::unordered_map<Remembered, std::optional<Marks>, RememberedHash> marked_memory_;  // none: not valid
  std::size_t marked_bytes_ = 0;
};

}  // namespace
}  // namespace program

struct Program::Inner {
  program::Code code;
};

Program::Program(const SchemaStore& store) : inner_(std::make_unique<Inner>(program::build(store))) {}
Program::~Program() = default;

Program::Entry Program::entry(const Node& root) const {
  return Entry{inner_->code.entries.at(&root)};
}

bool Program::valid(Entry entry, const json::Value& value) const {
  // A value takes two bytes of text at least, so as many looks are no sign of branches within branches.
  return program::Run(inner_->code, program::patience + value.raw_size())
      .valid(static_cast<program::Index>(entry), value);
}

}  // namespace simpul
