#include "bus/route/mapping_schema.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <vector>

#include "bus/event/json.h"

namespace simpul {
namespace {

using Refers = std::function<bool(std::string_view)>;

std::string known(const std::string& schema, const Refers& refers) {
  if (schema.empty()) return "true";
  constexpr std::string_view mark = R"("$ref":")";
  for (auto at = schema.find(mark); at != schema.npos; at = schema.find(mark, at + 1)) {
    auto address = std::string_view(schema).substr(at + mark.size());
    address = address.substr(0, address.find_first_of("\"#"));
    if (!refers(address)) return "true";
  }
  return schema;
}

// Members of objects: the schema of each, and whether it is always there.
struct Members {
  struct Member {
    std::string name, schema;
    bool required = false;
  };
  std::vector<Member> all;
  std::string others = "false";  // the schema of further members

  std::string text() const {
    json::Writer properties, required;
    properties.begin_object();
    required.begin_array();
    for (const auto& member : all) {
      properties.name(member.name).raw(member.schema);
      if (member.required) required.string(member.name);
    }
    properties.end_object();
    required.end_array();
    return fmt::format(R"({{"type":"object","properties":{},"required":{},"additionalProperties":{}}})",
                       properties.text(), required.text(), others);
  }
};

// What is spread, but for what the map leaves out and names itself.
void add_spread(const MappingPart& part, const Refers& refers, Members& members) {
  const auto cursor = part.expression->cursor();
  if (cursor == nullptr) {
    members.others = "true";
    return;
  }
  const bool always = !part.expression->may_be_absent() && cursor->type().kinds == SchemaType::object;
  std::set<std::string_view> left_out(part.except.begin(), part.except.end());
  for (const auto& inner : part.parts) left_out.insert(inner.name);
  for (const auto& name : cursor->properties()) {
    if (left_out.contains(name)) continue;
    bool required = false;
    const auto property = cursor->property(name, required);
    if (property == nullptr) continue;
    members.all.push_back({name, known(property->schema_text(), refers), required && always});
  }
  if (!cursor->closed()) members.others = "true";
}

std::string object_schema(const MappingPart& part, const Refers& refers) {
  Members members;
  for (const auto& inner : part.parts)
    members.all.push_back({inner.name, mapping_schema(inner, refers), !may_be_absent(inner)});
  if (part.expression != nullptr) add_spread(part, refers, members);
  return members.text();
}

std::string list_schema(const MappingPart& part, const Refers& refers) {
  if (part.parts.empty()) return R"({"type":"array","maxItems":0})";
  std::vector<std::string> items;
  std::size_t sure = 0;
  for (const auto& inner : part.parts) {
    items.push_back(mapping_schema(inner, refers));
    sure += may_be_absent(inner) ? 0 : 1;
  }
  if (sure == items.size())
    return fmt::format(R"({{"type":"array","prefixItems":[{}],"items":false,"minItems":{}}})", fmt::join(items, ","),
                       sure);
  return fmt::format(R"({{"type":"array","items":{{"anyOf":[{}]}},"minItems":{},"maxItems":{}}})",
                     fmt::join(items, ","), sure, items.size());
}

std::string each_schema(const MappingPart& part, const Refers& refers) {
  auto text = fmt::format(R"({{"type":"array","items":{})", mapping_schema(part.parts.front(), refers));
  if (part.expression != nullptr) {
    const auto& list = part.expression->result();
    const bool all = !part.where && !may_be_absent(part.parts.front()) && !part.expression->may_be_absent() &&
                     list.known && list.kinds == SchemaType::array;
    if (all && list.min_items) text += fmt::format(R"(,"minItems":{})", *list.min_items);
    if (list.max_items && list.kinds == SchemaType::array) text += fmt::format(R"(,"maxItems":{})", *list.max_items);
  }
  return text + "}";
}

}  // namespace

std::string mapping_schema(const MappingPart& part, const Refers& refers) {
  switch (part.kind) {
    case MappingPart::object:
      return object_schema(part, refers);
    case MappingPart::list:
      return list_schema(part, refers);
    case MappingPart::leaf:
      return part.expression == nullptr ? std::string("true") : known(part.expression->inferred(), refers);
    case MappingPart::constant:
      return fmt::format(R"({{"const":{}}})", json::write(part.literal.root()));
    case MappingPart::each:
      return each_schema(part, refers);
    case MappingPart::choice: {
      std::vector<std::string> branches;
      for (const auto& inner : part.parts) branches.push_back(mapping_schema(inner, refers));
      return branches.size() == 1 ? branches.front() : fmt::format(R"({{"anyOf":[{}]}})", fmt::join(branches, ","));
    }
    case MappingPart::let:
      return mapping_schema(part.parts.front(), refers);
    case MappingPart::claim_check:
      return R"({"type":"object","properties":{"sha256":{"type":"string","pattern":"^[0-9a-f]{64}$"},)"
             R"("bytes":{"type":"integer","minimum":0}},"required":["sha256","bytes"],"additionalProperties":false})";
  }
  return "true";
}

bool may_be_absent(const MappingPart& part) {
  switch (part.kind) {
    case MappingPart::leaf:
    case MappingPart::claim_check:
    case MappingPart::each:
      return part.expression == nullptr || part.expression->may_be_absent();
    case MappingPart::choice:
    case MappingPart::let:
      return std::ranges::any_of(part.parts, may_be_absent);
    case MappingPart::object:
    case MappingPart::list:
    case MappingPart::constant:
      return false;
  }
  return true;
}

}  // namespace simpul
