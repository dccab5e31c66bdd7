// Identifiers of Indonesian administration. All of them are made up: serials are 9001 and above.
#include <gtest/gtest.h>

#include "tests/expression/functions_scope.h"

namespace simpul {
namespace {

class IdentifierFunctions : public FunctionTableTest {};

TEST_F(IdentifierFunctions, Nik) {
  expect_all({{"nik.valid(data.nik)", "true"},
              {"nik.valid('3671013112909001')", "true"},
              {"nik.valid('3671017112909001')", "true"},
              {"nik.valid('3671012902009001')", "true"},   // 2000 had a 29 February
              {"nik.valid('3671012902019001')", "false"},  // neither 1901 nor 2001 had one
              {"nik.valid('3671010012909001')", "false"},
              {"nik.valid('3671013212909001')", "false"},
              {"nik.valid('3671014012909001')", "false"},
              {"nik.valid('3671017212909001')", "false"},
              {"nik.valid('3671011200909001')", "false"},
              {"nik.valid('3671011213909001')", "false"},
              {"nik.valid('3671015207900000')", "false"},
              {"nik.valid('367101520790900')", "false"},
              {"nik.valid('36710152079090011')", "false"},
              {"nik.valid('367101520790900A')", "false"},
              {"nik.valid('3671 0152 0790 90')", "false"},
              {"nik.valid('')", "false"},
              {"nik.valid(dyn(3671015207909001))", "error: no_overload"},
              {"nik.sex('3671011203909002')", R"("L")"},
              {"nik.sex('3671015203909002')", R"("P")"},
              {"nik.sex('x')", "error: bad_argument"},
              {"nik.region(data.nik)", R"("36.71.01")"},
              {"nik.region('')", "error: bad_argument"}});
}

TEST_F(IdentifierFunctions, CenturyOfANikIsTheLatestNotAfterTheEvent) {
  expect_all({{"nik.birthDate('3671011203909002', '2026-03-05')", R"("1990-03-12")"},
              {"nik.birthDate('3671015203209002', '2026-03-05')", R"("2020-03-12")"},
              {"nik.birthDate('3671010503269002', '2026-03-05')", R"("2026-03-05")"},
              {"nik.birthDate('3671010603269002', '2026-03-05')", R"("1926-03-06")"},
              {"nik.birthDate('3671010603269002', '1999-12-31')", R"("1926-03-06")"},
              {"nik.birthDate('3671012902009002', '2026-03-05')", R"("2000-02-29")"},
              {"nik.birthDate('3671011203909002', timestamp('2026-03-05T00:00:00Z'))", R"("1990-03-12")"},
              {"nik.birthDate('3671011203909002', '2026-03-05T00:00:00+07:00')", R"("1990-03-12")"},
              {"nik.birthDate('3671011203909002', '05-03-2026')", "error: bad_argument"},
              {"nik.birthDate('3671011203909002', '0001-01-01')", "error: bad_argument"},
              {"nik.birthDate('x', '2026-03-05')", "error: bad_argument"},
              {"nik.birthDate(data.nik, dyn(5))", "error: no_overload"},
              {"age(nik.birthDate(data.nik, '2026-03-05'), '2026-03-05')", "35"}});
}

TEST_F(IdentifierFunctions, WhatIsReadOfThemHasItsType) {
  expect_all({{"nik.birthDate(data.nik, '2026-03-05').getFullYear()", "1990"},
              {"nip.birthDate('199007122015032901') < timestamp('2000-01-01T00:00:00Z')", "true"},
              {"lookup('jenis_kelamin', data.jenis_kelamin) == nik.sex(data.nik)", "true"},
              {"nik.sex(data.nik) == 'X'", "problem: cel.enum"}});
}

TEST_F(IdentifierFunctions, Nip) {
  expect_all({{"nip.valid('199007122015032901')", "true"},
              {"nip.valid('1990.07.12-201503/2 901')", "true"},
              {"nip.valid('199007122015002901')", "false"},
              {"nip.valid('199007122015132901')", "false"},
              {"nip.valid('199007122023211901')", "true"},  // PPPK
              {"nip.valid('199013122015032901')", "false"},
              {"nip.valid('199007122015033901')", "false"},
              {"nip.valid('13012345')", "false"},
              {"nip.valid('19900712201503290A')", "false"},
              {"nip.birthDate('19900712 201503 1 901')", R"("1990-07-12")"},
              {"nip.sex('19900712 201503 1 901')", R"("L")"},
              {"nip.format('19900712 201503 1 901')", R"("19900712 201503 1 901")"},
              {"nip.format('1')", "error: bad_argument"},
              {"nip.birthDate('')", "error: bad_argument"},
              {"nip.sex(dyn(1))", "error: no_overload"}});
}

TEST_F(IdentifierFunctions, NopAndKk) {
  expect_all(
      {{"nop.parts('36.75.010.001.002-9001.0')",
        R"({"propinsi":"36","dati2":"75","kecamatan":"010","kelurahan":"001","blok":"002","urut":"9001","jenis":"0"})"},
       {"nop.parts('36750100010029001')", "error: bad_argument"},
       {"nop.parts('36750100010029001x')", "error: bad_argument"},
       {"nop.valid('')", "false"},
       {"nop.format('36.75.010.001.002-9001.0')", R"("36.75.010.001.002-9001.0")"},
       {"nop.parts('367501000100290010').?lain.hasValue()", "false"},
       {"kk.valid('3671010101209003')", "true"},
       {"kk.valid('367101010120900')", "false"},
       {"kk.valid('367101010120900x')", "false"},
       {"kk.valid(data['no-kk'])", "true"}});
}

TEST_F(IdentifierFunctions, Npwp) {
  expect_all({{"npwp.valid('999009001411000')", "true"},
              {"npwp.valid('0999009001411000')", "true"},
              {"npwp.valid('99900900141100')", "false"},
              {"npwp.valid('')", "false"},
              {"npwp.normal('3671015207909001')", R"("3671015207909001")"},
              {"npwp.normal('99.900.900.1-411.000')", R"("0999009001411000")"},
              {"npwp.normal('1')", "error: bad_argument"},
              {"npwp.format('999009001411000')", R"("99.900.900.1-411.000")"},
              {"npwp.format('3671015207909001')", "error: bad_argument"}});
}

TEST_F(IdentifierFunctions, PhoneNumbers) {
  expect_all({{"phone.normal('081234567890')", R"("+6281234567890")"},
              {"phone.normal('+62 812-3456-7890')", R"("+6281234567890")"},
              {"phone.normal('6281234567890')", R"("+6281234567890")"},
              {"phone.normal('(0812) 3456.7890')", R"("+6281234567890")"},
              {"phone.normal('+62 0812 3456 7890')", R"("+6281234567890")"},
              {"phone.normal('81234567890')", R"("+6281234567890")"},
              {"phone.normal('0812345678')", R"("+62812345678")"},
              {"phone.normal('08123456')", "error: bad_argument"},
              {"phone.normal('0812345678901234')", "error: bad_argument"},
              {"phone.normal('021-5551234')", "error: bad_argument"},
              {"phone.normal('+1 812 3456 7890')", "error: bad_argument"},
              {"phone.normal('')", "error: bad_argument"},
              {"phone.valid('0812x4567890')", "false"},
              {"phone.valid('08'.padRight(9000, '1'))", "false"}});
}

TEST_F(IdentifierFunctions, Regions) {
  expect_all({{"region.dotted('36')", R"("36")"},
              {"region.dotted('3671')", R"("36.71")"},
              {"region.dotted('36.71.01')", R"("36.71.01")"},
              {"region.dotted('36.71.01.1001')", R"("36.71.01.1001")"},
              {"region.bare('36.71.01.1001')", R"("3671011001")"},
              {"region.bare('367')", "error: bad_argument"},
              {"region.bare('36.71.01.10')", "error: bad_argument"},
              {"region.dotted('')", "error: bad_argument"}});
}

}  // namespace
}  // namespace simpul
