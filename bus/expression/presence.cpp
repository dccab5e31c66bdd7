#include "bus/expression/presence.h"

#include <algorithm>

namespace simpul::cel {

namespace {

constexpr char separator = '\x1F';
constexpr std::string_view not_null = "\x1E not null";

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
      learn_not_null(condition, truth, identify, paths);
      break;
    default:
      break;
  }
}

// `a != null` when it is true, `a == null` when it is not, `a == "x"` when it is.
void Presence::learn_not_null(const Node& condition, bool truth, const Identify& identify,
                              std::vector<std::string>& paths) {
  const bool equal = condition.text == "==";
  if (!equal && condition.text != "!=") return;
  for (std::size_t side = 0; side < 2; ++side) {
    const Node& literal = *condition.children[1 - side];
    const bool null = literal.kind == NodeKind::null;
    const bool value = literal.kind == NodeKind::text || literal.kind == NodeKind::integer ||
                       literal.kind == NodeKind::real || literal.kind == NodeKind::boolean;
    const bool says = null ? truth != equal : value && truth == equal;
    std::string where = says ? path(*condition.children[side], identify) : std::string();
    if (!where.empty()) paths.push_back(where.append(not_null));
  }
}

bool Presence::holds_not_null(std::string_view path) const {
  return !path.empty() && holds(std::string(path).append(not_null));
}

bool Presence::holds(std::string_view path) const {
  return !path.empty() && std::ranges::find(paths_, path) != paths_.end();
}

}  // namespace simpul::cel
