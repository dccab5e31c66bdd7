#include <fmt/format.h>

#include <memory>

#include "tools/simpul/cli.h"

namespace simpul {
namespace {

struct TraceOptions {
  std::string id, source, key, subject;
  std::int64_t position = -1, limit = 50;
};

std::string text(const json::Value& object, std::string_view name) {
  const auto* value = object.find(name);
  return value == nullptr ? std::string() : std::string(value->text());
}

std::string state_words(const Cli& cli, const json::Value& delivery) {
  auto state = delivery.text_of("state");
  if (state == "delivered") return green(cli, "✓ delivered");
  if (state == "parked") return red(cli, "✗ parked");
  if (state == "discarded") return grey(cli, "– given up");
  return yellow(cli, "… waiting");
}

void print_lookups(const Cli& cli, const json::Value& delivery) {
  const auto* lookups = delivery.find("lookups");
  if (lookups == nullptr || !lookups->is_array()) return;
  for (const auto& each : lookups->items()) {
    auto outcome = each.text_of("outcome");
    fmt::print("  {}\n", grey(cli, fmt::format("asked {} ({}) for {}: {}, {}", each.text_of("answerer"),
                                               each.text_of("lookup"), delivery.text_of("target"),
                                               outcome == "answered"    ? "it answered"
                                               : outcome == "not_found" ? "nobody was found"
                                               : outcome == "timed_out" ? "no answer in time"
                                                                        : "it could not answer",
                                               short_time(each.text_of("at")))));
  }
}

void print_event(const Cli& cli, const json::Value& event) {
  fmt::print("{}  {}\n", bold(cli, event.text_of("type")),
             grey(cli, fmt::format("position {}", text(event, "position"))));
  if (event.find("unreadable") != nullptr) {
    fmt::print("  the record cannot be read as an event\n");
    return;
  }
  fmt::print("  id        {}\n  entered   {} by {}, for {}\n  admitted  {} under generation {}\n", event.text_of("id"),
             short_time(event.text_of("time")), event.text_of("app"),
             event.text_of("subject").empty() ? "nobody in particular" : event.text_of("subject"),
             short_time(event.text_of("entered")), text(event, "generation"));
  if (const auto* data = event.find("data"); data != nullptr) fmt::print("  data      {}\n", json::write(*data));
  const auto* deliveries = event.find("deliveries");
  if (deliveries == nullptr || deliveries->size() == 0) {
    fmt::print("  no route takes it\n\n");
    return;
  }
  Table table({"  TARGET", "STATE", "WHEN", "ATTEMPTS", "ROUTE", "WHY"});
  for (const auto& delivery : deliveries->items()) {
    auto part = text(delivery, "part");
    table.add({"  " + std::string(delivery.text_of("target")) + (part == "0" ? "" : " #" + part),
               state_words(cli, delivery), short_time(delivery.text_of("at")), text(delivery, "attempts"),
               std::string(delivery.text_of("route")), std::string(delivery.text_of("reason"))});
  }
  table.print(cli);
  for (const auto& delivery : deliveries->items()) print_lookups(cli, delivery);
  fmt::print("\n");
}

int trace(const Cli& cli, const TraceOptions& options) {
  json::Writer arguments;
  arguments.begin_object();
  if (!options.id.empty()) arguments.member("id", options.id);
  if (!options.source.empty()) arguments.member("source", options.source);
  if (!options.key.empty()) arguments.member("key", options.key);
  if (!options.subject.empty()) arguments.member("subject", options.subject);
  if (options.position >= 0) arguments.member("position", options.position);
  arguments.member("limit", options.limit).end_object();
  auto asked = ask_bus(cli, "trace", arguments.text());
  if (!asked.ok) return asked.code;
  const auto& root = asked.body.root();
  const auto& events = root.find("events")->items();
  const auto& refusals = root.find("refusals")->items();
  if (cli.json) {
    fmt::print("{}\n", asked.body.source());
    return events.empty() && refusals.empty() ? exit_refused : exit_done;
  }
  for (const auto& event : events) print_event(cli, event);
  for (const auto& refusal : refusals) {
    fmt::print("{}  position {}, {} from {}\n", red(cli, "refused"), text(refusal, "position"),
               short_time(refusal.text_of("at")), refusal.text_of("app"));
    if (const auto* reasons = refusal.find("reasons"); reasons != nullptr)
      for (const auto& reason : reasons->items()) {
        fmt::print("  {}{}\n", reason.text_of("message"),
                   reason.text_of("field").empty() ? "" : fmt::format(" ({})", reason.text_of("field")));
        if (auto words = reason.text_of("message_id"); !words.empty()) fmt::print("      {}\n", words);
        if (auto place = reason.text_of("schema"); !place.empty())
          fmt::print("      the rule stands in schemas/{}\n", place);
      }
  }
  if (events.empty() && refusals.empty()) {
    fmt::print(stderr, "nothing in the log has that {}\n", root.text_of("by"));
    return exit_refused;
  }
  const auto* more = root.find("more");
  if (more != nullptr && more->boolean()) fmt::print("there may be more: --limit {}\n", options.limit * 2);
  return exit_done;
}

}  // namespace

void add_trace(CLI::App& app, Cli& cli, Run& run) {
  auto* command = app.add_subcommand(
      "trace", "The whole story of an event, a key or a subject: entered, admitted, delivered, waiting and why");
  auto options = std::make_shared<TraceOptions>();
  command->add_option("id", options->id, "The event's id");
  command->add_option("--source", options->source, "The event's source, when ids repeat over sources");
  command->add_option("--key", options->key, "All events with this key, such as a NIK");
  command->add_option("--subject", options->subject, "All events about this subject");
  command->add_option("--position", options->position, "The event at this position of the log");
  command->add_option("--limit", options->limit, "At most so many")->capture_default_str();
  command->footer("Example: simpul trace --key 3671015207909001");
  command->callback([&cli, &run, options] { run = [&cli, options] { return trace(cli, *options); }; });
}

}  // namespace simpul
