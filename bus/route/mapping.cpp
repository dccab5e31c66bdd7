#include "bus/route/mapping.h"

#include <fmt/format.h>

namespace simpul {
namespace {

void write_literal(const yaml::Node& node, json::Writer& out) {
  switch (node.kind) {
    case yaml::Kind::null:
      out.null();
      break;
    case yaml::Kind::boolean:
      out.boolean(node.scalar == "true");
      break;
    case yaml::Kind::integer:
    case yaml::Kind::decimal:
      out.raw(node.scalar);
      break;
    case yaml::Kind::text:
      out.string(node.scalar);
      break;
    case yaml::Kind::list:
      out.begin_array();
      for (const auto& item : node.items) write_literal(item, out);
      out.end_array();
      break;
    case yaml::Kind::map:
      out.begin_object();
      for (const auto& entry : node.entries) {
        out.name(entry.key.scalar);
        write_literal(entry.value, out);
      }
      out.end_object();
      break;
  }
}

MappingPart compile(const yaml::Node& node, const Scope& scope, ExpressionSource& source) {
  MappingPart part;
  part.place = part.name_place = node.place;
  part.path = node.path;
  if (node.kind == yaml::Kind::map && node.entries.size() == 1 && node.entries[0].key.scalar == "const") {
    part.kind = MappingPart::constant;
    json::Writer writer;
    write_literal(node.entries[0].value, writer);
    if (auto literal = json::parse(writer.take()))
      part.literal = std::move(*literal);
    else
      source.report(node.entries[0].value, "map.const", "this literal cannot be written as JSON",
                    "write numbers as 12 or 1.5, and everything else as text in quotes");
    return part;
  }
  if (node.kind == yaml::Kind::map) {
    part.kind = MappingPart::object;
    for (const auto& entry : node.entries) {
      part.parts.push_back(compile(entry.value, scope, source));
      part.parts.back().name = entry.key.scalar;
      part.parts.back().name_place = entry.key.place;
    }
    return part;
  }
  if (node.kind == yaml::Kind::list) {
    part.kind = MappingPart::list;
    for (const auto& item : node.items) part.parts.push_back(compile(item, scope, source));
    return part;
  }
  part.expression = source.compile(node, scope, Expect::any);
  return part;
}

Result<Evaluated> make(const MappingPart& part, std::span<const json::Value* const> slots, json::Arena& arena) {
  switch (part.kind) {
    case MappingPart::constant:
      return Evaluated{part.literal.root(), false};
    case MappingPart::leaf: {
      auto made = part.expression->evaluate(slots, arena);
      if (made) return *made;
      Problem problem;
      problem.code = "map." + made.error().code;
      problem.message = fmt::format("{} cannot be made: {}", part.path, made.error().message);
      problem.hint = "mend the data at its source, or the expression";
      problem.place = part.place;
      problem.path = part.path;
      return std::unexpected(std::move(problem));
    }
    case MappingPart::list: {
      std::vector<json::Value> items;
      items.reserve(part.parts.size());
      for (const auto& inner : part.parts) {
        auto made = make(inner, slots, arena);
        if (!made) return made;
        if (!made->absent) items.push_back(made->value);
      }
      return Evaluated{arena.array(items), false};
    }
    case MappingPart::object:
      break;
  }
  std::vector<json::Member> members;
  members.reserve(part.parts.size());
  for (const auto& inner : part.parts) {
    auto made = make(inner, slots, arena);
    if (!made) return made;
    if (!made->absent) members.push_back({inner.name, made->value});
  }
  return Evaluated{arena.object(members), false};
}

}  // namespace

Mapping::Mapping(const yaml::Node& node, const Scope& scope, ExpressionSource& source)
    : root_(compile(node, scope, source)) {}

Result<Evaluated> Mapping::evaluate(std::span<const json::Value* const> slots, json::Arena& arena) const {
  return make(root_, slots, arena);
}

}  // namespace simpul
