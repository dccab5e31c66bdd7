// Hashes of short texts. None is keyed: use them where a table is bounded, or where a collision costs little.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace simpul::json {

inline std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  auto product = static_cast<Wide>(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xff51afd7ed558ccdu);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// By all bytes.
inline std::uint64_t text_hash(std::string_view text) {
  std::uint64_t sum = text.size(), word = 0;
  for (; text.size() >= 8; text.remove_prefix(8)) {
    std::memcpy(&word, text.data(), 8);
    sum = mixed(sum, word);
  }
  if (text.empty()) return sum;
  word = 0;
  std::memcpy(&word, text.data(), text.size());
  return mixed(sum, word);
}

// By the first and last bytes and the length: of a member name.
inline std::uint64_t fingerprint(std::string_view name) {
  std::uint64_t first = 0, last = 0;
  auto size = name.size();
  if (size >= 8) {
    std::memcpy(&first, name.data(), 8);
    std::memcpy(&last, name.data() + size - 8, 8);
  } else if (size >= 4) {
    std::uint32_t low, high;
    std::memcpy(&low, name.data(), 4);
    std::memcpy(&high, name.data() + size - 4, 4);
    first = low;
    last = high;
  } else if (size > 0) {
    first = static_cast<unsigned char>(name[0]);
    last = static_cast<std::uint64_t>(static_cast<unsigned char>(name[size / 2])) << 8 |
           static_cast<unsigned char>(name[size - 1]);
  }
  return (first * 0x9e3779b97f4a7c15u ^ last) * 0xff51afd7ed558ccdu + size;
}

}  // namespace simpul::json
