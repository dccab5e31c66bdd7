#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "bus/base/environment.h"
#include "bus/log/view.h"
#include "tools/simpul/cli.h"

namespace simpul {
namespace {

struct LogCommandOptions {
  std::string folder;
  bool with_keys = false;
};

Result<std::string> log_folder(const Cli& cli) {
  auto text = system_environment().disk->read_whole(cli.folder + "/config/simpul.yaml");
  if (!text) return std::unexpected(text.error());
  auto root = yaml::read(*text, "config/simpul.yaml");
  if (!root) return std::unexpected(root.error().front());
  std::string folder = "var/log";
  if (const auto* log = root->find("log"); log != nullptr)
    if (const auto* value = log->find("folder"); value != nullptr) folder = value->scalar;
  return folder.starts_with('/') ? folder : cli.folder + "/" + folder;
}

int reindex(const Cli& cli) {
  const auto& environment = system_environment();
  auto folder = log_folder(cli);
  if (!folder) return print_problems(cli, {folder.error()});
  auto hash = open_view_key(*folder, environment);
  if (!hash) return print_problems(cli, {hash.error()});
  ViewOptions options;
  options.folder = *folder;
  Position records = 0;
  Result<void> rebuilt;
  {
    Progress progress(cli, "reindex");
    rebuilt = rebuild_view(options, *hash, environment, [&](Position done, Position all) {
      records = all;
      progress.at(done, all);
    });
  }
  if (!rebuilt) {
    print_problems(cli, {rebuilt.error()});
    return exit_failed;
  }
  if (cli.json)
    fmt::print("{{\"records\":{}}}\n", records);
  else
    fmt::print("{} the view is rebuilt from {} records\n", green(cli, "✓"), records);
  return exit_done;
}

int backup(const Cli& cli, const LogCommandOptions& options) {
  std::error_code error;
  auto folder = std::filesystem::absolute(options.folder, error).string();
  json::Writer arguments;
  arguments.begin_object().member("folder", folder).member("with_keys", options.with_keys).end_object();
  auto asked = ask_bus(cli, "backup", arguments.text());
  if (!asked.ok) return asked.code;
  const auto& root = asked.body.root();
  if (cli.json)
    fmt::print("{}\n", asked.body.source());
  else
    fmt::print("{} {} files, {} bytes in {}{}\n", green(cli, "✓"), root.find("files")->text(),
               root.find("bytes")->text(), folder, options.with_keys ? "" : "; keys/ is apart (--with-keys)");
  return exit_done;
}

}  // namespace

void add_log(CLI::App& app, Cli& cli, Run& run) {
  auto* reindex_command = app.add_subcommand("reindex", "Rebuild the view from the log; the bus must not run");
  reindex_command->footer("Example: simpul reindex");
  reindex_command->callback([&cli, &run] { run = [&cli] { return reindex(cli); }; });
  auto options = std::make_shared<LogCommandOptions>();
  auto* backup_command =
      app.add_subcommand("backup", "Copy the log into a new folder, of a running bus or with --offline");
  backup_command->add_option("to", options->folder, "The new folder")->required();
  backup_command->add_flag("--with-keys", options->with_keys, "Copy keys/ too: whoever has both can read everything");
  backup_command->footer("Example: simpul backup /var/backups/simpul-2026-11-22");
  backup_command->callback([&cli, &run, options] { run = [&cli, options] { return backup(cli, *options); }; });
}

}  // namespace simpul
