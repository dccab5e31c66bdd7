// The bodies of records: what is written is read back, and what cannot be read is said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bus/log/records.h"

namespace simpul {
namespace {

Hash128 hash_of(std::uint8_t seed) {
  Hash128 hash;
  hash.bytes.fill(seed);
  return hash;
}

TEST(Records, AnEventKeepsItsTextByteForByte) {
  std::string event = R"({ "id":"1", "data":{"n":12345678901234567890.10,"s":"}]\"\\"}, "routes":[1] })";
  std::vector<Routed> routes{{"move", "simrs", 0, {hash_of(1), hash_of(2)}, ""},
                             {"move", "it \"quotes\"", 3, {hash_of(3)}, "no such field"}};
  auto body = encode_event(routes, "si\"ak", event);
  auto decoded = decode_event(body);
  ASSERT_TRUE(decoded) << to_text(decoded.error());
  EXPECT_EQ(decoded->event, event);
  EXPECT_EQ(decoded->routes, routes);
  EXPECT_EQ(decode_routes(body).value(), routes);
  EXPECT_TRUE(decode_routes(encode_event({}, "siak", event)).value().empty());
}

TEST(Records, TimesThatDeliveriesWaitForComeBackAndAreNeverEarlier) {
  Routed later{"move", "simrs", 0, {hash_of(1)}, "", 7'200'000, 1'700'000'000'123'000'000};
  Routed finer{"move", "simrs", 1, {hash_of(1)}, "", 0, 1'700'000'000'123'000'001};
  Routed plain{"move", "simrs", 2, {hash_of(1)}, "", 0, {}};
  auto body = encode_event({later, finer, plain}, "siak", "{}");
  auto routes = decode_routes(body);
  ASSERT_TRUE(routes) << to_text(routes.error());
  EXPECT_EQ(routes->at(0), later);
  EXPECT_EQ(routes->at(1).not_before, 1'700'000'000'124'000'000);
  EXPECT_EQ(routes->at(2), plain);
  EXPECT_THAT(encode_event({plain}, "siak", "{}"), testing::Not(testing::HasSubstr("delay")));
  EXPECT_EQ(due_of(later, 1'700'000'000'000'000'000), 1'700'007'200'000'000'000);
  EXPECT_EQ(due_of(plain, 1'700'000'000'000'000'000), 0);
  Receipt held;
  held.outcome = Outcome::held;
  held.due = 1'700'000'000'000'000'001;
  auto receipts = decode_receipts(encode_receipts({held, Receipt{}}));
  ASSERT_TRUE(receipts) << to_text(receipts.error());
  EXPECT_EQ(receipts->at(0).due, 1'700'000'000'001'000'000);
  EXPECT_EQ(receipts->at(1).due, 0);
}

TEST(Records, LookupsComeBackWithTheirAnswerByteForByte) {
  LookupBody body;
  body.lookup = "penduduk";
  body.outcome = "answered";
  body.fields = {"NIK", "NAMA"};
  body.key = "aabb";
  body.took_ms = 12;
  body.asked_for = LookupFor{7, "simrs", "move/pasien", 3, "warga"};
  body.enriched = true;
  body.answer = R"({"NIK":"3671015207909001","NAMA":"SITI \"X\" é","n":1.500})";
  auto decoded = decode_lookup(encode(body));
  ASSERT_TRUE(decoded) << to_text(decoded.error());
  EXPECT_EQ(decoded->answer, body.answer);
  EXPECT_EQ(decoded->asked_for, body.asked_for);
  EXPECT_TRUE(decoded->enriched);
  body.answer.reset();
  decoded = decode_lookup(encode(body));
  EXPECT_TRUE(decoded->enriched && !decoded->answer) << "nobody was found, and that is an answer";
  EXPECT_FALSE(decode_lookup(R"({"fields":[],"for":7})"));
}

TEST(Records, ReceiptsComeBack) {
  Receipt receipt{7,    "move", "simrs",         2,
                  5,    3,      Outcome::parked, "the target answered 422",
                  "aa", "bb",   {hash_of(9)},    1'700'000'000'123'000'000};
  Receipt plain;
  plain.outcome = Outcome::held;
  auto decoded = decode_receipts(encode_receipts({receipt, plain}));
  ASSERT_TRUE(decoded) << to_text(decoded.error());
  ASSERT_EQ(decoded->size(), 2u);
  const auto& one = decoded->front();
  EXPECT_EQ(one.position, 7u);
  EXPECT_EQ(one.route, "move");
  EXPECT_EQ(one.target, "simrs");
  EXPECT_EQ(one.part, 2u);
  EXPECT_EQ(one.generation, 5u);
  EXPECT_EQ(one.attempts, 3u);
  EXPECT_EQ(one.outcome, Outcome::parked);
  EXPECT_EQ(one.reason, receipt.reason);
  EXPECT_EQ(one.sent, "aa");
  EXPECT_EQ(one.answer, "bb");
  EXPECT_EQ(one.keys, receipt.keys);
  EXPECT_EQ(one.at, receipt.at);
  EXPECT_EQ(decoded->back().outcome, Outcome::held);
}

TEST(Records, RefusalsCursorsAndStateComeBack) {
  RefusalBody refusal{"siak",
                      "1",
                      "/siak",
                      "application/json",
                      std::string("\0\xFF{", 3),
                      {{"schema", "no", "/data/nik", "pattern", "tidak", "siak/1.json:2:3"}, {"other", "no", "", ""}}};
  auto decoded = decode_refusal(encode(refusal));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->received, refusal.received);
  EXPECT_EQ(decoded->reasons[0].instance, "/data/nik");
  EXPECT_EQ(decoded->reasons[0].indonesian, "tidak");
  EXPECT_EQ(decoded->reasons[0].schema, "siak/1.json:2:3");
  EXPECT_EQ(decoded->reasons[1].indonesian, "");
  auto moves = decode_cursors(encode_cursors({{"simrs", 12}, {"sismiop", 0}}));
  ASSERT_TRUE(moves);
  EXPECT_EQ(moves->front().target, "simrs");
  EXPECT_EQ(moves->front().position, 12u);
  auto change = decode_state(encode(StateChange{"siak", {{"k\n", "v\""}}, {"gone"}}));
  ASSERT_TRUE(change);
  EXPECT_EQ(change->set[0].first, "k\n");
  EXPECT_EQ(change->set[0].second, "v\"");
  EXPECT_EQ(change->unset[0], "gone");
}

TEST(Records, EveryTruncationIsAnErrorAndNoCrash) {
  auto body = encode_event({{"move", "simrs", 0, {hash_of(1)}, ""}}, "siak", R"({"id":"1"})");
  for (std::size_t size = 0; size < body.size() - 1; ++size) {
    auto decoded = decode_event(std::string_view(body).substr(0, size));
    ASSERT_FALSE(decoded) << size;
    EXPECT_EQ(decoded.error().code, "record.bad_body");
  }
  auto receipts = encode_receipts({Receipt{}});
  for (std::size_t size = 0; size < receipts.size(); ++size)
    EXPECT_FALSE(decode_receipts(std::string_view(receipts).substr(0, size))) << size;
  EXPECT_FALSE(decode_receipts(R"({"receipts":[{"position":-1,"outcome":"held","at":"2026-01-01T00:00:00Z"}]})"));
  EXPECT_FALSE(decode_receipts(R"({"receipts":[{"position":1,"outcome":"lost","at":"2026-01-01T00:00:00Z"}]})"));
  EXPECT_FALSE(decode_state(R"({"set":[["a"]],"unset":[]})"));
}

TEST(Records, TheGenerationsNumberIsFoundAmongItsFiles) {
  EXPECT_EQ(decode_generation_number(R"({"files":{"a":"\"number\":3"},"number":12})").value(), 12u);
  EXPECT_FALSE(decode_generation_number(R"({"number":"x"})"));
}

}  // namespace
}  // namespace simpul
