// Deliveries that wait for their time: order, memory, restarts and clocks that jump.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "bus/delivery/lanes.h"

namespace simpul {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Nanoseconds second = 1'000'000'000;
constexpr Nanoseconds day = 86'400 * second;
constexpr Nanoseconds noon = 1'800'000'000 * second;

Hash128 key(std::uint32_t number) {
  Hash128 out;
  for (std::size_t i = 0; i < 4; ++i) out.bytes[i] = std::uint8_t(number >> (8 * i));
  return out;
}

Routed routed(std::vector<std::uint32_t> keys, std::uint64_t delay_ms = 0, std::uint32_t part = 0) {
  Routed out{"r", "t", part, {}, {}, delay_ms, {}};
  for (auto each : keys) out.keys.push_back(key(each));
  return out;
}

LanesOptions options(std::size_t window = 1024) {
  LanesOptions out;
  out.window = window;
  out.concurrency = 1'000'000;
  return out;
}

std::vector<Position> begin(Lanes& lanes, Nanoseconds wall, Nanoseconds now = 0) {
  lanes.at(now, wall);
  std::vector<Position> out;
  for (const Due& each : lanes.due(now, 1'000'000)) out.push_back(each.id.position);
  return out;
}

void deliver(Lanes& lanes, const std::vector<Position>& all) {
  for (Position position : all) lanes.settle({position, 0}, {}, 0);
}

// What is durable of one target.
struct Durable {
  std::map<DeliveryId, Waiting> waiting;
  std::map<Hash128, std::set<DeliveryId>> by_key;
  std::set<DeliveryId> finished;
  Position cursor = 0;

  void write(Lanes& lanes) {
    auto writing = lanes.take_writing(noon);
    if (writing.empty()) return;
    for (const Receipt& receipt : writing.receipts) {
      const DeliveryId id{receipt.position, receipt.part};
      if (receipt.outcome == Outcome::delivered || receipt.outcome == Outcome::discarded) {
        waiting.erase(id);
        for (const auto& each : receipt.keys) by_key[each].erase(id);
        finished.insert(id);
        continue;
      }
      Waiting row{receipt.target,  receipt.route,    receipt.position, receipt.part, receipt.keys,
                  receipt.outcome, receipt.attempts, receipt.reason,   receipt.at};
      row.due = receipt.due;
      for (const auto& each : receipt.keys) by_key[each].insert(id);
      waiting[id] = row;
    }
    if (writing.cursor) cursor = *writing.cursor;
    lanes.committed();
  }
  // Answers what the lanes ask the view for, as long as something comes of it.
  void fetch(Lanes& lanes) const {
    for (int round = 0; round < 100'000; ++round) {
      auto wanted = lanes.wants_waiting();
      if (!wanted) return;
      std::vector<Waiting> rows;
      if (auto lane = by_key.find(wanted->key); lane != by_key.end())
        for (auto at = lane->second.lower_bound(wanted->from); at != lane->second.end(); ++at)
          if (rows.size() < wanted->limit) rows.push_back(waiting.at(*at));
      bool complete = rows.size() < wanted->limit;
      lanes.feed_waiting(*wanted, rows, complete);
    }
    ADD_FAILURE() << "the lanes ask without end";
  }
  std::vector<Waiting> rows() const {
    std::vector<Waiting> all;
    for (const auto& [id, row] : waiting) all.push_back(row);
    return all;
  }
};

TEST(Delay, nothing_begins_before_its_time_and_other_keys_flow) {
  Lanes lanes("t", options(), 0, {}, 7);
  lanes.at(0, noon);
  ASSERT_TRUE(lanes.offer(0, {routed({1}, 90'000)}, noon));
  ASSERT_TRUE(lanes.offer(1, {routed({2})}, noon));
  EXPECT_THAT(begin(lanes, noon), ElementsAre(1));
  EXPECT_THAT(begin(lanes, noon + 90 * second - 1), IsEmpty());
  EXPECT_THAT(begin(lanes, noon + 90 * second), ElementsAre(0));
}

TEST(Delay, what_has_the_same_key_waits_behind_it_in_order) {
  Lanes lanes("t", options(), 0, {}, 7);
  lanes.at(0, noon);
  lanes.offer(0, {routed({1}, 60'000)}, noon);
  lanes.offer(1, {routed({1, 2})}, noon);
  lanes.offer(2, {routed({2})}, noon);
  EXPECT_THAT(begin(lanes, noon + 59 * second), IsEmpty());
  EXPECT_THAT(begin(lanes, noon + 60 * second), ElementsAre(0));
  deliver(lanes, {0});
  EXPECT_THAT(begin(lanes, noon + 60 * second), ElementsAre(1));
  deliver(lanes, {1});
  EXPECT_THAT(begin(lanes, noon + 60 * second), ElementsAre(2));
}

TEST(Delay, counts_from_the_log_time_and_the_later_of_delay_and_until_counts) {
  Lanes lanes("t", options(), 0, {}, 7);
  lanes.at(0, noon);
  auto both = routed({1}, 1'000);
  both.not_before = noon + 5 * second;
  lanes.offer(0, {routed({2}, 10'000)}, noon - 8 * second);
  lanes.offer(1, {both}, noon);
  EXPECT_THAT(begin(lanes, noon + second), IsEmpty());
  EXPECT_THAT(begin(lanes, noon + 2 * second), ElementsAre(0));
  EXPECT_THAT(begin(lanes, noon + 4 * second), IsEmpty());
  EXPECT_THAT(begin(lanes, noon + 5 * second), ElementsAre(1));
}

TEST(Delay, an_until_of_more_than_a_year_is_not_waited_for_and_parked_by_who_begins_it) {
  auto far = routed({1});
  far.not_before = noon + 367 * day;
  EXPECT_TRUE(waits_too_long(far, noon));
  EXPECT_EQ(due_of(far, noon), 0);
  far.not_before = noon + 366 * day;
  EXPECT_FALSE(waits_too_long(far, noon));
  EXPECT_EQ(due_of(far, noon), noon + 366 * day);
}

TEST(Delay, says_when_it_has_to_be_looked_at_again) {
  Lanes lanes("t", options(), 0, {}, 7);
  lanes.at(100, noon);
  lanes.offer(0, {routed({1}, 60'000)}, noon);
  EXPECT_EQ(lanes.wake_at(), 100 + 60 * second);
  EXPECT_EQ(lanes.status().delayed, 1u);
  EXPECT_EQ(lanes.status().next_due, noon + 60 * second);
}

TEST(Delay, a_clock_set_back_lets_it_wait_and_one_set_forth_lets_it_go) {
  Lanes lanes("t", options(), 0, {}, 7);
  lanes.at(0, noon);
  lanes.offer(0, {routed({1}, 60'000)}, noon);
  lanes.offer(1, {routed({2}, 60'000)}, noon);
  lanes.at(0, noon + 61 * second);  // both may go now …
  EXPECT_THAT(begin(lanes, noon - 3600 * second), IsEmpty()) << "… and then the clock is set back";
  EXPECT_THAT(begin(lanes, noon + 59 * second), IsEmpty());
  EXPECT_THAT(begin(lanes, noon + 7200 * second), ElementsAre(0, 1));
}

TEST(Delay, a_hundred_thousand_delayed_by_a_day_take_no_window_and_are_all_found_in_time) {
  constexpr Position many = 100'000;
  Lanes lanes("t", options(256), 0, {}, 7);
  lanes.at(0, noon);
  Durable durable;
  for (Position at = 0; at < many; ++at) {
    ASSERT_TRUE(lanes.offer(at, {routed({std::uint32_t(at)}, 86'400'000)}, noon)) << at;
    if (at % 500 == 0) durable.write(lanes);
  }
  durable.write(lanes);
  ASSERT_TRUE(lanes.offer(many, {routed({1'000'000})}, noon)) << "another key flows";
  EXPECT_THAT(begin(lanes, noon), ElementsAre(many));
  deliver(lanes, {many});
  EXPECT_LE(lanes.status().in_memory, 256u);
  EXPECT_EQ(lanes.status().state, TargetState::flowing);
  durable.write(lanes);

  std::set<Position> begun;
  for (int round = 0; round < 2'000 && begun.size() < many; ++round) {
    auto now = begin(lanes, noon + day);
    for (Position each : now) EXPECT_TRUE(begun.insert(each).second);
    deliver(lanes, now);
    durable.write(lanes);
    durable.fetch(lanes);
  }
  EXPECT_EQ(begun.size(), many);
  durable.write(lanes);
  EXPECT_TRUE(durable.waiting.empty());
}

TEST(Delay, is_found_again_after_a_restart_whether_it_was_told_or_not) {
  Durable durable;
  std::vector<std::vector<Routed>> log;
  for (std::uint32_t at = 0; at < 40; ++at) log.push_back({routed({at % 20}, at < 20 ? 60'000 : 0)});
  {
    Lanes lanes("t", options(8), 0, {}, 7);
    lanes.at(0, noon);
    for (Position at = 0; at < 30; ++at) lanes.offer(at, log[at], noon);
    EXPECT_THAT(begin(lanes, noon), IsEmpty());
    durable.write(lanes);
  }
  Lanes lanes("t", options(8), durable.cursor, {}, 8, false);
  lanes.at(0, noon + 30 * second);
  lanes.load(durable.rows(), true);
  std::vector<Position> begun;
  for (int round = 0; round < 400 && begun.size() < 40; ++round) {
    Nanoseconds wall = noon + (round < 100 ? 59 : 60) * second;
    while (lanes.scan_position() < 40 && lanes.offer(lanes.scan_position(), log[lanes.scan_position()], noon)) {
    }
    auto now = begin(lanes, wall);
    EXPECT_TRUE(round >= 100 || now.empty());
    deliver(lanes, now);
    begun.insert(begun.end(), now.begin(), now.end());
    durable.write(lanes);
    durable.fetch(lanes);
  }
  ASSERT_EQ(begun.size(), 40u);
  for (Position at = 0; at < 20; ++at)
    EXPECT_LT(std::ranges::find(begun, at) - begun.begin(), std::ranges::find(begun, at + 20) - begun.begin());
}

}  // namespace
}  // namespace simpul
