#include "tests/program/small_deployment.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

#include "bus/base/bytes.h"
#include "bus/base/environment.h"

extern char** environ;

namespace simpul::program {
namespace {

namespace fs = std::filesystem;

int code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (const auto& text : texts) all.push_back(const_cast<char*>(text.c_str()));
  all.push_back(nullptr);
  return all;
}

std::vector<std::string> environment_with(const std::vector<std::string>& with) {
  std::vector<std::string> all;
  for (char** at = environ; *at != nullptr; ++at) all.emplace_back(*at);
  all.insert(all.end(), with.begin(), with.end());
  return all;
}

pid_t spawn(const std::vector<std::string>& arguments, const std::vector<std::string>& with,
            posix_spawn_file_actions_t& actions) {
  auto environment = environment_with(with);
  auto argv = pointers(arguments), envp = pointers(environment);
  pid_t pid = -1;
  if (posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), envp.data()) != 0) pid = -1;
  posix_spawn_file_actions_destroy(&actions);
  return pid;
}

// Feeds `input` to one pipe and reads two others until both end; false when they do not in time.
bool exchange(std::array<int, 3> fds, const std::string& input, Ran& ran) {
  std::size_t sent = 0;
  auto deadline = std::chrono::steady_clock::now() + patience;
  while ((fds[1] >= 0 || fds[2] >= 0) && std::chrono::steady_clock::now() < deadline) {
    std::array<pollfd, 3> waits{{{fds[0], POLLOUT, 0}, {fds[1], POLLIN, 0}, {fds[2], POLLIN, 0}}};
    if (::poll(waits.data(), waits.size(), 1000) < 0) break;
    if (fds[0] >= 0 && waits[0].revents != 0) {
      auto put = sent < input.size() ? ::write(fds[0], input.data() + sent, input.size() - sent) : 0;
      if (put > 0) sent += static_cast<std::size_t>(put);
      if (put < 0 || sent == input.size()) ::close(std::exchange(fds[0], -1));
    }
    for (std::size_t i : {1u, 2u}) {
      if (fds[i] < 0 || waits[i].revents == 0) continue;
      std::array<char, 65536> chunk;
      auto got = ::read(fds[i], chunk.data(), chunk.size());
      if (got > 0)
        (i == 1 ? ran.out : ran.err).append(chunk.data(), static_cast<std::size_t>(got));
      else
        ::close(std::exchange(fds[i], -1));
    }
  }
  bool ended = fds[1] < 0 && fds[2] < 0;
  for (int fd : fds)
    if (fd >= 0) ::close(fd);
  return ended;
}

std::string user_name() {
  const auto* entry = ::getpwuid(::getuid());
  return entry == nullptr ? std::to_string(::getuid()) : entry->pw_name;
}

}  // namespace

bool wait_until(const std::function<bool()>& condition, milliseconds most) {
  auto deadline = std::chrono::steady_clock::now() + most;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return true;
}

Ran run(const std::vector<std::string>& arguments, const RunOptions& options) {
  Ran ran;
  std::array<std::array<int, 2>, 3> pipes{};
  for (auto& each : pipes)
    if (::pipe2(each.data(), O_CLOEXEC) != 0) return ran;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipes[0][0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, pipes[1][1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, pipes[2][1], STDERR_FILENO);
  auto pid = spawn(arguments, options.with, actions);
  ::close(pipes[0][0]);
  ::close(pipes[1][1]);
  ::close(pipes[2][1]);
  ::signal(SIGPIPE, SIG_IGN);
  if (!exchange({pipes[0][1], pipes[1][0], pipes[2][0]}, options.input, ran) && pid > 0) ::kill(pid, SIGKILL);
  int status = 0;
  if (pid > 0 && ::waitpid(pid, &status, 0) == pid) ran.code = code_of(status);
  return ran;
}

Child::Child(const std::vector<std::string>& arguments, const std::string& output_file,
             const std::vector<std::string>& with) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_ = spawn(arguments, with, actions);
}

Child::Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)), code_(other.code_) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    kill();
    pid_ = std::exchange(other.pid_, -1);
    code_ = other.code_;
  }
  return *this;
}

Child::~Child() {
  kill();
}

bool Child::running() {
  if (pid_ < 0) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == 0) return true;
  code_ = code_of(status);
  pid_ = -1;
  return false;
}

void Child::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

void Child::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  code_ = code_of(status);
  pid_ = -1;
}

std::optional<int> Child::ends_within(milliseconds most) {
  if (!wait_until([&] { return !running(); }, most)) return std::nullopt;
  return code_;
}

void SmallDeployment::SetUp() {
  std::array<std::byte, 8> random;
  system_environment().random->fill(random);
  folder_ = fs::temp_directory_path() /
            ("simpul-program-" + to_hex(std::span(reinterpret_cast<const std::uint8_t*>(random.data()), 8)));
  write("config/simpul.yaml",
        "city: Kota Uji\nsource: urn:uji\nlog: { folder: var/log, segment_mebibytes: 8, reserve_mebibytes: 8, "
        "free_floor_mebibytes: 16 }\n"
        "control: { socket: var/simpul.sock }\nlisten:\n  api:\n    http:\n      address: 127.0.0.1:0\n");
  write("config/people/saya.yaml",
        "person: saya\ntitle: Whoever runs the tests\nroles: [operator, integrator, auditor]\ncleared: "
        "general\nunix_users: [\"" +
            user_name() + "\"]\n");
  write("config/apps/loket.yaml",
        "app: loket\ntitle: Counter\nowner: disdukcapil\npublishes: [warga.alamat.diubah.v1]\nsources:\n  berkas:\n    "
        "file: { folder: masuk, pattern: \"*.csv\", columns: [nik, alamat], settle_ms: 50, "
        "poll_ms: 20 }\n    events:\n      - type: warga.alamat.diubah.v1\n        subject: row.nik\n        data: { "
        "nik: row.nik, alamat: row.alamat }\n"
        "target:\n  sql:\n    database: warga.db\n    lookups: { warga: { query: \"SELECT nik, alamat FROM warga WHERE "
        "nik = :nik\" } }\n");
  write("config/apps/arsip.yaml",
        "app: arsip\ntitle: Archive\nowner: arsip\nreceives: [warga.alamat.diubah.v1]\nasks: [warga]\ncleared: "
        "general\npurpose: arsip\nlegal_basis: UU27/2022:20(2)e\n"
        "target:\n  file:\n    folder: keluar\n    files: { alamat: { name: alamat.jsonl, format: jsonl } }\naccepts: "
        "{ alamat: apps/alamat }\n");
  write("config/lookups/warga.yaml",
        "lookup: warga\ndescription: who lives where\napp: loket\ninto: warga\nparameters: { nik: { format: nik } "
        "}\nfields: [nik, alamat]\npersonal: general\npurpose: verifikasi\n"
        "legal_basis: UU27/2022:20(2)e\ntimeout_ms: 5000\n");
  write("routes/alamat.yaml",
        "route: alamat\ndescription: a new address\non: warga.alamat.diubah.v1\nkey: data.nik\nto:\n  - app: arsip\n   "
        " into: alamat\n    map: { nik: data.nik, alamat: data.alamat.trim() }\n");
  write(
      "schemas/events/warga.alamat.diubah.v1.json",
      R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["nik","alamat"],"additionalProperties":false,
            "properties":{"nik":{"type":"string","format":"nik","x-personal-data":"general"},"alamat":{"type":"string","maxLength":100,"x-personal-data":"general"},
            "lain":true}})");
  write(
      "schemas/apps/alamat.json",
      R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["nik","alamat"],"additionalProperties":false,
            "properties":{"nik":{"type":"string","x-personal-data":"general"},"alamat":{"type":"string","maxLength":40,"x-personal-data":"general"}}})");
  for (const char* made : {"masuk", "keluar", "var"}) fs::create_directories(folder_ / made);
}

void SmallDeployment::TearDown() {
  bus_.kill();
  if (HasFailure()) std::fputs(("---- what the bus said\n" + output()).c_str(), stderr);
  std::error_code error;
  fs::remove_all(folder_, error);
}

void SmallDeployment::write(const std::string& below, const std::string& text) const {
  fs::create_directories((folder_ / below).parent_path());
  std::ofstream(folder_ / below, std::ios::binary) << text;
}

std::string SmallDeployment::read(const std::string& below) const {
  std::ifstream in(folder_ / below, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void SmallDeployment::change(const std::string& below, const std::string& from, const std::string& to) const {
  auto text = read(below);
  auto at = text.find(from);
  ASSERT_NE(at, std::string::npos) << below << " has no " << from;
  write(below, text.replace(at, from.size(), to));
}

std::vector<std::string> SmallDeployment::lines_of(const std::string& folder) const {
  std::vector<std::string> all;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_ / folder, error)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) all.push_back(line);
  }
  return all;
}

Ran SmallDeployment::simpul(std::vector<std::string> arguments, const RunOptions& options) const {
  std::vector<std::string> all{SIMPUL_PROGRAM, "-C", folder_.string()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run(all, options);
}

json::Document SmallDeployment::asked(std::vector<std::string> arguments) const {
  arguments.push_back("--json");
  auto ran = simpul(arguments);
  auto document = json::parse(ran.out);
  EXPECT_TRUE(document) << arguments.front() << ": " << ran.all();
  if (document) return std::move(*document);
  return std::move(*json::parse("{}"));
}

bool SmallDeployment::ready() {
  auto ran = simpul({"status", "--json"});
  auto document = json::parse(ran.out);
  if (ran.code != 0 || !document || number_of(document->root(), {"ready"}) != "true") return false;
  const auto* addresses = document->root().find("addresses");
  if (addresses == nullptr || addresses->size() == 0) return false;
  std::string address(addresses->items()[0].text());
  port_ = address.substr(address.rfind(':') + 1);
  return true;
}

void SmallDeployment::start(const std::vector<std::string>& with) {
  bus_ = Child({SIMPUL_PROGRAM, "-C", folder_.string(), "run"}, path("bus.log"), with);
  bool is_ready = false;
  wait_until([&] { return !bus_.running() || (is_ready = ready()); });
  ASSERT_TRUE(is_ready) << "the bus does not start: " << output();
}

void SmallDeployment::stop() {
  bus_.signal(SIGTERM);
  EXPECT_EQ(bus_.ends_within(), 0) << output();
}

HttpAnswer SmallDeployment::send_bytes(const std::string& bytes) const {
  HttpAnswer answer;
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port_)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string got;
  timeval limit{30, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    for (std::size_t sent = 0; sent < bytes.size();) {
      auto put = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (put <= 0) break;
      sent += static_cast<std::size_t>(put);
    }
    ::shutdown(fd, SHUT_WR);
    std::array<char, 65536> chunk;
    for (ssize_t count; (count = ::recv(fd, chunk.data(), chunk.size(), 0)) > 0;)
      got.append(chunk.data(), static_cast<std::size_t>(count));
  }
  ::close(fd);
  if (got.size() > 12 && got.starts_with("HTTP/1.")) answer.status = std::atoi(got.c_str() + 9);
  auto end = got.find("\r\n\r\n");
  answer.head = got.substr(0, end);
  if (end != std::string::npos) answer.body = got.substr(end + 4);
  return answer;
}

HttpAnswer SmallDeployment::http(const std::string& method, const std::string& target, const std::string& body,
                                 const std::vector<std::string>& headers) const {
  auto request = method + " " + target +
                 " HTTP/1.1\r\nHost: bus\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
                 "\r\n";
  for (const auto& header : headers) request += header + "\r\n";
  return send_bytes(request + "\r\n" + body);
}

std::string SmallDeployment::key() {
  if (key_.empty()) {
    auto made = simpul({"app", "credential", "loket"});
    EXPECT_EQ(made.code, 0) << made.err;
    key_ = made.out.substr(0, made.out.find('\n'));
  }
  return key_;
}

HttpAnswer SmallDeployment::post(const std::string& body, const std::string& type) {
  return http("POST", "/v1/events", body, {"Content-Type: " + type, "Authorization: Bearer " + key()});
}

std::string SmallDeployment::event(const std::string& id, const std::string& nik, const std::string& address) {
  return R"({"specversion":"1.0","id":")" + id +
         R"(","source":"urn:uji:loket","type":"warga.alamat.diubah.v1","data":{"nik":")" + nik + R"(","alamat":")" +
         address + R"("}})";
}

std::vector<std::string> SmallDeployment::archived(std::size_t count) const {
  wait_until([&] { return lines_of("keluar").size() >= count; });
  return lines_of("keluar");
}

std::string port_of(int listening_socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(listening_socket, reinterpret_cast<sockaddr*>(&address), &size);
  return std::to_string(ntohs(address.sin_port));
}

std::string number_of(const json::Value& root, const std::vector<std::string>& path) {
  const auto* at = &root;
  for (const auto& name : path) {
    if (!at->is_object()) return "";
    at = at->find(name);
    if (at == nullptr) return "";
  }
  return at->is_boolean() ? at->boolean() ? "true" : "false" : std::string(at->text());
}

}  // namespace simpul::program
