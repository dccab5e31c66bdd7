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

const TypeFacts no_facts;

// A value that the expression made: its items are what the list was made of, its fields those of a map literal.
class MadeCursor final : public Schema::Cursor {
 public:
  explicit MadeCursor(Type type) : type_(std::move(type)) {}
  SchemaType type() const override { return schema_type(type_); }
  std::shared_ptr<const Cursor> property(std::string_view name, bool& required) const override {
    required = true;
    for (const auto& member : facts_of(type_).members) {
      if (member.name != name) continue;
      required = member.required;
      return below(member.type);
    }
    if (closed()) return nullptr;
    return below(value_type(type_));
  }
  std::shared_ptr<const Cursor> items() const override { return below(item_type(type_)); }
  std::vector<std::string> properties() const override {
    std::vector<std::string> names;
    for (const auto& member : facts_of(type_).members) names.push_back(member.name);
    return names;
  }
  bool closed() const override { return !facts_of(type_).members.empty(); }

 private:
  static std::shared_ptr<const Cursor> below(const Type& type) {
    if (auto cursor = cursor_of(type)) return cursor;
    return std::make_shared<const MadeCursor>(type);
  }
  Type type_;
};

constexpr std::uint32_t size_limit = 2000;

Type with_parts(Type type, std::string name, std::vector<Type> arguments) {
  std::uint32_t size = 1;
  for (const auto& argument : arguments) size += argument.parts == nullptr ? 1 : argument.parts->size;
  if (size > size_limit) return dyn_type(type.personal);
  type.parts = std::make_shared<const TypeParts>(TypeParts{std::move(name), std::move(arguments), size});
  return type;
}

Type made(unsigned kinds, std::vector<Type> arguments, std::string name = {}) {
  Type type = type_of(kinds);
  for (const auto& argument : arguments) {
    type.personal = std::max(type.personal, argument.personal);
    type.from_json = type.from_json || argument.from_json;
  }
  return with_parts(std::move(type), std::move(name), std::move(arguments));
}

const Type* part(const Type& type, unsigned kinds, std::size_t index) {
  if (type.kinds != kinds || type.parts == nullptr || type.parts->arguments.size() <= index) return nullptr;
  return &type.parts->arguments[index];
}

// The parts of both, where both have parts of one kind.
void join_parts(const Type& a, const Type& b, Type& out, TypeFacts& facts, unsigned depth) {
  if (facts_of(a).cursor != nullptr && facts_of(a).cursor == facts_of(b).cursor) {
    facts.cursor = facts_of(a).cursor;
    return;
  }
  if (a.only(kind::list) && b.only(kind::list)) {
    out.parts = list_of(join(item_type(a), item_type(b), depth + 1)).parts;
  } else if (a.only(kind::map) && b.only(kind::map)) {
    out.parts = map_of(join(key_type(a), key_type(b), depth + 1), join(value_type(a), value_type(b), depth + 1)).parts;
    const auto& left = facts_of(a).members;
    const auto& right = facts_of(b).members;
    if (left.empty() || right.empty()) return;
    const auto find = [](const std::vector<TypeFacts::Member>& in, std::string_view name) {
      return std::ranges::find(in, name, &TypeFacts::Member::name);
    };
    for (const auto& member : left) {
      const auto other = find(right, member.name);
      if (other == right.end()) {
        facts.members.push_back({member.name, member.type, false});
      } else {
        facts.members.push_back(
            {member.name, join(member.type, other->type, depth + 1), member.required && other->required});
      }
    }
    for (const auto& member : right) {
      if (find(left, member.name) == left.end()) facts.members.push_back({member.name, member.type, false});
    }
  } else if (a.kinds == b.kinds && a.parts != nullptr && b.parts != nullptr) {
    if (a.is_optional()) out.parts = optional_of(join(inner_type(a), inner_type(b), depth + 1)).parts;
    if (a.parts == b.parts) out.parts = a.parts;
  }
}

void join_facts(const TypeFacts& a, const TypeFacts& b, TypeFacts& out) {
  if (!a.enumeration.empty() && !b.enumeration.empty()) {
    out.enumeration = a.enumeration;
    for (const auto& value : b.enumeration) {
      if (std::ranges::find(out.enumeration, value) == out.enumeration.end()) out.enumeration.push_back(value);
    }
  }
  if (a.format == b.format) out.format = a.format;
  if (a.max_length && b.max_length) out.max_length = std::max(*a.max_length, *b.max_length);
  if (a.max_items && b.max_items) out.max_items = std::max(*a.max_items, *b.max_items);
}

// How cel-go writes the kinds of which there is one way to be.
constexpr std::array<std::pair<unsigned, std::string_view>, 13> kind_names = {{{kind::boolean, "bool"},
                                                                               {kind::integer, "int"},
                                                                               {kind::uinteger, "uint"},
                                                                               {kind::real, "double"},
                                                                               {kind::number, "number"},
                                                                               {kind::text, "string"},
                                                                               {kind::bytes, "bytes"},
                                                                               {kind::timestamp, "timestamp"},
                                                                               {kind::duration, "duration"},
                                                                               {kind::list, "list"},
                                                                               {kind::map, "map"},
                                                                               {kind::type, "type"},
                                                                               {kind::null, "null"}}};

}  // namespace

Type type_of(unsigned kinds, PersonalData personal) {
  Type type;
  type.kinds = kinds;
  type.personal = personal;
  return type;
}

Type dyn_type(PersonalData personal) {
  return type_of(kind::any, personal);
}
Type list_of(Type item) {
  return made(kind::list, {std::move(item)});
}
Type map_of(Type key, Type value) {
  return made(kind::map, {std::move(key), std::move(value)});
}
Type optional_of(Type inner) {
  return made(kind::optional, {std::move(inner)});
}
Type type_of_type(Type inner) {
  return made(kind::type, {std::move(inner)});
}
Type opaque_of(std::string name, std::vector<Type> arguments) {
  return made(kind::opaque, std::move(arguments), std::move(name));
}
Type with_arguments(const Type& type, std::vector<Type> arguments) {
  return with_parts(type, type.parts == nullptr ? std::string() : type.parts->name, std::move(arguments));
}
Type parameter_of(std::uint32_t number) {
  Type type = type_of(kind::parameter);
  type.parameter = number;
  return type;
}

Type type_of(std::shared_ptr<const Schema::Cursor> cursor) {
  if (cursor == nullptr) return dyn_type();
  const SchemaType schema = cursor->type();
  return type_of(schema, std::move(cursor));
}

Type type_of(const SchemaType& schema, std::shared_ptr<const Schema::Cursor> cursor) {
  if (!schema.known) return dyn_type(schema.personal);
  constexpr std::array<std::pair<unsigned, unsigned>, 7> kinds = {{{SchemaType::null, kind::null},
                                                                   {SchemaType::boolean, kind::boolean},
                                                                   {SchemaType::integer, kind::integer},
                                                                   {SchemaType::number, kind::number},
                                                                   {SchemaType::string, kind::text},
                                                                   {SchemaType::array, kind::list},
                                                                   {SchemaType::object, kind::map}}};
  Type type = type_of(0, schema.personal);
  for (const auto& [from, to] : kinds) {
    if (schema.kinds & from) type.kinds |= to;
  }
  if (type.can_be(kind::number)) type.kinds &= ~kind::integer;
  type.from_json = true;
  TypeFacts facts;
  facts.enumeration = schema.enumeration;
  facts.format = schema.format;
  facts.max_length = schema.max_length;
  facts.max_items = schema.max_items;
  facts.cursor = std::move(cursor);
  return with_facts(std::move(type), std::move(facts));
}

Type literal_type(const Node& literal) {
  TypeFacts facts;
  switch (literal.kind) {
    case NodeKind::null:
      return type_of(kind::null);
    case NodeKind::boolean:
      return type_of(kind::boolean);
    case NodeKind::uinteger:
      return type_of(kind::uinteger);
    case NodeKind::bytes:
      facts.max_length = literal.text.size();
      return with_facts(type_of(kind::bytes), std::move(facts));
    case NodeKind::text:
      facts.max_length = count_characters(literal.text);
      break;
    default:
      break;
  }
  facts.enumeration = {json_text(literal)};
  const unsigned kinds = literal.kind == NodeKind::text   ? kind::text
                         : literal.kind == NodeKind::real ? kind::real
                                                          : kind::integer;
  return with_facts(type_of(kinds), std::move(facts));
}

Type item_type(const Type& list) {
  if (const Type* item = part(list, kind::list, 0)) return *item;
  const auto& cursor = facts_of(list).cursor;
  if (cursor != nullptr && list.can_be(kind::list)) {
    if (const auto items = cursor->items()) return type_of(items);
  }
  return dyn_type(list.personal);
}

Type key_type(const Type& map) {
  if (const Type* key = part(map, kind::map, 0)) return *key;
  if (facts_of(map).cursor == nullptr) return dyn_type(map.personal);
  return type_of(kind::text, map.personal);  // JSON's fields have names
}

Type value_type(const Type& map) {
  if (const Type* value = part(map, kind::map, 1)) return *value;
  return dyn_type(map.personal);
}

Type inner_type(const Type& type) {
  if (const Type* inner = part(type, kind::optional, 0)) return *inner;
  if (const Type* inner = part(type, kind::type, 0)) return *inner;
  if (type.is_optional() || type.kinds == kind::type) return dyn_type(type.personal);
  return type;
}

const TypeFacts& facts_of(const Type& type) {
  return type.facts == nullptr ? no_facts : *type.facts;
}

Type with_facts(Type type, TypeFacts facts) {
  type.facts = std::make_shared<const TypeFacts>(std::move(facts));
  return type;
}

Type join(const Type& a, const Type& b, unsigned depth) {
  Type type;
  type.personal = std::max(a.personal, b.personal);
  if (a.is_dyn() || b.is_dyn() || depth > join_limit) return type;
  if (a.is_parameter() || b.is_parameter()) {
    if (depth == 0) return type;
    // The items of an empty list: there is none of that type.
    Type other = a.is_parameter() ? b : a;
    other.personal = type.personal;
    return other;
  }
  TypeFacts facts;
  if (a.kinds == kind::null || b.kinds == kind::null) {
    const Type& other = a.kinds == kind::null ? b : a;
    type.kinds = other.kinds | kind::null;
    type.from_json = other.from_json;
    type.parts = other.parts;
    facts = facts_of(other);
    if (!facts.enumeration.empty() && !other.can_be(kind::null)) facts.enumeration.emplace_back("null");
  } else {
    type.kinds = a.kinds | b.kinds;
    type.from_json = a.from_json || b.from_json;
    join_facts(facts_of(a), facts_of(b), facts);
    join_parts(a, b, type, facts, depth);
  }
  if (type.can_be(kind::number)) type.kinds &= ~kind::integer;
  return with_facts(std::move(type), std::move(facts));
}

SchemaType schema_type(const Type& type) {
  if (type.is_optional()) {
    SchemaType inner = schema_type(inner_type(type));
    inner.personal = std::max(inner.personal, type.personal);
    return inner;
  }
  SchemaType schema;
  schema.personal = type.personal;
  if (type.can_be(kind::opaque | kind::parameter | kind::optional) || type.kinds == kind::any) return schema;
  constexpr std::array<std::pair<unsigned, unsigned>, 7> kinds = {
      {{kind::null, SchemaType::null},
       {kind::boolean, SchemaType::boolean},
       {kind::integer | kind::uinteger, SchemaType::integer},
       {kind::real | kind::number, SchemaType::number},
       {kind::text | kind::bytes | kind::timestamp | kind::duration | kind::type, SchemaType::string},
       {kind::list, SchemaType::array},
       {kind::map, SchemaType::object}}};
  schema.kinds = 0;
  schema.known = true;
  for (const auto& [from, to] : kinds) {
    if (type.can_be(from)) schema.kinds |= to;
  }
  const TypeFacts& facts = facts_of(type);
  if (!type.can_be(kind::bytes | kind::timestamp | kind::duration | kind::type)) {
    schema.enumeration = facts.enumeration;
    schema.format = facts.format;
    schema.max_length = facts.max_length;
  } else if (type.kinds == kind::timestamp) {
    schema.format = "date-time";
  }
  schema.max_items = facts.max_items;
  return schema;
}

std::shared_ptr<const Schema::Cursor> cursor_of(const Type& type) {
  if (type.is_optional()) return cursor_of(inner_type(type));
  if (facts_of(type).cursor != nullptr) return facts_of(type).cursor;
  if (!schema_type(type).known) return nullptr;
  return std::make_shared<const MadeCursor>(type);
}

std::string to_text(const Type& type) {
  if (type.is_dyn() || type.is_parameter() || type.kinds == 0) return "dyn";
  if (type.kinds == kind::opaque || type.kinds == kind::optional) {
    const std::string name = type.is_optional() ? "optional_type" : type.parts->name;
    std::string all;
    if (type.parts != nullptr) {
      for (const auto& argument : type.parts->arguments) all += (all.empty() ? "" : ", ") + to_text(argument);
    }
    return all.empty() ? name : fmt::format("{}({})", name, all);
  }
  if (type.kinds == kind::list) return fmt::format("list({})", to_text(item_type(type)));
  if (type.kinds == kind::map) return fmt::format("map({}, {})", to_text(key_type(type)), to_text(value_type(type)));
  if (type.kinds == kind::type && type.parts != nullptr) {
    return type.parts->arguments.empty() ? "type" : fmt::format("type({})", to_text(type.parts->arguments[0]));
  }
  std::string out;
  for (const auto& [kind, name] : kind_names) {
    if ((type.kinds & kind) == 0) continue;
    const unsigned rest = type.kinds & ~kind;
    if (rest == kind::null && (kind & (kind::list | kind::map)) == 0) return fmt::format("wrapper({})", name);
    out += (out.empty() ? "" : "|") + std::string(name);
  }
  return out;
}

std::string describe(const Type& type) {
  constexpr std::array<std::pair<unsigned, std::string_view>, 15> names = {{{kind::text, "text"},
                                                                            {kind::integer, "an integer"},
                                                                            {kind::uinteger, "an unsigned integer"},
                                                                            {kind::number, "a number"},
                                                                            {kind::real, "a number with a fraction"},
                                                                            {kind::boolean, "a boolean"},
                                                                            {kind::timestamp, "a timestamp"},
                                                                            {kind::duration, "a duration"},
                                                                            {kind::list, "a list"},
                                                                            {kind::map, "an object"},
                                                                            {kind::bytes, "bytes"},
                                                                            {kind::type, "a type"},
                                                                            {kind::optional, "an optional"},
                                                                            {kind::opaque, "a value of another kind"},
                                                                            {kind::null, "null"}}};
  if (type.is_dyn() || type.is_parameter()) return "anything";
  if (is_date_text(type)) return facts_of(type).format == "date" ? "a date" : "a date and time";
  std::string out;
  for (const auto& [kind, name] : names) {
    if ((type.kinds & kind) == 0) continue;
    if (!out.empty()) out += " or ";
    out += name;
  }
  return out.empty() ? "nothing" : out;
}

bool is_date_text(const Type& type) {
  if (!type.only(kind::text | kind::null) || type.facts == nullptr) return false;
  return type.facts->format == "date" || type.facts->format == "date-time";
}

bool is_literal(const Node& node) {
  if (node.kind == NodeKind::negate) {
    return node.children[0]->kind == NodeKind::integer || node.children[0]->kind == NodeKind::real;
  }
  return node.kind == NodeKind::null || node.kind == NodeKind::boolean || node.kind == NodeKind::integer ||
         node.kind == NodeKind::uinteger || node.kind == NodeKind::real || node.kind == NodeKind::text;
}

std::string json_text(const Node& literal) {
  switch (literal.kind) {
    case NodeKind::boolean:
      return literal.boolean ? "true" : "false";
    case NodeKind::integer:
      return fmt::format("{}", literal.integer);
    case NodeKind::uinteger:
      return fmt::format("{}", literal.uinteger);
    case NodeKind::real: {
      char buffer[40];
      return std::string(shortest(literal.real, buffer).value_or("null"));
    }
    case NodeKind::text: {
      std::string text;
      json::write_string(literal.text, text);
      return text;
    }
    case NodeKind::negate:
      return "-" + json_text(*literal.children[0]);
    default:
      return "null";
  }
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
