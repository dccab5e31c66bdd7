#include "tools/demo/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <thread>
#include <utility>

extern char** environ;

namespace simpul::demo {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& arguments) {
  std::vector<char*> all;
  for (const auto& argument : arguments) all.push_back(const_cast<char*>(argument.c_str()));
  all.push_back(nullptr);
  return all;
}

}  // namespace

Process Process::start(const std::vector<std::string>& arguments, const std::string& output_file) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  Process process;
  auto argv = pointers(arguments);
  pid_t pid = -1;
  // A group of its own: Ctrl-C at the terminal ends the demo, which then ends its children itself.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  if (posix_spawn(&pid, argv[0], &actions, &attributes, argv.data(), environ) == 0) process.pid_ = pid;
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return process;
}

Process::Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    kill_at_once();
    pid_ = std::exchange(other.pid_, -1);
  }
  return *this;
}

Process::~Process() {
  kill_at_once();
}

bool Process::running() {
  if (pid_ < 0) return false;
  if (::waitpid(pid_, nullptr, WNOHANG) == 0) return true;
  pid_ = -1;
  return false;
}

void Process::kill_at_once() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

bool Process::stop(std::chrono::milliseconds patience) {
  if (pid_ < 0) return true;
  ::kill(pid_, SIGTERM);
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline) {
    if (!running()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  kill_at_once();
  return false;
}

Ran run(const std::vector<std::string>& arguments) {
  Ran ran;
  std::array<int, 2> out{}, err{};
  if (::pipe2(out.data(), O_CLOEXEC) != 0) return ran;
  if (::pipe2(err.data(), O_CLOEXEC) != 0) {
    ::close(out[0]);
    ::close(out[1]);
    return ran;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
  auto argv = pointers(arguments);
  pid_t pid = -1;
  bool started = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ) == 0;
  posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  ::close(err[1]);
  std::array<pollfd, 2> waits{{{out[0], POLLIN, 0}, {err[0], POLLIN, 0}}};
  while (started && (waits[0].fd >= 0 || waits[1].fd >= 0)) {
    if (::poll(waits.data(), 2, -1) < 0) break;
    for (int i = 0; i < 2; ++i) {
      auto& wait = waits[static_cast<std::size_t>(i)];
      if (wait.fd < 0 || wait.revents == 0) continue;
      std::array<char, 65536> chunk;
      auto got = ::read(wait.fd, chunk.data(), chunk.size());
      if (got <= 0)
        wait.fd = -1;
      else
        (i == 0 ? ran.output : ran.errors).append(chunk.data(), static_cast<std::size_t>(got));
    }
  }
  ::close(out[0]);
  ::close(err[0]);
  int status = 0;
  if (started && ::waitpid(pid, &status, 0) == pid && WIFEXITED(status)) ran.code = WEXITSTATUS(status);
  return ran;
}

}  // namespace simpul::demo
