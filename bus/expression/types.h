// What the checker knows of a value: the schema's words for it, where the schema goes on below it, and
// whether it is an optional.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "bus/expression/tree.h"
#include "bus/schema/schema.h"

namespace simpul::cel {

struct Type {
  SchemaType schema;                             // of an optional: of the value it may hold
  std::shared_ptr<const Schema::Cursor> cursor;  // null: made by the expression, or no schema
  std::shared_ptr<const Type> element;           // of lists that the expression makes
  bool optional = false;

  bool is_dyn() const { return !schema.known; }
  unsigned kinds() const { return schema.known ? schema.kinds : unsigned{SchemaType::any}; }
  bool can_be(unsigned wanted) const { return (kinds() & wanted) != 0; }
};

// The type as a cursor, for who keeps the value under a name; null for dyn.
std::shared_ptr<const Schema::Cursor> cursor_of(const Type& type);

inline constexpr unsigned numeric_kinds = SchemaType::integer | SchemaType::number;

Type type_of(unsigned kinds, PersonalData personal = PersonalData::none);
Type type_of(std::shared_ptr<const Schema::Cursor> cursor);
Type dyn_type(PersonalData personal = PersonalData::none);
Type literal_type(const Node& literal);
Type item_type(const Type& list);
// What is either of both.
Type join(const Type& a, const Type& b, unsigned depth = 0);

// A number that may have a fraction, as far as types tell.
bool is_real(const Type& type);
bool is_integer(const Type& type);

// "text", "an integer or null" for messages.
std::string describe(unsigned kinds);
// The JSON text of a scalar literal.
std::string json_text(const Node& literal);
bool is_literal(const Node& node);
// Whether an enumeration (JSON texts) holds the literal; an empty one holds everything.
bool allows(const std::vector<std::string>& enumeration, const Node& literal);

}  // namespace simpul::cel
