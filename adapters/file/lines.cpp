#include "adapters/file/lines.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>

#include "bus/base/bytes.h"
#include "bus/event/csv.h"
#include "bus/event/json.h"

namespace simpul::file {

namespace {

constexpr std::size_t piece_bytes = 64u << 10;

// The file's bytes from an offset on, a piece at a time.
class Pieces {
 public:
  Pieces(int descriptor, std::uint64_t size) : descriptor_(descriptor), size_(size) {}

  Result<void> seek(std::uint64_t offset) {
    at_ = offset;
    piece_.clear();
    used_ = 0;
    return {};
  }
  // What is not used yet; empty at the end.
  Result<std::string_view> rest() {
    if (used_ == piece_.size()) {
      at_ += piece_.size();
      piece_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, size_ > at_ ? size_ - at_ : 0)));
      used_ = 0;
      std::size_t got = 0;
      while (got < piece_.size()) {
        auto n = ::pread(descriptor_, piece_.data() + got, piece_.size() - got, static_cast<off_t>(at_ + got));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail("file.read", fmt::format("the file cannot be read: {}", std::strerror(errno)));
        if (n == 0) break;
        got += static_cast<std::size_t>(n);
      }
      piece_.resize(got);
    }
    return std::string_view(piece_).substr(used_);
  }
  void use(std::size_t bytes) { used_ += bytes; }
  std::uint64_t offset() const { return at_ + used_; }

 private:
  const int descriptor_;
  const std::uint64_t size_;
  std::uint64_t at_ = 0;
  std::string piece_;
  std::size_t used_ = 0;
};

// Behind the byte order mark of UTF-8, when there is one.
Result<std::uint64_t> first_offset(Pieces& pieces) {
  auto text = pieces.rest();
  if (!text) return std::unexpected(text.error());
  return text->starts_with("\xef\xbb\xbf") ? 3 : 0;
}

// Text in the file's encoding as UTF-8; none: it is not what it should be.
std::optional<std::string> decode(std::string text, const SourceSettings& settings) {
  if (settings.encoding == "latin-1") return latin1_to_utf8(text);
  if (!is_utf8(text)) return std::nullopt;
  return text;
}

constexpr std::string_view not_utf8 = "is not UTF-8; set encoding: latin-1 if that is what the file is written in";

class CsvLines : public Lines {
 public:
  CsvLines(const SourceSettings& settings, int descriptor, std::uint64_t size)
      : settings_(settings),
        pieces_(descriptor, size),
        reader_(separator_of(settings.separator), 1, line_limit_bytes) {}

  Result<void> open(const Bookmark& from) {
    auto start = first_offset(pieces_);
    if (!start) return std::unexpected(start.error());
    pieces_.use(static_cast<std::size_t>(*start));
    columns_ = settings_.columns;
    if (settings_.header)
      if (auto read = read_header(); !read) return read;
    if (from.offset > 0) {
      if (auto moved = pieces_.seek(from.offset); !moved) return moved;
      reader_.restart(from.line);
    }
    return {};
  }

  Result<bool> next(Line& line) override {
    CsvLine record;
    auto there = read(record);
    if (!there || !*there) return there;
    line = {};
    line.number = record.number;
    if (!record.fault.empty()) {
      line.fault = std::move(record.fault);
    } else if (record.fields.size() != columns_.size()) {
      line.fault = fmt::format("has {} {}, {} expected", record.fields.size(),
                               record.fields.size() == 1 ? "column" : "columns", columns_.size());
    } else {
      json::Writer out;
      out.begin_object();
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        auto text = decode(std::move(record.fields[i]), settings_);
        if (!text) {
          line.fault = fmt::format("column {} {}", columns_[i], not_utf8);
          return true;
        }
        out.name(columns_[i]).string(*text);
      }
      out.end_object();
      line.json = out.take();
    }
    return true;
  }

  Bookmark bookmark() const override { return {pieces_.offset(), reader_.began()}; }

 private:
  Result<bool> read(CsvLine& record) {
    for (;;) {
      auto text = pieces_.rest();
      if (!text) return std::unexpected(text.error());
      if (text->empty())
        return reader_.open_quote() ? pass_over(record, "has a quote that is never closed") : reader_.finish(record);
      std::size_t used = 0;
      bool whole = reader_.next(*text, used, record);
      pieces_.use(used);
      if (whole) return true;
      if (reader_.too_long())
        return pass_over(record,
                         fmt::format("is longer than {} bytes; most likely a quote is never closed", line_limit_bytes));
    }
  }

  // Goes to the line behind the one in which the record began.
  Result<bool> pass_over(CsvLine& record, std::string fault) {
    record.number = reader_.began();
    record.fault = std::move(fault);
    if (auto moved = pieces_.seek(pieces_.offset() - reader_.size()); !moved) return std::unexpected(moved.error());
    for (;;) {
      auto text = pieces_.rest();
      if (!text) return std::unexpected(text.error());
      auto end = text->find('\n');
      pieces_.use(end == std::string_view::npos ? text->size() : end + 1);
      if (end != std::string_view::npos || text->empty()) break;
    }
    reader_.restart(record.number + 1);
    return true;
  }

  Result<void> read_header() {
    CsvLine header;
    auto there = read(header);
    if (!there) return std::unexpected(there.error());
    if (!*there) return fail("file.rejected", "the file is empty, its first line should name the columns");
    if (!header.fault.empty())
      return fail("file.rejected", "the first line, which should name the columns, " + header.fault);
    std::vector<std::string> names;
    for (auto& field : header.fields) {
      auto name = decode(std::move(field), settings_);
      if (!name) return fail("file.rejected", fmt::format("the first line {}", not_utf8));
      names.push_back(std::move(*name));
    }
    if (std::set<std::string>(names.begin(), names.end()).size() != names.size())
      return fail("file.rejected", "the first line names a column twice");
    if (columns_.empty()) columns_ = names;
    if (columns_ != names)
      return fail("file.rejected", fmt::format("the first line names the columns {}, {} are declared",
                                               fmt::join(names, ", "), fmt::join(columns_, ", ")));
    return {};
  }

  const SourceSettings& settings_;
  Pieces pieces_;
  CsvReader reader_;
  std::vector<std::string> columns_;
};

// What a JSON value is worth as a line.
void take_json(Line& line, std::string text, const SourceSettings& settings) {
  auto value = json::parse(text);
  if (!value)
    line.fault = "is no JSON: " + value.error().message;
  else if (!value->root().is_object())
    line.fault = settings.events ? "is no event: it is no JSON object" : "is no JSON object";
  else
    line.json = std::move(text);
}

class JsonLines : public Lines {
 public:
  JsonLines(const SourceSettings& settings, int descriptor, std::uint64_t size)
      : settings_(settings), pieces_(descriptor, size) {}

  Result<void> open(const Bookmark& from) {
    auto start = first_offset(pieces_);
    if (!start) return std::unexpected(start.error());
    pieces_.use(static_cast<std::size_t>(*start));
    number_ = from.line;
    return from.offset > 0 ? pieces_.seek(from.offset) : Result<void>{};
  }

  Result<bool> next(Line& line) override {
    for (;;) {
      std::string text;
      bool too_long = false, any = false;
      for (;;) {
        auto rest = pieces_.rest();
        if (!rest) return std::unexpected(rest.error());
        if (rest->empty()) break;
        any = true;
        auto end = rest->find('\n');
        if (text.size() + std::min(end, rest->size()) > line_limit_bytes) too_long = true;
        if (!too_long) text += rest->substr(0, end);
        pieces_.use(end == std::string_view::npos ? rest->size() : end + 1);
        if (end != std::string_view::npos) break;
      }
      if (!any) return false;
      line = {};
      line.number = number_++;
      if (text.ends_with('\r')) text.pop_back();
      if (too_long) {
        line.fault = fmt::format("is longer than {} bytes", line_limit_bytes);
        return true;
      }
      if (text.find_first_not_of(" \t") == std::string::npos) continue;
      auto decoded = decode(std::move(text), settings_);
      if (!decoded)
        line.fault = std::string(not_utf8);
      else
        take_json(line, std::move(*decoded), settings_);
      return true;
    }
  }

  Bookmark bookmark() const override { return {pieces_.offset(), number_}; }

 private:
  const SourceSettings& settings_;
  Pieces pieces_;
  std::uint64_t number_ = 1;
};

// A JSON file is a list of objects, or one object. It is read whole.
class JsonFile : public Lines {
 public:
  JsonFile(const SourceSettings& settings, int descriptor, std::uint64_t size)
      : settings_(settings), pieces_(descriptor, size), size_(size) {}

  Result<void> open(const Bookmark& from) {
    if (size_ > json_limit_bytes)
      return fail("file.rejected", fmt::format("the file has {} bytes, a JSON file is read whole and may have {}; "
                                               "write one value a line and set format: jsonl",
                                               size_, json_limit_bytes));
    auto start = first_offset(pieces_);
    if (!start) return std::unexpected(start.error());
    pieces_.use(static_cast<std::size_t>(*start));
    std::string text;
    for (;;) {
      auto rest = pieces_.rest();
      if (!rest) return std::unexpected(rest.error());
      if (rest->empty()) break;
      text += *rest;
      pieces_.use(rest->size());
    }
    auto decoded = decode(std::move(text), settings_);
    if (!decoded) return fail("file.rejected", fmt::format("the file {}", not_utf8));
    auto document = json::parse(std::move(*decoded));
    if (!document) return fail("file.rejected", "the file is no JSON: " + document.error().message);
    document_ = std::move(*document);
    const auto& root = document_.root();
    if (!root.is_array() && !root.is_object())
      return fail("file.rejected", "the file is neither a list of objects nor an object");
    at_ = from.offset;
    return {};
  }

  Result<bool> next(Line& line) override {
    const auto& root = document_.root();
    if (at_ >= (root.is_array() ? root.items().size() : 1)) return false;
    const auto& value = root.is_array() ? root.items()[static_cast<std::size_t>(at_)] : root;
    line = {};
    line.number = ++at_;
    auto text = document_.raw(value);
    if (text.size() > line_limit_bytes)
      line.fault = fmt::format("is longer than {} bytes", line_limit_bytes);
    else if (!value.is_object())
      line.fault = "is no JSON object";
    else
      line.json = std::string(text);
    return true;
  }

  Bookmark bookmark() const override { return {at_, at_ + 1}; }

 private:
  const SourceSettings& settings_;
  Pieces pieces_;
  const std::uint64_t size_;
  json::Document document_;
  std::uint64_t at_ = 0;
};

template <class T>
Result<std::unique_ptr<Lines>> opened(std::unique_ptr<T> lines, const Bookmark& from) {
  if (auto done = lines->open(from); !done) return std::unexpected(done.error());
  return lines;
}

}  // namespace

Result<std::unique_ptr<Lines>> open_lines(const SourceSettings& settings, int descriptor, std::uint64_t size,
                                          const Bookmark& from) {
  if (settings.format == "json") return opened(std::make_unique<JsonFile>(settings, descriptor, size), from);
  if (settings.format == "jsonl") return opened(std::make_unique<JsonLines>(settings, descriptor, size), from);
  return opened(std::make_unique<CsvLines>(settings, descriptor, size), from);
}

}  // namespace simpul::file
