// Which schema files a command of `simpul schema` means, and what they refer to.
//
// A schema is a file, a folder of files, or a name in the deployment's schemas/ ("events/…", or an event's type alone).
// A file below a folder called schemas belongs to it: references go from that folder, as they do in a deployment. A
// file elsewhere stands for itself, with the files it names by relative references.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bus/schema/schema.h"
#include "tools/simpul/cli.h"

namespace simpul {

struct SchemaFiles {
  std::string root;                          // absolute, without a slash at its end; "" is the root of the disk
  std::map<std::string, std::string> texts;  // by path below the root: those asked for and what they refer to
  std::vector<std::string> asked;            // paths below the root
  std::string stands_for;  // of the one asked for: the file itself, where it stands at another's place

  // A path below the root as a person would type it from here.
  std::string shown(std::string_view path) const;
  void show(Problems& problems) const;  // the same for the places of problems
};

// One set for each root. Codes: schema.unknown, disk.*.
Result<std::vector<SchemaFiles>> find_schema_files(const Cli& cli, const std::vector<std::string>& asked);

// A file outside every schemas folder is read as if it stood at another's place, so that a version of a schema taken
// from elsewhere finds what it refers to. Others stay as they are.
Result<void> stand_at(SchemaFiles& files, const std::string& root, const std::string& path);

struct LoadedSchema {
  SchemaFiles files;
  std::shared_ptr<const SchemaRegistry> registry;
  std::shared_ptr<const Schema> schema;  // the first that was asked for
};
Checked<LoadedSchema> compile_files(SchemaFiles files);
Checked<LoadedSchema> load_schema(const Cli& cli, const std::string& asked);

// Wrong use where the schema is not there; else problems found.
int print_schema_problems(const Cli& cli, const Problems& problems);

}  // namespace simpul
