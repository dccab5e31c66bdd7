#include "bus/expression/checker.h"

#include <fmt/format.h>

#include <algorithm>

#include "bus/base/result.h"

namespace simpul::cel {

namespace {

constexpr std::size_t fault_limit = 50;
constexpr std::size_t shown_bytes = 60;
constexpr std::size_t shown_values = 8;

PersonalData personal_of(const Type& a, const Type& b) {
  return std::max(a.schema.personal, b.schema.personal);
}

Cell literal_cell(const Node& node, Program& program) {
  switch (node.kind) {
    case NodeKind::boolean:
      return Cell::of(node.boolean);
    case NodeKind::integer:
      return Cell::of(node.integer);
    case NodeKind::real:
      return Cell::of(node.real);
    case NodeKind::text: {
      Cell cell = Cell::of(program.keep(node.text));
      cell.constant = true;
      return cell;
    }
    default:
      return Cell::null();
  }
}

}  // namespace

Type Checker::run(const Tree& tree, Expect expect) {
  for (const auto& variable : scope_.variables) program_.variables.push_back(variable.name);
  Made made = check(*tree.root);
  program_.root = made.step;
  if (faults_.empty()) check_expectation(*tree.root, made.type, expect);
  return std::move(made.type);
}

void Checker::check_expectation(const Node& node, const Type& type, Expect expect) {
  if (expect == Expect::any) return;
  if (type.optional) {
    fault(node.range, "cel.optional", fmt::format("{} may be absent here", shown(node)),
          "add .orValue(...) with the value to take then");
    return;
  }
  if (expect == Expect::boolean && !type.can_be(SchemaType::boolean)) {
    fault(node.range, "cel.result", fmt::format("a condition is true or false; this is {}", describe(type.kinds())),
          "compare it with something, for example: == \"...\"");
  }
  if (expect != Expect::text_or_key) return;
  constexpr unsigned key = SchemaType::string | SchemaType::integer;
  bool fits = type.can_be(key);
  if (!fits && type.can_be(SchemaType::array)) fits = item_type(type).can_be(key);
  if (fits) return;
  fault(node.range, "cel.result", fmt::format("a text is needed here; this is {}", describe(type.kinds())),
        "select a field that holds text, or use string(...)");
}

void Checker::fault(Range at, std::string code, std::string message, std::string hint) {
  if (faults_.size() < fault_limit) faults_.push_back({std::move(code), std::move(message), std::move(hint), at});
}

std::string Checker::shown(const Node& node) const {
  std::string_view text = std::string_view(program_.source).substr(node.range.begin, node.range.end - node.range.begin);
  if (text.size() <= shown_bytes) return std::string(text);
  std::size_t end = shown_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

Checker::Made Checker::emit(const Node& node, Op op, const std::vector<std::uint32_t>& operands, Type type) {
  Step made;
  made.op = op;
  made.range = node.range;
  made.first = static_cast<std::uint32_t>(program_.operands.size());
  made.count = static_cast<std::uint32_t>(operands.size());
  program_.operands.insert(program_.operands.end(), operands.begin(), operands.end());
  program_.steps.push_back(std::move(made));
  return {static_cast<std::uint32_t>(program_.steps.size() - 1), std::move(type)};
}

Checker::Made Checker::constant(const Node& node, Cell cell, Type type) {
  Made made = emit(node, Op::constant, {}, std::move(type));
  step(made).constant = cell;
  return made;
}

// Stands for what has a fault: a value of no known type, so that one mistake is told once.
Checker::Made Checker::nothing(const Node& node, const Type& type) {
  Type unknown = dyn_type(type.schema.personal);
  return emit(node, Op::constant, {}, std::move(unknown));
}

Checker::Made Checker::check(const Node& node) {
  switch (node.kind) {
    case NodeKind::null:
    case NodeKind::boolean:
    case NodeKind::integer:
    case NodeKind::real:
    case NodeKind::text:
      return constant(node, literal_cell(node, program_), literal_type(node));
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
  }
  return nothing(node);
}

Checker::Made Checker::check_value(const Node& node) {
  Made made = check(node);
  if (made.type.optional) {
    fault(node.range, "cel.optional", fmt::format("{} may be absent here", shown(node)),
          "add .orValue(...) with the value to take then");
    made.type = dyn_type(made.type.schema.personal);
  }
  return made;
}

bool Checker::is_variable(std::string_view name) const {
  return std::ranges::any_of(locals_, [&](const Local& local) { return local.name == name; }) ||
         std::ranges::any_of(scope_.variables, [&](const Scope::Variable& variable) { return variable.name == name; });
}

Checker::Made Checker::name(const Node& node) {
  for (auto local = locals_.rbegin(); local != locals_.rend(); ++local) {
    if (local->name != node.text) continue;
    Made made = emit(node, Op::local, {}, local->type);
    step(made).a = local->slot;
    return made;
  }
  for (std::size_t i = 0; i < scope_.variables.size(); ++i) {
    const Scope::Variable& variable = scope_.variables[i];
    if (variable.name != node.text) continue;
    Type type = dyn_type();
    if (variable.type != nullptr) type = type_of(variable.type);
    if (variable.plain) type.schema = *variable.plain;
    if (!variable.required && scope_.absence_is_error && !presence_.holds(identify(node.text))) {
      fault(node.range, "cel.optional", fmt::format("\"{}\" may be absent", node.text),
            fmt::format("ask first: has({0}) ? {0} : ...", node.text));
    }
    Made made = emit(node, Op::slot, {}, std::move(type));
    step(made).a = static_cast<std::uint32_t>(i);
    step(made).first = static_cast<std::uint32_t>(program_.names.size());
    return made;
  }
  std::vector<std::string> names;
  for (const auto& local : locals_) names.push_back(local.name);
  for (const auto& variable : scope_.variables) names.push_back(variable.name);
  std::string all;
  for (const auto& known : names) all += (all.empty() ? "" : ", ") + known;
  fault(node.range, "cel.unknown_name",
        fmt::format("there is no \"{}\" here{}", node.text, did_you_mean(node.text, names)),
        all.empty() ? "put text into quotes" : fmt::format("known here: {}; put text into quotes", all));
  return nothing(node);
}

std::string Checker::identify(std::string_view name) const {
  for (auto local = locals_.rbegin(); local != locals_.rend(); ++local) {
    if (local->name == name) return fmt::format("local {}", local->id);
  }
  for (const auto& variable : scope_.variables) {
    if (variable.name == name) return fmt::format("slot {}", name);
  }
  return {};
}

Type Checker::member(const Type& of, const std::string& name, const Node& node, bool tolerant) {
  if (of.is_dyn()) return dyn_type(of.schema.personal);
  if (!of.can_be(SchemaType::object)) {
    const std::string hint =
        of.can_be(SchemaType::array) ? "take an item first: [0], or use exists, all, map or filter" : "";
    fault(node.at, "cel.type",
          fmt::format("{} is {}; it has no fields", shown(*node.children[0]), describe(of.kinds())), hint);
    return dyn_type(of.schema.personal);
  }
  if (of.cursor == nullptr) return of.element != nullptr ? *of.element : dyn_type(of.schema.personal);
  bool required = false;
  const auto cursor = of.cursor->property(name, required);
  if (cursor == nullptr) {
    const auto names = of.cursor->properties();
    fault(node.at, "cel.unknown_field",
          fmt::format("{} has no field \"{}\"{}", shown(*node.children[0]), name, did_you_mean(name, names)),
          "the schema names all fields that may be there");
    return dyn_type(of.schema.personal);
  }
  Type type = type_of(cursor);
  if (required || tolerant || !scope_.absence_is_error) return type;
  const auto names = of.cursor->properties();
  if (type.is_dyn() && std::ranges::find(names, name) == names.end())
    return type;  // an open object: nothing speaks of it
  if (presence_.holds(Presence::path(node, identifier()))) return type;
  const std::string owner = shown(*node.children[0]);
  fault(node.at, "cel.optional", fmt::format("\"{}\" may be absent", name),
        fmt::format("write {}.?{}.orValue(...), or ask first: has({}.{}) && ...", owner, name, owner, name));
  return type;
}

Checker::Made Checker::select(const Node& node) {
  const Made of = check(*node.children[0]);
  Type inner = of.type;
  inner.optional = false;
  const bool optional = node.optional || of.type.optional;
  Type type = member(inner, node.text, node, optional);
  type.optional = optional;
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
  Made made = emit(node, optional ? Op::select_optional : Op::select, {of.step}, std::move(type));
  step(made).name = name;
  return made;
}

Checker::Made Checker::index(const Node& node) {
  const Made of = check(*node.children[0]);
  const Node& key_node = *node.children[1];
  const Made key = check_value(key_node);
  Type inner = of.type;
  inner.optional = false;
  const bool optional = node.optional || of.type.optional;
  Type type = dyn_type(inner.schema.personal);
  const bool by_text = key.type.can_be(SchemaType::string) && !key.type.is_dyn();
  if (!inner.can_be(SchemaType::array | SchemaType::object)) {
    fault(node.at, "cel.type",
          fmt::format("{} is {}; it has no items", shown(*node.children[0]), describe(inner.kinds())),
          "use charAt or substring for parts of a text");
  } else if (inner.is_dyn() || key.type.is_dyn()) {
    if (!inner.can_be(SchemaType::object)) type = item_type(inner);
  } else if (key_node.kind == NodeKind::text && inner.can_be(SchemaType::object)) {
    type = member(inner, key_node.text, node, optional);
  } else if (inner.can_be(SchemaType::array) && key.type.can_be(numeric_kinds)) {
    type = item_type(inner);
    if (key_node.kind == NodeKind::integer && key_node.integer < 0) {
      fault(key_node.range, "cel.type", "items count from 0", "the last one is [size(list) - 1]");
    }
  } else if (inner.can_be(SchemaType::object) && by_text) {
    if (inner.element != nullptr) type = *inner.element;
  } else if (inner.cursor != nullptr || inner.can_be(SchemaType::array)) {
    fault(key_node.range, "cel.type",
          fmt::format("{} is not a key of {}", describe(key.type.kinds()), describe(inner.kinds())),
          inner.can_be(SchemaType::array) ? "items of a list are numbered from 0" : "fields have text as names");
  } else if (inner.element != nullptr) {
    type = *inner.element;
  }
  type.optional = optional;
  return emit(node, optional ? Op::index_optional : Op::index, {of.step, key.step}, std::move(type));
}

Checker::Made Checker::unary(const Node& node) {
  const Node& child = *node.children[0];
  const Made of = check_value(child);
  const bool negate = node.kind == NodeKind::negate;
  if (!of.type.can_be(negate ? numeric_kinds : unsigned{SchemaType::boolean})) {
    fault(node.at, "cel.type",
          fmt::format("{} needs {}; {} is {}", negate ? "-" : "!", negate ? "a number" : "a boolean", shown(child),
                      describe(of.type.kinds())));
    return nothing(node, of.type);
  }
  Type type = negate ? dyn_type(of.type.schema.personal) : type_of(SchemaType::boolean, of.type.schema.personal);
  if (negate && !of.type.is_dyn()) type = type_of(of.type.schema.kinds & numeric_kinds, of.type.schema.personal);
  Made made = emit(node, negate ? Op::negate : Op::logical_not, {of.step}, std::move(type));
  step(made).arithmetic = is_real(of.type)      ? Arithmetic::real
                          : is_integer(of.type) ? Arithmetic::integer
                                                : Arithmetic::as_is;
  return made;
}

Checker::Made Checker::binary(const Node& node) {
  const std::string_view symbol = node.text;
  if (symbol == "==") return equality(node, true);
  if (symbol == "!=") return equality(node, false);
  if (symbol == "in") return in(node);
  if (symbol == "<") return ordering(node, Op::less);
  if (symbol == "<=") return ordering(node, Op::less_equal);
  if (symbol == ">") return ordering(node, Op::greater);
  if (symbol == ">=") return ordering(node, Op::greater_equal);
  if (symbol == "+") return arithmetic(node, Op::add);
  if (symbol == "-") return arithmetic(node, Op::subtract);
  if (symbol == "*") return arithmetic(node, Op::multiply);
  if (symbol == "/") return arithmetic(node, Op::divide);
  return arithmetic(node, Op::modulo);
}

Checker::Made Checker::arithmetic(const Node& node, Op op) {
  const Made a = check_value(*node.children[0]);
  const Made b = check_value(*node.children[1]);
  const PersonalData personal = personal_of(a.type, b.type);
  const unsigned others = op == Op::add ? unsigned{SchemaType::string} | SchemaType::array : 0u;
  const auto fits = [&](unsigned kinds) { return a.type.can_be(kinds) && b.type.can_be(kinds); };
  const bool known = !a.type.is_dyn() && !b.type.is_dyn();
  const bool numeric = fits(numeric_kinds);
  unsigned result = numeric ? numeric_kinds : 0;
  for (const unsigned kind : {unsigned{SchemaType::string}, unsigned{SchemaType::array}}) {
    if ((others & kind) && fits(kind)) result |= kind;
  }
  if (result == 0) {
    const bool with_text = op == Op::add && (a.type.can_be(SchemaType::string) || b.type.can_be(SchemaType::string));
    fault(node.at, "cel.type",
          fmt::format("\"{}\" does not take {} and {}", node.text, describe(a.type.kinds()), describe(b.type.kinds())),
          with_text ? "write string(...) around what is not text"
                    : "write int(...) or double(...) around numbers that are text");
    return nothing(node);
  }
  const bool real = (is_real(a.type) || is_real(b.type)) && numeric;
  const bool a_literal = node.children[0]->kind == NodeKind::integer,
             b_literal = node.children[1]->kind == NodeKind::integer;
  const bool mixed =
      (is_integer(a.type) && is_real(b.type) && !a_literal) || (is_real(a.type) && is_integer(b.type) && !b_literal);
  if (result == numeric_kinds && mixed) {
    const Node& integer = is_integer(a.type) ? *node.children[0] : *node.children[1];
    fault(node.at, "cel.type", fmt::format("\"{}\" does not mix integers and numbers with fractions", node.text),
          fmt::format("write double({})", shown(integer)));
  }
  if (real && op == Op::modulo)
    fault(node.at, "cel.type", "\"%\" takes integers only", "write int(...) around numbers with fractions");
  Type type = dyn_type(personal);
  if (result == SchemaType::string || result == SchemaType::array) {
    type = type_of(result, personal);
    const auto& longest_a = a.type.schema.max_length;
    const auto& longest_b = b.type.schema.max_length;
    if (result == SchemaType::string && longest_a && longest_b) type.schema.max_length = *longest_a + *longest_b;
    if (result == SchemaType::array)
      type.element = std::make_shared<const Type>(join(item_type(a.type), item_type(b.type)));
  } else if (known) {
    type = type_of(result, personal);
    if (real) type.schema.kinds &= ~unsigned{SchemaType::integer};
    if (is_integer(a.type) && is_integer(b.type)) type.schema.kinds &= ~unsigned{SchemaType::number};
  }
  Made made = emit(node, op, {a.step, b.step}, std::move(type));
  const bool integers = is_integer(a.type) && is_integer(b.type);
  step(made).arithmetic = real ? Arithmetic::real : integers ? Arithmetic::integer : Arithmetic::as_is;
  return made;
}

void Checker::check_enum(const Type& type, const Node& literal, const Node& what) {
  if (type.is_dyn() || !is_literal(literal) || is_literal(what) || allows(type.schema.enumeration, literal)) return;
  if (literal.kind == NodeKind::null) return;  // the kinds say whether it may be null
  std::vector<std::string> texts;
  std::string all;
  for (const auto& value : type.schema.enumeration) {
    texts.push_back(value.size() > 1 && value.front() == '"' ? value.substr(1, value.size() - 2) : value);
    if (texts.size() <= shown_values) all += (all.empty() ? "" : ", ") + value;
  }
  if (texts.size() > shown_values) all += ", ...";
  const std::string wanted = literal.kind == NodeKind::text ? literal.text : json_text(literal);
  const std::string meant =
      wanted.size() < 3 ? "" : did_you_mean(wanted, texts);  // codes of one letter are all near each other
  fault(literal.range, "cel.enum", fmt::format("{} is never {}{}", shown(what), shown(literal), meant),
        fmt::format("its values are {}", all));
}

Checker::Made Checker::equality(const Node& node, bool equal) {
  const Node& left = *node.children[0];
  const Node& right = *node.children[1];
  const Made a = check(left);
  const Made b = check(right);
  Type type = type_of(SchemaType::boolean, personal_of(a.type, b.type));
  if (a.type.optional != b.type.optional) {
    const Node& optional = a.type.optional ? left : right;
    fault(optional.range, "cel.optional", fmt::format("{} may be absent here", shown(optional)),
          "add .orValue(...) with the value to take then");
    return nothing(node);
  }
  const unsigned a_kinds = a.type.can_be(numeric_kinds) ? a.type.kinds() | numeric_kinds : a.type.kinds();
  if ((a_kinds & b.type.kinds()) == 0) {
    const bool null = left.kind == NodeKind::null || right.kind == NodeKind::null;
    fault(node.at, "cel.type",
          fmt::format("{} and {} are never equal", describe(a.type.kinds()), describe(b.type.kinds())),
          null ? "its schema does not allow null; to ask whether it is there, write has(...)"
               : "compare values of one type; string(...) and int(...) convert");
    return nothing(node);
  }
  check_enum(a.type, right, left);
  check_enum(b.type, left, right);
  const bool right_text = right.kind == NodeKind::text && !a.type.optional;
  const bool left_text = left.kind == NodeKind::text && !b.type.optional;
  if (right_text || left_text) {
    const Cell text = step(right_text ? b : a).constant;
    Made made =
        emit(node, equal ? Op::equal_text : Op::not_equal_text, {right_text ? a.step : b.step}, std::move(type));
    step(made).constant = text;
    return made;
  }
  return emit(node, equal ? Op::equal : Op::not_equal, {a.step, b.step}, std::move(type));
}

Checker::Made Checker::ordering(const Node& node, Op op) {
  const Made a = check_value(*node.children[0]);
  const Made b = check_value(*node.children[1]);
  bool fits = false;
  for (const unsigned kind : {numeric_kinds, unsigned{SchemaType::string}, unsigned{SchemaType::boolean}}) {
    fits = fits || (a.type.can_be(kind) && b.type.can_be(kind));
  }
  if (!fits) {
    fault(
        node.at, "cel.type",
        fmt::format("\"{}\" does not compare {} and {}", node.text, describe(a.type.kinds()), describe(b.type.kinds())),
        "compare two numbers or two texts; int(...) and string(...) convert");
    return nothing(node);
  }
  return emit(node, op, {a.step, b.step}, type_of(SchemaType::boolean, personal_of(a.type, b.type)));
}

Checker::Made Checker::in(const Node& node) {
  const Node& left = *node.children[0];
  const Node& right = *node.children[1];
  const Made a = check_value(left);
  const Made b = check_value(right);
  Type type = type_of(SchemaType::boolean, personal_of(a.type, b.type));
  if (!b.type.can_be(SchemaType::array | SchemaType::object)) {
    fault(right.range, "cel.type",
          fmt::format("\"in\" needs a list or an object; {} is {}", shown(right), describe(b.type.kinds())),
          b.type.can_be(SchemaType::string) ? "to find a part of a text, write text.contains(part)" : "");
    return nothing(node);
  }
  if (!b.type.can_be(SchemaType::object) && b.type.can_be(SchemaType::array)) {
    const Type item = item_type(b.type);
    const unsigned kinds = a.type.can_be(numeric_kinds) ? a.type.kinds() | numeric_kinds : a.type.kinds();
    const bool empty = right.kind == NodeKind::list && right.children.empty();
    if (!empty && (kinds & item.kinds()) == 0) {
      fault(node.at, "cel.type",
            fmt::format("{} is never in a list of {}", describe(a.type.kinds()), describe(item.kinds())),
            "compare values of one type");
      return nothing(node);
    }
    check_enum(item, left, right);
  }
  if (right.kind == NodeKind::list) {
    for (const Node* item : right.children) check_enum(a.type, *item, left);
  }
  return emit(node, Op::in, {a.step, b.step}, std::move(type));
}

Checker::Made Checker::logic(const Node& node) {
  const bool is_and = node.kind == NodeKind::logical_and;
  const std::size_t mark = presence_.mark();
  std::vector<std::uint32_t> operands;
  Type type = type_of(SchemaType::boolean);
  for (const Node* child : node.children) {
    const Made made = check_value(*child);
    if (!made.type.can_be(SchemaType::boolean)) {
      fault(child->range, "cel.type",
            fmt::format("\"{}\" needs booleans; {} is {}", is_and ? "&&" : "||", shown(*child),
                        describe(made.type.kinds())),
            "compare it with something");
    }
    type.schema.personal = std::max(type.schema.personal, made.type.schema.personal);
    operands.push_back(made.step);
    presence_.add(*child, is_and, identifier());
  }
  presence_.back_to(mark);
  return emit(node, is_and ? Op::all_of : Op::any_of, operands, std::move(type));
}

Checker::Made Checker::conditional(const Node& node) {
  const Node& condition = *node.children[0];
  const Made asked = check_value(condition);
  if (!asked.type.can_be(SchemaType::boolean)) {
    fault(condition.range, "cel.type",
          fmt::format("the condition before \"?\" is {}, not true or false", describe(asked.type.kinds())),
          "compare it with something");
  }
  const std::size_t mark = presence_.mark();
  presence_.add(condition, true, identifier());
  const Made yes = check(*node.children[1]);
  presence_.back_to(mark);
  presence_.add(condition, false, identifier());
  const Made no = check(*node.children[2]);
  presence_.back_to(mark);
  if (yes.type.optional != no.type.optional) {
    const Node& plain = *node.children[yes.type.optional ? 2 : 1];
    fault(plain.range, "cel.optional", "one side of \":\" may be absent, this one is a plain value",
          fmt::format("write optional.of({}), or add .orValue(...) to the other side", shown(plain)));
  }
  Type type = join(yes.type, no.type);
  type.schema.personal = std::max(type.schema.personal, asked.type.schema.personal);
  return emit(node, Op::conditional, {asked.step, yes.step, no.step}, std::move(type));
}

void Checker::check_is_optional(const Node& node, const Type& type) {
  if (type.optional || type.is_dyn()) return;
  fault(node.range, "cel.type", "\"?\" stands before an optional", "leave the ? out, or select with .?");
}

Checker::Made Checker::list(const Node& node) {
  std::vector<std::uint32_t> operands;
  std::optional<Type> element;
  bool constants = true, flagged = false;
  const std::size_t before = program_.steps.size();
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const bool optional = node.optional_children[i];
    Made made = optional ? check(*node.children[i]) : check_value(*node.children[i]);
    if (optional) check_is_optional(*node.children[i], made.type);
    flagged = flagged || optional;
    constants = constants && step(made).op == Op::constant && !optional;
    operands.push_back(made.step);
    made.type.optional = false;
    element = element ? join(*element, made.type) : made.type;
  }
  Type type = type_of(SchemaType::array, element ? element->schema.personal : PersonalData::none);
  type.schema.max_items = node.children.size();
  type.element = std::make_shared<const Type>(element.value_or(dyn_type()));
  if (constants) {
    auto& cells = program_.lists.emplace_back();
    for (const auto at : operands) cells.push_back(program_.steps[at].constant);
    program_.steps.resize(before);
    return constant(node, Cell::list(cells.data(), cells.size()), std::move(type));
  }
  Made made = emit(node, Op::list, operands, std::move(type));
  step(made).flagged = flagged;
  if (flagged) {
    program_.optional_items.resize(program_.operands.size());
    for (std::size_t i = 0; i < operands.size(); ++i)
      program_.optional_items[step(made).first + i] = node.optional_children[i];
  }
  return made;
}

Checker::Made Checker::map(const Node& node) {
  std::vector<std::uint32_t> operands;
  std::vector<std::string> keys;
  std::optional<Type> element;
  bool flagged = false;
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const Node& key_node = *node.children[i];
    const bool optional = node.optional_children[i / 2];
    const Made key = check_value(key_node);
    if (!key.type.can_be(SchemaType::string | numeric_kinds | SchemaType::boolean)) {
      fault(key_node.range, "cel.type", fmt::format("{} cannot be a key", describe(key.type.kinds())), "keys are text");
    }
    if (is_literal(key_node)) {
      const std::string text = json_text(key_node);
      if (std::ranges::find(keys, text) != keys.end()) {
        fault(key_node.range, "cel.type", fmt::format("the key {} stands here twice", shown(key_node)),
              "leave one out");
      }
      keys.push_back(text);
    }
    Made value = optional ? check(*node.children[i + 1]) : check_value(*node.children[i + 1]);
    if (optional) check_is_optional(*node.children[i + 1], value.type);
    flagged = flagged || optional;
    value.type.optional = false;
    operands.push_back(key.step);
    operands.push_back(value.step);
    element = element ? join(*element, value.type) : value.type;
  }
  Type type = type_of(SchemaType::object, element ? element->schema.personal : PersonalData::none);
  type.element = std::make_shared<const Type>(element.value_or(dyn_type()));
  Made made = emit(node, Op::map, operands, std::move(type));
  step(made).flagged = flagged;
  if (flagged) {
    program_.optional_items.resize(program_.operands.size());
    for (std::size_t i = 0; i < operands.size(); ++i)
      program_.optional_items[step(made).first + i] = node.optional_children[i / 2];
  }
  return made;
}

}  // namespace simpul::cel
