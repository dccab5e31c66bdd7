// Expressions and their values, by table: typed data of a move, and `dyn` without a schema.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bus/expression/expression.h"
#include "tests/expression/types_of_a_schema.h"

namespace simpul {
namespace {

class Evaluation : public testing::Test {
 protected:
  Evaluation() {
    auto parsed = json::parse(move_data);
    if (!parsed) throw std::runtime_error(parsed.error().message);
    document_ = std::move(*parsed);
    type_ = json::Value::view_string("dukcapil.penduduk.pindah_datang.v1");
    tables_["jenis_kelamin"] = CodeTable{"jenis_kelamin", {{"1", "L"}, {"2", "P"}}, std::nullopt};
    tables_["kawin"] = CodeTable{"kawin", {{"1", "BELUM"}}, "LAIN"};
    tables_["angka"] = CodeTable{"angka", {{"35", "tiga lima"}}, std::nullopt};
    SchemaType text;
    text.known = true;
    text.kinds = SchemaType::string;
    scope_.variables = {{"data", move_schema(), std::nullopt},
                        {"any", nullptr, std::nullopt},
                        {"type", nullptr, text},
                        {"subject", nullptr, text, false}};
    scope_.tables = &tables_;
  }

  // The value as JSON text, "absent", "error: <code>", or "problem: <code> <column>".
  std::string value(std::string_view source) {
    const auto compiled = compile_expression(source, scope_, Expect::any, {"routes/a.yaml", {1, 1}, {}}, "when");
    if (!compiled)
      return "problem: " + compiled.error()[0].code + " " + std::to_string(compiled.error()[0].place.start.column);
    const json::Value* slots[] = {&document_.root(), &document_.root(), &type_, nullptr};
    json::Arena arena;
    const auto result = (*compiled)->evaluate(slots, arena);
    if (!result) return "error: " + result.error().code;
    return result->absent ? "absent" : json::write(result->value);
  }

  void expect_all(std::initializer_list<std::pair<const char*, const char*>> table) {
    for (const auto& [source, wanted] : table) EXPECT_EQ(value(source), wanted) << source;
  }

  json::Document document_;
  json::Value type_;
  std::map<std::string, CodeTable> tables_;
  Scope scope_;
};

TEST_F(Evaluation, Literals) {
  expect_all({{"1", "1"},
              {"-9223372036854775808", "-9223372036854775808"},
              {"0x1F", "31"},
              {"-0x10", "-16"},
              {"1.5", "1.5"},
              {".5", "0.5"},
              {"1e3", "1000"},
              {"true", "true"},
              {"null", "null"},
              {R"("a\n\u00e9\x41\101\U0001F600")", "\"a\\n\u00e9AA\U0001F600\""},
              {R"(r"\d+")", R"("\\d+")"},
              {"'''a\n'b' \"c\"'''", R"("a\n'b' \"c\"")"},
              {R"("""x""y""")", R"("x\"\"y")"},
              {"[1, 'a', null, [true],]", R"([1,"a",null,[true]])"},
              {"{'a': 1, 'b': [2]}", R"({"a":1,"b":[2]})"},
              {"{}", "{}"},
              {"[]", "[]"},
              {"1 // a comment\n + 1", "2"}});
}

TEST_F(Evaluation, Fields) {
  expect_all({{"data.nik", R"("3671015207909001")"},
              {"data.alamat.jalan", R"("Jl. Melati 1")"},
              {"data['nik']", R"("3671015207909001")"},
              {"data.`no-kk`", R"("3671010101209003")"},
              {"data.anggota[1].nik", R"("3671011203909002")"},
              {"data.anggota[size(data.anggota) - 1].stat_hbkel", "4"},
              {"data.anggota[2].nik", "error: bad_argument"},
              {"any.anggota['0']", "error: no_overload"},
              {"any.tiada", "error: no_such_field"},
              {"any.nik.tiada", "error: no_overload"},
              {"any['tiada']", "error: no_such_field"},
              {"{'a': {'b': 2}}.a.b", "2"},
              {"{1: 'x'}[1]", R"("x")"},
              {"type", R"("dukcapil.penduduk.pindah_datang.v1")"},
              {"data.telepon", "null"},
              {"data.telepon == null", "true"}});
}

TEST_F(Evaluation, NumbersOfJsonKeepTheirText) {
  expect_all({{"data.luas", "72.50"},
              {"any.lain.besar", "12345678901234567890"},
              {"[any.lain.besar, data.luas]", "[12345678901234567890,72.50]"},
              {"string(any.lain.besar)", R"("12345678901234567890")"},
              {"any.lain.besar > 9223372036854775807", "true"},
              {"any.lain.besar == 12345678901234567890.0", "true"},
              {"any.lain.besar + 1", "12345678901234567891"},
              {"any.lain.besar * 2", "error: overflow"},
              {"any.lain.x == 1", "true"},
              {"any.lain.x == 1.0", "true"},
              {"any.lain.x != 2", "true"},
              {"data.luas == 72.5", "true"},
              {"data.luas > 72", "true"},
              {"data.luas + 1", "73.5"},
              {"data.luas * 2", "145"},
              {"data.umur / 2", "17"},
              {"data.umur / 2.0", "17.5"},
              {"double(data.umur) / 2.0", "17.5"},
              {"any.umur in [34, 35]", "true"},
              {"35.0 in [any.umur]", "true"}});
}

TEST_F(Evaluation, Arithmetic) {
  expect_all({{"1 + 2 * 3 - 4", "3"},
              {"(1 + 2) * 3", "9"},
              {"7 / 2", "3"},
              {"-7 / 2", "-3"},
              {"-7 % 3", "-1"},
              {"7.0 / 2.0", "3.5"},
              {"1 + 0.5", "problem: cel.type 3"},
              {"- - 1", "1"},
              {"-data.umur", "-35"},
              {"9223372036854775807 + 1", "error: overflow"},
              {"-9223372036854775808 - 1", "error: overflow"},
              {"-(-9223372036854775808)", "error: overflow"},
              {"9223372036854775807 * 2", "error: overflow"},
              {"-9223372036854775808 / -1", "error: overflow"},
              {"-9223372036854775808 % -1", "error: overflow"},
              {"1 / 0", "error: divide_by_zero"},
              {"1 % 0", "error: divide_by_zero"},
              {"1.0 / 0.0", "error: bad_argument"},
              {"'a' + 'b' + data.nik", R"("ab3671015207909001")"},
              {"[1] + [2, 3]", "[1,2,3]"},
              {"any.nik + 1", "error: no_overload"}});
}

TEST_F(Evaluation, Comparisons) {
  expect_all({{"1 == 1.0", "true"},
              {"9007199254740993 == 9007199254740992.0", "true"},
              {"9223372036854775807 < 9223372036854775808.0", "false"},
              {"0.0 / 0.0 == 0.0 / 0.0", "false"},
              {"0.0 / 0.0 < 1.0", "false"},
              {"'a' < 'b'", "true"},
              {"'\u00e9' > 'z'", "true"},
              {"false < true", "true"},
              {"[1, 2] == [1.0, 2.0]", "true"},
              {"{'a': 1, 'b': 2} == {'b': 2, 'a': 1.0}", "true"},
              {"{'a': 1} == {'a': 2}", "false"},
              {"any.alamat == {'rt': '001', 'jalan': 'Jl. Melati 1'}", "true"},
              {"any.label == ['baru', 'pindah']", "true"},
              {"any.umur == 'x'", "false"},
              {"any.umur < 'x'", "error: no_overload"},
              {"'baru' in data.label", "true"},
              {"'lama' in data.label", "false"},
              {"data.jenis_kelamin in ['1', '2']", "true"},
              {"'rt' in any.alamat", "true"},
              {"'rw' in any.alamat", "false"},
              {"1 in any.umur", "error: no_overload"}});
}

TEST_F(Evaluation, LogicAbsorbsErrors) {
  expect_all({{"true || any.tiada", "true"},
              {"any.tiada || true", "true"},
              {"any.tiada || false", "error: no_such_field"},
              {"false && any.tiada", "false"},
              {"any.tiada && false", "false"},
              {"any.tiada && true", "error: no_such_field"},
              {"any.tiada && any.umur / 0 == 1", "error: no_such_field"},
              {"any.umur || true", "true"},
              {"any.umur && true", "error: no_overload"},
              {"!any.aktif", "false"},
              {"!!any.aktif", "true"},
              {"!any.umur", "error: no_overload"},
              {"any.aktif ? 1 : any.tiada", "1"},
              {"any.umur ? 1 : 2", "error: no_overload"},
              {"any.tiada ? 1 : 2", "error: no_such_field"},
              {"false ? 1 : true ? 2 : 3", "2"},
              {"true || false && false", "true"},
              {"1 < 2 && 2 < 3 || false", "true"}});
}

TEST_F(Evaluation, PresenceAndOptionals) {
  expect_all({{"has(data.email)", "false"},
              {"has(data.alamat.rt)", "true"},
              {"has(any.tiada.x)", "error: no_such_field"},
              {"has(any.telepon.x)", "false"},
              {"has(subject)", "false"},
              {"has(subject) ? subject : '-'", R"("-")"},
              {"has(data.anggota[0].email)", "true"},
              {"data.?email", "absent"},
              {"data.alamat.?rt", R"("001")"},
              {"data.?email.orValue('-')", R"("-")"},
              {"data.?alamat_lama.rt", "absent"},
              {"data.?alamat_lama.?rt.orValue('x')", R"("x")"},
              {"data.?alamat.jalan.orValue('x')", R"("Jl. Melati 1")"},
              {"data.?email.or(data.alamat.?rt)", R"("001")"},
              {"data.?email.hasValue()", "false"},
              {"any.?email.value()", "error: no_such_field"},
              {"any.telepon.?x", "absent"},
              {"data.anggota[?5].nik.orValue('-')", R"("-")"},
              {"data.anggota[?0].nik", R"("3671015207909001")"},
              {"any[?'tiada']", "absent"},
              {"optional.of(1)", "1"},
              {"optional.none()", "absent"},
              {"data.aktif ? optional.none() : optional.of(data.nik)", "absent"},
              {"optional.of(1) == optional.of(1)", "true"},
              {"[?data.?email, ?data.alamat.?rt]", R"(["001"])"},
              {"{?'e': data.?email, 'n': 1}", R"({"n":1})"}});
}

TEST_F(Evaluation, Macros) {
  expect_all({{"data.anggota.exists(a, a.stat_hbkel == 1)", "true"},
              {"data.anggota.all(a, a.stat_hbkel > 1)", "false"},
              {"data.anggota.exists_one(a, a.stat_hbkel == 4)", "true"},
              {"data.anggota.existsOne(a, a.stat_hbkel > 0)", "false"},
              {"data.anggota.map(a, a.nik)", R"(["3671015207909001","3671011203909002"])"},
              {"data.anggota.map(a, a.stat_hbkel == 4, a.nik)", R"(["3671011203909002"])"},
              {"data.anggota.filter(a, a.stat_hbkel == 4).map(a, a.stat_hbkel)", "[4]"},
              {"data.anggota.map(a, has(a.email), a.email)", R"(["siti@example.id"])"},
              {"data.anggota.filter(a, has(a.email) && a.email.contains('@')).size()", "1"},
              {"data.label.exists(i, x, i == 1 && x == 'pindah')", "true"},
              {"data.label.transformList(i, x, string(i) + x)", R"(["0baru","1pindah"])"},
              {"data.label.transformList(i, x, i > 0, x)", R"(["pindah"])"},
              {"{'a': 1, 'b': 2}.transformMap(k, v, v * 10)", R"({"a":10,"b":20})"},
              {"{'a': 1, 'b': 2}.filter(k, k != 'a')", R"(["b"])"},
              {"any.alamat.all(k, k in ['rt', 'jalan'])", "true"},
              {"[1, 2].exists(x, x / 0 == 1 || x == 2)", "true"},
              {"[0, 1].exists(x, 1 / x == 1)", "true"},
              {"[0, 2].exists(x, 1 / x == 1)", "error: divide_by_zero"},
              {"[0, 2].all(x, 1 / x == 1)", "false"},
              {"[0, 1].map(x, 1 / x)", "error: divide_by_zero"},
              {"[1, 2].map(x, [3, 4].map(y, x * y))", "[[3,4],[6,8]]"},
              {"[1].map(data, data)", "[1]"},
              {"any.umur.exists(x, true)", "error: no_overload"}});
}

TEST_F(Evaluation, TextFunctions) {
  expect_all({{"size('h\u00e9\U0001F600')", "3"},
              {"'h\u00e9'.size()", "2"},
              {"size(data.anggota)", "2"},
              {"size({'a': 1})", "1"},
              {"data.nik.startsWith('3671')", "true"},
              {"data.nik.endsWith('9001')", "true"},
              {"data.nama.contains('JUM')", "true"},
              {"data.nik.matches(r'^[0-9]{16}$')", "true"},
              {"matches(data.nik, '^9')", "false"},
              {"'ABC\u00c9d'.lowerAscii()", "\"abc\u00c9d\""},
              {"'abC'.upperAscii()", R"("ABC")"},
              {"' \\t\u00a0x y\u2003 '.trim()", R"("x y")"},
              {"'  '.trim()", R"("")"},
              {"'1.2.3'.replace('.', '')", R"("123")"},
              {"'aaa'.replace('a', 'b', 2)", R"("bba")"},
              {"'aaa'.replace('a', 'b', 0)", R"("aaa")"},
              {"'\u00e9b'.replace('', '-')", "\"-\u00e9-b-\""},
              {"'36.71.01'.split('.')", R"(["36","71","01"])"},
              {"'36.71.01'.split('.', 2)", R"(["36","71.01"])"},
              {"'a\u00e9'.split('')", "[\"a\",\"\u00e9\"]"},
              {"''.split(',')", R"([""])"},
              {"'a,'.split(',')", R"(["a",""])"},
              {"data.label.join('-')", R"("baru-pindah")"},
              {"['a', 'b'].join()", R"("ab")"},
              {"any.anggota.join()", "error: no_overload"},
              {"'h\u00e9llo'.substring(1, 3)", "\"\u00e9l\""},
              {"'hello'.substring(5)", R"("")"},
              {"'hello'.substring(6)", "error: bad_argument"},
              {"'hello'.substring(3, 2)", "error: bad_argument"},
              {"'h\u00e9llo'.indexOf('l')", "2"},
              {"'hello'.indexOf('l', 3)", "3"},
              {"'hello'.indexOf('x')", "-1"},
              {"'h\u00e9llo'.lastIndexOf('l')", "3"},
              {"'h\u00e9'.charAt(1)", "\"\u00e9\""},
              {"'h'.charAt(1)", R"("")"},
              {"'h'.charAt(2)", "error: bad_argument"}});
}

TEST_F(Evaluation, OurFunctions) {
  expect_all({{"lookup('jenis_kelamin', data.jenis_kelamin)", R"("P")"},
              {"lookup('jenis_kelamin', '9')", "error: no_such_key"},
              {"lookup('kawin', '9')", R"("LAIN")"},
              {"lookup('angka', data.umur)", R"("tiga lima")"},
              {"lookup('angka', 35)", R"("tiga lima")"},
              {"data.alamat.jalan.truncate(3)", R"("Jl.")"},
              {"truncate('h\u00e9llo', 2)", "\"h\u00e9\""},
              {"'ab'.truncate(5)", R"("ab")"},
              {"'ab'.truncate(-1)", "error: bad_argument"},
              {"sha256('abc')", R"("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")"},
              {"date('17-08-1945', 'dd-mm-yyyy')", R"("1945-08-17")"},
              {"date('29-02-2024', 'dd-mm-yyyy')", R"("2024-02-29")"},
              {"date('29-02-2023', 'dd-mm-yyyy')", "error: bad_argument"},
              {"date('1-2-2023', 'dd-mm-yyyy')", "error: bad_argument"},
              {"date('17-08-19455', 'dd-mm-yyyy')", "error: bad_argument"},
              {"date('17/08/1945', 'dd/mm/yyyy')", R"("1945-08-17")"},
              {"formatDate('1945-08-17', 'yyyy-mm-dd', 'yyyymmdd')", R"("19450817")"},
              {"formatDate('19450817', 'yyyymmdd', 'dd-mm-yyyy')", R"("17-08-1945")"},
              {"'1'.padLeft(3, '0')", R"("001")"},
              {"padLeft('1234', 3, '0')", R"("1234")"},
              {"'1'.padLeft(20000, '0')", "error: bad_argument"},
              {"'1'.padLeft(3, '00')", "error: bad_argument"},
              {"digits('19.801/02 x')", R"("1980102")"},
              {"title(data.nama)", R"("Siti Jum'at")"},
              {"'jl. melati-raya rt01'.title()", R"("Jl. Melati-Raya Rt01")"}});
}

TEST_F(Evaluation, Conversions) {
  expect_all({{"string(12)", R"("12")"},
              {"string(true)", R"("true")"},
              {"string(1.5)", R"("1.5")"},
              {"string(data.luas)", R"("72.50")"},
              {"int('42')", "42"},
              {"int('-42')", "-42"},
              {"int('4 2')", "error: bad_argument"},
              {"int('')", "error: bad_argument"},
              {"int('9223372036854775808')", "error: overflow"},
              {"int(2.9)", "2"},
              {"int(-2.9)", "-2"},
              {"int(1e19)", "error: overflow"},
              {"int(data.luas)", "72"},
              {"double('1.5')", "1.5"},
              {"double('x')", "error: bad_argument"},
              {"double(3) / 2.0", "1.5"},
              {"bool('true')", "true"},
              {"bool('ya')", "error: bad_argument"},
              {"dyn(data.umur) == 'x'", "false"}});
}

TEST_F(Evaluation, ErrorsNameThePlaceAndNeverTheValue) {
  const auto compiled = compile_expression("'x' == any.nik || int(any.nama) > 1", scope_, Expect::boolean, {}, "when");
  ASSERT_TRUE(compiled);
  const json::Value* slots[] = {&document_.root(), &document_.root(), &type_, nullptr};
  json::Arena arena;
  const auto result = (*compiled)->test(slots, arena);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "bad_argument");
  EXPECT_EQ(result.error().message,
            "a value does not fit what is asked of it: int(any.nama) (character 19 of the expression)");
}

TEST_F(Evaluation, TestIsTrueForABooleanTrueOnly) {
  const json::Value* slots[] = {&document_.root(), &document_.root(), &type_, nullptr};
  const auto test = [&](std::string_view source) {
    json::Arena arena;
    return (*compile_expression(source, scope_, Expect::boolean, {}, "when"))->test(slots, arena);
  };
  EXPECT_TRUE(*test("any.aktif"));
  EXPECT_FALSE(*test("any.umur > 40"));
  EXPECT_EQ(test("any.umur").error().code, "no_overload");
}

TEST_F(Evaluation, ResultsOutliveTheExpression) {
  json::Arena arena;
  json::Value kept;
  {
    const auto compiled = compile_expression("{'kunci': ['tetap', 'KOTA'.trim(), lookup('kawin', '1')]}", scope_,
                                             Expect::any, {}, "map.a");
    const json::Value* slots[] = {&document_.root(), &document_.root(), &type_, nullptr};
    kept = (*compiled)->evaluate(slots, arena)->value;
  }
  EXPECT_EQ(json::write(kept), R"({"kunci":["tetap","KOTA","BELUM"]})");
}

}  // namespace
}  // namespace simpul
