#include "tools/standins/http_server.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <set>
#include <string_view>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

namespace simpul::standins {

namespace {

constexpr std::size_t most_header_bytes = 64 << 10;
constexpr std::size_t most_body_bytes = 1 << 20;
constexpr std::size_t most_connections = 256;

std::string_view phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 422:
      return "Unprocessable Content";
    default:
      return "Error";
  }
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool send_reply(int socket, const Reply& reply, bool keep) {
  auto text = fmt::format("HTTP/1.1 {} {}\r\n", reply.status, phrase(reply.status));
  if (reply.status != 204)
    text += fmt::format("content-type: application/json\r\ncontent-length: {}\r\n", reply.body.size());
  text += keep ? "\r\n" : "connection: close\r\n\r\n";
  if (reply.status != 204) text += reply.body;
  return send_all(socket, text);
}

// The request line and the header fields; false when they are none.
bool parse_head(std::string_view head, Request& out) {
  auto line_end = head.find("\r\n");
  const auto line = head.substr(0, line_end);
  const auto first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || !line.substr(last + 1).starts_with("HTTP/1.")) return false;
  out.method = std::string(line.substr(0, first));
  const auto target = line.substr(first + 1, last - first - 1);
  const auto question = target.find('?');
  out.path = std::string(target.substr(0, question));
  if (question != std::string_view::npos) out.query = std::string(target.substr(question + 1));
  while (line_end != std::string_view::npos) {
    head.remove_prefix(line_end + 2);
    line_end = head.find("\r\n");
    const auto field = head.substr(0, line_end);
    const auto colon = field.find(':');
    if (colon != std::string_view::npos)
      out.headers[lower(field.substr(0, colon))] = std::string(trimmed(field.substr(colon + 1)));
  }
  return true;
}

// One connection: what was received and not yet used.
class Connection {
 public:
  explicit Connection(int socket) : socket_(socket) {}

  // None: the peer is gone, or sent something that no answer helps.
  std::optional<Request> read() {
    std::size_t end = std::string::npos;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos)
      if (received_.size() > most_header_bytes || !more()) return std::nullopt;
    Request request;
    if (!parse_head(std::string_view(received_).substr(0, end), request)) return refuse(400);
    received_.erase(0, end + 4);
    if (request.headers.contains("transfer-encoding")) return refuse(411);
    std::size_t size = 0;
    const auto length = request.header("content-length");
    if (!length.empty()) {
      const auto parsed = std::from_chars(length.data(), length.data() + length.size(), size);
      if (parsed.ec != std::errc() || parsed.ptr != length.data() + length.size()) return refuse(400);
    }
    if (size > most_body_bytes) return refuse(413);
    if (lower(request.header("expect")) == "100-continue" && !send_all(socket_, "HTTP/1.1 100 Continue\r\n\r\n"))
      return std::nullopt;
    while (received_.size() < size)
      if (!more()) return std::nullopt;
    request.body = received_.substr(0, size);
    received_.erase(0, size);
    return request;
  }

 private:
  bool more() {
    std::array<char, 16384> buffer;
    ssize_t got = -1;
    while ((got = ::recv(socket_, buffer.data(), buffer.size(), 0)) < 0 && errno == EINTR) {
    }
    if (got <= 0) return false;
    received_.append(buffer.data(), static_cast<std::size_t>(got));
    return true;
  }

  std::optional<Request> refuse(int status) {
    send_reply(socket_, {status, "{}"}, false);
    return std::nullopt;
  }

  int socket_;
  std::string received_;
};

}  // namespace

std::string Request::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

struct HttpServer::Inner {
  std::string address;
  std::uint16_t port;
  Handler handler;
  int listener = -1;
  std::atomic<bool> stopping{false};
  std::thread accepting;
  std::mutex mutex;
  std::condition_variable ended;
  std::set<int> sockets;  // of connections whose thread runs

  void accept_all() {
    while (!stopping) {
      pollfd waiting{listener, POLLIN, 0};
      if (::poll(&waiting, 1, 200) <= 0) continue;
      const int socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) continue;
      const int on = 1;
      ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      const std::lock_guard lock(mutex);
      if (sockets.size() >= most_connections || stopping) {
        ::close(socket);
        continue;
      }
      sockets.insert(socket);
      std::thread([this, socket] { serve(socket); }).detach();
    }
  }

  void serve(int socket) {
    Connection connection(socket);
    while (!stopping) {
      const auto request = connection.read();
      if (!request) break;
      const auto reply = handler(*request);
      const bool keep = lower(request->header("connection")) != "close";
      if (!reply || !send_reply(socket, *reply, keep) || !keep) break;
    }
    const std::lock_guard lock(mutex);
    ::close(socket);
    sockets.erase(socket);
    ended.notify_all();
  }
};

HttpServer::HttpServer(std::string address, std::uint16_t port, Handler handler) : inner_(std::make_unique<Inner>()) {
  inner_->address = std::move(address);
  inner_->port = port;
  inner_->handler = std::move(handler);
}

HttpServer::~HttpServer() {
  stop();
}

Result<void> HttpServer::start() {
  auto& in = *inner_;
  const auto refuse = [&](std::string_view doing) {
    return fail("standins.listen", fmt::format("{} {}:{} failed: {}", doing, in.address, in.port, std::strerror(errno)),
                "choose another port, or 0 for any that is free");
  };
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(in.port);
  if (::inet_pton(AF_INET, in.address.c_str(), &where.sin_addr) != 1)
    return fail("standins.listen", fmt::format("{} is no IPv4 address", in.address), "write --address 127.0.0.1");
  in.listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (in.listener < 0) return refuse("opening a socket for");
  const int on = 1;
  ::setsockopt(in.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  socklen_t size = sizeof where;
  auto* generic = reinterpret_cast<sockaddr*>(&where);
  if (::bind(in.listener, generic, size) != 0 || ::listen(in.listener, 128) != 0 ||
      ::getsockname(in.listener, generic, &size) != 0)
    return refuse("listening on");
  in.port = ntohs(where.sin_port);
  in.accepting = std::thread([&in] { in.accept_all(); });
  return {};
}

void HttpServer::stop() {
  auto& in = *inner_;
  if (in.stopping.exchange(true)) return;
  if (in.accepting.joinable()) in.accepting.join();
  if (in.listener >= 0) ::close(in.listener);
  std::unique_lock lock(in.mutex);
  for (const int socket : in.sockets) ::shutdown(socket, SHUT_RDWR);
  in.ended.wait(lock, [&] { return in.sockets.empty(); });
}

std::uint16_t HttpServer::port() const {
  return inner_->port;
}

}  // namespace simpul::standins
