// The conformance suite of CEL (github.com/google/cel-spec, as the npm package @bufbuild/cel-spec 0.6.1 has it), with
// cel-go's own tests of its parser, its checker and comprehensions of two variables. Every test must come out as the
// suite says (the tree, the checked tree with all its types, the type and the value), except those that
// conformance_known.txt lists with their reason. The counts go to conformance/cel-<section>.json.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

#include "bus/expression/machine.h"
#include "bus/expression/parser.h"
#include "tests/expression/conformance_case.h"
#include "tests/expression/debug_tree.h"

namespace simpul::cel {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view needs_messages = "needs protobuf messages";

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string words_of(const std::vector<Fault>& faults) {
  std::string out;
  for (const auto& fault : faults) out += (out.empty() ? "" : "; ") + fault.code + " " + fault.message;
  return out;
}

// The first line in which two texts differ.
std::string difference(std::string_view wanted, std::string_view got) {
  std::size_t at = 0, line = 0;
  while (at < wanted.size() && at < got.size() && wanted[at] == got[at]) {
    if (wanted[at++] == '\n') line = at;
  }
  const auto rest = [line](std::string_view text) {
    return std::string(text.substr(line, std::min(text.find('\n', line), text.size()) - line));
  };
  return fmt::format("wanted \"{}\", got \"{}\"", rest(wanted), rest(got));
}

// A test of a section, and what went on with it.
class Case {
 public:
  Case(std::string_view section, const json::Value& test)
      : section_(section), test_(test), original_(*test.find("original")), error_(test.text_of("error")) {
    own_tests_ = section == "parsing" || section == "checking" || section == "comprehension";
  }

  // What is wrong; empty: nothing.
  std::string run() {
    const auto tree = parse(original_.text_of("expr"));
    if (!tree) return refused_by_parser(tree.error());
    if (must_not_parse()) return "is parsed, and must not be";
    if (const auto* ast = test_.find("ast")) {
      const auto got = debug_text(*tree);
      if (got != ast->text()) return "tree: " + difference(ast->text(), got);
    }
    if (test_.find("parse_only") != nullptr) return {};
    auto declarations = declarations_of(original_);
    if (!declarations) return std::string(needs_messages);
    if (section_ == "checking") add_default_environment(*declarations);
    return checked(*tree, *declarations);
  }

 private:
  // What cel-go does not parse because of a limit or an option of its own says nothing of the language.
  bool is_limit() const { return contains(error_, "recursion") || contains(error_, "lookahead limit"); }
  bool is_option() const { return contains(error_, "unsupported syntax"); }
  // Its macros look at their arguments while it parses; ours while they are checked.
  bool is_macro_fault() const {
    return contains(error_, "invalid argument to has") || contains(error_, "must be a simple name") ||
           contains(error_, "not an identifier") || contains(error_, "overwrites accumulator");
  }
  bool must_not_parse() const {
    return own_tests_ && test_.find("ast") == nullptr && !is_option() && !is_limit() && !is_macro_fault();
  }

  std::string refused_by_parser(const Fault& fault) const {
    // Of a name in backticks that is called, cel-go's test wants an error; the option hides it here.
    const bool called = contains(original_.text_of("expr"), "`()");
    const bool wanted = own_tests_ ? must_not_parse() || is_limit() || is_macro_fault() || called
                                   : original_.find("evalError") != nullptr;
    return wanted ? "" : "is not parsed: " + fault.message;
  }

  std::string checked(const Tree& tree, Declarations& declarations) {
    const auto* ast = test_.find("checkedAst");
    for (const std::string_view pair :
         {"_int64_double", "_int64_uint64", "_uint64_double", "_uint64_int64", "_double_int64", "_double_uint64"}) {
      declarations.mixed_numbers |= ast != nullptr && contains(ast->text(), pair);
    }
    if (ast != nullptr) {
      if (auto wrong = compare_types(tree, declarations); !wrong.empty()) return wrong;
    }
    if (section_ == "parsing") return is_macro_fault() ? refused_macro(tree, declarations) : "";
    Program program = empty_program();
    const auto outcome = check(tree, declarations, Expect::any, program);
    if (section_ == "checking") {
      if (ast == nullptr && outcome.faults.empty() && !is_option()) return "is accepted, and must not be";
      return ast == nullptr || outcome.faults.empty() ? "" : "is refused: " + words_of(outcome.faults);
    }
    if (auto wrong = compare_deduced(outcome); !wrong.empty()) return wrong;
    if (!outcome.faults.empty())
      return original_.find("evalError") != nullptr ? "" : "is refused: " + words_of(outcome.faults);
    if (const auto* only = original_.find("checkOnly"); only != nullptr && only->boolean()) return {};
    return evaluated(program, declarations);
  }

  Program empty_program() const {
    Program program;
    program.source = original_.text_of("expr");
    return program;
  }

  std::string refused_macro(const Tree& tree, Declarations& declarations) const {
    Program program = empty_program();
    for (const auto& fault : check(tree, declarations, Expect::any, program).faults) {
      if (fault.code != "cel.unknown_name") return {};
    }
    return "the macro's arguments are accepted, and must not be";
  }

  // Also of tests that are evaluated without types: cel-go has the types all the same.
  std::string compare_types(const Tree& tree, Declarations declarations) const {
    declarations.types = true;
    Program program = empty_program();
    Annotations annotations;
    const auto outcome = check(tree, declarations, Expect::any, program, &annotations);
    if (!outcome.faults.empty()) return "is refused: " + words_of(outcome.faults);
    const auto got = debug_text(tree, annotations, declarations);
    const auto wanted = test_.text_of("checkedAst");
    if (got != wanted) return "checked tree: " + difference(wanted, got);
    const auto type = to_text(outcome.type);
    return type == test_.text_of("type") ? "" : fmt::format("type: wanted {}, got {}", test_.text_of("type"), type);
  }

  std::string compare_deduced(const Outcome& outcome) const {
    const auto* typed = original_.find("typedResult");
    const auto* deduced = typed == nullptr ? nullptr : typed->find("deducedType");
    if (deduced == nullptr) return {};
    std::vector<std::string> parameters;
    const auto wanted = proto_type(*deduced, parameters);
    if (!wanted) return std::string(needs_messages);
    const auto got = to_text(outcome.type);
    return to_text(*wanted) == got ? "" : fmt::format("type: wanted {}, got {}", to_text(*wanted), got);
  }

  std::string evaluated(Program& program, const Declarations& declarations) {
    ProtoValues values;
    std::vector<Cell> slots;
    const auto* bound = original_.find("bindings");
    for (const auto& variable : declarations.variables) {
      const auto* binding = bound == nullptr ? nullptr : bound->find(variable.name);
      const auto* value = binding == nullptr ? nullptr : binding->find("value");
      const auto cell = value == nullptr ? Cell::error(ErrorCode::no_such_field, 0) : values.cell(*value);
      if (!cell) return std::string(needs_messages);
      slots.push_back(*cell);
    }
    optimise(program, Slots::cells);
    json::Arena arena;
    Machine machine(program, slots, arena);
    const Cell got = machine.run(program.root);
    if (original_.find("evalError") != nullptr)
      return got.is_error() ? "" : fmt::format("wanted an error, got {}", to_text(got));
    const auto* typed = original_.find("typedResult");
    const auto* result = typed != nullptr ? typed->find("result") : original_.find("value");
    const auto wanted = result == nullptr ? Cell::of(true) : values.cell(*result);
    if (!wanted) return std::string(needs_messages);
    return same(*wanted, got) ? "" : fmt::format("wanted {}, got {}", to_text(*wanted), to_text(got));
  }

  std::string_view section_;
  const json::Value& test_;
  const json::Value& original_;
  std::string_view error_;
  bool own_tests_ = false;
};

struct Counts {
  std::size_t passed = 0, total = 0;
  std::map<std::string, std::string> failed;  // by name: what is wrong
};

void write_counts(const std::string& section, const Counts& counts) {
  const auto folder = fs::path(SIMPUL_BINARY_DIR) / "conformance";
  fs::create_directories(folder);
  json::Writer out;
  out.begin_object().member("suite", "cel/" + section);
  out.member("passed", static_cast<std::int64_t>(counts.passed));
  out.member("total", static_cast<std::int64_t>(counts.total));
  out.name("failed").begin_array();
  for (const auto& [name, wrong] : counts.failed) out.string(name);
  out.end_array().end_object();
  std::ofstream(folder / ("cel-" + section + ".json")) << out.text() << "\n";
}

// "section / name<TAB>reason" lines.
std::map<std::string, std::string> read_known() {
  std::map<std::string, std::string> known;
  std::ifstream in(fs::path(SIMPUL_SOURCE_DIR) / "tests/expression/conformance_known.txt");
  for (std::string line; std::getline(in, line);) {
    const auto tab = line.find('\t');
    if (!line.empty() && line.front() != '#' && tab != std::string::npos && tab + 1 < line.size())
      known[line.substr(0, tab)] = line.substr(tab + 1);
  }
  return known;
}

class CelSuite : public testing::TestWithParam<std::string> {};

TEST_P(CelSuite, AnswersEveryCaseOrListsItAsKnown) {
  const auto suites = find_suites();
  if (!suites.missing.empty()) GTEST_SKIP() << "cel/" << GetParam() << " did not run: " << suites.missing;
  const auto suite = read_suite(suites, GetParam());
  ASSERT_TRUE(suite) << "tests/expression/conformance_fixture.cjs gave no JSON";
  Counts counts;
  for (const auto& test : suite->root().items()) {
    const std::string name(test.text_of("name"));
    auto wrong = Case(GetParam(), test).run();
    ++counts.total;
    if (wrong.empty()) {
      ++counts.passed;
    } else {
      counts.failed.emplace(name, std::move(wrong));
    }
  }
  write_counts(GetParam(), counts);
  std::cout << "CEL " << GetParam() << ": " << counts.passed << " of " << counts.total << " cases\n";
  ASSERT_GT(counts.total, 0U);
  const auto known = read_known();
  for (const auto& [name, wrong] : counts.failed)
    EXPECT_TRUE(known.contains(GetParam() + " / " + name)) << GetParam() << " / " << name << "\t" << wrong;
  for (const auto& [name, reason] : known) {
    const std::string own = GetParam() + " / ";
    if (!name.starts_with(own)) continue;
    EXPECT_TRUE(counts.failed.contains(name.substr(own.size())))
        << "is answered rightly now, take it out of conformance_known.txt: " << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Sections, CelSuite,
                         testing::Values("basic", "bindings_ext", "block_ext", "comparisons", "conversions", "dynamic",
                                         "encoders_ext", "enums", "fields", "fp_math", "integer_math", "lists", "logic",
                                         "macros", "macros2", "math_ext", "namespace", "optionals", "parse", "plumbing",
                                         "proto2", "proto2_ext", "proto3", "string", "string_ext", "timestamps",
                                         "type_deductions", "wrappers", "parsing", "checking", "comprehension"),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace simpul::cel
