// Rows of an outbox table: offered in order, then marked or deleted. A crash between the two is found by the
// state: a row that is committed and still there is marked, not offered again.
#include <fmt/format.h>

#include "adapters/sql/reader.h"
#include "bus/base/environment.h"

namespace simpul::sql {

namespace {

class OutboxReader : public Reader {
 public:
  using Reader::Reader;

  Result<void> poll() override {
    if (auto loaded = load_counter(); !loaded) return loaded;
    for (;;) {
      auto more = next_batch();
      if (!more) return std::unexpected(more.error());
      if (!*more || worker_.stopping()) return {};
    }
  }

 private:
  struct Taken {
    std::string key, hash;
    std::vector<Cell> values;  // of the key columns
  };

  std::string mark_column() const {
    return settings_.after.starts_with("mark:") ? settings_.after.substr(5) : std::string();
  }

  Result<bool> next_batch() {
    std::vector<Item> items;
    StateChanges state;
    std::vector<Taken> taken;
    if (auto read = read_rows(items, state, taken); !read) return std::unexpected(read.error());
    if (taken.empty()) return false;
    if (!items.empty()) {
      add_counter(state);
      if (!offering_.commit(items, state)) return false;
    }
    if (auto marked = mark(taken); !marked) return std::unexpected(marked.error());
    StateChanges forget;
    for (const auto& row : taken) forget.unset.push_back("o/" + row.key);
    add_counter(forget);
    if (!offering_.commit({}, forget)) return false;
    return true;
  }

  Result<void> read_rows(std::vector<Item>& items, StateChanges& state, std::vector<Taken>& taken) {
    std::string order;
    if (settings_.column.empty())
      for (const auto& column : settings_.key) order += (order.empty() ? "q." : ", q.") + connection_->quote(column);
    else
      order = "q." + connection_->quote(settings_.column);
    auto pending =
        mark_column().empty() ? std::string() : fmt::format("WHERE q.{} IS NULL ", connection_->quote(mark_column()));
    auto statement =
        select(settings_.key, fmt::format("{}ORDER BY {} LIMIT {}", pending, order, settings_.batch_items));
    if (!statement) return std::unexpected(statement.error());
    auto columns = settings_.key;
    if (!mark_column().empty()) columns.push_back(mark_column());
    if (auto checked = check_columns(**statement, columns, "key and after"); !checked) return checked;
    for (;;) {
      auto there = (*statement)->step();
      if (!there) return std::unexpected(there.error());
      if (!*there) return {};
      auto row = row_of(**statement);
      if (row.key.empty())
        return fail("sql.statement", fmt::format("{}: a row has no value in its key", origin()),
                    "give every row of the outbox a key");
      Taken one{row.key, row.hash, {}};
      for (const auto& column : settings_.key)
        for (std::size_t i = 1; i < (*statement)->columns(); ++i)
          if ((*statement)->column(i) == column) one.values.push_back((*statement)->cell(i));
      auto before = intake_.state("o/" + row.key);
      if (!before) return std::unexpected(before.error());
      if (!*before || **before != row.hash) {
        state.set.emplace_back("o/" + row.key, row.hash);
        items.push_back(item_of(std::move(row), "insert", "null"));
      }
      taken.push_back(std::move(one));
    }
  }

  Result<void> mark(const std::vector<Taken>& taken) {
    auto table = connection_->quote(settings_.table);
    std::string where;
    for (const auto& column : settings_.key)
      where += (where.empty() ? "" : " AND ") + connection_->quote(column) + " = ?";
    auto column = mark_column();
    auto text = column.empty() ? fmt::format("DELETE FROM {} WHERE {}", table, where)
                               : fmt::format("UPDATE {} SET {} = ? WHERE {}", table, connection_->quote(column), where);
    if (auto begun = connection_->begin(); !begun) return begun;
    auto done = mark_all(text, taken, !column.empty());
    if (done) done = connection_->commit();
    if (!done) connection_->rollback();
    return done;
  }

  Result<void> mark_all(const std::string& text, const std::vector<Taken>& taken, bool with_time) {
    auto statement = connection_->prepare(text);
    if (!statement) return std::unexpected(statement.error());
    auto now = format_time(adapter_.environment.clock->wall());
    for (const auto& row : taken) {
      std::size_t at = 0;
      if (with_time)
        if (auto bound = (*statement)->bind(at++, now); !bound) return bound;
      for (const auto& value : row.values)
        if (auto bound = (*statement)->bind(at++, value); !bound) return bound;
      if (auto stepped = (*statement)->step(); !stepped) return std::unexpected(stepped.error());
      (*statement)->reset();
    }
    return {};
  }
};

}  // namespace

std::unique_ptr<Reader> make_outbox_reader(ReaderContext context, std::unique_ptr<Connection> connection) {
  return std::make_unique<OutboxReader>(context, std::move(connection));
}

}  // namespace simpul::sql
