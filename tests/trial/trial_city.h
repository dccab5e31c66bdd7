// A small city for tests of `simpul test`: a counter that publishes and answers, an archive and a list that receive,
// routes that delay, enrich and choose.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "bus/deployment.h"
#include "tools/trial/reports.h"
#include "tools/trial/session.h"

namespace simpul::trial {

ConfigurationFiles trial_city();
std::shared_ptr<const Deployment> compiled(const ConfigurationFiles& files);
const Generation& city();  // the above, compiled once

// A test file, and what stands beside it, by path.
using Texts = std::map<std::string, std::string>;
FileResult run_texts(const Texts& texts, const SessionOptions& options = {}, Texts* written = nullptr,
                     const std::string& path = "routes/t.test.yaml");
// One case of the base event `a` (of the resident 3671015207909001 at JL A), under `events:` and `cases:`.
FileResult run_cases(const std::string& cases, const std::string& more = {});
// All failures and problems in words, or "passed".
std::string verdict(const FileResult& result);

}  // namespace simpul::trial
