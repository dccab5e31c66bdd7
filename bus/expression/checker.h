// Gives every node of a tree its type, finds every mistake that types, names and presence show, and writes
// the program. One pass, top-down in scopes and bottom-up in types.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bus/expression/functions.h"
#include "bus/expression/presence.h"
#include "bus/expression/program.h"
#include "bus/expression/tree.h"
#include "bus/expression/types.h"

namespace simpul::cel {

class Checker {
 public:
  Checker(const Scope& scope, Program& program, std::vector<Fault>& faults)
      : scope_(scope), program_(program), faults_(faults) {}

  // The type of the whole; the program is usable only when no faults were found.
  Type run(const Tree& tree, Expect expect);

 private:
  struct Made {
    std::uint32_t step = 0;
    Type type;
  };

  Made check(const Node& node);
  Made check_value(const Node& node);  // refuses optionals
  Made name(const Node& node);
  Made select(const Node& node);
  Made index(const Node& node);
  Made unary(const Node& node);
  Made binary(const Node& node);
  Made arithmetic(const Node& node, Op op);
  Made equality(const Node& node, bool equal);
  Made ordering(const Node& node, Op op);
  Made in(const Node& node);
  Made logic(const Node& node);
  Made conditional(const Node& node);
  Made list(const Node& node);
  Made map(const Node& node);
  void check_is_optional(const Node& node, const Type& type);
  void check_expectation(const Node& node, const Type& type, Expect expect);

  // checker_calls.cpp
  Made call(const Node& node);
  std::optional<Made> special_call(const Node& node);
  Made table_call(const Node& node);
  Made has(const Node& node);
  Made matches(const Node& node);
  Made lookup(const Node& node);
  Made optional_method(const Node& node);
  Made optional_namespace(const Node& node);
  std::optional<Macro> macro_of(const Node& node) const;
  Made macro(const Node& node, Macro kind);
  Made unknown_function(const Node& node);
  Type result_of(const FunctionEntry& entry, const Node& node, const std::vector<Made>& arguments);
  bool check_arguments(const FunctionEntry& entry, const Node& node, const std::vector<Made>& arguments);
  void check_date_patterns(const Node& node);
  bool check_count(const Node& node, std::size_t least, std::size_t most);
  bool is_variable(std::string_view name) const;
  // Which variable a name means here: macros may hide one of the same name.
  std::string identify(std::string_view name) const;
  Presence::Identify identifier() const {
    return [this](std::string_view name) { return identify(name); };
  }

  // The member's type; faults for fields that are not there, or may be absent.
  Type member(const Type& of, const std::string& name, const Node& node, bool tolerant);
  void check_enum(const Type& type, const Node& literal, const Node& what);
  void fault(Range at, std::string code, std::string message, std::string hint = {});
  std::string shown(const Node& node) const;
  Made emit(const Node& node, Op op, const std::vector<std::uint32_t>& operands, Type type);
  Made constant(const Node& node, Cell cell, Type type);
  Made nothing(const Node& node, const Type& type = {});
  Step& step(const Made& made) { return program_.steps[made.step]; }

  const Scope& scope_;
  Program& program_;
  std::vector<Fault>& faults_;
  Presence presence_;
  struct Local {
    std::string name;
    Type type;
    std::uint32_t slot = 0;
    unsigned id = 0;
  };
  std::vector<Local> locals_;
  unsigned local_ids_ = 0;
  unsigned macros_ = 0;
};

}  // namespace simpul::cel
