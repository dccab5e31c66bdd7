// What `simpul new` writes: files for a new application, route or schema, that compile as far as they go and say in
// comments what a person must still decide. Pure: texts in, texts out; nothing that exists is written over.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bus/route/generation.h"
#include "tools/simpul/sample.h"

namespace simpul {

struct Scaffold {
  std::map<std::string, std::string> files;  // below the deployment's folder
  std::vector<std::string> next;             // what to do now, a line each
};

struct NewApp {
  std::string name, title, owner, publishes, receives, target = "http";  // http, sql, file
  std::optional<Sample> published;                                       // what it publishes, by example
  std::optional<Sample> accepted;                                        // what it takes, by example
};
Scaffold scaffold_app(const NewApp& app);

// The map is drafted from the names that both schemas know; what is left is named.
struct NewRoute {
  std::string name, on, app, into;
};
// `generation` is the deployment as it is. Codes: new.unknown_type, new.unknown_app, new.no_place.
Result<Scaffold> scaffold_route(const NewRoute& route, const Generation& generation);

Scaffold scaffold_schema(const std::string& name, const std::optional<Sample>& sample);

}  // namespace simpul
