// The schemas of the kinds of files that are shipped for editors, with the adapters of this build in them: fresh,
// right, named by every file, and of one mind with the readers. With SIMPUL_UPDATE=1 config/kinds/ is written anew.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>

#include "adapters/registry.h"
#include "bus/deployment.h"
#include "bus/route/kinds.h"
#include "bus/schema/schema.h"
#include "tests/adapters/support.h"
#include "tests/route/declared_documents.h"

namespace simpul::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const fs::path root = SIMPUL_SOURCE_DIR;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

const ConfigurationFiles& shipped_files() {
  static const auto files = read_configuration(*system_environment().disk, root.string());
  EXPECT_TRUE(files) << to_text(files.error());
  return *files;
}

std::shared_ptr<const SchemaRegistry> compiled(const std::map<std::string, std::string>& schemas) {
  std::map<std::string, std::string> texts;
  for (const auto& [name, text] : schemas) texts.emplace(name + ".json", text);
  auto registry = compile_schemas(texts);
  EXPECT_TRUE(registry) << to_text(registry.error());
  return registry ? *registry : nullptr;
}

// As JSON: what the net under the readers sees of it.
bool refused(const std::string& kind, const std::map<std::string, std::string>& schemas, const std::string& file,
             const std::string& text) {
  auto node = yaml::read(text, file);
  EXPECT_TRUE(node) << text;
  std::map<std::string, yaml::Node> files;
  files.emplace(file, std::move(*node));
  Problems problems;
  check_kinds(files, {{kind, schemas.at(kind)}}, problems);
  return !problems.empty();
}

TEST(KindSchemas, AreFreshInTheFolderForEditors) {
  const char* update = std::getenv("SIMPUL_UPDATE");
  for (const auto& [name, text] : configuration_schemas(all_adapters())) {
    auto path = root / "config/kinds" / (name + ".json");
    if (update != nullptr && std::string(update) == "1")
      std::ofstream(path, std::ios::binary) << text;
    else
      EXPECT_EQ(read_file(path), text) << path << " is stale; run the tests with SIMPUL_UPDATE=1";
  }
  std::size_t there = 0;
  for (const auto& entry : fs::directory_iterator(root / "config/kinds")) there += entry.path().extension() == ".json";
  EXPECT_EQ(there, kinds().size());
}

TEST(KindSchemas, SatisfyTheMetaSchemaAndOurOwnStrictRules) {
  auto registry = compiled(configuration_schemas(all_adapters()));
  ASSERT_NE(registry, nullptr);
  for (const auto& kind : kinds()) EXPECT_NE(registry->find(kind.name), nullptr) << kind.name;
}

TEST(KindSchemas, AreNamedOnTheFirstLineOfEveryShippedFile) {
  std::size_t count = 0;
  for (const auto& [path, text] : shipped_files()) {
    const auto* kind = kind_of_file(path);
    if (kind == nullptr) continue;
    ++count;
    const std::string begin = "# yaml-language-server: $schema=";
    ASSERT_TRUE(text.starts_with(begin)) << path << " does not begin with " << begin << "…";
    auto named = text.substr(begin.size(), text.find('\n') - begin.size());
    auto meant = (root / path).parent_path() / named;
    EXPECT_TRUE(fs::exists(meant)) << path << " names " << named << ", which is not there";
    EXPECT_EQ(fs::weakly_canonical(meant), fs::weakly_canonical(root / "config/kinds" / (kind->name + ".json")))
        << path;
  }
  EXPECT_GE(count, 20u);
}

TEST(KindSchemas, TakeEveryFileThatIsShipped) {
  const auto schemas = configuration_schemas(all_adapters());
  for (const auto& [path, text] : shipped_files()) {
    const auto* kind = kind_of_file(path);
    EXPECT_FALSE(kind != nullptr && refused(kind->name, schemas, path, text)) << path;
  }
}

TEST(KindSchemas, OfferTheFieldsOfTheAdapterThatIsNamed) {
  const auto schemas = configuration_schemas(all_adapters());
  auto refuses = [&](const std::string& more) {
    return refused("app", schemas, "config/apps/a.yaml", "app: a\nowner: b\n" + more);
  };
  EXPECT_FALSE(refuses("target: { sql: { database: x, tables: { a: { table: t } } } }\n"));
  EXPECT_FALSE(refuses("target: { http: { url: \"https://contoh.example\" } }\n"));
  EXPECT_TRUE(refuses("target: { sql: { url: \"https://contoh.example\" } }\n"));
  EXPECT_TRUE(refuses("target: { sql: { database: x }, http: { poll: true } }\n"));
  EXPECT_TRUE(refuses("target: {}\n"));
  EXPECT_TRUE(refuses("sources: { a: { http: {} } }\n")) << "http has no sources";
}

TEST(KindSchemas, AreAskedWhenADeploymentIsCompiled) {
  auto files = shipped_files();
  files["config/apps/contoh.yaml"] = "app: contoh\nowner: contoh\npublishes: [5, { a: b }]\n";
  auto deployment = compile_deployment(files, all_adapters(), nullptr);
  ASSERT_FALSE(deployment);
  auto text = to_text(deployment.error());
  EXPECT_THAT(text, HasSubstr("config/apps/contoh.yaml:3:13: error: "));
  EXPECT_THAT(text, HasSubstr("(publishes[0]) [config.kind]"));
}

struct Side {
  std::string name;
  std::vector<FieldDescription> fields;
  std::function<void(const yaml::Node&, FieldContext&)> read;
};

std::vector<Side> sides() {
  std::vector<Side> out;
  for (const auto& spec : all_adapters()) {
    if (!spec.source_fields.empty())
      out.push_back(
          {spec.name + " source", spec.source_fields, [spec](const auto& n, auto& c) { spec.read_source(n, c); }});
    if (!spec.target_fields.empty())
      out.push_back(
          {spec.name + " target", spec.target_fields, [spec](const auto& n, auto& c) { spec.read_target(n, c); }});
    if (!spec.endpoint_fields.empty())
      out.push_back({spec.name + " listener", spec.endpoint_fields,
                     [spec](const auto& n, auto& c) { spec.read_endpoint(n, c); }});
  }
  return out;
}

// The generator's promise: a fault in any declared field of any adapter is seen by its reader and by the schema.
TEST(KindSchemas, AndReadersRefuseTheSameFaultsOfEveryFieldOfEveryAdapter) {
  std::size_t count = 0;
  for (const auto& side : sides()) {
    std::map<std::string, std::string> schema{{"app", fields_json_schema(side.fields)}};
    EXPECT_FALSE(refused("app", schema, "config/apps/a.yaml", tests::fitting_map(side.fields))) << side.name;
    for (const auto& fault : tests::faults_of(side.fields)) {
      ++count;
      auto node = yaml::read(fault.document, "a.yaml");
      ASSERT_TRUE(node) << fault.document;
      Problems problems;
      FieldContext context{nullptr, &problems};
      side.read(*node, context);
      EXPECT_TRUE(std::ranges::any_of(problems, [&](const auto& each) { return tests::speaks_of(each, fault); }))
          << side.name << ": the reader takes " << fault.path << " of " << fault.document << "\n"
          << to_text(problems);
      EXPECT_TRUE(refused("app", schema, "config/apps/a.yaml", fault.document))
          << side.name << ": the schema takes " << fault.path << " of " << fault.document;
    }
  }
  EXPECT_GT(count, 500u);
}

}  // namespace
}  // namespace simpul::test
