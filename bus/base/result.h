// Results and problems: how every part of the bus says what went wrong.
//
// A function that can fail returns Result<T> (one problem) or Checked<T> (every problem found in one
// pass). Exceptions never cross a folder's border. A Problem is written for the person who must act:
// what is wrong, where, and what to do about it.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace simpul {

// A place in a text file. Lines and columns count from 1; 0 means unknown. Columns count characters.
struct Mark {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  bool operator==(const Mark&) const = default;
};

struct Place {
  std::string file;  // as the person wrote it, relative to the deployment's folder; empty: no file
  Mark start;
  Mark end;
  bool operator==(const Place&) const = default;
};

enum class Severity { error, warning };

// Another place that a problem speaks of: the first of two that disagree.
struct RelatedPlace {
  Place place;
  std::string message;  // what stands there: "first declared here"
  bool operator==(const RelatedPlace&) const = default;
};

struct Problem {
  std::string code;     // one of a bounded set, dotted: "yaml.duplicate_key", "disk.full"
  std::string message;  // what is wrong, in words; never holds a secret or an unmasked personal value
  std::string hint;     // what to do; may be empty only when the message says it
  Place place;          // where, for files
  std::string path;     // where inside the document or event: "to[0].map.alamat", "/data/nik"
  Severity severity = Severity::error;
  std::vector<RelatedPlace> related = {};
};

using Problems = std::vector<Problem>;

template <class T>
using Result = std::expected<T, Problem>;

template <class T>
using Checked = std::expected<T, Problems>;

inline std::unexpected<Problem> fail(std::string code, std::string message, std::string hint = {}) {
  return std::unexpected(Problem{std::move(code), std::move(message), std::move(hint), {}, {}, Severity::error, {}});
}

// "routes/a.yaml:3:7: error: message (path) [code]\n    hint" - one problem as a person reads it.
std::string to_text(const Problem& problem);
std::string to_text(const Problems& problems);
bool has_errors(const Problems& problems);

// The candidate nearest to `name` by edit distance, when near enough to be what was meant; else empty.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);
// ", did you mean \"x\"?" or "".
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);

// An invariant of ours, always checked; input can never reach it. Prints the place and ends the process.
[[noreturn]] void assertion_failed(const char* what, const char* file, int line);
#define SIMPUL_ASSERT(condition) ((condition) ? void(0) : ::simpul::assertion_failed(#condition, __FILE__, __LINE__))

}  // namespace simpul
