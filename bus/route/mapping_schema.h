// What a mapping makes, as a JSON Schema: each leaf what its expression infers, an object closed by its members, a list
// by its items, `each` by its list, a switch any of its branches. Every payload that the mapping can make fits it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "bus/route/mapping.h"

namespace simpul {

// JSON text, of a value that is there. `refers` tells of an address of a file whether the schema will be compiled
// beside that file: what refers elsewhere is taken as not known.
std::string mapping_schema(const MappingPart& part, const std::function<bool(std::string_view)>& refers);
// It may give nothing: its member or item is then left out.
bool may_be_absent(const MappingPart& part);

}  // namespace simpul
