// The reference deployment, killed again and again (kill -9) while publishers post over HTTP and clerks change
// tables: what was acknowledged is everywhere, once. SIMPUL_KILLS=100 makes it more rounds.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "bus/event/json.h"
#include "tests/program/small_deployment.h"
#include "tools/demo/stage.h"

namespace simpul::program {
namespace {

constexpr int publishers = 3;

std::string text_of(const std::string& body, std::string_view name) {
  auto document = json::parse(body);
  return document && document->root().is_object() ? std::string(document->root().text_of(name)) : std::string();
}

int rounds_wanted() {
  const char* wanted = std::getenv("SIMPUL_KILLS");
  return wanted == nullptr ? 10 : std::max(1, std::atoi(wanted));
}

class Killed : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = (std::filesystem::temp_directory_path() / fmt::format("simpul-kill-{}", ::getpid())).string();
    demo::Options options;
    options.source = SIMPUL_SOURCE_DIR;
    options.programs = SIMPUL_PROGRAMS;
    options.folder = folder_;
    stage_ = std::make_unique<demo::Stage>(options);
    ASSERT_TRUE(stage_->prepare());
    // Deaths come by files too.
    auto app = folder_ + "/config/apps/disdukcapil.yaml";
    std::ofstream(app, std::ios::app)
        << "sources:\n  berkas:\n    file: { folder: masuk, pattern: \"*.csv\", columns: [nik, tanggal, akta], "
           "settle_ms: 20, poll_ms: 20 }\n"
           "    events:\n      - type: dukcapil.penduduk.meninggal.v1\n        subject: row.nik\n"
           "        data: { nik: row.nik, tgl_meninggal: row.tanggal, no_akta_mati: row.akta }\n";
    std::filesystem::create_directory(folder_ + "/masuk");
    ASSERT_TRUE(stage_->start_bus());
    families_ = stage_->city().families();
    ASSERT_GE(families_.size(), 10u);
    families_.resize(10);
  }
  void TearDown() override {
    stage_.reset();
    std::error_code error;
    if (!HasFailure()) std::filesystem::remove_all(folder_, error);
  }

  static std::string certificate(const std::string& from, int number) {
    return fmt::format("3671-KM-{}-{:05}", from, number);
  }
  // Posts deaths, each until it is acknowledged, as any publisher must.
  void publish(int publisher) {
    for (int i = 0; !ended_; ++i) {
      auto akta = certificate("HTTP" + std::to_string(publisher), i);
      auto event = demo::Stage::event(akta, "dukcapil.penduduk.meninggal.v1",
                                      fmt::format(R"({{"nik":"{}","tgl_meninggal":"2026-11-21","no_akta_mati":"{}"}})",
                                                  families_[static_cast<std::size_t>(i) % 10].head, akta));
      auto deadline = std::chrono::steady_clock::now() + patience;
      int status = 0;
      for (status = stage_->post(event).status; status / 100 != 2 && std::chrono::steady_clock::now() < deadline;
           status = stage_->post(event).status)
        std::this_thread::sleep_for(milliseconds(5));  // and again, until the deadline
      if (status / 100 != 2) {
        ADD_FAILURE() << akta << " was never acknowledged, the last answer was " << status;
        return;
      }
      std::lock_guard lock(mutex_);
      acknowledged_.insert(akta);
    }
  }
  // A file of deaths, and a new address for one family, each round.
  void change_tables(int round) {
    std::string text;
    for (int i = 0; i < 50; ++i) {
      auto akta = certificate("FILE", round * 50 + i);
      text += families_[static_cast<std::size_t>(i) % 10].head + ",2026-11-20," + akta + "\n";
      acknowledged_files_.insert(akta);
    }
    std::ofstream(fmt::format("{}/masuk/.r{}", folder_, round)) << text;
    std::filesystem::rename(fmt::format("{}/masuk/.r{}", folder_, round),
                            fmt::format("{}/masuk/r{}.csv", folder_, round));
    const auto& family = families_[static_cast<std::size_t>(round) % 10];
    addresses_[family.no_kk].push_back(fmt::format("JL RONDE NO {}", round));
    EXPECT_TRUE(stage_->city().enter_address(family.no_kk, addresses_[family.no_kk].back()));
  }
  // How often each certificate stands in the payroll's CSV, which appends and never forgets.
  std::map<std::string, int> in_payroll() const {
    std::map<std::string, int> found;
    for (const auto& line : stage_->city().lines("simgaji"))
      if (auto at = line.find("3671-KM-"); at != std::string::npos) ++found[line.substr(at, line.find(',', at) - at)];
    return found;
  }
  std::map<std::string, int> taken_by(const std::string& app, const std::string& field) const {
    std::map<std::string, int> found;
    for (const auto& taken : stage_->city().taken(app))
      if (auto text = text_of(taken.body, field); !text.empty()) ++found[text_of(taken.body, "nik") + " " + text];
    return found;
  }
  bool all_arrived(const std::set<std::string>& wanted) const {
    auto payroll = in_payroll();
    for (const auto& akta : wanted)
      if (!payroll.contains(akta)) return false;
    auto permits = taken_by("perizinan", "alamat");
    auto patients = stage_->city().simrs_addresses();
    for (const auto& family : families_) {
      auto known = addresses_.find(family.no_kk);
      if (known == addresses_.end()) continue;
      if (!permits.contains(family.head + " " + known->second.back())) return false;
      if (patients.contains(family.head) && !patients[family.head].starts_with(known->second.back())) return false;
    }
    return true;
  }

  std::string folder_;
  std::unique_ptr<demo::Stage> stage_;
  std::vector<demo::Family> families_;
  std::atomic<bool> ended_ = false;
  std::mutex mutex_;
  std::set<std::string> acknowledged_, acknowledged_files_;
  std::map<std::string, std::vector<std::string>> addresses_;  // by family, in the order they were entered
};

TEST_F(Killed, NothingIsLostAndNothingIsThereTwice) {
  std::mt19937 random(20261122);
  std::vector<std::thread> threads;
  ASSERT_TRUE(wait_until([&] {
    auto document = json::parse(stage_->simpul({"status", "--json"}).output);
    if (!document) return false;
    for (const auto& source : document->root().find("sources")->items())
      if (source.text_of("source") == "siak/keluarga") return !source.text_of("last").empty();
    return false;
  }));
  for (int i = 0; i < publishers; ++i) threads.emplace_back([this, i] { publish(i); });
  auto count = [&] {
    std::lock_guard lock(mutex_);
    return acknowledged_.size();
  };
  const int rounds = rounds_wanted();
  for (int round = 0; round < rounds; ++round) {
    change_tables(round);
    // The moment differs: after some more acknowledged posts.
    auto goal = count() + std::uniform_int_distribution<std::size_t>(1, 40)(random);
    EXPECT_TRUE(wait_until([&] { return count() >= goal; })) << "round " << round;
    stage_->kill_bus();
    bool back = stage_->start_bus();
    EXPECT_TRUE(back) << "round " << round << ": the bus does not come back";
    if (!back) break;
  }
  ended_ = true;
  for (auto& thread : threads) thread.join();
  auto wanted = acknowledged_;
  wanted.insert(acknowledged_files_.begin(), acknowledged_files_.end());
  EXPECT_TRUE(wait_until([&] { return all_arrived(wanted); }, seconds(60)))
      << "something that was acknowledged is missing; the folder is kept: " << folder_;

  auto payroll = in_payroll();
  for (const auto& akta : wanted) EXPECT_EQ(payroll[akta], 1) << akta;
  for (const auto& [akta, times] : payroll) EXPECT_TRUE(wanted.contains(akta)) << akta << " was never acknowledged";
  for (const char* app : {"perizinan", "esabakota"})
    for (const auto& [what, times] : taken_by(app, "alamat")) EXPECT_EQ(times, 1) << app << ": " << what;
  for (const auto& [what, times] : taken_by("esabakota", "tgl_meninggal")) EXPECT_GE(times, 1);
  // The order of one family's addresses, where it was killed in between or not.
  for (const auto& family : families_) {
    std::vector<std::string> order;
    for (const auto& taken : stage_->city().taken("perizinan"))
      if (text_of(taken.body, "nik") == family.head && text_of(taken.body, "alamat").starts_with("JL RONDE"))
        order.push_back(text_of(taken.body, "alamat"));
    std::vector<std::string> entered = addresses_[family.no_kk];
    // A later change may be seen together with an earlier one; what arrived is in the order it was entered.
    std::size_t at = 0;
    for (const auto& address : order) {
      while (at < entered.size() && entered[at] != address) ++at;
      EXPECT_LT(at, entered.size()) << family.no_kk << " got " << address << " out of order";
    }
    EXPECT_EQ(order.empty() ? "" : order.back(), entered.empty() ? "" : entered.back());
  }
  EXPECT_EQ(stage_->simpul({"parked", "list", "--json"}).output.find("\"target\""), std::string::npos)
      << stage_->simpul({"parked", "list"}).output;
  EXPECT_TRUE(stage_->stop_bus());
  fmt::print("{} rounds, {} posts and {} lines of files acknowledged\n", rounds, acknowledged_.size(),
             acknowledged_files_.size());
}

}  // namespace
}  // namespace simpul::program
