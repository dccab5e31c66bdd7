// Names, fields, items and literals; what all parts of the checker share.
#include "bus/expression/checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

#include "bus/base/result.h"
#include "bus/expression/habits.h"
#include "bus/expression/parser.h"
#include "bus/expression/typing.h"

namespace simpul::cel {

namespace {

constexpr std::size_t fault_limit = 50;
constexpr std::size_t shown_bytes = 60;
constexpr unsigned any_value = kind::boolean | kind::number | kind::text | kind::list | kind::map;

// The types that have names, as the language denotes them (cel-spec, langdef.md, "Values").
constexpr std::array<std::pair<std::string_view, unsigned>, 13> type_names = {
    {{"bool", kind::boolean},
     {"bytes", kind::bytes},
     {"double", kind::real},
     {"google.protobuf.Duration", kind::duration},
     {"google.protobuf.Timestamp", kind::timestamp},
     {"int", kind::integer},
     {"list", kind::list},
     {"map", kind::map},
     {"null_type", kind::null},
     {"optional_type", kind::optional},
     {"string", kind::text},
     {"type", kind::type},
     {"uint", kind::uinteger}}};

Type denoted(unsigned kinds) {
  if (kinds == kind::list) return list_of(dyn_type());
  if (kinds == kind::map) return map_of(dyn_type(), dyn_type());
  return type_of(kinds);
}

bool is_identifier(std::string_view name) {
  const auto letter = [](char c) { return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  return !name.empty() && letter(name[0]) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

Cell literal_cell(const Node& node, Program& program) {
  Cell cell = Cell::null();
  switch (node.kind) {
    case NodeKind::boolean:
      return Cell::of(node.boolean);
    case NodeKind::integer:
      return Cell::of(node.integer);
    case NodeKind::uinteger:
      return Cell::of(node.uinteger);
    case NodeKind::real:
      return Cell::of(node.real);
    case NodeKind::text:
      cell = Cell::of(program.keep(node.text));
      break;
    case NodeKind::bytes:
      cell = Cell::bytes(program.keep(node.text));
      break;
    default:
      return cell;
  }
  cell.constant = true;
  return cell;
}

}  // namespace

Declarations declarations_of(const Scope& scope) {
  Declarations declarations;
  for (const auto& variable : scope.variables) {
    Type type = dyn_type();
    if (variable.plain) {
      type = type_of(*variable.plain, variable.type);
    } else if (variable.type != nullptr) {
      type = type_of(variable.type);
    }
    declarations.variables.push_back({variable.name, std::move(type), variable.required});
  }
  declarations.tables = scope.tables;
  declarations.absence_is_error = scope.absence_is_error;
  declarations.mixed_numbers = true;
  declarations.held = scope.held;
  return declarations;
}

Outcome check(const Tree& tree, const Declarations& declarations, Expect expect, Program& program,
              Annotations* annotations) {
  return Checker(declarations, program, annotations).run(tree, expect);
}

Outcome Checker::run(const Tree& tree, Expect expect) {
  for (const auto& variable : given_.variables) program_.variables.push_back(variable.name);
  for (const auto& condition : given_.held)
    if (const auto held = parse(condition)) presence_.add(*held->root, true, identifier());
  const Made made = check(*tree.root);
  program_.root = made.step;
  Outcome outcome;
  outcome.type = unifier_.resolve(made.type, true);
  if (faults_.empty()) check_expectation(*tree.root, outcome.type, expect);
  if (lenient()) {
    if (auto costly = cost_.too_much(made.step)) {
      faults_.push_back(std::move(*costly));
    } else if (auto endless = cost_.unbounded(made.step)) {
      warnings_.push_back(std::move(*endless));
    }
  }
  if (annotations_ != nullptr) {
    for (auto& [node, annotation] : *annotations_) annotation.type = unifier_.resolve(annotation.type, true);
  }
  std::ranges::stable_sort(faults_, {}, [](const Fault& fault) { return fault.range.begin; });
  std::ranges::stable_sort(warnings_, {}, [](const Fault& fault) { return fault.range.begin; });
  outcome.faults = std::move(faults_);
  outcome.warnings = std::move(warnings_);
  return outcome;
}

void Checker::check_expectation(const Node& node, const Type& type, Expect expect) {
  if (expect == Expect::any) return;
  if (type.is_optional()) return may_be_absent(node);
  if (expect == Expect::boolean && !type.can_be(kind::boolean)) {
    fault(node.range, "cel.result", fmt::format("a condition is true or false; this is {}", describe(type)),
          "compare it with something, for example: == \"...\"");
  }
  if (expect == Expect::boolean) refuse_union(node, type, kind::boolean);
  if (expect != Expect::text_or_key) return;
  constexpr unsigned key = kind::text | kind::integer | kind::uinteger;
  bool fits = type.can_be(key);
  if (!fits && type.can_be(kind::list)) fits = item_type(type).can_be(key);
  if (fits) return;
  fault(node.range, "cel.result", fmt::format("a text is needed here; this is {}", describe(type)),
        "select a field that holds text, or use string(...)");
}

void Checker::fault(Range at, std::string code, std::string message, std::string hint) {
  if (faults_.size() < fault_limit) faults_.push_back({std::move(code), std::move(message), std::move(hint), at});
}

void Checker::may_be_absent(const Node& node) {
  fault(node.range, "cel.optional", fmt::format("{} may be absent here", shown(node)),
        "add .orValue(...) with the value to take then");
}

// What may be null, where null does not go. Of what may be anything the schema says nothing, null neither.
void Checker::refuse_null(const Node& node, const Type& type, const Type& wanted) {
  if (!lenient() || type.is_dyn() || (type.kinds & any_value) == any_value) return;
  if (type.only(kind::list) && wanted.only(kind::list)) {
    const Type item = item_type(type), asked = item_type(wanted);
    if (item.is_dyn() || item.kinds == kind::null || !item.can_be(kind::null)) return;
    if (asked.can_be(kind::null) || asked.is_parameter()) return;
    fault(node.range, "cel.null", fmt::format("items of {} may be null", shown(node)),
          "say what stands for them: list.map(x, x == null ? \"-\" : x)");
    return;
  }
  if (!type.can_be(kind::null) || type.kinds == kind::null) return;
  if (wanted.can_be(kind::null) || wanted.is_parameter()) return;
  fault(node.range, "cel.null", fmt::format("{} may be null", shown(node)),
        fmt::format("ask first: {0} != null ? ... : ..., or {0} != null && ...", shown(node)));
}

// What may be one thing or another, where not all of them go.
bool Checker::refuse_union(const Node& node, const Type& type, unsigned taken) {
  if (!lenient() || !is_union(type) || !type.can_be(taken)) return false;
  const unsigned other = type.kinds & ~taken & ~kind::null;
  if (other == 0) return false;
  may_be_several(node, type);
  return true;
}

void Checker::may_be_several(const Node& node, const Type& type) {
  Type kinds = type;
  kinds.kinds &= ~kind::null;
  const std::string name = type.can_be(kind::text) ? "string" : type.can_be(kind::numeric) ? "int" : to_text(kinds);
  const bool has_name = type.can_be(kind::text | kind::numeric);
  fault(node.range, "cel.type", fmt::format("{} may be {}, and not all of them go here", shown(node), describe(kinds)),
        has_name ? fmt::format("ask first: type({0}) == {1} ? ... : ..., or type({0}) == {1} && ...", shown(node), name)
                 : fmt::format("ask first which it is, with type({})", shown(node)));
}

// Whether every kind that the arguments may have has an overload: the types that a union is made of, one by one.
bool Checker::takes_all(const Callable& callable, bool method, std::vector<Type>& types, std::size_t from) {
  constexpr std::array<unsigned, 5> single = {kind::boolean, kind::integer | kind::number, kind::text, kind::list,
                                              kind::map};
  while (from < types.size() && !is_union(types[from])) ++from;
  if (from == types.size()) return match(callable, method, types).has_value();
  const Type whole = types[from];
  bool all = true;
  for (const unsigned kinds : single) {
    if (!whole.can_be(kinds)) continue;
    types[from].kinds = whole.kinds & kinds;
    all = all && takes_all(callable, method, types, from + 1);
  }
  types[from] = whole;
  return all;
}

// What schemas and conditionals make one of several; what nothing is known of, or what a function made of that, is
// none.
bool Checker::is_union(const Type& type) {
  unsigned kinds = type.kinds & ~kind::null;
  if (kinds & ~kind::json) return false;
  if (kinds & kind::integer) kinds = (kinds & ~kind::integer) | kind::number;
  return kinds != any_value && std::popcount(kinds) > 1;
}

// Reports the first argument that is a union, when not all of its kinds go with the others'.
bool Checker::refuse_unions(const Node& node, const Callable& callable, bool method, std::span<const Type> arguments,
                            std::size_t first) {
  if (!lenient()) return false;
  std::vector<Type> types;
  for (const Type& type : arguments) types.push_back(known(type));
  const auto several = std::ranges::find_if(types, is_union);
  constexpr std::ptrdiff_t unions_limit = 3;
  if (several == types.end()) return false;
  const auto at = static_cast<std::size_t>(several - types.begin());
  const Type found = *several;
  if (std::ranges::count_if(types, is_union) <= unions_limit && takes_all(callable, method, types, 0)) return false;
  may_be_several(*node.children[first + at], found);
  return true;
}

// Without what a condition said that it is not.
Type Checker::narrowed(const Node& node, Type type) const {
  if (type.is_dyn() || type.is_parameter()) return type;
  const std::string path = Presence::path(node, identifier());
  if (type.can_be(kind::null) && type.kinds != kind::null && presence_.holds_not_null(path)) type.kinds &= ~kind::null;
  if (const unsigned kinds = presence_.narrowed(path, type.kinds); kinds != 0) type.kinds = kinds;
  return type;
}

void Checker::warn_dyn(const Node& node) {
  if (!lenient() || quiet_) return;
  const bool told = std::ranges::any_of(warnings_, [](const Fault& warning) { return warning.code == "cel.dyn"; });
  if (told) return;
  warnings_.push_back(
      {"cel.dyn",
       fmt::format("no schema says what {} is, so mistakes with it show only when an event comes", shown(node)),
       fmt::format("describe it in its schema, or write dyn({}) to say that it is meant so", shown(node)), node.range});
}

std::string Checker::shown(const Node& node) const {
  std::string_view text = std::string_view(program_.source).substr(node.range.begin, node.range.end - node.range.begin);
  if (text.size() <= shown_bytes) return std::string(text);
  std::size_t end = shown_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

void Checker::annotate(const Node& node, const Type& type) {
  if (annotations_ != nullptr) (*annotations_)[&node].type = type;
}

void Checker::refer(const Node& node, std::string reference) {
  if (annotations_ != nullptr) (*annotations_)[&node].reference = std::move(reference);
}

Checker::Made Checker::emit(const Node& node, Op op, const std::vector<std::uint32_t>& operands, Type type,
                            double cost) {
  Step made;
  made.op = op;
  made.range = node.range;
  made.first = static_cast<std::uint32_t>(program_.operands.size());
  made.count = static_cast<std::uint32_t>(operands.size());
  program_.operands.insert(program_.operands.end(), operands.begin(), operands.end());
  program_.steps.push_back(std::move(made));
  const auto at = static_cast<std::uint32_t>(program_.steps.size() - 1);
  cost_.add(at, operands, cost);
  return {at, std::move(type)};
}

Checker::Made Checker::constant(const Node& node, Cell cell, Type type) {
  Made made = emit(node, Op::constant, {}, std::move(type));
  step(made).constant = cell;
  return made;
}

// Stands for what has a fault: a value of no known type, so that one mistake is told once. Without types it is an error
// of the evaluation.
Checker::Made Checker::nothing(const Node& node, const Type& type) {
  Made made = emit(node, Op::constant, {}, dyn_type(type.personal));
  step(made).constant = Cell::error(ErrorCode::no_overload, made.step);
  return made;
}

Checker::Made Checker::check(const Node& node) {
  Made made = dispatch(node);
  if (!given_.types) made.type = dyn_type();
  annotate(node, made.type);
  return made;
}

Checker::Made Checker::dispatch(const Node& node) {
  switch (node.kind) {
    case NodeKind::null:
    case NodeKind::boolean:
    case NodeKind::integer:
    case NodeKind::uinteger:
    case NodeKind::real:
    case NodeKind::text:
    case NodeKind::bytes:
      return literal(node);
    case NodeKind::name:
      return name(node);
    case NodeKind::select:
      return select(node);
    case NodeKind::index:
      return index(node);
    case NodeKind::call:
      return call(node);
    case NodeKind::list:
      return list(node);
    case NodeKind::map:
      return map(node);
    case NodeKind::negate:
    case NodeKind::logical_not:
      return unary(node);
    case NodeKind::binary:
      return binary(node);
    case NodeKind::logical_and:
    case NodeKind::logical_or:
      return logic(node);
    case NodeKind::conditional:
      return conditional(node);
    case NodeKind::message:
      break;
  }
  fault(node.at, "cel.unsupported", "protobuf messages are not part of this bus's expressions",
        "write an object: {\"field\": value}");
  return nothing(node);
}

Checker::Made Checker::check_value(const Node& node) {
  Made made = check(node);
  if (lenient() && made.type.is_optional()) {
    may_be_absent(node);
    made.type = dyn_type(made.type.personal);
  }
  return made;
}

Checker::Made Checker::literal(const Node& node) {
  Type type = literal_type(node);
  if (!lenient()) type.facts = nullptr;
  return constant(node, literal_cell(node, program_), std::move(type));
}

bool Checker::is_local(std::string_view name) const {
  return std::ranges::any_of(locals_, [&](const Local& local) { return local.name == name; });
}

bool Checker::is_variable(std::string_view name) const {
  return is_local(name) || std::ranges::any_of(given_.variables, [&](const Declarations::Variable& variable) {
           return variable.name == name;
         });
}

std::string Checker::identify(std::string_view name) const {
  for (auto local = locals_.rbegin(); local != locals_.rend(); ++local) {
    if (local->name == name) return fmt::format("local {}", local->id);
  }
  for (const auto& variable : given_.variables) {
    if (variable.name == name) return fmt::format("slot {}", name);
  }
  return {};
}

// "a.b" in the container x.y: x.y.a.b, x.a.b, a.b (cel-spec, langdef.md, "Name Resolution").
std::vector<std::string> Checker::candidates(const std::string& name, bool absolute) const {
  std::vector<std::string> all;
  std::string_view container = absolute ? std::string_view() : std::string_view(given_.container);
  while (!container.empty()) {
    all.push_back(fmt::format("{}.{}", container, name));
    const std::size_t dot = container.rfind('.');
    container = dot == std::string_view::npos ? std::string_view() : container.substr(0, dot);
  }
  all.push_back(name);
  return all;
}

std::optional<Checker::Made> Checker::find_variable(const Node& node, std::string_view name) {
  for (std::size_t i = 0; i < given_.variables.size(); ++i) {
    const Declarations::Variable& variable = given_.variables[i];
    if (variable.name != name) continue;
    if (!variable.required && given_.absence_is_error && !presence_.holds(identify(name))) {
      fault(node.range, "cel.optional", fmt::format("\"{}\" may be absent", name),
            fmt::format("ask first: has({0}) ? {0} : ...", name));
    }
    Made made = emit(node, Op::slot, {}, narrowed(node, variable.type));
    step(made).a = static_cast<std::uint32_t>(i);
    step(made).first = static_cast<std::uint32_t>(program_.names.size());
    refer(node, std::string(name));
    if (variable.type.is_dyn()) warn_dyn(node);
    return made;
  }
  return std::nullopt;
}

std::optional<Checker::Made> Checker::find_type(const Node& node, std::string_view name) {
  for (const auto& [known, kinds] : type_names) {
    if (known != name) continue;
    Made made = constant(node, Cell::type(known), type_of_type(denoted(kinds)));
    step(made).constant.constant = true;
    refer(node, std::string(name));
    return made;
  }
  return std::nullopt;
}

std::optional<Checker::Made> Checker::find_name(const Node& node, const std::string& name, bool absolute) {
  if (!absolute) {
    for (auto local = locals_.rbegin(); local != locals_.rend(); ++local) {
      if (local->name != name) continue;
      Made made = emit(node, Op::local, {}, narrowed(node, local->type));
      step(made).a = local->slot;
      refer(node, name);
      return made;
    }
  }
  if (given_.container.empty()) {
    if (auto made = find_variable(node, name)) return made;
    return find_type(node, name);
  }
  for (const std::string& candidate : candidates(name, absolute)) {
    if (auto made = find_variable(node, candidate)) return made;
    if (auto made = find_type(node, candidate)) return made;
  }
  return std::nullopt;
}

Checker::Made Checker::name(const Node& node) {
  if (auto made = find_name(node, node.text, node.absolute)) return std::move(*made);
  return unknown_name(node);
}

std::vector<std::string> Checker::known_names() const {
  std::vector<std::string> names;
  for (const auto& local : locals_) names.push_back(local.name);
  for (const auto& variable : given_.variables) names.push_back(variable.name);
  return names;
}

Checker::Made Checker::unknown_name(const Node& node) {
  if (!given_.types) return nothing(node);
  const std::vector<std::string> names = known_names();
  std::string all;
  for (const auto& known : names) all += (all.empty() ? "" : ", ") + known;
  const std::string habit = hint_for_name(node.text);
  fault(node.range, "cel.unknown_name",
        fmt::format("there is no \"{}\" here{}", node.text, did_you_mean(node.text, names)),
        !habit.empty() ? habit
        : all.empty()  ? "put text into quotes"
                       : fmt::format("known here: {}; put text into quotes", all));
  return nothing(node);
}

std::optional<std::string> Checker::qualified(const Node& node) const {
  std::vector<std::string_view> parts;
  const Node* at = &node;
  for (; at->kind == NodeKind::select && !at->optional; at = at->children[0]) parts.push_back(at->text);
  if (at->kind != NodeKind::name || (!at->absolute && is_local(at->text))) return std::nullopt;
  std::string name = at->text;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    name += '.';
    name += *part;
  }
  return name;
}

Checker::Made Checker::select(const Node& node) {
  const Node& owner = *node.children[0];
  // A name with dots in it goes before the field of a variable: the longest one wins.
  if (!node.optional) {
    const Node* root = &owner;
    while (root->kind == NodeKind::select) root = root->children[0];
    const bool plain = lenient() && root->kind == NodeKind::name && is_variable(root->text);
    if (!plain) {
      if (const auto full = qualified(node)) {
        if (auto made = find_name(node, *full, root->absolute)) return std::move(*made);
      }
    }
  }
  const Made of = check(owner);
  const Type owner_type = known(of.type);
  const bool optional = node.optional || owner_type.is_optional();
  Type type = member(owner_type.is_optional() ? inner_type(owner_type) : owner_type, node.text, node, optional);
  if (optional) type = optional_of(std::move(type));
  if (node.optional) refer(node, "select_optional_field");
  const std::string_view name = program_.keep(node.text);
  Step& before = step(of);
  // A plain selection from a variable grows the path in place.
  if (!optional && (before.op == Op::slot || before.op == Op::path) &&
      before.first + before.count == program_.names.size()) {
    before.op = Op::path;
    before.count += 1;
    before.range = node.range;
    program_.names.push_back(name);
    return {of.step, std::move(type)};
  }
  // In an optional, what has no question mark of its own meets a null as CEL says only where the suites want it.
  const bool forgives = node.optional || (optional && lenient());
  Made made = emit(node, forgives ? Op::select_optional : Op::select, {of.step}, std::move(type));
  step(made).name = name;
  return made;
}

// The member's type; faults for fields that are not there, or may be absent unless that is asked for (`tolerant`).
Type Checker::member(const Type& of, const std::string& name, const Node& node, bool tolerant) {
  const Node& owner = *node.children[0];
  if (of.is_parameter()) unifier_.assignable(dyn_type(), of);
  if (of.is_dyn() || of.is_parameter()) return dyn_type(of.personal);
  if (!of.can_be(kind::map)) {
    std::string hint;
    if (of.can_be(kind::list)) hint = "take an item first: [0], or use exists, all, map or filter";
    if (of.can_be(kind::text)) hint = "take parts of a text with substring, split or matches";
    if (const std::string habit = hint_for_field(name); !habit.empty()) hint = habit;
    fault(node.at, "cel.type", fmt::format("{} is {}; it has no fields", shown(owner), describe(of)), hint);
    return dyn_type(of.personal);
  }
  if (!node.optional) refuse_null(owner, of, type_of(kind::map));  // only a question mark forgives a null
  refuse_union(owner, of, kind::map);
  const auto& cursor = facts_of(of).cursor;
  if (cursor == nullptr) return tolerant ? value_type(of) : made_member(of, name, node);
  bool required = false;
  const auto found = cursor->property(name, required);
  const auto names = cursor->properties();
  if (found == nullptr) {
    fault(node.at, "cel.unknown_field",
          fmt::format("{} has no field \"{}\"{}", shown(owner), name, did_you_mean(name, names)),
          "the schema names all fields that may be there");
    return dyn_type(of.personal);
  }
  Type type = narrowed(node, type_of(found));
  if (type.is_dyn() && !tolerant) warn_dyn(node);
  if (required || tolerant || !given_.absence_is_error) return type;
  if (type.is_dyn() && std::ranges::find(names, name) == names.end())
    return type;  // an open object: nothing speaks of it
  if (presence_.holds(Presence::path(node, identifier()))) return type;
  const std::string from = shown(owner);
  fault(node.at, "cel.optional", fmt::format("\"{}\" may be absent", name),
        is_identifier(name)
            ? fmt::format("write {0}.?{1}.orValue(...), or ask first: has({0}.{1}) && ...", from, name)
            : fmt::format("write {0}[?\"{1}\"].orValue(...), or ask first: \"{1}\" in {0} && ...", from, name));
  return type;
}

// Of a map that the expression made.
Type Checker::made_member(const Type& of, const std::string& name, const Node& node) {
  const auto& members = facts_of(of).members;
  if (!lenient() || members.empty()) return value_type(of);
  std::vector<std::string> names;
  for (const auto& known : members) {
    if (known.name == name) return known.type;
    names.push_back(known.name);
  }
  fault(node.at, "cel.unknown_field",
        fmt::format("{} has no field \"{}\"{}", shown(*node.children[0]), name, did_you_mean(name, names)),
        "it has the fields that are written in it");
  return dyn_type(of.personal);
}

Checker::Made Checker::index(const Node& node) {
  const Made of = check(*node.children[0]);
  const Made key = check_value(*node.children[1]);
  Type type = indexed(node, of, key);
  const bool optional = node.optional || known(of.type).is_optional();
  return emit(node, optional ? Op::index_optional : Op::index, {of.step, key.step}, std::move(type));
}

Type Checker::indexed(const Node& node, const Made& of, const Made& key) {
  const Node& key_node = *node.children[1];
  const Type whole = known(of.type);
  const bool optional = node.optional || whole.is_optional();
  const Type inner = whole.is_optional() ? inner_type(whole) : whole;
  if (!optional) refuse_null(*node.children[0], inner, type_of(kind::list));
  const unsigned taken = key_node.kind == NodeKind::text ? kind::map : kind::list | kind::map;
  if (refuse_union(*node.children[0], inner, taken)) return dyn_type(inner.personal);
  refuse_null(key_node, known(key.type), type_of(kind::integer));
  const auto as_optional = [&](Type type) { return optional ? optional_of(std::move(type)) : type; };
  const bool by_schema = lenient() && (facts_of(inner).cursor != nullptr || !facts_of(inner).members.empty());
  if (by_schema && inner.can_be(kind::map) && key_node.kind == NodeKind::text)
    return as_optional(member(inner, key_node.text, node, optional));
  const Callable* callable = find_callable(node.optional ? "_[?_]" : "_[_]");
  const std::array<Type, 2> arguments = {whole, key.type};
  if (callable != nullptr && !(by_schema && inner.can_be(kind::map))) {
    if (auto fits = match(*callable, false, arguments)) {
      refer(node, fits->ids);
      if (lenient() && key_node.kind == NodeKind::integer && key_node.integer < 0 && inner.only(kind::list))
        fault(key_node.range, "cel.type", "items count from 0", "the last one is [size(list) - 1]");
      if (optional && !fits->result.is_optional() && !fits->result.is_dyn()) return optional_of(fits->result);
      return fits->result;
    }
  }
  if (by_schema && inner.can_be(kind::map) && known(key.type).can_be(kind::text)) {
    return as_optional(dyn_type(inner.personal));  // a field by a name that is known at run time
  }
  if (!inner.can_be(kind::list | kind::map)) {
    fault(node.at, "cel.type", fmt::format("{} is {}; it has no items", shown(*node.children[0]), describe(inner)),
          inner.can_be(kind::text) ? "use charAt or substring for parts of a text" : "");
  } else {
    fault(key_node.range, "cel.type", fmt::format("{} is not a key of {}", describe(known(key.type)), describe(inner)),
          inner.can_be(kind::list) ? "items of a list are numbered from 0" : "fields have text as names");
  }
  return dyn_type(inner.personal);
}

Type Checker::unwrapped(const Node& node, Type type) {
  type = known(type);
  if (type.is_optional()) return inner_type(type);
  if (type.is_dyn()) return type;
  if (type.is_parameter()) {
    const Type inner = unifier_.fresh();
    if (unifier_.assignable(type, optional_of(inner))) return inner;
  }
  fault(node.range, "cel.type", fmt::format("\"?\" stands before an optional; {} is a plain value", shown(node)),
        "leave the ? out, or select with .?");
  return type;
}

void Checker::join_element(std::optional<Type>& element, const Type& type) {
  const PersonalData personal = element ? std::max(element->personal, type.personal) : type.personal;
  if (!element) {
    element = type;
  } else if (!unifier_.unite(*element, type)) {
    element = lenient() ? join(known(*element), known(type)) : dyn_type();
  }
  element->personal = personal;
}

Checker::Made Checker::constant_list(const Node& node, const std::vector<std::uint32_t>& operands, std::size_t before,
                                     Type type) {
  auto& cells = program_.lists.emplace_back();
  for (const auto at : operands) cells.push_back(program_.steps[at].constant);
  program_.steps.resize(before);
  return constant(node, Cell::list(cells.data(), cells.size()), std::move(type));
}

void Checker::flag_operands(const Made& made, const std::vector<bool>& optional, std::size_t width) {
  step(made).flagged = true;
  program_.optional_items.resize(program_.operands.size());
  for (std::size_t i = 0; i < step(made).count; ++i)
    program_.optional_items[step(made).first + i] = optional[i / width];
}

Checker::Made Checker::list(const Node& node) {
  std::vector<std::uint32_t> operands;
  std::optional<Type> element;
  bool constants = true, flagged = false;
  const std::size_t before = program_.steps.size();
  const bool optionals = std::exchange(optionals_in_lists_, false);
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Node& item = *node.children[i];
    const bool optional = node.optional_children[i];
    const Made made = optional || optionals ? check(item) : check_value(item);
    flagged = flagged || optional;
    constants = constants && step(made).op == Op::constant && !step(made).constant.is_error() && !optional;
    operands.push_back(made.step);
    join_element(element, optional ? unwrapped(item, made.type) : made.type);
  }
  constants = constants && program_.steps.size() - before == operands.size();
  Type type = list_of(element ? *element : unifier_.fresh());
  if (lenient()) {
    TypeFacts facts;
    facts.max_items = node.children.size();
    type = with_facts(std::move(type), std::move(facts));
  }
  if (constants) return constant_list(node, operands, before, std::move(type));
  Made made = emit(node, Op::list, operands, std::move(type));
  if (flagged) flag_operands(made, node.optional_children, 1);
  return made;
}

Checker::Made Checker::map(const Node& node) {
  std::vector<std::uint32_t> operands;
  std::vector<std::string> keys;
  std::optional<Type> key_type, element;
  TypeFacts facts;
  bool flagged = false, all_text = true;
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const Node& key_node = *node.children[i];
    const Node& value_node = *node.children[i + 1];
    const bool optional = node.optional_children[i / 2];
    const Made key = check_value(key_node);
    join_element(key_type, key.type);
    constexpr unsigned possible = kind::text | kind::integer | kind::uinteger | kind::number | kind::boolean;
    if (lenient() && !key.type.is_parameter() && !key.type.can_be(possible))
      fault(key_node.range, "cel.type", fmt::format("{} cannot be a key", describe(key.type)), "keys are text");
    if (lenient() && is_literal(key_node)) {
      const std::string text = json_text(key_node);
      if (std::ranges::find(keys, text) != keys.end()) {
        fault(key_node.range, "cel.type", fmt::format("the key {} stands here twice", shown(key_node)),
              "leave one out");
      }
      keys.push_back(text);
    }
    const Made value = optional ? check(value_node) : check_value(value_node);
    const Type type = optional ? unwrapped(value_node, value.type) : value.type;
    flagged = flagged || optional;
    all_text = all_text && key_node.kind == NodeKind::text;
    if (lenient() && all_text) facts.members.push_back({key_node.text, known(type), !optional});
    operands.push_back(key.step);
    operands.push_back(value.step);
    join_element(element, type);
  }
  if (!all_text) facts.members.clear();
  Type type = map_of(key_type ? *key_type : unifier_.fresh(), element ? *element : unifier_.fresh());
  if (lenient()) {
    facts.max_items = node.children.size() / 2;
    type = with_facts(std::move(type), std::move(facts));
  }
  Made made = emit(node, Op::map, operands, std::move(type));
  if (flagged) flag_operands(made, node.optional_children, 2);
  return made;
}

}  // namespace simpul::cel
