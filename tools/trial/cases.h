// What a test file says, read and checked: cases that can be run, each on its own. Everything that is wrong is
// reported with its place, as `simpul check` does it.
//
// A file `<name>.test.yaml` may name others beside it: tables (`<name>.test.csv`), events (`<name>.test.json`) and its
// snapshots (`<name>.test.snapshot.yaml`).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bus/base/environment.h"
#include "bus/base/result.h"
#include "bus/base/yaml.h"
#include "bus/route/generation.h"
#include "tools/trial/tree.h"

namespace simpul::trial {

inline constexpr std::size_t events_limit = 50'000;  // given in one case
inline constexpr std::size_t rows_limit = 20'000;    // of one table
inline constexpr std::uint64_t file_limit_bytes = 16u << 20;

// An event as JSON text, or a record for the rules of a source.
struct Given {
  std::string app;
  std::string event;             // structured CloudEvents JSON; empty: a record
  std::string id;                // of either
  std::string source;            // of a record: the app's source that brings it
  std::string row, old, change;  // of a record
  Nanoseconds at = 0;            // after the case began
  Place place;
};

// A time, or from..to.
struct Moment {
  Nanoseconds from = 0, to = 0;
  std::string words;
};

struct NamedMember {
  TreePath path;
  std::string name;  // as it was written
  Tree value;
  bool by_text = false;  // of a table: scalars compare as they are written
};
using Members = std::vector<NamedMember>;
bool holds(const Members& members, const Tree& tree);
bool is_as_said(const NamedMember& member, const Tree* actual);

struct Behaviour {
  std::string app, into;
  Members only;
  std::string refuse, reason;
  std::uint32_t fails = 0;
  std::optional<Nanoseconds> retry_after;
  Nanoseconds dead_until = 0;  // after the case began; forever: dead always
  Nanoseconds slow = 0;
};
inline constexpr Nanoseconds forever = INT64_MAX;

struct GivenAnswer {
  std::string lookup;
  Members with;
  std::optional<Tree> found;
  bool missing = false;
  std::string fails;
  Nanoseconds slow = 0;
};

// One entry of `expect`, of any kind; what is not said is not looked at.
struct Expectation {
  enum Kind { delivery, parked, waiting, refused, duplicate, made, asked } kind = delivery;
  Place place;
  std::string app, into, event;  // delivery, parked, waiting; app of made
  std::optional<Tree> whole;     // payload, or data of made
  Members has;
  std::vector<std::string> lacks;
  std::optional<std::uint32_t> attempts;
  std::vector<Moment> tried_at;
  std::optional<Moment> at;
  std::string reason;               // parked: is in its reason; refused: is in its message
  std::string code, field, rule;    // refused
  std::string type, subject, time;  // made
  std::string lookup;               // asked
  std::uint64_t times = 1;
};

struct Case {
  std::string name;
  Place place;
  Nanoseconds begins = 0;  // wall time
  Nanoseconds until = 0;   // after the last of what is given
  std::vector<Given> given;
  std::vector<Behaviour> behaviours;
  std::vector<GivenAnswer> answers;
  std::optional<std::vector<std::string>> only;
  bool strict = true;
  bool snapshot = false;
  bool asks_are_expected = false;  // `asked` stands there
  bool expects = false;            // `expect` stands there, or a row says what is expected
  std::vector<Expectation> expected;
};

struct TestFile {
  std::string path;  // as the person named it
  std::string name;
  std::vector<Case> cases;
  std::vector<std::string> beside;        // other files that were read
  std::map<std::string, Tree> snapshots;  // by the case's name
  std::string snapshot_path;
};

// How a file is found: its path as problems name it, and its text.
using ReadFile = std::function<Result<std::string>(const std::string& path)>;

// `path` is how `read` knows it; names of files in it are beside it.
Checked<TestFile> read_test_file(const std::string& path, const Generation& generation, const ReadFile& read);

std::optional<Nanoseconds> read_duration(std::string_view text);
std::string duration_words(Nanoseconds duration);

}  // namespace simpul::trial
