// simpul explain: in words, what a route does, and what would happen to an event and why. Nothing is sent or recorded.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "adapters/registry.h"
#include "bus/deployment.h"
#include "bus/schema/describe.h"
#include "tools/simpul/cli.h"

namespace simpul {
namespace {

constexpr std::size_t violations_shown = 16, payload_characters = 2000;

std::string at(const Place& place) {
  return fmt::format("{}:{}:{}", place.file, place.start.line, place.start.column);
}

// Every condition that was asked, by its place; `where` is asked once for each item.
class ConditionsAsked final : public RouteObserver {
 public:
  struct Asked {
    Place place;
    std::string source;
    std::size_t held = 0, not_held = 0, failed = 0;
    std::vector<ConditionPart> parts;  // of the first asking
  };

  void condition(const Place& place, const Expression& expression, std::optional<bool> held,
                 std::span<const json::Value* const> slots) override {
    auto found = std::ranges::find(asked_, place, &Asked::place);
    if (found == asked_.end()) {
      json::Arena arena;
      asked_.push_back({place, expression.source(), 0, 0, 0, expression.parts(slots, arena)});
      found = asked_.end() - 1;
    }
    ++(!held ? found->failed : *held ? found->held : found->not_held);
  }
  void leaf(const Place&, bool) override {}

  std::vector<const Asked*> of(const std::string& file) const {
    std::vector<const Asked*> all;
    for (const auto& one : asked_)
      if (one.place.file == file) all.push_back(&one);
    return all;
  }

 private:
  std::vector<Asked> asked_;
};

std::string part_words(const ConditionPart& part) {
  std::string verdict = part.held ? (*part.held ? "true" : "false") : "cannot be evaluated: " + part.error;
  std::vector<std::string> seen;
  for (const auto& one : part.seen)
    seen.push_back(one.value ? fmt::format("{} is {}", one.path, *one.value) : fmt::format("{} is absent", one.path));
  return seen.empty() ? verdict : fmt::format("{}: {}", verdict, fmt::join(seen, ", "));
}

std::string verdict_words(const ConditionsAsked::Asked& asked) {
  const auto times = asked.held + asked.not_held + asked.failed;
  if (times == 1) return asked.held ? "holds" : asked.not_held ? "does not hold" : "cannot be evaluated";
  return fmt::format("holds for {} of {}{}", asked.held, times,
                     asked.failed ? fmt::format(", cannot be evaluated for {}", asked.failed) : "");
}

std::string mark(const Cli& cli, bool good) {
  return good ? green(cli, "✓") : yellow(cli, "·");
}

// ---- an event ------------------------------------------------------------------------------------------

class EventExplanation {
 public:
  EventExplanation(const Cli& cli, const Generation& generation, const Event& event, std::string from)
      : cli_(cli), generation_(generation), event_(event), from_(std::move(from)) {}

  int print() {
    out_.begin_object().member("id", event_.id()).member("type", event_.type());
    say("{} {} {}\n", bold(cli_, "event"), event_.id(), event_.type());
    const bool good = admitted();
    out_.member("admitted", good).name("routes").begin_array();
    if (good) routes();
    out_.end_array().end_object();
    if (cli_.json) fmt::print("{}\n", out_.text());
    return good ? exit_done : exit_refused;
  }

 private:
  // For people; machines get `out_`.
  template <class... Parts>
  void say(fmt::format_string<Parts...> format, Parts&&... parts) const {
    if (!cli_.json) fmt::print(format, std::forward<Parts>(parts)...);
  }

  void routes() {
    const auto routing = generation_.route(event_, KeyedHash("explain"), &asked_);
    std::size_t concerned = 0;
    for (const auto& route : generation_.routes()) {
      if (std::ranges::find(route.on, event_.type()) == route.on.end()) continue;
      ++concerned;
      this->route(route, routing);
    }
    if (concerned == 0) say("{} no route takes events of this type: it is kept in the log\n", mark(cli_, false));
  }

  bool admitted() {
    std::vector<std::string> publishers, refusals;
    for (const auto& [name, app] : generation_.apps())
      if (app.publishes.contains(std::string(event_.type()))) publishers.push_back(name);
    if (from_.empty() && !publishers.empty()) from_ = publishers.front();
    auto refuse = [&](std::string words) { refusals.push_back(std::move(words)); };
    if (publishers.empty())
      refuse("no application may publish this type; an integrator adds it to `publishes` of its owner");
    else if (std::ranges::find(publishers, from_) == publishers.end())
      refuse(fmt::format("{} may not publish this type; it is published by {}", from_, fmt::join(publishers, ", ")));
    const auto* schema = generation_.event_schema(event_.type());
    std::vector<std::string> doubts;
    if (schema == nullptr) {
      refuse(fmt::format("there is no schema schemas/events/{}.json", event_.type()));
    } else if (event_.data() == nullptr) {
      refuse("it has no JSON data");
    } else {
      for (const auto& violation : schema->explain(*event_.data(), violations_shown))
        refuse(fmt::format("data{}: {} (schemas/{}:{}:{})", violation.instance, violation.words.english,
                           violation.place.file, violation.place.start.line, violation.place.start.column));
      for (const auto& doubt : schema->warnings(*event_.data(), violations_shown))
        doubts.push_back(fmt::format("data{}: {}", doubt.instance, doubt.words.english));
    }
    out_.member("from", from_);
    list("refused", refusals);
    list("warnings", doubts);
    for (const auto& words : refusals) say("{} refused: {}\n", red(cli_, "✗"), words);
    for (const auto& words : doubts) say("{} {}\n", yellow(cli_, "!"), words);
    if (!refusals.empty()) return false;
    say("{} admitted: {} may publish it, and it fits {}\n", mark(cli_, true), from_, schema->name());
    return true;
  }

  void list(std::string_view name, const std::vector<std::string>& texts) {
    out_.name(name).begin_array();
    for (const auto& text : texts) out_.string(text);
    out_.end_array();
  }

  static bool of_route(const Routed& routed, const std::string& route) {
    return routed.route == route || routed.route.starts_with(route + "/");
  }

  void condition(const ConditionsAsked::Asked& asked) {
    say("    {} {}  {}\n", asked.source, bold(cli_, verdict_words(asked)), grey(cli_, at(asked.place)));
    out_.begin_object()
        .member("condition", asked.source)
        .member("file", asked.place.file)
        .member("line", static_cast<std::int64_t>(asked.place.start.line))
        .member("column", static_cast<std::int64_t>(asked.place.start.column))
        .member("held", static_cast<std::int64_t>(asked.held))
        .member("not_held", static_cast<std::int64_t>(asked.not_held))
        .member("failed", static_cast<std::int64_t>(asked.failed));
    out_.name("parts").begin_array();
    for (const auto& part : asked.parts) {
      const auto text = asked.source.substr(part.begin, part.end - part.begin);
      say("      {} is {}\n", text == asked.source ? "it" : text, part_words(part));
      out_.begin_object().member("text", text).member("says", part_words(part)).end_object();
    }
    out_.end_array().end_object();
  }

  void route(const RouteSummary& route, const Generation::Routing& routing) {
    const auto sent = std::ranges::any_of(routing.routes, [&](const Routed& one) { return of_route(one, route.name); });
    say("{} {}\n", mark(cli_, sent), bold(cli_, route.name));
    out_.begin_object().member("route", route.name).name("conditions").begin_array();
    for (const auto* asked : asked_.of(route.file)) condition(*asked);
    out_.end_array().name("deliveries").begin_array();
    for (const auto& routed : routing.routes)
      if (of_route(routed, route.name)) delivery(routed);
    out_.end_array().end_object();
  }

  void delivery(const Routed& routed) {
    const auto* target = generation_.target_of(routed.route, routed.target);
    const auto into = target == nullptr ? std::string() : std::string(target->into());
    out_.begin_object()
        .member("app", routed.target)
        .member("into", into)
        .member("part", static_cast<std::int64_t>(routed.part));
    const auto place = routed.target + (into.empty() ? "" : "/" + into);
    if (!routed.reason.empty()) {
      say("    → {} {}: {}\n", place, yellow(cli_, "parked"), routed.reason);
      out_.member("parked", routed.reason);
    } else if (target != nullptr) {
      say("    → {}, part {}{}\n", bold(cli_, place), routed.part, wait_words(routed));
      if (auto problem = sent(*target, routed)) {
        say("      {}: {}\n", yellow(cli_, "parked"), problem->message);
        out_.member("parked", problem->message);
      }
    }
    out_.end_object();
  }

  // What goes out, or is asked before; or why it is parked.
  std::optional<Problem> sent(const RouteTarget& target, const Routed& routed) {
    auto questions = target.questions(event_, routed.part);
    if (!questions) return questions.error();
    for (const auto& question : *questions)
      say("      first asks {} with {}: what it sends depends on the answer\n", question.lookup, question.parameters);
    if (!questions->empty()) {
      out_.name("asks").begin_array();
      for (const auto& question : *questions)
        out_.begin_object().member("lookup", question.lookup).name("with").raw(question.parameters).end_object();
      out_.end_array();
      return std::nullopt;
    }
    auto mapped = target.map(event_, routed.part, EventOf::any);
    if (!mapped) return mapped.error();
    say("      {}\n", mapped->payload.size() <= payload_characters ? mapped->payload
                                                                   : fmt::format("{} bytes", mapped->payload.size()));
    out_.name("payload").raw(mapped->payload);
    for (const auto& claim : mapped->claims)
      say("      keeps {} ({} bytes) to be fetched\n", claim.pointer, claim.bytes);
    return std::nullopt;
  }

  static std::string wait_words(const Routed& routed) {
    std::string words;
    if (routed.delay_ms > 0) words += fmt::format(", {} s after it was logged", routed.delay_ms / 1000);
    if (routed.not_before) words += ", not before " + format_time(*routed.not_before);
    return words;
  }

  const Cli& cli_;
  const Generation& generation_;
  const Event& event_;
  std::string from_;
  ConditionsAsked asked_;
  json::Writer out_;
};

int explain_event(const Cli& cli, const Generation& generation, const std::string& text, const std::string& from) {
  auto event = Event::parse(text);
  if (!event) {
    auto problems = event.error();
    for (auto& problem : problems)
      if (problem.hint.empty())
        problem.hint = "an event is one CloudEvents 1.0 JSON object: specversion, id, source, type, data";
    return print_problems(cli, problems);
  }
  return EventExplanation(cli, generation, *event, from).print();
}

// ---- a route -------------------------------------------------------------------------------------------

std::vector<std::string> publishers_of(const Generation& generation, const std::string& type) {
  std::vector<std::string> names;
  for (const auto& [name, app] : generation.apps())
    if (app.publishes.contains(type)) names.push_back(name);
  return names;
}

std::string with_title(const Generation& generation, const std::string& name) {
  const auto& title = generation.apps().at(name).title;
  return title.empty() ? name : fmt::format("{} ({})", name, title);
}

// The schema that a place takes, and its personal fields; no schema where the app says nothing of the place.
struct Accepted {
  std::string schema;
  std::vector<std::string> personal;
};

Accepted accepted_by(const Generation& generation, const App& app, const std::string& into) {
  const auto place = app.accepts.find(into.empty() ? "default" : into);
  if (place == app.accepts.end()) return {};
  Accepted accepted{place->second, {}};
  for (const auto& field : annotations(*generation.schemas().find(place->second)))
    if (field.personal > PersonalData::none)
      accepted.personal.push_back(field.path.empty() ? "all of it" : field.path.substr(1));
  return accepted;
}

void explain_route(const Cli& cli, const Generation& generation, const RouteSummary& route) {
  fmt::print("{}{}{}\n", bold(cli, route.name), route.description.empty() ? "" : ": ", route.description);
  for (const auto& type : route.on) {
    std::vector<std::string> publishers;
    for (const auto& name : publishers_of(generation, type)) publishers.push_back(with_title(generation, name));
    fmt::print("  takes {}, published by {}\n", bold(cli, type),
               publishers.empty() ? "nobody" : fmt::format("{}", fmt::join(publishers, ", ")));
  }
  if (!route.when.empty()) fmt::print("  only where {}\n", route.when);
  for (const auto& to : route.to) {
    const auto& app = generation.apps().at(to.app);
    fmt::print("  → {}{}{}\n", bold(cli, to.app), to.into.empty() ? "" : "/" + to.into,
               app.title.empty() ? "" : fmt::format(" ({}, {})", app.title, app.owner));
    if (!to.when.empty()) fmt::print("      where {}\n", to.when);
    const auto accepted = accepted_by(generation, app, to.into);
    if (accepted.schema.empty()) continue;
    fmt::print("      fits schemas/{}.json; {}\n", accepted.schema,
               accepted.personal.empty() ? "no personal data"
                                         : fmt::format("personal data: {}", fmt::join(accepted.personal, ", ")));
    if (!app.purpose.empty()) fmt::print("      for {}, by {}\n", app.purpose, app.legal_basis);
    fmt::print("      tried up to {} times, then parked\n", app.retry.attempts);
  }
}

void explain_route_to_machines(const Generation& generation, const RouteSummary& route) {
  json::Writer out;
  out.begin_object().member("route", route.name).member("description", route.description).member("when", route.when);
  out.name("on").begin_array();
  for (const auto& type : route.on) {
    out.begin_object().member("type", type).name("publishers").begin_array();
    for (const auto& name : publishers_of(generation, type)) out.string(name);
    out.end_array().end_object();
  }
  out.end_array().name("to").begin_array();
  for (const auto& to : route.to) {
    const auto& app = generation.apps().at(to.app);
    const auto accepted = accepted_by(generation, app, to.into);
    out.begin_object()
        .member("app", to.app)
        .member("into", to.into)
        .member("when", to.when)
        .member("schema", accepted.schema)
        .member("purpose", app.purpose)
        .member("legal_basis", app.legal_basis)
        .member("attempts", static_cast<std::int64_t>(app.retry.attempts));
    out.name("personal_data").begin_array();
    for (const auto& field : accepted.personal) out.string(field);
    out.end_array().end_object();
  }
  fmt::print("{}\n", out.end_array().end_object().text());
}

int explain(const Cli& cli, const std::string& what, const std::string& from) {
  auto files = read_configuration(*system_environment().disk, cli.folder);
  if (!files) return print_problems(cli, files.error());
  auto deployment = compile_deployment(*files, all_adapters(), nullptr);
  if (!deployment) return print_problems(cli, deployment.error());
  const auto& generation = *(*deployment)->generation;
  std::vector<std::string> names;
  for (const auto& route : generation.routes()) {
    if (route.name == what) {
      if (cli.json)
        explain_route_to_machines(generation, route);
      else
        explain_route(cli, generation, route);
      return exit_done;
    }
    names.push_back(route.name);
  }
  if (!from.empty() && !generation.apps().contains(from)) {
    std::vector<std::string> apps;
    for (const auto& [name, app] : generation.apps()) apps.push_back(name);
    return print_problems(cli, {{"explain.unknown",
                                 fmt::format("there is no application {}{}", from, did_you_mean(from, apps)),
                                 fmt::format("it is one of {}", fmt::join(apps, ", ")),
                                 {},
                                 {},
                                 Severity::error}});
  }
  if (what != "-" && !system_environment().disk->exists(what))
    return print_problems(cli, {{"explain.unknown",
                                 fmt::format("there is no route and no file {}{}", what, did_you_mean(what, names)),
                                 fmt::format("routes: {}; or name a file with one event", fmt::join(names, ", ")),
                                 {},
                                 {},
                                 Severity::error}});
  auto text = read_input(what);
  if (!text) {
    print_problems(cli, {text.error()});
    return exit_failed;
  }
  return explain_event(cli, generation, *text, from);
}

}  // namespace

void add_explain(CLI::App& app, Cli& cli, Run& run) {
  struct Options {
    std::string what, from;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "explain", "In words: what a route does, or what would happen to an event, and why each condition holds or not");
  command->add_option("what", options->what, "A route's name, or a file with one event (- is standard input)")
      ->required();
  command->add_option("--from", options->from, "The application that publishes it; else the first that may");
  command->footer("Nothing is sent or recorded.\nExample: simpul explain pindah-datang; simpul explain event.json");
  command->callback(
      [&cli, &run, options] { run = [&cli, options] { return explain(cli, options->what, options->from); }; });
}

}  // namespace simpul
