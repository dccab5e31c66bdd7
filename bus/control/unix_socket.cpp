#include "bus/control/unix_socket.h"

#include <fmt/format.h>
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include "bus/event/json.h"

namespace simpul {
namespace {

constexpr std::size_t line_limit_bytes = 8u << 20;
constexpr std::size_t connections_limit = 16;

class Handle {
 public:
  explicit Handle(int fd = -1) : fd_(fd) {}
  ~Handle() {
    if (fd_ >= 0) ::close(fd_);
  }
  Handle(Handle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return fail("control.path_too_long",
                fmt::format("the control socket's path has {} bytes, at most {} are possible: {}", path.size(),
                            sizeof address.sun_path - 1, path),
                "set control.socket in config/simpul.yaml to a shorter path");
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

// One line without its end, or nothing when the peer is gone, the line too long, or `stop` readable.
std::optional<std::string> read_line(int fd, int stop, std::string& buffer) {
  for (;;) {
    if (auto end = buffer.find('\n'); end != std::string::npos) {
      auto line = buffer.substr(0, end);
      buffer.erase(0, end + 1);
      return line;
    }
    if (buffer.size() > line_limit_bytes) return std::nullopt;
    std::array<pollfd, 2> waits{{{fd, POLLIN, 0}, {stop, POLLIN, 0}}};
    if (::poll(waits.data(), stop >= 0 ? 2 : 1, -1) < 0 && errno != EINTR) return std::nullopt;
    if (stop >= 0 && (waits[1].revents & POLLIN) != 0) return std::nullopt;
    std::array<char, 65536> chunk;
    auto got = ::read(fd, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    buffer.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    auto sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

Result<Handle> connect_to(const std::string& path) {
  auto address = address_of(path);
  if (!address) return std::unexpected(address.error());
  Handle handle(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (handle.get() < 0) return fail("control.failed", fmt::format("no socket: {}", std::strerror(errno)));
  if (::connect(handle.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0) return handle;
  if (errno == EACCES)
    return fail("control.denied", "this user may not use the control socket " + path,
                "ask an operator to add you to the group that owns it");
  return fail("control.not_running", "no bus listens on " + path, "start it with `simpul run`");
}

std::string one_line(const std::string& json_text) {
  auto line = json_text;
  std::replace(line.begin(), line.end(), '\n', ' ');  // inside JSON strings a line end is always escaped
  return line;
}

}  // namespace

struct ControlSocket::Inner {
  std::string path;
  SocketCommand command;
  Handle listener, stop_read, stop_write;
  std::thread thread;
  struct Connection {
    std::thread thread;
    std::atomic<bool> done = false;
  };
  std::list<Connection> connections;  // of the accepting thread

  void run();
  void serve(Handle peer);
  void reap(bool all);
};

ControlSocket::ControlSocket(std::unique_ptr<Inner> inner) : inner_(std::move(inner)) {}

ControlSocket::~ControlSocket() {
  (void)!::write(inner_->stop_write.get(), "x", 1);  // readable for all from now on
  if (inner_->thread.joinable()) inner_->thread.join();
  ::unlink(inner_->path.c_str());
}

const std::string& ControlSocket::path() const {
  return inner_->path;
}

Result<std::unique_ptr<ControlSocket>> ControlSocket::open(const std::string& path, SocketCommand command) {
  auto address = address_of(path);
  if (!address) return std::unexpected(address.error());
  struct stat there{};
  if (::lstat(path.c_str(), &there) == 0 && !S_ISSOCK(there.st_mode))
    return fail("control.not_a_socket", path + " is there and is no socket",
                "set another control.socket in config/simpul.yaml, or move the file away");
  if (connect_to(path))
    return fail("control.in_use", "another bus listens on " + path,
                "stop it, or set another control.socket in config/simpul.yaml");
  ::unlink(path.c_str());
  auto inner = std::make_unique<Inner>();
  inner->path = path;
  inner->command = std::move(command);
  inner->listener = Handle(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  std::array<int, 2> pipe{};
  if (inner->listener.get() < 0 || ::pipe(pipe.data()) != 0)
    return fail("control.failed", fmt::format("no socket: {}", std::strerror(errno)));
  inner->stop_read = Handle(pipe[0]);
  inner->stop_write = Handle(pipe[1]);
  if (::bind(inner->listener.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0 ||
      ::chmod(path.c_str(), 0660) != 0 || ::listen(inner->listener.get(), 16) != 0)
    return fail("control.failed", fmt::format("the control socket {} cannot be made: {}", path, std::strerror(errno)),
                "its folder must exist and be writable by the bus");
  inner->thread = std::thread([raw = inner.get()] { raw->run(); });
  return std::unique_ptr<ControlSocket>(new ControlSocket(std::move(inner)));
}

void ControlSocket::Inner::run() {
  for (;;) {
    std::array<pollfd, 2> waits{{{listener.get(), POLLIN, 0}, {stop_read.get(), POLLIN, 0}}};
    if (::poll(waits.data(), 2, 1000) < 0 && errno != EINTR) break;
    if ((waits[1].revents & POLLIN) != 0) break;
    reap(false);
    if ((waits[0].revents & POLLIN) == 0) continue;
    Handle peer(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (peer.get() < 0) continue;
    if (connections.size() >= connections_limit) {
      write_all(peer.get(),
                R"({"status":503,"body":{"title":"too many operators are connected","hint":"try again in a moment"}})"
                "\n");
      continue;
    }
    auto& connection = connections.emplace_back();
    connection.thread = std::thread([this, &connection, peer = std::move(peer)]() mutable {
      serve(std::move(peer));
      connection.done = true;
    });
  }
  reap(true);
}

void ControlSocket::Inner::reap(bool all) {
  for (auto at = connections.begin(); at != connections.end();) {
    if (!all && !at->done) {
      ++at;
      continue;
    }
    at->thread.join();
    at = connections.erase(at);
  }
}

void ControlSocket::Inner::serve(Handle peer) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(peer.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return;
  // A peer that does not read its answers must not hold up a stop.
  timeval patience{5, 0};
  ::setsockopt(peer.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  auto user = unix_user_name(credentials.uid);
  std::string buffer;
  while (auto line = read_line(peer.get(), stop_read.get(), buffer)) {
    ControlAnswer answer;
    auto document = json::parse(*line);
    const auto* root = document && document->root().is_object() ? &document->root() : nullptr;
    if (root == nullptr) {
      answer = {400, R"({"title":"one JSON object a line: {\"command\":…,\"arguments\":{…}}"})"};
    } else {
      const auto* arguments = root->find("arguments");
      answer = command(user, std::string(root->text_of("command")),
                       arguments == nullptr ? "{}" : std::string(document->raw(*arguments)));
    }
    if (!write_all(peer.get(), fmt::format("{{\"status\":{},\"body\":{}}}\n", answer.status, one_line(answer.body))))
      return;
  }
}

Result<ControlAnswer> ask_control_socket(const std::string& path, const std::string& command,
                                         const std::string& arguments) {
  auto handle = connect_to(path);
  if (!handle) return std::unexpected(handle.error());
  json::Writer writer;
  writer.begin_object().member("command", command).name("arguments").raw(one_line(arguments)).end_object();
  std::string buffer;
  if (!write_all(handle->get(), writer.text() + "\n"))
    return fail("control.gone", "the bus closed the control socket", "see its log lines");
  auto line = read_line(handle->get(), -1, buffer);
  if (!line) return fail("control.gone", "the bus closed the control socket before it answered", "see its log lines");
  auto document = json::parse(*line);
  const auto* body = document && document->root().is_object() ? document->root().find("body") : nullptr;
  const auto* status = body == nullptr ? nullptr : document->root().find("status");
  if (status == nullptr || !status->as_integer())
    return fail("control.answer", "the bus answered with something else than JSON", "is it of the same version?");
  return ControlAnswer{static_cast<int>(*status->as_integer()), std::string(document->raw(*body))};
}

std::string unix_user_name(unsigned id) {
  std::array<char, 4096> buffer;
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(id, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) return found->pw_name;
  return std::to_string(id);
}

}  // namespace simpul
