#include "tools/trial/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "tools/trial/world.h"

namespace simpul::trial {
namespace {

constexpr std::string_view test_end = ".test.yaml";

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// Compares with the snapshot, or notes it for writing.
void compare_snapshot(const Case& one, const Outcome& outcome, const TestFile& file, bool update, Tree& written,
                      CaseResult& result) {
  auto now = to_tree(outcome, one);
  const auto found = file.snapshots.find(one.name);
  std::vector<Difference> found_differences;
  if (found != file.snapshots.end()) differences(found->second, now, "", found_differences);
  const bool same = found != file.snapshots.end() && found_differences.empty();
  written.add(one.name, same ? found->second : std::move(now));
  if (same) return;
  if (update) {
    result.updated = true;
    return;
  }
  Failure failure;
  failure.place = one.place;
  failure.differences = std::move(found_differences);
  failure.message = found == file.snapshots.end() ? fmt::format("there is no snapshot of it in {}", file.snapshot_path)
                                                  : fmt::format("what happens is not what {} says", file.snapshot_path);
  failure.hint = "if it is right as it is, write it with --update, and review the file";
  result.failures.push_back(std::move(failure));
}

std::string snapshot_text(const Tree& written) {
  return "# What happens in the cases with `snapshot: true`: written by `simpul test --update`, reviewed by people.\n" +
         to_yaml(written);
}

}  // namespace

bool FileResult::good() const {
  return problems.empty() && std::ranges::all_of(cases, [](const auto& each) { return each.failures.empty(); });
}

FileResult run_file(const std::string& path, const Generation& generation, const SessionOptions& options,
                    const ReadFile& read, const WriteFile& write) {
  FileResult result;
  result.path = path;
  auto file = read_test_file(path, generation, read);
  if (!file) {
    result.problems = std::move(file.error());
    return result;
  }
  result.name = file->name;
  result.beside = file->beside;
  const auto wanted = lower(options.filter);
  Tree written = Tree::object();
  const auto* clock = system_environment().clock;
  for (const auto& one : file->cases) {
    const bool runs = wanted.empty() || lower(one.name).find(wanted) != std::string::npos;
    if (!runs) {
      // Its snapshot stays as it is.
      if (auto kept = file->snapshots.find(one.name); one.snapshot && kept != file->snapshots.end())
        written.add(one.name, kept->second);
      continue;
    }
    CaseResult done{one.name, one.place, {}, 0, 0, false};
    const auto began = clock->steady();
    const auto outcome = run_case(one, generation, options.coverage);
    if (options.coverage != nullptr) options.coverage->add(outcome);
    if (one.expects) done.failures = failures_of(one, outcome);
    if (one.snapshot) compare_snapshot(one, outcome, *file, options.update, written, done);
    done.took = clock->steady() - began;
    done.lasted = outcome.ended;
    result.cases.push_back(std::move(done));
  }
  const bool changed = std::ranges::any_of(result.cases, &CaseResult::updated) ||
                       (wanted.empty() && written.members.size() != file->snapshots.size());
  if (options.update && changed)
    if (auto done = write(file->snapshot_path, snapshot_text(written)); !done) {
      result.problems.push_back(done.error());
      result.problems.back().place.file = file->snapshot_path;
    }
  return result;
}

Checked<std::vector<std::string>> find_test_files(Disk& disk, const std::string& folder,
                                                  const std::vector<std::string>& words) {
  std::vector<std::string> all, out;
  for (const char* inside : {"routes", "config/apps"}) {
    auto names = disk.list(folder + "/" + inside);
    if (!names) continue;
    for (const auto& name : *names)
      if (name.ends_with(test_end) && !name.starts_with('.')) all.push_back(fmt::format("{}/{}", inside, name));
  }
  if (words.empty()) return all;
  Problems problems;
  for (const auto& word : words) {
    std::vector<std::string> names;
    const auto* found = static_cast<const std::string*>(nullptr);
    for (const auto& path : all) {
      auto name = path.substr(path.rfind('/') + 1);
      name.resize(name.size() - test_end.size());
      if (word == path || word == name || word == name + ".yaml" || word == name + std::string(test_end) ||
          word == path.substr(0, path.size() - test_end.size()) + ".yaml")
        found = &path;
      names.push_back(std::move(name));
    }
    if (found != nullptr) {
      if (std::ranges::find(out, *found) == out.end()) out.push_back(*found);
    } else if (word.ends_with(test_end) && disk.exists(folder + "/" + word)) {
      out.push_back(word);
    } else {
      problems.push_back({"test.unknown",
                          fmt::format("there are no tests of {}{}", word, did_you_mean(word, names)),
                          "name a route, or a .test.yaml file from the deployment's folder on",
                          {},
                          {},
                          Severity::error});
    }
  }
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return out;
}

}  // namespace simpul::trial
