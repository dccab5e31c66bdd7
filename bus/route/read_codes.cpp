// config/codes/<table>.yaml and config/codes/<table>.csv
#include <fmt/format.h>

#include "bus/base/bytes.h"
#include "bus/event/csv.h"
#include "bus/route/declarations.h"
#include "bus/route/kind_reader.h"
#include "bus/route/kinds.h"

namespace simpul {
namespace {

// A table in CSV: its first line names the two columns.
class CodesReader {
 public:
  CodesReader(const std::string& path, const std::string& stem, ReadingContext& context)
      : path_(path), problems_(context.problems) {
    table_.name = stem;
  }

  CodeTable read(std::string_view text) {
    constexpr std::size_t line_limit_bytes = 1u << 16;
    if (!is_utf8(text) || text.starts_with("\xef\xbb\xbf")) {
      report(1, "codes.not_utf8", "the file is not plain UTF-8",
             "save it as UTF-8, without a byte order mark (in a spreadsheet: CSV UTF-8, then convert)");
      return std::move(table_);
    }
    CsvReader reader(',', 1, line_limit_bytes);
    CsvLine line;
    std::size_t used = 0;
    while (reader.next(text, used, line)) {
      take(line);
      text.remove_prefix(used);
      if (!has_header_) return std::move(table_);  // nothing below it can be told
    }
    if (reader.open_quote())
      report(reader.began(), "codes.csv", "the quote that opens here is never closed", "close it with \"");
    else if (reader.finish(line))
      take(line);
    if (table_.rows.empty() && count_ == 0)
      report(1, "codes.empty", fmt::format("the table {} has no rows", table_.name), "add rows, or delete the file");
    return std::move(table_);
  }

 private:
  void take(const CsvLine& line) {
    if (!line.fault.empty()) return report(line.number, "codes.csv", line.fault, "write the code, a comma, its code");
    if (line.fields.size() != 2) {
      const bool semicolon = line.fields.size() == 1 && line.fields[0].find(';') != std::string::npos;
      return report(line.number, "codes.csv", fmt::format("a line has two fields, this one has {}", line.fields.size()),
                    semicolon ? "separate them by a comma, not by a semicolon"
                              : "write the code, a comma, its code; quote a field that holds a comma");
    }
    for (const auto& field : line.fields)
      if (field.starts_with(' ') || field.ends_with(' '))
        return report(line.number, "codes.csv", fmt::format("\"{}\" has a space at its edge", field),
                      "take it out: codes are compared exactly");
    if (!has_header_) {
      has_header_ = true;
      if (line.fields[0].empty() || line.fields[1].empty())
        report(line.number, "codes.csv", "the first line names the two columns, and one of them is empty",
               "write their names, such as dukcapil,khanza");
      return;
    }
    auto [first, is_new] = lines_.emplace(line.fields[0], line.number);
    if (is_new) {
      table_.rows.emplace(line.fields[0], line.fields[1]);
      return;
    }
    report(line.number, "codes.repeated",
           fmt::format("the code \"{}\" stands twice, first on line {}", line.fields[0], first->second),
           "keep one of the two");
    problems_.back().related.push_back({place(first->second), "first here"});
  }

  Place place(std::uint64_t line) const {
    const Mark mark{static_cast<std::uint32_t>(line), 1};
    return {path_, mark, mark};
  }

  void report(std::uint64_t line, std::string code, std::string message, std::string hint) {
    problems_.push_back({std::move(code), std::move(message), std::move(hint), place(line), {}, Severity::error});
    ++count_;
  }

  const std::string& path_;
  Problems& problems_;
  CodeTable table_;
  std::map<std::string, std::uint64_t> lines_;
  std::size_t count_ = 0;  // of problems
  bool has_header_ = false;
};

}  // namespace

void read_codes(const yaml::Node& root, const std::string& stem, ReadingContext& context) {
  KindReader reader(root, "code table", table_fields(), context.problems);
  if (!reader.is_map()) return;
  CodeTable table;
  table.name = stem;
  read_own_name(reader, "table", stem);
  reader.text("description");
  const auto* rows = reader.map("rows");
  const auto* otherwise = reader.node("otherwise");
  reader.finish();
  // What reads as true, false or null is more likely a slip than a code: a quote makes it one.
  auto code = [&](const yaml::Node& node, std::string what) -> std::optional<std::string> {
    if (node.kind == yaml::Kind::text || node.kind == yaml::Kind::integer || node.kind == yaml::Kind::decimal)
      return node.scalar;
    reader.report(
        node, "codes.not_text", fmt::format("{} reads as {}, and codes are text", what, yaml::name(node.kind)),
        node.is_scalar() && !node.scalar.empty() ? fmt::format("write \"{}\" if this is the code", node.scalar)
                                                 : "write a text");
    return std::nullopt;
  };
  if (rows != nullptr) {
    if (rows->entries.empty())
      reader.report(*rows, "codes.empty", fmt::format("the table {} has no rows", stem),
                    "add rows, or delete the file");
    for (const auto& entry : rows->entries)
      if (auto value = code(entry.value, fmt::format("the code for \"{}\"", entry.key.scalar)))
        table.rows.emplace(entry.key.scalar, std::move(*value));
  }
  if (otherwise != nullptr) table.otherwise = code(*otherwise, "otherwise");
  context.out.tables->emplace(stem, std::move(table));
}

void read_codes_csv(std::string_view text, const std::string& path, const std::string& stem, ReadingContext& context) {
  context.out.tables->emplace(stem, CodesReader(path, stem, context).read(text));
}

}  // namespace simpul
