#include "tools/standins/applications.h"

#include <charconv>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>

#include <fmt/format.h>

#include "bus/base/bytes.h"
#include "bus/base/environment.h"
#include "bus/event/json.h"
#include "tools/standins/received.h"

namespace simpul::standins {

namespace {

enum class Behaviour { up, down, slow, error_in_200 };

constexpr std::pair<std::string_view, Behaviour> behaviours[] = {{"up", Behaviour::up},
                                                                 {"down", Behaviour::down},
                                                                 {"slow", Behaviour::slow},
                                                                 {"error_in_200", Behaviour::error_in_200}};

struct Manner {
  Behaviour behaviour = Behaviour::up;
  std::chrono::milliseconds delay{2000};
};

// What an application says when it has done something, and when not.
struct Words {
  std::string_view done, failed;
  int done_status = 200;
  bool wants_signature = false;
};

const std::map<std::string, Words, std::less<>>& applications() {
  static const std::map<std::string, Words, std::less<>> all{
      {"spmb", {R"({"sukses":true})", R"({"sukses":false,"pesan":"basis data sedang dikunci"})"}},
      {"perizinan",
       {R"({"respon":{"kode":"200","keterangan":"Berhasil"}})",
        R"({"respon":{"kode":"500","keterangan":"Gagal menyimpan"}})"}},
      {"esabakota",
       {R"({"status":"berhasil","pesan":"tersimpan"})",
        R"({"status":"gagal","pesan":"sistem sedang dalam pemeliharaan"})"}},
      {"tangerang-live", {"", R"({"error":"queue unavailable"})", 204, true}},
  };
  return all;
}

std::string error_body(std::string_view text) {
  json::Writer out;
  out.begin_object().member("error", text).end_object();
  return out.take();
}

std::optional<std::int64_t> to_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

// Standard Webhooks: base64(HMAC-SHA-256(secret, id "." timestamp "." body)), at most five minutes old.
bool signed_well(const Request& request, const std::string& key) {
  const auto id = request.header("webhook-id"), timestamp = request.header("webhook-timestamp");
  const auto seconds = to_integer(timestamp);
  const auto now = system_environment().clock->wall() / 1'000'000'000;
  if (id.empty() || !seconds || *seconds < now - 300 || *seconds > now + 300) return false;
  const auto mac = hmac_sha256(key, fmt::format("{}.{}.{}", id, timestamp, request.body));
  const auto expected = "v1," + to_base64({reinterpret_cast<const char*>(mac.data()), mac.size()});
  std::string_view signatures =
      request.headers.contains("webhook-signature") ? request.headers.at("webhook-signature") : std::string_view();
  while (!signatures.empty()) {
    const auto one = signatures.substr(0, signatures.find(' '));
    if (equal_constant_time(one, expected)) return true;
    signatures.remove_prefix(std::min(one.size() + 1, signatures.size()));
  }
  return false;
}

}  // namespace

struct Applications::Inner {
  std::unique_ptr<Received> received;
  std::string webhook_key;
  std::mutex mutex;
  std::condition_variable stopped;
  bool stopping = false;
  std::map<std::string, Manner, std::less<>> manners;

  Manner manner_of(const std::string& app) {
    const std::lock_guard lock(mutex);
    return manners[app];
  }

  Reply control(const Request& request) {
    if (request.path == "/_control" && request.method == "GET") return {200, state()};
    const std::string_view rest = std::string_view(request.path).substr(std::string_view("/_control/").size());
    const auto slash = rest.find('/');
    const std::string app(rest.substr(0, slash));
    const auto word = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    if (!applications().contains(app)) return {404, error_body(fmt::format("there is no application {}", app))};
    for (const auto& [name, behaviour] : behaviours) {
      if (name != word) continue;
      if (request.method != "POST") return {405, error_body("POST switches a behaviour")};
      Manner manner{behaviour, std::chrono::milliseconds(2000)};
      if (request.query.starts_with("ms="))
        if (const auto delay = to_integer(std::string_view(request.query).substr(3));
            delay && *delay >= 0 && *delay <= 600'000)
          manner.delay = std::chrono::milliseconds(*delay);
      {
        const std::lock_guard lock(mutex);
        manners[app] = manner;
      }
      return {200, state()};
    }
    return {404, error_body("a behaviour is up, down, slow or error_in_200")};
  }

  std::string state() {
    const std::lock_guard lock(mutex);
    json::Writer out;
    out.begin_object();
    for (const auto& [app, words] : applications())
      for (const auto& [name, behaviour] : behaviours)
        if (manners[app].behaviour == behaviour) out.member(app, name);
    out.end_object();
    return out.take();
  }

  std::optional<Reply> deliver(const std::string& app, const Words& words, const Request& request) {
    const auto manner = manner_of(app);
    if (manner.behaviour == Behaviour::down) return std::nullopt;
    if (manner.behaviour == Behaviour::slow) {
      std::unique_lock lock(mutex);
      stopped.wait_for(lock, manner.delay, [&] { return stopping; });
    }
    if (request.method != "POST" && request.method != "PUT")
      return Reply{405, error_body("only POST and PUT are taken")};
    const auto key = request.header("idempotency-key");
    if (key.empty()) return Reply{400, error_body("Idempotency-Key is missing")};
    if (words.wants_signature && !signed_well(request, webhook_key))
      return Reply{401, error_body("webhook-signature is missing or wrong")};
    const auto body = json::parse(request.body);
    if (!body || !body->root().is_object() || body->root().find("nik") == nullptr) {
      if (!body || !body->root().is_object() || body->root().find("nik_baru") == nullptr)
        return Reply{422, error_body("the body must be a JSON object with nik")};
    }
    const bool done = manner.behaviour != Behaviour::error_in_200;
    const auto note = received->note(app, request.path, key, request.body, done);
    if (!note) return Reply{500, error_body(note.error().message)};
    if (*note == Received::different) return Reply{409, error_body("this Idempotency-Key was used for another body")};
    return done ? Reply{words.done_status, std::string(words.done)} : Reply{200, std::string(words.failed)};
  }
};

Applications::Applications() : inner_(std::make_unique<Inner>()) {}
Applications::~Applications() = default;

Result<std::unique_ptr<Applications>> Applications::open(const std::string& folder) {
  std::unique_ptr<Applications> made(new Applications());
  auto secret = system_environment().disk->read_whole(folder + "/" + webhook_secret_file, 4096);
  if (!secret)
    return fail(secret.error().code, secret.error().message, "make the folder first: standins make <folder>");
  constexpr std::string_view prefix = "whsec_";
  while (secret->ends_with('\n')) secret->pop_back();
  auto key = secret->starts_with(prefix) ? from_base64(std::string_view(*secret).substr(prefix.size()))
                                         : Result<std::string>(*secret);
  if (!key) return std::unexpected(key.error());
  made->inner_->webhook_key = std::move(*key);
  auto received = Received::open(folder);
  if (!received) return std::unexpected(received.error());
  made->inner_->received = std::move(*received);
  return made;
}

std::optional<Reply> Applications::handle(const Request& request) {
  if (request.path == "/_control" || request.path.starts_with("/_control/")) return inner_->control(request);
  const auto slash = request.path.find('/', 1);
  const auto app =
      request.path.empty() ? std::string() : request.path.substr(1, slash == std::string::npos ? slash : slash - 1);
  const auto found = applications().find(app);
  if (found == applications().end()) return Reply{404, error_body("there is no such application here")};
  return inner_->deliver(app, found->second, request);
}

void Applications::stop() {
  const std::lock_guard lock(inner_->mutex);
  inner_->stopping = true;
  inner_->stopped.notify_all();
}

}  // namespace simpul::standins
