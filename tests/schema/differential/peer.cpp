#include "tests/schema/differential/peer.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "bus/event/json.h"

namespace simpul::differential {
namespace {

std::string find_node() {
  const char* path = std::getenv("PATH");
  std::string rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    auto end = std::min(rest.find(':'), rest.size());
    auto program = rest.substr(0, end) + "/node";
    if (::access(program.c_str(), X_OK) == 0) return program;
    rest.erase(0, end + 1);
  }
  return {};
}

}  // namespace

std::unique_ptr<Peer> Peer::start(const std::string& packages, std::string& why) {
  auto node = find_node();
  std::error_code failed;
  if (node.empty()) {
    why = "there is no node on the path";
    return nullptr;
  }
  if (!std::filesystem::exists(packages + "/ajv-formats", failed)) {
    why = "there is no ajv below " + packages + ": ./tools/dev peers installs it";
    return nullptr;
  }
  auto script = std::string(SIMPUL_SOURCE_DIR) + "/tests/schema/differential/ajv.js";
  int in[2], out[2];
  if (::pipe2(in, O_CLOEXEC) != 0) {
    why = "no pipe";
    return nullptr;
  }
  if (::pipe2(out, O_CLOEXEC) != 0) {
    ::close(in[0]);
    ::close(in[1]);
    why = "no pipe";
    return nullptr;
  }
  ::signal(SIGPIPE, SIG_IGN);  // a peer that died is found when it does not answer
  auto pid = ::fork();
  if (pid == 0) {
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::execl(node.c_str(), node.c_str(), script.c_str(), packages.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  std::unique_ptr<Peer> peer(new Peer);
  peer->pid_ = pid;
  peer->to_ = in[1];
  peer->from_ = out[0];
  return peer;
}

Peer::~Peer() {
  ::close(to_);
  ::close(from_);
  if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
}

void Peer::send(Dialect dialect, const Tree& schema, const std::vector<Tree>& documents) {
  auto line = write(Tree::object({{"dialect", Tree::string(std::string(name_of(dialect)))},
                                  {"schema", schema},
                                  {"documents", Tree::array(documents)}})) +
              "\n";
  for (std::string_view left = line; !left.empty();) {
    auto count = ::write(to_, left.data(), left.size());
    if (count < 0 && errno != EINTR) return;
    if (count > 0) left.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::optional<Peer::Answer> Peer::receive() {
  std::size_t end = 0;
  while ((end = read_.find('\n')) == read_.npos) {
    char buffer[4096];
    auto count = ::read(from_, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    read_.append(buffer, static_cast<std::size_t>(count));
  }
  auto document = json::parse(read_.substr(0, end));
  read_.erase(0, end + 1);
  if (!document) return std::nullopt;
  Answer answer;
  for (char c : document->root().text_of("answers")) answer.valid.push_back(c == '1');
  answer.refused = document->root().text_of("refused");
  return answer;
}

std::optional<Peer::Answer> Peer::ask(Dialect dialect, const Tree& schema, const std::vector<Tree>& documents) {
  send(dialect, schema, documents);
  return receive();
}

std::unique_ptr<Arbiter> Arbiter::start(const std::string& packages) {
  utsname machine{};
  ::uname(&machine);
  std::string_view name = machine.machine;
  auto program = packages + "/@sourcemeta/jsonschema/build/github-releases/jsonschema-linux-" +
                 std::string(name == "aarch64" ? "arm64" : name);
  if (::access(program.c_str(), X_OK) != 0) return nullptr;
  auto folder = (std::filesystem::temp_directory_path() / "simpul-differential-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return nullptr;
  std::unique_ptr<Arbiter> arbiter(new Arbiter);
  arbiter->program_ = program;
  arbiter->folder_ = folder;
  return arbiter;
}

Arbiter::~Arbiter() {
  std::error_code failed;
  std::filesystem::remove_all(folder_, failed);
}

std::optional<bool> Arbiter::is_valid(const Tree& schema, const Tree& document) {
  auto schema_file = folder_ + "/schema.json", document_file = folder_ + "/document.json";
  std::ofstream(schema_file) << write(schema);
  std::ofstream(document_file) << write(document);
  auto pid = ::fork();
  if (pid == 0) {
    int nothing = ::open("/dev/null", O_RDWR);
    for (int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing, standard);
    ::execl(program_.c_str(), program_.c_str(), "validate", schema_file.c_str(), document_file.c_str(),
            "--format-assertion", "--default-dialect", "https://json-schema.org/draft/2020-12/schema", nullptr);
    ::_exit(127);
  }
  int status = 0;
  if (pid < 0 || ::waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) return std::nullopt;
  switch (WEXITSTATUS(status)) {
    case 0:
      return true;
    case 2:
      return false;
    default:
      return std::nullopt;
  }
}

}  // namespace simpul::differential
