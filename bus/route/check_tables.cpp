// Code tables against what routes ask of them: every key that an expression may ask for has a row, and a row that
// nobody can ask for is told. Keys are known where they come from enums; where one use of a table is not known, nothing
// is said of its rows.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "bus/route/prove_mappings.h"

namespace simpul {
namespace {

constexpr std::size_t keys_shown = 8;

std::string shown(const std::vector<std::string>& keys) {
  std::vector<std::string> some;
  for (std::size_t i = 0; i < std::min(keys.size(), keys_shown); ++i) some.push_back("\"" + keys[i] + "\"");
  auto text = fmt::format("{}", fmt::join(some, ", "));
  return keys.size() > keys_shown ? fmt::format("{} and {} more", text, keys.size() - keys_shown) : text;
}

bool names_table(const yaml::Node& node, const std::string& name) {
  if (node.is_scalar()) {
    const auto at = node.scalar.find(name);
    return at != node.scalar.npos && at > 0 && (node.scalar[at - 1] == '"' || node.scalar[at - 1] == '\'');
  }
  auto names = [&](const yaml::Node& inner) { return names_table(inner, name); };
  return std::ranges::any_of(node.items, names) ||
         std::ranges::any_of(node.entries, [&](const yaml::Entry& entry) { return names(entry.value); });
}

class Tables {
 public:
  Tables(const Declarations& declarations, Problems& problems) : all_(declarations), problems_(problems) {}

  void program(const RouteProgram& program) {
    expression(program.when, true);
    for (const auto& [name, let] : program.lets) expression(let, true);
    for (const auto& key : program.keys) expression(key, true);
    for (const auto& target : program.targets) {
      for (const auto& placed : {target.when, target.each, target.where, target.until}) expression(placed, true);
      for (const auto& [name, let] : target.lets) expression(let, true);
      for (const auto& key : target.keys) expression(key, true);
      const bool guarded = program.when || target.when || target.where || !target.way.empty();
      if (target.mapping != nullptr) part(target.mapping->root(), guarded);
    }
  }

  void rows() {
    for (const auto& [name, table] : *all_.tables) {
      auto asked = asked_.find(name);
      if (asked == asked_.end() || unknown_.contains(name)) continue;
      // Rules of sources ask tables too.
      const bool elsewhere = std::ranges::any_of(all_.roots, [&, &table_name = name](const auto& root) {
        return root.first.starts_with("config/apps/") && names_table(root.second, table_name);
      });
      if (elsewhere) continue;
      std::vector<std::string> never;
      for (const auto& [key, value] : table.rows)
        if (!asked->second.contains(key)) never.push_back(key);
      if (never.empty()) continue;
      auto file = all_.table_files.find(name);
      const auto path = file == all_.table_files.end() ? fmt::format("config/codes/{}.yaml", name) : file->second;
      problems_.push_back({"topology.unasked_rows",
                           fmt::format("no event can ask the code table {} for {}", name, shown(never)),
                           "delete these rows, or add the values to the enum of the event's schema",
                           {path, {1, 1}, {}},
                           {},
                           Severity::warning,
                           {}});
    }
  }

 private:
  void part(const MappingPart& part, bool guarded) {
    const bool inside = guarded || part.kind == MappingPart::choice || part.kind == MappingPart::each;
    uses(part.expression.get(), part.place, part.path, guarded);
    expression(part.where, true);
    for (const auto& condition : part.conditions) expression(condition, true);
    for (const auto& [name, let] : part.lets) expression(let, guarded);
    for (const auto& inner : part.parts) this->part(inner, inside);
  }

  void expression(const PlacedExpression& placed, bool guarded) {
    if (placed) uses(placed.expression.get(), placed.place, {}, guarded);
  }

  void uses(const Expression* expression, const Place& place, const std::string& path, bool guarded) {
    if (expression == nullptr) return;
    for (const auto& use : expression->table_uses()) {
      asked_[use.table].insert(use.keys.begin(), use.keys.end());
      if (!use.known) {
        unknown_.insert(use.table);
        continue;
      }
      auto table = all_.tables->find(use.table);
      if (table == all_.tables->end() || table->second.otherwise) continue;
      std::vector<std::string> missing;
      for (const auto& key : use.keys)
        if (!table->second.rows.contains(key)) missing.push_back(key);
      if (missing.empty()) continue;
      auto file = all_.table_files.find(use.table);
      problems_.push_back(
          {"map.missing_row",
           fmt::format("the code table {} has no row for {}, which may be asked here", use.table, shown(missing)),
           fmt::format("add {} to {}, or say there what is taken otherwise",
                       missing.size() == 1 ? "the row" : "the rows",
                       file == all_.table_files.end() ? "its file" : file->second),
           place,
           path,
           // A condition may keep these values away; who reads it knows.
           guarded || use.guarded ? Severity::warning : Severity::error,
           {}});
      if (file != all_.table_files.end()) problems_.back().related.push_back({{file->second, {1, 1}, {}}, "the table"});
    }
  }

  const Declarations& all_;
  Problems& problems_;
  std::map<std::string, std::set<std::string>> asked_;
  std::set<std::string> unknown_;
};

}  // namespace

void check_tables(const std::vector<std::shared_ptr<RouteProgram>>& programs, const Declarations& declarations,
                  Problems& problems) {
  Tables tables(declarations, problems);
  for (const auto& program : programs) tables.program(*program);
  tables.rows();
}

}  // namespace simpul
