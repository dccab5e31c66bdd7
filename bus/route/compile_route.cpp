#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "bus/route/route_program.h"
#include "bus/route/variables.h"

namespace simpul {
namespace {

Scope::Variable text_variable(std::string name) {
  SchemaType text;
  text.kinds = SchemaType::string;
  text.known = true;
  bool required = name != "subject" && name != "time";  // CloudEvents 1.0.2 §3.1
  return {std::move(name), nullptr, text, required};
}

class RouteCompiler {
 public:
  RouteCompiler(const RouteDeclaration& route, const std::string& type, RouteCompiling& compiling)
      : route_(route), compiling_(compiling), program_(std::make_shared<RouteProgram>()) {
    program_->route = route.name;
    program_->type = type;
    program_->file = route.file;
    scope_.tables = compiling.declarations.tables.get();
    scope_.infer = true;
    for (const char* name : {"id", "source", "type", "subject", "time"})
      scope_.variables.push_back(text_variable(name));
    program_->data = compiling.schemas != nullptr ? compiling.schemas->find("events/" + type) : nullptr;
    Scope::Variable data{"data", nullptr, std::nullopt};
    if (program_->data != nullptr) data.type = program_->data->cursor();
    scope_.variables.push_back(std::move(data));
  }

  std::shared_ptr<RouteProgram> compile() {
    program_->when = held(route_.when, scope_);
    find_branches(route_.steps, {});
    program_->lets = lets(route_.let, scope_);
    program_->keys = several(route_.keys, scope_);
    enrichments_ = enrichments(route_.enrich, scope_);
    for (const auto& to : route_.to) target(to);
    steps(route_.steps, program_->steps);
    std::vector<std::pair<const StepProgram*, std::size_t>> way;
    ways(program_->steps, way);
    return program_;
  }

 private:
  PlacedExpression one(const yaml::Node* node, const Scope& scope, Expect expect) {
    if (node == nullptr) return {};
    return {compiling_.source.compile(*node, scope, expect), node->place};
  }

  // A condition: what is compiled in the scope from now on runs where it held.
  PlacedExpression held(const yaml::Node* node, Scope& scope) {
    auto condition = one(node, scope, Expect::boolean);
    if (condition) scope.held.push_back(condition.expression->source());
    return condition;
  }

  // The conditions of the branches around each target.
  void find_branches(const std::vector<RouteDeclaration::Step>& steps, const std::vector<const yaml::Node*>& around) {
    for (const auto& step : steps) {
      auto inner = around;
      if (step.kind == RouteDeclaration::Step::Kind::recipients) inner.push_back(step.node->find("when"));
      if (step.kind != RouteDeclaration::Step::Kind::choose)
        for (const auto target : step.targets) around_.emplace(target, inner);
      for (const auto& branch : step.branches) {
        inner = around;
        inner.push_back(branch.when);
        find_branches(branch.steps, inner);
      }
    }
  }

  std::vector<PlacedExpression> several(const std::vector<const yaml::Node*>& nodes, const Scope& scope) {
    std::vector<PlacedExpression> all;
    for (const auto* node : nodes) all.push_back(one(node, scope, Expect::text_or_key));
    return all;
  }

  LetPrograms lets(const std::vector<const yaml::Entry*>& entries, Scope& scope) {
    LetPrograms all;
    for (const auto* entry : entries) {
      auto value = one(&entry->value, scope, Expect::any);
      if (take_name(entry->key, entry->key.scalar, "a let", scope, compiling_.source))
        scope.variables.push_back(let_variable(entry->key.scalar, value.expression.get()));
      all.emplace_back(entry->key.scalar, std::move(value));
    }
    return all;
  }

  // ---- enrichment

  std::vector<EnrichmentProgram> enrichments(const std::vector<EnrichmentDeclaration>& declared, const Scope& scope) {
    std::vector<EnrichmentProgram> all;
    for (const auto& each : declared) {
      EnrichmentProgram program{each.name, each.lookup, each.may_be_missing, {}, nullptr};
      auto lookup = compiling_.declarations.lookups.find(each.lookup);
      std::vector<std::string> parameters;
      const auto& files = compiling_.declarations.lookup_files;
      if (!each.lookup.empty() && !files.contains(each.lookup))
        compiling_.source.report(*each.lookup_node, "lookup.unknown",
                                 fmt::format("there is no lookup \"{}\"{}", each.lookup,
                                             did_you_mean(each.lookup, {files.begin(), files.end()})),
                                 "lookups are declared in config/lookups/");
      if (lookup != compiling_.declarations.lookups.end()) {
        program.answer = lookup->second.answer_schema;
        parameters = lookup->second.parameters;
      }
      for (const auto* entry : each.with) {
        program.with.emplace_back(entry->key.scalar, one(&entry->value, scope, Expect::text_or_key));
        if (!parameters.empty() && std::ranges::find(parameters, entry->key.scalar) == parameters.end())
          compiling_.source.report(entry->key, "enrich.parameter",
                                   fmt::format("the lookup {} has no parameter \"{}\"{}", each.lookup,
                                               entry->key.scalar, did_you_mean(entry->key.scalar, parameters)),
                                   fmt::format("it takes {}", fmt::join(parameters, ", ")));
      }
      std::erase_if(parameters, [&](const auto& name) {
        return std::ranges::any_of(each.with, [&](const auto* entry) { return entry->key.scalar == name; });
      });
      if (!parameters.empty() && !each.with.empty())
        compiling_.source.report(*each.node, "enrich.parameter",
                                 fmt::format("the lookup {} needs {}", each.lookup, fmt::join(parameters, ", ")),
                                 "add it to with: all parameters of a lookup are given");
      all.push_back(std::move(program));
    }
    return all;
  }

  // The answers as variables of a map.
  void add_answers(const std::vector<EnrichmentDeclaration>& declared, Scope& scope) {
    for (const auto& each : declared) {
      if (!take_name(*each.node, each.name, "an answer", scope, compiling_.source)) continue;
      Scope::Variable variable{each.name, nullptr, std::nullopt, !each.may_be_missing};
      auto lookup = compiling_.declarations.lookups.find(each.lookup);
      if (lookup != compiling_.declarations.lookups.end() && lookup->second.answer_schema != nullptr)
        variable.type = lookup->second.answer_schema->cursor();
      scope.variables.push_back(std::move(variable));
    }
  }

  // Who is given an answer must be allowed to ask for it.
  void check_asks(const RouteDeclaration::To& to, const std::vector<EnrichmentDeclaration>& declared) {
    auto app = compiling_.declarations.apps.find(to.app);
    if (app == compiling_.declarations.apps.end() || compiling_.declarations.is_unsure(to.app, "asks")) return;
    for (const auto& each : declared) {
      if (!compiling_.declarations.lookup_files.contains(each.lookup) || app->second.asks.contains(each.lookup))
        continue;
      compiling_.source.report(
          *each.lookup_node, "app.not_asking",
          fmt::format("{} gets what the lookup {} answers, and may not ask it", to.app, each.lookup),
          fmt::format("add it to asks in config/apps/{}.yaml, if its agreement covers it", to.app));
    }
  }

  // ---- targets

  void target(const RouteDeclaration::To& to) {
    TargetProgram target;
    target.label = to.label;
    target.app = to.app;
    target.into = to.into;
    target.place = to.node->place;
    target.wire_tap = to.wire_tap;
    target.delay = to.delay;
    target.accepts = accepted(to);
    auto inner = scope_;
    for (const auto* condition : around_[program_->targets.size()])
      if (condition != nullptr && condition->is_scalar()) inner.held.push_back(condition->scalar);
    const bool of_recipients = is_recipient(to);
    target.when = of_recipients ? PlacedExpression() : held(to.when, inner);
    if (to.each != nullptr) {
      target.each = one(to.each, inner, Expect::any);
      check_list(*to.each, target.each.expression.get(), compiling_.source);
      if (!to.as.empty() && take_name(*to.node->find("as"), to.as, "an item", inner, compiling_.source))
        inner.variables.push_back(item_variable(to.as, target.each.expression.get()));
      target.where = held(to.where, inner);
    }
    target.lets = lets(to.let, inner);
    target.keys = several(to.keys, inner);
    target.until = until(to, inner);
    if (to.wire_tap) {
      tap(to, target);
    } else {
      enrich(to, target, inner);
      if (to.map != nullptr) target.mapping = std::make_shared<const Mapping>(*to.map, inner, compiling_.source, true);
    }
    check(to, target);
    program_->targets.push_back(std::move(target));
  }

  // The questions of a target, and their answers as variables of its map.
  void enrich(const RouteDeclaration::To& to, TargetProgram& target, Scope& scope) {
    target.enrichments = enrichments_;
    auto own = enrichments(to.enrich, scope);
    target.enrichments.insert(target.enrichments.end(), own.begin(), own.end());
    for (const auto* declared : {&route_.enrich, &to.enrich}) {
      add_answers(*declared, scope);
      check_asks(to, *declared);
    }
  }

  bool is_recipient(const RouteDeclaration::To& to) const { return to.node->find("recipients") != nullptr; }

  // The whole event; what an event may lack is left out.
  void tap(const RouteDeclaration::To& to, TargetProgram& target) {
    target.mapping =
        std::make_shared<const Mapping>(*to.app_node,
                                        std::vector<std::pair<std::string, std::string>>{
                                            {"id", "id"},
                                            {"source", "source"},
                                            {"type", "type"},
                                            {"subject", "has(subject) ? optional.of(subject) : optional.none()"},
                                            {"time", "has(time) ? optional.of(time) : optional.none()"},
                                            {"data", "data"}},
                                        scope_, compiling_.source);
  }

  PlacedExpression until(const RouteDeclaration::To& to, const Scope& scope) {
    auto until = one(to.until, scope, Expect::any);
    if (until && until.expression->result().known && !(until.expression->result().kinds & SchemaType::string))
      compiling_.source.report(*to.until, "route.until", "until needs a date or a time, and this is none",
                               "write timestamp(…), date(…), or a field that holds one, such as data.berlaku_mulai");
    return until;
  }

  std::shared_ptr<const Schema> accepted(const RouteDeclaration::To& to) const {
    auto app = compiling_.declarations.apps.find(to.app);
    if (app == compiling_.declarations.apps.end() || compiling_.schemas == nullptr) return nullptr;
    auto accepted = app->second.accepts.find(to.into.empty() ? "default" : to.into);
    return accepted == app->second.accepts.end() ? nullptr : compiling_.schemas->find(accepted->second);
  }

  void check(const RouteDeclaration::To& to, const TargetProgram& target) {
    if (target.mapping == nullptr || target.accepts == nullptr) return;
    const auto& app = compiling_.declarations.apps.at(to.app);
    auto cleared = compiling_.declarations.is_unsure(to.app, "cleared") ? PersonalData::specific : app.cleared;
    check_mapping(*target.mapping, *target.accepts, {to.app, cleared}, compiling_.source.problems());
  }

  // ---- steps

  void steps(const std::vector<RouteDeclaration::Step>& declared, std::vector<StepProgram>& out) {
    for (const auto& step : declared) {
      StepProgram program;
      program.place = step.node->place;
      program.targets = step.targets;
      if (step.kind == RouteDeclaration::Step::Kind::recipients) {
        program.kind = StepProgram::Kind::recipients;
        program.when = one(step.node->find("when"), scope_, Expect::boolean);
        program.recipients = one(step.recipients, scope_, Expect::text_or_key);
      } else if (step.kind == RouteDeclaration::Step::Kind::choose) {
        program.kind = StepProgram::Kind::choose;
        for (const auto& branch : step.branches) {
          auto& made = program.branches.emplace_back();
          made.place = branch.node->place;
          made.when = one(branch.when, scope_, Expect::boolean);
          steps(branch.steps, made.steps);
        }
      }
      out.push_back(std::move(program));
    }
  }

  // Steps stand still now: targets are told their way.
  void ways(const std::vector<StepProgram>& steps, std::vector<std::pair<const StepProgram*, std::size_t>>& way) {
    for (const auto& step : steps) {
      if (step.kind == StepProgram::Kind::target) {
        program_->targets[step.targets[0]].way = way;
      } else if (step.kind == StepProgram::Kind::recipients) {
        for (std::size_t i = 0; i < step.targets.size(); ++i) {
          auto& own = program_->targets[step.targets[i]].way = way;
          own.emplace_back(&step, i);
        }
      } else {
        for (std::size_t i = 0; i < step.branches.size(); ++i) {
          way.emplace_back(&step, i);
          ways(step.branches[i].steps, way);
          way.pop_back();
        }
      }
    }
  }

  const RouteDeclaration& route_;
  RouteCompiling& compiling_;
  Scope scope_;
  std::vector<EnrichmentProgram> enrichments_;
  std::map<std::size_t, std::vector<const yaml::Node*>> around_;  // conditions of branches, by target
  std::shared_ptr<RouteProgram> program_;
};

}  // namespace

std::shared_ptr<RouteProgram> compile_route(const RouteDeclaration& route, const std::string& type,
                                            RouteCompiling& compiling) {
  return RouteCompiler(route, type, compiling).compile();
}

}  // namespace simpul
