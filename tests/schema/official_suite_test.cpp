// The official JSON Schema test suite, draft 2020-12, where its Debian package (libtest-json-schema-acceptance-perl) is
// installed: the required cases and optional/format. Every case must be answered as the suite says, except those that
// official_suite_known.txt lists with their reason. The counts go to conformance/json-schema-2020-12.json.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "bus/schema/schema.h"

namespace simpul {
namespace {

namespace fs = std::filesystem;

const fs::path suite = "/usr/share/perl5/auto/share/dist/Test-JSON-Schema-Acceptance";
const std::string remote_base = "http://localhost:1234/";

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// "name<TAB>reason" lines; a name ends in "/*" for a whole group.
std::map<std::string, std::string> read_known() {
  std::map<std::string, std::string> known;
  std::ifstream in(fs::path(SIMPUL_SOURCE_DIR) / "tests/schema/official_suite_known.txt");
  for (std::string line; std::getline(in, line);) {
    auto tab = line.find('\t');
    if (!line.empty() && line.front() != '#' && tab != std::string::npos)
      known[line.substr(0, tab)] = line.substr(tab + 1);
  }
  return known;
}

// The suite's remote schemas by their address; those without an $id get the address as such.
std::map<std::string, std::string> read_remotes() {
  std::map<std::string, std::string> remotes;
  auto root = suite / "remotes";
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".json") continue;
    auto path = fs::relative(entry.path(), root).string();
    bool other_draft = path.starts_with("draft") && !path.starts_with("draft2020-12/");
    if (other_draft) continue;
    auto text = read_file(entry.path());
    auto document = json::parse(text);
    if (!document || !document->root().is_object()) continue;
    if (document->root().find("$id") == nullptr) {
      auto brace = text.find('{');
      bool empty = document->root().size() == 0;
      text.insert(brace + 1, "\"$id\":\"" + remote_base + path + "\"" + (empty ? "" : ","));
    }
    remotes.emplace(path, std::move(text));
  }
  return remotes;
}

// The remotes that a schema needs, found by their file names in its text.
void add_remotes(const std::string& text, const std::map<std::string, std::string>& remotes,
                 std::map<std::string, std::string>& files) {
  for (const auto& [path, remote] : remotes) {
    auto name = path.substr(path.rfind('/') + 1);
    bool named = text.find(remote_base) != std::string::npos && text.find(name) != std::string::npos;
    if (named && files.emplace("remotes/" + path, remote).second) add_remotes(remote, remotes, files);
  }
}

struct Counts {
  std::size_t passed = 0, total = 0;
  std::set<std::string> failed;  // cases, and "group/*" for groups whose schema is refused
  std::map<std::string, std::string> reasons;
};

void run_group(const std::string& file, const json::Value& group, const std::map<std::string, std::string>& remotes,
               Counts& counts) {
  auto group_name = file + " / " + std::string(group.text_of("description"));
  auto schema_text = json::write(*group.find("schema"));
  std::map<std::string, std::string> files{{"case.json", schema_text}};
  add_remotes(schema_text, remotes, files);
  auto registry = compile_schemas(files);
  auto cases = group.find("tests")->items();
  counts.total += cases.size();
  if (!registry) {
    counts.failed.insert(group_name + "/*");
    counts.reasons[group_name + "/*"] = "refused at load: " + registry.error().front().message;
    return;
  }
  auto schema = (*registry)->find("case");
  for (const auto& one : cases) {
    auto name = group_name + " / " + std::string(one.text_of("description"));
    bool expected = one.find("valid")->boolean();
    bool valid = schema->valid(*one.find("data"));
    EXPECT_EQ(valid, schema->explain(*one.find("data")).empty()) << "both passes must agree: " << name;
    if (valid == expected) {
      ++counts.passed;
    } else {
      counts.failed.insert(name);
      counts.reasons[name] = valid ? "accepted" : "refused";
    }
  }
}

void run_folder(const fs::path& folder, const std::string& prefix, const std::map<std::string, std::string>& remotes,
                Counts& counts) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    auto document = json::parse(read_file(path), {.depth = 200});
    ASSERT_TRUE(document) << path << ": " << document.error().message;
    for (const auto& group : document->root().items()) run_group(prefix + path.stem().string(), group, remotes, counts);
  }
}

void write_counts(const Counts& counts) {
  auto folder = fs::path(SIMPUL_BINARY_DIR) / "conformance";
  fs::create_directories(folder);
  json::Writer out;
  out.begin_object().member("suite", "JSON Schema 2020-12");
  out.member("passed", static_cast<std::int64_t>(counts.passed))
      .member("total", static_cast<std::int64_t>(counts.total));
  out.name("failed").begin_array();
  for (const auto& name : counts.failed) out.string(name);
  out.end_array().end_object();
  std::ofstream(folder / "json-schema-2020-12.json") << out.text() << "\n";
}

TEST(OfficialSuite, AnswersEveryCaseOrListsItAsKnown) {
  if (!fs::exists(suite)) {
    GTEST_SKIP() << "the suite is not here: install the package libtest-json-schema-acceptance-perl";
  }
  auto remotes = read_remotes();
  Counts counts;
  run_folder(suite / "tests/draft2020-12", "", remotes, counts);
  run_folder(suite / "tests/draft2020-12/optional/format", "optional/format/", remotes, counts);
  write_counts(counts);
  std::cout << "JSON Schema 2020-12: " << counts.passed << " of " << counts.total << " cases\n";
  auto known = read_known();
  for (const auto& name : counts.failed) {
    EXPECT_TRUE(known.contains(name)) << name << "\t" << counts.reasons[name];
  }
  for (const auto& [name, reason] : known) {
    EXPECT_TRUE(counts.failed.contains(name))
        << "is answered rightly now, take it out of official_suite_known.txt: " << name;
  }
}

}  // namespace
}  // namespace simpul
