#include "bus/expression/expression.h"

#include <algorithm>
#include <utility>

#include "bus/base/bytes.h"
#include "bus/expression/checker.h"
#include "bus/expression/inference.h"
#include "bus/expression/machine.h"
#include "bus/expression/parser.h"
#include "bus/expression/parts.h"
#include "bus/expression/times.h"

namespace simpul {

namespace {

using cel::Node;
using cel::NodeKind;

class Compiled final : public Expression {
 public:
  Compiled(cel::Program program, const cel::Type& type, Problems warnings,
           std::vector<std::pair<std::string, std::string>> equalities, cel::Inferred inferred)
      : program_(std::move(program)),
        result_(cel::schema_type(type)),
        cursor_(cel::cursor_of(type)),
        may_be_absent_(type.is_optional()),
        warnings_(std::move(warnings)),
        equalities_(std::move(equalities)),
        inferred_(std::move(inferred)) {}

  std::expected<Evaluated, EvaluationError> evaluate(std::span<const json::Value* const> slots,
                                                     json::Arena& arena) const override {
    if (slots.size() < program_.variables.size()) return std::unexpected(few_slots());
    cel::Machine machine(program_, slots, arena);
    cel::Cell cell = machine.run(program_.root);
    if (cell.is_error() || machine.exhausted())
      return std::unexpected(machine.describe(cell.is_error() ? cell : at_root()));
    if (cell.kind == cel::CellKind::optional) {
      if (cell.size == 0) return Evaluated{{}, true};
      cell = *cell.cells;
    }
    auto value = machine.to_json(cell, program_.root);
    if (!value) return std::unexpected(machine.describe(value.error()));
    return Evaluated{*value, false};
  }

  std::expected<bool, EvaluationError> test(std::span<const json::Value* const> slots,
                                            json::Arena& arena) const override {
    if (slots.size() < program_.variables.size()) return few_values();
    cel::Machine machine(program_, slots, arena);
    cel::Cell cell;
    const cel::Holds verdict = machine.test(program_.root, cell);
    if (verdict == cel::Holds::unsure || machine.exhausted()) [[unlikely]]
      return failed(machine, verdict == cel::Holds::unsure ? cell : at_root());
    return verdict == cel::Holds::yes;
  }

  const SchemaType& result() const override { return result_; }
  std::shared_ptr<const Schema::Cursor> cursor() const override { return cursor_; }
  bool may_be_absent() const override { return may_be_absent_; }
  const std::string& inferred() const override { return inferred_.schema; }
  std::span<const TableUse> table_uses() const override { return inferred_.uses; }
  const Problems& warnings() const override { return warnings_; }
  const std::string& source() const override { return program_.source; }
  std::span<const std::pair<std::string, std::string>> equalities() const override { return equalities_; }
  std::vector<ConditionPart> parts(std::span<const json::Value* const> slots, json::Arena& arena) const override {
    if (slots.size() < program_.variables.size()) return {};
    return cel::condition_parts(program_, slots, arena);
  }

 private:
  cel::Cell at_root() const { return cel::Cell::error(cel::ErrorCode::no_overload, program_.root); }
  // Out of the way of tests that go well.
  [[gnu::noinline, gnu::cold]] static std::expected<bool, EvaluationError> few_values() {
    return std::unexpected(few_slots());
  }
  [[gnu::noinline, gnu::cold]] std::expected<bool, EvaluationError> failed(const cel::Machine& machine,
                                                                           const cel::Cell& cell) const {
    return std::unexpected(machine.describe(cell.is_error() ? cell : at_root()));
  }
  static EvaluationError few_slots() {
    return {"bad_argument", "fewer values were given than the expression has variables"};
  }

  cel::Program program_;
  SchemaType result_;
  std::shared_ptr<const Schema::Cursor> cursor_;
  bool may_be_absent_;
  Problems warnings_;
  std::vector<std::pair<std::string, std::string>> equalities_;
  cel::Inferred inferred_;
};

Mark mark_at(std::string_view text, std::uint32_t offset, const Mark& start) {
  if (start.line == 0) return {};
  const std::string_view before = text.substr(0, offset);
  const auto lines = static_cast<std::uint32_t>(std::ranges::count(before, '\n'));
  const std::size_t line_begin = lines == 0 ? 0 : before.rfind('\n') + 1;
  // Lines of a YAML block are indented alike, so each begins in the column of the first.
  return {start.line + lines, start.column + static_cast<std::uint32_t>(count_characters(before.substr(line_begin)))};
}

Problem placed(cel::Fault fault, std::string_view text, const Place& place, const std::string& path) {
  Problem problem;
  problem.code = std::move(fault.code);
  problem.message = std::move(fault.message);
  problem.hint = std::move(fault.hint);
  problem.path = path;
  problem.place.file = place.file;
  problem.place.start = mark_at(text, fault.range.begin, place.start);
  problem.place.end = mark_at(text, std::max(fault.range.begin, fault.range.end), place.start);
  return problem;
}

// A variable, or a field of one by its names: "data.jenis". Empty: neither.
std::string way_of(const Node& node) {
  if (node.kind == NodeKind::name) return node.text;
  if (node.kind != NodeKind::select || node.optional) return {};
  const std::string before = way_of(*node.children[0]);
  return before.empty() ? before : before + "." + node.text;
}

void collect_equalities(const Node& node, std::vector<std::pair<std::string, std::string>>& out) {
  if (node.kind == NodeKind::logical_and) {
    for (const Node* child : node.children) collect_equalities(*child, out);
  }
  if (node.kind != NodeKind::binary || node.text != "==") return;
  const Node* place = node.children[0];
  const Node* literal = node.children[1];
  if (place->kind == NodeKind::text) std::swap(place, literal);
  if (literal->kind != NodeKind::text) return;
  // Where the field's format is a date, the comparison is of instants, which have many spellings.
  if (cel::read_timestamp(literal->text) || cel::read_full_date(literal->text)) return;
  if (std::string way = way_of(*place); !way.empty()) out.emplace_back(std::move(way), literal->text);
}

}  // namespace

Checked<std::shared_ptr<const Expression>> compile_expression(std::string_view text, const Scope& scope, Expect expect,
                                                              const Place& place, const std::string& path) {
  const auto tree = cel::parse(text);
  if (!tree) return std::unexpected(Problems{placed(tree.error(), text, place, path)});
  cel::Program program;
  program.source = text;
  const auto problems_of = [&](std::vector<cel::Fault>& faults, Severity severity) {
    Problems problems;
    for (auto& fault : faults) problems.push_back(placed(std::move(fault), text, place, path));
    for (auto& problem : problems) problem.severity = severity;
    return problems;
  };
  cel::Annotations annotations;
  cel::Outcome outcome =
      cel::check(*tree, cel::declarations_of(scope), expect, program, scope.infer ? &annotations : nullptr);
  if (!outcome.faults.empty()) return std::unexpected(problems_of(outcome.faults, Severity::error));
  cel::optimise(program, cel::Slots::json);
  std::vector<std::pair<std::string, std::string>> equalities;
  collect_equalities(*tree->root, equalities);
  return std::make_shared<const Compiled>(std::move(program), outcome.type,
                                          problems_of(outcome.warnings, Severity::warning), std::move(equalities),
                                          scope.infer ? cel::infer(*tree, annotations, scope) : cel::Inferred());
}

}  // namespace simpul
