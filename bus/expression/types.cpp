#include "bus/expression/types.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "bus/base/bytes.h"
#include "bus/event/decimal.h"
#include "bus/event/json.h"
#include "bus/expression/numbers.h"

namespace simpul::cel {

namespace {

constexpr unsigned join_limit = 8;  // lists within lists of a recursive schema have no end

bool is_number_text(std::string_view json) {
  return !json.empty() && (json[0] == '-' || (json[0] >= '0' && json[0] <= '9'));
}

// A value that the expression made: nothing is known of its fields; its items are what the list was made of.
class MadeCursor final : public Schema::Cursor {
 public:
  explicit MadeCursor(Type type) : type_(std::move(type)) {}
  SchemaType type() const override { return type_.schema; }
  std::shared_ptr<const Cursor> property(std::string_view, bool& required) const override {
    required = true;
    return std::make_shared<const MadeCursor>(dyn_type(type_.schema.personal));
  }
  std::shared_ptr<const Cursor> items() const override {
    const Type item = item_type(type_);
    if (auto cursor = cursor_of(item)) return cursor;
    return std::make_shared<const MadeCursor>(item);
  }
  std::vector<std::string> properties() const override { return {}; }
  bool closed() const override { return false; }

 private:
  Type type_;
};

}  // namespace

std::shared_ptr<const Schema::Cursor> cursor_of(const Type& type) {
  if (type.cursor != nullptr) return type.cursor;
  return type.is_dyn() ? nullptr : std::make_shared<const MadeCursor>(type);
}

Type type_of(unsigned kinds, PersonalData personal) {
  Type type;
  type.schema.kinds = kinds;
  type.schema.known = true;
  type.schema.personal = personal;
  return type;
}

Type dyn_type(PersonalData personal) {
  Type type;
  type.schema.personal = personal;
  return type;
}

Type type_of(std::shared_ptr<const Schema::Cursor> cursor) {
  Type type;
  if (cursor == nullptr) return type;
  type.schema = cursor->type();
  type.cursor = std::move(cursor);
  return type;
}

bool is_literal(const Node& node) {
  return node.kind == NodeKind::null || node.kind == NodeKind::boolean || node.kind == NodeKind::integer ||
         node.kind == NodeKind::real || node.kind == NodeKind::text;
}

std::string json_text(const Node& literal) {
  switch (literal.kind) {
    case NodeKind::boolean:
      return literal.boolean ? "true" : "false";
    case NodeKind::integer:
      return fmt::format("{}", literal.integer);
    case NodeKind::real: {
      char buffer[40];
      return std::string(shortest(literal.real, buffer).value_or("null"));
    }
    case NodeKind::text: {
      std::string text;
      json::write_string(literal.text, text);
      return text;
    }
    default:
      return "null";
  }
}

Type literal_type(const Node& literal) {
  switch (literal.kind) {
    case NodeKind::null:
      return type_of(SchemaType::null);
    case NodeKind::boolean:
      return type_of(SchemaType::boolean);
    default:
      break;
  }
  const bool is_text = literal.kind == NodeKind::text;
  Type type = type_of(is_text                          ? SchemaType::string
                      : literal.kind == NodeKind::real ? SchemaType::number
                                                       : SchemaType::integer);
  type.schema.enumeration = {json_text(literal)};
  if (is_text) type.schema.max_length = count_characters(literal.text);
  return type;
}

Type item_type(const Type& list) {
  if (list.element != nullptr) return *list.element;
  if (list.cursor != nullptr && !list.is_dyn()) return type_of(list.cursor->items());
  return dyn_type(list.schema.personal);
}

Type join(const Type& a, const Type& b, unsigned depth) {
  const PersonalData personal = std::max(a.schema.personal, b.schema.personal);
  Type type;
  if (a.is_dyn() || b.is_dyn() || depth > join_limit) {
    type = dyn_type(personal);
  } else if (a.schema.kinds == 0 || b.schema.kinds == 0) {
    type = a.schema.kinds == 0 ? b : a;  // optional.none() beside anything
  } else if (a.schema.kinds == SchemaType::null || b.schema.kinds == SchemaType::null) {
    type = a.schema.kinds == SchemaType::null ? b : a;
    if (!type.schema.enumeration.empty() && !(type.schema.kinds & SchemaType::null))
      type.schema.enumeration.push_back("null");
    type.schema.kinds |= SchemaType::null;
  } else {
    type = type_of(a.schema.kinds | b.schema.kinds, personal);
    if (!a.schema.enumeration.empty() && !b.schema.enumeration.empty()) {
      type.schema.enumeration = a.schema.enumeration;
      for (const auto& value : b.schema.enumeration) {
        if (std::ranges::find(type.schema.enumeration, value) == type.schema.enumeration.end())
          type.schema.enumeration.push_back(value);
      }
    }
    if (a.schema.format == b.schema.format) type.schema.format = a.schema.format;
    if (a.schema.max_length && b.schema.max_length)
      type.schema.max_length = std::max(*a.schema.max_length, *b.schema.max_length);
    if (a.schema.max_items && b.schema.max_items)
      type.schema.max_items = std::max(*a.schema.max_items, *b.schema.max_items);
    if (a.cursor == b.cursor) type.cursor = a.cursor;
    if (a.can_be(SchemaType::array) && b.can_be(SchemaType::array) && type.cursor == nullptr) {
      type.element = std::make_shared<const Type>(join(item_type(a), item_type(b), depth + 1));
    } else if (a.element == b.element) {
      type.element = a.element;
    }
  }
  type.schema.personal = personal;
  type.optional = a.optional || b.optional;
  return type;
}

bool is_real(const Type& type) {
  return !type.is_dyn() && (type.schema.kinds & SchemaType::number) != 0;
}
bool is_integer(const Type& type) {
  return !type.is_dyn() && (type.schema.kinds & numeric_kinds) == SchemaType::integer;
}

std::string describe(unsigned kinds) {
  constexpr std::array<std::pair<unsigned, std::string_view>, 7> names = {{{SchemaType::string, "text"},
                                                                           {SchemaType::integer, "an integer"},
                                                                           {SchemaType::number, "a number"},
                                                                           {SchemaType::boolean, "a boolean"},
                                                                           {SchemaType::array, "a list"},
                                                                           {SchemaType::object, "an object"},
                                                                           {SchemaType::null, "null"}}};
  if ((kinds & numeric_kinds) == numeric_kinds) kinds &= ~static_cast<unsigned>(SchemaType::integer);
  std::string out;
  for (const auto& [kind, name] : names) {
    if ((kinds & kind) == 0) continue;
    if (!out.empty()) out += " or ";
    out += name;
  }
  return out.empty() ? "nothing" : out;
}

bool allows(const std::vector<std::string>& enumeration, const Node& literal) {
  if (enumeration.empty()) return true;
  const std::string wanted = json_text(literal);
  return std::ranges::any_of(enumeration, [&](const std::string& value) {
    if (is_number_text(value) && is_number_text(wanted)) return json::compare_numbers(value, wanted) == 0;
    return value == wanted;
  });
}

}  // namespace simpul::cel
