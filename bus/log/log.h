// The log: the append-only record of everything that happened, and the bus's only truth.
//
// Promises. A record is committed when its group has been written and synced; only then `done` is called.
// Groups commit in the order of append(); positions count records from 0 without gaps. After a crash,
// recovery keeps every committed record, cuts a torn tail that was never acknowledged, and reports what it
// cut. A failed sync is fatal: the log refuses everything afterwards (code log.failed). One append() is one
// unit: its records stand in one group, all or none. Two processes cannot hold one log.
//
// Nothing above this interface knows whether segments or something else stand behind it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bus/base/bytes.h"
#include "bus/base/environment.h"
#include "bus/base/result.h"

namespace simpul {

using Position = std::uint64_t;

// Values are part of the format and never reused.
enum class RecordKind : std::uint8_t {
  event = 1,       // an admitted event with its routing result
  refusal = 2,     // what was not admitted, and why
  receipts = 3,    // what became of deliveries
  cursor = 4,      // a target's scan position moved, and what waits below it
  state = 5,       // a source's own state: row hashes, counters, file offsets
  generation = 6,  // a configuration accepted, whole
  act = 7,         // an operator's act
  access = 8,      // somebody looked at personal data
  lookup = 9,      // a lookup asked and answered
  snapshot = 10,   // state carried over when old segments go
};
std::string_view name(RecordKind kind);

// How a record is found again: keyed hashes, prepared by who appends, never the values themselves.
struct RecordKeys {
  Hash128 identity;  // of source and id; events and refusals
  Hash128 content;   // Event::content_hash, kept to tell a duplicate from a conflict
  Hash128 subject;   // zero: none
  // Lane keys of all routes, without repeats; events and refusals also have of("id", id), so that a person
  // who knows an id alone finds them.
  std::vector<Hash128> keys;
};

struct NewRecord {
  RecordKind kind = RecordKind::event;
  std::uint32_t generation = 0;
  std::string type;  // event type, or the kind's own word: "act.discard"
  std::string app;   // publisher, target, or empty
  std::string body;  // JSON text in the form of records.h; salted and sealed by the log
  RecordKeys keys;   // handed to the view; not written (it can be computed from the body again)
};

struct Record {
  RecordKind kind;
  Position position;
  Nanoseconds time;  // log time, wall clock at commit; never steps back within a log
  std::uint32_t generation;
  std::string_view type, app;
  std::string_view body;    // JSON
  std::string_view header;  // the exact header bytes: RFC 6962 leaf data
};

enum class Urgency {
  publisher,  // refused with code log.full before the reserve is touched
  reserve,    // receipts, cursor moves, operators' acts: may use the reserve segment
};

// Called once, on the log's writer thread, in commit order; must not block. Value: the first position.
using Committed = std::move_only_function<void(Result<Position>)>;

struct LogStatus {
  Position next = 0;  // position of the next record
  std::uint64_t size_bytes = 0, segments = 0;
  std::uint64_t groups = 0, syncs = 0;  // since start
  std::uint64_t free_bytes = 0;
  bool full = false, failed = false;
  std::uint64_t refused_full = 0;  // publishers refused for want of room, since start
  double sync_ms_mean = 0, sync_ms_max = 0;
};

// What recovery found.
struct Recovery {
  Position next = 0;
  std::uint64_t cut_bytes = 0;  // torn tail
  std::string cut_segment;
  std::uint64_t cut_offset = 0;
  Problems damage;  // flipped bytes elsewhere: segment, offset, position; the rest is readable
  Nanoseconds took = 0;
};

// Reads records in order. Not safe for concurrent use; made anew for each reader.
class LogReader {
 public:
  virtual ~LogReader() = default;
  // The next committed record, or none at the end of what is committed. The views live until the next call.
  // A damaged group is an error once (code log.damaged, with segment, offset and positions lost); the next
  // call goes on behind it.
  virtual Result<std::optional<Record>> next() = 0;
  virtual void seek(Position position) = 0;
};

class Log {
 public:
  virtual ~Log() = default;
  // Problem codes: log.full, log.busy, log.failed, log.stopped, log.too_big, log.bad_record. After stop() alone,
  // `done` is called by the caller's own thread.
  virtual void append(std::vector<NewRecord> records, Urgency urgency, Committed done) = 0;
  virtual std::unique_ptr<LogReader> read(Position from) = 0;
  virtual LogStatus status() const = 0;
  virtual const Recovery& recovery() const = 0;
  // Called on the writer thread for every committed group, before its `done` callbacks; one observer.
  struct Group {
    Position first;
    Nanoseconds time;
    std::shared_ptr<const std::vector<NewRecord>> records;
  };
  virtual void observe(std::function<void(const Group&)> observer) = 0;
  // Where the log may be divided: first positions, ascending, of the stretches that retention removes whole.
  virtual std::vector<Position> stretches() const { return {}; }
  // Commits what was appended, then stops taking. Waits.
  virtual void stop() = 0;
};

struct LogOptions {
  std::string folder;
  std::uint64_t segment_bytes = 256ull << 20;
  std::uint64_t reserve_bytes = 64ull << 20;      // kept preallocated
  std::uint64_t free_floor_bytes = 256ull << 20;  // publishers are refused when less is free than this
  std::size_t group_limit_bytes = 1u << 20;
  std::size_t queue_limit_bytes = 64u << 20;  // beyond: append() refuses with code log.busy
  bool direct = true;                         // O_DIRECT where it is taken
  bool threaded = true;                       // false: SteppedLog::step() writes; for simulation
};

// A log whose writer can be stepped: with `threaded` false nothing is written but by step() and stop().
class SteppedLog : public Log {
 public:
  // Writes one group of what was appended and calls its callbacks. False: there was nothing to write.
  virtual bool step() = 0;
};

// Opens or makes a log and recovers it. Codes: log.locked (pid and path), log.newer_version, log.damaged_header,
// disk.*.
Result<std::unique_ptr<Log>> open_segment_log(const LogOptions& options, const Environment& environment);
Result<std::unique_ptr<SteppedLog>> open_stepped_log(LogOptions options, const Environment& environment);
// For reading a log that another process may hold (offline tools): no lock, no recovery, no writing.
Result<std::unique_ptr<LogReader>> read_segment_log(const std::string& folder, Position from,
                                                    const Environment& environment);
// The same, with what is known of the log at this moment; `read` makes readers of just that.
struct LogSnapshot {
  std::function<std::unique_ptr<LogReader>(Position from)> read;
  Position next = 0;
  std::vector<Position> stretches;
  Problems damage;
};
Result<LogSnapshot> snapshot_segment_log(const std::string& folder, const Environment& environment);

}  // namespace simpul
