// Arrays: what the item at each place meets, which items must be there wherever there is room, how many there are.
#include <algorithm>

#include "bus/schema/prover.h"

namespace simpul {
namespace {

constexpr std::size_t most_places = 1'000;    // looked at one by one
constexpr std::uint64_t most_built = 20'000;  // items of a value
constexpr std::uint64_t most_unique = 300;
constexpr unsigned most_tries = 2'000;  // ways to give demands their places
constexpr std::uint64_t most_longer = 3;

using Kind = Atom::Kind;

}  // namespace

class Prover::ItemSearch {
 public:
  ItemSearch(Prover& prover, const Atoms& atoms) : prover_(prover) {
    for (const auto& atom : atoms) read(atom);
  }

  Solution solve() {
    if (places_ > most_places || least_ > most_built) return relaxed();
    shorten();
    if (least_ > most_ || (repeated_ != nullptr && (unique_ != nullptr || most_ < 2))) return Solution::none();
    for (const auto& limit : limits_) {
      if (surely_more(limit)) return Solution::none();
    }
    for (const auto& demand : demands_) {
      if (demand.copies > most_) return Solution::none();
      if (demand.copies > most_built) return caps();
    }
    Placed placed;
    return place(placed, 0, 0, 0);
  }

 private:
  struct Demand {
    std::uint64_t from;
    Literal literal;
    std::uint64_t copies;
  };
  struct Limit {
    Literal literal;
    std::uint64_t most;
    const Node* node;
  };
  using Placed = std::map<std::uint64_t, Literals>;

  void read(const Atom& atom) {
    switch (atom.kind) {
      case Kind::least_items:
        least_ = std::max(least_, atom.count);
        break;
      case Kind::most_items:
        most_ = std::min(most_, atom.count);
        break;
      case Kind::unique:
        unique_ = atom.node;
        break;
      case Kind::repeated:
        repeated_ = atom.node;
        break;
      case Kind::items:
        shapes_.push_back(atom.node);
        places_ = std::max(places_, static_cast<std::uint64_t>(atom.node->prefix_items.size()));
        break;
      case Kind::item_at:
        at_[atom.count].push_back(atom.literal);
        least_ = std::max(least_, atom.count + 1);
        places_ = std::max(places_, atom.count + 1);
        break;
      case Kind::some_item:
        demands_.push_back({atom.count, atom.literal, 1});
        places_ = std::max(places_, atom.count);
        break;
      case Kind::least_contained:
        demands_.push_back({0, atom.literal, atom.count});
        break;
      case Kind::most_contained:
        if (atom.count == 0)
          all_.push_back(opposite(atom.literal));
        else
          limits_.push_back({atom.literal, atom.count, atom.node});
        break;
      case Kind::not_constant:
      case Kind::not_enumerated:
        excluded_.push_back(&atom);
        break;
      default:
        break;
    }
  }

  static Solution caps() { return Solution::unknown({"caps", {}, nullptr}); }
  Solution relaxed() const { return least_ > most_ ? Solution::none() : caps(); }

  // What the item at a place must fit; all places from places_ on are alike.
  Literals goal(std::uint64_t place) const {
    Literals goal = all_;
    for (const auto* shape : shapes_) {
      const Node* node = place < shape->prefix_items.size() ? shape->prefix_items[place] : shape->items;
      if (node != nullptr) goal.push_back(prover_.literal(*node));
    }
    if (auto own = at_.find(place); own != at_.end()) goal.insert(goal.end(), own->second.begin(), own->second.end());
    return goal;
  }
  Literals goal(std::uint64_t place, const Placed& placed) const {
    auto all = goal(place);
    if (auto own = placed.find(place); own != placed.end())
      all.insert(all.end(), own->second.begin(), own->second.end());
    return all;
  }
  Solution ask(Literals goal, Literal more) const {
    goal.push_back(more);
    return prover_.solve(std::move(goal));
  }

  // An array ends before a place that nothing fits.
  void shorten() {
    for (std::uint64_t place = 0; place < places_ && place < most_; ++place) {
      if (prover_.solve(goal(place)).is_none()) most_ = place;
    }
    if (most_ > places_ && prover_.solve(goal(places_)).is_none()) most_ = places_;
  }

  // More items fit the limit's schema than may, whatever the array.
  bool surely_more(const Limit& limit) const {
    std::uint64_t forced = 0;
    for (std::uint64_t place = 0; place < std::min(least_, places_); ++place)
      forced += ask(goal(place), opposite(limit.literal)).is_none();
    if (least_ > places_ && ask(goal(places_), opposite(limit.literal)).is_none()) forced += least_ - places_;
    if (forced > limit.most) return true;
    return std::any_of(demands_.begin(), demands_.end(), [&](const Demand& demand) {
      if (demand.copies <= limit.most) return false;
      for (auto place = demand.from; place <= places_; ++place) {
        auto here = goal(place);
        here.push_back(demand.literal);
        if (!ask(here, opposite(limit.literal)).is_none()) return false;
      }
      return true;
    });
  }

  std::uint64_t next_free(const Placed& placed) const {
    return placed.empty() ? places_ : std::max(places_, placed.rbegin()->first + 1);
  }

  // Gives the demands their places, copies of one demand in rising order.
  Solution place(Placed& placed, std::size_t demand, std::uint64_t copy, std::uint64_t from) {
    if (demand == demands_.size()) return repeat(placed);
    if (copy == demands_[demand].copies) return place(placed, demand + 1, 0, 0);
    const auto& one = demands_[demand];
    if (copy == 0) from = one.from;
    std::vector<std::uint64_t> options;
    for (auto at = from; at < places_; ++at) options.push_back(at);
    for (const auto& [at, literals] : placed) {
      if (at >= places_ && at >= from) options.push_back(at);
    }
    options.push_back(next_free(placed));
    auto result = Solution::none();
    for (auto at : options) {
      if (at >= most_) continue;
      if (++tries_ > most_tries || !prover_.spend(1)) return caps();
      if (ask(goal(at, placed), one.literal).is_none()) continue;
      auto next = placed;
      next[at].push_back(one.literal);
      auto outcome = place(next, demand, copy + 1, at + 1);
      if (outcome.is_some()) return outcome;
      if (result.is_none()) result = outcome;
    }
    return result;
  }

  // Two items are to be equal: tries the pairs.
  Solution repeat(const Placed& placed) {
    if (repeated_ == nullptr) return build(placed, {}, least_);
    std::vector<std::uint64_t> options;
    for (std::uint64_t at = 0; at < places_; ++at) options.push_back(at);
    for (const auto& [at, literals] : placed) {
      if (at >= places_) options.push_back(at);
    }
    options.push_back(next_free(placed));
    options.push_back(next_free(placed) + 1);
    auto result = Solution::none();
    for (std::size_t i = 0; i < options.size(); ++i) {
      for (std::size_t k = i + 1; k < options.size() && options[k] < most_; ++k) {
        if (!prover_.spend(1)) return caps();
        auto both = goal(options[i], placed);
        auto other = goal(options[k], placed);
        both.insert(both.end(), other.begin(), other.end());
        if (prover_.solve(both).is_none()) continue;
        auto next = placed;
        next[options[i]] = next[options[k]] = both;
        auto outcome = build(next, {{options[k], options[i]}}, least_);
        if (outcome.is_some()) return outcome;
        if (result.is_none()) result = outcome;
      }
    }
    return result;
  }

  Solution build(const Placed& placed, const std::map<std::uint64_t, std::uint64_t>& same, std::uint64_t least) {
    auto length = std::max(least, placed.empty() ? 0 : placed.rbegin()->first + 1);
    if (length > most_) return Solution::none();
    if (length > most_built || (unique_ != nullptr && length > most_unique)) return caps();
    std::vector<json::Value> items;
    for (std::uint64_t at = 0; at < length; ++at) {
      if (auto twin = same.find(at); twin != same.end()) {
        items.push_back(items[twin->second]);
        continue;
      }
      prover_.spend(at % 16 == 0);
      auto outcome = item(goal(at, placed), items);
      if (!outcome.is_some()) {
        bool alike = places_ == 0 && placed.empty() && limits_.empty();
        if (outcome.is_none() && unique_ != nullptr && !alike && !all_forced(placed, items))
          return Solution::unknown({"uniqueItems", {}, unique_});
        return outcome;
      }
      items.push_back(outcome.value);
    }
    auto value = prover_.arena_.array(items);
    if (!is_excluded(excluded_, value)) return Solution::some(value);
    if (most_ == 0) return Solution::none();  // there is one array without items
    if (length < most_ && length < least_ + most_longer) {
      auto longer = build(placed, same, length + 1);
      if (longer.is_some()) return longer;
    }
    return only_excluded(excluded_);
  }

  // No place can hold another value than it does.
  bool all_forced(const Placed& placed, const std::vector<json::Value>& items) {
    for (std::uint64_t at = 0; at < items.size(); ++at) {
      if (!ask(goal(at, placed), opposite(prover_.literal(prover_.excluding(items[at])))).is_none()) return false;
    }
    return true;
  }

  // An item that is none of those before, where they must differ, and does not count for a limit when it need not.
  Solution item(Literals goal, const std::vector<json::Value>& before) {
    if (unique_ != nullptr) {
      for (const auto& other : before) goal.push_back(opposite(prover_.literal(prover_.excluding(other))));
    }
    for (const auto& limit : limits_) {
      if (ask(goal, opposite(limit.literal)).is_some()) goal.push_back(opposite(limit.literal));
    }
    return prover_.solve(std::move(goal));
  }

  Prover& prover_;
  std::uint64_t least_ = 0, most_ = UINT64_MAX, places_ = 0;
  const Node* unique_ = nullptr;
  const Node* repeated_ = nullptr;
  std::vector<const Node*> shapes_;
  std::map<std::uint64_t, Literals> at_;
  Literals all_;
  std::vector<Demand> demands_;
  std::vector<Limit> limits_;
  std::vector<const Atom*> excluded_;
  unsigned tries_ = 0;
};

Solution Prover::solve_array(const Atoms& atoms) {
  return ItemSearch(*this, atoms).solve();
}

}  // namespace simpul
