// Fields are declared once: the documentation, the example and the errors must fit the declaration.
// With SIMPUL_UPDATE=1 the tables in the READMEs are written anew.
#include <gmock/gmock.h>

#include <cstdlib>

#include "adapters/registry.h"
#include "bus/event/json.h"
#include "tests/adapters/support.h"

namespace simpul::test {
namespace {

using ::testing::HasSubstr;

struct Side {
  std::string adapter, name;
  std::vector<FieldDescription> fields;
  std::function<void(const yaml::Node&, FieldContext&)> read;
};

std::vector<Side> sides() {
  std::vector<Side> out;
  for (const auto& spec : all_adapters()) {
    if (!spec.source_fields.empty())
      out.push_back({spec.name, "source", spec.source_fields,
                     [spec](const yaml::Node& node, FieldContext& context) { spec.read_source(node, context); }});
    if (!spec.target_fields.empty())
      out.push_back({spec.name, "target", spec.target_fields,
                     [spec](const yaml::Node& node, FieldContext& context) { spec.read_target(node, context); }});
    if (!spec.endpoint_fields.empty())
      out.push_back({spec.name, "endpoint", spec.endpoint_fields,
                     [spec](const yaml::Node& node, FieldContext& context) { spec.read_endpoint(node, context); }});
  }
  return out;
}

std::string file_of(const Side& side, const std::string& name) {
  return std::string(SIMPUL_SOURCE_DIR) + "/adapters/" + side.adapter + "/" + name;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path << " is missing";
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void check_help(const std::vector<FieldDescription>& fields, const std::string& where) {
  std::set<std::string> names;
  for (const auto& field : fields) {
    auto name = where + "." + field.name;
    EXPECT_GE(field.options.help.size(), 10u) << name << " has no help";
    EXPECT_TRUE(names.insert(field.name).second) << name << " is declared twice";
    if (field.type == FieldType::duration_ms) {
      EXPECT_TRUE(field.name.ends_with("_ms")) << name << " has no unit";
    }
    check_help(field.children, name);
  }
}

TEST(Fields, EveryDeclaredFieldIsExplained) {
  for (const auto& side : sides()) check_help(side.fields, side.adapter + " " + side.name);
}

TEST(Fields, EveryAdapterSaysWhatItIs) {
  for (const auto& spec : all_adapters()) {
    EXPECT_GT(spec.summary.size(), 20u) << spec.name;
    EXPECT_EQ(spec.summary.find('\n'), std::string::npos) << spec.name;
  }
}

TEST(Fields, TheExamplesAreRight) {
  for (const auto& side : sides()) {
    auto example = yaml::read(read_file(file_of(side, "example.yaml")), side.adapter + "/example.yaml");
    ASSERT_TRUE(example) << to_text(example.error());
    const auto* node = example->find(side.name);
    ASSERT_TRUE(node != nullptr) << side.adapter << "/example.yaml shows no " << side.name;
    Problems problems;
    FieldContext context{nullptr, &problems};
    side.read(*node, context);
    EXPECT_TRUE(problems.empty()) << to_text(problems);
  }
}

TEST(Fields, AFieldThatIsNotThereIsAnErrorWithTheNearestName) {
  for (const auto& side : sides()) {
    auto longest = std::max_element(side.fields.begin(), side.fields.end(), [](const auto& a, const auto& b) {
                     return a.name.size() < b.name.size();
                   })->name;
    auto misspelt = longest.substr(0, longest.size() - 1);
    auto node = yaml_of(misspelt + ": x\n");
    Problems problems;
    FieldContext context{nullptr, &problems};
    side.read(node, context);
    auto text = to_text(problems);
    EXPECT_THAT(text, HasSubstr(misspelt)) << side.adapter << " " << side.name;
    EXPECT_THAT(text, HasSubstr("did you mean \"" + longest + "\"?")) << side.adapter << " " << side.name;
    EXPECT_THAT(text, HasSubstr("test.yaml:1:1")) << side.adapter << " " << side.name;
  }
}

TEST(Fields, EveryWrongTypeIsAnErrorAtItsPlaceAndNoCrash) {
  for (const auto& side : sides())
    for (const auto& field : side.fields)
      for (std::string value :
           {"null", "true", "-1", "1.5", "[]", "[[1]]", "{}", "{ a: { b: { c: 1 } } }", "\"\"", "[{ x: 1 }]"}) {
        auto node = yaml_of(field.name + ": " + value + "\n");
        Problems problems;
        FieldContext context{nullptr, &problems};
        side.read(node, context);
        for (const auto& problem : problems) {
          EXPECT_FALSE(problem.message.empty());
          EXPECT_EQ(problem.place.file, "test.yaml") << problem.message;
        }
      }
}

TEST(Fields, TheEditorsSchemaIsJson) {
  for (const auto& side : sides()) {
    auto schema = json::parse(fields_json_schema(side.fields));
    ASSERT_TRUE(schema) << side.adapter << " " << side.name;
    for (const auto& field : side.fields)
      EXPECT_TRUE(schema->root().find("properties") != nullptr &&
                  schema->root().find("properties")->find(field.name) != nullptr)
          << field.name;
  }
}

TEST(Fields, TheTablesInTheReadmesAreFresh) {
  const char* update = std::getenv("SIMPUL_UPDATE");
  for (const auto& side : sides()) {
    auto path = file_of(side, "README.md");
    auto text = read_file(path);
    auto begin_mark = "<!-- fields:" + side.name + " -->\n";
    auto begin = text.find(begin_mark);
    ASSERT_NE(begin, std::string::npos) << path << " has no " << begin_mark;
    begin += begin_mark.size();
    auto end = text.find("<!-- /fields -->", begin);
    ASSERT_NE(end, std::string::npos) << path << " has no end mark";
    auto table = fields_markdown(side.fields);
    if (update != nullptr && std::string(update) == "1") {
      text.replace(begin, end - begin, table);
      std::ofstream(path, std::ios::binary) << text;
    } else {
      EXPECT_EQ(text.substr(begin, end - begin), table) << path << " is stale; run the tests with SIMPUL_UPDATE=1";
    }
  }
}

}  // namespace
}  // namespace simpul::test
