#include "tools/standins/database.h"

#include <sqlite3.h>

#include <fmt/format.h>

namespace simpul::standins {

namespace {

std::unexpected<Problem> problem(sqlite3* connection, std::string_view doing) {
  return fail("standins.database",
              fmt::format("{}: {}", doing, connection ? sqlite3_errmsg(connection) : "out of memory"));
}

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

void bind(sqlite3_stmt* statement, int at, const Cell& cell) {
  if (const auto* integer = std::get_if<std::int64_t>(&cell))
    sqlite3_bind_int64(statement, at, *integer);
  else if (const auto* real = std::get_if<double>(&cell))
    sqlite3_bind_double(statement, at, *real);
  else if (const auto* text = std::get_if<std::string>(&cell))
    sqlite3_bind_text(statement, at, text->data(), static_cast<int>(text->size()), SQLITE_TRANSIENT);
  else
    sqlite3_bind_null(statement, at);
}

Cell cell_of(sqlite3_stmt* statement, int at) {
  switch (sqlite3_column_type(statement, at)) {
    case SQLITE_NULL:
      return {};
    case SQLITE_INTEGER:
      return sqlite3_column_int64(statement, at);
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, at);
    default: {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, at));
      return std::string(bytes ? bytes : "", static_cast<std::size_t>(sqlite3_column_bytes(statement, at)));
    }
  }
}

}  // namespace

void Database::Close::operator()(sqlite3* connection) const {
  sqlite3_close_v2(connection);
}

Result<Database> Database::open(const std::string& path) {
  Database database;
  sqlite3* connection = nullptr;
  const int opened = sqlite3_open_v2(path.c_str(), &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  database.connection_.reset(connection);
  if (opened != SQLITE_OK) return problem(connection, "opening " + path);
  sqlite3_busy_timeout(connection, 5000);
  return database;
}

Result<void> Database::run(const std::string& statements) {
  if (sqlite3_exec(connection_.get(), statements.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return problem(connection_.get(), "running a statement");
  return {};
}

Result<void> Database::query(
    const std::string& text, const std::vector<Cell>& parameters,
    const std::function<void(const std::vector<std::string>&, const std::vector<Cell>&)>& each) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(connection_.get(), text.c_str(), -1, &raw, nullptr) != SQLITE_OK)
    return problem(connection_.get(), "reading a statement");
  const std::unique_ptr<sqlite3_stmt, Finalize> statement(raw);
  if (!statement) return {};
  for (std::size_t i = 0; i < parameters.size(); ++i) bind(raw, static_cast<int>(i) + 1, parameters[i]);
  std::vector<std::string> names;
  for (int i = 0; i < sqlite3_column_count(raw); ++i) names.emplace_back(sqlite3_column_name(raw, i));
  int step = SQLITE_DONE;
  while ((step = sqlite3_step(raw)) == SQLITE_ROW) {
    if (!each) continue;
    std::vector<Cell> cells;
    for (int i = 0; i < sqlite3_column_count(raw); ++i) cells.push_back(cell_of(raw, i));
    each(names, cells);
  }
  if (step != SQLITE_DONE) return problem(connection_.get(), "running a statement");
  return {};
}

std::int64_t Database::changed() const {
  return sqlite3_changes64(connection_.get());
}

}  // namespace simpul::standins
