#include "tools/trial/draft.h"

#include <fmt/format.h>

namespace simpul::trial {
namespace {

Tree with_defaults(const Draft& draft, const std::string& id, const DraftDefaults& defaults) {
  auto wanted = [&](const char* name) { return draft.tree.find(name) == nullptr && !draft.removed.contains(name); };
  Tree event = Tree::object();
  auto add = [&](const char* name, const std::string& value) {
    if (wanted(name)) event.add(name, Tree::string(value));
  };
  add("specversion", "1.0");
  add("id", id);
  add("source", defaults.source + ":" + draft.app);
  add("time", format_time(defaults.begins));
  for (const auto& member : draft.tree.members) event.members.push_back(member);
  return event;
}

Given given_of(const Draft& draft, Tree tree, std::string id, Nanoseconds at) {
  Given given;
  given.app = draft.app;
  given.id = std::move(id);
  given.at = at;
  given.place = draft.place;
  if (!draft.is_record()) {
    given.event = to_json(tree);
    return given;
  }
  given.source = draft.of;
  given.change = draft.change;
  const auto* row = tree.find("row");
  const auto* old = tree.find("old");
  given.row = row != nullptr ? to_json(*row) : "{}";
  given.old = old != nullptr ? to_json(*old) : "null";
  return given;
}

}  // namespace

void give(const std::vector<Draft>& drafts, const DraftDefaults& defaults, std::vector<Given>& out) {
  Nanoseconds at = 0;
  std::size_t number = 0;
  for (const auto& draft : drafts) {
    at += draft.after;
    ++number;
    const auto* own = draft.tree.find("id");
    auto id = own != nullptr ? own->text : fmt::format("event-{}", number);
    const bool numbered = has_number(draft.tree);
    const auto width = std::to_string(draft.times).size();
    for (std::uint64_t n = 1; n <= draft.times; ++n) {
      auto one = draft;
      auto one_id = id;
      if (draft.times > 1 || numbered) fill_number(one.tree, fmt::format("{:0{}}", n, width));
      if (own != nullptr) one_id = one.tree.find("id")->text;
      if (draft.times > 1 && one_id == id) one_id = fmt::format("{}-{:0{}}", id, n, width);
      if (own != nullptr && !one.is_record()) one.tree.member("id") = Tree::string(one_id);
      auto tree = one.is_record() ? one.tree : with_defaults(one, one_id, defaults);
      out.push_back(given_of(one, std::move(tree), std::move(one_id), at));
    }
  }
}

}  // namespace simpul::trial
