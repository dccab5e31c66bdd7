// Random expressions: no input breaks the engine, and what was checked against a schema keeps its types.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "bus/base/bytes.h"
#include "bus/expression/expression.h"
#include "tests/expression/types_of_a_schema.h"

namespace simpul {
namespace {

struct World {
  World() {
    if (auto parsed = json::parse(move_data)) document = std::move(*parsed);
    tables["jenis_kelamin"] = CodeTable{"jenis_kelamin", {{"1", "L"}, {"2", "P"}}, "-"};
    scope.variables = {{"data", move_schema(), std::nullopt}, {"any", nullptr, std::nullopt}};
    scope.tables = &tables;
  }
  std::expected<Evaluated, EvaluationError> evaluate(const Expression& expression, json::Arena& arena) const {
    const json::Value* slots[] = {&document.root(), &document.root()};
    return expression.evaluate(slots, arena);
  }
  json::Document document;
  std::map<std::string, CodeTable> tables;
  Scope scope;
};

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t limit) { return engine_() % limit; }
  template <std::size_t N>
  std::string one_of(const char* const (&choices)[N]) {
    return choices[below(N)];
  }

 private:
  std::mt19937 engine_;
};

// Well-typed more often than not: the checker sorts out the rest.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::string boolean(unsigned depth) {
    if (depth == 0) return random_.one_of({"true", "false", "data.aktif", "has(data.email)", "has(data.alamat.rt)"});
    const unsigned next = depth - 1;
    switch (random_.below(13)) {
      case 0:
        return "(" + boolean(next) + " && " + boolean(next) + ")";
      case 1:
        return "(" + boolean(next) + " || " + boolean(next) + ")";
      case 2:
        return "!(" + boolean(next) + ")";
      case 3:
        return text(next) + random_.one_of({" == ", " != ", " < ", " >= "}) + text(next);
      case 4:
        return integer(next) + random_.one_of({" == ", " != ", " < ", " >= "}) + integer(next);
      case 5:
        return integer(next) + random_.one_of({" == ", " < "}) + real(next);
      case 6:
        return text(next) + random_.one_of({".startsWith(", ".contains(", ".endsWith("}) + text(next) + ")";
      case 7:
        return text(next) + " in " + texts(next);
      case 8:
        return "data.anggota" + random_.one_of({".all(a, ", ".exists(a, ", ".exists_one(a, "}) + boolean(next) + ")";
      case 9:
        return "(" + boolean(next) + " ? " + boolean(next) + " : " + boolean(next) + ")";
      case 10:
        return "data.anggota.exists(a, has(a.email) && a.email == " + text(next) + ")";
      case 11:
        return "(has(data.email) && data.email == " + text(next) + ")";
      default:
        return texts(next) + " == " + texts(next);
    }
  }

  std::string text(unsigned depth) {
    if (depth == 0)
      return random_.one_of({"'a'", "''", "'3671'", "'é😀'", "data.nik", "data.nama", "data.jenis_kelamin",
                             "data.alamat.jalan", "data.alamat.?rt.orValue('x')"});
    const unsigned next = depth - 1;
    switch (random_.below(12)) {
      case 0:
        return "(" + text(next) + " + " + text(next) + ")";
      case 1:
        return text(next) + random_.one_of({".trim()", ".lowerAscii()", ".upperAscii()", ".title()", ".digits()"});
      case 2:
        return text(next) + ".truncate(" + integer(next) + ")";
      case 3:
        return text(next) + ".replace(" + text(next) + ", " + text(next) + ")";
      case 4:
        return text(next) + ".substring(" + integer(next) + ")";
      case 5:
        return "string(" + integer(next) + ")";
      case 6:
        return "(" + boolean(next) + " ? " + text(next) + " : " + text(next) + ")";
      case 7:
        return texts(next) + ".join(" + text(next) + ")";
      case 8:
        return "lookup('jenis_kelamin', " + text(next) + ")";
      case 9:
        return "data.?email.or(data.alamat.?rw).orValue(" + text(next) + ")";
      case 10:
        return texts(next) + "[" + integer(next) + "]";
      default:
        return text(next) + ".padLeft(" + integer(next) + ", '0')";
    }
  }

  std::string integer(unsigned depth) {
    if (depth == 0)
      return random_.one_of(
          {"0", "1", "-1", "7", "9223372036854775807", "data.umur", "data.status", "size(data.anggota)"});
    const unsigned next = depth - 1;
    switch (random_.below(6)) {
      case 0:
        return "(" + integer(next) + random_.one_of({" + ", " - ", " * ", " / ", " % "}) + integer(next) + ")";
      case 1:
        return "size(" + text(next) + ")";
      case 2:
        return "(-" + integer(next) + ")";
      case 3:
        return "int(" + real(next) + ")";
      case 4:
        return text(next) + ".indexOf(" + text(next) + ")";
      default:
        return "(" + boolean(next) + " ? " + integer(next) + " : " + integer(next) + ")";
    }
  }

  std::string real(unsigned depth) {
    if (depth == 0) return random_.one_of({"0.5", "-1.0", "1e18", "data.luas"});
    const unsigned next = depth - 1;
    if (random_.below(2) == 0)
      return "(" + real(next) + random_.one_of({" + ", " - ", " * ", " / "}) + real(next) + ")";
    return "double(" + integer(next) + ")";
  }

  std::string texts(unsigned depth) {
    if (depth == 0)
      return random_.one_of({"data.label", "['a', 'b']", "[data.nik, data.nama]", "data.anggota.map(a, a.nik)"});
    const unsigned next = depth - 1;
    switch (random_.below(5)) {
      case 0:
        return "(" + texts(next) + " + " + texts(next) + ")";
      case 1:
        return "[" + text(next) + ", " + text(next) + "]";
      case 2:
        return text(next) + ".split(" + text(next) + ")";
      case 3:
        return texts(next) + ".map(t, t + " + text(next) + ")";
      default:
        return texts(next) + ".filter(t, " + boolean(next) + ")";
    }
  }

  std::string anything(unsigned depth) {
    switch (random_.below(5)) {
      case 0:
        return boolean(depth);
      case 1:
        return integer(depth);
      case 2:
        return real(depth);
      case 3:
        return texts(depth);
      default:
        return text(depth);
    }
  }

 private:
  Random random_;
};

unsigned kind_of(const json::Value& value) {
  switch (value.kind()) {
    case json::Kind::null:
      return SchemaType::null;
    case json::Kind::boolean:
      return SchemaType::boolean;
    case json::Kind::number:
      return value.as_integer() ? SchemaType::integer | SchemaType::number : unsigned{SchemaType::number};
    case json::Kind::string:
      return SchemaType::string;
    case json::Kind::array:
      return SchemaType::array;
    case json::Kind::object:
      return SchemaType::object;
  }
  return 0;
}

// The promise of the checker, on a schema without unions: evaluation fails only where CEL says that it may
// (overflow, division, positions, budget), never for types or absence; and the result has the type deduced.
TEST(RandomExpressions, WhatWasCheckedKeepsItsTypes) {
  const World world;
  int evaluated = 0;
  for (unsigned seed = 0; seed < 4000; ++seed) {
    const std::string source = Generator(seed).anything(1 + seed % 4);
    const auto compiled = compile_expression(source, world.scope, Expect::any, {"r.yaml", {1, 1}, {}}, "");
    if (!compiled) {
      EXPECT_FALSE(compiled.error().empty());
      continue;
    }
    json::Arena arena;
    const auto result = world.evaluate(**compiled, arena);
    if (!result) {
      EXPECT_NE(result.error().code, "no_overload") << source;
      EXPECT_NE(result.error().code, "no_such_field") << source;
      continue;
    }
    ++evaluated;
    const SchemaType& type = (*compiled)->result();
    ASSERT_TRUE(type.known) << source;
    EXPECT_TRUE(kind_of(result->value) & type.kinds) << source;
    if (!type.enumeration.empty()) {
      EXPECT_NE(std::ranges::find(type.enumeration, json::write(result->value)), type.enumeration.end()) << source;
    }
    if (type.max_length && result->value.is_string()) {
      EXPECT_LE(count_characters(result->value.text()), *type.max_length) << source;
    }
    json::Arena again;
    EXPECT_EQ(json::write(world.evaluate(**compiled, again)->value), json::write(result->value)) << source;
  }
  EXPECT_GT(evaluated, 1000);
}

// Right expressions with characters lost, doubled and swapped, and words strung together.
TEST(RandomExpressions, NothingBreaksTheEngine) {
  const World world;
  const char* const words[] = {
      "data", ".",       "any",     "(",       ")",    "[",     "]",    "{",        "}",
      "?",    ":",       "'a'",     "\"",      "'",    "1",     "1.5",  "&&",       "||",
      "!",    "-",       "+",       "*",       "/",    "%",     "==",   "<",        "in",
      ",",    "nik",     "anggota", "exists",  "map",  "(x,",   "has(", "optional", "of",
      "none", "orValue", "size",    "lookup(", "null", "true",  "`",    "r'",       "'''",
      "\\",   "é",       "matches", ".?",      "[?",   "email", "//",   "\n",       "transformMap",
      "0x",   "e9",      "\xff"};
  int compiled_ones = 0;
  for (unsigned seed = 0; seed < 20'000; ++seed) {
    Random random(seed);
    std::string source;
    if (seed % 2 == 0) {
      source = Generator(seed).anything(1 + seed % 3);
      for (std::size_t i = 1 + random.below(3); i > 0 && !source.empty(); --i) {
        const std::size_t at = random.below(source.size());
        switch (random.below(4)) {
          case 0:
            source.erase(at, 1);
            break;
          case 1:
            source.insert(at, 1, source[random.below(source.size())]);
            break;
          case 2:
            std::swap(source[at], source[random.below(source.size())]);
            break;
          default:
            source.insert(at, random.one_of(words));
        }
      }
    } else {
      for (std::size_t i = 1 + random.below(12); i > 0; --i) source += random.one_of(words);
    }
    const auto compiled = compile_expression(source, world.scope, Expect::any, {"r.yaml", {1, 1}, {}}, "");
    if (!compiled) {
      for (const auto& problem : compiled.error()) {
        EXPECT_TRUE(problem.code.starts_with("cel.")) << source;
        EXPECT_GE(problem.place.end.line, problem.place.start.line) << source;
      }
      continue;
    }
    ++compiled_ones;
    json::Arena arena;
    const auto result = world.evaluate(**compiled, arena);
    if (result && !result->absent) {
      EXPECT_TRUE(json::parse(json::write(result->value))) << source;
    }
  }
  EXPECT_GT(compiled_ones, 500);
}

}  // namespace
}  // namespace simpul
