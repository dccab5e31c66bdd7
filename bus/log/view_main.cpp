#include "bus/log/view_main.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

namespace simpul::view_db {
namespace {

constexpr const char* tables = R"(
CREATE TABLE IF NOT EXISTS facts(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cursors(target TEXT PRIMARY KEY, position INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS waiting(target TEXT, position INTEGER, part INTEGER, route TEXT, keys BLOB, outcome INTEGER, attempts INTEGER,
  reason TEXT, since INTEGER, due INTEGER, PRIMARY KEY(target, position, part, route)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS waiting_parked ON waiting(target, position, part) WHERE outcome = 1;
CREATE TABLE IF NOT EXISTS waiting_keys(target TEXT, key BLOB, position INTEGER, part INTEGER, route TEXT,
  PRIMARY KEY(target, key, position, part, route)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS finished(target TEXT, position INTEGER, part INTEGER, PRIMARY KEY(target, position, part)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counts(target TEXT PRIMARY KEY, delivered INTEGER, parked INTEGER, held INTEGER, discarded INTEGER,
  last_delivered INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state(source TEXT, key TEXT, value TEXT, PRIMARY KEY(source, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS generations(number INTEGER PRIMARY KEY, position INTEGER);
)";

constexpr Position lazy_records = 10'000;  // after a crash so many are looked at again at most
static_assert(static_cast<int>(Outcome::parked) == 1, "the index waiting_parked names it");

struct Prepared {
  Statement* statement;
  const char* sql;
};

Result<void> prepare_all(Database& database, std::initializer_list<Prepared> wanted) {
  for (auto [statement, sql] : wanted) {
    auto prepared = database.prepare(sql);
    if (!prepared) return std::unexpected(prepared.error());
    *statement = std::move(*prepared);
  }
  return {};
}

Result<MainFacts> facts_of(Database& database) {
  auto statement = database.prepare("SELECT name, value FROM facts");
  if (!statement) return std::unexpected(statement.error());
  MainFacts facts;
  while (true) {
    auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return facts;
    auto name = statement->text(0);
    if (name == "next")
      facts.next = static_cast<Position>(statement->integer(1));
    else if (name == "clean")
      facts.clean = statement->integer(1) != 0;
    else if (name == "boot")
      facts.boot = statement->text(1);
  }
}

// A view from before deliveries had a time lacks its column.
Result<void> add_due(Database& database) {
  auto statement = database.prepare("SELECT 1 FROM pragma_table_info('waiting') WHERE name = 'due'");
  if (!statement) return std::unexpected(statement.error());
  auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return *row ? Result<void>() : database.run("ALTER TABLE waiting ADD COLUMN due INTEGER");
}

std::string_view bytes_of(const std::vector<Hash128>& keys) {
  return {reinterpret_cast<const char*>(keys.data()), keys.size() * sizeof(Hash128)};
}

std::vector<Hash128> keys_from(std::string_view bytes) {
  std::vector<Hash128> keys(bytes.size() / sizeof(Hash128));
  if (!keys.empty()) std::memcpy(keys.data(), bytes.data(), keys.size() * sizeof(Hash128));
  return keys;
}

bool waits(Outcome outcome) {
  return outcome == Outcome::parked || outcome == Outcome::held || outcome == Outcome::released;
}

bool matters(RecordKind kind) {
  return kind == RecordKind::receipts || kind == RecordKind::cursor || kind == RecordKind::state ||
         kind == RecordKind::generation;
}

}  // namespace

Result<std::unique_ptr<MainWriter>> MainWriter::open(const std::string& path, const std::string& boot) {
  auto database = Database::open(path, Database::Mode::make);
  if (!database) return std::unexpected(database.error());
  std::unique_ptr<MainWriter> writer(new MainWriter());
  writer->database_ = std::move(*database);
  if (auto done = writer->database_.run(tables); !done) return std::unexpected(done.error());
  if (auto done = add_due(writer->database_); !done) return std::unexpected(done.error());
  auto facts = facts_of(writer->database_);
  if (!facts) return std::unexpected(facts.error());
  writer->facts_ = {facts->next, boot, false};
  writer->saved_next_ = facts->next;
  if (auto done = writer->prepare(); !done) return std::unexpected(done.error());
  if (auto done = writer->find_waiting_targets(); !done) return std::unexpected(done.error());
  if (auto done = writer->save_facts(); !done) return std::unexpected(done.error());
  if (facts->clean)
    if (auto done = writer->database_.checkpoint(); !done) return std::unexpected(done.error());
  return writer;
}

Result<void> MainWriter::prepare() {
  return prepare_all(
      database_,
      {
          {&set_fact_, "INSERT OR REPLACE INTO facts VALUES(?,?)"},
          {&set_cursor_, "INSERT OR REPLACE INTO cursors VALUES(?,?)"},
          {&put_finished_,
           "INSERT OR IGNORE INTO finished SELECT ?1, ?2, ?3 WHERE ?2 >= coalesce((SELECT position FROM cursors WHERE "
           "target = ?1), 0)"},
          {&forget_finished_, "DELETE FROM finished WHERE target = ? AND position < ?"},
          {&find_waiting_, "SELECT outcome, keys FROM waiting WHERE target=? AND position=? AND part=? AND route=?"},
          {&put_waiting_, "INSERT OR REPLACE INTO waiting VALUES(?,?,?,?,?,?,?,?,?,?)"},
          {&remove_waiting_, "DELETE FROM waiting WHERE target=? AND position=? AND part=? AND route=?"},
          {&put_key_, "INSERT OR IGNORE INTO waiting_keys VALUES(?,?,?,?,?)"},
          {&remove_keys_,
           "DELETE FROM waiting_keys WHERE target=?1 AND position=?2 AND part=?3 AND route=?4 AND key=?5"},
          {&count_,
           "INSERT INTO counts VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(target) DO UPDATE SET delivered=delivered+?2, "
           "parked=parked+?3, "
           "held=held+?4, discarded=discarded+?5, last_delivered=max(last_delivered,?6)"},
          {&set_state_, "INSERT OR REPLACE INTO state VALUES(?,?,?)"},
          {&unset_state_, "DELETE FROM state WHERE source=? AND key=?"},
          {&set_generation_, "INSERT OR REPLACE INTO generations VALUES(?,?)"},
      });
}

Result<void> MainWriter::save_facts() {
  auto done = set_fact_.bind(1, std::string_view("next")).bind(2, static_cast<std::int64_t>(facts_.next)).run();
  if (done) done = set_fact_.bind(1, std::string_view("clean")).bind(2, std::int64_t{facts_.clean}).run();
  if (done) done = set_fact_.bind(1, std::string_view("boot")).bind(2, std::string_view(facts_.boot)).run();
  return done;
}

Result<void> MainWriter::apply(const Batch& batch) {
  if (batch.next <= facts_.next) return {};
  auto concerns = std::any_of(batch.entries.begin(), batch.entries.end(),
                              [&](const Entry& entry) { return entry.position >= facts_.next && matters(entry.kind); });
  if (!concerns && batch.next < saved_next_ + lazy_records) {
    facts_.next = batch.next;
    return {};
  }
  auto before = facts_.next;
  auto undo = [&](Problem problem) -> Result<void> {
    if (auto done = database_.run("ROLLBACK"); !done) problem.message += "; " + done.error().message;
    facts_.next = before;
    return std::unexpected(std::move(problem));
  };
  counted_.clear();
  cursors_.clear();
  if (auto done = database_.run("BEGIN IMMEDIATE"); !done) return done;
  if (auto done = read_cursors(batch); !done) return undo(done.error());
  for (const auto& entry : batch.entries) {
    if (entry.position < before || !matters(entry.kind)) continue;
    if (auto done = take(entry, batch); !done) return undo(done.error());
  }
  if (auto done = write_counts(); !done) return undo(done.error());
  if (auto done = write_cursors(); !done) return undo(done.error());
  facts_.next = batch.next;
  if (auto done = set_fact_.bind(1, std::string_view("next")).bind(2, static_cast<std::int64_t>(batch.next)).run();
      !done)
    return undo(done.error());
  if (auto done = database_.run("COMMIT"); !done) return undo(done.error());
  saved_next_ = batch.next;
  return {};
}

// A body that cannot be decoded changes nothing: the record stays in the log, and reindex meets it again.
Result<void> MainWriter::take(const Entry& entry, const Batch& batch) {
  if (entry.kind == RecordKind::generation)
    return set_generation_.bind(1, std::int64_t{entry.generation})
        .bind(2, static_cast<std::int64_t>(entry.position))
        .run();
  const auto& body = batch.bodies[entry.body - 1];
  if (entry.kind == RecordKind::receipts) {
    auto receipts = decode_receipts(body);
    if (!receipts) return {};
    for (const auto& receipt : *receipts)
      if (auto done = take(receipt); !done) return done;
  } else if (entry.kind == RecordKind::state) {
    auto change = decode_state(body);
    if (!change) return {};
    std::string_view source = change->source;
    for (const auto& [key, value] : change->set)
      if (auto done = set_state_.bind(1, source).bind(2, std::string_view(key)).bind(3, std::string_view(value)).run();
          !done)
        return done;
    for (const auto& key : change->unset)
      if (auto done = unset_state_.bind(1, source).bind(2, std::string_view(key)).run(); !done) return done;
  }
  return {};
}

// Where each target's cursor stands after this batch: what is finished below it need not be remembered.
Result<void> MainWriter::read_cursors(const Batch& batch) {
  for (const auto& entry : batch.entries) {
    if (entry.position < facts_.next || entry.kind != RecordKind::cursor) continue;
    auto moves = decode_cursors(batch.bodies[entry.body - 1]);
    if (!moves) continue;
    for (const auto& move : *moves) cursors_[move.target] = move.position;
  }
  return {};
}

Result<void> MainWriter::write_cursors() {
  for (const auto& [target, cursor] : cursors_) {
    auto position = static_cast<std::int64_t>(cursor);
    if (auto done = set_cursor_.bind(1, std::string_view(target)).bind(2, position).run(); !done) return done;
    if (auto done = forget_finished_.bind(1, std::string_view(target)).bind(2, position).run(); !done) return done;
  }
  return {};
}

// Hops from target to target: the table may have millions of rows.
Result<void> MainWriter::find_waiting_targets() {
  auto statement = database_.prepare(
      "WITH RECURSIVE hop(target) AS (SELECT min(target) FROM waiting UNION ALL "
      "SELECT (SELECT min(target) FROM waiting WHERE target > hop.target) FROM hop WHERE hop.target IS NOT NULL) "
      "SELECT target FROM hop WHERE target IS NOT NULL");
  if (!statement) return std::unexpected(statement.error());
  while (true) {
    auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    waiting_targets_.emplace(statement->text(0));
  }
}

Result<void> MainWriter::take(const Receipt& receipt) {
  std::optional<Outcome> before;
  std::vector<Hash128> keys;
  if (waiting_targets_.contains(receipt.target)) {
    auto row = find_waiting_.bind(1, std::string_view(receipt.target))
                   .bind(2, static_cast<std::int64_t>(receipt.position))
                   .bind(3, std::int64_t{receipt.part})
                   .bind(4, std::string_view(receipt.route))
                   .step();
    if (!row) return std::unexpected(row.error());
    if (*row) {
      before = static_cast<Outcome>(find_waiting_.integer(0));
      keys = keys_from(find_waiting_.bytes(1));
    }
    find_waiting_.reset();
  }
  count(receipt, before);
  if (waits(receipt.outcome)) {
    waiting_targets_.insert(receipt.target);
    return put_waiting(receipt, receipt.keys.empty() ? keys : receipt.keys);
  }
  auto cursor = cursors_.find(receipt.target);
  if (cursor == cursors_.end() || receipt.position >= cursor->second)
    if (auto done = put_finished_.bind(1, std::string_view(receipt.target))
                        .bind(2, static_cast<std::int64_t>(receipt.position))
                        .bind(3, std::int64_t{receipt.part})
                        .run();
        !done)
      return done;
  if (before) return remove_waiting(receipt, keys);
  return {};
}

Result<void> MainWriter::put_waiting(const Receipt& receipt, const std::vector<Hash128>& keys) {
  std::string_view target = receipt.target, route = receipt.route;
  auto position = static_cast<std::int64_t>(receipt.position);
  auto done = put_waiting_.bind(1, target)
                  .bind(2, position)
                  .bind(3, std::int64_t{receipt.part})
                  .bind(4, route)
                  .bind_bytes(5, bytes_of(keys))
                  .bind(6, std::int64_t{static_cast<std::uint8_t>(receipt.outcome)})
                  .bind(7, std::int64_t{receipt.attempts})
                  .bind(8, std::string_view(receipt.reason))
                  .bind(9, receipt.at)
                  .bind(10, receipt.due)
                  .run();
  for (const auto& key : keys)
    if (done)
      done = put_key_.bind(1, target)
                 .bind(2, key)
                 .bind(3, position)
                 .bind(4, std::int64_t{receipt.part})
                 .bind(5, route)
                 .run();
  return done;
}

Result<void> MainWriter::remove_waiting(const Receipt& receipt, const std::vector<Hash128>& keys) {
  std::string_view target = receipt.target, route = receipt.route;
  auto position = static_cast<std::int64_t>(receipt.position);
  auto done =
      remove_waiting_.bind(1, target).bind(2, position).bind(3, std::int64_t{receipt.part}).bind(4, route).run();
  for (const auto& key : keys)
    if (done)
      done = remove_keys_.bind(1, target)
                 .bind(2, position)
                 .bind(3, std::int64_t{receipt.part})
                 .bind(4, route)
                 .bind(5, key)
                 .run();
  return done;
}

void MainWriter::count(const Receipt& receipt, std::optional<Outcome> before) {
  auto is = [&](Outcome outcome) { return std::int64_t{receipt.outcome == outcome}; };
  auto was = [&](Outcome outcome) { return std::int64_t{before == outcome}; };
  auto& counted = counted_[receipt.target];
  counted.delivered += is(Outcome::delivered);
  counted.parked += is(Outcome::parked) - was(Outcome::parked);
  counted.held += is(Outcome::held) - was(Outcome::held);
  counted.discarded += is(Outcome::discarded);
  if (receipt.outcome == Outcome::delivered)
    counted.last_delivered = std::max(counted.last_delivered, static_cast<std::int64_t>(receipt.position));
}

Result<void> MainWriter::write_counts() {
  for (const auto& [target, counted] : counted_)
    if (auto done = count_.bind(1, std::string_view(target))
                        .bind(2, counted.delivered)
                        .bind(3, counted.parked)
                        .bind(4, counted.held)
                        .bind(5, counted.discarded)
                        .bind(6, counted.last_delivered)
                        .run();
        !done)
      return done;
  return {};
}

Result<void> MainWriter::rest() {
  if (auto done = save_facts(); !done) return done;
  if (auto done = database_.checkpoint(); !done) return done;
  facts_.clean = true;  // only now: see PartitionWriter::rest
  if (auto done = save_facts(); !done) return done;
  return database_.checkpoint();
}

Result<void> copy_database(const std::string& from, const std::string& to) {
  std::error_code error;
  std::filesystem::remove(to, error);
  {
    auto source = Database::open(from, Database::Mode::read);
    if (!source) return std::unexpected(source.error());
    auto statement = source->prepare("VACUUM INTO ?");
    if (!statement) return std::unexpected(statement.error());
    if (auto done = statement->bind(1, std::string_view(to)).run(); !done) return done;
  }
  {
    auto copy = Database::open(to, Database::Mode::make);
    if (!copy) return std::unexpected(copy.error());
    if (auto done = copy->checkpoint(); !done) return done;
    if (auto done = copy->run("UPDATE facts SET value = 1 WHERE name = 'clean'"); !done) return done;
    return copy->checkpoint();
  }
}

Result<void> MainWriter::save_copy(const std::string& path) {
  if (saved_next_ != facts_.next)
    if (auto done = save_facts(); !done) return done;
  saved_next_ = facts_.next;
  auto temporary = path + ".new";
  if (auto done = copy_database(database_.path(), temporary); !done) return done;
  std::error_code error;
  std::filesystem::rename(temporary, path, error);
  if (error)
    return fail("view.failed", fmt::format("{} cannot be renamed: {}", temporary, error.message()),
                "check the rights of this folder");
  return sync_file(path);
}

Result<MainFacts> read_main_facts(const std::string& path) {
  auto database = Database::open(path, Database::Mode::read);
  if (!database) return std::unexpected(database.error());
  return facts_of(*database);
}

Result<std::unique_ptr<MainReader>> MainReader::open(const std::string& path) {
  auto database = Database::open(path, Database::Mode::read);
  if (!database) return std::unexpected(database.error());
  std::unique_ptr<MainReader> reader(new MainReader());
  reader->database_ = std::move(*database);
#define SIMPUL_WAITING                                                                                          \
  "SELECT w.target, w.route, w.position, w.part, w.keys, w.outcome, w.attempts, w.reason, w.since, w.due FROM " \
  "waiting w "
  auto done = prepare_all(
      reader->database_,
      {
          {&reader->cursor_, "SELECT position FROM cursors WHERE target = ?"},
          {&reader->finished_,
           "SELECT position, part FROM finished WHERE target = ?1 AND (position, part) >= (?2, ?3) "
           "ORDER BY position, part LIMIT ?4"},
          {&reader->waiting_, SIMPUL_WAITING
           "WHERE w.target = ?1 AND (w.position, w.part) >= (?2, ?3) ORDER BY w.position, w.part, w.route LIMIT ?4"},
          {&reader->waiting_key_, SIMPUL_WAITING
           "JOIN waiting_keys k ON k.target = w.target AND k.position = w.position AND k.part = w.part AND "
           "k.route = w.route WHERE k.target = ?1 AND k.key = ?5 AND (k.position, k.part) >= (?2, ?3) "
           "ORDER BY k.position, k.part, k.route LIMIT ?4"},
          {&reader->parked_,
           SIMPUL_WAITING "WHERE w.target = ?1 AND w.outcome = 1 ORDER BY w.position, w.part LIMIT ?2"},
          {&reader->parked_all_, SIMPUL_WAITING "WHERE w.outcome = 1 ORDER BY w.target, w.position, w.part LIMIT ?2"},
          {&reader->counts_, "SELECT delivered, parked, held, discarded, last_delivered FROM counts WHERE target = ?"},
          {&reader->state_, "SELECT value FROM state WHERE source = ? AND key = ?"},
          {&reader->states_, "SELECT key, value FROM state WHERE source = ?1 AND key > ?2 ORDER BY key LIMIT ?3"},
          {&reader->generation_, "SELECT position FROM generations WHERE number = ?"},
          {&reader->newest_generation_, "SELECT position FROM generations ORDER BY number DESC LIMIT 1"},
      });
#undef SIMPUL_WAITING
  if (!done) return std::unexpected(done.error());
  return reader;
}

namespace {

// The one integer of the first row.
Result<std::optional<Position>> one(Statement& statement) {
  auto row = statement.step();
  if (!row) return std::unexpected(row.error());
  std::optional<Position> result;
  if (*row) result = static_cast<Position>(statement.integer(0));
  statement.reset();
  return result;
}

}  // namespace

Result<std::optional<Position>> MainReader::cursor(std::string_view target) {
  return one(cursor_.bind(1, target));
}

Result<std::optional<Position>> MainReader::generation(std::optional<std::uint32_t> number) {
  return number ? one(generation_.bind(1, std::int64_t{*number})) : one(newest_generation_);
}

Result<std::vector<Waiting>> MainReader::collect(Statement& statement) {
  std::vector<Waiting> all;
  while (true) {
    auto row = statement.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    auto& waiting = all.emplace_back();
    waiting.target = statement.text(0);
    waiting.route = statement.text(1);
    waiting.position = static_cast<Position>(statement.integer(2));
    waiting.part = static_cast<std::uint32_t>(statement.integer(3));
    waiting.keys = keys_from(statement.bytes(4));
    waiting.outcome = static_cast<Outcome>(statement.integer(5));
    waiting.attempts = static_cast<std::uint32_t>(statement.integer(6));
    waiting.reason = statement.text(7);
    waiting.since = statement.integer(8);
    waiting.due = statement.integer(9);
  }
  statement.reset();
  return all;
}

Result<std::vector<std::pair<Position, std::uint32_t>>> MainReader::finished(std::string_view target, Position from,
                                                                             std::uint32_t part, std::size_t limit) {
  finished_.bind(1, target)
      .bind(2, static_cast<std::int64_t>(from))
      .bind(3, std::int64_t{part})
      .bind(4, static_cast<std::int64_t>(limit));
  std::vector<std::pair<Position, std::uint32_t>> all;
  while (true) {
    auto row = finished_.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    all.emplace_back(static_cast<Position>(finished_.integer(0)), static_cast<std::uint32_t>(finished_.integer(1)));
  }
  finished_.reset();
  return all;
}

Result<std::vector<Waiting>> MainReader::waiting(std::string_view target, Position from, std::uint32_t part,
                                                 std::size_t limit, const Hash128* key) {
  auto& statement = key ? waiting_key_ : waiting_;
  statement.bind(1, target)
      .bind(2, static_cast<std::int64_t>(from))
      .bind(3, std::int64_t{part})
      .bind(4, static_cast<std::int64_t>(limit));
  if (key) statement.bind(5, *key);
  return collect(statement);
}

Result<std::vector<Waiting>> MainReader::parked(std::string_view target, std::size_t limit) {
  auto& statement = target.empty() ? parked_all_ : parked_;
  if (!target.empty()) statement.bind(1, target);
  return collect(statement.bind(2, static_cast<std::int64_t>(limit)));
}

Result<View::Counts> MainReader::counts(std::string_view target) {
  auto row = counts_.bind(1, target).step();
  if (!row) return std::unexpected(row.error());
  View::Counts counts;
  if (*row) {
    auto at = [&](int column) { return static_cast<std::uint64_t>(counts_.integer(column)); };
    counts = {at(0), at(1), at(2), at(3), at(4)};
  }
  counts_.reset();
  return counts;
}

Result<std::optional<std::string>> MainReader::state(std::string_view source, std::string_view key) {
  auto row = state_.bind(1, source).bind(2, key).step();
  if (!row) return std::unexpected(row.error());
  std::optional<std::string> value;
  if (*row) value = std::string(state_.text(0));
  state_.reset();
  return value;
}

Result<std::vector<MainReader::StateRow>> MainReader::states(std::string_view source, std::string_view after,
                                                             std::size_t limit) {
  states_.bind(1, source).bind(2, after).bind(3, static_cast<std::int64_t>(limit));
  std::vector<StateRow> rows;
  while (true) {
    auto row = states_.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    rows.push_back({std::string(states_.text(0)), std::string(states_.text(1))});
  }
  states_.reset();
  return rows;
}

}  // namespace simpul::view_db
