// What the http adapter says about its configuration before anything runs.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/adapters/http_support.h"

namespace simpul::http_test {
namespace {

void expect_says(const std::string& problems, std::string_view code) {
  EXPECT_NE(problems.find("[" + std::string(code) + "]"), std::string::npos)
      << "not said: " << code << "\nsaid: " << problems;
}

TEST(HttpFields, GoodOnesHaveNoProblem) {
  EXPECT_EQ(endpoint_problems("{}"), "");
  EXPECT_EQ(endpoint_problems("address: \"[::1]:8480\""), "");
  EXPECT_EQ(endpoint_problems("address: 0.0.0.0:8443\ncertificate_file: a.crt\nkey_file: a.key"), "");
  EXPECT_EQ(target_problems("url: https://app.example.go.id/api/\npaths: { siswa: PUT /siswa }"), "");
  EXPECT_EQ(target_problems("url: http://127.0.0.1:8080"), "");
  EXPECT_EQ(target_problems("poll: true\nintos: [siswa]\nvisibility_ms: 5000"), "");
}

TEST(HttpFields, PlainHttpBeyondLoopbackMustBeSaid) {
  expect_says(endpoint_problems("address: 0.0.0.0:8480"), "http.plain");
  expect_says(endpoint_problems("address: 10.0.0.5:8480"), "http.plain");
  EXPECT_EQ(endpoint_problems("address: 0.0.0.0:8480\ndangerously_plain: true"), "");
  expect_says(target_problems("url: http://app.example.go.id"), "http.plain");
  expect_says(target_problems("url: http://127.0.0.1.evil.example"), "http.plain");
  EXPECT_EQ(target_problems("url: http://app.example.go.id\ndangerously_plain: true"), "");
}

TEST(HttpFields, AddressesAndPathsAreRead) {
  expect_says(endpoint_problems("address: localhost"), "http.address");
  expect_says(endpoint_problems("address: bus.example:80"), "http.address");
  expect_says(endpoint_problems("address: 127.0.0.1:70000"), "http.address");
  expect_says(endpoint_problems("address: ::1:80"), "http.address");
  expect_says(target_problems("url: ftp://app.example"), "http.url");
  expect_says(target_problems("url: https://user:pass@app.example"), "http.url");
  expect_says(target_problems("url: https://app.example/?a=1"), "http.url");
  expect_says(target_problems("url: https:///x"), "http.url");
  expect_says(target_problems("url: https://app.example\npaths: { a: siswa }"), "http.path");
  expect_says(target_problems("url: https://app.example\npaths: { a: DELETE /siswa }"), "http.path");
}

TEST(HttpFields, SecretsStayOutOfTheFile) {
  expect_says(target_problems("url: https://app.example\nbearer: rahasia"), "config.secret_in_file");
  expect_says(target_problems("url: https://app.example\nheaders: { Authorization: Bearer rahasia }"), "http.header");
  expect_says(target_problems("url: https://app.example\nheaders: { Idempotency-Key: x }"), "http.header");
  expect_says(target_problems("url: https://app.example\nheaders: { \"X-A\": \"a\\r\\nX-B: b\" }"), "http.header");
}

TEST(HttpFields, APolledTargetHasNoUrlAndOthersNeedOne) {
  expect_says(target_problems("poll: true\nurl: https://app.example"), "http.polled");
  expect_says(target_problems("url: https://app.example\nvisibility_ms: 5000"), "http.polled");
  expect_says(target_problems("concurrency: 4"), "config.missing");
}

TEST(HttpFields, HalfACertificateAndLimitsThatContradictAreFound) {
  expect_says(endpoint_problems("certificate_file: a.crt"), "http.certificate");
  expect_says(endpoint_problems("batch_limit_bytes: 2048"), "http.limits");
  expect_says(endpoint_problems("held_limit_bytes: 1048576"), "http.limits");
}

TEST(HttpFields, UnknownFieldsAreProblems) {
  expect_says(endpoint_problems("adress: 127.0.0.1:1"), "config.unknown_key");
  expect_says(target_problems("url: https://app.example\ntimout_ms: 5"), "config.unknown_key");
}

TEST(HttpFields, IntosAndExpressionsAreHandedToTheBus) {
  auto config =
      read_target("url: https://app.example\npaths: { siswa: /siswa, guru: /guru }\nsuccess_when: status == 200");
  EXPECT_EQ(config->intos(), (std::vector<std::string>{"guru", "siswa"}));
  ASSERT_EQ(config->expressions().size(), 1u);
  EXPECT_EQ(config->expressions()[0].name, "success_when");
  EXPECT_EQ(config->expressions()[0].text, "status == 200");
  EXPECT_EQ(config->expressions()[0].place.start.line, 3u);
  EXPECT_EQ(read_target("poll: true\nintos: [a, b]")->intos(), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(read_target("url: https://app.example")->intos().empty());
}

TEST(HttpFields, ThereIsNoHttpSource) {
  EXPECT_TRUE(spec().source_fields.empty());
  Problems problems;
  FieldContext context{nullptr, &problems};
  EXPECT_EQ(spec().read_source(yaml::Node{}, context), nullptr);
  expect_says(to_text(problems), "http.no_source");
}

std::string read_file(const std::string& name) {
  std::ifstream file(SIMPUL_SOURCE_DIR "/adapters/http/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(HttpFields, TheReadmesTablesAreThoseOfTheFields) {
  auto readme = read_file("README.md");
  EXPECT_NE(readme.find("<!-- fields:endpoint -->\n" + fields_markdown(spec().endpoint_fields) + "<!-- /fields -->"),
            std::string::npos)
      << fields_markdown(spec().endpoint_fields);
  EXPECT_NE(readme.find("<!-- fields:target -->\n" + fields_markdown(spec().target_fields) + "<!-- /fields -->"),
            std::string::npos)
      << fields_markdown(spec().target_fields);
}

TEST(HttpFields, TheExampleIsGood) {
  auto example = yaml::read(read_file("example.yaml"), "example.yaml");
  ASSERT_TRUE(example);
  Problems problems;
  FieldContext context{nullptr, &problems};
  spec().read_endpoint(*example->find("endpoint"), context);
  spec().read_target(*example->find("target"), context);
  spec().read_target(*example->find("polled_target"), context);
  EXPECT_EQ(to_text(problems), "");
}

}  // namespace
}  // namespace simpul::http_test
