// From the moment an event should have been published to the moment its target has it; and what waits when no
// target can be reached.
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <filesystem>

#include "tools/bench/city.h"
#include "tools/bench/machine.h"
#include "tools/bench/measure.h"

namespace simpul::bench {
namespace {

constexpr std::uint64_t rate = 10'000;

void wait_until(Nanoseconds time) {
  timespec at{time / 1'000'000'000, time % 1'000'000'000};
  ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
}

// Open loop: event n is due at begin + n / rate, whether or not the bus has taken those before; what comes late
// counts from when it was due.
Figures deliver(const Setting& setting) {
  const auto warm = setting.size(rate, rate / 10);  // the first second is not counted
  const auto count = warm + setting.size(10 * rate, rate / 2);
  std::vector<std::atomic<Nanoseconds>> arrived(count);
  CityOptions options;
  options.folder = setting.folder + "/city";
  options.answer = [&arrived](const Delivery& delivery) {
    const auto number = EventMaker::number_of(delivery.event_id);
    if (number < arrived.size()) arrived[number] = steady_now();
    return Settlement{};
  };
  auto city = City::open(std::move(options));
  if (!city) return std::unexpected(city.error());
  Publishing publishing((*city)->bus(), 1'000'000);
  EventMaker maker;
  const auto begin = steady_now() + 10'000'000;
  auto due = [&](std::uint64_t number) { return begin + static_cast<Nanoseconds>(number * (1'000'000'000 / rate)); };
  const auto syncs_before = (*city)->bus().log().status().syncs;
  for (std::uint64_t number = 0; number < count; ++number) {
    if (steady_now() < due(number)) wait_until(due(number));
    publishing.publish({maker.make(number)});
  }
  publishing.wait();
  if (!(*city)->wait_delivered(count, std::chrono::seconds(60)))
    return fail("bench.failed", fmt::format("{} of {} were delivered", (*city)->delivered(), count));
  const auto syncs = (*city)->bus().log().status().syncs - syncs_before;
  std::vector<double> latencies;
  for (auto number = warm; number < count; ++number)
    latencies.push_back(static_cast<double>(arrived[number] - due(number)) / 1e6);
  std::ranges::sort(latencies);
  auto at = [&](double part) {
    return latencies[static_cast<std::size_t>(part * static_cast<double>(latencies.size() - 1))];
  };
  (*city)->stop();
  return std::vector<Figure>{
      {"deliver_p99_at_10k", "ms", at(0.99), static_cast<double>(syncs) / static_cast<double>(count)},
      {"deliver_p50_at_10k", "ms", at(0.50), std::nullopt},
      {"deliver_max_at_10k", "ms", latencies.back(), std::nullopt}};
}

constexpr int backlog_targets = 4;

Figures backlog(const Setting& setting) {
  const auto count = setting.size(5'000'000, 20'000);
  CityOptions options;
  options.folder = setting.folder + "/city";
  options.targets = backlog_targets;
  options.answer = [](const Delivery&) {
    Settlement settlement;
    settlement.kind = Settlement::retry;
    settlement.unreachable = true;
    settlement.reason = "not reachable";
    return settlement;
  };
  auto city = City::open(std::move(options));
  if (!city) return std::unexpected(city.error());
  Publishing publishing((*city)->bus(), 4'000);
  EventMaker maker;
  for (std::uint64_t number = 0; number < count;) {
    std::vector<std::string> events;
    for (int i = 0; i < 100; ++i) events.push_back(maker.make(number++));
    publishing.publish(std::move(events));
    if (number % 1'000'000 == 0)
      progress(fmt::format("{} M events wait, {:.0f} MiB", number / 1'000'000, resident_mib("self", "VmRSS")));
  }
  publishing.wait();
  if (publishing.others() > 0)
    return fail("bench.failed", fmt::format("{} events were not accepted: {}", publishing.others(), publishing.why()));
  std::this_thread::sleep_for(std::chrono::seconds(setting.quick ? 1 : 10));
  const auto steady = resident_mib("self", "VmRSS");
  const auto peak = resident_mib("self", "VmHWM");
  if ((*city)->delivered() > 0)
    return fail("bench.failed", "something was delivered to a target that cannot be reached");
  (*city)->stop();
  return std::vector<Figure>{{"backlog_5m_memory", "MiB", steady, std::nullopt},
                             {"backlog_5m_memory_peak", "MiB", peak, std::nullopt}};
}

}  // namespace

std::vector<Measure> delivery_measures() {
  Measure latency;
  latency.names = {"deliver_p99_at_10k", "deliver_p50_at_10k", "deliver_max_at_10k"};
  latency.what =
      "10 000 single events a second for 10 s after one to warm up, open loop; from the intended time of publishing to "
      "the null target";
  latency.run = deliver;
  latency.disk_bytes = 2ull << 30;
  Measure waiting;
  waiting.names = {"backlog_5m_memory", "backlog_5m_memory_peak"};
  waiting.what = fmt::format(
      "5 M events of 1 KiB, each for {} targets, none of which can be reached; resident memory 10 s after the last",
      backlog_targets);
  waiting.run = backlog;
  waiting.disk_bytes = 12ull << 30;
  return {latency, waiting};
}

}  // namespace simpul::bench
