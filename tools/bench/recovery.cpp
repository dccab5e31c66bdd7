// A log of 10 M events, opened after a clean stop and after kill -9: the time until the bus serves.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <future>

#include "tools/bench/city.h"
#include "tools/bench/measure.h"

namespace simpul::bench {
namespace {

CityOptions city_options(const Setting& setting) {
  CityOptions options;
  options.folder = setting.folder + "/city";
  return options;
}

// Straight into log and view, as admission would: this is about what is there afterwards.
class Filling {
 public:
  explicit Filling(City& city) : city_(city) {}
  void append(std::uint64_t count) {
    std::vector<NewRecord> records;
    for (std::uint64_t i = 0; i < count; ++i) {
      NewRecord record;
      record.kind = RecordKind::event;
      record.generation = 1;
      record.type = event_type;
      record.app = publisher;
      const auto& text = maker_.make(number_);
      const auto& hash = city_.bus().hash();
      const auto id = fmt::format("e{:012}", number_++);
      record.keys.identity = record.keys.content = hash.of("urn:uji:siak", id);
      record.keys.keys = {hash.of(std::string_view(text).substr(8, 16)), hash.of("id", id)};
      const std::vector<Routed> routes{{"alamat", target_name(1), 0, {record.keys.keys.front()}, {}}};
      record.body = encode_event(routes, publisher, text);
      records.push_back(std::move(record));
    }
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return open_ < 20'000; });
      open_ += count;
    }
    city_.bus().log().append(std::move(records), Urgency::publisher, [this, count](Result<Position> first) {
      std::lock_guard lock(mutex_);
      if (!first) failed_ = to_text(first.error());
      open_ -= count;
      changed_.notify_all();
    });
  }
  Result<void> wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return open_ == 0; });
    if (!failed_.empty()) return fail("bench.failed", failed_);
    return {};
  }
  // The target has it all: only what comes later would be delivered.
  Result<void> move_cursor() {
    auto recorded = city_.bus().record(RecordKind::cursor, "cursor",
                                       encode_cursors({{target_name(1), city_.bus().log().status().next}}));
    if (!recorded) return std::unexpected(recorded.error());
    return {};
  }

 private:
  City& city_;
  EventMaker maker_;
  std::uint64_t number_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t open_ = 0;
  std::string failed_;
};

Figures fill(const Setting& setting) {
  auto city = City::open(city_options(setting));
  if (!city) return std::unexpected(city.error());
  Filling filling(**city);
  const auto count = setting.size(10'000'000, 20'000);
  for (std::uint64_t number = 0; number < count; number += 100) {
    filling.append(100);
    if (number > 0 && number % 1'000'000 == 0)
      progress(fmt::format("{} M of 10 M records written", number / 1'000'000));
  }
  if (auto done = filling.wait(); !done) return std::unexpected(done.error());
  if (auto done = filling.move_cursor(); !done) return std::unexpected(done.error());
  (*city)->stop();
  return std::vector<Figure>{};
}

// In a process of its own: opens, writes without end, and is killed after the 20 000th.
Result<void> write_and_be_killed(const Setting& setting) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return fail("bench.failed", "no pipe could be made");
  const auto child = ::fork();
  if (child == 0) {
    auto city = City::open(city_options(setting));
    if (!city) ::_exit(1);
    Filling filling(**city);
    for (int i = 0;; ++i) {
      filling.append(100);
      if (i == 200 && ::write(ends[1], "x", 1) != 1) ::_exit(1);
    }
  }
  ::close(ends[1]);
  char word = 0;
  const bool wrote = ::read(ends[0], &word, 1) == 1;
  ::close(ends[0]);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  if (!wrote) return fail("bench.failed", "the bus that was to be killed did not open");
  return {};
}

Figures open_twice(const Setting& setting) {
  auto open = [&](const std::string& name) -> Figures {
    const auto begin = steady_now();
    auto city = City::open(city_options(setting));
    if (!city) return std::unexpected(city.error());
    const auto took = seconds_since(begin);
    if (name == "recover_10m")
      progress(fmt::format("{} records, the log itself in {} ms", (*city)->bus().log().recovery().next,
                           (*city)->bus().log().recovery().took / 1'000'000));
    if (auto done = Filling(**city).move_cursor(); !done) return std::unexpected(done.error());
    (*city)->stop();
    return std::vector<Figure>{{name, "s", took, std::nullopt}};
  };
  auto clean = in_child([&] { return open("recover_10m"); });
  if (!clean) return clean;
  if (auto killed = write_and_be_killed(setting); !killed) return std::unexpected(killed.error());
  auto after = in_child([&] { return open("recover_10m_killed"); });
  if (!after) return after;
  clean->insert(clean->end(), after->begin(), after->end());
  return clean;
}

}  // namespace

std::vector<Measure> recovery_measures() {
  Measure measure;
  measure.names = {"recover_10m", "recover_10m_killed"};
  measure.what =
      "the bus opened on a log of 10 M events of 1 KiB until it serves: after a clean stop, and after kill -9 while it "
      "wrote";
  measure.prepare = [](const Setting& setting) -> Result<void> {
    auto done = in_child([&] { return fill(setting); });
    if (!done) return std::unexpected(done.error());
    return {};
  };
  measure.run = open_twice;
  measure.keep_between_runs = true;
  measure.disk_bytes = 20ull << 30;
  return {measure};
}

}  // namespace simpul::bench
