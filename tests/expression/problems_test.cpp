// What the checker refuses: code, line and columns of the offending text, and the words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bus/expression/expression.h"
#include "tests/expression/types_of_a_schema.h"

namespace simpul {
namespace {

using testing::HasSubstr;

class Refusals : public testing::Test {
 protected:
  Refusals() {
    tables_["jenis_kelamin"] = CodeTable{"jenis_kelamin", {{"1", "L"}, {"2", "P"}}, std::nullopt};
    SchemaType text;
    text.known = true;
    text.kinds = SchemaType::string;
    scope_.variables = {{"data", move_schema(), std::nullopt},
                        {"any", nullptr, std::nullopt},
                        {"type", nullptr, text},
                        {"subject", nullptr, text, false}};
    scope_.tables = &tables_;
  }

  Problems problems(std::string_view source, Expect expect = Expect::any) {
    const auto compiled = compile_expression(source, scope_, expect, {"routes/a.yaml", {10, 5}, {}}, "to[0].when");
    return compiled ? Problems{} : compiled.error();
  }

  // "code from-to", columns counted within the expression from 1.
  std::string place(std::string_view source, Expect expect = Expect::any) {
    std::string all;
    for (const auto& problem : problems(source, expect)) {
      if (!all.empty()) all += ", ";
      all += problem.code + " " + std::to_string(problem.place.start.column - 4) + "-" +
             std::to_string(problem.place.end.column - 4);
    }
    return all;
  }

  void expect_all(std::initializer_list<std::pair<const char*, const char*>> table) {
    for (const auto& [source, wanted] : table) EXPECT_EQ(place(source), wanted) << source;
  }

  std::map<std::string, CodeTable> tables_;
  Scope scope_;
};

TEST_F(Refusals, Syntax) {
  expect_all({{"", "cel.syntax 1-1"},
              {"   ", "cel.syntax 1-4"},
              {"1 +", "cel.syntax 4-4"},
              {"(1", "cel.syntax 1-2"},
              {"1)", "cel.syntax 2-3"},
              {"[1, 2", "cel.syntax 1-2"},
              {"{1}", "cel.syntax 3-4"},
              {"a = 1", "cel.syntax 3-4"},
              {"true & false", "cel.syntax 6-7"},
              {"true and false", "cel.syntax 6-9"},
              {"'abc", "cel.syntax 1-5"},
              {"'a\\qb'", "cel.syntax 3-5"},
              {"'\\ud800'", "cel.syntax 2-8"},
              {"99999999999999999999", "cel.syntax 1-21"},
              {"1x", "cel.syntax 1-3"},
              {"data.", "cel.syntax 6-6"},
              {"data.1", "cel.syntax 5-7"},
              {"if", "cel.syntax 1-3"},
              {"true ? 1", "cel.syntax 6-7"},
              {"size(1,)", "cel.syntax 8-9"},
              {"'é' # 1", "cel.syntax 5-6"},
              {"`x", "cel.syntax 1-3"}});
}

TEST_F(Refusals, WhatIsNotPartOfTheLanguageHere) {
  expect_all({{"Message{field: 1}", "cel.unsupported 8-9"}});
  EXPECT_EQ(problems("Message{field: 1}")[0].message, "protobuf messages are not part of this bus's expressions");
  EXPECT_EQ(problems("Message{field: 1}")[0].hint, "write an object: {\"field\": value}");
}

TEST_F(Refusals, NamesWithTheNearestOne) {
  expect_all({{"dta.nik", "cel.unknown_name 1-4"},
              {"data.nkk", "cel.unknown_field 6-9"},
              {"data.alamat.jaln", "cel.unknown_field 13-17"},
              {"has(data.emall)", "cel.unknown_field 10-15"},
              {"data.?emall", "cel.unknown_field 7-12"},
              {"data['nikk']", "cel.unknown_field 5-6"},
              {"data.anggota.exists(a, a.nk == '1')", "cel.unknown_field 26-28"},
              {"data.nik.startWith('3')", "cel.unknown_function 10-19"},
              {"startsWith(data.nik, '3')", "cel.unknown_function 1-11"},
              {"data.nik.string()", "cel.unknown_function 10-16"},
              {"lookup('jenis_kelamn', data.jenis_kelamin)", "cel.unknown_table 8-22"},
              {"lookup(data.nik, '1')", "cel.unknown_table 8-16"}});
  EXPECT_THAT(problems("dta.nik")[0].message, HasSubstr("did you mean \"data\"?"));
  EXPECT_THAT(problems("data.alamat.jaln")[0].message, HasSubstr("did you mean \"jalan\"?"));
  EXPECT_THAT(problems("data.nik.startWith('3')")[0].message, HasSubstr("did you mean \"startsWith\"?"));
  EXPECT_THAT(problems("lookup('jenis_kelamn', '1')")[0].message, HasSubstr("did you mean \"jenis_kelamin\"?"));
}

TEST_F(Refusals, Types) {
  expect_all({{"data.nik + 1", "cel.type 10-11"},
              {"1 + 2.0", "cel.type 3-4"},
              {"size(data.anggota) * 1.5", "cel.type 20-21"},
              {"data.luas % 2", "cel.type 11-12"},
              {"data.nik == 1", "cel.type 10-12"},
              {"data.nik == null", "cel.type 10-12"},
              {"data.umur < 'x'", "cel.type 11-12"},
              {"1 in data.label", "cel.type 3-5"},
              {"'a' in data.nik", "cel.type 8-16"},
              {"!data.nik", "cel.type 1-2"},
              {"-data.nik", "cel.type 1-2"},
              {"data.nik && data.aktif", "cel.type 1-9"},
              {"data.umur ? 1 : 2", "cel.type 1-10"},
              {"data.nik.x", "cel.type 10-11"},
              {"data.anggota.nik", "cel.type 14-17"},
              {"data.nik[0]", "cel.type 9-10"},
              {"data.anggota['x']", "cel.type 14-17"},
              {"data.anggota[-1]", "cel.type 14-16"},
              {"data.umur.startsWith('3')", "cel.type 1-10"},
              {"data.nik.startsWith(3)", "cel.type 21-22"},
              {"size(data.umur)", "cel.type 6-15"},
              {"data.umur.exists(x, true)", "cel.type 1-10"},
              {"data.anggota.exists(a, a.nik)", "cel.type 24-29"},
              {"[1].join(',')", "cel.type 1-4"},
              {"{'a': 1, 'a': 2}", "cel.type 10-13"},
              {"{null: 1}", "cel.type 2-6"}});
}

TEST_F(Refusals, Arguments) {
  expect_all({{"data.nik.startsWith()", "cel.arguments 10-20"},
              {"size()", "cel.arguments 1-5"},
              {"data.anggota.exists(a)", "cel.arguments 14-20"},
              {"data.anggota.exists('a', true)", "cel.arguments 21-24"},
              {"data.label.exists(x, x, true)", "cel.arguments 22-23"},
              {"has(data)", ""},
              {"has('x')", "cel.arguments 5-8"},
              {"data.nik.matches(data.nama)", "cel.pattern 18-27"},
              {"data.nik.matches('(')", "cel.pattern 18-21"},
              {"data.nik.matches('(?=a)')", "cel.pattern 18-25"},
              {"date(data.nik, 'dd-mm')", "cel.pattern 16-23"},
              {"date(data.nik, data.nama)", "cel.pattern 16-25"},
              {"formatDate(data.nik, 'yyyymmdd', 'qq')", "cel.pattern 34-38"}});
}

TEST_F(Refusals, ValuesThatAnEnumNeverHas) {
  expect_all({{"data.jenis_kelamin == '3'", "cel.enum 23-26"},
              {"'3' == data.jenis_kelamin", "cel.enum 1-4"},
              {"data.jenis_kelamin != 'L'", "cel.enum 23-26"},
              {"data.jenis_kelamin in ['1', '3']", "cel.enum 29-32"},
              {"data.status == 4", "cel.enum 16-17"},
              {"data.status == 3.0", ""},
              {"lookup('jenis_kelamin', data.jenis_kelamin) == 'X'", "cel.enum 48-51"},
              {"(data.aktif ? 'ya' : 'tidak') == 'tdak'", "cel.enum 34-40"}});
  EXPECT_EQ(problems("data.jenis_kelamin == '3'")[0].message, "data.jenis_kelamin is never '3'");
  EXPECT_EQ(problems("data.jenis_kelamin == '3'")[0].hint, "its values are \"1\", \"2\"");
}

TEST_F(Refusals, WhatMayBeAbsentNeedsAGuard) {
  expect_all({{"data.email", "cel.optional 6-11"},
              {"data.email == 'x'", "cel.optional 6-11"},
              {"data.alamat.rt", "cel.optional 13-15"},
              {"data['email']", "cel.optional 5-6"},
              {"subject", "cel.optional 1-8"},
              {"data.alamat_lama.jalan", "cel.optional 6-17"},
              {"has(data.alamat_lama.rt)", "cel.optional 10-21"},
              {"data.anggota.map(a, a.email)", "cel.optional 23-28"},
              {"data.?email == 'x'", "cel.optional 1-12"},
              {"data.?email.startsWith('x')", "cel.optional 1-12"},
              {"data.email.orValue('-')", "cel.optional 12-19"},
              {"data.nik.orValue('-')", "cel.optional 10-17"},
              {"[data.?email]", "cel.optional 2-13"},
              {"data.aktif ? data.?email : 'x'", "cel.optional 28-31"},
              {"has(data.email) || data.email == 'x'", "cel.optional 25-30"},
              {"data.email == 'x' && has(data.email)", "cel.optional 6-11"},
              {"has(data.email) ? 'x' : data.email", "cel.optional 30-35"},
              {"has(data.alamat.rt) && data.alamat.rw == '1'", "cel.optional 36-38"}});
  EXPECT_EQ(problems("data.alamat.rt")[0].hint,
            "write data.alamat.?rt.orValue(...), or ask first: has(data.alamat.rt) && ...");
  EXPECT_EQ(problems("data.email.orValue('-')")[0].hint, "write data.?email.orValue(...)");
}

TEST_F(Refusals, GuardsAreUnderstood) {
  for (const char* source :
       {"has(data.email) && data.email == 'x'", "has(data.email) ? data.email : '-'",
        "!has(data.email) || data.email == 'x'", "!has(data.email) ? '-' : data.email",
        "has(data.email) && data.aktif && data.email == 'x'",
        "has(data.email) && data.anggota.exists(a, a.nik == data.email)",
        "has(data.alamat_lama) && has(data.alamat_lama.rt) && data.alamat_lama.rt == '1'",
        "'email' in data && data.email == 'x'", "has(subject) && subject == 'x'",
        "data.?email.hasValue() && data.email == 'x'", "data.anggota.all(a, !has(a.email) || a.email != '')",
        "any.email == 'x'", "data.lain.apa == 'x'", "has(data['email']) ? 1 : 2"}) {
    const bool allowed = std::string_view(source) != "has(data['email']) ? 1 : 2";
    EXPECT_EQ(place(source).empty(), allowed) << source << " " << place(source);
  }
  scope_.absence_is_error = false;
  EXPECT_EQ(place("data.email == 'x' && subject == 'y'"), "");
}

TEST_F(Refusals, AMacroNameHidesAVariable) {
  EXPECT_EQ(place("has(data.email) && data.anggota.exists(data, data.email == 'x')"), "cel.optional 51-56");
}

TEST_F(Refusals, WhatIsExpectedOfTheResult) {
  EXPECT_EQ(place("data.nik", Expect::boolean), "cel.result 1-9");
  EXPECT_EQ(place("data.aktif", Expect::boolean), "");
  EXPECT_EQ(place("any.x", Expect::boolean), "");
  EXPECT_EQ(place("data.?email", Expect::text_or_key), "cel.optional 1-12");
  EXPECT_EQ(place("data.aktif", Expect::text_or_key), "cel.result 1-11");
  EXPECT_EQ(place("data.alamat", Expect::text_or_key), "cel.result 1-12");
  EXPECT_EQ(place("data.nik", Expect::text_or_key), "");
  EXPECT_EQ(place("data.umur", Expect::text_or_key), "");
  EXPECT_EQ(place("[data.nik, data.nama]", Expect::text_or_key), "");
  EXPECT_EQ(place("[data.alamat]", Expect::text_or_key), "cel.result 1-14");
}

TEST_F(Refusals, EveryMistakeIsToldOnce) {
  EXPECT_EQ(place("data.nkk == 'x' && dta.x == 1 && data.jenis_kelamin == 'Z'"),
            "cel.unknown_field 6-9, cel.unknown_name 20-23, cel.enum 56-59");
  EXPECT_EQ(place("data.nkk.startsWith('x') + 1 > 'y'").find("cel.unknown_field 6-9"), 0u);
}

TEST_F(Refusals, LinesAreCountedWithinTheExpression) {
  const auto found = problems("data.aktif &&\n  data.nkk == 'x' &&\ndta");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].place.file, "routes/a.yaml");
  EXPECT_EQ(found[0].place.start, (Mark{11, 12}));
  EXPECT_EQ(found[0].place.end, (Mark{11, 15}));
  EXPECT_EQ(found[1].place.start, (Mark{12, 5}));
  EXPECT_EQ(found[0].path, "to[0].when");
}

TEST_F(Refusals, Bounds) {
  EXPECT_EQ(place(std::string(16 * 1024, ' ') + "1"), "cel.too_long 1-1");
  const auto nested = [](std::size_t depth) { return std::string(depth, '(') + "1" + std::string(depth, ')'); };
  EXPECT_EQ(place(nested(63)), "");
  EXPECT_EQ(problems(nested(64))[0].code, "cel.too_deep");
  EXPECT_EQ(problems(nested(8000))[0].code, "cel.too_deep");
  EXPECT_EQ(problems(std::string(16'000, '['))[0].code, "cel.too_deep");
  EXPECT_EQ(problems(std::string(16'000, '!') + "true")[0].code, "cel.too_deep");
  EXPECT_EQ(problems(std::string(16'000, '-') + "1")[0].code, "cel.too_deep");
  std::string sum = "1", either = "true", member = "any";
  for (int i = 0; i < 1000; ++i) sum += "+1", either += " || true", member += ".a";
  EXPECT_EQ(problems(sum)[0].code, "cel.too_deep");
  EXPECT_EQ(problems(member)[0].code, "cel.too_deep");
  EXPECT_EQ(place(either), "");
  EXPECT_EQ(place("[1].all(a, [a].all(b, [b].all(c, c == 1)))"), "");
  EXPECT_EQ(problems("[1].all(a, [a].all(b, [b].all(c, [c].all(d, d == 1))))")[0].code, "cel.too_deep");
}

TEST_F(Refusals, TextThatIsNotUtf8) {
  EXPECT_EQ(problems("'\xff'")[0].code, "cel.syntax");
  EXPECT_EQ(problems(std::string_view("1 \0 2", 5))[0].code, "cel.syntax");
}

class Results : public Refusals {
 protected:
  std::shared_ptr<const Expression> compile(std::string_view source) {
    auto compiled = compile_expression(source, scope_, Expect::any, {}, "map.a");
    EXPECT_TRUE(compiled) << source;
    return compiled ? *compiled : nullptr;
  }
};

TEST_F(Results, TypesOfValues) {
  EXPECT_EQ(compile("data.umur")->result().kinds, unsigned{SchemaType::integer});
  EXPECT_EQ(compile("data.umur + 1")->result().kinds, unsigned{SchemaType::integer});
  EXPECT_EQ(compile("data.luas * 2")->result().kinds, unsigned{SchemaType::number});
  EXPECT_EQ(compile("data.telepon")->result().kinds, SchemaType::string | SchemaType::null);
  EXPECT_EQ(compile("data.aktif ? 1 : 'x'")->result().kinds, SchemaType::string | SchemaType::integer);
  EXPECT_FALSE(compile("any.x")->result().known);
  EXPECT_EQ(compile("any.x + 1")->result().kinds, unsigned{SchemaType::number});
  EXPECT_THAT(compile("lookup('jenis_kelamin', data.jenis_kelamin)")->result().enumeration,
              testing::ElementsAre("\"L\"", "\"P\""));
  EXPECT_THAT(compile("'x'")->result().enumeration, testing::ElementsAre("\"x\""));
  EXPECT_THAT(compile("data.jenis_kelamin")->result().enumeration, testing::ElementsAre("\"1\"", "\"2\""));
  EXPECT_EQ(compile("data.nama")->result().max_length, 60u);
  EXPECT_EQ(compile("data.nama.truncate(40)")->result().max_length, 40u);
  EXPECT_EQ(compile("data.nama.truncate(80)")->result().max_length, 60u);
  EXPECT_EQ(compile("data.nik.truncate(40).trim()")->result().max_length, 40u);
  EXPECT_EQ(compile("data.nama + '!'")->result().max_length, 61u);
  EXPECT_EQ(compile("date(data.nik, 'yyyymmdd')")->result().format, "date");
  EXPECT_EQ(compile("data.anggota.map(a, a.nik)")->result().max_items, 20u);
}

TEST_F(Results, ThePersonalClassFollowsTheValue) {
  EXPECT_EQ(compile("data.nama")->result().personal, PersonalData::general);
  EXPECT_EQ(compile("'Sdr. ' + data.nama.truncate(3)")->result().personal, PersonalData::general);
  EXPECT_EQ(compile("[data.nik, data.nama].join()")->result().personal, PersonalData::general);
  EXPECT_EQ(compile("sha256(data.nama)")->result().personal, PersonalData::general);
  EXPECT_EQ(compile("data.nik")->result().personal, PersonalData::none);
}

TEST_F(Results, MayBeAbsent) {
  EXPECT_TRUE(compile("data.?email")->may_be_absent());
  EXPECT_TRUE(compile("data.aktif ? optional.none() : optional.of('x')")->may_be_absent());
  EXPECT_EQ(compile("data.aktif ? optional.none() : optional.of('x')")->result().kinds, unsigned{SchemaType::string});
  EXPECT_FALSE(compile("data.?email.orValue('x')")->may_be_absent());
}

TEST_F(Results, ACursorGoesOnBelowTheResult) {
  bool required = false;
  const auto filtered = compile("data.anggota.filter(a, a.stat_hbkel == 1)")->cursor();
  ASSERT_NE(filtered, nullptr);
  const auto nik = filtered->items()->property("nik", required);
  EXPECT_TRUE(required);
  EXPECT_EQ(nik->type().kinds, unsigned{SchemaType::string});
  EXPECT_EQ(filtered->items()->property("tiada", required), nullptr);
  EXPECT_EQ(compile("data.?alamat_lama")->cursor()->property("rt", required)->type().kinds,
            unsigned{SchemaType::string});
  EXPECT_FALSE(required);
  EXPECT_EQ(compile("any.x")->cursor(), nullptr);
}

TEST_F(Results, EqualitiesForIndexes) {
  using Pair = std::pair<std::string, std::string>;
  const auto equalities = [&](std::string_view source) {
    const auto compiled = compile(source);
    const auto span = compiled->equalities();
    return std::vector<Pair>(span.begin(), span.end());
  };
  EXPECT_THAT(equalities("type == 'a' && 'b' == any && data.aktif && (type == 'c' && any.x == 'd')"),
              testing::ElementsAre(Pair("type", "a"), Pair("any", "b"), Pair("type", "c"), Pair("any.x", "d")));
  EXPECT_TRUE(equalities("type == 'a' || type == 'b'").empty());
  EXPECT_TRUE(equalities("type != 'a'").empty());
}

}  // namespace
}  // namespace simpul
