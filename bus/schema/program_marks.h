// Which members of an object, or items of an array, were evaluated.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace simpul::program {

// A set of numbers below a size; small ones need no memory of their own.
class Bits {
 public:
  explicit Bits(std::size_t size) {
    if (size > near_.size() * 64) far_.assign((size + 63) / 64, 0);
  }
  void add(std::size_t i) { words()[i / 64] |= std::uint64_t{1} << (i % 64); }
  bool has(std::size_t i) const { return (words()[i / 64] >> (i % 64) & 1) != 0; }
  void add(const Bits& other) {
    if (far_.empty()) {
      for (std::size_t i = 0; i < near_.size(); ++i) near_[i] |= other.near_[i];
    } else {
      for (std::size_t i = 0; i < far_.size(); ++i) far_[i] |= other.far_[i];
    }
  }

 private:
  std::uint64_t* words() { return far_.empty() ? near_.data() : far_.data(); }
  const std::uint64_t* words() const { return far_.empty() ? near_.data() : far_.data(); }
  std::array<std::uint64_t, 4> near_{};
  std::vector<std::uint64_t> far_;
};

class Marks {
 public:
  explicit Marks(std::size_t size) : size_(size), bits_(size) {}
  std::size_t size() const { return size_; }
  void add(std::size_t i) { bits_.add(i); }
  void add_all() { all_ = true; }
  bool has(std::size_t i) const { return all_ || bits_.has(i); }
  bool all() const { return all_; }
  void add(const Marks& other) {
    all_ = all_ || other.all_;
    bits_.add(other.bits_);
  }

 private:
  std::size_t size_;
  Bits bits_;
  bool all_ = false;
};

}  // namespace simpul::program
