#include "bus/log/view_partition.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "bus/log/records.h"

namespace simpul::view_db {
namespace {

constexpr const char* tables = R"(
CREATE TABLE IF NOT EXISTS facts(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS names(id INTEGER PRIMARY KEY, name TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS records(position INTEGER PRIMARY KEY, kind INTEGER, time INTEGER, type INTEGER, app INTEGER, generation INTEGER);
CREATE TABLE IF NOT EXISTS identities(identity BLOB, position INTEGER, event INTEGER, content BLOB,
  PRIMARY KEY(identity, position)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hashes(hash BLOB, position INTEGER, how INTEGER, PRIMARY KEY(hash, position)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kinds(kind INTEGER, position INTEGER, PRIMARY KEY(kind, position)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS receipts(event INTEGER, record INTEGER, PRIMARY KEY(event, record)) WITHOUT ROWID;
)";

constexpr std::uint64_t first_capacity = 64 * 1024;
const Hash128 none{};
// hashes.how: the subject is often a key as well, and then needs one row.
constexpr std::int64_t is_subject = 1, is_key = 2;

// A hash on its way into a B-tree, ordered as SQLite orders bytes.
struct Sorted {
  std::uint64_t high, low;
  Position position;
  const Entry* entry;
  std::int64_t how;
  Sorted(const Hash128& hash, const Entry& of, std::int64_t as)
      : high(__builtin_bswap64(hash.low())),
        low(__builtin_bswap64(hash.high())),
        position(of.position),
        entry(&of),
        how(as) {}
  bool operator<(const Sorted& other) const {
    return high != other.high ? high < other.high : low != other.low ? low < other.low : position < other.position;
  }
  bool same_row(const Sorted& other) const {
    return high == other.high && low == other.low && position == other.position;
  }
  Hash128 hash() const {
    std::uint64_t words[2] = {__builtin_bswap64(high), __builtin_bswap64(low)};
    Hash128 hash;
    std::memcpy(hash.bytes.data(), words, sizeof words);
    return hash;
  }
};

Result<PartitionFacts> facts_of(Database& database) {
  auto statement = database.prepare("SELECT name, value FROM facts");
  if (!statement) return std::unexpected(statement.error());
  PartitionFacts facts;
  while (true) {
    auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return facts;
    auto name = statement->text(0);
    if (name == "first")
      facts.first = static_cast<Position>(statement->integer(1));
    else if (name == "next")
      facts.next = static_cast<Position>(statement->integer(1));
    else if (name == "closed")
      facts.closed = statement->integer(1) != 0;
    else if (name == "clean")
      facts.clean = statement->integer(1) != 0;
    else if (name == "boot")
      facts.boot = statement->text(1);
    else if (name == "least_event")
      facts.least_event = static_cast<Position>(statement->integer(1));
    else if (name == "greatest_event")
      facts.greatest_event = static_cast<Position>(statement->integer(1));
  }
}

Result<std::shared_ptr<Filter>> filter_of(Database& database, std::uint64_t capacity) {
  auto filter = std::make_shared<Filter>(capacity);
  auto statement = database.prepare("SELECT identity FROM identities WHERE event = 1");
  if (!statement) return std::unexpected(statement.error());
  while (true) {
    auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    filter->add(statement->hash(0));
  }
  if (filter->crowded()) return filter_of(database, filter->count() * 2);
  return filter;
}

Result<void> write_filter(const Filter& filter, const std::string& path) {
  auto temporary = path + ".new";
  {
    std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
    auto file = filter.to_file();
    out.write(file.data(), static_cast<std::streamsize>(file.size()));
    if (!out.flush())
      return fail("view.failed", fmt::format("{} cannot be written", temporary), "check the disk and its room");
  }
  if (auto done = sync_file(temporary); !done) return done;
  std::error_code error;
  std::filesystem::rename(temporary, path, error);
  if (error)
    return fail("view.failed", fmt::format("{} cannot be renamed: {}", temporary, error.message()),
                "check the rights of this folder");
  return {};
}

}  // namespace

std::string partition_name(Position first) {
  return fmt::format("part-{:020}.db", first);
}

std::optional<Position> parse_partition_name(std::string_view name) {
  if (name.size() != 28 || !name.starts_with("part-") || !name.ends_with(".db")) return std::nullopt;
  Position first = 0;
  auto [end, error] = std::from_chars(name.data() + 5, name.data() + 25, first);
  if (error != std::errc{} || end != name.data() + 25) return std::nullopt;
  return first;
}

std::string filter_path(const std::string& partition_path) {
  return partition_path.substr(0, partition_path.size() - 3) + ".filter";
}

Result<std::unique_ptr<PartitionWriter>> PartitionWriter::open(const std::string& path, Position first,
                                                               const std::string& boot) {
  auto database = Database::open(path, Database::Mode::make);
  if (!database) return std::unexpected(database.error());
  std::unique_ptr<PartitionWriter> writer(new PartitionWriter());
  writer->database_ = std::move(*database);
  if (auto done = writer->database_.run(tables); !done) return std::unexpected(done.error());
  auto facts = facts_of(writer->database_);
  if (!facts) return std::unexpected(facts.error());
  writer->facts_ = *facts;
  writer->facts_.first = first;
  writer->facts_.next = std::max(first, facts->next);
  writer->facts_.boot = boot;
  writer->facts_.clean = false;
  if (auto done = writer->prepare(); !done) return std::unexpected(done.error());
  if (auto done = writer->save_facts(); !done) return std::unexpected(done.error());
  if (facts->clean)  // "not clean" must be durable before anything changes
    if (auto done = writer->database_.checkpoint(); !done) return std::unexpected(done.error());
  if (auto done = writer->load_filter(first_capacity); !done) return std::unexpected(done.error());
  return writer;
}

Result<void> PartitionWriter::prepare() {
  struct Wanted {
    Statement* statement;
    const char* sql;
  };
  for (auto [statement, sql] : std::initializer_list<Wanted>{
           {&insert_record_, "INSERT OR REPLACE INTO records VALUES(?,?,?,?,?,?)"},
           {&insert_identity_, "INSERT OR REPLACE INTO identities VALUES(?,?,?,?)"},
           {&insert_hash_, "INSERT OR REPLACE INTO hashes VALUES(?,?,?)"},
           {&insert_kind_, "INSERT OR IGNORE INTO kinds VALUES(?,?)"},
           {&insert_receipt_, "INSERT OR IGNORE INTO receipts VALUES(?,?)"},
           {&insert_name_, "INSERT OR IGNORE INTO names(name) VALUES(?)"},
           {&find_name_, "SELECT id FROM names WHERE name = ?"},
           {&set_fact_, "INSERT OR REPLACE INTO facts VALUES(?,?)"},
       }) {
    auto prepared = database_.prepare(sql);
    if (!prepared) return std::unexpected(prepared.error());
    *statement = std::move(*prepared);
  }
  return {};
}

Result<void> PartitionWriter::load_filter(std::uint64_t capacity) {
  auto filter = filter_of(database_, capacity);
  if (!filter) return std::unexpected(filter.error());
  filter_ = std::move(*filter);
  return {};
}

Result<std::int64_t> PartitionWriter::name_id(std::string_view name) {
  constexpr std::size_t remembered = 10'000;
  auto known = names_.find(std::string(name));
  if (known != names_.end()) return known->second;
  if (auto done = insert_name_.bind(1, name).run(); !done) return std::unexpected(done.error());
  auto row = find_name_.bind(1, name).step();
  if (!row) return std::unexpected(row.error());
  auto id = find_name_.integer(0);
  find_name_.reset();
  if (names_.size() < remembered) names_.emplace(name, id);
  return id;
}

Result<void> PartitionWriter::save_facts() {
  auto set = [&](std::string_view name, Position value) {
    return set_fact_.bind(1, name).bind(2, static_cast<std::int64_t>(value)).run();
  };
  for (auto [name, value] :
       std::initializer_list<std::pair<std::string_view, Position>>{{"first", facts_.first},
                                                                    {"next", facts_.next},
                                                                    {"closed", facts_.closed},
                                                                    {"clean", facts_.clean},
                                                                    {"least_event", facts_.least_event},
                                                                    {"greatest_event", facts_.greatest_event}})
    if (auto done = set(name, value); !done) return done;
  return set_fact_.bind(1, std::string_view("boot")).bind(2, std::string_view(facts_.boot)).run();
}

Result<void> PartitionWriter::apply(const Batch& batch, std::size_t begin, std::size_t end, Position next) {
  while (begin < end && batch.entries[begin].position < facts_.next) ++begin;
  if (next <= facts_.next) return {};
  auto before = facts_;
  auto undo = [&](Problem problem) -> Result<void> {
    if (auto done = database_.run("ROLLBACK"); !done) problem.message += "; " + done.error().message;
    facts_ = before;
    names_.clear();
    return std::unexpected(std::move(problem));
  };
  if (auto done = database_.run("BEGIN IMMEDIATE"); !done) return done;
  if (auto done = insert(batch, begin, end); !done) return undo(done.error());
  facts_.next = next;
  if (auto done = set_fact_.bind(1, std::string_view("next")).bind(2, static_cast<std::int64_t>(next)).run(); !done)
    return undo(done.error());
  if (facts_.least_event != before.least_event || facts_.greatest_event != before.greatest_event)
    if (auto done = save_facts(); !done) return undo(done.error());
  if (auto done = database_.run("COMMIT"); !done) return undo(done.error());
  for (auto i = begin; i < end; ++i)
    if (batch.entries[i].kind == RecordKind::event) filter_->add(batch.entries[i].identity);
  if (filter_->crowded()) return load_filter(filter_->count() * 4);
  return {};
}

Result<void> PartitionWriter::insert(const Batch& batch, std::size_t begin, std::size_t end) {
  std::vector<Sorted> identities, hashes;
  std::vector<std::int64_t> ids(batch.names.size(), 0);
  auto id_of = [&](std::uint32_t name) -> Result<std::int64_t> {
    if (ids[name] == 0) {
      auto id = name_id(batch.name(name));
      if (!id) return id;
      ids[name] = *id;
    }
    return ids[name];
  };
  for (auto i = begin; i < end; ++i) {
    const auto& entry = batch.entries[i];
    auto position = static_cast<std::int64_t>(entry.position);
    auto type = id_of(entry.type), app = id_of(entry.app);
    if (!type) return std::unexpected(type.error());
    if (!app) return std::unexpected(app.error());
    auto done = insert_record_.bind(1, position)
                    .bind(2, std::int64_t{static_cast<std::uint8_t>(entry.kind)})
                    .bind(3, entry.time)
                    .bind(4, *type)
                    .bind(5, *app)
                    .bind(6, std::int64_t{entry.generation})
                    .run();
    if (!done) return done;
    if (entry.kind != RecordKind::event)
      if (done = insert_kind_.bind(1, std::int64_t{static_cast<std::uint8_t>(entry.kind)}).bind(2, position).run();
          !done)
        return done;
    if (entry.identity != none) identities.emplace_back(entry.identity, entry, 0);
    if (entry.subject != none) hashes.emplace_back(entry.subject, entry, is_subject);
    for (std::uint32_t k = 0; k < entry.key_count; ++k)
      hashes.emplace_back(batch.keys[entry.first_key + k], entry, is_key);
    if (entry.kind == RecordKind::receipts) {
      auto receipts = decode_receipts(batch.bodies[entry.body - 1]);
      if (!receipts) continue;  // the record stays; only its receipts cannot be found
      for (const auto& receipt : *receipts) {
        facts_.least_event = std::min(facts_.least_event, receipt.position);
        facts_.greatest_event = std::max(facts_.greatest_event, receipt.position);
        if (done = insert_receipt_.bind(1, static_cast<std::int64_t>(receipt.position)).bind(2, position).run(); !done)
          return done;
      }
    }
  }
  // In order, so that a B-tree's page is touched once a batch.
  std::sort(identities.begin(), identities.end());
  std::sort(hashes.begin(), hashes.end());
  for (const auto& row : identities) {
    auto hash = row.hash();
    if (auto done = insert_identity_.bind(1, hash)
                        .bind(2, static_cast<std::int64_t>(row.position))
                        .bind(3, std::int64_t{row.entry->kind == RecordKind::event})
                        .bind(4, row.entry->content)
                        .run();
        !done)
      return done;
  }
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    auto how = hashes[i].how;
    while (i + 1 < hashes.size() && hashes[i].same_row(hashes[i + 1])) how |= hashes[++i].how;
    auto hash = hashes[i].hash();
    if (auto done =
            insert_hash_.bind(1, hash).bind(2, static_cast<std::int64_t>(hashes[i].position)).bind(3, how).run();
        !done)
      return done;
  }
  return {};
}

Result<void> PartitionWriter::close(Position next) {
  facts_.next = next;
  facts_.closed = true;
  if (auto done = database_.run("CREATE INDEX IF NOT EXISTS records_by_type ON records(type, position)"); !done)
    return done;
  if (auto done = write_filter(*filter_, filter_path(path())); !done) return done;
  return rest();
}

Result<void> PartitionWriter::rest() {
  // First the content, then the word that it is whole: a stop of the machine in between must not keep only the word.
  if (auto done = database_.checkpoint(); !done) return done;
  facts_.clean = true;
  if (auto done = save_facts(); !done) return done;
  return database_.checkpoint();
}

Result<PartitionFacts> read_facts(const std::string& path) {
  auto database = Database::open(path, Database::Mode::read);
  if (!database) return std::unexpected(database.error());
  return facts_of(*database);
}

Result<std::shared_ptr<Filter>> rebuild_filter(const std::string& path) {
  auto database = Database::open(path, Database::Mode::read);
  if (!database) return std::unexpected(database.error());
  auto filter = filter_of(*database, first_capacity);
  if (!filter) return filter;
  if (auto done = write_filter(**filter, filter_path(path)); !done) return std::unexpected(done.error());
  return filter;
}

Result<std::unique_ptr<PartitionReader>> PartitionReader::open(const std::string& path, bool closed) {
  auto database = Database::open(path, closed ? Database::Mode::read_closed : Database::Mode::read);
  if (!database) return std::unexpected(database.error());
  std::unique_ptr<PartitionReader> reader(new PartitionReader());
  reader->database_ = std::move(*database);
  std::string record = "SELECT r.position, r.kind, r.time, t.name, a.name FROM ";
  std::string names = " JOIN names t ON t.id = r.type JOIN names a ON a.id = r.app ";
  std::string joined = " x JOIN records r ON r.position = x.position" + names;
  for (auto& [statement, sql] : std::initializer_list<std::pair<Statement*, std::string>>{
           {&reader->find_,
            "SELECT position, content FROM identities WHERE identity = ? AND event = 1 ORDER BY position LIMIT 1"},
           {&reader->by_identity_,
            record + "identities" + joined + "WHERE x.identity = ?1 ORDER BY x.position LIMIT ?2"},
           {&reader->by_hash_,
            record + "hashes" + joined + "WHERE x.hash = ?1 AND x.how & ?3 ORDER BY x.position LIMIT ?2"},
           {&reader->by_type_, record + "records r" + names +
                                   "WHERE r.type = (SELECT id FROM names WHERE name = ?1) AND r.position >= ?3 ORDER "
                                   "BY r.position LIMIT ?2"},
           {&reader->by_kind_,
            record + "kinds" + joined + "WHERE x.kind = ?1 AND x.position >= ?3 ORDER BY x.position LIMIT ?2"},
           {&reader->by_event_,
            record + "records r" + names + "WHERE r.kind = ?1 AND r.position >= ?3 ORDER BY r.position LIMIT ?2"},
           {&reader->receipts_, "SELECT record FROM receipts WHERE event = ? ORDER BY record"},
       }) {
    auto prepared = reader->database_.prepare(sql);
    if (!prepared) return std::unexpected(prepared.error());
    *statement = std::move(*prepared);
  }
  return reader;
}

Result<std::optional<Known>> PartitionReader::find(const Hash128& identity) {
  auto row = find_.bind(1, identity).step();
  if (!row) return std::unexpected(row.error());
  std::optional<Known> known;
  if (*row) known = Known{static_cast<Position>(find_.integer(0)), find_.hash(1)};
  find_.reset();
  return known;
}

Result<void> PartitionReader::collect(Statement& statement, std::size_t limit, std::vector<IndexedRecord>& out) {
  statement.bind(2, static_cast<std::int64_t>(limit - out.size()));
  while (true) {
    auto row = statement.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    out.push_back({static_cast<Position>(statement.integer(0)), static_cast<RecordKind>(statement.integer(1)),
                   statement.integer(2), std::string(statement.text(3)), std::string(statement.text(4))});
  }
  statement.reset();
  return {};
}

Result<void> PartitionReader::by(By by, const Hash128& hash, std::size_t limit, std::vector<IndexedRecord>& out) {
  if (by == By::identity) return collect(by_identity_.bind(1, hash), limit, out);
  return collect(by_hash_.bind(1, hash).bind(3, by == By::subject ? is_subject : is_key), limit, out);
}

Result<void> PartitionReader::by_type(std::string_view type, Position from, std::size_t limit,
                                      std::vector<IndexedRecord>& out) {
  return collect(by_type_.bind(1, type).bind(3, static_cast<std::int64_t>(from)), limit, out);
}

Result<void> PartitionReader::by_kind(RecordKind kind, Position from, std::size_t limit,
                                      std::vector<IndexedRecord>& out) {
  auto& statement = kind == RecordKind::event ? by_event_ : by_kind_;
  return collect(
      statement.bind(1, std::int64_t{static_cast<std::uint8_t>(kind)}).bind(3, static_cast<std::int64_t>(from)), limit,
      out);
}

Result<void> PartitionReader::receipt_records(Position event, std::vector<Position>& out) {
  receipts_.bind(1, static_cast<std::int64_t>(event));
  while (true) {
    auto row = receipts_.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    out.push_back(static_cast<Position>(receipts_.integer(0)));
  }
  receipts_.reset();
  return {};
}

}  // namespace simpul::view_db
