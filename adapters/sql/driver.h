// What the sql adapter asks of a database: a small driver interface. SQLite is the first driver; another
// database is one more file and one more line in find_driver().
//
// Problem codes: sql.busy (locked by somebody else), sql.unreachable (no file or server, no right, no room,
// damaged), sql.constraint (the database's own rule refused a row; `path` is the column when it is known),
// sql.statement (the SQL text does not fit the database), sql.late (the deadline has passed), sql.failed.
// Messages name tables, columns and rules, never a value.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bus/base/result.h"

namespace simpul::sql {

struct Bytes {
  std::string value;
};
using Cell = std::variant<std::monostate, std::int64_t, double, std::string, Bytes>;

struct Column {
  std::string name;
  std::string declared;  // "varchar(40)", as it was declared
};

// A prepared statement. Parameters and columns count from 0.
class Statement {
 public:
  virtual ~Statement() = default;
  virtual std::vector<std::string> parameters() const = 0;  // names without their sign; empty text for `?`
  virtual Result<void> bind(std::size_t parameter, const Cell& cell) = 0;
  virtual Result<bool> step() = 0;  // true: there is a row; false, until reset(): there is none any more
  virtual void reset() = 0;         // gives up locks and bound values
  virtual std::size_t columns() const = 0;
  virtual std::string column(std::size_t index) const = 0;
  virtual Cell cell(std::size_t index) const = 0;
};

// One connection, used by one thread. Statements are destroyed before it.
class Connection {
 public:
  virtual ~Connection() = default;
  // One statement; text behind it is an error.
  virtual Result<std::unique_ptr<Statement>> prepare(const std::string& text) = 0;
  virtual Result<void> run(const std::string& text) = 0;
  // A transaction that writes: takes the right to write at once.
  virtual Result<void> begin() = 0;
  virtual Result<void> commit() = 0;
  virtual void rollback() = 0;
  virtual std::int64_t changed() const = 0;  // rows of the last statement

  // The columns of a table or view; empty when there is none.
  virtual Result<std::vector<Column>> columns_of(const std::string& table) = 0;
  // Equal to the last answer: nobody else committed anything since.
  virtual Result<std::int64_t> change_mark() = 0;
  // Equal to the last answer: no table was altered since.
  virtual Result<std::int64_t> shape_mark() = 0;
  // The database under the connection's name is another one now (a file was put in its place), or gone.
  virtual bool replaced() const = 0;
  // Statements that run longer fail with sql.late; none: no limit.
  virtual void deadline(std::optional<std::chrono::steady_clock::time_point> limit) = 0;

  // The dialect.
  virtual std::string quote(std::string_view identifier) const = 0;
  // An expression over quoted columns: 32 hexadecimal digits of a hash of their values, null when one is null.
  // It sorts by its bytes.
  virtual std::string key_hash(const std::vector<std::string>& columns) const = 0;
  // Inserts a row, or updates it where the key is there; needs a unique rule on the key. Names come unquoted;
  // one parameter for each column, in their order.
  virtual std::string upsert(const std::string& table, const std::vector<std::string>& columns,
                             const std::vector<std::string>& key) const = 0;
  // Makes the inbox when it is not there, and takes a key: 0 rows changed when it was there already.
  // Parameters: key, time.
  virtual std::string make_inbox(const std::string& table) const = 0;
  virtual std::string enter_inbox(const std::string& table) const = 0;
};

enum class Access { read, write };

struct Where {
  std::string database;  // a path, or later a server's address
  Access access = Access::read;
  std::chrono::milliseconds busy_timeout{2000};  // how long somebody else's lock is waited for
};

class Driver {
 public:
  virtual ~Driver() = default;
  virtual Result<std::unique_ptr<Connection>> connect(const Where& where) const = 0;
};

const Driver& sqlite_driver();
// Never null for a name out of driver_names().
const Driver* find_driver(std::string_view name);
std::vector<std::string> driver_names();

}  // namespace simpul::sql
