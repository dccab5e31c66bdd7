// What samples have in common, gathered in one pass: kinds, lengths, formats that all texts fit, few distinct values,
// members and items. Bounded: an object with more fields than a record would have is taken as a map, and a tree of
// more shapes than max_shapes is not looked into further.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bus/event/json.h"

namespace simpul {

struct Shape;

struct ShapeMember {
  std::string name;
  std::unique_ptr<Shape> shape;
  std::uint64_t present = 0;  // in so many of the objects
};

struct Shape {
  static constexpr std::size_t max_distinct = 13, max_distinct_bytes = 64, max_members = 200, max_shapes = 20'000;
  static constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();

  std::array<std::uint64_t, 6> seen{};  // by json::Kind
  bool unread = false;                  // not looked into: the tree has too many shapes

  std::uint64_t min_length = none, max_length = 0;  // of strings, in characters
  std::optional<std::string_view> expected;         // the format that the field's name tells; empty: none
  std::uint32_t formats = 0;                        // bits of format_candidates() that every text fits
  std::uint64_t empty_texts = 0, not_of_name = 0;   // texts that do not fit the format that the field's name tells
  bool digits = true;                               // every text consists of digits
  bool integers = true, numbers = true, booleans = true, zero_first = false;  // what every text reads as
  std::set<std::string, std::less<>> distinct;  // texts, or numbers as written; too many: cleared
  bool many_distinct = false;

  std::string min_number, max_number;
  bool whole = true;
  std::size_t most_digits = 0;
  std::uint64_t long_numbers = 0;  // whole numbers of 15 digits and more: identifiers, most likely

  std::uint64_t min_items = none, max_items = 0;
  std::unique_ptr<Shape> items;

  std::vector<ShapeMember> members;  // in the order they came
  std::unique_ptr<Shape> others;     // values of all further members, when there are too many names

  std::uint64_t count() const;
  std::uint64_t of(json::Kind kind) const { return seen[static_cast<std::size_t>(kind)]; }
};

// Formats told by a text alone or together with a field's name.
const std::vector<std::string_view>& format_candidates();

class ShapeReader {
 public:
  void add(Shape& shape, std::string_view name, const json::Value& value);
  // A member of an object shape, made when it is new.
  ShapeMember& member(Shape& shape, std::string_view name);

 private:
  void add_text(Shape& shape, std::string_view name, std::string_view text);
  void add_number(Shape& shape, std::string_view text);
  std::unique_ptr<Shape> make();
  std::size_t shapes_ = 1;
};

}  // namespace simpul
