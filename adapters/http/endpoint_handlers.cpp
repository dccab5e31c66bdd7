#include "adapters/http/endpoint_handlers.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "adapters/http/signature.h"
#include "adapters/http/words.h"
#include "bus/base/bytes.h"
#include "bus/event/json.h"

namespace simpul::http {
namespace {

constexpr Nanoseconds key_remembered = 1'000'000'000;
constexpr std::string_view accepted_types = "application/cloudevents+json, application/cloudevents-batch+json";

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

// The media type of a Content-Type, lower case, without parameters.
std::string media_type(std::string_view content_type) {
  auto text = content_type.substr(0, content_type.find(';'));
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  std::string out(text);
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}

bool starts_with_any_case(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() &&
         std::equal(lower.begin(), lower.end(), text.begin(), [](char want, char c) { return to_lower(c) == want; });
}

void at_once(Respond respond, Reply reply) {
  respond([reply = std::move(reply)]() mutable { return std::move(reply); });
}

Reply of_control(ControlAnswer answer) {
  int status = answer.status == 200 && answer.body.empty() ? 204 : answer.status;
  if (status < 400) return json_reply(status, std::move(answer.body));
  if (answer.body.empty()) return problem_reply(status, "refused", phrase(status));
  Reply reply = json_reply(status, std::move(answer.body));
  reply.problem = true;
  return reply;
}

// The body as a JSON object, or why it is none.
std::expected<json::Document, Reply> json_object(Request& request, std::string when_empty) {
  auto type = media_type(request.header("content-type"));
  if (request.body.empty() && !when_empty.empty())
    request.body = std::move(when_empty);
  else if (type != "application/json" && !type.ends_with("+json"))
    return std::unexpected(
        with_header(problem_reply(415, "http.content_type", "the body's Content-Type must be application/json"),
                    "Accept", "application/json"));
  auto document = json::parse(request.body);
  if (!document) return std::unexpected(problem_reply(document.error()));
  if (!document->root().is_object())
    return std::unexpected(problem_reply(400, "http.body", "the body must be a JSON object"));
  return std::move(*document);
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Found {
  Resource resource = Resource::none;
  std::string_view name;  // still percent-encoded
};

Found resource_at(std::string_view path) {
  if (path == "/v1/events") return {Resource::events, {}};
  if (path == "/healthz") return {Resource::healthz, {}};
  if (path == "/readyz") return {Resource::readyz, {}};
  auto below = [&](std::string_view prefix, std::string_view suffix) -> std::string_view {
    if (path.size() <= prefix.size() + suffix.size() || !path.starts_with(prefix) || !path.ends_with(suffix)) return {};
    auto name = path.substr(prefix.size(), path.size() - prefix.size() - suffix.size());
    return name.find('/') == std::string_view::npos ? name : std::string_view();
  };
  if (auto name = below("/v1/apps/", "/deliveries/settle"); !name.empty()) return {Resource::settle, name};
  if (auto name = below("/v1/apps/", "/deliveries"); !name.empty()) return {Resource::deliveries, name};
  if (auto name = below("/v1/lookups/", ""); !name.empty()) return {Resource::lookup, name};
  if (auto name = below("/v1/claims/", ""); !name.empty()) return {Resource::claim, name};
  if (auto name = below("/v1/control/", ""); !name.empty()) return {Resource::control, name};
  return {};
}

}  // namespace

std::optional<Reply> Handlers::find_resource(Request& request) const {
  auto path = std::string_view(request.target).substr(0, request.target.find('?'));
  auto found = resource_at(path);
  auto name = percent_decoded(found.name);
  if (found.resource == Resource::none || !name)
    return problem_reply(404, "http.no_such_path", "the bus has nothing at this path",
                         "see openapi.yaml of the http adapter for what there is");
  request.resource = found.resource;
  request.name = std::move(*name);
  bool reads = request.method == Method::get || request.method == Method::head;
  bool open_to_all = request.resource == Resource::healthz || request.resource == Resource::readyz;
  bool fetches = request.resource == Resource::deliveries || request.resource == Resource::claim;
  bool fits = open_to_all ? reads : request.method == (fetches ? Method::get : Method::post);
  if (fits) return std::nullopt;
  std::string_view allow = open_to_all ? "GET, HEAD" : fetches ? "GET" : "POST";
  return with_header(problem_reply(405, "http.method", fmt::format("this path takes {} only", allow)), "Allow", allow);
}

void Handlers::on_header(Request& request, KnownKey& known) {
  request.refusal = find_resource(request);
  if (!request.refusal && request.resource != Resource::healthz && request.resource != Resource::readyz)
    request.refusal = identify(request, known);
  if (!request.refusal && !request.signed_body) request.refusal = may_use(request);
  if (!request.refusal) set_limit(request);
}

std::optional<Reply> Handlers::identify(Request& request, KnownKey& known) {
  auto authorization = request.header("authorization");
  if (!authorization.empty()) {
    if (!starts_with_any_case(authorization, "bearer "))
      return with_header(problem_reply(401, "unauthorized", "the only scheme of Authorization known is Bearer"),
                         "WWW-Authenticate", "Bearer realm=\"simpul\"");
    return identify_by_key(request, authorization.substr(7), known);
  }
  if (auto key = request.header("x-api-key"); !key.empty()) return identify_by_key(request, key, known);
  // A signature covers the body, so only requests that have one can be signed.
  if (request.method == Method::post && request.count("webhook-signature") > 0) {
    request.signed_body = true;
    return std::nullopt;
  }
  return with_header(
      problem_reply(
          401, "unauthorized", "the request carries no credential",
          "send Authorization: Bearer <key> or X-Api-Key, or sign the body (webhook-signature with X-Simpul-App)"),
      "WWW-Authenticate", "Bearer realm=\"simpul\"");
}

std::optional<Reply> Handlers::identify_by_key(Request& request, std::string_view key, KnownKey& known) {
  auto now = environment_.clock->steady();
  auto epoch = epoch_.load(std::memory_order_relaxed);
  if (known.epoch == epoch && now < known.until && equal_constant_time(known.key, key)) {
    request.who = known.who;
    return std::nullopt;
  }
  auto who = gateway_.by_api_key(key);
  if (!who)
    return with_header(problem_reply(401, "unauthorized", "the credential is not known",
                                     "it may have been rotated; make one with: simpul app credential"),
                       "WWW-Authenticate", "Bearer realm=\"simpul\", error=\"invalid_token\"");
  known = {std::string(key), *who, now + key_remembered, epoch};
  request.who = std::move(*who);
  return std::nullopt;
}

std::optional<Reply> Handlers::prove_signature(Request& request) {
  // Whether the app is unknown, has no secret or signed wrongly is not told apart for strangers.
  auto refuse = [](std::string_view message, std::string_view hint) {
    return with_header(problem_reply(401, "unauthorized", message, hint), "WWW-Authenticate",
                       "Bearer realm=\"simpul\"");
  };
  auto app = request.header("x-simpul-app");
  if (app.empty()) return refuse("a signed request needs the header X-Simpul-App", "it names the app that signs");
  auto secret = gateway_.signing_secret(app);
  auto key = secret ? signing_key(*secret) : Result<std::string>(std::unexpect, Problem{});
  SignatureHeaders headers{request.header("webhook-id"), request.header("webhook-timestamp"),
                           request.header("webhook-signature")};
  auto proved = verify(key ? *key : std::string_view("unknown"), headers, request.body, environment_.clock->wall(),
                       settings_.signature_tolerance);
  if (!proved) return refuse(proved.error().message, proved.error().hint);
  if (!key)
    return refuse("the signature does not fit the request", "sign id, timestamp and the exact body, joined by dots");
  request.who.app = std::string(app);
  return std::nullopt;
}

std::optional<Reply> Handlers::may_use(const Request& request) const {
  switch (request.resource) {
    case Resource::events:
      if (request.who.app.empty())
        return problem_reply(403, "not_allowed", "events are published by apps; this is a person's credential",
                             "use the credential of the app that owns the data");
      break;
    case Resource::deliveries:
    case Resource::settle:
      if (request.who.app.empty() || request.who.app != request.name)
        return problem_reply(403, "not_allowed", "deliveries are for the app itself; this credential is not its own");
      break;
    case Resource::claim:
      if (request.who.app.empty())
        return problem_reply(403, "not_allowed",
                             "a claim is fetched by the app that it was given to; this is a person's credential");
      break;
    case Resource::control:
      if (request.who.person.empty())
        return problem_reply(403, "not_allowed", "commands are given by persons; this is not a person's credential",
                             "make one with: simpul person credential");
      break;
    default:
      break;
  }
  return std::nullopt;
}

void Handlers::set_limit(Request& request) {
  bool batch = request.resource == Resource::events &&
               starts_with_any_case(request.header("content-type"), "application/cloudevents-batch");
  request.limit = static_cast<std::size_t>(batch ? settings_.batch_limit_bytes : settings_.body_limit_bytes);
  std::size_t wanted = std::min<std::size_t>(request.content_length.value_or(request.limit), request.limit);
  if (wanted == 0) return;
  auto held = held_.fetch_add(wanted, std::memory_order_relaxed);
  if (held + wanted <= static_cast<std::size_t>(settings_.held_limit_bytes)) {
    request.reserved = wanted;
    return;
  }
  release(wanted);
  request.refusal = with_header(
      problem_reply(503, "later", "the bus has as many requests in hand as its memory allows: nothing was taken",
                    "send it again after Retry-After"),
      "Retry-After", "1");
}

void Handlers::broken(const Request& request, const Reason& reason) {
  if (request.resource == Resource::events && !request.who.app.empty())
    gateway_.refused(request.who.app, {reason}, request.body, request.header("content-type"));
}

void Handlers::handle(Request& request, const std::shared_ptr<std::atomic<bool>>& gone, Respond respond) {
  if (request.signed_body && !request.refusal) {
    request.refusal = prove_signature(request);
    if (!request.refusal) request.refusal = may_use(request);
  }
  if (request.refusal) return at_once(std::move(respond), std::move(*request.refusal));
  switch (request.resource) {
    case Resource::events:
      return publish(request, std::move(respond));
    case Resource::deliveries:
      return deliveries(request, gone, std::move(respond));
    case Resource::settle:
      return at_once(std::move(respond), settle(request));
    case Resource::lookup:
      return lookup(request, std::move(respond));
    case Resource::claim:
      return claim(request, std::move(respond));
    case Resource::control:
      return control(request, std::move(respond));
    case Resource::healthz:
    case Resource::readyz:
    case Resource::none:
      return at_once(std::move(respond), health(request));
  }
}

void Handlers::publish(Request& request, Respond respond) {
  const std::string& app = request.who.app;
  auto content_type = request.header("content-type");
  auto refuse = [&](const Problems& problems, std::string_view received) {
    gateway_.refused(app, reasons_of(problems), received, content_type);
    auto reply = problem_reply(problems);
    if (reply.status == 415) reply = with_header(std::move(reply), "Accept", accepted_types);
    at_once(std::move(respond), std::move(reply));
  };
  auto encoding = request.header("content-encoding");
  if (!encoding.empty() && encoding != "identity")
    return refuse({Problem{"http.content_type",
                           "the body is compressed; the bus takes it only as it is",
                           "send it without Content-Encoding",
                           {},
                           {},
                           Severity::error}},
                  request.body);

  std::vector<HttpHeader> headers;
  if (!starts_with_any_case(content_type, "application/cloudevents"))
    request.each_header([&](std::string_view name, std::string_view value) {
      if (starts_with_any_case(name, "ce-") || (name.size() == 12 && starts_with_any_case(name, "content-type")))
        headers.push_back({std::string(name), std::string(value)});
    });
  auto mode = http_mode(content_type, headers);
  if (!mode) return refuse({mode.error()}, request.body);
  std::string received = *mode == HttpMode::structured ? std::string() : request.body;
  auto events = http_events(*mode, headers, std::move(request.body));
  if (!events) return refuse(events.error(), received);
  bool batch = *mode == HttpMode::batched;
  if (events->size() > static_cast<std::size_t>(settings_.batch_events))
    return refuse({Problem{"batch.too_big",
                           fmt::format("a batch holds at most {} events; this one has {}", settings_.batch_events,
                                       events->size()),
                           "send several smaller ones",
                           {},
                           {},
                           Severity::error}},
                  received);
  if (events->empty()) return at_once(std::move(respond), batch_reply({}, true));

  gateway_.publish(app, std::move(*events),
                   [this, batch, respond = std::move(respond)](std::vector<Verdict> verdicts) mutable {
                     respond([this, batch, verdicts = std::move(verdicts)] {
                       bool ready = gateway_.ready();
                       if (batch) return batch_reply(verdicts, ready);
                       return verdicts.empty() ? problem_reply(500, "internal", "the bus gave no answer for the event")
                                               : event_reply(verdicts.front(), ready);
                     });
                   });
}

void Handlers::deliveries(const Request& request, const std::shared_ptr<std::atomic<bool>>& gone, Respond respond) {
  constexpr std::int64_t longest_wait_ms = 60000, most = 100;
  auto refuse = [&](std::string_view what, std::int64_t from, std::int64_t to) {
    at_once(std::move(respond),
            problem_reply(400, "http.query", fmt::format("{} must be a whole number from {} to {}", what, from, to)));
  };
  std::int64_t wait_ms = 0, limit = 10;
  if (auto text = query_value(request.target, "wait_ms")) {
    auto value = number(*text);
    if (!value || *value < 0 || *value > longest_wait_ms) return refuse("wait_ms", 0, longest_wait_ms);
    wait_ms = *value;
  }
  if (auto text = query_value(request.target, "limit")) {
    auto value = number(*text);
    if (!value || *value < 1 || *value > most) return refuse("limit", 1, most);
    limit = *value;
  }
  if (!hub_->knows(request.name))
    return at_once(std::move(respond),
                   problem_reply(404, "deliveries.not_polled",
                                 "this app's deliveries are not fetched: its target has not poll: true",
                                 "an integrator changes that in the app's configuration"));
  PolledHub::Wanted wanted;
  wanted.limit = static_cast<std::size_t>(limit);
  wanted.limit_bytes = static_cast<std::size_t>(settings_.batch_limit_bytes);
  wanted.until = draining_ ? 0 : environment_.clock->steady() + wait_ms * 1'000'000;
  wanted.gone = gone;
  wanted.owner = this;
  hub_->fetch(request.name, std::move(wanted),
              [respond = std::move(respond)](std::vector<PolledHub::Fetched> fetched) mutable {
                respond([fetched = std::move(fetched)] {
                  if (fetched.empty()) return json_reply(204, {});
                  json::Writer out;
                  out.begin_object().name("deliveries").begin_array();
                  for (const auto& one : fetched) {
                    out.begin_object().member("delivery", one.token).member("idempotency_key", one.idempotency_key);
                    out.member("attempt", static_cast<std::int64_t>(one.attempt)).member("route", one.route);
                    if (!one.into.empty()) out.member("into", one.into);
                    out.member("position", static_cast<std::int64_t>(one.position))
                        .member("part", static_cast<std::int64_t>(one.part));
                    out.member("type", one.type).member("event_id", one.event_id).member("time", one.time);
                    if (!one.traceparent.empty()) out.member("traceparent", one.traceparent);
                    out.name("payload").raw(one.payload).end_object();
                  }
                  out.end_array().end_object();
                  return json_reply(200, out.take());
                });
              });
}

Reply Handlers::settle(Request& request) {
  constexpr std::size_t most = 1000;
  auto document = json_object(request, {});
  if (!document) return document.error();
  const auto* list = document->root().find("settle");
  if (!list || !list->is_array() || list->size() > most || document->root().size() != 1)
    return problem_reply(
        400, "http.body",
        fmt::format("the body must be {{\"settle\": [...]}} with at most {} entries, and nothing else", most));
  std::vector<std::pair<std::string, Settlement>> settlements;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto& entry = list->items()[i];
    Settlement settlement;
    auto outcome = entry.is_object() ? entry.text_of("outcome") : std::string_view();
    if (outcome == "delivered")
      settlement.kind = Settlement::delivered;
    else if (outcome == "retry")
      settlement.kind = Settlement::retry;
    else if (outcome == "park")
      settlement.kind = Settlement::park;
    else
      return problem_reply(400, "http.body",
                           fmt::format("settle[{}].outcome must be delivered, retry or park; nothing was settled", i));
    auto token = entry.text_of("delivery");
    if (token.empty())
      return problem_reply(
          400, "http.body",
          fmt::format("settle[{}].delivery must be the token of a fetched delivery; nothing was settled", i));
    settlement.reason = safe_words(entry.text_of("reason"));
    if (settlement.reason.empty() && settlement.kind == Settlement::park)
      return problem_reply(
          400, "http.body",
          fmt::format("settle[{}].reason must say why the delivery is parked; nothing was settled", i));
    settlements.emplace_back(std::string(token), std::move(settlement));
  }
  json::Writer out;
  out.begin_object().name("results").begin_array();
  for (auto& [token, settlement] : settlements) {
    bool known = hub_->settle(request.who.app, token, std::move(settlement));
    out.begin_object().member("delivery", token).member("status", known ? "settled" : "unknown").end_object();
  }
  out.end_array().end_object();
  return json_reply(200, out.take());
}

void Handlers::lookup(Request& request, Respond respond) {
  auto document = json_object(request, "{}");
  if (!document) return at_once(std::move(respond), document.error());
  gateway_.lookup(request.who, request.name, std::move(request.body),
                  [respond = std::move(respond)](ControlAnswer answer) mutable {
                    respond([answer = std::move(answer)]() mutable { return of_control(std::move(answer)); });
                  });
}

void Handlers::claim(const Request& request, Respond respond) {
  gateway_.claim(request.who, request.name, [respond = std::move(respond)](ControlAnswer answer) mutable {
    respond([answer = std::move(answer)]() mutable {
      return answer.status == 200 ? bytes_reply(std::move(answer.body)) : of_control(std::move(answer));
    });
  });
}

void Handlers::control(Request& request, Respond respond) {
  auto document = json_object(request, "{}");
  if (!document) return at_once(std::move(respond), document.error());
  gateway_.control(request.who, request.name, std::move(request.body),
                   [respond = std::move(respond)](ControlAnswer answer) mutable {
                     respond([answer = std::move(answer)]() mutable { return of_control(std::move(answer)); });
                   });
}

Reply Handlers::health(const Request& request) {
  bool ready = request.resource == Resource::readyz;
  bool good = ready ? gateway_.ready() && !draining_ : gateway_.healthy();
  if (good) return json_reply(200, ready ? R"({"status":"ready"})" : R"({"status":"healthy"})");
  auto reply = ready ? problem_reply(503, "not_ready", "the bus does not serve yet, or is stopping")
                     : problem_reply(503, "not_healthy", "the log takes no records",
                                     "see the bus's messages; an operator must act");
  return with_header(std::move(reply), "Retry-After", "1");
}

void Handlers::tick() {
  hub_->tick(environment_.clock->steady());
}

void Handlers::drain() {
  draining_ = true;
  hub_->end_waits(this);
}

}  // namespace simpul::http
