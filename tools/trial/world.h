// One case, run on the engine in virtual time: the deployment's own admission, routing, lanes, mappings and checks,
// and the apps as the case says they behave. What the bus's dispatcher does with threads, log and view is done here on
// one thread in memory; nothing is opened, and nothing is left behind. The same case gives the same outcome, whatever
// ran before it.
#pragma once

#include "bus/route/generation.h"
#include "tools/trial/cases.h"
#include "tools/trial/outcome.h"

namespace simpul::trial {

// `observer` may be null.
Outcome run_case(const Case& one, const Generation& generation, RouteObserver* observer);

}  // namespace simpul::trial
