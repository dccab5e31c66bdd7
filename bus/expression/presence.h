// Which optional fields are known to be there at a place of the expression, because of has() before it:
// in `has(a.b) && X`, in `has(a.b) ? X : …`, and the same with !, || and `in`. Also what is not null, and of what type.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bus/expression/tree.h"

namespace simpul::cel {

class Presence {
 public:
  // Names what a variable's name means here; macros may hide names.
  using Identify = std::function<std::string(std::string_view name)>;

  // The path of plain selections from a variable; empty when the node is something else.
  static std::string path(const Node& node, const Identify& identify);
  // What is known to be there when `condition` is `truth`.
  static void learn(const Node& condition, bool truth, const Identify& identify, std::vector<std::string>& paths);

  bool holds(std::string_view path) const;
  // Whether what stands at the path is known not to be null: `a.b != null`, `a.b == "x"`.
  bool holds_not_null(std::string_view path) const;
  // What is left of the kinds (types.h) when `type(a.b) == string` and the like are known of the path; 0: nothing.
  unsigned narrowed(std::string_view path, unsigned kinds) const;
  std::size_t mark() const { return paths_.size(); }
  void add(const Node& condition, bool truth, const Identify& identify) { learn(condition, truth, identify, paths_); }
  void back_to(std::size_t mark) { paths_.resize(mark); }

 private:
  static void learn_kind(const Node& condition, bool truth, const Identify& identify, std::vector<std::string>& paths);
  static void learn_not_null(const Node& condition, bool truth, const Identify& identify,
                             std::vector<std::string>& paths);

  std::vector<std::string> paths_;
};

}  // namespace simpul::cel
