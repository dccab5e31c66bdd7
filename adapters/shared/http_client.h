// An HTTP client for adapters: requests run side by side on one thread of their own, connections are
// used again, redirects are refused, proxies and cookies are off, answers are bounded.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace simpul {

struct HttpCall {
  std::string method = "POST";
  std::string url;                                           // http or https
  std::vector<std::pair<std::string, std::string>> headers;  // printable ASCII
  std::string body;                                          // sent with every method but GET
  std::chrono::milliseconds timeout{10000};                  // the whole call
  std::chrono::milliseconds connect_timeout{3000};
  std::size_t answer_limit_bytes = 1 << 20;
  std::string ca_file;  // empty: the system's
};

struct HttpAnswer {
  enum Kind {
    answered,     // a whole answer, of whatever status
    unreachable,  // no connection, or it broke, or TLS could not be agreed
    timed_out,    // no whole answer in time
    failed,       // refused here: not a URL, an unusable certificate file
    cancelled,
  } kind = answered;
  int status = 0;
  std::string body;
  bool cut = false;  // the answer was larger than the limit; `body` holds its beginning
  std::string content_type;
  std::optional<std::chrono::milliseconds> retry_after;
  std::string error;  // words, without the URL's query or any header
};

// Safe from any thread. The thread begins with the first call and ends with the object.
class HttpClient {
 public:
  HttpClient();
  ~HttpClient();  // cancels what runs
  using Done = std::move_only_function<void(HttpAnswer)>;
  // `done` is called once, on the client's thread. `owner` is what cancel() names.
  void send(const void* owner, HttpCall call, Done done);
  // Waits up to `grace` for the owner's calls to end, then cancels those that are left (their `done` is
  // called with cancelled). When it returns no `done` of this owner runs or will run. Not from a `done`.
  void cancel(const void* owner, std::chrono::milliseconds grace);

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

}  // namespace simpul
