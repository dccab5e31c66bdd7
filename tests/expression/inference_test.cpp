// What expressions are told to give, as schemas; and that what they give fits.
#include <gmock/gmock.h>

#include "bus/event/json.h"
#include "bus/expression/expression.h"
#include "bus/schema/containment.h"

namespace simpul {
namespace {

constexpr const char* event_schema = R"({
  "type": "object",
  "required": ["nik", "nama", "jenis", "jumlah", "anggota", "tanggal"],
  "additionalProperties": false,
  "properties": {
    "nik": { "$ref": "#/$defs/nik" },
    "nama": { "type": "string", "minLength": 1, "maxLength": 100 },
    "jenis": { "enum": ["1", "2"] },
    "status": { "type": "integer", "enum": [1, 2, 3] },
    "jumlah": { "type": "integer", "minimum": 0 },
    "tanggal": { "type": "string", "format": "date" },
    "telepon": { "type": "string", "maxLength": 15 },
    "anggota": {
      "type": "array", "minItems": 1, "maxItems": 20,
      "items": { "type": "object", "required": ["nik"], "properties": { "nik": { "$ref": "#/$defs/nik" }, "umur": { "type": "integer" } } }
    }
  },
  "$defs": { "nik": { "type": "string", "pattern": "^[0-9]{16}$" } }
})";

class Inference : public testing::Test {
 protected:
  // Is everything that the expression may give accepted by the schema?
  Containment proof(const std::string& expression, const std::string& accepted) {
    auto first = compile_schemas({{"e.json", event_schema}});
    EXPECT_TRUE(first);
    auto schema = (*first)->find("e");
    std::map<std::string, CodeTable> tables;
    tables["jk"] = {"jk", {{"1", "L"}, {"2", "P"}}, {}};
    tables["kawin"] = {"kawin", {{"1", "BELUM"}, {"2", "KAWIN"}, {"9", "CERAI"}}, "LAIN"};
    Scope scope;
    scope.variables.push_back({"data", schema->cursor(), std::nullopt});
    scope.tables = &tables;
    scope.infer = true;
    auto compiled = compile_expression(expression, scope, Expect::any, {"e.yaml", {1, 1}, {}}, "");
    if (!compiled) {
      ADD_FAILURE() << to_text(compiled.error());
      return {};
    }
    inferred_ = (*compiled)->inferred();
    uses_.assign((*compiled)->table_uses().begin(), (*compiled)->table_uses().end());
    auto both = compile_schemas({{"e.json", event_schema}, {"made.json", inferred_}, {"accepted.json", accepted}});
    if (!both) {
      ADD_FAILURE() << inferred_ << "\n" << to_text(both.error());
      return {};
    }
    return contained(*(*both)->find("made"), *(*both)->find("accepted"));
  }
  void expect_gives(const std::string& expression, const std::string& accepted) {
    auto proved = proof(expression, accepted);
    EXPECT_EQ(proved.answer, Contained::yes)
        << expression << "\n  " << inferred_ << "\n  " << proved.witness << " " << proved.keyword;
  }
  void expect_not(const std::string& expression, const std::string& accepted) {
    EXPECT_NE(proof(expression, accepted).answer, Contained::yes) << expression << "\n  " << inferred_;
  }
  std::string inferred_;
  std::vector<TableUse> uses_;
};

TEST_F(Inference, PathsAreTheSchemasOwnPlaces) {
  expect_gives("data.nik", R"({"type":"string","pattern":"^[0-9]{16}$"})");
  expect_gives("data.nik", R"({"minLength":16,"maxLength":16})");
  expect_gives("data.anggota[0].nik", R"({"pattern":"^[0-9]*$"})");
  expect_gives("data.?telepon", R"({"type":"string","maxLength":15})");
  expect_not("data.nama", R"({"maxLength":30})");
}

TEST_F(Inference, LiteralsAreConstants) {
  expect_gives("'L'", R"({"const":"L"})");
  expect_gives("7", R"({"const":7})");
  expect_gives("true", R"({"const":true})");
  expect_gives("null", R"({"type":"null"})");
}

TEST_F(Inference, BranchesAreUnions) {
  expect_gives("data.jumlah > 5 ? 'A' : 'B'", R"({"enum":["A","B"]})");
  expect_gives("data.?telepon.orValue('-')", R"({"type":"string","minLength":0,"maxLength":15})");
  expect_not("data.?telepon.orValue('-')", R"({"maxLength":14})");
  expect_gives("has(data.telepon) ? optional.of(data.telepon) : optional.none()",
               R"({"type":"string","maxLength":15})");
}

TEST_F(Inference, LookupsAreTheRangeOfTheirTable) {
  expect_gives("lookup('jk', data.jenis)", R"({"enum":["L","P"]})");
  expect_gives("lookup('kawin', data.jenis)", R"({"enum":["BELUM","KAWIN"]})");
  expect_gives("lookup('kawin', data.nama)", R"({"enum":["BELUM","KAWIN","CERAI","LAIN"]})");
  expect_not("lookup('kawin', data.nama)", R"({"enum":["BELUM","KAWIN","CERAI"]})");
}

TEST_F(Inference, FunctionsOfTextsKeepLengths) {
  expect_gives("data.nama.truncate(30)", R"({"type":"string","minLength":1,"maxLength":30})");
  expect_not("data.nama.truncate(30)", R"({"maxLength":29})");
  expect_gives("data.jenis.padLeft(3, '0')", R"({"minLength":3,"maxLength":3,"pattern":"^[0-9]*$"})");
  expect_gives("data.nama.digits()", R"({"pattern":"^[0-9]{0,100}$"})");
  expect_gives("data.nik.substring(0, 6)", R"({"minLength":6,"maxLength":6})");
  expect_gives("data.nama + '/' + data.jenis", R"({"minLength":3,"maxLength":102})");
  expect_gives("data.nama.upperAscii()", R"({"minLength":1,"maxLength":100})");
}

TEST_F(Inference, NumbersConditionsAndDates) {
  expect_gives("size(data.anggota)", R"({"type":"integer","minimum":1,"maximum":20})");
  expect_gives("data.jumlah + 1", R"({"type":"integer"})");
  expect_not("data.jumlah + 1", R"({"type":"integer","minimum":0})");
  expect_gives("data.jumlah > 1 && data.jenis == '1'", R"({"type":"boolean"})");
  expect_gives("string(size(data.anggota))", R"({"type":"string","pattern":"^-?[0-9]+$"})");
  // JSON may write it 1.0, and text of a JSON number is as it was written.
  expect_not("string(data.jumlah)", R"({"type":"string","pattern":"^-?[0-9]+$"})");
  expect_gives("data.tanggal.formatDate('dd/MM/yyyy')", R"({"pattern":"^[0-9]{2}/[0-9]{2}/[0-9]{4}$"})");
}

TEST_F(Inference, ListsKeepTheirItemsAndBounds) {
  expect_gives("data.anggota.map(a, a.nik)", R"({"type":"array","minItems":1,"maxItems":20,"items":{"minLength":16}})");
  expect_gives("data.anggota.filter(a, a.nik != data.nik)",
               R"({"type":"array","maxItems":20,"items":{"required":["nik"]}})");
  expect_not("data.anggota.filter(a, a.nik != data.nik)", R"({"minItems":1})");
  expect_gives("[data.nik, 'x']", R"({"type":"array","minItems":2,"maxItems":2,"items":{"type":"string"}})");
  expect_gives(
      "{'a': data.nik, 'b': 1}",
      R"({"type":"object","required":["a","b"],"additionalProperties":false,"properties":{"a":{"minLength":16},"b":{"const":1}}})");
}

TEST_F(Inference, TellsWhichKeysOfATableMayBeAsked) {
  proof("lookup('jk', data.jenis)", "true");
  ASSERT_EQ(uses_.size(), 1u);
  EXPECT_TRUE(uses_[0].known && !uses_[0].guarded);
  EXPECT_EQ(uses_[0].keys, (std::vector<std::string>{"1", "2"}));
  proof("has(data.status) ? lookup('kawin', string(data.status) + '-' + data.jenis) : ''", "true");
  ASSERT_EQ(uses_.size(), 1u);
  EXPECT_TRUE(uses_[0].known && uses_[0].guarded);
  EXPECT_EQ(uses_[0].keys.size(), 6u);
  proof("lookup('jk', data.nama)", "true");
  ASSERT_EQ(uses_.size(), 1u);
  EXPECT_FALSE(uses_[0].known);
  proof("[lookup('jk', data.jenis) == 'L', true].exists(a, a)", "true");
  ASSERT_EQ(uses_.size(), 1u);
  EXPECT_FALSE(uses_[0].known) << "what is not walked through asks for anything";
}

// A name that a macro binds hides the variable.
TEST_F(Inference, BoundNamesAreTheirOwn) {
  expect_gives("data.anggota.map(data, data.nik)", R"({"items":{"minLength":16}})");
  expect_gives("cel.bind(data, 'x', data)", R"({"const":"x"})");
}

}  // namespace
}  // namespace simpul
