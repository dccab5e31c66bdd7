// What an expression may cost at most, in steps of the machine, from maxItems and maxLength of the schemas and the
// sizes of literals: what could exceed the machine's budget on an event that fits its schema is a problem at check.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bus/expression/tree.h"

namespace simpul::cel {

// An expression that may need more steps than this is refused (code cel.cost).
inline constexpr double cost_limit = 100'000;

class CostMeter {
 public:
  // `own` is what the step itself costs; operands come before it.
  void add(std::uint32_t step, std::span<const std::uint32_t> operands, double own);
  // A loop: operands[0] is what it goes through, the others run for each item. `most` items, none: no limit is known.
  // `name` is the text of what it goes through.
  void add_loop(std::uint32_t step, std::span<const std::uint32_t> operands, std::optional<std::uint64_t> most,
                std::string name, Range at);
  // What is wrong with the whole; none when it is cheap.
  std::optional<Fault> too_much(std::uint32_t root) const;
  // A loop within a loop where a list has no limit.
  std::optional<Fault> unbounded(std::uint32_t root) const;

 private:
  struct Loop {
    std::string name;
    std::optional<std::uint64_t> most;
    Range at;
    std::shared_ptr<const Loop> inner;  // the one in it that costs most
  };
  struct Part {
    double cost = 0;
    std::shared_ptr<const Loop> loop;     // of the part that costs most
    std::shared_ptr<const Loop> endless;  // loops within each other of which one has no limit
    std::shared_ptr<const Loop> any;      // some loop in it
  };
  Part sum(std::span<const std::uint32_t> operands) const;
  void put(std::uint32_t step, Part part);

  std::vector<Part> parts_;
};

}  // namespace simpul::cel
