// A YAML tree that makes JSON. The nodes are those of generation.h: maps are objects in the order written, lists are
// arrays, every other leaf is a CEL expression, {const: X} is a literal; each, switch, let, spread, claim_check and
// fields are what a word of a map makes of it. What is absent leaves its member or item out.
//
// A mapping is compiled against the variables of its place; each and let add theirs behind them, for what is below.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bus/event/json.h"
#include "bus/expression/expression.h"
#include "bus/route/expression_source.h"
#include "bus/schema/schema.h"

namespace simpul {

// Of one mapping: turns of all its `each` together, and bytes of the JSON made.
inline constexpr std::size_t mapping_turns_limit = 20'000;
inline constexpr std::size_t mapping_limit_bytes = 16u << 20;

struct MappingPart {
  enum Kind {
    object,       // `parts` are its members; with `expression`, that object's members first, but for `except` and the
                  // members that are named here
    list,         // `parts` are its items
    leaf,         // `expression` is the value
    constant,     // `literal` is
    each,         // a list: one item by parts[0] for each item of the list `expression` for which `where` holds
    choice,       // `switch`: parts[i] where conditions[i] is the first that holds; the last one may be without
    let,          // parts[0], which knows `lets`
    claim_check,  // {sha256, bytes} of the text `expression`
  } kind = leaf;
  std::string name;     // of a member of an object
  std::string written;  // the same as JSON, with the colon behind it
  std::vector<MappingPart> parts;
  // Of a leaf, claim_check or each; of an object what it spreads. Null: there is none, or it did not compile.
  std::shared_ptr<const Expression> expression;
  PlacedExpression where;
  std::vector<PlacedExpression> conditions;  // as many as parts
  std::vector<std::pair<std::string, PlacedExpression>> lets;
  std::vector<std::string> except;
  json::Document literal;
  Place place, name_place;
  Place expression_place;  // of `expression`, where it is not the node itself
  std::string path;
};

class RouteObserver;
struct Claim;

// What one evaluation works with.
struct MappingRun {
  std::vector<const json::Value*>& slots;  // the variables' values; what is pushed is popped again
  json::Arena& arena;
  RouteObserver* observer = nullptr;
  // Where the texts of claim_check are looked for: those of the event's own data. The claims are added.
  const json::Value* data = nullptr;
  std::vector<Claim>* claims = nullptr;
};

class Mapping {
 public:
  // Problems are reported; what could be compiled is there all the same, for further checks. Without `takes_claims`,
  // claim_check is refused.
  Mapping(const yaml::Node& node, const Scope& scope, ExpressionSource& source, bool takes_claims);
  // A mapping whose members are expressions: name and CEL text, all of the node's place.
  Mapping(const yaml::Node& node, const std::vector<std::pair<std::string, std::string>>& members, const Scope& scope,
          ExpressionSource& source);

  // The value lives in the arena and the slots' documents. A problem has the expression's place.
  Result<Evaluated> evaluate(MappingRun& run) const;
  // Its JSON text, the same as json::write() of that value, made without it. False: it is absent.
  Result<bool> write(MappingRun& run, std::string& out) const;
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
