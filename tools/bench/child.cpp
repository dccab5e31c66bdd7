#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <sstream>

#include "tools/bench/measure.h"

namespace simpul::bench {
namespace {

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string to_lines(const Figures& figures) {
  if (!figures) return "problem " + figures.error().message;
  std::string lines;
  for (const auto& figure : *figures)
    lines += fmt::format("figure {} {} {} {}\n", figure.name, figure.unit, figure.value,
                         figure.syncs_per_event.value_or(-1));
  return lines;
}

Figures from_lines(const std::string& text) {
  if (text.starts_with("problem ")) return fail("bench.failed", text.substr(8));
  std::vector<Figure> figures;
  std::istringstream lines(text);
  std::string word;
  Figure figure;
  for (double syncs = 0; lines >> word >> figure.name >> figure.unit >> figure.value >> syncs;) {
    figure.syncs_per_event = syncs < 0 ? std::nullopt : std::optional(syncs);
    figures.push_back(figure);
  }
  return figures;
}

}  // namespace

Figures in_child(const std::function<Figures()>& work) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return fail("bench.failed", "no pipe could be made");
  std::fflush(nullptr);
  const auto child = ::fork();
  if (child < 0) return fail("bench.failed", "no process could be made");
  if (child == 0) {
    ::close(ends[0]);
    write_all(ends[1], to_lines(work()));
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text;
  std::array<char, 4096> some{};
  for (ssize_t got = 0; (got = ::read(ends[0], some.data(), some.size())) > 0;)
    text.append(some.data(), static_cast<std::size_t>(got));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFEXITED(status))
    return fail("bench.failed", fmt::format("the measuring process ended by signal {}", WTERMSIG(status)));
  return from_lines(text);
}

void progress(const std::string& text) {
  fmt::print(stderr, "bench: {}\n", text);
  std::fflush(stderr);
}

}  // namespace simpul::bench
