// SQLite as the stand-ins need it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "bus/base/result.h"

struct sqlite3;

namespace simpul::standins {

using Cell = std::variant<std::monostate, std::int64_t, double, std::string>;

class Database {
 public:
  static Result<Database> open(const std::string& path);
  // Several statements, without parameters or rows.
  Result<void> run(const std::string& statements);
  // One statement; `each` gets its rows as column names and cells.
  Result<void> query(const std::string& statement, const std::vector<Cell>& parameters = {},
                     const std::function<void(const std::vector<std::string>&, const std::vector<Cell>&)>& each = {});
  std::int64_t changed() const;

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace simpul::standins
