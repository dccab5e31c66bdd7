// What the schema engine says to people, in English and Indonesian side by side: no message exists in one language
// only. explain.cpp decides what is said; here stands how.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "bus/schema/node.h"

namespace simpul {

enum class Message : std::uint8_t {
  nothing_allowed,
  field_not_allowed,
  wrong_type,
  empty,
  too_short,
  too_long,
  wrong_format,
  wrong_pattern,
  below_minimum,
  not_above,
  above_maximum,
  not_below,
  not_a_multiple,
  too_few_items,
  too_many_items,
  item_not_described,
  too_few_contained,
  too_many_contained,
  equal_items,
  too_few_fields,
  too_many_fields,
  missing_field,
  missing_field_but,
  missing_dependent,
  unknown_field,
  unknown_field_near,
  wrong_name,
  not_the_constant,
  not_listed,
  not_listed_near,
  no_alternative,
  several_alternatives,
  forbidden,
  too_deep,
  count
};

enum class Noun : std::uint8_t { character, item, field, alternative, count };

// {0}, {1} … in the message are replaced by the parts; nothing else in braces stands in a message.
Words say(Message message, std::initializer_list<Words> parts = {});
Words counted(std::uint64_t count, Noun noun);
Words same(std::string text);                   // in both languages
Words words_of_kind(const json::Value& value);  // "a string", "teks"
Words words_of_types(unsigned types);           // "a string or null", "teks atau null"

}  // namespace simpul
