// The official JSON Schema test suite where its Debian package (libtest-json-schema-acceptance-perl) is installed: the
// required cases, optional, and optional/format of 2020-12, 2019-09, draft 7, 6 and 4. Every case must be answered as
// the suite says, by both passes, except those that official_suite_known.txt lists with their reason. The counts go to
// conformance/json-schema-<draft>-<kind>.json.
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

using Texts = std::map<std::string, std::string>;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// "name<TAB>reason" lines.
Texts read_known() {
  Texts known;
  std::ifstream in(fs::path(SIMPUL_SOURCE_DIR) / "tests/schema/official_suite_known.txt");
  for (std::string line; std::getline(in, line);) {
    auto tab = line.find('\t');
    if (!line.empty() && line.front() != '#' && tab != std::string::npos)
      known[line.substr(0, tab)] = line.substr(tab + 1);
  }
  return known;
}

// The suite's remote schemas by their addresses. Those of the next draft are of no draft that there is.
Texts read_remotes() {
  Texts remotes;
  auto root = suite / "remotes";
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    auto path = fs::relative(entry.path(), root).string();
    if (entry.path().extension() == ".json" && !path.starts_with("draft-next/"))
      remotes.emplace(remote_base + path, read_file(entry.path()));
  }
  return remotes;
}

// The remotes that a schema needs, found by their file names in its text.
void add_remotes(const std::string& text, const Texts& remotes, Texts& files) {
  for (const auto& [address, remote] : remotes) {
    auto name = address.substr(address.rfind('/') + 1);
    bool named = text.find(name) != std::string::npos;
    if (named && files.emplace(address, remote).second) add_remotes(remote, remotes, files);
  }
}

struct Kind {
  std::string draft, folder, dialect;
  std::string kind, below;
  bool formats_assert;
  std::string name() const { return draft + "/" + kind; }
};

struct Counts {
  std::size_t passed = 0, total = 0;
  std::set<std::string> failed;
  Texts reasons;
};

void run_group(const Kind& kind, const std::string& file, const json::Value& group, const Texts& remotes,
               Counts& counts) {
  auto group_name = kind.name() + " / " + file + " / " + std::string(group.text_of("description"));
  auto schema_text = json::write(*group.find("schema"));
  Texts files{{"case.json", schema_text}};
  if (schema_text.find("localhost:1234") != std::string::npos) add_remotes(schema_text, remotes, files);
  SchemaRules rules{.strict = false, .formats_assert = kind.formats_assert, .dialect = kind.dialect};
  auto registry = compile_schemas(files, rules);
  auto schema = registry ? (*registry)->find("case") : nullptr;
  for (const auto& one : group.find("tests")->items()) {
    auto name = group_name + " / " + std::string(one.text_of("description"));
    const auto& data = *one.find("data");
    ++counts.total;
    if (schema == nullptr) {
      counts.failed.insert(name);
      counts.reasons[name] = "refused at load: " + to_text(registry.error().front());
      continue;
    }
    bool valid = schema->valid(data);
    EXPECT_EQ(valid, schema->explain(data).empty()) << "both passes must agree: " << name;
    if (valid == one.find("valid")->boolean()) {
      ++counts.passed;
    } else {
      counts.failed.insert(name);
      counts.reasons[name] = valid ? "accepted" : "refused";
    }
  }
}

Counts run_kind(const Kind& kind, const Texts& remotes) {
  Counts counts;
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(suite / "tests" / kind.folder / kind.below)) {
    if (entry.path().extension() == ".json") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    auto document = json::parse(read_file(path), {.depth = 200});
    if (!document) {
      ADD_FAILURE() << path << ": " << document.error().message;
      continue;
    }
    for (const auto& group : document->root().items()) run_group(kind, path.stem().string(), group, remotes, counts);
  }
  return counts;
}

void write_counts(const Kind& kind, const Counts& counts) {
  auto folder = fs::path(SIMPUL_BINARY_DIR) / "conformance";
  fs::create_directories(folder);
  json::Writer out;
  out.begin_object().member("suite", "json-schema/" + kind.name());
  out.member("passed", static_cast<std::int64_t>(counts.passed))
      .member("total", static_cast<std::int64_t>(counts.total));
  out.name("failed").begin_array();
  for (const auto& name : counts.failed) out.string(name);
  out.end_array().end_object();
  std::ofstream(folder / ("json-schema-" + kind.draft + "-" + kind.kind + ".json")) << out.text() << "\n";
}

class OfficialSuite : public testing::TestWithParam<Kind> {};

TEST_P(OfficialSuite, AnswersEveryCaseOrListsItAsKnown) {
  if (!fs::exists(suite)) {
    GTEST_SKIP() << "the suite is not here: install the package libtest-json-schema-acceptance-perl";
  }
  const auto& kind = GetParam();
  auto counts = run_kind(kind, read_remotes());
  write_counts(kind, counts);
  std::cout << "JSON Schema " << kind.name() << ": " << counts.passed << " of " << counts.total << " cases\n";
  auto known = read_known();
  for (const auto& name : counts.failed) {
    EXPECT_TRUE(known.contains(name)) << name << "\t" << counts.reasons[name];
  }
  for (const auto& [name, reason] : known) {
    if (!name.starts_with(kind.name() + " / ")) continue;
    EXPECT_TRUE(counts.failed.contains(name))
        << "is answered rightly now, take it out of official_suite_known.txt: " << name;
  }
  EXPECT_GT(counts.total, 0u);
  auto least = kind.kind == "required" ? counts.total * 100 : counts.total * 99;
  EXPECT_GE(counts.passed * 100, least);
}

std::vector<Kind> kinds() {
  struct Of {
    std::string draft, folder, dialect;
  };
  const Of drafts[] = {{"2020-12", "draft2020-12", "https://json-schema.org/draft/2020-12/schema"},
                       {"2019-09", "draft2019-09", "https://json-schema.org/draft/2019-09/schema"},
                       {"7", "draft7", "http://json-schema.org/draft-07/schema#"},
                       {"6", "draft6", "http://json-schema.org/draft-06/schema#"},
                       {"4", "draft4", "http://json-schema.org/draft-04/schema#"}};
  std::vector<Kind> all;
  for (const auto& draft : drafts) {
    all.push_back({draft.draft, draft.folder, draft.dialect, "required", "", false});
    all.push_back({draft.draft, draft.folder, draft.dialect, "optional", "optional", false});
    all.push_back({draft.draft, draft.folder, draft.dialect, "format", "optional/format", true});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Drafts, OfficialSuite, testing::ValuesIn(kinds()), [](const auto& one) {
  auto name = "Draft" + one.param.draft + "_" + one.param.kind;
  std::erase(name, '-');
  return name;
});

}  // namespace
}  // namespace simpul
