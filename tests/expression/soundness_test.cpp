// The checker's promise on random schemas, documents that fit them and expressions made for them: what was checked
// fails only where CEL says that it may (overflow, division by zero, positions, conversions), never for types or
// absence; what has no such part never fails; and what it gives has the type and fits the schema that were deduced.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <iostream>
#include <random>

#include "bus/expression/expression.h"

namespace simpul {
namespace {

// A field of a random schema. Kinds: i integer, n number, s text, e one of three texts, d date, t date-time, b boolean,
// o object, I list of integers, S list of texts, O list of objects.
struct Plan {
  std::string name;
  char kind = 's';
  bool required = true;
  bool nullable = false;
  std::vector<Plan> fields;  // of objects and lists of them
};

class Chance {
 public:
  explicit Chance(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t limit) { return engine_() % limit; }
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <std::size_t N>
  std::string one_of(const char* const (&choices)[N]) {
    return choices[below(N)];
  }

 private:
  std::mt19937 engine_;
};

// ---- schemas and documents ----

std::vector<Plan> make_fields(Chance& chance, unsigned depth) {
  constexpr std::string_view kinds = "insedtbISoO";
  std::vector<Plan> fields;
  // Every kind once, so that every expression finds what it wants.
  for (const char kind : kinds) {
    if ((kind == 'o' || kind == 'O') && depth == 0) continue;
    Plan field;
    field.name = fmt::format("{}{}", kind == 'I' || kind == 'S' || kind == 'O' ? "list_" : "field_", kind);
    field.kind = kind;
    field.required = !chance.one_in(3);
    field.nullable = chance.one_in(5);
    if (kind == 'o' || kind == 'O') field.fields = make_fields(chance, depth - 1);
    fields.push_back(std::move(field));
  }
  return fields;
}

std::string schema_of(const std::vector<Plan>& fields);

std::string schema_of(const Plan& field) {
  const auto type = [&](std::string_view name) {
    return field.nullable ? fmt::format(R"("type":["{}","null"])", name) : fmt::format(R"("type":"{}")", name);
  };
  switch (field.kind) {
    case 'i':
      return "{" + type("integer") + "}";
    case 'n':
      return "{" + type("number") + "}";
    case 'e':
      return field.nullable ? R"({"enum":["A","B","C",null]})" : R"({"enum":["A","B","C"]})";
    case 'd':
      return "{" + type("string") + R"(,"format":"date"})";
    case 't':
      return "{" + type("string") + R"(,"format":"date-time"})";
    case 'b':
      return "{" + type("boolean") + "}";
    case 'I':
      return "{" + type("array") + R"(,"maxItems":5,"items":{"type":"integer"}})";
    case 'S':
      return "{" + type("array") + R"(,"maxItems":5,"items":{"type":"string","maxLength":20}})";
    case 'O':
      return "{" + type("array") + R"(,"maxItems":4,"items":)" + schema_of(field.fields) + "}";
    case 'o': {
      const auto inner = schema_of(field.fields);
      return field.nullable ? R"({"anyOf":[{"type":"null"},)" + inner + "]}" : inner;
    }
    default:
      return "{" + type("string") + R"(,"maxLength":20})";
  }
}

std::string schema_of(const std::vector<Plan>& fields) {
  std::string properties, required;
  for (const auto& field : fields) {
    properties += fmt::format(R"({}"{}":{})", properties.empty() ? "" : ",", field.name, schema_of(field));
    if (field.required) required += fmt::format(R"({}"{}")", required.empty() ? "" : ",", field.name);
  }
  return fmt::format(R"({{"type":"object","additionalProperties":false,"properties":{{{}}},"required":[{}]}})",
                     properties, required);
}

std::string document_of(const std::vector<Plan>& fields, Chance& chance);

std::string value_of(const Plan& field, Chance& chance) {
  if (field.nullable && chance.one_in(3)) return "null";
  std::string items;
  const auto list = [&](auto item) {
    for (std::size_t i = chance.below(4); i > 0; --i) items += (items.empty() ? "" : ",") + item();
    return "[" + items + "]";
  };
  switch (field.kind) {
    case 'i':
      return chance.one_of({"0", "1", "-3", "42", "9007199254740993", "9223372036854775807", "5.0", "1e2"});
    case 'n':
      return chance.one_of({"0", "0.1", "-2.50", "1e300", "72.50", "3", "12345678901234567890.5"});
    case 'e':
      return chance.one_of({R"("A")", R"("B")", R"("C")"});
    case 'd':
      return chance.one_of({R"("2026-03-05")", R"("2024-02-29")", R"("1990-12-31")"});
    case 't':
      return chance.one_of(
          {R"("2026-03-05T07:30:00+07:00")", R"("2026-03-05T00:30:00.5Z")", R"("1970-01-01T00:00:00Z")"});
    case 'b':
      return chance.one_of({"true", "false"});
    case 'I':
      return list([&] { return chance.one_of({"0", "1", "-7", "3"}); });
    case 'S':
      return list([&] { return chance.one_of({R"("")", R"("a")", R"("SITI")", R"("é")"}); });
    case 'O':
      return list([&] { return document_of(field.fields, chance); });
    case 'o':
      return document_of(field.fields, chance);
    default:
      return chance.one_of({R"("")", R"("abc")", R"("3671015207909001")", R"("Jum'at é")"});
  }
}

std::string document_of(const std::vector<Plan>& fields, Chance& chance) {
  std::string out;
  for (const auto& field : fields) {
    if (!field.required && chance.one_in(2)) continue;
    out += fmt::format(R"({}"{}":{})", out.empty() ? "" : ",", field.name, value_of(field, chance));
  }
  return "{" + out + "}";
}

// ---- expressions ----

class Writer {
 public:
  Writer(const std::vector<Plan>& fields, Chance& chance) : chance_(chance) { scopes_.push_back({"data", &fields}); }

  bool may_fail() const { return may_fail_; }

  std::string anything(unsigned depth) {
    constexpr std::string_view kinds = "binsISdt";
    return of(kinds[chance_.below(kinds.size())], depth);
  }

 private:
  struct Place {
    std::string path;
    const std::vector<Plan>* fields;
  };

  std::string of(char kind, unsigned depth) {
    if (depth == 0 || chance_.one_in(4)) return field(kind);
    switch (kind) {
      case 'b':
        return boolean(depth - 1);
      case 'i':
        return integer(depth - 1);
      case 'n':
        return number(depth - 1);
      case 's':
        return text(depth - 1);
      case 'I':
        return integers(depth - 1);
      case 'S':
        return texts(depth - 1);
      default:
        return field(kind);
    }
  }

  static std::string literal(char kind) {
    switch (kind) {
      case 'b':
        return "true";
      case 'i':
        return "7";
      case 'n':
        return "2.5";
      case 'I':
        return "[1]";
      case 'S':
        return "['x']";
      case 'd':
        return "\"2026-01-01\"";
      case 't':
        return "\"2026-01-01T00:00:00Z\"";
      default:
        return "'x'";
    }
  }

  // A field of that kind, asked for rightly or not: the checker tells.
  std::string field(char kind) {
    const Place place = scopes_[chance_.below(scopes_.size())];
    const auto* fields = place.fields;
    std::string path = place.path;
    if (chance_.one_in(3)) {
      for (const auto& inner : *fields) {
        if (inner.kind != 'o') continue;
        path += (inner.required ? "." : ".?") + inner.name;
        fields = &inner.fields;
        break;
      }
    }
    for (const auto& one : *fields) {
      if (one.kind != kind && !(kind == 's' && one.kind == 'e' && chance_.one_in(2))) continue;
      return access(path, one, literal(kind));
    }
    return literal(kind);
  }

  std::string access(const std::string& path, const Plan& field, const std::string& otherwise) {
    const std::string plain = path + "." + field.name;
    switch (chance_.below(7)) {
      case 0:
        return fmt::format("{}.?{}.orValue({})", path, field.name, otherwise);
      case 1:
        return fmt::format("(has({0}) ? {0} : {1})", plain, otherwise);
      case 2:
        return fmt::format("({0} != null ? {0} : {1})", plain, otherwise);
      case 3:
        return fmt::format("(has({0}) && {0} != null ? {0} : {1})", plain, otherwise);
      case 4:
        return field.required && !field.nullable
                   ? plain
                   : fmt::format("(!has({0}) || {0} == null ? {1} : {0})", plain, otherwise);
      default:
        return plain;
    }
  }

  std::string boolean(unsigned depth) {
    switch (chance_.below(13)) {
      case 0:
        return "(" + of('b', depth) + " && " + of('b', depth) + ")";
      case 1:
        return "(" + of('b', depth) + " || " + of('b', depth) + ")";
      case 2:
        return "!" + of('b', depth);
      case 3:
        return "(" + of('i', depth) + chance_.one_of({" == ", " < ", " >= ", " != "}) + of('i', depth) + ")";
      case 4:
        return "(" + of('n', depth) + chance_.one_of({" == ", " < ", " >= "}) +
               of(chance_.one_in(2) ? 'n' : 'i', depth) + ")";
      case 5:
        return "(" + of('s', depth) + chance_.one_of({" == ", " < ", " != "}) + of('s', depth) + ")";
      case 6:
        return of('s', depth) + chance_.one_of({".startsWith(", ".contains(", ".endsWith("}) + of('s', depth) + ")";
      case 7:
        return "(" + of('s', depth) + " in " + of('S', depth) + ")";
      case 8:
        return "(" + of('i', depth) + " in " + of('I', depth) + ")";
      case 9:
        return of('I', depth) + chance_.one_of({".all(x, x < ", ".exists(x, x == ", ".exists_one(x, x > "}) +
               of('i', depth) + ")";
      case 10:
        return "(" + of('d', depth) + chance_.one_of({" < ", " == ", " >= "}) +
               of(chance_.one_in(2) ? 't' : 'd', depth) + ")";
      case 11:
        return objects(depth);
      default:
        return "(" + of('b', depth) + " ? " + of('b', depth) + " : " + of('b', depth) + ")";
    }
  }

  // A loop over a list of objects, whose fields stand beside data's within it.
  std::string objects(unsigned depth) {
    for (const auto& one : *scopes_.front().fields) {
      if (one.kind != 'O') continue;
      const std::string list = access("data", one, "[]");
      const std::string name = fmt::format("o{}", scopes_.size());
      if (scopes_.size() > 2) break;
      scopes_.push_back({name, &one.fields});
      const std::string body = of('b', depth);
      scopes_.pop_back();
      return list + chance_.one_of({".all(", ".exists(", ".exists_one("}) + name + ", " + body + ")";
    }
    return "true";
  }

  std::string integer(unsigned depth) {
    switch (chance_.below(7)) {
      case 0:
        may_fail_ = true;
        return "(" + of('i', depth) + chance_.one_of({" + ", " - ", " * ", " / ", " % "}) + of('i', depth) + ")";
      case 1:
        return "size(" + of('s', depth) + ")";
      case 2:
        return "size(" + of(chance_.one_in(2) ? 'I' : 'S', depth) + ")";
      case 3:
        return of('s', depth) + ".indexOf(" + of('s', depth) + ")";
      case 4:
        may_fail_ = true;
        return of('I', depth) + "[" + of('i', depth) + "]";
      case 5:
        return of('d', depth) + ".getFullYear()";
      default:
        return "(" + of('b', depth) + " ? " + of('i', depth) + " : " + of('i', depth) + ")";
    }
  }

  std::string number(unsigned depth) {
    may_fail_ = true;  // JSON's numbers reach beyond double's
    return "(" + of('n', depth) + chance_.one_of({" + ", " - ", " * "}) + of(chance_.one_in(2) ? 'n' : 'i', depth) +
           ")";
  }

  std::string text(unsigned depth) {
    switch (chance_.below(8)) {
      case 0:
        return "(" + of('s', depth) + " + " + of('s', depth) + ")";
      case 1:
        return of('s', depth) + chance_.one_of({".trim()", ".lowerAscii()", ".upperAscii()", ".digits()"});
      case 2:
        return of('S', depth) + ".join(" + of('s', depth) + ")";
      case 3:
        return "string(" + of(chance_.one_in(2) ? 'i' : 'b', depth) + ")";
      case 4:
        may_fail_ = true;
        return of('s', depth) + ".substring(" + of('i', depth) + ")";
      case 5:
        return of('s', depth) + ".replace(" + of('s', depth) + ", " + of('s', depth) + ")";
      case 6:
        may_fail_ = true;
        return of('S', depth) + "[" + of('i', depth) + "]";
      default:
        return "(" + of('b', depth) + " ? " + of('s', depth) + " : " + of('s', depth) + ")";
    }
  }

  std::string integers(unsigned depth) {
    switch (chance_.below(4)) {
      case 0:
        return "(" + of('I', depth) + " + " + of('I', depth) + ")";
      case 1:
        return of('I', depth) + ".filter(x, " + of('b', depth) + ")";
      case 2:
        return of('S', depth) + ".map(x, size(x))";
      default:
        return "[" + of('i', depth) + ", " + of('i', depth) + "]";
    }
  }

  std::string texts(unsigned depth) {
    switch (chance_.below(4)) {
      case 0:
        return "(" + of('S', depth) + " + " + of('S', depth) + ")";
      case 1:
        return of('S', depth) + ".map(x, x + " + of('s', depth) + ")";
      case 2:
        return of('s', depth) + ".split(',')";
      default:
        return "[" + of('s', depth) + "]";
    }
  }

  Chance& chance_;
  std::vector<Place> scopes_;
  bool may_fail_ = false;
};

// ---- the promise ----

struct Tally {
  std::size_t checked = 0, refused = 0, values = 0, failed = 0, fitted = 0;
};

bool is_allowed(const std::string& code) {
  return code == "overflow" || code == "divide_by_zero" || code == "bad_argument" || code == "budget";
}

void expect_sound(const Expression& expression, bool may_fail, const std::string& schema_text,
                  const std::vector<json::Document>& documents, bool with_schema, Tally& tally) {
  std::shared_ptr<const Schema> made;
  if (with_schema) {
    const auto both = compile_schemas({{"case.json", schema_text}, {"made.json", expression.inferred()}});
    ASSERT_TRUE(both) << expression.source() << "\n" << expression.inferred() << "\n" << to_text(both.error());
    made = (*both)->find("made");
  }
  for (const auto& document : documents) {
    const json::Value* slots[] = {&document.root()};
    json::Arena arena;
    const auto result = expression.evaluate(slots, arena);
    if (!result) {
      ++tally.failed;
      EXPECT_TRUE(may_fail && is_allowed(result.error().code))
          << expression.source() << "\n"
          << result.error().code << " " << result.error().message << "\n"
          << document.source() << "\n"
          << schema_text;
      if (testing::Test::HasFailure()) return;
      continue;
    }
    ++tally.values;
    if (result->absent) {
      EXPECT_TRUE(expression.may_be_absent()) << expression.source();
      continue;
    }
    if (made == nullptr) continue;
    ++tally.fitted;
    EXPECT_TRUE(made->valid(result->value)) << expression.source() << "\n"
                                            << json::write(result->value) << "\n"
                                            << expression.inferred();
  }
}

TEST(Soundness, WhatWasCheckedFailsOnlyWhereCelSaysSo) {
  Tally tally;
  for (unsigned seed = 0; seed < 60; ++seed) {
    Chance chance(seed);
    const auto fields = make_fields(chance, 2);
    const auto schema_text = schema_of(fields);
    const auto registry = compile_schemas({{"case.json", schema_text}});
    ASSERT_TRUE(registry) << schema_text << "\n" << to_text(registry.error());
    const auto schema = (*registry)->find("case");
    std::vector<json::Document> documents;
    for (unsigned i = 0; i < 12; ++i) {
      auto document = json::parse(document_of(fields, chance));
      ASSERT_TRUE(document);
      ASSERT_TRUE(schema->valid(document->root())) << document->source() << "\n" << schema_text;
      documents.push_back(std::move(*document));
    }
    Scope scope;
    scope.variables.push_back({"data", schema->cursor(), std::nullopt});
    scope.infer = true;
    for (unsigned i = 0; i < 120; ++i) {
      Writer writer(fields, chance);
      const std::string source = writer.anything(1 + i % 3);
      const auto compiled = compile_expression(source, scope, Expect::any, {"s.yaml", {1, 1}, {}}, "");
      ++(compiled ? tally.checked : tally.refused);
      if (compiled) expect_sound(**compiled, writer.may_fail(), schema_text, documents, i % 8 == 0, tally);
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(tally.checked, 1500U);
  EXPECT_GT(tally.refused, 500U) << "the checker refuses too little";
  EXPECT_GT(tally.values, 10U * tally.failed);
  std::cout << fmt::format(
      "{} expressions checked and {} refused; {} values, {} of them held against what was deduced\n", tally.checked,
      tally.refused, tally.values, tally.fitted);
}

}  // namespace
}  // namespace simpul
