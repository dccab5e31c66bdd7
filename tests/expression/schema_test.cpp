// The checker on a compiled JSON Schema: references, optional fields, open objects and unions as they come.
#include <gtest/gtest.h>

#include "bus/expression/expression.h"

namespace simpul {
namespace {

constexpr const char* schema_text = R"({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "required": ["nik", "stat", "anggota", "lintang"],
  "properties": {
    "nik": {"type": "string", "pattern": "^[0-9]{16}$", "x-personal-data": "general"},
    "stat": {"enum": ["TETAP", "SEMENTARA"]},
    "lintang": {"type": "number"},
    "email": {"type": "string"},
    "telepon": {"type": ["string", "null"]},
    "anggota": {"type": "array", "maxItems": 20, "items": {"$ref": "#/$defs/anggota"}},
    "lain": {"type": "object"}
  },
  "$defs": {
    "anggota": {"type": "object", "required": ["umur"], "properties": {"umur": {"type": "integer"}, "nama": {"type": "string",
        "maxLength": 40}}}
  }
})";

class OnASchema : public testing::Test {
 protected:
  void SetUp() override {
    auto registry = compile_schemas({{"events/pindah.json", schema_text}});
    ASSERT_TRUE(registry) << to_text(registry.error());
    schema_ = (*registry)->find("events/pindah");
    ASSERT_NE(schema_, nullptr);
    scope_.variables = {{"data", schema_->cursor(), std::nullopt}};
  }

  std::string problem(std::string_view source) {
    const auto compiled = compile_expression(source, scope_, Expect::any, {"a.yaml", {1, 1}, {}}, "");
    return compiled ? "" : compiled.error()[0].code;
  }

  std::shared_ptr<const Schema> schema_;
  Scope scope_;
};

TEST_F(OnASchema, TypesAndPresence) {
  EXPECT_EQ(problem("data.nik.startsWith('3671')"), "");
  EXPECT_EQ(problem("data.nikk"), "cel.unknown_field");
  EXPECT_EQ(problem("data.email"), "cel.optional");
  EXPECT_EQ(problem("data.telepon"), "cel.optional");
  EXPECT_EQ(problem("has(data.telepon) && data.telepon != null"), "");
  EXPECT_EQ(problem("data.stat == 'TETAP'"), "");
  EXPECT_EQ(problem("data.stat == 'TETEP'"), "cel.enum");
  EXPECT_EQ(problem("data.nik == 1"), "cel.type");
  EXPECT_EQ(problem("data.lintang + 1 > 2.5"), "");
  EXPECT_EQ(problem("data.anggota.exists(a, a.umur >= 17)"), "");
  EXPECT_EQ(problem("data.anggota.exists(a, a.umur == '17')"), "cel.type");
  EXPECT_EQ(problem("data.anggota.exists(a, a.nama == 'X')"), "cel.optional");
  EXPECT_EQ(problem("data.anggota[0].apa == 'an open object'"), "");
  EXPECT_EQ(problem("has(data.lain) && data.lain.apa.saja > 1"), "");
}

TEST_F(OnASchema, ResultsCarryTheSchemasWords) {
  const auto result = [&](std::string_view source) {
    return (*compile_expression(source, scope_, Expect::any, {}, ""))->result();
  };
  EXPECT_EQ(result("data.nik").personal, PersonalData::general);
  EXPECT_EQ(result("data.anggota[0].?nama").max_length, 40u);
  EXPECT_EQ(result("data.anggota").max_items, 20u);
  EXPECT_EQ(result("data.stat").enumeration.size(), 2u);
}

}  // namespace
}  // namespace simpul
