// A graph as Mermaid and as DOT. Names are made harmless by quoting; ids are numbers.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bus/event/json.h"
#include "tools/simpul/graph_model.h"

namespace simpul {
namespace {

constexpr std::size_t words_shown = 3;

std::string label(const GraphEdge& edge, std::string_view between) {
  std::string text;
  for (std::size_t i = 0; i < edge.words.size() && i < words_shown; ++i) {
    // What is conditional is told by hovering, and in the SVG; a label is the route's name.
    auto words = edge.words[i].substr(0, edge.words[i].find(" when "));
    text += (text.empty() ? "" : std::string(between)) + words;
  }
  if (edge.words.size() > words_shown) text += fmt::format("{}and {} more", between, edge.words.size() - words_shown);
  return text;
}

std::string mermaid_text(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '"':
        out += "#quot;";
        break;
      case '#':
        out += "#35;";
        break;
      case '<':
        out += "#lt;";
        break;
      case '>':
        out += "#gt;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

std::string dot_text(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + "\"";
}

std::string_view class_name(PersonalData personal) {
  return personal == PersonalData::specific ? "specific" : personal == PersonalData::general ? "general" : "plain";
}

}  // namespace

std::string graph_mermaid(const Graph& graph) {
  std::string title;  // of the YAML before the chart: JSON's strings are YAML's
  json::write_string(graph.title, title);
  auto out = fmt::format("---\ntitle: {}\n---\nflowchart LR\n", title);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto& node = graph.nodes[i];
    auto text = mermaid_text(node.name) + (node.detail.empty() ? "" : "<br/>" + mermaid_text(node.detail));
    switch (node.kind) {
      case GraphNode::app:
        out += fmt::format("  n{}[\"{}\"]", i, text);
        break;
      case GraphNode::type:
        out += fmt::format("  n{}([\"{}\"])", i, text);
        break;
      case GraphNode::lookup:
        out += fmt::format("  n{}{{{{\"{}\"}}}}", i, text);
        break;
      case GraphNode::personal_class:
        out += fmt::format("  n{}[(\"{}\")]", i, text);
        break;
    }
    out += fmt::format(":::{}\n", class_name(node.personal));
  }
  for (const auto& edge : graph.edges) {
    auto words = mermaid_text(label(edge, ", "));
    out += fmt::format("  n{} {}{} n{}\n", edge.from, edge.asks ? "-.->" : "-->",
                       words.empty() ? "" : fmt::format("|\"{}\"|", words), edge.to);
  }
  for (auto personal : {PersonalData::none, PersonalData::general, PersonalData::specific})
    out += fmt::format("  classDef {} stroke:{}\n", class_name(personal), graph_colour(personal));
  return out;
}

std::string graph_dot(const Graph& graph) {
  auto out = fmt::format(
      "digraph simpul {{\n  rankdir=LR;\n  label={};\n  node [shape=box, fontname=\"sans-serif\"];\n  edge "
      "[fontname=\"sans-serif\", fontsize=10];\n",
      dot_text(graph.title));
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto& node = graph.nodes[i];
    const std::string_view shape = node.kind == GraphNode::app      ? "box"
                                   : node.kind == GraphNode::type   ? "oval"
                                   : node.kind == GraphNode::lookup ? "hexagon"
                                                                    : "cylinder";
    // "\n" is Graphviz' own line break, so it comes after the quoting.
    auto text = dot_text(node.name);
    if (!node.detail.empty()) text = text.substr(0, text.size() - 1) + "\\n" + dot_text(node.detail).substr(1);
    out += fmt::format("  n{} [label={}, shape={}, color=\"{}\"];\n", i, text, shape, graph_colour(node.personal));
  }
  for (const auto& edge : graph.edges)
    out += fmt::format("  n{} -> n{} [label={}, tooltip={}, color=\"{}\"{}];\n", edge.from, edge.to,
                       dot_text(label(edge, ", ")), dot_text(fmt::format("{}", fmt::join(edge.words, "; "))),
                       graph_colour(edge.personal), edge.asks ? ", style=dashed" : "");
  for (std::size_t column = 0; column < graph.columns.size(); ++column) {
    std::string same;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i)
      if (graph.nodes[i].column == column) same += fmt::format(" n{};", i);
    if (!same.empty()) out += fmt::format("  {{ rank=same;{} }}\n", same);
  }
  return out + "}\n";
}

}  // namespace simpul
