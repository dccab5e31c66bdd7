#include "bus/event/event.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "bus/event/syntax.h"

namespace simpul {
namespace {

constexpr std::array<std::string_view, 8> core_names{"specversion", "id",   "source",          "type",
                                                     "subject",     "time", "datacontenttype", "dataschema"};

bool is_attribute_name(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

// CloudEvents 1.0.2 §3.4 (type String) disallows control characters and Unicode non-characters. The text is UTF-8.
bool has_disallowed_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto byte = [&](std::size_t k) { return static_cast<unsigned char>(i + k < text.size() ? text[i + k] : 0); };
    auto c = byte(0);
    if (c < 0x20 || c == 0x7f) return true;
    if (c < 0xc2) continue;
    if (c == 0xc2 && byte(1) < 0xa0) return true;
    if (c == 0xef && byte(1) == 0xb7 && byte(2) >= 0x90 && byte(2) <= 0xaf) return true;
    if (c == 0xef && byte(1) == 0xbf && byte(2) >= 0xbe) return true;
    if (c >= 0xf0 && (byte(1) & 0x0f) == 0x0f && byte(2) == 0xbf && byte(3) >= 0xbe) return true;
  }
  return false;
}

// JSON format 1.0.2 §2.2: only the integer component, optionally with a minus sign; 32 bits (§3.4 of the core).
bool is_integer_attribute(const json::Value& value) {
  if (value.text().find_first_of(".eE") != std::string_view::npos) return false;
  auto integer = value.as_integer();
  return integer && *integer >= INT32_MIN && *integer <= INT32_MAX;
}

// Walks the members of an event once and collects every problem.
class Check {
 public:
  explicit Check(std::string_view text) : text_(text) {}

  Problems problems;

  void add(const json::Value& at, std::string code, std::string_view name, std::string message, std::string hint) {
    Problem problem;
    problem.code = std::move(code);
    problem.message = std::move(message);
    problem.hint = std::move(hint);
    problem.place.start = mark_at(text_, at.raw_offset());
    problem.place.end = mark_at(text_, at.raw_offset() + at.raw_size());
    problem.path = std::string(name);
    problems.push_back(std::move(problem));
  }

  // A string that must not be empty and holds only what §3.4 allows; false when it is not usable.
  bool string(std::string_view name, const json::Value& value) {
    if (!value.is_string()) {
      add(value, "event.bad_attribute", name, fmt::format("{} must be a string, not {}", name, json::kind_words(value)),
          "send it in double quotes");
      return false;
    }
    if (value.text().empty()) {
      add(value, "event.bad_attribute", name, fmt::format("{} must not be empty", name),
          std::find(core_names.begin(), core_names.begin() + 4, name) == core_names.begin() + 4
              ? "give it a value or leave it out"
              : "give it a value");
      return false;
    }
    return characters(name, value);
  }

  bool characters(std::string_view name, const json::Value& value) {
    if (value.text().size() > attribute_limit_bytes) {
      add(value, "event.too_big", name,
          fmt::format("{} has {} bytes; an attribute has at most {}", name, value.text().size(), attribute_limit_bytes),
          "shorten it, or put the content in data");
      return false;
    }
    if (has_disallowed_character(value.text())) {
      add(value, "event.bad_attribute", name,
          fmt::format("{} holds a control character or a Unicode non-character (CloudEvents §3.4)", name), "remove it");
      return false;
    }
    return true;
  }

  void extension(std::string_view name, const json::Value& value) {
    if (name.size() > attribute_limit_bytes) {
      add(value, "event.too_big", "", fmt::format("an attribute name has {} bytes", name.size()),
          "use at most 20 characters (CloudEvents §3.1)");
    } else if (!is_attribute_name(name)) {
      add(value, "event.attribute_name", name,
          fmt::format("\"{}\" is no attribute name: only a to z and 0 to 9 are allowed (CloudEvents §3.1)", name),
          "rename the extension, or move the value into data");
    } else if (value.is_string()) {
      characters(name, value);
    } else if (value.is_number()) {
      if (!is_integer_attribute(value)) {
        add(value, "event.bad_attribute", name,
            fmt::format("{} must be a whole number of 32 bits without fraction or exponent (CloudEvents §3.4)", name),
            "send other numbers as strings");
      }
    } else if (value.is_array() || value.is_object()) {
      add(value, "event.bad_attribute", name,
          fmt::format("{} is {}; an extension is a string, a boolean or an integer (CloudEvents §3.4)", name,
                      json::kind_words(value)),
          "move the value into data");
    }
  }

 private:
  std::string_view text_;
};

void append_field(std::string& out, char tag, std::string_view name, std::string_view value) {
  // "{tag}{size of name}:{name}={size of value}:{value}", put together by hand: it is in the way of every event.
  const fmt::format_int name_size(name.size()), value_size(value.size());
  out += tag;
  out.append(name_size.data(), name_size.size()).append(1, ':').append(name).append(1, '=');
  out.append(value_size.data(), value_size.size()).append(1, ':').append(value);
}

std::string_view attribute_text(const json::Value& value) {
  if (value.is_boolean()) return value.boolean() ? "true" : "false";
  return value.text();
}

}  // namespace

Checked<Event> Event::parse(std::string text) {
  if (text.size() > event_limit_bytes) {
    Problem problem;
    problem.code = "event.too_big";
    problem.message = fmt::format("the event has {} bytes; at most {} are accepted", text.size(), event_limit_bytes);
    problem.hint = "send a reference to large content instead of the content";
    return std::unexpected(Problems{std::move(problem)});
  }
  auto document = json::parse(std::move(text), {.depth = event_depth_limit, .size_bytes = event_limit_bytes});
  if (!document) return std::unexpected(Problems{std::move(document.error())});
  Event event;
  event.document_ = std::move(*document);
  const auto& root = event.document_.root();
  Check check(event.text());
  if (!root.is_object()) {
    check.add(root, "event.not_an_object", "", fmt::format("an event is a JSON object, not {}", json::kind_words(root)),
              "send one event as an object; several go as application/cloudevents-batch+json");
    return std::unexpected(std::move(check.problems));
  }
  bool seen[4] = {};
  for (const auto& [name, value] : root.members()) {
    if (name == "data") {
      event.data_ = &value;
      continue;
    }
    if (name == "data_base64") {
      event.data_base64_ = &value;
      if (!value.is_string()) {
        check.add(value, "event.bad_attribute", name,
                  fmt::format("data_base64 must be a string, not {}", json::kind_words(value)),
                  "send bytes in Base64 (JSON format §3.1), other data as data");
      } else if (!from_base64(value.text())) {
        check.add(value, "event.bad_attribute", name, "data_base64 is not Base64 (RFC 4648 §4)",
                  "use A to Z, a to z, 0 to 9, + and / with padding, and no line breaks");
      }
      continue;
    }
    if (value.is_null() && is_attribute_name(name)) continue;  // unset: JSON format 1.0.2 §2.2
    auto core = static_cast<std::size_t>(std::find(core_names.begin(), core_names.end(), name) - core_names.begin());
    if (core == core_names.size()) {
      check.extension(name, value);
      continue;
    }
    if (core < 4) seen[core] = true;
    if (!check.string(name, value)) continue;
    auto attribute = value.text();
    switch (core) {
      case 0:
        if (attribute != "1.0") {
          check.add(value, "event.specversion", name, "specversion must be \"1.0\"", "send events of CloudEvents 1.0");
        }
        break;
      case 1:
        event.id_ = attribute;
        break;
      case 2:
        event.source_ = attribute;
        if (!is_uri_reference(attribute)) {
          check.add(value, "event.bad_attribute", name, "source must be a URI-reference (RFC 3986 §4.1)",
                    "for example /siak/biodata; write a space as %20");
        }
        break;
      case 3:
        event.type_ = attribute;
        break;
      case 4:
        event.subject_ = attribute;
        break;
      case 5:
        event.time_ = attribute;
        if (!is_date_time(attribute)) {
          check.add(value, "event.bad_attribute", name, "time must be a date and time of RFC 3339",
                    "for example 2026-11-22T07:30:00Z or 2026-11-22T14:30:00+07:00");
        }
        break;
      case 6:
        event.datacontenttype_ = attribute;
        if (!is_media_type(attribute)) {
          check.add(value, "event.bad_attribute", name, "datacontenttype must be a media type (RFC 2046)",
                    "for example application/json");
        }
        break;
      case 7:
        event.dataschema_ = attribute;
        if (!is_absolute_uri(attribute)) {
          check.add(value, "event.bad_attribute", name,
                    "dataschema must be an absolute URI without a fragment (RFC 3986 §4.3)",
                    "start it with a scheme, and leave out what follows #");
        }
        break;
    }
  }
  for (std::size_t i = 0; i < 4; ++i) {
    if (!seen[i]) {
      check.add(root, "event.missing_attribute", core_names[i],
                fmt::format("the required attribute {} is missing", core_names[i]),
                i == 0 ? "add \"specversion\": \"1.0\""
                       : "add it: id, source, specversion and type are required (CloudEvents §3.1)");
    }
  }
  if (event.data_ != nullptr && event.data_base64_ != nullptr) {
    check.add(*event.data_base64_, "event.two_data", "data_base64",
              "data and data_base64 are both there (JSON format §3.1.1)", "send one of them");
  }
  if (!check.problems.empty()) return std::unexpected(std::move(check.problems));
  return event;
}

const json::Value* Event::attribute(std::string_view name) const {
  if (name == "data" || name == "data_base64") return nullptr;
  const auto* value = root().find(name);
  return value != nullptr && value->is_null() ? nullptr : value;
}

std::string_view Event::data_text() const {
  return data_ != nullptr ? document_.raw(*data_) : std::string_view();
}

Result<std::string> Event::binary_data() const {
  if (data_base64_ == nullptr) return fail("event.no_binary_data", "the event has no data_base64", "read data instead");
  return from_base64(data_base64_->text());
}

Hash128 Event::content_hash() const {
  std::vector<const json::Member*> attributes;
  for (const auto& member : root().members()) {
    bool data = &member.value == data_ || &member.value == data_base64_;
    if (!data && !member.value.is_null()) attributes.push_back(&member);
  }
  std::sort(attributes.begin(), attributes.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  std::string content;
  content.reserve(text().size() + 256);
  for (const auto* member : attributes) {
    if (member->name != "datacontenttype") append_field(content, 'a', member->name, attribute_text(member->value));
  }
  append_field(content, 't', "", datacontenttype_.empty() ? "application/json" : datacontenttype_);
  if (data_ != nullptr) {
    append_field(content, data_->is_string() ? 's' : 'j', "", data_->is_string() ? data_->text() : data_text());
  } else if (data_base64_ != nullptr) {
    append_field(content, 'b', "", data_base64_->text());
  }
  auto full = sha256(content);
  Hash128 hash;
  std::copy_n(full.begin(), hash.bytes.size(), hash.bytes.begin());
  return hash;
}

std::string compose(const EventParts& parts) {
  json::Writer out;
  out.begin_object().member("specversion", "1.0");
  auto write = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) out.member(name, std::string_view(value));
  };
  write("id", parts.id);
  write("source", parts.source);
  write("type", parts.type);
  write("subject", parts.subject);
  write("time", parts.time);
  write("datacontenttype", parts.datacontenttype);
  write("dataschema", parts.dataschema);
  for (const auto& [name, value] : parts.extensions) out.member(name, std::string_view(value));
  if (parts.data_binary) {
    auto essence = media_type_essence(parts.datacontenttype);
    auto charset = media_type_parameter(parts.datacontenttype, "charset");
    std::transform(charset.begin(), charset.end(), charset.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    bool text = essence.starts_with("text/") || essence.ends_with("/xml") || essence.ends_with("+xml");
    bool utf8 = charset.empty() || charset == "utf-8" || charset == "us-ascii";
    if (text && utf8 && is_utf8(*parts.data_binary)) {
      out.member("data", std::string_view(*parts.data_binary));
    } else {
      out.member("data_base64", std::string_view(to_base64(*parts.data_binary)));
    }
  } else if (!parts.data_json.empty()) {
    out.name("data").raw(parts.data_json);
  }
  out.end_object();
  return out.take();
}

}  // namespace simpul
