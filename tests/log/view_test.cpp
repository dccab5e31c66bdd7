// The view: what it answers, and that it can always be had again from the log.
#include <sqlite3.h>

#include <future>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "bus/event/event.h"
#include "bus/log/records.h"
#include "bus/log/view.h"
#include "tests/log/log_fixture.h"

namespace simpul {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ViewTest : public ::testing::Test {
 protected:
  ViewTest() {
    log_options.folder = folder.path() + "/log";
    log_options.segment_bytes = 64u << 10;
    log_options.reserve_bytes = 64u << 10;
    log_options.free_floor_bytes = 0;
    view_options.folder = log_options.folder;
    view_options.partition_segments = 2;
    view_options.boot_id = "boot one";
  }
  ~ViewTest() override { close(); }
  void open() {
    auto opened = open_segment_log(log_options, environment);
    ASSERT_TRUE(opened) << to_text(opened.error());
    log = std::move(*opened);
    auto key = open_view_key(folder.path() + "/keys", environment);
    ASSERT_TRUE(key) << to_text(key.error());
    hash = *key;
    auto seen = open_view(view_options, *log, hash, environment);
    ASSERT_TRUE(seen) << to_text(seen.error());
    view = std::move(*seen);
  }
  void close() {
    view.reset();
    log.reset();
  }
  Position append(std::vector<NewRecord> records) {
    std::promise<Result<Position>> done;
    log->append(std::move(records), Urgency::reserve,
                [&](Result<Position> result) { done.set_value(std::move(result)); });
    auto result = done.get_future().get();
    EXPECT_TRUE(result) << to_text(result.error());
    return result.value_or(~Position{0});
  }
  NewRecord event(int number, const std::string& subject = "3671015207909001", const std::string& padding = "") {
    auto text = fmt::format(
        R"({{"specversion":"1.0","id":"e-{}","source":"/siak","type":"id.go.test.moved","subject":"{}","data":{{"n":{},"p":"{}"}}}})",
        number, subject, number, padding);
    auto parsed = Event::parse(text);
    EXPECT_TRUE(parsed);
    NewRecord record;
    record.kind = RecordKind::event;
    record.generation = 1;
    record.type = "id.go.test.moved";
    record.app = "siak";
    Routed routed{"move", "simrs", 0, {hash->of(subject)}, ""};
    record.body = encode_event({routed}, "siak", text);
    record.keys = {identity(number),
                   parsed->content_hash(),
                   hash->of(subject),
                   {hash->of(subject), hash->of("id", "e-" + std::to_string(number))}};
    return record;
  }
  Hash128 identity(int number) { return hash->of("/siak", "e-" + std::to_string(number)); }
  NewRecord receipts(std::vector<Receipt> all) {
    NewRecord record;
    record.kind = RecordKind::receipts;
    record.type = "receipts";
    record.body = encode_receipts(all);
    return record;
  }
  Receipt receipt(Position position, Outcome outcome, const std::string& key = "k",
                  const std::string& target = "simrs") {
    Receipt one;
    one.position = position;
    one.route = "move";
    one.target = target;
    one.generation = 1;
    one.attempts = 3;
    one.outcome = outcome;
    one.reason = outcome == Outcome::parked ? "the target answered 422" : "";
    one.keys = {hash->of(key)};
    one.at = 1'700'000'000'000'000'000;
    return one;
  }
  NewRecord record(RecordKind kind, std::string body, std::uint32_t generation = 1) {
    NewRecord one;
    one.kind = kind;
    one.type = std::string(name(kind));
    one.body = std::move(body);
    one.generation = generation;
    return one;
  }
  // Every table of every file, as text.
  std::string dump() {
    std::string all;
    std::set<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(log_options.folder + "/view"))
      if (entry.path().extension() == ".db" && entry.path().filename() != "main.saved.db") paths.insert(entry.path());
    for (const auto& path : paths) {
      all += "# " + path.filename().string() + "\n";
      sqlite3* database = nullptr;
      EXPECT_EQ(sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
      for (std::string table :
           {"records JOIN names t ON t.id = type JOIN names a ON a.id = app", "identities", "hashes", "kinds",
            "receipts", "cursors", "waiting", "waiting_keys", "counts", "state", "generations", "facts"}) {
        auto columns = table.starts_with("records") ? "position, kind, time, t.name, a.name, generation" : "*";
        sqlite3_exec(
            database, fmt::format("SELECT {} FROM {} ORDER BY 1, 2", columns, table).c_str(),
            [](void* out, int count, char** values, char**) {
              auto& text = *static_cast<std::string*>(out);
              for (int i = 0; i < count; ++i) {
                auto value = std::string_view(values[i] ? values[i] : "null");
                text += to_hex(std::span(reinterpret_cast<const std::uint8_t*>(value.data()), value.size())) + ",";
              }
              text += "\n";
              return 0;
            },
            &all, nullptr);
      }
      sqlite3_close(database);
    }
    return all;
  }
  std::vector<std::string> view_files(const std::string& extension) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(log_options.folder + "/view"))
      if (entry.path().extension() == extension && entry.path().filename().string().starts_with("part-"))
        names.insert(entry.path().string());
    return {names.begin(), names.end()};
  }
  // Many small segments: several closed partitions.
  void write_story() {
    for (int i = 0; i < 300; ++i) {
      auto position = append({event(i, "36710152079090" + std::to_string(10 + i % 40), std::string(1500, 'x'))});
      append({receipts(
                  {receipt(position, i % 7 == 0 ? Outcome::parked : Outcome::delivered, "k" + std::to_string(i % 5))}),
              record(RecordKind::cursor, encode_cursors({{"simrs", position}})),
              record(RecordKind::state,
                     encode(StateChange{"siak", {{"row-" + std::to_string(i % 20), std::to_string(i)}}, {}}))});
    }
    append({record(RecordKind::generation, R"({"number":2,"hash":"00","engine":"0.1.0","files":{}})")});
  }
  std::vector<Position> positions(const Result<std::vector<IndexedRecord>>& found) {
    EXPECT_TRUE(found) << to_text(found.error());
    std::vector<Position> all;
    if (found)
      for (const auto& one : *found) all.push_back(one.position);
    return all;
  }

  testing::TemporaryFolder folder;
  Environment environment = system_environment();
  LogOptions log_options;
  ViewOptions view_options;
  std::shared_ptr<const KeyedHash> hash;
  std::unique_ptr<Log> log;
  std::unique_ptr<View> view;
};

TEST_F(ViewTest, KnowsAnEventAsSoonAsItIsCommitted) {
  open();
  for (int i = 0; i < 200; ++i) {
    EXPECT_FALSE(view->find_identity(identity(i)).value());
    auto position = append({event(i)});
    auto known = view->find_identity(identity(i));
    ASSERT_TRUE(known && *known);
    EXPECT_EQ((*known)->position, position);
    EXPECT_EQ((*known)->content, event(i).keys.content);
  }
}

TEST_F(ViewTest, KnowsEveryEventOverManyPartitionsAndAfterAReopen) {
  open();
  write_story();
  close();
  open();
  EXPECT_GT(view_files(".filter").size(), 2u);
  for (int i = 0; i < 300; ++i) {
    auto known = view->find_identity(identity(i));
    ASSERT_TRUE(known && *known) << i;
    EXPECT_EQ((*known)->content,
              event(i, "36710152079090" + std::to_string(10 + i % 40), std::string(1500, 'x')).keys.content);
  }
  for (int i = 300; i < 600; ++i) ASSERT_FALSE(view->find_identity(identity(i)).value()) << i;
}

TEST_F(ViewTest, FindsBySubjectKeyTypeKindAndIdentity) {
  open();
  auto a = append({event(1, "A")}), b = append({event(2, "B")}), c = append({event(3, "A")});
  append({record(RecordKind::act, R"({"person":"sari","act":"discard","reason":"","detail":{}})")});
  EXPECT_THAT(positions(view->by_subject(hash->of("A"), 10)), ElementsAre(a, c));
  EXPECT_THAT(positions(view->by_subject(hash->of("A"), 1)), ElementsAre(a));
  EXPECT_THAT(positions(view->by_key(hash->of("B"), 10)), ElementsAre(b));
  EXPECT_THAT(positions(view->by_identity(identity(2), 10)), ElementsAre(b));
  EXPECT_THAT(positions(view->by_type("id.go.test.moved", b, 10)), ElementsAre(b, c));
  EXPECT_THAT(positions(view->by_type("id.go.test.unheard", 0, 10)), IsEmpty());
  EXPECT_THAT(positions(view->by_kind(RecordKind::act, 0, 10)), ElementsAre(3));
  EXPECT_THAT(positions(view->by_kind(RecordKind::event, 1, 10)), ElementsAre(b, c));
  auto found = view->by_subject(hash->of("B"), 10).value().front();
  EXPECT_EQ(found.type, "id.go.test.moved");
  EXPECT_EQ(found.app, "siak");
  EXPECT_EQ(found.kind, RecordKind::event);
}

TEST_F(ViewTest, ARefusedIdentityIsFoundButDoesNotCountAsKnown) {
  open();
  auto refusal =
      record(RecordKind::refusal,
             encode(RefusalBody{"siak", "e-1", "/siak", "application/json", "{", {{"shape", "no", "", ""}}}));
  refusal.keys.identity = identity(1);
  auto position = append({refusal});
  EXPECT_FALSE(view->find_identity(identity(1)).value());
  EXPECT_THAT(positions(view->by_identity(identity(1), 10)), ElementsAre(position));
  close();
  open();
  EXPECT_FALSE(view->find_identity(identity(1)).value());
}

TEST_F(ViewTest, FollowsADeliveryFromParkedToDelivered) {
  open();
  auto position = append({event(1)});
  append({receipts({receipt(position, Outcome::parked)})});
  auto waiting = view->waiting("simrs", 0, 0, 10).value();
  ASSERT_THAT(waiting, SizeIs(1));
  EXPECT_EQ(waiting[0].position, position);
  EXPECT_EQ(waiting[0].reason, "the target answered 422");
  EXPECT_EQ(waiting[0].attempts, 3u);
  EXPECT_THAT(waiting[0].keys, ElementsAre(hash->of("k")));
  EXPECT_THAT(view->parked("", 10).value(), SizeIs(1));
  EXPECT_EQ(view->counts("simrs")->parked, 1u);
  append({receipts({receipt(position, Outcome::released)})});
  EXPECT_THAT(view->parked("simrs", 10).value(), IsEmpty());
  EXPECT_EQ(view->waiting("simrs", 0, 0, 10)->front().outcome, Outcome::released);
  EXPECT_EQ(view->counts("simrs")->parked, 0u);
  append({receipts({receipt(position, Outcome::delivered)})});
  EXPECT_THAT(view->waiting("simrs", 0, 0, 10).value(), IsEmpty());
  EXPECT_EQ(view->counts("simrs")->delivered, 1u);
  auto receipts = view->receipts_of(position).value();
  ASSERT_THAT(receipts, SizeIs(3));
  EXPECT_EQ(receipts[0].outcome, Outcome::parked);
  EXPECT_EQ(receipts[2].outcome, Outcome::delivered);
  EXPECT_THAT(view->receipts_of(position + 1).value(), IsEmpty());
}

TEST_F(ViewTest, WaitingDeliveriesComeInOrderFromAnyPlaceAndByKey) {
  open();
  std::vector<Receipt> all;
  for (Position position : {50u, 10u, 30u, 20u, 40u}) {
    all.push_back(receipt(position, Outcome::held, position % 20 == 0 ? "even" : "odd"));
    all.push_back(all.back());
    all.back().part = 1;
  }
  append({receipts(all)});
  auto of = [&](Position from, std::uint32_t part, std::size_t limit, const Hash128* key) {
    std::vector<std::pair<Position, std::uint32_t>> found;
    auto waiting = view->waiting("simrs", from, part, limit, key).value();
    for (const auto& one : waiting) found.emplace_back(one.position, one.part);
    return found;
  };
  EXPECT_THAT(of(20, 1, 3, nullptr), ElementsAre(std::pair(20, 1), std::pair(30, 0), std::pair(30, 1)));
  auto even = hash->of("even");
  EXPECT_THAT(of(20, 1, 10, &even), ElementsAre(std::pair(20, 1), std::pair(40, 0), std::pair(40, 1)));
  EXPECT_EQ(view->counts("simrs")->held, 10u);
}

TEST_F(ViewTest, KeepsCursorsStateAndGenerations) {
  open();
  EXPECT_FALSE(view->cursor("simrs").value());
  EXPECT_FALSE(view->generation(std::nullopt).value());
  append({record(RecordKind::cursor, encode_cursors({{"simrs", 17}, {"sismiop", 3}})),
          record(RecordKind::state, encode(StateChange{"siak", {{"a", "1"}, {"b", "2"}, {"c", "3"}}, {}})),
          record(RecordKind::state, encode(StateChange{"siak", {{"b", "20"}}, {"c"}})),
          record(RecordKind::generation, R"({"hash":"aa","number":4,"files":{"routes/a.yaml":"number: 9"}})", 4)});
  EXPECT_EQ(view->cursor("simrs").value(), 17u);
  EXPECT_EQ(view->state("siak", "b").value(), "20");
  EXPECT_FALSE(view->state("siak", "c").value());
  std::vector<std::string> seen;
  ASSERT_TRUE(view->scan_state("siak", "a", [&](std::string_view key, std::string_view value) {
    seen.push_back(std::string(key) + "=" + std::string(value));
    return true;
  }));
  EXPECT_THAT(seen, ElementsAre("b=20"));
  EXPECT_EQ(view->generation(std::nullopt).value(), 3u);
  EXPECT_EQ(view->generation(4).value(), 3u);
  EXPECT_FALSE(view->generation(5).value());
}

TEST_F(ViewTest, ReindexGivesTheSameFiles) {
  open();
  write_story();
  close();
  auto original = dump();
  Position told = 0, of = 0;
  ASSERT_TRUE(rebuild_view(view_options, hash, environment, [&](Position done, Position all) {
    EXPECT_GE(done, told);
    told = done;
    of = all;
  }));
  EXPECT_EQ(dump(), original);
  EXPECT_GT(original.size(), 10'000u);
  EXPECT_EQ(told, of);
  EXPECT_EQ(told, 1201u);
}

TEST_F(ViewTest, ReindexOfARunningLogIsRefused) {
  open();
  auto done = rebuild_view(view_options, hash, environment, nullptr);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, "log.locked");
}

TEST_F(ViewTest, DamagedAndMissingFilesAreBuiltAnewWhenItOpens) {
  open();
  write_story();
  close();
  auto original = dump();
  auto spoil = [](const std::string& path) { std::filesystem::resize_file(path, 100); };
  auto parts = view_files(".db");
  ASSERT_GT(parts.size(), 4u);
  std::filesystem::remove(parts[0]);
  spoil(parts[2]);
  spoil(parts.back());
  spoil(log_options.folder + "/view/main.db");
  spoil(view_files(".filter")[1]);
  open();
  for (int i = 0; i < 300; i += 10) ASSERT_TRUE(view->find_identity(identity(i)).value()) << i;
  EXPECT_EQ(view->cursor("simrs").value(), 4u * 299);
  close();
  EXPECT_EQ(dump(), original);
}

TEST_F(ViewTest, AfterTheMachineStoppedUncleanlyTheOpenFilesAreNotTrusted) {
  open();
  write_story();
  auto copy = folder.path() + "/copy";
  // What a stop of the machine leaves of files that were never synced: anything.
  ASSERT_TRUE(view->wait_indexed(1201));
  std::filesystem::create_directory(copy);
  for (const auto& entry : std::filesystem::directory_iterator(log_options.folder + "/view"))
    if (entry.path().extension() != ".db-shm")
      std::filesystem::copy(entry.path(), copy + "/" + entry.path().filename().string());
  close();
  auto original = dump();
  std::filesystem::remove_all(log_options.folder + "/view");
  std::filesystem::rename(copy, log_options.folder + "/view");
  auto parts = view_files(".db");
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(parts.back().c_str(), &database), SQLITE_OK);
  sqlite3_exec(database, "DELETE FROM identities", nullptr, nullptr, nullptr);
  sqlite3_close(database);
  ASSERT_EQ(sqlite3_open((log_options.folder + "/view/main.db").c_str(), &database), SQLITE_OK);
  sqlite3_exec(database, "DELETE FROM cursors", nullptr, nullptr, nullptr);
  sqlite3_close(database);
  view_options.boot_id = "boot two";
  open();
  EXPECT_EQ(view->cursor("simrs").value(), 4u * 299);
  EXPECT_TRUE(view->find_identity(identity(299)).value());
  close();
  auto rebuilt = dump();
  auto without_boot = [](std::string text) {
    for (std::string boot : {"boot one", "boot two"}) {
      auto hex = to_hex(std::span(reinterpret_cast<const std::uint8_t*>(boot.data()), boot.size()));
      for (auto at = text.find(hex); at != std::string::npos; at = text.find(hex)) text.erase(at, hex.size());
    }
    return text;
  };
  EXPECT_EQ(without_boot(rebuilt), without_boot(original));
}

TEST_F(ViewTest, WhatTheProcessLeftBehindIsIndexedAtTheNextStart) {
  auto opened = open_segment_log(log_options, environment);
  ASSERT_TRUE(opened);
  log = std::move(*opened);
  hash = open_view_key(folder.path() + "/keys", environment).value();
  auto position = append({event(1)});
  append({receipts({receipt(position, Outcome::parked)})});
  log.reset();
  open();
  EXPECT_TRUE(view->find_identity(identity(1)).value());
  EXPECT_THAT(view->parked("simrs", 5).value(), SizeIs(1));
  EXPECT_THAT(positions(view->by_subject(hash->of("3671015207909001"), 5)), ElementsAre(position));
}

TEST_F(ViewTest, TheLagStaysWithinItsLimit) {
  view_options.lag_limit = 50;
  open();
  std::promise<void> all;
  std::atomic<int> left = 2000;
  for (int i = 0; i < 2000; ++i)
    log->append({event(i)}, Urgency::publisher, [&](Result<Position> result) {
      EXPECT_TRUE(result);
      if (--left == 0) all.set_value();
    });
  all.get_future().wait();
  ASSERT_TRUE(view->wait_indexed(2000));
  EXPECT_EQ(view->indexed(), 2000u);
  EXPECT_EQ(view->lag(), 0u);
}

TEST_F(ViewTest, AnswersWhileTheLogIsWritten) {
  open();
  std::atomic<bool> writing = true;
  std::thread writer([&] {
    write_story();
    writing = false;
  });
  std::uint64_t known = 0;
  while (writing) {
    auto found = view->find_identity(identity(static_cast<int>(known % 300)));
    ASSERT_TRUE(found) << to_text(found.error());
    ASSERT_TRUE(view->waiting("simrs", 0, 0, 100));
    ASSERT_TRUE(view->by_kind(RecordKind::receipts, 0, 100));
    auto cursor = view->cursor("simrs");
    ASSERT_TRUE(cursor);
    if (*cursor) {
      auto receipts = view->receipts_of(**cursor);
      ASSERT_TRUE(receipts) << to_text(receipts.error());
      ASSERT_THAT(*receipts, SizeIs(1));
    }
    ++known;
  }
  writer.join();
  EXPECT_GT(known, 0u);
}

TEST_F(ViewTest, ACopyIsAWholeView) {
  open();
  write_story();
  auto copy = folder.path() + "/copy";
  auto done = view->copy_to(copy);
  ASSERT_TRUE(done) << to_text(done.error());
  close();
  auto original = dump();
  std::filesystem::remove_all(log_options.folder + "/view");
  std::filesystem::rename(copy, log_options.folder + "/view");
  view_options.boot_id = "another machine";
  open();
  EXPECT_TRUE(view->find_identity(identity(7)).value());
  EXPECT_EQ(view->cursor("simrs").value(), 4u * 299);
}

TEST_F(ViewTest, IndexedOnDemandWithoutAThread) {
  view_options.threaded = false;
  open();
  auto position = append({event(1)});
  EXPECT_EQ(view->indexed(), 0u);
  EXPECT_TRUE(view->find_identity(identity(1)).value());
  EXPECT_THAT(positions(view->by_identity(identity(1), 5)), ElementsAre(position));
  EXPECT_EQ(view->indexed(), 1u);
}

TEST_F(ViewTest, TheKeyIsMadeOnceAndChecked) {
  auto first = open_view_key(folder.path() + "/keys", environment);
  auto second = open_view_key(folder.path() + "/keys", environment);
  ASSERT_TRUE(first && second);
  EXPECT_EQ((*first)->of("a"), (*second)->of("a"));
  std::filesystem::resize_file(folder.path() + "/keys/view.key", 5);
  EXPECT_EQ(open_view_key(folder.path() + "/keys", environment).error().code, "view.bad_key");
}

}  // namespace
}  // namespace simpul
