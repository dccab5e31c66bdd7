// Lanes against a naive model of P3 and P4, on random logs, random answers of the target, crashes included.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "bus/delivery/lanes.h"

namespace simpul {
namespace {

using std::size_t;

Hash128 key(unsigned number) {
  Hash128 out;
  out.bytes[0] = std::uint8_t(number);
  out.bytes[9] = std::uint8_t(number * 37);
  return out;
}

// What is durable: the log's events, and the view of the receipts that were committed.
struct Durable {
  std::map<DeliveryId, Waiting> waiting;
  std::set<DeliveryId> finished;
  Position cursor = 0;

  void apply(const Lanes::Writing& writing) {
    for (const Receipt& receipt : writing.receipts) {
      const DeliveryId id{receipt.position, receipt.part};
      if (receipt.outcome == Outcome::delivered || receipt.outcome == Outcome::discarded) {
        waiting.erase(id);
        finished.insert(id);
      } else {
        waiting[id] = {receipt.target,  receipt.route,    receipt.position, receipt.part, receipt.keys,
                       receipt.outcome, receipt.attempts, receipt.reason,   receipt.at,   receipt.due};
      }
    }
    if (writing.cursor) {
      cursor = *writing.cursor;
    }
  }
};

constexpr Nanoseconds logged = 5'000'000;  // of all of the log

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : random_(seed) {
    options_.window = 4 + pick(30);
    options_.concurrency = 1 + pick(8);
    options_.held_limit = pick(4) == 0 ? 2 : 1000;
    options_.retry.attempts = 1 + std::uint32_t(pick(4));
    options_.retry.first = std::chrono::milliseconds(1);
    options_.retry.limit = std::chrono::milliseconds(20);
    keys_ = 1 + unsigned(pick(12));
    bad_ = unsigned(pick(60));
    tells_finished_ = pick(2) == 0;
    delayed_ = pick(2) == 0;
    const size_t length = 20 + pick(150);
    for (Position position = 0; position < length; ++position) {
      std::vector<Routed> mine;
      const size_t parts = pick(3) == 0 ? 0 : pick(8) == 0 ? 1 + pick(4) : 1;
      for (size_t part = 0; part < parts; ++part) {
        mine.push_back({"r", "t", std::uint32_t(part), {key(unsigned(pick(keys_)))}, {}});
        if (delayed_ && pick(3) == 0) {
          mine.back().delay_ms = 1 + pick(100);
        }
        while (pick(3) == 0) {
          mine.back().keys.push_back(key(unsigned(pick(keys_))));
        }
        for (const Hash128& each : mine.back().keys) {
          order_[each].push_back({position, std::uint32_t(part)});
        }
        all_.insert({position, std::uint32_t(part)});
      }
      log_.push_back(std::move(mine));
    }
    restart();
  }

  void run() {
    for (int step = 0; step < 600 && !::testing::Test::HasFailure(); ++step) {
      this->step();
    }
    // Now everything goes well: all must come to an end.
    bad_ = 0;
    for (int step = 0; step < 20'000 && unfinished() && !::testing::Test::HasFailure(); ++step) {
      calm_step();
    }
    EXPECT_EQ(durable_.finished.size(), all_.size());
    EXPECT_EQ(durable_.waiting.size(), 0u);
    EXPECT_EQ(lanes_->status().in_memory, 0u);
    EXPECT_EQ(lanes_->status().held_keys, 0u);
    if (durable_.finished == all_) {
      feed_all();
      EXPECT_EQ(lanes_->cursor(), log_.size());
    }
  }

 private:
  size_t pick(size_t below) { return below == 0 ? 0 : random_() % below; }

  void restart() {
    begun_.clear();
    writing_.reset();
    fetch_.reset();
    finished_now_ = durable_.finished;
    std::vector<Waiting> rows;
    for (const auto& [id, row] : durable_.waiting) {
      rows.push_back(row);
    }
    if (pick(2) == 0) {
      lanes_.emplace("t", options_, durable_.cursor, std::move(rows), random_());
    } else {
      lanes_.emplace("t", options_, durable_.cursor, std::vector<Waiting>{}, random_(), false);
      lanes_->at(now_, wall());
      EXPECT_EQ(lanes_->room(), 0u);
      EXPECT_TRUE(lanes_->due(now_, 10).empty());
      const size_t half = pick(rows.size() + 1);
      lanes_->load({rows.begin(), rows.begin() + std::ptrdiff_t(half)}, false);
      lanes_->load({rows.begin() + std::ptrdiff_t(half), rows.end()}, true);
    }
    if (tells_finished_) {
      lanes_->finished_before({durable_.finished.begin(), durable_.finished.end()});
    } else {
      // Deliveries above the cursor are done again: order is asked of this run alone.
      finished_now_.clear();
      for (const DeliveryId& id : durable_.finished) {
        if (id.position < durable_.cursor && !durable_.waiting.contains(id)) {
          finished_now_.insert(id);
        }
      }
    }
    EXPECT_GE(lanes_->scan_position(), durable_.cursor);
  }

  bool unfinished() {
    return durable_.finished.size() < all_.size() || !durable_.waiting.empty() || lanes_->status().in_memory > 0;
  }

  void step() {
    now_ += Nanoseconds(pick(3'000'000));
    switch (pick(12)) {
      case 0:
      case 1:
      case 2:
        offer_some();
        break;
      case 3:
      case 4:
        begin_some();
        break;
      case 5:
      case 6:
      case 7:
        settle_one();
        break;
      case 8:
        write();
        break;
      case 9:
        commit();
        break;
      case 10:
        fetch();
        break;
      default:
        if (pick(8) == 0) {
          restart();
        } else if (pick(3) == 0) {
          operate();
        }
    }
    check();
  }

  void calm_step() {
    now_ += 50'000'000;
    fetch();
    fetch();
    offer_some();
    begin_some();
    while (!begun_.empty()) {
      settle_one();
    }
    write();
    commit();
    std::vector<DeliveryId> parked;
    for (const auto& [id, row] : durable_.waiting) {
      if (row.outcome == Outcome::parked) {
        parked.push_back(id);
      }
    }
    for (const DeliveryId& id : parked) {
      if (id.position < lanes_->scan_position()) {
        lanes_->retry_parked(id, now_);
      }
    }
    check();
  }

  void offer_some() {
    for (size_t count = 1 + pick(10); count > 0 && lanes_->scan_position() < log_.size(); --count) {
      const Position at = lanes_->scan_position();
      if (log_[at].empty()) {
        lanes_->scanned(at + 1);
        continue;
      }
      const size_t room = lanes_->room();
      const size_t before = lanes_->status().in_memory;
      const bool taken = lanes_->offer(at, log_[at], logged);
      if (log_[at].size() <= room) {
        EXPECT_TRUE(taken);
      }
      if (!taken) {
        EXPECT_EQ(lanes_->scan_position(), at);
        return;
      }
      EXPECT_LE(lanes_->status().in_memory, std::max({options_.window, before, log_[at].size() + before}));
    }
  }

  void feed_all() {
    while (lanes_->scan_position() < log_.size()) {
      lanes_->scanned(lanes_->scan_position() + 1);
    }
  }

  // Now and then the clock is set back.
  Nanoseconds wall() { return now_ - (delayed_ && pick(20) == 0 ? 40'000'000 : 0); }

  void begin_some() {
    const Nanoseconds clock = wall();
    lanes_->at(now_, clock);
    const bool probing = lanes_->status().state == TargetState::unreachable;
    const std::vector<Due> due = lanes_->due(now_, 1 + pick(10));
    if (probing) {
      EXPECT_LE(due.size(), 1u);
    }
    for (const Due& each : due) {
      EXPECT_TRUE(begun_.insert(each.id).second) << "begun twice";
      EXPECT_FALSE(finished_now_.contains(each.id)) << "done again: " << each.id.position << "/" << each.id.part;
      EXPECT_GE(clock, due_of(log_[each.id.position][each.id.part], logged)) << "before its time";
      const auto& keys = log_[each.id.position][each.id.part].keys;
      for (const Hash128& lane : keys) {
        for (const DeliveryId& earlier : order_[lane]) {
          if (!(earlier < each.id)) {
            break;
          }
          EXPECT_TRUE(finished_now_.contains(earlier))
              << each.id.position << "/" << each.id.part << " overtakes " << earlier.position << "/" << earlier.part;
        }
      }
    }
    EXPECT_LE(begun_.size(), options_.concurrency);
  }

  void settle_one() {
    if (begun_.empty()) {
      return;
    }
    auto chosen = begun_.begin();
    std::advance(chosen, std::ptrdiff_t(pick(begun_.size())));
    const DeliveryId id = *chosen;
    begun_.erase(chosen);
    Lanes::Settled settled;
    if (pick(100) < bad_) {
      settled.reason = "no";
      settled.kind = pick(4) == 0 ? Lanes::Settled::park : Lanes::Settled::retry;
      settled.unreachable = pick(4) == 0;
      if (settled.unreachable) {
        settled.kind = Lanes::Settled::retry;
      }
    } else {
      finished_now_.insert(id);
    }
    lanes_->settle(id, settled, now_);
  }

  void write() {
    Lanes::Writing writing = lanes_->take_writing(now_);
    if (writing_) {
      EXPECT_TRUE(writing.empty());
    } else if (!writing.empty()) {
      writing_ = std::move(writing);
    }
  }

  void commit() {
    if (!writing_) {
      return;
    }
    const Position before = durable_.cursor;
    durable_.apply(*writing_);
    EXPECT_GE(durable_.cursor, before);
    writing_.reset();
    for (const DeliveryId& id : all_) {
      if (id.position < durable_.cursor) {
        EXPECT_TRUE(durable_.finished.contains(id) || durable_.waiting.contains(id))
            << "the cursor lost " << id.position << "/" << id.part;
      }
    }
    // The bus may be slow to say so; a crash in between is a crash after the commit.
    if (pick(20) == 0) {
      restart();
    } else {
      lanes_->committed();
    }
  }

  void fetch() {
    if (fetch_) {
      lanes_->feed_waiting(*fetch_, fetched_, complete_);
      fetch_.reset();
      return;
    }
    fetch_ = lanes_->wants_waiting();
    if (!fetch_) {
      return;
    }
    fetched_.clear();
    complete_ = true;
    for (const auto& [id, row] : durable_.waiting) {
      if (id < fetch_->from || std::find(row.keys.begin(), row.keys.end(), fetch_->key) == row.keys.end()) {
        continue;
      }
      if (fetched_.size() == fetch_->limit) {
        complete_ = false;
        break;
      }
      fetched_.push_back(row);
    }
    if (pick(3) != 0) {
      fetch();
    }
  }

  void operate() {
    for (const auto& [id, row] : durable_.waiting) {
      if (row.outcome == Outcome::parked && pick(2) == 0) {
        if (pick(3) == 0) {
          if (lanes_->discard_parked(id, "wrong", now_)) {
            finished_now_.insert(id);
          }
        } else {
          lanes_->retry_parked(id, now_);
        }
      }
    }
  }

  void check() {
    const Lanes::Status status = lanes_->status();
    EXPECT_EQ(status.begun, begun_.size());
    EXPECT_LE(status.cursor, status.scanned);
    EXPECT_GE(status.cursor, durable_.cursor);
  }

  std::mt19937_64 random_;
  LanesOptions options_;
  unsigned keys_ = 1, bad_ = 0;
  bool tells_finished_ = true, delayed_ = false;
  std::vector<std::vector<Routed>> log_;
  std::map<Hash128, std::vector<DeliveryId>> order_;
  std::set<DeliveryId> all_, begun_, finished_now_;
  Durable durable_;
  std::optional<Lanes> lanes_;
  std::optional<Lanes::Writing> writing_;
  std::optional<Lanes::Fetch> fetch_;
  std::vector<Waiting> fetched_;
  bool complete_ = false;
  Nanoseconds now_ = 1;
};

TEST(LanesModel, keeps_order_and_loses_nothing_over_crashes) {
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    Simulation(seed).run();
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace simpul
