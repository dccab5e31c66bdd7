// The event: CloudEvents 1.0 (https://github.com/cloudevents/spec, v1.0.2), kept as its structured JSON text.
//
// An Event holds that text exactly as it came (structured and batched mode) or as composed once (binary
// mode, adapters), and views into it. Unknown extensions and numbers are never rewritten. Attribute rules
// are those of the specification §3: names [a-z0-9]{1,}, required id, source, specversion "1.0", type, all
// non-empty; `time` RFC 3339; `data` and `data_base64` never both.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bus/base/bytes.h"
#include "bus/base/result.h"
#include "bus/event/json.h"

namespace simpul {

inline constexpr std::size_t event_limit_bytes = 1u << 20;  // of the structured JSON text
inline constexpr std::size_t attribute_limit_bytes = 4096;  // of one attribute's text: id, source, subject, …
inline constexpr std::size_t event_depth_limit = 64;

class Event {
 public:
  // From structured JSON. All problems are reported, each with the attribute's name as path.
  // Codes: those of json::parse, and event.missing_attribute, event.bad_attribute, event.attribute_name,
  // event.too_big, event.two_data, event.specversion, event.not_an_object. No message holds an attribute's value.
  static Checked<Event> parse(std::string text);

  Event(Event&&) noexcept = default;
  Event& operator=(Event&&) noexcept = default;

  std::string_view text() const { return document_.source(); }  // the structured JSON
  std::string_view id() const { return id_; }
  std::string_view source() const { return source_; }
  std::string_view type() const { return type_; }
  std::string_view subject() const { return subject_; }  // empty when absent
  std::string_view time() const { return time_; }
  std::string_view dataschema() const { return dataschema_; }
  std::string_view datacontenttype() const { return datacontenttype_; }
  // A context attribute by name, extensions included; string, boolean or integer. Null when absent or JSON null,
  // which means unset (JSON format 1.0.2 §2.2).
  const json::Value* attribute(std::string_view name) const;
  const json::Value& root() const { return document_.root(); }
  const json::Value* data() const { return data_; }  // JSON data, or null
  std::string_view data_text() const;                // its exact source text, or empty
  bool has_binary_data() const { return data_base64_ != nullptr; }
  Result<std::string> binary_data() const;  // decoded data_base64
  // Content for dedupe: equal for the same attributes and data, whatever the order of the envelope's
  // members and the mode it came in; data compares by its exact text (a JSON string by its characters). An absent
  // datacontenttype counts as application/json.
  Hash128 content_hash() const;

 private:
  Event() = default;
  json::Document document_;
  std::string_view id_, source_, type_, subject_, time_, dataschema_, datacontenttype_;
  const json::Value* data_ = nullptr;
  const json::Value* data_base64_ = nullptr;
};

// What an adapter or the binary HTTP mode composes an event from. Values of extensions are CloudEvents
// attribute values in their text form; all are written as JSON strings.
struct EventParts {
  std::string id, source, type, subject, time, dataschema, datacontenttype;
  std::vector<std::pair<std::string, std::string>> extensions;
  std::string data_json;                   // one JSON value, taken as it is; or
  std::optional<std::string> data_binary;  // bytes, written as data_base64; text media types as a JSON string
};
// The structured JSON text; Event::parse decides whether it is an event.
std::string compose(const EventParts& parts);

// HTTP binding (CloudEvents HTTP protocol binding 1.0.2), on header values and bodies, without a transport.
struct HttpHeader {
  std::string name;  // any case
  std::string value;
};
enum class HttpMode { structured, batched, binary };
// By Content-Type: application/cloudevents+json, application/cloudevents-batch+json, else binary when a ce- header
// is there. Fails with code http.content_type naming what is accepted.
Result<HttpMode> http_mode(std::string_view content_type, std::span<const HttpHeader> headers);
// Structured JSON texts of the events of a body; a batch keeps each element's exact text. Event::parse decides on
// each; what is wrong with the headers, the batch or the binary mode's body is a problem here, with Event::parse's
// codes, http.header and http.content_type.
// Percent-encoding of ce- headers is undone (§3.1.3.2 of the binding).
Checked<std::vector<std::string>> http_events(HttpMode mode, std::span<const HttpHeader> headers, std::string body);
// The binary form of an event: ce- headers and the body.
struct HttpMessage {
  std::vector<HttpHeader> headers;
  std::string body;
};
HttpMessage to_http_binary(const Event& event);

}  // namespace simpul
