// What the YAML of a deployment declares, read and checked file by file; what concerns several files is
// checked in check_references.cpp, and expressions are compiled after that.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bus/base/yaml.h"
#include "bus/route/generation.h"

namespace simpul {

// A rule of a source's `events:`, not compiled yet. Nodes are of the app's file.
struct RuleDeclaration {
  std::string type;
  const yaml::Node* node = nullptr;
  const yaml::Node* type_node = nullptr;
  const yaml::Node* when = nullptr;
  const yaml::Node* subject = nullptr;
  const yaml::Node* time = nullptr;
  const yaml::Node* data = nullptr;
};

struct RouteDeclaration {
  struct To {
    std::string app, into, as;
    std::string label;  // Routed.route: the route's name, with "/<into>" where a route sends to one app twice
    const yaml::Node* node = nullptr;
    const yaml::Node* when = nullptr;
    const yaml::Node* each = nullptr;
    const yaml::Node* where = nullptr;
    const yaml::Node* map = nullptr;
    std::vector<const yaml::Node*> keys;
  };
  std::string name, description, file;
  const yaml::Node* root = nullptr;
  std::vector<std::pair<std::string, const yaml::Node*>> on;
  const yaml::Node* when = nullptr;
  std::vector<const yaml::Entry*> let;
  std::vector<const yaml::Node*> keys;
  std::vector<To> to;
};

struct Declarations {
  std::map<std::string, yaml::Node> roots;                      // by path; every pointer above points into it
  std::set<std::string> app_files, lookup_files, schema_files;  // names, also of files that could not be read

  BusSettings settings;
  std::map<std::string, App> apps;
  std::map<std::string, std::vector<std::vector<RuleDeclaration>>> rules;  // by app: of each of its sources
  std::map<std::string, Person> people;
  std::map<std::string, Lookup> lookups;
  std::shared_ptr<std::map<std::string, CodeTable>> tables = std::make_shared<std::map<std::string, CodeTable>>();
  std::vector<RouteDeclaration> routes;
  // Fields of apps that could not be read, or stand under a misspelt name: nothing more is said of them.
  std::map<std::string, std::set<std::string>> unsure;

  bool is_unsure(const std::string& app, const std::string& field) const {
    auto found = unsure.find(app);
    return found != unsure.end() && found->second.contains(field);
  }
  const yaml::Node& app_root(const std::string& name) const { return roots.at("config/apps/" + name + ".yaml"); }
  const yaml::Node& lookup_root(const std::string& name) const { return roots.at("config/lookups/" + name + ".yaml"); }
};

struct ReadingContext {
  const std::vector<std::string>& adapters;
  Declarations& out;
  Problems& problems;
};

// Each reads the file that declares `stem`; what is wrong is reported, and what could be read is kept.
void read_settings(const yaml::Node& root, ReadingContext& context);
void read_app(const yaml::Node& root, const std::string& stem, ReadingContext& context);
void read_person(const yaml::Node& root, const std::string& stem, ReadingContext& context);
void read_lookup(const yaml::Node& root, const std::string& stem, ReadingContext& context);
void read_codes(const yaml::Node& root, const std::string& stem, ReadingContext& context);
void read_route(const yaml::Node& root, const std::string& stem, ReadingContext& context);

// The member `kind` must say `stem`, as the file's name does.
class KindReader;
void read_own_name(KindReader& reader, const char* kind, const std::string& stem);

// Names that do not exist, types without a schema, apps that may not receive what a route sends them: what
// only all files together can tell.
void check_references(const Declarations& declarations, const SchemaRegistry* schemas, Problems& problems);

}  // namespace simpul
