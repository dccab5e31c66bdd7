// A bus that an adapter can be held against: keeps what is offered and the state in memory, answers as told.
#pragma once

#include <condition_variable>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "bus/adapter.h"

namespace simpul::test {

class FakeIntake : public Intake {
 public:
  ~FakeIntake() override { release(); }

  void offer(std::vector<Item> items, StateChanges state,
             std::move_only_function<void(std::vector<Verdict>)> done) override {
    std::vector<Verdict> verdicts;
    {
      std::lock_guard lock(mutex_);
      ++offers_;
      if (items_.size() >= hold_from_) held_ = true;
      if (held_) {
        waiting_.push_back({std::move(items), std::move(state), std::move(done)});
        changed_.notify_all();
        return;
      }
      verdicts = commit(items, std::move(state));
    }
    changed_.notify_all();
    done(std::move(verdicts));
  }

  Result<std::optional<std::string>> state(std::string_view key) override {
    std::lock_guard lock(mutex_);
    auto found = state_.find(std::string(key));
    if (found == state_.end()) return std::optional<std::string>();
    return std::optional<std::string>(found->second);
  }

  Result<void> scan_state(std::string_view after,
                          const std::function<bool(std::string_view key, std::string_view value)>& each) override {
    std::lock_guard lock(mutex_);
    for (auto at = state_.upper_bound(std::string(after)); at != state_.end(); ++at)
      if (!each(at->first, at->second)) break;
    return {};
  }

  // ---- what a test sees and says

  // The next so many offers are answered "later".
  void later(int offers) {
    std::lock_guard lock(mutex_);
    later_ = offers;
  }
  // Items whose row or event holds this text are refused.
  void refuse(std::string text) {
    std::lock_guard lock(mutex_);
    refuse_ = std::move(text);
  }
  // Offers wait unanswered until release().
  void hold() {
    std::lock_guard lock(mutex_);
    held_ = true;
  }
  // The same from the offer on that comes when so many items are committed.
  void hold_from(std::size_t items) {
    std::lock_guard lock(mutex_);
    hold_from_ = items;
  }
  void release() {
    std::vector<Waiting> waiting;
    std::vector<std::vector<Verdict>> verdicts;
    {
      std::lock_guard lock(mutex_);
      held_ = false;
      hold_from_ = std::numeric_limits<std::size_t>::max();
      waiting.swap(waiting_);
      for (auto& one : waiting) verdicts.push_back(commit(one.items, std::move(one.state)));
    }
    changed_.notify_all();
    for (std::size_t i = 0; i < waiting.size(); ++i) waiting[i].done(std::move(verdicts[i]));
  }
  // Answers what is held with "later"; nothing is committed.
  void turn_away() {
    std::vector<Waiting> waiting;
    {
      std::lock_guard lock(mutex_);
      waiting.swap(waiting_);
    }
    for (auto& one : waiting) {
      Verdict verdict;
      verdict.kind = Verdict::later;
      verdict.retry_after = std::chrono::milliseconds(1);
      one.done(std::vector<Verdict>(one.items.size(), verdict));
    }
  }

  std::vector<Item> items() {
    std::lock_guard lock(mutex_);
    return items_;
  }
  std::size_t offers() {
    std::lock_guard lock(mutex_);
    return offers_;
  }
  std::size_t largest_offer() {
    std::lock_guard lock(mutex_);
    return largest_;
  }
  std::map<std::string, std::string> all_state() {
    std::lock_guard lock(mutex_);
    return state_;
  }
  void set_state(std::map<std::string, std::string> state) {
    std::lock_guard lock(mutex_);
    state_ = std::move(state);
  }
  // True when the condition held within the limit; checked whenever something is offered, and often in between.
  bool wait(const std::function<bool()>& condition, std::chrono::seconds limit = std::chrono::seconds(20)) {
    auto until = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, std::chrono::milliseconds(5));
    }
    return true;
  }
  bool wait_items(std::size_t count) {
    return wait([&] { return items().size() >= count; });
  }
  bool wait_state(const std::string& key) {
    return wait([&] { return all_state().contains(key); });
  }
  bool wait_held() {
    return wait([&] {
      std::lock_guard lock(mutex_);
      return !waiting_.empty();
    });
  }

 private:
  struct Waiting {
    std::vector<Item> items;
    StateChanges state;
    std::move_only_function<void(std::vector<Verdict>)> done;
  };

  std::vector<Verdict> commit(const std::vector<Item>& items, StateChanges state) {
    std::vector<Verdict> verdicts;
    Verdict verdict;
    if (later_ > 0) {
      --later_;
      verdict.kind = Verdict::later;
      verdict.retry_after = std::chrono::milliseconds(1);
      return std::vector<Verdict>(items.size(), verdict);
    }
    largest_ = std::max(largest_, items.size());
    for (const auto& item : items) {
      verdict = {};
      verdict.id = item.id;
      if (!refuse_.empty() &&
          (item.row.find(refuse_) != std::string::npos || item.event.find(refuse_) != std::string::npos)) {
        verdict.kind = Verdict::refused;
        verdict.reasons = {{"schema", "the value does not fit", "/data/x", "pattern"}};
      } else if (!item.id.empty() && !ids_.insert(item.id).second) {
        verdict.kind = Verdict::duplicate;
      } else {
        items_.push_back(item);
      }
      verdicts.push_back(verdict);
    }
    for (auto& [key, value] : state.set) state_[key] = value;
    for (const auto& key : state.unset) state_.erase(key);
    return verdicts;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::string> state_;
  std::vector<Item> items_;
  std::set<std::string> ids_;
  std::vector<Waiting> waiting_;
  std::string refuse_;
  std::size_t offers_ = 0, largest_ = 0;
  int later_ = 0;
  std::size_t hold_from_ = std::numeric_limits<std::size_t>::max();
  bool held_ = false;
};

}  // namespace simpul::test
