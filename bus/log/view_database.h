// SQLite with its ownership and errors in our words. Codes: view.damaged (the file is corrupt or no
// database), view.full (no room), view.failed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "bus/base/bytes.h"
#include "bus/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace simpul::view_db {

class Statement {
 public:
  Statement() = default;
  ~Statement();
  Statement(Statement&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
  Statement& operator=(Statement&& other) noexcept {
    std::swap(statement_, other.statement_);
    return *this;
  }

  // Parameters count from 1. Text and bytes are not copied: they must live until reset().
  Statement& bind(int at, std::int64_t value);
  Statement& bind(int at, std::string_view text);
  Statement& bind(int at, const Hash128& hash);
  Statement& bind_bytes(int at, std::string_view bytes);
  Result<bool> step();  // true: a row
  Result<void> run();   // to the end, and resets
  void reset();
  std::int64_t integer(int column) const;
  std::string_view text(int column) const;  // lives until step() or reset()
  std::string_view bytes(int column) const;
  Hash128 hash(int column) const;

 private:
  friend class Database;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  sqlite3_stmt* statement_ = nullptr;
};

class Database {
 public:
  enum class Mode { make, read, read_closed };  // read_closed: the file never changes again
  static Result<Database> open(const std::string& path, Mode mode);
  Database() = default;
  ~Database();
  Database(Database&& other) noexcept
      : database_(std::exchange(other.database_, nullptr)), path_(std::move(other.path_)) {}
  Database& operator=(Database&& other) noexcept {
    std::swap(database_, other.database_);
    std::swap(path_, other.path_);
    return *this;
  }

  Result<void> run(const std::string& sql);
  Result<Statement> prepare(std::string_view sql);
  // Everything is in the file itself, and durable.
  Result<void> checkpoint();
  const std::string& path() const { return path_; }
  explicit operator bool() const { return database_ != nullptr; }
  void close();

 private:
  sqlite3* database_ = nullptr;
  std::string path_;
};

// fsync of a file and of its folder.
Result<void> sync_file(const std::string& path);

}  // namespace simpul::view_db
