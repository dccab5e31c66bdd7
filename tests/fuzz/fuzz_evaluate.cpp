// Any bytes as an expression that is run without having been typed: every kind of value meets every function and
// operator, so all that the checker would refuse has to be an error of the evaluation.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "bus/expression/checker.h"
#include "bus/expression/machine.h"
#include "bus/expression/parser.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace simpul;
  using namespace simpul::cel;
  static const auto document = json::parse(R"({"a":[1,2.5,"x",null,true,{"b":-1e3}],"k":"3671015207909001","":{}})");
  static const std::array<Cell, 3> items = {Cell::of(std::int64_t{1}), Cell::of(2.5),
                                            Cell::of(std::string_view("kota"))};
  static const std::array<Entry, 2> entries = {Entry{Cell::of(std::uint64_t{1}), Cell::null()},
                                               Entry{Cell::of(true), Cell::of(std::string_view("\xC3\xA9"))}};
  static const std::array<Cell, 11> slots = {Cell::of(std::int64_t{INT64_MIN}),
                                             Cell::of(std::uint64_t{UINT64_MAX}),
                                             Cell::of(-0.0),
                                             Cell::of(std::string_view("Jl. Daan Mogot \xF0\x9F\x98\xAC")),
                                             Cell::bytes("\xFF\x00z"),
                                             Cell::time(CellKind::timestamp, 1'772'668'800, 500'000'000),
                                             Cell::time(CellKind::duration, -1, 500'000'000),
                                             Cell::list(items.data(), items.size()),
                                             Cell::map(entries.data(), entries.size()),
                                             Cell::of(document->root()),
                                             Cell::error(ErrorCode::no_such_field, 0)};
  static const Declarations declarations = [] {
    Declarations made;
    for (const char* name : {"i", "u", "d", "s", "b", "t", "p", "l", "m", "j", "none"})
      made.variables.push_back({name, dyn_type(), true});
    made.as_cel_go = true;
    made.types = false;
    return made;
  }();
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto tree = parse(text);
  if (!tree) return 0;
  Program program;
  program.source = text;
  if (!check(*tree, declarations, Expect::any, program).faults.empty()) return 0;
  optimise(program, Slots::cells);
  json::Arena arena;
  Machine machine(program, slots, arena);
  const Cell value = machine.run(program.root);
  if (value.is_error()) {
    machine.describe(value);
  } else if (const auto written = machine.to_json(value, program.root)) {
    json::write(*written);
  }
  return 0;
}
