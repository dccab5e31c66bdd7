// Conversions, the math extension and money: usual cases, the ends of the ranges, errors.
#include <gtest/gtest.h>

#include "tests/expression/functions_scope.h"

namespace simpul {
namespace {

class NumberFunctions : public FunctionTableTest {};

TEST_F(NumberFunctions, ConvertToIntegersWithinTheirRanges) {
  expect_all({{"int('9223372036854775807')", "9223372036854775807"},
              {"int('9223372036854775808')", "error: overflow"},
              {"int('+5')", "5"},
              {"int('-0')", "0"},
              {"int('')", "error: bad_argument"},
              {"int(' 5')", "error: bad_argument"},
              {"int('+-5')", "error: bad_argument"},
              {"int('0x10')", "error: bad_argument"},
              {"int(9223372036854774784.0)", "9223372036854774784"},
              {"int(0.0/0.0)", "error: overflow"},
              {"int(data.luas)", "72"},
              {"int(any.lain.x)", "1"},
              {"int(any.lain.besar)", "error: overflow"},
              {"uint(any.lain.besar)", "12345678901234567890"},
              {"uint(data.umur)", "35"},
              {"uint(any.luas)", "72"},
              {"int(duration('1.5s'))", "1500000000"},
              {"int(duration('-1ns'))", "-1"},
              {"int(duration('315000000000s'))", "error: overflow"},
              {"int([])", "problem: cel.type"},
              {"int(dyn([]))", "error: no_overload"},
              {"uint('18446744073709551615')", "18446744073709551615"},
              {"uint('-1')", "error: bad_argument"},
              {"uint(-0.5)", "error: overflow"},
              {"uint(1.9)", "1"}});
}

TEST_F(NumberFunctions, ConvertToDoublesAndBooleans) {
  expect_all({{"double('1e3') == 1000.0", "true"},
              {"double('1e999')", "error: overflow"},
              {"double('abc')", "error: bad_argument"},
              {"double('')", "error: bad_argument"},
              {"double('nan(1)')", "error: bad_argument"},
              {"math.isNaN(double('NaN'))", "true"},
              {"math.isInf(double('-Infinity'))", "true"},
              {"double(data.luas)", "72.5"},
              {"bool('yes')", "error: bad_argument"},
              {"bool('TRUE') && !bool('f')", "true"},
              {"bool(dyn(1))", "error: no_overload"}});
}

TEST_F(NumberFunctions, ConvertToTextAsPeopleWriteNumbers) {
  expect_all({{"string(1000000.0)", R"("1000000")"},
              {"string(0.1)", R"("0.1")"},
              {"string(123456789012345680000.0)", R"("123456789012345680000")"},
              {"string(1e21)", R"("1e+21")"},
              {"string(1.5e-7)", R"("1.5e-7")"},
              {"string(0.000001)", R"("0.000001")"},
              {"string(1e-7)", R"("1e-7")"},
              {"string(-0.0)", R"("-0")"},
              {"string(1.0/0.0)", R"("Infinity")"},
              {"string(data.luas)", R"("72.50")"},
              {"string(18446744073709551615u)", R"("18446744073709551615")"},
              {"string(b'\\xff')", "error: bad_argument"},
              {"string(timestamp('2026-03-05T07:30:00.50+07:00'))", R"("2026-03-05T00:30:00.5Z")"},
              {"string(duration('-1.5s'))", R"("-1.5s")"},
              {"string(dyn(null))", "error: no_overload"},
              {"string(type(any.luas)) == 'double'", "problem: cel.type"},
              {"type(any.luas) == double && type(any.umur) == int", "true"},
              {"type([]) == list && type({}) == map && type(type(1)) == type", "true"}});
}

TEST_F(NumberFunctions, MathKeepsKinds) {
  expect_all({{"math.greatest(1, 2.5, 3u)", "3"},
              {"math.greatest([1, 2, 3])", "3"},
              {"math.greatest(dyn([]))", "error: bad_argument"},
              {"math.greatest(data.luas, 70)", "72.50"},
              {"math.least(data.luas, data.umur)", "35"},
              {"math.greatest(data.luas)", "72.50"},
              {"math.greatest(1, data.umur, 2, 40, 3)", "40"},
              {"math.least('a', 1)", "problem: cel.type"},
              {"math.least(1, 2, 'a')", "problem: cel.type"},
              {"math.least(dyn('a'), 1)", "error: no_overload"},
              {"math.least(any.lain.besar, 9223372036854775807)", "9223372036854775807"},
              {"math.abs(-9223372036854775808)", "error: overflow"},
              {"math.abs(data.luas)", "72.50"},
              {"math.abs(any.luas)", "72.50"},
              {"math.sign(data.luas)", "1"},
              {"math.isNaN(math.sign(0.0/0.0))", "true"},
              {"math.round(-2.5)", "-3"},
              {"math.round(data.luas)", "73"},
              {"math.floor(data.luas)", "72"},
              {"math.ceil(-0.5) == 0.0", "true"},
              {"math.ceil(1)", "problem: cel.type"},
              {"math.sqrt(2u) > 1.41", "true"},
              {"math.isNaN(math.sqrt(-1))", "true"}});
}

TEST_F(NumberFunctions, BitsMove) {
  expect_all({{"math.bitShiftLeft(1, 63)", "-9223372036854775808"},
              {"math.bitShiftLeft(1, 64)", "0"},
              {"math.bitShiftRight(-1, 63)", "1"},
              {"math.bitShiftRight(1, -1)", "error: bad_argument"},
              {"math.bitAnd(data.umur, 3)", "3"},
              {"math.bitXor(1, 2u)", "problem: cel.type"},
              {"math.bitXor(dyn(1), dyn(2u))", "error: no_overload"},
              {"math.bitNot(18446744073709551615u)", "0"}});
}

TEST_F(NumberFunctions, MoneyIsExact) {
  expect_all({{"money.add('0.1', '0.2')", "0.3"},
              {"money.add(data.luas, 1)", "73.50"},
              {"money.add(0.1, 0.2)", "0.3"},
              {"money.add(1e2, '0.05')", "100.05"},
              {"money.add('-0.05', '0.05')", "0.00"},
              {"money.add('99999999999999999999999999999999999999', 1)", "error: overflow"},
              {"money.add('99999999999999999999999999999999999998', 1)", "99999999999999999999999999999999999999"},
              {"money.subtract(1, '1.10')", "-0.10"},
              {"money.multiply('1.10', '1.10')", "1.2100"},
              {"money.multiply('0.0000000001', '0.0000000001')", "error: overflow"},
              {"money.multiply('99999999999999999999', '99999999999999999999')", "error: overflow"},
              {"money.divide(1, 3, 0)", "0"},
              {"money.divide(-5, 2, 0)", "-3"},
              {"money.divide('10.00', '0.3', 4)", "33.3333"},
              {"money.divide(1, '0.00', 2)", "error: divide_by_zero"},
              {"money.divide(1, 3, 19)", "error: bad_argument"},
              {"money.round('-2.345', 2)", "-2.35"},
              {"money.round('2.344999999999', 2)", "2.34"},
              {"money.round(5, 2)", "5.00"},
              {"money.round(5, -1)", "error: bad_argument"},
              {"money.compare('1.0', 1)", "0"},
              {"money.compare('-1', '-1.01')", "1"},
              {"money.sum([])", "0"},
              {"money.sum(['1.005', '2'])", "3.005"},
              {"money.sum(any.label)", "error: bad_argument"},
              {"money.add('1,5', 1)", "error: bad_argument"},
              {"money.add('', 1)", "error: bad_argument"},
              {"money.add('01', 1)", "error: bad_argument"},
              {"money.add('1.', 1)", "error: bad_argument"},
              {"money.add(1.0/0.0, 1)", "error: bad_argument"},
              {"money.add(dyn(null), 1)", "error: no_overload"},
              {"money.add('1e400', 1)", "error: overflow"},
              {"money.add('1e99999999999', 1)", "error: overflow"},
              {"money.add('0e400', 1)", "1"}});
}

TEST_F(NumberFunctions, MoneyIsReadAsIndonesiansWriteIt) {
  expect_all({{"money.read('1.250.000')", "1250000"},
              {"money.read('Rp1250000,-')", "1250000"},
              {"money.read('Rp. 5.000,5')", "5000.5"},
              {"money.read('-Rp 5.000')", "-5000"},
              {"money.read('Rp -5.000,00')", "-5000.00"},
              {"money.read(' rp 0 ')", "0"},
              {"money.read('007')", "7"},
              {"money.read('1.25')", "error: bad_argument"},
              {"money.read('1.2500')", "error: bad_argument"},
              {"money.read('1250.000.000')", "error: bad_argument"},
              {"money.read('1..000')", "error: bad_argument"},
              {"money.read('1,')", "error: bad_argument"},
              {"money.read('')", "error: bad_argument"},
              {"money.read('--1')", "error: bad_argument"},
              {"money.read('USD 5')", "error: bad_argument"}});
}

TEST_F(NumberFunctions, RupiahAndItsWords) {
  expect_all(
      {{"rupiah(0)", R"("Rp 0,00")"},
       {"rupiah('-999.995')", R"("-Rp 1.000,00")"},
       {"rupiah('-0.001')", R"("Rp 0,00")"},
       {"rupiah(100, 0)", R"("Rp 100")"},
       {"rupiah(1234567.891, 3)", R"("Rp 1.234.567,891")"},
       {"rupiah(data.luas)", R"("Rp 72,50")"},
       {"rupiah('abc')", "error: bad_argument"},
       {"terbilang(0)", R"("nol")"},
       {"terbilang(11)", R"("sebelas")"},
       {"terbilang(15)", R"("lima belas")"},
       {"terbilang(100)", R"("seratus")"},
       {"terbilang(1000)", R"("seribu")"},
       {"terbilang(1001001)", R"("satu juta seribu satu")"},
       {"terbilang(21000)", R"("dua puluh satu ribu")"},
       {"terbilang(-999999999999999)",
        R"("minus sembilan ratus sembilan puluh sembilan triliun sembilan ratus sembilan puluh sembilan miliar sembilan ratus sembilan puluh sembilan juta sembilan ratus sembilan puluh sembilan ribu sembilan ratus sembilan puluh sembilan")"},
       {"terbilang(1000000000000000)", "error: overflow"},
       {"terbilang('1.00')", R"("satu")"},
       {"terbilang('1.50')", "error: bad_argument"}});
}

}  // namespace
}  // namespace simpul
