#include "bus/base/bytes.h"

#include <bit>

#include <openssl/crypto.h>
// The low-level SHA-256 is several times faster for short inputs than EVP, and its context can be copied
// for a prepared HMAC; OpenSSL 3 marks it deprecated and keeps it.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

#include <fmt/format.h>

namespace simpul {

namespace {

constexpr std::size_t hmac_block = 64;  // RFC 2104 §2, for SHA-256

SHA256_CTX keyed_state(const std::array<std::uint8_t, hmac_block>& key, std::uint8_t pad) {
  std::array<std::uint8_t, hmac_block> block;
  for (std::size_t i = 0; i < hmac_block; ++i) block[i] = key[i] ^ pad;
  SHA256_CTX state;
  SHA256_Init(&state);
  SHA256_Update(&state, block.data(), block.size());
  OPENSSL_cleanse(block.data(), block.size());
  return state;
}

Hash128 first_half(const Hash256& hash) {
  Hash128 out;
  std::memcpy(out.bytes.data(), hash.data(), out.bytes.size());
  return out;
}

constexpr std::array<std::array<std::uint32_t, 256>, 8> make_crc_tables() {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) ? 0x82F63B78u : 0u);
    tables[0][i] = value;
  }
  for (std::uint32_t i = 0; i < 256; ++i)
    for (std::size_t t = 1; t < 8; ++t) tables[t][i] = (tables[t - 1][i] >> 8) ^ tables[0][tables[t - 1][i] & 0xff];
  return tables;
}

constexpr auto crc_tables = make_crc_tables();

[[maybe_unused]] std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t crc) {
  const auto* p = reinterpret_cast<const std::uint8_t*>(bytes.data());
  std::size_t left = bytes.size();
  if constexpr (std::endian::native == std::endian::little) {
    for (; left >= 8; left -= 8, p += 8) {
      std::uint64_t word;
      std::memcpy(&word, p, 8);
      word ^= crc;
      crc = 0;
      for (std::size_t i = 0; i < 8; ++i) crc ^= crc_tables[7 - i][(word >> (8 * i)) & 0xff];
    }
  }
  for (; left > 0; --left, ++p) crc = (crc >> 8) ^ crc_tables[0][(crc ^ *p) & 0xff];
  return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_instruction(std::string_view bytes, std::uint32_t crc) {
  const char* p = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t wide = crc;
  for (; left >= 8; left -= 8, p += 8) {
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    wide = _mm_crc32_u64(wide, word);
  }
  crc = static_cast<std::uint32_t>(wide);
  for (; left > 0; --left, ++p) crc = _mm_crc32_u8(crc, static_cast<std::uint8_t>(*p));
  return crc;
}

bool has_crc_instruction() {
  static const bool has = __builtin_cpu_supports("sse4.2") != 0;
  return has;
}
#endif

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> make_base64_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < base64_alphabet.size(); ++i)
    values[static_cast<std::uint8_t>(base64_alphabet[i])] = static_cast<std::int8_t>(i);
  return values;
}

constexpr auto base64_values = make_base64_values();

bool continues(std::uint8_t byte) {
  return (byte & 0xC0) == 0x80;
}

// The length of the well-formed sequence that starts at p (Unicode 15 table 3-7), or 0.
std::size_t utf8_sequence(const std::uint8_t* p, std::size_t left) {
  const std::uint8_t lead = p[0];
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return left >= 2 && continues(p[1]) ? 2 : 0;
  if (lead < 0xF0) {
    if (left < 3 || !continues(p[1]) || !continues(p[2])) return 0;
    if (lead == 0xE0 && p[1] < 0xA0) return 0;   // overlong
    if (lead == 0xED && p[1] >= 0xA0) return 0;  // surrogates
    return 3;
  }
  if (lead > 0xF4 || left < 4 || !continues(p[1]) || !continues(p[2]) || !continues(p[3])) return 0;
  if (lead == 0xF0 && p[1] < 0x90) return 0;   // overlong
  if (lead == 0xF4 && p[1] >= 0x90) return 0;  // beyond U+10FFFF
  return 4;
}

}  // namespace

Hash256 sha256(std::string_view bytes) {
  Hash256 out;
  SHA256_CTX state;
  SHA256_Init(&state);
  SHA256_Update(&state, bytes.data(), bytes.size());
  SHA256_Final(out.data(), &state);
  return out;
}

Hash256 sha256(std::string_view a, std::string_view b) {
  Hash256 out;
  SHA256_CTX state;
  SHA256_Init(&state);
  SHA256_Update(&state, a.data(), a.size());
  SHA256_Update(&state, b.data(), b.size());
  SHA256_Final(out.data(), &state);
  return out;
}

struct KeyedHash::Inner {
  SHA256_CTX inside;
  SHA256_CTX outside;

  ~Inner() {
    OPENSSL_cleanse(&inside, sizeof inside);
    OPENSSL_cleanse(&outside, sizeof outside);
  }

  Hash256 finish(SHA256_CTX& state) const {
    Hash256 out;
    SHA256_Final(out.data(), &state);
    SHA256_CTX second = outside;
    SHA256_Update(&second, out.data(), out.size());
    SHA256_Final(out.data(), &second);
    return out;
  }
};

KeyedHash::KeyedHash(std::string_view key) : inner_(std::make_unique<Inner>()) {
  std::array<std::uint8_t, hmac_block> block{};
  if (key.size() > hmac_block) {
    const auto hashed = sha256(key);
    std::memcpy(block.data(), hashed.data(), hashed.size());
  } else if (!key.empty()) {
    std::memcpy(block.data(), key.data(), key.size());
  }
  inner_->inside = keyed_state(block, 0x36);
  inner_->outside = keyed_state(block, 0x5c);
  OPENSSL_cleanse(block.data(), block.size());
}

KeyedHash::~KeyedHash() = default;
KeyedHash::KeyedHash(KeyedHash&&) noexcept = default;
KeyedHash& KeyedHash::operator=(KeyedHash&&) noexcept = default;

Hash256 KeyedHash::full(std::string_view bytes) const {
  SHA256_CTX state = inner_->inside;
  SHA256_Update(&state, bytes.data(), bytes.size());
  return inner_->finish(state);
}

Hash128 KeyedHash::of(std::string_view bytes) const {
  return first_half(full(bytes));
}

Hash128 KeyedHash::of(std::string_view a, std::string_view b) const {
  SHA256_CTX state = inner_->inside;
  SHA256_Update(&state, a.data(), a.size());
  SHA256_Update(&state, "", 1);
  SHA256_Update(&state, b.data(), b.size());
  return first_half(inner_->finish(state));
}

Hash256 hmac_sha256(std::string_view key, std::string_view bytes) {
  return KeyedHash(key).full(bytes);
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed) {
#if defined(__x86_64__)
  if (has_crc_instruction()) return ~crc32c_by_instruction(bytes, ~seed);
#endif
  return ~crc32c_by_table(bytes, ~seed);
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out(bytes.size() * 2, '0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out[2 * i] = digits[bytes[i] >> 4];
    out[2 * i + 1] = digits[bytes[i] & 0xf];
  }
  return out;
}

Result<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0)
    return fail("text.not_hex", fmt::format("hexadecimal text has an even number of digits, this has {}", text.size()));
  std::string out(text.size() / 2, '\0');
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
    if (high < 0 || low < 0)
      return fail("text.not_hex",
                  fmt::format("character {} is not a hexadecimal digit (0-9, a-f)", 2 * i + (high < 0 ? 1 : 2)));
    out[i] = static_cast<char>(high * 16 + low);
  }
  return out;
}

Result<Hash128> hash128_from_hex(std::string_view text) {
  if (text.size() != 32)
    return fail("text.not_hex", fmt::format("expected 32 hexadecimal digits, this has {}", text.size()));
  auto raw = from_hex(text);
  if (!raw) return std::unexpected(raw.error());
  Hash128 out;
  std::memcpy(out.bytes.data(), raw->data(), out.bytes.size());
  return out;
}

std::string to_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    std::uint32_t word = static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[i])) << 16;
    if (left > 1) word |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[i + 1])) << 8;
    if (left > 2) word |= static_cast<std::uint8_t>(bytes[i + 2]);
    out += base64_alphabet[word >> 18];
    out += base64_alphabet[(word >> 12) & 63];
    out += left > 1 ? base64_alphabet[(word >> 6) & 63] : '=';
    out += left > 2 ? base64_alphabet[word & 63] : '=';
  }
  return out;
}

// RFC 4648 §4, with the strictness of §3.2 to §3.5: padding required, unused bits zero, nothing else.
Result<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0)
    return fail("text.not_base64",
                fmt::format("base64 text has a length that 4 divides, this has {} characters", text.size()),
                "keep the padding (=) at the end, and no spaces or line breaks");
  std::string out;
  out.reserve(text.size() / 4 * 3);
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const std::size_t real = i + 4 == text.size() ? 4 - padding : 4;
    std::uint32_t word = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      const int value = j < real ? base64_values[static_cast<std::uint8_t>(text[i + j])] : 0;
      if (value < 0)
        return fail("text.not_base64", fmt::format("character {} is not of the base64 alphabet", i + j + 1));
      word = (word << 6) | static_cast<std::uint32_t>(value);
    }
    out += static_cast<char>(word >> 16);
    if (real > 2) out += static_cast<char>((word >> 8) & 0xff);
    if (real > 3) out += static_cast<char>(word & 0xff);
    if ((real == 2 && (word & 0xffff) != 0) || (real == 3 && (word & 0xff) != 0))
      return fail("text.not_base64", "the last character before the padding carries bits that belong to no byte");
  }
  return out;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool is_utf8(std::string_view text) {
  const auto* p = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto* end = p + text.size();
  while (p < end) {
    while (end - p >= 8) {
      std::uint64_t word;
      std::memcpy(&word, p, 8);
      if ((word & 0x8080808080808080ull) != 0) break;
      p += 8;
    }
    if (p == end) break;
    const auto length = utf8_sequence(p, static_cast<std::size_t>(end - p));
    if (length == 0) return false;
    p += length;
  }
  return true;
}

std::string latin1_to_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xC0 | (byte >> 6));
      out += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return out;
}

Result<std::string> utf8_to_latin1(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  const auto* p = reinterpret_cast<const std::uint8_t*>(text.data());
  std::size_t left = text.size(), character = 1;
  while (left > 0) {
    const auto length = utf8_sequence(p, left);
    if (length == 0) return fail("text.not_utf8", fmt::format("character {} is not valid UTF-8", character));
    if (length == 1) {
      out += static_cast<char>(*p);
    } else if (length == 2 && p[0] <= 0xC3) {
      out += static_cast<char>(((p[0] & 0x1F) << 6) | (p[1] & 0x3F));
    } else {
      return fail("text.not_latin1", fmt::format("character {} does not exist in latin-1", character),
                  "write it with letters that latin-1 has, or declare the encoding utf-8");
    }
    p += length;
    left -= length;
    ++character;
  }
  return out;
}

std::size_t count_characters(std::string_view utf8) {
  std::size_t count = 0;
  for (const char c : utf8)
    if (!continues(static_cast<std::uint8_t>(c))) ++count;
  return count;
}

}  // namespace simpul
