// What every subcommand of `simpul` shares: the deployment's folder, output for people and machines, exit
// codes, and the way to a bus (running, by its control socket; or offline, by its log).
//
// Exit codes: 0 done; 1 refused or problems found (they are printed); 2 wrong use; 3 the bus does not run
// or cannot be reached; 4 something failed (disk, damage).
#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bus/adapter.h"
#include "bus/base/result.h"
#include "bus/event/json.h"

namespace simpul {

inline constexpr int exit_done = 0, exit_refused = 1, exit_usage = 2, exit_unreachable = 3, exit_failed = 4;

struct Cli {
  std::string folder = ".";  // of the deployment
  std::string socket;        // of the bus; empty: as config/simpul.yaml says
  bool json = false;
  bool colour = true;    // decided by the terminal, NO_COLOR and --no-colour
  bool offline = false;  // answer from the log on disk: the bus must not run
};

// Styles for a terminal; the text alone without colour.
std::string bold(const Cli& cli, std::string_view text);
std::string green(const Cli& cli, std::string_view text);
std::string yellow(const Cli& cli, std::string_view text);
std::string red(const Cli& cli, std::string_view text);
std::string grey(const Cli& cli, std::string_view text);

// Columns aligned by what a terminal shows (UTF-8 characters, colour codes not counted).
class Table {
 public:
  explicit Table(std::vector<std::string> heads) { rows_.push_back(std::move(heads)); }
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.size() == 1; }
  void print(const Cli& cli, std::FILE* to = stdout) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// A bar on standard error while something long runs; nothing when it is not a terminal, or with --json.
class Progress {
 public:
  Progress(const Cli& cli, std::string what);
  ~Progress();
  void at(std::uint64_t done, std::uint64_t all);

 private:
  std::string what_;
  bool shown_ = false, wanted_ = false;
  int percent_ = -1;
};

// Problems for people (standard error) or machines (standard output, JSON); exit_refused, or exit_done for
// warnings alone.
int print_problems(const Cli& cli, const Problems& problems);
// An answer that is not 2xx, in words; the exit code for it.
int print_refusal(const Cli& cli, const ControlAnswer& answer);

// Sends a command to the running bus, or carries it out offline with --offline. Prints what went wrong.
// `code` is the exit code when there is no answer to show.
struct Asked {
  bool ok = false;
  int code = exit_done;
  json::Document body;
};
Asked ask_bus(const Cli& cli, const std::string& command, const std::string& arguments);

// Whole standard input or a file ("-"); at most `limit` bytes.
Result<std::string> read_input(const std::string& path, std::size_t limit = 64u << 20);
// What a line of the terminal shows of a time: local to the second, from RFC 3339.
std::string short_time(std::string_view rfc3339);

// Each adds its subcommand; the callback sets `code`.
using Run = std::function<int()>;
void add_check(CLI::App& app, Cli& cli, Run& run);
void add_run(CLI::App& app, Cli& cli, Run& run);
void add_status(CLI::App& app, Cli& cli, Run& run);  // status, apps, routes
void add_trace(CLI::App& app, Cli& cli, Run& run);
void add_parked(CLI::App& app, Cli& cli, Run& run);
void add_acts(CLI::App& app, Cli& cli, Run& run);       // publish, lookup, reload, app, person
void add_log(CLI::App& app, Cli& cli, Run& run);        // reindex, backup
void add_schema(CLI::App& app, Cli& cli, Run& run);     // schema check, validate, diff, infer, doc
void add_functions(CLI::App& app, Cli& cli, Run& run);  // what expressions know
void add_documents(CLI::App& app, Cli& cli, Run& run);  // adapters, completion
void add_test(CLI::App& app, Cli& cli, Run& run);       // the tests beside the routes
void add_graph(CLI::App& app, Cli& cli, Run& run);      // the topology, drawn
void add_new(CLI::App& app, Cli& cli, Run& run);        // scaffolds
void add_explain(CLI::App& app, Cli& cli, Run& run);    // in words
void add_kinds(CLI::App& app, Cli& cli, Run& run);      // the schemas of the kinds of files, for editors

}  // namespace simpul
