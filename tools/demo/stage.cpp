#include "tools/demo/stage.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "bus/event/json.h"

namespace simpul::demo {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

std::string user_name() {
  const auto* entry = ::getpwuid(::getuid());
  return entry == nullptr ? std::to_string(::getuid()) : entry->pw_name;
}

std::size_t collect(char* bytes, std::size_t size, std::size_t count, void* to) {
  static_cast<std::string*>(to)->append(bytes, size * count);
  return size * count;
}

}  // namespace

Stage::Stage(Options options) : options_(std::move(options)) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
}

std::string Stage::styled(const std::string& code, const std::string& text) const {
  return options_.colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
}

void Stage::title(const std::string& text) const {
  fmt::print("\n{}\n", styled("1", text));
}

void Stage::say(const std::string& text) const {
  fmt::print("  {}\n", text);
  std::fflush(stdout);
}

bool Stage::observe(bool holds, const std::string& what) {
  fmt::print("  {} {}\n", holds ? styled("32", "✓") : styled("31", "✗"), what);
  std::fflush(stdout);
  if (!holds) ++failures_;
  return holds;
}

bool Stage::wait(std::chrono::milliseconds most, const std::function<bool()>& condition) const {
  auto deadline = std::chrono::steady_clock::now() + most;
  for (;;) {
    if (condition()) return true;
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

bool Stage::copy_deployment() {
  std::error_code error;
  for (const char* part : {"config", "routes", "schemas"}) {
    fs::copy(fs::path(options_.source) / part, fs::path(options_.folder) / part, fs::copy_options::recursive, error);
    if (error) {
      fmt::print(stderr, "{} cannot be copied to {}: {}\n", part, options_.folder, error.message());
      return false;
    }
  }
  // What differs from the shipped deployment: ports that are free, and who you are.
  for (const auto& entry : fs::directory_iterator(fs::path(options_.folder) / "config/apps"))
    write_file(entry.path(), replaced(read_file(entry.path()), "127.0.0.1:8481", "127.0.0.1:" + standins_port_));
  auto settings = fs::path(options_.folder) / "config/simpul.yaml";
  write_file(settings, replaced(read_file(settings), "127.0.0.1:8480", "127.0.0.1:0"));
  write_file(fs::path(options_.folder) / "config/people/you.yaml",
             fmt::format("person: you\ntitle: Whoever runs the demo\nroles: [operator, integrator, auditor]\ncleared: "
                         "general\nunix_users: [\"{}\"]\n",
                         user_name()));
  return true;
}

bool Stage::serve_standins() {
  auto folder = options_.folder + "/var/standins";
  auto made = run({options_.programs + "/standins", "make", folder});
  if (made.code != 0) {
    fmt::print(stderr, "the stand-ins' databases cannot be made: {}{}\n", made.output, made.errors);
    return false;
  }
  city_ = std::make_unique<City>(folder);
  auto output = options_.folder + "/var/standins.log";
  standins_ = Process::start(
      {options_.programs + "/standins", "serve", folder, "--port", standins_port_.empty() ? "0" : standins_port_},
      output);
  return wait(std::chrono::seconds(10), [&] {
    auto text = read_file(output);
    auto document = json::parse(text.substr(0, text.find('\n')));
    const auto* port = document && document->root().is_object() ? document->root().find("port") : nullptr;
    if (port == nullptr) return false;
    standins_port_ = port->text();
    return true;
  });
}

bool Stage::prepare() {
  std::error_code error;
  fs::remove_all(options_.folder, error);
  fs::create_directories(options_.folder + "/var", error);
  write_file(options_.folder + "/.simpul-demo", "this folder is made anew by every run of the demo\n");
  if (!serve_standins()) {
    fmt::print(stderr, "the stand-ins do not start; see {}/var/standins.log\n", options_.folder);
    return false;
  }
  return copy_deployment();
}

bool Stage::start_bus() {
  bus_ =
      Process::start({options_.programs + "/simpul", "-C", options_.folder, "run"}, options_.folder + "/var/bus.log");
  bool ready = wait(std::chrono::seconds(20), [&] {
    if (!bus_.running()) return true;
    auto status = simpul({"status", "--json"});
    auto document = json::parse(status.output);
    if (status.code != 0 || !document) return false;
    const auto* addresses = document->root().find("addresses");
    if (addresses == nullptr || addresses->size() == 0) return false;
    api_ = addresses->items()[0].text();
    const auto* is_ready = document->root().find("ready");
    return is_ready != nullptr && is_ready->boolean();
  });
  if (!ready || !bus_.running()) {
    fmt::print(stderr, "the bus does not start:\n{}\n", read_file(options_.folder + "/var/bus.log"));
    return false;
  }
  if (!key_.empty()) return true;
  auto made = simpul({"app", "credential", "disdukcapil"});
  key_ = made.output.substr(0, made.output.find('\n'));
  if (key_.empty()) fmt::print(stderr, "no credential: {}\n", made.errors);
  return !key_.empty();
}

void Stage::kill_bus() {
  bus_.kill_at_once();
}

bool Stage::stop_bus() {
  return bus_.stop(std::chrono::seconds(20));
}

void Stage::leave_running() {
  bus_.let_go();
  standins_.let_go();
}

Ran Stage::simpul(std::vector<std::string> arguments) const {
  std::vector<std::string> all{options_.programs + "/simpul", "-C", options_.folder};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run(all);
}

bool Stage::behave(const std::string& app, const std::string& how) const {
  return http("POST", fmt::format("http://127.0.0.1:{}/_control/{}/{}", standins_port_, app, how), "", {}).status /
             100 ==
         2;
}

Stage::Posted Stage::post(const std::string& event_json) const {
  return http("POST", "http://" + api_ + "/v1/events", event_json,
              {"Content-Type: application/cloudevents+json", "Authorization: Bearer " + key_});
}

Stage::Posted Stage::http(const std::string& method, const std::string& url, const std::string& body,
                          const std::vector<std::string>& headers) const {
  Posted posted;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(), curl_easy_cleanup);
  if (!handle) return posted;
  curl_slist* raw = nullptr;
  for (const auto& header : headers) raw = curl_slist_append(raw, header.c_str());
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> list(raw, curl_slist_free_all);
  curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, list.get());
  curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, collect);
  curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &posted.body);
  curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT_MS, 10'000L);
  curl_easy_setopt(handle.get(), CURLOPT_NOPROXY, "*");
  if (curl_easy_perform(handle.get()) != CURLE_OK) return posted;
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  posted.status = static_cast<int>(status);
  return posted;
}

std::string Stage::event(const std::string& id, const std::string& type, const std::string& data_json) {
  json::Writer writer;
  writer.begin_object()
      .member("specversion", "1.0")
      .member("id", id)
      .member("source", "urn:tangerangkota:disdukcapil:loket")
      .member("type", type);
  writer.member("datacontenttype", "application/json").name("data").raw(data_json).end_object();
  return writer.take();
}

}  // namespace simpul::demo
