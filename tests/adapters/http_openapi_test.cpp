// openapi.yaml against the server: every path, method and status that it promises is brought about here and
// compared with what it says; and the server has nothing that it does not say.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "bus/event/json.h"
#include "tests/adapters/http_support.h"

namespace simpul::http_test {
namespace {

yaml::Node read_document() {
  std::ifstream file(SIMPUL_SOURCE_DIR "/adapters/http/openapi.yaml");
  std::stringstream text;
  text << file.rdbuf();
  auto node = yaml::read(text.str(), "openapi.yaml");
  if (!node) {
    ADD_FAILURE() << to_text(node.error());
    return {};
  }
  return std::move(*node);
}

// Follows $ref within the document.
const yaml::Node& resolved(const yaml::Node& root, const yaml::Node& node) {
  const auto* reference = node.find("$ref");
  if (!reference) return node;
  const yaml::Node* at = &root;
  std::stringstream parts(reference->scalar.substr(2));
  for (std::string part; std::getline(parts, part, '/') && at;) at = at->find(part);
  if (at) return resolved(root, *at);
  ADD_FAILURE() << "nothing is at " << reference->scalar;
  return node;
}

// A schema's words as far as this file uses them: type, required, properties, items, enum, const, oneOf.
std::string mismatch(const yaml::Node& root, const yaml::Node& schema_in, const json::Value& value,
                     const std::string& path) {
  const auto& schema = resolved(root, schema_in);
  if (const auto* one_of = schema.find("oneOf")) {
    int fitting = 0;
    for (const auto& each : one_of->items) fitting += mismatch(root, each, value, path).empty();
    return fitting == 1 ? "" : fmt::format("{} fits {} of oneOf", path, fitting);
  }
  if (const auto* type = schema.find("type")) {
    bool fits = (type->scalar == "object" && value.is_object()) || (type->scalar == "array" && value.is_array()) ||
                (type->scalar == "string" && value.is_string()) || (type->scalar == "integer" && value.as_integer());
    if (!fits) return fmt::format("{} is no {}", path, type->scalar);
  }
  if (const auto* choices = schema.find("enum")) {
    bool known =
        std::ranges::any_of(choices->items, [&](const yaml::Node& choice) { return choice.scalar == value.text(); });
    if (!known) return fmt::format("{} is \"{}\"", path, value.text());
  }
  if (const auto* required = schema.find("required"))
    for (const auto& name : required->items)
      if (!value.find(name.scalar)) return fmt::format("{} has no {}", path, name.scalar);
  if (const auto* properties = schema.find("properties"))
    for (const auto& [name, member] : value.members()) {
      const auto* property = properties->find(name);
      if (!property) return fmt::format("{}/{} is not described", path, name);
      if (auto wrong = mismatch(root, *property, member, fmt::format("{}/{}", path, name)); !wrong.empty())
        return wrong;
    }
  if (const auto* items = schema.find("items"))
    for (const auto& item : value.items())
      if (auto wrong = mismatch(root, *items, item, path + "/*"); !wrong.empty()) return wrong;
  return {};
}

void expect_as_described(const yaml::Node& root, const yaml::Node& response_in, const Response& got) {
  const auto& described = resolved(root, response_in);
  if (const auto* headers = described.find("headers"))
    for (const auto& header : headers->entries) {
      std::string name = header.key.scalar;
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      EXPECT_TRUE(got.headers.contains(name)) << name << " is missing";
    }
  const auto* content = described.find("content");
  if (!content) {
    EXPECT_EQ(got.body, "");
    return;
  }
  ASSERT_TRUE(got.headers.contains("content-type"));
  const auto* media = content->find(got.headers.at("content-type"));
  ASSERT_TRUE(media) << got.headers.at("content-type") << " is not described";
  auto body = json::parse(got.body);
  ASSERT_TRUE(body) << got.body;
  EXPECT_EQ(mismatch(root, *media->find("schema"), body->root(), ""), "") << got.body;
}

// A bus with a polled target of app siak and one delivery in it.
struct Bus {
  Bus() : shared(spec().make_shared()), served("body_limit_bytes: 4096\nbatch_limit_bytes: 4096", shared) {
    AdapterContext context;
    context.environment = system_environment();
    context.app = "siak";
    context.shared = shared;
    target = read_target("poll: true")->open(context);
    EXPECT_TRUE(target->start());
  }
  ~Bus() { target->stop(); }
  void deliver() {
    std::vector<Delivery> one(1);
    one[0].app = "siak";
    one[0].payload = "{}";
    one[0].settle = [](Settlement) {};
    target->deliver(std::move(one));
  }
  std::shared_ptr<void> shared;
  Served served;
  std::unique_ptr<Target> target;
};

struct Scenario {
  std::string operation;  // "POST /v1/events"
  int status;
  std::string text;  // the request
  std::function<void(Bus&)> before = [](Bus&) {};
};

const std::vector<std::string> event_type{"Content-Type: application/cloudevents+json"};
const std::vector<std::string> batch_type{"Content-Type: application/cloudevents-batch+json"};
const std::vector<std::string> json_type{"Content-Type: application/json"};

std::string typed_event(std::string_view type) {
  return fmt::format(R"({{"specversion":"1.0","id":"9","source":"urn:uji:siak","type":"{}"}})", type);
}

std::vector<Scenario> publish_scenarios() {
  const std::string operation = "POST /v1/events", path = "/v1/events";
  auto later = [](bool ready, bool full) {
    return [=](Bus& bus) {
      bus.served.gateway.answer_later = true;
      bus.served.gateway.is_ready = ready;
      bus.served.gateway.disk_full = full;
    };
  };
  return {
      {operation, 202, post_event(event_json("1"))},
      {operation, 202, request("POST", path, "[" + event_json("1") + "]", batch_type)},
      {operation, 207,
       request("POST", path, "[" + event_json("1") + "," + typed_event("uji.salah.v1") + "]", batch_type)},
      {operation, 400, post_event("{")},
      {operation, 401, post_event(event_json("1"), "")},
      {operation, 403, post_event(typed_event("uji.terlarang.v1"))},
      {operation, 405, request("PUT", path, event_json("1"), event_type)},
      {operation, 409, post_event(event_json("1", "2")),
       [](Bus& bus) { bus.served.gateway.publish("siak", {event_json("1")}, [](auto) {}); }},
      {operation, 413, post_event(std::string(5000, ' '))},
      {operation, 415, request("POST", path, "a", {"Content-Type: text/plain"})},
      {operation, 422, post_event(typed_event("uji.salah.v1"))},
      {operation, 429, post_event(event_json("1")), later(true, false)},
      {operation, 503, post_event(event_json("1")), later(false, false)},
      {operation, 507, post_event(event_json("1")), later(true, true)},
  };
}

std::vector<Scenario> delivery_scenarios() {
  const std::string fetch = "GET /v1/apps/{app}/deliveries", settle = "POST /v1/apps/{app}/deliveries/settle",
                    path = "/v1/apps/siak/deliveries";
  auto one = R"({"settle":[{"delivery":"tidak-ada","outcome":"delivered"}]})";
  return {
      {fetch, 200, request("GET", path + "?limit=5"), [](Bus& bus) { bus.deliver(); }},
      {fetch, 204, request("GET", path + "?wait_ms=1")},
      {fetch, 400, request("GET", path + "?limit=1000")},
      {fetch, 401, request("GET", path, {}, {}, "salah")},
      {fetch, 403, request("GET", path, {}, {}, "kunci-spmb")},
      {fetch, 404, request("GET", "/v1/apps/spmb/deliveries", {}, {}, "kunci-spmb")},
      {fetch, 405, request("POST", path)},
      {settle, 200, request("POST", path + "/settle", one, json_type)},
      {settle, 400, request("POST", path + "/settle", "{}", json_type)},
      {settle, 401, request("POST", path + "/settle", one, json_type, "")},
      {settle, 403, request("POST", path + "/settle", one, json_type, "kunci-spmb")},
      {settle, 405, request("GET", path + "/settle")},
      {settle, 413, request("POST", path + "/settle", std::string(5000, ' '), json_type)},
      {settle, 415, request("POST", path + "/settle", one)},
  };
}

std::vector<Scenario> other_scenarios() {
  const std::string lookup = "POST /v1/lookups/{lookup}", control = "POST /v1/control/{command}";
  const std::string claim = "GET /v1/claims/{sha256}", text(64, 'a'), other(64, 'b');
  auto unwell = [](Bus& bus) { bus.served.gateway.is_ready = bus.served.gateway.is_healthy = false; };
  std::vector<Scenario> all{
      {lookup, 401, request("POST", "/v1/lookups/penduduk", "{}", json_type, "")},
      {control, 401, request("POST", "/v1/control/status", "{}", json_type, "")},
      {control, 403, request("POST", "/v1/control/status", "{}", json_type)},
      {claim, 200, request("GET", "/v1/claims/" + text)},
      {claim, 401, request("GET", "/v1/claims/" + text, {}, {}, "")},
      {claim, 403, request("GET", "/v1/claims/" + text, {}, {}, "kunci-siti")},
      {claim, 404, request("GET", "/v1/claims/" + other)},
      {claim, 405, request("POST", "/v1/claims/" + text)},
      {claim, 410, request("GET", "/v1/claims/" + std::string(64, 'c'))},
      {"GET /healthz", 200, request("GET", "/healthz", {}, {}, "")},
      {"GET /healthz", 405, request("POST", "/healthz")},
      {"GET /healthz", 503, request("GET", "/healthz"), unwell},
      {"GET /readyz", 200, request("GET", "/readyz", {}, {}, "")},
      {"GET /readyz", 405, request("POST", "/readyz")},
      {"GET /readyz", 503, request("GET", "/readyz"), unwell},
  };
  for (const auto& [operation, known, unknown, key] :
       {std::tuple(lookup, "/v1/lookups/penduduk", "/v1/lookups/lain", "kunci-siak"),
        std::tuple(control, "/v1/control/status", "/v1/control/lain", "kunci-siti")}) {
    all.push_back({operation, 200, request("POST", known, "{}", json_type, key)});
    all.push_back({operation, 400, request("POST", known, "[]", json_type, key)});
    all.push_back({operation, 404, request("POST", unknown, "{}", json_type, key)});
    all.push_back({operation, 405, request("GET", known, {}, {}, key)});
    all.push_back({operation, 413, request("POST", known, std::string(5000, ' '), json_type, key)});
    all.push_back({operation, 415, request("POST", known, "{}", {}, key)});
  }
  return all;
}

TEST(HttpOpenapi, EveryPathMethodAndStatusIsAsItSays) {
  auto root = read_document();
  std::set<std::pair<std::string, int>> promised, seen;
  std::map<std::pair<std::string, int>, const yaml::Node*> responses;
  ASSERT_TRUE(root.find("paths"));
  for (const auto& path : root.find("paths")->entries)
    for (const auto& method : path.value.entries) {
      if (method.key.scalar == "parameters") continue;
      std::string name = method.key.scalar == "get" ? "GET " : method.key.scalar == "post" ? "POST " : "? ";
      for (const auto& response : method.value.find("responses")->entries) {
        if (response.key.scalar == "default") continue;
        auto key = std::pair(name + path.key.scalar, std::stoi(response.key.scalar));
        promised.insert(key);
        responses[key] = &response.value;
      }
    }
  auto scenarios = publish_scenarios();
  for (auto& more : {delivery_scenarios(), other_scenarios()})
    scenarios.insert(scenarios.end(), more.begin(), more.end());
  for (const auto& scenario : scenarios) {
    SCOPED_TRACE(fmt::format("{} {}", scenario.operation, scenario.status));
    auto key = std::pair(scenario.operation, scenario.status);
    seen.insert(key);
    ASSERT_TRUE(responses.contains(key)) << "openapi.yaml does not say it";
    Bus bus;
    scenario.before(bus);
    Client client(bus.served.address());
    auto response = client.ask(scenario.text);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, scenario.status) << response->body;
    expect_as_described(root, *responses[key], *response);
  }
  for (const auto& [operation, status] : promised)
    EXPECT_TRUE(seen.contains({operation, status})) << operation << " " << status << " is promised and not tried";
}

TEST(HttpOpenapi, NothingElseIsThere) {
  Served served;
  Client client(served.address());
  for (const auto* path : {"/", "/v1", "/v1/event", "/v1/apps", "/v1/apps/siak", "/v1/apps/siak/deliveries/",
                           "/v1/lookups", "/v1/claims", "/v1/control", "/metrics", "/healthz/"}) {
    auto response = client.ask(request("GET", path));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 404) << path;
    EXPECT_EQ(response->headers["content-type"], "application/problem+json");
  }
}

}  // namespace
}  // namespace simpul::http_test
