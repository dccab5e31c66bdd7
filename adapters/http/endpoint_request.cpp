#include "adapters/http/endpoint_request.h"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>

namespace simpul::http {
namespace {

// A refused request's body of up to this size is read and dropped, so that the connection can go on.
constexpr std::size_t dropped_limit = 64 << 10;

namespace bhttp = boost::beast::http;
using boost::system::error_code;

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
           return lower(x) == lower(y);
         });
}

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

enum class Refused { nothing, host, encoding, smuggling };

// Beast's parser, writing straight into a Request that is used again for every message.
class Parser final : public bhttp::basic_parser<true> {
 public:
  Parser(Request& request, const RequestReader::OnHeader& on_header, std::uint32_t limit)
      : request_(request), on_header_(on_header) {
    header_limit(limit);
    body_limit(boost::none);
    eager(true);
  }
  bool header_seen = false;
  Refused refused = Refused::nothing;

 private:
  void on_request_impl(bhttp::verb method, boost::beast::string_view, boost::beast::string_view target, int version,
                       error_code&) override {
    switch (method) {
      case bhttp::verb::get:
        request_.method = Method::get;
        break;
      case bhttp::verb::head:
        request_.method = Method::head;
        break;
      case bhttp::verb::post:
        request_.method = Method::post;
        break;
      default:
        request_.method = Method::other;
    }
    request_.target.assign(target.data(), target.size());
    version_ = version;
  }
  void on_response_impl(int, boost::beast::string_view, int, error_code& ec) override {
    ec = bhttp::error::bad_version;
  }
  void on_field_impl(bhttp::field, boost::beast::string_view name, boost::beast::string_view value,
                     error_code&) override {
    // Trailers mean nothing here (RFC 9110 §6.5.1 lets a recipient drop them).
    if (!header_seen) request_.add_header(view(name), view(value));
  }
  void on_header_impl(error_code& ec) override {
    header_seen = true;
    request_.keep_alive = keep_alive();
    if (auto length = content_length())
      request_.content_length = *length;
    else if (!chunked())
      request_.content_length = 0;
    request_.expects_continue = same_name(request_.header("expect"), "100-continue");
    check_framing();
    if (refused == Refused::nothing) {
      on_header_(request_);
      if (request_.refusal || request_.content_length.value_or(0) <= request_.limit) return;
      ec = bhttp::error::body_limit;
      return;
    }
    ec = bhttp::error::bad_field;
  }
  // RFC 9112 §3.2 (one Host), §6.1 (encodings not known; both framings at once).
  void check_framing() {
    auto hosts = request_.count("host");
    auto encodings = request_.count("transfer-encoding");
    if (hosts > 1 || (version_ == 11 && hosts == 0))
      refused = Refused::host;
    else if (encodings > 0 && request_.count("content-length") > 0)
      refused = Refused::smuggling;
    else if (encodings > 1 ||
             (encodings == 1 && (version_ != 11 || !same_name(request_.header("transfer-encoding"), "chunked"))))
      refused = Refused::encoding;
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    // A claimed length is not bytes yet: memory beyond this is taken as they come.
    if (length && !request_.refusal) request_.body.reserve(std::min<std::uint64_t>(*length, 64 << 10));
  }
  std::size_t take(boost::beast::string_view body, error_code& ec) {
    taken_ += body.size();
    if (taken_ > (request_.refusal ? dropped_limit : request_.limit)) {
      ec = bhttp::error::body_limit;
      return 0;
    }
    if (!request_.refusal) request_.body.append(body.data(), body.size());
    return body.size();
  }
  std::size_t on_body_impl(boost::beast::string_view body, error_code& ec) override { return take(body, ec); }
  void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view body, error_code& ec) override {
    return take(body, ec);
  }
  void on_finish_impl(error_code&) override {}

  Request& request_;
  const RequestReader::OnHeader& on_header_;
  std::size_t taken_ = 0;
  int version_ = 11;
};

BrokenRequest refused_by_handlers(Reply reply) {
  reply.close = true;
  return {std::move(reply), std::nullopt};
}

BrokenRequest broken(int status, std::string_view code, std::string_view message, std::string_view hint = {}) {
  BrokenRequest out{problem_reply(status, code, message, hint),
                    Reason{std::string(code), std::string(message), {}, {}}};
  out.reply.close = true;
  return out;
}

}  // namespace

std::string_view Request::header(std::string_view wanted) const {
  for (const auto& field : fields_)
    if (same_name(name_of(field), wanted)) return value_of(field);
  return {};
}

std::size_t Request::count(std::string_view wanted) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(fields_, [&](const Field& field) { return same_name(name_of(field), wanted); }));
}

void Request::add_header(std::string_view field_name, std::string_view value) {
  auto at = static_cast<std::uint32_t>(text_.size());
  text_.append(field_name).append(value);
  fields_.push_back({at, static_cast<std::uint32_t>(field_name.size()),
                     at + static_cast<std::uint32_t>(field_name.size()), static_cast<std::uint32_t>(value.size())});
}

void Request::clear() {
  method = Method::other;
  target.clear();
  body.clear();
  content_length.reset();
  keep_alive = true;
  expects_continue = false;
  resource = Resource::none;
  name.clear();
  who = {};
  signed_body = false;
  limit = 0;
  reserved = 0;
  refusal.reset();
  text_.clear();
  fields_.clear();
}

struct RequestReader::Inner {
  Inner(std::uint32_t limit, OnHeader hook) : header_limit(limit), on_header(std::move(hook)) {
    parser.emplace(request, on_header, header_limit);
  }
  std::uint32_t header_limit;
  OnHeader on_header;
  Request request;
  std::optional<Parser> parser;
  BrokenRequest failure;

  BrokenRequest why(error_code ec) const;
};

BrokenRequest RequestReader::Inner::why(error_code ec) const {
  switch (parser->refused) {
    case Refused::host:
      return broken(400, "http.host", "the request needs exactly one Host header");
    case Refused::smuggling:
      return broken(400, "http.framing", "the request has both Content-Length and Transfer-Encoding",
                    "send one of the two");
    case Refused::encoding:
      return broken(501, "http.transfer_encoding", "the only transfer encoding known is chunked, in HTTP/1.1");
    case Refused::nothing:
      break;
  }
  if (ec == bhttp::error::header_limit)
    return broken(431, "http.header_too_big", fmt::format("the header is larger than {} bytes", header_limit));
  if (ec == bhttp::error::body_limit) {
    if (request.refusal) return refused_by_handlers(*request.refusal);
    return broken(413, "http.body_too_big", fmt::format("the body is larger than {} bytes", request.limit),
                  "send less at once, or ask an operator to raise the limit");
  }
  if (ec == bhttp::error::bad_version) return broken(505, "http.version", "the bus speaks HTTP/1.1 and HTTP/1.0");
  return broken(400, "http.syntax", "this is not a request of HTTP/1.1: " + ec.message());
}

RequestReader::RequestReader(std::uint32_t header_limit, OnHeader on_header)
    : inner_(std::make_unique<Inner>(header_limit, std::move(on_header))) {}
RequestReader::~RequestReader() = default;

RequestReader::State RequestReader::put(std::string_view& bytes) {
  auto& parser = *inner_->parser;
  error_code ec;
  auto used = parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
  bytes.remove_prefix(std::min(used, bytes.size()));
  if (ec && ec != bhttp::error::need_more) {
    inner_->failure = inner_->why(ec);
    return State::failed;
  }
  if (parser.is_done()) return State::done;
  // Too much to read only to drop it, or the client waits to be asked for it.
  auto& request = inner_->request;
  if (request.refusal && parser.header_seen &&
      (request.expects_continue || request.content_length.value_or(dropped_limit + 1) > dropped_limit)) {
    inner_->failure = refused_by_handlers(*request.refusal);
    return State::failed;
  }
  return State::need_more;
}

bool RequestReader::started() const {
  return inner_->parser->got_some();
}
bool RequestReader::header_done() const {
  return inner_->parser->header_seen;
}
Request& RequestReader::request() {
  return inner_->request;
}
const BrokenRequest& RequestReader::failure() const {
  return inner_->failure;
}

BrokenRequest RequestReader::ended_early() const {
  if (!header_done()) return broken(400, "http.truncated", "the connection ended within the header");
  if (inner_->request.refusal) return refused_by_handlers(*inner_->request.refusal);
  auto said = inner_->request.content_length ? fmt::format("of {} bytes", *inner_->request.content_length)
                                             : std::string("in chunks");
  return broken(400, "http.truncated",
                fmt::format("the connection ended after {} bytes of a body {}", inner_->request.body.size(), said),
                "send the whole body, then end");
}

BrokenRequest RequestReader::too_slow() const {
  return broken(408, "http.timeout",
                header_done() ? "the body did not arrive in time" : "the header did not arrive in time");
}

void RequestReader::next() {
  inner_->request.clear();
  inner_->parser.emplace(inner_->request, inner_->on_header, inner_->header_limit);
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    auto byte = from_hex(text.substr(i + 1, 2));
    if (!byte) return std::nullopt;
    out += *byte;
    i += 2;
  }
  return out;
}

std::optional<std::string> query_value(std::string_view target, std::string_view name) {
  auto mark = target.find('?');
  if (mark == std::string_view::npos) return std::nullopt;
  for (auto rest = target.substr(mark + 1); !rest.empty();) {
    auto end = rest.find('&');
    auto pair = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    auto equals = pair.find('=');
    if (pair.substr(0, equals) != name) continue;
    return equals == std::string_view::npos ? std::string() : percent_decoded(pair.substr(equals + 1));
  }
  return std::nullopt;
}

}  // namespace simpul::http
