// config/apps/<app>.yaml
#include <fmt/format.h>

#include <algorithm>

#include "bus/route/declarations.h"
#include "bus/route/kind_reader.h"
#include "bus/route/kinds.h"

namespace simpul {
namespace {

std::set<std::string> event_types(KindReader& reader, const char* name) {
  std::set<std::string> types;
  auto listed = reader.text_list(name);
  for (std::size_t i = 0; i < listed.size(); ++i) {
    if (is_event_type(listed[i])) {
      types.insert(listed[i]);
      continue;
    }
    const auto& list = reader.at(name);
    const auto& where = i < list.items.size() ? list.items[i] : list;
    reader.report(where, "event_type.shape", fmt::format("\"{}\" is not an event type", listed[i]),
                  "write agency.object.happening.vN in lower case, such as dukcapil.penduduk.pindah_datang.v1");
  }
  return types;
}

void read_agreement(KindReader& app, App& out) {
  const auto* node = app.map("agreement");
  if (node == nullptr) return;
  KindReader reader(*node, "agreement", app.declared("agreement").children, app.problems());
  auto number = reader.text("number");
  auto until = reader.text("until");
  reader.finish();
  if (!until.empty() && !is_date(until))
    reader.report(reader.at("until"), "config.date", fmt::format("\"{}\" is not a date", until),
                  "write year, month and day, such as 2030-12-31");
  out.agreement.emplace(std::move(number), std::move(until));
}

std::optional<RuleDeclaration> read_rule(const yaml::Node& node, const FieldDescription& events, Problems& problems) {
  KindReader reader(node, "rule of events", events.children, problems);
  if (!reader.is_map()) return std::nullopt;
  RuleDeclaration rule;
  rule.node = &node;
  rule.type = reader.text("type");
  rule.type_node = &reader.at("type");
  rule.when = reader.node("when");
  rule.subject = reader.node("subject");
  rule.time = reader.node("time");
  rule.data = reader.node("data");
  reader.finish();
  if (rule.type.empty() || rule.data == nullptr) return std::nullopt;
  return rule;
}

void read_source(const yaml::Entry& entry, const FieldDescription& declared, App& app, ReadingContext& context) {
  SourceDeclaration source;
  source.name = entry.key.scalar;
  source.place = entry.key.place;
  std::vector<RuleDeclaration> rules;
  if (!is_name(source.name)) {
    context.problems.push_back(entry.key.problem("config.name",
                                                 fmt::format("\"{}\" is no name for a source", source.name),
                                                 "use lower-case letters, digits, - and _, beginning with a letter"));
  }
  auto adapter = one_adapter(entry.value, context.adapters, declared.children, fmt::format("source {}", source.name),
                             context.problems);
  const auto& rule_list = declared.children.front();
  if (const auto* events = entry.value.find(rule_list.name)) {
    if (events->kind != yaml::Kind::list || events->items.empty()) {
      context.problems.push_back(events->problem(
          "config.type", "events must be a list of rules",
          "write each rule as a list item with type and data, or leave events out if the source brings whole events"));
    } else {
      for (const auto& item : events->items)
        if (auto rule = read_rule(item, rule_list, context.problems)) rules.push_back(*rule);
    }
  }
  if (adapter) source.use = {adapter->name, *adapter->node, fingerprint(*adapter->node)};
  app.sources.push_back(std::move(source));
  context.out.rules[app.name].push_back(std::move(rules));
}

void read_sources(KindReader& reader, App& app, ReadingContext& context) {
  const auto* sources = reader.map("sources");
  if (sources == nullptr) return;
  for (const auto& entry : sources->entries) read_source(entry, reader.declared("sources"), app, context);
}

void read_accepts(KindReader& reader, App& app) {
  const auto* accepts = reader.map("accepts");
  if (accepts == nullptr) return;
  for (const auto& entry : accepts->entries) {
    if (entry.value.is_text()) {
      app.accepts[entry.key.scalar] = entry.value.scalar;
      continue;
    }
    reader.report(
        entry.value, "config.type",
        fmt::format("accepts.{} must be the name of a schema, not {}", entry.key.scalar, yaml::name(entry.value.kind)),
        fmt::format("write its path below schemas/ without .json, such as apps/{}/{}", app.name, entry.key.scalar));
  }
}

void read_retry(KindReader& app, RetryPolicy& out) {
  const auto* node = app.map("retry");
  if (node == nullptr) return;
  KindReader reader(*node, "retry", app.declared("retry").children, app.problems());
  out.attempts = static_cast<std::uint32_t>(reader.integer("attempts"));
  out.first = std::chrono::milliseconds(reader.integer("first_ms"));
  out.limit = std::chrono::milliseconds(reader.integer("limit_ms"));
  if (node->find("limit_ms") == nullptr) out.limit = std::max(out.limit, out.first);
  reader.finish();
  if (out.limit < out.first)
    reader.report(reader.at("limit_ms"), "config.range",
                  fmt::format("limit_ms ({}) is below first_ms ({})", out.limit.count(), out.first.count()),
                  "the wait between attempts grows from first_ms to limit_ms");
}

void read_signing_secret(KindReader& reader, App& app) {
  const auto* node = reader.node("signing_secret");
  if (node == nullptr) return;
  FieldContext context{nullptr, &reader.problems()};
  Secret unresolved;
  if (field_readers::secret(unresolved, *node, reader.declared("signing_secret"), context)) app.signing_secret = *node;
}

}  // namespace

void read_own_name(KindReader& reader, const char* kind, const std::string& stem) {
  auto declared = reader.text(kind, stem);
  if (declared.empty()) return;
  if (declared != stem) {
    reader.report(reader.at(kind), "config.file_name",
                  fmt::format("the file is called {}.yaml, but says {}: {}", stem, kind, declared),
                  fmt::format("write {}: {}, or rename the file to {}.yaml", kind, stem, declared));
  } else if (!is_name(stem)) {
    reader.report(reader.at(kind), "config.name", fmt::format("\"{}\" is no name that the bus can use", stem),
                  "use lower-case letters, digits, - and _, beginning with a letter, at most 64");
  }
}

namespace {

// What a problem was reported of, the field meant by a misspelt name included.
void note_unsure(const Problems& problems, std::size_t from, std::set<std::string>& unsure) {
  static const std::vector<std::string> fields{"publishes", "receives", "asks",   "cleared",
                                               "target",    "accepts",  "sources"};
  for (std::size_t i = from; i < problems.size(); ++i) {
    auto field = problems[i].path.substr(0, problems[i].path.find_first_of(".["));
    unsure.insert(nearest(field, fields));
    unsure.insert(std::move(field));
  }
}

}  // namespace

void read_app(const yaml::Node& root, const std::string& stem, ReadingContext& context) {
  KindReader reader(root, "app", app_fields(), context.problems);
  if (!reader.is_map()) return;
  auto before = context.problems.size();
  App app;
  app.name = stem;
  app.place = root.place;
  read_own_name(reader, "app", stem);
  app.title = reader.text("title");
  app.owner = reader.text("owner");
  app.publishes = event_types(reader, "publishes");
  app.receives = event_types(reader, "receives");
  app.cleared = reader.personal_data("cleared");
  app.purpose = reader.text("purpose");
  app.legal_basis = reader.text("legal_basis");
  read_agreement(reader, app);
  for (auto& name : reader.text_list("asks")) app.asks.insert(std::move(name));
  read_signing_secret(reader, app);
  read_sources(reader, app, context);
  if (const auto* target = reader.node("target"))
    if (auto adapter = one_adapter(*target, context.adapters, {}, "target", context.problems))
      app.target = AdapterUse{adapter->name, *adapter->node, fingerprint(*adapter->node)};
  read_accepts(reader, app);
  read_retry(reader, app.retry);
  app.concurrency = static_cast<std::size_t>(reader.integer("concurrency"));
  reader.finish();
  if (context.problems.size() != before) note_unsure(context.problems, before, context.out.unsure[stem]);

  const char* why = !app.receives.empty() ? "receives" : !app.asks.empty() ? "asks" : nullptr;
  for (auto [name, value] : {std::pair{"purpose", &app.purpose}, std::pair{"legal_basis", &app.legal_basis}}) {
    if (why == nullptr || !value->empty()) continue;
    reader.report(
        reader.at(why), "app.no_purpose",
        fmt::format("{} {} data, but its {} is not given", app.name, why == std::string_view("asks") ? "asks for" : why,
                    name),
        fmt::format("add {}: personal data may travel only for a stated purpose on a legal basis (UU 27/2022 art. 20)",
                    name));
  }
  if (!app.accepts.empty() && root.find("target") == nullptr)
    reader.report(reader.at("accepts"), "app.no_target",
                  fmt::format("accepts says what the target of {} takes, but it has no target", app.name),
                  "add target, or leave accepts out");
  context.out.apps.emplace(stem, std::move(app));
}

}  // namespace simpul
