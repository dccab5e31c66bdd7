#include "bus/log/segment_reader.h"

#include <algorithm>

#include <fmt/format.h>

namespace simpul::segment {

void Directory::add(Segment segment) {
  std::lock_guard lock(mutex_);
  segments_.push_back(std::move(segment));
}

void Directory::remove_last() {
  std::lock_guard lock(mutex_);
  segments_.pop_back();
}

void Directory::commit(std::uint64_t end, Position next) {
  std::lock_guard lock(mutex_);
  segments_.back().end = end;
  segments_.back().next = next;
}

std::optional<Segment> Directory::holding(Position position) const {
  std::lock_guard lock(mutex_);
  if (segments_.empty()) return std::nullopt;
  auto behind = std::upper_bound(segments_.begin(), segments_.end(), position,
                                 [](Position p, const Segment& s) { return p < s.first; });
  return behind == segments_.begin() ? segments_.front() : *std::prev(behind);
}

std::optional<Segment> Directory::after(Position first) const {
  std::lock_guard lock(mutex_);
  auto behind = std::upper_bound(segments_.begin(), segments_.end(), first,
                                 [](Position p, const Segment& s) { return p < s.first; });
  if (behind == segments_.end()) return std::nullopt;
  return *behind;
}

Position Directory::next() const {
  std::lock_guard lock(mutex_);
  return segments_.empty() ? 0 : segments_.back().next;
}

std::vector<Position> Directory::firsts() const {
  std::lock_guard lock(mutex_);
  std::vector<Position> firsts;
  for (const auto& segment : segments_) firsts.push_back(segment.first);
  return firsts;
}

std::size_t Directory::count() const {
  std::lock_guard lock(mutex_);
  return segments_.size();
}

std::uint64_t Directory::bytes() const {
  std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& segment : segments_) sum += segment.end;
  return sum;
}

namespace {

class Reader final : public LogReader {
 public:
  Reader(std::shared_ptr<const Directory> directory, Disk& disk, Position from)
      : directory_(std::move(directory)), disk_(disk), next_(from) {}

  Result<std::optional<Record>> next() override {
    while (true) {
      if (in_group_) {
        auto record = from_group();
        if (!record || *record) return record;
        continue;
      }
      if (!scan_) {
        auto opened = open_segment();
        if (!opened) return std::unexpected(opened.error());
        if (!*opened) return std::nullopt;
      }
      held_ = false;
      auto found = scan_->next();
      if (!found) return std::unexpected(found.error());
      switch (found->kind) {
        case Scan::Found::group:
          if (found->header.end() <= next_) break;
          group_ = *found;
          start_group();
          break;
        case Scan::Found::gap:
          if (auto lost = gap(*found)) return std::unexpected(*lost);
          break;
        case Scan::Found::end: {
          auto more = move_on();
          if (!more) return std::unexpected(more.error());
          if (!*more) return std::nullopt;
        }
      }
    }
  }

  void seek(Position position) override {
    next_ = position;
    // A scan that stops for want of room comes back to the record that it could not take: the group is still here.
    if (held_ && position >= group_.header.first && position < group_.header.end()) {
      if (position < last_next_) return start_group();
      cursor_ = last_;
      in_group_ = true;
      return;
    }
    in_group_ = held_ = false;
    scan_.reset();
    file_.reset();
  }

 private:
  void start_group() {
    cursor_ = last_ = RecordCursor(group_.header, group_.bytes);
    last_next_ = group_.header.first;
    in_group_ = held_ = true;
  }

  // None: the group is through.
  Result<std::optional<Record>> from_group() {
    while (true) {
      auto before = cursor_;
      auto item = cursor_.next();
      if (item.kind == RecordCursor::Item::end) {
        in_group_ = false;
        if (cursor_.frame_intact()) return std::nullopt;
        return std::unexpected(damage(segment_.name, group_.offset, next_, next_));
      }
      if (item.lost_to <= next_) continue;
      auto from = std::max(item.lost_from, next_);
      last_ = before;
      last_next_ = item.lost_from;
      next_ = item.lost_to;
      if (item.kind == RecordCursor::Item::damaged)
        return std::unexpected(damage(segment_.name, group_.offset + item.offset, from, item.lost_to));
      if (item.kind == RecordCursor::Item::sealed)
        return fail(
            "log.newer_version",
            fmt::format("the body at position {} is sealed in a way this program does not know", item.lost_from),
            "read it with the version of simpul that wrote it, or a newer one");
      return item.value;
    }
  }

  std::optional<Problem> gap(const Scan::Found& found) {
    auto to = found.lost_to;
    if (found.next_offset >= segment_.end) to = segment_.next;  // nothing follows in this segment
    auto from = std::max(found.lost_from, next_);
    if (to < next_ || (to == next_ && found.lost_from < next_)) return std::nullopt;
    next_ = std::max(next_, to);
    return damage(segment_.name, found.offset, std::min(from, to), to);
  }

  Result<bool> open_segment() {
    auto segment = directory_->holding(next_);
    if (!segment) return false;
    next_ = std::max(next_, segment->first);
    return open(*segment);
  }

  Result<bool> open(const Segment& segment) {
    auto file = disk_.open(directory_->path(segment.name), OpenMode::read);
    if (!file) return std::unexpected(file.error());
    file_ = std::move(*file);
    segment_ = segment;
    scan_.emplace(*file_, directory_->log_id(), segment.first, segment.end);
    if (next_ > segment.first) {
      auto place = find_place(*file_, directory_->log_id(), segment.first, segment.end, next_);
      if (!place) return std::unexpected(place.error());
      scan_->jump(place->offset, place->first);
    }
    return true;
  }

  // At the end of what was committed of this segment: more of it, the next segment, or false.
  Result<bool> move_on() {
    auto following = directory_->after(segment_.first);
    auto now = directory_->holding(segment_.first);
    if (now && now->first == segment_.first && now->end > segment_.end) {
      segment_ = *now;
      scan_->grow(segment_.end);
      return true;
    }
    if (!following) return false;
    if (next_ < following->first) {
      auto from = next_;
      next_ = following->first;
      if (scan_->expected() < following->first)
        return std::unexpected(
            damage(segment_.name, scan_->offset(), std::max(from, scan_->expected()), following->first));
    }
    return open(*following);
  }

  std::shared_ptr<const Directory> directory_;
  Disk& disk_;
  Position next_;
  Segment segment_;
  std::unique_ptr<File> file_;
  std::optional<Scan> scan_;
  Scan::Found group_;
  RecordCursor cursor_;
  RecordCursor last_;  // as it stood before the record given last, which is that of last_next_
  Position last_next_ = 0;
  bool in_group_ = false;
  bool held_ = false;  // group_'s bytes are still in the scan's window
};

struct Listed {
  std::string name;
  Position first;
  std::unique_ptr<File> file;
  std::uint64_t size = 0;
  std::optional<FileHeader> header;
};

Result<std::vector<Listed>> list_segments(const std::string& folder, Disk& disk) {
  auto names = disk.list(folder);
  if (!names) return std::unexpected(names.error());
  std::vector<Listed> listed;
  for (auto& name : *names) {
    auto first = parse_file_name(name);
    if (!first) continue;
    Listed segment{name, *first, nullptr, 0, {}};
    auto file = disk.open(folder + "/" + name, OpenMode::read);
    if (!file) return std::unexpected(file.error());
    segment.file = std::move(*file);
    auto size = segment.file->size();
    if (!size) return std::unexpected(size.error());
    segment.size = *size;
    Window window(*segment.file, segment.size, block_bytes);
    auto block = window.view(0, block_bytes);
    if (!block) return std::unexpected(block.error());
    segment.header = decode_file_header(*block);
    if (segment.header && segment.header->version != format_version)
      return fail("log.newer_version",
                  fmt::format("{}/{} is written in version {} of the log's format; this program knows version {}",
                              folder, name, segment.header->version, format_version),
                  "run the version of simpul that wrote this log, or a newer one; nothing was changed");
    if (segment.header && segment.header->first != segment.first) segment.header.reset();
    listed.push_back(std::move(segment));
  }
  std::sort(listed.begin(), listed.end(), [](const Listed& a, const Listed& b) { return a.first < b.first; });
  return listed;
}

Problem damaged_header(const std::string& name) {
  return Problem{"log.damaged_header",
                 fmt::format("the file header of {} cannot be read", name),
                 "check the disk and bring this segment back from a backup; its records stay readable",
                 {},
                 name,
                 Severity::error};
}

// A closed segment: its end is known by its last marker.
Result<Segment> closed_segment(const Listed& listed, Position following, Problems& problems) {
  Segment segment{listed.name, listed.first, following, listed.size & ~std::uint64_t{block_bytes - 1}};
  if (listed.size < 2 * block_bytes) {
    if (listed.first != following) problems.push_back(damage(listed.name, 0, listed.first, following));
    return segment;
  }
  Window window(*listed.file, listed.size, block_bytes);
  auto bytes = window.view(segment.end - group_header_bytes, group_header_bytes);
  if (!bytes) return std::unexpected(bytes.error());
  auto marker = decode_group_header(*bytes, Mark::commit);
  if (!marker)
    problems.push_back(damage(listed.name, segment.end - group_header_bytes, following, following));
  else if (marker->end() != following)
    problems.push_back(damage(listed.name, segment.end, marker->end(), following));
  return segment;
}

}  // namespace

Result<Survey> survey(const std::string& folder, Disk& disk) {
  Survey result;
  auto listed = list_segments(folder, disk);
  if (!listed) return std::unexpected(listed.error());
  std::optional<LogId> log_id;
  for (const auto& segment : *listed)
    if (segment.header && !log_id) log_id = segment.header->log_id;
  while (!listed->empty()) {
    auto& last = listed->back();
    auto tail = examine_tail(*last.file, last.name, log_id, last.first, last.size);
    if (!tail) return std::unexpected(tail.error());
    // A segment is made, header first, before anything is written to it.
    if (!last.header && !tail->any_group) {
      if (tail->cut_bytes > 0 || !result.unused.empty())
        return fail("log.damaged_header",
                    fmt::format("{}/{} holds neither a file header nor a group that can be read", folder, last.name),
                    "check the disk and bring this segment back from a backup");
      result.unused = last.name;
      listed->pop_back();
      continue;
    }
    if (!log_id) log_id = tail->log_id;
    result.tail = std::move(*tail);
    break;
  }
  if (listed->empty()) return result;
  result.directory = std::make_shared<Directory>(folder, *log_id);
  for (std::size_t i = 0; i < listed->size(); ++i) {
    const auto& segment = (*listed)[i];
    if (!segment.header)
      result.damage.push_back(damaged_header(segment.name));
    else if (segment.header->log_id != *log_id)
      return fail("log.damaged_header",
                  fmt::format("{}/{} belongs to another log than the segments before it", folder, segment.name),
                  "move it out of this folder, or bring the right one back from a backup");
    if (i + 1 < listed->size()) {
      auto closed = closed_segment(segment, (*listed)[i + 1].first, result.damage);
      if (!closed) return std::unexpected(closed.error());
      result.directory->add(*closed);
    } else {
      result.directory->add({segment.name, segment.first, result.tail.next, result.tail.end});
      result.time = std::max(result.tail.time, segment.header ? segment.header->time : 0);
    }
  }
  result.damage.insert(result.damage.end(), result.tail.damage.begin(), result.tail.damage.end());
  return result;
}

std::unique_ptr<LogReader> make_reader(std::shared_ptr<const Directory> directory, Disk& disk, Position from) {
  return std::make_unique<Reader>(std::move(directory), disk, from);
}

}  // namespace simpul::segment

namespace simpul {

Result<LogSnapshot> snapshot_segment_log(const std::string& folder, const Environment& environment) {
  auto found = segment::survey(folder, *environment.disk);
  if (!found) return std::unexpected(found.error());
  if (!found->directory) found->directory = std::make_shared<segment::Directory>(folder, segment::LogId{});
  auto read = [directory = found->directory, disk = environment.disk](Position from) {
    return segment::make_reader(directory, *disk, from);
  };
  return LogSnapshot{std::move(read), found->directory->next(), found->directory->firsts(), std::move(found->damage)};
}

Result<std::unique_ptr<LogReader>> read_segment_log(const std::string& folder, Position from,
                                                    const Environment& environment) {
  auto snapshot = snapshot_segment_log(folder, environment);
  if (!snapshot) return std::unexpected(snapshot.error());
  return snapshot->read(from);
}

}  // namespace simpul
