// From a tree to a machine: Thompson's construction over characters, then sets of its nodes, byte by byte.
//
// A node that takes a character carries a fragment, the small machine of its set's UTF-8 forms, so that an element of a
// set is a node and how far its fragment has come. \b and $ wait in a set until the next byte, or the end, decides.
#include <algorithm>
#include <map>
#include <span>
#include <unordered_map>

#include "bus/event/fingerprint.h"
#include "bus/schema/machine.h"

namespace simpul::regex {
namespace {

constexpr std::uint16_t dead = 0xffff, done = 0xfffe;
constexpr unsigned fragment_bits = 11;
constexpr std::size_t max_fragment_states = (1u << fragment_bits) - 1;
constexpr std::size_t max_nodes = 1u << (31 - fragment_bits);

// The machine of the UTF-8 forms of a set of characters; state 0 begins.
class Fragment {
 public:
  struct Edge {
    std::uint8_t first, last;
    std::uint16_t to;  // a state, or done
  };

  explicit Fragment(const Ranges& ranges) : ranges_(ranges) {
    states_.emplace_back();
    std::vector<Edge> root;
    for (unsigned byte = 0; byte < 0x80; ++byte) {
      if (covers(byte, byte)) add(root, byte, done);
    }
    for (unsigned lead = 0xc2; lead < 0xf5; ++lead) {
      unsigned rest = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
      std::uint32_t base = (lead & (0xffu >> (rest + 2))) << (6 * rest);
      // Below: what a shorter form says (RFC 3629 §3).
      std::uint32_t least = rest == 1 ? 0x80 : rest == 2 ? 0x800 : 0x10000;
      if (auto to = tail(base, rest, least); to != dead) add(root, lead, to);
    }
    states_[0] = std::move(root);
    ids_.clear();
  }

  bool good() const { return states_.size() <= max_fragment_states; }
  bool never() const { return states_[0].empty(); }
  const std::vector<std::vector<Edge>>& states() const { return states_; }

 private:
  bool covers(std::uint32_t first, std::uint32_t last) const {
    auto range = after(first);
    return range != ranges_.end() && range->first <= first && range->last >= last;
  }
  bool touches(std::uint32_t first, std::uint32_t last) const {
    auto range = after(first);
    return range != ranges_.end() && range->first <= last;
  }
  // The first range that ends at `c` or behind it.
  Ranges::const_iterator after(std::uint32_t c) const {
    return std::lower_bound(ranges_.begin(), ranges_.end(), c,
                            [](const Range& range, std::uint32_t value) { return range.last < value; });
  }
  static void add(std::vector<Edge>& edges, unsigned byte, std::uint16_t to) {
    if (!edges.empty() && edges.back().last + 1u == byte && edges.back().to == to) {
      edges.back().last = static_cast<std::uint8_t>(byte);
    } else {
      edges.push_back({static_cast<std::uint8_t>(byte), static_cast<std::uint8_t>(byte), to});
    }
  }

  // The state that takes `rest` continuation bytes of the characters from `base`, those below `least` left out.
  std::uint16_t tail(std::uint32_t base, unsigned rest, std::uint32_t least) {
    if (rest == 0) return base >= least && covers(base, base) ? done : dead;
    std::uint32_t last = base + (1u << (6 * rest)) - 1;
    if (last < least || !touches(std::max(base, least), last)) return dead;
    bool whole = base >= least && covers(base, last);
    if (whole && whole_[rest] != dead) return whole_[rest];
    std::vector<Edge> edges;
    for (unsigned i = 0; i < 64; ++i) {
      auto to = tail(base + (i << (6 * (rest - 1))), rest - 1, least);
      if (to != dead) add(edges, 0x80 + i, to);
    }
    if (edges.empty()) return dead;
    std::vector<std::uint32_t> key;
    key.reserve(edges.size());
    for (const auto& edge : edges) {
      key.push_back(static_cast<std::uint32_t>(edge.first) << 24 | static_cast<std::uint32_t>(edge.last) << 16 |
                    edge.to);
    }
    auto [found, fresh] = ids_.try_emplace(std::move(key), static_cast<std::uint16_t>(states_.size()));
    if (fresh) states_.push_back(std::move(edges));
    if (whole) whole_[rest] = found->second;
    return found->second;
  }

  const Ranges& ranges_;
  std::vector<std::vector<Edge>> states_;
  std::map<std::vector<std::uint32_t>, std::uint16_t> ids_;
  std::array<std::uint16_t, 4> whole_{dead, dead, dead, dead};
};

// A tree whose every match begins with ^ needs no search.
bool anchored(const Tree& tree, std::uint32_t index) {
  const auto& piece = tree.pieces[index];
  switch (piece.kind) {
    case Piece::Kind::start:
      return true;
    case Piece::Kind::sequence:
      return anchored(tree, piece.parts.front());
    case Piece::Kind::choice:
      return std::all_of(piece.parts.begin(), piece.parts.end(), [&](auto part) { return anchored(tree, part); });
    case Piece::Kind::repeat:
      return piece.least > 0 && anchored(tree, piece.parts.front());
    default:
      return false;
  }
}

bool is_word(unsigned byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || byte == '_';
}

class Builder {
 public:
  Builder(const Tree& tree, const MachineLimits& limits) : tree_(tree), limits_(limits) {}

  std::optional<Machine> run() {
    if (expanded_size(tree_) > limits_.positions) return std::nullopt;
    if (!fragments()) return std::nullopt;
    final_ = add({Node::Kind::characters, any_, 0, 0});
    nodes_[final_].next = final_;
    auto entry = compile(tree_.root, final_);
    if (!anchored(tree_, tree_.root)) {
      auto loop = add({Node::Kind::split, 0, 0, entry});
      nodes_[loop].next = add({Node::Kind::characters, any_, loop, 0});
      entry = loop;
    }
    if (nodes_.size() > max_nodes) return std::nullopt;
    marks_.assign(nodes_.size(), 0);
    return sets(entry);
  }

 private:
  struct Node {
    enum class Kind : std::uint8_t { characters, split, start, end, boundary, inside, never } kind;
    std::uint32_t fragment;  // of characters
    std::uint32_t next;
    std::uint32_t other;  // of a split
  };
  // What is known where a closure is taken.
  struct Context {
    bool at_start = false;
    bool after_word = false;
    bool decided = false;  // what comes next is known
    bool before_word = false;
    bool at_end = false;
  };
  enum Before : std::uint32_t { other = 0, word = 1, start = 2 };

  std::uint32_t add(Node node) {
    nodes_.push_back(node);
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }

  bool fragments() {
    any_ = static_cast<std::uint32_t>(tree_.sets.size());
    std::vector<Fragment> made;
    made.reserve(tree_.sets.size() + 1);
    std::vector<Ranges> ranges;
    ranges.reserve(tree_.sets.size() + 1);
    std::size_t states = 0;
    for (const auto& set : tree_.sets) {
      ranges.push_back(characters_of(set));
      made.emplace_back(ranges.back());
      states += made.back().states().size();
      if (!made.back().good() || states > 4 * limits_.states + 256) return false;
    }
    ranges.push_back({{0, 0xd7ff}, {0xe000, last_character}});
    made.emplace_back(ranges.back());
    std::array<bool, 257> cut{};
    cut[0] = true;
    for (const auto& fragment : made) {
      for (const auto& state : fragment.states()) {
        for (const auto& edge : state) cut[edge.first] = cut[edge.last + 1u] = true;
      }
    }
    for (unsigned byte = 1; tree_.has_boundaries && byte < 128; ++byte) {
      if (is_word(byte) != is_word(byte - 1)) cut[byte] = true;
    }
    machine_.width = 0;
    for (unsigned byte = 0; byte < 256; ++byte) {
      if (cut[byte]) {
        ++machine_.width;
        column_is_word_.push_back(is_word(byte));
      }
      machine_.columns[byte] = static_cast<std::uint8_t>(machine_.width - 1);
    }
    lay_out(made);
    return true;
  }

  // The fragments' edges by column, one table after the other.
  void lay_out(const std::vector<Fragment>& made) {
    for (const auto& fragment : made) {
      fragment_at_.push_back(steps_.size());
      never_.push_back(fragment.never());
      for (const auto& state : fragment.states()) {
        auto at = steps_.size();
        steps_.resize(at + machine_.width, dead);
        for (const auto& edge : state) {
          for (unsigned c = machine_.columns[edge.first]; c <= machine_.columns[edge.last]; ++c)
            steps_[at + c] = edge.to;
        }
      }
    }
  }

  // The node that `index` begins at when what follows it begins at `next`.
  std::uint32_t compile(std::uint32_t index, std::uint32_t next) {
    const auto& piece = tree_.pieces[index];
    switch (piece.kind) {
      case Piece::Kind::empty:
        return next;
      case Piece::Kind::characters:
        return add({never_[piece.set] ? Node::Kind::never : Node::Kind::characters, piece.set, next, 0});
      case Piece::Kind::start:
        return add({Node::Kind::start, 0, next, 0});
      case Piece::Kind::end:
        return add({Node::Kind::end, 0, next, 0});
      case Piece::Kind::boundary:
        return add({Node::Kind::boundary, 0, next, 0});
      case Piece::Kind::inside:
        return add({Node::Kind::inside, 0, next, 0});
      case Piece::Kind::sequence:
        for (auto part = piece.parts.rbegin(); part != piece.parts.rend(); ++part) next = compile(*part, next);
        return next;
      case Piece::Kind::choice: {
        auto entry = compile(piece.parts.back(), next);
        for (std::size_t i = piece.parts.size() - 1; i-- > 0;) {
          entry = add({Node::Kind::split, 0, compile(piece.parts[i], next), entry});
        }
        return entry;
      }
      case Piece::Kind::repeat:
        return repeat(piece, next);
    }
    return next;
  }

  std::uint32_t repeat(const Piece& piece, std::uint32_t next) {
    auto body = piece.parts.front();
    std::uint32_t entry = next, left = piece.least;
    if (!piece.most) {
      auto loop = add({Node::Kind::split, 0, 0, next});
      auto inner = compile(body, loop);
      nodes_[loop].next = inner;
      entry = left > 0 ? inner : loop;
      left -= left > 0 ? 1 : 0;
    } else {
      for (auto i = piece.least; i < *piece.most; ++i) entry = add({Node::Kind::split, 0, compile(body, entry), next});
    }
    for (; left > 0; --left) entry = compile(body, entry);
    return entry;
  }

  // Everything that is reached from `node` without taking a byte goes into `out`: what takes characters, and what waits
  // for the next byte.
  void close(std::uint32_t node, const Context& context, std::vector<std::uint32_t>& out) {
    stack_.push_back(node);
    while (!stack_.empty()) {
      auto at = stack_.back();
      stack_.pop_back();
      if (marks_[at] == mark_) continue;
      marks_[at] = mark_;
      ++work_;
      const auto& here = nodes_[at];
      switch (here.kind) {
        case Node::Kind::characters:
          out.push_back(at << fragment_bits);
          break;
        case Node::Kind::split:
          stack_.push_back(here.other);
          stack_.push_back(here.next);
          break;
        case Node::Kind::start:
          if (context.at_start) stack_.push_back(here.next);
          break;
        case Node::Kind::end:
          if (!context.decided) out.push_back(at << fragment_bits);
          if (context.at_end) stack_.push_back(here.next);
          break;
        case Node::Kind::boundary:
        case Node::Kind::inside:
          if (!context.decided) out.push_back(at << fragment_bits);
          if (context.decided && (context.after_word != context.before_word) == (here.kind == Node::Kind::boundary)) {
            stack_.push_back(here.next);
          }
          break;
        case Node::Kind::never:
          break;
      }
    }
  }

  bool waits(std::uint32_t element) const { return nodes_[element >> fragment_bits].kind != Node::Kind::characters; }

  // `set` and what its waiting nodes lead to now that `context` is decided.
  std::span<const std::uint32_t> decided(std::span<const std::uint32_t> set, const Context& context) {
    if (std::none_of(set.begin(), set.end(), [&](auto element) { return waits(element); })) return set;
    ++mark_;
    extended_.clear();
    for (auto element : set) {
      if (waits(element)) continue;
      extended_.push_back(element);
      if ((element & max_fragment_states) == 0) marks_[element >> fragment_bits] = mark_;
    }
    for (auto element : set) {
      if (waits(element)) close(element >> fragment_bits, context, extended_);
    }
    return extended_;
  }

  // The state of a set; the last element says what stands before. What holds `final_` accepts whatever comes.
  std::uint32_t state_of(std::vector<std::uint32_t>& set, std::uint32_t before) {
    if (set.empty()) return 0;
    for (auto element : set) {
      if (element >> fragment_bits != final_) continue;
      set.assign(1, element);
      before = Before::other;
      break;
    }
    std::sort(set.begin(), set.end());
    set.erase(std::unique(set.begin(), set.end()), set.end());
    set.push_back(before);
    work_ += set.size();
    auto hash = json::text_hash({reinterpret_cast<const char*>(set.data()), set.size() * sizeof(set[0])});
    auto [from, to] = ids_.equal_range(hash);
    for (auto found = from; found != to; ++found) {
      auto known = elements(found->second);
      if (std::equal(known.begin(), known.end(), set.begin(), set.end())) return found->second;
    }
    auto id = static_cast<std::uint32_t>(begins_.size());
    ids_.emplace(hash, id);
    begins_.push_back(pool_.size());
    pool_.insert(pool_.end(), set.begin(), set.end());
    if (set.size() == 2 && set.front() == final_ << fragment_bits) machine_.everything = id;
    return id;
  }

  std::span<const std::uint32_t> elements(std::uint32_t id) const {
    auto end = id + 1 < begins_.size() ? begins_[id + 1] : pool_.size();
    return std::span(pool_).subspan(begins_[id], end - begins_[id]);
  }

  std::optional<Machine> sets(std::uint32_t entry) {
    begins_.push_back(0);  // the dead state's empty set
    std::vector<std::uint32_t> set;
    ++mark_;
    close(entry, {.at_start = true}, set);
    // What waits may lead to a ^, as in $^.
    bool waiting = std::any_of(set.begin(), set.end(), [&](auto element) { return waits(element); });
    machine_.start = state_of(set, waiting ? Before::start : Before::other);
    machine_.next.assign(machine_.width, 0);
    machine_.accepting.assign(1, 0);
    std::vector<std::uint32_t> current;
    for (std::uint32_t id = 1; id < begins_.size(); ++id) {
      if (begins_.size() > limits_.states || work_ > limits_.work) return std::nullopt;
      auto stored = elements(id);
      current.assign(stored.begin(), stored.end());
      step_all(current);
    }
    return std::move(machine_);
  }

  void step_all(const std::vector<std::uint32_t>& stored) {
    std::span set(stored.data(), stored.size() - 1);
    auto before = stored.back();
    Context context{.at_start = before == Before::start, .after_word = before == Before::word, .decided = true};
    context.at_end = true;
    auto ended = decided(set, context);
    machine_.accepting.push_back(std::find(ended.begin(), ended.end(), final_ << fragment_bits) != ended.end() ? 1 : 0);
    context.at_end = false;
    auto here = decided(set, context);
    for (std::uint32_t column = 0; column < machine_.width; ++column) {
      if (tree_.has_boundaries) {
        context.before_word = column_is_word_[column];
        here = decided(set, context);
      }
      auto to = step(here, column);
      machine_.next.push_back(to);
    }
  }

  std::uint32_t step(std::span<const std::uint32_t> set, std::uint32_t column) {
    next_set_.clear();
    ++mark_;
    work_ += set.size();
    for (auto element : set) {
      const auto& node = nodes_[element >> fragment_bits];
      auto to = steps_[fragment_at_[node.fragment] + (element & max_fragment_states) * machine_.width + column];
      if (to == dead) continue;
      if (to == done) {
        close(node.next, {}, next_set_);
      } else {
        next_set_.push_back((element & ~static_cast<std::uint32_t>(max_fragment_states)) | to);
      }
    }
    bool after_word = tree_.has_boundaries && column_is_word_[column];
    return state_of(next_set_, after_word ? Before::word : Before::other);
  }

  const Tree& tree_;
  const MachineLimits& limits_;
  Machine machine_;
  std::vector<Node> nodes_;
  std::uint32_t any_ = 0, final_ = 0;
  std::vector<bool> column_is_word_, never_;
  std::vector<std::size_t> fragment_at_;
  std::vector<std::uint16_t> steps_;
  std::vector<std::uint32_t> stack_, marks_, extended_, next_set_;
  std::uint32_t mark_ = 0;
  std::uint64_t work_ = 0;
  std::unordered_multimap<std::uint64_t, std::uint32_t> ids_;
  std::vector<std::size_t> begins_;
  std::vector<std::uint32_t> pool_;
};

}  // namespace

std::optional<Machine> determinise(const Tree& tree, const MachineLimits& limits) {
  return Builder(tree, limits).run();
}

}  // namespace simpul::regex
