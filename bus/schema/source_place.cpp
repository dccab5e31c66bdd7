#include "bus/schema/source_place.h"

#include <fmt/format.h>

#include "bus/event/syntax.h"
#include "bus/schema/compiler.h"
#include "bus/schema/uri.h"

namespace simpul {
namespace {

// The identifier a schema has by its draft; empty when it has none (core §8.2.1; draft 7 §8.2).
std::string_view identifier(const json::Value& schema, Draft draft) {
  if (!schema.is_object() || (draft <= Draft::draft7 && schema.find("$ref") != nullptr)) return {};
  auto id = schema.text_of(draft == Draft::draft4 ? "id" : "$id");
  return id.substr(0, id.find('#'));
}

// RFC 3986 §3.5
bool stands_in_fragment(char c) {
  bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return letter || std::string_view("-._~!$&'()*+,;=:@/?").find(c) != std::string_view::npos;
}

}  // namespace

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

std::string absolute_location(const Node& node, std::string_view keyword) {
  auto base = file_address(node.file->path);
  std::string_view pointer = node.pointer;
  const auto* at = &node.file->document.root();
  std::size_t resource = 0;  // where the pointer's part inside the resource begins
  for (std::size_t end = 0; at != nullptr;) {
    if (auto id = identifier(*at, node.draft); !id.empty()) {
      base = resolve_uri(base, id);
      resource = end;
    }
    if (end == pointer.size()) break;
    auto next = std::min(pointer.find('/', end + 1), pointer.size());
    at = json::at_pointer(*at, pointer.substr(end, next - end));
    end = next;
  }
  std::string fragment(pointer.substr(resource));
  if (!keyword.empty()) json::append_pointer(fragment, keyword);
  base += '#';
  for (char c : fragment) {
    if (stands_in_fragment(c))
      base += c;
    else
      base += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return base;
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
