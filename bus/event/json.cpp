#include "bus/event/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <new>

#include <fmt/format.h>

#include "bus/event/decimal.h"
#include "bus/event/json_memory.h"

namespace simpul::json {

std::string_view kind_words(const Value& value) {
  switch (value.kind()) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return "a boolean";
    case Kind::number:
      return "a number";
    case Kind::string:
      return "a string";
    case Kind::array:
      return "an array";
    case Kind::object:
      return "an object";
  }
  return "";
}

const Value* Value::find(std::string_view name) const {
  if (kind_ != Kind::object) return nullptr;
  for (const auto& member : members()) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

std::string_view Value::text_of(std::string_view name) const {
  const auto* value = find(name);
  return value != nullptr && value->is_string() ? value->text() : std::string_view();
}

std::optional<std::int64_t> Value::as_integer() const {
  return kind_ == Kind::number ? integer_of(text()) : std::nullopt;
}

std::optional<double> Value::as_double() const {
  if (kind_ != Kind::number) return std::nullopt;
  auto number = text();
  double value = 0;
  auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error == std::errc()) return value;
  // Out of range: too small rounds to zero, too large is none.
  bool negative = number.starts_with('-');
  if (compare_numbers(negative ? number.substr(1) : number, "1") < 0) return negative ? -0.0 : 0.0;
  return std::nullopt;
}

Value Value::make_boolean(bool value) {
  Value result;
  result.kind_ = Kind::boolean;
  result.size_ = value ? 1 : 0;
  return result;
}

Value Value::view_string(std::string_view text) {
  Value result;
  result.kind_ = Kind::string;
  result.at_ = text.data();
  result.size_ = static_cast<std::uint32_t>(text.size());
  return result;
}

Value Value::view_number(std::string_view text) {
  Value result = view_string(text);
  result.kind_ = Kind::number;
  return result;
}

Value Value::view_array(std::span<const Value> items) {
  Value result;
  result.kind_ = Kind::array;
  result.at_ = items.data();
  result.size_ = static_cast<std::uint32_t>(items.size());
  return result;
}

Value Value::view_object(std::span<const Member> members) {
  Value result;
  result.kind_ = Kind::object;
  result.at_ = members.data();
  result.size_ = static_cast<std::uint32_t>(members.size());
  return result;
}

struct Arena::Inner {
  Memory memory;
};

Arena::Arena() : inner_(std::make_unique<Inner>()) {}
Arena::~Arena() = default;
Arena::Arena(Arena&&) noexcept = default;
Arena& Arena::operator=(Arena&&) noexcept = default;

void* Arena::allocate(std::size_t bytes, std::size_t alignment) {
  return inner_->memory.allocate(bytes, alignment);
}
void Arena::reset() {
  inner_->memory.reset();
}

std::string_view Arena::copy(std::string_view text) {
  if (text.empty()) return {};
  auto* at = static_cast<char*>(allocate(text.size(), 1));
  std::memcpy(at, text.data(), text.size());
  return {at, text.size()};
}

Value Arena::string(std::string_view text) {
  return Value::view_string(copy(text));
}

Value Arena::integer(std::int64_t value) {
  char digits[24];
  auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  return number({digits, static_cast<std::size_t>(end - digits)});
}

Value Arena::number(std::string_view text) {
  return Value::view_number(copy(text));
}

Value Arena::array(std::span<const Value> items) {
  auto* at = static_cast<Value*>(allocate(items.size_bytes(), alignof(Value)));
  std::uninitialized_copy(items.begin(), items.end(), at);
  return Value::view_array({at, items.size()});
}

Value Arena::object(std::span<const Member> members) {
  auto* at = static_cast<Member*>(allocate(members.size_bytes(), alignof(Member)));
  std::uninitialized_copy(members.begin(), members.end(), at);
  return Value::view_object({at, members.size()});
}

void write_string(std::string_view text, std::string& out) {
  out += '"';
  std::size_t done = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, done, i - done);
    done = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default: {
        constexpr std::string_view digits = "0123456789abcdef";
        out += "\\u00";
        out += digits[c >> 4];
        out += digits[c & 15];
      }
    }
  }
  out.append(text, done);
  out += '"';
}

void write(const Value& value, std::string& out) {
  switch (value.kind()) {
    case Kind::null:
      out += "null";
      break;
    case Kind::boolean:
      out += value.boolean() ? "true" : "false";
      break;
    case Kind::number:
      out += value.text();
      break;
    case Kind::string:
      write_string(value.text(), out);
      break;
    case Kind::array: {
      out += '[';
      bool first = true;
      for (const auto& item : value.items()) {
        if (!first) out += ',';
        first = false;
        write(item, out);
      }
      out += ']';
      break;
    }
    case Kind::object: {
      out += '{';
      bool first = true;
      for (const auto& member : value.members()) {
        if (!first) out += ',';
        first = false;
        write_string(member.name, out);
        out += ':';
        write(member.value, out);
      }
      out += '}';
      break;
    }
  }
}

std::string write(const Value& value) {
  std::string out;
  write(value, out);
  return out;
}

void append_pointer(std::string& pointer, std::string_view name) {
  pointer += '/';
  for (char c : name) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
}

void append_pointer(std::string& pointer, std::size_t index) {
  pointer += '/';
  pointer += std::to_string(index);
}

namespace {

// The index that an array step of a pointer names (RFC 6901 §4), or none.
std::optional<std::size_t> index_of(std::string_view step) {
  if (step.empty() || (step.size() > 1 && step.front() == '0')) return std::nullopt;
  std::size_t index = 0;
  auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
  if (error != std::errc() || end != step.data() + step.size()) return std::nullopt;
  return index;
}

// A step without its escapes; false for "~" not followed by 0 or 1.
bool unescape(std::string_view step, std::string& name) {
  name.clear();
  for (std::size_t i = 0; i < step.size(); ++i) {
    if (step[i] != '~') {
      name += step[i];
    } else if (i + 1 < step.size() && (step[i + 1] == '0' || step[i + 1] == '1')) {
      name += step[++i] == '0' ? '~' : '/';
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

const Value* at_pointer(const Value& root, std::string_view pointer) {
  if (!pointer.empty() && pointer.front() != '/') return nullptr;
  const Value* at = &root;
  std::string name;
  while (!pointer.empty() && at != nullptr) {
    pointer.remove_prefix(1);
    auto step = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(step.size());
    if (at->is_object()) {
      if (step.find('~') == step.npos) {
        at = at->find(step);
      } else {
        at = unescape(step, name) ? at->find(name) : nullptr;
      }
    } else if (at->is_array()) {
      auto index = index_of(step);
      at = index && *index < at->size() ? &at->items()[*index] : nullptr;
    } else {
      at = nullptr;
    }
  }
  return at;
}

void Writer::comma() {
  if (need_comma_) out_ += ',';
  need_comma_ = true;
}

Writer& Writer::begin_object() {
  comma();
  out_ += '{';
  need_comma_ = false;
  return *this;
}

Writer& Writer::end_object() {
  out_ += '}';
  need_comma_ = true;
  return *this;
}

Writer& Writer::begin_array() {
  comma();
  out_ += '[';
  need_comma_ = false;
  return *this;
}

Writer& Writer::end_array() {
  out_ += ']';
  need_comma_ = true;
  return *this;
}

Writer& Writer::name(std::string_view name) {
  comma();
  write_string(name, out_);
  out_ += ':';
  need_comma_ = false;
  return *this;
}

Writer& Writer::string(std::string_view text) {
  comma();
  write_string(text, out_);
  return *this;
}

Writer& Writer::integer(std::int64_t value) {
  comma();
  fmt::format_to(std::back_inserter(out_), "{}", value);
  return *this;
}

Writer& Writer::real(double value) {
  if (!std::isfinite(value)) return null();
  comma();
  fmt::format_to(std::back_inserter(out_), "{}", value);
  return *this;
}

Writer& Writer::boolean(bool value) {
  comma();
  out_ += value ? "true" : "false";
  return *this;
}

Writer& Writer::null() {
  comma();
  out_ += "null";
  return *this;
}

Writer& Writer::raw(std::string_view json) {
  comma();
  out_ += json;
  return *this;
}

Writer& Writer::value(const Value& value) {
  comma();
  write(value, out_);
  return *this;
}

}  // namespace simpul::json
