#include "tests/adapters/conformance.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>

#include "adapters/registry.h"

namespace simpul::test {
namespace {

AdapterSpec spec_of(const std::string& name) {
  for (auto& spec : all_adapters())
    if (spec.name == name) return spec;
  ADD_FAILURE() << "no adapter " << name;
  return {};
}

std::vector<int> range(int first, int last) {
  std::vector<int> out(static_cast<std::size_t>(last - first + 1));
  std::iota(out.begin(), out.end(), first);
  return out;
}

TEST(Conformance, EveryAdapterThatIsRegisteredIsHeldAgainstTheContract) {
  for (const auto& spec : all_adapters()) {
    auto brings = [&](const auto& rigs) {
      return std::any_of(rigs.begin(), rigs.end(), [&](const auto& rig) { return rig.adapter == spec.name; });
    };
    EXPECT_EQ(!spec.source_fields.empty(), brings(source_rigs()))
        << spec.name << " needs a source rig in conformance_rigs.cpp";
    EXPECT_EQ(!spec.target_fields.empty(), brings(target_rigs()))
        << spec.name << " needs a target rig in conformance_rigs.cpp";
  }
}

std::string source_name(const ::testing::TestParamInfo<std::size_t>& parameter) {
  return source_rigs()[parameter.param].name;
}
std::string target_name(const ::testing::TestParamInfo<std::size_t>& parameter) {
  return target_rigs()[parameter.param].name;
}

// ---- sources

class SourceConformance : public ::testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
    rig_ = source_rigs()[GetParam()].make();
    spec_ = spec_of(source_rigs()[GetParam()].adapter);
    if (spec_.make_shared) shared_ = spec_.make_shared();
  }
  std::unique_ptr<Source> open() {
    auto source = source_of(spec_, rig_->yaml(), rig_->folder(), intake_, shared_);
    EXPECT_TRUE(source->start());
    return source;
  }
  std::vector<int> numbers() {
    std::vector<int> out;
    for (const auto& item : intake_.items()) out.push_back(rig_->number_of(item));
    if (!rig_->in_order()) std::sort(out.begin(), out.end());
    return out;
  }

  std::unique_ptr<SourceRig> rig_;
  AdapterSpec spec_;
  std::shared_ptr<void> shared_;
  FakeIntake intake_;
};

TEST_P(SourceConformance, OpensAndClosesAnyNumberOfTimes) {
  for (int i = 0; i < 3; ++i) {
    auto source = open();
    source->stop();
    source->stop();
    EXPECT_TRUE(source->start());
  }
  EXPECT_TRUE(intake_.items().empty());
}

TEST_P(SourceConformance, EverythingComesOnceInOrderWithIdsOfItsOwn) {
  auto source = open();
  ASSERT_TRUE(rig_->settled(intake_));
  rig_->bring(1, 50);
  ASSERT_TRUE(intake_.wait_items(50));
  rig_->bring(51, 60);
  ASSERT_TRUE(intake_.wait_items(60));
  EXPECT_EQ(numbers(), range(1, 60));
  std::set<std::string> ids;
  for (const auto& item : intake_.items()) {
    EXPECT_FALSE(item.id.empty());
    EXPECT_FALSE(item.origin.empty());
    ids.insert(item.id);
  }
  EXPECT_EQ(ids.size(), 60u);
}

TEST_P(SourceConformance, ManyComeInBoundedOffers) {
  auto source = open();
  ASSERT_TRUE(rig_->settled(intake_));
  rig_->bring(1, 3000);
  ASSERT_TRUE(intake_.wait_items(3000));
  EXPECT_EQ(numbers(), range(1, 3000));
  EXPECT_LE(intake_.largest_offer(), 500u);
}

TEST_P(SourceConformance, GoesOnAfterARestartWhereItStood) {
  auto source = open();
  ASSERT_TRUE(rig_->settled(intake_));
  rig_->bring(1, 10);
  ASSERT_TRUE(intake_.wait_items(10));
  source.reset();
  rig_->bring(11, 20);
  source = open();
  ASSERT_TRUE(intake_.wait_items(20));
  rig_->bring(21, 30);
  ASSERT_TRUE(intake_.wait_items(30));
  EXPECT_EQ(numbers(), range(1, 30));
}

TEST_P(SourceConformance, WhatWasTurnedAwayIsOfferedAgain) {
  auto source = open();
  ASSERT_TRUE(rig_->settled(intake_));
  intake_.later(3);
  rig_->bring(1, 10);
  ASSERT_TRUE(intake_.wait_items(10));
  EXPECT_EQ(numbers(), range(1, 10));
}

TEST_P(SourceConformance, WhatIsRefusedDoesNotHoldTheRest) {
  intake_.refuse("7");
  auto source = open();
  ASSERT_TRUE(rig_->settled(intake_));
  rig_->bring(1, 10);
  ASSERT_TRUE(intake_.wait_items(9));
  EXPECT_FALSE(::testing::Value(numbers(), ::testing::Contains(7)));
}

TEST_P(SourceConformance, AnApplicationThatIsDownIsWaitedFor) {
  auto source = open();
  ASSERT_TRUE(rig_->settled(intake_));
  rig_->break_peer();
  source->stop();
  EXPECT_TRUE(source->start());
  rig_->mend_peer();
  rig_->bring(1, 10);
  ASSERT_TRUE(intake_.wait_items(10));
  EXPECT_EQ(numbers(), range(1, 10));
}

TEST_P(SourceConformance, StopsWhileAnOfferWaitsAndLosesNothing) {
  auto source = open();
  ASSERT_TRUE(rig_->settled(intake_));
  intake_.hold();
  rig_->bring(1, 10);
  ASSERT_TRUE(intake_.wait_held());
  std::thread stopper([&] { source->stop(); });
  intake_.turn_away();
  stopper.join();
  auto offers = intake_.offers();
  EXPECT_TRUE(intake_.items().empty());
  intake_.release();
  source.reset();
  EXPECT_EQ(intake_.offers(), offers);
  source = open();
  ASSERT_TRUE(intake_.wait_items(10));
  EXPECT_EQ(numbers(), range(1, 10));
}

TEST_P(SourceConformance, AnOfferThatIsCommittedWhileItStopsIsNotMadeAgain) {
  auto source = open();
  ASSERT_TRUE(rig_->settled(intake_));
  intake_.hold();
  rig_->bring(1, 10);
  ASSERT_TRUE(intake_.wait_held());
  std::thread stopper([&] { source->stop(); });
  intake_.release();
  stopper.join();
  source = open();
  rig_->bring(11, 20);
  ASSERT_TRUE(intake_.wait_items(20));
  EXPECT_EQ(numbers(), range(1, 20));
}

INSTANTIATE_TEST_SUITE_P(All, SourceConformance, ::testing::Range<std::size_t>(0, source_rigs().size()), source_name);

// ---- targets

class TargetConformance : public ::testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
    rig_ = target_rigs()[GetParam()].make();
    spec_ = spec_of(target_rigs()[GetParam()].adapter);
    if (spec_.make_shared) shared_ = spec_.make_shared();
    open();
  }
  void TearDown() override {
    if (target_) target_->stop();
  }
  void open() {
    if (target_) target_->stop();
    target_ = target_of(spec_, rig_->yaml(), rig_->folder(), shared_);
    ASSERT_TRUE(target_->start());
  }
  std::vector<Delivery> deliveries(int first, int last) {
    std::vector<Delivery> out;
    for (int n = first; n <= last; ++n)
      out.push_back(settlements_.delivery("key-" + std::to_string(n), rig_->into(), rig_->payload(n)));
    return out;
  }
  Settlement send(int number, std::uint32_t attempt = 1) {
    return settlements_.one(*target_, "key-" + std::to_string(number), rig_->into(), rig_->payload(number), attempt);
  }
  std::vector<int> effects() {
    auto out = rig_->effects();
    if (!rig_->in_order()) std::sort(out.begin(), out.end());
    return out;
  }

  std::unique_ptr<TargetRig> rig_;
  AdapterSpec spec_;
  std::shared_ptr<void> shared_;
  Settlements settlements_;
  std::unique_ptr<Target> target_;
};

TEST_P(TargetConformance, OpensAndClosesAnyNumberOfTimes) {
  for (int i = 0; i < 3; ++i) {
    open();
    target_->stop();
  }
  EXPECT_TRUE(effects().empty());
}

TEST_P(TargetConformance, ABatchIsDeliveredInOrderAndEachIsSettledOnce) {
  target_->deliver(deliveries(1, 10));
  ASSERT_TRUE(settlements_.wait(10));
  for (int n = 1; n <= 10; ++n) {
    auto settled = settlements_.of("key-" + std::to_string(n));
    ASSERT_EQ(settled.size(), 1u);
    EXPECT_EQ(settled[0].kind, Settlement::delivered) << settled[0].reason;
  }
  EXPECT_EQ(effects(), range(1, 10));
}

TEST_P(TargetConformance, TakesAsManyAtOnceAsItGivesCreditFor) {
  auto credit = static_cast<int>(target_->credit());
  ASSERT_GT(credit, 0);
  target_->deliver(deliveries(1, credit));
  ASSERT_TRUE(settlements_.wait(static_cast<std::size_t>(credit)));
  for (int n = 1; n <= credit; ++n)
    EXPECT_EQ(settlements_.of("key-" + std::to_string(n)).at(0).kind, Settlement::delivered);
  EXPECT_EQ(effects(), range(1, credit));
}

TEST_P(TargetConformance, ADeliveryThatComesAgainHasOneEffectAlsoAfterARestart) {
  EXPECT_EQ(send(1).kind, Settlement::delivered);
  EXPECT_EQ(send(1, 2).kind, Settlement::delivered);
  open();
  EXPECT_EQ(send(1, 3).kind, Settlement::delivered);
  EXPECT_EQ(effects(), range(1, 1));
}

TEST_P(TargetConformance, AnApplicationThatIsDownIsUnreachableAndThenServedAgain) {
  rig_->break_peer();
  open();
  auto settlement = send(1);
  EXPECT_EQ(settlement.kind, Settlement::retry);
  EXPECT_TRUE(settlement.unreachable);
  EXPECT_FALSE(settlement.reason.empty());
  if (!rig_->mend_peer()) return;
  settlement = send(1, 2);
  EXPECT_EQ(settlement.kind, Settlement::delivered) << settlement.reason;
  EXPECT_EQ(effects(), range(1, 1));
}

TEST_P(TargetConformance, AnApplicationThatGoesAwayInBetweenIsUnreachableToo) {
  EXPECT_EQ(send(1).kind, Settlement::delivered);
  rig_->break_peer();
  auto settlement = send(2);
  EXPECT_EQ(settlement.kind, Settlement::retry);
  EXPECT_TRUE(settlement.unreachable) << settlement.reason;
  if (!rig_->mend_peer()) return;
  EXPECT_EQ(send(2, 2).kind, Settlement::delivered);
  EXPECT_EQ(effects(), range(1, 2));
}

TEST_P(TargetConformance, StopSettlesEverythingOnceAndWhatComesLaterIsGivenBack) {
  auto credit = static_cast<int>(target_->credit());
  target_->deliver(deliveries(1, credit));
  target_->stop();
  ASSERT_EQ(settlements_.count(), static_cast<std::size_t>(credit));
  std::vector<int> delivered;
  for (int n = 1; n <= credit; ++n) {
    auto settled = settlements_.of("key-" + std::to_string(n));
    ASSERT_EQ(settled.size(), 1u);
    EXPECT_NE(settled[0].kind, Settlement::park) << settled[0].reason;
    if (settled[0].kind == Settlement::delivered) delivered.push_back(n);
  }
  auto done = effects();
  for (int n : delivered)
    EXPECT_TRUE(std::find(done.begin(), done.end(), n) != done.end())
        << n << " was settled as delivered without an effect";
  EXPECT_EQ(send(credit + 1).kind, Settlement::retry);
  EXPECT_EQ(settlements_.count(), static_cast<std::size_t>(credit) + 1);
}

TEST_P(TargetConformance, AQuestionIsAlwaysAnsweredOnce) {
  Question question;
  question.lookup = "penduduk";
  question.into = "no_such_lookup";
  question.parameters = "{}";
  question.timeout = std::chrono::milliseconds(2000);
  rig_->break_peer();
  open();
  auto answer = ask(*target_, question);
  EXPECT_EQ(answer.kind, Answer::failed);
  EXPECT_FALSE(answer.reason.empty());
}

INSTANTIATE_TEST_SUITE_P(All, TargetConformance, ::testing::Range<std::size_t>(0, target_rigs().size()), target_name);

}  // namespace
}  // namespace simpul::test
