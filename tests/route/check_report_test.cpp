// What `simpul check` says of problems: the lines it quotes, its JSON and its SARIF.
#include "tools/simpul/check_report.h"

#include <gmock/gmock.h>

#include "bus/event/json.h"

namespace simpul::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

Place at(std::uint32_t line, std::uint32_t column, std::uint32_t end_line, std::uint32_t end_column) {
  return {"routes/a.yaml", {line, column}, {end_line, end_column}};
}

Problem problem_at(const Place& place) {
  return {"cel.unknown_field", "data has no field \"niik\"", "it has nik", place, "to[0].map.nik", Severity::error, {}};
}

TEST(CheckReport, UnderlinesTheTextOfAProblem) {
  EXPECT_EQ(excerpt("route: a\nwhen: data.niik\n", at(2, 7, 2, 16), false),
            "  2 | when: data.niik\n"
            "    |       ^~~~~~~~~\n");
}

TEST(CheckReport, UnderlinesTheWordWhereOnlyTheStartIsKnown) {
  EXPECT_EQ(excerpt("when: data.niik == 1\n", at(1, 12, 0, 0), false),
            "  1 | when: data.niik == 1\n"
            "    |            ^~~~\n");
  EXPECT_EQ(excerpt("a: `x`\n", at(1, 4, 1, 4), false),
            "  1 | a: `x`\n"
            "    |    ^\n");
}

TEST(CheckReport, ShowsTheFirstAndTheLastOfSeveralLines) {
  EXPECT_EQ(excerpt("to:\n  - app: a\n    into: b\n    map:\n      x: 1\nkey: k\n", at(2, 5, 6, 1), false),
            "  2 |   - app: a\n"
            "    |     ^~~~~~\n"
            "  … | \n"
            "  5 |       x: 1\n"
            "    |       ~~~~\n");
}

TEST(CheckReport, CountsWideCharactersAndTabsAsTerminalsDo) {
  EXPECT_EQ(excerpt("名: \"é\xCC\x81\" x\n", at(1, 9, 1, 10), false),
            "  1 | 名: \"é\xCC\x81\" x\n"
            "    |         ^\n");
  EXPECT_EQ(excerpt("a:\tb c\n", at(1, 6, 1, 7), false),
            "  1 | a:  b c\n"
            "    |       ^\n");
}

TEST(CheckReport, ShowsALongLineAroundItsProblem) {
  const auto shown =
      excerpt("when: " + std::string(400, 'a') + " niik " + std::string(400, 'b'), at(1, 408, 1, 412), false);
  EXPECT_THAT(shown, HasSubstr("…"));
  EXPECT_THAT(shown, HasSubstr(" niik "));
  EXPECT_LT(shown.size(), 300u);
}

TEST(CheckReport, AProblemBehindTheEndOfItsFileIsShownWithoutALine) {
  EXPECT_EQ(excerpt("a: 1\n", at(9, 1, 9, 2), false), "");
  EXPECT_EQ(excerpt("a: 1\n", at(0, 0, 0, 0), false), "");
  EXPECT_EQ(excerpt("", at(1, 1, 1, 1), false),
            "  1 | \n"
            "    | ^\n");
}

// Whatever a file holds, a terminal shows text.
TEST(CheckReport, LetsNoControlCharacterThrough) {
  auto problem = problem_at(at(1, 1, 1, 3));
  problem.message = "the key \"\x1b[31m\" is none";
  problem.hint = "\x07";
  const auto shown = shown_problem(problem, {{"routes/a.yaml", "\x1b[2Jx: \xE2\x80\xAE \xFF\n"}}, false);
  EXPECT_THAT(shown, Not(HasSubstr("\x1b")));
  EXPECT_THAT(shown, Not(HasSubstr("\x07")));
  EXPECT_THAT(shown, Not(HasSubstr("\xE2\x80\xAE")));
  EXPECT_THAT(shown, Not(HasSubstr("\xFF")));
}

TEST(CheckReport, QuotesNoSecret) {
  auto problem = problem_at(at(1, 17, 1, 33));
  problem.code = "config.secret_in_file";
  EXPECT_THAT(shown_problem(problem, {{"routes/a.yaml", "signing_key:    whsec_0123456789\n"}}, false),
              Not(HasSubstr("0123456789")));
  problem.code = "config.unknown_key";
  for (const auto* line : {"db: { pasword: 1, password: rahasia123, port: 1 }\n", "kata_sandi: rahasia123\n",
                           "\"client_secret\": \"rahasia123\"\n"})
    EXPECT_THAT(shown_problem(problem, {{"routes/a.yaml", line}}, false), Not(HasSubstr("rahasia123"))) << line;
  EXPECT_THAT(shown_problem(problem, {{"routes/a.yaml", "password: ${env:SIAK}\n"}}, false), HasSubstr("${env:SIAK}"));
}

TEST(CheckReport, NamesBothPlacesThatDisagree) {
  auto problem = problem_at(at(2, 1, 2, 2));
  problem.related.push_back({at(1, 1, 1, 2), "it stands here first"});
  EXPECT_EQ(shown_problem(problem, {{"routes/a.yaml", "a: 1\na: 2\n"}}, false),
            "routes/a.yaml:2:1: error: data has no field \"niik\" (to[0].map.nik) [cel.unknown_field]\n"
            "  2 | a: 2\n"
            "    | ^\n"
            "    it has nik\n"
            "  routes/a.yaml:1:1: it stands here first\n"
            "  1 | a: 1\n"
            "    | ^\n");
}

TEST(CheckReport, ColoursOnlyWhenAsked) {
  const auto problem = problem_at(at(1, 1, 1, 2));
  EXPECT_THAT(shown_problem(problem, {{"routes/a.yaml", "a: 1\n"}}, true), HasSubstr("\x1b[31merror: \x1b[0m"));
  EXPECT_THAT(shown_problem(problem, {{"routes/a.yaml", "a: 1\n"}}, false), Not(HasSubstr("\x1b")));
}

TEST(CheckReport, CountsInWords) {
  auto warning = problem_at(at(1, 1, 1, 2));
  warning.severity = Severity::warning;
  EXPECT_EQ(counts_in_words({}), "");
  EXPECT_EQ(counts_in_words({warning}), "1 warning");
  EXPECT_EQ(counts_in_words({warning, problem_at({}), problem_at({}), warning}), "2 errors, 2 warnings");
}

TEST(CheckReport, IsJsonForEditors) {
  auto problem = problem_at(at(2, 7, 2, 11));
  problem.related.push_back({at(1, 1, 1, 2), "it stands here first"});
  auto document = json::parse(problems_as_json({problem}, {{"routes/a.yaml", ""}}, nullptr));
  ASSERT_TRUE(document);
  EXPECT_EQ(json::write(document->root()),
            R"({"ok":false,"counts":{"errors":1,"warnings":0,"files":1},"problems":[{"code":"cel.unknown_field",)"
            R"("severity":"error","message":"data has no field \"niik\"","hint":"it has nik","file":"routes/a.yaml",)"
            R"("line":2,"column":7,"end_line":2,"end_column":11,"path":"to[0].map.nik",)"
            R"("related":[{"message":"it stands here first","file":"routes/a.yaml","line":1,"column":1,"end_line":1,)"
            R"("end_column":2}]}],"needs":[]})");
}

// What SARIF 2.1.0 demands of a log, a run, a rule and a result (§3.13, §3.14, §3.27, §3.49).
TEST(CheckReport, IsSarifForCodeReview) {
  auto problem = problem_at(at(2, 7, 2, 11)), warning = problem_at({"routes/a b.yaml", {3, 0}, {}});
  problem.related.push_back({at(1, 1, 1, 2), "it stands here first"});
  warning.severity = Severity::warning;
  warning.code = "route.never";
  const Problem of_no_file{"config.missing", "a bus needs a folder", "", {}, {}, Severity::error, {}};
  auto document = json::parse(problems_as_sarif({problem, warning, of_no_file}, "0.1.0"));
  ASSERT_TRUE(document);
  const auto& log = document->root();
  EXPECT_EQ(log.text_of("version"), "2.1.0");
  ASSERT_EQ(log.find("runs")->size(), 1u);
  const auto& run = log.find("runs")->items()[0];
  const auto& driver = *run.find("tool")->find("driver");
  EXPECT_EQ(driver.text_of("name"), "simpul");
  const auto rules = driver.find("rules")->items();
  const auto results = run.find("results")->items();
  ASSERT_EQ(rules.size(), 3u);
  ASSERT_EQ(results.size(), 3u);
  for (const auto& result : results) {
    const auto index = result.find("ruleIndex")->as_integer();
    ASSERT_TRUE(index && *index >= 0 && *index < 3);
    EXPECT_EQ(result.text_of("ruleId"), rules[static_cast<std::size_t>(*index)].text_of("id"));
    EXPECT_FALSE(result.find("message")->text_of("text").empty());
    for (const auto& location : result.find("locations")->items()) {
      const auto* physical = location.find("physicalLocation");
      ASSERT_NE(physical, nullptr);
      EXPECT_FALSE(physical->find("artifactLocation")->text_of("uri").empty());
    }
  }
  EXPECT_EQ(json::write(*results[0].find("locations")->items()[0].find("physicalLocation")->find("region")),
            R"({"startLine":2,"startColumn":7,"endLine":2,"endColumn":11})");
  EXPECT_EQ(results[0].find("relatedLocations")->size(), 1u);
  EXPECT_EQ(results[0].text_of("level"), "error");
  EXPECT_EQ(results[1].text_of("level"), "warning");
  EXPECT_EQ(json::write(*results[1].find("locations")->items()[0].find("physicalLocation")),
            R"({"artifactLocation":{"uri":"routes/a%20b.yaml"},"region":{"startLine":3}})");
  EXPECT_EQ(results[2].find("locations")->size(), 0u);
}

}  // namespace
}  // namespace simpul::tests
