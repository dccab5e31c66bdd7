#include "bus/expression/presence.h"

#include <algorithm>
#include <array>

#include "bus/expression/types.h"

namespace simpul::cel {

namespace {

constexpr char separator = '\x1F';
constexpr std::string_view not_null = "\x1E not null";
constexpr char is_type = '\x1D', is_no_type = '\x1C';

// The kinds of which `type(x) == name` may be true, and those of which it always is. A number of a schema is an int
// when it is a whole one below 2^63; what is larger is no int, and overflows wherever an int is needed.
struct NamedKinds {
  std::string_view name;
  unsigned may, always;
};
constexpr std::array<NamedKinds, 7> named_kinds = {{{"string", kind::text, kind::text},
                                                    {"int", kind::integer | kind::number, kind::integer},
                                                    {"double", kind::real | kind::number | kind::integer, kind::real},
                                                    {"bool", kind::boolean, kind::boolean},
                                                    {"list", kind::list, kind::list},
                                                    {"map", kind::map, kind::map},
                                                    {"null_type", kind::null, kind::null}}};

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
      learn_kind(condition, truth, identify, paths);
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

// `type(a) == string`, `string != type(a)`.
void Presence::learn_kind(const Node& condition, bool truth, const Identify& identify,
                          std::vector<std::string>& paths) {
  const bool equal = condition.text == "==";
  if (!equal && condition.text != "!=") return;
  for (std::size_t side = 0; side < 2; ++side) {
    const Node& asked = *condition.children[side];
    const Node& name = *condition.children[1 - side];
    const bool is_call = asked.kind == NodeKind::call && asked.text == "type" && !asked.method;
    if (!is_call || asked.children.size() != 1 || name.kind != NodeKind::name) continue;
    std::string where = path(*asked.children[0], identify);
    if (where.empty() || !identify(name.text).empty()) continue;
    where += truth == equal ? is_type : is_no_type;
    paths.push_back(where.append(name.text));
  }
}

unsigned Presence::narrowed(std::string_view path, unsigned kinds) const {
  if (path.empty()) return kinds;
  for (const auto& known : paths_) {
    if (!known.starts_with(path) || known.size() <= path.size()) continue;
    const char sign = known[path.size()];
    if (sign != is_type && sign != is_no_type) continue;
    const auto named =
        std::ranges::find(named_kinds, std::string_view(known).substr(path.size() + 1), &NamedKinds::name);
    if (named == named_kinds.end()) continue;
    kinds &= sign == is_type ? named->may : ~named->always;
  }
  return kinds;
}

bool Presence::holds_not_null(std::string_view path) const {
  return !path.empty() && holds(std::string(path).append(not_null));
}

bool Presence::holds(std::string_view path) const {
  return !path.empty() && std::ranges::find(paths_, path) != paths_.end();
}

}  // namespace simpul::cel
