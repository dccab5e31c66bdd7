// What the process says while it runs: one line on standard error each, with a level and a signal of a
// bounded set ("log.recovered", "target.unreachable"). Never a secret, never an unmasked personal value.
//   error: data is in danger or a person must act; warning: unexpected, nothing lost; info: life-cycle.
#pragma once

#include <string_view>

namespace simpul {

enum class Level { debug, info, warning, error };

// Safe from any thread.
void say(Level level, std::string_view signal, std::string_view text);
// Lines below this level are not written. `json`: one JSON object a line, for machines.
void set_telemetry(Level least, bool json);

}  // namespace simpul
