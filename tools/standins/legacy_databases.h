// The databases of the legacy systems: SIAK's replica, the hospital's SIMRS Khanza, the land tax office's
// SISMIOP. Tables, columns and habits are those of the real programs; the people are synthetic.
#pragma once

#include <string>
#include <vector>

#include "bus/base/result.h"
#include "tools/standins/families.h"

namespace simpul::standins {

// Makes siak.db, simrs.db and sismiop.db in the folder; fails when one is there already.
Result<void> make_legacy_databases(const std::string& folder, const std::vector<Family>& families);

}  // namespace simpul::standins
