#include "bus/schema/problem_list.h"

#include <algorithm>

#include <fmt/format.h>

namespace simpul {
namespace {

constexpr std::size_t quoted_bytes = 200;

// Marks of rising offsets of one text, in one pass over it.
class Marks {
 public:
  explicit Marks(std::string_view text) : text_(text) {}
  Mark at(std::size_t offset) {
    for (; at_ < std::min(offset, text_.size()); ++at_) {
      if (text_[at_] == '\n') {
        ++mark_.line;
        mark_.column = 1;
      } else if ((static_cast<unsigned char>(text_[at_]) & 0xc0) != 0x80) {
        ++mark_.column;
      }
    }
    return mark_;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  Mark mark_{1, 1};
};

}  // namespace

bool ProblemList::count() {
  if (full()) ++more_;
  return !full();
}

void ProblemList::add(const SchemaFile& file, std::uint32_t offset, Problem problem) {
  if (!count()) return;
  problem.place.file = file.path;
  found_.push_back({&file, offset, false, std::move(problem)});
}

void ProblemList::add(const SchemaFile& file, Problem problem) {
  if (!count()) return;
  problem.place.file = file.path;
  found_.push_back({&file, 0, true, std::move(problem)});
}

Problems ProblemList::take() {
  std::stable_sort(found_.begin(), found_.end(), [](const Found& a, const Found& b) {
    return a.file == b.file ? a.offset < b.offset : a.file->path < b.file->path;
  });
  Problems problems;
  for (std::size_t i = 0; i < found_.size();) {
    const auto* file = found_[i].file;
    Marks marks(file->document.source());
    for (; i < found_.size() && found_[i].file == file; ++i) {
      auto& problem = found_[i].problem;
      if (!found_[i].placed) problem.place.start = problem.place.end = marks.at(found_[i].offset);
      problems.push_back(std::move(problem));
    }
  }
  if (more_ > 0) {
    auto place = problems.back().place;
    problems.push_back({"schema.more_problems", fmt::format("and {} more problems", more_), "mend those above first",
                        std::move(place), "", Severity::error});
  }
  found_.clear();
  more_ = 0;
  return problems;
}

std::string quoted(std::string_view text) {
  auto size = std::min(text.size(), quoted_bytes);
  while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return fmt::format("\"{}{}\"", text.substr(0, size), size < text.size() ? "…" : "");
}

}  // namespace simpul
