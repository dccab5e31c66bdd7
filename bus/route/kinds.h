// The kinds of files that a deployment is written in, each with its fields declared once: readers take their names,
// types, bounds, defaults and examples from here (kind_reader.h), and from here come the tables of the READMEs, the
// JSON Schemas that editors complete and explain with (config/kinds/), and the net that compile_generation lays under
// the readers: what a schema refuses and no reader has spoken of is a problem too.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bus/base/config_field.h"
#include "bus/base/yaml.h"

namespace simpul {

struct Kind {
  std::string name;   // "app": its schema is config/kinds/app.json
  std::string title;  // "An application of the city"
  const std::vector<FieldDescription>& fields;
};

const std::vector<FieldDescription>& settings_fields();
const std::vector<FieldDescription>& app_fields();
const std::vector<FieldDescription>& person_fields();
const std::vector<FieldDescription>& lookup_fields();
const std::vector<FieldDescription>& table_fields();
const std::vector<FieldDescription>& route_fields();
const std::vector<FieldDescription>& test_fields();
const std::vector<Kind>& kinds();
// In the order of PersonalData, and of PersonRole's bits.
const std::vector<std::string>& personal_classes();
const std::vector<std::string>& person_roles();
// The kind of the file at a path below the deployment's folder; null when it is none of them.
const Kind* kind_of_file(std::string_view path);

// What an adapter declares, by side: "source", "target", "listener".
struct AdapterFields {
  std::string name, summary;
  std::map<std::string, std::vector<FieldDescription>> sides;
};

// The JSON Schema (2020-12) of every kind, by the kind's name: text in lines, ended by one.
std::map<std::string, std::string> kind_schemas(const std::vector<AdapterFields>& adapters);

// Checks the files, by path, against the schemas, by kind. A violation where `problems` has one already is not said
// again; others are added to them, with the place in the YAML: code config.kind.
void check_kinds(const std::map<std::string, yaml::Node>& files, const std::map<std::string, std::string>& schemas,
                 Problems& problems);

}  // namespace simpul
