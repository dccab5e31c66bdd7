// Any bytes as a route's file in a small deployment: it is refused with words, or it routes events, and what it hands
// over is the same each time and fits what the target accepts, proved or checked.
#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/fuzz/small_deployment.h"

namespace {

using namespace simpul;
using fuzz::require;

constexpr const char* route_path = "routes/uji.yaml";

const std::vector<Event>& events() {
  static const auto made = [] {
    std::vector<Event> out;
    for (
        const char* data :
        {R"({"nik":"3671015207909001","umur":35,"jenis":"2","luas":72.50,"telp":null,"tgl":"2026-03-05",)"
         R"("anggota":[{"nik":"3671015207909002","umur":4},{"nik":""}]})",
         R"({"nik":"1","umur":0,"jenis":"1","anggota":[]})",
         R"({"nik":"3671015207909003","umur":150,"jenis":"1","luas":-1e300,"telp":"021-5550123","anggota":[{"nik":"9"}]})"}) {
      auto event =
          Event::parse(std::string(R"({"specversion":"1.0","id":"e-1","source":"urn:uji:desa","subject":"x",)") +
                       R"("type":"uji.pindah.v1","time":"2026-03-05T01:02:03Z","data":)" + data + "}");
      require(event.has_value());
      out.push_back(std::move(*event));
    }
    return out;
  }();
  return made;
}

void hand_over(const Generation& generation, const Event& event, const Routed& routed) {
  const auto* target = generation.target_of(routed.route, routed.target);
  require(target != nullptr);
  if (!routed.reason.empty()) return;
  EnrichmentAnswers answers;
  const auto questions = target->questions(event, routed.part);
  if (!questions) {
    require(!questions.error().message.empty());
    return;
  }
  for (const auto& question : *questions) {
    require(generation.lookups().contains(question.lookup) && json::parse(question.parameters).has_value());
    answers[question.name] = R"({"nama":"SITI"})";
  }
  const auto mapped = target->map(event, routed.part, EventOf::this_generation, answers);
  const auto again = target->map(event, routed.part, EventOf::this_generation, answers);
  require(mapped.has_value() == again.has_value());
  if (!mapped) {
    require(!mapped.error().message.empty());
    return;
  }
  require(mapped->payload == again->payload);
  const auto payload = json::parse(mapped->payload, {.depth = 1000});
  require(payload.has_value());
  const auto& accepts = generation.apps().at(routed.target).accepts;
  const auto accepted = accepts.find(target->into().empty() ? "default" : target->into());
  require(accepted != accepts.end());
  const auto schema = generation.schemas().find(accepted->second);
  require(schema != nullptr && (!mapped->claims.empty() || schema->valid(payload->root())));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static auto files = fuzz::small_deployment();
  static const bool fits = compile_generation(files, fuzz::adapters()).has_value();
  require(fits);  // the deployment that the route is put into
  files[route_path].assign(reinterpret_cast<const char*>(bytes), size);
  const auto generation = compile_generation(files, fuzz::adapters());
  if (!generation) {
    require(!generation.error().empty());
    for (const auto& problem : generation.error()) require(!problem.code.empty() && !problem.message.empty());
    return 0;
  }
  static const KeyedHash hash("kunci");
  for (const auto& event : events()) {
    const auto routing = (*generation)->route(event, hash);
    for (std::size_t i = 0; i < routing.routes.size() && i < 50; ++i) hand_over(**generation, event, routing.routes[i]);
  }
  return 0;
}
