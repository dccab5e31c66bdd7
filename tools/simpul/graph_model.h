// What `simpul graph` draws: who publishes, what flows, who receives, with the class of the personal data in it. Pure:
// the same generation gives the same picture, in the same order.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bus/route/generation.h"

namespace simpul {

enum class GraphView { by_type, by_app, by_class };

struct GraphOptions {
  GraphView view = GraphView::by_type;
  std::vector<std::string> apps, types;  // only what touches one of these; both empty: everything
};

struct GraphNode {
  enum Kind { app, type, lookup, personal_class } kind = app;
  std::string name;    // as the files have it
  std::string detail;  // the app's title, the type's number of routes …
  std::size_t column = 0;
  PersonalData personal = PersonalData::none;  // of an app: what it is cleared for
};

struct GraphEdge {
  std::size_t from = 0, to = 0;                // indexes of nodes
  std::vector<std::string> words;              // a line each: the routes, their places and conditions
  PersonalData personal = PersonalData::none;  // the highest class that flows here
  bool asks = false;                           // a lookup: drawn dashed
};

// Nodes in columns from left to right, ordered within a column so that few edges cross.
struct Graph {
  std::string title;
  std::vector<std::string> columns;  // their headings
  std::vector<GraphNode> nodes;      // by column, from top to bottom
  std::vector<GraphEdge> edges;
};

Graph graph_of(const Generation& generation, const GraphOptions& options);

// Texts: Mermaid's flowchart, Graphviz' DOT, and SVG 1.1 that needs nothing else.
std::string graph_mermaid(const Graph& graph);
std::string graph_dot(const Graph& graph);
std::string graph_svg(const Graph& graph);

std::string_view graph_colour(PersonalData personal);

}  // namespace simpul
