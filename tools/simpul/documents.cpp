// What the program writes about itself: adapters' fields, shell completion.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "adapters/registry.h"
#include "bus/deployment.h"
#include "tools/simpul/cli.h"

namespace simpul {
namespace {

std::string_view word(AdapterStatus status) {
  switch (status) {
    case AdapterStatus::experimental:
      return "experimental";
    case AdapterStatus::stable:
      return "stable";
    case AdapterStatus::deprecated:
      return "deprecated";
  }
  return "";
}

int adapters_json(const AdapterTable& all, const std::string& name) {
  json::Writer writer;
  writer.begin_array();
  for (const auto& adapter : all) {
    if (!name.empty() && adapter.name != name) continue;
    writer.begin_object()
        .member("name", adapter.name)
        .member("status", word(adapter.status))
        .member("summary", adapter.summary);
    if (!adapter.source_fields.empty()) writer.name("source").raw(fields_json_schema(adapter.source_fields));
    if (!adapter.target_fields.empty()) writer.name("target").raw(fields_json_schema(adapter.target_fields));
    if (!adapter.endpoint_fields.empty()) writer.name("listener").raw(fields_json_schema(adapter.endpoint_fields));
    writer.end_object();
  }
  fmt::print("{}\n", writer.end_array().text());
  return exit_done;
}

int adapters(const Cli& cli, const std::string& name) {
  const auto all = all_adapters();
  if (cli.json && (name.empty() || std::ranges::find(all, name, &AdapterSpec::name) != all.end()))
    return adapters_json(all, name);
  std::vector<std::string> names;
  bool found = false;
  for (const auto& adapter : all) {
    names.push_back(adapter.name);
    if (name.empty()) {
      fmt::print("{:8} {:13} {}\n", adapter.name, word(adapter.status), adapter.summary);
      continue;
    }
    if (adapter.name != name) continue;
    found = true;
    fmt::print("# {}\n\n{}\n", adapter.name, adapter.summary);
    if (!adapter.source_fields.empty()) fmt::print("\n## Source\n\n{}", fields_markdown(adapter.source_fields));
    if (!adapter.target_fields.empty()) fmt::print("\n## Target\n\n{}", fields_markdown(adapter.target_fields));
    if (!adapter.endpoint_fields.empty()) fmt::print("\n## Listener\n\n{}", fields_markdown(adapter.endpoint_fields));
  }
  if (name.empty() || found) return exit_done;
  return print_problems(cli, {{"adapter.unknown",
                               fmt::format("there is no adapter {}{}", name, did_you_mean(name, names)),
                               "simpul adapters lists them",
                               {},
                               {},
                               Severity::error}});
}

// Words only: files and folders are completed by the shell itself.
std::string completion(const CLI::App& root, const std::string& shell) {
  std::string cases;
  std::vector<std::string> top;
  for (const auto* sub : root.get_subcommands([](const CLI::App*) { return true; })) {
    top.push_back(sub->get_name());
    std::vector<std::string> words;
    for (const auto* inner : sub->get_subcommands([](const CLI::App*) { return true; }))
      words.push_back(inner->get_name());
    for (const auto* option : sub->get_options())
      if (!option->get_lnames().empty()) words.push_back("--" + option->get_lnames().front());
    cases += fmt::format("    {}) COMPREPLY=($(compgen -f -W \"{}\" -- \"$word\")) ;;\n", sub->get_name(),
                         fmt::join(words, " "));
  }
  auto bash = fmt::format(
      "_simpul() {{\n  local word=\"${{COMP_WORDS[COMP_CWORD]}}\" command=\"\" i\n  for ((i = 1; i < COMP_CWORD; "
      "i++)); do\n"
      "    case \"${{COMP_WORDS[i]}}\" in -C|--folder|--socket) ((i++)) ;; -*) ;; *) command=\"${{COMP_WORDS[i]}}\"; "
      "break ;; esac\n  done\n"
      "  case \"$command\" in\n    \"\") COMPREPLY=($(compgen -W \"{} --folder --socket --json --offline --help "
      "--version\" -- \"$word\")) ;;\n{}  esac\n}}\ncomplete -o filenames -F _simpul simpul\n",
      fmt::join(top, " "), cases);
  return shell == "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" + bash : bash;
}

}  // namespace

void add_documents(CLI::App& app, Cli& cli, Run& run) {
  auto name = std::make_shared<std::string>();
  auto* adapters_command = app.add_subcommand("adapters", "The adapters, or one with its fields");
  adapters_command->add_option("name", *name, "An adapter");
  adapters_command->footer("Example: simpul adapters sql");
  adapters_command->callback([&cli, &run, name] { run = [&cli, name] { return adapters(cli, *name); }; });
  auto shell = std::make_shared<std::string>("bash");
  auto* completion_command = app.add_subcommand("completion", "Shell completion");
  completion_command->add_option("shell", *shell, "bash or zsh")
      ->check(CLI::IsMember({"bash", "zsh"}))
      ->capture_default_str();
  completion_command->footer("Example: source <(simpul completion bash)");
  completion_command->callback([&app, &run, shell] {
    run = [&app, shell] {
      fmt::print("{}", completion(app, *shell));
      return exit_done;
    };
  });
}

}  // namespace simpul
