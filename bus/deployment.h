// A deployment: a generation whose adapters' fields were read too, so that everything it names can be
// opened. What `simpul check` checks and `simpul run` runs.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "bus/adapter.h"
#include "bus/base/result.h"
#include "bus/route/generation.h"

namespace simpul {

struct Deployment {
  std::shared_ptr<const Generation> generation;
  std::map<std::string, std::unique_ptr<TargetConfig>> targets;        // by app
  std::map<std::string, std::map<std::string, Condition>> conditions;  // by app
  std::map<std::string, std::unique_ptr<SourceConfig>> sources;        // by "<app>/<source>"
  std::map<std::string, std::unique_ptr<EndpointConfig>> endpoints;    // by name
  std::map<std::string, Secret> signing_secrets;                       // by app
  // Of targets, sources and endpoints, with their secrets and what the environment gave them.
  std::map<std::string, std::string> fingerprints;
  std::vector<NeededVariable> needs;  // only while checking: variables that are not set here
};

// Compiles everything. `secrets` resolves ${env:…} and ${file:…}; null while only checking: secrets then stay empty,
// and values are taken from `environment`, as far as it has them. `inspection` as compile_generation() takes it.
Checked<std::shared_ptr<const Deployment>> compile_deployment(const ConfigurationFiles& files,
                                                              const AdapterTable& adapters, const SecretSource* secrets,
                                                              const Inspection* inspection = nullptr,
                                                              const SecretSource* environment = nullptr);

// The process's own: environment variables, and files relative to the deployment's folder.
SecretSource system_secrets(Disk& disk, std::string folder);

// The JSON Schemas of the kinds of files, by kind (bus/route/kinds.h), with what the adapters declare.
std::map<std::string, std::string> configuration_schemas(const AdapterTable& adapters);

}  // namespace simpul
