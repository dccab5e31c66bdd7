// Events admitted and committed within one process: no network, everything else.
#include <fmt/format.h>

#include "tools/bench/city.h"
#include "tools/bench/measure.h"

namespace simpul::bench {
namespace {

constexpr std::size_t batch = 100;
constexpr std::size_t open_limit = 4'000;

Figures admit(const Setting& setting, const std::string& name, bool wanted) {
  CityOptions options;
  options.folder = setting.folder + "/city";
  options.wanted = wanted;
  auto city = City::open(std::move(options));
  if (!city) return std::unexpected(city.error());
  auto& bus = (*city)->bus();
  Publishing publishing(bus, open_limit);
  EventMaker maker;
  std::uint64_t number = 0;
  auto publish = [&](std::uint64_t count) {
    for (const auto end = number + count; number < end;) {
      std::vector<std::string> events;
      events.reserve(batch);
      for (std::size_t i = 0; i < batch; ++i) events.push_back(maker.make(number++));
      publishing.publish(std::move(events));
    }
    publishing.wait();
  };
  publish(setting.size(50'000, 1'000));  // files are made, caches are warm
  const auto warm = publishing.accepted();
  const auto syncs_before = bus.log().status().syncs;
  const auto begin = steady_now();
  publish(setting.size(500'000, 5'000));
  const auto took = seconds_since(begin);
  const auto syncs = bus.log().status().syncs - syncs_before;
  if (publishing.others() > 0)
    return fail("bench.failed", fmt::format("{} events were not accepted: {}", publishing.others(), publishing.why()));
  const auto events = static_cast<double>(publishing.accepted() - warm);
  std::vector<Figure> figures{{name, "events/s", events / took, static_cast<double>(syncs) / events}};
  const auto delivered = (*city)->delivered();
  if (wanted)
    figures.push_back({name + "_delivered_meanwhile", "events/s", static_cast<double>(delivered) / took, std::nullopt});
  (*city)->stop();
  return figures;
}

}  // namespace

std::vector<Measure> admission_measures() {
  Measure with;
  with.names = {"admit_in_process"};
  with.what =
      "1 KiB events in calls of 100 from one thread; schema and condition; one null target that takes them meanwhile";
  with.run = [](const Setting& setting) { return admit(setting, "admit_in_process", true); };
  with.disk_bytes = 3ull << 30;
  Measure without = with;
  without.names = {"admit_only"};
  without.what = "the same, with a condition that holds for none: nothing is delivered";
  without.run = [](const Setting& setting) { return admit(setting, "admit_only", false); };
  return {with, without};
}

}  // namespace simpul::bench
