// The http adapter's declaration; see README.md beside this file.
#pragma once

#include "bus/adapter.h"

namespace simpul {

AdapterSpec http_adapter();

}  // namespace simpul
