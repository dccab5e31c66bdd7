// What the tests of the http adapter share: a gateway that remembers, a client that speaks raw HTTP, an
// application that answers as it is told, and certificates.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "bus/adapter.h"
#include "bus/event/event.h"

namespace simpul::http_test {

using std::chrono::milliseconds;

// True as soon as `condition` holds, false when it does not within ten seconds.
bool eventually(const std::function<bool()>& condition);

class FakeGateway : public Gateway {
 public:
  FakeGateway();
  std::optional<Identity> by_api_key(std::string_view key) override;
  std::optional<Secret> signing_secret(std::string_view app) override;
  void publish(const std::string& app, std::vector<std::string> events,
               std::move_only_function<void(std::vector<Verdict>)> done) override;
  void refused(const std::string& app, std::vector<Reason> reasons, std::string_view received,
               std::string_view content_type) override;
  void lookup(const Identity& asker, const std::string& name, std::string parameters,
              std::move_only_function<void(ControlAnswer)> done) override;
  void claim(const Identity& who, const std::string& sha256,
             std::move_only_function<void(ControlAnswer)> done) override;
  void control(const Identity& who, const std::string& command, std::string arguments,
               std::move_only_function<void(ControlAnswer)> done) override;
  bool ready() override { return is_ready; }
  bool healthy() override { return is_healthy; }

  struct Refused {
    std::string app, code, received, content_type;
  };
  struct Held {
    std::vector<std::string> events;
    std::move_only_function<void(std::vector<Verdict>)> done;
    std::vector<Verdict> verdicts;
  };
  std::vector<std::string> published() const;  // texts, in order
  std::vector<Refused> refusals() const;
  std::size_t held() const;
  // Answers the n-th held publish (0: the oldest), from the calling thread.
  void release(std::size_t n);

  std::atomic<bool> is_ready{true}, is_healthy{true};
  std::atomic<bool> hold{false};  // publishes are answered by release()
  std::atomic<bool> answer_later{false}, disk_full{false};
  std::atomic<bool> from_other_thread{false};
  std::map<std::string, Identity, std::less<>> keys;
  std::map<std::string, std::string, std::less<>> secrets;
  std::atomic<int> key_lookups{0};

 private:
  Verdict judge(const std::string& app, const std::string& text);
  mutable std::mutex mutex_;
  std::vector<std::string> published_;
  std::map<std::string, Hash128> seen_;
  std::vector<Refused> refusals_;
  std::vector<Held> held_;
  std::vector<std::jthread> threads_;
};

struct Response {
  int status = 0;
  std::map<std::string, std::string> headers;  // lower case names
  std::string body;
};

// A blocking TCP client. Every wait is bounded by ten seconds.
class Client {
 public:
  explicit Client(const std::string& address);
  ~Client();
  Client(const Client&) = delete;
  void send(std::string_view bytes);
  void end_sending();
  void reset();                                        // closes at once, with RST
  std::optional<Response> receive(bool head = false);  // none: closed or too late
  bool closed();  // the other side ends the connection, after what it sent was read
  std::optional<Response> ask(std::string_view bytes) {
    send(bytes);
    return receive();
  }

 private:
  bool more();
  int socket_ = -1;
  std::string buffer_;
};

// A request's text with Host, Content-Length and the key of app siak, unless `headers` holds another credential.
std::string request(std::string_view method, std::string_view target, std::string_view body = {},
                    std::vector<std::string> headers = {}, std::string_view key = "kunci-siak");
std::string post_event(std::string_view event, std::string_view key = "kunci-siak");
std::string event_json(std::string_view id, std::string_view data = R"({"nik":"3671015207909001"})");

// An endpoint from YAML, listening on a free port of loopback.
struct Served {
  explicit Served(const std::string& fields = {}, std::shared_ptr<void> shared = {}, std::string folder = {});
  ~Served();
  FakeGateway gateway;
  std::unique_ptr<Endpoint> endpoint;
  std::string address() const { return endpoint->address(); }
};

AdapterSpec spec();
// Problems of a target's or endpoint's YAML, as text; empty: none.
std::string target_problems(const std::string& text);
std::string endpoint_problems(const std::string& text);
std::unique_ptr<TargetConfig> read_target(const std::string& text,
                                          const std::map<std::string, std::string>& secrets = {});
std::unique_ptr<EndpointConfig> read_endpoint(const std::string& text);

// An application: a web server that answers each request as `answer` says.
struct AppRequest {
  std::string method, target, body;
  std::map<std::string, std::string> headers;
  int connection = 0;  // which one it came by
};
class FakeApp {
 public:
  using Answering = std::function<std::string(const AppRequest&)>;  // the whole response; empty: closes without one
  explicit FakeApp(Answering answer);
  ~FakeApp();
  std::string url() const;
  int port() const { return port_; }
  std::vector<AppRequest> requests() const;
  int connections() const { return connections_; }

 private:
  void serve(int socket, int number);
  Answering answer_;
  int listening_ = -1, port_ = 0;
  std::atomic<int> connections_{0};
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::vector<AppRequest> requests_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread accepting_;
};
std::string app_answer(int status, std::string_view body = {}, std::string_view headers = {});

// A folder below the system's temporary one, removed after.
struct Folder {
  Folder();
  ~Folder();
  std::filesystem::path path;
  void write(const std::string& name, const std::string& text) const;
};

// A self-signed certificate for 127.0.0.1 and localhost, and its key, in PEM.
struct TestCertificate {
  std::string certificate, key;
};
TestCertificate make_certificate(const std::string& common_name);

}  // namespace simpul::http_test
