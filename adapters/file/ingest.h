// One complete file on its way into the bus: line by line, in offers, to the end or to where the worker stops.
//
// State of a source (keys and values as the bus keeps them); <hash> is of the file's whole content:
//   file/<hash>   "<times taken> <which file>": taken to its end
//   at/<hash>     "<times> <offset> <line> <taken> <left out>": behind the last committed line
#pragma once

#include <string>

#include "adapters/file/lines.h"
#include "adapters/file/settings.h"
#include "adapters/shared/offering.h"
#include "adapters/shared/worker.h"
#include "bus/adapter.h"

namespace simpul::file {

enum class Ingested {
  done,     // the file may be put away
  stopped,  // the worker is to stop
};

// Codes: file.denied and file.read (tried again later), spool and state problems.
Result<Ingested> ingest(const SourceSettings& settings, const std::string& source, const std::string& folder,
                        const std::string& name, Intake& intake, Offering& offering, Worker& worker);

}  // namespace simpul::file
