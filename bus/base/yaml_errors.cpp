#include "bus/base/yaml_errors.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace simpul::yaml {

namespace {

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

bool is_quoted(std::string_view text) {
  return text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
}

struct KeyAndValue {
  std::string_view key, value;
};

// `  - when: a ? b : c` taken apart at the first colon that ends a key.
KeyAndValue take_apart(std::string_view line) {
  auto text = trimmed(line);
  while (text.starts_with("- ")) text = trimmed(text.substr(2));
  const auto colon = text.find(": ");
  if (colon == std::string_view::npos) return {{}, text};
  const auto key = trimmed(text.substr(0, colon));
  // A line that goes on with the value above it: its first colon ends no key.
  if (key.find_first_of("'\"()=<>&|?+*/%!") != std::string_view::npos && !is_quoted(key)) return {};
  return {key, trimmed(text.substr(colon + 2))};
}

// Where a list or map in braces is open at a byte of the line, the bounds of the entry there; else nothing.
std::optional<std::pair<std::size_t, std::size_t>> flow_entry(std::string_view line, std::size_t at) {
  struct Open {
    char bracket;
    std::size_t entry;
  };
  std::vector<Open> open;
  char quote = 0, before = ' ';
  for (std::size_t i = 0; i < at && i < line.size(); ++i) {
    const char c = line[i];
    // YAML's own brackets stand where a value begins; those of an expression behind something.
    const bool begins = before == ' ' || before == '[' || before == '{' || before == ',';
    if (quote != 0)
      quote = c == quote ? 0 : quote;
    else if (c == '"' || c == '\'')
      quote = c;
    else if (c == '(' || ((c == '[' || c == '{') && (begins || !open.empty())))
      open.push_back({begins ? c : '(', i + 1});
    else if ((c == ')' || c == ']' || c == '}') && !open.empty())
      open.pop_back();
    else if (c == ',' && !open.empty())
      open.back().entry = i + 1;
    before = c;
  }
  while (!open.empty() && open.back().bracket == '(') open.pop_back();
  if (open.empty()) return std::nullopt;
  std::size_t depth = 0, end = open.back().entry;
  for (quote = 0; end < line.size(); ++end) {
    const char c = line[end];
    if (quote != 0)
      quote = c == quote ? 0 : quote;
    else if (c == '"' || c == '\'')
      quote = c;
    else if (c == '(' || c == '[' || c == '{')
      ++depth;
    else if (depth == 0 && (c == ',' || c == ']' || c == '}'))
      break;
    else if (c == ')' || c == ']' || c == '}')
      --depth;
  }
  return std::pair(open.back().entry, end);
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

struct Explained {
  std::string code, message, hint;
};

Explained bad_first_character(const SyntaxError& error, const Lines& lines) {
  const auto rest = lines.rest(error.at);
  const char first = rest.empty() ? '\0' : rest.front();
  if (first == '\t') return {"yaml.tab", "a tab stands where YAML takes spaces only", "indent with spaces"};
  return {"yaml.bad_start", fmt::format("a plain value cannot begin with `{}`", first), quote_hint(lines, error.at)};
}

Explained not_a_key(const SyntaxError& error, const Lines& lines) {
  // `"a" == x` and `[1, 2].exists(…)`: a complete value with more behind it on the same line.
  const auto parts = take_apart(lines.line(error.at.line));
  const bool behind_value = !parts.key.empty() && !parts.value.empty() &&
                            std::string_view("'\"[{").find(parts.value.front()) != std::string_view::npos &&
                            error.at.column > 1 && lines.rest(error.at).size() < lines.line(error.at.line).size();
  if (behind_value && lines.rest(error.at).size() < parts.value.size())
    return {"yaml.after_value", "more text stands behind a value that is already complete",
            quote_hint(parts.key, parts.value)};
  if (lines.rest(error.at).starts_with(':'))
    return {"yaml.key_not_text", "a key is missing before this colon", "write `key: value`"};
  return {"yaml.indentation", "this line fits neither the map above it nor an outer one",
          fmt::format("indent it as far as its neighbours{}, and look for a quote that is not closed above it",
                      error.context_at.line ? fmt::format(" (the map begins on line {}, column {})",
                                                          error.context_at.line, error.context_at.column)
                                            : std::string())};
}

Explained unclosed_flow(const SyntaxError& error, const Lines& lines) {
  const bool list = holds(error.problem, "']'");
  return {"yaml.not_closed",
          fmt::format("the {} that opens here with `{}` is not closed, or lacks a comma before line {}, column {}",
                      list ? "list" : "map", list ? '[' : '{', error.at.line, error.at.column),
          fmt::format("close it with `{}`; if it is an expression: {}", list ? ']' : '}',
                      quote_hint(lines, error.at.line == error.context_at.line ? error.at : error.context_at))};
}

Explained explained(const SyntaxError& error, const Lines& lines) {
  const auto& problem = error.problem;
  const bool in_quotes = holds(error.context, "quoted scalar");
  if (in_quotes && (holds(problem, "unexpected end of stream") || holds(problem, "unexpected document indicator"))) {
    const auto rest = lines.rest(error.context_at);
    return {"yaml.unterminated_quote", "the quote that opens here is never closed",
            fmt::format("close it with {} where the text ends", rest.starts_with('"') ? '"' : '\'')};
  }
  if (in_quotes)
    return {"yaml.escape", fmt::format("inside double quotes: {}", problem),
            "write \\\\ for a backslash, \\\" for a quote, \\n for a line break; or use single quotes, where a "
            "backslash is itself"};
  if (holds(problem, "mapping values are not allowed"))
    return {"yaml.colon", "`: ` cannot stand inside a plain value", quote_hint(lines, error.at)};
  if (holds(problem, "cannot start any token")) return bad_first_character(error, lines);
  if (holds(problem, "did not find expected key")) return not_a_key(error, lines);
  if (holds(problem, "did not find expected '-' indicator"))
    return {
        "yaml.after_list",
        fmt::format("the list that begins on line {} ends here, and something else follows it", error.context_at.line),
        "begin the line with `- ` to make it an entry of the list, or give the list a key of its own"};
  if (holds(problem, "did not find expected ','")) return unclosed_flow(error, lines);
  if (holds(problem, "could not find expected ':'"))
    return {"yaml.no_colon", "this line is neither `key: value` nor part of the value above it",
            "write `key: value` with a space behind the colon, or indent a value of several lines below `key: |`"};
  if (holds(problem, "expected alphabetic or numeric character"))
    return {holds(error.context, "alias") ? "yaml.alias" : "yaml.anchor", "a plain value cannot begin with `&` or `*`",
            quote_hint(lines, error.context_at.line ? error.context_at : error.at)};
  if (holds(error.context, "tag") || holds(problem, "tag handle"))
    return {"yaml.tag", "a plain value cannot begin with `!`: YAML reads it as a tag",
            quote_hint(lines, error.context_at.line ? error.context_at : error.at)};
  if (holds(problem, "<document start>"))
    return {"yaml.after_document", "text follows the end of the document",
            "a file holds one document: remove what follows it"};
  if (holds(problem, "block sequence entries are not allowed"))
    return {"yaml.list_here", "a list cannot begin here",
            fmt::format("put the first `- ` on a line of its own below the key; if it is an expression, {}",
                        quote_hint(lines, error.at))};
  if (holds(problem, "did not find expected node content")) return bad_first_character(error, lines);
  if (holds(error.context, "block scalar") && error.context_at.line > 0) {
    auto at_begin = error;
    at_begin.at = error.context_at;
    return bad_first_character(at_begin, lines);
  }
  if (holds(problem, "mapping keys are not allowed") || holds(problem, "'?'"))
    return {"yaml.key_not_text", "`? ` begins a key that is no plain text", "write `key: value`"};
  return {"yaml.syntax", error.context.empty() ? problem : fmt::format("{}, {}", problem, error.context),
          "look at this place and at the line before it"};
}

}  // namespace

Lines::Lines(std::string_view text) : text_(text), starts_{0} {
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
    starts_.push_back(at + 1);
}

std::string_view Lines::line(std::uint32_t number) const {
  if (number == 0 || number > starts_.size()) return {};
  auto line = text_.substr(starts_[number - 1]);
  line = line.substr(0, line.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view Lines::rest(Mark mark) const {
  auto text = line(mark.line);
  for (std::uint32_t column = 1; column < mark.column && !text.empty(); ++column) {
    text.remove_prefix(1);
    while (!text.empty() && (static_cast<unsigned char>(text.front()) & 0xC0) == 0x80) text.remove_prefix(1);
  }
  return text;
}

Mark Lines::mark_of(std::size_t byte) const {
  byte = std::min(byte, text_.size());
  const auto after = std::ranges::upper_bound(starts_, byte);
  const auto line = static_cast<std::uint32_t>(after - starts_.begin());
  std::uint32_t column = 1;
  for (std::size_t at = starts_[line - 1]; at < byte; ++at)
    if ((static_cast<unsigned char>(text_[at]) & 0xC0) != 0x80) ++column;
  return {line, column};
}

std::string quote_hint(std::string_view key, std::string_view value) {
  constexpr std::size_t longest = 100;
  if (value.size() > longest || value.empty()) return "put the whole value in quotes, or write it below `key: |`";
  const auto prefix = key.empty() ? std::string() : fmt::format("{}: ", key);
  if (value.find('\'') == std::string_view::npos)
    return fmt::format("put the whole value in quotes: {}'{}'", prefix, value);
  if (value.find('"') == std::string_view::npos && value.find('\\') == std::string_view::npos)
    return fmt::format("put the whole value in quotes: {}\"{}\"", prefix, value);
  return fmt::format("write `{}: |` and the value on the next line, indented: {}", key.empty() ? "key" : key, value);
}

std::string quote_hint(const Lines& lines, Mark mark) {
  const auto line = lines.line(mark.line);
  const auto at = line.size() - lines.rest(mark).size();
  if (const auto entry = flow_entry(line, at)) {
    const auto parts = take_apart(line.substr(entry->first, entry->second - entry->first));
    return quote_hint(parts.key, parts.value);
  }
  const auto parts = take_apart(line);
  return quote_hint(parts.key, parts.value);
}

Problem explain(const SyntaxError& error, const Lines& lines, const std::string& file) {
  auto what = explained(error, lines);
  Problem problem;
  problem.code = std::move(what.code);
  problem.message = std::move(what.message);
  problem.hint = std::move(what.hint);
  problem.place = {file, error.at, error.at};
  // What opens and never closes is mended where it opens.
  for (const auto* code :
       {"yaml.unterminated_quote", "yaml.not_closed", "yaml.anchor", "yaml.alias", "yaml.tag", "yaml.bad_start"})
    if (problem.code == code && error.context_at.line > 0) problem.place.start = error.context_at;
  return problem;
}

}  // namespace simpul::yaml
