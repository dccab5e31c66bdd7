#include <gmock/gmock.h>

#include <future>

#include "tests/bus/probe.h"

namespace simpul {
namespace {

using testing::HasSubstr;
using testing::Not;

using AdmissionTest = CityTest;

TEST_F(AdmissionTest, TheSameEventAgainIsOneEvent) {
  auto first = publish({event("1", nik_a, "JL SATU")});
  auto again = publish({event("1", nik_a, "JL SATU")});
  EXPECT_EQ(again[0].kind, Verdict::duplicate);
  EXPECT_EQ(again[0].position, first[0].position);
  restart();
  EXPECT_EQ(publish({event("1", nik_a, "JL SATU")})[0].kind, Verdict::duplicate);
  EXPECT_EQ(bodies(RecordKind::event).size(), 1u);
}

TEST_F(AdmissionTest, TwiceInOneBatchIsOneEventAndBothKnowItsPosition) {
  auto verdicts = publish({event("1", nik_a, "JL SATU"), event("1", nik_a, "JL SATU")});
  EXPECT_EQ(verdicts[0].kind, Verdict::accepted);
  EXPECT_EQ(verdicts[1].kind, Verdict::duplicate);
  EXPECT_EQ(verdicts[0].position, verdicts[1].position);
}

// Makes one event of every record, with the record's own data.
class WholeRecord : public RecordRule {
 public:
  const std::string& type() const override { return type_; }
  Result<std::optional<EventParts>> make(const json::Value& row, const json::Value&, std::string_view) const override {
    EventParts parts;
    parts.type = type_;
    parts.time = "2026-11-22T08:00:00Z";
    parts.data_json = json::write(row);
    return parts;
  }

 private:
  std::string type_ = "warga.alamat.diubah.v1";
};

TEST_F(AdmissionTest, ARecordOfTwoEventsThatIsOfferedTwiceAtOnceHasOneVerdictEachTime) {
  std::vector<std::shared_ptr<const RecordRule>> rules{std::make_shared<WholeRecord>(),
                                                       std::make_shared<WholeRecord>()};
  Item item;
  item.row = payload(nik_a, "JL SATU");
  item.id = "row-1";
  std::promise<std::vector<Verdict>> promise;
  auto future = promise.get_future();
  bus_->admission().offer("siak", "siak/tabel", rules, {item, item}, {},
                          [&](std::vector<Verdict> verdicts) { promise.set_value(std::move(verdicts)); });
  auto verdicts = future.get();
  ASSERT_EQ(verdicts.size(), 2u);
  EXPECT_EQ(verdicts[0].kind, Verdict::accepted);
  EXPECT_EQ(verdicts[1].kind, Verdict::duplicate);
  EXPECT_EQ(bodies(RecordKind::event).size(), 2u);
  EXPECT_TRUE(bus_->admission().idle_under(bus_->serving().number));
}

TEST_F(AdmissionTest, TheSameIdWithOtherContentIsRefusedAndRecorded) {
  publish({event("1", nik_a, "JL SATU")});
  auto other = publish({event("1", nik_a, "JL DUA")});
  EXPECT_EQ(other[0].kind, Verdict::conflict);
  EXPECT_EQ(bodies(RecordKind::refusal).size(), 1u);
  EXPECT_TRUE(control_says("rahmat", "trace", R"({"id":"1"})", "id_conflict"));
}

TEST_F(AdmissionTest, FromManyThreadsAtOnceItIsStillOneEvent) {
  std::vector<std::thread> publishers;
  std::atomic<int> accepted = 0, duplicates = 0;
  for (int thread = 0; thread < 4; ++thread)
    publishers.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        auto verdict = publish({event(std::to_string(i), nik_a, "JL")})[0];
        (verdict.kind == Verdict::accepted ? accepted : duplicates)++;
      }
    });
  for (auto& publisher : publishers) publisher.join();
  EXPECT_EQ(accepted, 200);
  EXPECT_EQ(duplicates, 600);
  EXPECT_EQ(bodies(RecordKind::event).size(), 200u);
}

TEST_F(AdmissionTest, ARefusalNamesTheFieldAndShowsNoValue) {
  auto verdict = publish({event("9", "36710152079090", "JL SATU")})[0];
  ASSERT_EQ(verdict.kind, Verdict::refused);
  EXPECT_EQ(verdict.reasons[0].instance, "/data/nik");
  EXPECT_THAT(verdict.reasons[0].message, Not(HasSubstr("36710152079090")));
  EXPECT_THAT(verdict.reasons[0].indonesian, HasSubstr("tetapi yang diterima"));
  EXPECT_THAT(verdict.reasons[0].indonesian, Not(HasSubstr("36710152079090")));
  EXPECT_THAT(verdict.reasons[0].schema, HasSubstr(".json:"));
}

TEST_F(AdmissionTest, AnAppPublishesOnlyWhatItMay) {
  std::promise<std::vector<Verdict>> promise;
  auto future = promise.get_future();
  bus_->admission().publish("pajak", {event("1", nik_a, "JL SATU")},
                            [&](std::vector<Verdict> verdicts) { promise.set_value(std::move(verdicts)); });
  auto verdict = future.get()[0];
  EXPECT_EQ(verdict.kind, Verdict::refused);
  EXPECT_EQ(verdict.reasons[0].code, "not_allowed");
}

TEST_F(AdmissionTest, NumbersAndUnknownExtensionsAreKeptAsWritten) {
  std::string text =
      R"({"specversion":"1.0","id":"n","source":"urn:uji:siak","type":"warga.alamat.diubah.v1","ekstensi" : "dari\u0020luar","data":{"nik":")" +
      nik_a + R"(","alamat":"JL","nilai":9007199254740993}})";
  auto verdict = publish({text})[0];
  ASSERT_EQ(verdict.kind, Verdict::accepted) << verdict.reasons.size();
  EXPECT_THAT(bodies(RecordKind::event)[0], HasSubstr(text));
}

}  // namespace
}  // namespace simpul
