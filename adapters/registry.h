// The adapters of this build, as a table that is handed to the bus. A new adapter is its folder and its
// line in registry.cpp.
#pragma once

#include "bus/adapter.h"

namespace simpul {

AdapterTable all_adapters();

}  // namespace simpul
