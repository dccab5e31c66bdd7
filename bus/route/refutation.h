// Events that may refute a mapping: guesses, to be run. A guess is a schema that narrows the event's own, so that what
// fits it has, at the paths that the map's leaves are, the values of a payload which the target refuses, and passes
// those conditions that are easy to read. A guess that is wrong costs time and nothing else.
#pragma once

#include <string>
#include <vector>

#include "bus/event/json.h"
#include "bus/route/route_program.h"

namespace simpul {

// JSON texts of schemas for `data`, the most telling first. `witness` is a payload that the target refuses.
std::vector<std::string> refuting_guesses(const RouteProgram& program, const TargetProgram& target,
                                          const json::Value& witness);

// The part of the map that makes what stands at a JSON Pointer of the payload; the nearest above it.
const MappingPart& part_at(const MappingPart& root, std::string_view pointer);

}  // namespace simpul
