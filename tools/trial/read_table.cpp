// Tables of mapping cases: each row of a CSV file is a case. The heads say what a column is:
//   name                    the row's name
//   data.rt, /data/rt       what is given has this there
//   -> sismiop              what becomes of it: delivered, nothing, or parked, or parked: and words of its reason
//   -> sismiop.JALAN_WP     a member of what sismiop gets; -> sismiop/pasien.alamat: in this place of it
//   -> refused              the code of the refusal
// An empty cell says nothing; (none): it is not there; (empty): the empty text.
#include <fmt/format.h>

#include <algorithm>

#include "bus/event/csv.h"
#include "tools/trial/draft.h"

namespace simpul::trial {
namespace {

constexpr std::size_t line_limit_bytes = 1u << 20;

struct Column {
  enum Use { name, set, outcome, refused, member } use = set;
  std::string head, app, into;
  TreePath path;
};

Place place_at(const std::string& file, std::uint64_t line) {
  const auto number = static_cast<std::uint32_t>(line);
  return {file, {number, 1}, {number, 1}};
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

class TableReader {
 public:
  TableReader(const TableText& table, const Case& like, const std::vector<Draft>& drafts, const DraftDefaults& defaults,
              const Generation& generation, std::vector<Case>& out, Problems& problems)
      : table_(table),
        like_(like),
        drafts_(drafts),
        defaults_(defaults),
        generation_(generation),
        out_(out),
        problems_(problems) {}

  void read() {
    CsvReader reader(',', 1, line_limit_bytes);
    CsvLine line;
    std::string_view rest = table_.text;
    if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);
    for (std::size_t used = 0; reader.next(rest, used, line);) {
      rest.remove_prefix(used);
      if (!take(line)) return;
    }
    if (reader.open_quote())
      return report(reader.began(), "test.table", "a quote is opened here and never closed", "close it with \"");
    if (reader.finish(line) && !take(line)) return;
    if (columns_.empty())
      return report(1, "test.table", "the table has no line of heads", "name the columns in the first line");
    if (rows_ == 0) report(1, "test.table", "the table has no rows", "add a row for each case");
  }

 private:
  bool take(const CsvLine& line) {
    if (!line.fault.empty()) {
      report(line.number, "test.table", line.fault, "mend this line of the table");
      return false;
    }
    if (columns_.empty()) return heads(line);
    if (++rows_ > rows_limit) {
      report(line.number, "test.table", fmt::format("a table has at most {} rows", rows_limit), "make two of it");
      return false;
    }
    row(line);
    return true;
  }

  bool heads(const CsvLine& line) {
    bool good = true;
    for (const auto& field : line.fields) {
      Column column;
      column.head = trimmed(field);
      good = head(column, line.number) && good;
      for (const auto& other : columns_)
        if (other.head == column.head) {
          report(line.number, "test.table", fmt::format("two columns are called \"{}\"", column.head), "keep one");
          good = false;
        }
      columns_.push_back(std::move(column));
    }
    return good;
  }

  bool head(Column& column, std::uint64_t line) {
    std::string_view head = column.head;
    if (head == "name") {
      column.use = Column::name;
      return true;
    }
    if (!head.starts_with("->")) return set_head(column, line);
    head = trimmed(head.substr(2));
    if (head == "refused") {
      column.use = Column::refused;
      return true;
    }
    const auto dot = head.find('.');
    auto whom = head.substr(0, dot);
    const auto slash = whom.find('/');
    column.app = whom.substr(0, slash);
    if (slash != whom.npos) column.into = whom.substr(slash + 1);
    column.use = dot == head.npos ? Column::outcome : Column::member;
    if (dot != head.npos) column.path = tree_path(head.substr(dot + 1));
    auto app = generation_.apps().find(column.app);
    if (app == generation_.apps().end()) {
      std::vector<std::string> names{"refused"};
      for (const auto& [name, known] : generation_.apps()) names.push_back(name);
      report(line, "test.unknown_app",
             fmt::format("the column \"{}\" names no app{}", column.head, did_you_mean(column.app, names)),
             "write -> app, -> app.MEMBER, -> app/into.MEMBER or -> refused");
      return false;
    }
    if (!column.into.empty() && !app->second.accepts.contains(column.into)) {
      std::vector<std::string> names;
      for (const auto& [name, schema] : app->second.accepts) names.push_back(name);
      report(line, "test.unknown_into",
             fmt::format("{} has no place {}{}", column.app, column.into, did_you_mean(column.into, names)),
             fmt::format("see `accepts` in config/apps/{}.yaml", column.app));
      return false;
    }
    return true;
  }

  bool set_head(Column& column, std::uint64_t line) {
    column.path = tree_path(column.head);
    const auto& first = column.path.front();
    const bool record = !drafts_.empty() && drafts_.front().is_record();
    const bool fits = record ? first == "row" || first == "old" : !first.empty();
    if (!fits || column.head.empty())
      report(line, "test.table", fmt::format("the column \"{}\" is no path into what is given", column.head),
             record ? "begin it with row. or old., or with -> and an app"
                    : "write a path such as data.nik, or -> and an app");
    return fits && !column.head.empty();
  }

  void row(const CsvLine& line) {
    if (line.fields.size() != columns_.size())
      return report(line.number, "test.table",
                    fmt::format("this row has {} cells, and there are {} columns", line.fields.size(), columns_.size()),
                    "give each column its cell; an empty one says nothing");
    Case one = like_;
    one.place = place_at(table_.path, line.number);
    one.name = fmt::format("{} [{}]", like_.name, line.number);
    auto drafts = drafts_;
    std::vector<std::string> looked_at;
    for (const auto& each : one.expected)
      if (!each.app.empty()) looked_at.push_back(each.app);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (line.fields[i].empty()) continue;
      if (!columns_[i].app.empty()) looked_at.push_back(columns_[i].app);
      cell(columns_[i], line.fields[i], drafts.front(), one);
    }
    // A row speaks of the apps that it has cells for; of what else is delivered it says nothing.
    if (!one.only) one.only = looked_at;
    one.given.clear();
    give(drafts, defaults_, one.given);
    one.expects = true;
    out_.push_back(std::move(one));
  }

  void cell(const Column& column, const std::string& text, Draft& draft, Case& one) {
    switch (column.use) {
      case Column::name:
        one.name = fmt::format("{} [{}]", like_.name, text);
        return;
      case Column::set:
        return set(column, text, draft, one.place);
      case Column::refused: {
        Expectation expected;
        expected.kind = Expectation::refused;
        expected.place = one.place;
        expected.code = text;
        one.expected.push_back(std::move(expected));
        return;
      }
      case Column::outcome:
        return outcome(column, text, one);
      case Column::member:
        return member(column, text, one);
    }
  }

  void set(const Column& column, const std::string& text, Draft& draft, const Place& place) {
    if (text == "(none)") {
      if (column.path.size() == 1) draft.removed.insert(column.path.front());
      remove_path(draft.tree, column.path);
      return;
    }
    auto value = Tree::string(text == "(empty)" ? "" : text);
    const auto* there = at_path(draft.tree, column.path);
    if (there != nullptr && there->kind != json::Kind::string)
      if (auto document = json::parse(text)) value = Tree::of(document->root());
    if (!set_path(draft.tree, column.path, std::move(value)))
      problems_.push_back({"test.path",
                           fmt::format("there is no {} in what is given", column.head),
                           "an item of a list has its index from 0, and a new one the next index",
                           place,
                           {},
                           Severity::error});
  }

  Expectation& delivery(const Column& column, Case& one) {
    for (auto& each : one.expected)
      if (each.kind == Expectation::delivery && each.app == column.app &&
          (column.into.empty() || each.into.empty() || each.into == column.into))
        return each;
    Expectation expected;
    expected.app = column.app;
    expected.into = column.into;
    expected.place = one.place;
    return one.expected.emplace_back(std::move(expected));
  }

  void outcome(const Column& column, const std::string& text, Case& one) {
    if (text == "nothing") return;
    if (text == "delivered") {
      delivery(column, one);
      return;
    }
    if (text != "parked" && !text.starts_with("parked:")) {
      problems_.push_back({"test.table",
                           fmt::format("\"{}\" is no outcome", text),
                           "write delivered, nothing, parked, or parked: and words of the reason",
                           one.place,
                           {},
                           Severity::error});
      return;
    }
    Expectation expected;
    expected.kind = Expectation::parked;
    expected.app = column.app;
    expected.into = column.into;
    expected.place = one.place;
    if (text.size() > 7) expected.reason = trimmed(std::string_view(text).substr(7));
    one.expected.push_back(std::move(expected));
  }

  void member(const Column& column, const std::string& text, Case& one) {
    auto& expected = delivery(column, one);
    auto name = column.head.substr(column.head.find('.') + 1);
    if (text == "(none)")
      expected.lacks.push_back(name);
    else
      expected.has.push_back({column.path, name, Tree::string(text == "(empty)" ? "" : text), true});
  }

  void report(std::uint64_t line, std::string code, std::string message, std::string hint) {
    problems_.push_back(
        {std::move(code), std::move(message), std::move(hint), place_at(table_.path, line), {}, Severity::error});
  }

  const TableText& table_;
  const Case& like_;
  const std::vector<Draft>& drafts_;
  const DraftDefaults& defaults_;
  const Generation& generation_;
  std::vector<Case>& out_;
  Problems& problems_;
  std::vector<Column> columns_;
  std::size_t rows_ = 0;
};

}  // namespace

void read_table(const TableText& table, const Case& like, const std::vector<Draft>& drafts,
                const DraftDefaults& defaults, const Generation& generation, std::vector<Case>& out,
                Problems& problems) {
  TableReader(table, like, drafts, defaults, generation, out, problems).read();
}

}  // namespace simpul::trial
