// `simpul schema validate`: documents against one schema, one at a time.
#include <fmt/format.h>

#include <memory>

#include "bus/schema/infer.h"
#include "bus/schema/output.h"
#include "tools/simpul/schema_commands.h"
#include "tools/simpul/schema_documents.h"

namespace simpul {
namespace {

struct ValidateOptions {
  std::string schema, language, output = "text";
  std::vector<std::string> files;
  std::size_t limit = 10;
  bool lines = false;
};

class Validation {
 public:
  Validation(const Cli& cli, const ValidateOptions& options, const LoadedSchema& loaded)
      : cli_(cli), options_(options), loaded_(loaded), schema_(*loaded.schema) {
    if (cli.json && !form_) report_.begin_object().name("documents").begin_array();
  }

  void file(const std::string& path) {
    auto shown = path == "-" ? std::string("standard input") : path;
    auto form = options_.lines ? DocumentForm::lines : form_of(path);
    auto reader = open_documents(path, form);
    if (!reader) return unread(shown, reader.error());
    if (form == DocumentForm::rows) read_kinds((*reader)->columns());
    ReadDocument document;
    Pace pace(cli_, shown, "documents");
    while (true) {
      auto there = (*reader)->next(document);
      if (!there) return unread(shown, there.error());
      if (!*there) return;
      if (document.problem)
        not_json(shown, document);
      else if (form == DocumentForm::rows)
        row(shown, document, (*reader)->columns());
      else
        one(shown, document, document.document.root());
      pace.at(++documents_, (*reader)->read_bytes(), (*reader)->size_bytes());
    }
  }

  int finish() {
    if (cli_.json && !form_) {
      report_.end_array()
          .member("valid", static_cast<std::int64_t>(valid_))
          .member("invalid", static_cast<std::int64_t>(invalid_))
          .member("warned", static_cast<std::int64_t>(warned_))
          .member("unread", static_cast<std::int64_t>(unread_))
          .end_object();
      fmt::print("{}\n", report_.text());
    } else if (!form_) {
      summary();
    }
    if (unread_ > 0) return exit_usage;
    return invalid_ > 0 ? exit_refused : exit_done;
  }

 private:
  void read_kinds(const std::vector<std::string>& columns) {
    kinds_.clear();
    auto cursor = schema_.cursor();
    for (const auto& column : columns) {
      bool required = false;
      auto property = cursor == nullptr ? nullptr : cursor->property(column, required);
      kinds_.push_back(property == nullptr ? SchemaType::string : property->type().kinds);
    }
  }

  void row(const std::string& file, const ReadDocument& document, const std::vector<std::string>& columns) {
    std::vector<json::Member> members;
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (!document.cells[i].empty()) members.push_back({columns[i], cell_value(document.cells[i], kinds_[i])});
    one(file, document, json::Value::view_object(members));
  }

  void one(const std::string& file, const ReadDocument& document, const json::Value& value) {
    if (form_) {
      auto valid = schema_.valid(value);
      ++(valid ? valid_ : invalid_);
      fmt::print("{}\n", output_text(schema_, value, *form_));
      return;
    }
    if (!schema_.valid(value)) {
      ++invalid_;
      if (room()) refuse(file, document, schema_.explain(value, options_.limit + 1));
      return;
    }
    ++valid_;
    auto doubts = schema_.warnings(value, options_.limit + 1);
    if (doubts.empty()) return;
    ++warned_;
    if (room()) tell(file, document, "looks wrong", std::move(doubts), true);
  }

  bool room() {
    if (shown_ < options_.limit) return ++shown_, true;
    ++hidden_;
    return false;
  }

  void refuse(const std::string& file, const ReadDocument& document, std::vector<Violation> violations) {
    tell(file, document, "refused", std::move(violations), false);
  }

  void tell(const std::string& file, const ReadDocument& document, std::string_view what,
            std::vector<Violation> violations, bool doubt) {
    bool more = violations.size() > options_.limit;
    if (more) violations.pop_back();
    if (cli_.json) {
      begin(file, document, doubt ? "warning" : "error").name("reasons").begin_array();
      for (const auto& violation : violations) write_violation(loaded_.files, violation, report_);
      report_.end_array().member("more", more).end_object();
      return;
    }
    auto head = fmt::format("{}:{}: {} (record {})", file, document.line, what, document.record);
    fmt::print("{} {}\n", doubt ? yellow(cli_, "!") : red(cli_, "✗"), head);
    for (const auto& violation : violations) print_violation(cli_, loaded_.files, violation, options_.language, stdout);
    if (more) fmt::print("  there are more: --limit {} shows them\n", options_.limit * 4);
  }

  json::Writer& begin(const std::string& file, const ReadDocument& document, std::string_view severity) {
    return report_.begin_object()
        .member("file", file)
        .member("line", static_cast<std::int64_t>(document.line))
        .member("record", static_cast<std::int64_t>(document.record))
        .member("severity", severity);
  }

  void not_json(const std::string& file, const ReadDocument& document) {
    ++invalid_;
    if (form_) return unlisted(file, document);
    if (!room()) return;
    const auto& problem = *document.problem;
    auto words = problem.message;
    if (cli_.json) {
      begin(file, document, "error").member("code", problem.code).member("message", words).member("hint", problem.hint);
      report_.end_object();
      return;
    }
    fmt::print("{} {}:{}:{}: cannot be read (record {}): {}\n", red(cli_, "✗"), file, problem.place.start.line,
               problem.place.start.column, document.record, words);
    if (!problem.hint.empty()) fmt::print("      {}\n", problem.hint);
  }

  // Where each document has a line of output, one that is no JSON has the shortest.
  void unlisted(const std::string& file, const ReadDocument& document) {
    fmt::print("{{\"valid\":false}}\n");
    fmt::print(stderr, "{}:{}: {}\n", file, document.line, document.problem->message);
  }

  // The rest goes on; the exit code says that not everything was looked at.
  void unread(const std::string& file, const Problem& problem) {
    ++unread_;
    if (cli_.json && !form_) {
      report_.begin_object().member("file", file).member("severity", "error").member("code", problem.code);
      report_.member("message", problem.message).member("hint", problem.hint).end_object();
      return;
    }
    fmt::print(stderr, "{} {}: {}\n", red(cli_, "✗"), file, problem.message);
    if (!problem.hint.empty()) fmt::print(stderr, "      {}\n", problem.hint);
  }

  void summary() {
    if (hidden_ > 0) fmt::print("{} more documents are not shown: --limit {}\n", hidden_, options_.limit * 10);
    auto mark = invalid_ + unread_ == 0 ? green(cli_, "✓") : red(cli_, "✗");
    fmt::print("{} {} valid, {} invalid{}{}\n", mark, valid_, invalid_,
               warned_ == 0 ? "" : fmt::format(", {} of the valid with warnings", warned_),
               unread_ == 0
                   ? ""
                   : fmt::format("; {} {} not read to its end", unread_, unread_ == 1 ? "file was" : "files were"));
  }

  const Cli& cli_;
  const ValidateOptions& options_;
  const LoadedSchema& loaded_;
  const Schema& schema_;
  const std::optional<OutputForm> form_ = output_form(options_.output);  // none: text for people
  std::vector<unsigned> kinds_;                                          // of the columns of rows
  json::Writer report_;
  std::uint64_t documents_ = 0, valid_ = 0, invalid_ = 0, warned_ = 0, unread_ = 0;
  std::size_t shown_ = 0;
  std::uint64_t hidden_ = 0;
};

int validate(const Cli& cli, const ValidateOptions& options) {
  auto loaded = load_schema(cli, options.schema);
  if (!loaded) return print_schema_problems(cli, loaded.error());
  Validation validation(cli, options, *loaded);
  for (const auto& file : options.files) validation.file(file);
  return validation.finish();
}

}  // namespace

void add_schema_validate(CLI::App& group, Cli& cli, Run& run) {
  auto options = std::make_shared<ValidateOptions>();
  auto* command = group.add_subcommand(
      "validate",
      "Documents against a schema: JSON, JSON Lines (.jsonl, .ndjson), or the rows of a CSV file with a header, of any "
      "length. Values of personal classes stay masked.\n"
      "Exit codes: 0 all are valid, 1 some are not or the schema does not compile, 2 a file or the schema is not "
      "there");
  command->add_option("schema", options->schema, "A schema's file, or its name in schemas/ or an event's type")
      ->required();
  command->add_option("files", options->files, "Documents; - is standard input")->required();
  command->add_flag("--lines", options->lines, "One document a line, whatever the files are called");
  command->add_option("--limit", options->limit, "Show at most so many reasons a document, and so many documents")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}))
      ->capture_default_str();
  command
      ->add_option("--output", options->output,
                   "text for people, or JSON Schema's own output (flag, basic, detailed), a line a document")
      ->check(CLI::IsMember({"text", "flag", "basic", "detailed"}))
      ->capture_default_str();
  add_language(*command, options->language);
  command->footer(
      "Example: simpul schema validate dukcapil.penduduk.pindah_datang.v1 pindah.jsonl\n"
      "         psql -qAtc 'select row_to_json(p) from penduduk p' | simpul schema validate penduduk.json - --lines");
  command->callback([&cli, &run, options] { run = [&cli, options] { return validate(cli, *options); }; });
}

}  // namespace simpul
