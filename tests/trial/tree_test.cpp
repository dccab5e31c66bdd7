// The value that tests change and compare.
#include "tools/trial/tree.h"

#include <gtest/gtest.h>

namespace simpul::trial {
namespace {

Tree parsed(const std::string& text) {
  auto document = json::parse(text);
  EXPECT_TRUE(document) << text;
  return document ? Tree::of(document->root()) : Tree();
}

std::string differences_text(const std::string& expected, const std::string& actual) {
  std::vector<Difference> found;
  differences(parsed(expected), parsed(actual), "", found);
  std::string text;
  for (const auto& each : found) text += each.path + ": " + each.expected + " | " + each.actual + "\n";
  return text;
}

TEST(Tree, KeepsNumbersAsTheyWereWritten) {
  EXPECT_EQ(to_json(parsed(R"({"a":1.50,"b":3671015207909001,"c":[true,null,"x\n"]})")),
            R"({"a":1.50,"b":3671015207909001,"c":[true,null,"x\n"]})");
}

TEST(Tree, TakesYamlAsJson) {
  auto node = yaml::read("a: 1\nb: \"1\"\nc: [true, ~, 1.5]\nd: { e: teks }\n", "x.yaml");
  ASSERT_TRUE(node);
  EXPECT_EQ(to_json(Tree::of(*node)), R"({"a":1,"b":"1","c":[true,null,1.5],"d":{"e":"teks"}})");
}

TEST(Tree, IsChangedByPath) {
  auto tree = parsed(R"({"data":{"anggota":[{"nik":"1"}]}})");
  EXPECT_TRUE(set_path(tree, tree_path("data.anggota.0.nik"), Tree::string("2")));
  EXPECT_TRUE(set_path(tree, tree_path("/data/anggota/1"), Tree::integer(3)));
  EXPECT_TRUE(set_path(tree, tree_path("data.baru.lagi"), Tree::boolean(true)));
  EXPECT_FALSE(set_path(tree, tree_path("data.anggota.7"), Tree()));
  EXPECT_FALSE(set_path(tree, tree_path("data.anggota.nik"), Tree()));
  EXPECT_EQ(to_json(tree), R"({"data":{"anggota":[{"nik":"2"},3],"baru":{"lagi":true}}})");
  EXPECT_TRUE(remove_path(tree, tree_path("data.anggota.0")));
  EXPECT_FALSE(remove_path(tree, tree_path("data.tidak_ada")));
  EXPECT_EQ(to_json(tree), R"({"data":{"anggota":[3],"baru":{"lagi":true}}})");
}

TEST(Tree, DiffersMemberByMember) {
  EXPECT_EQ(differences_text(R"({"a":1,"b":"x"})", R"({"b":"x","a":1.0})"), "");
  EXPECT_EQ(differences_text(R"({"a":1})", R"({"a":"1"})"), "/a: 1 | \"1\"\n");
  EXPECT_EQ(differences_text(R"({"a":{"b/c":1}})", R"({"a":{}})"), "/a/b~1c: 1 | \n");
  EXPECT_EQ(differences_text(R"({})", R"({"a":2})"), "/a:  | 2\n");
  EXPECT_EQ(differences_text(R"([1,2])", R"([1,3,4])"), "/1: 2 | 3\n/2:  | 4\n");
  EXPECT_EQ(differences_text(R"([1])", R"({"0":1})"), ": [1] | {\"0\":1}\n");
}

TEST(Tree, IsWrittenAsYamlThatReadsTheSame) {
  for (const char* text :
       {R"({"a":{"b":["x","y z"],"c":[]},"d":[{"e":1,"f":{}},{"e":null}],"g h":"true","i":"","j":"a: b # c"})",
        R"({"k":[[1,2],[{"l":"-"}]],"m":"baris\nlagi","n":"~","o":"1","p":"é"})", R"({})"}) {
    auto node = yaml::read(to_yaml(parsed(text)), "x.yaml");
    ASSERT_TRUE(node) << to_yaml(parsed(text)) << to_text(node.error());
    EXPECT_EQ(to_json(Tree::of(*node)), text) << to_yaml(parsed(text));
  }
}

TEST(Tree, FillsNumbersIntoEveryText) {
  auto tree = parsed(R"({"id":"E{n}","a":["{n}{n}",5]})");
  EXPECT_TRUE(has_number(tree));
  fill_number(tree, "07");
  EXPECT_EQ(to_json(tree), R"({"id":"E07","a":["0707",5]})");
  EXPECT_FALSE(has_number(tree));
}

}  // namespace
}  // namespace simpul::trial
