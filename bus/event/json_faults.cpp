#include "bus/event/json_faults.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include <fmt/format.h>

#include "bus/event/syntax.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace simpul::json {
namespace {

// The offset of the first byte that is not UTF-8 (RFC 3629 §4), or the size.
std::size_t utf8_end(std::string_view text) {
  auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  auto within = [](unsigned c, unsigned low, unsigned high) { return c >= low && c <= high; };
  std::size_t i = 0;
  while (i < text.size()) {
    std::uint64_t eight = 0;
    if (i + 8 <= text.size()) {
      std::memcpy(&eight, text.data() + i, 8);
      if ((eight & 0x8080808080808080u) == 0) {
        i += 8;
        continue;
      }
    }
    unsigned c = byte(i), next = byte(i + 1);
    std::size_t length = 0;
    if (c < 0x80) {
      length = 1;
    } else if (within(c, 0xc2, 0xdf)) {
      length = within(next, 0x80, 0xbf) ? 2 : 0;
    } else if (within(c, 0xe0, 0xef)) {
      unsigned low = c == 0xe0 ? 0xa0 : 0x80, high = c == 0xed ? 0x9f : 0xbf;
      length = within(next, low, high) && within(byte(i + 2), 0x80, 0xbf) ? 3 : 0;
    } else if (within(c, 0xf0, 0xf4)) {
      unsigned low = c == 0xf0 ? 0x90 : 0x80, high = c == 0xf4 ? 0x8f : 0xbf;
      length = within(next, low, high) && within(byte(i + 2), 0x80, 0xbf) && within(byte(i + 3), 0x80, 0xbf) ? 4 : 0;
    }
    if (length == 0) return i;
    i += length;
  }
  return i;
}

std::string_view character_at(std::string_view text, std::size_t offset) {
  std::size_t size = 1;
  while (offset + size < text.size() && (static_cast<unsigned char>(text[offset + size]) & 0xc0) == 0x80) ++size;
  return text.substr(offset, size);
}

struct Words {
  std::string what;
  std::string hint;
};

Words value_words(std::string_view text, std::size_t offset) {
  auto rest = text.substr(offset);
  if (rest.front() == '\'') return {"a single quote", "write strings in double quotes"};
  if (rest.front() == '/' || rest.front() == '#') return {"a comment", "take it out: JSON has no comments"};
  if (rest.front() == '}' || rest.front() == ']') {
    return {fmt::format("expected a value before '{}'", rest.front()), "remove the comma before it, or add the value"};
  }
  if (rest.front() == '.' || rest.front() == '+') {
    return {fmt::format("a number cannot start with '{}'", rest.front()),
            "write 0.5 and 5, not .5 and +5 (RFC 8259 §6)"};
  }
  for (std::string_view word : {"NaN", "Infinity", "-Infinity", "True", "False", "None", "undefined"}) {
    if (rest.starts_with(word)) return {fmt::format("{} is not JSON", word), "write true, false, null or a number"};
  }
  return {"expected a value: an object, array, string, number, true, false or null", "put strings in double quotes"};
}

Words words_of(Fault fault, std::string_view text, std::size_t offset) {
  if (offset >= text.size()) {
    const std::string whole = "send the whole text; it looks cut off";
    if (fault == Fault::string_end) return {"the text ends inside a string", whole};
    const bool empty = text.find_first_not_of(" \t\r\n") == text.npos;
    return empty ? Words{"the text is empty", "send a JSON value"} : Words{"the text ends too early", whole};
  }
  auto found = character_at(text, offset);
  switch (fault) {
    case Fault::name:
      if (found == "}") return {"a comma before '}'", "remove the comma"};
      return {fmt::format("expected a member name in double quotes, found '{}'", found),
              "write members as \"name\": value"};
    case Fault::colon:
      return {fmt::format("expected ':' after the member name, found '{}'", found), "write members as \"name\": value"};
    case Fault::object_end:
      return {fmt::format("expected ',' or '}}' after the member's value, found '{}'", found),
              "separate members by commas; a number has no leading zeros"};
    case Fault::array_end:
      return {fmt::format("expected ',' or ']' after the element, found '{}'", found),
              "separate elements by commas; a number has no leading zeros"};
    case Fault::hex:
      return {"\\u needs four hexadecimal digits", "write, for example, \\u00e9"};
    case Fault::surrogate:
      return {"a lone surrogate: \\uD800 to \\uDFFF stand for a character only in pairs",
              "write the character itself, or both halves of the pair"};
    case Fault::escape:
      return {"an escape that JSON does not know",
              "use \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u and four hexadecimal digits"};
    case Fault::line_break:
      return {"a line break or tab inside a string", "write it as \\n, \\r or \\t, or close the string"};
    case Fault::range:
      return {"a number beyond 1.8e308", "send it as a string"};
    case Fault::fraction:
      return {"digits must follow the decimal point", "write 1.0 or 1, not 1."};
    case Fault::exponent:
      return {"digits must follow the exponent", "write 1e5, not 1e"};
    case Fault::trailing:
      return {"text follows the JSON value", "send one value and nothing behind it"};
    case Fault::value:
    case Fault::string_end:
      break;
  }
  return value_words(text, offset);
}

}  // namespace

Problem problem_at(std::string_view text, std::size_t offset, std::string code, std::string_view what,
                   std::string hint) {
  auto mark = mark_at(text, offset);
  Problem problem;
  problem.code = std::move(code);
  problem.message = fmt::format("line {}, column {}: {}", mark.line, mark.column, what);
  problem.hint = std::move(hint);
  problem.place.start = problem.place.end = mark;
  return problem;
}

Problem problem_of(Fault fault, std::string_view text, std::size_t offset) {
  const auto* code = fault == Fault::trailing ? "json.trailing"
                     : fault == Fault::range  ? "json.number_range"
                                              : "json.syntax";
  auto words = words_of(fault, text, offset);
  return problem_at(text, offset, code, words.what, std::move(words.hint));
}

Survey survey(std::string_view text) {
  bool control = false, high = false;
  const char* at = text.data();
  const char* end = at + text.size();
#if defined(__SSE2__)
  auto highs = _mm_setzero_si128(), controls = _mm_setzero_si128();
  for (; end - at >= 16; at += 16) {
    const auto block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const auto space = _mm_or_si128(
        _mm_cmpeq_epi8(block, _mm_set1_epi8('\n')),
        _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('\t')), _mm_cmpeq_epi8(block, _mm_set1_epi8('\r'))));
    const auto low = _mm_cmpeq_epi8(_mm_max_epu8(block, _mm_set1_epi8(0x20)), _mm_set1_epi8(0x20));
    const auto blank = _mm_cmpeq_epi8(block, _mm_set1_epi8(0x20));
    controls = _mm_or_si128(controls, _mm_andnot_si128(_mm_or_si128(space, blank), low));
    highs = _mm_or_si128(highs, block);
  }
  control = _mm_movemask_epi8(controls) != 0;
  high = _mm_movemask_epi8(highs) != 0;
#endif
  for (; at < end; ++at) {
    const auto c = static_cast<unsigned char>(*at);
    control = control || (c < 0x20 && c != '\t' && c != '\n' && c != '\r');
    high = high || c >= 0x80;
  }
  return {control, high};
}

std::optional<Problem> bytes_problem(std::string_view text, const Survey& seen) {
  if (text.starts_with("\xef\xbb\xbf")) {
    return problem_at(text, 0, "json.syntax", "the text starts with a byte order mark (EF BB BF)",
                      "save it as UTF-8 without a byte order mark (RFC 8259 §8.1)");
  }
  if (seen.control) {
    auto bad = std::find_if(text.begin(), text.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
    });
    auto offset = static_cast<std::size_t>(bad - text.begin());
    if (*bad == '\0') {
      return problem_at(
          text, offset, "json.syntax", "a NUL byte (00)",
          "send UTF-8 text without NUL bytes; text in UTF-16 looks like this, and NUL in a string is \\u0000");
    }
    return problem_at(text, offset, "json.syntax",
                      fmt::format("a control character ({:02X})", static_cast<unsigned char>(*bad)),
                      fmt::format("write it as \\u{:04x} inside a string", static_cast<unsigned char>(*bad)));
  }
  if (seen.high) {
    if (auto offset = utf8_end(text); offset < text.size()) {
      return problem_at(text, offset, "json.utf8",
                        fmt::format("byte {:02X} is not UTF-8", static_cast<unsigned char>(text[offset])),
                        "send the text in UTF-8; text in latin-1 or windows-1252 looks like this");
    }
  }
  return std::nullopt;
}

}  // namespace simpul::json
