// Applications that can call but not be called: they fetch their deliveries and settle them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "bus/event/json.h"
#include "tests/adapters/http_support.h"

namespace simpul::http_test {
namespace {

// A polled target of app siak beside an endpoint, as one running bus has them.
struct Polled {
  explicit Polled(const std::string& target_fields = {}, const std::string& endpoint_fields = {})
      : shared(spec().make_shared()), served(endpoint_fields, shared) {
    AdapterContext context;
    context.environment = system_environment();
    context.app = "siak";
    context.name = "siak";
    context.shared = shared;
    target = read_target("poll: true\n" + target_fields)->open(context);
    EXPECT_TRUE(target->start());
  }
  ~Polled() { target->stop(); }

  void deliver(const std::string& key, const std::string& payload = R"({"nik":"3671015207909001"})",
               std::uint32_t attempt = 1) {
    Delivery one;
    one.app = "siak";
    one.route = "pindah";
    one.into = "penduduk";
    one.position = 7;
    one.part = 2;
    one.attempt = attempt;
    one.idempotency_key = key;
    one.type = "uji.pindah.v1";
    one.event_id = "e-1";
    one.time = "2026-11-22T03:00:00Z";
    one.payload = payload;
    one.settle = [this, key](Settlement settlement) {
      std::lock_guard lock(mutex);
      settled.emplace_back(key, std::move(settlement));
    };
    std::vector<Delivery> all;
    all.push_back(std::move(one));
    target->deliver(std::move(all));
  }
  std::size_t settled_count() {
    std::lock_guard lock(mutex);
    return settled.size();
  }

  std::shared_ptr<void> shared;
  Served served;
  std::unique_ptr<Target> target;
  std::mutex mutex;
  std::vector<std::pair<std::string, Settlement>> settled;
};

const std::string path = "/v1/apps/siak/deliveries";
const std::vector<std::string> json_type{"Content-Type: application/json"};

std::vector<std::string> tokens_of(const Response& response) {
  std::vector<std::string> tokens;
  auto document = json::parse(response.body);
  if (!document) return tokens;
  for (const auto& one : document->root().find("deliveries")->items()) tokens.emplace_back(one.text_of("delivery"));
  return tokens;
}

std::string settle_body(const std::string& token, const std::string& outcome, const std::string& reason = "alasan") {
  return fmt::format(R"({{"settle":[{{"delivery":"{}","outcome":"{}","reason":"{}"}}]}})", token, outcome, reason);
}

// A long poll that is known to wait: both requests lie in one piece, so the answer to the first shows that
// the second was read.
void wait_at(Client& client) {
  client.send(request("GET", path) + request("GET", path + "?wait_ms=60000"));
  auto first = client.receive();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->status, 204);
}

TEST(HttpDeliveries, AreFetchedAndSettled) {
  Polled polled;
  Client client(polled.served.address());
  EXPECT_EQ(client.ask(request("GET", path))->status, 204);
  polled.deliver("k-1", R"({ "n": 12345678901234567890.0 })");
  auto response = client.ask(request("GET", path));
  ASSERT_EQ(response->status, 200);
  auto document = json::parse(response->body);
  ASSERT_TRUE(document);
  const auto& one = document->root().find("deliveries")->items()[0];
  EXPECT_EQ(one.text_of("idempotency_key"), "k-1");
  EXPECT_EQ(one.text_of("route"), "pindah");
  EXPECT_EQ(one.text_of("into"), "penduduk");
  EXPECT_EQ(one.text_of("type"), "uji.pindah.v1");
  EXPECT_EQ(one.text_of("event_id"), "e-1");
  EXPECT_EQ(one.find("position")->text(), "7");
  EXPECT_EQ(one.find("part")->text(), "2");
  EXPECT_EQ(document->raw(*one.find("payload")), R"({ "n": 12345678901234567890.0 })");
  EXPECT_EQ(client.ask(request("GET", path))->status, 204) << "what is out is not handed out again";

  auto settled = client.ask(
      request("POST", path + "/settle", settle_body(std::string(one.text_of("delivery")), "delivered"), json_type));
  EXPECT_EQ(settled->status, 200);
  EXPECT_NE(settled->body.find(R"("status":"settled")"), std::string::npos);
  ASSERT_EQ(polled.settled_count(), 1u);
  EXPECT_EQ(polled.settled[0].second.kind, Settlement::delivered);
  auto again = client.ask(
      request("POST", path + "/settle", settle_body(std::string(one.text_of("delivery")), "delivered"), json_type));
  EXPECT_NE(again->body.find(R"("status":"unknown")"), std::string::npos);
  EXPECT_EQ(polled.settled_count(), 1u);
}

TEST(HttpDeliveries, TheAppMayAskForRetryOrParkWithItsReason) {
  Polled polled;
  polled.deliver("k-1");
  polled.deliver("k-2");
  Client client(polled.served.address());
  auto tokens = tokens_of(*client.ask(request("GET", path)));
  ASSERT_EQ(tokens.size(), 2u);
  client.ask(request("POST", path + "/settle", settle_body(tokens[0], "retry", "sedang tutup"), json_type));
  client.ask(
      request("POST", path + "/settle", settle_body(tokens[1], "park", "NIK 3671015207909001 ganda"), json_type));
  ASSERT_EQ(polled.settled_count(), 2u);
  EXPECT_EQ(polled.settled[0].second.kind, Settlement::retry);
  EXPECT_EQ(polled.settled[0].second.reason, "sedang tutup");
  EXPECT_FALSE(polled.settled[0].second.unreachable);
  EXPECT_EQ(polled.settled[1].second.kind, Settlement::park);
  EXPECT_EQ(polled.settled[1].second.reason, "NIK … ganda");
}

TEST(HttpDeliveries, ALongPollIsAnsweredAsSoonAsSomethingComes) {
  Polled polled;
  Client client(polled.served.address());
  client.send(request("GET", path + "?wait_ms=60000&limit=5") + request("GET", "/healthz"));
  polled.deliver("k-1");
  auto response = client.receive();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(tokens_of(*response).size(), 1u);
  EXPECT_EQ(client.receive()->status, 200);
}

TEST(HttpDeliveries, ALongPollEndsEmptyAfterItsTime) {
  Polled polled;
  Client client(polled.served.address());
  EXPECT_EQ(client.ask(request("GET", path + "?wait_ms=150"))->status, 204);
}

TEST(HttpDeliveries, APollerThatIsGoneTakesNothing) {
  Polled polled("", "threads: 2");
  {
    Client gone(polled.served.address());
    wait_at(gone);
    gone.reset();
  }
  Client client(polled.served.address());
  // The reset of the one connection is seen before the other's answer, or at the latest when it is ticked.
  EXPECT_EQ(client.ask(request("GET", path + "?wait_ms=300"))->status, 204);
  polled.deliver("k-1");
  EXPECT_EQ(client.ask(request("GET", path))->status, 200);
}

TEST(HttpDeliveries, WhatIsNotSettledInTimeGoesBack) {
  Polled polled("visibility_ms: 1000");
  polled.deliver("k-1");
  Client client(polled.served.address());
  auto tokens = tokens_of(*client.ask(request("GET", path)));
  ASSERT_EQ(tokens.size(), 1u);
  ASSERT_TRUE(eventually([&] { return polled.settled_count() == 1; }));
  EXPECT_EQ(polled.settled[0].second.kind, Settlement::retry);
  EXPECT_NE(polled.settled[0].second.reason.find("1000 ms"), std::string::npos);
  auto late = client.ask(request("POST", path + "/settle", settle_body(tokens[0], "delivered"), json_type));
  EXPECT_NE(late->body.find(R"("status":"unknown")"), std::string::npos);
}

TEST(HttpDeliveries, TheLimitIsKept) {
  Polled polled;
  for (int i = 0; i < 5; ++i) polled.deliver(fmt::format("k-{}", i));
  Client client(polled.served.address());
  EXPECT_EQ(tokens_of(*client.ask(request("GET", path + "?limit=2"))).size(), 2u);
  EXPECT_EQ(tokens_of(*client.ask(request("GET", path + "?limit=100"))).size(), 3u);
  for (const auto* wrong : {"?limit=0", "?limit=101", "?limit=x", "?wait_ms=-1", "?wait_ms=60001", "?wait_ms="})
    EXPECT_EQ(client.ask(request("GET", path + wrong))->status, 400) << wrong;
}

TEST(HttpDeliveries, AnAnswerIsBoundedInBytes) {
  Polled polled("", "body_limit_bytes: 1024\nbatch_limit_bytes: 1024");
  for (int i = 0; i < 3; ++i) polled.deliver(fmt::format("k-{}", i), "\"" + std::string(800, 'a') + "\"");
  Client client(polled.served.address());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(tokens_of(*client.ask(request("GET", path))).size(), 1u);
}

TEST(HttpDeliveries, AreForTheAppItselfOnly) {
  Polled polled;
  polled.deliver("k-1");
  Client client(polled.served.address());
  EXPECT_EQ(client.ask(request("GET", path, {}, {}, "kunci-spmb"))->status, 403);
  EXPECT_EQ(client.ask(request("GET", path, {}, {}, "kunci-siti"))->status, 403);
  EXPECT_EQ(client.ask(request("GET", path, {}, {}, ""))->status, 401);
  EXPECT_EQ(client.ask(request("GET", "/v1/apps/spmb/deliveries", {}, {}, "kunci-spmb"))->status, 404)
      << "spmb's target is not polled";
  EXPECT_EQ(tokens_of(*client.ask(request("GET", path))).size(), 1u);
}

TEST(HttpDeliveries, ASettlementThatCannotBeReadSettlesNothing) {
  Polled polled;
  polled.deliver("k-1");
  Client client(polled.served.address());
  auto token = tokens_of(*client.ask(request("GET", path))).at(0);
  auto good = fmt::format(R"({{"delivery":"{}","outcome":"delivered"}})", token);
  for (const auto& body : {std::string("["), std::string("[]"), std::string("{}"), R"({"settle":{}})" + std::string(),
                           R"({"settle":[)" + good + R"(,{"delivery":"x","outcome":"done"}]})",
                           R"({"settle":[)" + good + R"(,{"outcome":"retry"}]})", R"({"settle":[)" + good + R"(,5]})",
                           R"({"settle":[)" + good + R"(],"more":1})",
                           R"({"settle":[{"delivery":"x","outcome":"park"}]})" + std::string()})
    EXPECT_EQ(client.ask(request("POST", path + "/settle", body, json_type))->status, 400) << body;
  EXPECT_EQ(polled.settled_count(), 0u);
}

TEST(HttpDeliveries, StoppingTheTargetGivesEverythingBack) {
  Polled polled;
  polled.deliver("k-1");
  polled.deliver("k-2");
  Client client(polled.served.address());
  auto tokens = tokens_of(*client.ask(request("GET", path + "?limit=1")));
  polled.target->stop();
  ASSERT_EQ(polled.settled_count(), 2u);
  for (const auto& [key, settlement] : polled.settled) {
    EXPECT_EQ(settlement.kind, Settlement::retry);
    EXPECT_TRUE(settlement.unreachable);
  }
  EXPECT_EQ(client.ask(request("GET", path))->status, 404);
  auto late = client.ask(request("POST", path + "/settle", settle_body(tokens.at(0), "delivered"), json_type));
  EXPECT_NE(late->body.find(R"("status":"unknown")"), std::string::npos);
  polled.deliver("k-3");
  EXPECT_EQ(polled.settled_count(), 3u);
}

TEST(HttpDeliveries, StoppingTheEndpointAnswersLongPolls) {
  Polled polled;
  Client client(polled.served.address());
  wait_at(client);
  polled.served.endpoint->stop();
  auto response = client.receive();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 204);
  EXPECT_TRUE(client.closed());
}

}  // namespace
}  // namespace simpul::http_test
