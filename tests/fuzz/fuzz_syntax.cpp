// Any bytes to CEL's parser: what it reads stands in the source, and what it refuses is said with a place in it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "bus/expression/parser.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace simpul::cel;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto stands = [&](Range range) { return range.begin <= range.end && range.end <= size; };
  const auto tree = parse(text);
  if (!tree) {
    const auto& fault = tree.error();
    if (!stands(fault.range) || fault.message.empty() || fault.code.empty()) std::abort();
    return 0;
  }
  for (const auto& node : tree->nodes) {
    if (!stands(node.range) || !stands(node.at) || node.depth > tree_limit) std::abort();
    for (const Node* child : node.children) {
      if (child == nullptr || child->depth >= node.depth) std::abort();
    }
  }
  return 0;
}
