#include "bus/schema/automaton.h"

#include <algorithm>
#include <limits>
#include <map>
#include <queue>

#include "bus/base/bytes.h"
#include "bus/base/result.h"
#include "bus/schema/machine.h"

namespace simpul {
namespace {

using regex::Machine;

constexpr std::uint64_t far = std::numeric_limits<std::uint64_t>::max();
// A text costs its characters first, its bytes second; a control character as much as several bytes.
constexpr std::uint64_t character = std::uint64_t{1} << 32;

bool continues(unsigned byte) {
  return byte >= 0x80 && byte < 0xc0;
}
std::uint64_t cost(unsigned byte) {
  return continues(byte) ? 1 : character + (byte < 0x20 || byte == 0x7f ? 8 : 1);
}

// Bytes by how well they read: letters and digits, signs, the space, characters beyond ASCII, controls.
const std::array<std::uint8_t, 256>& readable() {
  static const auto bytes = [] {
    std::array<std::uint8_t, 256> out{};
    std::size_t at = 0;
    std::array<bool, 256> taken{};
    auto put = [&](unsigned byte) {
      if (taken[byte]) return;
      taken[byte] = true;
      out[at++] = static_cast<std::uint8_t>(byte);
    };
    for (unsigned c = 'a'; c <= 'z'; ++c) put(c);
    for (unsigned c = 'A'; c <= 'Z'; ++c) put(c);
    for (unsigned c = '0'; c <= '9'; ++c) put(c);
    for (unsigned char c : std::string_view("-_./:@,+ ")) put(c);
    for (unsigned c = 0x21; c < 0x7f; ++c) put(c);
    for (unsigned c = 0xc3; c < 0xf5; ++c) put(c);
    for (unsigned c = 0xa1; c < 0xc3; ++c) put(c);
    for (unsigned c = 0; c < 256; ++c) put(c);
    return out;
  }();
  return bytes;
}

// One byte for each column and kind of byte: the most readable one, in that order.
std::vector<std::uint8_t> choices(const Machine& machine) {
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint8_t> seen(machine.width, 0);
  for (auto byte : readable()) {
    auto& kinds = seen[machine.columns[byte]];
    std::uint8_t kind = continues(byte) ? 2 : 1;
    if ((kinds & kind) != 0) continue;
    kinds |= kind;
    bytes.push_back(byte);
  }
  return bytes;
}

// What the cheapest text from each state on costs.
std::vector<std::uint64_t> distances(const Machine& machine) {
  const auto bytes = choices(machine);
  std::vector<std::vector<std::pair<std::uint32_t, std::uint64_t>>> sources(machine.states());
  for (std::uint32_t state = 1; state < machine.states(); ++state) {
    for (auto byte : bytes) {
      auto to = machine.step(state, byte);
      if (to != 0) sources[to].emplace_back(state, cost(byte));
    }
  }
  std::vector<std::uint64_t> distance(machine.states(), far);
  using Entry = std::pair<std::uint64_t, std::uint32_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
  for (std::uint32_t state = 1; state < machine.states(); ++state) {
    if (machine.accepting[state] == 0) continue;
    distance[state] = 0;
    queue.emplace(0, state);
  }
  while (!queue.empty()) {
    auto [here, state] = queue.top();
    queue.pop();
    if (here != distance[state]) continue;
    for (auto [source, step] : sources[state]) {
      if (here + step >= distance[source]) continue;
      distance[source] = here + step;
      queue.emplace(here + step, source);
    }
  }
  return distance;
}

// Goes down by the distances to an accepting state.
void finish(const Machine& machine, const std::vector<std::uint64_t>& distance, std::uint32_t state,
            std::string& text) {
  const auto bytes = choices(machine);
  while (distance[state] != 0) {
    for (auto byte : bytes) {
      auto to = machine.step(state, byte);
      if (to == 0 || distance[to] == far || distance[to] + cost(byte) != distance[state]) continue;
      text += static_cast<char>(byte);
      state = to;
      break;
    }
  }
}

// A machine of few states, from a tree made by hand.
std::optional<Machine> made_of(const regex::Tree& tree, std::size_t states) {
  auto machine = regex::determinise(tree, {.states = states * 4});
  if (!machine) return std::nullopt;
  auto small = regex::minimised(*machine);
  if (small.states() > states + 1) return std::nullopt;
  return small;
}

}  // namespace

Automaton::Automaton(Machine machine) : machine_(std::make_shared<const Machine>(std::move(machine))) {}

std::optional<Automaton> Automaton::of_pattern(std::string_view ecma, std::size_t states) {
  auto tree = regex::parse(ecma);
  if (!tree) return std::nullopt;
  auto machine = made_of(*tree, states);
  if (!machine) return std::nullopt;
  return Automaton(std::move(*machine));
}

Automaton Automaton::any() {
  static const Automaton all = *of_length(0, std::nullopt);
  return all;
}

Automaton Automaton::none() {
  return Automaton(Machine{});
}

std::optional<Automaton> Automaton::of_text(std::string_view text) {
  if (!is_utf8(text) || text.size() > max_states) return std::nullopt;
  using Kind = regex::Piece::Kind;
  regex::Tree tree;
  std::vector<std::uint32_t> parts{tree.add({.kind = Kind::start})};
  for (std::size_t at = 0; at < text.size(); at += regex::character_size(static_cast<unsigned char>(text[at]))) {
    auto c = regex::take_character(text.substr(at));
    parts.push_back(tree.add({.kind = Kind::characters, .set = tree.set_of({.ranges = {{c, c}}})}));
  }
  parts.push_back(tree.add({.kind = Kind::end}));
  tree.root = tree.add({.kind = Kind::sequence, .parts = std::move(parts)});
  auto machine = made_of(tree, max_states);
  if (!machine) return std::nullopt;
  return Automaton(std::move(*machine));
}

std::optional<Automaton> Automaton::of_length(std::uint64_t least, std::optional<std::uint64_t> most) {
  if (most && *most < least) return none();
  if (most.value_or(least) > max_states) return std::nullopt;
  using Kind = regex::Piece::Kind;
  regex::Tree tree;
  auto all = tree.add({.kind = Kind::characters, .set = tree.set_of({.negated = true})});
  regex::Piece repeat{.kind = Kind::repeat, .least = static_cast<std::uint32_t>(least), .parts = {all}};
  if (most) repeat.most = static_cast<std::uint32_t>(*most);
  auto begin = tree.add({.kind = Kind::start}), middle = tree.add(std::move(repeat)),
       end = tree.add({.kind = Kind::end});
  tree.root = tree.add({.kind = Kind::sequence, .parts = {begin, middle, end}});
  auto machine = made_of(tree, max_states);
  if (!machine) return std::nullopt;
  return Automaton(std::move(*machine));
}

namespace {
std::optional<Machine> combination(const Machine& a, const Machine& b, regex::Combination how, std::size_t states) {
  auto machine = regex::combined(a, b, how, states * 8);
  if (!machine) return std::nullopt;
  auto small = regex::minimised(*machine);
  if (small.states() > states + 1) return std::nullopt;
  return small;
}
}  // namespace

std::optional<Automaton> Automaton::both(const Automaton& a, const Automaton& b, std::size_t states) {
  auto machine = combination(*a.machine_, *b.machine_, regex::Combination::both, states);
  if (!machine) return std::nullopt;
  return Automaton(std::move(*machine));
}

std::optional<Automaton> Automaton::either(const Automaton& a, const Automaton& b, std::size_t states) {
  auto machine = combination(*a.machine_, *b.machine_, regex::Combination::either, states);
  if (!machine) return std::nullopt;
  return Automaton(std::move(*machine));
}

std::optional<Automaton> Automaton::minus(const Automaton& a, const Automaton& b, std::size_t states) {
  auto machine = combination(*a.machine_, *b.machine_, regex::Combination::minus, states);
  if (!machine) return std::nullopt;
  return Automaton(std::move(*machine));
}

Automaton Automaton::complement() const {
  // At most the states of both multiplied, and any() has few.
  const auto& all = *any().machine_;
  return Automaton(regex::minimised(
      *regex::combined(all, *machine_, regex::Combination::minus, all.states() * machine_->states() + 1)));
}

bool Automaton::empty() const {
  return machine_->start == 0;
}

std::optional<std::string> Automaton::shortest() const {
  if (empty()) return std::nullopt;
  std::string text;
  finish(*machine_, distances(*machine_), machine_->start, text);
  return text;
}

std::vector<std::string> Automaton::some(std::size_t limit) const {
  std::vector<std::string> texts;
  if (empty() || limit == 0) return texts;
  const auto distance = distances(*machine_);
  // Beginnings of texts as links to the byte before; an entry with the state 0 is a whole text.
  struct Step {
    std::uint32_t before;
    std::uint8_t byte;
  };
  struct Entry {
    std::uint64_t total, spent;
    std::uint32_t step, state;
    // The cheapest text first; of equal ones what has come furthest, then what reads best.
    bool operator>(const Entry& other) const {
      if (total != other.total) return total > other.total;
      return spent != other.spent ? spent < other.spent : step > other.step;
    }
  };
  std::vector<Step> steps{{0, 0}};
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
  queue.push({distance[machine_->start], 0, 0, machine_->start});
  constexpr std::size_t most_steps = 1'000'000;
  while (!queue.empty() && texts.size() < limit && steps.size() < most_steps) {
    auto entry = queue.top();
    queue.pop();
    if (entry.state == 0) {
      std::string text;
      for (auto at = entry.step; at != 0; at = steps[at].before) text += static_cast<char>(steps[at].byte);
      std::reverse(text.begin(), text.end());
      texts.push_back(std::move(text));
      continue;
    }
    if (machine_->accepting[entry.state] != 0) queue.push({entry.spent, entry.spent, entry.step, 0});
    for (auto byte : readable()) {
      auto to = machine_->step(entry.state, byte);
      if (to == 0) continue;
      auto spent = entry.spent + cost(byte);
      queue.push({spent + distance[to], spent, static_cast<std::uint32_t>(steps.size()), to});
      steps.push_back({entry.step, byte});
    }
  }
  if (texts.empty()) texts.push_back(*shortest());
  return texts;
}

std::optional<std::uint64_t> Automaton::least_length() const {
  if (empty()) return std::nullopt;
  return distances(*machine_)[machine_->start] / character;
}

std::optional<std::uint64_t> Automaton::most_length() const {
  // Every state but the dead one is on the way to a text (minimal machines), so any loop makes texts without end.
  // Depth first with a stack of its own: states in the order of leaving.
  if (empty()) return std::nullopt;
  const auto& machine = *machine_;
  enum Visit : std::uint8_t { unseen, open, left };
  std::vector<Visit> marks(machine.states(), unseen);
  std::vector<std::uint64_t> longest(machine.states(), 0);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> stack{{machine.start, 0}};
  const auto bytes = choices(machine);
  marks[machine.start] = open;
  while (!stack.empty()) {
    auto& [state, at] = stack.back();
    if (at == bytes.size()) {
      marks[state] = left;
      stack.pop_back();
      continue;
    }
    auto to = machine.step(state, bytes[at]);
    if (to != 0 && marks[to] == open) return std::nullopt;
    if (to != 0 && marks[to] == unseen) {
      marks[to] = open;
      stack.emplace_back(to, 0);
      continue;
    }
    if (to != 0) longest[state] = std::max(longest[state], longest[to] + (continues(bytes[at]) ? 0 : 1));
    ++at;
  }
  return longest[machine.start];
}

bool Automaton::finite() const {
  return empty() || most_length().has_value();
}

bool Automaton::matches(std::string_view text) const {
  auto state = machine_->start;
  for (unsigned char byte : text) {
    state = machine_->step(state, byte);
    if (state == 0) return false;
  }
  return machine_->accepting[state] != 0;
}

std::size_t Automaton::states() const {
  return machine_->states() - 1;
}

bool Automaton::operator==(const Automaton& other) const {
  const auto &a = *machine_, &b = *other.machine_;
  return a.columns == b.columns && a.start == b.start && a.next == b.next && a.accepting == b.accepting;
}

namespace {

// Which states texts of exactly n characters lead to, for one n after the other.
class Walk {
 public:
  // Where one character leads, with the most readable one that does.
  using Steps = std::map<std::uint32_t, std::string>;

  explicit Walk(const Machine& machine) : machine_(machine), bytes_(choices(machine)), steps_(machine.states()) {}

  const Steps& from(std::uint32_t state) { return rest_of_character(state, 0); }

  std::vector<std::uint32_t> next(const std::vector<std::uint32_t>& states) {
    std::vector<std::uint32_t> out;
    for (auto state : states) {
      for (const auto& step : from(state)) out.push_back(step.first);
      work += from(state).size();
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }

  std::uint64_t work = 0;

 private:
  // `left`: the bytes that a character still has; 0 where one begins. No state that leads to a text stands at two of
  // these, so each state is looked at once.
  const Steps& rest_of_character(std::uint32_t state, std::size_t left) {
    auto& steps = steps_[state];
    if (steps) return *steps;
    steps.emplace();
    for (auto byte : bytes_) {
      if (continues(byte) != (left > 0)) continue;
      auto to = machine_.step(state, byte);
      ++work;
      if (to == 0) continue;
      std::string text(1, static_cast<char>(byte));
      auto after = left > 0 ? left - 1 : regex::character_size(byte) - 1;
      if (after == 0) {
        steps->try_emplace(to, std::move(text));
        continue;
      }
      for (const auto& [end, rest] : rest_of_character(to, after)) steps->try_emplace(end, text + rest);
    }
    return *steps;
  }

  const Machine& machine_;
  std::vector<std::uint8_t> bytes_;
  std::vector<std::optional<Steps>> steps_;
};

constexpr std::uint64_t most_work = 20'000'000;

}  // namespace

Automaton::Found Automaton::with_length(std::uint64_t least, std::optional<std::uint64_t> most) const {
  if (empty() || (most && *most < least)) return {};
  const auto& machine = *machine_;
  const auto distance = distances(machine);
  if (auto longest = most_length(); longest && *longest < least) return {};
  Walk walk(machine);
  std::vector<std::vector<std::uint32_t>> reached{{machine.start}};
  std::uint64_t stored = 0;
  while (reached.size() <= least) {
    reached.push_back(walk.next(reached.back()));
    stored += reached.back().size() + 16;
    if (reached.back().empty()) return {};
    if (walk.work + stored > most_work) return {.decided = false, .text = std::nullopt};
  }
  // From a text of `least` characters the shortest way to an end.
  std::uint32_t best = 0;
  for (auto state : reached.back()) {
    if (best == 0 || distance[state] < distance[best]) best = state;
  }
  if (most && least + distance[best] / character > *most) return {};
  std::vector<std::string> characters;
  auto target = best;
  for (auto length = least; length > 0; --length) {
    // The source whose character reads best, among those that lead to the target.
    const std::string* found = nullptr;
    std::uint32_t source = 0;
    for (auto state : reached[length - 1]) {
      for (const auto& [to, text] : walk.from(state)) {
        if (to != target || (found != nullptr && text.size() >= found->size())) continue;
        found = &text;
        source = state;
      }
    }
    SIMPUL_ASSERT(found != nullptr);  // how the target was reached
    characters.push_back(*found);
    target = source;
  }
  std::string text;
  for (auto part = characters.rbegin(); part != characters.rend(); ++part) text += *part;
  finish(machine, distance, best, text);
  return {.decided = true, .text = std::move(text)};
}

}  // namespace simpul
