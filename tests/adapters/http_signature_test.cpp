// Signatures of Standard Webhooks, alone and at the endpoint.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "adapters/http/signature.h"
#include "bus/base/bytes.h"
#include "tests/adapters/http_support.h"

namespace simpul::http_test {
namespace {

constexpr std::string_view siak_key = "simpul-siak-secret-01234567";

TEST(HttpSignature, FitsTheStandardsOwnExample) {
  auto key = http::signing_key(Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
  ASSERT_TRUE(key);
  EXPECT_EQ(http::sign(*key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(HttpSignature, ARawSecretIsTakenAsItIsAndABrokenOneRefused) {
  EXPECT_EQ(http::signing_key(Secret("rahasia")).value(), "rahasia");
  EXPECT_FALSE(http::signing_key(Secret("")));
  EXPECT_FALSE(http::signing_key(Secret("whsec_???")));
  EXPECT_FALSE(http::signing_key(Secret("whsec_")));
}

TEST(HttpSignature, AnyChangeIsFound) {
  const Nanoseconds now = 1'700'000'000'000'000'000;
  auto good = http::sign("k", "id-1", "1700000000", "body");
  auto check = [&](std::string_view id, std::string_view timestamp, std::string_view signature, std::string_view body) {
    return http::verify("k", {id, timestamp, signature}, body, now, std::chrono::minutes(5)).has_value();
  };
  EXPECT_TRUE(check("id-1", "1700000000", good, "body"));
  EXPECT_TRUE(check("id-1", "1700000000", "v1,AAAA v1a,x " + good, "body"));
  EXPECT_FALSE(check("id-2", "1700000000", good, "body"));
  EXPECT_FALSE(check("id-1", "1700000001", good, "body"));
  EXPECT_FALSE(check("id-1", "1700000000", good, "bodY"));
  EXPECT_FALSE(check("id-1", "1700000000", "v2" + good.substr(2), "body"));
  EXPECT_FALSE(check("id-1", "1700000000", good.substr(3), "body"));
  EXPECT_FALSE(check("id-1", "1700000000", "", "body"));
  EXPECT_FALSE(check("id-1", "1700000000.0", good, "body"));
  EXPECT_FALSE(check("id-1", "", good, "body"));
}

TEST(HttpSignature, AnOldOrEarlyTimestampIsRefused) {
  auto at = [&](std::int64_t seconds_later) {
    auto good = http::sign("k", "id-1", "1700000000", "body");
    return http::verify("k", {"id-1", "1700000000", good}, "body", (1'700'000'000 + seconds_later) * 1'000'000'000,
                        std::chrono::minutes(5))
        .has_value();
  };
  EXPECT_TRUE(at(300));
  EXPECT_TRUE(at(-300));
  EXPECT_FALSE(at(301));
  EXPECT_FALSE(at(-301));
}

std::string signed_post(std::string_view event, std::string_view app, std::string_view key,
                        std::int64_t late_seconds = 0, std::string_view target = "/v1/events",
                        std::string_view type = "application/cloudevents+json") {
  auto timestamp = std::to_string(system_environment().clock->wall() / 1'000'000'000 - late_seconds);
  return request(
      "POST", target, event,
      {fmt::format("Content-Type: {}", type), fmt::format("X-Simpul-App: {}", app), "webhook-id: msg-1",
       "webhook-timestamp: " + timestamp, "webhook-signature: " + http::sign(key, "msg-1", timestamp, event)},
      "");
}

int status_of(Served& served, const std::string& text) {
  Client client(served.address());
  auto response = client.ask(text);
  return response ? response->status : 0;
}

TEST(HttpSignature, ASignedPostIsAccepted) {
  Served served;
  EXPECT_EQ(status_of(served, signed_post(event_json("s-1"), "siak", siak_key)), 202);
  EXPECT_EQ(served.gateway.published().size(), 1u);
}

TEST(HttpSignature, WrongKeyWrongAppOldTimeAndChangedBodyAreRefusedAlike) {
  Served served;
  EXPECT_EQ(status_of(served, signed_post(event_json("s-1"), "siak", "lain")), 401);
  EXPECT_EQ(status_of(served, signed_post(event_json("s-1"), "spmb", siak_key)), 401) << "spmb has no secret";
  EXPECT_EQ(status_of(served, signed_post(event_json("s-1"), "tidak-ada", "unknown")), 401);
  EXPECT_EQ(status_of(served, signed_post(event_json("s-1"), "siak", siak_key, 400)), 401);
  auto changed = signed_post(event_json("s-1"), "siak", siak_key);
  changed[changed.rfind("s-1") + 2] = '2';
  EXPECT_EQ(status_of(served, changed), 401);
  EXPECT_TRUE(served.gateway.published().empty());
  EXPECT_TRUE(served.gateway.refusals().empty()) << "what a stranger sends is not recorded as the app's";
}

TEST(HttpSignature, ASignatureIsForItsOwnAppAndNoPerson) {
  Served served;
  EXPECT_EQ(status_of(served, signed_post(R"({"settle":[]})", "siak", siak_key, 0, "/v1/apps/spmb/deliveries/settle",
                                          "application/json")),
            403);
  EXPECT_EQ(status_of(served, signed_post("{}", "siak", siak_key, 0, "/v1/control/status", "application/json")), 403);
}

}  // namespace
}  // namespace simpul::http_test
