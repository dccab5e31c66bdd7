// config/simpul.yaml
#include <fmt/format.h>

#include "bus/route/declarations.h"
#include "bus/route/kind_reader.h"

namespace simpul {
namespace {

void read_log(KindReader& settings, BusSettings& out) {
  const auto* node = settings.map("log");
  if (node == nullptr) return;
  KindReader reader(*node, "log", settings.problems());
  if (auto folder = reader.text("folder"); !folder.empty()) out.log_folder = std::move(folder);
  auto mebibytes = [&](const char* name, std::uint64_t& bytes, std::int64_t min) {
    bytes = static_cast<std::uint64_t>(reader.integer(name, static_cast<std::int64_t>(bytes >> 20), min, 1 << 20))
            << 20;
  };
  mebibytes("segment_mebibytes", out.segment_bytes, 8);
  mebibytes("reserve_mebibytes", out.reserve_bytes, 1);
  mebibytes("free_floor_mebibytes", out.free_floor_bytes, 1);
  reader.finish();
}

}  // namespace

void read_settings(const yaml::Node& root, ReadingContext& context) {
  KindReader reader(root, "bus", context.problems);
  if (!reader.is_map()) return;
  auto& settings = context.out.settings;
  settings.log_folder = "var/log";
  settings.control_socket = "var/simpul.sock";
  settings.city = reader.text("city", Need::required, "Kota Contoh");
  settings.source = reader.text("source", Need::required, "urn:kotacontoh");
  read_log(reader, settings);
  if (const auto* node = reader.map("control")) {
    KindReader control(*node, "control", context.problems);
    settings.control_socket = control.text("socket", Need::required, "var/simpul.sock");
    control.finish();
  }
  if (const auto* listen = reader.map("listen")) {
    for (const auto& entry : listen->entries) {
      auto adapter = one_adapter(entry.value, context.adapters, {}, "listen." + entry.key.scalar, context.problems);
      if (adapter)
        settings.listen[entry.key.scalar] = AdapterUse{adapter->name, *adapter->node, fingerprint(*adapter->node)};
    }
  }
  reader.finish();
}

}  // namespace simpul
