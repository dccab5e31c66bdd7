#include "tools/simpul/graph_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "bus/schema/describe.h"

namespace simpul {
namespace {

constexpr std::string_view class_names[] = {"none", "general", "specific"};
constexpr int sweeps = 8;

PersonalData class_of(const Schema* schema) {
  auto personal = PersonalData::none;
  if (schema == nullptr) return personal;
  for (const auto& field : annotations(*schema)) personal = std::max(personal, field.personal);
  return personal;
}

// One way from a publisher's event type to a receiver's place.
struct Flow {
  std::string type, route, app, into, when;
  PersonalData personal = PersonalData::none;
};

class GraphBuilder {
 public:
  GraphBuilder(const Generation& generation, const GraphOptions& options)
      : generation_(generation), options_(options) {}

  Graph build() {
    graph_.title = fmt::format("{}: configuration {}", generation_.settings().city, generation_.hash().substr(0, 12));
    read();
    switch (options_.view) {
      case GraphView::by_type:
        by_type();
        break;
      case GraphView::by_app:
        by_app();
        break;
      case GraphView::by_class:
        by_class();
        break;
    }
    order();
    return std::move(graph_);
  }

 private:
  static bool named(const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  }
  bool wanted(const std::string& type, const std::string& a, const std::string& b) const {
    const bool everything = options_.apps.empty() && options_.types.empty();
    return everything || named(options_.types, type) || named(options_.apps, a) || named(options_.apps, b);
  }

  void read() {
    for (const auto& [name, app] : generation_.apps())
      for (const auto& type : app.publishes) publishers_[type].push_back(name);
    std::map<std::string, PersonalData> classes;  // by schema: many routes have one
    for (const auto& route : generation_.routes()) {
      for (const auto& type : route.on) {
        for (const auto& to : route.to) {
          auto app = generation_.apps().find(to.app);
          if (app == generation_.apps().end()) continue;
          auto accepted = app->second.accepts.find(to.into.empty() ? "default" : to.into);
          auto personal = PersonalData::none;
          if (accepted != app->second.accepts.end()) {
            auto [known, fresh] = classes.try_emplace(accepted->second, PersonalData::none);
            if (fresh) known->second = class_of(generation_.schemas().find(accepted->second).get());
            personal = known->second;
          }
          auto when = route.when;
          if (!to.when.empty()) when += (when.empty() ? "" : " && ") + to.when;
          flows_.push_back({type, route.name, to.app, to.into, when, personal});
        }
      }
    }
  }

  std::size_t node(GraphNode::Kind kind, const std::string& name, std::size_t column) {
    auto [found, fresh] = nodes_.try_emplace({column, kind, name}, graph_.nodes.size());
    if (fresh) {
      GraphNode made{kind, name, {}, column, PersonalData::none};
      if (kind == GraphNode::app) {
        if (auto app = generation_.apps().find(name); app != generation_.apps().end()) {
          made.detail = app->second.title;
          made.personal = app->second.cleared;
        }
      } else if (kind == GraphNode::type) {
        made.personal = class_of(generation_.event_schema(name));
      } else if (kind == GraphNode::lookup) {
        made.personal = generation_.lookups().at(name).personal;
      }
      graph_.nodes.push_back(std::move(made));
    }
    return found->second;
  }

  void edge(std::size_t from, std::size_t to, std::string words, PersonalData personal, bool asks) {
    auto [found, fresh] = edges_.try_emplace({from, to, asks}, graph_.edges.size());
    if (fresh) graph_.edges.push_back({from, to, {}, personal, asks});
    auto& made = graph_.edges[found->second];
    made.personal = std::max(made.personal, personal);
    if (!words.empty() && !named(made.words, words)) made.words.push_back(std::move(words));
  }

  static std::string words(const Flow& flow) {
    return fmt::format("{}{}{}", flow.route, flow.into.empty() ? "" : " → " + flow.into,
                       flow.when.empty() ? "" : " when " + flow.when);
  }

  void by_type() {
    graph_.columns = {"publishes", "event type or lookup", "receives"};
    for (const auto& [type, apps] : publishers_)
      for (const auto& app : apps) {
        const bool touched = std::ranges::any_of(
            flows_, [&](const Flow& flow) { return flow.type == type && wanted(type, app, flow.app); });
        if (!touched && !wanted(type, app, app)) continue;
        edge(node(GraphNode::app, app, 0), node(GraphNode::type, type, 1), {}, class_of(generation_.event_schema(type)),
             false);
      }
    for (const auto& flow : flows_) {
      const auto& from = publishers_[flow.type];
      const bool touched =
          std::ranges::any_of(from, [&](const std::string& app) { return wanted(flow.type, app, flow.app); });
      if (!touched && !wanted(flow.type, flow.app, flow.app)) continue;
      edge(node(GraphNode::type, flow.type, 1), node(GraphNode::app, flow.app, 2), words(flow), flow.personal, false);
    }
    for_each_lookup([&](const Lookup& lookup, const std::string& asker) {
      auto middle = node(GraphNode::lookup, lookup.name, 1);
      edge(node(GraphNode::app, lookup.app, 0), middle, {}, lookup.personal, true);
      edge(middle, node(GraphNode::app, asker, 2), lookup.purpose, lookup.personal, true);
    });
  }

  void by_app() {
    graph_.columns = {"enters it once", "has it too"};
    for (const auto& flow : flows_)
      for (const auto& app : publishers_[flow.type])
        if (wanted(flow.type, app, flow.app))
          edge(node(GraphNode::app, app, 0), node(GraphNode::app, flow.app, 1), words(flow), flow.personal, false);
    for_each_lookup([&](const Lookup& lookup, const std::string& asker) {
      edge(node(GraphNode::app, lookup.app, 0), node(GraphNode::app, asker, 1), "asks " + lookup.name, lookup.personal,
           true);
    });
  }

  void by_class() {
    graph_.columns = {"event type or lookup", "personal data (UU 27/2022 art. 4)", "receives"};
    auto middle = [&](PersonalData personal) {
      auto at = node(GraphNode::personal_class, std::string(class_names[static_cast<std::size_t>(personal)]), 1);
      graph_.nodes[at].personal = personal;
      return at;
    };
    for (const auto& flow : flows_) {
      if (!wanted(flow.type, flow.app, flow.app)) continue;
      edge(node(GraphNode::type, flow.type, 0), middle(flow.personal), {}, flow.personal, false);
      edge(middle(flow.personal), node(GraphNode::app, flow.app, 2), words(flow), flow.personal, false);
    }
    for_each_lookup([&](const Lookup& lookup, const std::string& asker) {
      edge(node(GraphNode::lookup, lookup.name, 0), middle(lookup.personal), {}, lookup.personal, true);
      edge(middle(lookup.personal), node(GraphNode::app, asker, 2), "asks " + lookup.name, lookup.personal, true);
    });
  }

  template <class Each>
  void for_each_lookup(Each each) {
    for (const auto& [asker, app] : generation_.apps())
      for (const auto& name : app.asks) {
        auto lookup = generation_.lookups().find(name);
        if (lookup != generation_.lookups().end() && wanted({}, asker, lookup->second.app)) each(lookup->second, asker);
      }
  }

  // Each node beside the mean of its neighbours, forth and back, names deciding what is even.
  void order() {
    const auto count = graph_.nodes.size();
    std::vector<std::size_t> sorted(count);
    for (std::size_t i = 0; i < count; ++i) sorted[i] = i;
    auto by_column = [&](std::size_t a, std::size_t b) {
      return std::tie(graph_.nodes[a].column, graph_.nodes[a].kind, graph_.nodes[a].name) <
             std::tie(graph_.nodes[b].column, graph_.nodes[b].kind, graph_.nodes[b].name);
    };
    std::ranges::sort(sorted, by_column);
    std::vector<double> rank(count);
    auto number = [&] {
      std::size_t row = 0, column = 0;
      for (auto at : sorted) {
        if (graph_.nodes[at].column != column) row = 0;
        column = graph_.nodes[at].column;
        rank[at] = static_cast<double>(row++);
      }
    };
    number();
    for (int sweep = 0; sweep < sweeps; ++sweep) {
      std::vector<double> sum(count), neighbours(count);
      for (const auto& edge : graph_.edges) {
        // Forth looks to the left, back to the right.
        auto moved = sweep % 2 == 0 ? edge.to : edge.from;
        auto fixed = sweep % 2 == 0 ? edge.from : edge.to;
        sum[moved] += rank[fixed];
        neighbours[moved] += 1;
      }
      auto wish = [&](std::size_t at) { return neighbours[at] > 0 ? sum[at] / neighbours[at] : rank[at]; };
      std::ranges::stable_sort(sorted, [&](std::size_t a, std::size_t b) {
        if (graph_.nodes[a].column != graph_.nodes[b].column) return graph_.nodes[a].column < graph_.nodes[b].column;
        return wish(a) < wish(b);
      });
      number();
    }
    std::vector<std::size_t> place(count);
    std::vector<GraphNode> nodes;
    for (auto at : sorted) {
      place[at] = nodes.size();
      nodes.push_back(std::move(graph_.nodes[at]));
    }
    graph_.nodes = std::move(nodes);
    for (auto& edge : graph_.edges) edge.from = place[edge.from], edge.to = place[edge.to];
    std::ranges::sort(graph_.edges, {}, [](const GraphEdge& edge) { return std::tie(edge.from, edge.to, edge.asks); });
  }

  const Generation& generation_;
  const GraphOptions& options_;
  Graph graph_;
  std::map<std::string, std::vector<std::string>> publishers_;  // of a type
  std::vector<Flow> flows_;
  std::map<std::tuple<std::size_t, GraphNode::Kind, std::string>, std::size_t> nodes_;
  std::map<std::tuple<std::size_t, std::size_t, bool>, std::size_t> edges_;
};

}  // namespace

Graph graph_of(const Generation& generation, const GraphOptions& options) {
  return GraphBuilder(generation, options).build();
}

std::string_view graph_colour(PersonalData personal) {
  switch (personal) {
    case PersonalData::general:
      return "#b06a00";
    case PersonalData::specific:
      return "#b3261e";
    case PersonalData::none:
      break;
  }
  return "#2e6b4f";
}

}  // namespace simpul
