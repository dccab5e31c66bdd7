#include "tests/expression/debug_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

namespace simpul::cel {

namespace {

// A node of cel-go's tree.
struct Shown {
  std::string kind;  // "Constant_Int64Value", "Expr_CallExpr"
  std::string text;  // a constant as it is printed, a name, a field, a function, a message
  std::vector<Shown> children;
  std::vector<std::string> names;  // of a message's fields; of a comprehension: variable and accumulator
  std::vector<bool> optional;      // of entries
  bool target = false;             // the first child of a call is its receiver
  bool test_only = false;
  std::string type, reference;
};

// ---- constants ----

std::string real_text(double value) {
  if (value != value) return "NaN";
  if (value - value != 0) return value > 0 ? "+Inf" : "-Inf";
  char buffer[64];
  const auto scientific = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  const std::string text(buffer, scientific);
  const int exponent = std::stoi(text.substr(text.find('e') + 1));
  if (exponent < -4 || exponent >= 6) return text;
  const auto fixed = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed).ptr;
  return std::string(buffer, fixed);
}

// Letters, marks, numbers, punctuation, symbols and the plain space, as far as the suites have characters.
bool is_printable(std::uint32_t c) {
  struct Span {
    std::uint32_t first, last;
  };
  constexpr Span hidden[] = {
      {0, 0x1F},        {0x7F, 0xA0},     {0xAD, 0xAD},          {0x1680, 0x1680},   {0x180E, 0x180E},
      {0x2000, 0x200F}, {0x2028, 0x202F}, {0x205F, 0x206F},      {0x3000, 0x3000},   {0xD800, 0xF8FF},
      {0xFEFF, 0xFEFF}, {0xFFF0, 0xFFFB}, {0xFFFE, 0x10000 - 1}, {0x40000, 0x10FFFF}};
  for (const auto& span : hidden) {
    if (c >= span.first && c <= span.last) return false;
  }
  return true;
}

// The code point at `at` and its length; none where the bytes are not UTF-8.
std::optional<std::pair<std::uint32_t, std::size_t>> code_point(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const std::uint32_t first = byte(0);
  if (first < 0x80) return {{first, 1}};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return std::nullopt;
  std::uint32_t value = first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return std::nullopt;
    value = (value << 6) | (byte(i) & 0x3FU);
  }
  constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < least[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return std::nullopt;
  return {{value, length}};
}

// As Go quotes.
std::string quoted(std::string_view text) {
  constexpr std::string_view controls = "\a\b\f\n\r\t\v", letters = "abfnrtv";
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const auto found = code_point(text, at);
    if (!found) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[at++]));
      continue;
    }
    const auto [value, length] = *found;
    const auto control = value < 0x80 ? controls.find(static_cast<char>(value)) : std::string_view::npos;
    if (value == '"' || value == '\\') {
      out += '\\';
      out += static_cast<char>(value);
    } else if (control != std::string_view::npos) {
      out += '\\';
      out += letters[control];
    } else if (is_printable(value)) {
      out += text.substr(at, length);
    } else if (value < 0x80) {
      out += fmt::format("\\x{:02x}", value);
    } else {
      out += value < 0x10000 ? fmt::format("\\u{:04x}", value) : fmt::format("\\U{:08x}", value);
    }
    at += length;
  }
  return out + '"';
}

// ---- our tree as cel-go's ----

class Maker {
 public:
  Maker(const Annotations* annotations, const Declarations* declarations)
      : annotations_(annotations), declarations_(declarations) {}

  Shown make(const Node& node) {
    switch (node.kind) {
      case NodeKind::null:
        return constant(node, "NullValue", "null");
      case NodeKind::boolean:
        return constant(node, "BoolValue", node.boolean ? "true" : "false");
      case NodeKind::integer:
        return constant(node, "Int64Value", std::to_string(node.integer));
      case NodeKind::uinteger:
        return constant(node, "Uint64Value", std::to_string(node.uinteger) + "u");
      case NodeKind::real:
        return constant(node, "DoubleValue", real_text(node.real));
      case NodeKind::text:
        return constant(node, "StringValue", quoted(node.text));
      case NodeKind::bytes:
        return constant(node, "BytesValue", "b" + quoted(node.text));
      case NodeKind::name:
        return name(node);
      case NodeKind::select:
        return select(node);
      case NodeKind::index:
        return adorned(call_of(node.optional ? "_[?_]" : "_[_]", make_all(node)), node);
      case NodeKind::call:
        return call(node);
      case NodeKind::list:
        return adorned({"Expr_ListExpr", {}, make_all(node), {}, {}}, node);
      case NodeKind::map:
      case NodeKind::message:
        return structure(node);
      case NodeKind::negate:
      case NodeKind::logical_not:
        return unary(node);
      case NodeKind::binary:
        return adorned(call_of(node.text == "in" ? "@in" : "_" + node.text + "_", make_all(node)), node);
      case NodeKind::logical_and:
      case NodeKind::logical_or:
        return logic(node);
      case NodeKind::conditional:
        return adorned(call_of("_?_:_", make_all(node)), node);
    }
    return {};
  }

 private:
  const Annotation* annotation(const Node& node) const {
    if (annotations_ == nullptr) return nullptr;
    const auto found = annotations_->find(&node);
    return found == annotations_->end() ? nullptr : &found->second;
  }

  std::string type(const Node& node) const {
    const auto* known = annotation(node);
    return known == nullptr ? "dyn" : to_text(known->type);
  }

  Shown adorned(Shown shown, const Node& node) const {
    shown.type = type(node);
    if (const auto* known = annotation(node)) shown.reference = known->reference;
    return shown;
  }

  static Shown typed(Shown shown, std::string type, std::string reference = {}) {
    shown.type = std::move(type);
    shown.reference = std::move(reference);
    return shown;
  }

  Shown constant(const Node& node, std::string_view kind, std::string text) const {
    return adorned(literal(kind, std::move(text)), node);
  }
  static Shown literal(std::string_view kind, std::string text) {
    return {fmt::format("Constant_{}", kind), std::move(text), {}, {}, {}};
  }
  static Shown truth(bool value) { return typed(literal("BoolValue", value ? "true" : "false"), "bool"); }
  static Shown ident(std::string name, std::string type) {
    return typed({"Expr_IdentExpr", name, {}, {}, {}}, std::move(type), name);
  }
  static Shown call_of(std::string function, std::vector<Shown> arguments) {
    return {"Expr_CallExpr", std::move(function), std::move(arguments), {}, {}};
  }

  std::vector<Shown> make_all(const Node& node) {
    std::vector<Shown> out;
    for (const Node* child : node.children) out.push_back(make(*child));
    return out;
  }

  Shown name(const Node& node) const {
    Shown shown = adorned({"Expr_IdentExpr", (node.absolute ? "." : "") + node.text, {}, {}, {}}, node);
    if (!shown.reference.empty()) shown.text = shown.reference;
    return shown;
  }

  // a.b is a name when a variable has it.
  Shown select(const Node& node) {
    const auto* known = annotation(node);
    if (known != nullptr && !known->reference.empty() && !node.optional)
      return adorned({"Expr_IdentExpr", known->reference, {}, {}, {}}, node);
    if (node.optional) {
      auto arguments = make_all(node);
      arguments.push_back(typed(literal("StringValue", quoted(node.text)), "string"));
      return adorned(call_of("_?._", std::move(arguments)), node);
    }
    return adorned({"Expr_SelectExpr", node.text, make_all(node), {}, {}}, node);
  }

  Shown structure(const Node& node) {
    Shown shown{"Expr_StructExpr", (node.absolute ? "." : "") + node.text, {}, {}, node.optional_children};
    const bool message = node.kind == NodeKind::message;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      if (message && i % 2 == 0) {
        shown.names.push_back(node.children[i]->text);
      } else {
        shown.children.push_back(make(*node.children[i]));
      }
    }
    return adorned(std::move(shown), node);
  }

  // Signs in a row: two of them are none, and the one before a number belongs to the row.
  Shown unary(const Node& node) {
    const bool minus = node.kind == NodeKind::negate;
    const Node* inner = &node;
    std::size_t signs = 0;
    const auto in_row = [&](const Node& next) { return next.range.begin == next.at.begin; };  // not in parentheses
    do {
      inner = inner->children.front();
      ++signs;
    } while (inner->kind == node.kind && in_row(*inner));
    Shown operand = make(*inner);
    if (operand.kind.starts_with("Constant_") && operand.text.starts_with('-') && in_row(*inner)) {
      operand.text.erase(0, 1);
      ++signs;
    }
    if (signs % 2 == 0) return operand;
    std::vector<Shown> operands;
    operands.push_back(std::move(operand));
    return adorned(call_of(minus ? "-_" : "!_", std::move(operands)), node);
  }

  // cel-go balances chains.
  Shown logic(const Node& node) {
    auto terms = make_all(node);
    return balanced(node, terms, 0, terms.size() - 2);
  }
  Shown balanced(const Node& node, std::vector<Shown>& terms, std::size_t low, std::size_t high) {
    const std::size_t middle = (low + high + 1) / 2;
    std::vector<Shown> sides;
    sides.push_back(middle == low ? terms[middle] : balanced(node, terms, low, middle - 1));
    sides.push_back(middle == high ? terms[middle + 1] : balanced(node, terms, middle + 1, high));
    return adorned(call_of(node.kind == NodeKind::logical_and ? "_&&_" : "_||_", std::move(sides)), node);
  }

  // ---- calls and macros ----

  static bool is_named(const Node& node, std::string_view name) {
    return node.kind == NodeKind::name && node.text == name;
  }

  Shown call(const Node& node) {
    if (auto macro = standard_macro(node)) return std::move(*macro);
    if (annotations_ != nullptr) {
      if (auto macro = extension_macro(node)) return std::move(*macro);
    }
    Shown shown = call_of((node.absolute ? "." : "") + (node.method ? node.text : resolved(node.text)), {});
    const bool qualified = annotations_ != nullptr && node.method && annotation(*node.children.front()) == nullptr;
    if (qualified) {
      shown.text = dotted(*node.children.front()) + "." + node.text;
    }
    for (const Node* child : node.children) {
      if (!qualified || child != node.children.front()) shown.children.push_back(make(*child));
    }
    if (shown.text == "math.greatest" || shown.text == "math.least") extreme(shown);
    shown.target = node.method && !qualified;
    return adorned(std::move(shown), node);
  }

  // More than two values are one list to it.
  static void extreme(Shown& shown) {
    shown.text = shown.text == "math.greatest" ? "math.@max" : "math.@min";
    if (shown.children.size() < 3) return;
    const auto& types = shown.children;
    const bool alike =
        std::all_of(types.begin(), types.end(), [&](const Shown& one) { return one.type == types[0].type; });
    const std::string item = alike ? types[0].type : "dyn";
    Shown list = typed({"Expr_ListExpr", {}, std::move(shown.children), {}, {}}, "list(" + item + ")");
    shown.children = {std::move(list)};
  }

  static std::string dotted(const Node& node) {
    if (node.kind == NodeKind::name) return node.text;
    return node.children.empty() ? node.text : dotted(*node.children.front()) + "." + node.text;
  }

  std::optional<Shown> standard_macro(const Node& node) {
    const auto& children = node.children;
    if (!node.method && node.text == "has" && children.size() == 1 && children[0]->kind == NodeKind::select) {
      Shown shown = make(*children[0]);
      if (shown.kind != "Expr_SelectExpr") {  // the name of a variable asked for: cel-go prints what was written
        shown = {"Expr_SelectExpr", children[0]->text, make_all(*children[0]), {}, {}};
      }
      shown.test_only = true;
      return typed(std::move(shown), "bool");
    }
    if (!node.method || children.size() < 3 || children[1]->kind != NodeKind::name) return std::nullopt;
    const bool two = children.size() == 3;
    const std::string& variable = children[1]->text;
    if (node.text == "all" && two) return quantifier(node, variable, true);
    if (node.text == "exists" && two) return quantifier(node, variable, false);
    if ((node.text == "exists_one" || node.text == "existsOne") && two) return exists_one(node, variable);
    if (node.text == "map" && (two || children.size() == 4)) return mapping(node, variable);
    if (node.text == "filter" && two) return filter(node, variable);
    return std::nullopt;
  }

  static Shown comprehension(std::string variable, std::string accumulator, std::vector<Shown> parts) {
    return {"Expr_ComprehensionExpr", {}, std::move(parts), {std::move(variable), std::move(accumulator)}, {}};
  }

  Shown whole(Shown shown, const Node& node) const { return typed(std::move(shown), type(node)); }

  Shown quantifier(const Node& node, const std::string& variable, bool all) {
    const Shown result = ident("@result", "bool");
    Shown goes_on = all ? result : typed(call_of("!_", {result}), "bool", "logical_not");
    Shown condition = typed(call_of("@not_strictly_false", {goes_on}), "bool", "not_strictly_false");
    Shown step = typed(call_of(all ? "_&&_" : "_||_", {result, make(*node.children[2])}), "bool",
                       all ? "logical_and" : "logical_or");
    return whole(comprehension(variable, "@result", {make(*node.children[0]), truth(all), condition, step, result}),
                 node);
  }

  static Shown one() { return typed(literal("Int64Value", "1"), "int"); }

  Shown exists_one(const Node& node, const std::string& variable) {
    const Shown result = ident("@result", "int");
    Shown more = typed(call_of("_+_", {result, one()}), "int", "add_int64");
    Shown step = typed(call_of("_?_:_", {make(*node.children[2]), more, result}), "int", "conditional");
    Shown answer = typed(call_of("_==_", {result, one()}), "bool", "equals");
    Shown zero = typed(literal("Int64Value", "0"), "int");
    return whole(comprehension(variable, "@result", {make(*node.children[0]), zero, truth(true), step, answer}), node);
  }

  // What collects items into a list: each `item`, where there is a condition only where it holds.
  Shown collection(const Node& node, const std::string& variable, Shown item, std::optional<Shown> condition) {
    const std::string list = type(node);
    const Shown result = ident("@result", list);
    Shown single = typed({"Expr_ListExpr", {}, {std::move(item)}, {}, {}}, list);
    Shown step = typed(call_of("_+_", {result, single}), list, "add_list");
    if (condition) step = typed(call_of("_?_:_", {std::move(*condition), step, result}), list, "conditional");
    Shown empty = typed({"Expr_ListExpr", {}, {}, {}, {}}, list);
    return whole(comprehension(variable, "@result", {make(*node.children[0]), empty, truth(true), step, result}), node);
  }

  Shown mapping(const Node& node, const std::string& variable) {
    std::optional<Shown> condition;
    if (node.children.size() == 4) condition = make(*node.children[2]);
    return collection(node, variable, make(*node.children.back()), std::move(condition));
  }

  Shown filter(const Node& node, const std::string& variable) {
    const auto* known = annotation(node);
    const std::string item = known == nullptr ? "dyn" : to_text(item_type(known->type));
    return collection(node, variable, ident(variable, item), make(*node.children[2]));
  }

  std::optional<Shown> extension_macro(const Node& node) {
    const auto& children = node.children;
    if (node.method && node.text == "optMap" && children.size() == 3) return opt_map(node);
    if (!node.method || children.size() < 2 || !is_named(*children[0], "cel")) return std::nullopt;
    if (node.text == "bind" && children.size() == 4) {
      const std::string& variable = children[1]->text;
      const std::string held = type(*children[2]);
      Shown nothing = typed({"Expr_ListExpr", {}, {}, {}, {}}, "list(dyn)");
      return whole(
          comprehension("#unused", variable,
                        {nothing, make(*children[2]), truth(false), ident(variable, held), make(*children[3])}),
          node);
    }
    if (node.text == "block" && children.size() == 3)
      return typed(call_of("cel.@block", {make(*children[1]), make(*children[2])}), type(node), "cel_block_list");
    if (node.text == "index" && children.size() == 2)
      return ident(fmt::format("@index{}", children[1]->integer), type(node));
    if (node.text == "iterVar" && children.size() == 3)
      return ident(fmt::format("@it:{}:{}", children[1]->integer, children[2]->integer), type(node));
    return std::nullopt;
  }

  // target.hasValue() ? optional.of(the body, with the name bound to target.value()) : optional.none()
  Shown opt_map(const Node& node) {
    const Node &target = *node.children[0], &body = *node.children[2];
    const std::string &variable = node.children[1]->text, optional = type(node);
    const auto* known = annotation(target);
    const std::string held = known == nullptr ? "dyn" : to_text(inner_type(known->type));
    const auto method = [&](std::string name, Shown of, std::string result) {
      Shown shown = typed(call_of(name, {std::move(of)}), std::move(result), "optional_" + name);
      shown.target = true;
      return shown;
    };
    Shown asked = make(target);
    if (asked.text == "optional.none") asked.type = "optional_type(dyn)";  // hasValue() asks nothing of its type
    Shown nothing = typed({"Expr_ListExpr", {}, {}, {}, {}}, "list(dyn)");
    Shown bound =
        comprehension("#unused", variable,
                      {nothing, method("value", make(target), held), truth(false), ident(variable, held), make(body)});
    Shown some = typed(call_of("optional.of", {typed(std::move(bound), type(body))}), optional, "optional_of");
    Shown none = typed(call_of("optional.none", {}), optional, "optional_none");
    return typed(call_of("_?_:_", {method("hasValue", std::move(asked), "bool"), some, none}), optional, "conditional");
  }

  // Of functions, the container's own comes first.
  std::string resolved(const std::string& name) const {
    if (declarations_ == nullptr || declarations_->container.empty()) return name;
    const std::string full = declarations_->container + "." + name;
    const auto& functions = declarations_->functions;
    const bool known =
        std::any_of(functions.begin(), functions.end(), [&](const auto& one) { return one.name == full; });
    return known ? full : name;
  }

  const Annotations* annotations_;
  const Declarations* declarations_;
};

// ---- the text ----

class Printer {
 public:
  explicit Printer(bool checked) : checked_(checked) {}

  std::string print(const Shown& shown) {
    node(shown);
    return std::move(out_);
  }

 private:
  void node(const Shown& shown) {
    if (shown.kind == "Expr_SelectExpr") {
      node(shown.children.front());
      append("." + shown.text + (shown.test_only ? "~test-only~" : ""));
    } else if (shown.kind == "Expr_CallExpr") {
      call(shown);
    } else if (shown.kind == "Expr_ListExpr") {
      append("[");
      items(shown, 0, [&](std::size_t i) { node(shown.children[i]); });
      append("]");
    } else if (shown.kind == "Expr_StructExpr") {
      structure(shown);
    } else if (shown.kind == "Expr_ComprehensionExpr") {
      comprehension(shown);
    } else {
      append(shown.text);
    }
    adorn(shown);
  }

  void adorn(const Shown& shown) {
    if (!checked_) return append("^#*expr." + shown.kind + "#");
    const bool refers = shown.kind != "Expr_ListExpr" && shown.kind != "Expr_ComprehensionExpr";
    append("~" + shown.type + (shown.reference.empty() || !refers ? "" : "^" + shown.reference));
  }

  template <typename Item>
  void items(const Shown& shown, std::size_t first, Item item, std::size_t width = 1) {
    if (shown.children.size() <= first) return;
    ++indent_;
    line();
    for (std::size_t i = first; i < shown.children.size(); i += width) {
      if (i > first) {
        append(",");
        line();
      }
      item(i);
    }
    --indent_;
    line();
  }

  void call(const Shown& shown) {
    if (shown.target) {
      node(shown.children.front());
      append(".");
    }
    append(shown.text + "(");
    items(shown, shown.target ? 1 : 0, [&](std::size_t i) { node(shown.children[i]); });
    append(")");
  }

  void structure(const Shown& shown) {
    const bool message = !shown.names.empty();
    append(shown.text + "{");
    items(
        shown, 0,
        [&](std::size_t i) {
          const std::size_t entry = message ? i : i / 2;
          if (shown.optional.size() > entry && shown.optional[entry]) append("?");
          if (message) {
            append(shown.names[i]);
          } else {
            node(shown.children[i]);
          }
          append(":");
          node(shown.children[message ? i : i + 1]);
          if (!checked_) append("^#*expr.Expr_CreateStruct_Entry#");
        },
        message ? 1 : 2);
    append("}");
  }

  void comprehension(const Shown& shown) {
    append("__comprehension__(");
    ++indent_;
    line();
    title("Variable");
    append(shown.names[0] + ",");
    line();
    part("Target", shown.children[0]);
    title("Accumulator");
    append(shown.names[1] + ",");
    line();
    part("Init", shown.children[1]);
    part("LoopCondition", shown.children[2]);
    part("LoopStep", shown.children[3]);
    title("Result");
    node(shown.children[4]);
    append(")");
    --indent_;
  }
  void title(std::string_view text) {
    append(fmt::format("// {}", text));
    line();
  }
  void part(std::string_view text, const Shown& shown) {
    title(text);
    node(shown);
    append(",");
    line();
  }

  void append(const std::string& text) {
    if (at_line_start_) out_.append(2 * indent_, ' ');
    at_line_start_ = false;
    out_ += text;
  }
  void line() {
    out_ += '\n';
    at_line_start_ = true;
  }

  bool checked_;
  std::string out_;
  std::size_t indent_ = 0;
  bool at_line_start_ = true;
};

}  // namespace

std::string debug_text(const Tree& tree) {
  return Printer(false).print(Maker(nullptr, nullptr).make(*tree.root));
}

std::string debug_text(const Tree& tree, const Annotations& annotations, const Declarations& declarations) {
  return Printer(true).print(Maker(&annotations, &declarations).make(*tree.root));
}

}  // namespace simpul::cel
