#include "bus/route/generation.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "bus/route/declarations.h"
#include "bus/route/deployment_files.h"
#include "bus/route/generation_hash.h"
#include "bus/route/kinds.h"
#include "bus/route/prove_mappings.h"
#include "bus/route/record_rule.h"
#include "bus/route/route_index.h"
#include "bus/route/route_program.h"
#include "bus/route/topology.h"

namespace simpul {
namespace {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

// One place to which a route delivers, for all types that the route takes.
class CompiledTarget final : public RouteTarget {
 public:
  explicit CompiledTarget(const RouteDeclaration::To& to) : label_(to.label), app_(to.app), into_(to.into) {}

  void add(const RouteProgram* program, const TargetProgram* target) {
    choices_[program->type].push_back({program, target});
  }
  const std::string& route() const override { return label_; }
  const std::string& app() const override { return app_; }
  const std::string& into() const override { return into_; }

  Result<std::vector<EnrichmentQuestion>> questions(const Event& event, std::uint32_t part) const override {
    auto choices = choices_.find(event.type());
    if (choices == choices_.end()) return not_taken(event);
    return run_questions(choices->second, event, part);
  }

  Result<Mapped> map(const Event& event, std::uint32_t part, EventOf of, const EnrichmentAnswers& answers,
                     RouteObserver* observer) const override {
    auto choices = choices_.find(event.type());
    if (choices == choices_.end()) return not_taken(event);
    return run_mapping(choices->second, event, part, of, answers, observer);
  }

 private:
  std::unexpected<Problem> not_taken(const Event& event) const {
    return fail("map.not_wanted",
                fmt::format("under this generation the route {} takes no events of type {}", label_, event.type()),
                "discard the delivery, or retry it under the generation of its event");
  }

  std::string label_, app_, into_;
  std::unordered_map<std::string, std::vector<TargetChoice>, TextHash, std::equal_to<>> choices_;  // by type
};

class Compiler;

class CompiledGeneration final : public Generation {
 public:
  const std::string& hash() const override { return hash_; }
  const ConfigurationFiles& files() const override { return files_; }
  const BusSettings& settings() const override { return settings_; }
  const std::map<std::string, App>& apps() const override { return apps_; }
  const std::map<std::string, Person>& people() const override { return people_; }
  const std::map<std::string, Lookup>& lookups() const override { return lookups_; }
  const SchemaRegistry& schemas() const override { return *schemas_; }
  const std::vector<RouteSummary>& routes() const override { return summaries_; }
  const Problems& warnings() const override { return warnings_; }

  const Schema* event_schema(std::string_view type) const override {
    auto found = event_schemas_.find(type);
    return found == event_schemas_.end() ? nullptr : found->second.get();
  }

  Routing route(const Event& event, const KeyedHash& hash, RouteObserver* observer) const override {
    Routing routing;
    auto index = routes_by_type_.find(event.type());
    if (index == routes_by_type_.end()) return routing;
    KeyHashes hashes(event, hash);
    static thread_local std::vector<const RouteProgram*> candidates;
    // Who explains wants to hear of every condition.
    index->second.find(event, observer != nullptr, candidates);
    run_routes(candidates, event, hashes, observer, routing);
    for (const auto& routed : routing.routes)
      for (const auto& key : routed.keys)
        if (std::find(routing.keys.begin(), routing.keys.end(), key) == routing.keys.end()) routing.keys.push_back(key);
    return routing;
  }

  const RouteTarget* target_of(std::string_view route, std::string_view target) const override {
    auto of_route = targets_.find(route);
    if (of_route == targets_.end()) return nullptr;
    auto found = of_route->second.find(target);
    return found == of_route->second.end() ? nullptr : &found->second;
  }

 private:
  friend class Compiler;
  std::string hash_;
  ConfigurationFiles files_;
  BusSettings settings_;
  std::map<std::string, App> apps_;
  std::map<std::string, Person> people_;
  std::map<std::string, Lookup> lookups_;
  std::shared_ptr<const std::map<std::string, CodeTable>> tables_;  // expressions refer to it
  std::shared_ptr<const SchemaRegistry> schemas_;
  std::vector<RouteSummary> summaries_;
  Problems warnings_;
  std::unordered_map<std::string, std::shared_ptr<const Schema>, TextHash, std::equal_to<>> event_schemas_;
  std::vector<std::shared_ptr<const RouteProgram>> programs_;
  std::unordered_map<std::string, RouteIndex, TextHash, std::equal_to<>> routes_by_type_;
  std::map<std::string, std::map<std::string, CompiledTarget, std::less<>>, std::less<>> targets_;  // by label, by app
};

// By place, each once: a route of several types finds the same problem for each of them.
void put_in_order(Problems& problems) {
  auto key = [](const Problem& problem) {
    return std::tie(problem.place.file, problem.place.start.line, problem.place.start.column, problem.code,
                    problem.message);
  };
  std::ranges::stable_sort(problems, {}, key);
  problems.erase(std::unique(problems.begin(), problems.end(),
                             [&](const Problem& a, const Problem& b) { return key(a) == key(b); }),
                 problems.end());
}

class Compiler {
 public:
  Compiler(const ConfigurationFiles& files, const std::vector<std::string>& adapters)
      : files_(files), adapters_(adapters), source_(files, problems_) {}

  Checked<std::shared_ptr<const Generation>> compile(const CheckUses& check_uses,
                                                     const std::map<std::string, std::string>& kinds,
                                                     const Inspection* inspection) {
    read_files();
    if (check_uses) check_uses(declarations_.apps, declarations_.settings, problems_);
    compile_schema_files();
    type_answers(declarations_, schemas_.get(), problems_);
    check_references(declarations_, schemas_.get(), problems_);
    compile_rules();
    compile_routes();
    if (!kinds.empty()) check_kinds(declarations_.roots, kinds, problems_);
    if (inspection != nullptr) check_topology(declarations_, schemas_.get(), *inspection, problems_);
    if (!has_errors(problems_)) prove(inspection != nullptr);
    // Where something does not compile, what hangs on it has no type: that is no mistake of its own.
    if (has_errors(problems_)) std::erase_if(problems_, [](const Problem& each) { return each.code == "cel.dyn"; });
    put_in_order(problems_);
    if (has_errors(problems_)) return std::unexpected(std::move(problems_));
    return finish();
  }

 private:
  void read_files() {
    if (!files_.contains("config/simpul.yaml")) {
      problems_.push_back({"file.no_deployment",
                           "config/simpul.yaml is missing",
                           "write it: city, source and listen are what it needs first",
                           {"config/simpul.yaml", {}, {}},
                           {},
                           Severity::error});
    }
    ReadingContext context{adapters_, declarations_, problems_};
    for (const auto& [path, text] : files_) {
      auto identity = identify_file(path);
      if (!identity) {
        problems_.push_back(std::move(identity.error()));
        continue;
      }
      if (identity->kind == FileKind::beside) continue;
      if (identity->kind == FileKind::app) declarations_.app_files.insert(identity->stem);
      if (identity->kind == FileKind::lookup) declarations_.lookup_files.insert(identity->stem);
      if (identity->kind == FileKind::schema) {
        declarations_.schema_files.insert(identity->stem);
        schema_texts_.emplace(path.substr(std::string_view("schemas/").size()), text);
        continue;
      }
      if (identity->kind == FileKind::codes) {
        auto [other, is_new] = declarations_.table_files.emplace(identity->stem, path);
        if (!is_new) {
          problems_.push_back(two_tables(path, other->second));
          continue;
        }
        if (path.ends_with(".csv")) {
          read_codes_csv(text, path, identity->stem, context);
          continue;
        }
      }
      auto root = yaml::read(text, path);
      if (!root) {
        problems_.insert(problems_.end(), root.error().begin(), root.error().end());
        continue;
      }
      const auto& kept = declarations_.roots.emplace(path, std::move(*root)).first->second;
      read_file(identity->kind, identity->stem, kept, context);
    }
  }

  static Problem two_tables(const std::string& path, const std::string& other) {
    return {"codes.two_files",
            fmt::format("{} is this table already", other),
            "keep one of the two files",
            {path, {}, {}},
            {},
            Severity::error,
            {{{other, {}, {}}, "the other one"}}};
  }

  static void read_file(FileKind kind, const std::string& stem, const yaml::Node& root, ReadingContext& context) {
    switch (kind) {
      case FileKind::settings:
        return read_settings(root, context);
      case FileKind::app:
        return read_app(root, stem, context);
      case FileKind::person:
        return read_person(root, stem, context);
      case FileKind::lookup:
        return read_lookup(root, stem, context);
      case FileKind::codes:
        return read_codes(root, stem, context);
      case FileKind::route:
        return read_route(root, stem, context);
      case FileKind::schema:
      case FileKind::beside:
        return;
    }
  }

  void compile_schema_files() {
    auto compiled = compile_schemas(schema_texts_);
    if (compiled) {
      schemas_ = std::move(*compiled);
      return;
    }
    for (auto& problem : compiled.error()) {
      if (!problem.place.file.starts_with("schemas/")) problem.place.file = "schemas/" + problem.place.file;
      problems_.push_back(std::move(problem));
    }
  }

  void compile_rules() {
    ExpressionSource untyped(files_, problems_, false);  // a record's columns have no types
    for (auto& [name, app] : declarations_.apps) {
      auto rules = declarations_.rules.find(name);
      if (rules == declarations_.rules.end()) continue;
      for (std::size_t i = 0; i < app.sources.size(); ++i) {
        for (const auto& rule : rules->second[i]) {
          auto schema = schemas_ != nullptr ? schemas_->find("events/" + rule.type) : nullptr;
          if (auto compiled = compile_rule(rule, declarations_.tables, schema.get(), untyped))
            app.sources[i].rules.push_back(std::move(compiled));
        }
      }
    }
  }

  void compile_routes() {
    RouteCompiling compiling{declarations_, schemas_.get(), source_};
    std::map<std::pair<std::string, std::string>, std::uint32_t> places;  // by type and app
    for (const auto& route : declarations_.routes) {
      for (const auto& [type, node] : route.on) {
        auto program = compile_route(route, type, compiling);
        for (auto& target : program->targets) target.first_part = parts_limit * places[{type, target.app}]++;
        programs_.emplace_back(&route, std::move(program));
      }
    }
  }

  void prove(bool report) {
    std::vector<std::shared_ptr<RouteProgram>> programs;
    for (const auto& [route, program] : programs_) programs.push_back(program);
    prove_mappings(programs, schema_texts_, report ? &problems_ : nullptr);
    if (report) check_tables(programs, declarations_, problems_);
  }

  std::shared_ptr<const Generation> finish() {
    auto generation = std::make_shared<CompiledGeneration>();
    auto& out = *generation;
    for (const auto& [path, text] : files_)
      if (identify_file(path)->kind != FileKind::beside) out.files_.emplace(path, text);
    out.hash_ = hash_of(out.files_);
    out.settings_ = std::move(declarations_.settings);
    out.people_ = std::move(declarations_.people);
    out.lookups_ = std::move(declarations_.lookups);
    out.tables_ = declarations_.tables;
    out.schemas_ = schemas_;
    out.warnings_ = std::move(problems_);
    for (const auto& name : schemas_->names())
      if (name.starts_with("events/")) out.event_schemas_.emplace(name.substr(7), schemas_->find(name));
    for (auto& [route, program] : programs_) add(out, *route, program);
    for (auto& [type, index] : out.routes_by_type_) index.finish();
    for (const auto& route : declarations_.routes) out.summaries_.push_back(summary(route));
    out.apps_ = std::move(declarations_.apps);
    return generation;
  }

  void add(CompiledGeneration& out, const RouteDeclaration& route, const std::shared_ptr<RouteProgram>& program) {
    for (std::size_t i = 0; i < route.to.size(); ++i) {
      const auto& to = route.to[i];
      auto& target = out.targets_[to.label].try_emplace(to.app, to).first->second;
      target.add(program.get(), &program->targets[i]);
    }
    out.programs_.push_back(program);
    out.routes_by_type_[program->type].add(program.get());
  }

  static RouteSummary summary(const RouteDeclaration& route) {
    auto text = [](const yaml::Node* node) { return node == nullptr ? std::string() : node->scalar; };
    RouteSummary summary{route.name, route.description, route.file, {}, {}, text(route.when)};
    for (const auto& [type, node] : route.on) summary.on.push_back(type);
    for (const auto& to : route.to) summary.to.push_back({to.app, to.into, text(to.when)});
    return summary;
  }

  const ConfigurationFiles& files_;
  const std::vector<std::string>& adapters_;
  Problems problems_;
  ExpressionSource source_;
  Declarations declarations_;
  std::map<std::string, std::string> schema_texts_;
  std::shared_ptr<const SchemaRegistry> schemas_;
  std::vector<std::pair<const RouteDeclaration*, std::shared_ptr<RouteProgram>>> programs_;
};

}  // namespace

Checked<std::shared_ptr<const Generation>> compile_generation(const ConfigurationFiles& files,
                                                              const std::vector<std::string>& adapters,
                                                              const CheckUses& check_uses,
                                                              const std::map<std::string, std::string>& kinds,
                                                              const Inspection* inspection) {
  return Compiler(files, adapters).compile(check_uses, kinds, inspection);
}

}  // namespace simpul
