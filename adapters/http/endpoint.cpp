#include "adapters/http/endpoint.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "adapters/http/endpoint_loop.h"
#include "bus/base/telemetry.h"

namespace simpul::http {
namespace {

struct Listening {
  int socket = -1;
  std::uint16_t port = 0;
};

Problem bind_problem(const std::string& address, int error) {
  if (error == EADDRINUSE)
    return fail("listen.in_use", fmt::format("{} is in use by another program", address),
                fmt::format("stop it (ss -ltnp shows who listens), or set another address for the endpoint"))
        .error();
  if (error == EACCES)
    return fail("listen.denied", fmt::format("this user may not listen on {}", address),
                "take a port from 1024 on, or give the service the capability net_bind_service")
        .error();
  if (error == EADDRNOTAVAIL)
    return fail("listen.no_such_address", fmt::format("this machine has no address {}", address),
                "ip address shows those it has")
        .error();
  return fail("listen.failed", fmt::format("cannot listen on {}: {}", address, std::generic_category().message(error)))
      .error();
}

Result<Listening> listen_on(const std::string& address, const HostPort& where) {
  sockaddr_storage storage{};
  socklen_t size = 0;
  bool v6 = where.host.find(':') != std::string::npos;
  if (v6) {
    auto* to = reinterpret_cast<sockaddr_in6*>(&storage);
    to->sin6_family = AF_INET6;
    to->sin6_port = htons(where.port);
    inet_pton(AF_INET6, where.host.c_str(), &to->sin6_addr);
    size = sizeof *to;
  } else {
    auto* to = reinterpret_cast<sockaddr_in*>(&storage);
    to->sin_family = AF_INET;
    to->sin_port = htons(where.port);
    inet_pton(AF_INET, where.host.c_str(), &to->sin_addr);
    size = sizeof *to;
  }
  int made = ::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (made < 0) return std::unexpected(bind_problem(address, errno));
  int on = 1;
  ::setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (v6) ::setsockopt(made, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(made, reinterpret_cast<sockaddr*>(&storage), size) != 0 || ::listen(made, 1024) != 0) {
    auto problem = bind_problem(address, errno);
    ::close(made);
    return std::unexpected(std::move(problem));
  }
  sockaddr_storage bound{};
  socklen_t bound_size = sizeof bound;
  ::getsockname(made, reinterpret_cast<sockaddr*>(&bound), &bound_size);
  auto port =
      v6 ? reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port : reinterpret_cast<sockaddr_in*>(&bound)->sin_port;
  return Listening{made, ntohs(port)};
}

class HttpEndpoint final : public Endpoint {
 public:
  HttpEndpoint(const EndpointSettings& settings, AdapterContext context, Gateway& gateway,
               std::shared_ptr<PolledHub> hub)
      : context_(std::move(context)),
        shared_(std::make_shared<LoopShared>(settings, context_.environment, gateway, std::move(hub))) {}
  ~HttpEndpoint() override { stop(); }

  Result<void> start() override {
    const auto& settings = shared_->settings;
    auto where = parse_address(settings.address);
    if (!where) return std::unexpected(where.error());
    if (settings.tls()) {
      auto certificate = read_certificate();
      if (!certificate) return std::unexpected(certificate.error());
      shared_->certificate.store(std::move(*certificate));
    }
    auto listening = listen_on(settings.address, *where);
    if (!listening) return std::unexpected(listening.error());
    address_ = fmt::format("{}:{}", where->host.find(':') == std::string::npos ? where->host : "[" + where->host + "]",
                           listening->port);

    for (std::int64_t i = 0; i < settings.threads; ++i) loops_.push_back(std::make_unique<EndpointLoop>(shared_));
    for (auto& loop : loops_) loop->start();
    // Runs on the first loop's thread, one connection after the other.
    loops_.front()->listen(listening->socket, [this](int socket) { loops_[next_++ % loops_.size()]->take(socket); });
    return {};
  }

  void stop() override {
    if (loops_.empty()) return;
    for (auto& loop : loops_) loop->drain();
    shared_->handlers.drain();
    auto until = std::chrono::steady_clock::now() + shared_->settings.stop_timeout;
    bool finished = true;
    for (auto& loop : loops_) {
      auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
      finished = loop->wait_empty(std::max(left, std::chrono::milliseconds(0))) && finished;
    }
    if (!finished)
      say(Level::warning, "http.stop_cut",
          "connections were closed before their requests were answered; their apps will ask again");
    for (auto& loop : loops_) loop->join();
    loops_.clear();
  }

  void reload() override {
    shared_->handlers.reload();
    if (!shared_->settings.tls()) return;
    auto certificate = read_certificate();
    if (certificate)
      shared_->certificate.store(std::move(*certificate));
    else
      say(Level::error, "http.certificate", "the certificate in use stays: " + certificate.error().message);
  }

  std::string address() const override { return address_; }

 private:
  std::string path_of(const std::string& file) const {
    return file.starts_with('/') || context_.folder.empty() ? file : context_.folder + "/" + file;
  }
  Result<std::shared_ptr<Certificate>> read_certificate() const {
    constexpr std::uint64_t limit = 1 << 20;
    const auto& settings = shared_->settings;
    auto chain = context_.environment.disk->read_whole(path_of(settings.certificate_file), limit);
    if (!chain) return std::unexpected(chain.error());
    auto key = context_.environment.disk->read_whole(path_of(settings.key_file), limit);
    if (!key) return std::unexpected(key.error());
    return Certificate::read(*chain, *key, settings.certificate_file, settings.key_file);
  }

  AdapterContext context_;
  std::shared_ptr<LoopShared> shared_;
  std::vector<std::unique_ptr<EndpointLoop>> loops_;
  std::size_t next_ = 0;
  std::string address_;
};

}  // namespace

std::unique_ptr<Endpoint> make_endpoint(const EndpointSettings& settings, AdapterContext context, Gateway& gateway,
                                        std::shared_ptr<PolledHub> hub) {
  return std::make_unique<HttpEndpoint>(settings, std::move(context), gateway, std::move(hub));
}

}  // namespace simpul::http
