#include "bus/event/csv.h"

namespace simpul {

CsvReader::CsvReader(char separator, std::uint64_t line, std::size_t limit_bytes)
    : separator_(separator), limit_(limit_bytes), line_(line), began_(line) {}

void CsvReader::restart(std::uint64_t line) {
  state_ = State::start;
  field_.clear();
  fault_.clear();
  fields_.clear();
  line_ = began_ = line;
  size_ = 0;
}

void CsvReader::end_field() {
  fields_.push_back(std::move(field_));
  field_.clear();
  state_ = State::start;
}

bool CsvReader::end_line(CsvLine& line) {
  bool empty = fields_.empty() && state_ != State::quote && (field_.empty() || field_ == "\r");
  if (!empty) {
    // The CR of the line's end was read as part of a field that is not quoted.
    if (state_ == State::plain && field_.ends_with('\r')) field_.pop_back();
    end_field();
    line.fields = std::move(fields_);
    line.fault = std::move(fault_);
    line.number = began_;
  }
  fields_.clear();
  fault_.clear();
  field_.clear();
  state_ = State::start;
  began_ = line_;
  size_ = 0;
  return !empty;
}

bool CsvReader::next(std::string_view text, std::size_t& used, CsvLine& line) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (++size_ > limit_) {
      used = i + 1;
      return false;
    }
    if (c == '\0' && fault_.empty()) fault_ = "holds a NUL byte";
    if (c == '\n') ++line_;
    switch (state_) {
      case State::start:
        if (c == '"') {
          state_ = State::quoted;
          break;
        }
        state_ = State::plain;
        [[fallthrough]];
      case State::plain:
        if (c == separator_)
          end_field();
        else if (c == '\n') {
          if (end_line(line)) {
            used = i + 1;
            return true;
          }
        } else {
          if (c == '"' && fault_.empty())
            fault_ = "has a quote inside a field that is not quoted; quote the field and double the quote";
          field_ += c;
        }
        break;
      case State::quoted:
        if (c == '"')
          state_ = State::quote;
        else
          field_ += c;
        break;
      case State::quote:
        if (c == '"') {
          field_ += c;
          state_ = State::quoted;
        } else if (c == separator_) {
          end_field();
        } else if (c == '\n') {
          end_line(line);
          used = i + 1;
          return true;
        } else if (c != '\r') {
          if (fault_.empty()) fault_ = "has characters behind a closing quote; double the quotes inside a quoted field";
        }
        break;
    }
  }
  used = text.size();
  return false;
}

bool CsvReader::finish(CsvLine& line) {
  return size_ > 0 && end_line(line);
}

void write_csv(const std::vector<std::string>& fields, char separator, std::string& out) {
  bool first = true;
  for (const auto& field : fields) {
    if (!first) out += separator;
    first = false;
    // A lone empty field would be an empty line.
    bool quote = field.find_first_of("\"\r\n") != std::string::npos || field.find(separator) != std::string::npos ||
                 (field.empty() && fields.size() == 1);
    if (!quote) {
      out += field;
      continue;
    }
    out += '"';
    for (char c : field) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }
  out += "\r\n";
}

}  // namespace simpul
