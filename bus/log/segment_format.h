// The log on disk: version 1.
//
// Folder. `segment-<first position, 20 digits>.log` hold the records; `reserve.segment` is a preallocated file
// that becomes the next segment when the disk is full; `lock` names the process that holds the log; `view/`
// is derived. All integers are little-endian. Every CRC is CRC32C (Castagnoli).
//
// Segment = file header, then groups without gaps, then (in the newest one) preallocated zeros. Blocks are
// 4096 bytes; groups begin and end on blocks, so that direct I/O can write them. A closed segment ends with
// its last group's commit marker.
//
//   file header, 4096 bytes
//        0  8  magic FF 53 49 4D 50 4C 53 00
//        8  4  version of the format        \  magic, version, size and CRC stay where they are in every
//       12  4  size of this header, 4096     \ version, so that an older program can tell a newer log
//       16 16  log id, random, the same in every segment and group
//       32  8  position of the first record
//       40  8  log time of the last record before this segment
//       48     zeros
//     4092  4  CRC of the 4092 bytes before
//
//   group
//        0 64  group header
//       64     records, each 8-byte aligned
//              zeros
//   end-64 64  commit marker: the group header again, with its own magic and CRC
//
//   group header and commit marker, 64 bytes
//        0  8  magic FF 53 47 52 4F 55 50 01, of the marker FF 53 4D 41 52 4B 00 01
//        8  2  version          10  2  size, 64
//       12  4  count of records; 0: an end mark, written when the log is stopped
//       16  4  bytes of the group, marker included, a multiple of 4096
//       20  4  bytes of records
//       24  8  position of the first record
//       32  8  log time, nanoseconds since 1970
//       40 16  log id
//       56  4  CRC of all the frames, one after the other
//       60  4  CRC of the 60 bytes before
//
//   record = frame, record header, zeros to 8, body as stored, zeros to 8
//     frame, 24 bytes
//        0  4  bytes of the record header    4  4  bytes of the body as stored
//        8  4  CRC of the header and its zeros   12  4  CRC of the body and its zeros
//       16  4  zero             20  4  CRC of the 20 bytes before
//     record header: the leaf data of the tree; never an id, a subject, a key or free text
//        0  1  version of the header, 1      1  1  kind (RecordKind)
//        2  2  bytes of type                 4  2  bytes of app       6  2  zero
//        8  8  position         16  8  log time
//       24  4  generation       28  4  bytes of the body as stored
//       32 32  SHA-256 of the body as stored
//       64     type, app
//     body as stored
//        0  1  sealing: 0 plain (later: AES-GCM with key id and nonce)
//        1  7  zeros             8 16  random salt
//       24     JSON text (records.h)
//
// Leaf. RFC 6962 §2.1: SHA-256(0x00 || record header); leaf index = position, from 0, for every record. Group
// headers, markers and padding are not records.
//
// Commit. A group is committed when all of it is on disk: header, frames, records, zeros and marker agree. It
// is written by one write and followed by fdatasync before the next group is written, so a group that is
// followed by another was committed, whatever happened to it since. A group that is not whole and is the last
// one is a torn tail, unless header and marker agree but for one byte and none of its 512-byte sectors is
// missing (all zeros): then it was whole once, and a byte was flipped. No JSON text holds the magic bytes FF or
// 00, so the magic is met in no body.
//
// Crash promise. Committed groups survive; a torn tail is cut by the next start; nothing committed is touched.
//
// Limits. Group: 256 MiB. One append(): 128 MiB. Type: 4096 bytes; app: 255. Records of a group: 2^32-1.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bus/base/bytes.h"
#include "bus/base/result.h"
#include "bus/log/log.h"

namespace simpul::segment {

inline constexpr std::uint32_t format_version = 1;
inline constexpr std::size_t block_bytes = 4096;
inline constexpr std::size_t group_header_bytes = 64;
inline constexpr std::size_t frame_bytes = 24;
inline constexpr std::size_t record_header_bytes = 64;
inline constexpr std::size_t body_prefix_bytes = 24;
inline constexpr std::size_t group_limit = 256u << 20;
inline constexpr std::size_t unit_limit = 128u << 20;
inline constexpr std::size_t type_limit = 4096;
inline constexpr std::size_t app_limit = 255;

using LogId = std::array<std::uint8_t, 16>;

inline std::uint64_t align8(std::uint64_t size) {
  return (size + 7) & ~std::uint64_t{7};
}
inline std::uint64_t align_block(std::uint64_t size) {
  return (size + block_bytes - 1) & ~std::uint64_t{block_bytes - 1};
}

std::string file_name(Position first);
std::optional<Position> parse_file_name(std::string_view name);  // none: not a segment

struct FileHeader {
  std::uint32_t version = format_version;
  LogId log_id{};
  Position first = 0;
  Nanoseconds time = 0;
};
void encode(const FileHeader& header, char* block);  // writes 4096 bytes
// None: no file header, or a damaged one. A newer version is given back as it is: only `version` is known then.
std::optional<FileHeader> decode_file_header(std::string_view block);

struct GroupHeader {
  std::uint32_t version = format_version;
  std::uint32_t count = 0;
  std::uint32_t group_bytes = 0;
  std::uint32_t records_bytes = 0;
  Position first = 0;
  Nanoseconds time = 0;
  LogId log_id{};
  std::uint32_t frames_crc = 0;
  bool operator==(const GroupHeader&) const = default;
  Position end() const { return first + count; }
};
enum class Mark { header, commit };
void encode(const GroupHeader& header, Mark mark, char* out);  // writes 64 bytes
// None: no such thing at this place, or damaged. What is given back is consistent in itself.
std::optional<GroupHeader> decode_group_header(std::string_view bytes, Mark mark);

// The part of a record that its producer prepares: all that does not depend on its position.
struct PreparedBody {
  std::array<char, body_prefix_bytes> prefix{};  // sealing and salt
  Hash256 hash{};
  std::uint32_t crc = 0;
};
PreparedBody prepare_body(std::string_view json, std::span<const std::byte, 16> salt);

// Bytes a record takes in a group.
std::uint64_t record_bytes(const NewRecord& record);
// Writes a record; gives back the bytes written and continues the CRC of the frames.
std::size_t encode_record(const NewRecord& record, const PreparedBody& body, Position position, Nanoseconds time,
                          char* out, std::uint32_t& frames_crc);

// Bytes of a whole group with these records.
inline std::uint64_t group_bytes_for(std::uint64_t records_bytes) {
  return align_block(2 * group_header_bytes + records_bytes);
}

// Goes through the records of one group. Never reads outside `group`.
class RecordCursor {
 public:
  RecordCursor() = default;
  RecordCursor(const GroupHeader& header, std::string_view group) : header_(header), group_(group) {}

  struct Item {
    enum Kind {
      record,
      damaged,  // this record cannot be read: positions [lost_from, lost_to)
      sealed,   // its body needs a newer program
      end,
    } kind = end;
    Record value{};
    std::string_view stored;  // the body as stored
    Position lost_from = 0, lost_to = 0;
    std::uint64_t offset = 0;  // within the group
  };
  Item next();
  // After end: frames, zeros and the other mark agree with the header. False: something outside the records
  // was changed, and no record is lost by it.
  bool frame_intact() const;

 private:
  GroupHeader header_;
  std::string_view group_;
  std::uint64_t at_ = group_header_bytes;
  std::uint32_t index_ = 0;
  std::uint32_t frames_crc_ = 0;
  bool broken_ = false;
};

// Every byte of the group is as it was written.
bool is_whole(const GroupHeader& header, std::string_view group);
// For a group that is not whole: no 512-byte sector of it is missing, so that it was whole once.
bool was_whole(const GroupHeader& header, std::string_view group);

Hash256 leaf_hash(std::string_view record_header);

}  // namespace simpul::segment
