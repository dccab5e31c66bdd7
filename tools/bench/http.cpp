// Events posted over HTTP on loopback, the load generator within the same two cores.
#include <fmt/format.h>

#include "tools/bench/city.h"
#include "tools/bench/http_load.h"
#include "tools/bench/measure.h"

namespace simpul::bench {
namespace {

struct Shape {
  std::string name;
  bool wanted;
  std::uint64_t batch;  // events of a request
  int connections;
};

Figures post(const Setting& setting, const Shape& shape) {
  CityOptions options;
  options.folder = setting.folder + "/city";
  options.wanted = shape.wanted;
  options.http = true;
  auto city = City::open(std::move(options));
  if (!city) return std::unexpected(city.error());
  auto key = (*city)->key();
  if (!key) return std::unexpected(key.error());
  EventMaker maker;
  std::uint64_t number = 0;
  Load load;
  load.port = (*city)->port();
  load.key = *key;
  load.connections = shape.connections;
  load.content_type = shape.batch > 1 ? "application/cloudevents-batch+json" : "application/cloudevents+json";
  load.body = [&](std::string& body) {
    if (shape.batch == 1) {
      body += maker.make(number++);
      return;
    }
    for (std::uint64_t i = 0; i < shape.batch; ++i) {
      body += i == 0 ? '[' : ',';
      body += maker.make(number++);
    }
    body += ']';
  };
  load.requests = setting.size(shape.batch > 1 ? 200 : 20'000, 64);
  if (auto warm = run_load(load); !warm) return std::unexpected(warm.error());
  const auto syncs_before = (*city)->bus().log().status().syncs;
  load.requests = setting.size(shape.batch > 1 ? 4'000 : 200'000, 128);
  auto took = run_load(load);
  if (!took) return std::unexpected(took.error());
  const auto syncs = (*city)->bus().log().status().syncs - syncs_before;
  const auto events = static_cast<double>(load.requests * shape.batch);
  (*city)->stop();
  return std::vector<Figure>{{shape.name, "events/s", events / *took, static_cast<double>(syncs) / events}};
}

Measure of(Shape shape, std::string what) {
  Measure measure;
  measure.names = {shape.name};
  measure.what = std::move(what);
  measure.run = [shape](const Setting& setting) { return post(setting, shape); };
  measure.disk_bytes = 3ull << 30;
  return measure;
}

}  // namespace

std::vector<Measure> http_measures() {
  return {
      of({"http_batch_100", true, 100, 16},
         "posts of 100 events of 1 KiB on 16 keep-alive connections, one outstanding on each; one null target"),
      of({"http_batch_100_no_delivery", false, 100, 16}, "the same, delivered to nobody"),
      of({"http_single", true, 1, 64},
         "posts of one event of 1 KiB on 64 keep-alive connections, one outstanding on each; one null target"),
      of({"http_single_no_delivery", false, 1, 64}, "the same, delivered to nobody"),
  };
}

}  // namespace simpul::bench
