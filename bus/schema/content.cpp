#include "bus/schema/content.h"

#include "bus/base/bytes.h"
#include "bus/event/json.h"
#include "bus/event/syntax.h"

namespace simpul {
namespace {

bool is_json(std::string_view text) {
  return json::parse(std::string(text)).has_value();
}
bool is_base64(std::string_view text) {
  return from_base64(text).has_value();
}
bool is_base64_json(std::string_view text) {
  auto decoded = from_base64(text);
  return decoded && is_json(*decoded);
}

}  // namespace

const Format* content_format(std::string_view encoding, std::string_view media_type) {
  static const Format base64{"base64", is_base64, {"text in base64", "teks base64"}};
  static const Format json{"json", is_json, {"a JSON text", "teks JSON"}};
  static const Format base64_json{"base64 json", is_base64_json, {"a JSON text in base64", "teks JSON dalam base64"}};
  bool holds_json = is_json_media_type(media_type);
  if (encoding.empty()) return holds_json ? &json : nullptr;
  if (encoding != "base64") return nullptr;
  return holds_json ? &base64_json : &base64;
}

}  // namespace simpul
