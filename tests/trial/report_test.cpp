// Coverage, JUnit's XML and JSON.
#include <gmock/gmock.h>

#include "tests/trial/trial_city.h"

namespace simpul::trial {
namespace {

using testing::HasSubstr;

const std::string case_of_a =
    "test: t\ncases:\n  - name: a \"<case>\" & more\n    given: [{ from: loket, type: warga.alamat.diubah.v1, data: { "
    "nik: \"3671015207909001\", alamat: JL A } }]\n";

TEST(Reports, CoverageSaysWhatNoTestReaches) {
  Coverage coverage(city());
  run_texts({{"routes/t.test.yaml", case_of_a + "    expect: {}\n"}}, {"", false, &coverage});
  auto routes = coverage.routes();
  ASSERT_EQ(routes.size(), 2u);
  const auto& alamat = routes[0];
  EXPECT_EQ(alamat.targets.reached, 1u);
  EXPECT_EQ(alamat.conditions.reached, 1u);
  EXPECT_EQ(alamat.conditions.all, 2u);
  EXPECT_EQ(alamat.leaves.reached, 3u);
  EXPECT_EQ(alamat.leaves.all, 3u);
  ASSERT_EQ(alamat.missed.size(), 1u);
  EXPECT_EQ(alamat.missed[0].what, "always holds: when: data.alamat != \"JL RAHASIA\"");
  EXPECT_EQ(alamat.missed[0].place.start.line, 7u);
  const auto& nama = routes[1];
  EXPECT_EQ(nama.targets.reached, 0u);
  EXPECT_EQ(nama.missed[0].what, "never holds: when: data.alamat.startsWith(\"JL TUNDA\")");
  EXPECT_EQ(nama.missed.back().what, "never mapped: map.nama for daftar/nama");
  // Routes 1 of 2 … and what is within.
  EXPECT_EQ(Coverage::total(routes).reached, 2u + 1 + 1 + 1 + 3);
  EXPECT_EQ(Coverage::total(coverage.routes({"alamat"})).all, 1u + 1 + 2 + 3);
}

TEST(Reports, JUnitIsXmlWithTheFailuresInWords) {
  auto failed = run_texts({{"routes/t.test.yaml", case_of_a + "    expect: {}\n"}});
  auto xml = to_junit({failed});
  EXPECT_THAT(xml, HasSubstr("<testsuites tests=\"1\" failures=\"1\" errors=\"0\""));
  EXPECT_THAT(xml, HasSubstr("name=\"a &quot;&lt;case&gt;&quot; &amp; more\" file=\"routes/t.test.yaml\" line=\"3\""));
  EXPECT_THAT(xml, HasSubstr("<failure message=\"arsip/alamat got what is not expected"));
  auto broken = run_texts({{"routes/t.test.yaml", "test: u\n"}});
  EXPECT_THAT(to_junit({broken}), HasSubstr("errors=\"1\""));
}

TEST(Reports, JsonHasPlacesAndDifferences) {
  auto failed =
      run_texts({{"routes/t.test.yaml", case_of_a + "    expect: { deliveries: [{ to: arsip, has: { alamat: JL "
                                                    "B } }] }\n"}});
  auto document = json::parse(to_json({failed}, nullptr));
  ASSERT_TRUE(document);
  const auto* path = json::at_pointer(document->root(), "/files/0/cases/0/failures/0/differences/0/path");
  ASSERT_NE(path, nullptr);
  EXPECT_EQ(path->text(), "/alamat");
  EXPECT_FALSE(json::at_pointer(document->root(), "/passed")->boolean());
}

TEST(Reports, OnlyCasesOfTheFilterRun) {
  auto none = run_texts({{"routes/t.test.yaml", case_of_a + "    expect: {}\n"}}, {"lain", false, nullptr});
  EXPECT_TRUE(none.cases.empty());
  auto one = run_texts({{"routes/t.test.yaml", case_of_a + "    expect: {}\n"}}, {"CASE", false, nullptr});
  EXPECT_EQ(one.cases.size(), 1u);
}

}  // namespace
}  // namespace simpul::trial
