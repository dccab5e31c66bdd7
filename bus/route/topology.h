// The topology of a city: what only all apps, routes, schemas, lookups and code tables together tell. Asked where a
// generation is to be accepted (`simpul check`), and not when one is read again from the log: what was accepted once
// stays loadable.
//
// Errors are what does harm whatever the data is: an agreement that has ended, a loop that nothing can stop, a type
// that two offices own. Warnings are what does nothing, or may do harm: what nobody publishes, receives or uses, loops
// behind conditions, a parked delivery of which nobody hears.
#pragma once

#include <string>

#include "bus/route/declarations.h"

namespace simpul {

void check_topology(const Declarations& declarations, const SchemaRegistry* schemas, const Inspection& inspection,
                    Problems& problems);

}  // namespace simpul
