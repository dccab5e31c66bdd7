// How a difference of two schemas is said, in English and Indonesian side by side. difference.cpp decides what is said.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bus/schema/merged.h"
#include "bus/schema/schema.h"

namespace simpul::difference {

// {} in both is replaced by the parts in turn; {0}, {1} by the one of that number.
Words phrase(std::string_view english, std::string_view indonesian, const std::vector<Words>& parts = {});

Words of_path(std::string_view path);                            // the path, "the whole value" for an empty one
Words quoted(std::string_view text);                             // "text", shortened when long
Words of_value(const json::Value& value);                        // as JSON, shortened
Words of_values(const std::vector<const json::Value*>& values);  // the first ones, and how many more
Words of_names(const std::vector<std::string_view>& names);
Words of_bound(const MergedBound& bound);
Words of_class(PersonalData personal);

// "pemohon" and "nik" make "pemohon.nik"; names that would be misread are quoted: pemohon["a.b"].
std::string below(std::string_view path, std::string_view name);

}  // namespace simpul::difference
