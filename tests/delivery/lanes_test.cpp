// Every rule of lanes.h by itself.
#include "bus/delivery/lanes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace simpul {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Nanoseconds ms = 1'000'000;

Hash128 key(char name) {
  Hash128 out;
  out.bytes[0] = std::uint8_t(name);
  return out;
}

Routed routed(std::string_view keys, std::uint32_t part = 0) {
  Routed out;
  out.route = "pindah-datang";
  out.target = "sismiop";
  out.part = part;
  for (const char each : keys) {
    out.keys.push_back(key(each));
  }
  return out;
}

Waiting row(Position position, std::string_view keys, Outcome outcome, std::uint32_t attempts = 0) {
  Waiting out;
  out.target = "sismiop";
  out.route = "pindah-datang";
  out.position = position;
  out.keys = routed(keys).keys;
  out.outcome = outcome;
  out.attempts = attempts;
  return out;
}

LanesOptions options() {
  LanesOptions out;
  out.retry.attempts = 3;
  out.retry.first = std::chrono::milliseconds(100);
  out.retry.limit = std::chrono::milliseconds(1000);
  return out;
}

Lanes lanes_with(LanesOptions chosen = options(), Position cursor = 0, std::vector<Waiting> waiting = {}) {
  return Lanes("sismiop", std::move(chosen), cursor, std::move(waiting), 7);
}

std::vector<Position> positions(const std::vector<Due>& due) {
  std::vector<Position> out;
  for (const Due& each : due) {
    out.push_back(each.id.position);
  }
  return out;
}

std::vector<Position> begin(Lanes& lanes, Nanoseconds now = 0) {
  return positions(lanes.due(now, 1000));
}

Lanes::Settled retry(std::string reason = "no answer") {
  Lanes::Settled out;
  out.kind = Lanes::Settled::retry;
  out.reason = std::move(reason);
  return out;
}

Lanes::Settled unreachable() {
  Lanes::Settled out = retry("connection refused");
  out.unreachable = true;
  return out;
}

Lanes::Settled park(std::string reason = "code 12 is unknown") {
  Lanes::Settled out;
  out.kind = Lanes::Settled::park;
  out.reason = std::move(reason);
  return out;
}

std::vector<std::pair<Position, Outcome>> told(const Lanes::Writing& writing) {
  std::vector<std::pair<Position, Outcome>> out;
  for (const Receipt& receipt : writing.receipts) {
    out.emplace_back(receipt.position, receipt.outcome);
  }
  return out;
}

std::vector<std::pair<Position, Outcome>> write(Lanes& lanes) {
  const auto out = told(lanes.take_writing(1));
  lanes.committed();
  return out;
}

TEST(Order, one_key_goes_one_by_one_and_other_keys_at_once) {
  Lanes lanes = lanes_with();
  lanes.offer(0, {routed("a")});
  lanes.offer(1, {routed("a")});
  lanes.offer(2, {routed("b")});
  EXPECT_THAT(begin(lanes), ElementsAre(0, 2));
  lanes.settle({2, 0}, {}, 0);
  EXPECT_THAT(begin(lanes), IsEmpty());
  lanes.settle({0, 0}, {}, 0);
  EXPECT_THAT(begin(lanes), ElementsAre(1));
}

TEST(Order, a_delivery_with_two_keys_waits_for_both_and_holds_both) {
  Lanes lanes = lanes_with();
  lanes.offer(0, {routed("a")});
  lanes.offer(1, {routed("b")});
  lanes.offer(2, {routed("ab")});
  lanes.offer(3, {routed("b")});
  EXPECT_THAT(begin(lanes), ElementsAre(0, 1));
  lanes.settle({1, 0}, {}, 0);
  EXPECT_THAT(begin(lanes), IsEmpty());
  lanes.settle({0, 0}, {}, 0);
  EXPECT_THAT(begin(lanes), ElementsAre(2));
  lanes.settle({2, 0}, {}, 0);
  EXPECT_THAT(begin(lanes), ElementsAre(3));
}

TEST(Order, parts_go_by_their_number_however_they_are_given) {
  Lanes lanes = lanes_with();
  lanes.offer(0, {routed("a", 1), routed("a", 0)});
  EXPECT_EQ(lanes.due(0, 10).at(0).id.part, 0u);
  lanes.settle({0, 0}, {}, 0);
  EXPECT_EQ(lanes.due(0, 10).at(0).id.part, 1u);
}

TEST(Order, a_key_given_twice_counts_once) {
  Lanes lanes = lanes_with();
  lanes.offer(0, {routed("aa")});
  EXPECT_THAT(begin(lanes), ElementsAre(0));
  lanes.settle({0, 0}, {}, 0);
  EXPECT_EQ(lanes.status().in_memory, 0u);
}

TEST(Order, no_more_begin_than_may_be_with_the_target) {
  LanesOptions two = options();
  two.concurrency = 2;
  Lanes lanes = lanes_with(two);
  for (Position each = 0; each < 4; ++each) {
    lanes.offer(each, {routed(std::string(1, char('a' + each)))});
  }
  EXPECT_THAT(begin(lanes), ElementsAre(0, 1));
  EXPECT_FALSE(lanes.wake_at());
  lanes.settle({1, 0}, {}, 0);
  EXPECT_EQ(lanes.wake_at(), 0);
  EXPECT_THAT(positions(lanes.due(0, 1)), ElementsAre(2));
}

TEST(Retry, waits_longer_each_time_and_parks_after_the_last_attempt) {
  Lanes lanes = lanes_with();
  lanes.offer(0, {routed("a")});
  lanes.offer(1, {routed("a")});
  lanes.offer(2, {routed("b")});
  EXPECT_THAT(begin(lanes), ElementsAre(0, 2));
  lanes.settle({2, 0}, {}, 0);
  lanes.settle({0, 0}, retry(), 0);
  const Nanoseconds first = *lanes.wake_at();
  EXPECT_GE(first, 80 * ms);
  EXPECT_LE(first, 120 * ms);
  EXPECT_THAT(begin(lanes, first - 1), IsEmpty());
  const std::vector<Due> again = lanes.due(first, 10);
  ASSERT_THAT(positions(again), ElementsAre(0));
  EXPECT_EQ(again[0].attempt, 2u);
  lanes.settle({0, 0}, retry(), first);
  EXPECT_GE(*lanes.wake_at(), first + 160 * ms);
  EXPECT_THAT(begin(lanes, first + 240 * ms), ElementsAre(0));
  lanes.settle({0, 0}, retry("HTTP 503"), first + 240 * ms);
  EXPECT_THAT(begin(lanes, 1'000'000 * ms), IsEmpty());
  EXPECT_EQ(lanes.status().parked, 1u);
  const Lanes::Writing writing = lanes.take_writing(99);
  ASSERT_EQ(writing.receipts.size(), 3u);
  EXPECT_EQ(writing.receipts[1].outcome, Outcome::parked);
  EXPECT_EQ(writing.receipts[1].attempts, 3u);
  EXPECT_EQ(writing.receipts[1].reason, "gave up after 3 attempts: HTTP 503");
  EXPECT_EQ(writing.receipts[1].at, 99);
  // What waits behind it does not hold the cursor back for as long as a person takes.
  EXPECT_EQ(writing.receipts[2].outcome, Outcome::held);
  EXPECT_EQ(writing.cursor, 3u);
}

TEST(Retry, keeps_to_the_apps_own_wish_within_an_hour) {
  Lanes lanes = lanes_with();
  lanes.offer(0, {routed("a")});
  begin(lanes);
  Lanes::Settled settled = retry();
  settled.retry_after = 5000 * ms;
  lanes.settle({0, 0}, settled, 0);
  EXPECT_EQ(lanes.wake_at(), 5000 * ms);
  EXPECT_THAT(begin(lanes, 5000 * ms), ElementsAre(0));
  settled.retry_after = 24 * 3'600'000 * ms;
  lanes.settle({0, 0}, settled, 0);
  EXPECT_EQ(lanes.wake_at(), 3'600'000 * ms);
}

TEST(BackOff, doubles_up_to_the_limit_with_a_fifth_of_jitter) {
  const RetryPolicy policy{8, std::chrono::milliseconds(500), std::chrono::milliseconds(60'000)};
  EXPECT_EQ(back_off(policy, 1, 0), 400 * ms);
  EXPECT_EQ(back_off(policy, 3, 0), 1600 * ms);
  EXPECT_EQ(back_off(policy, 4'000'000'000u, 0), 48'000 * ms);
  EXPECT_NEAR(double(back_off(policy, 1, ~0ull)), 600.0 * ms, 1.0 * ms);
}

TEST(Unreachable, one_probe_at_a_time_and_attempts_do_not_count) {
  Lanes lanes = lanes_with();
  for (Position each = 0; each < 5; ++each) {
    lanes.offer(each, {routed(std::string(1, char('a' + each)))});
  }
  Nanoseconds now = 0;
  const std::vector<Position> begun = begin(lanes);
  for (const Position each : begun) {
    lanes.settle({each, 0}, unreachable(), now);
  }
  EXPECT_EQ(lanes.status().state, TargetState::unreachable);
  EXPECT_EQ(lanes.room(), 0u);
  EXPECT_FALSE(lanes.offer(5, {routed("z")}));
  for (int attempt = 0; attempt < 20; ++attempt) {
    EXPECT_THAT(begin(lanes, *lanes.wake_at() - 1), IsEmpty());
    now = *lanes.wake_at();
    ASSERT_THAT(begin(lanes, now), ElementsAre(0));
    EXPECT_THAT(begin(lanes, now + 3'600'000 * ms), IsEmpty());
    EXPECT_FALSE(lanes.wake_at());
    lanes.settle({0, 0}, unreachable(), now);
  }
  EXPECT_EQ(lanes.status().parked, 0u);
  EXPECT_GE(*lanes.wake_at(), now + 800 * ms);
  now = *lanes.wake_at();
  ASSERT_THAT(begin(lanes, now), ElementsAre(0));
  lanes.settle({0, 0}, {}, now);
  EXPECT_EQ(lanes.status().state, TargetState::flowing);
  EXPECT_THAT(begin(lanes, now), ElementsAre(1, 2, 3, 4));
}

TEST(Parked, holds_its_own_keys_and_nothing_else) {
  Lanes lanes = lanes_with();
  lanes.offer(0, {routed("ab")});
  lanes.offer(1, {routed("a")});
  lanes.offer(2, {routed("b")});
  lanes.offer(3, {routed("c")});
  EXPECT_THAT(begin(lanes), ElementsAre(0, 3));
  lanes.settle({0, 0}, park(), 0);
  lanes.settle({3, 0}, {}, 0);
  EXPECT_THAT(begin(lanes, 1'000'000 * ms), IsEmpty());
  EXPECT_EQ(lanes.status().held_keys, 2u);
  EXPECT_FALSE(lanes.retry_parked({1, 0}, 0));
  EXPECT_TRUE(lanes.discard_parked({0, 0}, "the family moved back", 0));
  EXPECT_FALSE(lanes.discard_parked({0, 0}, "again", 0));
  EXPECT_THAT(begin(lanes), ElementsAre(1, 2));
}

TEST(Parked, goes_again_with_all_its_attempts_when_an_operator_says_so) {
  Lanes lanes = lanes_with();
  lanes.offer(0, {routed("a")});
  lanes.offer(1, {routed("a")});
  begin(lanes);
  lanes.settle({0, 0}, park(), 0);
  EXPECT_TRUE(lanes.retry_parked({0, 0}, 0));
  const std::vector<Due> due = lanes.due(0, 10);
  ASSERT_THAT(positions(due), ElementsAre(0));
  EXPECT_EQ(due[0].attempt, 2u);
  lanes.settle({0, 0}, retry(), 0);
  EXPECT_EQ(lanes.status().retrying, 1u);
  EXPECT_THAT(begin(lanes, 1000 * ms), ElementsAre(0));
  lanes.settle({0, 0}, {}, 0);
  EXPECT_THAT(begin(lanes), ElementsAre(1));
}

TEST(Memory, what_waits_behind_a_parked_key_makes_room_for_others) {
  LanesOptions small = options();
  small.window = 4;
  Lanes lanes = lanes_with(small);
  lanes.offer(0, {routed("a")});
  begin(lanes);
  lanes.settle({0, 0}, park(), 0);
  for (Position each = 1; each <= 1000; ++each) {
    ASSERT_GT(lanes.room(), 0u);
    ASSERT_TRUE(lanes.offer(each, {routed("a")}));
    ASSERT_LE(lanes.status().in_memory, 4u);
    write(lanes);
  }
  ASSERT_TRUE(lanes.offer(1001, {routed("b")}));
  EXPECT_THAT(begin(lanes), ElementsAre(1001));
  lanes.settle({1001, 0}, {}, 0);
  write(lanes);
  EXPECT_EQ(lanes.cursor(), 1002u);
}

TEST(Memory, a_full_window_of_what_flows_stops_the_scan) {
  LanesOptions small = options();
  small.window = 3;
  Lanes lanes = lanes_with(small);
  for (Position each = 0; each < 3; ++each) {
    EXPECT_EQ(lanes.room(), 3 - each);
    EXPECT_TRUE(lanes.offer(each, {routed("a")}));
  }
  EXPECT_EQ(lanes.room(), 0u);
  EXPECT_FALSE(lanes.offer(3, {routed("b")}));
  EXPECT_EQ(lanes.scan_position(), 3u);
  EXPECT_THAT(begin(lanes), ElementsAre(0));
  lanes.settle({0, 0}, {}, 0);
  EXPECT_TRUE(lanes.offer(3, {routed("b")}));
}

TEST(Memory, a_record_with_more_deliveries_than_the_window_is_taken_alone) {
  LanesOptions small = options();
  small.window = 2;
  Lanes lanes = lanes_with(small);
  const std::vector<Routed> many{routed("a", 0), routed("b", 1), routed("c", 2)};
  EXPECT_TRUE(lanes.offer(0, {routed("x")}));
  EXPECT_FALSE(lanes.offer(1, many));
  begin(lanes);
  lanes.settle({0, 0}, {}, 0);
  EXPECT_TRUE(lanes.offer(1, many));
  EXPECT_EQ(lanes.due(0, 10).size(), 3u);
}

TEST(Memory, forgotten_deliveries_come_back_in_order_when_their_key_is_released) {
  LanesOptions small = options();
  small.window = 2;
  Lanes lanes = lanes_with(small);
  lanes.offer(0, {routed("a")});
  begin(lanes);
  lanes.settle({0, 0}, park(), 0);
  for (Position each = 1; each <= 6; ++each) {
    lanes.offer(each, {routed("a")});
  }
  write(lanes);
  EXPECT_FALSE(lanes.wants_waiting()) << "the key is held still";
  lanes.retry_parked({0, 0}, 0);
  std::vector<Position> done;
  for (int turn = 0; turn < 20; ++turn) {
    for (const Position each : begin(lanes)) {
      done.push_back(each);
      lanes.settle({each, 0}, {}, 0);
    }
    write(lanes);
    if (const auto fetch = lanes.wants_waiting()) {
      EXPECT_EQ(fetch->key, key('a'));
      std::vector<Waiting> rows;
      for (Position each = std::max<Position>(fetch->from.position, 1); each <= 6 && rows.size() < fetch->limit;
           ++each) {
        rows.push_back(row(each, "a", Outcome::held));
      }
      const bool complete = rows.empty() || rows.back().position == 6;
      lanes.feed_waiting(*fetch, rows, complete);
    }
  }
  EXPECT_THAT(done, ElementsAre(0, 1, 2, 3, 4, 5, 6));
  EXPECT_EQ(lanes.status().held_keys, 0u);
}

TEST(Memory, a_new_delivery_goes_behind_the_forgotten_ones_of_its_key) {
  Lanes lanes = lanes_with(options(), 100, {row(1, "a", Outcome::parked, 8)});
  LanesOptions none = options();
  none.window = 1;
  lanes.change(none);
  lanes.offer(100, {routed("a")});
  lanes.offer(101, {routed("b")});  // 100 is forgotten for it
  EXPECT_THAT(write(lanes), ElementsAre(std::pair{Position(100), Outcome::held}));
  lanes.discard_parked({1, 0}, "wrong", 0);
  EXPECT_THAT(begin(lanes), ElementsAre(101));
  lanes.settle({101, 0}, {}, 0);
  EXPECT_TRUE(lanes.offer(102, {routed("a")}));
  EXPECT_THAT(begin(lanes), IsEmpty());
  const auto fetch = lanes.wants_waiting();
  ASSERT_TRUE(fetch);
  lanes.feed_waiting(*fetch, {row(100, "a", Outcome::held)}, true);
  EXPECT_THAT(begin(lanes), ElementsAre(100));
}

TEST(Memory, what_the_view_does_not_have_yet_is_asked_for_again_after_the_commit) {
  LanesOptions small = options();
  small.window = 1;
  Lanes lanes = lanes_with(small);
  lanes.offer(0, {routed("a")});
  begin(lanes);
  lanes.settle({0, 0}, park(), 0);
  lanes.offer(1, {routed("a")});
  lanes.offer(2, {routed("a")});
  lanes.discard_parked({0, 0}, "wrong", 0);
  EXPECT_THAT(begin(lanes), ElementsAre(1));
  lanes.settle({1, 0}, {}, 0);
  EXPECT_FALSE(lanes.wants_waiting());
  write(lanes);
  const auto fetch = lanes.wants_waiting();
  ASSERT_TRUE(fetch);
  lanes.feed_waiting(*fetch, {row(2, "a", Outcome::held)}, true);
  EXPECT_THAT(begin(lanes), ElementsAre(2));
}

TEST(Memory, too_many_held_keys_stop_the_scan_until_a_person_acts) {
  LanesOptions two = options();
  two.held_limit = 2;
  Lanes lanes = lanes_with(two);
  lanes.offer(0, {routed("a")});
  lanes.offer(1, {routed("b")});
  begin(lanes);
  lanes.settle({0, 0}, park(), 0);
  EXPECT_GT(lanes.room(), 0u);
  lanes.settle({1, 0}, park(), 0);
  EXPECT_EQ(lanes.status().state, TargetState::too_many_parked);
  EXPECT_EQ(lanes.room(), 0u);
  lanes.discard_parked({1, 0}, "wrong", 0);
  EXPECT_EQ(lanes.status().state, TargetState::flowing);
  EXPECT_GT(lanes.room(), 0u);
}

TEST(Cursor, stands_at_the_first_delivery_that_is_unfinished_and_not_told) {
  Lanes lanes = lanes_with();
  lanes.offer(3, {routed("a", 0), routed("b", 1)});
  lanes.offer(5, {routed("c")});
  lanes.scanned(9);
  EXPECT_EQ(lanes.cursor(), 3u);
  lanes.due(0, 10);
  lanes.settle({5, 0}, {}, 0);
  lanes.settle({3, 0}, {}, 0);
  EXPECT_EQ(lanes.cursor(), 3u);
  lanes.settle({3, 1}, park(), 0);
  EXPECT_EQ(lanes.cursor(), 9u);
}

TEST(Cursor, moves_alone_only_after_a_long_way) {
  Lanes lanes = lanes_with();
  lanes.scanned(100);
  EXPECT_TRUE(lanes.take_writing(1).empty());
  lanes.scanned(100'000);
  EXPECT_EQ(lanes.take_writing(1).cursor, 100'000u);
}

TEST(Cursor, does_not_wait_for_one_that_takes_very_long) {
  Lanes lanes = lanes_with();
  lanes.offer(0, {routed("a")});
  begin(lanes);
  lanes.scanned(1'000'000);
  const Lanes::Writing writing = lanes.take_writing(1);
  EXPECT_THAT(told(writing), ElementsAre(std::pair{Position(0), Outcome::held}));
  EXPECT_EQ(writing.cursor, 1'000'000u);
  lanes.committed();
  lanes.settle({0, 0}, {}, 0);
  EXPECT_THAT(write(lanes), ElementsAre(std::pair{Position(0), Outcome::delivered}));
}

TEST(Receipts, are_taken_once_and_one_commit_at_a_time) {
  Lanes lanes = lanes_with();
  lanes.offer(0, {routed("a")});
  lanes.offer(1, {routed("b")});
  lanes.due(0, 10);
  Lanes::Settled settled;
  settled.sent = "aa";
  settled.answer = "bb";
  settled.generation = 4;
  lanes.settle({0, 0}, settled, 0);
  const Lanes::Writing writing = lanes.take_writing(77);
  ASSERT_EQ(writing.receipts.size(), 1u);
  const Receipt& receipt = writing.receipts[0];
  EXPECT_EQ(receipt.target, "sismiop");
  EXPECT_EQ(receipt.route, "pindah-datang");
  EXPECT_EQ(receipt.attempts, 1u);
  EXPECT_EQ(receipt.generation, 4u);
  EXPECT_EQ(receipt.sent, "aa");
  EXPECT_EQ(receipt.answer, "bb");
  EXPECT_EQ(receipt.at, 77);
  EXPECT_THAT(receipt.keys, ElementsAre(key('a')));
  EXPECT_EQ(writing.cursor, 1u);
  lanes.settle({1, 0}, {}, 0);
  EXPECT_TRUE(lanes.take_writing(78).empty()) << "the first is not committed yet";
  lanes.committed();
  EXPECT_THAT(told(lanes.take_writing(79)), ElementsAre(std::pair{Position(1), Outcome::delivered}));
}

TEST(Receipts, a_second_settlement_or_one_of_a_stranger_says_nothing) {
  Lanes lanes = lanes_with();
  lanes.offer(0, {routed("a")});
  lanes.settle({0, 0}, {}, 0);
  begin(lanes);
  lanes.settle({0, 0}, {}, 0);
  lanes.settle({0, 0}, {}, 0);
  lanes.settle({9, 9}, park(), 0);
  EXPECT_EQ(lanes.take_writing(1).receipts.size(), 1u);
}

TEST(Receipts, when_they_cannot_be_written_deliveries_stop) {
  LanesOptions small = options();
  small.window = 4;
  Lanes lanes = lanes_with(small);
  Position done = 0;
  for (Position each = 0; each < 10'000; ++each) {
    if (lanes.room() == 0 || !lanes.offer(each, {routed("a")})) {
      break;
    }
    for (const Position begun : begin(lanes)) {
      lanes.settle({begun, 0}, {}, 0);
      ++done;
    }
  }
  EXPECT_LE(done, 64u);
  write(lanes);
  EXPECT_GT(lanes.room(), 0u);
}

TEST(Restart, parked_ones_hold_their_keys_and_held_ones_go_in_order) {
  Lanes lanes = lanes_with(options(), 50,
                           {row(1, "a", Outcome::parked, 8), row(2, "a", Outcome::held),
                            row(3, "b", Outcome::released, 8), row(4, "b", Outcome::held)});
  EXPECT_EQ(lanes.status().parked, 1u);
  EXPECT_EQ(lanes.cursor(), 50u);
  const std::vector<Due> due = lanes.due(0, 10);
  ASSERT_THAT(positions(due), ElementsAre(3));
  EXPECT_EQ(due[0].attempt, 9u);
  EXPECT_EQ(due[0].route, "pindah-datang");
  lanes.offer(50, {routed("a")});
  lanes.offer(51, {routed("c")});
  EXPECT_THAT(begin(lanes), ElementsAre(51));
  lanes.discard_parked({1, 0}, "wrong", 0);
  EXPECT_THAT(begin(lanes), ElementsAre(2));
}

TEST(Restart, what_is_known_above_the_cursor_begins_when_the_scan_comes_by) {
  Lanes lanes = lanes_with(options(), 10, {row(20, "a", Outcome::held, 2), row(21, "b", Outcome::parked, 8)});
  EXPECT_THAT(begin(lanes), IsEmpty());
  lanes.offer(10, {routed("a")});
  EXPECT_THAT(begin(lanes), ElementsAre(10));
  lanes.offer(20, {routed("a")});
  lanes.offer(21, {routed("b")});
  EXPECT_EQ(lanes.status().parked, 1u);
  EXPECT_THAT(begin(lanes), IsEmpty());
  lanes.settle({10, 0}, {}, 0);
  EXPECT_THAT(begin(lanes), ElementsAre(20));
}

TEST(Restart, a_waiting_delivery_whose_record_cannot_be_read_is_not_lost) {
  Lanes lanes = lanes_with(options(), 10, {row(20, "a", Outcome::held)});
  lanes.scanned(30);
  EXPECT_THAT(begin(lanes), ElementsAre(20));
}

TEST(Restart, what_receipts_say_is_finished_is_not_done_again) {
  Lanes lanes = lanes_with(options(), 10);
  lanes.finished_before({{11, 0}});
  lanes.offer(10, {routed("a")});
  lanes.offer(11, {routed("b")});
  EXPECT_THAT(begin(lanes), ElementsAre(10));
}

TEST(Restart, more_waiting_than_the_window_stays_in_the_view) {
  LanesOptions small = options();
  small.window = 4;
  Lanes lanes("sismiop", small, 1'000'000, {}, 7, false);
  EXPECT_EQ(lanes.room(), 0u);
  for (Position each = 0; each < 100'000; each += 100) {
    std::vector<Waiting> rows;
    for (Position part = each; part < each + 100; ++part) {
      rows.push_back(row(part, "a", Outcome::held));
    }
    lanes.load(std::move(rows), false);
    EXPECT_THAT(begin(lanes), IsEmpty());
  }
  lanes.load({}, true);
  EXPECT_EQ(lanes.status().in_memory, 4u);
  EXPECT_THAT(begin(lanes), ElementsAre(0));
}

TEST(Status, names_the_last_error_and_when) {
  Lanes lanes = lanes_with();
  lanes.offer(0, {routed("a")});
  begin(lanes);
  lanes.settle({0, 0}, retry("HTTP 503"), 5);
  lanes.take_writing(1234);
  EXPECT_EQ(lanes.status().last_error, "HTTP 503");
  EXPECT_EQ(lanes.status().last_error_at, 1234);
}

}  // namespace
}  // namespace simpul
