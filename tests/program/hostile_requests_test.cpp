// Requests that no honest publisher makes, sent to the real program: each is answered with words, nothing of
// it is admitted, and the bus serves on.
#include <gmock/gmock.h>

#include "tests/program/small_deployment.h"

namespace simpul::program {
namespace {

using testing::AnyOf;
using testing::Eq;
using testing::HasSubstr;

class HostileRequests : public SmallDeployment {
 protected:
  void SetUp() override {
    SmallDeployment::SetUp();
    start();
    key();
  }
  void TearDown() override {
    if (!HasFatalFailure()) {
      EXPECT_EQ(number_of(asked({"status"}).root(), {"admission", "accepted"}), "0");
      EXPECT_EQ(post(event("afterwards", nik_a, "JL SATU")).status, 202) << "the bus serves on";
      EXPECT_EQ(archived(1).size(), 1u);
      EXPECT_TRUE(bus_.running());
    }
    SmallDeployment::TearDown();
  }
  // RFC 9457 §3: title and status, in the type application/problem+json; words must say `words`.
  void expect_problem(const HttpAnswer& answer, int status, const std::string& words) {
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_THAT(answer.head, HasSubstr("application/problem+json"));
    EXPECT_TRUE(json::parse(answer.body)) << answer.body;
    EXPECT_THAT(answer.body, HasSubstr(words));
  }
  static std::string deep(std::size_t levels, const std::string& open, const std::string& close) {
    std::string text;
    for (std::size_t i = 0; i < levels; ++i) text += open;
    text += "1";
    for (std::size_t i = 0; i < levels; ++i) text += close;
    return text;
  }
  static std::string with_data(const std::string& data) {
    return R"({"specversion":"1.0","id":"x","source":"urn:uji:loket","type":"warga.alamat.diubah.v1","data":)" + data +
           "}";
  }
};

TEST_F(HostileRequests, TruncatedBodies) {
  auto whole = event("x", nik_a, "JL SATU");
  // Cut by the network: fewer bytes than Content-Length says, then the end. Nothing may be taken.
  auto cut = send_bytes(
      "POST /v1/events HTTP/1.1\r\nHost: bus\r\nContent-Type: application/cloudevents+json\r\nAuthorization: Bearer " +
      key_ + "\r\nContent-Length: " + std::to_string(whole.size()) + "\r\n\r\n" + whole.substr(0, whole.size() / 2));
  EXPECT_THAT(cut.status, AnyOf(Eq(0), Eq(400)));
  // Cut by the sender: every length is a body that is no JSON.
  for (std::size_t length = 0; length < whole.size(); length += 7) {
    auto answer = post(whole.substr(0, length));
    EXPECT_EQ(answer.status, 400) << length << answer.body;
  }
  expect_problem(post(whole.substr(0, 40)), 400, "line 1, column 41: the text ends");
  EXPECT_THAT(send_bytes("POST /v1/events HTTP/1.1\r\nHos").status, AnyOf(Eq(0), Eq(400)));
}

TEST_F(HostileRequests, OversizedBodies) {
  // Said beforehand: refused before it is read.
  auto said = send_bytes(
      "POST /v1/events HTTP/1.1\r\nHost: bus\r\nContent-Type: application/cloudevents+json\r\nAuthorization: Bearer " +
      key_ + "\r\nContent-Length: 99999999999\r\n\r\n{");
  expect_problem(said, 413, "bytes");
  // An event that is larger than any event may be.
  expect_problem(
      post(with_data("{\"nik\":\"" + nik_a + "\",\"alamat\":\"JL\",\"lain\":\"" + std::string(2 << 20, 'x') + "\"}")),
      413, "bytes");
  expect_problem(post(event("x", nik_a, std::string(101, 'x'))), 422, "alamat");
}

TEST_F(HostileRequests, WrongContentTypes) {
  for (const char* type : {"text/plain", "application/xml", "application/cloudevents+avro",
                           "application/cloudevents+json; charset=utf-16", ""}) {
    auto answer = post(event("x", nik_a, "JL SATU"), type);
    EXPECT_THAT(answer.status, AnyOf(Eq(400), Eq(415))) << type << answer.body;
    EXPECT_TRUE(json::parse(answer.body)) << type << answer.body;
  }
  expect_problem(post(event("x", nik_a, "JL SATU"), "text/plain"), 415, "application/cloudevents+json");
}

TEST_F(HostileRequests, BytesThatAreNoText) {
  expect_problem(post(event("x", nik_a, "JL \xff\xfe")), 400, "UTF-8");
  expect_problem(post(event("x", nik_a, "JL \xed\xa0\x80")), 400, "UTF-8");
  auto with_nul = event("x", nik_a, "JL SATU");
  with_nul[with_nul.find("SATU")] = '\0';
  expect_problem(post(with_nul), 400, "a NUL byte");
  expect_problem(post(std::string(100, '\0')), 400, "line 1, column 1: a NUL byte");
  expect_problem(
      post(R"({"specversion":"1.0","id":"x\u0000","source":"urn:uji:loket","type":"warga.alamat.diubah.v1"})"), 400,
      "id");
  EXPECT_THAT(send_bytes(std::string(1000, '\0')).status, AnyOf(Eq(0), Eq(400)));
}

TEST_F(HostileRequests, DeepJson) {
  expect_problem(post(deep(10'000, "[", "]")), 400, "deep");
  expect_problem(post(deep(10'000, "{\"a\":", "}")), 400, "deep");
  expect_problem(post(with_data(deep(10'000, "[", "]"))), 400, "deep");
  expect_problem(post(std::string(100'000, '[')), 400, "deep");
  expect_problem(post("[" + with_data(deep(10'000, "{\"a\":", "}")) + "]", "application/cloudevents-batch+json"), 400,
                 "deep");
}

TEST_F(HostileRequests, DuplicateKeys) {
  expect_problem(
      post(R"({"specversion":"1.0","id":"x","id":"y","source":"urn:uji:loket","type":"warga.alamat.diubah.v1"})"), 400,
      "id");
  expect_problem(post(with_data(R"({"nik":")" + nik_a + R"(","alamat":"JL SATU","nik":")" + nik_b + R"("})")), 400,
                 "nik");
  expect_problem(post(with_data(R"({"nik":")" + nik_a + R"(","alamat":"JL SATU","\u006eik":")" + nik_b + R"("})")), 400,
                 "nik");
}

TEST_F(HostileRequests, UnknownFieldsAndTypes) {
  expect_problem(post(with_data(R"({"nik":")" + nik_a + R"(","alamat":"JL SATU","alamt":"JL DUA"})")), 422, "alamt");
  expect_problem(
      post(R"({"specversion":"1.0","id":"x","source":"urn:uji:loket","type":"warga.alamat.diubah.v2","data":{}})"), 422,
      "did you mean");
  expect_problem(
      post(R"({"specversion":"1.0","id":"x","source":"urn:uji:loket","type":"warga.alamat.diubah.v1","datta":{}})"),
      400, "move the value into data");
}

TEST_F(HostileRequests, ABatchWithOneBadEventSaysWhichOne) {
  auto answer = post("[" + event("x", "123", "JL SATU") + "," + event("y", "12", "JL SATU") + "]",
                     "application/cloudevents-batch+json");
  auto document = json::parse(answer.body);
  ASSERT_TRUE(document) << answer.body;
  const auto& results = document->root().find("results")->items();
  ASSERT_EQ(results.size(), 2u);
  for (const auto& result : results) EXPECT_EQ(result.text_of("status"), "refused");
  EXPECT_THAT(answer.body, HasSubstr("/data/nik"));
}

}  // namespace
}  // namespace simpul::program
