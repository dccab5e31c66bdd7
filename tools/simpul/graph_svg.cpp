// A graph as SVG 1.1: columns of boxes, curves between them, words on hovering. No script, no font, no style sheet from
// elsewhere, so that it opens in any browser and prints.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "bus/base/bytes.h"
#include "tools/simpul/graph_model.h"
#include "tools/trial/xml.h"

namespace simpul {
namespace {

constexpr double letter = 7.3, padding = 12, margin = 24, gap_between_columns = 190, gap_between_boxes = 12;
constexpr double box_height = 26, box_height_two_lines = 42, top = 92;

double width_of(std::string_view text) {
  return letter * static_cast<double>(count_characters(text));
}

struct Box {
  double x = 0, y = 0, width = 0, height = 0;
};

// Where every box stands: columns as wide as their widest, each centred on the tallest.
struct Layout {
  std::vector<Box> boxes;
  std::vector<double> column_x;
  double width = 0, height = 0;

  explicit Layout(const Graph& graph) : boxes(graph.nodes.size()), column_x(graph.columns.size()) {
    std::vector<double> widths, heights(graph.columns.size(), -gap_between_boxes);
    for (const auto& heading : graph.columns) widths.push_back(width_of(heading) + 2 * padding);
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      const auto& node = graph.nodes[i];
      boxes[i].height = node.detail.empty() ? box_height : box_height_two_lines;
      auto& wide = widths[node.column];
      wide = std::max({wide, width_of(node.name) + 2 * padding, width_of(node.detail) + 2 * padding});
      heights[node.column] += boxes[i].height + gap_between_boxes;
    }
    const double tallest = heights.empty() ? 0 : std::max(0.0, *std::ranges::max_element(heights));
    double x = margin;
    std::vector<double> y;
    for (std::size_t column = 0; column < widths.size(); ++column) {
      column_x[column] = x + widths[column] / 2;
      y.push_back(top + (tallest - std::max(0.0, heights[column])) / 2);
      for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        if (graph.nodes[i].column != column) continue;
        boxes[i].x = x;
        boxes[i].width = widths[column];
        boxes[i].y = y[column];
        y[column] += boxes[i].height + gap_between_boxes;
      }
      x += widths[column] + gap_between_columns;
    }
    width = std::max(x - gap_between_columns + margin, width_of(graph.title) * 1.25 + 2 * margin);
    height = top + tallest + margin;
  }
};

std::string box(const GraphNode& node, const Box& at) {
  const double round = node.kind == GraphNode::app ? 3 : node.kind == GraphNode::personal_class ? 0 : at.height / 2;
  auto out = fmt::format(
      R"(<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="{:.1f}" fill="#fff" stroke="{}"{}/>)", at.x,
      at.y, at.width, at.height, round, graph_colour(node.personal),
      node.kind == GraphNode::lookup ? R"( stroke-dasharray="5 3")" : "");
  const double middle = at.x + at.width / 2;
  out += fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>)", middle, at.y + 17,
                     trial::xml_text(node.name));
  if (!node.detail.empty())
    out += fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="middle" fill="#666" font-size="11">{}</text>)",
                       middle, at.y + 33, trial::xml_text(node.detail));
  return out + "\n";
}

std::string curve(const GraphEdge& edge, const Graph& graph, const Box& from, const Box& to) {
  const double x1 = from.x + from.width, y1 = from.y + from.height / 2, x2 = to.x, y2 = to.y + to.height / 2;
  const double bend = (x2 - x1) / 2;
  auto words = fmt::format("{} → {}", graph.nodes[edge.from].name, graph.nodes[edge.to].name);
  for (const auto& line : edge.words) words += "\n" + line;
  return fmt::format(
      R"svg(<path d="M{:.1f} {:.1f}C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}" fill="none" stroke="{}")svg"
      R"svg( stroke-width="1.6"{} marker-end="url(#to)"><title>{}</title></path>)svg"
      "\n",
      x1, y1, x1 + bend, y1, x2 - bend, y2, x2 - 3, y2, graph_colour(edge.personal),
      edge.asks ? R"( stroke-dasharray="5 3")" : "", trial::xml_text(words));
}

}  // namespace

std::string graph_svg(const Graph& graph) {
  const Layout layout(graph);
  auto out = fmt::format(
      R"svg(<svg xmlns="http://www.w3.org/2000/svg" width="{0:.0f}" height="{1:.0f}" viewBox="0 0 {0:.0f} {1:.0f}")svg"
      R"svg( font-family="sans-serif" font-size="13">)svg"
      "\n<title>{2}</title>\n"
      R"svg(<defs><marker id="to" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7")svg"
      R"svg( orient="auto"><path d="M0 0L8 4L0 8z" fill="#555"/></marker></defs>)svg"
      "\n"
      R"svg(<rect width="100%" height="100%" fill="#fafafa"/>)svg"
      "\n"
      R"svg(<text x="{3:.0f}" y="30" font-size="16" font-weight="bold">{2}</text>)svg"
      "\n",
      layout.width, layout.height, trial::xml_text(graph.title), margin);
  double x = margin;
  constexpr std::array<std::pair<PersonalData, std::string_view>, 3> legend = {
      {{PersonalData::none, "no personal data"},
       {PersonalData::general, "general personal data"},
       {PersonalData::specific, "specific personal data"}}};
  for (const auto& [personal, words] : legend) {
    out += fmt::format(R"(<text x="{:.1f}" y="50" font-size="11" fill="{}">■ {}</text>)", x, graph_colour(personal),
                       words);
    x += width_of(words) * 0.85 + 34;
  }
  out += "\n";
  for (std::size_t column = 0; column < graph.columns.size(); ++column)
    out += fmt::format(R"(<text x="{:.1f}" y="78" text-anchor="middle" fill="#666">{}</text>)", layout.column_x[column],
                       trial::xml_text(graph.columns[column])) +
           "\n";
  for (const auto& edge : graph.edges) out += curve(edge, graph, layout.boxes[edge.from], layout.boxes[edge.to]);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) out += box(graph.nodes[i], layout.boxes[i]);
  return out + "</svg>\n";
}

}  // namespace simpul
