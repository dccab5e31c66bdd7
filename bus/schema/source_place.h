// Where keywords stand in the files of schemas: for people who must find them, and for machines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bus/schema/node.h"

namespace simpul {

// Where a member's name stands, found backwards from its value; the value's own place when the name is written with
// escapes.
std::uint32_t name_offset(std::string_view text, std::uint32_t value_offset, std::string_view name);

// Of the keyword's name; of the schema itself when `keyword` is empty. The end lies behind the name or the schema.
Place place_of(const Node& node, std::string_view keyword);

// "dukcapil/pindah.json#/properties/nik/pattern"
std::string schema_location(const Node& node, std::string_view keyword);

// The same as a URI: of the resource by its $id, or of the file (core §12.3.3).
std::string absolute_location(const Node& node, std::string_view keyword);

// The keyword by which a node has its parts, as its draft writes it.
std::string_view prefix_keyword(const Node& node);                           // prefixItems; items before 2020-12
std::string_view rest_keyword(const Node& node);                             // items; additionalItems before 2020-12
std::string_view dependent_keyword(const Node& node, std::string_view own);  // `own`, or dependencies
std::string_view reference_keyword(const Node& node);  // $ref, or a $dynamicRef that has one target only
std::string_view dynamic_keyword(const Node& node);    // $dynamicRef or $recursiveRef

// The way from a node to a schema that is written inside it: "/properties/nik"; empty when it is not inside.
std::string_view way_to(const Node& node, const Node& child);

}  // namespace simpul
