// Makes programs fast: parts that are the same for every event are computed once, and the shapes that conditions are
// made of (a field beside a literal, a field in a list of texts) become one step each.
#include <algorithm>

#include "bus/expression/functions.h"
#include "bus/expression/machine.h"

namespace simpul::cel {

namespace {

constexpr std::size_t kept_cells_limit = 10'000;
constexpr std::size_t kept_bytes_limit = 64 * 1024;

// Copies what a constant part came to into the program.
class Keeper {
 public:
  explicit Keeper(Program& program) : program_(program) {}

  // False when it is too much to keep, or no constant.
  bool keep(const Cell& cell, Cell& kept, unsigned depth = 0) {
    constexpr unsigned deepest = 16;
    if (depth > deepest || ++cells_ > kept_cells_limit) return false;
    kept = cell;
    switch (cell.kind) {
      case CellKind::error:
      case CellKind::json_list:
      case CellKind::json_map:
        return false;
      case CellKind::number:
      case CellKind::text:
      case CellKind::bytes:
      case CellKind::type:
        return keep_text(kept);
      case CellKind::list:
      case CellKind::optional: {
        if (cell.size > kept_cells_limit) return false;
        std::vector<Cell> items(cell.size);
        for (std::uint32_t i = 0; i < cell.size; ++i) {
          if (!keep(cell.cells[i], items[i], depth + 1)) return false;
        }
        kept.cells = program_.lists.emplace_back(std::move(items)).data();
        return true;
      }
      case CellKind::map: {
        if (cell.size > kept_cells_limit) return false;
        std::vector<Entry> entries(cell.size);
        for (std::uint32_t i = 0; i < cell.size; ++i) {
          if (!keep(cell.entries[i].key, entries[i].key, depth + 1)) return false;
          if (!keep(cell.entries[i].value, entries[i].value, depth + 1)) return false;
        }
        kept.entries = program_.maps.emplace_back(std::move(entries)).data();
        return true;
      }
      default:
        return true;
    }
  }

 private:
  bool keep_text(Cell& cell) {
    if (cell.constant) return true;
    bytes_ += cell.size;
    if (bytes_ > kept_bytes_limit) return false;
    cell.characters = program_.keep(std::string(cell.text())).data();
    cell.constant = true;
    return true;
  }

  Program& program_;
  std::size_t cells_ = 0, bytes_ = 0;
};

// What needs nothing but its operands. Conditions are left as they are: which operand is taken is their point.
bool is_pure(const Step& step) {
  switch (step.op) {
    case Op::select:
    case Op::index:
    case Op::logical_not:
    case Op::negate:
    case Op::add:
    case Op::subtract:
    case Op::multiply:
    case Op::divide:
    case Op::modulo:
    case Op::equal:
    case Op::not_equal:
    case Op::less:
    case Op::less_equal:
    case Op::greater:
    case Op::greater_equal:
    case Op::in:
    case Op::list:
    case Op::map:
    case Op::to_timestamp:
      return true;
    case Op::call:
      return step.function != nullptr;
    default:
      return false;
  }
}

class Optimiser {
 public:
  Optimiser(Program& program, Slots slots)
      : program_(program), slots_(slots), starts_with_(function_of("startsWith")) {}

  void run() {
    measure();
    for (std::uint32_t i = 0; i < program_.steps.size(); ++i) fold(i);
    for (std::uint32_t i = 0; i < program_.steps.size(); ++i) shorten_path(i);
    make_fields();
    for (auto& step : program_.steps) fuse(step);
  }

 private:
  Step& operand(const Step& step, std::uint32_t at) { return program_.steps[program_.operands[step.first + at]]; }

  void measure() {
    for (const Step& step : program_.steps) {
      std::uint32_t needs = 0;
      if (step.op == Op::comprehension) needs = step.a + 2;
      if (step.op == Op::local || step.op == Op::bind || step.op == Op::opt_map || step.op == Op::opt_flat_map)
        needs = step.a + 1;
      if (step.op == Op::block) needs = step.a + step.count;
      program_.locals = std::max(program_.locals, needs);
    }
    make_fields();  // folding runs steps
  }

  void make_fields() {
    std::vector<std::string_view> names = program_.names;
    for (Step& step : program_.steps) {
      if (step.op != Op::select && step.op != Op::select_optional && step.op != Op::has) continue;
      step.hint = static_cast<std::uint32_t>(names.size());
      names.push_back(step.name);
    }
    program_.fields = std::make_unique<SoughtField[]>(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      program_.fields[i].characters = names[i].data();
      program_.fields[i].size = static_cast<std::uint32_t>(names[i].size());
    }
  }

  void fold(std::uint32_t index) {
    Step& step = program_.steps[index];
    if (!is_pure(step) || step.flagged || step.constant.is_error()) return;
    for (std::uint32_t i = 0; i < step.count; ++i) {
      if (operand(step, i).op != Op::constant || operand(step, i).constant.is_error()) return;
    }
    json::Arena arena;
    const Cell value = Machine(program_, std::span<const Cell>(), arena).run(index);
    Cell kept;
    if (value.is_error() || !Keeper(program_).keep(value, kept)) return;
    step.op = Op::constant;
    step.constant = kept;
    step.first = step.count = 0;
  }

  // A selection from a macro's variable is a path too.
  void shorten_path(std::uint32_t index) {
    Step& step = program_.steps[index];
    if (step.op != Op::select) return;
    const Step& of = operand(step, 0);
    if (of.op != Op::local && of.op != Op::local_path) return;
    const auto first = static_cast<std::uint32_t>(program_.names.size());
    const std::uint32_t before = of.op == Op::local ? 0 : of.count;
    for (std::uint32_t i = 0; i < before; ++i) program_.names.push_back(program_.names[of.first + i]);
    program_.names.push_back(step.name);
    step.op = Op::local_path;
    step.a = of.a;
    step.first = first;
    step.count = before + 1;
  }

  static Op mirrored(Op relation) {
    switch (relation) {
      case Op::less:
        return Op::greater;
      case Op::less_equal:
        return Op::greater_equal;
      case Op::greater:
        return Op::less;
      case Op::greater_equal:
        return Op::less_equal;
      default:
        return relation;
    }
  }

  void fuse(Step& step) {
    switch (step.op) {
      case Op::equal:
      case Op::not_equal:
      case Op::less:
      case Op::less_equal:
      case Op::greater:
      case Op::greater_equal: {
        const bool left = operand(step, 0).op == Op::constant;
        const Step& literal = operand(step, left ? 0 : 1);
        if (literal.op != Op::constant) return;
        const bool equality = step.op == Op::equal || step.op == Op::not_equal;
        const Op relation = left ? mirrored(step.op) : step.op;
        if (literal.constant.is_text() && equality) {
          take(step, Op::is_text, left ? 1 : 0, literal.constant);
        } else if (literal.constant.kind == CellKind::integer) {
          take(step, Op::compare_integer, left ? 1 : 0, literal.constant);
        } else {
          return;
        }
        step.relation = relation;
        return;
      }
      case Op::in:
        fuse_in(step);
        return;
      case Op::call:
        if (starts_with_ == nullptr || step.function != starts_with_->function || step.count != 2) return;
        if (operand(step, 1).op == Op::constant && operand(step, 1).constant.is_text())
          take(step, Op::starts_with, 0, operand(step, 1).constant);
        return;
      default:
        return;
    }
  }

  void fuse_in(Step& step) {
    const Step& list = operand(step, 1);
    if (list.op != Op::constant || list.constant.kind != CellKind::list) return;
    std::vector<Cell> texts(list.constant.cells, list.constant.cells + list.constant.size);
    if (!std::ranges::all_of(texts, [](const Cell& cell) { return cell.is_text(); })) return;
    std::ranges::sort(
        texts, [](const Cell& a, const Cell& b) { return a.size != b.size ? a.size < b.size : a.text() < b.text(); });
    const auto& kept = program_.lists.emplace_back(std::move(texts));
    take(step, Op::is_in_texts, 0, Cell::list(kept.data(), kept.size()));
  }

  // The step takes over its operand where that is a variable or a path.
  void take(Step& step, Op op, std::uint32_t at, const Cell& constant) {
    const std::uint32_t index = program_.operands[step.first + at];
    const Step& value = program_.steps[index];
    const bool from_slot = (value.op == Op::slot || value.op == Op::path) && slots_ == Slots::json;
    const bool from_local = value.op == Op::local || value.op == Op::local_path;
    const bool has_names = value.op == Op::path || value.op == Op::local_path;
    step.op = op;
    step.constant = constant;
    step.source = from_slot ? Source::slot : from_local ? Source::local : Source::step;
    step.hint = index;
    step.a = value.a;
    step.first = from_slot || from_local ? value.first : index;
    step.count = has_names ? value.count : 0;
  }

  Program& program_;
  Slots slots_;
  const FunctionEntry* starts_with_;
};

}  // namespace

void optimise(Program& program, Slots slots) {
  Optimiser(program, slots).run();
}

}  // namespace simpul::cel
