// Routes compiled, one program for every type that a route takes: conditions, lets, lists, keys and mappings
// as expressions over the slots id, source, type, subject, time, data, the lets in order, and one item.
//
// Parts. The parts of one event for one app are numbered so that no two of its deliveries share a number,
// whichever routes they come from: the n-th place (in the order of the routes' files) has n · parts_limit
// and, with `each`, the index of the item in its list added. map() needs only the item's index.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bus/route/declarations.h"
#include "bus/route/expression_source.h"
#include "bus/route/mapping.h"

namespace simpul {

inline constexpr std::size_t keys_limit = 256;  // of one delivery

struct PlacedExpression {
  std::shared_ptr<const Expression> expression;  // null: there is none
  Place place;
  explicit operator bool() const { return expression != nullptr; }
};

struct TargetProgram {
  std::string label, app;
  std::uint32_t first_part = 0;
  PlacedExpression when, each, where;
  std::vector<PlacedExpression> keys;  // empty: the route's
  std::shared_ptr<const Mapping> mapping;
};

struct RouteProgram {
  std::string route, type;
  PlacedExpression when;
  std::vector<std::pair<std::string, PlacedExpression>> lets;
  std::vector<PlacedExpression> keys;  // empty: keyed by the event's identity
  std::vector<TargetProgram> targets;
};

// Compiles a route for one of its types. Problems are reported; the program may then not be run.
struct RouteCompiling {
  const Declarations& declarations;
  const SchemaRegistry* schemas = nullptr;  // null: they did not compile
  ExpressionSource& source;
};
std::shared_ptr<RouteProgram> compile_route(const RouteDeclaration& route, const std::string& type,
                                            RouteCompiling& compiling);

// Adds what the program makes of the event.
class KeyHashes;
void run_route(const RouteProgram& program, const Event& event, KeyHashes& hashes, Generation::Routing& routing);

// The mapped value's text, checked against `schema`. Runs the conditions and keys as well, so that what could
// not be routed is not mapped either.
Result<std::string> run_mapping(const RouteProgram& program, const TargetProgram& target, const Schema& schema,
                                const Event& event, std::uint32_t part);

// Hashes of the keys of one event, each text hashed once.
class KeyHashes {
 public:
  KeyHashes(const Event& event, const KeyedHash& hash) : event_(event), hash_(hash) {}
  Hash128 of(std::string_view key);
  Hash128 identity();

 private:
  const Event& event_;
  const KeyedHash& hash_;
  std::vector<std::pair<std::string, Hash128>> known_;
  bool has_identity_ = false;
  Hash128 identity_;
};

}  // namespace simpul
