#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bus/event/json.h"
#include "bus/route/declarations.h"
#include "bus/route/held_data.h"
#include "bus/route/kind_reader.h"

namespace simpul {
namespace {

std::vector<std::string> listed(const std::set<std::string>& names) {
  return {names.begin(), names.end()};
}

std::string_view word(PersonalData personal) {
  return personal == PersonalData::specific ? "specific" : "general";
}

// The item of a list of text that says `text`, or the list, or `otherwise`.
const yaml::Node& item_of(const yaml::Node& root, const char* list_name, const std::string& text,
                          const yaml::Node& otherwise) {
  const auto* list = root.find(list_name);
  if (list == nullptr) return otherwise;
  for (const auto& item : list->items)
    if (item.scalar == text) return item;
  return *list;
}

class References {
 public:
  References(const Declarations& all, const SchemaRegistry* schemas, Problems& problems)
      : all_(all), schemas_(schemas), problems_(problems) {
    for (const auto& name : all.schema_files)
      if (name.starts_with("events/")) event_types_.push_back(name.substr(7));
    for (const auto& [name, app] : all.apps) {
      published_.insert(app.publishes.begin(), app.publishes.end());
      publishers_unsure_ |= all.is_unsure(name, "publishes");
    }
    for (const auto& name : all.app_files) publishers_unsure_ |= !all.apps.contains(name);
  }

  void check() {
    for (const auto& [name, app] : all_.apps) this->app(app);
    for (const auto& [name, lookup] : all_.lookups) this->lookup(lookup);
    for (const auto& route : all_.routes) this->route(route);
    twice();
  }

 private:
  void app(const App& app) {
    const auto& root = all_.app_root(app.name);
    for (const auto& type : app.publishes) has_schema(type, item_of(root, "publishes", type, root));
    for (const auto& type : app.receives) has_schema(type, item_of(root, "receives", type, root));
    for (const auto& name : app.asks) asks(app, name, item_of(root, "asks", name, root));
    for (const auto& [into, schema] : app.accepts) accepts(app, into, schema, *root.find("accepts")->find(into));
    auto rules = all_.rules.find(app.name);
    if (rules == all_.rules.end()) return;
    for (const auto& source : rules->second)
      for (const auto& rule : source) makes(app, rule);
  }

  void has_schema(const std::string& type, const yaml::Node& where) {
    if (!is_event_type(type) || all_.schema_files.contains("events/" + type)) return;
    report(where, "event_type.no_schema",
           fmt::format("the event type {} has no schema{}", type, did_you_mean(type, event_types_)),
           fmt::format("describe its data in schemas/events/{}.json", type));
  }

  void asks(const App& app, const std::string& name, const yaml::Node& where) {
    if (!all_.lookup_files.contains(name)) {
      report(where, "lookup.unknown",
             fmt::format("there is no lookup \"{}\"{}", name, did_you_mean(name, listed(all_.lookup_files))),
             "lookups are declared in config/lookups/");
      return;
    }
    auto lookup = all_.lookups.find(name);
    if (lookup == all_.lookups.end() || lookup->second.personal <= app.cleared || all_.is_unsure(app.name, "cleared"))
      return;
    report(where, "app.not_cleared",
           fmt::format("the lookup {} answers with {}, and {} is {}", name, personal_words(lookup->second.personal),
                       app.name, clearance_words(app.cleared)),
           fmt::format("take it out of asks, or declare cleared: {} if the agreement says so",
                       word(lookup->second.personal)));
  }

  void accepts(const App& app, const std::string& into, const std::string& name, const yaml::Node& where) {
    if (!all_.schema_files.contains(name)) {
      auto stem = name.ends_with(".json") ? name.substr(0, name.size() - 5) : name;
      report(
          where, "schema.unknown",
          fmt::format("there is no schema \"{}\"{}", name,
                      stem == name ? did_you_mean(name, listed(all_.schema_files)) : std::string()),
          stem == name ? fmt::format("write it to schemas/{}.json", name) : fmt::format("leave .json out: {}", stem));
      return;
    }
    auto schema = schemas_ != nullptr ? schemas_->find(name) : nullptr;
    if (schema == nullptr || all_.is_unsure(app.name, "cleared")) return;
    auto held = personal_above(*schema->cursor(), app.cleared);
    if (!held) return;
    report(where, "app.not_cleared",
           fmt::format("{} accepts {}{} (schema {}), and {} is {}", into == "default" ? "the target" : into,
                       personal_words(held->personal), held->pointer.empty() ? "" : " at " + held->pointer, name,
                       app.name, clearance_words(app.cleared)),
           fmt::format("leave the field out of what it accepts, or declare cleared: {} if the agreement says so",
                       word(held->personal)));
  }

  void makes(const App& app, const RuleDeclaration& rule) {
    if (app.publishes.contains(rule.type) || all_.is_unsure(app.name, "publishes")) return;
    std::vector<std::string> candidates(app.publishes.begin(), app.publishes.end());
    report(*rule.type_node, "app.not_publishing",
           fmt::format("{} makes events of type {}, which it may not publish{}", app.name, rule.type,
                       did_you_mean(rule.type, candidates)),
           "add the type to publishes, or mend its name");
  }

  void lookup(const Lookup& lookup) {
    if (lookup.app.empty()) return;
    const auto& root = all_.lookup_root(lookup.name);
    const auto& where = *root.find("app");
    if (!known_app(lookup.app, where)) return;
    auto app = all_.apps.find(lookup.app);
    if (app != all_.apps.end() && all_.app_root(lookup.app).find("target") == nullptr &&
        !all_.is_unsure(lookup.app, "target"))
      report(where, "app.no_target", fmt::format("{} has no target, so it cannot answer", lookup.app),
             fmt::format("add target to config/apps/{}.yaml", lookup.app));
  }

  bool known_app(const std::string& name, const yaml::Node& where) {
    if (all_.app_files.contains(name)) return true;
    report(where, "app.unknown",
           fmt::format("there is no app \"{}\"{}", name, did_you_mean(name, listed(all_.app_files))),
           "apps are declared in config/apps/");
    return false;
  }

  void route(const RouteDeclaration& route) {
    for (const auto& [type, node] : route.on) {
      has_schema(type, *node);
      if (published_.contains(type) || publishers_unsure_) continue;
      problems_.push_back(node->problem("route.never",
                                        fmt::format("no app publishes {}, so this route never fires for it{}", type,
                                                    did_you_mean(type, listed(published_))),
                                        "add it to publishes of the app that owns it"));
      problems_.back().severity = Severity::warning;
    }
    for (const auto& to : route.to) target(route, to);
  }

  void target(const RouteDeclaration& route, const RouteDeclaration::To& to) {
    const auto& app_node = *to.app_node;
    if (!known_app(to.app, app_node)) return;
    auto found = all_.apps.find(to.app);
    if (found == all_.apps.end()) return;  // its file could not be read, and that was said
    const auto& app = found->second;
    for (const auto& [type, node] : route.on) {
      if (app.receives.contains(type) || all_.is_unsure(to.app, "receives")) continue;
      report(app_node, "app.not_receiving",
             fmt::format("{} may not receive {}{}", to.app, type, did_you_mean(type, listed(app.receives))),
             fmt::format("add the type to receives in config/apps/{}.yaml, if its agreement covers it", to.app));
    }
    if (all_.is_unsure(to.app, "target") || all_.is_unsure(to.app, "accepts")) return;
    if (all_.app_root(to.app).find("target") == nullptr) {
      report(app_node, "app.no_target", fmt::format("{} has no target, so nothing can be delivered to it", to.app),
             fmt::format("add target and accepts to config/apps/{}.yaml", to.app));
      return;
    }
    into(to, app);
  }

  void into(const RouteDeclaration::To& to, const App& app) {
    std::vector<std::string> places;
    for (const auto& [name, schema] : app.accepts)
      if (name != "default") places.push_back(name);
    bool has_default = app.accepts.contains("default");
    if (to.into.empty()) {
      if (has_default) return;
      report(*to.node, "route.into",
             places.empty() ? fmt::format("{} does not say what its target accepts", to.app)
                            : fmt::format("the target does not say into which place of {} it goes", to.app),
             places.empty() ? fmt::format("add accepts: {{ default: <schema> }} to config/apps/{}.yaml", to.app)
                            : fmt::format("add into: {}", fmt::join(places, " | ")));
      return;
    }
    const auto& node = *to.node->find("into");
    if (to.into == "default") {
      report(node, "route.into", "`default` is the place without a name", "leave into out");
    } else if (!app.accepts.contains(to.into)) {
      auto missing = fmt::format("{} has no place \"{}\"{}", to.app, to.into, did_you_mean(to.into, places));
      report(node, "route.into", std::move(missing),
             places.empty() ? (has_default ? "it has one place only: leave into out"
                                           : fmt::format("declare it under accepts in config/apps/{}.yaml", to.app))
                            : fmt::format("its places are {}", fmt::join(places, ", ")));
    }
  }

  // Two routes that send the same events to the same place under the same conditions deliver everything twice.
  void twice() {
    std::map<std::string, std::pair<const RouteDeclaration*, const RouteDeclaration::To*>> seen;
    auto said = [](const yaml::Node* node) { return node == nullptr ? std::string() : node->scalar; };
    for (const auto& route : all_.routes) {
      for (const auto& to : route.to) {
        if (!to.branches.empty()) continue;  // what it stands beside says when
        for (const auto& [type, node] : route.on) {
          auto same = fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}", type, to.app, to.into, said(route.when), said(to.when),
                                  said(to.each), said(to.where));
          auto [found, is_new] = seen.try_emplace(std::move(same), &route, &to);
          if (is_new || found->second.first == &route) continue;
          report(*to.node, "route.twice",
                 fmt::format("the route {} sends {} to {} already, under the same conditions ({}:{})",
                             found->second.first->name, type, to.app, found->second.first->file,
                             found->second.second->node->place.start.line),
                 "everything would be delivered twice: join the two, or tell them apart by when");
          const auto* first = found->second.second->node->find("app");
          problems_.back().related.push_back(
              {first != nullptr ? first->place : found->second.second->node->place, "it is sent from here already"});
        }
      }
    }
  }

  void report(const yaml::Node& where, std::string code, std::string message, std::string hint) {
    problems_.push_back(where.problem(std::move(code), std::move(message), std::move(hint)));
  }

  const Declarations& all_;
  const SchemaRegistry* schemas_;
  Problems& problems_;
  std::vector<std::string> event_types_;
  std::set<std::string> published_;
  bool publishers_unsure_ = false;  // some app's list could not be read
};

}  // namespace

void check_references(const Declarations& declarations, const SchemaRegistry* schemas, Problems& problems) {
  References(declarations, schemas, problems).check();
}

}  // namespace simpul
