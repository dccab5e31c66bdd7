#include "bus/base/bytes.h"

#include <string>

#include <gtest/gtest.h>

namespace simpul {
namespace {

std::string raw(const char* hex) {
  return from_hex(hex).value();
}

TEST(Bytes, Sha256OfTheStandardsExamples) {  // FIPS 180-4 examples
  EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256("ab", "c"), sha256("abc"));
  EXPECT_EQ(sha256(std::string(1000, 'x'), ""), sha256(std::string(1000, 'x')));
}

TEST(Bytes, HmacOfRfc4231) {
  EXPECT_EQ(to_hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Bytes, AKeyedHashCanBeUsedManyTimesAndMoved) {
  KeyedHash hash("Jefe");
  const auto first = hash.of("a");
  EXPECT_EQ(hash.of("a"), first);
  EXPECT_NE(hash.of("a", "b"), hash.of("ab"));
  EXPECT_NE(hash.of("a", "bc"), hash.of("ab", "c"));
  EXPECT_EQ(hash.of("a", "b"), hash.of(std::string_view("a\0b", 3)));
  KeyedHash moved = std::move(hash);
  EXPECT_EQ(moved.of("a"), first);
  EXPECT_EQ(to_hex(moved.of("what do ya want for nothing?")), "5bdcc146bf60754e6a042426089575c7");
}

TEST(Bytes, Crc32cOfRfc3720) {  // RFC 3720 appendix B.4
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(Bytes, Crc32cContinues) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += static_cast<char>(i * 7);
  for (std::size_t cut = 0; cut <= text.size(); ++cut)
    EXPECT_EQ(crc32c(std::string_view(text).substr(cut), crc32c(std::string_view(text).substr(0, cut))), crc32c(text));
}

TEST(Bytes, HexBothWays) {
  EXPECT_EQ(from_hex("00fFa5").value(), std::string("\0\xff\xa5", 3));
  EXPECT_EQ(from_hex("0").error().code, "text.not_hex");
  EXPECT_EQ(from_hex("0g").error().message, "character 2 is not a hexadecimal digit (0-9, a-f)");
  EXPECT_EQ(to_hex(hash128_from_hex("000102030405060708090a0b0c0d0e0f").value()), "000102030405060708090a0b0c0d0e0f");
  EXPECT_FALSE(hash128_from_hex("00"));
}

TEST(Bytes, Base64OfRfc4648) {  // §10
  const std::pair<const char*, const char*> examples[] = {{"", ""},
                                                          {"f", "Zg=="},
                                                          {"fo", "Zm8="},
                                                          {"foo", "Zm9v"},
                                                          {"foob", "Zm9vYg=="},
                                                          {"fooba", "Zm9vYmE="},
                                                          {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : examples) {
    EXPECT_EQ(to_base64(plain), text);
    EXPECT_EQ(from_base64(text).value(), plain);
  }
}

TEST(Bytes, Base64IsStrict) {
  for (const auto* text : {"Zg", "Zg=", "Zg== ", "Z g=", "Zh==", "Zm9=", "====", "=Zg=", "Zg==Zg==", "Zm-_", "Zm\n9"})
    EXPECT_EQ(from_base64(text).error().code, "text.not_base64") << text;
}

TEST(Bytes, Utf8IsStrict) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("plain ascii, long enough for the fast path"));
  EXPECT_TRUE(is_utf8("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xED\x9F\xBF \xEE\x80\x80 \xF4\x8F\xBF\xBF"));
  for (const auto* hex : {"80", "c3", "c0af", "c1bf", "e0809f", "e08080", "eda080", "edbfbf", "f08080af", "f4908080",
                          "f5808080", "ff", "e282", "6161616161616161c3", "61616161616161616161f09f98"})
    EXPECT_FALSE(is_utf8(raw(hex))) << hex;
}

TEST(Bytes, Latin1BothWays) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  const auto text = latin1_to_utf8(all);
  EXPECT_TRUE(is_utf8(text));
  EXPECT_EQ(utf8_to_latin1(text).value(), all);
  EXPECT_EQ(utf8_to_latin1("a\xE2\x82\xAC").error().code, "text.not_latin1");
  EXPECT_EQ(utf8_to_latin1("a\xC4\x80").error().message, "character 2 does not exist in latin-1");
  EXPECT_EQ(utf8_to_latin1("\xff").error().code, "text.not_utf8");
  EXPECT_EQ(count_characters("a\xC3\xA9\xE2\x82\xAC"), 3u);
}

TEST(Bytes, ComparesWithoutTellingWhere) {
  EXPECT_TRUE(equal_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_constant_time("abc", "ab"));
  EXPECT_TRUE(equal_constant_time("", ""));
}

}  // namespace
}  // namespace simpul
