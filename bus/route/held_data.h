// The personal data that values of a type hold, at any depth.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bus/schema/schema.h"

namespace simpul {

struct HeldData {
  std::string pointer;  // the first place that holds it; "*" for items of a list; empty: the value itself
  PersonalData personal = PersonalData::none;
};

// What is above the class `cleared`; none: nothing is. Members named in `except` do not count, and neither does what
// `declared`, where it is given, holds at the same place itself: that is said of the one who declares it.
std::optional<HeldData> personal_above(const Schema::Cursor& cursor, PersonalData cleared,
                                       const std::vector<std::string>& except = {},
                                       const Schema::Cursor* declared = nullptr);

}  // namespace simpul
