#include "bus/expression/parts.h"

#include <algorithm>

#include "bus/base/bytes.h"
#include "bus/expression/machine.h"

namespace simpul::cel {

namespace {

constexpr std::size_t seen_limit = 8, value_characters = 80;

std::string shown(const json::Value& value) {
  std::string text = json::write(value);
  if (count_characters(text) <= value_characters) return text;
  std::size_t end = value_characters;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

class Parts {
 public:
  Parts(const Program& program, std::span<const json::Value* const> slots, json::Arena& arena)
      : program_(program), slots_(slots), arena_(arena) {}

  std::vector<ConditionPart> take() {
    split(program_.root, 0);
    return std::move(parts_);
  }

 private:
  std::uint32_t operand(const Step& step, std::uint32_t at) const { return program_.operands[step.first + at]; }

  // Down to what && and the like join. The tree's depth is bounded by the parser.
  void split(std::uint32_t index, unsigned depth) {
    const Step& step = program_.steps[index];
    const bool joins =
        step.op == Op::all_of || step.op == Op::any_of || step.op == Op::logical_not || step.op == Op::conditional;
    if (!joins || depth > tree_limit) return part(index);
    for (std::uint32_t i = 0; i < step.count; ++i) split(operand(step, i), depth + 1);
  }

  void part(std::uint32_t index) {
    const Step& step = program_.steps[index];
    if (parts_.size() >= condition_parts_limit || step.op == Op::constant) return;
    ConditionPart made{step.range.begin, step.range.end, std::nullopt, {}, {}};
    Machine machine(program_, slots_, arena_);
    const Cell value = machine.run(index);
    if (value.kind == CellKind::boolean)
      made.held = value.boolean;
    else if (value.is_error())
      made.error = machine.describe(value).message;
    look(index, made, 0);
    parts_.push_back(std::move(made));
  }

  // The fields that it read, by their paths. What a macro does with its items has no value of its own here.
  void look(std::uint32_t index, ConditionPart& part, unsigned depth) {
    const Step& step = program_.steps[index];
    if (depth > tree_limit) return;
    switch (step.op) {
      case Op::slot:
      case Op::path:
      case Op::has_slot:
      case Op::has_path:
        return see(step, step.op == Op::slot || step.op == Op::has_slot ? 0 : step.count, part);
      case Op::is_text:
      case Op::is_in_texts:
      case Op::starts_with:
      case Op::compare_integer:
        if (step.source == Source::local) return;
        return step.source == Source::slot ? see(step, step.count, part) : look(step.first, part, depth + 1);
      case Op::constant:
      case Op::local:
      case Op::local_path:
        return;
      case Op::comprehension:
      case Op::bind:
      case Op::opt_map:
      case Op::opt_flat_map:
        return look(operand(step, 0), part, depth + 1);
      default:
        for (std::uint32_t i = 0; i < step.count; ++i) look(operand(step, i), part, depth + 1);
    }
  }

  void see(const Step& step, std::uint32_t names, ConditionPart& part) {
    if (part.seen.size() >= seen_limit) return;
    std::string path = program_.variables[step.a];
    const json::Value* value = slots_[step.a];
    for (std::uint32_t i = 0; i < names; ++i) {
      const std::string_view name = program_.names[step.first + i];
      path.append(".").append(name);
      if (value != nullptr) value = value->is_object() ? value->find(name) : nullptr;
    }
    if (std::ranges::find(part.seen, path, &ConditionPart::Seen::path) != part.seen.end()) return;
    part.seen.push_back({std::move(path), value != nullptr ? std::optional(shown(*value)) : std::nullopt});
  }

  const Program& program_;
  std::span<const json::Value* const> slots_;
  json::Arena& arena_;
  std::vector<ConditionPart> parts_;
};

}  // namespace

std::vector<ConditionPart> condition_parts(const Program& program, std::span<const json::Value* const> slots,
                                           json::Arena& arena) {
  return Parts(program, slots, arena).take();
}

}  // namespace simpul::cel
