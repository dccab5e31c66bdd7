// The bus's HTTP API, without sockets: from a request to the Gateway and back to a reply. Nothing here knows
// connections, so tests and fuzzers can drive it alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/http/endpoint_request.h"
#include "adapters/http/polled_target.h"
#include "adapters/http/settings.h"
#include "bus/adapter.h"

namespace simpul::http {

// The last API key of one connection and whose it is, so that a connection that goes on sending is not
// looked up for every request. Forgotten after a second and with every reload.
struct KnownKey {
  std::string key;
  Identity who;
  Nanoseconds until = 0;
  std::uint64_t epoch = 0;
};

// Called once, from any thread; what it is given is run on the connection's thread, or never when the
// connection is gone.
using Respond = std::move_only_function<void(std::move_only_function<Reply()>)>;

class Handlers {
 public:
  Handlers(const EndpointSettings& settings, Environment environment, Gateway& gateway, std::shared_ptr<PolledHub> hub)
      : settings_(settings), environment_(environment), gateway_(gateway), hub_(std::move(hub)) {}

  // A header is complete: finds the resource, who asks, and the body's limit; or sets the refusal.
  void on_header(Request& request, KnownKey& known);
  // A request is complete. `gone` is set when the connection closes.
  void handle(Request& request, const std::shared_ptr<std::atomic<bool>>& gone, Respond respond);
  // A request whose header was complete came to nothing: recorded when it is of a known app.
  void broken(const Request& request, const Reason& reason);
  // The body that `reserved` was taken for is no longer held.
  void release(std::size_t reserved) { held_.fetch_sub(reserved, std::memory_order_relaxed); }
  std::size_t held() const { return held_.load(std::memory_order_relaxed); }

  void tick();
  // No long poll waits any longer; new ones are answered at once.
  void drain();
  void reload() { epoch_.fetch_add(1, std::memory_order_relaxed); }

 private:
  std::optional<Reply> find_resource(Request& request) const;
  std::optional<Reply> identify(Request& request, KnownKey& known);
  std::optional<Reply> identify_by_key(Request& request, std::string_view key, KnownKey& known);
  std::optional<Reply> prove_signature(Request& request);
  std::optional<Reply> may_use(const Request& request) const;
  void set_limit(Request& request);

  void publish(Request& request, Respond respond);
  void deliveries(const Request& request, const std::shared_ptr<std::atomic<bool>>& gone, Respond respond);
  Reply settle(Request& request);
  void lookup(Request& request, Respond respond);
  void claim(const Request& request, Respond respond);
  void control(Request& request, Respond respond);
  Reply health(const Request& request);

  const EndpointSettings& settings_;
  Environment environment_;
  Gateway& gateway_;
  std::shared_ptr<PolledHub> hub_;
  std::atomic<std::size_t> held_{0};
  std::atomic<std::uint64_t> epoch_{0};
  std::atomic<bool> draining_{false};
};

}  // namespace simpul::http
