// What the checker says of expressions on a schema of the city's kind, word by word: a person reads this, so each
// message was read as one would. The schema is compiled by the real engine.
#include <gtest/gtest.h>

#include "bus/expression/expression.h"
#include "bus/schema/schema.h"

namespace simpul {
namespace {

constexpr const char* family_schema = R"({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object", "additionalProperties": false,
  "required": ["nik", "nama", "umur", "luas", "telepon", "anggota", "berkas", "lahir", "waktu", "lain", "kode",
               "pemohon", "label", "meninggal"],
  "properties": {
    "nik": {"type": "string", "maxLength": 16},
    "nama": {"type": "string", "maxLength": 60, "x-personal-data": "general"},
    "status": {"enum": ["belum kawin", "kawin", "cerai"]},
    "umur": {"type": "integer"}, "luas": {"type": "number"},
    "telepon": {"type": ["string", "null"]}, "email": {"type": "string"},
    "kode": {"type": ["string", "integer"]},
    "no-kk": {"type": "string"},
    "label": {"type": "array", "items": {"type": "string"}},
    "lahir": {"type": "string", "format": "date"},
    "meninggal": {"type": ["string", "null"], "format": "date"},
    "waktu": {"type": "string", "format": "date-time"},
    "lain": {"type": "object"},
    "anggota": {"type": "array", "maxItems": 500, "items": {"$ref": "#/$defs/orang"}},
    "dokumen": {"type": "array", "maxItems": 1000, "items": {"$ref": "#/$defs/orang"}},
    "berkas": {"type": "array", "items": {"$ref": "#/$defs/orang"}},
    "pemohon": {"oneOf": [
      {"type": "object", "required": ["jenis", "nik"], "additionalProperties": false,
       "properties": {"jenis": {"const": "orang"}, "nik": {"type": "string"}}},
      {"type": "object", "required": ["jenis", "npwp"], "additionalProperties": false,
       "properties": {"jenis": {"const": "badan"}, "npwp": {"type": "string"}}}]}
  },
  "$defs": {"orang": {"type": "object", "required": ["nik"], "additionalProperties": false,
                      "properties": {"nik": {"type": "string"}, "lahir": {"type": "string", "format": "date"}}}}
})";

class FamilySchema : public testing::Test {
 protected:
  FamilySchema() {
    auto compiled = compile_schemas({{"keluarga.json", family_schema}});
    EXPECT_TRUE(compiled) << (compiled ? "" : to_text(compiled.error()));
    if (compiled) registry_ = *compiled;
    tables_["agama"] = CodeTable{"agama", {{"1", "ISLAM"}, {"2", "KRISTEN"}}, std::nullopt};
    scope_.variables = {{"data", registry_->find("keluarga")->cursor(), std::nullopt}};
    scope_.tables = &tables_;
  }

  // "7-9 code: message | hint" for each problem, warnings with a * before the code.
  std::string said(std::string_view source) {
    const auto compiled = compile_expression(source, scope_, Expect::any, {"routes/a.yaml", {1, 1}, {}}, "when");
    std::string all;
    for (const auto& problem : compiled ? (*compiled)->warnings() : compiled.error()) {
      if (!all.empty()) all += "\n";
      all += std::to_string(problem.place.start.column) + "-" + std::to_string(problem.place.end.column) + " " +
             (compiled ? "*" : "") + problem.code + ": " + problem.message + " | " + problem.hint;
    }
    return all;
  }

  std::shared_ptr<const Expression> compile(std::string_view source) {
    auto compiled = compile_expression(source, scope_, Expect::any, {}, "map.a");
    EXPECT_TRUE(compiled) << source << "\n" << (compiled ? "" : to_text(compiled.error()));
    return compiled ? *compiled : nullptr;
  }
  unsigned kinds(std::string_view source) {
    const auto compiled = compile(source);
    return compiled ? compiled->result().kinds : 0;
  }
  std::string value(std::string_view source, std::string data) {
    const auto compiled = compile(source);
    const auto document = json::parse(std::move(data));
    if (!compiled || !document) return "nothing";
    const json::Value* slots[] = {&document->root()};
    json::Arena arena;
    const auto evaluated = compiled->evaluate(slots, arena);
    if (!evaluated) return "error: " + evaluated.error().code;
    return evaluated->absent ? "absent" : json::write(evaluated->value);
  }

  std::shared_ptr<const SchemaRegistry> registry_;
  std::map<std::string, CodeTable> tables_;
  Scope scope_;
};

TEST_F(FamilySchema, WordsOfProblems) {
  const std::pair<const char*, const char*> table[] = {
      {"1 + 2.0", R"~(3-4 cel.type: "+" does not mix an integer and a number with a fraction | write 1.0)~"},
      {"size(data.anggota) * 1.5",
       R"~(20-21 cel.type: "*" does not mix an integer and a number with a fraction | write double(size(data.anggota)))~"},
      {"data.luas % 2", R"~(11-12 cel.type: "%" takes integers only | write int(...) around numbers with fractions)~"},
      {"data.nama + 1", R"~(11-12 cel.type: "+" does not take text and an integer | write string(1))~"},
      {"data.nama + data.umur", R"~(11-12 cel.type: "+" does not take text and an integer | write string(data.umur))~"},
      {"data.lahir + 1", R"~(12-13 cel.type: "+" does not take a date and an integer | write addDays(data.lahir, 1))~"},
      {"data.lahir - 30",
       R"~(12-13 cel.type: "-" does not take a date and an integer | write addDays(data.lahir, -30))~"},
      {R"~(data.lahir < "2000-13-01")~",
       R"~(14-26 cel.type: "2000-13-01" is not a date, or not one that exists | write "2026-03-05", or "2026-03-05T07:30:00+07:00" with a time)~"},
      {R"~(data.lahir == "kemarin")~",
       R"~(15-24 cel.type: "kemarin" is not a date, or not one that exists | write "2026-03-05", or "2026-03-05T07:30:00+07:00" with a time)~"},
      {R"~(data.meninggal < "2000-01-01")~",
       "1-15 cel.null: data.meninggal may be null | ask first: data.meninggal != null ? ... : ..., or data.meninggal "
       "!= null && ..."},
      {R"~(timestamp("2026-02-30T00:00:00Z") < data.waktu)~",
       R"~(11-33 cel.type: "2026-02-30T00:00:00Z" is not an instant, or not one that exists | write "2026-03-05T07:30:00+07:00")~"},
      {R"~(data.waktu - data.lahir > duration("1d"))~",
       R"~(36-40 cel.type: "1d" is not a duration | write "24h", "90m" or "1h30m"; a day is 24h)~"},
      {R"~(data.telepon.startsWith("08"))~",
       "1-13 cel.null: data.telepon may be null | ask first: data.telepon != null ? ... : ..., or data.telepon != null "
       "&& ..."},
      {R"~(data.anggota.exists(a, a.lahir < "2000-01-01"))~",
       R"~(26-31 cel.optional: "lahir" may be absent | write a.?lahir.orValue(...), or ask first: has(a.lahir) && ...)~"},
      {R"~(data.status == "kawn")~",
       R"~(6-12 cel.optional: "status" may be absent | write data.?status.orValue(...), or ask first: has(data.status) && ...
16-22 cel.enum: data.status is never "kawn", did you mean "kawin"? | its values are "belum kawin", "kawin", "cerai")~"},
      {R"~(has(data.status) && data.status == "kawn")~",
       R"~(36-42 cel.enum: data.status is never "kawn", did you mean "kawin"? | its values are "belum kawin", "kawin", "cerai")~"},
      {R"~(data.email == "a@b.id")~",
       R"~(6-11 cel.optional: "email" may be absent | write data.?email.orValue(...), or ask first: has(data.email) && ...)~"},
      {R"~(data.email.orValue("-"))~",
       "12-19 cel.optional: orValue needs an optional; data.email is a plain value | write data.?email.orValue(...)"},
      {R"~(data.?email.startsWith("a"))~",
       "1-12 cel.optional: data.?email may be absent here | add .orValue(...) with the value to take then"},
      {R"~(data.nik.orValue("-"))~",
       "10-17 cel.optional: orValue needs an optional; data.nik is a plain value | leave orValue out: the value is "
       "always there"},
      {"data.no", R"~(6-8 cel.unknown_field: data has no field "no" | the schema names all fields that may be there)~"},
      {R"~(data["no-kk"] == "1")~",
       R"~(5-6 cel.optional: "no-kk" may be absent | write data[?"no-kk"].orValue(...), or ask first: "no-kk" in data && ...)~"},
      {"data.namaa",
       R"~(6-11 cel.unknown_field: data has no field "namaa", did you mean "nama"? | the schema names all fields that may be there)~"},
      {"data.pemohon.nik",
       R"~(14-17 cel.optional: "nik" may be absent | write data.pemohon.?nik.orValue(...), or ask first: has(data.pemohon.nik) && ...)~"},
      {"data.pemohon.npwpd",
       R"~(14-19 cel.unknown_field: data.pemohon has no field "npwpd", did you mean "npwp"? | the schema names all fields that may be there)~"},
      {R"~(data.pemohon.jenis == "orng")~",
       R"~(23-29 cel.enum: data.pemohon.jenis is never "orng", did you mean "orang"? | its values are "orang", "badan")~"},
      {"data.anggota.nik",
       "14-17 cel.type: data.anggota is a list; it has no fields | take an item first: [0], or use exists, all, map or "
       "filter"},
      {"data.nik == 3671",
       "10-12 cel.type: text and an integer are never equal | compare values of one type; string(...) and int(...) "
       "convert"},
      {"data.nik == null",
       "10-12 cel.type: text and null are never equal | its schema does not allow null; to ask whether it is there, "
       "write has(...)"},
      {"data.kode == true",
       "11-13 cel.type: text or an integer and a boolean are never equal | compare values of one type; string(...) and "
       "int(...) convert"},
      {"data.kode + 1",
       "1-10 cel.type: data.kode may be text or an integer, and not all of them go here | ask first: type(data.kode) "
       "== string ? ... : ..., or type(data.kode) == string && ..."},
      {R"~(data.kode.startsWith("3"))~",
       "1-10 cel.type: data.kode may be text or an integer, and not all of them go here | ask first: type(data.kode) "
       "== string ? ... : ..., or type(data.kode) == string && ..."},
      {"data.kode < 5",
       "1-10 cel.type: data.kode may be text or an integer, and not all of them go here | ask first: type(data.kode) "
       "== string ? ... : ..., or type(data.kode) == string && ..."},
      {R"~(type(data.kode) != string && data.kode.startsWith("3"))~",
       "30-39 cel.type: startsWith needs text here; data.kode is an integer | write string(data.kode)"},
      {R"~(data.umur.startsWith("3"))~",
       "1-10 cel.type: startsWith needs text here; data.umur is an integer | write string(data.umur)"},
      {"data.nik.startsWith(3671)",
       "21-25 cel.type: startsWith needs text here; 3671 is an integer | write string(3671)"},
      {"data.nama.substring(data.luas)",
       "21-30 cel.type: substring needs an integer here; data.luas is a number | write int(data.luas)"},
      {"data.nama.upperCase()",
       R"~(11-20 cel.unknown_function: there is no function "upperCase" | `simpul functions` lists what is there)~"},
      {"data.nama.toLowerCase()",
       R"~(11-22 cel.unknown_function: there is no function "toLowerCase" | write x.lowerAscii())~"},
      {"len(data.anggota)", R"~(1-4 cel.unknown_function: there is no function "len" | write size(x))~"},
      {"data.anggota.length", "14-20 cel.type: data.anggota is a list; it has no fields | write size(x)"},
      {"math.greatst(1, 2)",
       R"~(1-13 cel.unknown_function: there is no function "math.greatst", did you mean "math.greatest"? | `simpul functions` lists what is there)~"},
      {"optional.some(1)",
       R"~(1-14 cel.unknown_function: there is no function "optional.some", did you mean "optional.none"? | `simpul functions` lists what is there)~"},
      {R"~(startsWith(data.nik, "3"))~",
       "1-11 cel.unknown_function: startsWith is not written like this | write data.nik.startsWith(...)"},
      {"data.nik.startsWith()",
       R"~(10-20 cel.arguments: startsWith takes 1 argument, not 0 | for example: "36.71.05".startsWith("36.71."))~"},
      {"data.nik.truncate(1, 2)",
       R"~(10-18 cel.arguments: truncate takes 1 argument, not 2 | for example: "Jl. Melati Raya".truncate(10))~"},
      {R"~([1, 2].join(", "))~",
       "1-7 cel.type: join needs a list of text here; each item is an integer | write list.map(x, string(x)) to make "
       "them texts"},
      {R"~("a" in data.nama)~",
       R"~(8-17 cel.type: "in" needs a list or an object; data.nama is text | to find a part of a text, write text.contains(part))~"},
      {"1 in data.label", "3-5 cel.type: an integer is never in a list of text | compare values of one type"},
      {"!data.umur", R"~(1-2 cel.type: "!" needs a boolean; data.umur is an integer | compare it with something)~"},
      {"data.umur && true",
       R"~(1-10 cel.type: "&&" needs booleans; data.umur is an integer | compare it with something)~"},
      {"data.umur ? 1 : 2",
       R"~(1-10 cel.type: the condition before "?" is not true or false but an integer | compare it with something)~"},
      {R"~(data.nama ? "a" : "b")~",
       R"~(1-10 cel.type: the condition before "?" is not true or false but text | compare it with something)~"},
      {R"~(lookup("agamaa", data.nik))~",
       R"~(8-16 cel.unknown_table: there is no code table "agamaa", did you mean "agama"? | code tables are the files config/codes/agamaa.yaml and the like)~"},
      {R"~(lookup(data.nik, "1"))~",
       R"~(8-16 cel.unknown_table: the name of the code table is a literal, so that it is checked | write lookup("table", key))~"},
      {"data.nama.matches(data.nik)",
       R"~(19-27 cel.pattern: the pattern of matches is a literal, so that it is checked and made ready once | write it in quotes: matches(r"^[0-9]{16}$"))~"},
      {R"~(data.nama.matches("("))~",
       R"~(19-22 cel.pattern: the pattern is not RE2: missing ): ( | look-around and back-references are not there; write \\ or a raw text r"..." for a backslash)~"},
      {R"~(date(data.nama, "dd-mm"))~",
       R"~(17-24 cel.pattern: "dd-mm" is not a pattern of a date | a day is d or dd, a month M, MM, MMM or MMMM, a year yyyy: "dd-MM-yyyy", "d MMMM yyyy")~"},
      {R"~(data.waktu.formatTime("HH:mm", "WBI"))~",
       R"~(32-37 cel.pattern: "WBI" is no time zone | write "WIB", "WITA", "WIT", "Asia/Jakarta" or "+07:00")~"},
      {R"~({"a": 1, "a": 2})~", R"~(10-13 cel.type: the key "a" stands here twice | leave one out)~"},
      {R"~({"a": data.umur}.b)~",
       R"~(18-19 cel.unknown_field: {"a": data.umur} has no field "b", did you mean "a"? | it has the fields that are written in it)~"},
      {R"~(Orang{nik: "1"})~",
       R"~(6-7 cel.unsupported: protobuf messages are not part of this bus's expressions | write an object: {"field": value})~"},
      {"data.anggota.map(nama.x, 1)",
       "18-24 cel.arguments: map needs a name here for what it goes through | write list.map(x, ...)"},
      {"data.anggota.exists(a)",
       "14-20 cel.arguments: exists takes 2 to 3 arguments, not 1 | for example: [1, 2, 3].exists(x, x > 2)"},
      {"has(data)", ""},
      {R"~(has("x"))~", "5-8 cel.arguments: has() asks for a field | write has(data.field)"},
      {"dta.nik",
       R"~(1-4 cel.unknown_name: there is no "dta" here, did you mean "data"? | known here: data; put text into quotes)~"},
      {"now < data.waktu",
       R"~(1-4 cel.unknown_name: there is no "now" here | there is no clock in an expression: take the event's time)~"},
      {"has(data.dokumen) && data.anggota.exists(a, data.dokumen.exists(d, d.nik == a.nik))",
       "35-41 cel.cost: this may take 3 001 003 steps, the limit is 100 000: the loop over data.dokumen (up to 1 000) "
       "inside the loop over data.anggota (up to 500) | give data.dokumen a smaller maxItems in its schema, or look "
       "things up without a loop in a loop"},
      {"data.berkas.all(b, data.anggota.exists(a, a.nik == b.nik))",
       "13-16 *cel.unbounded: the loop over data.anggota inside the loop over data.berkas has no bound: the schema of "
       "data.berkas sets no maxItems | give data.berkas a maxItems in its schema; a large event would end in an error "
       "here"},
      {"data.lain.apa == 5",
       "1-14 *cel.dyn: no schema says what data.lain.apa is, so mistakes with it show only when an event comes | "
       "describe it in its schema, or write dyn(data.lain.apa) to say that it is meant so"},
      {"data.lain.apa == data.lain.itu",
       "1-14 *cel.dyn: no schema says what data.lain.apa is, so mistakes with it show only when an event comes | "
       "describe it in its schema, or write dyn(data.lain.apa) to say that it is meant so"},
      {"dyn(data.lain.apa) == 5", ""},
      {R"~(data.berkas.exists(b, b.nik == "1"))~", ""},
  };
  for (const auto& [source, wanted] : table) EXPECT_EQ(said(source), wanted) << source;
}

// A union goes where all of its types go; elsewhere a condition says which it is.
TEST_F(FamilySchema, AUnionIsAskedWhatItIs) {
  for (const char* source : {
           R"~(type(data.kode) == string && data.kode.startsWith("3"))~",
           R"~(type(data.kode) != string || data.kode.startsWith("3"))~",
           R"~(type(data.kode) == int ? data.kode + 1 > 2 : data.kode.startsWith("3"))~",
           R"~(int == type(data.kode) ? string(data.kode + 1) : data.kode.truncate(3))~",
           R"~(!(type(data.kode) == int) && data.kode.size() > 2)~",
           R"~(string(data.kode).startsWith("3"))~",
           R"~(data.kode == "3" || data.kode == 3 || data.kode in ["3", "4"])~",
           "[data.kode, 1]",
           "data.kode",
       })
    EXPECT_EQ(said(source), "") << source;
  EXPECT_EQ(kinds("type(data.kode) == int ? data.kode : 0"), unsigned{SchemaType::integer});
  for (const char* code : {R"({"kode": "3"})", R"({"kode": 3})", R"({"kode": 3.0})"})
    EXPECT_EQ(value(R"~(type(data.kode) == int ? data.kode + 1 > 2 : data.kode.startsWith("3"))~", code), "true");
}

TEST_F(FamilySchema, NumbersOfASchemaMix) {
  EXPECT_EQ(kinds("data.umur + 1"), unsigned{SchemaType::integer});
  EXPECT_EQ(kinds("data.umur * 1.5"), unsigned{SchemaType::number});
  EXPECT_EQ(kinds("data.luas * 2"), unsigned{SchemaType::number});
  EXPECT_EQ(kinds("data.luas + data.umur"), unsigned{SchemaType::number});
  EXPECT_EQ(kinds("-data.luas"), unsigned{SchemaType::number});
  EXPECT_EQ(kinds("data.luas > 10 && data.umur < 17.5 && data.umur == 17.0 && data.luas in [1, 2.5]"),
            unsigned{SchemaType::boolean});
  EXPECT_EQ(kinds("math.greatest(data.luas, 10)"), unsigned{SchemaType::number});
  const std::string data = R"({"umur": 35, "luas": 72.50})";
  EXPECT_EQ(value("data.luas * 2", data), "145");
  EXPECT_EQ(value("data.luas + data.umur", data), "107.5");
  EXPECT_EQ(value("data.umur * 1.5", data), "52.5");
  EXPECT_EQ(value("(data.umur + 1) * 1.5", data), "54");
  EXPECT_EQ(value("data.luas > 72 && data.umur < 35.5", data), "true");
  EXPECT_EQ(value("data.luas", data), "72.50");
}

TEST_F(FamilySchema, DatesAreInstantsWhereTheyAreCompared) {
  const std::string data = R"({"lahir": "1990-07-12", "waktu": "2026-03-05T07:30:00+07:00", "meninggal": null})";
  EXPECT_EQ(value("data.lahir < '2000-01-01'", data), "true");
  EXPECT_EQ(value("data.lahir == '1990-07-12'", data), "true");
  EXPECT_EQ(value("data.waktu == '2026-03-05T00:30:00Z'", data), "true");
  EXPECT_EQ(value("data.waktu > data.lahir", data), "true");
  EXPECT_EQ(value("data.waktu - data.lahir > duration('24h')", data), "true");
  EXPECT_EQ(value("data.lahir.getFullYear()", data), "1990");
  EXPECT_EQ(value("timestamp(data.lahir) == timestamp('1990-07-12T00:00:00Z')", data), "true");
  EXPECT_EQ(value("daysBetween(data.lahir, data.waktu) > 10000", data), "true");
  EXPECT_EQ(value("data.meninggal == null || data.meninggal < '2000-01-01'", data), "true");
  EXPECT_EQ(value("data.lahir", data), R"("1990-07-12")");
  EXPECT_EQ(compile("data.waktu + duration('1h')")->result().format, "date-time");
}

TEST_F(FamilySchema, WhatAConditionSaysOfNullIsKnownBehindIt) {
  for (const char* source :
       {"data.telepon != null && data.telepon.startsWith('08')", "data.telepon == null || size(data.telepon) > 3",
        "data.telepon == null ? '-' : data.telepon.trim()", "data.telepon == '08' ? data.telepon.trim() : '-'",
        "!(data.telepon == null) && data.telepon.size() > 3"})
    EXPECT_EQ(said(source), "") << source;
  for (const char* source : {"data.telepon == null && data.telepon.startsWith('08')",
                             "data.telepon != null || data.telepon.startsWith('08')", "data.telepon.trim()"})
    EXPECT_NE(said(source), "") << source;
}

TEST_F(FamilySchema, TypesGoOnBelowWhatAnExpressionMakes) {
  const auto made = compile("data.anggota.map(a, {'nik': a.nik, ?'lahir': a.?lahir})");
  EXPECT_EQ(made->result().max_items, 500u);
  bool required = false;
  const auto item = made->cursor()->items();
  EXPECT_EQ(item->property("nik", required)->type().kinds, unsigned{SchemaType::string});
  EXPECT_TRUE(required);
  EXPECT_EQ(item->property("lahir", required)->type().format, "date");
  EXPECT_FALSE(required);
  EXPECT_EQ(item->property("nama", required), nullptr);
  EXPECT_EQ(compile("cel.bind(x, data.nama, x + '!')")->result().personal, PersonalData::general);
  EXPECT_EQ(compile("data.?email.orValue(null)")->result().kinds, SchemaType::string | SchemaType::null);
  EXPECT_EQ(compile("has(data.email) ? data.email : 0")->result().kinds, SchemaType::string | SchemaType::integer);
  EXPECT_TRUE(compile("data.?email.optMap(e, e.lowerAscii())")->may_be_absent());
}

}  // namespace
}  // namespace simpul
