// The fast pass: a flat program that answers whether a value is valid, made of nodes once all are linked.
//
// It stops at the first violation and builds nothing. Everything that can be decided from the schema alone is decided
// when the program is made: references are indexes, property names stand in tables with their hashes, `required` is a
// mask, enums are sets, `oneOf` with a constant that tells its branches apart is a jump, and what needs to know which
// members or items were evaluated (`unevaluated*`) is marked; nothing else keeps track of it.
//
// Immutable; valid() may be called from any thread. Its depth is bounded by the value's depth times the longest chain
// of schemas that look at one value, which the compiler bounds; its time by the value's size times the program's: what
// was looked at often is remembered, so branches within branches do not multiply.
#pragma once

#include <cstdint>
#include <memory>

#include "bus/schema/node.h"

namespace simpul {

class Program {
 public:
  // Views `store`, which must outlive it.
  explicit Program(const SchemaStore& store);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  enum class Entry : std::uint32_t {};
  Entry entry(const Node& root) const;  // `root`: of a file of the store that is not built in
  bool valid(Entry entry, const json::Value& value) const;

 private:
  struct Inner;
  std::unique_ptr<const Inner> inner_;
};

}  // namespace simpul
