#include "bus/schema/prover.h"

#include <algorithm>

#include "bus/schema/judge.h"

namespace simpul {
namespace {

constexpr unsigned most_nested = 400;  // calls of solve and search inside each other: the stack is bounded
const Blame caps{"caps", {}, nullptr};

Blame blame_of(const Atoms& atoms) {
  for (const auto& atom : atoms) {
    if (atom.kind == Atom::Kind::beyond) return {atom.text, {}, atom.node};
  }
  return caps;
}

}  // namespace

bool Prover::spend(std::uint64_t steps) {
  steps_left_ -= std::min(steps_left_, steps);
  return steps_left_ > 0;
}

Solution Prover::solve(Literals goal) {
  std::sort(goal.begin(), goal.end());
  goal.erase(std::unique(goal.begin(), goal.end()), goal.end());
  for (std::size_t i = 1; i < goal.size(); ++i) {
    if (goal[i - 1] == opposite(goal[i])) return Solution::none();
  }
  constexpr Literal always = 0, never = 2;
  std::erase_if(goal, [](Literal one) { return one == always || one == opposite(never); });
  if (!goal.empty() && goal.front() <= never) return Solution::none();
  if (goal.empty()) return Solution::some(json::Value());
  auto lean = [&](std::size_t frame) {
    if (!frames_.empty()) frames_.back().depends = std::min(frames_.back().depends, frame);
  };
  if (auto known = answers_.find(goal); known != answers_.end()) {
    lean(known->second.depends);
    return known->second.outcome;
  }
  if (auto open = open_.find(goal); open != open_.end()) {
    lean(open->second);
    return Solution::none();
  }
  if (!spend(1) || nesting_ >= most_nested) return Solution::unknown(caps);

  auto index = frames_.size();
  auto first_provisional = provisional_.size();
  open_.emplace(goal, index);
  frames_.push_back({alone});
  ++nesting_;
  auto outcome = decide(goal);
  --nesting_;
  auto depends = frames_.back().depends;
  frames_.pop_back();
  open_.erase(goal);
  settle(outcome.is_none(), index, depends, first_provisional);
  bool leans = outcome.is_none() && depends < index;
  auto [kept, added] = answers_.emplace(std::move(goal), Answer{outcome, leans ? depends : alone});
  if (leans) {
    provisional_.push_back(&kept->first);
    lean(depends);
  }
  return outcome;
}

// What was concluded while the frame was open, and may have taken for granted that nothing fits it.
void Prover::settle(bool none, std::size_t index, std::size_t depends, std::size_t first) {
  auto keep = first;
  for (auto i = first; i < provisional_.size(); ++i) {
    auto found = answers_.find(*provisional_[i]);
    if (!none) {
      answers_.erase(found);
      continue;
    }
    auto& leans = found->second.depends;
    if (leans >= index) leans = depends < index ? depends : alone;
    if (leans != alone) provisional_[keep++] = provisional_[i];
  }
  provisional_.resize(keep);
}

const Node* Prover::finite_in(const Literals& goal) {
  std::vector<const Node*> open;
  std::set<const Node*> seen;
  for (auto one : goal) {
    if (!is_negative(one)) open.push_back(&node_of(one));
  }
  while (!open.empty()) {
    const auto* node = open.back();
    open.pop_back();
    if (!seen.insert(node).second) continue;
    if (node->constant != nullptr || node->enumeration) return node;
    if (node->ref != nullptr) open.push_back(node->ref);
    if (node->dynamic_ref != nullptr) open.push_back(node->dynamic_ref);
    open.insert(open.end(), node->all_of.begin(), node->all_of.end());
  }
  return nullptr;
}

Solution Prover::decide(const Literals& goal) {
  if (const auto* finite = finite_in(goal)) return among(*finite, goal, SchemaType::any);
  auto result = Solution::none();
  for (unsigned type : {SchemaType::null, SchemaType::boolean, SchemaType::number, SchemaType::string,
                        SchemaType::array, SchemaType::object}) {
    auto outcome = of_type(goal, type);
    if (outcome.is_some()) return outcome;
    if (result.is_none()) result = outcome;
  }
  return result;
}

Solution Prover::of_type(const Literals& goal, unsigned type) {
  if (type == SchemaType::null) return fits(goal, json::Value()) ? Solution::some(json::Value()) : Solution::none();
  if (type == SchemaType::boolean) {
    for (bool value : {true, false}) {
      auto made = json::Value::make_boolean(value);
      if (fits(goal, made)) return Solution::some(made);
    }
    return Solution::none();
  }
  State state;
  state.type = type;
  state.pending = goal;
  return search(std::move(state), goal);
}

Solution Prover::among(const Node& finite, const Literals& goal, unsigned type) {
  Judge judge;
  auto test = [&](const json::Value& value) {
    if (!has_kind(type, value)) return false;
    return std::all_of(goal.begin(), goal.end(),
                       [&](Literal one) { return judge.holds(node_of(one), value) != is_negative(one); });
  };
  if (finite.constant != nullptr) {
    spend(goal.size());
    return test(*finite.constant) ? Solution::some(*finite.constant) : Solution::none();
  }
  for (const auto* value : *finite.enumeration) {
    if (!spend(1 + goal.size() / 4)) return Solution::unknown({"enum", {}, &finite});
    if (test(*value)) return Solution::some(*value);
  }
  return Solution::none();
}

bool Prover::fits(const Literals& goal, const json::Value& value) {
  spend(1 + value.size() / 16 * goal.size());
  Judge judge;
  return std::all_of(goal.begin(), goal.end(),
                     [&](Literal one) { return judge.holds(node_of(one), value) != is_negative(one); });
}

// Takes apart what is pending; false when it cannot be.
bool Prover::propagate(State& state) {
  while (!state.pending.empty()) {
    auto next = std::find_if(state.pending.begin(), state.pending.end(), [](Literal one) { return !is_negative(one); });
    if (next == state.pending.end()) next = state.pending.begin();
    auto one = *next;
    state.pending.erase(next);
    auto place = std::lower_bound(state.literals.begin(), state.literals.end(), one & ~Literal{1});
    bool known = false;
    for (auto at = place; at != state.literals.end() && (*at >> 1) == (one >> 1); ++at) {
      if (*at == opposite(one)) return false;
      known = true;
    }
    if (known) continue;
    state.literals.insert(place, one);
    const auto& node = node_of(one);
    spend(1);
    if (is_negative(one) ? !deny_node(state, node) : !assert_node(state, node)) return false;
  }
  return true;
}

void Prover::add(State& state, const Alternative& alternative) {
  state.atoms.insert(state.atoms.end(), alternative.atoms.begin(), alternative.atoms.end());
  state.pending.insert(state.pending.end(), alternative.literals.begin(), alternative.literals.end());
}

bool Prover::is_excluded(const std::vector<const Atom*>& excluded, const json::Value& value) {
  return std::any_of(excluded.begin(), excluded.end(), [&](const Atom* atom) {
    if (atom->kind == Atom::Kind::not_constant) return json::equal(*atom->node->constant, value);
    const auto& all = *atom->node->enumeration;
    return std::any_of(all.begin(), all.end(), [&](const json::Value* one) { return json::equal(*one, value); });
  });
}

Solution Prover::only_excluded(const std::vector<const Atom*>& excluded) {
  const auto& atom = *excluded.front();
  return Solution::unknown({atom.kind == Atom::Kind::not_constant ? "const" : "enum", {}, atom.node});
}

Solution Prover::leaf(const State& state) {
  spend(1 + state.atoms.size() / 8);
  switch (state.type) {
    case SchemaType::number:
      return solve_number(state.atoms);
    case SchemaType::string:
      return solve_string(state.atoms);
    case SchemaType::array:
      return solve_array(state.atoms);
    default:
      return solve_object(state.atoms);
  }
}

// Whether the state can be with this alternative as well, other choices left aside.
Solution Prover::try_alternative(const State& state, const Alternative& alternative, const Literals& goal) {
  State next;
  next.type = state.type;
  next.atoms = state.atoms;
  next.literals = state.literals;
  spend(1 + state.atoms.size() / 32);
  add(next, alternative);
  if (!propagate(next)) return Solution::none();
  if (next.finite != nullptr) return among(*next.finite, goal, next.type);
  auto outcome = leaf(next);
  if (outcome.is_some() && !fits(goal, outcome.value)) return Solution::unknown(blame_of(next.atoms));
  return outcome;
}

// Leaves of each choice what can be; false when nothing can. `found` is set when a value turned up on the way.
bool Prover::prune(State& state, const Literals& goal, std::optional<Solution>& found) {
  auto members = state.type == SchemaType::object ? members_of(state.atoms) : nullptr;
  std::vector<std::shared_ptr<const Choice>> left;
  for (std::size_t i = 0; i < state.choices.size(); ++i) {
    const auto& choice = state.choices[i];
    Choice alive;
    bool certain = false;
    for (const auto& alternative : *choice) {
      if (!spend(1)) {
        found = Solution::unknown(caps);
        return true;
      }
      auto chance = Chance::untold;
      if (members != nullptr && alternative.literals.empty()) chance = chance_of_members(*members, alternative.atoms);
      if (alternative.atoms.empty() &&
          std::all_of(alternative.literals.begin(), alternative.literals.end(), [&](Literal one) {
            return std::binary_search(state.literals.begin(), state.literals.end(), one);
          }))
        chance = Chance::certain;
      if (chance == Chance::untold) {
        auto outcome = try_alternative(state, alternative, goal);
        if (outcome.is_some()) {
          found = outcome;
          return true;
        }
        chance = outcome.is_none() ? Chance::no : Chance::maybe;
      }
      certain = chance == Chance::certain;
      if (certain) break;
      if (chance == Chance::maybe) alive.push_back(alternative);
    }
    if (certain) continue;
    if (alive.empty()) return false;
    if (alive.size() == 1) {
      // No choice any more: taken at once, the other choices are looked at again with it.
      add(state, alive.front());
      left.insert(left.end(), state.choices.begin() + static_cast<std::ptrdiff_t>(i) + 1, state.choices.end());
      break;
    }
    left.push_back(alive.size() == choice->size() ? choice : std::make_shared<const Choice>(std::move(alive)));
  }
  state.choices = std::move(left);
  return true;
}

Solution Prover::search(State state, const Literals& goal) {
  if (nesting_ >= most_nested) return Solution::unknown(caps);
  ++nesting_;
  auto outcome = search_here(state, goal);
  --nesting_;
  return outcome;
}

Solution Prover::search_here(State& state, const Literals& goal) {
  while (true) {
    if (!spend(1)) return Solution::unknown(caps);
    if (!propagate(state)) return Solution::none();
    if (state.finite != nullptr) return among(*state.finite, goal, state.type);
    auto here = leaf(state);
    if (here.is_none()) return here;
    if (here.is_some() && fits(goal, here.value)) return here;
    if (state.choices.empty()) return here.is_unknown() ? here : Solution::unknown(blame_of(state.atoms));
    auto choices = state.choices.size();
    std::optional<Solution> found;
    if (!prune(state, goal, found)) return Solution::none();
    if (found) return *found;
    if (state.pending.empty() && state.choices.size() == choices) return branch(state, goal);
  }
}

Solution Prover::branch(const State& state, const Literals& goal) {
  auto fewest = std::min_element(state.choices.begin(), state.choices.end(),
                                 [](const auto& a, const auto& b) { return a->size() < b->size(); });
  auto result = Solution::none();
  for (const auto& alternative : **fewest) {
    State next = state;
    next.choices.erase(next.choices.begin() + (fewest - state.choices.begin()));
    add(next, alternative);
    auto outcome = search(std::move(next), goal);
    if (outcome.is_some()) return outcome;
    if (result.is_none()) result = outcome;
    if (!spend(1)) return Solution::unknown(caps);
  }
  return result;
}

}  // namespace simpul
