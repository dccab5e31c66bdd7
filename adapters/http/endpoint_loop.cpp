#include "adapters/http/endpoint_loop.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <utility>

#include "bus/base/telemetry.h"

namespace simpul::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using SteadyTime = std::chrono::steady_clock::time_point;

struct Certificate::Inner {
  asio::ssl::context context{asio::ssl::context::tls_server};
};
Certificate::Certificate() : inner_(std::make_unique<Inner>()) {}
Certificate::~Certificate() = default;

Result<std::shared_ptr<Certificate>> Certificate::read(const std::string& chain, const std::string& key,
                                                       const std::string& chain_name, const std::string& key_name) {
  std::shared_ptr<Certificate> made(new Certificate);
  auto& context = made->inner_->context;
  error_code ec;
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
  if (context.use_certificate_chain(asio::buffer(chain), ec))
    return fail("http.certificate", fmt::format("{} holds no certificate chain in PEM: {}", chain_name, ec.message()),
                "put the server's certificate first, then those that signed it");
  if (context.use_private_key(asio::buffer(key), asio::ssl::context::pem, ec))
    return fail("http.certificate_key",
                fmt::format("{} holds no private key in PEM without a passphrase: {}", key_name, ec.message()));
  if (SSL_CTX_check_private_key(context.native_handle()) != 1)
    return fail("http.certificate_key",
                fmt::format("the key in {} is not the key of the certificate in {}", key_name, chain_name));
  return made;
}

namespace {
class Connection;
thread_local const void* current_loop = nullptr;
}  // namespace

struct EndpointLoop::Inner : std::enable_shared_from_this<EndpointLoop::Inner> {
  explicit Inner(std::shared_ptr<LoopShared> shared_in)
      : shared(std::move(shared_in)), timer(io), work(io.get_executor()) {}

  // Runs on the loop's thread, soon. Any thread.
  void later(std::move_only_function<void()> task);
  void run_tasks();
  bool on_thread() const { return current_loop == this; }
  std::string_view date();
  void tick();
  void accept_next();
  void begin(int socket);
  void add(std::shared_ptr<Connection> connection);
  void forget(const std::shared_ptr<Connection>& connection);

  std::shared_ptr<LoopShared> shared;
  asio::io_context io{1};
  asio::steady_timer timer;
  std::optional<tcp::acceptor> acceptor;
  std::function<void(int)> taken;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work;
  std::thread thread;
  std::unordered_set<std::shared_ptr<Connection>> connections;
  std::vector<std::shared_ptr<Connection>> touched;  // have answers that are ready, while tasks are run
  bool running_tasks = false, ticking = false, draining = false;
  std::string date_text;
  std::int64_t date_second = -1;

  std::mutex mutex;
  std::condition_variable empty;
  std::vector<std::move_only_function<void()>> tasks;
  bool ended = false;
  std::size_t alive = 0;  // connections, for wait_empty
};

namespace {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<EndpointLoop::Inner> loop, tcp::socket socket);
  ~Connection();
  void start();
  void drain();
  void close();
  void flush();
  void check_deadline(SteadyTime now);

 private:
  struct Slot {
    std::size_t reserved = 0;
    bool ready = false, head_only = false, close = false;
    std::string text;
  };
  static constexpr std::size_t first_buffer = 4 << 10, full_buffer = 64 << 10, written_limit = 1 << 20;

  const EndpointSettings& settings() const { return loop_->shared->settings; }
  void handshake();
  void read();
  void on_read(error_code ec, std::size_t count);
  void process();
  void handle_request();
  void ask_to_continue();
  void answer(std::uint64_t number, Reply reply);
  void refuse(const BrokenRequest& broken);
  void write();
  void on_write(error_code ec);
  void linger();
  void set_deadline();
  bool full() const {
    return slots_.size() >= static_cast<std::size_t>(settings().requests_per_connection) ||
           waiting_.size() > written_limit;
  }

  std::shared_ptr<EndpointLoop::Inner> loop_;
  tcp::socket socket_;
  std::shared_ptr<Certificate> certificate_;
  std::optional<asio::ssl::stream<tcp::socket&>> tls_;
  KnownKey known_;
  RequestReader reader_;
  std::shared_ptr<std::atomic<bool>> gone_ = std::make_shared<std::atomic<bool>>(false);

  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;
  std::deque<Slot> slots_;         // in the order of the requests
  std::uint64_t first_slot_ = 0;   // number of slots_.front()
  std::string writing_, waiting_;  // on its way, and to go next
  bool reading_ = false, handshaking_ = false, processing_ = false, asked_to_continue_ = false;
  bool last_ = false;  // no request is read any more: the connection ends when all is written
  bool lingering_ = false, closed_ = false, ended_ = false;
  enum class Phase { none, handshake, idle, header, body, answering, writing, lingering } phase_ = Phase::none;
  SteadyTime deadline_ = SteadyTime::max();
};

Connection::Connection(std::shared_ptr<EndpointLoop::Inner> loop, tcp::socket socket)
    : loop_(std::move(loop)),
      socket_(std::move(socket)),
      certificate_(loop_->shared->certificate.load()),
      reader_(static_cast<std::uint32_t>(loop_->shared->settings.header_limit_bytes),
              [this](Request& request) { loop_->shared->handlers.on_header(request, known_); }),
      buffer_(first_buffer) {
  if (certificate_) tls_.emplace(socket_, certificate_->inner().context);
}

Connection::~Connection() {
  for (const auto& slot : slots_) loop_->shared->handlers.release(slot.reserved);
  loop_->shared->handlers.release(reader_.request().reserved);
  loop_->shared->connections.fetch_sub(1);
}

void Connection::start() {
  if (tls_) return handshake();
  read();
  set_deadline();
}

void Connection::handshake() {
  handshaking_ = true;
  set_deadline();
  tls_->async_handshake(asio::ssl::stream_base::server, [self = shared_from_this()](error_code ec) {
    self->handshaking_ = false;
    if (ec) return self->close();
    self->read();
    self->set_deadline();
  });
}

void Connection::read() {
  if (reading_ || closed_ || ended_ || (last_ && !lingering_)) return;
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ == buffer_.size()) {
    if (begin_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    } else if (buffer_.size() < full_buffer) {
      buffer_.resize(buffer_.size() * 2);
    } else {
      return;  // full of requests that wait for answers to those before them
    }
  }
  reading_ = true;
  auto into = asio::buffer(buffer_.data() + end_, buffer_.size() - end_);
  auto done = [self = shared_from_this()](error_code ec, std::size_t count) { self->on_read(ec, count); };
  if (tls_)
    tls_->async_read_some(into, std::move(done));
  else
    socket_.async_read_some(into, std::move(done));
}

void Connection::on_read(error_code ec, std::size_t count) {
  reading_ = false;
  if (closed_) return;
  if (lingering_) {
    if (ec) return close();
    begin_ = end_ = 0;
    return read();
  }
  if (ec == asio::error::eof) {
    ended_ = true;
    return process();
  }
  if (ec) return close();
  end_ += count;
  // A buffer filled by one read is too small for this client.
  if (begin_ == 0 && end_ == buffer_.size() && buffer_.size() < full_buffer) buffer_.resize(buffer_.size() * 2);
  process();
}

void Connection::process() {
  if (processing_) return;
  processing_ = true;
  while (begin_ < end_ && !last_ && !full()) {
    std::string_view bytes(buffer_.data() + begin_, end_ - begin_);
    auto state = reader_.put(bytes);
    begin_ = end_ - bytes.size();
    if (state == RequestReader::State::done) {
      handle_request();
      continue;
    }
    if (state == RequestReader::State::failed)
      refuse(reader_.failure());
    else
      ask_to_continue();
    break;
  }
  if (ended_ && !last_ && !full()) {
    if (reader_.started() || begin_ < end_) refuse(reader_.ended_early());
    last_ = true;
  }
  processing_ = false;
  flush();
  read();
  set_deadline();
}

void Connection::ask_to_continue() {
  if (asked_to_continue_ || !reader_.header_done() || !reader_.request().expects_continue) return;
  asked_to_continue_ = true;
  Slot slot;
  slot.ready = true;
  slot.text = "HTTP/1.1 100 Continue\r\n\r\n";
  slots_.push_back(std::move(slot));
}

void Connection::handle_request() {
  Request& request = reader_.request();
  Slot slot;
  slot.reserved = std::exchange(request.reserved, 0);
  slot.head_only = request.method == Method::head;
  slot.close = !request.keep_alive || loop_->draining;
  if (slot.close) last_ = true;
  slots_.push_back(std::move(slot));
  auto number = first_slot_ + slots_.size() - 1;
  loop_->shared->handlers.handle(request, gone_,
                                 [self = shared_from_this(), number](std::move_only_function<Reply()> make) mutable {
                                   auto& loop = *self->loop_;
                                   if (loop.on_thread()) return self->answer(number, make());
                                   auto task = [self = std::move(self), number, make = std::move(make)]() mutable {
                                     self->answer(number, make());
                                   };
                                   loop.later(std::move(task));
                                 });
  asked_to_continue_ = false;
  reader_.next();
}

void Connection::answer(std::uint64_t number, Reply reply) {
  if (closed_ || number < first_slot_) return;
  Slot& slot = slots_[number - first_slot_];
  loop_->shared->handlers.release(std::exchange(slot.reserved, 0));
  if (reply.close) slot.close = true;
  append_reply(slot.text, reply, loop_->date(), slot.close, slot.head_only);
  slot.ready = true;
  if (processing_) return;
  if (!loop_->running_tasks) return flush();
  if (loop_->touched.empty() || loop_->touched.back().get() != this) loop_->touched.push_back(shared_from_this());
}

// An answer to what is no request, behind those of the requests before it.
void Connection::refuse(const BrokenRequest& broken) {
  if (broken.reason && reader_.header_done()) loop_->shared->handlers.broken(reader_.request(), *broken.reason);
  Slot slot;
  slot.ready = slot.close = true;
  append_reply(slot.text, broken.reply, loop_->date(), true, false);
  slots_.push_back(std::move(slot));
  last_ = true;
}

void Connection::flush() {
  if (closed_ || lingering_) return;
  while (!slots_.empty() && slots_.front().ready) {
    Slot& slot = slots_.front();
    if (waiting_.empty())
      waiting_ = std::move(slot.text);
    else
      waiting_ += slot.text;
    bool close_after = slot.close;
    slots_.pop_front();
    ++first_slot_;
    if (!close_after) continue;
    last_ = true;
    for (const auto& rest : slots_) loop_->shared->handlers.release(rest.reserved);
    first_slot_ += slots_.size();
    slots_.clear();
  }
  if (!writing_.empty()) return;
  if (!waiting_.empty()) return write();
  if (last_ && slots_.empty()) linger();
}

void Connection::write() {
  writing_.swap(waiting_);
  auto done = [self = shared_from_this()](error_code ec, std::size_t) { self->on_write(ec); };
  if (tls_)
    asio::async_write(*tls_, asio::buffer(writing_), std::move(done));
  else
    asio::async_write(socket_, asio::buffer(writing_), std::move(done));
  set_deadline();
}

void Connection::on_write(error_code ec) {
  if (closed_) return;
  if (ec) return close();
  writing_.clear();
  phase_ = Phase::none;
  process();
}

// The answer must reach a client that still sends: closing now would reset the connection and with it the
// answer (RFC 9112 §9.6). So end our side, and read what comes for a while.
void Connection::linger() {
  lingering_ = true;
  error_code ignored;
  if (tls_) {
    tls_->async_shutdown([self = shared_from_this()](error_code) {
      error_code ec;
      self->socket_.shutdown(tcp::socket::shutdown_send, ec);
      self->close();
    });
    return set_deadline();
  }
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  if (ended_) return close();
  begin_ = end_ = 0;
  set_deadline();
  read();
}

void Connection::close() {
  if (std::exchange(closed_, true)) return;
  gone_->store(true);
  error_code ignored;
  socket_.close(ignored);
  loop_->forget(shared_from_this());
}

void Connection::drain() {
  if (closed_ || last_) return;
  last_ = true;
  if (!slots_.empty()) slots_.back().close = true;
  flush();
}

void Connection::set_deadline() {
  Phase phase;
  std::chrono::milliseconds time;
  const auto& s = settings();
  if (lingering_)
    phase = Phase::lingering, time = std::chrono::milliseconds(loop_->draining ? 250 : 2000);
  else if (handshaking_)
    phase = Phase::handshake, time = s.header_timeout;
  else if (!writing_.empty())
    phase = Phase::writing, time = s.idle_timeout;
  else if (!slots_.empty())
    phase = Phase::answering, time = std::chrono::hours(24);
  else if (!reader_.started())
    phase = Phase::idle, time = s.idle_timeout;
  else if (!reader_.header_done())
    phase = Phase::header, time = s.header_timeout;
  else
    phase = Phase::body, time = s.body_timeout;
  // Each phase has its time as a whole: bytes that trickle in do not lengthen it.
  if (phase == phase_ && phase != Phase::answering) return;
  phase_ = phase;
  deadline_ = std::chrono::steady_clock::now() + time;
}

void Connection::check_deadline(SteadyTime now) {
  if (closed_ || now < deadline_) return;
  if (phase_ != Phase::header && phase_ != Phase::body) return close();
  refuse(reader_.too_slow());
  flush();
}

}  // namespace

void EndpointLoop::Inner::later(std::move_only_function<void()> task) {
  bool first = false;
  {
    std::lock_guard lock(mutex);
    if (ended) return;
    first = tasks.empty();
    tasks.push_back(std::move(task));
  }
  if (first) asio::post(io, [self = shared_from_this()] { self->run_tasks(); });
}

void EndpointLoop::Inner::run_tasks() {
  std::vector<std::move_only_function<void()>> now;
  {
    std::lock_guard lock(mutex);
    now.swap(tasks);
  }
  running_tasks = true;
  for (auto& task : now) task();
  running_tasks = false;
  auto ready = std::exchange(touched, {});
  for (auto& connection : ready) connection->flush();
}

// RFC 9110 §5.6.7.
std::string_view EndpointLoop::Inner::date() {
  auto second = shared->environment.clock->wall() / 1'000'000'000;
  if (second != date_second) {
    date_second = second;
    date_text = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(static_cast<std::time_t>(second)));
  }
  return date_text;
}

void EndpointLoop::Inner::tick() {
  ticking = true;
  timer.expires_after(std::chrono::milliseconds(100));
  timer.async_wait([self = shared_from_this()](error_code ec) {
    if (ec) return;
    auto now = std::chrono::steady_clock::now();
    auto all = std::vector(self->connections.begin(), self->connections.end());
    for (const auto& connection : all) connection->check_deadline(now);
    self->shared->handlers.tick();
    if (self->connections.empty())
      self->ticking = false;
    else
      self->tick();
  });
}

void EndpointLoop::Inner::accept_next() {
  acceptor->async_accept([self = shared_from_this()](error_code ec, tcp::socket socket) {
    if (ec == asio::error::operation_aborted || !self->acceptor || !self->acceptor->is_open()) return;
    if (ec) {
      // Out of descriptors or memory: those that are served go on, new ones wait a little.
      say(Level::warning, "http.accept_failed", "a connection could not be taken: " + ec.message());
      auto pause = std::make_shared<asio::steady_timer>(self->io, std::chrono::milliseconds(100));
      pause->async_wait([self, pause](error_code) {
        if (self->acceptor && self->acceptor->is_open()) self->accept_next();
      });
      return;
    }
    error_code released;
    int descriptor = socket.release(released);
    if (!released) self->taken(descriptor);
    self->accept_next();
  });
}

void EndpointLoop::Inner::begin(int descriptor) {
  tcp::socket socket(io);
  error_code ec;
  socket.assign(tcp::v4(), descriptor, ec);
  if (ec) return;
  socket.set_option(tcp::no_delay(true), ec);
  auto before = shared->connections.fetch_add(1);
  if (draining || before >= shared->settings.connections) {
    shared->connections.fetch_sub(1);
    if (!shared->certificate.load()) {
      std::string out;
      append_reply(out,
                   with_header(problem_reply(503, "http.connections",
                                             "the bus serves as many connections as it may; try again later"),
                               "Retry-After", "1"),
                   date(), true, false);
      socket.non_blocking(true, ec);
      socket.write_some(asio::buffer(out), ec);
      socket.shutdown(tcp::socket::shutdown_send, ec);
    }
    return;
  }
  auto connection = std::make_shared<Connection>(shared_from_this(), std::move(socket));
  add(connection);
  connection->start();
}

void EndpointLoop::Inner::add(std::shared_ptr<Connection> connection) {
  connections.insert(std::move(connection));
  {
    std::lock_guard lock(mutex);
    alive = connections.size();
  }
  if (!ticking) tick();
}

void EndpointLoop::Inner::forget(const std::shared_ptr<Connection>& connection) {
  connections.erase(connection);
  std::lock_guard lock(mutex);
  alive = connections.size();
  empty.notify_all();
}

EndpointLoop::EndpointLoop(std::shared_ptr<LoopShared> shared) : inner_(std::make_shared<Inner>(std::move(shared))) {}

EndpointLoop::~EndpointLoop() = default;

void EndpointLoop::start() {
  inner_->thread = std::thread([inner = inner_] {
    current_loop = inner.get();
    inner->io.run();
  });
}

void EndpointLoop::listen(int socket, std::function<void(int)> taken) {
  inner_->taken = std::move(taken);
  inner_->later([inner = inner_.get(), socket] {
    inner->acceptor.emplace(inner->io);
    error_code ec;
    inner->acceptor->assign(tcp::v4(), socket, ec);
    if (ec)
      say(Level::error, "http.accept_failed", "the listening socket cannot be used: " + ec.message());
    else
      inner->accept_next();
  });
}

void EndpointLoop::take(int socket) {
  if (inner_->on_thread()) return inner_->begin(socket);
  inner_->later([inner = inner_.get(), socket] { inner->begin(socket); });
}

void EndpointLoop::drain() {
  inner_->later([inner = inner_.get()] {
    inner->draining = true;
    error_code ignored;
    if (inner->acceptor) inner->acceptor->close(ignored);
    auto all = std::vector(inner->connections.begin(), inner->connections.end());
    for (const auto& connection : all) connection->drain();
  });
}

bool EndpointLoop::wait_empty(std::chrono::milliseconds limit) {
  std::unique_lock lock(inner_->mutex);
  return inner_->empty.wait_for(lock, limit, [&] { return inner_->alive == 0; });
}

void EndpointLoop::join() {
  if (!inner_->thread.joinable()) return;
  inner_->later([inner = inner_.get()] {
    auto all = std::vector(inner->connections.begin(), inner->connections.end());
    for (const auto& connection : all) connection->close();
    inner->timer.cancel();
    {
      std::lock_guard lock(inner->mutex);
      inner->ended = true;
    }
    inner->work.reset();
  });
  inner_->thread.join();
}

}  // namespace simpul::http
