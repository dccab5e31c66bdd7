#include "tools/bench/peers.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <filesystem>

namespace simpul::bench {

std::string output_of(std::vector<std::string> words) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  const bool started = ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ) == 0;
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string text;
  std::array<char, 512> some{};
  for (ssize_t got = 0; (got = ::read(ends[0], some.data(), some.size())) > 0;)
    text.append(some.data(), static_cast<std::size_t>(got));
  ::close(ends[0]);
  int status = 0;
  if (!started || ::waitpid(child, &status, 0) != child) return {};
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? text : std::string();
}

double number_in(std::string_view text) {
  const auto digit = text.find_first_of("0123456789");
  double value = 0;
  if (digit != text.npos) std::from_chars(text.data() + digit, text.data() + text.size(), value);
  return value;
}

std::string peers_folder() {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "peers").string();
}

}  // namespace simpul::bench
