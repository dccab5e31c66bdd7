// `simpul schema doc`: what the fields of schemas mean, as Markdown.
#include <fmt/format.h>

#include <memory>

#include "bus/schema/describe.h"
#include "tools/simpul/schema_commands.h"

namespace simpul {
namespace {

struct DocOptions {
  std::vector<std::string> schemas;
  std::string language;
};

std::string_view word(PersonalData personal) {
  return personal == PersonalData::specific ? "specific" : personal == PersonalData::general ? "general" : "none";
}

void print_annotations(const Schema& schema, json::Writer& writer) {
  writer.begin_object().member("schema", schema.name()).name("fields").begin_array();
  for (const auto& field : annotations(schema)) {
    writer.begin_object()
        .member("path", field.path)
        .member("title", field.title)
        .member("description", field.description)
        .member("owner", field.owner)
        .member("personal", word(field.personal))
        .member("classified", field.classified)
        .member("key", field.key)
        .member("subject", field.subject)
        .member("required", field.required)
        .member("conditional", field.conditional)
        .end_object();
  }
  writer.end_array().end_object();
}

int doc(const Cli& cli, const DocOptions& options) {
  auto asked = options.schemas;
  if (asked.empty()) asked.push_back(cli.folder + "/schemas");
  auto sets = find_schema_files(cli, asked);
  if (!sets) return print_schema_problems(cli, {sets.error()});
  json::Writer writer;
  writer.begin_array();
  bool first = true;
  for (const auto& set : *sets) {
    auto registry = compile_schemas(set.texts);
    if (!registry) {
      set.show(registry.error());
      return print_problems(cli, registry.error());
    }
    for (const auto& path : set.asked) {
      auto schema = (*registry)->find(path.ends_with(".json") ? path.substr(0, path.size() - 5) : path);
      if (schema == nullptr) continue;
      if (cli.json) {
        print_annotations(*schema, writer);
        continue;
      }
      fmt::print("{}{}", first ? "" : "\n", schema_markdown(*schema, indonesian(options.language)));
      first = false;
    }
  }
  writer.end_array();
  if (cli.json) fmt::print("{}\n", writer.text());
  return exit_done;
}

}  // namespace

void add_schema_doc(CLI::App& group, Cli& cli, Run& run) {
  auto options = std::make_shared<DocOptions>();
  auto* command = group.add_subcommand(
      "doc",
      "The fields of schemas as Markdown: meaning, form and limits in words, personal-data class, key and owner");
  command->add_option("schemas", options->schemas, "Files, folders or names; else the deployment's schemas/");
  add_language(*command, options->language);
  command->footer("Example: simpul schema doc dukcapil.penduduk.pindah_datang.v1 --language id");
  command->callback([&cli, &run, options] { run = [&cli, options] { return doc(cli, *options); }; });
}

}  // namespace simpul
