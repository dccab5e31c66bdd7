// routes/<route>.yaml
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "bus/route/declarations.h"
#include "bus/route/kind_reader.h"
#include "bus/route/kinds.h"

namespace simpul {
namespace {

constexpr std::size_t choose_limit_depth = 8;

// Words of patterns that keep state, and what does for them meanwhile.
const std::map<std::string, std::string>& stateful_words() {
  static const std::map<std::string, std::string> words{
      {"aggregate", "send every event on, and let the app that receives them put them together"},
      {"resequence", "give the route a key: what has one key arrives in the order of the log already"},
      {"process", "write a route for each step, on the events that the apps publish on the way"},
      {"from",
       "leave it out: a route takes the events from when it is accepted on; earlier ones are sent again by their app"}};
  return words;
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

// "90s", "15m", "2h", "3d"; none: it is no such text.
std::optional<std::chrono::milliseconds> read_delay(const std::string& text) {
  if (text.empty()) return std::chrono::milliseconds(0);
  std::int64_t count = 0;
  const auto* end = text.data() + text.size();
  auto [unit, fault] = std::from_chars(text.data(), end, count);
  if (fault != std::errc() || unit + 1 != end || count < 1 || count > 99'999) return std::nullopt;
  switch (*unit) {
    case 's':
      return std::chrono::seconds(count);
    case 'm':
      return std::chrono::minutes(count);
    case 'h':
      return std::chrono::hours(count);
    case 'd':
      return std::chrono::days(count);
    default:
      return std::nullopt;
  }
}

// Two items of one list, such as two branches of one `choose`.
bool are_siblings(const yaml::Node& a, const yaml::Node& b) {
  auto list = [](const yaml::Node& node) { return std::string_view(node.path).substr(0, node.path.rfind('[')); };
  return &a != &b && list(a) == list(b);
}

// In different branches of one `choose`, so that no event goes to both.
bool are_exclusive(const RouteDeclaration::To& a, const RouteDeclaration::To& b) {
  for (std::size_t i = 0; i < a.branches.size() && i < b.branches.size(); ++i)
    if (a.branches[i] != b.branches[i]) return are_siblings(*a.branches[i], *b.branches[i]);
  return false;
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
    route_.let = read_let(reader_);
    route_.keys = read_keys(reader_.node("key"), problems_);
    route_.enrich = read_enrich(reader_);
    const auto* to = reader_.node("to");
    refuse_stateful_words();
    if (to != nullptr) {
      if (to->kind != yaml::Kind::list || to->items.empty())
        problems_.push_back(to->problem("route.to", "to must be a list of targets",
                                        "write each target as a list item: - app: <name>, and below it its map"));
      std::vector<const yaml::Node*> branches;
      for (const auto& item : to->items) read_step(item, branches, route_.steps);
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

  void refuse_stateful_words() {
    std::set<std::string> silent;
    for (const auto& [word, instead] : stateful_words()) {
      silent.insert(word);
      if (const auto* entry = route_.root->find_entry(word))
        report_key(*entry, "route.unsupported", fmt::format("`{}` is not supported yet", word), instead);
    }
    reader_.finish(silent);
  }

  std::vector<const yaml::Entry*> read_let(KindReader& reader) {
    std::vector<const yaml::Entry*> lets;
    const auto* let = reader.map("let");
    if (let == nullptr) return lets;
    for (const auto& entry : let->entries) {
      if (entry.value.is_scalar())
        lets.push_back(&entry);
      else
        problems_.push_back(entry.value.problem(
            "config.type",
            fmt::format("let.{} must be an expression, not {}", entry.key.scalar, yaml::name(entry.value.kind)),
            "write a CEL expression, such as size(data.anggota_ikut)"));
    }
    return lets;
  }

  std::vector<EnrichmentDeclaration> read_enrich(KindReader& reader) {
    std::vector<EnrichmentDeclaration> all;
    const auto* enrich = reader.map("enrich");
    if (enrich == nullptr) return all;
    for (const auto& entry : enrich->entries) {
      KindReader each(entry.value, "question of enrich", reader.declared("enrich").children, problems_);
      if (!each.is_map()) continue;
      EnrichmentDeclaration question;
      question.name = entry.key.scalar;
      question.node = &entry.key;
      question.lookup = each.text("lookup");
      question.lookup_node = &each.at("lookup");
      question.may_be_missing = !each.text("otherwise").empty();
      const auto* with = each.map("with");
      each.finish();
      if (with != nullptr && with->entries.empty())
        each.report(*with, "enrich.parameter", "with gives no parameter", "write with: { nik: data.nik }");
      if (with != nullptr)
        for (const auto& parameter : with->entries) question.with.push_back(&parameter);
      all.push_back(std::move(question));
    }
    return all;
  }

  // At the name of a member.
  void report_key(const yaml::Entry& entry, std::string code, std::string message, std::string hint) {
    problems_.push_back(entry.key.problem(std::move(code), std::move(message), std::move(hint)));
    problems_.back().path = entry.value.path;
  }

  // ---- steps

  using Step = RouteDeclaration::Step;

  void read_step(const yaml::Node& node, std::vector<const yaml::Node*>& branches, std::vector<Step>& steps) {
    KindReader reader(node, "target of a route", reader_.declared("to").children, problems_);
    if (!reader.is_map()) return;
    RouteDeclaration::To to;
    to.node = &node;
    to.branches = branches;
    to.into = reader.text("into");
    to.when = reader.node("when");
    to.each = reader.node("each");
    to.as = reader.text("as");
    to.where = reader.node("where");
    to.let = read_let(reader);
    to.enrich = read_enrich(reader);
    to.keys = read_keys(reader.node("key"), problems_);
    to.until = reader.node("until");
    to.map = reader.node("map");
    read_delay(reader, to);
    const auto app = reader.text("app"), tapped = reader.text("wire_tap");
    const auto among = reader.text_list("among");
    const auto *recipients = reader.node("recipients"), *choose = reader.node("choose");
    reader.finish();
    check_item(reader, to);
    const auto word = word_of(reader);
    if (word.empty()) return;
    Step step;
    step.node = &node;
    if (word == "choose") {
      step.kind = Step::Kind::choose;
      read_branches(reader, *choose, branches, step);
    } else if (word == "recipients") {
      step.kind = Step::Kind::recipients;
      step.recipients = recipients;
      const auto* names = node.find("among");
      if (names == nullptr)
        reader.report(*recipients, "route.recipients", "recipients needs among: the apps that it may name",
                      "add among: [<app>, …]; only these are sent to");
      for (std::size_t i = 0; i < among.size(); ++i) add(to, among[i], &names->items[i], step);
    } else {
      to.wire_tap = word == "wire_tap";
      add(to, to.wire_tap ? tapped : app, node.find(word), step);
    }
    if (!step.targets.empty()) steps.push_back(std::move(step));
  }

  void add(RouteDeclaration::To to, const std::string& app, const yaml::Node* app_node, Step& step) {
    if (app.empty()) return;  // said by the reader
    to.app = app;
    to.app_node = app_node;
    step.targets.push_back(route_.to.size());
    route_.to.push_back(std::move(to));
  }

  // The word that says which step it is; what does not go with it is reported.
  std::string_view word_of(KindReader& reader) {
    static const std::map<std::string_view, std::vector<std::string_view>> beside{
        {"app", {"into", "when", "each", "as", "where", "let", "enrich", "key", "delay", "until", "map"}},
        {"recipients",
         {"among", "into", "when", "each", "as", "where", "let", "enrich", "key", "delay", "until", "map"}},
        {"choose", {}},
        {"wire_tap", {"into"}}};
    const auto& node = reader.self();
    std::string_view word;
    for (std::string_view each : {"app", "choose", "recipients", "wire_tap"}) {
      const auto* entry = node.find_entry(each);
      if (entry == nullptr) continue;
      if (!word.empty()) {
        report_key(*entry, "route.step", fmt::format("`{}` and `{}` are two steps", word, each),
                   "write each as a list item of its own");
        return {};
      }
      word = each;
    }
    if (word.empty()) {
      reader.report(node, "config.missing", "a target of a route needs app",
                    "add app: <name>; or write a step with choose, recipients or wire_tap");
      return {};
    }
    const auto& known = beside.at(word);
    for (const auto& field : reader_.declared("to").children) {
      const auto* entry = node.find_entry(field.name);
      if (entry == nullptr || field.name == word || std::ranges::find(known, field.name) != known.end()) continue;
      report_key(*entry, "route.step", fmt::format("`{}` does not go with `{}`", field.name, word),
                 word == "choose"    ? "write it at the targets in its branches"
                 : known.size() == 1 ? "a wire tap takes the whole event; a target with a map takes what it names"
                                     : "it goes with recipients: the apps that these may name");
    }
    const bool maps = word == "app" || word == "recipients";
    if (maps && node.find("map") == nullptr)
      reader.report(node, "config.missing", "a target of a route needs map", "add map: { nik: data.nik }");
    return word;
  }

  void read_branches(KindReader& reader, const yaml::Node& list, std::vector<const yaml::Node*>& branches, Step& step) {
    if (list.kind != yaml::Kind::list || list.items.empty())
      return reader.report(list, "route.choose", "choose must be a list of branches",
                           "write each branch as a list item: - when: …, and below it to: its targets");
    if (branches.size() >= choose_limit_depth)
      return reader.report(list, "route.choose", fmt::format("choose is nested more than {} deep", choose_limit_depth),
                           "join conditions with &&, or write a second route");
    const auto first = route_.to.size();
    for (const auto& item : list.items) {
      KindReader branch(item, "branch of choose", reader.declared("choose").children, problems_);
      if (!branch.is_map()) continue;
      RouteDeclaration::Branch made;
      made.node = &item;
      made.when = branch.node("when");
      const auto* to = branch.node("to");
      branch.finish();
      if (made.when == nullptr && &item != &list.items.back())
        branch.report(item, "route.choose", "a branch without `when` takes all, so those below it are never reached",
                      "add when, or move it to the end");
      if (to != nullptr && to->kind != yaml::Kind::list)
        branch.report(*to, "route.to", "to must be a list of targets", "write to: [] if nobody is meant to get it");
      branches.push_back(&item);
      if (to != nullptr)
        for (const auto& inner : to->items) read_step(inner, branches, made.steps);
      branches.pop_back();
      step.branches.push_back(std::move(made));
    }
    for (auto target = first; target < route_.to.size(); ++target) step.targets.push_back(target);
    if (step.targets.empty())
      reader.report(list, "route.choose", "no branch of choose sends anything",
                    "name a target in one of them; events that nobody is to get are filtered by the route's when");
  }

  void read_delay(KindReader& reader, RouteDeclaration::To& to) {
    const auto text = reader.text("delay");
    if (auto delay = simpul::read_delay(text); delay && static_cast<std::uint64_t>(delay->count()) > delay_limit_ms)
      reader.report(reader.at("delay"), "route.delay", fmt::format("\"{}\" is more than 31 days", text),
                    "write at most 31d; for a date that the event names there is until");
    else if (delay)
      to.delay = *delay;
    else
      reader.report(reader.at("delay"), "route.delay", fmt::format("\"{}\" is no delay", text),
                    "write a whole number and its unit: 90s, 15m, 2h or 3d");
  }

  static void check_item(KindReader& reader, const RouteDeclaration::To& to) {
    const auto& node = reader.self();
    if (to.each != nullptr && to.as.empty() && node.find("as") == nullptr)
      reader.report(*to.each, "route.each", "each needs as: the name of one item",
                    "add as: with a name, which where, key and map then know");
    if (to.each != nullptr) return;
    for (const char* word : {"as", "where"})
      if (node.find(word) != nullptr)
        reader.report(reader.at(word), "route.each",
                      fmt::format("`{}` needs each: the list of which this is one item", word),
                      std::string_view(word) == "where" ? "add each and as, or write the condition as when"
                                                        : "add each, or leave it out");
  }

  // A delivery is named by route, target and part, so several places of one app get a label each.
  void label_targets() {
    for (auto& to : route_.to) {
      const bool other_places = std::ranges::any_of(
          route_.to, [&](const auto& other) { return other.app == to.app && other.into != to.into; });
      to.label = other_places && !to.into.empty() ? route_.name + "/" + to.into : route_.name;
    }
    for (std::size_t i = 0; i < route_.to.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const auto &to = route_.to[i], &earlier = route_.to[j];
        if (to.app != earlier.app || to.into != earlier.into || are_exclusive(to, earlier)) continue;
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
};

}  // namespace

void read_route(const yaml::Node& root, const std::string& stem, ReadingContext& context) {
  if (auto route = RouteReader(root, stem, context).read()) context.out.routes.push_back(std::move(*route));
}

}  // namespace simpul
