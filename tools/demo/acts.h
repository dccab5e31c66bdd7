// What the demo shows, act by act. Each observes from outside and says what it saw.
#pragma once

#include "tools/demo/stage.h"

namespace simpul::demo {

// One family moves: entered once in SIAK, it is everywhere within two seconds.
void move_of_a_family(Stage& stage);
// A record that is wrong is refused with words, and the refusal is on record.
void invalid_record(Stage& stage);
// A death, a corrected name, and a replaced NIK, over HTTP.
void death_and_corrections(Stage& stage);
// One application is down: later changes wait in order for it alone, and arrive when it returns.
void one_application_down(Stage& stage);
// kill -9 of the bus in the middle of work: nothing lost, nothing twice.
void killed_in_the_middle(Stage& stage);

}  // namespace simpul::demo
