#include "bus/schema/machine.h"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace simpul::regex {
namespace {

// The states that `start` reaches and from which something is accepted; the others are dead.
std::vector<bool> useful(const Machine& machine) {
  const auto count = machine.states();
  std::vector<std::uint32_t> from(count + 1, 0), sources(machine.next.size());
  for (auto to : machine.next) ++from[to];
  for (std::size_t i = 1; i <= count; ++i) from[i] += from[i - 1];
  for (std::size_t edge = machine.next.size(); edge-- > 0;) {
    sources[--from[machine.next[edge]]] = static_cast<std::uint32_t>(edge / machine.width);
  }
  std::vector<bool> lives(count, false), reached(count, false);
  std::vector<std::uint32_t> stack;
  for (std::uint32_t state = 0; state < count; ++state) {
    if (machine.accepting[state] == 0) continue;
    lives[state] = true;
    stack.push_back(state);
  }
  while (!stack.empty()) {
    auto state = stack.back();
    stack.pop_back();
    for (auto i = from[state]; i < from[state + 1]; ++i) {
      if (lives[sources[i]]) continue;
      lives[sources[i]] = true;
      stack.push_back(sources[i]);
    }
  }
  if (lives[machine.start]) {
    reached[machine.start] = true;
    stack.push_back(machine.start);
  }
  while (!stack.empty()) {
    auto state = stack.back();
    stack.pop_back();
    for (std::uint32_t column = 0; column < machine.width; ++column) {
      auto to = machine.next[state * machine.width + column];
      if (reached[to] || !lives[to]) continue;
      reached[to] = true;
      stack.push_back(to);
    }
  }
  return reached;
}

// Hopcroft's partition refinement over the useful states and the dead one.
class Partition {
 public:
  explicit Partition(const Machine& machine) : machine_(machine), width_(machine.width) {
    auto keep = useful(machine);
    number_.assign(machine.states(), 0);
    kept_.push_back(0);
    for (std::uint32_t state = 1; state < machine.states(); ++state) {
      if (!keep[state]) continue;
      number_[state] = static_cast<std::uint32_t>(kept_.size());
      kept_.push_back(state);
    }
  }

  // The block of each state; states that are not useful are in the block of the dead one.
  std::vector<std::uint32_t> run() {
    sources();
    const auto count = static_cast<std::uint32_t>(kept_.size());
    order_.resize(count);
    place_.resize(count);
    block_.assign(count, 0);
    std::uint32_t at = 0;
    for (int accepting = 0; accepting < 2; ++accepting) {
      auto first = at;
      for (std::uint32_t i = 0; i < count; ++i) {
        if (machine_.accepting[kept_[i]] != accepting) continue;
        place_[i] = at;
        order_[at++] = i;
        block_[i] = static_cast<std::uint32_t>(blocks_.size());
      }
      if (at > first) blocks_.push_back({first, at, first, true});
    }
    for (std::uint32_t i = 0; i < blocks_.size(); ++i) waiting_.push_back(i);
    while (!waiting_.empty()) {
      auto splitter = waiting_.back();
      waiting_.pop_back();
      blocks_[splitter].waiting = false;
      std::vector<std::uint32_t> members(order_.begin() + blocks_[splitter].first,
                                         order_.begin() + blocks_[splitter].last);
      for (std::uint32_t column = 0; column < width_; ++column) split_by(members, column);
    }
    std::vector<std::uint32_t> blocks(machine_.states());
    for (std::size_t state = 0; state < blocks.size(); ++state) blocks[state] = block_[number_[state]];
    return blocks;
  }

 private:
  struct Block {
    std::uint32_t first, last, marked;  // in order_; [first, marked) are those found by the splitter
    bool waiting;
  };

  // For each column and state: which states lead to it.
  void sources() {
    const auto count = kept_.size();
    from_.assign(count * width_ + 1, 0);
    auto slot = [&](std::size_t i, std::uint32_t column) {
      return number_[machine_.next[kept_[i] * width_ + column]] * std::size_t{width_} + column;
    };
    for (std::size_t i = 0; i < count; ++i) {
      for (std::uint32_t column = 0; column < width_; ++column) ++from_[slot(i, column)];
    }
    for (std::size_t i = 1; i < from_.size(); ++i) from_[i] += from_[i - 1];
    sources_.resize(count * width_);
    for (std::size_t i = count; i-- > 0;) {
      for (std::uint32_t column = 0; column < width_; ++column) {
        sources_[--from_[slot(i, column)]] = static_cast<std::uint32_t>(i);
      }
    }
  }

  void split_by(const std::vector<std::uint32_t>& members, std::uint32_t column) {
    touched_.clear();
    for (auto member : members) {
      auto slot = member * std::size_t{width_} + column;
      for (auto i = from_[slot]; i < from_[slot + 1]; ++i) {
        auto state = sources_[i];
        auto& block = blocks_[block_[state]];
        if (place_[state] < block.marked) continue;
        if (block.marked == block.first) touched_.push_back(block_[state]);
        auto other = order_[block.marked];
        std::swap(order_[block.marked], order_[place_[state]]);
        place_[other] = place_[state];
        place_[state] = block.marked++;
      }
    }
    for (auto index : touched_) {
      auto& block = blocks_[index];
      auto middle = block.marked;
      block.marked = block.first;
      if (middle == block.last) continue;
      // The smaller part becomes a block of its own.
      Block part = middle - block.first <= block.last - middle ? Block{block.first, middle, block.first, true}
                                                               : Block{middle, block.last, middle, true};
      (part.first == block.first ? block.first : block.last) = part.first == block.first ? middle : part.first;
      block.marked = block.first;
      auto fresh = static_cast<std::uint32_t>(blocks_.size());
      for (auto i = part.first; i < part.last; ++i) block_[order_[i]] = fresh;
      blocks_.push_back(part);
      // Waiting already: both parts wait now. Else the smaller one is enough.
      waiting_.push_back(fresh);
    }
  }

  const Machine& machine_;
  const std::uint32_t width_;
  std::vector<std::uint32_t> number_, kept_, order_, place_, block_, sources_, waiting_, touched_;
  std::vector<std::size_t> from_;
  std::vector<Block> blocks_;
};

// Columns that no state tells apart become one.
void join_columns(Machine& machine) {
  std::map<std::vector<std::uint32_t>, std::uint8_t> known;
  std::vector<std::uint32_t> first;  // old column of each new one
  std::array<std::uint8_t, 256> renamed{};
  std::vector<bool> seen(machine.width, false);
  for (unsigned byte = 0; byte < 256; ++byte) {
    auto column = machine.columns[byte];
    if (seen[column]) continue;
    seen[column] = true;
    std::vector<std::uint32_t> targets;
    targets.reserve(machine.states());
    for (std::size_t state = 0; state < machine.states(); ++state) {
      targets.push_back(machine.next[state * machine.width + column]);
    }
    auto [found, fresh] = known.try_emplace(std::move(targets), static_cast<std::uint8_t>(first.size()));
    if (fresh) first.push_back(column);
    renamed[column] = found->second;
  }
  std::vector<std::uint32_t> next;
  next.reserve(machine.states() * first.size());
  for (std::size_t state = 0; state < machine.states(); ++state) {
    for (auto column : first) next.push_back(machine.next[state * machine.width + column]);
  }
  for (auto& column : machine.columns) column = renamed[column];
  machine.width = static_cast<std::uint32_t>(first.size());
  machine.next = std::move(next);
}

}  // namespace

Machine minimised(const Machine& machine) {
  auto blocks = Partition(machine).run();
  constexpr std::uint32_t unseen = ~0u;
  std::vector<std::uint32_t> name(machine.states(), unseen), order;
  Machine out;
  out.columns = machine.columns;
  out.width = machine.width;
  out.next.clear();
  out.accepting.clear();
  auto number = [&](std::uint32_t state) {
    auto& known = name[blocks[state]];
    if (known == unseen) {
      known = static_cast<std::uint32_t>(order.size());
      order.push_back(state);
    }
    return known;
  };
  number(0);
  // Breadth first in the order of bytes, so that the numbers do not depend on how the machine came about.
  std::vector<std::uint32_t> columns;
  for (unsigned byte = 0; byte < 256; ++byte) {
    if (std::find(columns.begin(), columns.end(), machine.columns[byte]) == columns.end()) {
      columns.push_back(machine.columns[byte]);
    }
  }
  out.start = number(machine.start);
  for (std::size_t i = 0; i < order.size(); ++i) {
    out.accepting.push_back(machine.accepting[order[i]]);
    out.next.resize((i + 1) * machine.width, 0);
    for (auto column : columns) {
      // A dead state may stand for several that are not useful: it leads nowhere.
      auto to = i == 0 ? 0 : number(machine.next[order[i] * machine.width + column]);
      out.next[i * machine.width + column] = to;
    }
  }
  if (machine.everything != 0 && name[blocks[machine.everything]] != unseen) {
    out.everything = name[blocks[machine.everything]];
  }
  join_columns(out);
  return out;
}

std::optional<Machine> combined(const Machine& a, const Machine& b, Combination how, std::size_t states) {
  Machine out;
  std::map<std::pair<std::uint8_t, std::uint8_t>, std::uint8_t> columns;
  std::vector<std::pair<std::uint8_t, std::uint8_t>> pairs;
  for (unsigned byte = 0; byte < 256; ++byte) {
    std::pair key{a.columns[byte], b.columns[byte]};
    auto [found, fresh] = columns.try_emplace(key, static_cast<std::uint8_t>(pairs.size()));
    if (fresh) pairs.push_back(key);
    out.columns[byte] = found->second;
  }
  out.width = static_cast<std::uint32_t>(pairs.size());
  std::unordered_map<std::uint64_t, std::uint32_t> ids;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> order{{0, 0}};
  auto number = [&](std::uint32_t left, std::uint32_t right) -> std::uint32_t {
    bool is_dead = how == Combination::both    ? left == 0 || right == 0
                   : how == Combination::minus ? left == 0 || (b.everything != 0 && right == b.everything)
                                               : left == 0 && right == 0;
    if (is_dead) return 0;
    auto [found, fresh] =
        ids.try_emplace(static_cast<std::uint64_t>(left) << 32 | right, static_cast<std::uint32_t>(order.size()));
    if (fresh) order.emplace_back(left, right);
    return found->second;
  };
  out.start = number(a.start, b.start);
  out.next.assign(out.width, 0);
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (order.size() > states) return std::nullopt;
    auto [left, right] = order[i];
    bool in_a = a.accepting[left] != 0, in_b = b.accepting[right] != 0;
    bool accepts = how == Combination::both ? in_a && in_b : how == Combination::either ? in_a || in_b : in_a && !in_b;
    out.accepting.push_back(accepts ? 1 : 0);
    for (auto [column_a, column_b] : pairs) {
      out.next.push_back(number(a.next[left * a.width + column_a], b.next[right * b.width + column_b]));
    }
  }
  return out;
}

}  // namespace simpul::regex
