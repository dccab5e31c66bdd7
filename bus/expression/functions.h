// The functions of the language: one table for the checker, the machine and `simpul functions`.
#pragma once

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "bus/expression/program.h"

namespace simpul::cel {

// One of the forms of a function, with types as CEL writes them. `id` is what cel-go calls it ("size_string"), or our
// own in the same manner. Signatures, by example:
//   "string.startsWith(string) -> bool"            a method
//   "size(list(A)) -> int"                         A, B, … are type parameters
//   "math.abs(int) -> int"                         a name with a dot is a name, not a method of `math`
//   "math.least(int, int, int, ...) -> int"        the last one once or more
// Types: null_type bool int uint double number string bytes timestamp duration dyn type list(T) map(K, V) optional(T).
// `number` is ours: a JSON number of a schema, of which nobody said whether it has a fraction; int, uint and double go
// where it is asked. An overload with `number` counts where an argument's type is `number`, or no other fits.
// A macro's form has no id, and names of its own: "list(A).all(x, condition) -> bool".
struct Overload {
  std::string_view id, signature;
};

// `function` is called with the cells of any of its overloads, and with whatever dyn let through: it answers
// ErrorCode::no_overload for what it does not know. What needs more than types (has, matches, lookup, optionals,
// macros) the checker knows by name; it stands in the table all the same, without a function, to be described.
struct FunctionEntry {
  std::string_view name, area;
  std::span<const Overload> overloads;
  Function function = nullptr;
  std::string_view help;
  // An expression that compiles in the scope of tests/expression/functions_test, and its value there as JSON ("absent"
  // for none).
  std::string_view example, result;
};

std::span<const FunctionEntry> functions();          // ordered by name, each name once
std::span<const std::string_view> function_areas();  // as they are to be shown
const FunctionEntry* function_of(std::string_view);  // null when there is none

// What is wrong when the arguments are literals, for the checker: a pattern of date, formatDate or formatTime; a time
// zone ("WIB", "Asia/Jakarta", "+07:00").
bool is_date_pattern(std::string_view pattern);  // names a day, a month and a year once each
bool is_time_pattern(std::string_view pattern);  // each of its letters is one we know
bool is_time_zone(std::string_view zone);

// The table as it is built: each area adds its functions under its heading.
class FunctionTable {
 public:
  void area(std::string_view name);
  void add(std::string_view name, std::initializer_list<Overload> overloads, Function function, std::string_view help,
           std::string_view example, std::string_view result);
  void sort();  // by name
  const std::vector<FunctionEntry>& entries() const { return entries_; }
  const std::vector<std::string_view>& areas() const { return areas_; }  // in the order in which they were begun

 private:
  std::string_view area_;
  std::vector<std::string_view> areas_;
  std::deque<std::vector<Overload>> overloads_;
  std::vector<FunctionEntry> entries_;
};

void add_conversions(FunctionTable& table);           // conversion_functions.cpp
void add_date_functions(FunctionTable& table);        // date_functions.cpp
void add_digest_functions(FunctionTable& table);      // digest_functions.cpp
void add_format_functions(FunctionTable& table);      // format_functions.cpp
void add_identifier_functions(FunctionTable& table);  // identifier_functions.cpp
void add_list_functions(FunctionTable& table);        // list_functions.cpp
void add_math_functions(FunctionTable& table);        // math_functions.cpp
void add_money_functions(FunctionTable& table);       // money_functions.cpp
void add_text_functions(FunctionTable& table);        // text_functions.cpp
void add_time_functions(FunctionTable& table);        // time_functions.cpp
// MORE

}  // namespace simpul::cel
