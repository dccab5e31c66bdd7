// The endpoint's connections: bad input on the wire, order of answers, limits, stopping.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "bus/event/json.h"
#include "tests/adapters/http_support.h"

namespace simpul::http_test {
namespace {

std::string code_of(const Response& response) {
  auto document = json::parse(response.body);
  return document ? std::string(document->root().text_of("code")) : "not JSON: " + response.body;
}

// Sends, expects a problem of this status and code, and that the connection ends.
void expect_refused(const std::string& address, std::string_view bytes, int status, std::string_view code,
                    bool end_sending = false) {
  SCOPED_TRACE(code);
  Client client(address);
  client.send(bytes);
  if (end_sending) client.end_sending();
  auto response = client.receive();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, status) << response->body;
  EXPECT_EQ(code_of(*response), code);
  EXPECT_EQ(response->headers["connection"], "close");
  EXPECT_TRUE(client.closed());
}

TEST(HttpWire, WhatIsNoRequestIsRefused) {
  Served served;
  auto address = served.address();
  expect_refused(address, "halo bus\r\n\r\n", 400, "http.syntax");
  expect_refused(address, std::string("\x16\x03\x01\x02\x00\x01\x00", 7) + "\r\n\r\n", 400, "http.syntax");
  expect_refused(address, "GET /healthz HTTP/2.0\r\nHost: bus\r\n\r\n", 505, "http.version");
  expect_refused(address, "GET /healthz HTTP/1.1\r\n\r\n", 400, "http.host");
  expect_refused(address, "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "http.host");
  expect_refused(address, "GET /healthz HTTP/1.1\r\nHost: a\r\nBad Name: b\r\n\r\n", 400, "http.syntax");
  expect_refused(address, std::string("GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 43), 400, "http.syntax");
  expect_refused(address, "POST /v1/events HTTP/1.1\r\nHost: bus\r\nContent-Length: -5\r\n\r\n", 400, "http.syntax");
  expect_refused(address, "POST /v1/events HTTP/1.1\r\nHost: bus\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
                 400, "http.syntax");
}

TEST(HttpWire, TwoFramingsAtOnceAndUnknownEncodingsAreRefused) {
  Served served;
  Client both(served.address());
  auto response = both.ask(
      "POST /v1/events HTTP/1.1\r\nHost: bus\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 400);
  EXPECT_TRUE(both.closed());
  expect_refused(served.address(), "POST /v1/events HTTP/1.1\r\nHost: bus\r\nTransfer-Encoding: gzip\r\n\r\n", 501,
                 "http.transfer_encoding");
  expect_refused(served.address(), "POST /v1/events HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501,
                 "http.transfer_encoding");
}

TEST(HttpWire, AHeaderThatIsTooLargeIsRefused) {
  Served served("header_limit_bytes: 2048");
  expect_refused(served.address(), "GET /healthz HTTP/1.1\r\nHost: bus\r\nX-A: " + std::string(5000, 'a') + "\r\n\r\n",
                 431, "http.header_too_big");
  Client client(served.address());
  EXPECT_EQ(client.ask("GET /healthz HTTP/1.1\r\nHost: bus\r\nX-A: " + std::string(1500, 'a') + "\r\n\r\n")->status,
            200);
}

TEST(HttpWire, ABodyThatIsTooLargeIsRefusedBeforeItIsRead) {
  Served served("body_limit_bytes: 4096");
  auto head = std::string(
      "POST /v1/events HTTP/1.1\r\nHost: bus\r\nAuthorization: Bearer kunci-siak\r\n"
      "Content-Type: application/cloudevents+json\r\n");
  expect_refused(served.address(), head + "Content-Length: 4097\r\n\r\n", 413, "http.body_too_big");
  expect_refused(served.address(), head + "Content-Length: 99999999999\r\n\r\n", 413, "http.body_too_big");
  auto chunk = fmt::format("{:x}\r\n{}\r\n", 3000, std::string(3000, ' '));
  expect_refused(served.address(), head + "Transfer-Encoding: chunked\r\n\r\n" + chunk + chunk, 413,
                 "http.body_too_big");
  // A batch has a limit of its own.
  Client client(served.address());
  auto batch = "[" + event_json("1") + std::string(5000, ' ') + "]";
  EXPECT_EQ(
      client.ask(request("POST", "/v1/events", batch, {"Content-Type: application/cloudevents-batch+json"}))->status,
      202);
}

TEST(HttpWire, AnswersReachAClientThatStillSends) {
  Served served("body_limit_bytes: 4096");
  Client client(served.address());
  client.send(request("POST", "/v1/events", std::string(900000, 'x'), {"Content-Type: application/cloudevents+json"}));
  auto response = client.receive();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 413);
}

TEST(HttpWire, ATruncatedBodyIsRefused) {
  Served served;
  auto whole = post_event(event_json("a-1"));
  expect_refused(served.address(), whole.substr(0, whole.size() - 5), 400, "http.truncated", true);
  expect_refused(served.address(), whole.substr(0, 20), 400, "http.truncated", true);
  EXPECT_TRUE(served.gateway.published().empty());
  EXPECT_TRUE(eventually([&] { return served.gateway.refusals().size() == 1; }))
      << "the half body of a known app is recorded";
}

TEST(HttpWire, ChunkedBodiesAreTaken) {
  Served served;
  Client client(served.address());
  auto text = event_json("c-1");
  auto head = std::string(
      "POST /v1/events HTTP/1.1\r\nHost: bus\r\nX-Api-Key: kunci-siak\r\n"
      "Content-Type: application/cloudevents+json\r\nTransfer-Encoding: chunked\r\n\r\n");
  auto body = fmt::format("5\r\n{}\r\n{:x};ext=1\r\n{}\r\n0\r\nX-Api-Key: kunci-spmb\r\n\r\n", text.substr(0, 5),
                          text.size() - 5, text.substr(5));
  EXPECT_EQ(client.ask(head + body)->status, 202);
  EXPECT_EQ(served.gateway.published(), std::vector<std::string>{text});
  EXPECT_EQ(client.ask(request("GET", "/healthz"))->status, 200) << "the connection goes on";
}

TEST(HttpWire, ARequestMayComeByteByByte) {
  Served served;
  Client client(served.address());
  for (char c : post_event(event_json("d-1"))) client.send(std::string_view(&c, 1));
  EXPECT_EQ(client.receive()->status, 202);
}

TEST(HttpWire, ManyRequestsInOnePieceAreAnsweredInTheirOrder) {
  Served served("requests_per_connection: 8");
  Client client(served.address());
  std::string all;
  for (int i = 0; i < 100; ++i) all += post_event(event_json(fmt::format("p-{}", i)));
  client.send(all);
  for (int i = 0; i < 100; ++i) {
    auto response = client.receive();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, fmt::format(R"({{"id":"p-{}","position":{},"status":"accepted"}})", i, i + 1));
  }
}

TEST(HttpWire, AnAnswerThatIsReadyEarlyWaitsForThoseBeforeIt) {
  Served served;
  served.gateway.hold = true;
  Client client(served.address());
  client.send(post_event(event_json("1")) + post_event(event_json("2")) + request("GET", "/healthz"));
  ASSERT_TRUE(eventually([&] { return served.gateway.held() == 2; }));
  served.gateway.release(1);
  served.gateway.release(0);
  EXPECT_NE(client.receive()->body.find(R"("id":"1")"), std::string::npos);
  EXPECT_NE(client.receive()->body.find(R"("id":"2")"), std::string::npos);
  EXPECT_EQ(client.receive()->body, R"({"status":"healthy"})");
}

TEST(HttpWire, AnswersMayComeFromAnyThread) {
  Served served("threads: 2");
  served.gateway.from_other_thread = true;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 8; ++i) clients.push_back(std::make_unique<Client>(served.address()));
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 8; ++i)
      clients[static_cast<std::size_t>(i)]->send(post_event(event_json(fmt::format("{}-{}", round, i))));
    for (int i = 0; i < 8; ++i) {
      auto response = clients[static_cast<std::size_t>(i)]->receive();
      ASSERT_TRUE(response);
      EXPECT_NE(response->body.find(fmt::format(R"("id":"{}-{}")", round, i)), std::string::npos);
    }
  }
}

TEST(HttpWire, OneConnectionHasNoMoreRequestsInHandThanItMay) {
  Served served("requests_per_connection: 2");
  served.gateway.hold = true;
  Client client(served.address());
  std::string all;
  for (int i = 0; i < 4; ++i) all += post_event(event_json(std::to_string(i)));
  client.send(all);
  Client other(served.address());
  ASSERT_TRUE(eventually([&] { return served.gateway.held() == 2; }));
  EXPECT_EQ(other.ask(request("GET", "/healthz"))->status, 200);
  EXPECT_EQ(served.gateway.held(), 2u);
  served.gateway.release(0);
  EXPECT_NE(client.receive()->body.find(R"("id":"0")"), std::string::npos);
  ASSERT_TRUE(eventually([&] { return served.gateway.held() == 2; }));
  while (served.gateway.held() > 0) served.gateway.release(0);
  served.gateway.hold = false;
  for (int i = 1; i < 4; ++i) {
    if (served.gateway.held() > 0) served.gateway.release(0);
    ASSERT_TRUE(client.receive());
  }
}

TEST(HttpWire, BodiesInHandAreBounded) {
  Served served("held_limit_bytes: 1048576\nbatch_limit_bytes: 1048576");
  served.gateway.hold = true;
  Client first(served.address()), second(served.address());
  auto big = event_json("1", "\"" + std::string(600000, 'a') + "\"");
  first.send(post_event(big));
  ASSERT_TRUE(eventually([&] { return served.gateway.held() == 1; }));
  second.send(post_event(big));
  auto refused = second.receive();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  EXPECT_TRUE(refused->headers.contains("retry-after"));
  served.gateway.release(0);
  EXPECT_EQ(first.receive()->status, 202);
  served.gateway.hold = false;
  EXPECT_EQ(first.ask(post_event(big))->status, 202) << "what was held is given back";
}

TEST(HttpWire, AClientThatAsksBeforeItSendsIsTold) {
  Served served;
  Client client(served.address());
  auto text = event_json("e-1");
  auto head = [&](std::string_view key) {
    return fmt::format(
        "POST /v1/events HTTP/1.1\r\nHost: bus\r\nX-Api-Key: {}\r\nContent-Type: application/cloudevents+json\r\n"
        "Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        key, text.size());
  };
  EXPECT_EQ(client.ask(head("kunci-siak"))->status, 100);
  EXPECT_EQ(client.ask(text)->status, 202);
  auto refused = client.ask(head("kunci-salah"));
  EXPECT_EQ(refused->status, 401);
  EXPECT_TRUE(client.closed());
}

TEST(HttpWire, ASlowHeaderAndASlowBodyAreCutOff) {
  Served served("header_timeout_ms: 200\nbody_timeout_ms: 200");
  Client slow_header(served.address()), slow_body(served.address());
  slow_header.send("GET /healthz HTTP/1.1\r\nHost: b");
  auto whole = post_event(event_json("s-1"));
  slow_body.send(whole.substr(0, whole.size() - 3));
  EXPECT_EQ(slow_header.receive()->status, 408);
  EXPECT_TRUE(slow_header.closed());
  EXPECT_EQ(slow_body.receive()->status, 408);
  EXPECT_TRUE(slow_body.closed());
}

TEST(HttpWire, AnIdleConnectionIsClosed) {
  Served served("idle_timeout_ms: 200");
  Client client(served.address());
  EXPECT_EQ(client.ask(request("GET", "/healthz"))->status, 200);
  EXPECT_TRUE(client.closed());
}

TEST(HttpWire, MoreConnectionsThanAllowedAreToldSo) {
  Served served("connections: 2");
  Client first(served.address());
  auto second = std::make_unique<Client>(served.address());
  EXPECT_EQ(first.ask(request("GET", "/healthz"))->status, 200);
  EXPECT_EQ(second->ask(request("GET", "/healthz"))->status, 200);
  Client third(served.address());
  auto refused = third.receive();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  EXPECT_TRUE(third.closed());
  second.reset();
  EXPECT_TRUE(eventually([&] {
    Client again(served.address());
    auto response = again.ask(request("GET", "/healthz"));
    return response && response->status == 200;
  })) << "a place that became free is not given again";
}

TEST(HttpWire, Http10AndCloseEndTheConnection) {
  Served served;
  Client old(served.address());
  EXPECT_EQ(old.ask("GET /healthz HTTP/1.0\r\n\r\n")->status, 200);
  EXPECT_TRUE(old.closed());
  Client polite(served.address());
  EXPECT_EQ(polite.ask(request("GET", "/healthz", {}, {"Connection: close"}))->headers["connection"], "close");
  EXPECT_TRUE(polite.closed());
}

TEST(HttpWire, HeadHasNoBody) {
  Served served;
  Client client(served.address());
  client.send(request("HEAD", "/healthz"));
  auto response = client.receive(true);
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->headers["content-length"], "20");
  EXPECT_EQ(client.ask(request("GET", "/healthz"))->body, R"({"status":"healthy"})");
}

TEST(HttpWire, UnknownPathsAndMethodsAreProblems) {
  Served served;
  Client client(served.address());
  for (const auto* path : {"/", "/v1", "/v1/eventss", "/v1/apps//deliveries", "/v1/apps/a/b/deliveries",
                           "/v1/apps/%zz/deliveries", "/v1/control/", "/../v1/events"}) {
    auto response = client.ask(request("GET", path));
    EXPECT_EQ(response->status, 404) << path;
    EXPECT_EQ(code_of(*response), "http.no_such_path") << path;
  }
  for (auto [method, path, allow] :
       {std::tuple("GET", "/v1/events", "POST"), std::tuple("DELETE", "/healthz", "GET, HEAD"),
        std::tuple("POST", "/v1/apps/siak/deliveries", "GET"), std::tuple("PUT", "/v1/control/status", "POST")}) {
    auto response = client.ask(request(method, path));
    EXPECT_EQ(response->status, 405) << path;
    EXPECT_EQ(response->headers["allow"], allow);
  }
}

TEST(HttpWire, AClientThatIsGoneHurtsNobody) {
  Served served;
  served.gateway.hold = true;
  for (int i = 0; i < 10; ++i) {
    Client client(served.address());
    client.send(post_event(event_json(std::to_string(i))));
    ASSERT_TRUE(eventually([&] { return served.gateway.held() == static_cast<std::size_t>(i) + 1; }));
    client.reset();
  }
  while (served.gateway.held() > 0) served.gateway.release(0);
  served.gateway.hold = false;
  Client client(served.address());
  EXPECT_EQ(client.ask(post_event(event_json("last")))->status, 202);
}

TEST(HttpWire, APortInUseIsNamed) {
  Served served;
  FakeGateway gateway;
  AdapterContext context;
  context.environment = system_environment();
  auto second = read_endpoint("address: " + served.address())->open(context, gateway);
  auto started = second->start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, "listen.in_use");
  EXPECT_NE(started.error().message.find(served.address()), std::string::npos) << started.error().message;
  EXPECT_FALSE(started.error().hint.empty());
  second->stop();
}

TEST(HttpWire, AnAddressOfAnotherMachineIsNamed) {
  FakeGateway gateway;
  AdapterContext context;
  context.environment = system_environment();
  auto endpoint = read_endpoint("address: 192.0.2.1:8480\ndangerously_plain: true")->open(context, gateway);
  auto started = endpoint->start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, "listen.no_such_address");
}

TEST(HttpWire, StopFinishesWhatRunsAndEndsIdleConnections) {
  auto served = std::make_unique<Served>();
  served->gateway.hold = true;
  Client busy(served->address()), idle(served->address());
  EXPECT_EQ(idle.ask(request("GET", "/healthz"))->status, 200);
  busy.send(post_event(event_json("z-1")));
  ASSERT_TRUE(eventually([&] { return served->gateway.held() == 1; }));
  std::thread stopping([&] { served->endpoint->stop(); });
  EXPECT_TRUE(idle.closed());
  served->gateway.release(0);
  auto response = busy.receive();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 202);
  EXPECT_TRUE(busy.closed());
  stopping.join();
}

TEST(HttpWire, StopDoesNotWaitForever) {
  auto served = std::make_unique<Served>("stop_timeout_ms: 100");
  served->gateway.hold = true;
  Client busy(served->address());
  busy.send(post_event(event_json("z-1")));
  ASSERT_TRUE(eventually([&] { return served->gateway.held() == 1; }));
  served->endpoint->stop();
  EXPECT_TRUE(busy.closed());
  served->gateway.release(0);  // an answer that comes too late goes nowhere
}

}  // namespace
}  // namespace simpul::http_test
