// Reads the tree and holds it to the design's layout: who includes whom, what is built, what is switched off,
// how long files are, and which calls are not used here. Each failure says file, line and what to do.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace simpul {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t file_limit_lines = 900;
constexpr std::size_t line_limit = 140;       // of code
constexpr std::size_t text_line_limit = 400;  // of a line with a text in quotes: sentences for people stay in one piece

struct SourceFile {
  std::string path;                // below the root
  std::string folder;              // bus/log, adapters/http, tests/route, bus
  std::vector<std::string> lines;  // as they stand
  std::vector<std::string> code;   // comments and the insides of literals blanked
};

// Blanks comments, strings and characters, and keeps the lines.
std::string code_only(const std::string& text) {
  std::string out = text;
  const auto blank = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < std::min(to, out.size()); ++i) {
      if (out[i] != '\n') {
        out[i] = ' ';
      }
    }
  };
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i + 1;
    if (text.compare(i, 2, "//") == 0) {
      end = std::min(text.find('\n', i), text.size());
      blank(i, end);
    } else if (text.compare(i, 2, "/*") == 0) {
      end = std::min(text.find("*/", i + 2), text.size() - 2) + 2;
      blank(i, end);
    } else if (text.compare(i, 2, "R\"") == 0) {
      const std::size_t open = std::min(text.find('(', i), text.size());
      const std::string close = ")" + text.substr(i + 2, open - i - 2) + "\"";
      end = std::min(text.find(close, open), text.size() - close.size()) + close.size();
      blank(i, end);
    } else if (text[i] == '"' ||
               (text[i] == '\'' && (i == 0 || !std::isalnum(static_cast<unsigned char>(text[i - 1]))))) {
      while (end < text.size() && text[end] != text[i] && text[end] != '\n') {
        end += text[end] == '\\' ? 2 : 1;
      }
      ++end;
      blank(i + 1, end - 1);
    }
    i = end;
  }
  return out;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  return lines;
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

bool is_cpp(std::string_view path) {
  return path.ends_with(".cpp") || path.ends_with(".h");
}

// Every text file of the tree that people write.
const std::vector<SourceFile>& tree() {
  static const std::vector<SourceFile> files = [] {
    std::vector<SourceFile> out;
    const fs::path root = SIMPUL_SOURCE_DIR;
    for (const char* top : {"bus", "adapters", "tools", "tests", "config", "routes", "schemas", ".ci", "CMakeLists.txt",
                            "CMakePresets.json", "README.md"}) {
      std::vector<fs::path> found;
      if (fs::is_directory(root / top)) {
        for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
          if (entry.is_regular_file() && entry.file_size() < (1u << 20)) {
            found.push_back(entry.path());
          }
        }
      } else if (fs::exists(root / top)) {
        found.push_back(root / top);
      }
      for (const fs::path& path : found) {
        SourceFile file;
        file.path = fs::relative(path, root).generic_string();
        if (file.path.starts_with("tests/fuzz/corpus/")) {
          continue;
        }
        file.folder = fs::path(file.path).parent_path().generic_string();
        const std::string text = read(path);
        file.lines = split(text);
        if (is_cpp(file.path)) {
          file.code = split(code_only(text));
        }
        out.push_back(std::move(file));
      }
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    return out;
  }();
  return files;
}

void complain(const SourceFile& file, std::size_t line, const std::string& what) {
  ADD_FAILURE() << file.path << ":" << line + 1 << ": " << what;
}

// The quoted or bracketed name of an #include, or nothing.
std::string_view included(std::string_view line, char open, char close) {
  if (!line.starts_with("#include")) {
    return {};
  }
  const std::size_t from = line.find(open);
  const std::size_t to = from == line.npos ? line.npos : line.find(close, from + 1);
  return to == line.npos ? std::string_view() : line.substr(from + 1, to - from - 1);
}

// ---- who includes whom -------------------------------------------------------------------------------

// The table of the design's §6. A name that ends in / is a folder and what is below it; another is one file.
const std::map<std::string, std::vector<std::string>>& may_include() {
  static const std::map<std::string, std::vector<std::string>> table{
      {"bus/base", {}},
      {"bus/event", {"bus/base/"}},
      {"bus/schema", {"bus/base/", "bus/event/"}},
      {"bus/expression", {"bus/base/", "bus/event/", "bus/schema/"}},
      {"bus/log", {"bus/base/", "bus/event/"}},
      {"bus/route", {"bus/base/", "bus/event/", "bus/schema/", "bus/expression/", "bus/log/"}},
      {"bus/admit", {"bus/base/", "bus/event/", "bus/schema/", "bus/log/", "bus/route/"}},
      {"bus/delivery", {"bus/base/", "bus/event/", "bus/log/", "bus/route/"}},
      {"bus/control", {"bus/"}},
      {"bus", {"bus/"}},
      {"adapters", {"bus/adapter.h", "bus/base/", "bus/event/", "adapters/"}},
      {"tools", {"bus/", "adapters/registry.h"}},
      {"tools/simpul", {"bus/", "adapters/registry.h", "tools/trial/"}},
      {"tools/bench", {"bus/", "adapters/registry.h", "tools/trial/"}},
      {"tests", {"bus/", "adapters/", "tools/", "tests/"}},
  };
  return table;
}

std::vector<std::string> allowed_for(const SourceFile& file) {
  if (file.path.starts_with("bus/adapter.")) {
    return {"bus/base/", "bus/event/"};
  }
  if (file.folder.starts_with("adapters/")) {
    return {"bus/adapter.h", "bus/base/", "bus/event/", "adapters/shared/"};
  }
  const auto& table = may_include();
  if (const auto found = table.find(file.folder); found != table.end()) {
    return found->second;
  }
  const auto top = table.find(file.folder.substr(0, file.folder.find('/')));
  return top == table.end() ? std::vector<std::string>() : top->second;
}

TEST(Tree, includes_go_downward_only) {
  for (const SourceFile& file : tree()) {
    for (std::size_t line = 0; is_cpp(file.path) && line < file.lines.size(); ++line) {
      const std::string name(included(file.lines[line], '"', '"'));
      if (name.empty()) {
        continue;
      }
      if (!fs::exists(fs::path(SIMPUL_SOURCE_DIR) / name)) {
        complain(file, line, fmt::format("{} is no path from the repository's root; write the whole path", name));
        continue;
      }
      if (fs::path(name).parent_path().generic_string() == file.folder) {
        continue;
      }
      std::string words;
      bool allowed = false;
      for (const std::string& each : allowed_for(file)) {
        allowed = allowed || (each.ends_with('/') ? name.starts_with(each) : name == each);
        words += (words.empty() ? "" : ", ") + each;
      }
      if (!allowed) {
        complain(file, line,
                 fmt::format("{} may not include {}; it may include its own folder{}{} (architecture §6): move what is "
                             "needed down, or hand it in",
                             file.folder, name, words.empty() ? "" : ", ", words));
      }
    }
  }
}

struct Library {
  std::string start;                 // of the header's name
  bool in_headers;                   // may headers of ours include it?
  std::vector<std::string> folders;  // who owns it
};

TEST(Tree, libraries_stay_where_they_are_owned) {
  const std::vector<Library> libraries{
      {"boost/", false, {"adapters/", "bus/schema", "tools/bench"}},
      {"rapidjson/", false, {"tests/event"}},
      {"sqlite3.h", false, {"bus/log", "adapters/sql", "tools/standins", "tools/demo", "tools/simpul"}},
      {"yaml-cpp/", false, {"tools/simpul"}},
      {"openssl/", false, {"bus/base", "bus/control", "adapters/", "tools/"}},
      {"curl/", false, {"adapters/shared", "adapters/http", "tools/demo", "tools/bench"}},
      {"yaml.h", false, {"bus/base"}},
      {"idn2.h", false, {"bus/schema"}},
      {"re2/", true, {"bus/schema", "bus/expression"}},
      {"CLI/", true, {"tools/"}},
      {"spdlog/", false, {"bus/base"}},
  };
  for (const SourceFile& file : tree()) {
    if (file.folder.starts_with("tests")) {
      continue;
    }
    for (std::size_t line = 0; is_cpp(file.path) && line < file.lines.size(); ++line) {
      const std::string_view name = included(file.lines[line], '<', '>');
      for (const Library& library : libraries) {
        if (!name.starts_with(library.start)) {
          continue;
        }
        if (!library.in_headers && file.path.ends_with(".h")) {
          complain(file, line,
                   fmt::format("<{}> in a header makes every file that includes it slow to build: move it into a .cpp "
                               "behind a struct Inner",
                               name));
        }
        if (std::none_of(library.folders.begin(), library.folders.end(),
                         [&](const std::string& each) { return (file.folder + "/").starts_with(each); })) {
          complain(
              file, line,
              fmt::format(
                  "<{}> belongs to another folder; use what that one offers, or add {} to the owners in tests/tidy",
                  name, file.folder));
        }
      }
    }
  }
}

TEST(Tree, headers_are_included_once) {
  for (const SourceFile& file : tree()) {
    if (file.path.ends_with(".h") &&
        std::find(file.lines.begin(), file.lines.end(), "#pragma once") == file.lines.end()) {
      complain(file, 0, "there is no #pragma once; write it behind the comment at the top");
    }
  }
}

// ---- what is built and what is switched off ----------------------------------------------------------

// The namespaces around a line, "<anonymous>" for those without a name.
void follow_namespace(std::string_view line, std::vector<std::string>& around) {
  if (line.starts_with("}  // namespace") && !around.empty()) around.pop_back();
  if (!line.starts_with("namespace ") || !line.ends_with("{")) return;
  auto name = line.substr(10, line.size() - 11);
  around.emplace_back(name.empty() ? "<anonymous>" : std::string(name.substr(0, name.find(' '))));
}

// The type that a line begins to define: "struct Node {" gives "Node".
std::string defined(std::string_view line) {
  for (std::string_view start : {"struct ", "class ", "enum class ", "union "}) {
    if (!line.starts_with(start) || line.ends_with(";") || line.find('{') == line.npos) continue;
    line.remove_prefix(start.size());
    return std::string(line.substr(0, line.find_first_of(" {")));
  }
  return {};
}

// The linker takes one of two types of the same name, and says nothing ([basic.def.odr]).
TEST(Tree, a_name_is_one_type) {
  std::map<std::string, std::string> places;
  for (const SourceFile& file : tree()) {
    if (!is_cpp(file.path) || file.folder.starts_with("tests")) {
      continue;
    }
    std::vector<std::string> around;
    for (std::size_t line = 0; line < file.lines.size(); ++line) {
      follow_namespace(file.lines[line], around);
      const std::string type = defined(file.lines[line]);
      if (type.empty() || std::find(around.begin(), around.end(), "<anonymous>") != around.end()) {
        continue;
      }
      const std::string name = fmt::format("{}::{}", fmt::join(around, "::"), type);
      const auto [first, added] = places.emplace(name, fmt::format("{}:{}", file.path, line + 1));
      if (!added) {
        complain(file, line,
                 fmt::format("{} is defined in {} too: rename one, or put it into an unnamed namespace", name,
                             first->second));
      }
    }
  }
}

TEST(Tree, every_source_is_built) {
  const fs::path commands = fs::path(SIMPUL_BINARY_DIR) / "compile_commands.json";
  const std::string text = read(commands);
  ASSERT_FALSE(text.empty()) << commands << " is missing; configure with CMake's preset `release`";
  for (const SourceFile& file : tree()) {
    // Fuzzers are built by the preset `fuzz`, with clang.
    if (!file.path.ends_with(".cpp") || file.folder == "tests/fuzz") {
      continue;
    }
    if (text.find(fmt::format("\"{}/{}\"", SIMPUL_SOURCE_DIR, file.path)) == text.npos) {
      complain(file, 0, "is not built: put it in a folder that CMakeLists.txt reads, or remove it");
    }
  }
}

TEST(Tree, no_test_is_switched_off) {
  // A test may be skipped only where something outside the project is missing, and each one stands here.
  const std::set<std::string> may_skip{"tests/schema/official_suite_test.cpp",  "tests/schema/output_test.cpp",
                                       "tests/base/environment_test.cpp",       "tests/adapters/http_tls_test.cpp",
                                       "tests/schema/differential_test.cpp",    "tests/expression/conformance_test.cpp",
                                       "tests/expression/differential_test.cpp"};
  const std::string disabled = std::string("DISABLED") + "_";
  for (const SourceFile& file : tree()) {
    if (!file.folder.starts_with("tests")) {
      continue;
    }
    for (std::size_t line = 0; line < file.lines.size(); ++line) {
      const std::string& text = file.lines[line];
      const std::size_t start = text.find_first_not_of(" \t");
      const std::string_view trimmed = start == text.npos ? std::string_view() : std::string_view(text).substr(start);
      if (text.find(disabled) != text.npos) {
        complain(file, line, "a test is switched off; mend it, or remove it with what it checked");
      }
      if (is_cpp(file.path) && file.code[line].find("GTEST_SKIP") != text.npos && !may_skip.contains(file.path)) {
        complain(file, line,
                 "a test that skips checks nothing; make what it needs, or add the file to the list in tests/tidy with "
                 "a reason");
      }
      if (trimmed.starts_with("// TEST") || trimmed.starts_with("//TEST") || trimmed == "#if 0") {
        complain(file, line, "a test is commented out; mend it, or remove it");
      }
      if (file.path.ends_with("CMakeLists.txt") && trimmed.starts_with("#") &&
          (trimmed.find("add_test(") != text.npos || trimmed.find("simpul_test(") != text.npos ||
           trimmed.find("add_subdirectory(") != text.npos)) {
        complain(file, line, "a test program is commented out; build it, or remove it");
      }
    }
  }
}

// ---- how it is written -------------------------------------------------------------------------------

TEST(Tree, files_and_lines_are_short) {
  for (const SourceFile& file : tree()) {
    if (!is_cpp(file.path)) {
      continue;
    }
    if (file.lines.size() > file_limit_lines) {
      complain(
          file, file_limit_lines,
          fmt::format("has {} lines, and {} are the limit; split it by idea", file.lines.size(), file_limit_lines));
    }
    for (std::size_t line = 0; line < file.lines.size(); ++line) {
      const bool has_text = file.lines[line].find('"') != std::string::npos;
      const std::size_t limit = has_text ? text_line_limit : line_limit;
      if (file.lines[line].size() > limit) {
        complain(file, line,
                 fmt::format("has {} bytes, and {} are the limit; ./tools/dev format breaks lines",
                             file.lines[line].size(), limit));
      }
    }
  }
}

struct Banned {
  std::string call;
  std::string instead;
  std::vector<std::string> folders;  // where; empty: everywhere
};

// Found as a whole word: what stands before it is no part of a name.
bool calls(const std::string& code, const std::string& call) {
  for (std::size_t at = code.find(call); at != code.npos; at = code.find(call, at + 1)) {
    const unsigned char before = at == 0 ? ' ' : static_cast<unsigned char>(code[at - 1]);
    if (!std::isalnum(before) && before != '_') {
      return true;
    }
  }
  return false;
}

// Waiting for what another process or thread does, with an end to it.
bool waits_until(const SourceFile& file, std::size_t line) {
  for (std::size_t back = 0; back <= 6 && back <= line; ++back) {
    const std::string& code = file.code[line - back];
    if (code.find("until") != code.npos || code.find("deadline") != code.npos) {
      return true;
    }
  }
  return false;
}

TEST(Tree, banned_calls_are_not_used) {
  const std::vector<std::string> product{"bus", "adapters", "tools"};
  const std::vector<Banned> banned{
      {"strcpy(", "std::string or std::string_view", {}},
      {"strcat(", "std::string", {}},
      {"sprintf(", "fmt::format", {}},
      {"snprintf(", "fmt::format", {}},
      {"strtok(", "a loop over std::string_view::find", {}},
      {"atoi(", "std::from_chars", product},
      {"atol(", "std::from_chars", product},
      {"atof(", "std::from_chars", product},
      {"std::stoi", "std::from_chars: it does not throw, and tells where it stopped", product},
      {"std::stol", "std::from_chars: it does not throw, and tells where it stopped", product},
      {"std::stoul", "std::from_chars: it does not throw, and tells where it stopped", product},
      {"std::stod", "std::from_chars: it does not throw, and knows no locale", product},
      {"system(", "posix_spawn with a list of arguments: no shell reads them", product},
      {"popen(", "posix_spawn with a list of arguments: no shell reads them", product},
      {"std::regex", "RE2 (bus/schema) or a scan by hand: std::regex is slow and overflows the stack", product},
      {"volatile", "std::atomic", {}},
      {"localtime(", "format_time() of bus/base/environment.h, which is UTC", {}},
      {"rand(", "Random of bus/base/environment.h, or std::mt19937_64 with a seed in tests", {}},
      {"srand(", "Random of bus/base/environment.h, or std::mt19937_64 with a seed in tests", {}},
      {"sleep_for(", "a wait on a condition, with a deadline beside it", {"tests", "adapters"}},
      {"usleep(", "a wait on a condition with a deadline", {}},
      {"using namespace std;", "the names with std::", {}},
      {"mktemp(", "mkdtemp or mkstemp", {}},
      {"assert(", "SIMPUL_ASSERT: it is checked in every build", {}},
  };
  for (const SourceFile& file : tree()) {
    for (std::size_t line = 0; line < file.code.size(); ++line) {
      for (const Banned& each : banned) {
        const bool here = each.folders.empty() ||
                          std::any_of(each.folders.begin(), each.folders.end(),
                                      [&](const std::string& folder) { return file.path.starts_with(folder + "/"); });
        if (here && calls(file.code[line], each.call) && !(each.call == "sleep_for(" && waits_until(file, line))) {
          complain(file, line, fmt::format("{} is not used here; use {}", each.call, each.instead));
        }
      }
    }
  }
}

TEST(Tree, nothing_is_left_for_later) {
  const std::vector<std::string> marks{std::string("TO") + "DO", std::string("FIX") + "ME",
                                       std::string("XX") + "X:", std::string("HA") + "CK:"};
  for (const SourceFile& file : tree()) {
    for (std::size_t line = 0; line < file.lines.size(); ++line) {
      for (const std::string& mark : marks) {
        if (file.lines[line].find(mark) != std::string::npos) {
          complain(file, line, fmt::format("{}: do it now, or make it an issue and remove the mark", mark));
        }
      }
    }
  }
}

TEST(Tree, no_registry_is_named) {
  const std::string dot = ".";
  const std::vector<std::string> hosts{"pypi" + dot + "org",         "crates" + dot + "io",
                                       "npmjs" + dot + "org",        "docker" + dot + "io",
                                       "quay" + dot + "io",          "ghcr" + dot + "io",
                                       "deb.debian" + dot + "org",   "golang" + dot + "org",
                                       "rubygems" + dot + "org",     "security.debian" + dot + "org",
                                       "mvnrepository" + dot + "com"};
  for (const SourceFile& file : tree()) {
    for (std::size_t line = 0; line < file.lines.size(); ++line) {
      for (const std::string& host : hosts) {
        if (file.lines[line].find(host) != std::string::npos) {
          complain(file, line,
                   fmt::format("{} is named; the distribution's package manager knows where packages come from", host));
        }
      }
    }
  }
}

// ---- the shape of folders ----------------------------------------------------------------------------

TEST(Tree, every_adapter_has_the_same_files) {
  for (const auto& entry : fs::directory_iterator(fs::path(SIMPUL_SOURCE_DIR) / "adapters")) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_directory() || name == "shared") {
      continue;
    }
    for (const std::string& file :
         {name + ".h", name + ".cpp", std::string("README.md"), std::string("example.yaml")}) {
      EXPECT_TRUE(fs::exists(entry.path() / file))
          << "adapters/" << name << "/" << file << " is missing; every adapter has it (see adapters/sql)";
    }
    bool has_side = false;
    for (const char* side : {"source.cpp", "target.cpp", "endpoint.cpp"}) {
      has_side = has_side || fs::exists(entry.path() / side);
    }
    EXPECT_TRUE(has_side) << "adapters/" << name << " has neither source.cpp nor target.cpp nor endpoint.cpp";
    const std::string registry = read(fs::path(SIMPUL_SOURCE_DIR) / "adapters/registry.cpp");
    EXPECT_NE(registry.find(fmt::format("adapters/{}/{}.h", name, name)), registry.npos)
        << "adapters/" << name << " has no line in adapters/registry.cpp";
  }
}

TEST(Tree, the_top_level_is_fixed) {
  const std::set<std::string> known{"CMakeLists.txt",
                                    "CMakePresets.json",
                                    "README.md",
                                    "CHANGELOG.md",
                                    "LICENSE",
                                    "SECURITY.md",
                                    "CONTRIBUTING.md",
                                    "bus",
                                    "adapters",
                                    "routes",
                                    "schemas",
                                    "config",
                                    "tests",
                                    "tools",
                                    ".git",
                                    ".gitignore",
                                    ".ci",
                                    ".clang-format",
                                    ".clang-tidy",
                                    ".editorconfig",
                                    ".gitattributes",
                                    "build",
                                    "var",
                                    ".cache",
                                    ".vscode",
                                    ".idea"};
  for (const auto& entry : fs::directory_iterator(SIMPUL_SOURCE_DIR)) {
    const std::string name = entry.path().filename().string();
    EXPECT_TRUE(known.contains(name))
        << name << ": the top level is fixed by the design (§6); put it into one of the folders that are there";
  }
}

// ---- the reader of this test itself ------------------------------------------------------------------

TEST(TidyReader, blanks_comments_and_texts_and_nothing_else) {
  EXPECT_EQ(code_only("int a; // atoi("), "int a; " + std::string(8, ' '));
  EXPECT_EQ(code_only("/* atoi( */ b"), std::string(11, ' ') + " b");
  EXPECT_EQ(code_only("f(\"atoi(\\\"\", 'x') c"), "f(\"" + std::string(7, ' ') + "\", ' ') c");
  EXPECT_EQ(code_only("R\"(atoi()\" d"), std::string(10, ' ') + " d");
  EXPECT_EQ(code_only("1'000'000 e"), "1'000'000 e");
  EXPECT_TRUE(calls("x = atoi(y)", "atoi("));
  EXPECT_FALSE(calls("my_atoi(y)", "atoi("));
}

}  // namespace
}  // namespace simpul
