// From a payload to a table's row: which columns, which values, and whether they fit what the table declares.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "adapters/sql/driver.h"
#include "adapters/sql/settings.h"

namespace simpul::sql {

struct RowToWrite {
  std::vector<std::string> columns;  // in the payload's order
  std::vector<Cell> cells;
};

// Problem codes: row.payload (no flat object), row.column (no such column), row.key, row.too_long, row.number.
// Messages name columns and lengths, never values.
Result<RowToWrite> row_to_write(const std::string& payload, const TableSettings& table,
                                const std::vector<Column>& columns);

}  // namespace simpul::sql
