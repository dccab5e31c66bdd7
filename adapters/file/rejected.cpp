#include "adapters/file/rejected.h"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <system_error>

namespace simpul::file {

namespace {

std::unexpected<Problem> cannot_write(const std::string& path) {
  return fail("file.denied", fmt::format("{} cannot be written: {}", path, std::strerror(errno)),
              "give the bus the right to write there, or make room");
}

}  // namespace

Result<Rejected> Rejected::open(const std::string& path, std::uint64_t line) {
  Rejected rejected(path + std::string(rejected_suffix));
  std::ifstream in(rejected.path_);
  if (!in) return rejected;
  if (line <= 1) {
    if (std::remove(rejected.path_.c_str()) != 0) return cannot_write(rejected.path_);
    return rejected;
  }
  auto kept = rejected.path_ + ".tmp";
  std::ofstream out(kept);
  std::string text;
  while (std::getline(in, text)) {
    std::uint64_t number = 0;
    constexpr std::string_view word = "line ";
    if (text.starts_with(word)) std::from_chars(text.data() + word.size(), text.data() + text.size(), number);
    if (number < line) out << text << '\n';
  }
  out.close();
  if (!out || std::rename(kept.c_str(), rejected.path_.c_str()) != 0) return cannot_write(rejected.path_);
  return rejected;
}

void Rejected::add(std::uint64_t line, const std::string& reason) {
  pending_ += fmt::format("line {} {}\n", line, reason);
}

void Rejected::add(const std::string& about_the_file) {
  pending_ += about_the_file + '\n';
}

Result<void> Rejected::flush() {
  if (pending_.empty()) return {};
  std::FILE* out = std::fopen(path_.c_str(), "a");
  if (out == nullptr) return cannot_write(path_);
  bool good = std::fwrite(pending_.data(), 1, pending_.size(), out) == pending_.size();
  good = std::fclose(out) == 0 && good;
  if (!good) return cannot_write(path_);
  pending_.clear();
  return {};
}

}  // namespace simpul::file
