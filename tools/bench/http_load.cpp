#include "tools/bench/http_load.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <vector>

#include "tools/bench/city.h"

namespace simpul::bench {
namespace {

struct Connection {
  int socket = -1;
  std::string out, in;
  std::size_t sent = 0;
  bool waits_to_write = false;
};

class Generator {
 public:
  explicit Generator(const Load& load) : load_(load), connections_(static_cast<std::size_t>(load.connections)) {}
  ~Generator() {
    for (auto& connection : connections_)
      if (connection.socket >= 0) ::close(connection.socket);
    if (poll_ >= 0) ::close(poll_);
  }

  Result<double> run() {
    poll_ = ::epoll_create1(EPOLL_CLOEXEC);
    for (std::size_t i = 0; i < connections_.size(); ++i)
      if (auto opened = open(i); !opened) return std::unexpected(opened.error());
    const auto begin = steady_now();
    for (auto& connection : connections_)
      if (asked_ < load_.requests) ask(connection);
    std::array<epoll_event, 64> events{};
    while (answered_ < load_.requests && problem_.empty()) {
      const int count = ::epoll_wait(poll_, events.data(), static_cast<int>(events.size()), 10'000);
      if (count == 0) return fail("bench.failed", "the bus did not answer for 10 seconds");
      for (int i = 0; i < count; ++i) {
        auto& connection = connections_[events[static_cast<std::size_t>(i)].data.u64];
        if (events[static_cast<std::size_t>(i)].events & EPOLLOUT) write(connection);
        if (events[static_cast<std::size_t>(i)].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read(connection);
      }
    }
    if (!problem_.empty()) return fail("bench.failed", problem_);
    return seconds_since(begin);
  }

 private:
  Result<void> open(std::size_t index) {
    auto& connection = connections_[index];
    connection.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(load_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(connection.socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      return fail("bench.failed", fmt::format("port {} takes no connection", load_.port));
    const int yes = 1;
    ::setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = index;
    ::epoll_ctl(poll_, EPOLL_CTL_ADD, connection.socket, &event);
    return {};
  }

  void ask(Connection& connection) {
    ++asked_;
    body_.clear();
    load_.body(body_);
    connection.out.clear();
    fmt::format_to(std::back_inserter(connection.out),
                   "POST /v1/events HTTP/1.1\r\nHost: bus\r\nAuthorization: Bearer {}\r\nContent-Type: "
                   "{}\r\nContent-Length: {}\r\n\r\n",
                   load_.key, load_.content_type, body_.size());
    connection.out += body_;
    connection.sent = 0;
    write(connection);
  }

  void write(Connection& connection) {
    while (connection.sent < connection.out.size()) {
      const auto sent = ::send(connection.socket, connection.out.data() + connection.sent,
                               connection.out.size() - connection.sent, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno != EAGAIN) problem_ = "a connection broke";
      if (sent <= 0) break;
      connection.sent += static_cast<std::size_t>(sent);
    }
    const bool waits = connection.sent < connection.out.size();
    if (waits == connection.waits_to_write) return;
    connection.waits_to_write = waits;
    epoll_event event{};
    event.events = waits ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.u64 = static_cast<std::uint64_t>(&connection - connections_.data());
    ::epoll_ctl(poll_, EPOLL_CTL_MOD, connection.socket, &event);
  }

  void read(Connection& connection) {
    const auto got = ::recv(connection.socket, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      problem_ = "the bus closed a connection";
      return;
    }
    connection.in.append(buffer_.data(), static_cast<std::size_t>(got));
    const auto head = connection.in.find("\r\n\r\n");
    if (head == std::string::npos) return;
    const std::string_view name = "ontent-Length: ";
    auto length_at = connection.in.find(name);
    if (length_at == std::string::npos) length_at = connection.in.find("ontent-length: ");
    std::size_t length = 0;
    if (length_at < head)
      std::from_chars(connection.in.data() + length_at + name.size(), connection.in.data() + head, length);
    if (connection.in.size() < head + 4 + length) return;
    if (!connection.in.starts_with("HTTP/1.1 202")) {
      problem_ = "the bus answered " + connection.in.substr(0, head + 4 + std::min<std::size_t>(length, 500));
      return;
    }
    connection.in.clear();
    ++answered_;
    if (asked_ < load_.requests) ask(connection);
  }

  const Load& load_;
  int poll_ = -1;
  std::vector<Connection> connections_;
  std::uint64_t asked_ = 0, answered_ = 0;
  std::string body_, problem_;
  std::array<char, 64 * 1024> buffer_{};
};

}  // namespace

Result<double> run_load(const Load& load) {
  return Generator(load).run();
}

}  // namespace simpul::bench
