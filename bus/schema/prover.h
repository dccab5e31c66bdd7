// Is there a value that fits a set of literals: schemas that must hold and schemas that must not?
//
// A is contained in B when no value fits {A, not B}. The search takes one JSON type at a time. Within a type each
// literal is taken apart into atoms (a bound, a pattern, a member that must be there) and choices (a schema fails by
// any one of its keywords); what is left when nothing is to be chosen is solved by the type's own part
// (prover_numbers.cpp and its neighbours), which asks the same question again for members and items.
//
// Every answer is on the safe side. `none` is proved: each part answers it from conditions that every fitting value
// meets, never from a guess. `some` holds a value that was judged by every literal. Everything else is `unknown`, with
// what stopped the proof.
//
// Recursive schemas: a question that comes up again below itself is answered `none` for the while. That is right
// because values are finite: the lowest value that fits could not hold one as high inside. What was concluded with the
// help of such an answer is kept only once the question itself has been answered so.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bus/schema/automaton.h"
#include "bus/schema/node.h"

namespace simpul {

// A schema that must hold, or with the lowest bit set must not.
using Literal = std::uint32_t;
using Literals = std::vector<Literal>;
constexpr Literal opposite(Literal literal) {
  return literal ^ 1;
}
constexpr bool is_negative(Literal literal) {
  return (literal & 1) != 0;
}

struct Blame {
  std::string_view keyword;
  std::string_view detail;     // "email" of "format: email"
  const Node* node = nullptr;  // whose keyword it is; null: none in particular
};

struct Solution {
  enum class Found : std::uint8_t { none, some, unknown } found = Found::none;
  json::Value value;
  Blame blame;
  static Solution none() { return {}; }
  static Solution some(json::Value value) { return {Found::some, value, {}}; }
  static Solution unknown(Blame blame) { return {Found::unknown, {}, blame}; }
  bool is_none() const { return found == Found::none; }
  bool is_some() const { return found == Found::some; }
  bool is_unknown() const { return found == Found::unknown; }
};

// One condition on a value of one type.
struct Atom {
  enum class Kind : std::uint8_t {
    beyond,           // text: a keyword that only judging a value takes into account
    bound,            // text, rule
    multiple,         // text; of 1 for integers
    not_multiple,     // text
    whole_text,       // draft 4: an integer is written without a fraction
    not_whole_text,   //
    least_length,     // count
    most_length,      //
    pattern,          // node
    not_pattern,      //
    format,           // node
    not_format,       //
    not_constant,     // node; of any type
    not_enumerated,   // node
    least_items,      // count
    most_items,       //
    unique,           //
    repeated,         // two items are equal
    items,            // node: its prefixItems and items
    item_at,          // count, literal
    some_item,        // from count on one fits literal
    least_contained,  // count items fit literal
    most_contained,   //
    shape,            // node: its properties, patternProperties and additionalProperties
    names,            // literal: every name fits it
    present,          // text
    absent,           // text
    member,           // text, literal: if it is there
    least_members,    // count
    most_members,     //
    dependents,       // node, count: the index of its dependentRequired
    some_matching,    // node, count: index of the pattern; a member whose name matches and which fits literal
    some_additional,  // node; a member that is neither in properties nor matches, and fits literal
    some_name,        // literal: a member's name fits it
  } kind = Kind::beyond;
  NumberBound::Rule rule = NumberBound::Rule::minimum;
  Literal literal = 0;
  std::uint64_t count = 0;
  std::string_view text;
  const Node* node = nullptr;
};
using Atoms = std::vector<Atom>;

class Prover {
 public:
  explicit Prover(std::uint64_t steps);
  Literal literal(const Node& node);
  // The same schema as a tolerant reader reads it: objects that it closes are open.
  const Node& opened(const Node& root);
  // A value that fits all literals.
  Solution solve(Literals goal);

 private:
  struct Alternative {
    Atoms atoms;
    Literals literals;
  };
  using Choice = std::vector<Alternative>;  // at least one of them
  struct State {
    unsigned type = 0;
    Atoms atoms;
    Literals literals;  // taken apart already; sorted
    Literals pending;
    std::vector<std::shared_ptr<const Choice>> choices;
    const Node* finite = nullptr;  // only its enum or const can fit
  };
  enum class Chance : std::uint8_t { no, maybe, certain, untold };
  struct Members;      // what an object's atoms say together
  class MemberSearch;  // prover_objects.cpp
  class ItemSearch;    // prover_arrays.cpp
  class StringSearch;  // prover_strings.cpp

  // prover.cpp: the search
  bool spend(std::uint64_t steps);  // false when none are left
  void settle(bool none, std::size_t index, std::size_t depends, std::size_t first);
  Solution decide(const Literals& goal);
  Solution of_type(const Literals& goal, unsigned type);
  Solution among(const Node& finite, const Literals& goal, unsigned type);
  const Node* finite_in(const Literals& goal);
  bool fits(const Literals& goal, const json::Value& value);
  Solution search(State state, const Literals& goal);
  Solution search_here(State& state, const Literals& goal);
  Solution branch(const State& state, const Literals& goal);
  bool propagate(State& state);
  bool prune(State& state, const Literals& goal, std::optional<Solution>& found);
  static void add(State& state, const Alternative& alternative);
  Solution try_alternative(const State& state, const Alternative& alternative, const Literals& goal);
  Solution leaf(const State& state);

  // prover_terms.cpp: schemas taken apart
  bool assert_node(State& state, const Node& node);
  void assert_array(State& state, const Node& node);
  static void choose(State& state, Choice choice);
  void assert_object(State& state, const Node& node);
  void assert_logic(State& state, const Node& node);
  bool deny_node(State& state, const Node& node);
  bool failures(const Node& node, const State& state, Choice& out, std::set<const Node*>& seen);
  static void number_failures(const Node& node, Choice& out);
  static void string_failures(const Node& node, Choice& out);
  void array_failures(const Node& node, Choice& out);
  void object_failures(const Node& node, Choice& out);
  bool logic_failures(const Node& node, const State& state, Choice& out, std::set<const Node*>& seen);

  // prover_nodes.cpp: nodes and their numbers
  std::uint32_t number_of(const Node& node);
  std::string signature(const Node& node);
  const Node& node_of(Literal literal) const { return *nodes_[literal >> 1]; }
  Node& make(const Node& from);                                 // an empty one that stands at the same place
  const Node& excluding(const json::Value& value);              // its const is the value
  const Node& naming(const std::set<std::string_view>& names);  // its enum is the names
  const Node& matching(const PatternNode& pattern, const Node& from);

  // prover_unevaluated.cpp
  struct Evaluated;
  bool evaluate(const Node& node, bool own, std::vector<Evaluated>& ways);
  const Node* closed_by(const Node& node, const Evaluated& way, bool members);
  Choice unevaluated(const Node& node, bool members, bool denied);

  // A value that meets the atoms; what only a judge can tell (`beyond`, and the rarer meetings of atoms) is left out.
  Solution solve_number(const Atoms& atoms);
  Solution solve_string(const Atoms& atoms);
  Solution solve_array(const Atoms& atoms);
  Solution solve_object(const Atoms& atoms);
  // The values of enum and const that a built value must not be.
  static bool is_excluded(const std::vector<const Atom*>& excluded, const json::Value& value);
  static Solution only_excluded(const std::vector<const Atom*>& excluded);
  std::shared_ptr<Members> members_of(const Atoms& atoms);
  Chance chance_of_members(Members& members, const Atoms& atoms);
  const std::optional<Automaton>& automaton(const std::string& pattern);

  struct Frame {
    std::size_t depends;  // the lowest frame for which nothing was taken to fit
  };
  struct Answer {
    Solution outcome;
    std::size_t depends;
  };
  static constexpr std::size_t alone = SIZE_MAX;

  std::uint64_t steps_left_;
  unsigned nesting_ = 0;
  std::vector<Frame> frames_;
  std::map<Literals, Answer> answers_;
  std::vector<const Literals*> provisional_;  // answers that lean on a frame still open
  std::map<Literals, std::size_t> open_;      // the goals of the frames

  std::deque<Node> made_;
  std::deque<json::Value> values_;
  json::Arena arena_;
  const Node* text_ = nullptr;  // any string
  std::vector<const Node*> nodes_;
  std::unordered_map<const Node*, std::uint32_t> numbers_;
  std::unordered_map<std::string, std::uint32_t> signatures_;
  std::set<const Node*> signing_;
  std::unordered_map<const Node*, Node*> opened_;
  std::unordered_map<std::string, const Node*> naming_;
  std::unordered_map<std::string, std::optional<Automaton>> automata_;
};

}  // namespace simpul
