// The sql adapter's declaration; see README.md beside this file.
#pragma once

#include "bus/adapter.h"

namespace simpul {

AdapterSpec sql_adapter();

}  // namespace simpul
