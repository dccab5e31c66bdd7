// The value of an expression while it is evaluated: 16 bytes, trivially copyable. A JSON number keeps its
// text until arithmetic needs it, so it leaves an expression as it came. Texts and containers are views
// into a slot's document, the arena of the evaluation, or the program's constants.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "bus/event/json.h"

namespace simpul::cel {

enum class CellKind : std::uint8_t {
  null,
  boolean,
  integer,
  uinteger,
  real,
  number,  // a JSON number, as written
  text,
  bytes,
  timestamp,  // `integer` seconds since 1970 UTC, `size` nanoseconds [0, 1e9) added to them
  duration,   // the same: -0.5 s is -1 s and 500 000 000 ns
  type,       // `text()` is its name: "int", "list", "google.protobuf.Timestamp"
  json_list,
  json_map,
  list,  // of cells, made by the expression
  map,
  optional,
  error,
};

enum class ErrorCode : std::uint8_t {
  no_such_field,
  no_such_key,
  overflow,
  divide_by_zero,
  bad_argument,
  no_overload,
  budget
};

inline constexpr std::array<CellKind, 6> kinds_of_json = {CellKind::null, CellKind::boolean,   CellKind::number,
                                                          CellKind::text, CellKind::json_list, CellKind::json_map};
static_assert(kinds_of_json[static_cast<std::size_t>(json::Kind::number)] == CellKind::number &&
              kinds_of_json[static_cast<std::size_t>(json::Kind::string)] == CellKind::text &&
              kinds_of_json[static_cast<std::size_t>(json::Kind::array)] == CellKind::json_list &&
              kinds_of_json[static_cast<std::size_t>(json::Kind::object)] == CellKind::json_map);

struct Entry;

struct Cell {
  CellKind kind;
  ErrorCode code;      // of an error
  bool constant;       // a text that lives in the program, so a result must copy it
  std::uint32_t size;  // of texts and containers; of an optional: 1 when it holds a value; of an error: the step
  union {
    bool boolean;
    std::int64_t integer;
    std::uint64_t uinteger;
    double real;
    const char* characters;
    const json::Value* values;
    const json::Member* members;
    const Cell* cells;
    const Entry* entries;
  };

  std::string_view text() const { return {characters, size}; }
  bool is_error() const { return kind == CellKind::error; }
  bool is_text() const { return kind == CellKind::text; }
  bool is_list() const { return kind == CellKind::list || kind == CellKind::json_list; }
  bool is_map() const { return kind == CellKind::map || kind == CellKind::json_map; }
  bool is_number() const { return kind >= CellKind::integer && kind <= CellKind::number; }
  bool is_time() const { return kind == CellKind::timestamp || kind == CellKind::duration; }
  bool is_true() const { return kind == CellKind::boolean && boolean; }
  bool is_false() const { return kind == CellKind::boolean && !boolean; }

  static Cell null() { return make(CellKind::null, 0); }
  static Cell of(bool value) {
    Cell cell = make(CellKind::boolean, 0);
    cell.boolean = value;
    return cell;
  }
  static Cell of(std::int64_t value) { return make(CellKind::integer, value); }
  static Cell of(std::uint64_t value) {
    Cell cell = make(CellKind::uinteger, 0);
    cell.uinteger = value;
    return cell;
  }
  static Cell bytes(std::string_view bytes) { return view(CellKind::bytes, bytes); }
  static Cell type(std::string_view name) { return view(CellKind::type, name); }
  static Cell time(CellKind kind, std::int64_t seconds, std::uint32_t nanoseconds) {
    Cell cell = make(kind, seconds);
    cell.size = nanoseconds;
    return cell;
  }
  static Cell of(double value) {
    Cell cell = make(CellKind::real, 0);
    cell.real = value;
    return cell;
  }
  static Cell of(std::string_view text) { return view(CellKind::text, text); }
  // A part of this text.
  Cell part(std::string_view text) const {
    Cell cell = of(text);
    cell.constant = constant;
    return cell;
  }
  static Cell number(std::string_view text) { return view(CellKind::number, text); }
  static Cell error(ErrorCode code, std::uint32_t step) {
    Cell cell = make(CellKind::error, 0);
    cell.code = code;
    cell.size = step;
    return cell;
  }
  static Cell list(const Cell* cells, std::size_t size) {
    Cell cell = make(CellKind::list, 0);
    cell.cells = cells;
    cell.size = static_cast<std::uint32_t>(size);
    return cell;
  }
  static Cell map(const Entry* entries, std::size_t size) {
    Cell cell = make(CellKind::map, 0);
    cell.entries = entries;
    cell.size = static_cast<std::uint32_t>(size);
    return cell;
  }
  static Cell none() { return make(CellKind::optional, 0); }
  // By a table, not by cases: loops over lists make one for each item.
  static Cell of(const json::Value& value) {
    if (value.is_boolean()) return of(value.boolean());
    return view(kinds_of_json[static_cast<std::size_t>(value.kind())], value.text());  // what every value points to
  }

 private:
  static Cell make(CellKind kind, std::int64_t value) {
    Cell cell;
    cell.kind = kind;
    cell.code = ErrorCode::budget;
    cell.constant = false;
    cell.size = 0;
    cell.integer = value;
    return cell;
  }
  static Cell view(CellKind kind, std::string_view text) {
    Cell cell;
    cell.kind = kind;
    cell.code = ErrorCode::budget;
    cell.constant = false;
    cell.size = static_cast<std::uint32_t>(text.size());
    cell.characters = text.data();
    return cell;
  }
};
static_assert(sizeof(Cell) == 16);

struct Entry {
  Cell key;
  Cell value;
};

}  // namespace simpul::cel
