#include "adapters/http/http.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

#include "adapters/http/endpoint.h"
#include "adapters/http/polled_target.h"
#include "adapters/http/settings.h"
#include "adapters/http/signature.h"
#include "adapters/http/target.h"

namespace simpul::http {
namespace {

bool is_loopback(const std::string& host) {
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  return host == "::1" || host == "localhost";
}

bool is_address(const std::string& host) {
  in6_addr any{};
  return inet_pton(AF_INET, host.c_str(), &any) == 1 || inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

bool is_token(std::string_view text) {  // RFC 9110 §5.6.2
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// Where a field stands, for problems about it.
const yaml::Node& at(const yaml::Node& node, std::string_view name) {
  const auto* found = node.find(name);
  return found ? *found : node;
}

void check_endpoint(const EndpointSettings& settings, const yaml::Node& node, Problems& problems) {
  auto where = parse_address(settings.address);
  if (!where) {
    problems.push_back(at(node, "address").problem(where.error().code, where.error().message, where.error().hint));
    return;
  }
  if (settings.certificate_file.empty() != settings.key_file.empty())
    problems.push_back(node.problem("http.certificate",
                                    "certificate_file and key_file belong together, and one is missing",
                                    "give both, or none for plain HTTP on loopback"));
  else if (!settings.tls() && !where->loopback && !settings.dangerously_plain)
    problems.push_back(
        at(node, "address")
            .problem("http.plain",
                     fmt::format(
                         "{} is reachable by others, and without TLS anybody on the way reads and changes what is sent",
                         settings.address),
                     "give certificate_file and key_file, or listen on 127.0.0.1 behind a proxy that has them; "
                     "dangerously_plain: true takes the risk"));
  if (settings.batch_limit_bytes < settings.body_limit_bytes)
    problems.push_back(
        at(node, "batch_limit_bytes")
            .problem("http.limits", "batch_limit_bytes is smaller than body_limit_bytes", "make it at least as large"));
  if (settings.held_limit_bytes < settings.batch_limit_bytes)
    problems.push_back(
        at(node, "held_limit_bytes")
            .problem("http.limits",
                     "held_limit_bytes is smaller than batch_limit_bytes: no such batch could ever be taken",
                     "make it at least as large"));
}

void check_polled(const TargetSettings& settings, const yaml::Node& node, Problems& problems) {
  for (const auto* name : {"url", "paths", "headers", "bearer", "sign", "success_when", "not_found_when", "timeout_ms",
                           "connect_timeout_ms", "answer_limit_bytes", "ca_file", "dangerously_plain"})
    if (const auto* given = node.find(name))
      problems.push_back(given->problem(
          "http.polled",
          fmt::format("{} means nothing with poll: true: the app calls the bus, not the bus the app", name),
          fmt::format("remove {} or poll", name)));
  for (const auto& into : settings.intos)
    if (into.empty())
      problems.push_back(at(node, "intos").problem("http.into", "an into has no name", "name it, or remove it"));
}

void check_headers(const TargetSettings& settings, const yaml::Node& node, Problems& problems) {
  // The bus writes these itself.
  static constexpr std::string_view own[] = {
      "content-type",      "content-length", "host",        "connection", "transfer-encoding",
      "idempotency-key",   "expect",         "traceparent", "webhook-id", "webhook-timestamp",
      "webhook-signature", "ce-id",          "ce-type"};
  static constexpr std::string_view secret[] = {"authorization", "x-api-key", "proxy-authorization", "cookie"};
  for (const auto& [name, value] : settings.headers) {
    const auto& where = at(at(node, "headers"), name);
    auto known = lower(name);
    if (!is_token(name) || !is_printable(value))
      problems.push_back(where.problem("http.header", fmt::format("\"{}\" is no header that can be sent", name),
                                       "names are letters, digits and -; values printable ASCII"));
    else if (std::ranges::find(own, known) != std::end(own))
      problems.push_back(
          where.problem("http.header", fmt::format("the header {} is written by the bus", name), "remove it"));
    else if (std::ranges::find(secret, known) != std::end(secret))
      problems.push_back(where.problem(
          "http.header", fmt::format("the header {} holds a secret, and secrets are never written here", name),
          "use bearer: ${file:PATH}"));
  }
}

void check_target(const TargetSettings& settings, const yaml::Node& node, Problems& problems) {
  if (settings.poll) return check_polled(settings, node, problems);
  for (const auto* name : {"intos", "visibility_ms"})
    if (const auto* given = node.find(name))
      problems.push_back(given->problem("http.polled", fmt::format("{} is for poll: true only", name),
                                        "a target with a url names its places in paths"));
  if (settings.url.empty()) {
    problems.push_back(
        node.problem("config.missing", "an http target needs url, or poll: true",
                     "give the application's address, or poll: true when it can call but not be called"));
    return;
  }
  auto url = parse_url(settings.url);
  if (!url)
    problems.push_back(at(node, "url").problem(url.error().code, url.error().message, url.error().hint));
  else if (!url->tls && !url->loopback && !settings.dangerously_plain)
    problems.push_back(
        at(node, "url")
            .problem(
                "http.plain",
                fmt::format("{} is not encrypted: anybody on the way reads and changes what is sent", settings.url),
                "use https; dangerously_plain: true takes the risk"));
  for (const auto& [into, path] : settings.paths) {
    auto read = parse_method_path(path);
    if (!read)
      problems.push_back(
          at(at(node, "paths"), into).problem(read.error().code, read.error().message, read.error().hint));
  }
  check_headers(settings, node, problems);
  if (!is_printable(settings.bearer.reveal()))
    problems.push_back(at(node, "bearer")
                           .problem("http.bearer", "the bearer secret holds characters that cannot stand in a header",
                                    "check the file for line ends and spaces"));
  if (!settings.sign.empty())
    if (auto key = signing_key(settings.sign); !key)
      problems.push_back(at(node, "sign").problem(key.error().code, key.error().message, key.error().hint));
}

class HttpEndpointConfig final : public EndpointConfig {
 public:
  explicit HttpEndpointConfig(EndpointSettings settings) : settings_(std::move(settings)) {}
  std::unique_ptr<Endpoint> open(AdapterContext context, Gateway& gateway) const override {
    auto shared = shared_of(context);
    return make_endpoint(settings_, std::move(context), gateway, shared->hub);
  }

 private:
  EndpointSettings settings_;
};

class HttpTargetConfig final : public TargetConfig {
 public:
  explicit HttpTargetConfig(TargetSettings settings) : settings_(std::move(settings)) {}
  std::unique_ptr<Target> open(AdapterContext context) const override {
    auto shared = shared_of(context);
    if (settings_.poll) return make_polled_target(settings_, std::move(context), shared->hub);
    return make_webhook_target(settings_, std::move(context), shared->client);
  }
  std::vector<std::string> intos() const override {
    if (settings_.poll) return settings_.intos;
    std::vector<std::string> names;
    for (const auto& [name, path] : settings_.paths) names.push_back(name);
    return names;
  }
  std::vector<NamedExpression> expressions() const override {
    std::vector<NamedExpression> all;
    if (!settings_.success_when.empty())
      all.push_back(
          {"success_when", settings_.success_when, settings_.success_when_place, settings_.success_when_path});
    if (!settings_.not_found_when.empty())
      all.push_back(
          {"not_found_when", settings_.not_found_when, settings_.not_found_when_place, settings_.not_found_when_path});
    return all;
  }

 private:
  TargetSettings settings_;
};

}  // namespace

Result<HostPort> parse_address(std::string_view text) {
  constexpr std::string_view hint = "write an IP address and a port: 127.0.0.1:8480, 0.0.0.0:443 or [::1]:8480";
  auto colon = text.rfind(':');
  HostPort out;
  if (colon == std::string_view::npos)
    return fail("http.address", fmt::format("\"{}\" has no port", text), std::string(hint));
  auto host = text.substr(0, colon), port = text.substr(colon + 1);
  bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  out.host = std::string(host);
  auto read = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (port.empty() || read.ec != std::errc() || read.ptr != port.data() + port.size())
    return fail("http.address", fmt::format("\"{}\" is no port from 0 to 65535", port), std::string(hint));
  if (!is_address(out.host) || bracketed != (out.host.find(':') != std::string::npos))
    return fail("http.address", fmt::format("\"{}\" is no IP address", host), std::string(hint));
  out.loopback = is_loopback(out.host);
  return out;
}

Result<MethodPath> parse_method_path(std::string_view text) {
  MethodPath out{"POST", std::string(text)};
  if (auto space = text.find(' '); space != std::string_view::npos) {
    out.method = std::string(text.substr(0, space));
    out.path = std::string(text.substr(space + 1));
  }
  static constexpr std::string_view known[] = {"GET", "POST", "PUT", "PATCH"};
  if (std::ranges::find(known, out.method) == std::end(known))
    return fail("http.path", fmt::format("\"{}\" is no method that the bus sends", out.method),
                "write /path, or one of GET, POST, PUT, PATCH and the path");
  if (!out.path.starts_with('/') || !is_printable(out.path) || out.path.find_first_of(" #") != std::string::npos)
    return fail("http.path", fmt::format("\"{}\" is no path", out.path),
                "start it with /, and percent-encode what is not printable ASCII");
  return out;
}

Result<UrlParts> parse_url(std::string_view url) {
  constexpr std::string_view hint = "write it like https://app.example.go.id/api";
  UrlParts out;
  auto scheme = lower(url.substr(0, url.find("://")));
  if (url.find("://") == std::string_view::npos || (scheme != "http" && scheme != "https"))
    return fail("http.url", fmt::format("\"{}\" is no http or https address", url), std::string(hint));
  out.tls = scheme == "https";
  auto rest = url.substr(scheme.size() + 3);
  auto authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos)
    return fail("http.url", "the url holds a user name or password", "use bearer: ${file:PATH}");
  if (url.find_first_of("?#") != std::string_view::npos)
    return fail("http.url", "the url holds a query or fragment", "put a query into paths");
  if (!is_printable(url) || url.find(' ') != std::string_view::npos)
    return fail("http.url", "the url holds characters that are not printable ASCII", "percent-encode them");
  auto host = authority;
  if (authority.starts_with('['))
    host = authority.substr(1, std::min(authority.find(']'), authority.size()) - 1);
  else
    host = authority.substr(0, authority.find(':'));
  if (host.empty()) return fail("http.url", fmt::format("\"{}\" names no host", url), std::string(hint));
  out.host = std::string(host);
  out.loopback = is_loopback(out.host);
  out.base = std::string(url);
  while (out.base.ends_with('/')) out.base.pop_back();
  return out;
}

const Fields<EndpointSettings>& endpoint_fields() {
  using S = EndpointSettings;
  static const auto fields =
      Fields<S>("http endpoint")
          .text("address", &S::address,
                {.help = "The IP address and port it listens on",
                 .example = "0.0.0.0:8443",
                 .default_text = "127.0.0.1:8480"})
          .text("certificate_file", &S::certificate_file,
                {.help = "The server's certificate chain in PEM; read again with every reload",
                 .example = "secrets/simpul.crt"})
          .text("key_file", &S::key_file,
                {.help = "The certificate's private key in PEM, without a passphrase", .example = "secrets/simpul.key"})
          .boolean("dangerously_plain", &S::dangerously_plain,
                   {.help = "Listens without TLS beyond loopback: credentials and personal data can be read on the way",
                    .default_text = "false"})
          .integer("threads", &S::threads,
                   {.help = "Threads that read and write", .min = 1, .max = 64, .default_text = "1"})
          .integer("connections", &S::connections,
                   {.help = "Connections at once; more are answered 503 and closed",
                    .min = 1,
                    .max = 100000,
                    .default_text = "1024"})
          .integer("requests_per_connection", &S::requests_per_connection,
                   {.help = "Requests of one connection in hand at once; further ones wait unread",
                    .min = 1,
                    .max = 10000,
                    .default_text = "128"})
          .integer("body_limit_bytes", &S::body_limit_bytes,
                   {.help = "The largest body", .min = 1024, .max = 1 << 20, .default_text = "1048576"})
          .integer("batch_limit_bytes", &S::batch_limit_bytes,
                   {.help = "The largest body of a batch, and the most payload of one answer with deliveries",
                    .min = 1024,
                    .max = 64 << 20,
                    .default_text = "8388608"})
          .integer("batch_events", &S::batch_events,
                   {.help = "The most events of a batch", .min = 1, .max = 10000, .default_text = "1000"})
          .integer("header_limit_bytes", &S::header_limit_bytes,
                   {.help = "The largest request header", .min = 1024, .max = 32 << 10, .default_text = "16384"})
          .integer("held_limit_bytes", &S::held_limit_bytes,
                   {.help = "All bodies in hand together; more are answered 503",
                    .min = 1 << 20,
                    .max = 1 << 30,
                    .default_text = "67108864"})
          .duration_ms("header_timeout_ms", &S::header_timeout,
                       {.help = "A header must be complete within this time, a TLS handshake too",
                        .min = 100,
                        .max = 600000,
                        .default_text = "10000"})
          .duration_ms(
              "body_timeout_ms", &S::body_timeout,
              {.help = "A body must be complete within this time", .min = 100, .max = 3600000, .default_text = "60000"})
          .duration_ms("idle_timeout_ms", &S::idle_timeout,
                       {.help = "A connection without a request is closed after this time",
                        .min = 100,
                        .max = 3600000,
                        .default_text = "75000"})
          .duration_ms("stop_timeout_ms", &S::stop_timeout,
                       {.help = "How long requests that run may take when the bus stops",
                        .min = 0,
                        .max = 600000,
                        .default_text = "5000"})
          .duration_ms("signature_tolerance_ms", &S::signature_tolerance,
                       {.help = "How far the timestamp of a signed request may be from the bus's clock",
                        .min = 1000,
                        .max = 3600000,
                        .default_text = "300000"})
          .check(check_endpoint);
  return fields;
}

const Fields<TargetSettings>& target_fields() {
  using S = TargetSettings;
  static const auto fields =
      Fields<S>("http target")
          .text(
              "url", &S::url,
              {.help = "Where the application is; paths are added to it", .example = "https://spmb.example.go.id/api"})
          .text_map("paths", &S::paths,
                    {.help = "For each into: the path, with the method before it when it is not POST",
                     .example = "{ siswa: /siswa, alamat: PUT /siswa/alamat }"})
          .text_map("headers", &S::headers,
                    {.help = "Further headers, not secret", .example = "{ X-Instansi: disdukcapil }"})
          .secret("bearer", &S::bearer,
                  {.help = "Sent as Authorization: Bearer", .example = "${file:secrets/spmb.key}"})
          .secret("sign", &S::sign,
                  {.help = "Signs each request as Standard Webhooks has it (webhook-signature); raw or whsec_ base64",
                   .example = "${file:secrets/live.hmac}"})
          .expression("success_when", &S::success_when,
                      {.help = "When an answer means success: CEL over status and body (its JSON, or null)",
                       .example = "status == 200 && body.sukses == true",
                       .default_text = "status 200 to 299"})
          .expression("not_found_when", &S::not_found_when,
                      {.help = "When an answer to a lookup means that there is nothing: CEL over status and body",
                       .example = "body.content[0].RESPON == \"Data Tidak Ditemukan\"",
                       .default_text = "status 204 or 404"})
          .duration_ms("timeout_ms", &S::timeout,
                       {.help = "For a whole request", .min = 10, .max = 600000, .default_text = "10000"})
          .duration_ms(
              "connect_timeout_ms", &S::connect_timeout,
              {.help = "For finding and reaching the application", .min = 10, .max = 600000, .default_text = "3000"})
          .integer("answer_limit_bytes", &S::answer_limit_bytes,
                   {.help = "The largest answer that is read", .min = 1024, .max = 64 << 20, .default_text = "1048576"})
          .integer("concurrency", &S::concurrency,
                   {.help = "Deliveries in hand at once", .min = 1, .max = 1024, .default_text = "16"})
          .text("ca_file", &S::ca_file,
                {.help = "Certificates (PEM) that are trusted instead of the system's",
                 .example = "config/tls/city-ca.crt"})
          .boolean("dangerously_plain", &S::dangerously_plain,
                   {.help = "Allows an http url beyond loopback: personal data can be read on the way",
                    .default_text = "false"})
          .boolean(
              "poll", &S::poll,
              {.help = "The application fetches its deliveries (GET /v1/apps/<app>/deliveries) and is never called",
               .default_text = "false"})
          .text_list("intos", &S::intos,
                     {.help = "With poll: the places that routes may name", .example = "[siswa, alamat]"})
          .duration_ms("visibility_ms", &S::visibility,
                       {.help = "With poll: a delivery that was fetched and not settled for this long is offered again",
                        .min = 1000,
                        .max = 86400000,
                        .default_text = "60000"})
          .check(check_target);
  return fields;
}

}  // namespace simpul::http

namespace simpul {

AdapterSpec http_adapter() {
  AdapterSpec spec;
  spec.name = "http";
  spec.summary = "The bus's own HTTP API, webhooks to applications, and deliveries that applications fetch";
  spec.status = AdapterStatus::experimental;
  spec.faces = Faces::untrusted_peers;
  spec.target_fields = http::target_fields().descriptions();
  spec.endpoint_fields = http::endpoint_fields().descriptions();
  spec.read_source = [](const yaml::Node& node, FieldContext& context) -> std::unique_ptr<SourceConfig> {
    context.problems->push_back(node.problem("http.no_source",
                                             "http is no source of an app: apps post to the endpoint under listen",
                                             "give the app a credential and remove this source"));
    return nullptr;
  };
  spec.read_target = [](const yaml::Node& node, FieldContext& context) -> std::unique_ptr<TargetConfig> {
    auto settings = http::target_fields().read(node, context);
    if (const auto* text = node.find("success_when"))
      settings.success_when_place = text->place, settings.success_when_path = text->path;
    if (const auto* text = node.find("not_found_when"))
      settings.not_found_when_place = text->place, settings.not_found_when_path = text->path;
    return std::make_unique<http::HttpTargetConfig>(std::move(settings));
  };
  spec.read_endpoint = [](const yaml::Node& node, FieldContext& context) -> std::unique_ptr<EndpointConfig> {
    return std::make_unique<http::HttpEndpointConfig>(http::endpoint_fields().read(node, context));
  };
  spec.make_shared = [] { return http::make_shared_objects(); };
  return spec;
}

}  // namespace simpul
