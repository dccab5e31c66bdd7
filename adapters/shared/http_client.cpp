#include "adapters/shared/http_client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace simpul {
namespace {

bool curl_is_ready() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

struct Running {
  const void* owner = nullptr;
  HttpCall call;
  HttpClient::Done done;
  HttpAnswer answer;
  CURL* handle = nullptr;
  curl_slist* headers = nullptr;
  std::array<char, CURL_ERROR_SIZE> error{};

  Running() = default;
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() { curl_slist_free_all(headers); }
};

std::size_t take_body(char* bytes, std::size_t, std::size_t count, void* running_in) {
  auto* running = static_cast<Running*>(running_in);
  auto room = running->call.answer_limit_bytes - running->answer.body.size();
  running->answer.body.append(bytes, std::min(room, count));
  if (count <= room) return count;
  running->answer.cut = true;
  return 0;  // ends the call: the rest could be endless
}

HttpAnswer::Kind kind_of(CURLcode code) {
  switch (code) {
    case CURLE_OK:
      return HttpAnswer::answered;
    case CURLE_OPERATION_TIMEDOUT:
      return HttpAnswer::timed_out;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_OUT_OF_MEMORY:
    case CURLE_BAD_FUNCTION_ARGUMENT:
      return HttpAnswer::failed;
    default:
      return HttpAnswer::unreachable;
  }
}

}  // namespace

struct HttpClient::Inner {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::unique_ptr<Running>> fresh;         // to be begun
  std::vector<const void*> cancelled;                  // owners
  std::unordered_map<const void*, std::size_t> calls;  // of each owner, until their done has returned
  bool stopping = false;
  bool started = false;
  std::thread thread;
  CURLM* multi = nullptr;

  // The thread's own.
  std::unordered_map<CURL*, std::unique_ptr<Running>> running;
  std::vector<CURL*> spare;

  void run();
  void begin(std::unique_ptr<Running> one);
  void set_options(Running& one);
  void collect();
  void finish(std::unique_ptr<Running> one);
  void cancel_those(const std::vector<const void*>& owners, bool all);
};

HttpClient::HttpClient() : inner_(std::make_unique<Inner>()) {}

HttpClient::~HttpClient() {
  {
    std::lock_guard lock(inner_->mutex);
    inner_->stopping = true;
    if (inner_->multi) curl_multi_wakeup(inner_->multi);
  }
  if (inner_->thread.joinable()) inner_->thread.join();
  for (auto* handle : inner_->spare) curl_easy_cleanup(handle);
  if (inner_->multi) curl_multi_cleanup(inner_->multi);
}

void HttpClient::send(const void* owner, HttpCall call, Done done) {
  auto one = std::make_unique<Running>();
  one->owner = owner;
  one->call = std::move(call);
  one->done = std::move(done);
  {
    std::lock_guard lock(inner_->mutex);
    if (!inner_->started && curl_is_ready()) {
      inner_->multi = curl_multi_init();
      if (inner_->multi) {
        curl_multi_setopt(inner_->multi, CURLMOPT_MAXCONNECTS, 256L);
        inner_->started = true;
        inner_->thread = std::thread([inner = inner_.get()] { inner->run(); });
      }
    }
    if (inner_->started) {
      ++inner_->calls[owner];
      inner_->fresh.push_back(std::move(one));
      curl_multi_wakeup(inner_->multi);
      return;
    }
  }
  one->answer.kind = HttpAnswer::failed;
  one->answer.error = "the HTTP library could not be started";
  one->done(std::move(one->answer));
}

void HttpClient::cancel(const void* owner, std::chrono::milliseconds grace) {
  std::unique_lock lock(inner_->mutex);
  auto ended = [&] { return !inner_->calls.contains(owner); };
  if (inner_->changed.wait_for(lock, grace, ended)) return;
  inner_->cancelled.push_back(owner);
  curl_multi_wakeup(inner_->multi);
  inner_->changed.wait(lock, ended);
}

void HttpClient::Inner::run() {
  // A connection that the other side has closed must not end the process.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);

  while (true) {
    std::vector<std::unique_ptr<Running>> begun;
    std::vector<const void*> to_cancel;
    bool stop = false;
    {
      std::lock_guard lock(mutex);
      begun.swap(fresh);
      to_cancel.swap(cancelled);
      stop = stopping;
    }
    for (auto& one : begun) begin(std::move(one));
    if (stop || !to_cancel.empty()) cancel_those(to_cancel, stop);
    if (stop) return;
    int left = 0;
    curl_multi_perform(multi, &left);
    collect();
    curl_multi_poll(multi, nullptr, 0, left > 0 ? 1000 : 60000, nullptr);
  }
}

void HttpClient::Inner::begin(std::unique_ptr<Running> one) {
  if (spare.empty()) {
    one->handle = curl_easy_init();
  } else {
    one->handle = spare.back();
    spare.pop_back();
  }
  if (!one->handle) {
    one->answer.kind = HttpAnswer::failed;
    one->answer.error = "out of memory";
    return finish(std::move(one));
  }
  set_options(*one);
  auto* handle = one->handle;
  if (curl_multi_add_handle(multi, handle) != CURLM_OK) {
    one->answer.kind = HttpAnswer::failed;
    one->answer.error = "the call could not be begun";
    return finish(std::move(one));
  }
  running.emplace(handle, std::move(one));
}

void HttpClient::Inner::set_options(Running& one) {
  CURL* h = one.handle;
  const HttpCall& call = one.call;
  curl_easy_setopt(h, CURLOPT_URL, call.url.c_str());
  curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(h, CURLOPT_PROXY, "");
  curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(h, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(h, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(h, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, static_cast<long>(call.timeout.count()));
  curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(call.connect_timeout.count()));
  curl_easy_setopt(h, CURLOPT_ERRORBUFFER, one.error.data());
  curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(h, CURLOPT_WRITEDATA, &one);
  curl_easy_setopt(h, CURLOPT_PRIVATE, &one);
  curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, call.method.c_str());
  if (!call.ca_file.empty()) curl_easy_setopt(h, CURLOPT_CAINFO, call.ca_file.c_str());
  if (call.method != "GET") {
    curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
    curl_easy_setopt(h, CURLOPT_POSTFIELDS, call.body.data());
  }
  auto add = [&](const std::string& line) {
    if (auto* longer = curl_slist_append(one.headers, line.c_str())) one.headers = longer;
  };
  for (const auto& [name, value] : call.headers) add(value.empty() ? name + ";" : name + ": " + value);
  add("Expect:");  // no waiting for 100 Continue
  curl_easy_setopt(h, CURLOPT_HTTPHEADER, one.headers);
}

void HttpClient::Inner::collect() {
  int queued = 0;
  while (auto* message = curl_multi_info_read(multi, &queued)) {
    if (message->msg != CURLMSG_DONE) continue;
    auto* handle = message->easy_handle;
    auto code = message->data.result;
    auto found = running.find(handle);
    if (found == running.end()) continue;
    auto one = std::move(found->second);
    running.erase(found);
    auto& answer = one->answer;
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<int>(status);
    answer.kind = answer.cut ? HttpAnswer::answered : kind_of(code);
    if (answer.kind == HttpAnswer::answered) {
      char* type = nullptr;
      if (curl_easy_getinfo(handle, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK && type) answer.content_type = type;
      curl_off_t seconds = 0;
      if (curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK && seconds > 0)
        answer.retry_after = std::chrono::seconds(std::min<curl_off_t>(seconds, 86400));
    } else {
      answer.error = one->error[0] ? one->error.data() : curl_easy_strerror(code);
    }
    curl_multi_remove_handle(multi, handle);
    finish(std::move(one));
  }
}

// The handle must be out of the multi.
void HttpClient::Inner::finish(std::unique_ptr<Running> one) {
  constexpr std::size_t kept = 64;
  if (one->handle && spare.size() < kept) {
    curl_easy_reset(one->handle);
    spare.push_back(one->handle);
  } else if (one->handle) {
    curl_easy_cleanup(one->handle);
  }
  const void* owner = one->owner;
  one->done(std::move(one->answer));
  one.reset();
  std::lock_guard lock(mutex);
  auto count = calls.find(owner);
  if (count != calls.end() && --count->second == 0) calls.erase(count);
  changed.notify_all();
}

void HttpClient::Inner::cancel_those(const std::vector<const void*>& owners, bool all) {
  std::vector<std::unique_ptr<Running>> ended;
  for (auto at = running.begin(); at != running.end();) {
    if (!all && std::ranges::find(owners, at->second->owner) == owners.end()) {
      ++at;
      continue;
    }
    curl_multi_remove_handle(multi, at->first);
    ended.push_back(std::move(at->second));
    at = running.erase(at);
  }
  for (auto& one : ended) {
    one->answer = {};
    one->answer.kind = HttpAnswer::cancelled;
    one->answer.error = "cancelled";
    finish(std::move(one));
  }
}

}  // namespace simpul
