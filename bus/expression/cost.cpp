#include "bus/expression/cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace simpul::cel {

namespace {

constexpr double beyond_measure = 1e15;
constexpr unsigned shown_loops = 5;

// "2 500 000"
std::string spaced(double number) {
  if (number >= beyond_measure) return "countless";
  std::string digits = fmt::format("{:.0f}", number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, " ");
  }
  return digits;
}

}  // namespace

CostMeter::Part CostMeter::sum(std::span<const std::uint32_t> operands) const {
  Part all;
  double heaviest = -1;
  for (const std::uint32_t operand : operands) {
    if (operand >= parts_.size()) continue;
    const Part& part = parts_[operand];
    all.cost = std::min(all.cost + part.cost, beyond_measure);
    if (part.cost > heaviest && part.loop != nullptr) {
      heaviest = part.cost;
      all.loop = part.loop;
    }
    if (all.endless == nullptr) all.endless = part.endless;
    if (all.any == nullptr || (part.any != nullptr && !part.any->most)) {
      if (part.any != nullptr) all.any = part.any;
    }
  }
  return all;
}

void CostMeter::put(std::uint32_t step, Part part) {
  if (parts_.size() <= step) parts_.resize(step + 1);
  parts_[step] = std::move(part);
}

void CostMeter::add(std::uint32_t step, std::span<const std::uint32_t> operands, double own) {
  Part part = sum(operands);
  part.cost += own;
  put(step, std::move(part));
}

void CostMeter::add_loop(std::uint32_t step, std::span<const std::uint32_t> operands, std::optional<std::uint64_t> most,
                         std::string name, Range at) {
  const Part over = sum(operands.first(1));
  Part body = sum(operands.subspan(1));
  auto loop = std::make_shared<Loop>(Loop{std::move(name), most, at, body.loop});
  Part part = over;
  // Without a limit it counts once: the machine's budget bounds it, and cel.unbounded warns.
  const double rounds = most ? static_cast<double>(*most) : 1.0;
  const double cost = std::min(rounds * (body.cost + 1), beyond_measure);
  if (cost >= over.cost || over.loop == nullptr) part.loop = loop;
  part.cost = std::min(over.cost + cost, beyond_measure);
  if (body.any != nullptr && (!most || !body.any->most)) {
    part.endless = std::make_shared<Loop>(Loop{loop->name, most, at, body.any});
  } else if (part.endless == nullptr) {
    part.endless = body.endless;
  }
  part.any = std::move(loop);
  put(step, std::move(part));
}

std::optional<Fault> CostMeter::too_much(std::uint32_t root) const {
  if (root >= parts_.size() || parts_[root].cost <= cost_limit || parts_[root].loop == nullptr) return std::nullopt;
  const Part& part = parts_[root];
  std::string loops;
  std::string widest = part.loop->name;
  std::uint64_t most = part.loop->most.value_or(0);
  unsigned shown = 0;
  for (const Loop* loop = part.loop.get(); loop != nullptr && shown < shown_loops; loop = loop->inner.get(), ++shown) {
    const std::string size =
        loop->most ? fmt::format("up to {}", spaced(static_cast<double>(*loop->most))) : std::string("no limit known");
    const std::string one = fmt::format("the loop over {} ({})", loop->name, size);
    loops = loops.empty() ? one : fmt::format("{} inside {}", one, loops);
    if (loop->most.value_or(0) > most) {
      most = *loop->most;
      widest = loop->name;
    }
  }
  return Fault{
      "cel.cost",
      fmt::format("this may take {} steps, the limit is {}: {}", spaced(part.cost), spaced(cost_limit), loops),
      fmt::format("give {} a smaller maxItems in its schema, or look things up without a loop in a loop", widest),
      part.loop->at};
}

std::optional<Fault> CostMeter::unbounded(std::uint32_t root) const {
  if (root >= parts_.size() || parts_[root].endless == nullptr) return std::nullopt;
  const Loop& outer = *parts_[root].endless;
  const Loop& inner = *outer.inner;
  const std::string& endless = outer.most ? inner.name : outer.name;
  return Fault{"cel.unbounded",
               fmt::format("the loop over {} inside the loop over {} has no bound: the schema of {} sets no maxItems",
                           inner.name, outer.name, endless),
               fmt::format("give {} a maxItems in its schema; a large event would end in an error here", endless),
               outer.at};
}

}  // namespace simpul::cel
