#include "bus/schema/messages.h"

#include <algorithm>
#include <array>
#include <vector>

namespace simpul {
namespace {

struct Phrase {
  Message message;
  std::string_view english, indonesian;
};

using M = Message;
constexpr Phrase phrases[] = {
    {M::nothing_allowed, "no value is allowed here", "tidak boleh ada nilai di sini"},
    {M::field_not_allowed, "the field \"{0}\" is not allowed here", "kolom \"{0}\" tidak diperbolehkan di sini"},
    {M::wrong_type, "expected {0}, got {1}", "seharusnya {0}, tetapi yang diterima {1}"},
    {M::empty, "must not be empty", "tidak boleh kosong"},
    {M::too_short, "expected at least {0}, got {1}", "panjangnya paling sedikit {0}, tetapi yang diterima {1}"},
    {M::too_long, "expected at most {0}, got {1}", "panjangnya paling banyak {0}, tetapi yang diterima {1}"},
    {M::wrong_format, "expected {0}, got {1}", "seharusnya {0}, tetapi yang diterima {1}"},
    {M::wrong_pattern, "expected text that matches {0}, got {1}",
     "seharusnya teks yang sesuai dengan pola {0}, tetapi yang diterima {1}"},
    {M::below_minimum, "expected at least {0}, got {1}", "tidak boleh kurang dari {0}, tetapi yang diterima {1}"},
    {M::not_above, "expected more than {0}, got {1}", "harus lebih dari {0}, tetapi yang diterima {1}"},
    {M::above_maximum, "expected at most {0}, got {1}", "tidak boleh lebih dari {0}, tetapi yang diterima {1}"},
    {M::not_below, "expected less than {0}, got {1}", "harus kurang dari {0}, tetapi yang diterima {1}"},
    {M::not_a_multiple, "expected a multiple of {0}, got {1}", "seharusnya kelipatan {0}, tetapi yang diterima {1}"},
    {M::too_few_items, "expected at least {0}, got {1}", "seharusnya paling sedikit {0}, tetapi yang diterima {1}"},
    {M::too_many_items, "expected at most {0}, got {1}", "seharusnya paling banyak {0}, tetapi yang diterima {1}"},
    {M::item_not_described, "item {0} (counted from 0) is described by no rule; only described items are allowed",
     "butir {0} (dihitung dari 0) tidak diatur oleh skema; hanya butir yang diatur yang diperbolehkan"},
    {M::too_few_contained, "expected at least {0} of the kind that is asked for, got {1}",
     "seharusnya paling sedikit {0} dari jenis yang diminta, tetapi yang diterima {1}"},
    {M::too_many_contained, "expected at most {0} of the kind that is asked for, got {1}",
     "seharusnya paling banyak {0} dari jenis yang diminta, tetapi yang diterima {1}"},
    {M::equal_items, "items must differ; item {0} equals item {1} (counted from 0)",
     "tidak boleh ada butir yang sama; butir {0} sama dengan butir {1} (dihitung dari 0)"},
    {M::too_few_fields, "expected at least {0}, got {1}", "seharusnya paling sedikit {0}, tetapi yang diterima {1}"},
    {M::too_many_fields, "expected at most {0}, got {1}", "seharusnya paling banyak {0}, tetapi yang diterima {1}"},
    {M::missing_field, "the field \"{0}\" is missing", "kolom \"{0}\" wajib diisi"},
    {M::missing_field_but, "the field \"{0}\" is missing; there is \"{1}\"",
     "kolom \"{0}\" wajib diisi; ada \"{1}\", apakah itu maksudnya?"},
    {M::missing_dependent, "the field \"{0}\" is missing; it is required because \"{1}\" is there",
     "kolom \"{0}\" wajib diisi karena kolom \"{1}\" ada"},
    {M::unknown_field, "the field \"{0}\" is not known", "kolom \"{0}\" tidak dikenal"},
    {M::unknown_field_near, "the field \"{0}\" is not known, did you mean \"{1}\"?",
     "kolom \"{0}\" tidak dikenal, apakah maksudnya \"{1}\"?"},
    {M::wrong_name, "the field's name is not of the form that is asked for: {0}",
     "nama kolom tidak sesuai dengan bentuk yang diminta: {0}"},
    {M::not_the_constant, "expected {0}, got {1}", "seharusnya {0}, tetapi yang diterima {1}"},
    {M::not_listed, "expected one of {0}, got {1}", "seharusnya salah satu dari {0}, tetapi yang diterima {1}"},
    {M::not_listed_near, "expected one of {0}, got {1}, did you mean \"{2}\"?",
     "seharusnya salah satu dari {0}, tetapi yang diterima {1}, apakah maksudnya \"{2}\"?"},
    {M::no_alternative, "fits none of {0}", "tidak sesuai dengan satu pun dari {0}"},
    {M::several_alternatives, "fits {0} of {1}; it must fit exactly one",
     "sesuai dengan {0} dari {1}; seharusnya tepat satu"},
    {M::forbidden, "is what this schema forbids", "nilai ini termasuk yang dilarang oleh skema"},
    {M::too_deep, "is nested too deeply to be checked", "bersarang terlalu dalam untuk diperiksa"},
};

struct NounWords {
  Noun noun;
  std::string_view one, many, indonesian;
};
constexpr NounWords nouns[] = {
    {Noun::character, "character", "characters", "karakter"},
    {Noun::item, "item", "items", "butir"},
    {Noun::field, "field", "fields", "kolom"},
    {Noun::alternative, "alternative", "alternatives", "pilihan"},
};

constexpr bool complete() {
  if (std::size(phrases) != static_cast<std::size_t>(Message::count)) return false;
  for (std::size_t i = 0; i < std::size(phrases); ++i) {
    if (static_cast<std::size_t>(phrases[i].message) != i) return false;
    if (phrases[i].english.empty() || phrases[i].indonesian.empty()) return false;
  }
  return std::size(nouns) == static_cast<std::size_t>(Noun::count);
}
static_assert(complete(), "every message and noun stands in its place, in both languages");

std::string filled(std::string_view phrase, std::initializer_list<Words> parts, std::string Words::* language) {
  std::string out;
  for (std::size_t i = 0; i < phrase.size(); ++i) {
    auto part =
        i + 2 < phrase.size() && phrase[i] == '{' ? static_cast<std::size_t>(phrase[i + 1] - '0') : parts.size();
    if (part < parts.size()) {
      out += (parts.begin() + part)->*language;
      i += 2;
    } else {
      out += phrase[i];
    }
  }
  return out;
}

struct Kind {
  unsigned type;
  FixedWords words;
};
constexpr std::array kinds{
    Kind{SchemaType::boolean, {"a boolean", "nilai benar/salah (true/false)"}},
    Kind{SchemaType::number, {"a number", "bilangan"}},
    Kind{SchemaType::integer, {"a whole number", "bilangan bulat"}},
    Kind{SchemaType::string, {"a string", "teks"}},
    Kind{SchemaType::array, {"an array", "daftar (array)"}},
    Kind{SchemaType::object, {"an object", "objek"}},
    Kind{SchemaType::null, {"null", "null"}},
};

}  // namespace

Words say(Message message, std::initializer_list<Words> parts) {
  const auto& phrase = phrases[static_cast<std::size_t>(message)];
  return {filled(phrase.english, parts, &Words::english), filled(phrase.indonesian, parts, &Words::indonesian)};
}

Words counted(std::uint64_t count, Noun noun) {
  const auto& words = nouns[static_cast<std::size_t>(noun)];
  auto number = std::to_string(count) + " ";
  return {number + std::string(count == 1 ? words.one : words.many), number + std::string(words.indonesian)};
}

Words same(std::string text) {
  return {text, text};
}

Words words_of_types(unsigned types) {
  if (types & SchemaType::number) types &= ~static_cast<unsigned>(SchemaType::integer);
  Words out;
  for (const auto& kind : kinds) {
    if (!(types & kind.type)) continue;
    if (!out.empty()) {
      out.english += " or ";
      out.indonesian += " atau ";
    }
    out.english += kind.words.english;
    out.indonesian += kind.words.indonesian;
  }
  return out;
}

Words words_of_kind(const json::Value& value) {
  constexpr SchemaType::Kind of_kind[] = {SchemaType::null,   SchemaType::boolean, SchemaType::number,
                                          SchemaType::string, SchemaType::array,   SchemaType::object};
  return words_of_types(of_kind[static_cast<std::size_t>(value.kind())]);
}

}  // namespace simpul
