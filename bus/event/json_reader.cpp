// Reads JSON with RapidJSON's SAX reader, in situ on a copy of the source, into values that view the source.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include <fmt/format.h>

#include "bus/event/fingerprint.h"
#include "bus/event/json.h"
#include "bus/event/json_memory.h"
#include "bus/event/syntax.h"

// A namespace of its own, so that these instantiations never meet those of a file built with other settings.
#define RAPIDJSON_NAMESPACE simpul_rapidjson
#define RAPIDJSON_NAMESPACE_BEGIN namespace simpul_rapidjson {
#define RAPIDJSON_NAMESPACE_END }
#if defined(__SSE2__)
#define RAPIDJSON_SSE2
#endif
#include <rapidjson/reader.h>

namespace simpul::json {

namespace rj = simpul_rapidjson;

struct Document::Inner {
  std::string source;
  Memory memory;
  Value root;
};

namespace {

constexpr std::size_t padding = 32;                // the reader looks at 16 bytes at once, past the end too
constexpr std::size_t kept_copy_bytes = 1u << 20;  // scratch above this is given back after the parse
constexpr std::size_t kept_values = 1u << 14;
constexpr std::size_t pairwise_names = 64;  // above it names are sorted to find duplicates
constexpr std::size_t exponent_digits = 6;

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

// What one pass over the bytes tells before the reader starts.
struct Survey {
  bool control = false;  // a byte below 0x20 that is no white space
  bool high = false;     // a byte above 0x7f
  bool backslash = false;
};

Survey survey(const char* at, std::size_t size) {
  unsigned char control = 0, high = 0, backslash = 0;
  auto look = [&](unsigned char c) {
    control |= static_cast<unsigned char>((c < 0x20) & (c != '\t') & (c != '\n') & (c != '\r'));
    high |= c;
    backslash |= static_cast<unsigned char>(c == '\\');
  };
  constexpr std::size_t block = 32;
  std::size_t i = 0;
  for (; i + block <= size; i += block) {
    unsigned char controls[block], highs[block], backslashes[block];
    for (std::size_t k = 0; k < block; ++k) {
      auto c = static_cast<unsigned char>(at[i + k]);
      controls[k] = static_cast<unsigned char>((c < 0x20) & (c != '\t') & (c != '\n') & (c != '\r'));
      highs[k] = c;
      backslashes[k] = static_cast<unsigned char>(c == '\\');
    }
    for (std::size_t k = 0; k < block; ++k) {
      control |= controls[k];
      high |= highs[k];
      backslash |= backslashes[k];
    }
  }
  for (; i < size; ++i) look(static_cast<unsigned char>(at[i]));
  return {control != 0, (high & 0x80) != 0, backslash != 0};
}

// The offset of the first byte that is not UTF-8 (RFC 3629 §4), or the size.
std::size_t utf8_end(std::string_view text) {
  auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  auto within = [](unsigned c, unsigned low, unsigned high) { return c >= low && c <= high; };
  std::size_t i = 0;
  while (i < text.size()) {
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

struct Name {
  std::string_view text;
  std::uint32_t offset = 0;
};

// The index of a name that stood before it in the same object, or the count. Linear for usual objects: a bit per
// hashed name, and a look back only where the bit is set already.
std::size_t duplicate_of(const Name* names, std::size_t count) {
  if (count < 2) return count;
  if (count > pairwise_names) {
    std::vector<std::uint32_t> order(count);
    for (std::size_t i = 0; i < count; ++i) order[i] = static_cast<std::uint32_t>(i);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      int less = names[a].text.compare(names[b].text);
      return less != 0 ? less < 0 : a < b;
    });
    std::size_t first = count;
    for (std::size_t i = 1; i < count; ++i) {
      if (names[order[i]].text == names[order[i - 1]].text) first = std::min<std::size_t>(first, order[i]);
    }
    return first;
  }
  std::uint64_t seen[4] = {};
  for (std::size_t i = 0; i < count; ++i) {
    auto hash = fingerprint(names[i].text) >> 56;
    auto& word = seen[hash >> 6];
    auto bit = std::uint64_t{1} << (hash & 63);
    if (word & bit) {
      for (std::size_t k = 0; k < i; ++k) {
        if (names[k].text == names[i].text) return i;
      }
    }
    word |= bit;
  }
  return count;
}

bool exponent_too_long(std::string_view number) {
  auto e = number.find_first_of("eE");
  if (e == number.npos) return false;
  auto digits = number.substr(e + 1);
  auto first = digits.find_first_of("123456789");
  return first != digits.npos && digits.size() - first > exponent_digits;
}

// A stack whose push is a store and a test, inlined.
template <class T>
class Stack {
 public:
  T* push() {
    if (size_ == items_.size()) items_.resize(std::max<std::size_t>(items_.size() * 2, 64));
    return &items_[size_++];
  }
  void pop(std::size_t count) { size_ -= count; }
  void clear() { size_ = 0; }
  std::size_t size() const { return size_; }
  T* top(std::size_t count) { return items_.data() + (size_ - count); }
  const T& back() const { return items_[size_ - 1]; }
  const T* begin() const { return items_.data(); }
  const T* end() const { return items_.data() + size_; }
  void trim(std::size_t most) {
    size_ = 0;
    if (items_.size() > most) std::vector<T>().swap(items_);
  }

 private:
  std::vector<T> items_;
  std::size_t size_ = 0;
};

// Memory that every parse of a thread uses again.
struct Scratch {
  rj::Reader reader;
  std::vector<char> copy;
  Stack<Value> values;
  Stack<Name> names;
  Stack<std::uint32_t> starts;

  void trim() {
    if (copy.capacity() > kept_copy_bytes) std::vector<char>().swap(copy);
    values.trim(kept_values);
    names.trim(kept_values);
    starts.trim(kept_values);
  }
};

Scratch& scratch() {
  thread_local Scratch mine;
  return mine;
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

Words words_of(rj::ParseErrorCode code, std::string_view text, std::size_t offset) {
  const std::string whole = "send the whole text; it looks cut off";
  if (offset >= text.size()) {
    switch (code) {
      case rj::kParseErrorDocumentEmpty:
        return {"the text is empty", "send a JSON value"};
      case rj::kParseErrorStringMissQuotationMark:
        return {"the text ends inside a string", whole};
      default:
        return {"the text ends too early", whole};
    }
  }
  auto found = character_at(text, offset);
  switch (code) {
    case rj::kParseErrorObjectMissName:
      if (found == "}") return {"a comma before '}'", "remove the comma"};
      return {fmt::format("expected a member name in double quotes, found '{}'", found),
              "write members as \"name\": value"};
    case rj::kParseErrorObjectMissColon:
      return {fmt::format("expected ':' after the member name, found '{}'", found), "write members as \"name\": value"};
    case rj::kParseErrorObjectMissCommaOrCurlyBracket:
      return {fmt::format("expected ',' or '}}' after the member's value, found '{}'", found),
              "separate members by commas; a number has no leading zeros"};
    case rj::kParseErrorArrayMissCommaOrSquareBracket:
      return {fmt::format("expected ',' or ']' after the element, found '{}'", found),
              "separate elements by commas; a number has no leading zeros"};
    case rj::kParseErrorStringUnicodeEscapeInvalidHex:
      return {"\\u needs four hexadecimal digits", "write, for example, \\u00e9"};
    case rj::kParseErrorStringUnicodeSurrogateInvalid:
      return {"a lone surrogate: \\uD800 to \\uDFFF stand for a character only in pairs",
              "write the character itself, or both halves of the pair"};
    case rj::kParseErrorStringEscapeInvalid:
      if (found == "\\") {
        return {"an escape that JSON does not know",
                "use \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u and four hexadecimal digits"};
      }
      return {"a line break or tab inside a string", "write it as \\n, \\r or \\t, or close the string"};
    case rj::kParseErrorStringMissQuotationMark:
      return {"this string is not closed", "add the closing double quote"};
    case rj::kParseErrorNumberTooBig:
      return {"a number beyond 1.8e308", "send it as a string"};
    case rj::kParseErrorNumberMissFraction:
      return {"digits must follow the decimal point", "write 1.0 or 1, not 1."};
    case rj::kParseErrorNumberMissExponent:
      return {"digits must follow the exponent", "write 1e5, not 1e"};
    case rj::kParseErrorValueInvalid:
      return value_words(text, offset);
    default:
      return {"this is not JSON", "see RFC 8259"};
  }
}

}  // namespace

// The handler: collects values on the thread's stacks and moves finished arrays and objects into the document.
class Reader {
 public:
  static Result<Document> read(std::string text, const Limits& limits) {
    if (text.size() > std::min<std::size_t>(limits.size_bytes, UINT32_MAX - padding)) {
      return fail("json.too_big",
                  fmt::format("the text has {} bytes; at most {} are read", text.size(), limits.size_bytes),
                  "send less at once");
    }
    auto seen = survey(text.data(), text.size());
    if (auto problem = bytes_problem(text, seen)) return std::unexpected(std::move(*problem));
    Document document;
    document.inner_ = std::make_unique<Document::Inner>();
    document.inner_->source = std::move(text);
    auto& mine = scratch();
    Reader reader(*document.inner_, mine, limits, seen.backslash);
    auto problem = reader.run();
    mine.trim();
    if (problem) return std::unexpected(std::move(*problem));
    return document;
  }

  bool Null() {
    push(Kind::null, nullptr, 0, position() - 4, 4);
    return true;
  }
  bool Bool(bool value) {
    std::uint32_t size = value ? 4 : 5;
    push(Kind::boolean, nullptr, value ? 1 : 0, position() - size, size);
    return true;
  }
  bool RawNumber(const char*, rj::SizeType size, bool) {
    // The stream still stands at the number's start: the reader works on a copy of it.
    auto start = position();
    std::string_view number(source_ + start, size);
    if (size > exponent_digits + 2 && exponent_too_long(number)) {
      return refuse(start, "json.number_range",
                    fmt::format("a number with an exponent of more than {} digits", exponent_digits),
                    "send it as a string");
    }
    push(Kind::number, number.data(), size, start, size);
    return true;
  }
  bool String(const char* text, rj::SizeType size, bool) {
    auto start = position();
    std::uint32_t raw_size = 0;
    const char* kept = take(text, size, start, raw_size);
    if (kept == nullptr) return false;
    push(Kind::string, kept, size, start, raw_size);
    return true;
  }
  bool Key(const char* text, rj::SizeType size, bool) {
    auto start = position();
    std::uint32_t raw_size = 0;
    const char* kept = take(text, size, start, raw_size);
    if (kept == nullptr) return false;
    *scratch_.names.push() = {{kept, size}, start};
    return true;
  }
  bool StartObject() { return open(); }
  bool StartArray() { return open(); }
  bool EndObject(rj::SizeType count) {
    const auto* name = scratch_.names.top(count);
    const auto* value = scratch_.values.top(count);
    if (auto at = duplicate_of(name, count); at < count) return refuse_duplicate(name[at]);
    auto* members = static_cast<Member*>(inner_.memory.allocate(count * sizeof(Member), alignof(Member)));
    for (rj::SizeType i = 0; i < count; ++i) new (members + i) Member{name[i].text, value[i]};
    scratch_.names.pop(count);
    close(Kind::object, members, count);
    return true;
  }
  bool EndArray(rj::SizeType count) {
    auto* items = static_cast<Value*>(inner_.memory.allocate(count * sizeof(Value), alignof(Value)));
    if (count > 0) std::memcpy(static_cast<void*>(items), scratch_.values.top(count), count * sizeof(Value));
    close(Kind::array, items, count);
    return true;
  }
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

 private:
  Reader(Document::Inner& inner, Scratch& mine, const Limits& limits, bool escapes)
      : inner_(inner),
        scratch_(mine),
        source_(inner.source.data()),
        limits_(limits),
        escapes_(escapes),
        stream_(nullptr) {}

  std::optional<Problem> run() {
    const auto& source = inner_.source;
    scratch_.values.clear();
    scratch_.names.clear();
    scratch_.starts.clear();
    if (scratch_.copy.size() < source.size() + padding)
      scratch_.copy.resize(source.size() + source.size() / 2 + padding);
    std::memcpy(scratch_.copy.data(), source.data(), source.size());
    std::memset(scratch_.copy.data() + source.size(), 0, padding);
    inner_.memory.expect(source.size() + source.size() / 2);
    stream_ = rj::InsituStringStream(scratch_.copy.data());
    constexpr unsigned flags = rj::kParseInsituFlag | rj::kParseNumbersAsStringsFlag | rj::kParseIterativeFlag;
    auto result = scratch_.reader.Parse<flags>(stream_, *this);
    if (refused_) return refused_;
    if (!result.IsError()) {
      inner_.root = scratch_.values.back();
      return std::nullopt;
    }
    auto code = result.Code() == rj::kParseErrorDocumentRootNotSingular ? "json.trailing"
                : result.Code() == rj::kParseErrorNumberTooBig          ? "json.number_range"
                                                                        : "json.syntax";
    auto offset = result.Offset();
    auto words = result.Code() == rj::kParseErrorDocumentRootNotSingular
                     ? Words{"text follows the JSON value", "send one value and nothing behind it"}
                     : words_of(result.Code(), source, offset);
    return problem_at(source, offset, code, words.what, words.hint);
  }

  std::uint32_t position() { return static_cast<std::uint32_t>(stream_.Tell()); }

  void push(Kind kind, const void* at, std::uint32_t size, std::uint32_t offset, std::uint32_t raw_size) {
    auto* value = scratch_.values.push();
    value->at_ = at;
    value->size_ = size;
    value->raw_offset_ = offset;
    value->raw_size_ = raw_size;
    value->kind_ = kind;
  }

  bool refuse(std::size_t offset, std::string code, std::string_view what, std::string hint) {
    refused_ = problem_at(inner_.source, offset, std::move(code), what, std::move(hint));
    return false;
  }

  bool open() {
    if (scratch_.starts.size() >= limits_.depth) {
      return refuse(position(), "json.too_deep", fmt::format("nested deeper than {} levels", limits_.depth),
                    "flatten the value");
    }
    *scratch_.starts.push() = position();
    return true;
  }

  void close(Kind kind, const void* at, std::uint32_t count) {
    auto start = scratch_.starts.back();
    scratch_.starts.pop(1);
    scratch_.values.pop(count);
    push(kind, at, count, start, position() + 1 - start);
  }

  bool refuse_duplicate(const Name& name) {
    refuse(name.offset, "json.duplicate_member",
           fmt::format("the member name \"{}\" stands twice in one object", name.text), "keep one of them");
    refused_->path = path_of(name);
    return false;
  }

  // The JSON pointer of a name, found by reading the source up to it again: only an error pays for it.
  std::string path_of(const Name& name) const;

  // The string's text where it lasts: in the source when it has no escapes, else copied to the document.
  const char* take(const char* text, std::uint32_t size, std::uint32_t start, std::uint32_t& raw_size) {
    const char* raw = source_ + start + 1;
    // An escape is longer than what it stands for, so the first one lies within the first `size` bytes.
    if (!escapes_ || (std::memchr(raw, '\\', size) == nullptr && raw[size] == '"')) {
      raw_size = size + 2;
      return raw;
    }
    const char* end = raw;
    while (*end != '"') end += *end == '\\' ? 2 : 1;
    raw_size = static_cast<std::uint32_t>(end - raw) + 2;
    for (std::uint32_t i = 0; i + 1 < size; ++i) {
      // The source is UTF-8, so only an escape can have made a surrogate; the reader pairs those that come high first.
      if (static_cast<unsigned char>(text[i]) == 0xed && static_cast<unsigned char>(text[i + 1]) >= 0xa0) {
        auto words = words_of(rj::kParseErrorStringUnicodeSurrogateInvalid, inner_.source, start);
        refuse(start, "json.syntax", words.what, words.hint);
        return nullptr;
      }
    }
    auto* kept = static_cast<char*>(inner_.memory.allocate(std::max<std::uint32_t>(size, 1), 1));
    std::memcpy(kept, text, size);
    return kept;
  }

  Document::Inner& inner_;
  Scratch& scratch_;
  const char* source_;
  const Limits& limits_;
  bool escapes_;
  rj::InsituStringStream stream_;
  std::optional<Problem> refused_;
};

std::string Reader::path_of(const Name& name) const {
  // Names and values of open objects and arrays are still on the stacks, in the order of their offsets; a container's
  // own step is the last name or the count of elements seen between its start and the next one's.
  std::string path;
  const auto& starts = scratch_.starts;
  for (std::size_t level = 0; level + 1 < starts.size(); ++level) {
    auto from = starts.begin()[level], to = starts.begin()[level + 1];
    if (source_[from] == '{') {
      const Name* last = nullptr;
      for (const auto& candidate : scratch_.names) {
        if (candidate.offset > from && candidate.offset < to) last = &candidate;
      }
      if (last != nullptr) append_pointer(path, last->text);
    } else {
      std::size_t index = 0;
      for (const auto& value : scratch_.values) index += value.raw_offset() > from && value.raw_offset() < to;
      append_pointer(path, index);
    }
  }
  append_pointer(path, name.text);
  return path;
}

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
