// `simpul kinds` for people and editors, and `simpul check` with the kinds' schemas under its readers.
#include <gmock/gmock.h>

#include "tests/program/small_deployment.h"

namespace simpul::program {
namespace {

using testing::HasSubstr;

class Kinds : public SmallDeployment {};

TEST_F(Kinds, AreListedAndShown) {
  auto listed = simpul({"kinds"});
  for (const char* kind : {"settings", "app", "person", "lookup", "table", "route", "test"})
    EXPECT_THAT(listed.out, HasSubstr(kind));
  auto shown = simpul({"kinds", "route"});
  EXPECT_EQ(shown.code, 0);
  auto schema = json::parse(shown.out);
  ASSERT_TRUE(schema);
  EXPECT_EQ(schema->root().text_of("$schema"), "https://json-schema.org/draft/2020-12/schema");
  auto typo = simpul({"kinds", "rout"});
  EXPECT_EQ(typo.code, 1);
  EXPECT_THAT(typo.err, HasSubstr("did you mean \"route\"?"));
}

TEST_F(Kinds, AreWrittenForEditorsAndNoPartOfTheConfiguration) {
  auto before = asked({"check"});
  auto written = simpul({"kinds", "--write"});
  EXPECT_EQ(written.code, 0) << written.err;
  EXPECT_THAT(written.out, HasSubstr("7 of 7 schemas written"));
  EXPECT_EQ(read("config/kinds/app.json"), simpul({"kinds", "app"}).out);
  EXPECT_THAT(simpul({"kinds", "--write"}).out, HasSubstr("0 of 7 schemas written")) << "what is fresh stays";
  auto after = asked({"check"});
  EXPECT_EQ(before.root().text_of("hash"), after.root().text_of("hash"));
}

TEST_F(Kinds, CheckTellsWhatOnlyTheSchemaSawOnceAndAtItsPlace) {
  write("config/apps/baru.yaml", "app: baru\nowner: contoh\npublishes: [5, { a: b }]\n");
  auto checked = simpul({"check"});
  EXPECT_EQ(checked.code, 1);
  EXPECT_THAT(checked.err, HasSubstr("config/apps/baru.yaml:3:13: error: "));
  EXPECT_THAT(checked.err, HasSubstr("(publishes[0]) [config.kind]"));
  EXPECT_THAT(checked.err, HasSubstr("(publishes[1]) [config.wrong_type]"));
  EXPECT_THAT(checked.err, testing::Not(HasSubstr("(publishes[1]) [config.kind]"))) << "the reader has said it";
}

}  // namespace
}  // namespace simpul::program
