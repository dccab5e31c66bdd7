#include "tools/simpul/sample.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>

#include <filesystem>
#include <memory>

#include "bus/base/bytes.h"
#include "tools/simpul/schema_documents.h"

namespace simpul {
namespace {

constexpr int table_rows = 1000;

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct EndStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, EndStatement>;

std::string text_of(sqlite3_stmt* statement, int column) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return text == nullptr ? "" : std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
}

Statement prepare(sqlite3* database, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr);
  return Statement(statement);
}

std::string quoted(const std::string& name) {
  std::string out = "\"";
  for (char c : name) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

// A row as the sql adapter makes it: text stays text, numbers are numbers, no value is no member.
json::Value row_value(sqlite3_stmt* row, const std::vector<std::string>& columns, json::Arena& arena) {
  std::vector<json::Member> members;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto column = static_cast<int>(i);
    const auto kind = sqlite3_column_type(row, column);
    if (kind == SQLITE_NULL || kind == SQLITE_BLOB) continue;
    auto text = arena.copy(text_of(row, column));
    if (kind != SQLITE_TEXT && !json::parse(std::string(text))) continue;  // an infinity
    members.push_back(
        {columns[i], kind == SQLITE_TEXT ? json::Value::view_string(text) : json::Value::view_number(text)});
  }
  return arena.object(members);
}

void take_draft(const Inference& inference, const std::string& title, Sample& sample) {
  auto draft = inference.draft(title);
  sample.schema = std::move(draft.schema);
  sample.notes = std::move(draft.notes);
  const auto document = json::parse(sample.schema);
  const auto* properties = document ? document->root().find("properties") : nullptr;
  if (properties == nullptr) return;
  const auto* required = document->root().find("required");
  for (const auto& member : properties->members()) {
    const auto* type = member.value.find("type");
    SampleField field{std::string(member.name), type != nullptr && type->is_string() ? std::string(type->text()) : "",
                      false};
    if (required != nullptr)
      for (const auto& name : required->items()) field.required |= name.text() == member.name;
    sample.fields.push_back(std::move(field));
  }
}

Result<Sample> read_table(const std::string& file, const std::string& table, const std::string& title) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr);
  const Database database(opened);
  if (code != SQLITE_OK)
    return fail("sample.unreadable", fmt::format("{} cannot be opened as a database: {}", file, sqlite3_errstr(code)),
                "name an SQLite database and a table of it: FILE:TABLE");
  Sample sample;
  sample.database = file;
  sample.table = table;
  auto information = prepare(database.get(), fmt::format("PRAGMA table_info({})", quoted(table)));
  while (information && sqlite3_step(information.get()) == SQLITE_ROW) {
    sample.columns.push_back(text_of(information.get(), 1));
    if (sqlite3_column_int(information.get(), 5) > 0) sample.key.push_back(sample.columns.back());
  }
  if (sample.columns.empty()) {
    std::vector<std::string> tables;
    auto list = prepare(database.get(), "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name");
    while (list && sqlite3_step(list.get()) == SQLITE_ROW) tables.push_back(text_of(list.get(), 0));
    return fail("sample.table", fmt::format("{} has no table {}{}", file, table, did_you_mean(table, tables)),
                tables.empty() ? "there are no tables in it" : fmt::format("it has {}", fmt::join(tables, ", ")));
  }
  Inference inference;
  auto rows = prepare(database.get(), fmt::format("SELECT * FROM {} LIMIT {}", quoted(table), table_rows));
  json::Arena arena;
  while (rows && sqlite3_step(rows.get()) == SQLITE_ROW) {
    arena.reset();
    inference.add(row_value(rows.get(), sample.columns, arena));
  }
  if (inference.samples() == 0)
    return fail("sample.empty", fmt::format("the table {} of {} has no rows to learn from", table, file),
                "take a copy with some (synthetic) rows");
  take_draft(inference, title, sample);
  return sample;
}

Result<Sample> read_documents(const std::string& file, const std::string& title) {
  const auto form = form_of(file);
  auto reader = open_documents(file, form);
  if (!reader) return std::unexpected(std::move(reader.error()));
  Sample sample;
  sample.rows = form == DocumentForm::rows;
  Inference inference;
  ReadDocument document;
  while (true) {
    auto there = (*reader)->next(document);
    if (!there) return std::unexpected(std::move(there.error()));
    if (!*there) break;
    if (document.problem) {
      document.problem->message = fmt::format("{}: {}", file, document.problem->message);
      return std::unexpected(std::move(*document.problem));
    }
    if (sample.rows) {
      sample.columns = (*reader)->columns();
      inference.add_row(sample.columns, document.cells);
    } else if (const auto& root = document.document.root(); form == DocumentForm::whole && root.is_array()) {
      for (const auto& item : root.items()) inference.add(item);
    } else {
      inference.add(root);
    }
  }
  if (inference.samples() == 0)
    return fail("sample.empty", fmt::format("there is no sample in {}", file), "give it at least one row or document");
  take_draft(inference, title, sample);
  return sample;
}

}  // namespace

Result<Sample> read_sample(const std::string& from, const std::string& title) {
  const auto colon = from.rfind(':');
  if (colon != std::string::npos && !std::filesystem::exists(from))
    return read_table(from.substr(0, colon), from.substr(colon + 1), title);
  return read_documents(from, title);
}

}  // namespace simpul
