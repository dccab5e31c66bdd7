// Which of the routes of one event type may take an event: those whose condition demands that some attribute or field
// equals a text are found by that text, so that an event costs what the routes cost that may take it.
//
// An index over what Expression::equalities() tells of the routes' own `when`. A route is left out only when its
// condition is false for sure; what an absent field makes of a condition is for the condition to say.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bus/event/event.h"
#include "bus/route/route_program.h"

namespace simpul {

class RouteIndex {
 public:
  void add(const RouteProgram* program) { programs_.push_back(program); }
  // After the last add().
  void finish();
  // The routes that may take the event, in the order in which they were added; or just all.
  void find(const Event& event, bool all, std::vector<const RouteProgram*>& out) const;

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  // The routes that are found by what stands in one place of the event.
  struct Way {
    std::vector<std::string> names;  // "type"; "data", "jenis"
    std::unordered_map<std::string, std::vector<std::size_t>, TextHash, std::equal_to<>> by_text;
    std::vector<std::size_t> all;
  };

  std::vector<const RouteProgram*> programs_;
  std::vector<std::size_t> always_;
  std::vector<Way> ways_;
};

}  // namespace simpul
