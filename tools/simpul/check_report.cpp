#include "tools/simpul/check_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "bus/event/json.h"

namespace simpul {
namespace {

constexpr std::size_t widest_line = 110;  // in columns of the terminal; longer ones are shown in part
constexpr std::size_t tab_width = 4;
constexpr std::string_view replacement = "\xEF\xBF\xBD";

struct Character {
  std::string text;  // as shown
  std::size_t width = 1;
};

using Range = std::pair<char32_t, char32_t>;

bool is_within(std::span<const Range> ranges, char32_t code) {
  return std::ranges::any_of(ranges, [&](const Range& range) { return code >= range.first && code <= range.second; });
}

// What a terminal shows in two columns, and in none (Unicode 15: East Asian Width W and F; categories Mn, Me and Cf,
// the blocks where city data may have them).
std::size_t width_of(char32_t code) {
  static constexpr auto none = std::to_array<Range>(
      {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x610, 0x61a},     {0x64b, 0x65f},
       {0x6d6, 0x6dc},   {0xe31, 0xe31},   {0xe34, 0xe3a},   {0xe47, 0xe4e},     {0x1ab0, 0x1aff},
       {0x1dc0, 0x1dff}, {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x206f},   {0x20d0, 0x20ff},
       {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xe0001, 0xe007f}, {0xe0100, 0xe01ef}});
  static constexpr auto two = std::to_array<Range>({{0x1100, 0x115f},
                                                    {0x2e80, 0x303e},
                                                    {0x3041, 0x33ff},
                                                    {0x3400, 0x4dbf},
                                                    {0x4e00, 0x9fff},
                                                    {0xa000, 0xa4cf},
                                                    {0xa960, 0xa97f},
                                                    {0xac00, 0xd7a3},
                                                    {0xf900, 0xfaff},
                                                    {0xfe30, 0xfe6f},
                                                    {0xff00, 0xff60},
                                                    {0xffe0, 0xffe6},
                                                    {0x1f300, 0x1f64f},
                                                    {0x1f680, 0x1f6ff},
                                                    {0x1f900, 0x1f9ff},
                                                    {0x20000, 0x3fffd}});
  if (code < 0x300) return 1;
  if (is_within(none, code)) return 0;
  return is_within(two, code) ? 2 : 1;
}

// Characters that turn or hide text would let a file show other words than it holds.
bool is_deceptive(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x202a && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

Character next_character(std::string_view& text, std::size_t column) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  char32_t code = length <= 1 ? lead : lead & (0xff >> (length + 1));
  bool good = length > 0 && length <= text.size();
  for (std::size_t i = 1; good && i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    good = (byte & 0xc0) == 0x80;
    code = code << 6 | (byte & 0x3f);
  }
  const auto bytes = good ? length : 1;
  Character out{std::string(text.substr(0, bytes)), 1};
  text.remove_prefix(bytes);
  if (code == '\t')
    out = {std::string(tab_width - column % tab_width, ' '), tab_width - column % tab_width};
  else if (!good || is_deceptive(code))
    out.text = replacement;
  else
    out.width = width_of(code);
  return out;
}

std::vector<Character> characters_of(std::string_view line) {
  std::vector<Character> all;
  std::size_t column = 0;
  while (!line.empty()) {
    all.push_back(next_character(line, column));
    column += all.back().width;
  }
  return all;
}

std::string harmless(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text.front() == '\n') {
      out += '\n';
      text.remove_prefix(1);
    } else {
      out += next_character(text, 0).text;
    }
  }
  return out;
}

std::string painted(std::string_view text, std::string_view code, bool colour) {
  return colour && !text.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

std::string_view colour_of(Severity severity) {
  return severity == Severity::error ? "31" : "33";
}

std::vector<std::string_view> lines_of(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<std::string_view> lines;
  while (true) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

bool is_word(const Character& character) {
  const auto first = static_cast<unsigned char>(character.text.front());
  return (first >= '0' && first <= '9') || (first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z') ||
         first == '_' || first >= 0x80;
}

// A text of the same length in which the values of fields that sound like secrets cannot be read: a line is quoted for
// what is wrong on it, and that may stand beside a password.
std::string without_secrets(std::string_view line) {
  static constexpr std::array<std::string_view, 5> words{"secret", "password", "token", "sandi", "api_key"};
  std::string out(line);
  for (const auto word : words)
    for (auto at = line.find(word); at != std::string_view::npos; at = line.find(word, at + word.size())) {
      auto colon = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_'\"", at);
      if (colon == std::string_view::npos || line[colon] != ':') continue;
      const auto value = line.find_first_not_of(" \t'\"", colon + 1);
      if (value == std::string_view::npos || line.substr(value).starts_with("${")) continue;
      for (auto i = value; i < line.size() && std::string_view(",}").find(line[i]) == std::string_view::npos; ++i)
        if (static_cast<unsigned char>(line[i]) < 0x80) out[i] = '*';
    }
  return out;
}

// One line, and below it what is underlined: characters [from, to), counted from 0.
class Shown {
 public:
  Shown(std::string_view line, std::size_t from, std::size_t to, bool secret)
      : characters_(characters_of(without_secrets(line))) {
    from_ = std::min(from, characters_.size());
    to_ = std::min(std::max(to, from_), characters_.size());
    if (secret)
      for (auto i = from_; i < to_; ++i) characters_[i] = {"*", 1};
    window();
  }

  std::string line() const {
    std::string text = first_ > 0 ? "…" : "";
    for (std::size_t i = first_; i < last_; ++i) text += characters_[i].text;
    if (last_ < characters_.size()) text += "…";
    return text;
  }

  std::string marks(bool with_head) const {
    std::string text(first_ > 0 ? 1 : 0, ' ');
    for (std::size_t i = first_; i < std::min(from_, last_); ++i) text.append(characters_[i].width, ' ');
    std::string under;
    for (std::size_t i = std::max(from_, first_); i < std::min(to_, last_); ++i)
      under.append(characters_[i].width, '~');
    if (under.empty()) under = "~";
    if (with_head) under.front() = '^';
    return text + under;
  }

 private:
  // A long line is shown around what is underlined.
  void window() {
    auto width = [&](std::size_t from, std::size_t to) {
      std::size_t all = 0;
      for (std::size_t i = from; i < to; ++i) all += characters_[i].width;
      return all;
    };
    last_ = characters_.size();
    if (width(0, last_) <= widest_line) return;
    constexpr std::size_t before = 30;
    first_ = from_ > before && width(0, std::min(to_, last_)) > widest_line - before ? from_ - before : 0;
    std::size_t used = 0;
    last_ = first_;
    while (last_ < characters_.size() && used + characters_[last_].width <= widest_line)
      used += characters_[last_++].width;
  }

  std::vector<Character> characters_;
  std::size_t from_ = 0, to_ = 0, first_ = 0, last_ = 0;
};

std::size_t first_ink(std::string_view line) {
  const auto at = line.find_first_not_of(" \t");
  return at == std::string_view::npos ? 0 : at;
}

std::size_t length_in_characters(std::string_view line) {
  return characters_of(line).size();
}

// The end of a place, brought back to where the text ends: YAML's marks of a block stand before what follows it.
Mark real_end(const std::vector<std::string_view>& lines, const Place& place) {
  auto end = place.end;
  if (end.line < place.start.line || (end.line == place.start.line && end.column <= place.start.column)) {
    // Only where it begins is known: the word there.
    auto characters = characters_of(lines[place.start.line - 1]);
    std::size_t at = place.start.column == 0 ? 0 : place.start.column - 1;
    const auto begin = at;
    while (at < characters.size() && is_word(characters[at])) ++at;
    return {place.start.line, static_cast<std::uint32_t>(std::max(at, begin + 1) + 1)};
  }
  end.line = std::min<std::uint32_t>(end.line, static_cast<std::uint32_t>(lines.size()));
  while (end.line > place.start.line && end.column <= first_ink(lines[end.line - 1]) + 1) {
    --end.line;
    end.column = static_cast<std::uint32_t>(length_in_characters(lines[end.line - 1]) + 1);
  }
  return end;
}

json::Writer& put_place(json::Writer& out, const Place& place) {
  return out.member("file", place.file)
      .member("line", static_cast<std::int64_t>(place.start.line))
      .member("column", static_cast<std::int64_t>(place.start.column))
      .member("end_line", static_cast<std::int64_t>(place.end.line))
      .member("end_column", static_cast<std::int64_t>(place.end.column));
}

std::string_view word(Severity severity) {
  return severity == Severity::error ? "error" : "warning";
}

// RFC 3986 §3.3: what a path segment may hold as it is.
std::string uri_of(std::string_view file) {
  std::string out;
  for (const char c : file) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       std::string_view("-._~/!$&'()*+,;=@").find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

void put_sarif_location(json::Writer& out, const Place& place) {
  out.name("physicalLocation").begin_object();
  out.name("artifactLocation").begin_object().member("uri", uri_of(place.file)).end_object();
  if (place.start.line > 0) {
    // SARIF 2.1.0 §3.30: counted from 1, the end column is behind the last character.
    out.name("region").begin_object().member("startLine", static_cast<std::int64_t>(place.start.line));
    if (place.start.column > 0) {
      out.member("startColumn", static_cast<std::int64_t>(place.start.column));
      const bool has_end = place.end.line > place.start.line ||
                           (place.end.line == place.start.line && place.end.column > place.start.column);
      if (has_end && place.end.column > 0)
        out.member("endLine", static_cast<std::int64_t>(place.end.line))
            .member("endColumn", static_cast<std::int64_t>(place.end.column));
    }
    out.end_object();
  }
  out.end_object();
}

void put_sarif_result(json::Writer& out, const Problem& problem, std::int64_t rule) {
  out.begin_object().member("ruleId", problem.code).member("ruleIndex", rule).member("level", word(problem.severity));
  out.name("message")
      .begin_object()
      .member("text", problem.hint.empty() ? problem.message : fmt::format("{}\n{}", problem.message, problem.hint))
      .end_object();
  out.name("locations").begin_array();
  if (!problem.place.file.empty()) {
    out.begin_object();
    put_sarif_location(out, problem.place);
    if (!problem.path.empty())
      out.name("logicalLocations")
          .begin_array()
          .begin_object()
          .member("fullyQualifiedName", problem.path)
          .end_object()
          .end_array();
    out.end_object();
  }
  out.end_array();
  if (!problem.related.empty()) {
    out.name("relatedLocations").begin_array();
    for (std::size_t i = 0; i < problem.related.size(); ++i) {
      out.begin_object().member("id", static_cast<std::int64_t>(i + 1));
      put_sarif_location(out, problem.related[i].place);
      out.name("message").begin_object().member("text", problem.related[i].message).end_object();
      out.end_object();
    }
    out.end_array();
  }
  out.end_object();
}

}  // namespace

std::string excerpt(std::string_view text, const Place& place, bool colour, Severity severity, bool secret) {
  const auto lines = lines_of(text);
  const auto& start = place.start;
  if (start.line == 0 || start.line > lines.size()) return {};
  const auto end = real_end(lines, place);
  const auto gutter = fmt::format("{}", end.line).size();
  auto row = [&](std::string_view head, std::string_view body) {
    return fmt::format("{} {}\n", painted(fmt::format("  {:>{}} |", head, gutter), "90", colour), body);
  };
  auto underlined = [&](std::uint32_t number, std::size_t from, std::size_t to, bool with_head) {
    const Shown line(lines[number - 1], from, to, secret);
    return row(fmt::format("{}", number), line.line()) +
           row("", painted(line.marks(with_head), colour_of(severity), colour));
  };
  const std::size_t from = start.column == 0 ? first_ink(lines[start.line - 1]) : start.column - 1;
  if (end.line == start.line) return underlined(start.line, from, end.column - 1, true);
  auto out = underlined(start.line, from, length_in_characters(lines[start.line - 1]), true);
  if (end.line > start.line + 1) out += row("…", "");
  return out + underlined(end.line, first_ink(lines[end.line - 1]), end.column - 1, false);
}

std::string shown_problem(const Problem& problem, const ConfigurationFiles& files, bool colour) {
  auto text_of = [&](const Place& place) {
    auto found = files.find(place.file);
    return found == files.end() ? std::string_view() : std::string_view(found->second);
  };
  auto alone = problem;
  alone.hint.clear();
  auto head = harmless(to_text(alone));
  const auto kind = fmt::format("{}: ", word(problem.severity));
  if (const auto at = head.find(kind); colour && at != std::string::npos)
    head = fmt::format("\x1b[1m{}\x1b[0m{}{}", head.substr(0, at), painted(kind, colour_of(problem.severity), true),
                       head.substr(at + kind.size()));
  auto out =
      head + "\n" +
      excerpt(text_of(problem.place), problem.place, colour, problem.severity, problem.code == "config.secret_in_file");
  if (!problem.hint.empty()) {
    auto hint = harmless(problem.hint);
    for (auto at = hint.find('\n'); at != std::string::npos; at = hint.find('\n', at + 1)) hint.insert(at + 1, "    ");
    out += fmt::format("    {}\n", hint);
  }
  for (const auto& related : problem.related) {
    out += fmt::format("  {}:{}:{}: {}\n", harmless(related.place.file), related.place.start.line,
                       related.place.start.column, harmless(related.message));
    out += excerpt(text_of(related.place), related.place, colour, Severity::warning);
  }
  return out;
}

std::string counts_in_words(const Problems& problems) {
  const auto errors = static_cast<std::size_t>(std::ranges::count(problems, Severity::error, &Problem::severity));
  auto counted = [](std::size_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
  };
  const auto warnings = problems.size() - errors;
  if (errors == 0) return warnings == 0 ? std::string() : counted(warnings, "warning");
  return counted(errors, "error") + (warnings == 0 ? std::string() : ", " + counted(warnings, "warning"));
}

std::string needs_in_words(const std::vector<NeededVariable>& needs) {
  std::map<std::string, std::string> places;
  for (const auto& need : needs) {
    auto& list = places[need.name];
    list += fmt::format("{}{}:{}:{}", list.empty() ? "" : ", ", need.place.file, need.place.start.line,
                        need.place.start.column);
  }
  std::string out;
  for (const auto& [name, list] : places)
    out += fmt::format(
        "note: needs the environment variable {} ({}), which is not set here: what it fills in was not checked\n", name,
        list);
  return out;
}

std::string problems_as_json(const Problems& problems, const ConfigurationFiles& files, const Generation* generation,
                             const std::vector<NeededVariable>& needs) {
  const auto errors = std::ranges::count(problems, Severity::error, &Problem::severity);
  json::Writer out;
  out.begin_object().member("ok", errors == 0);
  if (generation != nullptr) out.member("hash", generation->hash());
  out.name("counts").begin_object();
  out.member("errors", static_cast<std::int64_t>(errors))
      .member("warnings", static_cast<std::int64_t>(problems.size()) - static_cast<std::int64_t>(errors))
      .member("files", static_cast<std::int64_t>(files.size()));
  if (generation != nullptr)
    out.member("apps", static_cast<std::int64_t>(generation->apps().size()))
        .member("routes", static_cast<std::int64_t>(generation->routes().size()))
        .member("schemas", static_cast<std::int64_t>(generation->schemas().names().size()));
  out.end_object();
  out.name("problems").begin_array();
  for (const auto& problem : problems) {
    out.begin_object()
        .member("code", problem.code)
        .member("severity", word(problem.severity))
        .member("message", problem.message)
        .member("hint", problem.hint);
    put_place(out, problem.place).member("path", problem.path);
    out.name("related").begin_array();
    for (const auto& related : problem.related)
      put_place(out.begin_object().member("message", related.message), related.place).end_object();
    out.end_array().end_object();
  }
  out.end_array();
  out.name("needs").begin_array();
  for (const auto& need : needs)
    put_place(out.begin_object().member("variable", need.name), need.place).member("path", need.path).end_object();
  out.end_array().end_object();
  return out.take();
}

std::string problems_as_sarif(const Problems& problems, std::string_view version) {
  std::map<std::string, std::int64_t> rules;
  for (const auto& problem : problems) rules.emplace(problem.code, 0);
  std::int64_t count = 0;
  for (auto& [code, index] : rules) index = count++;
  json::Writer out;
  out.begin_object()
      .member("$schema", "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json")
      .member("version", "2.1.0");
  out.name("runs").begin_array().begin_object();
  out.name("tool").begin_object().name("driver").begin_object().member("name", "simpul").member("version", version);
  out.name("rules").begin_array();
  for (const auto& [code, index] : rules) {
    auto words = code;
    std::ranges::replace(words, '_', ' ');
    if (const auto dot = words.find('.'); dot != std::string::npos) words.replace(dot, 1, ": ");
    out.begin_object().member("id", code);
    out.name("shortDescription").begin_object().member("text", words).end_object();
    out.end_object();
  }
  out.end_array().end_object().end_object();
  // Columns count characters (§3.14.17).
  out.member("columnKind", "unicodeCodePoints");
  out.name("results").begin_array();
  for (const auto& problem : problems) put_sarif_result(out, problem, rules.at(problem.code));
  out.end_array().end_object().end_array().end_object();
  return out.take();
}

}  // namespace simpul
