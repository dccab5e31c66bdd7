// One thread's I/O: the connections it owns, their bytes in and out.
//
// A connection has one buffer; several requests that lie in it are read one after the other and handed on
// without waiting, and answers go out in the order of the requests, as many as are ready in one write.
// A connection belongs to its loop's thread; answers made elsewhere come back through one queue.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "adapters/http/endpoint_handlers.h"
#include "adapters/http/settings.h"
#include "bus/adapter.h"

namespace simpul::http {

// A certificate and its key, ready for use. Shared by the connections that began with it.
class Certificate {
 public:
  // From the files' texts (PEM). Codes http.certificate, http.certificate_key.
  static Result<std::shared_ptr<Certificate>> read(const std::string& chain, const std::string& key,
                                                   const std::string& chain_name, const std::string& key_name);
  ~Certificate();
  struct Inner;
  Inner& inner() { return *inner_; }

 private:
  Certificate();
  std::unique_ptr<Inner> inner_;
};

// What the loops of one endpoint share.
struct LoopShared {
  LoopShared(EndpointSettings settings_in, Environment environment_in, Gateway& gateway, std::shared_ptr<PolledHub> hub)
      : settings(std::move(settings_in)),
        environment(environment_in),
        handlers(settings, environment, gateway, std::move(hub)) {}
  const EndpointSettings settings;
  const Environment environment;
  Handlers handlers;
  std::atomic<std::shared_ptr<Certificate>> certificate;  // null: plain
  std::atomic<std::int64_t> connections{0};
};

class EndpointLoop {
 public:
  explicit EndpointLoop(std::shared_ptr<LoopShared> shared);
  ~EndpointLoop();  // after join()
  void start();     // its thread
  // Takes connections from a listening socket, which it owns from now on, and gives each (a socket) to `taken`.
  void listen(int socket, std::function<void(int)> taken);
  // Serves a connected socket, which it owns from now on. Any thread.
  void take(int socket);
  // No new connections and requests; what runs is finished. Any thread.
  void drain();
  // True when no connection is left within `limit`.
  bool wait_empty(std::chrono::milliseconds limit);
  // Closes what is left and ends the thread.
  void join();

  struct Inner;

 private:
  std::shared_ptr<Inner> inner_;
};

}  // namespace simpul::http
