// Routes compiled, one program for every type that a route takes: conditions, lets, lists, keys and mappings as
// expressions over the slots id, source, type, subject, time, data, the route's lets in order, then the target's item
// and lets, and in mappings the answers to the questions of enrichment: the route's, then the target's.
//
// Steps are a tree; targets are all of a route, in the order of its file, also those in branches, one for each app of
// `among`. Two targets that stand in different branches of one `choose` may share label, app and place; no event goes
// to both.
//
// Parts. The parts of one event for one app are numbered so that no two of its deliveries share a number, whichever
// routes they come from: the n-th place (in the order of the routes' files, and of their targets) has n · parts_limit
// and, with `each`, the index of the item in its list added. map() needs only the item's index.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "bus/route/declarations.h"
#include "bus/route/expression_source.h"
#include "bus/route/mapping.h"

namespace simpul {

inline constexpr std::size_t keys_limit = 256;  // of one delivery

using LetPrograms = std::vector<std::pair<std::string, PlacedExpression>>;

// A question to a lookup, asked before a target is mapped.
struct EnrichmentProgram {
  std::string name, lookup;
  bool may_be_missing = false;
  std::vector<std::pair<std::string, PlacedExpression>> with;  // the lookup's parameters, in its order
  std::shared_ptr<const Schema> answer;                        // what the answer must fit; null: problems were reported
};

struct StepProgram;

struct TargetProgram {
  std::string label, app, into;
  Place place;
  std::uint32_t first_part = 0;
  bool wire_tap = false;
  PlacedExpression when, each, where, until;
  LetPrograms lets;
  std::vector<EnrichmentProgram> enrichments;  // the route's, then its own
  std::vector<PlacedExpression> keys;          // empty: the route's; of a wire tap always the event's identity
  std::chrono::milliseconds delay{0};
  std::shared_ptr<const Mapping> mapping;
  std::shared_ptr<const Schema> accepts;  // null: problems were reported
  // By containment: what the mapping makes of an event that fits its schema fits what the app accepts, so it is not
  // checked again when it runs.
  bool proved = false;
  // The steps that it stands in, outermost first, and in which branch of each (of `recipients`: which app).
  std::vector<std::pair<const StepProgram*, std::size_t>> way;
};

struct BranchProgram {
  PlacedExpression when;  // none: all else
  Place place;
  std::vector<StepProgram> steps;
};

struct StepProgram {
  enum class Kind { target, choose, recipients } kind = Kind::target;
  Place place;
  std::vector<std::size_t> targets;     // one; of `recipients` one for each app; of `choose` all that are in it
  PlacedExpression when, recipients;    // of `recipients`
  std::vector<BranchProgram> branches;  // of `choose`
};

struct RouteProgram {
  std::string route, type, file;
  std::shared_ptr<const Schema> data;  // the type's; null: problems were reported
  PlacedExpression when;
  LetPrograms lets;
  std::vector<PlacedExpression> keys;  // empty: keyed by the event's identity
  std::vector<TargetProgram> targets;
  std::vector<StepProgram> steps;
};

// Compiles a route for one of its types. Problems are reported; the program may then not be run.
struct RouteCompiling {
  const Declarations& declarations;
  const SchemaRegistry* schemas = nullptr;  // null: they did not compile
  ExpressionSource& source;
};
std::shared_ptr<RouteProgram> compile_route(const RouteDeclaration& route, const std::string& type,
                                            RouteCompiling& compiling);

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

// Adds what the programs make of the event, in their order. They are all of the event's type.
void run_routes(std::span<const RouteProgram* const> programs, const Event& event, KeyHashes& hashes,
                RouteObserver* observer, Generation::Routing& routing);

// One of the targets that share label, app and place, and its program.
struct TargetChoice {
  const RouteProgram* program = nullptr;
  const TargetProgram* target = nullptr;
};

// What must be asked, and the mapped payload, checked unless it is proved of the event's generation. The conditions and
// keys are asked as well: what could not be routed is not mapped either. `choices` are all of the event's type; that
// one counts which the event takes now.
Result<std::vector<EnrichmentQuestion>> run_questions(std::span<const TargetChoice> choices, const Event& event,
                                                      std::uint32_t part);
Result<Mapped> run_mapping(std::span<const TargetChoice> choices, const Event& event, std::uint32_t part, EventOf of,
                           const EnrichmentAnswers& answers, RouteObserver* observer);

}  // namespace simpul
