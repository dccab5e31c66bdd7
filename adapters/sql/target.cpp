#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "adapters/shared/delivery_queue.h"
#include "adapters/shared/worker.h"
#include "adapters/sql/driver.h"
#include "adapters/sql/inbox.h"
#include "adapters/sql/row.h"
#include "adapters/sql/settings.h"
#include "adapters/sql/values.h"
#include "bus/base/environment.h"
#include "bus/event/json.h"

namespace simpul::sql {

namespace {

constexpr std::size_t credit_of_target = 256;
constexpr std::size_t statements_kept = 64;

std::string condition_of(const Connection& connection, const std::vector<std::string>& key) {
  std::string out;
  for (const auto& column : key) out += (out.empty() ? "" : " AND ") + connection.quote(column) + " = ?";
  return out;
}

// Writes rows over one connection. Everything prepared is kept until a table is altered.
class Writer {
 public:
  Writer(std::unique_ptr<Connection> connection, Inbox inbox)
      : connection_(std::move(connection)), inbox_(std::move(inbox)) {}

  Connection& connection() { return *connection_; }

  Result<void> refresh() {
    auto mark = connection_->shape_mark();
    if (!mark) return std::unexpected(mark.error());
    if (*mark != shape_) {
      statements_.clear();
      tables_.clear();
      shape_ = *mark;
    }
    return {};
  }

  // Inside a transaction. Codes of the driver and of row_to_write, and row.missing.
  Result<void> write(const Delivery& delivery, const TableSettings& table, const std::string& time) {
    auto entered = inbox_.enter(delivery.idempotency_key, time);
    if (!entered) return std::unexpected(entered.error());
    if (!*entered) return {};
    auto columns = columns_of(table.table);
    if (!columns) return std::unexpected(columns.error());
    auto row = row_to_write(delivery.payload, table, **columns);
    if (!row) return std::unexpected(row.error());
    if (table.mode == "insert") return insert(table, *row);
    if (table.mode == "upsert") return upsert(table, *row);
    auto changed = update(table, *row);
    if (!changed) return std::unexpected(changed.error());
    if (*changed == 0 && table.missing == "park")
      return fail("row.missing",
                  fmt::format("table {} has no row with this key, and mode update makes none", table.table));
    return {};
  }

 private:
  Result<const std::vector<Column>*> columns_of(const std::string& table) {
    auto found = tables_.find(table);
    if (found == tables_.end()) {
      auto columns = connection_->columns_of(table);
      if (!columns) return std::unexpected(columns.error());
      if (columns->empty())
        return fail("sql.unreachable", fmt::format("the database has no table {}", table),
                    "make the table, or mend the field `table`");
      found = tables_.emplace(table, std::move(*columns)).first;
    }
    return &found->second;
  }

  Result<Statement*> prepared(const std::string& text) {
    auto found = statements_.find(text);
    if (found == statements_.end()) {
      if (statements_.size() >= statements_kept) statements_.clear();
      auto statement = connection_->prepare(text);
      if (!statement) return std::unexpected(statement.error());
      found = statements_.emplace(text, std::move(*statement)).first;
    }
    return found->second.get();
  }

  // Runs with the cells given; the number of rows changed.
  Result<std::int64_t> run(const std::string& text, const std::vector<const Cell*>& cells) {
    auto statement = prepared(text);
    if (!statement) return std::unexpected(statement.error());
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (auto bound = (*statement)->bind(i, *cells[i]); !bound) return std::unexpected(bound.error());
    auto stepped = (*statement)->step();
    auto changed = connection_->changed();
    (*statement)->reset();
    if (!stepped) return std::unexpected(stepped.error());
    return changed;
  }

  static std::vector<const Cell*> all_cells(const RowToWrite& row) {
    std::vector<const Cell*> cells;
    for (const auto& cell : row.cells) cells.push_back(&cell);
    return cells;
  }

  Result<void> insert(const TableSettings& table, const RowToWrite& row) {
    std::string names, marks;
    for (const auto& column : row.columns) {
      names += (names.empty() ? "" : ", ") + connection_->quote(column);
      marks += marks.empty() ? "?" : ", ?";
    }
    auto done = run(fmt::format("INSERT INTO {} ({}) VALUES ({})", connection_->quote(table.table), names, marks),
                    all_cells(row));
    if (!done) return std::unexpected(done.error());
    return {};
  }

  // Rows matched, which SQLite counts also when nothing in them differs.
  Result<std::int64_t> update(const TableSettings& table, const RowToWrite& row) {
    std::string sets;
    std::vector<const Cell*> cells, keys;
    for (std::size_t i = 0; i < row.columns.size(); ++i) {
      if (std::find(table.key.begin(), table.key.end(), row.columns[i]) != table.key.end()) continue;
      sets += (sets.empty() ? "" : ", ") + connection_->quote(row.columns[i]) + " = ?";
      cells.push_back(&row.cells[i]);
    }
    if (sets.empty()) sets = fmt::format("{0} = {0}", connection_->quote(table.key.front()));
    for (const auto& column : table.key)
      cells.push_back(&row.cells[static_cast<std::size_t>(std::find(row.columns.begin(), row.columns.end(), column) -
                                                          row.columns.begin())]);
    return run(fmt::format("UPDATE {} SET {} WHERE {}", connection_->quote(table.table), sets,
                           condition_of(*connection_, table.key)),
               cells);
  }

  Result<void> upsert(const TableSettings& table, const RowToWrite& row) {
    auto text = connection_->upsert(table.table, row.columns, table.key);
    if (auto statement = prepared(text)) {
      auto done = run(text, all_cells(row));
      if (!done) return std::unexpected(done.error());
      return {};
    } else if (statement.error().code != "sql.statement") {
      return std::unexpected(statement.error());
    }
    // Legacy tables often have no unique rule on their key: then in two steps, which the transaction makes one.
    auto changed = update(table, row);
    if (!changed) return std::unexpected(changed.error());
    return *changed > 0 ? Result<void>{} : insert(table, row);
  }

  std::unique_ptr<Connection> connection_;
  Inbox inbox_;
  std::map<std::string, std::vector<Column>> tables_;
  std::map<std::string, std::unique_ptr<Statement>> statements_;
  std::int64_t shape_ = -1;
};

bool is_parked(const Problem& problem) {
  return problem.code.starts_with("row.") || problem.code == "sql.constraint" || problem.code == "sql.statement";
}

void settle(Delivery& delivery, const TableSettings& table, const Problem& problem) {
  if (problem.code == "sql.constraint") {
    auto where = problem.path.empty() ? fmt::format("table {}", table.table)
                                      : fmt::format("table {}, column {}", table.table, problem.path);
    return settle_park(delivery, fmt::format("{} does not take the row: {}", where, problem.message));
  }
  if (is_parked(problem)) return settle_park(delivery, problem.message);
  settle_retry(delivery, problem.message, problem.code == "sql.unreachable");
}

class SqlTarget : public Target {
 public:
  SqlTarget(const TargetSettings& settings, AdapterContext context)
      : settings_(settings),
        context_(std::move(context)),
        path_(resolve_path(context_.folder, settings_.database)),
        trouble_("target.sql", context_.name) {}
  ~SqlTarget() override { stop(); }

  Result<void> start() override {
    queue_.open();
    worker_.start([this] { run(); });
    return {};
  }
  void stop() override {
    queue_.close();
    worker_.stop();
  }
  std::size_t credit() const override { return credit_of_target; }
  void deliver(std::vector<Delivery> deliveries) override { queue_.push(std::move(deliveries)); }
  void ask(Question question, std::move_only_function<void(Answer)> done) override {
    queue_.push(std::move(question), std::move(done));
  }

 private:
  void run() {
    for (;;) {
      std::vector<Delivery> deliveries;
      std::vector<WaitingQuestion> questions;
      if (!queue_.take(deliveries, questions, static_cast<std::size_t>(settings_.batch_items))) break;
      for (auto& waiting : questions) answer(waiting);
      if (!deliveries.empty()) write(deliveries);
    }
    writer_.reset();
    reader_.reset();
  }

  // ---- deliveries

  Result<void> connect() {
    if (writer_ && writer_->connection().replaced()) writer_.reset();
    if (!writer_) {
      auto connection = find_driver(settings_.driver)->connect({path_, Access::write, settings_.busy_timeout});
      if (!connection) return std::unexpected(connection.error());
      auto inbox = Inbox::open(**connection, settings_.inbox);
      if (!inbox) return std::unexpected(inbox.error());
      writer_ = std::make_unique<Writer>(std::move(*connection), std::move(*inbox));
    }
    return writer_->refresh();
  }

  void write(std::vector<Delivery>& deliveries) {
    std::vector<Delivery*> known;
    for (auto& delivery : deliveries) {
      if (settings_.tables.contains(delivery.into))
        known.push_back(&delivery);
      else
        settle_park(delivery, unknown_into(delivery.into));
    }
    if (known.empty()) return;
    if (auto connected = connect(); !connected) return give_back(known, connected.error());
    auto together = transaction(known);
    if (!together && known.size() > 1 && is_parked(together.error())) {
      for (auto* delivery : known) {
        auto alone = transaction({delivery});
        if (!alone)
          settle(*delivery, settings_.tables.at(delivery->into), alone.error());
        else
          settle_delivered(*delivery);
      }
      return;
    }
    if (!together && is_parked(together.error()))
      return settle(*known.front(), settings_.tables.at(known.front()->into), together.error());
    if (!together) return give_back(known, together.error());
    trouble_.over();
    for (auto* delivery : known) settle_delivered(*delivery);
  }

  Result<void> transaction(const std::vector<Delivery*>& deliveries) {
    auto time = format_time(context_.environment.clock->wall());
    if (auto begun = writer_->connection().begin(); !begun) return begun;
    Result<void> done;
    for (auto* delivery : deliveries) {
      done = writer_->write(*delivery, settings_.tables.at(delivery->into), time);
      if (!done) break;
    }
    if (done) done = writer_->connection().commit();
    if (!done) writer_->connection().rollback();
    return done;
  }

  void give_back(const std::vector<Delivery*>& deliveries, const Problem& problem) {
    bool unreachable = problem.code == "sql.unreachable";
    trouble_.report(problem.hint.empty() ? problem.message : problem.message + "; " + problem.hint);
    if (problem.code != "sql.busy") writer_.reset();
    for (auto* delivery : deliveries) settle_retry(*delivery, problem.message, unreachable);
  }

  std::string unknown_into(const std::string& into) const {
    std::vector<std::string> names;
    for (const auto& [name, table] : settings_.tables) names.push_back(name);
    if (into.empty())
      return fmt::format("the route does not say which table of {} it writes into; one of: {}", context_.app,
                         fmt::join(names, ", "));
    return fmt::format("the target {} has no table `{}`{}", context_.app, into, did_you_mean(into, names));
  }

  // ---- lookups

  void answer(WaitingQuestion& waiting) {
    auto limit = waiting.asked + waiting.question.timeout;
    if (std::chrono::steady_clock::now() >= limit)
      return waiting.done({Answer::timed_out, {}, "the application did not come to the question in time"});
    auto found = look_up(waiting.question, limit);
    if (!found) {
      if (found.error().code == "sql.late") return waiting.done({Answer::timed_out, {}, found.error().message});
      if (found.error().code == "sql.unreachable") reader_.reset();
      return waiting.done({Answer::failed, {}, found.error().message});
    }
    if (!*found) return waiting.done({Answer::not_found, {}, {}});
    waiting.done({Answer::found, std::move(**found), {}});
  }

  Result<std::optional<std::string>> look_up(const Question& question, std::chrono::steady_clock::time_point limit) {
    auto lookup = settings_.lookups.find(question.into);
    if (lookup == settings_.lookups.end())
      return fail("lookup.unknown",
                  fmt::format("the application {} answers no lookup `{}`", context_.app, question.into));
    if (reader_ && reader_->replaced()) reader_.reset();
    if (!reader_) {
      auto connection = find_driver(settings_.driver)->connect({path_, Access::read, settings_.busy_timeout});
      if (!connection) return std::unexpected(connection.error());
      reader_ = std::move(*connection);
    }
    reader_->deadline(limit);
    auto row = first_row(question, lookup->second);
    reader_->deadline(std::nullopt);
    return row;
  }

  Result<std::optional<std::string>> first_row(const Question& question, const LookupSettings& lookup) {
    auto parameters = json::parse(question.parameters.empty() ? std::string("{}") : question.parameters);
    if (!parameters || !parameters->root().is_object())
      return fail("lookup.parameters", "the parameters are no JSON object");
    auto statement = reader_->prepare(without_end(lookup.query));
    if (!statement) return std::unexpected(statement.error());
    auto names = (*statement)->parameters();
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto* value = parameters->root().find(names[i]);
      if (names[i].empty() || value == nullptr)
        return fail("lookup.parameters",
                    fmt::format("the query of lookup {} needs the parameter {}, which is not given", question.into,
                                names[i].empty() ? "?" : names[i]));
      if (auto bound = (*statement)->bind(i, parameter(*value)); !bound) return std::unexpected(bound.error());
    }
    auto there = (*statement)->step();
    if (!there) return std::unexpected(there.error());
    if (!*there) return std::nullopt;
    RowShape shape(lookup.text_columns, lookup.digits);
    json::Writer out;
    out.begin_object();
    for (std::size_t i = 0; i < (*statement)->columns(); ++i)
      out.name((*statement)->column(i)).raw(shape.json((*statement)->column(i), (*statement)->cell(i)));
    out.end_object();
    return out.take();
  }

  static Cell parameter(const json::Value& value) {
    if (value.is_null()) return std::monostate{};
    if (value.is_boolean()) return static_cast<std::int64_t>(value.boolean() ? 1 : 0);
    if (value.is_number()) {
      if (auto integer = value.as_integer()) return *integer;
      if (auto real = value.as_double()) return *real;
    }
    return std::string(value.text());
  }

  const TargetSettings settings_;
  const AdapterContext context_;
  const std::string path_;
  Trouble trouble_;
  DeliveryQueue queue_{credit_of_target};
  Worker worker_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Connection> reader_;
};

}  // namespace

std::unique_ptr<Target> open_target(const TargetSettings& settings, AdapterContext context) {
  return std::make_unique<SqlTarget>(settings, std::move(context));
}

}  // namespace simpul::sql
