#include "bus/schema/difference_words.h"

#include <algorithm>

#include <fmt/format.h>

namespace simpul::difference {
namespace {

constexpr std::size_t longest_text = 80;
constexpr std::size_t most_values = 10;

std::string filled(std::string_view phrase, const std::vector<Words>& parts, std::string Words::* language) {
  std::string out;
  std::size_t next = 0;
  for (std::size_t i = 0; i < phrase.size(); ++i) {
    auto rest = phrase.substr(i);
    if (rest.starts_with("{}") && next < parts.size()) {
      out += parts[next++].*language;
      ++i;
    } else if (rest.size() > 2 && rest[0] == '{' && rest[2] == '}' && rest[1] >= '0' &&
               static_cast<std::size_t>(rest[1] - '0') < parts.size()) {
      out += parts[static_cast<std::size_t>(rest[1] - '0')].*language;
      i += 2;
    } else {
      out += phrase[i];
    }
  }
  return out;
}

std::string shortened(std::string text) {
  if (text.size() <= longest_text) return text;
  auto at = longest_text;
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0u) == 0x80) --at;
  return text.substr(0, at) + "…";
}

template <class List, class Say>
Words listed(const List& list, Say say) {
  std::string text;
  std::size_t count = 0;
  for (const auto& item : list) {
    if (count == most_values) break;
    if (count++ > 0) text += ", ";
    text += say(item);
  }
  if (list.size() <= most_values) return {text, text};
  auto more = list.size() - most_values;
  return {fmt::format("{} and {} more", text, more), fmt::format("{} dan {} lagi", text, more)};
}

}  // namespace

Words phrase(std::string_view english, std::string_view indonesian, const std::vector<Words>& parts) {
  return {filled(english, parts, &Words::english), filled(indonesian, parts, &Words::indonesian)};
}

Words of_path(std::string_view path) {
  if (path.empty()) return {"the whole value", "seluruh nilai"};
  return {std::string(path), std::string(path)};
}

Words quoted(std::string_view text) {
  auto short_text = fmt::format("\"{}\"", shortened(std::string(text)));
  return {short_text, short_text};
}

Words of_value(const json::Value& value) {
  auto text = shortened(json::write(value));
  return {text, text};
}

Words of_values(const std::vector<const json::Value*>& values) {
  return listed(values, [](const json::Value* value) { return shortened(json::write(*value)); });
}

Words of_names(const std::vector<std::string_view>& names) {
  return listed(names, [](std::string_view name) { return std::string(name); });
}

Words of_bound(const MergedBound& bound) {
  std::string text(bound.text);
  if (!bound.exclusive) return {text, text};
  return {text + " (not included)", text + " (tidak termasuk)"};
}

Words of_class(PersonalData personal) {
  switch (personal) {
    case PersonalData::none:
      return {"none", "bukan data pribadi"};
    case PersonalData::general:
      return {"general", "umum"};
    case PersonalData::specific:
      return {"specific", "spesifik"};
  }
  return {};
}

std::string below(std::string_view path, std::string_view name) {
  bool plain = !name.empty() && name.find_first_of(".[]{}\" ") == name.npos;
  if (!plain) return fmt::format("{}[\"{}\"]", path, name);
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

}  // namespace simpul::difference
