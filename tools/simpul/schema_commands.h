// The subcommands of `simpul schema`, a file each, and what they share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bus/schema/schema.h"
#include "tools/simpul/cli.h"
#include "tools/simpul/schema_files.h"

namespace simpul {

void add_schema_check(CLI::App& group, Cli& cli, Run& run);
void add_schema_validate(CLI::App& group, Cli& cli, Run& run);
void add_schema_diff(CLI::App& group, Cli& cli, Run& run);
void add_schema_infer(CLI::App& group, Cli& cli, Run& run);
void add_schema_doc(CLI::App& group, Cli& cli, Run& run);

// --language: en, id, or as the environment (LC_ALL, LC_MESSAGES, LANG) says.
void add_language(CLI::App& command, std::string& language);
bool indonesian(const std::string& language);
const std::string& in_language(const Words& words, const std::string& language);

// Where in a document: its JSON Pointer, or that it is the whole.
std::string instance_words(const std::string& pointer, const std::string& language);

// A violation on lines of their own: where in the document, in words; then where in the schema.
void print_violation(const Cli& cli, const SchemaFiles& files, const Violation& violation, const std::string& language,
                     std::FILE* to);
void write_violation(const SchemaFiles& files, const Violation& violation, json::Writer& writer);

// How far a long reading is: a bar on a terminal, else a line on standard error now and then.
class Pace {
 public:
  Pace(const Cli& cli, std::string what, std::string things);
  // `things` so far, and bytes; `all` 0 when it is not known.
  void at(std::uint64_t things, std::uint64_t bytes, std::uint64_t all);

 private:
  const Cli& cli_;
  std::string what_, things_;
  Progress bar_;
  std::int64_t next_ns_;
};

}  // namespace simpul
