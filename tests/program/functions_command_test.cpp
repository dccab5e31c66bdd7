// `simpul functions`: all by area, some with their forms and an example, and what is misspelt.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/program/small_deployment.h"

namespace simpul::program {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(FunctionsCommand, ShowsAllByArea) {
  const auto ran = run({SIMPUL_PROGRAM, "functions"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("\ndates\n"), HasSubstr("nik.birthDate"), HasSubstr("math.greatest")));
}

TEST(FunctionsCommand, ShowsOneWithItsFormsAnExampleAndItsValue) {
  const auto ran = run({SIMPUL_PROGRAM, "functions", "rupiah"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("  rupiah(number, int) -> string\n"),
                             HasSubstr("  rupiah(1250000)\n  = \"Rp 1.250.000,00\"\n")));
}

TEST(FunctionsCommand, TakesTheLastPartOfANameAndAnArea) {
  EXPECT_THAT(run({SIMPUL_PROGRAM, "functions", "birthDate"}).out,
              AllOf(HasSubstr("nik.birthDate"), HasSubstr("nip.birthDate")));
  EXPECT_THAT(run({SIMPUL_PROGRAM, "functions", "dates"}).out, AllOf(HasSubstr("addDays"), HasSubstr("formatDate")));
}

TEST(FunctionsCommand, NamesTheNearestOfWhatIsMisspelt) {
  const auto ran = run({SIMPUL_PROGRAM, "functions", "formatdate", "rupia"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("did you mean \"formatDate\"?"), HasSubstr("did you mean \"rupiah\"?")));
}

TEST(FunctionsCommand, PrintsJsonForMachines) {
  const auto ran = run({SIMPUL_PROGRAM, "functions", "--json"});
  EXPECT_EQ(ran.code, 0);
  const auto all = json::parse(ran.out);
  ASSERT_TRUE(all);
  EXPECT_GT(all->root().size(), 100u);
  for (const char* name : {"name", "area", "signatures", "help", "example", "result"})
    EXPECT_NE(all->root().items()[0].find(name), nullptr) << name;
}

}  // namespace
}  // namespace simpul::program
