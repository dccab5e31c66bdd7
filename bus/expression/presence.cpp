#include "bus/expression/presence.h"

#include <algorithm>

namespace simpul::cel {

namespace {

constexpr char separator = '\x1F';

std::string below(std::string path, std::string_view name) {
  if (path.empty()) return path;
  path += separator;
  path += name;
  return path;
}

}  // namespace

std::string Presence::path(const Node& node, const Identify& identify) {
  switch (node.kind) {
    case NodeKind::name:
      return identify(node.text);
    case NodeKind::select:
      return below(path(*node.children[0], identify), node.text);
    case NodeKind::index: {
      const Node& key = *node.children[1];
      return key.kind == NodeKind::text ? below(path(*node.children[0], identify), key.text) : std::string{};
    }
    default:
      return {};
  }
}

void Presence::learn(const Node& condition, bool truth, const Identify& identify, std::vector<std::string>& paths) {
  const auto found = [&](std::string path) {
    if (!path.empty()) paths.push_back(std::move(path));
  };
  switch (condition.kind) {
    case NodeKind::logical_not:
      learn(*condition.children[0], !truth, identify, paths);
      break;
    case NodeKind::logical_and:
    case NodeKind::logical_or:
      if ((condition.kind == NodeKind::logical_and) == truth) {
        for (const Node* child : condition.children) learn(*child, truth, identify, paths);
      }
      break;
    case NodeKind::call: {
      if (!truth || condition.children.size() != 1) break;
      const bool has = condition.text == "has" && !condition.method;
      const bool has_value = condition.text == "hasValue" && condition.method;
      if (has || has_value) found(path(*condition.children[0], identify));
      break;
    }
    case NodeKind::binary:
      if (truth && condition.text == "in" && condition.children[0]->kind == NodeKind::text) {
        found(below(path(*condition.children[1], identify), condition.children[0]->text));
      }
      break;
    default:
      break;
  }
}

bool Presence::holds(std::string_view path) const {
  return !path.empty() && std::ranges::find(paths_, path) != paths_.end();
}

}  // namespace simpul::cel
