#include "bus/schema/sample_shape.h"

#include <algorithm>
#include <numeric>

#include "bus/base/bytes.h"
#include "bus/event/decimal.h"
#include "bus/schema/field_names.h"
#include "bus/schema/formats.h"

namespace simpul {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// -?(0|[1-9][0-9]*)([.][0-9]+)?, short enough that no reader loses digits.
struct NumberText {
  bool number = false, integer = false;
};
NumberText read_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  auto point = std::min(text.find('.'), text.size());
  auto whole = text.substr(0, point);
  bool good = !whole.empty() && std::ranges::all_of(whole, is_digit) && (whole.size() == 1 || whole[0] != '0') &&
              text.size() <= 15;
  if (!good) return {};
  if (point == text.size()) return {true, true};
  auto fraction = text.substr(point + 1);
  return {!fraction.empty() && std::ranges::all_of(fraction, is_digit), false};
}

void remember(Shape& shape, std::string_view text) {
  if (shape.many_distinct || shape.distinct.contains(text)) return;
  if (shape.distinct.size() >= Shape::max_distinct || text.size() > Shape::max_distinct_bytes) {
    shape.many_distinct = true;
    shape.distinct.clear();
    return;
  }
  shape.distinct.emplace(text);
}

std::uint32_t all_formats() {
  return static_cast<std::uint32_t>((1ull << format_candidates().size()) - 1);
}

}  // namespace

const std::vector<std::string_view>& format_candidates() {
  static const std::vector<std::string_view> names{
      "date", "date-time", "time", "email", "uuid", "uri",  "ipv4",         "ipv6", "nik",          "no-kk",
      "nip",  "npwp",      "nop",  "nib",   "nisn", "npsn", "kode-wilayah", "nrkb", "kode-rekening"};
  return names;
}

std::uint64_t Shape::count() const {
  return std::accumulate(seen.begin(), seen.end(), std::uint64_t{0});
}

std::unique_ptr<Shape> ShapeReader::make() {
  auto shape = std::make_unique<Shape>();
  shape->formats = all_formats();
  if (++shapes_ > Shape::max_shapes) shape->unread = true;
  return shape;
}

ShapeMember& ShapeReader::member(Shape& shape, std::string_view name) {
  auto found = std::ranges::find(shape.members, name, &ShapeMember::name);
  if (found != shape.members.end()) return *found;
  return shape.members.emplace_back(ShapeMember{std::string(name), make(), 0});
}

void ShapeReader::add(Shape& shape, std::string_view name, const json::Value& value) {
  if (shape.count() == 0) shape.formats = all_formats();
  ++shape.seen[static_cast<std::size_t>(value.kind())];
  if (shape.unread) return;
  switch (value.kind()) {
    case json::Kind::null:
    case json::Kind::boolean:
      break;
    case json::Kind::number:
      add_number(shape, value.text());
      break;
    case json::Kind::string:
      add_text(shape, name, value.text());
      break;
    case json::Kind::array:
      shape.min_items = std::min<std::uint64_t>(shape.min_items, value.size());
      shape.max_items = std::max<std::uint64_t>(shape.max_items, value.size());
      if (value.size() > 0 && shape.items == nullptr) shape.items = make();
      for (const auto& item : value.items()) add(*shape.items, name, item);
      break;
    case json::Kind::object:
      for (const auto& [member_name, member_value] : value.members()) {
        auto known = std::ranges::find(shape.members, member_name, &ShapeMember::name);
        if (known == shape.members.end() && shape.members.size() >= Shape::max_members) {
          if (shape.others == nullptr) shape.others = make();
          add(*shape.others, {}, member_value);
          continue;
        }
        auto& entry = known == shape.members.end() ? member(shape, member_name) : *known;
        ++entry.present;
        add(*entry.shape, entry.name, member_value);
      }
  }
}

void ShapeReader::add_text(Shape& shape, std::string_view name, std::string_view text) {
  auto length = count_characters(text);
  shape.min_length = std::min<std::uint64_t>(shape.min_length, length);
  shape.max_length = std::max<std::uint64_t>(shape.max_length, length);
  if (text.empty()) ++shape.empty_texts;
  const auto& names = format_candidates();
  if (!shape.expected) shape.expected = format_by_name(name);
  auto expected = *shape.expected;
  for (std::size_t i = 0; i < names.size(); ++i) {
    bool wanted = (shape.formats >> i & 1u) != 0;
    if (!wanted && names[i] != expected) continue;
    if (find_format(names[i])->matches(text)) continue;
    shape.formats &= ~(1u << i);
    if (names[i] == expected) ++shape.not_of_name;
  }
  shape.digits = shape.digits && !text.empty() && std::ranges::all_of(text, is_digit);
  if (text.size() > 1 && text[0] == '0' && is_digit(text[1])) shape.zero_first = true;
  if (shape.numbers || shape.integers) {
    auto read = read_number(text);
    shape.numbers = shape.numbers && read.number;
    shape.integers = shape.integers && read.integer;
  }
  shape.booleans = shape.booleans && (text == "true" || text == "false");
  remember(shape, text);
}

void ShapeReader::add_number(Shape& shape, std::string_view text) {
  if (shape.min_number.empty() || json::compare_numbers(text, shape.min_number) < 0) shape.min_number = text;
  if (shape.max_number.empty() || json::compare_numbers(text, shape.max_number) > 0) shape.max_number = text;
  bool whole = json::is_integer_number(text);
  shape.whole = shape.whole && whole;
  auto digits = static_cast<std::size_t>(std::ranges::count_if(text, is_digit));
  shape.most_digits = std::max(shape.most_digits, digits);
  if (whole && digits >= 15) ++shape.long_numbers;
  // 1 and 1.0 are one value: only what is written as a whole number is collected.
  if (text.find_first_of(".eE") == text.npos)
    remember(shape, text);
  else
    shape.many_distinct = true;
}

}  // namespace simpul
