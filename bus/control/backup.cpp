#include "bus/control/backup.h"

#include <algorithm>
#include <span>
#include <vector>

#include "bus/base/bytes.h"
#include "bus/event/json.h"

namespace simpul {
namespace {

constexpr std::size_t chunk_bytes = 1u << 20;

// Hashes chunk by chunk: the hash of the chunks' hashes would not be the file's, so the manifest says
// `sha256_chunks`: SHA-256 over the concatenated SHA-256 of each MiB.
struct Copied {
  std::uint64_t bytes = 0;
  std::string hash;
};

bool all_zero(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

// Reads until it reads the same twice: what is written meanwhile could else be seen without what was written before it.
Result<std::size_t> read_settled(File& file, std::uint64_t at, std::vector<std::byte>& buffer,
                                 std::vector<std::byte>& again) {
  auto got = file.read_at(at, buffer);
  while (got && *got > 0) {
    auto more = file.read_at(at, again);
    if (!more) return more;
    if (*more == *got && std::ranges::equal(std::span(buffer).first(*got), std::span(again).first(*got))) return got;
    got = more;
    buffer.swap(again);
  }
  return got;
}

// From the end to the beginning: the log is written in order, so before all that is seen stands what was written
// earlier, and a copy of a growing segment has a torn tail at most. Preallocated zeros at the end are left out.
Result<Copied> copy_file(Disk& disk, const std::string& from, const std::string& to) {
  auto source = disk.open(from, OpenMode::read);
  if (!source) return std::unexpected(source.error());
  auto target = disk.open(to, OpenMode::write);
  if (!target) return std::unexpected(target.error());
  auto size = (*source)->size();
  if (!size) return std::unexpected(size.error());
  std::vector<std::byte> buffer(chunk_bytes), again(chunk_bytes);
  Copied copied;
  std::vector<std::string> chunks;
  for (std::uint64_t left = (*size + chunk_bytes - 1) / chunk_bytes; left > 0; --left) {
    auto at = (left - 1) * chunk_bytes;
    auto got = copied.bytes == 0 ? read_settled(**source, at, buffer, again) : (*source)->read_at(at, buffer);
    if (!got) return std::unexpected(got.error());
    auto chunk = std::span(buffer).first(*got);
    if (all_zero(chunk)) continue;
    if (auto written = (*target)->write_at(at, chunk); !written) return std::unexpected(written.error());
    auto hash = sha256(std::string_view(reinterpret_cast<const char*>(chunk.data()), chunk.size()));
    chunks.emplace_back(reinterpret_cast<const char*>(hash.data()), hash.size());
    copied.bytes = std::max(copied.bytes, at + *got);
  }
  std::string hashes;
  for (auto chunk = chunks.rbegin(); chunk != chunks.rend(); ++chunk) hashes += *chunk;
  if (auto synced = (*target)->sync(); !synced) return std::unexpected(synced.error());
  copied.hash = to_hex(sha256(hashes));
  return copied;
}

}  // namespace

Result<BackupReport> back_up_log(const std::string& log_folder, const std::string& to, bool with_keys, Disk& disk) {
  if (auto made = disk.make_folder(to); !made) return std::unexpected(made.error());
  auto there = disk.list(to);
  if (!there) return std::unexpected(there.error());
  if (!there->empty())
    return fail("backup.not_empty", "the folder " + to + " is not empty", "name a new folder for each backup");
  auto names = disk.list(log_folder);
  if (!names) return std::unexpected(names.error());
  BackupReport report;
  json::Writer manifest;
  manifest.begin_object().member("format", "simpul-backup-1").name("files").begin_array();
  auto copy = [&](const std::string& name) -> Result<void> {
    auto copied = copy_file(disk, log_folder + "/" + name, to + "/" + name);
    if (!copied) return std::unexpected(copied.error());
    ++report.files;
    report.bytes += copied->bytes;
    manifest.begin_object()
        .member("name", name)
        .member("size_bytes", static_cast<std::int64_t>(copied->bytes))
        .member("sha256_chunks", copied->hash)
        .end_object();
    return {};
  };
  for (const auto& name : *names)
    if (name.starts_with("segment-") && name.ends_with(".log"))
      if (auto copied = copy(name); !copied) return std::unexpected(copied.error());
  if (with_keys) {
    if (auto made = disk.make_folder(to + "/keys"); !made) return std::unexpected(made.error());
    auto keys = disk.list(log_folder + "/keys");
    for (const auto& name : keys ? *keys : std::vector<std::string>())
      if (auto text = disk.read_whole(log_folder + "/keys/" + name))
        if (auto written = disk.write_whole(to + "/keys/" + name, *text, true); !written)
          return std::unexpected(written.error());
  }
  manifest.end_array().end_object();
  if (auto written = disk.write_whole(to + "/manifest.json", manifest.text()); !written)
    return std::unexpected(written.error());
  return report;
}

}  // namespace simpul
