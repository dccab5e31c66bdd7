#include "bus/delivery/lanes.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "bus/delivery/lane_table.h"

namespace simpul {

namespace {

constexpr Nanoseconds millisecond = 1'000'000;
constexpr Nanoseconds retry_after_limit = 3'600'000 * millisecond;
constexpr std::size_t fetch_limit = 64;
// What stands in the cursor's way is told to the log when the scan is this many positions ahead of it …
constexpr Position cursor_lag = 16'384;
// … and when it waits for a retry and this many were finished meanwhile: a restart would do them again.
constexpr std::size_t finished_above_cursor = 64;
// A cursor that moves past other targets' events only is not worth a record each time.
constexpr Position idle_cursor_step = 4'096;

std::uint64_t next_random(std::uint64_t& state) {  // splitmix64
  std::uint64_t value = (state += 0x9e3779b97f4a7c15ull);
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ull;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebull;
  return value ^ (value >> 31);
}

DeliveryId id_of(const Waiting& waiting) {
  return {waiting.position, waiting.part};
}

}  // namespace

Nanoseconds back_off(const RetryPolicy& policy, std::uint32_t attempt, std::uint64_t random) {
  const double limit = double(std::max<std::int64_t>(policy.limit.count(), 0));
  double wait = double(std::max<std::int64_t>(policy.first.count(), 0));
  for (std::uint32_t doubled = 1; doubled < attempt && wait < limit; ++doubled) {
    wait *= 2;
  }
  const double jitter = 0.8 + 0.4 * (double(random >> 11) / double(1ull << 53));
  return Nanoseconds(std::min(wait, limit) * jitter * double(millisecond));
}

struct Lanes::Inner {
  std::string target;
  LanesOptions options;
  LaneTable table;
  std::uint64_t random;
  bool loaded = false;

  Nanoseconds now = 0, wall = 0;

  Position scan;
  Position start_cursor;
  Position written_cursor;
  std::set<DeliveryId> untold;  // in memory and not told to the log: what the cursor stops at
  // At or above the first cursor, known from the log already: waiting, or (none) finished.
  std::map<DeliveryId, std::optional<Waiting>> known;

  std::set<std::pair<Nanoseconds, DeliveryId>> retrying;
  std::size_t begun = 0, parked = 0;
  std::size_t finished_since_move = 0;
  std::vector<Receipt> receipts;
  std::vector<DeliveryId> ended,
      ended_writing;  // finished, not durable yet: the view still shows what was told of them
  bool writing = false;
  std::uint64_t taken = 0, commits = 0;

  bool unreachable = false;
  std::uint32_t probes = 0;
  Nanoseconds probe_at = 0;
  std::optional<DeliveryId> probe;
  std::string last_error;
  Nanoseconds last_error_at = 0;

  std::vector<std::string> route_names;
  std::unordered_map<std::string, std::uint32_t> route_numbers;

  std::uint32_t route_number(const std::string& route) {
    const auto [place, is_new] = route_numbers.try_emplace(route, std::uint32_t(route_names.size()));
    if (is_new) {
      route_names.push_back(route);
    }
    return place->second;
  }

  std::size_t in_memory() const { return table.size() - parked; }
  std::size_t flowing() const { return in_memory() - table.blocked(); }
  bool too_many_parked() const { return table.held_keys() >= options.held_limit; }
  bool receipts_full() const { return receipts.size() >= std::max<std::size_t>(4 * options.window, 64); }
  Position cursor() const { return untold.empty() ? scan : std::min(scan, untold.begin()->position); }

  std::size_t room() const {
    if (!loaded || unreachable || too_many_parked() || receipts_full() || scan - cursor() > 8 * cursor_lag) {
      return 0;
    }
    return options.window > flowing() ? options.window - flowing() : 0;
  }

  void error(const std::string& reason) {
    last_error = reason;
    last_error_at = 0;
  }

  // ---- receipts ----

  Receipt& receipt(const Entry& entry, Outcome outcome, std::string reason) {
    Receipt made;
    made.position = entry.id.position;
    made.route = route_names[entry.route];
    made.target = target;
    made.part = entry.id.part;
    made.attempts = entry.attempts;
    made.outcome = outcome;
    made.reason = std::move(reason);
    made.keys = keys_of(entry);
    receipts.push_back(std::move(made));
    return receipts.back();
  }

  void tell(Entry& entry) {
    Receipt& made = receipt(entry, Outcome::held,
                            entry.failing      ? "waits for its next attempt"
                            : entry.due > wall ? "waits until " + format_time(entry.due)
                                               : "waits behind an earlier delivery");
    made.due = entry.due > wall ? entry.due : 0;
    entry.told = true;
    untold.erase(entry.id);
  }

  // Tells the log of what keeps the cursor back and would do so for long.
  void tell_what_is_stuck() {
    while (!untold.empty()) {
      Entry& entry = *table.find(*untold.begin());
      const bool far_behind = scan - entry.id.position > cursor_lag;
      const bool waits_long =
          (entry.failing || entry.blocked) && (parked > 0 || finished_since_move >= finished_above_cursor);
      if (!far_behind && !waits_long) {
        return;
      }
      tell(entry);
    }
  }

  // ---- taking in ----

  void place_new(const DeliveryId& id, const Routed& routed, Nanoseconds due) {
    if (table.behind_forgotten(id, routed.keys)) {
      Receipt made;
      made.position = id.position;
      made.route = routed.route;
      made.target = target;
      made.part = id.part;
      made.outcome = Outcome::held;
      made.reason = "waits behind an earlier delivery";
      made.keys = routed.keys;
      made.due = due > wall ? due : 0;
      receipts.push_back(std::move(made));
      table.forget(id, routed.keys, due);
      // Later ones of its lanes may be in the view already, from before a restart; they must not seem to be next.
      if (!known.empty()) {
        ask_after_commit(routed.keys);
      }
      return;
    }
    Entry& entry = table.insert(id, route_number(routed.route), routed.keys);
    untold.insert(id);
    sleep_until(entry, due);
    keep_within_window();
  }

  void sleep_until(Entry& entry, Nanoseconds due) {
    entry.due = due;
    if (due > wall) {
      table.sleep(entry);
    }
  }

  void place_waiting(const Waiting& waiting) {
    const DeliveryId id = id_of(waiting);
    if (table.find(id) != nullptr) {
      return;
    }
    if (waiting.outcome == Outcome::parked) {
      table.insert(id, route_number(waiting.route), waiting.keys, true).attempts = waiting.attempts;
      ++parked;
    } else if (table.behind_forgotten(id, waiting.keys) || in_memory() >= options.window) {
      table.forget(id, waiting.keys, waiting.due);
    } else {
      insert_told(waiting);
    }
  }

  void insert_told(const Waiting& waiting) {
    Entry& entry = table.insert(id_of(waiting), route_number(waiting.route), waiting.keys);
    entry.told = true;
    entry.attempts = waiting.attempts;
    sleep_until(entry, waiting.due);
    keep_within_window();
  }

  void keep_within_window() {
    while (in_memory() > options.window && table.blocked() > 0) {
      Entry& entry = *table.last_blocked();
      if (!entry.told) {
        tell(entry);
      }
      const DeliveryId id = entry.id;
      const std::vector<Hash128> keys = keys_of(entry);
      const Nanoseconds due = entry.due > wall ? entry.due : 0;
      table.remove(entry);
      table.forget(id, keys, due);
      ask_after_commit(keys);
    }
  }

  // The view shows what is in the receipts only when they are durable.
  void ask_after_commit(const std::vector<Hash128>& keys) {
    for (const Hash128& key : keys) {
      table.wait_for_commit(*table.lane(key), taken + 1);
    }
  }

  // Known ones below `end` that no record brought (it cannot be read): they wait all the same.
  void place_known_below(Position end) {
    while (!known.empty() && known.begin()->first.position < end) {
      const auto node = known.extract(known.begin());
      if (node.mapped()) {
        place_waiting(*node.mapped());
      }
    }
  }

  void load(std::vector<Waiting> rows, bool complete) {
    for (Waiting& row : rows) {
      if (row.position >= start_cursor) {
        const DeliveryId id = id_of(row);
        known.insert_or_assign(id, std::move(row));
      } else {
        place_waiting(row);
      }
    }
    loaded = complete;
  }

  bool is_forgotten(const DeliveryId& id, const Lane& lane) {
    const auto has = [&](const std::vector<DeliveryId>& ids) {
      return std::find(ids.begin(), ids.end(), id) != ids.end();
    };
    return !(id < lane.next) && table.find(id) == nullptr && !has(ended) && !has(ended_writing);
  }

  // ---- settling ----

  void end(Entry& entry) {
    untold.erase(entry.id);
    ended.push_back(entry.id);
    ++finished_since_move;
    table.remove(entry);
  }

  void park(Entry& entry, std::string reason, Settled settled) {
    Receipt& made = receipt(entry, Outcome::parked, std::move(reason));
    made.generation = settled.generation;
    made.sent = std::move(settled.sent);
    made.answer = std::move(settled.answer);
    entry.told = true;
    untold.erase(entry.id);
    table.set_state(entry, EntryState::parked);
    table.set_failing(entry, true);
    ++parked;
  }

  void retry(Entry& entry, Settled settled, Nanoseconds now) {
    if (++entry.failures >= options.retry.attempts) {
      std::string reason = "gave up after " + std::to_string(entry.failures) +
                           (entry.failures == 1 ? " attempt: " : " attempts: ") + settled.reason;
      park(entry, std::move(reason), std::move(settled));
      return;
    }
    entry.not_before = now + wait(entry.failures, settled);
    table.set_state(entry, EntryState::retrying);
    table.set_failing(entry, true);
    retrying.emplace(entry.not_before, entry.id);
  }

  Nanoseconds wait(std::uint32_t attempt, const Settled& settled) {
    const Nanoseconds wish = std::clamp<Nanoseconds>(settled.retry_after.value_or(0), 0, retry_after_limit);
    return std::max(back_off(options.retry, attempt, next_random(random)), wish);
  }

  void not_reached(Entry& entry, const Settled& settled, bool was_probe, Nanoseconds now) {
    table.put_back(entry);
    // Others that were under way when it began say nothing new.
    if (!unreachable || was_probe) {
      unreachable = true;
      probe_at = now + wait(++probes, settled);
    }
  }

  void reached() {
    unreachable = false;
    probes = 0;
  }

  void wake_retrying(Nanoseconds now) {
    while (!retrying.empty() && retrying.begin()->first <= now) {
      table.set_state(*table.find(retrying.begin()->second), EntryState::ready);
      retrying.erase(retrying.begin());
    }
  }
};

Lanes::Lanes(std::string target, LanesOptions options, Position cursor, std::vector<Waiting> waiting,
             std::uint64_t seed, bool complete)
    : inner_(std::make_unique<Inner>()) {
  inner_->target = std::move(target);
  inner_->random = seed;
  inner_->scan = inner_->start_cursor = inner_->written_cursor = cursor;
  change(options);
  inner_->load(std::move(waiting), complete);
}

Lanes::~Lanes() = default;

void Lanes::load(std::vector<Waiting> more, bool complete) {
  inner_->load(std::move(more), complete);
}

void Lanes::finished_before(const std::vector<DeliveryId>& ids) {
  for (const DeliveryId& id : ids) {
    if (id.position >= inner_->scan) {
      inner_->known.insert_or_assign(id, std::nullopt);
    }
  }
}

void Lanes::change(LanesOptions options) {
  options.window = std::max<std::size_t>(options.window, 1);
  options.concurrency = std::max<std::size_t>(options.concurrency, 1);
  inner_->options = options;
}

std::size_t Lanes::room() const {
  return inner_->room();
}

void Lanes::at(Nanoseconds now, Nanoseconds wall) {
  inner_->now = now;
  inner_->wall = wall;
  inner_->table.wake(wall);
}

bool Lanes::offer(Position position, const std::vector<Routed>& mine, Nanoseconds logged) {
  Inner& in = *inner_;
  if (position < in.scan) {
    return true;
  }
  const std::size_t room = in.room();
  if (mine.size() > room && (room == 0 || in.flowing() > 0)) {
    return false;
  }
  in.place_known_below(position);
  std::vector<const Routed*> parts;
  parts.reserve(mine.size());
  for (const Routed& routed : mine) {
    parts.push_back(&routed);
  }
  std::stable_sort(parts.begin(), parts.end(), [](const Routed* a, const Routed* b) { return a->part < b->part; });
  for (const Routed* routed : parts) {
    const DeliveryId id{position, routed->part};
    if (const auto node = in.known.extract(id); !node.empty()) {
      if (node.mapped()) {
        in.place_waiting(*node.mapped());
      }
    } else if (in.table.find(id) == nullptr) {
      in.place_new(id, *routed, due_of(*routed, logged));
    }
  }
  in.place_known_below(position + 1);
  in.scan = position + 1;
  return true;
}

void Lanes::scanned(Position position) {
  inner_->place_known_below(position);
  inner_->scan = std::max(inner_->scan, position);
}

Position Lanes::scan_position() const {
  return inner_->scan;
}

std::vector<Due> Lanes::due(Nanoseconds now, std::size_t limit) {
  Inner& in = *inner_;
  std::vector<Due> out;
  if (!in.loaded || in.receipts_full()) {
    return out;
  }
  in.wake_retrying(now);
  if (in.unreachable) {
    if (in.probe || now < in.probe_at) {
      return out;
    }
    limit = std::min<std::size_t>(limit, 1);
  }
  while (out.size() < limit && in.begun < in.options.concurrency && !in.table.ready().empty()) {
    Entry& entry = *in.table.find(*in.table.ready().begin());
    if (entry.due > in.wall) {  // the clock was set back
      in.table.sleep(entry);
      if (in.table.ready().empty()) {
        in.reached();  // nothing is left to probe with
      }
      continue;
    }
    in.table.set_state(entry, EntryState::begun);
    ++in.begun;
    if (in.unreachable) {
      in.probe = entry.id;
    }
    out.push_back({entry.id, in.route_names[entry.route], entry.attempts + 1, keys_of(entry)});
  }
  return out;
}

std::optional<Nanoseconds> Lanes::wake_at() const {
  const Inner& in = *inner_;
  if (!in.loaded || in.receipts_full() || in.begun >= in.options.concurrency || (in.unreachable && in.probe)) {
    return std::nullopt;
  }
  if (!in.table.ready().empty()) {
    return in.unreachable ? in.probe_at : 0;
  }
  std::optional<Nanoseconds> wake;
  if (!in.retrying.empty()) {
    wake = in.retrying.begin()->first;
  }
  if (const auto due = in.table.next_wake()) {
    wake = std::min(wake.value_or(in.now + (*due - in.wall)), in.now + (*due - in.wall));
  }
  return wake;
}

void Lanes::settle(const DeliveryId& id, Settled settled, Nanoseconds now) {
  Inner& in = *inner_;
  Entry* entry = in.table.find(id);
  if (entry == nullptr || entry->state != EntryState::begun) {
    return;
  }
  --in.begun;
  ++entry->attempts;
  const bool was_probe = in.probe == id;
  if (was_probe) {
    in.probe.reset();
  }
  if (settled.kind != Settled::delivered) {
    in.error(settled.reason);
  }
  if (settled.kind == Settled::retry && settled.unreachable) {
    in.not_reached(*entry, settled, was_probe, now);
    return;
  }
  in.reached();
  if (settled.kind == Settled::retry) {
    in.retry(*entry, std::move(settled), now);
  } else if (settled.kind == Settled::park) {
    std::string reason = settled.reason;
    in.park(*entry, std::move(reason), std::move(settled));
  } else {
    Receipt& made = in.receipt(*entry, Outcome::delivered, std::move(settled.reason));
    made.generation = settled.generation;
    made.sent = std::move(settled.sent);
    made.answer = std::move(settled.answer);
    in.end(*entry);
  }
}

Lanes::Writing Lanes::take_writing(Nanoseconds wall) {
  Inner& in = *inner_;
  if (!in.last_error.empty() && in.last_error_at == 0) {
    in.last_error_at = wall;
  }
  Writing out;
  if (in.writing) {
    return out;
  }
  in.tell_what_is_stuck();
  out.receipts = std::exchange(in.receipts, {});
  for (Receipt& receipt : out.receipts) {
    receipt.at = wall;
  }
  const Position cursor = in.cursor();
  if (cursor > in.written_cursor && (!out.receipts.empty() || cursor - in.written_cursor >= idle_cursor_step)) {
    out.cursor = in.written_cursor = cursor;
    in.finished_since_move = 0;
  }
  if (!out.empty()) {
    in.writing = true;
    in.ended_writing = std::exchange(in.ended, {});
    ++in.taken;
  }
  return out;
}

void Lanes::committed() {
  if (inner_->writing) {
    inner_->writing = false;
    inner_->ended_writing.clear();
    inner_->table.commit_came(++inner_->commits);
  }
}

bool Lanes::retry_parked(const DeliveryId& id, Nanoseconds) {
  Inner& in = *inner_;
  Entry* entry = in.table.find(id);
  if (entry == nullptr || entry->state != EntryState::parked) {
    return false;
  }
  in.receipt(*entry, Outcome::released, "");
  entry->failures = 0;
  --in.parked;
  in.table.put_back(*entry);
  in.table.set_failing(*entry, false);
  in.keep_within_window();
  return true;
}

bool Lanes::discard_parked(const DeliveryId& id, const std::string& reason, Nanoseconds) {
  Inner& in = *inner_;
  Entry* entry = in.table.find(id);
  if (entry == nullptr || entry->state != EntryState::parked) {
    return false;
  }
  in.receipt(*entry, Outcome::discarded, reason);
  --in.parked;
  in.end(*entry);
  return true;
}

std::optional<Lanes::Fetch> Lanes::wants_waiting() const {
  const Inner& in = *inner_;
  if (!in.loaded || in.unreachable || in.table.wanting().empty() || in.flowing() >= in.options.window) {
    return std::nullopt;
  }
  const Hash128 key = *in.table.wanting().begin();
  Fetch fetch;
  fetch.key = key;
  fetch.from = inner_->table.lane(key)->next;
  fetch.limit = std::min(in.options.window - in.flowing(), fetch_limit);
  fetch.commits = in.commits;
  return fetch;
}

void Lanes::feed_waiting(const Fetch& fetch, const std::vector<Waiting>& waiting, bool complete) {
  Inner& in = *inner_;
  Lane* lane = in.table.lane(fetch.key);
  // Something else brought them meanwhile, or what was read is old.
  if (lane == nullptr || !lane->wanting || fetch.commits != in.commits) {
    return;
  }
  bool missing = complete || waiting.empty();
  for (const Waiting& row : waiting) {
    const DeliveryId id = id_of(row);
    if (!in.is_forgotten(id, *lane)) {
      continue;
    }
    // Another than the one that is next, or one that the scan has not come by yet.
    if ((lane->exact && id != lane->next) || id.position >= in.scan) {
      missing = true;
      break;
    }
    in.table.set_next(*lane, id);
    if (row.due > in.wall) {
      in.table.sleep(*lane, row.due);
      return;
    }
    if (in.flowing() >= in.options.window) {
      return;
    }
    if (!in.table.take_back(id, row.keys)) {
      in.table.set_dormant_if_empty(*lane);
      return;
    }
    in.insert_told(row);
    if (lane->forgotten == 0) {
      return;
    }
  }
  // Fewer than were forgotten: the receipts of the others are still on their way.
  if (lane->first == nullptr && missing) {
    in.table.wait_for_commit(*lane, in.commits + 1);
  }
}

Lanes::Status Lanes::status() const {
  const Inner& in = *inner_;
  Status out;
  out.state = in.unreachable         ? TargetState::unreachable
              : in.too_many_parked() ? TargetState::too_many_parked
                                     : TargetState::flowing;
  out.cursor = in.cursor();
  out.scanned = in.scan;
  out.in_memory = in.in_memory();
  out.begun = in.begun;
  out.retrying = in.retrying.size();
  out.parked = in.parked;
  out.held_keys = in.table.held_keys();
  out.delayed = in.table.sleeping();
  out.next_due = in.table.next_wake().value_or(0);
  out.last_error = in.last_error;
  out.last_error_at = in.last_error_at;
  return out;
}

Position Lanes::cursor() const {
  return inner_->cursor();
}

}  // namespace simpul
