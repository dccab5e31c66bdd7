#include "tools/simpul/schema_documents.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "bus/base/bytes.h"
#include "bus/event/csv.h"

namespace simpul {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

// A file or standard input, a piece at a time.
class Pieces {
 public:
  explicit Pieces(int descriptor) : descriptor_(descriptor) {}
  Pieces(Pieces&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Pieces& operator=(Pieces&&) = delete;
  ~Pieces() {
    if (descriptor_ > STDIN_FILENO) ::close(descriptor_);
  }
  // Empty at the end.
  Result<std::string_view> next() {
    while (true) {
      auto got = ::read(descriptor_, piece_.data(), piece_.size());
      if (got >= 0) return std::string_view(piece_.data(), static_cast<std::size_t>(got));
      if (errno != EINTR)
        return fail("disk.failed", fmt::format("it cannot be read further: {}", std::strerror(errno)));
    }
  }
  std::uint64_t size() const {
    struct stat status{};
    return ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size)
                                                                         : 0;
  }

 private:
  int descriptor_;
  std::array<char, 1u << 16> piece_;
};

Problem too_long(std::uint64_t line, std::string_view what, std::size_t limit) {
  Problem problem;
  problem.code = "document.too_long";
  problem.message = fmt::format("{} has more than {} MiB", what, limit >> 20);
  problem.hint = what == "the line" ? "a document a line is short: is this one JSON document instead?"
                                    : "write one document a line (JSON Lines) and name the file .jsonl, or use --lines";
  problem.place.start = problem.place.end = {static_cast<std::uint32_t>(line), 1};
  return problem;
}

class WholeReader final : public DocumentReader {
 public:
  explicit WholeReader(Pieces pieces) : pieces_(std::move(pieces)) { size_ = pieces_.size(); }
  const std::vector<std::string>& columns() const override { return columns_; }
  Result<bool> next(ReadDocument& out) override {
    if (std::exchange(done_, true)) return false;
    out.line = out.record = 1;
    out.problem.reset();
    std::string text;
    while (true) {
      auto piece = pieces_.next();
      if (!piece) return std::unexpected(piece.error());
      if (piece->empty()) break;
      read_ += piece->size();
      text += *piece;
      if (text.size() <= document_limit) continue;
      out.problem = too_long(1, "the document", document_limit);
      return true;
    }
    auto document = json::parse(std::move(text), {.size_bytes = document_limit});
    if (document) {
      out.document = std::move(*document);
    } else {
      out.problem = std::move(document.error());
      if (out.problem->code == "json.trailing")
        out.problem->hint = "if there is one document a line, name the file .jsonl or use --lines";
    }
    return true;
  }

 private:
  Pieces pieces_;
  std::vector<std::string> columns_;
  bool done_ = false;
};

class LineReader final : public DocumentReader {
 public:
  explicit LineReader(Pieces pieces) : pieces_(std::move(pieces)) { size_ = pieces_.size(); }
  const std::vector<std::string>& columns() const override { return columns_; }
  Result<bool> next(ReadDocument& out) override {
    std::string line;
    while (true) {
      bool cut = false;
      auto there = read_line(line, cut);
      if (!there || !*there) return there;
      ++line_;
      if (!cut && line.find_first_not_of(" \t\r") == line.npos) continue;  // an empty line is no document
      out.line = line_;
      out.record = ++record_;
      out.problem.reset();
      if (cut) {
        out.problem = too_long(line_, "the line", line_limit);
      } else if (auto document = json::parse(std::move(line), {.size_bytes = line_limit})) {
        out.document = std::move(*document);
      } else {
        // The place is of this line in the file; the words name the place in the document.
        out.problem = std::move(document.error());
        auto column = out.problem->place.start.column;
        out.problem->place.start = out.problem->place.end = {static_cast<std::uint32_t>(line_), column};
        if (auto colon = out.problem->message.find(": "); out.problem->message.starts_with("line "))
          out.problem->message.erase(0, colon + 2);
        if (out.problem->code == "json.syntax" && record_ == 1)
          out.problem->hint = "is it one document over several lines? name the file .json";
      }
      return true;
    }
  }

 private:
  // A line without its end; `cut`: it is longer than the limit, and was passed over.
  Result<bool> read_line(std::string& line, bool& cut) {
    line.clear();
    bool any = false;
    while (true) {
      if (rest_.empty()) {
        auto piece = pieces_.next();
        if (!piece) return std::unexpected(piece.error());
        if (piece->empty()) return any;
        read_ += piece->size();
        rest_ = *piece;
      }
      any = true;
      auto end = rest_.find('\n');
      auto part = rest_.substr(0, end);
      if (!cut && line.size() + part.size() > line_limit) {
        cut = true;
        line.clear();
        line.shrink_to_fit();
      }
      if (!cut) line += part;
      rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 1);
      if (end != std::string_view::npos) return true;
    }
  }

  Pieces pieces_;
  std::string_view rest_;
  std::vector<std::string> columns_;
  std::uint64_t line_ = 0, record_ = 0;
};

class RowReader final : public DocumentReader {
 public:
  explicit RowReader(Pieces pieces) : pieces_(std::move(pieces)) { size_ = pieces_.size(); }
  const std::vector<std::string>& columns() const override { return columns_; }

  // Reads the header: the separator is what stands in it most often of , ; tab and |.
  Result<void> open() {
    auto piece = pieces_.next();
    if (!piece) return std::unexpected(piece.error());
    read_ += piece->size();
    rest_ = *piece;
    if (rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
    auto head = rest_.substr(0, rest_.find('\n'));
    char separator =
        *std::ranges::max_element(std::string_view(",;\t|"), {}, [&](char c) { return std::ranges::count(head, c); });
    reader_.emplace(separator, 1, line_limit);
    CsvLine line;
    auto there = read_row(line);
    if (!there) return std::unexpected(there.error());
    if (!*there)
      return fail("document.no_header", "the file is empty", "a CSV file begins with a line of column names");
    columns_ = std::move(line.fields);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].empty() || !is_utf8(columns_[i]))
        return fail("document.no_header", fmt::format("column {} has no readable name in the first line", i + 1),
                    "a CSV file begins with a line of column names, in UTF-8");
      if (std::find(columns_.begin(), columns_.begin() + static_cast<std::ptrdiff_t>(i), columns_[i]) !=
          columns_.begin() + static_cast<std::ptrdiff_t>(i))
        return fail("document.no_header", fmt::format("two columns are called {}", columns_[i]), "rename one of them");
    }
    return {};
  }

  Result<bool> next(ReadDocument& out) override {
    CsvLine line;
    auto there = read_row(line);
    if (!there || !*there) return there;
    out.line = line.number;
    out.record = ++record_;
    out.problem.reset();
    out.cells = std::move(line.fields);
    auto refuse = [&](std::string message, std::string hint) {
      out.problem = Problem{"document.bad_row", std::move(message), std::move(hint), {}, {}, Severity::error};
      out.problem->place.start = out.problem->place.end = {static_cast<std::uint32_t>(out.line), 1};
    };
    if (!line.fault.empty()) {
      refuse("the row " + line.fault, "");
    } else if (out.cells.size() != columns_.size()) {
      refuse(fmt::format("the row has {} cells, the header {}", out.cells.size(), columns_.size()),
             "quote cells that hold the separator");
    } else if (!std::ranges::all_of(out.cells, [](const auto& cell) { return is_utf8(cell); })) {
      refuse("the row is not UTF-8", "save the file as UTF-8");
    }
    return true;
  }

 private:
  Result<bool> read_row(CsvLine& line) {
    line = {};
    while (true) {
      if (rest_.empty()) {
        auto piece = pieces_.next();
        if (!piece) return std::unexpected(piece.error());
        if (piece->empty()) {
          if (reader_->open_quote())
            return fail("document.open_quote",
                        fmt::format("a quote is opened in line {} and never closed", reader_->began()));
          return reader_->finish(line);
        }
        read_ += piece->size();
        rest_ = *piece;
      }
      std::size_t used = 0;
      bool there = reader_->next(rest_, used, line);
      rest_.remove_prefix(used);
      if (there) return true;
      if (reader_->too_long())
        return fail(
            "document.too_long",
            fmt::format("the row that begins in line {} has more than {} MiB", reader_->began(), line_limit >> 20),
            "is a quote opened there and never closed?");
    }
  }

  Pieces pieces_;
  std::string_view rest_;
  std::optional<CsvReader> reader_;
  std::vector<std::string> columns_;
  std::uint64_t record_ = 0;
};

}  // namespace

DocumentForm form_of(const std::string& path) {
  auto ends = [&](std::string_view end) { return path.size() >= end.size() && path.ends_with(end); };
  if (ends(".jsonl") || ends(".ndjson")) return DocumentForm::lines;
  return ends(".csv") || ends(".CSV") ? DocumentForm::rows : DocumentForm::whole;
}

Result<std::unique_ptr<DocumentReader>> open_documents(const std::string& path, DocumentForm form) {
  int descriptor = STDIN_FILENO;
  if (path != "-") {
    descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
      return fail(errno == ENOENT ? "disk.not_found" : "disk.failed",
                  fmt::format("{} cannot be opened: {}", path, std::strerror(errno)), "check its path");
    struct stat status{};
    if (::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
      ::close(descriptor);
      return fail("disk.failed", fmt::format("{} is a folder", path), "name the files in it");
    }
  }
  Pieces pieces(descriptor);
  if (form == DocumentForm::whole) return std::make_unique<WholeReader>(std::move(pieces));
  if (form == DocumentForm::lines) return std::make_unique<LineReader>(std::move(pieces));
  auto rows = std::make_unique<RowReader>(std::move(pieces));
  if (auto opened = rows->open(); !opened) {
    opened.error().place.file = path;
    return std::unexpected(opened.error());
  }
  return rows;
}

}  // namespace simpul
