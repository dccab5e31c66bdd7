// Faults in words.
#include "bus/schema/faults.h"

#include <algorithm>

#include "bus/base/bytes.h"
#include "bus/schema/source_place.h"

namespace simpul {
namespace {

constexpr std::string_view hidden = "•••";
constexpr std::size_t shown_bytes = 60, shown_pattern_bytes = 200;
constexpr std::size_t shown_choices = 12;
constexpr std::size_t guessed_among = 1000;  // names and values that are compared with what came

// At most `size` bytes, cut between characters.
std::string_view cut(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size);
}

std::string shortened(std::string_view text, std::size_t size) {
  auto part = cut(text, size);
  return part.size() == text.size() ? std::string(text) : std::string(part) + "…";
}

std::string json_shortened(const json::Value& value) {
  if (!value.is_string()) return shortened(json::write(value), shown_bytes);
  auto part = cut(value.text(), shown_bytes);
  std::string out;
  json::write_string(part, out);
  return part.size() == value.size() ? out : out + "…";
}

// Names of one or two characters are near to anything.
std::string nearest_of(std::string_view name, const std::vector<std::string>& candidates) {
  return name.size() < 3 ? std::string() : nearest(name, candidates);
}

// Those of a large list that stand near the name in the alphabet.
std::vector<std::string> candidates_near(std::string_view name, const std::vector<std::string_view>& sorted) {
  auto begin = sorted.begin(), end = sorted.end();
  if (sorted.size() > guessed_among) {
    auto at = std::lower_bound(begin, end, name);
    constexpr auto half = static_cast<std::ptrdiff_t>(guessed_among / 2);
    if (end - at > half) end = at + half;
    if (at - begin > half) begin = at - half;
  }
  return {begin, end};
}

// The names that schemas at one place declare, those behind references and in alternatives too.
void declared_names(const Node& node, std::vector<std::string_view>& names, std::size_t depth) {
  if (depth == 0) return;
  for (const auto& rule : node.properties.rules()) {
    if (names.size() == guessed_among) return;
    names.push_back(rule.name);
  }
  auto take = [&](const Node* child) {
    if (child != nullptr && names.size() < guessed_among) declared_names(*child, names, depth - 1);
  };
  take(node.ref);
  take(node.dynamic_ref);
  for (const auto* list : {&node.all_of, &node.any_of, &node.one_of}) {
    for (std::size_t i = 0; i < list->size() && i < shown_choices; ++i) take((*list)[i]);
  }
  take(node.consequence);
  take(node.alternative);
}

Words listed(const std::vector<const json::Value*>& values) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += ", ";
    if (i == shown_choices) {
      text += "…";
      break;
    }
    text += json_shortened(*values[i]);
  }
  return same(std::move(text));
}

bool told_before(const std::vector<const Fault*>& chosen, const Fault& fault) {
  return std::any_of(chosen.begin(), chosen.end(), [&](const Fault* other) {
    return other->instance == fault.instance && other->node->pointer == fault.node->pointer &&
           other->keyword == fault.keyword && other->name == fault.name && other->node->file == fault.node->file &&
           other->expected == fault.expected;
  });
}

Words in_words(const FixedWords& words) {
  return {std::string(words.english), std::string(words.indonesian.empty() ? words.english : words.indonesian)};
}

}  // namespace

// What came, as it may be shown.
struct FaultWriter::Shown {
  Words value;
  bool open = false;  // no personal class forbids to show it
};

Violation FaultWriter::write(const Fault& fault) {
  const auto& value = *fault.value;
  Shown shown;
  shown.open = personal_class(root_, fault.instance) == PersonalData::none;
  if (value.is_object() || value.is_array())
    shown.value = words_of_kind(value);
  else if (value.is_null())
    shown.value = same("null");
  else
    shown.value = same(shown.open ? json_shortened(value) : std::string(hidden));

  Violation out;
  out.rule = fault.keyword.empty() ? "false" : std::string(fault.keyword);
  if (fault.keyword == "format") out.rule += ": " + std::string(fault.node->format->name);
  out.instance = fault.instance;
  out.schema = schema_location(*fault.node, fault.keyword);
  out.way = fault.way;
  out.place = place_of(*fault.node, fault.keyword);
  out.value = shown.value.english;
  out.words = words(fault, shown);
  return out;
}

std::vector<Violation> FaultWriter::write(std::vector<Fault> faults, std::size_t limit) {
  std::stable_sort(faults.begin(), faults.end(),
                   [](const Fault& a, const Fault& b) { return a.value->raw_offset() < b.value->raw_offset(); });
  std::vector<const Fault*> chosen;
  std::vector<Violation> out;
  for (const auto& fault : faults) {
    if (out.size() == limit) break;
    if (told_before(chosen, fault)) continue;
    chosen.push_back(&fault);
    out.push_back(write(fault));
  }
  return out;
}

Words FaultWriter::words(const Fault& fault, const Shown& shown) {
  auto number = [](std::uint64_t count) { return same(std::to_string(count)); };
  auto name = [](std::string_view text) { return same(shortened(text, shown_bytes)); };
  auto counts = [&](Noun noun) { return say(fault.message, {counted(fault.expected, noun), number(fault.got)}); };
  switch (fault.message) {
    case Message::wrong_type: {
      auto types = static_cast<unsigned>(fault.expected);
      bool fraction = fault.value->is_number() && (types & SchemaType::integer);
      return say(fault.message, {words_of_types(types), fraction ? shown.value : words_of_kind(*fault.value)});
    }
    case Message::too_short:
    case Message::too_long:
      return counts(Noun::character);
    case Message::wrong_format:
      return format_words(fault, shown);
    case Message::wrong_pattern:
      return say(fault.message, {same(shortened(fault.node->pattern->source(), shown_pattern_bytes)), shown.value});
    case Message::below_minimum:
    case Message::not_above:
    case Message::above_maximum:
    case Message::not_below:
      return say(fault.message, {name(fault.node->bounds[fault.expected].text), shown.value});
    case Message::not_a_multiple:
      return say(fault.message, {name(fault.node->multiple_text), shown.value});
    case Message::too_few_items:
    case Message::too_many_items:
    case Message::too_few_contained:
    case Message::too_many_contained:
      return counts(Noun::item);
    case Message::too_few_fields:
    case Message::too_many_fields:
      return counts(Noun::field);
    case Message::equal_items:
      return say(fault.message, {number(fault.got), number(fault.expected)});
    case Message::item_not_described:
      return say(fault.message, {number(fault.got)});
    case Message::missing_field:
      return missing_words(fault);
    case Message::missing_dependent:
      return say(fault.message, {name(fault.name), name(fault.other)});
    case Message::field_not_allowed:
      return say(fault.message, {name(fault.name)});
    case Message::unknown_field:
      return unknown_words(fault);
    case Message::wrong_name:
      return name_words(fault, shown);
    case Message::not_the_constant:
      return say(fault.message, {listed({fault.node->constant}), shown.value});
    case Message::not_listed:
      return choice_words(fault, shown);
    case Message::no_alternative:
      return say(fault.message, {counted(fault.expected, Noun::alternative)});
    case Message::several_alternatives:
      return say(fault.message, {number(fault.got), counted(fault.expected, Noun::alternative)});
    default:
      return say(fault.message);
  }
}

Words FaultWriter::format_words(const Fault& fault, const Shown& shown) {
  const auto& format = *fault.node->format;
  auto text = fault.value->text();
  // A soft rule's: the text is of the format, and looks wrong.
  if (format.doubt != nullptr && format.matches(text)) return in_words(format.doubt(text));
  if (auto why = format.why != nullptr ? format.why(text) : FixedWords(); !why.empty()) return in_words(why);
  // "16 digits": how many characters came tells more than a masked value.
  auto first = format.expected.empty() ? char() : format.expected.english.front();
  bool counts = first >= '0' && first <= '9';
  auto got = counts ? counted(count_characters(text), Noun::character) : shown.value;
  return say(fault.message, {in_words(format.expected), got});
}

Words FaultWriter::missing_words(const Fault& fault) {
  std::vector<std::string_view> declared;
  declared_names(*fault.node, declared, 4);
  std::vector<std::string> strangers;
  for (const auto& member : fault.value->members()) {
    if (strangers.size() == guessed_among) break;
    if (std::find(declared.begin(), declared.end(), member.name) == declared.end()) strangers.emplace_back(member.name);
  }
  auto guess = nearest_of(fault.name, strangers);
  auto name = same(shortened(fault.name, shown_bytes));
  return guess.empty() ? say(Message::missing_field, {name}) : say(Message::missing_field_but, {name, same(guess)});
}

Words FaultWriter::unknown_words(const Fault& fault) {
  std::vector<std::string_view> declared;
  declared_names(*fault.node, declared, 4);
  auto guess = nearest_of(fault.name, {declared.begin(), declared.end()});
  auto name = same(shortened(fault.name, shown_bytes));
  return guess.empty() ? say(Message::unknown_field, {name}) : say(Message::unknown_field_near, {name, same(guess)});
}

Words FaultWriter::choice_words(const Fault& fault, const Shown& shown) {
  const auto& choices = fault.choices.empty() ? *fault.node->enumeration : fault.choices;
  std::string guess;
  if (shown.open && fault.value->is_string()) {
    std::vector<std::string_view> texts;
    if (fault.choices.empty()) {
      texts = fault.node->enumerated_strings;
    } else {
      for (const auto* choice : choices) {
        if (choice->is_string()) texts.push_back(choice->text());
      }
      std::sort(texts.begin(), texts.end());
    }
    guess = nearest_of(fault.value->text(), candidates_near(fault.value->text(), texts));
  }
  return guess.empty() ? say(Message::not_listed, {listed(choices), shown.value})
                       : say(Message::not_listed_near, {listed(choices), shown.value, same(guess)});
}

// A name is what a schema of names refuses; it is shown where its member may be shown.
Words FaultWriter::name_words(const Fault& fault, const Shown& shown) {
  auto faults = faults_of(*fault.node->property_names, judge_.name_value(fault.name), judge_);
  if (faults.empty()) return say(Message::nothing_allowed);
  Shown name{same(std::string(hidden)), shown.open};
  if (shown.open) name.value = same(json_shortened(*faults.front().value));
  return say(Message::wrong_name, {words(faults.front(), name)});
}

}  // namespace simpul
