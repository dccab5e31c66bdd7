#include <algorithm>

#include <fmt/format.h>

#include "bus/event/event.h"
#include "bus/log/records.h"
#include "bus/log/view.h"

namespace simpul {

Result<std::shared_ptr<const KeyedHash>> open_view_key(const std::string& folder, const Environment& environment) {
  constexpr std::size_t key_bytes = 32;
  auto& disk = *environment.disk;
  if (auto made = disk.make_folder(folder); !made) return std::unexpected(made.error());
  auto path = folder + "/view.key";
  if (!disk.exists(path)) {
    std::string key(key_bytes, '\0');
    environment.random->fill(std::as_writable_bytes(std::span(key)));
    if (auto done = disk.write_whole(path, key, true); !done) return std::unexpected(done.error());
  }
  auto key = disk.read_whole(path, 4096);
  if (!key) return std::unexpected(key.error());
  if (key->size() != key_bytes)
    return fail("view.bad_key", fmt::format("{} holds {} bytes, not {}", path, key->size(), key_bytes),
                "bring it back from a backup; or remove it and run `simpul reindex`, which makes a new one");
  return std::make_shared<const KeyedHash>(*key);
}

Hash128 lookup_key(Position event, const KeyedHash& hash) {
  return hash.of("lookup for", std::to_string(event));
}

Hash128 lookup_key(const LookupFor& delivery, const KeyedHash& hash) {
  return hash.of("lookup for",
                 fmt::format("{}/{}/{}/{}", delivery.position, delivery.target, delivery.part, delivery.route));
}

Result<RecordKeys> keys_of(const Record& record, const KeyedHash& hash) {
  RecordKeys keys;
  if (record.kind == RecordKind::refusal) {
    auto refusal = decode_refusal(record.body);
    if (!refusal) return std::unexpected(refusal.error());
    if (!refusal->id.empty()) {
      keys.identity = hash.of(refusal->source, refusal->id);
      keys.keys.push_back(hash.of("id", refusal->id));
    }
  } else if (record.kind == RecordKind::lookup) {
    auto lookup = decode_lookup(record.body);
    if (!lookup) return std::unexpected(lookup.error());
    if (lookup->asked_for)
      keys.keys = {lookup_key(lookup->asked_for->position, hash), lookup_key(*lookup->asked_for, hash)};
  } else if (record.kind == RecordKind::event) {
    auto body = decode_event(record.body);
    if (!body) return std::unexpected(body.error());
    auto event = Event::parse(std::string(body->event));
    if (!event) return std::unexpected(event.error().front());
    keys.identity = hash.of(event->source(), event->id());
    keys.content = event->content_hash();
    if (!event->subject().empty()) keys.subject = hash.of(event->subject());
    for (const auto& routed : body->routes)
      for (const auto& key : routed.keys)
        if (std::find(keys.keys.begin(), keys.keys.end(), key) == keys.keys.end()) keys.keys.push_back(key);
    keys.keys.push_back(hash.of("id", event->id()));
  }
  return keys;
}

}  // namespace simpul
