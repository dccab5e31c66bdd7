#include "adapters/http/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "adapters/http/signature.h"
#include "adapters/http/words.h"
#include "bus/event/json.h"

namespace simpul::http {
namespace {

// For values of headers: printable ASCII stays, all else is percent-encoded (CloudEvents HTTP binding §3.1.3.2).
std::string header_value(std::string_view text) {
  std::string out;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '"' && c != '%')
      out += c;
    else
      out += fmt::format("%{:02X}", byte);
  }
  return out;
}

std::string query_text(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                 c == '.' || c == '~';
    if (plain)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

// What the application says is wrong, if it says it as problem details or alike: `title` and `code`, short.
std::string words_of(const HttpAnswer& answer) {
  constexpr std::size_t longest = 64 << 10;
  if (answer.cut || answer.body.empty() || answer.body.size() > longest) return {};
  auto document = json::parse(answer.body);
  if (!document || !document->root().is_object()) return {};
  std::string out;
  for (const auto* name : {"title", "code"}) {
    auto text = document->root().text_of(name);
    if (text.empty()) continue;
    out += (out.empty() ? ": " : ", code ") + std::string(text);
  }
  return safe_words(out);
}

class WebhookTarget final : public Target {
 public:
  WebhookTarget(const TargetSettings& settings, AdapterContext context, std::shared_ptr<HttpClient> client)
      : settings_(settings), context_(std::move(context)), client_(std::move(client)) {}
  ~WebhookTarget() override { stop(); }

  Result<void> start() override {
    auto url = parse_url(settings_.url);
    if (!url) return std::unexpected(url.error());
    base_ = url->base;
    for (const auto& [into, text] : settings_.paths) {
      auto path = parse_method_path(text);
      if (!path) return std::unexpected(path.error());
      paths_[into] = std::move(*path);
    }
    if (!settings_.sign.empty()) {
      auto key = signing_key(settings_.sign);
      if (!key) return std::unexpected(key.error());
      signing_key_ = std::move(*key);
    }
    for (const auto& [name, value] : settings_.headers) headers_.emplace_back(name, value);
    if (!settings_.bearer.empty()) headers_.emplace_back("Authorization", "Bearer " + settings_.bearer.reveal());
    headers_.emplace_back("User-Agent", "simpul/" SIMPUL_VERSION);
    success_when_ = condition("success_when");
    not_found_when_ = condition("not_found_when");
    stopped_ = false;
    return {};
  }

  void stop() override {
    if (stopped_.exchange(true)) return;
    client_->cancel(this, std::min(settings_.timeout, std::chrono::milliseconds(5000)));
  }

  std::size_t credit() const override { return static_cast<std::size_t>(settings_.concurrency); }
  void deliver(std::vector<Delivery> deliveries) override;
  void ask(Question question, std::move_only_function<void(Answer)> done) override;

 private:
  Condition condition(const std::string& name) const {
    auto found = context_.conditions.find(name);
    return found == context_.conditions.end() ? Condition() : found->second;
  }
  // False: there is no such place; the reason says so.
  bool prepare(HttpCall& call, const std::string& into, std::string& reason) const;
  void sign_call(HttpCall& call, const std::string& id) const;
  Settlement judge(HttpAnswer answer) const;
  Settlement judge_status(const HttpAnswer& answer) const;
  Answer judge_lookup(HttpAnswer answer) const;

  TargetSettings settings_;
  AdapterContext context_;
  std::shared_ptr<HttpClient> client_;
  std::string base_, signing_key_;
  std::map<std::string, MethodPath> paths_;
  std::vector<std::pair<std::string, std::string>> headers_;
  Condition success_when_, not_found_when_;
  std::atomic<bool> stopped_{true};
};

bool WebhookTarget::prepare(HttpCall& call, const std::string& into, std::string& reason) const {
  call.url = base_;
  if (!paths_.empty()) {
    auto place = paths_.find(into);
    if (place == paths_.end()) {
      reason = fmt::format("the target has no path for \"{}\"; add it to paths", into);
      return false;
    }
    call.method = place->second.method;
    call.url += place->second.path;
  }
  call.headers = headers_;
  call.timeout = settings_.timeout;
  call.connect_timeout = settings_.connect_timeout;
  call.answer_limit_bytes = static_cast<std::size_t>(settings_.answer_limit_bytes);
  if (!settings_.ca_file.empty())
    call.ca_file = settings_.ca_file.starts_with('/') || context_.folder.empty()
                       ? settings_.ca_file
                       : context_.folder + "/" + settings_.ca_file;
  return true;
}

void WebhookTarget::sign_call(HttpCall& call, const std::string& id) const {
  if (signing_key_.empty()) return;
  auto timestamp = std::to_string(context_.environment.clock->wall() / 1'000'000'000);
  call.headers.emplace_back("webhook-id", id);
  call.headers.emplace_back("webhook-timestamp", timestamp);
  call.headers.emplace_back("webhook-signature", sign(signing_key_, id, timestamp, call.body));
}

void WebhookTarget::deliver(std::vector<Delivery> deliveries) {
  for (auto& delivery : deliveries) {
    Settlement refused;
    HttpCall call;
    if (stopped_) {
      refused.kind = Settlement::retry;
      refused.unreachable = true;
      refused.reason = "the target is stopped";
      delivery.settle(std::move(refused));
      continue;
    }
    if (!prepare(call, delivery.into, refused.reason)) {
      refused.kind = Settlement::park;
      delivery.settle(std::move(refused));
      continue;
    }
    auto id = header_value(delivery.idempotency_key);
    call.headers.emplace_back("Content-Type", "application/json");
    call.headers.emplace_back("Idempotency-Key", id);
    if (!delivery.traceparent.empty()) call.headers.emplace_back("traceparent", header_value(delivery.traceparent));
    if (!delivery.event_id.empty()) call.headers.emplace_back("ce-id", header_value(delivery.event_id));
    if (!delivery.type.empty()) call.headers.emplace_back("ce-type", header_value(delivery.type));
    call.body = std::move(delivery.payload);
    sign_call(call, id);
    client_->send(this, std::move(call), [this, settle = std::move(delivery.settle)](HttpAnswer answer) mutable {
      settle(judge(std::move(answer)));
    });
  }
}

Settlement WebhookTarget::judge_status(const HttpAnswer& answer) const {
  Settlement out;
  int status = answer.status;
  out.retry_after = answer.retry_after;
  if (status >= 200 && status < 300) {
    out.kind = Settlement::delivered;
  } else if (status >= 300 && status < 400) {
    out.kind = Settlement::retry;
    out.reason = fmt::format(
        "the application answered {}, and redirects are not followed; set url to where it sends us", status);
  } else if (status >= 400 && status < 500 && status != 408 && status != 409 && status != 425 && status != 429) {
    out.kind = Settlement::park;
    out.reason = fmt::format("the application refused it with {}{}", status, words_of(answer));
  } else {
    out.kind = Settlement::retry;
    out.reason = fmt::format("the application answered {}{}", status, words_of(answer));
  }
  return out;
}

Settlement WebhookTarget::judge(HttpAnswer answer) const {
  Settlement out;
  switch (answer.kind) {
    case HttpAnswer::answered:
      break;
    case HttpAnswer::failed:
      out.kind = Settlement::retry;
      out.reason = "the call could not be made: " + answer.error;
      return out;
    case HttpAnswer::cancelled:
      out.kind = Settlement::retry;
      out.reason = "the target was stopped before the application had answered";
      out.unreachable = true;
      return out;
    case HttpAnswer::unreachable:
    case HttpAnswer::timed_out:
      out.kind = Settlement::retry;
      out.reason =
          (answer.kind == HttpAnswer::timed_out ? "no answer in time: " : "the application cannot be reached: ") +
          answer.error;
      out.unreachable = true;
      return out;
  }
  out = judge_status(answer);
  bool answered_well = out.kind == Settlement::delivered;
  if (success_when_ && answer.cut) {
    if (answered_well) {
      out.kind = Settlement::retry;
      out.reason =
          fmt::format("the answer is larger than {} bytes, so success_when cannot be judged; raise answer_limit_bytes",
                      settings_.answer_limit_bytes);
    }
  } else if (success_when_) {
    auto success = success_when_(answer.status, answer.body);
    if (success && *success) {
      out = {};
    } else if (answered_well) {
      out.kind = Settlement::retry;
      out.reason = success ? fmt::format("the application answered {}, but success_when is false{}", answer.status,
                                         words_of(answer))
                           : fmt::format("the application answered {}, but success_when cannot be judged: {}",
                                         answer.status, success.error().message);
    }
  }
  out.answer = std::move(answer.body);
  return out;
}

void WebhookTarget::ask(Question question, std::move_only_function<void(Answer)> done) {
  HttpCall call;
  Answer failed;
  failed.kind = Answer::failed;
  if (stopped_) {
    failed.reason = "the target is stopped";
    return done(std::move(failed));
  }
  if (!prepare(call, question.into, failed.reason)) return done(std::move(failed));
  call.timeout = question.timeout;
  call.connect_timeout = std::min(call.connect_timeout, question.timeout);
  if (call.method == "GET") {
    auto parameters = json::parse(question.parameters);
    if (!parameters || !parameters->root().is_object()) {
      failed.reason = "the parameters are no JSON object";
      return done(std::move(failed));
    }
    char mark = call.url.find('?') == std::string::npos ? '?' : '&';
    for (const auto& [name, value] : parameters->root().members()) {
      auto text = value.is_string() || value.is_number() ? std::string(value.text()) : json::write(value);
      call.url += mark + query_text(name) + "=" + query_text(text);
      mark = '&';
    }
  } else {
    call.headers.emplace_back("Content-Type", "application/json");
    call.body = std::move(question.parameters);
  }
  call.headers.emplace_back("Accept", "application/json");
  std::array<std::uint8_t, 16> bytes{};
  context_.environment.random->fill(std::as_writable_bytes(std::span(bytes)));
  sign_call(call, to_hex(bytes));
  client_->send(this, std::move(call),
                [this, done = std::move(done)](HttpAnswer answer) mutable { done(judge_lookup(std::move(answer))); });
}

Answer WebhookTarget::judge_lookup(HttpAnswer answer) const {
  Answer out;
  out.kind = Answer::failed;
  if (answer.kind == HttpAnswer::timed_out) {
    out.kind = Answer::timed_out;
    return out;
  }
  if (answer.kind != HttpAnswer::answered) {
    out.reason = "the application cannot be asked: " + answer.error;
    return out;
  }
  if (answer.cut) {
    out.reason =
        fmt::format("the answer is larger than {} bytes; raise answer_limit_bytes", settings_.answer_limit_bytes);
    return out;
  }
  if (not_found_when_) {
    auto not_found = not_found_when_(answer.status, answer.body);
    if (not_found && *not_found) {
      out.kind = Answer::not_found;
      return out;
    }
  } else if (answer.status == 404 || answer.status == 204) {
    out.kind = Answer::not_found;
    return out;
  }
  bool success = answer.status >= 200 && answer.status < 300;
  if (success_when_) {
    auto judged = success_when_(answer.status, answer.body);
    success = judged && *judged;
  }
  if (!success) {
    out.reason = fmt::format("the application answered {}, which is no success{}", answer.status, words_of(answer));
    return out;
  }
  auto document = json::parse(answer.body);
  if (!document || (!document->root().is_object() && !document->root().is_array())) {
    out.reason = "the application's answer is neither a JSON object nor an array";
    return out;
  }
  out.kind = Answer::found;
  out.body = std::move(answer.body);
  return out;
}

}  // namespace

std::shared_ptr<void> make_shared_objects() {
  return std::make_shared<SharedObjects>();
}

std::shared_ptr<SharedObjects> shared_of(const AdapterContext& context) {
  if (context.shared) return std::static_pointer_cast<SharedObjects>(context.shared);
  return std::make_shared<SharedObjects>();
}

std::unique_ptr<Target> make_webhook_target(const TargetSettings& settings, AdapterContext context,
                                            std::shared_ptr<HttpClient> client) {
  return std::make_unique<WebhookTarget>(settings, std::move(context), std::move(client));
}

}  // namespace simpul::http
