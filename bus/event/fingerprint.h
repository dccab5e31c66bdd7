// A cheap hash of a member name, by its first and last bytes and its length. Not keyed: use it where a table is
// bounded.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace simpul::json {

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
