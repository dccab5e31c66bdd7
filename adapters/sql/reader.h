// The three ways of finding out what is new in a table: one Reader each.
//
// State of a source (keys and values as the bus keeps them):
//   counter          how many changes were ever reported; part of every id, so that A→B→A is two events
//   shape            what rows looked like when they were last compared (row_hash)
//   r/<key hash>     "<row hash> <remembered JSON>" of each known row (row_hash)
//   last             "i:<integer>", "t:<text>", "d:<real>" or "-", the last value seen (increasing)
//   o/<key hash>     the row's hash: committed, but not marked in the application's table yet (outbox)
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapters/shared/offering.h"
#include "adapters/shared/worker.h"
#include "adapters/sql/driver.h"
#include "adapters/sql/row.h"
#include "adapters/sql/settings.h"
#include "bus/adapter.h"

namespace simpul::sql {

struct ReaderContext {
  const SourceSettings& settings;
  const AdapterContext& adapter;
  Intake& intake;
  Offering& offering;
  Worker& worker;
};

// A row as it was read, its values as JSON text in the query's order.
struct Row {
  std::string key;  // hash; empty when a key column is null
  std::vector<std::pair<std::string, std::string>> values;
  std::string json;
  std::string hash;
};

class Reader {
 public:
  Reader(ReaderContext context, std::unique_ptr<Connection> connection);
  virtual ~Reader() = default;
  // Finds what is new, offers it, returns when it is committed (or the worker is to stop).
  virtual Result<void> poll() = 0;
  Connection& connection() { return *connection_; }

 protected:
  // "SELECT <key hash> AS simpul_key, q.* FROM (…) AS q <rest>"; the first column is the key's hash.
  Result<std::unique_ptr<Statement>> select(const std::vector<std::string>& key, const std::string& rest);
  Row row_of(const Statement& statement) const;
  Result<void> load_counter();
  // The next change's id; the counter is committed by add_counter().
  std::string next_id(const std::string& key);
  void add_counter(StateChanges& state) const;
  std::string origin() const;
  Item item_of(Row row, std::string change, std::string old);

  const SourceSettings& settings_;
  const AdapterContext& adapter_;
  Intake& intake_;
  Offering& offering_;
  Worker& worker_;
  std::unique_ptr<Connection> connection_;
  RowShape shape_;
  std::uint64_t counter_ = 0;
};

std::unique_ptr<Reader> make_reader(ReaderContext context, std::unique_ptr<Connection> connection);
std::unique_ptr<Reader> make_hash_reader(ReaderContext context, std::unique_ptr<Connection> connection);
std::unique_ptr<Reader> make_increasing_reader(ReaderContext context, std::unique_ptr<Connection> connection);
std::unique_ptr<Reader> make_outbox_reader(ReaderContext context, std::unique_ptr<Connection> connection);

// A JSON object of the named columns of a row.
std::string object_of(const Row& row, const std::vector<std::string>& columns);
// Fails when the query does not give a column that a field names.
Result<void> check_columns(const Statement& statement, const std::vector<std::string>& columns, std::string_view field);

}  // namespace simpul::sql
