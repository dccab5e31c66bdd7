// One HTTP request, and the reader that makes requests of a connection's bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/reply.h"
#include "bus/adapter.h"

namespace simpul::http {

enum class Method { get, head, post, other };
enum class Resource { none, events, deliveries, settle, lookup, claim, control, healthz, readyz };

class Request {
 public:
  Method method = Method::other;
  std::string target;  // as received: path and query
  std::string body;
  std::optional<std::uint64_t> content_length;
  bool keep_alive = true;
  bool expects_continue = false;

  // What the handlers found out when the header was complete.
  Resource resource = Resource::none;
  std::string name;  // of the app, lookup, claim or command in the path
  Identity who;
  bool signed_body = false;      // to be proved by a signature when the body is there
  std::size_t limit = 0;         // of the body
  std::size_t reserved = 0;      // bytes counted against the endpoint's bound on held bodies
  std::optional<Reply> refusal;  // decided at the header; the body is read and dropped

  std::string_view header(std::string_view name) const;  // the first, any case; empty: none
  std::size_t count(std::string_view name) const;
  template <class Each>
  void each_header(Each each) const {
    for (const auto& field : fields_) each(name_of(field), value_of(field));
  }
  void add_header(std::string_view name, std::string_view value);
  void clear();

 private:
  struct Field {
    std::uint32_t name_at, name_size, value_at, value_size;
  };
  std::string_view name_of(const Field& field) const {
    return std::string_view(text_).substr(field.name_at, field.name_size);
  }
  std::string_view value_of(const Field& field) const {
    return std::string_view(text_).substr(field.value_at, field.value_size);
  }
  std::string text_;
  std::vector<Field> fields_;
};

// Why the bytes of a connection make no request: the answer, closing; and the reason when the request itself
// is at fault and not who sends it.
struct BrokenRequest {
  Reply reply;
  std::optional<Reason> reason;
};

// Reads one request after the other. A message's header must lie in one piece; its body may come in any.
class RequestReader {
 public:
  enum class State { need_more, done, failed };
  // Called when a header is complete, before its body; sets limit or refusal of the request.
  using OnHeader = std::function<void(Request&)>;

  RequestReader(std::uint32_t header_limit, OnHeader on_header);
  ~RequestReader();
  RequestReader(RequestReader&&) = delete;

  // Takes bytes from the front of `bytes` and shortens it by them.
  State put(std::string_view& bytes);
  bool started() const;  // some of a message is there
  bool header_done() const;
  Request& request();
  const BrokenRequest& failure() const;  // after failed
  BrokenRequest ended_early() const;     // the connection ended within a message
  BrokenRequest too_slow() const;
  void next();  // after done
 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

// Undoes percent-encoding of one path segment or query value; none when it is malformed.
std::optional<std::string> percent_decoded(std::string_view text);
// The value of a query's parameter, decoded; none when it is not there or malformed.
std::optional<std::string> query_value(std::string_view target, std::string_view name);

}  // namespace simpul::http
