// The handlers behind the commands, by idea; control.cpp holds their table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bus/bus.h"
#include "bus/control/control.h"
#include "bus/event/json.h"

namespace simpul {

struct ControlCall {
  Bus& bus;
  const Actor& actor;
  const json::Value& arguments;  // an object

  std::string text(std::string_view name) const { return std::string(arguments.text_of(name)); }
  std::int64_t integer(std::string_view name, std::int64_t otherwise) const {
    const auto* value = arguments.find(name);
    return value == nullptr ? otherwise : value->as_integer().value_or(otherwise);
  }
  bool flag(std::string_view name) const {
    const auto* value = arguments.find(name);
    return value != nullptr && value->is_boolean() && value->boolean();
  }
};

// state.cpp: what runs
ControlAnswer show_status(const ControlCall& call);
ControlAnswer show_apps(const ControlCall& call);
ControlAnswer show_routes(const ControlCall& call);
// trace.cpp: the story of events
ControlAnswer trace(const ControlCall& call);
// against_log.cpp: recorded events against a schema that does not serve yet
ControlAnswer check_against_log(const ControlCall& call);
// parked.cpp: what waits for a person
ControlAnswer list_parked(const ControlCall& call);
ControlAnswer show_parked(const ControlCall& call);
ControlAnswer retry_parked(const ControlCall& call);
ControlAnswer discard_parked(const ControlCall& call);
// acts.cpp: what changes something
ControlAnswer reload(const ControlCall& call);
ControlAnswer publish(const ControlCall& call);
ControlAnswer ask_lookup(const ControlCall& call);
ControlAnswer make_credential(const ControlCall& call);
ControlAnswer list_credentials(const ControlCall& call);
ControlAnswer revoke_credential(const ControlCall& call);
ControlAnswer make_backup(const ControlCall& call);

// Shared by trace and parked: an event as an actor may see it: {"id",…,"data":masked}. Appends to `writer`.
void write_event(const ControlCall& call, const Record& record, json::Writer& writer);

}  // namespace simpul
