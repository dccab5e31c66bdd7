// `simpul schema diff --against-log`: how many recorded events a new schema would refuse.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/simpul/cli.h"

namespace simpul {

struct AgainstLogOptions {
  std::vector<std::string> schemas;  // files, folders, names
  std::string type, language;        // the type of event, for one schema whose file is not called by it
  std::size_t limit = 10;
};

int diff_against_log(const Cli& cli, const AgainstLogOptions& options);

}  // namespace simpul
