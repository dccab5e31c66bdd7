#include "bus/schema/source_place.h"

#include "bus/event/syntax.h"

namespace simpul {

std::uint32_t name_offset(std::string_view text, std::uint32_t value_offset, std::string_view name) {
  std::size_t at = value_offset;
  auto skip = [&](auto is) {
    while (at > 0 && is(text[at - 1])) --at;
  };
  auto space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  skip(space);
  if (at == 0 || text[at - 1] != ':') return value_offset;
  --at;
  skip(space);
  if (at < name.size() + 2 || text[at - 1] != '"' || text[at - 2 - name.size()] != '"') return value_offset;
  return static_cast<std::uint32_t>(at - 2 - name.size());
}

Place place_of(const Node& node, std::string_view keyword) {
  auto text = node.file->document.source();
  const auto* value = keyword.empty() || !node.source->is_object() ? nullptr : node.source->find(keyword);
  auto start = node.source->raw_offset();
  auto size = node.source->raw_size();
  if (value != nullptr) {
    start = name_offset(text, value->raw_offset(), keyword);
    size = start == value->raw_offset() ? value->raw_size() : static_cast<std::uint32_t>(keyword.size() + 2);
  }
  Place place;
  place.file = node.file->path;
  place.start = mark_at(text, start);
  auto inside = mark_at(text.substr(start), size);
  place.end = inside.line == 1 ? Mark{place.start.line, place.start.column + inside.column - 1}
                               : Mark{place.start.line + inside.line - 1, inside.column};
  return place;
}

std::string schema_location(const Node& node, std::string_view keyword) {
  auto out = node.file->path + "#" + node.pointer;
  if (!keyword.empty()) json::append_pointer(out, keyword);
  return out;
}

std::string_view prefix_keyword(const Node& node) {
  return node.draft == Draft::draft2020_12 ? "prefixItems" : "items";
}

std::string_view rest_keyword(const Node& node) {
  if (node.draft == Draft::draft2020_12) return "items";
  const auto* items = node.source->find("items");
  return items != nullptr && items->is_array() ? "additionalItems" : "items";
}

std::string_view dependent_keyword(const Node& node, std::string_view own) {
  return node.source->find(own) != nullptr ? own : "dependencies";
}

std::string_view reference_keyword(const Node& node) {
  return node.source->find("$ref") != nullptr ? "$ref" : dynamic_keyword(node);
}

std::string_view dynamic_keyword(const Node& node) {
  return node.source->find("$recursiveRef") != nullptr ? "$recursiveRef" : "$dynamicRef";
}

std::string_view way_to(const Node& node, const Node& child) {
  std::string_view way = child.pointer;
  bool inside = child.file == node.file && way.size() > node.pointer.size() && way.starts_with(node.pointer);
  return inside ? way.substr(node.pointer.size()) : std::string_view();
}

}  // namespace simpul
