#include "bus/expression/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "bus/base/bytes.h"
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
    std::string hint;
    if (is_word("and") || is_word("AND")) hint = "write && for \"and\"";
    if (is_word("or") || is_word("OR")) hint = "write || for \"or\"";
    if (is_word("not") || is_word("NOT")) hint = "write ! for \"not\"";
    if (is_word("in")) hint = "in stands between a value and a list";
    if (token_.kind == TokenKind::reserved) hint = "this word is reserved by CEL and cannot be a name";
    if (is_end())
      return fail({"cel.syntax", fmt::format("the expression ends where {} should stand", wanted), hint, token_.range});
    return fail({"cel.syntax", fmt::format("expected {}, found {}", wanted, shown(token_)), hint, token_.range});
  }

  static std::string shown(const Token& token) {
    if (token.kind == TokenKind::text) return "a text";
    return fmt::format("\"{}\"", token.spelling);
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
    Node* yes = logical("||", NodeKind::logical_or);
    if (yes == nullptr || !expect(":", "\":\" of the condition \"?\"")) return nullptr;
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
    while (node != nullptr) {
      if (accept(".")) {
        node = selection(node);
      } else if (is("[")) {
        const Range at = token_.range;
        advance();
        const bool optional = accept("?");
        Node* key = expression();
        if (key == nullptr || !expect("]", "\"]\"")) return nullptr;
        node = make(NodeKind::index, at, {node, key});
        if (node != nullptr) node->optional = optional, node->range.end = last_.end;
      } else if (is("{") && (node->kind == NodeKind::name || node->kind == NodeKind::select)) {
        return fail({"cel.unsupported", "protobuf messages are not part of this bus", "write a map: {\"name\": value}",
                     token_.range});
      } else {
        return node;
      }
    }
    return nullptr;
  }

  Node* selection(Node* of) {
    const bool optional = accept("?");
    const bool word =
        token_.kind == TokenKind::name && !is_word("in") && !is_word("true") && !is_word("false") && !is_word("null");
    if (!word && token_.kind != TokenKind::quoted_name && token_.kind != TokenKind::reserved) {
      Node* none = unexpected("a field name");
      if (fault_.hint.empty()) fault_.hint = "write a field that is not a plain name in backticks: data.`no-kk`";
      return none;
    }
    const Range at = token_.range;
    std::string name = token_.kind == TokenKind::quoted_name ? token_.text : std::string(token_.spelling);
    const bool callable = word;
    advance();
    if (callable && !optional && is("(")) return call(of, at, std::move(name));
    Node* node = make(NodeKind::select, at, {of}, std::move(name));
    if (node != nullptr) node->optional = optional;
    return node;
  }

  Node* call(Node* receiver, Range at, std::string name) {
    std::vector<Node*> arguments;
    if (receiver != nullptr) arguments.push_back(receiver);
    advance();
    while (!is(")")) {
      arguments.push_back(expression());
      if (arguments.back() == nullptr) return nullptr;
      if (is(")")) break;
      if (!expect(",", "\",\" or \")\"")) return nullptr;
      if (is(")")) return unexpected("an argument");
    }
    advance();
    Node* node = make(NodeKind::call, at, std::move(arguments), std::move(name));
    if (node != nullptr) node->method = receiver != nullptr, node->range.end = last_.end;
    return failed_ ? nullptr : node;
  }

  Node* primary() {
    if (failed_) return nullptr;
    const Token token = token_;
    switch (token.kind) {
      case TokenKind::integer:
      case TokenKind::real:
        return literal_number(std::nullopt);
      case TokenKind::text:
        advance();
        return failed_ ? nullptr : make(NodeKind::text, token.range, {}, token.text);
      case TokenKind::name:
        return word();
      case TokenKind::symbol:
        break;
      default:
        return unexpected("a value");
    }
    if (accept("(")) {
      Node* inner = expression();
      if (inner == nullptr || !expect(")", "\")\"")) return nullptr;
      inner->range = {token.range.begin, last_.end};
      return inner;
    }
    if (is("[")) return list();
    if (is("{")) return map();
    if (accept(".")) {  // a name of the root scope; we have one scope
      if (token_.kind == TokenKind::name) return word();
      return unexpected("a name");
    }
    return unexpected("a value");
  }

  Node* word() {
    const Token token = token_;
    if (is_word("in")) return unexpected("a value");
    advance();
    if (failed_) return nullptr;
    if (token.spelling == "null") return make(NodeKind::null, token.range);
    if (token.spelling == "true" || token.spelling == "false") {
      Node* node = make(NodeKind::boolean, token.range);
      if (node != nullptr) node->boolean = token.spelling == "true";
      return node;
    }
    if (is("(")) return call(nullptr, token.range, std::string(token.spelling));
    return make(NodeKind::name, token.range, {}, std::string(token.spelling));
  }

  Node* literal_number(std::optional<Range> minus) {
    const Token token = token_;
    const Range range = {minus ? minus->begin : token.range.begin, token.range.end};
    std::string text(token.spelling);
    Node* node = make(token.kind == TokenKind::real ? NodeKind::real : NodeKind::integer, range);
    if (node == nullptr) return nullptr;
    if (token.kind == TokenKind::real) {
      if (minus) text.insert(0, 1, '-');
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), node->real);
      if (error == std::errc::result_out_of_range && !std::isfinite(node->real)) node->real = 0;
      if (error != std::errc{})
        return fail({"cel.syntax", "this number is beyond the range of a double", "write a smaller one", range});
    } else {
      const bool hex = text.starts_with("0x") || text.starts_with("0X");
      std::string digits = hex ? text.substr(2) : text;
      if (minus) digits.insert(0, 1, '-');
      const auto [end, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), node->integer, hex ? 16 : 10);
      if (error != std::errc{}) {
        return fail({"cel.syntax", "this number is beyond 64 bits", "identifiers are text: put it into quotes", range});
      }
    }
    advance();
    return failed_ ? nullptr : node;
  }

  Node* list() {
    const Range open = token_.range;
    std::vector<Node*> items;
    std::vector<bool> optional;
    advance();
    while (!is("]")) {
      optional.push_back(accept("?"));
      items.push_back(expression());
      if (items.back() == nullptr) return nullptr;
      if (!is("]") && !expect(",", "\",\" or \"]\"")) return nullptr;
    }
    advance();
    Node* node = make(NodeKind::list, open, std::move(items));
    if (failed_ || node == nullptr) return nullptr;
    node->optional_children = std::move(optional);
    node->range = {open.begin, last_.end};
    return node;
  }

  Node* map() {
    const Range open = token_.range;
    std::vector<Node*> children;
    std::vector<bool> optional;
    advance();
    while (!is("}")) {
      optional.push_back(accept("?"));
      children.push_back(expression());
      if (children.back() == nullptr || !expect(":", "\":\" between key and value")) return nullptr;
      children.push_back(expression());
      if (children.back() == nullptr) return nullptr;
      if (!is("}") && !expect(",", "\",\" or \"}\"")) return nullptr;
    }
    advance();
    Node* node = make(NodeKind::map, open, std::move(children));
    if (failed_ || node == nullptr) return nullptr;
    node->optional_children = std::move(optional);
    node->range = {open.begin, last_.end};
    return node;
  }

  Lexer lexer_;
  std::uint32_t end_;
  Tree tree_;
  Token token_;
  Range last_;
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
