// The file adapter's declaration; see README.md beside this file.
#pragma once

#include "bus/adapter.h"

namespace simpul {

AdapterSpec file_adapter();

}  // namespace simpul
