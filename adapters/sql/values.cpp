#include "adapters/sql/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "bus/base/bytes.h"
#include "bus/event/json.h"

namespace simpul::sql {

namespace {

struct Declared {
  enum Kind { other, text, number } kind = other;
  std::size_t length = 0;  // characters or digits; 0: not limited
};

// "varchar(40)" → text, 40. SQLite takes any length whatever was declared, so the check is ours.
Declared read_declared(const std::string& declared) {
  std::string word;
  for (char c : declared) word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  Declared out;
  if (word.find("char") != std::string::npos)
    out.kind = Declared::text;
  else
    for (auto prefix : {"int", "bigint", "smallint", "tinyint", "mediumint", "numeric", "decimal", "number"})
      if (word.starts_with(prefix)) out.kind = Declared::number;
  auto open = word.find('(');
  // The display width of an integer, int(11), limits nothing.
  if (open != std::string::npos && word.find("int") == std::string::npos)
    std::from_chars(word.data() + open + 1, word.data() + word.size(), out.length);
  return out;
}

bool is_number(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  bool digit = false, point = false;
  for (char c : text) {
    if (c >= '0' && c <= '9')
      digit = true;
    else if (c == '.' && !point)
      point = true;
    else
      return false;
  }
  return digit;
}

std::size_t digits_before_point(std::string_view text) {
  auto number = text.substr(0, text.find('.'));
  while (!number.empty() && (number.front() == '-' || number.front() == '+' || number.front() == '0'))
    number.remove_prefix(1);
  return number.size();
}

Result<void> fits(const Column& column, std::string_view text) {
  auto declared = read_declared(column.declared);
  if (declared.kind == Declared::text && declared.length > 0) {
    auto length = count_characters(text);
    if (length > declared.length)
      return fail("row.too_long", fmt::format("the value for column {} has {} characters, the column holds {}",
                                              column.name, length, declared.length));
  }
  if (declared.kind == Declared::number && !text.empty()) {
    if (!is_number(text))
      return fail("row.number", fmt::format("the value for column {} is no number, the column is declared {}",
                                            column.name, column.declared));
    if (declared.length > 0 && digits_before_point(text) > declared.length)
      return fail("row.too_long", fmt::format("the value for column {} has {} digits, the column holds {}", column.name,
                                              digits_before_point(text), declared.length));
  }
  return {};
}

Result<Cell> cell_of(const json::Value& value, const Column& column) {
  switch (value.kind()) {
    case json::Kind::null:
      return std::monostate{};
    case json::Kind::boolean:
      return static_cast<std::int64_t>(value.boolean() ? 1 : 0);
    case json::Kind::string:
      if (auto checked = fits(column, value.text()); !checked) return std::unexpected(checked.error());
      return std::string(value.text());
    case json::Kind::number: {
      bool plain = is_number(value.text());
      if (plain)
        if (auto checked = fits(column, value.text()); !checked) return std::unexpected(checked.error());
      if (auto integer = value.as_integer()) return *integer;
      // As text the database keeps it exactly where the column can; a column without a type takes a real.
      if (plain && !column.declared.empty()) return std::string(value.text());
      if (auto real = value.as_double()) return *real;
      return fail("row.number", fmt::format("the number for column {} is too large", column.name));
    }
    default:
      return fail("row.payload", fmt::format("the value for column {} is a list or an object, a table's row holds "
                                             "plain values only; map its parts to columns, or use `each`",
                                             column.name));
  }
}

}  // namespace

Result<RowToWrite> row_to_write(const std::string& payload, const TableSettings& table,
                                const std::vector<Column>& columns) {
  auto document = json::parse(payload);
  if (!document) return fail("row.payload", "the payload is no JSON: " + document.error().message);
  if (document->root().is_array())
    return fail("row.payload", "the payload is a list; a table takes one row a delivery: use `each` in the route");
  if (!document->root().is_object()) return fail("row.payload", "the payload is no object of column values");
  RowToWrite row;
  for (const auto& member : document->root().members()) {
    auto renamed = table.columns.find(std::string(member.name));
    auto name = renamed == table.columns.end() ? std::string(member.name) : renamed->second;
    auto column = std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == name; });
    if (column == columns.end()) {
      std::vector<std::string> names;
      for (const auto& c : columns) names.push_back(c.name);
      return fail("row.column",
                  fmt::format("table {} has no column {}{}", table.table, name, did_you_mean(name, names)));
    }
    if (std::find(row.columns.begin(), row.columns.end(), name) != row.columns.end())
      return fail("row.column", fmt::format("two fields of the payload go to column {}", name));
    auto cell = cell_of(member.value, *column);
    if (!cell) return std::unexpected(cell.error());
    row.columns.push_back(name);
    row.cells.push_back(std::move(*cell));
  }
  if (row.columns.empty()) return fail("row.payload", "the payload is empty");
  for (const auto& key : table.key) {
    auto found = std::find(row.columns.begin(), row.columns.end(), key);
    if (table.mode != "insert" &&
        (found == row.columns.end() ||
         std::holds_alternative<std::monostate>(row.cells[static_cast<std::size_t>(found - row.columns.begin())])))
      return fail("row.key",
                  fmt::format("the payload has no value for {}, which is in the key of table {}", key, table.table));
  }
  return row;
}

}  // namespace simpul::sql
