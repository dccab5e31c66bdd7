// The declarations of the kinds of files: readers and schemas refuse the same, and what each says of names is one rule.
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

#include "bus/base/environment.h"
#include "bus/route/kind_reader.h"
#include "bus/route/kinds.h"
#include "tests/route/declared_documents.h"
#include "tests/route/small_city.h"

namespace simpul::tests {
namespace {

// The file in which a kind's fields are tried, and the name it must declare.
struct Tried {
  std::string file, own_name;
};

const std::map<std::string, Tried>& tried_files() {
  static const std::map<std::string, Tried> files{
      {"settings", {"config/simpul.yaml", ""}},
      {"app", {"config/apps/contoh.yaml", "contoh"}},
      {"person", {"config/people/contoh.yaml", "contoh"}},
      {"lookup", {"config/lookups/contoh.yaml", "contoh"}},
      {"table", {"config/codes/contoh.yaml", "contoh"}},
      {"route", {"routes/contoh.yaml", "contoh"}},
  };
  return files;
}

Problems problems_of_reading(const std::string& file, const std::string& text) {
  auto files = small_city();
  files[file] = text;
  auto generation = compile_generation(files, city_adapters());
  Problems all = generation ? (*generation)->warnings() : generation.error();
  std::erase_if(all, [&](const auto& problem) { return problem.place.file != file; });
  return all;
}

Problems problems_of_schemas(const std::string& file, const std::string& text) {
  auto root = yaml::read(text, file);
  EXPECT_TRUE(root) << text;
  std::map<std::string, yaml::Node> files;
  files.emplace(file, std::move(*root));
  Problems problems;
  check_kinds(files, city_kinds(), problems);
  return problems;
}

class EveryKind : public testing::TestWithParam<std::string> {
 protected:
  const Kind& kind() const { return *std::ranges::find(kinds(), GetParam(), &Kind::name); }
};

TEST_P(EveryKind, FieldIsExplainedOnceByAUniqueName) {
  std::function<void(const DeclaredFields&, const std::string&)> look = [&](const auto& fields, const auto& where) {
    std::set<std::string> names;
    for (const auto& field : fields) {
      EXPECT_GE(field.options.help.size(), 10u) << where << field.name;
      EXPECT_TRUE(names.insert(field.name).second) << where << field.name;
      EXPECT_EQ(field.type == FieldType::duration_ms, field.name.ends_with("_ms")) << where << field.name;
      look(field.children, where + field.name + ".");
    }
  };
  look(kind().fields, GetParam() + ".");
}

TEST_P(EveryKind, FaultOfAFieldIsRefusedByTheReaderAndByTheSchema) {
  const auto& tried = tried_files().at(GetParam());
  EXPECT_EQ(to_text(problems_of_schemas(tried.file, fitting_map(kind().fields))), "");
  for (const auto& fault : faults_of(kind().fields)) {
    auto read = problems_of_reading(tried.file, fault.document);
    EXPECT_TRUE(std::ranges::any_of(read, [&](const auto& each) { return speaks_of(each, fault); }))
        << "the reader takes " << fault.path << " of " << fault.document << "\n"
        << to_text(read);
    EXPECT_FALSE(problems_of_schemas(tried.file, fault.document).empty())
        << "the schema takes " << fault.path << " of " << fault.document;
  }
}

// With SIMPUL_UPDATE=1 the tables in the READMEs are written anew.
TEST_P(EveryKind, IsDocumentedWhereItsFilesAre) {
  const std::string path =
      std::string(SIMPUL_SOURCE_DIR) + (GetParam() == "route" ? "/routes/README.md" : "/config/README.md");
  auto text = system_environment().disk->read_whole(path);
  ASSERT_TRUE(text);
  const auto mark = "<!-- fields:" + GetParam() + " -->\n";
  auto begin = text->find(mark);
  ASSERT_NE(begin, text->npos) << path << " has no " << mark;
  begin += mark.size();
  const auto end = text->find("<!-- /fields -->", begin);
  ASSERT_NE(end, text->npos) << path << " has no end mark";
  const auto table = fields_markdown(kind().fields);
  const char* update = std::getenv("SIMPUL_UPDATE");
  if (update != nullptr && std::string(update) == "1") {
    text->replace(begin, end - begin, table);
    std::ofstream(path, std::ios::binary) << *text;
  } else {
    EXPECT_EQ(text->substr(begin, end - begin), table) << path << " is stale; run the tests with SIMPUL_UPDATE=1";
  }
}

INSTANTIATE_TEST_SUITE_P(Of, EveryKind, testing::Values("settings", "app", "person", "lookup", "table", "route"),
                         [](const auto& tested) { return tested.param; });

// ---- shapes: the reader's own rule and the editor's pattern are the same rule -------------------------------

bool fits(const std::string& pattern, const std::string& text) {
  json::Writer schema;
  schema.begin_object().member("pattern", pattern).end_object();
  auto registry = compile_schemas({{"shape.json", schema.take()}});
  EXPECT_TRUE(registry);
  return (*registry)->find("shape")->valid(json::Value::view_string(text));
}

TEST(Shapes, AreOneRuleForReadersAndEditors) {
  auto random = seeded_random(20261122);
  const std::string alphabet = "abzAZ09_-.v v1 e\n";
  const std::vector<std::string> seeds{"",
                                       "a",
                                       "sismiop",
                                       "a-b_9",
                                       "9a",
                                       "A",
                                       "a.b.v1",
                                       "a.b.c.v12",
                                       "a.b.v0",
                                       "a.b.v01",
                                       "a..v1",
                                       "a.b",
                                       "a.b.c.v",
                                       "_x",
                                       "xY_1",
                                       "a.b.v1.v2",
                                       "a.v1",
                                       "a_b.c9.v3",
                                       "a.b.v1 ",
                                       "a-b.c.v1",
                                       "a.B.c.v1",
                                       std::string(64, 'a'),
                                       std::string(65, 'a')};
  auto check = [](const std::string& text) {
    EXPECT_EQ(fits(name_pattern, text), is_name(text)) << json_text(text);
    EXPECT_EQ(fits(event_type_pattern, text), is_event_type(text)) << json_text(text);
    // CEL's reserved words are told apart by the reader alone.
    EXPECT_TRUE(fits(identifier_pattern, text) || !is_identifier(text)) << json_text(text);
  };
  for (const auto& seed : seeds) {
    check(seed);
    for (int i = 0; i < 10; ++i) {
      auto text = seed;
      if (text.empty()) text = "x";
      text[random->next() % text.size()] = alphabet[random->next() % alphabet.size()];
      if (random->next() % 2 == 0) text += alphabet[random->next() % alphabet.size()];
      check(text);
    }
  }
}

// ---- the net under the readers ------------------------------------------------------------------------------

std::string net(const std::string& file, const std::string& text, Problems before = {}) {
  auto root = yaml::read(text, file);
  EXPECT_TRUE(root);
  std::map<std::string, yaml::Node> files;
  files.emplace(file, std::move(*root));
  auto count = before.size();
  check_kinds(files, city_kinds(), before);
  return to_text(Problems(before.begin() + static_cast<std::ptrdiff_t>(count), before.end()));
}

TEST(Net, SaysWhereInTheYamlWhatNoReaderSaw) {
  EXPECT_THAT(net("config/people/a.yaml", "person: a\nroles: [operator]\nnickname: b\n"),
              testing::StartsWith("config/people/a.yaml:3:1: error: "));
  EXPECT_THAT(net("config/people/a.yaml", "person: a\nroles: [operator, king]\n"),
              testing::StartsWith("config/people/a.yaml:2:19: error: "));
  auto missing = net("config/people/a.yaml", "roles: [operator]\n");
  EXPECT_THAT(missing, testing::StartsWith("config/people/a.yaml:1:1: error: "));
  EXPECT_THAT(missing, testing::HasSubstr("person"));
  EXPECT_THAT(missing, testing::HasSubstr("[config.kind]\n    `simpul kinds person` shows what may stand here"));
  EXPECT_THAT(net("config/codes/a.yaml", "table: a\nrows: { \"a/b~c\": [] }\n"),
              testing::StartsWith("config/codes/a.yaml:2:18: error: "));
}

TEST(Net, IsSilentWhereSomebodyHasSpoken) {
  const std::string text = "person: a\nroles: [operator]\nnickname: b\n";
  auto root = yaml::read(text, "config/people/a.yaml");
  auto told = root->find("nickname")->problem("config.unknown_key", "no field", "");
  EXPECT_EQ(net("config/people/a.yaml", text, {told}), "");
  told.severity = Severity::warning;
  EXPECT_NE(net("config/people/a.yaml", text, {told}), "");
  told.severity = Severity::error;
  told.place.file = "config/people/b.yaml";
  EXPECT_NE(net("config/people/a.yaml", text, {told}), "");
}

TEST(Net, TakesNumbersOfAnySizeAndFilesThatAreNoKind) {
  EXPECT_EQ(
      net("config/codes/a.yaml", "table: a\nrows: { a: 1e999999999999, b: -0, c: " + std::string(5000, '9') + " }\n"),
      "");
  EXPECT_EQ(net("schemas/a.yaml", "anything: true\n"), "");
}

}  // namespace
}  // namespace simpul::tests
