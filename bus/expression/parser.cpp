#include "bus/expression/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "bus/base/bytes.h"
#include "bus/expression/habits.h"
#include "bus/expression/lexer.h"

namespace simpul::cel {

namespace {

class Parser {
 public:
  explicit Parser(std::string_view source) : lexer_(source), end_(static_cast<std::uint32_t>(source.size())) {}

  std::expected<Tree, Fault> run() {
    advance();
    if (!failed_ && is_end()) {
      const std::string hint = "write a value or a condition, for example: data.nik == \"3671015207909001\"";
      return std::unexpected(Fault{"cel.syntax", "the expression is empty", hint, {0, end_}});
    }
    Node* root = expression();
    if (root != nullptr && !is_end()) root = unexpected("an operator or the end of the expression");
    if (root == nullptr) return std::unexpected(std::move(fault_));
    tree_.root = root;
    return std::move(tree_);
  }

 private:
  bool is_end() const { return token_.kind == TokenKind::end; }
  bool is(std::string_view symbol) const { return token_.kind == TokenKind::symbol && token_.spelling == symbol; }
  bool is_word(std::string_view word) const { return token_.kind == TokenKind::name && token_.spelling == word; }

  void advance() {
    last_ = token_.range;
    last_spelling_ = token_.spelling;
    auto token = failed_ ? std::nullopt : lexer_.next(fault_);
    if (token) {
      token_ = std::move(*token);
    } else {
      failed_ = true;
      token_ = Token{TokenKind::end, token_.range, "end", {}};
    }
  }

  bool accept(std::string_view symbol) {
    if (failed_ || !is(symbol)) return false;
    advance();
    return true;
  }

  Node* fail(Fault fault) {
    if (!failed_) fault_ = std::move(fault);
    failed_ = true;
    return nullptr;
  }

  Node* unexpected(std::string_view wanted) {
    if (is_end())
      return fail(
          {"cel.syntax", fmt::format("the expression ends where {} should stand", wanted), hint(), token_.range});
    return fail({"cel.syntax", fmt::format("expected {}, found {}", wanted, shown(token_)), hint(), token_.range});
  }

  // What to write instead of what stands here.
  std::string hint() const {
    const bool word = token_.kind == TokenKind::name || token_.kind == TokenKind::reserved;
    if (word) {
      if (auto habit = hint_for_word(token_.spelling); !habit.empty()) return habit;
    }
    if (auto habit = hint_for_word(last_spelling_); !habit.empty() && !is_end()) return habit;
    if (is_word("in")) return "in stands between a value and a list: data.kode in [\"1\", \"2\"]";
    if (token_.kind == TokenKind::reserved) return "this word is reserved by CEL and cannot be a name";
    if (token_.kind == TokenKind::quoted_name)
      return "backticks hold a field's name behind a dot: data.`no-kk`; texts stand in quotes";
    if (token_.kind == TokenKind::real && token_.spelling.starts_with('.')) return "write an item of a list as list[0]";
    if (is(">") && last_spelling_ == "<") return "write != for \"not equal\"";
    if (is("?") && last_spelling_ == "?") return "write data.?nama.orValue(\"-\") for a value that may be absent";
    if (is("*") && last_spelling_ == "*") return "CEL has no powers: write the factors";
    if (is("+") && last_spelling_ == "+") return "an expression counts nothing: write a + 1";
    if (is(")") || is("]") || is("}")) return "leave it out, or write what it closes";
    if (is("-") && last_spelling_ == "!") return "write !(a - b), or a != -1";
    if (is("!") && last_spelling_ == "-") return "! is for conditions, - for numbers";
    if (is("{")) return "a map stands alone: {\"name\": value}; methods take their arguments in parentheses";
    if (is(",")) return "commas stand between arguments, items and entries only; an expression is one value";
    if (is(":")) return "a colon stands in a map {\"name\": value} or behind the ? of a condition";
    const bool value = word || token_.kind == TokenKind::text || token_.kind == TokenKind::integer;
    if (value && !last_spelling_.empty()) return "two values need an operator between them; texts are joined with +";
    return {};
  }

  static std::string shown(const Token& token) {
    if (token.kind == TokenKind::text) return "a text";
    if (token.kind == TokenKind::bytes) return "bytes";
    return fmt::format("\"{}\"", token.spelling);
  }

  // The bracket that closes `open`.
  bool close(std::string_view symbol, Range open) {
    if (accept(symbol)) return true;
    if (is_end() && !failed_) {
      fail({"cel.syntax", fmt::format("the \"{}\" that opens here is not closed", opening(symbol)),
            fmt::format("write \"{}\" where it ends", symbol), open});
    } else {
      unexpected(fmt::format("\"{}\"", symbol));
    }
    return false;
  }

  static std::string_view opening(std::string_view closing) {
    return closing == ")" ? "(" : closing == "]" ? "[" : "{";
  }

  bool expect(std::string_view symbol, std::string_view wanted) {
    if (accept(symbol)) return true;
    unexpected(wanted);
    return false;
  }

  Node* make(NodeKind kind, Range at, std::vector<Node*> children = {}, std::string text = {}) {
    unsigned depth = 0;
    Range range = at;
    for (const Node* child : children) {
      depth = std::max(depth, child->depth);
      range.begin = std::min(range.begin, child->range.begin);
      range.end = std::max(range.end, child->range.end);
    }
    if (depth + 1 > tree_limit) {
      return fail({"cel.too_deep", fmt::format("the expression is a chain of more than {} steps", tree_limit),
                   "split it with let, or use a list and a macro", at});
    }
    Node& node = tree_.nodes.emplace_back();
    node.kind = kind;
    node.at = at;
    node.range = range;
    node.depth = depth + 1;
    node.children = std::move(children);
    node.text = std::move(text);
    return &node;
  }

  // Everything that nests comes through here.
  Node* expression() {
    if (nesting_ >= nesting_limit) {
      return fail({"cel.too_deep", fmt::format("the expression nests deeper than {}", nesting_limit),
                   "split it with let, or use a code table", token_.range});
    }
    ++nesting_;
    Node* node = conditional();
    --nesting_;
    return node;
  }

  Node* conditional() {
    Node* condition = logical("||", NodeKind::logical_or);
    if (condition == nullptr || !is("?")) return condition;
    const Range at = token_.range;
    advance();
    const bool before_dot = is(".") && token_.range.begin == at.end;
    Node* yes = logical("||", NodeKind::logical_or);
    if (yes == nullptr) return nullptr;
    if (before_dot && !is(":")) {
      return fail(
          {"cel.syntax",
           "\"?.\" is not part of CEL",
           "CEL has the question mark behind the dot: data.?alamat, with .orValue(\"-\") or .hasValue() at the end",
           {at.begin, at.end + 1}});
    }
    if (!is(":") && is_end()) {
      return fail({"cel.syntax", "this condition has no \":\"",
                   "write what holds otherwise behind a colon: condition ? value : otherwise", at});
    }
    if (!expect(":", "\":\" of the condition \"?\"")) return nullptr;
    Node* no = expression();
    if (no == nullptr) return nullptr;
    return make(NodeKind::conditional, at, {condition, yes, no});
  }

  // A chain of one operator is one node, so a long one is not deep.
  Node* logical(std::string_view symbol, NodeKind kind) {
    const bool is_or = kind == NodeKind::logical_or;
    Node* first = is_or ? logical("&&", NodeKind::logical_and) : relation();
    if (first == nullptr || !is(symbol)) return first;
    const Range at = token_.range;
    std::vector<Node*> children{first};
    while (accept(symbol)) {
      children.push_back(is_or ? logical("&&", NodeKind::logical_and) : relation());
      if (children.back() == nullptr) return nullptr;
    }
    return make(kind, at, std::move(children));
  }

  Node* relation() {
    constexpr std::array<std::string_view, 6> operators = {"<", "<=", ">", ">=", "==", "!="};
    const auto compares = [&] {
      return is_word("in") ||
             (token_.kind == TokenKind::symbol && std::ranges::find(operators, token_.spelling) != operators.end());
    };
    Node* left = sum();
    while (left != nullptr && compares()) left = binary(left, &Parser::sum);
    return left;
  }

  Node* sum() {
    Node* left = product();
    while (left != nullptr && (is("+") || is("-"))) left = binary(left, &Parser::product);
    return left;
  }

  Node* product() {
    Node* left = unary();
    while (left != nullptr && (is("*") || is("/") || is("%"))) left = binary(left, &Parser::unary);
    return left;
  }

  Node* binary(Node* left, Node* (Parser::*operand)()) {
    const Token symbol = token_;
    advance();
    Node* right = (this->*operand)();
    if (right == nullptr) return nullptr;
    return make(NodeKind::binary, symbol.range, {left, right}, std::string(symbol.spelling));
  }

  Node* unary() {
    std::vector<Range> marks;
    const bool minus = is("-");
    while (is(minus ? "-" : "!")) {
      marks.push_back(token_.range);
      advance();
    }
    Node* node = nullptr;
    if (minus && (token_.kind == TokenKind::integer || token_.kind == TokenKind::real)) {
      node = literal_number(marks.back());
      if (node != nullptr) node = member(node);
      marks.pop_back();
    } else {
      node = member(primary());
    }
    for (auto mark = marks.rbegin(); node != nullptr && mark != marks.rend(); ++mark) {
      node = make(minus ? NodeKind::negate : NodeKind::logical_not, *mark, {node});
    }
    return node;
  }

  Node* member(Node* node) {
    bool name = node != nullptr && node->kind == NodeKind::name && last_spelling_ != ")";  // a, a.b: of a message too
    while (node != nullptr) {
      if (accept(".")) {
        node = selection(node);
        name = name && node != nullptr && node->kind == NodeKind::select && !node->optional && last_spelling_ != "`";
      } else if (is("[")) {
        const Range at = token_.range;
        advance();
        const bool optional = accept("?");
        Node* key = expression();
        if (key == nullptr || !close("]", at)) return nullptr;
        node = make(NodeKind::index, at, {node, key});
        if (node != nullptr) node->optional = optional, node->range.end = last_.end;
        name = false;
      } else if (is("{") && name) {
        node = message(node);
        name = false;
      } else {
        return node;
      }
    }
    return nullptr;
  }

  bool is_field_name() const {
    const bool word =
        token_.kind == TokenKind::name && !is_word("in") && !is_word("true") && !is_word("false") && !is_word("null");
    return word || token_.kind == TokenKind::reserved || token_.kind == TokenKind::quoted_name;
  }

  std::string field_name() const {
    return token_.kind == TokenKind::quoted_name ? token_.text : std::string(token_.spelling);
  }

  Node* selection(Node* of) {
    const bool optional = accept("?");
    if (!is_field_name()) {
      Node* none = unexpected("a field name");
      if (is_word("true") || is_word("false") || is_word("null") || is_word("in"))
        fault_.hint = fmt::format("write a field of this name in backticks: data.`{}`", token_.spelling);
      if (is(".")) fault_.hint = "CEL has no ranges: write a >= 1 && a <= 9";
      if (is("[")) fault_.hint = optional ? "write data[?\"nama\"]" : "write the brackets without the dot: list[0]";
      if (token_.kind == TokenKind::integer) fault_.hint = "write an item of a list as list[0]";
      if (token_.kind == TokenKind::text || fault_.hint.empty())
        fault_.hint = "write a field that is not a plain name in backticks: data.`no-kk`";
      return none;
    }
    const Range at = token_.range;
    const bool quoted = token_.kind == TokenKind::quoted_name;
    std::string name = field_name();
    advance();
    if (is("(") && (quoted || optional)) {
      return fail({"cel.syntax",
                   quoted ? "a name in backticks is a field, not a method" : "a method is called without \"?\"",
                   quoted ? "write the method's name without backticks"
                          : "write data.?nama.orValue(\"\").trim(), or data.?nama.optMap(x, x.trim())",
                   at});
    }
    if (is("(")) return call(of, at, std::move(name));
    Node* node = make(NodeKind::select, at, {of}, std::move(name));
    if (node != nullptr) node->optional = optional;
    if (quoted) last_spelling_ = "`";
    return node;
  }

  // a.b.C{field: value}: the name is taken from the tree of selections that was read.
  Node* message(Node* named) {
    std::string name;
    for (const Node* part = named; part != nullptr; part = part->children.empty() ? nullptr : part->children.front())
      name.insert(0, name.empty() ? part->text : part->text + ".");
    const Node* first = named;
    while (!first->children.empty()) first = first->children.front();
    const Range open = token_.range;
    std::vector<Node*> children;
    std::vector<bool> optional;
    advance();
    const bool lone_comma = accept(",");
    while (!failed_ && !lone_comma && !is("}")) {
      optional.push_back(accept("?"));
      if (!is_field_name()) return unexpected("a field name");
      children.push_back(make(NodeKind::text, token_.range, {}, field_name()));
      advance();
      if (!expect(":", "\":\" between field and value")) return nullptr;
      children.push_back(expression());
      if (children.back() == nullptr) return nullptr;
      if (!is("}") && !(accept(",") || close("}", open))) return nullptr;
    }
    if (!close("}", open)) return nullptr;
    Node* node = make(NodeKind::message, open, std::move(children), std::move(name));
    if (node == nullptr) return nullptr;
    node->absolute = first->absolute;
    node->optional_children = std::move(optional);
    node->range = {named->range.begin, last_.end};
    return node;
  }

  Node* call(Node* receiver, Range at, std::string name) {
    const Range open = token_.range;
    std::vector<Node*> arguments;
    if (receiver != nullptr) arguments.push_back(receiver);
    advance();
    while (!failed_ && !is(")")) {
      arguments.push_back(expression());
      if (arguments.back() == nullptr) return nullptr;
      if (is(")")) break;
      if (!is(",")) {
        close(")", open);
        return nullptr;
      }
      advance();
      if (is(")")) return unexpected("an argument");
    }
    if (!close(")", open)) return nullptr;
    Node* node = make(NodeKind::call, at, std::move(arguments), std::move(name));
    if (node != nullptr) node->method = receiver != nullptr, node->range.end = last_.end;
    return node;
  }

  Node* primary() {
    if (failed_) return nullptr;
    const Token token = token_;
    switch (token.kind) {
      case TokenKind::integer:
      case TokenKind::uinteger:
      case TokenKind::real:
        return literal_number(std::nullopt);
      case TokenKind::text:
      case TokenKind::bytes:
        advance();
        return failed_ ? nullptr
                       : make(token.kind == TokenKind::text ? NodeKind::text : NodeKind::bytes, token.range, {},
                              token.text);
      case TokenKind::name:
        return word(false);
      case TokenKind::symbol:
        break;
      default:
        return unexpected("a value");
    }
    if (accept("(")) {
      Node* inner = expression();
      if (inner == nullptr || !close(")", token.range)) return nullptr;
      inner->range = {token.range.begin, last_.end};
      return inner;
    }
    if (is("[")) return list();
    if (is("{")) return map();
    if (accept(".")) {  // a name of the root scope, whatever macros and the container have of the same
      if (token_.kind != TokenKind::name) return unexpected("a name");
      Node* node = word(true);
      if (node != nullptr) node->range.begin = token.range.begin;
      return node;
    }
    return unexpected("a value");
  }

  Node* word(bool absolute) {
    const Token token = token_;
    const bool literal = is_word("null") || is_word("true") || is_word("false");
    if (is_word("in") || (literal && absolute)) return unexpected(absolute ? "a name" : "a value");
    advance();
    if (failed_) return nullptr;
    Node* node = nullptr;
    if (token.spelling == "null") {
      node = make(NodeKind::null, token.range);
    } else if (literal) {
      node = make(NodeKind::boolean, token.range);
      if (node != nullptr) node->boolean = token.spelling == "true";
    } else if (is("(")) {
      node = call(nullptr, token.range, std::string(token.spelling));
    } else {
      node = make(NodeKind::name, token.range, {}, std::string(token.spelling));
    }
    if (node != nullptr) node->absolute = absolute;
    return node;
  }

  Node* literal_number(std::optional<Range> minus) {
    const Token token = token_;
    const Range range = {minus ? minus->begin : token.range.begin, token.range.end};
    const NodeKind kind = token.kind == TokenKind::real       ? NodeKind::real
                          : token.kind == TokenKind::uinteger ? NodeKind::uinteger
                                                              : NodeKind::integer;
    Node* node = make(kind, range);
    if (node == nullptr) return nullptr;
    const bool hex = token.spelling.starts_with("0x") || token.spelling.starts_with("0X");
    std::string digits(hex ? token.spelling.substr(2) : token.spelling);
    if (minus) digits.insert(0, 1, '-');
    const char* end = digits.data() + digits.size();
    const int base = hex ? 16 : 10;
    if (kind == NodeKind::real) {
      if (!read_real(digits, node->real))
        return fail({"cel.syntax", "this number is beyond the range of a double", "write a smaller one", range});
    } else if (kind == NodeKind::uinteger) {
      if (std::from_chars(digits.data(), end, node->uinteger, base).ec != std::errc{}) {
        return fail({"cel.syntax", "this number is beyond 64 bits: the largest is 18446744073709551615u",
                     "identifiers are text: put it into quotes", range});
      }
    } else if (std::from_chars(digits.data(), end, node->integer, base).ec != std::errc{}) {
      return fail({"cel.syntax",
                   fmt::format("this number is beyond 64 bits: the {}",
                               minus ? "smallest is -9223372036854775808" : "largest is 9223372036854775807"),
                   "identifiers are text: put it into quotes", range});
    }
    advance();
    return failed_ ? nullptr : node;
  }

  // What is too small for a double is zero, as in the JSON that it stands beside.
  static bool read_real(const std::string& text, double& value) {
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{}) return true;
    const auto exponent = text.find_first_of("eE");
    const auto first = text.find_first_not_of("-0.");
    const bool fraction = text.find('.') < std::min(first, exponent);
    const bool small = exponent == std::string::npos ? fraction : text.at(exponent + 1) == '-';
    value = text.starts_with('-') ? -0.0 : 0.0;
    return small;
  }

  Node* list() {
    const Range open = token_.range;
    std::vector<Node*> items;
    std::vector<bool> optional;
    advance();
    const bool lone_comma = accept(",");  // langdef has it: [,]
    while (!failed_ && !lone_comma && !is("]")) {
      optional.push_back(accept("?"));
      items.push_back(expression());
      if (items.back() == nullptr) return nullptr;
      if (!is("]") && !accept(",")) {
        close("]", open);
        return nullptr;
      }
    }
    if (!close("]", open)) return nullptr;
    Node* node = make(NodeKind::list, open, std::move(items));
    if (node == nullptr) return nullptr;
    node->optional_children = std::move(optional);
    node->range = {open.begin, last_.end};
    return node;
  }

  Node* map() {
    const Range open = token_.range;
    std::vector<Node*> children;
    std::vector<bool> optional;
    advance();
    const bool lone_comma = accept(",");
    while (!failed_ && !lone_comma && !is("}")) {
      optional.push_back(accept("?"));
      children.push_back(expression());
      if (children.back() == nullptr) return nullptr;
      if (is_end() && !failed_) {
        close("}", open);
        return nullptr;
      }
      if (is("}") || is(",")) {
        return fail({"cel.syntax", fmt::format("expected \":\" and a value, found {}", shown(token_)),
                     "write a map as {\"name\": value}, a list as [value]", token_.range});
      }
      if (!expect(":", "\":\" between key and value")) return nullptr;
      children.push_back(expression());
      if (children.back() == nullptr) return nullptr;
      if (!is("}") && !accept(",")) {
        close("}", open);
        return nullptr;
      }
    }
    if (!close("}", open)) return nullptr;
    Node* node = make(NodeKind::map, open, std::move(children));
    if (node == nullptr) return nullptr;
    node->optional_children = std::move(optional);
    node->range = {open.begin, last_.end};
    return node;
  }

  Lexer lexer_;
  std::uint32_t end_;
  Tree tree_;
  Token token_;
  Range last_;
  std::string_view last_spelling_;
  Fault fault_;
  bool failed_ = false;
  unsigned nesting_ = 0;
};

}  // namespace

std::expected<Tree, Fault> parse(std::string_view source) {
  const auto size = static_cast<std::uint32_t>(source.size());
  if (source.size() > source_limit_bytes) {
    return std::unexpected(Fault{"cel.too_long",
                                 fmt::format("the expression is longer than {} KiB", source_limit_bytes / 1024),
                                 "split it with let, or use a code table",
                                 {0, 0}});
  }
  if (!is_utf8(source))
    return std::unexpected(Fault{"cel.syntax", "the expression is not UTF-8", "save the file as UTF-8", {0, size}});
  return Parser(source).run();
}

}  // namespace simpul::cel
