// What `simpul check` says of problems.
//
// For people: each problem with its place, the lines it speaks of with the text underlined, what to do, and the other
// places that it names. Control characters of a file never reach the terminal.
//
// For editors (--json), one object:
//   ok        no errors
//   counts    {errors, warnings, files}; with what compiled also {apps, routes, schemas}, and `hash`, the generation's
//   problems  [{code, severity: "error" | "warning", message, hint, file, line, column, end_line, end_column, path,
//               related: [{message, file, line, column, end_line, end_column}]}]
//   needs     [{variable, file, line, column, end_line, end_column, path}]: variables of the environment that are not
//             set here; what they fill in was not checked
// Lines and columns count from 1, columns are Unicode characters, the end is behind the last one; 0 means unknown.
// `path` is where inside the document. Members may be added, and none changes its meaning.
//
// For code review (--sarif): SARIF 2.1.0, one run, a rule for each code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bus/base/config_field.h"
#include "bus/base/result.h"
#include "bus/route/generation.h"

namespace simpul {

// `files` are the texts that problems point into, by the path that places name.
// With `secret` what is underlined is not shown.
std::string excerpt(std::string_view text, const Place& place, bool colour, Severity severity = Severity::error,
                    bool secret = false);
std::string shown_problem(const Problem& problem, const ConfigurationFiles& files, bool colour);
std::string counts_in_words(const Problems& problems);  // "2 errors, 1 warning"; empty without any

// `generation` is null when there is none for the errors.
std::string problems_as_json(const Problems& problems, const ConfigurationFiles& files, const Generation* generation,
                             const std::vector<NeededVariable>& needs = {});
// A line for each variable; empty without any.
std::string needs_in_words(const std::vector<NeededVariable>& needs);
std::string problems_as_sarif(const Problems& problems, std::string_view version);

}  // namespace simpul
