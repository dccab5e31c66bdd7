// The table of functions: every example compiles and gives the value shown, signatures are read, and
// routes/FUNCTIONS.md says the same. With SIMPUL_UPDATE=1 that page is written anew.
#include "bus/expression/functions.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "bus/base/environment.h"
#include "bus/expression/signature.h"
#include "tests/expression/functions_scope.h"

namespace simpul {
namespace {

TEST(FunctionsTable, EveryExampleGivesTheValueShown) {
  const FunctionScope scope;
  for (const auto& function : expression_functions()) {
    const std::string value = scope.value(function.example);
    EXPECT_EQ(value, function.result) << function.name << ": " << function.example << "\n"
                                      << scope.problems(function.example);
  }
}

TEST(FunctionsTable, EveryFunctionIsDescribedOnceInOrder) {
  const auto areas = expression_function_areas();
  std::string before;
  for (const auto& function : expression_functions()) {
    EXPECT_LT(before, function.name);
    before = function.name;
    EXPECT_TRUE(function.help.ends_with('.')) << function.name;
    EXPECT_FALSE(function.signatures.empty()) << function.name;
    EXPECT_THAT(areas, testing::Contains(function.area)) << function.name;
  }
}

// A macro's form has no id; every other one is a signature that names its function, and no two have one id in it, but
// for the forms with any number of arguments, which cel-go writes as lists.
TEST(FunctionsTable, SignaturesAreRead) {
  for (const auto& function : cel::functions()) {
    std::set<std::string_view> ids;
    for (const auto& overload : function.overloads) {
      if (overload.id.empty()) {
        EXPECT_EQ(function.function, nullptr) << function.name;
        continue;
      }
      const auto read = cel::read_signature(overload.id, overload.signature);
      ASSERT_TRUE(read) << overload.signature << ": " << read.error();
      EXPECT_EQ(read->name, function.name) << overload.signature;
      EXPECT_TRUE(ids.insert(overload.id).second || read->signature.rest) << overload.id;
    }
  }
}

TEST(FunctionsTable, OneIsFoundByItsName) {
  ASSERT_NE(cel::function_of("nik.birthDate"), nullptr);
  EXPECT_EQ(cel::function_of("nik.birthDate")->name, "nik.birthDate");
  EXPECT_EQ(cel::function_of("nik.birthdate"), nullptr);
  EXPECT_EQ(cel::function_of(""), nullptr);
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string page() {
  std::string out =
      "# Functions of expressions\n\n"
      "Made from the table of functions: a test fails when this page is stale, and `SIMPUL_UPDATE=1` rewrites it. The "
      "same "
      "is shown by `simpul functions`. Every example here is evaluated by that test.\n\n"
      "- None of them knows a clock or chance: what is \"now\" is in the event (`time`).\n"
      "- A text whose schema format is `date` or `date-time` goes wherever a `timestamp` is asked. `number` is a JSON "
      "number; `int`, `uint` and `double` go where it is asked.\n"
      "- Positions and lengths are characters, counted from 0; letters beyond A to Z keep their case.\n"
      "- Patterns of dates are made of `d dd` (day), `M MM` (month), `MMM MMMM` (its name), `yyyy yy` (year; `yy` for "
      "writing only), `EEE EEEE` (name of the day), `HH mm ss` (time of day); all else stands for itself, letters "
      "within "
      "single quotes. `m` is the month as well, unless it follows `HH`. Names are Indonesian.\n"
      "- Time zones are offsets (`+07:00`), `UTC`, `WIB`, `WITA`, `WIT`, `Asia/Jakarta`, `Asia/Pontianak`, "
      "`Asia/Makassar`, "
      "`Asia/Jayapura`: these are built in, with the offsets that hold since 1988. Other names of the IANA database "
      "are read "
      "from the machine's /usr/share/zoneinfo; where it has none, evaluation says `bad_argument`.\n";
  for (const auto area : expression_function_areas()) {
    out += fmt::format("\n## {}{}\n\n", static_cast<char>(area[0] - 32), area.substr(1));
    out += "| Function | What | Example | Value |\n|---|---|---|---|\n";
    for (const auto& function : expression_functions()) {
      if (function.area != area) continue;
      std::string forms;
      for (const auto& signature : function.signatures) {
        if (!forms.empty()) forms += "<br>";
        forms += "`" + escaped(signature) + "`";
      }
      out += fmt::format("| {} | {} | `{}` | `{}` |\n", forms, escaped(function.help), escaped(function.example),
                         escaped(function.result));
    }
  }
  return out;
}

TEST(FunctionsTable, ThePageSaysTheSame) {
  const std::string path = std::string(SIMPUL_SOURCE_DIR) + "/routes/FUNCTIONS.md";
  const char* update = std::getenv("SIMPUL_UPDATE");
  if (update != nullptr && std::string(update) == "1") std::ofstream(path, std::ios::binary) << page();
  const auto text = system_environment().disk->read_whole(path);
  ASSERT_TRUE(text) << path << " is missing; run the tests with SIMPUL_UPDATE=1";
  EXPECT_EQ(*text, page()) << path << " is stale; run the tests with SIMPUL_UPDATE=1";
}

}  // namespace
}  // namespace simpul
