#include "bus/log/segment_writer.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include <fmt/format.h>

#include "bus/base/telemetry.h"

namespace simpul::segment {
namespace {

constexpr const char* reserve_name = "reserve.segment";

Problem full(const std::string& folder) {
  return Problem{"log.full",
                 fmt::format("the disk of {} is full", folder),
                 "make room on this disk; the bus takes events again by itself",
                 {},
                 {},
                 Severity::error};
}

}  // namespace

GroupBuffer::~GroupBuffer() {
  std::free(data_);
}

char* GroupBuffer::need(std::size_t bytes) {
  if (bytes > size_) {
    std::free(data_);
    size_ = align_block(bytes);
    data_ = static_cast<char*>(std::aligned_alloc(block_bytes, size_));
    if (!data_) throw std::bad_alloc();
  }
  return data_;
}

void GroupBuffer::shrink(std::size_t bytes) {
  if (size_ <= bytes) return;
  std::free(data_);
  data_ = nullptr;
  size_ = 0;
}

Result<std::unique_ptr<Writer>> Writer::open(const LogOptions& options, const Environment& environment) {
  std::unique_ptr<Writer> writer(new Writer(options, environment));
  auto begin = environment.clock->steady();
  if (auto done = writer->recover(); !done) return std::unexpected(done.error());
  writer->recovery_.took = environment.clock->steady() - begin;
  return writer;
}

Result<void> Writer::recover() {
  auto found = survey(options_.folder, *env_.disk);
  if (!found) return std::unexpected(found.error());
  recovery_.damage = found->damage;
  if (env_.disk->exists(path(reserve_name))) {
    auto file = env_.disk->open(path(reserve_name), OpenMode::read);
    if (!file) return std::unexpected(file.error());
    auto size = (*file)->size();
    has_reserve_ = size && *size >= options_.reserve_bytes;
  }
  if (!found->unused.empty())
    if (auto done = env_.disk->remove(path(found->unused)); !done) return done;
  if (found->directory) {
    directory_ = found->directory;
    next_ = found->tail.next;
    time_ = found->time;
    if (auto done = reopen_last(*found); !done) return done;
  } else {
    LogId id;
    env_.random->fill(std::as_writable_bytes(std::span(id)));
    directory_ = std::make_shared<Directory>(options_.folder, id);
  }
  recovery_.next = next_;
  // A new log without room for its first segment still opens: it is full, and recovers when room returns.
  if (!file_)
    if (auto done = roll(0, false); !done && done.error().code != "log.full") return done;
  if (auto done = restore_reserve(); !done) return std::unexpected(done.error());
  return {};
}

Result<void> Writer::reopen_last(const Survey& found) {
  auto last = *directory_->holding(next_);
  auto file = env_.disk->open(path(last.name), mode());
  if (!file) return std::unexpected(file.error());
  if (found.tail.cut_bytes > 0) {
    recovery_.cut_bytes = found.tail.cut_bytes;
    recovery_.cut_segment = last.name;
    recovery_.cut_offset = last.end;
    if (auto done = (*file)->truncate(last.end); !done) return done;
  }
  auto size = (*file)->size();
  if (!size) return std::unexpected(size.error());
  size_ = *size;
  if (size_ < options_.segment_bytes) {
    auto taken = (*file)->preallocate(options_.segment_bytes);
    if (taken)
      size_ = options_.segment_bytes;
    else if (taken.error().code != "disk.full")
      return taken;
  }
  // What was read may stand in the page cache only: nobody may act on it before it is durable.
  if (auto done = (*file)->sync(); !done) return done;
  file_ = std::move(*file);
  name_ = last.name;
  offset_ = last.end;
  end_mark_ = found.tail.end_mark;
  return {};
}

Result<void> Writer::sync() {
  auto begin = env_.clock->steady();
  auto done = file_->sync();
  auto took = env_.clock->steady() - begin;
  ++syncs_.count;
  syncs_.sum += took;
  syncs_.max = std::max(syncs_.max, took);
  return done;
}

Result<void> Writer::close_current() {
  if (!file_) return {};
  auto file = std::move(file_);
  if (offset_ == block_bytes) {  // nothing in it: its name will be used again
    file.reset();
    directory_->remove_last();
    if (auto done = env_.disk->remove(path(name_)); !done) return done;
    return env_.disk->sync_folder(options_.folder);
  }
  if (auto done = file->truncate(offset_); !done) return done;
  return file->sync();
}

Result<void> Writer::begin_segment(const std::string& name, std::uint64_t size, bool from_reserve) {
  if (from_reserve) {
    has_reserve_ = false;
    if (auto done = env_.disk->rename(path(reserve_name), path(name)); !done) return done;
  }
  auto file = env_.disk->open(path(name), mode());
  if (!file) return std::unexpected(file.error());
  if (!from_reserve)
    if (auto done = (*file)->preallocate(size); !done) return done;
  GroupBuffer block;
  encode(FileHeader{format_version, directory_->log_id(), next_, time_}, block.need(block_bytes));
  if (auto done = (*file)->write_at(0, std::as_bytes(std::span(block.need(block_bytes), block_bytes))); !done)
    return done;
  file_ = std::move(*file);
  if (auto done = sync(); !done) return done;
  if (auto done = env_.disk->sync_folder(options_.folder); !done) return done;
  name_ = name;
  offset_ = block_bytes;
  size_ = size;
  directory_->add({name, next_, next_, block_bytes});
  return {};
}

Result<void> Writer::roll(std::uint64_t group_bytes, bool may_use_reserve) {
  if (auto done = close_current(); !done) return done;
  auto name = file_name(next_);
  auto need = block_bytes + group_bytes;
  auto made = begin_segment(name, std::max(options_.segment_bytes, need), false);
  if (made || made.error().code != "disk.full") return made;
  if (env_.disk->exists(path(name)))
    if (auto done = env_.disk->remove(path(name)); !done) return done;
  if (!may_use_reserve || !has_reserve_ || need > options_.reserve_bytes) return std::unexpected(full(options_.folder));
  say(Level::warning, "log.reserve_used",
      fmt::format("no room for another segment: {} now takes receipts and operators' acts", reserve_name));
  return begin_segment(name, options_.reserve_bytes, true);
}

Result<void> Writer::write(const GroupHeader& header, std::string_view group, bool may_use_reserve) {
  if (!file_ || offset_ + group.size() > size_)
    if (auto done = roll(group.size(), may_use_reserve); !done) return done;
  auto bytes = std::as_bytes(std::span(group.data(), group.size()));
  auto written = file_->write_at(offset_, bytes);
  if (!written && written.error().code == "disk.full") {
    // The file system did not keep the blocks it promised. What the write left behind goes with the segment's end.
    if (auto done = close_current(); !done) return done;
    if (!may_use_reserve) return std::unexpected(full(options_.folder));
    if (auto done = roll(group.size(), true); !done) return done;
    written = file_->write_at(offset_, bytes);
    if (!written && written.error().code == "disk.full") {
      if (auto done = close_current(); !done) return done;
      return std::unexpected(full(options_.folder));
    }
  }
  if (!written) return written;
  if (auto done = sync(); !done) return done;
  offset_ += group.size();
  next_ = header.end();
  time_ = header.time;
  end_mark_ = header.count == 0;
  directory_->commit(offset_, next_);
  return {};
}

Result<bool> Writer::restore_reserve() {
  if (has_reserve_) return true;
  auto file = env_.disk->open(path(reserve_name), OpenMode::write);
  if (!file) return std::unexpected(file.error());
  auto taken = (*file)->preallocate(options_.reserve_bytes);
  if (taken) taken = (*file)->sync();
  if (taken) taken = env_.disk->sync_folder(options_.folder);
  if (taken) {
    has_reserve_ = true;
    return true;
  }
  file->reset();
  if (taken.error().code != "disk.full") return std::unexpected(taken.error());
  if (auto done = env_.disk->remove(path(reserve_name)); !done) return std::unexpected(done.error());
  return false;
}

}  // namespace simpul::segment
