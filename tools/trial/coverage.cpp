#include "tools/trial/coverage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace simpul::trial {

// Finds what can be reached in a route's YAML. The files compiled, so their nesting is bounded (bus/base/yaml.h).
class Coverage::Walk {
 public:
  explicit Walk(Route& route) : route_(route) {}

  void route(const yaml::Node& root) {
    condition(root.find("when"), "when");
    if (const auto* to = root.find("to")) steps(*to);
  }

 private:
  void steps(const yaml::Node& list) {
    for (const auto& step : list.items) {
      if (const auto* branches = step.find("choose")) {
        for (const auto& branch : branches->items) {
          condition(branch.find("when"), "when");
          if (const auto* to = branch.find("to")) steps(*to);
        }
        continue;
      }
      target(step);
    }
  }

  void target(const yaml::Node& step) {
    Point point;
    point.kind = Point::target;
    for (const char* word : {"app", "wire_tap"})
      if (const auto* app = step.find(word)) {
        point.app = app->scalar;
        point.place = app->place;
      }
    if (const auto* into = step.find("into")) point.label = into->scalar;
    if (const auto* recipients = step.find("recipients")) point.place = recipients->place;
    if (const auto* among = step.find("among"))
      for (const auto& app : among->items) point.among.push_back(app.scalar);
    const auto whom = point.app.empty() ? fmt::format("one of {}", fmt::join(point.among, ", ")) : point.app;
    point.what = point.label.empty() ? whom : whom + "/" + point.label;
    name_ = point.what;
    route_.points.push_back(std::move(point));
    condition(step.find("when"), "when");
    condition(step.find("where"), "where");
    if (const auto* map = step.find("map")) node(*map);
  }

  void condition(const yaml::Node* at, const char* word) {
    if (at == nullptr) return;
    Point point;
    point.kind = Point::condition;
    point.place = at->place;
    point.what = fmt::format("{}: {}", word, at->scalar.substr(0, at->scalar.find('\n')));
    route_.points.push_back(std::move(point));
  }

  void leaf(const yaml::Node& at) {
    Point point;
    point.place = at.place;
    const auto map = at.path.find("map");
    point.what = fmt::format("{} for {}", map == at.path.npos ? at.path : at.path.substr(map), name_);
    route_.points.push_back(std::move(point));
  }

  // The nodes of a map, told apart by their words.
  void node(const yaml::Node& at) {
    if (at.is_scalar()) return leaf(at);
    for (const auto& item : at.items) node(item);
    if (at.kind != yaml::Kind::map) return;
    if (at.find("const") != nullptr && at.entries.size() == 1) return leaf(at);
    if (at.find("claim_check") != nullptr && at.entries.size() == 1) return;
    if (const auto* branches = at.find("switch"); branches != nullptr && branches->kind == yaml::Kind::list) {
      for (const auto& branch : branches->items) {
        condition(branch.find("when"), "when");
        if (const auto* map = branch.find("map")) node(*map);
      }
      return;
    }
    if (at.find("each") != nullptr && at.find("map") != nullptr) {
      condition(at.find("where"), "where");
      return node(*at.find("map"));
    }
    if (const auto* let = at.find("let"); let != nullptr && at.find("map") != nullptr) return node(*at.find("map"));
    if (const auto* fields = at.find("fields"); fields != nullptr && at.entries.size() == 1) {
      for (const auto& entry : fields->entries) node(entry.value);
      return;
    }
    const bool spreads = at.find("spread") != nullptr;
    for (const auto& entry : at.entries)
      if (!spreads || (entry.key.scalar != "spread" && entry.key.scalar != "except")) node(entry.value);
  }

  Route& route_;
  std::string name_;  // of the target
};

Coverage::Coverage(const Generation& generation) {
  for (const auto& summary : generation.routes()) {
    Route route{summary.name, summary.file, {}};
    auto text = generation.files().find(summary.file);
    if (text == generation.files().end()) continue;
    if (auto root = yaml::read(text->second, summary.file)) Walk(route).route(*root);
    routes_.push_back(std::move(route));
  }
  for (std::size_t i = 0; i < routes_.size(); ++i)
    for (std::size_t j = 0; j < routes_[i].points.size(); ++j) {
      const auto& point = routes_[i].points[j];
      by_place_.emplace(std::tuple(std::string_view(routes_[i].file), point.place.start.line, point.place.start.column,
                                   static_cast<int>(point.kind)),
                        std::pair(i, j));
    }
}

Coverage::Point* Coverage::find(const Place& place, Point::Kind kind) {
  auto found =
      by_place_.find({std::string_view(place.file), place.start.line, place.start.column, static_cast<int>(kind)});
  return found == by_place_.end() ? nullptr : &routes_[found->second.first].points[found->second.second];
}

void Coverage::condition(const Place& place, const Expression&, std::optional<bool> held,
                         std::span<const json::Value* const>) {
  auto* point = find(place, Point::condition);
  if (point == nullptr || !held) return;
  (*held ? point->held : point->not_held) = true;
}

void Coverage::leaf(const Place& place, bool) {
  if (auto* point = find(place, Point::leaf)) point->reached = true;
}

void Coverage::add(const Outcome& outcome) {
  for (const auto& delivery : outcome.deliveries) {
    if (delivery.tried.empty()) continue;  // it never came so far as to be handed over
    // `<route>` or, where it sends to several places of one app, `<route>/<into>`.
    const auto name = delivery.route.substr(0, delivery.route.find('/'));
    for (auto& route : routes_)
      for (auto& point : route.points)
        if (route.name == name && point.kind == Point::target &&
            (point.app == delivery.app || std::ranges::find(point.among, delivery.app) != point.among.end()) &&
            (point.label.empty() || point.label == delivery.into))
          point.reached = true;
  }
}

std::vector<Coverage::OfRoute> Coverage::routes(const std::set<std::string>& names) const {
  std::vector<OfRoute> out;
  for (const auto& route : routes_) {
    if (!names.empty() && !names.contains(route.name)) continue;
    OfRoute one{route.name, route.file, {}, {}, {}, {}, false};
    for (const auto& point : route.points) {
      auto miss = [&](std::string what) { one.missed.push_back({point.place, std::move(what)}); };
      auto count = [&](Share& share, bool reached, const char* words) {
        ++share.all;
        if (reached)
          ++share.reached, one.reached = true;
        else
          miss(words + point.what);
      };
      switch (point.kind) {
        case Point::target:
          count(one.targets, point.reached, "nothing is delivered to ");
          break;
        case Point::condition:
          count(one.conditions, point.held, "never holds: ");
          count(one.conditions, point.not_held, "always holds: ");
          break;
        case Point::leaf:
          count(one.leaves, point.reached, "never mapped: ");
          break;
      }
      // Asked and neither way taken is one thing to say.
      if (point.kind == Point::condition && !point.held && !point.not_held) {
        one.missed.pop_back();
        one.missed.back().what = "never asked: " + point.what;
      }
    }
    out.push_back(std::move(one));
  }
  return out;
}

Coverage::Share Coverage::total(const std::vector<OfRoute>& routes) {
  Share all;
  for (const auto& route : routes)
    for (const auto& share : {Share{route.reached ? 1u : 0u, 1}, route.targets, route.conditions, route.leaves}) {
      all.reached += share.reached;
      all.all += share.all;
    }
  return all;
}

}  // namespace simpul::trial
