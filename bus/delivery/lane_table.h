// The order of deliveries: which stand in which lane, which is first in all of its lanes, which waits behind
// a failing one, and which were forgotten because the log knows them. No time, no receipts; see lanes.h.
//
// Two things always hold. In each lane what is in memory stands before what is forgotten, so what is in
// memory can go on without asking. And a forgotten delivery is taken back only when it is the next forgotten
// one in all of its lanes and nothing failing stands before it, so it never has to be forgotten at once again.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bus/base/bytes.h"
#include "bus/delivery/lanes.h"

namespace simpul {

enum class EntryState : std::uint8_t { waiting, ready, begun, retrying, parked };

struct Entry;

struct Lane {
  Hash128 key;
  Entry* first = nullptr;
  Entry* last = nullptr;
  std::uint64_t forgotten = 0;
  DeliveryId next;                     // no forgotten one stands before it
  bool exact = false;                  // `next` is itself the first forgotten one
  bool dormant = false;                // `next` waits for another lane, which will bring it back
  Nanoseconds until = 0;               // `next` is not to begin before that wall time
  std::uint64_t from_commit = 0;       // before this commit the view may lack some of them
  bool wanting = false, held = false;  // kept by LaneTable: stands in wanting(), counted in held_keys()
};

// A delivery's place in one lane.
struct Link {
  Lane* lane = nullptr;
  Entry* before = nullptr;
  Entry* after = nullptr;
};

struct Entry {
  DeliveryId id;
  std::uint32_t route = 0;  // the owner's number for the route's name
  EntryState state = EntryState::waiting;
  bool told = false;           // the log knows that it waits
  bool failing = false;        // has failed or is parked: what is behind it is blocked
  bool blocked = false;        // stands behind a failing or blocked one, or must wait for its time
  bool sleeping = false;       // must wait for its time
  std::uint32_t attempts = 0;  // hand-overs
  std::uint32_t failures = 0;  // those that count towards parking
  Nanoseconds not_before = 0;  // retrying: steady time
  Nanoseconds due = 0;         // wall time before which it does not begin; 0: none
  std::vector<Link> links;
};

class LaneTable {
 public:
  Entry* find(const DeliveryId& id);
  Lane* lane(const Hash128& key);
  // At the end of its lanes. `id` must be new, and not behind_forgotten() unless it is parked.
  Entry& insert(const DeliveryId& id, std::uint32_t route, const std::vector<Hash128>& keys, bool parked = false);
  void remove(Entry& entry);
  void set_state(Entry& entry, EntryState state);
  void set_failing(Entry& entry, bool failing);
  // Ready when it is first in all of its lanes, else waiting.
  void put_back(Entry& entry);
  // Waits for `due`; what is behind it is blocked. One that is ready or waiting.
  void sleep(Entry& entry);
  // Those whose time has come may go, and lanes whose next forgotten one's has want it.
  void wake(Nanoseconds wall);

  bool behind_forgotten(const DeliveryId& id, const std::vector<Hash128>& keys) const;
  bool behind_failing(const std::vector<Hash128>& keys) const;
  // Counts one that is not in memory.
  void forget(const DeliveryId& id, const std::vector<Hash128>& keys, Nanoseconds due);
  // May this forgotten one come back? Then it is counted out, and insert() must follow.
  bool take_back(const DeliveryId& id, const std::vector<Hash128>& keys);
  void set_next(Lane& lane, const DeliveryId& id);
  // `next` is not asked for before that wall time.
  void sleep(Lane& lane, Nanoseconds until);
  // What is in memory before `next` asks for it when it is done; with nothing there, another lane of `next` does.
  void set_dormant_if_empty(Lane& lane);
  // Its forgotten ones are asked for from that commit on.
  void wait_for_commit(Lane& lane, std::uint64_t commit);
  void commit_came(std::uint64_t commit);

  // The blocked one that stands last; forgetting it breaks no order.
  Entry* last_blocked();

  std::size_t size() const { return entries_.size(); }
  std::size_t blocked() const { return blocked_.size(); }
  std::size_t held_keys() const { return held_keys_; }
  // Known to wait for their time: deliveries in memory, and lanes of forgotten ones.
  std::size_t sleeping() const { return sleeping_.size() + sleeping_lanes_.size(); }
  std::optional<Nanoseconds> next_wake() const;  // wall time
  const std::set<DeliveryId>& ready() const { return ready_; }
  const std::set<Hash128>& wanting() const { return wanting_; }  // lanes whose next is forgotten

 private:
  void make_ready_if_first(Entry& entry);
  void block_behind(Entry& entry);
  void unblock(std::vector<Entry*> candidates);
  void update(Lane& lane);  // may destroy it
  void set_until(Lane& lane, Nanoseconds until);

  std::map<DeliveryId, Entry> entries_;
  std::unordered_map<Hash128, Lane> lanes_;
  std::set<DeliveryId> ready_, blocked_;
  std::set<Hash128> wanting_;
  std::set<std::pair<Nanoseconds, DeliveryId>> sleeping_;
  std::set<std::pair<Nanoseconds, Hash128>> sleeping_lanes_;
  std::vector<std::pair<std::uint64_t, Hash128>> waiting_for_commit_;
  std::uint64_t commits_ = 0;
  std::size_t held_keys_ = 0;
};

std::vector<Hash128> keys_of(const Entry& entry);

}  // namespace simpul
