// The functions of texts: positions and lengths are characters (code points), letters beyond ASCII are left as they
// are.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "bus/base/bytes.h"
#include "bus/expression/function_arguments.h"
#include "bus/expression/functions.h"

namespace simpul::cel {

namespace {

constexpr std::int64_t pad_limit = 10'000;

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

Cell size_of(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  const Cell& of = arguments[0];
  if (of.is_list() || of.is_map() || of.kind == CellKind::bytes) return Cell::of(std::int64_t{of.size});
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
  if (cells == nullptr) return spent(step);
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

Cell pad(Machine& machine, std::uint32_t step, const Cell* arguments, bool left) {
  const auto length = integer_argument(arguments[1]);
  if (!arguments[0].is_text() || !length || !arguments[2].is_text()) return wrong(step);
  const std::string_view text = arguments[0].text(), fill = arguments[2].text();
  if (*length < 0 || *length > pad_limit || count_characters(fill) != 1) return bad(step);
  if (!machine.spend(text.size())) return spent(step);
  const std::size_t have = count_characters(text);
  if (have >= static_cast<std::uint64_t>(*length)) return arguments[0];
  std::string out;
  for (std::size_t i = have; i < static_cast<std::size_t>(*length); ++i) out.append(fill);
  if (left)
    out.append(text);
  else
    out.insert(0, text);
  return machine.text(out, step);
}

Cell pad_left(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  return pad(machine, step, arguments, true);
}
Cell pad_right(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  return pad(machine, step, arguments, false);
}

Cell digits(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text()) return wrong(step);
  std::string out;
  std::ranges::copy_if(arguments[0].text(), std::back_inserter(out), [](char c) { return c >= '0' && c <= '9'; });
  return machine.spend(arguments[0].size) ? machine.text(out, step) : spent(step);
}

Cell reverse(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  const Cell& of = arguments[0];
  if (of.is_list()) {
    Cell* cells = machine.spend_items(of.size) ? machine.cells(of.size) : nullptr;
    if (cells == nullptr) return spent(step);
    for (std::uint32_t i = 0; i < of.size; ++i) cells[i] = Machine::item(of, of.size - 1 - i);
    return Cell::list(cells, of.size);
  }
  if (!of.is_text()) return wrong(step);
  const std::string_view text = of.text();
  std::string out(text.size(), ' ');
  for (std::size_t at = 0, to = text.size(); at < text.size();) {
    const std::size_t width = width_at(text, at);
    to -= width;
    text.copy(out.data() + to, width, at);
    at += width;
  }
  return machine.spend(text.size()) ? machine.text(out, step) : spent(step);
}

// cel-go, ext/strings.go: the escapes of CEL's own literals.
Cell quote(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text()) return wrong(step);
  if (!machine.spend(arguments[0].size)) return spent(step);
  constexpr std::string_view plain = "\a\b\f\n\r\t\v\\\"", letters = "abfnrtv\\\"";
  std::string out = "\"";
  for (const char c : arguments[0].text()) {
    if (const std::size_t at = plain.find(c); at != std::string_view::npos) {
      out += '\\';
      out += letters[at];
    } else {
      out += c;
    }
  }
  return machine.text(out += '"', step);
}

// Keeps `first` characters at the beginning and `last` at the end; a text too short to hide something between them is
// hidden whole.
Cell mask(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t count) {
  const auto first = count > 1 ? integer_argument(arguments[1]) : std::optional<std::int64_t>(4);
  const auto last = count > 2 ? integer_argument(arguments[2]) : count > 1 ? std::optional<std::int64_t>(0) : first;
  if (!arguments[0].is_text() || !first || !last) return wrong(step);
  if (*first < 0 || *last < 0) return bad(step);
  const std::string_view text = arguments[0].text();
  if (!machine.spend(text.size())) return spent(step);
  const std::uint64_t size = count_characters(text);
  const auto from = static_cast<std::uint64_t>(*first), end = static_cast<std::uint64_t>(*last);
  // At least half must be hidden; from + end cannot overflow: both are below 2^63.
  const bool shows = 2 * std::min<std::uint64_t>(from + end, size) <= size;
  std::string out;
  std::uint64_t at = 0;
  for (std::size_t i = 0; i < text.size(); ++at) {
    const std::size_t width = width_at(text, i);
    if (shows && (at < from || at >= size - end))
      out.append(text.substr(i, width));
    else
      out += '*';
    i += width;
  }
  return machine.text(out, step);
}

// A word begins after a space or a mark other than the apostrophe, which stands inside names (Jum'at).
Cell title(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  bool inside = false;
  return changed(machine, step, arguments[0], [&inside](char c) {
    const char out = inside ? lower(c) : upper(c);
    const bool letter = is_letter(c);
    inside = letter || (inside && c == '\'') || is_digit(c) || static_cast<unsigned char>(c) >= 0x80;
    return out;
  });
}

}  // namespace

void add_text_functions(FunctionTable& table) {
  table.area("text");
  table.add("size",
            {{"size_string", "size(string) -> int"},
             {"size_bytes", "size(bytes) -> int"},
             {"size_list", "size(list(A)) -> int"},
             {"size_map", "size(map(A, B)) -> int"},
             {"string_size", "string.size() -> int"},
             {"bytes_size", "bytes.size() -> int"},
             {"list_size", "list(A).size() -> int"},
             {"map_size", "map(A, B).size() -> int"}},
            size_of, "Characters of a text, bytes, items of a list, entries of a map.", "size(\"Jum'at\")", "6");
  table.add("contains", {{"contains_string", "string.contains(string) -> bool"}}, contains,
            "Whether the text holds the other.", "\"SITI AISYAH\".contains(\"AIS\")", "true");
  table.add("startsWith", {{"starts_with_string", "string.startsWith(string) -> bool"}}, starts_with,
            "Whether the text begins with the other.", "\"36.71.05\".startsWith(\"36.71.\")", "true");
  table.add("endsWith", {{"ends_with_string", "string.endsWith(string) -> bool"}}, ends_with,
            "Whether the text ends with the other.", "\"skpwni.pdf\".endsWith(\".pdf\")", "true");
  table.add("charAt", {{"string_char_at_int", "string.charAt(int) -> string"}}, char_at,
            "The character at a position, from 0; empty at the end.", "\"B 1234 CA\".charAt(0)", R"("B")");
  table.add("indexOf",
            {{"string_index_of_string", "string.indexOf(string) -> int"},
             {"string_index_of_string_int", "string.indexOf(string, int) -> int"}},
            index_of, "The first position of a text, searched from a position on, or -1.",
            "\"SITI, S.E.\".indexOf(\",\")", "4");
  table.add("lastIndexOf",
            {{"string_last_index_of_string", "string.lastIndexOf(string) -> int"},
             {"string_last_index_of_string_int", "string.lastIndexOf(string, int) -> int"}},
            last_index_of, "The last position of a text, searched from a position back, or -1.",
            "\"jl. melati 1\".lastIndexOf(\" \")", "10");
  table.add("lowerAscii", {{"string_lower_ascii", "string.lowerAscii() -> string"}}, lower_ascii,
            "The letters A to Z as a to z.", "\"Siti@Example.ID\".lowerAscii()", R"("siti@example.id")");
  table.add("upperAscii", {{"string_upper_ascii", "string.upperAscii() -> string"}}, upper_ascii,
            "The letters a to z as A to Z.", "\"Siti\".upperAscii()", R"("SITI")");
  table.add("trim", {{"string_trim", "string.trim() -> string"}}, trim, "Without white space at both ends.",
            "\"  SITI \".trim()", R"("SITI")");
  table.add("replace",
            {{"string_replace_string_string", "string.replace(string, string) -> string"},
             {"string_replace_string_string_int", "string.replace(string, string, int) -> string"}},
            replace, "Every place of a text by another; with a number, that many from the beginning.",
            "\"99.900.900.1-411.000\".replace(\".\", \"\")", R"("999009001-411000")");
  table.add("split",
            {{"string_split_string", "string.split(string) -> list(string)"},
             {"string_split_string_int", "string.split(string, int) -> list(string)"}},
            split, "The parts between separators; with a number, at most that many parts.", "\"36.71.05\".split(\".\")",
            R"(["36","71","05"])");
  table.add(
      "join",
      {{"list_join", "list(string).join() -> string"}, {"list_join_string", "list(string).join(string) -> string"}},
      join, "All texts of a list, one after the other, with a separator between them.",
      "[\"Jl. Melati 1\", \"001\"].join(\" RT \")", R"("Jl. Melati 1 RT 001")");
  table.add("substring",
            {{"string_substring_int", "string.substring(int) -> string"},
             {"string_substring_int_int", "string.substring(int, int) -> string"}},
            substring, "The characters from a position up to another, or to the end, counted from 0.",
            "\"3671015207909001\".substring(0, 6)", R"("367101")");
  table.add("reverse",
            {{"list_reverse", "list(A).reverse() -> list(A)"}, {"string_reverse", "string.reverse() -> string"}},
            reverse, "The characters of a text, or the items of a list, from the last to the first.",
            "[1, 2, 3].reverse()", "[3,2,1]");
  table.add("strings.quote", {{"strings_quote", "strings.quote(string) -> string"}}, quote,
            "The text in quotes, its special characters written as CEL writes them.", "strings.quote(\"a\\tb\")",
            R"("\"a\\tb\"")");
  table.add("truncate",
            {{"string_truncate_int", "string.truncate(int) -> string"},
             {"truncate_string_int", "truncate(string, int) -> string"}},
            truncate, "At most so many characters.", "\"Jl. Melati Raya\".truncate(10)", R"("Jl. Melati")");
  table.add("padLeft",
            {{"string_pad_left_int_string", "string.padLeft(int, string) -> string"},
             {"pad_left_string_int_string", "padLeft(string, int, string) -> string"}},
            pad_left, "Fills up on the left with a character, to a length in characters of at most 10000.",
            "\"1\".padLeft(3, \"0\")", R"("001")");
  table.add("padRight",
            {{"string_pad_right_int_string", "string.padRight(int, string) -> string"},
             {"pad_right_string_int_string", "padRight(string, int, string) -> string"}},
            pad_right, "Fills up on the right with a character, to a length in characters of at most 10000.",
            "\"SITI\".padRight(6, \".\")", R"("SITI..")");
  table.add("digits", {{"string_digits", "string.digits() -> string"}, {"digits_string", "digits(string) -> string"}},
            digits, "Only the digits 0 to 9.", "\"19900712 201503 2 901\".digits()", R"("199007122015032901")");
  table.add("title", {{"string_title", "string.title() -> string"}, {"title_string", "title(string) -> string"}}, title,
            "The first letter of each word large, the others small.", "\"SITI JUM'AT\".title()", R"("Siti Jum'at")");
  table.add(
      "mask",
      {{"string_mask", "string.mask() -> string"},
       {"string_mask_int", "string.mask(int) -> string"},
       {"string_mask_int_int", "string.mask(int, int) -> string"}},
      mask,
      "Stars in place of characters. mask(a, b) keeps a characters at the beginning and b at the end, mask(a) none at "
      "the end, mask() four at both ends; where that would show more than half of the text, nothing is kept.",
      "\"3671015207909001\".mask(4, 2)", R"("3671**********01")");
}

}  // namespace simpul::cel
