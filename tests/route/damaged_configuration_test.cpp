// Files damaged in every place: nothing crashes, nothing is refused without a reason and a place, and the
// same files always give the same answer.
#include <gmock/gmock.h>

#include <sstream>

#include "tests/route/small_city.h"

namespace simpul::tests {
namespace {

using testing::HasSubstr;

void expect_an_answer(const ConfigurationFiles& files, const std::string& what) {
  auto generation = compile_generation(files, city_adapters(), {}, city_kinds());
  if (generation) return;
  EXPECT_TRUE(has_errors(generation.error())) << what;
  for (const auto& problem : generation.error()) {
    EXPECT_FALSE(problem.code.empty()) << what;
    EXPECT_FALSE(problem.message.empty()) << what;
    EXPECT_FALSE(problem.place.file.empty()) << what << ": " << problem.message;
  }
  EXPECT_EQ(to_text(generation.error()), problems_of(files)) << what;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// The city with each of its YAML lines replaced in turn.
template <class Damage>
void damage_each_line(Damage damage) {
  for (const auto& [path, text] : small_city()) {
    if (!path.ends_with(".yaml")) continue;
    auto lines = lines_of(text);
    for (std::size_t at = 0; at < lines.size(); ++at) {
      std::string damaged;
      for (std::size_t i = 0; i < lines.size(); ++i) damaged += i == at ? damage(lines[i]) : lines[i] + "\n";
      auto files = small_city();
      files[path] = damaged;
      expect_an_answer(files, path + " line " + std::to_string(at + 1));
    }
  }
}

TEST(DamagedConfiguration, ALineIsMissing) {
  damage_each_line([](const std::string&) { return std::string(); });
}

TEST(DamagedConfiguration, AValueIsAList) {
  damage_each_line([](const std::string& line) {
    auto colon = line.find(": ");
    return (colon == line.npos ? line + " x" : line.substr(0, colon) + ": [1, {a: b}]") + "\n";
  });
}

TEST(DamagedConfiguration, AValueIsMissing) {
  damage_each_line([](const std::string& line) { return line.substr(0, line.find(':') + 1) + "\n"; });
}

TEST(DamagedConfiguration, AFileEndsEarly) {
  for (const auto& [path, text] : small_city()) {
    for (std::size_t size = 0; size < text.size(); size += 37) {
      auto files = small_city();
      files[path].resize(size);
      expect_an_answer(files, path + " cut at " + std::to_string(size));
    }
  }
}

TEST(DamagedConfiguration, AFileIsMissing) {
  for (const auto& [path, text] : small_city()) {
    auto files = small_city();
    files.erase(path);
    expect_an_answer(files, path);
  }
}

TEST(DamagedConfiguration, BytesThatAreNoYaml) {
  auto files = small_city();
  files["routes/profil.yaml"] = std::string("route: pro\0fil\n", 15);
  EXPECT_THAT(problems_of(files), HasSubstr("routes/profil.yaml:1:"));
  files["routes/profil.yaml"] = "route: \xff\xfe\n";
  EXPECT_THAT(problems_of(files), HasSubstr("routes/profil.yaml:1:"));
  files["routes/profil.yaml"] = std::string(10'000, '[');
  EXPECT_THAT(problems_of(files), HasSubstr("routes/profil.yaml:1:"));
  files["routes/profil.yaml"] = "a: &a [x, x]\nb: &b [*a, *a]\n";
  EXPECT_THAT(problems_of(files), HasSubstr("routes/profil.yaml:1:"));
}

TEST(DamagedConfiguration, AMapAsDeepAsYamlMayBe) {
  std::string deep = "data.nik";
  for (int i = 0; i < 40; ++i) deep = "{ a: " + deep + " }";
  auto files = changed(small_city(), "routes/profil.yaml", "tanggal: data.tgl_pindah", "dalam: " + deep);
  EXPECT_EQ(problems_of(files), "");
  auto city = compiled(files);
  auto payload = city->target_of("profil", "layanan")->map(move_event(), 0, EventOf::this_generation);
  ASSERT_TRUE(payload) << to_text(payload.error());
  EXPECT_THAT(payload->payload, HasSubstr(R"({"a":{"a":"3671015207909001"}})"));
}

}  // namespace
}  // namespace simpul::tests
