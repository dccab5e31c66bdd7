// Gives every node of a tree its type, finds every mistake that types, names, presence and cost show, and writes the
// program. One pass, top-down in scopes and bottom-up in types; inference as cel-go's checker does it, schemas' types
// beyond it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bus/expression/expression.h"
#include "bus/expression/program.h"
#include "bus/expression/signature.h"
#include "bus/expression/tree.h"
#include "bus/expression/types.h"

namespace simpul::cel {

// What an expression may name.
struct Declarations {
  struct Variable {
    std::string name;  // may have dots: "x.y" is found by the expressions x.y, and y in the container x
    Type type;
    bool required = true;  // false: the slot may be empty; has(name) asks
  };
  struct ExtraFunction {
    std::string name;
    std::vector<Signature> signatures;  // beside those that the language has for the name
    Function run = nullptr;             // null: it has types only, for suites
  };
  std::vector<Variable> variables;  // in the order of the slots
  std::vector<ExtraFunction> functions;
  std::string container;  // "a.b": names are sought in it, in a, and at the top
  const std::map<std::string, CodeTable>* tables = nullptr;
  bool absence_is_error = true;
  std::vector<std::string> held;  // sources of conditions that are true wherever this is evaluated
  // For the conformance suites.
  bool as_cel_go = false;  // literals of several types are dyn; patterns need not be literals; no dyn warnings, no cost
  bool macros = true;      // false: all(), has() and the others are functions, which there are none of
  bool types = true;       // false: everything is dyn, and an unknown name is an error of evaluation
  bool mixed_numbers = false;  // 1 < 2.0 has an overload
};
Declarations declarations_of(const Scope& scope);

// What the checker found out of a node, for who prints or walks the tree afterwards.
struct Annotation {
  Type type;
  std::string reference;  // the variable's full name, or the ids of the overloads, sorted, with | between them
};
using Annotations = std::unordered_map<const Node*, Annotation>;

struct Outcome {
  Type type;
  std::vector<Fault> faults;    // sorted by place; the program is usable only when there are none
  std::vector<Fault> warnings;  // cel.dyn, cel.unbounded
};

// The nodes' annotations go into `annotations` unless it is null.
Outcome check(const Tree& tree, const Declarations& declarations, Expect expect, Program& program,
              Annotations* annotations = nullptr);

}  // namespace simpul::cel
