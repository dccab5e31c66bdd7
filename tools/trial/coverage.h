// What tests reach of a deployment's routes: routes, targets, both outcomes of every condition, every leaf and constant
// of every map. What there is to reach is read from the routes' YAML by the grammar of bus/route/generation.h; what is
// reached is told by the engine.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "bus/route/generation.h"
#include "tools/trial/outcome.h"

namespace simpul::trial {

class Coverage final : public RouteObserver {
 public:
  explicit Coverage(const Generation& generation);

  void condition(const Place& place, const Expression& expression, std::optional<bool> held,
                 std::span<const json::Value* const> slots) override;
  void leaf(const Place& place, bool present) override;
  void add(const Outcome& outcome);

  struct Share {
    std::uint64_t reached = 0, all = 0;
    double percent() const {
      return all == 0 ? 100.0 : 100.0 * static_cast<double>(reached) / static_cast<double>(all);
    }
  };
  struct Missed {
    Place place;
    std::string what;
  };
  struct OfRoute {
    std::string name, file;
    Share targets, conditions, leaves;  // a condition counts twice: that it holds, and that it does not
    std::vector<Missed> missed;         // in the order of the file
    bool reached = false;
  };
  // Of some routes, by name; of all without names.
  std::vector<OfRoute> routes(const std::set<std::string>& names = {}) const;
  static Share total(const std::vector<OfRoute>& routes);

 private:
  struct Point {
    enum Kind { target, condition, leaf } kind = leaf;
    Place place;
    std::string what;        // for people: "map.RT_WP"
    std::string app, label;  // target: as Routed has them; a recipient list has several apps
    std::vector<std::string> among;
    bool reached = false, held = false, not_held = false;
  };
  struct Route {
    std::string name, file;
    std::vector<Point> points;
  };
  class Walk;

  Point* find(const Place& place, Point::Kind kind);

  std::vector<Route> routes_;
  std::map<std::tuple<std::string_view, std::uint32_t, std::uint32_t, int>, std::pair<std::size_t, std::size_t>>
      by_place_;
};

}  // namespace simpul::trial
