#include "tools/simpul/schema_against_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "tools/simpul/schema_commands.h"

namespace simpul {
namespace {

std::string text(const json::Value& object, std::string_view name) {
  const auto* value = object.find(name);
  return value == nullptr ? std::string() : std::string(value->text());
}

std::int64_t number(const json::Value& object, std::string_view name) {
  const auto* value = object.find(name);
  return value == nullptr ? 0 : value->as_integer().value_or(0);
}

// Types of events by schema: a file below events/ is called by its type; elsewhere its own name is.
std::map<std::string, std::string> types_of(const SchemaFiles& files, const std::string& type) {
  std::map<std::string, std::string> types;
  bool has_events = std::ranges::any_of(files.asked, [](const auto& path) { return path.starts_with("events/"); });
  for (const auto& path : files.asked) {
    if (!type.empty()) {
      types.emplace(type, path);
      continue;
    }
    if (has_events && !path.starts_with("events/")) continue;
    auto name = has_events ? path.substr(7) : path.substr(path.rfind('/') + 1);
    if (name.ends_with(".json")) name.resize(name.size() - 5);
    types.emplace(std::move(name), path);
  }
  return types;
}

struct Counts {
  std::int64_t events = 0, refused = 0, unreadable = 0;
};

class AgainstLog {
 public:
  AgainstLog(const Cli& cli, const AgainstLogOptions& options, const SchemaFiles& files)
      : cli_(cli), options_(options), files_(files), types_(types_of(files, options.type)) {}

  // Asks the bus stretch by stretch; it answers from its log. The exit code when there is no answer.
  int run() {
    std::int64_t from = 0, until = -1;
    Pace pace(cli_, "against the log", "records");
    while (until < 0 || from < until) {
      auto asked = ask_bus(cli_, "schema.against_log", arguments(from, until));
      if (!asked.ok) return asked.code;
      const auto& root = asked.body.root();
      counts_.events += number(root, "events");
      counts_.refused += number(root, "refused");
      counts_.unreadable += number(root, "unreadable");
      if (const auto* first = root.find("first"); first != nullptr)
        for (const auto& event : first->items()) tell(event);
      until = number(root, "until");
      auto next = number(root, "next");
      if (next <= from) break;
      from = next;
      pace.at(static_cast<std::uint64_t>(from), static_cast<std::uint64_t>(from), static_cast<std::uint64_t>(until));
    }
    return -1;
  }

  const Counts& counts() const { return counts_; }
  const std::map<std::string, std::string>& types() const { return types_; }

  void write(json::Writer& writer) const {
    writer.begin_object().name("types").begin_array();
    for (const auto& [type, path] : types_) writer.string(type);
    writer.end_array()
        .member("events", counts_.events)
        .member("refused", counts_.refused)
        .member("unreadable", counts_.unreadable)
        .name("first")
        .begin_array();
    for (const auto& event : machine_) writer.raw(event);
    writer.end_array().end_object();
  }

 private:
  std::string arguments(std::int64_t from, std::int64_t until) const {
    json::Writer writer;
    writer.begin_object().name("files").begin_object();
    for (const auto& [path, content] : files_.texts) writer.member(path, content);
    writer.end_object().name("types").begin_object();
    for (const auto& [type, path] : types_) writer.member(type, path);
    writer.end_object().member("from", from);
    if (until >= 0) writer.member("until", until);
    writer.member("limit", static_cast<std::int64_t>(options_.limit - std::min(options_.limit, shown_))).end_object();
    return writer.take();
  }

  void tell(const json::Value& event) {
    ++shown_;
    if (cli_.json) {
      machine_.push_back(json::write(event));
      return;
    }
    bool id = indonesian(options_.language);
    fmt::print("{} {} {}, {} ({}, {})\n", red(cli_, "✗"), id ? "posisi" : "position", text(event, "position"),
               bold(cli_, event.text_of("type")), event.text_of("id"), short_time(event.text_of("entered")));
    const auto* reasons = event.find("reasons");
    if (reasons == nullptr) return;
    for (const auto& reason : reasons->items()) {
      fmt::print("  {}: {}\n", bold(cli_, instance_words(std::string(reason.text_of("instance")), options_.language)),
                 reason.text_of(id ? "message_id" : "message"));
      auto file = std::string(reason.text_of("file"));
      if (!file.empty())
        fmt::print("      {}\n", grey(cli_, fmt::format("{}:{}:{} [{}]", files_.shown(file), text(reason, "line"),
                                                        text(reason, "column"), reason.text_of("rule"))));
    }
  }

  const Cli& cli_;
  const AgainstLogOptions& options_;
  const SchemaFiles& files_;
  const std::map<std::string, std::string> types_;
  std::vector<std::string> machine_;
  Counts counts_;
  std::size_t shown_ = 0;
};

void print_summary(const Cli& cli, const AgainstLog& scan) {
  const auto& counts = scan.counts();
  auto types = scan.types().size() == 1 ? scan.types().begin()->first : fmt::format("{} types", scan.types().size());
  if (counts.events == 0)
    fmt::print("{} the log holds no event of {}, so this tells nothing of the schema\n", yellow(cli, "!"), types);
  else
    fmt::print("{} {} of {} recorded events of {} would be refused\n",
               counts.refused == 0 ? green(cli, "✓") : red(cli, "✗"), counts.refused, counts.events, types);
  if (counts.unreadable > 0)
    fmt::print("{} {} records could not be read and are not counted as refused\n", yellow(cli, "!"), counts.unreadable);
}

// A draft that lies elsewhere refers to its neighbours as it will where it is going to stand.
Result<void> in_the_deployment(const Cli& cli, const AgainstLogOptions& options, SchemaFiles& files) {
  std::error_code error;
  auto root = std::filesystem::absolute(cli.folder + "/schemas", error).lexically_normal();
  if (!files.root.empty() || files.asked.size() != 1 || !std::filesystem::is_directory(root, error)) return {};
  auto type = options.type.empty() ? types_of(files, {}).begin()->first : options.type;
  return stand_at(files, root.generic_string(), "events/" + type + ".json");
}

}  // namespace

int diff_against_log(const Cli& cli, const AgainstLogOptions& options) {
  auto sets = find_schema_files(cli, options.schemas);
  if (!sets) return print_schema_problems(cli, {sets.error()});
  json::Writer report;
  report.begin_array();
  bool refused = false;
  for (auto& files : *sets) {
    if (!options.type.empty() && (files.asked.size() > 1 || sets->size() > 1)) {
      fmt::print(stderr, "--type names the events of one schema, and there are more\n");
      return exit_usage;
    }
    if (auto stood = in_the_deployment(cli, options, files); !stood) return print_problems(cli, {stood.error()});
    // Told here with the places as they are typed; the bus would name them by its own.
    if (auto compiled = compile_files(files); !compiled) return print_problems(cli, compiled.error());
    AgainstLog scan(cli, options, files);
    if (auto code = scan.run(); code >= 0) return code;
    refused = refused || scan.counts().refused > 0;
    if (cli.json)
      scan.write(report);
    else
      print_summary(cli, scan);
  }
  if (cli.json) fmt::print("{}\n", report.end_array().text());
  return refused ? exit_refused : exit_done;
}

}  // namespace simpul
