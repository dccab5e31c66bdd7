// CSV as RFC 4180 has it: lines end in CRLF or LF, fields may be quoted, quoted fields may hold separators,
// line ends and doubled quotes (§2). Read strictly, a piece at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace simpul {

struct CsvLine {
  std::vector<std::string> fields;
  std::string fault;         // what is wrong with it; empty: nothing
  std::uint64_t number = 0;  // of the line in which it begins, from 1
};

class CsvReader {
 public:
  // At `line`, the number of the first line that is read.
  CsvReader(char separator, std::uint64_t line, std::size_t limit_bytes);

  // Takes bytes from the front of `text`; true: `line` is the next record and `used` the bytes up to its
  // end. False: all of it was used, and there is no whole record yet. Empty lines are passed over.
  bool next(std::string_view text, std::size_t& used, CsvLine& line);
  // At the end of the file: the last record, which needs no line end (§2.2). False: there is none.
  bool finish(CsvLine& line);
  // A record longer than the limit, most often one whose quote is never closed: the caller begins again
  // at the line behind the one where it began.
  bool too_long() const { return size_ > limit_; }
  // At the end of the file: a quote was opened and never closed, and took in everything behind it.
  bool open_quote() const { return state_ == State::quoted; }
  std::size_t size() const { return size_; }  // bytes of the record so far
  void restart(std::uint64_t line);
  std::uint64_t began() const { return began_; }

 private:
  enum class State { start, plain, quoted, quote };
  void end_field();
  bool end_line(CsvLine& line);

  const char separator_;
  const std::size_t limit_;
  State state_ = State::start;
  std::string field_, fault_;
  std::vector<std::string> fields_;
  std::uint64_t line_, began_;
  std::size_t size_ = 0;
};

// One record with CRLF at its end; quotes where §2.6 asks for them.
void write_csv(const std::vector<std::string>& fields, char separator, std::string& out);

}  // namespace simpul
