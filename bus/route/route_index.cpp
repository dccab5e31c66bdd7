#include "bus/route/route_index.h"

#include <algorithm>
#include <map>

namespace simpul {
namespace {

std::vector<std::string> names_of(std::string_view way) {
  std::vector<std::string> names;
  for (;;) {
    const auto dot = way.find('.');
    names.emplace_back(way.substr(0, dot));
    if (dot == way.npos) return names;
    way.remove_prefix(dot + 1);
  }
}

// The text that stands there; none: nothing does, or something else, for which the condition is asked.
std::optional<std::string_view> text_at(const Event& event, const std::vector<std::string>& names) {
  const auto& first = names[0];
  std::string_view text;
  if (first == "data") {
    const auto* value = event.data();
    for (std::size_t i = 1; i < names.size() && value != nullptr; ++i)
      value = value->is_object() ? value->find(names[i]) : nullptr;
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return value->text();
  }
  if (first == "type") text = event.type();
  if (first == "source") text = event.source();
  if (first == "subject") text = event.subject();
  if (first == "id") text = event.id();
  if (text.empty()) return std::nullopt;
  return text;
}

// Equal to a text exactly when it is that text: a date is compared as an instant.
bool is_comparable(const RouteProgram& program, const std::vector<std::string>& names) {
  if (names[0] != "data")
    return names.size() == 1 &&
           (names[0] == "type" || names[0] == "source" || names[0] == "subject" || names[0] == "id");
  auto cursor = program.data != nullptr ? program.data->cursor() : nullptr;
  for (std::size_t i = 1; i < names.size() && cursor != nullptr; ++i) {
    bool required = false;
    cursor = cursor->property(names[i], required);
  }
  return cursor != nullptr && !cursor->type().format.starts_with("date") && cursor->type().format != "time";
}

}  // namespace

void RouteIndex::finish() {
  // A route is found by the place that most routes ask about, so that there are few places to look at.
  std::map<std::string, std::size_t, std::less<>> askers;
  for (const auto* program : programs_)
    if (program->when)
      for (const auto& [way, text] : program->when.expression->equalities())
        if (is_comparable(*program, names_of(way))) ++askers[way];
  std::map<std::string, std::size_t, std::less<>> places;
  for (std::size_t i = 0; i < programs_.size(); ++i) {
    const std::pair<std::string, std::string>* best = nullptr;
    if (programs_[i]->when)
      for (const auto& each : programs_[i]->when.expression->equalities())
        if (askers.contains(each.first) && (best == nullptr || askers[each.first] > askers[best->first])) best = &each;
    if (best == nullptr) {
      always_.push_back(i);
      continue;
    }
    auto [place, is_new] = places.emplace(best->first, ways_.size());
    if (is_new) ways_.push_back({names_of(best->first), {}, {}});
    auto& way = ways_[place->second];
    way.by_text[best->second].push_back(i);
    way.all.push_back(i);
  }
}

void RouteIndex::find(const Event& event, bool all, std::vector<const RouteProgram*>& out) const {
  if (all || ways_.empty()) {
    out = programs_;
    return;
  }
  static thread_local std::vector<std::size_t> found;
  found = always_;
  for (const auto& way : ways_) {
    auto text = text_at(event, way.names);
    if (!text) {
      found.insert(found.end(), way.all.begin(), way.all.end());
      continue;
    }
    auto those = way.by_text.find(*text);
    if (those != way.by_text.end()) found.insert(found.end(), those->second.begin(), those->second.end());
  }
  if (ways_.size() + (always_.empty() ? 0 : 1) > 1) std::ranges::sort(found);
  out.clear();
  for (auto i : found) out.push_back(programs_[i]);
}

}  // namespace simpul
