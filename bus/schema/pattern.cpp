#include "bus/schema/pattern.h"

#include <re2/re2.h>

#include <array>
#include <bitset>
#include <charconv>
#include <map>
#include <optional>
#include <vector>

#include <fmt/format.h>

namespace simpul {
namespace {

// ECMA-262 §22.2.2.9 CharacterClassEscape: white space and line terminators, and all others.
constexpr std::string_view white_space =
    "\\x{9}-\\x{d}\\x{20}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}";
constexpr std::string_view no_white_space =
    "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{"
    "202e}"
    "\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}";
constexpr std::string_view dot = "[^\\n\\r\\x{2028}\\x{2029}]";

const std::map<std::string_view, std::string_view>& category_names() {
  static const std::map<std::string_view, std::string_view> names{{"Letter", "L"},
                                                                  {"Cased_Letter", "LC"},
                                                                  {"Uppercase_Letter", "Lu"},
                                                                  {"Lowercase_Letter", "Ll"},
                                                                  {"Titlecase_Letter", "Lt"},
                                                                  {"Modifier_Letter", "Lm"},
                                                                  {"Other_Letter", "Lo"},
                                                                  {"Mark", "M"},
                                                                  {"Combining_Mark", "M"},
                                                                  {"Nonspacing_Mark", "Mn"},
                                                                  {"Spacing_Mark", "Mc"},
                                                                  {"Enclosing_Mark", "Me"},
                                                                  {"Number", "N"},
                                                                  {"Decimal_Number", "Nd"},
                                                                  {"digit", "Nd"},
                                                                  {"Letter_Number", "Nl"},
                                                                  {"Other_Number", "No"},
                                                                  {"Punctuation", "P"},
                                                                  {"punct", "P"},
                                                                  {"Connector_Punctuation", "Pc"},
                                                                  {"Dash_Punctuation", "Pd"},
                                                                  {"Open_Punctuation", "Ps"},
                                                                  {"Close_Punctuation", "Pe"},
                                                                  {"Initial_Punctuation", "Pi"},
                                                                  {"Final_Punctuation", "Pf"},
                                                                  {"Other_Punctuation", "Po"},
                                                                  {"Symbol", "S"},
                                                                  {"Math_Symbol", "Sm"},
                                                                  {"Currency_Symbol", "Sc"},
                                                                  {"Modifier_Symbol", "Sk"},
                                                                  {"Other_Symbol", "So"},
                                                                  {"Separator", "Z"},
                                                                  {"Space_Separator", "Zs"},
                                                                  {"Line_Separator", "Zl"},
                                                                  {"Paragraph_Separator", "Zp"},
                                                                  {"Other", "C"},
                                                                  {"Control", "Cc"},
                                                                  {"cntrl", "Cc"},
                                                                  {"Format", "Cf"}};
  return names;
}

class Translator {
 public:
  explicit Translator(std::string_view source) : in_(source) {}

  Result<std::string> run() {
    while (at_ < in_.size() && !problem_) step();
    if (problem_) return std::unexpected(std::move(*problem_));
    return std::move(out_);
  }

 private:
  bool has(std::string_view text) const { return in_.substr(at_).starts_with(text); }

  void refuse(std::string_view what, std::string_view hint, bool unsupported = false) {
    problem_ = Problem{};
    problem_->code = unsupported ? "pattern.unsupported" : "pattern.syntax";
    problem_->message = fmt::format("{} at character {} of the pattern", what, at_ + 1);
    problem_->hint = hint;
  }

  void step() {
    char c = in_[at_];
    if (c == '\\') return escape(false);
    if (c == '[') return bracket();
    if (c == '(') return group();
    if (c == '{') return quantifier();
    if (c == '.') {
      out_ += dot;
    } else {
      out_ += c;
    }
    ++at_;
  }

  void group() {
    if (!has("(?")) {
      out_ += '(';
      ++at_;
    } else if (has("(?:")) {
      out_ += "(?:";
      at_ += 3;
    } else if (has("(?=") || has("(?!") || has("(?<=") || has("(?<!")) {
      refuse("look-ahead and look-behind are not supported: a pattern runs in linear time",
             "use allOf, anyOf or not with simpler patterns", true);
    } else if (has("(?<")) {
      out_ += "(?P<";
      at_ += 3;
    } else {
      refuse("an unknown kind of group", "use ( ), (?: ) or (?<name> )");
    }
  }

  void quantifier() {
    auto end = in_.find('}', at_);
    auto body = end == in_.npos ? std::string_view() : in_.substr(at_ + 1, end - at_ - 1);
    bool good = !body.empty() && body.front() != ',' && body.find_first_not_of("0123456789,") == body.npos &&
                std::count(body.begin(), body.end(), ',') <= 1;
    if (!good) return refuse("a brace that is no quantifier", "write {3}, {3,} or {3,5}, or \\{ for the character");
    out_ += in_.substr(at_, end - at_ + 1);
    at_ = end + 1;
  }

  void bracket() {
    if (has("[^]")) {
      out_ += "(?s:.)";
      at_ += 3;
      return;
    }
    if (has("[]")) {
      out_ += "[^\\x{0}-\\x{10ffff}]";
      at_ += 2;
      return;
    }
    out_ += '[';
    ++at_;
    if (at_ < in_.size() && in_[at_] == '^') {
      out_ += '^';
      ++at_;
    }
    while (at_ < in_.size() && in_[at_] != ']' && !problem_) {
      char c = in_[at_];
      if (c == '\\') {
        escape(true);
        continue;
      }
      if (c == '[') out_ += '\\';  // else RE2 takes [[:alpha:]] for a class of its own
      out_ += c;
      ++at_;
    }
    if (problem_) return;
    if (at_ == in_.size()) return refuse("a class that is not closed", "add ]");
    out_ += ']';
    ++at_;
  }

  void code_point(std::uint32_t value) { fmt::format_to(std::back_inserter(out_), "\\x{{{:x}}}", value); }

  std::optional<std::uint32_t> hex(std::size_t at, std::size_t size) const {
    if (at + size > in_.size() || size == 0) return std::nullopt;
    std::uint32_t value = 0;
    auto [end, error] = std::from_chars(in_.data() + at, in_.data() + at + size, value, 16);
    if (error != std::errc() || end != in_.data() + at + size) return std::nullopt;
    return value;
  }

  void unicode_escape() {
    if (has("\\u{")) {
      auto end = in_.find('}', at_);
      auto value = end == in_.npos ? std::nullopt : hex(at_ + 3, end - at_ - 3);
      if (!value || *value > 0x10ffff) return refuse("a bad \\u escape", "write \\u{1f600} or \\u00e9");
      code_point(*value);
      at_ = end + 1;
      return;
    }
    auto value = hex(at_ + 2, 4);
    if (!value) return refuse("a bad \\u escape", "write \\u and four hexadecimal digits");
    at_ += 6;
    if (*value >= 0xd800 && *value < 0xdc00 && has("\\u")) {
      if (auto low = hex(at_ + 2, 4); low && *low >= 0xdc00 && *low < 0xe000) {
        code_point(0x10000 + ((*value - 0xd800) << 10) + (*low - 0xdc00));
        at_ += 6;
        return;
      }
    }
    if (*value >= 0xd800 && *value < 0xe000) return refuse("a lone surrogate", "write both halves of the pair");
    code_point(*value);
  }

  void property() {
    auto end = in_.find('}', at_);
    if (!has("\\p{") && !has("\\P{")) return refuse("\\p needs a name in braces", "write \\p{Letter} or \\p{Lu}");
    if (end == in_.npos) return refuse("a property name that is not closed", "add }");
    auto name = in_.substr(at_ + 3, end - at_ - 3);
    if (auto equals = name.find('='); equals != name.npos) {
      auto kind = name.substr(0, equals);
      if (kind != "General_Category" && kind != "gc" && kind != "Script" && kind != "sc") {
        return refuse(fmt::format("the property {} is not supported", kind), "use a general category or a script",
                      true);
      }
      name = name.substr(equals + 1);
    }
    auto& categories = category_names();
    auto known = categories.find(name);
    out_ += in_.substr(at_, 3);
    out_ += known != categories.end() ? known->second : name;
    out_ += '}';
    at_ = end + 1;
  }

  void escape(bool in_class) {
    if (at_ + 1 == in_.size()) return refuse("a backslash with nothing behind it", "write \\\\ for the character");
    char c = in_[at_ + 1];
    switch (c) {
      case 'd':
      case 'D':
      case 'w':
      case 'W':
      case 'f':
      case 'n':
      case 'r':
      case 't':
      case 'v':
        out_ += '\\';
        out_ += c;
        break;
      case 's':
      case 'S':
        if (!in_class) out_ += '[';
        out_ += c == 's' ? white_space : no_white_space;
        if (!in_class) out_ += ']';
        break;
      case 'b':
        out_ += in_class ? "\\x{8}" : "\\b";
        break;
      case 'B':
        if (in_class) return refuse("\\B inside a class", "remove it");
        out_ += "\\B";
        break;
      case 'c': {
        char letter = at_ + 2 < in_.size() ? in_[at_ + 2] : '\0';
        if (!((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z')))
          return refuse("\\c needs a letter", "write \\cJ");
        code_point(static_cast<std::uint32_t>(letter) % 32);
        ++at_;
        break;
      }
      case 'x': {
        auto value = hex(at_ + 2, 2);
        if (!value) return refuse("a bad \\x escape", "write \\x and two hexadecimal digits");
        code_point(*value);
        at_ += 2;
        break;
      }
      case 'u':
        return unicode_escape();
      case 'p':
      case 'P':
        return property();
      case '0':
        code_point(0);
        break;
      case 'k':
        return refuse("back-references are not supported: a pattern runs in linear time",
                      "write the pattern without it", true);
      default:
        if (c >= '1' && c <= '9') {
          return refuse("back-references are not supported: a pattern runs in linear time",
                        "write the pattern without it", true);
        }
        if (std::string_view("^$\\.*+?()[]{}|/-").find(c) == std::string_view::npos) {
          return refuse(fmt::format("\\{} is no escape of ECMA-262", c), "write the character without the backslash");
        }
        out_ += '\\';
        out_ += c;
    }
    at_ += 2;
  }

  std::string_view in_;
  std::size_t at_ = 0;
  std::string out_;
  std::optional<Problem> problem_;
};

}  // namespace

struct Pattern::Inner {
  explicit Inner(std::string_view text, const std::string& translated, const RE2::Options& options)
      : source(text), machine(translated, options) {}
  std::string source;
  RE2 machine;
};

Pattern::Pattern() = default;
Pattern::~Pattern() = default;

Result<std::unique_ptr<const Pattern>> Pattern::compile(std::string_view ecma) {
  auto translated = Translator(ecma).run();
  if (!translated) return std::unexpected(std::move(translated.error()));
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(4 << 20);
  std::unique_ptr<Pattern> pattern(new Pattern());
  pattern->inner_ = std::make_unique<Inner>(ecma, *translated, options);
  if (!pattern->inner_->machine.ok()) {
    auto code = pattern->inner_->machine.error_code();
    if (code == RE2::ErrorRepeatSize || code == RE2::ErrorPatternTooLarge) {
      return fail("pattern.unsupported", "the pattern repeats too much",
                  "repeat at most 1000 times; use minLength and maxLength for lengths");
    }
    return fail("pattern.syntax",
                fmt::format("the pattern is no regular expression: {}", pattern->inner_->machine.error()),
                "write it as ECMA-262 says");
  }
  return std::unique_ptr<const Pattern>(std::move(pattern));
}

bool Pattern::matches(std::string_view text) const {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), inner_->machine);
}

const std::string& Pattern::source() const {
  return inner_->source;
}

}  // namespace simpul
