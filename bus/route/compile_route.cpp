#include <fmt/format.h>

#include "bus/route/route_program.h"

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
    scope_.tables = compiling.declarations.tables.get();
    for (const char* name : {"id", "source", "type", "subject", "time"})
      scope_.variables.push_back(text_variable(name));
    auto schema = compiling.schemas != nullptr ? compiling.schemas->find("events/" + type) : nullptr;
    scope_.variables.push_back({"data", schema != nullptr ? schema->cursor() : nullptr, std::nullopt});
  }

  std::shared_ptr<RouteProgram> compile() {
    program_->when = one(route_.when, scope_, Expect::boolean);
    for (const auto* entry : route_.let) let(*entry);
    program_->keys = several(route_.keys, scope_);
    for (const auto& to : route_.to) target(to);
    return program_;
  }

 private:
  PlacedExpression one(const yaml::Node* node, const Scope& scope, Expect expect) {
    if (node == nullptr) return {};
    return {compiling_.source.compile(*node, scope, expect), node->place};
  }

  std::vector<PlacedExpression> several(const std::vector<const yaml::Node*>& nodes, const Scope& scope) {
    std::vector<PlacedExpression> all;
    for (const auto* node : nodes) all.push_back(one(node, scope, Expect::text_or_key));
    return all;
  }

  void let(const yaml::Entry& entry) {
    auto value = one(&entry.value, scope_, Expect::any);
    Scope::Variable variable{entry.key.scalar, nullptr, std::nullopt};
    if (value) {
      variable.type = value.expression->cursor();
      if (variable.type == nullptr) variable.plain = value.expression->result();
      variable.required = !value.expression->may_be_absent();
    }
    scope_.variables.push_back(std::move(variable));
    program_->lets.emplace_back(entry.key.scalar, std::move(value));
  }

  void target(const RouteDeclaration::To& to) {
    TargetProgram target;
    target.label = to.label;
    target.app = to.app;
    target.when = one(to.when, scope_, Expect::boolean);
    auto inner = scope_;
    if (to.each != nullptr) {
      target.each = one(to.each, scope_, Expect::any);
      if (target.each) check_list(to, target.each.expression->result());
      auto list = target.each && target.each.expression->result().kinds & SchemaType::array
                      ? target.each.expression->cursor()
                      : nullptr;
      if (!to.as.empty()) inner.variables.push_back({to.as, list != nullptr ? list->items() : nullptr, std::nullopt});
      target.where = one(to.where, inner, Expect::boolean);
    }
    target.keys = several(to.keys, inner);
    if (to.map != nullptr) {
      auto mapping = std::make_shared<const Mapping>(*to.map, inner, compiling_.source);
      check(to, *mapping);
      target.mapping = std::move(mapping);
    }
    program_->targets.push_back(std::move(target));
  }

  void check_list(const RouteDeclaration::To& to, const SchemaType& type) {
    if (!type.known || (type.kinds & SchemaType::array)) return;
    compiling_.source.report(*to.each, "route.each", "each needs a list, and this is no list",
                             "name a list of the event, such as data.anggota_ikut");
  }

  void check(const RouteDeclaration::To& to, const Mapping& mapping) {
    auto app = compiling_.declarations.apps.find(to.app);
    if (app == compiling_.declarations.apps.end() || compiling_.schemas == nullptr) return;
    auto accepted = app->second.accepts.find(to.into.empty() ? "default" : to.into);
    if (accepted == app->second.accepts.end()) return;
    auto cleared = compiling_.declarations.is_unsure(to.app, "cleared") ? PersonalData::specific : app->second.cleared;
    if (auto schema = compiling_.schemas->find(accepted->second))
      check_mapping(mapping, *schema, {to.app, cleared}, compiling_.source.problems());
  }

  const RouteDeclaration& route_;
  RouteCompiling& compiling_;
  Scope scope_;
  std::shared_ptr<RouteProgram> program_;
};

}  // namespace

std::shared_ptr<RouteProgram> compile_route(const RouteDeclaration& route, const std::string& type,
                                            RouteCompiling& compiling) {
  return RouteCompiler(route, type, compiling).compile();
}

}  // namespace simpul
