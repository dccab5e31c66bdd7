// The checker at work: state of one pass over one tree. Used by checker*.cpp only.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bus/expression/checker.h"
#include "bus/expression/cost.h"
#include "bus/expression/presence.h"
#include "bus/expression/unify.h"

namespace simpul::cel {

class Checker {
 public:
  Checker(const Declarations& declarations, Program& program, Annotations* annotations)
      : given_(declarations), program_(program), annotations_(annotations), unifier_(declarations.as_cel_go) {}

  Outcome run(const Tree& tree, Expect expect);

 private:
  struct Made {
    std::uint32_t step = 0;
    Type type;
  };
  // An overload that fits, or all of them.
  struct Match {
    Type result;
    std::string ids;
    const Signature* first = nullptr;
    std::vector<Type> parameters;  // of the first, as many as there are arguments
  };

  // checker.cpp
  Made check(const Node& node);
  Made dispatch(const Node& node);
  Made check_value(const Node& node);  // refuses optionals, unless types are cel-go's
  Made literal(const Node& node);
  Made name(const Node& node);
  std::optional<Made> find_name(const Node& node, const std::string& name, bool absolute);
  std::optional<Made> find_variable(const Node& node, std::string_view name);
  std::optional<Made> find_type(const Node& node, std::string_view name);
  std::optional<std::string> qualified(const Node& node) const;  // a.b.c as a name that no local begins
  std::vector<std::string> candidates(const std::string& name, bool absolute) const;
  Made unknown_name(const Node& node);
  Made select(const Node& node);
  Made index(const Node& node);
  Type indexed(const Node& node, const Made& of, const Made& key);
  Type member(const Type& of, const std::string& name, const Node& node, bool tolerant);
  Type made_member(const Type& of, const std::string& name, const Node& node);
  Made list(const Node& node);
  Made constant_list(const Node& node, const std::vector<std::uint32_t>& operands, std::size_t before, Type type);
  Made map(const Node& node);
  Type unwrapped(const Node& node, Type type);  // of what stands behind `?`
  void join_element(std::optional<Type>& element, const Type& type);
  void check_expectation(const Node& node, const Type& type, Expect expect);

  // checker_operators.cpp
  Made unary(const Node& node);
  Made binary(const Node& node);
  Made arithmetic(const Node& node, Op op);
  Made relation(const Node& node, Op op);
  Made equality(const Node& node, bool equal);
  Made equality_of_types(const Node& node, const Made& a, const Made& b);
  Made in(const Node& node);
  Made logic(const Node& node);
  Made conditional(const Node& node);
  Made with_operands(const Node& node, Op op, const Made& a, const Made& b, Type type);
  bool are_instants(const Node& left, const Type& a, const Node& right, const Type& b) const;
  Made as_timestamp(const Node& node, Made made);
  void check_enum(const Type& type, const Node& literal, const Node& what);
  bool check_condition(const Node& node, const Type& type, const std::string& what);
  void refuse_arithmetic(const Node& node, const Type& a, const Type& b);

  // checker_calls.cpp
  Made call(const Node& node);
  std::optional<Made> namespaced_call(const Node& node);
  std::optional<Made> special_call(const Node& node);
  const Callable* find_function(const std::string& name, bool absolute, std::string& full);
  Made function_call(const Node& node, const Callable& callable, bool method, std::size_t first);
  Made emit_call(const Node& node, const Callable& callable, const Match& match, const std::vector<Made>& arguments);
  std::optional<Match> match(const Callable& callable, bool method, std::span<const Type> arguments);
  std::optional<Match> match(const Callable& callable, bool method, std::span<const Type> arguments, bool loosely);
  bool counts(const Signature& signature, bool method, std::span<const Type> arguments, bool loosely, bool is_operator);
  void explain_mismatch(const Node& node, const Callable& callable, bool method, std::size_t first,
                        std::span<const Type> arguments);
  bool check_count(const Node& node, std::string_view name, std::size_t have, std::size_t least, std::size_t most);
  void check_literals(const Node& node, std::string_view name, std::size_t first);
  void add_facts(const Node& node, std::string_view name, std::span<const Made> arguments, std::size_t first,
                 Type& result);
  Made unknown_function(const Node& node);

  // checker_macros.cpp
  std::optional<Made> macro_call(const Node& node);
  Made has(const Node& node);
  Made matches(const Node& node);
  Made lookup(const Node& node);
  Made optional_method(const Node& node);
  Made loop(const Node& node, Macro kind);
  Made loop_body(const Node& node, Macro kind, const Made& over, const Type& range, std::size_t names);
  Type loop_result(Macro kind, const Type& range, const Type& key, const Type& value, const Type& body);
  bool check_loop(const Node& node);
  Made optional_map(const Node& node, bool flat);
  Made bind(const Node& node);
  Made block(const Node& node);
  std::optional<Made> block_variable(const Node& node);
  std::optional<std::string> local_name(const Node& node) const;  // of the variable of a macro

  bool is_local(std::string_view name) const;
  bool is_variable(std::string_view name) const;
  // Which variable a name means here: macros may hide one of the same name.
  std::string identify(std::string_view name) const;
  Presence::Identify identifier() const {
    return [this](std::string_view name) { return identify(name); };
  }
  std::vector<std::string> known_names() const;

  bool lenient() const { return !given_.as_cel_go; }  // types as JSON has them
  Type known(const Type& type) { return unifier_.resolve(type); }
  void annotate(const Node& node, const Type& type);
  void refer(const Node& node, std::string reference);
  void fault(Range at, std::string code, std::string message, std::string hint = {});
  void may_be_absent(const Node& node);
  void refuse_null(const Node& node, const Type& type, const Type& wanted);
  bool refuse_union(const Node& node, const Type& type, unsigned taken);
  bool refuse_unions(const Node& node, const Callable& callable, bool method, std::span<const Type> arguments,
                     std::size_t first);
  void may_be_several(const Node& node, const Type& type);
  bool takes_all(const Callable& callable, bool method, std::vector<Type>& types, std::size_t from);
  static bool is_union(const Type& type);
  Type narrowed(const Node& node, Type type) const;  // where a condition said so
  void warn_dyn(const Node& node);
  std::string shown(const Node& node) const;
  Made emit(const Node& node, Op op, const std::vector<std::uint32_t>& operands, Type type, double cost = 1);
  Made constant(const Node& node, Cell cell, Type type);
  Made nothing(const Node& node, const Type& type = {});
  Step& step(const Made& made) { return program_.steps[made.step]; }
  void flag_operands(const Made& made, const std::vector<bool>& optional, std::size_t width);

  const Declarations& given_;
  Program& program_;
  Annotations* annotations_;
  Unifier unifier_;
  CostMeter cost_;
  Presence presence_;
  std::vector<Fault> faults_;
  std::vector<Fault> warnings_;
  struct Local {
    std::string name;
    Type type;
    std::uint32_t slot = 0;
    unsigned id = 0;
  };
  std::map<std::string, Callable> extras_;  // functions with the forms that the declarations add
  std::vector<Local> locals_;
  std::uint32_t slots_ = 0;  // of locals in use
  unsigned local_ids_ = 0;
  unsigned macros_ = 0;
  bool optionals_in_lists_ = false;  // within optional.unwrap([...])
  bool quiet_ = false;               // within dyn(...): the person said so
};

std::string plural(std::size_t count, std::string_view what);

}  // namespace simpul::cel
