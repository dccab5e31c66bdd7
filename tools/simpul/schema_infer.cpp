// `simpul schema infer`: a draft from samples; what was guessed goes to standard error.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "bus/schema/infer.h"
#include "tools/simpul/schema_commands.h"
#include "tools/simpul/schema_documents.h"

namespace simpul {
namespace {

struct InferOptions {
  std::vector<std::string> files;
  std::string title;
  bool lines = false, quiet = false;
};

// True: everything in the file was taken. A record that cannot be read is told and passed over.
bool take(const Cli& cli, const InferOptions& options, const std::string& path, Inference& inference, bool& lists) {
  auto form = options.lines ? DocumentForm::lines : form_of(path);
  auto tell = [&](const Problem& problem, std::uint64_t line) {
    fmt::print(stderr, "{} {}:{}: {}\n", red(cli, "✗"), path, line, problem.message);
    if (!problem.hint.empty()) fmt::print(stderr, "      {}\n", problem.hint);
  };
  auto reader = open_documents(path, form);
  if (!reader) return tell(reader.error(), 1), false;
  ReadDocument document;
  Pace pace(cli, path, "samples");
  bool whole = true;
  while (true) {
    auto there = (*reader)->next(document);
    if (!there) return tell(there.error(), document.line), false;
    if (!*there) return whole;
    if (document.problem) {
      tell(*document.problem, document.line);
      whole = false;
    } else if (form == DocumentForm::rows) {
      inference.add_row((*reader)->columns(), document.cells);
    } else if (const auto& root = document.document.root(); form == DocumentForm::whole && root.is_array()) {
      lists = true;
      for (const auto& item : root.items()) inference.add(item);
    } else {
      inference.add(root);
    }
    pace.at(inference.samples(), (*reader)->read_bytes(), (*reader)->size_bytes());
  }
}

// A line for each field, with all that was guessed of it; what is doubtful behind them, line by line.
void print_notes(const Cli& cli, const std::vector<InferenceNote>& notes) {
  std::vector<std::pair<std::string, std::string>> lines;
  std::vector<std::string> doubts;
  for (const auto& note : notes) {
    auto path = note.path.empty() ? "the whole" : note.path;
    if (note.doubt)
      doubts.push_back(fmt::format("{}: {}", path, note.text));
    else if (auto same = std::ranges::find(lines, path, &std::pair<std::string, std::string>::first);
             same != lines.end())
      same->second += "; " + note.text;
    else
      lines.emplace_back(path, note.text);
  }
  for (const auto& [path, text] : lines) fmt::print(stderr, "    {}: {}\n", bold(cli, path), text);
  for (const auto& doubt : doubts) fmt::print(stderr, "  {}{}\n", yellow(cli, "! "), doubt);
}

int infer(const Cli& cli, const InferOptions& options) {
  bool table = std::ranges::any_of(
      options.files, [&](const auto& file) { return !options.lines && form_of(file) == DocumentForm::rows; });
  bool json = std::ranges::any_of(
      options.files, [&](const auto& file) { return options.lines || form_of(file) != DocumentForm::rows; });
  if (table && json) {
    fmt::print(stderr, "rows of CSV and JSON are drafted apart: name files of one form\n");
    return exit_usage;
  }
  Inference inference;
  bool whole = true, lists = false;
  for (const auto& file : options.files) whole = take(cli, options, file, inference, lists) && whole;
  if (inference.samples() == 0) {
    fmt::print(stderr, "{} there is no sample that could be read\n", red(cli, "✗"));
    return exit_refused;
  }
  auto title = options.title;
  if (title.empty())
    title = options.files.front() == "-" ? "Draft" : std::filesystem::path(options.files.front()).stem().string();
  auto draft = inference.draft(title);
  fmt::print("{}", draft.schema);
  if (!options.quiet) {
    fmt::print(stderr, "{} drafted from {} {}{}; guessed, so look at each:\n",
               whole ? green(cli, "✓") : yellow(cli, "!"), inference.samples(),
               inference.samples() == 1 ? "sample" : "samples", lists ? " (the items of a list are samples)" : "");
    print_notes(cli, draft.notes);
    fmt::print(
        stderr,
        "  next: write what each field means into title or description, and mark x-key, x-subject and x-owner\n");
  }
  return whole ? exit_done : exit_refused;
}

}  // namespace

void add_schema_infer(CLI::App& group, Cli& cli, Run& run) {
  auto options = std::make_shared<InferOptions>();
  auto* command = group.add_subcommand("infer",
                                       "A draft of a schema, from samples: a CSV file with a header, JSON, a list in "
                                       "JSON, or JSON Lines, of any length. "
                                       "The draft goes to standard output, what was guessed to standard error");
  command->add_option("samples", options->files, "Files of one form; - is standard input")->required();
  command->add_option("--title", options->title, "The schema's title; else the file's name");
  command->add_flag("--lines", options->lines, "One document a line, whatever the files are called");
  command->add_flag("--quiet", options->quiet, "Say nothing of what was guessed");
  command->footer("Example: simpul schema infer penduduk.csv > schemas/events/penduduk.berubah.v1.json");
  command->callback([&cli, &run, options] { run = [&cli, options] { return infer(cli, *options); }; });
}

}  // namespace simpul
