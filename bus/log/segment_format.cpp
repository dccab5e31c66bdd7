#include "bus/log/segment_format.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

namespace simpul::segment {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

constexpr char file_magic[8] = {'\xFF', 'S', 'I', 'M', 'P', 'L', 'S', '\0'};
constexpr char group_magic[8] = {'\xFF', 'S', 'G', 'R', 'O', 'U', 'P', '\1'};
constexpr char commit_magic[8] = {'\xFF', 'S', 'M', 'A', 'R', 'K', '\0', '\1'};
constexpr std::size_t sector_bytes = 512;

template <class T>
void put(char* out, T value) {
  std::memcpy(out, &value, sizeof value);
}

template <class T>
T get(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

bool all_zero(std::string_view bytes) {
  return bytes.empty() || (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

}  // namespace

std::string file_name(Position first) {
  return fmt::format("segment-{:020}.log", first);
}

std::optional<Position> parse_file_name(std::string_view name) {
  constexpr std::string_view prefix = "segment-", suffix = ".log";
  if (name.size() != prefix.size() + 20 + suffix.size() || !name.starts_with(prefix) || !name.ends_with(suffix))
    return std::nullopt;
  auto digits = name.substr(prefix.size(), 20);
  Position first = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), first);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return first;
}

void encode(const FileHeader& header, char* block) {
  std::memset(block, 0, block_bytes);
  std::memcpy(block, file_magic, sizeof file_magic);
  put<std::uint32_t>(block + 8, header.version);
  put<std::uint32_t>(block + 12, block_bytes);
  std::memcpy(block + 16, header.log_id.data(), header.log_id.size());
  put<std::uint64_t>(block + 32, header.first);
  put<std::int64_t>(block + 40, header.time);
  put<std::uint32_t>(block + 4092, crc32c({block, 4092}));
}

std::optional<FileHeader> decode_file_header(std::string_view block) {
  if (block.size() < block_bytes || std::memcmp(block.data(), file_magic, sizeof file_magic) != 0) return std::nullopt;
  if (get<std::uint32_t>(block.data() + 4092) != crc32c(block.substr(0, 4092))) return std::nullopt;
  FileHeader header;
  header.version = get<std::uint32_t>(block.data() + 8);
  if (header.version != format_version) return header;
  std::memcpy(header.log_id.data(), block.data() + 16, header.log_id.size());
  header.first = get<std::uint64_t>(block.data() + 32);
  header.time = get<std::int64_t>(block.data() + 40);
  return header;
}

void encode(const GroupHeader& header, Mark mark, char* out) {
  std::memcpy(out, mark == Mark::header ? group_magic : commit_magic, 8);
  put<std::uint16_t>(out + 8, static_cast<std::uint16_t>(header.version));
  put<std::uint16_t>(out + 10, group_header_bytes);
  put<std::uint32_t>(out + 12, header.count);
  put<std::uint32_t>(out + 16, header.group_bytes);
  put<std::uint32_t>(out + 20, header.records_bytes);
  put<std::uint64_t>(out + 24, header.first);
  put<std::int64_t>(out + 32, header.time);
  std::memcpy(out + 40, header.log_id.data(), header.log_id.size());
  put<std::uint32_t>(out + 56, header.frames_crc);
  put<std::uint32_t>(out + 60, crc32c({out, 60}));
}

std::optional<GroupHeader> decode_group_header(std::string_view bytes, Mark mark) {
  if (bytes.size() < group_header_bytes) return std::nullopt;
  const char* at = bytes.data();
  if (std::memcmp(at, mark == Mark::header ? group_magic : commit_magic, 8) != 0) return std::nullopt;
  if (get<std::uint32_t>(at + 60) != crc32c(bytes.substr(0, 60))) return std::nullopt;
  GroupHeader header;
  header.version = get<std::uint16_t>(at + 8);
  header.count = get<std::uint32_t>(at + 12);
  header.group_bytes = get<std::uint32_t>(at + 16);
  header.records_bytes = get<std::uint32_t>(at + 20);
  header.first = get<std::uint64_t>(at + 24);
  header.time = get<std::int64_t>(at + 32);
  std::memcpy(header.log_id.data(), at + 40, header.log_id.size());
  header.frames_crc = get<std::uint32_t>(at + 56);
  if (header.version != format_version || get<std::uint16_t>(at + 10) != group_header_bytes) return std::nullopt;
  if (header.group_bytes > group_limit || header.group_bytes != group_bytes_for(header.records_bytes))
    return std::nullopt;
  if (header.first + header.count < header.first) return std::nullopt;
  return header;
}

PreparedBody prepare_body(std::string_view json, std::span<const std::byte, 16> salt) {
  PreparedBody body;
  std::memcpy(body.prefix.data() + 8, salt.data(), salt.size());
  std::string_view prefix(body.prefix.data(), body.prefix.size());
  body.hash = sha256(prefix, json);
  static constexpr char zeros[8] = {};
  body.crc = crc32c(json, crc32c(prefix));
  if (auto gap = align8(json.size()) - json.size()) body.crc = crc32c({zeros, static_cast<std::size_t>(gap)}, body.crc);
  return body;
}

std::uint64_t record_bytes(const NewRecord& record) {
  return frame_bytes + align8(record_header_bytes + record.type.size() + record.app.size()) +
         align8(body_prefix_bytes + record.body.size());
}

std::size_t encode_record(const NewRecord& record, const PreparedBody& body, Position position, Nanoseconds time,
                          char* out, std::uint32_t& frames_crc) {
  auto header_size = record_header_bytes + record.type.size() + record.app.size();
  auto header_space = align8(header_size);
  auto body_size = body_prefix_bytes + record.body.size();
  auto body_space = align8(body_size);
  char* header = out + frame_bytes;
  header[0] = 1;
  header[1] = static_cast<char>(record.kind);
  put<std::uint16_t>(header + 2, static_cast<std::uint16_t>(record.type.size()));
  put<std::uint16_t>(header + 4, static_cast<std::uint16_t>(record.app.size()));
  put<std::uint16_t>(header + 6, 0);
  put<std::uint64_t>(header + 8, position);
  put<std::int64_t>(header + 16, time);
  put<std::uint32_t>(header + 24, record.generation);
  put<std::uint32_t>(header + 28, static_cast<std::uint32_t>(body_size));
  std::memcpy(header + 32, body.hash.data(), body.hash.size());
  std::memcpy(header + 64, record.type.data(), record.type.size());
  std::memcpy(header + 64 + record.type.size(), record.app.data(), record.app.size());
  std::memset(header + header_size, 0, header_space - header_size);

  char* stored = header + header_space;
  std::memcpy(stored, body.prefix.data(), body_prefix_bytes);
  std::memcpy(stored + body_prefix_bytes, record.body.data(), record.body.size());
  std::memset(stored + body_size, 0, body_space - body_size);

  put<std::uint32_t>(out, static_cast<std::uint32_t>(header_size));
  put<std::uint32_t>(out + 4, static_cast<std::uint32_t>(body_size));
  put<std::uint32_t>(out + 8, crc32c({header, header_space}));
  put<std::uint32_t>(out + 12, body.crc);
  put<std::uint32_t>(out + 16, 0);
  put<std::uint32_t>(out + 20, crc32c({out, 20}));
  frames_crc = crc32c({out, frame_bytes}, frames_crc);
  return frame_bytes + header_space + body_space;
}

RecordCursor::Item RecordCursor::next() {
  Item item;
  if (index_ >= header_.count) return item;
  auto position = header_.first + index_;
  auto end = group_header_bytes + std::uint64_t{header_.records_bytes};
  item.offset = at_;
  auto lose = [&](Position to) {
    item.kind = Item::damaged;
    item.lost_from = position;
    item.lost_to = to;
    broken_ = true;
    index_ = static_cast<std::uint32_t>(to - header_.first);
    return item;
  };
  if (end > group_.size() || at_ + frame_bytes > end) return lose(header_.end());
  auto frame = group_.substr(at_, frame_bytes);
  std::uint64_t header_size = get<std::uint32_t>(frame.data()), body_size = get<std::uint32_t>(frame.data() + 4);
  auto header_space = align8(header_size), body_space = align8(body_size);
  // Without its frame nothing says where the next record begins: the rest of the group goes with it.
  if (get<std::uint32_t>(frame.data() + 20) != crc32c(frame.substr(0, 20)) || header_size < record_header_bytes ||
      body_size < body_prefix_bytes || header_space + body_space > end - at_ - frame_bytes)
    return lose(header_.end());
  frames_crc_ = crc32c(frame, frames_crc_);
  auto header = group_.substr(at_ + frame_bytes, header_space);
  auto stored = group_.substr(at_ + frame_bytes + header_space, body_space);
  at_ += frame_bytes + header_space + body_space;
  if (get<std::uint32_t>(frame.data() + 8) != crc32c(header) || get<std::uint32_t>(frame.data() + 12) != crc32c(stored))
    return lose(position + 1);
  const char* h = header.data();
  std::size_t type_size = get<std::uint16_t>(h + 2), app_size = get<std::uint16_t>(h + 4);
  if (h[0] != 1 || record_header_bytes + type_size + app_size != header_size || get<std::uint64_t>(h + 8) != position ||
      get<std::uint32_t>(h + 28) != body_size)
    return lose(position + 1);
  ++index_;
  item.stored = stored.substr(0, body_size);
  item.value.kind = static_cast<RecordKind>(h[1]);
  item.value.position = position;
  item.value.time = get<std::int64_t>(h + 16);
  item.value.generation = get<std::uint32_t>(h + 24);
  item.value.type = header.substr(record_header_bytes, type_size);
  item.value.app = header.substr(record_header_bytes + type_size, app_size);
  item.value.header = header.substr(0, header_size);
  item.kind = stored[0] == 0 ? Item::record : Item::sealed;
  if (item.kind == Item::record) item.value.body = item.stored.substr(body_prefix_bytes);
  item.lost_from = position;
  item.lost_to = position + 1;
  return item;
}

bool RecordCursor::frame_intact() const {
  if (broken_) return true;  // told already
  if (header_.group_bytes != group_.size()) return false;
  auto head = decode_group_header(group_, Mark::header);
  auto tail = decode_group_header(group_.substr(group_.size() - group_header_bytes), Mark::commit);
  auto records_end = group_header_bytes + std::size_t{header_.records_bytes};
  return head == header_ && tail == header_ && at_ == records_end && frames_crc_ == header_.frames_crc &&
         all_zero(group_.substr(records_end, group_.size() - group_header_bytes - records_end));
}

bool is_whole(const GroupHeader& header, std::string_view group) {
  RecordCursor cursor(header, group);
  while (true) {
    auto item = cursor.next();
    if (item.kind == RecordCursor::Item::damaged) return false;
    if (item.kind == RecordCursor::Item::end) return cursor.frame_intact();
  }
}

bool was_whole(const GroupHeader& header, std::string_view group) {
  if (header.group_bytes != group.size()) return false;
  auto records_end = group_header_bytes + std::size_t{header.records_bytes};
  for (std::size_t at = 0; at < records_end; at += sector_bytes)
    if (all_zero(group.substr(at, std::min(sector_bytes, records_end - at)))) return false;
  auto differs = [&](Mark mark, std::string_view there) {
    char expected[group_header_bytes];
    encode(header, mark, expected);
    std::size_t count = 0;
    for (std::size_t i = 0; i < group_header_bytes; ++i) count += there[i] != expected[i];
    return count;
  };
  return differs(Mark::header, group) <= 1 &&
         differs(Mark::commit, group.substr(group.size() - group_header_bytes)) <= 1;
}

Hash256 leaf_hash(std::string_view record_header) {
  return sha256(std::string_view("\0", 1), record_header);
}

}  // namespace simpul::segment
