// Times, time zones and dates.
#include <gtest/gtest.h>

#include <string>

#include "bus/expression/functions.h"
#include "bus/expression/zones.h"
#include "tests/expression/functions_scope.h"

namespace simpul {
namespace {

class TimeFunctions : public FunctionTableTest {};

TEST_F(TimeFunctions, PartsOfAnInstant) {
  expect_all({{"timestamp('1969-12-31T23:59:59.5Z').getSeconds()", "59"},
              {"timestamp('1969-12-31T23:59:59.5Z').getMilliseconds()", "500"},
              {"timestamp('1969-12-31T23:59:59Z').getDayOfWeek()", "3"},
              {"timestamp('0001-01-01T00:00:00Z').getFullYear('-01:00')", "0"},
              {"timestamp('9999-12-31T23:59:59Z').getFullYear('+01:00')", "10000"},
              {"timestamp('2024-12-31T00:00:00Z').getDayOfYear()", "365"},
              {"timestamp('2026-03-05T00:00:00Z').getHours('WITA')", "8"},
              {"timestamp('2026-03-05T00:00:00Z').getHours('WIT')", "9"},
              {"timestamp('2026-03-05T00:00:00Z').getHours('07:00')", "7"},
              {"timestamp('2026-03-05T00:00:00Z').getHours('wib')", "problem: cel.pattern"},
              {"timestamp('2026-03-05T00:00:00Z').getHours('')", "problem: cel.pattern"},
              {"timestamp('2026-03-05T00:00:00Z').getHours(dyn(''))", "error: bad_argument"},
              {"timestamp('2026-03-05T00:00:00Z').getHours(dyn('+24:00'))", "error: bad_argument"},
              {"timestamp('2026-03-05T00:00:00Z').getHours(dyn('../../../etc/passwd'))", "error: bad_argument"},
              {"timestamp('2026-03-05T00:00:00Z').getHours(dyn('Asia'))", "error: bad_argument"},
              {"timestamp('2026-03-05T00:00:00Z').getHours(dyn(7))", "error: no_overload"},
              {"duration('-90m').getHours()", "-1"},
              {"duration('-0.5s').getSeconds()", "0"},
              {"duration('-0.5s').getMilliseconds()", "-500"},
              {"duration('-1.25s').getSeconds()", "-1"},
              {"dyn(duration('1s')).getFullYear()", "error: no_overload"}});
}

TEST_F(TimeFunctions, DatesAreReadByPatterns) {
  expect_all({{"date('05-03-2026', 'dd-mm-yyyy')", R"("2026-03-05")"},
              {"date('05/03/2026', 'dd/MM/yyyy')", R"("2026-03-05")"},
              {"date('5-3-2026', 'd-M-yyyy')", R"("2026-03-05")"},
              {"date('15-12-2026', 'd-M-yyyy')", R"("2026-12-15")"},
              {"date('20260305', 'yyyymmdd')", R"("2026-03-05")"},
              {"date('5 maret 2026', 'd MMMM yyyy')", R"("2026-03-05")"},
              {"date('5 PEBRUARI 2026', 'd MMMM yyyy')", R"("2026-02-05")"},
              {"date('17 Agt 1945', 'd MMM yyyy')", R"("1945-08-17")"},
              {"date('Jumat, 17 Agustus 1945', 'EEEE, d MMMM yyyy')", R"("1945-08-17")"},
              {"date(\"Jum'at, 17 Agustus 1945\", 'EEEE, d MMMM yyyy')", R"("1945-08-17")"},
              {"date('Kamis, 17 Agustus 1945', 'EEEE, d MMMM yyyy')", "error: bad_argument"},
              {"date('05-03-2026 07:30:59', 'dd-MM-yyyy HH:mm:ss')", R"("2026-03-05")"},
              {"date('05-03-2026 24:00', 'dd-MM-yyyy HH:mm')", "error: bad_argument"},
              {"date('tgl 5-3-2026', \"'tgl' d-M-yyyy\")", R"("2026-03-05")"},
              {"'5-3-2026'.date('d-M-yyyy')", R"("2026-03-05")"},
              {"date('29-02-2024', 'dd-mm-yyyy')", R"("2024-02-29")"},
              {"date('29-02-2023', 'dd-mm-yyyy')", "error: bad_argument"},
              {"date('29-02-1900', 'dd-mm-yyyy')", "error: bad_argument"},
              {"date('00-01-2023', 'dd-mm-yyyy')", "error: bad_argument"},
              {"date('01-13-2023', 'dd-mm-yyyy')", "error: bad_argument"},
              {"date('01-01-0000', 'dd-mm-yyyy')", "error: bad_argument"},
              {"date('1-2-2023', 'dd-mm-yyyy')", "error: bad_argument"},
              {"date('01-02-20233', 'dd-mm-yyyy')", "error: bad_argument"},
              {"date('', 'dd-mm-yyyy')", "error: bad_argument"},
              {"date('5 March 2026', 'd MMMM yyyy')", "error: bad_argument"},
              {"date(dyn(5), 'dd-mm-yyyy')", "error: no_overload"}});
}

TEST_F(TimeFunctions, DatesAreWrittenByPatterns) {
  expect_all(
      {{"formatDate('2026-03-05', 'd/M/yy')", R"("5/3/26")"},
       {"formatDate('2026-03-05', \"EEE d MMM yyyy 'pukul' HH.mm.ss\")", R"("Kam 5 Mar 2026 pukul 00.00.00")"},
       {"formatDate('2026-03-05', \"'o''clock' yyyy\")", R"("oclock 2026")"},
       {"formatDate('2026-03-05', \"yyyy '' MM\")", R"("2026 ' 03")"},
       {"formatDate('0987-03-05', 'yyyy')", R"("0987")"},
       {"formatDate('2026-03-05T23:30:00+07:00', 'd MMMM yyyy HH:mm')", R"("5 Maret 2026 23:30")"},
       {"formatDate('2026-12-31T23:59:60Z', 'yyyy HH:mm:ss')", R"("2026 23:59:59")"},
       {"formatDate(timestamp('2026-03-05T23:30:00+07:00'), 'd MMMM yyyy HH:mm')", R"("5 Maret 2026 16:30")"},
       {"formatDate('19450817', 'yyyymmdd', 'dd-mm-yyyy')", R"("17-08-1945")"},
       {"'2026-03-05'.formatDate('yyyy')", R"("2026")"},
       {"formatDate('05-03-2026', 'yyyy')", "error: bad_argument"},
       {"formatDate('2026-03-05Tx', 'yyyy')", "error: bad_argument"},
       {"formatDate('2026-3-5', 'yyyy')", "error: bad_argument"},
       {"formatTime(timestamp('2026-03-05T20:00:00Z'), 'EEEE d MMMM HH:mm', 'WIT')", R"("Jum'at 6 Maret 05:00")"},
       {"formatTime(timestamp('9999-12-31T20:00:00Z'), 'yyyy', 'WIB')", "error: bad_argument"},
       {"dateIn(timestamp('2026-03-05T16:59:59Z'), 'WIB')", R"("2026-03-05")"},
       {"dateIn(timestamp('2026-03-05T17:00:00Z'), 'WIB')", R"("2026-03-06")"},
       {"dateIn(timestamp('9999-12-31T20:00:00Z'), 'WIB')", "error: bad_argument"},
       {"dateIn(timestamp('2026-03-05T17:00:00Z'), dyn('Nowhere/City'))", "error: bad_argument"},
       {"readTime('05-03-2026 07:30', 'dd-MM-yyyy HH:mm', 'WIB')", R"("2026-03-05T00:30:00Z")"},
       {"readTime('05-03-2026', 'dd-MM-yyyy', '-02:30')", R"("2026-03-05T02:30:00Z")"},
       {"readTime('01-01-0001', 'dd-MM-yyyy', 'WIB')", "error: overflow"},
       {"readTime('07:30', 'HH:mm', 'WIB')", "problem: cel.pattern"}});
}

TEST_F(TimeFunctions, DatesAreCounted) {
  expect_all({{"daysBetween('2024-02-28', '2024-03-01')", "2"},
              {"daysBetween('2026-03-05', '2026-03-05')", "0"},
              {"daysBetween('2026-03-05', '2026-03-04')", "-1"},
              {"daysBetween('0001-01-01', '9999-12-31')", "3652058"},
              {"daysBetween('2026-03-05T23:00:00+07:00', '2026-03-06T01:00:00+07:00')", "1"},
              {"daysBetween(timestamp('2026-03-05T23:59:59Z'), timestamp('2026-03-06T00:00:00Z'))", "1"},
              {"daysBetween('5-3-2026', '2026-03-06')", "error: bad_argument"},
              {"addDays('2026-12-31', 1)", R"("2027-01-01")"},
              {"addDays('2026-03-05T23:00:00.25+07:00', -5)", R"("2026-02-28T23:00:00.25+07:00")"},
              {"addDays(timestamp('2026-03-05T23:00:00.25Z'), 1)", R"("2026-03-06T23:00:00.25Z")"},
              {"addDays('9999-12-31', 1)", "error: overflow"},
              {"addDays('0001-01-01', -1)", "error: overflow"},
              {"addDays('2026-01-01', 9223372036854775807)", "error: overflow"},
              {"addMonths('2026-01-31', 1)", R"("2026-02-28")"},
              {"addMonths('2024-03-31', -1)", R"("2024-02-29")"},
              {"addMonths('2026-01-31', 25)", R"("2028-02-29")"},
              {"addMonths('2026-01-31', -9223372036854775808)", "error: overflow"},
              {"addMonths('9999-12-01', 1)", "error: overflow"},
              {"addMonths(timestamp('2026-03-31T01:02:03Z'), 1)", R"("2026-04-30T01:02:03Z")"},
              {"age('2000-02-29', '2023-02-28')", "22"},
              {"age('2000-02-29', '2023-03-01')", "23"},
              {"age('2000-02-29', '2024-02-29')", "24"},
              {"age('2026-03-05', '2026-03-05')", "0"},
              {"age('2026-03-06', '2026-03-05')", "error: bad_argument"},
              {"age(dyn(5), '2026-03-05')", "error: no_overload"}});
}

// What the checker asks of literals.
TEST(DatePatterns, NameADayAMonthAndAYear) {
  for (const char* good : {"dd-mm-yyyy", "yyyymmdd", "d MMMM yyyy", "EEEE, d MMM yyyy", "dd/MM/yyyy HH:mm:ss"}) {
    EXPECT_TRUE(cel::is_date_pattern(good)) << good;
    EXPECT_TRUE(cel::is_time_pattern(good)) << good;
  }
  for (const char* bad : {"", "dd-mm", "dd-mm-yy", "dd-mm-yyyy-dd", "DD-MM-YYYY", "dd-mm-yyy", "dd-mmmmm-yyyy",
                          "ddd-mm-yyyy", "'dd-mm-yyyy", "dd-mm-yyyy hh:mm", "EE dd-mm-yyyy"}) {
    EXPECT_FALSE(cel::is_date_pattern(bad)) << bad;
  }
  for (const char* good : {"yyyy", "MM", "d/M/yy", "HH:mm", "'tahun' yyyy"})
    EXPECT_TRUE(cel::is_time_pattern(good)) << good;
  for (const char* bad : {"", "-", "'x'", "qq", "yyyyy", "H"}) EXPECT_FALSE(cel::is_time_pattern(bad)) << bad;
}

TEST(TimeZones, BuiltInOnesNeedNothingOfTheMachine) {
  for (const char* zone : {"WIB", "WITA", "WIT", "UTC", "GMT", "Z", "Asia/Jakarta", "Asia/Pontianak", "Asia/Makassar",
                           "Asia/Jayapura", "+07:00", "-23:59", "07:00"}) {
    EXPECT_TRUE(cel::is_built_in_zone(zone)) << zone;
    EXPECT_TRUE(cel::is_time_zone(zone)) << zone;
  }
  for (const char* zone : {"", "America/New_York", "7:00", "+7", "+24:00", "+07:60", "+07-00"})
    EXPECT_FALSE(cel::is_built_in_zone(zone)) << zone;
}

TEST(TimeZones, NamesDoNotLeaveTheDatabase) {
  for (const char* zone : {"", "/etc/passwd", "../passwd", "Asia/../Asia/Tokyo", "Asia//Tokyo", "Asia/", "localtime",
                           "right/UTC", "Asia/Tokyo\n", "Nowhere/City"}) {
    EXPECT_FALSE(cel::is_time_zone(zone)) << zone;
  }
  EXPECT_FALSE(cel::is_time_zone(std::string(1000, 'A')));
}

// A file of RFC 8536, version 2: the part with 32-bit times is empty, the other has types and a footer.
std::string zone_file(std::string_view transitions, std::string_view types, unsigned kinds, std::string_view footer) {
  const auto header = [](unsigned times, unsigned kinds_of) {
    std::string out = "TZif2" + std::string(15, '\0');
    for (const unsigned count : {0u, 0u, 0u, times, kinds_of, kinds_of == 0 ? 0u : 4u})
      for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(count >> shift);
    return out;
  };
  std::string out = header(0, 0) + header(static_cast<unsigned>(transitions.size() / 9), kinds);
  return out.append(transitions).append(types).append("UTC", 4).append("\n").append(footer).append("\n");
}

TEST(TimeZones, FilesAreReadByTheirTransitionsAndTheirRule) {
  const std::string hour("\0\0\x0E\x10\0\0", 6), none(6, '\0');
  const std::string one_transition = std::string("\0\0\0\0\0\0\x03\xE8", 8) + std::string(1, '\1');  // at 1000, type 1
  const auto fixed = zone_file(one_transition, none + hour, 2, "");
  EXPECT_EQ(cel::zone_file_offset(fixed, 999), 0);
  EXPECT_EQ(cel::zone_file_offset(fixed, 1000), 3600);
  const auto summer = zone_file("", none, 1, "CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(cel::zone_file_offset(summer, 1774745999), 3600);  // 2026-03-29T00:59:59Z
  EXPECT_EQ(cel::zone_file_offset(summer, 1774746000), 7200);
  EXPECT_EQ(cel::zone_file_offset(summer, 1792889999), 7200);  // 2026-10-25T00:59:59Z
  EXPECT_EQ(cel::zone_file_offset(summer, 1792890000), 3600);
  const auto south = zone_file("", none, 1, "AEST-10AEDT,M10.1.0,M4.1.0/3");
  EXPECT_EQ(cel::zone_file_offset(south, 1767225600), 39600);  // 2026-01-01
  EXPECT_EQ(cel::zone_file_offset(south, 1782864000), 36000);  // 2026-07-01
  EXPECT_EQ(cel::zone_file_offset(zone_file("", none, 1, "<+0545>-5:45"), 0), 20700);
  const auto days = zone_file("", none, 1, "AAA0BBB,J60/0,J61/0");  // 1 March
  EXPECT_EQ(cel::zone_file_offset(days, 1772323200), 3600);         // 2026-03-01
  EXPECT_EQ(cel::zone_file_offset(days, 1772323199), 0);
  EXPECT_EQ(cel::zone_file_offset(days, 1709251200), 3600);  // 2024-03-01
}

TEST(TimeZones, DamagedFilesAreNone) {
  const auto good = zone_file("", std::string(6, '\0'), 1, "UTC0");
  ASSERT_EQ(cel::zone_file_offset(good, 0), 0);
  for (std::size_t size = 0; size + 6 < good.size(); ++size)
    EXPECT_EQ(cel::zone_file_offset(std::string_view(good).substr(0, size), 0), std::nullopt) << size;
  std::string many = good;
  many[44 + 32] = '\x7F';  // the count of transitions
  EXPECT_EQ(cel::zone_file_offset(many, 0), std::nullopt);
  EXPECT_EQ(cel::zone_file_offset("TZif1" + good.substr(5), 0), std::nullopt);
}

}  // namespace
}  // namespace simpul
