// config/simpul.yaml
#include <fmt/format.h>

#include "bus/route/declarations.h"
#include "bus/route/kind_reader.h"
#include "bus/route/kinds.h"

namespace simpul {
namespace {

void read_log(KindReader& settings, BusSettings& out) {
  const auto* node = settings.map("log");
  if (node == nullptr) return;
  KindReader reader(*node, "log", settings.declared("log").children, settings.problems());
  if (auto folder = reader.text("folder"); !folder.empty()) out.log_folder = std::move(folder);
  auto bytes = [&](std::string_view name) { return static_cast<std::uint64_t>(reader.integer(name)) << 20; };
  out.segment_bytes = bytes("segment_mebibytes");
  out.reserve_bytes = bytes("reserve_mebibytes");
  out.free_floor_bytes = bytes("free_floor_mebibytes");
  reader.finish();
}

}  // namespace

void read_settings(const yaml::Node& root, ReadingContext& context) {
  KindReader reader(root, "bus", settings_fields(), context.problems);
  if (!reader.is_map()) return;
  auto& settings = context.out.settings;
  settings.log_folder = "var/log";
  settings.control_socket = "var/simpul.sock";
  settings.city = reader.text("city");
  settings.source = reader.text("source");
  read_log(reader, settings);
  if (const auto* node = reader.map("control")) {
    KindReader control(*node, "control", reader.declared("control").children, context.problems);
    settings.control_socket = control.text("socket");
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
