// New rows by a column that only increases. Rows with equal values stay together, so that none is passed over.
#include <fmt/format.h>

#include <charconv>

#include "adapters/sql/reader.h"

namespace simpul::sql {

namespace {

constexpr std::size_t ties_limit = 10'000;  // rows with one value of the column

std::string write_last(const Cell& cell) {
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return fmt::format("i:{}", *integer);
  if (const auto* real = std::get_if<double>(&cell)) return fmt::format("d:{}", *real);
  if (const auto* text = std::get_if<std::string>(&cell)) return "t:" + *text;
  return "-";
}

Cell read_last(const std::string& text) {
  const char* end = text.data() + text.size();
  if (text.starts_with("i:")) {
    std::int64_t value = 0;
    std::from_chars(text.data() + 2, end, value);
    return value;
  }
  if (text.starts_with("d:")) {
    double value = 0;
    std::from_chars(text.data() + 2, end, value);
    return value;
  }
  if (text.starts_with("t:")) return text.substr(2);
  return std::monostate{};
}

class IncreasingReader : public Reader {
 public:
  using Reader::Reader;

  Result<void> poll() override {
    if (auto loaded = load_counter(); !loaded) return loaded;
    auto stored = intake_.state("last");
    if (!stored) return std::unexpected(stored.error());
    if (!*stored && settings_.initial == "baseline") {
      auto noted = note_end();
      if (!noted || worker_.stopping()) return noted;
      stored = intake_.state("last");
      if (!stored) return std::unexpected(stored.error());
    }
    auto last = *stored ? read_last(**stored) : Cell{};
    for (;;) {
      auto more = next_batch(last);
      if (!more) return std::unexpected(more.error());
      if (!*more || worker_.stopping()) return {};
    }
  }

 private:
  std::string column() const { return "q." + connection_->quote(settings_.column); }
  std::vector<std::string> key() const {
    return settings_.key.empty() ? std::vector<std::string>{settings_.column} : settings_.key;
  }

  Result<void> note_end() {
    auto statement = select(key(), fmt::format("WHERE {0} IS NOT NULL ORDER BY {0} DESC LIMIT 1", column()));
    if (!statement) return std::unexpected(statement.error());
    auto there = (*statement)->step();
    if (!there) return std::unexpected(there.error());
    std::string last = "-";
    if (*there) last = write_last(value_of_column(**statement));
    statement->reset();
    offering_.commit({}, {{{"last", last}}, {}});
    return {};
  }

  Cell value_of_column(const Statement& statement) const {
    for (std::size_t i = 1; i < statement.columns(); ++i)
      if (statement.column(i) == settings_.column) return statement.cell(i);
    return {};
  }

  // Offers the rows that follow `last`; false when there are none, or the worker is to stop.
  Result<bool> next_batch(Cell& last) {
    bool first = std::holds_alternative<std::monostate>(last);
    auto statement = select(key(), first ? fmt::format("WHERE {0} IS NOT NULL ORDER BY {0}", column())
                                         : fmt::format("WHERE {0} > ? ORDER BY {0}", column()));
    if (!statement) return std::unexpected(statement.error());
    if (auto checked = check_columns(**statement, {settings_.column}, "column"); !checked)
      return std::unexpected(checked.error());
    if (!first)
      if (auto bound = (*statement)->bind(0, last); !bound) return std::unexpected(bound.error());
    std::vector<Item> items;
    Cell previous;
    std::size_t ties = 0;
    for (;;) {
      auto there = (*statement)->step();
      if (!there) return std::unexpected(there.error());
      if (!*there) break;
      auto value = value_of_column(**statement);
      bool tie = !items.empty() && write_last(value) == write_last(previous);
      if (!tie && items.size() >= static_cast<std::size_t>(settings_.batch_items)) break;
      ties = tie ? ties + 1 : 1;
      if (ties > ties_limit)
        return fail("sql.statement",
                    fmt::format("{}: more than {} rows have the same value in the column {}", origin(), ties_limit,
                                settings_.column),
                    "mode increasing needs a column that differs from row to row, such as a serial number");
      items.push_back(item_of(row_of(**statement), "insert", "null"));
      previous = std::move(value);
    }
    // Gives up the lock before the bus is waited for.
    statement->reset();
    if (items.empty()) return false;
    StateChanges state;
    state.set.emplace_back("last", write_last(previous));
    add_counter(state);
    if (!offering_.commit(items, state)) return false;
    last = std::move(previous);
    return true;
  }
};

}  // namespace

std::unique_ptr<Reader> make_increasing_reader(ReaderContext context, std::unique_ptr<Connection> connection) {
  return std::make_unique<IncreasingReader>(context, std::move(connection));
}

}  // namespace simpul::sql
