// What leaves an evaluation: JSON, or an error in words.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bus/base/bytes.h"
#include "bus/expression/machine.h"
#include "bus/expression/numbers.h"
#include "bus/expression/times.h"

namespace simpul::cel {

std::expected<json::Value, Cell> Machine::to_json(const Cell& cell, std::uint32_t step, unsigned depth) {
  const auto wrong = [&](ErrorCode code) { return std::unexpected(Cell::error(code, step)); };
  if (depth > value_depth_limit || !spend_items(1)) return wrong(ErrorCode::budget);
  char buffer[time_text_bytes];
  switch (cell.kind) {
    case CellKind::null:
      return json::Value{};
    case CellKind::boolean:
      return json::Value::make_boolean(cell.boolean);
    case CellKind::integer:
      return arena_.integer(cell.integer);
    case CellKind::uinteger:
      return arena_.number({buffer, fmt::format_to_n(buffer, sizeof buffer, "{}", cell.uinteger).size});
    case CellKind::real: {
      const auto text = shortest(cell.real, buffer);
      if (!text) return wrong(ErrorCode::bad_argument);
      return arena_.number(*text);
    }
    case CellKind::number:
      return json::Value::view_number(cell.constant ? arena_.copy(cell.text()) : cell.text());
    case CellKind::text:
      return json::Value::view_string(cell.constant ? arena_.copy(cell.text()) : cell.text());
    case CellKind::bytes:
      if (!spend(cell.size)) return wrong(ErrorCode::budget);
      return arena_.string(to_base64(cell.text()));
    case CellKind::timestamp:
      return arena_.string(write_timestamp(cell, buffer));
    case CellKind::duration:
      return arena_.string(write_duration(cell, buffer));
    case CellKind::json_list:
      return json::Value::view_array({cell.values, cell.size});
    case CellKind::json_map:
      return json::Value::view_object({cell.members, cell.size});
    case CellKind::list: {
      auto* items = static_cast<json::Value*>(room(cell.size * sizeof(json::Value)));
      if (items == nullptr) return wrong(ErrorCode::budget);
      for (std::uint32_t i = 0; i < cell.size; ++i) {
        auto value = to_json(cell.cells[i], step, depth + 1);
        if (!value) return value;
        items[i] = *value;
      }
      return json::Value::view_array({items, cell.size});
    }
    case CellKind::map: {
      auto* members = static_cast<json::Member*>(room(cell.size * sizeof(json::Member)));
      if (members == nullptr) return wrong(ErrorCode::budget);
      for (std::uint32_t i = 0; i < cell.size; ++i) {
        const Entry& here = cell.entries[i];
        if (!here.key.is_text()) return wrong(ErrorCode::no_overload);
        auto value = to_json(here.value, step, depth + 1);
        if (!value) return value;
        members[i] = json::Member{here.key.constant ? arena_.copy(here.key.text()) : here.key.text(), *value};
      }
      return json::Value::view_object({members, cell.size});
    }
    case CellKind::type:
    case CellKind::optional:
    case CellKind::error:
      break;
  }
  return wrong(ErrorCode::no_overload);
}

EvaluationError Machine::describe(Cell error) const {
  if (exhausted()) error.code = ErrorCode::budget;
  constexpr std::array<std::string_view, 7> codes = {"no_such_field", "no_such_key", "overflow", "divide_by_zero",
                                                     "bad_argument",  "no_overload", "budget"};
  const Step& step = program_.steps[error.size];
  const std::string_view source = program_.source;
  const std::size_t position = count_characters(source.substr(0, step.range.begin)) + 1;
  std::string_view what = source.substr(step.range.begin, step.range.end - step.range.begin);
  // Long expressions are cut, at a character's border.
  constexpr std::size_t shown_bytes = 60;
  std::size_t shown = std::min(what.size(), shown_bytes);
  while (shown < what.size() && shown > 0 && (static_cast<unsigned char>(what[shown]) & 0xC0) == 0x80) --shown;
  std::string message;
  switch (error.code) {
    case ErrorCode::no_such_field:
      message = "there is no such field or value";
      break;
    case ErrorCode::no_such_key:
      message = fmt::format("the code table \"{}\" has no row for this key", program_.tables[step.a]->name);
      break;
    case ErrorCode::overflow:
      message = "the number is beyond 64 bits";
      break;
    case ErrorCode::divide_by_zero:
      message = "division by zero";
      break;
    case ErrorCode::bad_argument:
      message = "a value does not fit what is asked of it";
      break;
    case ErrorCode::no_overload:
      message = "a value has a type that does not fit here";
      break;
    case ErrorCode::budget:
      message = "the expression needs more steps than it may take";
      break;
  }
  message += fmt::format(": {}{} (character {} of the expression)", what.substr(0, shown),
                         shown < what.size() ? "..." : "", position);
  return {std::string(codes[static_cast<std::size_t>(error.code)]), std::move(message)};
}

}  // namespace simpul::cel
