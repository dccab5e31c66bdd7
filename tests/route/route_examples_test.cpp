// The examples of routes/README.md, each a route of the small city.
#include <gmock/gmock.h>

#include "bus/base/environment.h"
#include "tests/route/small_city.h"

namespace simpul::tests {
namespace {

// Each is the rest of a route, or a map.
std::vector<std::string> examples() {
  auto text = system_environment().disk->read_whole(std::string(SIMPUL_SOURCE_DIR) + "/routes/README.md");
  EXPECT_TRUE(text);
  if (!text) return {};
  const auto begin = text->find("<!-- examples -->"), end = text->find("<!-- /examples -->");
  EXPECT_NE(end, text->npos);
  std::vector<std::string> all;
  const std::string open = "```yaml\n", close = "```\n";
  for (auto at = text->find(open, begin); at < end; at = text->find(open, at)) {
    at += open.size();
    const auto stop = text->find(close, at);
    all.push_back(text->substr(at, stop - at));
    at = stop;
  }
  return all;
}

std::string indented(const std::string& text, const std::string& by) {
  std::string out = by;
  for (const char c : text) {
    out += c;
    if (c == '\n') out += by;
  }
  return out;
}

std::string route_of(const std::string& example) {
  const std::string head = "route: profil\non: dukcapil.penduduk.pindah_datang.v1\n";
  if (!example.starts_with("map:")) return head + example;
  return head + "to:\n  - app: layanan\n" + indented(example, "    ") + "\n";
}

// Two apps that take anything.
ConfigurationFiles open_city() {
  auto files = small_city();
  files["schemas/apps/layanan/profil.json"] = "{}";
  files = changed(files, "config/apps/layanan.yaml", "cleared: general", "asks: [penduduk]\ncleared: specific");
  return changed(files, "config/apps/siak.yaml", "cleared: specific",
                 "receives: [dukcapil.penduduk.pindah_datang.v1]\npurpose: profil\nlegal_basis: UU27/2022:20(2)e\n"
                 "accepts: { default: apps/layanan/profil }\ncleared: specific");
}

TEST(RouteExamples, OfTheReadmeCompileAndRun) {
  const auto all = examples();
  EXPECT_GE(all.size(), 14u);
  for (const auto& example : all) {
    auto files = open_city();
    files["routes/profil.yaml"] = route_of(example);
    auto city = compiled(files);
    ASSERT_NE(city, nullptr) << example;
    // A child moves in, so that each of them sends something.
    auto event = move_event();
    std::size_t delivered = 0;
    for (const auto& routed : city->route(event, KeyedHash("k")).routes) {
      if (!routed.route.starts_with("profil")) continue;
      ASSERT_EQ(routed.reason, "") << example;
      EnrichmentAnswers answers;
      const auto* target = city->target_of(routed.route, routed.target);
      auto questions = target->questions(event, routed.part);
      ASSERT_TRUE(questions) << example << to_text(questions.error());
      for (const auto& question : *questions) answers[question.name] = R"({"NAMA_LGKP":"SITI CONTOH"})";
      auto mapped = target->map(event, routed.part, EventOf::this_generation, answers);
      ASSERT_TRUE(mapped) << example << to_text(mapped.error());
      ++delivered;
    }
    EXPECT_GT(delivered, 0u) << example;
  }
}

}  // namespace
}  // namespace simpul::tests
