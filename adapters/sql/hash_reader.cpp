// Changes by comparing hashes: the rows in the order of their key's hash, beside the known rows out of the
// state in the same order. Memory does not grow with the table, and the application's database is locked for
// reading only while its rows are read, never while the bus is waited for.
#include <fmt/format.h>

#include <charconv>
#include <deque>
#include <optional>

#include "adapters/shared/spool.h"
#include "adapters/sql/reader.h"
#include "bus/base/telemetry.h"

namespace simpul::sql {

namespace {

constexpr std::size_t state_page = 2000;
constexpr std::size_t baseline_page = 2000;  // rows noted in one unit, without events
constexpr std::size_t batch_bytes = 4u << 20;
constexpr std::string_view row_prefix = "r/";

struct KnownRow {
  std::string key, hash, kept;
};

// The known rows in key order, a page at a time.
class KnownRows {
 public:
  explicit KnownRows(Intake& intake) : intake_(intake) {}

  Result<std::optional<KnownRow>> next() {
    if (page_.empty() && !end_) {
      auto read = intake_.scan_state(after_, [this](std::string_view key, std::string_view value) {
        if (!key.starts_with(row_prefix)) {
          end_ = true;
          return false;
        }
        auto blank = value.find(' ');
        page_.push_back({std::string(key.substr(row_prefix.size())), std::string(value.substr(0, blank)),
                         blank == std::string_view::npos ? std::string("{}") : std::string(value.substr(blank + 1))});
        after_ = key;
        return page_.size() < state_page;
      });
      if (!read) return std::unexpected(read.error());
      if (page_.size() < state_page) end_ = true;
    }
    if (page_.empty()) return std::nullopt;
    auto row = std::move(page_.front());
    page_.pop_front();
    return row;
  }

 private:
  Intake& intake_;
  std::string after_{row_prefix};
  std::deque<KnownRow> page_;
  bool end_ = false;
};

class HashReader : public Reader {
 public:
  using Reader::Reader;

  Result<void> poll() override {
    auto mark = connection_->change_mark();
    if (!mark) return std::unexpected(mark.error());
    if (compared_ && *mark == mark_ && polls_ + 1 < static_cast<std::uint64_t>(settings_.full_check_polls)) {
      ++polls_;
      return {};
    }
    if (auto done = load_counter(); !done) return done;
    auto done = compare();
    if (!done) return std::unexpected(done.error());
    if (*done) {
      mark_ = *mark;
      compared_ = true;
      polls_ = 0;
    }
    return {};
  }

 private:
  // One pass: false when the worker is to stop.
  struct Pass {
    Spool changes;
    std::string shape;
    bool silent = false;  // rows are noted without events
    bool new_shape = false;
    std::size_t known = 0, gone = 0, ambiguous = 0, without_key = 0;
  };

  Result<bool> compare() {
    Pass pass;
    if (auto found = find_changes(pass); !found) return std::unexpected(found.error());
    report(pass);
    return offer(pass);
  }

  Result<void> find_changes(Pass& pass) {
    auto statement = select(settings_.key, "ORDER BY 1");
    if (!statement) return std::unexpected(statement.error());
    auto& rows = **statement;
    if (auto checked = check_columns(rows, settings_.remember, "remember"); !checked) return checked;
    for (std::size_t i = 1; i < rows.columns(); ++i) pass.shape += rows.column(i) + ",";
    pass.shape += "/" + shape_.fingerprint() + "/";
    for (const auto& column : settings_.key) pass.shape += column + ",";
    auto shape = intake_.state("shape");
    if (!shape) return std::unexpected(shape.error());
    pass.new_shape = !*shape || **shape != pass.shape;
    pass.silent = pass.new_shape && settings_.initial == "baseline";
    if (*shape && pass.new_shape)
      say(Level::warning, "source.sql",
          fmt::format("{}: the columns or the key are others than before; {}", adapter_.name,
                      pass.silent ? "the rows are noted anew, and what changed in the meantime makes no event"
                                  : "every row is reported as changed"));

    ahead_.reset();
    KnownRows known_rows(intake_);
    auto known = known_rows.next();
    auto row = next_row(rows, pass);
    while (true) {
      if (!known) return std::unexpected(known.error());
      if (!row) return std::unexpected(row.error());
      if (worker_.stopping()) return {};
      if (!*known && !*row) break;
      int order = !*known ? -1 : !*row ? 1 : (*row)->key.compare((*known)->key);
      if (order < 0) {
        if (auto added = add(pass, "insert", **row, {}); !added) return added;
      } else if (order == 0) {
        if (!(*row)->hash.empty() && (*row)->hash != (*known)->hash)
          if (auto added = add(pass, "update", **row, (*known)->kept); !added) return added;
      } else {
        ++pass.gone;
        if (settings_.deletes || pass.new_shape) {
          Row gone{(*known)->key, {}, (*known)->kept, {}};
          if (auto added = add(pass, "delete", gone, (*known)->kept); !added) return added;
        }
      }
      if (order >= 0) {
        ++pass.known;
        known = known_rows.next();
      }
      if (order <= 0) row = next_row(rows, pass);
    }
    return {};
  }

  // The next row whose key is its own. Rows that share a key come as one without a hash, which is neither new nor
  // changed.
  Result<std::optional<Row>> next_row(Statement& rows, Pass& pass) {
    std::optional<Row> row = std::move(ahead_);
    ahead_.reset();
    for (;;) {
      auto there = rows.step();
      if (!there) return std::unexpected(there.error());
      if (!*there) return row;
      auto read = row_of(rows);
      if (read.key.empty()) {
        ++pass.without_key;
        continue;
      }
      if (!row) {
        row = std::move(read);
      } else if (read.key == row->key) {
        if (!row->hash.empty()) ++pass.ambiguous;
        row->hash.clear();
      } else {
        ahead_ = std::move(read);
        return row;
      }
    }
  }

  Result<void> add(Pass& pass, std::string_view change, const Row& row, std::string_view kept) {
    if (row.hash.empty() && change != "delete") return {};
    std::string keep;
    if (change != "delete") {
      auto columns = settings_.remember;
      if (settings_.deletes) columns.insert(columns.end(), settings_.key.begin(), settings_.key.end());
      keep = row.hash + " " + object_of(row, columns);
    }
    return pass.changes.add({change, row.key, row.json, kept, keep});
  }

  void report(Pass& pass) {
    std::string text;
    if (pass.ambiguous > 0)
      text += fmt::format(
          "{} values of the key stand on more than one row; those rows are left out; name more columns in `key`",
          pass.ambiguous);
    if (pass.without_key > 0)
      text +=
          fmt::format("{}{} rows without a value in the key are left out", text.empty() ? "" : "; ", pass.without_key);
    if (too_many_gone(pass))
      text += fmt::format(
          "{}{} of {} known rows are gone at once; no delete is reported until they are back: if they are meant to be "
          "gone, raise deletes_limit_percent",
          text.empty() ? "" : "; ", pass.gone, pass.known);
    if (text.empty())
      rows_trouble_.over();
    else
      rows_trouble_.report(origin() + ": " + text);
  }

  bool too_many_gone(const Pass& pass) const {
    return settings_.deletes && !pass.new_shape && pass.gone >= 10 &&
           pass.gone * 100 > pass.known * static_cast<std::size_t>(settings_.deletes_limit_percent);
  }

  Result<bool> offer(Pass& pass) {
    if (auto done = pass.changes.rewind(); !done) return std::unexpected(done.error());
    bool leave_gone = too_many_gone(pass);
    std::vector<Item> items;
    StateChanges state;
    std::vector<std::string> fields;
    std::size_t bytes = 0;
    for (;;) {
      if (worker_.stopping()) return false;
      auto more = pass.changes.next(fields);
      if (!more) return std::unexpected(more.error());
      if (!*more) break;
      const auto &change = fields[0], &key = fields[1], &keep = fields[4];
      auto state_key = std::string(row_prefix) + key;
      bool gone = change == "delete";
      if (gone && leave_gone) continue;
      if (gone)
        state.unset.push_back(state_key);
      else
        state.set.emplace_back(state_key, keep);
      bytes += fields[2].size() + fields[3].size() + keep.size() + 128;
      bool event = !pass.silent && !(gone && (pass.new_shape || !settings_.deletes));
      if (event) {
        items.push_back(item_of(Row{key, {}, fields[2], {}}, change, change == "insert" ? "null" : fields[3]));
      }
      if (items.size() >= static_cast<std::size_t>(settings_.batch_items) ||
          state.set.size() + state.unset.size() >= baseline_page || bytes >= batch_bytes) {
        if (!commit(items, state)) return false;
        bytes = 0;
      }
    }
    if (pass.new_shape) state.set.emplace_back("shape", pass.shape);
    if (!items.empty() || !state.set.empty() || !state.unset.empty())
      if (!commit(items, state)) return false;
    return true;
  }

  bool commit(std::vector<Item>& items, StateChanges& state) {
    add_counter(state);
    bool done = offering_.commit(items, state).has_value();
    items.clear();
    state = {};
    return done;
  }

  Trouble rows_trouble_{"source.sql", adapter_.name};
  std::optional<Row> ahead_;
  std::int64_t mark_ = 0;
  std::uint64_t polls_ = 0;
  bool compared_ = false;
};

}  // namespace

std::unique_ptr<Reader> make_hash_reader(ReaderContext context, std::unique_ptr<Connection> connection) {
  return std::make_unique<HashReader>(context, std::move(connection));
}

}  // namespace simpul::sql
