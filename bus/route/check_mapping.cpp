#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bus/route/held_data.h"
#include "bus/route/kind_reader.h"
#include "bus/route/mapping.h"

namespace simpul {
namespace {

std::string words(unsigned kinds) {
  std::vector<std::string_view> names;
  if (kinds & SchemaType::string) names.push_back("text");
  if (kinds & SchemaType::number)
    names.push_back("a number");
  else if (kinds & SchemaType::integer)
    names.push_back("an integer");
  if (kinds & SchemaType::boolean) names.push_back("true or false");
  if (kinds & SchemaType::object) names.push_back("an object");
  if (kinds & SchemaType::array) names.push_back("a list");
  if (kinds & SchemaType::null) names.push_back("null");
  return fmt::format("{}", fmt::join(names, " or "));
}

unsigned kinds_of(const json::Value& value) {
  switch (value.kind()) {
    case json::Kind::null:
      return SchemaType::null;
    case json::Kind::boolean:
      return SchemaType::boolean;
    case json::Kind::number:
      return value.as_integer() ? SchemaType::integer : SchemaType::number;
    case json::Kind::string:
      return SchemaType::string;
    case json::Kind::array:
      return SchemaType::array;
    case json::Kind::object:
      return SchemaType::object;
  }
  return SchemaType::any;
}

class Checker {
 public:
  Checker(const Schema& schema, const MappingReader& reader, Problems& problems)
      : schema_(schema), reader_(reader), problems_(problems) {}

  // A member that the schema does not name holds nothing by the schema's own word.
  void check(const MappingPart& part, const std::shared_ptr<const Schema::Cursor>& cursor, bool is_named = true) {
    personal(part, is_named ? cursor : nullptr);
    // What one of their parts makes is what they make.
    if (part.kind == MappingPart::choice || part.kind == MappingPart::let) {
      for (const auto& inner : part.parts) check(inner, cursor, is_named);
      return;
    }
    const bool fit = cursor != nullptr && fits(part, cursor->type());
    if (fit && part.kind == MappingPart::object) return object(part, *cursor);
    const bool is_list = part.kind == MappingPart::list || part.kind == MappingPart::each;
    auto items = fit && is_list ? cursor->items() : nullptr;
    for (const auto& inner : part.parts) check(inner, items);
  }

 private:
  void object(const MappingPart& part, const Schema::Cursor& cursor) {
    auto names = cursor.properties();
    for (const auto& inner : part.parts) {
      bool required = false;
      auto property = cursor.property(inner.name, required);
      if (property == nullptr && cursor.closed()) {
        report(
            inner.name_place, inner.path, "map.unknown_member",
            fmt::format("{} accepts no member \"{}\"{}", schema_.name(), inner.name, did_you_mean(inner.name, names)),
            names.empty() ? "leave it out" : fmt::format("it accepts {}", fmt::join(names, ", ")));
      }
      check(inner, property, std::ranges::find(names, inner.name) != names.end());
      const bool is_leaf = inner.kind == MappingPart::leaf && inner.expression != nullptr;
      if (required && is_leaf && inner.expression->may_be_absent())
        report(inner.place, inner.path, "map.may_be_absent",
               fmt::format("{} requires {}, and this may be absent", schema_.name(), inner.name),
               "add .orValue(…) with the value to take then");
    }
    if (part.expression != nullptr) return;  // what it spreads is proved, or checked when it runs
    std::vector<std::string> missing;
    for (const auto& name : names) {
      bool required = false;
      cursor.property(name, required);
      if (required && std::ranges::find(part.parts, name, &MappingPart::name) == part.parts.end())
        missing.push_back(name);
    }
    if (!missing.empty())
      report(part.place, part.path, "map.missing_member",
             fmt::format("{} requires {}, which the map does not make", schema_.name(), fmt::join(missing, ", ")),
             "add it to the map");
  }

  bool fits(const MappingPart& part, const SchemaType& wanted) {
    unsigned made = SchemaType::any;
    if (part.kind == MappingPart::object || part.kind == MappingPart::claim_check) made = SchemaType::object;
    if (part.kind == MappingPart::list || part.kind == MappingPart::each) made = SchemaType::array;
    if (part.kind == MappingPart::constant) made = kinds_of(part.literal.root());
    if (part.kind == MappingPart::leaf) {
      if (part.expression == nullptr || !part.expression->result().known) return true;
      made = part.expression->result().kinds;
    }
    // A computed number may come out whole.
    auto accepted = wanted.kinds;
    if (accepted & (SchemaType::integer | SchemaType::number)) accepted |= SchemaType::integer;
    if (part.kind == MappingPart::leaf && (made & SchemaType::number)) made |= SchemaType::integer;
    if (!wanted.known || (made & accepted) != 0) return true;
    bool number_for_text = (made & (SchemaType::integer | SchemaType::number)) && (wanted.kinds & SchemaType::string);
    report(part.place, part.path, "map.kind",
           fmt::format("this gives {}, and {} accepts {} here", words(made), schema_.name(), words(wanted.kinds)),
           number_for_text && part.kind == MappingPart::leaf ? "string(…) makes text of it"
                                                             : "convert it, or change the schema");
    return false;
  }

  // What the schema itself holds above the class is a problem of the app, not of every route.
  void personal(const MappingPart& part, const std::shared_ptr<const Schema::Cursor>& cursor) {
    const bool travels =
        part.kind == MappingPart::leaf || part.kind == MappingPart::object || part.kind == MappingPart::claim_check;
    if (!travels || part.expression == nullptr) return;
    auto held = held_by(part, cursor.get());
    if (!held) return;
    report(part.kind == MappingPart::leaf ? part.place : part.expression_place, part.path, "map.not_cleared",
           fmt::format("this {} {}{}, and {} is {}", held->pointer.empty() ? "is" : "holds",
                       personal_words(held->personal), held->pointer.empty() ? "" : " at " + held->pointer,
                       reader_.whom, clearance_words(reader_.cleared)),
           "leave the field out, or have the app cleared on its legal basis");
  }

  // Above the class, and not where the schema itself holds it. Of an object all that travels with it.
  std::optional<HeldData> held_by(const MappingPart& part, const Schema::Cursor* cursor) const {
    const auto own = part.expression->result().personal;
    if (own > reader_.cleared && (cursor == nullptr || cursor->type().personal < own)) return HeldData{{}, own};
    auto except = part.except;
    if (part.kind == MappingPart::object)
      for (const auto& inner : part.parts) except.push_back(inner.name);
    const auto made = part.expression->cursor();
    return made != nullptr ? personal_above(*made, reader_.cleared, except, cursor) : std::nullopt;
  }

  void report(const Place& place, const std::string& path, std::string code, std::string message, std::string hint) {
    problems_.push_back({std::move(code), std::move(message), std::move(hint), place, path, Severity::error});
  }

  const Schema& schema_;
  const MappingReader& reader_;
  Problems& problems_;
};

}  // namespace

void check_mapping(const Mapping& mapping, const Schema& schema, const MappingReader& reader, Problems& problems) {
  Checker(schema, reader, problems).check(mapping.root(), schema.cursor());
}

}  // namespace simpul
