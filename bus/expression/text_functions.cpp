// Text functions: positions and lengths are characters (code points), letters beyond ASCII are left as they are.
#include <algorithm>
#include <optional>
#include <vector>

#include "bus/base/bytes.h"
#include "bus/expression/functions.h"
#include "bus/expression/machine.h"
#include "bus/expression/numbers.h"

namespace simpul::cel {

namespace {

constexpr std::int64_t pad_limit = 10'000;

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// Byte offset of the character at `position`; none when the text is shorter.
std::optional<std::size_t> offset_of(std::string_view text, std::int64_t position) {
  if (position < 0) return std::nullopt;
  std::size_t at = 0;
  for (; position > 0; --position) {
    if (at >= text.size()) return std::nullopt;
    ++at;
    while (at < text.size() && is_continuation(text[at])) ++at;
  }
  return at;
}

std::optional<std::int64_t> integer_argument(const Cell& cell) {
  if (!cell.is_number()) return std::nullopt;
  const Operand value = operand_of(cell, false, true);
  return value.good && !value.is_real ? std::optional(value.integer) : std::nullopt;
}

Cell wrong(std::uint32_t step) {
  return Cell::error(ErrorCode::no_overload, step);
}
Cell bad(std::uint32_t step) {
  return Cell::error(ErrorCode::bad_argument, step);
}
Cell spent(std::uint32_t step) {
  return Cell::error(ErrorCode::budget, step);
}

bool all_text(const Cell* arguments, std::size_t count) {
  return std::all_of(arguments, arguments + count, [](const Cell& cell) { return cell.is_text(); });
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

template <class Change>
Cell changed(Machine& machine, std::uint32_t step, const Cell& cell, Change change) {
  if (!cell.is_text()) return wrong(step);
  if (!machine.spend(cell.size)) return spent(step);
  auto* out = static_cast<char*>(machine.arena().allocate(cell.size + 1, 1));
  for (std::uint32_t i = 0; i < cell.size; ++i) out[i] = change(cell.characters[i]);
  return Cell::of(std::string_view(out, cell.size));
}

// Bytes of one white space character of Unicode (White_Space) at `at`, or 0.
std::size_t space_at(std::string_view text, std::size_t at) {
  const char c = text[at];
  if (c == ' ' || (c >= '\t' && c <= '\r')) return 1;
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("\xC2\x85") || rest.starts_with("\xC2\xA0")) return 2;
  if (rest.starts_with("\xE1\x9A\x80") || rest.starts_with("\xE2\x81\x9F") || rest.starts_with("\xE3\x80\x80"))
    return 3;
  if (rest.size() < 3 || !rest.starts_with("\xE2\x80")) return 0;
  const auto last = static_cast<unsigned char>(rest[2]);
  return (last >= 0x80 && last <= 0x8A) || last == 0xA8 || last == 0xA9 || last == 0xAF ? 3 : 0;
}

}  // namespace

Cell text_size(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  const Cell& of = arguments[0];
  if (of.is_list() || of.is_map()) return Cell::of(std::int64_t{of.size});
  if (!of.is_text()) return wrong(step);
  if (!machine.spend(of.size)) return spent(step);
  return Cell::of(static_cast<std::int64_t>(count_characters(of.text())));
}

Cell starts_with(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!all_text(arguments, 2)) return wrong(step);
  if (!machine.spend(arguments[1].size)) return spent(step);
  return Cell::of(arguments[0].text().starts_with(arguments[1].text()));
}

Cell ends_with(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!all_text(arguments, 2)) return wrong(step);
  if (!machine.spend(arguments[1].size)) return spent(step);
  return Cell::of(arguments[0].text().ends_with(arguments[1].text()));
}

// Searching may look at every byte for every byte of what is sought: the product counts.
Cell contains(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!all_text(arguments, 2)) return wrong(step);
  if (!machine.spend(std::size_t{arguments[0].size} * (1 + arguments[1].size / 64))) return spent(step);
  return Cell::of(arguments[0].text().find(arguments[1].text()) != std::string_view::npos);
}

Cell lower_ascii(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  return changed(machine, step, arguments[0], lower);
}
Cell upper_ascii(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  return changed(machine, step, arguments[0], upper);
}

Cell trim(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text()) return wrong(step);
  const std::string_view text = arguments[0].text();
  if (!machine.spend(text.size())) return spent(step);
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t width = space_at(text, begin);
    if (width == 0) break;
    begin += width;
  }
  std::size_t end = text.size();
  while (end > begin) {
    std::size_t last = end - 1;
    while (last > begin && is_continuation(text[last])) --last;
    if (space_at(text, last) != end - last) break;
    end = last;
  }
  return arguments[0].part(text.substr(begin, end - begin));
}

Cell replace(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t count) {
  if (!all_text(arguments, 3)) return wrong(step);
  const std::string_view text = arguments[0].text(), from = arguments[1].text(), to = arguments[2].text();
  std::int64_t limit = -1;
  if (count == 4) {
    const auto given = integer_argument(arguments[3]);
    if (!given) return wrong(step);
    limit = *given;
  }
  if (!machine.spend(text.size() * (1 + from.size() / 64))) return spent(step);
  std::string out;
  std::size_t at = 0;
  while (limit != 0 && at <= text.size()) {
    const std::size_t found = from.empty() ? at : text.find(from, at);
    if (found == std::string_view::npos) break;
    if (!machine.spend_items(1) || !machine.spend(to.size())) return spent(step);
    out.append(text.substr(at, found - at)).append(to);
    at = found + from.size();
    if (from.empty()) {  // between all characters, and at both ends
      if (at == text.size()) return machine.text(out, step);
      do out += text[at++];
      while (at < text.size() && is_continuation(text[at]));
    }
    if (limit > 0) --limit;
  }
  if (at < text.size()) out.append(text.substr(at));
  return machine.text(out, step);
}

Cell split(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t count) {
  if (!all_text(arguments, 2)) return wrong(step);
  const std::string_view text = arguments[0].text(), separator = arguments[1].text();
  std::int64_t limit = -1;
  if (count == 3) {
    const auto given = integer_argument(arguments[2]);
    if (!given) return wrong(step);
    limit = *given;
  }
  if (!machine.spend(text.size() * (1 + separator.size() / 64))) return spent(step);
  std::vector<Cell> parts;
  std::size_t at = 0;
  while (limit != 0) {
    std::size_t end = text.find(separator, at);
    if (separator.empty()) {
      end = std::min(at + 1, text.size());
      while (end < text.size() && is_continuation(text[end])) ++end;
      if (end >= text.size()) end = std::string_view::npos;
      if (text.empty()) break;
    }
    const bool last =
        end == std::string_view::npos || (limit > 0 && parts.size() + 1 == static_cast<std::size_t>(limit));
    parts.push_back(arguments[0].part(last ? text.substr(at) : text.substr(at, end - at)));
    if (!machine.spend_items(1)) return spent(step);
    if (last) break;
    at = end + separator.size();
  }
  Cell* cells = machine.cells(parts.size());
  std::ranges::copy(parts, cells);
  return Cell::list(cells, parts.size());
}

Cell join(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t count) {
  if (!arguments[0].is_list() || (count == 2 && !arguments[1].is_text())) return wrong(step);
  const std::string_view separator = count == 2 ? arguments[1].text() : std::string_view{};
  std::string out;
  for (std::size_t i = 0; i < arguments[0].size; ++i) {
    const Cell part = Machine::item(arguments[0], i);
    if (!part.is_text()) return wrong(step);
    if (!machine.spend_items(1) || !machine.spend(part.size + separator.size())) return spent(step);
    if (i > 0) out.append(separator);
    out.append(part.text());
  }
  return machine.text(out, step);
}

Cell substring(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t count) {
  if (!arguments[0].is_text()) return wrong(step);
  const std::string_view text = arguments[0].text();
  const auto from = integer_argument(arguments[1]);
  const auto to = count == 3 ? integer_argument(arguments[2]) : std::optional<std::int64_t>(0);
  if (!from || !to) return wrong(step);
  if (!machine.spend(text.size())) return spent(step);
  const auto begin = offset_of(text, *from);
  const auto end = count == 3 ? offset_of(text, *to) : std::optional(text.size());
  if (!begin || !end || *begin > *end) return bad(step);
  return arguments[0].part(text.substr(*begin, *end - *begin));
}

Cell index_of(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t count) {
  if (!all_text(arguments, 2)) return wrong(step);
  const std::string_view text = arguments[0].text();
  const auto from = count == 3 ? integer_argument(arguments[2]) : std::optional<std::int64_t>(0);
  if (!from) return wrong(step);
  if (!machine.spend(text.size() * (1 + arguments[1].size / 64))) return spent(step);
  const auto begin = offset_of(text, *from);
  if (!begin) return bad(step);
  const std::size_t found = text.find(arguments[1].text(), *begin);
  if (found == std::string_view::npos) return Cell::of(std::int64_t{-1});
  return Cell::of(static_cast<std::int64_t>(count_characters(text.substr(0, found))));
}

Cell last_index_of(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t count) {
  if (!all_text(arguments, 2)) return wrong(step);
  const std::string_view text = arguments[0].text();
  std::size_t from = std::string_view::npos;
  if (count == 3) {
    const auto given = integer_argument(arguments[2]);
    if (!given) return wrong(step);
    const auto offset = offset_of(text, *given);
    if (!offset) return bad(step);
    from = *offset;
  }
  if (!machine.spend(text.size() * (1 + arguments[1].size / 64))) return spent(step);
  const std::size_t found = text.rfind(arguments[1].text(), from);
  if (found == std::string_view::npos) return Cell::of(std::int64_t{-1});
  return Cell::of(static_cast<std::int64_t>(count_characters(text.substr(0, found))));
}

Cell char_at(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  const auto position = integer_argument(arguments[1]);
  if (!arguments[0].is_text() || !position) return wrong(step);
  const std::string_view text = arguments[0].text();
  if (!machine.spend(text.size())) return spent(step);
  const auto begin = offset_of(text, *position);
  if (!begin) return bad(step);
  std::size_t end = std::min(*begin + 1, text.size());
  while (end < text.size() && is_continuation(text[end])) ++end;
  return arguments[0].part(text.substr(*begin, end - *begin));
}

Cell truncate(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  const auto length = integer_argument(arguments[1]);
  if (!arguments[0].is_text() || !length) return wrong(step);
  if (*length < 0) return bad(step);
  if (arguments[0].size <= static_cast<std::uint64_t>(*length)) return arguments[0];
  const std::string_view text = arguments[0].text();
  if (!machine.spend(text.size())) return spent(step);
  const auto end = offset_of(text, *length);
  return end ? arguments[0].part(text.substr(0, *end)) : arguments[0];
}

Cell pad_left(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  const auto length = integer_argument(arguments[1]);
  if (!arguments[0].is_text() || !length || !arguments[2].is_text()) return wrong(step);
  const std::string_view text = arguments[0].text(), fill = arguments[2].text();
  if (*length < 0 || *length > pad_limit || count_characters(fill) != 1) return bad(step);
  if (!machine.spend(text.size())) return spent(step);
  const std::size_t have = count_characters(text);
  if (have >= static_cast<std::uint64_t>(*length)) return arguments[0];
  std::string out;
  for (std::size_t i = have; i < static_cast<std::size_t>(*length); ++i) out.append(fill);
  return machine.text(out.append(text), step);
}

Cell digits(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text()) return wrong(step);
  std::string out;
  std::ranges::copy_if(arguments[0].text(), std::back_inserter(out), [](char c) { return c >= '0' && c <= '9'; });
  return machine.spend(arguments[0].size) ? machine.text(out, step) : spent(step);
}

// A word begins after a space or a mark other than the apostrophe, which stands inside names (Jum'at).
Cell title(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  bool inside = false;
  return changed(machine, step, arguments[0], [&inside](char c) {
    const char out = inside ? lower(c) : upper(c);
    const bool letter = lower(c) >= 'a' && lower(c) <= 'z';
    inside = letter || (inside && c == '\'') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
    return out;
  });
}

}  // namespace simpul::cel
