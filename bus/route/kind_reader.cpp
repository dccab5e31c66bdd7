#include "bus/route/kind_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <functional>

#include "bus/base/bytes.h"
#include "bus/route/kinds.h"

namespace simpul {
namespace {

void append_canonical(const yaml::Node& node, std::string& out) {
  out += static_cast<char>('a' + static_cast<int>(node.kind));
  if (node.is_scalar()) {
    out += fmt::format("{}:", node.scalar.size());
    out += node.scalar;
    return;
  }
  out += fmt::format("{}:", node.items.size() + node.entries.size());
  for (const auto& item : node.items) append_canonical(item, out);
  for (const auto& entry : node.entries) {
    append_canonical(entry.key, out);
    append_canonical(entry.value, out);
  }
}

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

KindReader::KindReader(const yaml::Node& node, std::string what, const std::vector<FieldDescription>& declared,
                       Problems& problems)
    : node_(node), what_(std::move(what)), declared_(declared), problems_(problems), asked_(declared.size()) {
  context_.problems = &problems_;
  is_map_ = field_readers::expect_map(node_, FieldDescription{what_, FieldType::group, {}, {}}, context_);
}

const FieldDescription& KindReader::declared(std::string_view name) const {
  auto found = std::ranges::find(declared_, name, &FieldDescription::name);
  SIMPUL_ASSERT(found != declared_.end());
  return *found;
}

const yaml::Node* KindReader::ask(const FieldDescription& field, const std::string& example) {
  asked_[static_cast<std::size_t>(&field - declared_.data())] = true;
  if (!is_map_) return nullptr;
  const auto* found = node_.find(field.name);
  if (found == nullptr && field.options.required) {
    auto shown = field;
    if (!example.empty()) shown.options.example = example;
    field_readers::missing(node_, shown, what_, problems_);
  }
  return found;
}

std::string KindReader::text(std::string_view name, const std::string& example) {
  const auto& field = declared(name);
  SIMPUL_ASSERT(field.type == FieldType::text);
  std::string value = field.options.default_text;
  if (const auto* found = ask(field, example)) field_readers::text(value, *found, field, context_);
  return value;
}

std::int64_t KindReader::integer(std::string_view name) {
  const auto& field = declared(name);
  SIMPUL_ASSERT(field.type == FieldType::integer || field.type == FieldType::duration_ms);
  std::int64_t value = 0;
  const auto& text = field.options.default_text;
  std::from_chars(text.data(), text.data() + text.size(), value);
  if (const auto* found = ask(field)) field_readers::integer(value, *found, field, context_);
  return value;
}

bool KindReader::boolean(std::string_view name) {
  const auto& field = declared(name);
  SIMPUL_ASSERT(field.type == FieldType::boolean);
  bool value = field.options.default_text == "true";
  if (const auto* found = ask(field)) field_readers::boolean(value, *found, field, context_);
  return value;
}

std::vector<std::string> KindReader::text_list(std::string_view name) {
  const auto& field = declared(name);
  SIMPUL_ASSERT(field.type == FieldType::text_list);
  std::vector<std::string> value;
  const auto* found = ask(field);
  if (found == nullptr || !field_readers::text_list(value, *found, field, context_)) return value;
  for (std::size_t i = 0; field.options.unique && i < value.size(); ++i) {
    auto end = value.begin() + static_cast<std::ptrdiff_t>(i);
    const auto first = std::find(value.begin(), end, value[i]);
    if (first == end) continue;
    report(found->items[i], "config.repeated", fmt::format("{} names \"{}\" twice", name, value[i]),
           "leave one of them out");
    const auto& first_item = found->items[static_cast<std::size_t>(first - value.begin())];
    problems_.back().related.push_back({first_item.place, "it stands here first"});
  }
  return value;
}

PersonalData KindReader::personal_data(std::string_view name) {
  const auto& classes = personal_classes();
  auto found = std::ranges::find(classes, text(name));
  return found == classes.end() ? PersonalData::general : static_cast<PersonalData>(found - classes.begin());
}

const yaml::Node* KindReader::node(std::string_view name) {
  return ask(declared(name));
}

const yaml::Node* KindReader::map(std::string_view name) {
  const auto& field = declared(name);
  const auto* found = ask(field);
  return found != nullptr && field_readers::expect_map(*found, field, context_) ? found : nullptr;
}

void KindReader::finish(const std::set<std::string>& silent) {
  SIMPUL_ASSERT(std::ranges::all_of(asked_, std::identity()));
  if (!is_map_) return;
  if (silent.empty()) return field_readers::unknown_keys(node_, declared_, what_, problems_);
  auto known = declared_;
  for (const auto& entry : node_.entries)
    if (silent.contains(entry.key.scalar)) known.push_back({entry.key.scalar, FieldType::group, {}, {}});
  field_readers::unknown_keys(node_, known, what_, problems_);
}

const yaml::Node& KindReader::at(std::string_view name) const {
  const auto* found = node_.find(name);
  return found != nullptr ? *found : node_;
}

void KindReader::report(const yaml::Node& where, std::string code, std::string message, std::string hint) {
  problems_.push_back(where.problem(std::move(code), std::move(message), std::move(hint)));
}

std::optional<NamedYaml> one_adapter(const yaml::Node& map, const std::vector<std::string>& adapters,
                                     const std::vector<FieldDescription>& beside, std::string_view what,
                                     Problems& problems) {
  if (map.kind != yaml::Kind::map) {
    problems.push_back(map.problem(
        "adapter.missing", fmt::format("{} must be a map that names its adapter", what),
        fmt::format("write the adapter's name and below it its fields; adapters are: {}", fmt::join(adapters, ", "))));
    return std::nullopt;
  }
  std::vector<const yaml::Entry*> named;
  for (const auto& entry : map.entries)
    if (std::ranges::find(beside, entry.key.scalar, &FieldDescription::name) == beside.end()) named.push_back(&entry);
  if (named.empty()) {
    problems.push_back(map.problem(
        "adapter.missing", fmt::format("{} names no adapter", what),
        fmt::format("write the adapter's name and below it its fields; adapters are: {}", fmt::join(adapters, ", "))));
    return std::nullopt;
  }
  bool fine = true;
  for (const auto* entry : named) {
    if (std::find(adapters.begin(), adapters.end(), entry->key.scalar) != adapters.end()) continue;
    auto candidates = adapters;
    for (const auto& field : beside) candidates.push_back(field.name);
    problems.push_back(entry->key.problem(
        "adapter.unknown",
        fmt::format("there is no adapter \"{}\"{}", entry->key.scalar, did_you_mean(entry->key.scalar, candidates)),
        fmt::format("adapters are: {}", fmt::join(adapters, ", "))));
    fine = false;
  }
  if (fine && named.size() > 1) {
    problems.push_back(named[1]->key.problem(
        "adapter.two",
        fmt::format("{} names two adapters, \"{}\" and \"{}\"", what, named[0]->key.scalar, named[1]->key.scalar),
        "keep one of them"));
    fine = false;
  }
  if (!fine) return std::nullopt;
  return NamedYaml{named[0]->key.scalar, &named[0]->value};
}

std::string fingerprint(const yaml::Node& node) {
  std::string canonical;
  append_canonical(node, canonical);
  return to_hex(sha256(canonical));
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 64 || !is_lower(text[0])) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_lower(c) || is_digit(c) || c == '-' || c == '_'; });
}

bool is_event_type(std::string_view text) {
  std::size_t words = 0;
  while (!text.empty()) {
    auto dot = text.find('.');
    auto word = text.substr(0, dot);
    if (word.empty()) return false;
    if (dot == text.npos) {
      bool digits = word.size() > 1 && std::all_of(word.begin() + 1, word.end(), is_digit);
      return words >= 2 && word[0] == 'v' && digits && word[1] != '0';
    }
    if (!is_lower(word[0]) ||
        !std::all_of(word.begin(), word.end(), [](char c) { return is_lower(c) || is_digit(c) || c == '_'; }))
      return false;
    ++words;
    text.remove_prefix(dot + 1);
  }
  return false;
}

bool is_identifier(std::string_view text) {
  // CEL language definition, "Syntax": RESERVED, and the literals.
  static constexpr std::array reserved{"as",       "break",   "const",  "continue", "else", "false", "for",
                                       "function", "if",      "import", "in",       "let",  "loop",  "namespace",
                                       "null",     "package", "return", "true",     "var",  "void",  "while"};
  if (text.empty() || text.size() > 64 || is_digit(text[0])) return false;
  if (!std::all_of(text.begin(), text.end(),
                   [](char c) { return is_lower(c) || is_digit(c) || c == '_' || (c >= 'A' && c <= 'Z'); }))
    return false;
  return std::find(reserved.begin(), reserved.end(), text) == reserved.end();
}

std::string_view personal_words(PersonalData personal) {
  return personal == PersonalData::specific  ? "specific personal data"
         : personal == PersonalData::general ? "general personal data"
                                             : "no personal data";
}

std::string_view clearance_words(PersonalData cleared) {
  return cleared == PersonalData::specific  ? "cleared for all personal data"
         : cleared == PersonalData::general ? "cleared for general personal data only"
                                            : "not cleared for personal data";
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  int parts[3] = {0, 0, 0};
  constexpr int from[3] = {0, 5, 8}, length[3] = {4, 2, 2};
  for (int part = 0; part < 3; ++part) {
    for (int i = 0; i < length[part]; ++i) {
      char c = text[static_cast<std::size_t>(from[part] + i)];
      if (!is_digit(c)) return false;
      parts[part] = parts[part] * 10 + (c - '0');
    }
  }
  return std::chrono::year_month_day(std::chrono::year(parts[0]), std::chrono::month(static_cast<unsigned>(parts[1])),
                                     std::chrono::day(static_cast<unsigned>(parts[2])))
      .ok();
}

}  // namespace simpul
