// Texts compared without a call: names of fields and values of enumerations are nearly always short.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace simpul::cel {

inline constexpr std::size_t short_text = 32;  // bytes

template <class Word>
[[gnu::always_inline]] inline std::uint64_t differences(const char* a, const char* b, std::size_t at) {
  Word x, y;
  std::memcpy(&x, a + at, sizeof x);
  std::memcpy(&y, b + at, sizeof y);
  return x ^ y;
}

// The first and the last word that fit, which overlap where the size is between.
template <class Word>
[[gnu::always_inline]] inline bool same_words(const char* a, const char* b, std::size_t size) {
  return (differences<Word>(a, b, 0) | differences<Word>(a, b, size - sizeof(Word))) == 0;
}

// Of at most short_text bytes.
[[gnu::always_inline]] inline bool same_few_bytes(const char* a, const char* b, std::size_t size) {
  using Long = std::uint64_t;
  constexpr std::size_t two = 2 * sizeof(Long);
  if (size > two) {
    const std::size_t last = size - two;
    return (differences<Long>(a, b, 0) | differences<Long>(a, b, sizeof(Long)) | differences<Long>(a, b, last) |
            differences<Long>(a, b, last + sizeof(Long))) == 0;
  }
  if (size >= sizeof(Long)) return same_words<Long>(a, b, size);
  if (size >= sizeof(std::uint32_t)) return same_words<std::uint32_t>(a, b, size);
  return size == 0 || (a[0] == b[0] && a[size / 2] == b[size / 2] && a[size - 1] == b[size - 1]);
}

[[gnu::always_inline]] inline bool same_bytes(const char* a, const char* b, std::size_t size) {
  return size > short_text ? std::memcmp(a, b, size) == 0 : same_few_bytes(a, b, size);
}

[[gnu::always_inline]] inline bool same_text(std::string_view a, std::string_view b) {
  return a.size() == b.size() && same_bytes(a.data(), b.data(), a.size());
}

}  // namespace simpul::cel
