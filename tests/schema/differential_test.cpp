// Differential fuzzing within a budget of seconds: random schemas and documents, the fast pass against the explaining
// one, and both against ajv where ./tools/dev peers has put it. `./tools/dev differential` runs as many as there is
// time for; what it finds becomes a named test here.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>

#include "tests/schema/differential/compare.h"
#include "tests/schema/differential/known.h"

namespace simpul::differential {
namespace {

std::string words_of(const Report& report) {
  std::string out;
  for (const auto& finding : report.findings) out += to_text(finding) + "\n";
  return out;
}

TEST(Differential, BothPassesAgreeHoweverTheDocumentIsSpelt) {
  Plan plan;
  plan.pairs = 6000;
  plan.documents = 25;
  auto report = run(plan);
  EXPECT_TRUE(report.findings.empty()) << words_of(report);
  // A generator that makes only one kind of document would check little.
  EXPECT_GT(report.counts.valid * 4, report.counts.pairs) << "too few documents are valid";
  EXPECT_LT(report.counts.valid * 4, report.counts.pairs * 3) << "too few documents are not valid";
}

TEST(Differential, AgreesWithAjvWhereItIsInstalled) {
  std::string why;
  auto packages = std::string(SIMPUL_SOURCE_DIR) + "/build/peers/node_modules";
  auto peer = Peer::start(packages, why);
  if (peer == nullptr) GTEST_SKIP() << "not compared with ajv: " << why;
  auto arbiter = Arbiter::start(packages);
  Plan plan;
  plan.pairs = 3000;
  plan.documents = 30;
  plan.seed = 77;
  plan.peer = peer.get();
  plan.arbiter = arbiter.get();
  auto report = run(plan);
  EXPECT_TRUE(report.findings.empty()) << words_of(report);
  EXPECT_GT(report.compared, plan.pairs * 9 / 10);
  std::cout << "compared with ajv: " << report.compared << " pairs\n";
}

TEST(Differential, EachKnownDifferenceIsListedWithItsReason) {
  std::ifstream in(std::filesystem::path(SIMPUL_SOURCE_DIR) / "tests/schema/differential/known.txt");
  std::set<std::string> listed, rules;
  for (std::string line; std::getline(in, line);) {
    auto tab = line.find('\t');
    if (!line.starts_with('#') && tab != std::string::npos && tab + 1 < line.size()) listed.insert(line.substr(0, tab));
  }
  for (const auto& known : known_differences()) rules.insert(known.name);
  EXPECT_EQ(listed, rules);
}

TEST(Differential, ShrinksAPairToWhatMatters) {
  auto schema = Tree::object(
      {{"title", Tree::string("x")},
       {"properties", Tree::object({{"a", Tree::object({{"minimum", Tree::number("5")}})}, {"b", Tree::object()}})}});
  auto document = Tree::object({{"a", Tree::number("3")}, {"c", Tree::array({Tree::null()})}});
  auto small = shrink({Dialect::draft2020_12, schema, document},
                      [](const Pair& pair) { return is_valid(pair.schema, pair.document) == false; });
  EXPECT_EQ(write(small.schema) + " " + write(small.document), R"({"minimum":5} 0)");
}

TEST(Differential, ASeedGivesTheSameCaseForEver) {
  auto one = make_case(42, 3, {}), two = make_case(42, 3, {});
  EXPECT_EQ(write(one.schema), write(two.schema));
  EXPECT_EQ(write(one.documents[2]), write(two.documents[2]));
}

}  // namespace
}  // namespace simpul::differential
