#include "adapters/file/appender.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "bus/base/telemetry.h"

namespace simpul::file {

namespace {

constexpr std::size_t key_line = 33;  // 32 hexadecimal digits and a line end

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace

Appender::Appender(Disk& disk, std::string folder, std::string into)
    : disk_(disk),
      folder_(std::move(folder)),
      side_(folder_ + "/.simpul"),
      journal_(side_ + "/" + into + ".journal"),
      keys_file_(side_ + "/" + into + ".keys") {}

Hash128 Appender::hash_of(const std::string& key) {
  auto full = sha256(key);
  Hash128 hash;
  std::copy_n(full.begin(), hash.bytes.size(), hash.bytes.begin());
  return hash;
}

Result<void> Appender::open() {
  // The watched folder itself is never made: when it is missing, a disk may be missing.
  if (auto listed = disk_.list(folder_); !listed) return std::unexpected(listed.error());
  if (auto made = disk_.make_folder(side_); !made) return made;
  keys_.clear();
  order_.clear();
  keys_in_file_ = 0;
  if (disk_.exists(keys_file_)) {
    auto text = disk_.read_whole(keys_file_);
    if (!text) return std::unexpected(text.error());
    // A torn last line is left out; the journal has its key.
    for (std::size_t at = 0; at + key_line <= text->size(); at += key_line) {
      auto hash = hash128_from_hex(std::string_view(*text).substr(at, key_line - 1));
      if (!hash)
        return fail("file.keys", fmt::format("{} is damaged", keys_file_),
                    "remove it; deliveries that come again after that are written again");
      ++keys_in_file_;
      if (keys_.insert(*hash).second) order_.push_back(*hash);
    }
  }
  return recover();
}

Result<void> Appender::append(const std::string& name, const std::string& header, const std::vector<Entry>& entries,
                              std::uint64_t rotate_bytes) {
  auto path = folder_ + "/" + name;
  if (auto rotated = rotate(path, name, rotate_bytes); !rotated) return rotated;
  if (!disk_.exists(path))
    if (auto made = disk_.write_whole(path, header); !made) return made;
  auto file = disk_.open(path, OpenMode::read);
  if (!file) return std::unexpected(file.error());
  auto size = (*file)->size();
  if (!size) return std::unexpected(size.error());
  std::string lines, keys;
  std::vector<Hash128> hashes;
  for (const auto& entry : entries) {
    lines += entry.line;
    hashes.push_back(hash_of(entry.key));
    keys += to_hex(hashes.back()) + "\n";
  }
  auto journal = fmt::format("1 {} {} {}\n{}\n{}{}", *size, hashes.size(), lines.size(), name, keys, lines);
  if (auto written = disk_.write_whole(journal_, journal); !written) return written;
  if (auto written = write(path, *size, lines); !written) return written;
  if (auto noted = note(hashes); !noted) return noted;
  return disk_.remove(journal_);
}

Result<void> Appender::rotate(const std::string& path, const std::string& name, std::uint64_t rotate_bytes) {
  if (rotate_bytes == 0 || !disk_.exists(path)) return {};
  auto file = disk_.open(path, OpenMode::read);
  if (!file) return std::unexpected(file.error());
  auto size = (*file)->size();
  if (!size) return std::unexpected(size.error());
  if (*size < rotate_bytes) return {};
  std::uint64_t n = 1;
  while (disk_.exists(fmt::format("{}.{}", path, n))) ++n;
  if (auto moved = disk_.rename(path, fmt::format("{}.{}", path, n)); !moved) return moved;
  say(Level::info, "target.file",
      fmt::format("{} has reached {} bytes and is put aside as {}.{}", name, *size, name, n));
  return disk_.sync_folder(folder_);
}

Result<void> Appender::write(const std::string& path, std::uint64_t size, const std::string& lines) {
  auto file = disk_.open(path, OpenMode::write);
  if (!file) return std::unexpected(file.error());
  if (auto written = (*file)->write_at(size, bytes_of(lines)); !written) return written;
  return (*file)->sync();
}

Result<void> Appender::note(const std::vector<Hash128>& keys) {
  std::string text;
  for (const auto& key : keys) {
    text += to_hex(key) + "\n";
    if (keys_.insert(key).second) order_.push_back(key);
  }
  while (order_.size() > keys_kept) {
    keys_.erase(order_.front());
    order_.pop_front();
  }
  if (keys_in_file_ >= 2 * keys_kept || !disk_.exists(keys_file_)) {
    std::string all;
    for (const auto& key : order_) all += to_hex(key) + "\n";
    keys_in_file_ = order_.size();
    return disk_.write_whole(keys_file_, all);
  }
  auto file = disk_.open(keys_file_, OpenMode::write);
  if (!file) return std::unexpected(file.error());
  if (auto written = (*file)->write_at(keys_in_file_ * key_line, bytes_of(text)); !written) return written;
  keys_in_file_ += keys.size();
  return (*file)->sync();
}

Result<void> Appender::recover() {
  if (!disk_.exists(journal_)) return {};
  auto journal = disk_.read_whole(journal_);
  if (!journal) return std::unexpected(journal.error());
  std::istringstream in(*journal);
  std::uint64_t version = 0, size = 0, count = 0, length = 0;
  std::string name, line;
  in >> version >> size >> count >> length;
  std::getline(in, line);
  std::getline(in, name);
  std::vector<Hash128> keys;
  for (std::uint64_t i = 0; i < count && std::getline(in, line); ++i)
    if (auto hash = hash128_from_hex(line)) keys.push_back(*hash);
  auto begin = in.tellg();
  if (!in || version != 1 || name.empty() || keys.size() != count || begin < 0 ||
      journal->size() - static_cast<std::size_t>(begin) != length)
    return fail("file.journal", fmt::format("{} is damaged", journal_),
                fmt::format("look at the end of the file it names, mend it, and remove {}", journal_));
  auto lines = journal->substr(static_cast<std::size_t>(begin));
  auto path = folder_ + "/" + name;
  if (disk_.exists(path)) {
    auto file = disk_.open(path, OpenMode::write);
    if (!file) return std::unexpected(file.error());
    auto now = (*file)->size();
    if (!now) return std::unexpected(now.error());
    if (*now >= size) {
      if (auto cut = (*file)->truncate(size); !cut) return cut;
      if (auto written = write(path, size, lines); !written) return written;
      if (auto noted = note(keys); !noted) return noted;
      return disk_.remove(journal_);
    }
  }
  // The file was taken away or cut since. Whether the lines went with it cannot be known: they come again, by
  // their deliveries.
  say(Level::warning, "target.file",
      fmt::format("{} was taken away while a write to it was unfinished; up to {} lines may be written twice", name,
                  count));
  return disk_.remove(journal_);
}

}  // namespace simpul::file
