// `simpul schema`: the group, and what its subcommands share.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "bus/base/environment.h"
#include "tools/simpul/schema_commands.h"

namespace simpul {
namespace {

constexpr std::int64_t first_word_ns = 5'000'000'000, next_word_ns = 10'000'000'000;

}  // namespace

void add_language(CLI::App& command, std::string& language) {
  command.add_option("--language", language, "en or id; else the environment's")->check(CLI::IsMember({"en", "id"}));
}

bool indonesian(const std::string& language) {
  if (!language.empty()) return language == "id";
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0')
      return std::string_view(value).starts_with("id");
  return false;
}

const std::string& in_language(const Words& words, const std::string& language) {
  return indonesian(language) && !words.indonesian.empty() ? words.indonesian : words.english;
}

std::string instance_words(const std::string& pointer, const std::string& language) {
  return !pointer.empty() ? pointer : indonesian(language) ? "dokumen" : "the document";
}

void print_violation(const Cli& cli, const SchemaFiles& files, const Violation& violation, const std::string& language,
                     std::FILE* to) {
  fmt::print(to, "  {}: {}\n", bold(cli, instance_words(violation.instance, language)),
             in_language(violation.words, language));
  auto place = violation.place.file.empty() ? violation.schema
                                            : fmt::format("{}:{}:{}", files.shown(violation.place.file),
                                                          violation.place.start.line, violation.place.start.column);
  fmt::print(to, "      {}\n", grey(cli, fmt::format("{} [{}]", place, violation.rule)));
}

void write_violation(const SchemaFiles& files, const Violation& violation, json::Writer& writer) {
  writer.begin_object()
      .member("instance", violation.instance)
      .member("rule", violation.rule)
      .member("message", violation.words.english)
      .member("message_id", violation.words.indonesian)
      .member("value", violation.value)
      .member("schema", violation.schema)
      .member("file", violation.place.file.empty() ? std::string() : files.shown(violation.place.file))
      .member("line", static_cast<std::int64_t>(violation.place.start.line))
      .member("column", static_cast<std::int64_t>(violation.place.start.column))
      .end_object();
}

Pace::Pace(const Cli& cli, std::string what, std::string things)
    : cli_(cli),
      what_(std::move(what)),
      things_(std::move(things)),
      bar_(cli, what_),
      next_ns_(system_environment().clock->steady() + first_word_ns) {}

void Pace::at(std::uint64_t things, std::uint64_t bytes, std::uint64_t all) {
  bar_.at(bytes, all);
  if (cli_.json || things % 1024 != 0 || (all > 0 && ::isatty(STDERR_FILENO) == 1)) return;
  auto now = system_environment().clock->steady();
  if (now < next_ns_) return;
  next_ns_ = now + next_word_ns;
  fmt::print(stderr, "{}: {} {} so far{}\n", what_, things, things_,
             all == 0 ? "" : fmt::format(", {} %", bytes * 100 / all));
}

void add_schema(CLI::App& app, Cli& cli, Run& run) {
  auto* group = app.add_subcommand("schema", "Schemas: check, validate documents, compare, draft, document");
  group->require_subcommand(1);
  group->footer("Example: simpul schema validate dukcapil.penduduk.pindah_datang.v1 pindah.jsonl");
  add_schema_check(*group, cli, run);
  add_schema_validate(*group, cli, run);
  add_schema_diff(*group, cli, run);
  add_schema_infer(*group, cli, run);
  add_schema_doc(*group, cli, run);
}

}  // namespace simpul
