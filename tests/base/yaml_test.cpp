#include "bus/base/yaml.h"

#include <algorithm>
#include <string>
#include <vector>

#include "bus/base/environment.h"

#include <gtest/gtest.h>

namespace simpul {
namespace {

std::string problems_of(const std::string& text) {
  auto read = yaml::read(text, "a.yaml");
  return read ? std::string("read without a problem") : to_text(read.error());
}

struct Broken {
  const char* name;
  std::string text;
  std::string expected;
};

void PrintTo(const Broken& broken, std::ostream* out) {
  *out << broken.name;
}

class BrokenYaml : public testing::TestWithParam<Broken> {};

TEST_P(BrokenYaml, SaysWhatIsWrongWhereAndWhatToDo) {
  EXPECT_EQ(problems_of(GetParam().text), GetParam().expected);
}

const std::vector<Broken> broken = {
    {"duplicate_key", "a: 1\nb: 2\na: 3\n",
     "a.yaml:3:1: error: the key \"a\" stands twice in this map, first on line 1 (a) [yaml.duplicate_key]\n"
     "    keep one of the two"},
    {"duplicate_key_quoted_differently", "to:\n  - app: x\n    'app': y\n",
     "a.yaml:3:5: error: the key \"app\" stands twice in this map, first on line 2 (to[0].app) [yaml.duplicate_key]\n"
     "    keep one of the two"},
    {"unterminated_single_quote", "a: 'x\nb: 2\n",
     "a.yaml:1:4: error: the quote that opens here is never closed [yaml.unterminated_quote]\n"
     "    close it with ' where the text ends"},
    {"unterminated_double_quote", "a: \"x\nb: 2\n",
     "a.yaml:1:4: error: the quote that opens here is never closed [yaml.unterminated_quote]\n"
     "    close it with \" where the text ends"},
    {"content_after_list", "- a\nb: c\n",
     "a.yaml:2:1: error: the list that begins on line 1 ends here, and something else follows it [yaml.after_list]\n"
     "    begin the line with `- ` to make it an entry of the list, or give the list a key of its own"},
    {"second_document", "a: 1\n---\nb: 2\n",
     "a.yaml:2:1: error: a second document begins here, and a file holds one [yaml.second_document]\n"
     "    remove the line `---`, or move what follows it to a file of its own"},
    {"content_after_document", "a: 1\n...\nb: 2\n",
     "a.yaml:3:1: error: text follows the end of the document [yaml.after_document]\n"
     "    a file holds one document: remove what follows it"},
    {"anchor_and_alias", "a: &x 1\nb: *x\n",
     "a.yaml:1:4: error: anchors (`&x`) are not taken here (a) [yaml.anchor]\n"
     "    write the value where it is needed, or, if it is an expression, put the whole value in quotes: a: '&x 1'\n"
     "a.yaml:2:4: error: aliases (`*name`) are not taken here (b) [yaml.alias]\n"
     "    write the value out, or, if it is an expression, put the whole value in quotes: b: '*x'"},
    {"merge_key", "a:\n  <<: {b: 1}\n",
     "a.yaml:2:3: error: merge keys (`<<`) are not taken here (a) [yaml.merge_key]\n"
     "    write the fields out"},
    {"tag", "a: !!int 3\n",
     "a.yaml:1:4: error: a plain value that begins with `!` is a tag to YAML, and tags are not taken here (a) "
     "[yaml.tag]\n"
     "    if it is an expression, put the whole value in quotes: a: '!!int 3'"},
    {"negated_expression", "when: !has(event.data.x)\n",
     "a.yaml:1:7: error: a plain value that begins with `!` is a tag to YAML, and tags are not taken here (when) "
     "[yaml.tag]\n"
     "    if it is an expression, put the whole value in quotes: when: '!has(event.data.x)'"},
    {"negated_expression_with_and", "- when: !has(data.x) && data.y == 'z'\n",
     "a.yaml:1:22: error: a plain value cannot begin with `&` or `*` [yaml.anchor]\n"
     "    put the whole value in quotes: when: \"!has(data.x) && data.y == 'z'\""},
    {"ternary_in_plain_value", "map:\n  jk: data.sex == 1 ? 'L' : 'P'\n",
     "a.yaml:2:27: error: `: ` cannot stand inside a plain value [yaml.colon]\n"
     "    put the whole value in quotes: jk: \"data.sex == 1 ? 'L' : 'P'\""},
    {"colon_in_quoted_part", "when: x == 'y: \"z\"'\n",
     "a.yaml:1:14: error: `: ` cannot stand inside a plain value [yaml.colon]\n"
     "    write `when: |` and the value on the next line, indented: x == 'y: \"z\"'"},
    {"text_behind_a_quoted_value", "a: 'x' == b\nc: 1\n",
     "a.yaml:1:8: error: more text stands behind a value that is already complete [yaml.after_value]\n"
     "    put the whole value in quotes: a: \"'x' == b\""},
    {"expression_that_begins_with_a_list", "when: [1, 2].exists(x, x == data.n)\n",
     "a.yaml:1:13: error: more text stands behind a value that is already complete [yaml.after_value]\n"
     "    put the whole value in quotes: when: '[1, 2].exists(x, x == data.n)'"},
    {"backtick", "a: `x`\n",
     "a.yaml:1:4: error: a plain value cannot begin with ``` [yaml.bad_start]\n"
     "    put the whole value in quotes: a: '`x`'"},
    {"tab", "a:\n\tb: 1\n",
     "a.yaml:2:1: error: a tab stands where YAML takes spaces only [yaml.tab]\n"
     "    indent with spaces"},
    {"indentation", "a:\n    b: 1\n  c: 2\n",
     "a.yaml:3:3: error: this line fits neither the map above it nor an outer one [yaml.indentation]\n"
     "    indent it as far as its neighbours (the map begins on line 1, column 1), and look for a quote that is not "
     "closed above it"},
    {"no_colon", "a: 1\nsome words\nb: 2\n",
     "a.yaml:3:1: error: this line is neither `key: value` nor part of the value above it [yaml.no_colon]\n"
     "    write `key: value` with a space behind the colon, or indent a value of several lines below `key: |`"},
    {"list_not_closed", "a: [1, 2\nb: 3\n",
     "a.yaml:1:4: error: the list that opens here with `[` is not closed, or lacks a comma before line 2, column 2 "
     "[yaml.not_closed]\n"
     "    close it with `]`; if it is an expression: put the whole value in quotes: a: '[1, 2'"},
    {"pair_in_list", "a: [b: 1]\n",
     "a.yaml:1:5: error: `key: value` stands in a list without braces of its own (a[0]) [yaml.pair_in_list]\n"
     "    write {key: value}, or quote the entry when it is text"},
    {"list_as_key", "? [a, b]\n: 1\n",
     "a.yaml:1:3: error: a key must be plain text on one line [yaml.key_not_text]\n"
     "    write `key: value`"},
    {"missing_key", "a:\n  : 1\n",
     "a.yaml:2:3: error: a key is missing before this colon [yaml.key_not_text]\n"
     "    write `key: value`"},
    {"bad_escape", "a: \"\\q\"\n",
     "a.yaml:1:5: error: inside double quotes: found unknown escape character [yaml.escape]\n"
     "    write \\\\ for a backslash, \\\" for a quote, \\n for a line break; or use single quotes, where a backslash "
     "is itself"},
    {"directive", "%YAML 1.1\n---\na: 1\n",
     "a.yaml:1:1: error: directives (lines that begin with %) are not taken here [yaml.directive]\n"
     "    remove the line"},
    {"nul_byte", std::string("a: 1\nb: \0x\n", 11),
     "a.yaml:2:4: error: a NUL byte stands here [yaml.nul]\n"
     "    save the file as plain text in UTF-8"},
    {"nul_escape", "a: \"x\\0\"\n",
     "a.yaml:1:4: error: a NUL character (\\0) stands in this text (a) [yaml.nul]\n"
     "    remove it: nothing here can hold one"},
    {"latin1", "a: 1\nb: caf\xE9\n",
     "a.yaml:2:7: error: this byte is not valid UTF-8 [yaml.not_utf8]\n"
     "    save the file in UTF-8, not in latin-1 or Windows-1252"},
    {"lone_carriage_return", "a: 1\nb: x\rc: y\n",
     "a.yaml:2:5: error: a line ends here with something else than a line feed [yaml.line_break]\n"
     "    save the file with line ends LF or CRLF"},
    {"leading_at", R"~(when: @x == 1
)~",
     R"~(a.yaml:1:7: error: a plain value cannot begin with `@` [yaml.bad_start]
    put the whole value in quotes: when: '@x == 1')~"},
    {"leading_percent", R"~(when: %x
)~",
     R"~(a.yaml:1:7: error: a plain value cannot begin with `%` [yaml.bad_start]
    put the whole value in quotes: when: '%x')~"},
    {"leading_bar", R"~(when: |x == 1
)~",
     R"~(a.yaml:1:7: error: a plain value cannot begin with `|` [yaml.bad_start]
    put the whole value in quotes: when: '|x == 1')~"},
    {"leading_greater", R"~(when: >3 && data.x
)~",
     R"~(a.yaml:1:7: error: a plain value cannot begin with `>` [yaml.bad_start]
    put the whole value in quotes: when: '>3 && data.x')~"},
    {"leading_star", R"~(when: *x == 2
)~",
     R"~(a.yaml:1:7: error: aliases (`*name`) are not taken here (when) [yaml.alias]
    write the value out, or, if it is an expression, put the whole value in quotes: when: '*x == 2')~"},
    {"leading_star_alone", R"~(when: * 2
)~",
     R"~(a.yaml:1:7: error: a plain value cannot begin with `&` or `*` [yaml.alias]
    put the whole value in quotes: when: '* 2')~"},
    {"leading_ampersand", R"~(when: &x == 2
)~",
     R"~(a.yaml:1:7: error: anchors (`&x`) are not taken here (when) [yaml.anchor]
    write the value where it is needed, or, if it is an expression, put the whole value in quotes: when: '&x == 2')~"},
    {"leading_brace", R"~(when: {"a": 1}.a == 1
)~",
     R"~(a.yaml:1:15: error: more text stands behind a value that is already complete [yaml.after_value]
    put the whole value in quotes: when: '{"a": 1}.a == 1')~"},
    {"leading_dash", R"~(when: - 1 > data.x
)~",
     R"~(a.yaml:1:7: error: a list cannot begin here [yaml.list_here]
    put the first `- ` on a line of its own below the key; if it is an expression, put the whole value in quotes: when: '- 1 > data.x')~"},
    {"leading_comma", R"~(a: ,x
)~",
     R"~(a.yaml:1:4: error: a plain value cannot begin with `,` [yaml.bad_start]
    put the whole value in quotes: a: ',x')~"},
    {"leading_closing_bracket", R"~(a: ]x
)~",
     R"~(a.yaml:1:4: error: a plain value cannot begin with `]` [yaml.bad_start]
    put the whole value in quotes: a: ']x')~"},
    {"comment_in_a_quoted_part", R"~(when: data.nama == "A #1"
)~",
     R"~(a.yaml:1:7: error: ` #` begins a comment here, inside of a quoted text (when) [yaml.comment]
    put the whole value in quotes: when: 'data.nama == "A #1"')~"},
    {"comment_in_a_single_quoted_part", R"~(when: data.x == ' # '
)~",
     R"~(a.yaml:1:7: error: ` #` begins a comment here, inside of a quoted text (when) [yaml.comment]
    put the whole value in quotes: when: "data.x == ' # '")~"},
    {"colon_and_comment_in_a_quoted_part", R"~(when: data.nama == "A: #1"
)~",
     R"~(a.yaml:1:22: error: `: ` cannot stand inside a plain value [yaml.colon]
    put the whole value in quotes: when: 'data.nama == "A: #1"')~"},
    {"colon_in_double_quoted_part", R"~(when: data.x == "a: b"
)~",
     R"~(a.yaml:1:19: error: `: ` cannot stand inside a plain value [yaml.colon]
    put the whole value in quotes: when: 'data.x == "a: b"')~"},
    {"ternary_in_a_map_in_braces", R"~(map: { a: data.x ? 'a' : 'b', c: 1 }
)~",
     R"~(a.yaml:1:6: error: the map that opens here with `{` is not closed, or lacks a comma before line 1, column 24 [yaml.not_closed]
    close it with `}`; if it is an expression: put the whole value in quotes: a: "data.x ? 'a' : 'b'")~"},
    {"index_in_a_map_in_braces", R"~(map: {a: data.b[0], c: data.d}
)~",
     R"~(a.yaml:1:6: error: the map that opens here with `{` is not closed, or lacks a comma before line 1, column 16 [yaml.not_closed]
    close it with `}`; if it is an expression: put the whole value in quotes: a: 'data.b[0]')~"},
    {"negation_in_a_map_in_braces", R"~(map: { a: !has(x) }
)~",
     R"~(a.yaml:1:11: error: a plain value that begins with `!` is a tag to YAML, and tags are not taken here (map.a) [yaml.tag]
    if it is an expression, put the whole value in quotes: a: '!has(x)')~"},
    {"negation_in_a_list_in_brackets", R"~(- [data.a, !data.b]
)~",
     R"~(a.yaml:1:12: error: a plain value cannot begin with `!`: YAML reads it as a tag [yaml.tag]
    put the whole value in quotes: '!data.b')~"},
    {"colon_on_a_second_line", R"~(when: data.a ==
  'b: c'
)~",
     R"~(a.yaml:2:5: error: `: ` cannot stand inside a plain value [yaml.colon]
    put the whole value in quotes, or write it below `key: |`)~"},
    {"both_quotes_and_a_colon", R"~(to:
  - app: x
    when: data.x == "it's: so"
)~",
     R"~(a.yaml:3:26: error: `: ` cannot stand inside a plain value [yaml.colon]
    write `when: |` and the value on the next line, indented: data.x == "it's: so")~"},
    {"text_behind_a_list", R"~(when: [1,2] == data.x
)~",
     R"~(a.yaml:1:13: error: more text stands behind a value that is already complete [yaml.after_value]
    put the whole value in quotes: when: '[1,2] == data.x')~"},
    {"control_character", "a: x\x01y\n",
     "a.yaml:1:5: error: control characters are not allowed [yaml.syntax]\n"
     "    look at this place and at the line before it"},
};

INSTANTIATE_TEST_SUITE_P(Table, BrokenYaml, testing::ValuesIn(broken),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(Yaml, ReportsEveryDuplicateInOnePass) {
  auto read = yaml::read("a: 1\na: 2\nb: {c: 1, c: 2}\n", "a.yaml");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().size(), 2u);
}

TEST(Yaml, NamesBothPlacesOfADuplicateKey) {
  auto read = yaml::read("a: 1\nb: {c: 1, c: 2}\n", "a.yaml");
  ASSERT_FALSE(read);
  ASSERT_EQ(read.error().front().related.size(), 1u);
  EXPECT_EQ(read.error().front().related[0].place, (Place{"a.yaml", {2, 5}, {2, 6}}));
  EXPECT_EQ(read.error().front().place, (Place{"a.yaml", {2, 11}, {2, 12}}));
}

// Apostrophes of words are no quotes, and a comment behind a whole expression is one.
TEST(Yaml, LeavesCommentsAlone) {
  for (const auto* text : {"a: Jum'at pagi # a comment\n", "a: data.x == 'a' # why\n", "a: \"x\" # why\n"})
    EXPECT_TRUE(yaml::read(text, "a.yaml")) << text;
}

TEST(Yaml, LeavesAtOnceWhatIsTooDeep) {
  for (const std::string opening : {"[", "{a: ", "- "}) {
    std::string text;
    for (std::size_t i = 0; text.size() + opening.size() < (1u << 20); ++i) text += opening;
    auto read = yaml::read(text, "a.yaml");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().front().code, "yaml.too_deep") << opening;
  }
  std::string fits;
  for (int i = 0; i < 64; ++i) fits += '[';
  for (int i = 0; i < 64; ++i) fits += ']';
  EXPECT_TRUE(yaml::read(fits, "a.yaml"));
}

TEST(Yaml, RefusesMoreThanAMebibyte) {
  EXPECT_EQ(yaml::read("a: " + std::string(1u << 20, 'x'), "a.yaml").error().front().code, "yaml.too_big");
}

TEST(Yaml, AnAnchorBombIsRefusedAndNotExpanded) {
  std::string text = "a: &a [x, x]\n";
  for (char name = 'b'; name <= 'z'; ++name)
    text += std::string(1, name) + ": &" + name + " [*" + static_cast<char>(name - 1) + ", *" +
            static_cast<char>(name - 1) + "]\n";
  auto read = yaml::read(text, "a.yaml");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().size(), 50u);
}

TEST(Yaml, KeepsScalarsAsTheyAreWritten) {
  struct Scalar {
    const char* written;
    yaml::Kind kind;
  };
  for (const auto& [written, kind] : std::vector<Scalar>{{"true", yaml::Kind::boolean},
                                                         {"yes", yaml::Kind::text},
                                                         {"NO", yaml::Kind::text},
                                                         {"True", yaml::Kind::text},
                                                         {"0", yaml::Kind::integer},
                                                         {"-12", yaml::Kind::integer},
                                                         {"010", yaml::Kind::text},
                                                         {"0x1f", yaml::Kind::text},
                                                         {"1_000", yaml::Kind::text},
                                                         {"3671015207909001", yaml::Kind::integer},
                                                         {"1.50", yaml::Kind::decimal},
                                                         {"1e3", yaml::Kind::decimal},
                                                         {"1.", yaml::Kind::text},
                                                         {".5", yaml::Kind::text},
                                                         {".inf", yaml::Kind::text},
                                                         {"null", yaml::Kind::null},
                                                         {"~", yaml::Kind::null},
                                                         {"Null", yaml::Kind::text},
                                                         {"14-02-1979", yaml::Kind::text}}) {
    auto read = yaml::read(std::string("a: ") + written, "a.yaml");
    ASSERT_TRUE(read) << written;
    EXPECT_EQ(read->find("a")->kind, kind) << written;
    EXPECT_EQ(read->find("a")->scalar, written);
  }
}

TEST(Yaml, QuotedScalarsAndBlocksAreText) {
  auto read = yaml::read("a: '1'\nb: \"true\"\nc: |\n  x ? y : z\n  second\n", "a.yaml");
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->find("a")->is_text() && read->find("a")->quoted);
  EXPECT_TRUE(read->find("b")->is_text());
  EXPECT_TRUE(read->find("c")->block);
  EXPECT_EQ(read->find("c")->scalar, "x ? y : z\nsecond\n");
}

TEST(Yaml, KnowsWhereEachValueStands) {
  auto read = yaml::read("to:\n  - app: siloam\n    map: {'a.b': \"é\", c: 2}\n", "a.yaml");
  ASSERT_TRUE(read) << to_text(read.error());
  const auto& target = read->find("to")->items.at(0);
  EXPECT_EQ(target.find("app")->path, "to[0].app");
  EXPECT_EQ(target.find("app")->place, (Place{"a.yaml", {2, 10}, {2, 16}}));
  const auto* map = target.find("map");
  EXPECT_EQ(map->find("a.b")->path, "to[0].map[\"a.b\"]");
  EXPECT_EQ(map->find("c")->place.start, (Mark{3, 26}));  // columns count characters, not bytes
  EXPECT_EQ(map->find_entry("c")->key.place.start, (Mark{3, 23}));
  EXPECT_EQ(map->place.end, (Mark{3, 28}));
}

TEST(Yaml, NumbersAndWordsMayBeKeys) {
  auto read = yaml::read("1: L\n010: x\ntrue: y\n", "a.yaml");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->find("1")->scalar, "L");
  EXPECT_EQ(read->find("010")->scalar, "x");
  EXPECT_TRUE(read->find_entry("true")->key.is_text());
}

// Whatever the text: an answer, and every problem stands inside the file.
TEST(Yaml, AnyTextIsReadOrRefusedInItsPlace) {
  const std::string seed_text =
      "route: a\non: b.c.v1\nwhen: |\n  x == 'y: z' && !has(data.q)\nto:\n  - app: s\n    map: { a: \"q\\n\", b: [1, "
      "2.5, {const: K}] }\n    'k k': >-\n      folded\n";
  const std::string alphabet = "{}[]:,-?!&*|>'\"%@`#~ \t\n\r\\<=x0\x80\xC3\xA9\x01";
  auto random = seeded_random(20261122);
  std::size_t refused = 0;
  for (int round = 0; round < 20000; ++round) {
    auto text = seed_text;
    for (auto changes = random->next() % 4 + 1; changes > 0; --changes) {
      const auto at = random->next() % text.size();
      switch (random->next() % 3) {
        case 0:
          text.erase(at, random->next() % 5);
          break;
        case 1:
          text.insert(at, 1, alphabet[random->next() % alphabet.size()]);
          break;
        default:
          text[at] = alphabet[random->next() % alphabet.size()];
      }
      if (text.empty()) text = "a";
    }
    const auto lines = static_cast<std::uint32_t>(std::ranges::count(text, '\n')) + 1;
    const auto read = yaml::read(text, "a.yaml");
    if (read) continue;
    ++refused;
    ASSERT_FALSE(read.error().empty());
    for (const auto& problem : read.error()) {
      ASSERT_GE(problem.place.start.line, 1u) << text;
      ASSERT_LE(problem.place.start.line, lines + 1) << text;
      ASSERT_FALSE(problem.message.empty() || problem.hint.empty() || problem.code.empty()) << text;
    }
  }
  EXPECT_GT(refused, 5000u);
}

TEST(Yaml, AnEmptyFileIsNull) {
  for (const auto* text : {"", "# only a comment\n", "---\n"}) {
    auto read = yaml::read(text, "a.yaml");
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->kind, yaml::Kind::null);
  }
}

TEST(Yaml, TakesLineEndsOfWindows) {
  auto read = yaml::read("a: 1\r\nb:\r\n  - x\r\n", "a.yaml");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->find("b")->items.at(0).scalar, "x");
}

TEST(Yaml, TakesAByteOrderMark) {
  auto read = yaml::read(
      "\xEF\xBB\xBF"
      "a: 1\n",
      "a.yaml");
  ASSERT_TRUE(read);
  EXPECT_NE(read->find("a"), nullptr);
}

}  // namespace
}  // namespace simpul
