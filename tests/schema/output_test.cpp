// JSON Schema's output formats. The official output tests of 2020-12 and 2019-09, where the Debian package
// (libtest-json-schema-acceptance-perl) is installed: what we write must fit the schema that each case gives, judged by
// our own engine. The counts go to conformance/json-schema-<draft>-output.json.
#include "bus/schema/output.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/schema/support.h"

namespace simpul {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const fs::path suite = "/usr/share/perl5/auto/share/dist/Test-JSON-Schema-Acceptance/output-tests";

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

class OfficialOutput : public testing::TestWithParam<std::string> {
 protected:
  void group(const std::string& file, const json::Value& group) {
    auto compiled = compile_schemas({{"case.json", json::write(*group.find("schema"))}}, rules_);
    for (const auto& one : group.find("tests")->items()) {
      for (const auto& [form, expected] : one.find("output")->members()) {
        ++total_;
        auto name = file + " / " + std::string(one.text_of("description")) + " / " + std::string(form);
        bool passed = compiled && fits(*(*compiled)->find("case"), *one.find("data"), form, json::write(expected));
        passed_ += passed;
        if (!passed) failed_.push_back(name);
        EXPECT_TRUE(passed) << name << (compiled ? "" : to_text(compiled.error()));
      }
    }
  }

  void write_counts() const {
    auto folder = fs::path(SIMPUL_BINARY_DIR) / "conformance";
    fs::create_directories(folder);
    json::Writer out;
    out.begin_object().member("suite", "json-schema/" + GetParam() + "/output");
    out.member("passed", passed_).member("total", total_).name("failed").begin_array();
    for (const auto& name : failed_) out.string(name);
    out.end_array().end_object();
    std::ofstream(folder / ("json-schema-" + GetParam() + "-output.json")) << out.text() << "\n";
    std::cout << "JSON Schema " << GetParam() << "/output: " << passed_ << " of " << total_ << " cases\n";
  }

  const fs::path folder_ = suite / ("draft" + GetParam());
  std::int64_t passed_ = 0, total_ = 0;

 private:
  bool fits(const Schema& schema, const json::Value& value, std::string_view form, const std::string& expected) {
    auto wanted = output_form(form);
    if (!wanted) return false;
    auto judge = compile_schemas(
        {{"expected.json", expected}, {"output-schema.json", read_file(folder_ / "output-schema.json")}}, rules_);
    if (!judge) {
      ADD_FAILURE() << to_text(judge.error());
      return false;
    }
    auto text = output_text(schema, value, *wanted);
    auto output = json::parse(text);
    if (output && (*judge)->find("expected")->valid(output->root())) return true;
    ADD_FAILURE() << text;
    return false;
  }

  const SchemaRules rules_{
      .strict = false, .formats_assert = true, .dialect = "https://json-schema.org/draft/" + GetParam() + "/schema"};
  std::vector<std::string> failed_;
};

TEST_P(OfficialOutput, FitsTheSchemaOfEachCase) {
  if (!fs::exists(suite)) {
    GTEST_SKIP() << "the suite is not here: install the package libtest-json-schema-acceptance-perl";
  }
  for (const auto& entry : fs::directory_iterator(folder_ / "content")) {
    auto document = json::parse(read_file(entry.path()));
    ASSERT_TRUE(document) << entry.path() << ": " << document.error().message;
    for (const auto& each : document->root().items()) group(entry.path().stem().string(), each);
  }
  write_counts();
  EXPECT_GT(total_, 0);
}

INSTANTIATE_TEST_SUITE_P(Drafts, OfficialOutput, testing::Values("2020-12", "2019-09"), [](const auto& parameter) {
  auto name = "Draft" + parameter.param;
  name.erase(std::remove(name.begin(), name.end(), '-'), name.end());
  return name;
});

std::string output(const Schema& schema, std::string value, OutputForm form) {
  return output_text(schema, document_of(std::move(value)).root(), form);
}

// core §12.4: the schema and the value that the specification itself takes as its example.
const std::string polygon =
    R"({"$id":"https://example.com/polygon","$schema":"https://json-schema.org/draft/2020-12/schema",
  "$defs":{"point":{"type":"object","properties":{"x":{"type":"number"},"y":{"type":"number"}},
  "additionalProperties":false,"required":["x","y"]}},
  "type":"array","items":{"$ref":"#/$defs/point"},"minItems":3})";
const std::string not_a_polygon = R"([{"x":2.5,"y":1.3},{"x":1,"z":6.7}])";

TEST(Output, FlagSaysWhetherTheValueIsValid) {
  auto schema = schema_of(polygon);
  EXPECT_EQ(output(*schema, not_a_polygon, OutputForm::flag), R"({"valid":false})");
  EXPECT_EQ(output(*schema, "[{\"x\":1,\"y\":1},{\"x\":2,\"y\":1},{\"x\":1,\"y\":2}]", OutputForm::flag),
            R"({"valid":true})");
}

TEST(Output, BasicListsEveryError) {
  EXPECT_EQ(
      output(*schema_of(polygon), not_a_polygon, OutputForm::basic),
      R"({"valid":false,"keywordLocation":"","absoluteKeywordLocation":"https://example.com/polygon#","instanceLocation":"","errors":[)"
      R"({"valid":false,"keywordLocation":"/minItems","absoluteKeywordLocation":"https://example.com/polygon#/minItems","instanceLocation":"","error":"expected at least 3 items, got 2"},)"
      R"({"valid":false,"keywordLocation":"/items/$ref/required","absoluteKeywordLocation":"https://example.com/polygon#/$defs/point/required","instanceLocation":"/1","error":"the field \"y\" is missing"},)"
      R"({"valid":false,"keywordLocation":"/items/$ref/additionalProperties","absoluteKeywordLocation":"https://example.com/polygon#/$defs/point/additionalProperties","instanceLocation":"/1/z","error":"the field \"z\" is not known"}]})");
}

TEST(Output, DetailedIsATreeWithoutLonelyBranches) {
  EXPECT_EQ(
      output(*schema_of(polygon), not_a_polygon, OutputForm::detailed),
      R"({"valid":false,"keywordLocation":"","absoluteKeywordLocation":"https://example.com/polygon#","instanceLocation":"","errors":[)"
      R"({"valid":false,"keywordLocation":"/minItems","absoluteKeywordLocation":"https://example.com/polygon#/minItems","instanceLocation":"","error":"expected at least 3 items, got 2"},)"
      R"({"valid":false,"keywordLocation":"/items/$ref","absoluteKeywordLocation":"https://example.com/polygon#/$defs/point","instanceLocation":"/1","errors":[)"
      R"({"valid":false,"keywordLocation":"/items/$ref/required","absoluteKeywordLocation":"https://example.com/polygon#/$defs/point/required","instanceLocation":"/1","error":"the field \"y\" is missing"},)"
      R"({"valid":false,"keywordLocation":"/items/$ref/additionalProperties","absoluteKeywordLocation":"https://example.com/polygon#/$defs/point/additionalProperties","instanceLocation":"/1/z","error":"the field \"z\" is not known"}]}]})");
}

TEST(Output, TellsEveryAlternativeThatRefused) {
  auto schema = schema_of(R"({"anyOf":[{"type":"string"},{"minimum":5}]})");
  auto text = output(*schema, "3", OutputForm::basic);
  EXPECT_THAT(text, HasSubstr(R"("keywordLocation":"/anyOf/0/type")"));
  EXPECT_THAT(text, HasSubstr(R"("keywordLocation":"/anyOf/1/minimum")"));
  auto tree = document_of(output(*schema, "3", OutputForm::detailed));
  const auto& errors = *tree.root().find("errors");
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors.items()[0].text_of("keywordLocation"), "/anyOf");
  EXPECT_EQ(errors.items()[0].find("errors")->size(), 2u);
}

TEST(Output, CollectsTheAnnotationsOfAValidValue) {
  auto schema = schema_of(R"({"title":"Orang","properties":{"nama":{"title":"Nama","type":"string"}},
    "patternProperties":{"^x-":true},"additionalProperties":{"title":"Lain"},
    "anyOf":[{"title":"tidak","required":["nik"]},{"title":"ya"}]})");
  auto text = output(*schema, R"({"nama":"SITI","x-a":1,"b":2})", OutputForm::basic);
  EXPECT_THAT(
      text,
      HasSubstr(
          R"("keywordLocation":"/title","absoluteKeywordLocation":"schemas:///test.json#/title","instanceLocation":"","annotation":"Orang")"));
  EXPECT_THAT(text, HasSubstr(R"("instanceLocation":"","annotation":["nama"])"));
  EXPECT_THAT(text, HasSubstr(R"("instanceLocation":"","annotation":["x-a"])"));
  EXPECT_THAT(text, HasSubstr(R"("instanceLocation":"","annotation":["b"])"));
  EXPECT_THAT(text, HasSubstr(R"("instanceLocation":"/nama","annotation":"Nama")"));
  EXPECT_THAT(text, HasSubstr(R"("instanceLocation":"/b","annotation":"Lain")"));
  EXPECT_THAT(text, HasSubstr(R"("annotation":"ya")"));
  EXPECT_THAT(text, Not(HasSubstr("tidak")));
}

TEST(Output, SaysHowFarItemsWereEvaluated) {
  auto schema =
      schema_of(R"({"prefixItems":[{},{}],"contains":{"type":"integer"},"unevaluatedItems":{"type":"string"}})");
  auto text = output(*schema, R"(["a","b",3,"c"])", OutputForm::basic);
  EXPECT_THAT(
      text,
      HasSubstr(
          R"("keywordLocation":"/prefixItems","absoluteKeywordLocation":"schemas:///test.json#/prefixItems","instanceLocation":"","annotation":1)"));
  EXPECT_THAT(text, HasSubstr(R"("annotation":[2])"));
  EXPECT_THAT(
      text,
      HasSubstr(
          R"("keywordLocation":"/unevaluatedItems","absoluteKeywordLocation":"schemas:///test.json#/unevaluatedItems","instanceLocation":"","annotation":true)"));
}

TEST(Output, NamesAResourceByItsIdAndWritesItAsAUri) {
  auto schema = schema_of(
      R"({"$id":"https://kota.id/a","properties":{"p":{"$id":"dalam","patternProperties":{"^a b$":{"type":"string"}}}}})");
  EXPECT_THAT(output(*schema, R"({"p":{"a b":1}})", OutputForm::basic),
              HasSubstr(R"("absoluteKeywordLocation":"https://kota.id/dalam#/patternProperties/%5Ea%20b$/type")"));
}

TEST(Output, HidesPersonalValues) {
  auto schema = schema_of(R"({"properties":{"nik":{"x-personal-data":"general","pattern":"^3671"}}})");
  for (auto form : {OutputForm::basic, OutputForm::detailed})
    EXPECT_THAT(output(*schema, R"({"nik":"9999015207909001"})", form), Not(HasSubstr("9999015207909001")));
}

}  // namespace
}  // namespace simpul
