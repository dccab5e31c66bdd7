// What the checker makes of an expression and the machine runs: flat steps that name their operands by
// index, with slots, fields, constants and patterns resolved. Immutable once built.
#pragma once

#include <re2/re2.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bus/expression/cell.h"
#include "bus/expression/expression.h"
#include "bus/expression/tree.h"

namespace simpul::cel {

class Machine;
using Function = Cell (*)(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t count);

enum class Op : std::uint8_t {
  constant,
  slot,    // a
  local,   // a
  path,    // slot a, then the names [first, first + count): plain selections from a variable
  select,  // operand, name
  select_optional,
  index,  // operand, key
  index_optional,
  has_slot,  // a
  has_path,  // like path
  has,       // operand, name
  logical_not,
  negate,
  add,
  subtract,
  multiply,
  divide,
  modulo,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  in,
  all_of,  // &&
  any_of,  // ||
  conditional,
  list,
  map,
  call,
  matches,  // operand; a: the pattern
  lookup,   // operand; a: the table
  comprehension,
  bind,              // cel.bind: operands value, body; the value stands in local slot a while the body runs
  block,             // cel.block: operands values …, body; the i-th value stands in local slot a + i
  some,              // optional.of
  some_if_not_zero,  // optional.ofNonZeroValue
  none,              // optional.none
  has_value,
  value,
  or_value,
  or_else,
  opt_map,       // operands optional, body; the value stands in local slot a; the body's value becomes an optional
  opt_flat_map,  // the same; the body gives an optional itself
  to_timestamp,  // operand: a text whose format is date or date-time, where a timestamp is asked

  // What optimise() makes of the others; the checker emits none of these. Their value is that of Step::source.
  local_path,       // like path, from local a
  is_text,          // relation equal or not_equal, constant text
  is_in_texts,      // constant: a list of texts, ordered as find_text() wants it
  starts_with,      // constant text
  compare_integer,  // relation less, less_equal, …, equal or not_equal; constant integer
};

// Where a fused step takes its value: from slot a or local a by the names [first, first + count), of which there may be
// none, or from the step `first`.
enum class Source : std::uint8_t { slot, local, step };

// `mixed`: a JSON number is among the types, so whatever it became on the way goes with the others.
enum class Arithmetic : std::uint8_t { as_is, integer, real, mixed };

enum class Macro : std::uint8_t { all, exists, exists_one, map, filter, transform_map, transform_map_entry, sort_by };

struct Step {
  Op op = Op::constant;
  Arithmetic arithmetic = Arithmetic::as_is;
  Macro macro = Macro::all;
  Op relation = Op::equal;  // of fused steps
  Source source = Source::step;
  bool flagged = false;     // list, map: items with `?`; comprehension: two variables
  std::uint32_t first = 0;  // operands [first, first + count) of Program::operands; names of paths
  std::uint32_t count = 0;
  std::uint32_t a = 0;
  std::uint32_t hint = 0;  // of select and has: its place in Program::fields; of fused steps: whose errors they have
  Cell constant = Cell::null();
  std::string_view name;
  Function function = nullptr;
  Range range;  // for messages
};

// A name of a path or of a select, and where it was found last: only a guess, so any thread may write it.
struct SoughtField {
  const char* characters = nullptr;
  std::uint32_t size = 0;
  mutable std::atomic<std::uint32_t> guess = 0;

  std::string_view name() const { return {characters, size}; }
};

struct Program {
  std::string source;
  std::vector<Step> steps;
  std::vector<std::uint32_t> operands;
  std::vector<std::string_view> names;
  std::vector<bool> optional_items;  // parallel to operands
  std::deque<std::string> texts;     // what names and constants point to
  std::deque<std::vector<Cell>> lists;
  std::deque<std::vector<Entry>> maps;
  std::vector<std::unique_ptr<RE2>> patterns;
  std::vector<std::shared_ptr<const CodeTable>> tables;
  std::vector<std::string> variables;
  std::unique_ptr<SoughtField[]> fields;  // of each of `names`, and of each select
  std::uint32_t locals = 0;               // slots that macros need at once
  std::uint32_t root = 0;

  std::string_view keep(std::string text) { return texts.emplace_back(std::move(text)); }
};

// What the slots of an evaluation hold: values of JSON, or cells of any kind (how the conformance suite binds uints,
// bytes and timestamps).
enum class Slots : std::uint8_t { json, cells };

// Makes a checked program ready to run, which it must be: constant parts are computed, the commonest shapes become one
// step, room for locals and hints is measured. Nothing that the program answers changes.
void optimise(Program& program, Slots slots);

}  // namespace simpul::cel
