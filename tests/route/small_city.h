// A small city, complete and good, from which tests take things away.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bus/route/generation.h"

namespace simpul::tests {

ConfigurationFiles small_city();
const std::vector<std::string>& city_adapters();
// The schemas of the kinds of files, with the few fields that the city uses of its adapters.
const std::map<std::string, std::string>& city_kinds();

// Compiles; fails the test, with the problems as text, when it does not.
std::shared_ptr<const Generation> compiled(const ConfigurationFiles& files);
// The problems as a person reads them; empty when it compiles without warnings.
std::string problems_of(const ConfigurationFiles& files);
// In `file`, `from` (which must stand there once) becomes `to`.
ConfigurationFiles changed(ConfigurationFiles files, const std::string& file, const std::string& from,
                           const std::string& to);

// A family of four that moves into the city; `data` members given replace those of the family.
Event move_event(const std::string& changes = "{}", const std::string& id = "pindah-9001");
Event event_of(const std::string& type, const std::string& data, const std::string& id = "e-1",
               const std::string& more = "");

}  // namespace simpul::tests
