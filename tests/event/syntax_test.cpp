#include "bus/event/syntax.h"

#include <gtest/gtest.h>

#include <vector>

#include "bus/event/decimal.h"

namespace simpul {
namespace {

struct Texts {
  bool (*check)(std::string_view);
  std::vector<std::string_view> good, bad;
};

TEST(Syntax, AcceptsAndRefuses) {
  const std::vector<Texts> all{
      {is_full_date,
       {"2024-02-29", "2000-02-29", "0000-01-01"},
       {"2023-02-29", "1900-02-29", "2024-13-01", "2024-04-31", "2024-1-01", "24-01-01", "2024-01-01x", "２024-01-01",
        ""}},
      {is_full_time,
       {"00:00:00Z", "23:59:60Z", "15:59:60-08:00", "01:29:60+01:30", "08:30:06.283185z"},
       {"24:00:00Z", "23:58:60Z", "22:59:60Z", "08:30:06", "08:30:06.Z", "08:30:06+7:00", "08:30:06+24:00", "08:30Z"}},
      {is_date_time,
       {"1985-04-12T23:20:50.52Z", "1996-12-19t16:39:57-08:00", "1998-12-31T23:59:60Z"},
       {"1996-12-19 16:39:57Z", "1996-12-19T", "1998-12-31T23:58:60Z", "2013-350T01:01:01"}},
      {is_uri,
       {"http://a/b?c#d", "urn:oasis:names", "mailto:a@b.example", "ldap://[2001:db8::7]/c=GB?objectClass?one",
        "tel:+1-816-555-1212", "http://-.~_!$&'()*+,;=:%40:80%2f::::::@example.com", "file:///etc"},
       {"", "//a/b", "/a", "a", ":// should fail", "http://a b", "http://a/<>", "bar,baz:foo", "http://[::1",
        "http://a:8x/", "http://a/\xc3\xa9", "\\\\share"}},
      {is_absolute_uri, {"http://a/b?c", "urn:a:b"}, {"http://a/b#c", "a", "#x"}},
      {is_uri_reference,
       {"", "a", "/a", "#frag", "?q", "//host", "./a:b", "a/b:c", "http://a"},
       {"a b", "1:b", "%", "#a#b", "[x]", "\\"}},
      {is_ipv4,
       {"0.0.0.0", "255.255.255.255"},
       {"256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.", "1.2.3.4 ", "0x7f.0.0.1"}},
      {is_ipv6,
       {"::", "::1", "1::", "1:2:3:4:5:6:7:8", "::ffff:192.0.2.1", "1::d6:192.168.0.1", "2001:db8::7"},
       {"", ":", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "::12345", ":1::", "1::2:", "::1%eth0",
        "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.256", "1.2.3.4::", "1:2:3:4:5:6:7::8:9"}},
      {is_media_type,
       {"application/json", "text/plain; charset=utf-8", "a/b;x=\"y;\\\" z\"", "application/vnd.a+json", "text/html;"},
       {"json", "text/", "/plain", "text/plain; charset", "text plain/x", "text/plain;x=\"", "text/plain; =x"}},
      {is_json_media_type,
       {"application/json", "text/json;a=b", "application/problem+JSON"},
       {"application/jsonl", "application/xml", "json"}},
  };
  for (const auto& texts : all) {
    for (auto text : texts.good) EXPECT_TRUE(texts.check(text)) << text;
    for (auto text : texts.bad) EXPECT_FALSE(texts.check(text)) << text;
  }
}

TEST(Syntax, ReadsMediaTypeParameters) {
  EXPECT_EQ(media_type_parameter("text/plain; a=1 ; Charset=\"UTF-8\"; b=2", "charset"), "UTF-8");
  EXPECT_EQ(media_type_parameter("text/plain; a=1", "charset"), "");
  EXPECT_EQ(media_type_essence(" Text/Plain ; a=1"), "text/plain");
}

TEST(Syntax, MarksCountCharacters) {
  EXPECT_EQ(mark_at("ab\ncé€d", 8), (Mark{2, 4}));
  EXPECT_EQ(mark_at("", 5), (Mark{1, 1}));
}

TEST(Decimal, ComparesExactly) {
  using json::compare_numbers;
  EXPECT_LT(compare_numbers("9471010101900001", "9471010101900002.0"), 0);
  EXPECT_EQ(compare_numbers("1e2", "100.0"), 0);
  EXPECT_EQ(compare_numbers("0e5", "-0"), 0);
  EXPECT_LT(compare_numbers("-2", "-1.9"), 0);
  EXPECT_GT(compare_numbers("0.1", "0.09999999999999999999999"), 0);
  EXPECT_GT(compare_numbers("1e-300", "0"), 0);
  EXPECT_LT(compare_numbers("-1e-300", "0"), 0);
  EXPECT_LT(compare_numbers("99", "1e2"), 0);
  EXPECT_LT(compare_numbers("10", "10.5"), 0);
  EXPECT_EQ(compare_numbers("1.5e-999999", "15e-1000000"), 0);
}

TEST(Decimal, DividesExactly) {
  auto divides = [](std::string_view divisor, std::string_view number) {
    return json::Divisor::of(divisor).value().divides(number);
  };
  EXPECT_TRUE(divides("0.01", "19.99"));
  EXPECT_TRUE(divides("0.0001", "0.0075"));
  EXPECT_FALSE(divides("0.0001", "0.00751"));
  EXPECT_TRUE(divides("0.5", "1e308"));
  EXPECT_TRUE(divides("3", "123456789012345678901234567890"));
  EXPECT_FALSE(divides("7", "123456789012345678901234567891"));
  EXPECT_TRUE(divides("2", "0"));
  EXPECT_TRUE(divides("100", "1e2"));
  EXPECT_FALSE(divides("100", "50"));
  EXPECT_TRUE(divides("1.5", "-4.5"));
  EXPECT_FALSE(json::Divisor::of("0"));
  EXPECT_FALSE(json::Divisor::of("-1"));
  EXPECT_FALSE(json::Divisor::of("1234567890123456789"));
}

TEST(Decimal, WritesEqualNumbersAlike) {
  auto canonical = [](std::string_view number) {
    std::string out;
    json::append_canonical_number(number, out);
    return out;
  };
  EXPECT_EQ(canonical("1.50"), "15e-1");
  EXPECT_EQ(canonical("0.0015e3"), "15e-1");
  EXPECT_EQ(canonical("-100"), canonical("-1e2"));
  EXPECT_EQ(canonical("-0.0"), "0");
}

}  // namespace
}  // namespace simpul
