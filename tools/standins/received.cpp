#include "tools/standins/received.h"

#include "bus/base/environment.h"

namespace simpul::standins {

Result<std::unique_ptr<Received>> Received::open(const std::string& folder) {
  auto database = Database::open(folder + "/received.db");
  if (!database) return std::unexpected(database.error());
  auto made = database->run(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
      "CREATE TABLE IF NOT EXISTS received (number INTEGER PRIMARY KEY, app TEXT NOT NULL, path TEXT NOT NULL, "
      "idempotency_key TEXT NOT NULL, "
      "attempts INTEGER NOT NULL, outcome TEXT NOT NULL, body TEXT NOT NULL, at TEXT NOT NULL, UNIQUE (app, "
      "idempotency_key))");
  if (!made) return std::unexpected(made.error());
  return std::unique_ptr<Received>(new Received(std::move(*database)));
}

Result<Received::Note> Received::note(const std::string& app, const std::string& path, const std::string& key,
                                      const std::string& body, bool done) {
  const std::lock_guard lock(mutex_);
  std::string outcome, known;
  auto asked = database_.query("SELECT outcome, body FROM received WHERE app = ? AND idempotency_key = ?", {app, key},
                               [&](const auto&, const std::vector<Cell>& cells) {
                                 outcome = std::get<std::string>(cells[0]);
                                 known = std::get<std::string>(cells[1]);
                               });
  if (!asked) return std::unexpected(asked.error());
  if (outcome.empty()) {
    const std::string word = done ? "berhasil" : "gagal";
    auto put = database_.query(
        "INSERT INTO received (app, path, idempotency_key, attempts, outcome, body, at) VALUES (?, ?, ?, 1, ?, ?, ?)",
        {app, path, key, word, body, format_time(system_environment().clock->wall())});
    if (!put) return std::unexpected(put.error());
    return fresh;
  }
  auto counted = database_.query(
      done ? "UPDATE received SET attempts = attempts + 1, outcome = 'berhasil' WHERE app = ? AND idempotency_key = ?"
           : "UPDATE received SET attempts = attempts + 1 WHERE app = ? AND idempotency_key = ?",
      {app, key});
  if (!counted) return std::unexpected(counted.error());
  if (known != body) return different;
  return outcome == "berhasil" ? repeated : fresh;
}

}  // namespace simpul::standins
