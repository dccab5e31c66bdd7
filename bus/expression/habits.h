// What people write out of the habit of other languages (JavaScript, Python, SQL, templates), and what CEL writes
// instead: hints for problems that stand already, never problems of their own. Empty: nothing known of it.
#pragma once

#include <string>
#include <string_view>

namespace simpul::cel {

// `rest` begins with a character, or characters, that CEL has no token for.
std::string hint_for_symbol(std::string_view rest);
// A word that stands where an operator or a value should: "and", "if", "like".
std::string hint_for_word(std::string_view word);
// A name that nothing has: "None", "undefined", "this".
std::string hint_for_name(std::string_view name);
// A function that nothing has: "len", "toLowerCase", "coalesce".
std::string hint_for_function(std::string_view name);
// A field that nothing has: "length".
std::string hint_for_field(std::string_view name);

}  // namespace simpul::cel
