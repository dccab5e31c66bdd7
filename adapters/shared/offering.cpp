#include "adapters/shared/offering.h"

#include <algorithm>
#include <memory>

namespace simpul {

namespace {

// Shared with the callback, so that an answer that comes after the wait was given up finds a place.
struct Answered {
  std::mutex mutex;
  std::condition_variable changed;
  bool there = false;
  std::vector<Verdict> verdicts;
};

// A stopping bus still answers what it was offered; it is given this long.
constexpr std::chrono::seconds patience_when_stopping{10};

}  // namespace

Offering::Offering(Intake& intake, Worker& worker, std::string name)
    : intake_(intake), worker_(worker), trouble_("source.offer", std::move(name)) {}

std::optional<std::vector<Verdict>> Offering::commit(const std::vector<Item>& items, const StateChanges& state) {
  for (;;) {
    if (worker_.stopping()) return std::nullopt;
    auto answered = std::make_shared<Answered>();
    intake_.offer(items, state, [answered](std::vector<Verdict> verdicts) {
      std::lock_guard lock(answered->mutex);
      answered->verdicts = std::move(verdicts);
      answered->there = true;
      answered->changed.notify_all();
    });
    std::vector<Verdict> verdicts;
    {
      std::unique_lock lock(answered->mutex);
      std::optional<std::chrono::steady_clock::time_point> limit;
      while (!answered->there) {
        if (worker_.stopping() && !limit) limit = std::chrono::steady_clock::now() + patience_when_stopping;
        if (limit && std::chrono::steady_clock::now() > *limit) return std::nullopt;
        answered->changed.wait_for(lock, std::chrono::milliseconds(100));
      }
      verdicts = std::move(answered->verdicts);
    }
    auto later =
        std::find_if(verdicts.begin(), verdicts.end(), [](const Verdict& v) { return v.kind == Verdict::later; });
    bool committed = items.empty() ? (later == verdicts.end() && state_is_there(state))
                                   : (later == verdicts.end() && verdicts.size() == items.size());
    if (committed) {
      trouble_.over();
      return verdicts;
    }
    auto pause = std::chrono::milliseconds(500);
    bool full = false;
    if (later != verdicts.end()) {
      full = later->full;
      if (later->retry_after.count() > 0) pause = later->retry_after;
    }
    if (full) trouble_.report("the bus takes nothing now, its disk is full; offering again until it does");
    if (worker_.wait_for(pause)) return std::nullopt;
  }
}

bool Offering::state_is_there(const StateChanges& state) {
  if (!state.unset.empty()) {
    auto found = intake_.state(state.unset.front());
    return found && !*found;
  }
  if (state.set.empty()) return true;
  auto found = intake_.state(state.set.front().first);
  return found && *found && **found == state.set.front().second;
}

}  // namespace simpul
