#include <algorithm>
#include <cmath>

#include "bus/control/handlers.h"

namespace simpul {
namespace {

std::int64_t number(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

std::string_view word(TargetState state) {
  switch (state) {
    case TargetState::flowing:
      return "flowing";
    case TargetState::unreachable:
      return "unreachable";
    case TargetState::too_many_parked:
      return "too_many_parked";
  }
  return "";
}

void write_log(Bus& bus, json::Writer& writer) {
  auto log = bus.log().status();
  writer.name("log")
      .begin_object()
      .member("folder", bus.log_folder())
      .member("records", number(log.next))
      .member("size_bytes", number(log.size_bytes));
  writer.member("segments", number(log.segments))
      .member("groups", number(log.groups))
      .member("syncs", number(log.syncs))
      .member("free_bytes", number(log.free_bytes));
  writer.member("full", log.full).member("failed", log.failed).member("refused_full", number(log.refused_full));
  auto hundredths = [](double ms) { return std::round(ms * 100) / 100; };
  writer.name("sync_ms_mean").real(hundredths(log.sync_ms_mean)).name("sync_ms_max").real(hundredths(log.sync_ms_max));
  const auto& recovery = bus.log().recovery();
  writer.member("cut_bytes", number(recovery.cut_bytes)).name("damage").begin_array();
  for (const auto& damage : recovery.damage) writer.string(damage.message);
  writer.end_array();
  writer.member("indexed", number(bus.view().indexed())).member("index_lag", number(bus.view().lag())).end_object();
}

void write_target(Bus& bus, const Dispatcher::TargetStatus& target, json::Writer& writer) {
  const auto& apps = bus.serving().deployment->generation->apps();
  auto app = apps.find(target.name);
  writer.begin_object().member("app", target.name).member("title", app == apps.end() ? "" : app->second.title);
  writer.member("state", target.start_error.empty() ? word(target.lanes.state) : "not_started")
      .member("cursor", number(target.lanes.cursor));
  writer.member("behind", number(target.behind))
      .member("in_memory", number(target.lanes.in_memory))
      .member("with_target", number(target.with_target));
  writer.member("retrying", number(target.lanes.retrying))
      .member("parked", number(target.lanes.parked))
      .member("held_keys", number(target.lanes.held_keys))
      .member("delayed", number(target.lanes.delayed))
      .member("next_due", target.lanes.next_due == 0 ? "" : format_time(target.lanes.next_due));
  if (auto counts = bus.view().counts(target.name)) {
    writer.member("delivered", number(counts->delivered))
        .member("held", number(counts->held))
        .member("discarded", number(counts->discarded));
  }
  writer.member("last_error", target.start_error.empty() ? target.lanes.last_error : target.start_error);
  writer.member("last_error_at", target.lanes.last_error_at == 0 ? "" : format_time(target.lanes.last_error_at))
      .end_object();
}

template <class Set>
void write_texts(json::Writer& writer, std::string_view name, const Set& texts) {
  writer.name(name).begin_array();
  for (const auto& text : texts) writer.string(text);
  writer.end_array();
}

}  // namespace

ControlAnswer show_status(const ControlCall& call) {
  auto& bus = call.bus;
  auto serving = bus.serving();
  const auto& generation = *serving.deployment->generation;
  json::Writer writer;
  writer.begin_object().member("version", SIMPUL_VERSION).member("city", generation.settings().city);
  writer.member("running", bus.options().serve)
      .member("ready", bus.ready())
      .member("since", format_time(bus.started_at()));
  writer.name("generation")
      .begin_object()
      .member("number", static_cast<std::int64_t>(serving.number))
      .member("hash", generation.hash())
      .end_object();
  write_texts(writer, "addresses", bus.addresses());
  write_log(bus, writer);
  auto counts = bus.admission().counts();
  writer.name("admission")
      .begin_object()
      .member("accepted", number(counts.accepted))
      .member("duplicates", number(counts.duplicates));
  writer.member("refused", number(counts.refused)).member("later", number(counts.later)).end_object();
  writer.name("targets").begin_array();
  for (const auto& target : bus.dispatcher().status()) write_target(bus, target, writer);
  writer.end_array();
  writer.name("sources").begin_array();
  auto brought = bus.admission().sources();
  for (const auto& [name, config] : serving.deployment->sources) {
    const auto& source = brought[name];
    writer.begin_object()
        .member("source", name)
        .member("offers", number(source.offers))
        .member("items", number(source.items));
    writer.member("last", source.last == 0 ? "" : format_time(source.last)).end_object();
  }
  writer.end_array().end_object();
  return {200, writer.take()};
}

ControlAnswer show_apps(const ControlCall& call) {
  auto serving = call.bus.serving();
  json::Writer writer;
  writer.begin_object().name("apps").begin_array();
  for (const auto& [name, app] : serving.deployment->generation->apps()) {
    writer.begin_object()
        .member("app", name)
        .member("title", app.title)
        .member("owner", app.owner)
        .member("purpose", app.purpose)
        .member("legal_basis", app.legal_basis);
    writer.member("cleared", app.cleared == PersonalData::none      ? "none"
                             : app.cleared == PersonalData::general ? "general"
                                                                    : "specific");
    write_texts(writer, "publishes", app.publishes);
    write_texts(writer, "receives", app.receives);
    write_texts(writer, "asks", app.asks);
    writer.member("target", app.target ? app.target->adapter : "");
    writer.name("sources").begin_array();
    for (const auto& source : app.sources) writer.string(source.name + " (" + source.use.adapter + ")");
    writer.end_array().end_object();
  }
  writer.end_array().end_object();
  return {200, writer.take()};
}

ControlAnswer show_routes(const ControlCall& call) {
  auto serving = call.bus.serving();
  json::Writer writer;
  writer.begin_object().name("routes").begin_array();
  for (const auto& route : serving.deployment->generation->routes()) {
    writer.begin_object()
        .member("route", route.name)
        .member("description", route.description)
        .member("file", route.file)
        .member("when", route.when);
    write_texts(writer, "on", route.on);
    writer.name("to").begin_array();
    for (const auto& to : route.to)
      writer.begin_object().member("app", to.app).member("into", to.into).member("when", to.when).end_object();
    writer.end_array().end_object();
  }
  writer.end_array().end_object();
  return {200, writer.take()};
}

}  // namespace simpul
