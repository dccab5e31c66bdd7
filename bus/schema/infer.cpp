#include "bus/schema/infer.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "bus/schema/field_names.h"
#include "bus/schema/sample_shape.h"

namespace simpul {
namespace {

constexpr std::uint64_t enough_for_enum = 20;  // samples
constexpr std::size_t repeats_for_enum = 4;    // of each value, on average
constexpr std::size_t most_enum_values = 12;
constexpr std::size_t distinct_for_identifier = 5;

std::uint64_t rounded_up(std::uint64_t length) {
  constexpr std::array<std::uint64_t, 14> steps{1, 2, 5, 10, 20, 30, 40, 50, 60, 80, 100, 150, 200, 250};
  auto found = std::ranges::lower_bound(steps, length);
  if (found != steps.end()) return *found;
  std::uint64_t step = 500;
  while (step < length) step *= 2;
  return step;
}

// "No KK lama" of no_kk_lama.
std::string title_of(std::string_view name) {
  constexpr std::array<std::string_view, 12> acronyms{"nik",  "kk",   "nip",  "npwp", "nop", "nib",
                                                      "nisn", "npsn", "nrkb", "rt",   "rw",  "id"};
  auto words = words_of_name(name);
  std::string out;
  for (std::size_t at = 0; at < words.size();) {
    auto end = std::min(words.find(' ', at), words.size());
    auto word = words.substr(at, end - at);
    if (std::ranges::find(acronyms, word) != acronyms.end())
      for (char& c : word) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    else if (out.empty() && word[0] >= 'a' && word[0] <= 'z')
      word[0] = static_cast<char>(word[0] - 'a' + 'A');
    out += (out.empty() ? "" : " ") + word;
    at = end + 1;
  }
  return out.empty() ? std::string(name) : out;
}

// A number to count with, or a text of digits that names something?
bool names_a_number(std::string_view name) {
  auto words = words_of_name(name);
  auto first = std::string_view(words).substr(0, words.find(' '));
  constexpr std::array<std::string_view, 9> starts{"no", "nomor", "kode", "kd", "id", "hp", "telp", "rt", "rw"};
  return std::ranges::find(starts, first) != starts.end() || words.ends_with(" id") || words.ends_with(" kode") ||
         !identifier_of_name(name).empty();
}

void indent_json(const json::Value& value, std::size_t depth, std::string& out) {
  auto line = [&](std::size_t at) { out.append("\n").append(2 * at, ' '); };
  if (value.is_object() && value.size() > 0) {
    out += '{';
    bool first = true;
    for (const auto& [name, member] : value.members()) {
      if (!std::exchange(first, false)) out += ',';
      line(depth + 1);
      json::write_string(name, out);
      out += ": ";
      indent_json(member, depth + 1, out);
    }
    line(depth);
    out += '}';
  } else if (value.is_array()) {
    out += '[';
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out += ", ";
      indent_json(value.items()[i], depth + 1, out);
    }
    out += ']';
  } else {
    json::write(value, out);
  }
}

class Drafter {
 public:
  Drafter(bool table, std::vector<InferenceNote>& notes) : table_(table), notes_(notes) {}

  // The keywords of a shape into an object that is open in `out`.
  void write(const Shape& shape, std::string_view name, const std::string& path, json::Writer& out) {
    auto personal = name.empty() ? std::nullopt : personal_by_name(name);
    if (shape.unread) {
      doubt(path, "not looked into: the samples have too many different fields");
    } else {
      auto text = text_kind(shape, name, path);
      types(shape, text, path, out);
      if (shape.of(json::Kind::number) > 0) numbers(shape, name, path, out);
      if (shape.of(json::Kind::string) > 0) {
        if (text == "string")
          texts(shape, name, path, out);
        else
          table_numbers(shape, name, text, path, out);
      }
      if (shape.of(json::Kind::array) > 0) array(shape, name, path, out);
      if (shape.of(json::Kind::object) > 0) object(shape, path, out);
    }
    if (!personal) return;
    out.member("x-personal-data", *personal == PersonalData::specific ? "specific" : "general");
    note(path, fmt::format("personal data ({}), by its name", *personal == PersonalData::specific
                                                                  ? "specific: UU 27/2022 art. 4 (2)"
                                                                  : "general: UU 27/2022 art. 4 (3)"));
  }

 private:
  void note(const std::string& path, std::string text) { notes_.push_back({path, std::move(text), false}); }
  void doubt(const std::string& path, std::string text) { notes_.push_back({path, std::move(text), true}); }

  // What the texts of a table's column are; of JSON, text is text.
  std::string_view text_kind(const Shape& shape, std::string_view name, const std::string& path) {
    if (!table_ || shape.of(json::Kind::string) == 0) return "string";
    if (shape.booleans) return "boolean";
    if (!shape.numbers) {
      if (shape.zero_first && shape.digits)
        note(path, "text, not a number: a value begins with 0, which a number would lose");
      return "string";
    }
    bool identifier = names_a_number(name) || !format_by_name(name).empty() ||
                      (shape.integers && shape.min_length == shape.max_length && shape.min_length >= 8);
    if (identifier) {
      note(path, "text although its values are digits: by its name or its fixed length it is an identifier");
      return "string";
    }
    return shape.integers ? "integer" : "number";
  }

  void types(const Shape& shape, std::string_view text, const std::string& path, json::Writer& out) {
    std::vector<std::string_view> names;
    if (shape.of(json::Kind::object) > 0) names.push_back("object");
    if (shape.of(json::Kind::array) > 0) names.push_back("array");
    if (shape.of(json::Kind::string) > 0) names.push_back(text);
    if (shape.of(json::Kind::number) > 0) names.push_back(shape.whole ? "integer" : "number");
    if (shape.of(json::Kind::boolean) > 0) names.push_back("boolean");
    auto real = names.size();
    if (shape.of(json::Kind::null) > 0) names.push_back("null");
    if (real > 1)
      doubt(path, fmt::format("is {} in different samples; one kind is easier for whoever reads it",
                              fmt::join(names, " and ")));
    if (names.empty()) {
      // A column that is empty everywhere.
      out.member("type", "string");
      doubt(path, "empty in every sample, so nothing is known of it; taken as text");
    } else if (names.size() == 1) {
      out.member("type", names[0]);
      if (real == 0) doubt(path, "null in every sample, so nothing is known of it");
    } else {
      out.name("type").begin_array();
      for (auto each : names) out.string(each);
      out.end_array();
      if (real < names.size())
        note(path, fmt::format("null in {} of {} samples", shape.of(json::Kind::null), shape.count()));
    }
  }

  // Few values that come again and again. Not where values may be of several kinds, and not for what names somebody.
  bool enumeration(const Shape& shape, std::string_view name, bool quoted, const std::string& path, json::Writer& out) {
    auto values = quoted ? shape.of(json::Kind::string) : shape.of(json::Kind::number) + shape.of(json::Kind::string);
    bool one_kind = values + shape.of(json::Kind::null) == shape.count();
    if (!one_kind || shape.many_distinct || shape.distinct.empty() || shape.distinct.size() > most_enum_values ||
        shape.distinct.size() < 2 || values < enough_for_enum || values < shape.distinct.size() * repeats_for_enum ||
        shape.distinct.contains("") || !format_by_name(name).empty())
      return false;
    auto words = words_of_name(name);
    bool names_somebody = words.starts_with("nama") || words.starts_with("nm") || words.starts_with("alamat") ||
                          words.find("lahir") != words.npos || words.starts_with("no ");
    if (names_somebody && personal_by_name(name)) return false;
    out.name("enum").begin_array();
    for (const auto& value : shape.distinct) {
      if (quoted)
        out.string(value);
      else
        out.raw(value);
    }
    if (shape.of(json::Kind::null) > 0) out.null();
    out.end_array();
    note(path, fmt::format("one of {}: no other value is in {} samples; add what is missing",
                           fmt::join(shape.distinct, ", "), values));
    return true;
  }

  void numbers(const Shape& shape, std::string_view name, const std::string& path, json::Writer& out) {
    if (shape.long_numbers > 0)
      doubt(path, fmt::format("a number of up to {} digits in {} samples: an identifier belongs into text, because "
                              "spreadsheets keep 15 digits and many JSON readers 16",
                              shape.most_digits, shape.long_numbers));
    else if (!identifier_of_name(name).empty())
      doubt(path, "an identifier that is sent as a number loses its leading zeros; send it as text");
    if (shape.whole && names_a_code(name) && enumeration(shape, name, false, path, out)) return;
    if (!shape.min_number.starts_with('-')) {
      out.name("minimum").raw("0");
      note(path, "0 or more, as in every sample");
    }
  }

  void table_numbers(const Shape& shape, std::string_view name, std::string_view kind, const std::string& path,
                     json::Writer& out) {
    if (kind == "boolean") return note(path, "true or false in every row");
    if (kind == "integer" && names_a_code(name) && enumeration(shape, name, false, path, out)) return;
    note(path, kind == "integer" ? "a whole number: every cell reads as one" : "a number: every cell reads as one");
  }

  void texts(const Shape& shape, std::string_view name, const std::string& path, json::Writer& out) {
    if (auto format = format_of(shape, name, path); !format.empty()) {
      out.member("format", format);
      return;
    }
    if (enumeration(shape, name, true, path, out)) return;
    auto texts = shape.of(json::Kind::string);
    if (shape.digits && shape.min_length == shape.max_length && texts >= 3) {
      out.member("pattern", fmt::format("^[0-9]{{{}}}$", shape.max_length));
      return note(path,
                  fmt::format("{} {} in every sample", shape.max_length, shape.max_length == 1 ? "digit" : "digits"));
    }
    if (shape.empty_texts == 0)
      out.name("minLength").integer(1);
    else
      note(path, fmt::format("empty in {} of {} samples", shape.empty_texts, texts));
    auto most = std::max<std::uint64_t>(rounded_up(shape.max_length), 1);
    out.name("maxLength").integer(static_cast<std::int64_t>(most));
    note(path, fmt::format("at most {} {}: the longest sample has {}", most, most == 1 ? "character" : "characters",
                           shape.max_length));
  }

  std::string_view format_of(const Shape& shape, std::string_view name, const std::string& path) {
    const auto& names = format_candidates();
    auto texts = shape.of(json::Kind::string);
    auto fits = [&](std::string_view format) {
      auto at = static_cast<std::size_t>(std::ranges::find(names, format) - names.begin());
      return (shape.formats >> at & 1u) != 0;
    };
    if (auto expected = format_by_name(name); !expected.empty()) {
      if (fits(expected)) {
        note(path, fmt::format("format {}, by its name; all {} values fit", expected, texts));
        return expected;
      }
      doubt(path,
            fmt::format("its name says {}, but {} of {} values are none{}; left as text", expected, shape.not_of_name,
                        texts, shape.empty_texts == 0 ? "" : fmt::format(" ({} are empty)", shape.empty_texts)));
      return {};
    }
    for (std::string_view format : {"date", "date-time", "time", "uuid", "email", "ipv4", "ipv6"})
      if (fits(format)) {
        note(path, fmt::format("format {}: all {} values fit", format, texts));
        return format;
      }
    if (fits("uri") && shape.min_length > 8 && !shape.digits) {
      note(path, fmt::format("format uri: all {} values fit", texts));
      return "uri";
    }
    // Sixteen digits with a day and a month at their places by chance five times: no.
    bool varied = shape.many_distinct || shape.distinct.size() >= distinct_for_identifier;
    if (fits("nik") && varied) {
      note(path, fmt::format("format nik: {} values of 16 digits hold a day and a month where a NIK has them", texts));
      return "nik";
    }
    if (fits("kode-wilayah") && !shape.digits && varied) {
      note(path, fmt::format("format kode-wilayah: all {} values look like 36.71.01", texts));
      return "kode-wilayah";
    }
    return {};
  }

  void array(const Shape& shape, std::string_view name, const std::string& path, json::Writer& out) {
    if (shape.max_items > 0) {
      auto most = rounded_up(shape.max_items);
      out.name("maxItems").integer(static_cast<std::int64_t>(most));
      note(path, fmt::format("at most {} {}: the longest sample has {}", most, most == 1 ? "item" : "items",
                             shape.max_items));
    }
    if (shape.items == nullptr) return doubt(path, "an empty list in every sample, so its items are not known");
    out.name("items").begin_object();
    write(*shape.items, name, path + "[]", out);
    out.end_object();
  }

  void object(const Shape& shape, const std::string& path, json::Writer& out) {
    auto objects = shape.of(json::Kind::object);
    // With more names than a record has, the names are data: only those that every object has are fields.
    bool is_map = shape.others != nullptr;
    auto always = [&](const ShapeMember& member) { return member.present == objects; };
    if (std::ranges::any_of(shape.members, always)) {
      out.name("required").begin_array();
      for (const auto& member : shape.members)
        if (always(member)) out.string(member.name);
      out.end_array();
    }
    if (is_map) {
      // Nothing more is said of the values: each name came with its own.
      out.member("additionalProperties", true);
      doubt(path,
            fmt::format("more than {} different names: taken as a map, whose names are data", Shape::max_members));
    } else {
      out.member("additionalProperties", false);
    }
    out.name("properties").begin_object();
    for (const auto& member : shape.members) {
      if (is_map && !always(member)) continue;
      auto below = path.empty() ? member.name : path + "." + member.name;
      out.name(member.name).begin_object().member("title", title_of(member.name));
      if (!always(member))
        note(below, fmt::format("not required: absent in {} of {}", objects - member.present, objects));
      write(*member.shape, member.name, below, out);
      out.end_object();
    }
    out.end_object();
  }

  const bool table_;
  std::vector<InferenceNote>& notes_;
};

}  // namespace

struct Inference::Inner {
  Shape root;
  ShapeReader reader;
  std::uint64_t samples = 0;
  bool table = false;
};

Inference::Inference() : inner_(std::make_unique<Inner>()) {}
Inference::~Inference() = default;

std::uint64_t Inference::samples() const {
  return inner_->samples;
}

void Inference::add(const json::Value& sample) {
  ++inner_->samples;
  inner_->reader.add(inner_->root, {}, sample);
}

void Inference::add_row(const std::vector<std::string>& columns, const std::vector<std::string>& cells) {
  ++inner_->samples;
  inner_->table = true;
  auto& root = inner_->root;
  ++root.seen[static_cast<std::size_t>(json::Kind::object)];
  for (std::size_t i = 0; i < columns.size(); ++i) {
    auto& member = i < root.members.size() && root.members[i].name == columns[i]
                       ? root.members[i]
                       : inner_->reader.member(root, columns[i]);
    if (i >= cells.size() || cells[i].empty()) continue;
    ++member.present;
    inner_->reader.add(*member.shape, columns[i], json::Value::view_string(cells[i]));
  }
}

SchemaDraft Inference::draft(std::string_view title) const {
  SchemaDraft made;
  json::Writer out;
  out.begin_object().member("$schema", "https://json-schema.org/draft/2020-12/schema").member("title", title);
  if (inner_->samples == 0)
    made.notes.push_back({"", "there was no sample, so everything is allowed", true});
  else
    Drafter(inner_->table, made.notes).write(inner_->root, {}, {}, out);
  out.end_object();
  if (auto document = json::parse(out.take(), {.depth = 400})) indent_json(document->root(), 0, made.schema);
  made.schema += '\n';
  return made;
}

json::Value cell_value(std::string_view cell, unsigned kinds) {
  if ((kinds & SchemaType::string) != 0) return json::Value::view_string(cell);
  if ((kinds & SchemaType::boolean) != 0 && (cell == "true" || cell == "false"))
    return json::Value::make_boolean(cell == "true");
  if ((kinds & (SchemaType::number | SchemaType::integer)) != 0)
    if (auto number = json::parse(std::string(cell)); number && number->root().is_number())
      return json::Value::view_number(cell);
  return json::Value::view_string(cell);
}

}  // namespace simpul
