#include "bus/base/uuid.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "bus/base/bytes.h"

namespace simpul {

namespace {

constexpr std::size_t uuid_bytes = 16;

// RFC 9562 §4: 8-4-4-4-12 hexadecimal digits of either case.
std::optional<std::string> read_uuid(std::string_view text) {
  constexpr std::size_t text_bytes = 36;
  if (text.size() != text_bytes || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-')
    return std::nullopt;
  std::string digits(text);
  std::erase(digits, '-');
  std::ranges::transform(digits, digits.begin(),
                         [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  const auto bytes = from_hex(digits);
  return bytes && bytes->size() == uuid_bytes ? std::optional(*bytes) : std::nullopt;
}

std::optional<std::string> bytes_of_namespace(std::string_view text) {
  if (text == "dns") return read_uuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  if (text == "url") return read_uuid("6ba7b811-9dad-11d1-80b4-00c04fd430c8");
  if (text == "oid") return read_uuid("6ba7b812-9dad-11d1-80b4-00c04fd430c8");
  if (text == "x500") return read_uuid("6ba7b814-9dad-11d1-80b4-00c04fd430c8");
  return read_uuid(text);
}

}  // namespace

std::optional<std::string> uuid5(std::string_view name_space, std::string_view name) {
  auto input = bytes_of_namespace(name_space);
  if (!input) return std::nullopt;
  input->append(name);
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  // SHA-1 is what the RFC asks for here; nothing relies on its strength.
  if (EVP_Digest(input->data(), input->size(), digest.data(), &size, EVP_sha1(), nullptr) != 1 || size < uuid_bytes)
    return std::nullopt;
  digest[6] = static_cast<std::uint8_t>((digest[6] & 0x0F) | 0x50);  // version 5
  digest[8] = static_cast<std::uint8_t>((digest[8] & 0x3F) | 0x80);  // the variant of the RFC
  std::string text = to_hex(std::span(digest.data(), uuid_bytes));
  for (const std::size_t at : {20u, 16u, 12u, 8u}) text.insert(at, 1, '-');
  return text;
}

}  // namespace simpul
