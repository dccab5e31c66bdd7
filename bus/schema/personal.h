// Personal-data classes by the schemas that speak of a place.
//
// A place's class is the highest that any schema that may apply there annotates, whether or not the value fits that
// schema: a value that is refused must not be shown either. Where no schema that surely applies annotates the place, it
// has at least its parent's class; where no schema speaks at all, it is `specific`.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "bus/schema/node.h"

namespace simpul {

struct PersonalSpot {
  struct Speaker {
    const Node* node;
    bool certain;  // it applies whatever the value is
  };
  std::vector<Speaker> speakers;  // all that look at this place; empty where no schema speaks
  PersonalData personal = PersonalData::none;
};

PersonalSpot personal_root(const Node& root);
PersonalSpot personal_member(const PersonalSpot& spot, std::string_view name);
PersonalSpot personal_item(const PersonalSpot& spot, std::size_t index);
PersonalSpot personal_items(const PersonalSpot& spot);  // of any item: the highest

}  // namespace simpul
