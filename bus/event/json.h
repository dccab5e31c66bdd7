// JSON as the bus needs it: read once, kept exactly, written exactly.
//
// Numbers keep their text, so nothing changes a 16-digit identifier or a value beyond 2^53. Every value
// knows the span of the source text it was read from, so an unknown extension can be passed on byte for
// byte. Reading is strict: RFC 8259, UTF-8 (RFC 3629), no duplicate member names, no lone surrogates, no
// text behind the value, a bound on depth. A byte order mark is refused.
//
// Values are views: they live as long as the Document (or Arena) they were made in. A Document may be read
// from many threads; an Arena belongs to one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bus/base/result.h"

namespace simpul::json {

enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

struct Member;

// 24 bytes, trivially copyable. `raw()` is the source text of the value; empty for values made by an Arena.
class Value {
 public:
  Value() = default;  // null

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::null; }
  bool is_boolean() const { return kind_ == Kind::boolean; }
  bool is_number() const { return kind_ == Kind::number; }
  bool is_string() const { return kind_ == Kind::string; }
  bool is_array() const { return kind_ == Kind::array; }
  bool is_object() const { return kind_ == Kind::object; }

  bool boolean() const { return size_ != 0; }  // boolean only
  std::string_view text() const {
    return {static_cast<const char*>(at_), size_};
  }  // string: unescaped; number: as written
  std::span<const Value> items() const { return {static_cast<const Value*>(at_), size_}; }  // array
  std::span<const Member> members() const;                                                  // object, in source order
  std::size_t size() const { return size_; }  // items or members; bytes of text

  const Value* find(std::string_view name) const;  // object member or null
  // The text of a string member, or empty.
  std::string_view text_of(std::string_view name) const;

  std::optional<std::int64_t> as_integer() const;  // a number with an exact 64-bit integer value: 5, 5.0, 5e0
  std::optional<double> as_double() const;         // a number; nearest double; none beyond its range

  // Where in the source the value stood: offset and length in bytes.
  std::uint32_t raw_offset() const { return raw_offset_; }
  std::uint32_t raw_size() const { return raw_size_; }

  static Value make_boolean(bool value);
  static Value view_string(std::string_view text);  // the text must outlive the value
  static Value view_number(std::string_view text);  // must be a JSON number
  static Value view_array(std::span<const Value> items);
  static Value view_object(std::span<const Member> members);

 private:
  friend class Reader;
  const void* at_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t raw_offset_ = 0;
  std::uint32_t raw_size_ = 0;
  Kind kind_ = Kind::null;
};

struct Member {
  std::string_view name;
  Value value;
};

// "a string", "an object" …: a value's kind, for messages.
std::string_view kind_words(const Value& value);

inline std::span<const Member> Value::members() const {
  return {static_cast<const Member*>(at_), size_};
}

// Memory for values: grows by blocks, freed at once; reset() keeps the first block for reuse.
class Arena {
 public:
  Arena();
  ~Arena();
  Arena(Arena&&) noexcept;
  Arena& operator=(Arena&&) noexcept;
  void* allocate(std::size_t bytes, std::size_t alignment = 8);
  void reset();
  std::string_view copy(std::string_view text);
  Value string(std::string_view text);  // copies
  Value integer(std::int64_t value);
  Value number(std::string_view text);            // copies; must be a JSON number
  Value array(std::span<const Value> items);      // copies the span, not what it points to
  Value object(std::span<const Member> members);  // copies the span; names must outlive it or be copied first

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

struct Limits {
  std::size_t depth = 64;
  std::size_t size_bytes = 64u << 20;
};

class Document {
 public:
  Document();
  ~Document();
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  const Value& root() const;
  std::string_view source() const;           // exactly what was read
  std::string_view raw(const Value&) const;  // the source text of a value of this document

 private:
  friend class Reader;
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

// Problem codes: json.syntax, json.utf8, json.duplicate_member, json.too_deep, json.too_big, json.trailing,
// json.number_range (beyond 1.8e308, or an exponent of more than 6 digits: RFC 8259 §6 leaves the bound to us).
// The message says line and column; place.start holds them; the path of a duplicate is its JSON pointer.
Result<Document> parse(std::string text, const Limits& limits = {});

// Compact text. A value read from a document is written anew (not its raw text), numbers as they were written.
void write(const Value& value, std::string& out);
std::string write(const Value& value);
// With quotes and escapes (only what RFC 8259 demands).
void write_string(std::string_view text, std::string& out);

// Same value: members in any order, numbers by exact decimal value (1.0 equals 1), strings by code points.
bool equal(const Value& a, const Value& b);
std::uint64_t hash(const Value& value);  // the same for equal values; not keyed
// The first item that is equal to one before it; n log n however the items are chosen.
std::optional<std::size_t> first_repeated(std::span<const Value> items);

// "nearest field" and masking need paths: JSON Pointer (RFC 6901) of a name, escaped.
void append_pointer(std::string& pointer, std::string_view name);
void append_pointer(std::string& pointer, std::size_t index);
const Value* at_pointer(const Value& root, std::string_view pointer);

// Writes objects and arrays straight to text, commas kept for you.
class Writer {
 public:
  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& name(std::string_view name);
  Writer& string(std::string_view text);
  Writer& integer(std::int64_t value);
  Writer& real(double value);
  Writer& boolean(bool value);
  Writer& null();
  Writer& raw(std::string_view json);  // already JSON
  Writer& value(const Value& value);
  // name and value in one
  Writer& member(std::string_view name, std::string_view text) { return this->name(name).string(text); }
  Writer& member(std::string_view name, const char* text) { return this->name(name).string(text); }
  Writer& member(std::string_view name, std::int64_t value) { return this->name(name).integer(value); }
  Writer& member(std::string_view name, bool value) { return this->name(name).boolean(value); }
  const std::string& text() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  void comma();
  std::string out_;
  bool need_comma_ = false;
};

}  // namespace simpul::json
