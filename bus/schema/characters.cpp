#include "bus/schema/characters.h"

#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <mutex>

#include <fmt/format.h>

namespace simpul::regex {
namespace {

// Every character once, in order, for RE2 to find the runs of a property in.
std::string all_characters() {
  std::string text;
  text.reserve(4'400'000);
  for (std::uint32_t c = 0; c <= last_character; ++c) {
    if (c < 0xd800 || c > 0xdfff) append_character(text, c);
  }
  return text;
}

Ranges scan(const std::string& name) {
  RE2::Options options;
  options.set_log_errors(false);
  RE2 runs(fmt::format("\\p{{{}}}+", name), options);
  Ranges ranges;
  if (!runs.ok()) return ranges;
  static const std::string text = all_characters();
  re2::StringPiece run;
  std::size_t from = 0;
  while (runs.Match(text, from, text.size(), RE2::UNANCHORED, &run, 1)) {
    from = static_cast<std::size_t>(run.data() - text.data()) + run.size();
    std::string_view view(run.data(), run.size());
    std::size_t last = view.size() - 1;
    while ((static_cast<unsigned char>(view[last]) & 0xc0) == 0x80) --last;
    ranges.push_back({take_character(view), take_character(view.substr(last))});
  }
  return ranges;
}

}  // namespace

std::size_t character_size(unsigned char lead) {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

std::uint32_t take_character(std::string_view text) {
  auto lead = static_cast<unsigned char>(text.front());
  auto size = character_size(lead);
  std::uint32_t value = size == 1 ? lead : lead & (0xffu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) value = value << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
  return value;
}

void append_character(std::string& text, std::uint32_t character) {
  if (character < 0x80) {
    text += static_cast<char>(character);
    return;
  }
  unsigned rest = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
  constexpr unsigned leads[] = {0, 0xc0, 0xe0, 0xf0};
  text += static_cast<char>(leads[rest] | character >> (6 * rest));
  while (rest-- > 0) text += static_cast<char>(0x80u | (character >> (6 * rest) & 0x3fu));
}

void normalise(Ranges& ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
  std::size_t kept = 0;
  for (const auto& range : ranges) {
    if (kept > 0 && range.first <= ranges[kept - 1].last + 1) {
      ranges[kept - 1].last = std::max(ranges[kept - 1].last, range.last);
    } else {
      ranges[kept++] = range;
    }
  }
  ranges.resize(kept);
}

Ranges inverted(const Ranges& ranges) {
  Ranges out;
  std::uint32_t next = 0;
  for (const auto& range : ranges) {
    if (range.first > next) out.push_back({next, range.first - 1});
    next = range.last + 1;
  }
  if (next <= last_character) out.push_back({next, last_character});
  return out;
}

bool is_property(std::string_view name) {
  static std::mutex mutex;
  static std::map<std::string, bool, std::less<>> known;
  if (name.empty() || name.size() > 64) return false;
  if (!std::all_of(name.begin(), name.end(), [](char c) {
        return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      })) {
    return false;
  }
  std::lock_guard lock(mutex);
  if (auto found = known.find(name); found != known.end()) return found->second;
  RE2::Options options;
  options.set_log_errors(false);
  bool ok = RE2(fmt::format("\\p{{{}}}", name), options).ok();
  if (ok || known.size() < 1000) known.emplace(name, ok);
  return ok;
}

const Ranges& characters_of(std::string_view property) {
  static std::mutex mutex;
  static std::map<std::string, Ranges, std::less<>> known;
  static const Ranges none;
  if (!is_property(property)) return none;
  std::lock_guard lock(mutex);
  auto found = known.find(property);
  if (found == known.end()) found = known.emplace(property, scan(std::string(property))).first;
  return found->second;
}

Ranges characters_of(const CharacterSet& set) {
  Ranges ranges = set.ranges;
  for (const auto& property : set.properties) {
    const auto& found = characters_of(property.name);
    const auto& all = property.negated ? inverted(found) : found;
    ranges.insert(ranges.end(), all.begin(), all.end());
  }
  normalise(ranges);
  if (set.negated) ranges = inverted(ranges);
  // Surrogates are cut out by adding them to what is outside.
  auto outside = inverted(ranges);
  outside.push_back({0xd800, 0xdfff});
  normalise(outside);
  return inverted(outside);
}

}  // namespace simpul::regex
