// Publishing over HTTP: what apps send, and what they are told.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "bus/event/json.h"
#include "tests/adapters/http_support.h"

namespace simpul::http_test {
namespace {

// A string member of a JSON body, or "none".
std::string member(const std::string& body, std::string_view pointer) {
  auto document = json::parse(body);
  if (!document) return "not JSON: " + body;
  const auto* value = json::at_pointer(document->root(), pointer);
  return value ? std::string(value->text()) : "none";
}

Response ask(Served& served, std::string_view text) {
  Client client(served.address());
  return client.ask(text).value_or(Response{});
}

void expect_problem(const Response& response, int status, std::string_view code) {
  EXPECT_EQ(response.status, status) << response.body;
  EXPECT_EQ(response.headers.contains("content-type") ? response.headers.at("content-type") : "",
            "application/problem+json");
  EXPECT_EQ(member(response.body, "/code"), code) << response.body;
  EXPECT_EQ(member(response.body, "/status"), std::to_string(status));
  EXPECT_EQ(member(response.body, "/type"), "urn:simpul:problem:" + std::string(code));
  EXPECT_NE(member(response.body, "/title"), "none");
  EXPECT_NE(member(response.body, "/detail"), "none");
}

TEST(HttpPublish, AStructuredEventIsAcceptedWithItsPosition) {
  Served served;
  auto text = event_json("a-1", R"({"nik":"3671015207909001","n":12345678901234567890.50,"x":{"b":1,"a":2}})");
  auto response = ask(served, post_event(text));
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(response.headers["content-type"], "application/json");
  EXPECT_EQ(response.body, R"({"id":"a-1","position":1,"status":"accepted"})");
  ASSERT_EQ(served.gateway.published().size(), 1u);
  EXPECT_EQ(served.gateway.published()[0], text);
}

TEST(HttpPublish, TheSameEventAgainIsADuplicateAndOtherContentAConflict) {
  Served served;
  Client client(served.address());
  EXPECT_EQ(client.ask(post_event(event_json("a-1")))->status, 202);
  auto again = client.ask(post_event(event_json("a-1")));
  EXPECT_EQ(again->status, 202);
  EXPECT_EQ(member(again->body, "/status"), "duplicate");
  auto other = client.ask(post_event(event_json("a-1", "5")));
  expect_problem(*other, 409, "id_conflict");
  EXPECT_EQ(member(other->body, "/event"), "a-1");
}

TEST(HttpPublish, ABatchKeepsEachEventsText) {
  Served served;
  auto first = event_json("b-1", R"({ "spaced" : 1.0 })"), second = event_json("b-2");
  auto response = ask(served, request("POST", "/v1/events", "[" + first + " , " + second + "]",
                                      {"Content-Type: application/cloudevents-batch+json; charset=utf-8"}));
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(member(response.body, "/results/1/id"), "b-2");
  EXPECT_EQ(member(response.body, "/results/1/status"), "accepted");
  EXPECT_EQ(served.gateway.published(), (std::vector<std::string>{first, second}));
}

TEST(HttpPublish, AMixedBatchTellsWhatBecameOfEachEvent) {
  Served served;
  auto wrong = R"({"specversion":"1.0","id":"b-2","source":"urn:uji:siak","type":"uji.salah.v1"})";
  auto response = ask(served, request("POST", "/v1/events", "[" + event_json("b-1") + "," + wrong + ",{}]",
                                      {"Content-Type: application/cloudevents-batch+json"}));
  EXPECT_EQ(response.status, 207);
  EXPECT_EQ(member(response.body, "/results/0/status"), "accepted");
  EXPECT_EQ(member(response.body, "/results/1/status"), "refused");
  EXPECT_EQ(member(response.body, "/results/1/problem/status"), "422");
  EXPECT_EQ(member(response.body, "/results/1/problem/errors/0/pointer"), "/data/nik");
  EXPECT_EQ(member(response.body, "/results/1/problem/errors/0/rule"), "pattern");
  EXPECT_EQ(member(response.body, "/results/2/problem/status"), "400");
}

TEST(HttpPublish, AnEmptyBatchIsFine) {
  Served served;
  auto response =
      ask(served, request("POST", "/v1/events", "[]", {"Content-Type: application/cloudevents-batch+json"}));
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(response.body, R"({"results":[]})");
}

TEST(HttpPublish, ABinaryEventIsComposedFromItsHeaders) {
  Served served;
  auto response = ask(
      served, request("POST", "/v1/events", R"({"nik":"3671015207909001"})",
                      {"Content-Type: application/json", "ce-specversion: 1.0", "CE-Id: c-1", "ce-source: urn:uji:siak",
                       "ce-type: uji.pindah.v1", "ce-subject: Jalan%20Mawar%20%E2%82%AC"}));
  EXPECT_EQ(response.status, 202) << response.body;
  ASSERT_EQ(served.gateway.published().size(), 1u);
  auto event = Event::parse(served.gateway.published()[0]);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->subject(), "Jalan Mawar €");
  EXPECT_EQ(event->data_text(), R"({"nik":"3671015207909001"})");
}

TEST(HttpPublish, ARefusalNamesRuleFieldAndEvent) {
  Served served;
  Client client(served.address());
  auto wrong =
      client.ask(post_event(R"({"specversion":"1.0","id":"d-1","source":"urn:uji:siak","type":"uji.salah.v1"})"));
  expect_problem(*wrong, 422, "schema");
  EXPECT_EQ(member(wrong->body, "/event"), "d-1");
  EXPECT_EQ(member(wrong->body, "/errors/0/pointer"), "/data/nik");
  EXPECT_EQ(member(wrong->body, "/detail"), "nik must have 16 digits");
  EXPECT_EQ(member(wrong->body, "/detail_id"), "nik harus 16 angka");
  EXPECT_EQ(member(wrong->body, "/errors/0/detail_id"), "nik harus 16 angka");
  auto forbidden =
      client.ask(post_event(R"({"specversion":"1.0","id":"d-2","source":"urn:uji:siak","type":"uji.terlarang.v1"})"));
  expect_problem(*forbidden, 403, "not_allowed");
}

TEST(HttpPublish, WhatLooksWrongInAnAcceptedEventIsTold) {
  Served served;
  auto doubtful = R"({"specversion":"1.0","id":"e-1","source":"urn:uji:siak","type":"uji.ragu.v1"})";
  auto response = ask(served, post_event(doubtful));
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(member(response.body, "/status"), "accepted");
  EXPECT_EQ(member(response.body, "/warnings/0/pointer"), "/data/kode");
  EXPECT_EQ(member(response.body, "/warnings/0/detail"), "no such region");
  EXPECT_EQ(member(response.body, "/warnings/0/detail_id"), "wilayah ini tidak ada");
  auto again = ask(served, post_event(doubtful));
  EXPECT_EQ(member(again.body, "/status"), "duplicate");
  EXPECT_EQ(again.body.find("warnings"), std::string::npos);
}

TEST(HttpPublish, UnreadableInputIsRefusedAndRecorded) {
  struct Case {
    std::string name, body, content_type;
    int status;
    std::string code;
    bool recorded;  // by the endpoint; what is read as an event is for the gateway
  };
  std::string deep(10000, '[');
  for (const auto& one : std::vector<Case>{
           {"half JSON", R"({"specversion":"1.0","id":)", "application/cloudevents+json", 400, "json.syntax", false},
           {"invalid UTF-8", "{\"specversion\":\"1.0\",\"id\":\"\xff\"}", "application/cloudevents+json", 400,
            "json.utf8", false},
           {"NUL", std::string("{\"a\0b\":1}", 9), "application/cloudevents+json", 400, "json.syntax", false},
           {"duplicate member", R"({"id":"1","id":"2"})", "application/cloudevents+json", 400, "json.duplicate_member",
            false},
           {"10 000 deep", deep, "application/cloudevents+json", 400, "json.too_deep", false},
           {"10 000 deep batch", deep, "application/cloudevents-batch+json", 400, "json.too_deep", true},
           {"a batch that is none", "{}", "application/cloudevents-batch+json", 400, "event.not_an_array", true},
           {"half a batch", "[" + event_json("x") + ",", "application/cloudevents-batch+json", 400, "json.syntax",
            true},
           {"XML", "<a/>", "text/xml", 415, "http.content_type", true},
           {"an unknown format of CloudEvents", "x", "application/cloudevents+avro", 415, "http.content_type", true},
           {"other charset", "{}", "application/cloudevents+json; charset=latin1", 415, "http.content_type", true},
           {"nothing", "", "application/cloudevents+json", 400, "json.syntax", false},
       }) {
    SCOPED_TRACE(one.name);
    Served served;
    auto response = ask(served, request("POST", "/v1/events", one.body, {"Content-Type: " + one.content_type}));
    expect_problem(response, one.status, one.code);
    EXPECT_EQ(served.gateway.refusals().size(), one.recorded ? 1u : 0u);
    if (one.recorded && !served.gateway.refusals().empty()) {
      EXPECT_EQ(served.gateway.refusals()[0].app, "siak");
      EXPECT_EQ(served.gateway.refusals()[0].code, one.code);
      EXPECT_EQ(served.gateway.refusals()[0].received, one.body);
      EXPECT_EQ(served.gateway.refusals()[0].content_type, one.content_type);
    }
    if (one.status == 415) {
      EXPECT_NE(response.headers["accept"].find("application/cloudevents-batch+json"), std::string::npos);
    }
    EXPECT_TRUE(served.gateway.published().empty());
  }
}

TEST(HttpPublish, AnUnknownMediaTypeIsToldWhichAreKnown) {
  Served served;
  auto response = ask(served, request("POST", "/v1/events", "<a/>", {"Content-Type: text/xml"}));
  EXPECT_NE(member(response.body, "/detail").find("application/cloudevents-batch+json"), std::string::npos)
      << response.body;
}

TEST(HttpPublish, ACompressedBodyIsRefusedByName) {
  Served served;
  auto response = ask(served, request("POST", "/v1/events", "\x1f\x8b",
                                      {"Content-Type: application/cloudevents+json", "Content-Encoding: gzip"}));
  expect_problem(response, 415, "http.content_type");
}

TEST(HttpPublish, ABatchOfTooManyEventsIsRefused) {
  Served served("batch_events: 3");
  std::string batch = "[" + event_json("1") + "," + event_json("2") + "," + event_json("3");
  auto type = std::vector<std::string>{"Content-Type: application/cloudevents-batch+json"};
  expect_problem(ask(served, request("POST", "/v1/events", batch + "," + event_json("4") + "]", type)), 413,
                 "batch.too_big");
  EXPECT_TRUE(served.gateway.published().empty());
  EXPECT_EQ(ask(served, request("POST", "/v1/events", batch + "]", type)).status, 202);
}

TEST(HttpPublish, TooMuchAtOnceAFullDiskAndNotReadyAreToldApart) {
  Served served;
  served.gateway.answer_later = true;
  auto busy = ask(served, post_event(event_json("e-1")));
  expect_problem(busy, 429, "later");
  EXPECT_EQ(busy.headers["retry-after"], "2");
  served.gateway.is_ready = false;
  expect_problem(ask(served, post_event(event_json("e-1"))), 503, "later");
  served.gateway.disk_full = true;
  auto full = ask(served, post_event(event_json("e-1")));
  expect_problem(full, 507, "disk.full");
  EXPECT_TRUE(full.headers.contains("retry-after"));
}

TEST(HttpPublish, CredentialsAreAskedFor) {
  Served served;
  auto text = event_json("f-1");
  auto none = ask(served, post_event(text, ""));
  expect_problem(none, 401, "unauthorized");
  EXPECT_TRUE(none.headers.contains("www-authenticate"));
  expect_problem(ask(served, post_event(text, "kunci-salah")), 401, "unauthorized");
  auto type = std::string("Content-Type: application/cloudevents+json");
  expect_problem(ask(served, request("POST", "/v1/events", text, {type, "Authorization: Basic c2lhazprdW5jaQ=="}, "")),
                 401, "unauthorized");
  expect_problem(ask(served, post_event(text, "kunci-siti")), 403, "not_allowed");
  EXPECT_TRUE(served.gateway.published().empty());
  EXPECT_EQ(ask(served, request("POST", "/v1/events", text, {type, "X-Api-Key: kunci-siak"}, "")).status, 202);
}

TEST(HttpPublish, AKeyIsNotTrustedAfterAReload) {
  Served served;
  Client client(served.address());
  EXPECT_EQ(client.ask(post_event(event_json("g-1")))->status, 202);
  EXPECT_EQ(client.ask(post_event(event_json("g-2")))->status, 202);
  served.gateway.keys.erase("kunci-siak");
  served.endpoint->reload();
  expect_problem(*client.ask(post_event(event_json("g-3"))), 401, "unauthorized");
}

TEST(HttpPublish, LookupsAndCommandsGoToTheGateway) {
  Served served;
  Client client(served.address());
  auto type = std::vector<std::string>{"Content-Type: application/json"};
  auto found = client.ask(request("POST", "/v1/lookups/penduduk", R"({"nik":"3671015207909001"})", type));
  EXPECT_EQ(found->status, 200);
  EXPECT_EQ(found->body, R"({"asker":"siak","parameters":{"nik":"3671015207909001"}})");
  EXPECT_EQ(client.ask(request("POST", "/v1/lookups/lain", "{}", type))->headers["content-type"],
            "application/problem+json");
  auto status = client.ask(request("POST", "/v1/control/status", "", {}, "kunci-siti"));
  EXPECT_EQ(status->status, 200);
  EXPECT_EQ(status->body, R"({"person":"siti","arguments":{}})");
  expect_problem(*client.ask(request("POST", "/v1/control/status", "{}", type)), 403, "not_allowed");
  expect_problem(*client.ask(request("POST", "/v1/lookups/penduduk", "[]", type)), 400, "http.body");
  expect_problem(
      *client.ask(request("POST", "/v1/lookups/penduduk", "a=b", {"Content-Type: application/x-www-form-urlencoded"})),
      415, "http.content_type");
}

TEST(HttpPublish, AClaimIsFetchedAsItsBytes) {
  Served served;
  auto answer = ask(served, request("GET", "/v1/claims/" + std::string(64, 'a')));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "\"isi\"\n");
  EXPECT_EQ(answer.headers["content-type"], "application/octet-stream");
  expect_problem(ask(served, request("GET", "/v1/claims/" + std::string(64, 'b'))), 404, "claim.unknown");
}

TEST(HttpPublish, HealthAndReadinessNeedNoCredential) {
  Served served;
  EXPECT_EQ(ask(served, request("GET", "/healthz", {}, {}, "")).body, R"({"status":"healthy"})");
  EXPECT_EQ(ask(served, request("GET", "/readyz", {}, {}, "")).body, R"({"status":"ready"})");
  served.gateway.is_ready = false;
  served.gateway.is_healthy = false;
  expect_problem(ask(served, request("GET", "/healthz", {}, {}, "")), 503, "not_healthy");
  expect_problem(ask(served, request("GET", "/readyz", {}, {}, "")), 503, "not_ready");
}

}  // namespace
}  // namespace simpul::http_test
