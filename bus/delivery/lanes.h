// Lanes: which delivery of a target may begin, which waits, what to retry when, and where the cursor stands.
// Pure: no clock, disk or socket. One Lanes object per target; it belongs to one thread.
//
// Rules. All deliveries with one key go in log order (position, then part); a delivery with several keys
// takes its place in each lane and begins when it is first in all (P3). A failing delivery is retried after
// exponential back-off with jitter, up to the policy's attempts, and is then parked; while it waits, retries
// or is parked it holds its lanes, and nothing else. When the target itself is unreachable nothing else
// begins either: one probe at a time, with back-off, and its attempts do not count towards parking.
//
// Memory. At most `window` deliveries are in memory. The scan position runs ahead over held keys: a
// delivery that must wait behind a parked key and does not fit is told to the log (receipt "held") and
// found again in the view when its key is released. At most `held_limit` keys may be held by parked
// deliveries; beyond that the scan of this target stops, and status says so. While the target is
// unreachable nothing is scanned: what waits is found again from the log.
//
// Cursor. `cursor()` is the position below which every delivery of this target is finished or told to the
// log as parked or held. It is written with the receipts.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "bus/base/bytes.h"
#include "bus/base/environment.h"
#include "bus/log/records.h"
#include "bus/log/view.h"
#include "bus/route/generation.h"

namespace simpul {

struct DeliveryId {
  Position position = 0;
  std::uint32_t part = 0;
  auto operator<=>(const DeliveryId&) const = default;
};

struct LanesOptions {
  RetryPolicy retry;
  std::size_t window = 1024;        // deliveries in memory
  std::size_t concurrency = 16;     // begun and not settled
  std::size_t held_limit = 100'000; // keys held by parked deliveries
};

// A delivery to be done.
struct Due {
  DeliveryId id;
  std::string route;
  std::uint32_t attempt = 1;
  std::vector<Hash128> keys;
};

enum class TargetState { flowing, unreachable, too_many_parked };

class Lanes {
 public:
  // `cursor` and `waiting` (parked, held, released; ascending, at most `window` of those that are not parked
  // plus every parked one's keys) as the view holds them.
  Lanes(std::string target, LanesOptions options, Position cursor, std::vector<Waiting> waiting, std::uint64_t seed);
  ~Lanes();

  // --- feeding, in log order ---
  // May the scan go on? How many more deliveries fit.
  std::size_t room() const;
  // The next record in log order that has deliveries for this target. Returns false (and takes nothing) when
  // it does not fit.
  bool offer(Position position, const std::vector<Routed>& mine);
  // Everything below `position` was offered: the scan stands there.
  void scanned(Position position);
  Position scan_position() const;

  // --- working ---
  // Deliveries that may begin now; they count as begun.
  std::vector<Due> due(Nanoseconds now, std::size_t limit);
  // When due() may give more without anything happening; none: never.
  std::optional<Nanoseconds> wake_at() const;
  struct Settled {
    enum Kind { delivered, retry, park } kind = delivered;
    std::string reason;
    std::optional<Nanoseconds> retry_after;
    bool unreachable = false;
    std::string sent, answer;   // hashes, for the receipt
    std::uint32_t generation = 0;
  };
  // What became of one that was begun. Receipts that must be written collect until take_receipts().
  void settle(const DeliveryId& id, Settled settled, Nanoseconds now);

  // Receipts and cursor to write now, in one commit; then, when they are durable, committed().
  struct Writing {
    std::vector<Receipt> receipts;
    std::optional<Position> cursor;
    bool empty() const { return receipts.empty() && !cursor; }
  };
  Writing take_writing(Nanoseconds now);

  // --- operators ---
  // A parked delivery may go again, or is given up: its lanes go on. False: there is no such parked delivery.
  bool retry_parked(const DeliveryId& id, Nanoseconds now);
  bool discard_parked(const DeliveryId& id, const std::string& reason, Nanoseconds now);

  // Held deliveries of released keys that must be fetched from the view (waiting()): from this id on.
  std::optional<DeliveryId> wants_waiting() const;
  void feed_waiting(std::vector<Waiting> waiting, bool complete);

  struct Status {
    TargetState state = TargetState::flowing;
    Position cursor = 0, scanned = 0;
    std::size_t in_memory = 0, begun = 0, retrying = 0, parked = 0, held_keys = 0;
    std::string last_error;
    Nanoseconds last_error_at = 0;
  };
  Status status() const;
  Position cursor() const;

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

// The wait before attempt `attempt` + 1: first · 2^(attempt-1), at most limit, with ±20 % jitter from `random`.
Nanoseconds back_off(const RetryPolicy& policy, std::uint32_t attempt, std::uint64_t random);

}  // namespace simpul
