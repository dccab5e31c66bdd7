// Admission against a generation and a view of our own: what is admitted, what is not, and what each is told.
#include "bus/admit/admit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bus/event/json.h"

namespace simpul {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Asks for a text `nik` of 16 digits, and doubts one that ends in 9999.
class NikSchema : public Schema {
 public:
  const std::string& name() const override { return name_; }
  bool valid(const json::Value& value) const override { return explain(value, 1).empty(); }
  std::vector<Violation> explain(const json::Value& value, std::size_t) const override {
    const json::Value* nik = value.is_object() ? value.find("nik") : nullptr;
    if (nik == nullptr) {
      return {{"required", "", "", "", {}, "", {"the field nik is missing", ""}}};
    }
    if (!nik->is_string() || nik->size() != 16) {
      return {{"format: nik",
               "/nik",
               "",
               "",
               {"events/pindah.json", {3, 9}, {3, 17}},
               "",
               {"a NIK is a text of 16 digits", "NIK adalah teks 16 angka"}}};
    }
    return {};
  }
  std::vector<Violation> warnings(const json::Value& value, std::size_t) const override {
    if (!value.find("nik")->text().ends_with("9999")) return {};
    return {{"format: nik", "/nik", "", "", {}, "", {"this NIK is an example", "NIK ini contoh"}}};
  }
  std::shared_ptr<const Cursor> cursor() const override { return nullptr; }
  std::string masked(const json::Value&, PersonalData) const override { return "{}"; }
  PersonalData personal_at(std::string_view) const override { return PersonalData::general; }

 private:
  std::string name_ = "events/pindah";
};

class FakeGeneration : public Generation {
 public:
  FakeGeneration() {
    App siak;
    siak.name = "siak";
    siak.publishes = {"pindah", "kosong"};
    apps_["siak"] = siak;
    App pbb;
    pbb.name = "pbb";
    pbb.publishes = {"dibayar"};
    apps_["pbb"] = pbb;
  }
  const std::string& hash() const override { return text_; }
  const ConfigurationFiles& files() const override { return files_; }
  const BusSettings& settings() const override { return settings_; }
  const std::map<std::string, App>& apps() const override { return apps_; }
  const std::map<std::string, Person>& people() const override { return people_; }
  const std::map<std::string, Lookup>& lookups() const override { return lookups_; }
  const SchemaRegistry& schemas() const override { std::abort(); }
  const std::vector<RouteSummary>& routes() const override { return routes_; }
  const Problems& warnings() const override { return warnings_; }
  const Schema* event_schema(std::string_view type) const override { return type == "pindah" ? &schema_ : nullptr; }
  Routing route(const Event& event, const KeyedHash& hash, RouteObserver*) const override {
    Routing out;
    Routed routed;
    routed.route = "pindah-datang";
    routed.target = "sismiop";
    routed.keys = {hash.of(event.data()->text_of("nik"))};
    out.keys = routed.keys;
    out.routes = {routed};
    return out;
  }
  const RouteTarget* target_of(std::string_view, std::string_view) const override { return nullptr; }

 private:
  std::string text_;
  ConfigurationFiles files_;
  BusSettings settings_;
  std::map<std::string, App> apps_;
  std::map<std::string, Person> people_;
  std::map<std::string, Lookup> lookups_;
  std::vector<RouteSummary> routes_;
  Problems warnings_;
  NikSchema schema_;
};

class FakeView : public View {
 public:
  std::map<Hash128, Known> known;
  bool broken = false;

  Result<std::optional<Known>> find_identity(const Hash128& identity) override {
    if (broken) {
      return fail("view.unread", "the view cannot be read");
    }
    const auto found = known.find(identity);
    return found == known.end() ? std::nullopt : std::optional<Known>(found->second);
  }
  Result<std::vector<IndexedRecord>> by_identity(const Hash128&, std::size_t) override { return nothing(); }
  Result<std::vector<IndexedRecord>> by_subject(const Hash128&, std::size_t) override { return nothing(); }
  Result<std::vector<IndexedRecord>> by_key(const Hash128&, std::size_t, Position) override { return nothing(); }
  Result<std::vector<IndexedRecord>> by_type(std::string_view, Position, std::size_t) override { return nothing(); }
  Result<std::vector<IndexedRecord>> by_kind(RecordKind, Position, std::size_t) override { return nothing(); }
  Result<std::vector<Receipt>> receipts_of(Position) override { return std::vector<Receipt>(); }
  Result<std::optional<Position>> cursor(std::string_view) override { return std::nullopt; }
  Result<std::vector<Waiting>> waiting(std::string_view, Position, std::uint32_t, std::size_t,
                                       const Hash128*) override {
    return std::vector<Waiting>();
  }
  Result<std::vector<std::pair<Position, std::uint32_t>>> finished(std::string_view, Position, std::uint32_t,
                                                                   std::size_t) override {
    return {};
  }
  Result<std::vector<Waiting>> parked(std::string_view, std::size_t) override { return std::vector<Waiting>(); }
  Result<Counts> counts(std::string_view) override { return Counts(); }
  Result<std::optional<std::string>> state(std::string_view, std::string_view) override { return std::nullopt; }
  Result<void> scan_state(std::string_view, std::string_view,
                          const std::function<bool(std::string_view, std::string_view)>&) override {
    return {};
  }
  Result<std::optional<Position>> generation(std::optional<std::uint32_t>) override { return std::nullopt; }
  Position indexed() const override { return 0; }
  Result<void> wait_indexed(Position) override { return {}; }
  std::uint64_t lag() const override { return 0; }
  Result<void> copy_to(const std::string&) override { return {}; }
  void stop() override {}

 private:
  static std::vector<IndexedRecord> nothing() { return {}; }
};

std::string event(std::string_view type = "pindah", std::string_view data = R"({"nik":"3671015207909001"})") {
  return std::string(R"({"specversion":"1.0","id":"kk-1","source":"urn:siak","subject":"3671015207909001","type":")") +
         std::string(type) + R"(","data":)" + std::string(data) + "}";
}

class Admit : public ::testing::Test {
 protected:
  Decision decided(std::string text, const std::string& app = "siak") {
    auto decision = decide(app, std::move(text), context());
    EXPECT_TRUE(decision.has_value());
    return decision ? std::move(*decision) : Decision();
  }
  AdmitContext context() { return {&generation_, 3, &hash_, &view_, &in_flight_}; }
  Hash128 identity() { return hash_.of("urn:siak", "kk-1"); }
  Hash128 content(std::string text) { return Event::parse(std::move(text))->content_hash(); }

  FakeGeneration generation_;
  KeyedHash hash_{"a key for tests"};
  FakeView view_;
  InFlight in_flight_;
};

TEST_F(Admit, an_event_that_fits_is_a_record_with_its_routes) {
  const Decision decision = decided(event());
  ASSERT_EQ(decision.kind, Decision::admit);
  EXPECT_EQ(decision.id, "kk-1");
  EXPECT_EQ(decision.event->text(), event());
  ASSERT_TRUE(decision.record);
  EXPECT_EQ(decision.record->kind, RecordKind::event);
  EXPECT_EQ(decision.record->generation, 3u);
  EXPECT_EQ(decision.record->type, "pindah");
  EXPECT_EQ(decision.record->app, "siak");
  EXPECT_EQ(decision.record->keys.identity, identity());
  EXPECT_EQ(decision.record->keys.content, content(event()));
  EXPECT_EQ(decision.record->keys.subject, hash_.of("3671015207909001"));
  EXPECT_THAT(decision.record->keys.keys, ElementsAre(hash_.of("3671015207909001"), hash_.of("id", "kk-1")));
  const auto body = decode_event(decision.record->body);
  ASSERT_TRUE(body);
  EXPECT_EQ(body->event, event()) << "byte for byte";
  EXPECT_EQ(body->routes, decision.routing.routes);
}

TEST_F(Admit, the_same_event_again_is_a_duplicate_without_a_record) {
  view_.known[identity()] = {42, content(event())};
  const Decision decision = decided(event());
  EXPECT_EQ(decision.kind, Decision::duplicate);
  EXPECT_EQ(decision.position, 42u);
  EXPECT_FALSE(decision.pending);
  EXPECT_FALSE(decision.record);
}

TEST_F(Admit, a_duplicate_of_one_that_is_not_committed_yet_waits_for_it) {
  in_flight_.add(identity(), {content(event()), 9});
  const Decision decision = decided(event());
  EXPECT_EQ(decision.kind, Decision::duplicate);
  EXPECT_TRUE(decision.pending);
  in_flight_.remove(identity());
  EXPECT_EQ(decided(event()).kind, Decision::admit);
}

TEST_F(Admit, the_same_id_with_other_content_is_a_conflict_and_recorded) {
  view_.known[identity()] = {42, content(event())};
  const std::string other = event("pindah", R"({"nik":"3671015207909002"})");
  const Decision decision = decided(other);
  EXPECT_EQ(decision.kind, Decision::conflict);
  EXPECT_EQ(decision.position, 42u);
  ASSERT_TRUE(decision.record);
  EXPECT_EQ(decision.record->kind, RecordKind::refusal);
  EXPECT_EQ(decision.record->type, "refusal.id_conflict");
  EXPECT_EQ(decision.record->keys.identity, identity());
  const auto refusal = decode_refusal(decision.record->body);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->app, "siak");
  EXPECT_EQ(refusal->id, "kk-1");
  EXPECT_EQ(refusal->source, "urn:siak");
  EXPECT_EQ(*from_base64(refusal->received), other);
  EXPECT_THAT(problem_details(decision), HasSubstr("\"status\":409"));
}

TEST_F(Admit, a_conflict_with_one_on_its_way_is_found_too) {
  in_flight_.add(identity(), {content(event("pindah", R"({"nik":"3671015207909002"})")), 9});
  EXPECT_EQ(decided(event()).kind, Decision::conflict);
}

TEST_F(Admit, data_that_does_not_fit_is_refused_with_field_and_rule) {
  const Decision decision = decided(event("pindah", R"({"nik":"367"})"));
  ASSERT_EQ(decision.kind, Decision::refuse);
  ASSERT_EQ(decision.reasons.size(), 1u);
  EXPECT_EQ(decision.reasons[0].code, "schema");
  EXPECT_EQ(decision.reasons[0].instance, "/data/nik");
  EXPECT_EQ(decision.reasons[0].rule, "format: nik");
  const auto details = json::parse(problem_details(decision));
  ASSERT_TRUE(details);
  EXPECT_EQ(details->root().text_of("type"), "urn:simpul:problem:schema");
  EXPECT_EQ(details->root().find("status")->as_integer(), 422);
  EXPECT_EQ(details->root().text_of("event"), "kk-1");
  const json::Value& first = details->root().find("errors")->items()[0];
  EXPECT_EQ(first.text_of("field"), "/data/nik");
  EXPECT_EQ(first.text_of("rule"), "format: nik");
  EXPECT_EQ(first.text_of("message_id"), "NIK adalah teks 16 angka");
  const auto recorded = decode_refusal(decision.record->body);
  ASSERT_TRUE(recorded);
  EXPECT_EQ(recorded->reasons[0].indonesian, "NIK adalah teks 16 angka");
  EXPECT_EQ(recorded->reasons[0].schema, "events/pindah.json:3:9");
}

TEST_F(Admit, what_looks_wrong_in_a_valid_event_is_admitted_with_a_warning) {
  const Decision decision = decided(event("pindah", R"({"nik":"3671015207909999"})"));
  ASSERT_EQ(decision.kind, Decision::admit);
  ASSERT_EQ(decision.warnings.size(), 1u);
  EXPECT_EQ(decision.warnings[0].instance, "/data/nik");
  EXPECT_EQ(decision.warnings[0].message, "this NIK is an example");
  EXPECT_EQ(decision.warnings[0].indonesian, "NIK ini contoh");
}

TEST_F(Admit, an_event_without_data_or_with_binary_data_is_refused) {
  const Decision none = decided(R"({"specversion":"1.0","id":"kk-1","source":"urn:siak","type":"pindah"})");
  EXPECT_EQ(none.kind, Decision::refuse);
  EXPECT_EQ(none.reasons[0].instance, "/data");
  const Decision binary =
      decided(R"({"specversion":"1.0","id":"kk-1","source":"urn:siak","type":"pindah","data_base64":"AAAA"})");
  EXPECT_EQ(binary.kind, Decision::refuse);
  EXPECT_THAT(binary.reasons[0].message, HasSubstr("data_base64"));
}

TEST_F(Admit, a_type_that_the_app_does_not_own_is_refused_before_its_data_is_looked_at) {
  const Decision decision = decided(event("dibayar", "{}"));
  EXPECT_EQ(decision.reasons.at(0).code, "not_allowed");
  EXPECT_EQ(decision.reasons[0].instance, "type");
  EXPECT_THAT(decision.reasons[0].message, HasSubstr("config/apps/siak.yaml"));
  EXPECT_THAT(problem_details(decision), HasSubstr("\"status\":403"));
  EXPECT_EQ(decided(event(), "nobody").reasons.at(0).code, "not_allowed");
}

TEST_F(Admit, a_type_that_nobody_knows_is_told_with_the_nearest_name) {
  const Decision decision = decided(event("pindahh"));
  EXPECT_EQ(decision.reasons.at(0).code, "unknown_type");
  EXPECT_THAT(decision.reasons[0].message, HasSubstr("did you mean \"pindah\""));
  EXPECT_EQ(decided(event("kosong")).reasons.at(0).code, "unknown_type") << "published, but without a schema";
}

TEST_F(Admit, what_is_not_an_event_is_recorded_with_what_could_be_read) {
  const Decision decision = decided(R"({"id":"kk-7","source":"urn:siak","type":"pindah"})");
  EXPECT_EQ(decision.kind, Decision::refuse);
  EXPECT_EQ(decision.id, "kk-7");
  EXPECT_EQ(decision.record->keys.identity, hash_.of("urn:siak", "kk-7"));
  EXPECT_THAT(problem_details(decision), HasSubstr("\"status\":400"));
  const Decision garbage = decided(std::string("\0\xff{", 3));
  EXPECT_EQ(garbage.kind, Decision::refuse);
  EXPECT_EQ(garbage.id, "");
  EXPECT_EQ(*from_base64(decode_refusal(garbage.record->body)->received), std::string("\0\xff{", 3));
}

TEST_F(Admit, what_is_too_long_is_kept_up_to_the_limit) {
  const Decision decision = decided(std::string(event_limit_bytes + 1, 'x'));
  EXPECT_EQ(decision.kind, Decision::refuse);
  EXPECT_EQ(from_base64(decode_refusal(decision.record->body)->received)->size(), received_limit_bytes);
}

TEST_F(Admit, a_refusal_says_no_personal_value) {
  const Decision decision = decided(event("pindah", R"({"nik":"36710152079090019"})"));
  EXPECT_THAT(problem_details(decision), Not(HasSubstr("36710152079090019")));
}

TEST_F(Admit, when_the_view_cannot_be_read_nothing_is_decided) {
  view_.broken = true;
  EXPECT_FALSE(decide("siak", event(), context()).has_value());
}

}  // namespace
}  // namespace simpul
