// Reads JSON in one pass over the source, into values that view it. Written for events of about 1 KiB: no copy of the
// text, no call for each value, sixteen bytes of a string at once. An object's or array's parts gather on a stack of
// the thread and move into the document's memory when it closes.
#include <algorithm>
#include <cstring>
#include <new>

#include <fmt/format.h>

#include "bus/event/decimal.h"
#include "bus/event/fingerprint.h"
#include "bus/event/json.h"
#include "bus/event/json_faults.h"
#include "bus/event/json_memory.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace simpul::json {

struct Document::Inner {
  std::string source;
  Memory memory;
  Value root;
};

namespace {

constexpr std::size_t kept_parts = 1u << 14;  // scratch above this is given back after the parse
constexpr std::size_t few_names = 64;         // above it names are sorted to find duplicates
constexpr std::size_t exponent_digits = 6;

// An element, or a member with its name.
struct Entry {
  const char* name = nullptr;
  std::uint32_t name_size = 0;
  std::uint32_t name_offset = 0;
  Value value;
  std::string_view text() const { return {name, name_size}; }
};

// An array or object that is open.
struct Frame {
  std::size_t first = 0;  // of its entries
  std::uint32_t offset = 0;
  bool object = false;
};

// The index of a name that stood before it in the same object, or the count. Linear for usual objects: a bit per
// hashed name, and a look back only where the bit is set already.
std::size_t duplicate_of(const Entry* entries, std::size_t count) {
  if (count < 2) return count;
  if (count > few_names) {
    std::vector<std::uint32_t> order(count);
    for (std::size_t i = 0; i < count; ++i) order[i] = static_cast<std::uint32_t>(i);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      int less = entries[a].text().compare(entries[b].text());
      return less != 0 ? less < 0 : a < b;
    });
    std::size_t first = count;
    for (std::size_t i = 1; i < count; ++i) {
      if (entries[order[i]].text() == entries[order[i - 1]].text()) first = std::min<std::size_t>(first, order[i]);
    }
    return first;
  }
  std::uint64_t seen[4] = {};
  for (std::size_t i = 0; i < count; ++i) {
    auto hash = fingerprint(entries[i].text()) >> 56;
    auto& word = seen[hash >> 6];
    auto bit = std::uint64_t{1} << (hash & 63);
    if (word & bit) {
      for (std::size_t k = 0; k < i; ++k) {
        if (entries[k].text() == entries[i].text()) return i;
      }
    }
    word |= bit;
  }
  return count;
}

// The first byte that ends a run of plain characters: a quote, a backslash, or one below 0x20. There is one: the text
// ends with a zero byte.
const char* plain_end(const char* at, [[maybe_unused]] const char* end) {
#if defined(__SSE2__)
  for (; end - at >= 16; at += 16) {
    const auto block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const auto low = _mm_cmpeq_epi8(_mm_max_epu8(block, _mm_set1_epi8(0x1f)), _mm_set1_epi8(0x1f));
    const auto stop = _mm_or_si128(
        low, _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('"')), _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'))));
    if (const auto bits = static_cast<unsigned>(_mm_movemask_epi8(stop)); bits != 0) return at + __builtin_ctz(bits);
  }
#endif
  while (*at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20) ++at;
  return at;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

const char* skip_space(const char* at) {
  while (is_space(*at)) ++at;
  return at;
}

// Four hexadecimal digits, or -1.
int hex_of(const char* at) {
  int value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = at[i];
    const int digit = is_digit(c)            ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

char* append_utf8(std::uint32_t c, char* out) {
  auto put = [&](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | c >> 6);
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3f));
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  }
  return out;
}

}  // namespace

class Reader {
 public:
  static Result<Document> read(std::string text, const Limits& limits) {
    if (text.size() > std::min<std::size_t>(limits.size_bytes, UINT32_MAX)) {
      return fail("json.too_big",
                  fmt::format("the text has {} bytes; at most {} are read", text.size(), limits.size_bytes),
                  "send less at once");
    }
    const auto seen = survey(text);
    if (seen.control || seen.high) {
      if (auto problem = bytes_problem(text, seen)) return std::unexpected(std::move(*problem));
    }
    Document document;
    document.inner_ = std::make_unique<Document::Inner>();
    document.inner_->source = std::move(text);
    Reader reader(*document.inner_, limits);
    if (!reader.run()) return std::unexpected(std::move(*reader.problem_));
    return document;
  }

 private:
  // Entries and frames live on stacks that every parse of a thread uses again.
  struct Scratch {
    std::vector<Entry> entries = std::vector<Entry>(64);
    std::vector<Frame> frames;
  };
  static Scratch& scratch() {
    thread_local Scratch mine;
    return mine;
  }

  Reader(Document::Inner& inner, const Limits& limits)
      : inner_(inner),
        source_(inner.source.data()),
        end_(source_ + inner.source.size()),
        limits_(limits),
        entries_(scratch().entries),
        frames_(scratch().frames) {
    frames_.clear();
    // Members take about twice the bytes of their text.
    inner.memory.expect(2 * inner.source.size());
  }
  ~Reader() {
    if (entries_.size() > kept_parts) std::vector<Entry>(64).swap(entries_);
    if (frames_.capacity() > kept_parts) std::vector<Frame>().swap(frames_);
  }

  // Each step takes the place it begins at, and gives that behind what it read, or null when it was refused.
  bool run() {
    const char* at = skip_space(source_);
    for (;;) {
      at = value(at);
      if (at == nullptr) return false;
      if (opened_) continue;
      at = after_value(at);
      if (at == nullptr) return false;
      if (frames_.empty()) break;
    }
    if (*at != '\0') return refuse(Fault::trailing, at) != nullptr;
    inner_.root = entries_[0].value;
    return true;
  }

  std::uint32_t offset_of(const char* at) const { return static_cast<std::uint32_t>(at - source_); }

  const char* refuse(Fault fault, const char* at) {
    problem_ = problem_of(fault, inner_.source, offset_of(at));
    return nullptr;
  }

  Entry& top() {
    if (size_ == entries_.size()) entries_.resize(2 * size_);
    return entries_[size_];
  }

  // The value is that of the topmost entry, whose name may have been read already.
  void put(Kind kind, const void* at, std::size_t size, const char* from, const char* to) {
    auto& value = top().value;
    value.at_ = at;
    value.size_ = static_cast<std::uint32_t>(size);
    value.raw_offset_ = offset_of(from);
    value.raw_size_ = static_cast<std::uint32_t>(to - from);
    value.kind_ = kind;
    ++size_;
  }

  // A value, or the beginning of one that has parts: then opened_ is set and the first part's place is given.
  const char* value(const char* at) {
    opened_ = false;
    switch (*at) {
      case '"': {
        std::string_view text;
        const char* behind = string(at, text);
        if (behind != nullptr) put(Kind::string, text.data(), text.size(), at, behind);
        return behind;
      }
      case '{':
      case '[':
        return open(at);
      case 't':
        return word(at, "true", Kind::boolean, 1);
      case 'f':
        return word(at, "false", Kind::boolean, 0);
      case 'n':
        return word(at, "null", Kind::null, 0);
      default:
        if (*at == '-' || is_digit(*at)) return number(at);
        return refuse(Fault::value, at);
    }
  }

  const char* word(const char* at, std::string_view word, Kind kind, std::size_t size) {
    if (!std::string_view(at, static_cast<std::size_t>(end_ - at)).starts_with(word)) return refuse(Fault::value, at);
    put(kind, nullptr, size, at, at + word.size());
    return at + word.size();
  }

  const char* open(const char* at) {
    const bool object = *at == '{';
    if (frames_.size() >= limits_.depth) {
      problem_ = problem_at(inner_.source, offset_of(at), "json.too_deep",
                            fmt::format("nested deeper than {} levels", limits_.depth), "flatten the value");
      return nullptr;
    }
    // Its own entry stays below those of its parts.
    top();
    frames_.push_back({++size_, offset_of(at), object});
    const char* next = skip_space(at + 1);
    if (*next == (object ? '}' : ']')) return close(next);
    opened_ = true;
    return object ? name(next) : next;
  }

  // At the bracket that closes the innermost frame.
  const char* close(const char* at) {
    const auto frame = frames_.back();
    const auto count = size_ - frame.first;
    const Entry* from = entries_.data() + frame.first;
    const void* parts = nullptr;
    if (frame.object) {
      if (const auto again = duplicate_of(from, count); again < count) return refuse_duplicate(from[again]);
      auto* members = static_cast<Member*>(inner_.memory.allocate(count * sizeof(Member), alignof(Member)));
      for (std::size_t i = 0; i < count; ++i) new (members + i) Member{from[i].text(), from[i].value};
      parts = members;
    } else {
      auto* items = static_cast<Value*>(inner_.memory.allocate(count * sizeof(Value), alignof(Value)));
      for (std::size_t i = 0; i < count; ++i) new (items + i) Value(from[i].value);
      parts = items;
    }
    frames_.pop_back();
    size_ = frame.first - 1;
    put(frame.object ? Kind::object : Kind::array, parts, count, source_ + frame.offset, at + 1);
    return at + 1;
  }

  // Behind a value: closes what ends here, and gives the place of the next value or, when no frame is open, of what
  // stands behind the text.
  const char* after_value(const char* at) {
    for (;;) {
      at = skip_space(at);
      if (frames_.empty()) return at;
      const bool object = frames_.back().object;
      if (*at == ',') {
        at = skip_space(at + 1);
        return object ? name(at) : at;
      }
      if (*at != (object ? '}' : ']')) return refuse(object ? Fault::object_end : Fault::array_end, at);
      at = close(at);
      if (at == nullptr) return nullptr;
    }
  }

  // A member's name and its colon.
  const char* name(const char* at) {
    if (*at != '"') return refuse(Fault::name, at);
    std::string_view text;
    const char* behind = string(at, text);
    if (behind == nullptr) return nullptr;
    behind = skip_space(behind);
    if (*behind != ':') return refuse(Fault::colon, behind);
    auto& entry = top();
    entry.name = text.data();
    entry.name_size = static_cast<std::uint32_t>(text.size());
    entry.name_offset = offset_of(at);
    return skip_space(behind + 1);
  }

  const char* string(const char* at, std::string_view& text) {
    const char* stop = plain_end(at + 1, end_);
    if (*stop != '"') return string_with_escapes(at, stop, text);
    text = {at + 1, static_cast<std::size_t>(stop - at - 1)};
    return stop + 1;
  }

  // `stop`: the first byte that is not plain. The text is copied to the document; it is never longer than its source.
  const char* string_with_escapes(const char* at, const char* stop, std::string_view& text) {
    const char* end = stop;
    while (*end == '\\') end = plain_end(end + (end[1] == '\0' ? 1 : 2), end_);
    if (*end == '\0') return refuse(Fault::string_end, end);
    auto* kept = static_cast<char*>(inner_.memory.allocate(static_cast<std::size_t>(end - at), 1));
    char* out = kept;
    for (const char* from = at + 1;; stop = plain_end(from, end_)) {
      std::memcpy(out, from, static_cast<std::size_t>(stop - from));
      out += stop - from;
      if (*stop == '"') break;
      if (*stop != '\\') return refuse(Fault::line_break, stop);
      from = escape(stop, out);
      if (from == nullptr) return nullptr;
    }
    text = {kept, static_cast<std::size_t>(out - kept)};
    return stop + 1;
  }

  const char* escape(const char* at, char*& out) {
    constexpr std::string_view letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
    if (at[1] != 'u') {
      const auto which = letters.find(at[1]);
      if (at[1] == '\0' || which == letters.npos) return refuse(Fault::escape, at);
      *out++ = meanings[which];
      return at + 2;
    }
    const int high = hex_of(at + 2);
    if (high < 0) return refuse(Fault::hex, at);
    auto character = static_cast<std::uint32_t>(high);
    if (high < 0xd800 || high > 0xdfff) {
      out = append_utf8(character, out);
      return at + 6;
    }
    const int low = high < 0xdc00 && at[6] == '\\' && at[7] == 'u' ? hex_of(at + 8) : -1;
    if (low < 0xdc00 || low > 0xdfff) return refuse(Fault::surrogate, at);
    character = 0x10000 + ((character - 0xd800) << 10) + (static_cast<std::uint32_t>(low) - 0xdc00);
    out = append_utf8(character, out);
    return at + 12;
  }

  // RFC 8259 §6
  const char* number(const char* from) {
    const char* at = from + (*from == '-' ? 1 : 0);
    if (!is_digit(*at)) return refuse(Fault::value, at == end_ ? at : from);
    if (*at == '0') {
      ++at;
    } else {
      while (is_digit(*at)) ++at;
    }
    if (*at == '.') {
      ++at;
      if (!is_digit(*at)) return refuse(Fault::fraction, at);
      while (is_digit(*at)) ++at;
    }
    if (*at == 'e' || *at == 'E') {
      at = exponent(from, at);
      if (at == nullptr) return nullptr;
    } else if (at - from > 308 && !is_double({from, static_cast<std::size_t>(at - from)})) {
      return refuse(Fault::range, from);
    }
    put(Kind::number, from, static_cast<std::size_t>(at - from), from, at);
    return at;
  }

  const char* exponent(const char* from, const char* at) {
    ++at;
    if (*at == '+' || *at == '-') ++at;
    if (!is_digit(*at)) return refuse(Fault::exponent, at);
    while (*at == '0') ++at;
    const char* digits = at;
    while (is_digit(*at)) ++at;
    if (static_cast<std::size_t>(at - digits) > exponent_digits) {
      problem_ = problem_at(inner_.source, offset_of(from), "json.number_range",
                            fmt::format("a number with an exponent of more than {} digits", exponent_digits),
                            "send it as a string");
      return nullptr;
    }
    if (!is_double({from, static_cast<std::size_t>(at - from)})) return refuse(Fault::range, from);
    return at;
  }

  static bool is_double(std::string_view number) {
    if (number.front() == '-') number.remove_prefix(1);
    return compare_numbers(number, "1.7976931348623157e308") <= 0;
  }

  const char* refuse_duplicate(const Entry& entry) {
    problem_ =
        problem_at(inner_.source, entry.name_offset, "json.duplicate_member",
                   fmt::format("the member name \"{}\" stands twice in one object", entry.text()), "keep one of them");
    // Each open frame but the innermost stands in its parent as the topmost entry below its own parts.
    for (std::size_t level = 0; level + 1 < frames_.size(); ++level) {
      const auto last = frames_[level + 1].first - 1;
      if (frames_[level].object) {
        append_pointer(problem_->path, entries_[last].text());
      } else {
        append_pointer(problem_->path, last - frames_[level].first);
      }
    }
    append_pointer(problem_->path, entry.text());
    return nullptr;
  }

  Document::Inner& inner_;
  const char* source_;
  const char* end_;
  const Limits& limits_;
  std::vector<Entry>& entries_;
  std::vector<Frame>& frames_;
  std::size_t size_ = 0;  // entries in use
  bool opened_ = false;
  std::optional<Problem> problem_;
};

Document::Document() = default;
Document::~Document() = default;
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;

const Value& Document::root() const {
  static const Value none;
  return inner_ ? inner_->root : none;
}
std::string_view Document::source() const {
  return inner_ ? std::string_view(inner_->source) : std::string_view();
}
std::string_view Document::raw(const Value& value) const {
  auto text = source();
  return value.raw_offset() <= text.size() ? text.substr(value.raw_offset(), value.raw_size()) : std::string_view();
}

Result<Document> parse(std::string text, const Limits& limits) {
  return Reader::read(std::move(text), limits);
}

}  // namespace simpul::json
