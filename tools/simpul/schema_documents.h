// Documents one at a time, from files of any length: one JSON document a file, one a line (JSON Lines), or one a row
// (CSV with a header). Memory holds one document and one piece of the file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bus/base/result.h"
#include "bus/event/json.h"

namespace simpul {

enum class DocumentForm { whole, lines, rows };

// By its name: .jsonl and .ndjson hold lines, .csv rows, all else (standard input too) one document.
DocumentForm form_of(const std::string& path);

struct ReadDocument {
  std::uint64_t line = 1, record = 1;
  std::optional<Problem> problem;  // it is not JSON, or too long; its place holds line and column
  json::Document document;         // whole, lines
  std::vector<std::string> cells;  // rows, as many as the columns
};

class DocumentReader {
 public:
  static constexpr std::size_t line_limit = 16u << 20, document_limit = 64u << 20;
  virtual ~DocumentReader() = default;
  // False at the end. An error: the file cannot be read further.
  virtual Result<bool> next(ReadDocument& out) = 0;
  virtual const std::vector<std::string>& columns() const = 0;  // of rows
  std::uint64_t read_bytes() const { return read_; }
  std::uint64_t size_bytes() const { return size_; }  // 0: not known

 protected:
  std::uint64_t read_ = 0, size_ = 0;
};

// "-" is standard input.
Result<std::unique_ptr<DocumentReader>> open_documents(const std::string& path, DocumentForm form);

}  // namespace simpul
