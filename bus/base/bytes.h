// Hashes, keyed hashes, checksums and text forms of bytes. All functions are pure and safe from any thread.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "bus/base/result.h"

namespace simpul {

using Hash256 = std::array<std::uint8_t, 32>;

// 16 bytes of a keyed or plain hash: how ids, subjects and keys stand in the view and in lanes.
struct Hash128 {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const Hash128&) const = default;
  std::uint64_t low() const {
    std::uint64_t value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::uint64_t high() const {
    std::uint64_t value;
    std::memcpy(&value, bytes.data() + 8, sizeof value);
    return value;
  }
};

Hash256 sha256(std::string_view bytes);
Hash256 sha256(std::string_view a, std::string_view b);  // of a followed by b

// HMAC-SHA-256 with its key prepared once. Safe from any thread.
class KeyedHash {
 public:
  explicit KeyedHash(std::string_view key);
  ~KeyedHash();
  KeyedHash(KeyedHash&&) noexcept;
  KeyedHash& operator=(KeyedHash&&) noexcept;
  Hash256 full(std::string_view bytes) const;
  Hash128 of(std::string_view bytes) const;                  // the first 16 bytes
  Hash128 of(std::string_view a, std::string_view b) const;  // of a, a zero byte, b

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

Hash256 hmac_sha256(std::string_view key, std::string_view bytes);

// CRC32C (Castagnoli); `seed` continues an earlier checksum.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);

std::string to_hex(std::span<const std::uint8_t> bytes);
inline std::string to_hex(const Hash128& hash) {
  return to_hex(std::span<const std::uint8_t>(hash.bytes));
}
Result<std::string> from_hex(std::string_view text);  // raw bytes
Result<Hash128> hash128_from_hex(std::string_view text);
std::string to_base64(std::string_view bytes);
Result<std::string> from_base64(std::string_view text);  // strict: padding, no white space
bool equal_constant_time(std::string_view a, std::string_view b);

bool is_utf8(std::string_view text);  // strict: no surrogates, no overlong forms
std::string latin1_to_utf8(std::string_view bytes);
// Fails (code text.not_latin1) on a character that latin-1 has not.
Result<std::string> utf8_to_latin1(std::string_view text);
std::size_t count_characters(std::string_view utf8);

}  // namespace simpul

template <>
struct std::hash<simpul::Hash128> {
  std::size_t operator()(const simpul::Hash128& value) const noexcept { return value.low(); }
};
