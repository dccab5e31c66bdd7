// A small HTTP/1.1 server for the stand-ins: loopback, a thread for each connection, bodies by Content-Length.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "bus/base/result.h"

namespace simpul::standins {

struct Request {
  std::string method, path, query;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  std::string header(const std::string& name) const;
};

struct Reply {
  int status = 200;
  std::string body;  // JSON
};

// None: the connection is closed without an answer.
using Handler = std::function<std::optional<Reply>(const Request&)>;

class HttpServer {
 public:
  HttpServer(std::string address, std::uint16_t port, Handler handler);
  ~HttpServer();
  Result<void> start();
  void stop();
  std::uint16_t port() const;

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

}  // namespace simpul::standins
