#include "bus/log/view_database.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <sqlite3.h>

#include <fmt/format.h>

namespace simpul::view_db {
namespace {

std::unexpected<Problem> problem(sqlite3* database, int code, const std::string& path) {
  auto words = database ? sqlite3_errmsg(database) : sqlite3_errstr(code);
  switch (code & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return fail("view.damaged", fmt::format("{} is damaged: {}", path, words),
                  "run `simpul reindex`: the view is built anew from the log, nothing is lost");
    case SQLITE_FULL:
      return fail("view.full", fmt::format("there is no room to write {}", path),
                  "make room on this disk; the view catches up by itself");
    default:
      return fail("view.failed", fmt::format("{}: {}", path, words),
                  "check the disk and the rights of this file; `simpul reindex` builds it anew from the log");
  }
}

}  // namespace

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

Statement& Statement::bind(int at, std::int64_t value) {
  sqlite3_bind_int64(statement_, at, value);
  return *this;
}

Statement& Statement::bind(int at, std::string_view text) {
  sqlite3_bind_text64(statement_, at, text.data() ? text.data() : "", text.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind(int at, const Hash128& hash) {
  sqlite3_bind_blob64(statement_, at, hash.bytes.data(), hash.bytes.size(), SQLITE_STATIC);
  return *this;
}

Statement& Statement::bind_bytes(int at, std::string_view bytes) {
  sqlite3_bind_blob64(statement_, at, bytes.data() ? bytes.data() : "", bytes.size(), SQLITE_STATIC);
  return *this;
}

Result<bool> Statement::step() {
  auto code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  auto* database = sqlite3_db_handle(statement_);
  auto* name = sqlite3_db_filename(database, "main");
  auto result = problem(database, code, name ? name : "");
  sqlite3_reset(statement_);
  return result;
}

Result<void> Statement::run() {
  while (true) {
    auto row = step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
  }
  sqlite3_reset(statement_);
  return {};
}

void Statement::reset() {
  sqlite3_reset(statement_);
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string_view Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return text ? std::string_view(text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)))
              : std::string_view();
}

std::string_view Statement::bytes(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return bytes ? std::string_view(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)))
               : std::string_view();
}

Hash128 Statement::hash(int column) const {
  Hash128 hash;
  auto found = bytes(column);
  std::memcpy(hash.bytes.data(), found.data(), std::min(found.size(), hash.bytes.size()));
  return hash;
}

Result<Database> Database::open(const std::string& path, Mode mode) {
  Database result;
  result.path_ = path;
  int flags =
      SQLITE_OPEN_NOMUTEX | (mode == Mode::make ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
  auto code = sqlite3_open_v2(path.c_str(), &result.database_, flags, nullptr);
  if (code != SQLITE_OK) return problem(result.database_, code, path);
  sqlite3_busy_timeout(result.database_, 10'000);
  if (mode == Mode::make)
    if (auto done = result.run("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA wal_autocheckpoint=8000; "
                               "PRAGMA cache_size=-16384");
        !done)
      return std::unexpected(done.error());
  if (mode == Mode::read_closed)
    if (auto done = result.run("PRAGMA cache_size=-1024"); !done) return std::unexpected(done.error());
  return result;
}

Database::~Database() {
  close();
}

void Database::close() {
  sqlite3_close_v2(database_);
  database_ = nullptr;
}

Result<void> Database::run(const std::string& sql) {
  auto code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return problem(database_, code, path_);
  return {};
}

Result<void> sync_file(const std::string& path) {
  for (const auto& name : {path, std::filesystem::path(path).parent_path().string()}) {
    int descriptor = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
    bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
    auto error = errno;
    if (descriptor >= 0) ::close(descriptor);
    if (!synced)
      return fail("view.failed", fmt::format("{} cannot be synced: {}", name, std::strerror(error)), "check the disk");
  }
  return {};
}

Result<void> Database::checkpoint() {
  auto statement = prepare("PRAGMA wal_checkpoint(TRUNCATE)");
  if (!statement) return std::unexpected(statement.error());
  auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  if (*row && statement->integer(0) != 0)
    return fail("view.failed", fmt::format("{} is read by somebody for too long to be written whole", path_),
                "close other programs that have this file open");
  return sync_file(path_);
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  auto code = sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                 &statement, nullptr);
  if (code != SQLITE_OK) return problem(database_, code, path_);
  return Statement(statement);
}

}  // namespace simpul::view_db
