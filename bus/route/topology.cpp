#include "bus/route/topology.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "bus/schema/describe.h"

namespace simpul {
namespace {

constexpr std::size_t loops_limit = 20;  // reported; a city that has more has one problem
constexpr int warning_days = 30;         // before an agreement ends

// A route brings events of a type to an app.
struct Flow {
  const RouteDeclaration* route = nullptr;
  const RouteDeclaration::To* to = nullptr;
  std::string type;
  const yaml::Node* type_node = nullptr;
};

bool is_conditional(const Flow& flow) {
  return flow.route->when != nullptr || flow.to->when != nullptr || flow.to->where != nullptr ||
         !flow.to->branches.empty();
}

const yaml::Node& place_of(const RouteDeclaration::To& to) {
  return to.app_node != nullptr ? *to.app_node : *to.node;
}

// The item of a list that says `text`; else the list, or the whole file.
const yaml::Node& item_of(const yaml::Node& root, const char* list_name, const std::string& text) {
  const auto* list = root.find(list_name);
  if (list == nullptr) return root;
  for (const auto& item : list->items)
    if (item.scalar == text) return item;
  return *list;
}

std::optional<std::chrono::sys_days> day_of(std::string_view text) {
  if (text.size() != 10) return std::nullopt;
  auto number = [&](std::size_t at, std::size_t length) {
    int value = 0;
    for (std::size_t i = at; i < at + length; ++i) {
      if (text[i] < '0' || text[i] > '9') return -1;
      value = value * 10 + (text[i] - '0');
    }
    return value;
  };
  const auto year = number(0, 4), month = number(5, 2), day = number(8, 2);
  if (year < 0 || month < 0 || day < 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

bool any_scalar(const yaml::Node& node, const auto& wanted) {
  if (node.is_scalar()) return wanted(node.scalar);
  return std::ranges::any_of(node.items, [&](const yaml::Node& item) { return any_scalar(item, wanted); }) ||
         std::ranges::any_of(node.entries, [&](const yaml::Entry& entry) { return any_scalar(entry.value, wanted); });
}

// x-owner may name several, separated by commas.
bool names(std::string_view owners, std::string_view one) {
  while (!owners.empty()) {
    auto owner = owners.substr(0, owners.find(','));
    owners.remove_prefix(std::min(owners.size(), owner.size() + 1));
    while (owner.starts_with(' ')) owner.remove_prefix(1);
    while (owner.ends_with(' ')) owner.remove_suffix(1);
    if (owner == one) return true;
  }
  return false;
}

class Topology {
 public:
  Topology(const Declarations& all, const SchemaRegistry* schemas, const Inspection& inspection, Problems& problems)
      : all_(all), schemas_(schemas), inspection_(inspection), problems_(problems) {
    for (const auto& route : all.routes)
      for (const auto& to : route.to)
        for (const auto& [type, node] : route.on) flows_.push_back({&route, &to, type, node});
    for (const auto& [name, app] : all.apps) {
      for (const auto& type : app.publishes) publishers_[type].push_back(&app);
    }
    // Where something could not be read, what seems to be missing may be there.
    unsure_ = has_errors(problems);
  }

  void check() {
    owners();
    agreements();
    loops();
    if (unsure_) return;
    published_to_nobody();
    received_from_nobody();
    unused_places();
    unused_tables();
    unused_lookups();
    idle_apps();
  }

 private:
  const yaml::Node& root_of(const App& app) const { return all_.app_root(app.name); }

  Problem& report(Severity severity, const yaml::Node& where, std::string code, std::string message, std::string hint) {
    problems_.push_back(where.problem(std::move(code), std::move(message), std::move(hint)));
    problems_.back().severity = severity;
    return problems_.back();
  }

  // ---- who owns what -----------------------------------------------------------------------------------------------

  void owners() {
    for (const auto& [type, apps] : publishers_) {
      const auto owner = declared_owner(type);
      for (const auto* app : apps) disagreeing(type, *app, owner);
      if (!owner.empty()) continue;
      auto other = std::ranges::find_if(apps, [&](const App* app) { return app->owner != apps.front()->owner; });
      if (other == apps.end()) continue;
      const auto& first = *apps.front();
      auto& problem = report(
          Severity::error, item_of(root_of(**other), "publishes", type), "topology.two_owners",
          fmt::format("{} is published by {} of {} and by {} of {}: two offices own one thing", type, first.name,
                      first.owner, (*other)->name, (*other)->owner),
          fmt::format(
              "let one of them publish it; if both may, name them in schemas/events/{}.json: \"x-owner\": \"{}, {}\"",
              type, first.owner, (*other)->owner));
      problem.related.push_back(
          {item_of(root_of(first), "publishes", type).place, fmt::format("{} publishes it here", first.name)});
    }
  }

  // x-owner of the whole event; empty when the schema says none.
  std::string declared_owner(const std::string& type) {
    auto found = owners_.find(type);
    if (found != owners_.end()) return found->second;
    std::string owner;
    if (const auto schema = schemas_ != nullptr ? schemas_->find("events/" + type) : nullptr)
      if (const auto fields = annotations(*schema, 1); !fields.empty() && fields.front().path.empty())
        owner = fields.front().owner;
    return owners_[type] = owner;
  }

  void disagreeing(const std::string& type, const App& app, const std::string& owner) {
    if (owner.empty() || names(owner, app.owner) || names(owner, app.name) || all_.is_unsure(app.name, "owner")) return;
    report(Severity::error, item_of(root_of(app), "publishes", type), "topology.not_owner",
           fmt::format("{} belongs to {}, as x-owner in its schema says, and {} is an app of {}", type, owner, app.name,
                       app.owner),
           fmt::format("take it out of publishes, or mend x-owner in schemas/events/{}.json", type))
        .related.push_back({{"schemas/events/" + type + ".json", {1, 1}, {}}, "the schema that says whose it is"});
  }

  // ---- agreements (PKS) --------------------------------------------------------------------------------------------

  void agreements() {
    const auto today = day_of(inspection_.today);
    if (!today) return;
    for (const auto& [name, app] : all_.apps) {
      if (!app.agreement || app.cleared == PersonalData::none || (app.receives.empty() && app.asks.empty())) continue;
      const auto until = day_of(app.agreement->second);
      const auto* node = root_of(app).find("agreement");
      node = node != nullptr ? node->find("until") : nullptr;
      if (!until || node == nullptr) continue;
      const auto days = (*until - *today).count();
      if (days < 0)
        report(Severity::error, *node, "topology.agreement_ended",
               fmt::format("the agreement {} of {} ended on {}, and personal data still goes to it",
                           app.agreement->first, name, app.agreement->second),
               "renew it and write its new end, or take receives and asks out");
      else if (days <= warning_days)
        report(Severity::warning, *node, "topology.agreement_ends",
               fmt::format("the agreement {} of {} ends on {}, in {} day{}", app.agreement->first, name,
                           app.agreement->second, days, days == 1 ? "" : "s"),
               "renew it in time: after that day personal data may not go there");
    }
  }

  // ---- loops -------------------------------------------------------------------------------------------------------

  struct Hop {
    const App* from = nullptr;
    const Flow* flow = nullptr;
  };

  // Depth first from each app over apps not smaller than it, so that each loop is met once, from its first app on.
  void loops() {
    for (const auto& flow : flows_)
      if (!flow.to->wire_tap)
        for (const auto* app : publishers_of(flow.type)) hops_[app->name].push_back({app, &flow});
    for (const auto& [name, hops] : hops_) {
      std::vector<Hop> way;
      std::set<std::string> dead;
      walk(name, name, way, dead);
      if (loops_ >= loops_limit) return;
    }
  }

  const std::vector<const App*>& publishers_of(const std::string& type) const {
    static const std::vector<const App*> none;
    auto found = publishers_.find(type);
    return found == publishers_.end() ? none : found->second;
  }

  // True when `start` can be reached again. Each app is walked once from one start: one loop for each start and way in
  // is enough to act on, and the work stays bounded.
  void walk(const std::string& start, const std::string& at, std::vector<Hop>& way, std::set<std::string>& seen) {
    constexpr std::size_t longest = 32;
    auto found = hops_.find(at);
    if (found == hops_.end() || way.size() >= longest) return;
    for (const auto& hop : found->second) {
      if (loops_ >= loops_limit) return;
      const auto& next = hop.flow->to->app;
      if (next < start || !all_.apps.contains(next)) continue;
      way.push_back(hop);
      if (next == start)
        loop(way);
      else if (seen.insert(next).second)
        walk(start, next, way, seen);
      way.pop_back();
    }
  }

  // What an app makes of records of its own store it makes also of what the bus writes there.
  bool echoes(const std::string& app, const std::string& received, const std::string& published) const {
    if (received == published) return true;
    auto rules = all_.rules.find(app);
    if (rules == all_.rules.end()) return false;
    return std::ranges::any_of(rules->second, [&](const auto& source) {
      return std::ranges::any_of(source,
                                 [&](const RuleDeclaration& rule) { return rule.type == published && !rule.when; });
    });
  }

  void loop(const std::vector<Hop>& way) {
    ++loops_;
    bool certain = true;
    std::string chain;
    for (std::size_t i = 0; i < way.size(); ++i) {
      const auto& hop = way[i];
      const auto& before = way[(i + way.size() - 1) % way.size()];
      certain = certain && !is_conditional(*hop.flow) && echoes(hop.from->name, before.flow->type, hop.flow->type);
      chain += fmt::format("{} -({})-> ", hop.from->name, hop.flow->type);
    }
    chain += way.front().from->name;
    const auto& last = *way.back().flow;
    auto& problem = report(certain ? Severity::error : Severity::warning, place_of(*last.to), "topology.loop",
                           certain ? fmt::format("this closes a loop that nothing stops: {}", chain)
                                   : fmt::format("this closes a loop: {}", chain),
                           certain ? "say with `when` which events come from outside, or take one of these routes out"
                                   : "see that no app publishes again what it received, or nothing comes to rest");
    for (std::size_t i = 0; i + 1 < way.size(); ++i)
      problem.related.push_back(
          {place_of(*way[i].flow->to).place, fmt::format("the route {} brings {} to {}", way[i].flow->route->name,
                                                         way[i].flow->type, way[i].flow->to->app)});
  }

  // ---- what nobody publishes, receives or uses ---------------------------------------------------------------------

  void published_to_nobody() {
    std::set<std::string> routed;
    for (const auto& flow : flows_) routed.insert(flow.type);
    for (const auto& [type, apps] : publishers_) {
      if (routed.contains(type)) continue;
      std::vector<std::string> wanted;
      for (const auto& [name, app] : all_.apps)
        if (app.receives.contains(type)) wanted.push_back(name);
      report(Severity::warning, item_of(root_of(*apps.front()), "publishes", type), "topology.no_receiver",
             fmt::format("no route takes {}, so it is kept in the log and reaches nobody", type),
             wanted.empty() ? "write a route for it, or take it out of publishes"
                            : fmt::format("write a route for it: {} may receive it", fmt::join(wanted, ", ")));
    }
  }

  void received_from_nobody() {
    std::set<std::pair<std::string, std::string>> brought;
    for (const auto& flow : flows_) brought.emplace(flow.to->app, flow.type);
    for (const auto& [name, app] : all_.apps) {
      for (const auto& type : app.receives) {
        if (brought.contains({name, type})) continue;
        // One warning is enough where the publisher has it already.
        const bool routed = std::ranges::any_of(flows_, [&](const Flow& flow) { return flow.type == type; });
        if (!routed && publishers_.contains(type)) continue;
        report(Severity::warning, item_of(root_of(app), "receives", type), "topology.not_brought",
               publishers_.contains(type) ? fmt::format("{} may receive {}, and no route brings it there", name, type)
                                          : fmt::format("{} may receive {}, which no app publishes", name, type),
               "rights that are not used are better not given: take it out of receives, or write the route");
      }
    }
  }

  void unused_places() {
    std::set<std::pair<std::string, std::string>> used;
    for (const auto& flow : flows_) used.emplace(flow.to->app, flow.to->into.empty() ? "default" : flow.to->into);
    for (const auto& [name, lookup] : all_.lookups)
      used.emplace(lookup.app, lookup.into.empty() ? "default" : lookup.into);
    for (const auto& [name, app] : all_.apps) {
      const auto* accepts = root_of(app).find("accepts");
      if (accepts == nullptr) continue;
      const bool none =
          std::ranges::none_of(app.accepts, [&](const auto& place) { return used.contains({name, place.first}); });
      if (none && app.receives.empty()) continue;  // the app is told as a whole
      for (const auto& entry : accepts->entries)
        if (!used.contains({name, entry.key.scalar}))
          report(Severity::warning, entry.key, "topology.unreachable",
                 fmt::format("no route sends anything to {} of {}",
                             entry.key.scalar == "default" ? "the place" : entry.key.scalar, name),
                 "write a route into it, or take it out of accepts");
    }
  }

  void unused_tables() {
    for (const auto& [name, table] : *all_.tables) {
      const std::string text = "\"" + name + "\"", other = "'" + name + "'";
      auto names_it = [&](const std::string& scalar) {
        return scalar.find("lookup") != scalar.npos &&
               (scalar.find(text) != scalar.npos || scalar.find(other) != scalar.npos);
      };
      if (std::ranges::any_of(all_.roots, [&](const auto& root) { return any_scalar(root.second, names_it); }))
        continue;
      auto file = all_.table_files.find(name);
      const auto path = file == all_.table_files.end() ? fmt::format("config/codes/{}.yaml", name) : file->second;
      problems_.push_back({"topology.unused_table",
                           fmt::format("no expression looks up the code table {}", name),
                           "delete the file, or look it up: lookup(\"" + name + "\", …)",
                           {path, {1, 1}, {}},
                           {},
                           Severity::warning,
                           {}});
    }
  }

  void unused_lookups() {
    std::set<std::string> used;
    for (const auto& [name, app] : all_.apps) used.insert(app.asks.begin(), app.asks.end());
    for (const auto& [name, lookup] : all_.lookups)
      if (!used.contains(name))
        report(Severity::warning, *all_.lookup_root(name).find("lookup"), "topology.unused_lookup",
               fmt::format("no app may ask the lookup {}", name),
               "name it in asks of the app that needs it, or delete the file");
  }

  void idle_apps() {
    std::set<std::string> busy;
    for (const auto& flow : flows_) busy.insert(flow.to->app);
    for (const auto& [name, lookup] : all_.lookups) busy.insert(lookup.app);
    for (const auto& [name, app] : all_.apps) {
      if (busy.contains(name) || !app.publishes.empty() || !app.receives.empty() || !app.asks.empty()) continue;
      const auto* node = root_of(app).find("app");
      report(Severity::warning, node != nullptr ? *node : root_of(app), "topology.idle_app",
             fmt::format("{} publishes nothing, receives nothing, asks nothing and answers nothing", name),
             "say what it publishes or receives, or delete the file");
    }
  }

  const Declarations& all_;
  const SchemaRegistry* schemas_;
  const Inspection& inspection_;
  Problems& problems_;
  std::vector<Flow> flows_;
  std::map<std::string, std::vector<const App*>> publishers_;  // by type
  std::map<std::string, std::vector<Hop>> hops_;               // by the app that publishes
  std::map<std::string, std::string> owners_;                  // by type
  std::size_t loops_ = 0;
  bool unsure_ = false;  // something could not be read, so what is missing may be there
};

}  // namespace

void check_topology(const Declarations& declarations, const SchemaRegistry* schemas, const Inspection& inspection,
                    Problems& problems) {
  Topology(declarations, schemas, inspection, problems).check();
}

}  // namespace simpul
