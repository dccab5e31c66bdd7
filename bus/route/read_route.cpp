// routes/<route>.yaml
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bus/route/declarations.h"
#include "bus/route/kind_reader.h"
#include "bus/route/kinds.h"

namespace simpul {
namespace {

// Words that later work gives a meaning.
const std::set<std::string> later_words{"switch",      "spread", "split",     "enrich",     "wire_tap",
                                        "claim_check", "delay",  "aggregate", "resequence", "from"};
constexpr std::array variables{"id", "source", "type", "subject", "time", "data"};

void refuse_later_words(const yaml::Node& node, Problems& problems) {
  for (const auto& entry : node.entries) {
    if (!later_words.contains(entry.key.scalar)) continue;
    problems.push_back(
        entry.key.problem("route.unsupported", fmt::format("`{}` is not supported yet", entry.key.scalar),
                          entry.key.scalar == "split" ? "`each` makes one delivery for every item of a list"
                                                      : "take it out; this version of the bus would not do it"));
  }
}

std::vector<const yaml::Node*> read_keys(const yaml::Node* node, Problems& problems) {
  if (node == nullptr) return {};
  if (node->is_scalar()) return {node};
  std::vector<const yaml::Node*> keys;
  if (node->kind == yaml::Kind::list)
    for (const auto& item : node->items)
      if (item.is_scalar()) keys.push_back(&item);
  if (keys.empty() || keys.size() != node->items.size()) {
    problems.push_back(node->problem("route.key", "key must be an expression, or a list of expressions",
                                     "write key: data.nik, or key: [data.nik_lama, data.nik_baru]"));
    keys.clear();
  }
  return keys;
}

bool free_name(const yaml::Node& where, const std::string& name, std::string_view what,
               const std::vector<std::string>& taken, Problems& problems) {
  if (!is_identifier(name)) {
    problems.push_back(where.problem("route.name", fmt::format("\"{}\" is no name for {}", name, what),
                                     "use letters, digits and _, not beginning with a digit, and no word of CEL"));
    return false;
  }
  if (std::find(variables.begin(), variables.end(), name) != variables.end() ||
      std::find(taken.begin(), taken.end(), name) != taken.end()) {
    problems.push_back(where.problem("route.name", fmt::format("the name \"{}\" is taken", name),
                                     "choose another; id, source, type, subject, time and data are the event's"));
    return false;
  }
  return true;
}

class RouteReader {
 public:
  RouteReader(const yaml::Node& root, const std::string& stem, ReadingContext& context)
      : reader_(root, "route", route_fields(), context.problems), problems_(context.problems) {
    route_.name = stem;
    route_.root = &root;
    route_.file = "routes/" + stem + ".yaml";
  }

  std::optional<RouteDeclaration> read() {
    if (!reader_.is_map()) return std::nullopt;
    read_own_name(reader_, "route", route_.name);
    route_.description = reader_.text("description");
    read_on();
    route_.when = reader_.node("when");
    read_let();
    route_.keys = read_keys(reader_.node("key"), problems_);
    const auto* to = reader_.node("to");
    reader_.finish(later_words);
    refuse_later_words(*route_.root, problems_);
    if (to != nullptr) {
      if (to->kind != yaml::Kind::list || to->items.empty())
        problems_.push_back(to->problem("route.to", "to must be a list of targets",
                                        "write each target as a list item: - app: <name>, and below it its map"));
      for (const auto& item : to->items) read_target(item);
    }
    label_targets();
    return std::move(route_);
  }

 private:
  void read_on() {
    const auto* on = reader_.node("on");
    if (on == nullptr) return;
    std::vector<const yaml::Node*> nodes;
    if (on->kind == yaml::Kind::list)
      for (const auto& item : on->items) nodes.push_back(&item);
    else
      nodes.push_back(on);
    if (nodes.empty())
      problems_.push_back(
          on->problem("route.on", "on names no event type", "write the type of the events that this route takes"));
    for (const auto* node : nodes) {
      if (!node->is_text() || !is_event_type(node->scalar)) {
        problems_.push_back(node->problem(
            "event_type.shape",
            node->is_text() ? fmt::format("\"{}\" is not an event type", node->scalar)
                            : fmt::format("an event type is a text, not {}", yaml::name(node->kind)),
            "write agency.object.happening.vN in lower case, such as dukcapil.penduduk.pindah_datang.v1"));
      } else if (std::find_if(route_.on.begin(), route_.on.end(),
                              [&](const auto& other) { return other.first == node->scalar; }) != route_.on.end()) {
        problems_.push_back(node->problem("config.repeated", fmt::format("on names \"{}\" twice", node->scalar),
                                          "leave one of them out"));
      } else {
        route_.on.emplace_back(node->scalar, node);
      }
    }
  }

  void read_let() {
    const auto* let = reader_.map("let");
    if (let == nullptr) return;
    for (const auto& entry : let->entries) {
      if (free_name(entry.key, entry.key.scalar, "a let", let_names_, problems_))
        let_names_.push_back(entry.key.scalar);
      if (entry.value.is_scalar())
        route_.let.push_back(&entry);
      else
        problems_.push_back(entry.value.problem(
            "config.type",
            fmt::format("let.{} must be an expression, not {}", entry.key.scalar, yaml::name(entry.value.kind)),
            "write a CEL expression, such as size(data.anggota_ikut)"));
    }
  }

  void read_target(const yaml::Node& node) {
    KindReader reader(node, "target of a route", reader_.declared("to").children, problems_);
    if (!reader.is_map()) return;
    RouteDeclaration::To to;
    to.node = &node;
    to.app = reader.text("app");
    to.into = reader.text("into");
    to.when = reader.node("when");
    to.each = reader.node("each");
    to.as = reader.text("as");
    to.where = reader.node("where");
    to.keys = read_keys(reader.node("key"), problems_);
    to.map = reader.node("map");
    reader.finish(later_words);
    refuse_later_words(node, problems_);
    if (to.each != nullptr && to.as.empty() && node.find("as") == nullptr) {
      reader.report(*to.each, "route.each", "each needs as: the name of one item",
                    "add as: with a name, which where, key and map then know");
    } else if (!to.as.empty() && to.each != nullptr) {
      if (!free_name(reader.at("as"), to.as, "an item", let_names_, problems_)) to.as.clear();
    }
    if (to.each == nullptr)
      for (const char* word : {"as", "where"})
        if (node.find(word) != nullptr)
          reader.report(reader.at(word), "route.each",
                        fmt::format("`{}` needs each: the list of which this is one item", word),
                        std::string_view(word) == "where" ? "add each and as, or write the condition as when"
                                                          : "add each, or leave it out");
    if (!to.app.empty()) route_.to.push_back(std::move(to));
  }

  // A delivery is named by route, target and part, so two places of one app get a label each.
  void label_targets() {
    for (auto& to : route_.to) {
      auto same_app =
          std::count_if(route_.to.begin(), route_.to.end(), [&](const auto& other) { return other.app == to.app; });
      to.label = same_app > 1 && !to.into.empty() ? route_.name + "/" + to.into : route_.name;
    }
    for (std::size_t i = 0; i < route_.to.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const auto &to = route_.to[i], &earlier = route_.to[j];
        if (to.app != earlier.app || to.into != earlier.into) continue;
        auto place = to.into.empty() ? to.app : to.app + " (" + to.into + ")";
        problems_.push_back(to.node->problem(
            "route.same_target",
            fmt::format("this route sends to {} already, on line {}", place, earlier.node->place.start.line),
            "join the two, or put one of them into a route of its own"));
        break;
      }
    }
  }

  KindReader reader_;
  Problems& problems_;
  RouteDeclaration route_;
  std::vector<std::string> let_names_;
};

}  // namespace

void read_route(const yaml::Node& root, const std::string& stem, ReadingContext& context) {
  if (auto route = RouteReader(root, stem, context).read()) context.out.routes.push_back(std::move(*route));
}

}  // namespace simpul
