#include "bus/schema/ways.h"

#include <algorithm>

namespace simpul {

std::string text_of(const Step* step) {
  std::vector<const Step*> steps;
  for (; step != nullptr; step = step->up) steps.push_back(step);
  std::string out;
  for (auto at = steps.rbegin(); at != steps.rend(); ++at) {
    if ((*at)->named)
      json::append_pointer(out, (*at)->name);
    else
      json::append_pointer(out, (*at)->index);
  }
  return out;
}

std::string text_of(const Way* way, std::string_view keyword) {
  std::vector<std::string_view> parts;
  for (; way != nullptr; way = way->up) parts.push_back(way->text);
  std::string out;
  for (auto at = parts.rbegin(); at != parts.rend(); ++at) out += *at;
  if (!keyword.empty()) json::append_pointer(out, keyword);
  return out;
}

std::vector<Passed> passed_on(const Way* way) {
  std::vector<Passed> out;
  for (; way != nullptr; way = way->up) {
    if (way->node != nullptr) out.push_back({way->node, text_of(way, "").size(), text_of(way->step).size()});
  }
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace simpul
