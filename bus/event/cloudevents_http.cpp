// The HTTP protocol binding of CloudEvents 1.0.2; the sections named here are the binding's.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "bus/event/event.h"
#include "bus/event/syntax.h"

namespace simpul {
namespace {

constexpr std::string_view accepted =
    "send application/cloudevents+json (one event), application/cloudevents-batch+json (an array of events), or ce- "
    "headers "
    "with the data as body";

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// §3.1.3.2: a quoted string loses its quotes and backslashes, then one round of percent-decoding.
std::optional<std::string> decode_header(std::string_view value) {
  std::string plain;
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    for (std::size_t i = 1; i + 1 < value.size(); ++i) {
      if (value[i] == '\\' && i + 2 < value.size()) ++i;
      plain += value[i];
    }
  } else {
    plain = value;
  }
  std::string out;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (plain[i] != '%') {
      out += plain[i];
      continue;
    }
    int high = i + 2 < plain.size() ? hex_value(plain[i + 1]) : -1,
        low = i + 2 < plain.size() ? hex_value(plain[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

std::string encode_header(std::string_view value) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (char c : value) {
    auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '"' && c != '%') {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

bool is_utf8_charset(std::string_view content_type) {
  auto charset = lower_case(media_type_parameter(content_type, "charset"));
  return charset.empty() || charset == "utf-8" || charset == "us-ascii";
}

Problem problem(std::string code, std::string path, std::string message, std::string hint) {
  Problem result;
  result.code = std::move(code);
  result.path = std::move(path);
  result.message = std::move(message);
  result.hint = std::move(hint);
  return result;
}

std::string* part_of(EventParts& parts, std::string_view name) {
  if (name == "id") return &parts.id;
  if (name == "source") return &parts.source;
  if (name == "type") return &parts.type;
  if (name == "subject") return &parts.subject;
  if (name == "time") return &parts.time;
  if (name == "dataschema") return &parts.dataschema;
  return nullptr;
}

bool is_attribute_name(std::string_view name) {
  return !name.empty() && name != "data" &&
         std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

// The attributes of the ce- headers (§3.1.3) and the content type.
void read_headers(std::span<const HttpHeader> headers, EventParts& parts, Problems& problems) {
  std::set<std::string> seen;
  bool version = false;
  for (const auto& header : headers) {
    auto name = lower_case(header.name);
    if (name == "content-type") {
      parts.datacontenttype = header.value;
      continue;
    }
    if (!name.starts_with("ce-")) continue;
    auto attribute = name.substr(3);
    if (!seen.insert(attribute).second) {
      problems.push_back(
          problem("http.header", attribute, fmt::format("the header {} is there twice", name), "send it once"));
      continue;
    }
    if (attribute == "datacontenttype") {
      problems.push_back(problem("http.header", attribute,
                                 "datacontenttype is the header Content-Type in binary mode (§3.1.1)",
                                 "send Content-Type instead of ce-datacontenttype"));
      continue;
    }
    if (!is_attribute_name(attribute)) {
      problems.push_back(problem(
          "event.attribute_name", attribute,
          fmt::format("the header {} names no attribute: only a to z and 0 to 9 are allowed, and not data", name),
          "rename the extension"));
      continue;
    }
    auto value = decode_header(header.value);
    if (!value) {
      problems.push_back(
          problem("http.header", attribute,
                  fmt::format("the header {} is not percent-encoded UTF-8 (HTTP binding §3.1.3.2)", name),
                  "write % as %25 and every byte outside printable ASCII as % and two hexadecimal digits"));
      value = "unreadable";  // so that the attribute does not count as missing as well
    }
    if (attribute == "specversion") {
      version = true;
      if (*value != "1.0") {
        problems.push_back(
            problem("event.specversion", attribute, "specversion must be \"1.0\"", "send events of CloudEvents 1.0"));
      }
    } else if (auto* part = part_of(parts, attribute)) {
      *part = std::move(*value);
    } else {
      parts.extensions.emplace_back(std::move(attribute), std::move(*value));
    }
  }
  if (!version) {
    problems.push_back(problem("event.missing_attribute", "specversion",
                               "the required attribute specversion is missing", "send the header ce-specversion: 1.0"));
  }
}

Checked<std::vector<std::string>> read_binary(std::span<const HttpHeader> headers, std::string body) {
  EventParts parts;
  Problems problems;
  read_headers(headers, parts, problems);
  bool json = parts.datacontenttype.empty() || is_json_media_type(parts.datacontenttype);
  if (body.size() > event_limit_bytes) {
    problems.push_back(
        problem("event.too_big", "data",
                fmt::format("the body has {} bytes; an event has at most {}", body.size(), event_limit_bytes),
                "send a reference to large content instead of the content"));
  } else if (!body.empty() && json) {
    if (!is_utf8_charset(parts.datacontenttype)) {
      problems.push_back(problem("http.content_type", "datacontenttype", "JSON is read in UTF-8 only",
                                 "send charset=utf-8 or no charset"));
    } else if (auto data = json::parse(body, {.depth = event_depth_limit - 1, .size_bytes = event_limit_bytes});
               !data) {
      // The body must be one value by itself: it is set into the event's text as it is.
      problems.push_back(std::move(data.error()));
      problems.back().path = "data" + problems.back().path;
      if (parts.datacontenttype.empty()) problems.back().hint += "; a body that is not JSON needs a Content-Type";
    } else {
      parts.data_json = std::move(body);
    }
  } else if (!body.empty()) {
    parts.data_binary = std::move(body);
  }
  auto text = compose(parts);
  if (problems.empty()) return std::vector<std::string>{std::move(text)};
  if (auto event = Event::parse(std::move(text)); !event) {
    for (auto& other : event.error()) {
      other.place = {};
      problems.push_back(std::move(other));
    }
  }
  return std::unexpected(std::move(problems));
}

Checked<std::vector<std::string>> read_batch(std::string body) {
  auto batch = json::parse(std::move(body), {.depth = event_depth_limit + 1});
  if (!batch) return std::unexpected(Problems{std::move(batch.error())});
  if (!batch->root().is_array()) {
    return std::unexpected(
        Problems{problem("event.not_an_array", "", "a batch is a JSON array of events (JSON format §4)",
                         "put the events into [ ], or send one event as application/cloudevents+json")});
  }
  std::vector<std::string> texts;
  texts.reserve(batch->root().size());
  for (const auto& item : batch->root().items()) texts.emplace_back(batch->raw(item));
  return texts;
}

}  // namespace

Result<HttpMode> http_mode(std::string_view content_type, std::span<const HttpHeader> headers) {
  auto essence = media_type_essence(content_type);
  if (essence == "application/cloudevents+json" || essence == "application/cloudevents-batch+json") {
    if (!is_utf8_charset(content_type)) {
      return fail("http.content_type", "JSON is read in UTF-8 only", "send charset=utf-8 or no charset");
    }
    return essence == "application/cloudevents+json" ? HttpMode::structured : HttpMode::batched;
  }
  if (essence.starts_with("application/cloudevents")) {
    return fail("http.content_type", fmt::format("the event format {} is not supported", essence),
                std::string(accepted));
  }
  for (const auto& header : headers) {
    if (header.name.size() > 3 && lower_case(header.name.substr(0, 3)) == "ce-") return HttpMode::binary;
  }
  return fail("http.content_type",
              content_type.empty() ? std::string("there is no Content-Type and no ce- header")
                                   : std::string("the Content-Type is none of CloudEvents and there is no ce- header"),
              std::string(accepted));
}

Checked<std::vector<std::string>> http_events(HttpMode mode, std::span<const HttpHeader> headers, std::string body) {
  switch (mode) {
    case HttpMode::structured: {
      std::vector<std::string> texts;
      texts.push_back(std::move(body));
      return texts;
    }
    case HttpMode::batched:
      return read_batch(std::move(body));
    case HttpMode::binary:
      return read_binary(headers, std::move(body));
  }
  return std::vector<std::string>{};
}

HttpMessage to_http_binary(const Event& event) {
  HttpMessage message;
  for (const auto& [name, value] : event.root().members()) {
    if (value.is_null() || name == "data" || name == "data_base64" || name == "datacontenttype") continue;
    std::string_view text = value.is_boolean() ? (value.boolean() ? "true" : "false") : value.text();
    message.headers.push_back({"ce-" + std::string(name), encode_header(text)});
  }
  bool binary = event.has_binary_data();
  if (!event.datacontenttype().empty()) {
    message.headers.push_back({"content-type", std::string(event.datacontenttype())});
  } else if (event.data() != nullptr || binary) {
    message.headers.push_back({"content-type", "application/json"});  // the default of the JSON format §3.1
  }
  if (binary) {
    message.body = event.binary_data().value_or(std::string());
  } else if (event.data() != nullptr) {
    bool json = event.datacontenttype().empty() || is_json_media_type(event.datacontenttype());
    message.body = json || !event.data()->is_string() ? event.data_text() : event.data()->text();
  }
  return message;
}

}  // namespace simpul
