// Bytes of a connection through the endpoint's reader and handlers, without sockets. False: something that
// must hold for any bytes did not.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/endpoint_handlers.h"
#include "adapters/http/endpoint_request.h"
#include "bus/event/event.h"

namespace simpul::http_test {

// Knows the key "k" of app siak, and parses what is published.
class PlainGateway : public Gateway {
 public:
  std::optional<Identity> by_api_key(std::string_view key) override {
    return key == "k"   ? std::optional(Identity{"siak", {}})
           : key == "p" ? std::optional(Identity{{}, "siti"})
                        : std::nullopt;
  }
  std::optional<Secret> signing_secret(std::string_view) override { return Secret("rahasia"); }
  void publish(const std::string&, std::vector<std::string> events,
               std::move_only_function<void(std::vector<Verdict>)> done) override {
    std::vector<Verdict> verdicts;
    for (auto& text : events) {
      Verdict verdict;
      auto event = Event::parse(std::move(text));
      if (event) {
        verdict.id = event->id();
      } else {
        verdict.kind = Verdict::refused;
        for (const auto& problem : event.error())
          verdict.reasons.push_back({problem.code, problem.message, problem.path, {}});
      }
      verdicts.push_back(std::move(verdict));
    }
    done(std::move(verdicts));
  }
  void refused(const std::string&, std::vector<Reason>, std::string_view, std::string_view) override {}
  void lookup(const Identity&, const std::string&, std::string,
              std::move_only_function<void(ControlAnswer)> done) override {
    done({200, "{}"});
  }
  void claim(const Identity&, const std::string&, std::move_only_function<void(ControlAnswer)> done) override {
    done({200, "text"});
  }
  void control(const Identity&, const std::string&, std::string,
               std::move_only_function<void(ControlAnswer)> done) override {
    done({200, "{}"});
  }
  bool ready() override { return true; }
  bool healthy() override { return true; }
};

// `piece`: how many bytes arrive at once.
inline bool serve_bytes(std::string_view bytes, std::size_t piece) {
  http::EndpointSettings settings;
  settings.header_limit_bytes = 2048;
  settings.body_limit_bytes = settings.batch_limit_bytes = 16 << 10;
  PlainGateway gateway;
  http::Handlers handlers(settings, system_environment(), gateway, std::make_shared<http::PolledHub>());
  http::KnownKey known;
  http::RequestReader reader(static_cast<std::uint32_t>(settings.header_limit_bytes),
                             [&](http::Request& request) { handlers.on_header(request, known); });
  auto gone = std::make_shared<std::atomic<bool>>(false);
  std::string buffer, written;
  while (!bytes.empty()) {
    auto count = std::min(std::max<std::size_t>(piece, 1), bytes.size());
    buffer.append(bytes.substr(0, count));
    bytes.remove_prefix(count);
    for (bool more = true; more && !buffer.empty();) {
      std::string_view rest = buffer;
      auto state = reader.put(rest);
      auto used = buffer.size() - rest.size();
      buffer.erase(0, used);
      if (state == http::RequestReader::State::failed) {
        auto reply = reader.failure().reply;
        handlers.release(std::exchange(reader.request().reserved, 0));
        return reply.close && reply.status >= 400 && handlers.held() == 0;
      }
      more = state == http::RequestReader::State::done;
      if (!more) continue;
      int answers = 0;
      auto reserved = std::exchange(reader.request().reserved, 0);
      handlers.handle(reader.request(), gone, [&](std::move_only_function<http::Reply()> make) {
        ++answers;
        auto reply = make();
        written.clear();
        http::append_reply(written, reply, "now", reply.close, false);
      });
      handlers.release(reserved);
      if (answers != 1 || handlers.held() != 0 || !written.starts_with("HTTP/1.1 ")) return false;
      reader.next();
    }
  }
  handlers.release(std::exchange(reader.request().reserved, 0));
  return reader.ended_early().reply.close && handlers.held() == 0;
}

}  // namespace simpul::http_test
