// SQLite as a driver. The application's file is opened as it is: no pragma that stays in it is set.
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "adapters/sql/driver.h"
#include "bus/base/bytes.h"

namespace simpul::sql {

namespace {

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct CloseStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

// "NOT NULL constraint failed: pasien.nm_pasien" → "nm_pasien".
std::string column_of_rule(std::string_view message) {
  auto colon = message.rfind(": ");
  if (colon == std::string_view::npos) return {};
  auto rest = message.substr(colon + 2);
  if (rest.find(", ") != std::string_view::npos) return {};
  auto dot = rest.rfind('.');
  return dot == std::string_view::npos ? std::string() : std::string(rest.substr(dot + 1));
}

Problem problem_of(sqlite3* database, int code, const std::string& path) {
  std::string message = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
  int extended = database != nullptr ? sqlite3_extended_errcode(database) : code;
  auto make = [](std::string kind, std::string text, std::string hint) {
    return fail(std::move(kind), std::move(text), std::move(hint)).error();
  };
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return make("sql.busy", fmt::format("the database {} is locked by another program", path),
                  "it is tried again by itself");
    case SQLITE_CANTOPEN: {
      struct stat found{};
      int why = ::stat(path.c_str(), &found) != 0 ? errno : (S_ISDIR(found.st_mode) ? EISDIR : EACCES);
      return make("sql.unreachable", fmt::format("the database {} cannot be opened: {}", path, std::strerror(why)),
                  "put the file in its place, or mend the field `database` or the rights on the file");
    }
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return make("sql.unreachable", fmt::format("{} is not a sound SQLite database: {}", path, message),
                  "restore the file");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return make("sql.unreachable", fmt::format("the database {} may not be written: {}", path, message),
                  "give the bus the right to write to the file and its folder");
    case SQLITE_FULL:
      return make("sql.unreachable", fmt::format("no room is left for the database {}", path), "make room on its disk");
    case SQLITE_IOERR:
      return make("sql.unreachable", fmt::format("the database {} cannot be read or written: {}", path, message),
                  "look at its disk");
    case SQLITE_CONSTRAINT: {
      // A trigger's own words could hold a person's data.
      if (extended == SQLITE_CONSTRAINT_TRIGGER) message = "a trigger of the application refused the row";
      auto problem = make("sql.constraint", message, {});
      problem.path = column_of_rule(message);
      return problem;
    }
    case SQLITE_INTERRUPT:
      return make("sql.late", fmt::format("the database {} did not answer in time", path), {});
    case SQLITE_ERROR:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
      return make("sql.statement", fmt::format("{}: {}", path, message), "mend the query, the table or the column");
    default:
      return make("sql.failed", fmt::format("{}: {}", path, message), {});
  }
}

// simpul_key(a, b, …): 32 hexadecimal digits, or null.
void key_function(sqlite3_context* context, int count, sqlite3_value** values) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    if (sqlite3_value_type(values[i]) == SQLITE_NULL) return sqlite3_result_null(context);
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_value_text(values[i]));
    auto size = static_cast<std::size_t>(sqlite3_value_bytes(values[i]));
    text += std::to_string(size);
    text += ':';
    if (bytes != nullptr) text.append(bytes, size);
  }
  auto hash = to_hex(std::span<const std::uint8_t>(sha256(text)).first(16));
  sqlite3_result_text(context, hash.data(), static_cast<int>(hash.size()), SQLITE_TRANSIENT);
}

class SqliteStatement : public Statement {
 public:
  SqliteStatement(sqlite3* database, sqlite3_stmt* statement, const std::string& path)
      : database_(database), statement_(statement), path_(path) {}

  std::vector<std::string> parameters() const override {
    std::vector<std::string> names;
    for (int i = 1; i <= sqlite3_bind_parameter_count(statement_.get()); ++i) {
      const char* name = sqlite3_bind_parameter_name(statement_.get(), i);
      names.emplace_back(name == nullptr ? "" : name + 1);
    }
    return names;
  }

  Result<void> bind(std::size_t parameter, const Cell& cell) override {
    auto* statement = statement_.get();
    int index = static_cast<int>(parameter) + 1;
    int code = SQLITE_OK;
    if (const auto* integer = std::get_if<std::int64_t>(&cell))
      code = sqlite3_bind_int64(statement, index, *integer);
    else if (const auto* real = std::get_if<double>(&cell))
      code = sqlite3_bind_double(statement, index, *real);
    else if (const auto* text = std::get_if<std::string>(&cell))
      code = sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    else if (const auto* bytes = std::get_if<Bytes>(&cell))
      code = sqlite3_bind_blob64(statement, index, bytes->value.data(), bytes->value.size(), SQLITE_TRANSIENT);
    else
      code = sqlite3_bind_null(statement, index);
    if (code != SQLITE_OK) return std::unexpected(problem_of(database_, code, path_));
    return {};
  }

  Result<bool> step() override {
    // SQLite would begin again behind the last row.
    if (done_) return false;
    int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
      done_ = true;
      return false;
    }
    auto problem = problem_of(database_, code, path_);
    sqlite3_reset(statement_.get());
    return std::unexpected(std::move(problem));
  }

  void reset() override {
    done_ = false;
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
  }

  std::size_t columns() const override { return static_cast<std::size_t>(sqlite3_column_count(statement_.get())); }
  std::string column(std::size_t index) const override {
    const char* name = sqlite3_column_name(statement_.get(), static_cast<int>(index));
    return name == nullptr ? std::string() : std::string(name);
  }
  Cell cell(std::size_t index) const override {
    int column = static_cast<int>(index);
    auto* statement = statement_.get();
    switch (sqlite3_column_type(statement, column)) {
      case SQLITE_INTEGER:
        return sqlite3_column_int64(statement, column);
      case SQLITE_FLOAT:
        return sqlite3_column_double(statement, column);
      case SQLITE_TEXT: {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
        return std::string(text == nullptr ? "" : text,
                           static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
      }
      case SQLITE_BLOB: {
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
        return Bytes{std::string(bytes == nullptr ? "" : bytes,
                                 static_cast<std::size_t>(sqlite3_column_bytes(statement, column)))};
      }
      default:
        return std::monostate{};
    }
  }

 private:
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, CloseStatement> statement_;
  const std::string& path_;
  bool done_ = false;
};

class SqliteConnection : public Connection {
 public:
  explicit SqliteConnection(std::string path) : path_(std::move(path)) {}

  Result<void> open(const Where& where) {
    sqlite3* database = nullptr;
    int flags = SQLITE_OPEN_NOMUTEX | (where.access == Access::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
    int code = sqlite3_open_v2(path_.c_str(), &database, flags, nullptr);
    database_.reset(database);
    if (code != SQLITE_OK) return std::unexpected(problem_of(database, code, path_));
    sqlite3_extended_result_codes(database, 1);
    sqlite3_busy_timeout(database, static_cast<int>(where.busy_timeout.count()));
    sqlite3_create_function_v2(database, "simpul_key", -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr, key_function,
                               nullptr, nullptr, nullptr);
    if (where.access == Access::write)
      if (auto done = run("PRAGMA foreign_keys=ON"); !done) return done;
    identity_ = identity();
    // The file is read only now; what is wrong with it shows here.
    return run("SELECT count(*) FROM sqlite_schema");
  }

  Result<std::unique_ptr<Statement>> prepare(const std::string& text) override {
    sqlite3_stmt* statement = nullptr;
    const char* tail = nullptr;
    int code = sqlite3_prepare_v3(database_.get(), text.c_str(), static_cast<int>(text.size()), 0, &statement, &tail);
    if (code != SQLITE_OK) return std::unexpected(problem_of(database_.get(), code, path_));
    auto made = std::make_unique<SqliteStatement>(database_.get(), statement, path_);
    if (statement == nullptr) return fail("sql.statement", "the query is empty", "write one SELECT");
    if (std::string_view(tail).find_first_not_of(" \t\r\n;") != std::string_view::npos)
      return fail("sql.statement", "the query holds more than one statement", "write one SELECT");
    return made;
  }

  Result<void> run(const std::string& text) override {
    int code = sqlite3_exec(database_.get(), text.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return std::unexpected(problem_of(database_.get(), code, path_));
    return {};
  }

  Result<void> begin() override { return run("BEGIN IMMEDIATE"); }
  Result<void> commit() override { return run("COMMIT"); }
  void rollback() override {
    if (sqlite3_get_autocommit(database_.get()) == 0)
      sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  std::int64_t changed() const override { return sqlite3_changes64(database_.get()); }

  Result<std::vector<Column>> columns_of(const std::string& table) override {
    auto statement = prepare("SELECT name, type FROM pragma_table_xinfo(?1) WHERE hidden IN (0, 2, 3)");
    if (!statement) return std::unexpected(statement.error());
    if (auto bound = (*statement)->bind(0, table); !bound) return std::unexpected(bound.error());
    std::vector<Column> columns;
    for (;;) {
      auto row = (*statement)->step();
      if (!row) return std::unexpected(row.error());
      if (!*row) return columns;
      auto name = (*statement)->cell(0), type = (*statement)->cell(1);
      columns.push_back({std::holds_alternative<std::string>(name) ? std::get<std::string>(name) : std::string(),
                         std::holds_alternative<std::string>(type) ? std::get<std::string>(type) : std::string()});
    }
  }

  Result<std::int64_t> change_mark() override { return number("PRAGMA data_version"); }
  Result<std::int64_t> shape_mark() override { return number("PRAGMA schema_version"); }
  bool replaced() const override { return identity() != identity_; }

  void deadline(std::optional<std::chrono::steady_clock::time_point> limit) override {
    deadline_ = limit;
    if (limit)
      sqlite3_progress_handler(database_.get(), 1000, &SqliteConnection::late, this);
    else
      sqlite3_progress_handler(database_.get(), 0, nullptr, nullptr);
  }

  std::string quote(std::string_view identifier) const override {
    std::string out = "\"";
    for (char c : identifier) {
      if (c == '"') out += '"';
      out += c;
    }
    return out + '"';
  }
  std::string key_hash(const std::vector<std::string>& columns) const override {
    return fmt::format("simpul_key({})", fmt::join(columns, ", "));
  }

  std::string upsert(const std::string& table, const std::vector<std::string>& columns,
                     const std::vector<std::string>& key) const override {
    std::vector<std::string> names, keys, marks, sets;
    for (const auto& column : key) keys.push_back(quote(column));
    for (const auto& column : columns) {
      names.push_back(quote(column));
      marks.emplace_back("?");
      if (std::find(key.begin(), key.end(), column) == key.end())
        sets.push_back(fmt::format("{0} = excluded.{0}", quote(column)));
    }
    return fmt::format("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT ({}) DO {}{}", quote(table), fmt::join(names, ", "),
                       fmt::join(marks, ", "), fmt::join(keys, ", "), sets.empty() ? "NOTHING" : "UPDATE SET ",
                       fmt::join(sets, ", "));
  }
  std::string make_inbox(const std::string& table) const override {
    return fmt::format(
        "CREATE TABLE IF NOT EXISTS {} (idempotency_key TEXT NOT NULL PRIMARY KEY, at TEXT NOT NULL) WITHOUT ROWID",
        quote(table));
  }
  std::string enter_inbox(const std::string& table) const override {
    return fmt::format("INSERT INTO {} (idempotency_key, at) VALUES (?, ?) ON CONFLICT (idempotency_key) DO NOTHING",
                       quote(table));
  }

 private:
  static int late(void* self) {
    const auto& limit = static_cast<SqliteConnection*>(self)->deadline_;
    return limit && std::chrono::steady_clock::now() > *limit ? 1 : 0;
  }

  std::pair<dev_t, ino_t> identity() const {
    struct stat found{};
    if (::stat(path_.c_str(), &found) != 0) return {0, 0};
    return {found.st_dev, found.st_ino};
  }

  Result<std::int64_t> number(const char* text) {
    auto statement = prepare(text);
    if (!statement) return std::unexpected(statement.error());
    auto row = (*statement)->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return 0;
    auto cell = (*statement)->cell(0);
    const auto* value = std::get_if<std::int64_t>(&cell);
    return value != nullptr ? *value : 0;
  }

  const std::string path_;
  std::unique_ptr<sqlite3, CloseDatabase> database_;
  std::pair<dev_t, ino_t> identity_{0, 0};
  std::optional<std::chrono::steady_clock::time_point> deadline_;
};

class SqliteDriver : public Driver {
 public:
  Result<std::unique_ptr<Connection>> connect(const Where& where) const override {
    auto connection = std::make_unique<SqliteConnection>(where.database);
    if (auto opened = connection->open(where); !opened) return std::unexpected(opened.error());
    return connection;
  }
};

}  // namespace

const Driver& sqlite_driver() {
  static const SqliteDriver driver;
  return driver;
}

}  // namespace simpul::sql
