#include "bus/base/result.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

namespace simpul {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Insertions, deletions, replacements and swaps of neighbours; letters of either case are alike.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

constexpr std::size_t longest_name = 200;

}  // namespace

std::string to_text(const Problem& problem) {
  std::string text;
  if (!problem.place.file.empty()) {
    text += problem.place.file;
    if (problem.place.start.line > 0) {
      text += fmt::format(":{}", problem.place.start.line);
      if (problem.place.start.column > 0) text += fmt::format(":{}", problem.place.start.column);
    }
    text += ": ";
  }
  text += problem.severity == Severity::error ? "error: " : "warning: ";
  text += problem.message;
  if (!problem.path.empty()) text += fmt::format(" ({})", problem.path);
  text += fmt::format(" [{}]", problem.code);
  if (!problem.hint.empty()) text += fmt::format("\n    {}", problem.hint);
  return text;
}

std::string to_text(const Problems& problems) {
  std::string text;
  for (const auto& problem : problems) {
    if (!text.empty()) text += '\n';
    text += to_text(problem);
  }
  return text;
}

bool has_errors(const Problems& problems) {
  return std::ranges::any_of(problems, [](const Problem& problem) { return problem.severity == Severity::error; });
}

std::string nearest(std::string_view name, const std::vector<std::string>& candidates) {
  if (name.empty() || name.size() > longest_name) return {};
  const std::size_t enough = std::max<std::size_t>(1, name.size() / 3);
  const std::string* best = nullptr;
  std::size_t best_distance = enough + 1;
  for (const auto& candidate : candidates) {
    const auto difference = std::max(candidate.size(), name.size()) - std::min(candidate.size(), name.size());
    if (difference >= best_distance) continue;
    const auto distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = &candidate;
    }
  }
  return best ? *best : std::string();
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates) {
  const auto found = nearest(name, candidates);
  return found.empty() ? std::string() : fmt::format(", did you mean \"{}\"?", found);
}

void assertion_failed(const char* what, const char* file, int line) {
  std::fprintf(stderr, "simpul: a defect of the program: %s does not hold at %s:%d; please report this line\n", what,
               file, line);
  std::abort();
}

}  // namespace simpul
