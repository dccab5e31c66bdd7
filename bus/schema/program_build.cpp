// Makes the flat program of a store's nodes.
#include <algorithm>
#include <limits>
#include <unordered_set>

#include "bus/base/bytes.h"
#include "bus/schema/program_code.h"
#include "bus/schema/program_facts.h"

namespace simpul::program {
namespace {

constexpr std::size_t choice_cells = 100'000;  // above it, a table that tells branches apart costs more than it saves
constexpr std::size_t mask_bits = 64;

Index size_of(const auto& table) {
  return static_cast<Index>(table.size());
}

class Builder {
 public:
  explicit Builder(const SchemaStore& store) : store_(store), kinds_(store), known_(store.nodes.size(), none) {}

  Code build() {
    for (const auto& node : store_.nodes) {
      tracking_ = tracking_ || node.unevaluated_properties != nullptr || node.unevaluated_items != nullptr;
    }
    for (const auto& file : store_.files) {
      if (file.root != nullptr && !file.built_in) code_.entries.emplace(file.root, check_of(file.root));
    }
    while (!work_.empty()) {
      const auto* node = work_.back();
      work_.pop_back();
      auto check = fill(*node);
      code_.checks[known_[node->index]] = check;
    }
    find_evaluating();
    return std::move(code_);
  }

 private:
  Index check_of(const Node* node) {
    // A schema that only refers to another is that other; the compiler refuses rings of them.
    while (node != nullptr) {
      if (node->boolean) return *node->boolean ? none : nothing();
      if (!is_silent(*node)) break;
      auto parts = conjuncts(*node);
      if (parts.empty()) return none;
      if (parts.size() > 1) break;
      node = parts.front();
    }
    if (node == nullptr) return none;
    auto& known = known_[node->index];
    if (known == none) {
      known = size_of(code_.checks);
      code_.checks.emplace_back();
      work_.push_back(node);
    }
    return known;
  }

  Index nothing() {
    if (nothing_ == none) {
      nothing_ = size_of(code_.checks);
      code_.checks.emplace_back().kinds = 0;
    }
    return nothing_;
  }

  Span link(const std::vector<Index>& list) {
    Span span{size_of(code_.links), size_of(list)};
    code_.links.insert(code_.links.end(), list.begin(), list.end());
    return span;
  }

  WordSet words(std::vector<Word> list) {
    WordSet set;
    set.words = {size_of(code_.words), size_of(list)};
    Index size = 4;
    while (size < list.size() * 2) size *= 2;
    set.slots = size_of(code_.slots);
    set.mask = size - 1;
    code_.slots.resize(code_.slots.size() + size, 0);
    auto* slots = code_.slots.data() + set.slots;
    for (Index i = 0; i < list.size(); ++i) {
      auto at = hash_of(list[i].key, {list[i].text, list[i].key.size}) & set.mask;
      while (slots[at] != 0) at = (at + 1) & set.mask;
      slots[at] = i + 1;
    }
    code_.words.insert(code_.words.end(), list.begin(), list.end());
    return set;
  }

  static Word word(std::string_view text, Index value) { return {key_of(text), text.data(), value, 0}; }

  Check fill(const Node& node) {
    Check check;
    check.kinds = static_cast<std::uint8_t>(kinds_.of(node));
    std::vector<Step> steps;
    auto values = allowed_values(node);
    if (values) list_values(*values, steps);
    if (has_kind(check, json::Kind::string)) check.text = text_rule(node, values);
    if (has_kind(check, json::Kind::number)) check.number = number_rule(node);
    if (has_kind(check, json::Kind::array)) check.array = array_rule(node, check);
    if (has_kind(check, json::Kind::object)) check.object = object_rule(node, check);
    in_place(node, steps);
    for (const auto& step : steps) {
      if (step.code == Step::Code::never) check.kinds = 0;
      check.branching = check.branching || step.code != Step::Code::among;
    }
    check.branching = check.branching || check.watched_members || check.watched_items;
    check.steps = {size_of(code_.steps), size_of(steps)};
    code_.steps.insert(code_.steps.end(), steps.begin(), steps.end());
    return check;
  }

  // Strings are told by the text rule, null and both booleans by their kinds.
  void list_values(const std::vector<const json::Value*>& values, std::vector<Step>& steps) {
    std::vector<const json::Value*> rest;
    bool truths[2] = {};
    for (const auto* value : values) {
      if (value->is_boolean()) truths[value->boolean() ? 1 : 0] = true;
      if (!value->is_string() && !value->is_null()) rest.push_back(value);
    }
    const bool only_both = truths[0] && truths[1] &&
                           std::all_of(rest.begin(), rest.end(), [](const auto* value) { return value->is_boolean(); });
    if (rest.empty() || only_both) return;
    ValueSet set;
    std::size_t size = 4;
    while (size < rest.size() * 2) size *= 2;
    set.slots.assign(size, nullptr);
    for (const auto* value : rest) {
      auto at = json::hash(*value) & (size - 1);
      while (set.slots[at] != nullptr) at = (at + 1) & (size - 1);
      set.slots[at] = value;
    }
    steps.push_back({Step::Code::among, size_of(code_.value_sets)});
    code_.value_sets.push_back(std::move(set));
  }

  Index text_rule(const Node& node, const std::optional<std::vector<const json::Value*>>& values) {
    if (!node.min_length && !node.max_length && node.pattern == nullptr && node.format == nullptr && !values) {
      return none;
    }
    TextRule rule;
    rule.min_length = node.min_length.value_or(0);
    rule.max_length = node.max_length.value_or(std::numeric_limits<std::uint64_t>::max());
    rule.format = node.format == nullptr ? nullptr : node.format->matches;
    rule.pattern = node.pattern.get();
    if (values) {
      std::vector<Word> list;
      std::unordered_set<std::string_view> seen;
      for (const auto* value : *values) {
        if (!value->is_string() || !fits(rule, value->text()) || !seen.insert(value->text()).second) continue;
        list.push_back(word(value->text(), none));
      }
      rule = {};
      rule.listed = true;
      rule.list = words(std::move(list));
    }
    code_.texts.push_back(rule);
    return size_of(code_.texts) - 1;
  }

  static bool fits(const TextRule& rule, std::string_view text) {
    const auto characters = count_characters(text);
    return characters >= rule.min_length && characters <= rule.max_length &&
           (rule.format == nullptr || rule.format(text)) && (rule.pattern == nullptr || rule.pattern->matches(text));
  }

  Index number_rule(const Node& node) {
    NumberRule rule;
    if (!(node.types & SchemaType::number)) {
      rule.whole = node.fraction_counts ? NumberRule::Whole::by_text : NumberRule::Whole::by_value;
    }
    for (const auto& bound : node.bounds) {
      using R = NumberBound::Rule;
      const bool lower = bound.rule == R::minimum || bound.rule == R::exclusive_minimum;
      const bool exclusive = bound.rule == R::exclusive_minimum || bound.rule == R::exclusive_maximum;
      auto& side = lower ? rule.lower : rule.upper;
      if (side.set) {
        const int order = json::compare_numbers(bound.text, side.text);
        const bool stricter = order == 0 ? exclusive : (order > 0) == lower;
        if (!stricter) continue;
      }
      side = {true, exclusive, small_number(bound.text), bound.text};
    }
    if (node.multiple_of) {
      rule.divisor = &*node.multiple_of;
      rule.divisor_small = small_number(node.multiple_text);
    }
    if (rule.whole == NumberRule::Whole::no && !rule.lower.set && !rule.upper.set && rule.divisor == nullptr) {
      return none;
    }
    code_.numbers.push_back(rule);
    return size_of(code_.numbers) - 1;
  }

  Index array_rule(const Node& node, Check& check) {
    ArrayRule rule;
    std::vector<Index> prefix;
    for (const auto* item : node.prefix_items) prefix.push_back(check_of(item));
    rule.has_items = node.items != nullptr;
    rule.items = check_of(node.items);
    rule.min_items = node.min_items.value_or(0);
    rule.max_items = node.max_items.value_or(std::numeric_limits<std::uint64_t>::max());
    rule.unique = node.unique_items;
    if (node.contains != nullptr) {
      rule.has_contains = true;
      rule.contains_evaluates = node.contains_evaluates;
      rule.contains = check_of(node.contains);
      rule.min_contains = node.min_contains;
      rule.max_contains = node.max_contains.value_or(rule.max_contains);
      check.branching = true;
    }
    if (node.unevaluated_items != nullptr) {
      if (auto known = evaluated_items(node)) {
        if (!known->all) {
          prefix.resize(std::max(prefix.size(), known->prefix), none);
          rule.has_items = true;
          rule.items = check_of(node.unevaluated_items);
        }
      } else {
        check.watched_items = true;
        check.unevaluated_items = check_of(node.unevaluated_items);
      }
    }
    if (prefix.empty() && !rule.has_items && !rule.has_contains && !rule.unique && !node.min_items && !node.max_items) {
      return none;
    }
    rule.prefix = link(prefix);
    code_.arrays.push_back(rule);
    return size_of(code_.arrays) - 1;
  }

  // The names of an object rule while it is made.
  struct Names {
    std::vector<Word> list;
    std::unordered_map<std::string_view, Index> numbers;
    Index number(std::string_view name) {
      auto [at, added] = numbers.emplace(name, size_of(list));
      if (added) list.push_back(word(name, undeclared));
      return at->second;
    }
  };

  Index object_rule(const Node& node, Check& check) {
    ObjectRule rule;
    Names names;
    std::vector<Index> more_required;
    for (const auto& property : node.properties.rules()) {
      auto number = names.number(property.name);
      if (property.node != nullptr) names.list[number].value = check_of(property.node);
      if (!property.required) continue;
      if (rule.required_count < mask_bits) {
        names.list[number].required = std::uint64_t{1} << rule.required_count;
        rule.required |= names.list[number].required;
      } else {
        more_required.push_back(number);
      }
      ++rule.required_count;
    }
    std::vector<PatternCheck> patterns;
    for (const auto& pattern : node.pattern_properties) {
      patterns.push_back({pattern.pattern.get(), check_of(pattern.node)});
    }
    rule.has_additional = node.additional_properties != nullptr;
    rule.additional = check_of(node.additional_properties);
    fold_unevaluated(node, check, rule, names, patterns);
    rule.closed = rule.has_additional && rule.additional != none && rule.additional == nothing_;
    rule.min_properties = node.min_properties.value_or(0);
    rule.max_properties = node.max_properties.value_or(rule.max_properties);
    rule.member_names = check_of(node.property_names);
    auto dependents = dependents_of(node, names);
    if (names.list.empty() && patterns.empty() && !rule.has_additional && !node.min_properties &&
        !node.max_properties && rule.member_names == none) {
      return none;
    }
    check.branching = check.branching || !patterns.empty() || !node.dependent_schemas.empty();
    rule.by_presence = !dependents.empty() || !more_required.empty();
    rule.more_required = link(more_required);
    rule.patterns = {size_of(code_.patterns), size_of(patterns)};
    code_.patterns.insert(code_.patterns.end(), patterns.begin(), patterns.end());
    rule.dependents = {size_of(code_.dependents), size_of(dependents)};
    code_.dependents.insert(code_.dependents.end(), dependents.begin(), dependents.end());
    rule.names = words(std::move(names.list));
    code_.objects.push_back(rule);
    return size_of(code_.objects) - 1;
  }

  // unevaluatedProperties beside what is always evaluated is a table that is closed by it (core §11.3).
  void fold_unevaluated(const Node& node, Check& check, ObjectRule& rule, Names& names,
                        std::vector<PatternCheck>& patterns) {
    if (node.unevaluated_properties == nullptr) return;
    auto known = evaluated_members(node);
    if (!known) {
      check.watched_members = true;
      check.unevaluated_members = check_of(node.unevaluated_properties);
      return;
    }
    if (known->all) return;
    for (auto name : known->names) {
      auto& one = names.list[names.number(name)];
      if (one.value == undeclared) one.value = none;
    }
    for (const auto& pattern : known->patterns) {
      if (std::none_of(patterns.begin(), patterns.end(),
                       [&](const PatternCheck& own) { return own.pattern == pattern.get(); })) {
        patterns.push_back({pattern.get(), none});
      }
    }
    rule.has_additional = true;
    rule.additional = check_of(node.unevaluated_properties);
  }

  std::vector<Dependent> dependents_of(const Node& node, Names& names) {
    std::vector<Dependent> dependents;
    for (const auto& [name, required] : node.dependent_required) {
      std::vector<Index> numbers;
      for (auto other : required) numbers.push_back(names.number(other));
      if (!numbers.empty()) dependents.push_back({names.number(name), link(numbers)});
    }
    for (const auto& [name, below] : node.dependent_schemas) {
      if (auto target = check_of(below); target != none) dependents.push_back({names.number(name), {}, target});
    }
    return dependents;
  }

  void in_place(const Node& node, std::vector<Step>& steps) {
    using C = Step::Code;
    std::vector<Index> all;
    for (const auto* part : conjuncts(node)) {
      auto target = check_of(part);
      if (target == nothing_ && target != none) steps.push_back({C::never});
      if (target != none && std::find(all.begin(), all.end(), target) == all.end()) all.push_back(target);
    }
    if (node.any_of.size() == 1) all.push_back(check_of(node.any_of.front()));
    if (node.one_of.size() == 1) all.push_back(check_of(node.one_of.front()));
    for (auto target : all) {
      if (target != none) steps.push_back({C::all, target});
    }
    if (node.negated != nullptr) {
      auto target = check_of(node.negated);
      if (target == none) {
        steps.push_back({C::never});
      } else if (target != nothing_) {
        steps.push_back({C::negated, target});
      }
    }
    if (node.any_of.size() > 1) {
      // A branch that accepts everything decides, unless somebody asks what the others evaluated.
      const bool always = std::any_of(node.any_of.begin(), node.any_of.end(),
                                      [&](const Node* branch) { return check_of(branch) == none; });
      if (tracking_ || !always) steps.push_back({C::any, choice(node.any_of)});
    }
    if (node.one_of.size() > 1) steps.push_back({C::one, choice(node.one_of)});
    if (node.condition != nullptr && (node.consequence != nullptr || node.alternative != nullptr || tracking_)) {
      steps.push_back({C::condition, check_of(node.condition), check_of(node.consequence), check_of(node.alternative)});
    }
  }

  Index choice(const std::vector<const Node*>& branches) {
    Choice choice;
    std::vector<Index> targets;
    for (const auto* branch : branches) targets.push_back(check_of(branch));
    for (unsigned kind = 0; kind < 6; ++kind) {
      std::vector<Index> list;
      for (std::size_t i = 0; i < branches.size(); ++i) {
        if (kinds_.of(*branches[i]) >> kind & 1) list.push_back(targets[i]);
      }
      choice.by_kind[kind] = link(list);
    }
    if (choice.by_kind[static_cast<unsigned>(json::Kind::object)].count > 1) tell_apart(branches, targets, choice);
    code_.choices.push_back(choice);
    return size_of(code_.choices) - 1;
  }

  // Looks for the member whose text tells the branches for objects apart.
  void tell_apart(const std::vector<const Node*>& branches, const std::vector<Index>& targets, Choice& choice) {
    struct Branch {
      Index target;
      std::map<std::string_view, MemberFact> facts;
    };
    std::vector<Branch> objects;
    std::map<std::string_view, std::size_t> score;
    for (std::size_t i = 0; i < branches.size(); ++i) {
      if (!(kinds_.of(*branches[i]) >> static_cast<unsigned>(json::Kind::object) & 1)) continue;
      objects.push_back({targets[i], member_facts(*branches[i])});
      for (const auto& [name, fact] : objects.back().facts) {
        if (fact.texts) score[name] += fact.required ? 3 : 2;
      }
    }
    auto best =
        std::max_element(score.begin(), score.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    if (best == score.end()) return;
    auto name = best->first;
    std::map<std::string_view, std::vector<Index>> by_text;
    std::vector<Index> other, absent;
    for (const auto& branch : objects) {
      auto fact = branch.facts.find(name);
      const bool known = fact != branch.facts.end();
      if (!known || !fact->second.required) absent.push_back(branch.target);
      if (!known || !fact->second.texts) {
        other.push_back(branch.target);
        continue;
      }
      for (auto text : *fact->second.texts) by_text[text];
    }
    if (by_text.size() * objects.size() > choice_cells) return;
    std::vector<Word> list;
    for (auto& [text, candidates] : by_text) {
      for (const auto& branch : objects) {
        auto fact = branch.facts.find(name);
        const bool free = fact == branch.facts.end() || !fact->second.texts;
        if (free || std::binary_search(fact->second.texts->begin(), fact->second.texts->end(), text)) {
          candidates.push_back(branch.target);
        }
      }
      list.push_back(word(text, size_of(code_.spans)));
      code_.spans.push_back(link(candidates));
    }
    choice.texts = words(std::move(list));
    choice.other_text = link(other);
    choice.absent = link(absent);
    choice.word = size_of(code_.words);
    code_.words.push_back(word(name, none));
  }

  // Which checks may say that something is evaluated. Nothing asks where no schema is watched.
  void find_evaluating() {
    if (!tracking_) return;
    for (auto& check : code_.checks) {
      if (check.array != none) {
        const auto& rule = code_.arrays[check.array];
        check.evaluates = rule.prefix.count > 0 || rule.has_items || (rule.has_contains && rule.contains_evaluates);
      }
      if (check.object != none) {
        const auto& rule = code_.objects[check.object];
        check.evaluates = check.evaluates || rule.names.words.count > 0 || rule.has_additional ||
                          rule.patterns.count > 0 || rule.dependents.count > 0;
      }
      check.evaluates = check.evaluates || check.watched_members || check.watched_items;
    }
    for (bool again = true; again;) {
      again = false;
      for (auto& check : code_.checks) {
        if (!check.evaluates && passes_on(check)) check.evaluates = again = true;
      }
    }
  }

  bool passes_on(const Check& check) const {
    auto evaluates = [&](Index target) { return target != none && code_.checks[target].evaluates; };
    for (Index i = 0; i < check.steps.count; ++i) {
      const auto& step = code_.steps[check.steps.begin + i];
      switch (step.code) {
        case Step::Code::all:
          if (evaluates(step.first)) return true;
          break;
        case Step::Code::any:
        case Step::Code::one:
          for (const auto& span : code_.choices[step.first].by_kind) {
            for (Index k = 0; k < span.count; ++k) {
              if (evaluates(code_.links[span.begin + k])) return true;
            }
          }
          break;
        case Step::Code::condition:
          if (evaluates(step.first) || evaluates(step.second) || evaluates(step.third)) return true;
          break;
        default:
          break;
      }
    }
    return false;
  }

  const SchemaStore& store_;
  Code code_;
  Kinds kinds_;
  std::vector<Index> known_;  // by the nodes' index
  std::vector<const Node*> work_;
  Index nothing_ = none;
  bool tracking_ = false;
};

}  // namespace

Code build(const SchemaStore& store) {
  return Builder(store).build();
}

}  // namespace simpul::program
