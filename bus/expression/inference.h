// What an expression gives, as a JSON Schema: what mappings are proved with.
//
// Walks a checked tree. Paths into events are the schemas' own places, by reference; literals are constants; what
// functions and operators make is what can be said of it in lengths, patterns, bounds and lists; everything else is its
// type, and `true` where nothing is known. Sound before all: every value that evaluation may give on values that fit
// their schemas fits the schema told here, never the other way round.
#pragma once

#include <string>
#include <vector>

#include "bus/expression/checker.h"
#include "bus/expression/expression.h"
#include "bus/expression/tree.h"

namespace simpul::cel {

struct Inferred {
  std::string schema;          // JSON text; of an optional it speaks of its value: that it may be absent the type says
  std::vector<TableUse> uses;  // of code tables, as far as they were met
};
Inferred infer(const Tree& tree, const Annotations& annotations, const Scope& scope);

// What every item of an array fits, as a schema that was inferred of it says; "true" when it does not say.
std::string items_of(const json::Value& array_schema);

}  // namespace simpul::cel
