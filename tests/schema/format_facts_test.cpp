// What containment takes for certain of formats, held against the formats themselves: texts near good ones, thousands
// for each format, from seeds. A fact that a single text breaks would make a wrong "contained".
#include "bus/schema/format_facts.h"

#include <random>

#include "bus/schema/automaton.h"
#include "bus/schema/containment.h"
#include "bus/schema/formats.h"
#include "tests/schema/support.h"

namespace simpul {
namespace {

using namespace std::string_view_literals;

// Texts to begin with beside the facts' own examples: every branch of every format's rule, and what is nearly of it.
constexpr std::string_view seeds[] = {
    "",
    "2024-02-29t23:59:60z",
    "1998-12-31T15:59:60.123-08:00",
    "0000-01-01T00:00:00.000000000000000000000001-00:00",
    "23:59:60z",
    "06:59:60+07:00",
    "P1Y",
    "PT1H2M",
    "P12W",
    "\"\\\"@ \"@[IPv6:2001:db8::192.0.2.1]",
    "!#$%&'*+-/=?^_`{|}~@xn--4gbwdl.xn--wgbh1c",
    "\"\"@a",
    "a.b@[192.0.2.1]",
    "\xe2\x80\xa8@b.id",
    "\xe2\x80\xa9\xc2\x85@b.id",
    "\"\xe2\x80\xa8\"@\xe5\xae\x9e\xe4\xbe\x8b\xe3\x80\x82id",
    "b\xc3\xbc"
    "cher\xe3\x80\x82kota\xef\xbc\x8e"
    "example\xef\xbd\xa1id",
    "XN--BCHER-KVA.example",
    "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
    "l\xc2\xb7l",
    "\xe0\xa4\x95\xe0\xa5\x8d\xe2\x80\x8d\xe0\xa4\xb7",
    "2001:db8:0:1:1:1:1:1",
    "::ffff:203.0.113.255",
    "1:2:3:4:5:6:7::",
    "aaaa:bbbb:cccc:dddd:eeee:ffff:255.255.255.255",
    "http://[2001:db8::7]:8080/c=GB?a#f",
    "http://[v1F.a:b]@x:1/",
    "ftp://u:p%40@host:/a;b/(c)",
    "mailto:a@b",
    "//[::1]?q",
    "?#",
    "%41:b",
    "a/b:c",
    "http://\xe4\xbe\x8b.id/\xf0\xa0\x80\x80?\xee\x80\x80#\xc3\xa9",
    "A+-.9:",
    "{+path:9999,x*}%20\xc3\xa9{?a.b}",
    "/~0/~1/\n\xe2\x80\xa9",
    "120/a~1",
    "10#",
    "(?<a>b)\\k<a>[^\\]]{1,2}\\p{L}",
    "1980 01 01 2005 01 1 001",
    "36.71.010.001.001-0010.0",
    "01.234.567.8-901.234",
    "5.1.02.01.001.00024",
    "1.2.03.04.05.006",
    "36.71.01",
    "B9001XYZ",
    "AB 1",
    "P9900001",
};

// What is put into a text: signs of all the formats, characters of one to four bytes, ends of lines, and long runs.
constexpr std::string_view pieces[] = {
    "0",
    "9",
    "00",
    "29",
    "60",
    "255",
    "65536",
    "a",
    "Z",
    "t",
    "z",
    "K",
    "ff",
    ".",
    "..",
    "-",
    "--",
    ":",
    "::",
    "/",
    "//",
    "?",
    "#",
    "@",
    "@@",
    "[",
    "]",
    "\"",
    "\\",
    "\\\"",
    "%",
    "%2f",
    "~",
    "~1",
    "{",
    "}",
    "*",
    ",",
    "+",
    "+14:00",
    "-23:59",
    ".5",
    " ",
    "\n",
    "\r",
    "\t",
    "\0"sv,
    "\x7f",
    "P",
    "T",
    "W",
    "Y",
    "xn--",
    "IPv6:",
    "v1.",
    "\xc2\x85",
    "\xc3\xa9",
    "\xc3\x89",
    "\xd7\x90",
    "\xd9\xa1",
    "\xe2\x80\x8d",
    "\xe2\x80\xa8",
    "\xe2\x80\xa9",
    "\xe3\x80\x82",
    "\xef\xbc\x8e",
    "\xe4\xb8\x80",
    "\xee\x80\x80",
    "\xef\xbf\xbf",
    "\xf0\x9f\x98\x80",
    "\xf4\x8f\xbf\xbf",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "..........................................",
    "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
    "1234567890123456789012345678901234567890",
    "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.",
};

// Texts of each format, and the seeds; next() changes one a little, or joins two.
class Mutations {
 public:
  explicit Mutations(unsigned seed) : engine_(seed), pools_(format_names().size() + 1) {
    for (auto text : seeds) pools_.back().emplace_back(text);
    auto names = format_names();
    for (std::size_t i = 0; i < names.size(); ++i) {
      for (auto text : facts_of_format(names[i])->examples) pools_[i].emplace_back(text);
    }
  }

  // A text that the i-th format accepts.
  void keep(std::size_t i, const std::string& text) {
    if (text.size() > 1'000) return;
    if (pools_[i].size() < 500) {
      pools_[i].push_back(text);
    } else {
      pools_[i][below(500)] = text;
    }
  }

  std::string next() {
    std::string text = any();
    for (auto left = below(4); left > 0; --left) {
      auto from = boundary(text, below(text.size() + 1)), to = boundary(text, std::min(from + below(4), text.size()));
      switch (below(6)) {
        case 0:
          text.erase(from, to - from);
          break;
        case 1:
          text.replace(from, to - from, pieces[below(std::size(pieces))]);
          break;
        case 2:
          text.insert(from, text.substr(from, to - from));
          break;
        case 3: {  // the end of another text
          const auto& other = any();
          text = text.substr(0, from) + other.substr(boundary(other, below(other.size() + 1)));
          break;
        }
        case 4:
          if (from < text.size() && text[from] >= '0' && text[from] <= '9')
            text[from] = static_cast<char>('0' + below(10));
          break;
        default:
          text.insert(from, pieces[below(std::size(pieces))]);
      }
    }
    return text;
  }

 private:
  std::size_t below(std::size_t count) { return engine_() % count; }
  // Not inside a character: a string of JSON is well-formed.
  static std::size_t boundary(std::string_view text, std::size_t at) {
    while (at > 0 && at < text.size() && (text[at] & 0xc0) == 0x80) --at;
    return at;
  }

  const std::string& any() {
    const auto& pool = pools_[below(pools_.size())];
    return pool[below(pool.size())];
  }

  std::mt19937 engine_;
  std::vector<std::vector<std::string>> pools_;  // of each format; the seeds
};

struct Held {
  const Format* format;
  const FormatFacts* facts;
  std::optional<Automaton> exact, within;
  std::vector<const Format*> in;
  std::size_t accepted = 0;
};

std::vector<Held> all_facts() {
  std::vector<Held> out;
  for (const auto& name : format_names()) {
    Held held{find_format(name), facts_of_format(name), language_of_format(name), {}, {}, 0};
    EXPECT_NE(held.facts, nullptr) << name;
    if (held.facts == nullptr) continue;
    if (!held.facts->within.empty()) {
      EXPECT_FALSE(held.exact) << name << ": a pattern beside the exact language is never asked";
      held.within = Automaton::of_pattern(held.facts->within);
      EXPECT_TRUE(held.within) << name;
    }
    for (auto other : held.facts->in) {
      if (!other.empty()) held.in.push_back(find_format(other));
    }
    out.push_back(std::move(held));
  }
  return out;
}

// What breaks a fact, or nothing.
std::string broken(Held& held, const std::string& text) {
  bool accepted = held.format->matches(text);
  held.accepted += accepted;
  if (held.exact && held.exact->matches(text) != accepted) return "the exact language says otherwise";
  if (!accepted) return {};
  if (held.within && !held.within->matches(text)) return "outside its pattern";
  for (const auto* wider : held.in) {
    if (!wider->matches(text)) return "not in " + std::string(wider->name);
  }
  return {};
}

TEST(FormatFacts, HoldForEveryTextThatTheFormatAccepts) {
  auto all = all_facts();
  Mutations mutations(20261122);
  for (int i = 0; i < 30'000; ++i) {
    auto text = mutations.next();
    for (std::size_t format = 0; format < all.size(); ++format) {
      auto before = all[format].accepted;
      ASSERT_EQ(broken(all[format], text), "") << all[format].format->name << ": " << text;
      if (all[format].accepted > before) mutations.keep(format, text);
    }
  }
  for (const auto& held : all) EXPECT_GT(held.accepted, 200u) << held.format->name << ": too few texts to tell";
}

TEST(FormatFacts, HoldForVeryLongTexts) {
  auto all = all_facts();
  std::string many(100'000, 'a'), digits(100'000, '7'), spaces(5'000, ' '), dots(5'000, '.');
  for (const auto& text : {many, digits, "http://a/" + many, "a:" + many, "/" + many, "07:30:00." + digits + "Z",
                           "2026-11-22T07:30:00." + digits + "z", "P" + digits + "W", "1" + digits + "#",
                           "19800101" + spaces + "2005011001", "36710100010010" + dots + "0010", "\"" + many + "\"@a",
                           many + "@a", "a@" + many}) {
    for (auto& held : all) EXPECT_EQ(broken(held, text), "") << held.format->name << " " << text.substr(0, 30);
  }
}

TEST(FormatFacts, ExamplesAreOfTheFormat) {
  for (const auto& held : all_facts()) {
    for (auto text : held.facts->examples) {
      EXPECT_TRUE(text.empty() || held.format->matches(text)) << held.format->name << " " << text;
    }
  }
}

// A dot of a pattern is not the end of a line, and U+2028 is one that a mailbox in other scripts may begin with.
TEST(FormatFacts, NoPatternIsTakenForWiderThanItIs) {
  auto mailbox = schema_of(R"({"type": "string", "format": "idn-email"})");
  auto dots = schema_of(R"({"type": "string", "pattern": ".@."})");
  EXPECT_TRUE(mailbox->valid(document_of(R"("\u2028@b.id")").root()));
  EXPECT_FALSE(dots->valid(document_of(R"("\u2028@b.id")").root()));
  EXPECT_EQ(contained(*mailbox, *dots).answer, Contained::no);
}

}  // namespace
}  // namespace simpul
