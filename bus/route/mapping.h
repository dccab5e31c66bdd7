// A YAML tree that makes JSON: maps are objects in the order written, lists are arrays, every other leaf is
// a CEL expression, {const: X} is a literal. An expression that is absent leaves its member or item out.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bus/event/json.h"
#include "bus/expression/expression.h"
#include "bus/route/expression_source.h"
#include "bus/schema/schema.h"

namespace simpul {

struct MappingPart {
  enum Kind { object, list, leaf, constant } kind = leaf;
  std::string name;                              // of a member of an object
  std::vector<MappingPart> parts;                // of an object or list
  std::shared_ptr<const Expression> expression;  // of a leaf; null when it did not compile
  json::Document literal;                        // of a constant
  Place place, name_place;
  std::string path;
};

class Mapping {
 public:
  // Problems are reported; what could be compiled is there all the same, for further checks.
  Mapping(const yaml::Node& node, const Scope& scope, ExpressionSource& source);

  // The value lives in the arena and the slots' documents. A problem has the expression's place.
  Result<Evaluated> evaluate(std::span<const json::Value* const> slots, json::Arena& arena) const;
  const MappingPart& root() const { return root_; }

 private:
  MappingPart root_;
};

// What can be told of a mapping and a schema before anything runs: members that the schema does not know or
// misses, kinds that can never fit, personal data above the class `cleared`. `whom` is who receives it.
struct MappingReader {
  std::string whom;
  PersonalData cleared = PersonalData::specific;
};
void check_mapping(const Mapping& mapping, const Schema& schema, const MappingReader& reader, Problems& problems);

}  // namespace simpul
