#include "adapters/sql/driver.h"

namespace simpul::sql {

const Driver* find_driver(std::string_view name) {
  if (name == "sqlite") return &sqlite_driver();
  return nullptr;
}

std::vector<std::string> driver_names() {
  return {"sqlite"};
}

}  // namespace simpul::sql
