#include "bus/log/view_batch.h"

#include "bus/log/records.h"

namespace simpul::view_db {

std::uint32_t Batch::intern(std::string_view name) {
  // Neighbours mostly share their type and app.
  for (auto recent : last_)
    if (recent < names.size() && names[recent] == name) return recent;
  auto [found, made] = known_.try_emplace(std::string(name), static_cast<std::uint32_t>(names.size()));
  if (made) names.emplace_back(name);
  last_[1] = last_[0];
  last_[0] = found->second;
  return found->second;
}

void Batch::add(Position position, Nanoseconds time, RecordKind kind, std::uint32_t generation, std::string_view type,
                std::string_view app, const RecordKeys& record_keys, std::string_view body) {
  auto& entry = entries.emplace_back();
  entry.position = position;
  entry.time = time;
  entry.kind = kind;
  entry.generation = generation;
  entry.type = intern(type);
  entry.app = intern(app);
  entry.identity = record_keys.identity;
  entry.content = record_keys.content;
  entry.subject = record_keys.subject;
  entry.first_key = static_cast<std::uint32_t>(keys.size());
  entry.key_count = static_cast<std::uint32_t>(record_keys.keys.size());
  keys.insert(keys.end(), record_keys.keys.begin(), record_keys.keys.end());
  if (kind == RecordKind::receipts || kind == RecordKind::cursor || kind == RecordKind::state) {
    bodies.emplace_back(body);
    entry.body = static_cast<std::uint32_t>(bodies.size());
    body_bytes += body.size();
  }
  // Of a configuration, which may be large, only the number is wanted.
  if (kind == RecordKind::generation)
    if (auto number = decode_generation_number(body)) entry.generation = *number;
  next = position + 1;
}

}  // namespace simpul::view_db
