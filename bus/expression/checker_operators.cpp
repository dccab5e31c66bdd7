// Operators: arithmetic, comparison, logic, and dates that are text.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bus/base/result.h"
#include "bus/expression/times.h"
#include "bus/expression/typing.h"

namespace simpul::cel {

namespace {

constexpr std::size_t shown_values = 8;

PersonalData personal_of(const Type& a, const Type& b) {
  return std::max(a.personal, b.personal);
}

Arithmetic arithmetic_of(const Type& a, const Type& b, bool lenient) {
  const auto both = [&](unsigned kinds) { return a.kinds == kinds && b.kinds == kinds; };
  if (both(kind::integer)) return Arithmetic::integer;
  if (both(kind::real)) return Arithmetic::real;
  const auto number = [](const Type& type) { return type.from_json || (!type.is_dyn() && type.can_be(kind::number)); };
  const bool json = number(a) || number(b);
  return lenient && json ? Arithmetic::mixed : Arithmetic::as_is;
}

// Room for a text and a list of both.
TypeFacts sum_of(const TypeFacts& a, const TypeFacts& b) {
  TypeFacts facts;
  if (a.max_length && b.max_length) facts.max_length = *a.max_length + *b.max_length;
  if (a.max_items && b.max_items) facts.max_items = *a.max_items + *b.max_items;
  return facts;
}

std::optional<Cell> read_date(std::string_view text, bool date_only) {
  if (date_only) return read_full_date(text);
  if (auto instant = read_timestamp(text)) return instant;
  return read_full_date(text);
}

}  // namespace

Checker::Made Checker::with_operands(const Node& node, Op op, const Made& a, const Made& b, Type type) {
  return emit(node, op, {a.step, b.step}, std::move(type));
}

Checker::Made Checker::unary(const Node& node) {
  const Node& child = *node.children[0];
  const Made of = check_value(child);
  const bool negate = node.kind == NodeKind::negate;
  const Callable* callable = find_callable(negate ? "-_" : "!_");
  const std::array<Type, 1> arguments = {of.type};
  const auto fits = callable == nullptr ? std::nullopt : match(*callable, false, arguments);
  if (!fits) {
    const Type type = known(of.type);
    fault(node.at, "cel.type",
          fmt::format("\"{}\" needs {}; {} is {}", negate ? "-" : "!", negate ? "a number" : "a boolean", shown(child),
                      describe(type)),
          negate ? "write int(...) or double(...) around numbers that are text" : "compare it with something");
    return nothing(node, type);
  }
  refer(node, fits->ids);
  const Type type = known(of.type);
  refuse_null(child, type, fits->parameters[0]);
  if (refuse_unions(node, *callable, false, arguments, 0)) return nothing(node, fits->result);
  Made made = emit(node, negate ? Op::negate : Op::logical_not, {of.step}, fits->result);
  if (negate) step(made).arithmetic = arithmetic_of(type, type, lenient());
  return made;
}

Checker::Made Checker::binary(const Node& node) {
  const std::string_view symbol = node.text;
  if (symbol == "==") return equality(node, true);
  if (symbol == "!=") return equality(node, false);
  if (symbol == "in") return in(node);
  if (symbol == "<") return relation(node, Op::less);
  if (symbol == "<=") return relation(node, Op::less_equal);
  if (symbol == ">") return relation(node, Op::greater);
  if (symbol == ">=") return relation(node, Op::greater_equal);
  if (symbol == "+") return arithmetic(node, Op::add);
  if (symbol == "-") return arithmetic(node, Op::subtract);
  if (symbol == "*") return arithmetic(node, Op::multiply);
  if (symbol == "/") return arithmetic(node, Op::divide);
  return arithmetic(node, Op::modulo);
}

Checker::Made Checker::arithmetic(const Node& node, Op op) {
  const Made a = check_value(*node.children[0]);
  const Made b = check_value(*node.children[1]);
  const Callable* callable = find_callable(fmt::format("_{}_", node.text));
  const std::array<Type, 2> arguments = {a.type, b.type};
  const auto fits = callable == nullptr ? std::nullopt : match(*callable, false, arguments);
  const Type left = known(a.type), right = known(b.type);
  if (!fits) {
    refuse_arithmetic(node, left, right);
    return nothing(node, type_of(0, personal_of(left, right)));
  }
  refer(node, fits->ids);
  refuse_null(*node.children[0], left, fits->parameters[0]);
  refuse_null(*node.children[1], right, fits->parameters[1]);
  if (refuse_unions(node, *callable, false, arguments, 0)) return nothing(node, fits->result);
  Type type = fits->result;
  // What nobody knows of may be a JSON number, whatever it is added to.
  if (lenient() && (left.is_dyn() || right.is_dyn()) && type.only(kind::numeric)) {
    type = type_of(kind::number);
    type.from_json = true;
  }
  type.personal = std::max(type.personal, personal_of(left, right));
  if (lenient() && !type.is_dyn()) type = with_facts(std::move(type), sum_of(facts_of(left), facts_of(right)));
  // A date that is text becomes an instant where a timestamp is added to or taken away.
  const auto instant = [&](std::size_t i, const Node& operand, const Made& made) {
    const bool asked = fits->parameters[i].kinds == kind::timestamp;
    return asked && is_date_text(known(made.type)) ? as_timestamp(operand, made) : made;
  };
  const Made from = instant(0, *node.children[0], a), to = instant(1, *node.children[1], b);
  Made made = with_operands(node, op, from, to, std::move(type));
  step(made).arithmetic = arithmetic_of(left, right, lenient());
  return made;
}

void Checker::refuse_arithmetic(const Node& node, const Type& a, const Type& b) {
  const bool numbers = a.only(kind::numeric) && b.only(kind::numeric);
  if (numbers && node.text == "%") {
    fault(node.at, "cel.type", "\"%\" takes integers only", "write int(...) around numbers with fractions");
    return;
  }
  if (numbers) {
    const Node& integer = a.can_be(kind::real) ? *node.children[1] : *node.children[0];
    const bool literal = integer.kind == NodeKind::integer;
    const bool unsigned_one = a.can_be(kind::uinteger) || b.can_be(kind::uinteger);
    fault(node.at, "cel.type", fmt::format("\"{}\" does not mix {} and {}", node.text, describe(a), describe(b)),
          unsigned_one ? "write int(...), uint(...) or double(...) around one of them"
          : literal    ? fmt::format("write {}.0", shown(integer))
                       : fmt::format("write double({})", shown(integer)));
    return;
  }
  const bool with_text = node.text == "+" && (a.can_be(kind::text) || b.can_be(kind::text));
  std::string hint = with_text ? "write string(...) around what is not text"
                               : "write int(...) or double(...) around numbers that are text";
  const Node& other = a.can_be(kind::text) ? *node.children[1] : *node.children[0];
  constexpr unsigned writable = kind::numeric | kind::boolean | kind::timestamp | kind::duration | kind::bytes;
  if (with_text && (a.only(writable) || b.only(writable))) hint = fmt::format("write string({})", shown(other));
  if (is_date_text(a) && b.only(kind::numeric) && (node.text == "+" || node.text == "-")) {
    hint = fmt::format("write addDays({}, {}{})", shown(*node.children[0]), node.text == "-" ? "-" : "",
                       shown(*node.children[1]));
  }
  fault(node.at, "cel.type", fmt::format("\"{}\" does not take {} and {}", node.text, describe(a), describe(b)), hint);
}

void Checker::check_enum(const Type& type, const Node& literal, const Node& what) {
  if (!lenient() || type.is_dyn() || !is_literal(literal) || is_literal(what)) return;
  const auto& values = facts_of(type).enumeration;
  if (allows(values, literal) || literal.kind == NodeKind::null) return;  // the kinds say whether it may be null
  std::vector<std::string> texts;
  std::string all;
  for (const auto& value : values) {
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

bool Checker::are_instants(const Node& left, const Type& a, const Node& right, const Type& b) const {
  if (!lenient() || (!is_date_text(a) && !is_date_text(b))) return false;
  const auto instant = [](const Node& node, const Type& type) {
    return type.kinds == kind::timestamp || is_date_text(type) || node.kind == NodeKind::text;
  };
  return instant(left, a) && instant(right, b) && !a.can_be(kind::null) && !b.can_be(kind::null);
}

Checker::Made Checker::as_timestamp(const Node& node, Made made) {
  const Type type = known(made.type);
  if (type.kinds == kind::timestamp) return made;
  Type instant = type_of(kind::timestamp, type.personal);
  if (node.kind == NodeKind::text && step(made).op == Op::constant) {
    const auto read = read_date(node.text, false);
    if (!read) {
      fault(node.range, "cel.type", fmt::format("{} is not a date, or not one that exists", shown(node)),
            "write \"2026-03-05\", or \"2026-03-05T07:30:00+07:00\" with a time");
      return nothing(node);
    }
    step(made).constant = *read;
    made.type = std::move(instant);
    return made;
  }
  return emit(node, Op::to_timestamp, {made.step}, std::move(instant));
}

Checker::Made Checker::equality(const Node& node, bool equal) {
  const Node& left = *node.children[0];
  const Node& right = *node.children[1];
  Made a = check(left), b = check(right);
  if (!lenient()) {
    const Callable* callable = find_callable(equal ? "_==_" : "_!=_");
    const std::array<Type, 2> arguments = {a.type, b.type};
    const auto fits = callable == nullptr ? std::nullopt : match(*callable, false, arguments);
    if (fits) {
      refer(node, fits->ids);
    } else {
      fault(node.at, "cel.type",
            fmt::format("{} and {} are never equal", describe(known(a.type)), describe(known(b.type))));
    }
    return with_operands(node, equal ? Op::equal : Op::not_equal, a, b, type_of(kind::boolean));
  }
  refer(node, equal ? "equals" : "not_equals");
  Type type = type_of(kind::boolean, personal_of(a.type, b.type));
  if (are_instants(left, known(a.type), right, known(b.type))) {
    a = as_timestamp(left, a);
    b = as_timestamp(right, b);
    return with_operands(node, equal ? Op::equal : Op::not_equal, a, b, std::move(type));
  }
  const std::size_t before = faults_.size();
  const Made checked = equality_of_types(node, a, b);
  if (faults_.size() != before && checked.type.is_dyn()) return checked;
  return with_operands(node, equal ? Op::equal : Op::not_equal, a, b, std::move(type));
}

// Whether two values can be equal at all. A fault of the whole comparison gives a value of no type.
Checker::Made Checker::equality_of_types(const Node& node, const Made& a, const Made& b) {
  const Node& left = *node.children[0];
  const Node& right = *node.children[1];
  const Type x = known(a.type), y = known(b.type);
  const Made fine{a.step, type_of(kind::boolean)};
  if (x.is_optional() != y.is_optional() && !x.is_dyn() && !y.is_dyn()) {
    may_be_absent(x.is_optional() ? left : right);
    return nothing(node);
  }
  const auto widened = [](const Type& type) {
    return type.can_be(kind::numeric) ? type.kinds | kind::numeric : type.kinds;
  };
  if (!x.is_parameter() && !y.is_parameter() && (widened(x) & widened(y)) == 0) {
    const bool null = left.kind == NodeKind::null || right.kind == NodeKind::null;
    fault(node.at, "cel.type", fmt::format("{} and {} are never equal", describe(x), describe(y)),
          null ? "its schema does not allow null; to ask whether it is there, write has(...)"
               : "compare values of one type; string(...) and int(...) convert");
    return nothing(node);
  }
  unifier_.assignable(a.type, b.type);
  check_enum(x, right, left);
  check_enum(y, left, right);
  return fine;
}

Checker::Made Checker::relation(const Node& node, Op op) {
  const Node& left = *node.children[0];
  const Node& right = *node.children[1];
  Made a = check_value(left), b = check_value(right);
  const Type x = known(a.type), y = known(b.type);
  Type type = type_of(kind::boolean, personal_of(x, y));
  if (are_instants(left, x, right, y)) {
    refer(node, op == Op::less         ? "less_timestamp"
                : op == Op::less_equal ? "less_equals_timestamp"
                : op == Op::greater    ? "greater_timestamp"
                                       : "greater_equals_timestamp");
    a = as_timestamp(left, a);
    b = as_timestamp(right, b);
    return with_operands(node, op, a, b, std::move(type));
  }
  const Callable* callable = find_callable(fmt::format("_{}_", node.text));
  const std::array<Type, 2> arguments = {a.type, b.type};
  const auto fits = callable == nullptr ? std::nullopt : match(*callable, false, arguments);
  if (!fits) {
    fault(node.at, "cel.type", fmt::format("\"{}\" does not compare {} and {}", node.text, describe(x), describe(y)),
          "compare two numbers, two texts or two dates; int(...), string(...) and timestamp(...) convert");
    return nothing(node);
  }
  refer(node, fits->ids);
  refuse_null(left, x, fits->parameters[0]);
  refuse_null(right, y, fits->parameters[1]);
  if (refuse_unions(node, *callable, false, arguments, 0)) return nothing(node);
  return with_operands(node, op, a, b, std::move(type));
}

Checker::Made Checker::in(const Node& node) {
  const Node& left = *node.children[0];
  const Node& right = *node.children[1];
  const Made a = check_value(left), b = check_value(right);
  const Type x = known(a.type), y = known(b.type);
  Type type = type_of(kind::boolean, personal_of(x, y));
  if (lenient() && !y.is_parameter() && !y.can_be(kind::list | kind::map)) {
    fault(right.range, "cel.type", fmt::format("\"in\" needs a list or an object; {} is {}", shown(right), describe(y)),
          y.can_be(kind::text) ? "to find a part of a text, write text.contains(part)" : "");
    return nothing(node);
  }
  const Callable* callable = find_callable("@in");
  const std::array<Type, 2> arguments = {a.type, b.type};
  auto fits = callable == nullptr ? std::nullopt : match(*callable, false, arguments);
  const bool numbers = x.can_be(kind::numeric) && y.can_be(kind::list) && item_type(y).can_be(kind::numeric);
  if (!fits && !(lenient() && numbers)) {
    const bool in_list = y.only(kind::list);
    fault(node.at, "cel.type",
          in_list ? fmt::format("{} is never in a list of {}", describe(x), describe(item_type(y)))
                  : fmt::format("{} is never a key of {}", describe(x), describe(y)),
          "compare values of one type");
    return nothing(node);
  }
  refer(node, fits ? fits->ids : "in_list");
  refuse_null(right, y, type_of(kind::list));
  refuse_union(right, y, kind::list | kind::map);
  if (y.only(kind::list)) check_enum(item_type(y), left, right);
  if (right.kind == NodeKind::list) {
    for (const Node* item : right.children) check_enum(x, *item, left);
  }
  return with_operands(node, Op::in, a, b, std::move(type));
}

bool Checker::check_condition(const Node& node, const Type& type, const std::string& what) {
  if (unifier_.assignable(type, type_of(kind::boolean))) {
    refuse_null(node, known(type), type_of(kind::boolean));
    refuse_union(node, known(type), kind::boolean);
    return true;
  }
  fault(node.range, "cel.type", fmt::format("{}{}", what, describe(known(type))), "compare it with something");
  return false;
}

Checker::Made Checker::logic(const Node& node) {
  const bool is_and = node.kind == NodeKind::logical_and;
  const std::size_t mark = presence_.mark();
  std::vector<std::uint32_t> operands;
  Type type = type_of(kind::boolean);
  for (const Node* child : node.children) {
    const Made made = check_value(*child);
    check_condition(*child, made.type,
                    fmt::format("\"{}\" needs booleans; {} is ", is_and ? "&&" : "||", shown(*child)));
    type.personal = std::max(type.personal, made.type.personal);
    operands.push_back(made.step);
    presence_.add(*child, is_and, identifier());
  }
  presence_.back_to(mark);
  refer(node, is_and ? "logical_and" : "logical_or");
  return emit(node, is_and ? Op::all_of : Op::any_of, operands, std::move(type));
}

Checker::Made Checker::conditional(const Node& node) {
  const Node& condition = *node.children[0];
  const Made asked = check_value(condition);
  const std::size_t mark = presence_.mark();
  presence_.add(condition, true, identifier());
  const Made yes = check(*node.children[1]);
  presence_.back_to(mark);
  presence_.add(condition, false, identifier());
  const Made no = check(*node.children[2]);
  presence_.back_to(mark);
  refer(node, "conditional");
  check_condition(condition, asked.type, "the condition before \"?\" is not true or false but ");
  const Type a = known(yes.type), b = known(no.type);
  if (lenient() && a.is_optional() != b.is_optional() && !a.is_dyn() && !b.is_dyn()) {
    const Node& plain = *node.children[a.is_optional() ? 2 : 1];
    fault(plain.range, "cel.optional", "one side of \":\" may be absent, this one is a plain value",
          fmt::format("write optional.of({}), or add .orValue(...) to the other side", shown(plain)));
  }
  Type type = unifier_.fresh();
  const std::array<Type, 2> sides = {yes.type, no.type};
  const std::array<Type, 2> wanted = {type, type};
  if (unifier_.assignable_all(sides, wanted)) {
    type = known(type);
  } else {
    if (!lenient()) {
      fault(node.at, "cel.type", fmt::format("the sides of \":\" are {} and {}", describe(a), describe(b)),
            "give both one type");
    }
    type = join(a, b);
  }
  type.personal = std::max({a.personal, b.personal, asked.type.personal});
  return emit(node, Op::conditional, {asked.step, yes.step, no.step}, std::move(type));
}

}  // namespace simpul::cel
