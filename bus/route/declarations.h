// What the YAML of a deployment declares, read and checked file by file; what concerns several files is
// checked in check_references.cpp, and expressions are compiled after that.
#pragma once

#include <chrono>
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

// A question of `enrich`. Nodes are of the route's file.
struct EnrichmentDeclaration {
  std::string name, lookup;
  bool may_be_missing = false;
  const yaml::Node* node = nullptr;  // the name's
  const yaml::Node* lookup_node = nullptr;
  std::vector<const yaml::Entry*> with;
};

struct RouteDeclaration {
  // A place that the route may send to: each target, wire tap, and app of `among`, also those in branches.
  struct To {
    std::string app, into, as;
    std::string label;  // Routed.route: the route's name, with "/<into>" where it sends to several places of the app
    const yaml::Node* node = nullptr;      // the step
    const yaml::Node* app_node = nullptr;  // where the app is named
    const yaml::Node* when = nullptr;
    const yaml::Node* each = nullptr;
    const yaml::Node* where = nullptr;
    const yaml::Node* until = nullptr;
    const yaml::Node* map = nullptr;  // null for a wire tap
    std::vector<const yaml::Entry*> let;
    std::vector<const yaml::Node*> keys;
    std::vector<EnrichmentDeclaration> enrich;
    std::chrono::milliseconds delay{0};
    bool wire_tap = false;
    std::vector<const yaml::Node*> branches;  // that it stands in, outermost first: items of a `choose`
  };
  struct Branch;
  struct Step {
    enum class Kind { target, choose, recipients } kind = Kind::target;
    const yaml::Node* node = nullptr;
    std::vector<std::size_t> targets;        // in `to`: one; of `recipients` one for each app
    const yaml::Node* recipients = nullptr;  // the expression
    std::vector<Branch> branches;            // of `choose`
  };
  struct Branch {
    const yaml::Node* node = nullptr;
    const yaml::Node* when = nullptr;  // null: all else
    std::vector<Step> steps;
  };
  std::string name, description, file;
  const yaml::Node* root = nullptr;
  std::vector<std::pair<std::string, const yaml::Node*>> on;
  const yaml::Node* when = nullptr;
  std::vector<const yaml::Entry*> let;
  std::vector<const yaml::Node*> keys;
  std::vector<EnrichmentDeclaration> enrich;
  std::vector<To> to;
  std::vector<Step> steps;
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
  std::map<std::string, std::string> table_files;  // path, by the table's name
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
void read_codes_csv(std::string_view text, const std::string& path, const std::string& stem, ReadingContext& context);
void read_route(const yaml::Node& root, const std::string& stem, ReadingContext& context);

// The member `kind` must say `stem`, as the file's name does.
class KindReader;
void read_own_name(KindReader& reader, const char* kind, const std::string& stem);

// Gives every lookup the schema of its answer; the apps' schemas are compiled by then.
void type_answers(Declarations& declarations, const SchemaRegistry* schemas, Problems& problems);

// Names that do not exist, types without a schema, apps that may not receive what a route sends them: what
// only all files together can tell.
void check_references(const Declarations& declarations, const SchemaRegistry* schemas, Problems& problems);

}  // namespace simpul
