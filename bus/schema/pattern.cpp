#include "bus/schema/pattern.h"

#include <re2/re2.h>

#include <algorithm>

#include "bus/schema/machine.h"
#include "bus/schema/re2_words.h"

namespace simpul {
namespace {

// A machine is worth its memory and making up to here: 64 KiB of a table, some tens of microseconds.
constexpr std::size_t max_table = 32'768;
constexpr regex::MachineLimits small_machine{.states = 4'096, .positions = 8'192, .work = 60'000};
// What RE2 gets at most, every repetition written out: more than that takes it too much memory.
constexpr std::uint64_t most_positions = 60'000;
constexpr std::int64_t re2_memory = 16 << 20;

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

}  // namespace

Result<std::unique_ptr<const Pattern>> Pattern::compile(std::string_view ecma) {
  auto tree = regex::parse(ecma);
  if (!tree) return std::unexpected(std::move(tree.error()));
  std::unique_ptr<Pattern> pattern(new Pattern());
  pattern->source_ = ecma;
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
  if (regex::expanded_size(*tree) > most_positions) return too_big();
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(re2_memory);
  pattern->slow_ = std::make_unique<Slow>(regex::written_for_re2(*tree), options);
  if (!pattern->slow_->machine.ok()) return too_big();
  return std::unique_ptr<const Pattern>(std::move(pattern));
}

bool Pattern::matches_slowly(std::string_view text) const {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), slow_->machine);
}

}  // namespace simpul
