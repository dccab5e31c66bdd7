#include "adapters/file/file.h"

#include "adapters/file/settings.h"

namespace simpul {

namespace {

using file::FileSettings;
using file::SourceSettings;
using file::TargetSettings;

const yaml::Node& at(const yaml::Node& node, std::string_view field) {
  const auto* found = node.find(field);
  return found != nullptr ? *found : node;
}

void check_separator(const std::string& separator, const yaml::Node& node, Problems& problems) {
  bool good =
      separator == "tab" || (separator.size() == 1 && separator != "\"" && separator != "\n" && separator != "\r");
  if (!good)
    problems.push_back(at(node, "separator")
                           .problem("file.separator", "the separator is no single character",
                                    "write one character in quotes, such as \";\", or tab"));
}

void check_plain_name(const std::string& name, std::string_view field, const yaml::Node& node, Problems& problems) {
  if (name.find('/') == std::string::npos && name != "." && name != "..") return;
  problems.push_back(
      at(node, field)
          .problem("file.name", "`" + std::string(field) + "` leaves the folder", "write a name without `/`"));
}

void check_source(const SourceSettings& s, const yaml::Node& node, Problems& problems) {
  check_separator(s.separator, node, problems);
  check_plain_name(s.done, "done", node, problems);
  check_plain_name(s.pattern, "pattern", node, problems);
  if (s.format == "csv" && s.columns.empty() && !s.header)
    problems.push_back(node.problem("file.columns", "nothing says what the columns are called",
                                    "name them in `columns`, or set header: true when the first line does"));
  if (s.format != "csv" && (!s.columns.empty() || s.header))
    problems.push_back(at(node, s.header ? "header" : "columns")
                           .problem("file.columns", "`columns` and `header` are for format csv", "leave them out"));
  if (s.format == "csv" && s.events)
    problems.push_back(at(node, "events")
                           .problem("file.events", "a line of CSV is no event",
                                    "leave `events` out and make events of the records by the app's rules"));
}

const Fields<SourceSettings>& source_fields() {
  static const auto fields =
      Fields<SourceSettings>("file source")
          .text("folder", &SourceSettings::folder,
                {.help = "The folder that is watched, from the deployment's folder on",
                 .example = "var/masuk",
                 .required = true,
                 .min = 1})
          .text("pattern", &SourceSettings::pattern,
                {.help = "Which files in it are taken: a pattern with * and ?",
                 .example = "\"mutasi-*.csv\"",
                 .default_text = "*"})
          .text("format", &SourceSettings::format,
                {.help = "What the files hold: CSV (RFC 4180), one JSON value, or one JSON value a line",
                 .choices = {"csv", "json", "jsonl"},
                 .default_text = "csv"})
          .text_list("columns", &SourceSettings::columns,
                     {.help = "csv: the columns' names in their order; with `header` the first line must name the same",
                      .example = "[nip, nama, gaji]",
                      .min = 1,
                      .max = 1000})
          .boolean("header", &SourceSettings::header,
                   {.help = "csv: the first line names the columns", .default_text = "false"})
          .text("separator", &SourceSettings::separator,
                {.help = "csv: what stands between two fields: one character, or `tab`",
                 .example = "\";\"",
                 .default_text = "a comma"})
          .text("encoding", &SourceSettings::encoding,
                {.help = "How characters are written in the files",
                 .choices = {"utf-8", "latin-1"},
                 .default_text = "utf-8"})
          .boolean(
              "events", &SourceSettings::events,
              {.help = "json and jsonl: the values are whole CloudEvents events, not records", .default_text = "false"})
          .duration_ms(
              "poll_ms", &SourceSettings::poll,
              {.help = "How often the folder is looked at", .min = 20, .max = 86'400'000, .default_text = "1000"})
          .duration_ms("settle_ms", &SourceSettings::settle,
                       {.help = "A file is complete when its size and time have not changed for so long",
                        .min = 0,
                        .max = 86'400'000,
                        .default_text = "2000"})
          .text("complete_suffix", &SourceSettings::complete_suffix,
                {.help = "Instead of waiting: a file is complete when there is another of its name with this behind it",
                 .example = ".ok"})
          .text("same_again", &SourceSettings::same_again,
                {.help = "What becomes of a file with the very content of one that was taken before: `ignore` puts it "
                         "away, `events` takes it as new, `reject` puts it away with a .rejected file",
                 .choices = {"ignore", "events", "reject"},
                 .default_text = "ignore"})
          .text("on_bad_line", &SourceSettings::on_bad_line,
                {.help = "What becomes of the rest of a file behind a line that cannot be read: `skip` takes it, "
                         "`stop` leaves it",
                 .choices = {"skip", "stop"},
                 .default_text = "skip"})
          .text("done", &SourceSettings::done,
                {.help = "The folder, in the watched one, into which files go when they were read",
                 .min = 1,
                 .default_text = "done"})
          .integer("batch_items", &SourceSettings::batch_items,
                   {.help = "At most so many lines are offered at once", .min = 1, .max = 500, .default_text = "200"})
          .check(check_source);
  return fields;
}

void check_file(const FileSettings& s, const yaml::Node& node, Problems& problems) {
  check_separator(s.separator, node, problems);
  check_plain_name(s.name, "name", node, problems);
  if (s.name.starts_with("."))
    problems.push_back(
        at(node, "name")
            .problem("file.name", "the file would be hidden", "write a name that does not begin with a dot"));
  if (s.format == "csv" && s.columns.empty())
    problems.push_back(
        node.problem("file.columns", "a CSV file needs its columns", "name them in `columns`, in their order"));
  if (s.format != "csv" && !s.columns.empty())
    problems.push_back(at(node, "columns").problem("file.columns", "`columns` is for format csv", "leave it out"));
}

const Fields<FileSettings>& file_fields() {
  static const auto fields =
      Fields<FileSettings>("file of a file target")
          .text("name", &FileSettings::name,
                {.help = "The file's name; {date} stands for the day, so that each day has its own file",
                 .example = "\"mutasi-{date}.csv\"",
                 .required = true,
                 .min = 1})
          .text("format", &FileSettings::format,
                {.help = "CSV (RFC 4180) or one JSON value a line", .choices = {"csv", "jsonl"}, .default_text = "csv"})
          .text_list("columns", &FileSettings::columns,
                     {.help = "csv: the columns in their order, by the payload's field names",
                      .example = "[nip, nik, nama]",
                      .min = 1,
                      .max = 1000})
          .boolean("header", &FileSettings::header,
                   {.help = "csv: the first line names the columns", .default_text = "true"})
          .text("separator", &FileSettings::separator,
                {.help = "csv: what stands between two fields: one character, or `tab`",
                 .example = "\";\"",
                 .default_text = "a comma"})
          .text("encoding", &FileSettings::encoding,
                {.help = "How characters are written in the file",
                 .choices = {"utf-8", "latin-1"},
                 .default_text = "utf-8"})
          .integer(
              "rotate_bytes", &FileSettings::rotate_bytes,
              {.help =
                   "A file that has reached this size is put aside as <name>.1, .2, … and a new one begun; 0: never",
               .min = 0,
               .default_text = "0"})
          .check(check_file);
  return fields;
}

void check_target(const TargetSettings& s, const yaml::Node& node, Problems& problems) {
  if (s.files.empty())
    problems.push_back(
        at(node, "files")
            .problem("file.files", "no file is declared",
                     "give `files` at least one name: { mutasi: { name: mutasi.csv, columns: [nip] } }"));
  std::map<std::string, std::string> names;
  for (const auto& [into, file] : s.files) {
    auto [other, fresh] = names.emplace(file.name, into);
    if (!fresh)
      problems.push_back(at(node, "files")
                             .problem("file.files", "`" + other->second + "` and `" + into + "` write to the same file",
                                      "give each its own `name`"));
    check_plain_name(into, "files", node, problems);
  }
}

const Fields<TargetSettings>& target_fields() {
  static const auto fields =
      Fields<TargetSettings>("file target")
          .text("folder", &TargetSettings::folder,
                {.help = "The folder into which files are written, from the deployment's folder on; it must be there",
                 .example = "var/keluar",
                 .required = true,
                 .min = 1})
          .group_map("files", &TargetSettings::files, file_fields(),
                     {.help = "The files that routes may write `into`, by the name that routes use", .required = true})
          .integer("utc_offset_minutes", &TargetSettings::utc_offset_minutes,
                   {.help = "Local time, by which {date} changes, in minutes before UTC",
                    .min = -720,
                    .max = 840,
                    .default_text = "420 (WIB)"})
          .check(check_target);
  return fields;
}

class FileSourceConfig : public SourceConfig {
 public:
  explicit FileSourceConfig(SourceSettings settings) : settings_(std::move(settings)) {}
  std::unique_ptr<Source> open(AdapterContext context, Intake& intake) const override {
    return file::open_source(settings_, std::move(context), intake);
  }

 private:
  SourceSettings settings_;
};

class FileTargetConfig : public TargetConfig {
 public:
  explicit FileTargetConfig(TargetSettings settings) : settings_(std::move(settings)) {}
  std::unique_ptr<Target> open(AdapterContext context) const override {
    return file::open_target(settings_, std::move(context));
  }
  std::vector<std::string> intos() const override {
    std::vector<std::string> names;
    for (const auto& [name, file] : settings_.files) names.push_back(name);
    return names;
  }

 private:
  TargetSettings settings_;
};

}  // namespace

char file::separator_of(const std::string& text) {
  return text == "tab" ? '\t' : text.empty() ? ',' : text.front();
}

AdapterSpec file_adapter() {
  AdapterSpec spec;
  spec.name = "file";
  spec.summary =
      "Takes complete files out of a folder line by line, and writes lines into files: CSV, JSON, JSON Lines";
  spec.status = AdapterStatus::stable;
  spec.faces = Faces::trusted_peers;
  spec.source_fields = source_fields().descriptions();
  spec.target_fields = target_fields().descriptions();
  spec.read_source = [](const yaml::Node& node, FieldContext& context) {
    return std::make_unique<FileSourceConfig>(source_fields().read(node, context));
  };
  spec.read_target = [](const yaml::Node& node, FieldContext& context) {
    return std::make_unique<FileTargetConfig>(target_fields().read(node, context));
  };
  return spec;
}

}  // namespace simpul
