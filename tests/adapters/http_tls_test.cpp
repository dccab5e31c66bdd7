// TLS at the endpoint, tried with the curl program as a client from outside.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "tests/adapters/http_support.h"

namespace simpul::http_test {
namespace {

bool curl_is_there() {
  return std::system("command -v curl >/dev/null 2>&1") == 0;
}

// What curl prints; its exit code at the end after "exit ".
std::string curl(const std::string& arguments) {
  auto* out = ::popen(
      fmt::format("curl --silent --max-time 10 --noproxy '*' {} 2>&1; printf ' exit %d' $?", arguments).c_str(), "r");
  std::string text;
  char bytes[4096];
  while (auto count = std::fread(bytes, 1, sizeof bytes, out)) text.append(bytes, count);
  ::pclose(out);
  return text;
}

class HttpTls : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!curl_is_there()) GTEST_SKIP() << "there is no curl program";
    first_ = make_certificate("pertama");
    second_ = make_certificate("kedua");
    write(first_);
    folder_.write("pertama.crt", first_.certificate);
    folder_.write("kedua.crt", second_.certificate);
  }
  void write(const TestCertificate& certificate) {
    folder_.write("server.crt", certificate.certificate);
    folder_.write("server.key", certificate.key);
  }
  std::string get(const std::string& trusted, const std::string& address, const std::string& more = {}) {
    return curl(fmt::format("{} --cacert {} https://{}/healthz", more, (folder_.path / trusted).string(), address));
  }
  const std::string fields_ = "certificate_file: server.crt\nkey_file: server.key";
  Folder folder_;
  TestCertificate first_, second_;
};

TEST_F(HttpTls, ACallerWhoTrustsTheCertificateIsServed) {
  Served served(fields_, {}, folder_.path.string());
  EXPECT_EQ(get("pertama.crt", served.address()), "{\"status\":\"healthy\"} exit 0");
  EXPECT_NE(get("kedua.crt", served.address()).find("exit 60"), std::string::npos);
}

TEST_F(HttpTls, AnEventAndALargeBatchGoThrough) {
  Served served(fields_, {}, folder_.path.string());
  folder_.write("event.json", event_json("t-1"));
  std::string batch = "[";
  for (int i = 0; i < 500; ++i)
    batch += (i ? "," : "") + event_json(fmt::format("t-b-{}", i), "\"" + std::string(3000, 'x') + "\"");
  folder_.write("batch.json", batch + "]");
  auto post = [&](const std::string& file, const std::string& type) {
    return curl(fmt::format(
        "--cacert {0}/pertama.crt -H 'Authorization: Bearer kunci-siak' -H 'Content-Type: {1}' --data-binary @{0}/{2} "
        "-o /dev/null -w '%{{http_code}}' https://{3}/v1/events",
        folder_.path.string(), type, file, served.address()));
  };
  EXPECT_EQ(post("event.json", "application/cloudevents+json"), "202 exit 0");
  EXPECT_EQ(post("batch.json", "application/cloudevents-batch+json"), "202 exit 0");
  EXPECT_EQ(served.gateway.published().size(), 501u);
}

TEST_F(HttpTls, AReloadTakesTheNewCertificateAndABrokenOneIsLeft) {
  Served served(fields_, {}, folder_.path.string());
  write(second_);
  EXPECT_NE(get("pertama.crt", served.address()).find("exit 0"), std::string::npos)
      << "nothing changes before the reload";
  served.endpoint->reload();
  EXPECT_NE(get("kedua.crt", served.address()).find("exit 0"), std::string::npos);
  EXPECT_NE(get("pertama.crt", served.address()).find("exit 60"), std::string::npos);
  folder_.write("server.crt", "rusak");
  served.endpoint->reload();
  EXPECT_NE(get("kedua.crt", served.address()).find("exit 0"), std::string::npos);
}

TEST_F(HttpTls, OldVersionsOfTlsAndPlainHttpAreRefused) {
  Served served(fields_, {}, folder_.path.string());
  EXPECT_NE(get("pertama.crt", served.address(), "--tls-max 1.1 --ciphers 'DEFAULT:@SECLEVEL=0'").find("exit 35"),
            std::string::npos);
  EXPECT_NE(get("pertama.crt", served.address(), "--tls-max 1.2").find("exit 0"), std::string::npos);
  EXPECT_EQ(curl(fmt::format("http://{}/healthz", served.address())).find("exit 0"), std::string::npos);
}

TEST_F(HttpTls, ACertificateThatCannotBeUsedStopsTheStart) {
  auto start = [&](const std::string& fields) {
    FakeGateway gateway;
    AdapterContext context;
    context.environment = system_environment();
    context.folder = folder_.path.string();
    return read_endpoint("address: 127.0.0.1:0\n" + fields)->open(context, gateway)->start();
  };
  folder_.write("other.key", second_.key);
  EXPECT_EQ(start("certificate_file: server.crt\nkey_file: other.key").error().code, "http.certificate_key");
  EXPECT_EQ(start("certificate_file: server.key\nkey_file: server.key").error().code, "http.certificate");
  EXPECT_EQ(start("certificate_file: tidak-ada.crt\nkey_file: server.key").error().code, "disk.not_found");
}

TEST_F(HttpTls, ASlowHandshakeIsCutOff) {
  Served served(fields_ + "\nheader_timeout_ms: 200", {}, folder_.path.string());
  Client silent(served.address());
  EXPECT_TRUE(silent.closed());
}

TEST_F(HttpTls, PlainHttpWorksWithCurlToo) {
  Served served;
  folder_.write("event.json", event_json("c-1"));
  auto posted =
      curl(fmt::format("-H 'X-Api-Key: kunci-siak' -H 'Content-Type: application/cloudevents+json' "
                       "--data-binary @{}/event.json http://{}/v1/events",
                       folder_.path.string(), served.address()));
  EXPECT_EQ(posted, R"({"id":"c-1","position":1,"status":"accepted"} exit 0)");
  // curl asks before it sends more than a megabyte.
  folder_.write("large.json", "[" + event_json("c-2", "\"" + std::string(900000, 'x') + "\"") + "," +
                                  event_json("c-3", "\"" + std::string(900000, 'x') + "\"") + "]");
  auto large =
      curl(fmt::format("-H 'X-Api-Key: kunci-siak' -H 'Content-Type: application/cloudevents-batch+json' "
                       "--data-binary @{}/large.json -o /dev/null -w '%{{http_code}}' http://{}/v1/events",
                       folder_.path.string(), served.address()));
  EXPECT_EQ(large, "202 exit 0");
}

}  // namespace
}  // namespace simpul::http_test
