// What the checker knows of a value: a set of CEL kinds with the types of their parts, and the schema's words where one
// speaks. A type of CEL itself is a set of one kind; `wrapper(int)` is {int, null}; a schema's union is a set; `dyn` is
// every kind. A type is a small value; its parts are shared and never change.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bus/expression/tree.h"
#include "bus/schema/schema.h"

namespace simpul::cel {

namespace kind {
inline constexpr unsigned null = 1, boolean = 2, integer = 4, uinteger = 8, real = 16;
inline constexpr unsigned number = 32;  // a JSON number of a schema that allows a fraction
inline constexpr unsigned text = 64, bytes = 128, timestamp = 256, duration = 512, list = 1024, map = 2048;
inline constexpr unsigned type = 4096, optional = 8192;
inline constexpr unsigned opaque = 16384;     // of a name, of the suites: `set(int)`
inline constexpr unsigned parameter = 32768;  // A, B of a signature, or one that inference has still to find
inline constexpr unsigned any = parameter - 1;
inline constexpr unsigned numeric = integer | uinteger | real | number;
inline constexpr unsigned json = null | boolean | integer | number | text | list | map;
}  // namespace kind

struct TypeParts;
struct TypeFacts;

struct Type {
  unsigned kinds = kind::any;  // any: dyn
  PersonalData personal = PersonalData::none;
  bool from_json = false;                  // came from a schema, so its numbers are JSON's: they mix
  std::uint32_t parameter = 0;             // which one, of kind::parameter
  std::shared_ptr<const TypeParts> parts;  // of a list: item; map: key, value; optional and type: what is in it
  std::shared_ptr<const TypeFacts> facts;  // of schemas, literals and what functions keep of them; null: none

  bool is_dyn() const { return kinds == kind::any; }
  bool is_parameter() const { return kinds == kind::parameter; }
  bool is_optional() const { return kinds == kind::optional; }
  bool can_be(unsigned wanted) const { return (kinds & wanted) != 0; }
  bool only(unsigned wanted) const { return kinds != 0 && (kinds & ~wanted) == 0; }
};

struct TypeParts {
  std::string name;  // of opaque types
  std::vector<Type> arguments;
  std::uint32_t size = 1;  // types in it
};

// What is known beyond kinds.
struct TypeFacts {
  struct Member {
    std::string name;
    Type type;
    bool required = true;
  };
  std::vector<std::string> enumeration;  // JSON texts; empty: not an enum
  std::string format;                    // of texts
  std::optional<std::uint64_t> max_length, max_items;
  std::shared_ptr<const Schema::Cursor> cursor;  // null: made by the expression
  std::vector<Member> members;                   // of a map literal whose keys are texts
};

Type type_of(unsigned kinds, PersonalData personal = PersonalData::none);
Type dyn_type(PersonalData personal = PersonalData::none);
Type list_of(Type item);
Type map_of(Type key, Type value);
Type optional_of(Type inner);
Type type_of_type(Type inner);
Type opaque_of(std::string name, std::vector<Type> arguments);
// The same with other arguments; dyn when it grows beyond measure, as {a: {a: …}} does when `a` is doubled each time.
Type with_arguments(const Type& type, std::vector<Type> arguments);
Type parameter_of(std::uint32_t number);
Type type_of(std::shared_ptr<const Schema::Cursor> cursor);
Type type_of(const SchemaType& schema, std::shared_ptr<const Schema::Cursor> cursor);
Type literal_type(const Node& literal);

// Parts; dyn where nothing is known of them.
Type item_type(const Type& list);
Type key_type(const Type& map);
Type value_type(const Type& map);
Type inner_type(const Type& optional_or_type);  // itself when it is neither

const TypeFacts& facts_of(const Type& type);  // empty ones when there are none
// The same type with other facts.
Type with_facts(Type type, TypeFacts facts);

// What is either of both: a union, as schemas have it; no enum or limit that one of them lacks.
Type join(const Type& a, const Type& b, unsigned depth = 0);

// For who keeps the value under a name, and for Expression::result(): of an optional, what may be in it.
SchemaType schema_type(const Type& type);
std::shared_ptr<const Schema::Cursor> cursor_of(const Type& type);  // null for dyn

// As cel-go writes it: "list(int)", "map(string, dyn)", "wrapper(int)", "optional_type(int)"; a parameter that was
// never found is dyn. A union is "string|int".
std::string to_text(const Type& type);
// For people: "text", "an integer or null".
std::string describe(const Type& type);

// A text whose format is date or date-time: it goes where a timestamp is asked.
bool is_date_text(const Type& type);

// The JSON text of a scalar literal, a sign before it included.
std::string json_text(const Node& literal);
bool is_literal(const Node& node);
// Whether an enumeration (JSON texts) holds the literal; an empty one holds everything.
bool allows(const std::vector<std::string>& enumeration, const Node& literal);

}  // namespace simpul::cel
