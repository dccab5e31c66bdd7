#include "adapters/sql/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "bus/base/bytes.h"
#include "bus/event/json.h"

namespace simpul::sql {

Reader::Reader(ReaderContext context, std::unique_ptr<Connection> connection)
    : settings_(context.settings),
      adapter_(context.adapter),
      intake_(context.intake),
      offering_(context.offering),
      worker_(context.worker),
      connection_(std::move(connection)),
      shape_(settings_.text_columns, settings_.digits) {}

Result<std::unique_ptr<Statement>> Reader::select(const std::vector<std::string>& key, const std::string& rest) {
  // A line of its own: the query may end in a comment.
  auto from = settings_.query.empty() ? connection_->quote(settings_.table) + " AS q"
                                      : "(" + without_end(settings_.query) + "\n) AS q";
  std::vector<std::string> columns;
  for (const auto& column : key) columns.push_back("q." + connection_->quote(column));
  auto statement = connection_->prepare(
      fmt::format("SELECT {} AS simpul_key, q.* FROM {} {}", connection_->key_hash(columns), from, rest));
  if (!statement) {
    auto problem = statement.error();
    problem.message = origin() + ": " + problem.message;
    return std::unexpected(std::move(problem));
  }
  return statement;
}

Row Reader::row_of(const Statement& statement) const {
  Row row;
  auto key = statement.cell(0);
  if (auto* text = std::get_if<std::string>(&key)) row.key = std::move(*text);
  json::Writer out;
  out.begin_object();
  for (std::size_t i = 1; i < statement.columns(); ++i) {
    auto name = statement.column(i);
    auto value = shape_.json(name, statement.cell(i));
    out.name(name).raw(value);
    row.values.emplace_back(std::move(name), std::move(value));
  }
  out.end_object();
  row.json = out.take();
  row.hash = to_hex(std::span<const std::uint8_t>(sha256(row.json)).first(16));
  return row;
}

Result<void> Reader::load_counter() {
  auto stored = intake_.state("counter");
  if (!stored) return std::unexpected(stored.error());
  counter_ = 0;
  if (*stored) std::from_chars((*stored)->data(), (*stored)->data() + (*stored)->size(), counter_);
  return {};
}

std::string Reader::next_id(const std::string& key) {
  return fmt::format("{}-{}", key.substr(0, 16), ++counter_);
}

void Reader::add_counter(StateChanges& state) const {
  state.set.emplace_back("counter", std::to_string(counter_));
}

std::string Reader::origin() const {
  return settings_.table.empty() ? "query of " + adapter_.name : "table " + settings_.table;
}

Item Reader::item_of(Row row, std::string change, std::string old) {
  Item item;
  item.id = next_id(row.key);
  item.origin = origin();
  if (!settings_.event_column.empty() && change != "delete") {
    auto read = json::parse(row.json);
    if (read) item.event = std::string(read->root().text_of(settings_.event_column));
    if (!item.event.empty()) return item;
  }
  item.row = std::move(row.json);
  item.old = std::move(old);
  item.change = std::move(change);
  return item;
}

std::string object_of(const Row& row, const std::vector<std::string>& columns) {
  json::Writer out;
  out.begin_object();
  for (const auto& [name, value] : row.values)
    if (std::find(columns.begin(), columns.end(), name) != columns.end()) out.name(name).raw(value);
  out.end_object();
  return out.take();
}

Result<void> check_columns(const Statement& statement, const std::vector<std::string>& columns,
                           std::string_view field) {
  std::vector<std::string> there;
  for (std::size_t i = 1; i < statement.columns(); ++i) there.push_back(statement.column(i));
  for (const auto& column : columns) {
    if (std::find(there.begin(), there.end(), column) != there.end()) continue;
    return fail(
        "sql.statement",
        fmt::format("`{}` names the column {}, which is not read{}", field, column, did_you_mean(column, there)),
        "names are case-sensitive here: write them as the table or query gives them");
  }
  return {};
}

std::unique_ptr<Reader> make_reader(ReaderContext context, std::unique_ptr<Connection> connection) {
  if (context.settings.mode == "increasing") return make_increasing_reader(context, std::move(connection));
  if (context.settings.mode == "outbox") return make_outbox_reader(context, std::move(connection));
  return make_hash_reader(context, std::move(connection));
}

}  // namespace simpul::sql
