// Proofs of mappings: is every payload that a map can make of an event that fits its schema accepted by the target?
//
// The schema of what the map makes (mapping_schema.h) is asked to be contained in the target's
// (bus/schema/containment.h). Proved: the payload is not checked again at run time. Refuted: an event was found that
// fits its schema, takes this route, and of which the map makes a payload that the target refuses; it was run, so it is
// shown as it happens. Open: neither, and why; the payload is then checked each time. A yes rests on containment alone,
// and a refutation on a run.
//
// All schemas of a deployment are compiled in one registry for it, and the work is counted: for one mapping, and for
// all.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bus/route/route_program.h"

namespace simpul {

// `schema_texts` are the deployment's, by their paths. Sets TargetProgram::proved. With `problems`, what is refuted
// (error map.refuted) and what is open (warning map.not_proved) is reported.
void prove_mappings(const std::vector<std::shared_ptr<RouteProgram>>& programs,
                    const std::map<std::string, std::string>& schema_texts, Problems* problems);

// Keys that expressions may ask of code tables and that have no row, and rows that none asks for.
void check_tables(const std::vector<std::shared_ptr<RouteProgram>>& programs, const Declarations& declarations,
                  Problems& problems);

}  // namespace simpul
