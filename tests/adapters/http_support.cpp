#include "tests/adapters/http_support.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "adapters/http/http.h"

namespace simpul::http_test {

bool eventually(const std::function<bool()>& condition) {
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(milliseconds(2));
  }
  return true;
}

// ---- the gateway ----

FakeGateway::FakeGateway() {
  keys = {{"kunci-siak", {.app = "siak", .person = {}}},
          {"kunci-spmb", {.app = "spmb", .person = {}}},
          {"kunci-siti", {.app = {}, .person = "siti"}}};
  secrets = {{"siak", "whsec_c2ltcHVsLXNpYWstc2VjcmV0LTAxMjM0NTY3"}};
}

std::optional<Identity> FakeGateway::by_api_key(std::string_view key) {
  ++key_lookups;
  std::lock_guard lock(mutex_);
  auto found = keys.find(key);
  return found == keys.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Secret> FakeGateway::signing_secret(std::string_view app) {
  auto found = secrets.find(app);
  return found == secrets.end() ? std::nullopt : std::optional(Secret(found->second));
}

Verdict FakeGateway::judge(const std::string& app, const std::string& text) {
  Verdict verdict;
  auto event = Event::parse(text);
  if (!event) {
    verdict.kind = Verdict::refused;
    for (const auto& problem : event.error())
      verdict.reasons.push_back({problem.code, problem.message, problem.path, {}});
    return verdict;
  }
  verdict.id = event->id();
  if (event->type() == "uji.terlarang.v1") {
    verdict.kind = Verdict::refused;
    verdict.reasons = {{"not_allowed", app + " may not publish uji.terlarang.v1", "type", {}}};
    return verdict;
  }
  if (event->type() == "uji.salah.v1") {
    verdict.kind = Verdict::refused;
    verdict.reasons = {{"schema", "nik must have 16 digits", "/data/nik", "pattern", "nik harus 16 angka"}};
    return verdict;
  }
  auto [at, fresh] =
      seen_.emplace(std::string(event->source()) + " " + std::string(event->id()), event->content_hash());
  if (!fresh) {
    verdict.kind = at->second == event->content_hash() ? Verdict::duplicate : Verdict::conflict;
    return verdict;
  }
  if (event->type() == "uji.ragu.v1")
    verdict.warnings = {{"schema", "no such region", "/data/kode", "format: kode-wilayah", "wilayah ini tidak ada"}};
  published_.push_back(text);
  verdict.position = published_.size();
  return verdict;
}

void FakeGateway::publish(const std::string& app, std::vector<std::string> events,
                          std::move_only_function<void(std::vector<Verdict>)> done) {
  std::vector<Verdict> verdicts;
  {
    std::lock_guard lock(mutex_);
    for (const auto& text : events) {
      if (answer_later) {
        Verdict verdict;
        verdict.kind = Verdict::later;
        verdict.retry_after = milliseconds(1500);
        verdict.full = disk_full;
        verdicts.push_back(verdict);
      } else {
        verdicts.push_back(judge(app, text));
      }
    }
    if (hold) {
      held_.push_back({std::move(events), std::move(done), std::move(verdicts)});
      return;
    }
    if (from_other_thread) {
      threads_.emplace_back(
          [done = std::move(done), verdicts = std::move(verdicts)]() mutable { done(std::move(verdicts)); });
      return;
    }
  }
  done(std::move(verdicts));
}

void FakeGateway::refused(const std::string& app, std::vector<Reason> reasons, std::string_view received,
                          std::string_view content_type) {
  std::lock_guard lock(mutex_);
  refusals_.push_back(
      {app, reasons.empty() ? "" : reasons.front().code, std::string(received), std::string(content_type)});
}

void FakeGateway::lookup(const Identity& asker, const std::string& name, std::string parameters,
                         std::move_only_function<void(ControlAnswer)> done) {
  if (name != "penduduk")
    return done({404, R"({"type":"urn:simpul:problem:no_such_lookup","title":"There is nothing here",)"
                      R"("status":404,"detail":"there is no such lookup",)"
                      R"("code":"no_such_lookup"})"});
  done({200, R"({"asker":")" + asker.app + asker.person + R"(","parameters":)" + parameters + "}"});
}

// One text for siak, named by "a" sixty-four times; that of "c" is gone.
void FakeGateway::claim(const Identity& who, const std::string& sha256,
                        std::move_only_function<void(ControlAnswer)> done) {
  if (who.app == "siak" && sha256 == std::string(64, 'a')) return done({200, "\"isi\"\n"});
  if (sha256 == std::string(64, 'c'))
    return done({410, R"({"type":"urn:simpul:problem:claim.gone","title":"Refused","status":410,)"
                      R"("detail":"it can no longer be read","code":"claim.gone"})"});
  done({404, R"({"type":"urn:simpul:problem:claim.unknown","title":"There is nothing here","status":404,)"
             R"("detail":"no such claim","code":"claim.unknown"})"});
}

void FakeGateway::control(const Identity& who, const std::string& command, std::string arguments,
                          std::move_only_function<void(ControlAnswer)> done) {
  if (command != "status")
    return done({404, R"({"type":"urn:simpul:problem:no_such_command","title":"There is nothing here",)"
                      R"("status":404,"detail":"there is no such command",)"
                      R"("code":"no_such_command"})"});
  done({200, R"({"person":")" + who.person + R"(","arguments":)" + arguments + "}"});
}

std::vector<std::string> FakeGateway::published() const {
  std::lock_guard lock(mutex_);
  return published_;
}
std::vector<FakeGateway::Refused> FakeGateway::refusals() const {
  std::lock_guard lock(mutex_);
  return refusals_;
}
std::size_t FakeGateway::held() const {
  std::lock_guard lock(mutex_);
  return held_.size();
}
void FakeGateway::release(std::size_t n) {
  std::unique_lock lock(mutex_);
  auto held = std::move(held_.at(n));
  held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(n));
  lock.unlock();
  held.done(std::move(held.verdicts));
}

// ---- the client ----

namespace {

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// The header of a message at the front of `buffer`; false: not complete.
bool take_header(std::string& buffer, std::string& first_line, std::map<std::string, std::string>& headers) {
  auto end = buffer.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  std::string head = buffer.substr(0, end + 2);
  buffer.erase(0, end + 4);
  auto line_end = head.find("\r\n");
  first_line = head.substr(0, line_end);
  for (auto at = line_end + 2; at < head.size();) {
    auto next = head.find("\r\n", at);
    auto line = head.substr(at, next - at);
    at = next + 2;
    auto colon = line.find(':');
    auto value = line.substr(colon + 1);
    value.erase(0, value.find_first_not_of(' '));
    headers[lower(line.substr(0, colon))] = value;
  }
  return true;
}

int connect_to(const std::string& address) {
  auto colon = address.rfind(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
  int made = ::socket(AF_INET, SOCK_STREAM, 0);
  if (::connect(made, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
    ADD_FAILURE() << "cannot connect to " << address;
  return made;
}

}  // namespace

Client::Client(const std::string& address) : socket_(connect_to(address)) {}
Client::~Client() {
  if (socket_ >= 0) ::close(socket_);
}
void Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the other side has ended: what it said can still be read
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}
void Client::end_sending() {
  ::shutdown(socket_, SHUT_WR);
}
void Client::reset() {
  linger now{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(std::exchange(socket_, -1));
}
bool Client::more() {
  pollfd waiting{socket_, POLLIN, 0};
  if (::poll(&waiting, 1, 10000) <= 0) {
    ADD_FAILURE() << "nothing came for ten seconds";
    return false;
  }
  char bytes[16384];
  auto count = ::recv(socket_, bytes, sizeof bytes, 0);
  if (count <= 0) return false;
  buffer_.append(bytes, static_cast<std::size_t>(count));
  return true;
}
std::optional<Response> Client::receive(bool head) {
  Response response;
  std::string line;
  while (!take_header(buffer_, line, response.headers))
    if (!more()) return std::nullopt;
  response.status = std::stoi(line.substr(9, 3));
  std::size_t length =
      response.headers.contains("content-length") && !head ? std::stoul(response.headers["content-length"]) : 0;
  while (buffer_.size() < length)
    if (!more()) return std::nullopt;
  response.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return response;
}
bool Client::closed() {
  auto before = buffer_.size();
  return before == 0 && !more();
}

std::string request(std::string_view method, std::string_view target, std::string_view body,
                    std::vector<std::string> headers, std::string_view key) {
  std::string out = fmt::format("{} {} HTTP/1.1\r\nHost: bus\r\n", method, target);
  if (!key.empty()) out += fmt::format("Authorization: Bearer {}\r\n", key);
  for (const auto& header : headers) out += header + "\r\n";
  if (method != "GET" && method != "HEAD") out += fmt::format("Content-Length: {}\r\n", body.size());
  return out + "\r\n" + std::string(body);
}

std::string post_event(std::string_view event, std::string_view key) {
  return request("POST", "/v1/events", event, {"Content-Type: application/cloudevents+json"}, key);
}

std::string event_json(std::string_view id, std::string_view data) {
  return fmt::format(R"({{"specversion":"1.0","id":"{}","source":"urn:uji:siak","type":"uji.pindah.v1","data":{}}})",
                     id, data);
}

// ---- configuration ----

AdapterSpec spec() {
  return http_adapter();
}

namespace {

yaml::Node read_yaml(const std::string& text) {
  auto node = yaml::read(text, "uji.yaml");
  if (!node) {
    ADD_FAILURE() << to_text(node.error());
    return {};
  }
  return std::move(*node);
}

}  // namespace

std::string target_problems(const std::string& text) {
  Problems problems;
  FieldContext context{nullptr, &problems};
  spec().read_target(read_yaml(text), context);
  return to_text(problems);
}

std::string endpoint_problems(const std::string& text) {
  Problems problems;
  FieldContext context{nullptr, &problems};
  spec().read_endpoint(read_yaml(text), context);
  return to_text(problems);
}

std::unique_ptr<TargetConfig> read_target(const std::string& text, const std::map<std::string, std::string>& secrets) {
  Problems problems;
  SecretSource source = [&](std::string_view, std::string_view name) -> Result<std::string> {
    return secrets.at(std::string(name));
  };
  FieldContext context{&source, &problems};
  auto config = spec().read_target(read_yaml(text), context);
  EXPECT_EQ(to_text(problems), "");
  return config;
}

std::unique_ptr<EndpointConfig> read_endpoint(const std::string& text) {
  Problems problems;
  FieldContext context{nullptr, &problems};
  auto config = spec().read_endpoint(read_yaml(text), context);
  EXPECT_EQ(to_text(problems), "");
  return config;
}

Served::Served(const std::string& fields, std::shared_ptr<void> shared, std::string folder) {
  AdapterContext context;
  context.environment = system_environment();
  context.name = "api";
  context.folder = std::move(folder);
  context.shared = std::move(shared);
  auto text = fields.find("address:") == std::string::npos ? "address: 127.0.0.1:0\n" + fields : fields;
  endpoint = read_endpoint(text)->open(std::move(context), gateway);
  auto started = endpoint->start();
  EXPECT_TRUE(started) << (started ? "" : to_text(started.error()));
}
Served::~Served() {
  endpoint->stop();
}

// ---- the application ----

FakeApp::FakeApp(Answering answer) : answer_(std::move(answer)) {
  listening_ = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::bind(listening_, reinterpret_cast<sockaddr*>(&at), sizeof at);
  ::listen(listening_, 64);
  socklen_t size = sizeof at;
  ::getsockname(listening_, reinterpret_cast<sockaddr*>(&at), &size);
  port_ = ntohs(at.sin_port);
  accepting_ = std::thread([this] {
    while (true) {
      int one = ::accept(listening_, nullptr, nullptr);
      if (one < 0 || stopping_) return;
      std::lock_guard lock(mutex_);
      sockets_.push_back(one);
      threads_.emplace_back([this, one, number = ++connections_] { serve(one, number); });
    }
  });
}

FakeApp::~FakeApp() {
  stopping_ = true;
  ::shutdown(listening_, SHUT_RDWR);
  accepting_.join();
  ::close(listening_);
  {
    std::lock_guard lock(mutex_);
    for (int one : sockets_) ::shutdown(one, SHUT_RDWR);
  }
  for (auto& thread : threads_) thread.join();
  for (int one : sockets_) ::close(one);
}

std::string FakeApp::url() const {
  return fmt::format("http://127.0.0.1:{}", port_);
}

std::vector<AppRequest> FakeApp::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

void FakeApp::serve(int socket, int number) {
  std::string buffer;
  auto more = [&] {
    char bytes[16384];
    auto count = ::recv(socket, bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    buffer.append(bytes, static_cast<std::size_t>(count));
    return true;
  };
  while (true) {
    AppRequest one;
    one.connection = number;
    std::string line;
    while (!take_header(buffer, line, one.headers))
      if (!more()) return;
    one.method = line.substr(0, line.find(' '));
    one.target = line.substr(one.method.size() + 1, line.rfind(' ') - one.method.size() - 1);
    auto length = one.headers.contains("content-length") ? std::stoul(one.headers["content-length"]) : 0;
    while (buffer.size() < length)
      if (!more()) return;
    one.body = buffer.substr(0, length);
    buffer.erase(0, length);
    {
      std::lock_guard lock(mutex_);
      requests_.push_back(one);
    }
    auto text = answer_(one);
    if (text.empty()) {
      ::shutdown(socket, SHUT_RDWR);
      return;
    }
    ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
  }
}

std::string app_answer(int status, std::string_view body, std::string_view headers) {
  return fmt::format("HTTP/1.1 {} Answer\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), headers, body);
}

// ---- folders and certificates ----

Folder::Folder() {
  static std::atomic<int> count{0};
  path = std::filesystem::temp_directory_path() / fmt::format("simpul-http-{}-{}", ::getpid(), ++count);
  std::filesystem::create_directories(path);
}
Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}
void Folder::write(const std::string& name, const std::string& text) const {
  std::ofstream(path / name, std::ios::binary) << text;
}

TestCertificate make_certificate(const std::string& common_name) {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()),
                   static_cast<long>(std::hash<std::string>{}(common_name) % 1000000));
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86400);
  X509_set_pubkey(certificate.get(), key.get());
  auto* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name.c_str()), -1,
                             -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  for (auto [kind, value] :
       {std::pair(NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost"), std::pair(NID_basic_constraints, "CA:TRUE")}) {
    auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
    X509_add_ext(certificate.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  auto text = [](auto write) {
    std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    write(out.get());
    char* bytes = nullptr;
    auto size = BIO_get_mem_data(out.get(), &bytes);
    return std::string(bytes, static_cast<std::size_t>(size));
  };
  return {text([&](BIO* out) { PEM_write_bio_X509(out, certificate.get()); }),
          text([&](BIO* out) { PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr); })};
}

}  // namespace simpul::http_test
