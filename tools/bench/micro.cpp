// The parts of an event's way, one thread, nothing else running: bench micro [Google Benchmark's options].
#include <benchmark/benchmark.h>

#include <filesystem>

#include "tools/bench/city.h"
#include "tools/bench/micro.h"

namespace simpul::bench {
namespace {

struct Bench {
  std::unique_ptr<City> city;
  EventMaker maker;
  std::string text = maker.make(1);
  std::optional<Event> event;
  Serving serving;
};
Bench* bench = nullptr;

void parse_event(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Event::parse(bench->text));
}
void content_hash(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(bench->event->content_hash());
}
void identity_hash(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(identity_of(*bench->event, bench->city->bus().hash()));
}
void find_identity(benchmark::State& state) {
  const auto identity = identity_of(*bench->event, bench->city->bus().hash());
  for (auto _ : state) benchmark::DoNotOptimize(bench->city->bus().view().find_identity(identity));
}
void check_schema(benchmark::State& state) {
  const auto* schema = bench->serving.deployment->generation->event_schema(event_type);
  for (auto _ : state) benchmark::DoNotOptimize(schema->valid(*bench->event->data()));
}
void route(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(bench->serving.deployment->generation->route(*bench->event, bench->city->bus().hash()));
}
void encode_body(benchmark::State& state) {
  const auto routing = bench->serving.deployment->generation->route(*bench->event, bench->city->bus().hash());
  for (auto _ : state) benchmark::DoNotOptimize(encode_event(routing.routes, publisher, bench->event->text()));
}
void hash_body(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(sha256(bench->text));
}
void checksum_body(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(crc32c(bench->text));
}
void decide_event(benchmark::State& state) {
  auto& bus = bench->city->bus();
  InFlight in_flight;
  const AdmitContext context{bench->serving.deployment->generation.get(), 1, &bus.hash(), &bus.view(), &in_flight};
  for (auto _ : state) benchmark::DoNotOptimize(decide(publisher, bench->text, context));
}
void map_event(benchmark::State& state) {
  const auto* target = bench->serving.deployment->generation->target_of("alamat", target_name(1));
  for (auto _ : state) benchmark::DoNotOptimize(target->map(*bench->event, 0, EventOf::this_generation));
}

}  // namespace

Result<void> run_micro(const std::string& folder, int count, char** arguments) {
  Bench all;
  bench = &all;
  CityOptions options;
  options.folder = folder + "/city";
  auto city = City::open(std::move(options));
  if (!city) return std::unexpected(city.error());
  all.city = std::move(*city);
  all.serving = all.city->bus().serving();
  auto event = Event::parse(all.text);
  if (!event) return fail("bench.failed", to_text(event.error()));
  all.event = std::move(*event);
  benchmark::Initialize(&count, arguments);
  benchmark::RegisterBenchmark("parse_event", parse_event);
  benchmark::RegisterBenchmark("content_hash", content_hash);
  benchmark::RegisterBenchmark("identity_hash", identity_hash);
  benchmark::RegisterBenchmark("find_identity", find_identity);
  benchmark::RegisterBenchmark("check_schema", check_schema);
  benchmark::RegisterBenchmark("route", route);
  benchmark::RegisterBenchmark("encode_body", encode_body);
  benchmark::RegisterBenchmark("hash_body", hash_body);
  benchmark::RegisterBenchmark("checksum_body", checksum_body);
  benchmark::RegisterBenchmark("decide_event", decide_event);
  benchmark::RegisterBenchmark("map_event", map_event);
  benchmark::RunSpecifiedBenchmarks();
  all.event.reset();
  all.serving = {};
  all.city->stop();
  return {};
}

}  // namespace simpul::bench
