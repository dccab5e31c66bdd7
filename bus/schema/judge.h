// Whether a value fits a node, decided for the second pass by itself: it shares no code with the fast pass
// (program.h), so that each can be tested against the other. It walks the nodes as they stand, keeps annotations where
// `unevaluated*` asks for them (core §10.3, §11), and, when a walk becomes long, remembers what it has decided: schemas
// that lead to one place by many ways cost no more than all their nodes once for each value.
//
// One Judge serves one walk over one value, which must outlive it; not thread safe.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bus/schema/node.h"

namespace simpul {

// The members of an object by name, for many questions about one.
class MemberNames {
 public:
  explicit MemberNames(const json::Value& object);
  bool has(std::string_view name) const;

 private:
  const json::Value& object_;
  std::vector<std::string_view> sorted_;  // empty for small objects, which are searched as they are
};

class Judge {
 public:
  // Schemas inside each other, of the judge's own and of the walk that it serves, held as long as one is looked at. The
  // deepest event under the longest chain of schemas stays well below the bound; a value made to exhaust the stack is
  // refused at it.
  class Level {
   public:
    explicit Level(Judge& judge) : judge_(judge) { ++judge_.depth_; }
    ~Level() { --judge_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    bool too_deep() const { return judge_.depth_ > depth_limit; }

   private:
    Judge& judge_;
  };

  bool holds(const Node& node, const json::Value& value);
  bool name_holds(const Node& node, std::string_view name);
  // Counts a step of the walk; true when there were so many that holds() is worth asking before walking on.
  bool step() { return ++steps_ > remembering_after; }

  // Which members or items of `value`, by index, the schemas at `node` evaluated, `unevaluated*` of the node itself not
  // counted. What is refused in this place already counts as evaluated when `refused_too`: for a value that is valid
  // it makes no difference, and people are not told twice about one member.
  std::vector<bool> evaluated(const Node& node, const json::Value& value, bool refused_too = false);

  bool fits_enumeration(const Node& node, const json::Value& value);
  std::uint64_t count_contained(const Node& contains, const json::Value& array);
  // Two items that are equal, the lower index first.
  static std::optional<std::pair<std::size_t, std::size_t>> equal_items(const json::Value& array);
  // A string of its own for a member's name, for schemas of names; lives as long as the judge.
  const json::Value& name_value(std::string_view name) { return names_.emplace_back(json::Value::view_string(name)); }

 private:
  static constexpr std::size_t remembering_after = 20'000;
  static constexpr std::size_t depth_limit = 9'000;
  struct Remembered {
    const Node* node = nullptr;
    const json::Value* value = nullptr;
    bool holds = false;
  };
  struct Marks {
    std::vector<bool> flags;
    std::set<const Node*> seen;
    bool refused_too = false;
  };
  bool decide(const Node& node, const json::Value& value);
  bool fits_array(const Node& node, const json::Value& value);
  bool fits_object(const Node& node, const json::Value& value);
  bool fits_member(const Node& node, std::string_view name, const json::Value& value);
  bool fits_logic(const Node& node, const json::Value& value);
  bool fits_unevaluated(const Node& node, const json::Value& value);
  void mark(const Node& node, const json::Value& value, Marks& marks, bool own);
  void mark_parts(const Node& node, const json::Value& value, Marks& marks);
  void mark_in_place(const Node& node, const json::Value& value, Marks& marks);

  std::size_t steps_ = 0, depth_ = 0;
  std::vector<Remembered> memory_;
  std::deque<json::Value> names_;
  // The values of large enums by their hashes, sorted.
  std::unordered_map<const Node*, std::vector<std::pair<std::uint64_t, const json::Value*>>> listed_;
};

}  // namespace simpul
