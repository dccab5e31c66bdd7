#include "bus/log/segment_scan.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace simpul::segment {
namespace {

// Bytes up to and including the last one that is not zero.
Result<std::uint64_t> used_bytes(Window& window, std::uint64_t from) {
  std::uint64_t used = 0;
  for (auto at = from; at < window.limit();) {
    auto bytes = window.view(at, std::min<std::uint64_t>(1u << 20, window.limit() - at));
    if (!bytes) return std::unexpected(bytes.error());
    if (bytes->empty()) break;
    auto zero = (*bytes)[0] == 0 && std::memcmp(bytes->data(), bytes->data() + 1, bytes->size() - 1) == 0;
    if (!zero) used = at - from + bytes->find_last_not_of('\0') + 1;
    at += bytes->size();
  }
  return used;
}

}  // namespace

Result<std::string_view> Window::view(std::uint64_t offset, std::size_t size) {
  if (offset >= limit_) return std::string_view{};
  size = static_cast<std::size_t>(std::min<std::uint64_t>(size, limit_ - offset));
  if (offset < start_ || offset + size > start_ + filled_) {
    auto want = static_cast<std::size_t>(std::min<std::uint64_t>(std::max(size, chunk_), limit_ - offset));
    if (buffer_.size() < want) buffer_.resize(want);
    filled_ = 0;
    auto got = file_->read_at(offset, std::span(buffer_).first(want));
    if (!got) return std::unexpected(got.error());
    start_ = offset;
    filled_ = *got;
  }
  auto skip = static_cast<std::size_t>(offset - start_);
  return std::string_view(reinterpret_cast<const char*>(buffer_.data()) + skip, std::min(size, filled_ - skip));
}

bool Scan::fits(const GroupHeader& header, std::uint64_t offset) const {
  return header.first >= expected_ && (!log_id_ || header.log_id == *log_id_) &&
         offset + header.group_bytes <= window_.limit();
}

Result<std::optional<Scan::At>> Scan::search(std::uint64_t from) {
  for (auto at = from; at + block_bytes <= window_.limit(); at += block_bytes) {
    auto block = window_.view(at, block_bytes);
    if (!block) return std::unexpected(block.error());
    if (block->size() < block_bytes) break;
    if (auto header = decode_group_header(*block, Mark::header); header && fits(*header, at)) return At{*header, at};
    auto marker = decode_group_header(block->substr(block_bytes - group_header_bytes), Mark::commit);
    if (marker && at + block_bytes >= offset_ + marker->group_bytes) {
      auto start = at + block_bytes - marker->group_bytes;
      if (fits(*marker, start)) return At{*marker, start};
    }
  }
  return std::nullopt;
}

Result<Scan::Found> Scan::next() {
  Found found;
  found.offset = offset_;
  if (offset_ >= window_.limit()) return found;
  auto at = search(offset_);
  if (!at) return std::unexpected(at.error());
  if (!*at) {
    auto used = used_bytes(window_, offset_);
    if (!used) return std::unexpected(used.error());
    if (*used == 0) return found;
    found.kind = Found::gap;
    found.lost_from = found.lost_to = expected_;
    offset_ = found.next_offset = window_.limit();
    return found;
  }
  const auto& [header, offset] = **at;
  if (offset > offset_ || header.first > expected_) {
    found.kind = Found::gap;
    found.lost_from = expected_;
    found.lost_to = header.first;
    found.next_offset = offset;
    offset_ = offset;
    expected_ = header.first;
    return found;
  }
  auto bytes = window_.view(offset, header.group_bytes);
  if (!bytes) return std::unexpected(bytes.error());
  found.kind = Found::group;
  found.header = header;
  found.bytes = *bytes;
  log_id_ = header.log_id;
  offset_ = found.next_offset = offset + header.group_bytes;
  expected_ = header.end();
  return found;
}

Result<std::optional<Place>> find_group(Window& window, const LogId& log_id, std::uint64_t from, Position least) {
  for (auto at = from; at + block_bytes <= window.limit(); at += block_bytes) {
    auto block = window.view(at, block_bytes);
    if (!block) return std::unexpected(block.error());
    auto header = decode_group_header(*block, Mark::header);
    if (header && header->log_id == log_id && header->first >= least) return Place{at, header->first};
  }
  return std::nullopt;
}

Result<Place> find_place(File& file, const LogId& log_id, Position segment_first, std::uint64_t limit,
                         Position position) {
  constexpr std::uint64_t near = 64u << 10;
  Window window(file, limit, near);
  Place low{block_bytes, segment_first};
  auto high = limit;
  while (high > low.offset + near) {
    auto middle = low.offset + (((high - low.offset) / 2) & ~std::uint64_t{block_bytes - 1});
    auto found = find_group(window, log_id, middle, low.first);
    if (!found) return std::unexpected(found.error());
    if (*found && (*found)->offset < high && (*found)->first <= position)
      low = **found;
    else
      high = middle;
  }
  return low;
}

Problem damage(const std::string& segment, std::uint64_t offset, Position lost_from, Position lost_to) {
  Problem problem;
  problem.code = "log.damaged";
  problem.path = segment;
  if (lost_from == lost_to) {
    problem.message = fmt::format("{} is damaged near byte {}; no record is lost by it", segment, offset);
    problem.hint = "check the disk, and keep a copy of the log as it is";
  } else {
    problem.message = lost_to == lost_from + 1
                          ? fmt::format("{} is damaged near byte {}: the record at position {} cannot be read", segment,
                                        offset, lost_from)
                          : fmt::format("{} is damaged near byte {}: the records at positions {} to {} cannot be read",
                                        segment, offset, lost_from, lost_to - 1);
    problem.hint = "check the disk and bring this segment back from a backup; every other record stays readable";
  }
  return problem;
}

namespace {

void report_group(const std::string& segment, const Scan::Found& found, Problems& problems) {
  RecordCursor cursor(found.header, found.bytes);
  while (true) {
    auto item = cursor.next();
    if (item.kind == RecordCursor::Item::end) break;
    if (item.kind == RecordCursor::Item::damaged)
      problems.push_back(damage(segment, found.offset + item.offset, item.lost_from, item.lost_to));
  }
  if (!cursor.frame_intact()) problems.push_back(damage(segment, found.offset, found.header.first, found.header.first));
}

}  // namespace

Result<Tail> examine_tail(File& file, const std::string& segment, std::optional<LogId> log_id, Position first,
                          std::uint64_t size) {
  // What is not whole waits here until something behind it shows whether it had been committed.
  struct Suspect {
    std::uint64_t end;
    GroupHeader header;
    bool group, was_whole;
    Problems problems;
  };
  std::vector<Suspect> suspects;
  Tail tail;
  tail.next = first;
  Scan scan(file, log_id, first, size);
  auto accept = [&](std::uint64_t end, const GroupHeader& header) {
    tail.end = end;
    tail.next = header.end();
    tail.time = header.time;
    tail.any_group = true;
    tail.end_mark = header.count == 0;
    tail.log_id = header.log_id;
  };
  while (true) {
    auto found = scan.next();
    if (!found) return std::unexpected(found.error());
    if (found->kind == Scan::Found::end) break;
    if (found->kind == Scan::Found::gap) {
      Suspect gap{found->next_offset, {}, false, false, {}};
      gap.problems.push_back(damage(segment, found->offset, found->lost_from, found->lost_to));
      suspects.push_back(std::move(gap));
      continue;
    }
    if (is_whole(found->header, found->bytes)) {
      for (auto& suspect : suspects)
        tail.damage.insert(tail.damage.end(), suspect.problems.begin(), suspect.problems.end());
      suspects.clear();
      accept(found->next_offset, found->header);
      continue;
    }
    Suspect group{found->next_offset, found->header, true, was_whole(found->header, found->bytes), {}};
    report_group(segment, *found, group.problems);
    suspects.push_back(std::move(group));
  }
  // Groups are synced one after the other: all but the last one had been committed.
  std::size_t kept = 0;
  for (std::size_t i = suspects.size(); i-- > 0 && kept == 0;)
    if (suspects[i].group && suspects[i].was_whole) kept = i + 1;
  for (std::size_t i = 0; i < kept; ++i) {
    tail.damage.insert(tail.damage.end(), suspects[i].problems.begin(), suspects[i].problems.end());
    if (suspects[i].group) accept(suspects[i].end, suspects[i].header);
  }
  Window window(file, size);
  auto used = used_bytes(window, tail.end);
  if (!used) return std::unexpected(used.error());
  tail.cut_bytes = *used;
  return tail;
}

}  // namespace simpul::segment
