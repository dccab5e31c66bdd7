// What the parser reads: the expression as a tree, every node with its place in the source.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace simpul::cel {

inline constexpr std::size_t source_limit_bytes = 16 * 1024;
inline constexpr unsigned nesting_limit = 64;  // parentheses, arguments, brackets, branches within each other
inline constexpr unsigned tree_limit = 256;  // operators and selections in a chain as well: evaluation recurses on them
inline constexpr unsigned macro_limit = 3;   // macros within each other

// Bytes of the source.
struct Range {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

// A problem before it is placed in its file.
struct Fault {
  std::string code;
  std::string message;
  std::string hint;
  Range range;
};

enum class NodeKind : std::uint8_t {
  null,
  boolean,
  integer,
  uinteger,
  real,
  text,
  bytes,   // text
  name,    // text; `absolute` with a dot before it
  select,  // children[0] . text
  index,   // children[0] [ children[1] ]
  call,    // text ( children ), the receiver first when `method`
  list,
  map,      // key, value, key, value
  message,  // text { name: value }: the names are children of kind text. Protobuf only: the checker refuses it
  negate,
  logical_not,
  binary,       // text is the operator
  logical_and,  // two or more children
  logical_or,
  conditional,
};

struct Node {
  NodeKind kind = NodeKind::null;
  bool optional = false;  // .? and [?]
  bool method = false;
  bool boolean = false;
  bool absolute = false;  // names and messages: .a.b
  unsigned depth = 1;
  Range range;
  Range at;  // the operator or the name: where a problem points
  std::int64_t integer = 0;
  std::uint64_t uinteger = 0;
  double real = 0;
  std::string text;
  std::vector<Node*> children;
  std::vector<bool> optional_children;  // of lists by item, of maps by entry: `?` before it
};

struct Tree {
  std::deque<Node> nodes;
  Node* root = nullptr;
};

}  // namespace simpul::cel
