#include "bus/schema/pattern.h"

#include <re2/re2.h>

#include <algorithm>
#include <limits>

#include "bus/base/bytes.h"
#include "bus/schema/machine.h"
#include "bus/schema/re2_words.h"

namespace simpul {
namespace {

// A machine is worth its memory and making up to here: 64 KiB of a table, some tens of microseconds.
constexpr std::size_t max_table = 32'768;
constexpr regex::MachineLimits small_machine{.states = 4'096, .positions = 8'192, .work = 60'000};
// What RE2 gets at most, every repetition written out: more than that takes it too much memory.
constexpr std::uint64_t most_positions = 60'000;
// RE2's bound for one pattern, its caches included: so much, and so much for each position.
constexpr std::int64_t re2_memory = 2 << 20, re2_memory_each = 200;

}  // namespace

struct Pattern::Slow {
  Slow(const std::string& text, const RE2::Options& options) : machine(text, options) {}
  RE2 machine;
};

Pattern::Pattern() = default;
Pattern::~Pattern() = default;

namespace {

std::unexpected<Problem> too_big() {
  return fail("pattern.unsupported", "the pattern repeats too much or names too many characters",
              "write smaller numbers in braces, and use minLength and maxLength for lengths");
}

// States in the order that Pattern::matches wants: dead, everything, not accepting, accepting.
std::vector<std::uint32_t> ordered(const regex::Machine& machine) {
  std::vector<std::uint32_t> order{0};
  if (machine.everything != 0) order.push_back(machine.everything);
  for (std::uint8_t accepting = 0; accepting < 2; ++accepting) {
    for (std::uint32_t state = 1; state < machine.states(); ++state) {
      if (state != machine.everything && machine.accepting[state] == accepting) order.push_back(state);
    }
  }
  return order;
}

// The repetition of a tree that is ^[class]{3,500}$ and counts so high that its machine would be large; else null.
regex::Piece* counted_class(regex::Tree& tree) {
  using Kind = regex::Piece::Kind;
  const auto& root = tree.pieces[tree.root];
  if (root.kind != Kind::sequence || root.parts.size() != 3) return nullptr;
  auto kind = [&](std::size_t part) { return tree.pieces[root.parts[part]].kind; };
  if (kind(0) != Kind::start || kind(1) != Kind::repeat || kind(2) != Kind::end) return nullptr;
  auto& repeat = tree.pieces[root.parts[1]];
  constexpr std::uint32_t few = 20;
  bool many = repeat.most.value_or(repeat.least) > few;
  return many && tree.pieces[repeat.parts.front()].kind == Kind::characters ? &repeat : nullptr;
}

}  // namespace

Result<std::unique_ptr<const Pattern>> Pattern::compile(std::string_view ecma) {
  auto tree = regex::parse(ecma);
  if (!tree) return std::unexpected(std::move(tree.error()));
  std::unique_ptr<Pattern> pattern(new Pattern());
  pattern->source_ = ecma;
  if (auto* repeat = counted_class(*tree)) {
    pattern->counted_ = true;
    pattern->least_ = repeat->least;
    pattern->most_ = repeat->most.value_or(std::numeric_limits<std::uint32_t>::max());
    repeat->least = 0;
    repeat->most.reset();
  }
  // The machines of Unicode's properties are large, and finding their characters takes time: RE2 has them.
  auto machine = tree->has_properties ? std::nullopt : regex::determinise(*tree, small_machine);
  if (machine && machine->next.size() <= max_table) {
    const auto order = ordered(*machine);
    std::vector<std::uint16_t> place(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = static_cast<std::uint16_t>(i * machine->width);
    pattern->next_.reserve(machine->next.size());
    for (auto state : order) {
      for (std::uint32_t column = 0; column < machine->width; ++column) {
        pattern->next_.push_back(place[machine->next[state * machine->width + column]]);
      }
    }
    pattern->columns_ = machine->columns;
    pattern->start_ = place[machine->start];
    pattern->everything_ = machine->everything == 0 ? 0 : place[machine->everything];
    auto first = std::find_if(order.begin(), order.end(), [&](auto state) {
      return state != machine->everything && machine->accepting[state] != 0;
    });
    pattern->accepting_ = static_cast<std::uint32_t>((first - order.begin()) * machine->width);
    return std::unique_ptr<const Pattern>(std::move(pattern));
  }
  const auto positions = regex::expanded_size(*tree);
  if (positions > most_positions) return too_big();
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(re2_memory + re2_memory_each * static_cast<std::int64_t>(positions));
  pattern->slow_ = std::make_unique<Slow>(regex::written_for_re2(*tree), options);
  if (!pattern->slow_->machine.ok()) return too_big();
  return std::unique_ptr<const Pattern>(std::move(pattern));
}

std::size_t Pattern::memory() const {
  constexpr std::size_t instruction = 32;  // of RE2, with what it keeps beside it
  auto slow = slow_ == nullptr ? 0 : static_cast<std::size_t>(slow_->machine.ProgramSize()) * instruction;
  return sizeof(Pattern) + source_.size() + next_.size() * sizeof next_[0] + slow;
}

bool Pattern::matches_slowly(std::string_view text) const {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), slow_->machine) &&
         (!counted_ || count_fits(text));
}

bool Pattern::count_fits(std::string_view text) const {
  auto count = count_characters(text);
  return count >= least_ && count <= most_;
}

}  // namespace simpul
