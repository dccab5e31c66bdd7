// The operators' API: commands as functions of the running bus, without a transport. The Unix socket, HTTP
// and offline commands all come here.
//
// A command takes a JSON object and answers with JSON; a status as HTTP's says how it went. Every command
// that changes something is recorded with its person before it is done; every look at personal data is
// recorded as an access. Roles: a command names who may use it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "bus/adapter.h"
#include "bus/base/result.h"

namespace simpul {

class Bus;
struct Actor;

// Runs one command; blocks until it is done. Safe from any thread.
ControlAnswer run_control(Bus& bus, const Actor& actor, const std::string& command, const std::string& arguments);

// The body of an error: RFC 9457 problem details.
ControlAnswer control_problem(int status, std::string_view code, std::string_view message, std::string_view hint);
ControlAnswer control_problems(int status, const Problems& problems);

struct CommandDescription {
  std::string name, arguments, help;
  unsigned roles;  // PersonRole bits: any of them
};
std::span<const CommandDescription> control_commands();

}  // namespace simpul
