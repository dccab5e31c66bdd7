#include "adapters/sql/sql.h"

#include <algorithm>
#include <cctype>

#include "adapters/sql/driver.h"
#include "adapters/sql/row.h"
#include "adapters/sql/settings.h"

namespace simpul {

namespace {

using sql::LookupSettings;
using sql::SourceSettings;
using sql::TableSettings;
using sql::TargetSettings;

// Where a problem of one field is shown.
const yaml::Node& at(const yaml::Node& node, std::string_view field) {
  const auto* found = node.find(field);
  return found != nullptr ? *found : node;
}

bool is_select(const std::string& query) {
  std::string word;
  for (char c : query) {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0)
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!word.empty() || std::isspace(static_cast<unsigned char>(c)) == 0)
      break;
  }
  return word == "select" || word == "with";
}

void check_source(const SourceSettings& s, const yaml::Node& node, Problems& problems) {
  auto wrong = [&](std::string_view field, std::string message, std::string hint) {
    problems.push_back(at(node, field).problem("sql.source", std::move(message), std::move(hint)));
  };
  if (s.table.empty() == s.query.empty())
    wrong("query", "a sql source reads one table or one query", "give either `table` or `query`");
  if (!s.query.empty() && !is_select(s.query))
    wrong("query", "the query is no SELECT", "write a SELECT; what it gives is one record a row");
  if (s.mode == "increasing" && s.column.empty())
    wrong("mode", "mode increasing needs the column that increases", "name it in `column`, for example column: ID");
  if (s.mode != "increasing" && s.mode != "outbox" && !s.column.empty())
    wrong("column", "`column` is for mode increasing, or for the order of an outbox",
          "leave it out, or set mode: increasing");
  if (s.mode != "increasing" && s.key.empty())
    wrong("mode", "the key of the rows is missing", "name the columns that tell one row from another in `key`");
  if (s.mode == "outbox") {
    bool mark = s.after.starts_with("mark:") && s.after.size() > 5;
    if (s.after != "delete" && !mark)
      wrong("after", "an outbox needs to know what becomes of a row that the bus has taken",
            "write after: delete, or after: mark:SENT_AT");
    if (s.table.empty()) wrong("query", "an outbox is a table, whose rows are marked or deleted", "name it in `table`");
  } else if (!s.after.empty()) {
    wrong("after", "`after` is for mode outbox; in other modes the application's database is never changed",
          "leave it out, or set mode: outbox");
  }
  if (s.mode != "row_hash" && (s.deletes || !s.remember.empty()))
    wrong(s.deletes ? "deletes" : "remember", "`deletes` and `remember` are for mode row_hash",
          "leave them out, or set mode: row_hash");
  sql::check_digits(s.digits, node, problems);
}

const Fields<SourceSettings>& source_fields() {
  static const auto fields =
      Fields<SourceSettings>("sql source")
          .text("driver", &SourceSettings::driver,
                {.help = "The kind of database", .choices = sql::driver_names(), .default_text = "sqlite"})
          .text("database", &SourceSettings::database,
                {.help = "The database: for sqlite its file, from the deployment's folder on",
                 .example = "var/siak.db",
                 .required = true,
                 .min = 1})
          .text("table", &SourceSettings::table,
                {.help = "The table or view to read; or give `query`",
                 .example = "DATA_KELUARGA",
                 .min = 1,
                 .is_alternative = true})
          .text("query", &SourceSettings::query,
                {.help = "A SELECT to read instead of a table; it may be a join",
                 .example = "SELECT b.NIK, k.ALAMAT FROM BIODATA_WNI b JOIN DATA_KELUARGA k USING (NO_KK)",
                 .min = 1,
                 .is_alternative = true})
          .text_list("key", &SourceSettings::key,
                     {.help = "The columns that tell one row from another", .example = "[NO_KK]", .min = 1, .max = 16})
          .text("mode", &SourceSettings::mode,
                {.help = "How changes are found: by comparing a hash of every row, by a column that only increases, or "
                         "by an outbox table",
                 .choices = {"row_hash", "increasing", "outbox"},
                 .default_text = "row_hash"})
          .text(
              "column", &SourceSettings::column,
              {.help =
                   "increasing: the column that only increases; outbox: the column that orders the rows (else the key)",
               .example = "ID"})
          .text("initial", &SourceSettings::initial,
                {.help = "What the rows that are there at first sight are: `baseline` notes them and makes no event, "
                         "`events` makes an event of each",
                 .choices = {"baseline", "events"},
                 .default_text = "baseline"})
          .text_list("remember", &SourceSettings::remember,
                     {.help = "row_hash: columns whose last values are kept, for rules that compare with `old`; of all "
                              "others only a hash is kept",
                      .example = "[NO_KEC, NO_KEL]"})
          .boolean("deletes", &SourceSettings::deletes,
                   {.help = "row_hash: a row that is gone is a change `delete`; its key columns are kept for that",
                    .default_text = "false"})
          .integer("deletes_limit_percent", &SourceSettings::deletes_limit_percent,
                   {.help = "row_hash: when more of the known rows are gone at once, that is taken for a table being "
                            "reloaded: none is reported until they are back or the limit is raised",
                    .min = 1,
                    .max = 100,
                    .default_text = "20"})
          .text("after", &SourceSettings::after,
                {.help = "outbox: what becomes of a row that was taken: `delete`, or `mark:<column>` to write the time "
                         "into a column that is null until then",
                 .example = "mark:SENT_AT"})
          .text("event_column", &SourceSettings::event_column,
                {.help = "A column that holds a whole CloudEvents event as JSON; the rows are events then, not records",
                 .example = "EVENT"})
          .text_list("text_columns", &SourceSettings::text_columns,
                     {.help = "Columns given as text though the database keeps a number: identifiers",
                      .example = "[NIK, NO_KK]"})
          .text_map(
              "digits", &SourceSettings::digits,
              {.help = "Columns given as text of so many digits, zeros in front", .example = "{ NIK: 16, NO_KEC: 2 }"})
          .duration_ms(
              "poll_ms", &SourceSettings::poll,
              {.help = "How often the database is looked at", .min = 20, .max = 86'400'000, .default_text = "1000"})
          .integer("full_check_polls", &SourceSettings::full_check_polls,
                   {.help = "The rows are compared when the database says that something was committed, and at every "
                            "so many polls in any case",
                    .min = 1,
                    .max = 1'000'000,
                    .default_text = "60"})
          .integer("batch_items", &SourceSettings::batch_items,
                   {.help = "At most so many rows are offered at once", .min = 1, .max = 500, .default_text = "200"})
          .duration_ms("busy_timeout_ms", &SourceSettings::busy_timeout,
                       {.help = "How long a lock of another program is waited for",
                        .min = 0,
                        .max = 60'000,
                        .default_text = "2000"})
          .check(check_source);
  return fields;
}

void check_table(const TableSettings& s, const yaml::Node& node, Problems& problems) {
  if (s.mode != "insert" && s.key.empty())
    problems.push_back(node.problem("sql.target", "the key of the table is missing",
                                    "name the columns that tell one row from another in `key`, or set mode: insert"));
  if (s.mode != "update" && node.find("missing") != nullptr)
    problems.push_back(
        at(node, "missing").problem("sql.target", "`missing` is for mode update", "leave it out, or set mode: update"));
}

const Fields<TableSettings>& table_fields() {
  static const auto fields =
      Fields<TableSettings>("table of a sql target")
          .text("table", &TableSettings::table,
                {.help = "The table's name in the database", .example = "pasien", .required = true, .min = 1})
          .text("mode", &TableSettings::mode,
                {.help =
                     "`upsert` updates the row of the key or inserts it; `insert` only inserts; `update` only updates",
                 .choices = {"upsert", "insert", "update"},
                 .default_text = "upsert"})
          .text_list("key", &TableSettings::key,
                     {.help = "The columns that tell one row from another; needed for upsert and update",
                      .example = "[no_ktp]",
                      .min = 1,
                      .max = 16})
          .text_map("columns", &TableSettings::columns,
                    {.help = "Payload field to column, where the names differ; others keep their name",
                     .example = "{ nik: no_ktp }"})
          .text("missing", &TableSettings::missing,
                {.help = "update: what a delivery is whose row is not there",
                 .choices = {"ok", "park"},
                 .default_text = "park"})
          .check(check_table);
  return fields;
}

void check_lookup(const LookupSettings& s, const yaml::Node& node, Problems& problems) {
  if (!is_select(s.query))
    problems.push_back(
        at(node, "query")
            .problem("sql.target", "the query of a lookup is no SELECT", "write a SELECT with :named parameters"));
  sql::check_digits(s.digits, node, problems);
}

const Fields<LookupSettings>& lookup_fields() {
  static const auto fields =
      Fields<LookupSettings>("lookup of a sql target")
          .text("query", &LookupSettings::query,
                {.help = "A SELECT with the lookup's parameters as :name; its first row is the answer",
                 .example = "SELECT NIK, NAMA_LGKP FROM BIODATA_WNI WHERE NIK = :nik",
                 .required = true,
                 .min = 1})
          .text_list("text_columns", &LookupSettings::text_columns,
                     {.help = "Columns given as text though the database keeps a number", .example = "[NIK]"})
          .text_map("digits", &LookupSettings::digits,
                    {.help = "Columns given as text of so many digits, zeros in front", .example = "{ NIK: 16 }"})
          .check(check_lookup);
  return fields;
}

void check_target(const TargetSettings& s, const yaml::Node& node, Problems& problems) {
  if (s.tables.empty() && s.lookups.empty())
    problems.push_back(node.problem("sql.target", "a sql target needs a table to write to or a lookup to answer",
                                    "give `tables` or `lookups`"));
  for (const auto& [name, lookup] : s.lookups)
    if (s.tables.contains(name))
      problems.push_back(
          at(node, "lookups")
              .problem("sql.target", "`" + name + "` names a table and a lookup", "give the lookup another name"));
}

const Fields<TargetSettings>& target_fields() {
  static const auto fields =
      Fields<TargetSettings>("sql target")
          .text("driver", &TargetSettings::driver,
                {.help = "The kind of database", .choices = sql::driver_names(), .default_text = "sqlite"})
          .text("database", &TargetSettings::database,
                {.help = "The database: for sqlite its file, from the deployment's folder on; it is never made",
                 .example = "var/simrs.db",
                 .required = true,
                 .min = 1})
          .group_map("tables", &TargetSettings::tables, table_fields(),
                     {.help = "The tables that routes may write `into`, by the name that routes use"})
          .group_map("lookups", &TargetSettings::lookups, lookup_fields(),
                     {.help = "The questions this application answers, by the name in the lookup's `into`"})
          .text("inbox", &TargetSettings::inbox,
                {.help = "The table in which the idempotency key of every delivery is noted, in the same transaction; "
                         "made when it is not there",
                 .min = 1,
                 .default_text = "simpul_inbox"})
          .integer(
              "batch_items", &TargetSettings::batch_items,
              {.help = "At most so many deliveries in one transaction", .min = 1, .max = 1000, .default_text = "64"})
          .duration_ms("busy_timeout_ms", &TargetSettings::busy_timeout,
                       {.help = "How long a lock of another program is waited for",
                        .min = 0,
                        .max = 60'000,
                        .default_text = "2000"})
          .check(check_target);
  return fields;
}

class SqlSourceConfig : public SourceConfig {
 public:
  explicit SqlSourceConfig(SourceSettings settings) : settings_(std::move(settings)) {}
  std::unique_ptr<Source> open(AdapterContext context, Intake& intake) const override {
    return sql::open_source(settings_, std::move(context), intake);
  }

 private:
  SourceSettings settings_;
};

class SqlTargetConfig : public TargetConfig {
 public:
  explicit SqlTargetConfig(TargetSettings settings) : settings_(std::move(settings)) {}
  std::unique_ptr<Target> open(AdapterContext context) const override {
    return sql::open_target(settings_, std::move(context));
  }
  std::vector<std::string> intos() const override {
    std::vector<std::string> names;
    for (const auto& [name, table] : settings_.tables) names.push_back(name);
    for (const auto& [name, lookup] : settings_.lookups) names.push_back(name);
    return names;
  }

 private:
  TargetSettings settings_;
};

}  // namespace

std::string sql::without_end(std::string query) {
  while (!query.empty() && (query.back() == ';' || std::isspace(static_cast<unsigned char>(query.back())) != 0))
    query.pop_back();
  return query;
}

AdapterSpec sql_adapter() {
  AdapterSpec spec;
  spec.name = "sql";
  spec.summary = "Reads changes out of a database's tables and writes rows into them; answers lookups by a query";
  spec.status = AdapterStatus::stable;
  spec.faces = Faces::trusted_peers;
  spec.source_fields = source_fields().descriptions();
  spec.target_fields = target_fields().descriptions();
  spec.read_source = [](const yaml::Node& node, FieldContext& context) {
    return std::make_unique<SqlSourceConfig>(source_fields().read(node, context));
  };
  spec.read_target = [](const yaml::Node& node, FieldContext& context) {
    return std::make_unique<SqlTargetConfig>(target_fields().read(node, context));
  };
  return spec;
}

}  // namespace simpul
