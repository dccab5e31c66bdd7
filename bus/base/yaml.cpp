#include "bus/base/yaml.h"

#include <algorithm>
#include <unordered_map>

#include <yaml.h>

#include <fmt/format.h>

#include "bus/base/bytes.h"
#include "bus/base/yaml_errors.h"

namespace simpul::yaml {

namespace {

constexpr std::size_t most_bytes = 1u << 20;
constexpr std::size_t most_depth = 64;
// A file that is no YAML at all need not report each of its lines.
constexpr std::size_t most_problems = 50;

Mark mark_of(const yaml_mark_t& mark) {
  return {static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)};
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Core-schema numbers in decimal only; 010, 0x1f, 1_000 and .inf are text.
Kind number_kind(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto whole = text.substr(0, text.find_first_not_of("0123456789"));
  if (whole.empty() || (whole.size() > 1 && whole.front() == '0')) return Kind::text;
  text.remove_prefix(whole.size());
  if (text.empty()) return Kind::integer;
  if (text.front() == '.') {
    text.remove_prefix(1);
    const auto fraction = text.substr(0, text.find_first_not_of("0123456789"));
    if (fraction.empty()) return Kind::text;
    text.remove_prefix(fraction.size());
  }
  if (text.empty()) return Kind::decimal;
  if (text.front() != 'e' && text.front() != 'E') return Kind::text;
  text.remove_prefix(1);
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return all_digits(text) ? Kind::decimal : Kind::text;
}

Kind plain_kind(std::string_view text) {
  if (text.empty() || text == "null" || text == "~") return Kind::null;
  if (text == "true" || text == "false") return Kind::boolean;
  return number_kind(text);
}

std::string member_path(const std::string& parent, std::string_view key) {
  const bool simple = !key.empty() && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  if (!simple) return fmt::format("{}[\"{}\"]", parent, key);
  return parent.empty() ? std::string(key) : fmt::format("{}.{}", parent, key);
}

// A plain value that stops inside a quoted text: the quote opens where no word stands before it, as in `x == "A`, and
// not as in "Jum'at".
bool ends_in_a_quote(std::string_view text) {
  char quote = 0, before = ' ';
  for (const char c : text) {
    const bool in_word = (before >= 'a' && before <= 'z') || (before >= 'A' && before <= 'Z') ||
                         (before >= '0' && before <= '9') || (before & 0x80) != 0;
    if (quote != 0)
      quote = c == quote ? 0 : quote;
    else if ((c == '"' || c == '\'') && !in_word)
      quote = c;
    before = c;
  }
  return quote != 0;
}

bool is_comment(std::string_view rest) {
  const auto first = rest.find_first_not_of(" \t");
  return first != std::string_view::npos && rest[first] == '#';
}

class Event {
 public:
  Event() = default;
  ~Event() { yaml_event_delete(&raw); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  yaml_event_t raw{};
};

class Composer {
 public:
  Composer(std::string_view text, std::string file)
      : file_(std::move(file)), lines_(text), good_(yaml_parser_initialize(&parser_) != 0) {
    if (!good_) return;
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  ~Composer() {
    if (good_) yaml_parser_delete(&parser_);
  }
  Composer(const Composer&) = delete;
  Composer& operator=(const Composer&) = delete;

  Checked<Node> document() {
    Node root;
    root.place = {file_, {1, 1}, {1, 1}};
    if (!good_) report({1, 1}, {1, 1}, "", "yaml.syntax", "there is no memory left to read this file", "");
    if (good_ && stream(root) && problems_.empty()) return root;
    if (problems_.empty()) report({1, 1}, {1, 1}, "", "yaml.syntax", "this cannot be read as YAML", "");
    std::ranges::stable_sort(
        problems_, [](const Problem& a, const Problem& b) { return a.place.start.line < b.place.start.line; });
    return std::unexpected(std::move(problems_));
  }

 private:
  // All functions return false when reading cannot go on; the problem is reported then.
  bool stream(Node& root) {
    Event start, first;
    if (!next(start) || !next(first)) return false;
    if (first.raw.type == YAML_STREAM_END_EVENT) return true;
    const auto& document = first.raw.data.document_start;
    if (document.version_directive != nullptr || document.tag_directives.start != document.tag_directives.end)
      report(first, "", "yaml.directive", "directives (lines that begin with %) are not taken here", "remove the line");
    Event value, end, last;
    if (!next(value) || !node(value, root, 1) || !next(end) || !next(last)) return false;
    if (last.raw.type == YAML_STREAM_END_EVENT) return true;
    report(last, "", "yaml.second_document", "a second document begins here, and a file holds one",
           "remove the line `---`, or move what follows it to a file of its own");
    return false;
  }

  bool next(Event& event) {
    if (yaml_parser_parse(&parser_, &event.raw) != 0) return true;
    SyntaxError error{parser_.problem ? parser_.problem : "this cannot be read as YAML",
                      parser_.context ? parser_.context : "",
                      mark_of(parser_.problem_mark),
                      {}};
    if (parser_.context) error.context_at = mark_of(parser_.context_mark);
    if (parser_.error == YAML_READER_ERROR) error.at = lines_.mark_of(parser_.problem_offset);
    // What follows a `*` or `&` on its line was said with it.
    const bool said = std::ranges::any_of(problems_, [&](const Problem& problem) {
      return (problem.code == "yaml.alias" || problem.code == "yaml.anchor" || problem.code == "yaml.tag") &&
             problem.place.start.line == error.at.line;
    });
    if (said) return false;
    problems_.push_back(explain(error, lines_, file_));
    return false;
  }

  bool node(const Event& event, Node& out, std::size_t depth) {
    out.place = {file_, mark_of(event.raw.start_mark), mark_of(event.raw.end_mark)};
    switch (event.raw.type) {
      case YAML_SCALAR_EVENT:
        return scalar(event, out);
      case YAML_SEQUENCE_START_EVENT:
        return list(event, out, depth);
      case YAML_MAPPING_START_EVENT:
        return map(event, out, depth);
      case YAML_ALIAS_EVENT:
        report(event, out.path, "yaml.alias", "aliases (`*name`) are not taken here",
               fmt::format("write the value out, or, if it is an expression, {}", quote_hint(lines_, out.place.start)));
        return true;
      default:
        report(event, out.path, "yaml.syntax", "a value is missing here", "write the value");
        return false;
    }
  }

  bool scalar(const Event& event, Node& out) {
    const auto& data = event.raw.data.scalar;
    refuse_properties(event, out, data.anchor, data.tag);
    out.scalar.assign(reinterpret_cast<const char*>(data.value), data.length);
    out.block = data.style == YAML_LITERAL_SCALAR_STYLE || data.style == YAML_FOLDED_SCALAR_STYLE;
    out.quoted = data.style != YAML_PLAIN_SCALAR_STYLE;
    out.kind = out.quoted ? Kind::text : plain_kind(out.scalar);
    if (!out.quoted && ends_in_a_quote(out.scalar) && is_comment(lines_.rest(out.place.end)))
      report(mark_of(event.raw.start_mark), mark_of(event.raw.end_mark), out.path, "yaml.comment",
             "` #` begins a comment here, inside of a quoted text", quote_hint(lines_, out.place.start));
    if (out.scalar.find('\0') != std::string::npos)
      report(event, out.path, "yaml.nul", "a NUL character (\\0) stands in this text",
             "remove it: nothing here can hold one");
    return within_limit();
  }

  bool list(const Event& event, Node& out, std::size_t depth) {
    const auto& data = event.raw.data.sequence_start;
    refuse_properties(event, out, data.anchor, data.tag);
    if (!shallow(event, out, depth)) return false;
    out.kind = Kind::list;
    while (true) {
      Event item;
      if (!next(item)) return false;
      if (item.raw.type == YAML_SEQUENCE_END_EVENT) {
        out.place.end = mark_of(item.raw.end_mark);
        return within_limit();
      }
      auto& value = out.items.emplace_back();
      value.path = fmt::format("{}[{}]", out.path, out.items.size() - 1);
      if (!node(item, value, depth + 1)) return false;
    }
  }

  bool map(const Event& event, Node& out, std::size_t depth) {
    const auto& data = event.raw.data.mapping_start;
    refuse_properties(event, out, data.anchor, data.tag);
    if (!shallow(event, out, depth)) return false;
    if (data.style == YAML_FLOW_MAPPING_STYLE && !lines_.rest(out.place.start).starts_with('{'))
      report(event, out.path, "yaml.pair_in_list", "`key: value` stands in a list without braces of its own",
             "write {key: value}, or quote the entry when it is text");
    out.kind = Kind::map;
    std::unordered_map<std::string, Place> seen;
    while (true) {
      Event key;
      if (!next(key)) return false;
      if (key.raw.type == YAML_MAPPING_END_EVENT) {
        out.place.end = mark_of(key.raw.end_mark);
        return within_limit();
      }
      auto& entry = out.entries.emplace_back();
      entry.key.path = out.path;
      if (!read_key(key, entry.key, depth, seen)) return false;
      entry.value.path = member_path(out.path, entry.key.scalar);
      Event value;
      if (!next(value) || !node(value, entry.value, depth + 1)) return false;
    }
  }

  bool read_key(const Event& event, Node& key, std::size_t depth, std::unordered_map<std::string, Place>& seen) {
    if (!node(event, key, depth + 1)) return false;
    const bool nothing = key.kind == Kind::null && key.scalar.empty();
    if (!key.is_scalar() || key.block || nothing) {
      if (event.raw.type != YAML_ALIAS_EVENT)
        report(event, key.path, "yaml.key_not_text",
               nothing ? "a key is missing before this colon" : "a key must be plain text on one line",
               "write `key: value`");
      key = Node{};
      key.kind = Kind::text;
      key.place = {file_, mark_of(event.raw.start_mark), mark_of(event.raw.end_mark)};
      return within_limit();
    }
    key.kind = Kind::text;
    if (!key.quoted && key.scalar == "<<")
      report(event, key.path, "yaml.merge_key", "merge keys (`<<`) are not taken here", "write the fields out");
    const auto [first, fresh] = seen.emplace(key.scalar, key.place);
    if (fresh || !within_limit()) return within_limit();
    report(
        event, member_path(key.path, key.scalar), "yaml.duplicate_key",
        fmt::format("the key \"{}\" stands twice in this map, first on line {}", key.scalar, first->second.start.line),
        "keep one of the two");
    problems_.back().related.push_back({first->second, "it stands here first"});
    return within_limit();
  }

  void refuse_properties(const Event& event, const Node& out, const yaml_char_t* anchor, const yaml_char_t* tag) {
    if (anchor != nullptr)
      report(event, out.path, "yaml.anchor",
             fmt::format("anchors (`&{}`) are not taken here", reinterpret_cast<const char*>(anchor)),
             fmt::format("write the value where it is needed, or, if it is an expression, {}",
                         quote_hint(lines_, out.place.start)));
    if (tag == nullptr) return;
    report(event, out.path, "yaml.tag",
           "a plain value that begins with `!` is a tag to YAML, and tags are not taken here",
           fmt::format("if it is an expression, {}", quote_hint(lines_, out.place.start)));
  }

  // libyaml's own work grows with the square of the depth, so too deep a file is left at once.
  bool shallow(const Event& event, const Node& out, std::size_t depth) {
    if (depth <= most_depth) return true;
    report(event, out.path.size() > 200 ? std::string() : out.path, "yaml.too_deep",
           fmt::format("lists and maps stand in one another more than {} deep here", most_depth), "write it flatter");
    return false;
  }

  bool within_limit() const { return problems_.size() < most_problems; }

  void report(const Event& event, std::string path, std::string code, std::string message, std::string hint) {
    report(mark_of(event.raw.start_mark), mark_of(event.raw.end_mark), std::move(path), std::move(code),
           std::move(message), std::move(hint));
  }

  void report(Mark start, Mark end, std::string path, std::string code, std::string message, std::string hint) {
    if (within_limit())
      problems_.push_back({std::move(code),
                           std::move(message),
                           std::move(hint),
                           {file_, start, end},
                           std::move(path),
                           Severity::error});
  }

  std::string file_;
  Lines lines_;
  yaml_parser_t parser_;
  bool good_;
  Problems problems_;
};

// The first byte that starts no valid UTF-8 character; the text holds one.
std::size_t first_bad_byte(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t length = 1;
    while (length <= 4 && !is_utf8(text.substr(at, length))) ++length;
    if (length > 4) break;
    at += length;
  }
  return at;
}

// YAML 1.1 breaks lines at these too, and editors do not: a line could hide in them.
std::size_t odd_line_break(std::string_view text) {
  for (std::size_t at = text.find('\r'); at != std::string_view::npos; at = text.find('\r', at + 1))
    if (text.substr(at, 2) != "\r\n") return at;
  return std::min({text.find("\xC2\x85"), text.find("\xE2\x80\xA8"), text.find("\xE2\x80\xA9")});
}

Problem whole_file(std::string code, std::string message, std::string hint, const std::string& file, Mark mark) {
  return {std::move(code), std::move(message), std::move(hint), {file, mark, mark}, {}, Severity::error};
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  const auto* entry = find_entry(key);
  return entry ? &entry->value : nullptr;
}

const Entry* Node::find_entry(std::string_view key) const {
  for (const auto& entry : entries)
    if (entry.key.scalar == key) return &entry;
  return nullptr;
}

Problem Node::problem(std::string code, std::string message, std::string hint) const {
  return {std::move(code), std::move(message), std::move(hint), place, path, Severity::error};
}

Checked<Node> read(std::string_view text, std::string file) {
  const auto refuse = [&](std::string code, std::string message, std::string hint, std::size_t byte) {
    return std::unexpected(
        Problems{whole_file(std::move(code), std::move(message), std::move(hint), file, Lines(text).mark_of(byte))});
  };
  if (text.size() > most_bytes)
    return std::unexpected(Problems{whole_file(
        "yaml.too_big", fmt::format("this file has {} bytes, and at most {} are read", text.size(), most_bytes),
        "divide it into several files", file, {})});
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (const auto nul = text.find('\0'); nul != std::string_view::npos)
    return refuse("yaml.nul", "a NUL byte stands here", "save the file as plain text in UTF-8", nul);
  if (!is_utf8(text))
    return refuse("yaml.not_utf8", "this byte is not valid UTF-8",
                  "save the file in UTF-8, not in latin-1 or Windows-1252", first_bad_byte(text));
  if (const auto odd = odd_line_break(text); odd != std::string_view::npos)
    return refuse("yaml.line_break", "a line ends here with something else than a line feed",
                  "save the file with line ends LF or CRLF", odd);
  return Composer(text, std::move(file)).document();
}

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::null:
      return "empty";
    case Kind::boolean:
      return "true or false";
    case Kind::integer:
      return "a whole number";
    case Kind::decimal:
      return "a number with decimals";
    case Kind::text:
      return "text";
    case Kind::list:
      return "a list";
    case Kind::map:
      return "a map";
  }
  return "a value";
}

}  // namespace simpul::yaml
