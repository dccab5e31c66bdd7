// Reading a deployment's folder.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "bus/route/expression_source.h"
#include "tests/route/small_city.h"

namespace simpul::tests {
namespace {

using testing::HasSubstr;

class Folder : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("simpul_route_" + std::to_string(getpid()) + "_" +
                                                        testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
    for (const auto& [path, text] : small_city()) write(path, text);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path, std::ios::binary) << text;
  }
  Checked<ConfigurationFiles> read() { return read_configuration(*system_environment().disk, folder_.string()); }
  std::string problems() {
    auto files = read();
    return files ? std::string() : to_text(files.error());
  }

  std::filesystem::path folder_;
};

TEST_F(Folder, IsReadAsItIs) {
  auto files = read();
  ASSERT_TRUE(files) << to_text(files.error());
  EXPECT_EQ(*files, small_city());
}

TEST_F(Folder, NotesAndTestsBesideTheFilesAreNotConfiguration) {
  write("routes/README.md", "notes");
  write("routes/pindah-datang.test.yaml", "given: []");
  write("config/apps/README.md", "notes");
  write("secrets/layanan.hmac", "s");
  write("var/log/0", "x");
  auto files = read();
  ASSERT_TRUE(files) << to_text(files.error());
  EXPECT_EQ(*files, small_city());
}

TEST_F(Folder, FilesThatDoNotBelongAreAllNamed) {
  write("routes/cadangan.yml", "");
  write("routes/lama/x.yaml", "");
  write("config/apss/sismiop.yaml", "");
  write("config/apps/sismiop.yaml~", "");
  write("schemas/catatan.txt", "");
  write("schemas/apps/.swp.json", "");
  auto text = problems();
  EXPECT_THAT(text, HasSubstr("routes/cadangan.yml: error: files here end in .yaml, this one ends in .yml "
                              "[file.unexpected]\n    rename it to cadangan.yaml"));
  EXPECT_THAT(text, HasSubstr("routes/lama: error: routes/ holds .yaml files, one route each; this is something else"));
  EXPECT_THAT(text, HasSubstr("config/apss: error: the bus reads nothing of this name"));
  EXPECT_THAT(text, HasSubstr("did you mean config/apps/?"));
  EXPECT_THAT(text, HasSubstr("config/apps/sismiop.yaml~: error: "));
  EXPECT_THAT(text, HasSubstr("schemas/catatan.txt: error: "));
  EXPECT_THAT(text, HasSubstr("schemas/apps/.swp.json: error: "));
}

TEST_F(Folder, ThatIsNoDeploymentSaysSo) {
  std::filesystem::remove(folder_ / "config/simpul.yaml");
  EXPECT_THAT(problems(), HasSubstr("is not a deployment's folder: it has no config/simpul.yaml"));
}

TEST_F(Folder, AFileThatIsTooLargeIsAProblem) {
  write("schemas/apps/besar.json", std::string((1u << 20) + 1, ' '));
  EXPECT_THAT(problems(), HasSubstr("schemas/apps/besar.json: error: "));
}

// The column of the first and last character of the only scalar of a file.
std::pair<Mark, Mark> ends(const std::string& text) {
  auto root = yaml::read(text, "t.yaml");
  if (!root) {
    ADD_FAILURE() << to_text(root.error());
    return {};
  }
  auto marks = character_marks(text, *root->find("k"));
  return {marks.front(), marks[marks.size() - 2]};
}

TEST(ExpressionPlaces, CountQuotesEscapesAndBlocks) {
  using Ends = std::pair<Mark, Mark>;
  EXPECT_EQ(ends("k: abc\n"), Ends({1, 4}, {1, 6}));
  EXPECT_EQ(ends("k: 'abc'\n"), Ends({1, 5}, {1, 7}));
  EXPECT_EQ(ends("k: 'a''b'\n"), Ends({1, 5}, {1, 8}));
  EXPECT_EQ(ends("k: \"a\\\"b\"\n"), Ends({1, 5}, {1, 8}));
  EXPECT_EQ(ends("k: \"a\\u0041b\"\n"), Ends({1, 5}, {1, 12}));
  EXPECT_EQ(ends("k: é + b\n"), Ends({1, 4}, {1, 8}));
  EXPECT_EQ(ends("k: |-\n  ab\n  cd\n"), Ends({2, 3}, {3, 4}));
  EXPECT_EQ(ends("k: >-\n  ab\n  cd\n"), Ends({2, 3}, {3, 4}));
  EXPECT_EQ(ends("k: ab\n  cd\n"), Ends({1, 4}, {2, 4}));
  EXPECT_EQ(ends("k: |\n    ab\n      cd\n"), Ends({2, 5}, {3, 9}));
}

// The deployment that is shipped with the bus.
TEST(ReferenceDeployment, Compiles) {
  auto files = read_configuration(*system_environment().disk, SIMPUL_SOURCE_DIR);
  ASSERT_TRUE(files) << to_text(files.error());
  auto generation = compile_generation(*files, {"http", "sql", "file"});
  ASSERT_TRUE(generation) << to_text(generation.error());
  EXPECT_EQ(to_text((*generation)->warnings()), "");
  EXPECT_FALSE((*generation)->routes().empty());
}

}  // namespace
}  // namespace simpul::tests
