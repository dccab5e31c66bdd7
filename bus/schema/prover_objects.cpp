// Objects: which members must, may and must not be there, and which schemas the value of each meets. Names that some
// schema knows are looked at one by one; all others by the patterns they match.
#include <algorithm>

#include "bus/schema/judge.h"
#include "bus/schema/prover.h"

namespace simpul {
namespace {

constexpr std::size_t most_filled = 200;   // members added only to be many
constexpr std::size_t most_classes = 256;  // of names, by the patterns they match
constexpr std::size_t most_tries = 4;      // objects built to differ from a const

using Kind = Atom::Kind;

bool matches_pattern(const Node& node, std::string_view name) {
  return std::any_of(node.pattern_properties.begin(), node.pattern_properties.end(),
                     [&](const PatternNode& pattern) { return pattern.pattern->matches(name); });
}

bool has_property(const Node& node, std::string_view name) {
  const auto* rule = node.properties.find(name);
  return rule != nullptr && rule->node != nullptr;
}

}  // namespace

struct Prover::Members {
  std::vector<const Node*> shapes;
  Literals names;
  std::set<std::string_view> required, absent;
  std::map<std::string_view, Literals> values;
  std::uint64_t least = 0, most = UINT64_MAX;
  const Node* most_from = nullptr;
  std::vector<const Atom*> dependents, demands, excluded;
  bool impossible = false;

  // What must be there because of what is there.
  bool close() {
    for (bool more = true; more;) {
      more = false;
      for (const auto* atom : dependents) {
        const auto& rule = atom->node->dependent_required[atom->count];
        if (!required.contains(rule.name)) continue;
        for (auto name : rule.required) more = required.insert(name).second || more;
      }
    }
    return required.size() <= most && least <= most &&
           std::none_of(absent.begin(), absent.end(), [&](auto name) { return required.contains(name); });
  }
};

std::shared_ptr<Prover::Members> Prover::members_of(const Atoms& atoms) {
  auto made = std::make_shared<Members>();
  auto& m = *made;
  for (const auto& atom : atoms) {
    switch (atom.kind) {
      case Kind::shape:
        m.shapes.push_back(atom.node);
        break;
      case Kind::names:
        m.names.push_back(atom.literal);
        break;
      case Kind::present:
        m.required.insert(atom.text);
        break;
      case Kind::absent:
        m.absent.insert(atom.text);
        break;
      case Kind::member:
        m.values[atom.text].push_back(atom.literal);
        break;
      case Kind::least_members:
        m.least = std::max(m.least, atom.count);
        break;
      case Kind::most_members:
        m.most = std::min(m.most, atom.count);
        break;
      case Kind::dependents:
        m.dependents.push_back(&atom);
        break;
      case Kind::not_constant:
      case Kind::not_enumerated:
        m.excluded.push_back(&atom);
        break;
      case Kind::some_matching:
      case Kind::some_additional:
      case Kind::some_name:
        m.demands.push_back(&atom);
        break;
      default:
        break;
    }
  }
  spend(m.required.size() / 16);
  m.impossible = !m.close();
  return made;
}

class Prover::MemberSearch {
 public:
  explicit MemberSearch(Prover& prover) : prover_(prover) {}

  Solution solve(const Members& start) {
    if (start.impossible) return Solution::none();
    auto unsure = Solution::none();
    for (auto name : start.required) {
      auto outcome = value_of(start, name, {});
      if (outcome.is_none()) return outcome;
      if (unsure.is_none() && outcome.is_unknown()) unsure = outcome;
    }
    if (start.demands.size() > 1) {
      for (const auto* demand : start.demands) {
        if (meet(start, {demand}, 0).is_none()) return Solution::none();
      }
    }
    auto outcome = meet(start, start.demands, 0);
    return outcome.is_none() || unsure.is_none() ? outcome : unsure;
  }

  bool name_allowed(const Members& m, std::string_view name) {
    return std::all_of(m.names.begin(), m.names.end(), [&](Literal one) { return name_fits(one, name); });
  }

  // A value for the member: what the schemas say of it, and `more`. None when the member cannot be there.
  Solution value_of(const Members& m, std::string_view name, const Literals& more) {
    if (m.absent.contains(name) || !name_allowed(m, name)) return Solution::none();
    return prover_.solve(value_goal(m, name, more));
  }

 private:
  struct NameClass {
    std::string_view name;
    Literals literals;
  };

  bool name_fits(Literal one, std::string_view name) {
    Judge judge;
    return judge.holds(prover_.node_of(one), json::Value::view_string(name)) != is_negative(one);
  }

  Literals value_goal(const Members& m, std::string_view name, const Literals& more) {
    Literals goal = more;
    for (const auto* shape : m.shapes) {
      const auto* rule = shape->properties.find(name);
      bool evaluated = rule != nullptr && rule->node != nullptr;
      if (evaluated) goal.push_back(prover_.literal(*rule->node));
      for (const auto& pattern : shape->pattern_properties) {
        prover_.spend(1);
        if (!pattern.pattern->matches(name)) continue;
        goal.push_back(prover_.literal(*pattern.node));
        evaluated = true;
      }
      if (!evaluated && shape->additional_properties != nullptr)
        goal.push_back(prover_.literal(*shape->additional_properties));
    }
    if (auto own = m.values.find(name); own != m.values.end())
      goal.insert(goal.end(), own->second.begin(), own->second.end());
    return goal;
  }

  // The names that a schema here speaks of.
  std::set<std::string_view> known_names(const Members& m) {
    std::set<std::string_view> known(m.required.begin(), m.required.end());
    known.insert(m.absent.begin(), m.absent.end());
    for (const auto& [name, literals] : m.values) known.insert(name);
    auto add = [&](const Node& node) {
      for (const auto& rule : node.properties.rules()) known.insert(rule.name);
      prover_.spend(node.properties.rules().size() / 16);
    };
    for (const auto* shape : m.shapes) add(*shape);
    for (const auto* demand : m.demands) add(*demand->node);
    for (const auto* atom : m.dependents) {
      const auto& rule = atom->node->dependent_required[atom->count];
      known.insert(rule.name);
      known.insert(rule.required.begin(), rule.required.end());
    }
    return known;
  }

  bool meets(const Atom& demand, std::string_view name) {
    switch (demand.kind) {
      case Kind::some_matching:
        return demand.node->pattern_properties[demand.count].pattern->matches(name);
      case Kind::some_additional:
        return !has_property(*demand.node, name) && !matches_pattern(*demand.node, name);
      default:
        return name_fits(demand.literal, name);
    }
  }

  static Literals demanded(const Atom& demand) {
    return demand.kind == Kind::some_name ? Literals() : Literals{demand.literal};
  }

  // Meets the demands from `next` on, one after another.
  Solution meet(const Members& m, const std::vector<const Atom*>& demands, std::size_t next) {
    if (!prover_.spend(1)) return Solution::unknown({"caps", {}, nullptr});
    if (next == demands.size()) return finish(m);
    const auto& demand = *demands[next];
    auto result = Solution::none();
    auto known = known_names(m);
    for (auto name : known) {
      if (m.absent.contains(name) || !meets(demand, name)) continue;
      auto outcome = with_member(m, name, demanded(demand), demands, next);
      if (outcome.is_some()) return outcome;
      if (result.is_none()) result = outcome;
    }
    std::vector<NameClass> classes;
    if (auto outcome = classes_of(m, &demand, known, classes); outcome.is_unknown() && result.is_none())
      result = outcome;
    for (const auto& one : classes) {
      auto outcome = with_member(m, one.name, demanded(demand), demands, next);
      if (outcome.is_some()) return outcome;
      // The name was one of many: another might have met a later demand too.
      bool last = next + 1 == demands.size();
      if (outcome.is_none() && !last && !prover_.solve(value_goal(m, one.name, demanded(demand))).is_none())
        outcome = Solution::unknown({"caps", {}, demand.node});
      if (result.is_none()) result = outcome;
    }
    return result;
  }

  Solution with_member(const Members& m, std::string_view name, const Literals& literals,
                       const std::vector<const Atom*>& demands, std::size_t next) {
    if (value_of(m, name, literals).is_none()) return Solution::none();
    auto more = m;
    more.required.insert(name);
    auto& own = more.values[name];
    own.insert(own.end(), literals.begin(), literals.end());
    if (!more.close()) return Solution::none();
    return meet(more, demands, next + 1);
  }

  // The names that nobody knows, sorted by the patterns they match, one example of each sort.
  Solution classes_of(const Members& m, const Atom* demand, const std::set<std::string_view>& known,
                      std::vector<NameClass>& out) {
    Literals goal{prover_.literal(*prover_.text_), opposite(prover_.literal(prover_.naming(known)))};
    goal.insert(goal.end(), m.names.begin(), m.names.end());
    if (demand != nullptr) {
      const auto& node = *demand->node;
      if (demand->kind == Kind::some_name) goal.push_back(demand->literal);
      if (demand->kind == Kind::some_matching)
        goal.push_back(prover_.literal(prover_.matching(node.pattern_properties[demand->count], node)));
      if (demand->kind == Kind::some_additional) {
        for (const auto& pattern : node.pattern_properties)
          goal.push_back(opposite(prover_.literal(prover_.matching(pattern, node))));
      }
    }
    std::vector<Literal> patterns;
    for (const auto* shape : m.shapes) {
      for (const auto& pattern : shape->pattern_properties) {
        auto one = prover_.literal(prover_.matching(pattern, *shape));
        bool told = std::find(goal.begin(), goal.end(), one) != goal.end() ||
                    std::find(goal.begin(), goal.end(), opposite(one)) != goal.end() ||
                    std::find(patterns.begin(), patterns.end(), one) != patterns.end();
        if (!told) patterns.push_back(one);
      }
    }
    return split(goal, patterns, 0, out);
  }

  Solution split(const Literals& goal, const std::vector<Literal>& patterns, std::size_t next,
                 std::vector<NameClass>& out) {
    if (out.size() >= most_classes) return Solution::unknown({"caps", {}, nullptr});
    auto outcome = prover_.solve(goal);
    if (outcome.is_none()) return outcome;
    if (next == patterns.size()) {
      if (outcome.is_some()) out.push_back({outcome.value.text(), {}});
      return outcome;
    }
    auto result = Solution::none();
    for (bool matched : {false, true}) {
      auto more = goal;
      more.push_back(matched ? patterns[next] : opposite(patterns[next]));
      auto part = split(more, patterns, next + 1, out);
      if (part.is_unknown()) result = part;
    }
    return result;
  }

  Solution finish(Members m) {
    auto unsure = Solution::none();
    std::map<std::string_view, json::Value> values;
    for (auto name : m.required) {
      auto outcome = value_of(m, name, {});
      if (outcome.is_none()) return outcome;
      if (outcome.is_unknown()) unsure = outcome;
      values[name] = outcome.value;
    }
    if (unsure.is_unknown()) return unsure;
    auto built = Solution::none();
    for (std::size_t i = 0; i < most_tries; ++i) {
      if (auto outcome = fill(m, values); !outcome.is_some()) return i == 0 ? outcome : only_excluded(m.excluded);
      built = Solution::some(build(m, values));
      if (!is_excluded(m.excluded, built.value)) return built;
      if (m.most == 0) return Solution::none();  // there is one object without members
      m.least = values.size() + 1;
      if (m.least > m.most) break;
    }
    return only_excluded(m.excluded);
  }

  // Adds members until there are enough; `some` when there are.
  Solution fill(Members& m, std::map<std::string_view, json::Value>& values) {
    if (values.size() >= m.least) return Solution::some({});
    Blame blame{"minProperties", {}, nullptr};
    auto known = known_names(m);
    std::size_t possible = values.size();
    bool unsure = false;
    for (auto name : known) {
      if (values.size() >= m.least) return Solution::some({});
      if (values.contains(name)) continue;
      auto outcome = value_of(m, name, {});
      if (outcome.is_none()) continue;
      auto more = m;
      more.required.insert(name);
      if (!more.close() || !all_possible(more)) continue;
      ++possible;
      bool free = more.required.size() == values.size() + 1;
      if (!outcome.is_some() || !free) continue;
      m = std::move(more);
      values[name] = outcome.value;
    }
    bool too_many = values.size() + most_filled < m.least;
    while (values.size() < m.least) {
      if (!prover_.spend(1)) return Solution::unknown(blame);
      std::vector<NameClass> classes;
      unsure = classes_of(m, nullptr, known, classes).is_unknown() || unsure;
      bool found = false;
      for (const auto& one : classes) {
        auto outcome = value_of(m, one.name, {});
        unsure = unsure || outcome.is_unknown();
        if (!outcome.is_some()) continue;
        if (too_many) return Solution::unknown(blame);
        known.insert(one.name);
        m.required.insert(one.name);
        values[one.name] = outcome.value;
        found = true;
        ++possible;
        break;
      }
      if (!found) return unsure || possible >= m.least ? Solution::unknown(blame) : Solution::none();
    }
    return Solution::some({});
  }

  bool all_possible(const Members& m) {
    return std::none_of(m.required.begin(), m.required.end(),
                        [&](std::string_view name) { return value_of(m, name, {}).is_none(); });
  }

  json::Value build(const Members& m, const std::map<std::string_view, json::Value>& values) {
    std::vector<json::Member> members;
    std::set<std::string_view> placed;
    auto place = [&](std::string_view name) {
      auto found = values.find(name);
      if (found != values.end() && placed.insert(name).second) members.push_back({name, found->second});
    };
    for (const auto* shape : m.shapes) {
      for (const auto& rule : shape->properties.rules()) place(rule.name);
    }
    for (const auto& [name, value] : values) place(name);
    prover_.spend(members.size() / 16);
    return prover_.arena_.object(members);
  }

  Prover& prover_;
};

Solution Prover::solve_object(const Atoms& atoms) {
  return MemberSearch(*this).solve(*members_of(atoms));
}

// Whether an alternative that speaks of known members only can be met, and whether it always is.
Prover::Chance Prover::chance_of_members(Members& m, const Atoms& atoms) {
  MemberSearch search(*this);
  bool certain = true;
  for (const auto& atom : atoms) {
    if (atom.kind == Kind::absent) {
      if (m.required.contains(atom.text)) return Chance::no;
      certain = certain && search.value_of(m, atom.text, {}).is_none();
    } else if (atom.kind == Kind::present) {
      if (m.required.contains(atom.text)) continue;
      certain = false;
      if (search.value_of(m, atom.text, {}).is_none()) return Chance::no;
    } else if (atom.kind == Kind::member) {
      if (search.value_of(m, atom.text, {atom.literal}).is_none()) return Chance::no;
      certain = certain && search.value_of(m, atom.text, {opposite(atom.literal)}).is_none();
    } else {
      return Chance::untold;
    }
  }
  return certain ? Chance::certain : Chance::maybe;
}

}  // namespace simpul
