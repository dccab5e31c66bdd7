// `simpul schema diff`: what changed between two versions of a schema, and for whom it breaks.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>

#include "bus/schema/containment.h"
#include "bus/schema/difference.h"
#include "tools/simpul/schema_against_log.h"
#include "tools/simpul/schema_commands.h"

namespace simpul {
namespace {

struct DiffOptions {
  AgainstLogOptions log;  // its schemas: OLD and NEW
  std::string require = "backward";
  bool against_log = false, tolerant = false;
};

// One version: a schema and the files it was read from.
struct Version {
  const SchemaFiles* files;
  std::shared_ptr<const Schema> schema;
};

struct Direction {
  std::string_view name;
  Words holds, breaks;
  Containment strict, tolerant;  // the second is looked at only where the first is no yes
  const Containment& judged(bool as_tolerant) const {
    return as_tolerant && strict.answer != Contained::yes ? tolerant : strict;
  }
};

std::string_view name_of(Contained answer) {
  return answer == Contained::yes ? "yes" : answer == Contained::no ? "no" : "undecidable";
}

std::string_view name_of(SchemaChange::Effect effect) {
  switch (effect) {
    case SchemaChange::Effect::none:
      return "none";
    case SchemaChange::Effect::narrows:
      return "narrows";
    case SchemaChange::Effect::widens:
      return "widens";
    case SchemaChange::Effect::unknown:
      break;
  }
  return "unknown";
}

Direction direction(std::string_view name, Words holds, Words breaks, const Version& written, const Version& read) {
  Direction made{name, std::move(holds), std::move(breaks), contained(*written.schema, *read.schema), {}};
  if (made.strict.answer != Contained::yes)
    made.tolerant = contained(*written.schema, *read.schema, {.tolerant_reader = true});
  return made;
}

class Comparison {
 public:
  Comparison(const Cli& cli, const DiffOptions& options, const Version& older, const Version& newer)
      : cli_(cli),
        options_(options),
        older_(older),
        newer_(newer),
        changes_(differences(*older.schema, *newer.schema)) {
    directions_.push_back(
        direction("backward",
                  {"who reads with the new schema can read all that was written by the old one",
                   "yang membaca dengan skema baru dapat membaca semua yang ditulis menurut skema lama"},
                  {"who reads with the new schema refuses some of what was written by the old one",
                   "yang membaca dengan skema baru menolak sebagian yang ditulis menurut skema lama"},
                  older, newer));
    directions_.push_back(
        direction("forward",
                  {"who still reads with the old schema can read all that is written by the new one",
                   "yang masih membaca dengan skema lama dapat membaca semua yang ditulis menurut skema baru"},
                  {"who still reads with the old schema refuses some of what is written by the new one",
                   "yang masih membaca dengan skema lama menolak sebagian yang ditulis menurut skema baru"},
                  newer, older));
  }

  // What was asked for is proved.
  bool holds() const {
    for (const auto& each : directions_)
      if ((options_.require == each.name || options_.require == "full") &&
          each.judged(options_.tolerant).answer != Contained::yes)
        return false;
    return true;
  }

  bool unchanged() const { return changes_.empty(); }

  void print() const {
    fmt::print("{}\n", bold(cli_, newer_.schema->name()));
    if (changes_.empty())
      fmt::print("  {}\n", words({"nothing changed in what it says", "tidak ada yang berubah dalam isinya"}));
    for (const auto& change : changes_)
      fmt::print("  {} {}\n", mark(change.effect), in_language(change.words, options_.log.language));
    for (const auto& each : directions_) print(each);
  }

  void write(json::Writer& writer) const {
    writer.begin_object().member("schema", newer_.schema->name()).name("changes").begin_array();
    for (const auto& change : changes_)
      writer.begin_object()
          .member("path", change.path)
          .member("effect", name_of(change.effect))
          .member("message", change.words.english)
          .member("message_id", change.words.indonesian)
          .member("older", change.older)
          .member("newer", change.newer)
          .end_object();
    writer.end_array();
    for (const auto& each : directions_) {
      writer.name(each.name);
      write(each, each.strict, writer);
      if (each.strict.answer == Contained::yes) continue;
      writer.name(fmt::format("{}_tolerant", each.name));
      write(each, each.tolerant, writer);
    }
    writer.end_object();
  }

 private:
  std::string words(const Words& both) const { return in_language(both, options_.log.language); }

  std::string mark(SchemaChange::Effect effect) const {
    switch (effect) {
      case SchemaChange::Effect::narrows:
        return red(cli_, "−");
      case SchemaChange::Effect::widens:
        return green(cli_, "+");
      case SchemaChange::Effect::unknown:
        return yellow(cli_, "±");
      case SchemaChange::Effect::none:
        break;
    }
    return grey(cli_, "·");
  }

  const SchemaFiles& reader_files(const Direction& direction) const {
    return direction.name == "backward" ? *newer_.files : *older_.files;
  }

  void print(const Direction& each) const {
    switch (each.strict.answer) {
      case Contained::yes:
        fmt::print("  {} {}: {}\n", green(cli_, "✓"), each.name, words(each.holds));
        return;
      case Contained::undecidable:
        fmt::print("  {} {}: {}\n", yellow(cli_, "?"), each.name, undecided(each.strict));
        break;
      case Contained::no:
        fmt::print("  {} {}: {}\n", red(cli_, "✗"), each.name, words(each.breaks));
        refused(each, each.strict);
    }
    if (each.tolerant.answer == Contained::yes)
      fmt::print("    {} {}\n", green(cli_, "✓"),
                 words({"readers that ignore fields they do not know can read it",
                        "pembaca yang mengabaikan kolom yang tidak dikenalnya tetap dapat membacanya"}));
    else if (each.tolerant.answer == Contained::no)
      fmt::print("    {} {}\n", red(cli_, "✗"),
                 words({"readers that ignore fields they do not know cannot read it either",
                        "pembaca yang mengabaikan kolom yang tidak dikenalnya pun tidak dapat membacanya"}));
  }

  std::string undecided(const Containment& answer) const {
    auto where = answer.place.empty() ? std::string() : fmt::format(" ({})", answer.place);
    return words({fmt::format("not decidable here: {}{} stopped the proof; look at it yourself", answer.keyword, where),
                  fmt::format("tidak dapat dipastikan: pembuktian terhenti pada {}{}; periksalah sendiri",
                              answer.keyword, where)});
  }

  void refused(const Direction& direction, const Containment& answer) const {
    constexpr std::size_t shown_bytes = 2000;
    auto witness = answer.witness;
    if (witness.size() > shown_bytes) witness = fmt::format("({} bytes; --json shows it)", witness.size());
    fmt::print("    {} {}\n", words({"for example:", "misalnya:"}), witness);
    for (const auto& reason : answer.reasons) {
      fmt::print("    {}: {}\n", instance_words(reason.instance, options_.log.language),
                 in_language(reason.words, options_.log.language));
      if (!reason.place.file.empty())
        fmt::print("        {}\n",
                   grey(cli_, fmt::format("{}:{}:{} [{}]", reader_files(direction).shown(reason.place.file),
                                          reason.place.start.line, reason.place.start.column, reason.rule)));
    }
  }

  void write(const Direction& direction, const Containment& answer, json::Writer& writer) const {
    writer.begin_object().member("answer", name_of(answer.answer));
    if (answer.answer == Contained::no) {
      writer.name("witness").raw(answer.witness).name("reasons").begin_array();
      for (const auto& reason : answer.reasons) write_violation(reader_files(direction), reason, writer);
      writer.end_array();
    }
    if (answer.answer == Contained::undecidable) writer.member("keyword", answer.keyword).member("place", answer.place);
    writer.end_object();
  }

  const Cli& cli_;
  const DiffOptions& options_;
  const Version older_, newer_;
  std::vector<SchemaChange> changes_;
  std::vector<Direction> directions_;
};

int diff_files(const Cli& cli, const DiffOptions& options) {
  std::array<SchemaFiles, 2> files;
  for (std::size_t i : {0u, 1u}) {
    auto found = find_schema_files(cli, {options.log.schemas[i]});
    if (!found) return print_schema_problems(cli, {found.error()});
    files[i] = std::move(found->front());
  }
  // One of the two may come from elsewhere: from version control, a colleague, a draft.
  for (std::size_t i : {0u, 1u})
    if (auto stood = stand_at(files[i], files[1 - i].root, files[1 - i].asked.front()); !stood)
      return print_schema_problems(cli, {stood.error()});
  auto older = compile_files(std::move(files[0]));
  if (!older) return print_schema_problems(cli, older.error());
  auto newer = compile_files(std::move(files[1]));
  if (!newer) return print_schema_problems(cli, newer.error());
  Comparison comparison(cli, options, {&older->files, older->schema}, {&newer->files, newer->schema});
  if (cli.json) {
    json::Writer writer;
    comparison.write(writer);
    fmt::print("{}\n", writer.text());
  } else {
    comparison.print();
  }
  return comparison.holds() ? exit_done : exit_refused;
}

struct Folder {
  SchemaFiles files;
  std::shared_ptr<const SchemaRegistry> registry;
  std::map<std::string, std::string> schemas;  // paths below the folder that was named, to names of schemas
};

Checked<Folder> load_folder(const Cli& cli, const std::string& path) {
  auto sets = find_schema_files(cli, {path});
  if (!sets) return std::unexpected(Problems{sets.error()});
  auto loaded = compile_files(std::move(sets->front()));
  if (!loaded) return std::unexpected(std::move(loaded.error()));
  Folder folder{std::move(loaded->files), std::move(loaded->registry), {}};
  std::error_code error;
  auto named = std::filesystem::absolute(path, error).lexically_normal();
  for (const auto& each : folder.files.asked) {
    auto below = std::filesystem::path(folder.files.root + "/" + each).lexically_relative(named).generic_string();
    folder.schemas.emplace(below, each.ends_with(".json") ? each.substr(0, each.size() - 5) : each);
  }
  return folder;
}

int diff_folders(const Cli& cli, const DiffOptions& options) {
  auto older = load_folder(cli, options.log.schemas[0]);
  if (!older) return print_schema_problems(cli, older.error());
  auto newer = load_folder(cli, options.log.schemas[1]);
  if (!newer) return print_schema_problems(cli, newer.error());
  json::Writer writer;
  writer.begin_object().name("schemas").begin_array();
  bool holds = true;
  std::size_t compared = 0, changed = 0;
  std::vector<std::string> gone, added;
  for (const auto& [path, name] : newer->schemas)
    if (!older->schemas.contains(path)) added.push_back(path);
  for (const auto& [path, name] : older->schemas) {
    auto same = newer->schemas.find(path);
    if (same == newer->schemas.end()) {
      gone.push_back(path);
      continue;
    }
    ++compared;
    Comparison comparison(cli, options, {&older->files, older->registry->find(name)},
                          {&newer->files, newer->registry->find(same->second)});
    holds = holds && comparison.holds();
    if (cli.json)
      comparison.write(writer);
    else if (!comparison.unchanged() || !comparison.holds())
      comparison.print();
    if (!comparison.unchanged()) ++changed;
  }
  // What is gone cannot be read by anybody who asks for it.
  holds = holds && gone.empty();
  if (cli.json) {
    writer.end_array();
    for (const auto& [word, list] : {std::pair("added", &added), std::pair("removed", &gone)}) {
      writer.name(word).begin_array();
      for (const auto& path : *list) writer.string(path);
      writer.end_array();
    }
    fmt::print("{}\n", writer.end_object().text());
  } else {
    for (const auto& path : added) fmt::print("{} {} is new\n", green(cli, "+"), path);
    for (const auto& path : gone) fmt::print("{} {} is gone\n", red(cli, "✗"), path);
    fmt::print("{} {} compared, {} changed, {} new, {} gone\n", holds ? green(cli, "✓") : red(cli, "✗"), compared,
               changed, added.size(), gone.size());
  }
  return holds ? exit_done : exit_refused;
}

int diff(const Cli& cli, const DiffOptions& options) {
  if (options.against_log) return diff_against_log(cli, options.log);
  if (options.log.schemas.size() != 2) {
    fmt::print(stderr, "name two versions, OLD and NEW; or --against-log and the new one\n");
    return exit_usage;
  }
  std::error_code error;
  bool first = std::filesystem::is_directory(options.log.schemas[0], error);
  bool second = std::filesystem::is_directory(options.log.schemas[1], error);
  if (first != second) {
    fmt::print(stderr, "a folder is compared with a folder, a file with a file\n");
    return exit_usage;
  }
  return first ? diff_folders(cli, options) : diff_files(cli, options);
}

}  // namespace

void add_schema_diff(CLI::App& group, Cli& cli, Run& run) {
  auto options = std::make_shared<DiffOptions>();
  auto* command = group.add_subcommand(
      "diff",
      "What changed between two versions of a schema, in words, and for whom it breaks, with a document that shows it; "
      "or "
      "how many recorded events a new version would refuse.\n"
      "Exit codes: 0 what --require names is proved (--against-log: no recorded event is refused); 1 it breaks, or it "
      "could not be proved; 2 a schema is not there");
  command
      ->add_option("schemas", options->log.schemas,
                   "OLD NEW: two files or two folders; with --against-log the new ones")
      ->required();
  command
      ->add_option("--require", options->require,
                   "What must hold: backward (new readers, old documents), forward (old readers, new documents), full "
                   "(both), none")
      ->check(CLI::IsMember({"backward", "forward", "full", "none"}))
      ->capture_default_str();
  command->add_flag("--tolerant", options->tolerant, "Judge readers as ignoring the fields that they do not know");
  command->add_flag("--against-log", options->against_log,
                    "Against the events in the log of the bus (recorded as an access)");
  command->add_option("--type", options->log.type,
                      "With --against-log: the type of event, when the file is not called by it");
  command->add_option("--limit", options->log.limit, "With --against-log: show the first so many")
      ->capture_default_str();
  add_language(*command, options->log.language);
  command->footer(
      "Example: git show HEAD:schemas/events/izin.terbit.v1.json > /tmp/old.json\n"
      "         simpul schema diff /tmp/old.json schemas/events/izin.terbit.v1.json\n"
      "         simpul schema diff --against-log schemas/events/izin.terbit.v1.json");
  command->callback([&cli, &run, options] { run = [&cli, options] { return diff(cli, *options); }; });
}

}  // namespace simpul
