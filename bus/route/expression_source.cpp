#include "bus/route/expression_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace simpul {
namespace {

std::size_t length_of(unsigned char lead) {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

// Walks a text by characters, counting lines and columns as problems do.
class Walker {
 public:
  explicit Walker(std::string_view text) : text_(text) {}
  bool done() const { return at_ >= text_.size(); }
  Mark mark() const { return mark_; }
  std::string_view here() const {
    return done() ? std::string_view() : text_.substr(at_, length_of(static_cast<unsigned char>(text_[at_])));
  }
  bool at_newline() const { return here() == "\n" || (here() == "\r" && text_.substr(at_ + 1, 1) == "\n"); }
  std::string_view rest() const { return text_.substr(std::min(at_, text_.size())); }
  void advance() {
    auto character = here();
    at_ += character.size();
    if (character == "\n") {
      ++mark_.line;
      mark_.column = 1;
    } else {
      ++mark_.column;
    }
  }
  void advance(std::size_t characters) {
    while (characters-- > 0 && !done()) advance();
  }
  void to(Mark mark) {
    while (!done() && mark_ != mark) advance();
  }
  void blanks() {
    while (here() == " " || here() == "\t") advance();
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  Mark mark_{1, 1};
};

std::size_t escape_length(std::string_view escape) {
  if (escape.size() < 2) return 1;
  switch (escape[1]) {
    case 'x':
      return 4;
    case 'u':
      return 6;
    case 'U':
      return 10;
    default:
      return 2;
  }
}

// A name that a person who knows CloudEvents would expect to be there.
bool names_an_extension(const Problem& problem) {
  static constexpr std::array names{"\"traceparent\"",   "\"tracestate\"",      "\"causationid\"",
                                    "\"correlationid\"", "\"partitionkey\"",    "\"sequence\"",
                                    "\"dataschema\"",    "\"datacontenttype\"", "\"specversion\""};
  return problem.code == "cel.unknown_name" && std::ranges::any_of(names, [&](const char* name) {
           return problem.message.find(name) != problem.message.npos;
         });
}

enum class Style { plain, single_quoted, double_quoted, literal };

// Takes one character of the scalar from the source. False: they do not agree.
bool take(Walker& source, std::string_view character, Style style, std::size_t indent) {
  if (style == Style::literal) {
    if (source.here() == "\r") source.advance();
    if (source.here() != character) return false;
    source.advance();
    if (character == "\n")
      for (std::size_t i = 0; i < indent && source.here() == " "; ++i) source.advance();
    return true;
  }
  if (style == Style::double_quoted && source.here() == "\\") {
    source.advance(escape_length(source.rest()));
    return true;
  }
  if (style == Style::single_quoted && source.rest().starts_with("''")) {
    source.advance(2);
    return character == "'";
  }
  if (source.here() == character && !source.at_newline()) {
    source.advance();
    return true;
  }
  // Folding: line breaks and what surrounds them are a space, or the line breaks beyond the first.
  if (character != " " && character != "\n") return false;
  source.blanks();
  if (!source.at_newline()) return false;
  while (source.at_newline() || source.here() == "\n") {
    source.advance();
    source.blanks();
    if (character == "\n") break;
  }
  return true;
}

}  // namespace

std::vector<Mark> character_marks(std::string_view file_text, const yaml::Node& scalar) {
  Walker source(file_text);
  source.to(scalar.place.start);
  auto style = Style::plain;
  std::size_t indent = 0;
  if (scalar.block) {
    bool folded = source.here() == ">";
    while (!source.done() && !source.at_newline()) source.advance();
    while (source.at_newline() || source.here() == "\n") source.advance();
    while (source.here() == " ") {
      source.advance();
      ++indent;
    }
    if (!folded) style = Style::literal;
  } else if (scalar.quoted) {
    style = source.here() == "'" ? Style::single_quoted : Style::double_quoted;
    source.advance();
  }
  std::vector<Mark> marks;
  Walker text(scalar.scalar);
  bool agree = true;
  while (!text.done()) {
    marks.push_back(agree ? source.mark() : scalar.place.start);
    // A block's last line break belongs to no expression, and a folded one was taken with the space before it.
    if (agree && !take(source, text.here(), style, indent) && !(scalar.block && text.rest() == "\n")) {
      agree = false;
      std::ranges::fill(marks, scalar.place.start);
    }
    text.advance();
  }
  marks.push_back(agree ? source.mark() : scalar.place.end);
  return marks;
}

std::shared_ptr<const Expression> ExpressionSource::compile(const yaml::Node& node, const Scope& scope, Expect expect) {
  if (!node.is_scalar()) {
    report(node, "expression.not_text", fmt::format("an expression was expected here, not {}", yaml::name(node.kind)),
           "write a CEL expression on one line, such as data.nik");
    return nullptr;
  }
  if (node.scalar.empty()) {
    report(node, "expression.empty", "the expression is empty",
           "write a CEL expression, such as data.nik; \"''\" is the empty text");
    return nullptr;
  }
  Place relative{node.place.file, {1, 1}, {}};
  auto compiled = compile_expression(node.scalar, scope, expect, relative, node.path);
  report_placed(node, compiled ? (*compiled)->warnings() : compiled.error());
  return compiled ? *compiled : nullptr;
}

// Problems of an expression that was compiled as if it stood at the beginning of the file.
void ExpressionSource::report_placed(const yaml::Node& node, const Problems& found) {
  if (found.empty()) return;
  auto file = files_.find(node.place.file);
  auto marks = file == files_.end() ? std::vector<Mark>{} : character_marks(file->second, node);
  auto placed = [&](Mark mark, Mark otherwise) {
    Walker text(node.scalar);
    std::size_t index = 0;
    while (!text.done() && text.mark() != mark) {
      text.advance();
      ++index;
    }
    return mark.line != 0 && text.mark() == mark && index < marks.size() ? marks[index] : otherwise;
  };
  for (auto problem : found) {
    if (!types_ && problem.code == "cel.dyn") continue;
    if (names_an_extension(problem))
      problem.hint = "extension attributes, dataschema and datacontenttype are not available to expressions yet";
    problem.place = {node.place.file, placed(problem.place.start, node.place.start),
                     placed(problem.place.end, node.place.end)};
    problems_.push_back(std::move(problem));
  }
}

void ExpressionSource::report(const yaml::Node& node, std::string code, std::string message, std::string hint) {
  problems_.push_back(node.problem(std::move(code), std::move(message), std::move(hint)));
}

}  // namespace simpul
