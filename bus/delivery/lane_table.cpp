#include "bus/delivery/lane_table.h"

#include <algorithm>

namespace simpul {

namespace {

Link& link_in(Entry& entry, const Lane* lane) {
  for (Link& link : entry.links) {
    if (link.lane == lane) {
      return link;
    }
  }
  assertion_failed("an entry stands in the lane of its neighbour", __FILE__, __LINE__);
}

bool holds_back(const Entry* entry) {
  return entry != nullptr && (entry->failing || entry->blocked);
}

std::vector<Hash128> without_repeats(std::vector<Hash128> keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

}  // namespace

std::vector<Hash128> keys_of(const Entry& entry) {
  std::vector<Hash128> keys;
  keys.reserve(entry.links.size());
  for (const Link& link : entry.links) {
    keys.push_back(link.lane->key);
  }
  return keys;
}

Entry* LaneTable::find(const DeliveryId& id) {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second;
}

Lane* LaneTable::lane(const Hash128& key) {
  const auto found = lanes_.find(key);
  return found == lanes_.end() ? nullptr : &found->second;
}

Entry& LaneTable::insert(const DeliveryId& id, std::uint32_t route, const std::vector<Hash128>& keys, bool parked) {
  const auto [place, is_new] = entries_.try_emplace(id);
  SIMPUL_ASSERT(is_new);
  Entry& entry = place->second;
  entry.id = id;
  entry.route = route;
  entry.failing = entry.told = parked;
  if (parked) {
    entry.state = EntryState::parked;
  }
  for (const Hash128& key : without_repeats(keys)) {
    Lane& lane = lanes_[key];
    lane.key = key;
    entry.links.push_back({&lane, lane.last, nullptr});
    if (lane.last != nullptr) {
      link_in(*lane.last, &lane).after = &entry;
    } else {
      lane.first = &entry;
    }
    if (!parked && holds_back(lane.last)) {
      entry.blocked = true;
    }
    lane.last = &entry;
    update(lane);
  }
  if (entry.blocked) {
    blocked_.insert(id);
  }
  make_ready_if_first(entry);
  return entry;
}

void LaneTable::remove(Entry& entry) {
  std::vector<Entry*> behind;
  std::vector<Lane*> lanes;
  for (const Link& link : entry.links) {
    Lane& lane = *link.lane;
    (link.before != nullptr ? link_in(*link.before, &lane).after : lane.first) = link.after;
    (link.after != nullptr ? link_in(*link.after, &lane).before : lane.last) = link.before;
    if (link.after != nullptr) {
      behind.push_back(link.after);
    }
    lanes.push_back(&lane);
  }
  ready_.erase(entry.id);
  blocked_.erase(entry.id);
  if (entry.sleeping) {
    sleeping_.erase({entry.due, entry.id});
  }
  entries_.erase(DeliveryId(entry.id));
  unblock(behind);
  for (Entry* each : behind) {
    make_ready_if_first(*each);
  }
  for (Lane* lane : lanes) {
    update(*lane);
  }
}

void LaneTable::set_state(Entry& entry, EntryState state) {
  const bool parking = (entry.state == EntryState::parked) != (state == EntryState::parked);
  if (entry.state == EntryState::ready) {
    ready_.erase(entry.id);
  }
  entry.state = state;
  if (state == EntryState::ready) {
    ready_.insert(entry.id);
  }
  if (parking) {
    for (const Link& link : entry.links) {
      update(*link.lane);
    }
  }
}

void LaneTable::set_failing(Entry& entry, bool failing) {
  if (entry.failing == failing) {
    return;
  }
  entry.failing = failing;
  if (failing) {
    block_behind(entry);
    return;
  }
  // Taken for blocked first, so that unblock() looks at it and then at what stands behind it.
  entry.blocked = true;
  blocked_.insert(entry.id);
  unblock({&entry});
}

// Stops at what is blocked already: all that stands behind that is blocked too.
void LaneTable::block_behind(Entry& entry) {
  std::vector<Entry*> todo{&entry};
  while (!todo.empty()) {
    Entry* each = todo.back();
    todo.pop_back();
    for (const Link& link : each->links) {
      if (link.after != nullptr && !holds_back(link.after)) {
        link.after->blocked = true;
        blocked_.insert(link.after->id);
        todo.push_back(link.after);
      }
    }
  }
}

void LaneTable::unblock(std::vector<Entry*> candidates) {
  while (!candidates.empty()) {
    Entry* each = candidates.back();
    candidates.pop_back();
    if (!each->blocked || each->sleeping ||
        std::any_of(each->links.begin(), each->links.end(), [](const Link& link) { return holds_back(link.before); })) {
      continue;
    }
    each->blocked = false;
    blocked_.erase(each->id);
    for (const Link& link : each->links) {
      if (link.after != nullptr) {
        candidates.push_back(link.after);
      }
    }
  }
}

void LaneTable::put_back(Entry& entry) {
  set_state(entry, EntryState::waiting);
  make_ready_if_first(entry);
}

void LaneTable::sleep(Entry& entry) {
  set_state(entry, EntryState::waiting);
  entry.sleeping = true;
  sleeping_.emplace(entry.due, entry.id);
  if (!entry.blocked) {
    entry.blocked = true;
    blocked_.insert(entry.id);
    block_behind(entry);
  }
}

void LaneTable::wake(Nanoseconds wall) {
  while (!sleeping_.empty() && sleeping_.begin()->first <= wall) {
    Entry& entry = *find(sleeping_.begin()->second);
    sleeping_.erase(sleeping_.begin());
    entry.sleeping = false;
    unblock({&entry});
    make_ready_if_first(entry);
  }
  while (!sleeping_lanes_.empty() && sleeping_lanes_.begin()->first <= wall) {
    Lane& lane = *this->lane(sleeping_lanes_.begin()->second);
    set_until(lane, 0);
    update(lane);
  }
}

std::optional<Nanoseconds> LaneTable::next_wake() const {
  std::optional<Nanoseconds> next;
  if (!sleeping_.empty()) {
    next = sleeping_.begin()->first;
  }
  if (!sleeping_lanes_.empty()) {
    next = std::min(next.value_or(sleeping_lanes_.begin()->first), sleeping_lanes_.begin()->first);
  }
  return next;
}

void LaneTable::make_ready_if_first(Entry& entry) {
  if (entry.state == EntryState::waiting && !entry.sleeping &&
      std::all_of(entry.links.begin(), entry.links.end(), [](const Link& link) { return link.before == nullptr; })) {
    set_state(entry, EntryState::ready);
  }
}

bool LaneTable::behind_forgotten(const DeliveryId& id, const std::vector<Hash128>& keys) const {
  return std::any_of(keys.begin(), keys.end(), [&](const Hash128& key) {
    const auto found = lanes_.find(key);
    return found != lanes_.end() && found->second.forgotten > 0 && found->second.next < id;
  });
}

bool LaneTable::behind_failing(const std::vector<Hash128>& keys) const {
  return std::any_of(keys.begin(), keys.end(), [&](const Hash128& key) {
    const auto found = lanes_.find(key);
    return found != lanes_.end() && holds_back(found->second.last);
  });
}

void LaneTable::forget(const DeliveryId& id, const std::vector<Hash128>& keys, Nanoseconds due) {
  for (const Hash128& key : without_repeats(keys)) {
    Lane& lane = lanes_[key];
    lane.key = key;
    if (lane.forgotten == 0 || id < lane.next) {
      lane.next = id;
      lane.exact = true;
      lane.dormant = false;
      set_until(lane, due);
    }
    ++lane.forgotten;
    update(lane);
  }
}

bool LaneTable::take_back(const DeliveryId& id, const std::vector<Hash128>& keys) {
  const std::vector<Hash128> unique = without_repeats(keys);
  for (const Hash128& key : unique) {
    const Lane* lane = this->lane(key);
    if (lane == nullptr || lane->forgotten == 0 || !lane->exact || lane->next != id || holds_back(lane->last)) {
      return false;
    }
  }
  for (const Hash128& key : unique) {
    Lane& lane = *this->lane(key);
    --lane.forgotten;
    lane.next = {id.position, id.part + 1};
    lane.exact = lane.dormant = false;
    set_until(lane, 0);
  }
  return true;
}

void LaneTable::set_next(Lane& lane, const DeliveryId& id) {
  lane.next = id;
  lane.exact = true;
  update(lane);
}

void LaneTable::sleep(Lane& lane, Nanoseconds until) {
  set_until(lane, until);
  update(lane);
}

void LaneTable::set_until(Lane& lane, Nanoseconds until) {
  if (lane.until == until) {
    return;
  }
  if (lane.until != 0) {
    sleeping_lanes_.erase({lane.until, lane.key});
  }
  lane.until = until;
  if (until != 0) {
    sleeping_lanes_.emplace(until, lane.key);
  }
}

void LaneTable::set_dormant_if_empty(Lane& lane) {
  lane.dormant = lane.first == nullptr;
  update(lane);
}

void LaneTable::wait_for_commit(Lane& lane, std::uint64_t commit) {
  if (commit > lane.from_commit) {
    lane.from_commit = commit;
    waiting_for_commit_.emplace_back(commit, lane.key);
    update(lane);
  }
}

void LaneTable::commit_came(std::uint64_t commit) {
  commits_ = commit;
  std::vector<std::pair<std::uint64_t, Hash128>> later;
  for (const auto& [number, key] : std::exchange(waiting_for_commit_, {})) {
    if (number > commit) {
      later.emplace_back(number, key);
    } else if (Lane* lane = this->lane(key)) {
      update(*lane);
    }
  }
  waiting_for_commit_.insert(waiting_for_commit_.end(), later.begin(), later.end());
}

Entry* LaneTable::last_blocked() {
  return blocked_.empty() ? nullptr : find(*blocked_.rbegin());
}

void LaneTable::update(Lane& lane) {
  const bool held = lane.forgotten > 0 || (lane.first != nullptr && lane.first->state == EntryState::parked);
  if (held != lane.held) {
    lane.held = held;
    held_keys_ += held ? 1 : std::size_t(-1);
  }
  const bool wanting =
      lane.forgotten > 0 && lane.first == nullptr && !lane.dormant && lane.until == 0 && commits_ >= lane.from_commit;
  if (wanting != lane.wanting) {
    lane.wanting = wanting;
    if (wanting) {
      wanting_.insert(lane.key);
    } else {
      wanting_.erase(lane.key);
    }
  }
  if (lane.first == nullptr && lane.forgotten == 0) {
    set_until(lane, 0);
    lanes_.erase(Hash128(lane.key));
  }
}

}  // namespace simpul
