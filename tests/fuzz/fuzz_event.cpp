// Any bytes: the reader, the event and its HTTP forms answer or refuse, and what they take they keep.
#include <cstdint>
#include <cstdlib>

#include "bus/event/event.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check_value(const simpul::json::Document& document, const simpul::json::Value& value) {
  auto raw = simpul::json::parse(std::string(document.raw(value)), {.depth = 1000});
  require(raw && simpul::json::equal(raw->root(), value));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace simpul;
  std::string text(reinterpret_cast<const char*>(data), size);
  if (auto document = json::parse(text)) {
    require(document->source() == text);
    check_value(*document, document->root());
    for (const auto& member :
         document->root().is_object() ? document->root().members() : std::span<const json::Member>()) {
      check_value(*document, member.value);
    }
    auto again = json::parse(json::write(document->root()));
    require(again && json::equal(again->root(), document->root()));
  }
  if (auto event = Event::parse(text)) {
    require(event->text() == text);
    auto message = to_http_binary(*event);
    http_events(HttpMode::binary, message.headers, message.body);
    require(event->content_hash() == Event::parse(text)->content_hash());
  }
  HttpHeader headers[] = {{"content-type", text.substr(0, text.find('\n'))}, {"ce-id", text}, {"ce-type", "t"}};
  if (auto mode = http_mode(headers[0].value, headers)) http_events(*mode, headers, text);
  http_events(HttpMode::batched, {}, text);
  http_events(HttpMode::binary, headers, text);
  return 0;
}
