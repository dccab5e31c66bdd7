// Fields of the event: found where they were found last, and the steps that optimise() fuses of a field and a literal.
#include <algorithm>

#include "bus/expression/machine.h"
#include "bus/expression/numbers.h"
#include "bus/expression/short_text.h"

namespace simpul::cel {

namespace {

constexpr std::size_t searched_by_step = 32;  // members: a search of them is cheap, not free
constexpr std::uint32_t few_texts = 8;

// Whether a list of texts, ordered by length and then by bytes, holds the text.
bool find_text(const Cell& ordered, std::string_view text) {
  const Cell* first = ordered.cells;
  const Cell* last = first + ordered.size;
  if (ordered.size > few_texts) {
    first = std::lower_bound(first, last, text, [](const Cell& cell, std::string_view wanted) {
      return cell.size != wanted.size() ? cell.size < wanted.size() : cell.text() < wanted;
    });
    return first != last && same_text(first->text(), text);
  }
  for (; first != last; ++first) {
    if (same_text(first->text(), text)) return true;
  }
  return false;
}

bool holds(Op relation, std::int64_t a, std::int64_t b) {
  switch (relation) {
    case Op::less:
      return a < b;
    case Op::less_equal:
      return a <= b;
    case Op::greater:
      return a > b;
    case Op::greater_equal:
      return a >= b;
    case Op::not_equal:
      return a != b;
    default:
      return a == b;
  }
}

Holds verdict_of(bool holds) {
  return holds ? Holds::yes : Holds::no;
}

template <Op op>
[[gnu::always_inline]] inline Holds verdict(const Step& step, const json::Value& value) {
  const std::string_view text = value.text();
  if constexpr (op == Op::compare_integer) {
    if (!value.is_number()) return Holds::unsure;
    const auto integer = short_integer(text);
    return integer ? verdict_of(holds(step.relation, *integer, step.constant.integer)) : Holds::unsure;
  }
  if (!value.is_string() || text.size() > short_text) return Holds::unsure;
  if constexpr (op == Op::is_text) {
    const bool same =
        text.size() == step.constant.size && same_few_bytes(text.data(), step.constant.characters, step.constant.size);
    return verdict_of(same == (step.relation == Op::equal));
  }
  if constexpr (op == Op::starts_with) {
    return verdict_of(text.size() >= step.constant.size &&
                      same_few_bytes(text.data(), step.constant.characters, step.constant.size));
  }
  if (step.constant.size > few_texts) return Holds::unsure;
  const Cell* one = step.constant.cells;
  for (const Cell* const last = one + step.constant.size; one != last; ++one) {
    if (one->size == text.size() && same_few_bytes(text.data(), one->characters, one->size)) return Holds::yes;
  }
  return Holds::no;
}

// The field where it was found last, if it is there and counting is not needed.
[[gnu::always_inline]] inline const json::Value* guessed(const json::Value& object, const SoughtField& field) {
  if (!object.is_object() || object.size() >= searched_by_step || field.size > short_text) return nullptr;
  const std::uint32_t guess = field.guess.load(std::memory_order_relaxed);
  if (guess >= object.size()) return nullptr;
  const json::Member& member = object.members().data()[guess];
  if (member.name.size() != field.size || !same_few_bytes(member.name.data(), field.characters, field.size))
    return nullptr;
  return &member.value;
}

}  // namespace

[[gnu::always_inline]] inline const json::Value* Machine::find(const json::Member* members, std::size_t size,
                                                               const SoughtField& field) {
  steps_ += size / searched_by_step;  // guessed right or not: what an evaluation counts is the same every time
  const std::uint32_t guess = field.guess.load(std::memory_order_relaxed);
  if (guess < size && same_text(members[guess].name, field.name())) [[likely]]
    return &members[guess].value;
  return search(members, size, field);
}

[[gnu::noinline]] const json::Value* Machine::search(const json::Member* members, std::size_t size,
                                                     const SoughtField& field) {
  for (std::uint32_t i = 0; i < size; ++i) {
    if (!same_text(members[i].name, field.name())) continue;
    field.guess.store(i, std::memory_order_relaxed);
    return &members[i].value;
  }
  return nullptr;
}

bool Machine::find(const Cell& map, const SoughtField& field, Cell& value) {
  if (map.kind == CellKind::map) {
    steps_ += map.size / searched_by_step;
    return member_of(map, Cell::of(field.name()), value);
  }
  const json::Value* found = find(map.members, map.size, field);
  if (found == nullptr) return false;
  value = Cell::of(*found);
  return true;
}

// Down the step's names; null, and the error, where there is nothing.
[[gnu::always_inline]] inline const json::Value* Machine::walk(const json::Value* value, const Step& step,
                                                               std::uint32_t index, Cell& error) {
  if (value == nullptr) [[unlikely]] {
    error = Cell::error(ErrorCode::no_such_field, index);
    return nullptr;
  }
  const SoughtField* field = program_.fields.get() + step.first;
  for (const SoughtField* const last = field + step.count; field != last; ++field) {
    const bool is_object = value->is_object();
    value = is_object ? find(value->members().data(), value->size(), *field) : nullptr;
    if (value != nullptr) [[likely]]
      continue;
    error = Cell::error(is_object ? ErrorCode::no_such_field : ErrorCode::no_overload, index);
    return nullptr;
  }
  return value;
}

Cell Machine::path(std::uint32_t index, const Step& step) {
  if (cells_ != nullptr) [[unlikely]]
    return path_from(variable(step.a, index), index, step, step.count);
  Cell error;
  const json::Value* value = walk(slots_[step.a], step, index, error);
  return value != nullptr ? Cell::of(*value) : error;
}

// The same from any value.
Cell Machine::path_from(Cell value, std::uint32_t index, const Step& step, std::uint32_t count) {
  for (std::uint32_t i = step.first; i < step.first + count; ++i) {
    if (value.is_error()) return value;
    bool optional = false;
    if (value.kind == CellKind::optional) {
      if (value.size == 0) return value;
      value = *value.cells;
      optional = true;
    }
    if (!value.is_map()) return Cell::error(ErrorCode::no_overload, index);
    Cell member;
    if (!find(value, program_.fields[i], member))
      return optional ? Cell::none() : Cell::error(ErrorCode::no_such_field, index);
    value = optional ? some(member, index) : member;
  }
  return value;
}

Cell Machine::has_path(std::uint32_t index, const Step& step) {
  if (cells_ != nullptr) [[unlikely]]
    return has_path_from(variable(step.a, index), index, step);
  const json::Value* value = slots_[step.a];
  if (value == nullptr) return Cell::error(ErrorCode::no_such_field, index);
  const std::uint32_t last = step.first + step.count - 1;
  for (std::uint32_t i = step.first;; ++i) {
    if (!value->is_object())
      return i == last && value->is_null() ? Cell::of(false) : Cell::error(ErrorCode::no_overload, index);
    value = find(value->members().data(), value->size(), program_.fields[i]);
    if (i == last) return Cell::of(value != nullptr);
    if (value == nullptr) return Cell::error(ErrorCode::no_such_field, index);
  }
}

Cell Machine::has_path_from(Cell value, std::uint32_t index, const Step& step) {
  value = path_from(value, index, step, step.count - 1);
  if (value.is_error()) return value;
  if (value.kind == CellKind::optional) {
    if (value.size == 0) return Cell::of(false);
    value = *value.cells;
  }
  if (value.kind == CellKind::null) return Cell::of(false);
  if (!value.is_map()) return Cell::error(ErrorCode::no_overload, index);
  const std::uint32_t last = step.first + step.count - 1;
  Cell ignored;
  return Cell::of(find(value, program_.fields[last], ignored));
}

// Errors are those of the step that was fused into this one.
[[gnu::always_inline]] inline const json::Value* Machine::fused_value(const Step& step, Cell& other) {
  if (step.source == Source::slot) [[likely]]
    return walk(slots_[step.a], step, step.hint, other);
  if (step.source == Source::step) {
    other = run(step.first);
    return nullptr;
  }
  const Cell& local = locals_[step.a];
  if (step.count == 1 && local.kind == CellKind::json_map) {
    const json::Value* found = find(local.members, local.size, program_.fields[step.first]);
    if (found == nullptr) other = Cell::error(ErrorCode::no_such_field, step.hint);
    return found;
  }
  other = path_from(local, step.hint, step, step.count);
  return nullptr;
}

// The commonest way, without a call.
template <Op op>
[[gnu::always_inline]] inline Holds Machine::guess(const Step& step) {
  const json::Value* value = slots_[step.a];
  const SoughtField* field = program_.fields.get() + step.first;
  if (value == nullptr) return Holds::unsure;
  for (const SoughtField* const last = field + step.count; field != last; ++field) {
    const json::Value* found = guessed(*value, *field);
    if (found == nullptr) [[unlikely]]
      return sought<op>(step, *value, field);
    value = found;
  }
  return verdict<op>(step, *value);
}

// The rest of the way, where a guess was wrong: an event of another shape than the one before.
template <Op op>
[[gnu::noinline]] Holds Machine::sought(const Step& step, const json::Value& from, const SoughtField* field) {
  const json::Value* value = &from;
  const SoughtField* const last = program_.fields.get() + step.first + step.count;
  for (; field != last; ++field) {
    if (!value->is_object()) return Holds::unsure;
    value = find(value->members().data(), value->size(), *field);
    if (value == nullptr) return Holds::unsure;
  }
  return verdict<op>(step, *value);
}

Holds Machine::at_once(const Step& step) {
  if (step.source != Source::slot) return Holds::unsure;
  switch (step.op) {
    case Op::is_text:
      return guess<Op::is_text>(step);
    case Op::is_in_texts:
      return guess<Op::is_in_texts>(step);
    case Op::starts_with:
      return guess<Op::starts_with>(step);
    case Op::compare_integer:
      return guess<Op::compare_integer>(step);
    default:
      return Holds::unsure;
  }
}

// Whatever the value is, and wherever it comes from.
Cell Machine::fused(std::uint32_t index, const Step& step) {
  Cell value;
  if (const json::Value* found = fused_value(step, value)) value = Cell::of(*found);
  if (value.is_error()) return value;
  const std::string_view text = step.constant.text();
  switch (step.op) {
    case Op::is_text:
      return Cell::of((value.is_text() && same_text(value.text(), text)) == (step.relation == Op::equal));
    case Op::is_in_texts:
      return Cell::of(value.is_text() && find_text(step.constant, value.text()));
    case Op::starts_with:
      if (!value.is_text()) return Cell::error(ErrorCode::no_overload, index);
      return Cell::of(value.size >= text.size() && same_bytes(value.characters, text.data(), text.size()));
    default:
      break;
  }
  if (value.is_number()) {
    if (value.kind == CellKind::number && !spend(value.size)) return Cell::error(ErrorCode::budget, index);
    return related(step.relation, compare_numbers(value, step.constant));
  }
  if (step.relation == Op::equal || step.relation == Op::not_equal) return Cell::of(step.relation == Op::not_equal);
  return Cell::error(ErrorCode::no_overload, index);
}

// One item after the other, as long as each says at once what the macro does not wait for.
template <Op op>
std::uint32_t Machine::pass(const Step& body, std::span<const json::Value> items, bool decides, bool& decided) {
  const SoughtField* const field = body.count == 0 ? nullptr : program_.fields.get() + body.first;
  std::uint32_t at = 0;
  for (; at < items.size(); ++at) {
    const json::Value* value = &items[at];
    if (field != nullptr) {
      value = guessed(items[at], *field);
      if (value == nullptr) break;
    }
    const Holds found = verdict<op>(body, *value);
    if (found == Holds::unsure) break;
    decided = (found == Holds::yes) == decides;
    if (decided) break;
  }
  return at;
}

std::uint32_t Machine::pass(const Step& step, std::span<const json::Value> items, bool& decided) {
  decided = false;
  const Step& body = program_.steps[operand(step, step.count - 1)];
  const bool local = body.source == Source::local && body.a == step.a && body.count <= 1;
  const bool decides = step.macro == Macro::exists;
  constexpr std::uint64_t item_steps = 2;  // the item, and the body
  if (!local || step.flagged || step.macro == Macro::exists_one || steps_ + item_steps * items.size() > step_budget)
    return 0;
  std::uint32_t passed = 0;
  switch (body.op) {
    case Op::is_text:
      passed = pass<Op::is_text>(body, items, decides, decided);
      break;
    case Op::is_in_texts:
      passed = pass<Op::is_in_texts>(body, items, decides, decided);
      break;
    case Op::starts_with:
      passed = pass<Op::starts_with>(body, items, decides, decided);
      break;
    case Op::compare_integer:
      passed = pass<Op::compare_integer>(body, items, decides, decided);
      break;
    default:
      return 0;
  }
  steps_ += item_steps * (passed + (decided ? 1 : 0));
  return passed;
}

}  // namespace simpul::cel
