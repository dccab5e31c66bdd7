#include "bus/base/config_field.h"

#include <gtest/gtest.h>

namespace simpul {
namespace {

struct Column {
  std::string name;
  std::int64_t length = 0;
};

struct Source {
  std::string folder;
  std::string encoding = "utf-8";
  std::chrono::milliseconds poll{500};
  std::int64_t limit = 10;
  bool keep = false;
  Secret secret;
  std::vector<std::string> names;
  std::map<std::string, std::string> labels;
  std::optional<Column> first;
  std::vector<Column> columns;
  std::map<std::string, Column> by_name;
};

const Fields<Column>& column_fields() {
  static const auto fields = Fields<Column>("column")
                                 .text("name", &Column::name, {.help = "Its name", .required = true})
                                 .integer("length", &Column::length, {.help = "Its length", .min = 0});
  return fields;
}

const Fields<Source>& source_fields() {
  static const auto fields =
      Fields<Source>("file source")
          .text("folder", &Source::folder, {.help = "The folder to watch", .example = "inbox", .required = true})
          .text("encoding", &Source::encoding,
                {.help = "How the text is written", .choices = {"utf-8", "latin-1"}, .default_text = "utf-8"})
          .duration_ms("poll_ms", &Source::poll, {.help = "How often it is read", .min = 10, .max = 3600000})
          .integer("limit", &Source::limit, {.help = "How many", .min = 1})
          .boolean("keep", &Source::keep, {.help = "Whether files stay"})
          .secret("secret", &Source::secret, {.help = "The password"})
          .text_list("names", &Source::names, {.help = "Names", .max = 3})
          .text_map("labels", &Source::labels, {.help = "Labels"})
          .group("first", &Source::first, column_fields(), {.help = "The first column"})
          .groups("columns", &Source::columns, column_fields(), {.help = "Columns"})
          .group_map("by_name", &Source::by_name, column_fields(), {.help = "Columns by name"})
          .check([](const Source& source, const yaml::Node& node, Problems& problems) {
            if (source.keep && source.folder == "gone")
              problems.push_back(node.problem("file.rule", "keep needs a folder that stays"));
          });
  return fields;
}

struct Outcome {
  Source source;
  std::string problems;
};

Outcome read(const std::string& text, const SecretSource* secrets = nullptr) {
  Problems problems;
  FieldContext context{secrets, &problems};
  auto node = yaml::read(text, "a.yaml");
  if (!node) return {{}, to_text(node.error())};
  auto source = source_fields().read(*node, context);
  return {source, to_text(problems)};
}

TEST(Fields, ReadEveryType) {
  const SecretSource secrets = [](std::string_view kind, std::string_view name) -> Result<std::string> {
    return std::string(kind) + "/" + std::string(name);
  };
  auto [source, problems] = read(
      "folder: in\nencoding: latin-1\npoll_ms: 20\nlimit: 3\nkeep: true\nsecret: ${file:keys/a}\nnames: [a, "
      "2]\nlabels: {x: y, n: 010}\n"
      "first: {name: f}\ncolumns: [{name: a, length: 3}, {name: b}]\nby_name: {c: {name: d}}\n",
      &secrets);
  EXPECT_EQ(problems, "");
  EXPECT_EQ(source.folder, "in");
  EXPECT_EQ(source.encoding, "latin-1");
  EXPECT_EQ(source.poll.count(), 20);
  EXPECT_TRUE(source.keep);
  EXPECT_EQ(source.secret.reveal(), "file/keys/a");
  EXPECT_EQ(source.names, (std::vector<std::string>{"a", "2"}));
  EXPECT_EQ(source.labels.at("n"), "010");
  EXPECT_EQ(source.first->name, "f");
  EXPECT_EQ(source.columns.at(0).length, 3);
  EXPECT_EQ(source.by_name.at("c").name, "d");
}

TEST(Fields, SayWhatIsWrongAndWhatToWrite) {
  EXPECT_EQ(read("foldr: in\n").problems,
            "a.yaml:1:1: error: \"foldr\" is no field of a file source, did you mean \"folder\"? (foldr) "
            "[config.unknown_key]\n"
            "    it takes folder, encoding, poll_ms, limit, keep, secret, names, labels, first, columns, by_name\n"
            "a.yaml:1:1: error: a file source needs folder [config.missing]\n"
            "    add folder: inbox");
  EXPECT_EQ(read("folder: in\nencoding: latin1\n").problems,
            "a.yaml:2:11: error: encoding cannot be \"latin1\", did you mean \"latin-1\"? (encoding) "
            "[config.unknown_choice]\n"
            "    it is one of utf-8, latin-1");
  EXPECT_EQ(read("folder: in\npoll_ms: 5\n").problems,
            "a.yaml:2:10: error: poll_ms must be from 10 to 3600000, and this is 5 (poll_ms) [config.out_of_range]\n"
            "    How often it is read");
  EXPECT_EQ(read("folder: in\nlimit: '5'\n").problems,
            "a.yaml:2:8: error: limit must be a whole number, and this is text (limit) [config.wrong_type]\n"
            "    How many");
  EXPECT_EQ(read("folder: in\nkeep: yes\n").problems,
            "a.yaml:2:7: error: keep must be true or false, and this is text (keep) [config.wrong_type]\n"
            "    write true or false, without quotes");
  EXPECT_EQ(read("folder: true\n").problems,
            "a.yaml:1:9: error: folder must be text, and this is true or false (folder) [config.wrong_type]\n"
            "    put quotes around it to make it text");
  EXPECT_EQ(read("folder: in\nnames: a\n").problems,
            "a.yaml:2:8: error: names must be a list, and this is text (names) [config.wrong_type]\n"
            "    write names: [a]");
  EXPECT_EQ(read("folder: in\nnames: [a, b, c, d]\n").problems,
            "a.yaml:2:8: error: names must have at most 3 entries, and this has 4 (names) [config.out_of_range]\n"
            "    Names");
  EXPECT_EQ(read("folder: in\nlimit: 99999999999999999999\n").problems,
            "a.yaml:2:8: error: limit is a number of more than 18 digits (limit) [config.out_of_range]\n"
            "    How many");
  EXPECT_EQ(read("- a\n").problems,
            "a.yaml:1:1: error: file source must be a map (name: value, a line each), and this is a list "
            "[config.wrong_type]");
  EXPECT_EQ(read("folder: in\ncolumns: [{length: 1}]\n").problems,
            "a.yaml:2:11: error: a column needs name (columns[0]) [config.missing]\n"
            "    add name: (Its name)");
  EXPECT_EQ(read("folder: gone\nkeep: true\n").problems,
            "a.yaml:1:1: error: keep needs a folder that stays [file.rule]");
}

TEST(Fields, ASecretInTheFileIsRefusedAndNotRepeated) {
  const auto problems = read("folder: in\nsecret: hunter2\n").problems;
  EXPECT_EQ(problems,
            "a.yaml:2:9: error: secret is a secret, and a secret is never written in the configuration (secret) "
            "[config.secret_in_file]\n"
            "    write secret: ${env:NAME} or secret: ${file:PATH}, and keep the value there");
  EXPECT_EQ(read("folder: ${env:HOME}\n").problems,
            "a.yaml:1:9: error: folder is no secret field, so ${env:HOME} is not filled in here (folder) "
            "[config.not_secret]\n"
            "    write the value itself");
}

TEST(Fields, ASecretIsFilledInAfterReadingSoItsTextIsNeverYaml) {
  const std::string text = "a: [b # {c} ${env:OTHER}\n- \"d";
  const SecretSource secrets = [&](std::string_view, std::string_view) -> Result<std::string> { return text; };
  auto [source, problems] = read("folder: in\nsecret: ${env:NAME}\n", &secrets);
  EXPECT_EQ(problems, "");
  EXPECT_EQ(source.secret.reveal(), text);
}

TEST(Fields, NoProblemShowsASecretsValue) {
  const SecretSource secrets = [](std::string_view, std::string_view) -> Result<std::string> { return "hunter2"; };
  for (const char* wrong : {"foldr: in\nsecret: ${env:NAME}\n", "folder: gone\nkeep: true\nsecret: ${file:x}\n",
                            "folder: in\nsecret: ${env:NAME}\npoll_ms: 1\n"}) {
    const auto problems = read(wrong, &secrets).problems;
    EXPECT_NE(problems, "");
    EXPECT_EQ(problems.find("hunter2"), std::string::npos) << problems;
  }
}

TEST(Fields, ASecretStaysEmptyWhileOnlyChecking) {
  auto [source, problems] = read("folder: in\nsecret: ${env:NAME}\n");
  EXPECT_EQ(problems, "");
  EXPECT_TRUE(source.secret.empty());
}

TEST(Fields, AMissingSecretSaysWhichOne) {
  const SecretSource secrets = [](std::string_view, std::string_view name) -> Result<std::string> {
    return fail("config.no_secret", "the environment has no " + std::string(name), "set it");
  };
  EXPECT_EQ(read("folder: in\nsecret: ${env:NAME}\n", &secrets).problems,
            "a.yaml:2:9: error: secret: the environment has no NAME (secret) [config.no_secret]\n    set it");
}

class EnvironmentValuesOfFields : public testing::Test {
 protected:
  std::string problems(const std::string& text) {
    Problems found;
    FieldContext context{nullptr, &found, &values};
    source = source_fields().read(*yaml::read(text, "a.yaml"), context);
    return to_text(found);
  }
  std::map<std::string, std::string> variables{{"HOST", "simrs.local"},
                                               {"YAML", "a: [b # ${env:HOST}\n- \"c"},
                                               {"POLL", "20"},
                                               {"EMPTY", ""},
                                               {"BYTES", "\xff"}};
  SecretSource from_map = [this](std::string_view kind, std::string_view name) -> Result<std::string> {
    auto found = variables.find(std::string(name));
    if (kind != "env" || found == variables.end())
      return fail("secret.missing", "the environment variable " + std::string(name) + " is not set", "set it");
    return found->second;
  };
  EnvironmentValues values{&from_map, true, {}};
  Source source;
};

TEST_F(EnvironmentValuesOfFields, AreFilledInWholeAndWithinATextAndInNumbers) {
  EXPECT_EQ(problems("folder: http://${env:HOST}/a/${env:POLL}${x}$\nnames: [\"${env:HOST}\"]\n"
                     "labels: {x: \"<${env:EMPTY}>\"}\npoll_ms: ${env:POLL}\ncolumns: [{name: \"${env:HOST}\"}]\n"),
            "");
  EXPECT_EQ(source.folder, "http://simrs.local/a/20${x}$");
  EXPECT_EQ(source.names.at(0), "simrs.local");
  EXPECT_EQ(source.labels.at("x"), "<>");
  EXPECT_EQ(source.poll.count(), 20);
  EXPECT_EQ(source.columns.at(0).name, "simrs.local");
}

TEST_F(EnvironmentValuesOfFields, AreValuesAndNeverReadAgain) {
  EXPECT_EQ(problems("folder: ${env:YAML}\n"), "");
  EXPECT_EQ(source.folder, variables["YAML"]);
}

TEST_F(EnvironmentValuesOfFields, AreCheckedLikeWhatIsWritten) {
  variables["ENCODING"] = "latin1";
  EXPECT_EQ(problems("folder: in\nencoding: ${env:ENCODING}\n"),
            "a.yaml:2:11: error: encoding cannot be \"latin1\", did you mean \"latin-1\"? (encoding) "
            "[config.unknown_choice]\n    it is one of utf-8, latin-1");
  variables["POLL"] = "5";
  EXPECT_EQ(problems("folder: in\npoll_ms: ${env:POLL}\n"),
            "a.yaml:2:10: error: poll_ms must be from 10 to 3600000, and this is 5 (poll_ms) [config.out_of_range]\n"
            "    How often it is read");
  variables["POLL"] = "5s";
  EXPECT_EQ(problems("folder: in\npoll_ms: ${env:POLL}\n"),
            "a.yaml:2:10: error: poll_ms must be a whole number, and what ${env:POLL} stands for is none (poll_ms) "
            "[config.wrong_type]\n    How often it is read");
  variables["FOLDER"] = "gone";
  EXPECT_EQ(problems("folder: ${env:FOLDER}\nkeep: true\n"),
            "a.yaml:1:1: error: keep needs a folder that stays [file.rule]");
}

TEST_F(EnvironmentValuesOfFields, AMissingOneIsNamedWhereItIsNeeded) {
  EXPECT_EQ(problems("folder: x${env:NOWHERE}\n"),
            "a.yaml:1:9: error: folder: the environment variable NOWHERE is not set (folder) [environment.missing]\n"
            "    set it");
}

TEST_F(EnvironmentValuesOfFields, WhileOnlyCheckingAMissingOneIsListedAndWhatHangsOnItIsLeft) {
  values.needed = false;
  EXPECT_EQ(problems("folder: ${env:NOWHERE}/${env:ALSO}\nkeep: true\nencoding: ${env:ENCODING}\nlimit: 0\n"),
            "a.yaml:4:8: error: limit must be at least 1, and this is 0 (limit) [config.out_of_range]\n    How many");
  ASSERT_EQ(values.missing.size(), 3u);
  EXPECT_EQ(values.missing[0].name, "NOWHERE");
  EXPECT_EQ(values.missing[1].name, "ALSO");
  EXPECT_EQ(values.missing[2].path, "encoding");
  EXPECT_EQ(values.missing[2].place.start.line, 3u);
}

TEST_F(EnvironmentValuesOfFields, WhatIsNoVariableIsRefused) {
  for (const char* text : {"${env:}", "${env:A B}", "${env:1A}", "${env:A", "x${env:${env:HOST}}"})
    EXPECT_NE(problems("folder: \"" + std::string(text) + "\"\n").find("[config.environment]"), std::string::npos)
        << text;
  EXPECT_NE(problems("folder: ${env:BYTES}\n").find("is not UTF-8"), std::string::npos);
  EXPECT_NE(problems("folder: ${file:secrets/a}\n").find("[config.not_secret]"), std::string::npos);
}

TEST(Fields, AreDocumentedFromTheSameDeclaration) {
  const auto table = fields_markdown(source_fields().descriptions());
  EXPECT_NE(table.find("| `folder` | text | required | The folder to watch. Example: `inbox`. |\n"), std::string::npos)
      << table;
  EXPECT_NE(table.find("| `encoding` | text | utf-8 | How the text is written. One of `utf-8`, `latin-1`. |\n"),
            std::string::npos)
      << table;
  EXPECT_NE(table.find("| `columns[].name` | text | required | Its name. |\n"), std::string::npos) << table;
  EXPECT_NE(table.find("| `by_name.<name>.length` | integer |  | Its length. At least 0. |\n"), std::string::npos)
      << table;
}

TEST(Fields, GiveTheEditorASchema) {
  EXPECT_EQ(
      fields_json_schema(column_fields().descriptions()),
      R"({"type":"object","additionalProperties":false,"properties":{"name":{"description":"Its name","type":["string","number"]},)"
      R"("length":{"description":"Its length","type":"integer","minimum":0}},"required":["name"]})");
  EXPECT_NE(fields_json_schema(source_fields().descriptions()).find(R"("enum":["utf-8","latin-1"])"),
            std::string::npos);
}

TEST(Fields, TheEditorAllowsWhatComesFromTheEnvironment) {
  std::vector<FieldDescription> fields{
      {"encoding", FieldType::text, {.choices = {"utf-8"}, .from_environment = true}, {}},
      {"port", FieldType::integer, {.max = 65535, .from_environment = true}, {}}};
  EXPECT_EQ(
      fields_json_schema(fields),
      R"({"type":"object","additionalProperties":false,"properties":{"encoding":{"anyOf":[{"enum":["utf-8"]},)"
      R"({"type":"string","pattern":"\\$\\{env:[A-Za-z_][A-Za-z0-9_]*\\}"}]},"port":{"anyOf":[{"type":"integer","maximum":65535},)"
      R"({"type":"string","pattern":"^\\$\\{env:[A-Za-z_][A-Za-z0-9_]*\\}$"}]}}})");
}

}  // namespace
}  // namespace simpul
