// Why a condition is what it is: its smallest parts, each with what it looked at. For people (`simpul explain`); the
// bus itself never asks.
#pragma once

#include "bus/expression/program.h"

namespace simpul::cel {

// In the order of the source; those that were not needed are evaluated all the same. At most so many.
inline constexpr std::size_t condition_parts_limit = 64;
std::vector<ConditionPart> condition_parts(const Program& program, std::span<const json::Value* const> slots,
                                           json::Arena& arena);

}  // namespace simpul::cel
