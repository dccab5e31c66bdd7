// Requests with bytes changed, dropped and doubled at random: each is answered once or refused, whatever the
// pieces it comes in. The longer search is tests/fuzz/fuzz_http.cpp.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/adapters/http_support.h"
#include "tests/fuzz/http_harness.h"

namespace simpul::http_test {
namespace {

std::vector<std::string> seeds() {
  std::vector<std::string> json{"Content-Type: application/json"};
  return {
      post_event(event_json("1"), "k") + request("GET", "/readyz"),
      request("POST", "/v1/events", "[" + event_json("1") + "," + event_json("2") + "]",
              {"Content-Type: application/cloudevents-batch+json"}, "k"),
      request("POST", "/v1/events", "{}",
              {"Content-Type: application/json", "ce-id: 1", "ce-source: a", "ce-type: b", "ce-specversion: 1.0",
               "ce-x: %41"},
              "k"),
      "POST /v1/events HTTP/1.1\r\nHost: b\r\nX-Api-Key: k\r\nContent-Type: application/cloudevents+json\r\n"
      "Transfer-Encoding: chunked\r\n\r\n"
      "2;a=b\r\n{}\r\n0\r\nA: b\r\n\r\nGET /healthz HTTP/1.1\r\nHost: b\r\n\r\n",
      request("GET", "/v1/apps/siak/deliveries?wait_ms=0&limit=5", {}, {}, "k"),
      request("POST", "/v1/apps/siak/deliveries/settle",
              R"({"settle":[{"delivery":"x","outcome":"park","reason":"12345678"}]})", json, "k"),
      request("POST", "/v1/lookups/pend%75duk", R"({"nik":"3671015207909001"})", json, "k"),
      request("POST", "/v1/control/status", "{}", json, "p"),
      request("POST", "/v1/events", "{}",
              {"X-Simpul-App: siak", "webhook-id: 1", "webhook-timestamp: 1", "webhook-signature: v1,AA== v1,BB=="},
              ""),
      request("POST", "/v1/events", "{}", {"Expect: 100-continue"}, "wrong"),
  };
}

TEST(HttpMutation, SeedsAreAnsweredInAnyPieces) {
  for (const auto& seed : seeds())
    for (std::size_t piece : {1, 2, 7, 100, 100000}) EXPECT_TRUE(serve_bytes(seed, piece)) << piece << "\n" << seed;
}

TEST(HttpMutation, ChangedRequestsAreAnsweredOrRefused) {
  std::mt19937 random(4711);
  auto pick = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
  const auto all = seeds();
  const std::string_view special[] = {"\r\n",    std::string_view("\0", 1),
                                      "%",       "\xff",
                                      ":",       "99999999999999999999",
                                      "-1",      "{",
                                      "[",       "\"",
                                      " ",       "\t",
                                      "chunked", "0\r\n\r\n"};
  for (int round = 0; round < 5000; ++round) {
    std::string text = all[pick(all.size())];
    for (auto changes = 1 + pick(4); changes > 0; --changes) {
      auto at = pick(text.size());
      switch (pick(4)) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, 1 + pick(8));
          break;
        case 2:
          text.insert(at, special[pick(std::size(special))]);
          break;
        default:
          text.insert(at, text.substr(pick(text.size()), 1 + pick(40)));
      }
      if (text.empty()) text = "G";
    }
    ASSERT_TRUE(serve_bytes(text, 1 + pick(200))) << "round " << round << "\n" << text;
  }
}

}  // namespace
}  // namespace simpul::http_test
