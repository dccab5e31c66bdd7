// Lanes: which delivery of a target may begin, which waits, what to retry when, and where the cursor stands.
// Pure: no clock, disk or socket. One Lanes object per target; it belongs to one thread.
//
// Rules. All deliveries with one key go in log order (position, then part); a delivery with several keys
// takes its place in each lane and begins when it is first in all (P3). A failing delivery is retried after
// exponential back-off with jitter, up to the policy's attempts, and is then parked; while it waits, retries
// or is parked it holds its lanes, and nothing else. When the target itself is unreachable nothing else
// begins either: one probe at a time, with back-off, and its attempts do not count towards parking.
//
// Delay. A delivery that has a time (Routed.delay_ms, not_before) does not begin before it. It holds its lanes until
// then, as a failing one does, and nothing else: those that wait for their time take no place of the others.
//
// Memory. At most `window` deliveries are in memory, parked ones not counted (those are bounded by
// `held_limit`). The scan position runs ahead over held keys: a delivery that must wait behind a failing or
// parked one, or for its time, and does not fit is told to the log (receipt "held"), forgotten, and found again
// in the view when its key is released or its time has come. At most `held_limit` keys may be held by what is parked
// or forgotten; beyond that the scan of this target stops, and status says so. While the target is unreachable nothing
// is scanned: what waits is found again from the log.
//
// Cursor. `cursor()` is the position below which every delivery of this target is finished or told to the
// log as parked or held. It is written with the receipts, and never moves back.
//
// Time. `now` is steady time; `wall` is the clock that people read, and may jump: what sleeps goes by where it stands.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bus/base/bytes.h"
#include "bus/base/environment.h"
#include "bus/log/records.h"
#include "bus/log/view.h"
#include "bus/route/generation.h"

namespace simpul {

// Unique for one target: the parts of an event are counted over all routes to it.
struct DeliveryId {
  Position position = 0;
  std::uint32_t part = 0;
  auto operator<=>(const DeliveryId&) const = default;
};

struct LanesOptions {
  RetryPolicy retry;
  std::size_t window = 1024;         // deliveries in memory
  std::size_t concurrency = 16;      // begun and not settled
  std::size_t held_limit = 250'000;  // keys held by parked and forgotten deliveries
};

// A delivery to be done.
struct Due {
  DeliveryId id;
  std::string route;
  std::uint32_t attempt = 1;  // counts every hand-over, those to an unreachable target too
  std::vector<Hash128> keys;
};

enum class TargetState { flowing, unreachable, too_many_parked };

class Lanes {
 public:
  // `cursor` and `waiting` as the view holds them: every waiting delivery of the target (parked, held,
  // released), ascending, also those above the cursor. What is long comes in pieces: not `complete` here, the
  // rest by load(). Nothing is due and there is no room until all is loaded.
  Lanes(std::string target, LanesOptions options, Position cursor, std::vector<Waiting> waiting, std::uint64_t seed,
        bool complete = true);
  ~Lanes();
  void load(std::vector<Waiting> more, bool complete);
  // Optional, before the first offer(): deliveries at or above the cursor that receipts in the log say are
  // finished. They are not done again when the scan comes by.
  void finished_before(const std::vector<DeliveryId>& ids);
  // A new generation's retry policy, window and concurrency; holds for what is settled and offered from now on.
  void change(LanesOptions options);

  // What time it is. To be said before the first load(), offer() or due(), and then as often as one likes.
  void at(Nanoseconds now, Nanoseconds wall);

  // --- feeding, in log order ---
  // May the scan go on? How many more deliveries fit.
  std::size_t room() const;
  // The next record in log order that has deliveries for this target. Returns false (and takes nothing) when
  // it does not fit. A record with more deliveries than the window is taken when nothing else flows. `logged` is the
  // record's log time, which delays count from.
  bool offer(Position position, const std::vector<Routed>& mine, Nanoseconds logged = 0);
  // Everything below `position` was offered: the scan stands there.
  void scanned(Position position);
  Position scan_position() const;

  // --- working ---
  // Deliveries that may begin now; they count as begun.
  std::vector<Due> due(Nanoseconds now, std::size_t limit);
  // When due() may give more without anything happening (0: at once); none: never.
  std::optional<Nanoseconds> wake_at() const;
  struct Settled {
    enum Kind { delivered, retry, park } kind = delivered;
    std::string reason;
    std::optional<Nanoseconds> retry_after;  // kept to when longer than the back-off, up to an hour
    bool unreachable = false;                // with retry: the whole target
    std::string sent, answer;                // hashes, for the receipt
    std::uint32_t generation = 0;
  };
  // What became of one that was begun; of another it says nothing. Receipts that must be written collect
  // until take_writing().
  void settle(const DeliveryId& id, Settled settled, Nanoseconds now);

  // Receipts and cursor to write now, in one commit; then, when they are durable, committed(). Until then
  // take_writing() gives nothing more. A commit that is refused is tried again with the same Writing.
  struct Writing {
    std::vector<Receipt> receipts;  // stamped `wall`
    std::optional<Position> cursor;
    bool empty() const { return receipts.empty() && !cursor; }
  };
  Writing take_writing(Nanoseconds wall);
  void committed();

  // --- operators ---
  // A parked delivery may go again, or is given up: its lanes go on. False: there is no such parked delivery.
  bool retry_parked(const DeliveryId& id, Nanoseconds now);
  bool discard_parked(const DeliveryId& id, const std::string& reason, Nanoseconds now);

  // Forgotten deliveries of a released key that must be fetched: View::waiting(target, from.position,
  // from.part, limit, &key), then feed_waiting(). Ask this before offer(), so that what is older goes first.
  struct Fetch {
    Hash128 key;
    DeliveryId from;
    std::size_t limit = 0;
    std::uint64_t commits = 0;  // how many there had been when this was asked
  };
  std::optional<Fetch> wants_waiting() const;
  // `complete`: the view had no more than these.
  void feed_waiting(const Fetch& fetch, const std::vector<Waiting>& waiting, bool complete);

  struct Status {
    TargetState state = TargetState::flowing;
    Position cursor = 0, scanned = 0;
    std::size_t in_memory = 0;  // parked ones not counted
    std::size_t begun = 0, retrying = 0, parked = 0, held_keys = 0;
    std::size_t delayed = 0;   // wait for their time: in memory each, the others once for a key
    Nanoseconds next_due = 0;  // wall time of the first of them
    std::string last_error;
    Nanoseconds last_error_at = 0;  // wall time of the take_writing() after it; 0 until then
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
