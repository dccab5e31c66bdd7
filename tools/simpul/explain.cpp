// simpul explain: in words, what a route does, and what would happen to an event and why. Nothing is sent or recorded.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>

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
    fmt::print("{} {} {}\n", bold(cli_, "event"), event_.id(), event_.type());
    if (!admitted()) return exit_refused;
    const auto routing = generation_.route(event_, KeyedHash("explain"), &asked_);
    std::size_t concerned = 0;
    for (const auto& route : generation_.routes()) {
      if (std::ranges::find(route.on, event_.type()) == route.on.end()) continue;
      ++concerned;
      this->route(route, routing);
    }
    if (concerned == 0) fmt::print("{} no route takes events of this type: it is kept in the log\n", mark(cli_, false));
    return exit_done;
  }

 private:
  bool admitted() {
    std::vector<std::string> publishers;
    for (const auto& [name, app] : generation_.apps())
      if (app.publishes.contains(std::string(event_.type()))) publishers.push_back(name);
    if (from_.empty() && !publishers.empty()) from_ = publishers.front();
    bool good = true;
    auto refuse = [&](const std::string& words) {
      fmt::print("{} refused: {}\n", red(cli_, "✗"), words);
      good = false;
    };
    if (publishers.empty())
      refuse("no application may publish this type; an integrator adds it to `publishes` of its owner");
    else if (std::ranges::find(publishers, from_) == publishers.end())
      refuse(fmt::format("{} may not publish this type; it is published by {}", from_, fmt::join(publishers, ", ")));
    const auto* schema = generation_.event_schema(event_.type());
    if (schema == nullptr) {
      refuse(fmt::format("there is no schema schemas/events/{}.json", event_.type()));
    } else if (event_.data() == nullptr) {
      refuse("it has no JSON data");
    } else {
      for (const auto& violation : schema->explain(*event_.data(), violations_shown))
        refuse(fmt::format("data{}: {} (schemas/{}:{}:{})", violation.instance, violation.words.english,
                           violation.place.file, violation.place.start.line, violation.place.start.column));
      for (const auto& doubt : schema->warnings(*event_.data(), violations_shown))
        fmt::print("{} data{}: {}\n", yellow(cli_, "!"), doubt.instance, doubt.words.english);
    }
    if (good) fmt::print("{} admitted: {} may publish it, and it fits {}\n", mark(cli_, true), from_, schema->name());
    return good;
  }

  static bool of_route(const Routed& routed, const std::string& route) {
    return routed.route == route || routed.route.starts_with(route + "/");
  }

  void route(const RouteSummary& route, const Generation::Routing& routing) {
    const auto sent = std::ranges::any_of(routing.routes, [&](const Routed& one) { return of_route(one, route.name); });
    fmt::print("{} {}\n", mark(cli_, sent), bold(cli_, route.name));
    for (const auto* asked : asked_.of(route.file)) {
      fmt::print("    {} {}  {}\n", asked->source, bold(cli_, verdict_words(*asked)), grey(cli_, at(asked->place)));
      for (const auto& part : asked->parts) {
        auto text = asked->source.substr(part.begin, part.end - part.begin);
        if (text == asked->source) text = "it";
        fmt::print("      {} is {}\n", text, part_words(part));
      }
    }
    for (const auto& routed : routing.routes)
      if (of_route(routed, route.name)) delivery(routed);
  }

  void delivery(const Routed& routed) {
    const auto* target = generation_.target_of(routed.route, routed.target);
    auto place = routed.target + (target == nullptr || target->into().empty() ? "" : "/" + target->into());
    if (!routed.reason.empty()) return fmt::print("    → {} {}: {}\n", place, yellow(cli_, "parked"), routed.reason);
    if (target == nullptr) return;
    fmt::print("    → {}, part {}{}\n", bold(cli_, place), routed.part, wait_words(routed));
    auto questions = target->questions(event_, routed.part);
    if (!questions) return fmt::print("      {}: {}\n", yellow(cli_, "parked"), questions.error().message);
    for (const auto& question : *questions)
      fmt::print("      first asks {} with {}: what it sends depends on the answer\n", question.lookup,
                 question.parameters);
    if (!questions->empty()) return;
    auto mapped = target->map(event_, routed.part);
    if (!mapped) return fmt::print("      {}: {}\n", yellow(cli_, "parked"), mapped.error().message);
    fmt::print("      {}\n", mapped->payload.size() <= payload_characters
                                 ? mapped->payload
                                 : fmt::format("{} bytes", mapped->payload.size()));
    for (const auto& claim : mapped->claims)
      fmt::print("      keeps {} ({} bytes) to be fetched\n", claim.pointer, claim.bytes);
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
    if (app.publishes.contains(type))
      names.push_back(app.title.empty() ? name : fmt::format("{} ({})", name, app.title));
  return names;
}

void explain_route(const Cli& cli, const Generation& generation, const RouteSummary& route) {
  fmt::print("{}: {}\n", bold(cli, route.name), route.description);
  for (const auto& type : route.on) {
    const auto publishers = publishers_of(generation, type);
    fmt::print("  takes {}, published by {}\n", bold(cli, type),
               publishers.empty() ? "nobody" : fmt::format("{}", fmt::join(publishers, ", ")));
  }
  if (!route.when.empty()) fmt::print("  only where {}\n", route.when);
  for (const auto& to : route.to) {
    const auto& app = generation.apps().at(to.app);
    fmt::print("  → {}{}{}\n", bold(cli, to.app), to.into.empty() ? "" : "/" + to.into,
               app.title.empty() ? "" : fmt::format(" ({}, {})", app.title, app.owner));
    if (!to.when.empty()) fmt::print("      where {}\n", to.when);
    const auto accepted = app.accepts.find(to.into.empty() ? "default" : to.into);
    if (accepted == app.accepts.end()) continue;
    const auto schema = generation.schemas().find(accepted->second);
    std::vector<std::string> personal;
    for (const auto& field : annotations(*schema))
      if (field.personal > PersonalData::none)
        personal.push_back(field.path.empty() ? "all of it" : field.path.substr(1));
    fmt::print("      fits schemas/{}.json{}\n", accepted->second,
               personal.empty() ? "; no personal data" : fmt::format("; personal data: {}", fmt::join(personal, ", ")));
    if (!app.purpose.empty()) fmt::print("      for {}, by {}\n", app.purpose, app.legal_basis);
    fmt::print("      tried up to {} times, then parked\n", app.retry.attempts);
  }
}

int explain(const Cli& cli, const std::string& what, const std::string& from) {
  auto files = read_configuration(*system_environment().disk, cli.folder);
  if (!files) return print_problems(cli, files.error());
  auto deployment = compile_deployment(*files, all_adapters(), nullptr);
  if (!deployment) return print_problems(cli, deployment.error());
  const auto& generation = *(*deployment)->generation;
  std::vector<std::string> names;
  for (const auto& route : generation.routes()) {
    if (route.name == what) return explain_route(cli, generation, route), exit_done;
    names.push_back(route.name);
  }
  if (what != "-" && !system_environment().disk->exists(what))
    return print_problems(cli, {{"explain.unknown",
                                 fmt::format("{} is neither a route{} nor a file", what, did_you_mean(what, names)),
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
  command->footer("Nothing is sent or recorded. Example: simpul explain pindah-datang; simpul explain event.json");
  command->callback(
      [&cli, &run, options] { run = [&cli, options] { return explain(cli, options->what, options->from); }; });
}

}  // namespace simpul
